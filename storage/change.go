package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"trainingbot/domain"
)

// Cause is what made somebody decide: a message or a pressed button. The zero Message (an import,
// the command line, the scheduler) leaves no inbox row, so that nothing is once for it.
type Cause struct {
	Message domain.MessageID
	From    domain.Handle
	Pressed string // Delivery.ID of the card that was pressed, or ""
	At      time.Time
}

// Change makes one decision and keeps all it leaves behind in one transaction, the answer included.
//
// A message that was decided on before gets the answer it got then; decide is not called, and a
// push of that answer which has not left yet is withdrawn. A *domain.Error from decide is an answer
// too: nothing but the message and that answer is kept (an open question stays open). Any other
// error keeps nothing.
//
// Failures of the database are tried again until ctx's deadline (four seconds when it has none).
// decide may therefore run more than once and must be a function of what it reads through its Tx:
// only its last run counts. It also runs again when what it decided on was changed by somebody else
// meanwhile. It must not call DB's own methods: on SQLite they would wait for it.
func (db *DB) Change(ctx context.Context, c Cause, decide func(*Tx) (domain.Change, error)) (domain.Answer, error) {
	c.At = utc(c.At)
	var answer domain.Answer
	err := db.retry(ctx, "change", func() (err error) {
		answer, err = db.changeOnce(ctx, c, decide)
		if c.Message == "" {
			err = unknown(err)
		}
		return err
	})
	return answer, err
}

// refused carries the answer of a refusal out of a transaction that must be rolled back because it
// took a number.
type refused struct{ answer domain.Answer }

func (*refused) Error() string { return "storage: refused" }

func (db *DB) changeOnce(ctx context.Context, c Cause, decide func(*Tx) (domain.Change, error)) (domain.Answer, error) {
	var answer domain.Answer
	err := db.inTx(ctx, func(t *Tx) error {
		known, first, err := t.enter(c)
		if err != nil || !first {
			answer = known
			return err
		}
		change, err := decide(t)
		if r, ok := domain.Refusal(err); ok {
			answer = db.o.Refusal(r)
			if t.wrote {
				return &refused{answer}
			}
			return t.answer(c, answer)
		}
		if err != nil {
			return err
		}
		answer = change.Reply
		if err := t.keep(c, change); err != nil {
			// Somebody else kept the same thing first: look again and decide again.
			if duplicate(err) {
				return fmt.Errorf("%w: %w", errStale, err)
			}
			return err
		}
		return t.answer(c, answer)
	})
	r, ok := errors.AsType[*refused](err)
	if !ok {
		return answer, err
	}
	// Second transaction: the refusal alone. Whoever was faster with the same message has answered it.
	answer = r.answer
	err = db.inTx(ctx, func(t *Tx) error {
		known, first, err := t.enter(c)
		if err != nil || !first {
			answer = known
			return err
		}
		return t.answer(c, answer)
	})
	return answer, err
}

// enter puts the message into the inbox and says whether it was the first to. The same message on
// another connection waits here until this transaction ends, and then gets its answer.
func (t *Tx) enter(c Cause) (known domain.Answer, first bool, err error) {
	if c.Message == "" {
		return known, true, nil
	}
	n, err := t.exec("INSERT INTO inbox (message, platform, user_id, at, answer) VALUES ($1, $2, $3, $4, '{}') ON CONFLICT (message) DO NOTHING",
		c.Message, c.From.Platform, c.From.User, at(c.At))
	if err != nil {
		return known, false, fmt.Errorf("storage: inbox: %w", err)
	}
	if n == 1 {
		return known, true, nil
	}
	known, ok, err := t.answered(c.Message)
	if err == nil && !ok {
		err = errStale // the other one rolled back, or was pruned, between the two statements
	}
	if err != nil {
		return known, false, err
	}
	_, err = t.exec("UPDATE outbox SET state = 'withdrawn', reason = 'answered', settled_at = $2 WHERE key = $1 AND state = 'ready'", answerKey(c.Message), at(c.At))
	if err != nil {
		return known, false, fmt.Errorf("storage: withdraw the pushed answer: %w", err)
	}
	return known, false, nil
}

// answered gives the answer a message was given.
func (t *Tx) answered(m domain.MessageID) (domain.Answer, bool, error) {
	var a JSON[domain.Answer]
	err := t.get(&a, "SELECT answer FROM inbox WHERE message = $1", m)
	if errors.Is(err, sql.ErrNoRows) {
		return domain.Answer{}, false, nil
	}
	if err != nil {
		return domain.Answer{}, false, fmt.Errorf("storage: kept answer: %w", err)
	}
	return a.V, true, nil
}

// answer completes the inbox row.
func (t *Tx) answer(c Cause, a domain.Answer) error {
	if c.Message == "" {
		return nil
	}
	if _, err := t.exec("UPDATE inbox SET answer = $2 WHERE message = $1", c.Message, JSON[domain.Answer]{a}); err != nil {
		return fmt.Errorf("storage: keep the answer: %w", err)
	}
	return nil
}

// KeepYear loads one holiday notice, in place of that year's earlier one.
func (db *DB) KeepYear(ctx context.Context, y domain.Year, at time.Time) error {
	return db.again(ctx, "keep year", func(t *Tx) error { return t.keepYear(y, at) })
}
