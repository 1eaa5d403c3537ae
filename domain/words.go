package domain

import (
	"fmt"
	"strings"
	"time"
)

// weekdays as they stand behind a date.
func weekday(d Date) string {
	return [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}[d.Weekday()]
}

// Chinese gives 9月25日(周五).
func (d Date) Chinese() string {
	return fmt.Sprintf("%d月%d日(%s)", int(d.Month), d.Day, weekday(d))
}

// Moment gives 9月25日(周五) 15:00 in the office's zone.
func (s SOP) Moment(t time.Time) string {
	t = t.In(s.Calendar.Zone)
	return DateOf(t).Chinese() + " " + ClockOf(t).String()
}

// Hour gives 15:00 in the office's zone.
func (s SOP) Hour(t time.Time) string { return ClockOf(t.In(s.Calendar.Zone)).String() }

// Join lists topic names the way a timetable prints them.
func Join(topics []string) string { return strings.Join(topics, "+") }

// ClassHours gives minutes as class hours: 1课时, 1.5课时 (4.1; Policy.Teaching.ClassHour).
func (s SOP) ClassHours(minutes int) string {
	n := float64(minutes) / s.Policy.Teaching.ClassHour.Minutes()
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0") + "课时"
}

// SessionMinutes gives how long a session is when nobody says (Policy.Drafting.SessionHours).
func (s SOP) SessionMinutes() int {
	return s.Policy.Drafting.SessionHours * int(s.Policy.Teaching.ClassHour/time.Minute)
}
