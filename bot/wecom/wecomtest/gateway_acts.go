package wecomtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrSilence is the Err of an answer that did not come in time.
var ErrSilence = errors.New("no answer under the request id")

// ErrOffline is the Err of an act nobody is connected for.
var ErrOffline = errors.New("the bot is not connected: the message is lost")

// Say is a member typing to the bot, alone with it. The answer under the request id is waited for.
func (g *Gateway) Say(user, text string) BotAnswer {
	return g.Callback(user, map[string]any{"msgtype": "text", "text": map[string]string{"content": text}})
}

// SayIn is a member typing to the bot in a group.
func (g *Gateway) SayIn(group, user, text string) BotAnswer {
	return g.Callback(user, map[string]any{"msgtype": "text", "text": map[string]string{"content": "@培训助手 " + text}, "chattype": "group", "chatid": group})
}

// Press is a member pressing a button of a card with a task id, live or not.
func (g *Gateway) Press(user, task, key string) BotAnswer {
	return g.Callback(user, map[string]any{"msgtype": "event", "create_time": g.o.Now().Unix(), "event": map[string]any{
		"eventtype": "template_card_event", "template_card_event": map[string]any{"card_type": "button_interaction", "event_key": key, "task_id": task},
	}})
}

// Callback delivers a body of any shape; what it leaves out of the outer fields is filled in. The same
// msgid twice is a redelivery.
func (g *Gateway) Callback(user string, body map[string]any) BotAnswer {
	g.mu.Lock()
	cmd := "aibot_msg_callback"
	a := &asked{user: user, group: body["chattype"] == "group", got: make(chan BotAnswer, 1)}
	if body["msgtype"] == "event" {
		cmd = "aibot_event_callback"
		if e, ok := body["event"].(map[string]any); ok {
			if t, ok := e["template_card_event"].(map[string]any); ok {
				a.task, _ = t["task_id"].(string)
			}
		}
	}
	g.spoken[strings.ToLower(user)] = true
	f := g.frame(cmd, user, body)
	id := f["headers"].(map[string]string)["req_id"]
	if len(g.conns) == 0 {
		g.mu.Unlock()
		return BotAnswer{Err: ErrOffline}
	}
	c := g.conns[len(g.conns)-1]
	g.waiting[id] = a
	g.mu.Unlock()
	c.write(f)
	t := time.NewTimer(g.o.Within)
	defer t.Stop()
	select {
	case got := <-a.got:
		return got
	case <-t.C:
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.waiting, id) // too late from now on
		return BotAnswer{Err: ErrSilence}
	}
}

// answered gives the callback a frame of the bot answers; once.
func (g *Gateway) answered(f wireFrame) *asked {
	a := g.waiting[f.Headers.ReqID]
	delete(g.waiting, f.Headers.ReqID)
	return a
}

func (g *Gateway) respond(f wireFrame) int64 {
	var b struct {
		MsgType string `json:"msgtype"`
		Stream  struct {
			ID      string `json:"id"`
			Finish  bool   `json:"finish"`
			Content string `json:"content"`
		} `json:"stream"`
	}
	if json.Unmarshal(f.Body, &b) != nil || b.MsgType != "stream" || b.Stream.ID == "" || b.Stream.Content == "" {
		return 40008
	}
	if len(b.Stream.Content) > 20480 {
		return 45002
	}
	a := g.answered(f)
	if a == nil {
		return 846605
	}
	if a.task != "" {
		g.problem("a press was answered with words")
		return 40008
	}
	if !b.Stream.Finish {
		g.problem("a stream is not finished")
	}
	where := a.user
	if a.group {
		where = "group"
	}
	g.phones.Put(where, g.o.Now(), Shown{Passive: true, Text: b.Stream.Content})
	a.got <- BotAnswer{Text: b.Stream.Content}
	return 0
}

func (g *Gateway) update(f wireFrame) int64 {
	var b struct {
		Type  string   `json:"response_type"`
		Users []string `json:"userids"`
		Card  wireCard `json:"template_card"`
	}
	if json.Unmarshal(f.Body, &b) != nil || b.Type != "update_template_card" {
		return 40008
	}
	a := g.answered(f)
	if a == nil || a.task == "" {
		return 846605
	}
	if b.Card.TaskID != a.task {
		return 42014
	}
	if code := b.Card.check(); code != 0 {
		return code
	}
	if !slices.Equal(b.Users, []string{a.user}) {
		g.problem("the answer to a press of %s is for %v", a.user, b.Users)
	}
	card := g.shown(&b.Card)
	if kept := g.phones.Find(a.user, a.task); kept != nil {
		*kept.Card = *card
	}
	a.got <- BotAnswer{Card: card}
	return 0
}

