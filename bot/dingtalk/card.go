package dingtalk

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"trainingbot/bot/link"
	"trainingbot/domain"
)

// The platform's sizes. A value of a card's variable is at most 1 KB; whether it cuts or refuses a longer
// one is not said, so nothing longer is sent.
const (
	maxValue   = 1000 // bytes of one variable
	maxTitle   = 64   // characters
	maxCaption = 10
	maxFact    = 30
	maxButtons = 6
	maxTask    = 128 // bytes of an outTrackId
)

// form is which template a card was made for: it is kept as the card's update token, since the
// variables of the two differ.
type form string

const (
	ownForm    form = "own"    // a template the operator made, with the variables of ownFields
	publicForm form = "public" // the platform's public AI card
)

// face is a card laid out within the platform's sizes, in no template's terms yet.
type face struct {
	title, subtitle string
	facts           []string
	text            string
	typed           []string // lines of buttons that found no room
	status          string   // what stands where the buttons were
	buttons         []domain.Button
}

// layOut lays a card out. What can never be sent is an error: a button line that could not come back.
func layOut(c domain.Card) (face, error) {
	f := face{text: strings.TrimSpace(link.Clean(c.Text))}
	f.subtitle, f.text = fit(link.Line(c.Subtitle), f.text)
	f.title, f.text = fit(link.Line(c.Title), f.text)
	var below []string
	for _, x := range c.Facts {
		fact := strings.Trim(link.Line(x.Label)+"："+link.Line(x.Value), "：")
		if utf8.RuneCountInString(x.Value) > maxFact { // a sentence reads better below the short ones
			below = append(below, fact)
			continue
		}
		f.facts = append(f.facts, fact)
	}
	f.text = strings.TrimSpace(strings.Join(append(below, f.text), "\n"))
	if c.Settled != "" || len(c.Buttons) == 0 {
		f.status = link.CutRunes(link.Line(c.Settled), maxTitle)
		if f.status == "" {
			f.status = "已更新"
		}
		return f, nil
	}
	seen := map[string]bool{}
	for _, b := range c.Buttons {
		if b.Line == "" || link.Clean(b.Line) != b.Line || len(b.Line) > maxValue {
			return face{}, fmt.Errorf("button %q: the line is empty, too long, or has invisible characters", b.Label)
		}
		if seen[b.Line] {
			continue
		}
		seen[b.Line] = true
		b.Label = link.CutRunes(link.Line(b.Label), maxCaption)
		if b.Label == "" {
			b.Label = link.CutRunes(b.Line, maxCaption)
		}
		if len(f.buttons) == maxButtons {
			f.typed = append(f.typed, b.Line)
			continue
		}
		f.buttons = append(f.buttons, b)
	}
	return f, nil
}

// fit cuts a heading and then lets the whole of it stand in the text.
func fit(heading, text string) (short, below string) {
	short = link.CutRunes(heading, maxTitle)
	if short != heading {
		text = strings.TrimSpace(heading + "\n" + text)
	}
	return short, text
}

// markdown puts parts one below the other and then what is never cut: what stands for the buttons, and the
// lines of those that found no room.
func (f face) markdown(parts ...string) string {
	tail := ""
	if f.status != "" {
		tail = "\n\n**" + escape(f.status) + "**"
	}
	if len(f.typed) > 0 {
		tail += "\n\n也可以回复："
		for _, l := range f.typed {
			tail += "\n\n- " + escape(l)
		}
	}
	var body []string
	for _, p := range parts {
		if p != "" {
			body = append(body, p)
		}
	}
	return strings.TrimPrefix(link.CutBytes(strings.Join(body, "\n\n"), max(maxValue-len(tail), len("…")))+tail, "\n\n")
}

// withoutStatus is the face for a template that shows the status by itself.
func (f face) withoutStatus() face {
	f.status = ""
	return f
}

// cardFields gives the variables of a card for a template. All of them are given each time, so that an
// update leaves nothing of the card before.
func cardFields(as form, c domain.Card) (map[string]string, error) {
	f, err := layOut(c)
	if err != nil {
		return nil, err
	}
	if as == ownForm {
		return ownFields(f), nil
	}
	return publicFields(f)
}

