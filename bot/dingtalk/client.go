package dingtalk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// everything is the name under which all APIs are paused together.
const everything = "*"

// client calls the platform's two APIs. All its errors are *chat.SendError. Safe for concurrent use.
type client struct {
	cfg    Config
	http   *link.Client
	tokens *link.Tokens
	now    func() time.Time

	mu     sync.Mutex
	pauses map[string]time.Time     // by path: until when a limit is used up
	rates  map[string]*rate.Limiter // by path
}

// call is one request of the new API, or with old of the old one.
type call struct {
	op, method, path string
	query            url.Values
	body             any
	old, free        bool // free: it does not count to the quota
	repeatable       bool // asking twice does no harm: a 5xx then leaves nothing open
}

func newClient(cfg Config, now func() time.Time) *client {
	c := &client{
		cfg: cfg, http: link.NewClient(Name, cfg.Transport, cfg.Timeout), now: now,
		pauses: map[string]time.Time{}, rates: map[string]*rate.Limiter{},
	}
	c.tokens = link.NewTokens(link.TokenOptions{
		Platform: Name, Op: opToken, Secret: cfg.ClientSecret, Cache: cfg.Cache, Now: now, Timeout: cfg.Timeout,
		Key: Name + "_access_token_" + cfg.ClientID, Fetch: c.fetchToken,
		Refused: func(e *chat.SendError) bool {
			api, ok := errors.AsType[*APIError](e.Err)
			return ok && (api.Code == "invalidClientIdOrSecret" || api.Code == "invalid.client")
		},
	})
	return c
}

const (
	opToken   = "accessToken"
	pathToken = "/v1.0/oauth2/accessToken"
	// early is how long before its end a token is not used any more.
	early = 5 * time.Minute
)

func (c *client) fetchToken(ctx context.Context) (string, time.Duration, error) {
	var got struct {
		Token   string `json:"accessToken"`
		Seconds int64  `json:"expireIn"`
	}
	body := map[string]string{"appKey": c.cfg.ClientID, "appSecret": c.cfg.ClientSecret}
	if _, err := c.once(ctx, call{op: opToken, method: http.MethodPost, path: pathToken, body: body, free: true, repeatable: true}, "", &got); err != nil {
		return "", 0, err
	}
	if got.Token == "" || len(got.Token) > 512 || got.Seconds <= 0 {
		return "", 0, c.http.Fault(opToken, chat.Retry, errors.New("an answer without a usable token"))
	}
	life := time.Duration(got.Seconds) * time.Second
	return got.Token, max(life-early, life/2), nil
}

// do makes a call with the token. When the platform refuses the token it is fetched anew and the call
// repeated, once.
func (c *client) do(ctx context.Context, r call, out any) error {
	for first := true; ; first = false {
		token, err := c.tokens.Get(ctx)
		if err != nil {
			return err
		}
		v, err := c.once(ctx, r, token, out)
		if err == nil || !v.token {
			return err
		}
		c.tokens.Invalidate(ctx, token)
		if !first {
			return err
		}
	}
}

// once makes a call as it is, unless a limit is being waited out. The verdict tells of a refusal.
func (c *client) once(ctx context.Context, r call, token string, out any) (verdict, error) {
	if left := max(c.pausedFor(r.path), c.pausedFor(everything)); left > 0 && !r.free {
		e := c.http.Fault(r.op, chat.Wait, errors.New("limit used up, not called"))
		e.After = left
		return verdict{}, e
	}
	if err := c.rate(r.path).Wait(ctx); err != nil {
		return verdict{}, c.http.Fault(r.op, chat.Retry, err)
	}
	req, err := c.request(r, token)
	if err != nil {
		return verdict{}, c.http.Fault(r.op, chat.Permanent, err)
	}
	if !r.free {
		c.cfg.Meter.Count(APICalls, 1)
	}
	status, raw, err := c.http.Do(ctx, req)
	if err != nil {
		if e, ok := chat.AsSendError(err); ok && r.repeatable {
			e.Ambiguous = false
		}
		return verdict{}, err
	}
	if banned(status, raw) {
		c.pause(everything, banLimit)
		e := c.http.Fault(r.op, chat.Wait, errors.New("the platform has blocked our address for some minutes"))
		e.After = banLimit
		return verdict{}, e
	}
	if api, v := c.refusal(r, status, raw, token); api != nil {
		return v, c.refused(r, v, api)
	}
	if out == nil {
		return verdict{}, nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		e := c.http.Unreadable(r.op, err)
		e.Ambiguous = !r.repeatable
		return verdict{}, e
	}
	return verdict{}, nil
}

