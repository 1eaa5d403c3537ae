package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one line of the timetable: what has a deadline, by which clause, and at which stages who
// is told what. A stage further down wins over one above that would speak in the same thread at
// the same instant.
type row struct {
	kind    MatterKind
	clause  string
	title   string
	matters func(*run) []matter
	stages  []stage
}

// timetableRows is the timetable: D1–D8, D10 and CAL of the procedure's list. A new deadline is a
// new row here and its numbers in Policy.
func timetableRows() []row {
	return slices.Concat(mainRows(), orientationRows(), assessmentRows(), coverageRows())
}

// mainRows are the rows of plans, new hires, assessments, sessions and what the program itself needs.
func mainRows() []row {
	return []row{
		planRow(MonthlyPlanDue, "月度培训计划上报", false),
		approvalRow(MonthlyApprovalDue, "5.1.4", "月度培训计划审批", false),
		planRow(AnnualPlanDue, "年度培训计划上报", true),
		approvalRow(AnnualApprovalDue, "5.1.3", "年度培训计划审核", true),
		sessionRow(),
		recordRow(),
		absenceRow(),
		{AccountMissing, "3.0", "没有平台账号的人", unreachable, []stage{
			{name: "ahead", when: inWords("每周一 %s", morningClock), at: onMorning, roles: []Role{Administrator, Supervisor}, say: sayUnreachable},
		}},
		proposalRow(),
		deputyRow(),
		trainingRow(),
		limitRow(),
		feedbackRow(),
		statementRow(),
		{CalendarMissing, "5.1.2", "下年放假通知未导入", missingNotices, []stage{
			{name: "ahead", when: inWords("每年%s起每%s天 %s", func(p Policy) any { return p.Calendar.WarnFrom }, func(p Policy) any { return p.Calendar.WarnEvery }, morningClock), at: weeklyWarning, roles: []Role{Administrator}, say: sayCalendar},
		}},
		weekRow(),
		openPointsRow(),
	}
}

func planRow(kind MatterKind, title string, annual bool) row {
	days := func(p Policy) []int { return p.Reminders.AheadDays }
	to := []Role{Supervisor}
	return row{kind, "5.1.2", title, plansDue(kind, annual), []stage{
		{name: "ahead", when: aheadWords("工作目标日", days), at: ahead(days), roles: to, say: sayPlan},
		{name: "target", when: targetWords, at: onTarget, roles: to, say: sayPlan},
		{name: "day", when: dayWords, at: onDay, roles: to, say: sayPlan},
		{name: "overdue", when: overdueWords, at: overdue, roles: to, say: sayPlan},
		{name: "overdue", when: directorWords, at: longOverdue, roles: []Role{Director}, voice: directorVoice, say: sayPlanMissing},
	}}
}

func approvalRow(kind MatterKind, clause, title string, annual bool) row {
	to := []Role{Director}
	waits := []Role{Supervisor}
	return row{kind, clause, title, plansWaiting(kind, annual), []stage{
		{name: "first", when: inWords("上报后第%s个工作日 %s", func(p Policy) any { return p.Reminders.ApprovalFirst }, morningClock), at: submitted, roles: to, say: sayApproval},
		{name: "renew", when: inWords("卡片满%s天的工作日 %s", func(p Policy) any { return p.Reminders.RenewCard }, morningClock), at: renewals, roles: to, say: sayApproval},
		{name: "handover", when: inWords("委托开始和结束后的第一个工作日 %s", morningClock), at: handedOver, roles: to, say: sayApproval},
		{name: "ahead", when: aheadWords("工作目标日", approvalAhead), at: ahead(approvalAhead), roles: to, say: sayApproval},
		{name: "target", when: targetWords, at: onTarget, roles: to, say: sayApproval},
		{name: "day", when: dayWords, at: onDay, roles: to, say: sayApproval},
		{name: "overdue", when: overdueWords, at: overdue, roles: to, say: sayApproval},
		{name: "day", when: inWords("截止当天 %s（告知仍在等待）", morningClock), at: onMorning, roles: waits, voice: supervisorVoice, say: sayWaiting},
		{name: "overdue", when: overdueWords, at: overdue, roles: waits, voice: supervisorVoice, say: sayWaiting},
		{name: "overdue", when: headWords, at: longOverdue, voice: headVoice, say: sayHead},
	}}
}

