// Package scheduler makes what is due into promises (Plan) and promises into messages (Deliver).
//
// Neither half remembers anything: Plan recomputes what is due over an overlapping window and the
// key of each notice makes it once; Deliver works under leases that only their owner can settle.
// So any number of replicas may run it, and after downtime each thread speaks once, late.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"trainingbot/domain"
)

// Store is what the scheduler needs of the storage.
type Store interface {
	Offices(ctx context.Context) ([]domain.Office, error)
	Facts(ctx context.Context, office domain.OfficeID, from, to time.Time) (domain.Facts, error)
	// Fresh gives those of the notices whose keys are not known yet.
	Fresh(ctx context.Context, notices []domain.Notice) ([]domain.Notice, error)
	Promise(ctx context.Context, notices []domain.Notice, now time.Time) (made int, err error)
}

// Outbox is what the scheduler needs of the outbox.
type Outbox interface {
	Claim(ctx context.Context, owner string, now time.Time, lease time.Duration, n int) ([]domain.Delivery, error)
	Holds(ctx context.Context, d domain.Delivery, now time.Time) (bool, error)
	Settle(ctx context.Context, d domain.Delivery, o domain.Outcome, now time.Time) (ours bool, err error)
	Tick(ctx context.Context, name string, at time.Time) error
	Prune(ctx context.Context, before time.Time) (int, error)
	// Usage counts what was sent since an instant and the accounts there are.
	Usage(ctx context.Context, since time.Time) (domain.Usage, error)
}

// Post hands one delivery to its platform and says what became of it. It never fails otherwise.
type Post interface {
	Deliver(ctx context.Context, d domain.Delivery) domain.Outcome
}

// Options are the parts of a Scheduler. All are required but Keep and Wake.
type Options struct {
	Store  Store
	Outbox Outbox
	Post   Post
	SOP    func() domain.SOP // the procedure of the moment: a holiday notice may be loaded while running
	Now    func() time.Time
	Owner  string // tells replicas apart, e.g. host and process id
	Log    *slog.Logger
	Keep   time.Duration   // how long settled rows are kept; 0: 180 days
	Wake   <-chan struct{} // says that something was promised; may be nil
}

// Scheduler runs the two halves.
type Scheduler struct {
	o Options
}

// Lease is how long a claimed delivery belongs to its worker; it outlasts any send by far.
const Lease = time.Minute

// fresh is how long after its claim a delivery is sent without another look at it.
const fresh = time.Second

const (
	batch   = 100 // deliveries claimed at a time
	workers = 8   // sends at a time
)

// New makes a Scheduler.
func New(o Options) *Scheduler {
	if o.Keep == 0 {
		o.Keep = 180 * 24 * time.Hour
	}
	return &Scheduler{o: o}
}

// Run plans every minute and delivers every second, in the office's zone, until ctx ends; then it
// waits for what is under way.
func (s *Scheduler) Run(ctx context.Context) error {
	log := cronLog{s.o.Log}
	// Recover is innermost: outside SkipIfStillRunning one panic would end the job for good.
	c := cron.New(cron.WithLocation(s.o.SOP().Calendar.Zone), cron.WithLogger(log),
		cron.WithChain(cron.SkipIfStillRunning(log), cron.Recover(log)))
	jobs := []struct {
		spec string
		name string
		run  func(context.Context, time.Time) error
	}{
		{"* * * * *", "plan", s.Plan},
		{"@every 1s", "deliver", s.drain},
		{"17 3 * * *", "prune", s.prune},
	}
	for _, j := range jobs {
		if _, err := c.AddFunc(j.spec, func() { s.once(ctx, j.name, j.run) }); err != nil {
			return fmt.Errorf("schedule %s: %w", j.name, err)
		}
	}
	s.once(ctx, "plan", s.Plan) // what fell due while the program was down
	c.Start()
	for {
		select {
		case <-s.o.Wake:
			s.once(ctx, "deliver", s.drain)
		case <-ctx.Done():
			<-c.Stop().Done()
			return nil
		}
	}
}

