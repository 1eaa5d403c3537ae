package dingtalk

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// afterPress is how long the update of a pressed card waits: the platform forbids it while it is still
// waiting for the answer to the press.
const afterPress = 2 * time.Second

// Inbox takes what the platform delivers, by callbacks (Robot, Card, Event) or over the outgoing
// connection (Stream), to the handler. Whatever the way in, a message is kept before it is acknowledged,
// and its answer is promised before that too, unless the response carries it: what comes twice changes
// nothing and is answered once.
type Inbox struct {
	cfg      Config
	now      func() time.Time
	platform *Platform
	flights  *link.Flights
	// Apart, so that a flood of forgeries does not silence our own faults.
	refused, faults *link.Log
	log             *slog.Logger
	crypt           *EventCrypt // nil: no events over HTTP

	presses sync.Mutex // one press is named at a time

	mu    sync.Mutex
	muted time.Time // when a message last came without its words
}

// NewInbox makes the receiving side of an app. Times are judged by now.
func NewInbox(p *Platform, h chat.Handler, now func() time.Time, log *slog.Logger) *Inbox {
	b := &Inbox{
		cfg: p.cfg, now: now, platform: p, log: log,
		refused: link.NewLog(log, now, Name, 10),
		faults:  link.NewLog(log, now, Name, 60),
	}
	b.flights = link.NewFlights(link.FlightOptions{Handler: h, Within: p.cfg.HandleWithin, Most: p.cfg.MaxInFlight, Faults: b.faults})
	if p.cfg.EventToken != "" {
		b.crypt, _ = NewEventCrypt(p.cfg.EventToken, p.cfg.EventAESKey, p.cfg.ClientID, p.cfg.CorpID) // Validate has told its faults
	}
	return b
}

// Wait waits until no message is in work. Call it after the last one came in.
func (b *Inbox) Wait(ctx context.Context) error { return b.flights.Wait(ctx) }

// Muted gives when a message last came without its words, because the organisation's monthly messages
// are used up; zero if none did.
func (b *Inbox) Muted() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.muted
}

// The sentences an inbox says by itself, to people the handler cannot know or where it cannot answer.
const (
	sayNobody = "我看不到您的员工账号，没法回答。请管理员在钉钉开放平台发布应用的版本，并把您加入可用范围；外部联系人用不了。"
	sayAside  = "已私信回复您，请看您和我的单聊。"
)

// heard is what became of what a person said.
type heard struct {
	text string        // what the response is to say, if it can
	kept *chat.Message // whose answer is only in the response; nil when nothing is lost with it
}

// hear handles what a person said. What the response cannot carry (carry: it can carry something) is
// promised before hear returns. An error means that the message is to be delivered again.
func (b *Inbox) hear(ctx context.Context, in robotMessage, carry bool, within time.Duration) (heard, error) {
	b.cfg.Meter.Count(Messages, 1)
	own := b.platform.client.sessionURL(in.Session)
	if !in.known(b.cfg) {
		if !carry && own {
			b.aside(in.Session, map[string]any{"msgtype": "text", "text": map[string]string{"content": sayNobody}})
		}
		return heard{text: sayNobody}, nil
	}
	m := in.message()
	m.Late = !carry || in.group() // among others nothing of a person's is said
	if m.Event == chat.Muted {
		b.mu.Lock()
		b.muted = b.now()
		b.mu.Unlock()
		b.faults.Warn("a message came without its words: the organisation's monthly messages are used up")
	}
	if own && !in.group() {
		b.platform.sessions.keep(ctx, in.User, in.Session, time.UnixMilli(in.SessionEnds.number()))
	}
	reply, err := b.flights.Answer(ctx, m, within)
	if err != nil {
		return heard{}, err
	}
	plain := reply.Card == nil || len(reply.Card.Buttons) == 0
	if !m.Late && plain {
		return heard{reply.Text, &m}, nil
	}
	// What was not promised with the decision, such as a check-in's answer and what strangers are told.
	if !reply.IsZero() {
		if err := b.flights.Promise(ctx, m, 0); err != nil {
			return heard{}, err
		}
	}
	if !in.group() {
		return heard{}, nil
	}
	if !carry && own {
		b.aside(in.Session, aside(in.User))
	}
	return heard{text: sayAside}, nil
}

// aside is the word in the group that the answer came privately.
func aside(user string) map[string]any {
	return map[string]any{
		"msgtype": "text", "text": map[string]string{"content": "@" + user + " " + sayAside},
		"at": map[string]any{"atUserIds": []string{user}},
	}
}

// aside says something in a conversation once, for what it is worth.
func (b *Inbox) aside(session string, body map[string]any) {
	b.flights.Go(func(ctx context.Context) {
		if err := b.platform.client.webhook(ctx, opSession, session, body); err != nil {
			b.faults.Warn("not said in the conversation", slog.String("error", err.Error()))
		}
	})
}

// pressed handles a press and gives the variables of the card as the presser is to see it now; none
// when it stays as it is. The card's other copies are updated when the platform has had the answer.
func (b *Inbox) pressed(ctx context.Context, in cardPress) (map[string]string, error) {
	b.cfg.Meter.Count(Messages, 1)
	m, err := b.press(ctx, in)
	if err != nil {
		return nil, err
	}
	reply, err := b.flights.Answer(ctx, m, b.cfg.PressWithin)
	if err != nil {
		return nil, err
	}
	b.answered(ctx, in, m.Text)
	if reply.IsZero() {
		return nil, nil
	}
	b.flights.Push(m, afterPress)
	if reply.Settle == nil {
		return nil, nil
	}
	return cardFields(form(m.Press.UpdateToken), *reply.Settle)
}

// told handles what happened to people. An error means that the event is to be delivered again.
func (b *Inbox) told(ctx context.Context, in orgEvent, within time.Duration) error {
	if in.Corp != "" && in.Corp != b.cfg.CorpID {
		return ErrReceiver
	}
	for _, m := range in.messages(b.now()) {
		reply, err := b.flights.Answer(ctx, m, within)
		if err != nil {
			return err
		}
		if !reply.IsZero() {
			if err := b.flights.Promise(ctx, m, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// cardAnswer is the answer to a press.
type cardAnswer struct {
	Options map[string]bool `json:"cardUpdateOptions"`
	Data    cardData        `json:"cardData"`
}

func answerCard(fields map[string]string) any {
	if fields == nil {
		return struct{}{} // the card stays as it is
	}
	return cardAnswer{map[string]bool{"updateCardDataByKey": true, "updatePrivateDataByKey": true}, cardData{fields}}
}
