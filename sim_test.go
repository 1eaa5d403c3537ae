//go:build unix

package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var (
	seedFlag     = flag.Uint64("seed", 1, "the seed of TestYear")
	databaseFlag = flag.String("database", "", "play TestYear on sqlite or postgres alone")
	fromFlag     = flag.String("from", "", "the first day of TestYear")
	toFlag       = flag.String("to", "2026-12-31", "the last day of TestYear")
	moreFlag     = flag.Int("more", 1, "play TestYear on after a failure until there are so many of different kinds")
	brokenFlag   = flag.String("broken", "", "what is broken on purpose in TestYear")
)

// TestYear plays a calendar year of two offices with forty people each over the real adapter,
// storage and scheduler, on both databases, which must end in the same state. -seed, -database,
// -from and -to play another one. Without TRAININGBOT_LONG it is three weeks on SQLite, over the
// deadlines of the 25th, the 30th and 10 December, and two weeks, to 20 December, on PostgreSQL.
func TestYear(t *testing.T) {
	o := simOptions{seed: *seedFlag, from: *fromFlag, to: *toFlag, broken: *brokenFlag, more: *moreFlag}
	short := o.from == "" && os.Getenv("TRAININGBOT_LONG") == ""
	if o.from == "" {
		o.from, o.to = "2026-01-01", "2026-12-31"
	}
	dialects := []string{"sqlite", "postgres"}
	if *databaseFlag != "" {
		dialects = []string{*databaseFlag}
	}
	var ends [][]string
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			o := o
			o.dialect = dialect
			if short {
				span := map[string][2]string{"sqlite": {"2026-11-23", "2026-12-13"}, "postgres": {"2026-12-07", "2026-12-20"}}[dialect]
				if raceEnabled { // many times slower; test.sh plays the whole span without the detector too
					span = map[string][2]string{"sqlite": {"2026-11-24", "2026-12-01"}, "postgres": {"2026-12-08", "2026-12-11"}}[dialect]
				}
				o.from, o.to = span[0], span[1]
			}
			y := playYear(t, o)
			if !t.Failed() {
				ends = append(ends, y.digest())
			}
		})
	}
	if len(ends) == 2 && !short {
		if d := differ(ends[0], ends[1]); d != "" {
			t.Errorf("seed %d: the two databases end differently: %s", o.seed, d)
		}
	}
}

// TestYears plays as many seeds as TRAININGBOT_YEARS says, for tools/nightly.
func TestYears(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("TRAININGBOT_YEARS"))
	if err != nil || n < 1 {
		t.Skip("TRAININGBOT_YEARS is not set")
	}
	for seed := *seedFlag; seed < *seedFlag+uint64(n); seed++ {
		for _, dialect := range []string{"sqlite", "postgres"} {
			t.Run(fmt.Sprintf("%d/%s", seed, dialect), func(t *testing.T) {
				playYear(t, simOptions{seed: seed, dialect: dialect, from: "2026-01-01", to: "2026-12-31"})
			})
		}
	}
}

// TestYearSees: each fault that is built in on purpose is seen, and by the check that is there for it.
func TestYearSees(t *testing.T) {
	for name, b := range breakings() {
		if raceEnabled && name != "a deadline is dropped" { // the others play for weeks; test.sh runs them without the detector
			continue
		}
		t.Run(name, func(t *testing.T) {
			from := cmp.Or(b.from, "2026-01-01")
			y := newYear(t, simOptions{seed: 1, dialect: "sqlite", from: from, to: "2026-04-30", broken: name})
			y.settle()
			y.play()
			all := strings.Join(y.failures, "\n")
			if !slices.ContainsFunc(strings.Split(b.sees, "|"), func(one string) bool { return strings.Contains(all, one) }) {
				t.Errorf("with %q the year sees %d failures and none says %q:\n%s", name, len(y.failures), b.sees, all)
			}
		})
	}
}

func playYear(t *testing.T, o simOptions) *year {
	y := newYear(t, o)
	y.settle()
	y.play()
	if len(y.failures) > 0 {
		t.Errorf("%s\n%s\n%s", o.again(), strings.Join(y.failures, "\n"), y.log)
		return y
	}
	s := y.stats
	t.Logf("seed %d on %s, %s to %s: %s for %d messages said and %d buttons pressed, %d read, %d looks of the scheduler, %d restarts, %d outages, %d delivered again",
		o.seed, o.dialect, o.from, o.to, s.took.Round(time.Millisecond), s.said, s.pressed, s.shown, s.ticks, s.restarts, s.outages, s.again)
	return y
}
