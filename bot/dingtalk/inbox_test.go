package dingtalk

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/dingtalk/dingtalktest"
	"trainingbot/bot/link/linktest"
	"trainingbot/domain"
)

func each(t *testing.T, test func(t *testing.T, way string)) {
	for _, way := range ways() {
		t.Run(way, func(t *testing.T) { test(t, way) })
	}
}

// TestMessages: whatever the way in, the handler hears the same; over HTTP the response carries the
// answer, over Stream it is promised before the message is acknowledged.
func TestMessages(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{}, nil)
		r.desk.Answers(linktest.Says("已签到"))
		for _, row := range []struct {
			name  string
			do    func() dingtalktest.Answer
			text  string
			event chat.Event
		}{
			{"text", func() dingtalktest.Answer { return r.fake.UserSends("ZhangSan", " 签到 8421\u00A0") }, "签到 8421", ""},
			{"dictated", func() dingtalktest.Answer { return r.fake.Dictates("ZhangSan", "今日") }, "今日", ""},
			{"rich", func() dingtalktest.Answer { return r.fake.SendsRich("ZhangSan", "签到", "8421") }, "签到 8421", ""},
			{"picture", func() dingtalktest.Answer { return r.fake.UserSendsKind("ZhangSan", "picture") }, "", chat.Other},
			{"file", func() dingtalktest.Answer { return r.fake.UserSendsKind("ZhangSan", "file") }, "", chat.Other},
			{"unknown", func() dingtalktest.Answer { return r.fake.UserSendsKind("ZhangSan", "chatRecord") }, "", chat.Other},
			{"joined", func() dingtalktest.Answer { return r.fake.Subscribe("ZhangSan") }, "", chat.Joined},
			{"left", func() dingtalktest.Answer { return r.fake.Unsubscribe("ZhangSan") }, "", chat.Departed},
		} {
			_, before := r.desk.Counts()
			a := row.do()
			r.settle()
			_, after := r.desk.Counts()
			m := r.desk.Last()
			if a.Err != nil || m.Text != row.text || m.Event != row.event || m.From != (domain.Handle{Platform: "dingtalk", User: "ZhangSan"}) || len(a.Attempts) != 1 {
				t.Errorf("%s: %+v %+v", row.name, a, m)
			}
			carried := way == "http" && row.event != chat.Joined && row.event != chat.Departed
			if carried && (a.Text != "已签到" || after != before) || !carried && (a.Text != "" || after != before+1) {
				t.Errorf("%s: sees %q, %d pushed", row.name, a.Text, after-before)
			}
		}
		r.clean()
	})
}

// TestInAGroup: nothing of a person's is said among others.
func TestInAGroup(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{}, nil)
		r.fake.AddGroup("翠湖群", "ZhangSan", "lisi")
		r.desk.Answers(linktest.Says("您这个月 96 分"))
		a := r.fake.SaysInGroup("ZhangSan", "翠湖群", "我的分")
		r.settle()
		if _, pushed := r.desk.Counts(); a.Err != nil || pushed != 1 || r.desk.Last().Text != "我的分" {
			t.Errorf("%+v, %d pushed, %+v", a, pushed, r.desk.Last())
		}
		shown := r.fake.Last("翠湖群")
		if !strings.Contains(shown.Text, "已私信回复您") || strings.Contains(shown.Text, "96") {
			t.Errorf("the group reads %q", shown.Text)
		}
		if r.platform.sessions.live(t.Context(), "ZhangSan") != "" {
			t.Error("the group's address would answer the person")
		}
		r.clean()
	})
}

// TestNobody: somebody the platform does not name is told so, and the handler does not hear of it.
func TestNobody(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{}, nil)
		a := r.fake.UserSends("stranger-from-outside", "签到")
		r.settle()
		if handled, _ := r.desk.Counts(); a.Err != nil || handled != 0 {
			t.Errorf("%+v, %d handled", a, handled)
		}
		if got := r.fake.Last("stranger-from-outside").Text; !strings.Contains(got, "看不到您的员工账号") {
			t.Errorf("reads %q", got)
		}
		r.clean()
	})
}

