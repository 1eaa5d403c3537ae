package dingtalktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"trainingbot/bot/dingtalk/dingtalktest"
)

// stream is a client of the gateway that does what a test says.
type stream struct {
	ws      *websocket.Conn
	writing sync.Mutex
	frames  chan map[string]any // in here once they are answered
	told    atomic.Int32        // frames, counted before they are answered

	mu     sync.Mutex
	answer func(frame map[string]any) []byte // nil: no answer
}

// answers changes how frames are answered.
func (c *stream) answers(f func(frame map[string]any) []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = f
}

// ticket asks for one.
func (r *rig) ticket() string {
	r.t.Helper()
	set := r.Settings()
	got := r.call("POST", "/v1.0/gateway/connections/open", map[string]any{
		"clientId": set.ClientID, "clientSecret": set.ClientSecret, "ua": "test", "localIp": "127.0.0.1", "extras": map[string]string{},
		"subscriptions": []map[string]string{{"type": "EVENT", "topic": "*"}, {"type": "CALLBACK", "topic": dingtalktest.TopicRobot}, {"type": "CALLBACK", "topic": dingtalktest.TopicCard}},
	})
	if got.status != 200 || got.body["endpoint"] != "ws"+strings.TrimPrefix(r.URL(), "http")+"/connect" {
		r.t.Fatal(got.raw)
	}
	return fmt.Sprint(got.body["ticket"])
}

func (r *rig) dial(ticket string) (*websocket.Conn, int) {
	r.t.Helper()
	ws, resp, err := websocket.DefaultDialer.DialContext(r.t.Context(), "ws"+strings.TrimPrefix(r.URL(), "http")+"/connect?ticket="+url.QueryEscape(ticket), nil)
	if err != nil && resp == nil {
		r.t.Fatal(err)
	}
	return ws, resp.StatusCode
}

// connect opens a connection that answers every frame well.
func (r *rig) connect() *stream {
	r.t.Helper()
	was := r.Connections()
	ws, code := r.dial(r.ticket())
	if code != http.StatusSwitchingProtocols {
		r.t.Fatal(code)
	}
	c := &stream{ws: ws, frames: make(chan map[string]any, 5000), answer: goodAnswer}
	r.t.Cleanup(func() { _ = ws.Close() })
	go func() {
		defer close(c.frames)
		for {
			_, raw, err := ws.ReadMessage()
			if err != nil {
				return
			}
			var f map[string]any
			if err := json.Unmarshal(raw, &f); err != nil {
				r.t.Error(err)
			}
			c.told.Add(1)
			c.mu.Lock()
			answer := c.answer
			c.mu.Unlock()
			if out := answer(f); out != nil {
				c.write(out)
			}
			c.frames <- f
		}
	}()
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	if err := r.WaitConnections(ctx, was+1); err != nil { // the client knows it before the gateway does
		r.t.Fatal(err)
	}
	return c
}

func (c *stream) write(raw []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.ws.WriteMessage(websocket.TextMessage, raw)
}

func (c *stream) next(t *testing.T) map[string]any {
	t.Helper()
	select {
	case f := <-c.frames:
		return f
	case <-time.After(5 * time.Second):
		t.Fatal("no frame came")
		return nil
	}
}

func header(f map[string]any, name string) any { return f["headers"].(map[string]any)[name] }

func answerTo(f map[string]any, code int, data string) []byte {
	raw, _ := json.Marshal(map[string]any{"code": code, "message": "OK", "data": data,
		"headers": map[string]any{"contentType": "application/json", "messageId": header(f, "messageId")}})
	return raw
}

func goodAnswer(f map[string]any) []byte {
	switch f["type"] {
	case "SYSTEM":
		return answerTo(f, 200, fmt.Sprint(f["data"]))
	case "EVENT":
		return answerTo(f, 200, `{"status":"SUCCESS"}`)
	}
	return answerTo(f, 200, `{"response":null}`)
}

