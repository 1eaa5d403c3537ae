package domain_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

// notice reads the State Council notice of a year as the program ships it.
func notice(t testing.TB, year int) Year {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("../configs/holidays/%d.csv", year))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	y := Year{Year: year, Source: f.Name()}
	for _, r := range rows[1:] {
		y.Days = append(y.Days, Day{Date: day(t, r[0]), Kind: DayKind(r[1]), Name: r[2]})
	}
	return y
}

func day(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// office2026 is the procedure with the notices of 2024 to 2026.
func office2026(t testing.TB) SOP {
	t.Helper()
	p := DefaultPolicy()
	c, err := NewCalendar(shanghai(t), p.Calendar, notice(t, 2024), notice(t, 2025), notice(t, 2026))
	if err != nil {
		t.Fatal(err)
	}
	return SOP{Policy: p, Calendar: c}
}

// The golden rows of mission section 4, first table: dates of the plan for the month after.
func TestPlanDates(t *testing.T) {
	s := office2026(t)
	for _, row := range []struct {
		name, period, due, target, approval, approvalTarget string
		between                                             int
		provisional                                         bool
	}{
		{"January 2025: only two working days between the targets", "2025-02", "2025-01-25", "2025-01-24", "2025-01-30", "2025-01-27", 2, false},
		{"25th on a Sunday", "2026-02", "2026-01-25", "2026-01-23", "2026-01-30", "2026-01-30", 5, false},
		{"February ends on a make-up Saturday", "2026-03", "2026-02-25", "2026-02-25", "2026-02-28", "2026-02-28", 3, false},
		{"March 2026", "2026-04", "2026-03-25", "2026-03-25", "2026-03-30", "2026-03-30", 3, false},
		{"25th on a Saturday", "2026-05", "2026-04-25", "2026-04-24", "2026-04-30", "2026-04-30", 4, false},
		{"June 2026", "2026-07", "2026-06-25", "2026-06-25", "2026-06-30", "2026-06-30", 3, false},
		{"July 2026", "2026-08", "2026-07-25", "2026-07-24", "2026-07-30", "2026-07-30", 4, false},
		{"25 September is Mid-Autumn", "2026-10", "2026-09-25", "2026-09-24", "2026-09-30", "2026-09-30", 3, false},
		{"October 2026", "2026-11", "2026-10-25", "2026-10-23", "2026-10-30", "2026-10-30", 5, false},
		{"November 2026", "2026-12", "2026-11-25", "2026-11-25", "2026-11-30", "2026-11-30", 3, false},
		{"December 2026", "2027-01", "2026-12-25", "2026-12-25", "2026-12-30", "2026-12-30", 3, false},
		{"annual 2026: the 20th is a Saturday", "2026", "2025-12-10", "2025-12-10", "2025-12-20", "2025-12-19", 7, false},
		{"annual 2027: the 20th is a Sunday", "2027", "2026-12-10", "2026-12-10", "2026-12-20", "2026-12-18", 6, false},
		{"leap February", "2028-03", "2028-02-25", "2028-02-25", "2028-02-29", "2028-02-29", 2, true},
		{"no notice for 2027 yet", "2027-02", "2027-01-25", "2027-01-25", "2027-01-30", "2027-01-29", 4, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			p, err := ParsePeriod(row.period)
			if err != nil {
				t.Fatal(err)
			}
			d := s.PlanDates(p)
			want := PlanDates{day(t, row.due), day(t, row.target), day(t, row.approval), day(t, row.approvalTarget), row.provisional}
			if d != want {
				t.Errorf("got  %+v\nwant %+v", d, want)
			}
			if n := s.Calendar.WorkingDays(d.DueTarget, d.ApprovalTarget); n != row.between {
				t.Errorf("%d working days between the targets, want %d", n, row.between)
			}
		})
	}
}

// The golden rows of mission section 4, second table: the tenth working day after arrival.
func TestTenthWorkingDay(t *testing.T) {
	c := office2026(t).Calendar
	for _, row := range []struct {
		name, arrival, notCounted, counted, second string
		provisional                                bool
	}{
		{"a Sunday is the answer", "2025-01-13", "2025-01-26", "2025-01-24", "2025-01-15", false},
		{"last day before nine days off", "2026-02-02", "2026-02-14", "2026-02-13", "2026-02-04", false},
		{"across Spring Festival", "2026-02-06", "2026-02-27", "2026-02-26", "2026-02-10", false},
		{"theory day 2 after the festival", "2026-02-13", "2026-03-05", "2026-03-04", "2026-02-24", false},
		{"May Day and a make-up Saturday", "2026-04-27", "2026-05-13", "2026-05-12", "2026-04-29", false},
		{"into a year without a notice", "2026-12-25", "2027-01-08", "2027-01-07", "2026-12-29", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := day(t, row.arrival)
			got := c.AddWorkingDays(d, 10)
			if got != day(t, row.notCounted) {
				t.Errorf("tenth working day %s, want %s", got, row.notCounted)
			}
			if got := c.AddWorkingDays(d.AddDays(-1), 10); got != day(t, row.counted) {
				t.Errorf("counted from the day itself %s, want %s", got, row.counted)
			}
			if got := c.AddWorkingDays(d, 2); got != day(t, row.second) {
				t.Errorf("second working day %s, want %s", got, row.second)
			}
			if c.Provisional(d, got) != row.provisional {
				t.Errorf("provisional = %v", !row.provisional)
			}
		})
	}
}

