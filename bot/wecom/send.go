package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/domain"
)

const (
	maxReceivers = 1000
	// duplicateWindow is the longest time the platform remembers a request, in seconds: the same
	// bytes are delivered once within it.
	duplicateWindow = 14400
	// updateLife is how long a response code works.
	updateLife = 72 * time.Hour

	// A person gets no more of one app's messages than these; the platform drops the rest unsaid.
	perMinute = 30
	perHour   = 1000

	pathSend   = "/cgi-bin/message/send"
	pathUpdate = "/cgi-bin/message/update_template_card"
)

// Platform sends as one app. It is safe for concurrent use.
type Platform struct {
	cfg    Config
	now    func() time.Time
	client *client
	alone  link.Limiter // counts when the shared limiter cannot

	mu    sync.Mutex
	maybe map[string]struct{} // response codes of updates of unknown outcome
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
	alone := link.Limiter(link.NewMemoryLimiter(now))
	if cfg.Limiter == nil {
		cfg.Limiter = alone
	}
	return &Platform{
		cfg: cfg, now: now, client: newClient(cfg, now), alone: alone, maybe: map[string]struct{}{},
	}, nil
}

// Name implements chat.Platform.
func (p *Platform) Name() string { return Name }

// Limit implements chat.Platform: 1000 people a call (document 90236).
func (p *Platform) Limit() int { return maxReceivers }

// String describes the app without its secrets.
func (p *Platform) String() string { return p.cfg.String() }

// GoString is String.
func (p *Platform) GoString() string { return p.cfg.String() }

// LogValue is String.
func (p *Platform) LogValue() slog.Value { return p.cfg.LogValue() }

// sendRequest is the body of message/send. The platform takes two requests for the same if their
// JSON is, so the fields stand in a fixed order and hold nothing that differs between two tries.
type sendRequest struct {
	ToUser   string       `json:"touser"`
	MsgType  string       `json:"msgtype"`
	AgentID  int64        `json:"agentid"`
	Text     *textContent `json:"text,omitempty"`
	Card     *card        `json:"template_card,omitempty"`
	DupCheck int          `json:"enable_duplicate_check"`
	DupFor   int          `json:"duplicate_check_interval"`
}

type textContent struct {
	Content string `json:"content"`
}

type sendAnswer struct {
	InvalidUser    string `json:"invaliduser"`
	UnlicensedUser string `json:"unlicenseduser"`
	MessageID      string `json:"msgid"`
	ResponseCode   string `json:"response_code"`
}

// Send implements chat.Platform (document 90236). A body with a card that has buttons becomes a
// card, any other a text. The same Outgoing makes the same bytes, which the platform delivers once
// within 4 hours: after an ambiguous failure, send it again as it is. It then may answer without
// message id and update token.
//
// People the platform does not know or may not reach are in Receipt.Failed; if that is everybody
// the error is permanent and the receipt is given nevertheless.
func (p *Platform) Send(ctx context.Context, o chat.Outgoing) (domain.Receipt, error) {
	const op = "message/send"
	receipt := domain.Receipt{ID: o.ID}
	to, bad := receivers(o.To)
	receipt.Failed = bad
	switch {
	case len(o.To) > maxReceivers:
		return receipt, permanentError(op, codeTooManyReceivers, "more than 1000 receivers")
	case len(to) == 0:
		return receipt, permanentError(op, codeNoReceiver, "no receiver")
	}
	body, err := p.sendBody(o, to)
	if err != nil {
		return receipt, sendError(op, chat.Permanent, err)
	}
	if err := room(ctx, op, p.cfg.Limiter, p.alone, p.cfg.CorpID+":"+strconv.FormatInt(p.cfg.AgentID, 10), to); err != nil {
		return receipt, err
	}
	sent := p.now() // before the call, so that the update token is never thought to live too long
	var got sendAnswer
	err = p.client.call(ctx, jsonRequest(op, pathSend, body), &got)
	if e, ok := chat.AsSendError(err); ok && e.Code == codeAllInvalid {
		receipt.Failed = append(receipt.Failed, failures(to, strings.Join(to, "|"), reasonInvalid)...)
		return receipt, err
	}
	if err != nil {
		return receipt, err
	}
	receipt.Failed = append(receipt.Failed, failures(to, got.InvalidUser, reasonInvalid)...)
	receipt.Failed = append(receipt.Failed, failures(to, got.UnlicensedUser, reasonUnlicensed)...)
	receipt.MessageID = got.MessageID
	if got.ResponseCode != "" {
		receipt.UpdateToken, receipt.Expires = got.ResponseCode, sent.Add(updateLife)
	}
	return receipt, nil
}

