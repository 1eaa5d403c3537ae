package dingtalk

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"trainingbot/bot/dingtalk/dingtalktest"
	"trainingbot/bot/link"
	"trainingbot/bot/link/linktest"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// rig is the fake platform, the adapter on both its sides, and a handler to script.
type rig struct {
	t        *testing.T
	fake     *dingtalktest.Server
	cfg      Config
	platform *Platform
	inbox    *Inbox
	stream   *Stream // nil over HTTP
	desk     *linktest.Desk
	log      *linktest.Log
	stop     func()
}

// ways are the two ways in.
func ways() []string { return []string{"stream", "http"} }

// brisk is steady for a test's patience.
func brisk() link.Pace {
	p := steady()
	p.First, p.Last, p.Linger = 5*time.Millisecond, 40*time.Millisecond, 100*time.Millisecond
	return p
}

// newRig starts a rig; change may alter the settings before they are used.
func newRig(t *testing.T, way string, o dingtalktest.Options, change func(*Config)) *rig {
	t.Helper()
	if o.Members == nil {
		o.Members = []dingtalktest.Member{{UserID: "ZhangSan", Name: "张三"}, {UserID: "lisi", Name: "李四"}, {UserID: "wangwu", Name: "王五"}}
	}
	fake := dingtalktest.New(o)
	t.Cleanup(fake.Close)
	set := fake.Settings()
	r := &rig{t: t, fake: fake, desk: &linktest.Desk{}, log: &linktest.Log{}}
	r.cfg = Config{
		CorpID: set.CorpID, ClientID: set.ClientID, ClientSecret: set.ClientSecret, RobotCode: set.RobotCode,
		BaseURL: set.BaseURL, OldURL: set.BaseURL,
	}
	logger := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	mux := http.NewServeMux()
	if way == "http" {
		srv := httptest.NewServer(mux)
		srv.Config.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelError)
		t.Cleanup(srv.Close)
		r.cfg.EventToken, r.cfg.EventAESKey = set.EventToken, set.EncodingAESKey
		r.cfg.CardSecret, r.cfg.CardURL = "canary-card-secret", srv.URL+"/card"
		fake.SetRobotURL(srv.URL + "/robot")
		fake.SetEventURL(srv.URL + "/event")
	}
	if change != nil {
		change(&r.cfg)
	}
	var err error
	if r.platform, err = New(r.cfg, fake.Now); err != nil {
		t.Fatal(err)
	}
	r.inbox = NewInbox(r.platform, r.desk, fake.Now, logger)
	mux.Handle("/robot", r.inbox.Robot())
	mux.Handle("/card", r.inbox.Card())
	mux.Handle("/event", r.inbox.Event())
	r.stop = func() {}
	if way == "stream" {
		r.stream = r.inbox.Stream()
		r.stream.pace = brisk()
		r.stop = r.run(r.stream)
		r.connected(1)
	}
	t.Cleanup(func() { r.stop() })
	return r
}

// run runs a connection; the function it gives stops it and waits until it has.
func (r *rig) run(s *Stream) func() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	return func() { cancel(); <-done }
}

func (r *rig) connected(n int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.fake.WaitConnections(ctx, n); err != nil {
		r.t.Fatal(err, r.log.String())
	}
}

// settle waits until no message is in work.
func (r *rig) settle() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.inbox.Wait(ctx); err != nil {
		r.t.Fatal(err)
	}
}

// clean fails the test for everything the platform would complain of.
func (r *rig) clean() {
	r.t.Helper()
	for _, p := range r.fake.Problems() {
		r.t.Error(p)
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
