package storage

import (
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// Log gives the newest lines of an office's log between two instants, at most n, the oldest first. With
// subject set, those about it (P7 also finds P7 v2); with person set, those that person is named in or made.
func (t *Tx) Log(o domain.OfficeID, from, to time.Time, subject string, person domain.Person, n int) ([]domain.Audit, error) {
	var rows []struct {
		At                         stamp
		Actor                      domain.PersonID
		Act, Subject, Clause, Text string
	}
	err := t.all(&rows, `SELECT at, actor, act, subject, clause, text FROM audit WHERE office = $1 AND at >= $2 AND at < $3
		AND ($4 = '' OR subject = $4 OR subject LIKE $5) AND ($6 = '' OR actor = $6 OR subject = $7 OR text LIKE $8) ORDER BY at DESC, id DESC LIMIT $9`,
		o, at(from), at(to), subject, subject+" %", person.ID, person.No, "%"+person.Name+"%", n)
	if err != nil {
		return nil, fmt.Errorf("storage: log: %w", err)
	}
	out := make([]domain.Audit, len(rows))
	for i, r := range rows {
		out[i] = domain.Audit{At: r.At.Time, Office: o, Actor: r.Actor, Act: r.Act, Subject: r.Subject, Clause: r.Clause, Text: r.Text}
	}
	slices.Reverse(out)
	return out, nil
}
