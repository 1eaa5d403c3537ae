package storage

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
)

// openSQLite opens the embedded database in a file of its own, made when it is not there. A lock on
// a file beside it keeps a second process out: two writers with two caches would contradict each
// other.
func (db *DB) openSQLite(ctx context.Context, path string) (err error) {
	if path == "" || path == ":memory:" {
		return fmt.Errorf("storage: sqlite needs a file: sqlite:PATH")
	}
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("storage: the sqlite file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("storage: the folder of the sqlite file: %w", err)
	}
	unlock, err := lockFile(path + ".lock")
	if err != nil {
		return fmt.Errorf("storage: %s is in use by another process (or its lock file cannot be made): %w", filepath.Base(path), err)
	}
	defer func() {
		if err != nil {
			unlock()
		}
	}()
	// Names and chat ids of people are in it: nobody else on the machine needs to read them.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("storage: the sqlite file: %w", err)
	}
	f.Close()
	sqlx.BindDriver("sqlite", sqlx.DOLLAR)
	x := sqlx.NewDb(openPrepared(sqliteDSN(path)), "sqlite")
	conns := db.o.MaxConns
	if conns <= 0 {
		conns = 4
	}
	x.SetMaxOpenConns(conns)
	x.SetMaxIdleConns(conns)
	if err := x.PingContext(ctx); err != nil {
		x.Close()
		return fmt.Errorf("storage: open sqlite: %w", err)
	}
	db.dialect, db.x, db.path, db.unlock = dialect{"sqlite"}, x, path, unlock
	db.writer = make(chan struct{}, 1)
	return nil
}

// sqliteDSN says how every connection behaves: times are UTC text that sorts, a transaction takes
// the writer's lock when it begins, foreign keys hold, and a commit is on the disk before it is
// answered (synchronous FULL; the group committer pays for it).
func sqliteDSN(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_time_format=sqlite&_timezone=UTC&_texttotime=1&_txlock=immediate&_dqs=0" +
		"&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
}
