package domain

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// DayKind says what a notice makes of a day.
type DayKind string

// The kinds of day a State Council notice names.
const (
	HolidayDay DayKind = "holiday" // 放假
	MakeUpDay  DayKind = "workday" // 调休补班: a weekend day on which people work
)

// Day is one line of a notice.
type Day struct {
	Date Date
	Kind DayKind
	Name string // 春节, 国庆节 …; for a make-up day the holiday it pays for
}

// Year is one State Council notice (国务院办公厅关于…年部分节假日安排的通知).
type Year struct {
	Year   int
	Source string // where it came from: the notice's number or the file's name
	Days   []Day
}

// Validate tells every fault of the notice at once. A notice of year Y may name days of December
// Y−1 (the seam of New Year's Day); an empty list is a notice that is not out yet, not a year
// without holidays.
func (y Year) Validate() error {
	var errs []error
	fault := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	if y.Year < 1950 || y.Year > 2200 {
		fault("holidays %d: the year is out of range 1950-2200", y.Year)
	}
	if len(y.Days) == 0 {
		fault("holidays %d: the list is empty: the notice is not published yet, an empty list does not mean a year without holidays", y.Year)
		return errors.Join(errs...)
	}
	seen := map[Date]DayKind{}
	for i, d := range y.Days {
		at := fmt.Sprintf("holidays %d, day %d (%s)", y.Year, i+1, d.Date)
		if d.Date.IsZero() {
			fault("%s: the date is missing", at)
			continue
		}
		if seam := d.Date.Year == y.Year-1 && d.Date.Month == time.December; d.Date.Year != y.Year && !seam {
			fault("%s: not a day of %d (only December %d may stand here too)", at, y.Year, y.Year-1)
		}
		if _, dup := seen[d.Date]; dup {
			fault("%s: named twice", at)
		}
		seen[d.Date] = d.Kind
		switch d.Kind {
		case HolidayDay:
		case MakeUpDay:
			if !weekend(d.Date) {
				fault("%s: a make-up working day must be a Saturday or a Sunday", at)
			}
		default:
			fault("%s: kind %q, want %q or %q", at, d.Kind, HolidayDay, MakeUpDay)
		}
	}
	for _, md := range []MonthDay{{time.January, 1}, {time.May, 1}, {time.October, 1}} {
		if seen[md.In(y.Year)] != HolidayDay {
			fault("holidays %d: the statutory holiday %s is missing", y.Year, md.In(y.Year))
		}
	}
	return errors.Join(errs...)
}

// horizon bounds every search for a working day, in calendar days: a calendar without working
// days must not hang the program.
const horizon = 3660

// Calendar says which days the office works: Monday to Friday, less the holidays and plus the
// make-up days of the notices. It is an immutable value. A year without a notice counts weekends
// and CalendarPolicy.UnannouncedHolidays only, and is reported by Provisional.
type Calendar struct {
	Zone   *time.Location // the office's; all days and times are its
	policy CalendarPolicy
	years  map[int]Year // never written after construction
	days   map[Date]Day // likewise
}

// NewCalendar builds a calendar from notices. Every notice must be valid, two notices of one year are refused.
func NewCalendar(zone *time.Location, p CalendarPolicy, years ...Year) (Calendar, error) {
	if zone == nil {
		return Calendar{}, errors.New("calendar: no time zone")
	}
	c := Calendar{Zone: zone, policy: p, years: map[int]Year{}}
	var errs []error
	for _, y := range years {
		if _, dup := c.years[y.Year]; dup {
			errs = append(errs, fmt.Errorf("calendar: two notices for %d", y.Year))
		}
		errs = append(errs, y.Validate())
		c.years[y.Year] = y
	}
	if err := errors.Join(errs...); err != nil {
		return Calendar{}, err
	}
	c.days = flatten(c.years)
	return c, nil
}

// flatten lays the notices over each other in the order of their years, so that for a December
// day the next year's notice, which is the later document, wins.
func flatten(years map[int]Year) map[Date]Day {
	days := map[Date]Day{}
	for _, y := range slices.Sorted(maps.Keys(years)) {
		for _, d := range years[y].Days {
			days[d.Date] = d
		}
	}
	return days
}

// With gives the calendar with y in place of that year's notice, if there was one.
func (c Calendar) With(y Year) (Calendar, error) {
	if err := y.Validate(); err != nil {
		return c, err
	}
	years := maps.Clone(c.years)
	if years == nil {
		years = map[int]Year{}
	}
	y.Days = slices.Clone(y.Days)
	years[y.Year] = y
	c.years, c.days = years, flatten(years)
	return c, nil
}

