package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"trainingbot/domain"
)

// settling is one Settle on its way into a batch.
type settling struct {
	row  settleRow
	done chan settled
}

// settled is what became of it.
type settled struct {
	ours bool // it is written
	err  error
}

type settleRow struct {
	ID      string          `json:"id"`
	Owner   string          `json:"owner"`
	Attempt int             `json:"attempt"`
	State   string          `json:"state"`
	RunAt   stamp           `json:"run_at"`
	Receipt *domain.Receipt `json:"receipt"`
	Reason  string          `json:"reason"`
	Settled stamp           `json:"settled_at"`
	Waits   int             `json:"waits"` // 1 when the try was no fault of the message
	now     stamp           // of the call
	told    []domain.Notice // promised together with it
	rest    []string        // recipients for whom there was no room, who are sent to again
	restAt  stamp
}

// Settle writes down what became of a try. ours is false when the row is no longer the worker's:
// its lease ran out and another has it, or it was settled; then nothing is written. A card that got
// out although its thread had ended meanwhile is brought up to date: its update goes into the outbox.
// What the outcome tells others is promised in the same transaction, and so is another try for those of
// its people whom the platform had no room for (Receipt.Rest), and for them alone.
func (db *DB) Settle(ctx context.Context, d domain.Delivery, o domain.Outcome, now time.Time) (ours bool, err error) {
	row := settleRow{ID: d.ID, Owner: d.Owner, Attempt: d.Attempt, Reason: o.Reason, Settled: at(now), now: at(now), told: o.Told}
	switch o.Fate {
	case domain.Sent:
		row.rest, row.restAt = o.Receipt.Rest, at(o.RetryAt)
		o.Receipt.ID, o.Receipt.Rest = d.ID, nil
		row.State, row.Receipt = "sent", &o.Receipt
	case domain.Again:
		row.State, row.RunAt, row.Settled = "ready", at(o.RetryAt), stamp{}
		if o.Blameless {
			row.Waits = 1
		}
	case domain.Dead:
		row.State = "dead"
	case domain.Moot:
		row.State = "moot"
	default:
		return false, fmt.Errorf("storage: settle: unknown fate %q", o.Fate)
	}
	if d.Owner == "" {
		return false, nil
	}
	err = db.retry(ctx, "settle", func() error {
		if len(row.told)+len(row.rest) == 0 {
			if ours, err = db.settleAmong(ctx, row); ours || err != nil {
				return err
			}
		}
		if ours, err = db.settleOne(ctx, row); ours || err != nil {
			return err
		}
		// Not ours any more, unless this very try was written and only the word of it was lost.
		ours, err = db.settledAs(ctx, row)
		return err
	})
	return ours, err
}