func TestTickets(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	for name, try := range map[string]func() int{
		"unknown": func() int { _, code := r.dial("x"); return code },
		"used": func() int {
			name := r.ticket()
			if _, code := r.dial(name); code != http.StatusSwitchingProtocols {
				t.Errorf("the first time: %d", code)
			}
			_, code := r.dial(name)
			return code
		},
		"late":    func() int { name := r.ticket(); r.Advance(90 * time.Second); _, code := r.dial(name); return code },
		"expired": func() int { name := r.ticket(); r.ExpireTickets(); _, code := r.dial(name); return code },
		"down":    func() int { name := r.ticket(); r.SetGatewayDown(true); _, code := r.dial(name); return code },
	} {
		if code := try(); code != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, code)
		}
		r.SetGatewayDown(false)
	}
	r.clean()
}

func TestFrames(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	if a := r.UserSends("zhang", "签到"); !errors.Is(a.Attempts[0].Err, dingtalktest.ErrNobody) || a.Err == nil {
		t.Errorf("nobody is connected: %+v", a)
	}
	c := r.connect()
	if a := r.UserSends("zhang", "签到"); a.Err != nil || len(a.Attempts) != 1 || a.Attempts[0].Status != 200 {
		t.Errorf("%+v", a)
	}
	f := c.next(t)
	if f["type"] != "CALLBACK" || f["specVersion"] != "1.0" || header(f, "topic") != dingtalktest.TopicRobot || header(f, "contentType") != "application/json" {
		t.Errorf("%v", f)
	}
	for name, v := range f["headers"].(map[string]any) {
		if text, is := v.(string); !is || text == "" {
			t.Errorf("header %s is %v", name, v)
		}
	}
	var m struct {
		MsgID, SenderStaffID, ConversationType, MsgType, SessionWebhook string
		CreateAt, SessionWebhookExpiredTime                             int64
		Text                                                            struct{ Content string }
	}
	if err := json.Unmarshal([]byte(f["data"].(string)), &m); err != nil {
		t.Fatal(err)
	}
	if m.Text.Content != "签到" || m.SenderStaffID != "zhang" || m.ConversationType != "1" || m.CreateAt != r.Now().UnixMilli() || m.SessionWebhookExpiredTime-m.CreateAt != 5400000 {
		t.Errorf("%+v", m)
	}
	if a := r.Subscribe("new"); a.Err != nil {
		t.Errorf("%+v", a)
	}
	f = c.next(t)
	if f["type"] != "EVENT" || header(f, "topic") != "*" || header(f, "eventType") != "user_add_org" || header(f, "eventCorpId") != r.Settings().CorpID || header(f, "eventId") == "" || !strings.Contains(f["data"].(string), `"userId":["new"]`) {
		t.Errorf("%v", f)
	}
	if err := r.Ping(); err != nil {
		t.Error(err)
	}
	r.clean()
}

