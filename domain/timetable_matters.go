package domain

import (
	"fmt"
	"slices"
	"time"
)

// slack is how many days around a window may hold the deadline of a moment inside it, beyond the
// days the policy names: pulling a day back over the longest holidays.
const slack = 45

// run is one reading of the timetable: the facts by name and the days of the window.
type run struct {
	SOP
	f        Facts
	w        Window
	from, to Date // the first and last day whose deadlines can speak in the window
	settled  map[Matter]bool
	plans    map[Period]*PlanFact
	files    []*fileFact // once filed; see orientations
	filed    bool
}

func newRun(s SOP, f Facts, w Window) *run {
	r := &run{SOP: s, f: f, w: w, settled: map[Matter]bool{}, plans: map[Period]*PlanFact{}}
	p := s.Policy
	most := slices.Max(slices.Concat([]int{1}, p.Reminders.AheadDays, p.Reminders.ApprovalAheadDays,
		p.Assessment.AheadDays, p.Assessment.TheoryAheadDays, p.Assessment.FireAheadDays, p.Retake.AheadDays))
	r.from = s.Calendar.Date(w.From).AddDays(-p.Reminders.OverdueDays - slack)
	r.to = s.Calendar.Date(w.To).AddDays(most + slack)
	if f.RulesOnly {
		return r
	}
	for _, m := range f.Settled {
		r.settled[m] = true
	}
	for i := range f.Plans {
		r.plans[f.Plans[i].Period] = &f.Plans[i]
	}
	return r
}

// done says that a matter was settled. With the theory test held, the theory part is over too.
func (r *run) done(m Matter) bool {
	if r.settled[m] {
		return true
	}
	if m.Kind != OrientationTheoryDue && m.Kind != OrientationHoursDue {
		return false
	}
	m.Kind = TheoryTestDue
	return r.settled[m]
}

// old says that a deadline lies before the office began to run the procedure here: nothing of it is due.
func (r *run) old(deadline Date) bool { return !r.f.RulesOnly && deadline.Before(r.f.Office.Since) }

// periods gives the plan periods whose dates may speak in the window.
func (r *run) periods(annual bool) []Period {
	var out []Period
	p, last := MonthlyPeriod(r.from.MonthOf()), MonthlyPeriod(r.to.MonthOf().Add(1))
	if annual {
		p, last = AnnualPeriod(r.from.Year), AnnualPeriod(r.to.Year+1)
	}
	for ; !last.Before(p); p = p.Next() {
		out = append(out, p)
	}
	return out
}

// plansDue gives the plans that are not submitted yet: D1 and D3. A plan that came back when its
// time was nearly over gets ReturnedWorkingDays from the return (mission C5-1c).
func plansDue(kind MatterKind, annual bool) func(*run) []matter {
	return func(r *run) []matter {
		periods := r.periods(annual)
		for p, f := range r.plans { // a plan may come back long after its date
			if f.Returned && p.Annual() == annual && !slices.Contains(periods, p) {
				periods = append(periods, p)
			}
		}
		var out []matter
		for _, p := range periods {
			f := r.plans[p]
			d := r.PlanDates(p)
			if f != nil && (f.Waiting || f.Approved) {
				continue
			}
			m := matter{
				Matter: Matter{r.f.Office.ID, kind, p.String()}, deadline: d.Due, target: d.DueTarget,
				looked: d.DueTarget, period: p, plan: f,
			}
			if f != nil && f.Returned && !f.Since.IsZero() {
				m.from = f.Since
				today := r.Calendar.Date(f.Since)
				again := r.Calendar.AddWorkingDays(today, r.Policy.Plan.ReturnedWorkingDays)
				if !today.Before(d.DueTarget) && again.After(d.Due) {
					m.deadline, m.target, m.looked = again, again, today
				}
			}
			if r.old(m.deadline) {
				continue
			}
			m.provisional = r.Calendar.Provisional(m.looked, m.deadline)
			out = append(out, m)
		}
		return out
	}
}

// plansWaiting gives the plans that wait for the director: D2 and D4. By the rules alone every
// plan waits from the day it was due.
func plansWaiting(kind MatterKind, annual bool) func(*run) []matter {
	return func(r *run) []matter {
		var out []matter
		add := func(p Period, f *PlanFact, since time.Time) {
			d := r.PlanDates(p)
			m := matter{
				Matter: Matter{r.f.Office.ID, kind, p.String()}, deadline: d.Approval, target: d.ApprovalTarget,
				looked: d.ApprovalTarget, from: since, period: p, plan: f,
			}
			if !r.f.RulesOnly {
				m.handovers = r.handovers(Director)
			}
			m.provisional = r.Calendar.Provisional(m.looked, m.deadline)
			if m.revision() {
				m.deadline, m.target, m.provisional = Date{}, Date{}, false
			}
			out = append(out, m)
		}
		if r.f.RulesOnly {
			for _, p := range r.periods(annual) {
				add(p, nil, r.Calendar.At(r.PlanDates(p).Due, Clock{}))
			}
			return out
		}
		for i := range r.f.Plans {
			if f := &r.f.Plans[i]; f.Waiting && f.Period.Annual() == annual {
				add(f.Period, f, f.Since)
			}
		}
		return out
	}
}

// Arrival is a trainee's coming to an office for the first time, or again after having left.
type Arrival struct {
	Person  PersonID
	Name    string
	Since   Date // the day of arrival, which the rules do not count (民法典第201条)
	Until   Date // last day of that stay, zero while it lasts
	Subject string
}

