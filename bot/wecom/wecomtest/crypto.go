package wecomtest

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"sort"
	"strings"
)

func mustKey(encodingAESKey string) []byte {
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		panic("wecomtest: bad EncodingAESKey")
	}
	return key
}

func signature(token, timestamp, nonce, encrypt string) string {
	parts := []string{token, timestamp, nonce, encrypt}
	sort.Strings(parts)
	return fmt.Sprintf("%x", sha1.Sum([]byte(strings.Join(parts, ""))))
}

func encrypt(key []byte, plain, receiver string) string {
	var b bytes.Buffer
	head := make([]byte, 16) // raw bytes, as on the wire; not only printable ones
	_, _ = rand.Read(head)
	b.Write(head)
	_ = binary.Write(&b, binary.BigEndian, uint32(len(plain)))
	b.WriteString(plain)
	b.WriteString(receiver)
	pad := 32 - b.Len()%32
	b.Write(bytes.Repeat([]byte{byte(pad)}, pad))
	block, _ := aes.NewCipher(key)
	out := make([]byte, b.Len())
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(out, b.Bytes())
	return base64.StdEncoding.EncodeToString(out)
}

func decrypt(key []byte, encrypted, receiver string) (string, error) {
	b, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(b) < 32 || len(b)%32 != 0 {
		return "", errors.New("ciphertext is not whole 32 byte blocks of base64")
	}
	block, _ := aes.NewCipher(key)
	cipher.NewCBCDecrypter(block, key[:16]).CryptBlocks(b, b)
	pad := int(b[len(b)-1])
	if pad < 1 || pad > 32 || !bytes.Equal(b[len(b)-pad:], bytes.Repeat([]byte{byte(pad)}, pad)) {
		return "", errors.New("bad padding")
	}
	b = b[:len(b)-pad]
	if len(b) < 20 {
		return "", errors.New("too short")
	}
	n := int64(binary.BigEndian.Uint32(b[16:20]))
	if n > int64(len(b)-20) {
		return "", errors.New("bad length")
	}
	if string(b[20+n:]) != receiver {
		return "", errors.New("sealed for another receiver")
	}
	return string(b[20 : 20+n]), nil
}
