package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"trainingbot/domain"
)

// Tx is what a decision may read, all of it as of one moment. The answers are in a fixed order, and
// nothing that is not there is an error unless said so.
//
// In Change the first look at an office's data makes other changes of that office wait until this
// one is kept, so a decision never rests on something that is changing. In View nothing waits.
type Tx struct {
	ctx    context.Context
	db     *DB
	x      *sqlx.Tx
	locks  bool                     // the reads of this transaction hold what they read
	held   map[domain.OfficeID]bool // offices whose data is held
	wrote  bool                     // a number was taken: a refusal must take it back
	events []func()                 // what to tell this process after the commit
}

func (t *Tx) get(dst any, query string, args ...any) error {
	return t.x.GetContext(t.ctx, dst, query, args...)
}

func (t *Tx) all(dst any, query string, args ...any) error {
	return t.x.SelectContext(t.ctx, dst, query, args...)
}

func (t *Tx) exec(query string, args ...any) (int64, error) {
	r, err := t.x.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// lock gives the locking clause of a single-record read, nothing where this transaction does not hold.
func (t *Tx) lock(tables string) string {
	if !t.locks {
		return ""
	}
	return t.db.dialect.lock(tables)
}

// hold makes other changes of the office wait. SQLite has one writer anyway.
func (t *Tx) hold(o domain.OfficeID) error {
	if !t.locks || t.held[o] || !t.db.dialect.postgres() {
		return nil
	}
	var id string
	err := t.get(&id, "SELECT o.id FROM office o WHERE o.id = $1"+t.lock("o"), o)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("storage: hold office: %w", err)
	}
	t.held[o] = true
	return nil
}

// NewID makes the id of a new row.
func (t *Tx) NewID() string { return t.db.o.NewID() }

// NextNo takes the next number of a kind ("plan", "session"), starting at 1. The numbers have no
// gaps: what is not kept gives its number back.
func (t *Tx) NextNo(kind string) (int64, error) {
	t.wrote = true
	var n int64
	err := t.get(&n, "INSERT INTO counter (kind, last) VALUES ($1, 1) ON CONFLICT (kind) DO UPDATE SET last = counter.last + 1 RETURNING last", kind)
	if err != nil {
		return 0, fmt.Errorf("storage: next number: %w", err)
	}
	return n, nil
}

// View reads as of one moment and keeps nobody waiting.
func (db *DB) View(ctx context.Context, read func(*Tx) error) error {
	return db.retry(ctx, "view", func() error {
		opts := &sql.TxOptions{ReadOnly: true}
		if db.dialect.postgres() {
			opts.Isolation = sql.LevelRepeatableRead
		}
		x, err := db.x.BeginTxx(ctx, opts)
		if err != nil {
			return fmt.Errorf("storage: begin: %w", err)
		}
		defer x.Rollback()
		return read(&Tx{ctx: ctx, db: db, x: x})
	})
}

// inTx runs work in one transaction that holds what it reads, and keeps all of it or nothing. It
// does not try again; a broken commit shows as it is (lost).
func (db *DB) inTx(ctx context.Context, work func(*Tx) error) error {
	done, err := db.write(ctx)
	if err != nil {
		return err
	}
	t, err := func() (*Tx, error) {
		defer done() // also when a decision panics: nobody else could write any more
		return db.runTx(ctx, work)
	}()
	if err != nil {
		return err
	}
	for _, tell := range t.events {
		tell()
	}
	return nil
}

func (db *DB) runTx(ctx context.Context, work func(*Tx) error) (*Tx, error) {
	x, err := db.x.BeginTxx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("storage: begin: %w", err)
	}
	defer x.Rollback()
	t := &Tx{ctx: ctx, db: db, x: x, locks: true, held: map[domain.OfficeID]bool{}}
	if err := work(t); err != nil {
		return nil, err
	}
	if err := x.Commit(); err != nil {
		return nil, &commitError{err}
	}
	return t, nil
}

// commitError is a commit that gave an error: when the connection broke, it may still have happened.
type commitError struct{ err error }

func (e *commitError) Error() string { return "storage: commit: " + e.err.Error() }
func (e *commitError) Unwrap() error { return e.err }

// again runs inTx again on every transient failure: for work whose second run changes nothing.
func (db *DB) again(ctx context.Context, what string, work func(*Tx) error) error {
	return db.retry(ctx, what, func() error { return db.inTx(ctx, work) })
}

// unknown turns a commit of unknown fate into an error nobody tries again.
func unknown(err error) error {
	if c, ok := errors.AsType[*commitError](err); ok && lost(c.err) {
		return fmt.Errorf("%w (%v)", ErrUnknown, c.err)
	}
	return err
}
