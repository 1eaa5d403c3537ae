package wecomtest

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/chat/chattest"
)

// The faults; those of every network are chattest's, the rest are the platform's codes.
const (
	NoFault    = chattest.NoFault
	HangAfter  = chattest.HangAfter
	HangBefore = chattest.HangBefore
	CutAfter   = chattest.CutAfter
	CutBefore  = chattest.CutBefore
	BadGateway = chattest.BadGateway
	Revoked    = chattest.Revoked // 40014
	Slow       = chattest.Slow
	Truncated  = chattest.Truncated
	HTMLPage   = chattest.HTMLPage
	Redirect   = chattest.Redirect
	Oversized  = chattest.Oversized

	Busy        Fault = "-1"    // system busy
	RateLimited Fault = "45009" // this API is closed for 60 s
	Parallel    Fault = "45033" // too many calls at a time
)

// Fail scripts the next calls of an API, e.g. "/cgi-bin/message/send": each takes one fault off the
// list.
func (s *Server) Fail(path string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[path] = append(s.faults[path], faults...)
}

// FailTo scripts the next calls of an API whose body names a member: what fails does not depend on
// which of several calls comes first.
func (s *Server) FailTo(path, user string, faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faultsTo = append(s.faultsTo, faultTo{path, []byte(strings.ToLower(user)), faults})
}

// Mend takes back every fault that is scripted and has not happened.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.faultsTo = map[string][]Fault{}, nil
}

type faultTo struct {
	path   string
	user   []byte
	faults []Fault
}

func (s *Server) takeFault(path string, body []byte) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.faultsTo {
		x := &s.faultsTo[i]
		if x.path != path || !bytes.Contains(bytes.ToLower(body), x.user) {
			continue
		}
		f := x.faults[0]
		if x.faults = x.faults[1:]; len(x.faults) == 0 {
			s.faultsTo = slices.Delete(s.faultsTo, i, i+1)
		}
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

func (s *Server) slow(r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 6*time.Second)
	defer cancel()
	select {
	case <-ctx.Done():
	case <-s.closed:
	}
}

// apiWindow is one API's base limit and block.
type apiWindow struct {
	from    time.Time
	calls   int
	blocked time.Time
}

// perMinuteOfAPI is what one corp may call of one API.
const perMinuteOfAPI = 10000

// limited counts a call and says whether it is beyond the limit.
func (s *Server) limited(path string) bool {
	now := s.now()
	w := s.windows[path]
	if w == nil {
		w = &apiWindow{from: now}
		s.windows[path] = w
	}
	if now.Sub(w.from) >= time.Minute {
		w.from, w.calls = now, 0
	}
	w.calls++
	return w.calls > perMinuteOfAPI || now.Before(w.blocked)
}

func (s *Server) block(path string) {
	if s.windows[path] == nil {
		s.windows[path] = &apiWindow{from: s.now()}
	}
	s.windows[path].blocked = s.now().Add(time.Minute)
}

// token is one access token.
type token struct {
	expires time.Time
	revoked bool
}

// RevokeToken takes the current token back before its time, as the platform may: the next call with
// it gets 40014, and gettoken gives a new one.
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

// ExpireToken ends the current token's life now: the next call with it gets 42001, or what
// SetExpiredCode says.
func (s *Server) ExpireToken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tokens[s.current]; t != nil {
		t.expires = s.now()
	}
}

// SetExpiredCode says what an expired token gets: 42001 as documented, or 40014 as seen.
func (s *Server) SetExpiredCode(code int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expiredCode = code
}

// wrongSecret notes a wrong secret and says whether the caller's address is blocked: five within an
// hour block it for an hour.
func (s *Server) blockedAddress() bool {
	hourAgo := s.now().Add(-time.Hour)
	s.badSecrets = slices.DeleteFunc(s.badSecrets, func(t time.Time) bool { return t.Before(hourAgo) })
	return len(s.badSecrets) >= 5
}
