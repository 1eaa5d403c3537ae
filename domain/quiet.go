package domain

import (
	"slices"
	"time"
)

// Rested gives the key or the thread of the part of a notice that waited for the end of somebody's
// rest. Who ends a thread ends that one too.
func Rested(s string) string {
	if s == "" {
		return ""
	}
	return s + "~rest"
}

// restMost is more than any rest after a night may last.
const restMost = 24 * time.Hour

// restOver gives when somebody's rest after a night shift is over, of an instant within it (mission
// E10); at itself when they do not rest then.
func (s SOP) restOver(p Person, o OfficeID, at time.Time) time.Time {
	if !s.Rests(p, o, at) {
		return at
	}
	day := s.Calendar.Date(at)
	minute, _ := s.restsUntil(p, o, day)
	return s.Calendar.At(day, Clock{}).Add(time.Duration(minute) * time.Minute)
}

// awake puts off what people who rest after a night shift would be disturbed by: they get a notice of
// their own at the end of their rest. What would be no use then is urgent and goes out at once.
func (t *teller) awake(ns []Notice) []Notice {
	out := make([]Notice, 0, len(ns))
	for _, n := range ns {
		later := map[int64][]PersonID{}
		n.To = slices.DeleteFunc(slices.Clone(n.To), func(id PersonID) bool {
			over := t.restOver(t.person(id), n.Office, n.At)
			if over.Equal(n.At) || !n.Expires.IsZero() && !over.Before(n.Expires) {
				return false
			}
			later[over.Unix()] = append(later[over.Unix()], id)
			return true
		})
		if len(n.To) > 0 {
			out = append(out, n)
		}
		for over, ids := range later {
			x := n
			x.Key, x.Thread, x.At, x.To = Rested(n.Key), Rested(n.Thread), time.Unix(over, 0).In(t.Calendar.zone()), ids
			out = append(out, x)
		}
	}
	return out
}

// person finds somebody of the staff, once.
func (t *teller) person(id PersonID) Person {
	if t.people == nil {
		t.people = make(map[PersonID]Person, len(t.f.Staff))
		for _, p := range t.f.Staff {
			t.people[p.ID] = p
		}
	}
	return t.people[id]
}

// Decent puts off the notices of a decision that would disturb people at night or in their rest after a
// night shift (mission E10): until the morning, or the end of the rest. The one who decided is
// answered at once, and so is what is urgent: a change of what begins before the rest is over.
func (s SOP) Decent(c Case, ns []Notice) []Notice {
	out := make([]Notice, 0, len(ns))
	for _, n := range ns {
		later := map[int64][]PersonID{}
		n.To = slices.DeleteFunc(slices.Clone(n.To), func(id PersonID) bool {
			at := n.At
			if c.Now.After(at) {
				at = c.Now
			}
			p, ok := c.Staff.Person(id)
			if !ok || id == c.By.ID || n.Urgent {
				return false
			}
			over := s.restOver(p, n.Office, s.decent(at))
			if over.Equal(at) || !n.Expires.IsZero() && !over.Before(n.Expires) {
				return false
			}
			later[over.Unix()] = append(later[over.Unix()], id)
			return true
		})
		if len(n.To) > 0 {
			out = append(out, n)
		}
		for over, ids := range later {
			x := n
			x.To, x.At = ids, time.Unix(over, 0).In(s.Calendar.zone())
			if len(n.To) > 0 || len(later) > 1 { // a thread has one newest notice
				x.Key, x.Thread = Rested(x.Key), Rested(x.Thread)
			}
			out = append(out, x)
		}
	}
	return out
}
