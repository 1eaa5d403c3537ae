package wecomtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

type updateBody struct {
	UserIDs      []string        `json:"userids"`
	AtAll        int             `json:"atall"`
	AgentID      json.RawMessage `json:"agentid"`
	ResponseCode string          `json:"response_code"`
	Button       *struct {
		ReplaceName string `json:"replace_name"`
	} `json:"button"`
	Card *wireCard `json:"template_card"`
}

// update is message/update_template_card. The code is used up before anything is applied.
func (s *Server) update(_ *http.Request, raw []byte) (answer, []event) {
	var b updateBody
	if err := json.Unmarshal(raw, &b); err != nil || b.Button == nil == (b.Card == nil) {
		return fail(40058), nil
	}
	if m := escapePattern.Find(raw); m != nil {
		s.problem("update_template_card: the body has the escape %s", m)
	}
	if code := s.checkAgent("update_template_card", b.AgentID); code != 0 {
		return fail(code), nil
	}
	c := s.codes[b.ResponseCode]
	switch {
	case c == nil || c.used || !s.now().Before(c.expires):
		return fail(60140), nil
	case len(b.UserIDs) == 0 && b.AtAll == 0:
		return fail(82101), nil
	}
	if b.Card != nil {
		if code := b.Card.check(); code != 0 {
			return fail(code), nil
		}
	}
	c.used = true
	users := b.UserIDs
	if b.AtAll == 1 {
		users = nil
		for user := range c.message.copies {
			users = append(users, user)
		}
	}
	invalid := []string{}
	var events []event
	for _, user := range users {
		kept := c.message.copies[strings.ToLower(user)]
		if kept == nil || kept.Card == nil {
			invalid = append(invalid, strings.ToLower(user))
			continue
		}
		s.apply(kept.Card, &b)
		events = append(events, event{User: strings.ToLower(user), What: kept.Clone()})
	}
	if len(events) == 0 {
		return fail(82102), nil
	}
	return answer{fields: map[string]any{"invaliduser": invalid}}, events
}

// apply changes one copy of a card.
func (s *Server) apply(c *Card, b *updateBody) {
	if b.Button != nil {
		c.State, c.Replaced = Greyed, b.Button.ReplaceName
		return
	}
	if b.Card.TaskID != "" && b.Card.TaskID != c.TaskID {
		s.problem("update_template_card: task_id %s for the card %s", b.Card.TaskID, c.TaskID)
	}
	task := c.TaskID
	*c = *b.Card.shown(s)
	c.TaskID = task
}

// recall is message/recall: within 24 hours.
func (s *Server) recall(_ *http.Request, raw []byte) (answer, []event) {
	var b struct {
		MsgID string `json:"msgid"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return fail(40058), nil
	}
	m := s.messages[b.MsgID]
	switch {
	case m == nil:
		return fail(40058), nil
	case s.now().Sub(m.sent) > 24*time.Hour:
		return fail(42052), nil
	}
	m.recalled = true
	var events []event
	for user, kept := range m.copies {
		kept.Text, kept.Links = "", nil
		if kept.Card != nil {
			kept.Card.State = Recalled
		}
		events = append(events, event{User: user, What: kept.Clone()})
	}
	return answer{}, events
}

// UpdateCodes says how many response codes there are that still work.
func (s *Server) UpdateCodes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.codes {
		if !c.used && s.now().Before(c.expires) {
			n++
		}
	}
	return n
}
