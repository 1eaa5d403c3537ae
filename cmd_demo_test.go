package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/demo"
)

// openDemo makes a demo in dir on a base clock that stands still.
func openDemo(t *testing.T, dir, at string) (*playground, error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	c := &console{ctx: t.Context(), stderr: t.Output(), open: os.ReadFile, now: func() time.Time { return time.Unix(0, 0) }}
	return newDemo(c, dir, at, l)
}

func closeDemo(t *testing.T, d *playground) {
	t.Helper()
	if p := d.wecom.Problems(); len(p) > 0 {
		t.Errorf("the platform has to complain: %q", p)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
}

// The sample office begins with a session to open, a plan to write and reminders ahead, wherever
// in the year it begins; and every one of them has come over the wire.
func TestDemoBegins(t *testing.T) {
	// who is expected goes by the hour: those whose shift reaches it
	for at, expected := range map[string]int{"": 6, "2026-12-09T08:55:00+08:00": 3, "2026-02-27 14:50": 6, "2026-12-31T09:00": 3, "2025-03-03T07:30": 3} {
		t.Run(at, func(t *testing.T) {
			d, err := openDemo(t, t.TempDir(), at)
			if err != nil {
				t.Fatal(err)
			}
			defer closeDemo(t, d)
			now := d.clock.Now()
			f, err := d.facts(t.Context(), now)
			if err != nil {
				t.Fatal(err)
			}
			if f.Class == nil || f.Class.State != "planned" || f.Class.Lecturer != "王芳" || f.Class.Expected != expected ||
				f.Class.Start.Sub(now) > 15*time.Minute || f.Class.Start.Before(now) {
				t.Errorf("at %v the class is %+v", now, f.Class)
			}
			if len(f.Plans) != 1 || f.Plans[0].State != "approved" || f.Plans[0].Period != d.begin.Format("2006-01") {
				t.Errorf("plans: %+v", f.Plans)
			}
			next, err := d.upcoming(t.Context(), now, now.AddDate(0, 0, 40))
			if err != nil || len(next) < 3 || next[0].Clause == "" || next[0].Text == "" || len(next[0].To) == 0 {
				t.Errorf("upcoming: %v %+v", err, next[:min(3, len(next))])
			}
			var shown []demo.Message
			for _, m := range d.world.Phones.Inbox("lina") {
				if !m.At.Before(d.world.Since) {
					shown = append(shown, m)
				}
			}
			if len(shown) == 0 || !strings.Contains(shown[len(shown)-1].Text, "服务意识") {
				t.Errorf("the trainee's phone shows %+v", shown)
			}
		})
	}
}

// What was played stays in the folder; the clock goes on where it was and not before.
func TestDemoGoesOn(t *testing.T) {
	dir := t.TempDir()
	d, err := openDemo(t, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.world.Phones.Say(t.Context(), "wangfang", "拟计划"); err != nil {
		t.Fatal(err)
	}
	later := d.clock.Now().Add(48 * time.Hour)
	if err := d.clock.Hold(later); err != nil {
		t.Fatal(err)
	}
	if err := d.app.Tick(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	closeDemo(t, d)
	if d, err := openDemo(t, dir, demo.Begin); err == nil || !strings.Contains(err.Error(), "2026-11-26 14:50 already") {
		t.Errorf("a beginning before what was played: %v, %v", d, err)
	}
	if d, err = openDemo(t, dir, ""); err != nil {
		t.Fatal(err)
	}
	defer closeDemo(t, d)
	f, err := d.facts(t.Context(), d.clock.Now())
	if err != nil || !d.clock.Now().Equal(later) || len(f.Plans) != 2 {
		t.Errorf("opened again at %v with %+v, %v", d.clock.Now(), f.Plans, err)
	}
}

func TestDemoBeginRefusals(t *testing.T) {
	for _, at := range []string{"soon", "2026-13-01", "2026-12-09"} {
		if _, err := openDemo(t, t.TempDir(), at); err == nil || !strings.Contains(err.Error(), "--at") {
			t.Errorf("--at %q: %v", at, err)
		}
	}
}

// The command itself: it says where it listens, serves the page, and stops when told.
func TestDemoCommand(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	var wg sync.WaitGroup
	var errs bytes.Buffer
	code := -1
	wg.Go(func() {
		code = run(ctx, []string{"demo", "--listen", "127.0.0.1:0"}, nil, strings.NewReader(""), in, &errs, clock)
		_ = in.CloseWithError(io.EOF)
	})
	b := make([]byte, 200)
	n, err := out.Read(b)
	url := regexp.MustCompile(`http://\S+/`).FindString(string(b[:n]))
	if err != nil || url == "" {
		t.Fatalf("no address: %v %q %s", err, b[:n], errs.String())
	}
	res, err := http.Get(url + "state")
	if err != nil {
		t.Fatal(err)
	}
	var state struct{ Office string }
	err = json.NewDecoder(res.Body).Decode(&state)
	_ = res.Body.Close()
	if err != nil || state.Office != demo.OfficeName {
		t.Errorf("the page's state: %v %+v", err, state)
	}
	stop()
	go func() { _, _ = io.Copy(io.Discard, out) }()
	wg.Wait()
	if code != exitDone || errs.Len() > 0 {
		t.Errorf("ended with %d: %s", code, errs.String())
	}
}
