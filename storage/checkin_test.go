package storage_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

func trainees(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("T%d", i+1)
	}
	return out
}

func TestCheckIn(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		x := h.open("T1", "T2")
		c := h.by("T1", "c1")
		want := domain.Attendance{Session: x.ID, Person: h.id("T1"), At: now, Late: 5, Way: domain.ByCode, Message: c.Message}
		h.change(h.by("T1", "q"), func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Ask: &domain.Question{Kind: domain.Fill, Line: "x", Expires: now.Add(time.Hour)}}, nil
		})
		for range 3 {
			a, err := h.checkIn(x.ID, c)
			if err != nil || a.Text != "签到成功，学员1" {
				t.Fatalf("%q %v", a.Text, err)
			}
		}
		same1(t, []domain.Attendance{want})(h.attendance(x.ID), nil)
		if a, err := h.checkIn(x.ID, h.by("T1", "c2")); err != nil || a.Text != "您已经签到过了。" {
			t.Fatalf("%q %v", a.Text, err)
		}
		if a, err := h.checkIn(x.ID, h.by("nobody", "c3")); err != nil || a.Text != "请先绑定。" {
			t.Fatalf("%q %v", a.Text, err)
		}
		if a, err := h.checkIn("other", h.by("T2", "c4")); err != nil || a.Text != "现在没有可以签到的培训。" {
			t.Fatalf("%q %v", a.Text, err)
		}
		// Refusals too are once.
		if a, err := h.checkIn(x.ID, h.by("nobody", "c4")); err != nil || a.Text != "现在没有可以签到的培训。" {
			t.Fatalf("%q %v", a.Text, err)
		}
		h.view(func(tx *storage.Tx) error {
			if q, err := tx.Question(h.id("T1")); err != nil || q != nil {
				t.Fatalf("still asked %v %v", q, err)
			}
			trail, err := tx.AuditTrail(h.office, 1)
			if err != nil || trail[0].Act != "check_in" || trail[0].Actor != h.id("T1") || !trail[0].At.Equal(now) {
				t.Fatalf("%+v %v", trail, err)
			}
			return nil
		})
	})
}

// What the plain way keeps is to the byte what Change keeps.
func TestCheckInMeansChange(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		x := h.open("T1", "T2")
		if _, err := h.checkIn(x.ID, h.by("T1", "fast")); err != nil {
			t.Fatal(err)
		}
		h.change(h.by("T2", "slow"), func(tx *storage.Tx) (domain.Change, error) {
			r, err := tx.Roll(h.handle("T2"), now)
			if err != nil {
				return domain.Change{}, err
			}
			return h.present(x.ID, "wecom:slow")(r)
		})
		for _, q := range []string{
			"SELECT COUNT(DISTINCT CAST(at AS TEXT) || late || way || COALESCE(marked_by, '-') || reason) FROM attendance",
			"SELECT COUNT(DISTINCT CAST(at AS TEXT) || platform || REPLACE(REPLACE(CAST(answer AS TEXT), '1', 'N'), '2', 'N')) FROM inbox",
			"SELECT COUNT(DISTINCT CAST(at AS TEXT) || office || act || subject || clause || text) FROM audit WHERE act = 'check_in'",
		} {
			if n := h.count(q); n != 1 {
				t.Errorf("%d kinds: %s", n, q)
			}
		}
	})
}

func TestTheSameCheckInAtOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		x := h.open("T1")
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				if a, err := h.checkIn(x.ID, h.by("T1", "same")); err != nil || a.Text != "签到成功，学员1" {
					t.Errorf("%q %v", a.Text, err)
				}
			})
		}
		wg.Wait()
		if n := len(h.attendance(x.ID)); n != 1 {
			t.Fatalf("%d presences", n)
		}
	})
}

func TestTwoCheckInsOfOnePersonAtOnce(t *testing.T) {
	each(t, 20, func(t *testing.T, h *house) {
		x := h.open(trainees(20)...)
		for _, no := range trainees(20) {
			var ok, already atomic.Int64
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					a, err := h.checkIn(x.ID, h.by(no, fmt.Sprint(no, "-", i)))
					switch {
					case err != nil:
						t.Error(err)
					case strings.HasPrefix(a.Text, "签到成功"):
						ok.Add(1)
					case a.Text == "您已经签到过了。":
						already.Add(1)
					default:
						t.Errorf("answer %q", a.Text)
					}
				})
			}
			wg.Wait()
			if ok.Load() != 1 || already.Load() != 3 {
				t.Fatalf("%s: %d succeeded, %d were told they had", no, ok.Load(), already.Load())
			}
		}
	})
}

