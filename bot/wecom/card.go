package wecom

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"trainingbot/bot/link"
	"trainingbot/domain"
)

// The platform's sizes of a button_interaction card (document 90236), in characters unless noted.
// Clients cut what is longer without a word, so what does not fit is moved to the card's text,
// where there is more room, and only there cut, with an ellipsis.
const (
	maxFacts     = 6
	maxLabel     = 5
	maxButtons   = 6
	maxCaption   = 10
	maxKeyBytes  = 1024
	maxTaskBytes = 128
)

// sizes are those that differ between an app's card (document 90236) and a bot's (101032).
type sizes struct {
	title, desc, subTitle, value int
	replace                      bool // it has replace_text, which stands where the buttons were
}

var (
	ofApp = sizes{title: 36, desc: 44, subTitle: 160, value: 30, replace: true}
	ofBot = sizes{title: 26, desc: 30, subTitle: 112, value: 26}
)

// card is the platform's template card of type button_interaction. The order of the fields is part
// of the bytes a send is known by: see sendRequest.
type card struct {
	CardType   string    `json:"card_type"`
	MainTitle  titleDesc `json:"main_title"`
	SubTitle   string    `json:"sub_title_text,omitempty"`
	Horizontal []keyVal  `json:"horizontal_content_list,omitempty"`
	TaskID     string    `json:"task_id"`
	Buttons    []button  `json:"button_list"`
	Replace    string    `json:"replace_text,omitempty"` // updates only: stands where the buttons were
}

type titleDesc struct {
	Title string `json:"title"`
	Desc  string `json:"desc,omitempty"`
}

type keyVal struct {
	KeyName string `json:"keyname"`
	Value   string `json:"value"`
}

type button struct {
	Text  string `json:"text"`
	Style int    `json:"style"`
	Key   string `json:"key"`
}

// The platform's button styles. Its pages differ on 3 and 4; 4 is the loud one on the page for apps.
var styles = map[domain.Style]int{domain.Primary: 1, domain.Plain: 2, domain.Danger: 4}

// renderCard lays a card out within the platform's sizes. Only what can never be sent is an error:
// a task id or a button line the platform would refuse.
func renderCard(taskID string, c domain.Card) (card, error) { return ofApp.render(taskID, c) }

func (z sizes) render(taskID string, c domain.Card) (card, error) {
	if !plainTask(taskID) {
		return card{}, errors.New("the delivery id is no task id: 1 to 128 letters, digits, _ - @")
	}
	var below []string // what moves down, in reading order
	out := card{CardType: "button_interaction", TaskID: taskID}
	out.MainTitle.Title = fit(link.Line(c.Title), z.title, &below)
	out.MainTitle.Desc = fit(link.Line(c.Subtitle), z.desc, &below)
	for _, f := range c.Facts {
		label, value := link.Line(f.Label), link.Line(f.Value)
		if len(out.Horizontal) == maxFacts || label == "" || utf8.RuneCountInString(label) > maxLabel ||
			value == "" || utf8.RuneCountInString(value) > z.value {
			below = append(below, strings.Trim(label+"："+value, "："))
			continue
		}
		out.Horizontal = append(out.Horizontal, keyVal{label, value})
	}
	if text := strings.TrimSpace(link.Clean(c.Text)); text != "" {
		below = append(below, text)
	}
	if err := out.addButtons(z, c, &below); err != nil {
		return card{}, err
	}
	if out.MainTitle.Title == "" && len(below) > 0 { // a card must have one
		out.MainTitle.Title = link.CutRunes(link.Line(below[0]), z.title)
	}
	out.SubTitle = link.CutRunes(strings.Join(below, "\n"), z.subTitle)
	return out, nil
}

func (out *card) addButtons(z sizes, c domain.Card, below *[]string) error {
	if len(c.Buttons) == 0 || c.Settled != "" {
		// The platform wants a button even where none is left to press: replace_text greys it.
		settled := orDefault(link.Line(c.Settled), "已更新")
		if !z.replace { // the one dead button says it, and what does not fit there stands above
			out.Buttons = []button{{Text: fit(settled, maxCaption, below), Style: styles[domain.Plain], Key: settledKey}}
			return nil
		}
		out.Buttons = []button{{Text: link.CutRunes(settled, maxCaption), Style: styles[domain.Plain], Key: settledKey}}
		out.Replace = link.CutRunes(settled, z.title)
		return nil
	}
	seen := map[string]bool{}
	for _, b := range c.Buttons {
		if b.Line == "" || len(b.Line) > maxKeyBytes || link.Clean(b.Line) != b.Line {
			return errors.New("button " + strconv.Quote(b.Label) + ": the line is empty, above 1024 bytes, or has invisible characters")
		}
		if seen[b.Line] { // keys are unique on a card; the same line is the same act
			continue
		}
		seen[b.Line] = true
		if len(out.Buttons) == maxButtons {
			*below = append(*below, "也可以回复："+b.Line)
			continue
		}
		style := orDefault(styles[b.Style], styles[domain.Plain])
		out.Buttons = append(out.Buttons, button{link.CutRunes(orDefault(link.Line(b.Label), b.Line), maxCaption), style, b.Line})
	}
	return nil
}

// fit cuts s to most characters, and then lets the whole of it stand below.
func fit(s string, most int, below *[]string) string {
	short := link.CutRunes(s, most)
	if short != s {
		*below = append(*below, s)
	}
	return short
}

func plainTask(id string) bool {
	for i := range len(id) {
		if c := id[i]; !isAlnum(c) && c != '_' && c != '-' && c != '@' {
			return false
		}
	}
	return id != "" && len(id) <= maxTaskBytes
}

// appendXML writes the card as the TemplateCard of a passive reply (document 90241): lists are
// repeated elements there.
func (c *card) appendXML(b []byte) []byte {
	b = appendElement(append(b, "<TemplateCard>"...), "CardType", c.CardType)
	b = appendElement(b, "TaskId", c.TaskID)
	b = appendElement(append(b, "<MainTitle>"...), "Title", c.MainTitle.Title)
	if c.MainTitle.Desc != "" {
		b = appendElement(b, "Desc", c.MainTitle.Desc)
	}
	b = append(b, "</MainTitle>"...)
	if c.SubTitle != "" {
		b = appendElement(b, "SubTitleText", c.SubTitle)
	}
	for _, h := range c.Horizontal {
		b = appendElement(append(b, "<HorizontalContentList>"...), "KeyName", h.KeyName)
		b = append(appendElement(b, "Value", h.Value), "</HorizontalContentList>"...)
	}
	for _, x := range c.Buttons {
		b = appendElement(append(b, "<ButtonList>"...), "Text", x.Text)
		b = strconv.AppendInt(append(b, "<Style>"...), int64(x.Style), 10)
		b = appendElement(append(b, "</Style>"...), "Key", x.Key)
		b = append(b, "</ButtonList>"...)
	}
	if c.Replace != "" {
		b = appendElement(b, "ReplaceText", c.Replace)
	}
	return append(b, "</TemplateCard>"...)
}

func appendElement(b []byte, name, value string) []byte {
	b = append(append(append(b, '<'), name...), '>')
	b = appendCDATA(b, value)
	return append(append(append(b, "</"...), name...), '>')
}
