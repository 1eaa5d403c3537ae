package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// TestPeer has WeCom played by the platform's own packages for Node (see peer/wecom.js), so that a
// mistake made on both sides of ours cannot hide. Run "npm ci" in the folder peer first.
func TestPeer(t *testing.T) {
	missing := t.Skip
	if os.Getenv("TEST_REQUIRE_SERVICES") == "1" {
		missing = t.Fatal
	}
	if _, err := exec.LookPath("node"); err != nil {
		missing("the peer test needs node")
	}
	if _, err := os.Stat(filepath.Join("peer", "node_modules", "@wecom", "crypto")); err != nil {
		missing("the peer test needs its packages: run npm ci in bot/wecom/peer")
	}
	r := newRig(t, wecomtest.Options{}, nil)
	r.desk.Answers(func(_ context.Context, m chat.Message) (chat.Reply, error) {
		if m.Press != nil {
			return chat.Reply{Settle: &domain.Card{Title: "培训计划", Settled: "已由周国平同意"}}, nil
		}
		return chat.Reply{Body: domain.Say(m.Text)}, nil
	})
	orders, err := json.Marshal(map[string]any{
		"url": r.callbackURL, "token": r.cfg.Token, "key": r.cfg.EncodingAESKey, "corp": r.cfg.CorpID, "agent": r.cfg.AgentID,
		"now": r.fake.Now().Unix(), "echo": "1616140317555161061", "text": "签到 8421 😀 ", "task": "d-1@x_y", "line": "同意 P7 v2",
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "wecom.js")
	cmd.Dir = "peer"
	cmd.Stdin = bytes.NewReader(orders)
	var faults bytes.Buffer
	cmd.Stderr = &faults
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &faults)
	}
	var got, want any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(`{
		"echo": {"status": 200, "body": "1616140317555161061"},
		"lengths": 70,
		"press": {"status": 200, "verified": true, "agree": true, "kind": "update_template_card", "to": "ZhangSan", "content": "",
			"task": "d-1@x_y", "replace": "已由周国平同意"},
		"foreign": {"status": 403, "body": ""},
		"tampered": {"status": 403, "body": ""}
	}`), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m := r.desk.Last(); m.Text != "同意 P7 v2" || m.Press == nil || m.Press.Delivery != "d-1@x_y" || m.Press.UpdateToken != "rc" {
		t.Errorf("%+v", m)
	}
}
