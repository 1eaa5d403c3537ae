package storage

import (
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// delegations is the table of roles handed to deputies.
func delegations() table[domain.Delegation] {
	type D = domain.Delegation
	return table[D]{name: "delegation", key: 1, version: func(d *D) *int64 { return &d.Version }, columns: []column[D]{
		text("id", func(d *D) *domain.DelegationID { return &d.ID }),
		text("office", func(d *D) *domain.OfficeID { return &d.Office }),
		text("role", func(d *D) *domain.Role { return &d.Role }),
		text("for_person", func(d *D) *domain.PersonID { return &d.For }),
		text("deputy", func(d *D) *domain.PersonID { return &d.Deputy }),
		date("since_on", func(d *D) *domain.Date { return &d.Since }),
		date("until_on", func(d *D) *domain.Date { return &d.Until }),
		text("reason", func(d *D) *string { return &d.Reason }),
		instant("confirmed_at", func(d *D) *time.Time { return &d.Confirmed }),
		instant("ended_at", func(d *D) *time.Time { return &d.Ended }),
		maybe("ended_by", func(d *D) *domain.PersonID { return &d.EndedBy }),
	}}
}

// Delegations gives the delegations of an office whose last day is not before a day, by their days.
func (t *Tx) Delegations(o domain.OfficeID, from domain.Date) ([]domain.Delegation, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return delegations().find(t, "r.office = $1 AND r.until_on >= $2 ORDER BY r.since_on, r.id", o, day{from})
}

// standIns puts onto the people whom they stand in for. A delegation lasts no longer than the stay in
// which the one who gave it holds the role.
func (t *Tx) standIns(people []domain.Person, index map[domain.PersonID]int, ids []domain.PersonID) error {
	var rows []struct {
		Deputy  domain.PersonID
		Office  domain.OfficeID
		Role    domain.Role
		For     domain.PersonID `db:"for_person"`
		Since   day             `db:"since_on"`
		Until   day             `db:"until_on"`
		Ended   stamp           `db:"ended_at"`
		Roles   JSON[[]domain.Role]
		From    day `db:"stay_since"`
		Through day `db:"stay_until"`
	}
	err := t.all(&rows, `SELECT d.deputy, d.office, d.role, d.for_person, d.since_on, d.until_on, d.ended_at, m.roles, m.since_on AS stay_since, m.until_on AS stay_until
		FROM delegation d JOIN membership m ON m.person = d.for_person AND m.office = d.office WHERE d.deputy `+t.db.dialect.in(1)+` ORDER BY d.since_on, d.id, m.ord`, list(t.db.dialect, ids))
	if err != nil {
		return fmt.Errorf("storage: stand-ins: %w", err)
	}
	for _, r := range rows {
		a := domain.Acting{Office: r.Office, Role: r.Role, For: r.For, Since: r.Since.Date, Until: r.Until.Date, Ended: r.Ended.Time}
		if a.Since.Before(r.From.Date) {
			a.Since = r.From.Date
		}
		if !r.Through.IsZero() && r.Through.Before(a.Until) {
			a.Until = r.Through.Date
		}
		if slices.Contains(r.Roles.V, r.Role) && !a.Until.Before(a.Since) {
			p := &people[index[r.Deputy]]
			p.Acting = append(p.Acting, a)
		}
	}
	return nil
}
