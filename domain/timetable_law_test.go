package domain_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

// The four dates of the mission are said on their own calendar day, whatever the weekday, for 20 years.
func TestTheVeryDay(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.RulesOnly = true
	said := map[string]bool{}
	for _, r := range s.Timetable(f, window(t, "2019-12-31 23:59", "2039-12-31 23:59")) {
		if r.Stage == "day" {
			said[fmt.Sprint(r.Kind, " ", r.At.Format("2006-01-02 15:04"))] = true
		}
	}
	for y := 2020; y < 2040; y++ {
		for m := time.January; m <= time.December; m++ {
			for _, want := range []struct {
				kind MatterKind
				day  Date
			}{{MonthlyPlanDue, Date{y, m, 25}}, {MonthlyApprovalDue, Month{y, m}.Day(30)}, {AnnualPlanDue, Date{y, time.December, 10}}, {AnnualApprovalDue, Date{y, time.December, 20}}} {
				for _, clock := range []string{"09:00", "17:00"} {
					if key := fmt.Sprint(want.kind, " ", want.day, " ", clock); !said[key] {
						t.Errorf("nothing is said: %s", key)
					}
				}
			}
		}
	}
}

// someFacts draws an office that has done this and that.
func someFacts(t *rapid.T, zone *time.Location) Facts {
	f := facts()
	base := time.Date(2025, 11, 1, 0, 0, 0, 0, zone)
	at := func(label string) time.Time {
		return base.Add(time.Duration(rapid.IntRange(0, 450*24*60).Draw(t, label)) * time.Minute)
	}
	if rapid.Bool().Draw(t, "new office") {
		f.Office.Since = DateOf(at("office since"))
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "hires") {
		p := member(fmt.Sprint("h", i), fmt.Sprint("新人", i), DateOf(at("hired")), Trainee)
		if rapid.Bool().Draw(t, "leaves") {
			p.Memberships[0].Until = p.Memberships[0].Since.AddDays(rapid.IntRange(0, 40).Draw(t, "stay"))
		}
		f.Staff = append(f.Staff, p)
	}
	p := Period{2025, time.December}
	for i := range rapid.IntRange(0, 14).Draw(t, "plans") {
		x := PlanFact{ID: PlanID(fmt.Sprint("plan", i)), No: int64(i), Period: p, Version: rapid.IntRange(1, 3).Draw(t, "version"), Items: i, SubmittedBy: "p1"}
		if p = p.Next(); rapid.IntRange(0, 9).Draw(t, "annual") == 0 {
			x.Period = AnnualPeriod(2026 + i)
		}
		state := rapid.IntRange(0, 4).Draw(t, "state")
		x.Waiting, x.Approved, x.Returned = state == 1 || state == 4, state == 2 || state == 4, state == 3
		if rapid.Bool().Draw(t, "since known") {
			x.Since = at("since")
		}
		f.Plans = append(f.Plans, x)
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "sessions") {
		x := SessionFact{ID: SessionID(fmt.Sprint("s", i)), No: int64(i), Start: at("start"), Title: "培训", To: []PersonID{"p5"}, Lecturer: "p1"}
		x.State = rapid.SampledFrom([]SessionState{Planned, Open, Closed, Cancelled}).Draw(t, "session state")
		f.Sessions = append(f.Sessions, x)
	}
	for range rapid.IntRange(0, 5).Draw(t, "settled") {
		kind := rapid.SampledFrom([]MatterKind{OrientationTheoryDue, TheoryTestDue, MonthlyAssessment, FireAssessment}).Draw(t, "kind")
		subject := rapid.SampledFrom([]string{"h0", "h1", "2026-01", "2026-02", "2026Q1", "2026Q2"}).Draw(t, "subject")
		f.Settled = append(f.Settled, Matter{cuihu, kind, subject})
	}
	f.RulesOnly = rapid.IntRange(0, 5).Draw(t, "rules only") == 0
	return f
}

func TestTimetableLaws(t *testing.T) {
	s := office2026(t)
	zone := s.Calendar.Zone
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts(t, zone)
		start := time.Date(2025, 10, 20, 0, 0, 0, 0, zone)
		a := start.Add(time.Duration(rapid.IntRange(0, 400*24*60).Draw(t, "a")) * time.Minute)
		b := a.Add(time.Duration(rapid.IntRange(0, 60*24*60).Draw(t, "b")) * time.Minute)
		c := b.Add(time.Duration(rapid.IntRange(0, 90*24*60).Draw(t, "c")) * time.Minute)
		whole := s.Due(f, Window{a, c})
		parts := append(s.Due(f, Window{a, b}), s.Due(f, Window{b, c})...)
		if len(whole)+len(parts) > 0 && !reflect.DeepEqual(whole, parts) {
			t.Fatalf("(a,c] is not (a,b] and (b,c]:\n%+v\n%+v", whole, parts)
		}
		settled := map[Matter]bool{}
		for _, m := range f.Settled {
			settled[m] = !f.RulesOnly
		}
		plans := map[string]PlanFact{}
		for _, p := range f.Plans {
			plans[p.Period.String()] = p
		}
		keys := map[string]bool{}
		last := a
		for _, r := range s.Timetable(f, Window{a, c}) {
			if keys[r.Key] {
				t.Fatalf("key twice: %s", r.Key)
			}
			keys[r.Key] = true
			if !(Window{a, c}).Has(r.At) || r.At.Location() != zone {
				t.Fatalf("%s is outside the window or not in the office's zone", r.Key)
			}
			if s.Policy.Reminders.Quiet(ClockOf(r.At)) {
				t.Fatalf("%s at night", r.Key)
			}
			if p, ok := plans[r.Subject]; ok && !f.RulesOnly {
				due, approval := r.Kind == MonthlyPlanDue || r.Kind == AnnualPlanDue, r.Kind == MonthlyApprovalDue || r.Kind == AnnualApprovalDue
				if due && (p.Waiting || p.Approved) || approval && !p.Waiting {
					t.Fatalf("%s: the plan is %+v", r.Key, p)
				}
				if (approval || due && p.Returned) && r.At.Before(p.Since) {
					t.Fatalf("%s is older than what it is about, %s", r.Key, p.Since)
				}
			}
			if settled[Matter{r.Office, r.Kind, r.Subject}] {
				t.Fatalf("%s is settled", r.Key)
			}
			if !f.RulesOnly && DateOf(r.At).Before(f.Office.Since) {
				t.Fatalf("%s is from before the office began", r.Key)
			}
			if r.At.Before(last) {
				t.Fatal("not in order")
			}
			last = r.At
		}
	})
}

// No key comes twice in any two years, and every notice says something, why, and under which clause.
func TestTwoYears(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.Office.Since = Date{}
	for _, only := range []bool{false, true} {
		f.RulesOnly = only
		keys := map[string]bool{}
		for _, n := range s.Due(f, window(t, "2025-01-01 00:00", "2027-12-31 23:59")) {
			if keys[n.Key] {
				t.Errorf("key twice: %s", n.Key)
			}
			keys[n.Key] = true
			if n.Body.Text == "" || n.Why == "" || n.Clause == "" || n.Thread == "" || len(n.To) == 0 || strings.Contains(n.Body.Text+n.Why, "%!") {
				t.Errorf("%+v", n)
			}
		}
		if len(keys) < 500 {
			t.Errorf("only %d notices in three years", len(keys))
		}
	}
}
