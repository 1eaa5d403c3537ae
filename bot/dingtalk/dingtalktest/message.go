package dingtalktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// forms are the kinds of robot messages and the fields each must have (document 0699).
func forms() map[string][]string {
	all := map[string][]string{
		"sampleText":        {"content"},
		"sampleMarkdown":    {"title", "text"},
		"sampleImageMsg":    {"photoURL"},
		"sampleLink":        {"text", "title", "picUrl", "messageUrl"},
		"sampleActionCard":  {"title", "text", "singleTitle", "singleURL"},
		"sampleActionCard6": {"title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"},
		"sampleAudio":       {"mediaId", "duration"},
		"sampleFile":        {"mediaId", "fileName", "fileType"},
		"sampleVideo":       {"duration", "videoMediaId", "videoType", "picMediaId"},
	}
	for n := 2; n <= 5; n++ {
		fields := []string{"title", "text"}
		for i := 1; i <= n; i++ {
			fields = append(fields, fmt.Sprintf("actionTitle%d", i), fmt.Sprintf("actionURL%d", i))
		}
		all[fmt.Sprintf("sampleActionCard%d", n)] = fields
	}
	return all
}

// The platform's sizes. Titles and captions beyond theirs are cut on the phone; the rest is refused.
const (
	paramSize   = 15000 // bytes of msgParam
	webhookSize = 20000 // bytes of a body
	titleSize   = 64    // characters
	captionSize = 20    // characters
)

// render reads the msgKey and msgParam of a send: what a phone shows, or the refusal.
func (s *Server) render(where, key string, rawParam json.RawMessage) (Shown, *answer) {
	bad := func(code, message string) (Shown, *answer) {
		a := refuse(http.StatusBadRequest, code, message)
		return Shown{}, &a
	}
	needed, known := forms()[key]
	if !known {
		return bad("invalidParameter.msgKey.invalid", "no such msgKey: "+key)
	}
	var param string
	if json.Unmarshal(rawParam, &param) != nil || param == "" {
		return bad("invalidParameter.msgParam.invalid", "msgParam must be a JSON string")
	}
	if len(param) > paramSize {
		return bad("invalidParameter.msgParam.tooLong", "msgParam too long")
	}
	var fields map[string]any
	if json.Unmarshal([]byte(param), &fields) != nil {
		return bad("invalidParameter.msgParam.invalid", "msgParam is not JSON")
	}
	text := map[string]string{}
	for name, v := range fields {
		t, isText := v.(string)
		if !isText {
			s.problem("%s: %s of %s is no string", where, name, key)
			t = fmt.Sprint(v)
		}
		text[name] = t
	}
	for _, name := range needed {
		if text[name] == "" {
			return bad("miss.param."+name, "missing "+name)
		}
	}
	for name := range text {
		if !slices.Contains(needed, name) && !slices.Contains([]string{"height", "width"}, name) {
			s.problem("%s: %s has no field %s", where, key, name)
		}
	}
	return s.drawn(where, key, text), nil
}

// drawn is a message as a phone shows it.
func (s *Server) drawn(where, key string, f map[string]string) Shown {
	var out Shown
	if strings.HasPrefix(key, "sampleActionCard") {
		var buttons []Button
		for i := 1; ; i++ {
			title, link := f[fmt.Sprintf("actionTitle%d", i)], f[fmt.Sprintf("actionURL%d", i)]
			if key == "sampleActionCard6" {
				title, link = f[fmt.Sprintf("buttonTitle%d", i)], f[fmt.Sprintf("buttonUrl%d", i)]
			}
			if title == "" {
				break
			}
			buttons = append(buttons, Button{Text: title, Key: link})
		}
		if key == "sampleActionCard" {
			buttons = []Button{{Text: f["singleTitle"], Key: f["singleURL"]}}
		}
		return s.actionCard(where, f["title"], f["text"], buttons)
	}
	switch key {
	case "sampleText":
		out.Text = f["content"]
	case "sampleMarkdown":
		out = s.markdown(where, f["title"], f["text"])
	case "sampleLink":
		out = Shown{Title: f["title"], Text: f["title"] + "\n" + f["text"], Links: []string{f["messageUrl"]}}
	case "sampleImageMsg":
		out.Text = "[图片]"
	case "sampleAudio":
		out.Text = "[语音]"
	case "sampleVideo":
		out.Text = "[视频]"
	case "sampleFile":
		if _, found := s.media[f["mediaId"]]; !found {
			s.problem("%s: no file was uploaded as %s", where, f["mediaId"])
		}
		if !slices.Contains([]string{"xlsx", "pdf", "zip", "rar", "doc", "docx"}, f["fileType"]) {
			s.problem("%s: a file of type %s cannot be sent", where, f["fileType"])
		}
		out.Text = "[" + f["fileName"] + "]"
	}
	return out
}