func (c *client) request(r call, token string) (link.Request, error) {
	q, header := url.Values{}, http.Header{"Accept": {"application/json"}} // without it some answers are XML
	for k, v := range r.query {
		q[k] = v
	}
	base := c.cfg.BaseURL
	switch {
	case r.old:
		base = c.cfg.OldURL
		q.Set("access_token", token)
	case token != "":
		header.Set("X-Acs-Dingtalk-Access-Token", token)
	}
	address := base + r.path
	if len(q) > 0 {
		address += "?" + q.Encode()
	}
	out := link.Request{Op: r.op, Method: r.method, URL: address, Header: header}
	if r.body == nil {
		return out, nil
	}
	var err error
	out.ContentType = "application/json; charset=utf-8"
	out.Body, err = marshal(r.body)
	return out, err
}

// marshal writes JSON as people read it: < and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// banned says that the answer is the wall before the platform, which stops an address that asks too fast:
// a page, or JSON of another make. A page with a 5xx is some proxy's.
func banned(status int, raw []byte) bool {
	head := bytes.TrimSpace(raw)
	if len(head) == 0 || head[0] == '<' {
		return len(head) > 0 && (status == http.StatusOK || status == http.StatusForbidden)
	}
	var wall struct {
		Status lax    `json:"status"`
		Punish string `json:"punish"`
	}
	return json.Unmarshal(head, &wall) == nil && wall.Status == "1111" && wall.Punish != ""
}

// refusal reads an answer that says no; nil when it says yes.
func (c *client) refusal(r call, status int, raw []byte, token string) (*APIError, verdict) {
	var told struct {
		Code    lax    `json:"code"`
		Message string `json:"message"`
		ID      string `json:"requestid"`
		OldCode lax    `json:"errcode"`
		OldText string `json:"errmsg"`
		OldID   string `json:"request_id"`
		Sub     lax    `json:"sub_code"`
	}
	_ = json.Unmarshal(raw, &told) // what is no JSON has no code
	clean := func(s string) string { return link.Redact(s, token, c.cfg.ClientSecret) }
	switch {
	case r.old && status == http.StatusOK && told.OldCode == "":
		return &APIError{Code: "no errcode", Message: "an answer that says neither yes nor no"}, verdict{class: chat.Retry, ambiguous: true}
	case r.old && status == http.StatusOK && told.OldCode.number() == 0:
		return nil, verdict{}
	case r.old && status == http.StatusOK:
		return &APIError{clean(string(told.OldCode)), clean(told.OldText), clean(told.OldID)}, judgeOld(told.OldCode.number(), string(told.Sub))
	case status == http.StatusOK:
		return nil, verdict{}
	}
	return &APIError{clean(string(told.Code)), clean(http.StatusText(status) + " " + told.Message), clean(told.ID)}, judgeNew(status, string(told.Code))
}

// refused makes the error of a refusal, and waits out a limit.
func (c *client) refused(r call, v verdict, api *APIError) error {
	e := c.http.Fault(r.op, v.class, api)
	e.Code, e.After, e.Ambiguous = lax(api.Code).number(), v.after, v.ambiguous && !r.repeatable
	if v.class == chat.Wait {
		path := r.path
		if v.everyone {
			path = everything
		}
		c.pause(path, v.after)
	}
	return e
}

func (c *client) pause(path string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pauses[path] = c.now().Add(d)
}

func (c *client) pausedFor(path string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pauses[path].Sub(c.now())
}

func (c *client) rate(path string) *rate.Limiter {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.rates[path]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(c.cfg.PerSecond), c.cfg.PerSecond)
		c.rates[path] = l
	}
	return l
}

// webhook posts to an address that is itself the permission, a session's or a group robot's. It counts
// as a message.
func (c *client) webhook(ctx context.Context, op, address string, body any) error {
	raw, err := marshal(body)
	if err != nil {
		return c.http.Fault(op, chat.Permanent, err)
	}
	c.cfg.Meter.Count(Messages, 1)
	status, answer, err := c.http.Do(ctx, link.Request{Op: op, Method: http.MethodPost, URL: address,
		Header: http.Header{"Accept": {"application/json"}}, ContentType: "application/json; charset=utf-8", Body: raw})
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return c.http.Status(op, status)
	}
	r := call{op: op, path: op, old: true}
	if api, v := c.refusal(r, status, answer, ""); api != nil {
		return c.refused(r, v, api)
	}
	return nil
}

// sessionURL says whether an address that came with a message is the platform's own: over HTTP the body
// is not signed, and we would post to wherever it says.
func (c *client) sessionURL(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	own, err := url.Parse(c.cfg.OldURL)
	return err == nil && u.Scheme == own.Scheme && strings.EqualFold(u.Host, own.Host) && u.Path == "/robot/sendBySession"
}
