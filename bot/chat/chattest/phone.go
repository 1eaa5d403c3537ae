package chattest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Shown is one thing in a person's chat with the bot, as the phone shows it now.
type Shown struct {
	Seq     int64     // order of arrival, over all people
	At      time.Time // the fake's clock
	MsgID   string    // of a message that was sent; empty for a passive reply
	Passive bool      // it came in the response of a callback
	Own     bool      // the person typed it
	Title   string    // what the list of chats shows of it, where the platform has such a thing
	Text    string    // of a text; shown literally but for links
	Links   []string  // targets of the links in Text
	Card    *Card     // of a card, in its current state
}

// CardState says what became of a card on one phone.
type CardState string

// The states of a card.
const (
	Live     CardState = "live"     // its buttons can be pressed
	Greyed   CardState = "greyed"   // its buttons are dead, Replaced stands on them
	Settled  CardState = "settled"  // replaced by another content with dead buttons
	Recalled CardState = "recalled" // taken back
)

// Card is a card on one phone, cut to what a phone shows.
type Card struct {
	Type     string
	TaskID   string
	Title    string
	Desc     string
	Text     string
	Facts    []Fact
	Buttons  []Button
	Replaced string // what stands where the buttons were
	State    CardState
}

// Fact is one line of a card.
type Fact struct{ Label, Value string }

// Button of a card.
type Button struct {
	Text  string
	Key   string
	Style int // 1: asks to be pressed; 3 and 4: danger; else: plain
}

// Clone makes a copy the caller may keep.
func (s Shown) Clone() Shown {
	s.Links = slices.Clone(s.Links)
	if s.Card != nil {
		c := s.Card.Clone()
		s.Card = &c
	}
	return s
}

// Clone makes a copy the caller may keep.
func (c Card) Clone() Card {
	c.Facts = slices.Clone(c.Facts)
	c.Buttons = slices.Clone(c.Buttons)
	return c
}

// Change is something a phone is to be told of.
type Change struct {
	User string
	What Shown
}

// Phones keeps what every phone shows. The zero value is ready. It is not safe for concurrent use:
// the fake that has it guards it.
type Phones struct {
	seq   int64
	inbox map[string][]*Shown
}

// Next counts on, for whatever needs a number that does not come again.
func (p *Phones) Next() int64 {
	p.seq++
	return p.seq
}

// Put adds something to a phone. The pointer stays the phone's: who changes what it shows tells so
// with the Change of its own copy.
func (p *Phones) Put(user string, at time.Time, what Shown) (*Shown, Change) {
	user = strings.ToLower(user)
	what.Seq, what.At = p.Next(), at
	kept := what.Clone()
	if p.inbox == nil {
		p.inbox = map[string][]*Shown{}
	}
	p.inbox[user] = append(p.inbox[user], &kept)
	return &kept, Change{user, kept.Clone()}
}

// Inbox is what a phone shows, in order.
func (p *Phones) Inbox(user string) []Shown {
	var out []Shown
	for _, x := range p.inbox[strings.ToLower(user)] {
		out = append(out, x.Clone())
	}
	return out
}

// Last is the newest thing a phone shows that its owner did not type; the zero value when there is
// none.
func (p *Phones) Last(user string) Shown {
	list := p.inbox[strings.ToLower(user)]
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].Own {
			return list[i].Clone()
		}
	}
	return Shown{}
}

// Find finds a card on a phone by message id or task id; "" is the newest card with live buttons.
func (p *Phones) Find(user, ref string) *Shown {
	list := p.inbox[strings.ToLower(user)]
	for i := len(list) - 1; i >= 0; i-- {
		x := list[i]
		if x.Card == nil {
			continue
		}
		if ref == "" && x.Card.State == Live && len(x.Card.Buttons) > 0 || ref != "" && (x.MsgID == ref || x.Card.TaskID == ref) {
			return x
		}
	}
	return nil
}

// Card is Find, and an error that names what is missing.
func (p *Phones) Card(user, ref string) (*Shown, error) {
	kept := p.Find(user, ref)
	if kept == nil {
		return nil, fmt.Errorf("%s has no card %q", user, ref)
	}
	return kept, nil
}

// Live is Card for one that can still be pressed at the button with a key.
func (p *Phones) Live(user, ref, key string) (*Shown, error) {
	kept := p.Find(user, ref)
	if kept == nil || kept.Card.State != Live {
		return nil, fmt.Errorf("%s has no card %q with live buttons", user, ref)
	}
	if !slices.ContainsFunc(kept.Card.Buttons, func(b Button) bool { return b.Key == key }) {
		return nil, fmt.Errorf("the card %q has no button %q", kept.Card.TaskID, key)
	}
	return kept, nil
}
