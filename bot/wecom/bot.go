package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// botPace are the times of production. The platform wants a ping every 30 s and acknowledges it; two
// that are not are a dead connection.
func botPace() link.Pace {
	return link.Pace{
		Dial: 10 * time.Second, Ping: 30 * time.Second, Silence: 75 * time.Second, Write: 10 * time.Second,
		Healthy: time.Minute, First: time.Second, Last: time.Minute, Drain: 4 * time.Second,
	}
}

const (
	// standby is how long a program whose place another one took leaves it there: the platform keeps one
	// connection a bot, and two that fight for it hear nothing.
	standby = 5 * time.Minute
	// maxBotFrame bounds what comes in at once.
	maxBotFrame = 1 << 20
)

// Bot is an AI bot (智能机器人) over its long connection (document 101463): the way in and out for an
// office that cannot be reached from outside. It is the sending side (chat.Platform) from the start and
// the receiving side while Run runs; without a connection sends wait. Safe for concurrent use.
//
// What it cannot do that an app can: speak first to who never spoke to it, replace the other copies of a
// card, hear who joins and leaves, read the directory. The platform keeps one connection a bot and does
// not deliver again: a message whose handling fails is tried again here, and at last the person is asked
// to say it again.
type Bot struct {
	cfg     BotConfig
	now     func() time.Time
	alone   link.Limiter // counts when the shared limiter cannot
	pace    link.Pace
	standby time.Duration
	again   []time.Duration // before each further try of a message that failed
	log     *slog.Logger
	faults  *link.Log
	flights *link.Flights // set by Run

	mu    sync.Mutex
	conn  *botConn // nil while there is none
	state BotState
	maybe map[string]struct{} // cards of unknown outcome, by delivery id
	busy  int                 // callbacks being answered
	quiet chan struct{}       // closed when none is any more; nil when nobody waits for that
}

var _ chat.Platform = (*Bot)(nil)

// BotState is how the connection fares.
type BotState struct {
	Open    bool
	Since   time.Time // when the newest was opened
	Heard   time.Time // when anything last came in
	Opened  int       // how many there have been
	Fault   string    // why there is none, "" while there is; holds no secret
	Refused bool      // the platform refuses the bot or its secret: a person has to act
	Evicted bool      // another program took the place
}

// NewBot makes a bot. It connects to nobody before Run. The error tells all faults of cfg.
func NewBot(cfg BotConfig, now func() time.Time, log *slog.Logger) (*Bot, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Bot{
		cfg: cfg.withDefaults(now), now: now, alone: link.NewMemoryLimiter(now), pace: botPace(), standby: standby,
		again: []time.Duration{time.Second, 3 * time.Second}, log: log, faults: link.NewLog(log, now, Name, 60), maybe: map[string]struct{}{},
	}, nil
}

// String describes the bot without its secret.
func (b *Bot) String() string { return b.cfg.String() }

// GoString is String.
func (b *Bot) GoString() string { return b.cfg.String() }

// LogValue is String.
func (b *Bot) LogValue() slog.Value { return b.cfg.LogValue() }

// State gives how the connection fares.
func (b *Bot) State() BotState {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.state
	out.Open = b.conn != nil
	return out
}

func (b *Bot) current() *botConn {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.conn
}

// Receive sets who answers the messages. Call it once, before Run.
func (b *Bot) Receive(h chat.Handler) {
	b.flights = link.NewFlights(link.FlightOptions{Handler: h, Within: b.cfg.HandleWithin, Most: b.cfg.MaxInFlight, Faults: b.faults})
}

// Wait waits until no message is in work. Call it after Run has returned.
func (b *Bot) Wait(ctx context.Context) error {
	select {
	case <-b.idle():
		return b.flights.Wait(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin counts a callback that is being answered until done is called.
func (b *Bot) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.busy++
}

func (b *Bot) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy--; b.busy == 0 && b.quiet != nil {
		close(b.quiet)
		b.quiet = nil
	}
}

// idle is closed when no callback is being answered. Unlike a WaitGroup it may be asked while more come.
func (b *Bot) idle() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.busy == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	if b.quiet == nil {
		b.quiet = make(chan struct{})
	}
	return b.quiet
}

// finish ends a connection when the callbacks in work are answered, or after a while.
func (b *Bot) finish(c *botConn) {
	t := time.NewTimer(b.pace.Drain)
	defer t.Stop()
	select {
	case <-b.idle():
	case <-t.C:
	case <-c.socket.Gone():
	}
	c.socket.Goodbye()
}

