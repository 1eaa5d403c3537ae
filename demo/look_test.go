package demo

import (
	"flag"
	"net/http"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

var look = flag.String("look", "", "serve the page of the scripted office at this `address` until interrupted")

// TestLook serves the page for a pair of eyes: go test ./demo -run TestLook -look 127.0.0.1:8099
func TestLook(t *testing.T) {
	if *look == "" {
		t.Skip("for eyes only: pass -look")
	}
	o := newOffice(t, at("2026-11-24 14:50"), time.Now)
	ctx, stop := signal.NotifyContext(t.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	go o.page.Run(ctx)
	srv := &http.Server{Addr: *look, Handler: o.page, ReadHeaderTimeout: 5 * time.Second}
	go func() { <-ctx.Done(); _ = srv.Close() }()
	if err := srv.ListenAndServe(); err != http.ErrServerClosed {
		t.Fatal(err)
	}
}
