package dingtalktest

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/chat/chattest"
)

// answer is what a call gets.
type answer struct {
	status int    // 0: 200
	body   any    // as JSON
	raw    *Media // or a file
	shown  []chattest.Change
}

// ok answers with fields.
func ok(fields any, shown ...chattest.Change) answer { return answer{body: fields, shown: shown} }

// refuse is an error of the newer family.
func refuse(status int, code, message string) answer {
	return answer{status: status, body: map[string]any{"code": code, "message": message, "requestid": requestID()}}
}

// fail is an error of the older family: its status is 200.
func fail(code int, message string) answer {
	return answer{body: map[string]any{"errcode": code, "errmsg": message, "request_id": strings.ToLower(rand.Text()[:12])}}
}

// fine is a success of the older family.
func fine(fields map[string]any) answer {
	out := map[string]any{"errcode": 0, "errmsg": "ok", "request_id": strings.ToLower(rand.Text()[:12])}
	for k, v := range fields {
		out[k] = v
	}
	return answer{body: out}
}

func requestID() string {
	t := rand.Text() + rand.Text()
	return fmt.Sprintf("%s-%s-%s-%s-%s", t[:8], t[8:12], t[12:16], t[16:20], t[20:32])
}

// api is one API.
type api struct {
	path   string
	method string
	family family
	free   bool // not counted in the month
	call   func(*Server, *http.Request, []byte) answer
}

type family int

const (
	open  family = iota // no token
	newer               // token in a header, errors by status
	older               // token in the query, errors with status 200
)

// The paths that are named outside the table.
const (
	pathOpen             = "/v1.0/gateway/connections/open"
	pathBatchSend        = "/v1.0/robot/oToMessages/batchSend"
	pathGroupSend        = "/v1.0/robot/groupMessages/send"
	pathCreateAndDeliver = "/v1.0/card/instances/createAndDeliver"
	pathInstances        = "/v1.0/card/instances"
	pathSession          = "/robot/sendBySession"
	pathRobot            = "/robot/send"
)

// apis are the APIs served.
func apis() []api {
	return []api{
		{"/v1.0/oauth2/accessToken", http.MethodPost, open, true, (*Server).accessToken},
		{"/v1.0/oauth2/{corpId}/token", http.MethodPost, open, true, (*Server).corpToken},
		{"/gettoken", http.MethodGet, open, true, (*Server).getToken},
		{pathOpen, http.MethodPost, open, true, (*Server).openConnection},
		{pathSession, http.MethodPost, open, true, (*Server).sendBySession},
		{pathRobot, http.MethodPost, open, true, (*Server).robotSend},
		{"/files/{code}", http.MethodGet, open, true, (*Server).file},

		{pathBatchSend, http.MethodPost, newer, false, (*Server).batchSend},
		{pathGroupSend, http.MethodPost, newer, false, (*Server).groupSend},
		{"/v1.0/robot/otoMessages/batchRecall", http.MethodPost, newer, false, (*Server).batchRecall},
		{"/v1.0/robot/groupMessages/recall", http.MethodPost, newer, false, (*Server).groupRecall},
		{"/v1.0/robot/oToMessages/readStatus", http.MethodGet, newer, false, (*Server).readStatus},
		{"/v1.0/robot/groupMessages/query", http.MethodPost, newer, false, (*Server).groupQuery},
		{"/v1.0/robot/messageFiles/download", http.MethodPost, newer, false, (*Server).download},

		{pathCreateAndDeliver, http.MethodPost, newer, false, (*Server).createAndDeliver},
		{pathInstances, http.MethodPost, newer, false, (*Server).createCard},
		{pathInstances, http.MethodPut, newer, false, (*Server).updateCard},
		{"/v1.0/card/instances/deliver", http.MethodPost, newer, false, (*Server).deliverCard},
		{"/v1.0/card/callbacks/register", http.MethodPost, newer, false, (*Server).registerCallback},

		{"/topapi/v2/user/get", http.MethodPost, older, true, (*Server).userGet},
		{"/topapi/v2/user/getbymobile", http.MethodPost, older, true, (*Server).userByMobile},
		{"/topapi/v2/user/getuserinfo", http.MethodPost, older, true, (*Server).userByCode},
		{"/topapi/user/listid", http.MethodPost, older, true, (*Server).userListID},
		{"/topapi/v2/user/list", http.MethodPost, older, true, (*Server).userList},
		{"/topapi/v2/department/listsub", http.MethodPost, older, true, (*Server).departmentListSub},
		{"/topapi/message/corpconversation/asyncsend_v2", http.MethodPost, older, false, (*Server).workNotice},
		{"/media/upload", http.MethodPost, older, false, (*Server).mediaUpload},
		{"/call_back/get_call_back_failed_result", http.MethodGet, older, true, (*Server).failedEvents},
	}
}

// matches says whether a path is of an API whose path may have one {part} of any text.
func (a api) matches(path string) bool {
	before, rest, wild := strings.Cut(a.path, "{")
	if !wild {
		return path == a.path
	}
	_, after, _ := strings.Cut(rest, "}")
	middle, found := strings.CutPrefix(path, before)
	middle, ends := strings.CutSuffix(middle, after)
	return found && ends && middle != "" && !strings.Contains(middle, "/")
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, found := strings.CutPrefix(r.URL.Path, s.prefix)
	if !found {
		http.NotFound(w, r)
		return
	}
	if path == "/connect" {
		s.connect(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 32<<20))
	if err != nil {
		return
	}
	all := apis()
	i := slices.IndexFunc(all, func(a api) bool { return a.matches(path) && a.method == r.Method })
	if i < 0 {
		s.note("no such API: %s %s", r.Method, path)
		s.write(w, refuse(http.StatusNotFound, "InvalidAction.NotFound", "Specified api is not found, please check your url and method."), NoFault)
		return
	}
	s.answer(w, r, all[i], body)
}

