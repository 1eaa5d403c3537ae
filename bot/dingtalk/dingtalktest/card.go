package dingtalktest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"trainingbot/bot/chat/chattest"
)

// card is an instance of a template (document 0783).
type card struct {
	id        string
	template  Template
	callback  string // STREAM, HTTP or empty: presses go nowhere
	route     string
	userType  int // of every user id in the callback: 1 user id, 2 union id
	data      map[string]string
	private   map[string]map[string]string // by user id
	last      string                       // what the list of chats shows
	holders   []*holder
	answering int // callbacks of it under way
}

// holder is one place that shows a card.
type holder struct {
	user  string // user id; of a group empty
	group *group
	kept  *Shown
	view  map[string]string // what this place shows of the public data: the answer to a press reaches its presser alone
}

func (h *holder) phone() string {
	if h.group != nil {
		return h.group.title
	}
	return h.user
}

// route is a registered address for callbacks of cards.
type route struct{ url, secret string }

type cardParams struct {
	Map map[string]json.RawMessage `json:"cardParamMap"`
}

type cardBody struct {
	TemplateID   string `json:"cardTemplateId"`
	OutTrackID   string `json:"outTrackId"`
	CallbackType string
	RouteKey     string `json:"callbackRouteKey"`
	UserIDType   int    `json:"userIdType"`
	CardData     *cardParams
	PrivateData  map[string]cardParams
	OpenSpaceID  string        `json:"openSpaceId"`
	RobotSpace   *space        `json:"imRobotOpenSpaceModel"`
	GroupSpace   *space        `json:"imGroupOpenSpaceModel"`
	RobotDeliver *deliverModel `json:"imRobotOpenDeliverModel"`
	GroupDeliver *deliverModel `json:"imGroupOpenDeliverModel"`
	UserID       string        `json:"userId"`
	AtUserIDs    []string      `json:"cardAtUserIds"`

	// Read by nobody here.
	OpenDynamicDataConfig, TopOpenSpaceModel, TopOpenDeliverModel, CoFeedOpenSpaceModel, CoFeedOpenDeliverModel,
	DocOpenDeliverModel, ImSingleOpenSpaceModel, ImSingleOpenDeliverModel json.RawMessage

	Options struct {
		DataByKey    bool `json:"updateCardDataByKey"`
		PrivateByKey bool `json:"updatePrivateDataByKey"`
	} `json:"cardUpdateOptions"`
}

type space struct {
	SupportForward  *bool
	LastMessageI18n map[string]string
	SearchSupport   json.RawMessage
	Notification    *struct {
		AlertContent    string
		NotificationOff bool
	}
}

type deliverModel struct {
	SpaceType, RobotCode string
	AtUserIDs            map[string]string `json:"atUserIds"`
	Recipients           []string
	Extension            map[string]string
}

func cardRefusal(code string) *answer {
	a := refuse(http.StatusBadRequest, code, code)
	return &a
}

// params reads a cardParamMap: only text, at most 1 KB each.
func (s *Server) params(where string, t Template, p *cardParams) (map[string]string, *answer) {
	out := map[string]string{}
	if p == nil {
		return out, nil
	}
	for name, raw := range p.Map {
		var text string
		if json.Unmarshal(raw, &text) != nil || bytes.Equal(raw, []byte("null")) {
			return nil, cardRefusal("MissingStringValue")
		}
		if !slices.Contains(t.Vars, name) {
			s.problem("%s: the template has no variable %s", where, name)
		}
		if len(name) > 100 || len(text) > 1024 {
			s.problem("%s: variable %s has %d bytes, 1024 at most", where, name, len(text))
		}
		out[name] = text
	}
	return out, nil
}

func (s *Server) readCard(where string, body []byte) (cardBody, *answer) {
	var b cardBody
	if s.decode(where, body, &b) != nil {
		return b, cardRefusal("param.invalid")
	}
	return b, nil
}

// createCard makes an instance and shows it nowhere (document 0780).
func (s *Server) createCard(_ *http.Request, body []byte) answer {
	b, refusal := s.readCard("card/instances", body)
	if refusal == nil {
		_, refusal = s.create(&b)
	}
	if refusal != nil {
		return *refusal
	}
	return ok(map[string]any{"success": true, "result": b.OutTrackID})
}

