package domain

import (
	"fmt"
	"slices"
	"strings"
)

// assessmentRows is the timetable of the assessments: the window of a month's (D7) and a quarter's
// (D8), the times that were arranged (SIT), and the analysis of what was held (D9).
func assessmentRows() []row {
	lead, fire := []Role{Supervisor}, []Role{SafetyOfficer, Supervisor}
	return []row{
		{MonthlyAssessment, "5.4.2", "月度培训考核", monthlyAssessments, []stage{
			{name: "open", when: inWords("次月第1个工作日 %s", morningClock), at: onOpening, roles: []Role{Trainee}, voice: allVoice, say: sayWindow},
			{name: "open", when: inWords("次月第1个工作日 %s（带建议时间）", morningClock), at: onOpening, roles: lead, say: sayAssessment},
			{name: "ahead", when: aheadWords("窗口最后一天", func(p Policy) []int { return p.Assessment.AheadDays }), at: examAhead(func(p Policy) []int { return p.Assessment.AheadDays }), roles: lead, say: sayAssessment},
			{name: "day", when: inWords("次月第%s个工作日 %s", func(p Policy) any { return p.Assessment.WindowWorkingDays }, morningClock), at: onMorning, roles: lead, say: sayAssessment},
			overdueStage(sayAssessment, Supervisor),
			directorStage(overdue),
		}},
		{FireAssessment, "5.4.3", "消防知识季度考核", fireAssessments, []stage{
			{name: "open", when: inWords("季度第%s个月第1个工作日 %s", func(p Policy) any { return p.Assessment.FireOpensMonth }, morningClock), at: onOpening, roles: []Role{Trainee}, voice: allVoice, say: sayWindow},
			{name: "open", when: inWords("季度第%s个月第1个工作日 %s（带建议时间）", func(p Policy) any { return p.Assessment.FireOpensMonth }, morningClock), at: onOpening, roles: fire, say: sayAssessment},
			{name: "ahead", when: aheadWords("季度末的工作目标日", func(p Policy) []int { return p.Assessment.FireAheadDays }), at: examAhead(func(p Policy) []int { return p.Assessment.FireAheadDays }), roles: fire, say: sayAssessment},
			{name: "target", when: targetWords, at: onTarget, roles: fire, say: sayAssessment},
			{name: "day", when: inWords("季度最后一天 %s", morningClock), at: onMorning, roles: fire, say: sayAssessment},
			overdueStage(sayAssessment, SafetyOfficer, Supervisor),
			directorStage(overdue),
		}},
		{AssessmentComing, "5.4.2", "考核和补考的时间", examSlots, []stage{
			{name: "ahead", when: dayBeforeWords, at: slotDayBefore, roles: []Role{Trainee}, voice: expectedVoice, say: saySlot},
		}},
		{AnalysisDue, "5.4.4", "考核统计分析", analysesDue, []stage{
			{name: "target", when: targetWords, at: onTarget, roles: lead, say: sayAnalysis},
			{name: "day", when: inWords("最后一份试卷后第%s天 %s", func(p Policy) any { return p.Assessment.AnalysisDays }, morningClock), at: onMorning, roles: lead, say: sayAnalysis},
			overdueStage(sayAnalysis, Supervisor),
			{name: "overdue", when: directorWords, at: longOverdue, roles: []Role{Director}, voice: directorVoice, say: sayAnalysis},
		}},
	}
}

// exam finds the assessment of a month or a quarter, when there is one.
func (r *run) exam(kind AssessmentKind, subject string) *Assessment {
	if r.f.RulesOnly {
		return nil
	}
	for i := range r.f.Assessments {
		if a := &r.f.Assessments[i]; a.Kind == kind && a.Subject == subject {
			return a
		}
	}
	return nil
}

// examAhead is ahead; once the assessment has times, only the nearest day is said.
func examAhead(days func(Policy) []int) func(SOP, matter) []moment {
	all := ahead(days)
	return func(s SOP, m matter) []moment {
		out := all(s, m)
		if m.exam != nil && len(m.exam.Slots) > 0 && len(out) > 1 {
			return out[len(out)-1:]
		}
		return out
	}
}

