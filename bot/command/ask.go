package command

import (
	"slices"
	"strings"
)

// howWords ask for the way and not for the deed: 怎么请假.
var howWords = []string{"怎么", "如何", "怎样", "咋"}

// longestAsk is how many characters a question may have: a longer line tells something.
const longestAsk = 24

// How tells which command a line asks the way of: 怎么请假, 改期怎么说, 下个月的计划怎么做. ok is false when it
// is no such question, or nobody knows about what.
func (t Table[R]) How(line string) (*Command[R], bool) {
	said, err := clean(line)
	if err != nil {
		return nil, false
	}
	return t.how(address(said))
}

func (t Table[R]) how(said []glyph) (*Command[R], bool) {
	from, to, ok := howAsked(said)
	if !ok {
		return nil, false
	}
	about := slices.Concat(said[:from], said[to:])
	for _, heard := range [][]glyph{said, about} {
		if c := t.named(heard); c != nil {
			return c, true
		}
	}
	if u := t.unknown(trim(said[to:], separator)); len(u.Near) > 0 {
		return t.Find(u.Near[0].Name)
	}
	return nil, false
}

// howAsked finds the asking word of a short line.
func howAsked(said []glyph) (from, to int, ok bool) {
	if len(said) > longestAsk {
		return 0, 0, false
	}
	for i := range said {
		c := cursor{said, i}
		if c.eat(howWords...) {
			return i, c.i, true
		}
	}
	return 0, 0, false
}

// asksWay says whether all that stands behind a word asks how it is done: 请假怎么请.
func asksWay(rest []glyph) bool {
	const longest = 6
	c := cursor{rest, 0}
	c.eat("要", "应该", "该", "是", "到底")
	return c.eat(howWords...) && len(c.rest()) <= longest && !slices.ContainsFunc(c.rest(), func(g glyph) bool { return isDigit(g.r) })
}

// named gives the command whose word, or whose question, stands in the line; the longest counts.
func (t Table[R]) named(said []glyph) *Command[R] {
	var best *Command[R]
	size := 0
	for i := range t {
		if t[i].Hidden {
			continue
		}
		for _, w := range slices.Concat([]string{t[i].Name}, t[i].Aliases, t[i].Asks) {
			if n := len([]rune(w)); n >= 2 && n > size && heardIn(said, w) {
				best, size = &t[i], n
			}
		}
	}
	return best
}

// heardIn says whether a word stands somewhere in the line and is not denied.
func heardIn(said []glyph, w string) bool {
	for i := range said {
		c := cursor{said, i}
		if c.word(w) && (i == 0 || !letter(said[i].r) || !letter(said[i-1].r)) && !denied(said[:i]) {
			return true
		}
	}
	return false
}

// byAsk reads a question in everyday words (我还有多少分) as the command that answers it, with the days, times
// and people it names. It is a guess. A command that needs more than that is only suggested.
func (t Table[R]) byAsk(said []glyph, w *world) (Parsed[R], error, bool) {
	if len(said) > longestAsk {
		return Parsed[R]{}, nil, false
	}
	people := reader{w, shape{args: []Arg{{Name: "人", Kind: Person}}}}.scan(said)
	other := people.Has("人") && people.Person("人") != w.Me
	var best *Command[R]
	size := 0
	for i := range t {
		if other && !t[i].shape().has(Person) {
			continue
		}
		for _, ask := range t[i].Asks {
			if n := len([]rune(ask)); n > size && heardIn(said, ask) {
				best, size = &t[i], n
			}
		}
	}
	if best == nil {
		return Parsed[R]{}, nil, false
	}
	var values Values
	if !best.Shows {
		values = reader{w, best.shape()}.scan(said)
	}
	if (reader{w, best.shape()}).complete(outcome{values: values}) != "" {
		return Parsed[R]{}, t.unknown(said), true
	}
	return Parsed[R]{Command: best, Values: values, Understood: best.shape().write(values, w, w.nameAmong)}, nil, true
}

// scan finds arguments that are known by their shape anywhere in a line, the first of each.
func (r reader) scan(said []glyph) Values {
	var out Values
	for _, a := range r.s.args {
		switch a.Kind {
		case Text, Word, Number, Choice, Code, Minutes:
			continue
		}
		for i := range said {
			if got := r.w.read(cursor{said, i}, a); got.ok() && !got.guess && !got.weak {
				out = out.With(a.Name, got.value)
				break
			}
		}
	}
	return out
}

// askFaults says what is wrong with the questions of a row.
func (c *Command[R]) askFaults() []string {
	var out []string
	for _, ask := range c.Asks {
		if len([]rune(ask)) < 2 || strings.ContainsFunc(ask, func(r rune) bool { return separator(fold(r)) }) {
			out = append(out, "the question "+ask+" is no piece of a sentence")
		}
	}
	if len(c.Asks) > 0 && c.Hidden {
		out = append(out, "Asks of a Hidden row")
	}
	if c.Shows && !c.Changes {
		out = append(out, "Shows without Changes")
	}
	return out
}

// asHow is what a question about the way is read as: nothing runs. It is a guess, since what was asked for
// before may be answered by such words.
func asHow[R any](c *Command[R]) Parsed[R] { return Parsed[R]{Command: c, How: true} }
