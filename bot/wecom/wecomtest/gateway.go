package wecomtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"trainingbot/bot/chat/chattest"
)

// Gateway is the fake of the platform's other way in: the long connection of an AI bot (document
// 101463), with the phones of those who speak to it. It is safe for concurrent use.
type Gateway struct {
	o      GatewayOptions
	server *http.Server
	addr   string

	mu       sync.Mutex
	conns    []*botConn // the last one is the bot's; those before are on their way out
	down     bool
	deaf     bool
	refuse   map[string][]int64 // codes for the next frames of a command
	swallow  map[string]int     // how many acknowledgements of a command get lost
	waiting  map[string]*asked  // callbacks the bot may answer, by request id
	tasks    map[string]bool    // task ids that are taken
	spoken   map[string]bool    // who has spoken to the bot
	phones   chattest.Phones
	opened   int
	problems []string
	sends    []json.RawMessage
}

// GatewayOptions are the parts of a Gateway. Empty ids get a fixed value.
type GatewayOptions struct {
	BotID, Secret string
	// Members are those who can speak with the bot, as the platform spells them.
	Members []string
	// Strangers must speak first before the bot can; without it everybody counts as having spoken.
	Strangers bool
	Now       func() time.Time // nil: stands still at 2026-12-09 09:00 in Shanghai
	// Within is how long an answer is waited for; 0: 5 s, the platform's for a press.
	Within time.Duration
}

// asked is a callback that waits for its answer.
type asked struct {
	user  string
	task  string // of a press
	group bool
	got   chan BotAnswer
}

// BotAnswer is what came back under the request id of a callback.
type BotAnswer struct {
	Text string
	Card *Card
	Err  error
}

type botConn struct {
	ws   *websocket.Conn
	mu   sync.Mutex // one writes at a time
	subs bool
	told string // the secret it came with
}

// NewGateway starts a gateway on a port of its own. Close it.
func NewGateway(o GatewayOptions) *Gateway {
	o.BotID = cmp.Or(o.BotID, "aibTestBot0123456789")
	o.Secret = cmp.Or(o.Secret, "S3cretOfTheBot-do-not-print-0123456789abcd")
	o.Within = cmp.Or(o.Within, 5*time.Second)
	if o.Now == nil {
		still := time.Date(2026, 12, 9, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
		o.Now = func() time.Time { return still }
	}
	g := &Gateway{
		o: o, refuse: map[string][]int64{}, swallow: map[string]int{}, waiting: map[string]*asked{},
		tasks: map[string]bool{}, spoken: map[string]bool{},
	}
	g.server, g.addr = chattest.Listen(g)
	return g
}

// Close ends the gateway and its connections.
func (g *Gateway) Close() {
	g.Cut()
	_ = g.server.Close()
}

// URL is where bots connect; ID and Secret are what the console would show.
func (g *Gateway) URL() string { return "ws://" + g.addr }

// ID is the bot's.
func (g *Gateway) ID() string { return g.o.BotID }

// Secret is the bot's.
func (g *Gateway) Secret() string { return g.o.Secret }

// Now is the gateway's clock.
func (g *Gateway) Now() time.Time { return g.o.Now() }

// ServeHTTP takes a connection.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	down := g.down
	g.mu.Unlock()
	if down {
		http.Error(w, "not there", http.StatusServiceUnavailable)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &botConn{ws: ws}
	defer g.leave(c)
	for {
		_, raw, err := ws.ReadMessage()
		if err != nil {
			return
		}
		g.take(c, raw)
	}
}

func (g *Gateway) leave(c *botConn) {
	_ = c.ws.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns = slices.DeleteFunc(g.conns, func(x *botConn) bool { return x == c })
}

func (c *botConn) write(v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // ours
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.ws.WriteMessage(websocket.TextMessage, raw)
}

type wireFrame struct {
	Cmd     string `json:"cmd"`
	Headers struct {
		ReqID string `json:"req_id"`
	} `json:"headers"`
	Body json.RawMessage `json:"body"`
}

// take handles a frame of the bot and acknowledges it.
func (g *Gateway) take(c *botConn, raw []byte) {
	var f wireFrame
	g.mu.Lock()
	if err := json.Unmarshal(raw, &f); err != nil || f.Headers.ReqID == "" {
		g.problem("a frame without a request id: %s", raw)
		g.mu.Unlock()
		return
	}
	if m := escapePattern.Find(raw); m != nil {
		g.problem("%s: the frame has the escape %s", f.Cmd, m)
	}
	code := int64(0)
	if q := g.refuse[f.Cmd]; len(q) > 0 {
		code, g.refuse[f.Cmd] = q[0], q[1:]
	}
	if code == 0 {
		code = g.do(c, f)
	}
	silent := f.Cmd == "ping" && g.deaf
	if g.swallow[f.Cmd] > 0 {
		g.swallow[f.Cmd]--
		silent = true
	}
	g.mu.Unlock()
	if silent {
		return
	}
	msg := "ok"
	if code != 0 {
		msg = fmt.Sprintf("refused, hint: [%s]", c.told) // a careless platform repeats what it was told
	}
	c.write(map[string]any{"headers": map[string]string{"req_id": f.Headers.ReqID}, "errcode": code, "errmsg": msg})
}

func (g *Gateway) do(c *botConn, f wireFrame) int64 {
	if f.Cmd != "aibot_subscribe" && !c.subs {
		return 846609
	}
	switch f.Cmd {
	case "aibot_subscribe":
		return g.subscribe(c, f)
	case "ping":
		return 0
	case "aibot_respond_msg":
		return g.respond(f)
	case "aibot_respond_update_msg":
		return g.update(f)
	case "aibot_send_msg":
		return g.send(f)
	}
	g.problem("no such command: %s", f.Cmd)
	return 40008
}

func (g *Gateway) subscribe(c *botConn, f wireFrame) int64 {
	var b struct {
		BotID  string `json:"bot_id"`
		Secret string `json:"secret"`
	}
	err := json.Unmarshal(f.Body, &b)
	c.told = b.Secret
	if err != nil || b.BotID != g.o.BotID || b.Secret != g.o.Secret {
		return 40001
	}
	for _, old := range g.conns { // one connection a bot: a newer one evicts the older
		if old != c {
			go old.evict(g.frame("aibot_event_callback", "", map[string]any{"msgtype": "event", "event": map[string]any{"eventtype": "disconnected_event"}}))
		}
	}
	c.subs = true
	g.conns = []*botConn{c}
	g.opened++
	return 0
}

func (c *botConn) evict(notice any) {
	c.write(notice)
	time.AfterFunc(50*time.Millisecond, func() { _ = c.ws.Close() })
}

// frame makes a callback.
func (g *Gateway) frame(cmd, user string, body map[string]any) map[string]any {
	n := g.phones.Next()
	for k, v := range map[string]any{"msgid": fmt.Sprintf("CAIQ%d", n), "aibotid": g.o.BotID, "chattype": "single", "from": map[string]any{"userid": user}} {
		if _, set := body[k]; !set {
			body[k] = v
		}
	}
	return map[string]any{"cmd": cmd, "headers": map[string]string{"req_id": fmt.Sprintf("req%d", n)}, "body": body}
}

func (g *Gateway) problem(format string, args ...any) {
	g.problems = append(g.problems, fmt.Sprintf(format, args...))
}
