package dingtalktest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// event is something the organisation's directory tells of.
type event struct {
	kind string
	id   string
	born time.Time
	data map[string]any
}

// Subscribe is a person joining the organisation, in the app's visible range; one it does not know is
// added.
func (s *Server) Subscribe(user string) Answer {
	s.mu.Lock()
	if m := s.members[user]; m != nil {
		m.Hidden = false
	} else {
		s.addMember(Member{UserID: user, Name: user})
	}
	s.mu.Unlock()
	return s.Event("user_add_org", user)
}

// Unsubscribe is a person leaving the organisation.
func (s *Server) Unsubscribe(user string) Answer {
	s.mu.Lock()
	if m := s.members[user]; m != nil {
		m.Hidden = true
	}
	s.mu.Unlock()
	return s.Event("user_leave_org", user)
}

// Event tells the bot of something that happened to people, e.g. "user_modify_org".
func (s *Server) Event(kind string, users ...string) Answer {
	s.mu.Lock()
	stamp := strconv.FormatInt(s.now().UnixMilli(), 10)
	e := &event{kind, digest(fmt.Sprint("event", s.phones.Next(), stamp))[:15], s.now(), map[string]any{"timeStamp": stamp, "userId": users}}
	s.mu.Unlock()
	return s.tell(e)
}

// tell delivers an event until somebody says that it arrived; one nobody takes is kept.
func (s *Server) tell(e *event) Answer {
	s.mu.Lock()
	mode, byHTTP := s.redeliver, s.eventURL != ""
	s.mu.Unlock()
	tries := 0
	a := Answer{Attempts: deliverAs(mode, 3, func() Attempt {
		if tries++; tries > 1 {
			s.rest(context.Background(), s.o.EventPause)
		}
		if byHTTP {
			return s.eventByHTTP(e)
		}
		return s.eventByStream(e)
	})}
	if slices.ContainsFunc(a.Attempts, func(t Attempt) bool { return t.Err == nil && t.Status == http.StatusOK }) {
		return a
	}
	a.Err = fmt.Errorf("nobody took the event: %+v", a.Attempts)
	s.mu.Lock()
	defer s.mu.Unlock()
	if byHTTP {
		s.failedHTTP = append(s.failedHTTP, e)
	} else {
		s.waiting = append(s.waiting, e)
	}
	return a
}

// flushEvents delivers what waited for a connection.
func (s *Server) flushEvents() {
	s.mu.Lock()
	all := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	for _, e := range all {
		s.tell(e)
	}
}

func (s *Server) eventByStream(e *event) Attempt {
	data, _ := json.Marshal(e.data) // cannot fail
	ack, err := s.Push(typeEvent, "*", string(data), map[string]string{
		"eventType": e.kind, "eventId": e.id, "eventCorpId": s.set.CorpID, "eventBornTime": strconv.FormatInt(e.born.UnixMilli(), 10),
		"eventUnifiedAppId": "1305d5f5-aaaa-484f-bbbb-97d9abcdef67",
	}, cmp.Or(s.o.EventTimeout, 3*time.Second))
	t := Attempt{Status: ack.Code, Err: err}
	if err != nil || ack.Code != http.StatusOK {
		return t
	}
	var said struct{ Status string }
	switch err := json.Unmarshal([]byte(ack.Data), &said); {
	case err != nil || said.Status != "SUCCESS" && said.Status != "LATER":
		t.Err = fmt.Errorf("an event was answered %q", ack.Data)
		s.note("stream: %v", t.Err)
	case said.Status == "LATER":
		t.Status = http.StatusAccepted
	}
	return t
}

// plain is an event as it is encrypted (documents E:0079, E:0083).
func (e *event) plain(corp string) string {
	all := map[string]any{
		"EventType": e.kind, "EventTime": e.born.UnixMilli(), "CorpId": corp, "BizId": strconv.FormatInt(e.born.UnixMilli(), 10), "eventId": e.id,
	}
	maps.Copy(all, e.data)
	raw, _ := json.Marshal(all) // cannot fail
	return string(raw)
}

