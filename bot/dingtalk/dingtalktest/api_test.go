package dingtalktest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/dingtalk/dingtalktest"
)

const (
	batchSend = "/v1.0/robot/oToMessages/batchSend"
	groupSend = "/v1.0/robot/groupMessages/send"
	create    = "/v1.0/card/instances/createAndDeliver"
)

// without gives a copy of a body without a field, or with another value of it.
func with(body map[string]any, field string, v any) map[string]any {
	out := map[string]any{}
	for k, x := range body {
		out[k] = x
	}
	if out[field] = v; v == nil {
		delete(out, field)
	}
	return out
}

func TestRefusals(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	set := r.Settings()
	group := r.AddGroup("客服一组", "zhang")
	gone := r.AddGroup("旧群")
	r.Disband("旧群")
	r.approval("plan-1", "zhang")
	message := map[string]any{"robotCode": set.RobotCode, "userIds": []string{"zhang"}, "msgKey": "sampleText", "msgParam": `{"content":"x"}`}
	toGroup := map[string]any{"robotCode": set.RobotCode, "openConversationId": group, "msgKey": "sampleText", "msgParam": `{"content":"x"}`}
	card := approvalBody(set.RobotCode, "plan-2", "IM_ROBOT.zhang")
	recall := map[string]any{"robotCode": set.RobotCode, "processQueryKeys": []string{"k"}}
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprint("u", i)
	}
	for _, row := range []struct {
		name, method, path string
		body               any
		status             int
		code               any
	}{
		{"no secret", "POST", "/v1.0/oauth2/accessToken", map[string]any{"appKey": set.ClientID}, 400, "invalidParameter"},
		{"grant", "POST", "/v1.0/oauth2/" + set.CorpID + "/token", map[string]any{"client_id": set.ClientID, "client_secret": set.ClientSecret}, 400, "unsupported.grant.type"},
		{"client", "POST", "/v1.0/oauth2/" + set.CorpID + "/token", map[string]any{"client_id": "x", "client_secret": "x", "grant_type": "client_credentials"}, 400, "invalid.client"},
		{"corp", "POST", "/v1.0/oauth2/dingother/token", map[string]any{"client_id": set.ClientID, "client_secret": set.ClientSecret, "grant_type": "client_credentials"}, 401, "unauthorized.client"},
		{"old token", "GET", "/gettoken?appkey=x&appsecret=y", "", 200, 40089},

		{"robot", "POST", batchSend, with(message, "robotCode", "dingother"), 400, "invalidParameter.robotCode.auth"},
		{"no robot", "POST", batchSend, with(message, "robotCode", nil), 400, "invalidParameter.robotCode.empty"},
		{"nobody", "POST", batchSend, with(message, "userIds", []string{}), 400, "invalidParameter.userIds.empty"},
		{"21", "POST", batchSend, with(message, "userIds", many), 400, "invalidParameter.userIds.overMax"},
		{"sender id", "POST", batchSend, with(message, "userIds", []string{"$:LWCP_v1:$x"}), 400, "staffId.notExisted"},
		{"msgKey", "POST", batchSend, with(message, "msgKey", "sampleActionCard1"), 400, "invalidParameter.msgKey.invalid"},
		{"param is an object", "POST", batchSend, with(message, "msgParam", map[string]any{"content": "x"}), 400, "invalidParameter.msgParam.invalid"},
		{"param is no JSON", "POST", batchSend, with(message, "msgParam", "x"), 400, "invalidParameter.msgParam.invalid"},
		{"param", "POST", batchSend, with(message, "msgParam", `{"content":"`+strings.Repeat("x", 15000)+`"}`), 400, "invalidParameter.msgParam.tooLong"},
		{"empty", "POST", batchSend, with(message, "msgParam", `{"content":""}`), 400, "miss.param.content"},
		{"field", "POST", batchSend, with(with(message, "msgKey", "sampleActionCard2"), "msgParam", `{"title":"t","text":"x","actionTitle1":"a","actionURL1":"https://e.com","actionTitle2":"b"}`), 400, "miss.param.actionURL2"},
		{"no group", "POST", groupSend, with(toGroup, "openConversationId", nil), 400, "invalid.openConversationId"},
		{"another's group", "POST", groupSend, with(toGroup, "openConversationId", "cid1:1=="), 400, "resource.not.found"},
		{"dissolved", "POST", groupSend, with(toGroup, "openConversationId", gone), 400, "group.disbanded"},
		{"recall robot", "POST", "/v1.0/robot/otoMessages/batchRecall", with(recall, "robotCode", "x"), 400, "not.allowed.robotCode"},
		{"recall none", "POST", "/v1.0/robot/otoMessages/batchRecall", with(recall, "processQueryKeys", nil), 400, "invalid.processQueryKey"},
		{"recall many", "POST", "/v1.0/robot/otoMessages/batchRecall", with(recall, "processQueryKeys", many), 400, "invalidParameter.processQueryKeys.overMax"},

		{"template", "POST", create, with(card, "cardTemplateId", "x.schema"), 400, "param.templateNotExist"},
		{"no template", "POST", create, with(card, "cardTemplateId", nil), 400, "param.cardTemplateIdEmpty"},
		{"no id", "POST", create, with(card, "outTrackId", nil), 400, "param.outTrackIdEmpty"},
		{"twice", "POST", create, with(card, "outTrackId", "plan-1"), 400, "param.cardAlreadyExist"},
		{"no data", "POST", create, with(card, "cardData", nil), 400, "param.cardPublicDataEmpty"},
		{"a number", "POST", create, with(card, "cardData", map[string]any{"cardParamMap": map[string]any{"title": 1}}), 400, "MissingStringValue"},
		{"null", "POST", create, with(card, "cardData", map[string]any{"cardParamMap": map[string]any{"title": nil}}), 400, "MissingStringValue"},
		{"no space", "POST", create, with(card, "openSpaceId", nil), 400, "param.openSpaceIdEmpty"},
		{"space", "POST", create, with(card, "openSpaceId", "zhang"), 400, "param.openSpaceIdInvalid"},
		{"kind of space", "POST", create, with(card, "openSpaceId", "dtv1.card//IM_ROOM.zhang"), 400, "param.openSpaceIdInvalid"},
		{"no deliver model", "POST", create, with(card, "imRobotOpenDeliverModel", nil), 400, "param.openDeliverModelEmpty"},
		{"deliver model", "POST", create, with(card, "imRobotOpenDeliverModel", map[string]any{"robotCode": "x"}), 400, "param.openDeliverModelError"},
		{"group without robot", "POST", create, with(with(card, "openSpaceId", "dtv1.card//IM_GROUP."+group), "imGroupOpenDeliverModel", map[string]any{}), 400, "param.openDeliverModelError"},
		{"space model", "POST", create, with(card, "imRobotOpenSpaceModel", map[string]any{}), 400, "param.openSpaceModelInvalid"},
		{"private", "POST", create, with(card, "privateData", map[string]any{"nobody": map[string]any{"cardParamMap": map[string]any{"title": "x"}}}), 400, "param.userIdNotExist"},
		{"update", "PUT", "/v1.0/card/instances", map[string]any{"outTrackId": "plan-0", "cardData": map[string]any{"cardParamMap": map[string]any{}}}, 400, "param.cardNotExist"},
		{"update nothing", "PUT", "/v1.0/card/instances", map[string]any{"outTrackId": "plan-1"}, 400, "param.cardDataAndPrivateDataBothEmpty"},
		{"deliver", "POST", "/v1.0/card/instances/deliver", map[string]any{"outTrackId": "plan-0"}, 400, "param.cardNotExist"},
		{"route", "POST", "/v1.0/card/callbacks/register", map[string]any{"callbackUrl": "https://e.com"}, 400, "param.callbackRouteKeyEmpty"},
		{"route without url", "POST", "/v1.0/card/callbacks/register", map[string]any{"callbackRouteKey": "k"}, 400, "param.callbackUrlEmpty"},

		{"user", "POST", "/topapi/v2/user/get", map[string]any{"userid": "nobody"}, 200, 60121},
		{"hidden", "POST", "/topapi/v2/user/get", map[string]any{"userid": "far"}, 200, 60121},
		{"no user", "POST", "/topapi/v2/user/get", map[string]any{}, 200, 400002},
		{"department", "POST", "/topapi/user/listid", map[string]any{"dept_id": 7}, 200, 60003},
		{"page", "POST", "/topapi/v2/user/list", map[string]any{"dept_id": 1, "cursor": 0, "size": 101}, 200, 400002},
		{"login code", "POST", "/topapi/v2/user/getuserinfo", map[string]any{"code": "x"}, 200, 40078},

		{"session", "POST", "/robot/sendBySession?session=x", map[string]any{"msgtype": "text"}, 200, 300001},
		{"group robot", "POST", "/robot/send?access_token=x", map[string]any{"msgtype": "text"}, 200, 300001},
		{"gateway secret", "POST", "/v1.0/gateway/connections/open", map[string]any{"clientId": set.ClientID, "clientSecret": "x"}, 401, "authFailed"},
		{"gateway", "POST", "/v1.0/gateway/connections/open", map[string]any{"clientId": set.ClientID, "clientSecret": set.ClientSecret, "subscriptions": []any{}}, 400, "invalidParameter.subscriptions"},
	} {
		if got := r.call(row.method, row.path, row.body); got.status != row.status || got.code() != row.code {
			t.Errorf("%s: %d %v, want %d %v", row.name, got.status, got.raw, row.status, row.code)
		}
	}
	if got := r.call("DELETE", "/v1.0/card/instances", ""); got.status != 404 {
		t.Errorf("a method there is not: %v", got)
	}
	if p := r.Problems(); len(p) != 1 || !strings.Contains(p[0], "DELETE") {
		t.Errorf("a refusal says itself what is wrong: %q", p)
	}
	if len(r.Inbox("zhang")) != 1 {
		t.Error("something refused was shown")
	}
}