func (g *Gateway) send(f wireFrame) int64 {
	var b struct {
		ChatID   string `json:"chatid"`
		ChatType int    `json:"chat_type"`
		MsgType  string `json:"msgtype"`
		Markdown struct {
			Content string `json:"content"`
		} `json:"markdown"`
		Card wireCard `json:"template_card"`
	}
	if json.Unmarshal(f.Body, &b) != nil || b.ChatType < 0 || b.ChatType > 2 {
		return 40058
	}
	i := slices.IndexFunc(g.o.Members, func(m string) bool { return strings.EqualFold(m, b.ChatID) })
	if i < 0 || g.o.Strangers && !g.spoken[strings.ToLower(b.ChatID)] {
		return 40003
	}
	what := Shown{Text: b.Markdown.Content}
	switch b.MsgType {
	case "markdown":
		if b.Markdown.Content == "" {
			return 44004
		}
		if len(b.Markdown.Content) > 20480 {
			return 45002
		}
	case "template_card":
		if code := b.Card.check(); code != 0 {
			return code
		}
		if g.tasks[b.Card.TaskID] {
			return 42014
		}
		g.tasks[b.Card.TaskID] = true
		what.Card = g.shown(&b.Card)
	default: // a bot cannot push a text
		return 40008
	}
	g.sends = append(g.sends, f.Body)
	g.phones.Put(g.o.Members[i], g.o.Now(), what)
	return 0
}

// shown notes what a phone would cut of a bot's card, whose sizes are smaller than an app's.
func (g *Gateway) shown(c *wireCard) *Card {
	out := &Card{Type: c.CardType, TaskID: c.TaskID, State: Live, Title: c.MainTitle.Title, Desc: c.MainTitle.Desc, Text: c.SubTitle}
	for what, x := range map[string]struct {
		text string
		most int
	}{"title": {out.Title, 26}, "desc": {out.Desc, 30}, "sub_title_text": {out.Text, 112}} {
		if utf8.RuneCountInString(x.text) > x.most {
			g.problem("card %s: %s has more than %d characters", c.TaskID, what, x.most)
		}
	}
	for _, h := range c.Horizontal {
		if utf8.RuneCountInString(h.Value) > 26 {
			g.problem("card %s: a value has more than 26 characters", c.TaskID)
		}
		out.Facts = append(out.Facts, Fact{Label: h.KeyName, Value: h.Value})
	}
	for _, b := range c.Buttons {
		out.Buttons = append(out.Buttons, Button{Text: b.Text, Key: b.Key, Style: b.Style})
	}
	if c.Replace != "" {
		g.problem("card %s: a bot's card has no replace_text", c.TaskID)
	}
	return out
}

// Cut breaks every connection.
func (g *Gateway) Cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		_ = c.ws.Close()
	}
}

// SetDown takes the gateway away, connections included, or brings it back.
func (g *Gateway) SetDown(down bool) {
	g.mu.Lock()
	g.down = down
	g.mu.Unlock()
	if down {
		g.Cut()
	}
}

// SetDeaf leaves pings without an acknowledgement.
func (g *Gateway) SetDeaf(deaf bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.deaf = deaf
}

// Refuse scripts codes for the next frames of a command.
func (g *Gateway) Refuse(cmd string, codes ...int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refuse[cmd] = append(g.refuse[cmd], codes...)
}

// Swallow has the next n acknowledgements of a command get lost: what was asked is done.
func (g *Gateway) Swallow(cmd string, n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.swallow[cmd] = n
}

// Raw writes anything to the bot.
func (g *Gateway) Raw(v any) {
	g.mu.Lock()
	conns := slices.Clone(g.conns)
	g.mu.Unlock()
	for _, c := range conns {
		c.write(v)
	}
}

// Connected says whether the bot is; Opened how often it has been.
func (g *Gateway) Connected() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns) > 0
}

// Opened says how often a bot has subscribed.
func (g *Gateway) Opened() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened
}

// Inbox is what a phone shows, in order; what a group shows is under "group".
func (g *Gateway) Inbox(user string) []Shown {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.phones.Inbox(user)
}

// Sends are the bodies of all pushes that were taken.
func (g *Gateway) Sends() []json.RawMessage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.sends)
}

// Problems are what the platform lets pass today.
func (g *Gateway) Problems() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.problems)
}

// String names the gateway in failures.
func (g *Gateway) String() string {
	return fmt.Sprintf("gateway of %s, opened %d times", g.o.BotID, g.Opened())
}
