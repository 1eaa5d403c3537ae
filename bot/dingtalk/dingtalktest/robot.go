package dingtalktest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"

	"trainingbot/bot/chat/chattest"
)

func anyOf(n int) int { return rand.IntN(n) }

// SetRedelivery implements chattest.Fake. A robot message nobody took is delivered once more unless it
// says otherwise (reports from the field; the documents say never), a press is not, an event three
// times.
func (s *Server) SetRedelivery(r Redelivery) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redeliver = r
}

// UserSends is a person typing a text into the chat with the robot.
func (s *Server) UserSends(user, text string) Answer {
	return s.says(user, nil, "text", map[string]string{"content": text}, text)
}

// UserSendsKind is a person sending something that is no text: picture, audio, video, file, or any other
// kind. The words in a dictated message are Dictates' to give.
func (s *Server) UserSendsKind(user, kind string) Answer {
	const code = "mIofN681YE3f"
	content := map[string]any{"downloadCode": code}
	switch kind {
	case "audio":
		content["duration"], content["recognition"] = 4000, ""
	case "video":
		content["duration"], content["videoType"] = 4000, "mp4"
	case "file":
		content["fileName"] = "培训计划.pdf"
	}
	return s.says(user, nil, kind, content, "["+kind+"]")
}

// Dictates is a person speaking: the platform writes down what it heard.
func (s *Server) Dictates(user, heard string) Answer {
	return s.says(user, nil, "audio", map[string]any{"duration": 4000, "downloadCode": "mIofN681YE3f", "recognition": heard}, heard)
}

// SendsRich is a person typing a text with a format or a picture in it: it comes in pieces.
func (s *Server) SendsRich(user string, pieces ...string) Answer {
	var rich []map[string]string
	shown := ""
	for _, p := range pieces {
		rich = append(rich, map[string]string{"text": p})
		shown += p
	}
	rich = append(rich, map[string]string{"type": "picture", "downloadCode": "mIofN681YE3f"})
	return s.says(user, nil, "richText", map[string]any{"richText": rich}, shown)
}

// SaysInGroup is a person typing a text to the robot in a group, with @. What is said without @, and
// what is no text, the robot never hears.
func (s *Server) SaysInGroup(user, group, text string) Answer {
	s.mu.Lock()
	g := s.groupByTitle(group)
	s.mu.Unlock()
	if g == nil {
		return Answer{Err: fmt.Errorf("no group %q", group)}
	}
	return s.says(user, g, "text", map[string]string{"content": " " + text}, "@培训助手 "+text)
}

// says delivers a message of a person.
func (s *Server) says(user string, g *group, kind string, content any, shown string) Answer {
	s.mu.Lock()
	phone := user
	if g != nil {
		phone = g.title
	}
	var changes []chattest.Change
	if s.members[user] != nil {
		_, change := s.put(phone, Shown{Own: g == nil, Text: shown})
		changes = append(changes, change)
	}
	byHTTP := s.robotURL != ""
	m := s.robotMessage(user, phone, g, kind, content, byHTTP)
	mode := s.redeliver
	s.mu.Unlock()
	s.show(changes)
	raw, _ := json.Marshal(m) // cannot fail
	once := func() Attempt {
		if byHTTP {
			return s.robotByHTTP(raw)
		}
		return s.robotByStream(raw)
	}
	a := Answer{Attempts: deliverAs(mode, 1, once)}
	for _, t := range a.Attempts {
		if t.Err == nil && t.Status == http.StatusOK {
			return s.see(a, phone, t)
		}
	}
	a.Err = fmt.Errorf("nobody took the message: %+v", a.Attempts)
	return a
}

// robotMessage is what a person said as the callback has it (documents 0699 and 0718).
func (s *Server) robotMessage(user, phone string, g *group, kind string, content any, byHTTP bool) map[string]any {
	webhook, ends := s.newSession(phone)
	m := map[string]any{
		"conversationId": "cid" + digest("1:1 " + user)[:24] + "==", "chatbotCorpId": s.set.CorpID, "chatbotUserId": "$:LWCP_v1:$bot",
		"msgId": "msg" + digest(fmt.Sprint("message", s.phones.Next(), s.now()))[:20] + "==", "senderNick": user, "isAdmin": false,
		"sessionWebhook": webhook, "sessionWebhookExpiredTime": ends.UnixMilli(), "createAt": s.now().UnixMilli(),
		"conversationType": "1", "senderId": "$:LWCP_v1:$" + digest(user)[:16], "robotCode": s.set.RobotCode, "msgtype": kind,
		"senderPlatform": "Android",
	}
	if p := s.members[user]; p != nil {
		m["senderNick"], m["isAdmin"], m["senderCorpId"] = p.Name, p.Admin, s.set.CorpID
		m["senderStaffId"], m["senderUnionId"] = p.UserID, p.UnionID
	}
	if g != nil {
		m["conversationType"], m["conversationId"], m["conversationTitle"], m["isInAtList"] = "2", g.id, g.title, true
		m["atUsers"] = []map[string]string{{"dingtalkId": "$:LWCP_v1:$bot"}}
	}
	switch {
	case !s.countMessage("message"):
		code, text := "errCode", "errMsg"
		if byHTTP {
			code, text = "errorCode", "errorMessage"
		}
		m[code], m[text] = 20001, "本月Webhook和Stream调用量已达上限"
	case kind == "text":
		m["text"] = content
	default:
		m["content"] = content
	}
	return m
}