// create checks and keeps an instance.
func (s *Server) create(b *cardBody) (*card, *answer) {
	switch {
	case b.TemplateID == "":
		return nil, cardRefusal("param.cardTemplateIdEmpty")
	case b.OutTrackID == "":
		return nil, cardRefusal("param.outTrackIdEmpty")
	case b.CardData == nil || len(b.CardData.Map) == 0:
		return nil, cardRefusal("param.cardPublicDataEmpty")
	case s.cards[b.OutTrackID] != nil:
		return nil, cardRefusal("param.cardAlreadyExist")
	}
	t, known := s.templates[b.TemplateID]
	if !known {
		return nil, cardRefusal("param.templateNotExist")
	}
	if b.RobotSpace != nil && b.RobotSpace.SupportForward == nil || b.GroupSpace != nil && b.GroupSpace.SupportForward == nil {
		return nil, cardRefusal("param.openSpaceModelInvalid")
	}
	data, refusal := s.params("card "+b.OutTrackID, t, b.CardData)
	if refusal != nil {
		return nil, refusal
	}
	c := &card{id: b.OutTrackID, template: t, callback: b.CallbackType, route: b.RouteKey, userType: cmp.Or(b.UserIDType, 1),
		data: data, private: map[string]map[string]string{}}
	for _, x := range []*space{b.RobotSpace, b.GroupSpace} {
		if x != nil {
			c.last = cmp.Or(x.LastMessageI18n["ZH_CN"], c.last)
		}
	}
	for user, p := range b.PrivateData {
		id := s.userOf(user, c.userType)
		if id == "" {
			return nil, cardRefusal("param.userIdNotExist")
		}
		if c.private[id], refusal = s.params("card "+b.OutTrackID, t, &p); refusal != nil {
			return nil, refusal
		}
	}
	s.checkCallback(c)
	s.cards[c.id] = c
	return c, nil
}

// checkCallback notes a card whose presses nobody will hear.
func (s *Server) checkCallback(c *card) {
	drawn, _, problems := c.template.Draw(c.data)
	for _, p := range problems {
		s.problem("card %s: %s", c.id, p)
	}
	switch _, routed := s.routes[c.route]; {
	case len(drawn.Buttons) == 0:
	case c.callback != "STREAM" && c.callback != "HTTP":
		s.problem("card %s: callbackType %q: its buttons go nowhere", c.id, c.callback)
	case c.callback == "HTTP" && !routed:
		s.problem("card %s: callbackRouteKey %q is not registered", c.id, c.route)
	}
}

// userOf gives the user id of an id in a form.
func (s *Server) userOf(id string, form int) string {
	for _, m := range s.members {
		if form == 2 && m.UnionID == id || form != 2 && m.UserID == id {
			return m.UserID
		}
	}
	return ""
}

// createAndDeliver makes a card and shows it (document 0783).
func (s *Server) createAndDeliver(r *http.Request, body []byte) answer {
	b, refusal := s.readCard("createAndDeliver", body)
	var spaces []target
	if refusal == nil {
		spaces, refusal = s.spaces(&b)
	}
	if refusal != nil {
		return *refusal
	}
	c, refusal := s.create(&b)
	if refusal != nil {
		return *refusal
	}
	results, shown := s.deliver(r, c, spaces, body)
	return ok(map[string]any{"success": true, "result": map[string]any{"outTrackId": c.id, "deliverResults": results}}, shown...)
}

// deliverCard shows a card that was made before (document 0781); again in the same place it is a second
// message.
func (s *Server) deliverCard(r *http.Request, body []byte) answer {
	b, refusal := s.readCard("card/instances/deliver", body)
	if refusal == nil && s.cards[b.OutTrackID] == nil {
		refusal = cardRefusal("param.cardNotExist")
	}
	var spaces []target
	if refusal == nil {
		spaces, refusal = s.spaces(&b)
	}
	if refusal != nil {
		return *refusal
	}
	results, shown := s.deliver(r, s.cards[b.OutTrackID], spaces, body)
	return ok(map[string]any{"success": true, "result": results}, shown...)
}

// target is one space of an openSpaceId.
type target struct{ kind, id string }

