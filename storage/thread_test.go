package storage_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
)

func TestThreadHasOneLiveNotice(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		first, second, late := h.notice("first", "th", "T1"), h.notice("second", "th", "T1"), h.notice("late", "th", "T1")
		second.At, late.At = now.Add(time.Hour), now.Add(-time.Hour)
		h.promise(first)
		h.promise(second)
		h.wantStates("ready:1 replaced:1")
		if made := h.promise(late); made != 1 { // known from now on, told to nobody
			t.Fatal(made)
		}
		h.wantStates("ready:1 replaced:1")
		ds := h.claim("w", now.Add(time.Hour))
		if len(ds) != 1 || ds[0].Body.Text != "请上报 second" {
			t.Fatalf("%+v", ds)
		}
		// A newer one while a worker has the old one: the old one may still get out, but is not retried.
		third := h.notice("third", "th", "T1")
		third.At = now.Add(2 * time.Hour)
		h.promise(third)
		if holds, err := h.db.Holds(t.Context(), ds[0], now.Add(time.Hour)); holds || err != nil {
			t.Fatalf("still wanted: %v %v", holds, err)
		}
		if ours, err := h.db.Settle(t.Context(), ds[0], domain.Outcome{Fate: domain.Again, RetryAt: now.Add(2 * time.Hour)}, now); !ours || err != nil {
			t.Fatal(ours, err)
		}
		h.wantStates("ready:1 replaced:1 withdrawn:1")
	})
}

func TestThreadEnds(t *testing.T) {
	settled := domain.Card{Title: "计划", Settled: "已由何敏同意"}
	each(t, 3, func(t *testing.T, h *house) {
		h.promise(h.card("approve", "th", "T1", "T2", "T3", "D1"), h.notice("other", "", "T1"))
		ds := h.claim("w", now)
		byUser := map[string]domain.Delivery{}
		for _, d := range ds {
			byUser[d.To[0]+d.Key[:2]] = d
		}
		pressed, out, underway := byUser["D1ap"], byUser["T1ap"], byUser["T2ap"]
		h.sent(pressed, now)
		h.sent(out, now)
		if ours, _ := h.db.Settle(t.Context(), byUser["T3ap"], domain.Outcome{Fate: domain.Again, RetryAt: now}, now); !ours {
			t.Fatal("not ours")
		}
		c := h.by("D1", "approve")
		c.Pressed = pressed.ID
		h.change(c, func(*storage.Tx) (domain.Change, error) {
			return domain.Change{Closed: []domain.Settlement{{Thread: "th", Card: &settled}}}, nil
		})
		// T3's was waiting and is withdrawn; T2's is with a worker; T1's is brought up to date.
		h.wantStates("leased:2 ready:1 sent:2 withdrawn:1")
		if holds, _ := h.db.Holds(t.Context(), underway, now); holds {
			t.Fatal("its thread ended")
		}
		up := h.claim("w2", now)
		if len(up) != 1 || up[0].Key != "update:"+out.ID+":1" || up[0].Update == nil || up[0].Update.UpdateToken != "t-"+out.ID || up[0].Update.ID != out.ID ||
			up[0].Body.Card.Settled != settled.Settled || up[0].To[0] != "T1" || up[0].Office != h.office {
			t.Fatalf("%+v", up)
		}
		h.sent(up[0], now)
		// It got out all the same: its update follows.
		if !h.sent(underway, now) {
			t.Fatal("not ours")
		}
		up = h.claim("w2", now)
		if len(up) != 1 || up[0].Key != "update:"+underway.ID+":1" || up[0].Update.UpdateToken != "t-"+underway.ID {
			t.Fatalf("%+v", up)
		}
		if ours, _ := h.db.Settle(t.Context(), up[0], domain.Outcome{Fate: domain.Moot, Reason: "token died"}, now); !ours {
			t.Fatal("not ours")
		}
		rows, _ := h.db.Outbox(t.Context(), storage.OutboxFilter{})
		for _, r := range rows {
			if r.ID == pressed.ID && r.Receipt.UpdateToken != "" {
				t.Fatal("the pressed card's token was kept")
			}
		}
		// Ended once more with other words: the newest update wins.
		for _, words := range []string{"一", "二"} {
			again := domain.Card{Title: "计划", Settled: words}
			h.keep(domain.Change{Closed: []domain.Settlement{{Thread: "th", Card: &again}}})
		}
		up = h.claim("w2", now)
		if len(up) != 3 || up[0].Body.Card.Settled != "二" {
			t.Fatalf("%+v", up)
		}
	})
}

