package storage

import (
	"context"
	"fmt"
	"time"

	"trainingbot/domain"
)

// Usage gives how many person-times were sent since an instant, card updates aside, and how many
// accounts there are: what the platform's daily allowance is reckoned by.
func (db *DB) Usage(ctx context.Context, since time.Time) (u domain.Usage, err error) {
	length := "json_array_length(recipients)"
	if db.dialect.postgres() {
		length = "jsonb_array_length(recipients)"
	}
	err = db.retry(ctx, "usage", func() error {
		if err := db.x.GetContext(ctx, &u.Sent, "SELECT COALESCE(SUM("+length+"), 0) FROM outbox WHERE settled_at >= $1 AND state = 'sent' AND kind <> 'update'", at(since)); err != nil {
			return err
		}
		return db.x.GetContext(ctx, &u.Accounts, "SELECT COUNT(*) FROM handle")
	})
	if err != nil {
		return u, fmt.Errorf("storage: usage: %w", err)
	}
	return u, nil
}
