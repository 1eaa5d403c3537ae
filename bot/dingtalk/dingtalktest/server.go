package dingtalktest

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/chat/chattest"
)

// Member is a person of the organisation.
type Member struct {
	UserID      string
	Name        string
	UnionID     string // empty: made of the user id
	Mobile      string
	Manager     string // user id of the 直属主管
	Departments []int  // empty: the root, 1
	Hidden      bool   // outside the app's visible range
	Admin       bool   // of the organisation
}

// Department of the organisation. The root, 1, is always there.
type Department struct {
	ID, Parent int
	Name       string
}

// Quota is what an organisation may use in a calendar month; 0 of either: none is counted against.
type Quota struct {
	Calls    int // of the API
	Messages int // by Stream, HTTP callback and webhook
}

// The platform's editions (documents 1431 and 1433).
var (
	Standard     = Quota{Calls: 5000, Messages: 3000}
	Professional = Quota{Calls: 200000, Messages: 50000}
	Unlimited    = Quota{Calls: -1, Messages: -1}
)

// Options of a Server. The zero value is an organisation without members, on a still clock, whose
// app gets everything by Stream.
type Options struct {
	// The app's settings; what is empty gets a fixed value. See Server.Settings.
	ClientID, ClientSecret, CorpID, RobotCode, EventToken, EncodingAESKey string

	Members     []Member
	Departments []Department
	// Templates of cards beyond the public ones; see Template.
	Templates []Template

	// RobotURL is where robot messages go by HTTP, EventURL where events go, encrypted. Empty: by
	// Stream. They may be set later with SetRobotURL and SetEventURL.
	RobotURL, EventURL string

	// Now is the clock; nil: stands still at 2026-12-09 09:00 in Shanghai. Server.Advance moves either.
	Now func() time.Time
	// URL is where the server is mounted as an http.Handler. Empty: it listens on a port of its own on
	// this machine.
	URL string
	// Journal is a file that gets each accepted send as a line of JSON, written through to the disk
	// before the send is answered. Empty: none.
	Journal string

	// Quota of the organisation; zero: Standard.
	Quota Quota
	// QPS is how often one API may be called in a second of the server's clock; 0: not counted, since a
	// clock that stands still would refuse the 21st call for ever. The platform's is 20.
	QPS int

	// The deadlines, of the real clock; 0: the platform's.
	RobotTimeout   time.Duration // for the answer to a robot message: 3 s
	CardTimeout    time.Duration // for the answer to a press: 2 s
	EventTimeout   time.Duration // for the answer to an event: 2.5 s by HTTP, 3 s by Stream
	EventPause     time.Duration // before an event is delivered again: 60 s
	PingEvery      time.Duration // between SYSTEM pings of a connection: 30 s
	PingTimeout    time.Duration // until a connection whose ping is unanswered is given up: 10 s
	CutAfterNotice time.Duration // from a disconnect frame to the cut: 10 s
	SlowBy         time.Duration // what the fault Slow takes: 6 s
}

// Settings is what an administrator would copy from the console.
type Settings struct {
	ClientID, ClientSecret, CorpID, RobotCode string
	EventToken, EncodingAESKey                string // of event callbacks by HTTP
	BaseURL                                   string // in place of both api.dingtalk.com and oapi.dingtalk.com
}

// Server is the fake. It is safe for concurrent use.
type Server struct {
	set      Settings
	prefix   string // of every path, from Options.URL
	aesKey   []byte
	clock    func() time.Time
	o        Options
	client   *http.Client
	listener *http.Server
	closed   chan struct{}
	close    sync.Once
	journal  *chattest.Journal
	running  sync.WaitGroup

	mu          sync.Mutex
	offset      time.Duration
	robotURL    string
	eventURL    string
	members     map[string]*Member
	departments []Department
	groups      map[string]*group // by openConversationId
	templates   map[string]Template
	refused     string // the code every call gets, e.g. when our address is not on the white list

	tokens    map[string]*token
	current   string
	calls     map[string]int
	used      map[string]*Usage // by month
	seconds   map[string]*window
	robotRate window
	faults    map[string][]Fault
	faultsTo  []faultTo
	flow      map[string]int // sends a person's flow control still takes

	phones      chattest.Phones
	messages    map[string]*message // by processQueryKey
	cards       map[string]*card    // by outTrackId
	routes      map[string]route
	sessions    map[string]*session
	robots      map[string]*groupRobot
	media       map[string]Media
	loginCodes  map[string]*loginCode
	tickets     map[string]*ticket
	conns       []*conn
	gatewayDown bool
	ignorePings bool
	halfOpen    bool
	stirred     chan struct{} // closed when a connection comes or goes
	pick        func(n int) int
	waiting     []*event // events nobody has taken
	failedHTTP  []*event // events by HTTP nobody took, for get_call_back_failed_result
	redeliver   Redelivery
	problems    []string
	overlaps    []string
	onShow      func(user string, s Shown)
}

