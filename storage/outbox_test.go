package storage_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
)

func TestPromiseIsOnce(t *testing.T) {
	each(t, 3, func(t *testing.T, h *house) {
		ns := []domain.Notice{h.notice("n1", "a", "T1", "T2"), h.notice("n2", "b", "T3"), h.notice("n1", "a", "T1", "T2")}
		if made := h.promise(ns...); made != 2 {
			t.Fatalf("made %d", made)
		}
		for range 3 {
			if made := h.promise(ns...); made != 0 {
				t.Fatalf("made %d again", made)
			}
		}
		if made := h.promise(); made != 0 {
			t.Fatal(made)
		}
		h.wantStates("ready:2")
		select {
		case <-h.db.Ready():
		default:
			t.Fatal("nobody was woken")
		}
	})
}

func TestPromiseOfManyReplicas(t *testing.T) {
	each(t, 3, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				var ns []domain.Notice
				for k := range 20 {
					ns = append(ns, h.notice(fmt.Sprint("n", (k+i)%20), fmt.Sprint("t", (k+i)%5), "T1", "T2"))
				}
				if _, err := h.db.Promise(context.Background(), ns, now); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := h.count("SELECT COUNT(*) FROM notice"); n != 20 {
			t.Fatalf("%d notices", n)
		}
		if n := h.count("SELECT COUNT(*) FROM (SELECT thread FROM outbox WHERE state = 'ready' GROUP BY thread HAVING COUNT(*) > 1) x"); n != 0 {
			t.Fatalf("%d threads with several live notices", n)
		}
		if n := h.count("SELECT COUNT(*) FROM outbox WHERE state = 'ready'"); n != 5 {
			t.Fatalf("%d live notices of 5 threads", n)
		}
	})
}

func TestExpansion(t *testing.T) {
	each(t, 45, func(t *testing.T, h *house) {
		// T1 … T30 move to dingtalk alone, T31 loses every handle, T32 has both.
		h.change(storage.Cause{At: now}, func(tx *storage.Tx) (ch domain.Change, err error) {
			for i := range 32 {
				p, _, err := tx.PersonByNo(fmt.Sprint("T", i+1))
				if err != nil {
					return ch, err
				}
				switch {
				case i < 30:
					p.Handles = []domain.Handle{{Platform: "dingtalk", User: p.No}}
				case i == 30:
					p.Handles = []domain.Handle{{Platform: "fax", User: "1"}}
				default:
					p.Handles = append(p.Handles, domain.Handle{Platform: "dingtalk", User: p.No})
				}
				ch.People = append(ch.People, p)
			}
			return ch, nil
		})
		all := h.notice("n", "", slices.Concat(trainees(45), []string{"T1"})...)
		all.To = append(all.To, "somebody-unknown")
		h.promise(all)
		ds := h.claim("w", now)
		var calls []string
		for _, d := range ds {
			calls = append(calls, fmt.Sprint(d.Platform, len(d.To)))
			if !regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(d.ID) {
				t.Errorf("id %q", d.ID)
			}
		}
		slices.Sort(calls)
		if got := strings.Join(calls, " "); got != "dingtalk10 dingtalk20 wecom14" {
			t.Fatalf("calls: %s", got)
		}
		rows, err := h.db.Outbox(t.Context(), storage.OutboxFilter{State: "dead"})
		if err != nil || len(rows) != 2 || rows[0].Reason != "no handle" {
			t.Fatalf("dead: %+v %v", rows, err)
		}
		h.promise(h.card("card", "", "T1", "T40", "T41"))
		if ds = h.claim("w", now); len(ds) != 3 || len(ds[0].To) != 1 {
			t.Fatalf("cards: %+v", ds)
		}
	})
}

