package command

import (
	"cmp"
	"fmt"
	"strings"

	"trainingbot/domain"
)

// guideBytes is what one message of the narrower platform holds.
const guideBytes = 2048

// group is the rows of one heading, in the order of the table.
type group[R any] struct {
	name string
	rows []*Command[R]
}

func (t Table[R]) groups() []group[R] {
	var out []group[R]
	at := make(map[string]int)
	for i := range t {
		if t[i].Hidden {
			continue
		}
		k, ok := at[t[i].Group]
		if !ok {
			k = len(out)
			at[t[i].Group] = k
			out = append(out, group[R]{name: t[i].Group})
		}
		out[k].rows = append(out[k].rows, &t[i])
	}
	return out
}

// Guide tells a person with these roles what they can say: the words they need most with what each does,
// the others by heading, and how to learn more of one. It fits one message.
func (t Table[R]) Guide(who string, roles []domain.Role, often []string) string {
	mine := t.For(roles)
	var b strings.Builder
	b.WriteString(who + "，最常用的：")
	first := ""
	for _, name := range often {
		if c, ok := mine.Find(name); ok && !c.Hidden {
			fmt.Fprintf(&b, "\n「%s」%s", c.Example, c.Help)
			if len(c.Args) > 0 {
				first = cmp.Or(first, c.Name)
			}
		}
	}
	for _, g := range mine.groups() {
		b.WriteString("\n" + g.brief())
	}
	fmt.Fprintf(&b, "\n一个词怎么用，发「帮助 %s」，或直接问「怎么%s」。", first, first)
	return cut(b.String(), guideBytes)
}

// GuideOn tells more of one group or one command; ok is false when the person has no such.
func (t Table[R]) GuideOn(topic string, roles []domain.Role) (text string, ok bool) {
	asked := string(plainWord(topic))
	for _, g := range t.For(roles).groups() {
		if string(plainWord(g.name)) == asked {
			return cut(g.full(), guideBytes), true
		}
		for _, c := range g.rows {
			for _, w := range append([]string{c.Name}, c.Aliases...) {
				if string(plainWord(w)) == asked {
					return cut(c.page(), guideBytes), true
				}
			}
		}
	}
	return "", false
}

func (g group[R]) full() string {
	var b strings.Builder
	b.WriteString("【" + g.name + "】")
	for _, c := range g.rows {
		b.WriteString("\n" + c.Usage() + "：" + c.Help)
		if c.Example != c.Usage() {
			b.WriteString("，如「" + c.Example + "」")
		}
	}
	return b.String()
}

func (g group[R]) brief() string {
	var names []string
	for _, c := range g.rows {
		names = append(names, c.Name)
	}
	return "【" + g.name + "】" + strings.Join(names, " ")
}

// page is all that is known of one command.
func (c *Command[R]) page() string {
	var b strings.Builder
	b.WriteString("「" + c.Usage() + "」" + c.Help + "。")
	for _, a := range c.Args {
		if a.Hint != "" {
			fmt.Fprintf(&b, "\n· %s：%s", a.Name, a.Hint)
			if a.Optional {
				b.WriteString("（可以不写）")
			}
		}
	}
	b.WriteString("\n例：" + c.Example)
	if len(c.Aliases) > 0 {
		b.WriteString("\n也可以说：" + strings.Join(c.Aliases, "、"))
	}
	if c.Clause != "" {
		b.WriteString("\n规程：" + c.Clause)
	}
	return b.String()
}

// cut shortens text to at most n bytes, at the end of a line.
func cut(text string, n int) string {
	const more = "\n…"
	if len(text) <= n {
		return text
	}
	text = strings.ToValidUTF8(text[:n-len(more)], "")
	if i := strings.LastIndexByte(text, '\n'); i > 0 {
		text = text[:i]
	}
	return text + more
}

// Reference is the table as markdown for the documents.
func Reference[R any](t Table[R]) string {
	var b strings.Builder
	for i, g := range t.groups() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("## " + g.name + "\n\n| 说法 | 做什么 | 例 | 谁 | 也可以说 | 规程 |\n|---|---|---|---|---|---|\n")
		for _, c := range g.rows {
			fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %s | %s |\n",
				cell(c.Usage()), cell(c.Help), cell(c.Example), cell(c.who()), cell(strings.Join(c.Aliases, " ")), cell(c.Clause))
		}
	}
	return b.String()
}

// who says who may say it.
func (c *Command[R]) who() string {
	switch {
	case c.Open:
		return "所有人"
	case len(c.Roles) == 0:
		return "名单上的人"
	}
	var names []string
	for _, r := range c.Roles {
		names = append(names, r.Chinese())
	}
	return strings.Join(names, "、")
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
