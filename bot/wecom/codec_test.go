package wecom

import (
	"bytes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func (v vector) codec(t testing.TB) *Codec {
	t.Helper()
	c, err := NewCodec(v.token, v.key, v.receiver)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (v vector) query() string {
	return url.Values{"msg_signature": {v.signature}, "timestamp": {v.timestamp}, "nonce": {v.nonce}}.Encode()
}

func (v vector) body() []byte {
	return []byte("<xml><ToUserName><![CDATA[" + v.receiver + "]]></ToUserName><Encrypt><![CDATA[" + v.encrypt + "]]></Encrypt></xml>")
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			c := v.codec(t)
			if got := c.Sign(v.timestamp, v.nonce, v.encrypt); got != v.signature {
				t.Errorf("Sign: %s, want %s", got, v.signature)
			}
			got, err := c.Open(v.query(), v.body())
			if err != nil || string(got) != v.plain {
				t.Errorf("Open: %q, %v; want %q", got, err, v.plain)
			}
			echo, err := c.OpenEcho(v.query() + "&echostr=" + url.QueryEscape(v.encrypt))
			if err != nil || string(echo) != v.plain {
				t.Errorf("OpenEcho: %q, %v", echo, err)
			}
			random, err := hex.DecodeString(v.random)
			if err != nil {
				t.Fatal(err)
			}
			c.random = func(b []byte) { copy(b, random) }
			if got := string(c.encrypt([]byte(v.plain))); got != v.encrypt {
				t.Errorf("encrypt: %s, want %s", got, v.encrypt)
			}
		})
	}
}

func TestSignatureVector(t *testing.T) {
	c, err := NewCodec(signedOnly.token, vectors[0].key, "")
	if err != nil {
		t.Fatal(err)
	}
	if !c.Verify(signedOnly.signature, signedOnly.timestamp, signedOnly.nonce, signedOnly.encrypt) {
		t.Error("V5 does not verify")
	}
}

func TestSealIsOpened(t *testing.T) {
	c := vectors[0].codec(t)
	for n := range 140 {
		plain := strings.Repeat("培", n/3) + strings.Repeat("x", n%3)
		out := c.Seal([]byte(plain), 1409659813, "no]]>nce")
		e, s := between(t, out, "Encrypt"), between(t, out, "MsgSignature")
		nonce := strings.ReplaceAll(between(t, out, "Nonce"), "]]><![CDATA[", "")
		if nonce != "no]]>nce" {
			t.Fatalf("nonce %q", nonce)
		}
		q := url.Values{"msg_signature": {s}, "timestamp": {"1409659813"}, "nonce": {nonce}}.Encode()
		got, err := c.Open(q, []byte("<xml><Encrypt>"+e+"</Encrypt></xml>"))
		if err != nil || string(got) != plain {
			t.Fatalf("length %d: %q, %v", n, got, err)
		}
	}
}

// between gives what stands in an element, its outer CDATA taken off.
func between(t *testing.T, doc []byte, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(string(doc), "<"+name+">")
	value, _, ok2 := strings.Cut(rest, "</"+name+">")
	if !ok || !ok2 {
		t.Fatalf("no %s in %s", name, doc)
	}
	return strings.TrimSuffix(strings.TrimPrefix(value, "<![CDATA["), "]]>")
}

// sealRaw encrypts a whole plaintext as it is: head, length, receiver and padding included.
func sealRaw(c *Codec, plain []byte) string {
	b := bytes.Clone(plain)
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(b, b)
	return base64.StdEncoding.EncodeToString(b)
}

// rawPlain lays out a plaintext with a length field of its own.
func rawPlain(length uint32, msg, receiver string, pad []byte) []byte {
	b := append([]byte("0123456789abcdef"), binary.BigEndian.AppendUint32(nil, length)...)
	return append(append(append(b, msg...), receiver...), pad...)
}

