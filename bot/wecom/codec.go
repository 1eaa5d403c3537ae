package wecom

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Why a callback was not opened. They are for tests and the log; the sender of a forged callback
// sees the same answer for all of them.
var (
	ErrEnvelope  = errors.New("wecom: malformed callback")
	ErrSignature = errors.New("wecom: bad signature")
	ErrCipher    = errors.New("wecom: bad ciphertext")
	ErrReceiver  = errors.New("wecom: addressed to another corp or app")
	ErrStale     = errors.New("wecom: time stamp outside the window")
)

const (
	padBlock   = 32 // PKCS#7 blocks of the protocol, twice those of the cipher
	headLength = 20 // 16 random bytes and the length of the message
)

// Codec opens and seals callbacks of one receiver with one token and key (document 90930). It is
// safe for concurrent use.
type Codec struct {
	token     []byte
	receiveID string
	block     cipher.Block
	iv        []byte
	random    func([]byte) // fills the 16 bytes before a sealed message
}

// NewCodec makes a codec. The receiveID is the CorpID for a corp's own app. The encodingAESKey has
// exactly 43 characters of base64, the token 1 to 32 letters and digits.
func NewCodec(token, encodingAESKey, receiveID string) (*Codec, error) {
	if err := checkToken(token); err != nil {
		return nil, err
	}
	key, err := decodeKey(encodingAESKey)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return &Codec{
		token:     []byte(token),
		receiveID: receiveID,
		block:     block,
		iv:        key[:aes.BlockSize],
		random:    func(b []byte) { _, _ = rand.Read(b) }, // never fails: the runtime ends the process instead
	}, nil
}

func checkToken(token string) error {
	if token == "" || len(token) > 32 {
		return errors.New("wecom: the token has 1 to 32 letters and digits")
	}
	for _, b := range []byte(token) {
		if !isAlnum(b) {
			return errors.New("wecom: the token has letters and digits only")
		}
	}
	return nil
}

func decodeKey(encodingAESKey string) ([]byte, error) {
	if len(encodingAESKey) != 43 {
		return nil, fmt.Errorf("wecom: the EncodingAESKey has 43 characters, not %d", len(encodingAESKey))
	}
	// Not the strict decoding: 43 characters carry 258 bits and real keys use the two spare ones.
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, errors.New("wecom: the EncodingAESKey is not base64")
	}
	return key, nil
}

// Sign gives the signature of encrypt: lower-case hex of the SHA-1 over the four strings, sorted
// bytewise and joined with nothing (document 90930).
func (c *Codec) Sign(timestamp, nonce, encrypt string) string {
	d := c.digest(timestamp, nonce, []byte(encrypt))
	return hex.EncodeToString(d[:])
}

// Verify says whether signature is the one of encrypt. The comparison takes the same time wherever
// the first difference stands.
func (c *Codec) Verify(signature, timestamp, nonce, encrypt string) bool {
	return c.verify(signature, timestamp, nonce, []byte(encrypt))
}

