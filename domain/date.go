package domain

import (
	"fmt"
	"time"
)

// Date is a calendar day without a zone. It is comparable and the zero Date is "no day".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// NewDate gives the day, normalised as time.Date does (31 June becomes 1 July).
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf gives the day on which t falls in t's own zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads YYYY-MM-DD and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// IsZero says whether d is "no day".
func (d Date) IsZero() bool { return d == Date{} }

// String gives YYYY-MM-DD, or "" for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// AddDays moves by n calendar days.
func (d Date) AddDays(n int) Date { return NewDate(d.Year, d.Month, d.Day+n) }

// Before says whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After says whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// Compare orders days: -1, 0, +1.
func (d Date) Compare(e Date) int { return d.utc().Compare(e.utc()) }

// DaysUntil counts calendar days from d to e, negative when e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.utc().Sub(d.utc()) / (24 * time.Hour)) }

// Weekday gives the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// ISOWeek gives the ISO 8601 year and week.
func (d Date) ISOWeek() (year, week int) { return d.utc().ISOWeek() }

// MonthOf gives the month d lies in.
func (d Date) MonthOf() Month { return Month{d.Year, d.Month} }

// At gives the instant of a time of day on d in zone.
func (d Date) At(c Clock, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, c.Hour, c.Minute, 0, 0, zone)
}

// MarshalText gives YYYY-MM-DD; the zero day is empty text.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(b))
	return err
}

// Clock is a time of day, minutes exact.
type Clock struct{ Hour, Minute int }

// ParseClock reads HH:MM.
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return Clock{}, fmt.Errorf("time of day %q: want HH:MM", s)
	}
	return Clock{t.Hour(), t.Minute()}, nil
}

// ClockOf gives the time of day of t in its own zone.
func ClockOf(t time.Time) Clock { return Clock{t.Hour(), t.Minute()} }

// String gives HH:MM.
func (c Clock) String() string { return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute) }

// Before orders times of day.
func (c Clock) Before(e Clock) bool { return c.Hour*60+c.Minute < e.Hour*60+e.Minute }

// MarshalText gives HH:MM.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads HH:MM.
func (c *Clock) UnmarshalText(b []byte) (err error) {
	*c, err = ParseClock(string(b))
	return err
}

// Month is one month of one year.
type Month struct {
	Year  int
	Month time.Month
}

// ParseMonth reads YYYY-MM.
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Month{}, fmt.Errorf("month %q: want YYYY-MM", s)
	}
	return Month{t.Year(), t.Month()}, nil
}

// String gives YYYY-MM.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// Add moves by n months.
func (m Month) Add(n int) Month { return NewDate(m.Year, m.Month+time.Month(n), 1).MonthOf() }

// First gives the first day of the month.
func (m Month) First() Date { return NewDate(m.Year, m.Month, 1) }

// Last gives the last day of the month.
func (m Month) Last() Date { return NewDate(m.Year, m.Month+1, 0) }

// Day gives day n of the month, or its last day when the month is shorter (30 February; 5.1.4).
func (m Month) Day(n int) Date {
	if last := m.Last(); n > last.Day {
		return last
	}
	return NewDate(m.Year, m.Month, n)
}

// Before orders months.
func (m Month) Before(e Month) bool { return m.First().Before(e.First()) }

// Quarter gives 1 to 4.
func (m Month) Quarter() int { return (int(m.Month)-1)/3 + 1 }

// Window is a span of time: after From, up to and including To.
type Window struct{ From, To time.Time }

// Has says whether t falls into the window.
func (w Window) Has(t time.Time) bool { return t.After(w.From) && !t.After(w.To) }
