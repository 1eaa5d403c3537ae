package storage

import (
	"time"

	"trainingbot/domain"
)

// proposals is the table of what is put before somebody to decide.
func proposals() table[domain.Proposal] {
	type P = domain.Proposal
	return table[P]{name: "proposal", key: 1, version: func(p *P) *int64 { return &p.Version }, columns: []column[P]{
		text("id", func(p *P) *domain.ProposalID { return &p.ID }),
		number("no", func(p *P) *int64 { return &p.No }),
		text("office", func(p *P) *domain.OfficeID { return &p.Office }),
		text("kind", func(p *P) *domain.ProposalKind { return &p.Kind }),
		text("subject", func(p *P) *string { return &p.Subject }),
		maybe("about", func(p *P) *domain.PersonID { return &p.About }),
		maybe("made_by", func(p *P) *domain.PersonID { return &p.By }),
		text("for_role", func(p *P) *domain.Role { return &p.For }),
		document("to_people", func(p *P) *[]domain.PersonID { return &p.To }),
		text("clause", func(p *P) *string { return &p.Clause }),
		text("title", func(p *P) *string { return &p.Title }),
		text("text", func(p *P) *string { return &p.Text }),
		document("buttons", func(p *P) *[]domain.Button { return &p.Buttons }),
		document("data", func(p *P) *domain.ProposalData { return &p.Data }),
		text("state", func(p *P) *domain.ProposalState { return &p.State }),
		instant("made_at", func(p *P) *time.Time { return &p.Made }),
		date("due_on", func(p *P) *domain.Date { return &p.Due }),
		maybe("decider", func(p *P) *domain.PersonID { return &p.Decider }),
		maybe("on_behalf", func(p *P) *domain.PersonID { return &p.Behalf }),
		instant("decided_at", func(p *P) *time.Time { return &p.Decided }),
		text("reason", func(p *P) *string { return &p.Reason }),
	}}
}

// ProposalByNo gives the proposal people call B<no>.
func (t *Tx) ProposalByNo(no int64) (domain.Proposal, bool, error) {
	p, ok, err := proposals().one(t, "r.no = $1", no)
	if err == nil && ok {
		err = t.hold(p.Office)
	}
	if err != nil || !ok {
		return p, false, err
	}
	// Read again: somebody may have decided it while this transaction waited for the office.
	return proposals().one(t, "r.no = $1", no)
}

// Proposals gives what is open in an office, oldest first.
func (t *Tx) Proposals(o domain.OfficeID) ([]domain.Proposal, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return proposals().find(t, "r.office = $1 AND r.state = 'open' ORDER BY r.made_at, r.no", o)
}

// ProposalsOf gives every proposal of a kind and subject in an office, oldest first.
func (t *Tx) ProposalsOf(o domain.OfficeID, kind domain.ProposalKind, subject string) ([]domain.Proposal, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return proposals().find(t, "r.office = $1 AND r.kind = $2 AND r.subject = $3 ORDER BY r.made_at, r.no", o, kind, subject)
}
