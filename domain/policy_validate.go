package domain

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Validate tells every fault of the policy at once, each with the key of the policy file, the
// value found and what is allowed.
func (p Policy) Validate() error {
	c := &policyCheck{}
	p.Plan.check(c)
	p.Reminders.check(c)
	p.CheckIn.check(c)
	p.Day.check(c, p.Reminders)
	p.Assessment.check(c)
	p.Orientation.check(c, p.Reminders)
	p.Points.check(c)
	p.Retake.check(c)
	p.Lecturer.check(c)
	p.Feedback.check(c)
	p.Drafting.check(c)
	p.Shifts.check(c)
	p.Coverage.check(c, p.Reminders)
	if x := p.Drafting; x.SessionTime.minutes()+x.SessionsPerDay*x.SessionHours*int(p.Teaching.ClassHour/time.Minute) > 23*60 {
		c.fault("drafting.sessions_per_day", x.SessionsPerDay, fmt.Sprintf("the last session of the day, from %s on, would end after 23:00", x.SessionTime))
	}
	c.span("teaching.class_hour", p.Teaching.ClassHour, 30*time.Minute, 2*time.Hour)
	c.number("teaching.weekly_hours", p.Teaching.WeeklyHours, 0, 40)
	for i, d := range p.Calendar.UnannouncedHolidays {
		c.monthDay(fmt.Sprintf("calendar.unannounced_holidays[%d]", i), d)
	}
	c.monthDay("calendar.warn_from", p.Calendar.WarnFrom)
	c.number("calendar.warn_every", p.Calendar.WarnEvery, 1, 60)
	for i, n := range p.Confirmed {
		c.number(fmt.Sprintf("confirmed[%d]", i), n, 1, len(openPoints()))
	}
	p.checkCurriculum(c)
	return errors.Join(c.errs...)
}

// policyCheck collects faults.
type policyCheck struct{ errs []error }

func (c *policyCheck) fault(key string, value any, allowed string) {
	c.errs = append(c.errs, fmt.Errorf("policy %s: %v is not allowed: %s", key, value, allowed))
}

func (c *policyCheck) number(key string, n, low, high int) {
	if n < low || n > high {
		c.fault(key, n, fmt.Sprintf("want a whole number from %d to %d", low, high))
	}
}

func (c *policyCheck) span(key string, d, low, high time.Duration) {
	if d < low || d > high {
		c.fault(key, shortDuration(d), fmt.Sprintf("want a duration from %s to %s", shortDuration(low), shortDuration(high)))
	}
}

func (c *policyCheck) monthDay(key string, m MonthDay) {
	if m.Month < time.January || m.Month > time.December || m.Day < 1 || m.Day > (Month{2024, m.Month}).Last().Day {
		c.fault(key, m, "want a day of the year, MM-DD")
	}
}

// ahead holds a list of days before a deadline: falling, none twice.
func (c *policyCheck) ahead(key string, days []int) {
	for i, n := range days {
		if n < 1 || n > 60 || i > 0 && n >= days[i-1] {
			c.fault(key, days, "want days from 60 to 1, falling, e.g. [7, 3, 1]")
			return
		}
	}
}

func (x PlanPolicy) check(c *policyCheck) {
	c.number("plan.monthly_due_day", x.MonthlyDueDay, 1, 31)
	c.number("plan.approval_due_day", x.ApprovalDueDay, 1, 31)
	if x.ApprovalDueDay < x.MonthlyDueDay {
		c.fault("plan.approval_due_day", x.ApprovalDueDay, fmt.Sprintf("must not be before plan.monthly_due_day (%d)", x.MonthlyDueDay))
	}
	c.monthDay("plan.annual_due", x.AnnualDue)
	c.monthDay("plan.annual_approval_due", x.AnnualApprovalDue)
	if x.AnnualApprovalDue.In(2024).Before(x.AnnualDue.In(2024)) {
		c.fault("plan.annual_approval_due", x.AnnualApprovalDue, fmt.Sprintf("must not be before plan.annual_due (%s)", x.AnnualDue))
	}
	c.number("plan.returned_working_days", x.ReturnedWorkingDays, 0, 10)
	c.number("plan.urgent_days", x.UrgentDays, 0, 31)
	c.number("plan.urgent_limit", x.UrgentLimit, 0, 100)
	c.span("plan.undo_within", x.UndoWithin, 0, 24*time.Hour)
	c.number("plan.delegation_days", x.DelegationDays, 1, 366)
}

