package dingtalktest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/dingtalk/dingtalktest"
)

func TestRobotByHTTP(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	var bodies []map[string]any
	d := newDoor(t, nil)
	r.SetRobotURL(d.URL)
	say := func(text string, answer func() (int, string)) dingtalktest.Answer {
		d.answers(func(req *http.Request, body []byte) (int, string) {
			stamp := req.Header.Get("timestamp")
			if stamp != fmt.Sprint(r.Now().UnixMilli()) || req.Header.Get("sign") != dingtalktest.Sign(stamp, r.Settings().ClientSecret) {
				t.Errorf("%v", req.Header)
			}
			var m map[string]any
			if err := json.Unmarshal(body, &m); err != nil {
				t.Error(err)
			}
			bodies = append(bodies, m)
			return answer()
		})
		return r.UserSends("zhang", text)
	}
	always := func(status int, text string) func() (int, string) {
		return func() (int, string) { return status, text }
	}
	for _, silent := range []string{"", "null", `{"msgtype":"empty"}`} {
		if a := say("签到", always(200, silent)); a.Err != nil || a.Text != "" || !r.Last("zhang").At.IsZero() {
			t.Errorf("%q: %+v", silent, a)
		}
	}
	if m := bodies[0]; m["senderStaffId"] != "zhang" || m["msgtype"] != "text" || m["text"].(map[string]any)["content"] != "签到" || m["conversationType"] != "1" {
		t.Errorf("%v", m)
	}
	a := say("签到", always(200, `{"msgtype":"text","text":{"content":"收到"}}`))
	if a.Err != nil || a.Text != "收到" || r.Last("zhang").Text != "收到" || !r.Last("zhang").Passive || a.Attempts[0].Kind != "text" {
		t.Errorf("%+v", a)
	}
	n := 0
	a = say("签到", func() (int, string) {
		if n++; n == 1 {
			return 500, ""
		}
		return 200, ""
	})
	if a.Err != nil || len(a.Attempts) != 2 || cmp.Diff(bodies[len(bodies)-2], bodies[len(bodies)-1]) != "" {
		t.Errorf("delivered again: %+v", a)
	}
	if a := say("签到", always(403, "")); a.Err == nil {
		t.Errorf("%+v", a)
	}
	r.clean()
	for _, bad := range []string{"success", `{"msgtype":"text"}`, `{"msgtype":"image"}`, `{"msgtype":"text","text":{"content":"x"},"more":1}`} {
		before := len(r.Problems())
		if say("签到", always(200, bad)); len(r.Problems()) == before {
			t.Errorf("%s: no problem", bad)
		}
	}
}

// What people send beside texts.
func TestKindsOfMessages(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	var got map[string]any
	r.SetRobotURL(newDoor(t, func(_ *http.Request, body []byte) (int, string) {
		got = nil
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		return 200, ""
	}).URL)
	r.AddGroup("客服一组", "zhang")
	for _, row := range []struct {
		do   func() dingtalktest.Answer
		kind string
		want string
	}{
		{func() dingtalktest.Answer { return r.Dictates("zhang", "签到") }, "audio", `"recognition":"签到"`},
		{func() dingtalktest.Answer { return r.SendsRich("zhang", "签到 ", "8421") }, "richText", `"richText":[{"text":"签到 "},{"text":"8421"},{"downloadCode":`},
		{func() dingtalktest.Answer { return r.UserSendsKind("zhang", "picture") }, "picture", `"downloadCode"`},
		{func() dingtalktest.Answer { return r.UserSendsKind("zhang", "video") }, "video", `"videoType":"mp4"`},
		{func() dingtalktest.Answer { return r.UserSendsKind("zhang", "file") }, "file", `"fileName"`},
		{func() dingtalktest.Answer { return r.UserSendsKind("zhang", "chatRecord") }, "chatRecord", `"content"`},
		{func() dingtalktest.Answer { return r.SaysInGroup("zhang", "客服一组", "帮助") }, "text", `"content":" 帮助"`},
		{func() dingtalktest.Answer { return r.UserSends("stranger", "你好") }, "text", `"senderNick":"stranger"`},
	} {
		a := row.do()
		raw, _ := json.Marshal(got)
		if a.Err != nil || got["msgtype"] != row.kind || !strings.Contains(string(raw), row.want) {
			t.Errorf("%s: %v %s", row.want, a.Err, raw)
		}
		if _, known := got["senderStaffId"]; known != (got["senderNick"] != "stranger") {
			t.Errorf("%s", raw)
		}
	}
	if a := r.SaysInGroup("zhang", "无此群", "x"); a.Err == nil {
		t.Errorf("%+v", a)
	}
	r.clean()
}