// overdueStage tells roles on every working day after the deadline; directorStage follows it.
func overdueStage(say func(*teller, Reminder) Body, roles ...Role) stage {
	return stage{name: "overdue", when: overdueWords, at: overdue, roles: roles, say: say}
}

// directorStage tells the director what has long been overdue, without the words that are not his.
func directorStage(at func(SOP, matter) []moment) stage {
	return stage{name: "overdue", when: directorWords, at: longAfter(at), roles: []Role{Director}, voice: directorVoice, say: sayLongOverdue}
}

func directorWords(p Policy) string {
	return fmt.Sprintf("逾期后第%d个工作日起每个工作日 %s", p.Reminders.DirectorFromOverdueDay, p.Reminders.Morning)
}

func headWords(p Policy) string {
	return fmt.Sprintf("逾期后第%d个工作日起每个工作日 %s（plan.escalate_to 里有人时）", p.Reminders.DirectorFromOverdueDay, p.Reminders.Morning)
}

func closeWords(p Policy) string {
	return fmt.Sprintf("结束后%s还没有关课，避开免打扰", chineseSpan(p.Reminders.SessionAfter))
}

func theoryAhead(p Policy) []int { return p.Assessment.TheoryAheadDays }
func morningClock(p Policy) any  { return p.Reminders.Morning }
func targetWords(p Policy) string {
	return fmt.Sprintf("工作目标日 %s（与截止日不同时）", p.Reminders.Morning)
}
func overdueWords(p Policy) string {
	return fmt.Sprintf("逾期后每个工作日 %s，最多%d天", p.Reminders.Morning, p.Reminders.OverdueDays)
}
func dayWords(p Policy) string {
	return fmt.Sprintf("截止当天 %s、%s，不论是否休息日", p.Reminders.Morning, p.Reminders.Evening)
}
func dayBeforeWords(p Policy) string {
	return fmt.Sprintf("前一天 %s", p.Reminders.SessionDayBefore)
}
func beforeWords(p Policy) string {
	return fmt.Sprintf("开始前%s，避开免打扰 %s–%s", chineseSpan(p.Reminders.SessionBefore), p.Reminders.QuietFrom, p.Reminders.QuietUntil)
}

func aheadWords(of string, days func(Policy) []int) func(Policy) string {
	return func(p Policy) string {
		n := make([]string, 0, 3)
		for _, d := range days(p) {
			n = append(n, fmt.Sprint(d))
		}
		return fmt.Sprintf("%s前%s天 %s，遇休息日提前到工作日", of, strings.Join(n, "、"), p.Reminders.Morning)
	}
}

func inWords(format string, args ...func(Policy) any) func(Policy) string {
	return func(p Policy) string {
		values := make([]any, len(args))
		for i, a := range args {
			values[i] = fmt.Sprint(a(p))
		}
		return fmt.Sprintf(format, values...)
	}
}

// chineseSpan gives 30分钟, 2小时, 1小时30分钟.
func chineseSpan(d time.Duration) string {
	h, m := int(d/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case h == 0:
		return fmt.Sprintf("%d分钟", m)
	case m == 0:
		return fmt.Sprintf("%d小时", h)
	}
	return fmt.Sprintf("%d小时%d分钟", h, m)
}

