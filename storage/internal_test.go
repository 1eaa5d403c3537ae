package storage

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"pgregory.net/rapid"

	"trainingbot/domain"
)

func TestTransient(t *testing.T) {
	again := []error{
		&pq.Error{Code: "40001"}, &pq.Error{Code: "40P01"}, &pq.Error{Code: "57P01"}, &pq.Error{Code: "57P02"}, &pq.Error{Code: "57P03"}, &pq.Error{Code: "53300"},
		&pq.Error{Code: "55P03"}, &pq.Error{Code: "25006"}, &pq.Error{Code: "08006"}, &pq.Error{Code: "08001"}, &pq.Error{Code: "57014"},
		driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNREFUSED, syscall.ECONNRESET, net.ErrClosed, &net.OpError{Op: "dial", Err: errors.New("x")},
	}
	for _, err := range again {
		if !transient(err) || !transient(fmt.Errorf("storage: x: %w", err)) {
			t.Errorf("%v (%T) would not be tried again", err, err)
		}
	}
	for _, err := range []error{nil, &pq.Error{Code: "23505"}, &pq.Error{Code: "23514"}, &pq.Error{Code: "42P01"}, &pq.Error{Code: "53100"}, &pq.Error{Code: "22021"},
		context.Canceled, context.DeadlineExceeded, errStale, errClosed, ErrNotFound, errors.New("x"), domain.Refuse(domain.Invalid, "", "x")} {
		if transient(err) {
			t.Errorf("%v (%T) would be tried again", err, err)
		}
	}
	if !duplicate(fmt.Errorf("x: %w", &pq.Error{Code: "23505"})) || duplicate(&pq.Error{Code: "23503"}) {
		t.Error("duplicate")
	}
}

// Every reader is told once, on their first platform, in the fewest calls; each card goes alone.
func TestExpansionLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := expansion{handles: map[domain.PersonID][]domain.Handle{}, now: time.Unix(0, 0).UTC()}
		ids := 0
		e.newID = func() string { ids++; return fmt.Sprint("id", ids) }
		for i := range rapid.IntRange(1, 3).Draw(t, "platforms") {
			e.platforms = append(e.platforms, Platform{Name: fmt.Sprint("p", i), Limit: rapid.IntRange(0, 5).Draw(t, "limit")})
		}
		n := domain.Notice{Key: "k", Thread: "th", Body: domain.Say("x")}
		if rapid.Bool().Draw(t, "card") {
			n.Body.Card = &domain.Card{Buttons: []domain.Button{{Label: "好"}}}
		}
		want := map[string]int{} // people a platform reaches
		for i := range rapid.IntRange(0, 30).Draw(t, "people") {
			id := domain.PersonID(fmt.Sprint("u", i))
			n.To = append(n.To, id)
			if p := rapid.IntRange(-1, len(e.platforms)-1).Draw(t, "platform"); p >= 0 {
				e.handles[id] = []domain.Handle{{Platform: e.platforms[p].Name, User: string(id)}}
				want[e.platforms[p].Name]++
			} else {
				want[""]++
			}
		}
		to := slices.Concat(n.To, n.To) // named twice
		n.To = to
		told, calls, keys := map[string]int{}, map[string]int{}, map[string]bool{}
		for _, r := range e.rows(n) {
			if keys[r.Key] || r.ID == "" || r.Thread != "th" || r.Notice != "k" {
				t.Fatalf("row %+v", r)
			}
			keys[r.Key] = true
			calls[r.Platform]++
			if r.Platform == "" {
				if r.State != "dead" || r.Reason != noHandle || r.Person == "" || len(r.Recipients) != 0 || r.Settled.IsZero() {
					t.Fatalf("unreachable: %+v", r)
				}
				continue
			}
			if r.Buttons != hasButtons(n.Body) || (r.Buttons && len(r.Recipients) != 1) || r.State != "ready" {
				t.Fatalf("row %+v", r)
			}
			for _, u := range r.Recipients {
				if told[u]++; told[u] > 1 || e.handles[domain.PersonID(u)][0].Platform != r.Platform {
					t.Fatalf("%s on %s", u, r.Platform)
				}
			}
		}
		for _, p := range append(e.platforms, Platform{Limit: 1}) {
			limit := max(1, p.Limit)
			if hasButtons(n.Body) {
				limit = 1
			}
			if got := calls[p.Name]; got != (want[p.Name]+limit-1)/limit {
				t.Fatalf("%q: %d calls for %d people at %d each", p.Name, got, want[p.Name], limit)
			}
		}
	})
}

