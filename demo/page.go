package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

//go:embed static
var static embed.FS

// Page is the demo's page and what stands behind it. Make one with New, serve it as a handler and
// let Run drive it.
type Page struct {
	w     World
	begun time.Time // the demo's time when it began
	mux   http.Handler
	feed  feed
	move  mover
	poke  chan struct{}
	going sync.WaitGroup // moves under way

	ticking sync.Mutex // one Tick at a time

	mu      sync.Mutex
	trouble string // what went wrong behind the page last, for people
	soon    soon
	done    []bool // the steps of the guide that were ticked off
}

// New makes the page of a world.
func New(w World) (*Page, error) {
	if w.Clock == nil || w.Phones == nil || w.Tick == nil || w.Upcoming == nil || w.Zone == nil {
		return nil, errors.New("demo: the world has no clock, phones, tick, timetable or zone")
	}
	if len(w.Cast) != 3 || len(w.People) < 3 {
		return nil, errors.New("demo: the world needs three people on the phones")
	}
	if w.Log == nil {
		w.Log = slog.Default()
	}
	p := &Page{w: w, begun: w.Clock.Now(), poke: make(chan struct{}, 1)}
	for _, u := range w.Cast {
		if _, ok := p.person(u); !ok {
			return nil, fmt.Errorf("demo: %q is on a phone but not among the people", u)
		}
	}
	if w.Wire != nil {
		w.Wire.onChange(p.feed.bump)
	}
	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(rw, r, files, "index.html")
	})
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(files)))
	mux.HandleFunc("GET /state", p.serveState)
	mux.HandleFunc("GET /events", p.serveEvents)
	mux.HandleFunc("POST /say", p.serveSay)
	mux.HandleFunc("POST /press", p.servePress)
	mux.HandleFunc("POST /clock", p.serveClock)
	p.mux = guarded(http.NewCrossOriginProtection().Handler(mux))
	return p, nil
}

// guarded adds the headers that keep anything foreign out of the page.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		if !byAddress(r.Host) {
			http.Error(rw, "open the demo by its address, e.g. http://127.0.0.1:8080", http.StatusForbidden)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// byAddress says whether a Host header names a machine by address, or as localhost. Another name
// may be a foreign page's, pointed at this machine to get past the browser's rules (DNS rebinding).
func byAddress(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	return name == "localhost" || net.ParseIP(strings.Trim(name, "[]")) != nil
}

// ServeHTTP serves the page and its calls.
func (p *Page) ServeHTTP(rw http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(rw, r) }

// Changed tells the page that a phone shows something new. It returns at once.
func (p *Page) Changed() { p.feed.bump() }

// Run delivers what becomes due while the clock runs at its own speed, until ctx ends; then it
// waits for a move of the clock that is under way to stop.
func (p *Page) Run(ctx context.Context) {
	every := time.NewTicker(time.Second)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			p.halt()
			p.going.Wait()
			return
		case <-every.C:
		case <-p.poke:
		}
		p.note(p.tick(ctx))
	}
}

// tick does what is due, once at a time.
func (p *Page) tick(ctx context.Context) error {
	p.ticking.Lock()
	defer p.ticking.Unlock()
	return p.w.Tick(ctx, p.w.Clock.Now())
}

// note logs an error of the background and shows that there was one; nil clears it.
func (p *Page) note(err error) {
	text := ""
	if err != nil && !errors.Is(err, context.Canceled) {
		p.w.Log.Error("demo", "err", err)
		text = "后台出错了，详情在终端的日志里：" + err.Error()
	}
	p.mu.Lock()
	changed := p.trouble != text
	p.trouble = text
	p.mu.Unlock()
	if changed {
		p.feed.bump()
	}
}

// soonTick asks Run to deliver now what an answer has promised.
func (p *Page) soonTick() {
	select {
	case p.poke <- struct{}{}:
	default:
	}
}

func (p *Page) person(user string) (Person, bool) {
	for _, x := range p.w.People {
		if x.User == user {
			return x, true
		}
	}
	return Person{}, false
}

// The bounds of what the page takes.
const (
	maxLine = 2000
	maxBody = 16 << 10
	patient = 40 * time.Second // a slow answer and its redeliveries
)

type sayRequest struct{ User, Text string }

func (p *Page) serveSay(rw http.ResponseWriter, r *http.Request) {
	var q sayRequest
	if !p.read(rw, r, &q) {
		return
	}
	q.Text = strings.TrimSpace(q.Text)
	if _, ok := p.person(q.User); !ok || q.Text == "" || utf8.RuneCountInString(q.Text) > maxLine {
		refuse(rw, http.StatusBadRequest, "这句话发不出去：没有内容、太长，或没有这个人。")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patient)
	defer cancel()
	err := p.w.Phones.Say(ctx, q.User, q.Text)
	if err != nil {
		p.w.Log.Error("demo: a line did not get through", "user", q.User, "err", err)
	}
	p.after(rw, err)
}

type pressRequest struct{ User, Message, Key string }

func (p *Page) servePress(rw http.ResponseWriter, r *http.Request) {
	var q pressRequest
	if !p.read(rw, r, &q) {
		return
	}
	if _, ok := p.person(q.User); !ok || q.Message == "" || q.Key == "" {
		refuse(rw, http.StatusBadRequest, "没有这个按钮。")
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patient)
	defer cancel()
	err := p.w.Phones.Press(ctx, q.User, q.Message, q.Key)
	if err != nil {
		p.w.Log.Error("demo: a press did not get through", "user", q.User, "err", err)
	}
	p.after(rw, err)
}

// after answers a line or a press and has delivered what it promised to others.
func (p *Page) after(rw http.ResponseWriter, err error) {
	p.feed.bump()
	p.soonTick()
	if err != nil {
		refuse(rw, http.StatusBadGateway, "没有送达："+err.Error())
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

type clockRequest struct{ To string } // a shortcut, "next", "stop", or a date and time

func (p *Page) serveClock(rw http.ResponseWriter, r *http.Request) {
	var q clockRequest
	if !p.read(rw, r, &q) {
		return
	}
	if q.To == "stop" {
		p.halt()
		rw.WriteHeader(http.StatusNoContent)
		return
	}
	now := p.w.Clock.Now()
	var next *Coming
	if list := p.coming(r.Context(), now); len(list) > 0 {
		next = &list[0]
	}
	t, err := p.target(q.To, now, next)
	if err == nil {
		err = p.start(r.Context(), t)
	}
	if err != nil {
		refuse(rw, http.StatusConflict, err.Error())
		return
	}
	rw.WriteHeader(http.StatusAccepted)
}

// read decodes a small JSON body; a request that is not one is refused.
func (p *Page) read(rw http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		refuse(rw, http.StatusBadRequest, "请求看不懂。")
		return false
	}
	return true
}

// refuse answers with a sentence for people.
func refuse(rw http.ResponseWriter, status int, text string) {
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.WriteHeader(status)
	_ = json.NewEncoder(rw).Encode(map[string]string{"error": text}) // the reader may be gone
}
