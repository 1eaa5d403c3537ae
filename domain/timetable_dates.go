package domain

import "time"

// PlanDates are the four days of one plan: the dates of the procedure, which never move, and the
// working days to aim at (工作目标日).
type PlanDates struct {
	Due            Date // last day to submit (5.1.2), inclusive to 24:00
	DueTarget      Date // Due, or the working day before it
	Approval       Date // last day to approve (5.1.3, 5.1.4), inclusive
	ApprovalTarget Date // Approval, or the working day before it
	Provisional    bool // a target rests on a year without a holiday notice
}

// PlanDates gives when the plan of a period is due: a month's plan in the month before it
// (5.1.2, 5.1.4; a month without a 30th uses its last day), a year's in the December before it
// (5.1.2, 5.1.3).
func (s SOP) PlanDates(p Period) PlanDates {
	x := s.Policy.Plan
	var d PlanDates
	if p.Annual() {
		d.Due, d.Approval = x.AnnualDue.In(p.Year-1), x.AnnualApprovalDue.In(p.Year-1)
	} else {
		before := p.MonthOf().Add(-1)
		d.Due, d.Approval = before.Day(x.MonthlyDueDay), before.Day(x.ApprovalDueDay)
	}
	d.DueTarget, d.ApprovalTarget = s.Calendar.OnOrBefore(d.Due), s.Calendar.OnOrBefore(d.Approval)
	d.Provisional = s.Calendar.Provisional(d.DueTarget, d.Approval)
	return d
}

// Quarter is a quarter of a year, written 2026Q4.
type Quarter struct{ Year, Quarter int }

// QuarterOf gives the quarter a day lies in.
func QuarterOf(d Date) Quarter { return Quarter{d.Year, d.MonthOf().Quarter()} }

// Month gives month n (1 to 3) of the quarter.
func (q Quarter) Month(n int) Month {
	return Month{q.Year, time.January}.Add((q.Quarter-1)*3 + n - 1)
}

// First gives the first day of the quarter.
func (q Quarter) First() Date { return q.Month(1).First() }

// Last gives the last day of the quarter.
func (q Quarter) Last() Date { return q.Month(3).Last() }

// Next gives the quarter after q.
func (q Quarter) Next() Quarter { return QuarterOf(q.Last().AddDays(1)) }
