package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// topics gives the topics of a frequency and pool, in the order of 4.0; an empty pool means all.
func (d *drafting) topics(every Frequency, pool string) []Topic {
	var out []Topic
	for _, t := range d.Policy.Curriculum {
		if t.Every == every && (pool == "" || t.Pool == pool) {
			out = append(out, t)
		}
	}
	return out
}

func (d *drafting) poolNames(every Frequency) []string {
	var out []string
	for _, t := range d.topics(every, "") {
		if !slices.Contains(out, t.Pool) {
			out = append(out, t.Pool)
		}
	}
	return out
}

// chunk groups topics into sessions: at most TopicsPerSession, and one lecturer may give them all.
func (d *drafting) chunk(topics []Topic) [][]Topic {
	var out [][]Topic
	for _, t := range topics {
		if n := len(out); n > 0 && len(out[n-1]) < d.Policy.Drafting.TopicsPerSession && len(lecturersOf(append(slices.Clone(out[n-1]), t))) > 0 {
			out[n-1] = append(out[n-1], t)
			continue
		}
		out = append(out, []Topic{t})
	}
	return out
}

// place spreads a week's sessions over its days, several on a day only when the days run out.
func (d *drafting) place(w *week) {
	room := len(w.days) * d.Policy.Drafting.SessionsPerDay
	for len(w.sessions) > room {
		x := w.sessions[len(w.sessions)-1]
		w.sessions = w.sessions[:len(w.sessions)-1]
		d.gaps = append(d.gaps, Gap{sourceOf(x.topics), fmt.Sprintf("%s这一周只有%d个工作日，每天最多排%d场，排不下“%s”。", w.days[0].Chinese(), len(w.days), d.Policy.Drafting.SessionsPerDay, namesOf(x.topics))})
	}
	n := len(w.days)
	for i, x := range w.sessions {
		lap := i / n
		inLap := min(n, len(w.sessions)-lap*n)
		x.day, x.turn = w.days[(2*(i%n)+1)*n/(2*inLap)], lap
	}
}

// items turns the placed sessions into the lines of the plan, in the order of their time.
func (d *drafting) items() []Item {
	var out []Item
	p := d.Policy.Drafting
	minutes := p.SessionHours * int(d.Policy.Teaching.ClassHour.Minutes())
	for _, w := range d.weeks {
		slices.SortStableFunc(w.sessions, func(a, b *session) int { return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.turn, b.turn)) })
		taught := 0 // class hours of the supervisor this week
		for _, x := range w.sessions {
			start := p.SessionTime.minutes() + x.turn*minutes
			it := Item{
				ID: d.in.NewID(), Date: x.day, Start: Clock{start / 60, start % 60}, Minutes: minutes,
				Room: p.Room, Source: sourceOf(x.topics), Note: x.note, Lecturer: d.lecturer(x, taught),
			}
			for _, t := range x.topics {
				it.Topics = append(it.Topics, t.ID)
			}
			if sup, ok := d.in.Staff.Person(it.Lecturer); ok && sup.Has(d.in.Office.ID, Supervisor, x.day) {
				taught += p.SessionHours
			}
			out = append(out, it)
		}
	}
	return out
}

// lecturer names who gives a session: by the order of the topics' roles, the supervisor first
// while her week is not full, then whoever of a role has the fewest hours.
func (d *drafting) lecturer(x *session, taught int) PersonID {
	roles := lecturersOf(x.topics)
	full := taught >= d.Policy.Teaching.WeeklyHours
	for _, spare := range []bool{full, false} {
		for _, role := range roles {
			people := slices.DeleteFunc(d.in.Staff.With(d.in.Office.ID, role, x.day), func(p Person) bool { return !p.Holds(d.in.Office.ID, role, x.day) })
			if len(people) == 0 || role == Supervisor && spare {
				continue
			}
			p := slices.MinFunc(people, func(a, b Person) int { return cmp.Compare(d.hours[a.ID], d.hours[b.ID]) })
			d.hours[p.ID] += d.Policy.Drafting.SessionHours
			return p.ID
		}
	}
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Chinese()
	}
	d.gap(sourceOf(x.topics), fmt.Sprintf("“%s”没有讲师：名单里还没有%s。", namesOf(x.topics), strings.Join(names, "、")))
	return ""
}

// supervisorHours tells the weeks in which the supervisor teaches less than 5.3.1 asks; weeks of
// one or two working days are not held against her (open point 9).
func (d *drafting) supervisorHours(items []Item) {
	const shortWeek = 2
	for _, w := range d.weeks {
		if w.all <= shortWeek {
			continue
		}
		minutes := 0
		for _, it := range items {
			p, ok := d.in.Staff.Person(it.Lecturer)
			if ok && monday(it.Date) == monday(w.days[0]) && p.Has(d.in.Office.ID, Supervisor, it.Date) {
				minutes += it.Minutes
			}
		}
		if want := d.Policy.Teaching.WeeklyHours * int(d.Policy.Teaching.ClassHour.Minutes()); minutes < want {
			d.gap("5.3.1", fmt.Sprintf("%s这一周主管授课%d分钟，少于%d课时。", w.days[0].Chinese(), minutes, d.Policy.Teaching.WeeklyHours))
		}
	}
}

// gap notes a gap once.
func (d *drafting) gap(clause, text string) {
	if g := (Gap{clause, text}); !slices.Contains(d.gaps, g) {
		d.gaps = append(d.gaps, g)
	}
}

// lecturersOf gives the roles that may give all of the topics, in the first one's order of preference.
func lecturersOf(topics []Topic) []Role {
	var out []Role
	for _, r := range topics[0].Lecturers {
		if !slices.ContainsFunc(topics, func(t Topic) bool { return !slices.Contains(t.Lecturers, r) }) {
			out = append(out, r)
		}
	}
	return out
}

// sourceOf gives the clauses of topics, each once: 4.2.2、4.2.3.
func sourceOf(topics []Topic) string {
	var out []string
	for _, t := range topics {
		if !slices.Contains(out, t.Clause) {
			out = append(out, t.Clause)
		}
	}
	return strings.Join(out, "、")
}

func namesOf(topics []Topic) string {
	out := make([]string, len(topics))
	for i, t := range topics {
		out[i] = t.Name
	}
	return Join(out)
}
