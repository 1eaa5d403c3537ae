package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"trainingbot/domain"
)

// nullable keeps a missing value as NULL instead of JSON's null.
func nullable[T any](v *T) any {
	if v == nil {
		return nil
	}
	return JSON[*T]{v}
}

// endedRow is a card in somebody's chat whose thread is over.
type endedRow struct {
	ID         string
	Office     domain.OfficeID
	Platform   string
	Person     domain.PersonID
	Recipients JSON[[]string]
	Buttons    bool
	Updates    int
	Receipt    JSON[*domain.Receipt]
	Settlement JSON[*domain.Card]
}

const endedColumns = "b.id, b.office, b.platform, b.person, b.recipients, b.buttons, b.updates, b.receipt, b.settlement"

// bringUpToDate promises the update of a card that is out. Only the newest update of a card goes.
func (t *Tx) bringUpToDate(r endedRow, card domain.Card, now time.Time) error {
	if r.Receipt.V == nil {
		return nil
	}
	thread := "update:" + r.ID
	if _, err := t.exec("UPDATE outbox SET state = 'replaced', reason = 'a newer update took its place', settled_at = $2 WHERE thread = $1 AND thread <> '' AND state = 'ready'", thread, at(now)); err != nil {
		return fmt.Errorf("storage: replace a card's update: %w", err)
	}
	if _, err := t.exec("UPDATE outbox SET updates = updates + 1 WHERE id = $1", r.ID); err != nil {
		return fmt.Errorf("storage: count a card's updates: %w", err)
	}
	err := t.enqueue([]outboxRow{{
		ID: t.NewID(), Key: thread + ":" + strconv.Itoa(r.Updates+1), Kind: "update", Thread: thread, Office: r.Office, Platform: r.Platform, Person: r.Person,
		Recipients: r.Recipients.V, Body: domain.Body{Card: &card}, Target: r.Receipt.V, State: "ready", RunAt: at(now), Expires: at(r.Receipt.V.Expires), Created: at(now),
	}})
	if err != nil {
		return fmt.Errorf("storage: promise a card's update: %w", err)
	}
	return nil
}

// settleThread ends a thread: what of it has not left is withdrawn, what a worker holds is marked so
// that it is not tried again, and cards that are out are brought up to date, except the one that
// was pressed: the presser sees the end in the answer to the press.
func (t *Tx) settleThread(s domain.Settlement, c Cause) error {
	if s.Thread == "" {
		return nil
	}
	_, err := t.exec(`UPDATE outbox SET over = (state = 'leased'),
			settlement = CASE WHEN state = 'leased' AND id <> $4 THEN $2 ELSE settlement END,
			settled_at = CASE WHEN state = 'ready' THEN $3 ELSE settled_at END,
			reason = CASE WHEN state = 'ready' THEN 'its thread ended' ELSE reason END,
			state = CASE WHEN state = 'ready' THEN 'withdrawn' ELSE state END
		WHERE thread IN ($1, $5) AND thread <> '' AND state IN ('ready', 'leased')`, s.Thread, nullable(s.Card), at(c.At), c.Pressed, domain.Rested(s.Thread))
	if err != nil {
		return fmt.Errorf("storage: end a thread: %w", err)
	}
	if err := t.leaveDigests(s.Thread, c); err != nil {
		return err
	}
	if c.Pressed != "" {
		if err := t.spendToken(c.Pressed, s.Thread); err != nil {
			return err
		}
	}
	if s.Card == nil {
		return nil
	}
	// Read after the statement above: a row that was settled while that one waited for it is seen.
	var out []endedRow
	err = t.all(&out, "SELECT "+endedColumns+" FROM outbox b WHERE b.thread IN ($1, $3) AND b.thread <> '' AND b.state = 'sent' AND b.buttons AND b.receipt IS NOT NULL AND b.id <> $2 ORDER BY b.created_at, b.id"+t.lock("b"), s.Thread, c.Pressed, domain.Rested(s.Thread))
	if err != nil {
		return fmt.Errorf("storage: cards of a thread: %w", err)
	}
	for _, r := range out {
		if err := t.bringUpToDate(r, *s.Card, c.At); err != nil {
			return err
		}
	}
	return nil
}

// spendToken forgets the update token of the pressed card: the platform takes the answer to the
// press for the update.
func (t *Tx) spendToken(id, thread string) error {
	var r JSON[*domain.Receipt]
	err := t.get(&r, "SELECT b.receipt FROM outbox b WHERE b.id = $1 AND b.thread = $2 AND b.state = 'sent'"+t.lock("b"), id, thread)
	if errors.Is(err, sql.ErrNoRows) || (err == nil && r.V == nil) {
		return nil
	}
	if err == nil {
		r.V.UpdateToken = ""
		_, err = t.exec("UPDATE outbox SET receipt = $2 WHERE id = $1", id, r)
	}
	if err != nil {
		return fmt.Errorf("storage: spend a card's token: %w", err)
	}
	return nil
}
