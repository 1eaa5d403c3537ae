package wecom

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/link/linktest"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// call is one delivery of a message to a callback, made by hand so that it runs on the fake clock
// of synctest.
type call struct {
	status int
	body   string
	cut    bool
}

// post seals a text message with the given number and has the callback answer it.
func post(ctx context.Context, c *Callback, v vector, msgID string) call {
	codec, _ := NewCodec(v.token, v.key, v.receiver)
	plain := "<xml><ToUserName>" + v.receiver + "</ToUserName><FromUserName>ZhangSan</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>hi</Content><MsgId>" + msgID + "</MsgId></xml>"
	v.encrypt = string(codec.encrypt([]byte(plain)))
	v.signature = codec.Sign(v.timestamp, v.nonce, v.encrypt)
	w := httptest.NewRecorder()
	var out call
	out.cut = aborted(func(http.ResponseWriter) {
		req := httptest.NewRequest(http.MethodPost, "/?"+v.query(), bytes.NewReader(v.body())).WithContext(ctx)
		c.ServeHTTP(w, req)
	})
	out.status = w.Code
	if w.Body.Len() > 0 {
		reply, err := codec.decrypt([]byte(textBetween(w.Body.String(), "Encrypt")))
		if err != nil {
			panic(err)
		}
		out.body = textBetween(string(reply), "Content")
	}
	return out
}

func textBetween(doc, name string) string {
	_, rest, _ := strings.Cut(doc, "<"+name+"><![CDATA[")
	value, _, _ := strings.Cut(rest, "]]></"+name+">")
	return value
}

func flightCallback(d *linktest.Desk, change func(*Config)) (*Callback, vector) {
	v := vectors[0]
	cfg := Config{CorpID: v.receiver, AgentID: 218, Token: v.token, EncodingAESKey: v.key, Freshness: -1}
	if change != nil {
		change(&cfg)
	}
	return NewCallback(cfg, d, time.Now, quiet()), v // the clock of the bubble
}

// TestLateAnswer: the platform is cut off at 4 s; nobody asks again; the answer is pushed when ready.
func TestLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := linktest.NewDesk(func(ctx context.Context, _ chat.Message) (chat.Reply, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Error("the work has no deadline")
			}
			time.Sleep(6 * time.Second) // the bubble's clock
			return chat.Reply{Body: domain.Say("好")}, ctx.Err()
		})
		c, v := flightCallback(d, nil)
		start := time.Now()
		ctx, hangUp := context.WithCancel(context.Background())
		got := post(ctx, c, v, "1")
		hangUp() // the connection is gone with the abort; the work goes on
		if took := time.Since(start); !got.cut || took != 4*time.Second {
			t.Errorf("%+v after %v", got, took)
		}
		if _, pushed := d.Counts(); pushed != 0 {
			t.Error("pushed before the answer is there")
		}
		if err := c.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		if handled, pushed := d.Counts(); handled != 1 || pushed != 1 || time.Since(start) != 6*time.Second {
			t.Errorf("%d handled, %d pushed after %v", handled, pushed, time.Since(start))
		}
	})
}

// TestRedeliveryFindsTheFirstAtWork: it waits for the same run, is answered, and nothing is pushed.
func TestRedeliveryFindsTheFirstAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := linktest.NewDesk(func(context.Context, chat.Message) (chat.Reply, error) {
			time.Sleep(6 * time.Second)
			return chat.Reply{Body: domain.Say("好")}, nil
		})
		c, v := flightCallback(d, nil)
		if got := post(context.Background(), c, v, "1"); !got.cut {
			t.Errorf("first: %+v", got)
		}
		if got := post(context.Background(), c, v, "1"); got.body != "好" {
			t.Errorf("second: %+v", got)
		}
		_ = c.Wait(context.Background())
		if handled, pushed := d.Counts(); handled != 1 || pushed != 0 {
			t.Errorf("%d handled, %d pushed", handled, pushed)
		}
		// Afterwards a copy is a call of its own; the handler knows the message.
		if got := post(context.Background(), c, v, "1"); !got.cut {
			t.Errorf("third: %+v", got)
		}
		_ = c.Wait(context.Background())
		if handled, _ := d.Counts(); handled != 2 {
			t.Errorf("%d handled", handled)
		}
	})
}

// TestPlatformHangsUp: the connection breaks while the handler works; the answer is pushed.
func TestPlatformHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := linktest.NewDesk(func(ctx context.Context, _ chat.Message) (chat.Reply, error) {
			time.Sleep(2 * time.Second)
			return chat.Reply{Body: domain.Say("好")}, ctx.Err()
		})
		c, v := flightCallback(d, nil)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if got := post(ctx, c, v, "1"); !got.cut {
			t.Errorf("%+v", got)
		}
		_ = c.Wait(context.Background())
		if _, pushed := d.Counts(); pushed != 1 {
			t.Errorf("%d pushed", pushed)
		}
	})
}

