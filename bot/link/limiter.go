package link

import (
	"context"
	"sync"
	"time"
)

// Limiter counts events per key, so that a person gets no more messages than the platform delivers:
// what is beyond is dropped there without a word. Shared by the replicas through Redis or kept in
// memory (NewMemoryLimiter). Implementations are safe for concurrent use.
type Limiter interface {
	// Allow books one event under key, unless that would make more than limit within the last window;
	// then nothing is booked, and after retryAfter there is room. It may err on the quiet side.
	// The limit is at least 1. An error means that the count is unknown; the caller then counts alone.
	Allow(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error)
}

// MemoryLimiter is a Limiter of one process: exact, over a sliding window.
type MemoryLimiter struct {
	now func() time.Time

	mu     sync.Mutex
	counts map[countKey]*count
	sweep  time.Time
}

type countKey struct {
	key    string
	window time.Duration
}

// count is a ring of the instants of the newest events.
type count struct {
	at   []time.Time
	next int
}

// NewMemoryLimiter makes an empty limiter on a clock.
func NewMemoryLimiter(now func() time.Time) *MemoryLimiter {
	return &MemoryLimiter{now: now, counts: map[countKey]*count{}}
}

// Allow implements Limiter. It never gives an error.
func (l *MemoryLimiter) Allow(_ context.Context, key string, limit int, window time.Duration) (bool, time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.forget(now)
	k := countKey{key, window}
	c := l.counts[k]
	if c == nil {
		c = &count{}
		l.counts[k] = c
	}
	if len(c.at) < limit {
		c.at = append(c.at, now)
		return true, 0, nil
	}
	// The ring holds the newest limit events; the oldest of them must have left the window.
	if free := c.at[c.next].Add(window); now.Before(free) {
		return false, free.Sub(now), nil
	}
	c.at[c.next] = now
	c.next = (c.next + 1) % len(c.at)
	return true, 0, nil
}

// forget drops, at most once a minute, the keys whose newest event has left its window.
func (l *MemoryLimiter) forget(now time.Time) {
	if now.Before(l.sweep) {
		return
	}
	l.sweep = now.Add(time.Minute)
	for k, c := range l.counts {
		newest := c.at[(c.next+len(c.at)-1)%len(c.at)]
		if !now.Before(newest.Add(k.window)) {
			delete(l.counts, k)
		}
	}
}
