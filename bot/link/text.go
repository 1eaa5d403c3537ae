package link

import (
	"strings"
	"unicode/utf8"
)

const ellipsis = "…"

// Clean makes text of people or of ours fit to show and to compare: one kind of line end, no control
// characters, none of the invisible ones that turn the reading direction or hide a break in a word.
// Joiners stay, since family emoji are made of them.
func Clean(s string) string {
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

// CutBytes shortens s to at most most bytes, on a character, and says so with an ellipsis.
func CutBytes(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len(ellipsis)
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + ellipsis
}

// CutRunes shortens s to at most most characters, the ellipsis included.
func CutRunes(s string, most int) string {
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

// Line is s as one line.
func Line(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(Clean(s), "\n", " "))
}
