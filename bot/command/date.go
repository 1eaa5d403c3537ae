package command

import (
	"fmt"
	"strings"
	"time"

	"trainingbot/domain"
)

// lookBack is how far in the past a day or month without a year may lie, in days.
const lookBack = 60

// readDate reads a day in any of the ways people write one, and the weekday behind it if it says one.
func (w *world) readDate(c cursor) reading {
	for _, read := range []func(cursor) (domain.Date, int, string){w.relativeDay, w.weekday, w.numberedDay} {
		d, end, fault := read(c)
		if fault != "" {
			return reading{fault: fault, end: end}
		}
		if !d.IsZero() {
			return checkWeekday(cursor{c.t, end}, d)
		}
	}
	return reading{}
}

func (w *world) relativeDay(c cursor) (domain.Date, int, string) {
	days := []struct {
		n     int
		words []string
	}{
		{3, []string{"大后天"}}, {-3, []string{"大前天"}}, {0, []string{"今天", "今日", "今儿", "当天", "today"}},
		{1, []string{"明天", "明日", "明儿", "tomorrow"}}, {2, []string{"后天", "后日"}},
		{-1, []string{"昨天", "昨日", "yesterday"}}, {-2, []string{"前天"}},
	}
	for _, x := range days {
		if c.eat(x.words...) {
			return w.Today.AddDays(x.n), c.i, ""
		}
	}
	if r := c.peek(1); r == '早' || r == '晚' {
		for n, r := range []rune("今明后") {
			if c.peek(0) == r {
				return w.Today.AddDays(n), c.i + 1, ""
			}
		}
	}
	if w.Working != nil && c.eat("下个工作日", "下一个工作日", "下一工作日") {
		const longest = 60
		for n := 1; n <= longest; n++ {
			if d := w.Today.AddDays(n); w.Working(d) {
				return d, c.i, ""
			}
		}
	}
	return domain.Date{}, 0, ""
}

// weekday reads 周三, 下周三, 本周五, 下下周一, 星期天, 礼拜二.
func (w *world) weekday(c cursor) (domain.Date, int, string) {
	week, said := 0, true
	switch {
	case c.eat("下下个", "下下"):
		week = 2
	case c.eat("下个", "下"):
		week = 1
	case c.eat("上个", "上"):
		week = -1
	case c.eat("这个", "这", "本"):
	default:
		said = false
	}
	c.skip()
	day, ok := dayOfWeek(&c)
	if !ok {
		if c.eat("周末") {
			return domain.Date{}, c.i, "“周末”要写明是周六还是周日"
		}
		return domain.Date{}, 0, ""
	}
	monday := w.Today.AddDays(-((int(w.Today.Weekday()) + 6) % 7))
	d := monday.AddDays(7*week + day)
	if !said && d.Before(w.Today) {
		d = d.AddDays(7)
	}
	return d, c.i, ""
}

// dayOfWeek reads a weekday and counts it from Monday, 0.
func dayOfWeek(c *cursor) (int, bool) {
	d := *c
	if !d.eat("星期", "礼拜", "周") {
		return 0, false
	}
	d.skip()
	for i, names := range []string{"一1", "二2", "三3", "四4", "五5", "六6", "日天7"} {
		if r := d.peek(0); r != 0 && strings.ContainsRune(names, r) {
			if isDigit(r) && alnum(d.peek(1)) {
				return 0, false
			}
			d.i++
			*c = d
			return i, true
		}
	}
	return 0, false
}

// checkWeekday reads the weekday behind a day, as the bot itself writes it, and holds it against the day.
func checkWeekday(c cursor, d domain.Date) reading {
	r := reading{value: d, end: c.i}
	c.skip()
	bracket := c.eat("(")
	c.skip()
	day, ok := dayOfWeek(&c)
	if !ok || bracket && !c.unit(")") {
		return r
	}
	if next := c.peek(0); !edge(c) && !numeral(next) && !strings.ContainsRune("上下早晚中凌傍夜", next) {
		return r
	}
	if real := (int(d.Weekday()) + 6) % 7; real != day {
		days := []rune("一二三四五六日")
		return reading{end: c.i, fault: fmt.Sprintf("%d月%d日是周%c，不是周%c", int(d.Month), d.Day, days[real], days[day])}
	}
	r.end = c.i
	return r
}

// numberedDay reads the days that have a number: 12-18, 2026年12月18日, 下月3号, 18号, 月底.
func (w *world) numberedDay(c cursor) (domain.Date, int, string) {
	if d, end, fault, ok := w.signedDay(c); ok {
		return d, end, fault
	}
	year, yearSaid := w.readYear(&c)
	if yearSaid {
		c.skip()
		if c.eat("底", "末") {
			return domain.NewDate(year, time.December, 31), c.i, ""
		}
	}
	month, monthSaid := 0, false
	if m, ok := w.relativeMonth(&c); ok && !yearSaid {
		year, month, yearSaid, monthSaid = m.Year, int(m.Month), true, true
	} else if n, ok := readMonth(&c); ok {
		month, monthSaid = n, true
	}
	if yearSaid && !monthSaid {
		return domain.Date{}, 0, ""
	}
	if monthSaid && c.unit("底", "末") || !monthSaid && c.eat("月底", "月末") {
		return w.monthEnd(year, yearSaid, month, monthSaid, c.i)
	}
	c.skip()
	day, ok := c.number()
	counted := ok && c.unit("日", "号")
	if !ok || !counted && (!monthSaid || !numberEnd(c)) || strings.ContainsRune(things, c.peek(0)) {
		return domain.Date{}, 0, ""
	}
	if !monthSaid {
		return w.dayOnly(day, c.i)
	}
	d, fault := w.complete(year, yearSaid, month, day)
	return d, c.i, fault
}

// signedDay reads numbers joined by a sign: 2026-12-18, 12/18, 12.18, 20261218.
func (w *world) signedDay(c cursor) (d domain.Date, end int, fault string, ok bool) {
	whole := c
	if n, ok := whole.digits(8, 8); ok && n/1000000 == 20 && numberEnd(whole) {
		d, fault := w.complete(n/10000, true, n/100%100, n%100)
		return d, whole.i, fault, true
	}
	start := c.i
	n, ok := c.digits(1, 4)
	if !ok || c.i-start == 3 {
		return domain.Date{}, 0, "", false
	}
	year, yearSaid := n, c.i-start == 4
	sign := c.peek(0)
	if !strings.ContainsRune("-/.", sign) {
		return domain.Date{}, 0, "", false
	}
	month := n
	if yearSaid {
		c.i++
		if month, ok = c.digits(1, 2); !ok || c.peek(0) != sign {
			return domain.Date{}, 0, "", false
		}
	}
	c.i++
	day, ok := c.digits(1, 2)
	if !ok {
		return domain.Date{}, 0, "", false
	}
	c.eat("日", "号")
	if !numberEnd(c) || strings.ContainsRune(things, c.peek(0)) {
		return domain.Date{}, 0, "", false
	}
	d, fault = w.complete(year, yearSaid, month, day)
	return d, c.i, fault, true
}

// readYear reads 2026年, 26年, 明年, 二〇二六年.
func (w *world) readYear(c *cursor) (int, bool) {
	d := *c
	for n, words := range [][]string{{"去年"}, {"今年", "本年"}, {"明年"}, {"后年"}} {
		if d.eat(words...) {
			*c = d
			return w.Today.Year + n - 1, true
		}
	}
	start := d.i
	n, ok := d.number()
	if !ok || !d.unit("年") {
		return 0, false
	}
	if width := len([]rune(strings.TrimSpace(folded(d.t[start:d.i])))) - 1; width <= 2 && n < 100 {
		n += 2000
	}
	*c = d
	return n, true
}

// readMonth reads 12月, 十二月, 12月份; a month may lie outside the year, to be refused with a sentence.
func readMonth(c *cursor) (int, bool) {
	d := *c
	n, ok := d.number()
	if !ok || !d.unit("月份", "月") {
		return 0, false
	}
	*c = d
	return n, true
}

// relativeMonth reads 本月, 下个月, 上月.
func (w *world) relativeMonth(c *cursor) (domain.Month, bool) {
	for _, x := range []struct {
		n     int
		words []string
	}{
		{2, []string{"下下个月", "下下月"}}, {1, []string{"下个月", "下月"}},
		{0, []string{"这个月", "本月", "这月", "当月"}}, {-1, []string{"上个月", "上月"}},
	} {
		if c.eat(x.words...) {
			return w.Today.MonthOf().Add(x.n), true
		}
	}
	return domain.Month{}, false
}

func (w *world) monthEnd(year int, yearSaid bool, month int, monthSaid bool, end int) (domain.Date, int, string) {
	if !monthSaid {
		return w.Today.MonthOf().Last(), end, ""
	}
	m, fault := w.completeMonth(year, yearSaid, month)
	if fault != "" {
		return domain.Date{}, end, fault
	}
	return m.Last(), end, ""
}

// dayOnly gives the day of this month, or of the next when it has passed.
func (w *world) dayOnly(day, end int) (domain.Date, int, string) {
	m := w.Today.MonthOf()
	if day < w.Today.Day {
		m = m.Add(1)
	}
	if day < 1 || day > 31 {
		return domain.Date{}, end, fmt.Sprintf("没有%d号这一天", day)
	}
	if day > m.Last().Day {
		return domain.Date{}, end, fmt.Sprintf("%d月没有%d号，请连月份一起写，如 %d-%d", int(m.Month), day, int(m.Add(1).Month), min(day, m.Add(1).Last().Day))
	}
	return domain.NewDate(m.Year, m.Month, day), end, ""
}

// complete makes a day of numbers, or says why there is none. Without a year it takes the first
// such day that is not more than lookBack days in the past.
func (w *world) complete(year int, yearSaid bool, month, day int) (domain.Date, string) {
	if month < 1 || month > 12 {
		return domain.Date{}, fmt.Sprintf("没有%d月，日期请写成 12-18 或 12月18日", month)
	}
	if yearSaid {
		if fault := badYear(year); fault != "" {
			return domain.Date{}, fault
		}
	} else {
		year = w.Today.AddDays(-lookBack).Year
		if domain.NewDate(year, time.Month(month), day).Before(w.Today.AddDays(-lookBack)) {
			year++
		}
	}
	if last := (domain.Month{Year: year, Month: time.Month(month)}).Last().Day; day < 1 || day > last {
		return domain.Date{}, fmt.Sprintf("%d年%d月没有%d日，这个月到%d日为止", year, month, day, last)
	}
	return domain.NewDate(year, time.Month(month), day), ""
}

func badYear(year int) string {
	if year < 2000 || year > 2099 {
		return fmt.Sprintf("年份%d看着不对", year)
	}
	return ""
}
