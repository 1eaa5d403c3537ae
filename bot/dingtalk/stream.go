package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// pace is the times of the Stream connection.
type pace struct {
	dial    time.Duration // from the ticket to the open connection
	ping    time.Duration // how often we ask for a sign of life
	silence time.Duration // a connection that shows none for so long is dead
	write   time.Duration // a frame that is not written in this time ends its connection
	linger  time.Duration // how long a connection that is being replaced still listens
	recycle time.Duration // a connection is replaced at this age, before it can go deaf unnoticed
	healthy time.Duration // one that lived so long proves that connecting works
	first   time.Duration // the second try waits so long, each later one twice as long
	last    time.Duration // but no longer than this; so long waits also who is refused for the settings
	drain   time.Duration // how long Run finishes what it took when it is to stop
}

// steady are the times of production. The platform's own ping comes every 30 to 60 s; a router may
// forget a connection that is silent for a minute or two.
func steady() pace {
	return pace{
		dial: 10 * time.Second, ping: 30 * time.Second, silence: 90 * time.Second, write: 10 * time.Second,
		linger: 15 * time.Second, recycle: 6 * time.Hour, healthy: time.Minute,
		first: time.Second, last: time.Minute, drain: 4 * time.Second,
	}
}

const (
	streamWorkers = 64
	streamQueue   = 4096
	maxFrame      = 4 << 20

	pathOpen = "/v1.0/gateway/connections/open"
	opOpen   = "connections/open"
)

// wait gives how long to wait before try n of connecting (1 for the first after a failure): at once,
// then doubling, a fifth more or less by r in [0,1), so that many do not come back together.
func (p pace) wait(n int, r float64) time.Duration {
	if n < 2 {
		return 0
	}
	d := p.last
	if n < 12 {
		d = min(d, p.first<<(n-2))
	}
	return time.Duration(float64(d) * (0.8 + 0.4*r))
}

// Stream is the outgoing connection over which the platform delivers, for an office that cannot be
// reached from outside. Several processes may run one for the same app: the platform picks one of them
// for each delivery. Safe for concurrent use.
type Stream struct {
	inbox  *Inbox
	client *client
	pace   pace
	queue  chan delivery

	gate   sync.RWMutex // held for reading while putting into queue
	closed bool         // guarded by gate

	mu    sync.Mutex
	open  map[*connection]bool
	state StreamState
}

// StreamState is how the connection fares.
type StreamState struct {
	Open    int       // connections that listen, 2 while one replaces the other
	Since   time.Time // when the newest was opened
	Heard   time.Time // when anything last came in
	Opened  int       // how many there have been
	Fault   string    // why there is none, "" while there is; holds no secret
	Refused bool      // the platform refuses the app or its secret: a person has to act
}

// delivery is a frame and the connection that waits for its ack.
type delivery struct {
	f    frame
	from *connection
}

// Stream makes the outgoing connection of the inbox. Run opens it.
func (b *Inbox) Stream() *Stream {
	return &Stream{inbox: b, client: b.platform.client, pace: steady(), queue: make(chan delivery, streamQueue), open: map[*connection]bool{}}
}

// State gives how the connection fares.
func (s *Stream) State() StreamState {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.state
	out.Open = len(s.open)
	return out
}

// Run keeps a connection open until ctx ends. Then it takes no more, finishes and acknowledges what it
// took, and says goodbye; what is not finished in time is not acknowledged.
func (s *Stream) Run(ctx context.Context) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	var workers sync.WaitGroup
	for range streamWorkers {
		workers.Go(func() {
			for d := range s.queue {
				s.handle(work, d)
			}
		})
	}
	var readers sync.WaitGroup
	s.keepOpen(ctx, &readers)
	s.gate.Lock()
	s.closed = true
	close(s.queue)
	s.gate.Unlock()
	t := time.AfterFunc(s.pace.drain, cancel)
	workers.Wait()
	t.Stop()
	s.each(func(c *connection) { c.goodbye() })
	readers.Wait()
}

func (s *Stream) each(do func(*connection)) {
	s.mu.Lock()
	all := make([]*connection, 0, len(s.open))
	for c := range s.open {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		do(c)
	}
}