// The golden rows of mission section 4, last paragraph.
func TestFirstFiveWorkingDays(t *testing.T) {
	c := office2026(t).Calendar
	for month, want := range map[string]string{
		"2026-01": "4 5 6 7 8", "2026-02": "2 3 4 5 6", "2026-03": "2 3 4 5 6", "2026-05": "6 7 8 9 11", "2026-06": "1 2 3 4 5",
		"2026-07": "1 2 3 6 7", "2026-08": "3 4 5 6 7", "2026-09": "1 2 3 4 7", "2026-10": "8 9 10 12 13", "2026-11": "2 3 4 5 6", "2026-12": "1 2 3 4 7",
	} {
		m, err := ParseMonth(month)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range c.FirstWorkingDays(m, 5) {
			got = append(got, fmt.Sprint(d.Day))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", month, got, want)
		}
	}
}

func TestISOWeeksOf2026(t *testing.T) {
	c := office2026(t).Calendar
	days := map[int]int{}
	for d := (Date{2026, time.January, 5}); d.Before(Date{2026, time.December, 28}); d = d.AddDays(1) {
		if _, w := d.ISOWeek(); c.Working(d) {
			days[w]++
		}
	}
	for week, want := range map[int]int{7: 6, 8: 0, 38: 6, 20: 5, 40: 3} {
		if days[week] != want {
			t.Errorf("ISO week %d has %d working days, want %d", week, days[week], want)
		}
	}
}

func TestDaysOfTheNotice(t *testing.T) {
	c := office2026(t).Calendar
	for _, row := range []struct {
		date, holiday   string
		working, makeUp bool
	}{
		{"2026-09-25", "中秋节", false, false},
		{"2026-10-10", "", true, true},
		{"2026-10-11", "", false, false},
		{"2026-02-28", "", true, true},
		{"2026-11-23", "", true, false},
		{"2027-01-01", "", true, false}, // no notice: weekends only
		{"2023-10-02", "", true, false}, // likewise
	} {
		d := day(t, row.date)
		name, ok := c.Holiday(d)
		if c.Working(d) != row.working || c.MakeUp(d) != row.makeUp || ok != (row.holiday != "") || ok && name != row.holiday {
			t.Errorf("%s: working %v, make-up %v, holiday %q %v", d, c.Working(d), c.MakeUp(d), name, ok)
		}
	}
	if c.Known(2027) || !c.Known(2026) {
		t.Error("only 2024 to 2026 are known")
	}
}

func TestUnannouncedHolidays(t *testing.T) {
	p := CalendarPolicy{UnannouncedHolidays: []MonthDay{{time.January, 1}}}
	c, err := NewCalendar(shanghai(t), p, notice(t, 2026))
	if err != nil {
		t.Fatal(err)
	}
	if c.Working(Date{2027, time.January, 1}) {
		t.Error("1 January of a year without a notice is set to be a holiday")
	}
	if got := c.AddWorkingDays(Date{2026, time.December, 25}, 10); got != (Date{2027, time.January, 11}) {
		t.Errorf("tenth working day %s", got)
	}
}

func TestLoadingANoticeMovesDates(t *testing.T) {
	s := office2026(t)
	next := Year{Year: 2027, Days: []Day{
		{Date{2026, time.December, 31}, HolidayDay, "元旦"}, {Date{2027, time.January, 1}, HolidayDay, "元旦"},
		{Date{2027, time.January, 9}, MakeUpDay, "元旦"}, {Date{2027, time.May, 1}, HolidayDay, "劳动节"}, {Date{2027, time.October, 1}, HolidayDay, "国庆节"},
	}}
	c, err := s.Calendar.With(next)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.AddWorkingDays(Date{2026, time.December, 25}, 10); got != (Date{2027, time.January, 11}) {
		t.Errorf("with the notice the tenth working day is %s", got)
	}
	if c.Working(Date{2026, time.December, 31}) || !c.Working(Date{2027, time.January, 9}) {
		t.Error("the next year's notice names December days and make-up days")
	}
	if s.Calendar.Known(2027) || !s.Calendar.Working(Date{2026, time.December, 31}) {
		t.Error("With changed the calendar it was called on")
	}
	if c.Provisional(Date{2026, time.December, 25}, Date{2027, time.January, 11}) {
		t.Error("nothing is provisional any more")
	}
	if _, err := s.Calendar.With(Year{Year: 2027}); err == nil {
		t.Error("an empty notice was taken")
	}
}

