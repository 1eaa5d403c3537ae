package wecomtest

import (
	"slices"
	"strings"
	"time"
)

// Shown is one thing in a member's chat with the app, as the phone shows it now.
type Shown struct {
	Seq     int64     // order of arrival, over all members
	At      time.Time // the server's clock
	MsgID   string    // of a message that was sent; empty for a passive reply
	Passive bool      // it came in the response of a callback
	Own     bool      // the member typed it
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

// Card is a template card on one phone, cut to what a phone shows.
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
	Style int
}

// clone makes a copy the caller may keep.
func (s Shown) clone() Shown {
	s.Links = slices.Clone(s.Links)
	if s.Card != nil {
		c := s.Card.clone()
		s.Card = &c
	}
	return s
}

func (c Card) clone() Card {
	c.Facts = slices.Clone(c.Facts)
	c.Buttons = slices.Clone(c.Buttons)
	return c
}

// event is something a phone is to be told of.
type event struct {
	user string
	what Shown
}

// show tells the hook. It is called without the lock.
func (s *Server) show(events []event) {
	if len(events) == 0 {
		return
	}
	s.mu.Lock()
	f := s.onShow
	s.mu.Unlock()
	if f == nil {
		return
	}
	for _, e := range events {
		f(e.user, e.what)
	}
}

// put adds something to a phone.
func (s *Server) put(user string, what Shown) (*Shown, event) {
	user = strings.ToLower(user)
	s.seq++
	what.Seq, what.At = s.seq, s.now()
	kept := what.clone()
	s.inbox[user] = append(s.inbox[user], &kept)
	return &kept, event{user, kept.clone()}
}

// Inbox is what a member's phone shows, in order.
func (s *Server) Inbox(user string) []Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Shown
	for _, x := range s.inbox[strings.ToLower(user)] {
		out = append(out, x.clone())
	}
	return out
}

// Last is the newest thing a member's phone shows that the member did not type; the zero value when
// there is none.
func (s *Server) Last(user string) Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.inbox[strings.ToLower(user)]
	for i := len(list) - 1; i >= 0; i-- {
		if !list[i].Own {
			return list[i].clone()
		}
	}
	return Shown{}
}

// Users are the ids of all members, in order.
func (s *Server) Users() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, m := range s.members {
		out = append(out, m.UserID)
	}
	slices.Sort(out)
	return out
}

// onPhone finds a card on a phone by message id or task id; "" is the newest card with live buttons.
func (s *Server) onPhone(user, ref string) *Shown {
	list := s.inbox[strings.ToLower(user)]
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
