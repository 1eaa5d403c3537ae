package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"trainingbot/storage"
)

type backupCmd struct {
	File string `arg:"" help:"The new file. An existing one is never overwritten." type:"path"`
}

// Run copies the embedded database as of one moment. It works while the bot is serving: it reads
// beside it and keeps nobody waiting.
func (x *backupCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	path := sqlitePath(s)
	if path == "" {
		return errors.New("the database is PostgreSQL: use pg_dump --format=custom (README.md, Operate)")
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("there is no database yet: %w", err)
	}
	if err := snapshot(c.ctx, path, x.File); err != nil {
		return err
	}
	info, err := os.Stat(x.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "%s: %d bytes, checked\n", x.File, info.Size())
	return err
}

// snapshot writes a consistent copy of the SQLite file from to the new file to, readable by this
// account alone, and checks it. The lock of the running server does not stop readers.
func snapshot(ctx context.Context, from, to string) (err error) {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: choose another name or remove it first", to)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(to)
		}
	}()
	if err := f.Close(); err != nil {
		return err
	}
	full, err := filepath.Abs(from)
	if err != nil {
		return err
	}
	source, err := sql.Open("sqlite", "file:"+(&url.URL{Path: full}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := source.ExecContext(ctx, "VACUUM INTO $1", to); err != nil { // an empty file is taken as new
		return fmt.Errorf("copy the database: %w", err)
	}
	copied, err := sql.Open("sqlite", "file:"+(&url.URL{Path: to}).EscapedPath()+"?mode=ro")
	if err != nil {
		return err
	}
	defer copied.Close()
	var verdict string
	if err := copied.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return fmt.Errorf("the copy is damaged: %s: %w", verdict, err)
	}
	written, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(written.Sync(), written.Close())
}

type restoreCmd struct {
	File string `arg:"" help:"A file made by trainingbot backup." type:"path"`
}

// Run puts a backup in the database's place. The server must not be running; a database that is
// there must be moved away first.
func (x *restoreCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	path := sqlitePath(s)
	if path == "" {
		return errors.New("the database is PostgreSQL: use pg_restore (README.md, Operate)")
	}
	if served(c.ctx, controlPath(s)) {
		return errors.New("the server is running on this database: stop it first")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := storage.Restore(c.ctx, x.File, path); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "%s is restored from %s; start with trainingbot doctor\n", path, x.File)
	return err
}
