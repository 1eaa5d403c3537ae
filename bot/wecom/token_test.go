package wecom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/bot/wecom/wecomtest"
)

// TestTokenExpires: under either code one gettoken serves everybody, and nothing is lost.
func TestTokenExpires(t *testing.T) {
	for name, end := range map[string]func(*wecomtest.Server){
		"42001":   func(s *wecomtest.Server) { s.ExpireToken() },
		"40014":   func(s *wecomtest.Server) { s.SetExpiredCode(40014); s.ExpireToken() },
		"revoked": func(s *wecomtest.Server) { s.RevokeToken() },
	} {
		t.Run(name, func(t *testing.T) {
			var members []wecomtest.Member
			for _, id := range many(100) {
				members = append(members, wecomtest.Member{UserID: id})
			}
			r := newRig(t, wecomtest.Options{Members: members}, nil)
			for round := range 5 {
				var wg sync.WaitGroup
				for i, id := range many(100) {
					wg.Go(func() {
						if _, err := r.platform.Send(ctx, text(fmt.Sprint(round, "-", i), fmt.Sprint(round), id)); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := r.fake.Calls(pathToken); n != round+1 {
					t.Fatalf("round %d: %d calls of gettoken, want %d", round, n, round+1)
				}
				end(r.fake)
			}
			if n := len(r.fake.Accepted()); n != 500 {
				t.Errorf("%d sends accepted", n)
			}
		})
	}
}

func TestTokenEndsByTheClock(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	for i, row := range []struct {
		advance time.Duration
		calls   int
	}{{0, 1}, {119 * time.Minute, 1}, {2 * time.Minute, 2}, {119 * time.Minute, 2}} {
		r.fake.Advance(row.advance)
		if _, err := r.platform.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
		if n := r.fake.Calls(pathToken); n != row.calls {
			t.Errorf("step %d: %d calls of gettoken, want %d", i, n, row.calls)
		}
	}
	if n := r.fake.Calls(pathSend); n != 4 {
		t.Errorf("%d sends: the token was used until it was refused", n)
	}
}

// TestTokenIsShared: two replicas on one cache fetch it once, and one's refresh serves the other.
func TestTokenIsShared(t *testing.T) {
	var shared *link.MemoryCache
	r := newRig(t, wecomtest.Options{}, func(c *Config) {
		shared = link.NewMemoryCache(func() time.Time { return time.Unix(0, 0) })
		c.Cache = shared
	})
	other, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []*Platform{r.platform, other, r.platform} {
		if i == 1 {
			r.fake.RevokeToken()
		}
		if _, err := p.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.fake.Calls(pathToken); n != 2 {
		t.Errorf("%d calls of gettoken, want 2", n)
	}
	if got := shared.Get("gowechat_work__access_token_" + r.cfg.CorpID + "_1000002"); got == nil {
		t.Error("not under the library's key")
	}
}

// deadCache stands for a Redis that is away.
type deadCache struct{ *link.MemoryCache }

func (deadCache) GetContext(context.Context, string) any { return nil }
func (deadCache) SetContext(context.Context, string, any, time.Duration) error {
	return errors.New("connection refused")
}
func (deadCache) DeleteContext(context.Context, string) error {
	return errors.New("connection refused")
}

func TestCacheAway(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Cache = deadCache{} })
	for i := range 4 {
		if i == 2 {
			r.fake.RevokeToken()
		}
		if _, err := r.platform.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.fake.Calls(pathToken); n != 2 {
		t.Errorf("%d calls of gettoken, want 2", n)
	}
}

// TestInvalidateComparesFirst: one who was refused with an older token does not drop the newer.
func TestInvalidateComparesFirst(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	tokens := r.platform.client.tokens
	older, err := tokens.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r.fake.RevokeToken()
	tokens.Invalidate(ctx, older)
	newer, err := tokens.Get(ctx)
	if err != nil || newer == older {
		t.Fatal(newer, err)
	}
	tokens.Invalidate(ctx, older)
	if got := r.platform.cfg.Cache.GetContext(ctx, "gowechat_work__access_token_"+r.cfg.CorpID+"_1000002"); got != newer {
		t.Errorf("the cache has %v, want the newer token", got)
	}
	tokens.Invalidate(ctx, newer)
	if got := r.platform.cfg.Cache.GetContext(ctx, "gowechat_work__access_token_"+r.cfg.CorpID+"_1000002"); got != nil {
		t.Errorf("the refused token is kept")
	}
}

// slowCache does not have the token when first asked: another has just stored it when asked again.
type slowCache struct {
	*link.MemoryCache
	asked int
}

func (c *slowCache) GetContext(ctx context.Context, key string) any {
	if c.asked++; c.asked == 1 {
		return nil
	}
	return c.MemoryCache.GetContext(ctx, key)
}

// TestTokenArrivesMeanwhile: one that was about to fetch the token looks again first.
func TestTokenArrivesMeanwhile(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	r.cfg.Cache = link.NewMemoryCache(r.fake.Now)
	first, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	want, err := first.client.tokens.Get(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r.cfg.Cache = &slowCache{MemoryCache: r.cfg.Cache.(*link.MemoryCache)}
	second, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := second.client.tokens.Get(ctx); err != nil || got != want || r.fake.Calls(pathToken) != 1 {
		t.Errorf("%q, %v after %d calls of gettoken", got, err, r.fake.Calls(pathToken))
	}
}

// TestWrongSecret: it is asked once in ten minutes, by all replicas and restarts together, however
// many sends there are.
func TestWrongSecret(t *testing.T) {
	var cache *link.MemoryCache
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Secret = "canary-wrong" })
	cache = link.NewMemoryCache(r.fake.Now)
	r.cfg.Cache = cache
	for range 3 {
		p, err := New(r.cfg, r.fake.Now)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			_, err := p.Send(ctx, text("d", "hi", "lisi"))
			if e := sendFault(t, err); e.Class != chat.Misset || e.Code != 40001 || strings.Contains(err.Error(), "canary") {
				t.Fatal(err)
			}
		}
	}
	if n := r.fake.Calls(pathToken); n != 1 {
		t.Fatalf("%d calls of gettoken, want 1", n)
	}
	r.fake.Advance(10 * time.Minute)
	right := r.cfg
	right.Secret = r.fake.Settings().Secret
	p, err := New(right, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Send(ctx, text("d", "hi", "lisi")); err != nil {
		t.Errorf("with the right secret: %v", err)
	}
}

// TestWrongSecretCacheAway: without the cache each process remembers by itself.
func TestWrongSecretCacheAway(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Secret, c.Cache = "wrong", deadCache{} })
	for i := range 20 {
		if _, err := r.platform.Send(ctx, text("d", "hi", fmt.Sprint("u", i))); sendFault(t, err).Class != chat.Misset {
			t.Fatal(err)
		}
	}
	if n := r.fake.Calls(pathToken); n != 1 {
		t.Errorf("%d calls of gettoken, want 1", n)
	}
}

