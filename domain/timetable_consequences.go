package domain

import (
	"fmt"
	"slices"
	"strings"
)

// ChainFact is what the timetable needs to know of an open retake chain.
type ChainFact struct {
	Chain
	Trained bool // the individual training after its last failed sitting was given
}

// FeedbackFact is what the timetable needs to know of a session's feedback.
type FeedbackFact struct {
	Feedback
	No       int64
	Title    string
	Lecturer PersonID
}

// personVoice is what is told to the person a matter is about; nobody else hears it.
const personVoice = ":person"

// trainingSubject follows the chain in the subject of the matter of its individual training.
const trainingSubject = ":training"

// trainingRow and limitRow are D13: the individual training that was not given, and the date by which
// it must be mastered (6.2.3). They are private to the person, the supervisor and, once overdue, the
// director.
func trainingRow() row {
	return row{RetrainingDue, "6.2.3", "单独培训", trainingsDue, []stage{
		{name: "overdue", when: func(p Policy) string {
			return fmt.Sprintf("安排的那天过后第1–%d个工作日 %s，以后每周第一个工作日，最多%d天", p.Reminders.DirectorFromOverdueDay, p.Reminders.Morning, p.Reminders.OverdueDays)
		}, at: inSteps, roles: []Role{Supervisor}, say: sayUntrained},
		{name: "overdue", when: func(p Policy) string {
			return fmt.Sprintf("第%d个工作日 %s，以后每周第一个工作日", p.Reminders.DirectorFromOverdueDay, p.Reminders.Morning)
		}, at: longAfter(inSteps), roles: []Role{Director}, voice: directorVoice, say: sayStillUntrained},
	}}
}

// inSteps leaves of the overdue moments those up to the one at which the director is told, and then the
// first working day of each week: what waits for a person's free time is not hurried by a daily word.
func inSteps(s SOP, m matter) []moment {
	return slices.DeleteFunc(overdue(s, m), func(x moment) bool {
		day := s.Calendar.Date(x.at)
		_, week := day.ISOWeek()
		_, before := s.Calendar.Previous(day).ISOWeek()
		return x.n > s.Policy.Reminders.DirectorFromOverdueDay && week == before
	})
}

func limitRow() row {
	days := func(p Policy) []int { return p.Retake.AheadDays }
	to := []Role{Supervisor}
	return row{RetrainingDue, "6.2.3", "限期掌握", limitsDue, []stage{
		{name: "ahead", when: aheadWords("工作目标日", days), at: ahead(days), roles: to, say: sayLimit},
		{name: "ahead", when: aheadWords("工作目标日", days), at: ahead(days), voice: personVoice, say: sayLimitToPerson},
		{name: "target", when: targetWords, at: onTarget, roles: to, say: sayLimit},
		{name: "target", when: targetWords, at: onTarget, voice: personVoice, say: sayLimitToPerson},
		{name: "day", when: inWords("限期当天 %s", morningClock), at: onMorning, roles: to, say: sayLimit},
		{name: "day", when: inWords("限期当天 %s", morningClock), at: onMorning, voice: personVoice, say: sayLimitToPerson},
		{name: "overdue", when: inWords("过期后第1个工作日 %s", morningClock), at: firstOverdue, voice: personVoice, say: sayLimitToPerson},
		{name: "overdue", when: overdueWords, at: overdue, roles: []Role{Supervisor, Director}, say: sayLapsed},
	}}
}

// feedbackRow tells the supervisor the sums when the feedback on a session is over (6.1.2).
func feedbackRow() row {
	return row{FeedbackOver, "6.1.2", "培训评价结果", feedbackOver, []stage{
		{name: "summary", when: inWords("当天 %s；关课后不足%s的，次日 %s", func(p Policy) any { return p.Feedback.SummaryAt },
			func(p Policy) any { return chineseSpan(p.Feedback.OpenFor) }, morningClock), at: onClosing, roles: []Role{Supervisor}, say: sayFeedback},
	}}
}

func onClosing(_ SOP, m matter) []moment { return []moment{{m.feedback.Until, 0}} }

func firstOverdue(s SOP, m matter) []moment {
	all := overdue(s, m)
	return all[:min(1, len(all))]
}