func (s *Scheduler) once(ctx context.Context, name string, run func(context.Context, time.Time) error) {
	if ctx.Err() != nil {
		return
	}
	if err := run(ctx, s.o.Now()); err != nil && ctx.Err() == nil {
		s.o.Log.Error("scheduler", "job", name, "err", err)
	}
}

// Tick plans and delivers once for the instant now: what one run of each half does.
func (s *Scheduler) Tick(ctx context.Context, now time.Time) error {
	return errors.Join(s.Plan(ctx, now), s.drain(ctx, now))
}

// Plan promises what has fallen due and is still open. In the quiet hours it promises nothing:
// what is due is still due in the morning (mission E10).
func (s *Scheduler) Plan(ctx context.Context, now time.Time) error {
	sop := s.o.SOP()
	if sop.Policy.Reminders.Quiet(domain.ClockOf(now.In(sop.Calendar.Zone))) {
		return s.o.Outbox.Tick(ctx, "plan", now)
	}
	offices, err := s.o.Store.Offices(ctx)
	if err != nil {
		return fmt.Errorf("list offices: %w", err)
	}
	usage, err := s.o.Outbox.Usage(ctx, sop.Calendar.At(sop.Calendar.Date(now), domain.Clock{}))
	if err != nil {
		return fmt.Errorf("count what was sent: %w", err)
	}
	var digests []domain.Notice // of all offices: a person has one a day
	w := domain.Window{From: now.AddDate(0, 0, -sop.Policy.Reminders.CatchUpDays), To: now}
	var errs []error
	for _, o := range offices {
		waits, err := s.planOffice(ctx, sop, o, w, usage, now)
		if err != nil {
			errs = append(errs, fmt.Errorf("plan for office %s: %w", o.ID, err))
		}
		digests = append(digests, waits...)
	}
	if len(errs) > 0 && len(errs) == len(offices) {
		return errors.Join(errs...) // nothing was planned: readiness must see it
	}
	if err := s.promise(ctx, sop.Fold(offices, digests, now), now); err != nil {
		errs = append(errs, fmt.Errorf("promise digests: %w", err))
	}
	return errors.Join(append(errs, s.o.Outbox.Tick(ctx, "plan", now))...)
}

// planOffice promises what is due in an office, but for what waits for its people's digests: that it gives.
func (s *Scheduler) planOffice(ctx context.Context, sop domain.SOP, o domain.Office, w domain.Window, usage domain.Usage, now time.Time) (digests []domain.Notice, err error) {
	facts, err := s.o.Store.Facts(ctx, o.ID, w.From, w.To)
	if err != nil {
		return nil, err
	}
	due, err := s.o.Store.Fresh(ctx, sop.Told(facts, w, now))
	if err != nil {
		return nil, err
	}
	var urgent []domain.Notice
	for _, n := range sop.WithinQuota(facts, due, usage, now) {
		if n.Digest {
			digests = append(digests, n)
		} else {
			urgent = append(urgent, n)
		}
	}
	return digests, s.promise(ctx, urgent, now)
}

func (s *Scheduler) promise(ctx context.Context, ns []domain.Notice, now time.Time) error {
	if len(ns) == 0 {
		return nil
	}
	made, err := s.o.Store.Promise(ctx, ns, now)
	if made > 0 {
		s.o.Log.Info("promised", "notices", made)
	}
	return err
}

// Deliver claims what is ready, hands it to the post, and settles it. It gives how many deliveries
// it claimed.
func (s *Scheduler) Deliver(ctx context.Context, now time.Time) (int, error) {
	claimed, err := s.o.Outbox.Claim(ctx, s.o.Owner, now, Lease, batch)
	if err != nil {
		return 0, fmt.Errorf("claim: %w", err)
	}
	errs := make([]error, len(claimed))
	var wg sync.WaitGroup
	slots := make(chan struct{}, workers)
	for _, queue := range queues(claimed) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			for _, i := range queue {
				errs[i] = s.deliver(ctx, claimed[i], now)
			}
		})
	}
	wg.Wait()
	return len(claimed), errors.Join(errs...)
}