// keepOpen opens a connection, and another whenever one is to be replaced or has failed.
func (s *Stream) keepOpen(ctx context.Context, readers *sync.WaitGroup) {
	for failures := 0; ctx.Err() == nil; {
		c, err := s.connect(ctx)
		if err != nil {
			failures++
			s.failed(ctx, err, failures)
			d := s.pace.wait(failures, rand.Float64())
			if e, ok := chat.AsSendError(err); ok && refusesApp(e) {
				d = s.pace.last
			}
			pause(ctx, d)
			continue
		}
		readers.Go(func() { s.serve(ctx, c) })
		select {
		case <-c.over:
		case <-ctx.Done():
			return
		}
		if c.wasHealthy.Load() {
			failures = 0
			continue // the platform replaces connections from time to time
		}
		failures++
		pause(ctx, s.pace.wait(failures, rand.Float64()))
	}
}

// refusesApp says that the platform does not take the app or its secret: to ask often changes nothing.
func refusesApp(e *chat.SendError) bool { return e.Class == chat.Misset || e.Class == chat.Permanent }

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func (s *Stream) failed(ctx context.Context, err error, n int) {
	if ctx.Err() != nil {
		return
	}
	e, ok := chat.AsSendError(err)
	s.mu.Lock()
	s.state.Fault, s.state.Refused = err.Error(), ok && refusesApp(e)
	s.mu.Unlock()
	s.inbox.faults.Warn("no connection to the platform", slog.String("error", err.Error()), slog.Int("tries", n))
}

// connect asks for a ticket, which opens one connection within 90 s, and opens it.
func (s *Stream) connect(ctx context.Context) (*connection, error) {
	at, err := s.client.ticket(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.pace.dial)
	defer cancel()
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: s.pace.dial}
	ws, resp, err := dialer.DialContext(ctx, at, nil)
	if err != nil {
		why := link.Scrub(err)
		if resp != nil {
			why = fmt.Errorf("HTTP status %d", resp.StatusCode)
		}
		return nil, s.client.http.Fault("connect", chat.Retry, why)
	}
	ws.SetReadLimit(maxFrame)
	c := newConnection(ws, s.pace)
	s.mu.Lock()
	s.open[c] = true
	s.state.Since, s.state.Fault, s.state.Refused = s.inbox.now(), "", false
	s.state.Opened++
	s.mu.Unlock()
	s.inbox.log.Info("dingtalk: connected")
	return c, nil
}

// ticket gives the address at which a connection can be opened. It is a secret.
func (c *client) ticket(ctx context.Context) (string, error) {
	body := map[string]any{
		"clientId": c.cfg.ClientID, "clientSecret": c.cfg.ClientSecret, "ua": "trainingbot",
		"subscriptions": []map[string]string{
			{"type": "EVENT", "topic": "*"}, {"type": "CALLBACK", "topic": topicRobot}, {"type": "CALLBACK", "topic": topicCard},
		},
	}
	var got struct{ Endpoint, Ticket string }
	_, err := c.once(ctx, call{op: opOpen, method: http.MethodPost, path: pathOpen, body: body, free: true, repeatable: true}, "", &got)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(got.Endpoint)
	if err != nil || got.Ticket == "" || u.Scheme != "wss" && (u.Scheme != "ws" || !link.OnThisMachine(u.Hostname())) {
		return "", c.http.Fault(opOpen, chat.Retry, errors.New("an answer without a usable address"))
	}
	q := u.Query()
	q.Set("ticket", got.Ticket)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// serve reads a connection to its end.
func (s *Stream) serve(ctx context.Context, c *connection) {
	defer func() {
		c.end()
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
	}()
	for {
		raw, err := c.read()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.state.Heard = s.inbox.now()
		s.mu.Unlock()
		f, err := parseFrame(raw)
		switch {
		case err != nil:
			s.inbox.faults.Warn("a frame that is no JSON", slog.Int("bytes", len(raw)))
		case f.Type == "SYSTEM" && f.Topic == "ping":
			s.send(c, f, codeOK, f.Data)
		case f.Type == "SYSTEM" && f.Topic == "disconnect":
			c.replace() // the next is opened at once; this one listens on for a while
		case f.Type == "SYSTEM": // CONNECTED, REGISTERED, KEEPALIVE: nothing to do
		default:
			s.put(ctx, c, f)
		}
	}
}

// put takes a frame into work. When too many wait the reader waits too, and with it the platform:
// nothing that was taken is dropped. Once the program is to stop nothing more is taken.
func (s *Stream) put(ctx context.Context, c *connection, f frame) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed || ctx.Err() != nil {
		return
	}
	select {
	case s.queue <- delivery{f, c}:
	case <-ctx.Done():
	}
}

