package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var opening = at("2026-11-24 14:50")

// still is a base clock that stands.
func still() time.Time { return time.Unix(0, 0) }

func call(t *testing.T, o *office, method, path, body string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rw := httptest.NewRecorder()
	o.page.ServeHTTP(rw, r)
	return rw
}

func stateOf(t *testing.T, o *office, query string) pageState {
	t.Helper()
	rw := call(t, o, "GET", "/state"+query, "")
	var s pageState
	if err := json.Unmarshal(rw.Body.Bytes(), &s); rw.Code != 200 || err != nil {
		t.Fatalf("state: %d %v %s", rw.Code, err, rw.Body)
	}
	return s
}

// act posts and waits for a move it may have begun.
func act(t *testing.T, o *office, path, body string, want int) string {
	t.Helper()
	rw := call(t, o, "POST", path, body)
	if rw.Code != want {
		t.Fatalf("POST %s %s: %d %s, want %d", path, body, rw.Code, rw.Body, want)
	}
	o.page.going.Wait()
	return rw.Body.String()
}

func TestClock(t *testing.T) {
	real := time.Unix(1000, 0)
	c := NewClock(func() time.Time { return real }, opening)
	real = real.Add(time.Hour)
	if got := c.Now(); !got.Equal(opening) {
		t.Errorf("before it runs: %v", got)
	}
	c.Run()
	real = real.Add(90*time.Second + 1234*time.Nanosecond)
	if got, want := c.Now(), opening.Add(90*time.Second+time.Microsecond); !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("after 90 s: %v, want %v in UTC", got, want)
	}
	if err := c.Hold(opening); !errors.Is(err, ErrBackward) {
		t.Errorf("back to the start: %v", err)
	}
	later := opening.Add(time.Hour)
	if err := c.Hold(later); err != nil {
		t.Fatal(err)
	}
	real = real.Add(time.Minute)
	if got := c.Now(); !got.Equal(later) {
		t.Errorf("held: %v, want %v", got, later)
	}
	c.Run()
	real = real.Add(time.Second)
	if got, want := c.Now(), later.Add(time.Second); !got.Equal(want) {
		t.Errorf("running again: %v, want %v", got, want)
	}
}

func TestJumps(t *testing.T) {
	for _, row := range []struct{ now, key, want string }{
		{"2026-11-24 14:50", "m1", "2026-11-24 14:51"},
		{"2026-11-24 14:50", "h1", "2026-11-24 15:50"},
		{"2026-12-31 14:50", "morning", "2027-01-01 09:00"},
		{"2026-11-24 14:50", "d25", "2026-11-25 08:59"},
		{"2026-11-25 08:59", "d25", "2026-12-25 08:59"},
		{"2026-12-31 08:00", "d30", "2027-01-30 08:59"},
		{"2027-01-30 09:00", "d30", "2027-02-28 08:59"},
		{"2028-02-01 00:00", "d30", "2028-02-29 08:59"},
		{"2026-11-24 14:50", "12-10", "2026-12-10 08:59"},
		{"2026-12-10 08:59", "12-10", "2027-12-10 08:59"},
		{"2026-12-10 09:00", "12-20", "2026-12-20 08:59"},
		{"2026-12-20 09:00", "12-25", "2026-12-25 08:59"},
	} {
		for _, j := range jumps(at(row.now), shanghai) {
			if j.Key == row.key && j.To != at(row.want).UnixMilli() {
				t.Errorf("%s at %s: %s, want %s", row.key, row.now, time.UnixMilli(j.To).In(shanghai), row.want)
			}
		}
	}
}