func (x ReminderPolicy) check(c *policyCheck) {
	for _, t := range []struct {
		key   string
		clock Clock
	}{{"morning", x.Morning}, {"evening", x.Evening}, {"session_day_before", x.SessionDayBefore}} {
		if x.Quiet(t.clock) {
			c.fault("reminders."+t.key, t.clock, fmt.Sprintf("falls into the quiet hours %s-%s", x.QuietFrom, x.QuietUntil))
		}
	}
	if !x.Morning.Before(x.Evening) {
		c.fault("reminders.evening", x.Evening, fmt.Sprintf("must be later than reminders.morning (%s)", x.Morning))
	}
	if x.quietMinutes() > maxQuiet {
		c.fault("reminders.quiet_from", x.QuietFrom, fmt.Sprintf("the quiet hours until %s are longer than 12 hours", x.QuietUntil))
	}
	c.ahead("reminders.ahead_days", x.AheadDays)
	c.ahead("reminders.approval_ahead_days", x.ApprovalAheadDays)
	c.number("reminders.approval_first", x.ApprovalFirst, 1, 10)
	c.number("reminders.renew_card", x.RenewCard, 1, 3)
	c.number("reminders.overdue_days", x.OverdueDays, 0, 366)
	c.number("reminders.director_from_overdue_day", x.DirectorFromOverdueDay, 1, 366)
	c.number("reminders.messages_per_account", x.MessagesPerAccount, 1, 100000)
	c.number("reminders.quota_warn_percent", x.QuotaWarnPercent, 10, 100)
	c.number("reminders.catch_up_days", x.CatchUpDays, 1, 366)
	c.span("reminders.late_after", x.LateAfter, time.Minute, 24*time.Hour)
	c.span("reminders.session_before", x.SessionBefore, 5*time.Minute, 4*time.Hour)
	c.span("reminders.session_after", x.SessionAfter, 5*time.Minute, 4*time.Hour)
}

func (x CheckInPolicy) check(c *policyCheck) {
	c.span("check_in.opens_before", x.OpensBefore, 0, 4*time.Hour)
	c.span("check_in.code_period", x.CodePeriod, 20*time.Second, 4*time.Hour)
	c.span("check_in.code_grace", x.CodeGrace, 0, x.CodePeriod)
	c.span("check_in.open_after", x.OpenAfter, 0, 72*time.Hour)
}

func (x AssessmentPolicy) check(c *policyCheck) {
	c.number("assessment.window_working_days", x.WindowWorkingDays, 1, 15)
	c.ahead("assessment.ahead_days", x.AheadDays)
	c.number("assessment.theory_test_working_day", x.TheoryTestWorkingDay, 1, 60)
	c.ahead("assessment.theory_ahead_days", x.TheoryAheadDays)
	c.number("assessment.fire_opens_month", x.FireOpensMonth, 1, 3)
	c.ahead("assessment.fire_ahead_days", x.FireAheadDays)
	c.number("assessment.analysis_days", x.AnalysisDays, 1, 60)
	c.number("assessment.pass_mark", x.PassMark, 1, 100)
	if len(x.PassRates) != 3 {
		c.fault("assessment.pass_rates", x.PassRates, "want three percentages, one for each sitting, e.g. [90, 95, 100]")
	}
	for i, n := range x.PassRates {
		if n < 1 || n > 100 || i > 0 && n < x.PassRates[i-1] {
			c.fault("assessment.pass_rates", x.PassRates, "want percentages from 1 to 100 that do not fall, e.g. [90, 95, 100]")
			break
		}
	}
	c.number("assessment.exempt_share", x.ExemptShare, 1, 100)
	c.number("assessment.make_up_days", x.MakeUpDays, 1, 366)
	c.number("assessment.retake_working_days", x.RetakeWorkingDays, 1, 60)
	c.number("assessment.paper_questions", x.PaperQuestions, 5, 50)
	c.span("assessment.paper_time", x.PaperTime, 5*time.Minute, 3*time.Hour)
	c.number("assessment.practice_questions", x.PracticeQuestions, 3, 30)
	c.number("assessment.check_points", x.CheckPoints, 1, 20)
	if !x.WrittenTime.Before(x.NightTime) {
		c.fault("assessment.night_time", x.NightTime, fmt.Sprintf("must be later than assessment.written_time (%s)", x.WrittenTime))
	}
	c.number("assessment.master_by_days", x.MasterByDays, 1, 366)
	c.number("assessment.understood", x.Understood, 0, 100)
	c.number("assessment.practical", x.Practical, 0, 100)
	c.number("assessment.breadth", x.Breadth, 0, 100)
	c.number("assessment.errors", x.Errors, 0, 100)
	c.number("assessment.missing_measure_rate", x.MissingMeasureRate, 0, 100)
	if x.MissingMeasure == "" && x.MissingMeasureRate != 0 {
		c.fault("assessment.missing_measure_rate", x.MissingMeasureRate, "the measure has no name: set assessment.missing_measure too")
	}
	c.number("assessment.min_answers", x.MinAnswers, 1, 50)
}

