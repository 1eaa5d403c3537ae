package main

import (
	"context"
	"time"

	"trainingbot/domain"
)

// farewell is how long a send that has begun may still take once the program is to stop.
const farewell = 4 * time.Second

// postman stands between the scheduler and the bot's Post: it counts, and it makes stopping clean.
type postman struct {
	post interface {
		Deliver(context.Context, domain.Delivery) domain.Outcome
	}
	now  func() time.Time
	seen func(platform string, f domain.Fate)
}

// Deliver implements scheduler.Post. What was claimed but not begun when the program is to stop
// goes back at once, for another replica or the next start; what was begun is finished.
func (p postman) Deliver(ctx context.Context, d domain.Delivery) domain.Outcome {
	if ctx.Err() != nil {
		return domain.Outcome{Fate: domain.Again, RetryAt: p.now(), Reason: "the program was stopping"}
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(farewell, cancel)
		context.AfterFunc(work, func() { t.Stop() })
	})
	defer stop()
	out := p.post.Deliver(work, d)
	p.seen(d.Platform, out.Fate)
	return out
}