func TestClaimGivesEachRowOnce(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		var ns []domain.Notice
		for i := range 300 {
			ns = append(ns, h.notice(fmt.Sprint("n", i), "", "T1"))
		}
		h.promise(ns...)
		var mu sync.Mutex
		seen := map[string]int{}
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for {
					ds, err := h.db.Claim(context.Background(), fmt.Sprint("w", w), now, time.Minute, 7)
					if err != nil {
						t.Error(err)
						return
					}
					if len(ds) == 0 {
						return
					}
					for _, d := range ds {
						ours, err := h.db.Settle(context.Background(), d, domain.Outcome{Fate: domain.Sent}, now)
						if !ours || err != nil {
							t.Errorf("settle: %v %v", ours, err)
						}
						mu.Lock()
						seen[d.ID]++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		if len(seen) != 300 {
			t.Fatalf("%d rows", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s claimed %d times", id, n)
			}
		}
		h.wantStates("sent:300")
	})
}

func TestLeaseAndFence(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.promise(h.notice("n", "", "T1"))
		slow := h.claim("slow", now)[0]
		if holds, err := h.db.Holds(t.Context(), slow, now.Add(59*time.Second)); !holds || err != nil {
			t.Fatal(holds, err)
		}
		if ds := h.claim("fast", now.Add(59*time.Second)); len(ds) != 0 {
			t.Fatal("a leased row was given away")
		}
		fast := h.claim("fast", now.Add(time.Minute))[0]
		if fast.Attempt != 2 || fast.ID != slow.ID {
			t.Fatalf("%+v", fast)
		}
		if holds, err := h.db.Holds(t.Context(), slow, now.Add(time.Minute)); holds || err != nil {
			t.Fatal("the slow one still holds it", err)
		}
		if h.sent(slow, now.Add(time.Minute)) {
			t.Fatal("a stale worker settled")
		}
		if ours, err := h.db.Settle(t.Context(), fast, domain.Outcome{Fate: domain.Again, RetryAt: now.Add(5 * time.Minute), Reason: "busy"}, now); !ours || err != nil {
			t.Fatal(ours, err)
		}
		if h.sent(fast, now) {
			t.Fatal("settled twice")
		}
		if ds := h.claim("w", now.Add(4*time.Minute)); len(ds) != 0 {
			t.Fatal("too early")
		}
		third := h.claim("w", now.Add(5*time.Minute))[0]
		if third.Attempt != 3 {
			t.Fatalf("attempt %d", third.Attempt)
		}
		if !h.sent(third, now) {
			t.Fatal("not ours")
		}
		rows, _ := h.db.Outbox(t.Context(), storage.OutboxFilter{Platform: "wecom", State: "sent", Office: h.office})
		if len(rows) != 1 || rows[0].Receipt.ID != third.ID || rows[0].Receipt.MessageID != "m-"+third.ID || !rows[0].Settled.Equal(now) {
			t.Fatalf("%+v", rows)
		}
		if _, err := h.db.Settle(t.Context(), third, domain.Outcome{Fate: "lost"}, now); err == nil {
			t.Fatal("an unknown fate")
		}
	})
}

func TestExpiredRowsAreNotSent(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		var ns []domain.Notice
		for i := range 10 {
			n := h.notice(fmt.Sprint("n", i), "", "T1")
			n.Expires = now.Add(time.Duration(i-4) * time.Minute)
			ns = append(ns, n)
		}
		h.promise(ns...)
		ds, err := h.db.Claim(t.Context(), "w", now.Add(time.Second), time.Minute, 3)
		if err != nil || len(ds) == 0 {
			t.Fatal("expired rows hid the others", err)
		}
		for range 3 {
			h.claim("w", now.Add(time.Second))
		}
		h.wantStates("expired:5 leased:5")
	})
}

