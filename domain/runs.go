package domain

import "slices"

// Of the runs of one lesson (Session.Group) a person needs one: the first they can come to.

// ShareRuns gives new sessions in which everybody who could come to several runs of a lesson is expected
// at the first of them alone.
func (s SOP) ShareRuns(staff Staff, sessions []Session) []Session {
	return s.follow(nil, staff, sessions, sessions)
}

// follow gives the sessions of after, in which people keep to one run of a lesson when the staff (a
// duty) or a run (moved, called off) has changed: who can come to an earlier run is released from
// the later ones, and who was released for a run they can no longer come to is expected again.
// What was released for another reason (a leave) stays. before and after are the same sessions in
// the same order.
func (s SOP) follow(was, is Staff, before, after []Session) []Session {
	out := slices.Clone(after)
	slices.SortStableFunc(out, func(a, b Session) int { return a.Start.Compare(b.Start) })
	old := map[SessionID]Session{}
	for _, x := range before {
		old[x.ID] = x
	}
	for i := range out {
		if out[i].Group == "" || out[i].State != Planned || out[i].Roster != nil {
			continue
		}
		released := slices.Clone(out[i].Released)
		for _, p := range is {
			had, has := false, false
			prior, known := was.Person(p.ID)
			for j := range out {
				if j == i || out[j].Group != out[i].Group {
					continue
				}
				had = had || known && old[out[j].ID].Start.Before(old[out[i].ID].Start) && s.takes(old[out[j].ID], prior)
				has = has || j < i && s.takes(out[j], p)
			}
			open := out[i]
			open.Released = nil
			switch free := slices.Contains(released, p.ID); {
			case !free && has && s.expects(open, p) && !slices.Contains(open.Added, p.ID):
				released = append(released, p.ID)
			case free && had && !has:
				released = without(released, p.ID)
			}
		}
		slices.Sort(released)
		out[i].Released = released
	}
	return inOrder(out, after)
}

// takes says whether the person is expected at a run that is not called off.
func (s SOP) takes(x Session, p Person) bool { return x.State != Cancelled && s.expects(x, p) }

// inOrder gives sessions in the order of another list of them.
func inOrder(sessions, order []Session) []Session {
	byID := make(map[SessionID]Session, len(sessions))
	for _, x := range sessions {
		byID[x.ID] = x
	}
	out := make([]Session, len(order))
	for i, x := range order {
		out[i] = byID[x.ID]
	}
	return out
}

// RunName gives A, B, C … for run n, counted from 0.
func RunName(n int) string { return string(rune('A' + n)) }
