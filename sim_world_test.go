//go:build unix

package main

import (
	"container/heap"
	"context"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/configs"
)

// simOptions say which year is played.
type simOptions struct {
	seed     uint64
	dialect  string
	from, to string // calendar days, both included
	broken   string // what is broken on purpose, see sim_broken_test.go
	more     int    // play on after a failure until there are so many of different kinds
}

// year is two offices over a span of days: the whole product on one database with the fake WeCom,
// people who act on what their phones show, and a model that re-states the clauses on its own.
type year struct {
	t    *testing.T
	o    simOptions
	url  string
	fake *wecomtest.Server
	log  *testLog

	mu    sync.Mutex
	clock time.Time
	shown []shownTo // what the phones got and nobody has read yet

	apps  []*App
	doors []*httptest.Server
	wants int // replicas

	agenda   agenda
	turn     int64
	streams  map[string]*rand.Rand
	offices  []*simOffice
	people   []*simPerson
	byUser   map[string]*simPerson
	byName   map[string]*simPerson
	lines    []chatLine
	faulty   map[string]bool // days on which a fault or an outage may have delayed something
	model    model
	broken   breaking
	owed     []due      // what was due today
	acting   *simPerson // who is doing something right now
	missed   []due      // what was due while nothing ran
	down     bool
	problems int // complaints of the platform looked at
	hired    int

	failures []string
	kinds    map[string]bool // of failures, seen
	stats    simStats
}

// simStats is what a run was made of.
type simStats struct {
	said, pressed, shown, ticks, restarts, outages, again int
	took                                                  time.Duration
}

type shownTo struct {
	user string
	what wecomtest.Shown
}

// chatLine is one line of the chat, for whoever reads a failure.
type chatLine struct {
	at   time.Time
	who  *simPerson
	own  bool
	text string
}

func newYear(t *testing.T, o simOptions) *year {
	y := &year{t: t, o: o, log: &testLog{}, wants: 1, streams: map[string]*rand.Rand{}, byUser: map[string]*simPerson{}, byName: map[string]*simPerson{}, faulty: map[string]bool{}, kinds: map[string]bool{}}
	y.clock = day(o.from).Add(6 * time.Hour).UTC()
	y.broken = breakings()[o.broken]
	y.url = simURL(t, o.dialect)
	if o.dialect == "postgres" && o.seed%3 == 0 {
		y.wants = 2 // replicas
	}
	y.fake = wecomtest.New(wecomtest.Options{Now: y.now})
	t.Cleanup(y.fake.Close)
	y.fake.OnShow(y.show)
	y.model = newModel(y)
	y.start()
	t.Cleanup(y.stop)
	return y
}

func (y *year) now() time.Time {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.clock
}

// local is the office's clock.
func (y *year) local() time.Time { return y.now().In(simZone) }

func (y *year) set(at time.Time) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if at.After(y.clock) {
		y.clock = at.UTC()
	}
}

// rand gives the stream of one purpose. A purpose of its own keeps new behaviour from reshuffling
// what was there before.
func (y *year) rand(purpose string) *rand.Rand {
	r, ok := y.streams[purpose]
	if !ok {
		h := fnv.New64a()
		h.Write([]byte(purpose))
		r = rand.New(rand.NewPCG(y.o.seed, h.Sum64()))
		y.streams[purpose] = r
	}
	return r
}

// chance says yes with a probability, of the stream of a purpose.
func (y *year) chance(purpose string, p float64) bool { return y.rand(purpose).Float64() < p }

