package dingtalktest

import (
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/chat/chattest"
)

// session is the right to answer in a conversation for a while.
type session struct {
	phone   string // user id, or title of a group
	expires time.Time
}

// sessionLife is what the documents' samples have.
const sessionLife = 90 * time.Minute

// newSession makes an address to answer at.
func (s *Server) newSession(phone string) (address string, expires time.Time) {
	name := digest(fmt.Sprint(phone, s.phones.Next()))[:32]
	expires = s.now().Add(sessionLife)
	s.sessions[name] = &session{phone, expires}
	return s.set.BaseURL + pathSession + "?session=" + name, expires
}

// ExpireSessions ends every session now: answers through them are refused.
func (s *Server) ExpireSessions() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.sessions {
		x.expires = s.now()
	}
}

// webhookBody is a message to a session or a group robot (document 0699). A bot may answer a robot
// message by HTTP with one too.
type webhookBody struct {
	MsgType  string `json:"msgtype"`
	MsgUUID  string `json:"msgUuid"` // of a group robot: the same again is not shown again
	Text     struct{ Content string }
	Markdown struct{ Title, Text string }
	Link     struct {
		Title, Text string
		MessageURL  string `json:"messageUrl"`
		PicURL      string `json:"picUrl"`
	}
	ActionCard struct {
		Title, Text, SingleTitle string
		SingleURL                string `json:"singleURL"`
		BtnOrientation           string
		HideAvatar               string
		Btns                     []struct {
			Title     string
			ActionURL string `json:"actionURL"`
		}
	}
	FeedCard struct {
		Links []struct {
			Title      string
			MessageURL string `json:"messageURL"`
			PicURL     string `json:"picURL"`
		}
	}
	At struct {
		AtUserIDs []string `json:"atUserIds"`
		AtMobiles []string `json:"atMobiles"`
		IsAtAll   bool     `json:"isAtAll"`
	}
}

var errWebhook = errors.New("malformed")

// shown is what a phone shows of it; an error when the platform would refuse it.
func (b *webhookBody) shown(s *Server, where string) (Shown, error) {
	needs := func(fields ...string) error {
		for i := 0; i < len(fields); i += 2 {
			if fields[i+1] == "" {
				return fmt.Errorf("%w: %s without %s", errWebhook, b.MsgType, fields[i])
			}
		}
		return nil
	}
	switch b.MsgType {
	case "text":
		s.checkAt(where, b, b.Text.Content)
		return Shown{Text: b.Text.Content}, needs("content", b.Text.Content)
	case "markdown":
		s.checkAt(where, b, b.Markdown.Text)
		return s.markdown(where, b.Markdown.Title, b.Markdown.Text), needs("title", b.Markdown.Title, "text", b.Markdown.Text)
	case "link":
		l := b.Link
		return Shown{Title: l.Title, Text: l.Title + "\n" + l.Text, Links: []string{l.MessageURL}},
			needs("title", l.Title, "text", l.Text, "messageUrl", l.MessageURL)
	case "actionCard":
		c := b.ActionCard
		var buttons []Button
		for _, x := range c.Btns {
			if err := needs("title of a button", x.Title, "actionURL of a button", x.ActionURL); err != nil {
				return Shown{}, err
			}
			buttons = append(buttons, Button{Text: x.Title, Key: x.ActionURL})
		}
		if len(buttons) == 0 {
			buttons = []Button{{Text: c.SingleTitle, Key: c.SingleURL}}
		}
		return s.actionCard(where, c.Title, c.Text, buttons), needs("title", c.Title, "text", c.Text, "a button", buttons[0].Text, "its address", buttons[0].Key)
	case "feedCard":
		var out Shown
		for _, l := range b.FeedCard.Links {
			if err := needs("title", l.Title, "messageURL", l.MessageURL, "picURL", l.PicURL); err != nil {
				return Shown{}, err
			}
			out.Text = strings.TrimPrefix(out.Text+"\n"+l.Title, "\n")
			out.Links = append(out.Links, l.MessageURL)
		}
		return out, needs("links", out.Text)
	}
	return Shown{}, fmt.Errorf("%w: msgtype %q", errWebhook, b.MsgType)
}

// checkAt notes whom a message means to call and does not: it needs the id, and @ with it in the text.
func (s *Server) checkAt(where string, b *webhookBody, text string) {
	for _, id := range slices.Concat(b.At.AtUserIDs, b.At.AtMobiles) {
		if !strings.Contains(text, "@"+id) {
			s.problem("%s: at names %s, and the text does not have @%s", where, id, id)
		}
	}
	if len(b.At.AtUserIDs) > 50 {
		s.problem("%s: at names more than 50", where)
	}
}

