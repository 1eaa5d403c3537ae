package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// StartPlan opens the plan of a period with a first draft (5.1.1, 5.1.2).
func (s SOP) StartPlan(c Case, id PlanID, no int64, p Period, items []Item, gaps []Gap) (Change, error) {
	if err := s.may(c, Supervisor, "5.1.2", "拟计划"); err != nil {
		return Change{}, err
	}
	if p.Last().Before(s.today(c)) {
		return Change{}, Refuse(TooLate, "5.1.2", p.Chinese()+"已经过去，不能再拟计划。")
	}
	if next := s.today(c).Year + 1; p.First().Year > next {
		return Change{}, Refuse(TooEarly, "5.1.2", fmt.Sprintf("%s还早，现在最远可以拟%d年的计划，如「拟计划 %d」。", p.Chinese(), next, next))
	}
	plan := Plan{ID: id, No: no, Office: c.Office.ID, Period: p, Versions: []PlanVersion{
		{Number: 1, State: Draft, Items: items, DraftedBy: c.By.ID, DraftedAt: c.Now},
	}}
	return Change{
		Plans: []Plan{plan},
		Audit: []Audit{c.audit("plan.draft", plan.Code()+" v1", "5.1.2", fmt.Sprintf("拟%s草稿，%s", plan.Title(), plan.Count(plan.Latest())))},
		Reply: Answer{Body: s.DraftCard(c, plan, gaps)},
	}, nil
}

// DraftCard shows a draft to its supervisor, with what can be done next.
func (s SOP) DraftCard(c Case, p Plan, gaps []Gap) Body {
	v := p.Latest()
	d := s.PlanDates(p.Period)
	due := fmt.Sprintf("%s前上报", d.Due.Chinese())
	if d.DueTarget != d.Due {
		due += fmt.Sprintf("，建议最迟%s", d.DueTarget.Chinese())
	}
	var b strings.Builder
	holds := p.Count(v)
	if !p.Period.Annual() {
		holds += fmt.Sprintf(" %d主题", topicCount(v.Items))
	}
	fmt.Fprintf(&b, "%s（%s）草稿 v%d：%s，%s。\n", p.Title(), p.Code(), v.Number, holds, due)
	b.WriteString(s.ItemLines(c.Staff, v.Items))
	b.WriteString("依据：" + p.Sources(v.Items) + "\n")
	for _, g := range gaps {
		fmt.Fprintf(&b, "缺口（%s）：%s\n", g.Clause, g.Text)
	}
	own := s.ownHours(c, p, v, gaps)
	text := b.String() + own + "改好后发「报计划」上报；要改" + p.editWords() + "。"
	card := &Card{
		Title: p.Title() + " 草稿", Subtitle: fmt.Sprintf("%s v%d", p.Code(), v.Number),
		Facts:   []Fact{{"内容", holds}, {"截止", due}, {"缺口", gapCount(gaps)}},
		Text:    own + "依据：" + p.Sources(v.Items),
		Buttons: []Button{{Label: "上报", Line: "报计划 " + p.Period.String(), Style: Primary}, {Label: "看全文", Line: fmt.Sprintf("计划 %s v%d", p.Code(), v.Number), Style: Plain}},
	}
	return Body{Text: text, Card: card}
}

// ownHours tells the supervisor what she teaches herself by a month's draft (5.3.1), and in which days
// of the month nothing can be held.
func (s SOP) ownHours(c Case, p Plan, v PlanVersion, gaps []Gap) string {
	if p.Period.Annual() {
		return ""
	}
	minutes := 0
	for _, it := range v.Items {
		if it.Lecturer == c.By.ID {
			minutes += it.Minutes
		}
	}
	out := fmt.Sprintf("您本月授课%s", s.ClassHours(minutes))
	if !slices.ContainsFunc(gaps, func(g Gap) bool { return g.Clause == "5.3.1" }) {
		out += fmt.Sprintf("，每周都≥%d", s.Policy.Teaching.WeeklyHours)
	}
	return out + "。" + s.Calendar.daysOff(p.Period.First(), p.Period.Last()) + "\n"
}

func gapCount(gaps []Gap) string {
	if len(gaps) == 0 {
		return "无"
	}
	return fmt.Sprintf("%d处：%s", len(gaps), gaps[0].Text)
}