// queues groups deliveries by whom they are for, each group in the order it was claimed: the parts of
// one long answer must arrive one after the other.
func queues(claimed []domain.Delivery) [][]int {
	var out [][]int
	at := map[string]int{}
	for i, d := range claimed {
		to := d.Platform + "\x00" + strings.Join(d.To, "\x00")
		n, ok := at[to]
		if !ok {
			n = len(out)
			at[to], out = n, append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// drain delivers until nothing is ready.
func (s *Scheduler) drain(ctx context.Context, now time.Time) error {
	for {
		n, err := s.Deliver(ctx, now)
		if err != nil || n < batch {
			return err
		}
		now = s.o.Now()
	}
}

func (s *Scheduler) deliver(ctx context.Context, d domain.Delivery, claimed time.Time) error {
	// A worker that slept through its lease must not send what another may be sending.
	if s.o.Now().Sub(claimed) > Lease/2 {
		return nil
	}
	wanted, err := s.wanted(ctx, d, claimed)
	if err != nil {
		return fmt.Errorf("look at %s again: %w", d.ID, err)
	}
	out := domain.Outcome{Fate: domain.Again, RetryAt: s.o.Now(), Reason: "no longer wanted when its turn came"}
	if wanted {
		out = s.o.Post.Deliver(ctx, d)
	}
	// Once sent it is settled even while shutting down; otherwise it would be sent again.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	now := s.o.Now()
	told, err := s.told(ctx, d, out, now)
	if err != nil {
		return fmt.Errorf("settle %s: %w", d.ID, err) // its lease ends, and the platform knows the same bytes again
	}
	out.Told = told
	ours, err := s.o.Outbox.Settle(ctx, d, out, now)
	if err != nil {
		return fmt.Errorf("settle %s: %w", d.ID, err)
	}
	if !ours {
		s.o.Log.Warn("lease lost", "delivery", d.ID, "attempt", d.Attempt)
		return nil
	}
	if out.Fate == domain.Dead || out.Fate == domain.Again {
		s.o.Log.Warn("not delivered", "delivery", d.ID, "key", d.Key, "fate", out.Fate, "attempt", d.Attempt, "reason", out.Reason)
	}
	return nil
}

// wanted says whether a delivery is still to be sent: what waited behind slow sends may have been
// withdrawn meanwhile.
func (s *Scheduler) wanted(ctx context.Context, d domain.Delivery, claimed time.Time) (bool, error) {
	now := s.o.Now()
	if now.Sub(claimed) <= fresh || ctx.Err() != nil { // when stopping, the post gives it back itself
		return true, nil
	}
	return s.o.Outbox.Holds(ctx, d, now)
}

// told gives what the office hears about who was not reached.
func (s *Scheduler) told(ctx context.Context, d domain.Delivery, out domain.Outcome, now time.Time) ([]domain.Notice, error) {
	if d.Office == "" || out.Fate != domain.Dead && len(out.Receipt.Failed) == 0 {
		return nil, nil
	}
	facts, err := s.o.Store.Facts(ctx, d.Office, now, now)
	if err != nil {
		return nil, err
	}
	if n, ok := s.o.SOP().Undelivered(facts, d, out, now); ok {
		return []domain.Notice{n}, nil
	}
	return nil, nil
}

func (s *Scheduler) prune(ctx context.Context, now time.Time) error {
	n, err := s.o.Outbox.Prune(ctx, now.Add(-s.o.Keep))
	if n > 0 {
		s.o.Log.Info("pruned", "rows", n)
	}
	return err
}

type cronLog struct{ log *slog.Logger }

func (l cronLog) Info(msg string, kv ...any) { l.log.Debug("cron: "+msg, kv...) }
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Error("cron: "+msg, append(kv, "err", err)...)
}
