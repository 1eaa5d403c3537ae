package wecomtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SetRedelivery changes how callbacks are delivered from now on.
func (s *Server) SetRedelivery(r Redelivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redeliver = r
}

// UserSends is a member typing a text into the app's chat.
func (s *Server) UserSends(user, text string) Answer {
	s.mu.Lock()
	id := s.member(user)
	var events []event
	if s.members[strings.ToLower(user)] != nil {
		_, e := s.put(id, Shown{Own: true, Text: text})
		events = append(events, e)
	}
	inside := s.common(id, "text", element("Content", text), raw("MsgId", s.nextMsgID()))
	s.mu.Unlock()
	s.show(events)
	return s.callBack(id, "", inside)
}

// UserSendsKind is a member sending something that is no text: image, voice, video, location, link,
// file.
func (s *Server) UserSendsKind(user, kind string) Answer {
	s.mu.Lock()
	id := s.member(user)
	inside := s.common(id, kind, element("MediaId", "media-1"), element("PicUrl", "https://example.invalid/p"), raw("MsgId", s.nextMsgID()))
	s.mu.Unlock()
	return s.callBack(id, "", inside)
}

// Click is a member pressing the button with a key on a card, named by message id or task id; ""
// names the newest card that has live buttons. A dead or missing button gives an error and no event.
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

// click is called with the lock and gives it back.
func (s *Server) click(user string, kept *Shown, key string) Answer {
	id := s.member(user)
	response := ""
	if m := s.messages[kept.MsgID]; m != nil {
		response = s.newCode(m)
	}
	inside := s.common(id, "event",
		element("Event", "template_card_event"), element("EventKey", key), element("TaskId", kept.Card.TaskID),
		element("CardType", kept.Card.Type), element("ResponseCode", response))
	task := kept.Card.TaskID
	s.mu.Unlock()
	return s.callBack(id, task, inside)
}

// Menu is a member choosing an entry of the app's menu.
func (s *Server) Menu(user, key string) Answer {
	return s.event(user, "click", element("EventKey", key))
}

// Subscribe is a member coming into the app's visible range; one the corp does not know is added.
func (s *Server) Subscribe(user string) Answer {
	s.mu.Lock()
	if m := s.members[strings.ToLower(user)]; m != nil {
		m.Hidden = false
	} else {
		s.members[strings.ToLower(user)] = &Member{UserID: user, Name: user, Departments: []int{1}}
	}
	s.mu.Unlock()
	return s.event(user, "subscribe")
}

// Unsubscribe is a member leaving the visible range.
func (s *Server) Unsubscribe(user string) Answer {
	s.mu.Lock()
	if m := s.members[strings.ToLower(user)]; m != nil {
		m.Hidden = true
	}
	s.mu.Unlock()
	return s.event(user, "unsubscribe")
}

// EnterAgent is a member opening the app.
func (s *Server) EnterAgent(user string) Answer {
	return s.event(user, "enter_agent", element("EventKey", ""))
}

// Event is any other event of a member: its name, and fields as XML elements.
func (s *Server) Event(user, name, fields string) Answer { return s.event(user, name, fields) }

func (s *Server) event(user, name string, fields ...string) Answer {
	s.mu.Lock()
	id := s.member(user)
	inside := s.common(id, "event", append([]string{element("Event", name)}, fields...)...)
	s.mu.Unlock()
	return s.callBack(id, "", inside)
}

// member is a user id as the corp spells it.
func (s *Server) member(user string) string {
	if m := s.members[strings.ToLower(user)]; m != nil {
		return m.UserID
	}
	return user
}

func (s *Server) nextMsgID() string {
	return strconv.FormatInt(s.msgBase+s.phones.Next(), 10)
}

// common builds the plaintext of a callback. The order of the elements varies, as it does between
// the platform's own samples.
func (s *Server) common(user, kind string, fields ...string) string {
	all := []string{
		element("ToUserName", s.set.CorpID), element("FromUserName", user),
		raw("CreateTime", strconv.FormatInt(s.now().Unix(), 10)), element("MsgType", kind),
	}
	all = append(all, fields...)
	all = append(all, raw("AgentID", strconv.FormatInt(s.set.AgentID, 10)))
	turn := int(s.phones.Next()) % len(all)
	all = append(all[turn:], all[:turn]...)
	return "<xml>" + strings.Join(all, "\n") + "</xml>"
}

func raw(name, value string) string { return "<" + name + ">" + value + "</" + name + ">" }

func element(name, value string) string {
	return raw(name, "<![CDATA["+strings.ReplaceAll(value, "]]>", "]]]]><![CDATA[>")+"]]>")
}

