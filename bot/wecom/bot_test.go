package wecom

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link/linktest"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// botRig is the fake gateway, a bot that runs, and a handler to script.
type botRig struct {
	t    *testing.T
	gate *wecomtest.Gateway
	bot  *Bot
	desk *linktest.Desk
	log  *linktest.Log
	stop func()
}

func newBotRig(t *testing.T, o wecomtest.GatewayOptions, change func(*Bot)) *botRig {
	t.Helper()
	if o.Members == nil {
		o.Members = []string{"ZhangSan", "lisi", "wangwu"}
	}
	o.Within = orDefault(o.Within, 2*time.Second)
	r := &botRig{t: t, gate: wecomtest.NewGateway(o), desk: &linktest.Desk{}, log: &linktest.Log{}}
	t.Cleanup(r.gate.Close)
	r.bot, r.stop = r.process(r.desk, change)
	r.eventually("connected", func() bool { return r.bot.State().Open })
	return r
}

// process starts a bot; the function it gives stops it and waits until it has.
func (r *botRig) process(d *linktest.Desk, change func(*Bot)) (*Bot, func()) {
	r.t.Helper()
	log := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b, err := NewBot(BotConfig{BotID: r.gate.ID(), Secret: r.gate.Secret(), URL: r.gate.URL(), AnswerWithin: 300 * time.Millisecond, Timeout: 300 * time.Millisecond}, r.gate.Now, log)
	if err != nil {
		r.t.Fatal(err)
	}
	b.pace.First, b.pace.Last = 5*time.Millisecond, 40*time.Millisecond
	b.standby, b.again = 200*time.Millisecond, []time.Duration{time.Millisecond, time.Millisecond}
	if change != nil {
		change(b)
	}
	b.Receive(d)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx) }()
	stop := func() { cancel(); <-done }
	r.t.Cleanup(stop)
	return b, stop
}

func (r *botRig) eventually(what string, true func() bool) {
	r.t.Helper()
	linktest.Eventually(r.t, r.log, what, true)
}

func (r *botRig) pushes(n int) {
	r.t.Helper()
	r.eventually(fmt.Sprint(n, " pushed"), func() bool { _, p := r.desk.Counts(); return p == n })
}

// clean fails the test for everything the platform would complain of, and for a secret in the log.
func (r *botRig) clean() {
	r.t.Helper()
	for _, p := range r.gate.Problems() {
		r.t.Error(p)
	}
	if strings.Contains(r.log.String(), r.gate.Secret()) {
		r.t.Errorf("the secret is in the log:\n%s", r.log)
	}
}

// TestBotAnswers: what was said is answered under its request id, or pushed when that cannot carry it.
func TestBotAnswers(t *testing.T) {
	card := &domain.Card{Title: "计划", Buttons: []domain.Button{{Label: "同意", Line: "同意 P7"}}}
	for _, row := range []struct {
		name   string
		body   map[string]any
		reply  chat.Reply
		heard  chat.Message
		answer string
		pushed int
	}{
		{"a text", map[string]any{"msgtype": "text", "text": map[string]any{"content": "今\u200b日"}}, chat.Reply{Body: domain.Say("好的")}, chat.Message{Text: "今日"}, "好的", 0},
		{"what was spoken", map[string]any{"msgtype": "voice", "voice": map[string]any{"content": "今日。"}}, chat.Reply{Body: domain.Say("好的")}, chat.Message{Text: "今日。"}, "好的", 0},
		{"words beside a picture", map[string]any{"msgtype": "mixed", "mixed": map[string]any{"msg_item": []any{
			map[string]any{"msgtype": "image", "image": map[string]any{"url": "u"}}, map[string]any{"msgtype": "text", "text": map[string]any{"content": "帮助"}}}}},
			chat.Reply{Body: domain.Say("好的")}, chat.Message{Text: "帮助"}, "好的", 0},
		{"a picture", map[string]any{"msgtype": "image", "image": map[string]any{"url": "u"}}, chat.Reply{Body: domain.Say("看不懂")}, chat.Message{Event: chat.Other}, "看不懂", 0},
		{"markdown of people stays text", map[string]any{"msgtype": "text", "text": map[string]any{"content": "x"}},
			chat.Reply{Body: domain.Say("# 甲\n> 乙 **丙** [点](http://e) <@all> `丁`")}, chat.Message{Text: "x"}, "＃ 甲\n＞ 乙 ＊＊丙＊＊ [点］(http://e) ＜@all> ｀丁｀", 0},
		{"a card with buttons", map[string]any{"msgtype": "text", "text": map[string]any{"content": "x"}}, chat.Reply{Body: domain.Body{Text: "计划", Card: card}}, chat.Message{Text: "x"}, "", 1},
		{"in a group", map[string]any{"msgtype": "text", "chattype": "group", "chatid": "g", "text": map[string]any{"content": "@助手 我的分"}},
			chat.Reply{Body: domain.Say("您有 3 分")}, chat.Message{Text: "@助手 我的分"}, sayAside, 1},
		{"nothing to say", map[string]any{"msgtype": "text", "text": map[string]any{"content": "x"}}, chat.Reply{}, chat.Message{Text: "x"}, "", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newBotRig(t, wecomtest.GatewayOptions{Within: 300 * time.Millisecond}, nil)
			r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { return row.reply, nil })
			a := r.gate.Callback("ZhangSan", row.body)
			if a.Text != row.answer || row.answer == "" && a.Err != wecomtest.ErrSilence {
				t.Errorf("answered %q (%v)", a.Text, a.Err)
			}
			m := r.desk.Last()
			if m.Text != row.heard.Text || m.Event != row.heard.Event || m.From != (domain.Handle{Platform: Name, User: "zhangsan"}) || m.ID == "" {
				t.Errorf("heard %+v", m)
			}
			r.pushes(row.pushed)
			r.clean()
		})
	}
}

