package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// WhyDay explains a day to somebody: what it is in the calendar, and the arithmetic of each open matter
// of theirs that falls on it, as a deadline or as the working day to aim at.
func (s SOP) WhyDay(f Facts, who PersonID, day Date, now time.Time) string {
	p, _ := f.Staff.Person(who)
	today := s.Calendar.Date(now)
	t := newTeller(s, f)
	var parts []string
	s.open(f, now, func(row row, m matter) {
		if m.deadline != day && m.target != day {
			return
		}
		st, ok := stageFor(row, m, who, p.Roles(f.Office.ID, today), today)
		if !ok {
			return
		}
		r := Reminder{Kind: row.kind, At: now.In(s.Calendar.zone()), Deadline: m.deadline, Target: m.target, Clause: row.clause, Title: row.titleOf(m), matter: &m, stage: &st}
		parts = append(parts, row.titleOf(m)+"\n"+t.why(r))
	})
	head := fmt.Sprintf("%s是%s。", day.Chinese(), s.dayWord(day))
	if !s.Calendar.Known(day.Year) {
		head += fmt.Sprintf("%d年的放假通知还没有导入，按周末推算。", day.Year)
	} else {
		head += fmt.Sprintf("依据：国务院%d年放假安排，和管理员在聊天里的调整。", day.Year)
	}
	if len(parts) == 0 {
		return head + "\n这一天没有您还没办完的截止日。"
	}
	return head + "\n" + strings.Join(parts, "\n\n")
}

func (s SOP) dayWord(d Date) string {
	name, holiday := s.Calendar.Holiday(d)
	switch {
	case holiday:
		return name + "放假"
	case s.Calendar.MakeUp(d):
		return "调休补班的工作日"
	case s.Calendar.Working(d):
		return "工作日"
	}
	return "休息日"
}

// WhyPlan explains the dates of a plan and what became of each version (5.1).
func (s SOP) WhyPlan(c Case, p Plan) string {
	d := s.PlanDates(p.Period)
	due, approve := "5.1.2", "5.1.4"
	if p.Period.Annual() {
		approve = "5.1.3"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n规程%s：%s前上报，工作目标日%s；规程%s：%s前审批，工作目标日%s。", p.Code(), p.Title(), due, d.Due.Chinese(), d.DueTarget.Chinese(), approve, d.Approval.Chinese(), d.ApprovalTarget.Chinese())
	for _, x := range []struct{ day, target Date }{{d.Due, d.DueTarget}, {d.Approval, d.ApprovalTarget}} {
		if x.day != x.target {
			fmt.Fprintf(&b, "\n%s%s，工作目标日取前一个工作日；规程日期不变。", x.day.Chinese(), strings.TrimPrefix(s.rest(x.day), "当天"))
		}
	}
	for _, v := range p.Versions {
		fmt.Fprintf(&b, "\nv%d %s", v.Number, v.State.Chinese())
		if !v.SubmittedAt.IsZero() {
			fmt.Fprintf(&b, "：%s %s上报", c.Staff.Name(v.SubmittedBy), s.Moment(v.SubmittedAt))
			if v.DaysLate > 0 {
				fmt.Fprintf(&b, "（迟%d天）", v.DaysLate)
			}
		}
		if !v.DecidedAt.IsZero() {
			fmt.Fprintf(&b, "；%s %s决定", c.Staff.Name(v.DecidedBy), s.Moment(v.DecidedAt))
			if v.Reason != "" {
				b.WriteString("，" + v.Reason)
			}
		}
	}
	return b.String()
}

// WhySession explains why a session is on the plan and why the one who asks is on its list, or not.
func (s SOP) WhySession(c Case, x Session) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s：%s（%s）", x.Code(), s.Moment(x.Start), x.Title(), x.State.Chinese())
	if x.Source != "" {
		fmt.Fprintf(&b, "\n列入计划的依据：%s", x.Source)
	}
	for _, id := range x.TopicIDs {
		if t, ok := s.Policy.Topic(id); ok {
			fmt.Fprintf(&b, "\n规程%s：%s，%s。", t.Clause, t.Name, t.Every.Chinese())
		}
	}
	day := s.Calendar.Date(x.Start)
	shift := c.By.ShiftIn(x.Office, day)
	why := "您不在名单里。"
	switch {
	case x.Lecturer == c.By.ID:
		why = "您是这一场的讲师（规程5.3.1：讲师由主管按计划事先指定）。"
	case slices.Contains(x.Released, c.By.ID):
		why = "您已经不用参加这一场（准假或改到别的场次）。"
	case slices.Contains(x.Added, c.By.ID):
		why = "您是单独加进这一场的。"
	case s.expects(x, c.By) && x.Invited != nil:
		why = "这一场只请了指定的人，您在其中。"
	case s.expects(x, c.By) && len(x.Shifts) > 0:
		why = fmt.Sprintf("您应到：您当天是%s，这一场是给%s的。", shift, strings.Join(x.Shifts, "、"))
	case s.expects(x, c.By):
		why = "您应到：您当天是本管理处的学员，排得开。"
	case len(x.Shifts) > 0 && shift != "" && !slices.Contains(x.Shifts, shift):
		why = fmt.Sprintf("您不在名单里：这一场是给%s的，您当天是%s。", strings.Join(x.Shifts, "、"), shift)
	case c.By.Has(x.Office, Trainee, day):
		if away := s.Away(c.By, x.Office, day, ClockOf(x.Start.In(s.Calendar.zone())), int(x.End.Sub(x.Start)/time.Minute)); away != "" {
			why = "您不在名单里：" + away + "。"
		}
	}
	return b.String() + "\n" + why
}

