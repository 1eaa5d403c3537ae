//go:build unix

package main

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// BenchmarkWholeCheckIn is check-ins through the whole bot in this process, 32 at a time: encrypted
// callback, verified, decided, committed, encrypted answer. The client is another process, so that a
// CPU profile shows the bot alone:
//
//	go test -run '^$' -bench WholeCheckIn -cpuprofile cpu.out .
func BenchmarkWholeCheckIn(b *testing.B) {
	for _, dialect := range storagetest.Dialects {
		b.Run(dialect, func(b *testing.B) {
			url := storagetest.URL(b, dialect)
			s := school{offices: 20, people: 200}
			lessons := b.N/s.size() + 1
			db, err := storage.Open(b.Context(), url, storagetest.Options())
			if err != nil {
				b.Fatal(err)
			}
			if err := s.found(b.Context(), db, lessons, clock()); err != nil {
				b.Fatal(err)
			}
			if err := db.Close(); err != nil {
				b.Fatal(err)
			}
			fake := wecomtest.New(wecomtest.Options{Now: clock})
			defer fake.Close()
			set, err := configs.Load("", (&crashWorld{url: url, fake: fake}).env(), os.ReadFile)
			if err != nil {
				b.Fatal(err)
			}
			a, err := NewApp(b.Context(), AppOptions{Settings: set, Now: clock, Log: slog.New(slog.DiscardHandler), Open: os.ReadFile})
			if err != nil {
				b.Fatal(err)
			}
			defer a.Close()
			door := httptest.NewServer(a.Handler())
			defer door.Close()
			job := loadJob{Addr: strings.TrimPrefix(door.URL, "http://"), Settings: fake.Settings(), Conns: 32, First: 1}
			for i := range lessons {
				job.Items = append(job.Items, s.items(a.SOP(), i, 0, min(s.size(), b.N-i*s.size()), clock())...)
			}
			if len(job.Items) == 0 {
				b.Skip("the one office sits out")
			}
			b.ResetTimer()
			r := load(b, job)
			b.StopTimer()
			if r.Bad > 0 {
				b.Error(fmt.Sprint(r.Bad, " failed: ", r.Why))
			}
			b.ReportMetric(float64(r.Good)/r.Seconds, "check-ins/s")
		})
	}
}
