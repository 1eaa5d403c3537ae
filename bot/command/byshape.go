package command

import (
	"slices"
	"strings"
)

// field is a line from which arguments are taken by their shapes, wherever they stand.
type field struct {
	reader
	t     []glyph
	used  []bool // taken by an argument
	held  []bool // for free text only: in corner quotes, or an impossible reading
	o     outcome
	fault map[string]string // the first fault seen, by argument
	stuck int               // where the impossible reading at hand ends
}

// taken is a reading and its place.
type taken struct {
	arg  Arg
	from int
	got  reading
}

// byShape takes the typed arguments wherever they stand; what remains is the free text.
func (r reader) byShape(t []glyph) outcome {
	f := &field{reader: r, t: t, used: make([]bool, len(t)), held: held(t), o: outcome{free: -1}, fault: map[string]string{}}
	f.afterFillers()
	f.wholeWords()
	f.gluedWords()
	f.words(f.segments())
	if f.o.problem != "" {
		return f.o
	}
	for _, a := range r.s.args {
		if s := f.fault[a.Name]; s != "" && !f.o.values.Has(a.Name) {
			f.o.problem = s
			return f.o
		}
	}
	f.o.problem = r.complete(f.o)
	return f.o
}

// held marks what stands in corner quotes.
func held(t []glyph) []bool {
	out := make([]bool, len(t))
	closed := -1
	for i := len(t) - 1; i >= 0 && closed < 0; i-- {
		if t[i].r == '」' {
			closed = i
		}
	}
	for i := 0; i < closed; i++ {
		if t[i].r != '「' {
			continue
		}
		_, end, ok := quoted(cursor{t, i})
		if !ok {
			break // the closing quotes behind are all doubled, so nothing later is quoted either
		}
		for ; i < end; i++ {
			out[i] = true
		}
		i--
	}
	return out
}

func (f *field) free(from, to int) bool {
	return !slices.Contains(f.used[from:to], true) && !slices.Contains(f.held[from:to], true)
}

// open gives the typed arguments that have no value yet.
func (f *field) open() []Arg {
	var out []Arg
	for _, a := range f.s.args {
		if a.Kind != Text && a.Kind != Word && !f.o.values.Has(a.Name) {
			out = append(out, a)
		}
	}
	return out
}

func (f *field) keep(chain []taken, from int) {
	for _, x := range chain {
		f.o.take(x.arg, x.got)
		for i := from; i < x.got.end; i++ {
			f.used[i] = true
		}
	}
}

// afterFillers takes what stands behind 改到, so that the new day is not confused with the old.
func (f *field) afterFillers() {
	for i := 1; i < len(f.t); i++ {
		c := cursor{f.t, i}
		if c.eat("改到", "改为", "改成", "改在", "调到", "挪到", "换到", "推到") {
			c.skip()
			if c.done() || !f.free(i, c.i) {
				continue
			}
			if chain := f.chain(c.i, f.open(), true); len(chain) > 0 {
				f.keep(chain, i)
				return
			}
		}
	}
}

// wholeWords takes readings that begin and end at the edge of a word, one glued to the next or not.
func (f *field) wholeWords() {
	open := f.open()
	for i := 0; i < len(f.t) && len(open) > 0; i++ {
		if f.used[i] || f.held[i] || separator(f.t[i].r) || !f.starts(i) {
			continue
		}
		f.stuck = 0
		chain := f.chain(i, open, false)
		if len(chain) == 0 {
			// What is impossible is not read in part: the 周三 of 10-22 周三, where that is a Thursday.
			for ; i < f.stuck; i++ {
				f.held[i] = true
			}
			i = max(i, f.stuck-1)
			continue
		}
		f.keep(chain, i)
		open = f.open()
		i = chain[len(chain)-1].got.end - 1
	}
}

// starts says whether a word begins at i.
func (f *field) starts(i int) bool {
	c := cursor{f.t, i}
	return i == 0 || f.used[i-1] || (separator(c.peek(-1)) || c.peek(-1) == '」') && !glues(c)
}

// chain reads arguments glued to one another from i on, up to an edge; with loose, up to anything.
func (f *field) chain(i int, open []Arg, loose bool) []taken {
	for k, a := range open {
		got := f.named(i, a)
		if got.fault != "" && edge(cursor{f.t, got.end}) {
			f.stuck = max(f.stuck, got.end)
			if f.fault[a.Name] == "" {
				f.fault[a.Name] = got.fault
			}
		}
		if !got.ok() || !f.free(i, got.end) || got.weak && f.dayWanted(i, open) {
			continue
		}
		end := cursor{f.t, got.end}
		rest := slices.Delete(slices.Clone(open), k, k+1)
		if !end.done() && (!edge(end) || loose) {
			next := end
			next.skip()
			if more := f.chain(next.i, rest, loose); len(more) > 0 {
				return append([]taken{{a, i, got}}, more...)
			}
		}
		if edge(end) || loose || f.used[end.i] {
			return []taken{{a, i, got}}
		}
	}
	return nil
}

// named reads an argument at i, with its own name in front of it or not.
func (f *field) named(i int, a Arg) reading {
	c := cursor{f.t, i}
	if got := f.w.read(c, a); got.ok() || got.fault != "" {
		return got
	}
	if c.eat(a.Name) {
		c.skipAll()
		return f.w.read(c, a)
	}
	return reading{}
}

// dayWanted says whether what stands at i could be the day that is still missing.
func (f *field) dayWanted(i int, open []Arg) bool {
	return slices.ContainsFunc(open, func(a Arg) bool {
		return a.Kind == Date && f.w.read(cursor{f.t, i}, a).ok()
	})
}

