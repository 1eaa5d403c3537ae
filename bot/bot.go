// Package bot answers people: who speaks, which command, may they, run it.
//
// A message becomes one Store.Change: everything a command decides is kept together with the
// message's id and the answer, so a message delivered again changes nothing and gets the same
// answer.
package bot

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/command"
	"trainingbot/domain"
)

// Cause is what made a change: the message, who sent it from where, the card that was pressed.
type Cause struct {
	Message domain.MessageID
	From    domain.Handle
	Pressed string // Delivery.ID of the pressed card, "" for typed text
	At      time.Time
}

// Store keeps. Both methods run decide again when the world changed under it, so decide must be a
// function of what it reads.
type Store interface {
	Change(ctx context.Context, c Cause, decide func(View) (domain.Change, error)) (domain.Answer, error)
	// CheckIn is Change for the one decision that comes in bursts.
	CheckIn(ctx context.Context, c Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error)
	// PushAnswer promises the kept answer of a message; pressed is the card that was pressed, if any.
	PushAnswer(ctx context.Context, m domain.MessageID, h domain.Handle, pressed domain.Receipt, at time.Time) error
}

// Limiter says whether one more message of a person may be handled now.
type Limiter interface {
	Allow(ctx context.Context, key string) (ok bool, retryAfter time.Duration, err error)
}

// Check is one line of 自检.
type Check struct {
	Name string
	OK   bool
	Text string // what was found, and what to do when it is not right
}

// Options are the parts of a Bot.
type Options struct {
	Store  Store
	SOP    func() domain.SOP
	Now    func() time.Time              // UTC, whole microseconds
	Secret func() []byte                 // random bytes for the codes of a session
	Limit  Limiter                       // nil: no limit
	Checks func(context.Context) []Check // nil: none
	Loaded func()                        // told when a holiday notice or an open point was changed in chat; nil: nobody
}

// Bot is a chat.Handler over the table of commands.
type Bot struct {
	o     Options
	table command.Table[run]
}

// New makes a Bot.
func New(o Options) *Bot { return &Bot{o: o, table: Table()} }

var _ chat.Handler = (*Bot)(nil)

// Handle answers one message. An error means that nothing was kept.
func (b *Bot) Handle(ctx context.Context, m chat.Message) (chat.Reply, error) {
	now := b.o.Now()
	if b.o.Limit != nil && m.Event == "" && m.Press == nil { // a press cannot be answered with a sentence
		if ok, wait, err := b.o.Limit.Allow(ctx, "say:"+m.From.Platform+":"+m.From.User); err == nil && !ok {
			return chat.Reply{Body: domain.Say(fmt.Sprintf("您发得太快了，请 %d 秒后再发。", int(wait.Seconds())+1))}, nil
		}
	}
	return b.answer(ctx, m, now) // a failure is logged at the door, by the adapter
}

// Push promises the kept answer of a message through the outbox, for a platform whose response cannot
// carry it. What a response cannot carry at all was promised with the change itself.
func (b *Bot) Push(ctx context.Context, m chat.Message, in time.Duration) error {
	var pressed domain.Receipt
	if m.Press != nil {
		pressed = domain.Receipt{ID: m.Press.Delivery, UpdateToken: m.Press.UpdateToken}
	}
	return b.o.Store.PushAnswer(ctx, m.ID, m.From, pressed, b.o.Now().Add(in))
}

func (b *Bot) answer(ctx context.Context, m chat.Message, now time.Time) (domain.Answer, error) {
	cause := Cause{Message: m.ID, From: m.From, At: now}
	if m.Press != nil {
		cause.Pressed = m.Press.Delivery
	}
	sop := b.o.SOP()
	word, code := b.early(m, sop, now)
	if word == checkInWord {
		return b.o.Store.CheckIn(ctx, cause, func(r domain.Roll) (domain.Change, error) {
			if r.By.ID == "" {
				return domain.Change{}, stranger(m.From)
			}
			return sop.CheckIn(r, code, m.ID, now)
		})
	}
	var checks []Check
	if b.o.Checks != nil && word == selfCheckWord {
		checks = b.o.Checks(ctx)
	}
	loaded := false
	answer, err := b.o.Store.Change(ctx, cause, func(v View) (domain.Change, error) {
		r := &request{Case: domain.Case{Now: now}, sop: sop, view: v, msg: m, secret: b.o.Secret, checks: checks, table: b.table}
		c, err := r.decide()
		if refusal, ok := domain.Refusal(err); ok && m.Press != nil && r.known {
			// The answer to a press can hold no text, so the sentence is promised.
			c, err = domain.Change{Reply: domain.Answer{Body: domain.Say(refusal.Text)}}, nil
		}
		if err != nil {
			return domain.Change{}, err
		}
		loaded = len(c.Years)+len(c.Choices) > 0
		c.Notices = sop.Decent(r.Case, c.Notices)
		return r.spread(c), nil
	})
	if err == nil && loaded && b.o.Loaded != nil {
		b.o.Loaded()
	}
	return answer, err
}

// early reads a message before anything is looked up, for the two words that must be known then: a
// check-in, since it comes in bursts, with its code; and 自检, which asks the outside world.
func (b *Bot) early(m chat.Message, sop domain.SOP, now time.Time) (word, code string) {
	if m.Event != "" {
		return "", ""
	}
	p, err := b.table.Parse(m.Text, env(sop, now, nil))
	if err != nil {
		return "", ""
	}
	return p.Command.Name, p.Values.Code("口令")
}

// stranger is the answer to someone who is not on the staff list.
func stranger(h domain.Handle) error {
	return domain.Refuse(domain.Forbidden, "", "我还不认识您（账号 "+h.User+"）。请发「绑定 工号」，主管确认后就能用；没有工号请找主管把您登记进名单。")
}

func env(sop domain.SOP, now time.Time, staff domain.Staff) command.Env {
	local := now.In(sop.Calendar.Zone)
	e := command.Env{Today: domain.DateOf(local), Now: local, Working: sop.Calendar.Working, ClassHour: sop.Policy.Teaching.ClassHour}
	for _, p := range staff {
		e.People = append(e.People, command.Named{ID: p.ID, Name: p.Name, No: p.No, Label: staff.Name(p.ID)})
	}
	return e
}

// unknown says whether a parse found no command at all, as opposed to a command said wrongly.
func unknown(err error) bool {
	_, ok := errors.AsType[*command.Unknown](err)
	return ok
}