// Beyond the month's messages the platform keeps the words to itself.
func TestMutedMessages(t *testing.T) {
	r := newRig(t, dingtalktest.Options{Quota: dingtalktest.Quota{Calls: 10, Messages: 1}})
	var got map[string]any
	r.SetRobotURL(newDoor(t, func(_ *http.Request, body []byte) (int, string) {
		got = nil
		return 200, fmt.Sprint(json.Unmarshal(body, &got) == nil)[:0]
	}).URL)
	r.UserSends("zhang", "一")
	if got["errorCode"] != nil || got["text"] == nil {
		t.Errorf("%v", got)
	}
	webhook := fmt.Sprint(got["sessionWebhook"])
	r.UserSends("zhang", "二")
	if got["errorCode"] != 20001.0 || got["text"] != nil || got["msgtype"] != "text" {
		t.Errorf("%v", got)
	}
	if x := r.call("POST", webhook, map[string]any{"msgtype": "text", "text": map[string]string{"content": "x"}}); x.code() != 90030 {
		t.Errorf("%v", x)
	}
	r.SetQuota(dingtalktest.Unlimited)
	if x := r.call("POST", webhook, map[string]any{"msgtype": "text", "text": map[string]string{"content": "x"}}); x.code() != 0 {
		t.Errorf("%v", x)
	}
	r.clean()
}

func TestSessions(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	var m struct{ SessionWebhook string }
	if err := json.Unmarshal(r.RobotMessage("zhang", "text", map[string]string{"content": "x"}), &m); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		body string
		code int
		text string // of what the phone shows last
	}{
		{`{"msgtype":"text","text":{"content":"签到成功 @zhang"},"at":{"atUserIds":["zhang"],"isAtAll":false}}`, 0, "签到成功 @zhang"},
		{`{"msgtype":"markdown","markdown":{"title":"签到","text":"#### 成功\n> 场次 3/8"}}`, 0, "成功\n场次 3/8"},
		{`{"msgtype":"link","link":{"title":"a","text":"b","messageUrl":"https://e.com","picUrl":""}}`, 0, "a\nb"},
		{`{"msgtype":"feedCard","feedCard":{"links":[{"title":"a","messageURL":"https://e.com","picURL":"https://e.com/p"}]}}`, 0, "a"},
		{`{"msgtype":"text","text":{}}`, 40035, "a"},
		{`{"msgtype":"image"}`, 400105, "a"},
		{`{`, 40035, "a"},
		{`{"msgtype":"actionCard","actionCard":{"title":"t","text":"计划","btnOrientation":"1","btns":[{"title":"批准","actionURL":"dtmd://dingtalkclient/sendMessage?content=%E6%89%B9%E5%87%86"}]}}`, 0, ""},
	} {
		got := r.call("POST", m.SessionWebhook, row.body)
		if got.status != 200 || got.code() != row.code || r.Last("zhang").Text != row.text {
			t.Errorf("%s: %v, shown %+v", row.body, got.raw, r.Last("zhang"))
		}
	}
	said := ""
	r.SetRobotURL(newDoor(t, func(_ *http.Request, body []byte) (int, string) { said = string(body); return 200, "" }).URL)
	if a := r.Click("zhang", "", r.Last("zhang").Card.Buttons[0].Key); a.Err != nil || !strings.Contains(said, `"content":"批准"`) {
		t.Errorf("a button that says its line: %+v %s", a, said)
	}
	if a := r.Follow("zhang", "https://e.com"); a.Err == nil {
		t.Errorf("%+v", a)
	}
	r.Advance(90 * time.Minute)
	if got := r.call("POST", m.SessionWebhook, `{"msgtype":"text","text":{"content":"x"}}`); got.code() != 300001 {
		t.Errorf("after 90 minutes: %v", got)
	}
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0], "not JSON") {
		t.Errorf("%q", p)
	}
}