// TestRightSecretIsNotHeldBack: the mark is of the wrong secret alone.
func TestRightSecretIsNotHeldBack(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	r.cfg.Cache = link.NewMemoryCache(r.fake.Now)
	wrong := r.cfg
	wrong.Secret = "wrong"
	for i, cfg := range []Config{wrong, r.cfg} {
		p, err := New(cfg, r.fake.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Send(ctx, text("d", "hi", "lisi")); (err == nil) != (i == 1) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestTokenRefusedForEver: a platform that takes no token is not asked in a loop.
func TestTokenRefusedForEver(t *testing.T) {
	token, send := 0, 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathToken {
			token++
			fmt.Fprint(w, `{"errcode":0,"access_token":"same","expires_in":7200}`)
			return
		}
		send++
		fmt.Fprint(w, `{"errcode":40014,"errmsg":"invalid access_token same"}`)
	}))
	defer srv.Close()
	cfg := valid()
	cfg.BaseURL = srv.URL
	now := time.Unix(1e9, 0)
	p, err := New(cfg, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		_, err := p.Send(ctx, text("d", "hi", fmt.Sprint("u", i)))
		if e := sendFault(t, err); e.Class != chat.Retry || strings.Contains(err.Error(), "same") {
			t.Fatal(err)
		}
	}
	if token != 2 || send != 2 {
		t.Errorf("%d tokens, %d sends", token, send)
	}
	now = now.Add(time.Minute)
	_, _ = p.Send(ctx, text("d", "hi", "x"))
	if token != 4 || send != 4 {
		t.Errorf("after the pause: %d tokens, %d sends", token, send)
	}
}
