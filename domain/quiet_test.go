package domain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

// A window that opens at 09:00 is told to who works by day then, and to who came from the night shift
// when the rest is over; what begins before that is urgent.
func TestRestAfterTheNight(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.Staff = append(f.Staff, onShift("night", "何磊", "夜班", Trainee), onShift("early", "李娜", "早班", Trainee))
	f.Sessions = []SessionFact{
		{ID: "s1", No: 1, Title: "投诉处理", Start: s.Calendar.At(NewDate(2026, 12, 1), Clock{15, 0}), To: []PersonID{"night"}},
		{ID: "s2", No: 2, Title: "案例分析", Start: s.Calendar.At(NewDate(2026, 12, 1), Clock{20, 30}), To: []PersonID{"night"}},
	}
	told := map[PersonID][]string{}
	for _, n := range s.Due(f, window(t, "2026-11-30 23:00", "2026-12-01 23:00")) {
		if n.Kind != MonthlyAssessment && n.Kind != SessionComing {
			continue
		}
		for _, id := range n.To {
			told[id] = append(told[id], string(n.Kind)+" "+n.Stage+" "+n.At.Format("15:04"))
		}
	}
	if got, want := told["early"], []string{"D7 open 09:00"}; !slices.Equal(got, want) {
		t.Errorf("by day: %v", got)
	}
	if got, want := told["night"], []string{"D10 before 14:30", "D7 open 16:00", "D10 before 20:00"}; !slices.Equal(got, want) {
		t.Errorf("after the night: %v", got)
	}
}

// Nobody is disturbed in their rest, nobody is left out by it, and splitting windows still changes nothing.
func TestRestLaws(t *testing.T) {
	s := office2026(t)
	zone := s.Calendar.Zone
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts(t, zone)
		for i := range f.Staff {
			f.Staff[i].Memberships[0].Shift = rapid.SampledFrom([]string{"早班", "夜班", ""}).Draw(t, "shift")
		}
		a := time.Date(2025, 12, 1, 0, 0, 0, 0, zone).Add(time.Duration(rapid.IntRange(0, 300*24*60).Draw(t, "a")) * time.Minute)
		b := a.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "b")) * time.Minute)
		c := b.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, "c")) * time.Minute)
		whole := s.Due(f, Window{a, c})
		parts := append(s.Due(f, Window{a, b}), s.Due(f, Window{b, c})...)
		if len(whole) != len(parts) {
			t.Fatalf("%d notices in the whole, %d in the parts", len(whole), len(parts))
		}
		for i := range whole {
			if whole[i].Key != parts[i].Key || !slices.Equal(whole[i].To, parts[i].To) || !whole[i].At.Equal(parts[i].At) {
				t.Fatalf("%+v\n%+v", whole[i], parts[i])
			}
		}
		for _, n := range whole {
			if s.Policy.Reminders.Quiet(ClockOf(n.At)) {
				t.Fatalf("%s at night", n.Key)
			}
			for _, id := range n.To {
				p, _ := f.Staff.Person(id)
				if s.Rests(p, n.Office, n.At) && n.Expires.IsZero() {
					t.Fatalf("%s disturbs %s in their rest", n.Key, p.Name)
				}
			}
		}
	})
}
