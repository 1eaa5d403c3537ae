package domain

import (
	"fmt"
	"strings"
	"time"
)

// Period is what a plan is for (5.1.1): one month, or with Month 0 one year. Its text is "2026-10"
// or "2027"; it is comparable and the zero Period is "no period".
type Period struct {
	Year  int
	Month time.Month // 0: annual
}

// MonthlyPeriod gives the period of a month.
func MonthlyPeriod(m Month) Period { return Period(m) }

// AnnualPeriod gives the period of a year.
func AnnualPeriod(year int) Period { return Period{Year: year} }

// ParsePeriod reads YYYY-MM or YYYY.
func ParsePeriod(s string) (Period, error) {
	s = strings.TrimSpace(s)
	if m, err := ParseMonth(s); err == nil {
		return MonthlyPeriod(m), nil
	}
	if t, err := time.Parse("2006", s); err == nil {
		return AnnualPeriod(t.Year()), nil
	}
	return Period{}, fmt.Errorf("period %q: want YYYY-MM or YYYY", s)
}

// IsZero says whether p is "no period".
func (p Period) IsZero() bool { return p == Period{} }

// Annual says whether p is a whole year.
func (p Period) Annual() bool { return p.Month == 0 }

// MonthOf gives the month of a monthly period; January for an annual one.
func (p Period) MonthOf() Month { return Month{p.Year, max(p.Month, time.January)} }

// First gives the first day of the period.
func (p Period) First() Date { return p.MonthOf().First() }

// Last gives the last day of the period.
func (p Period) Last() Date {
	if p.Annual() {
		return NewDate(p.Year, time.December, 31)
	}
	return p.MonthOf().Last()
}

// Has says whether d lies in the period.
func (p Period) Has(d Date) bool { return !d.Before(p.First()) && !d.After(p.Last()) }

// Next gives the month or the year after p.
func (p Period) Next() Period {
	if p.Annual() {
		return AnnualPeriod(p.Year + 1)
	}
	return MonthlyPeriod(p.MonthOf().Add(1))
}

// Before orders periods by their first day; a year comes before its January.
func (p Period) Before(q Period) bool {
	if p.Year != q.Year {
		return p.Year < q.Year
	}
	return p.Month < q.Month
}

// String gives YYYY-MM or YYYY, "" for no period.
func (p Period) String() string {
	switch {
	case p.IsZero():
		return ""
	case p.Annual():
		return fmt.Sprintf("%04d", p.Year)
	}
	return p.MonthOf().String()
}

// Chinese gives 2026年10月 or 2027年度.
func (p Period) Chinese() string {
	if p.Annual() {
		return fmt.Sprintf("%d年度", p.Year)
	}
	return fmt.Sprintf("%d年%d月", p.Year, int(p.Month))
}

// MarshalText gives what String gives.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Period) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*p = Period{}
		return nil
	}
	*p, err = ParsePeriod(string(b))
	return err
}
