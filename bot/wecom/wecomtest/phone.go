package wecomtest

import (
	"slices"

	"trainingbot/bot/chat/chattest"
)

// What all fakes have in common, under this package's name too.
type (
	Shown      = chattest.Shown
	Card       = chattest.Card
	CardState  = chattest.CardState
	Fact       = chattest.Fact
	Button     = chattest.Button
	Accepted   = chattest.Accepted
	Redelivery = chattest.Redelivery
	Attempt    = chattest.Attempt
	Answer     = chattest.Answer
	Fault      = chattest.Fault

	event = chattest.Change
)

// The states of a card.
const (
	Live     = chattest.Live
	Greyed   = chattest.Greyed
	Settled  = chattest.Settled
	Recalled = chattest.Recalled
)

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
		f(e.User, e.What)
	}
}

// put adds something to a phone.
func (s *Server) put(user string, what Shown) (*Shown, event) {
	return s.phones.Put(user, s.now(), what)
}

// Inbox is what a member's phone shows, in order.
func (s *Server) Inbox(user string) []Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phones.Inbox(user)
}

// Last is the newest thing a member's phone shows that the member did not type; the zero value when
// there is none.
func (s *Server) Last(user string) Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phones.Last(user)
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

// AddPerson is AddMember for a member of the plain sort.
func (s *Server) AddPerson(p chattest.Person) {
	s.AddMember(Member{UserID: p.UserID, Name: p.Name, Departments: p.Departments, Hidden: p.Hidden})
}

// FailSends is Fail for message/send.
func (s *Server) FailSends(faults ...Fault) { s.Fail("/cgi-bin/message/send", faults...) }
