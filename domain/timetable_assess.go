package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// assessmentRows is the timetable of the assessments: the window of a month's (D7) and a quarter's
// (D8), the times that were arranged (SIT), and the analysis of what was held (D9).
func assessmentRows() []row {
	lead, fire := []Role{Supervisor}, []Role{SafetyOfficer, Supervisor}
	return []row{
		{MonthlyAssessment, "5.4.2", "月度培训考核", monthlyAssessments, whileSat(lead,
			stage{name: "open", when: inWords("次月第1个工作日 %s", morningClock), at: onOpening, roles: []Role{Trainee}, voice: allVoice, say: sayWindow},
			stage{name: "open", when: inWords("次月第1个工作日 %s（带建议时间）", morningClock), at: onOpening, roles: lead, say: sayAssessment},
			stage{name: "ahead", when: aheadWords("窗口最后一天", func(p Policy) []int { return p.Assessment.AheadDays }), at: examAhead(func(p Policy) []int { return p.Assessment.AheadDays }), roles: lead, say: sayAssessment},
			stage{name: "day", when: inWords("次月第%s个工作日 %s", func(p Policy) any { return p.Assessment.WindowWorkingDays }, morningClock), at: onMorning, roles: lead, say: sayAssessment},
			overdueStage(sayAssessment, Supervisor),
			directorStage(overdue),
		)},
		{FireAssessment, "5.4.3", "消防知识季度考核", fireAssessments, whileSat(fire,
			stage{name: "open", when: inWords("季度第%s个月第1个工作日 %s", func(p Policy) any { return p.Assessment.FireOpensMonth }, morningClock), at: onOpening, roles: []Role{Trainee}, voice: allVoice, say: sayWindow},
			stage{name: "open", when: inWords("季度第%s个月第1个工作日 %s（带建议时间）", func(p Policy) any { return p.Assessment.FireOpensMonth }, morningClock), at: onOpening, roles: fire, say: sayAssessment},
			stage{name: "ahead", when: aheadWords("季度末的工作目标日", func(p Policy) []int { return p.Assessment.FireAheadDays }), at: examAhead(func(p Policy) []int { return p.Assessment.FireAheadDays }), roles: fire, say: sayAssessment},
			stage{name: "target", when: targetWords, at: onTarget, roles: fire, say: sayAssessment},
			stage{name: "day", when: inWords("季度最后一天 %s", morningClock), at: onMorning, roles: fire, say: sayAssessment},
			overdueStage(sayAssessment, SafetyOfficer, Supervisor),
			directorStage(overdue),
		)},
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

// whileSat leaves of the stages of an assessment the moments on which there is somebody to take it, and
// has those who hold it told once when there is nobody (open point 21).
func whileSat(roles []Role, stages ...stage) []stage {
	for i := range stages {
		at := stages[i].at
		stages[i].at = func(s SOP, m matter) []moment {
			return slices.DeleteFunc(at(s, m), func(x moment) bool { return m.hushed(x.at) })
		}
	}
	return append(stages, stage{name: "nobody", when: inWords("窗口里没有应考的人的第一个工作日 %s", morningClock), at: onNobody, roles: roles, say: sayNobody})
}

// onNobody is the morning of the first working day of a window on which nobody has to take the assessment.
func onNobody(s SOP, m matter) []moment {
	for d := m.opens; !d.After(m.deadline); d = d.AddDays(1) {
		if s.Calendar.Working(d) && m.nobody(d) {
			return []moment{s.morning(d, 0)}
		}
	}
	return nil
}

// nobodySits gives whether nobody has to take an assessment on a day: all trainees came after what is
// assessed or are exempt, or put it off to a day that has not come. By the rules alone somebody always has to.
// After the window of the run nobody asks.
func (r *run) nobodySits(kind AssessmentKind, subject string, a *Assessment) func(Date) bool {
	known := map[Date]bool{} // every stage asks, and the answer is dear
	ask := r.nobodyOn(kind, subject, a)
	return func(day Date) bool {
		if day.After(r.to) {
			return false
		}
		out, ok := known[day]
		if !ok {
			out = ask(day)
			known[day] = out
		}
		return out
	}
}

// hush gives whether a moment of the run's window falls on a day on which nobody has to take an assessment.
// Of a moment outside the window nothing is asked: it is not said anyway.
func (r *run) hush(nobody func(Date) bool) func(time.Time) bool {
	return func(at time.Time) bool { return r.w.Has(at) && nobody(r.Calendar.Date(at)) }
}

func (r *run) nobodyOn(kind AssessmentKind, subject string, a *Assessment) func(Date) bool {
	return func(day Date) bool {
		switch {
		case r.f.RulesOnly || a != nil && (a.State != Sitting || len(a.Missing) > 0):
			return false
		case a != nil:
			return len(r.stillDue(*a, r.f.Staff, day)) == 0
		}
		return len(r.stillDue(Assessment{Office: r.f.Office.ID, Candidates: r.Candidates(r.f.Office.ID, kind, subject, r.f.Staff, day, nil)}, r.f.Staff, day)) == 0
	}
}

// stillDue gives who has to take a first sitting on a day: who must, and who put it off until then.
func (s SOP) stillDue(a Assessment, staff Staff, day Date) []PersonID {
	var out []PersonID
	for _, x := range a.Candidates {
		if (x.State == MustSit || x.State == Deferred && day.After(x.Until)) && s.enrolled(a.Office, x.Person, staff, day) {
			out = append(out, x.Person)
		}
	}
	return out
}

// sayNobody tells those who hold an assessment that nobody has to take it: D7 and D8.
func sayNobody(t *teller, r Reminder) Body {
	what, window := t.examWindow(r.matter)
	text := fmt.Sprintf("%s没有应考的人，按已满足处理，不再催办（规程%s，待确认项21）。\n窗口：%s。", what, r.Clause, window)
	if a := r.matter.exam; a != nil {
		text += t.aside(Case{Office: t.f.Office, Staff: t.f.Staff, Now: r.At}, *a)
	}
	return Say(text + "\n有人要考就发「考核 安排」定时间。")
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
	switch {
	case line == "" && m.nobody(today): // it was asked for while somebody had to
		return sayNobody(t, r)
	case line == "": // those who put it off, and whose day has come
		return Say(text + fmt.Sprintf("缓考的还没有补：%s\n定时间发「考核 安排 %s 日期 时间」；已经补过发「%s」。", t.aside(Case{Staff: t.f.Staff}, a), a.Code(), done))
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
