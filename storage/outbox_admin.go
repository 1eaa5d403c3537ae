package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"trainingbot/domain"
)

// Backlog is what the outbox still owes people.
type Backlog struct {
	Ready  int       // may be sent now and waits for a worker
	Leased int       // a worker has it
	Dead   int       // given up; somebody should look
	Oldest time.Time // since when the longest waiting of Ready could have been sent; zero when none
}

// Backlog counts what is due at now. It looks at unsettled and dead rows only.
func (db *DB) Backlog(ctx context.Context, now time.Time) (Backlog, error) {
	var r struct {
		Ready, Leased, Dead int
		Oldest              stamp
	}
	err := db.retry(ctx, "backlog", func() error {
		return db.x.GetContext(ctx, &r, `SELECT
			COUNT(*) FILTER (WHERE state = 'ready' AND run_at <= $1) AS ready,
			COUNT(*) FILTER (WHERE state = 'leased') AS leased,
			(SELECT COUNT(*) FROM outbox WHERE state = 'dead') AS dead,
			MIN(CASE WHEN state = 'ready' AND run_at <= $1 THEN run_at END) AS oldest
			FROM outbox WHERE state IN ('ready', 'leased')`, at(now))
	})
	if err != nil {
		return Backlog{}, fmt.Errorf("storage: backlog: %w", err)
	}
	return Backlog{r.Ready, r.Leased, r.Dead, r.Oldest.Time}, nil
}

// OutboxFilter chooses rows of the outbox; empty fields choose all.
type OutboxFilter struct {
	State    string
	Platform string
	Office   domain.OfficeID
	Limit    int // at most so many; 0: 100
}

// OutboxRow is one row of the outbox as an administrator sees it.
type OutboxRow struct {
	ID, Key, Kind, Thread string
	Office                domain.OfficeID
	Platform              string
	To                    []string
	Body                  domain.Body
	State                 string
	Attempt               int
	RunAt                 time.Time // when it may be tried next, or its lease ends
	Reason                string
	Receipt               *domain.Receipt
	Created, Settled      time.Time
}

// Outbox lists rows, newest first.
func (db *DB) Outbox(ctx context.Context, f OutboxFilter) ([]OutboxRow, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	var rows []struct {
		ID, Key, Kind, Thread string
		Office                domain.OfficeID
		Platform              string
		Recipients            JSON[[]string]
		Body                  JSON[domain.Body]
		State                 string
		Attempt               int
		RunAt                 stamp `db:"run_at"`
		Reason                string
		Receipt               JSON[*domain.Receipt]
		CreatedAt             stamp `db:"created_at"`
		SettledAt             stamp `db:"settled_at"`
	}
	err := db.retry(ctx, "outbox", func() error {
		rows = rows[:0]
		return db.x.SelectContext(ctx, &rows, `SELECT id, key, kind, thread, office, platform, recipients, body, state, attempt, run_at, reason, receipt, created_at, settled_at
			FROM outbox WHERE ($1 = '' OR state = $1) AND ($2 = '' OR platform = $2) AND ($3 = '' OR office = $3)
			ORDER BY created_at DESC, id DESC LIMIT $4`, f.State, f.Platform, f.Office, f.Limit)
	})
	if err != nil {
		return nil, fmt.Errorf("storage: outbox: %w", err)
	}
	out := make([]OutboxRow, len(rows))
	for i, r := range rows {
		out[i] = OutboxRow{r.ID, r.Key, r.Kind, r.Thread, r.Office, r.Platform, r.Recipients.V, r.Body.V, r.State, r.Attempt, r.RunAt.Time, r.Reason, r.Receipt.V, r.CreatedAt.Time, r.SettledAt.Time}
	}
	return out, nil
}

// Retry gives a dead row one more try from now on. A row that was dead because its reader had no
// handle is addressed anew; when there still is none it stays dead (ErrState). ErrNotFound says
// that there is no such row, ErrState that it is not dead.
func (db *DB) Retry(ctx context.Context, id string, now time.Time) error {
	return db.again(ctx, "retry", func(t *Tx) error {
		var r struct {
			State, Platform string
			Person          domain.PersonID
			Recipients      JSON[[]string]
		}
		err := t.get(&r, "SELECT b.state, b.platform, b.person, b.recipients FROM outbox b WHERE b.id = $1"+t.lock("b"), id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("storage: retry %s: %w", id, ErrNotFound)
		case err != nil:
			return fmt.Errorf("storage: retry: %w", err)
		case r.State == "ready":
			return nil // the second run of a retry whose commit was not heard of
		case r.State != "dead":
			return fmt.Errorf("storage: retry %s, which is %s: %w", id, r.State, ErrState)
		}
		if r.Platform == "" {
			hs, err := t.handles([]domain.Notice{{To: []domain.PersonID{r.Person}}})
			if err != nil {
				return err
			}
			if len(hs[r.Person]) == 0 {
				return fmt.Errorf("storage: retry %s: the reader still has no handle: %w", id, ErrState)
			}
			r.Platform, r.Recipients.V = hs[r.Person][0].Platform, []string{hs[r.Person][0].User}
		}
		_, err = t.exec("UPDATE outbox SET state = 'ready', run_at = $2, platform = $3, recipients = $4, settled_at = NULL, reason = '', expires_at = NULL WHERE id = $1", id, at(now), r.Platform, r.Recipients)
		if err != nil {
			return fmt.Errorf("storage: retry: %w", err)
		}
		t.events = append(t.events, t.db.wake)
		return nil
	})
}

// Cancel withdraws a row that waits or is dead. ErrNotFound says that there is no such row, ErrState
// that it is with a worker or settled.
func (db *DB) Cancel(ctx context.Context, id string, now time.Time) error {
	return db.again(ctx, "cancel", func(t *Tx) error {
		n, err := t.exec("UPDATE outbox SET state = 'withdrawn', reason = 'cancelled', settled_at = $2 WHERE id = $1 AND state IN ('ready', 'dead')", id, at(now))
		if err != nil {
			return fmt.Errorf("storage: cancel: %w", err)
		}
		if n > 0 {
			return nil
		}
		var state string
		err = t.get(&state, "SELECT state FROM outbox WHERE id = $1", id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("storage: cancel %s: %w", id, ErrNotFound)
		case err != nil:
			return fmt.Errorf("storage: cancel: %w", err)
		case state == "withdrawn":
			return nil
		}
		return fmt.Errorf("storage: cancel %s, which is %s: %w", id, state, ErrState)
	})
}
