package dingtalktest_test

import (
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/dingtalk/dingtalktest"
)

// door is a bot's address for callbacks: it keeps what came and answers what it is told to.
type door struct {
	*httptest.Server

	mu     sync.Mutex
	answer func(r *http.Request, body []byte) (status int, answer string)
}

// answers changes what is answered from now on.
func (d *door) answers(f func(r *http.Request, body []byte) (status int, answer string)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = f
}

func newDoor(t *testing.T, answer func(r *http.Request, body []byte) (status int, answer string)) *door {
	t.Helper()
	d := &door{answer: answer}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		d.mu.Lock()
		answer := d.answer
		d.mu.Unlock()
		status, text := answer(r, body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(d.Close)
	return d
}

// cardAt shows a card of the official template whose presses go to an address.
func (r *rig) cardAt(address, id string, users ...string) {
	r.t.Helper()
	got := r.call("POST", "/v1.0/card/callbacks/register", map[string]any{"callbackRouteKey": "k", "callbackUrl": address, "apiSecret": "example-secret", "forceUpdate": true})
	if got.status != 200 {
		r.t.Fatal(got.raw)
	}
	var spaces []string
	for _, u := range users {
		spaces = append(spaces, "IM_ROBOT."+u)
	}
	body := with(with(approvalBody(r.Settings().RobotCode, id, strings.Join(spaces, ";")), "callbackType", "HTTP"), "callbackRouteKey", "k")
	if got := r.call("POST", create, body); got.status != 200 {
		r.t.Fatal(got.raw)
	}
}

func (r *rig) update(id string, fields map[string]string, byKey bool) reply {
	r.t.Helper()
	return r.call("PUT", "/v1.0/card/instances", map[string]any{
		"outTrackId": id, "userIdType": 1, "cardData": map[string]any{"cardParamMap": fields},
		"cardUpdateOptions": map[string]bool{"updateCardDataByKey": byKey, "updatePrivateDataByKey": byKey},
	})
}

// status answers a press with a status of the official template.
func status(s string) string {
	return `{"cardUpdateOptions":{"updateCardDataByKey":true},"cardData":{"cardParamMap":{"status":"` + s + `"}}}`
}

func TestPressByHTTP(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	var came []byte
	d := newDoor(t, func(req *http.Request, body []byte) (int, string) {
		came = body
		stamp, sign := req.Header.Get("x-ddpaas-signature-timestamp"), req.Header.Get("x-ddpaas-signature")
		if stamp != fmt.Sprint(r.Now().UnixMilli()) || !hmac.Equal([]byte(sign), []byte(dingtalktest.CardSign(stamp, "example-secret"))) {
			t.Errorf("signature %q of %q", sign, stamp)
		}
		return 200, status("agree")
	})
	r.cardAt(d.URL, "plan-1", "boss", "li")
	a := r.Click("boss", "plan-1", "agree")
	if a.Err != nil || a.Card == nil || a.Card.Replaced != "已同意" || a.Card.State != dingtalktest.Settled {
		t.Fatalf("%+v", a)
	}
	var got, want any
	if err := json.Unmarshal(came, &got); err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal([]byte(`{"type":"actionCallback","outTrackId":"plan-1","corpId":"`+r.Settings().CorpID+`","userId":"boss",
		"content":"{\"cardPrivateData\":{\"actionIds\":[\"agree\"],\"params\":{\"action\":\"agree\"}}}"}`), &want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if raw := r.Press("boss", "plan-1", "agree"); string(raw) != string(came) || r.Press("boss", "plan-0", "agree") != nil {
		t.Errorf("%s", raw)
	}
	if code, _, err := r.PostCard("k", came, nil); err != nil || code != 200 {
		t.Errorf("%d %v", code, err)
	}
	if c := r.Last("li").Card; c.State != dingtalktest.Live || len(c.Buttons) != 2 {
		t.Errorf("the answer to a press reached another: %+v", c)
	}
	if a := r.Click("boss", "plan-1", "agree"); a.Err == nil || len(a.Attempts) != 0 {
		t.Errorf("a dead button was pressed: %+v", a)
	}
	if a := r.Click("li", "", "approve"); a.Err == nil || len(a.Attempts) != 0 {
		t.Errorf("a button there is not was pressed: %+v", a)
	}
	if got := r.update("plan-1", map[string]string{"status": "agree"}, true); got.status != 200 {
		t.Fatal(got.raw)
	}
	if c := r.Last("li").Card; c.State != dingtalktest.Settled || c.Title != "培训计划" {
		t.Errorf("an update reaches all: %+v", c)
	}
	d.answers(func(*http.Request, []byte) (int, string) { return 200, "" })
	if a := r.StaleClick("li", "plan-1", "reject"); a.Err != nil || a.Card != nil {
		t.Errorf("a press that changes nothing: %+v", a)
	}
	r.clean()
}

func TestPressThatFails(t *testing.T) {
	r := newRig(t, dingtalktest.Options{CardTimeout: 300 * time.Millisecond})
	block := make(chan struct{})
	d := newDoor(t, nil)
	r.cardAt(d.URL, "plan-1", "boss")
	for name, answer := range map[string]func(*http.Request, []byte) (int, string){
		"late":    func(*http.Request, []byte) (int, string) { <-block; return 200, status("agree") },
		"500":     func(*http.Request, []byte) (int, string) { return 500, status("agree") },
		"no JSON": func(*http.Request, []byte) (int, string) { return 200, "success" },
		"no text": func(*http.Request, []byte) (int, string) { return 200, `{"cardData":{"cardParamMap":{"status":1}}}` },
		"by user id": func(*http.Request, []byte) (int, string) {
			return 200, `{"userPrivateData":{"boss":{"cardParamMap":{}}}}`
		},
	} {
		d.answers(answer)
		before := len(r.Problems())
		a := r.Click("boss", "plan-1", "agree")
		if name != "by user id" && (a.Err == nil || !strings.Contains(a.Err.Error(), dingtalktest.ErrToast.Error())) {
			t.Errorf("%s: %+v", name, a)
		}
		if c := r.Last("boss").Card; c.State != dingtalktest.Live {
			t.Errorf("%s: %+v", name, c)
		}
		if noted := len(r.Problems()) > before; noted != (name != "late" && name != "500") {
			t.Errorf("%s: problems %q", name, r.Problems()[before:])
		}
	}
	close(block)
}

// An update by key keeps what it does not name; any other blanks it.
func TestUpdateOfACard(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	group := r.AddGroup("客服一组", "zhang", "li")
	body := with(approvalBody(r.Settings().RobotCode, "plan-1", "IM_ROBOT.boss;IM_GROUP."+group), "imGroupOpenDeliverModel", map[string]any{"robotCode": r.Settings().RobotCode})
	if got := r.call("POST", create, body); got.status != 200 || len(got.body["result"].(map[string]any)["deliverResults"].([]any)) != 2 {
		t.Fatal(got.raw)
	}
	if r.Last("boss").Title != "待审批" || r.Last("boss").MsgID == "" {
		t.Errorf("%+v", r.Last("boss"))
	}
	if got := r.update("plan-1", map[string]string{"amount": "8"}, true); got.status != 200 {
		t.Fatal(got.raw)
	}
	for _, phone := range []string{"boss", "客服一组"} {
		if c := r.Last(phone).Card; c.Title != "培训计划" || len(c.Facts) != 1 || c.Facts[0].Value != "8" || c.State != dingtalktest.Live {
			t.Errorf("%s: %+v", phone, c)
		}
	}
	if got := r.update("plan-1", map[string]string{"status": "reject"}, false); got.status != 200 {
		t.Fatal(got.raw)
	}
	if c := r.Last("boss").Card; c.Title != "" || c.Replaced != "已拒绝" || len(c.Facts) != 0 {
		t.Errorf("%+v", c)
	}
	private := r.call("PUT", "/v1.0/card/instances", map[string]any{"outTrackId": "plan-1", "privateData": map[string]any{"boss": map[string]any{"cardParamMap": map[string]string{"title": "您的"}}}})
	if private.status != 200 || r.Last("boss").Card.Title != "您的" || r.Last("客服一组").Card.Title != "" {
		t.Errorf("%s %+v", private.raw, r.Last("boss").Card)
	}
	r.clean()
}

func TestCardInAGroup(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	group := r.AddGroup("客服一组", "zhang", "li")
	r.call("POST", "/v1.0/card/callbacks/register", map[string]any{"callbackRouteKey": "k", "callbackUrl": newDoor(t, func(_ *http.Request, body []byte) (int, string) {
		if !strings.Contains(string(body), `"userId":"li"`) {
			t.Errorf("%s", body)
		}
		return 200, status("agree")
	}).URL, "apiSecret": "s"})
	body := with(with(with(approvalBody(r.Settings().RobotCode, "plan-1", "IM_GROUP."+group), "imGroupOpenDeliverModel", map[string]any{"robotCode": r.Settings().RobotCode}), "callbackType", "HTTP"), "callbackRouteKey", "k")
	if got := r.call("POST", create, body); got.status != 200 {
		t.Fatal(got.raw)
	}
	a := r.ClickInGroup("li", "客服一组", "plan-1", "agree")
	if a.Err != nil || a.Card == nil || a.Card.Replaced != "已同意" || r.Last("客服一组").Card.State != dingtalktest.Live {
		t.Errorf("%+v, the group sees %+v", a, r.Last("客服一组").Card)
	}
	r.clean()
}

// The public card takes its buttons from data; the product's own from variables.
func TestTemplates(t *testing.T) {
	r := newRig(t, dingtalktest.Options{Templates: []dingtalktest.Template{dingtalktest.OwnTemplate("own.schema")}})
	show := func(template, id string, fields map[string]string) dingtalktest.Card {
		t.Helper()
		body := with(approvalBody(r.Settings().RobotCode, id, "IM_ROBOT.boss"), "cardTemplateId", template)
		body["cardData"] = map[string]any{"cardParamMap": fields}
		if got := r.call("POST", create, body); got.status != 200 {
			t.Fatal(got.raw)
		}
		c := r.Last("boss").Card
		c.Type = ""
		return *c
	}
	want := dingtalktest.Card{TaskID: "p1", Title: "培训计划待审批", Desc: "张三 · 转岗", Text: "请今日决定", State: dingtalktest.Live,
		Facts:   []dingtalktest.Fact{{Label: "场次", Value: "8"}, {Label: "截止", Value: "12-31"}},
		Buttons: []dingtalktest.Button{{Text: "批准", Key: "yes", Style: 1}, {Text: "驳回", Key: "no", Style: 3}}}
	content := "**张三 · 转岗**\n\n- 场次：8\n- 截止：12-31\n\n请今日决定"
	buttons := `[{"text":"批准","color":"blue","id":"yes","request":true},{"text":"驳回","color":"red","id":"no","request":true}]`
	public := func(content, full string) map[string]string {
		return map[string]string{"flowStatus": "3", "msgTitle": "培训计划待审批", "msgContent": "", "staticMsgContent": content, "sys_full_json_obj": full}
	}
	if diff := cmp.Diff(want, show(dingtalktest.PublicCard, "p1", public(content, `{"order":["msgTitle","staticMsgContent","msgButtons"],"msgButtons":`+buttons+`}`))); diff != "" {
		t.Error(diff)
	}
	want.TaskID, want.Buttons, want.State, want.Replaced = "p2", nil, dingtalktest.Settled, "已由周国平同意"
	if diff := cmp.Diff(want, show(dingtalktest.PublicCard, "p2", public(content+"\n\n**已由周国平同意**", `{"order":["msgTitle","staticMsgContent"]}`))); diff != "" {
		t.Error(diff)
	}
	own := map[string]string{"title": "培训计划待审批", "subtitle": "张三 · 转岗", "facts": "- 场次：8\n- 截止：12-31", "text": "请今日决定", "status": "", "lastMessage": "待审批"}
	for n := 1; n <= 6; n++ {
		own[fmt.Sprint("b", n)], own[fmt.Sprint("l", n)] = "", ""
	}
	own["b1"], own["l1"] = "批准", "批准 P7"
	want.TaskID, want.State, want.Replaced, want.Buttons = "p3", dingtalktest.Live, "", []dingtalktest.Button{{Text: "批准", Key: "b1"}}
	if diff := cmp.Diff(want, show("own.schema", "p3", own)); diff != "" {
		t.Error(diff)
	}
	r.clean()
	for what, fields := range map[string]map[string]string{
		"not in the order": public(content, `{"order":["msgTitle"],"msgButtons":`+buttons+`}`),
		"sys_full_json":    public(content, `{`),
		"flowStatus":       with2(public(content, `{"order":[]}`), "flowStatus", "9"),
		"no variable x":    with2(public(content, `{"order":[]}`), "x", ""),
		"1024 at most":     with2(public(content, `{"order":[]}`), "staticMsgContent", strings.Repeat("长", 400)),
		"button":           public(content, `{"order":["msgButtons"],"msgButtons":[{"text":"批准","color":"green","id":"a b"}]}`),
	} {
		before := len(r.Problems())
		show(dingtalktest.PublicCard, "q-"+what, fields)
		if p := r.Problems()[before:]; !strings.Contains(strings.Join(p, "\n"), what) {
			t.Errorf("%s: problems %q", what, p)
		}
	}
}

func with2(m map[string]string, field, v string) map[string]string {
	m[field] = v
	return m
}

// What the platform lets pass though it is not right is noted.
func TestProblems(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	set := r.Settings()
	message := map[string]any{"robotCode": set.RobotCode, "userIds": []string{"zhang"}, "msgKey": "sampleText", "msgParam": `{"content":"x"}`}
	session := func(body any) func() {
		return func() {
			var m struct{ SessionWebhook string }
			if err := json.Unmarshal(r.RobotMessage("zhang", "text", map[string]string{"content": "x"}), &m); err != nil {
				t.Fatal(err)
			}
			r.call("POST", m.SessionWebhook, body)
		}
	}
	for _, row := range []struct {
		want string
		do   func()
	}{
		{"has no field colour", func() { r.send("sampleText", `{"content":"x","colour":"red"}`, "zhang") }},
		{"no string", func() { r.send("sampleText", `{"content":1}`, "zhang") }},
		{"named twice", func() { r.send("sampleText", `{"content":"x"}`, "zhang", "zhang") }},
		{"more than 64", func() { r.send("sampleMarkdown", `{"title":"`+strings.Repeat("长", 65)+`","text":"x"}`, "zhang") }},
		{"no tables", func() { r.send("sampleMarkdown", `{"title":"t","text":"|a|b|\n|---|---|\n|1|2|"}`, "zhang") }},
		{"does nothing with", func() {
			r.send("sampleActionCard", `{"title":"t","text":"x","singleTitle":"同意","singleURL":"dtmd://dingtalkClient/sendMessage?content=x"}`, "zhang")
		}},
		{"blank", func() {
			r.send("sampleActionCard", `{"title":"t","text":"x","singleTitle":"同意","singleURL":"dtmd://dingtalkclient/sendMessage?content=a+b"}`, "zhang")
		}},
		{"more than 20", func() {
			r.send("sampleActionCard", `{"title":"t","text":"x","singleTitle":"`+strings.Repeat("长", 21)+`","singleURL":"https://e.com"}`, "zhang")
		}},
		{"no file was uploaded", func() { r.send("sampleFile", `{"mediaId":"@x","fileName":"a.pdf","fileType":"pdf"}`, "zhang") }},
		{"type png", func() { r.send("sampleFile", `{"mediaId":"@x","fileName":"a.png","fileType":"png"}`, "zhang") }},
		{"no field robotcode", func() { r.call("POST", batchSend, with(with(message, "robotCode", nil), "robotcode", set.RobotCode)) }},
		{"no field at", func() { r.call("POST", batchSend, with(message, "at", "x")) }},
		{"not JSON", func() { r.call("POST", batchSend, "{") }},
		{"buttons go nowhere", func() {
			r.call("POST", create, with(approvalBody(set.RobotCode, "a", "IM_ROBOT.zhang"), "callbackType", nil))
		}},
		{"not registered", func() {
			r.call("POST", create, with(approvalBody(set.RobotCode, "b", "IM_ROBOT.zhang"), "callbackType", "HTTP"))
		}},
		{"small letters", func() { r.call("POST", create, approvalBody(set.RobotCode, "c", "im_robot.zhang")) }},
		{"none the template knows", func() { r.approval("d", "zhang"); r.update("d", map[string]string{"status": "同意"}, true) }},
		{"anybody may call it", func() {
			r.call("POST", "/v1.0/card/callbacks/register", map[string]any{"callbackRouteKey": "k", "callbackUrl": "https://e.com"})
		}},
		{"does not have @li", session(map[string]any{"msgtype": "text", "text": map[string]string{"content": "@李四"}, "at": map[string]any{"atUserIds": []string{"li"}}})},
		{"no field text.Content", session(map[string]any{"msgtype": "text", "text": map[string]string{"Content": "x"}})},
		{"no such subscription", func() {
			r.call("POST", "/v1.0/gateway/connections/open", map[string]any{"clientId": set.ClientID, "clientSecret": set.ClientSecret, "subscriptions": []any{map[string]string{"type": "callback", "topic": "x"}}})
		}},
		{"no such API", func() { r.call("POST", "/v1.0/robot/otoMessages/batchSend", message) }},
	} {
		before := len(r.Problems())
		row.do()
		if p := r.Problems()[before:]; len(p) != 1 && row.want != "type png" || !strings.Contains(strings.Join(p, "\n"), row.want) {
			t.Errorf("%s: problems %q", row.want, p)
		}
	}
}
