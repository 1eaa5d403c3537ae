package wecom

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"trainingbot/bot/chat"
	"trainingbot/domain"
)

// benchCallback gives a callback that answers every message, and a signed message for it.
func benchCallback() (c *Callback, query string, body []byte) {
	v := vectors[1]
	h := &echo{}
	cfg := Config{CorpID: v.receiver, AgentID: 218, Token: v.token, EncodingAESKey: v.key, Freshness: -1}
	return NewCallback(cfg, h, time.Now, quiet()), v.query(), v.body()
}

type echo struct{}

func (echo) Handle(_ context.Context, m chat.Message) (chat.Reply, error) {
	return chat.Reply{Body: domain.Say(m.Text)}, nil
}
func (echo) Push(context.Context, chat.Message, time.Duration) error { return nil }

// openReply is one callback without HTTP: query, envelope, signature, decryption, inside, message,
// reply, encryption, signature.
func (c *Callback) openReply(query string, body []byte, now time.Time) []byte {
	q, ok := parseQuery(query)
	if !ok {
		return nil
	}
	in, by, err := c.openMessage(q, body)
	if err != nil {
		return nil
	}
	m, _, err := in.message(c.cfg.AgentID)
	if err != nil {
		return nil
	}
	x := exchange{m: m, codec: by, nonce: q.nonce, user: string(in.from)}
	plain, _ := passive(c.cfg.CorpID, x, chat.Reply{Body: domain.Say("已签到：消防培训")}, now)
	return by.Seal(plain, now.Unix(), q.nonce)
}

// TestOpenReplyAllocations is goal P5.
func TestOpenReplyAllocations(t *testing.T) {
	c, query, body := benchCallback()
	n := testing.AllocsPerRun(200, func() {
		if c.openReply(query, body, time.Unix(1, 0)) == nil {
			t.Fatal("not opened")
		}
	})
	if n > 25 {
		t.Errorf("%v allocations, goal 25, floor 40", n)
	}
}

func BenchmarkOpenReply(b *testing.B) {
	c, query, body := benchCallback()
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if c.openReply(query, body, time.Unix(1, 0)) == nil {
				b.Fatal("not opened")
			}
		}
	})
	v := vectors[1]
	b.Run("silenceper", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if silenceper(v, body) == nil {
				b.Fatal("not opened")
			}
		}
	})
}

// silenceper is the same work with the library's functions.
func silenceper(v vector, body []byte) []byte {
	var e struct {
		Encrypt string `xml:"Encrypt"`
	}
	if xml.Unmarshal(body, &e) != nil || util.Signature(v.token, v.timestamp, v.nonce, e.Encrypt) != v.signature {
		return nil
	}
	_, plain, err := util.DecryptMsg(v.receiver, e.Encrypt, v.key)
	if err != nil {
		return nil
	}
	var in wanted
	if xml.Unmarshal(plain, &in) != nil {
		return nil
	}
	type cd struct {
		S string `xml:",cdata"`
	}
	reply, err := xml.Marshal(struct {
		XMLName                                    xml.Name `xml:"xml"`
		ToUserName, FromUserName, MsgType, Content cd
		CreateTime                                 int64
	}{ToUserName: cd{in.From}, FromUserName: cd{in.To}, MsgType: cd{"text"}, Content: cd{"已签到：消防培训"}, CreateTime: 1})
	if err != nil {
		return nil
	}
	enc, err := util.EncryptMsg([]byte("0123456789abcdef"), reply, v.receiver, v.key)
	if err != nil {
		return nil
	}
	out, _ := xml.Marshal(struct {
		XMLName                      xml.Name `xml:"xml"`
		Encrypt, MsgSignature, Nonce cd
		TimeStamp                    int64
	}{Encrypt: cd{string(enc)}, MsgSignature: cd{util.Signature(v.token, "1", v.nonce, string(enc))}, Nonce: cd{v.nonce}, TimeStamp: 1})
	return out
}

// BenchmarkForged is goal P6: a forgery against an opened callback.
func BenchmarkForged(b *testing.B) {
	c, query, body := benchCallback()
	q, _ := parseQuery(strings.Replace(query, "msg_signature=4", "msg_signature=5", 1))
	good, _ := parseQuery(query)
	b.Run("forged", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := c.openMessage(q, body); err == nil {
				b.Fatal("opened")
			}
		}
	})
	b.Run("opened", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := c.openMessage(good, body); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkEcho is goal P4: the whole handler behind a real listener against a bare net/http echo of
// the same bodies.
func BenchmarkEcho(b *testing.B) {
	c, query, body := benchCallback()
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x, _ := io.ReadAll(r.Body)
		_, _ = w.Write(x)
	})
	for name, h := range map[string]http.Handler{"ours": c, "bare": bare} {
		b.Run(name, func(b *testing.B) {
			srv := httptest.NewServer(h)
			defer srv.Close()
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32, DialContext: (&net.Dialer{}).DialContext}}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					resp, err := client.Post(srv.URL+"/?"+query, "text/xml", bytes.NewReader(body))
					if err != nil {
						b.Error(err)
						return
					}
					n, _ := io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					if resp.StatusCode != 200 || n == 0 {
						b.Errorf("%d, %d bytes", resp.StatusCode, n)
						return
					}
				}
			})
		})
	}
}