// TestBotRedelivery: the same message twice is the same to the handler, another is another.
func TestBotRedelivery(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{}, nil)
	r.desk.Answers(linktest.Says("好"))
	var ids []domain.MessageID
	for _, id := range []string{"A", "A", "B"} {
		if a := r.gate.Callback("lisi", map[string]any{"msgid": id, "msgtype": "text", "text": map[string]any{"content": "签到"}}); a.Text != "好" {
			t.Errorf("%+v", a)
		}
		ids = append(ids, r.desk.Last().ID)
	}
	if ids[0] != ids[1] || ids[1] == ids[2] {
		t.Error(ids)
	}
	r.clean()
}

// TestBotLate: an answer that is not ready in time is pushed, and so is one the platform did not take.
func TestBotLate(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{Within: 500 * time.Millisecond}, nil)
	release := make(chan struct{})
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		<-release
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	if a := r.gate.Say("lisi", "慢"); a.Err != wecomtest.ErrSilence {
		t.Errorf("%+v", a)
	}
	close(release)
	r.pushes(1)
	r.gate.Refuse(cmdRespond, 846605)
	_ = r.gate.Say("lisi", "过期")
	r.pushes(2)
	r.gate.Swallow(cmdRespond, 1)
	if a := r.gate.Say("lisi", "没有回执"); a.Text != "好" {
		t.Errorf("%+v", a)
	}
	r.pushes(3)
	r.clean()
}

// TestBotFails: the platform does not deliver again, so a message that failed is tried again here, and at
// last the person is told to say it again.
func TestBotFails(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{}, nil)
	var mu sync.Mutex
	failures := 2
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		mu.Lock()
		defer mu.Unlock()
		if failures--; failures >= 0 {
			return chat.Reply{}, linktest.ErrStore
		}
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	if a := r.gate.Say("lisi", "签到"); a.Text != "好" {
		t.Errorf("%+v", a)
	}
	failures = 1000
	if a := r.gate.Say("lisi", "签到"); a.Text != sayFailed {
		t.Errorf("%+v", a)
	}
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { panic("nobody foresaw") })
	if a := r.gate.Say("lisi", "签到"); a.Text != sayFailed {
		t.Errorf("%+v", a)
	}
	r.desk.Answers(linktest.Says("还在"))
	if a := r.gate.Say("lisi", "在吗"); a.Text != "还在" {
		t.Errorf("%+v", a)
	}
	r.clean()
}

