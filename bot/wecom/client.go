package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"trainingbot/bot/chat"
)

// maxAnswer bounds an answer of the API.
const maxAnswer = 1 << 20

// The pause after a used-up limit: its window is a minute or an hour, and the answer does not say.
const (
	firstPause = time.Minute
	lastPause  = time.Hour
)

// client calls the platform's API. All its errors are *chat.SendError. Safe for concurrent use.
type client struct {
	base    string
	http    *http.Client
	timeout time.Duration
	now     func() time.Time
	secret  string
	tokens  *tokens

	mu     sync.Mutex
	pauses map[string]pause // by path
}

// pause is a used-up limit of one API.
type pause struct {
	until time.Time
	next  time.Duration // the next pause, if this one was too short
}

// request is one call, without the token.
type request struct {
	op, method, path string
	query            url.Values
	contentType      string // of body
	body             []byte
}

func newClient(cfg Config, now func() time.Time) *client {
	transport := cfg.Transport
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
		t.TLSHandshakeTimeout = 3 * time.Second
		t.MaxIdleConnsPerHost = 16
		t.MaxConnsPerHost = 32 // the platform refuses too many calls at a time (45033)
		transport = t
	}
	c := &client{
		base: cfg.BaseURL,
		http: &http.Client{
			Transport: transport,
			// A redirect would carry the token to wherever it points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		timeout: cfg.Timeout,
		now:     now,
		secret:  cfg.Secret,
		pauses:  map[string]pause{},
	}
	c.tokens = newTokens(c, cfg)
	return c
}

// call makes a request with the token. When the platform refuses the token it is fetched anew and
// the request repeated, once.
func (c *client) call(ctx context.Context, r request, out any) error {
	raw, err := c.callRaw(ctx, r)
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return unreadable(r.op, err)
	}
	return nil
}

func (c *client) callRaw(ctx context.Context, r request) ([]byte, error) {
	for first := true; ; first = false {
		token, err := c.tokens.GetAccessTokenContext(ctx)
		if err != nil {
			return nil, err
		}
		q := url.Values{}
		for k, v := range r.query {
			q[k] = v
		}
		q.Set("access_token", token)
		again := r
		again.query = q
		raw, err := c.do(ctx, again, token)
		if e, ok := chat.AsSendError(err); ok && tokenRefused(e.Code) {
			c.tokens.Invalidate(ctx, token)
			if first {
				continue
			}
		}
		return raw, err
	}
}

// once makes a request as it is.
func (c *client) once(ctx context.Context, r request, out any) error {
	raw, err := c.do(ctx, r, "")
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return unreadable(r.op, err)
	}
	return nil
}

// do makes one request, unless its API is paused, and gives the JSON of an answer with errcode 0.
func (c *client) do(ctx context.Context, r request, token string) ([]byte, error) {
	if after := c.pausedFor(r.path); after > 0 {
		return nil, waitError(r.op, codeTooMany, after, errors.New("limit used up, not called"))
	}
	raw, err := c.exchange(ctx, r)
	if err != nil {
		return nil, err
	}
	var status struct {
		Code    *int64 `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(raw, &status); err != nil {
		return nil, unreadable(r.op, err)
	}
	if status.Code == nil {
		return nil, unreadable(r.op, errors.New("no errcode"))
	}
	code := *status.Code
	e := &chat.SendError{
		Platform: Name, Op: r.op, Class: classify(code), Code: code,
		Err: &APIError{code, redact(status.Message, token, c.secret)},
	}
	switch {
	case code == 0:
		c.resume(r.path)
		return raw, nil
	case code == codeTooMany:
		e.After = c.pause(r.path)
	}
	return nil, e
}

// exchange sends a request and reads the answer. Once a connection was had, a failure leaves open
// whether the platform did what it was asked.
func (c *client) exchange(ctx context.Context, r request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(r.body))
	if err != nil {
		return nil, sendError(r.op, chat.Permanent, errors.New("the address cannot be built"))
	}
	if r.body != nil {
		req.Header.Set("Content-Type", r.contentType)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		e := sendError(r.op, chat.Retry, scrub(err))
		e.Ambiguous = connected.Load()
		return nil, e
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case resp.StatusCode != http.StatusOK:
		return nil, statusError(r.op, resp.StatusCode)
	case err != nil:
		return nil, unreadable(r.op, scrub(err))
	case len(raw) > maxAnswer:
		return nil, unreadable(r.op, errors.New("answer above 1 MiB"))
	}
	return raw, nil
}

// statusError is for what stands between us and the platform: the platform itself always says 200.
func statusError(op string, status int) error {
	err := fmt.Errorf("HTTP status %d", status)
	switch {
	case status == http.StatusTooManyRequests:
		return waitError(op, 0, firstPause, err)
	case status >= 500 || status == http.StatusRequestTimeout:
		e := sendError(op, chat.Retry, err)
		e.Ambiguous = true
		return e
	}
	return sendError(op, chat.Misset, err)
}

// unreadable is for an answer that came and tells nothing: cut off, or a page of some proxy.
func unreadable(op string, err error) error {
	e := sendError(op, chat.Retry, fmt.Errorf("unreadable answer: %w", err))
	e.Ambiguous = true
	return e
}

func (c *client) pausedFor(path string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pauses[path].until.Sub(c.now())
}

// pause stops an API for a while, longer each time in a row, and says for how long.
func (c *client) pause(path string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pauses[path]
	if left := p.until.Sub(c.now()); left > 0 { // calls under way together count once
		return left
	}
	d := max(p.next, firstPause)
	c.pauses[path] = pause{until: c.now().Add(d), next: min(10*d, lastPause)}
	return d
}

func (c *client) resume(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A call that was under way when the limit was reached does not lift the pause.
	if p, ok := c.pauses[path]; ok && !c.now().Before(p.until) {
		delete(c.pauses, path)
	}
}
