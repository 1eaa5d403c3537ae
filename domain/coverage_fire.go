package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// FireCoverage is how far the year's fire safety training has come (4.4; open point 6): every person
// at least once, every topic at least once, a lesson each quarter.
type FireCoverage struct {
	Year     int
	People   int        // who is to be covered: the trainees of today
	Missing  []PersonID // of these who was at none yet
	Unserved []PersonID // of the missing, who is expected at no session still to come either
	Topics   []string   // ids of the topics not taught yet, and not planned either
	Quarters int        // quarters with a lesson held
	Ahead    int        // sessions still to come this year
	Latest   Date       // until when a session should be held
}

// Fire gives the coverage of the year as of an instant.
func (s SOP) Fire(r History, now time.Time) FireCoverage {
	today := s.Calendar.Date(now)
	out := FireCoverage{Year: today.Year}
	first, last := NewDate(today.Year, time.January, 1), NewDate(today.Year, time.December, 31)
	var ids []string
	for _, t := range s.Policy.Curriculum {
		if t.Every == Quarterly {
			ids = append(ids, t.ID)
		}
	}
	taught, quarters := map[string]bool{}, map[int]bool{}
	var ahead []Session
	for _, x := range r.Sessions {
		d := s.Calendar.Date(x.Start)
		if !x.teaches(ids) || d.Before(first) || d.After(last) {
			continue
		}
		coming := x.State == Open || x.State == Planned && x.Start.After(now)
		if coming {
			ahead = append(ahead, x)
		}
		if x.Counts() || coming {
			for _, id := range x.TopicIDs {
				taught[id] = true
			}
		}
		if x.Counts() && x.Office == r.Office.ID {
			quarters[d.MonthOf().Quarter()] = true
		}
	}
	for _, id := range ids {
		if !taught[id] {
			out.Topics = append(out.Topics, id)
		}
	}
	seen := r.seen()
	for _, p := range r.Staff {
		if !p.Has(r.Office.ID, Trainee, today) {
			continue
		}
		out.People++
		if s.attended(r, p.ID, ids, first, last, seen) {
			continue
		}
		out.Missing = append(out.Missing, p.ID)
		if !slices.ContainsFunc(ahead, func(x Session) bool { return s.expects(x, p) }) {
			out.Unserved = append(out.Unserved, p.ID)
		}
	}
	out.Quarters, out.Ahead = len(quarters), len(ahead)
	out.Latest = s.Calendar.OnOrBefore(last)
	for range s.Policy.Coverage.SpareDays {
		out.Latest = s.Calendar.OnOrBefore(out.Latest.AddDays(-1))
	}
	return out
}

// Whole says that nothing is missing and nothing more is to be arranged.
func (f FireCoverage) Whole() bool { return len(f.Unserved) == 0 && len(f.Topics) == 0 }

// FireLines says how the year's fire safety training stands and what will be missing at its end.
func (s SOP) FireLines(c Case, f FireCoverage) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d年消防年度覆盖：%d人中%d人已覆盖", f.Year, f.People, f.People-len(f.Missing))
	if len(f.Missing) > 0 {
		fmt.Fprintf(&b, "，还差%d人：%s", len(f.Missing), c.Names(f.Missing))
	}
	b.WriteString("。")
	switch {
	case len(f.Unserved) > 0 && f.Ahead == 0:
		fmt.Fprintf(&b, "今年已无消防排期，如再不安排，年度覆盖将缺%d人。最晚%s前要补一场（规程4.4：每年每人至少一次）。", len(f.Unserved), f.Latest.Chinese())
	case len(f.Unserved) > 0:
		fmt.Fprintf(&b, "后面的%d场里没有 %s；如再不安排，年度覆盖将缺%d人。最晚%s前要补一场（规程4.4：每年每人至少一次）。", f.Ahead, c.Names(f.Unserved), len(f.Unserved), f.Latest.Chinese())
	case len(f.Missing) > 0:
		fmt.Fprintf(&b, "后面已排的%d场能覆盖到。", f.Ahead)
	}
	if len(f.Topics) > 0 {
		fmt.Fprintf(&b, "今年还没有讲、也没有排：%s。", strings.Join(s.TopicNames(f.Topics), "、"))
	}
	fmt.Fprintf(&b, "已上课的季度 %d/4，三类内容 %d/%d。", f.Quarters, s.fireTopics()-len(f.Topics), s.fireTopics())
	return b.String()
}

func (s SOP) fireTopics() (n int) {
	for _, t := range s.Policy.Curriculum {
		if t.Every == Quarterly {
			n++
		}
	}
	return n
}

// CoveragePolicy is when the office hears of what is not met (4.0, 4.4, 5.3.1, 5.3.2).
type CoveragePolicy struct {
	HoursDay   int      `yaml:"hours_day" clause:"5.3.1" zh:"每周几提醒主管本周授课课时（1是周一）"`             // 4
	HoursAt    Clock    `yaml:"hours_at" clause:"5.3.1" zh:"这一天几点提醒授课课时"`                      // 10:00
	ShortWeek  int      `yaml:"short_week" clause:"5.3.1" zh:"一周不超过几个工作日时，课时不足只提醒不算" open:"9"` // 2
	PointsDay  int      `yaml:"points_day" clause:"5.3.2" zh:"每月几日还没有补充培训重点就提醒"`               // 20
	FireFrom   MonthDay `yaml:"fire_from" clause:"4.4" zh:"每年从哪天起每周列出消防年度未覆盖的人" open:"6"`      // 10-01
	SpareDays  int      `yaml:"spare_days" clause:"4.4" zh:"消防年度覆盖最晚在年末前几个工作日排完"`              // 4
	LookAhead  int      `yaml:"look_ahead" clause:"4.0" zh:"补训时间往后找几天"`                        // 14
	HeadsShown int      `yaml:"heads_shown" clause:"4.0" zh:"缺口卡片上一次最多列几条"`                    // 12
}

func defaultCoverage() CoveragePolicy {
	return CoveragePolicy{HoursDay: 4, HoursAt: Clock{10, 0}, ShortWeek: 2, PointsDay: 20, FireFrom: MonthDay{time.October, 1}, SpareDays: 4, LookAhead: 14, HeadsShown: 12}
}

func (x CoveragePolicy) check(c *policyCheck, quiet ReminderPolicy) {
	c.number("coverage.hours_day", x.HoursDay, 1, 7)
	if quiet.Quiet(x.HoursAt) {
		c.fault("coverage.hours_at", x.HoursAt, fmt.Sprintf("falls into the quiet hours %s-%s", quiet.QuietFrom, quiet.QuietUntil))
	}
	c.number("coverage.short_week", x.ShortWeek, 0, 6)
	c.number("coverage.points_day", x.PointsDay, 1, 31)
	c.monthDay("coverage.fire_from", x.FireFrom)
	c.number("coverage.spare_days", x.SpareDays, 0, 60)
	c.number("coverage.look_ahead", x.LookAhead, 1, 60)
	c.number("coverage.heads_shown", x.HeadsShown, 1, 50)
}
