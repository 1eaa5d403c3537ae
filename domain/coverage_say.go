package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// UnmetCard lists what of 4.0 was not met, with a button to make up for the first ones.
func (s SOP) UnmetCard(c Case, title string, all []Unmet) Body {
	if len(all) == 0 {
		return Say(title + "：没有缺口，规程4.0的频次都做到了。")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s缺口%d处（规程4.0）\n", title, len(all))
	var buttons []Button
	most := s.Policy.Coverage.HeadsShown
	for i, x := range all {
		if i == most {
			fmt.Fprintf(&b, "…还有%d处，按月看发「缺口 %s」。\n", len(all)-most, x.From.MonthOf())
			break
		}
		fmt.Fprintf(&b, "%d. %s\n", i+1, s.unmetLine(c, x))
		t, ok := s.Policy.Topic(x.Topics[0])
		const shown = 4
		if line := "补训 " + t.Name; ok && len(buttons) < shown && !slices.ContainsFunc(buttons, func(b Button) bool { return b.Line == line }) {
			buttons = append(buttons, Button{Label: clip("补"+t.short(), labelRunes), Line: line, Style: Plain})
		}
	}
	text := b.String()
	hint := ""
	switch {
	case len(buttons) > 0 && !s.supervises(c):
		hint, buttons = fmt.Sprintf("要补哪个，请主管发「%s」。", buttons[0].Line), nil
	case len(buttons) > 0:
		buttons[0].Style = Primary
		hint = fmt.Sprintf("要补哪个，发「%s」。", buttons[0].Line)
	}
	return Body{Text: text + hint, Card: &Card{Title: title + "缺口", Subtitle: fmt.Sprintf("%s · %d处 · 规程4.0", c.Office.Name, len(all)), Text: strings.TrimSpace(strings.SplitN(text, "\n", 2)[1]), Buttons: buttons}}
}

// labelRunes is what a button's label holds.
const labelRunes = 10

// short gives the topic's shortest name.
func (t Topic) short() string {
	out := t.Name
	for _, a := range t.Aliases {
		if len([]rune(a)) < len([]rune(out)) {
			out = a
		}
	}
	return out
}

func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n])
	}
	return text
}

func (s SOP) unmetLine(c Case, x Unmet) string {
	if x.People != nil {
		return fmt.Sprintf("%s %s：缺 %s（%s）", x.Name, x.Span, c.some(x.People), x.Why)
	}
	out := fmt.Sprintf("%s %s：没有上", x.Name, x.Span)
	if x.Have > 0 || x.Want > 1 {
		out = fmt.Sprintf("%s %s：应%d次，上了%d次", x.Name, x.Span, x.Want, x.Have)
	}
	if x.Why != "" {
		out += "（" + x.Why + "）"
	}
	return out
}

// some names up to six people and counts the rest.
func (c Case) some(ids []PersonID) string {
	const most = 6
	if len(ids) <= most {
		return c.Names(ids)
	}
	return fmt.Sprintf("%s等%d人", c.Names(ids[:most]), len(ids))
}

// MatrixLines writes the coverage topic by topic, of the office or of one person.
func (s SOP) MatrixLines(c Case, title string, rows []Coverage, of PersonID) string {
	if len(rows) == 0 {
		return title + "里还没有哪个周期走完，过几天再看。"
	}
	var b strings.Builder
	if of != "" {
		fmt.Fprintf(&b, "%s的覆盖，%s\n", c.Staff.Name(of), title)
		for _, x := range rows {
			fmt.Fprintf(&b, "%s %s %d/%d\n", mark(x.Served == x.Turns), x.Name, x.Served, x.Turns)
		}
		return b.String() + "数字是上过的周期/走完的周期。补课由主管发「补训」。"
	}
	fmt.Fprintf(&b, "覆盖表，%s\n", title)
	for _, x := range rows {
		fmt.Fprintf(&b, "%s %s 场次%d/%d 人%d/%d", mark(x.Served == x.Turns && x.Covered == x.People), x.Name, x.Served, x.Turns, x.Covered, x.People)
		if n := len(x.Missing); n > 0 && n < x.People {
			fmt.Fprintf(&b, " 缺%s", c.some(x.Missing))
		}
		b.WriteByte('\n')
	}
	return b.String() + "场次：做到的周期/走完的周期；人：至少上过一次的/应到的。看一个人发「缺口 姓名」，补课由主管发「补训 主题」。"
}

func mark(ok bool) string {
	if ok {
		return "✓"
	}
	return "✗"
}

