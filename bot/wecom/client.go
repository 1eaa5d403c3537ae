package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// client calls the platform's API. All its errors are *chat.SendError. Safe for concurrent use.
type client struct {
	base   string
	http   *link.Client
	secret string
	tokens *link.Tokens
	pauses *link.Pauses
}

// request is one call, without the token.
type request struct {
	op, method, path string
	query            url.Values
	contentType      string // of body
	body             []byte
}

func newClient(cfg Config, now func() time.Time) *client {
	c := &client{base: cfg.BaseURL, http: link.NewClient(Name, cfg.Transport, cfg.Timeout), secret: cfg.Secret, pauses: link.NewPauses(now)}
	c.tokens = newTokens(c, cfg, now)
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
		return c.http.Unreadable(r.op, err)
	}
	return nil
}

func (c *client) callRaw(ctx context.Context, r request) ([]byte, error) {
	for first := true; ; first = false {
		token, err := c.tokens.Get(ctx)
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
		return c.http.Unreadable(r.op, err)
	}
	return nil
}

// do makes one request, unless its API is paused, and gives the JSON of an answer with errcode 0.
func (c *client) do(ctx context.Context, r request, token string) ([]byte, error) {
	if after := c.pauses.Left(r.path); after > 0 {
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
		return nil, c.http.Unreadable(r.op, err)
	}
	if status.Code == nil {
		return nil, c.http.Unreadable(r.op, errors.New("no errcode"))
	}
	code := *status.Code
	e := &chat.SendError{
		Platform: Name, Op: r.op, Class: classify(code), Code: code,
		Err: &APIError{code, link.Redact(status.Message, token, c.secret)},
	}
	switch {
	case code == 0:
		c.pauses.End(r.path)
		return raw, nil
	case code == codeTooMany:
		e.After = c.pauses.Begin(r.path)
	}
	return nil, e
}

// exchange sends a request and reads the answer. The platform itself always says 200.
func (c *client) exchange(ctx context.Context, r request) ([]byte, error) {
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	status, raw, err := c.http.Do(ctx, link.Request{Op: r.op, Method: r.method, URL: address, ContentType: r.contentType, Body: r.body})
	if err == nil && status != http.StatusOK {
		return nil, c.http.Status(r.op, status)
	}
	return raw, err
}
