//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"trainingbot/bot"
	"trainingbot/bot/chat"
	"trainingbot/domain"
	"trainingbot/scheduler"
)

// step is a place between two steps of receive → commit → answer or of plan → claim → send → settle.
type step int

// The places, in the order in which one message and one delivery pass them.
const (
	received      step = iota // the request is read, nothing is opened
	handled                   // verified, decrypted, handed to the bot
	deciding                  // the transaction has read what it needs (or the memory was asked)
	decided                   // decided, nothing written yet
	committed                 // kept; nobody knows
	answering                 // the answer is made, not a byte is out
	answered                  // the answer is out
	promising                 // due notices are computed
	promised                  // they are in the outbox
	claiming                  // the worker looks for work
	claimed                   // rows are leased to it, nothing is sent
	sending                   // a call of the platform begins
	requested                 // the request is written, nothing is read: did they take it?
	sent                      // the platform has answered, nothing is written down
	settling                  // the outcome is about to be written down
	settled                   // it is
	numberOfSteps             // none
)

func (s step) String() string {
	return [...]string{"received", "handled", "deciding", "decided", "committed", "answering", "answered",
		"promising", "promised", "claiming", "claimed", "sending", "requested", "sent", "settling", "settled", "none"}[s]
}

// steps is a process that ends, or stands still, at one of its steps.
type steps struct {
	page   *page
	target step
	left   atomic.Int64  // times target is passed until it happens
	stop   bool          // SIGSTOP instead of SIGKILL
	events *os.File      // gets a byte when the process has begun to work, and another before it stops
	woken  chan struct{} // receives when a process that stood still may go on
	begun  sync.Once
}

// at passes a step, or does not.
func (s *steps) at(x step) {
	s.begun.Do(func() { s.events.Write([]byte{'b'}) })
	atomic.AddInt64(&s.page.words[pageHits+int(x)], 1)
	if x != s.target || s.left.Add(-1) != 0 {
		return
	}
	if s.stop {
		s.events.Write([]byte{'s'})
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		<-s.woken // this thread may be stopped a little later than it asked for
		return
	}
	atomic.StoreInt64(&s.page.words[pageKilled], int64(x)+1)
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way; not one more instruction of the program
}

// stepHandler is the way from the request to the bot.
type stepHandler struct {
	chat.Handler
	s *steps
}

func (h stepHandler) Handle(ctx context.Context, m chat.Message) (chat.Reply, error) {
	h.s.at(handled)
	return h.Handler.Handle(ctx, m)
}

// stepStore is the way from the bot to the storage.
type stepStore struct {
	bot.Store
	s *steps
}

func (l stepStore) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	a, err := l.Store.Change(ctx, c, func(v bot.View) (domain.Change, error) {
		l.s.at(deciding)
		ch, err := decide(v)
		l.s.at(decided)
		return ch, err
	})
	l.s.at(committed)
	return a, err
}

func (l stepStore) CheckIn(ctx context.Context, c bot.Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	a, err := l.Store.CheckIn(ctx, c, func(r domain.Roll) (domain.Change, error) {
		l.s.at(deciding)
		ch, err := decide(r)
		l.s.at(decided)
		return ch, err
	})
	l.s.at(committed)
	return a, err
}

// stepPlan is the way from the timetable to the outbox. It remembers what was promised for sure.
type stepPlan struct {
	scheduler.Store
	s *steps

	mu   *sync.Mutex
	keys map[string][]domain.PersonID // to whom
}

func (p stepPlan) Promise(ctx context.Context, notices []domain.Notice, now time.Time) (int, error) {
	p.s.at(promising)
	made, err := p.Store.Promise(ctx, notices, now)
	if err == nil {
		p.mu.Lock()
		for _, n := range notices {
			p.keys[n.Key] = n.To
		}
		p.mu.Unlock()
	}
	p.s.at(promised)
	return made, err
}

// stepOutbox is the way from the outbox to the worker and back.
type stepOutbox struct {
	scheduler.Outbox
	s *steps

	refused *atomic.Int64 // settlements that were not the worker's any more
}

func (o stepOutbox) Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, n int) ([]domain.Delivery, error) {
	o.s.at(claiming)
	ds, err := o.Outbox.Claim(ctx, owner, now, lease, n)
	if len(ds) > 0 {
		o.s.at(claimed)
	}
	return ds, err
}

func (o stepOutbox) Settle(ctx context.Context, d domain.Delivery, out domain.Outcome, now time.Time) (bool, error) {
	o.s.at(settling)
	ours, err := o.Outbox.Settle(ctx, d, out, now)
	if err == nil && !ours {
		o.refused.Add(1)
	}
	o.s.at(settled)
	return ours, err
}

// stepTransport is the way from the worker to the platform and back.
type stepTransport struct {
	http.RoundTripper
	s *steps
}

func (t stepTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.s.at(sending)
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { t.s.at(requested) }}
	resp, err := t.RoundTripper.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	t.s.at(sent)
	return resp, err
}

// stepListener gives connections that pass answering and answered.
type stepListener struct {
	net.Listener
	s *steps
}

func (l stepListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return stepConn{c, l.s}, nil
}

type stepConn struct {
	net.Conn
	s *steps
}

func (c stepConn) Write(b []byte) (int, error) {
	c.s.at(answering)
	n, err := c.Conn.Write(b)
	c.s.at(answered)
	return n, err
}

// stepServer passes received.
func stepServer(next http.Handler, s *steps) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.at(received)
		next.ServeHTTP(w, r)
	})
}

// parseStep reads a step's name.
func parseStep(name string) (step, error) {
	for s := range numberOfSteps {
		if s.String() == name {
			return s, nil
		}
	}
	if name == numberOfSteps.String() {
		return numberOfSteps, nil
	}
	return 0, fmt.Errorf("no step %q", name)
}