func (c *Codec) verify(signature, timestamp, nonce string, encrypt []byte) bool {
	var got [sha1.Size]byte
	if !lowerHex(got[:], signature) {
		return false
	}
	want := c.digest(timestamp, nonce, encrypt)
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

func (c *Codec) digest(timestamp, nonce string, encrypt []byte) [sha1.Size]byte {
	p := [4][]byte{c.token, []byte(timestamp), []byte(nonce), encrypt}
	for i := 1; i < len(p); i++ {
		for j := i; j > 0 && bytes.Compare(p[j], p[j-1]) < 0; j-- {
			p[j], p[j-1] = p[j-1], p[j]
		}
	}
	b := make([]byte, 0, len(p[0])+len(p[1])+len(p[2])+len(p[3]))
	for _, s := range p {
		b = append(b, s...)
	}
	return sha1.Sum(b)
}

// lowerHex decodes exactly the lower-case hex form of dst: the platform writes no other, and one
// spelling per signature leaves nothing to play with.
func lowerHex(dst []byte, s string) bool {
	if len(s) != 2*len(dst) {
		return false
	}
	for i := range dst {
		hi, lo := hexDigit(s[2*i]), hexDigit(s[2*i+1])
		if hi > 15 || lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

func hexDigit(b byte) byte {
	switch {
	case '0' <= b && b <= '9':
		return b - '0'
	case 'a' <= b && b <= 'f':
		return b - 'a' + 10
	}
	return 0xFF
}

// Open verifies and decrypts the callback of a POST: its raw query and its body. It checks in the
// order of least trust: shape, signature, ciphertext, padding, length, receiver. The plaintext is
// the caller's own.
func (c *Codec) Open(rawQuery string, body []byte) ([]byte, error) {
	q, ok := parseQuery(rawQuery)
	if !ok {
		return nil, ErrEnvelope
	}
	e, err := parseEnvelope(body)
	if err != nil {
		return nil, err
	}
	return c.open(q, e.encrypt)
}

// OpenEcho verifies and decrypts the echostr of the platform's URL check (a GET).
func (c *Codec) OpenEcho(rawQuery string) ([]byte, error) {
	q, ok := parseQuery(rawQuery)
	if !ok || q.echo == "" {
		return nil, ErrEnvelope
	}
	return c.open(q, []byte(q.echo))
}

func (c *Codec) open(q query, encrypt []byte) ([]byte, error) {
	if !c.verify(q.signature, q.timestamp, q.nonce, encrypt) {
		return nil, ErrSignature
	}
	return c.decrypt(encrypt)
}

func (c *Codec) decrypt(encrypt []byte) ([]byte, error) {
	// The decoder of the standard library skips line ends; nobody signs those by intent.
	if len(encrypt)%4 != 0 || bytes.IndexByte(encrypt, '\n') >= 0 || bytes.IndexByte(encrypt, '\r') >= 0 {
		return nil, ErrCipher
	}
	b := make([]byte, base64.StdEncoding.DecodedLen(len(encrypt)))
	n, err := base64.StdEncoding.Strict().Decode(b, encrypt)
	if err != nil || n < padBlock || n%aes.BlockSize != 0 {
		return nil, ErrCipher
	}
	b = b[:n]
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(b, b)
	pad := int(b[n-1])
	if pad < 1 || pad > padBlock || n-pad < headLength {
		return nil, ErrCipher
	}
	for _, x := range b[n-pad:] {
		if int(x) != pad {
			return nil, ErrCipher
		}
	}
	b = b[:n-pad]
	length := uint64(binary.BigEndian.Uint32(b[16:headLength])) // never added in 32 bits: it would wrap
	if length > uint64(len(b)-headLength) {
		return nil, ErrCipher
	}
	end := headLength + int(length)
	if subtle.ConstantTimeCompare(b[end:], []byte(c.receiveID)) != 1 {
		return nil, ErrReceiver
	}
	return b[headLength:end:end], nil
}

// Seal encrypts and signs a passive reply and wraps it in its envelope (document 90930). The
// timestamp is in seconds; nonce may be the one of the request.
func (c *Codec) Seal(plain []byte, timestamp int64, nonce string) []byte {
	enc := c.encrypt(plain)
	ts := strconv.FormatInt(timestamp, 10)
	sum := c.digest(ts, nonce, enc)
	out := make([]byte, 0, len(enc)+len(ts)+len(nonce)+200)
	out = append(out, "<xml><Encrypt><![CDATA["...)
	out = append(out, enc...)
	out = append(out, "]]></Encrypt><MsgSignature><![CDATA["...)
	out = hex.AppendEncode(out, sum[:])
	out = append(out, "]]></MsgSignature><TimeStamp>"...)
	out = append(out, ts...)
	out = append(out, "</TimeStamp><Nonce>"...)
	out = appendCDATA(out, nonce)
	return append(out, "</Nonce></xml>"...)
}

func (c *Codec) encrypt(plain []byte) []byte {
	n := headLength + len(plain) + len(c.receiveID)
	pad := padBlock - n%padBlock
	b := make([]byte, n+pad)
	c.random(b[:16])
	binary.BigEndian.PutUint32(b[16:headLength], uint32(len(plain)))
	copy(b[headLength:], plain)
	copy(b[headLength+len(plain):], c.receiveID)
	for i := n; i < len(b); i++ {
		b[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(b, b)
	out := make([]byte, base64.StdEncoding.EncodedLen(len(b)))
	base64.StdEncoding.Encode(out, b)
	return out
}
