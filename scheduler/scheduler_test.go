package scheduler_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/scheduler"
)

// ledger is a storage in memory: notices by key, rows under leases.
type ledger struct {
	mu      sync.Mutex
	facts   domain.Facts
	notices map[string]domain.Notice
	order   []string
	rows    []row
	ticks   int
	usage   domain.Usage
	lost    bool // settling finds the lease gone
	over    bool // the threads of what is claimed have ended
	away    bool // the process dies before it can promise anything more
}

type row struct {
	delivery domain.Delivery
	out      domain.Outcome
}

func (l *ledger) Offices(context.Context) ([]domain.Office, error) {
	return []domain.Office{l.facts.Office}, nil
}

func (l *ledger) Facts(context.Context, domain.OfficeID, time.Time, time.Time) (domain.Facts, error) {
	return l.facts, nil
}

func (l *ledger) Promise(_ context.Context, ns []domain.Notice, _ time.Time) (made int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		return 0, errors.New("database away")
	}
	return l.promised(ns), nil
}

func (l *ledger) Fresh(_ context.Context, ns []domain.Notice) (out []domain.Notice, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range ns {
		if _, known := l.notices[n.Key]; !known {
			out = append(out, n)
		}
	}
	return out, nil
}

func (l *ledger) promised(ns []domain.Notice) (made int) {
	for _, n := range ns {
		if _, known := l.notices[n.Key]; !known {
			l.notices[n.Key] = n
			l.order = append(l.order, n.Key)
			for _, x := range n.Items {
				l.notices[x.Key] = x
			}
			l.rows = append(l.rows, row{delivery: domain.Delivery{ID: fmt.Sprint(len(l.rows)), Key: n.Key, Office: n.Office, Platform: "wecom", To: []string{"fang"}, Body: n.Body}})
			made++
		}
	}
	return made
}

func (l *ledger) Claim(_ context.Context, owner string, now time.Time, _ time.Duration, n int) (out []domain.Delivery, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.rows {
		r := &l.rows[i]
		again := r.out.Fate == domain.Again && !r.out.RetryAt.After(now)
		if len(out) < n && r.delivery.Owner == "" && (r.out.Fate == "" || again) {
			r.delivery.Owner, r.out = owner, domain.Outcome{}
			r.delivery.Attempt++
			out = append(out, r.delivery)
		}
	}
	return out, nil
}

func (l *ledger) Settle(_ context.Context, d domain.Delivery, o domain.Outcome, _ time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return false, nil
	}
	i := slices.IndexFunc(l.rows, func(r row) bool { return r.delivery.ID == d.ID })
	l.rows[i].out, l.rows[i].delivery.Owner = o, ""
	l.promised(o.Told)
	return true, nil
}

func (l *ledger) Holds(context.Context, domain.Delivery, time.Time) (bool, error) {
	return !l.over && !l.lost, nil
}

func (l *ledger) Tick(context.Context, string, time.Time) error { l.ticks++; return nil }

func (l *ledger) Usage(context.Context, time.Time) (domain.Usage, error) { return l.usage, nil }

func (l *ledger) Prune(context.Context, time.Time) (int, error) { return 0, nil }

// post answers each delivery with what the script says, then with Sent.
type post struct {
	mu     sync.Mutex
	script []domain.Outcome
	sent   []domain.Delivery
}

func (p *post) Deliver(_ context.Context, d domain.Delivery) domain.Outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, d)
	if len(p.script) > 0 {
		o := p.script[0]
		p.script = p.script[1:]
		return o
	}
	return domain.Outcome{Fate: domain.Sent}
}

type office struct {
	*ledger
	*post
	s   *scheduler.Scheduler
	sop domain.SOP
	now time.Time
	log *bytes.Buffer
}

func newOffice(t *testing.T) *office {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	cal, err := domain.NewCalendar(zone, domain.CalendarPolicy{})
	if err != nil {
		t.Fatal(err)
	}
	member := func(id, name string, r domain.Role) domain.Person {
		return domain.Person{ID: domain.PersonID(id), No: id, Name: name, Handles: []domain.Handle{{Platform: "wecom", User: id}},
			Memberships: []domain.Membership{{Office: "hu", Roles: []domain.Role{r}, Since: domain.NewDate(2020, 1, 1)}}}
	}
	o := &office{
		ledger: &ledger{notices: map[string]domain.Notice{}, facts: domain.Facts{
			Office: domain.Office{ID: "hu", Name: "翠湖管理处", Since: domain.NewDate(2026, 11, 1)},
			Staff:  domain.Staff{member("fang", "王芳", domain.Supervisor), member("zhou", "周国平", domain.Director), member("li", "李工", domain.Administrator)},
		}},
		post: &post{}, sop: domain.SOP{Policy: domain.DefaultPolicy(), Calendar: cal}, log: &bytes.Buffer{},
	}
	o.s = scheduler.New(scheduler.Options{Store: o.ledger, Outbox: o.ledger, Post: o.post, SOP: func() domain.SOP { return o.sop },
		Now: func() time.Time { return o.now }, Owner: "w1", Log: slog.New(slog.NewTextHandler(o.log, nil))})
	return o
}

