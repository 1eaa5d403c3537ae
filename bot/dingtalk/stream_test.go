package dingtalk

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/dingtalk/dingtalktest"
	"trainingbot/bot/link/linktest"
	"trainingbot/domain"
)

// TestWait: the first try is at once, the next doubles from a second to a minute, a fifth more or less.
func TestWait(t *testing.T) {
	p := steady()
	for n, want := range map[int]time.Duration{1: 0, 2: time.Second, 3: 2 * time.Second, 7: 32 * time.Second, 8: time.Minute, 1000: time.Minute} {
		low, mid, high := p.Wait(n, 0), p.Wait(n, 0.5), p.Wait(n, 0.999999)
		if mid.Round(time.Millisecond) != want || low.Round(time.Millisecond) != want*8/10 || high.Round(time.Millisecond) != want*12/10 {
			t.Errorf("try %d: %v %v %v, want %v", n, low, mid, high, want)
		}
	}
}

// eventually waits for something that happens by itself.
func (r *rig) eventually(what string, true func() bool) {
	r.t.Helper()
	linktest.Eventually(r.t, r.log, what, true)
}

func (r *rig) hears(text string) {
	r.t.Helper()
	if a := r.fake.UserSends("lisi", text); a.Err != nil || r.desk.Last().Text != text {
		r.t.Fatalf("%s: %+v, heard %q", text, a, r.desk.Last().Text)
	}
}

// TestStreamSurvives: whatever ends a connection, the next one is there.
func TestStreamSurvives(t *testing.T) {
	for name, what := range map[string]func(r *rig){
		"cut":        func(r *rig) { r.fake.CutConnections() },
		"disconnect": func(r *rig) { r.fake.Disconnect("connection is expired") },
		"tickets that have expired": func(r *rig) {
			r.fake.Fail("/v1.0/gateway/connections/open", dingtalktest.Truncated, dingtalktest.BadGateway, dingtalktest.HTMLPage)
			r.fake.CutConnections()
		},
		"gateway down": func(r *rig) {
			r.fake.SetGatewayDown(true)
			r.fake.CutConnections()
			calls := r.fake.Calls(pathOpen)
			r.eventually("tries", func() bool { return r.fake.Calls(pathOpen) >= calls+8 })
			if st := r.stream.State(); st.Open != 0 || st.Fault == "" || st.Refused {
				r.t.Errorf("%+v", st)
			}
			r.fake.SetGatewayDown(false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, "stream", dingtalktest.Options{CutAfterNotice: 50 * time.Millisecond}, nil)
			r.hears("before")
			opened := r.stream.State().Opened
			what(r)
			r.eventually("the next connection", func() bool { st := r.stream.State(); return st.Opened > opened && st.Open == 1 })
			r.connected(1)
			r.hears("after " + name)
			if err := r.fake.Ping(); err != nil {
				t.Error(err)
			}
			r.clean()
		})
	}
}

// TestStreamNotices: a connection on which nothing comes any more is given up, though nobody closed it.
func TestStreamNotices(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	r.fake.SetRobotURL("")
	r.stream = r.inbox.Stream()
	r.stream.pace = brisk()
	r.stream.pace.Ping, r.stream.pace.Silence = 10*time.Millisecond, 60*time.Millisecond
	r.stop = r.run(r.stream)
	r.connected(1)
	r.hears("before")
	r.fake.SetIgnorePings(true)
	r.eventually("the dead connection is given up", func() bool { return r.stream.State().Opened > 1 })
	r.fake.SetIgnorePings(false)
	r.eventually("a connection that is well", func() bool { return r.stream.State().Open == 1 })
	r.connected(1)
	r.hears("after")
}

