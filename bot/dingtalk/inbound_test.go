package dingtalk

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

func testConfig() Config {
	return Config{CorpID: "dingcorp0001", ClientID: "dingkey0001", ClientSecret: "canary-app-secret", RobotCode: "dingkey0001"}
}

// TestWhatPeopleSay reads the samples of the documents, and what is known from the field.
func TestWhatPeopleSay(t *testing.T) {
	const head = `{"conversationId":"cid==","chatbotCorpId":"dingcorp0001","chatbotUserId":"$:LWCP_v1:$bot","msgId":"msgYYYY==","senderNick":"张三","isAdmin":false,"senderStaffId":"user001","sessionWebhookExpiredTime":1770000000000,"createAt":1769994600000,"senderCorpId":"dingcorp0001","conversationType":"1","senderId":"$:LWCP_v1:$u","sessionWebhook":"https://oapi.dingtalk.com/robot/sendBySession?session=s1","robotCode":"dingkey0001",`
	for _, r := range []struct {
		name, rest, text string
		event            chat.Event
	}{
		{"text", `"msgtype":"text","text":{"content":"签到"}}`, "签到", ""},
		{"the mention leaves a blank", `"msgtype":"text","text":{"content":" 签到"}}`, "签到", ""},
		{"blanks of other kinds", "\"msgtype\":\"text\",\"text\":{\"content\":\"\u00A0签到\u00A08421\u3000\"}}", "签到 8421", ""},
		{"content is a text", `"msgtype":"text","content":" 你好"}`, "你好", ""},
		{"content is an object", `"msgtype":"text","content":{"content":"你好"}}`, "你好", ""},
		{"rich text", `"msgtype":"richText","content":{"richText":[{"text":"签到"},{"type":"picture","downloadCode":"mIofN681YE3f"},{"text":" 8421\n"}]}}`, "签到 8421", ""},
		{"pictures alone", `"msgtype":"richText","content":{"richText":[{"type":"picture","downloadCode":"x"}]}}`, "", chat.Other},
		{"picture", `"msgtype":"picture","content":{"downloadCode":"mIofN681YE3f"}}`, "", chat.Other},
		{"dictated", `"msgtype":"audio","content":{"duration":4000,"downloadCode":"x","recognition":"今日"}}`, "今日", ""},
		{"dictated and not understood", `"msgtype":"audio","content":{"duration":4000,"downloadCode":"x","recognition":" "}}`, "", chat.Other},
		{"video", `"msgtype":"video","content":{"duration":4000,"downloadCode":"x","videoType":"mp4"}}`, "", chat.Other},
		{"file", `"msgtype":"file","content":{"downloadCode":"x","fileName":"培训计划.pdf"}}`, "", chat.Other},
		{"a kind of the day after tomorrow", `"msgtype":"hologram","content":[1,2]}`, "", chat.Other},
		{"a reply", `"msgtype":"text","originalMsgId":"m0","text":{"content":"同意 P7 v2","isReplyMsg":true,"repliedMsg":{"content":{}}}}`, "同意 P7 v2", ""},
		{"quota, callback", `"msgtype":"text","errorCode":20001,"errorMessage":"x"}`, "", chat.Muted},
		{"quota, stream", `"msgtype":"text","errCode":"20001","errMsg":"x"}`, "", chat.Muted},
		{"no text at all", `"msgtype":"text"}`, "", chat.Other},
		{"invisible characters", `"msgtype":"text","text":{"content":"签\u200b到\u0000"}}`, "签到", ""},
	} {
		in, err := readRobot([]byte(head+r.rest), testConfig())
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		m := in.message()
		if m.Text != r.text || m.Event != r.event {
			t.Errorf("%s: %q %q, want %q %q", r.name, m.Text, m.Event, r.text, r.event)
		}
		if m.ID != "dingtalk:m:msgYYYY==" || m.From.Platform != "dingtalk" || m.From.User != "user001" || !m.Sent.Equal(time.UnixMilli(1769994600000)) || !in.known(testConfig()) {
			t.Errorf("%s: %+v", r.name, m)
		}
	}
}