func TestTokens(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	set := r.Settings()
	ask := func() string {
		t.Helper()
		got := r.call("GET", "/gettoken?appkey="+set.ClientID+"&appsecret="+set.ClientSecret, "")
		return fmt.Sprint(got.body["access_token"])
	}
	use := func() any {
		t.Helper()
		got := r.call("POST", "/topapi/v2/user/get", map[string]any{"userid": "zhang"})
		if other := r.send("sampleText", `{"content":"x"}`, "zhang"); (other.code() == "InvalidAuthentication") != (got.code() == 40014) {
			t.Errorf("the families differ: %v and %v", other, got)
		}
		return got.code()
	}
	r.Advance(119 * time.Minute)
	if got := ask(); got != r.token {
		t.Error("another token while the first is good")
	}
	r.Advance(119 * time.Minute)
	if code := use(); code != 0 {
		t.Errorf("asking did not extend it: %v", code)
	}
	r.Advance(time.Minute)
	if code := use(); code != 40014 {
		t.Errorf("after two hours: %v", code)
	}
	was := r.token
	if r.token = ask(); r.token == was || use() != 0 {
		t.Error("no new token after the old one's time")
	}
	r.RevokeToken()
	if code := use(); code != 40014 {
		t.Errorf("revoked: %v", code)
	}
	r.clean()
	r.token = ""
	if code := use(); code != 40014 || len(r.Problems()) != 2 {
		t.Errorf("without a token: %v, %q", code, r.Problems())
	}
}

