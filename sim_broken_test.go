//go:build unix

package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"trainingbot/bot"
	"trainingbot/bot/link"
	"trainingbot/bot/wecom"
	"trainingbot/domain"
	"trainingbot/scheduler"
)

// breaking is one way in which the program is wrong on purpose, so that it is known that the year sees
// it (TestYearSees). A nil wrapper changes nothing.
type breaking struct {
	wrapStore func(bot.Store) bot.Store
	wrapPlan  func(scheduler.Store) scheduler.Store
	wrapDoor  func(http.Handler) http.Handler
	sees      string // what the failure says
	from      string // the day to begin with, when January has nothing to be seen; "": its first
}

// breakings are the faults a bot of this kind can have, by name.
func breakings() map[string]breaking {
	return map[string]breaking{
		"a deadline is dropped": {sees: "was due at", from: "2026-01-29", wrapPlan: func(s scheduler.Store) scheduler.Store { return dropsDeadlines{s} }},
		"a notice goes twice":   {sees: "is told the same again", from: "2026-01-29", wrapPlan: func(s scheduler.Store) scheduler.Store { return saysTwice{s} }},
		"points are wrong":      {sees: "takes -2 of", wrapStore: func(s bot.Store) bot.Store { return spoils{Store: s, change: takesDouble} }},
		"roles are not asked":   {sees: "which their role does not allow", wrapStore: func(s bot.Store) bot.Store { return allSupervisors{s} }},
		"a message is swallowed": {sees: "and nothing happens|gets no answer", wrapDoor: func(h http.Handler) http.Handler {
			n := 0
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if n++; n%50 != 0 {
					h.ServeHTTP(w, r)
				}
			})
		}},
		"a presence is not kept": {sees: "closes with", wrapStore: func(s bot.Store) bot.Store { return forgetsPresence{s} }},
	}
}

// join joins the rooms of the program as NewApp does, with the codes of the seed and with what is
// broken between them.
func (y *year) join(a *App) http.Handler {
	store, plan := bot.Store(ledger{a.db}), scheduler.Store(a.db)
	if y.broken.wrapStore != nil {
		store = y.broken.wrapStore(store)
	}
	if y.broken.wrapPlan != nil {
		plan = y.broken.wrapPlan(plan)
	}
	limits := link.NewMemoryLimiter(a.o.Now)
	a.bot = bot.New(bot.Options{
		Store: store, SOP: a.procedure.SOP, Now: a.o.Now, Secret: y.secret,
		Limit: patience{limits}, Checks: a.chatChecks, Loaded: a.changed,
	})
	a.callback = wecom.NewCallback(a.wecomConfig(limits), a.metrics.handler(a.bot), a.o.Now, a.o.Log)
	a.scheduler = scheduler.New(scheduler.Options{
		Store: plan, Outbox: a.db, Post: postman{bot.NewPost(a.o.Now, a.platforms...), a.o.Now, a.metrics.delivered},
		SOP: a.procedure.SOP, Now: a.o.Now, Owner: owner(), Log: a.o.Log,
	})
	if y.broken.wrapDoor != nil {
		return y.broken.wrapDoor(a.Handler())
	}
	return a.Handler()
}

// secret gives what the codes of a session are made from: by the seed, so that a year can be played again.
func (y *year) secret() []byte {
	y.mu.Lock()
	defer y.mu.Unlock()
	r := y.rand("secrets")
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// dropsDeadlines forgets that a window opens.
type dropsDeadlines struct{ scheduler.Store }

func (s dropsDeadlines) Promise(ctx context.Context, ns []domain.Notice, now time.Time) (int, error) {
	return s.Store.Promise(ctx, slices.DeleteFunc(ns, func(n domain.Notice) bool { return n.Kind == domain.MonthlyAssessment && n.Stage == "open" }), now)
}

// saysTwice gives a notice two keys.
type saysTwice struct{ scheduler.Store }

func (s saysTwice) Promise(ctx context.Context, ns []domain.Notice, now time.Time) (int, error) {
	for _, n := range ns {
		if n.Kind == domain.MonthlyAssessment {
			n.Key, n.Thread, n.At = n.Key+":again", n.Thread+":again", n.At.Add(5*time.Hour) // the platform itself keeps back what is the same within four
			ns = append(ns, n)
		}
	}
	return s.Store.Promise(ctx, ns, now)
}

// spoils lets something change every decision before it is kept.
type spoils struct {
	bot.Store
	change func(*domain.Change)
}

func (s spoils) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	return s.Store.Change(ctx, c, func(v bot.View) (domain.Change, error) {
		ch, err := decide(v)
		if err == nil {
			s.change(&ch)
		}
		return ch, err
	})
}

func takesDouble(ch *domain.Change) {
	for i := range ch.Points {
		if strings.Contains(ch.Points[i].Reason, "纪律") && ch.Points[i].Reverses == "" {
			ch.Points[i].Points *= 2
		}
	}
}

// allSupervisors takes everybody for a supervisor.
type allSupervisors struct{ bot.Store }

func (s allSupervisors) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	return s.Store.Change(ctx, c, func(v bot.View) (domain.Change, error) { return decide(promoted{v}) })
}

type promoted struct{ bot.View }

func (v promoted) PersonByHandle(h domain.Handle) (domain.Person, bool, error) {
	p, ok, err := v.View.PersonByHandle(h)
	return promote(p), ok, err
}

func (v promoted) Staff(o domain.OfficeID) (domain.Staff, error) {
	staff, err := v.View.Staff(o)
	out := make(domain.Staff, len(staff))
	for i, p := range staff {
		out[i] = promote(p)
	}
	return out, err
}

func promote(p domain.Person) domain.Person {
	p.Memberships = slices.Clone(p.Memberships)
	for i := range p.Memberships {
		p.Memberships[i].Roles = append(slices.Clone(p.Memberships[i].Roles), domain.Supervisor)
	}
	return p
}

// forgetsPresence answers a check-in and does not keep it.
type forgetsPresence struct{ bot.Store }

func (s forgetsPresence) CheckIn(ctx context.Context, c bot.Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	return s.Store.CheckIn(ctx, c, func(r domain.Roll) (domain.Change, error) {
		ch, err := decide(r)
		if strings.HasSuffix(string(r.By.No), "7") {
			ch.Attendance = nil
		}
		return ch, err
	})
}
