package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/storage/storagetest"
)

// logged is a log tests read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// freeAddress gives an address of this machine nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// running is a program that serves, with the platform's fake.
type running struct {
	*program
	base  string
	wecom *wecomtest.Server
	log   *logged
	stop  func() int // tells it to stop, as SIGTERM does, and gives the exit code
}

// serve runs "trainingbot serve" with the sample office and waits until it is ready.
func serve(t *testing.T, env ...string) *running {
	t.Helper()
	fake := wecomtest.New(wecomtest.Options{Now: testNow})
	t.Cleanup(fake.Close)
	for user, name := range map[string]string{"wangfang": "王芳", "zhouguoping": "周国平", "sunwei": "孙伟", "lina": "李娜"} {
		fake.AddMember(wecomtest.Member{UserID: user, Name: name})
	}
	set, address := fake.Settings(), freeAddress(t)
	p := newProgram(t, append([]string{
		"TRAININGBOT_LISTEN=" + address, "TRAININGBOT_PUBLIC_URL=http://" + address, "TRAININGBOT_DATABASE_AUTO_MIGRATE=true",
		"TRAININGBOT_WECOM_CORP_ID=" + set.CorpID, fmt.Sprintf("TRAININGBOT_WECOM_AGENT_ID=%d", set.AgentID),
		"TRAININGBOT_WECOM_SECRET=" + set.Secret, "TRAININGBOT_WECOM_TOKEN=" + set.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + set.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + set.BaseURL,
	}, env...)...)
	p.must(t, "staff", "import", p.write(t, "staff.csv", sampleStaff))
	r := &running{program: p, base: "http://" + address, wecom: fake, log: &logged{}}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() { code <- run(ctx, []string{"serve"}, p.env, strings.NewReader(""), io.Discard, r.log, p.now) }()
	r.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { r.stop() })
	fake.SetCallback(r.base + "/wecom/callback")
	eventually(t, func() bool { return r.run("healthcheck").code == exitDone }, func() string { return "not ready\n" + r.log.String() })
	return r
}

// eventually waits until something done elsewhere has come true.
func eventually(t *testing.T, ok func() bool, otherwise func() string) {
	t.Helper()
	tries := time.NewTicker(10 * time.Millisecond)
	defer tries.Stop()
	for limit := time.After(20 * time.Second); !ok(); {
		select {
		case <-limit:
			t.Fatalf("not within 20 s: %s", otherwise())
		case <-tries.C:
		}
	}
}

