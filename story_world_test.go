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

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/roster"
	"trainingbot/storage"
)

// world is the whole product on one database with the fake WeCom, under a clock that stands still
// until it is set.
type world struct {
	t     *testing.T
	url   string
	wecom *wecomtest.Server
	users map[string]string // name to platform id
	staff []storage.StaffRow
	log   *testLog

	mu   sync.Mutex
	time time.Time

	apps  []*App
	doors []*httptest.Server
}

func newWorld(t *testing.T, url string) *world {
	w := &world{t: t, url: url, users: map[string]string{}, log: &testLog{}, time: time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)}
	w.wecom = wecomtest.New(wecomtest.Options{Now: w.clock})
	t.Cleanup(w.wecom.Close)
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
	set := w.wecom.Settings()
	s, err := configs.Load("", []string{
		"TRAININGBOT_DATABASE_URL=" + w.url, "TRAININGBOT_DATABASE_AUTO_MIGRATE=true",
		"TRAININGBOT_WECOM_CORP_ID=" + set.CorpID, fmt.Sprintf("TRAININGBOT_WECOM_AGENT_ID=%d", set.AgentID),
		"TRAININGBOT_WECOM_SECRET=" + set.Secret, "TRAININGBOT_WECOM_TOKEN=" + set.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + set.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + set.BaseURL,
	}, os.ReadFile)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// start adds one more replica; the newest one gets the callbacks.
func (w *world) start() {
	a, err := NewApp(context.Background(), AppOptions{Settings: w.settings(), Now: w.clock, Open: os.ReadFile,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))})
	if err != nil {
		w.t.Fatal(err)
	}
	door := httptest.NewServer(a.Handler())
	w.apps, w.doors = append(w.apps, a), append(w.doors, door)
	w.wecom.SetCallback(door.URL + "/wecom/callback")
}

func (w *world) stop() {
	for i, a := range w.apps {
		w.doors[i].Close()
		if a.callback != nil {
			if err := a.callback.Wait(context.Background()); err != nil {
				w.t.Error(err)
			}
		}
		if err := a.Close(); err != nil {
			w.t.Error(err)
		}
	}
	w.apps, w.doors = nil, nil
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
	w.wecom.AddMember(wecomtest.Member{UserID: "shengren", Name: "生人"})
	for _, r := range rows {
		for _, h := range r.Handles {
			w.users[r.Name] = h.User
			w.wecom.AddMember(wecomtest.Member{UserID: h.User, Name: r.Name})
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
	w.wecom.Fail("/cgi-bin/message/send", slices.Repeat([]wecomtest.Fault{wecomtest.Fault(fault)}, n)...)
	return nil
}

// act does something on a phone and lets the outbox carry what follows from it.
func (w *world) act(do func() wecomtest.Answer) error {
	a := do()
	if a.Err != nil {
		return a.Err
	}
	return w.tick()
}

func (w *world) say(user, text string) error {
	return w.act(func() wecomtest.Answer { return w.wecom.UserSends(user, text) })
}

// sayAgain types once and has the platform deliver it three times; each delivery must be answered
// alike.
func (w *world) sayAgain(user, text string) error {
	w.wecom.SetRedelivery(wecomtest.Redelivery{Again: 2})
	defer w.wecom.SetRedelivery(wecomtest.Redelivery{})
	var got wecomtest.Answer
	if err := w.act(func() wecomtest.Answer { got = w.wecom.UserSends(user, text); return got }); err != nil {
		return err
	}
	for _, x := range got.Attempts {
		if x.Kind != got.Attempts[0].Kind || x.Text != got.Attempts[0].Text {
			return fmt.Errorf("delivered again it is answered %q, at first %q", x.Text, got.Attempts[0].Text)
		}
	}
	return nil
}

func (w *world) click(user string, c wecomtest.Card, label string) error {
	for _, b := range c.Buttons {
		if b.Text == label {
			return w.act(func() wecomtest.Answer { return w.wecom.StaleClick(user, c.TaskID, b.Key) })
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
