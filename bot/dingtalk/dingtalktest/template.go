package dingtalktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Template is a card template as it was published in the console: its variables, all of them text, and
// how they look on a phone.
type Template struct {
	ID   string // "….schema"
	Vars []string
	// Draw makes the card of the variables' values; what is wrong with them it tells in problems.
	Draw func(v map[string]string) (c Card, params map[string]map[string]any, problems []string)
}

// The ids of public templates.
const (
	PublicCard   = "382e4302-551d-4880-bf29-a30acfab2e71.schema" // the AI card, whose buttons are data
	ApprovalCard = "db56f2c2-f609-4878-9a34-46f6a0194a73.schema" // the official 审批模板
)

func publicTemplates() map[string]Template {
	return map[string]Template{
		PublicCard: {PublicCard, []string{"flowStatus", "msgTitle", "msgContent", "staticMsgContent", "sys_full_json_obj"}, drawPublic},
		ApprovalCard: {ApprovalCard, []string{"lastMessage", "title", "type", "amount", "reason", "createTime", "status"},
			drawApproval},
	}
}

// OwnTemplate is a template an operator makes by the product's instructions: title, subtitle, facts and
// text (both markdown), status, lastMessage, and six buttons, of which the one with number n has the
// caption bn, is hidden while that is empty, and sends back ln as its parameter "line".
func OwnTemplate(id string) Template {
	vars := []string{"title", "subtitle", "facts", "text", "status", "lastMessage"}
	for n := 1; n <= 6; n++ {
		vars = append(vars, fmt.Sprintf("b%d", n), fmt.Sprintf("l%d", n))
	}
	return Template{id, vars, drawOwn}
}

func drawOwn(v map[string]string) (Card, map[string]map[string]any, []string) {
	c := Card{Title: v["title"], Desc: v["subtitle"]}
	c.Facts, c.Text = factsOf(v["facts"] + "\n\n" + v["text"])
	params := map[string]map[string]any{}
	var problems []string
	for n := 1; n <= 6; n++ {
		caption, line := v[fmt.Sprintf("b%d", n)], v[fmt.Sprintf("l%d", n)]
		if caption == "" {
			continue
		}
		if line == "" {
			problems = append(problems, fmt.Sprintf("the button %s says nothing", caption))
		}
		id := fmt.Sprintf("b%d", n)
		params[id] = map[string]any{"line": line}
		c.Buttons = append(c.Buttons, Button{Text: caption, Key: id})
	}
	c.Replaced = v["status"]
	return c, params, problems
}

// drawApproval draws the official template for approvals: two buttons until there is a status.
func drawApproval(v map[string]string) (Card, map[string]map[string]any, []string) {
	c := Card{Title: v["title"]}
	for _, name := range []string{"type", "amount", "reason", "createTime"} {
		if v[name] != "" {
			c.Facts = append(c.Facts, Fact{Label: name, Value: v[name]})
		}
	}
	var problems []string
	switch v["status"] {
	case "":
		c.Buttons = []Button{{Text: "拒绝", Key: "reject", Style: 3}, {Text: "同意", Key: "agree", Style: 1}}
	case "agree":
		c.Replaced = "已同意"
	case "reject":
		c.Replaced = "已拒绝"
	default:
		problems = append(problems, fmt.Sprintf("status %q is none the template knows", v["status"]))
	}
	return c, map[string]map[string]any{"agree": {"action": "agree"}, "reject": {"action": "reject"}}, problems
}

// drawPublic draws the public AI card. Its parts are shown in the order sys_full_json_obj gives.
func drawPublic(v map[string]string) (Card, map[string]map[string]any, []string) {
	var problems []string
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var full struct {
		Order   []string `json:"order"`
		Buttons []struct {
			Text, Color, ID string
			Request         bool
		} `json:"msgButtons"`
	}
	if err := json.Unmarshal([]byte(v["sys_full_json_obj"]), &full); err != nil {
		add("sys_full_json_obj: %v", err)
	}
	if !slices.Contains([]string{"1", "2", "3", "4", "5"}, v["flowStatus"]) {
		add("flowStatus %q", v["flowStatus"])
	}
	var c Card
	for _, part := range full.Order {
		switch part {
		case "msgTitle":
			c.Title = v["msgTitle"]
		case "staticMsgContent", "msgContent":
			facts, text := factsOf(v[part])
			c.Facts, c.Text = append(c.Facts, facts...), strings.TrimSpace(c.Text+"\n"+text)
		case "msgButtons":
			for _, b := range full.Buttons {
				style, known := map[string]int{"blue": 1, "red": 3, "gray": 0}[b.Color]
				if !known || b.Text == "" || !b.Request || !plainID(b.ID) {
					add("button %+v", b)
				}
				c.Buttons = append(c.Buttons, Button{Text: b.Text, Key: b.ID, Style: style})
			}
		default:
			add("order has %q", part)
		}
	}
	if len(full.Buttons) > 0 && len(c.Buttons) == 0 {
		add("msgButtons are not in the order")
	}
	// What stands last on a card without buttons stands where they were; what stands first in bold
	// stands under the title.
	paragraphs := strings.Split(strings.TrimSpace(v["staticMsgContent"]), "\n\n")
	if bold, is := allBold(paragraphs[0]); is && len(paragraphs) > 1 {
		c.Desc, c.Text = bold, strings.TrimSpace(strings.TrimPrefix(c.Text, bold))
	}
	if bold, is := allBold(paragraphs[len(paragraphs)-1]); is && len(c.Buttons) == 0 {
		c.Replaced, c.Text = bold, strings.TrimSpace(strings.TrimSuffix(c.Text, bold))
	}
	return c, map[string]map[string]any{}, problems
}

func allBold(paragraph string) (string, bool) {
	inside, found := strings.CutPrefix(strings.TrimSpace(paragraph), "**")
	inside, ends := strings.CutSuffix(inside, "**")
	return inline(inside), found && ends && !strings.Contains(inside, "**")
}

// plainID says whether an id has the letters a button's may have.
func plainID(id string) bool {
	return id != "" && strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// factsOf takes the labelled lines of a list out of markdown, and gives the rest as it reads.
func factsOf(text string) (facts []Fact, rest string) {
	var kept []string
	for line := range strings.SplitSeq(text, "\n") {
		item, isItem := strings.CutPrefix(line, "- ")
		label, value, labelled := strings.Cut(item, "：")
		if isItem && labelled {
			facts = append(facts, Fact{Label: inline(label), Value: inline(value)})
			continue
		}
		kept = append(kept, line)
	}
	rest, _ = plainText(strings.Join(kept, "\n"))
	return facts, rest
}
