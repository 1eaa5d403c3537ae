package wecom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/silenceper/wechat/v2/credential"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

const (
	opToken   = "gettoken"
	pathToken = "/cgi-bin/gettoken"
)

// newTokens holds the app's access token (document 91039) under the key the library uses. It stands in
// for the library's own handle, which never drops a refused token, has no deadline, and loses a good
// token when the cache is away.
func newTokens(c *client, cfg Config, now func() time.Time) *link.Tokens {
	return link.NewTokens(link.TokenOptions{
		Platform: Name, Op: opToken, Secret: cfg.Secret, Cache: cfg.Cache, Now: now, Timeout: cfg.Timeout,
		Key:     fmt.Sprintf("%s_access_token_%s_%d", credential.CacheKeyWorkPrefix, cfg.CorpID, cfg.AgentID),
		Refused: func(e *chat.SendError) bool { return secretRefused(e.Code) },
		Fetch: func(ctx context.Context) (string, time.Duration, error) {
			var got struct {
				Token   string `json:"access_token"`
				Seconds int64  `json:"expires_in"`
			}
			q := url.Values{"corpid": {cfg.CorpID}, "corpsecret": {cfg.Secret}}
			if err := c.once(ctx, request{op: opToken, method: http.MethodGet, path: pathToken, query: q}, &got); err != nil {
				return "", 0, err
			}
			if got.Token == "" || len(got.Token) > 512 || got.Seconds < 0 {
				return "", 0, sendError(opToken, chat.Retry, errors.New("an answer without a usable token"))
			}
			// Used to its very end and a second more: asked before it, the platform gives the same token
			// again, and the one call that is refused then fetches the next.
			return got.Token, time.Duration(got.Seconds+1) * time.Second, nil
		},
	})
}
