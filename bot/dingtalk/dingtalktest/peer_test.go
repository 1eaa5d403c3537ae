package dingtalktest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/dingtalk/dingtalktest"
)

// The fake is held against the platform's own clients, which share nothing with it: the Stream clients
// for Go and Node and the generated API client. Run "npm ci" in the folder peer first.

// missing ends a test whose peer is not installed: in CI that is a failure.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("TEST_REQUIRE_SERVICES") == "1" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func needNode(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		missing(t, "the peer test needs node")
	}
	if _, err := os.Stat(filepath.Join("peer", "node_modules", filepath.FromSlash(name))); err != nil {
		missing(t, "the peer test needs its packages: run npm ci in bot/dingtalk/dingtalktest/peer")
	}
}

// goPeer builds the Go client, whose module is its own: it must not become one of the product's.
func goPeer(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dingtalkpeer")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", file, ".")
	cmd.Dir = filepath.Join("peer", "sdk")
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		missing(t, "the peer test needs the Go client: "+string(out))
	}
	return file
}

// streamPeer is what a running Stream client says it was told, line by line.
type streamPeer struct{ said chan map[string]any }

// listen reads what a client says until it ends.
func listen(out io.Reader) *streamPeer {
	p := &streamPeer{make(chan map[string]any, 100)}
	go func() {
		defer close(p.said)
		for d := json.NewDecoder(out); ; {
			var x map[string]any
			if d.Decode(&x) != nil {
				return
			}
			p.said <- x
		}
	}()
	return p
}

// next is what it was told next; nil when that does not come.
func (p *streamPeer) next(ctx context.Context) map[string]any {
	select {
	case x := <-p.said:
		return x
	case <-ctx.Done():
		return nil
	}
}

func TestStreamPeers(t *testing.T) {
	for name, command := range map[string]func(t *testing.T) *exec.Cmd{
		"go": func(t *testing.T) *exec.Cmd { return exec.CommandContext(t.Context(), goPeer(t)) },
		"node": func(t *testing.T) *exec.Cmd {
			needNode(t, "dingtalk-stream")
			return exec.CommandContext(t.Context(), "node", "peer/stream.mjs")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := command(t)
			r := newRig(t, dingtalktest.Options{EventPause: 10 * time.Millisecond, CutAfterNotice: 50 * time.Millisecond})
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			p := listen(out)
			var faults bytes.Buffer
			cmd.Stderr = &faults
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			set := r.Settings()
			orders, _ := json.Marshal(map[string]string{"url": r.URL(), "id": set.ClientID, "secret": set.ClientSecret})
			if _, err := in.Write(append(orders, '\n')); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if err := r.WaitConnections(ctx, 1); err != nil {
				t.Fatal(err, faults.String())
			}
			r.playStream(ctx, p)
			_ = in.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v\n%s", err, &faults)
			}
			r.clean()
		})
	}
}

// playStream has a client live through what the platform sends.
func (r *rig) playStream(ctx context.Context, p *streamPeer) {
	t, set := r.t, r.Settings()
	told := func(want map[string]any) {
		t.Helper()
		if diff := cmp.Diff(want, p.next(ctx)); diff != "" {
			t.Error(diff)
		}
	}
	message := func(over map[string]any) map[string]any {
		m := map[string]any{"what": "message", "user": "zhang", "corp": set.CorpID, "nick": "张三", "robot": set.RobotCode, "kind": "text",
			"text": "签到 8421", "group": "", "conversation": "1", "at": false, "lasts": 5400000.0}
		for k, v := range over {
			m[k] = v
		}
		return m
	}
	if err := r.Ping(); err != nil {
		t.Error(err)
	}
	if a := r.UserSends("zhang", "签到 8421"); a.Err != nil {
		t.Error(a.Err)
	}
	told(message(nil))
	if x := r.Last("zhang"); x.Text != "收到：签到 8421" {
		t.Errorf("%+v", x)
	}
	r.AddGroup("客服一组", "zhang", "li")
	if a := r.SaysInGroup("zhang", "客服一组", "帮助"); a.Err != nil {
		t.Error(a.Err)
	}
	told(message(map[string]any{"text": " 帮助", "group": "客服一组", "conversation": "2", "at": true}))
	if x := r.Last("客服一组"); x.Text != "收到： 帮助" {
		t.Errorf("%+v", x)
	}
	r.approval("plan-1", "boss")
	if a := r.Click("boss", "plan-1", "agree"); a.Err != nil || a.Card == nil || a.Card.Replaced != "已同意" {
		t.Errorf("%+v", a)
	}
	told(map[string]any{"what": "press", "card": "plan-1", "corp": set.CorpID, "user": "boss", "form": 1.0, "type": "actionCallback",
		"buttons": []any{"agree"}, "action": "agree"})
	if x := r.Last("boss"); x.Card.State != dingtalktest.Settled || x.Card.Title != "培训计划" {
		t.Errorf("%+v", x.Card)
	}
	if a := r.Subscribe("new"); a.Err != nil || len(a.Attempts) != 1 {
		t.Errorf("%+v", a)
	}
	told(map[string]any{"what": "event", "type": "user_add_org", "corp": set.CorpID, "users": []any{"new"}})
	if a := r.Event("user_modify_org", "zhang", "li"); a.Err != nil || len(a.Attempts) != 2 {
		t.Errorf("an event that is answered LATER comes again: %+v", a)
	}
	for range 2 {
		told(map[string]any{"what": "event", "type": "user_modify_org", "corp": set.CorpID, "users": []any{"zhang", "li"}})
	}

	// It comes back after it was told to go, after a cut, and with an event that waited for it.
	for name, end := range map[string]func(){"told": func() { r.Disconnect("connection is expired") }, "cut": r.CutConnections} {
		end()
		if err := r.WaitConnections(ctx, 0); err != nil {
			t.Fatal(name, err)
		}
		if err := r.WaitConnections(ctx, 1); err != nil {
			t.Fatal(name, err)
		}
	}
	if a := r.UserSends("li", "我的"); a.Err != nil || r.Last("li").Text != "收到：我的" {
		t.Errorf("%+v", a)
	}
}

