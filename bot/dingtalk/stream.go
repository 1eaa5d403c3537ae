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
	"time"

	"github.com/gorilla/websocket"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// steady are the times of production. The platform's own ping comes every 30 to 60 s; a router may
// forget a connection that is silent for a minute or two.
func steady() link.Pace {
	return link.Pace{
		Dial: 10 * time.Second, Ping: 30 * time.Second, Silence: 90 * time.Second, Write: 10 * time.Second,
		Linger: 15 * time.Second, Recycle: 6 * time.Hour, Healthy: time.Minute,
		First: time.Second, Last: time.Minute, Drain: 4 * time.Second,
	}
}

const (
	streamWorkers = 64
	streamQueue   = 4096
	maxFrame      = 4 << 20

	pathOpen = "/v1.0/gateway/connections/open"
	opOpen   = "connections/open"
)

// Stream is the outgoing connection over which the platform delivers, for an office that cannot be
// reached from outside. Several processes may run one for the same app: the platform picks one of them
// for each delivery. Safe for concurrent use.
type Stream struct {
	inbox  *Inbox
	client *client
	pace   link.Pace
	queue  chan delivery

	gate   sync.RWMutex // held for reading while putting into queue
	closed bool         // guarded by gate

	mu    sync.Mutex
	open  map[*link.Socket]bool
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
	from *link.Socket
}

// Stream makes the outgoing connection of the inbox. Run opens it.
func (b *Inbox) Stream() *Stream {
	return &Stream{inbox: b, client: b.platform.client, pace: steady(), queue: make(chan delivery, streamQueue), open: map[*link.Socket]bool{}}
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
	t := time.AfterFunc(s.pace.Drain, cancel)
	workers.Wait()
	t.Stop()
	s.each(func(c *link.Socket) { c.Goodbye() })
	readers.Wait()
}

func (s *Stream) each(do func(*link.Socket)) {
	s.mu.Lock()
	all := make([]*link.Socket, 0, len(s.open))
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
			d := s.pace.Wait(failures, rand.Float64())
			if e, ok := chat.AsSendError(err); ok && refusesApp(e) {
				d = s.pace.Last
			}
			link.Sleep(ctx, d)
			continue
		}
		readers.Go(func() { s.serve(ctx, c) })
		select {
		case <-c.Over():
		case <-ctx.Done():
			return
		}
		if c.Healthy() {
			failures = 0
			continue // the platform replaces connections from time to time
		}
		failures++
		link.Sleep(ctx, s.pace.Wait(failures, rand.Float64()))
	}
}

// refusesApp says that the platform does not take the app or its secret: to ask often changes nothing.
func refusesApp(e *chat.SendError) bool { return e.Class == chat.Misset || e.Class == chat.Permanent }

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
func (s *Stream) connect(ctx context.Context) (*link.Socket, error) {
	at, err := s.client.ticket(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.pace.Dial)
	defer cancel()
	dialer := websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: s.pace.Dial}
	ws, resp, err := dialer.DialContext(ctx, at, nil)
	if err != nil {
		why := link.Scrub(err)
		if resp != nil {
			why = fmt.Errorf("HTTP status %d", resp.StatusCode)
		}
		return nil, s.client.http.Fault("connect", chat.Retry, why)
	}
	ws.SetReadLimit(maxFrame)
	c := link.NewSocket(ws, s.pace, nil)
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
func (s *Stream) serve(ctx context.Context, c *link.Socket) {
	defer func() {
		c.End()
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
	}()
	for {
		raw, err := c.Read()
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
			c.Replace() // the next is opened at once; this one listens on for a while
		case f.Type == "SYSTEM": // CONNECTED, REGISTERED, KEEPALIVE: nothing to do
		default:
			s.put(ctx, c, f)
		}
	}
}

// put takes a frame into work. When too many wait the reader waits too, and with it the platform:
// nothing that was taken is dropped. Once the program is to stop nothing more is taken.
func (s *Stream) put(ctx context.Context, c *link.Socket, f frame) {
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

func (s *Stream) send(c *link.Socket, f frame, code int, data any) {
	raw, err := writeAck(f, code, data)
	if err != nil {
		s.inbox.faults.Warn("an ack cannot be written", slog.String("error", err.Error()))
		return
	}
	c.Write(raw)
}
