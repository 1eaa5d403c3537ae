package link

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"trainingbot/bot/chat"
)

const (
	// secretPause is how long a refused secret is not tried again: a platform may block our address
	// for several tries, and a person has to act anyway.
	secretPause = 10 * time.Minute
	// stuckPause is how long we wait when the platform keeps handing out a token it does not take.
	stuckPause = time.Minute
)

// Tokens holds an app's access token in the shared cache. However many ask at once, one call fetches
// it; a token the platform refuses is dropped (Invalidate); a refused secret is not tried again for ten
// minutes, by no replica. Without the cache its own copy serves. Safe for concurrent use.
type Tokens struct {
	o      TokenOptions
	refuse string // the cache's key of the mark that the secret was refused

	flight singleflight.Group

	mu      sync.Mutex // makes compare-and-drop and keep one step each
	own     string     // the newest token, for when the cache is away
	ownEnds time.Time
	dropped string // the last token dropped after a refusal
	pause   *chat.SendError
	until   time.Time
}

// TokenOptions are the parts of Tokens. All are required.
type TokenOptions struct {
	Platform, Op string // for errors
	Key          string // of the token in the cache
	Secret       string // a mark of its refusal dies when it is corrected
	Cache        Cache
	Now          func() time.Time
	Timeout      time.Duration // of a fetch
	// Fetch asks the platform. The life is how long the token is to be used. Errors are *chat.SendError.
	Fetch func(ctx context.Context) (token string, life time.Duration, err error)
	// Refused says whether an error of Fetch means that the app or its secret is wrong.
	Refused func(*chat.SendError) bool
}

// NewTokens makes Tokens that have none yet.
func NewTokens(o TokenOptions) *Tokens {
	sum := sha256.Sum256([]byte(o.Secret))
	return &Tokens{o: o, refuse: o.Key + "_refused_" + hex.EncodeToString(sum[:6])}
}

// Get gives the token, fetching it when there is none. Failures are *chat.SendError.
func (t *Tokens) Get(ctx context.Context) (string, error) {
	if token := t.kept(ctx); token != "" {
		return token, nil
	}
	// One caller's hanging up must not fail the others who wait for the same call.
	got := t.flight.DoChan(t.o.Key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.o.Timeout)
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
		return "", t.fault(chat.Retry, ctx.Err())
	}
}

func (t *Tokens) fault(class chat.Class, err error) *chat.SendError {
	return &chat.SendError{Platform: t.o.Platform, Op: t.o.Op, Class: class, Err: err}
}

// kept gives the token of the cache, or our own copy of it, "" when there is none.
func (t *Tokens) kept(ctx context.Context) string {
	if s, ok := t.o.Cache.GetContext(ctx, t.o.Key).(string); ok && s != "" {
		return s
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own != "" && t.o.Now().Before(t.ownEnds) {
		return t.own
	}
	return ""
}

// Invalidate drops a token the platform refused, unless a newer one has taken its place.
func (t *Tokens) Invalidate(ctx context.Context, refused string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own == refused {
		if t.dropped == refused {
			// Dropped, handed out again, refused again: for every send once more would be a loop.
			t.hold(stuckPause, t.fault(chat.Retry, errors.New("the platform hands out a token that it refuses")))
		}
		t.own = ""
	}
	if s, _ := t.o.Cache.GetContext(ctx, t.o.Key).(string); s == refused {
		_ = t.o.Cache.DeleteContext(ctx, t.o.Key) // at worst the stale token is refused once more
	}
	t.dropped = refused
}

// fetch asks the platform. While a refused secret or a used-up limit is waited out it does not.
func (t *Tokens) fetch(ctx context.Context) (string, error) {
	if err := t.paused(ctx); err != nil {
		return "", err
	}
	token, life, err := t.o.Fetch(ctx)
	if err != nil {
		t.note(ctx, err)
		return "", err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.own, t.ownEnds = token, t.o.Now().Add(life)
	_ = t.o.Cache.SetContext(ctx, t.o.Key, token, life) // without the cache our own copy serves
	return token, nil
}

// paused says why the platform is not asked now.
func (t *Tokens) paused(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.o.Now()
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
	if s, ok := t.o.Cache.GetContext(ctx, t.refuse).(string); ok {
		code, _ := strconv.ParseInt(s, 10, 64)
		return t.refusedSecret(code)
	}
	return nil
}

// note remembers a refusal that must not be repeated.
func (t *Tokens) note(ctx context.Context, err error) {
	e, ok := chat.AsSendError(err)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.o.Refused(e):
		t.hold(secretPause, t.refusedSecret(e.Code))
		_ = t.o.Cache.SetContext(ctx, t.refuse, strconv.FormatInt(e.Code, 10), secretPause)
	case e.Class == chat.Wait, e.Class == chat.Misset:
		t.hold(max(e.After, stuckPause), e)
	}
}

func (t *Tokens) hold(d time.Duration, why *chat.SendError) {
	t.pause, t.until = why, t.o.Now().Add(d)
}

func (t *Tokens) refusedSecret(code int64) *chat.SendError {
	e := t.fault(chat.Misset, errors.New("the app's id or its secret was refused; not tried again for some minutes, or our address would be blocked"))
	e.Code = code
	return e
}
