package main

import (
	"slices"
	"strings"
	"testing"

	"trainingbot/storage/storagetest"
)

// After the days the policy names, the free words and who answered are gone and the sums stay (E20).
func TestFreeWordsAreForgotten(t *testing.T) {
	for _, dialect := range storagetest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storagetest.URL(t, dialect))
			s := &teller{world: w, kept: map[string]string{}, seen: map[string]map[int64]string{}}
			for _, line := range slices.Concat(classOver(), []string{"刘敏 说 评价 {场} 没懂", "刘敏 说 评价 {场} 回访时限没听懂"}) {
				if err := s.play(line); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
			}
			a, over := w.apps[0], w.clock()
			for _, row := range []struct {
				days  int
				words bool
			}{{180, true}, {182, false}} {
				keep := tidy{a.Store(), a.SOP, w.clock, nil}
				w.set(over.AddDate(0, 0, row.days))
				if _, err := keep.Prune(t.Context(), over.AddDate(-10, 0, 0)); err != nil {
					t.Fatal(err)
				}
				var words, no string
				var given int
				db := a.Store().Stats()
				if err := db.QueryRow("SELECT CAST(words AS TEXT), CAST(no AS TEXT), (SELECT COUNT(*) FROM feedback_given) FROM feedback").Scan(&words, &no, &given); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(words, "回访") != row.words || given > 0 != row.words || !strings.Contains(no, "understood") {
					t.Errorf("after %d days: %s %s, %d have answered", row.days, words, no, given)
				}
			}
		})
	}
}