// A row that a worker holds while its thread ends is not sent again when the try fails; a card of
// which nobody knows whether it got out is, so that it can be brought up to date.
// What a newer notice replaced is not asked for again when its worker dies: there is nothing to
// bring up to date.
// Whatever the order in which a settlement and the settling of a sent card commit, the card is
// brought up to date exactly once.
func TestPushAnswer(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		push := func(m string) {
			t.Helper()
			if err := h.db.PushAnswer(t.Context(), domain.MessageID("wecom:"+m), h.handle("T1"), domain.Receipt{}, now); err != nil {
				t.Fatal(err)
			}
		}
		answer := func(text string) func(*storage.Tx) (domain.Change, error) {
			return func(*storage.Tx) (domain.Change, error) {
				return domain.Change{Reply: domain.Answer{Body: domain.Say(text)}}, nil
			}
		}
		push("unknown")
		h.change(h.by("T1", "silent"), answer(""))
		push("silent")
		h.wantStates("")
		h.change(h.by("T1", "m"), answer("好"))
		push("m")
		push("m")
		h.wantStates("ready:1")
		h.change(h.by("T1", "m"), answer("不会问到"))
		h.wantStates("withdrawn:1")
		push("m") // that redelivery came too late as well
		h.wantStates("ready:1")
		h.change(h.by("T1", "m"), answer("不会问到"))
		h.wantStates("withdrawn:1")
		h.change(h.by("T1", "m2"), answer("再见"))
		push("m2")
		d := h.claim("w", now)
		if len(d) != 1 || d[0].Body.Text != "再见" || d[0].To[0] != "T1" || d[0].Key != "answer:wecom:m2" || d[0].Office != h.office {
			t.Fatalf("%+v", d)
		}
		h.change(h.by("T1", "m2"), answer("")) // with a worker: it goes out
		if !h.sent(d[0], now) {
			t.Fatal("not ours")
		}
	})
}

// A press whose answer came too late leaves no live card: it is brought up to date with the token the
// press brought, unless the press comes again and is answered.
func TestPushAnswerOfAPress(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.promise(h.card("plan", "th", "T1"))
		card := h.claim("w", now)[0]
		h.sent(card, now)
		cause := h.by("T1", "press")
		cause.Pressed = card.ID
		press := func() {
			h.change(cause, func(*storage.Tx) (domain.Change, error) {
				settled := domain.Card{Title: "计划", Settled: "已同意"}
				return domain.Change{Closed: []domain.Settlement{{Thread: "th", Card: &settled}}, Reply: domain.Answer{Settle: &settled}}, nil
			})
		}
		push := func(token string) {
			t.Helper()
			if err := h.db.PushAnswer(t.Context(), cause.Message, h.handle("T1"), domain.Receipt{ID: card.ID, UpdateToken: token}, now); err != nil {
				t.Fatal(err)
			}
		}
		press()
		push("") // without a token nothing can be done
		h.wantStates("sent:1")
		push("fresh")
		h.wantStates("ready:1 sent:1")
		press()
		h.wantStates("sent:1 withdrawn:1")
		push("fresh")
		d := h.claim("w", now)
		if len(d) != 1 || d[0].Update == nil || d[0].Update.ID != card.ID || d[0].Update.UpdateToken != "fresh" || d[0].To[0] != "T1" || d[0].Body.Card.Settled != "已同意" {
			t.Fatalf("%+v", d)
		}
	})
}

func TestLastNotice(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		last := func(no string) (n domain.Notice, at time.Time, ok bool) {
			h.view(func(tx *storage.Tx) (err error) {
				n, at, ok, err = tx.LastNotice(h.id(no))
				return err
			})
			return n, at, ok
		}
		if _, _, ok := last("T1"); ok {
			t.Fatal("told of something never sent")
		}
		first, second := h.notice("first", "", "T1", "T2"), h.notice("second", "", "T1")
		h.promise(first)
		h.sent(h.claim("w", now)[0], now)
		h.promise(second)
		h.sent(h.claim("w", now)[0], now.Add(time.Minute))
		n, at, ok := last("T1")
		first.To, second.To = nil, nil
		same1(t, second)(n, nil)
		if !ok || !at.Equal(now.Add(time.Minute)) {
			t.Fatal(ok, at)
		}
		n, _, _ = last("T2")
		same1(t, first)(n, nil)
		if _, _, ok := last("D1"); ok {
			t.Fatal("not told")
		}
	})
}

