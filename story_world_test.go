package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/chat/chattest"
	"trainingbot/bot/dingtalk/dingtalktest"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/roster"
	"trainingbot/storage"
)

// The ways in which people reach the bot.
const (
	overWeCom  = "wecom"
	overStream = "dingtalk-stream"
	overHTTP   = "dingtalk-http"
	overBoth   = "both" // everybody has accounts on WeCom and on DingTalk, which is connected by Stream
)

// world is the whole product on one database with a fake platform, under a clock that stands still
// until it is set.
type world struct {
	t        *testing.T
	url      string
	way      string
	phones   chattest.Fake
	wecom    *wecomtest.Server    // nil over DingTalk alone
	dingtalk *dingtalktest.Server // nil over WeCom alone
	users    map[string]string    // name to platform id
	staff    []storage.StaffRow
	log      *testLog

	mu   sync.Mutex
	time time.Time

	apps    []*App
	doors   []*httptest.Server
	streams []func() // each ends the connection of one app
}

func newWorld(t *testing.T, url string) *world { return newWorldOver(t, url, overWeCom) }

func newWorldOver(t *testing.T, url, way string) *world {
	w := &world{t: t, url: url, way: way, users: map[string]string{}, log: &testLog{}, time: time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)}
	if way != overWeCom {
		w.dingtalk = dingtalktest.New(dingtalktest.Options{Now: w.clock, Quota: dingtalktest.Unlimited})
		w.phones = w.dingtalk
		t.Cleanup(w.dingtalk.Close)
	}
	if way == overWeCom || way == overBoth {
		w.wecom = wecomtest.New(wecomtest.Options{Now: w.clock})
		w.phones = w.wecom
		t.Cleanup(w.wecom.Close)
	}
	w.start()
	t.Cleanup(w.stop)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(w.log.String())
		}
	})
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

func (w *world) set(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = at.UTC()
}

func (w *world) zone() *time.Location { return w.apps[0].SOP().Calendar.Zone }

func (w *world) settings() configs.Settings {
	env := []string{"TRAININGBOT_DATABASE_URL=" + w.url, "TRAININGBOT_DATABASE_AUTO_MIGRATE=true"}
	if w.wecom != nil {
		env = append(env, wecomEnv(w.wecom.Settings())...)
	}
	if w.dingtalk != nil {
		env = append(env, dingtalkEnv(w.dingtalk.Settings(), w.way)...)
	}
	s, err := configs.Load("", env, os.ReadFile)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func wecomEnv(set wecomtest.Settings) []string {
	return []string{
		"TRAININGBOT_WECOM_CORP_ID=" + set.CorpID, fmt.Sprintf("TRAININGBOT_WECOM_AGENT_ID=%d", set.AgentID),
		"TRAININGBOT_WECOM_SECRET=" + set.Secret, "TRAININGBOT_WECOM_TOKEN=" + set.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + set.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + set.BaseURL,
	}
}

func dingtalkEnv(set dingtalktest.Settings, way string) []string {
	env := []string{
		"TRAININGBOT_DINGTALK_CORP_ID=" + set.CorpID, "TRAININGBOT_DINGTALK_CLIENT_ID=" + set.ClientID, "TRAININGBOT_DINGTALK_CLIENT_SECRET=" + set.ClientSecret,
		"TRAININGBOT_DINGTALK_ROBOT_CODE=" + set.RobotCode, "TRAININGBOT_DINGTALK_API_BASE=" + set.BaseURL, "TRAININGBOT_DINGTALK_OAPI_BASE=" + set.BaseURL,
		"TRAININGBOT_DINGTALK_API_QUOTA=1000000", "TRAININGBOT_DINGTALK_MESSAGE_QUOTA=1000000",
	}
	if way == overHTTP {
		env = append(env, "TRAININGBOT_DINGTALK_MODE=webhook", "TRAININGBOT_DINGTALK_CARD_CALLBACK_SECRET=canary-of-the-cards",
			"TRAININGBOT_DINGTALK_EVENT_TOKEN="+set.EventToken, "TRAININGBOT_DINGTALK_EVENT_AES_KEY="+set.EncodingAESKey, "TRAININGBOT_PUBLIC_URL=http://127.0.0.1:1")
	}
	return env
}

// start adds one more replica; the newest one gets the callbacks, all of them what comes by Stream.
func (w *world) start() {
	// The address is known before there is a program behind it: cards are told where their presses go.
	door := httptest.NewUnstartedServer(nil)
	settings := w.settings()
	if settings.PublicURL != "" {
		settings.PublicURL = "http://" + door.Listener.Addr().String()
	}
	a, err := NewApp(context.Background(), AppOptions{Settings: settings, Now: w.clock, Open: os.ReadFile, CallsPerSecond: 1000,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))})
	if err != nil {
		w.t.Fatal(err)
	}
	door.Config.Handler = a.Handler()
	door.Start()
	w.apps, w.doors = append(w.apps, a), append(w.doors, door)
	if w.wecom != nil {
		w.wecom.SetCallback(door.URL + "/wecom/callback")
	}
	switch w.way {
	case overHTTP:
		w.dingtalk.SetRobotURL(door.URL + "/dingtalk/robot")
		w.dingtalk.SetEventURL(door.URL + "/dingtalk/event")
	case overStream, overBoth:
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); a.stream.Run(ctx) }()
		w.streams = append(w.streams, func() { cancel(); <-done })
		if err := w.dingtalk.WaitConnections(context.Background(), len(w.apps)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) stop() {
	for i, a := range w.apps {
		w.doors[i].Close()
		if a.stream != nil {
			w.streams[i]()
		}
		if err := a.idle(context.Background()); err != nil {
			w.t.Error(err)
		}
		if err := a.Close(); err != nil {
			w.t.Error(err)
		}
	}
	w.apps, w.doors, w.streams = nil, nil, nil
}

