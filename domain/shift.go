package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Shift is one of the office's shifts. Its text is "夜班 22:00-08:00 20:30": name, from, to, and when
// people of the shift have class. A shift that does not end later than it begins spans midnight.
type Shift struct {
	Name     string
	From, To Clock
	Class    Clock
}

// Night says whether the shift spans midnight, so that rest follows it (mission E10).
func (x Shift) Night() bool { return !x.From.Before(x.To) }

// MarshalText gives the text of a shift.
func (x Shift) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%s %s-%s %s", x.Name, x.From, x.To, x.Class), nil
}

// UnmarshalText reads what MarshalText wrote.
func (x *Shift) UnmarshalText(b []byte) error {
	fault := fmt.Errorf("shift %q: want e.g. 夜班 22:00-08:00 20:30 (name, from-to, class)", b)
	words := strings.Fields(string(b))
	if len(words) != 3 {
		return fault
	}
	from, to, ok := strings.Cut(words[1], "-")
	if !ok {
		return fault
	}
	out := Shift{Name: words[0]}
	for text, into := range map[string]*Clock{from: &out.From, to: &out.To, words[2]: &out.Class} {
		c, err := ParseClock(text)
		if err != nil {
			return fault
		}
		*into = c
	}
	*x = out
	return nil
}

// ShiftPolicy is the shifts people work and when they may be called to class (4.0; mission E10).
type ShiftPolicy struct {
	List  []Shift       `yaml:"list" clause:"4.0" zh:"班次：名称、起止、这一班的人几点上课"`          // 早班 中班 夜班
	Rest  time.Duration `yaml:"rest" clause:"4.0" zh:"夜班结束后多久之内不排课、不打扰"`            // 8 h
	Reach time.Duration `yaml:"reach" clause:"4.0" zh:"上班前、下班后多久之内还可以来上课（不含夜班后休息）"` // 3 h
}

func defaultShifts() ShiftPolicy {
	return ShiftPolicy{
		List: []Shift{
			{"早班", Clock{8, 0}, Clock{16, 0}, Clock{15, 0}},
			{"中班", Clock{14, 0}, Clock{22, 0}, Clock{15, 0}},
			{"夜班", Clock{22, 0}, Clock{8, 0}, Clock{20, 30}},
		},
		Rest:  8 * time.Hour,
		Reach: 3 * time.Hour,
	}
}

func (x ShiftPolicy) check(c *policyCheck) {
	c.span("shifts.rest", x.Rest, 0, 16*time.Hour)
	c.span("shifts.reach", x.Reach, 0, 8*time.Hour)
	seen := map[string]bool{OffDuty: true}
	for i, s := range x.List {
		key := fmt.Sprintf("shifts.list[%d]", i)
		if seen[s.Name] {
			c.fault(key, s.Name, "want a name of its own, and not "+OffDuty)
		}
		seen[s.Name] = true
		if s.Class.Hour < 7 || s.Class.Hour > 21 {
			c.fault(key, s.Class, "want class at a time of day from 07:00 to 21:59")
		}
		if from, to := x.hours(s); s.Class.minutes() < from || s.Class.minutes() >= to {
			c.fault(key, s.Class, fmt.Sprintf("people of the shift cannot come to class then: it is more than shifts.reach (%s) away from %s-%s", shortDuration(x.Reach), s.From, s.To))
		}
	}
}

// hours gives from when to when on its day, in minutes, people of a shift can come to class.
func (x ShiftPolicy) hours(s Shift) (from, to int) {
	from, to = s.From.minutes(), s.To.minutes()
	if s.Night() {
		to += 24 * 60
	} else {
		to += int(x.Reach.Minutes())
	}
	return from - int(x.Reach.Minutes()), to
}

// Shift finds a shift by its name; one the office made up has no hours.
func (x ShiftPolicy) Shift(name string) (Shift, bool) {
	i := slices.IndexFunc(x.List, func(s Shift) bool { return s.Name == name })
	if i < 0 {
		return Shift{}, false
	}
	return x.List[i], true
}

// OffDuty is the shift of a day on which somebody does not work.
const OffDuty = "休"

// Away says why somebody cannot be in class on a day at a time for some minutes: they do not work
// that day, they rest after a night, or their shift is too far away. "" when they can. Of somebody
// without a known shift nothing is known, so they can.
func (s SOP) Away(p Person, o OfficeID, d Date, start Clock, minutes int) string {
	shift := p.ShiftIn(o, d)
	if shift == OffDuty {
		return "当天休息"
	}
	if until, ok := s.restsUntil(p, o, d); ok && start.minutes() < until {
		return fmt.Sprintf("下夜班，休息到%02d:%02d", until/60, until%60)
	}
	x, ok := s.Policy.Shifts.Shift(shift)
	if !ok {
		return ""
	}
	if from, to := s.Policy.Shifts.hours(x); start.minutes() < from || start.minutes()+minutes > to {
		return fmt.Sprintf("%s %s–%s", x.Name, x.From, x.To)
	}
	return ""
}

// restsUntil gives the minute of the day until which somebody rests after the night before.
func (s SOP) restsUntil(p Person, o OfficeID, d Date) (minute int, ok bool) {
	x, ok := s.Policy.Shifts.Shift(p.ShiftIn(o, d.AddDays(-1)))
	if !ok || !x.Night() {
		return 0, false
	}
	return x.To.minutes() + int(s.Policy.Shifts.Rest.Minutes()), true
}

// Rests says whether somebody rests after a night shift at an instant (mission E10).
func (s SOP) Rests(p Person, o OfficeID, at time.Time) bool {
	at = at.In(s.Calendar.zone())
	d, minute := DateOf(at), ClockOf(at).minutes()
	x, ok := s.Policy.Shifts.Shift(p.ShiftIn(o, d.AddDays(-1)))
	if !ok || !x.Night() {
		return false
	}
	return minute >= x.To.minutes() && minute < x.To.minutes()+int(s.Policy.Shifts.Rest.Minutes())
}
