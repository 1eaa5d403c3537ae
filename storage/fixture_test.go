package storage_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// now is Monday 23 November 2026, 09:05 in Shanghai.
var now = time.Date(2026, 11, 23, 1, 5, 0, 123456000, time.UTC)

// house is an office with its people on a fresh database.
type house struct {
	t      *testing.T
	db     *storage.DB
	office domain.OfficeID
	people map[string]domain.Person // by number
}

func each(t *testing.T, trainees int, test func(t *testing.T, h *house)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, db *storage.DB) { test(t, settle(t, db, trainees)) })
}

// settle moves people into an empty database: supervisor M1, director D1, trainees T1 … Tn.
func settle(t *testing.T, db *storage.DB, trainees int) *house {
	t.Helper()
	rows := []storage.StaffRow{staffRow("M1", "周国平", domain.Supervisor), staffRow("D1", "何敏", domain.Director)}
	for i := range trainees {
		rows = append(rows, staffRow("T"+strconv.Itoa(i+1), "学员"+strconv.Itoa(i+1), domain.Trainee))
	}
	if _, err := db.ImportStaff(t.Context(), rows, now); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, people: map[string]domain.Person{}}
	h.view(func(tx *storage.Tx) error {
		offices, err := tx.Offices()
		if err != nil {
			return err
		}
		h.office = offices[0].ID
		staff, err := tx.Staff(h.office)
		for _, p := range staff {
			h.people[p.No] = p
		}
		return err
	})
	return h
}

func staffRow(no, name string, roles ...domain.Role) storage.StaffRow {
	return storage.StaffRow{No: no, Name: name, Office: "万科城", Roles: roles, Since: domain.NewDate(2026, 1, 5),
		Handles: []domain.Handle{{Platform: "wecom", User: no}}, Shift: "早班"}
}

func (h *house) view(read func(*storage.Tx) error) {
	h.t.Helper()
	if err := h.db.View(h.t.Context(), read); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) id(no string) domain.PersonID {
	h.t.Helper()
	p, ok := h.people[no]
	if !ok {
		h.t.Fatalf("nobody has the number %s", no)
	}
	return p.ID
}

func (h *house) handle(no string) domain.Handle { return domain.Handle{Platform: "wecom", User: no} }

// by makes a cause: person no sends message m.
func (h *house) by(no, m string) storage.Cause {
	return storage.Cause{Message: domain.MessageID("wecom:" + m), From: h.handle(no), At: now}
}

// change keeps what decide says and fails the test when that is not possible.
func (h *house) change(c storage.Cause, decide func(*storage.Tx) (domain.Change, error)) domain.Answer {
	h.t.Helper()
	a, err := h.db.Change(h.t.Context(), c, decide)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// keep keeps a change as it is, without a message.
func (h *house) keep(ch domain.Change) {
	h.t.Helper()
	h.change(storage.Cause{At: now}, func(*storage.Tx) (domain.Change, error) { return ch, nil })
}

// open makes an open session that expects the given people.
func (h *house) open(expect ...string) domain.Session {
	h.t.Helper()
	roster := []domain.PersonID{}
	for _, no := range expect {
		roster = append(roster, h.id(no))
	}
	var x domain.Session
	h.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
		no, err := tx.NextNo("session")
		x = domain.Session{ID: domain.SessionID(tx.NewID()), No: no, Office: h.office, Topics: []string{"消防演练"}, Source: "4.2.1", Lecturer: h.id("M1"),
			Start: now.Add(-5 * time.Minute), End: now.Add(time.Hour), Room: "一楼会议室", State: domain.Open, Roster: roster, Secret: []byte{1, 0, 255}, OpenedAt: now.Add(-10 * time.Minute)}
		return domain.Change{Sessions: []domain.Session{x}, Audit: []domain.Audit{h.audit("session.open", x.Code())}}, err
	})
	x.Version = 1
	return x
}

func (h *house) audit(act, subject string) domain.Audit {
	return domain.Audit{At: now, Office: h.office, Actor: h.id("M1"), Act: act, Subject: subject, Clause: "5.3", Text: act + " " + subject}
}

