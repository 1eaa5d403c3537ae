package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/domain"
)

// Name is the Handle.Platform of people on DingTalk.
const Name = "dingtalk"

const (
	maxReceivers = 20
	maxText      = 10000 // bytes; the platform takes 15,000 of JSON

	pathSend   = "/v1.0/robot/oToMessages/batchSend"
	pathCreate = "/v1.0/card/instances/createAndDeliver"
	pathUpdate = "/v1.0/card/instances"
	pathRoute  = "/v1.0/card/callbacks/register"

	opSend    = "batchSend"
	opCreate  = "createAndDeliver"
	opUpdate  = "updateCard"
	opSession = "sendBySession"

	// routeKey names our address for the callbacks of cards.
	routeKey = "trainingbot"
	// cardsHeld is for how long no card is tried after the platform refused one for its template.
	cardsHeld = 10 * time.Minute
	// afterDoubt is how long we wait before we say again what may have arrived; doubtKept how long we
	// know that it may have.
	afterDoubt = 2 * time.Minute
	doubtKept  = 48 * time.Hour
	// flowLimit is how long people for whom the platform had no room wait.
	flowLimit = time.Minute
)

// Platform sends as one app. It is safe for concurrent use.
type Platform struct {
	cfg      Config
	now      func() time.Time
	client   *client
	sessions sessions

	mu     sync.Mutex
	noCard time.Time // until then cards are not tried
	routed bool      // the address for the callbacks of cards is known to the platform
}

var _ chat.Platform = (*Platform)(nil)

// New makes the sending side of an app. It calls nobody. The error tells all faults of cfg.
func New(cfg Config, now func() time.Time) (*Platform, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	if cfg.Cache == nil {
		cfg.Cache = link.NewMemoryCache(now)
	}
	return &Platform{cfg: cfg, now: now, client: newClient(cfg, now), sessions: sessions{cfg.Cache, cfg.ClientID, now}}, nil
}

// Name implements chat.Platform.
func (p *Platform) Name() string { return Name }

// Limit implements chat.Platform: 20 people a call.
func (p *Platform) Limit() int { return maxReceivers }

// String describes the app without its secrets.
func (p *Platform) String() string { return p.cfg.String() }

// GoString is String.
func (p *Platform) GoString() string { return p.cfg.String() }

// LogValue is String.
func (p *Platform) LogValue() slog.Value { return p.cfg.LogValue() }

// The reasons of a domain.Missed.
const (
	reasonInvalid   = "invalidStaffIdList: unknown, left, or outside the app's visible range"
	reasonMalformed = "no DingTalk user id"
)

// Send implements chat.Platform. A body with a card that has buttons becomes a card for its one reader,
// known by Outgoing.ID: sent again it is the same card. When the platform takes no card, and for several
// readers, it becomes a message whose buttons say their lines. Any other body becomes a text, by the
// reader's own conversation while that can be answered, else by the API.
//
// A text has no name the platform knows it by: after a failure that leaves open whether it arrived it is
// said once more, two minutes later and marked, and then no more.
//
// People the platform does not know are in Receipt.Failed; if that is everybody the error is permanent.
// People for whom it has no room now are in Receipt.Rest.
func (p *Platform) Send(ctx context.Context, o chat.Outgoing) (domain.Receipt, error) {
	receipt := domain.Receipt{ID: o.ID}
	to, bad := receivers(o.To)
	receipt.Failed = bad
	switch {
	case len(o.To) > maxReceivers:
		return receipt, p.permanent(opSend, fmt.Sprintf("more than %d receivers", maxReceivers))
	case len(to) == 0:
		return receipt, p.permanent(opSend, "no receiver")
	}
	c := o.Body.Card
	if c == nil || len(c.Buttons) == 0 || c.Settled != "" {
		return p.sendText(ctx, o, to, receipt)
	}
	if len(to) == 1 && p.cardsWork() {
		err := p.sendCard(ctx, o, to[0], &receipt)
		if e, ok := chat.AsSendError(err); !ok || e.Op == opToken || e.Class != chat.Permanent && e.Class != chat.Misset {
			return receipt, err
		}
	}
	return p.sendLinks(ctx, o, to, receipt)
}

func (p *Platform) permanent(op, text string) *chat.SendError {
	return p.client.http.Fault(op, chat.Permanent, errors.New(text))
}

// receivers gives the ids in a fixed order, each once, and those that cannot be ids. The platform tells
// upper from lower case.
func receivers(to []string) (good []string, bad []domain.Missed) {
	for _, id := range to {
		if !plainUser(id) {
			bad = append(bad, domain.Missed{User: id, Reason: reasonMalformed})
			continue
		}
		good = append(good, id)
	}
	slices.Sort(good)
	return slices.Compact(good), bad
}

// plainUser says whether s can be a user id: 1 to 64 letters, digits, - _ . @ $.
func plainUser(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !strings.ContainsRune("-_.@$", rune(c)) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

func (p *Platform) cardsWork() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cfg.CardTemplate != TextCard && !p.now().Before(p.noCard)
}

