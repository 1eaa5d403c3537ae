//go:build unix

package main

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
	"trainingbot/storage/storagetest"
)

// TestPostgresRestart crashes PostgreSQL (restart -m immediate: its processes are killed and it
// recovers from its log) while 200 check-ins a second come in, each delivered only once. When it is
// back within three seconds none of them fails; if this machine takes longer those that failed were
// not answered. What was answered is kept, and nothing besides.
func TestPostgresRestart(t *testing.T) {
	const people, rate = 1000, 200.0
	pg := startPG(t)
	pg.psql("postgres", "CREATE DATABASE bot")
	db := storagetest.Reopen(t, pg.url("bot"), storagetest.Options())
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := school{offices: 4, people: people / 4}
	if err := s.found(t.Context(), db, 1, clock()); err != nil {
		t.Fatal(err)
	}
	fake := wecomtest.New(wecomtest.Options{Now: clock})
	defer fake.Close()
	w := &crashWorld{t: t, url: pg.url("bot"), fake: fake}
	set, err := configs.Load("", w.env(), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	log := &lastLines{}
	a, err := NewApp(t.Context(), AppOptions{Settings: set, Now: clock, Log: slog.New(slog.NewTextHandler(log, nil)), Open: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var calls atomic.Int64
	flowing, handler := make(chan struct{}), a.Handler()
	door := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == people/4 {
			close(flowing)
		}
		handler.ServeHTTP(rw, r)
	}))
	defer door.Close()
	away := make(chan time.Duration, 1)
	go func() {
		<-flowing
		from := time.Now()
		if out, err := pg.pgctl("restart", "-m", "immediate"); err != nil {
			t.Errorf("restart: %v\n%s", err, out)
		}
		away <- time.Since(from)
	}()
	r := load(t, loadJob{Addr: strings.TrimPrefix(door.URL, "http://"), Settings: fake.Settings(), Conns: 1000, Rate: rate, First: 1, Items: s.items(a.SOP(), 0, 0, people, clock())})
	took := <-away
	if err := a.callback.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Logf("PostgreSQL was away for %s; of %d people %d were told that they are present; p50 %.0f ms, p99 %.0f ms, longest %.0f ms", took.Round(time.Millisecond), people, r.Good, r.P50, r.P99, r.Max)
	if r.Bad > 0 && took <= 3*time.Second {
		t.Errorf("%d failed: %s\n%s", r.Bad, r.Why, log.tail())
	}
	var kept, present, missing int
	for query, into := range map[string]*int{
		"SELECT COUNT(*) FROM inbox":      &kept,
		"SELECT COUNT(*) FROM attendance": &present,
		"SELECT COUNT(*) FROM inbox i WHERE NOT EXISTS (SELECT 1 FROM attendance a WHERE a.message = i.message)": &missing,
	} {
		if err := db.Stats().Get(into, query); err != nil {
			t.Fatal(err)
		}
	}
	if kept < r.Good || kept > people || present != kept || missing != 0 {
		t.Errorf("%d were answered; %d messages are kept, %d presences, %d messages without", r.Good, kept, present, missing)
	}
}
