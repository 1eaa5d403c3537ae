//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"trainingbot/bot"
	"trainingbot/bot/link"
	"trainingbot/bot/wecom"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/scheduler"
	"trainingbot/storage"
)

// childConfig is what the parent tells a child. The files it inherits besides are, from 3 on: the
// listener of the callbacks, the listener of the control, the page, a pipe for events, and one whose
// end says that the parent is gone. The listeners belong to the parent, so that a connection made
// while no child lives waits for the next one, as it would behind a supervisor's socket.
type childConfig struct {
	Env    []string // the settings
	Step   string   // where to end; "none": nowhere
	Nth    int      // at the n-th time
	Stop   bool     // stand still instead
	Broken string   // a fault built in on purpose (crash_broken_test.go)
}

// orders are what the parent asks of a child over the control listener.
type (
	tickAnswer struct {
		Promised map[string][]domain.PersonID // notices that are in the outbox for sure, and their readers
		Open     int                          // outbox rows that wait or are leased, up to two hours from now
		Refused  int64                        // settlements of this child that were refused
		Err      string
	}
	planInfo struct {
		No       int64
		Office   string
		Period   string
		Versions []versionInfo
	}
	versionInfo struct {
		State string
		Items int
	}
	sessionInfo struct {
		No     int64
		Office string
		Start  time.Time
		State  string
	}
)

func crashChild(config string) int {
	var c childConfig
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	woken := make(chan struct{}, 1)
	go func() {
		// The parent's end of the pipe is closed when it dies, however it dies. A byte wakes up whoever
		// stood still.
		lifeline := os.NewFile(7, "lifeline")
		for {
			if _, err := lifeline.Read(make([]byte, 1)); err != nil {
				os.Exit(3)
			}
			woken <- struct{}{}
		}
	}()
	if err := (&child{}).run(c, woken); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	return 0
}

// child is the real App with steps in its seams.
type child struct {
	app     *App
	s       *steps
	refused atomic.Int64
	mu      sync.Mutex
	keys    map[string][]domain.PersonID
}

func (x *child) run(c childConfig, woken chan struct{}) error {
	p, err := openPage(os.NewFile(5, "page"))
	if err != nil {
		return err
	}
	x.s, x.keys = &steps{page: p, stop: c.Stop, events: os.NewFile(6, "events"), woken: woken}, map[string][]domain.PersonID{}
	if x.s.target, err = parseStep(c.Step); err != nil {
		return err
	}
	x.s.left.Store(int64(c.Nth))
	set, err := configs.Load("", c.Env, os.ReadFile)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	x.app, err = NewApp(context.Background(), AppOptions{Settings: set, Now: p.now, Log: log, Open: os.ReadFile,
		Transport: stepTransport{http.DefaultTransport.(*http.Transport).Clone(), x.s}})
	if err != nil {
		return err
	}
	if err := x.instrument(c.Broken); err != nil {
		return err
	}
	callbacks, err := net.FileListener(os.NewFile(3, "callbacks"))
	if err != nil {
		return err
	}
	control, err := net.FileListener(os.NewFile(4, "control"))
	if err != nil {
		return err
	}
	faults := make(chan error, 2)
	go func() {
		faults <- newServer(x.app.guard(stepServer(x.app.Handler(), x.s)), log).Serve(stepListener{callbacks, x.s})
	}()
	go func() { faults <- (&http.Server{Handler: x.control(), ReadHeaderTimeout: time.Minute}).Serve(control) }()
	return <-faults
}

// instrument joins the rooms as NewApp does, with steps between them.
func (x *child) instrument(broken string) error {
	a := x.app
	b, err := breakage(broken)
	if err != nil {
		return err
	}
	limits := link.NewMemoryLimiter(a.o.Now)
	a.bot = bot.New(bot.Options{
		Store: b.store(stepStore{ledger{a.db}, x.s}), SOP: a.procedure.SOP, Now: a.o.Now, Secret: secret,
		Limit: patience{limits}, Checks: a.chatChecks, Loaded: a.changed,
	})
	a.callback = wecom.NewCallback(a.wecomConfig(limits), stepHandler{a.metrics.handler(a.bot), x.s}, a.o.Now, a.o.Log)
	a.scheduler = scheduler.New(scheduler.Options{
		Store:  stepPlan{a.db, x.s, &x.mu, x.keys},
		Outbox: b.outbox(stepOutbox{a.db, x.s, &x.refused}),
		Post:   b.post(postman{bot.NewPost(a.o.Now, a.platforms...), a.o.Now, a.metrics.delivered}),
		SOP:    a.procedure.SOP, Now: a.o.Now, Owner: owner(), Log: a.o.Log, Wake: a.db.Ready(),
	})
	return nil
}

// control is how the parent drives the clock's consequences and looks at what cannot be seen from a
// phone.
func (x *child) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tick", func(w http.ResponseWriter, r *http.Request) {
		var a tickAnswer
		if err := x.app.Tick(r.Context(), x.app.o.Now()); err != nil {
			a.Err = err.Error()
		}
		b, err := x.app.db.Backlog(r.Context(), x.app.o.Now().Add(2*time.Hour))
		if err != nil {
			a.Err += err.Error()
		}
		a.Open, a.Refused = b.Ready+b.Leased, x.refused.Load()
		x.mu.Lock()
		a.Promised = maps.Clone(x.keys)
		clear(x.keys)
		x.mu.Unlock()
		writeJSON(w, http.StatusOK, a)
	})
	mux.HandleFunc("GET /plans", func(w http.ResponseWriter, r *http.Request) {
		plans, err := plansOf(r.Context(), x.app.db)
		reply(w, plans, err)
	})
	mux.HandleFunc("GET /sessions", func(w http.ResponseWriter, r *http.Request) {
		sessions, err := sessionsOf(r.Context(), x.app.db)
		reply(w, sessions, err)
	})
	return mux
}

func reply(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// always is a span that holds everything a test makes.
var always = [2]time.Time{time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2040, 1, 1, 0, 0, 0, 0, time.UTC)}

func eachOffice(ctx context.Context, db *storage.DB, look func(*storage.Tx, domain.Office) error) error {
	return db.View(ctx, func(tx *storage.Tx) error {
		offices, err := tx.Offices()
		if err != nil {
			return err
		}
		for _, o := range offices {
			if err := look(tx, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func plansOf(ctx context.Context, db *storage.DB) (out []planInfo, err error) {
	err = eachOffice(ctx, db, func(tx *storage.Tx, o domain.Office) error {
		plans, err := tx.Plans(o.ID, domain.AnnualPeriod(2020), domain.AnnualPeriod(2040))
		for _, p := range plans {
			i := planInfo{No: p.No, Office: o.Name, Period: p.Period.String()}
			for _, v := range p.Versions {
				i.Versions = append(i.Versions, versionInfo{string(v.State), len(v.Items)})
			}
			out = append(out, i)
		}
		return err
	})
	return out, err
}

func sessionsOf(ctx context.Context, db *storage.DB) (out []sessionInfo, err error) {
	err = eachOffice(ctx, db, func(tx *storage.Tx, o domain.Office) error {
		sessions, err := tx.Sessions(o.ID, always[0], always[1])
		for _, s := range sessions {
			out = append(out, sessionInfo{s.No, o.Name, s.Start, string(s.State)})
		}
		return err
	})
	return out, err
}
