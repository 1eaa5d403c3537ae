package command

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"trainingbot/domain"
)

// maxRunes is the longest line that is read.
const maxRunes = 2000

// glyph is one character of a line: r is what the grammar compares (half width, lower case,
// simplified), raw is what was typed, with the joiners that hang on it.
type glyph struct {
	r   rune
	raw string
}

// clean makes glyphs of a line: control, bidirectional and invisible characters are dropped, every
// kind of space is one ASCII space. Broken encodings, NUL and overlong lines are refused.
func clean(line string) ([]glyph, error) {
	if len(line) > maxRunes*utf8.UTFMax || utf8.RuneCountInString(line) > maxRunes {
		return nil, domain.Refuse(domain.Invalid, "", "这句话太长了，我最多读 2000 个字。请分几次说，或者只写要点。")
	}
	if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
		return nil, domain.Refuse(domain.Invalid, "", "这条消息里有无法识别的字符，请重新打一遍再发。")
	}
	out := make([]glyph, 0, utf8.RuneCountInString(line))
	for i, r := range line {
		size := utf8.RuneLen(r)
		switch {
		case unicode.IsSpace(r):
			out = append(out, glyph{' ', " "})
		case joins(r):
			if n := len(out); n > 0 && out[n-1].r != ' ' {
				out[n-1].raw += line[i : i+size]
			}
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), blank(r):
		default:
			out = append(out, glyph{fold(r), line[i : i+size]})
		}
	}
	return trimSpace(out), nil
}

// joins says whether r belongs to the character before it and means nothing to the grammar:
// the emoji joiner, variation selectors, keycaps and combining accents.
func joins(r rune) bool {
	return r == 0x200D || r == 0x20E3 || r >= 0xFE00 && r <= 0xFE0F || unicode.Is(unicode.Mn, r)
}

// blank says whether r prints nothing although Unicode calls it a letter.
func blank(r rune) bool {
	return r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0
}

// fold gives the plain form of a character: half width, lower case, simplified, one kind of dash.
func fold(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	case r >= 0xFF01 && r <= 0xFF5E:
		return fold(r - 0xFF01 + '!')
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xFE63:
		return '-'
	case r == 0x2044 || r == 0x2215:
		return '/'
	case r == '〜':
		return '~'
	}
	if s, ok := simplified[r]; ok {
		return s
	}
	return unicode.ToLower(r)
}

// foldString makes glyphs of a word of the table or of a name.
func foldString(s string) []glyph {
	out := make([]glyph, 0, len(s))
	for _, r := range s {
		out = append(out, glyph{fold(r), string(r)})
	}
	return out
}

// raw gives back what was typed.
func raw(t []glyph) string {
	var b strings.Builder
	for _, g := range t {
		b.WriteString(g.raw)
	}
	return b.String()
}

// folded gives the plain form.
func folded(t []glyph) string {
	var b strings.Builder
	for _, g := range t {
		b.WriteRune(g.r)
	}
	return b.String()
}

// short gives back what was typed, cut to what a sentence can quote.
func short(t []glyph) string {
	const most = 24
	if t = trim(t, separator); len(t) > most {
		return raw(t[:most]) + "…"
	}
	return raw(t)
}

// trim cuts what is told to be trimmed from both ends.
func trim(t []glyph, cut func(rune) bool) []glyph {
	for len(t) > 0 && cut(t[0].r) {
		t = t[1:]
	}
	for len(t) > 0 && cut(t[len(t)-1].r) {
		t = t[:len(t)-1]
	}
	return t
}

func trimSpace(t []glyph) []glyph { return trim(t, func(r rune) bool { return r == ' ' }) }

// separator says whether r may stand between arguments and means nothing there. The corner quotes
// are no separators: they hold free text together.
func separator(r rune) bool {
	return strings.ContainsRune(" ,，、;；:：.。!！?？+*#=~…·_-\"'“”‘’`()（）[]{}【】《》〈〉<>|", r)
}

// pause says whether r may stand before free text and belongs to the line, not to the text.
func pause(r rune) bool { return strings.ContainsRune(" ,，、;；:：", r) }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// alnum says whether r is a half-width letter or digit.
func alnum(r rune) bool { return isDigit(r) || 'a' <= r && r <= 'z' }
