package link

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"trainingbot/bot/chat"
)

// maxAnswer bounds an answer of an API.
const maxAnswer = 1 << 20

// Client calls a platform's API: no redirects, bounded answers, and errors that hold no secret and say
// whether the platform may have done what it was asked. All its errors are *chat.SendError. Safe for
// concurrent use.
type Client struct {
	platform string
	http     *http.Client
	timeout  time.Duration
}

// Request is one call.
type Request struct {
	Op, Method, URL string
	Header          http.Header
	ContentType     string // of Body
	Body            []byte
}

// NewClient makes a Client. transport may be nil: one of our own with limits on connections. timeout
// bounds each call.
func NewClient(platform string, transport http.RoundTripper, timeout time.Duration) *Client {
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
		t.TLSHandshakeTimeout = 3 * time.Second
		t.MaxIdleConnsPerHost = 16
		t.MaxConnsPerHost = 32 // platforms refuse too many calls at a time
		transport = t
	}
	return &Client{platform: platform, timeout: timeout, http: &http.Client{
		Transport: transport,
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends a request and reads the answer. Once a connection was had, a failure leaves open whether the
// platform did what it was asked. An answer with another status than 200 is no error here.
func (c *Client) Do(ctx context.Context, r Request) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return 0, nil, c.Fault(r.Op, chat.Permanent, errors.New("the address cannot be built"))
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Body != nil {
		req.Header.Set("Content-Type", r.ContentType)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		e := c.Fault(r.Op, chat.Retry, Scrub(err))
		e.Ambiguous = connected.Load()
		return 0, nil, e
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case resp.StatusCode != http.StatusOK:
		return resp.StatusCode, raw, nil // what could not be read of a refusal matters little
	case err != nil:
		return resp.StatusCode, nil, c.Unreadable(r.Op, Scrub(err))
	case len(raw) > maxAnswer:
		return resp.StatusCode, nil, c.Unreadable(r.Op, errors.New("answer above 1 MiB"))
	}
	return resp.StatusCode, raw, nil
}

// Fault makes a SendError of this platform.
func (c *Client) Fault(op string, class chat.Class, err error) *chat.SendError {
	return &chat.SendError{Platform: c.platform, Op: op, Class: class, Err: err}
}

// Unreadable is for an answer that came and tells nothing: cut off, or a page of some proxy.
func (c *Client) Unreadable(op string, err error) *chat.SendError {
	e := c.Fault(op, chat.Retry, fmt.Errorf("unreadable answer: %w", err))
	e.Ambiguous = true
	return e
}

// Status is for an answer of what stands between us and the platform, of which the status alone counts.
func (c *Client) Status(op string, status int) *chat.SendError {
	err := fmt.Errorf("HTTP status %d", status)
	switch {
	case status == http.StatusTooManyRequests:
		e := c.Fault(op, chat.Wait, err)
		e.After = FirstPause
		return e
	case status >= 500 || status == http.StatusRequestTimeout:
		e := c.Fault(op, chat.Retry, err)
		e.Ambiguous = true
		return e
	}
	return c.Fault(op, chat.Misset, err)
}

// Scrub takes out of a fault of the network what must not be told: the address of a call may carry
// the token, or the secret.
func Scrub(err error) error {
	var u *url.Error
	for errors.As(err, &u) {
		err = u.Err
	}
	return err
}

// Redact cleans a platform's message for the log: one line, of bounded length, without the secrets of
// the call.
func Redact(msg string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			msg = strings.ReplaceAll(msg, s, "***")
		}
	}
	return CutRunes(Line(msg), 300)
}

// CheckBase lets secrets travel over https, or within this machine. example is an address as it should be.
func CheckBase(base, example string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not an address like " + example)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("no user, query or fragment")
	case u.Scheme == "https" || u.Scheme == "http" && OnThisMachine(u.Hostname()):
		return nil
	}
	return errors.New("https, or http to this machine only")
}

// OnThisMachine says whether a host is this machine itself.
func OnThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
