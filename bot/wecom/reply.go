package wecom

import (
	"strconv"
	"time"

	"trainingbot/bot/chat"
)

// passive builds the plaintext of a passive reply (document 90241), nil for the empty answer. With
// rest there is something to say that the response cannot carry: a card with buttons, a text beside
// a settled card, a text after a press (the platform does not promise to show one there).
func passive(corpID string, x exchange, reply chat.Reply, now time.Time) (plain []byte, rest bool) {
	if x.m.Press != nil {
		return passiveSettle(corpID, x, reply, now)
	}
	switch {
	case reply.Text == "" && reply.Card == nil:
		return nil, false
	case reply.Text == "", reply.Card != nil && len(reply.Card.Buttons) > 0, x.m.Event == chat.Departed:
		return nil, true
	}
	text := plainText(reply.Text)
	b := appendHead(make([]byte, 0, len(text)+256), corpID, x.user, "text", now)
	return append(appendElement(b, "Content", text), "</xml>"...), false
}

func passiveSettle(corpID string, x exchange, reply chat.Reply, now time.Time) (plain []byte, rest bool) {
	rest = reply.Text != "" || reply.Card != nil
	if reply.Settle == nil {
		return nil, rest
	}
	settled, err := renderCard(x.m.Press.Delivery, *reply.Settle)
	if err != nil { // the press names a task of a shape we never sent
		return nil, rest
	}
	b := appendHead(make([]byte, 0, 1536), corpID, x.user, "update_template_card", now)
	return append(settled.appendXML(b), "</xml>"...), rest
}

func appendHead(b []byte, corpID, user, kind string, now time.Time) []byte {
	b = appendElement(append(b, "<xml>"...), "ToUserName", user)
	b = appendElement(b, "FromUserName", corpID)
	b = strconv.AppendInt(append(b, "<CreateTime>"...), now.Unix(), 10)
	return appendElement(append(b, "</CreateTime>"...), "MsgType", kind)
}
