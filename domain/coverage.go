package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// History is what was taught and is still to be taught: the sessions of an office over some days,
// those of other offices its people went to while they belonged there (coverage moves with the
// person), and who was present.
type History struct {
	Office   Office
	Staff    Staff
	Sessions []Session
	Present  []Attendance
}

// turn is one turn of a frequency: a week, a fortnight, a month, a pair of months, a quarter, a year.
type turn struct {
	from, to Date
	name     string
	times    int // lessons 4.0 wants in it
}

// Unmet is one requirement of 4.0 that was not met in one turn of its frequency.
type Unmet struct {
	Clause   string
	Topics   []string // ids: one topic, or those of a pool
	Name     string   // as people say it: a topic, or 轮流组
	Span     string   // 第42周（10月12日–18日）, 10月, 第4季度
	From, To Date
	Want     int
	Have     int
	People   []PersonID // who missed what was held; nil: the lessons themselves are missing
	Why      string     // what became of it: 取消（台风）, 记录未完成
}

// seen says who was present at each session; who taught it was there too.
func (r History) seen() map[SessionID]map[PersonID]bool {
	out := map[SessionID]map[PersonID]bool{}
	for _, x := range r.Sessions {
		out[x.ID] = map[PersonID]bool{x.Lecturer: true}
	}
	for _, a := range r.Present {
		if out[a.Session] != nil {
			out[a.Session][a.Person] = true
		}
	}
	return out
}

// spans gives the turns of a frequency that end on the days from … to and began when the office ran
// the procedure. A week, or fortnight, without a working day is exempt (open point 9).
func (s SOP) spans(every Frequency, since, from, to Date) []turn {
	var out []turn
	add := func(x turn) {
		if !x.to.Before(from) && !x.to.After(to) && !x.from.Before(since) {
			out = append(out, x)
		}
	}
	switch every {
	case Weekly:
		for d := monday(from); !d.After(to); d = d.AddDays(7) {
			if len(s.workingDaysOf(d)) > 0 {
				_, n := d.ISOWeek()
				add(turn{d, d.AddDays(6), fmt.Sprintf("第%d周（%s）", n, days(d, d.AddDays(6))), 1})
			}
		}
	case Fortnightly:
		for d := monday(from).AddDays(-7); !d.After(to); d = d.AddDays(7) {
			x, ok := s.fortnight(d)
			if ok {
				add(x)
			}
		}
	case Monthly:
		for m := from.MonthOf(); !m.First().After(to); m = m.Add(1) {
			add(turn{m.First(), m.Last(), fmt.Sprintf("%d月", int(m.Month)), 1})
		}
	case TwoMonthly:
		for m := from.MonthOf(); !m.First().After(to); m = m.Add(1) {
			if m.Month%2 == 0 {
				add(turn{m.Add(-1).First(), m.Last(), fmt.Sprintf("%d–%d月", int(m.Month)-1, int(m.Month)), 1})
			}
		}
	case Quarterly:
		for q := QuarterOf(from); !q.First().After(to); q = q.Next() {
			add(turn{q.First(), q.Last(), fmt.Sprintf("第%d季度", q.Quarter), 1})
		}
	}
	return out
}

// fortnight gives the fortnight whose first week begins on a Monday; false when that week is a second one.
func (s SOP) fortnight(first Date) (turn, bool) {
	year, n := first.ISOWeek()
	if n%2 == 0 {
		return turn{}, false
	}
	x := turn{first, first.AddDays(13), fmt.Sprintf("第%d–%d周（%s）", n, n+1, days(first, first.AddDays(13))), s.Policy.Drafting.FortnightTimes}
	if y, _ := first.AddDays(7).ISOWeek(); y != year { // the 53rd week is one of its own
		x.to, x.name = first.AddDays(6), fmt.Sprintf("第%d周（%s）", n, days(first, first.AddDays(6)))
	}
	working := 0
	for d := x.from; !d.After(x.to); d = d.AddDays(1) {
		if s.Calendar.Working(d) {
			working++
		}
	}
	return x, working > 0
}

