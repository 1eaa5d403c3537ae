package wecom

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// maxBody bounds the body of a callback; the platform's own are below 10 KiB.
const maxBody = 64 << 10

// pushIn is how long a late answer waits before it is pushed: the platform delivers again after five
// seconds, three times, and a redelivery that is answered in time cancels the push.
const pushIn = 20 * time.Second

// Callback answers the platform's callbacks on one path: the URL check (GET) and messages and
// events (POST), documents 90930 and 96238. Every request that is not the platform's own gets an
// empty 403, whatever is wrong with it; the handler never hears of it.
//
// A message is handled at once. If its handler answers within Config.AnswerWithin the answer is the
// response. If not, or if the handler fails, the connection is cut, which the platform takes for a
// failed delivery under every reading of its documents (a 5xx may or may not be one), and it
// delivers again; a redelivery that finds the first still at work waits with it. An answer that is
// ready when nobody waits any more is pushed.
type Callback struct {
	cfg    Config
	codecs []*Codec
	now    func() time.Time
	// Apart, so that a flood of forgeries does not silence our own faults.
	refused, faults *link.Log
	flights         *link.Flights
}

// NewCallback makes the handler for the callback address. Faults of cfg's token or key, which
// Config.Validate tells, make it refuse every request. Times are judged by now.
func NewCallback(cfg Config, h chat.Handler, now func() time.Time, log *slog.Logger) *Callback {
	cfg = cfg.withDefaults()
	c := &Callback{
		cfg:     cfg,
		now:     now,
		refused: link.NewLog(log, now, Name, 10),
		faults:  link.NewLog(log, now, Name, 60),
	}
	c.flights = link.NewFlights(link.FlightOptions{Handler: h, Within: cfg.HandleWithin, Most: cfg.MaxInFlight, PushIn: pushIn, Faults: c.faults})
	for _, pair := range [...][2]string{{cfg.Token, cfg.EncodingAESKey}, {cfg.OldToken, cfg.OldEncodingAESKey}} {
		if codec, err := NewCodec(pair[0], pair[1], cfg.CorpID); err == nil {
			c.codecs = append(c.codecs, codec)
		}
	}
	return c
}

// String describes the app without its secrets.
func (c *Callback) String() string { return "callback of " + c.cfg.String() }

// GoString is String.
func (c *Callback) GoString() string { return c.String() }

// Wait waits until no message is in work, those whose caller has gone included. Call it after the
// server took its last request.
func (c *Callback) Wait(ctx context.Context) error { return c.flights.Wait(ctx) }

// ServeHTTP implements http.Handler.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		c.check(w, r)
	case http.MethodPost:
		c.receive(w, r)
	default:
		w.Header()["Allow"] = []string{"GET, POST"}
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// check answers the URL check: the decrypted echo, byte for byte.
func (c *Callback) check(w http.ResponseWriter, r *http.Request) {
	err := ErrEnvelope
	if q, ok := parseQuery(r.URL.RawQuery); ok && q.echo != "" {
		var plain []byte
		if plain, _, err = c.open(q, []byte(q.echo)); err == nil {
			w.Header()["Content-Type"] = []string{"text/plain; charset=utf-8"}
			w.Header()["X-Content-Type-Options"] = []string{"nosniff"}
			_, _ = w.Write(plain)
			return
		}
	}
	c.refuse(w, r, err)
}

// open verifies and decrypts with the pair in force, or the one before it, and judges the stamp.
func (c *Callback) open(q query, encrypt []byte) (plain []byte, by *Codec, err error) {
	err = ErrSignature
	for _, codec := range c.codecs {
		if plain, err = codec.open(q, encrypt); err == nil {
			by = codec
			break
		}
		if !errors.Is(err, ErrSignature) {
			return nil, nil, err
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if !c.fresh(q.timestamp) {
		return nil, nil, ErrStale
	}
	return plain, by, nil
}

func (c *Callback) fresh(timestamp string) bool {
	if c.cfg.Freshness < 0 {
		return true
	}
	sec, err := strconv.ParseInt(timestamp, 10, 64)
	return err == nil && c.now().Sub(time.Unix(sec, 0)).Abs() <= c.cfg.Freshness
}

// refuse gives every forgery the same answer. What was wrong is only for the log, and there only
// now and then: a flood of forgeries must not become a flood of lines.
func (c *Callback) refuse(w http.ResponseWriter, r *http.Request, err error) {
	w.WriteHeader(http.StatusForbidden)
	c.refused.Warn("callback refused", slog.String("cause", err.Error()), slog.String("remote", r.RemoteAddr))
}

// receive takes a message or an event.
func (c *Callback) receive(w http.ResponseWriter, r *http.Request) {
	q, ok := parseQuery(r.URL.RawQuery)
	if !ok {
		c.refuse(w, r, ErrEnvelope)
		return
	}
	body, err := readBody(w, r)
	if err != nil {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		panic(http.ErrAbortHandler) // the sender is gone
	}
	in, by, err := c.openMessage(q, body)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	m, ok, err := in.message(c.cfg.AgentID)
	switch {
	case err != nil:
		c.refuse(w, r, err)
	case ok:
		c.answer(w, r, exchange{m: m, codec: by, nonce: q.nonce, user: string(in.from)})
	}
	// Otherwise it is an event nobody waits for: the empty 200 says that it arrived.
}

// openMessage verifies, decrypts and reads a callback, and checks whom it is addressed to, outside
// and inside.
func (c *Callback) openMessage(q query, body []byte) (inbound, *Codec, error) {
	e, err := parseEnvelope(body)
	if err != nil {
		return inbound{}, nil, err
	}
	plain, by, err := c.open(q, e.encrypt)
	if err != nil {
		return inbound{}, nil, err
	}
	in, err := parseInbound(plain)
	if err != nil {
		return inbound{}, nil, err
	}
	if string(e.to) != c.cfg.CorpID || string(in.to) != c.cfg.CorpID ||
		!sameAgent(e.agent, c.cfg.AgentID) || !sameAgent(in.agent, c.cfg.AgentID) {
		return inbound{}, nil, ErrReceiver
	}
	return in, by, nil
}

// readBody reads at most maxBody bytes, into a buffer of the right size when that is announced.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, &http.MaxBytesError{Limit: maxBody}
	}
	if r.ContentLength >= 0 {
		b := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, b)
		return b, err
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

// exchange is one delivery of a message, waiting for its answer.
type exchange struct {
	m     chat.Message
	codec *Codec
	nonce string
	user  string // as the platform spells it
}

// answer has the message handled and responds. Whatever keeps it from that, a cut connection is the
// one thing that is redelivered under every reading of the documents; a 503 is under one only.
func (c *Callback) answer(w http.ResponseWriter, r *http.Request, x exchange) {
	reply, err := c.flights.Answer(r.Context(), x.m, c.cfg.AnswerWithin)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	plain, rest := passive(c.cfg.CorpID, x, reply, c.now())
	if rest {
		c.flights.Push(x.m, pushIn)
	}
	if plain == nil {
		return // the empty 200
	}
	out := x.codec.Seal(plain, c.now().Unix(), x.nonce)
	w.Header()["Content-Type"] = []string{"text/xml; charset=utf-8"}
	if _, err := w.Write(out); err != nil || r.Context().Err() != nil {
		c.flights.Push(x.m, pushIn)
	}
}
