package dingtalktest

import (
	"maps"
	"slices"
)

// group is a group of the organisation that has the app's robot in it.
type group struct {
	id        string // openConversationId, conversationId
	title     string
	members   []string
	disbanded bool
}

// AddGroup makes a group with the app's robot in it and gives its openConversationId. What it shows is
// in the Inbox of its title.
func (s *Server) AddGroup(title string, members ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &group{id: "cid" + digest(title)[:24] + "==", title: title, members: members}
	s.groups[g.id] = g
	return g.id
}

// Disband dissolves a group: sends to it are refused.
func (s *Server) Disband(title string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.groupByTitle(title); g != nil {
		g.disbanded = true
	}
}

func (s *Server) groupByTitle(title string) *group {
	for _, g := range s.groups {
		if g.title == title {
			return g
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	return append([]string{}, slices.Sorted(maps.Keys(m))...)
}
