package storage

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// duties is the table of the duty roster.
func duties() table[domain.Duty] {
	type D = domain.Duty
	return table[D]{name: "duty", key: 3, columns: []column[D]{
		text("office", func(x *D) *domain.OfficeID { return &x.Office }),
		date("day", func(x *D) *domain.Date { return &x.Day }),
		text("person", func(x *D) *domain.PersonID { return &x.Person }),
		text("shift", func(x *D) *string { return &x.Shift }),
		text("set_by", func(x *D) *domain.PersonID { return &x.By }),
		instant("at", func(x *D) *time.Time { return &x.At }),
	}}
}

// Duties gives the duty roster of an office for the days from … to, both included, by day and person.
func (t *Tx) Duties(o domain.OfficeID, from, to domain.Date) ([]domain.Duty, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return duties().find(t, "r.office = $1 AND r.day >= $2 AND r.day <= $3 ORDER BY r.day, r.person", o, day{from}, day{to})
}

type dutyRow struct {
	Office domain.OfficeID `json:"office"`
	Day    day             `json:"day"`
	Person domain.PersonID `json:"person"`
	Shift  string          `json:"shift"`
	By     domain.PersonID `json:"set_by"`
	At     stamp           `json:"at"`
}

// keepDuties writes the shifts of single days, each in place of an earlier word about that day.
func (t *Tx) keepDuties(all []domain.Duty) error {
	for chunk := range slices.Chunk(all, outboxChunk) {
		rows := make([]dutyRow, len(chunk))
		for i, x := range chunk {
			rows[i] = dutyRow{x.Office, day{x.Day}, x.Person, x.Shift, x.By, at(x.At)}
		}
		data, err := json.Marshal(rows)
		if err != nil {
			return fmt.Errorf("storage: keep the duty roster: %w", err)
		}
		_, err = t.exec(`INSERT INTO duty (office, day, person, shift, set_by, at) SELECT office, day, person, shift, set_by, at FROM `+
			t.db.dialect.rows(1, "office TEXT", "day DATE", "person TEXT", "shift TEXT", "set_by TEXT", "at TIMESTAMP")+
			` WHERE TRUE ON CONFLICT (office, day, person) DO UPDATE SET shift = excluded.shift, set_by = excluded.set_by, at = excluded.at`, string(data))
		if err != nil {
			return fmt.Errorf("storage: keep the duty roster: %w", err)
		}
	}
	return nil
}