// here gives the open chains of those who are trainees of the office, wherever they failed: a chain
// goes with its person.
func (r *run) here() []*ChainFact {
	if r.f.RulesOnly {
		return nil
	}
	var out []*ChainFact
	today := r.Calendar.Date(r.w.To)
	for i := range r.f.Chains {
		x := &r.f.Chains[i]
		if p, ok := r.f.Staff.Person(x.Person); ok && x.State == ChainOpen && x.Paused == "" && p.Has(r.f.Office.ID, Trainee, today) {
			out = append(out, x)
		}
	}
	return out
}

func trainingsDue(r *run) []matter {
	var out []matter
	for _, x := range r.here() {
		last := x.Last()
		if x.Trained || last.Sitting == 0 {
			continue
		}
		day := r.Calendar.AddWorkingDays(last.Day, r.Policy.Retake.TrainFrom)
		if !last.Start.IsZero() && last.Training != "" {
			day = r.Calendar.Date(last.Start)
		}
		m := x.Matter(r.f.Office.ID)
		m.Subject += trainingSubject
		out = append(out, matter{Matter: m, deadline: day, target: day, looked: day, chain: x})
	}
	return out
}

func limitsDue(r *run) []matter {
	var out []matter
	for _, x := range r.here() {
		if d := x.Deadline; !d.IsZero() {
			out = append(out, matter{Matter: x.Matter(r.f.Office.ID), deadline: d, target: r.Calendar.OnOrBefore(d), looked: r.Calendar.OnOrBefore(d),
				chain: x, from: x.Limited, provisional: r.Calendar.Provisional(d, d)})
		}
	}
	return out
}

func feedbackOver(r *run) []matter {
	if r.f.RulesOnly {
		return nil
	}
	var out []matter
	for i := range r.f.Feedback {
		x := &r.f.Feedback[i]
		day := r.Calendar.Date(x.Until)
		out = append(out, matter{Matter: Matter{r.f.Office.ID, FeedbackOver, string(x.Session)}, deadline: day, target: day, looked: day, feedback: x})
	}
	return out
}

// sayUntrained tells the supervisor that an individual training is not on record.
func sayUntrained(t *teller, r Reminder) Body {
	x := r.matter.chain
	last := x.Last()
	name := t.name(x.Person)
	text := fmt.Sprintf("%s %s第%d次不合格后的单独培训还没有安排。", name, x.Title, last.Sitting)
	if last.Training != "" {
		text = fmt.Sprintf("%s %s的单独培训（%s）没有上课记录。", name, x.Title, t.Moment(last.Start))
	}
	return Say(text + fmt.Sprintf("\n另定时间发「单独培训 %s 日期 时间」；已经上过，写上过的时间就是补录。", name))
}

// sayStillUntrained tells the director that an individual training is not on record, though the
// supervisor has been reminded.
func sayStillUntrained(t *teller, r Reminder) Body {
	x := r.matter.chain
	return Say(fmt.Sprintf("%s %s第%d次不合格后的单独培训还没有上（规程6.2.3），主管已收到催办。\n应在%s。看全貌发「检查」。", t.name(x.Person), x.Title, x.Last().Sitting, t.due(r)))
}

// sayLimit tells the supervisor of the date by which somebody must master it.
func sayLimit(t *teller, r Reminder) Body {
	x := r.matter.chain
	return Say(fmt.Sprintf("%s %s 限期掌握：%s。\n%s\n请安排考核。改日期发「限期 %s 日期」。", t.name(x.Person), x.Title, t.due(r), t.steps(x.Chain), t.name(x.Person)))
}

// sayLimitToPerson tells the person; it never says what else might follow.
func sayLimitToPerson(t *teller, r Reminder) Body {
	x := r.matter.chain
	if t.Calendar.Date(r.At).After(r.matter.deadline) {
		return Say(fmt.Sprintf("%s的限期（%s）已经过了，请今天联系主管。", x.Title, r.matter.deadline.Chinese()))
	}
	return Say(fmt.Sprintf("%s请在限期前考核合格：%s。\n发「我的培训」看安排；哪里没弄懂，请找主管再讲一次。", x.Title, t.due(r)))
}

