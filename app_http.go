package main

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"trainingbot/storage"
)

// Handler gives the public routes.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	a.doors(mux)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, map[string]bool{"ok": true}) })
	mux.HandleFunc("GET /readyz", a.ready.serve)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, thisBuild()) })
	if a.o.Settings.Metrics.Listen == "" {
		mux.Handle("GET /metrics", a.metrics.page())
	}
	return a.metrics.count(headers(mux))
}

// headers sets what no answer of ours should be without.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.Encode(v) // the status is out: a reader who has gone cannot be told
}

// The limits of readiness.
const (
	tickLate    = 5 * time.Minute  // the scheduler plans each minute
	backlogLate = 10 * time.Minute // messages older than this wait for a platform that does not answer
)

// state is what /readyz answers.
type state struct {
	Ready    bool     `json:"ready"`
	Database string   `json:"database"`
	Schema   string   `json:"schema"`
	Tick     string   `json:"scheduler"`
	Backlog  string   `json:"backlog"`
	Redis    string   `json:"redis"`
	Degraded []string `json:"degraded,omitempty"` // what is wrong but another replica could not do better
}

// readiness answers /readyz. The question is open to everyone, so it asks the database at most once
// a second.
type readiness struct {
	app   *App
	begun time.Time

	mu   sync.Mutex
	at   time.Time
	last state
}

func newReadiness(a *App) *readiness { return &readiness{app: a, begun: a.o.Now()} }

func (r *readiness) serve(w http.ResponseWriter, req *http.Request) {
	s := r.state(req.Context())
	status := http.StatusOK
	if !s.Ready {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, s)
}

func (r *readiness) state(ctx context.Context) state {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.app.o.Now()
	if !r.at.IsZero() && now.Sub(r.at) < time.Second && now.Sub(r.at) >= 0 {
		return r.last
	}
	// The answer is for all who ask within the second: one who hangs up must not spoil it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	r.at, r.last = now, r.look(ctx, now)
	return r.last
}

func (r *readiness) look(ctx context.Context, now time.Time) state {
	a := r.app
	s := state{Ready: true, Database: "ok", Schema: "ok", Tick: "ok", Backlog: "ok", Redis: "not configured"}
	if a.redis != nil {
		s.Redis = "ok"
		if err := a.redis.Ping(ctx); err != nil {
			s.Redis = "away"
			s.Degraded = append(s.Degraded, "redis")
		}
	}
	if a.db.Ping(ctx) != nil {
		s.Ready, s.Database, s.Schema, s.Tick, s.Backlog = false, "away", "unknown", "unknown", "unknown"
		return s
	}
	if have, want, err := a.db.SchemaState(ctx); err != nil || have != want {
		s.Ready, s.Schema = false, "not the version of this program"
	}
	if last, err := a.db.LastTick(ctx, "plan"); err != nil {
		s.Ready, s.Tick = false, "unknown"
	} else if now.Sub(later(last, r.begun)) > tickLate {
		s.Ready, s.Tick = false, "late"
	}
	if a.wecomBot != nil && !a.wecomBot.State().Open {
		s.Degraded = append(s.Degraded, "wecom")
	}
	if a.stream != nil && a.stream.State().Open == 0 {
		s.Degraded = append(s.Degraded, "dingtalk")
	}
	b, err := a.db.Backlog(ctx, now)
	s.Backlog = backlogWord(b, err, now)
	if s.Backlog != "ok" {
		s.Degraded = append(s.Degraded, "backlog")
	}
	return s
}

func backlogWord(b storage.Backlog, err error, now time.Time) string {
	switch {
	case err != nil:
		return "unknown"
	case b.Ready > 0 && !b.Oldest.IsZero() && now.Sub(b.Oldest) > backlogLate:
		return "late"
	}
	return "ok"
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
