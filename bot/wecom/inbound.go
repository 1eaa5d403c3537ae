package wecom

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/domain"
)

// Name is the Handle.Platform of people on WeCom.
const Name = "wecom"

// settledKey is the key of the one button a settled card keeps because the platform demands one.
// The button is dead; a press of it says nothing.
const settledKey = "settled"

// envelope is the outside of a callback.
type envelope struct{ to, agent, encrypt []byte }

func parseEnvelope(body []byte) (envelope, error) {
	var e envelope
	s := scanner{b: body}
	if !s.start() {
		return envelope{}, ErrEnvelope
	}
	var seen fieldSet
	for {
		name, value, nested, ok := s.next()
		if !ok {
			return envelope{}, ErrEnvelope
		}
		if name == nil {
			break
		}
		var into *[]byte
		var bit fieldSet
		switch string(name) {
		case "ToUserName":
			into, bit = &e.to, 1
		case "AgentID":
			into, bit = &e.agent, 2
		case "Encrypt":
			into, bit = &e.encrypt, 4
		default:
			continue
		}
		if nested || !seen.add(bit) {
			return envelope{}, ErrEnvelope
		}
		*into = value
	}
	if len(e.encrypt) == 0 {
		return envelope{}, ErrEnvelope
	}
	return e, nil
}

// fieldSet remembers which wanted fields were seen.
type fieldSet uint32

func (s *fieldSet) add(bit fieldSet) bool {
	if *s&bit != 0 {
		return false
	}
	*s |= bit
	return true
}

// inbound is a decrypted callback (documents 90239 and 90240), the fields the bot reads.
type inbound struct {
	to, from, created, kind, agent     []byte
	msgID, content                     []byte
	event, eventKey, taskID, response  []byte
	change, userID, id, tagID, batchID []byte // only for the key of an event
}

// field gives the place of a wanted field and its bit.
func (in *inbound) field(name []byte) (*[]byte, fieldSet) {
	switch string(name) {
	case "ToUserName":
		return &in.to, 1 << 0
	case "FromUserName":
		return &in.from, 1 << 1
	case "CreateTime":
		return &in.created, 1 << 2
	case "MsgType":
		return &in.kind, 1 << 3
	case "AgentID":
		return &in.agent, 1 << 4
	case "MsgId":
		return &in.msgID, 1 << 5
	case "Content":
		return &in.content, 1 << 6
	case "Event":
		return &in.event, 1 << 7
	case "EventKey":
		return &in.eventKey, 1 << 8
	case "TaskId":
		return &in.taskID, 1 << 9
	case "ResponseCode":
		return &in.response, 1 << 10
	case "ChangeType":
		return &in.change, 1 << 11
	case "UserID":
		return &in.userID, 1 << 12
	case "Id":
		return &in.id, 1 << 13
	case "TagId":
		return &in.tagID, 1 << 14
	case "JobId":
		return &in.batchID, 1 << 15
	}
	return nil, 0
}

// parseInbound reads a decrypted callback. It changes plain: characters XML does not have go.
func parseInbound(plain []byte) (inbound, error) {
	var in inbound
	plain, ok := strip(plain)
	s := scanner{b: plain}
	if !ok || !s.start() {
		return inbound{}, ErrEnvelope
	}
	var seen fieldSet
	for {
		name, value, nested, ok := s.next()
		if !ok {
			return inbound{}, ErrEnvelope
		}
		if name == nil {
			return in, nil
		}
		into, bit := in.field(name)
		if into == nil {
			continue
		}
		if nested || !seen.add(bit) {
			return inbound{}, ErrEnvelope
		}
		*into = value
	}
}

// message turns a callback into the bot's words. Without ok there is nothing to handle: an event
// nobody waits for.
func (in *inbound) message(agent int64) (m chat.Message, ok bool, err error) {
	if len(in.from) == 0 || len(in.kind) == 0 || !digits(in.created, 12) {
		return chat.Message{}, false, ErrEnvelope
	}
	created, _ := strconv.ParseInt(string(in.created), 10, 64)
	m = chat.Message{
		From: domain.Handle{Platform: Name, User: strings.ToLower(string(in.from))},
		Sent: time.Unix(created, 0).UTC(),
	}
	if string(in.kind) == "event" {
		return in.eventMessage(m, agent)
	}
	// A message without its number could not be told from its own redelivery.
	if !digits(in.msgID, 20) {
		return chat.Message{}, false, ErrEnvelope
	}
	m.ID = in.messageID(agent)
	if string(in.kind) == "text" {
		m.Text = link.Clean(string(in.content))
	} else {
		m.Event = chat.Other
	}
	return m, true, nil
}

func (in *inbound) eventMessage(m chat.Message, agent int64) (chat.Message, bool, error) {
	// Names of events vary in case in the documents.
	switch strings.ToLower(string(in.event)) {
	case "subscribe":
		m.Event = chat.Joined
	case "unsubscribe":
		m.Event = chat.Departed
	case "template_card_event", "template_card_menu_event":
		if len(in.eventKey) == 0 || len(in.taskID) == 0 {
			return chat.Message{}, false, ErrEnvelope
		}
		if string(in.eventKey) == settledKey {
			return chat.Message{}, false, nil
		}
		m.Text = link.Clean(string(in.eventKey))
		m.Press = &chat.Press{Delivery: string(in.taskID), UpdateToken: string(in.response)}
	case "click": // an entry of the app's menu: like a button, its key is the line
		if len(in.eventKey) == 0 {
			return chat.Message{}, false, nil
		}
		m.Text = link.Clean(string(in.eventKey))
	default:
		return chat.Message{}, false, nil
	}
	m.ID = in.eventID(agent, m.From.User)
	return m, true, nil
}

func (in *inbound) messageID(agent int64) domain.MessageID {
	b := make([]byte, 0, 48)
	b = append(b, Name+":m:"...)
	b = strconv.AppendInt(b, agent, 10)
	b = append(b, ':')
	return domain.MessageID(append(b, in.msgID...))
}

// eventID names an event, which has no number of its own. The platform's rule, sender and second,
// is too weak: two events of one person in a second would be one. The response code is left out,
// since nobody promises that a redelivery carries the same.
func (in *inbound) eventID(agent int64, user string) domain.MessageID {
	b := make([]byte, 0, 256)
	b = strconv.AppendInt(b, agent, 10)
	b = append(append(b, 0), user...) // NUL separates: XML has none, so no two lists join alike
	for _, f := range [...][]byte{
		in.created, in.event, in.change, in.eventKey, in.taskID, in.userID, in.id, in.tagID, in.batchID,
	} {
		b = append(append(b, 0), f...)
	}
	sum := sha256.Sum256(b)
	out := make([]byte, 0, len(Name)+3+2*len(sum))
	return domain.MessageID(hex.AppendEncode(append(out, Name+":e:"...), sum[:]))
}

// sameAgent says whether an AgentID element, empty when absent, names the agent.
func sameAgent(value []byte, agent int64) bool {
	t := strings.TrimSpace(string(value))
	if t == "" {
		return true
	}
	n, err := strconv.ParseInt(t, 10, 64)
	return err == nil && n == agent
}