func TestThreadEndsUnderAWorker(t *testing.T) {
	for _, tc := range []struct {
		name   string
		settle func(h *house, d domain.Delivery)
		want   string
	}{
		{"failed for now", func(h *house, d domain.Delivery) {
			h.db.Settle(h.t.Context(), d, domain.Outcome{Fate: domain.Again, RetryAt: now}, now)
		}, "withdrawn:1"},
		{"failed for good", func(h *house, d domain.Delivery) {
			h.db.Settle(h.t.Context(), d, domain.Outcome{Fate: domain.Dead, Reason: "x"}, now)
		}, "dead:1"},
		{"worker died", func(h *house, d domain.Delivery) {
			// The card may be out: the same request again tells, and brings what its update needs.
			ds := h.claim("other", now.Add(time.Hour))
			if len(ds) != 1 || ds[0].ID != d.ID {
				h.t.Fatalf("%+v", ds)
			}
			if holds, err := h.db.Holds(h.t.Context(), ds[0], now.Add(time.Hour)); !holds || err != nil {
				h.t.Fatal(holds, err)
			}
			h.sent(ds[0], now)
		}, "ready:1 sent:1"},
		{"worker died twice", func(h *house, d domain.Delivery) {
			h.claim("other", now.Add(time.Hour))
			if ds := h.claim("third", now.Add(2*time.Hour)); len(ds) != 1 || ds[0].ID != d.ID {
				h.t.Fatalf("%+v", ds)
			}
		}, "leased:1"},
		{"sent", func(h *house, d domain.Delivery) { h.sent(d, now) }, "ready:1 sent:1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			each(t, 1, func(t *testing.T, h *house) {
				h.promise(h.card("n", "th", "T1"))
				d := h.claim("w", now)[0]
				h.keep(domain.Change{Closed: []domain.Settlement{{Thread: "th", Card: &domain.Card{Settled: "完"}}, {Thread: ""}}})
				tc.settle(h, d)
				h.wantStates(tc.want)
			})
		})
	}
}

func TestReplacedUnderAWorkerThatDies(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.promise(h.card("old", "th", "T1"))
		h.claim("w", now)
		newer := h.card("newer", "th", "T1")
		newer.At = now.Add(time.Second)
		h.promise(newer)
		if ds := h.claim("other", now.Add(time.Hour)); len(ds) != 1 || ds[0].Body.Text != "请上报 newer" {
			t.Fatalf("%+v", ds)
		}
		h.wantStates("leased:1 withdrawn:1")
	})
}

func TestThreadEndsWhileACardIsSettled(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		for i := range 20 {
			th := fmt.Sprint("th", i)
			h.promise(h.card("n"+th, th, "T1"))
			d := h.claim("w", now)[0]
			var wg sync.WaitGroup
			wg.Go(func() {
				if ours, err := h.db.Settle(context.Background(), d, domain.Outcome{Fate: domain.Sent, Receipt: domain.Receipt{UpdateToken: "t"}}, now); !ours || err != nil {
					t.Error(ours, err)
				}
			})
			wg.Go(func() {
				_, err := h.db.Change(context.Background(), storage.Cause{At: now}, func(*storage.Tx) (domain.Change, error) {
					return domain.Change{Closed: []domain.Settlement{{Thread: th, Card: &domain.Card{Settled: "完"}}}}, nil
				})
				if err != nil {
					t.Error(err)
				}
			})
			wg.Wait()
			up := h.claim("w", now)
			if len(up) != 1 || up[0].Update == nil {
				t.Fatalf("round %d: %+v", i, up)
			}
			h.sent(up[0], now)
		}
	})
}
