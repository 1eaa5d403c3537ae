package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
)

// Backup writes a consistent copy of the embedded database while it is in use, as the function Backup
// does. A PostgreSQL database is backed up with its own tools.
func (db *DB) Backup(ctx context.Context, file string) error {
	if db.dialect.postgres() {
		return errors.New("storage: backup: this database is PostgreSQL, back it up with pg_dump")
	}
	if err := Backup(ctx, db.path, file); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	return nil
}

// Backup writes a consistent copy of the SQLite file from to the new file to, and checks it. It reads
// beside a process that serves the database and keeps nobody waiting. The copy is readable by this
// account alone; a file that is there already is left alone.
func Backup(ctx context.Context, from, to string) (err error) {
	// Made by us first, so that it is never readable by others and two backups cannot meet. An
	// empty file is what VACUUM INTO accepts as new.
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
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
	source, err := openReadOnly(from, "&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := source.ExecContext(ctx, "VACUUM INTO $1", to); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	copied, err := openReadOnly(to, "")
	if err != nil {
		return err
	}
	defer copied.Close()
	if err := sound(ctx, copied); err != nil {
		return fmt.Errorf("the copy is no good: %w", err)
	}
	return syncFile(to)
}

// openReadOnly opens a SQLite file for reading; options go behind its own.
func openReadOnly(path, options string) (*sqlx.DB, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	return sqlx.Open("sqlite", "file:"+(&url.URL{Path: full}).EscapedPath()+"?mode=ro"+options)
}

// sound says whether SQLite finds its own file whole.
func sound(ctx context.Context, x *sqlx.DB) error {
	var verdict string
	if err := x.GetContext(ctx, &verdict, "PRAGMA integrity_check(1)"); err != nil {
		return fmt.Errorf("not a database: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("damaged: %s", verdict)
	}
	return nil
}

// Restore copies a backup to where no database is yet, after checking that it is whole and of a
// schema this program can read (the same, or an older one, which Migrate brings up). It puts the
// copy in place in one step, so that a restore that fails leaves nothing.
func Restore(ctx context.Context, file, into string) error {
	// A log that a crash left beside an older file would be played into the copy.
	for _, part := range []string{"", "-wal", "-shm"} {
		if _, err := os.Stat(into + part); err == nil {
			return fmt.Errorf("storage: restore: %s is there already, move it away first", filepath.Base(into+part))
		}
	}
	if _, err := os.Stat(file); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	part := into + ".restoring"
	defer os.Remove(part)
	if err := copyFile(file, part); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	if err := inspect(ctx, part); err != nil {
		return fmt.Errorf("storage: restore: %s: %w", filepath.Base(file), err)
	}
	if err := os.Rename(part, into); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	return nil
}

// inspect says what is wrong with a database file, nil when nothing is.
func inspect(ctx context.Context, path string) error {
	x, err := sqlx.Open("sqlite", sqliteDSN(path)+"&mode=ro&immutable=1")
	if err != nil {
		return err
	}
	defer x.Close()
	db := &DB{x: x, dialect: dialect{"sqlite"}}
	if err := sound(ctx, x); err != nil {
		return err
	}
	var broken int
	if err := x.GetContext(ctx, &broken, "SELECT COUNT(*) FROM pragma_foreign_key_check"); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	if broken > 0 {
		return fmt.Errorf("damaged: %d rows point at nothing", broken)
	}
	have, want, err := db.SchemaState(ctx)
	switch {
	case err != nil:
		return err
	case have == 0:
		return errors.New("not a backup of this program")
	case have > want:
		return fmt.Errorf("made by a newer program (schema %d, this program knows %d)", have, want)
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
