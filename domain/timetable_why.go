package domain

import (
	"fmt"
	"strings"
)

// why gives the arithmetic behind a reminder, for 为什么: the clause, its inputs, how the days
// come out, and what is assumed.
func (t *teller) why(r Reminder) string {
	m := r.matter
	var b strings.Builder
	fmt.Fprintf(&b, "规程%s：%s", r.Clause, t.rule(r))
	switch {
	case m.revision():
		b.WriteString("\n这是对执行中计划的修订，规程5.4.5没有规定审批日期；批准前仍按原计划执行。")
	case m.file != nil && m.deadline == m.file.Test:
		b.WriteString("\n" + t.setByHand(m.file, m.deadline))
	case m.arrival != nil:
		fmt.Fprintf(&b, "\n%s%s到岗，当日不计，第%d个工作日是%s。%s", m.arrival.Name, m.arrival.Since.Chinese(),
			t.Calendar.WorkingDays(m.arrival.Since, m.deadline), m.deadline.Chinese(), t.between(m.arrival.Since.AddDays(1), m.deadline))
	case m.Kind == MonthlyAssessment:
		fmt.Fprintf(&b, "\n%s的前%d个工作日是%s。%s", MonthlyPeriod(m.month.Add(1)).Chinese(), t.Policy.Assessment.WindowWorkingDays,
			t.days(t.Calendar.FirstWorkingDays(m.month.Add(1), t.Policy.Assessment.WindowWorkingDays)), t.between(m.looked, m.deadline))
	case m.body.Text != "":
	case m.Kind == AnalysisDue:
		fmt.Fprintf(&b, "\n最后一份试卷在%s，往后第%d天是%s。", m.exam.LastPaper.Chinese(), t.Policy.Assessment.AnalysisDays, m.deadline.Chinese())
	case m.session != nil, m.record != nil, m.slot != nil, m.feedback != nil, m.Kind == CalendarMissing, m.Kind == AccountMissing, m.Kind == DeputyDays, m.Kind == WeekReview, m.Kind == PointsStatement, m.Kind == OpenPointsLeft:
	case m.proposal != nil:
		fmt.Fprintf(&b, "\n%s于%s提出：%s", m.proposal.Code(), t.Moment(m.proposal.Made), m.proposal.Text)
	default:
		b.WriteString("\n" + t.targetWhy(m))
	}
	if s := t.stageWhy(r); s != "" {
		b.WriteString("\n" + s)
	}
	if m.provisional {
		fmt.Fprintf(&b, "\n%d年的放假通知尚未导入，这些日期只按周末推算，是暂定的；通知导入后会重新计算。", t.unknownYear(m))
	}
	return b.String()
}

// setByHand says why a test is not on the day of the rule: it was moved, or it is sat again.
func (t *teller) setByHand(f *fileFact, day Date) string {
	rule := t.Calendar.AddWorkingDays(f.Since, t.Policy.Assessment.TheoryTestWorkingDay)
	out := fmt.Sprintf("%s%s到岗，当日不计，第%d个工作日是%s。", f.who.Name, f.Since.Chinese(), t.Policy.Assessment.TheoryTestWorkingDay, rule.Chinese())
	if n := len(f.Sittings); n > 0 {
		return out + fmt.Sprintf("%s第%d次%d分没有合格，%d个工作日后复考：%s。", f.Sittings[n-1].Day.Chinese(), n, f.Sittings[n-1].Score, t.Policy.Orientation.RetestWorkingDays, day.Chinese())
	}
	for _, m := range f.Moves {
		out += fmt.Sprintf("%s改到%s：%s（%s）。", m.From.Chinese(), m.To.Chinese(), m.Reason, t.name(m.By))
	}
	return out
}

