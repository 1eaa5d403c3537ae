package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// robots is the table of the groups' robots, one an office.
func robots() table[domain.GroupRobot] {
	type R = domain.GroupRobot
	return table[R]{name: "group_robot", key: 1, version: func(r *R) *int64 { return &r.Version }, columns: []column[R]{
		text("office", func(r *R) *domain.OfficeID { return &r.Office }),
		text("secret", func(r *R) *domain.RobotKey { return &r.Key }),
		text("bound_by", func(r *R) *domain.PersonID { return &r.By }),
		instant("at", func(r *R) *time.Time { return &r.At }),
	}}
}

// GroupRobot gives the robot of an office's group. One without a key was taken away.
func (t *Tx) GroupRobot(o domain.OfficeID) (domain.GroupRobot, bool, error) {
	return robots().one(t, "r.office = $1", o)
}

// RobotKey gives the key of the robot of an office's group, for the adapter.
func (db *DB) RobotKey(ctx context.Context, office string) (key string, ok bool, err error) {
	err = db.View(ctx, func(t *Tx) error {
		r, found, err := t.GroupRobot(domain.OfficeID(office))
		key, ok = string(r.Key), found && r.Key != ""
		return err
	})
	return key, ok, err
}

// grouped gives the rows by which the groups of the offices hear what is for everybody.
func (t *Tx) grouped(live []domain.Notice, e expansion) ([]outboxRow, error) {
	var out []outboxRow
	for _, n := range live {
		if !n.Group {
			continue
		}
		r, ok, err := t.GroupRobot(n.Office)
		if err != nil {
			return nil, fmt.Errorf("storage: group robot: %w", err)
		}
		if !ok || r.Key == "" {
			continue
		}
		row := e.row(n)
		row.ID, row.Key, row.Platform, row.Recipients = e.newID(), n.Key+"|"+domain.GroupPlatform+"|", domain.GroupPlatform, []string{string(n.Office)}
		row.Body, row.Buttons = domain.Say(n.Body.Text), false
		out = append(out, row)
	}
	return slices.Clip(out), nil
}