func TestMessagesAsPhonesShowThem(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	for _, row := range []struct {
		key, param string
		want       dingtalktest.Shown
	}{
		{"sampleText", `{"content":"**不是** 格式\n第二行"}`, dingtalktest.Shown{Text: "**不是** 格式\n第二行"}},
		{"sampleMarkdown", `{"title":"提醒","text":"### 今日\n**14:00** 在 [教室](https://e.com/1)  \n带本\n子\n\n- 一\n- 二\n> 引\n\n\\*原样\\*"}`,
			dingtalktest.Shown{Title: "提醒", Text: "今日\n14:00 在 教室\n带本 子\n\n- 一\n- 二\n引\n\n*原样*", Links: []string{"https://e.com/1"}}},
		{"sampleLink", `{"title":"资料","text":"第一章","picUrl":"@m","messageUrl":"https://e.com"}`,
			dingtalktest.Shown{Title: "资料", Text: "资料\n第一章", Links: []string{"https://e.com"}}},
		{"sampleActionCard", `{"title":"计划","text":"**八** 场","singleTitle":"查看","singleURL":"https://e.com"}`,
			dingtalktest.Shown{Title: "计划", Card: &dingtalktest.Card{Type: "actionCard", Title: "计划", Text: "八 场", State: dingtalktest.Live,
				Buttons: []dingtalktest.Button{{Text: "查看", Key: "https://e.com"}}}}},
		{"sampleActionCard6", `{"title":"计划","text":"x","buttonTitle1":"同意","buttonUrl1":"dtmd://dingtalkclient/sendMessage?content=%E5%90%8C%E6%84%8F","buttonTitle2":"驳回","buttonUrl2":"https://e.com"}`,
			dingtalktest.Shown{Title: "计划", Card: &dingtalktest.Card{Type: "actionCard", Title: "计划", Text: "x", State: dingtalktest.Live, Buttons: []dingtalktest.Button{
				{Text: "同意", Key: "dtmd://dingtalkclient/sendMessage?content=%E5%90%8C%E6%84%8F"}, {Text: "驳回", Key: "https://e.com"}}}}},
		{"sampleActionCard3", `{"title":"t","text":"x","actionTitle1":"a","actionURL1":"https://e.com/1","actionTitle2":"b","actionURL2":"https://e.com/2","actionTitle3":"c","actionURL3":"https://e.com/3"}`,
			dingtalktest.Shown{Title: "t", Card: &dingtalktest.Card{Type: "actionCard", Title: "t", Text: "x", State: dingtalktest.Live, Buttons: []dingtalktest.Button{
				{Text: "a", Key: "https://e.com/1"}, {Text: "b", Key: "https://e.com/2"}, {Text: "c", Key: "https://e.com/3"}}}}},
		{"sampleImageMsg", `{"photoURL":"@m"}`, dingtalktest.Shown{Text: "[图片]"}},
	} {
		got := r.send(row.key, row.param, "zhang")
		if got.status != 200 {
			t.Errorf("%s: %s", row.key, got.raw)
			continue
		}
		shown := r.Last("zhang")
		row.want.Seq, row.want.At, row.want.MsgID = shown.Seq, shown.At, fmt.Sprint(got.body["processQueryKey"])
		if diff := cmp.Diff(row.want, shown); diff != "" {
			t.Errorf("%s: %s", row.key, diff)
		}
	}
	r.clean()
}