// The two halves of a rate limit never let more through than the limit, in any window.
func TestSplitLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		window := time.Minute
		start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		clock := start
		l := newLocalLimiter(func() time.Time { return clock })
		var passed []time.Time
		for range 400 {
			clock = clock.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			ok, after, err := l.Allow(context.Background(), "k", limit, window)
			if err != nil || ok != (after == 0) {
				t.Fatalf("%v %v %v", ok, after, err)
			}
			if !ok {
				continue
			}
			passed = append(passed, clock)
			if len(passed) > limit {
				if oldest := passed[len(passed)-1-limit]; clock.Sub(oldest) < window-time.Microsecond {
					t.Fatalf("%d within %s of a limit of %d", limit+1, clock.Sub(oldest), limit)
				}
			}
		}
	})
}

func TestLocalLimiter(t *testing.T) {
	clock := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	l := newLocalLimiter(func() time.Time { return clock })
	allow := func(key string, limit int) (bool, time.Duration) {
		ok, after, _ := l.Allow(t.Context(), key, limit, time.Minute)
		return ok, after
	}
	if ok, _ := allow("a", 1); !ok {
		t.Fatal("the first")
	}
	if ok, after := allow("a", 1); ok || after != time.Minute {
		t.Fatal(ok, after)
	}
	if ok, _ := allow("b", 1); !ok {
		t.Fatal("another key")
	}
	if ok, after := allow("a", 0); ok || after != time.Minute {
		t.Fatal("a limit of nothing")
	}
	clock = clock.Add(time.Minute)
	if ok, _ := allow("a", 1); !ok {
		t.Fatal("a window later")
	}
	clock = clock.Add(2 * time.Minute)
	allow("c", 1)
	if len(l.buckets) != 1 {
		t.Fatalf("%d buckets are remembered", len(l.buckets))
	}
}

func TestAgedIsBounded(t *testing.T) {
	a := newAged[int, int](100)
	for i := range 10_000 {
		a.put(i, i)
		a.get(0) // asked for all the time: stays
		if n := len(a.young) + len(a.old); n > 100 {
			t.Fatalf("%d entries", n)
		}
	}
	if _, ok := a.get(0); !ok {
		t.Fatal("what is asked for all the time was forgotten")
	}
	if _, ok := a.get(5000); ok {
		t.Fatal("what was never asked for was kept")
	}
	a.dropIf(func(v int) bool { return v == 0 })
	if _, ok := a.get(0); ok {
		t.Fatal("dropped")
	}
	a.drop(9999)
	a.clear()
	if len(a.young)+len(a.old) != 0 {
		t.Fatal("cleared")
	}
}

func TestGroup(t *testing.T) {
	var mu sync.Mutex
	got, largest, ended := 0, 0, 0
	release := make(chan struct{})
	g := newGroup(2, func() (func([]int), func()) {
		return func(batch []int) {
				<-release
				mu.Lock()
				defer mu.Unlock()
				got += len(batch)
				largest = max(largest, len(batch))
			}, func() {
				mu.Lock()
				defer mu.Unlock()
				ended++
			}
	})
	for i := range 200 {
		if err := g.add(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	close(release)
	g.stop()
	g.stop()
	if got != 200 || largest > batchMost || ended != 2 {
		t.Fatalf("%d pieces, batches to %d, %d workers ended", got, largest, ended)
	}
	if err := g.add(t.Context(), 1); !errors.Is(err, errClosed) {
		t.Fatal(err)
	}
	full := &group[int]{in: make(chan int)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := full.add(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestValues(t *testing.T) {
	for _, src := range []any{42, true} {
		for _, dst := range []interface{ Scan(any) error }{new(stamp), new(day), new(ref), new(JSON[int])} {
			if err := dst.Scan(src); err == nil {
				t.Errorf("%T took %T", dst, src)
			}
		}
	}
	if err := new(day).Scan("2026-02-30"); err == nil {
		t.Error("30 February")
	}
	if err := new(JSON[int]).Scan("{"); err == nil {
		t.Error("half an object")
	}
	if _, err := (JSON[func()]{}).Value(); err == nil {
		t.Error("a func as JSON")
	}
	// 00:30 on the 14th in Shanghai is the 14th, whatever the server thinks.
	d := day{domain.DateOf(time.Date(2026, 2, 14, 0, 30, 0, 0, time.FixedZone("CST", 8*3600)))}
	if v, err := d.Value(); v != "2026-02-14" || err != nil {
		t.Error(v, err)
	}
	var r ref
	if err := r.Scan([]byte("x")); err != nil || r != "x" {
		t.Error(r, err)
	}
}
