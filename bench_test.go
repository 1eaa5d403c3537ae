//go:build unix

package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// TestBenchmark measures the product as it is shipped, in a process of its own, against pgbench
// running the same transaction on the same PostgreSQL, and fails when a floor of the goals does not
// hold. It takes some minutes and runs with TRAININGBOT_BENCH=1 only. BENCH_ROUNDS sets the rounds
// (5), BENCH_RESULTS a file that gets the table.
//
// Everything that is compared is run in turns, in a new order each round; the ratio is that of one
// round and the median of the rounds is what counts, since a busy machine moves both sides.
func TestBenchmark(t *testing.T) {
	if os.Getenv("TRAININGBOT_BENCH") == "" {
		t.Skip("TRAININGBOT_BENCH is not set")
	}
	b := newBench(t)
	t.Run("throughput", func(t *testing.T) { b.throughput() })
	t.Run("latency", func(t *testing.T) { b.latency() })
	t.Run("start", func(t *testing.T) { b.start() })
	t.Run("outbox", func(t *testing.T) { b.outbox() })
	t.Run("statements", func(t *testing.T) { b.statements() }) // last: it starts the server anew
	b.print()
}

// bench is the machines under test and what was measured.
type bench struct {
	t      *testing.T
	rounds int
	pg     *pgServer
	fake   *wecomtest.Server
	path   string // of the program
	bots   map[string]*botProcess
	school map[string]*school
	lesson map[string]int // the next one nobody has been at
	next   int64          // message number
	rows   []benchRow
}

// benchRow is one goal.
type benchRow struct {
	id, what, got, floor, goal string
	holds                      bool
}

const (
	benchOffices = 100
	benchPeople  = 200
)

func newBench(t *testing.T) *bench {
	b := &bench{t: t, rounds: int(number64(t, "BENCH_ROUNDS", 5)), path: shipped(t), bots: map[string]*botProcess{}, school: map[string]*school{}, lesson: map[string]int{}, next: 1}
	b.pg = startPG(t)
	b.fake = wecomtest.New(wecomtest.Options{Now: clock})
	t.Cleanup(b.fake.Close)
	for _, name := range []string{"bot", "pgbench", "starts"} {
		b.pg.psql("postgres", "CREATE DATABASE "+name)
		b.migrate(b.pg.url(name))
	}
	b.pg.psql("pgbench", storage.BenchSetupSQL(benchOffices*benchPeople, benchOffices))
	for name, url := range map[string]string{"postgres": b.pg.url("bot"), "sqlite": "sqlite:" + filepath.Join(t.TempDir(), "bot.db")} {
		db := b.migrate(url)
		b.school[name] = &school{offices: benchOffices, people: benchPeople}
		if err := b.school[name].found(t.Context(), db, b.rounds+3, clock()); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		b.bots[name] = startBot(t, b.path, url, b.fake)
	}
	b.pg.psql("bot", "ANALYZE")
	return b
}

func (b *bench) migrate(url string) *storage.DB {
	b.t.Helper()
	db := storagetest.Reopen(b.t, url, storagetest.Options())
	if err := db.Migrate(context.Background()); err != nil {
		b.t.Fatal(err)
	}
	return db
}

// checkIns sends people from to to of a lesson through a bot.
func (b *bench) checkIns(db string, lesson, from, to int, job loadJob) loadResult {
	b.t.Helper()
	s := b.school[db]
	job.Addr, job.Settings, job.First = b.bots[db].addr, b.fake.Settings(), b.next
	job.Items = s.items(b.sop(), lesson, from, to, clock())
	b.next += int64(len(job.Items))
	r := load(b.t, job)
	if r.Bad > 0 {
		b.t.Errorf("%s: %d of %d check-ins failed: %s", db, r.Bad, r.Good+r.Bad, r.Why)
	}
	return r
}

var tpsPattern = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench runs the same transaction, written the usual way, and gives how many a second.
func (b *bench) pgbench(clients int) float64 {
	script := filepath.Join(b.pg.dir, "checkin.sql")
	if err := os.WriteFile(script, []byte(storage.BenchSQL(benchOffices*benchPeople, benchOffices)), 0o644); err != nil {
		b.t.Fatal(err)
	}
	out := b.pg.run("pgbench", "-h", b.pg.dir, "-U", "postgres", "-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", "1", "-T", "2", "-f", script, "pgbench")
	m := tpsPattern.FindStringSubmatch(out)
	if m == nil {
		b.t.Fatalf("pgbench: %s", out)
	}
	tps, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		b.t.Fatal(err)
	}
	return tps
}

