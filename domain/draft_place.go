package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
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
		x.day = w.days[(2*(i%n)+1)*n/(2*inLap)]
	}
}

// items turns the placed lessons into the lines of the plan, a line a run, in the order of their time.
func (d *drafting) items() []Item {
	var out []Item
	for _, w := range d.weeks {
		var runs []placedRun
		for _, x := range w.sessions {
			shifts := d.shiftsOf(w, x)
			for i, s := range x.runs {
				runs = append(runs, placedRun{x, i, s, shifts[i]})
			}
		}
		slices.SortStableFunc(runs, func(a, b placedRun) int {
			return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.start.minutes(), b.start.minutes()))
		})
		taught := 0 // class hours of the supervisor this week
		group := map[*session]ItemID{}
		for _, r := range runs {
			it := Item{
				ID: d.in.NewID(), Date: r.day, Start: r.start, Minutes: d.SessionMinutes(), Room: r.room, Source: r.lesson.source(), Note: r.lesson.note,
				Emphasis: r.lesson.emphasis(), Inputs: r.lesson.inputs(), Lecturer: d.lecturer(r, taught),
			}
			if len(r.lesson.runs) > 1 {
				if r.no == 0 {
					group[r.lesson] = it.ID
				}
				it.Run, it.Group, it.Shifts = RunName(r.no), group[r.lesson], r.shifts
			}
			for _, t := range r.lesson.topics {
				it.Topics = append(it.Topics, t.ID)
			}
			if sup, ok := d.in.Staff.Person(it.Lecturer); ok && sup.Has(d.in.Office.ID, Supervisor, r.day) {
				taught += d.Policy.Drafting.SessionHours
			}
			out = append(out, it)
		}
	}
	return out
}

// placedRun is one run of a lesson on its way into the plan.
type placedRun struct {
	lesson *session
	no     int
	slot
	shifts []string
}

// lecturer names who gives a run: by the order of the topics' roles, the supervisor first while her
// week is not full (a further run only when nobody else can), then whoever of a role has the fewest
// hours; only who is free then, on their shift rather than off it, and never in their rest.
func (d *drafting) lecturer(r placedRun, taught int) PersonID {
	roles := lecturersOf(r.lesson.topics)
	full := taught >= d.Policy.Teaching.WeeklyHours || r.no > 0
	from := d.Calendar.At(r.day, r.start)
	to := from.Add(time.Duration(d.SessionMinutes()) * time.Minute)
	for _, offShift := range []bool{false, true} {
		for _, spare := range []bool{full, false} {
			for _, role := range roles {
				if role == Supervisor && spare {
					continue
				}
				people := slices.DeleteFunc(d.in.Staff.With(d.in.Office.ID, role, r.day), func(p Person) bool {
					return !p.Holds(d.in.Office.ID, role, r.day) || p.Barred(d.in.Office.ID, r.day) || !d.canTeach(p, r.slot, from, to, offShift)
				})
				if len(people) == 0 {
					continue
				}
				p := slices.MinFunc(people, func(a, b Person) int { return cmp.Compare(d.hours[a.ID], d.hours[b.ID]) })
				d.hours[p.ID] += d.Policy.Drafting.SessionHours
				d.given = append(d.given, Engagement{Person: p.ID, From: from, To: to})
				return p.ID
			}
		}
	}
	names := make([]string, len(roles))
	nobody := true
	for i, role := range roles {
		names[i] = role.Chinese()
		nobody = nobody && len(d.in.Staff.With(d.in.Office.ID, role, r.day)) == 0
	}
	if nobody {
		d.gap(sourceOf(r.lesson.topics), fmt.Sprintf("“%s”没有讲师：名单里还没有%s。", namesOf(r.lesson.topics), strings.Join(names, "、")))
		return ""
	}
	d.gap("5.3.1", fmt.Sprintf("%s %s “%s”没有讲师：%s当时休息或已有安排。", r.day.Chinese(), r.start, namesOf(r.lesson.topics), strings.Join(names, "、")))
	return ""
}

// canTeach says whether a lecturer can give a run: not resting, not off duty, not taken; offShift
// also outside their shift.
func (d *drafting) canTeach(p Person, s slot, from, to time.Time, offShift bool) bool {
	taken := func(e Engagement) bool { return e.Person == p.ID && e.meets(from, to) }
	if slices.ContainsFunc(d.in.Taken, taken) || slices.ContainsFunc(d.given, taken) {
		return false
	}
	if until, ok := d.restsUntil(p, d.in.Office.ID, s.day); ok && s.start.minutes() < until {
		return false
	}
	if p.ShiftIn(d.in.Office.ID, s.day) == OffDuty {
		return false
	}
	return offShift || d.Away(p, d.in.Office.ID, s.day, s.start, d.SessionMinutes()) == ""
}

// supervisorHours tells the weeks in which the supervisor teaches less than 5.3.1 asks; weeks of
// one or two working days are not held against her (open point 9).
func (d *drafting) supervisorHours(items []Item) {
	for _, w := range d.weeks {
		if w.all <= d.Policy.Coverage.ShortWeek {
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
			d.gap("5.3.1", fmt.Sprintf("%s这一周主管授课%d分钟，少于%d课时（一课时%d分钟%s）。", w.days[0].Chinese(), minutes, d.Policy.Teaching.WeeklyHours,
				int(d.Policy.Teaching.ClassHour.Minutes()), d.Policy.Assumed("teaching.class_hour")))
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
