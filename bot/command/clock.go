package command

import (
	"fmt"
	"strings"
	"time"

	"trainingbot/domain"
)

// halves says how the word for a part of the day changes an hour.
var halves = []struct {
	words    []string
	from, to int // hours that are meant as said
	add      int // what smaller hours want added
	least    int // the smallest hour that add applies to
}{
	{[]string{"凌晨", "半夜"}, 0, 6, 0, 0},
	{[]string{"早上", "早晨", "清晨", "清早", "上午", "早", "a.m.", "am"}, 0, 12, 0, 0},
	{[]string{"中午"}, 10, 14, 12, 1},
	{[]string{"下午", "午后", "傍晚", "p.m.", "pm"}, 12, 23, 12, 1},
	{[]string{"晚上", "晚间", "夜里", "夜间", "晚", "夜"}, 17, 23, 12, 5},
}

// readClock reads a time of day: 15:00, 15点半, 下午3点, 晚上8点一刻, 3pm.
func (w *world) readClock(c cursor) reading {
	if !w.Now.IsZero() && c.eat("现在") {
		return reading{value: domain.ClockOf(w.Now), end: c.i}
	}
	half := readHalf(&c)
	c.skip()
	start := c.i
	hour, ok := c.number()
	if !ok {
		return reading{}
	}
	short := c.i-start == 1
	d := c
	minute, ok := readMinuteOf(&d)
	if ok {
		c = d
	}
	if half < 0 {
		d = c
		d.skip()
		if h := readLatinHalf(&d); h >= 0 {
			half, c, ok = h, d, true
		}
	}
	if !ok {
		return reading{}
	}
	if d = c; d.unit("-", "~", "到", "至") {
		d.skip()
		_, number := d.number()
		if _, ok := readMinuteOf(&d); number && ok {
			return reading{end: d.i, fault: "时间只写开始的，时长另写，如 15:00 90分钟"}
		}
	}
	return settleClock(half, hour, minute, short, c.i)
}

// readHalf reads the part of the day and gives its row in halves, -1 for none.
func readHalf(c *cursor) int {
	for i, h := range halves {
		if c.eat(h.words...) {
			return i
		}
	}
	return -1
}

// readLatinHalf is readHalf for what may follow the hour.
func readLatinHalf(c *cursor) int {
	if !letter(c.peek(0)) {
		return -1
	}
	d := *c
	i := readHalf(&d)
	if i >= 0 && alnum(d.peek(0)) {
		return -1
	}
	if i >= 0 {
		*c = d
	}
	return i
}

// readMinuteOf reads what makes a number an hour, and the minutes: ":30", "点", "点半", "时30分".
func readMinuteOf(c *cursor) (int, bool) {
	if c.eat(":") {
		m, ok := c.digits(2, 2)
		return m, ok && !isDigit(c.peek(0)) && c.peek(0) != ':'
	}
	if !c.unit("点钟", "点整", "点", "时") {
		return 0, false
	}
	if strings.ContainsRune("长间段候", c.peek(0)) {
		return 0, false
	}
	switch {
	case c.unit("半"):
		return 30, true
	case c.unit("一刻", "1刻"):
		return 15, true
	case c.unit("三刻", "3刻"):
		return 45, true
	case c.eat("整", "钟"):
		return 0, true
	}
	d := *c
	d.skip()
	start := d.i
	m, ok := d.number()
	if !ok {
		return 0, true
	}
	two := d.i-start >= 2
	counted := d.unit("分")
	if counted && d.peek(0) == '钟' || !counted && (!two || start > c.i || !numberEnd(d)) {
		return 0, true
	}
	*c = d
	return m, true
}

func settleClock(half, hour, minute int, short bool, end int) reading {
	if hour > 24 || minute > 59 {
		return reading{end: end, fault: fmt.Sprintf("没有%d点%02d分，时间请写成 15:00 或 下午3点", hour, minute)}
	}
	if hour == 24 {
		return reading{end: end, fault: "24点请写成第二天的 0:00"}
	}
	r := reading{end: end}
	if half < 0 {
		if short && hour >= 1 && hour <= 6 {
			hour, r.guess = hour+12, true
		}
	} else if h := halves[half]; hour < h.from || hour > h.to {
		if hour < h.least || hour+h.add > h.to || hour+h.add < h.from {
			return reading{end: end, fault: fmt.Sprintf("“%s%d点”说不清是几点，时间请写成 15:00", h.words[0], hour)}
		}
		hour += h.add
	}
	r.value = domain.Clock{Hour: hour, Minute: minute}
	return r
}

// readMinutes reads a length of time: 90分钟, 1小时, 一个半小时, 1.5小时, 两课时.
func (w *world) readMinutes(c cursor) reading {
	total, some := time.Duration(0), false
	for range 2 {
		d := c
		if some {
			d.skip()
		}
		part, ok := w.readSpan(&d)
		if !ok {
			break
		}
		total, c, some = total+part, d, true
	}
	if !some || alnum(c.peek(0)) {
		return reading{}
	}
	if total < time.Minute || total > 24*time.Hour || total%time.Minute != 0 {
		return reading{end: c.i, fault: "时长要在1分钟到24小时之间，如 90分钟"}
	}
	return reading{value: int(total / time.Minute), end: c.i}
}

// readSpan reads one number with its unit.
func (w *world) readSpan(c *cursor) (time.Duration, bool) {
	const tenths = 10
	n, half := 0, c.eat("半")
	if !half {
		whole, ok := c.number()
		if !ok || whole > 99999 {
			return 0, false
		}
		n = whole * tenths
		if d := *c; d.eat(".") {
			tenth, ok := d.digits(1, 1)
			if !ok {
				return 0, false
			}
			n, *c = n+tenth, d
		}
		c.skip()
	}
	c.eat("个")
	if !half && c.eat("半") {
		n += tenths / 2
	}
	if half {
		n = tenths / 2
	}
	var unit time.Duration
	switch {
	case c.eat("小时", "钟头", "hours", "hour", "hrs", "hr", "h"):
		unit = time.Hour
	case c.eat("课时", "节课", "学时"):
		unit = w.ClassHour
	case c.eat("分钟", "分", "minutes", "minute", "mins", "min", "m"):
		unit = time.Minute
	case c.eat("刻钟"):
		unit = 15 * time.Minute
	default:
		return 0, false
	}
	if c.eat("半") {
		n += tenths / 2
	}
	return unit * time.Duration(n) / tenths, true
}
