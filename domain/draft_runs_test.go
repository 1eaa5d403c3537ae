package domain_test

import (
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

// shiftStaff is teachers and some people on shifts, with a duty roster for October and around it.
func shiftStaff(t *rapid.T, people int) Staff {
	words := []string{"早班", "中班", "夜班", ""}
	staff := teachers()
	for i := range staff { // the trainees among them go, so that the drawn ones alone are taught
		staff[i].Memberships[0].Roles = slices.DeleteFunc(slices.Clone(staff[i].Memberships[0].Roles), func(r Role) bool { return r == Trainee })
	}
	staff = slices.DeleteFunc(staff, func(p Person) bool { return len(p.Memberships[0].Roles) == 0 })
	var duties []Duty
	for i := range people {
		id := fmt.Sprint("t", i)
		staff = append(staff, onShift(id, id, rapid.SampledFrom(words).Draw(t, "standing"), Trainee))
		for d := range 8 {
			day := Date{2026, time.October, 11}.AddDays(d)
			if rapid.IntRange(0, 2).Draw(t, "rostered") == 0 {
				duties = append(duties, Duty{Person: PersonID(id), Office: cuihu, Day: day, Shift: rapid.SampledFrom(append(words, OffDuty)).Draw(t, "shift")})
			}
		}
	}
	for _, id := range []PersonID{"p1", "p6", "p8"} {
		if rapid.Bool().Draw(t, "lecturer rostered") {
			duties = append(duties, Duty{Person: id, Office: cuihu, Day: Date{2026, time.October, 12}, Shift: rapid.SampledFrom(append(words, OffDuty)).Draw(t, "lecturer's shift")})
		}
	}
	return staff.OnDuty(duties)
}

// With one lesson a week a search through every choice of days and hours finds no fewer runs than the draft.
func TestRunsAreFewest(t *testing.T) {
	s := office2026(t)
	weekly, _ := s.Policy.Topic("service_awareness")
	s.Policy.Curriculum = []Topic{weekly}
	hours := []Clock{{15, 0}, {20, 30}}
	rapid.Check(t, func(t *rapid.T) {
		staff := shiftStaff(t, rapid.IntRange(1, 5).Draw(t, "people"))
		items, _ := drafted(s, Month{2026, time.October}, staff, nil)
		runs := map[int]int{}
		for _, it := range items {
			_, w := it.Date.ISOWeek()
			runs[w]++
		}
		type place struct {
			d Date
			c Clock
		}
		places := map[int][]place{}
		for d := (Date{2026, time.October, 8}); !d.After(Date{2026, time.October, 30}); d = d.AddDays(1) {
			if _, w := d.ISOWeek(); s.Calendar.Working(d) {
				for _, c := range hours {
					places[w] = append(places[w], place{d, c})
				}
			}
		}
		for w, at := range places {
			least := 1
			var need []uint
			for _, p := range staff {
				var mask uint
				for i, x := range at {
					_, known := s.Policy.Shifts.Shift(p.ShiftIn(cuihu, x.d))
					if (known || x.c == hours[0]) && p.Has(cuihu, Trainee, x.d) && s.Away(p, cuihu, x.d, x.c, 60) == "" {
						mask |= 1 << i
					}
				}
				if mask != 0 {
					need = append(need, mask)
				}
			}
			best := len(at)
			for set := uint(1); set < 1<<len(at); set++ {
				if n := bits.OnesCount(set); n < best && !slices.ContainsFunc(need, func(m uint) bool { return m&set == 0 }) {
					best = n
				}
			}
			least = max(least, best)
			if runs[w] != least {
				t.Fatalf("week %d: %d runs, the search finds %d", w, runs[w], least)
			}
		}
	})
}

// Whatever the roster: nobody teaches while resting or off duty or in two places at once, no room
// is used twice, nothing runs into what is taken, and of every lesson a person who can be reached
// is expected at exactly one run.
func TestDraftOnShiftsLaws(t *testing.T) {
	s := office2026(t)
	s.Policy.Drafting.Rooms = []string{"前台大厅"}
	rapid.Check(t, func(t *rapid.T) {
		staff := shiftStaff(t, rapid.IntRange(1, 6).Draw(t, "people"))
		var taken []Engagement
		for range rapid.IntRange(0, 3).Draw(t, "taken") {
			from := s.Calendar.At(Date{2026, time.October, rapid.IntRange(8, 30).Draw(t, "day")}, Clock{rapid.IntRange(9, 20).Draw(t, "hour"), 0})
			e := Engagement{From: from, To: from.Add(2 * time.Hour), Room: "培训室"}
			if rapid.Bool().Draw(t, "person") {
				e.Room, e.Person = "", "p1"
			}
			taken = append(taken, e)
		}
		in := func() DraftInput {
			return DraftInput{Office: facts().Office, Month: Month{2026, time.October}, Staff: staff, Taken: taken, NewID: numbered()}
		}
		items, gaps := s.DraftMonth(in())
		again, gapsAgain := s.DraftMonth(in())
		if !reflect.DeepEqual(items, again) || !reflect.DeepEqual(gaps, gapsAgain) {
			t.Fatal("not the same twice")
		}
		meets := func(a, b Item) bool {
			x, y := s.Calendar.At(a.Date, a.Start), s.Calendar.At(b.Date, b.Start)
			return x.Before(y.Add(time.Hour)) && y.Before(x.Add(time.Hour))
		}
		for i, it := range items {
			start := s.Calendar.At(it.Date, it.Start)
			if p, ok := staff.Person(it.Lecturer); ok && (s.Rests(p, cuihu, start) || p.ShiftIn(cuihu, it.Date) == OffDuty) {
				t.Fatalf("%s teaches on %s %s in rest or off duty", p.Name, it.Date, it.Start)
			}
			for _, o := range items[i+1:] {
				if meets(it, o) && (it.Room == o.Room || it.Lecturer != "" && it.Lecturer == o.Lecturer) {
					t.Fatalf("%s %s and %s %s share a room or a lecturer", it.Date, it.Start, o.Date, o.Start)
				}
			}
			for _, e := range taken {
				if (e.Person != "" && e.Person == it.Lecturer || e.Room != "" && e.Room == it.Room) && e.From.Before(start.Add(time.Hour)) && start.Before(e.To) {
					t.Fatalf("%s %s runs into what is taken", it.Date, it.Start)
				}
			}
		}
		// every frequency of a month is on the plan, or told
		for _, topic := range s.Policy.Curriculum {
			if topic.Every == Monthly && !slices.ContainsFunc(items, func(it Item) bool { return slices.Contains(it.Topics, topic.ID) }) &&
				!slices.ContainsFunc(gaps, func(g Gap) bool { return strings.Contains(g.Text, topic.Name) || strings.Contains(g.Text, "占用") }) {
				t.Fatalf("%s is neither planned nor told", topic.Name)
			}
		}
		exactlyOne(t, s, staff, items, gaps)
	})
}

// exactlyOne approves the items and looks at who is expected where.
func exactlyOne(t *rapid.T, s SOP, staff Staff, items []Item, gaps []Gap) {
	c := Case{Office: facts().Office, Staff: staff, Now: s.Calendar.At(Date{2026, time.September, 21}, Clock{10, 0})}
	c.By, _ = staff.Person("p1")
	kept, err := s.StartPlan(c, "plan", 1, Period{2026, time.October}, items, nil)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err = s.Submit(c, kept.Plans[0]); err != nil {
		t.Fatal(err)
	}
	c.By, _ = staff.Person("p2")
	n := 0
	kept, err = s.Approve(c, kept.Plans[0], 0, nil, func() (SessionID, int64) { n++; return SessionID(fmt.Sprint("s", n)), int64(n) })
	if err != nil {
		t.Fatal(err)
	}
	expected := map[ItemID]map[PersonID]int{}
	teaches := map[ItemID]map[PersonID]bool{}
	for _, x := range kept.Sessions {
		g := x.Group
		if g == "" {
			g = x.Item
		}
		if expected[g] == nil {
			expected[g], teaches[g] = map[PersonID]int{}, map[PersonID]bool{}
		}
		teaches[g][x.Lecturer] = true
		for _, id := range s.Expected(x, staff) {
			expected[g][id]++
		}
	}
	for g, who := range expected {
		var day Date
		for _, it := range items {
			if it.ID == g {
				day = it.Date
			}
		}
		for _, p := range staff.With(cuihu, Trainee, day) {
			told := slices.ContainsFunc(gaps, func(gap Gap) bool {
				return strings.Contains(gap.Text, "排不到") && strings.Contains(gap.Text, p.Name)
			})
			if n := who[p.ID]; n > 1 || n == 0 && !told {
				t.Fatalf("%s is expected at %d runs of the lesson of %s (%v)", p.Name, n, day, gaps)
			}
		}
	}
}

// October with a person on nights: the same lessons as without, each with a B run at 20:30.
func TestNightShiftGetsARun(t *testing.T) {
	s := office2026(t)
	staff := append(teachers(), onShift("n", "何磊", "夜班", Trainee))
	without, _ := drafted(s, Month{2026, time.October}, teachers(), nil)
	items, gaps := drafted(s, Month{2026, time.October}, staff, nil)
	if len(items) != 2*len(without) || len(gaps) > 0 {
		t.Fatalf("%d lines, want twice %d; %v", len(items), len(without), gaps)
	}
	for i := 0; i < len(items); i += 2 {
		a, b := items[i], items[i+1]
		if a.Run != "A" || b.Run != "B" || b.Group != a.ID || a.Group != a.ID || a.Date != b.Date || b.Start != (Clock{20, 30}) ||
			!slices.Equal(b.Shifts, []string{"夜班"}) || !slices.Equal(a.Shifts, []string{"早班", "中班"}) || !slices.Equal(a.Topics, b.Topics) {
			t.Errorf("%+v\n%+v", a, b)
		}
	}
	// an office whose people all work late has class then, once
	late := slices.Clone(teachers())
	for i := range late {
		late[i].Memberships = slices.Clone(late[i].Memberships)
		late[i].Memberships[0].Shift = map[bool]string{true: "夜班", false: "中班"}[i%2 == 0]
	}
	if items, _ = drafted(s, Month{2026, time.October}, late, nil); slices.ContainsFunc(items, func(it Item) bool { return it.Run != "" || it.Start.Hour < 20 }) {
		t.Errorf("one run at 20:30 reaches 中班 and 夜班: %+v", items[0])
	}
}

// The lessons of a month are as few as its topics allow: never more than the topics of 4.0 that fall
// due, put together as full as a session may be, plus one a week for what does not pair.
func TestLessonsAreFew(t *testing.T) {
	s := office2026(t)
	var previous []Item
	for m := (Month{2025, time.January}); m.Before(Month{2028, time.January}); m = m.Add(1) {
		items, _ := drafted(s, m, teachers(), previous)
		topics, weeks := 0, map[Date]bool{}
		for _, it := range items {
			topics += len(it.Topics)
			weeks[it.Date.AddDays(-(int(it.Date.Weekday())+6)%7)] = true
		}
		least := (topics + s.Policy.Drafting.TopicsPerSession - 1) / s.Policy.Drafting.TopicsPerSession
		if len(items) > least+len(weeks) {
			t.Errorf("%s: %d lessons for %d topics", m, len(items), topics)
		}
		previous = items
	}
}

// bigOffice is 200 people on three shifts that rotate, each with days off.
func bigOffice() Staff {
	staff := teachers()
	var duties []Duty
	for i := range 200 {
		id := fmt.Sprint("b", i)
		staff = append(staff, onShift(id, id, []string{"早班", "中班", "夜班"}[i%3], Trainee))
		for d := range 45 {
			shift := []string{"早班", "早班", "中班", "中班", "夜班", "夜班", OffDuty, OffDuty}[(i+d)%8]
			duties = append(duties, Duty{Person: PersonID(id), Office: cuihu, Day: Date{2026, time.September, 28}.AddDays(d), Shift: shift})
		}
	}
	return staff.OnDuty(duties)
}

// A month for 200 people on three shifts is drafted well within a second: counted in allocations,
// which do not depend on how busy the machine is (a second is some ten million of them).
func TestBigDraftIsCheap(t *testing.T) {
	s, staff := office2026(t), bigOffice()
	var items []Item
	n := testing.AllocsPerRun(1, func() { items, _ = drafted(s, Month{2026, time.October}, staff, nil) })
	if n > 2_000_000 || len(items) < 20 {
		t.Errorf("%.0f allocations for %d lines", n, len(items))
	}
}

func BenchmarkDraft200(b *testing.B) {
	s, staff := office2026(b), bigOffice()
	for b.Loop() {
		drafted(s, Month{2026, time.October}, staff, nil)
	}
}
