package storage

import (
	"time"

	"trainingbot/domain"
)

// choices is the log of what administrators decided on the open points of the source, appended to
// only.
func choices() table[domain.Choice] {
	type C = domain.Choice
	return table[C]{name: "policy_choice", key: 1, columns: []column[C]{
		text("id", func(c *C) *domain.ChoiceID { return &c.ID }),
		number("point", func(c *C) *int { return &c.Point }),
		document("settings", func(c *C) *map[string]string { return &c.Values }),
		text("office", func(c *C) *domain.OfficeID { return &c.Office }),
		text("made_by", func(c *C) *domain.PersonID { return &c.By }),
		text("name", func(c *C) *string { return &c.Name }),
		instant("at", func(c *C) *time.Time { return &c.At }),
		flag("undone", func(c *C) *bool { return &c.Undone }),
	}}
}

// Choices gives every choice on the open points, oldest first.
func (t *Tx) Choices() ([]domain.Choice, error) {
	return choices().find(t, "r.point > 0 ORDER BY r.at, r.id")
}