// createCard is the body of createAndDeliver for one person's chat with the robot.
type createCard struct {
	Template  string         `json:"cardTemplateId"`
	ID        string         `json:"outTrackId"`
	Callback  string         `json:"callbackType"`
	Route     string         `json:"callbackRouteKey,omitempty"`
	UserType  int            `json:"userIdType"`
	Data      cardData       `json:"cardData"`
	Space     string         `json:"openSpaceId"`
	SpaceKind map[string]any `json:"imRobotOpenSpaceModel"`
	Deliver   map[string]any `json:"imRobotOpenDeliverModel"`
}

type cardData struct {
	Fields map[string]string `json:"cardParamMap"`
}

// userIDType says that people are named by their user ids, in requests and callbacks.
const userIDType = 1

func (p *Platform) sendCard(ctx context.Context, o chat.Outgoing, user string, receipt *domain.Receipt) error {
	if !plainTask(o.ID) {
		return p.permanent(opCreate, "the delivery id is no outTrackId")
	}
	as := p.form()
	fields, err := cardFields(as, *o.Body.Card)
	if err != nil {
		return p.client.http.Fault(opCreate, chat.Permanent, err)
	}
	if err := p.route(ctx); err != nil {
		return err
	}
	title := link.CutRunes(link.Line(o.Body.Card.Title), maxTitle)
	body := createCard{
		Template: p.cfg.template(), ID: o.ID, Callback: "STREAM", UserType: userIDType, Data: cardData{fields},
		Space: "dtv1.card//IM_ROBOT." + user,
		SpaceKind: map[string]any{"supportForward": false, "lastMessageI18n": map[string]string{"ZH_CN": title},
			"notification": map[string]any{"alertContent": title, "notificationOff": false}},
		Deliver: map[string]any{"spaceType": "IM_ROBOT", "robotCode": p.cfg.RobotCode},
	}
	if p.cfg.CardURL != "" {
		body.Callback, body.Route = "HTTP", routeKey
	}
	var got struct {
		Result struct {
			Delivered []struct {
				OK      bool   `json:"success"`
				Carrier string `json:"carrierId"`
				Error   string `json:"errorMsg"`
			} `json:"deliverResults"`
		} `json:"result"`
	}
	err = p.client.do(ctx, call{op: opCreate, method: http.MethodPost, path: pathCreate, body: body, repeatable: true}, &got)
	e, failed := chat.AsSendError(err)
	api, _ := errors.AsType[*APIError](err)
	switch {
	case failed && api != nil && api.Code == "param.cardAlreadyExist":
		// An earlier try made it. That it was delivered too nobody promises; to deliver it anew could show it twice.
	case failed:
		if api != nil && (e.Class == chat.Misset || strings.Contains(strings.ToLower(api.Code), "template")) {
			p.holdCards()
		}
		return err
	case len(got.Result.Delivered) == 0 || !got.Result.Delivered[0].OK:
		why := "the platform made the card and delivered it nowhere"
		if len(got.Result.Delivered) > 0 {
			why = link.Redact(got.Result.Delivered[0].Error, p.cfg.ClientSecret)
		}
		return p.permanent(opCreate, why)
	default:
		receipt.MessageID = got.Result.Delivered[0].Carrier
	}
	receipt.UpdateToken = string(as)
	return nil
}

// form is the form of the cards this app sends now.
func (p *Platform) form() form {
	if p.cfg.CardTemplate == PublicCard {
		return publicForm
	}
	return ownForm
}

func (p *Platform) holdCards() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noCard = p.now().Add(cardsHeld)
}

// route tells the platform once where presses go, when they go to an address of ours.
func (p *Platform) route(ctx context.Context) error {
	p.mu.Lock()
	routed := p.routed || p.cfg.CardURL == ""
	p.mu.Unlock()
	if routed {
		return nil
	}
	body := map[string]any{"callbackRouteKey": routeKey, "callbackUrl": p.cfg.CardURL, "apiSecret": p.cfg.CardSecret, "forceUpdate": true}
	err := p.client.do(ctx, call{op: "registerCallback", method: http.MethodPost, path: pathRoute, body: body, repeatable: true}, nil)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routed = true
	return nil
}

// sendText says the body's text.
func (p *Platform) sendText(ctx context.Context, o chat.Outgoing, to []string, receipt domain.Receipt) (domain.Receipt, error) {
	text := link.CutBytes(link.Clean(o.Body.Text), maxText)
	if strings.TrimSpace(text) == "" {
		return receipt, p.permanent(opSend, "nothing to say: the text is empty")
	}
	again, err := p.doubt(ctx, o.ID)
	if err != nil {
		return receipt, err
	}
	if again {
		text = "（重发，可能已收到过）" + text
	}
	if len(to) == 1 {
		if said, err := p.bySession(ctx, to[0], text); said {
			return receipt, p.doubtful(ctx, o.ID, again, err)
		}
	}
	return p.batch(ctx, o.ID, to, receipt, again, "sampleText", map[string]string{"content": text})
}

