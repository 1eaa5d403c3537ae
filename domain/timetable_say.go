package domain

import (
	"fmt"
	"slices"
	"strings"
)

// teller finds who is told and puts reminders into words. It indexes the staff once.
type teller struct {
	SOP
	f     Facts
	stays map[Role][]stay
	away  map[Role][]stay // who is represented by a deputy
	names map[PersonID]string
	both  map[PersonID]bool // who works in another office too

	people map[PersonID]Person // see person
}

type stay struct {
	id           PersonID
	since, until int // dayNo; until 0: lasts
}

func (x stay) on(day int) bool { return x.since <= day && (x.until == 0 || day <= x.until) }

func newTeller(s SOP, f Facts) *teller {
	t := &teller{SOP: s, f: f, stays: map[Role][]stay{}, away: map[Role][]stay{}, names: map[PersonID]string{}, both: map[PersonID]bool{}}
	for i := range f.Staff {
		p := &f.Staff[i]
		for _, m := range p.Memberships {
			if m.Office != f.Office.ID {
				if m.Until.IsZero() {
					t.both[p.ID] = true
				}
				continue
			}
			x := stay{id: p.ID, since: dayNo(m.Since)}
			if !m.Until.IsZero() {
				x.until = dayNo(m.Until)
			}
			for _, role := range m.Roles {
				t.stays[role] = append(t.stays[role], x)
			}
		}
	}
	for _, d := range f.stretches(delegable...) {
		for day := d.Since; !day.After(d.Until); day = day.AddDays(1) { // power ends with the deputy's own stay
			if p, ok := f.Staff.Person(d.Deputy); ok && p.StandsIn(d.Office, d.Role, day) == d.For {
				t.stays[d.Role] = append(t.stays[d.Role], stay{id: d.Deputy, since: dayNo(day), until: dayNo(day)})
				t.away[d.Role] = append(t.away[d.Role], stay{id: d.For, since: dayNo(day), until: dayNo(day)})
			}
		}
	}
	return t
}

