package wecom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
	"trainingbot/domain"
)

// RobotName is the Handle.Platform of the groups' robots (document 91770). Its receivers are offices:
// which robot an office has is asked for at each send, so that the key stands in no outbox row.
const RobotName = domain.GroupPlatform

// robotMinute is how many messages a minute the platform takes for one robot.
const robotMinute = 20

const robotPath = "/cgi-bin/webhook/send"

// Robot is a chat.Platform over the groups' robots: text alone, one group at a time.
type Robot struct {
	client *client
	limit  link.Limiter
	key    func(ctx context.Context, office string) (key string, ok bool, err error)
}

var _ chat.Platform = (*Robot)(nil)

// NewRobot makes a Robot. key gives the key of an office's robot.
func NewRobot(cfg Config, now func() time.Time, key func(ctx context.Context, office string) (string, bool, error)) *Robot {
	cfg = cfg.withDefaults()
	limit := cfg.Limiter
	if limit == nil {
		limit = link.NewMemoryLimiter(now)
	}
	return &Robot{client: newClient(cfg, now), limit: limit, key: key}
}

// Name implements chat.Platform.
func (r *Robot) Name() string { return RobotName }

// Limit implements chat.Platform.
func (r *Robot) Limit() int { return 1 }

// Send says the text in the group of the office. The platform gives no token: nothing can be updated.
func (r *Robot) Send(ctx context.Context, o chat.Outgoing) (domain.Receipt, error) {
	const op = "webhook/send"
	if len(o.To) != 1 || o.Body.Text == "" {
		return domain.Receipt{}, permanentError(op, codeMissingContent, "a text and one office are needed")
	}
	key, ok, err := r.key(ctx, o.To[0])
	if err != nil {
		return domain.Receipt{}, sendError(op, chat.Retry, err)
	}
	if !ok {
		return domain.Receipt{}, permanentError(op, codeNoReceiver, "the office has no group robot any more")
	}
	if ok, after, err := r.limit.Allow(ctx, "robot:"+o.To[0], robotMinute, time.Minute); err == nil && !ok {
		return domain.Receipt{}, waitError(op, codeTooMany, after, fmt.Errorf("%d messages a minute", robotMinute))
	}
	body, err := marshal(map[string]any{"msgtype": "text", "text": map[string]any{"content": plainText(o.Body.Text)}})
	if err != nil {
		return domain.Receipt{}, permanentError(op, 0, "the text cannot be written")
	}
	q := request{op: op, method: http.MethodPost, path: robotPath, query: url.Values{"key": {key}}, contentType: "application/json", body: body}
	if _, err := r.client.do(ctx, q, key); err != nil {
		return domain.Receipt{}, err
	}
	return domain.Receipt{ID: o.ID}, nil
}

// Update implements chat.Platform: a robot's message stays as it is.
func (r *Robot) Update(context.Context, domain.Receipt, []string, domain.Card) error {
	return sendError("webhook/update", chat.Gone, errors.New("a robot's message cannot be updated"))
}