// TestWhoSpeaks: nobody is known by their word; what is not for us is not heard.
func TestWhoSpeaks(t *testing.T) {
	good := map[string]any{"msgId": "m", "msgtype": "text", "text": map[string]string{"content": "x"}, "senderStaffId": "u", "senderCorpId": "dingcorp0001", "chatbotCorpId": "dingcorp0001", "robotCode": "dingkey0001"}
	for _, r := range []struct {
		name, key string
		value     any
		err       bool
		known     bool
	}{
		{"as it should be", "", nil, false, true},
		{"without an account", "senderStaffId", "", false, false},
		{"of another organisation", "senderCorpId", "dingother", false, false},
		{"an account that is no account", "senderStaffId", "a b", false, false},
		{"for another robot", "robotCode", "dingother", true, true},
		{"in another organisation", "chatbotCorpId", "dingother", true, true},
		{"without a name", "msgId", "", true, true},
		{"without a kind", "msgtype", "", true, true},
		{"time quoted", "createAt", "1769994600000", false, true},
		{"time empty", "createAt", "", false, true},
	} {
		body := map[string]any{}
		for k, v := range good {
			body[k] = v
		}
		if r.key != "" {
			body[r.key] = r.value
		}
		raw, _ := json.Marshal(body)
		in, err := readRobot(raw, testConfig())
		if (err != nil) != r.err || in.known(testConfig()) != r.known {
			t.Errorf("%s: %v, known %v", r.name, err, in.known(testConfig()))
		}
	}
	if _, err := readRobot([]byte(`{"msgId":`), testConfig()); err == nil {
		t.Error("half a body is read")
	}
	long := strings.Repeat("x", 300)
	if id := messageID("m", long); len(id) > 100 || id != messageID("m", long) || id == messageID("m", long+"x") {
		t.Errorf("a long name: %s", id)
	}
}

func TestWhatPeoplePress(t *testing.T) {
	for _, r := range []struct {
		name, content, value, line string
		as                         form
		ok                         bool
	}{
		{"own template", `{"cardPrivateData":{"actionIds":["b1"],"params":{"line":"同意 P7 v2"}}}`, "", "同意 P7 v2", ownForm, true},
		{"parameters beside", `{"cardPrivateData":{"actionIds":["b1"]},"params":{"line":"同意 P7 v2"}}`, "", "同意 P7 v2", ownForm, true},
		{"value alone", "", `{"cardPrivateData":{"actionIds":["b1"],"params":{"line":"同意 P7 v2"}}}`, "同意 P7 v2", ownForm, true},
		{"public card", `{"cardPrivateData":{"actionIds":["` + buttonID("驳回 P7 v2") + `"],"params":{}}}`, "", "驳回 P7 v2", publicForm, true},
		{"inputs of other shapes", `{"cardPrivateData":{"actionIds":["x"],"params":{"line":["a"],"n":1}}}`, "", "", publicForm, false},
		{"an id that is no line", `{"cardPrivateData":{"actionIds":["!!"],"params":{}}}`, "", "", publicForm, false},
		{"a line with what nobody types", `{"cardPrivateData":{"actionIds":["b1"],"params":{"line":"同意\u0000"}}}`, "", "", ownForm, false},
		{"no button", `{"cardPrivateData":{}}`, "", "", "", false},
		{"nothing", "", "", "", "", false},
		{"no JSON", "agree", "", "", "", false},
	} {
		in := cardPress{Content: r.content, Value: r.value}
		line, as, ok := in.line()
		if ok != r.ok || ok && (line != r.line || as != r.as) {
			t.Errorf("%s: %q %q %v", r.name, line, as, ok)
		}
	}
}

