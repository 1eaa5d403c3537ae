package wecom

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/silenceper/wechat/v2/cache"

	"trainingbot/bot/link"
)

// DefaultBaseURL is where the platform's API lives.
const DefaultBaseURL = "https://qyapi.weixin.qq.com"

// The defaults of Config.
const (
	DefaultAnswerWithin = 4 * time.Second // the platform hangs up after 5 s
	DefaultHandleWithin = 30 * time.Second
	DefaultFreshness    = 10 * time.Minute
	DefaultTimeout      = 8 * time.Second
	DefaultMaxInFlight  = 4096 // a whole company that checks in at one instant waits its turn
)

// Config is one self-built app of one corp. It holds secrets: it prints and logs itself without.
type Config struct {
	CorpID  string // 企业ID, "ww…"
	AgentID int64  // 应用 AgentId
	Secret  string // 应用 Secret

	Token          string // 接收消息 Token
	EncodingAESKey string // 接收消息 EncodingAESKey
	// While token and key are being changed in the console, callbacks under the old pair are taken
	// too. Both empty: no change is under way.
	OldToken          string
	OldEncodingAESKey string

	BaseURL string // of the API; empty: DefaultBaseURL. Plain http only to this machine

	// AnswerWithin is how long a handler may take to be answered in the callback's own response.
	// 0: DefaultAnswerWithin; at most 4.5 s.
	AnswerWithin time.Duration
	// HandleWithin is the deadline of the handler's context. 0: DefaultHandleWithin.
	HandleWithin time.Duration
	// Freshness is how far a callback's time stamp may be from our clock, either way. The platform
	// promises nothing about the stamp of a redelivery, but gives up after seconds, so the default
	// of 10 minutes leaves room for both that and our clock. It limits what a captured callback is
	// worth; what stops its second effect is the message id, kept by the handler. 0: DefaultFreshness,
	// negative: not checked.
	Freshness time.Duration
	// Timeout bounds each call of the API. 0: DefaultTimeout; 3 to 10 s.
	Timeout time.Duration
	// MaxInFlight bounds the messages in work at a time; beyond it callbacks are cut
	// off, so that they come again. 0: DefaultMaxInFlight.
	MaxInFlight int

	Cache     cache.ContextCache // shares the token; nil: one in memory
	Limiter   link.Limiter       // per-person limits, shared by the replicas; nil: NewMemoryLimiter alone
	Transport http.RoundTripper  // nil: one of our own with limits on connections
}

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.AnswerWithin = orDefault(c.AnswerWithin, DefaultAnswerWithin)
	c.HandleWithin = orDefault(c.HandleWithin, DefaultHandleWithin)
	c.Freshness = orDefault(c.Freshness, DefaultFreshness)
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.MaxInFlight = orDefault(c.MaxInFlight, DefaultMaxInFlight)
	return c
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Validate tells all faults of the settings at once, or nil. No value of a secret is in the text.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("wecom."+format, args...))
		}
	}
	add(!plainID(c.CorpID), "corp_id: letters and digits as shown under 我的企业, not %q", c.CorpID)
	add(c.AgentID <= 0, "agent_id: the positive number of the app, not %d", c.AgentID)
	add(strings.TrimSpace(c.Secret) == "" || c.Secret != strings.TrimSpace(c.Secret), "secret: missing, or with space around it")
	if err := checkToken(c.Token); err != nil {
		add(true, "token: %w", err)
	}
	if _, err := decodeKey(c.EncodingAESKey); err != nil {
		add(true, "encoding_aes_key: %w", err)
	}
	if c.OldToken != "" || c.OldEncodingAESKey != "" {
		if err := checkToken(c.OldToken); err != nil {
			add(true, "old_token: %w", err)
		}
		if _, err := decodeKey(c.OldEncodingAESKey); err != nil {
			add(true, "old_encoding_aes_key: %w", err)
		}
	}
	if err := link.CheckBase(c.BaseURL, DefaultBaseURL); err != nil {
		add(true, "api_base: %w", err)
	}
	add(c.AnswerWithin < 0 || c.AnswerWithin > 4500*time.Millisecond, "answer_within: above 0 and at most 4.5s, not %v", c.AnswerWithin)
	add(c.HandleWithin < c.AnswerWithin, "handle_within: not less than answer_within (%v), not %v", c.AnswerWithin, c.HandleWithin)
	add(c.Timeout < 3*time.Second || c.Timeout > 10*time.Second, "timeout: 3s to 10s, not %v", c.Timeout)
	add(c.MaxInFlight < 0, "max_in_flight: above 0, not %d", c.MaxInFlight)
	return errors.Join(faults...)
}

// plainID keeps what goes into cache keys and message ids to letters, digits, _ and -.
func plainID(s string) bool {
	for i := range len(s) {
		if !isAlnum(s[i]) && s[i] != '_' && s[i] != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// String describes the app without its secrets.
func (c Config) String() string {
	return fmt.Sprintf("wecom app %d of %s at %s", c.AgentID, c.CorpID, c.withDefaults().BaseURL)
}

// GoString is String: %#v must not show secrets either.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }
