package dingtalktest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The types of a frame and of what can be subscribed to, and the topics.
const (
	typeSystem   = "SYSTEM"
	typeEvent    = "EVENT"
	typeCallback = "CALLBACK"

	TopicRobot = "/v1.0/im/bot/messages/get"
	TopicCard  = "/v1.0/card/instances/callback"
)

// ticketLife is how long a ticket may wait for its one connection.
const ticketLife = 90 * time.Second

type subscription struct{ Type, Topic string }

type ticket struct {
	expires time.Time
	topics  []subscription
}

// conn is one Stream connection.
type conn struct {
	id      string
	ws      *websocket.Conn
	topics  []subscription
	writing sync.Mutex
	leaving bool // told to go: gets nothing new; guarded by Server.mu
	gone    chan struct{}
	waiters map[string]chan Ack // by messageId; nil once answered or given up; guarded by Server.mu
}

// Ack is what a client answers to a frame.
type Ack struct {
	Code    int
	Message string
	Data    string
}

// takes says whether the client asked for what a frame brings.
func (c *conn) takes(kind, topic string) bool {
	return kind == typeSystem || slices.ContainsFunc(c.topics, func(x subscription) bool {
		return x.Type == kind && (x.Topic == topic || kind == typeEvent && x.Topic == "*")
	})
}

// openConnection gives a ticket for one connection (the protocol's first step).
func (s *Server) openConnection(_ *http.Request, body []byte) answer {
	var b struct {
		ClientID      string `json:"clientId"`
		ClientSecret  string
		Subscriptions []subscription
		UA            string `json:"ua"`
		LocalIP       string `json:"localIp"`
		Extras        map[string]string
	}
	if s.gatewayDown {
		return refuse(http.StatusServiceUnavailable, "service.unavailable", "the gateway is not there")
	}
	if s.decode("connections/open", body, &b) != nil {
		return refuse(http.StatusBadRequest, "invalidParameter", "the body does not have the documented form")
	}
	if b.ClientID != s.set.ClientID || b.ClientSecret != s.set.ClientSecret {
		return refuse(http.StatusUnauthorized, "authFailed", "鉴权失败")
	}
	if len(b.Subscriptions) == 0 {
		return refuse(http.StatusBadRequest, "invalidParameter.subscriptions", "subscriptions is empty")
	}
	for _, x := range b.Subscriptions {
		if !slices.Contains([]string{typeSystem, typeEvent, typeCallback}, x.Type) || x.Topic == "" {
			s.problem("connections/open: no such subscription: %+v", x)
		}
	}
	name := fmt.Sprintf("%s+/=%d", digest(fmt.Sprint(s.phones.Next(), s.set.ClientSecret))[:36], len(s.tickets)) // must be escaped in a URL
	s.tickets[name] = &ticket{s.now().Add(ticketLife), b.Subscriptions}
	endpoint := "ws" + strings.TrimPrefix(s.set.BaseURL, "http") + "/connect"
	return ok(map[string]any{"endpoint": endpoint, "ticket": name})
}

// ExpireTickets ends every ticket that waits for its connection.
func (s *Server) ExpireTickets() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets {
		t.expires = s.now()
	}
}

// connect makes a connection of a ticket and keeps it until either side ends it.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.calls["/connect"]++
	name := r.URL.Query().Get("ticket")
	t := s.tickets[name]
	if t == nil { // the Go client does not escape the ticket: + has become a blank on the way
		name = strings.ReplaceAll(name, " ", "+")
		t = s.tickets[name]
	}
	good := t != nil && s.now().Before(t.expires) && !s.gatewayDown
	delete(s.tickets, name)
	s.mu.Unlock()
	if !good {
		http.Error(w, `{"code":"authFailed","message":"invalid ticket"}`, http.StatusUnauthorized)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(wrapped{w}, r, nil)
	if err != nil {
		s.note("connect: %v", err)
		return
	}
	c := &conn{id: fmt.Sprintf("conn-%d", s.next()), ws: ws, topics: t.topics, gone: make(chan struct{}), waiters: map[string]chan Ack{}}
	ws.SetPingHandler(func(data string) error {
		if s.silent() {
			return nil
		}
		return ws.WriteControl(websocket.PongMessage, []byte(data), time.Time{})
	})
	s.join(c)
	defer s.leave(c)
	s.begin(func() { s.keepPinging(c) })
	s.begin(s.flushEvents)
	for {
		kind, raw, err := ws.ReadMessage()
		if err != nil {
			return
		}
		s.acknowledged(c, kind, raw)
	}
}

// wrapped lets the connection be taken over behind a recorder or a meter.
type wrapped struct{ http.ResponseWriter }

// Hijack implements http.Hijacker.
func (w wrapped) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

func (s *Server) next() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phones.Next()
}

func (s *Server) join(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
	s.stir()
	select {
	case <-s.closed:
		_ = c.ws.Close()
	default:
	}
}

func (s *Server) leave(c *conn) {
	_ = c.ws.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	close(c.gone)
	s.conns = slices.DeleteFunc(s.conns, func(x *conn) bool { return x == c })
	s.stir()
}

// stir wakes those who wait for connections.
func (s *Server) stir() {
	if s.stirred != nil {
		close(s.stirred)
	}
	s.stirred = make(chan struct{})
}

// Connections says how many connections there are, those told to go not counted.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.staying(typeSystem, ""))
}

// WaitConnections waits until there are n connections, those told to go not counted.
func (s *Server) WaitConnections(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		if s.stirred == nil {
			s.stirred = make(chan struct{})
		}
		have, stirred := len(s.staying(typeSystem, "")), s.stirred
		s.mu.Unlock()
		if have == n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d connections, not %d: %w", have, n, ctx.Err())
		case <-stirred:
		}
	}
}

// staying are the connections that take a kind of frame.
func (s *Server) staying(kind, topic string) []*conn {
	var out []*conn
	for _, c := range s.conns {
		if !c.leaving && c.takes(kind, topic) {
			out = append(out, c)
		}
	}
	return out
}

// SetPick says which of n connections gets the next frame; nil: any, as on the platform.
func (s *Server) SetPick(pick func(n int) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pick = pick
}

// SetGatewayDown takes the gateway away, connections included, or brings it back.
func (s *Server) SetGatewayDown(down bool) {
	s.mu.Lock()
	s.gatewayDown = down
	s.mu.Unlock()
	if down {
		s.CutConnections()
	}
}

// SetIgnorePings leaves a client's WebSocket pings without an answer.
func (s *Server) SetIgnorePings(ignore bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ignorePings = ignore
}

// SetHalfOpen has all connections, also those to come, look open and carry nothing either way: what is
// pushed is never answered, and neither are pings.
func (s *Server) SetHalfOpen(half bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halfOpen = half
}

func (s *Server) silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ignorePings || s.halfOpen
}

// CutConnections breaks every connection without a word.
func (s *Server) CutConnections() {
	s.mu.Lock()
	all := slices.Clone(s.conns)
	s.mu.Unlock()
	for _, c := range all {
		_ = c.ws.Close()
	}
}

// Disconnect tells every connection to go, for a reason such as "connection is expired", gives it
// nothing more and cuts it after a while (Options.CutAfterNotice).
func (s *Server) Disconnect(reason string) {
	s.mu.Lock()
	all := s.staying(typeSystem, "")
	for _, c := range all {
		c.leaving = true
	}
	s.stir()
	s.mu.Unlock()
	data, _ := json.Marshal(map[string]string{"reason": reason}) // cannot fail
	for _, c := range all {
		s.mu.Lock()
		f, id := s.frame(c, typeSystem, "disconnect", string(data), nil)
		c.waiters[id] = nil // an answer is allowed, and nobody waits for it
		s.mu.Unlock()
		s.writeTo(c, f)
		s.begin(func() {
			select {
			case <-c.gone:
			case <-s.closed:
			case <-time.After(s.o.CutAfterNotice):
				_ = c.ws.Close()
			}
		})
	}
}

// frame makes a frame with a name of its own; every value of its headers is text.
func (s *Server) frame(c *conn, kind, topic, data string, extra map[string]string) (raw []byte, id string) {
	stamp := strconv.FormatInt(s.now().UnixMilli(), 10)
	id = fmt.Sprintf("%s_%d_%x", digest(c.id)[:8], s.phones.Next(), s.now().UnixMilli())
	headers := map[string]string{
		"appId": "1305d5f5-aaaa-484f-bbbb-97d9abcdef67", "connectionId": c.id, "contentType": "application/json",
		"messageId": id, "time": stamp, "topic": topic,
	}
	for k, v := range extra {
		headers[k] = v
	}
	f := map[string]any{"specVersion": "1.0", "type": kind, "time": s.now().UnixMilli(), "headers": headers, "data": data}
	raw, _ = json.Marshal(f) // cannot fail
	return raw, id
}

