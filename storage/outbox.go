package storage

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

type deliveryRow struct {
	ID         string
	Key        string
	Office     domain.OfficeID
	Platform   string
	Recipients JSON[[]string]
	Body       JSON[domain.Body]
	Target     JSON[*domain.Receipt]
	State      string
	Attempt    int
	Waits      int
	LeaseOwner string `db:"lease_owner"`
	CreatedAt  stamp  `db:"created_at"`
}

func (r deliveryRow) delivery() domain.Delivery {
	return domain.Delivery{ID: r.ID, Key: r.Key, Office: r.Office, Platform: r.Platform, To: r.Recipients.V, Body: r.Body.V,
		Update: r.Target.V, Attempt: r.Attempt, Waits: r.Waits, Owner: r.LeaseOwner, Created: r.CreatedAt.Time}
}

// claimQuery takes what may be sent now, oldest first. run_at doubles as the end of the lease, so
// rows of a worker that died come back by themselves. What is no use any more ends here, but not a
// card whose thread ended while that worker had it: nobody knows whether it got out, and only the
// platform's answer to the same request again brings the token its update needs.
func claimQuery(d dialect) string {
	const useless = "(over AND (settlement IS NULL OR NOT buttons))"
	return `WITH due AS MATERIALIZED (
			SELECT id FROM outbox WHERE state IN ('ready', 'leased') AND run_at <= $3 ORDER BY run_at, id LIMIT $4` + d.skip() + `)
		UPDATE outbox SET
			state = CASE WHEN ` + useless + ` THEN 'withdrawn' WHEN expires_at <= $3 THEN 'expired' ELSE 'leased' END,
			reason = CASE WHEN ` + useless + ` THEN 'its thread ended' WHEN expires_at <= $3 THEN 'no use any more' ELSE reason END,
			settled_at = CASE WHEN ` + useless + ` OR expires_at <= $3 THEN $3 ELSE settled_at END,
			lease_owner = CASE WHEN ` + useless + ` OR expires_at <= $3 THEN '' ELSE $1 END,
			attempt = attempt + 1, run_at = $2
		WHERE id IN (SELECT id FROM due)
		RETURNING id, key, office, platform, recipients, body, target, state, attempt, waits, lease_owner, created_at`
}

// Claim gives a worker up to n deliveries that may be tried now, oldest first. They are the worker's
// until the lease ends or it settles them; other workers pass them by. Rows whose time has passed
// or whose thread has ended are settled on the way and not given.
func (db *DB) Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, n int) ([]domain.Delivery, error) {
	if owner == "" || n <= 0 {
		return nil, fmt.Errorf("storage: claim: an owner and a number are needed")
	}
	var out []deliveryRow
	err := db.retry(ctx, "claim", func() error {
		out = out[:0]
		for len(out) < n {
			var rows []deliveryRow
			if err := db.claim(ctx, &rows, owner, now, lease, n-len(out)); err != nil {
				return err
			}
			for _, r := range rows {
				if r.State == "leased" {
					out = append(out, r)
				}
			}
			if len(rows) == 0 || len(out) > 0 {
				break
			}
		}
		return nil
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	// RETURNING has no order; ids are made in the order of the promises.
	slices.SortFunc(out, func(a, b deliveryRow) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt.Time), cmp.Compare(a.ID, b.ID))
	})
	deliveries := make([]domain.Delivery, len(out))
	for i, r := range out {
		deliveries[i] = r.delivery()
	}
	return deliveries, nil
}