// sayLapsed tells supervisor and director alone that the date is over: the facts, and that what
// follows is for people to decide by law.
func sayLapsed(t *teller, r Reminder) Body {
	x := r.matter.chain
	name := t.name(x.Person)
	line := "材料 " + t.no(x.Person) + " " + x.Code
	text := fmt.Sprintf("%s %s限期%s，仍没有合格。\n%s\n%s", name, x.Title, t.due(r), t.steps(x.Chain), LegalNotice)
	return Body{Text: text + fmt.Sprintf("\n只发给主管和主任。看材料发「%s」；延期发「限期 %s 日期」；有了决定发「结案 %s 决定」。", line, name, name),
		Card: &Card{Title: name + " 限期已过", Subtitle: t.f.Office.Name + " · 规程6.2.3 · 仅主管、主任可见", Text: LegalNotice,
			Facts:   []Fact{{"考核", x.Title}, {"限期", r.matter.deadline.Chinese()}},
			Buttons: []Button{{"看材料", line, Primary}}}}
}

func (t *teller) no(id PersonID) string {
	p, _ := t.f.Staff.Person(id)
	return p.No
}

// steps says which sittings of a chain were failed.
func (t *teller) steps(x Chain) string {
	var out []string
	for _, s := range x.Steps {
		if s.Outcome != StepCorrected {
			out = append(out, fmt.Sprintf("第%d次%s %s", s.Sitting, s.Day.Chinese(), s.Evidence))
		}
	}
	return strings.Join(out, "；")
}

// sayFeedback tells the supervisor what was said of a session.
func sayFeedback(t *teller, r Reminder) Body {
	x := r.matter.feedback
	code := fmt.Sprintf("S%d", x.No)
	text := fmt.Sprintf("%s %s（讲师%s）评价，请了%d人：\n%s", code, x.Title, Case{Staff: t.f.Staff}.lecturer(x.Lecturer), x.Asked, t.FeedbackLine(x.Feedback))
	words := t.ShownWords(x.Feedback)
	for _, w := range words {
		text += "\n· " + w
	}
	lost := ""
	if yes, n := x.Rate("understood"); n >= t.Policy.Assessment.MinAnswers && yes < n {
		lost = fmt.Sprintf("%d人没听懂，下次请再讲。", n-yes)
		text += "\n" + lost
	}
	card := &Card{Title: "评价结果 " + code, Subtitle: fmt.Sprintf("%s · 讲师%s · 请了%d人", x.Title, Case{Staff: t.f.Staff}.lecturer(x.Lecturer), x.Asked)}
	for _, m := range t.Measures() {
		card.Facts = append(card.Facts, Fact{m.Name, strings.TrimPrefix(t.rate(m, x.Yes[m.Key], x.Yes[m.Key]+x.Feedback.No[m.Key]), m.Name+" ")})
	}
	card.Text = lost
	if len(words) > 0 {
		card.Text += "有人写：" + strings.Join(words, "；") + "。加入重点，下一场合适的培训会再讲。"
		card.Buttons = append(card.Buttons, Button{"加入重点", "重点 " + words[0], Primary})
	}
	card.Buttons = append(card.Buttons, Button{"看谁没填", "评价 " + code, Plain})
	return Body{Text: text + "\n看谁没填发「评价 " + code + "」；要下一场再讲，发「重点 讲什么」。", Card: card}
}

// consequenceRule is the clause of these rows in words.
func (t *teller) consequenceRule(r Reminder) string {
	switch r.Kind {
	case RetrainingDue:
		return fmt.Sprintf("考核不合格的利用业余时间单独培训再补考；第%d次不合格后限期掌握。", len(t.Policy.Points.Fails()))
	case PointsStatement:
		return "培训考勤分按月记，每一分都有条款和依据；月结在次月第一个工作日告诉本人自己的，告诉主管和主任全处的。"
	case FeedbackOver:
		return fmt.Sprintf("到场学员匿名填写《培训效果考核表》，截止后告诉主管总数；少于%d份不显示。", t.Policy.Assessment.MinAnswers)
	}
	return r.Title
}