func TestMessagesTakenBackAndRead(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	set := r.Settings()
	sent := r.send("sampleText", `{"content":"x"}`, "zhang", "li")
	key := fmt.Sprint(sent.body["processQueryKey"])
	if !strings.ContainsAny(key, "+") || !strings.ContainsAny(key, "/") || !strings.HasSuffix(key, "=") {
		t.Errorf("the key %s does not show who forgets to escape it", key)
	}
	r.Reads("li")
	status := func() reply {
		t.Helper()
		escaped := strings.NewReplacer("+", "%2B", "/", "%2F", "=", "%3D").Replace(key)
		return r.call("GET", "/v1.0/robot/oToMessages/readStatus?robotCode="+set.RobotCode+"&processQueryKey="+escaped, "")
	}
	if got := status(); fmt.Sprint(got.body["messageReadInfoList"]) != "[map[name:李四 readStatus:READ userId:li] map[name:张三 readStatus:UNREAD userId:zhang]]" {
		t.Errorf("%s", got.raw)
	}
	take := func() reply {
		t.Helper()
		return r.call("POST", "/v1.0/robot/otoMessages/batchRecall", map[string]any{"robotCode": set.RobotCode, "processQueryKeys": []string{key}})
	}
	if got := take(); len(got.body["successResult"].([]any)) != 1 || r.Last("zhang").Text != "" {
		t.Errorf("%s %+v", got.raw, r.Last("zhang"))
	}
	if got := status(); got.body["sendStatus"] != "RECALLED" {
		t.Errorf("%s", got.raw)
	}
	r.Advance(25 * time.Hour)
	got := r.call("POST", "/v1.0/oauth2/accessToken", map[string]any{"appKey": set.ClientID, "appSecret": set.ClientSecret})
	r.token = fmt.Sprint(got.body["accessToken"])
	if got := take(); len(got.body["failedResult"].(map[string]any)) != 1 {
		t.Errorf("after a day: %s", got.raw)
	}
	if got := status(); got.code() != "processQueryKey.expireTime" {
		t.Errorf("after a day: %s", got.raw)
	}
	r.clean()
}

