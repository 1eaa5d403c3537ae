package domain

import "fmt"

// AllowedFails gives how many of so many people may fail without the pass rate falling under the
// standard (6.1.1), in whole heads: with 12 people 90 % allow one, with 9 nobody (mission 11b).
func AllowedFails(due, standard int) int {
	if due <= 0 {
		return 0
	}
	return due * (100 - standard) / 100
}

// RateText gives passed of due as a percentage with at most one decimal: 83.3%, 91.7%. Only all of
// them are 100%.
func RateText(passed, due int) string {
	if due <= 0 {
		return "—"
	}
	tenths := (passed*1000 + due/2) / due
	if passed < due {
		tenths = min(tenths, 999)
	}
	if tenths%10 == 0 {
		return fmt.Sprintf("%d%%", tenths/10)
	}
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
}

// SameLine says of the standard of a sitting that a neighbouring one asks for the same in whole heads,
// "" when none does: with 12 people 95% and 100% both allow nobody to fail (mission flow 4).
func (s SOP) SameLine(x PassRate) string {
	rates := s.Policy.Assessment.PassRates
	for i := max(x.Sitting-2, 0); x.Due > 0 && i+1 < len(rates) && i < x.Sitting; i++ {
		if a, b := rates[i], rates[i+1]; a != b && AllowedFails(x.Due, a) == AllowedFails(x.Due, b) {
			return fmt.Sprintf("按人数，%d%%和%d%%在这%d人里是同一条线", a, b, x.Due)
		}
	}
	return ""
}

// HeadsText says a standard in whole heads: 12人最多1人不合格, 12人须全部合格.
func HeadsText(due, standard int) string {
	if n := AllowedFails(due, standard); n > 0 {
		return fmt.Sprintf("%d人最多%d人不合格", due, n)
	}
	return fmt.Sprintf("%d人须全部合格", due)
}