// examSlots gives the times of assessments still to come.
func examSlots(r *run) []matter {
	if r.f.RulesOnly {
		return nil
	}
	var out []matter
	for i := range r.f.Assessments {
		a := &r.f.Assessments[i]
		for j := range a.Slots {
			x := &a.Slots[j]
			if !x.Start.After(r.w.From) {
				continue
			}
			day := r.Calendar.Date(x.Start)
			out = append(out, matter{
				Matter:   Matter{r.f.Office.ID, AssessmentComing, fmt.Sprintf("%s:%s:%d", a.ID, x.Start.In(r.Calendar.zone()).Format("2006-01-02T15:04"), j)},
				deadline: day, target: day, looked: day, exam: a, slot: x,
			})
		}
	}
	return out
}

func slotDayBefore(s SOP, m matter) []moment {
	return []moment{{s.Calendar.At(s.Calendar.Date(m.slot.Start).AddDays(-1), s.Policy.Reminders.SessionDayBefore), 1}}
}

// analysesDue gives the assessments that were held and not analysed (5.4.4). By the rules alone every
// assessment ends with its window.
func analysesDue(r *run) []matter {
	var out []matter
	add := func(m Matter, a *Assessment) {
		due := r.AnalysisBy(*a)
		out = append(out, matter{Matter: m, deadline: due, target: r.Calendar.OnOrBefore(due), looked: a.LastPaper, exam: a, provisional: r.Calendar.Provisional(a.LastPaper, due)})
	}
	if r.f.RulesOnly {
		for _, m := range slices.Concat(monthlyAssessments(r), fireAssessments(r)) {
			kind := MonthlyExam
			if m.Kind == FireAssessment {
				kind = FireExam
			}
			add(Matter{m.Office, AnalysisDue, m.Subject}, &Assessment{Office: m.Office, Kind: kind, Subject: m.Subject, LastPaper: m.deadline})
		}
		return out
	}
	for i := range r.f.Assessments {
		if a := &r.f.Assessments[i]; a.State == Sat && !a.Analysed && !r.old(a.LastPaper) {
			add(a.AnalysisMatter(), a)
		}
	}
	return out
}

// sayWindow tells the trainees that a window opens: D7 and D8.
func sayWindow(t *teller, r Reminder) Body {
	what, window := t.examWindow(r.matter)
	text := fmt.Sprintf("%s现在开始，窗口：%s。\n", what, window)
	if a := r.matter.exam; a != nil && len(a.Slots) > 0 {
		return Say(text + "时间已经安排，见给您的通知。先练一练发「自测」。")
	}
	return Say(text + "主管安排好时间会通知您；先练一练发「自测」。")
}

func (t *teller) examWindow(m *matter) (what, window string) {
	if m.Kind == MonthlyAssessment {
		return MonthlyPeriod(m.month).Chinese() + "培训的考核（书面和实操）", t.days(t.Calendar.FirstWorkingDays(m.month.Add(1), t.Policy.Assessment.WindowWorkingDays))
	}
	return m.quarter.Chinese() + "消防知识考核", m.opens.Chinese() + "至" + m.deadline.Chinese()
}

