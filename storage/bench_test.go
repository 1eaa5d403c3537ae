package storage_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// BenchmarkCheckIn is check-ins of many people at once, 32 and 8 at a time, each committed before it
// is answered. The base it is held against is pgbench on BenchSQL, in the same run (goals P1, P10).
func BenchmarkCheckIn(b *testing.B) {
	for _, d := range storagetest.Dialects {
		for _, c := range []int{32, 8, 1} {
			b.Run(fmt.Sprintf("%s/c=%d", d, c), func(b *testing.B) {
				const people = 2000
				db := storagetest.Open(b, d)
				sessions := benchOffice(b, db, people, b.N/people+1)
				var n atomic.Int64
				next := make(chan int, 1024)
				go func() {
					for i := range b.N {
						next <- i
					}
					close(next)
				}()
				b.ResetTimer()
				done := make(chan struct{})
				for range c {
					go func() {
						defer func() { done <- struct{}{} }()
						for i := range next {
							x, who := sessions[i/people], "b-"+strconv.Itoa(i%people+1)
							m := domain.MessageID("wecom:" + strconv.Itoa(i))
							a, err := db.CheckIn(context.Background(), storage.Cause{Message: m, From: domain.Handle{Platform: "wecom", User: who}, At: now}, benchDecide(x, m))
							if err != nil || a.Text == "" {
								b.Errorf("%q %v", a.Text, err)
								return
							}
							n.Add(1)
						}
					}()
				}
				for range c {
					<-done
				}
				b.StopTimer()
				b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "check-ins/s")
				var kept int
				if err := db.Stats().Get(&kept, "SELECT COUNT(*) FROM attendance"); err != nil || kept != b.N {
					b.Fatal(kept, err)
				}
			})
		}
	}
}

func benchDecide(x domain.SessionID, m domain.MessageID) func(domain.Roll) (domain.Change, error) {
	return func(r domain.Roll) (domain.Change, error) {
		for _, s := range r.Sessions {
			if s.ID == x && s.State == domain.Open {
				const text = "签到成功 09:05，消防演练，迟到 5 分钟（只登记，规程没有扣分）。"
				return domain.Change{
					Attendance: []domain.Attendance{{Session: x, Person: r.By.ID, At: now, Late: 5, Way: domain.ByCode, Message: m}},
					Audit:      []domain.Audit{{At: now, Office: s.Office, Actor: r.By.ID, Act: "check_in", Subject: s.Code(), Clause: "5.3", Text: text}},
					Reply:      domain.Answer{Body: domain.Say(text)},
				}, nil
			}
		}
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.3", "没有")
	}
}

// benchOffice is one office with so many people and open sessions that expect all of them.
func benchOffice(b *testing.B, db *storage.DB, people, sessions int) []domain.SessionID {
	b.Helper()
	var rows []storage.StaffRow
	for i := range people {
		r := staffRow("b-"+strconv.Itoa(i+1), "bench", domain.Trainee)
		rows = append(rows, r)
	}
	if _, err := db.ImportStaff(b.Context(), rows, now); err != nil {
		b.Fatal(err)
	}
	var ids []domain.SessionID
	_, err := db.Change(b.Context(), storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
		offices, err := tx.Offices()
		if err != nil {
			return domain.Change{}, err
		}
		staff, err := tx.Staff(offices[0].ID)
		var ch domain.Change
		for i := range sessions {
			x := domain.Session{ID: domain.SessionID("b-" + strconv.Itoa(i+1)), No: int64(i + 1), Office: offices[0].ID, Start: now, End: now, State: domain.Open, Roster: []domain.PersonID{}}
			if i == 0 {
				x.Roster = domain.IDs(staff)
			}
			ids = append(ids, x.ID)
			ch.Sessions = append(ch.Sessions, x)
		}
		return ch, err
	})
	if err != nil {
		b.Fatal(err)
	}
	return ids
}

// BenchmarkOutbox is deliveries claimed a hundred at a time and settled by as many workers as a
// commit takes along (goal P12).
func BenchmarkOutbox(b *testing.B) {
	for _, d := range storagetest.Dialects {
		b.Run(d, func(b *testing.B) {
			db := storagetest.Open(b, d)
			benchOffice(b, db, 1, 1)
			var who []domain.PersonID
			if err := db.Stats().Select(&who, "SELECT id FROM person"); err != nil {
				b.Fatal(err)
			}
			var ns []domain.Notice
			for i := range b.N {
				ns = append(ns, domain.Notice{Key: strconv.Itoa(i), At: now, To: who, Body: domain.Say("请上报十二月培训计划")})
			}
			if _, err := db.Promise(b.Context(), ns, now); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for settled := 0; settled < b.N; {
				ds, err := db.Claim(b.Context(), "w", now, time.Minute, 100)
				if err != nil || len(ds) == 0 {
					b.Fatal(len(ds), err)
				}
				work := make(chan domain.Delivery, len(ds))
				for _, d := range ds {
					work <- d
				}
				close(work)
				var wg sync.WaitGroup
				for range 64 {
					wg.Go(func() {
						for d := range work {
							if ours, err := db.Settle(context.Background(), d, domain.Outcome{Fate: domain.Sent}, now); !ours || err != nil {
								b.Error(ours, err)
							}
						}
					})
				}
				wg.Wait()
				settled += len(ds)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}

// BenchmarkPromise is one reminder to 50 000 people: 50 calls (goals P13, P14).
func BenchmarkPromise(b *testing.B) {
	for _, d := range storagetest.Dialects {
		b.Run(d, func(b *testing.B) {
			db := storagetest.Open(b, d)
			benchOffice(b, db, 50_000, 1)
			var who []domain.PersonID
			if err := db.Stats().Select(&who, "SELECT id FROM person ORDER BY no"); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for i := range b.N {
				n := domain.Notice{Key: strconv.Itoa(i), At: now, To: who, Body: domain.Say("请上报十二月培训计划")}
				if made, err := db.Promise(b.Context(), []domain.Notice{n}, now); made != 1 || err != nil {
					b.Fatal(made, err)
				}
			}
			b.StopTimer()
			var rows int
			if err := db.Stats().Get(&rows, "SELECT COUNT(*) FROM outbox"); err != nil || rows != 50*b.N {
				b.Fatal(rows, err)
			}
		})
	}
}
