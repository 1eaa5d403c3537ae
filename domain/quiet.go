package domain

import "time"

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
		n, later := n.putOff(func(id PersonID) time.Time { return t.restOver(t.person(id), n.Office, n.At) })
		if len(n.To) > 0 || n.Group {
			out = append(out, n)
		}
		if len(later.To) > 0 {
			later.Key, later.Thread, later.At = Rested(later.Key), Rested(later.Thread), later.At.In(t.Calendar.zone())
			out = append(out, later)
		}
	}
	return out
}

// putOff parts a notice: what is told when it is due, and what is told later to those whom until gives a
// later instant than that, all of them at the latest of these. Whom it would be no use to then is told now.
func (n Notice) putOff(until func(PersonID) time.Time) (now, later Notice) {
	now, later = n, n
	now.To, later.To, later.Group = nil, nil, false
	for _, id := range n.To {
		over := until(id)
		if !over.After(n.At) || !n.Expires.IsZero() && !over.Before(n.Expires) {
			now.To = append(now.To, id)
			continue
		}
		later.To = append(later.To, id)
		if over.After(later.At) {
			later.At = over
		}
	}
	return now, later
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
		if n.Urgent {
			out = append(out, n)
			continue
		}
		at := n.At
		if c.Now.After(at) {
			at = c.Now
		}
		n, later := n.putOff(func(id PersonID) time.Time {
			p, ok := c.Staff.Person(id)
			if !ok || id == c.By.ID {
				return n.At
			}
			if over := s.restOver(p, n.Office, s.decent(at)); over.After(at) {
				return over
			}
			return n.At
		})
		if night := s.decent(at); n.Group && night.After(at) { // the group is not woken either
			x := n
			x.Key, x.Thread, x.To, x.At = n.Key+"~group", n.Key+"~group", nil, night
			n.Group, out = false, append(out, x)
		}
		if len(later.To) > 0 {
			later.At = later.At.In(s.Calendar.zone())
			if len(n.To) > 0 { // a thread has one newest notice
				later.Key, later.Thread = Rested(later.Key), Rested(later.Thread)
			}
			out = append(out, later)
		}
		if len(n.To) > 0 || n.Group || len(later.To) == 0 {
			out = append(out, n)
		}
	}
	return out
}
