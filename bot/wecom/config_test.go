package wecom

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func valid() Config {
	return Config{CorpID: "ww1", AgentID: 7, Secret: "canary-secret", Token: "canaryToken", EncodingAESKey: vectors[0].key}
}

func TestValidate(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Fatal(err)
	}
	for fault, change := range map[string]func(*Config){
		"corp_id":              func(c *Config) { c.CorpID = "ww 1" },
		"agent_id":             func(c *Config) { c.AgentID = 0 },
		"secret":               func(c *Config) { c.Secret = "canary " },
		"token":                func(c *Config) { c.Token = "canary_Token" },
		"encoding_aes_key":     func(c *Config) { c.EncodingAESKey = "canary" },
		"old_token":            func(c *Config) { c.OldEncodingAESKey = c.EncodingAESKey },
		"old_encoding_aes_key": func(c *Config) { c.OldToken = "x" },
		"api_base":             func(c *Config) { c.BaseURL = "http://qyapi.weixin.qq.com" },
		"answer_within":        func(c *Config) { c.AnswerWithin = 5 * time.Second },
		"handle_within":        func(c *Config) { c.HandleWithin = time.Second },
		"timeout":              func(c *Config) { c.Timeout = time.Minute },
		"max_in_flight":        func(c *Config) { c.MaxInFlight = -1 },
	} {
		c := valid()
		change(&c)
		err := c.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "wecom."+fault+":") || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", fault, err)
		}
		if _, err := New(c, time.Now); err == nil {
			t.Errorf("%s: New takes it", fault)
		}
	}
	all := Config{BaseURL: "ftp://x", OldToken: "_"}.Validate()
	if n := strings.Count(all.Error(), "\n") + 1; n != 8 {
		t.Errorf("%d faults told at once: %v", n, all)
	}
	for _, base := range []string{"https://proxy.example/wecom/", "http://127.0.0.1:8080/fake", "http://localhost:1", "http://[::1]:1"} {
		c := valid()
		if c.BaseURL = base; c.Validate() != nil {
			t.Errorf("%s: %v", base, c.Validate())
		}
	}
	for _, base := range []string{"qyapi.weixin.qq.com", "http://10.0.0.1", "https://u:p@x", "https://x?a=b", "http://127.0.0.1.evil.example"} {
		c := valid()
		if c.BaseURL = base; c.Validate() == nil {
			t.Errorf("%s is taken", base)
		}
	}
}

func TestConfigPrintsNoSecret(t *testing.T) {
	var b strings.Builder
	c := valid()
	p, err := New(c, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "cfg", c, "platform", p)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		fmt.Fprintf(&b, format, c)
		fmt.Fprintf(&b, format, &c)
		fmt.Fprintf(&b, format, p)
		fmt.Fprintf(&b, format, NewCallback(c, nil, time.Now, log))
	}
	for _, secret := range []string{c.Secret, c.Token, c.EncodingAESKey} {
		if strings.Contains(b.String(), secret) {
			t.Errorf("%s is printed: %s", secret, &b)
		}
	}
}