// A message nobody acknowledges comes again under another name; an event comes again until it is taken,
// and waits when nobody is there.
func TestDeliveredAgain(t *testing.T) {
	r := newRig(t, dingtalktest.Options{RobotTimeout: 300 * time.Millisecond, EventTimeout: 300 * time.Millisecond, EventPause: time.Millisecond})
	if a := r.Unsubscribe("li"); a.Err == nil {
		t.Errorf("%+v", a)
	}
	c := r.connect()
	if f := c.next(t); header(f, "eventType") != "user_leave_org" {
		t.Errorf("the event that waited: %v", f)
	}
	var n atomic.Int32
	c.answers(func(f map[string]any) []byte {
		if n.Add(1) == 1 {
			return nil
		}
		return goodAnswer(f)
	})
	a := r.UserSends("zhang", "签到")
	if a.Err != nil || len(a.Attempts) != 2 || !errors.Is(a.Attempts[0].Err, dingtalktest.ErrNoAnswer) {
		t.Errorf("%+v", a)
	}
	first, second := c.next(t), c.next(t)
	if header(first, "messageId") == header(second, "messageId") || first["data"] != second["data"] {
		t.Errorf("%v\n%v", first, second)
	}
	r.SetRedelivery(dingtalktest.Redelivery{Again: 2})
	if a := r.UserSends("zhang", "签到"); len(a.Attempts) != 3 {
		t.Errorf("%+v", a)
	}
	r.SetRedelivery(dingtalktest.Redelivery{Parallel: 3})
	if a := r.UserSends("zhang", "签到"); len(a.Attempts) != 3 {
		t.Errorf("%+v", a)
	}
	r.SetRedelivery(dingtalktest.Redelivery{})
	for range 6 {
		c.next(t)
	}
	c.answers(func(f map[string]any) []byte {
		if n.Add(1)%2 == 0 {
			return answerTo(f, 200, `{"status":"LATER","message":"busy"}`)
		}
		return answerTo(f, 500, "")
	})
	if a := r.Subscribe("li"); a.Err == nil || len(a.Attempts) != 4 {
		t.Errorf("%+v", a)
	}
	for range 4 {
		if f := c.next(t); header(f, "eventType") != "user_add_org" {
			t.Errorf("%v", f)
		}
	}
	c.answers(goodAnswer)
	other := r.connect()
	if f := firstOf(t, c, other); header(f, "eventType") != "user_add_org" {
		t.Errorf("the event that waited: %v", f)
	}
	r.clean()
}

func firstOf(t *testing.T, all ...*stream) map[string]any {
	t.Helper()
	select {
	case f := <-all[0].frames:
		return f
	case f := <-all[1].frames:
		return f
	case <-time.After(5 * time.Second):
		t.Fatal("no frame came")
		return nil
	}
}

// Any of several connections gets a frame, unless a test says which, and none that was told to go.
func TestSeveralConnections(t *testing.T) {
	r := newRig(t, dingtalktest.Options{CutAfterNotice: 20 * time.Millisecond})
	a, b := r.connect(), r.connect()
	for range 40 {
		r.UserSends("zhang", "签到")
	}
	if a.told.Load() == 0 || b.told.Load() == 0 {
		t.Errorf("%d and %d frames", a.told.Load(), b.told.Load())
	}
	was := b.told.Load()
	r.SetPick(func(n int) int { return n - 1 })
	r.UserSends("zhang", "签到")
	if b.told.Load() != was+1 {
		t.Error("the pick was not heard")
	}
	r.Disconnect("connection is expired")
	if n := r.Connections(); n != 0 {
		t.Errorf("%d connections that stay", n)
	}
	for range was + 1 {
		b.next(t)
	}
	if f := b.next(t); f["type"] != "SYSTEM" || header(f, "topic") != "disconnect" || f["data"] != `{"reason":"connection is expired"}` {
		t.Errorf("%v", f)
	}
	c := r.connect()
	if x := r.UserSends("zhang", "签到"); x.Err != nil || c.told.Load() != 1 {
		t.Errorf("%+v", x)
	}
	if _, more := <-b.frames; more {
		t.Error("more came to one that was told to go, or it was not cut")
	}
	r.clean()
}

