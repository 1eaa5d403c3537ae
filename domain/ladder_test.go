package domain_test

import (
	"testing"

	. "trainingbot/domain"
)

// The ladder of 6.1.1 in heads (mission 11b), for every office of 1 to 60 people.
func TestLadderInHeads(t *testing.T) {
	rates := DefaultPolicy().Assessment.PassRates
	for due := 1; due <= 60; due++ {
		for i, rate := range rates {
			n := AllowedFails(due, rate)
			if (due-n)*100 < rate*due {
				t.Errorf("%d people at %d%%: %d failures leave %s", due, rate, n, RateText(due-n, due))
			}
			if (due-n-1)*100 >= rate*due {
				t.Errorf("%d people at %d%%: %d failures are allowed, one more would be too", due, rate, n)
			}
			if i > 0 && n > AllowedFails(due, rates[i-1]) {
				t.Errorf("%d people: sitting %d allows more than the one before", due, i+1)
			}
		}
		if n := AllowedFails(due, 90); due <= 9 && n != 0 || due >= 10 && n != due/10 {
			t.Errorf("%d people at 90%%: %d", due, n)
		}
		if n := AllowedFails(due, 95); due <= 19 && n != 0 || due >= 20 && n != due/20 {
			t.Errorf("%d people at 95%%: %d", due, n)
		}
		if AllowedFails(due, 100) != 0 {
			t.Errorf("%d people at 100%%", due)
		}
	}
	if AllowedFails(0, 90) != 0 || AllowedFails(-1, 90) != 0 {
		t.Error("nobody")
	}
}

func TestRatesInWords(t *testing.T) {
	for _, c := range []struct {
		passed, due int
		want        string
	}{{10, 12, "83.3%"}, {11, 12, "91.7%"}, {12, 12, "100%"}, {0, 3, "0%"}, {1, 2, "50%"}, {0, 0, "—"}, {9999, 10000, "99.9%"}} {
		if got := RateText(c.passed, c.due); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.passed, c.due, got, c.want)
		}
	}
	if HeadsText(12, 90) != "12人最多1人不合格" || HeadsText(12, 95) != "12人须全部合格" {
		t.Error(HeadsText(12, 90), HeadsText(12, 95))
	}
}

// Two standards that ask for the same in heads are said to be one (mission flow 4).
func TestSameLineInHeads(t *testing.T) {
	for _, x := range []struct {
		due, sitting int
		want         string
	}{
		{12, 1, ""}, // 90% allows one, 95% nobody
		{12, 2, "按人数，95%和100%在这12人里是同一条线"},
		{12, 3, "按人数，95%和100%在这12人里是同一条线"},
		{9, 1, "按人数，90%和95%在这9人里是同一条线"},
		{20, 2, ""}, // 95% allows one
		{0, 2, ""},
	} {
		s := SOP{Policy: DefaultPolicy()}
		if got := s.SameLine(PassRate{Due: x.due, Sitting: x.sitting}); got != x.want {
			t.Errorf("%d people, sitting %d: %q, want %q", x.due, x.sitting, got, x.want)
		}
	}
}
