package dingtalk

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// freshness is how far the stamp of a signature may be from our clock, either way.
const freshness = time.Hour

// Why a callback is refused. The sender is told none of it.
var (
	ErrSignature = errors.New("the signature is wrong")
	ErrStale     = errors.New("the time stamp is more than an hour off")
	ErrEnvelope  = errors.New("the callback is malformed")
	ErrReceiver  = errors.New("it is for another organisation or robot")
)

func mac64(key, message string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(message))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// RobotSign is the signature of a robot's callback, and of a group robot's address. timestamp is in
// milliseconds.
func RobotSign(timestamp, secret string) string { return mac64(secret, timestamp+"\n"+secret) }

// CardSign is the signature of a card's callback.
func CardSign(timestamp, secret string) string { return mac64(secret, timestamp) }

// verify checks a signature and the age of its stamp. Without a secret nothing is right.
func verify(timestamp, sign, want, secret string, now time.Time) error {
	if secret == "" || !hmac.Equal([]byte(sign), []byte(want)) {
		return ErrSignature
	}
	ms, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.UnixMilli(ms)).Abs() > freshness {
		return ErrStale
	}
	return nil
}

// EventCrypt opens and seals what the event subscription sends over HTTP: AES-256-CBC over 16 random
// bytes, the length, the message and the owner.
type EventCrypt struct {
	token  string
	key    []byte
	owners []string // the first is ours
}

// NewEventCrypt makes an EventCrypt from the token and the 43 characters of the key. The owner of a
// subscription made in the console is the ClientID, of one made over the API the CorpID: both are taken.
func NewEventCrypt(token, aesKey string, owners ...string) (*EventCrypt, error) {
	if len(token) < 3 || len(token) > 32 {
		return nil, errors.New("the token has 3 to 32 letters or digits")
	}
	if len(aesKey) != 43 {
		return nil, errors.New("the key has 43 letters or digits")
	}
	// Leniently: official keys have bits set that strict Base64 refuses.
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("the key has 43 letters or digits")
	}
	return &EventCrypt{token, key, owners}, nil
}

// Signature signs a sealed message.
func (c *EventCrypt) Signature(timestamp, nonce, encrypt string) string {
	parts := []string{c.token, timestamp, nonce, encrypt}
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// seal encrypts a message behind 16 bytes that nobody can guess.
func (c *EventCrypt) seal(random []byte, message string) string {
	b := make([]byte, 0, 96+len(message))
	b = append(b, random...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(message)))
	b = append(b, message...)
	b = append(b, c.owners[0]...)
	pad := 32 - len(b)%32
	for range pad {
		b = append(b, byte(pad))
	}
	block, _ := aes.NewCipher(c.key) // the length of the key was checked
	cipher.NewCBCEncrypter(block, c.key[:16]).CryptBlocks(b, b)
	return base64.StdEncoding.EncodeToString(b)
}

// sealedAnswer is the body that says success.
type sealedAnswer struct {
	Signature string `json:"msg_signature"`
	TimeStamp string `json:"timeStamp"`
	Nonce     string `json:"nonce"`
	Encrypt   string `json:"encrypt"`
}

// Success seals the word that ends the delivery of an event.
func (c *EventCrypt) Success(now time.Time) sealedAnswer {
	random := make([]byte, 16)
	rand.Read(random) // never fails: crypto/rand ends the program first
	a := sealedAnswer{TimeStamp: strconv.FormatInt(now.UnixMilli(), 10), Nonce: rand.Text()[:12], Encrypt: c.seal(random, "success")}
	a.Signature = c.Signature(a.TimeStamp, a.Nonce, a.Encrypt)
	return a
}

// Open verifies and decrypts.
func (c *EventCrypt) Open(signature, timestamp, nonce, encrypt string) (string, error) {
	if subtle.ConstantTimeCompare([]byte(signature), []byte(c.Signature(timestamp, nonce, encrypt))) != 1 {
		return "", ErrSignature
	}
	b, err := base64.StdEncoding.DecodeString(encrypt)
	if err != nil || len(b) < 32 || len(b)%16 != 0 {
		return "", ErrEnvelope
	}
	block, _ := aes.NewCipher(c.key)
	cipher.NewCBCDecrypter(block, c.key[:16]).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad < 1 || pad > 32 || pad > len(b)-20 {
		return "", ErrEnvelope
	}
	for _, x := range b[len(b)-pad:] {
		if int(x) != pad {
			return "", ErrEnvelope
		}
	}
	b = b[:len(b)-pad]
	n := uint64(binary.BigEndian.Uint32(b[16:20]))
	if n > uint64(len(b)-20) {
		return "", ErrEnvelope
	}
	if !slices.Contains(c.owners, string(b[20+n:])) {
		return "", ErrReceiver
	}
	return string(b[20 : 20+n]), nil
}