// bySession answers in the conversation the person has just spoken in. Without said the API is to carry
// the text; an error then does not matter.
func (p *Platform) bySession(ctx context.Context, user, text string) (said bool, err error) {
	address := p.sessions.live(ctx, user)
	// Of the two quotas the one with more left pays, so that both last the month.
	if address == "" || p.cfg.Meter.Left(Messages) < p.cfg.Meter.Left(APICalls) {
		return false, nil
	}
	err = p.client.webhook(ctx, opSession, address, map[string]any{"msgtype": "text", "text": map[string]string{"content": text}})
	if e, ok := chat.AsSendError(err); ok && !e.Ambiguous {
		p.sessions.forget(ctx, user) // whatever was wrong with it: the API carries the text
		return false, err
	}
	return true, err
}

// batch sends one message by the API and sorts the people it was for.
func (p *Platform) batch(ctx context.Context, id string, to []string, receipt domain.Receipt, again bool, key string, param map[string]string) (domain.Receipt, error) {
	text, err := marshal(param)
	if err != nil {
		return receipt, p.client.http.Fault(opSend, chat.Permanent, err)
	}
	body := map[string]any{"robotCode": p.cfg.RobotCode, "userIds": to, "msgKey": key, "msgParam": string(text)}
	var got struct {
		Key     string   `json:"processQueryKey"`
		Invalid []string `json:"invalidStaffIdList"`
		Flow    []string `json:"flowControlledStaffIdList"`
	}
	err = p.client.do(ctx, call{op: opSend, method: http.MethodPost, path: pathSend, body: body}, &got)
	if err != nil {
		return receipt, p.doubtful(ctx, id, again, err)
	}
	receipt.MessageID = got.Key
	reached := 0
	for _, user := range to {
		switch {
		case slices.Contains(got.Invalid, user):
			receipt.Failed = append(receipt.Failed, domain.Missed{User: user, Reason: reasonInvalid})
		case slices.Contains(got.Flow, user):
			receipt.Rest = append(receipt.Rest, user)
		default:
			reached++
		}
	}
	if reached > 0 {
		return receipt, nil
	}
	if len(receipt.Rest) > 0 {
		receipt.Rest = nil
		e := p.client.http.Fault(opSend, chat.Wait, errors.New("flowControlledStaffIdList: no room for anybody now"))
		e.After = flowLimit
		return receipt, e
	}
	return receipt, p.permanent(opSend, reasonInvalid)
}

// sendLinks says a card as a message whose buttons say their lines in the reader's name. The lines stand
// in the text too: a client that does nothing with the buttons costs nothing.
func (p *Platform) sendLinks(ctx context.Context, o chat.Outgoing, to []string, receipt domain.Receipt) (domain.Receipt, error) {
	c := *o.Body.Card
	var b strings.Builder
	b.WriteString(escape(link.CutBytes(link.Clean(o.Body.Text), maxText)))
	b.WriteString("\n\n点按钮没有反应时，直接回复：")
	for _, x := range c.Buttons {
		b.WriteString("\n\n- " + escape(x.Line))
	}
	again, err := p.doubt(ctx, o.ID)
	if err != nil {
		return receipt, err
	}
	title := link.CutRunes(link.Line(c.Title), maxTitle)
	if again {
		title = "（重发）" + title
	}
	param := map[string]string{"title": title, "text": b.String()}
	buttons := c.Buttons[:min(len(c.Buttons), 5)] // more than five the platform does not have
	if len(buttons) == 1 {
		param["singleTitle"], param["singleURL"] = buttons[0].Label, sayLink(buttons[0].Line)
		return p.batch(ctx, o.ID, to, receipt, again, "sampleActionCard", param)
	}
	for i, x := range buttons {
		param[fmt.Sprintf("actionTitle%d", i+1)], param[fmt.Sprintf("actionURL%d", i+1)] = x.Label, sayLink(x.Line)
	}
	return p.batch(ctx, o.ID, to, receipt, again, fmt.Sprintf("sampleActionCard%d", len(buttons)), param)
}

func (p *Platform) doubtKey(id string) string { return Name + ":doubt:" + p.cfg.ClientID + ":" + id }

// doubt says whether an earlier try may have arrived. After the second such try there is no third.
func (p *Platform) doubt(ctx context.Context, id string) (again bool, err error) {
	switch p.cfg.Cache.GetContext(ctx, p.doubtKey(id)) {
	case "once":
		return true, nil
	case "twice":
		return true, p.permanent(opSend, "said twice, and both times nobody knows whether it arrived")
	}
	return false, nil
}

// doubtful remembers a try that may have arrived, and has it repeated late and once.
func (p *Platform) doubtful(ctx context.Context, id string, again bool, err error) error {
	e, ok := chat.AsSendError(err)
	if !ok || !e.Ambiguous {
		return err
	}
	word := "once"
	if again {
		word = "twice"
	}
	_ = p.cfg.Cache.SetContext(context.WithoutCancel(ctx), p.doubtKey(id), word, doubtKept) // at worst it is said unmarked
	later := *e
	later.Class, later.After = chat.Wait, afterDoubt
	return &later
}
