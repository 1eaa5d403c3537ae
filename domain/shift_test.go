package domain_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

func onShift(id, name, shift string, roles ...Role) Person {
	p := member(id, name, Date{2020, time.January, 1}, roles...)
	p.Memberships[0].Shift = shift
	return p
}

// Who can come when: the default shifts, three hours before and after them, eight hours of rest after a night.
func TestAway(t *testing.T) {
	s := office2026(t)
	day := Date{2026, time.October, 9}
	for _, row := range []struct {
		before, shift string // of the day before, and of the day
		at            Clock
		minutes       int
		want          string
	}{
		{"", "", Clock{15, 0}, 60, ""},
		{"", "早班", Clock{15, 0}, 60, ""},
		{"", "早班", Clock{18, 0}, 60, ""},
		{"", "早班", Clock{18, 30}, 60, "早班 08:00–16:00"},
		{"", "早班", Clock{4, 59}, 60, "早班 08:00–16:00"},
		{"", "中班", Clock{11, 0}, 60, ""},
		{"", "中班", Clock{10, 59}, 60, "中班 14:00–22:00"},
		{"", "夜班", Clock{20, 30}, 60, ""},
		{"", "夜班", Clock{19, 0}, 60, ""},
		{"", "夜班", Clock{15, 0}, 60, "夜班 22:00–08:00"},
		{"夜班", "夜班", Clock{15, 0}, 60, "下夜班，休息到16:00"},
		{"夜班", "早班", Clock{15, 59}, 60, "下夜班，休息到16:00"},
		{"夜班", "早班", Clock{16, 0}, 60, ""},
		{"", "休", Clock{15, 0}, 60, "当天休息"},
		{"", "行政班", Clock{3, 0}, 60, ""}, // a shift nobody has described
	} {
		p := Staff{member("x", "何磊", Date{2020, time.January, 1}, Trainee)}.OnDuty([]Duty{
			{Person: "x", Office: cuihu, Day: day.AddDays(-1), Shift: row.before}, {Person: "x", Office: cuihu, Day: day, Shift: row.shift},
		})[0]
		if got := s.Away(p, cuihu, day, row.at, row.minutes); got != row.want {
			t.Errorf("%s after %s at %s: %q, want %q", row.shift, row.before, row.at, got, row.want)
		}
	}
}

// The roster of a day goes before the standing shift, in its own office alone, and can be taken back.
func TestDutyRoster(t *testing.T) {
	day := Date{2026, time.October, 9}
	staff := Staff{onShift("x", "何磊", "夜班", Trainee)}
	on := staff.OnDuty([]Duty{{Person: "x", Office: cuihu, Day: day, Shift: OffDuty}})
	again := on.OnDuty([]Duty{{Person: "x", Office: cuihu, Day: day, Shift: ""}})
	for _, row := range []struct {
		p    Person
		o    OfficeID
		d    Date
		want string
	}{
		{staff[0], cuihu, day, "夜班"}, {on[0], cuihu, day, OffDuty}, {on[0], cuihu, day.AddDays(1), "夜班"}, {on[0], "o2", day, ""}, {again[0], cuihu, day, "夜班"},
	} {
		if got := row.p.ShiftIn(row.o, row.d); got != row.want {
			t.Errorf("%s on %s: %q, want %q", row.o, row.d, got, row.want)
		}
	}
}

// Nobody is expected during rest or off duty, and of the runs of a lesson everybody is expected at
// most at one, whatever the roster says.
func TestRunsLaw(t *testing.T) {
	s := office2026(t)
	words := []string{"早班", "中班", "夜班", OffDuty, ""}
	first := Date{2026, time.October, 12}
	rapid.Check(t, func(t *rapid.T) {
		var staff Staff
		var duties []Duty
		for i := range rapid.IntRange(1, 5).Draw(t, "people") {
			id := fmt.Sprint("t", i)
			staff = append(staff, onShift(id, id, rapid.SampledFrom(words).Draw(t, "standing"), Trainee))
			for d := range 4 {
				if rapid.Bool().Draw(t, "rostered") {
					duties = append(duties, Duty{Person: PersonID(id), Office: cuihu, Day: first.AddDays(d - 1), Shift: rapid.SampledFrom(words).Draw(t, "shift")})
				}
			}
		}
		var runs []Session
		for i := range rapid.IntRange(1, 3).Draw(t, "runs") {
			start := s.Calendar.At(first.AddDays(rapid.IntRange(0, 2).Draw(t, "day")), rapid.SampledFrom([]Clock{{9, 0}, {15, 0}, {20, 30}}).Draw(t, "at"))
			runs = append(runs, Session{ID: SessionID(fmt.Sprint(i)), No: int64(i), Office: cuihu, Group: "g", Run: RunName(i), State: Planned, Start: start, End: start.Add(time.Hour)})
		}
		by := Case{Office: facts().Office, Staff: append(staff, member("p1", "王芳", Date{2020, time.January, 1}, Supervisor)), Now: s.Calendar.At(first.AddDays(-5), Clock{9, 0})}
		by.By, _ = by.Staff.Person("p1")
		runs = s.ShareRuns(by.Staff, runs)
		for _, x := range duties { // word by word, as the supervisor says them
			out := s.Roster(by, []Duty{x}, runs)
			for _, y := range out.Sessions {
				runs[y.No] = y
			}
			by.Staff = by.Staff.OnDuty(out.Duties)
		}
		for _, p := range by.Staff {
			at := 0
			can := 0
			for _, x := range runs {
				open := x
				open.Released = nil
				if len(s.Expected(open, Staff{p})) > 0 {
					can++
				}
				if len(s.Expected(x, Staff{p})) == 0 {
					continue
				}
				at++
				if s.Rests(p, cuihu, x.Start) || p.ShiftIn(cuihu, s.Calendar.Date(x.Start)) == OffDuty {
					t.Fatalf("%s is expected at %s while resting", p.ID, x.Start)
				}
			}
			if at != min(can, 1) {
				t.Fatalf("%s is expected at %d runs and could come to %d", p.ID, at, can)
			}
		}
	})
}
