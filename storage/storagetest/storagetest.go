// Package storagetest gives tests the real databases, fresh and migrated, as httptest gives them
// servers. PostgreSQL is used where TEST_DATABASE_URL names a server its user may create databases
// on, Redis where TEST_REDIS_URL names one; without them those tests are skipped, or fail when
// TEST_REQUIRE_SERVICES=1.
package storagetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lib/pq"

	"trainingbot/storage"
)

// Dialects are the databases every test of the storage holds on.
var Dialects = [...]string{"postgres", "sqlite"}

// Options are those of the databases this package opens: wecom before dingtalk, with their limits.
func Options() storage.Options {
	return storage.Options{Platforms: []storage.Platform{{Name: "wecom", Limit: 1000, FoldCase: true, Daily: true}, {Name: "dingtalk", Limit: 20}}}
}

// Each runs a test on every database, each time on a fresh one.
func Each(t *testing.T, test func(t *testing.T, db *storage.DB)) {
	t.Helper()
	for _, d := range Dialects {
		t.Run(d, func(t *testing.T) { test(t, Open(t, d)) })
	}
}

// Open gives a fresh, migrated database that is gone when the test ends.
func Open(t testing.TB, dialect string) *storage.DB {
	t.Helper()
	return Reopen(t, URL(t, dialect), Options())
}

// Reopen opens a database of URL once more, as a second replica does (PostgreSQL) or the next
// process (SQLite).
func Reopen(t testing.TB, url string, o storage.Options) *storage.DB {
	t.Helper()
	db, err := storage.Open(context.Background(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// URL makes a fresh, migrated database and gives what storage.Open takes.
func URL(t testing.TB, dialect string) string {
	t.Helper()
	switch dialect {
	case "postgres":
		return postgres(t)
	case "sqlite":
		image, err := sqliteImage()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "test.db")
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		return "sqlite:" + path
	}
	t.Fatalf("storagetest: no dialect %q", dialect)
	return ""
}

// Empty gives a database without a schema.
func Empty(t testing.TB, dialect string) string {
	t.Helper()
	if dialect == "sqlite" {
		return "sqlite:" + filepath.Join(t.TempDir(), "empty.db")
	}
	return create(t, "template0")
}

// RedisURL gives a Redis that other tests use too: keep to keys of your own.
func RedisURL(t testing.TB) string {
	t.Helper()
	return service(t, "TEST_REDIS_URL")
}

func service(t testing.TB, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		if os.Getenv("TEST_REQUIRE_SERVICES") == "1" {
			t.Fatalf("%s is not set and TEST_REQUIRE_SERVICES=1", name)
		}
		t.Skipf("%s is not set", name)
	}
	return v
}

// sqliteImage is the bytes of a migrated database, made once a process: copying it is ten times
// faster than migrating.
var sqliteImage = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "storagetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := storage.Open(context.Background(), "sqlite:"+filepath.Join(dir, "image.db"), storage.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.Migrate(context.Background()); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "copy.db")
	if err := db.Backup(context.Background(), file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// postgres makes a database from the template of this schema.
func postgres(t testing.TB) string {
	t.Helper()
	server := service(t, "TEST_DATABASE_URL")
	name, err := template(server)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, name)
}

// create makes a database from a template and drops it when the test ends.
func create(t testing.TB, template string) string {
	t.Helper()
	server := service(t, "TEST_DATABASE_URL")
	var b [8]byte
	rand.Read(b[:])
	name := "tb_test_" + hex.EncodeToString(b[:])
	admin, err := sql.Open("postgres", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	if _, err := admin.Exec("CREATE DATABASE " + pq.QuoteIdentifier(name) + " TEMPLATE " + pq.QuoteIdentifier(template) + " STRATEGY FILE_COPY"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + pq.QuoteIdentifier(name) + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	made, err := named(server, name)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// named gives the url of another database of the same server.
func named(server, name string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("storagetest: TEST_DATABASE_URL cannot be read")
	}
	u.Path = "/" + name
	return u.String(), nil
}

// template makes the migrated database others are copied from, once for each schema: its name is
// the schema's sum. Test processes that start together make it one after the other.
func template(server string) (name string, err error) {
	ctx := context.Background()
	name = "tb_template_" + storage.SchemaSum()
	admin, err := sql.Open("postgres", server)
	if err != nil {
		return "", err
	}
	defer admin.Close()
	conn, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext('trainingbot storagetest'))"); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock(hashtext('trainingbot storagetest'))")
	var there bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&there); err != nil || there {
		return name, err
	}
	// Under another name until it is whole: a test that was killed leaves no half template.
	part := name + "_part"
	if _, err := conn.ExecContext(ctx, "DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(part)+" WITH (FORCE)"); err != nil {
		return "", err
	}
	if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+pq.QuoteIdentifier(part)+" TEMPLATE template0"); err != nil {
		return "", err
	}
	made, err := named(server, part)
	if err != nil {
		return "", err
	}
	db, err := storage.Open(ctx, made, storage.Options{})
	if err != nil {
		return "", err
	}
	if err := db.Migrate(ctx); err != nil {
		db.Close()
		return "", err
	}
	if err := db.Close(); err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+pq.QuoteIdentifier(part)+" RENAME TO "+pq.QuoteIdentifier(name))
	return name, err
}
