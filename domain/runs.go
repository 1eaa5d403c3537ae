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

// oneRunEach keeps people to one run of each lesson of which a run is new or has changed. have are
// the sessions there were.
func (s SOP) oneRunEach(staff Staff, changed, have []Session) []Session {
	all := slices.Clone(changed)
	for _, x := range have {
		if !slices.ContainsFunc(changed, func(y Session) bool { return y.ID == x.ID }) {
			all = append(all, x)
		}
	}
	out := changed
	for i, x := range s.ShareRuns(staff, all) {
		switch {
		case i < len(changed):
			out[i] = x
		case !slices.Equal(x.Released, all[i].Released):
			out = append(out, x)
		}
	}
	return out
}

// Follow gives what follows for the other runs of a lesson when one has been moved or called off:
// who was left out of a later run for it is expected there again, and told (mission E10).
func (s SOP) Follow(c Case, was, is Session, others []Session) Change {
	before, after := []Session{was}, []Session{is}
	for _, x := range others {
		if x.Group == was.Group && x.ID != was.ID && x.State == Planned && x.Start.After(c.Now) {
			before, after = append(before, x), append(after, x)
		}
	}
	if was.Group == "" || len(before) == 1 {
		return Change{}
	}
	out := Change{}
	for i, x := range s.follow(c.Staff, c.Staff, before, after)[1:] {
		had := before[i+1]
		for _, id := range had.Released { // who can still come to the one that was moved stays with it
			if p, ok := c.Staff.Person(id); ok && s.takes(is, p) {
				x.Released = with(x.Released, id)
			}
		}
		slices.Sort(x.Released)
		if slices.Equal(x.Released, had.Released) {
			continue
		}
		out.Sessions = append(out.Sessions, x)
		var to []PersonID
		for _, id := range had.Released {
			if !slices.Contains(x.Released, id) {
				to = append(to, id)
			}
		}
		if len(to) == 0 {
			continue
		}
		key := "runs:" + string(is.ID) + ":" + string(x.ID) + ":" + c.Now.UTC().Format("20060102T150405")
		at, _ := s.undisturbed(c.Now, x.Start)
		out.Notices = append(out.Notices, Notice{Key: key, Thread: key, Office: c.Office.ID, Stage: "changed", Clause: "5.3.2", At: at, To: to,
			Body: Say("请改到 " + x.Code() + " " + s.Moment(x.Start) + " " + x.Title() + runWord(x.Run) + "，内容相同。"),
			Why:  "同一课分几场时每人上一场；您原来的那一场有变动，您能到的另一场是这一场。"})
	}
	return out
}