// MakeUpCard offers times for a make-up.
func (s SOP) MakeUpCard(c Case, topics []Topic, people []PersonID, all bool, slots []ClassSlot) Body {
	who := fmt.Sprintf("%d人：%s", len(people), c.some(people))
	if all {
		who = fmt.Sprintf("全体%d人（最近没有上过）", len(people))
	}
	title := "补训 " + namesOf(topics)
	text := fmt.Sprintf("%s\n要补：%s。\n", title, who)
	lines, buttons := s.slotLines(c, topics[0], people, slots)
	if len(slots) == 0 {
		return Say(text + fmt.Sprintf("%d天内没有讲师、地点和人都合适的时间。可以直接写时间，如「补训 %s 日期 时间」。", s.Policy.Coverage.LookAhead, topics[0].Name))
	}
	return Body{Text: text + lines + fmt.Sprintf("发「%s」就排上，也可以写别的时间。", buttons[0].Line), Card: &Card{Title: title, Subtitle: c.Office.Name, Text: "要补：" + who + "\n" + strings.TrimSpace(lines), Buttons: buttons}}
}

// slotLines writes times and the buttons that take them.
func (s SOP) slotLines(c Case, t Topic, people []PersonID, slots []ClassSlot) (string, []Button) {
	var b strings.Builder
	var buttons []Button
	for i, x := range slots {
		who := "都在岗"
		if len(people) == 1 {
			who = "在岗"
		}
		if len(x.Away) > 0 {
			who = fmt.Sprintf("%d人可到，%s到不了", len(x.Reached), c.some(x.Away))
		}
		fmt.Fprintf(&b, "%s：%s，讲师%s有空，%s空闲\n", s.Moment(x.Start), who, c.Staff.Name(x.Lecturer), x.Room)
		day := s.Calendar.Date(x.Start)
		style := Plain
		if i == 0 {
			style = Primary
		}
		buttons = append(buttons, Button{Label: fmt.Sprintf("排%d日%s", day.Day, s.Hour(x.Start)), Line: fmt.Sprintf("补训 %s %s %s", day, s.Hour(x.Start), t.Name), Style: style})
	}
	return b.String(), buttons
}

// FireCard shows the year's fire coverage and offers the session that is missing (4.4).
func (s SOP) FireCard(c Case, f FireCoverage, slots []ClassSlot) Body {
	text := s.FireLines(c, f)
	topics := s.FireTopics(f)
	lines, buttons := s.slotLines(c, topics[0], f.Unserved, slots)
	if len(f.Unserved) == 0 { // the topic is missing, not the people: everybody's lesson
		lines, buttons = "", nil
	}
	if len(buttons) > 0 {
		buttons[0].Label = "排这场"
	}
	buttons = append(buttons[:min(1, len(buttons))], Button{Label: "看别的时间", Line: "补训 " + topics[0].Name, Style: Plain})
	first, _, _ := strings.Cut(lines, "\n")
	if first != "" {
		first = "\n" + first + "。"
	}
	next := fmt.Sprintf("\n发「%s」就排上，看别的时间发「补训 %s」。", buttons[0].Line, topics[0].Name)
	if !s.supervises(c) {
		next, buttons = fmt.Sprintf("\n补训由主管发「补训 %s」排。", topics[0].Name), nil
	}
	return Body{Text: text + first + next,
		Card: &Card{Title: fmt.Sprintf("%d年消防年度覆盖 %d/%d", f.Year, f.People-len(f.Missing), f.People), Subtitle: c.Office.Name + " · 规程4.4", Facts: s.fireFacts(c, f, slots), Text: fireForecast(f), Buttons: buttons}}
}

// fireForecast says what the year will lack when nothing more is arranged.
func fireForecast(f FireCoverage) string {
	if len(f.Unserved) == 0 {
		return "每年三类内容都要讲到（规程4.4）。"
	}
	return fmt.Sprintf("如再不安排，年度覆盖将缺%d人（规程4.4：每年每人至少一次）。", len(f.Unserved))
}

