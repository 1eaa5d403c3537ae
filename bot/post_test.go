package bot

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

func TestJudge(t *testing.T) {
	now := time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)
	fail := func(c chat.Class, after time.Duration) error {
		return &chat.SendError{Platform: "wecom", Op: "send", Class: c, After: after, Err: errors.New("refused")}
	}
	for _, row := range []struct {
		name    string
		err     error
		attempt int
		fate    domain.Fate
		wait    time.Duration // with jitter 0
	}{
		{"accepted", nil, 1, domain.Sent, 0},
		{"busy, first try", fail(chat.Retry, 0), 1, domain.Again, time.Second},
		{"busy, fifth try", fail(chat.Retry, 0), 5, domain.Again, 16 * time.Second},
		{"busy, late", fail(chat.Retry, 0), 30, domain.Again, 30 * time.Minute},
		{"busy for ever", fail(chat.Retry, 0), tries, domain.Dead, 0},
		{"settings wrong", fail(chat.Misset, 0), 1, domain.Again, time.Second},
		{"settings wrong for days", fail(chat.Misset, 0), tries + 1, domain.Again, 30 * time.Minute},
		{"limit", fail(chat.Wait, time.Minute), 1, domain.Again, time.Minute},
		{"limit never gives up", fail(chat.Wait, time.Minute), tries + 1, domain.Again, time.Minute},
		{"never", fail(chat.Permanent, 0), 1, domain.Dead, 0},
		{"card gone", fail(chat.Gone, 0), 1, domain.Moot, 0},
		{"no send error", errors.New("other"), 1, domain.Again, time.Second},
	} {
		out := Judge(domain.Delivery{Attempt: row.attempt}, domain.Receipt{MessageID: "m"}, row.err, now, 0)
		if out.Fate != row.fate {
			t.Errorf("%s: %s, want %s", row.name, out.Fate, row.fate)
		}
		if row.fate == domain.Again && !out.RetryAt.Equal(now.Add(row.wait)) {
			t.Errorf("%s: again after %s, want %s", row.name, out.RetryAt.Sub(now), row.wait)
		}
		if (out.Reason == "") != (row.err == nil) {
			t.Errorf("%s: reason %q", row.name, out.Reason)
		}
	}
}

// A send that had room for some is done for them; the others are tried again, and in the end missed.
func TestJudgeRest(t *testing.T) {
	now := time.Date(2026, 11, 25, 1, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		attempt, rest, failed int
		wait                  time.Duration
	}{{1, 2, 0, 30 * time.Second}, {10, 2, 0, 512 * time.Second}, {tries, 0, 2, 0}} {
		out := Judge(domain.Delivery{Attempt: row.attempt}, domain.Receipt{Rest: []string{"a", "b"}}, nil, now, 0)
		if out.Fate != domain.Sent || len(out.Receipt.Rest) != row.rest || len(out.Receipt.Failed) != row.failed || row.rest > 0 && out.RetryAt.Sub(now) != row.wait {
			t.Errorf("try %d: %+v", row.attempt, out)
		}
	}
}

type bursting struct{ chat.Platform }

func (bursting) Name() string { return "wecom" }
func (bursting) Send(context.Context, chat.Outgoing) (domain.Receipt, error) {
	panic("a card nobody foresaw")
}

// One delivery that cannot be handled must not end the program, and with it all the others.
func TestDeliverSurvivesAPanic(t *testing.T) {
	p := NewPost(time.Now, bursting{})
	for attempt, want := range map[int]domain.Fate{1: domain.Again, tries: domain.Dead} {
		out := p.Deliver(t.Context(), domain.Delivery{Platform: "wecom", Attempt: attempt})
		if out.Fate != want || !strings.Contains(out.Reason, "nobody foresaw") {
			t.Errorf("try %d: %+v", attempt, out)
		}
	}
}

// A message that waited for a limit all night is not given up at the first network fault after it.
func TestWaitsDoNotCountTowardsGivingUp(t *testing.T) {
	now := time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC)
	fault := &chat.SendError{Platform: "wecom", Class: chat.Retry, Err: errors.New("x")}
	for waits, want := range map[int]domain.Fate{0: domain.Dead, 1: domain.Again, tries: domain.Again} {
		if out := Judge(domain.Delivery{Attempt: tries, Waits: waits}, domain.Receipt{}, fault, now, 0); out.Fate != want || out.Blameless {
			t.Errorf("%d waits: %+v, want %s", waits, out, want)
		}
	}
	for _, class := range []chat.Class{chat.Wait, chat.Misset} {
		if out := Judge(domain.Delivery{Attempt: 1}, domain.Receipt{}, &chat.SendError{Class: class, Err: errors.New("x")}, now, 0); !out.Blameless {
			t.Errorf("%s: the message is blamed", class)
		}
	}
}

// The waits grow, never pass an hour, and many that failed together spread over half of the wait.
func TestBackoff(t *testing.T) {
	last := time.Duration(0)
	for n := 1; n < 60; n++ {
		low, high := Backoff(n, 0), Backoff(n, 0.999)
		if low < last || high > time.Hour || high < low || high > 2*low {
			t.Errorf("try %d: %s to %s after %s", n, low, high, last)
		}
		last = low
	}
}
