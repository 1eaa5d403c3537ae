package wecomtest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

var errReply = errors.New("malformed")

// reply is a decrypted passive reply (document 90241).
type reply struct {
	XMLName      xml.Name   `xml:"xml"`
	ToUserName   string     `xml:"ToUserName"`
	FromUserName string     `xml:"FromUserName"`
	CreateTime   int64      `xml:"CreateTime"`
	MsgType      string     `xml:"MsgType"`
	Content      string     `xml:"Content"`
	Card         *replyCard `xml:"TemplateCard"`
	Button       struct {
		ReplaceName string `xml:"ReplaceName"`
	} `xml:"Button"`
}

// openReply verifies and decrypts a passive reply.
func (s *Server) openReply(body []byte) (reply, error) {
	var e struct {
		XMLName   xml.Name `xml:"xml"`
		Encrypt   string   `xml:"Encrypt"`
		Signature string   `xml:"MsgSignature"`
		TimeStamp string   `xml:"TimeStamp"`
		Nonce     string   `xml:"Nonce"`
	}
	if err := xml.Unmarshal(body, &e); err != nil {
		return reply{}, err
	}
	if e.Signature != signature(s.set.Token, e.TimeStamp, e.Nonce, e.Encrypt) {
		return reply{}, fmt.Errorf("%w: signature", errReply)
	}
	plain, err := decrypt(s.aesKey, e.Encrypt, s.set.CorpID)
	if err != nil {
		return reply{}, err
	}
	var r reply
	err = xml.Unmarshal([]byte(plain), &r)
	return r, err
}

// check holds a reply to the documents.
func (r *reply) check(corp, user string) error {
	switch {
	case r.ToUserName != user:
		return fmt.Errorf("%w: ToUserName %q, not %q", errReply, r.ToUserName, user)
	case r.FromUserName != corp:
		return fmt.Errorf("%w: FromUserName %q", errReply, r.FromUserName)
	case r.CreateTime <= 0:
		return fmt.Errorf("%w: CreateTime", errReply)
	}
	switch r.MsgType {
	case "text":
		if r.Content == "" || len(r.Content) > 2048 {
			return fmt.Errorf("%w: text of %d bytes", errReply, len(r.Content))
		}
	case "update_button":
		if r.Button.ReplaceName == "" {
			return fmt.Errorf("%w: no ReplaceName", errReply)
		}
	case "update_template_card":
		if r.Card == nil {
			return fmt.Errorf("%w: no TemplateCard", errReply)
		}
		if code := r.Card.wire().check(); code != 0 {
			return fmt.Errorf("%w: card, code %d", errReply, code)
		}
	default:
		return fmt.Errorf("%w: MsgType %q", errReply, r.MsgType)
	}
	return nil
}

// replyCard is a template card as a passive reply writes it: lists are repeated elements.
type replyCard struct {
	CardType  string `xml:"CardType"`
	TaskID    string `xml:"TaskId"`
	MainTitle struct {
		Title string `xml:"Title"`
		Desc  string `xml:"Desc"`
	} `xml:"MainTitle"`
	SubTitle   string       `xml:"SubTitleText"`
	Horizontal []wireFact   `xml:"HorizontalContentList"`
	Buttons    []wireButton `xml:"ButtonList"`
	CardAction *wireAction  `xml:"CardAction"`
	Replace    string       `xml:"ReplaceText"`
}

// wire is the same card as message/send brings it.
func (c *replyCard) wire() *wireCard {
	w := &wireCard{
		CardType: c.CardType, TaskID: c.TaskID, SubTitle: c.SubTitle, Replace: c.Replace,
		Horizontal: c.Horizontal, Buttons: c.Buttons, CardAction: c.CardAction,
	}
	w.MainTitle.Title, w.MainTitle.Desc = c.MainTitle.Title, c.MainTitle.Desc
	return w
}

// see puts a passive reply on the member's phone: a text as a new message, a card over the pressed
// one.
func (s *Server) see(a Answer, user, task string, t Attempt) Answer {
	s.mu.Lock()
	var events []event
	switch {
	case t.Kind == "text" && t.Status == http.StatusOK:
		a.Text = t.Text
		_, e := s.put(user, Shown{Passive: true, Text: t.Text, Links: links(t.Text)})
		events = append(events, e)
	case t.Card != nil:
		kept := s.phones.Find(user, task)
		if task == "" || kept == nil {
			s.problem("a passive card update without a pressed card")
			break
		}
		if t.Card.TaskID != "" && t.Card.TaskID != task {
			s.problem("a passive card update for task %s on the card %s", t.Card.TaskID, task)
		}
		if t.Kind == "update_button" {
			kept.Card.State, kept.Card.Replaced = Greyed, t.Card.Replaced
		} else {
			*kept.Card = t.Card.Clone()
			kept.Card.TaskID = task
		}
		card := kept.Card.Clone()
		a.Card = &card
		events = append(events, event{User: user, What: kept.Clone()})
	}
	s.mu.Unlock()
	s.show(events)
	return a
}
