package demo

import (
	"errors"
	"sync"
	"time"
)

// Clock is the demo's time. It runs at real speed from the instant it was set to, can be held
// still, and only ever moves forward, as the office's log expects. It is safe for concurrent use.
type Clock struct {
	base func() time.Time

	mu    sync.Mutex
	set   time.Time // what the clock showed …
	since time.Time // … when base showed this
	held  bool
}

// ErrBackward is the refusal to move the clock into the past.
var ErrBackward = errors.New("the demo's clock only moves forward")

// NewClock makes a clock that stands at start until Run and then runs as base does.
func NewClock(base func() time.Time, start time.Time) *Clock {
	return &Clock{base: base, set: start, held: true}
}

// Now gives the demo's time in UTC, in whole microseconds as the databases keep it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now().UTC().Truncate(time.Microsecond)
}

func (c *Clock) now() time.Time {
	if c.held {
		return c.set
	}
	return c.set.Add(c.base().Sub(c.since))
}

// Hold moves the clock to t and keeps it there until Run, so that what is announced at t bears
// exactly that stamp. A t in the past is refused with ErrBackward and changes nothing.
func (c *Clock) Hold(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.Before(c.now()) {
		return ErrBackward
	}
	c.set, c.held = t, true
	return nil
}

// Run lets a held clock go on from where it stands.
func (c *Clock) Run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held {
		c.since, c.held = c.base(), false
	}
}
