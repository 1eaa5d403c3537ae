package link

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// desk is a chat.Handler that answers when it is released.
type desk struct {
	release         chan struct{}
	handled, pushed atomic.Int32
}

func (d *desk) Handle(context.Context, chat.Message) (chat.Reply, error) {
	d.handled.Add(1)
	<-d.release
	return chat.Reply{Body: domain.Say("好")}, nil
}

func (d *desk) Push(context.Context, chat.Message, time.Duration) error {
	d.pushed.Add(1)
	return nil
}

// TestLandedAtTheLastMoment: the answer came between the end of the wait and the leaving; whoever
// leaves last has it pushed, unless another was answered.
func TestLandedAtTheLastMoment(t *testing.T) {
	for _, row := range []struct {
		waiting, leaving int
		pushed           int32
	}{{1, 1, 1}, {2, 2, 1}, {2, 1, 0}} {
		d := &desk{release: make(chan struct{})}
		c := NewFlights(FlightOptions{Handler: d, Within: time.Minute, Most: 8,
			Faults: NewLog(slog.New(slog.DiscardHandler), func() time.Time { return time.Time{} }, "x", 1)})
		m := chat.Message{ID: "m"}
		var f *flight
		for range row.waiting {
			f, _ = c.board(context.Background(), m)
		}
		close(d.release)
		<-f.done
		for range row.leaving {
			c.leave(m, f)
		}
		_ = c.Wait(context.Background())
		if handled, pushed := d.handled.Load(), d.pushed.Load(); handled != 1 || pushed != row.pushed {
			t.Errorf("%+v: %d handled, %d pushed", row, handled, pushed)
		}
	}
}