// rule is the clause in words, with the office's numbers.
func (t *teller) rule(r Reminder) string {
	p := t.Policy
	if rule := t.dayRule(r); rule != "" {
		return rule
	}
	switch r.Kind {
	case MonthlyPlanDue:
		return fmt.Sprintf("客服主管每月%d日前上报下月培训计划。", p.Plan.MonthlyDueDay)
	case MonthlyApprovalDue:
		return fmt.Sprintf("管理处主任每月%d日前审批下月计划（没有这一天的月份取月末）。", p.Plan.ApprovalDueDay)
	case AnnualPlanDue:
		return fmt.Sprintf("客服主管每年%d月%d日前上报下年度培训计划。", int(p.Plan.AnnualDue.Month), p.Plan.AnnualDue.Day)
	case AnnualApprovalDue:
		return fmt.Sprintf("管理处主任每年%d月%d日前审核下年度计划。", int(p.Plan.AnnualApprovalDue.Month), p.Plan.AnnualApprovalDue.Day)
	case OrientationTheoryDue:
		return fmt.Sprintf("新员工到岗后%d个工作日内由客服主管完成岗前培训的理论部分。", p.Orientation.TheoryWithinWorkingDays)
	case OrientationHoursDue:
		return fmt.Sprintf("新员工的岗位实习由教练带，不少于%d课时，学时每天登记。", p.Orientation.PracticeHours)
	case TheoryTestDue:
		return fmt.Sprintf("新员工到岗后的第%d个工作日进行理论考核，合格后正式上岗。", p.Assessment.TheoryTestWorkingDay)
	case MonthlyAssessment:
		return fmt.Sprintf("客服主管于下月前%d个工作日内组织考核，分书面和实操两部分。", p.Assessment.WindowWorkingDays)
	case FireAssessment:
		return fmt.Sprintf("消防知识每季度考核一次；本处从季度第%d个月的第一个工作日开始。", p.Assessment.FireOpensMonth)
	case AnalysisDue:
		return fmt.Sprintf("考核结束后一周（%d个日历日，含最后一天）内，客服主管统计分析，确定计划是否修订。", p.Assessment.AnalysisDays)
	case AssessmentComing:
		return fmt.Sprintf("考核的时间由主管安排；本处在前一天%s提醒应考的人。", p.Reminders.SessionDayBefore)
	case SessionComing:
		return fmt.Sprintf("培训按计划进行；本处在前一天%s和开始前%s提醒。", p.Reminders.SessionDayBefore, chineseSpan(p.Reminders.SessionBefore))
	case ProposalWaiting:
		return fmt.Sprintf("要由人决定的事一直等到有人决定；卡片每%d天换一张新的，旧卡作废。", p.Reminders.RenewCard)
	case DeputyDays:
		return "主任或主管不在时由代理人行使职责，按决定当天的委托算；代理人不能再转委托。"
	case TeachingHours:
		return fmt.Sprintf("客服主管每周亲自授课至少%d课时；只算上完并完成记录的课，没有工作日的周免除。", p.Teaching.WeeklyHours)
	case FrequencyNotMet:
		return "4.0的频次：周课每周、轮流课每两周（按ISO周）、月课每月、军体每双月、消防每季度；一个周期走完后检查，没有工作日的周期免除。"
	case EmphasisMissing:
		return fmt.Sprintf("主管根据业主需求补充、修改培训重点；到每月%d日还没有补充过就提醒一次。", p.Coverage.PointsDay)
	case FireCoverageGoal:
		return fmt.Sprintf("消防培训每季度一次，一年内每人至少一次、三类内容各至少一次；每年%s起每周看谁还没有排到，最晚在年末前%d个工作日补完。", p.Coverage.FireFrom, p.Coverage.SpareDays)
	case AccountMissing:
		return "提醒只能送到有平台账号的人；还没有账号的，每周告诉管理员和主管一次。"
	case WeekReview:
		return "管理处主任审批、指导、检查培训工作；每周一早上把上周的培训和等着的事合成一条。"
	case OpenPointsLeft:
		return "原文缺损或没有写清的地方由管理员定；没有定之前按默认值执行，每周提醒一次。"
	case CalendarMissing:
		return fmt.Sprintf("截止日和工作日按国务院放假通知计算；每年%d月%d日起，下年通知没有导入时每%d天提醒管理员。", int(p.Calendar.WarnFrom.Month), p.Calendar.WarnFrom.Day, p.Calendar.WarnEvery)
	}
	return t.consequenceRule(r)
}

