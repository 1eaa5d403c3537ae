package storage_test

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"

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
