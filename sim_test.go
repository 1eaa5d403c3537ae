//go:build unix

package main

import (
	"flag"
	"os"
	"strings"
	"testing"
	"time"
)

var (
	seedFlag     = flag.Uint64("seed", 1, "the seed of TestYear")
	databaseFlag = flag.String("database", "", "play TestYear on sqlite or postgres alone")
	fromFlag     = flag.String("from", "2026-01-01", "the first day of TestYear")
	toFlag       = flag.String("to", "2026-12-31", "the last day of TestYear")
	brokenFlag   = flag.String("broken", "", "what is broken on purpose in TestYear")
)

// TestYear plays a calendar year of two offices with forty people each over the real adapter,
// storage and scheduler.
func TestYear(t *testing.T) {
	dialects := []string{"sqlite", "postgres"}
	if *databaseFlag != "" {
		dialects = []string{*databaseFlag}
	}
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			playYear(t, simOptions{seed: *seedFlag, dialect: dialect, from: *fromFlag, to: *toFlag, broken: *brokenFlag})
		})
	}
}

func playYear(t *testing.T, o simOptions) *year {
	y := newYear(t, o)
	y.settle()
	y.play()
	if q := os.Getenv("SIMDBG"); q != "" {
		y.debug(q)
	}
	if len(y.failures) > 0 {
		t.Errorf("%s\n%s\n%s", o.again(), strings.Join(y.failures, "\n"), y.log)
		return y
	}
	s := y.stats
	t.Logf("seed %d on %s, %s to %s: %s for %d messages said and %d buttons pressed, %d read, %d looks of the scheduler, %d restarts, %d outages, %d delivered again",
		o.seed, o.dialect, o.from, o.to, s.took.Round(time.Millisecond), s.said, s.pressed, s.shown, s.ticks, s.restarts, s.outages, s.again)
	return y
}

func (y *year) debug(q string) {
	rows, err := y.apps[0].Store().Stats().Queryx(q)
	if err != nil {
		y.t.Log(err)
		return
	}
	for rows.Next() {
		m := map[string]any{}
		if err := rows.MapScan(m); err != nil {
			y.t.Log(err)
		}
		y.t.Log(m)
	}
}
