package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

// What the months before leave to a plan: what was called off or not held and not taught since, and who
// missed what was held and did not make it up.
func TestLastGaps(t *testing.T) {
	s := office2026(t)
	day := func(m time.Month, d int) Date { return Date{2026, m, d} }
	off := func(x Session) Session { x.State, x.RecordedAt = Cancelled, time.Time{}; return x }
	left := func(x Session) Session { x.State, x.RecordedAt = Planned, time.Time{}; return x }
	for _, row := range []struct {
		name     string
		sessions []Session
		present  []Attendance
		want     string
	}{
		{"called off", []Session{off(held(s, 1, day(9, 8), "case_study"))}, nil, "case_study 9月8日取消"},
		{"not held", []Session{left(held(s, 1, day(9, 8), "case_study"))}, nil, "case_study 9月8日没上"},
		{"called off and taught later", []Session{off(held(s, 1, day(9, 8), "duties")), held(s, 2, day(9, 15), "duties")}, nil, ""},
		{"taught and called off the next time", []Session{held(s, 1, day(9, 8), "duties"), off(held(s, 2, day(9, 15), "duties"))}, nil, "duties 9月15日取消"},
		{"called off, still to come", []Session{off(held(s, 1, day(9, 8), "case_study")), left(held(s, 2, day(9, 25), "case_study"))}, nil, ""},
		{"the other run of the day was held", []Session{held(s, 1, day(9, 8), "duties"), off(held(s, 2, day(9, 8), "duties"))}, nil, ""},
		{"before the stretch", []Session{off(held(s, 1, day(7, 31), "case_study"))}, nil, ""},
		{"a lesson for one person alone", []Session{func() Session { x := off(held(s, 1, day(9, 8), "case_study")); x.Invited = []PersonID{"p5"}; return x }()}, nil, ""},
		{"three missed it", []Session{held(s, 1, day(9, 8), "case_study")}, nil, "case_study 9月3人缺课 [p5 p6 p7]"},
		{"one made it up", []Session{held(s, 1, day(9, 8), "case_study"), held(s, 2, day(9, 11), "case_study")}, append(was("p5", held(s, 1, day(9, 8))), was("p6", held(s, 2, day(9, 11)))...), "case_study 9月1人缺课 [p7]"},
		{"a weekly lesson is heard the next week", []Session{held(s, 1, day(9, 8), "duties")}, nil, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, x := range s.LastGaps(History{Office: facts().Office, Staff: facts().Staff, Sessions: row.sessions, Present: row.present}, day(8, 1), day(9, 17)) {
				line := x.Topic + " " + x.Why
				if len(x.People) > 0 {
					line += fmt.Sprint(" ", x.People)
				}
				got = append(got, line)
			}
			if strings.Join(got, "\n") != row.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

// What some people missed is taken and named when its turn comes; when it has none, the supervisor is
// told to make it up, and no lesson is added for everybody.
func TestDraftOfMissedLessons(t *testing.T) {
	s := office2026(t)
	draft := func(missed ...WeakTopic) ([]Item, []Gap) {
		return s.DraftMonth(DraftInput{Office: facts().Office, Month: Month{2026, time.December}, Staff: teachers(), NewID: numbered(), Missed: missed,
			Previous: []Item{{ID: "drill", Date: Date{2026, time.November, 10}, Topics: []string{"formation", "fitness"}, Minutes: 60}}})
	}
	plain, _ := draft()
	items, _ := draft(WeakTopic{Topic: "case_study", Why: "11月2人缺课", People: []PersonID{"p5", "p6"}})
	named := false
	for _, it := range items {
		named = named || strings.Contains(it.Source, "上月缺口（11月2人缺课）") && strings.Contains(strings.Join(it.Topics, " "), "case_study")
	}
	if !named || len(items) != len(plain) {
		t.Errorf("%d lessons for %d, named: %v", len(items), len(plain), named)
	}
	items, gaps := draft(WeakTopic{Topic: "formation", Why: "11月1人缺课", People: []PersonID{"p5"}})
	if len(items) != len(plain) || len(gaps) == 0 || !strings.Contains(gaps[len(gaps)-1].Text, "11月1人缺课，这个月没有轮到：发「补训 ") {
		t.Errorf("%d lessons for %d, gaps %v", len(items), len(plain), gaps)
	}
}
