package storage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// SentTo gives the notices under some clauses that reached somebody since an instant, oldest first:
// the beginning of a clause ("6.2") names all of them. What was pruned is not among them, nor are the
// daily words of what is overdue.
func (t *Tx) SentTo(id domain.PersonID, since time.Time, clauses ...string) ([]domain.SentNotice, error) {
	p, err := t.Person(id)
	if err != nil {
		return nil, err
	}
	var offices []domain.OfficeID
	for _, m := range p.Memberships {
		offices = append(offices, m.Office)
	}
	var rows []struct {
		Platform   string
		Recipients JSON[[]string]
		Clause     string
		Body       JSON[domain.Body]
		Settled    stamp `db:"settled_at"`
	}
	err = t.all(&rows, `SELECT o.platform, o.recipients, n.clause, o.body, o.settled_at FROM outbox o JOIN notice n ON n.key = o.notice
		WHERE o.state = 'sent' AND o.kind = 'notice' AND n.stage <> 'overdue' AND o.settled_at >= $1 AND o.office `+t.db.dialect.in(2)+" ORDER BY o.settled_at, o.id", at(since), list(t.db.dialect, offices))
	if err != nil {
		return nil, fmt.Errorf("storage: notices that reached somebody: %w", err)
	}
	var out []domain.SentNotice
	for _, r := range rows {
		theirs := slices.ContainsFunc(p.Handles, func(h domain.Handle) bool { return h.Platform == r.Platform && slices.Contains(r.Recipients.V, h.User) })
		under := slices.ContainsFunc(clauses, func(c string) bool { return strings.HasPrefix(r.Clause, c) })
		if theirs && under {
			line, _, _ := strings.Cut(r.Body.V.Text, "\n")
			out = append(out, domain.SentNotice{At: r.Settled.Time, Text: line})
		}
	}
	return out, nil
}
