package domain_test

import (
	"testing"
	"time"

	"trainingbot/domain"
)

// A session counts as held only when it is over, recorded, and its drill was watched over.
func TestCounts(t *testing.T) {
	recorded := time.Date(2026, 10, 9, 8, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		name  string
		state domain.SessionState
		at    time.Time
		watch domain.Supervision
		want  bool
	}{
		{"closed and recorded", domain.Closed, recorded, domain.NotNeeded, true},
		{"record unfinished", domain.Closed, time.Time{}, domain.NotNeeded, false},
		{"still open", domain.Open, recorded, domain.NotNeeded, false},
		{"cancelled", domain.Cancelled, recorded, domain.NotNeeded, false},
		{"drill supervised", domain.Closed, recorded, domain.Supervised, true},
		{"drill unsupervised", domain.Closed, recorded, domain.Unsupervised, false},
		{"drill accepted by the director", domain.Closed, recorded, domain.DrillAccepted, true},
		{"drill refused by the director", domain.Closed, recorded, domain.DrillRefused, false},
		{"drill supervised, record unfinished", domain.Closed, time.Time{}, domain.Supervised, false},
	} {
		if got := (domain.Session{State: x.state, RecordedAt: x.at, Supervision: x.watch}).Counts(); got != x.want {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}
