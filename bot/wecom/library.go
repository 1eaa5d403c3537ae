package wecom

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/silenceper/wechat/v2/util"
	"github.com/silenceper/wechat/v2/work"
	"github.com/silenceper/wechat/v2/work/config"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// The library (silenceper/wechat) has typed calls for the address list and for media, but one HTTP
// client for the whole process, constant addresses, no context, and errors that print the token.
// So it never gets a token. Each use gets a ticket, which it puts where the token belongs; its HTTP
// client, ours, exchanges the ticket for the Platform that issued it and makes the call there: with
// that platform's address, token, refresh, limits and the caller's context. A request without a
// live ticket goes nowhere.

// tickets is the transport of the library's HTTP client.
type tickets struct {
	mu   sync.Mutex
	live map[string]*ticket
}

// ticket is one use of the library.
type ticket struct {
	ctx    context.Context
	client *client
	err    error // of the last call; better than the library's, which lost its type
}

// libraryTransport gives the transport, after making it the library's, once. The library offers no
// other place for it than its package variable.
var libraryTransport = sync.OnceValue(func() *tickets {
	t := &tickets{live: map[string]*ticket{}}
	util.DefaultHTTPClient = &http.Client{Transport: t}
	return t
})

// ticketName is what the library takes for its token.
type ticketName string

// GetAccessToken implements the library's credential.AccessTokenHandle.
func (n ticketName) GetAccessToken() (string, error) { return string(n), nil }

// library runs use with the library's client for p's app. The error is use's own, or the
// *chat.SendError of the call it made.
func (p *Platform) library(ctx context.Context, use func(*work.Work) error) error {
	t := libraryTransport()
	name := ticketName(rand.Text())
	tk := &ticket{ctx: ctx, client: p.client}
	t.mu.Lock()
	t.live[string(name)] = tk
	t.mu.Unlock()
	defer func() {
		t.mu.Lock()
		delete(t.live, string(name))
		t.mu.Unlock()
	}()
	w := work.NewWork(&config.Config{
		CorpID: p.cfg.CorpID, AgentID: strconv.FormatInt(p.cfg.AgentID, 10), Cache: p.cfg.Cache,
	})
	w.GetContext().AccessTokenHandle = name
	if err := use(w); err != nil {
		if tk.err != nil {
			return tk.err
		}
		return sendError("library", chat.Retry, link.Scrub(err))
	}
	return nil
}

// RoundTrip implements http.RoundTripper.
func (t *tickets) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	t.mu.Lock()
	tk := t.live[q.Get("access_token")]
	t.mu.Unlock()
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if tk == nil {
		return nil, errors.New("wecom: the library was called outside of a Platform")
	}
	q.Del("access_token")
	raw, err := tk.client.callRaw(tk.ctx, request{
		op: strings.TrimPrefix(r.URL.Path, "/cgi-bin/"), method: r.Method, path: r.URL.Path, query: q,
		contentType: r.Header.Get("Content-Type"), body: body,
	})
	if tk.err = err; err != nil {
		return nil, err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(raw)),
		ContentLength: int64(len(raw)), Request: r,
	}, nil
}
