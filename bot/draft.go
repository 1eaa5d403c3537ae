package bot

import (
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// draftInput reads what the plan of a period is drafted from (5.1.1).
func (r *request) draftInput(period domain.Period) (domain.DraftInput, error) {
	from := r.today()
	if !domain.ClockOf(r.Now.In(r.sop.Calendar.Zone)).Before(r.sop.Policy.Drafting.SessionTime) {
		from = from.AddDays(1) // today's session would begin in the past
	}
	in := domain.DraftInput{Office: r.Office, From: from, Month: period.MonthOf(), NewID: func() domain.ItemID { return domain.ItemID(r.view.NewID()) }}
	if period.Annual() {
		in.Staff = r.Staff
		return in, nil
	}
	if err := r.rostered(period.First().AddDays(-8), period.Last().AddDays(1)); err != nil {
		return in, err
	}
	in.Staff = r.Staff
	for back := -2; back < 0; back++ {
		items, err := r.heldOrPlanned(domain.MonthlyPeriod(period.MonthOf().Add(back)))
		if err != nil {
			return in, err
		}
		in.Previous = append(in.Previous, items...)
	}
	var err error
	if in.Inputs, err = r.view.Inputs(r.Office.ID); err != nil {
		return in, err
	}
	if in.Missed, err = r.lastGaps(period.MonthOf()); err != nil {
		return in, err
	}
	if in.Weak, err = r.weakTopics(); err != nil {
		return in, err
	}
	in.Taken, err = r.taken(r.sop.Calendar.At(period.First(), domain.Clock{}), r.sop.Calendar.At(period.Last().AddDays(1), domain.Clock{}), nil)
	return in, err
}

// lastGaps gives what the two months before a month leave to its plan.
func (r *request) lastGaps(m domain.Month) ([]domain.WeakTopic, error) {
	since := m.Add(-2).First()
	h, err := r.history(since, m.Add(-1).Last(), nil)
	if err != nil {
		return nil, err
	}
	return r.sop.LastGaps(h, since, r.today()), nil
}

// heldOrPlanned gives the lines of a period's plan that were held or still may be: what was called
// off, or is over without having been held, has been left out.
func (r *request) heldOrPlanned(p domain.Period) ([]domain.Item, error) {
	plan, ok, err := r.view.Plan(r.Office.ID, p)
	if err != nil || !ok {
		return nil, err
	}
	v, approved := plan.In(domain.Approved)
	if !approved {
		return plan.Latest().Items, nil
	}
	sessions, err := r.sessionsOf(plan)
	if err != nil {
		return nil, err
	}
	left := map[domain.ItemID]bool{}
	for _, x := range sessions {
		left[x.Item] = x.State == domain.Cancelled || x.State == domain.Planned && x.End.Before(r.Now)
	}
	return slices.DeleteFunc(slices.Clone(v.Items), func(it domain.Item) bool { return left[it.ID] }), nil
}

// taken gives when lecturers and rooms of the office are taken: by its sessions, by bookings, and
// the lecturers by the sessions of the other offices they belong to. What is being changed (skip)
// takes nothing from itself.
func (r *request) taken(from, to time.Time, skip func(domain.Session) bool) ([]domain.Engagement, error) {
	sessions, err := r.view.Sessions(r.Office.ID, from.Add(-24*time.Hour), to)
	if err != nil {
		return nil, err
	}
	if skip != nil {
		sessions = slices.DeleteFunc(sessions, skip)
	}
	bookings, err := r.view.Bookings(r.Office.ID, from, to)
	if err != nil {
		return nil, err
	}
	out := r.sop.Engagements(sessions, bookings)
	day := r.sop.Calendar.Date(from)
	shared := map[domain.OfficeID][]domain.PersonID{}
	var order []domain.OfficeID
	for _, p := range r.Staff {
		if !p.Lectures(r.Office.ID, day) {
			continue
		}
		for _, m := range p.In(day) {
			if m.Office != r.Office.ID {
				if shared[m.Office] == nil {
					order = append(order, m.Office)
				}
				shared[m.Office] = append(shared[m.Office], p.ID)
			}
		}
	}
	slices.Sort(order)
	for _, o := range order {
		office, ok, err := r.view.Office(o)
		if err != nil || !ok {
			return nil, fmt.Errorf("office %s of a shared lecturer: %v", o, err)
		}
		theirs, err := r.view.Sessions(o, from.Add(-24*time.Hour), to)
		if err != nil {
			return nil, err
		}
		out = append(out, domain.Elsewhere(office, theirs, shared[o])...)
	}
	return out, nil
}

// follow adds to a change of one run what follows for the others of its lesson.
func (r *request) follow(was domain.Session, c domain.Change) (domain.Change, error) {
	if was.Group == "" || len(c.Sessions) == 0 {
		return c, nil
	}
	others, err := r.view.Sessions(was.Office, was.Start.AddDate(0, 0, -10), was.Start.AddDate(0, 0, 10))
	if err != nil {
		return domain.Change{}, err
	}
	return c.And(r.sop.Follow(r.Case, was, c.Sessions[0], others)), nil
}

// inForce marks what a plan that was just approved holds of the needs, orders and points of emphasis
// as used, and tells those who gave them.
func (r *request) inForce(c domain.Change) (domain.Change, error) {
	if len(c.Plans) == 0 || c.Plans[0].Period.Annual() {
		return c, nil
	}
	open, err := r.view.Inputs(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return c.And(r.sop.InForce(r.Case, c.Plans[0], open, c.Sessions)), nil
}