// New makes a server and, unless Options.URL says where it is mounted, starts it. It panics when it
// cannot listen, write its journal, or use the key: there is nothing to test then. Close it.
func New(o Options) *Server {
	s := &Server{
		set: Settings{
			ClientID:       cmp.Or(o.ClientID, "dingtestkey0001abcd"),
			ClientSecret:   cmp.Or(o.ClientSecret, "S3cretOfTheApp-do-not-print-0123456789abcdefghijklmnopqrstuv"),
			CorpID:         cmp.Or(o.CorpID, "dingcorp9733d0956cb78345"),
			EventToken:     cmp.Or(o.EventToken, "T0kenOfTheEvents"),
			EncodingAESKey: cmp.Or(o.EncodingAESKey, "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"),
			BaseURL:        strings.TrimRight(o.URL, "/"),
		},
		o:           o.withDefaults(),
		clock:       o.Now,
		closed:      make(chan struct{}),
		robotURL:    o.RobotURL,
		eventURL:    o.EventURL,
		members:     map[string]*Member{},
		departments: append([]Department{{ID: 1, Name: "总部"}}, o.Departments...),
		groups:      map[string]*group{},
		templates:   publicTemplates(),
		tokens:      map[string]*token{},
		calls:       map[string]int{},
		used:        map[string]*Usage{},
		seconds:     map[string]*window{},
		faults:      map[string][]Fault{},
		flow:        map[string]int{},
		messages:    map[string]*message{},
		cards:       map[string]*card{},
		routes:      map[string]route{},
		sessions:    map[string]*session{},
		robots:      map[string]*groupRobot{},
		media:       map[string]Media{},
		loginCodes:  map[string]*loginCode{},
		tickets:     map[string]*ticket{},
	}
	s.set.RobotCode = cmp.Or(o.RobotCode, s.set.ClientID)
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
	for _, t := range o.Templates {
		s.templates[t.ID] = t
	}
	var err error
	if s.journal, err = chattest.OpenJournal(o.Journal); err != nil {
		panic(fmt.Errorf("dingtalktest: journal: %w", err))
	}
	if s.set.BaseURL == "" {
		s.listen()
	}
	base, err := url.Parse(s.set.BaseURL)
	if err != nil {
		panic(fmt.Errorf("dingtalktest: %w", err))
	}
	s.prefix = base.Path
	return s
}

func (o Options) withDefaults() Options {
	if o.Quota == (Quota{}) {
		o.Quota = Standard
	}
	o.RobotTimeout = cmp.Or(o.RobotTimeout, 3*time.Second)
	o.CardTimeout = cmp.Or(o.CardTimeout, 2*time.Second)
	o.EventPause = cmp.Or(o.EventPause, time.Minute)
	o.PingEvery = cmp.Or(o.PingEvery, 30*time.Second)
	o.PingTimeout = cmp.Or(o.PingTimeout, 10*time.Second)
	o.CutAfterNotice = cmp.Or(o.CutAfterNotice, 10*time.Second)
	o.SlowBy = cmp.Or(o.SlowBy, 6*time.Second)
	return o
}

func (s *Server) listen() {
	server, addr := chattest.Listen(s)
	s.listener, s.set.BaseURL = server, "http://"+addr
}

// Close ends the server; calls that hang and connections are cut.
func (s *Server) Close() {
	s.close.Do(func() {
		s.mu.Lock()
		close(s.closed)
		s.mu.Unlock()
		s.CutConnections()
		if s.listener != nil {
			_ = s.listener.Close()
		}
		s.running.Wait()
		_ = s.journal.Close()
		s.client.CloseIdleConnections()
	})
}

// begin runs something that Close waits for, unless the server has ended.
func (s *Server) begin(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
	default:
		s.running.Go(f)
	}
}

// URL is the base address of both families of the API.
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

// SetRobotURL has robot messages go to an address by HTTP; "": by Stream.
func (s *Server) SetRobotURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.robotURL = url
}

// SetEventURL has events go to an address by HTTP, encrypted; "": by Stream.
func (s *Server) SetEventURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.eventURL = url
}

// AddMember adds a person to the organisation or replaces one. No event is sent: see Subscribe.
func (s *Server) AddMember(m Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addMember(m)
}

func (s *Server) addMember(m Member) {
	m.Departments = append([]int(nil), m.Departments...)
	if len(m.Departments) == 0 {
		m.Departments = []int{1}
	}
	m.UnionID = cmp.Or(m.UnionID, "u"+digest(m.UserID)[:20]+"iEiE")
	s.members[m.UserID] = &m
}

// AddPerson implements chattest.Fake: it is AddMember for a member of the plain sort.
func (s *Server) AddPerson(p chattest.Person) {
	s.AddMember(Member{UserID: p.UserID, Name: p.Name, Departments: p.Departments, Hidden: p.Hidden})
}

// RefuseAll has every call refused with a code until it is called with "": e.g.
// "Forbidden.AccessDenied.IpNotInWhiteList" or "Forbidden.AccessDenied.AccessTokenPermissionDenied".
func (s *Server) RefuseAll(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = code
}

// Calls says how often an API was called, e.g. "/v1.0/oauth2/accessToken", refused calls included.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Problems are the things a request or an answer did that the platform lets pass, or may punish on
// another day: overlong fields, values that are no strings, a frame acknowledged twice, a press that
// nobody could hear. A test of an adapter asserts that there are none.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.problems...)
}

func (s *Server) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// note is problem for those who do not hold the lock.
func (s *Server) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problem(format, args...)
}