// throughput is P1, P2 and P10.
func (b *bench) throughput() {
	const many, few = 14_000, 6_000 // of the 20 000 people of a lesson
	cpu := map[string]time.Duration{}
	got := map[string][]float64{}
	for _, db := range []string{"postgres", "sqlite"} { // warm: plans, pools, memory
		b.checkIns(db, 0, 0, 3000, loadJob{Conns: 32})
	}
	variants := []struct {
		name string
		run  func(lesson int) float64
	}{
		{"pgbench c=32", func(int) float64 { return b.pgbench(32) }},
		{"pgbench c=8", func(int) float64 { return b.pgbench(8) }},
	}
	for _, db := range []string{"postgres", "sqlite"} {
		for _, v := range []struct{ c, from, to int }{{32, 0, many}, {8, many, many + few}} {
			variants = append(variants, struct {
				name string
				run  func(lesson int) float64
			}{fmt.Sprintf("%s c=%d", db, v.c), func(lesson int) float64 {
				before := b.bots[db].cpu()
				r := b.checkIns(db, lesson, v.from, v.to, loadJob{Conns: v.c})
				cpu[fmt.Sprintf("%s c=%d", db, v.c)] += (b.bots[db].cpu() - before) / time.Duration(r.Good)
				return float64(r.Good) / r.Seconds
			}})
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for round := range b.rounds {
		r.Shuffle(len(variants), func(i, j int) { variants[i], variants[j] = variants[j], variants[i] })
		for _, v := range variants {
			got[v.name] = append(got[v.name], v.run(1+round))
		}
	}
	for _, v := range []string{"pgbench c=32", "pgbench c=8", "postgres c=32", "postgres c=8", "sqlite c=32", "sqlite c=8"} {
		note := ""
		if d := cpu[v] / time.Duration(b.rounds); d > 0 {
			note = fmt.Sprintf(", %d µs of the bot's CPU each", d.Microseconds())
		}
		b.note(v, fmt.Sprintf("%s/s%s", spread(got[v], "%.0f"), note))
	}
	b.ratio("P1", "durable check-ins/s through the whole bot ÷ pgbench, c=32", got["postgres c=32"], got["pgbench c=32"], .85, 1)
	b.ratio("P2", "the same, c=8", got["postgres c=8"], got["pgbench c=8"], .70, .80)
	b.ratio("P10", "SQLite (WAL, synchronous=FULL), whole path ÷ pgbench, c=32", got["sqlite c=32"], got["pgbench c=32"], 1, 2.5)
}

// latency is P8 and P9.
func (b *bench) latency() {
	lesson := b.rounds + 1
	for _, db := range []string{"postgres", "sqlite"} {
		r := b.checkIns(db, lesson, 0, 3000, loadJob{Conns: 64, Rate: 200})
		b.below("P8", fmt.Sprintf("%s: p99 at 200/s, 15 s, from the scheduled instant (p50 %.1f, longest %.0f ms)", db, r.P50, r.Max), "ms", r.P99, 50, 15)
		b.below("P8", db+": callbacks later than 5 s", "", late(r.Max, 5000), 0, 0)
	}
	for _, db := range []string{"postgres", "sqlite"} {
		var p99, longest []float64
		for i := range b.rounds {
			r := b.checkIns(db, lesson, 4000+1000*i, 5000+1000*i, loadJob{Conns: 1000, Burst: true})
			p99, longest = append(p99, r.P99), append(longest, r.Max)
		}
		b.below("P9", fmt.Sprintf("%s: p99 of 1000 callbacks at one instant, on 1000 connections (longest %.0f ms)", db, slices.Max(longest)), "ms", median(p99), 1000, 400)
		b.below("P9", db+": callbacks later than 2.5 s", "", late(slices.Max(longest), 2500), 0, 0)
	}
}

func late(longest, limit float64) float64 {
	if longest > limit {
		return 1
	}
	return 0
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}

// spread is the median with the least and the most.
func spread(x []float64, format string) string {
	return fmt.Sprintf(format+" ["+format+"–"+format+"]", median(x), slices.Min(x), slices.Max(x))
}

// ratio adds a goal that is a ratio of each round, to be at least floor.
func (b *bench) ratio(id, what string, over, under []float64, floor, goal float64) {
	r := make([]float64, len(over))
	for i := range r {
		r[i] = over[i] / under[i]
	}
	b.rows = append(b.rows, benchRow{id, what, spread(r, "%.2f"), fmt.Sprintf("≥ %.2f", floor), fmt.Sprintf("≥ %.2f", goal), median(r) >= floor})
}

// below adds a goal that is to be at most floor.
func (b *bench) below(id, what, unit string, got, floor, goal float64) {
	f := func(x float64) string {
		return strings.TrimSpace(strconv.FormatFloat(x, 'g', 4, 64) + " " + unit)
	}
	b.rows = append(b.rows, benchRow{id, what, f(got), "≤ " + f(floor), "≤ " + f(goal), got <= floor})
}

// note adds a figure without a goal.
func (b *bench) note(what, got string) {
	b.rows = append(b.rows, benchRow{what: what, got: got, holds: true})
}

// print writes the table and fails for each floor that does not hold.
func (b *bench) print() {
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s, %d processors, %s, PostgreSQL %s, %d rounds, %s\n\n| | what | measured | floor | goal |\n|---|---|---|---|---|\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), b.pg.psql("postgres", "SHOW server_version"), b.rounds, clock().Format(time.DateOnly))
	for _, r := range b.rows {
		mark := ""
		if !r.holds {
			mark = " **missed**"
			b.t.Errorf("%s %s: %s, the floor is %s", r.id, r.what, r.got, r.floor)
		}
		fmt.Fprintf(&out, "| %s | %s | %s%s | %s | %s |\n", r.id, r.what, r.got, mark, r.floor, r.goal)
	}
	b.t.Log("\n" + out.String())
	if path := os.Getenv("BENCH_RESULTS"); path != "" {
		if err := os.WriteFile(cmp.Or(path, "bench/table.md"), []byte(out.String()), 0o644); err != nil {
			b.t.Error(err)
		}
	}
}