func TestOutboxByHand(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		h.promise(h.notice("n1", "", "T1"), h.notice("n2", "", "T2"), h.notice("n3", "", "T1"))
		ds := h.claim("w", now)
		h.db.Settle(t.Context(), ds[0], domain.Outcome{Fate: domain.Dead, Reason: "60020"}, now)
		h.db.Settle(t.Context(), ds[1], domain.Outcome{Fate: domain.Again, RetryAt: now.Add(time.Hour)}, now)
		b, err := h.db.Backlog(t.Context(), now.Add(2*time.Hour))
		if err != nil || b != (storage.Backlog{Ready: 1, Leased: 1, Dead: 1, Oldest: now.Add(time.Hour)}) {
			t.Fatalf("%+v %v", b, err)
		}
		if b, _ = h.db.Backlog(t.Context(), now); b.Ready != 0 || !b.Oldest.IsZero() {
			t.Fatalf("%+v", b)
		}
		ctx := t.Context()
		if err := errors.Join(h.db.Retry(ctx, ds[0].ID, now), h.db.Retry(ctx, ds[0].ID, now), h.db.Cancel(ctx, ds[1].ID, now), h.db.Cancel(ctx, ds[1].ID, now)); err != nil {
			t.Fatal(err)
		}
		if err := h.db.Retry(ctx, "nothing", now); !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
		if err := h.db.Cancel(ctx, "nothing", now); !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
		if err := h.db.Retry(ctx, ds[2].ID, now); !errors.Is(err, storage.ErrState) {
			t.Fatal(err)
		}
		if err := h.db.Cancel(ctx, ds[2].ID, now); !errors.Is(err, storage.ErrState) {
			t.Fatal(err)
		}
		again := h.claim("w", now)
		if len(again) != 1 || again[0].ID != ds[0].ID || again[0].Attempt != 2 {
			t.Fatalf("%+v", again)
		}
	})
}

func TestBlamelessTriesAreCountedApart(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		h.promise(h.notice("k", "k", "T1"))
		at := now
		for try, o := range []domain.Outcome{{Fate: domain.Again, Blameless: true}, {Fate: domain.Again}, {Fate: domain.Again, Blameless: true, Told: []domain.Notice{}}, {Fate: domain.Sent}} {
			ds := h.claim("w", at)
			if want := []int{0, 1, 1, 2}[try]; len(ds) != 1 || ds[0].Attempt != try+1 || ds[0].Waits != want {
				t.Fatalf("try %d: %+v", try+1, ds)
			}
			at = at.Add(time.Minute)
			o.RetryAt = at
			if ours, err := h.db.Settle(t.Context(), ds[0], o, at); err != nil || !ours {
				t.Fatal(ours, err)
			}
		}
	})
}

func TestRetryFindsANewHandle(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		edit := func(hs ...domain.Handle) {
			h.change(storage.Cause{At: now}, func(tx *storage.Tx) (domain.Change, error) {
				p, err := tx.Person(h.id("T1"))
				p.Handles = hs
				return domain.Change{People: []domain.Person{p}}, err
			})
		}
		edit()
		h.promise(h.notice("n", "", "T1"))
		rows, _ := h.db.Outbox(t.Context(), storage.OutboxFilter{})
		if err := h.db.Retry(t.Context(), rows[0].ID, now); !errors.Is(err, storage.ErrState) {
			t.Fatal(err)
		}
		edit(domain.Handle{Platform: "dingtalk", User: "dt1"})
		if err := h.db.Retry(t.Context(), rows[0].ID, now); err != nil {
			t.Fatal(err)
		}
		if ds := h.claim("w", now); len(ds) != 1 || ds[0].Platform != "dingtalk" || ds[0].To[0] != "dt1" {
			t.Fatalf("%+v", ds)
		}
	})
}