// present decides a check-in the way the rules do: once, at an open session on whose roster the
// person stands.
func (h *house) present(x domain.SessionID, m domain.MessageID) func(domain.Roll) (domain.Change, error) {
	return func(r domain.Roll) (domain.Change, error) {
		if r.By.ID == "" {
			return domain.Change{}, domain.Refuse(domain.NotFound, "", "请先绑定。")
		}
		for _, a := range r.Present {
			if a.Session == x {
				return domain.Change{}, domain.Refuse(domain.Conflict, "5.3", "您已经签到过了。")
			}
		}
		for _, s := range r.Sessions {
			if s.ID != x {
				continue
			}
			if s.State != domain.Open {
				return domain.Change{}, domain.Refuse(domain.TooLate, "5.3", "已关课。")
			}
			return domain.Change{
				Attendance: []domain.Attendance{{Session: x, Person: r.By.ID, At: now, Late: 5, Way: domain.ByCode, Message: m}},
				Audit:      []domain.Audit{{At: now, Office: s.Office, Actor: r.By.ID, Act: "check_in", Subject: s.Code(), Clause: "5.3", Text: "签到成功"}},
				Reply:      domain.Answer{Body: domain.Say("签到成功，" + r.By.Name)},
			}, nil
		}
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.3", "现在没有可以签到的培训。")
	}
}

func (h *house) checkIn(x domain.SessionID, c storage.Cause) (domain.Answer, error) {
	return h.db.CheckIn(h.t.Context(), c, h.present(x, c.Message))
}

func (h *house) attendance(x domain.SessionID) (out []domain.Attendance) {
	h.t.Helper()
	h.view(func(tx *storage.Tx) (err error) {
		out, err = tx.Attendance(x)
		return err
	})
	return out
}

func (h *house) auditTrail() (out []domain.Audit) {
	h.t.Helper()
	h.view(func(tx *storage.Tx) (err error) {
		out, err = tx.AuditTrail(h.office, 10000)
		return err
	})
	return out
}

// count asks the database for a number, past the storage.
func (h *house) count(query string, args ...any) (n int) {
	h.t.Helper()
	if err := h.db.Stats().Get(&n, query, args...); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) notice(key, thread string, to ...string) domain.Notice {
	n := domain.Notice{Key: key, Thread: thread, Office: h.office, Kind: domain.MonthlyPlanDue, Stage: "ahead", Clause: "5.1.2", At: now, Deadline: domain.NewDate(2026, 11, 25),
		Body: domain.Say("请上报 " + key), Why: "因为 " + key}
	for _, no := range to {
		n.To = append(n.To, h.id(no))
	}
	return n
}

// card makes a notice with buttons.
func (h *house) card(key, thread string, to ...string) domain.Notice {
	n := h.notice(key, thread, to...)
	n.Body.Card = &domain.Card{Title: key, Facts: []domain.Fact{{Label: "截止", Value: "11-30"}}, Buttons: []domain.Button{{Label: "同意", Line: "同意 P1 v1", Style: domain.Primary}}}
	return n
}

func (h *house) promise(ns ...domain.Notice) int {
	h.t.Helper()
	made, err := h.db.Promise(h.t.Context(), ns, now)
	if err != nil {
		h.t.Fatal(err)
	}
	return made
}

func (h *house) claim(owner string, at time.Time) []domain.Delivery {
	h.t.Helper()
	ds, err := h.db.Claim(h.t.Context(), owner, at, time.Minute, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return ds
}

func (h *house) sent(d domain.Delivery, at time.Time) bool {
	h.t.Helper()
	ours, err := h.db.Settle(h.t.Context(), d, domain.Outcome{Fate: domain.Sent, Receipt: domain.Receipt{MessageID: "m-" + d.ID, UpdateToken: "t-" + d.ID, Expires: at.Add(72 * time.Hour)}}, at)
	if err != nil {
		h.t.Fatal(err)
	}
	return ours
}

func (h *house) states() map[string]int {
	h.t.Helper()
	rows, err := h.db.Outbox(context.Background(), storage.OutboxFilter{Limit: 100000})
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]int{}
	for _, r := range rows {
		out[r.State]++
	}
	return out
}

func (h *house) wantStates(want string) {
	h.t.Helper()
	if got := fmt.Sprint(h.states()); got != "map["+want+"]" {
		h.t.Fatalf("outbox states: got %s, want map[%s]", got, want)
	}
}
