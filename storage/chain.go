package storage

import (
	"fmt"
	"time"

	"trainingbot/domain"
)

// chains is the table of retake chains.
func chains() table[domain.Chain] {
	type C = domain.Chain
	return table[C]{name: "chain", key: 1, version: func(c *C) *int64 { return &c.Version }, columns: []column[C]{
		text("id", func(c *C) *domain.ChainID { return &c.ID }),
		text("office", func(c *C) *domain.OfficeID { return &c.Office }),
		text("person", func(c *C) *domain.PersonID { return &c.Person }),
		text("assessment", func(c *C) *string { return &c.Assessment }),
		text("kind", func(c *C) *string { return &c.Kind }),
		text("code", func(c *C) *string { return &c.Code }),
		text("title", func(c *C) *string { return &c.Title }),
		document("steps", func(c *C) *[]domain.ChainStep { return &c.Steps }),
		text("state", func(c *C) *domain.ChainState { return &c.State }),
		date("deadline_on", func(c *C) *domain.Date { return &c.Deadline }),
		instant("limited_at", func(c *C) *time.Time { return &c.Limited }),
		text("paused", func(c *C) *string { return &c.Paused }),
		date("ended_on", func(c *C) *domain.Date { return &c.Ended }),
		text("reason", func(c *C) *string { return &c.Reason }),
	}}
}

// keepConsequences keeps what follows from results and feedback (6.2).
func (t *Tx) keepConsequences(ch domain.Change) error {
	if err := chains().keepAll(t, ch.Chains); err != nil {
		return err
	}
	if err := feedbacks().keepAll(t, ch.Feedback); err != nil {
		return err
	}
	if err := givens().keepAll(t, ch.Given); err != nil {
		return err
	}
	return standings().keepAll(t, ch.Standings)
}

// Chain gives one retake chain, or ErrNotFound.
func (t *Tx) Chain(id domain.ChainID) (domain.Chain, error) {
	x, ok, err := chains().one(t, "r.id = $1", id)
	if err == nil && !ok {
		err = fmt.Errorf("storage: chain %s: %w", id, ErrNotFound)
	}
	return x, err
}

// ChainOf gives somebody's chain of an assessment.
func (t *Tx) ChainOf(p domain.PersonID, assessment string) (domain.Chain, bool, error) {
	return chains().one(t, "r.person = $1 AND r.assessment = $2", p, assessment)
}

// ChainsOf gives all of somebody's chains, the oldest first.
func (t *Tx) ChainsOf(p domain.PersonID) ([]domain.Chain, error) {
	return chains().find(t, "r.person = $1 ORDER BY r.id", p)
}

// OpenChains gives the open chains of those who are or were in the office, wherever they failed.
func (t *Tx) OpenChains(o domain.OfficeID) ([]domain.Chain, error) {
	return chains().find(t, "r.state = 'open' AND r.person IN (SELECT person FROM membership WHERE office = $1) ORDER BY r.person, r.id", o)
}

// consequences adds to the facts of an office the open retake chains and the feedback that closes in
// the window.
func (t *Tx) consequences(f *domain.Facts, from, to time.Time) error {
	open, err := t.OpenChains(f.Office.ID)
	if err != nil {
		return err
	}
	for _, x := range open {
		fact := domain.ChainFact{Chain: x}
		if id := x.Last().Training; id != "" {
			y, err := t.Session(id)
			if err != nil {
				return err
			}
			fact.Trained = y.State == domain.Closed
		}
		f.Chains = append(f.Chains, fact)
	}
	over, err := t.FeedbackBetween(f.Office.ID, from, to.Add(time.Microsecond))
	if err != nil {
		return err
	}
	for _, x := range over {
		y, err := t.Session(x.Session)
		if err != nil {
			return err
		}
		f.Feedback = append(f.Feedback, domain.FeedbackFact{Feedback: x, No: y.No, Title: y.Title(), Lecturer: y.Lecturer})
	}
	return nil
}