// handle handles one frame and acknowledges it on the connection it came by.
func (s *Stream) handle(ctx context.Context, d delivery) {
	if ctx.Err() != nil {
		return
	}
	code, data := s.inbox.respond(ctx, d.f)
	if ctx.Err() == nil || code == codeOK {
		s.send(d.from, d.f, code, data)
	}
}

func (s *Stream) send(c *connection, f frame, code int, data any) {
	raw, err := writeAck(f, code, data)
	if err != nil {
		s.inbox.faults.Warn("an ack cannot be written", slog.String("error", err.Error()))
		return
	}
	c.write(raw)
}

// connection is one open connection. One goroutine reads it, one writes it.
type connection struct {
	ws   *websocket.Conn
	pace pace
	out  chan []byte
	gone chan struct{} // closed when it has ended

	over       chan struct{} // closed when the next one is to be opened
	once, stop sync.Once
	wasHealthy atomic.Bool

	silence, healthy, recycle *time.Timer
}

func newConnection(ws *websocket.Conn, p pace) *connection {
	c := &connection{ws: ws, pace: p, out: make(chan []byte, 256), gone: make(chan struct{}), over: make(chan struct{})}
	// Timers in place of deadlines: those are read on the system's clock.
	c.silence = time.AfterFunc(p.silence, c.end)
	c.healthy = time.AfterFunc(p.healthy, func() { c.wasHealthy.Store(true) })
	c.recycle = time.AfterFunc(p.recycle, c.replace)
	alive := func(string) error { c.silence.Reset(p.silence); return nil }
	ws.SetPongHandler(alive)
	ws.SetPingHandler(func(data string) error {
		_ = alive("")
		_ = ws.WriteControl(websocket.PongMessage, []byte(data), time.Time{}) // the reader meets its failure
		return nil
	})
	go c.writer()
	return c
}

func (c *connection) read() ([]byte, error) {
	_, raw, err := c.ws.ReadMessage()
	if err == nil {
		c.silence.Reset(c.pace.silence)
	}
	return raw, err
}

// write hands a frame to the writer; on a connection that has ended it is lost.
func (c *connection) write(raw []byte) {
	select {
	case c.out <- raw:
	case <-c.gone:
	}
}

func (c *connection) writer() {
	t := time.NewTicker(c.pace.ping)
	defer t.Stop()
	for {
		slow := time.AfterFunc(c.pace.write, c.end)
		slow.Stop()
		var err error
		select {
		case raw := <-c.out:
			slow.Reset(c.pace.write)
			if raw == nil {
				err = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Time{})
			} else {
				err = c.ws.WriteMessage(websocket.TextMessage, raw)
			}
		case <-t.C:
			slow.Reset(c.pace.write)
			err = c.ws.WriteControl(websocket.PingMessage, nil, time.Time{})
		case <-c.gone:
			return
		}
		slow.Stop()
		if err != nil {
			c.end()
			return
		}
	}
}

// replace has the next connection opened; this one listens until the platform closes it, or for a while.
func (c *connection) replace() {
	c.once.Do(func() {
		c.wasHealthy.Store(true) // it was asked to go, it did not fail
		close(c.over)
		time.AfterFunc(c.pace.linger, c.goodbye)
	})
}

// goodbye says that we close, behind all acks, and closes.
func (c *connection) goodbye() {
	c.write(nil)
	time.AfterFunc(time.Second, c.end) // the platform closes first when it is well
}

// end closes the connection.
func (c *connection) end() {
	c.stop.Do(func() {
		for _, t := range []*time.Timer{c.silence, c.healthy, c.recycle} {
			t.Stop()
		}
		close(c.gone)
		_ = c.ws.Close()
	})
	c.once.Do(func() { close(c.over) })
}