// answer has a call go well, or wrong in the way that is scripted.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, a api, body []byte) {
	fault := s.takeFault(a.path, body)
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
	out := s.serve(r, a, body, fault)
	s.show(out.shown)
	switch fault {
	case HangAfter:
		s.hang(r)
	case CutAfter:
		panic(http.ErrAbortHandler)
	case Slow:
		s.rest(r.Context(), s.o.SlowBy)
	case BusyAfter:
		out = a.refusal(Busy)
	}
	s.write(w, out, fault)
}

func (s *Server) write(w http.ResponseWriter, a answer, fault Fault) {
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if a.raw != nil {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(a.raw.Bytes)
		return
	}
	raw, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // the answers are of this package
	}
	switch fault {
	case Truncated:
		raw = raw[:len(raw)/2]
	case Oversized:
		raw = append(raw, strings.Repeat(" ", 2<<20)...)
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(cmp.Or(a.status, http.StatusOK))
	_, _ = w.Write(raw)
}

// refusal is what a fault of the platform's own looks like in an API's family.
func (a api) refusal(f Fault) answer {
	type words struct {
		status  int
		code    string
		old     int
		message string
	}
	const denied = "Forbidden.AccessDenied."
	all := map[Fault]words{
		Busy:        {500, "system.busy", -1, "系统繁忙"},
		RateLimited: {403, denied + "QpsLimitForAppkeyAndApi", 90018, "您的应用对该接口的请求频率过高"},
		PerMinute:   {403, denied + "QpmLimitForAppkeyAndApi", 90018, "您的应用每分钟对该接口的请求过多"},
		Congested:   {403, denied + "QpsLimitForApi", 90002, "该接口的请求频率过高"},
		QuotaUsed:   {403, denied + "ApiCountLimitForOrg", 90020, "该组织的接口调用量已达本月上限"},
		Unavailable: {503, "service.timeout", 15, "isp.top-remote-connection-timeout"},
	}
	w := all[f]
	if a.family == newer || a.path == pathOpen || strings.HasPrefix(a.path, "/v1.0/") {
		return refuse(w.status, w.code, w.message)
	}
	return fail(w.old, w.message)
}

// serve checks in the platform's order (address, limit, token, month) and then asks the API.
func (s *Server) serve(r *http.Request, a api, body []byte, fault Fault) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	if out, is := refusal(fault); is {
		return out
	}
	switch fault {
	case Busy, RateLimited, PerMinute, Congested, QuotaUsed, Unavailable:
		return a.refusal(fault)
	case Banned:
		return ok(map[string]any{"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": requestID()})
	case Revoked:
		s.revoke()
	}
	s.checkForm(r, a, body)
	if a.family == open {
		return a.call(s, r, body)
	}
	if s.refused != "" {
		return s.refusedAnswer(a)
	}
	if s.o.QPS > 0 {
		if s.seconds[a.path] == nil {
			s.seconds[a.path] = &window{}
		}
		if s.seconds[a.path].over(s.now(), time.Second, s.o.QPS) {
			return a.refusal(RateLimited)
		}
	}
	if refusal := s.checkToken(r, a); refusal != nil {
		return *refusal
	}
	if !a.free && !s.countCall(a.path) {
		return a.refusal(QuotaUsed)
	}
	if fault == Unsent {
		r = r.WithContext(withUnsent(r.Context()))
	}
	return a.call(s, r, body)
}

func (s *Server) refusedAnswer(a api) answer {
	if a.family == newer {
		return refuse(http.StatusForbidden, s.refused, "没有调用该接口的权限")
	}
	if strings.HasSuffix(s.refused, "IpNotInWhiteList") {
		return fail(60020, "访问ip不在白名单之中")
	}
	return fail(60011, "没有调用该接口的权限")
}

// checkForm notes what is wrong with the outside of a request.
func (s *Server) checkForm(r *http.Request, a api, body []byte) {
	if a.method == http.MethodGet {
		return
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if a.path == "/media/upload" {
		if kind != "multipart/form-data" {
			s.problem("%s: Content-Type %q", a.path, r.Header.Get("Content-Type"))
		}
		return
	}
	if err != nil || kind != "application/json" {
		s.problem("%s: Content-Type %q, not application/json", a.path, r.Header.Get("Content-Type"))
	}
	if accept := r.Header.Get("Accept"); a.path == pathOpen && !strings.Contains(accept, "json") && accept != "*/*" {
		s.problem("%s: Accept %q: the answer may be XML", a.path, accept)
	}
	if !json.Valid(body) {
		s.problem("%s: the body is not JSON", a.path)
	}
}

// checkToken reads the token where it belongs and nowhere else.
func (s *Server) checkToken(r *http.Request, a api) *answer {
	inHeader, inQuery := r.Header.Get("x-acs-dingtalk-access-token"), r.URL.Query().Get("access_token")
	name := inHeader
	if a.family == older {
		name = inQuery
	}
	if name == "" {
		s.problem("%s: no access token where this family of the API has it", a.path)
	}
	t := s.tokens[name]
	if t != nil && !t.revoked && s.now().Before(t.expires) {
		return nil
	}
	out := refuse(http.StatusBadRequest, "InvalidAuthentication", "不合法的access_token")
	if a.family == older {
		out = fail(40014, "不合法的access_token")
	}
	return &out
}
