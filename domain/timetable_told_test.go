package domain_test

import (
	"strings"
	"testing"

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