// reminders gives the moments of one matter that lie in the window.
func (r *run) reminders(row row, m matter) []Reminder {
	type voice struct {
		thread string
		at     int64
	}
	spoken := map[voice]bool{}
	var out []Reminder
	for _, st := range slices.Backward(row.stages) {
		for _, x := range st.at(r.SOP, m) {
			if !r.w.Has(x.at) || x.at.Before(m.from) {
				continue
			}
			day := r.Calendar.Date(x.at)
			if r.old(day) || !m.until.IsZero() && day.After(m.until) {
				continue
			}
			people, byName := r.named(m, st, x)
			switch {
			case byName:
			case st.whom != nil:
				people = st.whom(r.SOP, m)
			case m.file != nil:
				people = m.file.people(r.SOP, st, x)
			case !byName:
				people = m.people(st)
			}
			if (m.session != nil && (len(st.roles) == 0 || st.roles[0] == Trainee) || byName) && len(people) == 0 {
				continue
			}
			v := voice{r.thread(m, st), x.at.Unix()}
			if spoken[v] {
				continue
			}
			spoken[v] = true
			out = append(out, Reminder{
				Key: r.key(m, st, x), Thread: v.thread, Kind: row.kind, Stage: st.name, At: x.at, Deadline: m.deadline, Target: m.target,
				Office: r.f.Office.ID, Subject: m.Subject, Roles: st.roles, People: people, Clause: row.clause,
				Title: row.titleOf(m), Provisional: m.provisional, matter: &m, moment: x, stage: &st,
			})
		}
	}
	return out
}

// thread names the thread of a stage; approvals share theirs with the card of the submission.
func (r *run) thread(m matter, st stage) string {
	base := m.Thread()
	if m.plan != nil && m.plan.Waiting {
		base = Plan{ID: m.plan.ID}.Thread(m.plan.Version)
	}
	if m.proposal != nil {
		base = m.proposal.Thread()
	}
	return base + st.voice
}

// key is the once of a moment: what, which version of it or which start, which stage, when.
func (r *run) key(m matter, st stage, x moment) string {
	key := m.Thread()
	if m.plan != nil && m.plan.Waiting {
		key += fmt.Sprintf(":v%d", m.plan.Version)
	}
	if m.session != nil { // a session that was moved is announced again
		key += ":" + m.session.Start.In(r.Calendar.zone()).Format("2006-01-02T15:04")
	}
	return key + ":" + st.name + st.voice + ":" + x.at.In(r.Calendar.zone()).Format("2006-01-02T15:04")
}

// people gives whom a stage tells by name.
func (m matter) people(st stage) []PersonID {
	switch {
	case m.session != nil && st.voice == lecturerVoice:
		if m.session.Lecturer == "" {
			return nil
		}
		return []PersonID{m.session.Lecturer}
	case m.session != nil && st.voice == supervisorVoice:
		return nil
	case m.session != nil:
		return slices.DeleteFunc(slices.Clone(m.session.To), func(id PersonID) bool { return id == m.session.Lecturer })
	case m.slot != nil:
		return m.slot.People
	}
	return nil
}

// titleOf gives the title of a matter: what it is about and of whom or when.
func (x row) titleOf(m matter) string {
	switch {
	case m.period != Period{}:
		return m.period.Chinese() + strings.TrimLeft(x.title, "月度年")
	case m.arrival != nil:
		return x.title + "：" + m.arrival.Name
	case m.month != Month{}:
		return MonthlyPeriod(m.month).Chinese() + "培训考核"
	case m.Kind == AnalysisDue:
		return m.exam.Title() + "统计分析"
	case m.slot != nil:
		return m.exam.Title()
	case m.quarter != Quarter{}:
		return m.quarter.Chinese() + "消防知识考核"
	case m.session != nil:
		return x.title + "：" + m.session.Title
	case m.proposal != nil:
		return x.title + "：" + m.proposal.Title
	case m.record != nil:
		return x.title + "：" + m.record.Title
	case m.Kind == CalendarMissing:
		return m.Subject + "年放假通知未导入"
	}
	return x.title
}
