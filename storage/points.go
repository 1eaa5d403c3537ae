package storage

import (
	"fmt"
	"time"

	"trainingbot/domain"
)

// points is the ledger of attendance points, appended to only.
func points() table[domain.PointsEntry] {
	type E = domain.PointsEntry
	return table[E]{name: "points", key: 1, columns: []column[E]{
		text("id", func(e *E) *domain.EntryID { return &e.ID }),
		number("no", func(e *E) *int64 { return &e.No }),
		text("office", func(e *E) *domain.OfficeID { return &e.Office }),
		text("person", func(e *E) *domain.PersonID { return &e.Person }),
		month("month", func(e *E) *domain.Month { return &e.Month }),
		number("points", func(e *E) *int { return &e.Points }),
		text("clause", func(e *E) *string { return &e.Clause }),
		text("subject", func(e *E) *string { return &e.Subject }),
		text("reason", func(e *E) *string { return &e.Reason }),
		text("evidence", func(e *E) *string { return &e.Evidence }),
		text("confirmed_by", func(e *E) *domain.PersonID { return &e.By }),
		instant("at", func(e *E) *time.Time { return &e.At }),
		maybe("reverses", func(e *E) *domain.EntryID { return &e.Reverses }),
	}}
}

// PointsByNo gives the entry people call F<no>.
func (t *Tx) PointsByNo(no int64) (domain.PointsEntry, bool, error) {
	e, ok, err := points().one(t, "r.no = $1", no)
	if err == nil && ok {
		err = t.hold(e.Office)
	}
	return e, ok, err
}

// PointsEntry gives one entry, or ErrNotFound.
func (t *Tx) PointsEntry(id domain.EntryID) (domain.PointsEntry, error) {
	e, ok, err := points().one(t, "r.id = $1", id)
	if err == nil && !ok {
		err = fmt.Errorf("storage: points entry %s: %w", id, ErrNotFound)
	}
	return e, err
}

// PointsOf gives somebody's entries of the months from … to, both included, oldest first.
func (t *Tx) PointsOf(p domain.PersonID, from, to domain.Month) ([]domain.PointsEntry, error) {
	return points().find(t, "r.person = $1 AND r.month >= $2 AND r.month <= $3 ORDER BY r.month, r.no", p, from.String(), to.String())
}

// PointsIn gives an office's entries of a month, by person, oldest first.
func (t *Tx) PointsIn(o domain.OfficeID, m domain.Month) ([]domain.PointsEntry, error) {
	return points().find(t, "r.office = $1 AND r.month = $2 ORDER BY r.person, r.no", o, m.String())
}