func (s *Server) writeTo(c *conn, raw []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.ws.WriteMessage(websocket.TextMessage, raw); err != nil {
		_ = c.ws.Close()
	}
}

// Why a frame found nobody.
var (
	ErrNobody   = errors.New("nobody is connected who takes this")
	ErrNoAnswer = errors.New("the frame was not answered in time")
	ErrCut      = errors.New("the connection ended before the frame was answered")
)

// Push sends a frame to one of the connections that take it and waits for the answer.
func (s *Server) Push(kind, topic, data string, extra map[string]string, within time.Duration) (Ack, error) {
	s.mu.Lock()
	fit := s.staying(kind, topic)
	if len(fit) == 0 {
		s.mu.Unlock()
		return Ack{}, ErrNobody
	}
	pick := s.pick
	s.mu.Unlock()
	if pick == nil {
		pick = anyOf
	}
	return s.ask(fit[pick(len(fit))], kind, topic, data, extra, within)
}

// ask sends a frame to a connection and waits for the answer.
func (s *Server) ask(c *conn, kind, topic, data string, extra map[string]string, within time.Duration) (Ack, error) {
	answered := make(chan Ack, 1)
	s.mu.Lock()
	raw, id := s.frame(c, kind, topic, data, extra)
	c.waiters[id] = answered
	dead := s.halfOpen
	s.mu.Unlock()
	if !dead {
		s.writeTo(c, raw)
	}
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case a := <-answered:
		return a, nil
	case <-c.gone:
		return Ack{}, ErrCut
	case <-s.closed:
		return Ack{}, ErrCut
	case <-late.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		c.waiters[id] = nil
		return Ack{}, ErrNoAnswer
	}
}

// PushRaw sends bytes as they are to every connection: for tests of hostile or broken frames.
func (s *Server) PushRaw(raw []byte) {
	s.mu.Lock()
	all := slices.Clone(s.conns)
	s.mu.Unlock()
	for _, c := range all {
		s.writeTo(c, raw)
	}
}

// acknowledged reads what a client says. It says nothing but answers.
func (s *Server) acknowledged(c *conn, kind int, raw []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.halfOpen {
		return
	}
	var a struct {
		Code    *int
		Headers map[string]any
		Message *string
		Data    *string
	}
	if kind != websocket.TextMessage || json.Unmarshal(raw, &a) != nil {
		s.problem("stream: a client said %q", raw)
		return
	}
	id, _ := a.Headers["messageId"].(string)
	waiter, known := c.waiters[id]
	switch {
	case !known:
		s.problem("stream: an answer to a frame %q that was not sent, or that was answered before", id)
		return
	case a.Code == nil || a.Message == nil || a.Data == nil:
		s.problem("stream: an answer without code, message or data: %s", raw)
	case a.Headers["contentType"] != "application/json":
		s.problem("stream: an answer whose contentType is %v", a.Headers["contentType"])
	}
	delete(c.waiters, id)
	if waiter != nil {
		waiter <- Ack{deref(a.Code), deref(a.Message), deref(a.Data)}
	}
}

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// keepPinging asks a connection whether it is there, and gives it up when it is not.
func (s *Server) keepPinging(c *conn) {
	every := time.NewTicker(s.o.PingEvery)
	defer every.Stop()
	for {
		select {
		case <-c.gone:
			return
		case <-s.closed:
			return
		case <-every.C:
			if err := s.ping(c); errors.Is(err, ErrNoAnswer) {
				_ = c.ws.Close()
				return
			}
		}
	}
}

// ping sends a SYSTEM ping, whose text the client must give back.
func (s *Server) ping(c *conn) error {
	data := fmt.Sprintf(`{"opaque":"%d-dsfs"}`, s.next())
	a, err := s.ask(c, typeSystem, "ping", data, nil, s.o.PingTimeout)
	switch {
	case errors.Is(err, ErrNoAnswer):
		s.mu.Lock()
		defer s.mu.Unlock()
		if !s.halfOpen {
			s.problem("stream: a ping was not answered")
		}
		return err
	case err == nil && (a.Code != 200 || a.Data != data):
		s.note("stream: ping %s was answered %d %q", data, a.Code, a.Data)
	}
	return err
}

// Ping sends a SYSTEM ping to every connection now; an error says that one did not answer.
func (s *Server) Ping() error {
	s.mu.Lock()
	all := s.staying(typeSystem, "")
	s.mu.Unlock()
	var errs []error
	for _, c := range all {
		errs = append(errs, s.ping(c))
	}
	return errors.Join(errs...)
}
