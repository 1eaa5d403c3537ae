// Package chat is the words all chat platforms share: what comes in, what goes out, and how a
// send can fail. An adapter (bot/wecom, bot/dingtalk) turns one platform's wire into these.
package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trainingbot/domain"
)

// Message is one verified message of one person.
type Message struct {
	ID    domain.MessageID // the same for every redelivery of the same message, unique across platforms
	From  domain.Handle
	Text  string    // what was typed, control characters removed; for a press the button's line
	Press *Press    // set when a button was pressed
	Event Event     // set when the platform tells about the person instead of for them
	Sent  time.Time // the platform's own stamp, seconds exact; not to be trusted for rules
	Late  bool      // the response can carry no answer: it is promised with what was decided
}

// Press is a pressed button.
type Press struct {
	Delivery    string // the domain.Delivery.ID of the card
	UpdateToken string // one more update of this very card for the presser; may be empty
}

// Event is something a platform tells about a person.
type Event string

// The events an adapter passes on; all others it drops.
const (
	Joined   Event = "joined"   // the person came into the app's visible range
	Departed Event = "departed" // the person left it
	Other    Event = "other"    // a kind of message the bot does not understand (picture, voice …)
	Muted    Event = "muted"    // the platform kept the words back, because the organisation's quota is used up
)

// Reply is the answer to a message. An adapter that can show only one of text and Settle in the
// callback's response shows Settle there and pushes the text.
type Reply = domain.Answer

// Handler answers messages. The context carries the platform's deadline. An error means that
// nothing was kept and the platform should deliver again.
type Handler interface {
	Handle(ctx context.Context, m Message) (Reply, error)
	// Push promises to send the kept answer of a message through the outbox after a while, because no
	// response can carry it. A redelivery that is answered before cancels the push.
	Push(ctx context.Context, m Message, in time.Duration) error
}

// Outgoing is one send: one body to some people.
type Outgoing struct {
	ID   string   // domain.Delivery.ID: idempotency handle and card task id
	To   []string // user ids of the platform
	Body domain.Body
}

// Platform sends. Implementations are safe for concurrent use.
type Platform interface {
	// Name is the Handle.Platform this adapter serves.
	Name() string
	// Limit is how many people one Send may address.
	Limit() int
	// Send delivers; people it could not reach come back in Receipt.Failed. A failed call is a *SendError.
	Send(ctx context.Context, o Outgoing) (domain.Receipt, error)
	// Update replaces a card that is already out, for its receivers. A failed call is a *SendError.
	Update(ctx context.Context, r domain.Receipt, to []string, c domain.Card) error
}

// Class says what another try can do about a failed send.
type Class string

// The classes of failure.
const (
	Retry     Class = "retry"     // may pass by itself: network, platform busy
	Wait      Class = "wait"      // a limit is used up until After
	Permanent Class = "permanent" // this request will never pass
	Misset    Class = "misset"    // settings are wrong: every request fails until someone acts
	Gone      Class = "gone"      // the card can no longer be updated
)

// SendError is why a platform did not take a send. It never holds a secret.
type SendError struct {
	Platform  string
	Op        string
	Class     Class
	Code      int64         // the platform's own error code, 0 for network faults
	After     time.Duration // for Wait: how long the limit lasts
	Ambiguous bool          // the platform may have accepted it (time-out after the request was written)
	Err       error
}

// Error names the platform, the operation, the code and the cause.
func (e *SendError) Error() string {
	return fmt.Sprintf("%s %s: %s (code %d): %v", e.Platform, e.Op, e.Class, e.Code, e.Err)
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Err }

// AsSendError finds a SendError in a chain.
func AsSendError(err error) (*SendError, bool) { return errors.AsType[*SendError](err) }
