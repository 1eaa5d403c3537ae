package storage_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/domain"
	"trainingbot/storage"
)

func plan(h *house, id string, no int64, states ...domain.PlanState) domain.Plan {
	p := domain.Plan{ID: domain.PlanID(id), No: no, Office: h.office, Period: domain.Period{Year: 2026, Month: 12}}
	for i, s := range states {
		p.Versions = append(p.Versions, domain.PlanVersion{Number: i + 1, State: s, DraftedBy: h.id("M1"), DraftedAt: now,
			Items: []domain.Item{{ID: "i1", Date: domain.NewDate(2026, 12, 3), Start: domain.Clock{Hour: 14}, Minutes: 60, Topics: []string{"fire"}, Source: "4.2.1"}}})
	}
	return p
}

func TestChangeKeepsEverything(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		p := plan(h, "plan-1", 1, domain.Superseded, domain.Approved, domain.Submitted)
		v := &p.Versions[1]
		v.SubmittedBy, v.SubmittedAt, v.DaysLate = h.id("M1"), now, 2
		v.DecidedBy, v.DecidedAt, v.DecidedLate, v.SelfDecided, v.Reason = h.id("D1"), now.Add(time.Minute), 1, true, "自批"
		v.Changes, v.Clashes = "删1场", "12月3日 14:00 何敏在另一个管理处已有培训。"
		x := domain.Session{ID: "s-1", No: 31, Office: h.office, Plan: p.ID, Item: "i1", Topics: []string{"消防", "电梯"}, Source: "5.1.1", Lecturer: h.id("M1"),
			Start: now.Add(time.Hour), End: now.Add(2 * time.Hour), Room: "一楼", State: domain.Closed, Roster: []domain.PersonID{h.id("T1"), h.id("T2")},
			Secret: []byte{0, 1, 2, 255}, OpenedAt: now, ClosedAt: now.Add(2 * time.Hour), CloseNote: "现场2人", Reason: "改期", Version: 0}
		a := domain.Attendance{Session: x.ID, Person: h.id("T1"), At: now, Late: 3, Way: domain.ByHand, MarkedBy: h.id("M1"), Reason: "手机没电", Message: "wecom:m1"}
		year := domain.Year{Year: 2027, Source: "国办发明电〔2026〕1号", Days: []domain.Day{{Date: domain.NewDate(2027, 1, 1), Kind: domain.HolidayDay, Name: "元旦"}}}
		matter := domain.Matter{Office: h.office, Kind: domain.MonthlyAssessment, Subject: "2026-11"}
		q := &domain.Question{Kind: domain.Fill, Line: "退回 P1", Expires: now.Add(10 * time.Minute)}
		answer := h.change(h.by("M1", "m1"), func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Plans: []domain.Plan{p}, Sessions: []domain.Session{x}, Attendance: []domain.Attendance{a}, Settled: []domain.Matter{matter}, Years: []domain.Year{year},
				Audit: []domain.Audit{h.audit("plan.approve", "P1 v2")}, Notices: []domain.Notice{h.notice("n1", "th", "T1", "T2")}, Ask: q,
				Reply: domain.Answer{Body: domain.Say("已批准"), Settle: &domain.Card{Title: "计划", Settled: "已由何敏同意"}}}, nil
		})
		if answer.Text != "已批准" || answer.Settle == nil {
			t.Fatalf("answer: %+v", answer)
		}
		p.Version, x.Version, x.ArrangedAt = 1, 1, now
		h.view(func(tx *storage.Tx) error {
			same(t, p)(tx.Plan(h.office, p.Period))
			same(t, p)(tx.PlanByNo(1))
			same(t, x)(tx.SessionByNo(31))
			plans, err := tx.Plans(h.office, domain.AnnualPeriod(2026), domain.AnnualPeriod(2027))
			same1(t, []domain.Plan{p})(plans, err)
			same1(t, x)(tx.Session("s-1"))
			same1(t, []domain.Session{x})(tx.Sessions(h.office, now, now.Add(time.Hour+time.Microsecond)))
			same1(t, []domain.Session{})(tx.Sessions(h.office, now, now.Add(time.Hour)))
			same1(t, []domain.Attendance{a})(tx.Attendance(x.ID, "other"))
			same1(t, []domain.Attendance{a})(tx.AttendanceOf(h.id("T1"), now, now.Add(2*time.Hour)))
			same1(t, []domain.Attendance{})(tx.AttendanceOf(h.id("T1"), now.Add(2*time.Hour), now.Add(3*time.Hour)))
			same1(t, []domain.Matter{matter})(tx.Settled(h.office))
			same1(t, []domain.Year{year})(tx.Years())
			same1(t, q)(tx.Question(h.id("M1")))
			trail, err := tx.AuditTrail(h.office, 1)
			same1(t, []domain.Audit{h.audit("plan.approve", "P1 v2")})(trail, err)
			return nil
		})
		if n := h.claim("w", now); len(n) != 1 || len(n[0].To) != 2 {
			t.Fatalf("deliveries: %+v", n)
		}
	})
}

