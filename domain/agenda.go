package domain

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Task is one matter that is open, for 今日 and the weekly review.
type Task struct {
	Kind     MatterKind
	Clause   string
	Title    string
	Deadline Date
	Left     int    // working days until the day to aim at, today not counted; 0 when that day has come
	Overdue  int    // days after the deadline
	Next     string // the line to say, "" where there is none for this person
	Danger   string // what stands against the deadline and what can still be done, "" when nothing does
}

// Tasks gives what is open in the office and concerns the roles somebody holds on the day: overdue, or
// due within some days, the most pressing first.
func (s SOP) Tasks(f Facts, who PersonID, now time.Time, days int) []Task {
	today := s.Calendar.Date(now)
	p, _ := f.Staff.Person(who)
	roles := p.Roles(f.Office.ID, today)
	t := newTeller(s, f)
	var out []Task
	s.open(f, now, func(row row, m matter) {
		if today.DaysUntil(m.deadline) > days || !m.opens.IsZero() && today.Before(m.opens) {
			return
		}
		st, ok := stageFor(row, m, who, roles, today)
		if !ok {
			return
		}
		r := Reminder{Kind: row.kind, Stage: st.name, At: now.In(s.Calendar.zone()), Deadline: m.deadline, Target: m.target, Office: f.Office.ID, Subject: m.Subject,
			Roles: st.roles, Clause: row.clause, matter: &m, moment: moment{at: now, n: 1}, stage: &st}
		x := Task{Kind: row.kind, Clause: row.clause, Title: row.titleOf(m), Deadline: m.deadline, Danger: s.danger(f, m, today)}
		if x.Overdue = max(0, m.deadline.DaysUntil(today)); x.Overdue == 0 && today.Before(m.target) {
			x.Left = s.Calendar.WorkingDays(today, m.target)
		}
		if said := toSay.FindStringSubmatch(st.say(t, r).Text); said != nil {
			x.Next = said[1]
		}
		out = append(out, x)
	})
	slices.SortStableFunc(out, func(a, b Task) int { return cmp.Or(a.Deadline.Compare(b.Deadline), cmp.Compare(a.Kind, b.Kind)) })
	return out
}

// toSay finds the first line a text tells people to say.
var toSay = regexp.MustCompile("\u300c([^\u300d]+)\u300d")

// open goes through the matters with a deadline that are not done.
func (s SOP) open(f Facts, now time.Time, see func(row, matter)) {
	r := newRun(s, f, Window{now.Add(-time.Microsecond), now})
	today := s.Calendar.Date(now)
	for _, row := range timetableRows() {
		if row.checks() {
			continue
		}
		for _, m := range row.matters(r) {
			if r.done(m.Matter) || m.session != nil || m.deadline.IsZero() || m.deadline.DaysUntil(today) > s.Policy.Reminders.OverdueDays || r.old(m.deadline) ||
				!m.until.IsZero() && today.After(m.until) || now.Before(m.from) || m.nobody != nil && m.nobody(today) {
				continue
			}
			see(row, m)
		}
	}
}

// stageFor finds the stage that speaks of a matter to somebody today.
func stageFor(row row, m matter, who PersonID, roles []Role, today Date) (stage, bool) {
	name := "ahead"
	switch {
	case today.After(m.deadline):
		name = "overdue"
	case today == m.deadline:
		name = "day"
	}
	best, found := stage{}, false
	for _, st := range row.stages {
		if st.voice == directorVoice && name != "overdue" {
			continue // until then it is not the director's matter
		}
		mine := slices.ContainsFunc(st.roles, func(r Role) bool {
			return slices.Contains(roles, r) && (r != Trainee || m.arrival == nil || m.arrival.Person == who)
		})
		if mine && (!found || st.name == name && best.name != name) {
			best, found = st, true
		}
	}
	return best, found
}

// Line writes a task for a list.
func (x Task) Line() string {
	var b strings.Builder
	switch {
	case x.Overdue > 0:
		fmt.Fprintf(&b, "%s：已逾期%d天（%s截止）", x.Title, x.Overdue, x.Deadline.Chinese())
	case x.Left == 0:
		fmt.Fprintf(&b, "%s：该办了，%s截止", x.Title, x.Deadline.Chinese())
	default:
		fmt.Fprintf(&b, "%s：%s截止，还有%d个工作日", x.Title, x.Deadline.Chinese(), x.Left)
	}
	if x.Next != "" {
		fmt.Fprintf(&b, "。发「%s」", x.Next)
	}
	if x.Danger != "" {
		b.WriteString("。" + x.Danger)
	}
	return b.String()
}

// danger says when a deadline cannot be met any more, or only with effort, and what can still be done
// (mission section 5: tell me when the target can no longer be reached). It is "" while there is time.
func (s SOP) danger(f Facts, m matter, today Date) string {
	if m.deadline.IsZero() || today.After(m.deadline) || m.nobody != nil && m.nobody(today) {
		return ""
	}
	left := s.Calendar.WorkingDays(today, m.deadline)
	if s.Calendar.Working(today) {
		left++
	}
	switch m.Kind {
	case MonthlyPlanDue, AnnualPlanDue:
		d := s.PlanDates(m.period)
		if m.plan != nil && m.plan.Returned && !d.Approval.After(m.deadline) {
			return fmt.Sprintf("规程的审批日%s已经赶不上了：还能做的是%s前重新上报，主任当天批，晚几天会如实登记", d.Approval.Chinese(), m.deadline.Chinese())
		}
		if left == 0 {
			return fmt.Sprintf("到%s前没有工作日了：今天就报还算按时，草稿不完善可以先报、批准后再修订", m.deadline.Chinese())
		}
	case MonthlyApprovalDue, AnnualApprovalDue:
		if left == 0 {
			return fmt.Sprintf("到%s前没有工作日了：在手机上点「同意」或「驳回」就行，不用等上班", m.deadline.Chinese())
		}
	case OrientationTheoryDue:
		hours, day := s.Policy.Orientation.CompanyHours+s.Policy.Orientation.ServiceHours, 8
		if left*day < hours {
			return fmt.Sprintf("理论部分共%d小时，只剩%d个工作日，按%s讲不完：能讲多少讲多少，余下的补课会登记为迟补", hours, left, m.deadline.Chinese())
		}
	case MonthlyAssessment:
		if away := s.awayUntil(f, today, m.deadline); left <= 1 && len(away) > 0 {
			return fmt.Sprintf("窗口只剩%d个工作日，%s这几天都不在岗：请今天定补考的日子，否则这次按缓考记", left, Case{Staff: f.Staff}.Names(away))
		}
		if left <= 1 {
			return fmt.Sprintf("窗口只剩%d个工作日，书面和实操都要考完：可以分两批，同一天考两部分", left)
		}
	case FireAssessment:
		if left <= 3 {
			return fmt.Sprintf("本季度只剩%d个工作日：定不下大家都在的时间，就按班次分场考，每人一次即可", left)
		}
	}
	return ""
}

// awayUntil gives the trainees who are off duty on every working day from … to.
func (s SOP) awayUntil(f Facts, from, to Date) []PersonID {
	var out []PersonID
	for _, p := range f.Staff.With(f.Office.ID, Trainee, to) {
		off, days := true, 0
		for d := from; !d.After(to) && off; d = d.AddDays(1) {
			if s.Calendar.Working(d) {
				days++
				off = p.ShiftIn(f.Office.ID, d) == "休"
			}
		}
		if off && days > 0 {
			out = append(out, p.ID)
		}
	}
	return out
}