// Arrivals gives a person's arrivals as a trainee of the office, oldest first. A stay that follows
// another one without a gap, in whatever office or shift, is no arrival (mission C4-1a).
func Arrivals(p Person, o OfficeID) []Arrival {
	var out []Arrival
	for i, m := range p.Memberships {
		if m.Office != o || !slices.Contains(m.Roles, Trainee) || continues(p.Memberships, i) {
			continue
		}
		a := Arrival{Person: p.ID, Name: p.Name, Since: m.Since, Until: m.Until, Subject: string(p.ID)}
		if len(out) > 0 {
			a.Subject = fmt.Sprintf("%s@%s", p.ID, m.Since)
		}
		out = append(out, a)
	}
	return out
}

// continues says whether stay i follows or overlaps another stay as a trainee.
func continues(stays []Membership, i int) bool {
	m := stays[i]
	for j, x := range stays {
		earlier := x.Since.Before(m.Since) || x.Since == m.Since && j < i
		if j != i && earlier && slices.Contains(x.Roles, Trainee) && (x.Until.IsZero() || !x.Until.AddDays(1).Before(m.Since)) {
			return true
		}
	}
	return false
}

// dayNo gives a number that orders days cheaply.
func dayNo(d Date) int { return (d.Year*16+int(d.Month))*32 + d.Day }

// monthlyAssessments gives the windows of the months to assess (D7): the first working days of the month after.
func monthlyAssessments(r *run) []matter {
	var out []matter
	last := r.to.MonthOf()
	for m := r.from.MonthOf().Add(-1); !last.Before(m); m = m.Add(1) {
		days := r.Calendar.FirstWorkingDays(m.Add(1), r.Policy.Assessment.WindowWorkingDays)
		if len(days) == 0 || r.old(m.Last()) {
			continue
		}
		close, exam := days[len(days)-1], r.exam(MonthlyExam, m.String())
		nobody := r.nobodySits(MonthlyExam, m.String(), exam)
		out = append(out, matter{
			Matter: Matter{r.f.Office.ID, MonthlyAssessment, m.String()}, opens: days[0], deadline: close, target: close, looked: m.Add(1).First(),
			month: m, exam: exam, nobody: nobody, hushed: r.hush(nobody), provisional: r.Calendar.Provisional(m.Add(1).First(), close),
		})
	}
	return out
}

// String gives 2026Q4.
func (q Quarter) String() string { return fmt.Sprintf("%04dQ%d", q.Year, q.Quarter) }

// Chinese gives 2026年第4季度.
func (q Quarter) Chinese() string { return fmt.Sprintf("%d年第%d季度", q.Year, q.Quarter) }

// fireAssessments gives the quarterly fire-safety assessments (D8).
func fireAssessments(r *run) []matter {
	var out []matter
	for q := QuarterOf(r.from); !q.First().After(r.to); q = q.Next() {
		opening := q.Month(r.Policy.Assessment.FireOpensMonth)
		days := r.Calendar.FirstWorkingDays(opening, 1)
		if len(days) == 0 || r.old(q.Last()) {
			continue
		}
		target, exam := r.Calendar.OnOrBefore(q.Last()), r.exam(FireExam, q.String())
		nobody := r.nobodySits(FireExam, q.String(), exam)
		out = append(out, matter{
			Matter: Matter{r.f.Office.ID, FireAssessment, q.String()}, opens: days[0], deadline: q.Last(), target: target, looked: opening.First(),
			quarter: q, exam: exam, nobody: nobody, hushed: r.hush(nobody), provisional: r.Calendar.Provisional(opening.First(), q.Last()),
		})
	}
	return out
}

// sessions gives the sessions still to come (D10).
func sessions(r *run) []matter {
	var out []matter
	for i := range r.f.Sessions {
		x := &r.f.Sessions[i]
		if x.State == Closed || x.State == Cancelled || x.Start.IsZero() || !x.Start.After(r.w.From) {
			continue
		}
		day := r.Calendar.Date(x.Start)
		out = append(out, matter{
			Matter: Matter{r.f.Office.ID, SessionComing, string(x.ID)}, deadline: day, target: day, looked: day, session: x,
		})
	}
	return out
}

// unreachable gives the Mondays of the window on which somebody of the office cannot be told
// anything, because no platform knows them.
func unreachable(r *run) []matter {
	if r.f.RulesOnly {
		return nil
	}
	var out []matter
	for d := r.from.AddDays(-7); !d.After(r.to); d = d.AddDays(1) {
		if d.Weekday() == time.Monday && len(r.f.mute(d)) > 0 {
			out = append(out, matter{Matter: Matter{r.f.Office.ID, AccountMissing, "account"}, deadline: d, target: d, looked: d})
		}
	}
	return out
}

// mute lists who holds a role in the office on a day and has no account on any platform.
func (f Facts) mute(d Date) []PersonID {
	var out []PersonID
	for _, p := range f.Staff {
		if len(p.Handles) == 0 && len(p.Roles(f.Office.ID, d)) > 0 {
			out = append(out, p.ID)
		}
	}
	return out
}

// missingNotices gives the years whose holiday notice is to be loaded (mission E3).
func missingNotices(r *run) []matter {
	var out []matter
	for y := r.from.Year + 1; y <= r.to.Year+1; y++ {
		if end := NewDate(y-1, time.December, 31); !r.Calendar.Known(y) {
			out = append(out, matter{Matter: Matter{r.f.Office.ID, CalendarMissing, fmt.Sprint(y)}, deadline: end, target: end, looked: end})
		}
	}
	return out
}
