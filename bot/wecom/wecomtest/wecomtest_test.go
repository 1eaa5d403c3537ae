package wecomtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat/chattest"
	"trainingbot/bot/wecom/wecomtest"
)

// api calls the fake as a client would, and gives the JSON answer.
func api(t *testing.T, s *wecomtest.Server, method, path, body string) map[string]any {
	t.Helper()
	req, err := http.NewRequest(method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, status %d: %s", err, resp.StatusCode, raw)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	return out
}

func token(t *testing.T, s *wecomtest.Server) string {
	t.Helper()
	set := s.Settings()
	got := api(t, s, "GET", "/cgi-bin/gettoken?corpid="+set.CorpID+"&corpsecret="+set.Secret, "")
	if got["errcode"] != 0.0 {
		t.Fatal(got)
	}
	return got["access_token"].(string)
}

func send(t *testing.T, s *wecomtest.Server, tok, body string) map[string]any {
	t.Helper()
	return api(t, s, "POST", "/cgi-bin/message/send?access_token="+tok, body)
}

func start(t *testing.T, o wecomtest.Options) *wecomtest.Server {
	t.Helper()
	if o.Members == nil {
		o.Members = []wecomtest.Member{{UserID: "ZhangSan"}, {UserID: "lisi"}, {UserID: "gone", Hidden: true}}
	}
	s := wecomtest.New(o)
	t.Cleanup(s.Close)
	return s
}

func TestToken(t *testing.T) {
	s := start(t, wecomtest.Options{})
	set := s.Settings()
	first := token(t, s)
	s.Advance(time.Hour)
	if again := token(t, s); again != first {
		t.Error("another token within the life of the first")
	}
	if got := api(t, s, "GET", "/cgi-bin/gettoken?corpid="+set.CorpID+"&corpsecret="+set.Secret, ""); got["expires_in"] != 3600.0 {
		t.Errorf("expires_in %v, want what is left", got["expires_in"])
	}
	s.Advance(time.Hour)
	if again := token(t, s); again == first {
		t.Error("the same token after its end")
	}
	for _, row := range []struct {
		query string
		code  float64
	}{
		{"corpsecret=" + set.Secret, 41002}, {"corpid=" + set.CorpID, 41004},
		{"corpid=x&corpsecret=x", 40013}, {"corpid=" + set.CorpID + "&corpsecret=x", 40001},
		{"corpid=x&corpsecret=x", 40013}, {"corpid=x&corpsecret=x", 40013}, {"corpid=x&corpsecret=x", 40013},
		{"corpid=" + set.CorpID + "&corpsecret=" + set.Secret, 45009}, // five wrong ones: the address is blocked
	} {
		if got := api(t, s, "GET", "/cgi-bin/gettoken?"+row.query, ""); got["errcode"] != row.code {
			t.Errorf("%s: %v, want %v", row.query, got, row.code)
		}
	}
	s.Advance(time.Hour + time.Second)
	token(t, s)
}

func TestSendIsJudged(t *testing.T) {
	s := start(t, wecomtest.Options{})
	tok := token(t, s)
	card := func(fields string) string {
		return `{"touser":"lisi","msgtype":"template_card","agentid":1000002,"template_card":{` + fields + `}}`
	}
	const button = `"button_list":[{"text":"a","key":"a"}]`
	for _, row := range []struct {
		name, body string
		code       float64
	}{
		{"good", `{"touser":"LISI","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`, 0},
		{"no JSON", `{`, 40058},
		{"another app", `{"touser":"lisi","msgtype":"text","agentid":1,"text":{"content":"x"}}`, 301002},
		{"no app", `{"touser":"lisi","msgtype":"text","text":{"content":"x"}}`, 40056},
		{"nobody", `{"msgtype":"text","agentid":1000002,"text":{"content":"x"}}`, 82001},
		{"too many", `{"touser":"` + strings.Repeat("a|", 1000) + `a","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`, 40032},
		{"all invalid", `{"touser":"gone|nobody","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`, 81013},
		{"empty", `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":""}}`, 44004},
		{"unknown kind", `{"touser":"lisi","msgtype":"x","agentid":1000002}`, 40008},
		{"no media", `{"touser":"lisi","msgtype":"file","agentid":1000002,"file":{"media_id":"x"}}`, 40007},
		{"card without callback", card(`"card_type":"button_interaction","task_id":"t","main_title":{"title":"x"},` + button), 43012},
		{"card without task", card(`"card_type":"button_interaction","main_title":{"title":"x"},` + button), 42014},
		{"card with a bad task", card(`"card_type":"button_interaction","task_id":"a b","main_title":{"title":"x"},` + button), 42014},
		{"card without buttons", card(`"card_type":"button_interaction","task_id":"t","main_title":{"title":"x"}`), 42038},
		{"card with equal keys", card(`"card_type":"button_interaction","task_id":"t","main_title":{"title":"x"},"button_list":[{"text":"a","key":"a"},{"text":"b","key":"a"}]`), 42039},
		{"unknown card", card(`"card_type":"x"`), 42031},
		{"notice without action", card(`"card_type":"text_notice","main_title":{"title":"x"}`), 42045},
	} {
		if got := send(t, s, tok, row.body); got["errcode"] != row.code {
			t.Errorf("%s: %v, want %v", row.name, got, row.code)
		}
	}
	for query, code := range map[string]float64{"": 41001, "?access_token=x": 40014} {
		if got := api(t, s, "POST", "/cgi-bin/message/send"+query, "{}"); got["errcode"] != code {
			t.Errorf("token %q: %v", query, got)
		}
	}
	if n := len(s.Problems()); n != 0 {
		t.Errorf("problems: %v", s.Problems())
	}
	send(t, s, tok, `{"touser":"lisi","msgtype":"text","agentid":"1000002","text":{"content":"\u4e2d"}}`)
	if n := len(s.Problems()); n != 2 {
		t.Errorf("an agent id as a string and an escape are problems: %v", s.Problems())
	}
	send(t, s, tok, `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"\\u4e2d"}}`)
	if n := len(s.Problems()); n != 2 {
		t.Errorf("an escaped backslash is none: %v", s.Problems())
	}
}

func TestDroppedUnsaid(t *testing.T) {
	s := start(t, wecomtest.Options{})
	tok := token(t, s)
	for i := range 40 {
		if got := send(t, s, tok, fmt.Sprintf(`{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"%d"}}`, i)); got["errcode"] != 0.0 {
			t.Fatal(got)
		}
	}
	if n := len(s.Inbox("lisi")); n != 30 {
		t.Errorf("%d shown, want 30", n)
	}
	if a := s.Accepted()[39]; len(a.Users) != 0 || a.Dropped[0] != "lisi" {
		t.Errorf("%+v", a)
	}
}

func TestDuplicates(t *testing.T) {
	s := start(t, wecomtest.Options{})
	tok := token(t, s)
	const body = `{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"},"enable_duplicate_check":1,"duplicate_check_interval":14400}`
	first := send(t, s, tok, body)
	again := send(t, s, tok, body)
	if again["errcode"] != 0.0 || again["msgid"] != first["msgid"] || len(s.Inbox("lisi")) != 1 {
		t.Errorf("mode A: %v", again)
	}
	s.SetDuplicateMode(wecomtest.Nothing)
	if again := send(t, s, tok, body); again["errcode"] != 0.0 || again["msgid"] != nil || len(s.Inbox("lisi")) != 1 {
		t.Errorf("mode B: %v", again)
	}
	send(t, s, tok, strings.Replace(body, `"x"`, `"x" `, 1)) // other bytes, the same meaning
	if n := len(s.Inbox("lisi")); n != 2 {
		t.Errorf("other bytes: %d shown", n)
	}
	s.Advance(4 * time.Hour)
	send(t, s, token(t, s), body)
	if n := len(s.Inbox("lisi")); n != 3 {
		t.Errorf("after the window: %d shown", n)
	}
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	s := start(t, wecomtest.Options{Journal: path})
	tok := token(t, s)
	s.Fail("/cgi-bin/message/send", wecomtest.CutAfter)
	resp, err := http.Post(s.URL()+"/cgi-bin/message/send?access_token="+tok, "", strings.NewReader(`{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`))
	if err == nil {
		resp.Body.Close()
		t.Error("answered")
	}
	raw, err := os.ReadFile(path)
	var a wecomtest.Accepted
	if err != nil || json.Unmarshal(bytes.TrimSpace(raw), &a) != nil || a.Users[0] != "lisi" {
		t.Errorf("%v: %s", err, raw)
	}
}

// TestMounted: the server works below any path of another mux, callback and all.
func TestMounted(t *testing.T) {
	mux := http.NewServeMux()
	outer := httptest.NewServer(mux)
	defer outer.Close()
	s := start(t, wecomtest.Options{URL: outer.URL + "/fake/wecom/"})
	mux.Handle("/fake/wecom/", s)
	if s.URL() != outer.URL+"/fake/wecom" {
		t.Error(s.URL())
	}
	var shown []string
	s.OnShow(func(user string, x wecomtest.Shown) { shown = append(shown, user+" "+x.Text) })
	send(t, s, token(t, s), `{"touser":"ZhangSan","msgtype":"text","agentid":1000002,"text":{"content":"x"}}`)
	if len(shown) != 1 || shown[0] != "zhangsan x" {
		t.Errorf("%q", shown)
	}
}

// TestCallbackJudged: bad answers of a bot are told, not swallowed.
func TestCallbackJudged(t *testing.T) {
	for _, row := range []struct {
		name   string
		bot    http.HandlerFunc
		tries  int
		failed bool
		mode   wecomtest.Redelivery
	}{
		{"empty", func(http.ResponseWriter, *http.Request) {}, 1, false, wecomtest.Redelivery{}},
		{"success", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "success") }, 1, false, wecomtest.Redelivery{}},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }, 1, true, wecomtest.Redelivery{}},
		{"500, older reading", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, 4, true, wecomtest.Redelivery{}},
		{"500, newer reading", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, 1, true, wecomtest.Redelivery{OnlyNetwork: true}},
		{"cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 4, true, wecomtest.Redelivery{OnlyNetwork: true}},
		{"twice", func(http.ResponseWriter, *http.Request) {}, 2, false, wecomtest.Redelivery{Again: 1}},
		{"at once", func(http.ResponseWriter, *http.Request) {}, 9, false, wecomtest.Redelivery{Parallel: 9}},
	} {
		t.Run(row.name, func(t *testing.T) {
			bot := httptest.NewServer(row.bot)
			defer bot.Close()
			s := start(t, wecomtest.Options{Callback: bot.URL})
			s.SetRedelivery(row.mode)
			a := s.UserSends("lisi", "hi")
			if len(a.Attempts) != row.tries || (a.Err != nil) != row.failed {
				t.Errorf("%+v", a)
			}
			if (row.name == "garbage") != (len(s.Problems()) == 1) {
				t.Errorf("problems %v", s.Problems())
			}
			if err := s.VerifyURL(); err == nil {
				t.Error("the URL check passes without an echo")
			}
		})
	}
}

// A story, the demo and the laws sit on either fake.
var _ chattest.Fake = (*wecomtest.Server)(nil)
