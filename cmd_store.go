package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"trainingbot/configs"
	"trainingbot/storage"
)

// office is the database with the procedure beside it, for commands.
type office struct {
	*storage.DB
	procedure *procedure
	settings  configs.Settings
	close     func() error
}

// office opens the database of the settings, at this version's schema. When the running server
// holds it, it gives errServing and the whole command is run there instead.
func (c *console) office() (*office, error) {
	if c.serving != nil {
		return &office{c.serving.db, c.serving.procedure, c.serving.o.Settings, func() error { return nil }}, nil
	}
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	if served(c.ctx, controlPath(s)) {
		return nil, errServing
	}
	p, err := newProcedure(s, c.open)
	if err != nil {
		return nil, err
	}
	db, err := openStore(c.ctx, s, p, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	o := &office{db, p, s, db.Close}
	if err := ensureSchema(c.ctx, db, s); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := p.refresh(c.ctx, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return o, nil
}

// with runs work on the database and gives it back.
func (c *console) with(work func(*office) error) error {
	o, err := c.office()
	if err != nil {
		return err
	}
	err = work(o)
	return errors.Join(err, o.close())
}

// configured says whether there is a database to ask: one on a server, or a file that exists. The
// default file is not made only because somebody wants to see the rules.
func configured(s configs.Settings) bool {
	path := sqlitePath(s)
	if path == "" {
		return s.Database.URL.Reveal() != ""
	}
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

type migrateCmd struct{}

// Run brings the database to this version's schema.
func (migrateCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if served(c.ctx, controlPath(s)) {
		return errors.New("the server is running on this database: stop it first")
	}
	db, err := storage.Open(c.ctx, s.Database.URL.Reveal(), storage.Options{})
	if err != nil {
		return err
	}
	return errors.Join(migrate(c.ctx, c, db), db.Close())
}

func migrate(ctx context.Context, c *console, db *storage.DB) error {
	have, want, err := db.SchemaState(ctx)
	switch {
	case err != nil:
		return err
	case have > want:
		return fmt.Errorf("the database has schema %d, which is newer than this program knows (%d): run the newer trainingbot", have, want)
	case have == want:
		fmt.Fprintf(c.stdout, "the database is at schema %d already\n", have)
		return nil
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "the database went from schema %d to %d\n", have, want)
	return nil
}