func (s *Server) eventByHTTP(e *event) Attempt {
	status, err := s.PostEvent(e.plain(s.set.CorpID))
	return Attempt{Status: status, Err: err}
}

// VerifyEventURL is the check the console makes when the address of events is saved: nil when the bot
// answers it as it answers an event.
func (s *Server) VerifyEventURL() error {
	status, err := s.PostEvent(`{"EventType":"check_url"}`)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d", status)
	}
	return err
}

// PostEvent seals a plaintext as it is and posts it to the address of events. An error says that nobody
// answered, or that the answer is not the sealed word success.
func (s *Server) PostEvent(plain string) (status int, err error) {
	query, sealed := s.SealEvent(plain, s.set.ClientID)
	s.mu.Lock()
	address := s.eventURL
	s.mu.Unlock()
	if strings.Contains(address, "?") {
		query = "&" + query
	} else {
		query = "?" + query
	}
	status, body, err := s.post(address+query, sealed, nil, cmp.Or(s.o.EventTimeout, 2500*time.Millisecond))
	if err != nil || status != http.StatusOK {
		return status, err
	}
	if err := s.openSuccess(body); err != nil {
		s.note("the answer to an event: %v", err)
		return status, err
	}
	return status, nil
}

// SealEvent encrypts and signs a plaintext for an owner (the client id, unless a test is about
// another's), and gives the query and the body of a callback.
func (s *Server) SealEvent(plain, owner string) (query string, body []byte) {
	s.mu.Lock()
	stamp, nonce := strconv.FormatInt(s.now().UnixMilli(), 10), "n"+digest(fmt.Sprint(s.phones.Next()))[:8]
	s.mu.Unlock()
	sealed := seal(s.aesKey, randomHead(), plain, owner)
	sign := eventSign(s.set.EventToken, stamp, nonce, sealed)
	q := url.Values{"signature": {sign}, "msg_signature": {sign}, "timestamp": {stamp}, "nonce": {nonce}}
	raw, _ := json.Marshal(map[string]string{"encrypt": sealed}) // cannot fail
	return q.Encode(), raw
}

// SealSuccess is an answer to an event: a word, the word success in a good one, sealed and signed.
func (s *Server) SealSuccess(word string) string {
	stamp, nonce := strconv.FormatInt(s.Now().UnixMilli(), 10), "nonce0001"
	sealed := seal(s.aesKey, randomHead(), word, s.set.ClientID)
	raw, _ := json.Marshal(map[string]string{
		"msg_signature": eventSign(s.set.EventToken, stamp, nonce, sealed), "timeStamp": stamp, "nonce": nonce, "encrypt": sealed,
	}) // cannot fail
	return string(raw)
}

// openSuccess checks the answer to an event: the word success, sealed for us.
func (s *Server) openSuccess(body []byte) error {
	var b struct {
		Signature string `json:"msg_signature"`
		TimeStamp string
		Nonce     string
		Encrypt   string
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return err
	}
	if !strings.Contains(string(body), `"timeStamp"`) {
		return errors.New("no timeStamp, with a capital S")
	}
	if b.Signature != eventSign(s.set.EventToken, b.TimeStamp, b.Nonce, b.Encrypt) {
		return errors.New("the signature does not fit")
	}
	plain, err := unseal(s.aesKey, b.Encrypt, s.set.ClientID)
	if err == nil && plain != "success" {
		err = fmt.Errorf("it says %q, not success", plain)
	}
	return err
}

// failedEvents gives the events by HTTP that nobody took; each call empties what it gave (E:0235).
func (s *Server) failedEvents(*http.Request, []byte) answer {
	n := min(len(s.failedHTTP), 200)
	out := []map[string]any{}
	for _, e := range s.failedHTTP[:n] {
		out = append(out, map[string]any{
			"call_back_tag": e.kind, "event_time": e.born.UnixMilli(), "corpid": s.set.CorpID, e.kind: map[string]any{"userid": e.data["userId"]},
		})
	}
	s.failedHTTP = s.failedHTTP[n:]
	return fine(map[string]any{"has_more": len(s.failedHTTP) > 0, "failed_list": out})
}