// deliverAs delivers something as often as a mode says; retries is the platform's own number of them.
func deliverAs(mode Redelivery, retries int, once func() Attempt) []Attempt {
	if mode.Parallel > 1 {
		out := make([]Attempt, mode.Parallel)
		var wg sync.WaitGroup
		for i := range out {
			wg.Go(func() { out[i] = once() })
		}
		wg.Wait()
		return out
	}
	retries = cmp.Or(mode.Retries, retries)
	var out []Attempt
	for {
		t := once()
		out = append(out, t)
		good := t.Status == http.StatusOK && t.Err == nil
		failed := t.Status == 0 || !good && !mode.OnlyNetwork
		switch {
		case failed && retries > 0:
			retries--
		case good && mode.Again > 0:
			mode.Again--
		default:
			return out
		}
	}
}

func (s *Server) robotByStream(raw []byte) Attempt {
	ack, err := s.Push(typeCallback, TopicRobot, string(raw), nil, s.o.RobotTimeout)
	if err == nil && ack.Code == 200 && ack.Data != "" && !json.Valid([]byte(ack.Data)) {
		s.note("stream: the answer to a message has data %q", ack.Data)
	}
	return Attempt{Status: ack.Code, Err: err}
}

// PostRobot posts a robot message to the bot's address with headers of the caller's: for tests of
// hostile requests too. nil headers are good ones.
func (s *Server) PostRobot(body []byte, headers http.Header) (status int, answer []byte, err error) {
	s.mu.Lock()
	address, stamp := s.robotURL, strconv.FormatInt(s.now().UnixMilli(), 10)
	s.mu.Unlock()
	if headers == nil {
		headers = http.Header{"timestamp": {stamp}, "sign": {Sign(stamp, s.set.ClientSecret)}} // small letters on the wire, as the documents show
	}
	return s.post(address, body, headers, s.o.RobotTimeout)
}

// RobotMessage is the body of a robot message of a person, as it would be delivered now: for tests that
// change it before they post or push it.
func (s *Server) RobotMessage(user, kind string, content any) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, _ := json.Marshal(s.robotMessage(user, user, nil, kind, content, s.robotURL != "")) // cannot fail
	return raw
}

func (s *Server) post(address string, body []byte, headers http.Header, within time.Duration) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = headers.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return 0, nil, err
	}
	return resp.StatusCode, answer, nil
}

// robotByHTTP delivers a message to the bot's address. The answer may be a message.
func (s *Server) robotByHTTP(raw []byte) Attempt {
	status, body, err := s.PostRobot(raw, nil)
	t := Attempt{Status: status, Err: err}
	if err != nil || status != http.StatusOK || len(bytes.TrimSpace(body)) == 0 || string(bytes.TrimSpace(body)) == "null" {
		return t
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var b webhookBody
	if err := s.decode("the answer to a message", body, &b); err != nil {
		t.Err = fmt.Errorf("the answer to a message: %w", err)
		s.problem("%v", t.Err)
		return t
	}
	if b.MsgType == "empty" {
		return t
	}
	what, err := b.shown(s, "the answer to a message")
	if err != nil {
		t.Err = fmt.Errorf("the answer to a message: %w", err)
		s.problem("%v", t.Err)
		return t
	}
	t.Kind, t.Text, t.Card = b.MsgType, what.Text, what.Card
	return t
}

// see puts the answer to a message on the phone it came from.
func (s *Server) see(a Answer, phone string, t Attempt) Answer {
	if t.Kind == "" {
		return a
	}
	s.mu.Lock()
	what := Shown{Passive: true, Text: t.Text, Card: t.Card}
	if t.Card == nil {
		_, what.Links = plainText(t.Text)
	}
	a.Text = t.Text
	_, change := s.put(phone, what)
	s.mu.Unlock()
	s.show([]chattest.Change{change})
	return a
}
