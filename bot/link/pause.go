package link

import (
	"sync"
	"time"
)

// The pause after a used-up limit: its window is a minute or an hour, and the answer does not say.
const (
	FirstPause = time.Minute
	lastPause  = time.Hour
)

// Pauses remembers which APIs of a platform have a limit used up. Safe for concurrent use.
type Pauses struct {
	now func() time.Time

	mu     sync.Mutex
	pauses map[string]pause // by path
}

// pause is a used-up limit of one API.
type pause struct {
	until time.Time
	next  time.Duration // the next pause, if this one was too short
}

// NewPauses makes Pauses with none.
func NewPauses(now func() time.Time) *Pauses { return &Pauses{now: now, pauses: map[string]pause{}} }

// Left says how long an API is not to be called; at most zero when it may be.
func (c *Pauses) Left(path string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pauses[path].until.Sub(c.now())
}

// Begin stops an API for a while, longer each time in a row, and says for how long.
func (c *Pauses) Begin(path string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pauses[path]
	if left := p.until.Sub(c.now()); left > 0 { // calls under way together count once
		return left
	}
	d := max(p.next, FirstPause)
	c.pauses[path] = pause{until: c.now().Add(d), next: min(10*d, lastPause)}
	return d
}

// End forgets the pauses of an API that has answered.
func (c *Pauses) End(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A call that was under way when the limit was reached does not lift the pause.
	if p, ok := c.pauses[path]; ok && !c.now().Before(p.until) {
		delete(c.pauses, path)
	}
}
