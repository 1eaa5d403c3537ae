package storage

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// LocalLimiter is Redis.Allow for one process: the same buckets, in memory, on a clock. Safe for
// concurrent use.
type LocalLimiter struct {
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

// NewLocalLimiter makes an empty limiter on a clock.
func NewLocalLimiter(now func() time.Time) *LocalLimiter {
	return &LocalLimiter{now: now, buckets: map[bucketKey]*bucket{}}
}

// Allow books one event under key unless that could make more than limit within any window; then
// after retryAfter there is room. It never gives an error.
func (l *LocalLimiter) Allow(_ context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error) {
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
func (l *LocalLimiter) forget(now time.Time) {
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

// Fallback limits through the replicas' shared counts, and alone while those cannot be had.
type Fallback struct {
	Shared *Redis
	Alone  *LocalLimiter
}

// Allow is Redis.Allow, or LocalLimiter.Allow when Redis does not answer. It never gives an error.
func (f Fallback) Allow(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error) {
	if ok, retryAfter, err = f.Shared.Allow(ctx, key, limit, window); err == nil {
		return ok, retryAfter, nil
	}
	return f.Alone.Allow(ctx, key, limit, window)
}
