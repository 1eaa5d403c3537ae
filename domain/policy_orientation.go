package domain

import "fmt"

func (x OrientationPolicy) check(c *policyCheck, quiet ReminderPolicy) {
	c.number("orientation.theory_within_working_days", x.TheoryWithinWorkingDays, 1, 60)
	c.number("orientation.company_hours", x.CompanyHours, 0, 200)
	c.number("orientation.service_hours", x.ServiceHours, 0, 200)
	c.number("orientation.practice_hours", x.PracticeHours, 0, 400)
	c.number("orientation.days", x.Days, 1, 60)
	if sum := x.CompanyHours + x.ServiceHours + x.PracticeHours; x.ClassHours != sum {
		c.fault("orientation.class_hours", x.ClassHours, fmt.Sprintf("must be the sum of company_hours, service_hours and practice_hours (%d)", sum))
	}
	if !x.MorningFrom.Before(x.MorningUntil) {
		c.fault("orientation.morning_until", x.MorningUntil, fmt.Sprintf("must be later than orientation.morning_from (%s)", x.MorningFrom))
	}
	if x.AfternoonFrom.Before(x.MorningUntil) {
		c.fault("orientation.afternoon_from", x.AfternoonFrom, fmt.Sprintf("must not be before orientation.morning_until (%s)", x.MorningUntil))
	}
	for _, t := range []struct {
		key   string
		clock Clock
	}{{"welcome_at", x.WelcomeAt}, {"log_at", x.LogAt}, {"make_up_at", x.MakeUpAt}, {"test_at", x.TestAt}} {
		if quiet.Quiet(t.clock) && quiet.quietMinutes() <= maxQuiet {
			c.fault("orientation."+t.key, t.clock, fmt.Sprintf("falls into the quiet hours %s-%s", quiet.QuietFrom, quiet.QuietUntil))
		}
	}
	c.number("orientation.most_day_hours", x.MostDayHours, 1, 24)
	c.number("orientation.round_minutes", x.RoundMinutes, 1, 60)
	if n := len(x.PracticeTopics); n > 4 {
		c.fault("orientation.practice_topics", x.PracticeTopics, "want at most 4: a card has 6 buttons")
	}
	for _, topic := range x.PracticeTopics {
		if n := len([]rune(topic)); n < 1 || n > 10 {
			c.fault("orientation.practice_topics", topic, "want 1 to 10 characters: it is the label of a button")
		}
	}
	c.number("orientation.retest_working_days", x.RetestWorkingDays, 1, 60)
}

func defaultOrientation() OrientationPolicy {
	return OrientationPolicy{
		TheoryWithinWorkingDays: 2,
		CompanyHours:            8,
		ServiceHours:            8,
		PracticeHours:           24,
		Days:                    5,
		ClassHours:              40,
		MorningFrom:             Clock{9, 0},
		MorningUntil:            Clock{12, 0},
		AfternoonFrom:           Clock{13, 0},
		WelcomeAt:               Clock{8, 40},
		LogAt:                   Clock{18, 0},
		MakeUpAt:                Clock{10, 0},
		MostDayHours:            12,
		RoundMinutes:            30,
		PracticeTopics:          []string{"前台接待", "投诉登记", "业主识别"},
		TestAt:                  Clock{14, 0},
		RetestWorkingDays:       4,
	}
}
