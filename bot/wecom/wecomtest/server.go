package wecomtest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/chat/chattest"
)

// Member is a person of the corp.
type Member struct {
	UserID      string
	Name        string
	Departments []int // empty: the root, 1
	Hidden      bool  // outside the app's visible range
	Unlicensed  bool  // no licence for the interface
}

// Department of the corp. The root, 1, is always there.
type Department struct {
	ID, Parent int
	Name       string
}

// Options of a Server. The zero value is a corp without members, on a still clock.
type Options struct {
	// The app's settings; what is empty gets a fixed value. See Server.Settings.
	CorpID, Secret, Token, EncodingAESKey string
	AgentID                               int64

	Members     []Member
	Departments []Department
	Tags        map[int][]string // tag id to user ids, in the visible range too

	// Callback is the bot's callback address. It may be set later with SetCallback; an app without
	// one may not send cards with buttons, as on the platform.
	Callback string
	// Now is the clock; nil: stands still at 2026-12-09 09:00 in Shanghai. Server.Advance moves either.
	Now func() time.Time
	// URL is where the server is mounted as an http.Handler, any path before /cgi-bin included.
	// Empty: it listens on a port of its own on this machine.
	URL string
	// Journal is a file that gets each accepted send as a line of JSON, written through to the
	// disk before the send is answered. Empty: none.
	Journal string
	// CallbackTimeout is how long a callback may take; 0: 5 s, the platform's.
	CallbackTimeout time.Duration
	// TokenLife is what gettoken promises; 0: 7200 s, the platform's.
	TokenLife time.Duration
}

// Settings is what an administrator would copy from the console.
type Settings struct {
	CorpID, Secret, Token, EncodingAESKey string
	AgentID                               int64
	BaseURL                               string
}

// Server is the fake. It is safe for concurrent use.
type Server struct {
	set      Settings
	aesKey   []byte
	clock    func() time.Time
	timeout  time.Duration
	life     time.Duration
	client   *http.Client
	listener *http.Server
	closed   chan struct{}
	close    sync.Once
	journal  *chattest.Journal

	mu          sync.Mutex
	offset      time.Duration
	callback    string
	members     map[string]*Member
	departments []Department
	tags        map[int][]string
	agentClosed bool
	ipRefused   bool

	tokens      map[string]*token
	current     string
	expiredCode int64
	badSecrets  []time.Time
	calls       map[string]int
	windows     map[string]*apiWindow
	faults      map[string][]Fault
	faultsTo    []faultTo
	dup         map[[32]byte]*duplicate
	dupMode     DuplicateMode
	tasks       map[string][32]byte // task id to the request it came with

	robots    map[string]*robot // by key
	msgBase   int64
	messages  map[string]*message
	codes     map[string]*code
	phones    chattest.Phones
	delivered map[string][]time.Time
	problems  []string
	media     map[string]Media
	redeliver Redelivery
	onShow    func(user string, s Shown)
}

// New makes a server and, unless Options.URL says where it is mounted, starts it. It panics when it
// cannot listen, write its journal, or use the key: there is nothing to test then. Close it.
func New(o Options) *Server {
	s := &Server{
		set: Settings{
			CorpID:         cmp.Or(o.CorpID, "wwtest5823bf96d3bd"),
			Secret:         cmp.Or(o.Secret, "S3cretOfTheApp-do-not-print-0123456789abcde"),
			Token:          cmp.Or(o.Token, "T0kenOfTheCallback"),
			EncodingAESKey: cmp.Or(o.EncodingAESKey, "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"),
			AgentID:        cmp.Or(o.AgentID, 1000002),
			BaseURL:        strings.TrimRight(o.URL, "/"),
		},
		clock:       o.Now,
		timeout:     cmp.Or(o.CallbackTimeout, 5*time.Second),
		life:        cmp.Or(o.TokenLife, 7200*time.Second),
		closed:      make(chan struct{}),
		callback:    o.Callback,
		members:     map[string]*Member{},
		departments: append([]Department{{ID: 1, Name: "总部"}}, o.Departments...),
		tags:        o.Tags,
		tokens:      map[string]*token{},
		expiredCode: 42001,
		calls:       map[string]int{},
		windows:     map[string]*apiWindow{},
		faults:      map[string][]Fault{},
		dup:         map[[32]byte]*duplicate{},
		tasks:       map[string][32]byte{},
		// Above 2^53, where a reader that goes through a float would round, and apart from those of
		// an earlier Server on the same database.
		msgBase:   4561255354251345929 + rand.Int64N(1<<60),
		messages:  map[string]*message{},
		codes:     map[string]*code{},
		delivered: map[string][]time.Time{},
		media:     map[string]Media{},
	}
	if s.clock == nil {
		still := time.Date(2026, 12, 9, 9, 0, 0, 0, time.FixedZone("CST", 8*3600))
		s.clock = func() time.Time { return still }
	}
	s.aesKey = mustKey(s.set.EncodingAESKey)
	s.client = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, m := range o.Members {
		s.AddMember(m)
	}
	var err error
	if s.journal, err = chattest.OpenJournal(o.Journal); err != nil {
		panic(fmt.Errorf("wecomtest: journal: %w", err))
	}
	if s.set.BaseURL == "" {
		s.listen()
	}
	return s
}

func (s *Server) listen() {
	server, addr := chattest.Listen(s)
	s.listener, s.set.BaseURL = server, "http://"+addr
}

// Close ends the server; calls that hang are cut.
func (s *Server) Close() {
	s.close.Do(func() {
		close(s.closed)
		if s.listener != nil {
			_ = s.listener.Close()
		}
		_ = s.journal.Close()
		s.client.CloseIdleConnections()
	})
}

// URL is the base address of the API.
func (s *Server) URL() string { return s.set.BaseURL }

// Settings gives the app's settings, secrets included.
func (s *Server) Settings() Settings { return s.set }

// Now is the server's clock.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

func (s *Server) now() time.Time { return s.clock().Add(s.offset) }

// Advance moves the server's clock on top of Options.Now.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.offset += d
}

// SetCallback sets the bot's callback address.
func (s *Server) SetCallback(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callback = url
}

// AddMember adds a person to the corp or replaces one. No event is sent: see Subscribe.
func (s *Server) AddMember(m Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Departments = slices.Clone(m.Departments)
	if len(m.Departments) == 0 {
		m.Departments = []int{1}
	}
	s.members[strings.ToLower(m.UserID)] = &m
}

// SetAgentClosed switches the app off (calls give 50003) or on.
func (s *Server) SetAgentClosed(closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agentClosed = closed
}

// SetIPRefused takes our address off the trusted list (calls give 60020) or puts it on.
func (s *Server) SetIPRefused(refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ipRefused = refused
}

// OnShow sets a function that is told of everything a phone shows or changes, after the fact and
// without a lock held. One at a time is kept.
func (s *Server) OnShow(f func(user string, shown Shown)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onShow = f
}

// Calls says how often an API was called, e.g. "/cgi-bin/gettoken", refused calls included.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Problems are the things a request or an answer did that the platform lets pass, or may punish on
// another day: JSON escapes, overlong fields, an agent id as a string, a task id used for another
// body, a malformed passive reply. A test of an adapter asserts that there are none.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.problems)
}

func (s *Server) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}
