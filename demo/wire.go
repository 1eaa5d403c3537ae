package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Wire records the traffic between platform and bot as it passes, for the page's inspector. Its
// handlers stand in the real path: what they show is what was sent. Safe for concurrent use.
type Wire struct {
	clock *Clock

	mu        sync.Mutex
	list      []Exchange // oldest first, at most keep
	callbacks int
	calls     int
	changed   func()
}

// Exchange is one request and its response on the wire.
type Exchange struct {
	N       int    `json:"n"`
	Ms      int64  `json:"at"`
	Kind    string `json:"kind"` // callback (platform to bot) or call (bot to platform)
	Method  string `json:"method"`
	Path    string `json:"path"` // with the query, long values shortened
	Status  int    `json:"status"`
	Micros  int64  `json:"us"`
	Sent    string `json:"sent"`            // the request's body as it was on the wire, shortened
	Plain   string `json:"plain,omitempty"` // what it decrypts to
	Got     string `json:"got"`             // the response's body, shortened
	GotText string `json:"gotText,omitempty"`
}

// Opener decrypts one envelope: the query holds msg_signature, timestamp and nonce.
type Opener func(query url.Values, body []byte) (string, error)

const (
	keep    = 60   // exchanges kept for the inspector
	shownAt = 220  // runes of a body that are shown as they are on the wire
	plainAt = 1800 // runes of a plain text that are shown
	bodyMax = 1 << 20
)

// NewWire makes a recorder that stamps with the demo's time and measures with the real one.
func NewWire(c *Clock) *Wire { return &Wire{clock: c} }

// Callback records what passes on its way to the bot's callback.
func (w *Wire) Callback(next http.Handler, open Opener) http.Handler {
	return w.tap("callback", next, func(x *Exchange, q url.Values, sent, got []byte) {
		x.Plain = opened(open, q, sent)
		if r := replyQuery(got); r != nil {
			x.GotText = opened(open, r, got)
		}
	})
}

// Calls records what passes on its way to the platform's interface.
func (w *Wire) Calls(next http.Handler) http.Handler {
	return w.tap("call", next, func(x *Exchange, _ url.Values, sent, got []byte) {
		x.Plain, x.GotText = indented(sent), indented(got)
	})
}

// onChange sets what is called after each exchange.
func (w *Wire) onChange(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changed = f
}

func (w *Wire) tap(kind string, next http.Handler, read func(x *Exchange, q url.Values, sent, got []byte)) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(io.LimitReader(r.Body, bodyMax))
		if err != nil {
			http.Error(rw, "bad body", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(sent), r.Body))
		c := &copying{ResponseWriter: rw, status: http.StatusOK}
		stamp, began := w.clock.Now(), w.clock.base()
		defer func() { // also when the handler aborts the connection
			x := Exchange{Ms: stamp.UnixMilli(), Kind: kind, Method: r.Method, Path: shortQuery(r.URL), Status: c.status,
				Micros: w.clock.base().Sub(began).Microseconds(), Sent: short(string(sent), shownAt), Got: short(c.body.String(), shownAt)}
			read(&x, r.URL.Query(), sent, c.body.Bytes())
			w.keep(x)
		}()
		next.ServeHTTP(c, r)
	})
}

func (w *Wire) keep(x Exchange) {
	w.mu.Lock()
	if x.Kind == "callback" {
		w.callbacks++
	} else {
		w.calls++
	}
	x.N = w.callbacks + w.calls
	w.list = append(w.list, x)
	if len(w.list) > keep {
		w.list = slices.Delete(w.list, 0, len(w.list)-keep)
	}
	changed := w.changed
	w.mu.Unlock()
	if changed != nil {
		changed()
	}
}

// wireState is the inspector's part of the page's state.
type wireState struct {
	Callbacks int        `json:"callbacks"`
	Calls     int        `json:"calls"`
	List      []Exchange `json:"list,omitempty"` // newest first
}

// state gives the counts, and with list the exchanges.
func (w *Wire) state(list bool) *wireState {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &wireState{Callbacks: w.callbacks, Calls: w.calls}
	if list {
		s.List = slices.Clone(w.list)
		slices.Reverse(s.List)
	}
	return s
}

// copying keeps a copy of what is written through it.
type copying struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (c *copying) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *copying) Write(b []byte) (int, error) {
	if c.body.Len() < bodyMax {
		c.body.Write(b)
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the writer below.
func (c *copying) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func opened(open Opener, q url.Values, body []byte) string {
	if open == nil || len(body) == 0 {
		return ""
	}
	s, err := open(q, body)
	if err != nil {
		return "（解不开：" + err.Error() + "）"
	}
	return short(s, plainAt)
}

var replyField = regexp.MustCompile(`<(MsgSignature|TimeStamp|Nonce)>(?:<!\[CDATA\[)?([^<\]]*)`)

// replyQuery gives the signature fields of a passive reply as the query of a request has them, so
// that the same Opener reads both; nil when body is no encrypted reply.
func replyQuery(body []byte) url.Values {
	q := url.Values{}
	for _, m := range replyField.FindAllSubmatch(body, -1) {
		switch string(m[1]) {
		case "MsgSignature":
			q.Set("msg_signature", string(m[2]))
		case "TimeStamp":
			q.Set("timestamp", string(m[2]))
		case "Nonce":
			q.Set("nonce", string(m[2]))
		}
	}
	if len(q) < 3 {
		return nil
	}
	return q
}

// shortQuery gives path and query with every long value cut: enough to see that it is there.
func shortQuery(u *url.URL) string {
	if u.RawQuery == "" {
		return u.Path
	}
	var parts []string
	for _, kv := range strings.Split(u.RawQuery, "&") {
		k, v, _ := strings.Cut(kv, "=")
		if len(v) > 12 {
			v = v[:8] + "…"
		}
		parts = append(parts, k+"="+v)
	}
	return u.Path + "?" + strings.Join(parts, "&")
}

// short cuts s to n runes.
func short(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}

// indented gives a JSON body for reading; anything else as it is. Tokens are cut.
func indented(b []byte) string {
	if len(bytes.TrimSpace(b)) == 0 {
		return ""
	}
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return short(string(b), plainAt)
	}
	return short(token.ReplaceAllString(out.String(), `$1…"`), plainAt)
}

var token = regexp.MustCompile(`("(?:access_token|response_code)": "[^"]{6})[^"]*"`)
