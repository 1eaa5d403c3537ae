package domain_test

import (
	"fmt"
	"testing"

	. "trainingbot/domain"
)

// What a month brings an office of 80 that trains on twelve days, everybody each time, stays within the
// numbers that bot/dingtalk plays against a standard organisation's quotas (TestMonthFits there): a text goes to
// twenty people a call, a card to one.
func TestMonthFitsDingTalk(t *testing.T) {
	const people, calls, messages, perCall = 80, 2200, 2240, 20
	s := office2026(t)
	f := facts()
	for i := range people {
		f.Staff = append(f.Staff, onShift(fmt.Sprint("x", i), fmt.Sprint("员工", i), []string{"早班", "中班", "夜班"}[i%3], Trainee))
	}
	sessions := 0
	for d := NewDate(2026, 12, 1); d.Month == 12 && sessions < 12; d = d.AddDays(2) {
		x := SessionFact{ID: SessionID(fmt.Sprint(d)), No: int64(sessions + 1), Title: "培训", Start: s.Calendar.At(d, Clock{15, 0}), Lecturer: "p1"}
		for i := range people {
			x.To = append(x.To, PersonID(fmt.Sprint("x", i)))
		}
		f.Sessions, sessions = append(f.Sessions, x), sessions+1
	}
	out := 0
	for _, n := range s.Due(f, window(t, "2026-11-30 23:59", "2026-12-31 23:59")) {
		if n.Body.Card != nil && len(n.Body.Card.Buttons) > 0 {
			out += 2 * len(n.To) // and its update when the matter ends
			continue
		}
		out += (len(n.To) + perCall - 1) / perCall
	}
	in := sessions*people*2 + people*4 // a check-in and a word on the lesson each time, and a question a week
	if out > calls || in > messages || out < calls/2 {
		t.Errorf("%d calls and %d messages in, the adapter plays %d and %d", out, in, calls, messages)
	}
}