func (db *DB) claim(ctx context.Context, rows *[]deliveryRow, owner string, now time.Time, lease time.Duration, n int) error {
	done, err := db.write(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := db.x.SelectContext(ctx, rows, claimQuery(db.dialect), owner, at(now.Add(lease)), at(now), n); err != nil {
		return fmt.Errorf("storage: claim: %w", err)
	}
	return nil
}

// Holds says whether the delivery is still its worker's and still wanted. A worker asks right before
// it sends: one that was stopped for longer than its lease sends nothing. A card that is asked for
// again after its thread ended (see claimQuery) is wanted.
func (db *DB) Holds(ctx context.Context, d domain.Delivery, now time.Time) (bool, error) {
	var n int
	err := db.retry(ctx, "holds", func() error {
		return db.x.GetContext(ctx, &n, "SELECT COUNT(*) FROM outbox WHERE id = $1 AND lease_owner = $2 AND attempt = $3 AND state = 'leased' AND run_at > $4 AND (NOT over OR (settlement IS NOT NULL AND buttons AND attempt > 1))",
			d.ID, d.Owner, d.Attempt, at(now))
	})
	if err != nil {
		return false, fmt.Errorf("storage: holds: %w", err)
	}
	return n > 0, nil
}

// answerKey is the key of the pushed answer of a message.
func answerKey(m domain.MessageID) string { return "answer:" + string(m) }

// PushAnswer promises to send the kept answer of a message to its sender from runAt on, because the
// platform stopped waiting for it. It is once; without a kept answer, or with one that says
// nothing, it does nothing. When the message comes again before and is answered, the push is
// withdrawn.
//
// A press is answered by the card it was made on: pressed names that card with the token the press
// brought, zero for a typed message.
func (db *DB) PushAnswer(ctx context.Context, m domain.MessageID, h domain.Handle, pressed domain.Receipt, runAt time.Time) error {
	return db.again(ctx, "push answer", func(t *Tx) error {
		a, ok, err := t.answered(m)
		if err != nil || !ok {
			return err
		}
		row := outboxRow{ID: t.NewID(), Key: answerKey(m), Kind: "answer", Platform: h.Platform, Recipients: []string{h.User}, State: "ready", RunAt: at(runAt), Created: at(runAt)}
		switch {
		case a.Text != "" || a.Card != nil:
			row.Body, row.Buttons = a.Body, hasButtons(a.Body)
		case a.Settle != nil && pressed.UpdateToken != "":
			row.Kind, row.Thread, row.Body, row.Target, row.Expires = "update", "update:"+pressed.ID, domain.Body{Card: a.Settle}, &pressed, at(pressed.Expires)
		default:
			return nil
		}
		// Whose administrator is told when it cannot be delivered.
		err = t.get(&row.Office, "SELECT COALESCE((SELECT m.office FROM handle h JOIN membership m ON m.person = h.person WHERE h.platform = $1 AND h.user_key = $2 ORDER BY m.ord DESC LIMIT 1), '')", h.Platform, t.db.handleKey(h))
		if err != nil {
			return fmt.Errorf("storage: push answer: %w", err)
		}
		if err := t.enqueue([]outboxRow{row}); err != nil {
			return fmt.Errorf("storage: push answer: %w", err)
		}
		// A redelivery withdraws the push, and may then come too late itself.
		_, err = t.exec("UPDATE outbox SET state = 'ready', run_at = $2, reason = '', settled_at = NULL WHERE key = $1 AND state = 'withdrawn'", answerKey(m), at(runAt))
		if err != nil {
			return fmt.Errorf("storage: push answer again: %w", err)
		}
		return nil
	})
}

// LastNotice gives the newest notice with a reason that reached the person and when it was sent, for 为什么.
// Its To is empty: who was told is kept in the outbox, by platform.
func (t *Tx) LastNotice(id domain.PersonID) (n domain.Notice, sent time.Time, ok bool, err error) {
	r, ok, err := t.lastSent(id, "notice IN (SELECT key FROM notice WHERE why <> '')", time.Time{})
	if err != nil || !ok {
		return n, sent, false, err
	}
	n, err = t.notice(string(r.Notice))
	return n, r.Settled.Time, err == nil, err
}

// LastCard gives the newest card with buttons that reached the person since an instant.
func (t *Tx) LastCard(id domain.PersonID, since time.Time) (domain.Card, bool, error) {
	r, ok, err := t.lastSent(id, "buttons AND kind <> 'update'", since)
	if err != nil || !ok || r.Body.V.Card == nil {
		return domain.Card{}, false, err
	}
	return *r.Body.V.Card, true, nil
}

// sentRow is a message that went out.
type sentRow struct {
	Notice     ref
	Platform   string
	Recipients JSON[[]string]
	Body       JSON[domain.Body]
	Settled    stamp `db:"settled_at"`
}

// lastSent gives the newest message the person was sent since an instant of those a condition names.
func (t *Tx) lastSent(id domain.PersonID, which string, since time.Time) (sentRow, bool, error) {
	p, err := t.Person(id)
	if errors.Is(err, ErrNotFound) {
		return sentRow{}, false, nil
	}
	if err != nil {
		return sentRow{}, false, err
	}
	var offices []domain.OfficeID
	for _, m := range p.Memberships {
		offices = append(offices, m.Office)
	}
	// Whom a row went to is in its list of recipients: to keep rows few at the sending is worth a
	// short search here. What does not come up among the newest was long ago.
	const window = 400
	query := "SELECT notice, platform, recipients, body, settled_at FROM outbox WHERE state = 'sent' AND " + which + " AND office " + t.db.dialect.in(1)
	args := []any{list(t.db.dialect, offices), window}
	if !since.IsZero() {
		query, args = query+" AND settled_at >= $3", append(args, at(since))
	}
	var rows []sentRow
	if err := t.all(&rows, query+" ORDER BY settled_at DESC, id DESC LIMIT $2", args...); err != nil {
		return sentRow{}, false, fmt.Errorf("storage: last message: %w", err)
	}
	for _, r := range rows {
		for _, h := range p.Handles {
			if h.Platform == r.Platform && slices.Contains(r.Recipients.V, h.User) {
				return r, true, nil
			}
		}
	}
	return sentRow{}, false, nil
}

func (t *Tx) notice(key string) (domain.Notice, error) {
	var r struct {
		Key, Thread   string
		Office        domain.OfficeID
		Kind          domain.MatterKind
		Stage, Clause string
		At            stamp
		Deadline      day
		Body          JSON[domain.Body]
		Why           string
		Expires       stamp
	}
	err := t.get(&r, "SELECT key, thread, office, kind, stage, clause, at, deadline, body, why, expires FROM notice WHERE key = $1", key)
	if err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			err = ErrNotFound
		}
		return domain.Notice{}, fmt.Errorf("storage: notice: %w", err)
	}
	return domain.Notice{Key: r.Key, Thread: r.Thread, Office: r.Office, Kind: r.Kind, Stage: r.Stage, Clause: r.Clause, At: r.At.Time, Deadline: r.Deadline.Date,
		Body: r.Body.V, Why: r.Why, Expires: r.Expires.Time}, nil
}
