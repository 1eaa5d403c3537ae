package wecom

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"trainingbot/bot/link/linktest"
	"trainingbot/bot/wecom/wecomtest"
)

// rig is the fake platform, the adapter on both its sides, and a handler to script.
type rig struct {
	t        *testing.T
	fake     *wecomtest.Server
	cfg      Config
	callback *Callback
	platform *Platform
	desk     *linktest.Desk
	log      *linktest.Log

	callbackURL string
}

// newRig starts a rig; change may alter the settings before they are used.
func newRig(t *testing.T, o wecomtest.Options, change func(*Config)) *rig {
	t.Helper()
	if o.Members == nil {
		o.Members = []wecomtest.Member{{UserID: "ZhangSan", Name: "张三"}, {UserID: "lisi", Name: "李四"}, {UserID: "wangwu", Name: "王五"}}
	}
	fake := wecomtest.New(o)
	t.Cleanup(fake.Close)
	set := fake.Settings()
	r := &rig{t: t, fake: fake, desk: &linktest.Desk{}, log: &linktest.Log{}}
	r.cfg = Config{
		CorpID: set.CorpID, AgentID: set.AgentID, Secret: set.Secret, Token: set.Token,
		EncodingAESKey: set.EncodingAESKey, BaseURL: set.BaseURL,
	}
	if change != nil {
		change(&r.cfg)
	}
	var err error
	if r.platform, err = New(r.cfg, fake.Now); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.callback = NewCallback(r.cfg, r.desk, fake.Now, logger)
	srv := httptest.NewServer(r.callback)
	srv.Config.ErrorLog = slog.NewLogLogger(logger.Handler(), slog.LevelError)
	t.Cleanup(srv.Close)
	r.callbackURL = srv.URL + "/wecom/callback"
	fake.SetCallback(r.callbackURL + "?tenant=x") // the address in the console may have its own query
	return r
}

// settle waits until no message is in work.
func (r *rig) settle() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := r.callback.Wait(ctx); err != nil {
		r.t.Fatal(err)
	}
}