// TestPressIDs: the same press is the same message until it has been answered; another button, card or
// person is another at any time.
func TestPressIDs(t *testing.T) {
	now := time.UnixMilli(1770000000000)
	clock := func() time.Time { return now }
	cfg := testConfig()
	cfg.Cache = link.NewMemoryCache(clock)
	p, err := New(cfg, clock)
	if err != nil {
		t.Fatal(err)
	}
	b := NewInbox(p, nil, clock, quiet())
	of := func(card, user, line string) cardPress {
		return cardPress{Card: card, User: user, Content: `{"cardPrivateData":{"actionIds":["` + buttonID(line) + `"]}}`}
	}
	id := func(in cardPress) string {
		m, err := b.press(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return string(m.ID)
	}
	agree := of("d1", "u1", "同意 P7")
	first := id(agree)
	if id(agree) != first {
		t.Error("the same press is two messages")
	}
	seen := map[string]bool{first: true}
	for _, other := range []cardPress{of("d2", "u1", "同意 P7"), of("d1", "u2", "同意 P7"), of("d1", "u1", "驳回 P7")} {
		if got := id(other); seen[got] {
			t.Errorf("%v has the name of another", other)
		} else {
			seen[got] = true
		}
	}
	b.answered(t.Context(), agree, "同意 P7")
	if seen[id(agree)] {
		t.Error("what was answered is still the same press")
	}
	now = now.Add(pressAgain)
	if seen[id(of("d2", "u1", "同意 P7"))] {
		t.Error("what was not answered is the same press for ever")
	}
	for _, bad := range []cardPress{{Card: "d1", User: "", Content: "{}"}, {Card: "", User: "u"}, {Card: "d 1", User: "u", Content: `{"cardPrivateData":{"actionIds":["` + buttonID("x") + `"]}}`}, {Card: "d1", User: "u", Corp: "dingother", Content: `{"cardPrivateData":{"actionIds":["` + buttonID("x") + `"]}}`}} {
		if _, err := b.press(t.Context(), bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}

func TestWhoJoinsAndLeaves(t *testing.T) {
	for _, r := range []struct {
		name, body string
		users      string
		event      chat.Event
	}{
		{"left", `{"EventType":"user_leave_org","eventId":"c7c7120f2c07419","timeStamp":"1685501863357","userId":["015xxxx227"]}`, "015xxxx227", chat.Departed},
		{"several joined", `{"EventType":"user_add_org","eventId":"e","userId":["a","b"]}`, "a,b", chat.Joined},
		{"the older form", `{"EventType":"user_add_org","TimeStamp":43535463645,"UserId":["user1","user2"],"CorpId":"ding"}`, "user1,user2", chat.Joined},
		{"numbers", `{"EventType":"user_leave_org","eventId":"e","userId":[15,"16"]}`, "15,16", chat.Departed},
		{"changed", `{"EventType":"user_modify_org","eventId":"e","userId":["a"]}`, "", ""},
		{"nobody", `{"EventType":"user_leave_org","eventId":"e"}`, "", ""},
		{"check", `{"EventType":"check_url"}`, "", ""},
	} {
		var in orgEvent
		if err := json.Unmarshal([]byte(r.body), &in); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		var users []string
		ids := map[string]bool{}
		for _, m := range in.messages(time.Time{}) {
			users = append(users, m.From.User)
			ids[string(m.ID)] = true
			if m.Event != r.event {
				t.Errorf("%s: %q", r.name, m.Event)
			}
		}
		if strings.Join(users, ",") != r.users || len(ids) != len(users) {
			t.Errorf("%s: %v %v", r.name, users, ids)
		}
	}
}

// TestFrames: headers may be texts or numbers, and data may be missing.
func TestFrames(t *testing.T) {
	for _, r := range []struct {
		raw, kind, topic, id, data string
	}{
		{`{"specVersion":"1.0","type":"CALLBACK","time":1690362102194,"headers":{"topic":"/v1.0/im/bot/messages/get","messageId":"m1","time":"1690362102194"},"data":"{\"a\":1}"}`, "CALLBACK", "/v1.0/im/bot/messages/get", "m1", `{"a":1}`},
		{`{"type":"SYSTEM","headers":{"topic":"ping","messageId":17,"time":1690362102194},"data":"{\"opaque\":\"1\"}","extra":{}}`, "SYSTEM", "ping", "17", `{"opaque":"1"}`},
		{`{"type":"SYSTEM","headers":{"topic":"disconnect"}}`, "SYSTEM", "disconnect", "", ""},
		{`{"type":"EVENT","headers":{"topic":null},"data":{"userId":["a"]}}`, "EVENT", "", "", `{"userId":["a"]}`},
	} {
		f, err := parseFrame([]byte(r.raw))
		if err != nil || f.Type != r.kind || f.Topic != r.topic || f.ID != r.id || f.Data != r.data {
			t.Errorf("%s: %+v %v", r.raw, f, err)
		}
	}
	if _, err := parseFrame([]byte(`{"type":`)); err == nil {
		t.Error("half a frame is read")
	}
	// The literal acks of the official clients: data is a text.
	raw, err := writeAck(frame{ID: "m-ping-1"}, codeOK, `{"opaque":"123-dsfs"}`)
	if want := `{"code":200,"headers":{"contentType":"application/json","messageId":"m-ping-1"},"message":"OK","data":"{\"opaque\":\"123-dsfs\"}"}`; err != nil || string(raw) != want {
		t.Errorf("%s %v", raw, err)
	}
	raw, _ = writeAck(frame{ID: "m"}, codeOK, map[string]any{"response": answerCard(map[string]string{"status": "已同意"})})
	if want := `{"code":200,"headers":{"contentType":"application/json","messageId":"m"},"message":"OK","data":"{\"response\":{\"cardUpdateOptions\":{\"updateCardDataByKey\":true,\"updatePrivateDataByKey\":true},\"cardData\":{\"cardParamMap\":{\"status\":\"已同意\"}}}}"}`; string(raw) != want {
		t.Errorf("%s", raw)
	}
}
