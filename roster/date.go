package roster

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/text/width"

	"trainingbot/domain"
)

// written is a day as people write it: 2026-11-23, 2026/11/3, 2026.11.23, 2026年11月23日, 20261123,
// each with or without a time of day behind it.
var written = regexp.MustCompile(`^(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?|(\d{2})(\d{2}))(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?$`)

// readDate reads a day. Years that cannot be meant are refused, so that a slip of the pen does
// not become a hire date of the year 206.
func readDate(s string) (domain.Date, string) {
	bad := fmt.Sprintf("%q is not a day: write it like 2026-11-23", s)
	m := written.FindStringSubmatch(width.Narrow.String(s))
	if m == nil {
		return domain.Date{}, bad
	}
	month, day := m[2], m[3]
	if month == "" {
		month, day = m[4], m[5]
	}
	y, _ := strconv.Atoi(m[1])
	mo, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	date := domain.NewDate(y, time.Month(mo), d)
	if date != (domain.Date{Year: y, Month: time.Month(mo), Day: d}) {
		return domain.Date{}, fmt.Sprintf("%q does not exist in the calendar", s)
	}
	return sensible(date, bad)
}

func sensible(d domain.Date, bad string) (domain.Date, string) {
	if d.Year < 1950 || d.Year > 2100 {
		return domain.Date{}, bad
	}
	return d, ""
}