// The reasons of a domain.Missed.
const (
	reasonInvalid    = "invaliduser: unknown, or outside the app's visible range"
	reasonUnlicensed = "unlicenseduser: no licence for the interface"
	reasonMalformed  = "no WeCom user id"
)

func permanentError(op string, code int64, text string) *chat.SendError {
	return &chat.SendError{Platform: Name, Op: op, Class: chat.Permanent, Code: code, Err: errors.New(text)}
}

// receivers gives the ids in a fixed order, each once (they are compared without case), and those
// that cannot be ids: "@all" or "a|b" would reach people nobody named.
func receivers(to []string) (good []string, bad []domain.Missed) {
	seen := make(map[string]bool, len(to))
	for _, id := range to {
		low := strings.ToLower(id)
		switch {
		case !plainUser(id):
			bad = append(bad, domain.Missed{User: id, Reason: reasonMalformed})
		case !seen[low]:
			seen[low] = true
			good = append(good, low)
		}
	}
	slices.Sort(good)
	return good, bad
}

// plainUser says whether s can be a user id: 1 to 64 letters, digits, - _ . @, the first one a
// letter or digit (document 90196 names the characters; a sign in front would let "@all" through).
func plainUser(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && (i == 0 || c != '-' && c != '_' && c != '.' && c != '@') {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// failures names the people of a list joined by "|". The platform writes ids in lower case, as
// receivers does.
func failures(to []string, list, reason string) []domain.Missed {
	var out []domain.Missed
	for id := range strings.SplitSeq(list, "|") {
		if _, sentTo := slices.BinarySearch(to, strings.ToLower(id)); sentTo {
			out = append(out, domain.Missed{User: strings.ToLower(id), Reason: reason})
		}
	}
	return out
}

func (p *Platform) sendBody(o chat.Outgoing, to []string) ([]byte, error) {
	r := sendRequest{
		ToUser: strings.Join(to, "|"), AgentID: p.cfg.AgentID, DupCheck: 1, DupFor: duplicateWindow,
	}
	if c := o.Body.Card; c != nil && len(c.Buttons) > 0 && c.Settled == "" {
		rendered, err := renderCard(o.ID, *c)
		if err != nil {
			return nil, err
		}
		r.MsgType, r.Card = "template_card", &rendered
	} else {
		text := plainText(o.Body.Text)
		if strings.TrimSpace(text) == "" {
			return nil, errors.New("nothing to say: the text is empty")
		}
		r.MsgType, r.Text = "text", &textContent{text}
	}
	return marshal(r)
}

// marshal writes JSON without \u escapes, which the platform may refuse (40033): not of HTML, and
// clean has removed the characters encoding/json would escape otherwise.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func jsonRequest(op, path string, body []byte) request {
	return request{op: op, method: http.MethodPost, path: path, contentType: "application/json", body: body}
}

// room books one message for everybody of to, or tells when there is room for it. whose names who sends.
func room(ctx context.Context, op string, limiter, alone link.Limiter, whose string, to []string) error {
	for _, w := range [...]struct {
		limit  int
		window time.Duration
		name   string
	}{{perMinute, time.Minute, "minute"}, {perHour, time.Hour, "hour"}} {
		for _, id := range to {
			key := Name + ":" + whose + ":" + id + ":" + w.name
			ok, after, err := limiter.Allow(ctx, key, w.limit, w.window)
			if err != nil {
				limiter = alone // for the rest too: to wait a thousand times would outlast the lease
				ok, after, _ = limiter.Allow(ctx, key, w.limit, w.window)
			}
			if !ok {
				return waitError(op, 0, after, errors.New("a receiver has had as many messages as the platform delivers"))
			}
		}
	}
	return nil
}
