package domain_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

// Everyone who was expected is present, on leave or absent, and nobody stands in two of them,
// whatever was asked, granted, marked and withdrawn.
func TestTallyLaw(t *testing.T) {
	o := newCaseOffice(t)
	ids := []domain.PersonID{"li", "wei", "wei2", "chen", "zhou"}
	states := []domain.AbsenceState{domain.LeaveAsked, domain.OnLeave, domain.Exempted, domain.LeaveRefused, domain.LeaveWithdrawn, domain.Unexplained,
		domain.Explained, domain.Excused, domain.MakesUp, domain.Unexcused, domain.WasPresent}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 7))
		x := domain.Session{ID: "s", State: domain.Closed, Roster: []domain.PersonID{}}
		var present []domain.Attendance
		var absences []domain.Absence
		for _, id := range ids {
			if r.IntN(3) > 0 {
				x.Roster = append(x.Roster, id)
			}
			if r.IntN(2) > 0 {
				present = append(present, domain.Attendance{Session: "s", Person: id, Late: r.IntN(3)})
			}
			if r.IntN(2) > 0 {
				absences = append(absences, domain.Absence{Session: "s", Person: id, State: states[r.IntN(len(states))]})
			}
		}
		got := o.sop.Tally(x, present, absences)
		all := slices.Concat(got.Present, got.Leave, got.Absent)
		slices.Sort(all)
		want := slices.Sorted(slices.Values(got.Expected))
		if !slices.Equal(all, want) || len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Fatalf("seed %d: %+v", seed, got)
		}
		for _, id := range x.Roster {
			if !slices.Contains(got.Expected, id) {
				t.Fatalf("seed %d: %s is on the list and not expected", seed, id)
			}
		}
	}
}

// The spot check is the same for everyone who asks, within the session, of people who were there by
// then, and of another secret it is another.
func TestSpotCheckLaw(t *testing.T) {
	o := newCaseOffice(t)
	start := o.at("2026-10-09 15:00")
	var present []domain.Attendance
	x := domain.Session{ID: "s", State: domain.Open, Start: start, End: start.Add(time.Hour)}
	for _, id := range []domain.PersonID{"li", "wei", "wei2", "chen"} {
		x.Roster = append(x.Roster, id)
		present = append(present, domain.Attendance{Session: "s", Person: id, At: start, Way: domain.ByCode})
	}
	moments := map[time.Time]bool{}
	for i := range 200 {
		x.Secret = []byte{byte(i), 1, 2}
		at, who := o.sop.SpotCheck(x, present)
		again, same := o.sop.SpotCheck(x, slices.Clone(present))
		if !at.Equal(again) || !slices.Equal(who, same) || len(who) != o.sop.Policy.Day.SpotPeople || at.Before(start.Add(19*time.Minute)) || !at.Before(start.Add(40*time.Minute)) {
			t.Fatalf("%d: %s %v, then %s %v", i, at, who, again, same)
		}
		moments[at] = true
	}
	if len(moments) < 10 {
		t.Errorf("only %d instants", len(moments))
	}
	if at, who := o.sop.SpotCheck(x, present[:2]); !at.IsZero() || who != nil {
		t.Errorf("of two everyone is asked: %s %v", at, who)
	}
}

// Odd check-ins are told by name and number, and ordinary ones are not.
func TestOdd(t *testing.T) {
	o := newCaseOffice(t)
	c := o.by("fang", "2026-10-09 16:00")
	at := func(seconds ...int) []domain.Attendance {
		var out []domain.Attendance
		for i, s := range seconds {
			out = append(out, domain.Attendance{Person: []domain.PersonID{"li", "wei", "wei2", "chen"}[i], At: c.Now.Add(time.Duration(s) * time.Second), Way: domain.ByCode})
		}
		return out
	}
	far := [][]domain.Attendance{at(0, 60), at(0, 61)}
	near := [][]domain.Attendance{at(0, 2), at(3, 1)}
	for _, x := range []struct {
		name    string
		present []domain.Attendance
		earlier [][]domain.Attendance
		want    string
	}{
		{"spread out", at(0, 20, 40, 60), nil, ""},
		{"four in five seconds", at(0, 1, 3, 5), nil, "有4人签到"},
		{"three in five seconds", at(0, 1, 3, 20), nil, ""},
		{"two together for the third time", at(0, 2), near, "连续3场"},
		{"together today alone", at(0, 2), far, ""},
		{"together the second time", at(0, 2), near[:1], ""},
	} {
		got := strings.Join(o.sop.Odd(c, x.present, x.earlier), "；")
		if (x.want == "") != (got == "") || !strings.Contains(got, x.want) {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

// What is without reason only a person says, and not before the one who was missing could explain.
func TestJudge(t *testing.T) {
	o := newCaseOffice(t)
	x := domain.Session{ID: "s", No: 31, Office: "hu", Start: o.at("2026-10-09 15:00"), End: o.at("2026-10-09 16:00"), Lecturer: "chen", State: domain.Closed}
	open := domain.Absence{Session: "s", Person: "li", Office: "hu", State: domain.Unexplained, Due: o.at("2026-10-10 16:00")}
	said, judged := open, open
	said.State = domain.Explained
	judged.State, judged.Judge = domain.Excused, "fang"
	for _, k := range []struct {
		name    string
		by      domain.PersonID
		at      string
		a       domain.Absence
		v       domain.Judgement
		want    domain.AbsenceState
		refused domain.Kind
	}{
		{"too early for 无故", "fang", "2026-10-10 15:59", open, domain.WithoutReason, "", domain.TooEarly},
		{"有因 at any time", "fang", "2026-10-09 17:00", open, domain.WithReason, domain.Excused, ""},
		{"lapsed", "fang", "2026-10-10 16:00", open, domain.WithoutReason, domain.Unexcused, ""},
		{"explained", "fang", "2026-10-09 17:00", said, domain.WithoutReason, domain.Unexcused, ""},
		{"explained, made up", "fang", "2026-10-09 17:00", said, domain.WithReasonMakeUp, domain.MakesUp, ""},
		{"judged before", "fang", "2026-10-11 17:00", judged, domain.WithoutReason, "", domain.Conflict},
		{"the lecturer does not judge", "chen", "2026-10-11 17:00", said, domain.WithReason, "", domain.Forbidden},
	} {
		got, err := o.sop.Judge(o.by(k.by, k.at), x, k.a, k.v, "")
		if k.refused != "" {
			if e, ok := domain.Refusal(err); !ok || e.Kind != k.refused {
				t.Errorf("%s: %v", k.name, err)
			}
			continue
		}
		if err != nil || got.State != k.want || got.Judge != k.by {
			t.Errorf("%s: %+v %v", k.name, got, err)
		}
	}
}
