package storage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
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

// People the platform had no room for are sent to again, they alone, and once for each outcome written.
func TestSettleSendsToTheRest(t *testing.T) {
	each(t, 3, func(t *testing.T, h *house) {
		h.promise(h.notice("n", "", "T1", "T2", "T3"))
		ds := h.claim("w", now)
		if len(ds) != 1 {
			t.Fatalf("%+v", ds)
		}
		out := domain.Outcome{Fate: domain.Sent, Receipt: domain.Receipt{Rest: []string{"T2", "T3"}}, RetryAt: now.Add(time.Minute)}
		for range 2 { // the second did not hear that the first was written
			if ours, err := h.db.Settle(t.Context(), ds[0], out, now); !ours || err != nil {
				t.Fatal(ours, err)
			}
		}
		if early := h.claim("w", now.Add(30*time.Second)); len(early) != 0 {
			t.Fatalf("before its time: %+v", early)
		}
		rest := h.claim("w", now.Add(time.Minute))
		if len(rest) != 1 || !slices.Equal(rest[0].To, []string{"T2", "T3"}) || rest[0].Body.Text != ds[0].Body.Text || rest[0].ID == ds[0].ID || rest[0].Attempt != 2 {
			t.Fatalf("%+v", rest)
		}
		if n := h.count("SELECT COUNT(*) FROM outbox WHERE receipt IS NOT NULL AND CAST(receipt AS TEXT) LIKE '%Rest%'"); n != 0 {
			t.Error("the receipt says that somebody is left")
		}
		h.wantStates("leased:1 sent:1")
	})
}

// Somebody with accounts on two platforms hears an answer where they asked, anything else on their first.
func TestNoticeGoesWhereItsReaderSpoke(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		h.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
			p, err := tx.Person(h.id("T1"))
			p.Handles = append(p.Handles, domain.Handle{Platform: "dingtalk", User: "dt1"})
			return domain.Change{People: []domain.Person{p}}, err
		})
		for i, row := range []struct {
			via, card bool
			want      string
		}{{false, false, "wecom"}, {true, false, "dingtalk"}, {true, true, "dingtalk"}} {
			n := h.notice(fmt.Sprint("n", i), "", "T1", "T2")
			if row.card {
				n = h.card(fmt.Sprint("n", i), "", "T1", "T2")
			}
			if row.via {
				n.Via = "dingtalk"
			}
			h.promise(n)
			got := map[string]string{}
			for _, d := range h.claim("w", now) {
				for _, user := range d.To {
					got[user] = d.Platform
				}
			}
			one := got["dt1"] + got["T1"]
			if one != row.want || got["T2"] != "wecom" || len(got) != 2 {
				t.Errorf("%+v: %v", row, got)
			}
		}
	})
}
