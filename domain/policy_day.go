package domain

import "time"

func (x DayPolicy) check(c *policyCheck, r ReminderPolicy) {
	if r.Quiet(x.MorningCard) {
		c.fault("day.morning_card", x.MorningCard, "falls into the quiet hours")
	}
	c.ahead("day.confirm_ahead_days", x.ConfirmAheadDays)
	c.number("day.leave_after_days", x.LeaveAfterDays, 0, 60)
	c.span("day.explain_within", x.ExplainWithin, time.Hour, 7*24*time.Hour)
	for i, n := range x.AbsencesInRow {
		if n < 2 || n > 20 || i > 0 && n <= x.AbsencesInRow[i-1] {
			c.fault("day.absences_in_row", x.AbsencesInRow, "want numbers from 2 to 20, rising, e.g. [2, 3]")
			break
		}
	}
	c.number("day.spot_people", x.SpotPeople, 0, 20)
	c.span("day.spot_within", x.SpotWithin, time.Minute, 10*time.Minute)
	c.number("day.burst_people", x.BurstPeople, 3, 100)
	c.span("day.burst_within", x.BurstWithin, time.Second, 5*time.Minute)
	c.number("day.pair_times", x.PairTimes, 2, 20)
	c.span("day.pair_within", x.PairWithin, time.Second, 5*time.Minute)
	c.span("day.record_within", x.RecordWithin, time.Hour, 7*24*time.Hour)
	c.number("day.record_escalate_days", x.RecordEscalateDays, 1, 20)
	c.number("day.paper_days", x.PaperDays, 1, 60)
}
