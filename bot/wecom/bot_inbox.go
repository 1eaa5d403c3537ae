package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// The sentences a bot says by itself.
const (
	sayFull   = "现在消息太多，您这条没有处理。请过一分钟再发一次。"
	sayFailed = "系统暂时有故障，您这条没有处理。请过几分钟再发一次。"
	sayAside  = "已私信回复您，请看您和我的单聊。"
)

// botConn is one open connection that is subscribed.
type botConn struct {
	bot     *Bot
	socket  *link.Socket
	evicted bool // set by the reader before it ends

	mu      sync.Mutex
	pending map[string]chan botFrame // what waits for its acknowledgement, by request id
}

// ask sends a frame and waits for its acknowledgement. When that does not come the platform may have
// done what it was asked.
func (c *botConn) ask(ctx context.Context, cmd, reqID string, body any, within time.Duration) (json.RawMessage, error) {
	raw, err := writeFrame(cmd, reqID, body)
	if err != nil {
		return nil, sendError(cmd, chat.Permanent, err)
	}
	got := make(chan botFrame, 1)
	c.mu.Lock()
	if _, busy := c.pending[reqID]; busy { // their acknowledgements could not be told apart
		c.mu.Unlock()
		return nil, sendError(cmd, chat.Retry, errors.New("an answer under this request id is under way"))
	}
	c.pending[reqID] = got
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, reqID)
		c.mu.Unlock()
	}()
	t := time.NewTimer(within)
	defer t.Stop()
	c.socket.Write(raw)
	why := "no acknowledgement"
	select {
	case f := <-got:
		if f.ErrCode == 0 {
			return f.Body, nil
		}
		if f.ErrCode == codeNotSubscribed { // the platform has forgotten us without saying so
			c.socket.End()
		}
		return nil, refusal(cmd, f.ErrCode, f.ErrMsg, c.bot.cfg.Secret)
	case <-t.C:
	case <-c.socket.Gone():
		why = "the connection was lost"
	case <-ctx.Done():
	}
	e := sendError(cmd, chat.Retry, errors.New(why))
	e.Ambiguous = true
	return nil, e
}

// read reads a connection to its end. It waits for nobody: acknowledgements come the same way.
func (b *Bot) read(c *botConn) {
	defer func() {
		c.socket.End()
		b.mu.Lock()
		if b.conn == c {
			b.conn = nil
		}
		b.mu.Unlock()
	}()
	for {
		raw, err := c.socket.Read()
		if err != nil {
			return
		}
		b.mu.Lock()
		b.state.Heard = b.now()
		b.mu.Unlock()
		var f botFrame
		if json.Unmarshal(raw, &f) != nil {
			b.faults.Warn("a frame that is no JSON", slog.Int("bytes", len(raw)))
			continue
		}
		switch f.Cmd {
		case "":
			c.acknowledged(f)
		case cmdMessage, cmdEvent:
			if b.taken(c, f) {
				return
			}
		}
	}
}

func (c *botConn) acknowledged(f botFrame) {
	c.mu.Lock()
	got := c.pending[f.Headers.ReqID]
	delete(c.pending, f.Headers.ReqID)
	c.mu.Unlock()
	if got != nil {
		got <- f
	}
}

// taken takes a callback into work. It says true when the platform gives our place to another.
func (b *Bot) taken(c *botConn, f botFrame) (evicted bool) {
	var in botInbound
	if json.Unmarshal(f.Body, &in) != nil {
		b.faults.Warn("callback refused", slog.String("cause", ErrEnvelope.Error()))
		return false
	}
	if f.Cmd == cmdEvent && in.Event.Type == "disconnected_event" {
		c.evicted = true
		return true
	}
	m, ok, err := in.message(b.cfg, b.now())
	if err != nil {
		b.faults.Warn("callback refused", slog.String("cause", err.Error()))
		return false
	}
	if !ok {
		return false
	}
	b.begin()
	go func() {
		defer b.done()
		defer func() {
			if p := recover(); p != nil {
				b.faults.Warn("panic", slog.String("value", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), b.cfg.HandleWithin)
		defer cancel()
		b.heardFrom(ctx, in.From.UserID)
		b.answer(ctx, c, f.Headers.ReqID, in, m)
	}()
	return false
}

// handled has a message handled. Since nobody delivers again, we do.
func (b *Bot) handled(ctx context.Context, m chat.Message) (chat.Reply, error) {
	within := b.cfg.AnswerWithin
	if m.Press != nil {
		within = min(within, DefaultPressWithin)
	}
	reply, err := b.flights.Answer(ctx, m, within)
	for _, wait := range b.again {
		if err == nil || errors.Is(err, link.ErrLate) || errors.Is(err, link.ErrFull) {
			break
		}
		link.Sleep(ctx, wait)
		reply, err = b.flights.Answer(ctx, m, within)
	}
	return reply, err
}

// answer has a callback handled and answers it under its request id; what that cannot carry, or what the
// platform did not take, is pushed.
func (b *Bot) answer(ctx context.Context, c *botConn, reqID string, in botInbound, m chat.Message) {
	reply, err := b.handled(ctx, m)
	switch {
	case errors.Is(err, link.ErrLate): // it is pushed when it is ready
	case errors.Is(err, link.ErrFull):
		b.excuse(ctx, c, reqID, in, sayFull)
	case err != nil:
		b.excuse(ctx, c, reqID, in, sayFailed)
	case m.Press != nil:
		if reply.Settle != nil {
			if err := b.settle(ctx, c, reqID, in.From.UserID, m.Press.Delivery, *reply.Settle); err != nil {
				b.faults.Warn("a pressed card was not replaced", slog.String("error", err.Error()))
			}
		}
		if reply.Text != "" || reply.Card != nil {
			b.flights.Push(m, 0)
		}
	case reply.IsZero():
	case in.group(): // among others nothing of a person's is said
		b.flights.Push(m, 0)
		b.excuse(ctx, c, reqID, in, sayAside)
	case reply.Text == "" || reply.Card != nil && len(reply.Card.Buttons) > 0:
		b.flights.Push(m, 0)
	default:
		if err := b.respond(ctx, c, reqID, reply.Text); err != nil {
			b.faults.Warn("an answer was not taken, it is pushed", slog.String("error", err.Error()))
			b.flights.Push(m, 0)
		}
	}
}

// excuse says something of the bot's own, for what it is worth. A press has no room for words.
func (b *Bot) excuse(ctx context.Context, c *botConn, reqID string, in botInbound, text string) {
	if in.MsgType == "event" {
		return
	}
	if err := b.respond(ctx, c, reqID, text); err != nil {
		b.faults.Warn("not said", slog.String("error", err.Error()))
	}
}
