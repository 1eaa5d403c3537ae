package storage

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// openPostgres connects to a PostgreSQL server. Parameters travel in binary mode, which makes a
// query one round trip instead of two and works behind a transaction pooler.
func (db *DB) openPostgres(ctx context.Context, url string) error {
	cfg, err := pq.NewConfig(url)
	if err != nil {
		return fmt.Errorf("storage: the postgres url: %w", withoutSecret(err))
	}
	if cfg.Runtime == nil {
		cfg.Runtime = map[string]string{}
	}
	cfg.Runtime["timezone"] = "UTC"
	cfg.BinaryParameters = true
	if cfg.FallbackApplicationName == "" {
		cfg.FallbackApplicationName = "trainingbot"
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 3 * time.Second
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return fmt.Errorf("storage: the postgres url: %w", withoutSecret(err))
	}
	db.dialect = dialect{"postgres"}
	db.x = sqlx.NewDb(sql.OpenDB(connector), "postgres")
	conns := db.o.MaxConns
	if conns <= 0 {
		conns = 20
	}
	// Idle connections are kept: the default of two would reconnect all day.
	db.x.SetMaxOpenConns(conns)
	db.x.SetMaxIdleConns(conns)
	db.x.SetConnMaxIdleTime(5 * time.Minute)
	db.x.SetConnMaxLifetime(30 * time.Minute)
	if err := db.retry(ctx, "connect", func() error { return db.x.PingContext(ctx) }); err != nil {
		db.x.Close()
		return fmt.Errorf("storage: connect to postgres: %w", err)
	}
	return nil
}

// withoutSecret keeps a password in a malformed url out of the logs: the parser quotes what it was given.
func withoutSecret(error) error { return fmt.Errorf("it cannot be read") }
