package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/domain"
	"trainingbot/storage"
)

func orientationFile(h *house) domain.OrientationFile {
	return domain.OrientationFile{ID: "f1", Office: h.office, Person: h.id("T1"), Since: domain.NewDate(2026, 11, 2), Subject: "T1", State: domain.OnTrial, Coach: h.id("M1"),
		Days: []domain.CoachDay{{Day: domain.NewDate(2026, 11, 5), Coach: h.id("T2")}}, Told: domain.NewDate(2026, 11, 16), Note: "无"}
}

func TestFileComesBackAsItWas(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		f := orientationFile(h)
		if err := keep(t, h, domain.Change{Files: []domain.OrientationFile{f}}); err != nil {
			t.Fatal(err)
		}
		f.Version = 1
		read := func(want ...domain.OrientationFile) {
			t.Helper()
			h.view(func(tx *storage.Tx) error {
				got, err := tx.OrientationFiles(h.office, f.Since)
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
				return err
			})
		}
		read(f)
		f.State, f.Closed, f.Test, f.No = domain.OnPost, domain.NewDate(2026, 11, 18), domain.NewDate(2026, 11, 18), 5
		f.Moves = []domain.TestMove{{From: f.Told, To: f.Test, Reason: "发烧", By: h.id("M1"), At: now.UTC().Truncate(time.Second)}}
		f.Sittings = []domain.TestSitting{{Day: f.Test, Score: 88, Passed: true, By: h.id("M1"), At: now.UTC().Truncate(time.Second)}}
		if err := keep(t, h, domain.Change{Files: []domain.OrientationFile{f}}); err != nil {
			t.Fatal(err)
		}
		f.Version = 2
		read(f)
		h.view(func(tx *storage.Tx) error {
			if got, ok, err := tx.OrientationByNo(5); err != nil || !ok || got.ID != f.ID {
				t.Errorf("N5: %+v %v %v", got, ok, err)
			}
			if _, ok, err := tx.OrientationByNo(0); err != nil || ok {
				t.Errorf("N0: %v %v", ok, err)
			}
			later, err := tx.OrientationFiles(h.office, f.Since.AddDays(1))
			if len(later) != 0 {
				t.Errorf("an older arrival is read: %+v", later)
			}
			return err
		})
	})
}

// The ledger keeps what was entered: nothing is changed or deleted, and an entry is reversed once.
func TestHoursAreAppendedOnce(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		e := domain.HoursEntry{ID: "h1", Office: h.office, Person: h.id("T1"), Since: domain.NewDate(2026, 11, 2), Block: domain.PracticeBlock, Day: domain.NewDate(2026, 11, 5),
			Minutes: 480, What: "前台接待", By: h.id("M1"), At: now.Truncate(time.Microsecond)}
		back := e
		back.ID, back.Minutes, back.Reverses = "h2", -480, "h1"
		if err := keep(t, h, domain.Change{Hours: []domain.HoursEntry{e, back}}); err != nil {
			t.Fatal(err)
		}
		for name, bad := range map[string]func(*domain.HoursEntry){
			"reversed twice":         func(x *domain.HoursEntry) { x.ID, x.Minutes, x.Reverses = "h3", -480, "h1" },
			"negative without cause": func(x *domain.HoursEntry) { x.ID, x.Minutes = "h3", -60 },
			"no such part":           func(x *domain.HoursEntry) { x.ID, x.Block = "h3", "other" },
			"nothing was done":       func(x *domain.HoursEntry) { x.ID, x.What = "h3", "" },
		} {
			x := e
			bad(&x)
			ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			if _, err := h.db.Change(ctx, storage.Cause{At: now}, func(*storage.Tx) (domain.Change, error) {
				return domain.Change{Hours: []domain.HoursEntry{x}}, nil
			}); err == nil {
				t.Errorf("%s: it was kept", name)
			}
			cancel()
		}
		for _, q := range []string{"UPDATE orientation_hours SET minutes = 60 WHERE id = 'h1'", "DELETE FROM orientation_hours WHERE id = 'h1'"} {
			if n := h.count("SELECT count(*) FROM orientation_hours"); n != 2 {
				t.Fatalf("%d rows", n)
			}
			if _, err := h.db.Stats().Exec(q); err == nil {
				t.Errorf("%s went through", q)
			}
		}
		h.view(func(tx *storage.Tx) error {
			got, err := tx.OrientationHours(e.Since, e.Person)
			if d := cmp.Diff([]domain.HoursEntry{e, back}, got); d != "" {
				t.Error(d)
			}
			return err
		})
	})
}

// What counts towards a file: the classes people are invited to by name, and where they were present.
func TestOrientationSessions(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		session := func(id string, no int64, invited []domain.PersonID) domain.Session {
			return domain.Session{ID: domain.SessionID(id), No: no, Office: h.office, Topics: []string{"公司简介"}, TopicIDs: []string{"company"}, Lecturer: h.id("M1"), Start: now, End: now.Add(time.Hour),
				State: domain.Closed, Roster: []domain.PersonID{h.id("T1")}, Invited: invited}
		}
		own, other, all := session("o1", 1, []domain.PersonID{h.id("T1")}), session("o2", 2, nil), session("o3", 3, nil)
		seen := domain.Attendance{Session: "o2", Person: h.id("T1"), At: now, Way: domain.ByCode, Message: "m"}
		if err := keep(t, h, domain.Change{Sessions: []domain.Session{own, other, all}, Attendance: []domain.Attendance{seen}}); err != nil {
			t.Fatal(err)
		}
		h.view(func(tx *storage.Tx) error {
			xs, present, err := tx.OrientationSessions(h.office, now.Add(-time.Hour), h.id("T1"))
			if len(xs) != 2 || xs[0].ID != "o1" || xs[1].ID != "o2" || len(present) != 1 {
				t.Errorf("%+v %+v", xs, present)
			}
			return err
		})
		h.view(func(tx *storage.Tx) error {
			xs, _, err := tx.OrientationSessions(h.office, now.Add(-time.Hour))
			if len(xs) != 1 {
				t.Errorf("%+v", xs)
			}
			return err
		})
	})
}
