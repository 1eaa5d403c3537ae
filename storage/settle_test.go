package storage_test

import (
	"testing"
	"time"

	"trainingbot/domain"
)

// What an outcome tells others is kept with it, and only by the worker whose row it is.
func TestSettleTellsOthersWithTheOutcome(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		h.promise(h.notice("lost", "", "T1"), h.notice("partly", "", "T1", "T2"))
		ds := h.claim("w", now)
		if len(ds) != 2 {
			t.Fatalf("%+v", ds)
		}
		for i, out := range []domain.Outcome{{Fate: domain.Dead, Reason: "60020"}, {Fate: domain.Sent, Receipt: domain.Receipt{Failed: []domain.Missed{{User: "T2"}}}}} {
			out.Told = []domain.Notice{h.notice("undelivered:"+ds[i].ID, "", "M1")}
			slept := ds[i]
			slept.Attempt++
			for _, row := range []struct {
				d    domain.Delivery
				ours bool
			}{{slept, false}, {ds[i], true}, {ds[i], true}} { // the last one asks again because it did not hear the answer
				if ours, err := h.db.Settle(t.Context(), row.d, out, now); ours != row.ours || err != nil {
					t.Fatal(ours, err)
				}
				if n := h.count("SELECT COUNT(*) FROM notice WHERE key LIKE 'undelivered:%'"); n != i && !row.ours || n != i+1 && row.ours {
					t.Fatalf("%d told", n)
				}
			}
		}
		h.wantStates("dead:1 ready:2 sent:1")
		if ds := h.claim("w", now.Add(time.Second)); len(ds) != 2 || ds[0].To[0] != "M1" {
			t.Fatalf("%+v", ds)
		}
	})
}
