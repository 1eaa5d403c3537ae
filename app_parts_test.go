package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/storage"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func mustSettings(t *testing.T, p *program) configs.Settings {
	t.Helper()
	s, err := configs.Load("", p.env, os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustRequest(t *testing.T, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// recorder is an http.ResponseWriter that keeps what it was given.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(p []byte) (int, error) { return w.body.Write(p) }

func TestGuardAnswersAPanicAndPassesAnAbort(t *testing.T) {
	a, err := NewApp(context.Background(), AppOptions{Settings: mustSettings(t, newProgram(t)), Now: testNow, Log: discard(), Open: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	w := newRecorder()
	a.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a bug with canary") })).ServeHTTP(w, mustRequest(t, "/x"))
	if w.status != http.StatusInternalServerError || strings.Contains(w.body.String(), "canary") {
		t.Errorf("%d %s", w.status, w.body.String())
	}
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the abort became %v", err)
		}
	}()
	a.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).ServeHTTP(newRecorder(), mustRequest(t, "/x"))
}

// slowPost is a platform that takes its time.
type slowPost struct{ takes time.Duration }

func (p slowPost) Deliver(ctx context.Context, _ domain.Delivery) domain.Outcome {
	select {
	case <-ctx.Done():
		return domain.Outcome{Fate: domain.Again, Reason: "cut"}
	case <-time.After(p.takes):
		return domain.Outcome{Fate: domain.Sent}
	}
}

func TestPostmanWhenTheProgramStops(t *testing.T) {
	for name, c := range map[string]struct {
		takes, stopAfter time.Duration
		want             domain.Fate
		reason           string
		took             time.Duration
	}{
		"begun and finished in time": {2 * time.Second, time.Second, domain.Sent, "", 2 * time.Second},
		"begun and too slow":         {time.Minute, time.Second, domain.Again, "cut", time.Second + farewell},
		"not begun":                  {time.Second, 0, domain.Again, "the program was stopping", 0},
		"not stopped":                {2 * time.Second, time.Hour, domain.Sent, "", 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(context.Background())
				defer stop()
				if c.stopAfter == 0 {
					stop()
				} else {
					time.AfterFunc(c.stopAfter, stop)
				}
				began, seen := time.Now(), 0
				p := postman{slowPost{c.takes}, time.Now, func(string, domain.Fate) { seen++ }}
				out := p.Deliver(ctx, domain.Delivery{})
				if out.Fate != c.want || out.Reason != c.reason || time.Since(began) != c.took {
					t.Errorf("%+v after %v", out, time.Since(began))
				}
				if (seen == 1) != (c.stopAfter > 0) {
					t.Errorf("counted %d times", seen)
				}
			})
		})
	}
}

// The server may run under an account of less power than the person who asks: what it says it made
// is written only where that person named a file.
func TestHandOverWritesOnlyWhatWasNamed(t *testing.T) {
	p := newProgram(t)
	s := mustSettings(t, p)
	l, err := listenControl(t.Context(), controlPath(s))
	if err != nil {
		t.Fatal(err)
	}
	named, other := p.dir+"/named.csv", p.dir+"/other.csv"
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, done{Created: map[string][]byte{named: []byte("a"), other: []byte("b")}})
	})}
	go server.Serve(l)
	defer server.Close()
	if r := p.run("staff", "export", named); r.code != exitFailed || !strings.Contains(r.err, "other.csv") {
		t.Errorf("exit %d %s", r.code, r.err)
	}
	if _, err := os.Stat(other); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file nobody named: %v", err)
	}
}