// approval shows a card of the official template for approvals.
func (r *rig) approval(id string, users ...string) reply {
	r.t.Helper()
	var spaces []string
	for _, u := range users {
		spaces = append(spaces, "IM_ROBOT."+u)
	}
	return r.call("POST", "/v1.0/card/instances/createAndDeliver", approvalBody(r.Settings().RobotCode, id, strings.Join(spaces, ";")))
}

func approvalBody(robot, id, spaces string) map[string]any {
	return map[string]any{
		"cardTemplateId": dingtalktest.ApprovalCard, "outTrackId": id, "callbackType": "STREAM", "userIdType": 1,
		"cardData":                map[string]any{"cardParamMap": map[string]any{"lastMessage": "待审批", "title": "培训计划", "status": ""}},
		"openSpaceId":             "dtv1.card//" + spaces,
		"imRobotOpenSpaceModel":   map[string]any{"supportForward": false, "lastMessageI18n": map[string]string{"ZH_CN": "待审批"}},
		"imRobotOpenDeliverModel": map[string]any{"spaceType": "IM_ROBOT", "robotCode": robot},
	}
}

// TestAPIPeer has the platform's own generated client call the API and check the types of the answers.
func TestAPIPeer(t *testing.T) {
	needNode(t, "@alicloud/dingtalk")
	r := newRig(t, dingtalktest.Options{})
	set := r.Settings()
	group := r.AddGroup("客服一组", "zhang", "li")
	orders, _ := json.Marshal(map[string]string{
		"host": strings.TrimPrefix(r.URL(), "http://"), "id": set.ClientID, "secret": set.ClientSecret, "corp": set.CorpID, "group": group,
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "api.js")
	cmd.Dir = "peer"
	cmd.Stdin = bytes.NewReader(orders)
	var faults bytes.Buffer
	cmd.Stderr = &faults
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &faults)
	}
	var got, want any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{
		"expires": [true, 7200],
		"wrongSecret": {"code": "invalidClientIdOrSecret", "status": 400},
		"corpToken": [true, 7200],
		"send": ["string", ["far"], []],
		"tooMany": {"code": "invalidParameter.userIds.overMax", "status": 400},
		"wrongToken": {"code": "InvalidAuthentication", "status": 400},
		"read": {"sendStatus": "SUCCESS", "messageReadInfoList": [
			{"name": "李四", "userId": "li", "readStatus": "UNREAD"}, {"name": "张三", "userId": "zhang", "readStatus": "UNREAD"}]},
		"recall": [true, {"unknown": "messageNotFound"}],
		"groupSend": "string",
		"groupRead": {"sendStatus": "SUCCESS", "readUserIds": [], "hasMore": false},
		"groupRecall": [1, {}],
		"noGroup": {"code": "resource.not.found", "status": 400},
		"download": "string",
		"card": [true, "plan-1", [["IM_ROBOT", "zhang", true, "string", "string"], ["IM_ROBOT", "far", false, "string", "string"]]],
		"cardAgain": {"code": "param.cardAlreadyExist", "status": 400},
		"cardUnknown": {"code": "param.templateNotExist", "status": 400},
		"cardNowhere": {"code": "param.openSpaceIdInvalid", "status": 400},
		"update": {"success": true, "result": true},
		"updateUnknown": {"code": "param.cardNotExist", "status": 400},
		"create": {"success": true, "result": "plan-4"},
		"deliver": [true, [["IM_GROUP", true]]],
		"route": {"success": true, "result": {"callbackUrl": "https://bot.example.com/card", "apiSecret": "example-secret"}},
		"routeTaken": {"code": "param.callbackRouteKeyExist", "status": 500}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c := r.Last("zhang").Card; c == nil || c.Replaced != "已同意" || c.Title != "培训计划" {
		t.Errorf("%+v", c)
	}
	r.clean()
}