func TestGroupRobots(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	address := r.AddRobot("客服一组", "tok", "SECabc123")
	if address != "https://oapi.dingtalk.com/robot/send?access_token=tok" {
		t.Error(address)
	}
	r.AddRobot("客服二组", "words", "", "培训")
	send := func(token string, at time.Time, secret, body string) any {
		t.Helper()
		stamp := fmt.Sprint(at.UnixMilli())
		sign := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(dingtalktest.Sign(stamp, secret))
		return r.call("POST", "/robot/send?access_token="+token+"&timestamp="+stamp+"&sign="+sign, body).code()
	}
	text := `{"msgtype":"text","text":{"content":"今日培训"}}`
	for _, row := range []struct {
		name string
		got  any
		want int
	}{
		{"good", send("tok", r.Now(), "SECabc123", text), 0},
		{"secret", send("tok", r.Now(), "SECother", text), 310000},
		{"an hour old", send("tok", r.Now().Add(-time.Hour), "SECabc123", text), 0},
		{"older", send("tok", r.Now().Add(-time.Hour-time.Second), "SECabc123", text), 310000},
		{"from the future", send("tok", r.Now().Add(time.Hour+time.Second), "SECabc123", text), 310000},
		{"keyword", send("words", r.Now(), "", text), 0},
		{"no keyword", send("words", r.Now(), "", `{"msgtype":"text","text":{"content":"你好"}}`), 310000},
		{"uuid", send("words", r.Now(), "", `{"msgtype":"text","msgUuid":"u1","text":{"content":"培训一"}}`), 0},
		{"uuid again", send("words", r.Now(), "", `{"msgtype":"text","msgUuid":"u1","text":{"content":"培训一"}}`), 0},
	} {
		if row.got != row.want {
			t.Errorf("%s: %v, want %d", row.name, row.got, row.want)
		}
	}
	if n := len(r.Inbox("客服二组")); n != 2 {
		t.Errorf("the same uuid was shown again: %d", n)
	}
	for i := 2; i < 20; i++ { // of the first, two have come
		if code := send("tok", r.Now(), "SECabc123", text); code != 0 {
			t.Errorf("message %d: %v", i+1, code)
		}
	}
	if code := send("tok", r.Now(), "SECabc123", text); code != 410100 {
		t.Errorf("message 21: %v", code)
	}
	r.Advance(9 * time.Minute)
	if code := send("tok", r.Now(), "SECabc123", text); code != 410100 {
		t.Errorf("after 9 minutes: %v", code)
	}
	r.Advance(time.Minute)
	if code := send("tok", r.Now(), "SECabc123", text); code != 0 {
		t.Errorf("after 10 minutes: %v", code)
	}
	r.clean()
}

