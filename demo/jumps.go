package demo

import (
	"fmt"
	"strings"
	"time"
)

// jump is one shortcut of the clock.
type jump struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	To    int64  `json:"to"`
}

// The shortcuts stop one minute before nine: the reminders of the day come at nine, and whoever
// plays the demo wants to see them come.
const beforeNine = 8*60 + 59

// jumps gives the shortcuts as they stand at now.
func jumps(now time.Time, zone *time.Location) []jump {
	t := now.In(zone)
	out := []jump{
		{"m1", "+1 分钟", t.Add(time.Minute).UnixMilli()},
		{"h1", "+1 小时", t.Add(time.Hour).UnixMilli()},
		{"morning", "次日 9:00", time.Date(t.Year(), t.Month(), t.Day()+1, 9, 0, 0, 0, zone).UnixMilli()},
		{"d25", "25日 08:59", dayOfMonth(t, 25).UnixMilli()},
		{"d30", "30日 08:59", dayOfMonth(t, 30).UnixMilli()},
	}
	for _, d := range []int{10, 20, 25} {
		out = append(out, jump{fmt.Sprintf("12-%d", d), fmt.Sprintf("12-%d 08:59", d), december(t, d, beforeNine).UnixMilli()})
	}
	return out
}

// dayOfMonth gives the next day n of a month, 08:59, after t; the last day where a month has no day n.
func dayOfMonth(t time.Time, n int) time.Time {
	for m := 0; ; m++ {
		last := time.Date(t.Year(), t.Month()+time.Month(m)+1, 0, 0, 0, 0, 0, t.Location())
		x := time.Date(last.Year(), last.Month(), min(n, last.Day()), 0, beforeNine, 0, 0, t.Location())
		if x.After(t) {
			return x
		}
	}
}

// december gives the next day n of December after t, so many minutes after midnight.
func december(t time.Time, n, minutes int) time.Time {
	x := time.Date(t.Year(), time.December, n, 0, minutes, 0, 0, t.Location())
	if !x.After(t) {
		x = time.Date(t.Year()+1, time.December, n, 0, minutes, 0, 0, t.Location())
	}
	return x
}

// target reads where the clock is wanted: the key of a shortcut, "next" for the next announcement,
// or a date and time of the office as a date-time field gives it.
func (p *Page) target(s string, now time.Time, next *Coming) (time.Time, error) {
	if s == "next" {
		if next == nil {
			return time.Time{}, fmt.Errorf("接下来两个月没有要发的提醒。")
		}
		return next.At, nil
	}
	for _, j := range jumps(now, p.w.Zone) {
		if j.Key == s {
			return time.UnixMilli(j.To), nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(s), p.w.Zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("看不懂这个时间，请按「2026-12-25 08:59」的样子选。")
}