// TestQuotaSpent: a message without its words is heard as one, and remembered for the doctor.
func TestQuotaSpent(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{Quota: dingtalktest.Quota{Calls: -1, Messages: 1}}, nil)
		r.fake.UserSends("lisi", "一")
		if !r.inbox.Muted().IsZero() {
			t.Error("muted too early")
		}
		a := r.fake.UserSends("lisi", "二")
		if m := r.desk.Last(); a.Err != nil || m.Event != chat.Muted || m.Text != "" || r.inbox.Muted().IsZero() {
			t.Errorf("%+v %+v", a, m)
		}
	})
}

// TestPress: the presser sees the card settled in time, the other copies are updated when the platform
// has had the answer, and a card says its line whatever made it.
func TestPress(t *testing.T) {
	for _, template := range []string{PublicCard, "own.schema"} {
		each(t, func(t *testing.T, way string) {
			r := newRig(t, way, dingtalktest.Options{Templates: []dingtalktest.Template{dingtalktest.OwnTemplate("own.schema")}},
				func(c *Config) { c.CardTemplate = template })
			c := approval()
			sent, err := r.platform.Send(t.Context(), chat.Outgoing{ID: "d-1@a_b", To: []string{"lisi"}, Body: domain.Body{Text: "x", Card: &c}})
			if err != nil || sent.UpdateToken == "" || sent.MessageID == "" {
				t.Fatal(sent, err)
			}
			shown := r.fake.Last("lisi").Card
			if shown == nil || shown.Title != c.Title || shown.Desc != c.Subtitle || len(shown.Facts) != 2 || shown.Facts[0] != (dingtalktest.Fact{Label: "提交人", Value: "张三"}) || len(shown.Buttons) != 3 || shown.Text != c.Text {
				t.Fatalf("shows %+v", shown)
			}
			settled := c
			settled.Settled = "已由李四同意"
			r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { return chat.Reply{Settle: &settled}, nil })
			a := r.fake.Click("lisi", sent.ID, shown.Buttons[0].Key)
			if a.Err != nil || a.Card == nil || a.Card.Replaced != "已由李四同意" || len(a.Card.Buttons) != 0 {
				t.Errorf("sees %+v %+v", a, a.Card)
			}
			r.settle()
			m := r.desk.Last()
			if m.Text != "同意 P7 v2" || m.Press == nil || m.Press.Delivery != sent.ID || m.Press.UpdateToken != sent.UpdateToken || m.From.User != "lisi" {
				t.Errorf("%+v %+v", m, m.Press)
			}
			if _, pushed := r.desk.Counts(); pushed != 1 {
				t.Errorf("%d pushed: the other devices are not told", pushed)
			}
			if err := r.platform.Update(t.Context(), domain.Receipt{ID: m.Press.Delivery, UpdateToken: m.Press.UpdateToken}, []string{"lisi"}, settled); err != nil {
				t.Error(err)
			}
			if got := r.fake.Last("lisi").Card; got.Replaced != "已由李四同意" || len(got.Buttons) != 0 {
				t.Errorf("updated: %+v", got)
			}
			if len(r.fake.Overlaps()) != 0 {
				t.Error(r.fake.Overlaps())
			}
			r.clean()
		})
	}
}

// TestPressRefused: a press that changes nothing leaves the card as it is; one that fails or takes too
// long shows the presser that it did not work, and may be repeated.
func TestPressRefused(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{}, func(c *Config) { c.PressWithin = 100 * time.Millisecond })
		c := approval()
		sent, err := r.platform.Send(t.Context(), chat.Outgoing{ID: "d1", To: []string{"lisi"}, Body: domain.Body{Text: "x", Card: &c}})
		if err != nil {
			t.Fatal(err)
		}
		key := r.fake.Last("lisi").Card.Buttons[0].Key
		if a := r.fake.Click("lisi", sent.ID, key); a.Err != nil || a.Card != nil {
			t.Errorf("nothing to say: %+v", a)
		}
		r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { return chat.Reply{}, linktest.ErrStore })
		if a := r.fake.Click("lisi", sent.ID, key); a.Err == nil {
			t.Errorf("the store is away: %+v", a)
		}
		release := make(chan struct{})
		settled := c
		settled.Settled = "已同意"
		r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
			<-release
			return chat.Reply{Settle: &settled}, nil
		})
		if a := r.fake.Click("lisi", sent.ID, key); a.Err == nil {
			t.Errorf("too late: %+v", a)
		}
		close(release)
		r.settle()
		if _, pushed := r.desk.Counts(); pushed != 1 {
			t.Errorf("%d pushed: what was decided late is not shown", pushed)
		}
		if a := r.fake.Click("lisi", sent.ID, key); a.Err != nil || a.Card == nil || a.Card.Replaced != "已同意" {
			t.Errorf("again: %+v", a)
		}
		r.settle()
		r.clean()
	})
}

