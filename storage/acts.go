package storage

import (
	"fmt"
	"time"

	"trainingbot/domain"
)

// LastActs gives what somebody did last in an office since an instant: every line of the log of the
// newest instant, the last one first; none when there is none.
func (t *Tx) LastActs(o domain.OfficeID, p domain.PersonID, since time.Time) ([]domain.Audit, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	var rows []struct {
		At      stamp
		Act     string
		Subject string
		Clause  string
		Text    string
		Undo    JSON[*domain.Undo]
	}
	err := t.all(&rows, `SELECT at, act, subject, clause, text, undo FROM audit WHERE office = $1 AND actor = $2 AND at >= $3
		AND at = (SELECT MAX(b.at) FROM audit b WHERE b.office = $1 AND b.actor = $2 AND b.at >= $3) ORDER BY id DESC`, o, p, at(since))
	if err != nil {
		return nil, fmt.Errorf("storage: last acts: %w", err)
	}
	out := make([]domain.Audit, len(rows))
	for i, r := range rows {
		out[i] = domain.Audit{At: r.At.Time, Office: o, Actor: p, Act: r.Act, Subject: r.Subject, Clause: r.Clause, Text: r.Text, Undo: r.Undo.V}
	}
	return out, nil
}

// ProposalsMade gives the proposals of a kind made in an office from … up to, not including, to; oldest first.
func (t *Tx) ProposalsMade(o domain.OfficeID, kind domain.ProposalKind, from, to time.Time) ([]domain.Proposal, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return proposals().find(t, "r.office = $1 AND r.kind = $2 AND r.made_at >= $3 AND r.made_at < $4 ORDER BY r.made_at, r.no", o, kind, at(from), at(to))
}
