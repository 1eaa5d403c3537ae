package command

import (
	"slices"
	"strings"
)

// reader reads the arguments of one command.
type reader struct {
	w *world
	s shape
}

// outcome is what became of the arguments.
type outcome struct {
	values  Values
	typed   int    // how many arguments were known by their shape
	free    int    // where the first free text stands, -1 when there is none
	guess   bool   // a meaning was assumed
	asked   bool   // it was a question: 同意P7吗
	moved   bool   // the arguments stood in another order
	problem string // why it cannot be read; a sentence without a full stop
	final   bool   // the problem stands, whatever other way of reading there is
}

func (o *outcome) take(a Arg, r reading) {
	o.values = o.values.With(a.Name, r.value)
	o.guess = o.guess || r.guess
	o.typed++
}

// read reads what stands beside the command's word.
func (r reader) read(t []glyph) outcome {
	if r.s.anyOrder {
		return r.byShape(t)
	}
	first := r.ordered(t)
	if first.final || first.problem == "" && (first.free < 0 || first.typed == r.s.typed()) {
		return first
	}
	other := r.byShape(t)
	other.moved = true
	switch {
	case other.problem != "":
	case first.problem != "":
		other.guess = other.guess || other.free >= 0
		return other
	case other.typed > first.typed:
		other.guess = other.guess || other.free >= 0
		return other
	}
	if first.problem != "" {
		if o, ok := r.bare(t); ok {
			return o
		}
	}
	return first
}

// bare reads a number alone as the plan or the session, where nothing else could be meant, and a
// code typed in groups of digits.
func (r reader) bare(t []glyph) (outcome, bool) {
	const most = 6
	t = trim(t, separator)
	o := outcome{free: -1}
	if len(r.s.args) == 1 && r.s.args[0].Kind == Code {
		if readCode(cursor{t, 0}).ok() {
			return o, false // a whole code with something behind it
		}
		t = slices.DeleteFunc(slices.Clone(t), func(g glyph) bool { return g.r == ' ' || g.r == '-' })
		got := readCode(cursor{t, 0})
		if got.ok() && got.end == len(t) {
			o.take(r.s.args[0], got)
		}
		return o, o.typed == 1
	}
	c := cursor{t, 0}
	n, ok := c.digits(1, most)
	if !ok || n == 0 || !c.done() || r.s.has(Number, Code, Minutes, Word) {
		return o, false
	}
	for _, a := range r.s.args {
		switch a.Kind {
		case PlanRef:
			o.take(a, reading{value: Plan{No: int64(n)}})
		case SessionRef:
			o.take(a, reading{value: int64(n)})
		default:
			continue
		}
		return o, r.complete(o) == ""
	}
	return o, false
}

// complete says which required argument is missing, "" for none.
func (r reader) complete(o outcome) string {
	for _, a := range r.s.args {
		if !a.Optional && !o.values.Has(a.Name) {
			return missing(a)
		}
	}
	return ""
}

// ordered reads the arguments in the order of the row.
func (r reader) ordered(t []glyph) outcome {
	o := outcome{free: -1}
	c := cursor{t, 0}
	fault := ""
	for k, a := range r.s.args {
		if a.Kind == Text {
			return r.orderedText(o, c, a, fault)
		}
		got := r.at(c, a)
		switch {
		case got.ok() && r.endsWell(got, t, k):
			if a.Kind == Word && o.free < 0 {
				o.free = c.i
			}
			o.take(a, got)
			c.i, fault = got.end, ""
		case !a.Optional:
			o.problem = r.misread(a, c.rest(), got.fault)
			return o
		case fault == "":
			fault = got.fault
		}
	}
	ok, asked := polite(c.rest())
	if o.asked = asked; ok {
		return o
	}
	if o.problem = fault; fault == "" {
		o.problem = "没看懂后面的“" + short(c.rest()) + "”"
	}
	return o
}

func (r reader) orderedText(o outcome, c cursor, a Arg, fault string) outcome {
	rest := trim(c.rest(), pause)
	ok, asked := polite(rest)
	switch {
	case ok:
		o.asked = asked
		o.problem = r.complete(o)
	case fault != "":
		o.problem = fault
	default:
		o.problem = r.namesNobody(o, rest)
		if o.final = o.problem != ""; !o.final {
			o.values = o.values.With(a.Name, textOf(rest, a))
			o.free = c.i
		}
	}
	return o
}

// namesNobody says that free text is an unknown name: a choice stands behind its first word (张三 到,
// where 张三 is on no list), or it is all but somebody's name (王方, where 王芳 is).
func (r reader) namesNobody(o outcome, rest []glyph) string {
	for k, a := range r.s.args {
		if a.Kind != Person || o.values.Has(a.Name) {
			continue
		}
		c := cursor{rest, 0}
		for !c.done() && !separator(c.peek(0)) && c.peek(0) != '「' {
			c.i++
		}
		if c.done() && r.w.misnamed(rest) {
			return r.misread(a, rest, "")
		}
		for _, b := range r.s.args[k+1:] {
			if c.i > 0 && b.Kind == Choice && !o.values.Has(b.Name) && r.at(c, b).ok() {
				return r.misread(a, rest, "")
			}
		}
	}
	return ""
}

