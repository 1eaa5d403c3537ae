package dingtalk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/chat"
)

// APIError is a refusal of the platform. It is the Err of a chat.SendError. Message is the platform's own
// and never holds a token; RequestID is what its support asks for.
type APIError struct {
	Code      string // a name in the new API, a number in the old
	Message   string
	RequestID string
}

// Error gives code and message.
func (e *APIError) Error() string {
	if e.RequestID == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s (request %s)", e.Code, e.Message, e.RequestID)
}

// verdict is what another try can do about a refusal.
type verdict struct {
	class     chat.Class
	after     time.Duration // for chat.Wait
	ambiguous bool          // it may have been done all the same
	token     bool          // a fresh token cures it
	everyone  bool          // it holds for every call, not for this API alone
}

// The waits of limits whose windows the answers do not name.
const (
	secondLimit = 2 * time.Second
	minuteLimit = time.Minute
	blockLimit  = 10 * time.Minute // a group robot that spoke too fast
	banLimit    = 5 * time.Minute  // our address spoke too fast
	quotaLimit  = time.Hour        // the month's quota; it may be topped up at any time
)

// judgeNew says what a refusal of the new API means: its status, and its code.
func judgeNew(status int, code string) verdict {
	name := code[strings.LastIndexByte(code, '.')+1:]
	switch {
	case status == http.StatusForbidden && strings.HasPrefix(name, "Qps"):
		return verdict{class: chat.Wait, after: secondLimit}
	case status == http.StatusForbidden && strings.HasPrefix(name, "Qpm"):
		return verdict{class: chat.Wait, after: minuteLimit}
	case name == "ApiCountLimitForOrg":
		return verdict{class: chat.Wait, after: quotaLimit, everyone: true}
	case name == "AccessTokenPermissionDenied", name == "IpNotInWhiteList", status == http.StatusForbidden:
		return verdict{class: chat.Misset}
	case code == "InvalidAuthentication", status == http.StatusUnauthorized:
		return verdict{class: chat.Misset, token: true}
	case code == "invalidClientIdOrSecret", code == "invalid.client", code == "authFailed":
		return verdict{class: chat.Misset}
	case status == http.StatusTooManyRequests:
		return verdict{class: chat.Wait, after: secondLimit}
	case status < 500 && code == "": // a redirect, a proxy, another program: not the platform
		return verdict{class: chat.Misset}
	}
	switch code {
	case "send.too.fast", "send.byToken.tooFast", "too.many.group", "too.many.people", "toomuch.msg", "request.too.fast":
		return verdict{class: chat.Wait, after: minuteLimit}
	case "unknown.send.result", "service.timeout":
		return verdict{class: chat.Retry, ambiguous: true}
	case "chatbotId.notAllow.sendOTO", "robot.oto.notExist", "bot.stopped", "bot.forbidden.sendMessage", "auth.error",
		"invalidParameter.robotCode.auth", "invalidParameter.robotCode.empty":
		return verdict{class: chat.Misset}
	}
	if status >= 500 {
		return verdict{class: chat.Retry, ambiguous: true}
	}
	return verdict{class: chat.Permanent}
}

// judgeOld says what an errcode of the old API means.
func judgeOld(code int64, sub string) verdict {
	switch code {
	case 90018, 90002, 410100:
		after := secondLimit
		if code == 410100 {
			after = blockLimit
		}
		return verdict{class: chat.Wait, after: after}
	case 90020, 90030:
		return verdict{class: chat.Wait, after: quotaLimit, everyone: code == 90020}
	case 40014, 40001, 42001, 41001:
		return verdict{class: chat.Misset, token: true}
	case 88:
		if sub != "" {
			return verdict{class: chat.Misset, token: true}
		}
		return verdict{class: chat.Retry, ambiguous: true}
	case -1, 15:
		return verdict{class: chat.Retry, ambiguous: true}
	case 60011, 60020, 310000, 300001, 400101, 400102, 400106:
		return verdict{class: chat.Misset}
	}
	return verdict{class: chat.Permanent}
}

// lax is a number or a word that the platform writes either way.
type lax string

// UnmarshalJSON implements json.Unmarshaler.
func (l *lax) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*l = lax(s)
		return nil
	}
	if string(b) != "null" {
		*l = lax(b)
	}
	return nil
}

func (l lax) number() int64 {
	n, _ := strconv.ParseInt(string(l), 10, 64)
	return n
}
