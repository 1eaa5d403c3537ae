package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/storage/storagetest"
)

// onBoth runs a test on a world of either database, staffed and at 24 November 2026, 10:00.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	for _, dialect := range []string{"postgres", "sqlite"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, storagetest.URL(t, dialect))
			for _, do := range []func() error{
				func() error { return w.importStaff("stories/翠湖管理处.staff") },
				func() error { return w.since("2026-11-24") },
				func() error { return w.runUntil(time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)) },
			} {
				if err := do(); err != nil {
					t.Fatal(err)
				}
			}
			test(t, w)
		})
	}
}

// rows counts what a callback can leave behind.
func (w *world) rows() (n int) {
	w.t.Helper()
	err := w.apps[0].Store().Stats().Get(&n, `SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM audit) + (SELECT COUNT(*) FROM plan) + (SELECT COUNT(*) FROM outbox)`)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *world) post(query string, body []byte) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.doors[0].URL+"/wecom/callback?"+query, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.doors[0].Client().Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(text)
}

func plain(corp, user, id, text string, agent int64) string {
	return fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>1764000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>%s</MsgId><AgentID>%d</AgentID></xml>", corp, user, text, id, agent)
}

// What was not sent by our platform for our app is refused alike and leaves nothing behind; what
// was sent but is malformed is not kept either.
func TestForgedCallbacksLeaveNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		set := w.wecom.Settings()
		good := plain(set.CorpID, "wangfang", "77", "拟计划", set.AgentID)
		query, sealed := w.wecom.Seal(good, set.CorpID)
		before := w.rows()
		swap := func(in []byte, a, b string) []byte { return bytes.Replace(in, []byte(a), []byte(b), 1) }
		foreign := func(plain string) (string, []byte) { return w.wecom.Seal(plain, "wwanothercorp") }
		fq, fb := foreign(good)
		iq, ib := w.wecom.Seal(plain("wwanothercorp", "wangfang", "78", "拟计划", set.AgentID), set.CorpID)
		aq, ab := w.wecom.Seal(plain(set.CorpID, "wangfang", "79", "拟计划", set.AgentID+1), set.CorpID)
		mq, mb := w.wecom.Seal("<xml><ToUserName>"+set.CorpID, set.CorpID)
		dq, db := w.wecom.Seal(`<!DOCTYPE x [<!ENTITY a "aaaa">]>`+good, set.CorpID)
		for _, row := range []struct {
			name, query string
			body        []byte
			status      int
		}{
			{"no signature", "", sealed, 403},
			{"wrong signature", strings.Replace(query, "msg_signature=", "msg_signature=0", 1), sealed, 403},
			{"upper-case signature", strings.ToUpper(query[:60]) + query[60:], sealed, 403},
			{"another nonce", query + "1", sealed, 403},
			{"ciphertext changed", query, swap(sealed, "<Encrypt><![CDATA[", "<Encrypt><![CDATA[A"), 403},
			{"foreign corp, rightly signed", fq, fb, 403},
			{"foreign corp inside", iq, ib, 403},
			{"another app inside", aq, ab, 403},
			{"body cut short", query, sealed[:len(sealed)/2], 403},
			{"empty", query, nil, 403},
			{"not XML", query, []byte("{}"), 403},
			{"oversized", query, bytes.Repeat([]byte("x"), 1<<20), 413},
			{"inside cut short", mq, mb, 403},
			{"a document type", dq, db, 403},
		} {
			status, body := w.post(row.query, row.body)
			if status != row.status || strings.TrimSpace(body) != "" {
				t.Errorf("%s: %d %q, want %d and nothing", row.name, status, body, row.status)
			}
		}
		if after := w.rows(); after != before {
			t.Errorf("%d rows before, %d after", before, after)
		}
		// The same message rightly sent is taken: the test above could have failed.
		if status, _ := w.post(query, sealed); status != 200 || w.rows() == before {
			t.Errorf("the good one: %d, rows %d", status, w.rows())
		}
		// And replayed an hour or a day later it changes nothing more.
		kept := w.rows()
		for range 3 {
			w.post(query, sealed)
		}
		if w.rows() != kept {
			t.Errorf("a replay left %d rows behind", w.rows()-kept)
		}
	})
}