// TestRefused holds the codec to the order of checks, each case signed correctly unless it says so.
func TestRefused(t *testing.T) {
	v := vectors[0]
	c := v.codec(t)
	signed := func(encrypt string) (string, []byte) {
		w := v
		w.encrypt, w.signature = encrypt, c.Sign(v.timestamp, v.nonce, encrypt)
		return w.query(), w.body()
	}
	pad := func(n int) []byte { return bytes.Repeat([]byte{byte(n)}, n) }
	fits := func(msg string) int { return 32 - (20+len(msg)+len(v.receiver))%32 }
	type row struct {
		name  string
		query string
		body  []byte
		want  error
	}
	var rows []row
	add := func(name, encrypt string, want error) {
		q, b := signed(encrypt)
		rows = append(rows, row{name, q, b, want})
	}
	add("ciphertext truncated", v.encrypt[:40], ErrCipher)
	add("ciphertext of half a block", base64.StdEncoding.EncodeToString(make([]byte, 40)), ErrCipher)
	add("ciphertext of 16 bytes", base64.StdEncoding.EncodeToString(make([]byte, 16)), ErrCipher)
	add("base64 with other letters", "-_"+v.encrypt[2:], ErrCipher)
	add("base64 with a line end", v.encrypt[:4]+"\n"+v.encrypt[4:], ErrCipher)
	add("base64 with trailing bits", strings.Replace(v.encrypt, "Q==", "R==", 1), ErrCipher)
	add("base64 without padding", strings.TrimRight(v.encrypt, "="), ErrCipher)
	add("length field 0xFFFFFFFF", sealRaw(c, rawPlain(0xFFFFFFFF, "hi", v.receiver, pad(fits("hi")))), ErrCipher)
	add("length field wraps to the start", sealRaw(c, rawPlain(0xFFFFFFEC, "hi", v.receiver, pad(fits("hi")))), ErrCipher)
	add("length field one too long", sealRaw(c, rawPlain(uint32(3+len(v.receiver)), "hi", v.receiver, pad(fits("hi")))), ErrCipher)
	add("length field reaches into the receiver", sealRaw(c, rawPlain(3, "hi", v.receiver, pad(fits("hi")))), ErrReceiver)
	add("length field 0 with a message", sealRaw(c, rawPlain(0, "hi", v.receiver, pad(fits("hi")))), ErrReceiver)
	add("no receiver", sealRaw(c, rawPlain(2, "hi", "", pad(10))), ErrReceiver)
	add("receiver with a tail", sealRaw(c, rawPlain(2, "hi", v.receiver+"x", pad(fits("hix")))), ErrReceiver)
	add("receiver in another case", sealRaw(c, rawPlain(2, "hi", strings.ToUpper(v.receiver), pad(fits("hi")))), ErrReceiver)
	uneven := pad(fits("hi"))
	uneven[0]++
	add("first byte of the padding differs", sealRaw(c, rawPlain(2, "hi", v.receiver, uneven)), ErrCipher)
	add("all padding", sealRaw(c, pad(32)), ErrCipher)
	rows = append(rows,
		row{"signature in capitals", vector{signature: strings.ToUpper(v.signature), timestamp: v.timestamp, nonce: v.nonce}.query(), v.body(), ErrSignature},
		row{"signature short", vector{signature: v.signature[:39], timestamp: v.timestamp, nonce: v.nonce}.query(), v.body(), ErrSignature},
		row{"signature long", vector{signature: v.signature + "0", timestamp: v.timestamp, nonce: v.nonce}.query(), v.body(), ErrSignature},
		row{"another nonce", vector{signature: v.signature, timestamp: v.timestamp, nonce: "1"}.query(), v.body(), ErrSignature},
		row{"another stamp", vector{signature: v.signature, timestamp: "1409659590", nonce: v.nonce}.query(), v.body(), ErrSignature},
		row{"no parameters", "", v.body(), ErrEnvelope},
		row{"signature twice", v.query() + "&msg_signature=" + v.signature, v.body(), ErrEnvelope},
		row{"signature twice, once disguised", v.query() + "&msg_signatur%65=" + v.signature, v.body(), ErrEnvelope},
		row{"stamp no number", vector{signature: v.signature, timestamp: "1409659589x", nonce: v.nonce}.query(), v.body(), ErrEnvelope},
		row{"no body", v.query(), nil, ErrEnvelope},
		row{"no Encrypt", v.query(), []byte("<xml><ToUserName>x</ToUserName></xml>"), ErrEnvelope},
		row{"foreign corp under the same key", foreign.query(), foreign.body(), ErrReceiver},
	)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			codec := c
			if r.name == "foreign corp under the same key" {
				w := foreign
				w.receiver = "ww6a112864f8022910"
				codec = w.codec(t)
			}
			got, err := codec.Open(r.query, r.body)
			if !errors.Is(err, r.want) || got != nil {
				t.Errorf("Open: %q, %v; want %v", got, err, r.want)
			}
		})
	}
}