// ItemLines lists plan items, one a line, numbered as 改期 and 取消 name them; with the sessions made
// of them, their codes and what became of them.
func (s SOP) ItemLines(staff Staff, items []Item, sessions ...Session) string {
	made := map[ItemID]Session{}
	for _, x := range sessions {
		made[x.Item] = x
	}
	var b strings.Builder
	for i, it := range items {
		lecturer := "讲师待定"
		if it.Lecturer != "" {
			lecturer = staff.Name(it.Lecturer)
		}
		when := it.Date.Chinese() + " " + it.Start.String()
		if it.Start == (Clock{}) {
			when = it.Date.MonthOf().String()
		}
		x, ok := made[it.ID]
		if ok {
			when = x.Code() + " " + when
		}
		what, room, source := Join(s.Printed(it))+runWord(it.Run), it.Room, "依据 "+it.Source
		if first := slices.IndexFunc(items[:i], func(o Item) bool { return o.ID == it.Group && slices.Equal(o.Topics, it.Topics) }); first >= 0 {
			what, source = fmt.Sprintf("同第%d条%s", first+1, runWord(it.Run)), "" // another run of what stands above
			if room == items[first].Room {
				room = ""
			}
		}
		fmt.Fprintf(&b, "%d. %s %s · %s", i+1, when, what, lecturer)
		for _, more := range []string{room, strings.Join(it.Shifts, "/"), source, it.Note, s.becameOf(it, x, ok)} {
			if more != "" {
				b.WriteString(" · " + more)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// runWord marks the runs of a lesson: " B场".
func runWord(run string) string {
	if run == "" {
		return ""
	}
	return " " + run + "场"
}

// becameOf says what happened to the session made of a line, when it is not as the line says.
func (s SOP) becameOf(it Item, x Session, made bool) string {
	switch {
	case !made:
		return ""
	case x.State == Cancelled:
		return fmt.Sprintf("已取消（%s）", x.Reason)
	case !x.Start.Equal(s.Calendar.At(it.Date, it.Start)):
		return "已改期到" + s.Moment(x.Start)
	case x.State != Planned:
		return x.State.Chinese()
	}
	return ""
}

// editWords says with which words the plan is changed; the lines of a year name no day.
func (p Plan) editWords() string {
	if p.Period.Annual() {
		return fmt.Sprintf("发「取消 %s 1」（第几条）删减", p.Code())
	}
	return "发「加一场」「改期」「取消」修改"
}

// TopicNames gives the printed names of topic ids; what is no id stands for itself.
func (s SOP) TopicNames(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if t, ok := s.Policy.Topic(id); ok {
			out[i] = t.Name
		}
	}
	return out
}

// known gives those of the ids that are topics of the curriculum.
func (s SOP) known(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := s.Policy.Topic(id); return !ok })
}

// edit applies one change to the editable version of a plan.
func (s SOP) edit(c Case, p Plan, act string, change func(*PlanVersion) (string, error)) (Change, error) {
	if err := s.may(c, Supervisor, "5.3.2", "修改计划"); err != nil {
		return Change{}, err
	}
	v := p.editable(c.By.ID, c.Now)
	text, err := change(&v)
	if err != nil {
		return Change{}, err
	}
	slices.SortStableFunc(v.Items, func(a, b Item) int {
		if n := a.Date.Compare(b.Date); n != 0 {
			return n
		}
		return strings.Compare(a.Start.String(), b.Start.String())
	})
	undo := undoItems(p, v)
	p = p.set(v)
	note := ""
	if w, ok := p.In(Submitted); ok {
		note = fmt.Sprintf("（v%d 还在审批；上报 v%d 后它会被取代。）", w.Number, v.Number)
	} else if a, ok := p.In(Approved); ok {
		note = fmt.Sprintf("（已批准的 v%d 继续有效，v%d 上报并批准后才生效，规程5.4.5。）", a.Number, v.Number)
	}
	line := c.audit(act, fmt.Sprintf("%s v%d", p.Code(), v.Number), "5.3.2", text)
	line.Undo = undo
	return Change{
		Plans: []Plan{p},
		Audit: []Audit{line},
		Reply: Answer{Body: Say(fmt.Sprintf("%s%s v%d 现有%s，改好后发「报计划 %s」。%s", text, p.Code(), v.Number, p.Count(v), p.Period, note))},
	}, nil
}

// AddItem puts one more session on the plan (5.1.1, 5.3.2).
func (s SOP) AddItem(c Case, p Plan, it Item) (Change, error) {
	return s.edit(c, p, "plan.add", func(v *PlanVersion) (string, error) {
		if err := s.fits(c, p.Period, it, v.Items); err != nil {
			return "", err
		}
		v.Items = append(v.Items, it)
		return fmt.Sprintf("已加：%s %s %s，讲师 %s。%s", it.Date.Chinese(), it.Start, Join(s.TopicNames(it.Topics)), c.lecturer(it.Lecturer), s.restNote(it.Date)), nil
	})
}

// MoveItem gives an item of the plan another day and time.
func (s SOP) MoveItem(c Case, p Plan, id ItemID, to Date, at Clock) (Change, error) {
	if p.Period.Annual() {
		return Change{}, Refuse(Invalid, "5.1.1", fmt.Sprintf("年度计划只列到月，不能改期。要删一项%s，哪一天上课在月度计划里排。", p.editWords()))
	}
	return s.edit(c, p, "plan.move", func(v *PlanVersion) (string, error) {
		i := slices.IndexFunc(v.Items, func(it Item) bool { return it.ID == id })
		if i < 0 {
			return "", Refuse(NotFound, "5.1.1", p.Code()+" 里没有这一场。发「计划」看编号。")
		}
		was, it := v.Items[i], v.Items[i]
		it.Date, it.Start = to, at
		if err := s.fits(c, p.Period, it, slices.Delete(slices.Clone(v.Items), i, i+1)); err != nil {
			return "", err
		}
		v.Items[i] = it
		return fmt.Sprintf("已改期：%s 从%s %s 改到%s %s。%s", Join(s.TopicNames(it.Topics)), was.Date.Chinese(), was.Start, to.Chinese(), at, s.restNote(to)), nil
	})
}

// DropItem takes an item off the plan; the reason is kept in the log.
func (s SOP) DropItem(c Case, p Plan, id ItemID, reason string) (Change, error) {
	return s.edit(c, p, "plan.drop", func(v *PlanVersion) (string, error) {
		i := slices.IndexFunc(v.Items, func(it Item) bool { return it.ID == id })
		if i < 0 {
			return "", Refuse(NotFound, "5.1.1", p.Code()+" 里没有这一场。发「计划」看编号。")
		}
		it := v.Items[i]
		v.Items = slices.Delete(v.Items, i, i+1)
		when := it.Date.Chinese() + " " + it.Start.String()
		if p.Period.Annual() {
			when = it.Date.MonthOf().String()
		}
		if reason != "" {
			reason = "（" + reason + "）"
		}
		return fmt.Sprintf("已从计划里取消：%s %s%s。", when, Join(s.TopicNames(it.Topics)), reason), nil
	})
}

func (c Case) lecturer(id PersonID) string {
	if id == "" {
		return "待定"
	}
	return c.Staff.Name(id)
}

func (s SOP) restNote(d Date) string {
	if s.Calendar.Working(d) {
		return ""
	}
	if name, ok := s.Calendar.Holiday(d); ok {
		return fmt.Sprintf("注意：这天是%s假期。", name)
	}
	return "注意：这天是休息日。"
}

// fits refuses an item that cannot stand on the plan: another period, no topic, an unqualified
// lecturer (4.0, 5.3.1), or a lecturer or room taken at that time.
func (s SOP) fits(c Case, p Period, it Item, others []Item) error {
	if !p.Has(it.Date) {
		return Refuse(Invalid, "5.1.1", fmt.Sprintf("%s不在%s里。要排到别的月份，请改那个月的计划。", it.Date.Chinese(), p.Chinese()))
	}
	if !s.Calendar.At(it.Date, it.Start).After(c.Now) {
		return Refuse(Invalid, "5.3.2", fmt.Sprintf("%s %s已经过去，请给一个以后的时间。", it.Date.Chinese(), it.Start))
	}
	if len(it.Topics) == 0 {
		return Refuse(Invalid, "4.0", "还缺主题。例：加一场 10-22 15:00 如何与业主沟通")
	}
	if it.Lecturer != "" {
		who, ok := c.Staff.Person(it.Lecturer)
		if !ok || !who.Lectures(c.Office.ID, it.Date) {
			return Refuse(Invalid, "5.3.1", fmt.Sprintf("%s不是讲师（主管、教练、保安班长、安全主管），请换一位。", c.Staff.Name(it.Lecturer)))
		}
	}
	from := it.Date.At(it.Start, time.UTC)
	to := from.Add(time.Duration(it.Minutes) * time.Minute)
	for _, o := range others {
		start := o.Date.At(o.Start, time.UTC)
		if !start.Before(to) || !from.Before(start.Add(time.Duration(o.Minutes)*time.Minute)) {
			continue
		}
		if it.Lecturer != "" && o.Lecturer == it.Lecturer {
			return Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s %s 已经要讲 %s，请换时间或换讲师。", c.Staff.Name(it.Lecturer), it.Date.Chinese(), o.Start, Join(s.TopicNames(o.Topics))))
		}
		if it.Room != "" && o.Room == it.Room {
			return Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s %s 已经排了 %s，请换时间或换地点。", it.Room, it.Date.Chinese(), o.Start, Join(s.TopicNames(o.Topics))))
		}
	}
	return nil
}
