package wecom

import (
	"strings"
	"unicode/utf8"
)

// maxText is how many bytes of a text the platform shows (documents 90236 and 90241); it cuts the
// rest without a mark.
const maxText = 2048

const ellipsis = "…"

// clean makes text of people or of ours fit to show and to compare: one kind of line end, no control
// characters, none of the invisible ones that turn the reading direction or hide a break in a word.
// Joiners stay, since family emoji are made of them.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	for i := range len(s) {
		// Every character to go or to change is below U+0020, is DEL, or begins with one of these.
		if c := s[i]; c < 0x20 && c != '\n' || c == 0x7F || c == 0xC2 || c == 0xD8 || c == 0xE2 || c == 0xEF {
			return strings.Map(shown, strings.ReplaceAll(s, "\r\n", "\n"))
		}
	}
	return s
}

func shown(r rune) rune {
	switch {
	case r == '\n':
		return r
	case r == '\t', r == '\u00A0':
		return ' '
	case r == '\r':
		return '\n'
	case r < 0x20, 0x7F <= r && r <= 0x9F:
		return -1
	case r == '\u061C', r == '\u200B', r == '\u200E', r == '\u200F', '\u2028' <= r && r <= '\u202E',
		'\u2060' <= r && r <= '\u206F', r == '\uFEFF', r == '\uFFFE', r == '\uFFFF':
		return -1
	}
	return r
}

// cutBytes shortens s to at most most bytes, on a character, and says so with an ellipsis.
func cutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len(ellipsis)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// cutRunes shortens s to at most most characters, the ellipsis included.
func cutRunes(s string, most int) string {
	n, last := 0, 0
	for i := range s {
		if n == most-1 {
			last = i
		}
		if n++; n > most {
			return s[:last] + ellipsis
		}
	}
	return s
}

// literal disarms the one markup a text message knows, the link, so that a name is shown as it is
// written and never becomes a link: "<" before a letter or a slash turns into its full-width form.
func literal(s string) string {
	if strings.IndexByte(s, '<') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := range len(s) {
		if s[i] == '<' && i+1 < len(s) && (s[i+1] == '/' || isAlnum(s[i+1]) || isSpace(s[i+1])) {
			b.WriteString("＜")
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// plainText is s as the content of a text message.
func plainText(s string) string { return cutBytes(literal(clean(s)), maxText) }

// line is s as one line of a card.
func line(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(clean(s), "\n", " "))
}

// appendCDATA writes s as CDATA; a "]]>" inside is split over two sections.
func appendCDATA[T string | []byte](b []byte, s T) []byte {
	b = append(b, "<![CDATA["...)
	from := 0
	for i := 0; i+2 < len(s); i++ {
		if s[i] == ']' && s[i+1] == ']' && s[i+2] == '>' {
			b = append(b, s[from:i+2]...)
			b = append(b, "]]><![CDATA["...)
			from = i + 2
		}
	}
	b = append(b, s[from:]...)
	return append(b, "]]>"...)
}