// take reads, counts and shows a message to a webhook.
func (s *Server) take(where, phone string, r *http.Request, body []byte) (Shown, *answer) {
	bad := func(code int, message string) (Shown, *answer) {
		a := fail(code, message)
		return Shown{}, &a
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return bad(43004, "无效的HTTP HEADER Content-Type")
	}
	var b webhookBody
	if s.decode(where, body, &b) != nil {
		return bad(40035, "缺少参数 json")
	}
	if len(body) > webhookSize {
		s.problem("%s: the body has %d bytes", where, len(body))
	}
	what, err := b.shown(s, where)
	if err != nil {
		if b.MsgType == "" || len(forms()["sample"+strings.ToUpper(b.MsgType[:1])+b.MsgType[1:]]) == 0 && b.MsgType != "feedCard" {
			return bad(400105, "不支持的msgtype")
		}
		return bad(40035, "缺少参数 "+err.Error())
	}
	if !s.countMessage("webhook") {
		return bad(90030, "本月webhook调用量已达上限")
	}
	what.MsgID = newKey()
	s.record(Accepted{MsgID: what.MsgID, Users: []string{phone}, Body: slices.Clone(body)})
	return what, nil
}

// sendBySession is an answer in a conversation.
func (s *Server) sendBySession(r *http.Request, body []byte) answer {
	x := s.sessions[r.URL.Query().Get("session")]
	if x == nil || !s.now().Before(x.expires) {
		return fail(300001, "session 不存在或已过期")
	}
	what, refusal := s.take("sendBySession", x.phone, r, body)
	if refusal != nil {
		return *refusal
	}
	_, change := s.put(x.phone, what)
	return answer{body: map[string]any{"errcode": 0, "errmsg": "ok"}, shown: []chattest.Change{change}}
}

// groupRobot is a group's custom robot: it speaks and hears nothing.
type groupRobot struct {
	phone    string
	secret   string // of its signature; empty: it has none
	keywords []string
	minute   window
	blocked  time.Time
	seen     map[string]bool // msgUuid
}

// AddRobot gives a group a custom robot with a token, and unless it is empty a secret ("SEC…") that its
// messages must be signed with, and tells its address as the platform shows it. What it says is in the
// Inbox of the group's name.
func (s *Server) AddRobot(group, token, secret string, keywords ...string) (address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.robots[token] = &groupRobot{phone: group, secret: secret, keywords: keywords, seen: map[string]bool{}}
	return "https://oapi.dingtalk.com/robot/send?access_token=" + url.QueryEscape(token)
}

// check gives the refusal of what is unsigned, stale or without a keyword.
func (g *groupRobot) check(q url.Values, body []byte, now time.Time) *answer {
	refused := func(why string) *answer {
		a := fail(310000, why)
		return &a
	}
	if g.secret != "" {
		ms, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
		if age := now.Sub(time.UnixMilli(ms)); err != nil || age > time.Hour || age < -time.Hour {
			return refused("invalid timestamp")
		}
		if !hmac.Equal([]byte(q.Get("sign")), []byte(Sign(q.Get("timestamp"), g.secret))) {
			return refused("sign not match")
		}
	}
	if len(g.keywords) > 0 && !slices.ContainsFunc(g.keywords, func(k string) bool { return strings.Contains(string(body), k) }) {
		return refused("keywords not in content")
	}
	return nil
}

// robotSend is a custom robot's message (document 0717): 20 a minute, or ten minutes of silence.
func (s *Server) robotSend(r *http.Request, body []byte) answer {
	g := s.robots[r.URL.Query().Get("access_token")]
	if g == nil {
		return fail(300001, "token is not exist")
	}
	if a := g.check(r.URL.Query(), body, s.now()); a != nil {
		return *a
	}
	if s.now().Before(g.blocked) {
		return fail(410100, "发送速度太快而限流")
	}
	if g.minute.over(s.now(), time.Minute, 20) {
		g.blocked = s.now().Add(10 * time.Minute)
		return fail(410100, "发送速度太快而限流")
	}
	var id struct {
		MsgUUID string `json:"msgUuid"`
	}
	_ = json.Unmarshal(body, &id) // take says what is wrong with the body
	if id.MsgUUID != "" && g.seen[id.MsgUUID] {
		s.record(Accepted{MsgID: id.MsgUUID, Duplicate: true, Body: slices.Clone(body)})
		return answer{body: map[string]any{"errcode": 0, "errmsg": "ok"}}
	}
	what, refusal := s.take("robot/send", g.phone, r, body)
	if refusal != nil {
		return *refusal
	}
	if id.MsgUUID != "" {
		g.seen[id.MsgUUID] = true
	}
	_, change := s.put(g.phone, what)
	return answer{body: map[string]any{"errcode": 0, "errmsg": "ok"}, shown: []chattest.Change{change}}
}