// TestStreamIsReplaced: before a connection can go deaf unnoticed the next one is open, and no message
// falls between them.
func TestStreamIsReplaced(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	r.fake.SetRobotURL("")
	r.stream = r.inbox.Stream()
	r.stream.pace = brisk()
	r.stream.pace.Recycle = 20 * time.Millisecond
	r.stop = r.run(r.stream)
	r.connected(1)
	for i := range 100 {
		r.hears(fmt.Sprint("m", i))
	}
	r.eventually("replaced", func() bool { return r.stream.State().Opened > 2 })
	r.clean()
}

// TestStreamRefused: a wrong secret is tried slowly and told to whoever looks.
func TestStreamRefused(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, func(c *Config) { c.ClientSecret = "canary-wrong" })
	s := r.inbox.Stream()
	stop := r.run(s)
	r.eventually("refused", func() bool { return s.State().Refused })
	stop() // at once, though the next try is a minute away
	if n := r.fake.Calls(pathOpen); n != 1 || s.State().Fault == "" || strings.Contains(s.State().Fault+r.log.String(), "canary") {
		t.Errorf("%d tries: %+v\n%s", n, s.State(), r.log)
	}
}

// TestBurst: 2,000 frames at once are all handled, each once, and all acknowledged.
func TestBurst(t *testing.T) {
	const all = 2000
	_, members := many(all)
	r := newRig(t, "stream", dingtalktest.Options{Members: members, Quota: dingtalktest.Unlimited, RobotTimeout: 20 * time.Second}, nil)
	r.fake.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
	var atOnce, most atomic.Int32
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		n := atOnce.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		defer atOnce.Add(-1)
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	var failed atomic.Int32
	var wg sync.WaitGroup
	for _, m := range members {
		wg.Go(func() {
			if a := r.fake.UserSends(m.UserID, "签到"); a.Err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	r.settle()
	handled, pushed := r.desk.Counts()
	if failed.Load() != 0 || handled != all || pushed != all || most.Load() > streamWorkers || r.stream.State().Opened != 1 {
		t.Errorf("%d not acknowledged, %d handled, %d promised, %d at once, %d connections", failed.Load(), handled, pushed, most.Load(), r.stream.State().Opened)
	}
	r.clean()
}

// TestTwoProcesses: two programs with one client id share what comes; together they hear everything.
func TestTwoProcesses(t *testing.T) {
	r := newRig(t, "stream", dingtalktest.Options{Quota: dingtalktest.Unlimited}, nil)
	other := &linktest.Desk{}
	p, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	stop := r.run(NewInbox(p, other, r.fake.Now, quiet()).Stream())
	r.connected(2)
	for i := range 60 {
		if a := r.fake.UserSends("lisi", fmt.Sprint(i)); a.Err != nil {
			t.Fatal(a.Err)
		}
	}
	mine, _ := r.desk.Counts()
	theirs, _ := other.Counts()
	if mine+theirs != 60 || mine == 0 || theirs == 0 {
		t.Errorf("%d and %d of 60", mine, theirs)
	}
	stop()
	r.connected(1)
	r.hears("the one that is left")
	r.clean()
}

// TestStopsCleanly: what was taken is finished and acknowledged, what comes after is not taken.
func TestStopsCleanly(t *testing.T) {
	r := newRig(t, "stream", dingtalktest.Options{}, nil)
	begun, release := make(chan struct{}), make(chan struct{})
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		close(begun)
		<-release
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	got := make(chan dingtalktest.Answer, 1)
	go func() { got <- r.fake.UserSends("lisi", "hi") }()
	<-begun
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	r.eventually("no more is taken", func() bool { r.stream.gate.RLock(); defer r.stream.gate.RUnlock(); return r.stream.closed })
	select {
	case <-stopped:
		t.Error("stopped before the work was done")
	default:
	}
	close(release)
	if a := <-got; a.Err != nil || len(a.Attempts) != 1 {
		t.Errorf("%+v", a)
	}
	<-stopped
	if _, pushed := r.desk.Counts(); pushed != 1 || r.fake.Connections() != 0 {
		t.Errorf("%d promised, %d connections", pushed, r.fake.Connections())
	}
	r.clean()
}

// TestStopDoesNotWaitForEver: a handler that hangs is left, and its message not acknowledged.
func TestStopDoesNotWaitForEver(t *testing.T) {
	r := newRig(t, "stream", dingtalktest.Options{RobotTimeout: time.Second}, nil)
	r.stream.pace.Drain = 20 * time.Millisecond
	begun, release := make(chan struct{}), make(chan struct{})
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		close(begun)
		<-release
		return chat.Reply{}, nil
	})
	got := make(chan dingtalktest.Answer, 1)
	r.fake.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
	go func() { got <- r.fake.UserSends("lisi", "hi") }()
	<-begun
	r.stop()
	if a := <-got; a.Err == nil {
		t.Error("what was not done is acknowledged")
	}
	close(release)
	r.settle()
}

// TestDisconnectDuringWork: a connection that is told to go still carries the ack of what came by it.
func TestDisconnectDuringWork(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{CutAfterNotice: 5 * time.Second}, nil)
	r.fake.SetRobotURL("")
	r.stream = r.inbox.Stream()
	r.stream.pace = brisk()
	r.stream.pace.Linger = 5 * time.Second
	r.stop = r.run(r.stream)
	r.connected(1)
	begun, release := make(chan struct{}), make(chan struct{})
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		close(begun)
		<-release
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	r.fake.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
	got := make(chan dingtalktest.Answer, 1)
	go func() { got <- r.fake.UserSends("lisi", "hi") }()
	<-begun
	r.fake.Disconnect("connection is expired")
	r.eventually("the one after it", func() bool { return r.stream.State().Opened == 2 })
	close(release)
	if a := <-got; a.Err != nil {
		t.Errorf("%+v", a)
	}
	r.clean()
}