func TestQuotas(t *testing.T) {
	r := newRig(t, dingtalktest.Options{Quota: dingtalktest.Quota{Calls: 3, Messages: 2}})
	text := `{"content":"x"}`
	r.Fail(batchSend, dingtalktest.RateLimited)
	if got := r.send("sampleText", text, "zhang"); got.status != 403 {
		t.Errorf("%v", got)
	}
	for range 3 {
		if got := r.send("sampleText", text, "zhang"); got.status != 200 {
			t.Errorf("%v", got)
		}
		if got := r.call("POST", "/topapi/v2/user/get", map[string]any{"userid": "zhang"}); got.code() != 0 {
			t.Errorf("the directory is free: %v", got)
		}
	}
	if got := r.send("sampleText", text, "zhang"); got.status != 403 || got.code() != "Forbidden.AccessDenied.ApiCountLimitForOrg" {
		t.Errorf("%v", got)
	}
	if u := r.Used(r.Now()); u.Calls != 3 || u.ByPath[batchSend] != 3 || u.Messages != 0 {
		t.Errorf("%+v", u)
	}
	if got := r.call("POST", "/topapi/v2/user/get", map[string]any{"userid": "zhang"}); got.code() != 0 {
		t.Errorf("the directory is free: %v", got)
	}
	r.Advance(31 * 24 * time.Hour) // January
	set := r.Settings()
	r.token = fmt.Sprint(r.call("POST", "/v1.0/oauth2/accessToken", map[string]any{"appKey": set.ClientID, "appSecret": set.ClientSecret}).body["accessToken"])
	if got := r.send("sampleText", text, "zhang"); got.status != 200 {
		t.Errorf("a new month: %v", got)
	}
	r.clean()
}

func TestQPS(t *testing.T) {
	r := newRig(t, dingtalktest.Options{QPS: 20})
	for i := range 21 {
		got := r.send("sampleText", `{"content":"x"}`, "zhang")
		if i < 20 && got.status != 200 || i == 20 && got.code() != "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi" {
			t.Errorf("call %d: %v", i+1, got)
		}
	}
	r.Advance(time.Second)
	if got := r.send("sampleText", `{"content":"x"}`, "zhang"); got.status != 200 {
		t.Errorf("a second later: %v", got)
	}
}

