package dingtalktest

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
)

// The states of a card.
const (
	Live     = chattest.Live
	Greyed   = chattest.Greyed
	Settled  = chattest.Settled
	Recalled = chattest.Recalled
)

// show tells the hook. It is called without the lock.
func (s *Server) show(changes []chattest.Change) {
	if len(changes) == 0 {
		return
	}
	s.mu.Lock()
	f := s.onShow
	s.mu.Unlock()
	if f == nil {
		return
	}
	for _, c := range changes {
		f(c.User, c.What)
	}
}

// OnShow implements chattest.Fake.
func (s *Server) OnShow(f func(user string, shown Shown)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onShow = f
}

// put adds something to a phone.
func (s *Server) put(user string, what Shown) (*Shown, chattest.Change) {
	return s.phones.Put(user, s.now(), what)
}

// Inbox is what a person's phone shows, in order; what a group shows is under its title.
func (s *Server) Inbox(user string) []Shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phones.Inbox(user)
}

// Last is the newest thing a phone shows that its owner did not type; the zero value when there is
// none.
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

// Accepted are all accepted sends, in order.
func (s *Server) Accepted() []Accepted {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.All()
}

// record keeps an accepted send and writes it through to the journal before it is answered.
func (s *Server) record(a Accepted) {
	if err := s.journal.Record(s.now(), a); err != nil {
		s.problem("journal: %v", err)
	}
}