// TestBotPress: a pressed card is replaced for its presser in the answer; of two that press at once each
// sees what has become of the matter.
func TestBotPress(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{}, nil)
	c := domain.Card{Title: "培训计划待审批，请您今天之内处理，谢谢配合您的工作辛苦了", Subtitle: "x", Facts: []domain.Fact{{Label: "提交人", Value: strings.Repeat("长", 28)}},
		Buttons: []domain.Button{{Label: "同意", Line: "同意 P7 v2", Style: domain.Primary}, {Label: "驳回", Line: "驳回 P7 v2", Style: domain.Danger}}}
	for _, to := range []string{"zhangsan", "lisi"} {
		if _, err := r.bot.Send(context.Background(), chat.Outgoing{ID: "D-" + to, To: []string{to}, Body: domain.Body{Text: "计划", Card: &c}}); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	winner := ""
	r.desk.Answers(func(_ context.Context, m chat.Message) (chat.Reply, error) {
		mu.Lock()
		defer mu.Unlock()
		if winner == "" {
			winner = m.From.User
		}
		return chat.Reply{Settle: &domain.Card{Title: "培训计划", Settled: "已由" + winner + "同意并生效了"}}, nil
	})
	var wg sync.WaitGroup
	for spelled, low := range map[string]string{"ZhangSan": "zhangsan", "lisi": "lisi"} {
		wg.Go(func() {
			a := r.gate.Press(spelled, "D-"+low, "同意 P7 v2")
			if a.Card == nil || len(a.Card.Buttons) != 1 || a.Card.Buttons[0].Key != settledKey || !strings.Contains(a.Card.Text+a.Card.Buttons[0].Text, "同意并生效") {
				t.Errorf("%s: %+v %v", spelled, a.Card, a.Err)
			}
		})
	}
	wg.Wait()
	if m := r.desk.Last(); m.Press == nil || m.Text != "同意 P7 v2" || m.Press.UpdateToken != "" {
		t.Errorf("%+v", m)
	}
	handled, _ := r.desk.Counts()
	if a := r.gate.Callback("lisi", map[string]any{"msgtype": "event", "event": map[string]any{"eventtype": "template_card_event",
		"template_card_event": map[string]any{"event_key": settledKey, "task_id": "D-lisi"}}}); a.Err != wecomtest.ErrSilence {
		t.Errorf("%+v", a)
	}
	if n, _ := r.desk.Counts(); n != handled {
		t.Error("a dead button was handled")
	}
	r.desk.Answers(linktest.Says("另外请看"))
	_ = r.gate.Press("lisi", "D-lisi", "驳回 P7 v2")
	r.pushes(1) // a press has no room for words
	r.clean()
}

// TestBotSends: what goes out, and how it can fail.
func TestBotSends(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{Strangers: true}, nil)
	ctx := context.Background()
	text := func(id, to string) (domain.Receipt, error) {
		return r.bot.Send(ctx, chat.Outgoing{ID: id, To: []string{to}, Body: domain.Say("明天 14:00 培训")})
	}
	class := func(what string, err error, want chat.Class, ambiguous bool) {
		t.Helper()
		e, ok := chat.AsSendError(err)
		if !ok || e.Class != want || e.Ambiguous != ambiguous || strings.Contains(err.Error(), r.gate.Secret()) {
			t.Errorf("%s: %v", what, err)
		}
	}
	got, err := text("D0", "zhangsan")
	class("who never spoke", err, chat.Permanent, false)
	if len(got.Failed) != 1 || got.Failed[0].Reason != reasonSilent {
		t.Errorf("%+v", got)
	}
	_ = r.gate.Say("ZhangSan", "你好")
	if _, err := text("D1", "zhangsan"); err != nil {
		t.Error(err)
	}
	if s := r.gate.Sends(); len(s) != 1 || !strings.Contains(string(s[0]), `"chatid":"ZhangSan"`) {
		t.Errorf("the id as the platform spells it: %s", s)
	}
	_, err = text("D2", "@all")
	class("nobody's id", err, chat.Permanent, false)
	for code, want := range map[int64]chat.Class{45009: chat.Wait, -1: chat.Retry, 40001: chat.Misset, 40008: chat.Permanent} {
		r.gate.Refuse(cmdSend, code)
		_, err = text("D3", "zhangsan")
		class(fmt.Sprint(code), err, want, false)
	}
	// A card whose acknowledgement was lost is not there twice.
	c := domain.Card{Title: "计划", Buttons: []domain.Button{{Label: "同意", Line: "同意 P7"}}}
	card := chat.Outgoing{ID: "D4", To: []string{"zhangsan"}, Body: domain.Body{Card: &c}}
	r.gate.Swallow(cmdSend, 1)
	_, err = r.bot.Send(ctx, card)
	class("no acknowledgement", err, chat.Retry, true)
	if _, err := r.bot.Send(ctx, card); err != nil {
		t.Errorf("the second try: %v", err)
	}
	if n := len(r.gate.Sends()); n != 2 {
		t.Errorf("%d pushed", n)
	}
	for range perMinute {
		if _, err = text("D5", "zhangsan"); err != nil {
			break
		}
	}
	class("the limit", err, chat.Wait, false)
	class("an update", r.bot.Update(ctx, domain.Receipt{ID: "D4"}, []string{"zhangsan"}, c), chat.Gone, false)
	r.stop()
	_, err = text("D6", "zhangsan")
	class("no connection", err, chat.Wait, false)
	r.clean()
}