// An office begins on the day of its own zone, not on the day before when it is still night in Greenwich.
func TestOfficeBeginsOnItsOwnDay(t *testing.T) {
	p := newProgram(t)
	p.now = func() time.Time { return time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC) }
	p.must(t, "staff", "import", p.write(t, "staff.csv", sampleStaff))
	a, err := NewApp(t.Context(), AppOptions{Settings: mustSettings(t, p), Now: p.now, Log: discard(), Open: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	offices, err := a.Store().Offices(t.Context())
	if err != nil || len(offices) != 1 || offices[0].Since != domain.NewDate(2026, 11, 23) {
		t.Errorf("%+v %v", offices, err)
	}
}

// A day changed in chat does not undo the day that was changed on another replica, of which this one
// has not heard yet.
func TestHolidayChangedBesideAnother(t *testing.T) {
	p := newProgram(t)
	p.must(t, "staff", "import", p.write(t, "staff.csv", sampleStaff))
	a, err := NewApp(t.Context(), AppOptions{Settings: mustSettings(t, p), Now: testNow, Log: discard(), Open: os.ReadFile})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	other, mine := domain.NewDate(2026, 12, 23), domain.NewDate(2026, 12, 24)
	y, _ := a.SOP().Calendar.Notice(2026)
	y.Days = append(y.Days, domain.Day{Date: other, Kind: domain.HolidayDay, Name: "临时调整"})
	if err := a.Store().KeepYear(t.Context(), y, testNow()); err != nil {
		t.Fatal(err)
	}
	reply, err := a.bot.Handle(t.Context(), chat.Message{ID: "wecom:m:1", From: domain.Handle{Platform: "wecom", User: "wangfang"}, Text: "节假日 2026-12-24 改为休"})
	if err != nil || !strings.Contains(reply.Text, "已改") {
		t.Fatalf("%+v %v", reply, err)
	}
	for _, d := range []domain.Date{other, mine} {
		if a.SOP().Calendar.Working(d) {
			t.Errorf("%s is a working day again", d)
		}
	}
}

// An account is somebody's only after a word of who answers for it; a supervisor does not make a
// director, who approves the supervisor's plans. Who was overlooked may ask again the next day.
func TestClaimOfAnAccount(t *testing.T) {
	const chief, admin = "何敏,K20,翠湖管理处,主任,2020-01-01,,,,\n", "李工,K30,翠湖管理处,管理员,2020-01-01,ligong,,,\n"
	for name, c := range map[string]struct {
		staff, no, by string
		days          int
		asked         int
		want          string // the answer to 准绑
	}{
		"a trainee":                       {"吴倩,K09,翠湖管理处,学员,2026-11-23,,,,\n", "K09", "wangfang", 1, 1, "已确认"},
		"a trainee, overlooked":           {"吴倩,K09,翠湖管理处,学员,2026-11-23,,,,\n", "K09", "wangfang", 2, 2, "已确认"},
		"a director, by a supervisor":     {chief + admin, "K20", "wangfang", 1, 1, "管理员确认"},
		"a director, by an administrator": {chief + admin, "K20", "ligong", 1, 1, "已确认"},
		"a director, no administrator":    {chief, "K20", "wangfang", 1, 0, "管理员确认"},
	} {
		t.Run(name, func(t *testing.T) {
			now := testNow()
			p := newProgram(t)
			p.must(t, "staff", "import", p.write(t, "staff.csv", sampleStaff+c.staff))
			a, err := NewApp(t.Context(), AppOptions{Settings: mustSettings(t, p), Now: func() time.Time { return now }, Log: discard(), Open: os.ReadFile})
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			n := 0
			say := func(user, text string) string {
				n++
				reply, err := a.bot.Handle(t.Context(), chat.Message{ID: domain.MessageID(fmt.Sprintf("wecom:m:%d", n)), From: domain.Handle{Platform: "wecom", User: user}, Text: text})
				if err != nil {
					t.Fatal(err)
				}
				return reply.Text
			}
			for range c.days {
				say("newcomer", "绑定 "+c.no)
				say("newcomer", "绑定 "+c.no)
				now = now.AddDate(0, 0, 1)
			}
			rows, err := a.Store().Outbox(t.Context(), storage.OutboxFilter{})
			asked := 0
			for _, r := range rows {
				if strings.Contains(r.Body.Text, "准绑 "+c.no+" wecom:newcomer") {
					asked++
				}
			}
			if err != nil || asked != c.asked {
				t.Errorf("asked %d times, %v", asked, err)
			}
			if got := say(c.by, "准绑 "+c.no+" wecom:newcomer"); !strings.Contains(got, c.want) {
				t.Errorf("准绑: %s", got)
			}
		})
	}
}

func TestColumnsAlignAsATerminalShowsThem(t *testing.T) {
	var b bytes.Buffer
	err := columnsTo(&b, [][]string{{"to", "none", "title"}, {"主管", "", "a"}, {"x", "", "计划"}})
	if want := "to    title\n主管  a\nx     计划\n"; err != nil || b.String() != want {
		t.Errorf("got %q, want %q (%v)", b.String(), want, err)
	}
}

func TestFoldNeverCutsACharacter(t *testing.T) {
	for n := range 200 {
		var b strings.Builder
		long := strings.Repeat("a", n) + strings.Repeat("规程", 60)
		fold(&b, long)
		joined := ""
		for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\r\n"), "\r\n") {
			if len(line) > 75 {
				t.Fatalf("line of %d bytes", len(line))
			}
			if i > 0 {
				line = strings.TrimPrefix(line, " ")
			}
			if strings.ToValidUTF8(line, "?") != line {
				t.Fatalf("cut inside a character: %q", line)
			}
			joined += line
		}
		if joined != long {
			t.Fatal("unfolded differs")
		}
	}
}

func TestLocalBase(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "0.0.0.0:80": "http://127.0.0.1:80", ":9": "http://127.0.0.1:9",
		"[::]:8080": "http://[::1]:8080", "localhost:1": "http://localhost:1",
	} {
		if got, err := localBase(listen); got != want || err != nil {
			t.Errorf("%s: %s %v, want %s", listen, got, err, want)
		}
	}
	if _, err := localBase("8080"); err == nil {
		t.Error("a bare port was taken")
	}
}