// targetWhy explains the working day to aim at.
func (t *teller) targetWhy(m *matter) string {
	if m.plan != nil && m.plan.Returned && !m.from.IsZero() && m.deadline != t.PlanDates(m.period).Due {
		return fmt.Sprintf("计划%s被驳回，离截止已不足，另给%d个工作日：%s。规程日期%s不变，晚报会登记。",
			t.Moment(m.from), t.Policy.Plan.ReturnedWorkingDays, m.deadline.Chinese(), t.PlanDates(m.period).Due.Chinese())
	}
	if m.target == m.deadline {
		if t.Calendar.MakeUp(m.deadline) {
			return m.deadline.Chinese() + "是调休补班的工作日，工作目标日就是当天。"
		}
		return m.deadline.Chinese() + "是工作日，工作目标日就是当天。"
	}
	return fmt.Sprintf("%s%s，工作目标日取前一个工作日%s。规程日期不变：%d日24:00前都算按时。",
		m.deadline.Chinese(), strings.TrimPrefix(t.rest(m.deadline), "当天"), m.target.Chinese(), m.deadline.Day)
}

// stageWhy explains why just now.
func (t *teller) stageWhy(r Reminder) string {
	today, p := t.Calendar.Date(r.At), t.Policy.Reminders
	switch {
	case r.Stage == "close" || r.Stage == "end":
		return "规程5.3.4：每次培训都要有记录；结束后没有关课，记录就写不成。"
	case r.matter.body.Text != "" || r.Kind == RecordDue || r.Kind == AbsenceDue || r.Kind == SessionComing || r.Kind == AssessmentComing || r.Kind == CalendarMissing || r.Kind == AccountMissing || r.Kind == DeputyDays:
		return ""
	case r.Stage == "handover":
		return "从今天起换了人行使审批的职责，所以给新的卡片。"
	case r.Stage == "ahead":
		day := r.Target.AddDays(-r.moment.n)
		if day == today {
			return fmt.Sprintf("今天是%s的前%d天。", r.Target.Chinese(), r.moment.n)
		}
		return fmt.Sprintf("%s的前%d天%s，%s，提前到工作日今天提醒。", r.Target.Chinese(), r.moment.n, day.Chinese(), t.rest(day))
	case r.Stage == "overdue":
		return fmt.Sprintf("今天是逾期后的第%d个工作日；第%d个工作日起同时告知主任，最多催办%d天。", r.moment.n, p.DirectorFromOverdueDay, p.OverdueDays)
	case r.Stage == "nobody":
		return "规程没有写没有人要考时怎么算；本处按已满足处理，说明一次（待确认项21）。"
	case r.Stage == "first":
		return fmt.Sprintf("提出后第%d个工作日提醒决定。", p.ApprovalFirst)
	case r.Stage == "renew":
		return fmt.Sprintf("平台的卡片72小时后不能更新，所以每%d天换一张新卡，旧卡作废。", p.RenewCard)
	}
	return ""
}

// between lists what is unusual among the days from … to: make-up days count, holidays do not.
func (s SOP) between(from, to Date) string {
	var parts []string
	for d := from; !d.After(to); d = d.AddDays(1) {
		if s.Calendar.MakeUp(d) {
			parts = append(parts, d.Chinese()+"补班算")
			continue
		}
		name, ok := s.Calendar.Holiday(d)
		if !ok {
			continue
		}
		end := d
		for next, same := s.Calendar.Holiday(end.AddDays(1)); same && next == name && end.Before(to); next, same = s.Calendar.Holiday(end.AddDays(1)) {
			end = end.AddDays(1)
		}
		span := d.Chinese()
		if end != d {
			span += "至" + end.Chinese()
		}
		parts = append(parts, span+name+"不算")
		d = end
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "，") + "。"
}

// unknownYear gives the first year a matter's dates rest on that has no notice.
func (t *teller) unknownYear(m *matter) int {
	for y := m.looked.Year; y < m.deadline.Year; y++ {
		if !t.Calendar.Known(y) {
			return y
		}
	}
	return m.deadline.Year
}
