package storage_test

import (
	"sync"
	"testing"

	"trainingbot/domain"
)

// What replicas count adds up, each month and kind by itself.
func TestCountUse(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := h.db.CountUse(t.Context(), "dingtalk", "api", domain.NewDate(2026, 12, 9), 5); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, row := range []struct {
			kind string
			day  domain.Date
			n    int
			want int
		}{{"api", domain.NewDate(2026, 12, 31), 0, 40}, {"message", domain.NewDate(2026, 12, 1), 2, 2}, {"api", domain.NewDate(2027, 1, 1), 1, 1}} {
			if got, err := h.db.CountUse(t.Context(), "dingtalk", row.kind, row.day, row.n); err != nil || got != row.want {
				t.Errorf("%+v: %d, %v", row, got, err)
			}
		}
	})
}
