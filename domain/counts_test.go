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

// A plan counts its lessons, and their further runs apart: who works another shift hears the same.
func TestPlanCount(t *testing.T) {
	a := domain.Item{ID: "a", Run: "A", Group: "a", Topics: []string{"duties", "service_awareness"}}
	b := domain.Item{ID: "b", Run: "B", Group: "a", Topics: a.Topics}
	other := domain.Item{ID: "c", Topics: []string{"communication"}}
	month := domain.Plan{Period: domain.MonthlyPeriod(domain.Month{Year: 2026, Month: time.October})}
	year := domain.Plan{Period: domain.AnnualPeriod(2027)}
	for _, x := range []struct {
		plan  domain.Plan
		items []domain.Item
		want  string
	}{
		{month, nil, "0场"},
		{month, []domain.Item{other}, "1场"},
		{month, []domain.Item{a, other, b}, "2场（另有加场1场）"},
		{month, []domain.Item{b}, "1场"}, // the first run was dropped: the second is the lesson
		{year, []domain.Item{other, {ID: "d"}}, "2项"},
	} {
		if got := x.plan.Count(domain.PlanVersion{Items: x.items}); got != x.want {
			t.Errorf("got %s, want %s", got, x.want)
		}
	}
}
