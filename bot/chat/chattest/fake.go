package chattest

import (
	"net/http"
	"time"
)

// Person is somebody of the company, as far as every platform knows people.
type Person struct {
	UserID      string
	Name        string
	Departments []int // empty: the root, 1
	Hidden      bool  // outside the app's visible range
}

// Fake is a platform that is played: its servers and the phones of its people. It is safe for
// concurrent use, and can be mounted as an http.Handler or listens on a port of its own.
type Fake interface {
	http.Handler
	// URL is the base address of the API.
	URL() string
	// Close ends it; calls that hang are cut.
	Close()

	// Now is its clock, which Advance moves on top of the one it was given.
	Now() time.Time
	Advance(d time.Duration)

	// AddPerson adds a person to the company or replaces one. No event is sent: see Subscribe.
	AddPerson(p Person)
	// Users are the ids of all people, in order.
	Users() []string
	// Subscribe is a person coming into the app's visible range, Unsubscribe one leaving it; the bot
	// is told. One the company does not know is added.
	Subscribe(user string) Answer
	Unsubscribe(user string) Answer

	// UserSends is a person typing a text to the bot, UserSendsKind one who sends what is no text,
	// under the platform's name of it (image, voice …).
	UserSends(user, text string) Answer
	UserSendsKind(user, kind string) Answer
	// Click presses the button with a key on a card, named by message id or task id; "" names the
	// newest card with live buttons. A dead or missing button gives an error and nothing is sent.
	Click(user, ref, key string) Answer
	// StaleClick is Click without a look at the card's state: a press that was under way while the
	// card changed.
	StaleClick(user, ref, key string) Answer

	// Inbox is what a phone shows, in order; what a group shows is under the group's name. Last is
	// the newest thing the person did not type, the zero value when there is none.
	Inbox(user string) []Shown
	Last(user string) Shown
	// OnShow sets a function that is told of everything a phone shows or changes, after the fact and
	// without a lock held. One at a time is kept.
	OnShow(f func(user string, shown Shown))

	// SetRedelivery changes how callbacks are delivered from now on.
	SetRedelivery(r Redelivery)
	// FailSends scripts the next sends to people: each takes one fault off the list. Mend takes back
	// every fault that is scripted and has not happened.
	FailSends(faults ...Fault)
	Mend()
	// RevokeToken takes the current access token back before its time.
	RevokeToken()

	// Accepted are all accepted sends, in order; Problems what a request or an answer did that the
	// platform lets pass, or may punish on another day; Calls how often the API with a path was called.
	Accepted() []Accepted
	Problems() []string
	Calls(path string) int
}

// Redelivery is how a platform treats a callback that failed; the documents can be read in several
// ways, and a good bot lives with all.
type Redelivery struct {
	// OnlyNetwork: only a broken connection or a time-out is a failure; else every answer but a good
	// one is a failure too.
	OnlyNetwork bool
	// Retries after the first try; 0: the platform's own; negative: none.
	Retries int
	// Again delivers that many times more although the bot answered well.
	Again int
	// Parallel delivers that many copies at the same time; 0: one.
	Parallel int
}

// Attempt is one delivery of a callback.
type Attempt struct {
	Status int    // the HTTP status, or the code of a frame's acknowledgement; 0: no answer
	Text   string // of a text in the answer
	Kind   string // of the message in the answer; empty when there was none
	Card   *Card  // of a card in the answer
	Err    error  // broken connection, time-out, malformed answer
}

// Answer is what a person saw in return for what they did, in the answer to the callback. What the
// bot sends later is in the person's Inbox.
type Answer struct {
	Text     string // of a text in the answer; empty when there was none
	Card     *Card  // the pressed card as it is now; nil unless the answer changed it
	Attempts []Attempt
	Err      error // nobody took the callback, or the phone does not allow the act
}

// Fault is something that goes wrong with one call. A platform adds its own to these.
type Fault string

// The faults of every network. Those that end in After do what was asked first: the most important
// ones.
const (
	NoFault    Fault = ""            // this call goes well
	HangAfter  Fault = "hang after"  // no answer until the caller gives up
	HangBefore Fault = "hang before" //
	CutAfter   Fault = "cut after"   // the connection breaks
	CutBefore  Fault = "cut before"  //
	BadGateway Fault = "502"         // of something in between; nothing done
	Revoked    Fault = "revoked"     // the token in use is taken back
	Slow       Fault = "slow"        // the answer takes 6 s
	Truncated  Fault = "truncated"   // done, and half of the answer
	HTMLPage   Fault = "html"        // a page with status 200; nothing done
	Redirect   Fault = "redirect"    // to another host; nothing done
	Oversized  Fault = "oversized"   // done, and 2 MiB of an answer
)