// same checks a found record, same1 a plain answer.
func same[T any](t *testing.T, want T) func(T, bool, error) {
	return func(got T, ok bool, err error) {
		t.Helper()
		if err != nil || !ok {
			t.Fatalf("found %v, error %v", ok, err)
		}
		same1(t, want)(got, nil)
	}
}

func same1[T any](t *testing.T, want T) func(T, error) {
	return func(got T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-want +got)\n%s", d)
		}
	}
}

// Two people who change different days of a year at the same time both get their day, whatever
// their offices.
func TestHolidaysChangedAtOnce(t *testing.T) {
	each(t, 0, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := h.db.Change(t.Context(), storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
					years, err := tx.Years()
					y := domain.Year{Year: 2027, Source: "通知"}
					if len(years) > 0 {
						y = years[0]
					}
					y.Days = append(y.Days, domain.Day{Date: domain.NewDate(2027, 1, i+1), Kind: domain.HolidayDay, Name: "元旦"})
					return domain.Change{Years: []domain.Year{y}, Audit: []domain.Audit{h.audit("calendar.change", "2027")}}, err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		h.view(func(tx *storage.Tx) error {
			years, err := tx.Years()
			if len(years) != 1 || len(years[0].Days) != 8 {
				t.Errorf("%+v", years)
			}
			return err
		})
	})
}

func TestRedeliveryGetsTheSameAnswer(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		calls := 0
		decide := func(*storage.Tx) (domain.Change, error) {
			calls++
			return domain.Change{Audit: []domain.Audit{h.audit("x", "y")}, Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("第%d次", calls))}}, nil
		}
		for range 5 {
			if a := h.change(h.by("M1", "same"), decide); a.Text != "第1次" {
				t.Fatalf("answer %q", a.Text)
			}
		}
		if calls != 1 {
			t.Fatalf("decided %d times", calls)
		}
		if a := h.change(h.by("M1", "other"), decide); a.Text != "第2次" {
			t.Fatalf("another message: %q", a.Text)
		}
	})
}

func TestTheSameMessageAtOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		var calls atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				a, err := h.db.Change(context.Background(), h.by("M1", "same"), func(*storage.Tx) (domain.Change, error) {
					return domain.Change{Audit: []domain.Audit{h.audit("x", "y")}, Reply: domain.Answer{Body: domain.Say(fmt.Sprint(calls.Add(1)))}}, nil
				})
				if err != nil || a.Text != "1" {
					t.Errorf("answer %q, error %v", a.Text, err)
				}
			})
		}
		wg.Wait()
		if calls.Load() != 1 {
			t.Fatalf("decided %d times", calls.Load())
		}
	})
}

func TestRefusalKeepsOnlyTheAnswer(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.change(h.by("M1", "q"), func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Ask: &domain.Question{Kind: domain.Confirm, Line: "是", Expires: now}}, nil
		})
		before := len(h.auditTrail())
		for _, takesNumber := range []bool{false, true} {
			calls := 0
			c := h.by("M1", fmt.Sprint("refused", takesNumber))
			for range 2 {
				a := h.change(c, func(tx *storage.Tx) (domain.Change, error) {
					calls++
					if takesNumber {
						if _, err := tx.NextNo("plan"); err != nil {
							return domain.Change{}, err
						}
					}
					return domain.Change{Audit: []domain.Audit{h.audit("x", "y")}, Plans: []domain.Plan{plan(h, "no", 9, domain.Draft)}}, fmt.Errorf("why: %w", domain.Refuse(domain.Forbidden, "3.1", "这是主任的事。"))
				})
				if a.Text != "这是主任的事。" || calls != 1 {
					t.Fatalf("answer %q after %d calls", a.Text, calls)
				}
			}
		}
		h.view(func(tx *storage.Tx) error {
			if q, err := tx.Question(h.id("M1")); err != nil || q == nil {
				t.Fatalf("the question is gone: %v %v", q, err)
			}
			if _, ok, _ := tx.PlanByNo(9); ok {
				t.Fatal("a refused plan was kept")
			}
			return nil
		})
		if len(h.auditTrail()) != before {
			t.Fatal("a refusal was logged as a deed")
		}
		h.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
			if n, err := tx.NextNo("plan"); n != 1 || err != nil {
				t.Errorf("the refused number is lost: %d %v", n, err)
			}
			return domain.Change{}, nil
		})
	})
}

