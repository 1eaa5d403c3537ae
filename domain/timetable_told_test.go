package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

// What is told late is told in the words of the hour, and what has no use any more is not told.
func TestToldLate(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.Sessions = []SessionFact{{ID: "s1", No: 1, Title: "投诉处理", Start: s.Calendar.At(NewDate(2026, 10, 20), Clock{15, 0}), To: []PersonID{"p3"}}}
	told := func(from, now string) string {
		w := window(t, from, now)
		var b strings.Builder
		for _, n := range s.Told(f, w, w.To) {
			b.WriteString(n.Body.Text + "\n")
		}
		return b.String()
	}
	for _, c := range []struct{ name, from, now, has, hasNot string }{
		{"the evening of the 25th, told on the 27th", "2026-10-25 08:00", "2026-10-26 08:00", "已逾期1天", "就是今天"},
		{"the morning of the 25th, told on the 25th", "2026-10-25 08:00", "2026-10-25 12:00", "就是今天", "已逾期"},
		{"a window that is over", "2026-10-08 08:00", "2026-10-27 08:00", "已逾期", "现在开始"},
		{"a session of today, approved today", "2026-10-19 08:00", "2026-10-20 10:00", "", "明天10月20日"},
		{"a session of tomorrow, approved in the evening", "2026-10-19 08:00", "2026-10-19 20:00", "明天10月20日", ""},
	} {
		got := told(c.from, c.now)
		if !strings.Contains(got, c.has) || c.hasNot != "" && strings.Contains(got, c.hasNot) {
			t.Errorf("%s: want %q and not %q:\n%s", c.name, c.has, c.hasNot, got)
		}
	}
}

// What is put on in the evening for tomorrow could not have been said sooner: nothing of it is late, and
// nobody is told the same twice. What was down when it was to be said is late all the same.
func TestToldOfWhatWasJustArranged(t *testing.T) {
	s := office2026(t)
	start := s.Calendar.At(NewDate(2026, 10, 20), Clock{15, 0})
	session := func(set func(*Session)) []SessionFact {
		x := Session{ID: "s1", No: 1, Start: start, End: start.Add(time.Hour), Lecturer: "p2", Topics: []string{"投诉处理"}, State: Planned, ArrangedAt: instant(t, "2026-10-19 18:00")}
		set(&x)
		return []SessionFact{{ID: "s1", No: 1, Title: "投诉处理", Start: x.Start, End: x.End, Lecturer: x.Lecturer, To: []PersonID{"p3"}, State: Planned, Of: x}}
	}
	for _, c := range []struct {
		name     string
		set      func(*Session)
		now      string
		lecturer []string // stages
		trainee  []string
		others   []string // the supervisor, of the lecturer who has not confirmed
		late     bool
	}{
		{"a make-up: its own cards said it all", func(x *Session) { x.Source = "补训" }, "2026-10-19 18:01", nil, nil, nil, false},
		{"a session moved to tomorrow", func(x *Session) { x.Reason = "讲师开会" }, "2026-10-19 18:01", nil, nil, nil, false},
		{"a plan approved in the evening: the lecturer is asked once", func(*Session) {}, "2026-10-19 18:01", []string{"confirm"}, []string{"ahead"}, nil, false},
		{"she has confirmed since: no second word", func(x *Session) { x.ConfirmedAt = instant(t, "2026-10-19 18:05") }, "2026-10-19 18:06", nil, []string{"ahead"}, nil, false},
		{"she put herself down for it before", func(x *Session) { x.ConfirmedAt = instant(t, "2026-10-12 10:00") }, "2026-10-19 18:01", []string{"ahead"}, []string{"ahead"}, nil, false},
		{"the morning after she still has not", func(x *Session) { x.Source = "补训" }, "2026-10-20 09:01", []string{"morning"}, []string{"morning"}, []string{"unconfirmed"}, false},
		{"arranged long ago, and the program was down", func(x *Session) { x.ArrangedAt = instant(t, "2026-10-01 10:00") }, "2026-10-19 18:01", []string{"ahead", "confirm"}, []string{"ahead"}, []string{"unconfirmed"}, true},
		{"arranged at six, and the program down until eight", func(*Session) {}, "2026-10-19 20:00", []string{"confirm"}, []string{"ahead"}, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := facts()
			f.Sessions = session(c.set)
			got := map[PersonID][]string{}
			w := window(t, "2026-10-18 10:00", c.now)
			for _, n := range s.Told(f, w, w.To) {
				if n.Kind != SessionComing {
					continue
				}
				for _, id := range n.To {
					got[id] = append(got[id], n.Stage)
				}
				if late := strings.Contains(n.Body.Text, "晚发"); late != c.late {
					t.Errorf("%s: late %v: %s", n.Stage, late, n.Body.Text)
				}
				if c.late && c.others == nil && !strings.Contains(n.Body.Text, "原定10月19日(周一) 18:00") {
					t.Errorf("it was to be said when it was arranged: %s", n.Body.Text)
				}
			}
			for id, want := range map[PersonID][]string{"p2": c.lecturer, "p3": c.trainee, "p1": c.others} {
				slices.Sort(got[id])
				if !slices.Equal(got[id], want) {
					t.Errorf("%s: %v, want %v", id, got[id], want)
				}
			}
		})
	}
}
