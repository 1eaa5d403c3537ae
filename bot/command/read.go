package command

import (
	"strings"
	"time"

	"trainingbot/domain"
)

// reading is what a reader found at a cursor.
type reading struct {
	value  any // nil: nothing of this kind stands here
	end    int
	guess  bool   // a meaning had to be assumed
	weak   bool   // it could as well be a day: 18号
	marked bool   // the person said which argument it is: 我讲
	fault  string // it looks like the kind but cannot be; a sentence without a full stop
}

func (r reading) ok() bool { return r.value != nil }

// world is an Env made ready for reading.
type world struct {
	Env
	byRune map[rune][]name // by first character; made when first asked
	anyone bool            // every word may be a person: to see what a line could mean in another office
}

func newWorld(e Env) *world {
	if e.Today.IsZero() && !e.Now.IsZero() {
		e.Today = domain.DateOf(e.Now)
	}
	if e.ClassHour <= 0 {
		e.ClassHour = time.Hour
	}
	return &world{Env: e}
}

// read reads one argument exactly at the cursor.
func (w *world) read(c cursor, a Arg) reading {
	switch a.Kind {
	case Code:
		return readCode(c)
	case PlanRef:
		return readPlan(c)
	case SessionRef:
		return readSession(c)
	case Period:
		return w.readPeriod(c)
	case Date:
		return w.readDate(c)
	case Clock:
		return w.readClock(c)
	case Person:
		return w.readPerson(c)
	case Minutes:
		return w.readMinutes(c)
	case Number:
		return readNumber(c)
	case Choice:
		return readChoice(c, a.Choices)
	case Word:
		return readWord(c, a)
	case Ref:
		return readRef(c, a)
	}
	return reading{}
}

// edge says whether c stands where one word ends and the next may begin.
func edge(c cursor) bool {
	if c.i == 0 || c.done() {
		return true
	}
	if c.peek(0) == '「' || c.peek(-1) == '」' {
		return true
	}
	return !glues(c) && (separator(c.peek(0)) || separator(c.peek(-1)))
}

// glues says whether the sign before or at c joins two halves of one number: 1.5, 15:00, 12-18.
func glues(c cursor) bool {
	joint := func(k int) bool {
		return strings.ContainsRune(".:-/", c.peek(k)) && alnum(c.peek(k-1)) && alnum(c.peek(k+1))
	}
	return joint(0) || joint(-1)
}

// numberEnd says whether a number that ends at c is whole.
func numberEnd(c cursor) bool {
	return !alnum(c.peek(0)) && !glues(c) && !strings.ContainsRune("点时小课分个年月%", c.peek(0))
}

func readCode(c cursor) reading {
	const least, most = 4, 8
	var b strings.Builder
	for ; b.Len() <= most; c.i++ {
		r := c.peek(0)
		if v := hanDigit(r); v >= 0 && r != '两' {
			r = '0' + rune(v)
		}
		if !isDigit(r) {
			break
		}
		b.WriteRune(r)
	}
	if n := b.Len(); n < least || n > most || letter(c.peek(0)) {
		return reading{}
	}
	return reading{value: b.String(), end: c.i}
}

// label reads the number of a thing: P7, P-7, 计划 7, 第7; 0 when there is none. named and prefixed say
// whether one of the words or the letter stood before it.
func (c *cursor) label(letter string, words ...string) (no int, named, prefixed bool) {
	named = c.eat(words...)
	c.skip()
	if prefixed = c.eat(letter); prefixed {
		c.eat("-", "#", ".")
	} else {
		c.eat("第")
	}
	c.skip()
	if n, ok := c.digits(1, 9); ok {
		no = n
	}
	return no, named, prefixed
}

func readPlan(c cursor) reading {
	no, named, prefixed := c.label("p", "培训计划", "计划")
	if no == 0 {
		return reading{}
	}
	if !prefixed {
		c.unit("号", "份")
		if !c.unit("培训计划", "计划") && !named {
			return reading{}
		}
	}
	p := Plan{No: int64(no)}
	d := c
	d.skip()
	d.eat("(")
	d.skip()
	if v, ok := readVersion(&d); ok {
		d.eat(")")
		p.Version, c = v, d
	}
	if alnum(c.peek(0)) || glues(c) {
		return reading{}
	}
	return reading{value: p, end: c.i}
}

