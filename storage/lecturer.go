package storage

import (
	"fmt"

	"trainingbot/domain"
)

// standings is the table of how lecturers stand.
func standings() table[domain.Standing] {
	type S = domain.Standing
	return table[S]{name: "standing", key: 2, version: func(s *S) *int64 { return &s.Version }, columns: []column[S]{
		text("office", func(s *S) *domain.OfficeID { return &s.Office }),
		text("person", func(s *S) *domain.PersonID { return &s.Person }),
		number("step", func(s *S) *int { return &s.Step }),
		text("cycle", func(s *S) *string { return &s.Cycle }),
		date("since_on", func(s *S) *domain.Date { return &s.Since }),
		date("barred_on", func(s *S) *domain.Date { return &s.Barred }),
		date("barred_until", func(s *S) *domain.Date { return &s.Until }),
		text("reason", func(s *S) *string { return &s.Reason }),
	}}
}

// Standing gives how a lecturer stands in an office; one who was never below standard gives the zero
// step.
func (t *Tx) Standing(o domain.OfficeID, p domain.PersonID) (domain.Standing, error) {
	x, ok, err := standings().one(t, "r.office = $1 AND r.person = $2", o, p)
	if err == nil && !ok {
		x = domain.Standing{Office: o, Person: p}
	}
	return x, err
}

// Standings gives the lecturers of an office who were ever below standard.
func (t *Tx) Standings(o domain.OfficeID) ([]domain.Standing, error) {
	return standings().find(t, "r.office = $1 ORDER BY r.person", o)
}

// bars adds to people where they may not lecture.
func (t *Tx) bars(people []domain.Person, index map[domain.PersonID]int, ids []domain.PersonID) error {
	all, err := standings().find(t, "r.barred_on IS NOT NULL AND r.person "+t.db.dialect.in(1)+" ORDER BY r.person, r.office", list(t.db.dialect, ids))
	if err != nil {
		return fmt.Errorf("storage: bars: %w", err)
	}
	for _, x := range all {
		p := &people[index[x.Person]]
		p.Bars = append(p.Bars, domain.Bar{Office: x.Office, Since: x.Barred, Until: x.Until})
	}
	return nil
}
