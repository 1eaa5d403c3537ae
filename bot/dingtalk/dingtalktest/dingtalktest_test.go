package dingtalktest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"trainingbot/bot/chat/chattest"
	"trainingbot/bot/dingtalk/dingtalktest"
)

// A story, the demo and the laws sit on either fake.
var _ chattest.Fake = (*dingtalktest.Server)(nil)

// rig is a fake and a client that has its token.
type rig struct {
	*dingtalktest.Server
	t     *testing.T
	token string
}

func newRig(t *testing.T, o dingtalktest.Options) *rig {
	t.Helper()
	if o.Members == nil {
		o.Members = []dingtalktest.Member{{UserID: "zhang", Name: "张三"}, {UserID: "li", Name: "李四"}, {UserID: "boss", Name: "周国平", Admin: true}, {UserID: "far", Name: "外人", Hidden: true}}
	}
	r := &rig{Server: dingtalktest.New(o), t: t}
	t.Cleanup(r.Close)
	set := r.Settings()
	got := r.call("POST", "/v1.0/oauth2/accessToken", map[string]any{"appKey": set.ClientID, "appSecret": set.ClientSecret})
	r.token, _ = got.body["accessToken"].(string)
	if r.token == "" || got.body["expireIn"] != 7200.0 {
		t.Fatalf("no token: %v", got)
	}
	return r
}

type reply struct {
	status int
	body   map[string]any
	raw    string
}

// code is the error's code, of either family; empty or 0 is none.
func (x reply) code() any {
	if c, found := x.body["code"]; found {
		return c
	}
	if c, found := x.body["errcode"]; found {
		return int(c.(float64))
	}
	return ""
}

// call calls an API as a client would.
func (r *rig) call(method, path string, body any) reply {
	r.t.Helper()
	raw, isRaw := body.(string)
	if !isRaw {
		b, err := json.Marshal(body)
		if err != nil {
			r.t.Fatal(err)
		}
		raw = string(b)
	}
	if strings.HasPrefix(path, "/topapi") || strings.HasPrefix(path, "/call_back") {
		path += "?access_token=" + r.token
	}
	if strings.HasPrefix(path, "/") {
		path = r.URL() + path
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, path, bytes.NewReader([]byte(raw)))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	if strings.Contains(path, "/v1.0/") {
		req.Header.Set("x-acs-dingtalk-access-token", r.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	out := reply{status: resp.StatusCode, raw: string(got)}
	_ = json.Unmarshal(got, &out.body) // a page is none
	return out
}

// clean ends a test: nothing may be wrong that the test does not know of.
func (r *rig) clean() {
	r.t.Helper()
	if p := r.Problems(); len(p) > 0 {
		r.t.Errorf("problems:\n%s", strings.Join(p, "\n"))
	}
}

func (r *rig) send(key, param string, users ...string) reply {
	r.t.Helper()
	return r.call("POST", "/v1.0/robot/oToMessages/batchSend", map[string]any{"robotCode": r.Settings().RobotCode, "userIds": users, "msgKey": key, "msgParam": param})
}

func TestBatchSend(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	r.SetFlowControl("li", 1)
	got := r.send("sampleText", `{"content":"请签到"}`, "zhang", "li", "far", "nobody")
	if got.status != 200 || got.body["processQueryKey"] == "" {
		t.Fatalf("%v", got)
	}
	if list := got.body["invalidStaffIdList"].([]any); len(list) != 2 || list[0] != "far" || list[1] != "nobody" {
		t.Errorf("invalid: %v", list)
	}
	if list := got.body["flowControlledStaffIdList"].([]any); len(list) != 1 || list[0] != "li" {
		t.Errorf("flow controlled: %v", list)
	}
	if x := r.Last("zhang"); x.Text != "请签到" || x.MsgID != got.body["processQueryKey"] {
		t.Errorf("%+v", x)
	}
	if len(r.Inbox("li")) != 0 {
		t.Error("the flow controlled person got it")
	}
	if got := r.send("sampleText", `{"content":"请签到"}`, "li"); got.status != 200 || r.Last("li").Text != "请签到" {
		t.Errorf("once only: %v", got)
	}
	all := r.Accepted()
	if len(all) != 2 || len(all[0].Users) != 1 || len(all[0].Dropped) != 1 || len(all[0].Invalid) != 2 {
		t.Errorf("%+v", all)
	}
	r.clean()
}
