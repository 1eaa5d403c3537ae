package domain

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Outstanding gives what is open in the office whoever it concerns: overdue, or due within some days, the
// most pressing first (3.2: the director inspects).
func (s SOP) Outstanding(f Facts, now time.Time, days int) []Task {
	today := s.Calendar.Date(now)
	var out []Task
	s.open(f, now, func(row row, m matter) {
		if m.proposal != nil || today.DaysUntil(m.deadline) > days || !m.opens.IsZero() && today.Before(m.opens) {
			return
		}
		x := Task{Kind: row.kind, Clause: row.clause, Title: row.titleOf(m), Deadline: m.deadline, Overdue: max(0, m.deadline.DaysUntil(today)), Danger: s.danger(f, m, today)}
		if x.Overdue == 0 && today.Before(m.target) {
			x.Left = s.Calendar.WorkingDays(today, m.target)
		}
		out = append(out, x)
	})
	slices.SortStableFunc(out, func(a, b Task) int { return cmp.Or(a.Deadline.Compare(b.Deadline), cmp.Compare(a.Kind, b.Kind)) })
	return out
}

// SessionsSeen says in a few lines how the sessions of a stretch of days went: held, counting, not
// opened, called off, still to come; those without a finished record by name (5.3.4).
func (s SOP) SessionsSeen(c Case, all []Session) []string {
	var held, counts, off, coming int
	var missed, unfinished []string
	for _, x := range all {
		name := fmt.Sprintf("%s %s %s，讲师%s", x.Code(), s.Moment(x.Start), x.Title(), c.lecturer(x.Lecturer))
		switch {
		case x.State == Cancelled:
			off++
		case x.State == Closed && x.Counts():
			held, counts = held+1, counts+1
		case x.State == Closed:
			held++
			unfinished = append(unfinished, name)
		case x.End.Before(c.Now) && x.State == Planned:
			missed = append(missed, name)
		default:
			coming++
		}
	}
	out := []string{fmt.Sprintf("本月%d场：已上%d（计入%d），还没上%d，过了时间没开课%d，取消%d", len(all), held, counts, coming, len(missed), off)}
	for _, x := range missed {
		out = append(out, "没开课："+x)
	}
	for _, x := range unfinished {
		out = append(out, "记录未完成："+x)
	}
	return out
}

// PointsSeen says in heads how the month's attendance points stand (6.2), without anybody's reasons.
func PointsSeen(m Month, entries []PointsEntry) string {
	sum := map[PersonID]int{}
	for _, e := range entries {
		sum[e.Person] += e.Points
	}
	heads, worst := 0, 0
	for _, n := range sum {
		if n < 0 {
			heads++
		}
		worst = min(worst, n)
	}
	if heads == 0 {
		return fmt.Sprintf("%d月还没有人被扣分", int(m.Month))
	}
	return fmt.Sprintf("%d月%d人有扣分，最多%d分", int(m.Month), heads, worst)
}
