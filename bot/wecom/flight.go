package wecom

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// exchange is one delivery of a message, waiting for its answer.
type exchange struct {
	m     chat.Message
	codec *Codec
	nonce string
	user  string // as the platform spells it
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

	// Guarded by Callback.mu.
	waiting int // deliveries that have not given up
}

// answer runs the handler, or joins the run that is under way, and responds.
func (c *Callback) answer(w http.ResponseWriter, r *http.Request, x exchange) {
	f, ok := c.board(r.Context(), x.m)
	if !ok {
		// A 503 is redelivered under one reading of the documents only, a cut connection under both.
		c.faults.warn("too many messages in work", slog.Int("limit", c.cfg.MaxInFlight))
		panic(http.ErrAbortHandler)
	}
	timer := time.NewTimer(c.cfg.AnswerWithin)
	defer timer.Stop()
	select {
	case <-f.done:
		if f.err != nil {
			// Nothing was kept. Only a cut connection is redelivered for sure.
			panic(http.ErrAbortHandler)
		}
		c.respond(w, r, x, f.reply)
	case <-timer.C:
		c.leave(x.m, f)
		panic(http.ErrAbortHandler)
	case <-r.Context().Done():
		c.leave(x.m, f)
		panic(http.ErrAbortHandler)
	}
}

// board joins the flight of a message or starts it. Without ok there are too many.
func (c *Callback) board(ctx context.Context, m chat.Message) (*flight, bool) {
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
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.cfg.HandleWithin)
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
func (c *Callback) fly(ctx context.Context, m chat.Message, f *flight) {
	f.reply, f.err = c.handle(ctx, m)
	if f.err != nil {
		c.faults.warn("message not handled, waiting for its redelivery",
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
		c.push(context.WithoutCancel(ctx), m)
	}
}

// leave takes a delivery that waited too long off its flight. If the flight has just landed there
// is nobody else to push the answer.
func (c *Callback) leave(m chat.Message, f *flight) {
	c.mu.Lock()
	f.waiting--
	last := f.waiting == 0
	landed := c.flights[keyOf(m)] != f
	c.mu.Unlock()
	if last && landed && f.err == nil && !f.reply.IsZero() { // landed: the lock made both visible
		c.pushLater(m)
	}
}

// pushLater pushes when a response could not carry the answer.
func (c *Callback) pushLater(m chat.Message) {
	c.work.Go(func() { c.push(context.Background(), m) })
}

func (c *Callback) push(ctx context.Context, m chat.Message) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.HandleWithin)
	defer cancel()
	if err := c.handler.Push(ctx, m); err != nil {
		c.faults.warn("answer not promised", slog.String("message", string(m.ID)), slog.String("error", err.Error()))
	}
}

// handle calls the handler; its panic is an error like any other, since the goroutine is ours.
func (c *Callback) handle(ctx context.Context, m chat.Message) (reply chat.Reply, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.handler.Handle(ctx, m)
}

// respond writes what the response can carry of the answer, and has the rest pushed.
func (c *Callback) respond(w http.ResponseWriter, r *http.Request, x exchange, reply chat.Reply) {
	plain, rest := passive(c.cfg.CorpID, x, reply, c.now())
	if rest {
		c.pushLater(x.m)
	}
	if plain == nil {
		return // the empty 200
	}
	out := x.codec.Seal(plain, c.now().Unix(), x.nonce)
	w.Header()["Content-Type"] = []string{"text/xml; charset=utf-8"}
	if _, err := w.Write(out); err != nil || r.Context().Err() != nil {
		c.pushLater(x.m)
	}
}
