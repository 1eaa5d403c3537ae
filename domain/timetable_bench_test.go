package domain_test

import (
	"fmt"
	"testing"
	"time"

	. "trainingbot/domain"
)

// crowd is an office with n trainees of whom one in forty was hired lately, and forty sessions ahead.
func crowd(tb testing.TB, n int) Facts {
	f := facts()
	for i := range n {
		since := Date{2024, time.January, 1}
		if i%40 == 0 {
			since = (Date{2026, time.September, 1}).AddDays(i / 40 % 30)
		}
		f.Staff = append(f.Staff, member(fmt.Sprint("t", i), fmt.Sprint("学员", i), since, Trainee))
	}
	to := IDs(f.Staff)
	for i := range 40 {
		f.Sessions = append(f.Sessions, SessionFact{
			ID: SessionID(fmt.Sprint("s", i)), No: int64(i), Title: "服务意识", Lecturer: "p1", To: to[:min(len(to), 40)], State: Planned,
			Start: instant(tb, "2026-09-28 15:00").AddDate(0, 0, i),
		})
	}
	return f
}

// BenchmarkDue looks back 40 days, as the scheduler does on every tick.
func BenchmarkDue(b *testing.B) {
	for _, n := range []int{40, 50_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, f := office2026(b), crowd(b, n)
			w := Window{instant(b, "2026-08-20 10:00"), instant(b, "2026-09-29 10:00")}
			for b.Loop() {
				s.Due(f, w)
			}
		})
	}
}