// One row no database takes must not fail its batch, wherever in it it stands.
func TestPoisonedRow(t *testing.T) {
	const n = 12
	each(t, n*n, func(t *testing.T, h *house) {
		x := h.open(trainees(n * n)...)
		for place := range n {
			var wg sync.WaitGroup
			for i := range n {
				no := fmt.Sprintf("T%d", place*n+i+1)
				c := h.by(no, fmt.Sprint("poison-", place, "-", i))
				wg.Go(func() {
					bad := i == place
					a, err := h.db.CheckIn(context.Background(), c, func(r domain.Roll) (domain.Change, error) {
						ch, err := h.present(x.ID, c.Message)(r)
						if bad && err == nil {
							ch.Attendance[0].Late = -1 // CHECK (late >= 0)
						}
						return ch, err
					})
					if bad && err == nil {
						t.Errorf("place %d: the poisoned row was kept", place)
					}
					if !bad && (err != nil || !strings.HasPrefix(a.Text, "签到成功")) {
						t.Errorf("place %d, row %d: %q %v", place, i, a.Text, err)
					}
				})
			}
			wg.Wait()
		}
		if got := len(h.attendance(x.ID)); got != n*(n-1) {
			t.Fatalf("%d presences", got)
		}
	})
}

// Whoever is let in is on the list the close reads, or is refused.
func TestCloseAgainstCheckIn(t *testing.T) {
	const n = 40
	each(t, n, func(t *testing.T, h *house) {
		for round := range 5 {
			x := h.open(trainees(n)...)
			var letIn, refused atomic.Int64
			var read []domain.Attendance
			var wg sync.WaitGroup
			for i, no := range trainees(n) {
				wg.Go(func() {
					a, err := h.checkIn(x.ID, h.by(no, fmt.Sprint("r", round, "-", i)))
					switch {
					case err != nil:
						t.Error(err)
					case strings.HasPrefix(a.Text, "签到成功"):
						letIn.Add(1)
					case a.Text == "已关课。":
						refused.Add(1)
					default:
						t.Errorf("answer %q", a.Text)
					}
				})
				if i == n/2 {
					wg.Go(func() {
						_, err := h.db.Change(context.Background(), h.by("M1", fmt.Sprint("close", round)), func(tx *storage.Tx) (domain.Change, error) {
							s, _, err := tx.SessionByNo(x.No)
							if err != nil {
								return domain.Change{}, err
							}
							if read, err = tx.Attendance(s.ID); err != nil {
								return domain.Change{}, err
							}
							s.State, s.ClosedAt = domain.Closed, now
							return domain.Change{Sessions: []domain.Session{s}}, nil
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
			}
			wg.Wait()
			if int(letIn.Load()) != len(read) || int(letIn.Load()+refused.Load()) != n {
				t.Fatalf("let in %d, on the list %d, refused %d", letIn.Load(), len(read), refused.Load())
			}
			if got := len(h.attendance(x.ID)); got != len(read) {
				t.Fatalf("kept %d, on the list %d", got, len(read))
			}
		}
	})
}

// What another replica did is seen although this one remembers otherwise.
func TestCheckInBesideAnotherReplica(t *testing.T) {
	url := storagetest.URL(t, "postgres")
	a := settle(t, storagetest.Reopen(t, url, storagetest.Options()), 6)
	b := *a
	b.db = storagetest.Reopen(t, url, storagetest.Options())
	x := a.open("T1", "T2", "T3", "T4", "T5", "T6")
	say := func(h *house, no, m, want string) {
		t.Helper()
		if got, err := h.checkIn(x.ID, h.by(no, m)); err != nil || got.Text != want {
			t.Fatalf("%q %v, want %q", got.Text, err, want)
		}
	}
	say(a, "T1", "1", "签到成功，学员1")
	say(&b, "T1", "1", "签到成功，学员1") // redelivered to the other
	say(&b, "T1", "2", "您已经签到过了。")
	say(&b, "T2", "3", "签到成功，学员2")
	say(a, "T2", "4", "您已经签到过了。")
	// The other closes; then it opens again: both times this one's memory is behind.
	edit := func(state domain.SessionState) {
		b.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
			s, err := tx.Session(x.ID)
			s.State = state
			return domain.Change{Sessions: []domain.Session{s}}, err
		})
	}
	edit(domain.Closed)
	say(a, "T3", "5", "已关课。")
	say(a, "T3", "6", "已关课。")
	edit(domain.Open)
	say(a, "T3", "7", "签到成功，学员3")
	say(a, "T4", "8", "签到成功，学员4")
	// A handle changes hands elsewhere.
	rows := []storage.StaffRow{staffRow("T5", "学员5", domain.Trainee), staffRow("T6", "学员6", domain.Trainee)}
	rows[0].Handles, rows[1].Handles = rows[1].Handles, rows[0].Handles
	if _, err := b.db.ImportStaff(t.Context(), rows, now); err != nil {
		t.Fatal(err)
	}
	say(a, "T5", "9", "签到成功，学员6")
}

// decide on what is remembered is called with a roll that Change would give, but that of a presence
// only the place is remembered.
func TestRememberedRollIsTheRoll(t *testing.T) {
	each(t, 3, func(t *testing.T, h *house) {
		x := h.open("T1", "T2")
		var far domain.Session
		h.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
			far = domain.Session{ID: "far", No: 900, Office: h.office, Lecturer: h.id("M1"), Start: now.Add(30 * time.Hour), End: now.Add(31 * time.Hour), State: domain.Planned, Topics: []string{"a"}}
			near := far
			near.ID, near.No, near.Start, near.End = "near", 901, now.Add(-23*time.Hour), now.Add(-22*time.Hour)
			return domain.Change{Sessions: []domain.Session{far, near}}, nil
		})
		stop := errors.New("seen enough")
		var rolls []domain.Roll
		for _, no := range []string{"T1", "T1", "T2"} {
			h.checkIn(x.ID, h.by(no, "in"+no))
			_, err := h.db.CheckIn(t.Context(), h.by(no, "look"), func(r domain.Roll) (domain.Change, error) {
				rolls = append(rolls, r)
				return domain.Change{}, stop
			})
			if !errors.Is(err, stop) {
				t.Fatal(err)
			}
			if len(rolls) != 2 {
				t.Fatalf("asked %d times", len(rolls))
			}
			for i, a := range rolls[1].Present {
				rolls[1].Present[i] = domain.Attendance{Session: a.Session, Person: a.Person}
			}
			same1(t, rolls[1])(rolls[0], nil)
			if len(rolls[0].Sessions) != 2 || rolls[0].Sessions[0].ID != "near" || len(rolls[0].Present) != 1 {
				t.Fatalf("%+v", rolls[0])
			}
			rolls = nil
		}
	})
}

func TestCheckInWithoutMessage(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		x := h.open("T1")
		if a, err := h.checkIn(x.ID, storage.Cause{From: h.handle("T1"), At: now}); err != nil || a.Text != "签到成功，学员1" {
			t.Fatalf("%q %v", a.Text, err)
		}
		if h.count("SELECT COUNT(*) FROM inbox") != 0 {
			t.Fatal("an inbox row of no message")
		}
	})
}