// spaces reads an openSpaceId: dtv1.card//IM_ROBOT.u1;IM_ROBOT.u2
func (s *Server) spaces(b *cardBody) ([]target, *answer) {
	if b.OpenSpaceID == "" {
		return nil, cardRefusal("param.openSpaceIdEmpty")
	}
	rest, found := strings.CutPrefix(b.OpenSpaceID, "dtv1.card//")
	if !found {
		return nil, cardRefusal("param.openSpaceIdInvalid")
	}
	var out []target
	for part := range strings.SplitSeq(rest, ";") {
		kind, id, cut := strings.Cut(part, ".")
		if !cut || id == "" {
			return nil, cardRefusal("param.openSpaceIdInvalid")
		}
		model := map[string]*deliverModel{"IM_ROBOT": b.RobotDeliver, "IM_GROUP": b.GroupDeliver}[strings.ToUpper(kind)]
		switch {
		case strings.ToUpper(kind) != "IM_ROBOT" && strings.ToUpper(kind) != "IM_GROUP":
			return nil, cardRefusal("param.openSpaceIdInvalid")
		case model == nil:
			return nil, cardRefusal("param.openDeliverModelEmpty")
		case model.RobotCode != "" && model.RobotCode != s.set.RobotCode, strings.ToUpper(kind) == "IM_GROUP" && model.RobotCode == "":
			return nil, cardRefusal("param.openDeliverModelError")
		}
		if kind != strings.ToUpper(kind) {
			s.problem("openSpaceId %s: whether small letters do is not known", b.OpenSpaceID)
		}
		out = append(out, target{strings.ToUpper(kind), id})
	}
	return out, nil
}

type unsentKey struct{}

// withUnsent marks a call whose cards reach nobody.
func withUnsent(ctx context.Context) context.Context {
	return context.WithValue(ctx, unsentKey{}, true)
}

// deliver shows a card in its spaces. That the call was accepted says nothing of each of them.
func (s *Server) deliver(r *http.Request, c *card, spaces []target, body []byte) (results []map[string]any, changes []chattest.Change) {
	kept := Accepted{TaskID: c.id, Body: slices.Clone(body)}
	for _, to := range spaces {
		result := map[string]any{"spaceType": to.kind, "spaceId": to.id, "success": false, "carrierId": ""}
		results = append(results, result)
		h := s.place(to, c)
		switch {
		case r.Context().Value(unsentKey{}) != nil:
			result["errorMsg"] = "deliver failed"
		case h == nil:
			result["errorMsg"] = "spaceId is illegal"
			kept.Invalid = append(kept.Invalid, to.id)
		default:
			m := s.newMessage(h.group)
			if kept.MsgID == "" {
				kept.MsgID = m.key
			}
			h.view = maps.Clone(c.data)
			drawn := s.draw(c, h)
			on, change := s.put(h.phone(), Shown{MsgID: m.key, Title: c.last, Card: &drawn})
			h.kept = on
			c.holders = append(c.holders, h)
			m.copies[to.id] = on
			kept.Users = append(kept.Users, h.phone())
			changes = append(changes, change)
			result["success"], result["carrierId"], result["errorMsg"] = true, m.key, ""
		}
	}
	s.record(kept)
	return results, changes
}

// place finds whom a space is, nil for nobody.
func (s *Server) place(to target, c *card) *holder {
	if to.kind == "IM_GROUP" {
		if g := s.groups[to.id]; g != nil && !g.disbanded {
			return &holder{group: g}
		}
		return nil
	}
	if p := s.members[s.userOf(to.id, c.userType)]; p != nil && !p.Hidden {
		return &holder{user: p.UserID}
	}
	return nil
}

// draw makes what a place shows of a card now.
func (s *Server) draw(c *card, h *holder) Card {
	v := maps.Clone(h.view)
	maps.Copy(v, c.private[h.user])
	drawn, _, _ := c.template.Draw(v)
	drawn.Type, drawn.TaskID, drawn.State = "interactive", c.id, Live
	for i := range drawn.Buttons {
		drawn.Buttons[i].Text = s.cut("card "+c.id, "button", drawn.Buttons[i].Text, captionSize)
	}
	if len(drawn.Buttons) == 0 {
		drawn.State = Settled
	}
	return drawn
}