// TestHandlerFails: nothing is kept, so the connection is cut and nothing is pushed.
func TestHandlerFails(t *testing.T) {
	for _, row := range []struct {
		name   string
		handle func(context.Context, chat.Message) (chat.Reply, error)
	}{
		{"error", func(context.Context, chat.Message) (chat.Reply, error) { return chat.Reply{}, linktest.ErrStore }},
		{"late error", func(context.Context, chat.Message) (chat.Reply, error) {
			time.Sleep(6 * time.Second)
			return chat.Reply{Body: domain.Say("好")}, linktest.ErrStore
		}},
		{"panic", func(context.Context, chat.Message) (chat.Reply, error) { panic("x") }},
		{"deadline of the work", func(ctx context.Context, _ chat.Message) (chat.Reply, error) {
			<-ctx.Done()
			return chat.Reply{Body: domain.Say("好")}, ctx.Err()
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := linktest.NewDesk(row.handle)
				c, v := flightCallback(d, nil)
				if got := post(context.Background(), c, v, "1"); !got.cut {
					t.Errorf("%+v", got)
				}
				_ = c.Wait(context.Background())
				if handled, pushed := d.Counts(); handled != 1 || pushed != 0 {
					t.Errorf("%d handled, %d pushed", handled, pushed)
				}
			})
		})
	}
}

func TestTooManyInWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := linktest.NewDesk(func(context.Context, chat.Message) (chat.Reply, error) {
			time.Sleep(time.Second)
			return chat.Reply{Body: domain.Say("好")}, nil
		})
		c, v := flightCallback(d, func(cfg *Config) { cfg.MaxInFlight = 2 })
		var wg sync.WaitGroup
		for _, id := range []string{"1", "2"} {
			wg.Go(func() {
				if got := post(context.Background(), c, v, id); got.body != "好" {
					t.Errorf("%s: %+v", id, got)
				}
			})
		}
		synctest.Wait()
		if got := post(context.Background(), c, v, "3"); !got.cut {
			t.Errorf("third: %+v", got)
		}
		if got := post(context.Background(), c, v, "1"); got.body != "好" { // a copy takes no place
			t.Errorf("copy: %+v", got)
		}
		wg.Wait()
		if got := post(context.Background(), c, v, "3"); got.body != "好" {
			t.Errorf("afterwards: %+v", got)
		}
	})
}

// TestParallelCopies: 200 copies at once over real connections; all get the same answer.
func TestParallelCopies(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.MaxInFlight = 1 })
	var effects atomic.Int32
	var seen sync.Map
	r.desk.Answers(func(_ context.Context, m chat.Message) (chat.Reply, error) {
		if _, again := seen.LoadOrStore(m.ID, true); !again { // the handler's inbox
			effects.Add(1)
		}
		return chat.Reply{Body: domain.Say("好")}, nil
	})
	r.fake.SetRedelivery(wecomtest.Redelivery{Parallel: 200})
	a := r.fake.UserSends("lisi", "hi")
	if len(a.Attempts) != 200 {
		t.Fatalf("%d attempts", len(a.Attempts))
	}
	for _, at := range a.Attempts {
		if at.Err != nil || at.Status != 200 || at.Text != "好" {
			t.Errorf("%+v", at)
		}
	}
	if effects.Load() != 1 {
		t.Errorf("%d effects", effects.Load())
	}
}

// TestRedelivered over real connections, under both readings of the documents.
func TestRedelivered(t *testing.T) {
	for _, onlyNetwork := range []bool{false, true} {
		r := newRig(t, wecomtest.Options{}, nil)
		r.fake.SetRedelivery(wecomtest.Redelivery{OnlyNetwork: onlyNetwork, Again: 1})
		var calls atomic.Int32
		r.desk.Answers(func(context.Context, chat.Message) (chat.Reply, error) {
			if calls.Add(1) <= 2 {
				return chat.Reply{}, linktest.ErrStore
			}
			return chat.Reply{Body: domain.Say("好")}, nil
		})
		a := r.fake.UserSends("lisi", "hi")
		if a.Err != nil || a.Text != "好" || len(a.Attempts) != 4 || a.Attempts[0].Status != 0 || a.Attempts[3].Text != "好" {
			t.Errorf("%+v", a)
		}
		first := r.desk.Handled()[0].ID
		for _, m := range r.desk.Handled() {
			if m.ID != first {
				t.Errorf("redelivered as %s, first %s", m.ID, first)
			}
		}
	}
}