func TestFaults(t *testing.T) {
	r := newRig(t, dingtalktest.Options{SlowBy: time.Millisecond})
	body := `{"robotCode":"` + r.Settings().RobotCode + `","userIds":["zhang"],"msgKey":"sampleText","msgParam":"{\"content\":\"x\"}"}`
	try := func() (status int, text string, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "POST", r.URL()+batchSend, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("x-acs-dingtalk-access-token", r.token)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(req)
		if err != nil {
			return 0, "", err
		}
		defer resp.Body.Close()
		b := make([]byte, 3<<20)
		n := 0
		for {
			m, err := resp.Body.Read(b[n:])
			if n += m; err != nil {
				break
			}
		}
		return resp.StatusCode, string(b[:n]), nil
	}
	for _, row := range []struct {
		fault  dingtalktest.Fault
		status int // 0: no answer
		has    string
		done   bool
	}{
		{dingtalktest.HangBefore, 0, "", false}, {dingtalktest.HangAfter, 0, "", true},
		{dingtalktest.CutBefore, 0, "", false}, {dingtalktest.CutAfter, 0, "", true},
		{dingtalktest.BadGateway, 502, "<html>", false}, {dingtalktest.HTMLPage, 200, "<html>", false},
		{dingtalktest.Redirect, 302, "", false}, {dingtalktest.Slow, 200, "processQueryKey", true},
		{dingtalktest.Truncated, 200, `{"flow`, true}, {dingtalktest.Oversized, 200, "processQueryKey", true},
		{dingtalktest.Busy, 500, "system.busy", false}, {dingtalktest.BusyAfter, 500, "system.busy", true},
		{dingtalktest.RateLimited, 403, "QpsLimitForAppkeyAndApi", false}, {dingtalktest.PerMinute, 403, "QpmLimit", false},
		{dingtalktest.Congested, 403, "QpsLimitForApi", false}, {dingtalktest.QuotaUsed, 403, "ApiCountLimitForOrg", false},
		{dingtalktest.Banned, 200, `"punish":"deny"`, false}, {dingtalktest.Unavailable, 503, "service.timeout", false},
		{dingtalktest.Refusal(400, "bot.stopped"), 400, `"code":"bot.stopped"`, false}, {dingtalktest.Refusal(200, "33012"), 200, `"errcode":33012`, false},
		{dingtalktest.NoFault, 200, "processQueryKey", true}, {dingtalktest.Revoked, 400, "InvalidAuthentication", false},
	} {
		was := len(r.Inbox("zhang"))
		r.Fail(batchSend, row.fault)
		status, text, err := try()
		if status != row.status || !strings.Contains(text, row.has) || (err != nil) != (row.status == 0) {
			t.Errorf("%s: %d %.80q %v", row.fault, status, text, err)
		}
		if done := len(r.Inbox("zhang")) > was; done != row.done {
			t.Errorf("%s: done %v", row.fault, done)
		}
	}
	r.FailSends(dingtalktest.Busy)
	r.Mend()
	r.RefuseAll("Forbidden.AccessDenied.IpNotInWhiteList")
	if got := r.send("sampleText", `{"content":"x"}`, "zhang"); got.status != 403 || got.code() != "Forbidden.AccessDenied.IpNotInWhiteList" {
		t.Errorf("%v", got)
	}
	if got := r.call("POST", "/topapi/v2/user/get", map[string]any{"userid": "zhang"}); got.code() != 60020 {
		t.Errorf("%v", got)
	}
}

func TestFaultsOfSomeCalls(t *testing.T) {
	r := newRig(t, dingtalktest.Options{})
	r.FailTo(batchSend, "li", dingtalktest.Busy)
	r.FailSends(dingtalktest.CutBefore)
	r.Mend()
	r.FailTo(batchSend, "li", dingtalktest.Busy)
	if got := r.send("sampleText", `{"content":"x"}`, "zhang"); got.status != 200 {
		t.Errorf("another's fault: %v", got)
	}
	if got := r.send("sampleText", `{"content":"x"}`, "li"); got.status != 500 {
		t.Errorf("%v", got)
	}
	r.FailSends(dingtalktest.Busy, dingtalktest.Unsent)
	if got := r.send("sampleText", `{"content":"x"}`, "zhang"); got.status != 500 {
		t.Errorf("%v", got)
	}
	got := r.approval("plan-1", "zhang")
	if results := fmt.Sprint(got.body["result"]); got.status != 200 || !strings.Contains(results, "success:false") || len(r.Inbox("zhang")) != 1 {
		t.Errorf("a card that reaches nobody: %s", got.raw)
	}
	if n := r.Calls(batchSend); n != 3 {
		t.Errorf("%d calls", n)
	}
}
