package dingtalktest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/chat/chattest"
)

// message is one accepted message.
type message struct {
	key      string // processQueryKey, carrierId of a card
	sent     time.Time
	copies   map[string]*Shown // by user id; a group's under its openConversationId
	group    *group
	recalled bool
	readBy   map[string]bool
}

// keepFor is how long a message can be recalled and its readers asked for.
const keepFor = 24 * time.Hour

// newKey makes a processQueryKey with everything in it that must be escaped in a URL.
func newKey() string {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails
	key := base64.StdEncoding.EncodeToString(raw)
	return key[:10] + "+" + key[10:20] + "/" + key[20:31] + "="
}

func (s *Server) newMessage(g *group) *message {
	m := &message{key: newKey(), sent: s.now(), copies: map[string]*Shown{}, group: g, readBy: map[string]bool{}}
	s.messages[m.key] = m
	return m
}

// checkRobot gives the refusal for a robot code that is not the app's.
func (s *Server) checkRobot(code string) *answer {
	var a answer
	switch code {
	case s.set.RobotCode:
		return nil
	case "":
		a = refuse(http.StatusBadRequest, "invalidParameter.robotCode.empty", "robotCode is empty")
	default:
		a = refuse(http.StatusBadRequest, "invalidParameter.robotCode.auth", "the robot is not this app's")
	}
	return &a
}

// tooFast books a robot message and gives the refusal beyond 6000 a minute.
func (s *Server) tooFast() *answer {
	if !s.robotRate.over(s.now(), time.Minute, 6000) {
		return nil
	}
	a := refuse(http.StatusBadRequest, "toomuch.msg", "too many messages of this robot")
	return &a
}

// batchSend is the message to people, each in the chat of two (document 0714).
func (s *Server) batchSend(_ *http.Request, body []byte) answer {
	var b struct {
		RobotCode string
		UserIDs   []string `json:"userIds"`
		MsgKey    string
		MsgParam  json.RawMessage
	}
	if s.decode("batchSend", body, &b) != nil {
		return refuse(http.StatusBadRequest, "invalidParameter", "the body does not have the documented form")
	}
	if a := s.checkRobot(b.RobotCode); a != nil {
		return *a
	}
	switch {
	case len(b.UserIDs) == 0:
		return refuse(http.StatusBadRequest, "invalidParameter.userIds.empty", "userIds is empty")
	case len(b.UserIDs) > 20:
		return refuse(http.StatusBadRequest, "invalidParameter.userIds.overMax", "userIds max size is 100")
	}
	for _, id := range b.UserIDs {
		if strings.HasPrefix(id, "$:") {
			return refuse(http.StatusBadRequest, "staffId.notExisted", "staffId does not exist")
		}
	}
	what, refusal := s.render("batchSend", b.MsgKey, b.MsgParam)
	if refusal != nil {
		return *refusal
	}
	if a := s.tooFast(); a != nil {
		return *a
	}
	m := s.newMessage(nil)
	what.MsgID = m.key
	kept := Accepted{MsgID: m.key, Body: slices.Clone(body)}
	var changes []chattest.Change
	for i, id := range b.UserIDs {
		p := s.members[id]
		switch {
		case slices.Contains(b.UserIDs[:i], id):
			s.problem("batchSend: %s is named twice", id)
		case p == nil || p.Hidden:
			kept.Invalid = append(kept.Invalid, id)
		case s.flow[id] > 0:
			s.flow[id]--
			kept.Dropped = append(kept.Dropped, id)
		default:
			on, change := s.put(id, what)
			m.copies[id] = on
			kept.Users = append(kept.Users, id)
			changes = append(changes, change)
		}
	}
	s.record(kept)
	return ok(map[string]any{
		"processQueryKey": m.key, "invalidStaffIdList": list(kept.Invalid), "flowControlledStaffIdList": list(kept.Dropped),
	}, changes...)
}

// list writes an empty list as one, not as null.
func list(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}

// groupSend is the message to a group (document 0716).
func (s *Server) groupSend(_ *http.Request, body []byte) answer {
	var b struct {
		RobotCode, CoolAppCode string
		OpenConversationID     string `json:"openConversationId"`
		MsgKey                 string
		MsgParam               json.RawMessage
	}
	if s.decode("groupMessages/send", body, &b) != nil {
		return refuse(http.StatusBadRequest, "invalidParameter", "the body does not have the documented form")
	}
	if a := s.checkRobot(b.RobotCode); a != nil {
		return *a
	}
	g := s.groups[b.OpenConversationID]
	switch {
	case b.OpenConversationID == "":
		return refuse(http.StatusBadRequest, "invalid.openConversationId", "openConversationId is empty")
	case g == nil:
		return refuse(http.StatusBadRequest, "resource.not.found", "no such group")
	case g.disbanded:
		return refuse(http.StatusBadRequest, "group.disbanded", "the group is dissolved")
	}
	what, refusal := s.render("groupMessages/send", b.MsgKey, b.MsgParam)
	if refusal != nil {
		return *refusal
	}
	if a := s.tooFast(); a != nil {
		return *a
	}
	m := s.newMessage(g)
	what.MsgID = m.key
	on, change := s.put(g.title, what)
	m.copies[g.id] = on
	s.record(Accepted{MsgID: m.key, Users: []string{g.title}, Body: slices.Clone(body)})
	return ok(map[string]any{"processQueryKey": m.key}, change)
}