// days writes a span of days: 10月12日–18日, 10月26日–11月1日.
func days(from, to Date) string {
	if from.Month == to.Month {
		return fmt.Sprintf("%d月%d日–%d日", int(from.Month), from.Day, to.Day)
	}
	return fmt.Sprintf("%d月%d日–%d月%d日", int(from.Month), from.Day, int(to.Month), to.Day)
}

// requirement is what one row of 4.0 wants: a topic, or one lesson of a pool.
type requirement struct {
	every  Frequency
	topics []Topic
	name   string
}

// requirements gives the rows of 4.0 for people on post.
func (s SOP) requirements() []requirement {
	var out []requirement
	for _, every := range Frequencies()[1:] {
		pools := map[string]int{}
		for _, t := range s.Policy.Curriculum {
			switch i, ok := pools[t.Pool]; {
			case t.Every != every:
			case t.Pool == "":
				out = append(out, requirement{every, []Topic{t}, t.Name})
			case ok:
				out[i].topics = append(out[i].topics, t)
			default:
				pools[t.Pool] = len(out)
				out = append(out, requirement{every, []Topic{t}, map[Frequency]string{Fortnightly: "岗位技能类轮流课", TwoMonthly: "军体培训", Quarterly: "消防培训"}[every]})
			}
		}
	}
	return out
}

func (q requirement) ids() []string {
	out := make([]string, len(q.topics))
	for i, t := range q.topics {
		out[i] = t.ID
	}
	return out
}

// teaches says whether a session holds one of the topics.
func (x Session) teaches(topics []string) bool {
	return slices.ContainsFunc(x.TopicIDs, func(id string) bool { return slices.Contains(topics, id) })
}

// lessons counts the lessons of some topics held in a span by an office: runs of one lesson count once,
// and what is for single people alone (a make-up, orientation) does not make up for everybody's.
func (s SOP) lessons(r History, topics []string, x turn) (held []Session, lessons int, why []string) {
	groups := map[string]bool{}
	for _, y := range r.Sessions {
		d := s.Calendar.Date(y.Start)
		if y.Office != r.Office.ID || d.Before(x.from) || d.After(x.to) || !y.teaches(topics) {
			continue
		}
		switch {
		case y.Counts():
			held = append(held, y)
			key := string(y.Group)
			if key == "" {
				key = string(y.ID)
			}
			if y.Invited == nil {
				groups[key] = true
			}
		case y.State == Cancelled && y.Invited == nil:
			why = append(why, fmt.Sprintf("%s已取消：%s", y.Code(), y.Reason))
		case y.State == Closed:
			why = append(why, y.Code()+"的记录还没有完成")
		case y.State == Planned && y.Invited == nil:
			why = append(why, y.Code()+"没有开课")
		}
	}
	return held, len(groups), why
}

// Unmets gives what of 4.0 was not met in the turns that end on the days from … to: lessons that
// were not held, then who missed what was held. Of the weekly topics the next week makes up for a
// person. The denominators begin with a person's first day and end with the last (mission E11).
func (s SOP) Unmets(r History, from, to Date) []Unmet {
	var missing, people []Unmet
	seen := r.seen()
	for _, q := range s.requirements() {
		for _, x := range s.spans(q.every, r.Office.Since, from, to) {
			held, n, why := s.lessons(r, q.ids(), x)
			base := Unmet{Clause: q.topics[0].Clause, Topics: q.ids(), Name: q.name, Span: x.name, From: x.from, To: x.to, Want: x.times, Have: n}
			if n < x.times {
				base.Why = strings.Join(why, "；")
				missing = append(missing, base)
			}
			if q.every == Weekly || len(held) == 0 {
				continue
			}
			people = append(people, s.absentees(r, base, q, held, seen)...)
		}
	}
	return append(missing, people...)
}

