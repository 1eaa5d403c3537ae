package configs

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate tells every fault of the settings at once, each with its key. No value that may be a
// secret is repeated.
func (s Settings) Validate() error {
	c := &check{}
	c.address("listen", s.Listen)
	if s.Metrics.Listen != "" {
		c.address("metrics.listen", s.Metrics.Listen)
		if s.Metrics.Listen == s.Listen {
			c.fault("metrics.listen", "is the same as listen: leave it empty to serve /metrics there")
		}
	}
	if s.PublicURL != "" {
		c.web("public_url", s.PublicURL)
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil || s.Timezone == "" || s.Timezone == "Local" {
		c.fault("timezone", "%q is not the IANA name of a zone, e.g. Asia/Shanghai", s.Timezone)
	}
	c.databaseURL(s.Database.URL.Reveal())
	if u := s.Redis.URL.Reveal(); u != "" && !hasScheme(u, "redis://", "rediss://", "unix://") {
		c.fault("redis.url", "want redis://…, rediss://… or unix://…")
	}
	s.WeCom.check(c)
	s.DingTalk.check(c, s.PublicURL)
	for i, g := range s.Groups {
		g.check(c, fmt.Sprintf("groups[%d]", i))
	}
	c.oneOf("log.level", s.Log.Level, "debug", "info", "warn", "error")
	c.oneOf("log.format", s.Log.Format, "json", "text")
	return errors.Join(c.errs...)
}

// check collects faults.
type check struct{ errs []error }

func (c *check) fault(key, format string, a ...any) {
	c.errs = append(c.errs, fmt.Errorf("%s: "+format, append([]any{key}, a...)...))
}

func (c *check) oneOf(key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fault(key, "%q: want %s", value, strings.Join(allowed, ", "))
	}
}

func (c *check) address(key, value string) {
	_, port, err := net.SplitHostPort(value)
	if n, e := strconv.Atoi(port); err != nil || e != nil || n < 0 || n > 65535 {
		c.fault(key, "%q: want host:port, e.g. 127.0.0.1:8080 or :8080", value)
	}
}

func (c *check) web(key, value string) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(u.Path, "/") {
		c.fault(key, "want an address like https://train.example.com, without / at the end")
	}
}

func (c *check) databaseURL(value string) {
	switch {
	case strings.HasPrefix(value, "sqlite:"):
		if strings.TrimPrefix(strings.TrimPrefix(value, "sqlite:"), "//") == "" {
			c.fault("database.url", "sqlite: needs the name of a file, e.g. sqlite:data/trainingbot.db")
		}
	case hasScheme(value, "postgres://", "postgresql://"):
		if u, err := url.Parse(value); err != nil || strings.Trim(u.Path, "/") == "" {
			c.fault("database.url", "want postgres://user:password@host/database?sslmode=…")
		}
	default:
		c.fault("database.url", "want sqlite:FILE or postgres://…")
	}
}

func hasScheme(value string, schemes ...string) bool {
	return slices.ContainsFunc(schemes, func(s string) bool { return strings.HasPrefix(value, s) && len(value) > len(s) })
}

// required is a key that must be set when its platform is.
type required struct {
	key string
	set bool
}

func (c *check) all(platform string, rs ...required) {
	for _, r := range rs {
		if !r.set {
			c.fault(platform+"."+r.key, "is missing: %s is only partly set up; set it, or leave every key of %s empty", platform, platform)
		}
	}
}

// aesKey holds a platform's AES key: 43 characters that stand for 32 bytes.
func (c *check) aesKey(key string, value Secret) {
	if value == "" {
		return
	}
	if raw, err := base64.StdEncoding.DecodeString(value.Reveal() + "="); err != nil || len(raw) != 32 {
		c.fault(key, "want the 43 letters and digits the console shows, this has %d characters", len(value))
	}
}

func (w WeCom) check(c *check) {
	c.web("wecom.api_base", w.APIBase)
	c.oneOf("wecom.mode", w.Mode, "callback", "bot")
	if !w.Enabled() {
		return
	}
	if w.Mode == "bot" {
		c.all("wecom", required{"bot_id", w.BotID != ""}, required{"bot_secret", w.BotSecret != ""})
		return
	}
	if w.BotID != "" && w.Token == "" {
		c.fault("wecom.mode", "is callback, and a bot_id is set: want mode bot?")
	}
	c.all("wecom", required{"corp_id", w.CorpID != ""}, required{"agent_id", w.AgentID != 0}, required{"secret", w.Secret != ""},
		required{"token", w.Token != ""}, required{"encoding_aes_key", w.EncodingAESKey != ""})
	if w.AgentID < 0 {
		c.fault("wecom.agent_id", "%d: want the number the console shows", w.AgentID)
	}
	c.aesKey("wecom.encoding_aes_key", w.EncodingAESKey)
}

func (d DingTalk) check(c *check, publicURL string) {
	c.web("dingtalk.api_base", d.APIBase)
	c.web("dingtalk.oapi_base", d.OAPIBase)
	c.oneOf("dingtalk.mode", d.Mode, "stream", "webhook")
	if !d.Enabled() {
		return
	}
	c.all("dingtalk", required{"corp_id", d.CorpID != ""}, required{"client_id", d.ClientID != ""},
		required{"client_secret", d.ClientSecret != ""}, required{"robot_code", d.RobotCode != ""})
	if t := d.CardTemplateID; t != "" && t != "text" && !strings.HasSuffix(t, ".schema") {
		c.fault("dingtalk.card_template_id", "want the id of a template, which ends in .schema, or text, or nothing")
	}
	if d.Mode == "webhook" && strings.HasSuffix(d.CardTemplateID, ".schema") && d.CardCallbackSecret == "" {
		c.fault("dingtalk.card_callback_secret", "is missing: with mode webhook and a card_template_id, presses are verified with it")
	}
	if d.Mode == "webhook" && d.CardCallbackSecret != "" && publicURL == "" {
		c.fault("public_url", "is missing: with mode webhook DingTalk sends presses there")
	}
	if s := d.CardCallbackSecret; s != "" && len(s) < 16 {
		c.fault("dingtalk.card_callback_secret", "want at least 16 characters, this has %d", len(s))
	}
	if d.APIQuota < 1 || d.MessageQuota < 1 {
		c.fault("dingtalk.api_quota", "and dingtalk.message_quota: want the numbers of the organisation's edition, at least 1")
	}
	if (d.EventToken == "") != (d.EventAESKey == "") {
		c.fault("dingtalk.event_token", "and dingtalk.event_aes_key belong together: set both or none")
	}
	c.aesKey("dingtalk.event_aes_key", d.EventAESKey)
}

func (g Group) check(c *check, key string) {
	if g.Office == "" {
		c.fault(key+".office", "is missing")
	}
	c.oneOf(key+".platform", g.Platform, "wecom", "dingtalk")
	if (g.WebhookURL == "") == (g.OpenConversationID == "") {
		c.fault(key, "want either webhook_url or open_conversation_id")
	}
	if u, err := url.Parse(g.WebhookURL.Reveal()); g.WebhookURL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		c.fault(key+".webhook_url", "want an address that begins with https://")
	}
	if g.Platform == "wecom" && g.OpenConversationID != "" {
		c.fault(key+".open_conversation_id", "is DingTalk's; a WeCom group has a webhook_url")
	}
	if g.Secret != "" && (g.Platform != "dingtalk" || g.WebhookURL == "") {
		c.fault(key+".secret", "signs a DingTalk webhook_url only")
	}
}