type recallBody struct {
	RobotCode          string
	OpenConversationID string   `json:"openConversationId"`
	Keys               []string `json:"processQueryKeys"`
}

// batchRecall takes messages to people back (document 0723).
func (s *Server) batchRecall(_ *http.Request, body []byte) answer { return s.recall(body, false) }

// groupRecall takes messages to a group back (document 0725).
func (s *Server) groupRecall(_ *http.Request, body []byte) answer { return s.recall(body, true) }

func (s *Server) recall(body []byte, inGroup bool) answer {
	var b recallBody
	if s.decode("recall", body, &b) != nil {
		return refuse(http.StatusBadRequest, "invalidParameter", "the body does not have the documented form")
	}
	switch {
	case b.RobotCode != s.set.RobotCode:
		return refuse(http.StatusBadRequest, "not.allowed.robotCode", "the robot is not this app's")
	case len(b.Keys) == 0:
		return refuse(http.StatusBadRequest, "invalid.processQueryKey", "processQueryKeys is empty")
	case len(b.Keys) > 20:
		return refuse(http.StatusBadRequest, "invalidParameter.processQueryKeys.overMax", "more than 20 keys")
	}
	done, failed := []string{}, map[string]string{}
	var changes []chattest.Change
	for _, key := range b.Keys {
		m := s.messages[key]
		switch {
		case m == nil || inGroup != (m.group != nil) || inGroup && m.group.id != b.OpenConversationID:
			failed[key] = "messageNotFound"
		case s.now().Sub(m.sent) > keepFor:
			failed[key] = "messageExpired"
		default:
			done = append(done, key)
			changes = append(changes, s.takeBack(m)...)
		}
	}
	return ok(map[string]any{"successResult": done, "failedResult": failed}, changes...)
}

// takeBack empties a message on every phone.
func (s *Server) takeBack(m *message) []chattest.Change {
	m.recalled = true
	var out []chattest.Change
	for owner, on := range m.copies {
		on.Text, on.Title, on.Links = "", "", nil
		if on.Card != nil {
			on.Card.State = Recalled
		}
		if m.group != nil {
			owner = m.group.title
		}
		out = append(out, chattest.Change{User: owner, What: on.Clone()})
	}
	return out
}

// Reads is a person reading everything the phone shows.
func (s *Server) Reads(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.copies[user] != nil || m.group != nil && slices.Contains(m.group.members, user) {
			m.readBy[user] = true
		}
	}
}

// readStatus tells who has read a message to people (document 0720).
func (s *Server) readStatus(r *http.Request, _ []byte) answer {
	q := r.URL.Query()
	if a := s.checkRobot(q.Get("robotCode")); a != nil {
		return *a
	}
	m := s.messages[q.Get("processQueryKey")]
	switch {
	case m == nil || m.group != nil:
		return refuse(http.StatusBadRequest, "invalid.processQueryKey", "no such message")
	case s.now().Sub(m.sent) > keepFor:
		return refuse(http.StatusBadRequest, "processQueryKey.expireTime", "older than 24 hours")
	}
	infos := []map[string]string{}
	for _, id := range sortedKeys(m.copies) {
		state := "UNREAD"
		if m.readBy[id] {
			state = "READ"
		}
		infos = append(infos, map[string]string{"name": s.members[id].Name, "userId": id, "readStatus": state})
	}
	return ok(map[string]any{"sendStatus": m.status(), "messageReadInfoList": infos})
}

func (m *message) status() string {
	if m.recalled {
		return "RECALLED"
	}
	return "SUCCESS"
}

// groupQuery tells who has read a message to a group (document 0722).
func (s *Server) groupQuery(_ *http.Request, body []byte) answer {
	var b struct {
		RobotCode, ProcessQueryKey, NextToken, Token string
		OpenConversationID                           string `json:"openConversationId"`
		MaxResults                                   int
	}
	if s.decode("groupMessages/query", body, &b) != nil {
		return refuse(http.StatusBadRequest, "invalidParameter", "the body does not have the documented form")
	}
	if a := s.checkRobot(b.RobotCode); a != nil {
		return *a
	}
	m := s.messages[b.ProcessQueryKey]
	switch {
	case m == nil || m.group == nil || m.group.id != b.OpenConversationID:
		return refuse(http.StatusBadRequest, "invalid.processQueryKey", "no such message")
	case s.now().Sub(m.sent) > keepFor:
		return refuse(http.StatusBadRequest, "processQueryKey.expireTime", "older than 24 hours")
	}
	return ok(map[string]any{"sendStatus": m.status(), "readUserIds": sortedKeys(m.readBy), "hasMore": false})
}
