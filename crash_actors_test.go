//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
	"trainingbot/storage"
)

// crashOffice is one office and the people of it.
type crashOffice struct {
	w          *crashWorld
	id         domain.OfficeID
	name       string
	supervisor string
	director   string
	trainees   []string // user ids
	r          *rand.Rand

	plan   int64 // the number of this month's plan, 0 before it is drafted
	period string
}

const (
	crashOffices  = 3
	crashTrainees = 10
)

// settle puts the people into the database and onto the platform.
func (w *crashWorld) settle(ctx context.Context) ([]*crashOffice, error) {
	db, err := storage.Open(ctx, w.url, storage.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var rows []storage.StaffRow
	var offices []*crashOffice
	hired := domain.Date{Year: 2020, Month: time.March, Day: 2}
	for i := range crashOffices {
		o := &crashOffice{w: w, name: fmt.Sprintf("管理处%d", i+1), supervisor: fmt.Sprintf("sup%d", i+1), director: fmt.Sprintf("dir%d", i+1),
			r: rand.New(rand.NewPCG(w.seed, uint64(10+i)))}
		add := func(user, name string, roles ...domain.Role) {
			rows = append(rows, storage.StaffRow{No: "K" + user, Name: name, Office: o.name, Roles: roles, Since: hired, Handles: []domain.Handle{{Platform: "wecom", User: user}}})
			w.fake.AddMember(wecomtest.Member{UserID: user, Name: name})
		}
		add(o.supervisor, "主管"+o.supervisor, domain.Supervisor)
		add(o.director, "主任"+o.director, domain.Director)
		add(fmt.Sprintf("safe%d", i+1), "安全"+o.name, domain.SafetyOfficer)
		add(fmt.Sprintf("coach%d", i+1), "教练"+o.name, domain.Coach, domain.Administrator)
		for j := range crashTrainees {
			user := fmt.Sprintf("t%d-%d", i+1, j+1)
			add(user, "学员"+user, domain.Trainee)
			o.trainees = append(o.trainees, user)
		}
		offices = append(offices, o)
	}
	if _, err := db.ImportStaff(ctx, rows, w.page.now()); err != nil {
		return nil, err
	}
	all, err := db.Offices(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range offices {
		i := slices.IndexFunc(all, func(x domain.Office) bool { return x.Name == o.name })
		o.id = all[i].ID
		w.logged(o.name, "staff.import", o.name)
	}
	return offices, nil
}

// play makes history, month by month, until there were enough kills, and ends it in peace.
func (w *crashWorld) play(ctx context.Context, offices []*crashOffice) error {
	month := time.Date(2026, 9, 1, 0, 0, 0, 0, shanghai())
	for !w.enough() {
		if err := w.month(ctx, month, offices); err != nil {
			return err
		}
		month = month.AddDate(0, 1, 0)
	}
	return w.drain(ctx)
}

// month runs through one month: plans for the next one are made early, in time or late, the clock
// passes every morning and evening from the 18th on, and some of next month's sessions are held.
func (w *crashWorld) month(ctx context.Context, month time.Time, offices []*crashOffice) error {
	next := month.AddDate(0, 1, 0)
	due, approval := dueDays(month)
	submits, decides := make([]time.Time, len(offices)), make([]time.Time, len(offices))
	for i, o := range offices {
		o.plan, o.period = 0, period(next)
		submits[i] = month.AddDate(0, 0, 17+o.r.IntN(11))
		decides[i] = submits[i].AddDate(0, 0, o.r.IntN(6))
	}
	for day := month.AddDate(0, 0, 17); day.Before(next.AddDate(0, 0, 3)); day = day.AddDate(0, 0, 1) {
		if err := w.leap(ctx, day.Add(9*time.Hour+time.Second)); err != nil {
			return err
		}
		for i, o := range offices {
			if day.Equal(due) && !submits[i].Before(day) {
				o.expect("D1:%s:%s:day:%sT09:00", o.id, o.period, day.Format(time.DateOnly))
			}
			if day.Equal(approval) && submits[i].Before(day) && !decides[i].Before(day) {
				o.expect("D2:%s:%s:v1:day:%sT09:00", o.id, o.period, day.Format(time.DateOnly))
			}
		}
		if err := together(offices, func(i int, o *crashOffice) error {
			if submits[i].Equal(day) {
				if err := o.submit(ctx); err != nil {
					return err
				}
			}
			if decides[i].Equal(day) {
				return o.decide(ctx)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := w.leap(ctx, day.Add(17*time.Hour+time.Second)); err != nil {
			return err
		}
	}
	return w.sessions(ctx, offices, next.AddDate(0, 0, 3), next.AddDate(0, 0, 16))
}

// together lets every office do something at the same time.
func together(offices []*crashOffice, do func(int, *crashOffice) error) error {
	errs := make([]error, len(offices))
	var wg sync.WaitGroup
	for i, o := range offices {
		wg.Go(func() { errs[i] = do(i, o) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (o *crashOffice) expect(format string, args ...any) {
	key := fmt.Sprintf(format, args...)
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	o.w.expects = append(o.w.expects, expectation{key, o.name + " " + o.period})
}

// say says something and wants the answer to have a piece.
func (o *crashOffice) say(ctx context.Context, user, text, want string) (string, error) {
	answer, err := o.w.say(ctx, user, text, o.r.IntN(10) == 0)
	if err == nil && !strings.Contains(answer, want) {
		o.w.violation("%s said %q and was answered %q, without %q", user, text, answer, want)
	}
	return answer, err
}

// sayForCard says something that is answered by a card, and waits until it is there.
func (o *crashOffice) sayForCard(ctx context.Context, user, text, want string) error {
	if _, err := o.say(ctx, user, text, ""); err != nil {
		return err
	}
	_, err := o.w.await(ctx, user, want)
	return err
}

func (o *crashOffice) key() string { return o.name + " " + o.period }

// version notes a change of a version of the plan: its state, and items added.
func (o *crashOffice) version(n int, state string, items int) {
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	vs := o.w.plans[o.key()]
	for len(vs) < n {
		vs = append(vs, planAt{})
		if len(vs) > 1 {
			vs[len(vs)-1].items = vs[len(vs)-2].items // a revision begins as a copy
		}
	}
	vs[n-1].state = state
	vs[n-1].items += items
	o.w.plans[o.key()] = vs
}

func (o *crashOffice) ref(n int) string { return fmt.Sprintf("%s v%d", planNo(o.plan), n) }

// submit drafts the plan, adds to it and submits it. The draft is shown on a card, which cannot come
// in the callback's response: that it comes at all is part of the test.
func (o *crashOffice) submit(ctx context.Context) error {
	if _, err := o.say(ctx, o.supervisor, "拟计划 "+o.period, ""); err != nil {
		return err
	}
	var plans []planInfo
	if err := o.w.ask(ctx, http.MethodGet, "/plans", &plans); err != nil {
		return err
	}
	i := slices.IndexFunc(plans, func(p planInfo) bool { return p.Office == o.name && p.Period == o.period })
	if i < 0 {
		o.w.violation("%s drafted %s, and there is no plan", o.name, o.period)
		return fmt.Errorf("no plan %s", o.key())
	}
	o.plan = plans[i].No
	o.version(1, "draft", plans[i].Versions[0].Items)
	o.w.logged(o.name, "plan.draft", o.ref(1))
	if _, err := o.w.await(ctx, o.supervisor, o.ref(1)); err != nil {
		return err
	}
	for range o.r.IntN(3) {
		if err := o.add(ctx, 1); err != nil {
			return err
		}
		if _, err := o.say(ctx, o.supervisor, "拟计划 "+o.period, ""); err != nil { // shows it again
			return err
		}
	}
	return o.report(ctx, 1)
}

// add puts one more session on version n, at a time of its own.
func (o *crashOffice) add(ctx context.Context, n int) error {
	line := fmt.Sprintf("加一场 %s-%02d %02d:%02d 如何与业主沟通", o.period, 2+o.r.IntN(25), 9+o.r.IntN(2), o.r.IntN(60))
	answer, err := o.w.say(ctx, o.supervisor, line, o.r.IntN(4) == 0)
	if err != nil || !strings.Contains(answer, "已加") {
		return err // another one stands at that time
	}
	o.version(n, "draft", 1)
	o.w.logged(o.name, "plan.add", o.ref(n))
	return nil
}

func (o *crashOffice) report(ctx context.Context, n int) error {
	if _, err := o.say(ctx, o.supervisor, "报计划 "+o.period, "已上报"); err != nil {
		return err
	}
	o.version(n, "submitted", 0)
	o.w.logged(o.name, "plan.submit", o.ref(n))
	return nil
}

// decide has the director approve, or return and approve the next version; afterwards the plan may
// be revised once more.
func (o *crashOffice) decide(ctx context.Context) error {
	n := 1
	for range o.r.IntN(3) {
		if _, err := o.say(ctx, o.director, "待批", ""); err != nil { // answered by a card
			return err
		}
	}
	if o.r.IntN(3) == 0 {
		if err := o.turnDown(ctx, n); err != nil {
			return err
		}
		n++
	}
	if err := o.approve(ctx, n); err != nil {
		return err
	}
	if o.r.IntN(3) > 0 {
		return nil
	}
	before := len(o.w.versions(o))
	if err := o.add(ctx, n+1); err != nil || len(o.w.versions(o)) == before {
		return err
	}
	if err := o.report(ctx, n+1); err != nil {
		return err
	}
	if err := o.approve(ctx, n+1); err != nil {
		return err
	}
	o.version(n, "superseded", 0)
	return nil
}

func (w *crashWorld) versions(o *crashOffice) []planAt {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.plans[o.key()]
}

// turnDown returns version n, by the card and the reason asked for, or in one line, and submits the
// next version.
func (o *crashOffice) turnDown(ctx context.Context, n int) error {
	if o.r.IntN(2) == 0 {
		if _, err := o.w.press(ctx, o.director, o.ref(n), "驳回"); err != nil {
			return err
		}
		if _, err := o.say(ctx, o.director, "22号前台验收，客服走不开", "已驳回"); err != nil {
			return err
		}
	} else if _, err := o.say(ctx, o.director, "驳回 "+o.ref(n)+" 22号前台验收，客服走不开", "已驳回"); err != nil {
		return err
	}
	o.over(n, "returned")
	o.w.logged(o.name, "plan.return", o.ref(n))
	for before := len(o.w.versions(o)); len(o.w.versions(o)) == before; {
		if err := o.add(ctx, n+1); err != nil {
			return err
		}
	}
	return o.report(ctx, n+1)
}

// approve approves version n by the card, pressed twice now and then, or in words.
func (o *crashOffice) approve(ctx context.Context, n int) error {
	if o.r.IntN(4) == 0 {
		if _, err := o.say(ctx, o.director, "同意 "+o.ref(n), "已批准"); err != nil {
			return err
		}
	} else {
		a, err := o.w.press(ctx, o.director, o.ref(n), "同意")
		if err != nil {
			return err
		}
		if a.Card == nil || a.Card.State == wecomtest.Live {
			o.w.violation("%s approved %s and the card is still live: %+v", o.director, o.ref(n), a)
		}
	}
	o.over(n, "approved")
	o.w.logged(o.name, "plan.approve", o.ref(n))
	return nil
}

// over notes that version n is decided.
func (o *crashOffice) over(n int, state string) {
	o.version(n, state, 0)
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	o.w.decided[o.ref(n)] = o.w.page.now()
}
