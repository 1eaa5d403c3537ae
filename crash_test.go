//go:build unix

package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trainingbot/storage/storagetest"
)

// TestCrash kills the bot with SIGKILL, a thousand times in all: three times out of four at one of
// the named steps of receive → decide → commit → answer and plan → claim → send → settle, otherwise
// at a random instant, inside a transaction, a batch or a start too. All the while people talk to
// it, the platform delivers again what was not taken, and the clock runs over the deadlines. Then
// nothing may be lost and nothing doubled.
//
// CRASH_SEED plays the draws of an earlier run again, CRASH_KILLS sets the kills for each database
// (500; 5000 with TRAININGBOT_LONG=1).
func TestCrash(t *testing.T) {
	seed := number64(t, "CRASH_SEED", rand.Uint64())
	kills := 500
	if os.Getenv("TRAININGBOT_LONG") == "1" {
		kills = 5000
	}
	kills = int(number64(t, "CRASH_KILLS", uint64(kills)))
	for _, dialect := range storagetest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newCrashWorld(t, crashURL(t, dialect), seed, kills, "")
			from := time.Now()
			failed := w.run(5*time.Minute + time.Duration(kills)*time.Second)
			w.report(time.Since(from))
			for _, f := range failed {
				t.Error(f)
			}
			if t.Failed() {
				t.Logf("again with CRASH_SEED=%d CRASH_KILLS=%d; the bot's log:\n%s", seed, kills, w.log.tail())
			}
			w.everywhere()
		})
	}
}

// TestCrashCheckerSees builds faults into the bot that a program of this kind can have, and expects
// the checker to see each of them.
func TestCrashCheckerSees(t *testing.T) {
	for _, fault := range []string{twoCommits, answerFirst, settleFirst, otherBytes} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			for try := range uint64(4) {
				w := newCrashWorld(t, crashURL(t, "sqlite"), 7+try, 60, fault)
				if failed := w.run(5 * time.Minute); len(failed) > 0 {
					t.Logf("seen after %d kills: %s", w.sum(), failed[0])
					return
				}
			}
			t.Error("the checker sees nothing")
		})
	}
}

// run makes the history and gives what must not be.
func (w *crashWorld) run(limit time.Duration) []string {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	offices, err := w.settle(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	living, stop := context.WithCancel(ctx)
	end := make(chan error, 1)
	go func() {
		err := w.live(living)
		if err != nil {
			cancel() // nobody is there to be asked any more
		}
		end <- err
	}()
	if err := w.play(ctx, offices); err != nil {
		w.violation("the history ended at %s: %v", when(w.page.now()), err)
	}
	stop()
	if err := <-end; err != nil {
		w.violation("%v", err)
	}
	check, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	failed, err := w.check(check, offices)
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(failed)
	return failed
}

// report says what was done.
func (w *crashWorld) report(took time.Duration) {
	var by []string
	for s := range numberOfSteps {
		by = append(by, fmt.Sprintf("%s %d", s, w.kills[s.String()]))
	}
	w.t.Logf("%d kills in %s, the clock at %s; at %s; at a random instant %d", w.sum(), took.Round(time.Second), w.page.now().Format(time.DateOnly), strings.Join(by, ", "), w.kills["random"])
	w.t.Logf("%d messages, %d presses, %d deliveries again; %d plans, %d presences, %d lines of the log, %d notices promised; %d sends accepted, %d more suppressed as duplicates",
		len(w.said), sumOf(w.presses), w.redeals, len(w.plans), len(w.present), sumOf(w.audit), len(w.promised), len(w.fake.Accepted())-w.duplicates, w.duplicates)
}

func sumOf(m map[string]int) int {
	n := 0
	for v := range maps.Values(m) {
		n += v
	}
	return n
}

// everywhere fails when a long run has left a step out: then it proves less than it says.
func (w *crashWorld) everywhere() {
	if w.sum() < 200 {
		return
	}
	for s := range numberOfSteps {
		if w.kills[s.String()] == 0 {
			w.t.Errorf("nobody was killed at %q in %d kills", s, w.sum())
		}
	}
}

func number64(t *testing.T, name string, value uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return value
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