// absentees gives who missed the lessons held, topic by topic; of drill and fire safety any lesson
// of the turn will do. A later make-up counts, whenever it was held.
func (s SOP) absentees(r History, base Unmet, q requirement, held []Session, seen map[SessionID]map[PersonID]bool) []Unmet {
	sets := [][]string{q.ids()}
	if q.every == Fortnightly {
		sets = nil
		for _, id := range q.ids() {
			sets = append(sets, []string{id})
		}
	}
	var out []Unmet
	for _, topics := range sets {
		x := base
		x.Topics, x.People, x.Why = topics, nil, ""
		var when []Date
		for _, y := range held {
			if y.teaches(topics) && y.Invited == nil {
				when = append(when, s.Calendar.Date(y.Start))
			}
		}
		if len(when) == 0 {
			continue
		}
		if len(topics) == 1 {
			x.Name = s.TopicNames(topics)[0]
		}
		for _, p := range r.Staff {
			due := slices.ContainsFunc(when, func(d Date) bool { return p.Has(r.Office.ID, Trainee, d) })
			if due && p.Has(r.Office.ID, Trainee, x.To) && !s.attended(r, p.ID, topics, x.From, Date{9999, time.December, 31}, seen) {
				x.People = append(x.People, p.ID)
			}
		}
		if x.People != nil {
			x.Want, x.Have = 1, 0
			x.Why = when[len(when)-1].Chinese() + "没到"
			out = append(out, x)
		}
	}
	return out
}

// attended says whether a person was at a session that counts and teaches one of the topics, on the
// days from … to, in whatever office.
func (s SOP) attended(r History, p PersonID, topics []string, from, to Date, seen map[SessionID]map[PersonID]bool) bool {
	return slices.ContainsFunc(r.Sessions, func(x Session) bool {
		d := s.Calendar.Date(x.Start)
		return x.Counts() && !d.Before(from) && !d.After(to) && x.teaches(topics) && seen[x.ID][p]
	})
}

// Coverage is one row of the matrix topic × turn × person: how many of the turns were served, and
// how many of the people were there at least once.
type Coverage struct {
	Name            string
	Clause          string
	Turns, Served   int
	People, Covered int
	Missing         []PersonID
}

// Matrix gives the coverage of every requirement over the turns that end on the days from … to; of
// one person, when given, their own turns.
func (s SOP) Matrix(r History, from, to Date, of PersonID) []Coverage {
	seen := r.seen()
	var out []Coverage
	for _, q := range s.requirements() {
		row := Coverage{Name: q.name, Clause: q.topics[0].Clause}
		first, last := to, from
		for _, x := range s.spans(q.every, r.Office.Since, from, to) {
			row.Turns++
			_, n, _ := s.lessons(r, q.ids(), x)
			if of == "" && n >= x.times || of != "" && s.attended(r, of, q.ids(), x.from, x.to, seen) {
				row.Served++
			}
			first, last = earlierDate(first, x.from), laterDate(last, x.to)
		}
		if row.Turns == 0 {
			continue
		}
		for _, p := range r.Staff {
			if !p.Has(r.Office.ID, Trainee, earlierDate(last, to)) {
				continue
			}
			row.People++
			if s.attended(r, p.ID, q.ids(), first, last, seen) {
				row.Covered++
			} else {
				row.Missing = append(row.Missing, p.ID)
			}
		}
		out = append(out, row)
	}
	return out
}

func earlierDate(a, b Date) Date {
	if b.Before(a) {
		return b
	}
	return a
}

func laterDate(a, b Date) Date {
	if b.After(a) {
		return b
	}
	return a
}

// Taught gives how many minutes a person has taught in the ISO week of a day in sessions that count,
// and how many more are planned or still wait for their record (5.3.1).
func (s SOP) Taught(r History, p PersonID, d Date) (held, open int) {
	first := monday(d)
	for _, x := range r.Sessions {
		day := s.Calendar.Date(x.Start)
		if x.Lecturer != p || x.Office != r.Office.ID || day.Before(first) || day.After(first.AddDays(6)) || x.State == Cancelled {
			continue
		}
		minutes := int(x.End.Sub(x.Start) / time.Minute)
		if x.Counts() {
			held += minutes
		} else if x.Supervision != DrillRefused {
			open += minutes
		}
	}
	return held, open
}
