package domain

import (
	"cmp"
	"slices"
)

// Item is one line of a plan: one session to be held (monthly plan), or one month's share of one
// group of topics (annual plan: Date is the month's first day, Start is 00:00 and Minutes is the
// month's total).
type Item struct {
	ID       ItemID
	Date     Date
	Start    Clock
	Minutes  int
	Topics   []string // Topic ids
	Lecturer PersonID // empty while nobody qualified is known
	Room     string
	Source   string // why it is on the plan: the clause it serves ("4.2.1"), or 考核, 需求, 指令 (5.1.1)
	Note     string
	Emphasis []EmphasisOn `json:",omitempty"` // points of emphasis, printed behind their topics (5.3.2)
	Inputs   []int64      `json:",omitempty"` // the numbers of the inputs it serves: X3 (5.1.1)
	Run      string       `json:",omitempty"` // see Session.Run
	Group    ItemID       `json:",omitempty"` // see Session.Group
	Shifts   []string     `json:",omitempty"` // see Session.Shifts
}

// EmphasisOn is a point of emphasis of one topic.
type EmphasisOn struct{ Topic, Text string }

// Gap is a requirement of 4.0 or 5.3.1 a draft could not meet, in one sentence for the supervisor.
type Gap struct {
	Clause string
	Text   string
}

// DraftInput is what a plan is drafted from.
type DraftInput struct {
	Office   Office
	Month    Month // of DraftYear only the year counts
	Staff    Staff
	From     Date          // days before are left out, zero: none
	Previous []Item        // what was planned before and not left out: last month's items, earlier ones may stand here too
	Missed   []WeakTopic   // last month's gaps: what was not held, and who missed what was (SOP.LastGaps)
	Weak     []WeakTopic   // what assessments showed to be weak: failed topics, wrong answers
	Inputs   []Input       // open needs, orders and points of emphasis
	Taken    []Engagement  // when lecturers and rooms are taken by something that is not this plan
	NewID    func() ItemID // makes the id of the next item
}

// WeakTopic is a topic that wants to be taught again, and why, as it is printed behind the line: 8月考核错题(3人).
type WeakTopic struct {
	Topic  string
	Why    string
	People []PersonID // who missed it while it was held: it is taken when its turn comes, never added for them
}

// DraftMonth drafts the plan of a month (5.1.1) so that every frequency of 4.0 is met on working
// days, and tells what could not be met:
//
//   - An ISO week belongs to the month that holds most of its working days (the earlier one when
//     even), and to it alone, so consecutive months neither leave a week out nor serve it twice. A
//     week without a working day is exempt.
//   - A fortnight is the ISO weeks 2k−1 and 2k of a year; a 53rd week is one of its own. Its
//     FortnightTimes sessions are shared between its weeks, the longer week taking the odd one;
//     what Previous shows of the first week counts. The topics taught longest ago come first.
//   - Monthly topics fill the second places of the fortnight's sessions before they get their own.
//   - Drill comes once in a calendar pair of months, fire safety once a quarter, in the month the
//     policy names, or later when Previous shows that it was left out.
//   - The supervisor teaches until her WeeklyHours are full (5.3.1), then the others take turns.
//   - A lesson is given in the fewest runs that reach everybody who works that week, on whatever
//     shift; nobody, lecturers included, is called in while resting after a night. Who can come to
//     none is told as a gap.
//   - What Missed, Weak and Inputs name is taken first when its turn allows, added when it has no
//     turn this month, and named as the source of its line (5.1.1). What only some people missed is
//     not added: they are told of as a gap, to be made up (补训).
//
// It is a function of its input: the same input gives the same items but for their ids.
func (s SOP) DraftMonth(in DraftInput) ([]Item, []Gap) {
	d := &drafting{SOP: s, in: in, last: map[string]Date{}, hours: map[PersonID]int{}, placed: map[Date][]int{}}
	d.wants = d.wanted()
	for _, it := range in.Previous {
		for _, t := range it.Topics {
			if it.Date.After(d.last[t]) || d.last[t].IsZero() {
				d.last[t] = it.Date
			}
		}
	}
	d.weeks = s.weeksOf(in.Month, in.From)
	for _, w := range d.weeks {
		d.weekly(w)
		d.pools(w)
	}
	d.monthly()
	d.seldom(TwoMonthly)
	d.seldom(Quarterly)
	d.extra()
	for _, w := range d.weeks {
		d.place(w)
		for _, x := range w.sessions {
			d.runs(w, x)
		}
	}
	items := d.items()
	d.supervisorHours(items)
	return items, d.gaps
}