func TestEventsByHTTP(t *testing.T) {
	r := newRig(t, dingtalktest.Options{EventPause: time.Millisecond})
	var last *http.Request
	good := true
	d := newDoor(t, func(req *http.Request, body []byte) (int, string) {
		last = req
		var b struct{ Encrypt string }
		if err := json.Unmarshal(body, &b); err != nil || b.Encrypt == "" {
			t.Errorf("%s", body)
		}
		if !good {
			return 500, ""
		}
		return 200, r.SealSuccess("success")
	})
	r.SetEventURL(d.URL + "/events")
	if err := r.VerifyEventURL(); err != nil {
		t.Error(err)
	}
	if q := last.URL.Query(); q.Get("signature") == "" || q.Get("signature") != q.Get("msg_signature") || q.Get("timestamp") == "" || q.Get("nonce") == "" {
		t.Errorf("%v", last.URL)
	}
	if a := r.Subscribe("new"); a.Err != nil || len(a.Attempts) != 1 {
		t.Errorf("%+v", a)
	}
	good = false
	if a := r.Unsubscribe("li"); a.Err == nil || len(a.Attempts) != 4 {
		t.Errorf("%+v", a)
	}
	for i, want := range []string{`"call_back_tag":"user_leave_org"`, `"failed_list":[]`} {
		if got := r.call("GET", "/call_back/get_call_back_failed_result", ""); !strings.Contains(got.raw, want) {
			t.Errorf("call %d: %s", i+1, got.raw)
		}
	}
	r.clean()
	for name, answer := range map[string]string{"plain": "success", "another word": r.SealSuccess("ok"), "small s": strings.Replace(r.SealSuccess("success"), "timeStamp", "timestamp", 1), "unsigned": strings.Replace(r.SealSuccess("success"), `"nonce":"`, `"nonce":"x`, 1)} {
		d.answers(func(*http.Request, []byte) (int, string) { return 200, answer })
		before := len(r.Problems())
		if err := r.VerifyEventURL(); err == nil || len(r.Problems()) != before+1 {
			t.Errorf("%s: %v, problems %q", name, err, r.Problems()[before:])
		}
	}
}

func TestDirectory(t *testing.T) {
	r := newRig(t, dingtalktest.Options{
		Departments: []dingtalktest.Department{{ID: 2, Parent: 1, Name: "客服部"}, {ID: 3, Parent: 2, Name: "一组"}},
		Members: []dingtalktest.Member{
			{UserID: "a", Name: "甲", Departments: []int{2}, Mobile: "13800000000", Manager: "b"}, {UserID: "b", Name: "乙", Departments: []int{2}, Admin: true},
			{UserID: "c", Name: "丙", Departments: []int{2, 3}}, {UserID: "d", Name: "丁", Departments: []int{2}, Hidden: true},
		},
	})
	for _, row := range []struct{ path, body, want string }{
		{"/topapi/v2/department/listsub", `{"dept_id":1}`, `"name":"客服部"`},
		{"/topapi/v2/department/listsub", `{}`, `"name":"客服部"`},
		{"/topapi/v2/department/listsub", `{"dept_id":2}`, `"name":"一组"`},
		{"/topapi/v2/department/listsub", `{"dept_id":3}`, `"result":[]`},
		{"/topapi/user/listid", `{"dept_id":2}`, `"userid_list":["a","b","c"]`},
		{"/topapi/v2/user/list", `{"dept_id":2,"cursor":0,"size":2}`, `"next_cursor":2`},
		{"/topapi/v2/user/list", `{"dept_id":2,"cursor":2,"size":2}`, `"has_more":false,"list":[{"active":true,"admin":false,"avatar":"","boss":false,"dept_id_list":[2,3]`},
		{"/topapi/v2/user/get", `{"userid":"a","language":"zh_CN"}`, `"manager_userid":"b","name":"甲"`},
		{"/topapi/v2/user/getbymobile", `{"mobile":"13800000000"}`, `"userid":"a"`},
		{"/topapi/v2/user/getbymobile", `{"mobile":"13900000000"}`, `60121`},
		{"/topapi/v2/user/getuserinfo", `{"code":"` + r.LoginCode("b") + `"}`, `"sys_level":1`},
		{"/topapi/message/corpconversation/asyncsend_v2", `{"agent_id":1,"userid_list":"a,d","msg":{"msgtype":"text","text":{"content":"通知"}}}`, `"task_id":`},
		{"/topapi/message/corpconversation/asyncsend_v2", `{"agent_id":1,"userid_list":"a","msg":{"msgtype":"text","text":{"content":"通知"}}}`, `"task_id":`},
	} {
		if got := r.call("POST", row.path, row.body); got.status != 200 || !strings.Contains(got.raw, row.want) {
			t.Errorf("%s %s: %s", row.path, row.body, got.raw)
		}
	}
	if n := len(r.Inbox("a")); n != 1 {
		t.Errorf("the same notice on one day is shown %d times", n)
	}
	code := r.LoginCode("a")
	r.Advance(5 * time.Minute)
	if got := r.call("POST", "/topapi/v2/user/getuserinfo", `{"code":"`+code+`"}`); got.code() != 40102 {
		t.Errorf("a stale code: %s", got.raw)
	}
	if got := r.call("POST", "/topapi/v2/user/getuserinfo", `{"code":"`+code+`"}`); got.code() != 40078 {
		t.Errorf("a used code: %s", got.raw)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, r.Users()); diff != "" {
		t.Error(diff)
	}
	r.clean()
}