// one draws one of a list.
func one[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// ---- the program --------------------------------------------------------------------------------

func (y *year) start() {
	set := y.fake.Settings()
	s, err := configs.Load("", []string{
		"TRAININGBOT_DATABASE_URL=" + y.url, "TRAININGBOT_DATABASE_AUTO_MIGRATE=true",
		"TRAININGBOT_WECOM_CORP_ID=" + set.CorpID, fmt.Sprintf("TRAININGBOT_WECOM_AGENT_ID=%d", set.AgentID),
		"TRAININGBOT_WECOM_SECRET=" + set.Secret, "TRAININGBOT_WECOM_TOKEN=" + set.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + set.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + set.BaseURL,
	}, os.ReadFile)
	if err != nil {
		y.t.Fatal(err)
	}
	for range y.wants {
		a, err := NewApp(context.Background(), AppOptions{Settings: s, Now: y.now, Open: os.ReadFile,
			Log: slog.New(slog.NewTextHandler(y.log, &slog.HandlerOptions{Level: slog.LevelError}))})
		if err != nil {
			y.t.Fatal(err)
		}
		door := httptest.NewServer(y.join(a))
		y.apps, y.doors = append(y.apps, a), append(y.doors, door)
		y.fake.SetCallback(door.URL + "/wecom/callback")
	}
}

func (y *year) stop() {
	for i, a := range y.apps {
		y.doors[i].Close()
		if err := a.callback.Wait(context.Background()); err != nil {
			y.t.Error(err)
		}
		if err := a.Close(); err != nil {
			y.t.Error(err)
		}
	}
	y.apps, y.doors = nil, nil
}

// tick lets every replica plan and deliver, at the same time.
func (y *year) tick() {
	if y.down {
		return
	}
	y.stats.ticks++
	now := y.now()
	var wg sync.WaitGroup
	errs := make([]error, len(y.apps))
	for i, a := range y.apps {
		wg.Go(func() { errs[i] = a.scheduler.Plan(context.Background(), now) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			y.violation(nil, "the scheduler fails: %v", err)
		}
	}
	y.deliver()
}

// deliver empties the outbox of what is ready and lets people read what came.
func (y *year) deliver() {
	if y.down {
		return
	}
	now := y.now()
	for {
		n, err := y.apps[0].scheduler.Deliver(context.Background(), now)
		if err != nil {
			y.violation(nil, "the outbox fails: %v", err)
			break
		}
		if n == 0 {
			break
		}
	}
	if y.faulty[y.local().Format(time.DateOnly)] {
		y.retry()
	}
	y.read()
}

// retry has the outbox looked at again when something is put back for later: the program looks each
// second.
func (y *year) retry() {
	if next, ok := y.put(); ok {
		y.at(next.Add(time.Second), y.deliver)
	}
}

// put says when the next message is tried again that was put back for less than an hour.
func (y *year) put() (time.Time, bool) {
	var next []time.Time
	y.all(&next, "SELECT run_at FROM outbox WHERE state = 'ready' ORDER BY run_at LIMIT 1")
	if len(next) == 0 || next[0].Sub(y.now()) >= time.Hour {
		return time.Time{}, false
	}
	return next[0], true
}

// ---- what people see ----------------------------------------------------------------------------

// show is told of everything a phone shows.
func (y *year) show(user string, what wecomtest.Shown) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.shown = append(y.shown, shownTo{user, what})
}

// read lets everybody look at what came, in an order that does not depend on the platform's haste.
func (y *year) read() {
	y.mu.Lock()
	list := y.shown
	y.shown = nil
	y.mu.Unlock()
	slices.SortStableFunc(list, func(a, b shownTo) int { return strings.Compare(a.user, b.user) })
	for _, x := range list {
		p := y.byUser[x.user]
		if p == nil || x.what.Own {
			continue
		}
		fresh := p.sees(x.what)
		if !fresh {
			continue
		}
		y.stats.shown++
		text := asText(x.what)
		y.lines = append(y.lines, chatLine{x.what.At, p, false, text})
		p.heard = append(p.heard, text)
		p.today = append(p.today, seen{x.what.At, text, x.what.Passive})
		y.judgeMessage(p, x.what, text)
		for _, l := range tellings() {
			if m := l.pattern.FindStringSubmatch(text); m != nil && !x.what.Passive {
				l.means(y, p, "", m)
			}
		}
		y.react(p, x.what, text)
	}
}

// say types a line on a phone and gives what the person reads in return.
func (y *year) say(p *simPerson, line string) string {
	y.stats.said++
	return y.act(p, line, func() wecomtest.Answer { return y.fake.UserSends(p.user, line) })
}

// press presses a button and gives what the person reads in return.
func (y *year) press(p *simPerson, c wecomtest.Card, b wecomtest.Button) string {
	y.stats.pressed++
	return y.act(p, "〔"+b.Text+"〕 "+c.Title+" "+c.Desc, func() wecomtest.Answer { return y.fake.StaleClick(p.user, c.TaskID, b.Key) })
}

func (y *year) act(p *simPerson, line string, do func() wecomtest.Answer) string {
	if y.down {
		return "" // nobody takes it, and the platform gives up
	}
	y.lines = append(y.lines, chatLine{y.now(), p, true, line})
	mode := wecomtest.Redelivery{}
	switch r := y.rand("redelivery"); {
	case r.IntN(40) == 0:
		mode.Again, y.stats.again = 1+r.IntN(2), y.stats.again+1
	case r.IntN(80) == 0:
		mode.Parallel, y.stats.again = 2, y.stats.again+1
	}
	y.fake.SetRedelivery(mode)
	p.heard, y.acting = nil, p
	defer func() { y.acting = nil }()
	a := do()
	if a.Err != nil {
		y.violation([]*simPerson{p}, "%s does %q and the callback fails: %v", p.name, line, a.Err)
		return ""
	}
	for _, x := range a.Attempts {
		if x.Err != nil || x.Kind != a.Attempts[0].Kind || x.Text != a.Attempts[0].Text {
			y.violation([]*simPerson{p}, "%s does %q; delivered again it is answered %q %v, at first %q", p.name, line, x.Text, x.Err, a.Attempts[0].Text)
		}
	}
	y.deliver()
	for range 8 { // the platform failed the answer to a press: the person waits for it
		if len(p.heard) > 0 || !y.faulty[y.local().Format(time.DateOnly)] {
			break
		}
		wait, ok := y.put()
		if !ok {
			break
		}
		y.set(wait.Add(time.Second))
		y.deliver()
	}
	answer := strings.Join(p.heard, "\n")
	y.learn(p, line, answer)
	y.judgeAnswer(p, line, answer, a)
	return answer
}

// ---- time ---------------------------------------------------------------------------------------

// event is something that will be done at an instant.
type event struct {
	at   time.Time
	turn int64
	do   func()
}

type agenda []event

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].turn < a[j].turn
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(event)) }
func (a *agenda) Pop() any {
	old := *a
	x := old[len(old)-1]
	*a = old[:len(old)-1]
	return x
}

