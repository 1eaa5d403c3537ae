package wecom

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"trainingbot/bot/wecom/wecomtest"

	"trainingbot/bot/link/linktest"
)

func TestSizesAndMethods(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	q := "msg_signature=0&timestamp=1&nonce=1"
	for _, row := range []struct {
		name, method string
		body         io.Reader
		want         int
	}{
		{"64 KiB", http.MethodPost, strings.NewReader(strings.Repeat("x", 64<<10)), 403},
		{"a byte more", http.MethodPost, strings.NewReader(strings.Repeat("x", 64<<10+1)), 413},
		{"without end, in chunks", http.MethodPost, io.LimitReader(endless{}, 1<<30), 413},
		{"PUT", http.MethodPut, nil, 405},
		{"HEAD", http.MethodHead, nil, 405},
	} {
		w := httptest.NewRecorder()
		r.callback.ServeHTTP(w, httptest.NewRequest(row.method, "/?"+q, row.body))
		if w.Code != row.want || w.Body.Len() != 0 {
			t.Errorf("%s: %d %q", row.name, w.Code, w.Body)
		}
	}
	w := aborted(func(w http.ResponseWriter) {
		req := httptest.NewRequest(http.MethodPost, "/?"+q, strings.NewReader("short"))
		req.ContentLength = 100
		r.callback.ServeHTTP(w, req)
	})
	if !w {
		t.Error("a body that ends early is answered")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// aborted says whether a handler cut the connection.
func aborted(f func(http.ResponseWriter)) (cut bool) {
	defer func() {
		if p := recover(); p != nil {
			err, ok := p.(error)
			cut = ok && errors.Is(err, http.ErrAbortHandler)
		}
	}()
	f(httptest.NewRecorder())
	return false
}

func TestKeysBeingChanged(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, func(c *Config) {
		c.OldToken, c.OldEncodingAESKey = c.Token, c.EncodingAESKey
		c.Token, c.EncodingAESKey = "NewToken", vectors[2].key
	})
	r.desk.Answers(linktest.Says("好"))
	if a := r.fake.UserSends("lisi", "hi"); a.Text != "好" {
		t.Errorf("under the old pair: %+v", a)
	}
	if err := r.fake.VerifyURL(); err != nil {
		t.Error(err)
	}
}