// Notice gives the notice of a year as it was loaded.
func (c Calendar) Notice(year int) (Year, bool) {
	y, ok := c.years[year]
	y.Days = slices.Clone(y.Days)
	return y, ok
}

// Known says whether the notice of the year is loaded.
func (c Calendar) Known(year int) bool {
	_, ok := c.years[year]
	return ok
}

// Working says whether d is a working day: a make-up day, or a day from Monday to Friday that is no holiday.
func (c Calendar) Working(d Date) bool {
	if x, ok := c.days[d]; ok {
		return x.Kind == MakeUpDay
	}
	if weekend(d) {
		return false
	}
	return c.Known(d.Year) || !slices.Contains(c.policy.UnannouncedHolidays, MonthDay{d.Month, d.Day})
}

// Holiday gives the name of the holiday d belongs to.
func (c Calendar) Holiday(d Date) (name string, ok bool) {
	if x, named := c.days[d]; named {
		return x.Name, x.Kind == HolidayDay
	}
	if !c.Known(d.Year) && slices.Contains(c.policy.UnannouncedHolidays, MonthDay{d.Month, d.Day}) {
		return "法定节假日", true
	}
	return "", false
}

// daysOff names the holidays between two days, on which no training is planned: 10月1日至10月7日国庆节未排。
func (c Calendar) daysOff(from, to Date) string {
	out := ""
	for d := from; !d.After(to); d = d.AddDays(1) {
		name, ok := c.Holiday(d)
		if !ok {
			continue
		}
		first := d
		for n, more := c.Holiday(d.AddDays(1)); more && n == name && d.Before(to); n, more = c.Holiday(d.AddDays(1)) {
			d = d.AddDays(1)
		}
		out += first.short()
		if d != first {
			out += "至" + d.short()
		}
		out += name + "未排。"
	}
	return out
}

// MakeUp says whether d is a make-up working day (调休补班).
func (c Calendar) MakeUp(d Date) bool { return c.days[d].Kind == MakeUpDay }

// OnOrBefore gives d when it is a working day, else the last working day before it: the working
// target day (工作目标日) of a deadline. Without a working day within ten years it gives d.
func (c Calendar) OnOrBefore(d Date) Date {
	for i := range horizon {
		if x := d.AddDays(-i); c.Working(x) {
			return x
		}
	}
	return d
}

// Previous gives the last working day before d.
func (c Calendar) Previous(d Date) Date { return c.OnOrBefore(d.AddDays(-1)) }

// OnOrAfter gives d when it is a working day, else the first one after it, d itself when there is
// none within ten years.
func (c Calendar) OnOrAfter(d Date) Date {
	for i := range horizon {
		if x := d.AddDays(i); c.Working(x) {
			return x
		}
	}
	return d
}

// Next gives the first working day after d.
func (c Calendar) Next(d Date) Date { return c.OnOrAfter(d.AddDays(1)) }

// AddWorkingDays gives the n-th working day after d; d itself is not counted (民法典第201条). For
// n ≤ 0 it gives d, and it stops where ten years hold no further working day.
func (c Calendar) AddWorkingDays(d Date, n int) Date {
	for range n {
		next := c.Next(d)
		if !c.Working(next) {
			return d
		}
		d = next
	}
	return d
}

// WorkingDays counts the working days after from, up to and including to; 0 when to is not after
// from. At most ten years are counted.
func (c Calendar) WorkingDays(from, to Date) int {
	n, days := 0, min(from.DaysUntil(to), horizon)
	for i := 1; i <= days; i++ {
		if c.Working(from.AddDays(i)) {
			n++
		}
	}
	return n
}

// FirstWorkingDays gives the first n working days of a month (5.4.2), fewer when the month has fewer.
func (c Calendar) FirstWorkingDays(m Month, n int) []Date {
	var out []Date
	for d, last := m.First(), m.Last(); len(out) < n && !d.After(last); d = d.AddDays(1) {
		if c.Working(d) {
			out = append(out, d)
		}
	}
	return out
}

// Date gives the office's day of an instant.
func (c Calendar) Date(t time.Time) Date { return DateOf(t.In(c.zone())) }

// At gives the instant of a time of day on d at the office.
func (c Calendar) At(d Date, at Clock) time.Time { return d.At(at, c.zone()) }

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// Provisional says that a rule which looked at the days from … to, both included, rests on a year
// without a notice: its result is 暂定 and may move when the notice is loaded.
func (c Calendar) Provisional(from, to Date) bool {
	if to.Before(from) {
		from, to = to, from
	}
	for y := from.Year; y <= to.Year && y-from.Year <= horizon/365; y++ {
		if !c.Known(y) {
			return true
		}
	}
	return false
}

func weekend(d Date) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
