package wecom

import (
	"strings"

	"trainingbot/bot/link"
)

// maxText is how many bytes of a text the platform shows (documents 90236 and 90241); it cuts the
// rest without a mark.
const maxText = 2048

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
func plainText(s string) string { return link.CutBytes(literal(link.Clean(s)), maxText) }

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
