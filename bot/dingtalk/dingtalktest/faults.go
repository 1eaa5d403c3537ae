package dingtalktest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/chat/chattest"
)

// The faults; those of every network are chattest's, the rest are the platform's.
const (
	NoFault    = chattest.NoFault
	HangAfter  = chattest.HangAfter
	HangBefore = chattest.HangBefore
	CutAfter   = chattest.CutAfter
	CutBefore  = chattest.CutBefore
	BadGateway = chattest.BadGateway
	Revoked    = chattest.Revoked
	Slow       = chattest.Slow
	Truncated  = chattest.Truncated
	HTMLPage   = chattest.HTMLPage
	Redirect   = chattest.Redirect
	Oversized  = chattest.Oversized

	Busy        Fault = "system.busy" // 500, or -1 of the older family; nothing done
	BusyAfter   Fault = "busy after"  // the same, and yet it is done
	RateLimited Fault = "qps"         // 403, or 90018: too many calls of this API in a second
	PerMinute   Fault = "qpm"         // 403: too many in a minute
	Congested   Fault = "qps of all"  // 403, or 90002: all customers together
	QuotaUsed   Fault = "quota"       // 403, or 90020: the month's calls are used up
	Banned      Fault = "punish"      // this address for five minutes: status 200 and JSON of another make
	Unavailable Fault = "503"         // service.timeout of the platform's own gateway
	Unsent      Fault = "unsent"      // 200 whose result says that nobody was reached; of cards only
)

// Refusal is a fault that refuses a call with any code of the platform's, e.g. 400 and "bot.stopped", or
// for an API of the older family 200 and "33012"; nothing is done.
func Refusal(status int, code string) Fault { return Fault(fmt.Sprintf("refusal %d %s", status, code)) }

// refusal reads what Refusal made.
func refusal(f Fault) (a answer, is bool) {
	var status int
	var code string
	if n, err := fmt.Sscanf(string(f), "refusal %d %s", &status, &code); n != 2 || err != nil {
		return answer{}, false
	}
	if old, err := strconv.Atoi(code); err == nil {
		a = fail(old, code)
		a.status = status
		return a, true
	}
	return refuse(status, code, code), true
}

// sends are the paths that bring something to people.
func sends() []string { return []string{pathBatchSend, pathGroupSend, pathCreateAndDeliver} }

// Fail scripts the next calls of an API, e.g. "/v1.0/robot/oToMessages/batchSend": each takes one
// fault off the list.
func (s *Server) Fail(path string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = append(s.faults[path], faults...)
}

// FailTo scripts the next calls of an API whose body has a word, such as a user id: what fails does
// not depend on which of several calls comes first.
func (s *Server) FailTo(path, word string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faultsTo = append(s.faultsTo, faultTo{[]string{path}, []byte(strings.ToLower(word)), faults})
}

// FailSends implements chattest.Fake: a message and a card to people, and a message to a group, take
// from one list. Answers through a session's webhook are not among them.
func (s *Server) FailSends(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faultsTo = append(s.faultsTo, faultTo{sends(), nil, faults})
}

// Mend takes back every fault that is scripted and has not happened.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.faultsTo = map[string][]Fault{}, nil
}

// SetFlowControl has the next n messages to a person end in flowControlledStaffIdList.
func (s *Server) SetFlowControl(user string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flow[user] = n
}

type faultTo struct {
	paths  []string
	word   []byte // empty: any body
	faults []Fault
}

func (s *Server) takeFault(path string, body []byte) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[path]++
	for i := range s.faultsTo {
		x := &s.faultsTo[i]
		if !slices.Contains(x.paths, path) || len(x.faults) == 0 || !bytes.Contains(bytes.ToLower(body), x.word) {
			continue
		}
		f := x.faults[0]
		x.faults = x.faults[1:]
		return f
	}
	f := s.faults[path]
	if len(f) == 0 {
		return NoFault
	}
	s.faults[path] = f[1:]
	return f[0]
}

// hang keeps a caller waiting until it gives up or the server ends.
func (s *Server) hang(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.closed:
	}
	panic(http.ErrAbortHandler)
}

// rest waits, but not longer than the server lives.
func (s *Server) rest(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-s.closed:
	}
}

// window counts within a stretch of time.
type window struct {
	from time.Time
	n    int
}

// over counts one more and says whether that is beyond most in any such stretch of the clock.
func (w *window) over(now time.Time, stretch time.Duration, most int) bool {
	if now.Sub(w.from) >= stretch {
		w.from, w.n = now, 0
	}
	w.n++
	return w.n > most
}

// Usage is what was used in a month of what is counted.
type Usage struct {
	Calls    int            // of the API
	Messages int            // by Stream, HTTP callback and webhook
	ByPath   map[string]int // the calls of each API; "message" and "webhook" are the messages in and out
}

// Used is what the organisation used in the month of an instant, in Shanghai as the platform counts.
func (s *Server) Used(at time.Time) Usage {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := *s.month(at)
	u.ByPath = maps.Clone(u.ByPath)
	return u
}

func (s *Server) month(at time.Time) *Usage {
	name := at.In(time.FixedZone("CST", 8*3600)).Format("2006-01")
	u := s.used[name]
	if u == nil {
		u = &Usage{ByPath: map[string]int{}}
		s.used[name] = u
	}
	return u
}

// countCall books a call and says whether the month still had it.
func (s *Server) countCall(path string) bool {
	u := s.month(s.now())
	if s.o.Quota.Calls >= 0 && u.Calls >= s.o.Quota.Calls {
		return false
	}
	u.Calls++
	u.ByPath[path]++
	return true
}

// countMessage books a message in or out and says whether the month still had it.
func (s *Server) countMessage(kind string) bool {
	u := s.month(s.now())
	if s.o.Quota.Messages >= 0 && u.Messages >= s.o.Quota.Messages {
		return false
	}
	u.Messages++
	u.ByPath[kind]++
	return true
}

// SetQuota changes what the organisation may use.
func (s *Server) SetQuota(q Quota) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.o.Quota = q
}

// token is one access token.
type token struct {
	expires time.Time
	revoked bool
}

// RevokeToken takes the current token back before its time, as the platform may: the next call with
// it is refused, and the next request for one gives a new one.
func (s *Server) RevokeToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoke()
}

func (s *Server) revoke() {
	if t := s.tokens[s.current]; t != nil {
		t.revoked = true
	}
	s.current = ""
}
