package dingtalk

import (
	"context"
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

// robotMessage is what a person said to the robot, the fields the bot reads. The platform adds others.
type robotMessage struct {
	ID           string `json:"msgId"`
	Kind         string `json:"msgtype"`
	Conversation string `json:"conversationType"` // "1" with the robot alone, "2" a group
	Title        string `json:"conversationTitle"`
	User         string `json:"senderStaffId"`
	SenderCorp   string `json:"senderCorpId"`
	RobotCorp    string `json:"chatbotCorpId"`
	Robot        string `json:"robotCode"`
	Session      string `json:"sessionWebhook"`
	SessionEnds  lax    `json:"sessionWebhookExpiredTime"`
	Created      lax    `json:"createAt"`
	Text         *struct {
		Content string `json:"content"`
	} `json:"text"`
	Content json.RawMessage `json:"content"` // an object; a text in one sample of the documents
	Error   lax             `json:"errorCode"`
	Err     lax             `json:"errCode"`
}

// quotaSpent is the code of a message that comes without its words, because the organisation has used up
// its monthly messages.
const quotaSpent = 20001

// group says that it was said among others.
func (in *robotMessage) group() bool { return in.Conversation == "2" }

// words gives what was said in letters; ok is false for a picture, a file, or a kind nobody knows yet.
// What was dictated or typed between pictures is said in letters too.
func (in *robotMessage) words() (text string, ok bool) {
	var content struct {
		Recognition string `json:"recognition"`
		RichText    []struct {
			Text string `json:"text"`
		} `json:"richText"`
		Content string `json:"content"`
	}
	_ = json.Unmarshal(in.Content, &content) // a text in place of an object is looked at below
	switch in.Kind {
	case "text":
		if in.Text != nil {
			return in.Text.Content, true
		}
		var s string
		if json.Unmarshal(in.Content, &s) == nil {
			return s, true
		}
		return content.Content, content.Content != ""
	case "richText":
		var parts []string
		for _, x := range content.RichText {
			if t := strings.TrimSpace(x.Text); t != "" {
				parts = append(parts, t)
			}
		}
		return strings.Join(parts, " "), len(parts) > 0
	case "audio":
		return content.Recognition, strings.TrimSpace(content.Recognition) != ""
	}
	return "", false
}

// check says whether the message is for us.
func (in *robotMessage) check(cfg Config) error {
	other := func(got, want string) bool { return got != "" && got != want }
	switch {
	case in.ID == "" || len(in.ID) > 512 || in.Kind == "":
		return ErrEnvelope
	case other(in.RobotCorp, cfg.CorpID), other(in.Robot, cfg.RobotCode):
		return ErrReceiver
	}
	return nil
}

// known says whether the speaker has an account we can tell: nobody has before the app is published, and
// people of other organisations never have.
func (in *robotMessage) known(cfg Config) bool {
	return plainUser(in.User) && (in.SenderCorp == "" || in.SenderCorp == cfg.CorpID)
}

// message turns it into the bot's words.
func (in *robotMessage) message() chat.Message {
	m := chat.Message{
		ID:   messageID("m", in.ID),
		From: domain.Handle{Platform: Name, User: in.User},
		Sent: time.UnixMilli(in.Created.number()).UTC(),
	}
	text, ok := in.words()
	switch {
	case in.Error.number() == quotaSpent || in.Err.number() == quotaSpent:
		m.Event = chat.Muted
	case !ok:
		m.Event = chat.Other
	default:
		m.Text = strings.TrimSpace(link.Clean(text))
	}
	return m
}

// messageID names a message: by the platform's own name of it, or when that could not stand in a key by
// a digest of it.
func messageID(kind string, parts ...string) domain.MessageID {
	if len(parts) == 1 && len(parts[0]) <= 128 && printable(parts[0]) {
		return domain.MessageID(Name + ":" + kind + ":" + parts[0])
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return domain.MessageID(Name + ":" + kind + ":" + hex.EncodeToString(sum[:]))
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// pressAgain is how long a press that was not answered well counts as the same when it comes again: the
// callback has neither a name nor a time, and the presser was told that it did not work.
const pressAgain = 10 * time.Minute

// cardPress is a callback of a card.
type cardPress struct {
	Card    string `json:"outTrackId"`
	Corp    string `json:"corpId"`
	User    string `json:"userId"`
	Content string `json:"content"` // JSON
	Value   string `json:"value"`   // the same
}

// line gives what the pressed button says, and the form of the card it stands on.
func (in *cardPress) line() (line string, as form, ok bool) {
	content := in.Content
	if content == "" {
		content = in.Value
	}
	var action struct {
		Private struct {
			Actions []string                   `json:"actionIds"`
			Params  map[string]json.RawMessage `json:"params"`
		} `json:"cardPrivateData"`
		Params map[string]json.RawMessage `json:"params"` // where some pages of the documents show them
	}
	if json.Unmarshal([]byte(content), &action) != nil {
		return "", "", false
	}
	for _, params := range [...]map[string]json.RawMessage{action.Private.Params, action.Params} {
		if json.Unmarshal(params["line"], &line) == nil && line != "" {
			return line, ownForm, link.Clean(line) == line
		}
	}
	if len(action.Private.Actions) == 0 {
		return "", "", false
	}
	line, ok = lineOf(action.Private.Actions[0])
	return line, publicForm, ok
}

// key names what is pressed by whom, whenever.
func (in *cardPress) key(line string) string { return string(messageID("p", in.Card, in.User, line)) }

// press turns it into the bot's words. Presses of the same that have not been answered yet are one.
func (b *Inbox) press(ctx context.Context, in cardPress) (chat.Message, error) {
	line, as, ok := in.line()
	switch {
	case !ok || !plainTask(in.Card) || !plainUser(in.User):
		return chat.Message{}, ErrEnvelope
	case in.Corp != "" && in.Corp != b.cfg.CorpID:
		return chat.Message{}, ErrReceiver
	}
	same := in.key(line)
	b.presses.Lock()
	defer b.presses.Unlock()
	id, found := b.cfg.Cache.GetContext(ctx, same).(string)
	if !found {
		id = same + ":" + rand.Text()[:10]
		_ = b.cfg.Cache.SetContext(ctx, same, id, pressAgain) // at worst the second press meets a settled matter
	}
	return chat.Message{
		ID: domain.MessageID(id), From: domain.Handle{Platform: Name, User: in.User}, Text: line, Sent: b.now(),
		Press: &chat.Press{Delivery: in.Card, UpdateToken: string(as)},
	}, nil
}

// answered has the next press of the same be another.
func (b *Inbox) answered(ctx context.Context, in cardPress, line string) {
	b.presses.Lock()
	defer b.presses.Unlock()
	_ = b.cfg.Cache.DeleteContext(ctx, in.key(line)) // at worst the next press gets this one's answer
}

// orgEvent is what the platform tells about people of the organisation.
type orgEvent struct {
	Type    string `json:"EventType"`
	Corp    string `json:"CorpId"`
	ID      string `json:"eventId"`
	Biz     lax    `json:"BizId"`
	Stamp   lax    `json:"timeStamp"`
	OldTime lax    `json:"TimeStamp"`
	Users   []lax  `json:"userId"`
	OldUser []lax  `json:"UserId"`
}

// messages gives one message for each person an event is about; none when nobody waits for it.
func (in *orgEvent) messages(now time.Time) []chat.Message {
	var what chat.Event
	switch in.Type {
	case "user_add_org":
		what = chat.Joined
	case "user_leave_org":
		what = chat.Departed
	default:
		return nil
	}
	name := []string{in.ID}
	if in.ID == "" { // the pages do not show one everywhere
		name = []string{string(in.Biz), string(in.Stamp), string(in.OldTime)}
	}
	var out []chat.Message
	for _, user := range append(in.Users, in.OldUser...) {
		if !plainUser(string(user)) {
			continue
		}
		out = append(out, chat.Message{
			ID:   messageID("e", append(name, in.Type, string(user))...),
			From: domain.Handle{Platform: Name, User: string(user)}, Event: what, Sent: now,
		})
	}
	return out
}