// week is one ISO week as its month plans it.
type week struct {
	days     []Date // the working days that lie in the month
	all      int    // working days of the whole week
	sessions []*session
	patterns []pattern
}

// session is a lesson being drafted: its topics and, once placed, its day, and its runs.
type session struct {
	topics []Topic
	day    Date
	note   string
	wants  []want // what it serves besides 4.0
	runs   []slot
}

// drafting is the state of one draft.
type drafting struct {
	SOP
	in     DraftInput
	weeks  []*week
	last   map[string]Date  // when a topic was taught last
	hours  map[PersonID]int // class hours given out this month
	placed map[Date][]int   // when lessons begin, in minutes of the day
	given  []Engagement     // when lecturers teach in this draft
	wants  []want
	gaps   []Gap
}

// monday gives the first day of d's ISO week.
func monday(d Date) Date { return d.AddDays(-(int(d.Weekday()) + 6) % 7) }

// workingDaysOf gives the working days of the ISO week that begins on a Monday.
func (s SOP) workingDaysOf(monday Date) []Date {
	var out []Date
	for i := range 7 {
		if d := monday.AddDays(i); s.Calendar.Working(d) {
			out = append(out, d)
		}
	}
	return out
}

// ownerOf gives the month a week's working days belong to.
func ownerOf(days []Date) Month {
	first := days[0].MonthOf()
	n := 0
	for _, d := range days {
		if d.MonthOf() == first {
			n++
		}
	}
	if 2*n >= len(days) {
		return first
	}
	return first.Add(1)
}

// weeksOf gives the ISO weeks that belong to a month, with their working days in it from a day on;
// weeks that are over are left out.
func (s SOP) weeksOf(m Month, from Date) []*week {
	var out []*week
	for d := monday(m.First()); !d.After(m.Last()); d = d.AddDays(7) {
		days := s.workingDaysOf(d)
		if len(days) == 0 || ownerOf(days) != m {
			continue
		}
		w := &week{all: len(days)}
		for _, x := range days {
			if x.MonthOf() == m && !x.Before(from) {
				w.days = append(w.days, x)
			}
		}
		if len(w.days) > 0 {
			out = append(out, w)
		}
	}
	return out
}

// weekly adds the topics of every week (4.2.1).
func (d *drafting) weekly(w *week) { w.add(d.chunk(d.topics(Weekly, "")), "") }

// pools adds the week's share of every fortnightly pool (4.2.2).
func (d *drafting) pools(w *week) {
	for _, pool := range d.poolNames(Fortnightly) {
		topics := d.topics(Fortnightly, pool)
		for range d.share(w, topics) {
			t := slices.MinFunc(topics, func(a, b Topic) int {
				return cmp.Or(cmp.Compare(d.urgency(a.ID), d.urgency(b.ID)), d.last[a.ID].Compare(d.last[b.ID]))
			})
			d.served(t.ID)
			d.last[t.ID] = w.days[0]
			w.add([][]Topic{{t}}, "")
		}
	}
}

// share says how many of the fortnight's sessions of a pool fall to the week.
func (d *drafting) share(w *week, pool []Topic) int {
	times := d.Policy.Drafting.FortnightTimes
	this := monday(w.days[0])
	year, n := this.ISOWeek()
	other, first := this.AddDays(7), true
	if n%2 == 0 {
		other, first = this.AddDays(-7), false
	}
	if y, _ := other.ISOWeek(); y != year {
		return times // the 53rd week
	}
	days := d.workingDaysOf(other)
	if len(days) == 0 {
		return times
	}
	if owner := ownerOf(days); !first && owner != d.in.Month && d.planned(owner) {
		done := 0
		for _, it := range d.in.Previous {
			if monday(it.Date) == other {
				done += count(it.Topics, pool)
			}
		}
		return max(0, times-done)
	}
	if w.all > len(days) || w.all == len(days) && first {
		return times - times/2
	}
	return times / 2
}

