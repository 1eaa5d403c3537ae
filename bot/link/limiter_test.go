package link

import (
	"context"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestLimiterLaw: never more than limit in any window, and a refusal names the very instant at
// which there is room.
func TestLimiterLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(1e9, 0)
		l := NewMemoryLimiter(func() time.Time { return now })
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		window := time.Duration(rapid.IntRange(1, 120).Draw(t, "window")) * time.Second
		var booked []time.Time
		within := func(at time.Time) int {
			n := 0
			for _, b := range booked {
				if at.Sub(b) < window {
					n++
				}
			}
			return n
		}
		for range rapid.IntRange(1, 60).Draw(t, "events") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "step")) * time.Second)
			ok, after, err := l.Allow(context.Background(), "k", limit, window)
			if _, _, err := l.Allow(context.Background(), "other", 1, time.Nanosecond); err != nil {
				t.Fatal(err)
			}
			if err != nil || ok != (within(now) < limit) {
				t.Fatalf("%v: allowed %v with %d of %d booked", err, ok, within(now), limit)
			}
			if ok {
				booked = append(booked, now)
				continue
			}
			if after <= 0 || within(now.Add(after)) >= limit || within(now.Add(after-1)) < limit {
				t.Fatalf("room after %v is wrong", after)
			}
		}
	})
}

func TestLimiterForgets(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := NewMemoryLimiter(func() time.Time { return now })
	for i := range 1000 {
		_, _, _ = l.Allow(context.Background(), strconv.Itoa(i), 30, time.Minute)
	}
	now = now.Add(time.Hour)
	_, _, _ = l.Allow(context.Background(), "x", 30, time.Minute)
	if n := len(l.counts); n != 1 {
		t.Errorf("%d keys are kept", n)
	}
}

func TestMemoryCache(t *testing.T) {
	now := time.Unix(1e9, 0)
	c := NewMemoryCache(func() time.Time { return now })
	ctx := context.Background()
	if got := c.GetContext(ctx, "k"); got != nil {
		t.Errorf("a miss gives %v", got)
	}
	_ = c.SetContext(ctx, "k", "v", time.Minute)
	if got := c.GetContext(ctx, "k"); got != "v" || !c.IsExistContext(ctx, "k") {
		t.Errorf("a hit gives %v", got)
	}
	now = now.Add(time.Minute)
	if got := c.Get("k"); got != nil || c.IsExist("k") {
		t.Errorf("after its time: %v", got)
	}
	_ = c.Set("k", "v", time.Minute)
	_ = c.Set("k", "w", 0)
	if got := c.Get("k"); got != nil {
		t.Errorf("kept for no time: %v", got)
	}
	_ = c.Set("k", "v", time.Minute)
	_ = c.DeleteContext(ctx, "k")
	if got := c.Get("k"); got != nil {
		t.Errorf("deleted: %v", got)
	}
}
