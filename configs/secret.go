package configs

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

const hidden = "******"

// Secret is a value nobody may read in a log, an error, a dump or a printed setting. Reveal is the
// only way to it.
type Secret string

// Reveal gives the value itself.
func (s Secret) Reveal() string { return string(s) }

// String gives ****** for a secret that is set and nothing for one that is not.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// Format hides the value from every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the value from JSON and every other encoding.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides the value from YAML.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// SecretURL is an address that may carry a password or a key: it shows where to, not the secret.
type SecretURL string

// Reveal gives the address itself.
func (s SecretURL) Reveal() string { return string(s) }

// String gives the address without password and without the values of its query.
func (s SecretURL) String() string {
	if rest, ok := strings.CutPrefix(string(s), "sqlite:"); ok && !strings.ContainsAny(rest, "?@") {
		return string(s) // a file's name
	}
	if s == "" {
		return ""
	}
	u, err := url.Parse(string(s))
	if err != nil || u.Scheme == "" || u.Opaque != "" {
		return hidden
	}
	if _, set := u.User.Password(); set {
		u.User = url.UserPassword(u.User.Username(), hidden)
	}
	q := u.Query()
	for k := range q {
		if k != "sslmode" && k != "db" {
			q.Set(k, hidden)
		}
	}
	u.RawQuery, u.Fragment = q.Encode(), ""
	return strings.ReplaceAll(u.String(), url.QueryEscape(hidden), hidden)
}

// Format hides the secret parts from every verb of fmt.
func (s SecretURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the secret parts from JSON and every other encoding.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML hides the secret parts from YAML.
func (s SecretURL) MarshalYAML() (any, error) { return s.String(), nil }

// LogValue hides the secret parts from slog.
func (s SecretURL) LogValue() slog.Value { return slog.StringValue(s.String()) }
