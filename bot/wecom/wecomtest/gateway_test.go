package wecomtest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
)

// botPeer is a running bot of the platform's own SDK (peer/aibot.js), and what it says line by line.
type botPeer struct {
	t    *testing.T
	in   io.WriteCloser
	said chan string
}

func startBotPeer(t *testing.T, g *wecomtest.Gateway, secret string) *botPeer {
	t.Helper()
	missing := t.Skip
	if os.Getenv("TEST_REQUIRE_SERVICES") == "1" {
		missing = t.Fatal
	}
	dir := filepath.Join("..", "peer")
	if _, err := exec.LookPath("node"); err != nil {
		missing("the peer test needs node")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@wecom", "aibot-node-sdk")); err != nil {
		missing("the peer test needs its packages: run npm ci in bot/wecom/peer")
	}
	cmd := exec.CommandContext(t.Context(), "node", "aibot.js")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &botPeer{t, in, make(chan string, 100)}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for s := bufio.NewScanner(out); s.Scan(); {
			p.said <- s.Text()
		}
	}()
	t.Cleanup(func() { _ = in.Close(); <-read; _ = cmd.Wait() })
	orders, _ := json.Marshal(map[string]string{"bot": g.ID(), "secret": secret, "url": g.URL()})
	if _, err := fmt.Fprintf(in, "%s\n", orders); err != nil {
		t.Fatal(err)
	}
	return p
}

// says waits for lines, in order.
func (p *botPeer) says(want ...string) {
	p.t.Helper()
	var got []string
	for range want {
		select {
		case line := <-p.said:
			got = append(got, line)
		case <-time.After(20 * time.Second):
			p.t.Fatalf("said %q and no more, not %q", got, want)
		}
	}
	if !slices.Equal(got, want) {
		p.t.Errorf("said\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestGatewayPeer holds the fake gateway against the platform's own SDK, which shares nothing with it.
func TestGatewayPeer(t *testing.T) {
	g := wecomtest.NewGateway(wecomtest.GatewayOptions{Members: []string{"lisi", "ZhangSan"}})
	t.Cleanup(g.Close)
	p := startBotPeer(t, g, g.Secret())
	p.says(`{"sent":0}`, `{"unsent":{"errcode":40003}}`, `{"unsent":{"errcode":40008}}`, `{"sent":0}`, `{"unsent":{"errcode":42014}}`, `{"ready":true}`)
	if a := g.Say("ZhangSan", "签到 8421 😀"); a.Text != "听到：签到 8421 😀" {
		t.Errorf("%+v", a)
	}
	p.says(`{"heard":"签到 8421 😀","from":"ZhangSan","chat":"single"}`, `{"answered":true}`)
	if a := g.Press("lisi", "T-1", "同意 P7"); a.Card == nil || a.Card.Title != "已处理" {
		t.Errorf("%+v", a)
	}
	p.says(`{"pressed":"同意 P7","task":"T-1"}`, `{"updated":true}`, `{"again":{"errcode":846605}}`)
	if got := g.Inbox("lisi"); len(got) != 2 || got[0].Text != "**你好**" || got[1].Card.Buttons[0].Key != "settled" {
		t.Errorf("%+v", got)
	}
	second := startBotPeer(t, g, g.Secret())
	p.says(`{"evicted":true}`)
	second.says(`{"sent":0}`, `{"unsent":{"errcode":40003}}`, `{"unsent":{"errcode":40008}}`, `{"unsent":{"errcode":42014}}`, `{"unsent":{"errcode":42014}}`, `{"ready":true}`)
	if problems := g.Problems(); len(problems) != 0 {
		t.Error(problems)
	}
}

// TestGatewayRefuses: a wrong secret is no way in.
func TestGatewayRefuses(t *testing.T) {
	g := wecomtest.NewGateway(wecomtest.GatewayOptions{})
	t.Cleanup(g.Close)
	p := startBotPeer(t, g, "wrong")
	select {
	case line := <-p.said:
		if !strings.Contains(line, "Authentication failed") || g.Opened() != 0 {
			t.Error(line)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing was said")
	}
	if a := g.Say("lisi", "x"); a.Err != wecomtest.ErrOffline {
		t.Errorf("%+v", a)
	}
}