// TestRedelivered: a message the store could not keep comes again; one answered well is the same message
// every time.
func TestRedelivered(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{}, nil)
		calls := 0
		r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
			if calls++; calls == 1 {
				return chat.Reply{}, linktest.ErrStore
			}
			return chat.Reply{Body: domain.Say("好")}, nil
		})
		r.fake.SetRedelivery(dingtalktest.Redelivery{Again: 2})
		a := r.fake.UserSends("lisi", "hi")
		if a.Err != nil || len(a.Attempts) != 4 {
			t.Errorf("%+v", a)
		}
		r.settle()
		for _, m := range r.desk.Handled() {
			if m.ID != r.desk.Handled()[0].ID {
				t.Errorf("redelivered as %s, first %s", m.ID, r.desk.Handled()[0].ID)
			}
		}
		r.fake.SetRedelivery(dingtalktest.Redelivery{Parallel: 50})
		if a := r.fake.UserSends("lisi", "hi again"); a.Err != nil || len(a.Attempts) != 50 {
			t.Errorf("%+v", a.Err)
		}
		r.settle()
		r.clean()
	})
}

// TestSlowAnswer: over HTTP the platform is not kept waiting, and the answer is pushed; over Stream the
// message is acknowledged when it is kept.
func TestSlowAnswer(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{RobotTimeout: 400 * time.Millisecond}, func(c *Config) { c.AnswerWithin = 50 * time.Millisecond })
		release := make(chan struct{})
		r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
			<-release
			return chat.Reply{Body: domain.Say("好")}, nil
		})
		r.fake.SetRedelivery(dingtalktest.Redelivery{Retries: -1})
		if a := r.fake.UserSends("lisi", "hi"); a.Err == nil {
			t.Errorf("%+v", a)
		}
		if _, pushed := r.desk.Counts(); pushed != 0 {
			t.Error("pushed before the answer is there")
		}
		close(release)
		r.settle()
		if way == "stream" { // the late ack belongs to a frame the platform has given up
			r.stop()
		}
		if handled, pushed := r.desk.Counts(); handled != 1 || pushed != 1 {
			t.Errorf("%d handled, %d pushed", handled, pushed)
		}
	})
}

