package dingtalktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"trainingbot/bot/chat/chattest"
)

// ErrToast is what a presser sees when a press was not answered in time, or not well.
var ErrToast = errors.New("the phone says that it did not work")

// Click is a person pressing the button with a key on a card, named by message id or outTrackId; ""
// names the newest card that has live buttons. A button whose key is an address of the dtmd scheme says
// its text. A dead or missing button gives an error and no callback.
func (s *Server) Click(user, ref, key string) Answer {
	s.mu.Lock()
	kept, err := s.phones.Live(user, ref, key)
	if err != nil {
		s.mu.Unlock()
		return Answer{Err: err}
	}
	return s.click(user, kept, key)
}

// StaleClick is Click without a look at the card's state: a press that was under way while the card
// changed.
func (s *Server) StaleClick(user, ref, key string) Answer {
	s.mu.Lock()
	kept, err := s.phones.Card(user, ref)
	if err != nil {
		s.mu.Unlock()
		return Answer{Err: err}
	}
	return s.click(user, kept, key)
}

// ClickInGroup is a person pressing a button of a card in a group. The answer to it reaches that person
// alone; the group sees the card change when it is updated.
func (s *Server) ClickInGroup(user, group, ref, key string) Answer {
	s.mu.Lock()
	kept, err := s.phones.Card(group, ref)
	if err != nil {
		s.mu.Unlock()
		return Answer{Err: err}
	}
	return s.click(user, kept, key)
}

// Follow is a person opening an address in a message: one of the dtmd scheme says its text.
func (s *Server) Follow(user, address string) Answer {
	text, is, err := dtmd(address)
	if !is || text == "" {
		return Answer{Err: fmt.Errorf("%q says nothing: %w", address, errors.Join(err, errWebhook))}
	}
	return s.UserSends(user, text)
}

// click is called with the lock and gives it back.
func (s *Server) click(user string, kept *Shown, key string) Answer {
	c := s.cards[kept.Card.TaskID]
	if c == nil {
		s.mu.Unlock()
		return s.Follow(user, key)
	}
	var h *holder
	for _, x := range c.holders {
		if x.kept == kept {
			h = x
		}
	}
	if h.group != nil { // what the answer changes is this person's view alone
		h = &holder{user: user, view: maps.Clone(h.view)}
	}
	_, params, _ := c.template.Draw(h.view)
	body := s.press(c, h, user, key, params[key])
	mode := s.redeliver
	s.countMessage("press")
	c.answering++
	s.mu.Unlock()
	a := Answer{Attempts: deliverAs(mode, 0, func() Attempt { return s.pressOnce(c, h, body) })}
	s.mu.Lock()
	c.answering--
	s.mu.Unlock()
	for _, t := range a.Attempts {
		if t.Err == nil && t.Status == http.StatusOK {
			a.Card = t.Card
			return a
		}
	}
	a.Err = fmt.Errorf("%w: %+v", ErrToast, a.Attempts)
	return a
}

// press is the callback of a card (document C2:0003; C1:0007 by HTTP).
func (s *Server) press(c *card, h *holder, user, key string, params map[string]any) map[string]any {
	if params == nil {
		params = map[string]any{}
	}
	content, _ := json.Marshal(map[string]any{"cardPrivateData": map[string]any{"actionIds": []string{key}, "params": params}}) // cannot fail
	id := user
	if p := s.members[user]; p != nil && c.userType == 2 {
		id = p.UnionID
	}
	m := map[string]any{"type": "actionCallback", "outTrackId": c.id, "corpId": s.set.CorpID, "userId": id, "content": string(content)}
	if c.callback == "HTTP" {
		return m
	}
	m["extension"], m["spaceType"], m["spaceId"], m["userIdType"], m["value"] = "{}", "im", "cid"+digest(h.phone())[:24]+"==", c.userType, string(content)
	return m
}