// WhyProposal explains why something was put before people to decide, and who decides.
func (s SOP) WhyProposal(c Case, p Proposal) string {
	text := fmt.Sprintf("%s %s\n规程%s：要由人决定，程序不会自己做。%s于%s提出：%s", p.Code(), p.Title, p.Clause, c.proposer(p), s.Moment(p.Made), p.Text)
	if p.State == Proposed {
		return text + fmt.Sprintf("\n由%s决定（本人不决定自己的事）。", c.Names(s.Deciders(c, p)))
	}
	return text + "\n" + s.ProposalStanding(c, p)
}

// WhyPoints explains one entry of the points ledger.
func (s SOP) WhyPoints(c Case, e PointsEntry) string {
	return fmt.Sprintf("%s %s 考勤分%+d（%s）：%s\n依据：规程%s；证据：%s。\n%s于%s确认。当月基数%d分%s。不同意可以发「申诉 %s 理由」。",
		e.Code(), c.Staff.Name(e.Person), e.Points, e.Month, e.Reason, e.Clause, e.Evidence, c.Staff.Name(e.By), s.Moment(e.At), s.Policy.Points.Base, s.Policy.Assumed("points.base"), e.Code())
}

// WhyFile explains when the theory test of a new hire is, and how it went so far (5.4.1).
func (s SOP) WhyFile(c Case, f OrientationFile) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s的岗前理论考核（规程5.4.1）：到岗后第%d个工作日考，%s到岗当天不计，按规程是%s。合格后正式上岗，不合格重新培训后再考，%s。",
		f.Code(), c.Staff.Name(f.Person), s.Policy.Assessment.TheoryTestWorkingDay, f.Since.Chinese(), s.TestDay(OrientationFile{Since: f.Since}).Chinese(), s.Policy.PassMarkText())
	for _, m := range f.Moves {
		fmt.Fprintf(&b, "\n由%s改到%s：%s（%s）。", m.From.Chinese(), m.To.Chinese(), m.Reason, c.Staff.Name(m.By))
	}
	for i, x := range f.Sittings {
		result := "不合格"
		if x.Passed {
			result = "合格"
		}
		fmt.Fprintf(&b, "\n第%d次 %s：%d分，%s。", i+1, x.Day.Chinese(), x.Score, result)
	}
	return b.String()
}

