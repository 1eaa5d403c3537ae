package storage

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// localLimiter is Redis.Allow without Redis: the same buckets, in memory, on a clock, so that the law
// of their sizes can be tried. Safe for concurrent use.
type localLimiter struct {
	now func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
	sweep   time.Time
}

type bucketKey struct {
	key    string
	limit  int
	window time.Duration
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

// newLocalLimiter makes an empty limiter on a clock.
func newLocalLimiter(now func() time.Time) *localLimiter {
	return &localLimiter{now: now, buckets: map[bucketKey]*bucket{}}
}

// Allow books one event under key unless that could make more than limit within any window; then
// after retryAfter there is room. It never gives an error.
func (l *localLimiter) Allow(_ context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error) {
	if limit <= 0 || window <= 0 {
		return false, window, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.forget(now)
	k := bucketKey{key, limit, window}
	b := l.buckets[k]
	if b == nil {
		burst, flow := split(limit)
		b = &bucket{Limiter: rate.NewLimiter(rate.Every(window/time.Duration(flow)), burst)}
		l.buckets[k] = b
	}
	b.used = now
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait == 0 {
		return true, 0, nil
	}
	r.CancelAt(now)
	return false, wait, nil
}

// forget drops, at most once a minute, the buckets that have filled up again.
func (l *localLimiter) forget(now time.Time) {
	if now.Before(l.sweep) {
		return
	}
	l.sweep = now.Add(time.Minute)
	for k, b := range l.buckets {
		if now.Sub(b.used) > k.window {
			delete(l.buckets, k)
		}
	}
}