func (o *office) at(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, o.sop.Calendar.Zone)
	if err != nil {
		t.Fatal(err)
	}
	o.now = at
	return at
}

func (o *office) of(kind domain.MatterKind) (out []domain.Notice) {
	for _, k := range o.order {
		if o.notices[k].Kind == kind {
			out = append(out, o.notices[k])
		}
	}
	return out
}

// Asleep over the 25th: one notice a thread, the supervisor's and by now the director's, and each says
// that it is late; planning again adds nothing.
func TestPlanCatchesUpOnce(t *testing.T) {
	o := newOffice(t)
	for range 3 {
		if err := o.s.Plan(t.Context(), o.at(t, "2026-11-29 10:00")); err != nil {
			t.Fatal(err)
		}
	}
	got := o.of(domain.MonthlyPlanDue)
	if len(got) != 2 || got[0].Items[0].Thread == got[1].Items[0].Thread || !strings.Contains(got[0].Body.Text, "原定") || !strings.Contains(got[1].Body.Text, "原定") {
		t.Errorf("%+v", got)
	}
	if o.ticks != 3 {
		t.Errorf("%d ticks noted", o.ticks)
	}
}

func TestPlanIsSilentInTheQuietHours(t *testing.T) {
	o := newOffice(t)
	for _, at := range []string{"2026-11-25 23:00", "2026-11-26 03:00", "2026-11-26 06:59"} {
		if err := o.s.Plan(t.Context(), o.at(t, at)); err != nil || len(o.notices) != 0 {
			t.Errorf("%s: %d notices, %v", at, len(o.notices), err)
		}
	}
	if err := o.s.Plan(t.Context(), o.at(t, "2026-11-26 07:00")); err != nil || len(o.of(domain.MonthlyPlanDue)) != 1 {
		t.Errorf("in the morning: %+v, %v", o.of(domain.MonthlyPlanDue), err)
	}
}

// Near the platform's limit of the day what can wait does, and the administrator hears of it once; what
// is urgent goes out.
func TestPlanNearTheLimit(t *testing.T) {
	o := newOffice(t)
	o.usage = domain.Usage{Sent: 480, Accounts: 3}
	for range 2 {
		if err := o.s.Plan(t.Context(), o.at(t, "2026-11-24 09:00")); err != nil {
			t.Fatal(err)
		}
	}
	if got := o.of(domain.MonthlyPlanDue); len(got) != 0 || !strings.Contains(o.notices[o.order[len(o.order)-1]].Body.Text, "已发出480人次，接近平台一天的上限600人次") {
		t.Errorf("%+v %v", got, o.order)
	}
	if err := o.s.Plan(t.Context(), o.at(t, "2026-11-25 09:00")); err != nil || len(o.of(domain.MonthlyPlanDue)) != 1 {
		t.Errorf("the very day: %v %v", o.of(domain.MonthlyPlanDue), err)
	}
	o.usage.Sent = 479
	if err := o.s.Plan(t.Context(), o.at(t, "2026-11-27 09:00")); err != nil || len(o.of(domain.MonthlyPlanDue)) < 2 {
		t.Errorf("with room again: %v %v", o.of(domain.MonthlyPlanDue), err)
	}
}

