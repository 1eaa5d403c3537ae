//go:build unix

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// due is one reminder the clauses call for: what, at which stage, at which instant, who must get it,
// and what it must speak of.
type due struct {
	office *simOffice
	key    string // D1 2026-10
	stage  string
	at     time.Time
	to     []*simPerson
	words  []string
	done   func() bool // the matter has been done since
	soft   bool        // may be said and need not be: it has been arranged
}

// The clock times of the procedure's reminders.
const (
	morningHour = 9
	eveningHour = 17
)

// dues gives what the clauses call for at an instant of the office's clock, from what people did up
// to then. A day that is a deadline speaks whatever the weekday; the days ahead count back from the
// working day to aim at.
func (y *year) dues(at time.Time) []due {
	var out []due
	for _, o := range y.offices {
		x := &duty{year: y, o: o, at: at, day: dayOf(at)}
		x.plans()
		x.arrivals()
		x.monthly()
		x.fire()
		if o == y.offices[0] {
			x.notice()
		}
		out = append(out, x.out...)
	}
	return out
}

// duty collects what is due in one office at one instant.
type duty struct {
	*year
	o   *simOffice
	at  time.Time
	day time.Time
	out []due
}

func (x *duty) is(d time.Time, hour int) bool { return x.at.Equal(clockOn(d, hour, 0)) }

func (x *duty) add(key, stage string, to []*simPerson, done func() bool, words ...string) {
	x.out = append(x.out, due{office: x.o, key: key, stage: stage, at: x.at, to: to, words: words, done: done})
}

