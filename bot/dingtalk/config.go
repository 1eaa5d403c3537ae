package dingtalk

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"trainingbot/bot/link"
)

// Where the platform's APIs live.
const (
	DefaultBaseURL = "https://api.dingtalk.com"
	DefaultOldURL  = "https://oapi.dingtalk.com"
)

// The defaults of Config.
const (
	DefaultAnswerWithin = 2 * time.Second         // the platform's general patience is 2.5 s
	DefaultPressWithin  = 1500 * time.Millisecond // after 2 s the presser sees a failure
	DefaultHandleWithin = 30 * time.Second
	DefaultTimeout      = 8 * time.Second
	DefaultPerSecond    = 15 // the platform takes 20
	DefaultMaxInFlight  = 4096
)

// The cards a Config may ask for besides a template of one's own.
const (
	// PublicCard is the platform's public AI card: buttons without any set-up in the console.
	PublicCard = ""
	// TextCard makes no cards: a message whose buttons say their line for the presser.
	TextCard = "text"
)

// publicTemplate is the id behind PublicCard. It is public, not promised.
const publicTemplate = "382e4302-551d-4880-bf29-a30acfab2e71.schema"

// Config is one internal app of one organisation. It holds secrets: it prints and logs itself without.
type Config struct {
	CorpID       string // "ding…"
	ClientID     string // AppKey
	ClientSecret string // AppSecret
	RobotCode    string

	// CardTemplate is PublicCard, TextCard, or the id of a template of one's own ("….schema") with the
	// variables cardFields lists.
	CardTemplate string
	// CardSecret signs the callbacks of cards in HTTP mode; CardURL is where they go. Both empty: cards
	// are answered over the Stream connection.
	CardSecret string
	CardURL    string

	EventToken  string // of the event subscription in HTTP mode; empty: events come over Stream
	EventAESKey string // 43 characters

	BaseURL string // of the new API and the gateway; empty: DefaultBaseURL. Plain http only to this machine
	OldURL  string // of the old API and the session webhooks; empty: DefaultOldURL

	AnswerWithin time.Duration // how long a message's response waits for its answer. 0: DefaultAnswerWithin
	PressWithin  time.Duration // how long the answer to a press may take. 0: DefaultPressWithin; below 2 s
	HandleWithin time.Duration // the deadline of the handler's context. 0: DefaultHandleWithin
	Timeout      time.Duration // bounds each call of the API. 0: DefaultTimeout
	PerSecond    int           // calls of one API. 0: DefaultPerSecond
	MaxInFlight  int           // messages in work at a time. 0: DefaultMaxInFlight

	Cache     link.Cache        // shares the token and the sessions; nil: one in memory
	Transport http.RoundTripper // nil: one of our own
	Meter     Meter             // counts what the organisation's monthly quotas count; nil: nobody
}

// Kind is one of the two monthly quotas of an organisation.
type Kind string

// The quotas.
const (
	APICalls Kind = "api"     // calls of the API, token, login and directory aside
	Messages Kind = "message" // what comes in over callback or Stream, and what goes out over webhooks
)

// Meter counts what is used of the quotas. Implementations are safe for concurrent use.
type Meter interface {
	Count(k Kind, n int)
	// Left is the part of this month's quota that is not used yet, 1 to 0.
	Left(k Kind) float64
}

// unmetered is a Meter for an organisation without limits.
type unmetered struct{}

func (unmetered) Count(Kind, int)   {}
func (unmetered) Left(Kind) float64 { return 1 }

func (c Config) withDefaults() Config {
	c.BaseURL = strings.TrimRight(cmp.Or(c.BaseURL, DefaultBaseURL), "/")
	c.OldURL = strings.TrimRight(cmp.Or(c.OldURL, DefaultOldURL), "/")
	c.RobotCode = cmp.Or(c.RobotCode, c.ClientID)
	c.AnswerWithin = cmp.Or(c.AnswerWithin, DefaultAnswerWithin)
	c.PressWithin = cmp.Or(c.PressWithin, DefaultPressWithin)
	c.HandleWithin = cmp.Or(c.HandleWithin, DefaultHandleWithin)
	c.Timeout = cmp.Or(c.Timeout, DefaultTimeout)
	c.PerSecond = cmp.Or(c.PerSecond, DefaultPerSecond)
	c.MaxInFlight = cmp.Or(c.MaxInFlight, DefaultMaxInFlight)
	if c.Meter == nil {
		c.Meter = unmetered{}
	}
	return c
}

// template gives the id of the card template in use.
func (c Config) template() string { return cmp.Or(c.CardTemplate, publicTemplate) }

// Validate tells all faults of the settings at once, or nil. No value of a secret is in the text.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("dingtalk."+format, args...))
		}
	}
	add(!plainID(c.CorpID), "corp_id: letters and digits as shown in the console, not %q", c.CorpID)
	add(!plainID(c.ClientID), "client_id: letters and digits as shown under 凭证与基础信息, not %q", c.ClientID)
	add(!plainID(c.RobotCode), "robot_code: letters and digits as shown on the robot's page, not %q", c.RobotCode)
	add(strings.TrimSpace(c.ClientSecret) == "" || c.ClientSecret != strings.TrimSpace(c.ClientSecret), "client_secret: missing, or with space around it")
	add(c.CardTemplate != PublicCard && c.CardTemplate != TextCard && !strings.HasSuffix(c.CardTemplate, ".schema"),
		"card_template_id: an id that ends in .schema, %q, or nothing, not %q", TextCard, c.CardTemplate)
	add((c.CardSecret == "") != (c.CardURL == ""), "card_callback_secret: belongs together with public_url")
	if c.EventToken != "" || c.EventAESKey != "" {
		_, err := NewEventCrypt(c.EventToken, c.EventAESKey, c.ClientID)
		add(err != nil, "event_aes_key: %w", err)
	}
	if err := link.CheckBase(c.BaseURL, DefaultBaseURL); err != nil {
		add(true, "api_base: %w", err)
	}
	if err := link.CheckBase(c.OldURL, DefaultOldURL); err != nil {
		add(true, "oapi_base: %w", err)
	}
	add(c.AnswerWithin < 0 || c.AnswerWithin > 2500*time.Millisecond, "answer_within: above 0 and at most 2.5s, not %v", c.AnswerWithin)
	add(c.PressWithin < 0 || c.PressWithin >= 2*time.Second, "press_within: above 0 and below 2s, not %v", c.PressWithin)
	add(c.HandleWithin < c.AnswerWithin, "handle_within: not less than answer_within (%v), not %v", c.AnswerWithin, c.HandleWithin)
	add(c.Timeout < time.Second || c.Timeout > 10*time.Second, "timeout: 1s to 10s, not %v", c.Timeout)
	add(c.PerSecond < 0, "per_second: above 0, not %d", c.PerSecond)
	add(c.MaxInFlight < 0, "max_in_flight: above 0, not %d", c.MaxInFlight)
	return errors.Join(faults...)
}

// plainID keeps what goes into cache keys to letters, digits, _ and -.
func plainID(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 128
}

func isAlnum(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

// String describes the app without its secrets.
func (c Config) String() string {
	return fmt.Sprintf("dingtalk app %s of %s at %s", c.ClientID, c.CorpID, c.withDefaults().BaseURL)
}

// GoString is String: %#v must not show secrets either.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
