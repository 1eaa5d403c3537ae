package command

import (
	"slices"

	"trainingbot/domain"
)

// Parse reads a line. An error is a *domain.Error of kind Invalid that says what to say instead,
// or an *Unknown when no command fits; both are found by domain.Refusal. With an Invalid one comes the
// command whose arguments could not be read.
func (t Table[R]) Parse(line string, env Env) (Parsed[R], error) {
	said, err := clean(line)
	if err != nil {
		return Parsed[R]{}, err
	}
	said = address(said)
	w := newWorld(env)
	if p, err, ok := t.byPrefix(said, w); ok {
		return p, err
	}
	if c, ok := t.how(said); ok {
		return asHow(c), nil
	}
	words := t.words()
	if p, ok := t.byPlace(said, w, words); ok {
		return p, nil
	}
	if p, err, ok := t.byAsk(said, w); ok {
		return p, err
	}
	if p, ok := t.byTypo(said, w, words); ok {
		return p, nil
	}
	return Parsed[R]{}, t.unknown(said)
}

// address drops what is said to the bot and not about the matter: a mention, a slash, quotes
// around the whole line.
func address(t []glyph) []glyph {
	const longest = 40
	for range 3 {
		c := cursor{t, 0}
		switch {
		case c.eat("@"):
			for !c.done() && c.peek(0) != ' ' && c.i < longest {
				c.i++
			}
			if c.peek(0) == ' ' {
				t = trimSpace(c.rest())
			}
		case c.eat("/", "!", "#", "\\"):
			t = trimSpace(c.rest())
		}
	}
	if n := len(t); n > 2 && (t[0].r == '「' && t[n-1].r == '」' || t[0].r == '“' && t[n-1].r == '”' || t[0].r == '"' && t[n-1].r == '"') {
		return trimSpace(t[1 : n-1])
	}
	return t
}

// byPrefix finds the longest word the line begins with; then it is that command, well said or not.
func (t Table[R]) byPrefix(said []glyph, w *world) (Parsed[R], error, bool) {
	start := cursor{said, 0}
	for range 4 {
		if c, end, ok := t.longest(start); ok {
			rest, asked := afterWord(cursor{said, end})
			if asksWay(trim(rest, separator)) {
				if meant, ok := t.how(said); ok {
					c = meant
				}
				return asHow(c), nil, true
			}
			o := reader{w, c.shape()}.read(rest)
			o.asked = o.asked || asked
			if o.problem != "" {
				if p, err, ok := t.byAsk(said, w); ok { // 今天要做什么
					return p, err, true
				}
				return Parsed[R]{Command: c}, domain.Refuse(domain.Invalid, "", c.shape().refusal(o.problem)), true
			}
			return t.parsed(c, w, o, false), nil, true
		}
		if !start.eat("你好", "您好", "请问", "请", "麻烦", "帮我", "帮忙", "我要", "我想", "我来", "我需要", "给我", "看一下", "看看",
			"查看", "查一下", "打开", "看", "查", "那就", "那", "小助手", "助手") {
			break
		}
		start.skipAll()
	}
	return Parsed[R]{}, nil, false
}

// longest gives the command with the longest word at the cursor, and where that word ends. A word
// of one character counts only when it is all that is said.
func (t Table[R]) longest(c cursor) (*Command[R], int, bool) {
	var best *Command[R]
	end := 0
	for i := range t {
		for k := -1; k < len(t[i].Aliases); k++ {
			word := t[i].Name
			if k >= 0 {
				word = t[i].Aliases[k]
			}
			d := c
			if !d.word(word) || d.i <= end {
				continue
			}
			if d.i == c.i+1 {
				if ok, _ := polite(d.rest()); !ok {
					continue
				}
			}
			best, end = &t[i], d.i
		}
	}
	return best, end, best != nil
}

// afterWord drops the polite words that hang on the command's word: 签到一下 4827.
func afterWord(c cursor) (rest []glyph, asked bool) {
	d := c
	if _, ok := d.eatWhich("一下子", "一下", "吧", "啊", "呀", "啦", "了", "吗", "嘛"); ok {
		if r := d.peek(0); d.done() || separator(r) || alnum(r) {
			return d.rest(), d.peek(-1) == '吗'
		}
	}
	return c.rest(), false
}

// parsed makes the answer of what was read. A question is a guess, and so is all that was assumed.
func (t Table[R]) parsed(c *Command[R], w *world, o outcome, guess bool) Parsed[R] {
	p := Parsed[R]{Command: c, Values: o.values, Certain: !guess && !o.guess && !o.asked}
	if !p.Certain || o.moved {
		p.Understood = c.shape().write(o.values, w, w.nameAmong)
	}
	return p
}

// place is a word of the table in a line, with what stands before and after it.
type place[R any] struct {
	c             *Command[R]
	before, after []glyph
	size, cost    int  // runes of the word; what the typo in it costs
	strange       bool // see misspelt
}

// read reads the arguments on both sides of the word; what was said before it must be arguments, or
// it is a guess.
func (p place[R]) read(w *world) (o outcome, guess bool) {
	before := trim(p.before, separator)
	after, asked := afterWord(cursor{p.after, 0})
	line := after
	if len(before) > 0 {
		line = slices.Concat(before, []glyph{{' ', " "}}, trim(after, pause))
	}
	o = reader{w, p.c.shape()}.read(line)
	o.moved, o.asked = true, o.asked || asked
	return o, p.cost > 0 || o.free >= 0 && o.free < len(before)
}

// byPlace finds a whole word that is not at the start: 4827签到, P7 同意.
func (t Table[R]) byPlace(said []glyph, w *world, words []word[R]) (Parsed[R], bool) {
	const longest, tries = 300, 12
	if len(said) > longest {
		return Parsed[R]{}, false
	}
	var places []place[R]
	for i := 1; i < len(said); i++ {
		for _, x := range words {
			c := cursor{said, i}
			if len(x.runes) < 2 || said[i].r != x.runes[0] || letter(said[i-1].r) && letter(said[i].r) || !c.word(string(x.runes)) {
				continue
			}
			if !denied(said[:i]) {
				places = append(places, place[R]{c: x.c, before: said[:i], after: said[c.i:], size: len(x.runes)})
			}
		}
	}
	slices.SortStableFunc(places, func(a, b place[R]) int { return b.size - a.size })
	for _, p := range places[:min(len(places), tries)] {
		if o, guess := p.read(w); o.problem == "" {
			return t.parsed(p.c, w, o, guess), true
		}
	}
	return Parsed[R]{}, false
}

// denied says whether what stands before a word turns it round: 不同意.
func denied(before []glyph) bool {
	before = trim(before, separator)
	if len(before) == 0 {
		return false
	}
	switch before[len(before)-1].r {
	case '不', '没', '别', '未', '勿', '非', '甭', '莫', '无', '否':
		return true
	}
	c := cursor{before, max(0, len(before)-2)}
	return c.eat("不要", "不用", "不想", "没有", "怎么", "如何", "怎样", "还没")
}
