package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// pageState is everything the page draws.
type pageState struct {
	Version int64            `json:"v"`
	Office  string           `json:"office"`
	Clock   clockState       `json:"clock"`
	People  []personState    `json:"people"`
	Cast    []string         `json:"cast"`
	Phones  map[string]phone `json:"phones"`
	Coming  []Coming         `json:"coming"`
	Guide   []step           `json:"guide"`
	Class   *Class           `json:"class"`
	Wire    *wireState       `json:"wire"`
	Trouble string           `json:"trouble,omitempty"`
}

type clockState struct {
	Now    int64   `json:"now"`    // milliseconds since 1970
	Offset int     `json:"offset"` // seconds east of Greenwich
	Moving *moving `json:"moving"`
	Jumps  []jump  `json:"jumps"`
}

type personState struct {
	Person
	Count int `json:"count"` // messages on the phone, for the mark of what is unread
}

type phone struct {
	Messages []Message `json:"messages"`
	Earlier  int       `json:"earlier"` // older ones that are left out
	Chips    []chip    `json:"chips"`
}

const (
	shownMessages = 80
	shownComing   = 3
	horizon       = 60 * 24 * time.Hour // how far the strip looks ahead
)

// soon keeps what the strip and the guide show, so that many readers cost one look.
type soon struct {
	version int64
	at      time.Time
	coming  []Coming
	facts   Facts
	fresh   bool
}

// serveState gives the state; u names the phones that are looked at (repeated), wire=1 adds the exchanges.
func (p *Page) serveState(rw http.ResponseWriter, r *http.Request) {
	version, _ := p.feed.at() // before anything is read, so that nothing is missed
	now := p.w.Clock.Now()
	q := r.URL.Query()
	coming, facts := p.ahead(r.Context(), version, now)
	s := pageState{Version: version, Office: p.w.Office, Cast: p.w.Cast, Phones: map[string]phone{},
		Coming: coming[:min(len(coming), shownComing)], Guide: p.guide(facts, now), Class: facts.Class,
		Clock: clockState{Now: now.UnixMilli(), Moving: p.progress(now), Jumps: jumps(now, p.w.Zone)}}
	_, s.Clock.Offset = now.In(p.w.Zone).Zone()
	if p.w.Wire != nil {
		s.Wire = p.w.Wire.state(q.Get("wire") == "1")
	}
	users := q["u"]
	if len(users) == 0 {
		users = p.w.Cast
	}
	for _, u := range users {
		if who, ok := p.person(u); ok {
			all := p.messages(u)
			cut := max(0, len(all)-shownMessages)
			s.Phones[u] = phone{Messages: all[cut:], Earlier: cut, Chips: p.chips(who, facts, now)}
		}
	}
	for _, x := range p.w.People {
		s.People = append(s.People, personState{x, p.count(x.User)})
	}
	p.mu.Lock()
	s.Trouble = p.trouble
	p.mu.Unlock()
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	rw.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(rw).Encode(s) // the reader may be gone
}

// messages gives what a phone shows since the demo began.
func (p *Page) messages(user string) []Message {
	out := []Message{}
	for _, m := range p.w.Phones.Inbox(user) {
		if !m.At.Before(p.w.Since) {
			m.Ms = m.At.UnixMilli()
			out = append(out, m)
		}
	}
	return out
}

// count gives how many messages of the bot a phone shows.
func (p *Page) count(user string) int {
	n := 0
	for _, m := range p.w.Phones.Inbox(user) {
		if !m.Mine && !m.At.Before(p.w.Since) {
			n++
		}
	}
	return n
}

// ahead gives what is coming and how far the office is, kept for a second of the demo's time as
// long as nothing changes.
func (p *Page) ahead(ctx context.Context, version int64, now time.Time) ([]Coming, Facts) {
	p.mu.Lock()
	kept := p.soon
	p.mu.Unlock()
	if kept.fresh && kept.version == version && now.Sub(kept.at) < time.Second {
		return kept.coming, kept.facts
	}
	s := soon{version: version, at: now, coming: p.coming(ctx, now), fresh: true}
	if p.w.Facts != nil {
		f, err := p.w.Facts(ctx, now)
		if err != nil {
			p.w.Log.Error("demo: facts", "err", err)
			f = kept.facts
		}
		s.facts = f
	}
	if c := s.facts.Class; c != nil {
		c.Ms = c.Start.UnixMilli()
		if c.Present == nil {
			c.Present = []string{} // an empty list, not null, for the page
		}
	}
	p.mu.Lock()
	p.soon = s
	p.mu.Unlock()
	return s.coming, s.facts
}

// coming lists what is announced within the horizon.
func (p *Page) coming(ctx context.Context, now time.Time) []Coming {
	list, err := p.w.Upcoming(ctx, now, now.Add(horizon))
	if err != nil {
		p.w.Log.Error("demo: what is coming", "err", err)
		return []Coming{}
	}
	out := make([]Coming, 0, len(list))
	for _, c := range list {
		if c.At.After(now) {
			c.Ms = c.At.UnixMilli()
			out = append(out, c)
		}
	}
	return out
}

// The rhythm of the live feed.
const (
	quiet = 15 * time.Second      // a sign of life when nothing changes
	pause = 40 * time.Millisecond // changes within it are told as one
)

// serveEvents tells, as server-sent events, the version each time something has changed.
func (p *Page) serveEvents(rw http.ResponseWriter, r *http.Request) {
	c := http.NewResponseController(rw)
	_ = c.SetWriteDeadline(time.Time{}) // the stream outlives the server's limit for an answer
	h := rw.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	for ctx := r.Context(); ; {
		version, changed := p.feed.at()
		if _, err := fmt.Fprintf(rw, "retry: 1000\ndata: %d\n\n", version); err != nil {
			return
		}
		if c.Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(quiet):
		}
		select { // let the changes of one moment gather
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}
