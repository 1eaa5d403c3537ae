package storage

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrations are files NNNNN_name.sql for both databases, or NNNNN_name.postgres.sql and
// NNNNN_name.sqlite.sql where they differ. Type tokens are rendered per database (dialect.render).
// A file is never edited once it has been released; there is no way down but a backup.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to this program. Any number of processes may try at once: on
// PostgreSQL one of them works under a session lock, the others wait for it.
func (db *DB) Migrate(ctx context.Context) error {
	p, err := db.provider()
	if err != nil {
		return err
	}
	done, err := db.write(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("storage: migrate: %w", err)
	}
	return nil
}

// SchemaState gives the version of the database's schema (0: none yet) and the one this program
// needs. A program must not serve unless they are equal.
func (db *DB) SchemaState(ctx context.Context) (have, want int64, err error) {
	all, err := db.sources()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range all {
		want = max(want, m.Version)
	}
	// goose's own question would make its table; asking must not change anything.
	table := "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'goose_db_version')"
	if db.dialect.postgres() {
		table = "SELECT to_regclass('goose_db_version') IS NOT NULL"
	}
	var there bool
	if err := db.x.GetContext(ctx, &there, table); err != nil {
		return 0, 0, fmt.Errorf("storage: schema state: %w", err)
	}
	if !there {
		return 0, want, nil
	}
	if err := db.x.GetContext(ctx, &have, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied"); err != nil {
		return 0, 0, fmt.Errorf("storage: schema state: %w", err)
	}
	return have, want, nil
}

// SchemaSum names the exact schema this program makes, in hexadecimal.
func SchemaSum() string {
	sum := sha256.New()
	files, _ := migrations.ReadDir("migrations") // embedded: it is there
	for _, f := range files {
		text, _ := migrations.ReadFile("migrations/" + f.Name())
		fmt.Fprintf(sum, "%s %d\n", f.Name(), len(text))
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

func (db *DB) provider() (*goose.Provider, error) {
	all, err := db.sources()
	if err != nil {
		return nil, err
	}
	opts := []goose.ProviderOption{goose.WithGoMigrations(all...), goose.WithDisableGlobalRegistry(true), goose.WithSlog(db.o.Log)}
	kind := goose.DialectSQLite3
	if db.dialect.postgres() {
		kind = goose.DialectPostgres
		// Polls each second for five minutes; the default of five seconds makes replicas start late.
		l, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
		if err != nil {
			return nil, fmt.Errorf("storage: migration lock: %w", err)
		}
		opts = append(opts, goose.WithSessionLocker(l))
	}
	p, err := goose.NewProvider(kind, db.x.DB, nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("storage: migrations: %w", err)
	}
	return p, nil
}

// sources makes goose's migrations of the embedded files: each runs as one transaction.
func (db *DB) sources() ([]*goose.Migration, error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return nil, fmt.Errorf("storage: migrations: %w", err)
	}
	var out []*goose.Migration
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".sql")
		if _, only, special := strings.Cut(name, "."); special && only != db.dialect.name {
			continue
		}
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("storage: migration %s: its name must start with a number", f.Name())
		}
		text, err := migrations.ReadFile("migrations/" + f.Name())
		if err != nil {
			return nil, fmt.Errorf("storage: migration %s: %w", f.Name(), err)
		}
		statements := db.dialect.render(string(text))
		out = append(out, goose.NewGoMigration(version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, statements)
			return err
		}}, nil))
	}
	return out, nil
}
