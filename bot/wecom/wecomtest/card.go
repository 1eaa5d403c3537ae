package wecomtest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// wireCard is a template card as JSON brings it (document 90236), as far as it is judged.
type wireCard struct {
	CardType  string `json:"card_type"`
	TaskID    string `json:"task_id"`
	MainTitle struct {
		Title string `json:"title"`
		Desc  string `json:"desc"`
	} `json:"main_title"`
	SubTitle   string       `json:"sub_title_text"`
	Horizontal []wireFact   `json:"horizontal_content_list"`
	Buttons    []wireButton `json:"button_list"`
	CardAction *wireAction  `json:"card_action"`
	ActionMenu *struct{}    `json:"action_menu"`
	Replace    string       `json:"replace_text"`
}

type wireFact struct {
	Type    int    `json:"type" xml:"Type"`
	KeyName string `json:"keyname" xml:"KeyName"`
	Value   string `json:"value" xml:"Value"`
	URL     string `json:"url" xml:"Url"`
}

type wireButton struct {
	Type  int    `json:"type" xml:"Type"`
	Text  string `json:"text" xml:"Text"`
	Style int    `json:"style" xml:"Style"`
	Key   string `json:"key" xml:"Key"`
	URL   string `json:"url" xml:"Url"`
}

type wireAction struct {
	Type int    `json:"type" xml:"Type"`
	URL  string `json:"url" xml:"Url"`
}

// The platform's sizes. Those in characters are cut on the phone; the rest is refused.
const (
	titleSize, descSize, textSize  = 36, 44, 160
	labelSize, valueSize, captions = 5, 30, 10
)

var taskPattern = regexp.MustCompile(`^[0-9A-Za-z_@-]{1,128}$`)

// calledBack says whether the card's type brings its presses to the app.
func (c *wireCard) calledBack() bool {
	return c.CardType == "button_interaction" || c.CardType == "vote_interaction" || c.CardType == "multiple_interaction" ||
		c.ActionMenu != nil
}

// check gives the platform's code for a card, 0 for a good one.
func (c *wireCard) check() int64 {
	switch c.CardType {
	case "text_notice", "news_notice":
		if c.CardAction == nil || c.CardAction.Type == 0 {
			return 42045
		}
		if c.MainTitle.Title == "" && c.SubTitle == "" {
			return 42034
		}
	case "button_interaction", "vote_interaction", "multiple_interaction":
	default:
		return 42031
	}
	if len(c.Horizontal) > 6 {
		return 42035
	}
	for _, h := range c.Horizontal {
		if h.KeyName == "" {
			return 42027
		}
	}
	if c.calledBack() && !taskPattern.MatchString(c.TaskID) {
		return 42014
	}
	if c.CardType == "button_interaction" {
		return c.checkButtons()
	}
	return 0
}

func (c *wireCard) checkButtons() int64 {
	if c.MainTitle.Title == "" {
		return 42034
	}
	if len(c.Buttons) < 1 || len(c.Buttons) > 6 {
		return 42038
	}
	seen := map[string]bool{}
	for _, b := range c.Buttons {
		if b.Text == "" || b.Type == 0 && (b.Key == "" || len(b.Key) > 1024 || seen[b.Key]) || b.Style < 0 || b.Style > 4 {
			return 42039
		}
		seen[b.Key] = true
	}
	return 0
}

// shown cuts a card to what a phone shows, and notes what it cuts.
func (c *wireCard) shown(s *Server) *Card {
	cut := func(what, text string, most int) string {
		if utf8.RuneCountInString(text) <= most {
			return text
		}
		s.problem("card %s: %s has more than %d characters: %q", c.TaskID, what, most, text)
		return string([]rune(text)[:most])
	}
	out := &Card{
		Type: c.CardType, TaskID: c.TaskID, State: Live,
		Title: cut("title", c.MainTitle.Title, titleSize),
		Desc:  cut("desc", c.MainTitle.Desc, descSize),
		Text:  cut("sub_title_text", c.SubTitle, textSize),
	}
	for _, h := range c.Horizontal {
		out.Facts = append(out.Facts, Fact{Label: cut("keyname", h.KeyName, labelSize), Value: cut("value", h.Value, valueSize)})
	}
	for _, b := range c.Buttons {
		out.Buttons = append(out.Buttons, Button{Text: cut("button", b.Text, captions), Key: b.Key, Style: b.Style})
	}
	if c.Replace != "" {
		out.State, out.Replaced = Settled, c.Replace
	}
	return out
}

var linkPattern = regexp.MustCompile(`(?is)<a\s[^>]*href\s*=\s*["']?([^"'\s>]*)[^>]*>`)

// links finds what a phone would make a link of in a text.
func links(text string) []string {
	var out []string
	for _, m := range linkPattern.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// cutText cuts a text to the 2048 bytes a phone shows, on a character.
func cutText(text string) string {
	const most = 2048
	if len(text) <= most {
		return text
	}
	for i := most; i > 0; i-- {
		if utf8.RuneStart(text[i]) {
			return text[:i]
		}
	}
	return ""
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, "|")
}