// settleAmong settles together with whatever else is being settled.
func (db *DB) settleAmong(ctx context.Context, row settleRow) (ours bool, err error) {
	s := &settling{row: row, done: make(chan settled, 1)}
	if err := db.settles.add(ctx, s); err != nil {
		return false, err
	}
	select {
	case r := <-s.done:
		return r.ours, r.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// settleQuery settles a batch of rows that are their workers' and whose threads go on.
func settleQuery(d dialect) string {
	return `UPDATE outbox SET state = r.state, run_at = COALESCE(r.run_at, outbox.run_at), lease_owner = '', receipt = r.receipt, reason = r.reason, settled_at = r.settled_at, waits = outbox.waits + r.waits
		FROM ` + d.rows(1, "id TEXT", "owner TEXT", "attempt INTEGER", "state TEXT", "run_at TIMESTAMP", "receipt JSONB", "reason TEXT", "settled_at TIMESTAMP", "waits INTEGER") + `
		WHERE outbox.id = r.id AND outbox.lease_owner = r.owner AND outbox.attempt = r.attempt AND outbox.state = 'leased' AND NOT outbox.over
		RETURNING outbox.id`
}

// settleBatch runs in the group's worker.
func (db *DB) settleBatch(batch []*settling) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	// One row twice in a batch: the second is not settled by it and is looked at by itself.
	rows := make([]settleRow, 0, len(batch))
	first := make(map[string]int, len(batch))
	for i, s := range batch {
		if _, twice := first[s.row.ID]; !twice {
			first[s.row.ID] = i
			rows = append(rows, s.row)
		}
	}
	kept := make([]bool, len(batch))
	ids, err := db.settleRows(ctx, rows)
	for _, id := range ids {
		kept[first[id]] = true
	}
	if err != nil && !transient(err) {
		err = nil // one of them is poisoned: each is tried by itself
	}
	for i, s := range batch {
		s.done <- settled{ours: kept[i] && err == nil, err: err}
	}
}

func (db *DB) settleRows(ctx context.Context, rows []settleRow) (ids []string, err error) {
	data, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	done, err := db.write(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := db.x.SelectContext(ctx, &ids, settleQuery(db.dialect), string(data)); err != nil {
		return nil, fmt.Errorf("storage: settle: %w", err)
	}
	return ids, nil
}

// settledAs says whether the row stands as this very try would have left it.
func (db *DB) settledAs(ctx context.Context, r settleRow) (bool, error) {
	var n int
	err := db.x.GetContext(ctx, &n, "SELECT COUNT(*) FROM outbox WHERE id = $1 AND attempt = $2 AND state = $3 AND lease_owner = '' AND ($4 OR settled_at = $5)",
		r.ID, r.Attempt, r.State, r.Settled.IsZero(), r.Settled)
	if err != nil {
		return false, fmt.Errorf("storage: settle: %w", err)
	}
	return n > 0, nil
}

// settleOne settles a row whose thread may have ended, or whose outcome others are told.
func (db *DB) settleOne(ctx context.Context, r settleRow) (ours bool, err error) {
	err = db.inTx(ctx, func(t *Tx) error {
		ours = false
		if err := t.holdAll(r.told); err != nil { // before the row, as every change does
			return err
		}
		var row struct {
			Over bool
			endedRow
		}
		err := t.get(&row, "SELECT b.over, "+endedColumns+" FROM outbox b WHERE b.id = $1 AND b.lease_owner = $2 AND b.attempt = $3 AND b.state = 'leased'"+t.lock("b"), r.ID, r.Owner, r.Attempt)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("storage: settle: %w", err)
		}
		if row.Over && r.State == "ready" {
			r.State, r.Reason, r.Settled = "withdrawn", "its thread ended", r.now
		}
		_, err = t.exec("UPDATE outbox SET state = $2, run_at = COALESCE($3, run_at), lease_owner = '', receipt = $4, reason = $5, settled_at = $6, waits = waits + $7 WHERE id = $1",
			r.ID, r.State, r.RunAt, nullable(r.Receipt), r.Reason, r.Settled, r.Waits)
		if err != nil {
			return fmt.Errorf("storage: settle: %w", err)
		}
		ours = true
		if _, err := t.promise(r.told, r.now.Time); err != nil {
			return err
		}
		if len(r.rest) > 0 && !row.Over {
			if err := t.sendRest(r); err != nil {
				return err
			}
		}
		if row.Over && r.State == "sent" && row.Settlement.V != nil && row.Buttons {
			row.Receipt.V = r.Receipt
			return t.bringUpToDate(row.endedRow, *row.Settlement.V, r.now.Time)
		}
		return nil
	})
	return ours, err
}

// sendRest puts a copy of a row that reached only some into the outbox, for the others.
func (t *Tx) sendRest(r settleRow) error {
	_, err := t.exec(`INSERT INTO outbox (id, key, kind, notice, thread, office, platform, person, recipients, body, target, buttons, state, attempt, waits, run_at, lease_owner, over, updates, reason, expires_at, created_at)
		SELECT CAST($2 AS TEXT), key || '|rest', kind, notice, thread, office, platform, person, $3, body, target, buttons, 'ready', attempt, waits, $4, '', FALSE, 0, '', expires_at, created_at
		FROM outbox WHERE id = $1 ON CONFLICT (key) DO NOTHING`, r.ID, t.NewID(), JSON[[]string]{r.rest}, r.restAt)
	if err != nil {
		return fmt.Errorf("storage: the rest of a delivery: %w", err)
	}
	t.events = append(t.events, t.db.wake)
	return nil
}
