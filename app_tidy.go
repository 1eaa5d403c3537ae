package main

import (
	"context"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
)

// tidy is the storage to the scheduler: what is pruned once a day includes the trainees' free words,
// which the office's policy keeps for so long and no longer (mission E20).
type tidy struct {
	*storage.DB
	sop   func() domain.SOP
	now   func() time.Time
	meter *meter // nil: no monthly quotas
}

// Usage implements scheduler.Outbox.
func (t tidy) Usage(ctx context.Context, since time.Time) (domain.Usage, error) {
	u, err := t.DB.Usage(ctx, since)
	if err == nil && t.meter != nil {
		err = t.meter.flush(ctx)
		u.Month = t.meter.use()
	}
	return u, err
}

// Prune implements scheduler.Outbox.
func (t tidy) Prune(ctx context.Context, before time.Time) (int, error) {
	n, err := t.DB.Prune(ctx, before)
	if err != nil {
		return n, err
	}
	return n, t.ForgetWords(ctx, t.now().AddDate(0, 0, -t.sop().Policy.Feedback.KeepWords))
}
