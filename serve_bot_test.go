package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"trainingbot/bot/wecom/wecomtest"
)

// serveBot runs "trainingbot serve" with WeCom reached by its AI bot: nothing calls it from outside.
func serveBot(t *testing.T, env ...string) (*running, *wecomtest.Gateway) {
	t.Helper()
	g := wecomtest.NewGateway(wecomtest.GatewayOptions{Now: testNow, Members: []string{"wangfang", "zhouguoping", "sunwei", "lina"}})
	t.Cleanup(g.Close)
	r := serve(t, append([]string{
		"TRAININGBOT_WECOM_MODE=bot", "TRAININGBOT_WECOM_BOT_ID=" + g.ID(), "TRAININGBOT_WECOM_BOT_SECRET=" + g.Secret(), "TRAININGBOT_WECOM_BOT_URL=" + g.URL(),
	}, env...)...)
	r.botConnections(t, "1")
	return r, g
}

// botConnections waits until the metrics say so; /readyz stands still with the test's clock.
func (r *running) botConnections(t *testing.T, n string) {
	t.Helper()
	eventually(t, func() bool {
		_, body := r.get(t, "/metrics")
		return strings.Contains(body, "trainingbot_wecom_connections "+n)
	}, r.log.String)
}

// TestServeBot: the whole product over the long connection: words, a pushed card, its press, a message of
// the outbox, the doctor, a lost connection, and a clean stop.
func TestServeBot(t *testing.T) {
	r, g := serveBot(t)
	if a := g.Say("lina", "帮助"); !strings.Contains(a.Text, "签到") {
		t.Errorf("%+v", a)
	}
	if code, _ := r.get(t, "/wecom/callback"); code != 404 {
		t.Errorf("/wecom/callback: %d", code)
	}
	_ = g.Say("wangfang", "拟计划 2027-01")
	_ = g.Say("wangfang", "报计划 2027-01")
	var card *wecomtest.Card
	eventually(t, func() bool {
		for _, s := range g.Inbox("zhouguoping") {
			if s.Card != nil && len(s.Card.Buttons) > 1 {
				card = s.Card
			}
		}
		return card != nil
	}, func() string { return r.log.String() })
	i := slices.IndexFunc(card.Buttons, func(b wecomtest.Button) bool { return strings.HasPrefix(b.Key, "同意") })
	if i < 0 {
		t.Fatalf("%+v", card)
	}
	if a := g.Press("zhouguoping", card.TaskID, card.Buttons[i].Key); a.Card == nil || len(a.Card.Buttons) != 1 {
		t.Errorf("the pressed card: %+v %v", a.Card, a.Err)
	}
	eventually(t, func() bool {
		return slices.ContainsFunc(g.Inbox("wangfang"), func(s wecomtest.Shown) bool { return !s.Passive && strings.Contains(s.Text, "已由周国平批准") })
	}, func() string { return "the supervisor hears nothing\n" + r.log.String() })
	for _, user := range []string{"lina", "sunwei"} { // of one notice for both
		eventually(t, func() bool {
			return slices.ContainsFunc(g.Inbox(user), func(s wecomtest.Shown) bool { return !s.Passive && strings.Contains(s.Text, "培训计划已批准") })
		}, func() string { return user + " hears nothing\n" + r.log.String() })
	}
	if out := r.must(t, "send-test", "李娜"); !strings.Contains(out, "wecom took the message to lina") {
		t.Error(out)
	}
	if x := r.run("doctor"); !strings.Contains(x.out, "the bot's long connection is open") {
		t.Error(x.out, x.err)
	}
	g.SetDown(true)
	r.botConnections(t, "0")
	if x := r.run("doctor"); !strings.Contains(x.out, "FAIL  wecom") || strings.Contains(x.out, g.Secret()) {
		t.Error(x.out)
	}
	g.SetDown(false)
	r.botConnections(t, "1")
	if code := r.stop(); code != exitDone || g.Connected() || strings.Contains(r.log.String(), g.Secret()) {
		t.Errorf("exit %d\n%s", code, r.log)
	}
	if x := r.run("doctor"); !strings.Contains(x.out, "the gateway of bots can be reached") {
		t.Error(x.out)
	}
	for _, p := range g.Problems() {
		t.Error(p)
	}
}

// TestBotNotReady: without the connection the program is ready and says what is wrong.
func TestBotNotReady(t *testing.T) {
	p := newProgram(t, "TRAININGBOT_WECOM_MODE=bot", "TRAININGBOT_WECOM_BOT_ID=b", "TRAININGBOT_WECOM_BOT_SECRET=s", "TRAININGBOT_WECOM_BOT_URL=ws://127.0.0.1:1")
	a, err := NewApp(t.Context(), AppOptions{Settings: mustSettings(t, p), Now: p.now, Log: discard(), Open: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if s := a.ready.state(t.Context()); !s.Ready || !slices.Contains(s.Degraded, "wecom") {
		t.Errorf("%+v", s)
	}
	if f := a.checkBot(t.Context()); f.ok || !strings.Contains(f.text, "cannot be reached") {
		t.Errorf("%+v", f)
	}
	if p.must(t, "config", "check"); strings.Contains(p.must(t, "config", "print"), "bot_secret: s\n") {
		t.Error("the secret is printed")
	}
}
