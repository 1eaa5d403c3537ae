//go:build unix

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"trainingbot/bot"
	"trainingbot/domain"
	"trainingbot/scheduler"
)

// The faults a bot of this kind can have. Each is built into the child on purpose, so that it is
// known that the checker sees it (TestCrashCheckerSees).
const (
	// twoCommits keeps the effect in one transaction and the message in another.
	twoCommits = "two commits"
	// answerFirst answers when it has decided and keeps it afterwards.
	answerFirst = "answer first"
	// settleFirst writes the success down and sends afterwards.
	settleFirst = "settle first"
	// otherBytes puts the number of the try into the text.
	otherBytes = "other bytes"
)

// faulty is a set of wrappers; a nil one changes nothing.
type faulty struct {
	wrapStore  func(bot.Store) bot.Store
	wrapOutbox func(scheduler.Outbox) scheduler.Outbox
	wrapPost   func(scheduler.Post) scheduler.Post
}

func breakage(name string) (faulty, error) {
	switch name {
	case "":
		return faulty{}, nil
	case twoCommits:
		return faulty{wrapStore: func(s bot.Store) bot.Store { return commitsTwice{s} }}, nil
	case answerFirst:
		return faulty{wrapStore: func(s bot.Store) bot.Store { return answersFirst{s} }}, nil
	case settleFirst:
		l := &lateSends{}
		return faulty{
			wrapOutbox: func(o scheduler.Outbox) scheduler.Outbox { return settlesFirst{o, l} },
			wrapPost:   func(p scheduler.Post) scheduler.Post { l.post = p; return l },
		}, nil
	case otherBytes:
		return faulty{wrapPost: func(p scheduler.Post) scheduler.Post { return otherEachTime{p} }}, nil
	}
	return faulty{}, fmt.Errorf("no fault %q", name)
}

func (f faulty) store(s bot.Store) bot.Store {
	if f.wrapStore == nil {
		return s
	}
	return f.wrapStore(s)
}

func (f faulty) outbox(o scheduler.Outbox) scheduler.Outbox {
	if f.wrapOutbox == nil {
		return o
	}
	return f.wrapOutbox(o)
}

func (f faulty) post(p scheduler.Post) scheduler.Post {
	if f.wrapPost == nil {
		return p
	}
	return f.wrapPost(p)
}

type commitsTwice struct{ bot.Store }

func (s commitsTwice) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	effect := c
	effect.Message = ""
	var ask *domain.Question
	answer, err := s.Store.Change(ctx, effect, func(v bot.View) (domain.Change, error) {
		ch, err := decide(v)
		ask = ch.Ask
		return ch, err
	})
	if err != nil {
		return domain.Answer{}, err
	}
	return s.Store.Change(ctx, c, func(bot.View) (domain.Change, error) { return domain.Change{Reply: answer, Ask: ask}, nil })
}

type answersFirst struct{ bot.Store }

func (s answersFirst) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	type end struct {
		answer domain.Answer
		err    error
	}
	first := make(chan end, 2)
	go func() {
		a, err := s.Store.Change(context.WithoutCancel(ctx), c, func(v bot.View) (domain.Change, error) {
			ch, err := decide(v)
			if err == nil {
				first <- end{answer: ch.Reply}
				<-ctx.Done() // the answer is on its way before the commit
			}
			return ch, err
		})
		first <- end{a, err}
	}()
	e := <-first
	return e.answer, e.err
}

// lateSends takes every delivery for sent and sends it when it is settled.
type lateSends struct {
	post scheduler.Post
	late sync.Map // of domain.Delivery by id
}

func (l *lateSends) Deliver(_ context.Context, d domain.Delivery) domain.Outcome {
	l.late.Store(d.ID, d)
	return domain.Outcome{Fate: domain.Sent, Receipt: domain.Receipt{ID: d.ID}}
}

type settlesFirst struct {
	scheduler.Outbox
	l *lateSends
}

func (s settlesFirst) Settle(ctx context.Context, d domain.Delivery, out domain.Outcome, now time.Time) (bool, error) {
	ours, err := s.Outbox.Settle(ctx, d, out, now)
	if kept, ok := s.l.late.LoadAndDelete(d.ID); ok && ours {
		s.l.post.Deliver(ctx, kept.(domain.Delivery))
	}
	return ours, err
}

type otherEachTime struct{ scheduler.Post }

func (o otherEachTime) Deliver(ctx context.Context, d domain.Delivery) domain.Outcome {
	if d.Attempt > 1 {
		d.Body.Text = fmt.Sprintf("%s (%d)", d.Body.Text, d.Attempt)
	}
	return o.Post.Deliver(ctx, d)
}