func (s SOP) fireFacts(c Case, f FireCoverage, slots []ClassSlot) []Fact {
	out := []Fact{{"覆盖", fmt.Sprintf("%d人中%d人已覆盖", f.People, f.People-len(f.Missing))}}
	if len(f.Unserved) > 0 {
		out = append(out, Fact{"还差", c.some(f.Unserved)}, Fact{"最晚", f.Latest.Chinese() + "前"})
	}
	if len(f.Topics) > 0 {
		out = append(out, Fact{"没讲", strings.Join(s.TopicNames(f.Topics), "、")})
	}
	if len(slots) > 0 {
		who := "都在岗"
		if len(slots[0].Away) > 0 {
			who = fmt.Sprintf("%d人在岗", len(slots[0].Reached))
		}
		out = append(out, Fact{"建议", fmt.Sprintf("%s %s，讲师%s有空", s.Moment(slots[0].Start), who, c.Staff.Name(slots[0].Lecturer))})
	}
	return out
}

// FireTopics gives what a make-up of fire safety teaches: the topics of the year not taught yet, else
// the first one; at most TopicsPerSession.
func (s SOP) FireTopics(f FireCoverage) []Topic {
	var out, all []Topic
	for _, t := range s.Policy.Curriculum {
		if t.Every == Quarterly {
			all = append(all, t)
			if slices.Contains(f.Topics, t.ID) {
				out = append(out, t)
			}
		}
	}
	if len(out) == 0 {
		out = all
	}
	return out[:min(len(out), s.Policy.Drafting.TopicsPerSession)]
}

// TeachesFire says whether a session holds a topic of 4.4.
func (s SOP) TeachesFire(x Session) bool {
	return slices.ContainsFunc(x.TopicIDs, func(id string) bool { t, ok := s.Policy.Topic(id); return ok && t.Every == Quarterly })
}

// WhoAndWhere gives a qualified lecturer and a room that are free at a time; where there is none,
// the first of each, so that the clash is told.
func (s SOP) WhoAndWhere(c Case, topics []Topic, day Date, at Clock, taken []Engagement) (PersonID, string) {
	minutes := s.SessionMinutes()
	x, ok := s.classAt(c, nil, topics, day, at, minutes, taken)
	if ok {
		return x.Lecturer, x.Room
	}
	if x.Lecturer == "" {
		x.Lecturer, _ = s.freeLecturer(c, topics, day, at, minutes, nil)
	}
	return x.Lecturer, s.Policy.Drafting.Room
}

// OfferRun asks whether those who cannot come to a session that was added get a further run of it.
func (s SOP) OfferRun(c Case, p Plan, it Item, added, words string, slots []ClassSlot) Body {
	if len(slots) == 0 {
		return Say(added + fmt.Sprintf("近%d天没有适合他们的时间，回来后可以「补训」。", s.Policy.Coverage.LookAhead))
	}
	n := slices.IndexFunc(p.Latest().Items, func(x Item) bool { return x.ID == it.ID }) + 1
	var buttons []Button
	for _, x := range slots {
		day := s.Calendar.Date(x.Start)
		buttons = append(buttons, Button{Label: fmt.Sprintf("加%d日%s", day.Day, s.Hour(x.Start)), Line: fmt.Sprintf("加B场 %s 第%d条 %s %s", p.Code(), n, day, s.Hour(x.Start)), Style: Primary})
	}
	buttons = append(buttons, Button{Label: "不加", Line: "不加", Style: Plain})
	return Body{Text: added + fmt.Sprintf("到不了的人要加B场吗？发「%s」，或「不加」。", buttons[0].Line), Card: &Card{
		Title: fmt.Sprintf("已加：%s %s", it.Date.Chinese(), it.Start), Subtitle: fmt.Sprintf("%s · %s", Join(s.TopicNames(it.Topics)), c.lecturer(it.Lecturer)),
		Text: fmt.Sprintf("%s。%s v%d 现有%s。到不了的人要加B场吗？", words, p.Code(), p.Latest().Number, p.Count(p.Latest())), Buttons: buttons}}
}

// HoursLine says how much of the week's hours a supervisor has taught: 本周已授 1/2 课时 (5.3.1).
func (s SOP) HoursLine(held, open int) string {
	out := fmt.Sprintf("本周已授 %s/%d课时（一课时%s%s）", strings.TrimSuffix(s.ClassHours(held), "课时"), s.Policy.Teaching.WeeklyHours,
		PlainValue(shortDuration(s.Policy.Teaching.ClassHour)), s.Policy.Assumed("teaching.class_hour"))
	if open > 0 {
		out += fmt.Sprintf("，另有%s还没上或记录没完成", s.ClassHours(open))
	}
	return out
}

// short reports whether held minutes are fewer than the week wants.
func (s SOP) hoursShort(held int) bool {
	return held < s.Policy.Teaching.WeeklyHours*int(s.Policy.Teaching.ClassHour/time.Minute)
}