func (r *running) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(r.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestServeAnswersAndStops(t *testing.T) {
	for _, dialect := range []string{"postgres", "sqlite"} {
		t.Run(dialect, func(t *testing.T) {
			var env []string
			if dialect == "postgres" {
				env = append(env, "TRAININGBOT_DATABASE_URL="+storagetest.URL(t, dialect))
				if url := os.Getenv("TEST_REDIS_URL"); url != "" {
					env = append(env, "TRAININGBOT_REDIS_URL="+url)
				}
			}
			r := serve(t, env...)
			if a := r.wecom.UserSends("lina", "帮助"); !strings.Contains(r.wecom.Last("lina").Text, "签到") {
				t.Errorf("the answer to 帮助: %+v, shown %+v", a, r.wecom.Last("lina"))
			}
			for path, want := range map[string]string{
				"/healthz": `"ok": true`, "/readyz": `"ready": true`, "/version": `"go": "go1.`,
				"/metrics": `trainingbot_message_seconds_count{platform="wecom",result="ok"} 1`,
			} {
				if code, body := r.get(t, path); code != http.StatusOK || !strings.Contains(body, want) {
					t.Errorf("%s: %d, no %s in\n%s", path, code, want, body)
				}
			}
			if code, body := r.get(t, "/nothing"); code != http.StatusNotFound {
				t.Errorf("/nothing: %d %s", code, body)
			}
			if code, _ := r.get(t, "/wecom/callback?msg_signature=x&timestamp=1&nonce=2&echostr=3"); code != http.StatusForbidden {
				t.Errorf("a forged URL check: %d", code)
			}
			if out := r.must(t, "healthcheck"); !strings.HasPrefix(out, "ready: database ok, schema ok, scheduler ok") {
				t.Error(out)
			}
			began := time.Now()
			if code := r.stop(); code != exitDone {
				t.Errorf("exit %d\n%s", code, r.log)
			}
			if took := time.Since(began); took > 2*stopWithin { // the limit is the program's; a busy machine takes its share
				t.Errorf("stopping took %v", took)
			}
			if !strings.Contains(r.log.String(), `"msg":"stopped"`) {
				t.Errorf("log:\n%s", r.log)
			}
			for _, secret := range []string{r.wecom.Settings().Secret, r.wecom.Settings().Token, r.wecom.Settings().EncodingAESKey} {
				if strings.Contains(r.log.String(), secret) {
					t.Error("a secret in the log")
				}
			}
			if r := r.run("healthcheck"); r.code != exitFailed {
				t.Errorf("healthcheck of a stopped server: exit %d %s", r.code, r.out)
			}
		})
	}
}

func TestCommandsBesideTheServer(t *testing.T) {
	r := serve(t)
	socket := filepath.Join(r.dir, "office.db.sock")
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the control socket: %v %v", info, err)
	}
	more := r.write(t, "more.csv", sampleStaff+"张伟,K08,翠湖管理处,学员,2026-11-23,zhangwei,,,\n")
	if out := r.must(t, "staff", "import", more); !strings.Contains(out, "5 rows, 1 new") {
		t.Error(out)
	}
	bad := r.write(t, "bad.csv", "姓名\n")
	if x := r.run("staff", "import", bad); x.code != exitFailed || !strings.Contains(x.err, "row 1, column 工号: the heading lacks this column") {
		t.Errorf("a bad file: exit %d %s", x.code, x.err)
	}
	out := filepath.Join(r.dir, "out.csv")
	r.must(t, "staff", "export", out)
	if !strings.Contains(text(t, out), "张伟") {
		t.Error("the export lacks the new colleague")
	}
	if x := r.run("staff", "export", out); x.code != exitFailed || !strings.Contains(x.err, "exists already") {
		t.Errorf("overwriting: exit %d %s", x.code, x.err)
	}
	lines := timetable(t, r.must(t, "timetable", "--from", "2026-11-23", "--to", "2026-12-10", "--format", "csv"))
	if !has(lines, map[string]string{"kind": "D6", "title": "新员工理论考核：张伟"}) {
		t.Error("the timetable does not know the new colleague")
	}
	backup := filepath.Join(r.dir, "copy.db")
	r.must(t, "backup", backup)
	notice := r.write(t, "2027.csv", "date,kind,name\n2027-01-01,holiday,元旦\n2027-05-01,holiday,劳动节\n2027-10-01,holiday,国庆节\n")
	r.must(t, "calendar", "import", notice)
	r.must(t, "outbox", "list")
	for _, verb := range [][]string{{"migrate"}, {"restore", backup}} {
		if x := r.run(verb...); x.code != exitFailed || !strings.Contains(x.err, "stop it first") {
			t.Errorf("%v: exit %d %s", verb, x.code, x.err)
		}
	}
	if x := r.run("staff"); x.code != exitUsage {
		t.Errorf("wrong usage: exit %d", x.code)
	}
	r.must(t, "send-test", "王芳")
	if !strings.Contains(r.wecom.Last("wangfang").Text, "测试消息") {
		t.Errorf("the phone shows %+v", r.wecom.Last("wangfang"))
	}
	if x := r.run("send-test", "nobody-here"); x.code != exitFailed {
		t.Errorf("a message to nobody: exit %d %s", x.code, x.out)
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	r := serve(t)
	notice := r.write(t, "2027.csv", "date,kind,name\n2027-01-01,holiday,元旦\n2027-05-01,holiday,劳动节\n2027-10-01,holiday,国庆节\n")
	r.must(t, "calendar", "import", notice)
	out := r.must(t, "doctor")
	for _, want := range []string{"settings", "database", "holidays", "roles", "accounts", "clock", "wecom", "callback", "visibility"} {
		if !strings.Contains(out, "ok    "+want) {
			t.Errorf("no line for %s:\n%s", want, out)
		}
	}
	r.wecom.SetIPRefused(true)
	if x := r.run("doctor"); x.code != exitFailed || !strings.Contains(x.out, "FAIL  wecom") || !strings.Contains(x.out, "可信IP") {
		t.Errorf("an untrusted address: exit %d\n%s", x.code, x.out)
	}
	r.wecom.SetIPRefused(false)
	r.must(t, "staff", "import", r.write(t, "more.csv", sampleStaff+"张伟,K08,翠湖管理处,学员,2026-11-23,zhangwei,,,\n吴倩,K09,翠湖管理处,学员,2026-11-23,,,,\n"))
	x := r.run("doctor")
	if !strings.Contains(x.out, "FAIL  visibility") || !strings.Contains(x.out, "张伟 (zhangwei)") {
		t.Errorf("someone who cannot see the app:\n%s", x.out)
	}
	if !strings.Contains(x.out, "FAIL  accounts") || !strings.Contains(x.out, "吴倩") {
		t.Errorf("someone without an account:\n%s", x.out)
	}
	r.stop()
	if x := r.run("doctor"); x.code != exitFailed || !strings.Contains(x.out, "FAIL  callback") {
		t.Errorf("nobody serves: exit %d\n%s", x.code, x.out)
	}
	r.env = append(r.env, "TRAININGBOT_WECOM_SECRET=wrong-wrong-wrong")
	if x := r.run("doctor"); !strings.Contains(x.out, "FAIL  wecom") || strings.Contains(x.out, "wrong-wrong") {
		t.Errorf("a wrong secret:\n%s", x.out)
	}
}

func TestMetricsOnTheirOwnListener(t *testing.T) {
	address := freeAddress(t)
	r := serve(t, "TRAININGBOT_METRICS_LISTEN="+address)
	if code, _ := r.get(t, "/metrics"); code != http.StatusNotFound {
		t.Errorf("the public listener answers /metrics with %d", code)
	}
	r.base = "http://" + address
	var body string
	eventually(t, func() bool {
		_, body = r.get(t, "/metrics")
		return strings.Contains(body, "trainingbot_scheduler_tick_age_seconds 0")
	}, func() string { return "the scheduler has not looked at the timetable\n" + body })
	for _, want := range []string{"trainingbot_build_info{", "trainingbot_database_up 1", `trainingbot_outbox_rows{state="dead"} 0`,
		"go_sql_open_connections{", "process_resident_memory_bytes"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func TestReadinessFailsWithTheDatabaseOnly(t *testing.T) {
	now := testNow()
	a, err := NewApp(context.Background(), AppOptions{Settings: mustSettings(t, newProgram(t, "TRAININGBOT_REDIS_URL=redis://127.0.0.1:1/0")),
		Now: func() time.Time { return now }, Log: discard(), Open: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	look := func() (s state) {
		w := newRecorder()
		a.Handler().ServeHTTP(w, mustRequest(t, "/readyz"))
		if err := json.Unmarshal(w.body.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
		if (w.status == http.StatusOK) != s.Ready {
			t.Errorf("status %d with %+v", w.status, s)
		}
		now = now.Add(2 * time.Second) // past the answer that is kept
		return s
	}
	// Somebody who hangs up is not told, and must not make others hear that the database is away.
	gone, hangUp := context.WithCancel(context.Background())
	hangUp()
	a.Handler().ServeHTTP(newRecorder(), mustRequest(t, "/readyz").WithContext(gone))
	if s := look(); !s.Ready || s.Redis != "away" || len(s.Degraded) != 1 {
		t.Errorf("without Redis: %+v", s)
	}
	now = now.Add(tickLate)
	if s := look(); s.Ready || s.Tick != "late" {
		t.Errorf("without a tick: %+v", s)
	}
	if err := a.Tick(context.Background(), now); err != nil {
		t.Fatal(err)
	}
	if s := look(); !s.Ready || s.Tick != "ok" {
		t.Errorf("after a tick: %+v", s)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if s := look(); s.Ready || s.Database != "away" {
		t.Errorf("without a database: %+v", s)
	}
}