// Press is the body of the callback of a press, as it would be delivered now: for tests that change it
// before they post or push it. nil when there is no such card.
func (s *Server) Press(user, outTrackID, key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.cards[outTrackID]
	if c == nil || len(c.holders) == 0 {
		return nil
	}
	_, params, _ := c.template.Draw(c.holders[0].view)
	raw, _ := json.Marshal(s.press(c, c.holders[0], user, key, params[key])) // cannot fail
	return raw
}

// cardAnswer is the answer to a press.
type cardAnswer struct {
	Options *struct {
		DataByKey    bool `json:"updateCardDataByKey"`
		PrivateByKey bool `json:"updatePrivateDataByKey"`
	} `json:"cardUpdateOptions"`
	Data    *cardParams `json:"cardData"`
	Private *cardParams `json:"userPrivateData"`
}

// pressOnce delivers a press and applies the answer to the presser's view.
func (s *Server) pressOnce(c *card, h *holder, body map[string]any) Attempt {
	raw, _ := json.Marshal(body) // cannot fail
	var t Attempt
	var said []byte
	switch c.callback {
	case "STREAM":
		var ack Ack
		ack, t.Err = s.Push(typeCallback, TopicCard, string(raw), nil, s.o.CardTimeout)
		t.Status = ack.Code
		var inside struct{ Response json.RawMessage }
		if t.Err == nil && ack.Code == http.StatusOK && ack.Data != "" {
			if err := json.Unmarshal([]byte(ack.Data), &inside); err != nil {
				t.Err = fmt.Errorf("the answer to a press: %w", err)
				s.note("%v", t.Err)
			}
		}
		said = inside.Response
	case "HTTP":
		t.Status, said, t.Err = s.PostCard(c.route, raw, nil)
	default:
		t.Err = errors.New("the card has no callbackType")
	}
	if t.Err != nil || t.Status != http.StatusOK || len(said) == 0 || string(said) == "null" {
		return t
	}
	t.Card, t.Err = s.applyAnswer(c, h, said)
	if t.Err != nil {
		s.note("the answer to a press: %v", t.Err)
	}
	if t.Card != nil {
		t.Kind = "card"
	}
	return t
}

// PostCard posts a press to the address that is registered under a key, with headers of the caller's:
// for tests of hostile requests too. nil headers are good ones.
func (s *Server) PostCard(routeKey string, body []byte, headers http.Header) (status int, answer []byte, err error) {
	s.mu.Lock()
	at, found := s.routes[routeKey]
	stamp := strconv.FormatInt(s.now().UnixMilli(), 10)
	s.mu.Unlock()
	if !found {
		return 0, nil, fmt.Errorf("no address is registered as %q", routeKey)
	}
	if headers == nil && at.secret != "" {
		headers = http.Header{"x-ddpaas-signature-timestamp": {stamp}, "x-ddpaas-signature": {CardSign(stamp, at.secret)}}
	}
	return s.post(at.url, body, headers, s.o.CardTimeout)
}

// applyAnswer changes what the presser sees; nil when the answer changes nothing.
func (s *Server) applyAnswer(c *card, h *holder, said []byte) (*Card, error) {
	var a cardAnswer
	s.mu.Lock()
	err := s.decode("the answer to a press", said, &a)
	if err != nil || a.Data == nil && a.Private == nil {
		s.mu.Unlock()
		return nil, err
	}
	data, refusal := s.params("the answer to a press of "+c.id, c.template, a.Data)
	var private map[string]string
	if refusal == nil {
		private, refusal = s.params("the answer to a press of "+c.id, c.template, a.Private)
	}
	if refusal != nil {
		s.mu.Unlock()
		return nil, fmt.Errorf("%v", refusal.body)
	}
	if len(data) > 0 {
		h.view = merged(h.view, data, a.Options != nil && a.Options.DataByKey)
	}
	if len(private) > 0 {
		c.private[h.user] = merged(c.private[h.user], private, a.Options != nil && a.Options.PrivateByKey)
	}
	drawn := s.draw(c, h)
	var changes []chattest.Change
	if h.kept != nil {
		changes = append(changes, s.redraw(c, h))
	}
	s.mu.Unlock()
	s.show(changes)
	return &drawn, nil
}