func TestMoveStepsThroughEveryDueInstant(t *testing.T) {
	o := newOffice(t, opening, still)
	act(t, o, "/clock", `{"to":"12-25"}`, http.StatusAccepted)
	want := []string{"11-24 17:00", "11-25 09:00", "11-25 17:00", "12-01 09:00", "12-08 14:50", "12-10 09:00", "12-20 09:00", "12-22 14:50", "12-25 08:59"}
	var got []string
	for _, x := range o.ticks {
		got = append(got, x.In(shanghai).Format("01-02 15:04"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("the clock stood at\n%v, want\n%v", got, want)
	}
	var stamps []string
	for _, m := range stateOf(t, o, "").Phones["wangfang"].Messages {
		stamps = append(stamps, time.UnixMilli(m.Ms).In(shanghai).Format("01-02 15:04"))
	}
	if want := []string{"11-25 09:00", "11-25 17:00", "12-01 09:00", "12-10 09:00"}; !slices.Equal(stamps, want) {
		t.Errorf("the supervisor's phone has %v, want %v", stamps, want)
	}
	if got := o.clock.Now(); !got.Equal(at("2026-12-25 08:59")) {
		t.Errorf("the clock shows %v", got)
	}
	act(t, o, "/clock", `{"to":"next"}`, http.StatusAccepted)
	if got := o.clock.Now(); !got.Equal(at("2026-12-25 09:00")) {
		t.Errorf("the next announcement: the clock shows %v", got)
	}
}

func TestMoveRefusals(t *testing.T) {
	o := newOffice(t, opening, still)
	for _, row := range []struct{ to, say string }{
		{"2026-11-24T14:49", "只能往前走"}, {"2028-11-24T14:49", "400 天"}, {"someday", "看不懂"}, {"", "看不懂"},
	} {
		if got := act(t, o, "/clock", fmt.Sprintf(`{"to":%q}`, row.to), http.StatusConflict); !strings.Contains(got, row.say) {
			t.Errorf("to %q: %s, want %q", row.to, got, row.say)
		}
	}
	if got := o.clock.Now(); !got.Equal(opening) || len(o.ticks) != 0 {
		t.Errorf("a refused move left the clock at %v after %d ticks", got, len(o.ticks))
	}
}

func TestMoveCanBeStopped(t *testing.T) {
	o := newOffice(t, opening, still)
	inside, going := make(chan struct{}), make(chan struct{})
	plain := o.page.w.Tick
	o.page.w.Tick = func(ctx context.Context, now time.Time) error {
		if len(o.ticks) == 1 {
			close(inside)
			<-going
		}
		return plain(ctx, now)
	}
	if rw := call(t, o, "POST", "/clock", `{"to":"12-25"}`); rw.Code != http.StatusAccepted {
		t.Fatal(rw.Code, rw.Body)
	}
	<-inside
	s := stateOf(t, o, "")
	if s.Clock.Moving == nil || s.Clock.Moving.Share <= 0 || s.Clock.Moving.Share >= 1 {
		t.Errorf("under way, the page shows %+v", s.Clock.Moving)
	}
	if rw := call(t, o, "POST", "/clock", `{"to":"m1"}`); rw.Code != http.StatusConflict || !strings.Contains(rw.Body.String(), "正在走") {
		t.Errorf("a second move: %d %s", rw.Code, rw.Body)
	}
	call(t, o, "POST", "/clock", `{"to":"stop"}`)
	close(going)
	o.page.going.Wait()
	if got := o.clock.Now(); !got.Equal(at("2026-11-25 09:00")) {
		t.Errorf("stopped at %v", got)
	}
	if s := stateOf(t, o, ""); s.Clock.Moving != nil || s.Trouble != "" {
		t.Errorf("after the stop: %+v, trouble %q", s.Clock.Moving, s.Trouble)
	}
}

func TestTroubleIsShownAndGoes(t *testing.T) {
	o := newOffice(t, opening, still)
	plain := o.page.w.Tick
	o.page.w.Tick = func(context.Context, time.Time) error { return errors.New("disk full") }
	act(t, o, "/clock", `{"to":"m1"}`, http.StatusAccepted)
	if s := stateOf(t, o, ""); !strings.Contains(s.Trouble, "disk full") {
		t.Errorf("trouble %q", s.Trouble)
	}
	o.page.w.Tick = plain
	act(t, o, "/clock", `{"to":"m1"}`, http.StatusAccepted)
	if s := stateOf(t, o, ""); s.Trouble != "" {
		t.Errorf("trouble stays: %q", s.Trouble)
	}
}

func TestStory(t *testing.T) {
	o := newOffice(t, opening, still)
	done := func() (out []bool) {
		for _, s := range stateOf(t, o, "").Guide {
			out = append(out, s.Done)
		}
		return out
	}
	hot := func(user string) (out []string) {
		for _, c := range stateOf(t, o, "").Phones[user].Chips {
			if c.Hot {
				out = append(out, c.Line)
			}
		}
		return out
	}
	want := func(what string, ticks string, user string, lines ...string) {
		t.Helper()
		var b strings.Builder
		for _, d := range done() {
			b.WriteString(map[bool]string{true: "x", false: "."}[d])
		}
		if b.String() != ticks || !slices.Equal(hot(user), lines) {
			t.Errorf("%s: guide %s, want %s; %s is offered %q, want %q", what, b.String(), ticks, user, hot(user), lines)
		}
	}
	say := func(user, text string) {
		t.Helper()
		act(t, o, "/say", fmt.Sprintf(`{"user":%q,"text":%q}`, user, text), http.StatusNoContent)
	}
	want("at first", "......", "wangfang", "开课")
	say("wangfang", "开课")
	want("open", "x.....", "lina", "签到 4827")
	if got := stateOf(t, o, "").Class.Pass; got != "4827" {
		t.Errorf("the board shows %q", got)
	}
	say("lina", "签到 4827")
	want("checked in", "xx....", "lina")
	say("wangfang", "拟计划")
	want("drafted", "xx....", "wangfang", "报计划")
	say("wangfang", "报计划")
	want("submitted", "xxx...", "zhouguoping", "待批")
	card := stateOf(t, o, "").Phones["zhouguoping"].Messages[0]
	act(t, o, "/press", fmt.Sprintf(`{"user":"zhouguoping","message":%q,"key":"同意 P2 v1"}`, card.ID), http.StatusNoContent)
	want("approved", "xxxx..", "zhouguoping")
	if c := stateOf(t, o, "").Phones["zhouguoping"].Messages[0].Card; !strings.Contains(c.Settled, "已由周国平同意") || len(c.Buttons) != 0 {
		t.Errorf("the settled card: %+v", c)
	}
	act(t, o, "/clock", `{"to":"12-25"}`, http.StatusAccepted)
	if g := stateOf(t, o, "").Guide[4]; g.Jump != "m1" || g.Done {
		t.Errorf("one minute before: %+v", g)
	}
	act(t, o, "/clock", `{"to":"m1"}`, http.StatusAccepted)
	want("the 25th", "xxxxx.", "zhouguoping")
	say("wangfang", "为什么")
	want("asked why", "xxxxxx", "zhouguoping")
}

func TestSuggestionsOfTheBotItself(t *testing.T) {
	o := newOffice(t, opening, still)
	o.inbox["wangfang"] = []Message{
		{Mine: true, Text: "今日", At: opening},
		{Text: "考完发「考核 已完成 月度 2026-11」，就不再提醒。没法签到的人发「点名 S11 姓名 到 原因」。发「报计划 2027-01」上报，看「计划 P3」。", At: opening},
		{Text: "不能到场请发「请假 S11 事由」，《「计划 P3」》，如「计划 P7」", At: opening},
	}
	var got []string
	for _, c := range stateOf(t, o, "").Phones["wangfang"].Chips {
		got = append(got, c.Line)
	}
	want := []string{"开课", "计划 P3", "考核 已完成 月度 2026-11", "报计划 2027-01"}
	if !slices.Equal(got[:4], want) {
		t.Errorf("offered %q, want %q first", got, want)
	}
	seen := map[string]bool{}
	for _, l := range got {
		if seen[l] {
			t.Errorf("%q is offered twice", l)
		}
		seen[l] = true
	}
}

func TestBadCalls(t *testing.T) {
	o := newOffice(t, opening, still)
	for _, row := range []struct {
		path, body string
		want       int
	}{
		{"/say", `{"user":"nobody","text":"帮助"}`, 400}, {"/say", `{"user":"lina","text":"  "}`, 400},
		{"/say", `{"user":"lina","text":"` + strings.Repeat("长", maxLine+1) + `"}`, 400}, {"/say", `{`, 400}, {"/say", `{"user":"lina","text":"x","more":1}`, 400},
		{"/say", `"` + strings.Repeat("x", maxBody) + `"`, 400}, {"/press", `{"user":"lina"}`, 400}, {"/press", `{"user":"lina","message":"m9","key":"x"}`, 502},
		{"/clock", `[]`, 400},
	} {
		rw := call(t, o, "POST", row.path, row.body)
		var e struct{ Error string }
		if json.Unmarshal(rw.Body.Bytes(), &e) != nil || rw.Code != row.want || e.Error == "" {
			t.Errorf("POST %s %.60s: %d %s, want %d and a sentence", row.path, row.body, rw.Code, rw.Body, row.want)
		}
	}
	o.deaf = true
	if rw := call(t, o, "POST", "/say", `{"user":"lina","text":"帮助"}`); rw.Code != 502 || !strings.Contains(rw.Body.String(), "没有送达") {
		t.Errorf("a deaf platform: %d %s", rw.Code, rw.Body)
	}
	o.deaf = false
	if rw := call(t, o, "POST", "/say", `{"user":"lina","text":"帮助"}`, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); rw.Code != http.StatusForbidden {
		t.Errorf("a call from another site: %d", rw.Code)
	}
	if n := len(o.inbox["lina"]); n != 0 {
		t.Errorf("refused calls left %d messages", n)
	}
}

func TestPageIsSealed(t *testing.T) {
	o := newOffice(t, opening, still)
	rw := call(t, o, "GET", "/", "")
	if csp := rw.Header().Get("Content-Security-Policy"); rw.Code != 200 || !strings.HasPrefix(csp, "default-src 'self'") {
		t.Errorf("page: %d, CSP %q", rw.Code, csp)
	}
	foreign := regexp.MustCompile(`(?i)(src|href)="(https?:|//)|url\(["']?(https?:|//|data:)|@import|<script>|\son[a-z]+="|\sstyle="|innerHTML|insertAdjacentHTML|document\.write|eval\(|\?\.[a-z(\[]|\?\?`)
	err := fs.WalkDir(static, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(static, path)
		if m := foreign.Find(b); m != nil {
			t.Errorf("%s has %q: nothing foreign, inline or newer than ES2018", path, m)
		}
		if rw := call(t, o, "GET", "/"+path, ""); path != "static/index.html" && (rw.Code != 200 || rw.Body.Len() != len(b)) {
			t.Errorf("GET %s: %d, %d bytes", path, rw.Code, rw.Body.Len())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	act(t, o, "/say", `{"user":"lina","text":"</script><img src=x onerror=alert(1)>"}`, http.StatusNoContent)
	if rw := call(t, o, "GET", "/state", ""); strings.Contains(rw.Body.String(), "<") || rw.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Error("the state carries markup as it stands")
	}
}

func TestHistoryIsLeftOut(t *testing.T) {
	o := newOffice(t, opening, still)
	o.inbox["lina"] = []Message{{ID: "old", At: opening.AddDate(0, 0, -9), Text: "旧"}, {ID: "new", At: opening, Text: "新"}}
	s := stateOf(t, o, "?u=lina")
	if m := s.Phones["lina"].Messages; len(m) != 1 || m[0].ID != "new" || s.People[0].Count != 1 || len(s.Phones) != 1 {
		t.Errorf("the phone shows %+v, counts %d", m, s.People[0].Count)
	}
	for i := range 200 {
		o.inbox["lina"] = append(o.inbox["lina"], Message{ID: fmt.Sprint(i), At: opening})
	}
	if ph := stateOf(t, o, "?u=lina").Phones["lina"]; len(ph.Messages) != shownMessages || ph.Earlier != 201-shownMessages {
		t.Errorf("of 201 messages %d are shown and %d left out", len(ph.Messages), ph.Earlier)
	}
}

func TestEventsTellOfChanges(t *testing.T) {
	o := newOffice(t, opening, still)
	srv := httptest.NewServer(o.page)
	defer srv.Close()
	r, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := srv.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return v
			}
		}
		t.Fatal("the stream ended: ", lines.Err())
		return ""
	}
	first := next()
	o.page.Changed()
	if second := next(); second == first {
		t.Errorf("two events with version %s", first)
	}
}

func TestNewRefusesHalfAWorld(t *testing.T) {
	w := newOffice(t, opening, still).page.w
	for name, spoil := range map[string]func(*World){
		"clock": func(w *World) { w.Clock = nil }, "cast": func(w *World) { w.Cast = w.Cast[:2] },
		"stranger": func(w *World) { w.Cast = []string{"lina", "wangfang", "nobody"} }, "tick": func(w *World) { w.Tick = nil },
	} {
		v := w
		spoil(&v)
		if _, err := New(v); err == nil {
			t.Errorf("a world without a proper %s is taken", name)
		}
	}
}

// A page of another name that was pointed at this machine gets nothing.
func TestHostIsAnAddress(t *testing.T) {
	for host, ok := range map[string]bool{
		"127.0.0.1:8080": true, "localhost:8080": true, "[::1]:8080": true, "192.168.1.7:8080": true, "127.0.0.1": true, "[::1]": true,
		"evil.example:8080": false, "localhost.evil.example": false, "": false, "127.0.0.1.evil.example:80": false,
	} {
		if byAddress(host) != ok {
			t.Errorf("%q: %t, want %t", host, !ok, ok)
		}
	}
}