func TestClosedDBRefuses(t *testing.T) {
	for _, d := range storagetest.Dialects {
		t.Run(d, func(t *testing.T) {
			db, err := storage.Open(t.Context(), storagetest.URL(t, d), storagetest.Options())
			if err != nil {
				t.Fatal(err)
			}
			h := settle(t, db, 1)
			x := h.open("T1")
			h.checkIn(x.ID, h.by("T1", "1"))
			if err := errors.Join(db.Close(), db.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := h.checkIn(x.ID, h.by("T1", "2")); err == nil {
				t.Fatal("a closed database answered")
			}
		})
	}
}

func TestStrangersAreForgottenWhenTheyBind(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		x := h.open("T1")
		c := storage.Cause{Message: "d:1", From: domain.Handle{Platform: "dingtalk", User: "D"}, At: now}
		if a, err := h.checkIn(x.ID, c); err != nil || a.Text != "请先绑定。" {
			t.Fatal(a.Text, err)
		}
		h.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
			p, err := tx.Person(h.id("T1"))
			p.Handles = append(slices.Clone(p.Handles), c.From)
			return domain.Change{People: []domain.Person{p}}, err
		})
		c.Message = "d:2"
		if a, err := h.checkIn(x.ID, c); err != nil || a.Text != "签到成功，学员1" {
			t.Fatal(a.Text, err)
		}
	})
}
