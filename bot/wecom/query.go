package wecom

import (
	"net/url"
	"strings"
)

// query is what the platform adds to the callback address.
type query struct {
	signature, timestamp, nonce, echo string
}

// The longest values taken. The platform's own are far shorter; a bound keeps a forger from making
// us hash megabytes.
const (
	maxQuery = 4 << 10
	maxNonce = 128
)

// parseQuery reads the four parameters from a raw query. It refuses a parameter given twice, since
// two readers could choose differently, and leaves parameters of other names alone: the address in
// the console may carry its own. It makes no map, so that a forged query costs little.
func parseQuery(raw string) (query, bool) {
	var q query
	if len(raw) > maxQuery {
		return query{}, false
	}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		var into *string
		switch name {
		case "msg_signature":
			into = &q.signature
		case "timestamp":
			into = &q.timestamp
		case "nonce":
			into = &q.nonce
		case "echostr":
			into = &q.echo
		default:
			// A name written with escapes could be one of the four in disguise.
			if n, err := url.QueryUnescape(name); err != nil || n != name && isSigned(n) {
				return query{}, false
			}
			continue
		}
		v, err := url.QueryUnescape(value)
		if err != nil || v == "" || *into != "" {
			return query{}, false
		}
		*into = v
	}
	ok := q.signature != "" && digits(q.timestamp, 12) && q.nonce != "" && len(q.nonce) <= maxNonce
	return q, ok
}

func isSigned(name string) bool {
	switch name {
	case "msg_signature", "timestamp", "nonce", "echostr":
		return true
	}
	return false
}

// digits says whether s is a decimal number of 1 to most digits.
func digits[T string | []byte](s T, most int) bool {
	if len(s) == 0 || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