// TestBotSurvives: whatever ends a connection, the next one is there.
func TestBotSurvives(t *testing.T) {
	for name, what := range map[string]func(r *botRig){
		"cut": func(r *botRig) { r.gate.Cut() },
		"forgotten": func(r *botRig) {
			r.gate.Refuse(cmdSend, codeNotSubscribed)
			_, err := r.bot.Send(context.Background(), chat.Outgoing{ID: "D", To: []string{"lisi"}, Body: domain.Say("x")})
			if e, ok := chat.AsSendError(err); !ok || e.Class != chat.Retry {
				r.t.Error(err)
			}
		},
		"gateway down": func(r *botRig) {
			r.gate.SetDown(true)
			r.eventually("tries", func() bool { st := r.bot.State(); return !st.Open && strings.Contains(st.Fault, "503") && !st.Refused })
			r.gate.SetDown(false)
		},
		"ping unanswered": func(r *botRig) {
			r.gate.SetDeaf(true)
			r.eventually("given up", func() bool { return r.bot.State().Opened > 1 })
			r.gate.SetDeaf(false)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newBotRig(t, wecomtest.GatewayOptions{}, func(b *Bot) { b.pace.Ping, b.pace.Silence = 20*time.Millisecond, 200*time.Millisecond })
			r.desk.Answers(linktest.Says("好"))
			opened := r.bot.State().Opened
			what(r)
			r.eventually("the next connection", func() bool { st := r.bot.State(); return st.Open && st.Opened > opened })
			r.eventually("heard", func() bool { return r.gate.Say("lisi", "在吗").Text == "好" })
			r.clean()
		})
	}
}

// TestBotHour: in an hour without a gateway it is tried about once a minute, and never given up.
func TestBotHour(t *testing.T) {
	var at time.Duration
	n := 0
	for p := botPace(); at < time.Hour; n++ {
		at += p.Wait(n+1, 0.5)
	}
	if n < 64 || n > 68 { // seven in the first minute
		t.Errorf("%d tries in an hour", n)
	}
}

// TestBotRefused: a wrong secret is tried slowly and told to whoever looks, without the secret.
func TestBotRefused(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{}, nil)
	r.stop()
	b, stop := r.process(&linktest.Desk{}, func(b *Bot) { b.cfg.Secret, b.pace.Last = "canary-wrong", time.Hour })
	r.eventually("refused", func() bool { return b.State().Refused })
	stop() // at once, though the next try is an hour away
	if s := fmt.Sprintf("%v %+v %#v %s %s", b, b.State(), b.cfg, b.cfg, r.log); strings.Contains(s, "canary") {
		t.Error(s)
	}
	r.clean()
}

// TestBotTwoProcesses: the platform keeps one connection a bot. The one that lost its place leaves it to
// the other, and takes it when that is gone; a message is heard once.
func TestBotTwoProcesses(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{}, func(b *Bot) { b.standby = time.Second })
	r.desk.Answers(linktest.Says("甲"))
	other := linktest.NewDesk(linktest.Says("乙"))
	b, stop := r.process(other, func(b *Bot) { b.standby = time.Hour })
	r.eventually("the place is lost", func() bool { return r.bot.State().Evicted && b.State().Open })
	if st := r.bot.State(); st.Open || !strings.Contains(st.Fault, "another program") {
		t.Errorf("%+v", st)
	}
	for range 200 {
		if a := r.gate.Say("lisi", "谁"); a.Text != "乙" {
			t.Errorf("%+v", a)
		}
	}
	if n, _ := r.desk.Counts(); n != 0 || r.gate.Opened() != 2 {
		t.Errorf("%d heard by both, %d connections: they fight", n, r.gate.Opened())
	}
	stop()
	r.eventually("taken again", func() bool { return r.bot.State().Open && !r.bot.State().Evicted })
	r.eventually("heard", func() bool { return r.gate.Say("lisi", "谁").Text == "甲" })
	r.clean()
}

