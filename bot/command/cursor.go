package command

import "strings"

// cursor is a place in a line. Readers take it by value and hand back where they stopped.
type cursor struct {
	t []glyph
	i int
}

// peek gives the character k places ahead, 0 beyond the end.
func (c cursor) peek(k int) rune {
	if i := c.i + k; i >= 0 && i < len(c.t) {
		return c.t[i].r
	}
	return 0
}

func (c cursor) done() bool { return c.i >= len(c.t) }

// rest gives what is left.
func (c cursor) rest() []glyph { return c.t[c.i:] }

// skip moves over spaces.
func (c *cursor) skip() {
	for c.peek(0) == ' ' {
		c.i++
	}
}

// skipAll moves over separators and says whether there was a question mark among them.
func (c *cursor) skipAll() (asked bool) {
	for !c.done() && separator(c.peek(0)) {
		asked = asked || question(c.peek(0))
		c.i++
	}
	return asked
}

func question(r rune) bool { return r == '?' }

// at says whether the word stands here, exactly.
func (c cursor) at(word string) (end int, ok bool) {
	i := c.i
	for _, r := range word {
		if i >= len(c.t) || c.t[i].r != r {
			return 0, false
		}
		i++
	}
	return i, true
}

// eat moves over the first of the words that stands here; longer words come first.
func (c *cursor) eat(words ...string) bool {
	_, ok := c.eatWhich(words...)
	return ok
}

func (c *cursor) eatWhich(words ...string) (string, bool) {
	for _, w := range words {
		if end, ok := c.at(w); ok {
			c.i = end
			return w, true
		}
	}
	return "", false
}

// unit is eat with spaces allowed in front: "12 月".
func (c *cursor) unit(words ...string) bool {
	d := *c
	d.skip()
	if d.eat(words...) {
		*c = d
		return true
	}
	return false
}

// word moves over a word of the table, written with or without spaces, in any width or script.
func (c *cursor) word(w string) bool {
	d := *c
	for _, r := range w {
		if r == ' ' {
			continue
		}
		if d.i > c.i {
			d.skip()
		}
		if d.peek(0) != fold(r) {
			return false
		}
		d.i++
	}
	if d.i > c.i && letter(d.t[d.i-1].r) && letter(d.peek(0)) {
		return false
	}
	*c = d
	return true
}

func letter(r rune) bool { return 'a' <= r && r <= 'z' }

// digits reads between least and most half-width digits that no further digit follows.
func (c *cursor) digits(least, most int) (n int, ok bool) {
	i := c.i
	for i < len(c.t) && isDigit(c.t[i].r) {
		if i-c.i >= most {
			return 0, false
		}
		n = n*10 + int(c.t[i].r-'0')
		i++
	}
	if i-c.i < least {
		return 0, false
	}
	c.i = i
	return n, true
}

const (
	hanDigits = "零一二三四五六七八九"
	hanUnits  = "十百千"
)

// hanDigit gives the value of a Chinese digit, -1 for anything else.
func hanDigit(r rune) int {
	switch r {
	case '〇', '○':
		return 0
	case '两':
		return 2
	}
	if i := strings.IndexRune(hanDigits, r); i >= 0 {
		return i / len("零")
	}
	return -1
}

// numeral says whether r is part of a number, in digits or in Chinese.
func numeral(r rune) bool {
	return isDigit(r) || hanDigit(r) >= 0 || strings.ContainsRune(hanUnits+"廿卅", r)
}

// number reads a number of at most nine digits, written in digits or in Chinese.
func (c *cursor) number() (int, bool) {
	if isDigit(c.peek(0)) {
		return c.digits(1, 9)
	}
	return c.hanNumber()
}

// hanNumber reads 十二, 二十三, 廿五, 一百零二, 二〇二六.
func (c *cursor) hanNumber() (int, bool) {
	const most = 9
	d := *c
	total, digit, scaled := 0, -1, false
	for ; numeral(d.peek(0)) && !isDigit(d.peek(0)); d.i++ {
		r := d.peek(0)
		scale := hanScale(r)
		switch {
		case d.i-c.i >= most:
			return 0, false
		case scale == 0 && digit > 0 && scaled:
			return 0, false
		case scale == 0:
			digit = max(digit, 0)*10 + hanDigit(r)
		case digit > 9 || digit <= 0 && scale > 30:
			return 0, false
		default:
			total += max(digit, 1) * scale
			digit, scaled = -1, true
		}
	}
	if d.i == c.i {
		return 0, false
	}
	*c = d
	return total + max(digit, 0), true
}

// hanScale gives the value of a Chinese unit, 0 for anything else.
func hanScale(r rune) int {
	switch r {
	case '十':
		return 10
	case '廿':
		return 20
	case '卅':
		return 30
	case '百':
		return 100
	case '千':
		return 1000
	}
	return 0
}