func TestTickAndPrune(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		ctx := t.Context()
		if last, err := h.db.LastTick(ctx, "plan"); err != nil || !last.IsZero() {
			t.Fatal(last, err)
		}
		for _, s := range []int{0, 30, 59} {
			if err := h.db.Tick(ctx, "plan", now.Add(time.Duration(s)*time.Second)); err != nil {
				t.Fatal(err)
			}
		}
		if last, _ := h.db.LastTick(ctx, "plan"); !last.Equal(now) {
			t.Fatal(last)
		}
		h.db.Tick(ctx, "plan", now.Add(time.Minute))
		if last, _ := h.db.LastTick(ctx, "plan"); !last.Equal(now.Add(time.Minute)) {
			t.Fatal(last)
		}
		var ns []domain.Notice
		for i := range 1500 {
			ns = append(ns, h.notice(fmt.Sprint("n", i), "", "T1"))
		}
		h.promise(ns...)
		ds, err := h.db.Claim(ctx, "w", now, time.Minute, 1200)
		if err != nil {
			t.Fatal(err)
		}
		for i, d := range ds {
			fate := domain.Sent
			if i == 0 {
				fate = domain.Dead
			}
			if ours, err := h.db.Settle(ctx, d, domain.Outcome{Fate: fate}, now); !ours || err != nil {
				t.Fatal(ours, err)
			}
		}
		h.change(h.by("T1", "old"), func(*storage.Tx) (domain.Change, error) { return domain.Change{}, nil })
		if n, err := h.db.Prune(ctx, now); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if n, err := h.db.Prune(ctx, now.Add(time.Second)); n != 1200 || err != nil {
			t.Fatal(n, err)
		}
		h.wantStates("dead:1 ready:300")
		if made := h.promise(ns...); made != 0 {
			t.Fatal("a pruned notice was promised again")
		}
	})
}

func TestFacts(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		p := plan(h, "p", 1, domain.Superseded, domain.Approved)
		p.Versions[1].DecidedAt = now
		far := plan(h, "far", 2, domain.Draft)
		far.Period = domain.AnnualPeriod(2030)
		h.keep(domain.Change{Plans: []domain.Plan{p, far}, Settled: []domain.Matter{{Office: h.office, Kind: domain.FireAssessment, Subject: "2026"}}})
		x := h.open("T1")
		x.ArrangedAt = now
		f, err := h.db.Facts(t.Context(), h.office, now.Add(-time.Hour), now)
		if err != nil {
			t.Fatal(err)
		}
		want := domain.Facts{Office: domain.Office{ID: h.office, Name: "万科城", Since: domain.DateOf(now)}, Plans: []domain.PlanFact{p.Fact()},
			Sessions: []domain.SessionFact{{ID: x.ID, No: x.No, Start: x.Start, End: x.End, Title: x.Title(), Room: x.Room, Lecturer: x.Lecturer, To: x.Roster, State: x.State, Of: x, Present: []domain.Attendance{}}},
			Settled:  []domain.Matter{{Office: h.office, Kind: domain.FireAssessment, Subject: "2026"}}}
		want.Staff = f.Staff
		same1(t, want)(f, nil)
		if len(f.Staff) != 4 || f.Staff[0].No != "D1" || f.Staff[3].No != "T2" {
			t.Fatalf("%+v", f.Staff)
		}
		if _, err := h.db.Facts(t.Context(), "nowhere", now, now); !errors.Is(err, storage.ErrNotFound) {
			t.Fatal(err)
		}
		if os, err := h.db.Offices(t.Context()); err != nil || len(os) != 1 {
			t.Fatal(os, err)
		}
	})
}