// TestBotStopsCleanly: what was taken is finished and answered, what comes meanwhile too.
func TestBotStopsCleanly(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{}, func(b *Bot) { b.cfg.AnswerWithin = 5 * time.Second })
	begun, release := make(chan struct{}, 2), make(chan struct{})
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		begun <- struct{}{}
		<-release
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	got := make(chan wecomtest.BotAnswer, 2)
	go func() { got <- r.gate.Say("lisi", "一") }()
	<-begun
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	go func() { got <- r.gate.Say("wangwu", "二") }()
	<-begun
	select {
	case <-stopped:
		t.Error("stopped before the work was done")
	default:
	}
	close(release)
	for range 2 {
		if a := <-got; a.Text != "好" {
			t.Errorf("%+v", a)
		}
	}
	<-stopped
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.bot.Wait(ctx); err != nil {
		t.Error(err)
	}
	r.clean()
}

// TestBotHostileFrames: whatever comes over the connection, it stays, and nothing of it is handled.
func TestBotHostileFrames(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{Within: 50 * time.Millisecond}, nil)
	for _, v := range []any{nil, 7, []int{}, "x", map[string]any{}, map[string]any{"cmd": cmdMessage}, map[string]any{"cmd": cmdMessage, "body": "x"},
		map[string]any{"cmd": cmdEvent, "body": map[string]any{"msgid": "1", "from": map[string]any{"userid": "lisi"}, "msgtype": "event", "event": map[string]any{"eventtype": "template_card_event"}}},
		map[string]any{"headers": map[string]any{"req_id": "nobody's"}, "errcode": 1}, strings.Repeat("x", 1<<19)} {
		r.gate.Raw(v)
	}
	for _, body := range []map[string]any{
		{"msgtype": "text", "aibotid": "another", "text": map[string]any{"content": "x"}}, {"msgtype": "stream"}, {"msgtype": "event", "event": map[string]any{"eventtype": "enter_chat"}},
		{"msgtype": "text", "from": map[string]any{"userid": "a|b"}, "text": map[string]any{"content": "x"}}, {"msgtype": "text", "msgid": "", "text": map[string]any{"content": "x"}},
	} {
		_ = r.gate.Callback("lisi", body)
	}
	if n, _ := r.desk.Counts(); n != 0 || r.bot.State().Opened != 1 {
		t.Errorf("%d handled, %d connections\n%s", n, r.bot.State().Opened, r.log)
	}
	r.desk.Answers(linktest.Says("好"))
	if a := r.gate.Say("lisi", "在吗"); a.Text != "好" {
		t.Errorf("%+v", a)
	}
	r.clean()
}

// TestBotBurst: a thousand messages at once are all answered.
func TestBotBurst(t *testing.T) {
	r := newBotRig(t, wecomtest.GatewayOptions{Within: 20 * time.Second}, func(b *Bot) { b.cfg.AnswerWithin, b.cfg.Timeout = 10*time.Second, 10*time.Second })
	r.desk.Answers(linktest.Says("好"))
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			if a := r.gate.Say("lisi", fmt.Sprint(i)); a.Text != "好" {
				t.Errorf("%+v", a)
			}
		})
	}
	wg.Wait()
	if n, p := r.desk.Counts(); n != 1000 || p != 0 || r.bot.State().Opened != 1 {
		t.Errorf("%d handled, %d pushed", n, p)
	}
	r.clean()
}

func TestBotConfig(t *testing.T) {
	for want, c := range map[string]BotConfig{
		"wecom.bot_id": {Secret: "s"}, "wecom.bot_secret": {BotID: "b", Secret: " s"}, "wecom.bot_url": {BotID: "b", Secret: "s", URL: "ws://example.com"},
		"wecom.corp_id": {BotID: "b", Secret: "s", CorpID: "a b"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := NewBot(BotConfig{BotID: "b", Secret: "s"}, time.Now, slog.New(slog.DiscardHandler)); err != nil {
		t.Error(err)
	}
}
