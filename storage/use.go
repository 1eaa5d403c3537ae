package storage

import (
	"context"
	"fmt"

	"trainingbot/domain"
)

// CountUse adds to what was used of a platform's quota of a kind ("api", "message") in a month, named by
// its first day, and gives the sum of all replicas.
func (db *DB) CountUse(ctx context.Context, platform, kind string, month domain.Date, n int) (used int, err error) {
	month.Day = 1
	err = db.retry(ctx, "count use", func() error {
		done, err := db.write(ctx)
		if err != nil {
			return err
		}
		defer done()
		return db.x.GetContext(ctx, &used, `INSERT INTO platform_use (platform, month, kind, used) VALUES ($1, $2, $3, $4)
			ON CONFLICT (platform, month, kind) DO UPDATE SET used = platform_use.used + excluded.used RETURNING used`, platform, day{month}, kind, n)
	})
	if err != nil {
		return 0, fmt.Errorf("storage: count use: %w", err)
	}
	return used, nil
}