// fillers may stand before an argument and mean nothing. Never written.
var fillers = []string{
	"时间改到", "改到", "改为", "改成", "改在", "调到", "挪到", "换到", "推到", "定在", "定为", "设为", "设成",
	"安排在", "到", "至", "在", "于", "为", "是", "给", "把", "将", "请",
}

// at reads an argument near the cursor: behind separators, behind its own name, behind a filler.
func (r reader) at(c cursor, a Arg) reading {
	if a.Kind == Word {
		for !c.done() && pause(c.peek(0)) {
			c.i++
		}
		return r.word(c, a)
	}
	c.skipAll()
	best := r.w.read(c, a)
	if best.ok() {
		return best
	}
	leads := fillers
	if a.Kind == Person {
		leads = nil // 点名 到 张伟 says more than 点名 张伟
	}
	for i := -1; i < len(leads); i++ {
		lead, d := a.Name, c
		if i >= 0 {
			lead = leads[i]
		}
		if !d.eat(lead) {
			continue
		}
		d.skipAll()
		got := r.w.read(d, a)
		if got.ok() {
			return got
		}
		if best.fault == "" {
			best = got
		}
	}
	return best
}

// word reads a Word, without its own name in front of it.
func (r reader) word(c cursor, a Arg) reading {
	d := c
	if d.eat(a.Name) && (separator(d.peek(0)) || alnum(d.peek(0))) {
		for separator(d.peek(0)) && !d.done() {
			d.i++
		}
		if got := r.w.read(d, a); got.ok() {
			return got
		}
	}
	return r.w.read(c, a)
}

// endsWell says whether a name is whole: what stands behind it is an edge or another argument.
func (r reader) endsWell(got reading, t []glyph, k int) bool {
	c := cursor{t, got.end}
	if r.s.args[k].Kind != Person || edge(c) {
		return true
	}
	for _, a := range r.s.args[k+1:] {
		if a.Kind != Text && a.Kind != Word && r.w.read(c, a).ok() {
			return true
		}
	}
	return false
}

// misread says what is wrong where a should stand.
func (r reader) misread(a Arg, rest []glyph, fault string) string {
	if fault != "" {
		return fault
	}
	if ok, _ := polite(rest); ok {
		return missing(a)
	}
	if a.Kind == Person {
		if s := r.w.stranger(trim(rest, separator)); s != "" {
			return s
		}
	}
	return "没看懂“" + short(rest) + "”，这里要写" + what(a)
}

func missing(a Arg) string { return "还缺" + what(a) }

func what(a Arg) string {
	name := a.Name
	if a.Kind == Choice {
		name = choices(a)
	}
	if a.Hint == "" {
		return "“" + name + "”"
	}
	return "“" + name + "”（" + a.Hint + "）"
}

// refusal is the sentence for a problem: what is wrong and what to say.
func (s shape) refusal(problem string) string {
	out := problem + "。说法：「" + s.usage() + "」"
	if s.example != "" && s.example != s.usage() {
		out += "，例如「" + s.example + "」"
	}
	return out + "。"
}

// textOf gives free text as it was typed, without the quotes that hold it together and without the
// argument's own name in front ("理由：").
func textOf(t []glyph, a Arg) string {
	t = trimSpace(t)
	c := cursor{t, 0}
	if c.eat(a.Name) && c.unit(":") {
		if rest := trimSpace(c.rest()); len(rest) > 0 {
			t = rest
		}
	}
	if text, end, ok := quoted(cursor{t, 0}); ok && end == len(t) {
		return strings.TrimSpace(text)
	}
	return raw(t)
}

// polite says whether nothing but separators and polite words is left, and whether they ask.
func polite(t []glyph) (ok, asked bool) {
	c := cursor{t, 0}
	for !c.done() {
		switch {
		case separator(c.peek(0)):
			asked = asked || c.peek(0) == '?'
			c.i++
		case c.eat("可以吗", "好吗", "行吗", "对吗", "吗", "嘛", "么"):
			asked = true
		case c.eat("一下子", "一下", "谢谢您", "谢谢你", "谢谢", "多谢", "感谢", "辛苦了", "辛苦", "麻烦了", "麻烦", "拜托了", "拜托",
			"吧", "啊", "呀", "呢", "哦", "噢", "喔", "哈", "啦", "了", "的", "请", "您", "please", "thanks", "thank you", "thx"):
		default:
			return false, asked
		}
	}
	return true, asked
}