// Hostile text is text: it is shown as it was typed, without links, mentions or more XML, and
// every answer says what to do next.
func TestHostileTextIsText(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		if err := w.say("wangfang", "拟计划 2026-12"); err != nil {
			t.Fatal(err)
		}
		for i, s := range []string{
			"]]><Content>x</Content>", "<a href=\"https://evil.example\">点我</a>", "<script>alert(1)</script>", "'; DROP TABLE person; --", "$1 %s %!d(MISSING)",
			"[x](https://evil.example)", "<@all>", "@所有人", "\u202e反过来\u202c", "零\u200b宽", "=HYPERLINK(\"http://evil\")", strings.Repeat("😀", 300), "&lt;b&gt; &amp;", "\\u003c",
		} {
			w.set(w.clock().Add(3 * time.Second))
			if err := w.say("wangfang", fmt.Sprintf("加一场 12-%02d %d:00 %s", 1+i, 8+i%10, s)); err != nil {
				t.Errorf("%q: %v", s, err)
			}
			last := w.wecom.Last("wangfang")
			if len(last.Links) > 0 || strings.TrimSpace(asText(last)) == "" {
				t.Errorf("%q: links %v, text %q", s, last.Links, asText(last))
			}
		}
		for _, s := range []string{"\x00", "签到 \x07", strings.Repeat("啊", 4000), "同意 P99999999999999999999", "改期 S0 32-13 99点", "计划 P-1", "", "   ", "？？？", "拟计划 0000-00", "节假日 9999-99-99 改为休"} {
			w.set(w.clock().Add(3 * time.Second))
			n := len(w.wecom.Inbox("wangfang"))
			if err := w.say("wangfang", s); err != nil {
				t.Errorf("%.20q: %v", s, err)
			}
			if got := w.wecom.Inbox("wangfang"); len(got) < n+2 && strings.TrimSpace(s) != "" {
				t.Errorf("%.20q got no answer", s)
			}
		}
		for _, p := range w.wecom.Problems() {
			t.Error(p)
		}
	})
}

// A stranger, a trainee and a director of nothing get nowhere, and are told where to go.
func TestNobodyActsBeyondTheirRole(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.wecom.AddMember(wecomtest.Member{UserID: "stranger", Name: "生人"})
		for _, do := range []string{"拟计划 2026-12", "报计划"} {
			if err := w.say("wangfang", do); err != nil {
				t.Fatal(err)
			}
		}
		before := w.rows()
		tried := 0
		for _, user := range []string{"stranger", "lina", "ligong", "chenjing"} {
			for _, line := range []string{"同意 P1", "驳回 P1 不行", "报计划", "撤回 P1", "拟计划 2027-01", "加一场 12-20 10点 案例分析", "改期 1 12-20 10点", "取消 1 不想上", "开课 S1", "关课 S1", "准绑 K07 wecom:stranger"} {
				if user == "ligong" && strings.HasPrefix(line, "准绑") {
					continue // the administrator may
				}
				w.set(w.clock().Add(2 * time.Second))
				if err := w.say(user, line); err != nil {
					t.Fatal(err)
				}
				tried++
				if got := w.wecom.Last(user).Text; got == "" || strings.Contains(got, "已批准2026") || strings.Contains(got, "已驳回2026") {
					t.Errorf("%s says %s: %q", user, line, got)
				}
			}
		}
		// Each attempt leaves its message and answer in the inbox and nothing else.
		if after := w.rows(); after != before+tried {
			t.Errorf("%d rows after %d attempts on %d", after, tried, before)
		}
	})
}