// at puts something on the agenda; what is past is done next.
func (y *year) at(when time.Time, do func()) {
	y.turn++
	heap.Push(&y.agenda, event{when, y.turn, do})
}

// after puts something on the agenda, in the waking hours.
func (y *year) after(d time.Duration, do func()) { y.at(awake(y.now().Add(d)), do) }

// awake gives an instant at which people are up: they write between 7:05 and 22:40.
func awake(t time.Time) time.Time {
	l := t.In(simZone)
	midnight := time.Date(l.Year(), l.Month(), l.Day(), 0, 0, 0, 0, simZone)
	switch c := l.Sub(midnight); {
	case c < 7*time.Hour+5*time.Minute:
		return midnight.Add(7*time.Hour + 5*time.Minute + c/10)
	case c > 22*time.Hour+40*time.Minute:
		return midnight.AddDate(0, 0, 1).Add(7*time.Hour + 5*time.Minute + (c-22*time.Hour)/4)
	}
	return t
}

// play runs through the days.
func (y *year) play() {
	started := time.Now()
	last := day(y.o.to).AddDate(0, 0, 1)
	for d := day(y.o.from); d.Before(last); d = d.AddDate(0, 0, 1) {
		if d.Day() == 1 && y.o.more > 1 {
			y.t.Logf("%s after %s", d.Format(time.DateOnly), time.Since(started).Round(time.Millisecond))
		}
		y.morning(d)
		y.until(d.AddDate(0, 0, 1))
		if y.over() {
			break
		}
	}
	if len(y.failures) == 0 && !y.down {
		y.undelivered()
	}
	y.stats.took = time.Since(started)
}

// until does what the agenda holds before an instant.
func (y *year) until(end time.Time) {
	for len(y.agenda) > 0 && y.agenda[0].at.Before(end) && !y.over() {
		e := heap.Pop(&y.agenda).(event)
		y.set(e.at)
		e.do()
	}
	y.set(end)
}

// ---- failures -----------------------------------------------------------------------------------

// violation notes something that must not be, with the last lines of the people involved.
func (y *year) violation(who []*simPerson, format string, args ...any) {
	var b strings.Builder
	head := fmt.Sprintf("%s: %s\n", y.local().Format("2006-01-02 15:04:05"), fmt.Sprintf(format, args...))
	b.WriteString("the last lines before it:\n")
	var lines []string
	for i := len(y.lines) - 1; i >= 0 && len(lines) < 40; i-- {
		if x := y.lines[i]; slices.Contains(who, x.who) {
			mark := "←"
			if x.own {
				mark = "→"
			}
			lines = append(lines, fmt.Sprintf("  %s %s %s %s", x.at.In(simZone).Format("01-02 15:04:05"), x.who.name, mark, strings.ReplaceAll(x.text, "\n", " / ")))
		}
	}
	slices.Reverse(lines)
	b.WriteString(strings.Join(lines, "\n"))
	if len(lines) == 0 {
		b.Reset()
	}
	b.WriteString("\n" + head)
	if kind := y.kind(head); !y.kinds[kind] {
		y.kinds[kind] = true
		if y.o.more > 1 {
			y.t.Log(head)
		}
		y.failures = append(y.failures, b.String())
	}
}

var numbers = regexp.MustCompile(`[\d:-]+`)

// kind is how a failure begins, whoever and whenever it is.
func (y *year) kind(head string) string {
	for name := range y.byName {
		head = strings.ReplaceAll(head, name, "")
	}
	r := []rune(numbers.ReplaceAllString(head, ""))
	return string(r[:min(80, len(r))])
}

// over says that the year is not played any further.
func (y *year) over() bool { return len(y.failures) > 0 && len(y.failures) >= y.o.more }

// again is the command that plays the same once more.
func (o simOptions) again() string {
	s := fmt.Sprintf("go test . -run 'TestYear$' -seed %d -database %s -from %s -to %s", o.seed, o.dialect, o.from, o.to)
	if o.broken != "" {
		s += " -broken " + fmt.Sprintf("%q", o.broken)
	}
	return s
}
