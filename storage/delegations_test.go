package storage_test

import (
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
)

// Who stands in for whom comes with the people, cut to the stay in which the principal holds the role.
func TestStandInsComeWithThePeople(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		lead, deputy := h.people["M1"], h.people["T1"]
		role := lead.Memberships[0].Roles[0]
		d := domain.Delegation{ID: "d1", Office: h.office, Role: role, For: lead.ID, Deputy: deputy.ID, Since: domain.NewDate(2026, 9, 26), Until: domain.NewDate(2026, 10, 2), Reason: "出差", Confirmed: now}
		h.keep(domain.Change{Delegations: []domain.Delegation{d}})
		read := func() (p domain.Person, all []domain.Delegation) {
			err := h.db.View(t.Context(), func(tx *storage.Tx) (err error) {
				if p, err = tx.Person(deputy.ID); err != nil {
					return err
				}
				all, err = tx.Delegations(h.office, domain.NewDate(2026, 10, 1))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return p, all
		}
		p, all := read()
		if len(p.Acting) != 1 || p.Acting[0].For != lead.ID || p.Acting[0].Until != d.Until || !p.Has(h.office, role, domain.NewDate(2026, 9, 26)) || p.Has(h.office, role, domain.NewDate(2026, 10, 3)) {
			t.Fatalf("%+v", p.Acting)
		}
		if len(all) != 1 || all[0].Reason != "出差" || all[0].Version != 1 {
			t.Fatalf("%+v", all)
		}
		all[0].Ended, all[0].EndedBy = now.Add(time.Hour), lead.ID
		h.keep(domain.Change{Delegations: all})
		if p, _ := read(); p.Has(h.office, role, domain.NewDate(2026, 9, 27)) || p.Acting[0].Ended.IsZero() {
			t.Errorf("an ended delegation gives power: %+v", p.Acting)
		}
		for _, q := range []string{
			"UPDATE delegation SET until_on = '2026-09-01'", "UPDATE delegation SET deputy = for_person", "UPDATE delegation SET ended_by = NULL",
		} {
			if _, err := h.db.Stats().Exec(q); err == nil {
				t.Errorf("taken: %s", q)
			}
		}
	})
}

// The newest act of a person is found with what takes it back.
func TestLastActs(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		who := h.people["M1"].ID
		line := func(at time.Time, act string, undo *domain.Undo) domain.Audit {
			return domain.Audit{At: at, Office: h.office, Actor: who, Act: act, Subject: "S1", Text: act, Undo: undo}
		}
		h.keep(domain.Change{Audit: []domain.Audit{line(now, "old", nil)}})
		h.keep(domain.Change{Audit: []domain.Audit{line(now.Add(time.Minute), "first", nil), line(now.Add(time.Minute), "second", &domain.Undo{Plan: 7, Number: 2, After: 3})}})
		err := h.db.View(t.Context(), func(tx *storage.Tx) error {
			acts, err := tx.LastActs(h.office, who, now)
			if err != nil {
				return err
			}
			if len(acts) != 2 || acts[0].Act != "second" || acts[0].Undo == nil || acts[0].Undo.Plan != 7 || acts[1].Undo != nil {
				t.Errorf("%+v", acts)
			}
			if acts, err = tx.LastActs(h.office, who, now.Add(2*time.Minute)); err != nil || len(acts) != 0 {
				t.Errorf("%v %+v", err, acts)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