// sayAssessment tells those who hold it how far an assessment is, with times to take while it has
// none: D7 and D8.
func sayAssessment(t *teller, r Reminder) Body {
	m, today := r.matter, t.Calendar.Date(r.At)
	what, window := t.examWindow(m)
	when := fmt.Sprintf("窗口：%s。", window)
	if r.Stage != "open" {
		when = fmt.Sprintf("截止：%s。", t.due(r))
	}
	if a := m.exam; a != nil && len(a.Slots) > 0 {
		waits := t.waiting(*a, nil, t.f.Staff, today)
		if n := len(a.Missing); n > 0 {
			waits = slices.DeleteFunc(waits, func(id PersonID) bool { return !slices.Contains(a.Missing, id) })
		}
		text := fmt.Sprintf("%s（%s）已安排：%s。\n%s%s", what, a.Code(), t.SlotsText(a.Slots), when, t.unscored(waits))
		return Body{Text: text + fmt.Sprintf("\n录成绩发「成绩 %s 姓名 分数」。", a.Code()), Card: &Card{Title: a.Title(), Subtitle: t.f.Office.Name + " · " + a.Code(), Text: text, Buttons: []Button{{"看考核", "考核 " + a.Code(), Plain}}}}
	}
	kind, done := MonthlyExam, "考核 已完成 月度 "+m.Subject
	if m.Kind == FireAssessment {
		kind, done = FireExam, "考核 已完成 消防"
	}
	a := t.NewAssessment(t.f.Office.ID, kind, m.Subject, t.f.Staff, today, nil)
	if m.exam != nil {
		a = *m.exam
	}
	text := fmt.Sprintf("%s还没安排。\n%s", what, when)
	proposal, line := t.timesText(a, a.Due(), t.f.Staff, today)
	if line == "" {
		return Say(text + fmt.Sprintf("现在没有应考的人。确实不用考发「%s」结掉这一条。", done))
	}
	text += "\n" + proposal
	return Body{Text: text + fmt.Sprintf("\n就这样发「%s」，要改就换日期和时间；纸卷已经考完发「%s」。", line, done),
		Card: &Card{Title: strings.TrimSuffix(what, "（书面和实操）") + " 还没安排", Subtitle: t.f.Office.Name + " · 规程" + r.Clause, Text: when + "\n" + proposal,
			Buttons: []Button{{"就这样", line, Primary}, {"为什么", "为什么", Plain}}}}
}

func (t *teller) unscored(waits []PersonID) string {
	if len(waits) == 0 {
		return ""
	}
	return fmt.Sprintf("\n还没有成绩的%d人：%s。", len(waits), Case{Staff: t.f.Staff}.Names(waits))
}

// saySlot tells those who take an assessment tomorrow: SIT.
func saySlot(t *teller, r Reminder) Body {
	x, a := r.matter.slot, r.matter.exam
	word := "考核"
	if x.Retake {
		word = "补考"
	}
	return Say(fmt.Sprintf("明天%s %s：%s %s。\n%s。来不了请现在告诉主管；有原因的缓考不算不合格。", t.Moment(x.Start), word, a.Title(), PartsText(x.Parts), t.Policy.PassMarkText()))
}

// sayAnalysis reminds the supervisor of the analysis, with its draft and the decision: D9.
func sayAnalysis(t *teller, r Reminder) Body {
	m, today := r.matter, t.Calendar.Date(r.At)
	a := m.exam
	head := fmt.Sprintf("%s的统计分析还没有做。", a.Title())
	if today == m.deadline {
		head = fmt.Sprintf("%s结束已%d天，今天是统计分析最后一天。", a.Title(), a.LastPaper.DaysUntil(today))
	}
	text := fmt.Sprintf("%s（规程5.4.4）\n截止：%s。", head, t.due(r))
	if a.No == 0 {
		return Say(text)
	}
	revise, keep := "分析 "+a.Code()+" 需修订", "分析 "+a.Code()+" 不需修订"
	return Body{Text: fmt.Sprintf("%s\n草稿：“%s”\n计划是否修订？发「%s」或「%s 理由」，看全部统计发「分析 %s」。", text, a.Draft, revise, keep, a.Code()),
		Card: &Card{Title: head, Subtitle: fmt.Sprintf("%s · %s · 规程5.4.4", t.f.Office.Name, a.Code()), Text: a.Draft, Facts: []Fact{{"截止", m.deadline.Chinese()}},
			Buttons: []Button{{"需修订", revise, Primary}, {"不需修订", keep, Plain}, {"看统计", "分析 " + a.Code(), Plain}}}}
}
