package wecom

import (
	"context"
	"errors"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

type updateRequest struct {
	UserIDs      []string `json:"userids"`
	AgentID      int64    `json:"agentid"`
	ResponseCode string   `json:"response_code"`
	Card         *card    `json:"template_card"`
}

// maxMaybe bounds the memory of updates of unknown outcome.
const maxMaybe = 4096

// Update implements chat.Platform (document 94888): it replaces the card of a receipt in the chats
// of to, which must be among its receivers. The receipt's UpdateToken works once, within 72 hours;
// after that the class of the error is Gone and the card can only be sent anew. If an earlier try
// ended ambiguously and the token is now used up, that try was it, and there is no error.
func (p *Platform) Update(ctx context.Context, r domain.Receipt, to []string, c domain.Card) error {
	const op = "message/update_template_card"
	if r.UpdateToken == "" {
		return sendError(op, chat.Gone, errors.New("the card has no update token"))
	}
	if !r.Expires.IsZero() && !p.now().Before(r.Expires) {
		return sendError(op, chat.Gone, errors.New("the card is older than 72 hours"))
	}
	ids, _ := receivers(to)
	switch {
	case len(to) > maxReceivers:
		return permanentError(op, codeTooManyReceivers, "more than 1000 receivers")
	case len(ids) == 0:
		return permanentError(op, codeNoReceiver, "no receiver")
	}
	rendered, err := renderCard(r.ID, c)
	if err != nil {
		return sendError(op, chat.Permanent, err)
	}
	body, err := marshal(updateRequest{ids, p.cfg.AgentID, r.UpdateToken, &rendered})
	if err != nil {
		return sendError(op, chat.Permanent, err)
	}
	err = p.client.call(ctx, jsonRequest(op, pathUpdate, body), nil)
	e, failed := chat.AsSendError(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	_, maybe := p.maybe[r.UpdateToken]
	switch {
	case failed && e.Ambiguous:
		if len(p.maybe) == maxMaybe {
			clear(p.maybe) // at worst an update that was made is reported as Gone
		}
		p.maybe[r.UpdateToken] = struct{}{}
		return err
	case failed && e.Class != chat.Gone:
		return err
	}
	delete(p.maybe, r.UpdateToken)
	if maybe {
		return nil // done now, or by the try before
	}
	return err
}