// gluedWords takes required arguments, and people said to lecture, out of the midst of other text.
func (f *field) gluedWords() {
	for _, a := range f.open() {
		for i := range f.t {
			c := cursor{f.t, i}
			inside := i > 0 && (numeral(c.peek(0)) && numeral(c.peek(-1)) || alnum(c.peek(0)) && alnum(c.peek(-1)) || glues(c))
			if inside || separator(c.peek(0)) || f.used[i] || f.held[i] {
				continue
			}
			got := f.w.read(c, a)
			if got.ok() && f.free(i, got.end) && (!a.Optional || got.marked) && !glues(cursor{f.t, got.end}) {
				f.keep([]taken{{a, i, got}}, i)
				break
			}
		}
	}
}

// segment is a piece of free text between typed arguments.
type segment struct {
	t    []glyph
	from int
}

// segments gives what no argument took, without pieces that mean nothing.
func (f *field) segments() []segment {
	var out []segment
	for i := 0; i < len(f.t); i++ {
		from := i
		for i < len(f.t) && !f.used[i] {
			i++
		}
		piece := trim(f.t[from:i], pause)
		if ok, asked := polite(piece); ok || f.filler(piece) {
			f.o.asked = f.o.asked || asked
			continue
		}
		out = append(out, segment{piece, from})
	}
	return out
}

func (f *field) filler(piece []glyph) bool {
	return slices.Contains(fillers, strings.Trim(folded(piece), " "))
}

// words gives the free text to the Word and Text arguments.
func (f *field) words(segs []segment) {
	text := f.s.text()
	for _, a := range f.s.args {
		if a.Kind == Word {
			segs = f.word(a, segs, text >= 0)
		}
	}
	if len(segs) == 0 {
		return
	}
	f.o.free = segs[0].from
	if text < 0 {
		f.o.problem = "没看懂“" + short(segs[0].t) + "”"
		if left := f.open(); len(left) > 0 && !left[0].Optional {
			f.o.problem = f.misread(left[0], segs[0].t, f.fault[left[0].Name])
		}
		return
	}
	a := f.s.args[text]
	if len(segs) == 1 {
		f.o.values = f.o.values.With(a.Name, textOf(segs[0].t, a))
		return
	}
	f.o.guess = true // that the pieces belong together
	var parts []string
	for _, s := range segs {
		parts = append(parts, raw(s.t))
	}
	f.o.values = f.o.values.With(a.Name, strings.Join(parts, " "))
}

// word takes a Word out of the free text: what bears one of its marks; without marks, the last piece
// when it stands apart from the others; where there is no Text, the first piece.
func (f *field) word(a Arg, segs []segment, text bool) []segment {
	for i := len(segs) - 1; i >= 0; i-- {
		tokens := tokensOf(segs[i].t)
		for k := len(tokens) - 1; k >= 0; k-- {
			v, ok := a.marked(tokens[k])
			if !ok || len(segs) == 1 && len(tokens) == 1 && text {
				continue
			}
			f.o.values = f.o.values.With(a.Name, v)
			if k > 0 && slices.Contains(a.Marks, folded(tokens[k-1])+"…") {
				tokens = slices.Delete(tokens, k-1, k) // 在 中控室
				k--
			}
			return cutToken(segs, i, tokens, k)
		}
	}
	last := len(segs) - 1
	if last < 0 || text && (last == 0 || len(a.Marks) > 0) {
		return segs
	}
	if !text {
		last = 0
	}
	if tokens := tokensOf(segs[last].t); len(tokens) == 1 {
		got := f.reader.word(cursor{tokens[0], 0}, a)
		if got.ok() && got.end == len(tokens[0]) {
			f.o.values = f.o.values.With(a.Name, got.value)
			if f.o.free < 0 {
				f.o.free = segs[last].from
			}
			return slices.Delete(segs, last, last+1)
		}
	}
	return segs
}

// cutToken gives the pieces without token k of piece i.
func cutToken(segs []segment, i int, tokens [][]glyph, k int) []segment {
	var out []segment
	out = append(out, segs[:i]...)
	var left []glyph
	for j, token := range tokens {
		if j == k {
			continue
		}
		if len(left) > 0 {
			left = append(left, glyph{' ', " "})
		}
		left = append(left, token...)
	}
	if len(left) > 0 {
		out = append(out, segment{left, segs[i].from})
	}
	return append(out, segs[i+1:]...)
}

// tokensOf splits at spaces and commas outside corner quotes.
func tokensOf(t []glyph) [][]glyph {
	in := held(t)
	var out [][]glyph
	from := 0
	for i := 0; i <= len(t); i++ {
		if i < len(t) && (in[i] || !strings.ContainsRune(" ,，、;；", t[i].r)) {
			continue
		}
		if i > from {
			out = append(out, t[from:i])
		}
		from = i + 1
	}
	return out
}

// marked gives the Word in a token that bears one of the marks of the argument, or its name.
func (a Arg) marked(token []glyph) (string, bool) {
	for _, m := range append([]string{a.Name + "…"}, a.Marks...) {
		before, after, _ := strings.Cut(m, "…")
		c := cursor{token, 0}
		if before != "" {
			if !c.eat(before) || c.done() {
				continue
			}
			c.eat(":")
		}
		got := readWord(c, a)
		if !got.ok() || got.end != len(token) {
			continue
		}
		if v := got.value.(string); strings.HasSuffix(v, after) && len(v) > len(after) {
			return v, true
		}
	}
	return "", false
}
