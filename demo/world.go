package demo

import (
	"context"
	"log/slog"
	"time"
)

// World is what the page shows and moves. All fields but Facts, Wire and Log are required.
type World struct {
	Office string   // the office's name, for the heading
	People []Person // everyone who can be played, in the order of the switcher
	Cast   []string // the users on the phones at first: trainee, supervisor, director
	Zone   *time.Location
	Clock  *Clock
	Phones Phones
	Since  time.Time // messages older than this are history of the sample office and are not shown

	// Tick plans what is due up to now and delivers what waits, once.
	Tick func(ctx context.Context, now time.Time) error
	// Upcoming lists what will be announced after from, up to and including to, as things stand,
	// ordered by instant.
	Upcoming func(ctx context.Context, from, to time.Time) ([]Coming, error)
	// Facts tells how far the office is; the guide and the suggestions follow it. nil: none known.
	Facts func(ctx context.Context, now time.Time) (Facts, error)
	// Wire is the recorder of the traffic between platform and bot. nil: the inspector is left out.
	Wire *Wire
	// Log takes what goes wrong behind the page. nil: slog.Default.
	Log *slog.Logger
}

// Person is someone of the sample office.
type Person struct {
	User  string   `json:"user"` // the platform's user id
	Name  string   `json:"name"`
	Roles []string `json:"roles"` // as people say them: 学员, 主管 …
	Shift string   `json:"shift,omitempty"`
}

// Has says whether the person holds the role.
func (p Person) Has(role string) bool {
	for _, r := range p.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Phones is the platform as people see it: what they type and press goes in, what their phones
// show comes out.
type Phones interface {
	// Say types a line on a person's phone and returns when the platform has delivered it.
	Say(ctx context.Context, user, text string) error
	// Press presses a button of a card on a person's phone.
	Press(ctx context.Context, user, message, key string) error
	// Inbox gives what a person's phone shows, what the person typed included, oldest first.
	Inbox(user string) []Message
}

// Message is one message on a phone.
type Message struct {
	ID   string    `json:"id"`
	Mine bool      `json:"mine,omitempty"` // typed by the person, not by the bot
	At   time.Time `json:"-"`
	Ms   int64     `json:"at"` // At in milliseconds, set by the page
	Text string    `json:"text,omitempty"`
	Card *Card     `json:"card,omitempty"`
}

// Card is a card as it stands on the phone now.
type Card struct {
	Title    string   `json:"title"`
	Subtitle string   `json:"subtitle,omitempty"`
	Facts    []Fact   `json:"facts,omitempty"`
	Text     string   `json:"text,omitempty"`
	Buttons  []Button `json:"buttons,omitempty"`
	Settled  string   `json:"settled,omitempty"` // what stands where the buttons were
}

// Fact is one labelled line of a card.
type Fact struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Button is one button of a card.
type Button struct {
	Key     string `json:"key"`
	Label   string `json:"label"`
	Style   string `json:"style,omitempty"` // primary, danger or plain
	Off     bool   `json:"off,omitempty"`   // greyed: it takes no more press
	Pressed bool   `json:"pressed,omitempty"`
}

// Coming is one announcement that is still to be made.
type Coming struct {
	At     time.Time `json:"-"`
	Ms     int64     `json:"at"` // At in milliseconds, set by the page
	Clause string    `json:"clause"`
	Text   string    `json:"text"`
	To     []string  `json:"to"` // names
}

// Facts is how far the office is.
type Facts struct {
	Class *Class // today's session under way or next; nil: none
	Plans []Plan
	// CheckedIn says that somebody has checked in at it.
	CheckedIn bool
}

// Class is a session as the classroom sees it.
type Class struct {
	Code     string    `json:"code"` // S31
	Title    string    `json:"title"`
	Room     string    `json:"room,omitempty"`
	Lecturer string    `json:"lecturer"`
	Start    time.Time `json:"-"`
	Ms       int64     `json:"start"` // Start in milliseconds, set by the page
	State    string    `json:"state"` // planned, open or closed
	Pass     string    `json:"pass,omitempty"`
	Present  []string  `json:"present"` // users who are checked in
	Expected int       `json:"expected"`
}

// Plan is one plan of the office.
type Plan struct {
	Period string    // "2026-12" or "2027"
	State  string    // draft, submitted, approved, returned … of its newest version
	Since  time.Time // since when
}
