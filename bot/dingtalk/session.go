package dingtalk

import (
	"context"
	"encoding/json"
	"time"

	"trainingbot/bot/link"
)

// sessionSlack is how long before its end the address of a conversation is not used any more.
const sessionSlack = time.Minute

// sessions remembers the address by which a person's conversation with the robot can be answered for a
// while after they spoke. The replicas share it when the cache is shared; without it answers go by the
// API. The address is a permission and stands in no log and no row.
type sessions struct {
	cache link.Cache
	app   string
	now   func() time.Time
}

func (s sessions) key(user string) string { return Name + ":session:" + s.app + ":" + user }

// keep remembers the address of a person's conversation until a time.
func (s sessions) keep(ctx context.Context, user, address string, until time.Time) {
	if life := until.Add(-sessionSlack).Sub(s.now()); life > 0 {
		b, err := json.Marshal(keptSession{address, until})
		if err == nil {
			_ = s.cache.SetContext(ctx, s.key(user), string(b), life) // at worst the API carries the answer
		}
	}
}

type keptSession struct {
	Address string
	Until   time.Time
}

// live gives the address of a person's conversation, "" when there is none.
func (s sessions) live(ctx context.Context, user string) string {
	text, ok := s.cache.GetContext(ctx, s.key(user)).(string)
	var k keptSession
	if !ok || json.Unmarshal([]byte(text), &k) != nil || !s.now().Before(k.Until.Add(-sessionSlack)) {
		return ""
	}
	return k.Address
}

// forget drops an address the platform refused.
func (s sessions) forget(ctx context.Context, user string) {
	_ = s.cache.DeleteContext(ctx, s.key(user))
}