// receivers gives the people of a reminder on its day: those named, then those who hold its
// roles, nobody twice; the administrators when there is nobody.
func (t *teller) receivers(r Reminder) []PersonID {
	day := dayNo(t.Calendar.Date(r.At))
	var out []PersonID
	seen := map[PersonID]bool{}
	add := func(id PersonID) {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	hold := func(role Role) {
		for _, x := range t.stays[role] {
			// What is overdue both hear of, who is away and the deputy.
			if x.on(day) && (r.Stage == "overdue" || !slices.ContainsFunc(t.away[role], func(a stay) bool { return a.id == x.id && a.on(day) })) {
				add(x.id)
			}
		}
	}
	for _, id := range r.People {
		add(id)
	}
	for _, role := range r.Roles {
		byName := role == Trainee && (r.matter.session != nil || r.matter.slot != nil) || r.matter.file != nil && (role == Trainee || role == Coach)
		if !byName {
			hold(role)
		}
	}
	if r.Stage == "unconfirmed" { // a supervisor who is the lecturer has been asked already
		out = slices.DeleteFunc(out, func(id PersonID) bool { return id == r.matter.session.Lecturer })
	}
	if len(out) == 0 && r.matter.session == nil {
		hold(Administrator)
	}
	return out
}

// body is what a reminder says: the words of its stage, and what stands against the deadline. Cards
// name their office; a sentence does when somebody who gets it works for several, who would else
// hear the same twice and not know of where.
func (t *teller) body(r Reminder, to []PersonID) Body {
	out := r.stage.say(t, r)
	if d := t.danger(t.f, *r.matter, t.Calendar.Date(r.At)); d != "" && !t.f.RulesOnly {
		out.Text += "\n注意：" + d + "。"
	}
	if out.Card == nil && slices.ContainsFunc(to, func(id PersonID) bool { return t.both[id] }) {
		out.Text = "【" + t.f.Office.Name + "】" + out.Text
	}
	return out
}

func (t *teller) name(id PersonID) string {
	n, ok := t.names[id]
	if !ok {
		n = t.f.Staff.Name(id)
		t.names[id] = n
	}
	return n
}

// due says until when, why the working day to aim at is another one, and how much time is left.
func (t *teller) due(r Reminder) string {
	m, today := r.matter, t.Calendar.Date(r.At)
	tentative := ""
	if m.provisional {
		tentative = "（暂定，放假通知尚未公布）"
	}
	var b strings.Builder
	b.WriteString(m.deadline.Chinese() + tentative)
	if m.target != m.deadline && !today.After(m.target) {
		fmt.Fprintf(&b, "。%s，请最迟%s办完", t.rest(m.deadline), t.day(today, m.target))
	}
	switch {
	case today.After(m.deadline):
		fmt.Fprintf(&b, "，已逾期%d天", m.deadline.DaysUntil(today))
	case today == m.deadline:
		b.WriteString("，就是今天，24:00前都算按时")
	case today.After(m.target):
		fmt.Fprintf(&b, "，还有%d天，期间没有工作日", today.DaysUntil(m.deadline))
	case today == m.target:
	default:
		b.WriteString("，" + t.left(today, m.target))
	}
	return b.String()
}

// day names a day, as 今天 when it is today.
func (t *teller) day(today, d Date) string {
	if d == today {
		return "今天"
	}
	return d.Chinese()
}

// rest says why a day is no working day: 当天是中秋节放假, 当天是周日.
func (s SOP) rest(d Date) string {
	if name, ok := s.Calendar.Holiday(d); ok {
		return "当天是" + name + "放假"
	}
	return "当天是" + weekday(d)
}

// left says 还有6个工作日（含9月20日周日补班）, today not counted.
func (s SOP) left(today, target Date) string {
	var makeUp []string
	for d := today.AddDays(1); !d.After(target) && len(makeUp) < 3; d = d.AddDays(1) {
		if s.Calendar.MakeUp(d) {
			makeUp = append(makeUp, fmt.Sprintf("%d月%d日%s", int(d.Month), d.Day, weekday(d)))
		}
	}
	out := fmt.Sprintf("还有%d个工作日", s.Calendar.WorkingDays(today, target))
	if len(makeUp) > 0 {
		out += "（含" + strings.Join(makeUp, "、") + "补班）"
	}
	return out
}

// sayPlan is for the supervisor: D1 and D3.
func sayPlan(t *teller, r Reminder) Body {
	m := r.matter
	name := m.period.Chinese() + "培训计划"
	head := name + "该准备了。"
	switch {
	case r.Stage == "overdue":
		head = name + "还没有上报。晚报会如实登记，仍可审批。"
	case r.Stage == "day" && r.moment.n == 2:
		head = "今天是最后期限：" + name + "还没有上报。"
	case r.Stage == "day":
		head = "今天是截止日：" + name + "请今天上报。"
	case r.Stage == "target":
		head = name + "请今天上报。"
	case m.plan != nil && m.plan.Returned:
		head = name + "被驳回后还没有重新上报。"
	}
	body := fmt.Sprintf("%s\n截止：%s。", head, t.due(r))
	draft := Button{"拟计划", "拟计划 " + m.period.String(), Primary}
	hint := fmt.Sprintf("\n发「拟计划 %s」看草稿，发「报计划 %s」上报。", m.period, m.period)
	why := Button{"为什么", "为什么", Plain}
	if m.target != m.deadline && !t.Calendar.Date(r.At).After(m.target) {
		why.Label = fmt.Sprintf("为什么是%d日", m.target.Day) // the day it speaks of is not the clause's
	}
	buttons := []Button{draft, why}
	if m.plan != nil && m.plan.Items > 0 {
		ref := fmt.Sprintf("P%d", m.plan.No)
		body += fmt.Sprintf("\n%s v%d已有%s，还没有上报。", ref, m.plan.Version, m.period.count(m.plan.Items, m.plan.More))
		hint = fmt.Sprintf("\n发「计划 %s」看草稿，发「报计划 %s」上报。", ref, m.period)
		buttons = []Button{{"报计划", "报计划 " + m.period.String(), Primary}, {"看草稿", "计划 " + ref, Plain}, why}
	}
	return Body{Text: body + hint, Card: &Card{Title: head, Subtitle: t.f.Office.Name, Text: "截止：" + t.due(r) + "。", Buttons: buttons}}
}

// sayPlanMissing tells the director that a plan is not there yet: D1 and D3. There is nothing for
// the director to press.
func sayPlanMissing(t *teller, r Reminder) Body {
	who := Case{Staff: t.f.Staff}.Names(IDs(t.f.Staff.With(t.f.Office.ID, Supervisor, t.Calendar.Date(r.At))))
	if who == "" {
		who = "主管"
	}
	return Say(fmt.Sprintf("%s培训计划还没有上报，%s已收到催办。\n截止：%s。\n上报后会请您审批。", r.matter.period.Chinese(), who, t.due(r)))
}

// sayLongOverdue tells the director what those who are to do it have not done, though they are reminded.
func sayLongOverdue(t *teller, r Reminder) Body {
	what := r.Title
	if r.Kind == MonthlyAssessment {
		what, _ = t.examWindow(r.matter) // as everybody else hears of it
	}
	return Say(fmt.Sprintf("%s还没有办完（规程%s），负责的人已收到催办。\n截止：%s。\n看全貌发「检查」。", what, r.Clause, t.due(r)))
}

// sayApproval is the card on which the director decides: D2 and D4.
func sayApproval(t *teller, r Reminder) Body {
	m := r.matter
	name := m.period.Chinese() + "培训计划"
	if m.plan == nil {
		return Say(fmt.Sprintf("【待审批】%s\n截止：%s。", name, t.due(r)))
	}
	ref := fmt.Sprintf("P%d v%d", m.plan.No, m.plan.Version)
	by := t.name(m.plan.SubmittedBy)
	if !m.plan.Since.IsZero() {
		by += " " + t.Moment(m.plan.Since)
	}
	until := "修订，批准前仍按原计划执行"
	if !m.deadline.IsZero() {
		until = t.due(r)
	}
	facts := []Fact{{"上报", by}, {"内容", m.period.count(m.plan.Items, m.plan.More)}, {"截止", until}}
	changes, whole := t.shortly(m.plan.Changes)
	if changes != "" {
		facts = slices.Insert(facts, 2, Fact{"改动", changes})
	}
	title, day := name+" 待审批", t.Calendar.Date(r.At)
	if r.Stage == "overdue" {
		title = name + " 审批已逾期"
	}
	if behalf := t.inPlace(t.f.Staff, t.f.Office.ID, t.receivers(r), day); behalf != "" {
		title += "（" + behalf + "）"
	}
	text := fmt.Sprintf("【%s】%s %s\n上报：%s\n内容：%s\n截止：%s。\n回复「同意 %s」或「驳回 %s 理由」，看全文发「计划 %s」。",
		strings.TrimPrefix(title, name+" "), name, ref, by, m.period.count(m.plan.Items, m.plan.More), until, ref, ref, ref)
	return Body{Text: joined(text, clashText(m.plan.Clashes)), Card: &Card{
		Title: title, Subtitle: t.f.Office.Name + " · " + ref, Facts: facts, Text: joined(clashText(m.plan.Clashes), whole),
		Buttons: []Button{{"同意", "同意 " + ref, Primary}, {"驳回", "驳回 " + ref, Danger}, {"看全文", "计划 " + ref, Plain}},
	}}
}

// sayWaiting tells the supervisor that the director has not decided: D2 and D4.
func sayWaiting(t *teller, r Reminder) Body {
	ref := ""
	if r.matter.plan != nil {
		ref = fmt.Sprintf(" P%d v%d", r.matter.plan.No, r.matter.plan.Version)
	}
	return Say(fmt.Sprintf("%s培训计划%s还在等主任审批。\n审批截止：%s。", r.matter.period.Chinese(), ref, t.due(r)))
}

// days lists days, the month said once and make-up days marked: 10月8日(周四)、9日、10日(周六补班).
func (t *teller) days(days []Date) string {
	out := make([]string, len(days))
	for i, d := range days {
		out[i] = fmt.Sprintf("%d日", d.Day)
		if i == 0 {
			out[i] = d.Chinese()
		}
		if t.Calendar.MakeUp(d) {
			out[i] = fmt.Sprintf("%d日(%s补班)", d.Day, weekday(d))
		}
	}
	return strings.Join(out, "、") + fmt.Sprintf("，共%d个工作日", len(days))
}

func (t *teller) startsAt(r Reminder) string {
	today, day := t.Calendar.Date(r.At), t.Calendar.Date(r.matter.session.Start)
	word := day.Chinese()
	switch today.DaysUntil(day) {
	case 0:
		word = "今天"
	case 1:
		word = "明天" + day.Chinese()
	}
	return word + " " + t.Hour(r.matter.session.Start)
}

func (t *teller) place(x *SessionFact) string {
	if x.Room == "" {
		return "地点待定"
	}
	return x.Room
}

// sayUnreachable names those whom no message can reach: ACC.
func sayUnreachable(t *teller, r Reminder) Body {
	ids := t.f.mute(t.Calendar.Date(r.At))
	return Say(fmt.Sprintf("%d人还没有平台账号，什么提醒都收不到：%s。\n请他们在应用里发「绑定 工号」，或在名单里填好账号再导入一次。", len(ids), Case{Staff: t.f.Staff}.Names(ids)))
}

// sayCalendar tells the administrators that a year has no notice: CAL.
func sayCalendar(_ *teller, r Reminder) Body {
	return Say(fmt.Sprintf("%s年的放假通知还没有导入。导入前，%s年的日期只按周末推算，都是暂定。\n国务院通常在11月公布；公布后发「节假日」查看导入办法，不需要升级程序。", r.Subject, r.Subject))
}

// To names the receivers of a reminder by their roles: 主管/主任.
func (r Reminder) To() string {
	switch {
	case r.Kind == ProposalWaiting:
		return "决定人"
	case r.Kind == DeputyDays:
		return "代理人/委托人"
	case r.Kind == MonthlyApprovalDue && len(r.Roles) == 0, r.Kind == AnnualApprovalDue && len(r.Roles) == 0:
		return "上级联系人"
	case len(r.Roles) == 0:
		return "讲师"
	}
	names := make([]string, len(r.Roles))
	for i, role := range r.Roles {
		names[i] = role.Chinese()
	}
	return strings.Join(names, "/")
}
