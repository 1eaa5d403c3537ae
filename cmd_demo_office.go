package main

import (
	"context"
	"slices"
	"time"

	"trainingbot/bot/wecom"
	"trainingbot/demo"
	"trainingbot/domain"
	"trainingbot/storage"
)

// upcoming lists for the page what the timetable would announce, as things stand.
func (d *playground) upcoming(ctx context.Context, from, to time.Time) ([]demo.Coming, error) {
	offices, err := d.app.Store().Offices(ctx)
	if err != nil {
		return nil, err
	}
	var out []demo.Coming
	for _, o := range offices {
		f, err := d.app.Store().Facts(ctx, o.ID, from, to)
		if err != nil {
			return nil, err
		}
		for _, n := range d.app.SOP().Due(f, domain.Window{From: from, To: to}) {
			c := demo.Coming{At: n.At, Clause: n.Clause, Text: demo.Line(n.Body.Text)}
			if n.Body.Card != nil {
				c.Text = n.Body.Card.Title
			}
			for _, id := range n.To {
				c.To = append(c.To, f.Staff.Name(id))
			}
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b demo.Coming) int { return a.At.Compare(b.At) })
	return out, nil
}

// facts tells the page how far the office is.
func (d *playground) facts(ctx context.Context, now time.Time) (out demo.Facts, err error) {
	err = d.app.Store().View(ctx, func(tx *storage.Tx) error {
		out = demo.Facts{}
		offices, err := tx.Offices()
		if err != nil || len(offices) == 0 {
			return err
		}
		o := offices[0]
		staff, err := tx.Staff(o.ID)
		if err != nil {
			return err
		}
		if err := d.planFacts(tx, o.ID, now, &out); err != nil {
			return err
		}
		return d.classFacts(tx, o.ID, staff, now, &out)
	})
	return out, err
}

func (d *playground) planFacts(tx *storage.Tx, o domain.OfficeID, now time.Time, out *demo.Facts) error {
	year := now.In(d.world.Zone).Year()
	plans, err := tx.Plans(o, domain.AnnualPeriod(year-1), domain.AnnualPeriod(year+3))
	if err != nil {
		return err
	}
	for _, p := range plans {
		v := p.Latest()
		since := v.DraftedAt
		for _, t := range []time.Time{v.SubmittedAt, v.DecidedAt} {
			if t.After(since) {
				since = t
			}
		}
		out.Plans = append(out.Plans, demo.Plan{Period: p.Period.String(), State: string(v.State), Since: since})
	}
	return nil
}

// classFacts picks the session of the moment: one that is open, else the next of today, else the
// last one that was held.
func (d *playground) classFacts(tx *storage.Tx, o domain.OfficeID, staff domain.Staff, now time.Time, out *demo.Facts) error {
	const near = 12 * time.Hour
	all, err := tx.Sessions(o, now.Add(-near), now.Add(near))
	if err != nil {
		return err
	}
	var best *domain.Session
	rank := func(x domain.Session) int {
		switch {
		case x.State == domain.Open:
			return 3
		case x.State == domain.Planned && now.Before(x.End):
			return 2
		case x.State == domain.Closed:
			return 1
		}
		return 0
	}
	for i, x := range all {
		if r := rank(x); r > 0 && (best == nil || r > rank(*best)) {
			best = &all[i]
		}
	}
	if best == nil {
		return nil
	}
	present, err := tx.Attendance(best.ID)
	if err != nil {
		return err
	}
	sop := d.app.SOP()
	c := &demo.Class{Code: best.Code(), Title: best.Title(), Room: best.Room, Start: best.Start, State: string(best.State),
		Lecturer: staff.Name(best.Lecturer), Expected: len(sop.Expected(*best, staff))}
	if best.State == domain.Open {
		c.Pass = sop.Code(*best, now)
	}
	for _, a := range present {
		p, _ := staff.Person(a.Person)
		for _, h := range p.Handles {
			if h.Platform == wecom.Name {
				c.Present = append(c.Present, h.User)
			}
		}
	}
	out.Class, out.CheckedIn = c, len(present) > 0
	return nil
}