// cut cuts a text to what a phone shows, and notes that it does.
func (s *Server) cut(where, what, text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	s.problem("%s: %s has more than %d characters: %q", where, what, most, text)
	return string([]rune(text)[:most])
}

// markdown is a message in the platform's part of that language.
func (s *Server) markdown(where, title, text string) Shown {
	plain, links := plainText(text)
	if tablePattern.MatchString(text) {
		s.problem("%s: markdown here has no tables", where)
	}
	return Shown{Title: s.cut(where, "title", title, titleSize), Text: plain, Links: links}
}

// actionCard is a card whose buttons open addresses; those of the dtmd scheme say something instead.
func (s *Server) actionCard(where, title, text string, buttons []Button) Shown {
	plain, links := plainText(text)
	c := &Card{Type: "actionCard", State: Live, Title: s.cut(where, "title", title, titleSize), Text: plain}
	for _, b := range buttons {
		b.Text = s.cut(where, "button", b.Text, captionSize)
		if _, is, err := dtmd(b.Key); is && err != nil {
			s.problem("%s: %v", where, err)
		}
		c.Buttons = append(c.Buttons, b)
	}
	return Shown{Title: c.Title, Links: links, Card: c}
}

// dtmd reads an address that makes the client say something: what it says, and whether it is one.
func dtmd(address string) (text string, is bool, err error) {
	if !strings.HasPrefix(strings.ToLower(address), "dtmd:") {
		return "", false, nil
	}
	rest, found := strings.CutPrefix(address, "dtmd://dingtalkclient/sendMessage?content=")
	if !found {
		return "", true, fmt.Errorf("the client does nothing with %q", address)
	}
	text, err = url.QueryUnescape(rest)
	switch {
	case err != nil:
		return "", true, fmt.Errorf("the client cannot read %q: %w", address, err)
	case strings.ContainsAny(rest, "+ "):
		return text, true, fmt.Errorf("whether the client reads the blank in %q is not known", address)
	case text == "":
		return "", true, fmt.Errorf("%q says nothing", address)
	}
	return text, true, nil
}

var (
	tablePattern = regexp.MustCompile(`(?m)^\s*\|?\s*:?-{3,}:?\s*\|`)
	linkPattern  = regexp.MustCompile(`!?\[([^\]]*)\]\(([^)\s]*)\)`)
	blockPattern = regexp.MustCompile(`^\s*(#{1,6}\s|>|[-*+]\s|\d+\.\s|$)`)
	markPattern  = regexp.MustCompile(`\*\*(.+?)\*\*|\*([^\s*](?:[^*]*[^\s*])?)\*`)
	headPattern  = regexp.MustCompile(`^\s*(#{1,6}\s+|>\s?)+`)
	escaped      = regexp.MustCompile(`\\([\\*_\[\]()#>` + "`" + `~|!.+-])`)
)

// plainText is markdown as it reads on a phone, and where its links lead. A line break within a
// paragraph is none, unless two blanks stand before it.
func plainText(text string) (plain string, links []string) {
	var b strings.Builder
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		hard := strings.HasSuffix(line, "  ")
		line = strings.TrimSpace(line)
		for _, m := range linkPattern.FindAllStringSubmatch(line, -1) {
			links = append(links, m[2])
		}
		b.WriteString(inline(headPattern.ReplaceAllString(line, "")))
		switch {
		case i == len(lines)-1:
		case line == "" && strings.HasSuffix(b.String(), "\n\n"):
		case hard, line == "", headPattern.MatchString(line), blockPattern.MatchString(lines[i+1]):
			b.WriteByte('\n')
		default:
			b.WriteByte(' ')
		}
	}
	return strings.TrimSpace(b.String()), links
}

// inline takes the marks of a line away, but not those that are escaped.
func inline(line string) string {
	var kept []string
	line = escaped.ReplaceAllStringFunc(line, func(m string) string {
		kept = append(kept, m[1:])
		return "\x00"
	})
	line = linkPattern.ReplaceAllString(line, "$1")
	line = markPattern.ReplaceAllString(line, "$1$2")
	for _, k := range kept {
		line = strings.Replace(line, "\x00", k, 1)
	}
	return line
}
