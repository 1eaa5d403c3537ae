package wecom

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// rig is the fake platform, the adapter on both its sides, and a handler to script.
type rig struct {
	t        *testing.T
	fake     *wecomtest.Server
	cfg      Config
	callback *Callback
	platform *Platform
	desk     *desk
	log      *lockedBuffer

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
	r := &rig{t: t, fake: fake, desk: &desk{}, log: &lockedBuffer{}}
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

// desk is a chat.Handler that remembers.
type desk struct {
	mu      sync.Mutex
	handle  func(ctx context.Context, m chat.Message) (chat.Reply, error)
	handled []chat.Message
	pushed  []chat.Message
}

func (d *desk) Handle(ctx context.Context, m chat.Message) (chat.Reply, error) {
	d.mu.Lock()
	d.handled = append(d.handled, m)
	f := d.handle
	d.mu.Unlock()
	if f == nil {
		return chat.Reply{}, nil
	}
	return f(ctx, m)
}

func (d *desk) Push(_ context.Context, m chat.Message, _ time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pushed = append(d.pushed, m)
	return nil
}

func (d *desk) counts() (handled, pushed int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.handled), len(d.pushed)
}

func (d *desk) last() chat.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.handled) == 0 {
		return chat.Message{}
	}
	return d.handled[len(d.handled)-1]
}

func says(text string) func(context.Context, chat.Message) (chat.Reply, error) {
	return func(context.Context, chat.Message) (chat.Reply, error) {
		return chat.Reply{Body: domain.Say(text)}, nil
	}
}

var errStore = errors.New("the database is away")

// lockedBuffer takes a log of several goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
