package storage_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/domain"
	"trainingbot/storage"
)

func keep(t *testing.T, h *house, c domain.Change) error {
	t.Helper()
	_, err := h.db.Change(context.Background(), storage.Cause{At: now}, func(*storage.Tx) (domain.Change, error) { return c, nil })
	return err
}

func TestProposalComesBackAsItWas(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		p := domain.Proposal{ID: "p1", No: 1, Office: h.office, Kind: "leave", Subject: "s:1", About: h.id("T1"), By: h.id("T1"), For: domain.Supervisor,
			To: []domain.PersonID{h.id("M1")}, Clause: "5.3", Title: "请假", Text: "发烧", Buttons: []domain.Button{{Label: "准", Line: "同意 B1", Style: domain.Primary}},
			Data: domain.ProposalData{Since: domain.NewDate(2026, 11, 24), Points: -2}, State: domain.Proposed, Made: now.Truncate(time.Microsecond), Due: domain.NewDate(2026, 11, 25)}
		if err := keep(t, h, domain.Change{Proposals: []domain.Proposal{p}}); err != nil {
			t.Fatal(err)
		}
		p.Version = 1
		read := func(want domain.Proposal, open int) {
			t.Helper()
			h.view(func(tx *storage.Tx) error {
				got, ok, err := tx.ProposalByNo(1)
				if err != nil || !ok {
					t.Fatal(ok, err)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Error(d)
				}
				all, err := tx.Proposals(h.office)
				if len(all) != open {
					t.Errorf("%d open, want %d", len(all), open)
				}
				return err
			})
		}
		read(p, 1)
		p.State, p.Decider, p.Decided, p.Reason = domain.Accepted, h.id("M1"), now.Add(time.Hour), "好好休息"
		if err := keep(t, h, domain.Change{Proposals: []domain.Proposal{p}}); err != nil {
			t.Fatal(err)
		}
		p.Version = 2
		read(p, 0)
	})
}

func TestPointsAreAppendedOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		e := domain.PointsEntry{ID: "e1", No: 1, Office: h.office, Person: h.id("T1"), Month: domain.Month{Year: 2026, Month: 11}, Points: -2, Clause: "6.2.2",
			Subject: "absent:s1", Reason: "无故缺席", Evidence: "S1", By: h.id("M1"), At: now.Truncate(time.Microsecond)}
		back := e
		back.ID, back.No, back.Points, back.Reverses = "e2", 2, 2, "e1"
		if err := keep(t, h, domain.Change{Points: []domain.PointsEntry{e, back}}); err != nil {
			t.Fatal(err)
		}
		twice := e
		twice.ID, twice.No = "e3", 3
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if _, err := h.db.Change(ctx, storage.Cause{At: now}, func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Points: []domain.PointsEntry{twice}}, nil
		}); err == nil {
			t.Error("one fact was punished twice")
		}
		h.view(func(tx *storage.Tx) error {
			got, err := tx.PointsOf(h.id("T1"), e.Month, e.Month)
			if d := cmp.Diff([]domain.PointsEntry{e, back}, got); d != "" {
				t.Error(d)
			}
			return err
		})
	})
}
