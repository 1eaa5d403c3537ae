package wecom

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/chat"
	"trainingbot/bot/link/linktest"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

func TestURLCheck(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	if err := r.fake.VerifyURL(); err != nil {
		t.Error(err)
	}
	// The official sample, byte for byte.
	v := vectors[0]
	now := func() time.Time { return time.Unix(1409659589, 0) }
	c := NewCallback(Config{CorpID: v.receiver, AgentID: 218, Token: v.token, EncodingAESKey: v.key}, &linktest.Desk{}, now, quiet())
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?"+v.query()+"&echostr="+strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(v.encrypt), nil))
	if w.Code != 200 || w.Body.String() != v.plain || w.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d %q %v", w.Code, w.Body, w.Header())
	}
	w = httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?"+v.query(), nil))
	if w.Code != 403 || w.Body.Len() != 0 {
		t.Errorf("without echostr: %d %q", w.Code, w.Body)
	}
}

func TestMessages(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	r.desk.Answers(linktest.Says("已签到"))
	for _, row := range []struct {
		name string
		do   func() wecomtest.Answer
		want chat.Message
		sees string
	}{
		{"text", func() wecomtest.Answer { return r.fake.UserSends("zhangsan", "签到\u202E 8421\x08]]>") }, chat.Message{Text: "签到 8421]]>"}, "已签到"},
		{"picture", func() wecomtest.Answer { return r.fake.UserSendsKind("ZhangSan", "image") }, chat.Message{Event: chat.Other}, "已签到"},
		{"voice", func() wecomtest.Answer { return r.fake.UserSendsKind("ZhangSan", "voice") }, chat.Message{Event: chat.Other}, "已签到"},
		{"file", func() wecomtest.Answer { return r.fake.UserSendsKind("ZhangSan", "file") }, chat.Message{Event: chat.Other}, "已签到"},
		{"menu", func() wecomtest.Answer { return r.fake.Menu("ZhangSan", "今日") }, chat.Message{Text: "今日"}, "已签到"},
		{"subscribe", func() wecomtest.Answer { return r.fake.Subscribe("ZhangSan") }, chat.Message{Event: chat.Joined}, "已签到"},
		{"unsubscribe", func() wecomtest.Answer { return r.fake.Unsubscribe("ZhangSan") }, chat.Message{Event: chat.Departed}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := row.do()
			if a.Err != nil || a.Text != row.sees || len(a.Attempts) != 1 {
				t.Errorf("sees %+v", a)
			}
			got := r.desk.Last()
			row.want.From = domain.Handle{Platform: "wecom", User: "zhangsan"} // ids are compared without case
			row.want.Sent = r.fake.Now().UTC()
			row.want.ID = got.ID
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			kind := "wecom:e:"
			if got.Event == chat.Other || row.name == "text" {
				kind = "wecom:m:" + strconv.FormatInt(r.cfg.AgentID, 10) + ":"
			}
			if !strings.HasPrefix(string(got.ID), kind) {
				t.Errorf("id %s, want %s…", got.ID, kind)
			}
		})
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

// TestUnwaitedEvents: events nobody waits for get the empty 200 and no handler.
func TestUnwaitedEvents(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	for _, name := range []string{"enter_agent", "LOCATION", "view", "batch_job_result", "something_new"} {
		a := r.fake.Event("zhangsan", name, "<EventKey><![CDATA[x]]></EventKey>")
		if a.Err != nil || a.Text != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
	a := r.fake.Event("sys", "change_contact", "<ChangeType>create_user</ChangeType><UserID>x</UserID>")
	if handled, _ := r.desk.Counts(); a.Err != nil || handled != 0 {
		t.Errorf("%+v, %d handled", a, handled)
	}
}

// TestEventIDs: a redelivery has the id of its first, and nothing else has it.
func TestEventIDs(t *testing.T) {
	base := inbound{from: []byte("ZhangSan"), created: []byte("1"), event: []byte("template_card_event"), eventKey: []byte("同意 P7 v2"), taskID: []byte("t1"), kind: []byte("event")}
	id := func(change func(*inbound)) domain.MessageID {
		in := base
		change(&in)
		m, ok, err := in.message(7)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		return m.ID
	}
	first := id(func(*inbound) {})
	same := map[string]func(*inbound){
		"response code": func(in *inbound) { in.response = []byte("rc") },
		"case of user":  func(in *inbound) { in.from = []byte("zhangsan") },
	}
	for name, f := range same {
		if id(f) != first {
			t.Errorf("%s changes the id", name)
		}
	}
	seen := map[domain.MessageID]string{first: "first"}
	for name, f := range map[string]func(*inbound){
		"user":    func(in *inbound) { in.from = []byte("lisi") },
		"second":  func(in *inbound) { in.created = []byte("2") },
		"key":     func(in *inbound) { in.eventKey = []byte("驳回 P7 v2") },
		"task":    func(in *inbound) { in.taskID = []byte("t2") },
		"shifted": func(in *inbound) { in.eventKey, in.taskID = []byte("同意 P7 v2t"), []byte("1") },
		"event":   func(in *inbound) { in.event = []byte("subscribe") },
	} {
		got := id(f)
		if was, ok := seen[got]; ok {
			t.Errorf("%s has the id of %s", name, was)
		}
		seen[got] = name
	}
}

func TestPress(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	ctx := context.Background()
	sent, err := r.platform.Send(ctx, chat.Outgoing{ID: "d-1@a_b", To: []string{"zhangsan"}, Body: domain.Body{Text: "x", Card: &domain.Card{
		Title: "培训计划待审批", Buttons: []domain.Button{{Label: "同意", Line: "同意 P7 v2", Style: domain.Primary}, {Label: "驳回", Line: "驳回 P7 v2", Style: domain.Danger}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
		return chat.Reply{Body: domain.Say("另外，请通知教练"), Settle: &domain.Card{
			Title: "培训计划 <b>]]>", Facts: []domain.Fact{{Label: "提交人", Value: "张三"}}, Settled: "已由周国平同意",
		}}, nil
	})
	a := r.fake.Click("zhangsan", sent.ID, "同意 P7 v2")
	if a.Err != nil || a.Card == nil || a.Card.State != wecomtest.Settled || a.Card.Replaced != "已由周国平同意" || a.Card.Title != "培训计划 <b>]]>" || a.Text != "" {
		t.Errorf("sees %+v %+v", a, a.Card)
	}
	m := r.desk.Last()
	if m.Text != "同意 P7 v2" || m.Press == nil || m.Press.Delivery != "d-1@a_b" || m.Press.UpdateToken == "" || m.Press.UpdateToken == sent.UpdateToken {
		t.Errorf("message %+v %+v", m, m.Press)
	}
	r.settle()
	if _, pushed := r.desk.Counts(); pushed != 1 {
		t.Errorf("%d pushed: the response could not carry the text", pushed)
	}
	if a := r.fake.Click("zhangsan", sent.ID, "驳回 P7 v2"); a.Err == nil {
		t.Error("a settled card can be pressed")
	}
	// A press that was under way meanwhile is a message like any other; the dead button says nothing.
	if a := r.fake.StaleClick("zhangsan", sent.ID, "驳回 P7 v2"); a.Err != nil || r.desk.Last().Text != "驳回 P7 v2" {
		t.Errorf("%+v", a)
	}
	before, _ := r.desk.Counts()
	if a := r.fake.StaleClick("zhangsan", sent.ID, settledKey); a.Err != nil {
		t.Errorf("%+v", a)
	}
	if after, _ := r.desk.Counts(); after != before {
		t.Error("the dead button reached the handler")
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

// TestWhatTheResponseCarries says for each answer what the response shows and whether the rest is pushed.
func TestWhatTheResponseCarries(t *testing.T) {
	buttons := &domain.Card{Title: "x", Buttons: []domain.Button{{Label: "a", Line: "a"}}}
	for _, row := range []struct {
		name   string
		press  bool
		reply  chat.Reply
		text   string
		kind   string
		pushed int
	}{
		{"nothing", false, chat.Reply{}, "", "", 0},
		{"text", false, chat.Reply{Body: domain.Say("好")}, "好", "text", 0},
		{"long text", false, chat.Reply{Body: domain.Say(strings.Repeat("培训", 400))}, strings.Repeat("培训", 340) + "培…", "text", 0},
		{"link in a name", false, chat.Reply{Body: domain.Say(`<a href="http://evil">x</a>`)}, "＜a href=\"http://evil\">x＜/a>", "text", 0},
		{"card with buttons", false, chat.Reply{Body: domain.Body{Text: "好", Card: buttons}}, "", "", 1},
		{"card without buttons", false, chat.Reply{Body: domain.Body{Text: "好", Card: &domain.Card{Title: "x"}}}, "好", "text", 0},
		{"press, nothing", true, chat.Reply{}, "", "", 0},
		{"press, text", true, chat.Reply{Body: domain.Say("好")}, "", "", 1},
		{"press, settle", true, chat.Reply{Settle: &domain.Card{Title: "x", Settled: "好"}}, "", "update_template_card", 0},
		{"press, both", true, chat.Reply{Body: domain.Say("好"), Settle: &domain.Card{Title: "x", Settled: "好"}}, "", "update_template_card", 1},
		{"press, card with new buttons", true, chat.Reply{Settle: buttons}, "", "update_template_card", 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, wecomtest.Options{}, nil)
			r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { return row.reply, nil })
			var a wecomtest.Answer
			if row.press {
				if _, err := r.platform.Send(context.Background(), chat.Outgoing{ID: "d", To: []string{"lisi"}, Body: domain.Body{Text: "x", Card: buttons}}); err != nil {
					t.Fatal(err)
				}
				a = r.fake.Click("lisi", "d", "a")
			} else {
				a = r.fake.UserSends("lisi", "hi")
			}
			r.settle()
			if a.Err != nil || a.Text != row.text || a.Attempts[0].Kind != row.kind {
				t.Errorf("sees %+v", a)
			}
			if _, pushed := r.desk.Counts(); pushed != row.pushed {
				t.Errorf("%d pushed, want %d", pushed, row.pushed)
			}
			for _, p := range r.fake.Problems() {
				t.Error(p)
			}
		})
	}
}

// TestForged: every cause gets the same empty 403, the handler hears of none, the log of few.
func TestForged(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	set := r.fake.Settings()
	good := `<xml><ToUserName>` + set.CorpID + `</ToUserName><FromUserName>zhangsan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>x</Content><MsgId>1</MsgId><AgentID>1000002</AgentID></xml>`
	q, body := r.fake.Seal(good, set.CorpID)
	foreignQ, foreignBody := r.fake.Seal(good, "wwforeign")
	inside := func(old, new string) (string, []byte) {
		return r.fake.Seal(strings.Replace(good, old, new, 1), set.CorpID)
	}
	type forgery struct {
		name  string
		query string
		body  []byte
	}
	list := []forgery{
		{"no query", "", body},
		{"other signature", strings.Replace(q, "msg_signature=", "msg_signature=0", 1), body},
		{"signature in capitals", strings.Replace(q, "msg_signature=", "msg_signature=A", 1), body},
		{"parameter twice", q + "&nonce=1", body},
		{"query too long", q + "&x=" + strings.Repeat("x", 5000), body},
		{"ten thousand parameters", q + strings.Repeat("&a=b", 10000), body},
		{"no body", q, nil},
		{"garbage", q, []byte("\x00\xff<<<")},
		{"body cut", q, body[:len(body)/2]},
		{"sealed for another corp, inside and out", foreignQ, foreignBody},
		{"outside names another corp", q, bytes.Replace(body, []byte(set.CorpID), []byte("wwforeign"), 1)},
		{"outside names another app", q, bytes.Replace(body, []byte("1000002"), []byte("1000003"), 1)},
		{"DOCTYPE", q, append([]byte("<!DOCTYPE x>"), body...)},
		{"Encrypt twice", q, bytes.Replace(body, []byte("<xml>"), []byte("<xml><Encrypt>x</Encrypt>"), 1)},
	}
	for _, x := range []struct{ name, old, new string }{
		{"inside names another corp", set.CorpID, "wwforeign"},
		{"inside names another app", "1000002", "1000003"},
		{"inside names no app in digits", "1000002", "x"},
		{"no message id", "<MsgId>1</MsgId>", ""},
		{"message id no number", "<MsgId>1</MsgId>", "<MsgId>1:2</MsgId>"},
		{"no sender", "zhangsan", ""},
		{"no time", "<CreateTime>1<", "<CreateTime>x<"},
		{"DOCTYPE inside", "<xml>", "<!DOCTYPE x><xml>"},
	} {
		fq, fb := inside(x.old, x.new)
		list = append(list, forgery{x.name, fq, fb})
	}
	for _, f := range list {
		for range 3 {
			w := httptest.NewRecorder()
			r.callback.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/wecom/callback?"+f.query, bytes.NewReader(f.body)))
			if w.Code != http.StatusForbidden || w.Body.Len() != 0 || len(w.Header()) != 0 {
				t.Errorf("%s: %d %q %v", f.name, w.Code, w.Body, w.Header())
			}
		}
	}
	if handled, pushed := r.desk.Counts(); handled+pushed != 0 {
		t.Errorf("%d handled, %d pushed", handled, pushed)
	}
	if lines := strings.Count(r.log.String(), "\n"); lines != 10 {
		t.Errorf("%d lines logged, want 10 a minute", lines)
	}
	// Our own faults are told all the same.
	r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) { return chat.Reply{}, linktest.ErrStore })
	q, body = r.fake.Seal(good, set.CorpID)
	if !aborted(func(w http.ResponseWriter) {
		r.callback.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/?"+q, bytes.NewReader(body)))
	}) || !strings.Contains(r.log.String(), linktest.ErrStore.Error()) {
		t.Errorf("a failed handler is not told: %s", r.log)
	}
	r.desk.Answers(nil)
	r.fake.Advance(time.Minute)
	r.callback.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
	if want := fmt.Sprintf("suppressed=%d", 3*len(list)-10); !strings.Contains(r.log.String(), want) {
		t.Errorf("the log does not say %s", want)
	}
	// The same bytes unchanged are taken: the forgeries failed for their faults alone.
	q, body = r.fake.Seal(good, set.CorpID)
	w := httptest.NewRecorder()
	r.callback.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/wecom/callback?"+q, bytes.NewReader(body)))
	if handled, _ := r.desk.Counts(); w.Code != 200 || handled != 2 {
		t.Errorf("the original: %d, %d handled", w.Code, handled)
	}
}

func TestReplayIsRefusedLater(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	set := r.fake.Settings()
	q, body := r.fake.Seal(`<xml><ToUserName>`+set.CorpID+`</ToUserName><FromUserName>a</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><MsgId>1</MsgId></xml>`, set.CorpID)
	post := func() int {
		w := httptest.NewRecorder()
		r.callback.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/?"+q, bytes.NewReader(body)))
		return w.Code
	}
	for _, row := range []struct {
		after time.Duration
		want  int
	}{{0, 200}, {time.Minute, 200}, {9 * time.Minute, 200}, {time.Second, 403}, {24 * time.Hour, 403}, {-25 * time.Hour, 403}} {
		r.fake.Advance(row.after)
		if got := post(); got != row.want {
			t.Errorf("after %v more: %d, want %d", row.after, got, row.want)
		}
	}
	if a, b := r.desk.Handled()[0].ID, r.desk.Handled()[1].ID; a != b {
		t.Errorf("a replay has another id: %s, %s", a, b)
	}
}
