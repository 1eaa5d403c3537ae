package command

import (
	"slices"
	"strings"
	"unicode"

	"trainingbot/domain"
)

// readPerson reads a name, a staff number, 我, and the words that say someone lectures: 我讲, 讲师王芳.
func (w *world) readPerson(c cursor) reading {
	d := c
	marked := d.eat("讲师", "主讲人", "主讲", "由")
	for marked && (d.peek(0) == ' ' || d.peek(0) == ':') {
		d.i++
	}
	p, fault, ok := w.who(&d)
	if !ok && fault == "" {
		return reading{}
	}
	e := d
	e.skip()
	if e.eat("来讲", "主讲", "讲课", "授课", "讲") && edge(e) {
		d, marked = e, true
	}
	if fault != "" {
		return reading{end: d.i, fault: fault, marked: marked}
	}
	return reading{value: p, end: d.i, marked: marked}
}

// who reads the person alone.
func (w *world) who(c *cursor) (Named, string, bool) {
	if w.Me != "" {
		d := *c
		if d.eat("我自己", "我本人", "本人", "我") && (edge(d) || strings.ContainsRune("讲来主授", d.peek(0))) {
			if p, ok := w.person(w.Me); ok {
				*c = d
				return p, "", true
			}
		}
	}
	found, end := w.called(*c)
	if len(found) == 0 {
		return w.anybody(c)
	}
	d := cursor{c.t, end}
	if inside, after, ok := bracketed(d); ok {
		var kept []Named
		for _, p := range found {
			if p.is(inside) {
				kept = append(kept, p)
			}
		}
		switch {
		case len(kept) > 0:
			found, d = kept, after
		case len(found) > 1:
			*c = after
			return Named{}, "名单里没有“" + found[0].Name + "(" + inside + ")”，有的是" + labels(found), false
		}
	}
	d.eat("老师")
	*c = d
	if len(found) > 1 {
		return Named{}, "叫“" + found[0].Name + "”的有" + labels(found) + "，请写明是哪一位", false
	}
	return found[0], "", true
}

// is says whether what stands in brackets behind the name fits the person.
func (p Named) is(inside string) bool {
	inside = folded(foldString(inside))
	return inside == folded(foldString(p.No)) || strings.Contains(folded(foldString(p.Label)), inside)
}

// anybody reads any short word as a person, where the world is one in which everyone may work.
func (w *world) anybody(c *cursor) (Named, string, bool) {
	if !w.anyone {
		return Named{}, "", false
	}
	const longest = 32
	d := *c
	for !d.done() && !separator(d.peek(0)) && d.i-c.i < longest {
		d.i++
	}
	if d.i == c.i {
		return Named{}, "", false
	}
	p := Named{Name: raw(c.t[c.i:d.i])}
	*c = d
	return p, "", true
}

// called gives those whose name, label or staff number stands at c, by the longest that does.
func (w *world) called(c cursor) ([]Named, int) {
	if w.byRune == nil {
		w.indexPeople()
	}
	var found []Named
	end := c.i
	for _, name := range w.byRune[c.peek(0)] {
		to, ok := name.at(c)
		if !ok || to < end {
			continue
		}
		if to > end {
			found, end = nil, to
		}
		if p := w.People[name.of]; !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	return found, end
}

// at gives where the name ends when it stands at c.
func (n name) at(c cursor) (int, bool) {
	if alnum(c.peek(-1)) && alnum(c.peek(0)) {
		return 0, false
	}
	for _, g := range n.form {
		if c.peek(0) != g.r {
			return 0, false
		}
		c.i++
	}
	return c.i, !alnum(c.peek(-1)) || !alnum(c.peek(0))
}

// name is one way to call somebody: their name, label or staff number.
type name struct {
	form []glyph
	of   int // index in Env.People
}

func (w *world) indexPeople() {
	w.byRune = make(map[rune][]name, len(w.People))
	for i, p := range w.People {
		for k, s := range []string{p.Name, p.No, p.Label} {
			if s == "" || k == 2 && s == p.Name {
				continue
			}
			form := foldString(s)
			w.byRune[form[0].r] = append(w.byRune[form[0].r], name{form, i})
		}
	}
}

func (w *world) person(id domain.PersonID) (Named, bool) {
	for _, p := range w.People {
		if p.ID == id {
			return p, true
		}
	}
	return Named{}, false
}

// bracketed reads "(…)" behind a name.
func bracketed(c cursor) (inside string, after cursor, ok bool) {
	const longest = 24
	c.skip()
	if !c.eat("(") {
		return "", c, false
	}
	start := c.i
	for !c.done() && c.peek(0) != ')' && c.i-start <= longest {
		c.i++
	}
	if c.peek(0) != ')' || c.i == start {
		return "", c, false
	}
	inside = strings.TrimSpace(raw(c.t[start:c.i]))
	c.i++
	return inside, c, inside != ""
}

// plainName is how a person is written so that everyone reads the same: 张伟(A102).
func plainName(p Named) string {
	if p.No == "" {
		return p.Name
	}
	return p.Name + "(" + p.No + ")"
}

// nameAmong is how a person is written in a sentence: the name alone when nobody shares it.
func (w *world) nameAmong(p Named) string {
	for _, q := range w.People {
		if q.ID != p.ID && q.Name == p.Name {
			return plainName(p)
		}
	}
	return p.Name
}

func labels(people []Named) string {
	const most = 6
	var out []string
	for i, p := range people {
		if i == most {
			return strings.Join(out, "、") + "等"
		}
		if p.Label != "" && p.Label != p.Name {
			out = append(out, p.Label)
		} else {
			out = append(out, plainName(p))
		}
	}
	return strings.Join(out, "、")
}

// stranger says, when a person is missing where t stands, that t is on no list, and who is near.
func (w *world) stranger(t []glyph) string {
	word := t
	for i, g := range t {
		if separator(g.r) {
			word = t[:i]
			break
		}
	}
	if n := len(word); n < 2 || n > 6 || !unicode.Is(unicode.Han, word[0].r) || len(w.People) == 0 {
		return ""
	}
	said := "名单里没有“" + raw(word) + "”"
	for _, p := range w.People {
		if near(word, foldString(p.Name)) {
			return said + "，您是说“" + plainName(p) + "”吗"
		}
	}
	return said
}

// misnamed says whether a word is somebody's name but for one character behind the surname.
func (w *world) misnamed(word []glyph) bool {
	if found, _ := w.called(cursor{word, 0}); len(found) > 0 {
		return false
	}
	return slices.ContainsFunc(w.People, func(p Named) bool {
		name := foldString(p.Name)
		return len(name) > 1 && near(word, name) && word[0].r == name[0].r
	})
}

// near says whether two names of one length differ in one character.
func near(a, b []glyph) bool {
	if len(a) != len(b) {
		return false
	}
	differ := 0
	for i := range a {
		if a[i].r != b[i].r {
			differ++
		}
	}
	return differ == 1
}