// TestForged: every cause gets the same empty 403, the handler hears of none, the log of few.
func TestForged(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	good := map[string]any{"msgId": "m1", "msgtype": "text", "text": map[string]string{"content": "hi"}, "senderStaffId": "lisi", "chatbotCorpId": r.cfg.CorpID, "robotCode": r.cfg.RobotCode, "conversationType": "1"}
	body, _ := json.Marshal(good)
	stamp := func(d time.Duration) string { return itoa(r.fake.Now().Add(d).UnixMilli()) }
	head := func(stamp, sign string) http.Header { return http.Header{"Timestamp": {stamp}, "Sign": {sign}} }
	now := stamp(0)
	foreign, _ := json.Marshal(map[string]any{"msgId": "m1", "msgtype": "text", "senderStaffId": "lisi", "robotCode": "another"})
	for _, row := range []struct {
		name string
		body []byte
		head http.Header
	}{
		{"no headers", body, http.Header{}},
		{"another secret", body, head(now, RobotSign(now, "x"))},
		{"another stamp", body, head(stamp(time.Second), RobotSign(now, r.cfg.ClientSecret))},
		{"61 minutes old", body, head(stamp(-61*time.Minute), RobotSign(stamp(-61*time.Minute), r.cfg.ClientSecret))},
		{"61 minutes ahead", body, head(stamp(61*time.Minute), RobotSign(stamp(61*time.Minute), r.cfg.ClientSecret))},
		{"for another robot", foreign, nil},
		{"no JSON", []byte("<<<"), nil},
		{"no body", nil, nil},
	} {
		status, answer, err := r.fake.PostRobot(row.body, row.head)
		if err != nil || status != http.StatusForbidden || len(answer) != 0 {
			t.Errorf("%s: %d %q %v", row.name, status, answer, err)
		}
	}
	for _, query := range []string{"", "?signature=0&timestamp=1&nonce=1"} {
		resp, err := http.Post(strings.TrimSuffix(r.cfg.CardURL, "/card")+"/event"+query, "application/json", strings.NewReader(`{"encrypt":"AAAA"}`))
		if err != nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("event: %v %v", resp, err)
		}
	}
	resp, err := http.Post(r.cfg.CardURL, "application/json", strings.NewReader(`{"outTrackId":"d","userId":"lisi"}`))
	if err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("card: %v %v", resp, err)
	}
	resp, err = http.Get(r.cfg.CardURL)
	if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET: %v %v", resp, err)
	}
	resp, err = http.Post(r.cfg.CardURL, "application/json", strings.NewReader(strings.Repeat("x", maxBody+1)))
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too long: %v %v", resp, err)
	}
	if handled, pushed := r.desk.Counts(); handled+pushed != 0 {
		t.Errorf("%d handled, %d pushed", handled, pushed)
	}
	if n := strings.Count(r.log.String(), "callback refused"); n != 10 {
		t.Errorf("%d lines logged, want 10 a minute", n)
	}
	if status, _, err := r.fake.PostRobot(body, nil); err != nil || status != 200 {
		t.Errorf("the original: %d %v", status, err)
	}
	if err := r.fake.VerifyEventURL(); err != nil {
		t.Error(err)
	}
}

// TestReplay: within the hour a captured pair of headers is good for any body: the message id stands
// against that, and the address to answer at must be the platform's own.
func TestReplay(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	evil := "http://127.0.0.1:1/robot/sendBySession?session=x"
	body, _ := json.Marshal(map[string]any{"msgId": "m1", "msgtype": "text", "text": map[string]string{"content": "hi"}, "senderStaffId": "lisi", "conversationType": "1",
		"sessionWebhook": evil, "sessionWebhookExpiredTime": r.fake.Now().Add(time.Hour).UnixMilli()})
	for range 2 {
		if status, _, err := r.fake.PostRobot(body, nil); err != nil || status != 200 {
			t.Fatal(status, err)
		}
	}
	if len(r.desk.Handled()) != 2 || r.desk.Handled()[0].ID != r.desk.Handled()[1].ID {
		t.Errorf("%+v", r.desk.Handled())
	}
	if r.platform.sessions.live(t.Context(), "lisi") != "" {
		t.Error("we would post to wherever the body says")
	}
}

// TestDirectoryEvents: several people in one event are several messages; an event that could not be kept
// comes again; what nobody waits for is taken.
func TestDirectoryEvents(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{EventPause: time.Millisecond}, nil)
		if a := r.fake.Event("user_leave_org", "lisi", "wangwu"); a.Err != nil {
			t.Fatal(a.Err)
		}
		if handled, _ := r.desk.Counts(); handled != 2 || r.desk.Handled()[0].ID == r.desk.Handled()[1].ID {
			t.Errorf("%+v", r.desk.Handled())
		}
		if a := r.fake.Event("user_modify_org", "lisi"); a.Err != nil {
			t.Error(a.Err)
		}
		calls := 0
		r.desk.Answers(func(_ context.Context, m chat.Message) (chat.Reply, error) {
			if calls++; calls < 3 {
				return chat.Reply{}, linktest.ErrStore
			}
			return chat.Reply{}, nil
		})
		a := r.fake.Event("user_add_org", "lisi")
		if a.Err != nil || len(a.Attempts) != 3 {
			t.Errorf("%+v", a)
		}
		if n := len(r.desk.Handled()); n != 5 || r.desk.Handled()[4].ID != r.desk.Handled()[2].ID {
			t.Errorf("%d: %+v", n, r.desk.Handled())
		}
		r.clean()
	})
}
