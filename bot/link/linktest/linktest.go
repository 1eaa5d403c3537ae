// Package linktest is what the tests of all adapters have in common: a handler that remembers, a log that
// several goroutines write, and the wait for what happens by itself.
package linktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// ErrStore is what a handler gives when the database is away.
var ErrStore = errors.New("the database is away")

// Handle answers a message.
type Handle func(context.Context, chat.Message) (chat.Reply, error)

// Says answers every message with the same text.
func Says(text string) Handle {
	return func(context.Context, chat.Message) (chat.Reply, error) {
		return chat.Reply{Body: domain.Say(text)}, nil
	}
}

// Desk is a chat.Handler that remembers. The zero value answers nothing.
type Desk struct {
	mu      sync.Mutex
	handle  Handle
	handled []chat.Message
	pushed  []chat.Message
}

// NewDesk gives a desk that answers by f.
func NewDesk(f Handle) *Desk { return &Desk{handle: f} }

// Answers has messages answered by f from now on; nil: not at all.
func (d *Desk) Answers(f Handle) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handle = f
}

// Handle implements chat.Handler.
func (d *Desk) Handle(ctx context.Context, m chat.Message) (chat.Reply, error) {
	d.mu.Lock()
	d.handled = append(d.handled, m)
	f := d.handle
	d.mu.Unlock()
	if f == nil {
		return chat.Reply{}, nil
	}
	return f(ctx, m)
}

// Push implements chat.Handler.
func (d *Desk) Push(_ context.Context, m chat.Message, _ time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pushed = append(d.pushed, m)
	return nil
}

// Counts says how many messages were handled and how many pushed.
func (d *Desk) Counts() (handled, pushed int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.handled), len(d.pushed)
}

// Handled gives the messages that were handled, in order.
func (d *Desk) Handled() []chat.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]chat.Message(nil), d.handled...)
}

// Last gives the message that was handled last, the zero one when there is none.
func (d *Desk) Last() chat.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.handled) == 0 {
		return chat.Message{}
	}
	return d.handled[len(d.handled)-1]
}

// Log takes a log of several goroutines. The zero value is empty.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *Log) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *Log) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Eventually waits for something that happens by itself, and fails the test with the log when it never does.
func Eventually(t testing.TB, log fmt.Stringer, what string, true func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !true() {
		select {
		case <-deadline:
			t.Fatalf("%s: never\n%s", what, log)
		case <-tick.C:
		}
	}
}
