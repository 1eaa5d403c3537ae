package storage_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

func TestMigrateFromEmpty(t *testing.T) {
	for _, d := range storagetest.Dialects {
		t.Run(d, func(t *testing.T) {
			url := storagetest.Empty(t, d)
			db := storagetest.Reopen(t, url, storagetest.Options())
			if have, want, err := db.SchemaState(t.Context()); err != nil || have != 0 || want < 2 {
				t.Fatal(have, want, err)
			}
			dbs := []*storage.DB{db}
			if d == "postgres" {
				dbs = append(dbs, storagetest.Reopen(t, url, storagetest.Options()), storagetest.Reopen(t, url, storagetest.Options()))
			}
			var wg sync.WaitGroup
			for _, db := range dbs {
				wg.Go(func() {
					if err := db.Migrate(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if have, want, err := db.SchemaState(t.Context()); err != nil || have != want {
				t.Fatal(have, want, err)
			}
			if err := db.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			settle(t, db, 1)
			if err := db.Ping(t.Context()); err != nil || db.Dialect() != d {
				t.Fatal(err, db.Dialect())
			}
		})
	}
}

// What the schema itself refuses, whoever writes.
func TestSchemaRefuses(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		x := h.open("T1")
		h.checkIn(x.ID, h.by("T1", "c"))
		h.promise(h.notice("n", "", "T1"))
		h.keep(domain.Change{Plans: []domain.Plan{plan(h, "p", 1, domain.Approved, domain.Submitted, domain.Draft)}})
		for _, q := range []string{
			"UPDATE audit SET text = 'x'", "DELETE FROM audit",
			"UPDATE attendance SET late = 0", "DELETE FROM attendance",
			"UPDATE session SET state = 'done'", "UPDATE session SET roster = NULL",
			"UPDATE outbox SET state = 'done'", "UPDATE outbox SET state = 'leased'", "UPDATE outbox SET lease_owner = 'x'",
			"UPDATE plan_version SET state = 'approved'", "UPDATE plan_version SET state = 'submitted'", "UPDATE plan_version SET state = 'draft'", "UPDATE plan_version SET state = 'x'",
			"INSERT INTO plan (id, no, office, period, version) SELECT 'p2', 2, office, period, 1 FROM plan",
			"INSERT INTO plan (id, no, office, period, version) SELECT 'p2', no, office, '2030', 1 FROM plan",
			"INSERT INTO plan (id, no, office, period, version) VALUES ('p2', 2, 'nowhere', '2030', 1)",
			"INSERT INTO session (id, no, office, item, topics, source, starts_at, ends_at, room, state, close_note, reason, version) SELECT 's2', no, office, item, topics, source, starts_at, ends_at, room, 'planned', close_note, reason, 1 FROM session",
			"INSERT INTO handle (platform, user_key, user_id, person) SELECT platform, user_key, user_id, 'nobody' FROM handle",
			"INSERT INTO handle (platform, user_key, user_id, person) SELECT platform, 'x', 'x', 'nobody' FROM handle",
			"INSERT INTO person (id, no, name, version) SELECT 'x', no, name, 1 FROM person",
			"INSERT INTO attendance (session, person, at, late, way, reason, message) SELECT session, person, at, late, way, reason, message FROM attendance",
			"INSERT INTO attendance (session, person, at, late, way, reason, message) SELECT session, (SELECT id FROM person WHERE no = 'M1'), at, late, 'hand', '', message FROM attendance",
			"INSERT INTO outbox SELECT * FROM outbox", "DELETE FROM notice", "DELETE FROM office", "UPDATE membership SET until_on = '2020-01-01'",
			"INSERT INTO question (owner, kind, line, expires) SELECT 'x', 'x', 'x', at FROM notice",
		} {
			if _, err := h.db.Stats().Exec(q); err == nil {
				t.Errorf("taken: %s", q)
			}
		}
	})
}

func TestSQLiteBelongsToOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "a b%20?#.db")
	db, err := storage.Open(t.Context(), "sqlite:"+path, storage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(t.Context(), "sqlite:"+path, storage.Options{}); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	storagetest.Reopen(t, "sqlite:"+path, storage.Options{})
	if s, err := os.Stat(path); err != nil || s.Mode().Perm() != 0o600 {
		t.Fatal(s, err)
	}
}

func TestBackupDrill(t *testing.T) {
	dir := t.TempDir()
	backup, restored := filepath.Join(dir, "backup.db"), filepath.Join(dir, "restored.db")
	h := settle(t, storagetest.Open(t, "sqlite"), 3)
	x := h.open("T1", "T2", "T3")
	h.checkIn(x.ID, h.by("T1", "c1"))
	h.promise(h.notice("sent", "", "T1"))
	h.sent(h.claim("w", now)[0], now)
	h.promise(h.notice("waiting", "", "T2"))
	ctx := t.Context()
	if err := h.db.Backup(ctx, backup); err != nil {
		t.Fatal(err)
	}
	if s, err := os.Stat(backup); err != nil || s.Mode().Perm() != 0o600 {
		t.Fatal(s, err)
	}
	if err := h.db.Backup(ctx, backup); err == nil {
		t.Fatal("a backup was overwritten")
	}
	h.checkIn(x.ID, h.by("T2", "c2")) // after the backup: lost with it, and honestly so
	if err := storage.Restore(ctx, backup, restored); err != nil {
		t.Fatal(err)
	}
	if err := storage.Restore(ctx, backup, restored); err == nil {
		t.Fatal("a database was overwritten")
	}
	// What a crash left beside the old file belongs to that one and would spoil the copy.
	stale := filepath.Join(dir, "stale.db")
	if err := os.WriteFile(stale+"-wal", []byte("of another file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := storage.Restore(ctx, backup, stale); err == nil || !strings.Contains(err.Error(), "stale.db-wal") {
		t.Errorf("beside another file's log: %v", err)
	}
	b := *h
	b.db = storagetest.Reopen(t, "sqlite:"+restored, storagetest.Options())
	if have, want, err := b.db.SchemaState(ctx); err != nil || have != want {
		t.Fatal(have, want, err)
	}
	// Inbox and outbox go on where they were: the same message, the same answer; no second send.
	if a, err := b.checkIn(x.ID, b.by("T1", "c1")); err != nil || a.Text != "签到成功，学员1" {
		t.Fatal(a.Text, err)
	}
	if n := len(b.attendance(x.ID)); n != 1 {
		t.Fatal(n)
	}
	if made := b.promise(b.notice("sent", "", "T1"), b.notice("waiting", "", "T2")); made != 0 {
		t.Fatal(made)
	}
	if ds := b.claim("w", now); len(ds) != 1 || ds[0].Body.Text != "请上报 waiting" {
		t.Fatalf("%+v", ds)
	}
	// Every way of being wrong.
	whole, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	cut := append([]byte(nil), whole...)
	for i := len(cut) / 2; i < len(cut)/2+8000; i++ {
		cut[i] ^= 0xff
	}
	for name, data := range map[string][]byte{"not one": []byte("hello, this is no database at all"), "empty": {}, "half": whole[:len(whole)/2], "flipped": cut} {
		bad := filepath.Join(dir, "bad.db")
		if err := os.WriteFile(bad, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := storage.Restore(ctx, bad, filepath.Join(dir, "no.db")); err == nil {
			t.Errorf("%s: restored", name)
		}
	}
	if err := storage.Restore(ctx, filepath.Join(dir, "nothing"), filepath.Join(dir, "no.db")); err == nil {
		t.Error("nothing was restored")
	}
	if _, err := h.db.Stats().Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, TRUE)"); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	if err := h.db.Backup(ctx, newer); err != nil {
		t.Fatal(err)
	}
	if err := storage.Restore(ctx, newer, filepath.Join(dir, "no.db")); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Error(err)
	}
	left, _ := filepath.Glob(filepath.Join(dir, "no.db*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestBackupOfPostgres(t *testing.T) {
	db := storagetest.Open(t, "postgres")
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "b")); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Fatal(err)
	}
}
