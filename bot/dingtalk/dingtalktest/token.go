package dingtalktest

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
)

// tokenLife is how long a token is good, from the last time it was asked for.
const tokenLife = 7200 * time.Second

// issue gives the token that is good now, and extends it.
func (s *Server) issue() string {
	t := s.tokens[s.current]
	if t == nil || !s.now().Before(t.expires) {
		s.current = strings.ToLower(rand.Text())
		t = &token{}
		s.tokens[s.current] = t
	}
	t.expires = s.now().Add(tokenLife)
	return s.current
}

// accessToken is the token of an organisation's own app (document 0033).
func (s *Server) accessToken(_ *http.Request, body []byte) answer {
	var b struct{ AppKey, AppSecret string }
	if s.decode("accessToken", body, &b) != nil || b.AppKey == "" || b.AppSecret == "" {
		return refuse(http.StatusBadRequest, "invalidParameter", "appKey and appSecret are mandatory")
	}
	if b.AppKey != s.set.ClientID || b.AppSecret != s.set.ClientSecret {
		return refuse(http.StatusBadRequest, "invalidClientIdOrSecret", "无效的clientId或者clientSecret")
	}
	return ok(map[string]any{"accessToken": s.issue(), "expireIn": int64(tokenLife.Seconds())})
}

// corpToken is the same in the form of OAuth 2 (document 0037).
func (s *Server) corpToken(r *http.Request, body []byte) answer {
	var b struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
		Grant  string `json:"grant_type"`
	}
	switch {
	case s.decode("oauth2 token", body, &b) != nil:
		return refuse(http.StatusBadRequest, "invalid.request", "the body is not JSON")
	case b.Grant != "client_credentials":
		return refuse(http.StatusBadRequest, "unsupported.grant.type", "unsupported grant_type")
	case b.ID != s.set.ClientID || b.Secret != s.set.ClientSecret:
		return refuse(http.StatusBadRequest, "invalid.client", "invalid client_id or client_secret")
	case !strings.HasSuffix(r.URL.Path, "/v1.0/oauth2/"+s.set.CorpID+"/token"):
		return refuse(http.StatusUnauthorized, "unauthorized.client", "the app is not of this organisation")
	}
	return ok(map[string]any{"access_token": s.issue(), "expires_in": int64(tokenLife.Seconds())})
}

// getToken is the older family's (document 1444).
func (s *Server) getToken(r *http.Request, _ []byte) answer {
	q := r.URL.Query()
	if q.Get("appkey") != s.set.ClientID || q.Get("appsecret") != s.set.ClientSecret {
		return fail(40089, "不合法的appkey或appsecret")
	}
	return fine(map[string]any{"access_token": s.issue(), "expires_in": int64(tokenLife.Seconds())})
}