// Run keeps a connection open until ctx ends. Then it finishes and answers what it took, for a while:
// what comes in meanwhile is taken too, since the platform does not deliver again.
func (b *Bot) Run(ctx context.Context) {
	for failures := 0; ctx.Err() == nil; {
		c, err := b.connect(ctx)
		if err != nil {
			failures++
			b.failed(ctx, err, failures)
			d := b.pace.Wait(failures, rand.Float64())
			if b.State().Refused {
				d = link.Jitter(b.pace.Last, rand.Float64())
			}
			link.Sleep(ctx, d)
			continue
		}
		over := make(chan struct{})
		go func() { defer close(over); b.read(c) }()
		select {
		case <-over:
		case <-ctx.Done():
			b.finish(c)
			<-over
		}
		b.lost(c)
		switch {
		case c.evicted:
			failures = 0
			link.Sleep(ctx, link.Jitter(b.standby, rand.Float64()))
		case c.socket.Healthy():
			failures = 0
		default:
			failures++
			link.Sleep(ctx, b.pace.Wait(failures, rand.Float64()))
		}
	}
}

func (b *Bot) failed(ctx context.Context, err error, n int) {
	if ctx.Err() != nil {
		return
	}
	e, ok := chat.AsSendError(err)
	b.mu.Lock()
	b.state.Fault, b.state.Refused = err.Error(), ok && e.Class == chat.Misset
	b.mu.Unlock()
	b.faults.Warn("no connection to the platform", slog.String("error", err.Error()), slog.Int("tries", n))
}

func (b *Bot) lost(c *botConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Evicted, b.state.Fault = c.evicted, "the connection was lost"
	if c.evicted {
		b.state.Fault = "another program connected as this bot"
	}
}

// dial opens a connection without subscribing to anything.
func (b *Bot) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, b.pace.Dial)
	defer cancel()
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: b.pace.Dial}
	ws, resp, err := dialer.DialContext(ctx, b.cfg.URL, nil)
	if err != nil {
		why := link.Scrub(err)
		if resp != nil {
			why = fmt.Errorf("HTTP status %d", resp.StatusCode)
		}
		return nil, sendError("connect", chat.Retry, why)
	}
	ws.SetReadLimit(maxBotFrame)
	return ws, nil
}

// Reach says whether the gateway can be reached. It does not subscribe: that would end the connection of
// the program that serves.
func (b *Bot) Reach(ctx context.Context) error {
	ws, err := b.dial(ctx)
	if err == nil {
		_ = ws.Close()
	}
	return err
}

// connect opens a connection and subscribes.
func (b *Bot) connect(ctx context.Context) (*botConn, error) {
	ws, err := b.dial(ctx)
	if err != nil {
		return nil, err
	}
	id := newRequest(cmdSubscribe)
	raw, err := writeFrame(cmdSubscribe, id, map[string]string{"bot_id": b.cfg.BotID, "secret": b.cfg.Secret})
	if err != nil {
		return nil, errors.Join(err, ws.Close())
	}
	// A timer in place of a deadline: that is read on the system's clock.
	slow := time.AfterFunc(b.cfg.Timeout, func() { _ = ws.Close() })
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()
	defer slow.Stop()
	if err = ws.WriteMessage(websocket.TextMessage, raw); err == nil {
		err = b.subscribed(ws, id)
	}
	if err != nil {
		_ = ws.Close()
		return nil, err
	}
	c := &botConn{bot: b, pending: map[string]chan botFrame{}}
	c.socket = link.NewSocket(ws, b.pace, func() []byte {
		raw, _ := writeFrame(cmdPing, newRequest(cmdPing), nil)
		return raw
	})
	b.mu.Lock()
	b.conn = c
	b.state.Since, b.state.Fault, b.state.Refused, b.state.Evicted = b.now(), "", false, false
	b.state.Opened++
	b.mu.Unlock()
	b.log.Info(Name + ": connected")
	return c, nil
}

// subscribed reads the acknowledgement of the subscription.
func (b *Bot) subscribed(ws *websocket.Conn, id string) error {
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return sendError(cmdSubscribe, chat.Retry, link.Scrub(err))
		}
		var f botFrame
		if json.Unmarshal(raw, &f) != nil || f.Cmd != "" || f.Headers.ReqID != id {
			continue
		}
		if f.ErrCode == 0 {
			return nil
		}
		e := refusal(cmdSubscribe, f.ErrCode, f.ErrMsg, b.cfg.Secret)
		if e.Class != chat.Wait && e.Code != codeBusy {
			e.Class = chat.Misset // nothing but the bot and its secret was said
		}
		return e
	}
}
