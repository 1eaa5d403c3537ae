package demo

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The bounds of one move of the clock.
const (
	farthest = 400 * 24 * time.Hour // a year and a month: enough for every deadline of the procedure
	stride   = 14 * 24 * time.Hour  // how far ahead of the clock the due instants are asked for
)

// mover takes the clock forward through every instant at which something is due, so that what is
// announced on the way comes in its order and with its own time stamp.
type mover struct {
	mu     sync.Mutex
	active bool
	from   time.Time
	to     time.Time
	stop   context.CancelFunc
}

// moving is the progress of a move for the page.
type moving struct {
	To    int64   `json:"to"`
	Share float64 `json:"share"` // 0 … 1 of the way
}

var (
	errBusy = errors.New("时钟正在走，请等它到达，或先点「停在这里」。")
	errFar  = errors.New("一次最多往前走 400 天。")
	errPast = errors.New("时钟只能往前走。想从过去的某一天看起，请用 --at 重新启动演示。")
)

// start begins a move to t in the background.
func (p *Page) start(ctx context.Context, t time.Time) error {
	now := p.w.Clock.Now()
	switch {
	case t.Before(now):
		return errPast
	case t.Sub(now) > farthest:
		return errFar
	}
	p.move.mu.Lock()
	defer p.move.mu.Unlock()
	if p.move.active {
		return errBusy
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	p.move.active, p.move.from, p.move.to, p.move.stop = true, now, t, stop
	p.going.Add(1)
	go func() {
		defer p.going.Done()
		defer stop()
		err := p.walk(ctx, t)
		p.w.Clock.Run()
		p.move.mu.Lock()
		p.move.active = false
		p.move.mu.Unlock()
		if !errors.Is(err, context.Canceled) {
			p.note(err)
		}
		p.feed.bump()
	}()
	p.feed.bump()
	return nil
}

// walk steps the clock to each due instant up to t and then to t itself.
func (p *Page) walk(ctx context.Context, t time.Time) error {
	for at := p.w.Clock.Now(); at.Before(t); {
		end := at.Add(stride)
		if end.After(t) {
			end = t
		}
		due, err := p.w.Upcoming(ctx, at, end)
		if err != nil {
			return err
		}
		for _, c := range due {
			if c.At.After(at) && c.At.Before(end) {
				at = c.At
				if err := p.step(ctx, at); err != nil {
					return err
				}
			}
		}
		at = end
		if err := p.step(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// step holds the clock at t and does what is due then.
func (p *Page) step(ctx context.Context, t time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if now := p.w.Clock.Now(); t.Before(now) {
		t = now
	}
	if err := p.w.Clock.Hold(t); err != nil && !errors.Is(err, ErrBackward) {
		return err
	}
	err := p.tick(ctx)
	p.feed.bump()
	return err
}

// halt stops a move where it is.
func (p *Page) halt() {
	p.move.mu.Lock()
	defer p.move.mu.Unlock()
	if p.move.active {
		p.move.stop()
	}
}

// progress gives the move under way, or nil.
func (p *Page) progress(now time.Time) *moving {
	p.move.mu.Lock()
	defer p.move.mu.Unlock()
	if !p.move.active {
		return nil
	}
	share := 1.0
	if all := p.move.to.Sub(p.move.from); all > 0 {
		share = float64(now.Sub(p.move.from)) / float64(all)
	}
	return &moving{To: p.move.to.UnixMilli(), Share: min(1, share)}
}
