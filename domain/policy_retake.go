package domain

import (
	"fmt"
	"strings"
)

// RetakePolicy is how a failed assessment is made good (6.2.3): individual training in spare time,
// which is outside the person's shift, and the date by which it must be mastered in the end.
type RetakePolicy struct {
	TrainFrom    int         `yaml:"train_from" clause:"6.2.3" zh:"不合格后第几个工作日起安排单独培训"`                         // 2
	TrainMinutes int         `yaml:"train_minutes" clause:"6.2.3" zh:"单独培训一次多少分钟" open:"19"`                   // 60
	TrainTimes   []ShiftTime `yaml:"train_times" clause:"6.2.3" zh:"各班次的人几点做单独培训（业余时间；没有列出的班次按第一个）" open:"19"` // 早班 17:30 …
	AheadDays    []int       `yaml:"ahead_days" clause:"6.2.3" zh:"限期掌握：工作目标日前几天提醒"`                           // [7 3 1]
}

// ShiftTime is a time of day for the people of one shift, written "早班 17:30".
type ShiftTime struct {
	Shift string
	At    Clock
}

// String gives 早班 17:30.
func (x ShiftTime) String() string { return x.Shift + " " + x.At.String() }

// MarshalText gives 早班 17:30.
func (x ShiftTime) MarshalText() ([]byte, error) { return []byte(x.String()), nil }

// UnmarshalText reads 早班 17:30.
func (x *ShiftTime) UnmarshalText(b []byte) error {
	shift, at, ok := strings.Cut(strings.TrimSpace(string(b)), " ")
	clock, err := ParseClock(strings.TrimSpace(at))
	if !ok || shift == "" || err != nil {
		return fmt.Errorf("time of a shift %q: want a shift and a time, e.g. 早班 17:30", b)
	}
	*x = ShiftTime{shift, clock}
	return nil
}

func defaultRetake() RetakePolicy {
	return RetakePolicy{
		TrainFrom: 2, TrainMinutes: 60,
		TrainTimes: []ShiftTime{{"早班", Clock{17, 30}}, {"中班", Clock{10, 0}}, {"夜班", Clock{17, 0}}, {"休", Clock{10, 0}}},
		AheadDays:  []int{7, 3, 1},
	}
}

func (x RetakePolicy) check(c *policyCheck) {
	c.number("retake.train_from", x.TrainFrom, 0, 30)
	c.number("retake.train_minutes", x.TrainMinutes, 15, 480)
	if len(x.TrainTimes) == 0 {
		c.fault("retake.train_times", "[]", "want at least one shift and time, e.g. [早班 17:30]")
	}
	seen := map[string]bool{}
	for _, t := range x.TrainTimes {
		if seen[t.Shift] {
			c.fault("retake.train_times", t.Shift, "each shift stands once")
		}
		seen[t.Shift] = true
	}
	c.ahead("retake.ahead_days", x.AheadDays)
}
