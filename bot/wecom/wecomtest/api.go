package wecomtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// answer is an API's answer: a code, and fields when it is 0 (or besides an error).
type answer struct {
	code   int64
	fields map[string]any
	raw    *Media // media/get answers with bytes
}

func fail(code int64) answer { return answer{code: code} }

// texts are the platform's words for the codes the fake gives; callers must not match on them.
var texts = map[int64]string{
	-1: "system busy", 40001: "invalid credential", 40003: "invalid userid", 40004: "invalid media type",
	40007: "invalid media_id", 40008: "invalid message type", 40013: "invalid corpid", 40014: "invalid access_token",
	40032: "invalid userid list size", 40033: "request must not contain \\uxxxx", 40035: "invalid parameter", 40056: "invalid agentid",
	40058: "invalid Request Parameter", 41001: "access_token missing", 41002: "corpid missing", 41004: "secret missing",
	42001: "access_token expired", 42015: "task of another app", 42052: "message too old to recall", 43012: "callback url not set",
	44001: "empty media", 44004: "text content is empty", 45001: "media size out of limit", 45009: "api freq out of limit",
	45033: "api concurrent out of limit", 48002: "api forbidden", 50003: "app disabled", 60011: "no privilege to access/modify contact/party/agent",
	60020: "not allow to access from your ip", 60111: "userid not found", 60123: "invalid party id", 60140: "response_code invalid",
	81013: "user & party & tag all invalid", 82001: "all touser & toparty & totag empty", 82101: "no target", 82102: "target is not a receiver",
	93000: "invalid webhook url, hint", 301002: "not allow operate another agent with this accesstoken",
}

// ServeHTTP implements http.Handler. The API's paths may have any prefix: the server can be mounted
// anywhere (see Options.URL).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := strings.Index(r.URL.Path, "/cgi-bin/")
	if at < 0 {
		http.NotFound(w, r)
		return
	}
	path := r.URL.Path[at:]
	body, err := io.ReadAll(io.LimitReader(r.Body, 32<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	s.calls[path]++
	s.mu.Unlock()
	fault := s.takeFault(path, body)
	switch fault {
	case HangBefore:
		s.hang(r)
	case CutBefore:
		panic(http.ErrAbortHandler)
	case BadGateway:
		http.Error(w, "<html>502 Bad Gateway</html>", http.StatusBadGateway)
		return
	case HTMLPage:
		_, _ = io.WriteString(w, "<html><body>please log in to the network</body></html>")
		return
	case Redirect:
		http.Redirect(w, r, "http://elsewhere.invalid"+r.URL.RequestURI(), http.StatusFound)
		return
	}
	a, show := s.serve(path, r, body, fault)
	s.show(show)
	switch fault {
	case HangAfter:
		s.hang(r)
	case CutAfter:
		panic(http.ErrAbortHandler)
	case Slow:
		s.slow(r)
	}
	s.write(w, r, a, fault)
}

func (s *Server) write(w http.ResponseWriter, r *http.Request, a answer, fault Fault) {
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if a.raw != nil && a.code == 0 {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", a.raw.Name))
		_, _ = w.Write(a.raw.Bytes)
		return
	}
	out := map[string]any{"errcode": a.code, "errmsg": "ok"}
	if a.code != 0 {
		out["errmsg"] = fmt.Sprintf("%s, hint: [1765242000_%d_%s], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com/devtool/query?e=%d",
			texts[a.code], s.Calls(r.URL.Path), strings.ToLower(rand.Text()[:16]), a.code)
	}
	for k, v := range a.fields {
		out[k] = v
	}
	raw, _ := json.Marshal(out)
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	switch fault {
	case Truncated:
		raw = raw[:len(raw)/2]
	case Oversized:
		raw = append(raw, strings.Repeat(" ", 2<<20)...)
	}
	_, _ = w.Write(raw)
}

// serve checks in the platform's order (token, address, app, limit) and then asks the API.
func (s *Server) serve(path string, r *http.Request, body []byte, fault Fault) (answer, []event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch fault {
	case Busy:
		return fail(-1), nil
	case Parallel:
		return fail(45033), nil
	case RateLimited:
		s.block(path)
	case Revoked:
		s.revoke()
	}
	switch path {
	case "/cgi-bin/gettoken":
		return s.getToken(r), nil
	case "/cgi-bin/webhook/send":
		return s.webhook(r, body)
	}
	if code := s.checkToken(r); code != 0 {
		return fail(code), nil
	}
	switch {
	case s.ipRefused:
		return fail(60020), nil
	case s.agentClosed:
		return fail(50003), nil
	case s.limited(path):
		return fail(45009), nil
	}
	api, ok := apis[path]
	if !ok {
		s.problem("unknown API %s", path)
		return fail(40066), nil
	}
	if api.method != r.Method {
		return fail(40058), nil
	}
	return api.call(s, r, body)
}

// apis are the APIs served.
var apis = map[string]struct {
	method string
	call   func(*Server, *http.Request, []byte) (answer, []event)
}{
	"/cgi-bin/message/send":                 {http.MethodPost, (*Server).send},
	"/cgi-bin/message/update_template_card": {http.MethodPost, (*Server).update},
	"/cgi-bin/message/recall":               {http.MethodPost, (*Server).recall},
	"/cgi-bin/agent/get":                    {http.MethodGet, (*Server).agentGet},
	"/cgi-bin/getcallbackip":                {http.MethodGet, (*Server).callbackIPs},
	"/cgi-bin/user/get":                     {http.MethodGet, (*Server).userGet},
	"/cgi-bin/user/list":                    {http.MethodGet, (*Server).userList},
	"/cgi-bin/user/simplelist":              {http.MethodGet, (*Server).userList},
	"/cgi-bin/user/list_id":                 {http.MethodPost, (*Server).userListID},
	"/cgi-bin/department/list":              {http.MethodGet, (*Server).departmentList},
	"/cgi-bin/tag/get":                      {http.MethodGet, (*Server).tagGet},
	"/cgi-bin/media/upload":                 {http.MethodPost, (*Server).mediaUpload},
	"/cgi-bin/media/get":                    {http.MethodGet, (*Server).mediaGet},
}

func (s *Server) getToken(r *http.Request) answer {
	q := r.URL.Query()
	switch {
	case s.blockedAddress(), s.limited("/cgi-bin/gettoken"):
		return fail(45009)
	case q.Get("corpid") == "":
		return fail(41002)
	case q.Get("corpsecret") == "":
		return fail(41004)
	case q.Get("corpid") != s.set.CorpID:
		s.badSecrets = append(s.badSecrets, s.now())
		return fail(40013)
	case q.Get("corpsecret") != s.set.Secret:
		s.badSecrets = append(s.badSecrets, s.now())
		return fail(40001)
	}
	t := s.tokens[s.current]
	if t == nil || !s.now().Before(t.expires) {
		s.current = "tok-" + rand.Text()
		t = &token{expires: s.now().Add(s.life)}
		s.tokens[s.current] = t
	}
	return answer{fields: map[string]any{
		"access_token": s.current, "expires_in": int64(t.expires.Sub(s.now()).Seconds()),
	}}
}

// checkToken reads the token where it belongs, in the query, and nowhere else.
func (s *Server) checkToken(r *http.Request) int64 {
	name := r.URL.Query().Get("access_token")
	t := s.tokens[name]
	switch {
	case name == "":
		return 41001
	case t == nil || t.revoked:
		return 40014
	case !s.now().Before(t.expires):
		return s.expiredCode
	}
	return 0
}
