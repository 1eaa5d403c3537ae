package dingtalk

import (
	"context"
	"errors"
	"net/http"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// Update implements chat.Platform: it replaces the variables of a card, for everybody who has it on any
// device. It may be repeated. A message with links in place of a card cannot be updated.
func (p *Platform) Update(ctx context.Context, r domain.Receipt, _ []string, c domain.Card) error {
	as := form(r.UpdateToken)
	if as != ownForm && as != publicForm {
		return p.client.http.Fault(opUpdate, chat.Gone, errors.New("it is no card"))
	}
	fields, err := cardFields(as, c)
	if err != nil {
		return p.client.http.Fault(opUpdate, chat.Permanent, err)
	}
	body := map[string]any{
		"outTrackId": r.ID, "userIdType": userIDType, "cardData": cardData{fields},
		// Without this what is not named would be blanked.
		"cardUpdateOptions": map[string]bool{"updateCardDataByKey": true, "updatePrivateDataByKey": true},
	}
	err = p.client.do(ctx, call{op: opUpdate, method: http.MethodPut, path: pathUpdate, body: body, repeatable: true}, nil)
	if api, ok := errors.AsType[*APIError](err); ok && api.Code == "param.cardNotExist" {
		return p.client.http.Fault(opUpdate, chat.Gone, api)
	}
	return err
}
