package storage

import (
	"fmt"

	"trainingbot/domain"
)

// replaceStays writes the memberships of some people in place of what was there.
func (t *Tx) replaceStays(people []domain.Person) error {
	var rows []membershipRow
	for _, p := range people {
		for i, m := range p.Memberships {
			rows = append(rows, membershipRow{Person: p.ID, Ord: i, Office: m.Office, Roles: JSON[[]domain.Role]{m.Roles}, Shift: m.Shift, Since: day{m.Since}, Until: day{m.Until}})
		}
	}
	if _, err := t.exec("DELETE FROM membership WHERE person "+t.db.dialect.in(1)+"", list(t.db.dialect, domain.IDs(people))); err != nil {
		return fmt.Errorf("storage: replace memberships: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.exec("INSERT INTO membership (person, ord, office, roles, shift, since_on, until_on) SELECT person, ord, office, roles, shift, since_on, until_on FROM "+
		t.db.dialect.rows(1, "person TEXT", "ord INTEGER", "office TEXT", "roles JSONB", "shift TEXT", "since_on DATE", "until_on DATE"), JSON[[]membershipRow]{rows})
	if err != nil {
		return fmt.Errorf("storage: replace memberships: %w", err)
	}
	return nil
}

// replaceHandles writes the handles of some people in place of what was there.
func (t *Tx) replaceHandles(people []domain.Person) error {
	var rows []handleRow
	for _, p := range people {
		for _, h := range p.Handles {
			rows = append(rows, handleRow{Platform: h.Platform, UserKey: t.db.handleKey(h), UserID: h.User, Person: p.ID})
		}
	}
	if _, err := t.exec("DELETE FROM handle WHERE person "+t.db.dialect.in(1)+"", list(t.db.dialect, domain.IDs(people))); err != nil {
		return fmt.Errorf("storage: replace handles: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.exec("INSERT INTO handle (platform, user_key, user_id, person) SELECT platform, user_key, user_id, person FROM "+
		t.db.dialect.rows(1, "platform TEXT", "user_key TEXT", "user_id TEXT", "person TEXT"), JSON[[]handleRow]{rows})
	if err != nil {
		return fmt.Errorf("storage: replace handles: %w", err)
	}
	return nil
}