// count says how many of the ids are topics of the list.
func count(ids []string, topics []Topic) int {
	n := 0
	for _, t := range topics {
		if slices.Contains(ids, t.ID) {
			n++
		}
	}
	return n
}

// planned says whether Previous holds the plan of a month.
func (d *drafting) planned(m Month) bool {
	return slices.ContainsFunc(d.in.Previous, func(it Item) bool { return it.Date.MonthOf() == m })
}

// monthly adds the topics of every month (4.2.3, 4.2.4).
func (d *drafting) monthly() {
	rest := d.topics(Monthly, "")
	for _, w := range d.weeks {
		for _, x := range w.sessions {
			if x.topics[0].Every == Fortnightly {
				rest = d.fill(x, rest)
			}
		}
	}
	for _, topics := range d.chunk(rest) {
		if w := d.freest(); w != nil {
			w.add([][]Topic{topics}, "")
		}
	}
}

// fill puts topics into the free places of a session, as far as one lecturer may give them all.
func (d *drafting) fill(x *session, topics []Topic) (rest []Topic) {
	for _, t := range topics {
		if len(x.topics) < d.Policy.Drafting.TopicsPerSession && len(lecturersOf(append(slices.Clone(x.topics), t))) > 0 {
			x.topics = append(x.topics, t)
			continue
		}
		rest = append(rest, t)
	}
	return rest
}

// seldom adds drill (4.3) or fire safety (4.4) when its period calls for it in this month.
func (d *drafting) seldom(every Frequency) {
	months, in := 2, d.Policy.Drafting.DrillMonth
	if every == Quarterly {
		months, in = 3, d.Policy.Drafting.FireMonth
	}
	serial := (d.in.Month.Year*12 + int(d.in.Month.Month) - 1) / months
	position := (int(d.in.Month.Month)-1)%months + 1
	for _, pool := range d.poolNames(every) {
		topics := d.topics(every, pool)
		if !d.calls(topics, position, in) {
			continue
		}
		n := min(len(topics), d.Policy.Drafting.TopicsPerSession)
		if every == Quarterly { // all of it within the year (open point 6)
			n = max(n, (len(topics)+3)/4)
		}
		turn := make([]Topic, n)
		for i := range turn {
			turn[i] = topics[(serial*n+i)%len(topics)]
		}
		note := ""
		if topics[0].Category == Drill {
			note = "主管到场监督（5.3.3）"
		}
		if w := d.freest(); w != nil {
			w.add([][]Topic{turn}, note)
		}
	}
}

// calls says whether a pool is to be taught in this month, which is month `position` of its
// period; `in` is the month the policy wants. In a later month it is made up for, when Previous
// shows the months since, and not the topic; an office with no plan yet begins at once.
func (d *drafting) calls(topics []Topic, position, in int) bool {
	if position <= in {
		return position == in
	}
	first := d.in.Month.Add(1 - position)
	for _, it := range d.in.Previous {
		if !it.Date.Before(first.First()) && count(it.Topics, topics) > 0 {
			return false
		}
	}
	for i := in; i < position; i++ {
		if len(d.in.Previous) > 0 && !d.planned(first.Add(i-1)) {
			return false
		}
	}
	return true
}

func (w *week) add(groups [][]Topic, note string) {
	for _, topics := range groups {
		w.sessions = append(w.sessions, &session{topics: topics, note: note})
	}
}

// freest gives the week with the most working days free of sessions, the earliest of such.
func (d *drafting) freest() *week {
	if len(d.weeks) == 0 {
		return nil
	}
	return slices.MinFunc(d.weeks, func(a, b *week) int {
		return cmp.Compare(len(a.sessions)-len(a.days), len(b.sessions)-len(b.days))
	})
}
