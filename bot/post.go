package bot

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// Post hands deliveries to the platforms they are for. It satisfies the scheduler's Post.
type Post struct {
	platforms map[string]chat.Platform
	now       func() time.Time
}

// NewPost makes a Post over the configured platforms.
func NewPost(now func() time.Time, platforms ...chat.Platform) *Post {
	p := &Post{platforms: map[string]chat.Platform{}, now: now}
	for _, x := range platforms {
		p.platforms[x.Name()] = x
	}
	return p
}

// tries is after how many failed tries a delivery is given up: with the waits of Backoff that is
// about a day and a half.
const tries = 40

// Backoff gives how long to wait after try n (1 for the first) of a delivery: doubling from two
// seconds to an hour, between half and all of it by r in [0,1), so that many do not come back at once.
func Backoff(n int, r float64) time.Duration {
	wait := time.Hour
	if n < 11 {
		wait = min(wait, time.Second<<n)
	}
	return wait/2 + time.Duration(r*float64(wait/2))
}

// Deliver sends or updates once. It never fails: what went wrong, a panic too, is in the outcome.
func (p *Post) Deliver(ctx context.Context, d domain.Delivery) (out domain.Outcome) {
	defer func() {
		if v := recover(); v != nil {
			out = Judge(d, domain.Receipt{ID: d.ID}, fmt.Errorf("panic: %v", v), p.now(), rand.Float64())
		}
	}()
	platform, ok := p.platforms[d.Platform]
	if !ok {
		return domain.Outcome{Fate: domain.Dead, Reason: "platform " + d.Platform + " is not configured"}
	}
	if d.Update != nil {
		if d.Body.Card == nil {
			return domain.Outcome{Fate: domain.Dead, Reason: "card update without a card"}
		}
		return Judge(d, domain.Receipt{ID: d.ID}, platform.Update(ctx, *d.Update, d.To, *d.Body.Card), p.now(), rand.Float64())
	}
	receipt, err := platform.Send(ctx, chat.Outgoing{ID: d.ID, To: d.To, Body: d.Body})
	return Judge(d, receipt, err, p.now(), rand.Float64())
}

// Judge turns what a platform said into the fate of the delivery. It is pure: r in [0,1) is the jitter.
func Judge(d domain.Delivery, receipt domain.Receipt, err error, now time.Time, r float64) domain.Outcome {
	if err == nil && len(receipt.Rest) > 0 {
		return rest(d, receipt, now, r)
	}
	if err == nil {
		return domain.Outcome{Fate: domain.Sent, Receipt: receipt}
	}
	again := domain.Outcome{Fate: domain.Again, RetryAt: now.Add(Backoff(d.Attempt, r)), Reason: err.Error()}
	if e, ok := chat.AsSendError(err); ok {
		switch e.Class {
		case chat.Permanent:
			return domain.Outcome{Fate: domain.Dead, Receipt: receipt, Reason: err.Error()}
		case chat.Gone:
			return domain.Outcome{Fate: domain.Moot, Reason: err.Error()}
		case chat.Wait:
			again.RetryAt = now.Add(max(e.After, time.Second) + time.Duration(r*float64(time.Second)))
			again.Blameless = true // a limit is no fault of the message
			return again
		case chat.Misset:
			again.Blameless = true // nor are our settings, whoever has to mend them after a long weekend
			return again
		}
	}
	if d.Attempt-d.Waits >= tries {
		return domain.Outcome{Fate: domain.Dead, Reason: err.Error()}
	}
	return again
}

// rest judges a send the platform had room for in part. Each rest is a delivery of its own that has had
// as many tries; who is left after the last is missed.
func rest(d domain.Delivery, receipt domain.Receipt, now time.Time, r float64) domain.Outcome {
	if d.Attempt-d.Waits >= tries {
		for _, user := range receipt.Rest {
			receipt.Failed = append(receipt.Failed, domain.Missed{User: user, Reason: "no room for a day and a half"})
		}
		receipt.Rest = nil
		return domain.Outcome{Fate: domain.Sent, Receipt: receipt}
	}
	return domain.Outcome{Fate: domain.Sent, Receipt: receipt, RetryAt: now.Add(max(Backoff(d.Attempt, r), 30*time.Second))}
}
