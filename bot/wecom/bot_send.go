package wecom

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/domain"
)

const (
	opBotSend    = "aibot_send_msg"
	opBotRespond = "aibot_respond_msg"
	opBotUpdate  = "aibot_respond_update_msg"

	// awayFor is how long a send waits when there is no connection: that is no fault of the message.
	awayFor = 5 * time.Second
	// spelledFor is how long it is remembered how a person's id is spelled.
	spelledFor = 90 * 24 * time.Hour
)

// botSend is the body of aibot_send_msg. In a chat of two the chat is named by the other's user id.
type botSend struct {
	ChatID   string       `json:"chatid"`
	ChatType int          `json:"chat_type"`
	MsgType  string       `json:"msgtype"`
	Markdown *textContent `json:"markdown,omitempty"`
	Card     *card        `json:"template_card,omitempty"`
}

const single = 1 // chat_type of a chat of two

// Name implements chat.Platform: the people of a corp are the same for its app and for its bot.
func (b *Bot) Name() string { return Name }

// Limit implements chat.Platform: a bot speaks to one chat at a time.
func (b *Bot) Limit() int { return 1 }

// Send implements chat.Platform (document 101463). It reaches who has spoken to the bot before. A body
// with a card that has buttons becomes a card, any other a text.
//
// The platform has no memory of requests: a text whose acknowledgement was lost is sent again and may
// then stand twice, which is better than never. A card cannot: its task id is taken once.
func (b *Bot) Send(ctx context.Context, o chat.Outgoing) (domain.Receipt, error) {
	receipt := domain.Receipt{ID: o.ID}
	if len(o.To) != 1 {
		return receipt, permanentError(opBotSend, codeTooManyReceivers, "one receiver a call")
	}
	user := strings.ToLower(o.To[0])
	if !plainUser(user) {
		receipt.Failed = []domain.Missed{{User: o.To[0], Reason: reasonMalformed}}
		return receipt, permanentError(opBotSend, codeNoReceiver, "no receiver")
	}
	body := botSend{ChatID: b.spelled(ctx, user), ChatType: single}
	if c := o.Body.Card; c != nil && len(c.Buttons) > 0 && c.Settled == "" {
		rendered, err := ofBot.render(o.ID, *c)
		if err != nil {
			return receipt, sendError(opBotSend, chat.Permanent, err)
		}
		body.MsgType, body.Card = "template_card", &rendered
	} else {
		text := markdown(o.Body.Text)
		if strings.TrimSpace(text) == "" {
			return receipt, permanentError(opBotSend, codeMissingContent, "nothing to say: the text is empty")
		}
		body.MsgType, body.Markdown = "markdown", &textContent{text}
	}
	c := b.current()
	if c == nil {
		return receipt, waitError(opBotSend, 0, awayFor, errors.New("no connection to the platform"))
	}
	if err := room(ctx, opBotSend, b.cfg.Limiter, b.alone, "bot:"+b.cfg.BotID, []string{user}); err != nil {
		return receipt, err
	}
	raw, err := c.ask(ctx, cmdSend, newRequest(cmdSend), body, b.cfg.Timeout)
	err = b.judgeSend(o.ID, body.Card != nil, err)
	if e, ok := chat.AsSendError(err); ok && unreachable(e.Code) {
		receipt.Failed = []domain.Missed{{User: user, Reason: reasonSilent}}
		return receipt, err
	}
	if err != nil {
		return receipt, err
	}
	var got struct {
		MsgID string `json:"msgid"`
	}
	_ = json.Unmarshal(raw, &got) // the platform does not say that there is one
	receipt.MessageID = got.MsgID
	return receipt, nil
}

const reasonSilent = "unknown to the bot: no such person, or one who has never spoken to it"

// unreachable are the codes by which a receiver is no one the bot can speak to.
func unreachable(code int64) bool {
	return code == 40003 || code == 60111 || code == codeAllInvalid
}

// judgeSend remembers the cards that may have arrived: a second try that finds the task id taken was
// only the echo of the first.
func (b *Bot) judgeSend(id string, isCard bool, err error) error {
	if !isCard {
		return err
	}
	e, failed := chat.AsSendError(err)
	b.mu.Lock()
	defer b.mu.Unlock()
	_, maybe := b.maybe[id]
	if failed && e.Ambiguous {
		if len(b.maybe) == maxMaybe {
			clear(b.maybe) // at worst a card that arrived is reported as refused
		}
		b.maybe[id] = struct{}{}
		return err
	}
	delete(b.maybe, id)
	if maybe && failed && e.Code == codeTaskTaken {
		return nil
	}
	return err
}

// Update implements chat.Platform: a bot's card can be replaced in the answer to a press of it alone
// (document 101032), which Run does. The other copies stay as they are; a press of one is answered with
// what has become of the matter, and that settles it.
func (b *Bot) Update(context.Context, domain.Receipt, []string, domain.Card) error {
	return sendError(opBotUpdate, chat.Gone, errors.New("a bot's card can be replaced only in the answer to its press"))
}

// respond says a text under the request id of a message: whole, in one piece.
func (b *Bot) respond(ctx context.Context, c *botConn, reqID, text string) error {
	type stream struct {
		ID      string `json:"id"`
		Finish  bool   `json:"finish"`
		Content string `json:"content"`
	}
	body := struct {
		MsgType string `json:"msgtype"`
		Stream  stream `json:"stream"`
	}{"stream", stream{newRequest("stream"), true, markdown(text)}}
	_, err := c.ask(ctx, cmdRespond, reqID, body, b.cfg.Timeout)
	return err
}

// settle replaces the pressed card on the presser's phone.
func (b *Bot) settle(ctx context.Context, c *botConn, reqID, user, task string, to domain.Card) error {
	rendered, err := ofBot.render(task, to)
	if err != nil {
		return sendError(opBotUpdate, chat.Permanent, err)
	}
	body := struct {
		Type  string   `json:"response_type"`
		Users []string `json:"userids"`
		Card  *card    `json:"template_card"`
	}{"update_template_card", []string{user}, &rendered}
	_, err = c.ask(ctx, cmdUpdate, reqID, body, b.cfg.Timeout)
	return err
}

// spelled gives a person's id as the platform spells it. The documents say that case does not matter;
// of the encrypted ids some bots see, nobody promises it.
func (b *Bot) spelled(ctx context.Context, user string) string {
	if s, ok := b.cfg.Cache.GetContext(ctx, b.spellingKey(user)).(string); ok && strings.EqualFold(s, user) {
		return s
	}
	return user
}

func (b *Bot) heardFrom(ctx context.Context, user string) {
	if low := strings.ToLower(user); low != user {
		_ = b.cfg.Cache.SetContext(ctx, b.spellingKey(low), user, spelledFor) // at worst the plain form is used
	}
}

func (b *Bot) spellingKey(user string) string { return Name + ":spelling:" + b.cfg.BotID + ":" + user }

// refusal makes a SendError of an acknowledgement that says no.
func refusal(op string, code int64, msg, secret string) *chat.SendError {
	e := sendError(op, classify(code), &APIError{code, link.Redact(msg, secret)})
	e.Code = code
	if e.Class == chat.Wait {
		e.After = link.FirstPause
	}
	return e
}
