package wecom

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/domain"
)

// The commands of the long connection (document 101463).
const (
	cmdSubscribe = "aibot_subscribe"
	cmdPing      = "ping"
	cmdMessage   = "aibot_msg_callback"
	cmdEvent     = "aibot_event_callback"
	cmdRespond   = "aibot_respond_msg"
	cmdUpdate    = "aibot_respond_update_msg"
	cmdSend      = "aibot_send_msg"
)

// botFrame is one frame of the connection, either way round. One without a command acknowledges the
// frame with its request id.
type botFrame struct {
	Cmd     string `json:"cmd,omitempty"`
	Headers struct {
		ReqID string `json:"req_id"`
	} `json:"headers"`
	Body    json.RawMessage `json:"body,omitempty"`
	ErrCode int64           `json:"errcode,omitempty"`
	ErrMsg  string          `json:"errmsg,omitempty"`
}

// writeFrame makes a frame of ours.
func writeFrame(cmd, reqID string, body any) ([]byte, error) {
	f := struct {
		Cmd     string            `json:"cmd"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body,omitempty"`
	}{cmd, map[string]string{"req_id": reqID}, body}
	return marshal(f)
}

// newRequest gives a request id of ours. Acknowledgements are known by it.
func newRequest(cmd string) string { return cmd + "_" + rand.Text() }

// botInbound is the body of a callback (documents 100719 and 101027), the fields the bot reads.
type botInbound struct {
	MsgID    string    `json:"msgid"`
	Created  int64     `json:"create_time"`
	BotID    string    `json:"aibotid"`
	ChatType string    `json:"chattype"`
	From     botSender `json:"from"`
	MsgType  string    `json:"msgtype"`
	Text     botText   `json:"text"`
	Voice    botText   `json:"voice"` // the platform writes down what was said
	Mixed    struct {
		Items []struct {
			MsgType string  `json:"msgtype"`
			Text    botText `json:"text"`
		} `json:"msg_item"`
	} `json:"mixed"`
	Event struct {
		Type string   `json:"eventtype"`
		Card botPress `json:"template_card_event"`
		botPress
	} `json:"event"`
}

type botText struct {
	Content string `json:"content"`
}

type botSender struct {
	UserID string `json:"userid"`
	CorpID string `json:"corpid"`
}

type botPress struct {
	Key  string `json:"event_key"`
	Task string `json:"task_id"`
}

func (in *botInbound) group() bool { return in.ChatType == "group" }

// message turns a callback into the bot's words. Without ok there is nothing to handle: an event
// nobody waits for.
func (in *botInbound) message(cfg BotConfig, now time.Time) (m chat.Message, ok bool, err error) {
	if in.MsgID == "" || len(in.MsgID) > 1024 || !plainUser(in.From.UserID) {
		return chat.Message{}, false, ErrEnvelope
	}
	if in.BotID != "" && in.BotID != cfg.BotID || in.From.CorpID != "" && cfg.CorpID != "" && in.From.CorpID != cfg.CorpID {
		return chat.Message{}, false, ErrReceiver
	}
	m = chat.Message{
		ID:   in.messageID(cfg.BotID),
		From: domain.Handle{Platform: Name, User: strings.ToLower(in.From.UserID)},
		Sent: now.UTC().Truncate(time.Second), // messages bear no stamp, only events
	}
	if in.Created > 0 {
		m.Sent = time.Unix(in.Created, 0).UTC()
	}
	switch in.MsgType {
	case "event":
		return in.press(m)
	case "stream": // asks how an answer that is being written goes on; ours are whole
		return chat.Message{}, false, nil
	case "text":
		m.Text = link.Clean(in.Text.Content)
	case "voice":
		m.Text = link.Clean(in.Voice.Content)
	case "mixed":
		var parts []string
		for _, x := range in.Mixed.Items {
			if x.MsgType == "text" {
				parts = append(parts, x.Text.Content)
			}
		}
		m.Text = link.Clean(strings.Join(parts, "\n"))
	}
	if strings.TrimSpace(m.Text) == "" {
		m.Text, m.Event = "", chat.Other
	}
	return m, true, nil
}

// press reads a pressed button. Its other events tell nothing of use: there is none for who joins the
// company or leaves it.
func (in *botInbound) press(m chat.Message) (chat.Message, bool, error) {
	if in.Event.Type != "template_card_event" {
		return chat.Message{}, false, nil
	}
	p := in.Event.Card // the documents nest it, the platform's own types do not
	if p.Key == "" && p.Task == "" {
		p = in.Event.botPress
	}
	if p.Key == "" || p.Task == "" {
		return chat.Message{}, false, ErrEnvelope
	}
	if p.Key == settledKey {
		return chat.Message{}, false, nil
	}
	m.Text = link.Clean(p.Key)
	m.Press = &chat.Press{Delivery: p.Task}
	return m, true, nil
}

// messageID names a callback by the platform's own number for it, the same for every redelivery.
func (in *botInbound) messageID(bot string) domain.MessageID {
	sum := sha256.Sum256([]byte(bot + "\x00" + in.MsgID))
	return domain.MessageID(Name + ":b:" + hex.EncodeToString(sum[:]))
}

// markdown is s as it stands: a bot speaks markdown alone, and what people wrote must not become a link,
// a heading or a mention by it.
func markdown(s string) string {
	lines := strings.Split(link.Clean(s), "\n")
	for i, l := range lines {
		if t := strings.TrimLeft(l, " "); strings.HasPrefix(t, "#") {
			lines[i] = strings.Replace(l, "#", "＃", 1)
		} else if strings.HasPrefix(t, ">") {
			lines[i] = strings.Replace(l, ">", "＞", 1)
		}
	}
	return link.CutBytes(dull.Replace(strings.Join(lines, "\n")), maxMarkdown)
}

var dull = strings.NewReplacer("<", "＜", "*", "＊", "`", "｀", "](", "］(", "~~", "～～", "__", "＿＿")

// maxMarkdown bounds a text of a bot, in bytes (document 101031).
const maxMarkdown = 20480