func TestFiles(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	upload := func(kind, name, content string) reply {
		t.Helper()
		body := "--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"" + name + "\"\r\n\r\n" + content + "\r\n--b--\r\n"
		req, err := http.NewRequestWithContext(t.Context(), "POST", r.URL()+"/media/upload?type="+kind+"&access_token="+r.token, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out reply
		if err := json.NewDecoder(resp.Body).Decode(&out.body); err != nil {
			t.Fatal(err)
		}
		return out
	}
	got := upload("file", "统计.xlsx", "bytes")
	id := fmt.Sprint(got.body["media_id"])
	if m, found := r.Media(id); got.code() != 0 || !found || m.Name != "统计.xlsx" || string(m.Bytes) != "bytes" {
		t.Errorf("%v %+v", got, m)
	}
	for want, got := range map[int]reply{40004: upload("paper", "a.pdf", "x"), 40005: upload("file", "a.csv", "x"), 40006: upload("file", "a.pdf", "")} {
		if got.code() != want {
			t.Errorf("%v, want %d", got, want)
		}
	}
	if got := r.send("sampleFile", `{"mediaId":"`+id+`","fileName":"统计.xlsx","fileType":"xlsx"}`, "zhang"); got.status != 200 || r.Last("zhang").Text != "[统计.xlsx]" {
		t.Errorf("%v", got)
	}
	where := r.call("POST", "/v1.0/robot/messageFiles/download", map[string]any{"downloadCode": "mIofN681YE3f", "robotCode": r.Settings().RobotCode})
	if got := r.call("GET", fmt.Sprint(where.body["downloadUrl"]), ""); got.status != 200 || got.raw == "" {
		t.Errorf("%v %v", where, got)
	}
	r.clean()
}

// A send is in the journal before it is answered.
func TestJournal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	r := newRig(t, dingtalktest.Options{Journal: file})
	r.Fail(batchSend, dingtalktest.Busy, dingtalktest.Truncated)
	r.send("sampleText", `{"content":"无"}`, "zhang")
	r.send("sampleText", `{"content":"有"}`, "zhang")
	r.approval("plan-1", "boss")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "有") || !strings.Contains(lines[1], `"TaskID":"plan-1","Users":["boss"]`) {
		t.Errorf("%s", raw)
	}
}

// recorder is a writer as a wrapping handler has it.
type recorder struct{ http.ResponseWriter }

func (r recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Mounted somewhere, the fake is served under that path and no other.
func TestMounted(t *testing.T) {
	mux := http.NewServeMux()
	d := newDoor(t, nil)
	d.Config.Handler = mux
	fake := dingtalktest.New(dingtalktest.Options{URL: d.URL + "/dingtalk/"})
	t.Cleanup(fake.Close)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fake.ServeHTTP(recorder{w}, r) })
	r := &rig{Server: fake, t: t}
	set := r.Settings()
	if got := r.call("POST", "/v1.0/oauth2/accessToken", map[string]any{"appKey": set.ClientID, "appSecret": set.ClientSecret}); got.status != 200 {
		t.Errorf("%v", got)
	}
	r.connect()
	if a := r.UserSends("zhang", "x"); a.Err != nil {
		t.Errorf("%+v", a)
	}
	if got := r.call("GET", d.URL+"/gettoken", ""); got.status != 404 {
		t.Errorf("%v", got)
	}
}
