package demo

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestWireShowsBothSides(t *testing.T) {
	clock := NewClock(still, opening)
	w := NewWire(clock)
	seen := 0
	w.onChange(func() { seen++ })
	open := func(q url.Values, body []byte) (string, error) {
		if q.Get("msg_signature") == "" || q.Get("timestamp") == "" || q.Get("nonce") == "" {
			return "", errors.New("no signature")
		}
		return "plain of " + q.Get("msg_signature"), nil
	}
	bot := w.Callback(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		b := make([]byte, 100)
		if n, _ := r.Body.Read(b); string(b[:n]) != "cipher" {
			t.Errorf("the bot got %q", b[:n])
		}
		_, _ = rw.Write([]byte("<xml><Encrypt><![CDATA[zzz]]></Encrypt><MsgSignature><![CDATA[s2]]></MsgSignature><TimeStamp>1</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>"))
	}), open)
	bot.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/wecom/callback?msg_signature=0123456789abcdef0123&timestamp=1&nonce=2", strings.NewReader("cipher")))
	api := w.Calls(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte(`{"errcode":0,"access_token":"0123456789abcdef"}`))
	}))
	api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/cgi-bin/message/send?access_token=0123456789abcdef", strings.NewReader(`{"touser":"lina"}`)))
	s := w.state(true)
	if seen != 2 || s.Callbacks != 1 || s.Calls != 1 || len(s.List) != 2 {
		t.Fatalf("recorded %+v after %d signs", s, seen)
	}
	back, send := s.List[1], s.List[0]
	if back.Sent != "cipher" || back.Plain != "plain of 0123456789abcdef0123" || back.GotText != "plain of s2" || back.Path != "/wecom/callback?msg_signature=01234567…&timestamp=1&nonce=2" || back.Ms != opening.UnixMilli() {
		t.Errorf("the callback: %+v", back)
	}
	if send.Path != "/cgi-bin/message/send?access_token=01234567…" || !strings.Contains(send.Plain, `"touser": "lina"`) || strings.Contains(send.GotText, "89abcdef") {
		t.Errorf("the call: %+v", send)
	}
}

func TestWireRecordsAnAbortedAnswer(t *testing.T) {
	w := NewWire(NewClock(still, opening))
	h := w.Callback(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		func(url.Values, []byte) (string, error) { return "", errors.New("forged") })
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the abort was swallowed")
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/wecom/callback", strings.NewReader("x")))
	}()
	if l := w.state(true).List; len(l) != 1 || !strings.Contains(l[0].Plain, "forged") {
		t.Errorf("recorded %+v", l)
	}
}

func TestWireIsBounded(t *testing.T) {
	w := NewWire(NewClock(still, opening))
	h := w.Calls(http.NotFoundHandler())
	for range keep + 5 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/x", strings.NewReader(strings.Repeat("长", 5000))))
	}
	s := w.state(true)
	if len(s.List) != keep || s.Calls != keep+5 || s.List[0].N != keep+5 || s.List[0].Status != 404 || len([]rune(s.List[0].Sent)) > shownAt+1 {
		t.Errorf("%d kept of %d, the newest is %d", len(s.List), s.Calls, s.List[0].N)
	}
}

func TestSampleOffice(t *testing.T) {
	start, err := time.ParseInLocation("2006-01-02T15:04:05", Begin, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	roles, seen := map[string]int{}, map[string]bool{}
	for _, m := range Staff() {
		if seen[m.No] || seen[m.User] || seen[m.Name] {
			t.Errorf("%s is there twice", m.Name)
		}
		seen[m.No], seen[m.User], seen[m.Name] = true, true, true
		for _, r := range m.Roles {
			roles[r.Chinese()]++
		}
	}
	if roles["主管"] != 1 || roles["主任"] != 1 || roles["学员"] != 7 || roles["教练"] != 2 || roles["安全主管"] != 1 {
		t.Errorf("roles: %v", roles)
	}
	o := newOffice(t, Origin(start), still)
	if err := Seed(t.Context(), o.page.w, start); err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, u := range Cast() {
		for _, m := range o.Inbox(u) {
			if m.Mine {
				said = append(said, u+" "+m.At.In(shanghai).Format("01-02 15:04")+" "+m.Text)
			}
		}
	}
	want := []string{"wangfang 10-20 09:30 拟计划 2026-11", "wangfang 10-20 09:40 加一场 2026-11-24 15:00 服务意识 中控会议室 我讲", "wangfang 10-20 09:50 报计划 2026-11",
		"wangfang 11-07 16:00 考核 已完成 月度 2026-10", "zhouguoping 10-20 10:00 同意"}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("the office lived through\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}
	if got := o.clock.Now(); !got.Equal(start) {
		t.Errorf("the demo begins at %v, want %v", got, start)
	}
}