func (x PointsPolicy) check(c *policyCheck) {
	c.number("points.base", x.Base, 1, 1000)
	for _, d := range []struct {
		key string
		n   int
	}{{"absent", x.Absent}, {"discipline", x.Discipline}, {"feedback", x.Feedback}, {"first_fail", x.FirstFail}, {"second_fail", x.SecondFail}, {"third_fail", x.ThirdFail}} {
		if d.n > 0 || x.Base > 0 && d.n < -x.Base {
			c.fault("points."+d.key, d.n, fmt.Sprintf("want a deduction from %d to 0", -max(x.Base, 0)))
		}
	}
}

func (x DraftingPolicy) check(c *policyCheck) {
	c.number("drafting.session_hours", x.SessionHours, 1, 8)
	c.number("drafting.topics_per_session", x.TopicsPerSession, 1, 6)
	c.number("drafting.sessions_per_day", x.SessionsPerDay, 1, 8)
	c.number("drafting.fortnight_times", x.FortnightTimes, 1, 10)
	c.number("drafting.drill_month", x.DrillMonth, 1, 2)
	c.number("drafting.fire_month", x.FireMonth, 1, 3)
	if h := x.SessionTime.Hour; h < 7 || h > 21 {
		c.fault("drafting.session_time", x.SessionTime, "want a time of day from 07:00 to 21:59")
	}
}

func (p Policy) checkCurriculum(c *policyCheck) {
	if len(p.Curriculum) == 0 {
		c.fault("curriculum", "[]", "4.0 must name at least one topic")
	}
	ids := map[string]bool{}
	every := map[string]Frequency{}
	for i, t := range p.Curriculum {
		key := fmt.Sprintf("curriculum[%d]", i)
		if t.ID == "" || ids[t.ID] {
			c.fault(key+".id", fmt.Sprintf("%q", t.ID), "want a name of its own")
		}
		ids[t.ID] = true
		if t.Name == "" || t.Clause == "" || t.Category == "" {
			c.fault(key, fmt.Sprintf("%q", t.ID), "name, clause and category must not be empty")
		}
		if !slices.Contains(Frequencies(), t.Every) {
			c.fault(key+".every", fmt.Sprintf("%q", t.Every), fmt.Sprintf("want one of %v", Frequencies()))
		}
		if t.Pool == "" && (t.Every == Fortnightly || t.Every == TwoMonthly || t.Every == Quarterly) {
			c.fault(key+".pool", `""`, fmt.Sprintf("a %s topic needs the name of the pool it takes turns in", t.Every))
		}
		if f, ok := every[t.Pool]; t.Pool != "" && ok && f != t.Every {
			c.fault(key+".every", t.Every, fmt.Sprintf("the pool %s is %s", t.Pool, f))
		}
		every[t.Pool] = t.Every
		if len(t.Lecturers) == 0 || slices.ContainsFunc(t.Lecturers, func(r Role) bool { return !r.Lectures() }) {
			c.fault(key+".lecturers", t.Lecturers, fmt.Sprintf("want at least one of %v", slices.DeleteFunc(AllRoles(), func(r Role) bool { return !r.Lectures() })))
		}
		c.number(key+".hours", t.Hours, 0, 400)
	}
}

// maxQuiet bounds the quiet hours, in minutes.
const maxQuiet = 12 * 60

func (x ReminderPolicy) quietMinutes() int {
	return (x.QuietUntil.minutes() - x.QuietFrom.minutes() + 24*60) % (24 * 60)
}

// Quiet says whether a time of day lies in the quiet hours: from QuietFrom, up to but not
// including QuietUntil, over midnight where it does so. Equal times mean no quiet hours.
func (x ReminderPolicy) Quiet(t Clock) bool {
	from, until, at := x.QuietFrom.minutes(), x.QuietUntil.minutes(), t.minutes()
	if from <= until {
		return from <= at && at < until
	}
	return at >= from || at < until
}

func (c Clock) minutes() int { return c.Hour*60 + c.Minute }