// WhyAssessment explains when an assessment is held and who sits it (5.4.2, 5.4.3): to those who hold
// it with everybody who is excused and the standing, to a candidate only what concerns them.
func (s SOP) WhyAssessment(c Case, a Assessment, scores []Score, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s（%s）", a.Code(), a.Title(), PartsText(a.Parts))
	days := s.Window(a)
	if a.Kind == FireExam {
		fmt.Fprintf(&b, "\n规程5.4.3：消防知识每季度考核一次，由安全主管安排。")
	} else {
		fmt.Fprintf(&b, "\n规程5.4.2：每月培训后，次月前%d个工作日内考核。", s.Policy.Assessment.WindowWorkingDays)
	}
	if len(days) > 0 {
		fmt.Fprintf(&b, "窗口%s至%s。", days[0].Chinese(), days[len(days)-1].Chinese())
	}
	if x, ok := a.Candidate(c.By.ID); ok {
		switch x.State {
		case MustSit:
			b.WriteString("\n您应考：您是本管理处的学员，" + PartsText(a.Parts) + "都要合格，" + s.Policy.PassMarkText() + "。")
		default:
			fmt.Fprintf(&b, "\n您%s%s，不算不合格。", x.State.Chinese(), brackets(x.Reason))
		}
	}
	if !all {
		return b.String()
	}
	fmt.Fprintf(&b, "\n应考的是安排那天在册的学员，到岗前已讲完%d%%以上场次的免考；有因缓考的不算不合格。%s", s.Policy.Assessment.ExemptShare, s.aside(c, a))
	for _, x := range s.Standings(a, scores, c.Staff, s.today(c)) {
		b.WriteString("\n规程6.1.1 " + x.Text())
	}
	if !a.LastPaper.IsZero() {
		fmt.Fprintf(&b, "\n规程5.4.4：最后一份试卷%s，%d天内（%s前）统计分析。", a.LastPaper.Chinese(), s.Policy.Assessment.AnalysisDays, s.AnalysisBy(a).Chinese())
	}
	return b.String()
}

// WhyInput explains a need, an order or a point of emphasis, and what became of it (5.1.1, 5.3.2).
func (s SOP) WhyInput(c Case, x Input) string {
	clause := map[InputKind]string{
		Need:     "规程5.1.1：计划要根据培训需求拟定，主管拟下一份计划时会看到。",
		Order:    "规程5.1.1：计划要根据公司和管理处的要求拟定，下次拟计划必排。",
		Emphasis: "规程5.3.2：按业主需求补充培训重点，印到下一场合适的培训上。",
	}[x.Kind]
	state := map[InputState]string{InputOpen: "还没有排上", InputUsed: "已经用上", InputDropped: "不采纳"}[x.State]
	if !x.Closed.IsZero() {
		state = s.Moment(x.Closed) + state
	}
	return fmt.Sprintf("%s %s：%s\n%s于%s提出。%s\n现在：%s%s。", x.Code(), x.Kind.Chinese(), x.Text, c.Staff.Name(x.By), s.Moment(x.At), clause, state, brackets(x.Reason))
}

// WhyRules explains numbers of the procedure: those of a clause, those of a value (90%), or those
// whose meaning names a word; who set each, what is unclear about it, and when it speaks. It is "" when there are none.
func (s SOP) WhyRules(want string) string {
	number := strings.TrimRight(want, "%％分天课时个月日")
	points := map[int]bool{}
	var b strings.Builder
	shown := 0
	for _, r := range s.Policy.Rules() {
		byValue := number != "" && slices.Contains(strings.FieldsFunc(r.Value, func(c rune) bool { return strings.ContainsRune("[], ", c) }), number)
		clause := r.Clause == want || strings.HasPrefix(r.Clause, want+".")
		if !clause && !byValue && (len([]rune(want)) < 2 || !strings.Contains(r.Meaning, want)) {
			continue
		}
		if strings.ContainsAny(want, "%％") && !strings.Contains(r.Meaning, "%") {
			continue
		}
		shown++
		fmt.Fprintf(&b, "规程%s %s：%s（%s）\n", r.Clause, r.Meaning, PlainValue(r.Value), s.Source(r))
		points[r.OpenPoint] = r.OpenPoint > 0
	}
	for _, t := range s.Policy.Curriculum {
		if t.Clause == want || t.Name == want || slices.Contains(t.Aliases, want) {
			shown++
			fmt.Fprintf(&b, "规程%s %s：%s\n", t.Clause, t.Name, t.Every.Chinese())
		}
	}
	for _, x := range s.Policy.OpenPoints() {
		if points[x.No] || x.Clause == want {
			shown++
			fmt.Fprintf(&b, "待确认%d：%s。按：%s。\n", x.No, x.Problem, x.Reading)
		}
	}
	for _, row := range timetableRows() {
		if row.clause != want {
			continue
		}
		for _, st := range row.stages {
			shown++
			fmt.Fprintf(&b, "提醒 %s %s：%s，发给%s\n", row.kind, row.title, st.when(s.Policy), st.receiversInWords(s.Policy))
		}
	}
	if shown == 0 {
		return ""
	}
	return strings.TrimRight(b.String(), "\n")
}