// redraw brings a place up to date.
func (s *Server) redraw(c *card, h *holder) chattest.Change {
	drawn := s.draw(c, h)
	if h.kept.Card.State == Recalled {
		drawn.State = Recalled
	}
	h.kept.Card = &drawn
	return chattest.Change{User: h.phone(), What: h.kept.Clone()}
}

// updateCard changes a card wherever it is (document 0782). What is not named is blanked, unless the
// change is by key.
func (s *Server) updateCard(_ *http.Request, body []byte) answer {
	b, refusal := s.readCard("card/instances", body)
	if refusal != nil {
		return *refusal
	}
	c := s.cards[b.OutTrackID]
	switch {
	case b.OutTrackID == "":
		return *cardRefusal("param.outTrackIdEmpty")
	case c == nil:
		return *cardRefusal("param.cardNotExist")
	case b.CardData == nil && len(b.PrivateData) == 0:
		return *cardRefusal("param.cardDataAndPrivateDataBothEmpty")
	}
	if c.answering > 0 {
		s.overlaps = append(s.overlaps, c.id)
	}
	data, refusal := s.params("card "+c.id, c.template, b.CardData)
	if refusal != nil {
		return *refusal
	}
	private := map[string]map[string]string{}
	for user, p := range b.PrivateData {
		id := s.userOf(user, cmp.Or(b.UserIDType, 1))
		if id == "" {
			return *cardRefusal("param.userIdNotExist")
		}
		if private[id], refusal = s.params("card "+c.id, c.template, &p); refusal != nil {
			return *refusal
		}
	}
	if b.CardData != nil {
		c.data = merged(c.data, data, b.Options.DataByKey)
	}
	for user, p := range private {
		c.private[user] = merged(c.private[user], p, b.Options.PrivateByKey)
	}
	var changes []chattest.Change
	for _, h := range c.holders {
		if b.CardData != nil {
			h.view = merged(h.view, data, b.Options.DataByKey)
		}
		changes = append(changes, s.redraw(c, h))
	}
	_, _, problems := c.template.Draw(c.data)
	for _, p := range problems {
		s.problem("card %s: %s", c.id, p)
	}
	return ok(map[string]any{"success": true, "result": true}, changes...)
}

func merged(was, now map[string]string, byKey bool) map[string]string {
	if !byKey {
		return maps.Clone(now)
	}
	out := map[string]string{}
	maps.Copy(out, was)
	maps.Copy(out, now)
	return out
}

// Overlaps names the cards that were updated while a press of them was being answered. The platform
// forbids it within the answer to the press; whether an update was meant for that press, for another of
// the same card or for a decision made elsewhere nobody can tell from outside, so it is no Problem.
func (s *Server) Overlaps() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.overlaps)
}

// registerCallback names an address for callbacks of cards (document 0786).
func (s *Server) registerCallback(_ *http.Request, body []byte) answer {
	var b struct {
		RouteKey    string `json:"callbackRouteKey"`
		URL         string `json:"callbackUrl"`
		Secret      string `json:"apiSecret"`
		ForceUpdate bool   `json:"forceUpdate"`
	}
	if s.decode("card/callbacks/register", body, &b) != nil {
		return *cardRefusal("param.invalid")
	}
	at, err := url.Parse(b.URL)
	switch {
	case b.RouteKey == "":
		return *cardRefusal("param.callbackRouteKeyEmpty")
	case b.URL == "":
		return *cardRefusal("param.callbackUrlEmpty")
	case err != nil || at.Host == "":
		return *cardRefusal("param.invalid")
	}
	if was, found := s.routes[b.RouteKey]; found && !b.ForceUpdate && was.url != b.URL {
		return refuse(http.StatusInternalServerError, "param.callbackRouteKeyExist", "the key has another address")
	}
	if b.Secret == "" {
		s.problem("card callback %s: without apiSecret anybody may call it", b.RouteKey)
	}
	s.routes[b.RouteKey] = route{b.URL, b.Secret}
	return ok(map[string]any{"success": true, "result": map[string]any{"callbackUrl": b.URL, "apiSecret": b.Secret}})
}
