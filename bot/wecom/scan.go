package wecom

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// The platform's XML is one flat <xml> element. These functions read just that by bytes, several
// times faster than encoding/xml, and refuse whatever they do not know: DOCTYPE, comments,
// attributes, prefixes, processing instructions, a wanted field twice or with children. So for any
// document they give what encoding/xml gives, or nothing. A fuzz test holds them to that.

// maxDepth bounds the nesting of elements nobody reads (SelectedItems has four levels).
const maxDepth = 8

type scanner struct {
	b []byte
	i int
}

// prologues are the XML declarations taken, the only thing allowed before the root.
var prologues = [...]string{
	`<?xml version="1.0"?>`, `<?xml version="1.0" encoding="UTF-8"?>`, `<?xml version="1.0" encoding="utf-8"?>`,
}

// start moves behind the opening <xml>.
func (s *scanner) start() bool {
	s.take("\xEF\xBB\xBF")
	for _, p := range prologues {
		if s.take(p) {
			break
		}
	}
	s.space()
	name, selfClosed, ok := s.openTag()
	return ok && !selfClosed && string(name) == "xml"
}

// next reads one child of the root. At the closing tag of the root it gives no name, and ok only
// when nothing but space follows. A nested child has no value.
func (s *scanner) next() (name, value []byte, nested, ok bool) {
	if end := bytes.IndexByte(s.b[s.i:], '<'); end < 0 || !blank(s.b[s.i:s.i+end]) {
		return nil, nil, false, false
	} else {
		s.i += end
	}
	if s.closeTag("xml") {
		s.space()
		return nil, nil, false, s.i == len(s.b)
	}
	name, selfClosed, ok := s.openTag()
	if !ok || selfClosed {
		return name, nil, false, ok
	}
	value, nested, ok = s.content(name, 1)
	return name, value, nested, ok
}

// content reads up to and including the closing tag of name. One run of text or one CDATA section
// is given as a slice of the document, anything else as a copy.
func (s *scanner) content(name []byte, depth int) (value []byte, nested, ok bool) {
	var own []byte
	pieces := 0
	for {
		switch {
		case s.i >= len(s.b):
			return nil, false, false
		case s.take("<![CDATA["):
			end := bytes.Index(s.b[s.i:], []byte("]]>"))
			if end < 0 {
				return nil, false, false
			}
			own, value, pieces = join(own, value, newlines(s.b[s.i:s.i+end]), pieces)
			s.i += end + len("]]>")
		case s.b[s.i] != '<':
			end := bytes.IndexByte(s.b[s.i:], '<')
			if end < 0 {
				return nil, false, false
			}
			text, ok := unescape(s.b[s.i : s.i+end])
			if !ok {
				return nil, false, false
			}
			own, value, pieces = join(own, value, text, pieces)
			s.i += end
		case s.closeTag(string(name)):
			return value, nested, true
		default:
			child, selfClosed, ok := s.openTag()
			if !ok || depth == maxDepth {
				return nil, false, false
			}
			nested = true
			if !selfClosed {
				if _, _, ok := s.content(child, depth+1); !ok {
					return nil, false, false
				}
			}
		}
	}
}

// join adds a piece to a value, copying only from the second piece on.
func join(own, value, piece []byte, pieces int) (newOwn, newValue []byte, n int) {
	if pieces == 0 {
		return nil, piece, 1
	}
	if own == nil {
		own = append(make([]byte, 0, len(value)+len(piece)), value...)
	}
	own = append(own, piece...)
	return own, own, pieces + 1
}

// openTag reads <Name> or <Name/>.
func (s *scanner) openTag() (name []byte, selfClosed, ok bool) {
	if s.i >= len(s.b) || s.b[s.i] != '<' {
		return nil, false, false
	}
	from := s.i + 1
	to := from
	for to < len(s.b) && (isAlnum(s.b[to]) || s.b[to] == '_') {
		to++
	}
	if to == from || '0' <= s.b[from] && s.b[from] <= '9' {
		return nil, false, false
	}
	s.i = to
	s.space()
	selfClosed = s.take("/")
	return s.b[from:to], selfClosed, s.take(">")
}

// closeTag reads </name> if it stands here.
func (s *scanner) closeTag(name string) bool {
	was := s.i
	if s.take("</") && s.take(name) {
		s.space()
		if s.take(">") {
			return true
		}
	}
	s.i = was
	return false
}

func (s *scanner) take(lit string) bool {
	if len(s.b)-s.i < len(lit) || string(s.b[s.i:s.i+len(lit)]) != lit {
		return false
	}
	s.i += len(lit)
	return true
}

func (s *scanner) space() {
	for s.i < len(s.b) && isSpace(s.b[s.i]) {
		s.i++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func isAlnum(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

func blank(b []byte) bool {
	for _, x := range b {
		if !isSpace(x) {
			return false
		}
	}
	return true
}

// unescape expands the references of a run of text. It refuses unknown ones and a bare "]]>".
func unescape(b []byte) ([]byte, bool) {
	if bytes.Contains(b, []byte("]]>")) {
		return nil, false
	}
	b = newlines(b) // before references are expanded: &#13; stays what it says
	if bytes.IndexByte(b, '&') < 0 {
		return b, true
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		at := bytes.IndexByte(b, '&')
		if at < 0 {
			return append(out, b...), true
		}
		out = append(out, b[:at]...)
		end := bytes.IndexByte(b[at:], ';')
		if end < 0 {
			return nil, false
		}
		r, ok := reference(string(b[at+1 : at+end]))
		if !ok {
			return nil, false
		}
		out = utf8.AppendRune(out, r)
		b = b[at+end+1:]
	}
	return out, true
}

func reference(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || len(name) > 9 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !legal(rune(n)) {
		return 0, false
	}
	return rune(n), true
}

// newlines turns CR LF and CR into LF, as XML demands. It copies only when there is a CR.
func newlines(b []byte) []byte {
	if bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i, x := range b {
		switch {
		case x != '\r':
			out = append(out, x)
		case i+1 == len(b) || b[i+1] != '\n':
			out = append(out, '\n')
		}
	}
	return out
}

// legal says whether XML 1.0 has the character.
func legal(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || 0x20 <= r && r <= 0xD7FF || 0xE000 <= r && r <= 0xFFFD || r >= 0x10000
}

// strip removes, in place, the characters XML 1.0 does not have: people paste them, and the
// platform passes them on. It refuses what is not UTF-8.
func strip(b []byte) ([]byte, bool) {
	out := b[:0]
	for i := 0; i < len(b); {
		if c := b[i]; c < utf8.RuneSelf {
			if c >= 0x20 || c == '\t' || c == '\n' || c == '\r' {
				out = append(out, c)
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			return nil, false
		}
		if legal(r) {
			out = append(out, b[i:i+size]...)
		}
		i += size
	}
	return out, true
}
