//go:build unix

package main

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// TestPlatformFaults sends a thousand messages (ten thousand with TRAININGBOT_LONG=1) through a
// platform on which three calls in ten go wrong, after it has taken the message as often as before.
// None is lost; none reaches a phone twice, since each is sent again with the same bytes.
func TestPlatformFaults(t *testing.T) {
	const wave = 500
	waves := 2
	if os.Getenv("TRAININGBOT_LONG") == "1" {
		waves = 20
	}
	seed := number64(t, "CRASH_SEED", rand.Uint64())
	for _, dialect := range storagetest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newCrashWorld(t, crashURL(t, dialect), seed, 0, "")
			offices, err := w.settle(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			set, err := configs.Load("", w.env(), os.ReadFile)
			if err != nil {
				t.Fatal(err)
			}
			a, err := NewApp(t.Context(), AppOptions{Settings: set, Now: w.page.now, Log: slog.New(slog.DiscardHandler), Open: os.ReadFile})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			f := &faultRun{w: w, app: a, office: offices[0].id, r: rand.New(rand.NewPCG(seed, 3)), kinds: map[wecomtest.Fault]int{}}
			for n := range waves {
				f.wave(n, wave)
			}
			f.judge(waves * wave)
			if t.Failed() {
				t.Logf("again with CRASH_SEED=%d", seed)
			}
		})
	}
}

type faultRun struct {
	w      *crashWorld
	app    *App
	office domain.OfficeID
	r      *rand.Rand
	kinds  map[wecomtest.Fault]int
}

// quickFaults are those that do not take seconds of real time.
func quickFaults() []wecomtest.Fault {
	return []wecomtest.Fault{wecomtest.CutAfter, wecomtest.CutAfter, wecomtest.CutBefore, wecomtest.Truncated, wecomtest.BadGateway, wecomtest.Busy,
		wecomtest.Parallel, wecomtest.Revoked, wecomtest.HTMLPage, wecomtest.Redirect, wecomtest.Oversized}
}

// wave promises n messages and ticks until they are settled.
func (f *faultRun) wave(wave, n int) {
	t, now := f.w.t, f.w.page.now()
	var staff domain.Staff
	err := f.app.db.View(t.Context(), func(tx *storage.Tx) (err error) {
		staff, err = tx.Staff(f.office)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	notices := make([]domain.Notice, n)
	for i := range notices {
		text := fmt.Sprintf("%s %d-%d", testWords, wave, i)
		notices[i] = domain.Notice{Key: text, Thread: text, Office: f.office, Stage: "test", At: now, To: []domain.PersonID{staff[i%len(staff)].ID}, Body: domain.Say(text)}
	}
	if _, err := f.app.db.Promise(t.Context(), notices, now); err != nil {
		t.Fatal(err)
	}
	all := quickFaults()
	faults := make([]wecomtest.Fault, 4*n)
	for i := range faults {
		if f.r.IntN(10) < 3 {
			faults[i] = all[f.r.IntN(len(all))]
			if f.r.IntN(100) == 0 {
				faults[i] = wecomtest.RateLimited
			}
			f.kinds[faults[i]]++
		}
	}
	f.w.fake.Fail(sendPath, faults...)
	for range 3000 {
		if err := f.app.Tick(t.Context(), f.w.page.now()); err != nil {
			t.Fatal(err)
		}
		b, err := f.app.db.Backlog(t.Context(), f.w.page.now().Add(240*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if b.Ready+b.Leased == 0 {
			return
		}
		f.w.page.advance(5 * time.Second)
	}
	t.Fatal("the messages are never settled")
}

// judge: all of them sent, each of them on a phone exactly once.
func (f *faultRun) judge(n int) {
	t := f.w.t
	var states []struct {
		State string
		N     int
	}
	if err := f.app.db.Stats().SelectContext(t.Context(), &states, "SELECT state, COUNT(*) AS n FROM outbox WHERE key LIKE $1 GROUP BY state", testWords+"%"); err != nil {
		t.Fatal(err)
	}
	if len(states) != 1 || states[0].State != "sent" || states[0].N != n {
		t.Errorf("%d messages: %+v", n, states)
	}
	seen, suppressed := map[string]int{}, 0
	for _, a := range f.w.fake.Accepted() {
		key, err := acceptedAs(a)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(key, testWords) {
			continue // a reminder of the procedure
		}
		if len(a.Dropped) > 0 {
			t.Errorf("dropped for %v: %s", a.Dropped, key)
		}
		if a.Duplicate {
			suppressed++
			continue
		}
		if seen[key]++; seen[key] > 1 {
			t.Errorf("reached the phone %d times: %s", seen[key], key)
		}
	}
	for _, p := range f.w.fake.Problems() {
		t.Errorf("the platform complains: %s", p)
	}
	if suppressed == 0 {
		t.Error("the platform suppressed no duplicate: the test proves nothing about them")
	}
	t.Logf("%d messages, %d on the phones, %d calls, %d duplicates suppressed, faults set up: %v", n, len(seen), f.w.fake.Calls(sendPath), suppressed, f.kinds)
}