// TestHostileFrames: whatever comes over the connection, it stays.
func TestHostileFrames(t *testing.T) {
	r := newRig(t, "stream", dingtalktest.Options{}, nil)
	for _, raw := range []string{
		"", "{", "[]", "null", `"x"`, `{"type":"CALLBACK"}`, `{"type":"SYSTEM","headers":{"topic":"KEEPALIVE"}}`,
		`{"type":"CALLBACK","headers":{"topic":"/v1.0/im/bot/messages/get"},"data":"{"}`, `{"type":"CALLBACK","headers":{"topic":"/v1.0/card/instances/callback"},"data":"[]"}`,
		`{"type":"EVENT","headers":{"topic":"*","eventType":"user_leave_org"},"data":"x"}`, strings.Repeat("x", 1<<20),
	} {
		r.fake.PushRaw([]byte(raw))
	}
	ack, err := r.fake.Push("CALLBACK", topicRobot, `{"msgId":"m","msgtype":"text","text":{"content":"x"},"senderStaffId":"lisi","chatbotCorpId":"dingother"}`, nil, time.Second)
	if handled, _ := r.desk.Counts(); err != nil || ack.Code != codeOK || handled != 0 {
		t.Errorf("for another organisation: %+v %v, %d handled", ack, err, handled)
	}
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { panic("a message nobody foresaw") })
	r.fake.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
	if a := r.fake.UserSends("lisi", "hi"); a.Err == nil || a.Attempts[0].Status != codeInternal {
		t.Errorf("%+v", a)
	}
	r.desk.Answers(nil)
	r.hears("still here")
	// An event is known by its type, whatever its topic; headers may be numbers.
	data, _ := json.Marshal(map[string]any{"userId": []string{"lisi"}})
	if ack, err := r.fake.Push("EVENT", "*", string(data), map[string]string{"eventType": "user_leave_org", "eventId": "e1"}, time.Second); err != nil || !strings.Contains(ack.Data, "SUCCESS") || r.desk.Last().Event != chat.Departed {
		t.Errorf("%+v %v", ack, err)
	}
	if r.stream.State().Opened != 1 {
		t.Error("the connection was lost")
	}
}
