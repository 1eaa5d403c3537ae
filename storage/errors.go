package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The faults callers can act on.
var (
	// ErrNotFound says that there is no row of that id.
	ErrNotFound = errors.New("storage: no such row")
	// ErrState says that the row is not in a state that allows this.
	ErrState = errors.New("storage: the row is not in a state that allows this")
	// ErrUnknown says that the connection broke during a commit that has no inbox key: it may have
	// happened or not.
	ErrUnknown = errors.New("storage: the connection broke during the commit, it may have happened or not")
	// errStale says that what was decided on has changed meanwhile: decide again.
	errStale  = errors.New("storage: changed meanwhile")
	errClosed = errors.New("storage: closed")
)

// transient says that the same work may well succeed a moment later: the server restarts, fails
// over, is full, or two transactions got into each other's way.
func transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		switch e.Code {
		case pqerror.TRSerializationFailure, pqerror.TRDeadlockDetected, pqerror.LockNotAvailable,
			pqerror.AdminShutdown, pqerror.CrashShutdown, pqerror.CannotConnectNow,
			pqerror.TooManyConnections, pqerror.QueryCanceled, pqerror.ReadOnlySQLTransaction:
			return true
		}
		return strings.HasPrefix(string(e.Code), "08")
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		primary := e.Code() & 0xff
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return lost(err)
}

// lost says that the connection is gone, so that the fate of a commit on it is unknown.
func lost(err error) bool {
	if err == nil {
		return false
	}
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == pqerror.AdminShutdown || e.Code == pqerror.CrashShutdown || strings.HasPrefix(string(e.Code), "08")
	}
	_, network := errors.AsType[net.Error](err)
	_, system := errors.AsType[syscall.Errno](err)
	return network || system || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

// duplicate says that a UNIQUE or PRIMARY key refused a row.
func duplicate(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code == pqerror.UniqueViolation
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

const (
	// pace is how long a transient failure is let pass before the next try.
	pace = 50 * time.Millisecond
	// patience bounds the tries of a caller who set no deadline.
	patience = 4 * time.Second
	// reruns bounds how often a decision is made again because what it stood on has changed. Each
	// rerun means that somebody else's decision was kept.
	reruns = 20
)

// retry runs work until it succeeds, fails for good, or the time is up. work must be safe to run
// again after a failure of which nobody knows whether it was one.
func (db *DB) retry(ctx context.Context, what string, work func() error) error {
	if _, limited := ctx.Deadline(); !limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	stale := 0
	for {
		err := work()
		switch {
		case errors.Is(err, errStale):
			if stale++; stale > reruns {
				return err
			}
			if ctx.Err() != nil {
				return err
			}
			continue
		case !transient(err):
			return err
		}
		db.o.Log.WarnContext(ctx, "storage: trying again", "what", what, "error", err)
		if !pause(ctx) {
			return err
		}
	}
}

// pause waits about one pace; false says that the time is up.
func pause(ctx context.Context) bool {
	t := time.NewTimer(pace/2 + rand.N(pace))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
