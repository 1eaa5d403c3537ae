package command

import (
	"strings"
	"time"

	"trainingbot/domain"
)

const badMonth = "月份要在1到12之间，如 2026-10"

// readPeriod reads a month or a year: 2026-10, 10月, 下个月, 2027年度, 明年1月.
func (w *world) readPeriod(c cursor) reading {
	r := w.readBarePeriod(c)
	if !r.ok() {
		return r
	}
	if d := (cursor{c.t, r.end}); d.unit("的培训计划", "的计划", "培训计划", "计划") && edge(d) {
		r.end = d.i
	}
	return r
}

func (w *world) readBarePeriod(c cursor) reading {
	if m, ok := w.relativeMonth(&c); ok {
		if numeral(c.peek(0)) || strings.ContainsRune("底末", c.peek(0)) {
			return reading{}
		}
		return reading{value: domain.MonthlyPeriod(m), end: c.i}
	}
	if r := signedPeriod(c); r.ok() || r.fault != "" {
		return r
	}
	year, yearSaid := w.readYear(&c)
	d := c
	d.skip()
	if month, ok := readMonth(&d); ok {
		if numeral(d.peek(0)) || strings.ContainsRune("底末", d.peek(0)) {
			return reading{}
		}
		m, fault := w.completeMonth(year, yearSaid, month)
		if fault != "" {
			return reading{end: d.i, fault: fault}
		}
		return reading{value: domain.MonthlyPeriod(m), end: d.i}
	}
	if yearSaid {
		c.unit("年度", "全年", "度")
		if fault := badYear(year); fault != "" {
			return reading{end: c.i, fault: fault}
		}
		return reading{value: domain.AnnualPeriod(year), end: c.i}
	}
	return reading{}
}

// signedPeriod reads 2026-10, 2026/10, 2026.10 and 2027.
func signedPeriod(c cursor) reading {
	year, ok := c.digits(4, 4)
	if !ok || badYear(year) != "" {
		return reading{}
	}
	if d := c; d.eat("-", "/", ".") {
		month, ok := d.digits(1, 2)
		if !ok || !numberEnd(d) {
			return reading{}
		}
		if month < 1 || month > 12 {
			return reading{end: d.i, fault: badMonth}
		}
		return reading{value: domain.MonthlyPeriod(domain.Month{Year: year, Month: time.Month(month)}), end: d.i}
	}
	if !numberEnd(c) {
		return reading{}
	}
	return reading{value: domain.AnnualPeriod(year), end: c.i}
}

// completeMonth takes the first such month whose last day is not more than lookBack days in the
// past when no year was said.
func (w *world) completeMonth(year int, yearSaid bool, month int) (domain.Month, string) {
	if month < 1 || month > 12 {
		return domain.Month{}, badMonth
	}
	if yearSaid {
		if fault := badYear(year); fault != "" {
			return domain.Month{}, fault
		}
	} else {
		earliest := w.Today.AddDays(-lookBack)
		year = earliest.Year
		if (domain.Month{Year: year, Month: time.Month(month)}).Last().Before(earliest) {
			year++
		}
	}
	return domain.Month{Year: year, Month: time.Month(month)}, ""
}
