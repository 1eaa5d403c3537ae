package dingtalk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"trainingbot/domain"
)

func approval() domain.Card {
	return domain.Card{
		Title: "培训计划待审批", Subtitle: "2026 年 12 月", Text: "请在 12 月 30 日前处理",
		Facts:   []domain.Fact{{Label: "提交人", Value: "张三"}, {Label: "场次", Value: "12 场"}},
		Buttons: []domain.Button{{Label: "同意", Line: "同意 P7 v2", Style: domain.Primary}, {Label: "驳回", Line: "驳回 P7 v2", Style: domain.Danger}, {Label: "看全文", Line: "计划 P7"}},
	}
}

func TestOwnFields(t *testing.T) {
	got, err := cardFields(ownForm, approval())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"title": "培训计划待审批", "lastMessage": "培训计划待审批", "subtitle": "2026 年 12 月", "text": "请在 12 月 30 日前处理", "status": "",
		"facts": "- 提交人：张三\n- 场次：12 场",
		"b1":    "同意", "l1": "同意 P7 v2", "b2": "驳回", "l2": "驳回 P7 v2", "b3": "看全文", "l3": "计划 P7",
		"b4": "", "l4": "", "b5": "", "l5": "", "b6": "", "l6": "",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	settled := approval()
	settled.Settled = "已由周国平同意"
	got, _ = cardFields(ownForm, settled)
	if got["status"] != "已由周国平同意" || got["b1"] != "" || got["l1"] != "" {
		t.Errorf("settled: %v", got)
	}
}

func TestPublicFields(t *testing.T) {
	got, err := cardFields(publicForm, approval())
	if err != nil {
		t.Fatal(err)
	}
	var full struct {
		Order   []string
		Buttons []publicButton `json:"msgButtons"`
	}
	if err := json.Unmarshal([]byte(got["sys_full_json_obj"]), &full); err != nil {
		t.Fatal(err)
	}
	if len(full.Buttons) != 3 || full.Buttons[0].Color != "blue" || full.Buttons[1].Color != "red" || full.Buttons[2].Color != "gray" || !full.Buttons[0].Request || full.Order[2] != "msgButtons" {
		t.Errorf("%+v", full)
	}
	if line, ok := lineOf(full.Buttons[1].ID); !ok || line != "驳回 P7 v2" {
		t.Errorf("the button says %q", line)
	}
	if got["msgTitle"] != "培训计划待审批" || got["staticMsgContent"] != "**2026 年 12 月**\n\n- 提交人：张三\n- 场次：12 场\n\n请在 12 月 30 日前处理" {
		t.Errorf("%v", got)
	}
	settled := approval()
	settled.Settled = "已由周国平同意"
	got, _ = cardFields(publicForm, settled)
	if strings.Contains(got["sys_full_json_obj"], "msgButtons") || !strings.HasSuffix(got["staticMsgContent"], "**已由周国平同意**") {
		t.Errorf("settled: %v", got)
	}
}

// TestNothingOutgrowsTheCard: whatever a card holds, no variable is above 1 KB, every button is on the card
// or in its text, and names stay names.
func TestNothingOutgrowsTheCard(t *testing.T) {
	names := []string{"[x](http://evil.example)", "![x](http://e/x.png)", "# 标题", "**粗**", "<font color=red>x</font>", "`x`", "\x00\u202Ex", strings.Repeat("长", 400), strings.Repeat("😀", 400), "a\nb", "\xff"}
	for _, name := range names {
		for n := 1; n <= 9; n++ {
			c := domain.Card{Title: name, Subtitle: name, Text: name, Facts: []domain.Fact{{Label: "姓名", Value: name}}}
			for i := range n {
				c.Buttons = append(c.Buttons, domain.Button{Label: name, Line: fmt.Sprintf("换人 S%d 林晓 因为要参加公司的消防演练", i)})
			}
			for _, as := range []form{ownForm, publicForm} {
				got, err := cardFields(as, c)
				if err != nil {
					t.Fatalf("%q %d %s: %v", name, n, as, err)
				}
				all := ""
				for k, v := range got {
					if len(v) > maxValue || !utf8.ValidString(v) {
						t.Fatalf("%.20q %d %s: %s has %d bytes", name, n, as, k, len(v))
					}
					all += v + "\n"
				}
				marked := got["staticMsgContent"] + got["facts"] + got["text"] // the others are shown as they are
				if strings.ContainsAny(all, "\x00\u202E") || strings.Contains(marked, "](") || strings.Contains(marked, "<font") || strings.Contains(marked, "`") {
					t.Fatalf("%.20q becomes markup: %.200q", name, marked)
				}
				for i, b := range c.Buttons {
					if !strings.Contains(all, b.Line) && !strings.Contains(all, buttonID(b.Line)) {
						t.Fatalf("%.20q %s: button %d of %d is nowhere", name, as, i, n)
					}
				}
			}
		}
	}
	for _, line := range []string{"", strings.Repeat("x", 1001), "a\x00"} {
		if _, err := cardFields(ownForm, domain.Card{Title: "x", Buttons: []domain.Button{{Label: "x", Line: line}}}); err == nil {
			t.Errorf("the line %.10q is taken", line)
		}
	}
}

// TestSayLink: what the client sends for a press is the line, blanks aside.
func TestSayLink(t *testing.T) {
	u, err := url.Parse(sayLink("同意 P7 v2 100%&+"))
	if err != nil || u.Scheme != "dtmd" || u.Host != "dingtalkclient" || u.Path != "/sendMessage" || strings.Contains(u.RawQuery, "+") {
		t.Fatal(u, err)
	}
	if got := u.Query().Get("content"); got != "同意\u3000P7\u3000v2\u3000100%&+" {
		t.Errorf("%q", got)
	}
}
