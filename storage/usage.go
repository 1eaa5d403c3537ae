package storage

import (
	"context"
	"fmt"
	"time"

	"trainingbot/domain"
)

// Usage gives how many person-times were sent since an instant, card updates aside, and how many
// accounts there are, both on the platforms with a daily allowance (Platform.Daily), which is reckoned by
// them.
func (db *DB) Usage(ctx context.Context, since time.Time) (u domain.Usage, err error) {
	length := "json_array_length(recipients)"
	if db.dialect.postgres() {
		length = "jsonb_array_length(recipients)"
	}
	var daily []string
	for _, p := range db.o.Platforms {
		if p.Daily {
			daily = append(daily, p.Name)
		}
	}
	if len(daily) == 0 {
		return u, nil
	}
	err = db.retry(ctx, "usage", func() error {
		if err := db.x.GetContext(ctx, &u.Sent, "SELECT COALESCE(SUM("+length+"), 0) FROM outbox WHERE settled_at >= $1 AND state = 'sent' AND kind <> 'update' AND platform "+db.dialect.in(2), at(since), list(db.dialect, daily)); err != nil {
			return err
		}
		return db.x.GetContext(ctx, &u.Accounts, "SELECT COUNT(*) FROM handle WHERE platform "+db.dialect.in(1), list(db.dialect, daily))
	})
	if err != nil {
		return u, fmt.Errorf("storage: usage: %w", err)
	}
	return u, nil
}
