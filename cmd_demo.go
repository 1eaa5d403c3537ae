package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"trainingbot/bot/chat/chattest"
	"trainingbot/bot/wecom"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
	"trainingbot/demo"
	"trainingbot/storage"
)

type demoCmd struct {
	Listen string `help:"Address of the page." default:"127.0.0.1:8080" placeholder:"ADDRESS"`
	At     string `help:"When the demo begins, e.g. 2026-12-09T08:55:00+08:00 (default: a training day in November 2026)." placeholder:"TIME"`
	Data   string `help:"Keep the office in this folder and go on with it next time (default: a new office each time)." placeholder:"DIR" type:"path"`
}

// Run plays the product: the bot on the embedded database, a WeCom of its own, a page with phones
// and a clock. Everything between the two goes over loopback HTTP as it would over the network.
func (x *demoCmd) Run(c *console) (err error) {
	dir := x.Data
	if dir == "" {
		if dir, err = os.MkdirTemp("", "trainingbot-demo-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	var lc net.ListenConfig
	page, err := lc.Listen(c.ctx, "tcp", x.Listen)
	if err != nil {
		return fmt.Errorf("%w (choose another address with --listen)", err)
	}
	defer page.Close()
	inside, err := lc.Listen(c.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer inside.Close()
	d, err := newDemo(c, dir, x.At, inside)
	if err != nil {
		return err
	}
	return errors.Join(d.run(c, page), d.close())
}

// playground is a running demo.
type playground struct {
	app    *App
	wecom  *wecomtest.Server
	clock  *demo.Clock
	world  demo.World
	begin  time.Time
	server *http.Server   // platform and bot, on one loopback port
	served sync.WaitGroup // the server's goroutine
}

// newDemo joins the product with its own WeCom and lets the sample office live up to the beginning.
func newDemo(c *console, dir, at string, inside net.Listener) (_ *playground, err error) {
	zone, err := time.LoadLocation(demo.Zone)
	if err != nil {
		return nil, err
	}
	d := &playground{}
	if d.begin, err = demoBegin(at, zone); err != nil {
		return nil, err
	}
	d.clock = demo.NewClock(c.now, demo.Origin(d.begin))
	now := d.clock.Now
	base := "http://" + inside.Addr().String()
	d.wecom = wecomtest.New(wecomtest.Options{Now: now, URL: base, Callback: base + "/wecom/callback"})
	settings, err := demoSettings(d.wecom.Settings(), dir)
	if err != nil {
		return nil, err
	}
	log := newLog(c.stderr, settings)
	if d.app, err = NewApp(c.ctx, AppOptions{Settings: settings, Now: now, Log: log, Open: c.open}); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	wire := demo.NewWire(d.clock)
	if d.server, err = d.serveInside(wire); err != nil {
		return nil, err
	}
	d.server.ErrorLog = newServer(nil, log).ErrorLog
	d.served.Go(func() { _ = d.server.Serve(inside) }) // ends with Close; a fault before shows as calls that fail
	d.world = demo.World{
		Office: demo.OfficeName, People: demo.People(), Cast: demo.Cast(), Zone: zone, Clock: d.clock, Phones: demoPhones{d.wecom},
		Since: demo.Eve(d.begin), Tick: d.app.Tick, Upcoming: d.upcoming, Facts: d.facts, Wire: wire, Log: log,
	}
	return d, d.populate(c.ctx, at != "")
}

// demoSettings are the product's settings for the demo's WeCom. Nothing of the machine's own
// settings is read: a demo must not touch a real office.
func demoSettings(w wecomtest.Settings, dir string) (configs.Settings, error) {
	return configs.Load("", []string{
		"TRAININGBOT_DATABASE_URL=sqlite:" + filepath.ToSlash(filepath.Join(dir, "trainingbot.db")),
		"TRAININGBOT_TIMEZONE=" + demo.Zone, "TRAININGBOT_LOG_LEVEL=warn", "TRAININGBOT_LOG_FORMAT=text",
		"TRAININGBOT_WECOM_CORP_ID=" + w.CorpID, "TRAININGBOT_WECOM_AGENT_ID=" + strconv.FormatInt(w.AgentID, 10),
		"TRAININGBOT_WECOM_SECRET=" + w.Secret, "TRAININGBOT_WECOM_TOKEN=" + w.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + w.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + w.BaseURL,
	}, os.ReadFile)
}

func demoBegin(at string, zone *time.Location) (time.Time, error) {
	if at == "" {
		at = demo.Begin
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, at, zone); err == nil {
			return t.In(zone), nil
		}
	}
	return time.Time{}, usagef("--at %q: want a time like 2026-12-09T08:55:00+08:00 or \"2026-12-09 08:55\"", at)
}

// serveInside puts platform and bot on one port, each behind the recorder.
func (d *playground) serveInside(wire *demo.Wire) (*http.Server, error) {
	s := d.wecom.Settings()
	codec, err := wecom.NewCodec(s.Token, s.EncodingAESKey, s.CorpID)
	if err != nil {
		return nil, err
	}
	open := func(q url.Values, body []byte) (string, error) {
		plain, err := codec.Open(q.Encode(), body)
		return string(plain), err
	}
	mux := http.NewServeMux()
	mux.Handle("/wecom/callback", wire.Callback(d.app.guard(d.app.Handler()), open))
	mux.Handle("/cgi-bin/", wire.Calls(d.wecom))
	return &http.Server{Handler: mux, ReadHeaderTimeout: 3 * time.Second}, nil
}

// populate makes the sample office, or goes on with the one the folder has.
func (d *playground) populate(ctx context.Context, chosen bool) error {
	var rows []storage.StaffRow
	for _, m := range demo.Staff() {
		d.wecom.AddMember(wecomtest.Member{UserID: m.User, Name: m.Name})
		rows = append(rows, storage.StaffRow{No: m.No, Name: m.Name, Office: demo.OfficeName, Roles: m.Roles, Since: m.Since,
			Shift: m.Shift, Handles: m.Handles(wecom.Name)})
	}
	known, err := d.app.Store().Offices(ctx)
	if err != nil {
		return err
	}
	if len(known) > 0 {
		last, err := d.app.Store().LastTick(ctx, "plan")
		if err != nil {
			return err
		}
		if chosen && d.begin.Before(last) {
			return fmt.Errorf("the office in this folder is at %s already: choose a later --at, or another folder", last.In(d.world.Zone).Format("2006-01-02 15:04"))
		}
		if !chosen {
			d.begin = last
		}
		d.world.Since = d.begin
		if err := d.clock.Hold(d.begin); err != nil && !errors.Is(err, demo.ErrBackward) {
			return err
		}
		d.clock.Run()
		return nil
	}
	if _, err := d.app.Store().ImportStaff(ctx, rows, d.clock.Now().In(d.world.Zone)); err != nil {
		return fmt.Errorf("sample office: %w", err)
	}
	return demo.Seed(ctx, d.world, d.begin)
}

// run serves the page until the process is told to stop.
func (d *playground) run(c *console, l net.Listener) error {
	p, err := demo.New(d.world)
	if err != nil {
		return err
	}
	d.wecom.OnShow(func(string, chattest.Shown) { p.Changed() })
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	server := newServer(p, d.world.Log)
	server.WriteTimeout = time.Minute // an answer that comes late is shown, not cut
	server.BaseContext = func(net.Listener) context.Context { return ctx }
	var wg sync.WaitGroup
	wg.Go(func() { p.Run(ctx) })
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // the page's streams have no end of their own
	defer stop()
	fmt.Fprintf(c.stdout, "演示已就绪，请用浏览器打开：http://%s/\nThe demo is ready: open the address above. Ctrl-C ends it.\n", l.Addr())
	err = server.Serve(l)
	cancel()
	wg.Wait()
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// close ends platform, bot and database.
func (d *playground) close() error {
	if d.server != nil {
		limit, cancel := context.WithTimeout(context.Background(), stopWithin)
		defer cancel()
		if d.server.Shutdown(limit) != nil {
			d.server.Close()
		}
		d.served.Wait()
		if err := d.app.callback.Wait(limit); err != nil {
			d.app.o.Log.Warn("messages still in work", "err", err)
		}
	}
	d.wecom.Close()
	return d.app.Close()
}

// demoPhones is the fake of a platform as the page sees it.
type demoPhones struct{ chattest.Fake }

// Say implements demo.Phones.
func (p demoPhones) Say(_ context.Context, user, text string) error {
	return p.UserSends(user, text).Err
}

// Press implements demo.Phones. The card is found by its place in the chat.
func (p demoPhones) Press(_ context.Context, user, message, key string) error {
	for _, s := range p.Fake.Inbox(user) {
		if s.Card != nil && shownID(s) == message {
			return p.Click(user, cmp.Or(s.Card.TaskID, s.MsgID), key).Err
		}
	}
	return errors.New("no such card on this phone")
}

// Inbox implements demo.Phones.
func (p demoPhones) Inbox(user string) []demo.Message {
	all := p.Fake.Inbox(user)
	out := make([]demo.Message, len(all))
	for i, s := range all {
		out[i] = demo.Message{ID: shownID(s), Mine: s.Own, At: s.At, Text: s.Text, Card: demoCard(s.Card)}
	}
	return out
}

func shownID(s chattest.Shown) string { return "m" + strconv.FormatInt(s.Seq, 10) }

// demoCard draws a card as the phone shows it: the platform greys the buttons and lets one sentence
// stand on them.
func demoCard(c *chattest.Card) *demo.Card {
	if c == nil {
		return nil
	}
	out := &demo.Card{Title: c.Title, Subtitle: c.Desc, Text: c.Text, Settled: c.Replaced}
	if c.State == chattest.Recalled {
		out.Settled = "已撤回"
	}
	for _, f := range c.Facts {
		out.Facts = append(out.Facts, demo.Fact{Label: f.Label, Value: f.Value})
	}
	for _, b := range c.Buttons {
		out.Buttons = append(out.Buttons, demo.Button{Key: b.Key, Label: b.Text, Style: demoStyle(b.Style), Off: c.State != chattest.Live})
	}
	return out
}

// demoStyle turns the platform's number of a button style back into a word.
func demoStyle(n int) string {
	switch n {
	case 1:
		return "primary"
	case 3, 4:
		return "danger"
	}
	return "plain"
}
