package wecom

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"trainingbot/bot/link"
)

// DefaultBotURL is where the platform takes the connections of bots.
const DefaultBotURL = "wss://openws.work.weixin.qq.com"

// DefaultPressWithin is how long a press may take to be answered: the platform drops its request id
// after 5 s.
const DefaultPressWithin = 4 * time.Second

// BotConfig is one AI bot (智能机器人) of one corp, connected outward (document 101463). It holds a
// secret: it prints and logs itself without.
type BotConfig struct {
	BotID  string // 智能机器人 Bot ID
	Secret string // 长连接 Secret
	CorpID string // 企业ID; empty: not checked. The platform leaves it out for a corp's own bot

	URL string // of the gateway; empty: DefaultBotURL. Plain ws only to this machine

	// AnswerWithin is how long a handler may take to be answered under the message's request id; later
	// answers are pushed. 0: DefaultAnswerWithin.
	AnswerWithin time.Duration
	HandleWithin time.Duration // the deadline of the handler's context. 0: DefaultHandleWithin
	Timeout      time.Duration // how long the platform may take to acknowledge a frame. 0: DefaultTimeout
	MaxInFlight  int           // messages in work at a time. 0: DefaultMaxInFlight

	Cache   link.Cache   // how people's ids are spelled, shared by the replicas; nil: one in memory
	Limiter link.Limiter // per-person limits, shared by the replicas; nil: one in memory
}

func (c BotConfig) withDefaults(now func() time.Time) BotConfig {
	c.URL = strings.TrimRight(orDefault(c.URL, DefaultBotURL), "/")
	c.AnswerWithin = orDefault(c.AnswerWithin, DefaultAnswerWithin)
	c.HandleWithin = orDefault(c.HandleWithin, DefaultHandleWithin)
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	c.MaxInFlight = orDefault(c.MaxInFlight, DefaultMaxInFlight)
	if c.Cache == nil {
		c.Cache = link.NewMemoryCache(now)
	}
	if c.Limiter == nil {
		c.Limiter = link.NewMemoryLimiter(now)
	}
	return c
}

// Validate tells all faults of the settings at once, or nil. No value of a secret is in the text.
func (c BotConfig) Validate() error {
	var faults []error
	add := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf("wecom."+format, args...))
		}
	}
	add(!plainID(c.BotID), "bot_id: the Bot ID the console shows, not %q", c.BotID)
	add(strings.TrimSpace(c.Secret) == "" || c.Secret != strings.TrimSpace(c.Secret), "bot_secret: missing, or with space around it")
	add(c.CorpID != "" && !plainID(c.CorpID), "corp_id: letters and digits as shown under 我的企业, not %q", c.CorpID)
	if err := checkGateway(orDefault(c.URL, DefaultBotURL)); err != nil {
		add(true, "bot_url: %w", err)
	}
	return errors.Join(faults...)
}

// checkGateway lets the secret travel over wss, or within this machine.
func checkGateway(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not an address like " + DefaultBotURL)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("no user, query or fragment")
	case u.Scheme == "wss" || u.Scheme == "ws" && link.OnThisMachine(u.Hostname()):
		return nil
	}
	return errors.New("wss, or ws to this machine only")
}

// String describes the bot without its secret.
func (c BotConfig) String() string {
	return fmt.Sprintf("wecom bot %s at %s", c.BotID, orDefault(c.URL, DefaultBotURL))
}

// GoString is String: %#v must not show the secret either.
func (c BotConfig) GoString() string { return c.String() }

// LogValue is String.
func (c BotConfig) LogValue() slog.Value { return slog.StringValue(c.String()) }