// readVersion reads v2, 版本2, 第2版, 第二版.
func readVersion(c *cursor) (int, bool) {
	const most = 9999
	d := *c
	ordinal := d.eat("第")
	if !ordinal && !d.eat("v", "版本") {
		return 0, false
	}
	d.eat(".")
	d.skip()
	n, ok := d.number()
	if !ok || n < 1 || n > most || ordinal && !d.unit("版") {
		return 0, false
	}
	*c = d
	return n, true
}

// things are what a number with 号 counts that is no day, session or person: 3号楼.
const things = "楼栋线门院岗机房亭车计梯库"

func readSession(c cursor) reading {
	no, named, prefixed := c.label("s", "场次")
	if no == 0 {
		return reading{}
	}
	weak := false
	if !prefixed {
		session := c.unit("号场", "号培训", "场")
		weak = !session && c.unit("号")
		if !session && !weak && !named || strings.ContainsRune(things, c.peek(0)) {
			return reading{}
		}
	}
	if alnum(c.peek(0)) || glues(c) {
		return reading{}
	}
	return reading{value: int64(no), end: c.i, weak: weak && !named}
}

// readRef reads B12, b-12, B 12.
func readRef(c cursor, a Arg) reading {
	if !c.eat(strings.ToLower(a.Letter)) {
		return reading{}
	}
	c.eat("-", "#", ".")
	c.skip()
	n, ok := c.digits(1, 9)
	if !ok || n == 0 || alnum(c.peek(0)) || glues(c) {
		return reading{}
	}
	return reading{value: int64(n), end: c.i}
}

func readNumber(c cursor) reading {
	c.eat("第")
	c.skip()
	n, ok := c.number()
	if !ok {
		return reading{}
	}
	if c.eat("个人", "人", "名", "位", "条", "项", "次", "个", "分", "场") {
		if strings.ContainsRune("月钟小课工", c.peek(0)) {
			return reading{}
		}
		return reading{value: n, end: c.i}
	}
	if !edge(c) || !numberEnd(c) {
		return reading{}
	}
	return reading{value: n, end: c.i}
}

func readChoice(c cursor, options []Option) reading {
	var best reading
	for _, o := range options {
		for i := -1; i < len(o.Synonyms); i++ {
			word := o.Value
			if i >= 0 {
				word = o.Synonyms[i]
			}
			d := c
			if word != "" && d.word(word) && d.i > best.end {
				best = reading{value: o.Value, end: d.i}
			}
		}
	}
	d := cursor{c.t, best.end}
	if !best.ok() || edge(d) {
		return best
	}
	if d.eat("了", "啦", "的") && edge(d) {
		best.end = d.i
		return best
	}
	return reading{}
}

// readWord reads up to the next space or comma, or what stands in corner quotes.
func readWord(c cursor, a Arg) reading {
	if text, end, ok := quoted(c); ok {
		return reading{value: text, end: end}
	}
	start := c
	for !c.done() && !strings.ContainsRune(" ,，、;；。!！?？", c.peek(0)) {
		c.i++
	}
	if c.i == start.i {
		return reading{}
	}
	return reading{value: narrow(raw(c.t[start.i:c.i])), end: c.i}
}

// narrow makes full-width letters, digits and signs half-width and leaves all else.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0xFF01 && r <= 0xFF5E {
			return r - 0xFF01 + '!'
		}
		return r
	}, s)
}

// quoted reads free text in corner quotes, where a doubled closing quote stands for one.
func quoted(c cursor) (text string, end int, ok bool) {
	if c.peek(0) != '「' {
		return "", 0, false
	}
	var b strings.Builder
	for c.i++; !c.done(); c.i++ {
		if c.peek(0) == '」' {
			if c.peek(1) != '」' {
				return b.String(), c.i + 1, true
			}
			c.i++
		}
		b.WriteString(c.t[c.i].raw)
	}
	return "", 0, false
}

// quote writes free text so that quoted gives it back.
func quote(s string) string { return "「" + strings.ReplaceAll(s, "」", "」」") + "」" }
