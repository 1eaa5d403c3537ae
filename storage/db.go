package storage

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"golang.org/x/sync/singleflight"

	"trainingbot/domain"
)

// Platform is one chat service people can be reached on.
type Platform struct {
	Name     string // as in domain.Handle.Platform
	Limit    int    // most people one call may address; below 1 counts as 1
	FoldCase bool   // the platform compares user ids without case
	Off      bool   // nothing can be sent there; its accounts are kept all the same
	Daily    bool   // what a day may bring is reckoned by accounts (Usage)
}

// Options are what Open needs to know of the house. The zero Options work.
type Options struct {
	// Platforms, most preferred first: a notice goes to the first one its reader has a handle on.
	// A handle on a platform that is not listed does not count.
	Platforms []Platform
	// NewID makes the ids of new rows: unique, of letters, digits, - and _. Default: UUIDv7.
	NewID func() string
	// Refusal makes the answer a refusal is kept as. Default: its sentence.
	Refusal func(*domain.Error) domain.Answer
	// Expected lists who is expected at a session that has not opened yet (SOP.Expected), for
	// Facts. Default: the roster, which is empty before the session opens.
	Expected func(domain.Session, domain.Staff) []domain.PersonID
	// Coverage says what Facts are to hold of the coverage for a window (SOP.CoverageWanted). Default: nothing.
	Coverage func(domain.Window) domain.CoverageWanted
	// Statements says of which months Facts are to hold the points (SOP.StatementMonths). Default: of none.
	Statements func(domain.Window) []domain.Month
	// MaxConns bounds the connections to the database. Default: 20 on PostgreSQL, 4 on SQLite.
	MaxConns int
	// Log gets what the storage survives: retries, batches that fell apart. Default: nowhere.
	Log *slog.Logger
}

// DB is the storage. It is safe for concurrent use.
type DB struct {
	x       *sqlx.DB
	dialect dialect
	o       Options
	rank    map[string]int // position in o.Platforms by name
	rolls   *rolls
	looked  looked
	checks  *group[*checkIn]
	settles *group[*settling]
	reading *singleflight.Group // readings for check-ins under way
	ready   chan struct{}
	writer  chan struct{} // SQLite: whoever holds its token writes; nil on PostgreSQL
	path    string        // SQLite: the file
	unlock  func() error  // SQLite: gives the file back
	close   sync.Once
}

// Open connects to "sqlite:PATH" or "postgres://…". A SQLite file belongs to one process at a time;
// a second one is refused. The schema is left alone: see Migrate and SchemaState.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	if o.NewID == nil {
		o.NewID = newID
	}
	if o.Refusal == nil {
		o.Refusal = func(e *domain.Error) domain.Answer { return domain.Answer{Body: domain.Say(e.Text)} }
	}
	if o.Statements == nil {
		o.Statements = func(domain.Window) []domain.Month { return nil }
	}
	if o.Expected == nil {
		o.Expected = func(x domain.Session, _ domain.Staff) []domain.PersonID { return x.Roster }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	db := &DB{o: o, rank: map[string]int{}, rolls: newRolls(), ready: make(chan struct{}, 1)}
	for i, p := range o.Platforms {
		db.rank[p.Name] = i
	}
	var err error
	switch scheme, rest, _ := strings.Cut(url, ":"); scheme {
	case "sqlite":
		err = db.openSQLite(ctx, strings.TrimPrefix(rest, "//"))
	case "postgres", "postgresql":
		err = db.openPostgres(ctx, url)
	default:
		err = fmt.Errorf("storage: the url must start with sqlite: or postgres://")
	}
	if err != nil {
		return nil, err
	}
	db.startGroups()
	return db, nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Dialect gives "postgres" or "sqlite".
func (db *DB) Dialect() string { return db.dialect.name }

// Stats gives the connection pool, for metrics.
func (db *DB) Stats() *sqlx.DB { return db.x }

// Ping asks the database for a sign of life.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	if err := db.x.GetContext(ctx, &one, "SELECT 1"); err != nil {
		return fmt.Errorf("storage: ping: %w", err)
	}
	return nil
}

// Close lets what is being committed finish and gives everything back. Calls after Close fail.
func (db *DB) Close() (err error) {
	db.close.Do(func() {
		db.checks.stop()
		db.settles.stop()
		if err = db.x.Close(); lost(err) {
			err = nil // a connection that was gone already
		}
		if db.unlock != nil {
			if e := db.unlock(); err == nil {
				err = e
			}
		}
	})
	if err != nil {
		return fmt.Errorf("storage: close: %w", err)
	}
	return nil
}

// Ready receives after this process has put something new into the outbox: a worker that waits on
// it need not poll for its own process's notices. At most one signal waits.
func (db *DB) Ready() <-chan struct{} { return db.ready }

func (db *DB) wake() {
	select {
	case db.ready <- struct{}{}:
	default:
	}
}

// write takes the turn to write. SQLite has one writer at a time; waiting here, in order of arrival,
// is fairer than its own polling. PostgreSQL needs no turn.
func (db *DB) write(ctx context.Context) (done func(), err error) {
	if db.writer == nil {
		return func() {}, nil
	}
	select {
	case db.writer <- struct{}{}:
		return func() { <-db.writer }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// handleKey gives the text a handle is found by.
func (db *DB) handleKey(h domain.Handle) string {
	if i, ok := db.rank[h.Platform]; ok && db.o.Platforms[i].FoldCase {
		return strings.ToLower(h.User)
	}
	return h.User
}