func (o *office) promise(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		if _, err := o.Promise(t.Context(), []domain.Notice{{Key: fmt.Sprintf("k%d", i), Office: "hu", Body: domain.Say("培训改期")}}, o.now); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTickDeliversAllThereIs(t *testing.T) {
	o := newOffice(t)
	o.at(t, "2026-11-24 03:00") // quiet: nothing is planned, what was promised by a decision still goes
	o.promise(t, 250)
	if err := o.s.Tick(t.Context(), o.now); err != nil || len(o.sent) != 250 {
		t.Errorf("%d sent, %v", len(o.sent), err)
	}
}

// What did not reach its reader is told to the administrator, once, and never about itself.
func TestUndeliveredIsTold(t *testing.T) {
	for name, out := range map[string]domain.Outcome{
		"dead":       {Fate: domain.Dead, Reason: "user not in range"},
		"not to all": {Fate: domain.Sent, Receipt: domain.Receipt{Failed: []domain.Missed{{User: "fang", Reason: "invalid user"}}}},
	} {
		o := newOffice(t)
		o.at(t, "2026-11-24 03:00")
		o.promise(t, 1)
		o.script = []domain.Outcome{out, {Fate: domain.Dead, Reason: "nor this"}}
		for range 4 {
			if err := o.s.Tick(t.Context(), o.now); err != nil {
				t.Fatal(err)
			}
		}
		if len(o.notices) != 2 || len(o.sent) != 2 {
			t.Fatalf("%s: %d notices, %d sent", name, len(o.notices), len(o.sent))
		}
		n := o.notices[o.order[1]]
		if len(n.To) != 1 || n.To[0] != "li" || !strings.Contains(n.Body.Text, "王芳") || !strings.Contains(n.Body.Text, "培训改期") {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

// A card that cannot be brought up to date is nobody's missing message.
func TestDeadUpdateIsNotTold(t *testing.T) {
	o := newOffice(t)
	o.at(t, "2026-11-24 03:00")
	o.promise(t, 1)
	o.rows[0].delivery.Update = &domain.Receipt{ID: "card"}
	o.script = []domain.Outcome{{Fate: domain.Dead, Reason: "42016"}}
	if _, err := o.s.Deliver(t.Context(), o.now); err != nil || len(o.notices) != 1 {
		t.Errorf("%d notices, %v", len(o.notices), err)
	}
}

// The word of it is kept with the outcome: a process that dies right after has told the office.
func TestUndeliveredIsKeptWithTheOutcome(t *testing.T) {
	o := newOffice(t)
	o.at(t, "2026-11-24 03:00")
	o.promise(t, 1)
	o.away, o.script = true, []domain.Outcome{{Fate: domain.Dead, Reason: "user not in range"}}
	if _, err := o.s.Deliver(t.Context(), o.now); err != nil || len(o.notices) != 2 {
		t.Errorf("%d notices, %v", len(o.notices), err)
	}
}

func TestRetriedWhenDue(t *testing.T) {
	o := newOffice(t)
	start := o.at(t, "2026-11-24 03:00")
	o.promise(t, 1)
	o.script = []domain.Outcome{{Fate: domain.Again, RetryAt: start.Add(4 * time.Second), Reason: "busy"}}
	for _, step := range []struct {
		after time.Duration
		sent  int
	}{{0, 1}, {3 * time.Second, 1}, {4 * time.Second, 2}, {time.Hour, 2}} {
		o.now = start.Add(step.after)
		if err := o.s.Tick(t.Context(), o.now); err != nil || len(o.sent) != step.sent {
			t.Errorf("after %s: %d sent, want %d, %v", step.after, len(o.sent), step.sent, err)
		}
	}
}

// What waited behind slow sends is looked at again: what nobody needs any more is given back unsent.
func TestWaitedTooLongIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		waited time.Duration
		over   bool
		sent   int
	}{
		"at once":                 {0, true, 1},
		"waited, still wanted":    {5 * time.Second, false, 1},
		"waited, the thread over": {5 * time.Second, true, 0},
	} {
		o := newOffice(t)
		claimed := o.at(t, "2026-11-24 03:00")
		o.promise(t, 1)
		o.over, o.now = c.over, claimed.Add(c.waited)
		if _, err := o.s.Deliver(t.Context(), claimed); err != nil || len(o.sent) != c.sent {
			t.Errorf("%s: %d sent, %v", name, len(o.sent), err)
		}
		if r := o.rows[0]; r.delivery.Owner != "" || (r.out.Fate == domain.Sent) != (c.sent == 1) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A worker that slept through its lease sends nothing; one whose lease was taken reports nothing.
func TestSleeperSendsNothing(t *testing.T) {
	o := newOffice(t)
	claimed := o.at(t, "2026-11-24 03:00")
	o.promise(t, 1)
	o.now = claimed.Add(scheduler.Lease)
	if _, err := o.s.Deliver(t.Context(), claimed); err != nil || len(o.sent) != 0 {
		t.Errorf("%d sent, %v", len(o.sent), err)
	}
	o = newOffice(t)
	o.at(t, "2026-11-24 03:00")
	o.promise(t, 1)
	o.lost, o.script = true, []domain.Outcome{{Fate: domain.Dead, Reason: "gone"}}
	if _, err := o.s.Deliver(t.Context(), o.now); err != nil || len(o.notices) != 1 {
		t.Errorf("%d notices, %v", len(o.notices), err)
	}
	if !strings.Contains(o.log.String(), "lease lost") {
		t.Error("nothing in the log")
	}
}

type failing struct{ *ledger }

func (failing) Offices(context.Context) ([]domain.Office, error) {
	return nil, errors.New("database away")
}

func TestPlanSaysWhatFailed(t *testing.T) {
	o := newOffice(t)
	s := scheduler.New(scheduler.Options{Store: failing{o.ledger}, Outbox: o.ledger, Post: o.post, SOP: func() domain.SOP { return o.sop }, Now: func() time.Time { return o.now }, Owner: "w", Log: slog.New(slog.DiscardHandler)})
	if err := s.Plan(t.Context(), o.at(t, "2026-11-25 09:00")); err == nil || !strings.Contains(err.Error(), "list offices: database away") {
		t.Error(err)
	}
}
