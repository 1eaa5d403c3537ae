package dingtalktest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"
)

// Sign is the signature of a robot's callback by HTTP and of a group robot's address (there it is
// escaped for a URL): the stamp and the secret, under the secret.
func Sign(stamp, secret string) string { return mac(secret, stamp+"\n"+secret) }

// CardSign is the signature of a card's callback by HTTP.
func CardSign(stamp, secret string) string { return mac(secret, stamp) }

func mac(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func digest(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// mustKey reads an EncodingAESKey; three of the four keys in the documents have bits left over, so
// it is lenient there.
func mustKey(encoded string) []byte {
	key, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil || len(key) != 32 {
		panic("dingtalktest: bad EncodingAESKey")
	}
	return key
}

// eventSign is the signature of an encrypted event and of the answer to it.
func eventSign(token, stamp, nonce, sealed string) string {
	parts := []string{token, stamp, nonce, sealed}
	sort.Strings(parts)
	return fmt.Sprintf("%x", sha1.Sum([]byte(strings.Join(parts, ""))))
}

// seal encrypts a text for an owner behind 16 bytes of the caller's.
func seal(key, head []byte, plain, owner string) string {
	var b bytes.Buffer
	b.Write(head)
	b.Write(binary.BigEndian.AppendUint32(nil, uint32(len(plain))))
	b.WriteString(plain)
	b.WriteString(owner)
	pad := 32 - b.Len()%32
	b.Write(bytes.Repeat([]byte{byte(pad)}, pad))
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // mustKey has seen to its length
	}
	out := make([]byte, b.Len())
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(out, b.Bytes())
	return base64.StdEncoding.EncodeToString(out)
}

func randomHead() []byte {
	head := make([]byte, 16)
	_, _ = rand.Read(head) // never fails
	return head
}

// unseal decrypts a text and checks whom it is for.
func unseal(key []byte, sealed, owner string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(b) < 32 || len(b)%32 != 0 {
		return "", errors.New("ciphertext is not whole 32 byte blocks of base64")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad < 1 || pad > 32 || !bytes.Equal(b[len(b)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", errors.New("bad padding")
	}
	if b = b[:len(b)-pad]; len(b) < 20 {
		return "", errors.New("too short")
	}
	n := int64(binary.BigEndian.Uint32(b[16:20]))
	if n > int64(len(b)-20) {
		return "", errors.New("bad length")
	}
	if string(b[20+n:]) != owner {
		return "", errors.New("sealed for another owner")
	}
	return string(b[20 : 20+n]), nil
}