// ownFields are the variables a template of one's own has, all of them public and text: title, subtitle,
// facts, text, status, lastMessage, and for n from 1 to 6 bn (the caption of button n, which is hidden
// while it is empty) and ln (its line, which the button sends back as the parameter "line").
func ownFields(f face) map[string]string {
	out := map[string]string{
		"title": f.title, "subtitle": f.subtitle, "status": f.status, "lastMessage": f.title,
		"facts": link.CutBytes(markdownList(f.facts), maxValue), "text": f.withoutStatus().markdown(escape(f.text)),
	}
	for i := range maxButtons {
		var b domain.Button
		if i < len(f.buttons) {
			b = f.buttons[i]
		}
		out[fmt.Sprintf("b%d", i+1)], out[fmt.Sprintf("l%d", i+1)] = b.Label, b.Line
	}
	return out
}

// publicButton is a button of the public AI card. Its id comes back when it is pressed.
type publicButton struct {
	Text    string `json:"text"`
	Color   string `json:"color"`
	ID      string `json:"id"`
	Request bool   `json:"request"`
}

func colour(s domain.Style) string {
	switch s {
	case domain.Primary:
		return "blue"
	case domain.Danger:
		return "red"
	}
	return "gray"
}

// publicFields are the variables of the public AI card. Buttons stand in one variable of 1 KB; those that
// find no room there are said in the text.
func publicFields(f face) (map[string]string, error) {
	layout := struct {
		Order   []string       `json:"order"`
		Buttons []publicButton `json:"msgButtons,omitempty"`
	}{Order: []string{"msgTitle", "staticMsgContent"}}
	full, err := json.Marshal(layout)
	if err != nil {
		return nil, err
	}
	if len(f.buttons) > 0 {
		layout.Order = append(layout.Order, "msgButtons")
	}
	for _, b := range f.buttons {
		layout.Buttons = append(layout.Buttons, publicButton{b.Label, colour(b.Style), buttonID(b.Line), true})
		with, err := marshal(layout)
		if err != nil {
			return nil, err
		}
		if len(with) > maxValue {
			layout.Buttons = layout.Buttons[:len(layout.Buttons)-1]
			f.typed = append(f.typed, b.Line)
			continue
		}
		full = with
	}
	if len(f.buttons) > 0 && len(layout.Buttons) == 0 {
		return nil, errors.New("no button finds room on the card")
	}
	subtitle := ""
	if f.subtitle != "" {
		subtitle = "**" + escape(f.subtitle) + "**"
	}
	return map[string]string{
		"flowStatus": "3", "msgTitle": f.title, "msgContent": "",
		"staticMsgContent": f.markdown(subtitle, markdownList(f.facts), escape(f.text)), "sys_full_json_obj": string(full),
	}, nil
}

// buttonID writes a line in the letters an id may have.
func buttonID(line string) string { return base64.RawURLEncoding.EncodeToString([]byte(line)) }

// lineOf reads what buttonID wrote.
func lineOf(id string) (string, bool) {
	b, err := base64.RawURLEncoding.DecodeString(id)
	s := string(b)
	return s, err == nil && s != "" && utf8.ValidString(s) && link.Clean(s) == s
}

// markdownList writes lines as a list, each kept as it is.
func markdownList(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("- " + escape(l) + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// escape keeps people's words from becoming markup: a name is shown as it is written and never becomes a
// link, an image or a heading. Single line ends are lost in markdown, so they are doubled.
func escape(s string) string {
	return strings.NewReplacer(`\`, `＼`, "`", "｀", "*", "＊", "_", "＿", "[", "［", "]", "］", "<", "＜", ">", "＞", "#", "＃", "!", "！", "~", "～", "|", "｜", "\n", "\n\n").Replace(s)
}

// plainTask says whether a delivery's id can be a card's outTrackId.
func plainTask(id string) bool {
	for i := range len(id) {
		if c := id[i]; !isAlnum(c) && c != '_' && c != '-' && c != '@' {
			return false
		}
	}
	return id != "" && len(id) <= maxTask
}

// sayLink is an address that, opened in the client, says a line for the one who opened it. Blanks become
// wide ones, since clients differ in how they read + and %20; the grammar reads either.
func sayLink(line string) string {
	return "dtmd://dingtalkclient/sendMessage?content=" + url.QueryEscape(strings.ReplaceAll(line, " ", "\u3000"))
}
