package main

import (
	"errors"
	"fmt"
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
	if err := storage.Backup(c.ctx, path, x.File); err != nil {
		return err
	}
	info, err := os.Stat(x.File)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.stdout, "%s: %d bytes, checked\n", x.File, info.Size())
	return err
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