// callBack delivers a callback and shows the member what came back.
func (s *Server) callBack(user, task, inside string) Answer {
	s.mu.Lock()
	mode := s.redeliver
	s.mu.Unlock()
	var a Answer
	if mode.Parallel > 1 {
		a.Attempts = s.together(mode.Parallel, user, inside)
	} else {
		a.Attempts = s.inTurn(mode, user, inside)
	}
	for _, t := range a.Attempts {
		if t.Err == nil && t.Status == http.StatusOK {
			return s.see(a, user, task, t)
		}
	}
	a.Err = fmt.Errorf("nobody took the callback: %+v", a.Attempts)
	return a
}

func (s *Server) inTurn(mode Redelivery, user, inside string) []Attempt {
	retries := cmp.Or(mode.Retries, 3)
	var out []Attempt
	for {
		t := s.deliverOnce(user, inside)
		out = append(out, t)
		failed := t.Status == 0 || t.Status != http.StatusOK && !mode.OnlyNetwork
		switch {
		case failed && retries > 0:
			retries--
		case !failed && t.Status == http.StatusOK && mode.Again > 0:
			mode.Again--
		default:
			return out
		}
	}
}

func (s *Server) together(n int, user, inside string) []Attempt {
	out := make([]Attempt, n)
	var wg sync.WaitGroup
	for i := range out {
		wg.Go(func() { out[i] = s.deliverOnce(user, inside) })
	}
	wg.Wait()
	return out
}

// deliverOnce seals a callback anew, with its own stamp, nonce and random bytes, and posts it.
func (s *Server) deliverOnce(user, inside string) Attempt {
	status, body, err := s.Post(inside)
	t := Attempt{Status: status, Err: err}
	if err != nil || status != http.StatusOK || len(body) == 0 || string(body) == "success" {
		return t
	}
	r, err := s.openReply(body)
	if err == nil {
		err = r.check(s.set.CorpID, user)
	}
	if err != nil {
		t.Err = fmt.Errorf("passive reply: %w", err)
		s.mu.Lock()
		s.problem("%v", t.Err)
		s.mu.Unlock()
		return t
	}
	t.Kind, t.Text = r.MsgType, r.Content
	if r.Card != nil {
		s.mu.Lock()
		t.Card = r.Card.wire().shown(s)
		s.mu.Unlock()
	}
	if r.MsgType == "update_button" {
		t.Card = &Card{State: Greyed, Replaced: r.Button.ReplaceName}
	}
	return t
}

// Post seals a plaintext as it is and posts it to the callback address: for tests of hostile input
// too. It gives the status, 0 without an answer, and the body.
func (s *Server) Post(plain string) (status int, body []byte, err error) {
	query, sealed := s.Seal(plain, s.set.CorpID)
	s.mu.Lock()
	address := withQuery(s.callback, query)
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), s.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(sealed))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "text/xml")
	return s.roundTrip(req)
}

func (s *Server) roundTrip(req *http.Request) (int, []byte, error) {
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, body, nil
}

// Seal encrypts and signs a plaintext for a receiver (the corp's id, unless the test is about
// another's), and gives the query and the body of a callback.
func (s *Server) Seal(plain, receiver string) (query string, body []byte) {
	s.mu.Lock()
	stamp := strconv.FormatInt(s.now().Unix(), 10)
	s.mu.Unlock()
	nonce := strings.ToLower(rand.Text()[:10])
	enc := encrypt(s.aesKey, plain, receiver)
	q := url.Values{
		"msg_signature": {signature(s.set.Token, stamp, nonce, enc)}, "timestamp": {stamp}, "nonce": {nonce},
	}
	fields := []string{
		element("ToUserName", receiver), element("Encrypt", enc), element("AgentID", strconv.FormatInt(s.set.AgentID, 10)),
	}
	turn := len(plain) % len(fields)
	fields = append(fields[turn:], fields[:turn]...)
	return q.Encode(), []byte("<xml>" + strings.Join(fields, "\n") + "</xml>")
}

func withQuery(address, query string) string {
	if strings.Contains(address, "?") {
		return address + "&" + query
	}
	return address + "?" + query
}

// VerifyURL is the check the platform makes when an administrator saves the callback address: nil
// when the bot echoes the secret text within a second.
func (s *Server) VerifyURL() error {
	echo := strconv.FormatInt(s.msgBase, 10)
	enc := encrypt(s.aesKey, echo, s.set.CorpID)
	s.mu.Lock()
	stamp := strconv.FormatInt(s.now().Unix(), 10)
	address := s.callback
	s.mu.Unlock()
	nonce := strings.ToLower(rand.Text()[:10])
	q := url.Values{
		"msg_signature": {signature(s.set.Token, stamp, nonce, enc)}, "timestamp": {stamp}, "nonce": {nonce}, "echostr": {enc},
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, withQuery(address, q.Encode()), nil)
	if err != nil {
		return err
	}
	status, body, err := s.roundTrip(req)
	switch {
	case err != nil:
		return err
	case status != http.StatusOK:
		return fmt.Errorf("status %d", status)
	case string(body) != echo:
		return errors.New("the answer is not the echo")
	}
	return nil
}