func TestAnyOtherErrorKeepsNothing(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		boom := errors.New("boom")
		_, err := h.db.Change(t.Context(), h.by("M1", "m"), func(tx *storage.Tx) (domain.Change, error) {
			tx.NextNo("plan")
			return domain.Change{}, boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if a := h.change(h.by("M1", "m"), func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Reply: domain.Answer{Body: domain.Say("好")}}, nil
		}); a.Text != "好" {
			t.Fatalf("the failed message was kept: %q", a.Text)
		}
	})
}

// A decision that panics takes nobody's turn with it.
func TestPanicLetsOthersWrite(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		func() {
			defer func() { recover() }()
			h.db.Change(t.Context(), h.by("M1", "m"), func(*storage.Tx) (domain.Change, error) { panic("boom") })
		}()
		if a := h.change(h.by("M1", "m"), func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Reply: domain.Answer{Body: domain.Say("好")}}, nil
		}); a.Text != "好" {
			t.Fatal(a.Text)
		}
	})
}

func TestTwoApprovalsAtOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.keep(domain.Change{Plans: []domain.Plan{plan(h, "p", 1, domain.Submitted)}})
		var won atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				a, err := h.db.Change(context.Background(), h.by("D1", fmt.Sprint("approve", i)), func(tx *storage.Tx) (domain.Change, error) {
					p, ok, err := tx.PlanByNo(1)
					if err != nil || !ok {
						return domain.Change{}, fmt.Errorf("plan: %v %w", ok, err)
					}
					if p.Versions[0].State != domain.Submitted {
						return domain.Change{}, domain.Refuse(domain.Conflict, "5.1.3", "已经决定。")
					}
					p.Versions[0].State, p.Versions[0].DecidedBy = domain.Approved, h.id("D1")
					return domain.Change{Plans: []domain.Plan{p}, Reply: domain.Answer{Body: domain.Say("批准")}}, nil
				})
				if err != nil {
					t.Error(err)
				}
				if a.Text == "批准" {
					won.Add(1)
				} else if a.Text != "已经决定。" {
					t.Errorf("answer %q", a.Text)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d won", won.Load())
		}
	})
}

// A record that changed after it was read outside of the locks is decided on again.
func TestStaleRecordIsDecidedAgain(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.keep(domain.Change{Plans: []domain.Plan{plan(h, "p", 1, domain.Draft)}})
		calls := 0
		h.change(h.by("M1", "m"), func(tx *storage.Tx) (domain.Change, error) {
			calls++
			p, _, err := tx.PlanByNo(1)
			if calls == 1 {
				p.Version-- // what a read before somebody else's change would have given
			}
			return domain.Change{Plans: []domain.Plan{p}}, err
		})
		if calls != 2 {
			t.Fatalf("decided %d times", calls)
		}
	})
}

func TestNumbersHaveNoGaps(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				h.db.Change(context.Background(), storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
					n, err := tx.NextNo("k")
					if err == nil && i%4 == 0 {
						return domain.Change{}, errors.New("changed my mind")
					}
					mu.Lock()
					defer mu.Unlock()
					seen[n] = true
					return domain.Change{}, err
				})
			})
		}
		wg.Wait()
		for n := int64(1); n <= 15; n++ {
			if !seen[n] {
				t.Fatalf("number %d is missing: %v", n, seen)
			}
		}
	})
}

// A session is arranged when it gets its time and its lecturer; other changes of it leave that be.
func TestArrangedAt(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		x := domain.Session{ID: "s-1", No: 31, Office: h.office, Topics: []string{"消防"}, Lecturer: h.id("M1"), Start: now.Add(time.Hour), End: now.Add(2 * time.Hour), State: domain.Planned}
		for i, row := range []struct {
			change func()
			moved  bool
		}{
			{func() {}, true},
			{func() { x.Room = "二楼" }, false},
			{func() { x.Start = x.Start.Add(time.Minute) }, true},
			{func() { x.Coming = []domain.PersonID{h.id("T1")} }, false},
			{func() { x.Lecturer = "" }, true},
			{func() { x.State = domain.Cancelled }, false},
			{func() { x.Lecturer = h.id("D1") }, true},
		} {
			c := h.by("M1", fmt.Sprint("m", i))
			c.At = now.Add(time.Duration(i) * time.Minute)
			row.change()
			if row.moved {
				x.ArrangedAt = c.At
			}
			h.change(c, func(*storage.Tx) (domain.Change, error) {
				return domain.Change{Sessions: []domain.Session{x}, Audit: []domain.Audit{h.audit("session.change", "S31")}}, nil
			})
			x.Version++
			h.view(func(tx *storage.Tx) error {
				same1(t, x)(tx.Session("s-1"))
				return nil
			})
		}
	})
}
