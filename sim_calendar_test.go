//go:build unix

package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"time"
)

// The model's own calendar. It shares nothing with the program's but the file of the holiday notice.

// simZone is the office's zone; one value, so that days can be compared and be keys.
var simZone = shanghai()

// day gives the midnight a day begins with, in the office.
func day(s string) time.Time {
	d, err := time.ParseInLocation(time.DateOnly, s, simZone)
	if err != nil {
		panic(err)
	}
	return d
}

// dayOf gives the midnight before an instant, in the office.
func dayOf(t time.Time) time.Time {
	l := t.In(simZone)
	return time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, simZone)
}

// simCalendar is the days that are not as their weekday says: true is off.
type simCalendar map[time.Time]bool

// load adds the notice of a year from a file date,kind,name.
func (c simCalendar) load(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	for _, r := range rows[1:] {
		if r[1] != "holiday" && r[1] != "workday" {
			return fmt.Errorf("%s: %s is %q", file, r[0], r[1])
		}
		c[day(r[0])] = r[1] == "holiday"
	}
	return nil
}

func (c simCalendar) working(d time.Time) bool {
	if off, ok := c[d]; ok {
		return !off
	}
	return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
}

// back gives d, or the working day before it.
func (c simCalendar) back(d time.Time) time.Time {
	for !c.working(d) {
		d = d.AddDate(0, 0, -1)
	}
	return d
}

// count gives the n-th working day after d.
func (c simCalendar) count(d time.Time, n int) time.Time {
	for n > 0 {
		if d = d.AddDate(0, 0, 1); c.working(d) {
			n--
		}
	}
	return d
}

// first gives the first n working days of the month that begins on a day.
func (c simCalendar) first(month time.Time, n int) []time.Time {
	var out []time.Time
	for d := month; len(out) < n; d = d.AddDate(0, 0, 1) {
		if c.working(d) {
			out = append(out, d)
		}
	}
	return out
}

// monthOf gives the first day of d's month.
func monthOf(d time.Time) time.Time { return d.AddDate(0, 0, 1-d.Day()) }

// at is a clock time of a day.
func clockOn(d time.Time, hour, minute int) time.Time {
	return d.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
}