// For a day of December that both years' notices name, the later notice wins, in whatever order they are loaded.
func TestDecemberBelongsToTheLaterNotice(t *testing.T) {
	d := Date{2026, time.December, 27} // a Sunday
	earlier, later := notice(t, 2026), notice(t, 2025)
	earlier.Days = append(earlier.Days, Day{d, HolidayDay, "周末"})
	later.Year, later.Days = 2027, []Day{{d, MakeUpDay, "元旦"}, {Date{2027, time.January, 1}, HolidayDay, "元旦"}, {Date{2027, time.May, 1}, HolidayDay, "劳动节"}, {Date{2027, time.October, 1}, HolidayDay, "国庆节"}}
	for _, years := range [][]Year{{earlier, later}, {later, earlier}} {
		c, err := NewCalendar(shanghai(t), CalendarPolicy{}, years...)
		if err != nil {
			t.Fatal(err)
		}
		if !c.MakeUp(d) {
			t.Error("the notice of 2027 makes 27 December 2026 a working day")
		}
	}
}

func TestNoticeFaults(t *testing.T) {
	good := notice(t, 2026)
	for _, row := range []struct {
		name string
		turn func(*Year)
		want []string
	}{
		{"as published", func(*Year) {}, nil},
		{"empty list", func(y *Year) { y.Days = nil }, []string{"holidays 2026: the list is empty"}},
		{"another year", func(y *Year) { y.Year = 2027 }, []string{"not a day of 2027", "statutory holiday 2027-01-01 is missing"}},
		{"twice", func(y *Year) { y.Days = append(y.Days, y.Days[0]) }, []string{"(2026-01-01): named twice"}},
		{"make-up on a Monday", func(y *Year) { y.Days = append(y.Days, Day{Date{2026, time.November, 23}, MakeUpDay, ""}) }, []string{"make-up working day must be a Saturday or a Sunday"}},
		{"strange kind", func(y *Year) { y.Days[3].Kind = "off" }, []string{`kind "off", want "holiday" or "workday"`}},
		{"no New Year", func(y *Year) { y.Days = y.Days[1:] }, []string{"statutory holiday 2026-01-01 is missing"}},
		{"no date", func(y *Year) { y.Days[5].Date = Date{} }, []string{"the date is missing"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			y := good
			y.Days = append([]Day(nil), good.Days...)
			row.turn(&y)
			err := y.Validate()
			if (err == nil) != (len(row.want) == 0) {
				t.Fatalf("error %v", err)
			}
			for _, w := range row.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q lacks %q", err, w)
				}
			}
		})
	}
}

// A calendar in which nobody ever works must not hang.
func TestSearchesEnd(t *testing.T) {
	var all []MonthDay
	for d := (Date{2024, time.January, 1}); d.Year == 2024; d = d.AddDays(1) {
		all = append(all, MonthDay{d.Month, d.Day})
	}
	c, err := NewCalendar(shanghai(t), CalendarPolicy{UnannouncedHolidays: all})
	if err != nil {
		t.Fatal(err)
	}
	d := Date{2026, time.November, 23}
	if c.OnOrBefore(d) != d || c.AddWorkingDays(d, 10) != d || c.WorkingDays(d, Date{9999, time.January, 1}) != 0 || len(c.FirstWorkingDays(d.MonthOf(), 5)) != 0 {
		t.Error("a calendar without working days gives the day itself")
	}
}

// Laws: the target is a working day not after its date with none between, and counting undoes adding.
func TestCalendarLaws(t *testing.T) {
	c := office2026(t).Calendar
	rapid.Check(t, func(t *rapid.T) {
		d := (Date{2024, time.January, 1}).AddDays(rapid.IntRange(0, 1500).Draw(t, "day"))
		n := rapid.IntRange(1, 60).Draw(t, "n")
		target := c.OnOrBefore(d)
		if !c.Working(target) || target.After(d) || c.WorkingDays(target, d) != 0 {
			t.Fatalf("target of %s is %s", d, target)
		}
		end := c.AddWorkingDays(d, n)
		if !c.Working(end) || c.WorkingDays(d, end) != n || c.WorkingDays(d, end.AddDays(-1)) != n-1 {
			t.Fatalf("%d working days after %s is %s", n, d, end)
		}
		if c.WorkingDays(d, target) != 0 {
			t.Fatal("days before are not counted")
		}
	})
}
