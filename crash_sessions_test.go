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
)

// classes is how many instants of a month have sessions held at them.
const classes = 3

// sessions holds some of the sessions planned between two days: all of one instant at a time, every
// office for itself, all trainees at once.
func (w *crashWorld) sessions(ctx context.Context, offices []*crashOffice, from, to time.Time) error {
	var all []sessionInfo
	if err := w.ask(ctx, http.MethodGet, "/sessions", &all); err != nil {
		return err
	}
	at := map[time.Time]map[string]int64{} // start to office to session
	for _, x := range all {
		if x.State == "planned" && x.Start.After(from) && x.Start.Before(to) && x.Start.After(w.page.now().Add(time.Hour)) {
			if at[x.Start] == nil {
				at[x.Start] = map[string]int64{}
			}
			if at[x.Start][x.Office] == 0 {
				at[x.Start][x.Office] = x.No
			}
		}
	}
	var starts []time.Time
	for start := range at {
		starts = append(starts, start)
	}
	slices.SortFunc(starts, time.Time.Compare)
	held := time.Time{}
	for range classes {
		starts = slices.DeleteFunc(starts, func(t time.Time) bool { return !t.After(held.Add(4 * time.Hour)) })
		// The instants at which most offices meet come first in the month's list.
		i := slices.IndexFunc(starts, func(t time.Time) bool { return len(at[t]) == len(offices) })
		if i < 0 {
			i = 0
		}
		if len(starts) == 0 || w.enough() {
			return nil
		}
		held = starts[i]
		if err := w.class(ctx, offices, held, at[held]); err != nil {
			return err
		}
	}
	return nil
}

// class holds the sessions of one instant.
func (w *crashWorld) class(ctx context.Context, offices []*crashOffice, start time.Time, no map[string]int64) error {
	if err := w.leap(ctx, start.Add(-28*time.Minute)); err != nil {
		return err
	}
	part := func(do func(*crashOffice, string) error) error {
		return together(offices, func(_ int, o *crashOffice) error {
			if no[o.name] == 0 {
				return nil
			}
			return do(o, fmt.Sprintf("S%d", no[o.name]))
		})
	}
	if err := part(func(o *crashOffice, s string) error { return o.checkIn(ctx, s, o.trainees[:len(o.trainees)-3]) }); err != nil {
		return err
	}
	if err := w.leap(ctx, start.Add(5*time.Minute)); err != nil { // from here on they are late
		return err
	}
	if err := part(func(o *crashOffice, s string) error {
		if err := o.checkIn(ctx, s, o.trainees[len(o.trainees)-4:len(o.trainees)-1]); err != nil {
			return err
		}
		return o.mark(ctx, s, o.trainees[len(o.trainees)-1])
	}); err != nil {
		return err
	}
	if err := w.leap(ctx, start.Add(50*time.Minute)); err != nil {
		return err
	}
	return part(func(o *crashOffice, s string) error {
		if err := o.sayForCard(ctx, o.supervisor, "关课 "+s+" 9人 大家对回访时限不清楚", "已关课："+s+" "); err != nil {
			return err
		}
		o.opened(s, "closed")
		o.w.logged(o.name, "session.close", s)
		_, err := o.say(ctx, o.trainees[0], "签到 1234", "") // too late: never a presence
		return err
	})
}

func (o *crashOffice) opened(s, state string) {
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	o.w.open[s] = state
}

// code opens the session, or asks for the code of the moment.
func (o *crashOffice) code(ctx context.Context, s string) (string, error) {
	answer, err := o.say(ctx, o.supervisor, "开课 "+s, "签到开放")
	if err != nil {
		return "", err
	}
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	if o.w.open[s] == "" {
		o.w.open[s] = "open"
		o.w.audit[o.name+" session.open "+s]++
	}
	return number(codePattern, answer), nil
}

// checkIn lets people check in, all at the same time: most once, some twice, some by two messages at
// once, some with a wrong code first, and whoever has an old code again with the new one.
func (o *crashOffice) checkIn(ctx context.Context, s string, people []string) error {
	code, err := o.code(ctx, s)
	if err != nil {
		return err
	}
	errs := make([]error, len(people))
	var wg sync.WaitGroup
	var ask sync.Mutex // one person asks for the new code
	for i, user := range people {
		r := rand.New(rand.NewPCG(o.r.Uint64(), 0))
		wg.Go(func() {
			if r.IntN(5) == 0 {
				if _, errs[i] = o.attend(ctx, s, user, "0000x", r); errs[i] != nil {
					return
				}
			}
			old, err := o.attend(ctx, s, user, code, r)
			if err == nil && old {
				ask.Lock()
				code, err := o.code(ctx, s)
				ask.Unlock()
				if err != nil {
					errs[i] = err
					return
				}
				_, err = o.attend(ctx, s, user, code, r)
				errs[i] = err
				return
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// attend is one person's check-in, now and then as two messages at once. It says whether the code
// was an old one.
func (o *crashOffice) attend(ctx context.Context, s, user, code string, r *rand.Rand) (old bool, err error) {
	messages := 1 + r.IntN(8)/7
	answers, errs := make([]string, messages), make([]error, messages)
	again := r.IntN(8) == 0
	var wg sync.WaitGroup
	for i := range messages {
		wg.Go(func() { answers[i], errs[i] = o.w.say(ctx, user, "签到 "+code, again) })
	}
	wg.Wait()
	successes := 0
	for i, a := range answers {
		if errs[i] != nil {
			return false, errs[i]
		}
		if strings.Contains(a, "签到成功") {
			successes++
		}
		old = old || strings.Contains(a, "口令已更新")
	}
	if successes == 0 {
		return old, nil
	}
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	if o.w.present[s+" "+user] || successes > 1 {
		o.w.failed = append(o.w.failed, fmt.Sprintf("%s was told twice that the check-in at %s succeeded: %q", user, s, answers))
	}
	o.w.present[s+" "+user] = true
	o.w.audit[o.name+" check_in "+s]++
	return false, nil
}

// mark enters somebody by hand.
func (o *crashOffice) mark(ctx context.Context, s, user string) error {
	if _, err := o.say(ctx, o.supervisor, fmt.Sprintf("点名 %s 学员%s 到 手机没电", s, user), "已代"); err != nil {
		return err
	}
	o.w.mu.Lock()
	defer o.w.mu.Unlock()
	o.w.present[s+" "+user] = true
	o.w.audit[o.name+" check_in.mark "+s]++
	return nil
}