func (x *duty) role(roles ...domain.Role) []*simPerson {
	var out []*simPerson
	for _, r := range roles {
		for _, p := range x.with(x.o, r, x.day) {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

// ahead says whether today is one of the days so many days before a target, moved back to a working
// day, and not before the window opens.
func (x *duty) ahead(target, opens time.Time, days ...int) bool {
	for _, n := range days {
		d := x.model.calendar.back(target.AddDate(0, 0, -n))
		if x.is(d, morningHour) && (opens.IsZero() || d.After(opens)) {
			return true
		}
	}
	return false
}

// overdue gives which working day after a deadline today is, 0: none of the first thirty days.
func (x *duty) overdue(deadline time.Time) int {
	if !x.is(x.day, morningHour) || !x.day.After(deadline) || x.day.After(deadline.AddDate(0, 0, 30)) || !x.model.calendar.working(x.day) {
		return 0
	}
	n := 0
	for d := deadline.AddDate(0, 0, 1); !d.After(x.day); d = d.AddDate(0, 0, 1) {
		if x.model.calendar.working(d) {
			n++
		}
	}
	return n
}

// stage gives the stage of a deadline that speaks now, "" for none.
func (x *duty) stage(deadline, target time.Time, days ...int) string {
	switch {
	case x.overdue(deadline) > 0:
		return "overdue"
	case x.is(deadline, morningHour), x.is(deadline, eveningHour):
		return "day"
	case target != deadline && x.is(target, morningHour):
		return "target"
	case x.ahead(target, time.Time{}, days...):
		return "ahead"
	}
	return ""
}

// period is a plan's period and its two dates (5.1.2, 5.1.3, 5.1.4).
type planDates struct {
	period, chinese string
	annual          bool
	due, approval   time.Time
}

// periods gives the plans whose dates are near a day.
func periods(d time.Time) []planDates {
	var out []planDates
	for i := -2; i <= 1; i++ {
		before := monthOf(d).AddDate(0, i, 0)
		m := before.AddDate(0, 1, 0)
		last := m.AddDate(0, 0, -1)
		approval := before.AddDate(0, 0, 29)
		if approval.After(last) {
			approval = last
		}
		out = append(out, planDates{m.Format("2006-01"), fmt.Sprintf("%d年%d月", m.Year(), int(m.Month())), false, before.AddDate(0, 0, 24), approval})
	}
	for n := d.Year(); n <= d.Year()+1; n++ {
		out = append(out, planDates{fmt.Sprint(n), fmt.Sprintf("%d年度", n), true, day(fmt.Sprintf("%d-12-10", n-1)), day(fmt.Sprintf("%d-12-20", n-1))})
	}
	return out
}

// plans: D1 to D4.
func (x *duty) plans() {
	cal := x.model.calendar
	for _, p := range periods(x.day) {
		plan := x.model.plans[x.o.name+" "+p.period]
		kinds := [2]string{"D1", "D2"}
		if p.annual {
			kinds = [2]string{"D3", "D4"}
		}
		waiting, approved := plan.in("submitted"), plan.in("approved")
		name := p.chinese + "培训计划"
		if waiting == nil && approved == nil {
			x.missing(kinds[0]+" "+p.period, name, p, plan)
		}
		if waiting == nil {
			continue
		}
		submitted, key := waiting.submitted, kinds[1]+" "+p.period
		decided := func() bool { return plan.in("submitted") != waiting }
		first := x.is(cal.count(dayOf(submitted), 1), morningHour)
		if approved != nil { // a revision has no deadline
			if first {
				x.add(key, "first", x.role(domain.Director), decided, name, plan.no)
			}
			continue
		}
		if !x.at.After(submitted) || p.approval.Before(x.o.since) {
			continue
		}
		stage := x.stage(p.approval, cal.back(p.approval), 2, 1)
		if stage == "" && first {
			stage = "first"
		}
		if stage != "" {
			x.add(key, stage, x.role(domain.Director), decided, name, plan.no)
		}
		if x.is(p.approval, morningHour) || stage == "overdue" {
			x.add(key, stage+":supervisor", x.role(domain.Supervisor), decided, name, "等主任审批")
		}
	}
}

// missing: a plan that is not handed in.
func (x *duty) missing(key, name string, p planDates, plan *simPlan) {
	cal := x.model.calendar
	deadline, target := p.due, cal.back(p.due)
	if v := plan.latest(); v != nil && v.state == "returned" {
		back := dayOf(v.since)
		if again := cal.count(back, 1); !back.Before(target) && again.After(deadline) {
			deadline, target = again, again
		}
		if x.at.Before(v.since) {
			return
		}
	}
	if deadline.Before(x.o.since) || x.day.Before(x.o.since) {
		return
	}
	handed := func() bool {
		plan := x.model.plans[x.o.name+" "+p.period]
		return plan.in("submitted") != nil || plan.in("approved") != nil
	}
	if stage := x.stage(deadline, target, 7, 3, 1); stage != "" {
		x.add(key, stage, x.role(domain.Supervisor), handed, name)
	}
	if x.overdue(deadline) >= 2 {
		x.add(key, "overdue:director", x.role(domain.Director), handed, name, "还没有上报")
	}
}

// arrivals: D5 and D6, of those hired since the office began.
func (x *duty) arrivals() {
	cal := x.model.calendar
	for _, p := range x.people {
		for _, s := range p.stays {
			if s.office != x.o || !slices.Contains(s.roles, domain.Trainee) || s.since.Before(x.o.since) || !s.until.IsZero() && x.day.After(s.until) || x.day.Before(s.since) {
				continue
			}
			theory, test := cal.count(s.since, 2), cal.count(s.since, 10)
			tested := func() bool { return !x.model.settled[x.o.name+" D6 "+p.no].IsZero() }
			taught := func() bool { return tested() || !x.model.settled[x.o.name+" D5 "+p.no].IsZero() }
			if !taught() {
				switch n := x.overdue(theory); {
				case n > 0:
					x.add("D5 "+p.no, "overdue", x.and(n, domain.Supervisor), taught, p.name, "理论")
				case x.is(theory, morningHour):
					x.add("D5 "+p.no, "day", x.role(domain.Supervisor), taught, p.name, "理论")
				case x.is(s.since, morningHour):
					x.add("D5 "+p.no, "arrival", x.role(domain.Supervisor), taught, p.name, "岗前培训")
				}
			}
			for i := range x.out {
				if strings.HasPrefix(x.out[i].key, "D5 "+p.no) {
					x.out[i].soft = x.arranged(p)
				}
			}
			if tested() {
				continue
			}
			n := x.overdue(test)
			stage := ""
			switch {
			case n > 0:
				stage = "overdue"
			case x.is(test, morningHour):
				stage = "day"
			case x.ahead(test, time.Time{}, 3, 1):
				stage = "ahead"
			}
			if stage != "" {
				x.add("D6 "+p.no, stage, append(x.and(n, domain.Supervisor), p), tested, p.name, "理论考核")
			}
		}
	}
}

// arranged says whether the theory of a new hire stands in the timetable: then nobody need be asked
// for it as long as the hours are enough.
func (x *duty) arranged(p *simPerson) bool {
	for _, s := range x.model.sessions {
		if s.invited[p] && s.state != "cancelled" {
			return true
		}
	}
	return false
}

// and gives who holds the roles, and from the second working day after a deadline on the director.
func (x *duty) and(n int, roles ...domain.Role) []*simPerson {
	if n >= 2 {
		roles = append(roles, domain.Director)
	}
	return x.role(roles...)
}

// monthly: D7, the first five working days of the month after.
func (x *duty) monthly() {
	for i := -3; i <= -1; i++ {
		month := monthOf(x.day).AddDate(0, i, 0)
		if month.AddDate(0, 1, -1).Before(x.o.since) {
			continue
		}
		window := x.model.calendar.first(month.AddDate(0, 1, 0), 5)
		key := "D7 " + month.Format("2006-01")
		done := func() bool { return !x.model.settled[x.o.name+" "+key].IsZero() }
		if done() {
			continue
		}
		words := []string{fmt.Sprintf("%d年%d月培训的考核", month.Year(), int(month.Month()))}
		switch n := x.overdue(window[4]); {
		case n > 0:
			x.add(key, "overdue", x.and(n, domain.Supervisor), done, words...)
		case x.is(window[4], morningHour):
			x.add(key, "day", x.role(domain.Supervisor), done, words...)
		case x.is(window[0], morningHour):
			x.add(key, "open", x.role(domain.Trainee, domain.Supervisor), done, words...)
		case x.ahead(window[4], window[0], 3, 1):
			x.add(key, "ahead", x.role(domain.Supervisor), done, words...)
			x.timed(fmt.Sprintf("%d年%d月培训考核", month.Year(), int(month.Month())), x.ahead(window[4], window[0], 1))
		}
	}
}

// fire: D8, once a quarter, opened on the first working day of its third month.
func (x *duty) fire() {
	for i := -3; i <= 0; i += 3 {
		first := monthOf(x.day).AddDate(0, -(int(x.day.Month())-1)%3+i, 0)
		last := first.AddDate(0, 3, -1)
		if last.Before(x.o.since) {
			continue
		}
		opens := x.model.calendar.first(first.AddDate(0, 2, 0), 1)[0]
		q := (int(first.Month()) + 2) / 3
		key := fmt.Sprintf("D8 %dQ%d", first.Year(), q)
		done := func() bool { return !x.model.settled[x.o.name+" "+key].IsZero() }
		if done() {
			continue
		}
		words := []string{fmt.Sprintf("%d年第%d季度消防知识考核", first.Year(), q)}
		target := x.model.calendar.back(last)
		switch n := x.overdue(last); {
		case n > 0:
			x.add(key, "overdue", x.and(n, domain.SafetyOfficer, domain.Supervisor), done, words...)
		case x.is(last, morningHour):
			x.add(key, "day", x.role(domain.SafetyOfficer, domain.Supervisor), done, words...)
		case target != last && x.is(target, morningHour):
			x.add(key, "target", x.role(domain.SafetyOfficer, domain.Supervisor), done, words...)
		case x.is(opens, morningHour):
			x.add(key, "open", x.role(domain.Trainee, domain.SafetyOfficer, domain.Supervisor), done, words...)
		case x.ahead(target, opens, 7, 3, 1):
			x.add(key, "ahead", x.role(domain.SafetyOfficer, domain.Supervisor), done, words...)
			x.timed(fmt.Sprintf("%d年第%d季度消防考核", first.Year(), q), x.ahead(target, opens, 1))
		}
	}
}

// timed: of an assessment that has its times only the nearest of the days ahead need be said.
func (x *duty) timed(title string, nearest bool) {
	x.out[len(x.out)-1].soft = !nearest && x.model.arranged[x.o.name+" "+title]
}

// notice: next year's holiday notice is missed from November on, once a week.
func (x *duty) notice() {
	first := day(fmt.Sprintf("%d-11-01", x.day.Year()))
	days := int(x.day.Sub(first).Hours() / 24)
	if x.day.Before(first) || days%7 != 0 || !x.is(x.day, morningHour) || x.loaded(x.day.Year()+1) {
		return
	}
	x.add(fmt.Sprintf("CAL %d", x.day.Year()+1), "ahead", x.role(domain.Administrator), func() bool { return x.loaded(x.day.Year() + 1) }, "放假通知")
}

func (y *year) loaded(n int) bool { return n <= 2026 || n == 2027 && y.model.known2027 }

// announced holds what was due today against what came to the phones: each to the right people on
// that very day.
func (y *year) announced(list []due) {
	for _, d := range list {
		if d.soft {
			continue
		}
		for _, p := range d.to {
			if slices.ContainsFunc(p.today, func(s seen) bool { return !s.at.Before(d.at) && hasAll(s.text, d.words) }) {
				continue
			}
			if d.done() && (y.faulty[d.at.Format(time.DateOnly)] || p.rests(d.office, d.at)) {
				continue // put off by a fault or by the rest after a night, and done meanwhile
			}
			y.violation([]*simPerson{p}, "%s %s (%s) was due at %s and %s, %s, got nothing that speaks of %v", d.office.name, d.key, d.stage, d.at.Format("01-02 15:04"), p.name, p.no, d.words)
		}
	}
}

func hasAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
}
