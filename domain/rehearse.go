package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Rehearsal is what an office would be sent between two days (推演): by the timetable over what is open
// now, as if nothing more were done.
type Rehearsal struct {
	Private  int // messages, one for each person who gets it
	Cards    int // of these, cards with buttons
	Digests  int // of these, digests of more than one thing
	Night    int // in the quiet hours: must be none
	Busiest  Date
	Most     int                 // messages on the busiest day
	ByPerson map[PersonID]int    // messages to each
	ByDay    map[Date]int        // messages of each day
	Lists    map[Date][]Reminder // what is behind them, for a list
}

// Rehearse plays the days of a window.
func (s SOP) Rehearse(f Facts, w Window) Rehearsal {
	x := Rehearsal{ByPerson: map[PersonID]int{}, ByDay: map[Date]int{}, Lists: map[Date][]Reminder{}}
	type morning struct {
		who PersonID
		day Date
	}
	digests := map[morning]int{}
	ns, of, _ := s.due(f, w)
	for _, n := range ns {
		day := s.Calendar.Date(n.At)
		x.Lists[day] = append(x.Lists[day], of[n.Key])
		for _, id := range n.To {
			if n.Digest {
				if digests[morning{id, day}]++; digests[morning{id, day}] == 2 {
					x.Digests++
				}
				if digests[morning{id, day}] > 1 {
					continue
				}
			}
			x.Private++
			x.ByPerson[id]++
			x.ByDay[day]++
			if n.Body.Card != nil && len(n.Body.Card.Buttons) > 0 {
				x.Cards++
			}
			if s.Policy.Reminders.Quiet(ClockOf(n.At.In(s.Calendar.zone()))) {
				x.Night++
			}
		}
	}
	for d, n := range x.ByDay {
		if n > x.Most || n == x.Most && d.Before(x.Busiest) {
			x.Busiest, x.Most = d, n
		}
	}
	return x
}

// People lists the receivers, those with the most first.
func (x Rehearsal) People(staff Staff) string {
	ids := make([]PersonID, 0, len(x.ByPerson))
	for id := range x.ByPerson {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b PersonID) int {
		return cmp.Or(x.ByPerson[b]-x.ByPerson[a], strings.Compare(staff.Name(a), staff.Name(b)))
	})
	parts := make([]string, len(ids))
	for i, id := range ids {
		parts[i] = fmt.Sprintf("%s %d", staff.Name(id), x.ByPerson[id])
	}
	return strings.Join(parts, "、")
}