func TestBurst(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	r.connect()
	var wg sync.WaitGroup
	var failed atomic.Int32
	for i := range 2000 {
		wg.Go(func() {
			if a := r.UserSends("zhang", fmt.Sprint("第", i)); a.Err != nil || len(a.Attempts) != 1 {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	if failed.Load() != 0 || r.Used(r.Now()).Messages != 2000 {
		t.Errorf("%d failed, %+v", failed.Load(), r.Used(r.Now()))
	}
	r.clean()
}

// A connection that does not give a ping back is cut; one that cannot be heard gets nothing and gives
// nothing.
func TestDeadConnections(t *testing.T) {
	r := newRig(t, dingtalktest.Options{PingEvery: 20 * time.Millisecond, PingTimeout: 300 * time.Millisecond, RobotTimeout: 100 * time.Millisecond})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c := r.connect()
	for range 3 {
		c.next(t)
	}
	c.answers(func(map[string]any) []byte { return nil })
	if err := r.WaitConnections(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0], "ping was not answered") {
		t.Errorf("%q", p)
	}
	r.SetHalfOpen(true)
	deaf := r.connect()
	pong := make(chan string, 1)
	deaf.ws.SetPongHandler(func(data string) error { pong <- data; return nil })
	_ = deaf.ws.WriteControl(websocket.PingMessage, []byte("1"), time.Time{})
	r.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
	if a := r.UserSends("zhang", "签到"); a.Err == nil {
		t.Errorf("%+v", a)
	}
	if err := r.WaitConnections(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if len(pong) != 0 || deaf.told.Load() != 0 || len(r.Problems()) != 1 {
		t.Errorf("%d %d %q", len(pong), deaf.told.Load(), r.Problems())
	}
}

func TestPingsOfTheClient(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	c := r.connect()
	pong := make(chan string, 2)
	c.ws.SetPongHandler(func(data string) error { pong <- data; return nil })
	r.SetIgnorePings(true)
	_ = c.ws.WriteControl(websocket.PingMessage, []byte("1"), time.Time{})
	if err := r.Ping(); err != nil { // behind the first on the wire
		t.Error(err)
	}
	r.SetIgnorePings(false)
	_ = c.ws.WriteControl(websocket.PingMessage, []byte("2"), time.Time{})
	select {
	case data := <-pong:
		if data != "2" {
			t.Errorf("ping %q was answered", data)
		}
	case <-time.After(5 * time.Second):
		t.Error("no pong")
	}
}

// What a client answers wrongly is noted.
func TestAnswersToFrames(t *testing.T) {
	for name, row := range map[string]struct {
		answer func(f map[string]any) []byte
		want   string
	}{
		"twice": {func(f map[string]any) []byte { return goodAnswer(f) }, ""},
		"unknown": {func(f map[string]any) []byte {
			return []byte(strings.Replace(string(goodAnswer(f)), fmt.Sprint(header(f, "messageId")), "m-1", 1))
		}, "was not sent"},
		"no data": {func(f map[string]any) []byte {
			return []byte(strings.Replace(string(goodAnswer(f)), `"data"`, `"datum"`, 1))
		}, "without code, message or data"},
		"content type": {func(f map[string]any) []byte {
			return []byte(strings.Replace(string(goodAnswer(f)), `application/json`, `text/plain`, 1))
		}, "contentType"},
		"object": {func(f map[string]any) []byte {
			return []byte(strings.Replace(string(goodAnswer(f)), `"{\"response\":null}"`, `{}`, 1))
		}, "a client said"},
		"no JSON": {func(map[string]any) []byte { return []byte("ok") }, "a client said"},
		"data":    {func(f map[string]any) []byte { return answerTo(f, 200, "ok") }, "has data"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, dingtalktest.Options{RobotTimeout: 300 * time.Millisecond})
			r.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
			c := r.connect()
			c.answers(row.answer)
			r.UserSends("zhang", "签到")
			if name == "twice" {
				c.write(goodAnswer(c.next(t)))
				row.want = "answered before"
			}
			if p := waitProblem(r); len(p) != 1 || !strings.Contains(p[0], row.want) {
				t.Errorf("problems %q", p)
			}
		})
	}
	r := newRig(t, dingtalktest.Options{})
	c := r.connect()
	c.answers(func(f map[string]any) []byte { return answerTo(f, 200, `{"opaque":"other"}`) })
	_ = r.Ping()
	if p := waitProblem(r); len(p) != 1 || !strings.Contains(p[0], "ping") {
		t.Errorf("problems %q", p)
	}
}

// waitProblem waits for what the reader of a connection notes.
func waitProblem(r *rig) []string {
	for range 500 {
		if p := r.Problems(); len(p) > 0 {
			return p
		}
		<-time.After(10 * time.Millisecond)
	}
	return nil
}