// TestLastByte tries all values of the last byte: only the right padding opens.
func TestLastByte(t *testing.T) {
	v := vectors[0]
	c := v.codec(t)
	msg := "hello"
	right := 32 - (20+len(msg)+len(v.receiver))%32
	for last := range 256 {
		plain := rawPlain(uint32(len(msg)), msg, v.receiver, bytes.Repeat([]byte{byte(right)}, right))
		plain[len(plain)-1] = byte(last)
		w := v
		w.encrypt = sealRaw(c, plain)
		w.signature = c.Sign(v.timestamp, v.nonce, w.encrypt)
		_, err := c.Open(w.query(), w.body())
		if ok := err == nil; ok != (last == right) {
			t.Errorf("last byte %d: %v", last, err)
		}
	}
}

// TestTampered changes each byte of a ciphertext in every way: under the old signature nothing opens.
func TestTampered(t *testing.T) {
	v := vectors[0]
	c := v.codec(t)
	for i := range len(v.encrypt) {
		for x := range 256 {
			if byte(x) == v.encrypt[i] {
				continue
			}
			b := []byte(v.encrypt)
			b[i] = byte(x)
			if c.verify(v.signature, v.timestamp, v.nonce, b) {
				t.Fatalf("byte %d as %d verifies", i, x)
			}
		}
	}
}

func TestNewCodecRefuses(t *testing.T) {
	good := vectors[0]
	for _, r := range []struct{ name, token, key string }{
		{"no token", "", good.key},
		{"token of 33", strings.Repeat("a", 33), good.key},
		{"token with a sign", "a b", good.key},
		{"key of 42", good.token, good.key[1:]},
		{"key with padding", good.token, good.key[1:] + "="},
		{"key with a space", good.token, good.key[:42] + " "},
	} {
		if _, err := NewCodec(r.token, r.key, "x"); err == nil {
			t.Errorf("%s is taken", r.name)
		} else if r.key != "" && strings.Contains(err.Error(), r.key) {
			t.Errorf("%s: the key is in the error", r.name)
		}
	}
}

// FuzzOpen: whatever comes, nothing panics, and what opens is what was signed for.
func FuzzOpen(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.query(), v.body())
	}
	f.Add(foreign.query(), foreign.body())
	f.Add("msg_signature=%zz&timestamp=1&nonce=1", []byte("<xml><Encrypt><![CDATA[]]></Encrypt></xml>"))
	f.Fuzz(func(t *testing.T, query string, body []byte) {
		c := vectors[0].codec(t)
		plain, err := c.Open(query, body)
		if err != nil {
			if plain != nil {
				t.Fatal("bytes with an error")
			}
			return
		}
		q, ok := parseQuery(query)
		e, envErr := parseEnvelope(body)
		if !ok || envErr != nil || !c.Verify(q.signature, q.timestamp, q.nonce, string(e.encrypt)) {
			t.Fatalf("opened unsigned: %q", plain)
		}
	})
}

// FuzzDecrypt gives arbitrary plaintexts under the right key.
func FuzzDecrypt(f *testing.F) {
	f.Add(rawPlain(2, "hi", vectors[0].receiver, []byte("pad")))
	f.Add(bytes.Repeat([]byte{32}, 64))
	f.Fuzz(func(t *testing.T, plain []byte) {
		c := vectors[0].codec(t)
		plain = plain[:len(plain)/16*16]
		got, err := c.decrypt([]byte(sealRaw(c, plain)))
		if err == nil && (len(got) > len(plain)-20 || !bytes.Contains(plain, got)) {
			t.Fatalf("%q out of %q", got, plain)
		}
		if err == nil && utf8.Valid(got) {
			_, _ = parseInbound(got)
		}
	})
}