func (w *world) restart() error {
	n := len(w.apps)
	w.stop()
	for range n {
		w.start()
	}
	return w.tick()
}

func (w *world) replicas(n int) error {
	if strings.HasPrefix(w.url, "sqlite") {
		return nil // a SQLite file belongs to one process
	}
	for len(w.apps) < n {
		w.start()
	}
	return nil
}

func (w *world) importStaff(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := roster.Read(file, f)
	if err != nil {
		return err
	}
	w.users["生人"] = "shengren" // somebody of the company nobody has told us about
	w.phones.AddPerson(chattest.Person{UserID: "shengren", Name: "生人"})
	for n, r := range rows {
		for i, h := range r.Handles {
			if w.wecom == nil { // the stories' people have the same names there
				r.Handles[i].Platform = "dingtalk"
			}
			w.users[r.Name] = h.User
			w.phones.AddPerson(chattest.Person{UserID: h.User, Name: r.Name})
		}
		if w.way == overBoth && w.users[r.Name] != "" {
			rows[n].Handles = append(r.Handles, domain.Handle{Platform: "dingtalk", User: w.users[r.Name]})
			w.dingtalk.AddPerson(chattest.Person{UserID: w.users[r.Name], Name: r.Name})
		}
	}
	w.staff = make([]storage.StaffRow, len(rows))
	for i, r := range rows {
		w.staff[i] = storage.StaffRow(r)
	}
	return nil
}

// since sets the clock to the morning of the day from which the office runs the procedure, and
// imports the staff list then: nothing earlier is due.
func (w *world) since(day string) error {
	d, err := domain.ParseDate(day)
	if err != nil {
		return err
	}
	w.set(d.At(domain.Clock{Hour: 8}, w.zone()))
	_, err = w.apps[0].Store().ImportStaff(context.Background(), w.staff, w.clock())
	return err
}

// runUntil moves the clock through every due instant on the way, as the running program meets them.
func (w *world) runUntil(at time.Time) error {
	for w.clock().Before(at) {
		next := at
		due, err := w.nextDue(w.clock(), at)
		if err != nil {
			return err
		}
		if !due.IsZero() && due.Before(next) {
			next = due
		}
		w.set(next)
		if err := w.tick(); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) nextDue(from, to time.Time) (time.Time, error) {
	ctx := context.Background()
	offices, err := w.apps[0].Store().Offices(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var first time.Time
	for _, o := range offices {
		f, err := w.apps[0].Store().Facts(ctx, o.ID, from, to)
		if err != nil {
			return time.Time{}, err
		}
		for _, r := range w.apps[0].SOP().Timetable(f, domain.Window{From: from, To: to}) {
			if first.IsZero() || r.At.Before(first) {
				first = r.At
			}
		}
	}
	return first, nil
}

// tick lets every replica plan and deliver at the same time, and then until what was put back for a
// later try has had its second chance.
func (w *world) tick() error {
	now := w.clock()
	errs := make([]error, len(w.apps))
	var wg sync.WaitGroup
	for i, a := range w.apps {
		wg.Go(func() { errs[i] = a.Tick(context.Background(), now) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *world) asleepUntil(at time.Time) error {
	n := len(w.apps)
	w.stop()
	w.set(at)
	for range n {
		w.start()
	}
	return w.tick()
}

func (w *world) fail(what string) error {
	var n int
	var fault string
	if _, err := fmt.Sscan(what, &n, &fault); err != nil {
		return err
	}
	w.phones.FailSends(slices.Repeat([]chattest.Fault{chattest.Fault(fault)}, n)...)
	return nil
}

// act does something on a phone and lets the outbox carry what follows from it.
func (w *world) act(do func() chattest.Answer) error {
	a := do()
	if a.Err != nil {
		return a.Err
	}
	return w.tick()
}

func (w *world) say(user, text string) error {
	return w.act(func() chattest.Answer { return w.phones.UserSends(user, text) })
}

// sayAgain types once and has the platform deliver it three times; each delivery must be answered
// alike.
func (w *world) sayAgain(user, text string) error {
	w.phones.SetRedelivery(chattest.Redelivery{Again: 2})
	defer w.phones.SetRedelivery(chattest.Redelivery{})
	var got chattest.Answer
	if err := w.act(func() chattest.Answer { got = w.phones.UserSends(user, text); return got }); err != nil {
		return err
	}
	for _, x := range got.Attempts {
		if x.Kind != got.Attempts[0].Kind || x.Text != got.Attempts[0].Text {
			return fmt.Errorf("delivered again it is answered %q, at first %q", x.Text, got.Attempts[0].Text)
		}
	}
	return nil
}

func (w *world) click(user string, c chattest.Card, label string) error {
	for _, b := range c.Buttons {
		if b.Text == label {
			return w.act(func() chattest.Answer { return w.phones.StaleClick(user, c.TaskID, b.Key) })
		}
	}
	return fmt.Errorf("no button %s on %+v", label, c)
}

// testLog keeps what the program logged, for a failing test.
type testLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *testLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *testLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
