package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// Why a delivery of a message goes without the handler's answer.
var (
	ErrFull = errors.New("too many messages in work")
	ErrLate = errors.New("the answer is not ready yet; it is pushed when it is")
)

// Flights are the messages in work. Whatever the number of deliveries of a message, its handler runs
// once at a time, and all of them wait for that run; when nobody waits any more, the answer is pushed.
// Safe for concurrent use.
type Flights struct {
	o     FlightOptions
	slots chan struct{} // one per message in work
	work  sync.WaitGroup

	mu      sync.Mutex
	flights map[flightKey]*flight
}

// FlightOptions are the parts of Flights. All are required but PushIn.
type FlightOptions struct {
	Handler chat.Handler
	Within  time.Duration // the deadline of the handler's context
	Most    int           // messages in work at a time
	// PushIn is how long a late answer waits before it is pushed, so that a redelivery that is
	// answered in time can cancel it.
	PushIn time.Duration
	Faults *Log
}

// NewFlights makes Flights with nothing in work.
func NewFlights(o FlightOptions) *Flights {
	return &Flights{o: o, slots: make(chan struct{}, o.Most), flights: map[flightKey]*flight{}}
}

// flightKey names a message in work. The update token is part of it: a redelivery may carry a new
// one, and the handler must see that.
type flightKey struct {
	id    domain.MessageID
	token string
}

// flight is one run of the handler, with all deliveries of its message that wait for it.
type flight struct {
	done  chan struct{} // closed when reply and err stand
	reply chat.Reply
	err   error

	// Guarded by Flights.mu.
	waiting int // deliveries that have not given up
}

// Answer runs the handler, or joins the run that is under way, and gives its answer if it is ready
// in time. Otherwise the error is ErrFull (nothing was begun), ErrLate (the time is over or the caller
// has gone; the work goes on) or the handler's own (nothing was kept).
func (c *Flights) Answer(ctx context.Context, m chat.Message, within time.Duration) (chat.Reply, error) {
	f, ok := c.board(ctx, m)
	if !ok {
		c.o.Faults.Warn("too many messages in work", slog.Int("limit", c.o.Most))
		return chat.Reply{}, ErrFull
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-f.done:
		return f.reply, f.err
	case <-timer.C:
	case <-ctx.Done():
	}
	c.leave(m, f)
	return chat.Reply{}, ErrLate
}

// Push has the kept answer of a message pushed after a while, because no response could carry it.
func (c *Flights) Push(m chat.Message, in time.Duration) {
	c.work.Go(func() {
		if err := c.Promise(context.Background(), m, in); err != nil {
			c.o.Faults.Warn("answer not promised", slog.String("message", string(m.ID)), slog.String("error", err.Error()))
		}
	})
}

// Go does something beside the messages, with their deadline; Wait waits for it too.
func (c *Flights) Go(do func(context.Context)) {
	c.work.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), c.o.Within)
		defer cancel()
		do(ctx)
	})
}

// Promise is Push, done when it returns.
func (c *Flights) Promise(ctx context.Context, m chat.Message, in time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.Within)
	defer cancel()
	return c.o.Handler.Push(ctx, m, in)
}

// Wait waits until no message is in work, those whose caller has gone included. Call it after the
// last message came in.
func (c *Flights) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() { c.work.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// board joins the flight of a message or starts it. Without ok there are too many.
func (c *Flights) board(ctx context.Context, m chat.Message) (*flight, bool) {
	key := keyOf(m)
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil {
		f.waiting++
		return f, true
	}
	select {
	case c.slots <- struct{}{}:
	default:
		return nil, false
	}
	f := &flight{done: make(chan struct{}), waiting: 1}
	c.flights[key] = f
	// The work goes on when the platform hangs up, but not for ever.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.o.Within)
	c.work.Go(func() {
		defer cancel()
		c.fly(ctx, m, f)
	})
	return f, true
}

func keyOf(m chat.Message) flightKey {
	key := flightKey{id: m.ID}
	if m.Press != nil {
		key.token = m.Press.UpdateToken
	}
	return key
}

// fly runs the handler and pushes the answer if nobody is left to take it.
func (c *Flights) fly(ctx context.Context, m chat.Message, f *flight) {
	f.reply, f.err = c.handle(ctx, m)
	if f.err != nil {
		c.o.Faults.Warn("message not handled, waiting for its redelivery",
			slog.String("message", string(m.ID)), slog.String("error", f.err.Error()))
	}
	c.mu.Lock()
	// In one step, so that a copy that comes now finds the flight or its place.
	delete(c.flights, keyOf(m))
	<-c.slots
	abandoned := f.waiting == 0
	c.mu.Unlock()
	close(f.done)
	if abandoned && f.err == nil && !f.reply.IsZero() {
		c.Push(m, c.o.PushIn)
	}
}

// leave takes a delivery that waited too long off its flight. If the flight has just landed there
// is nobody else to push the answer.
func (c *Flights) leave(m chat.Message, f *flight) {
	c.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	landed := c.flights[keyOf(m)] != f
	c.mu.Unlock()
	if last && landed && f.err == nil && !f.reply.IsZero() { // landed: the lock made both visible
		c.Push(m, c.o.PushIn)
	}
}

// handle calls the handler; its panic is an error like any other, since the goroutine is ours.
func (c *Flights) handle(ctx context.Context, m chat.Message) (reply chat.Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.o.Handler.Handle(ctx, m)
}
