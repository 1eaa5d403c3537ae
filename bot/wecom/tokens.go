package wecom

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/silenceper/wechat/v2/credential"
	"golang.org/x/sync/singleflight"

	"trainingbot/bot/chat"
)

const (
	// secretPause is how long a refused secret is not tried again: several tries block our address
	// for an hour, and a person has to act anyway.
	secretPause = 10 * time.Minute
	// stuckPause is how long we wait when the platform keeps handing out a token it does not take.
	stuckPause = time.Minute

	opToken   = "gettoken"
	pathToken = "/cgi-bin/gettoken"
)

// tokens holds the app's access token (document 91039) in the shared cache, under the key the
// library uses. It stands in for the library's own handle, which never drops a refused token, has
// no deadline, and loses a good token when the cache is away. Safe for concurrent use.
type tokens struct {
	c      *client
	cfg    Config
	key    string // of the token in the cache
	refuse string // of the mark that the secret was refused

	flight singleflight.Group

	mu      sync.Mutex // makes compare-and-drop and keep one step each
	own     string     // the newest token, for when the cache is away
	ownEnds time.Time
	dropped string // the last token dropped after a refusal
	pause   *chat.SendError
	until   time.Time
}

// The library can be given this handle in place of its own.
var _ credential.AccessTokenContextHandle = (*tokens)(nil)

func newTokens(c *client, cfg Config) *tokens {
	sum := sha256.Sum256([]byte(cfg.Secret))
	key := fmt.Sprintf("%s_access_token_%s_%d", credential.CacheKeyWorkPrefix, cfg.CorpID, cfg.AgentID)
	return &tokens{
		c: c, cfg: cfg, key: key,
		// With a digest of the secret in its name the mark dies when the secret is corrected.
		refuse: key + "_refused_" + hex.EncodeToString(sum[:6]),
	}
}

// GetAccessToken is GetAccessTokenContext without a deadline of the caller.
func (t *tokens) GetAccessToken() (string, error) {
	return t.GetAccessTokenContext(context.Background())
}

// GetAccessTokenContext gives the token, fetching it when there is none. However many ask at once,
// one call is made. Failures are *chat.SendError.
func (t *tokens) GetAccessTokenContext(ctx context.Context) (string, error) {
	if token := t.kept(ctx); token != "" {
		return token, nil
	}
	// One caller's hanging up must not fail the others who wait for the same call.
	got := t.flight.DoChan(t.key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.cfg.Timeout)
		defer cancel()
		if token := t.kept(ctx); token != "" { // the flight before this one brought it
			return token, nil
		}
		return t.fetch(ctx)
	})
	select {
	case r := <-got:
		if r.Err != nil {
			return "", r.Err
		}
		return r.Val.(string), nil
	case <-ctx.Done():
		return "", sendError(opToken, chat.Retry, ctx.Err())
	}
}

// kept gives the token of the cache, or our own copy of it, "" when there is none.
func (t *tokens) kept(ctx context.Context) string {
	if s, ok := t.cfg.Cache.GetContext(ctx, t.key).(string); ok && s != "" {
		return s
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own != "" && t.c.now().Before(t.ownEnds) {
		return t.own
	}
	return ""
}

// Invalidate drops a token the platform refused, unless a newer one has taken its place.
func (t *tokens) Invalidate(ctx context.Context, refused string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own == refused {
		if t.dropped == refused {
			// Dropped, handed out again, refused again: for every send once more would be a loop.
			t.hold(stuckPause, sendError(opToken, chat.Retry, errors.New("the platform hands out a token that it refuses")))
		}
		t.own = ""
	}
	if s, _ := t.cfg.Cache.GetContext(ctx, t.key).(string); s == refused {
		_ = t.cfg.Cache.DeleteContext(ctx, t.key) // at worst the stale token is refused once more
	}
	t.dropped = refused
}

// fetch asks the platform. While a refused secret or a used-up limit is waited out it does not.
func (t *tokens) fetch(ctx context.Context) (string, error) {
	if err := t.paused(ctx); err != nil {
		return "", err
	}
	var got struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	q := url.Values{"corpid": {t.cfg.CorpID}, "corpsecret": {t.cfg.Secret}}
	if err := t.c.once(ctx, request{op: opToken, method: http.MethodGet, path: pathToken, query: q}, &got); err != nil {
		t.note(ctx, err)
		return "", err
	}
	if got.Token == "" || len(got.Token) > 512 || got.Seconds < 0 {
		return "", sendError(opToken, chat.Retry, errors.New("an answer without a usable token"))
	}
	// Used to its very end and a second more: asked before it, the platform gives the same token
	// again, and the one call that is refused then fetches the next.
	life := time.Duration(got.Seconds+1) * time.Second
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own, t.ownEnds = got.Token, t.c.now().Add(life)
	_ = t.cfg.Cache.SetContext(ctx, t.key, got.Token, life) // without the cache our own copy serves
	return got.Token, nil
}

// paused says why the platform is not asked now.
func (t *tokens) paused(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.c.now()
	if t.pause != nil && now.Before(t.until) {
		e := *t.pause
		if e.Class == chat.Wait {
			e.After = t.until.Sub(now)
		}
		return &e
	}
	if t.pause != nil {
		t.pause, t.dropped = nil, ""
	}
	if s, ok := t.cfg.Cache.GetContext(ctx, t.refuse).(string); ok {
		code, _ := strconv.ParseInt(s, 10, 64)
		return refusedSecret(code)
	}
	return nil
}

// note remembers a refusal that must not be repeated.
func (t *tokens) note(ctx context.Context, err error) {
	e, ok := chat.AsSendError(err)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case secretRefused(e.Code):
		t.hold(secretPause, refusedSecret(e.Code))
		_ = t.cfg.Cache.SetContext(ctx, t.refuse, strconv.FormatInt(e.Code, 10), secretPause)
	case e.Class == chat.Wait, e.Class == chat.Misset:
		t.hold(max(e.After, stuckPause), e)
	}
}

func (t *tokens) hold(d time.Duration, why *chat.SendError) {
	t.pause, t.until = why, t.c.now().Add(d)
}

func refusedSecret(code int64) *chat.SendError {
	return &chat.SendError{Platform: Name, Op: opToken, Class: chat.Misset, Code: code,
		Err: errors.New("the corp id or the secret was refused; not tried again for some minutes, or our address would be blocked")}
}
