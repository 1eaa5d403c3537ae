package wecom

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// hostile are names people gave themselves, or could.
var hostile = func() []string {
	base := []string{
		`]](http://evil.example)`, `[x](http://evil.example)`, `<a href="http://evil.example">点我</a>`, `<A HREF='http://evil.example'>x</A>`,
		"<a\nhref=http://evil.example>x</a>", "<a\u200Bhref=http://evil.example>x</a>", "<\u200Ba href=http://evil.example>x</a>", "<\x00a href=\"http://evil.example\">x</a>",
		`<font color="warning">x</font>`, `<@all>`, `@all`, `<@zhangsan>`, `]]>`, `]]>]]>`, `]]]]>>`, `<![CDATA[x`, `</Content><MsgType>event</MsgType>`,
		`</xml>`, `<!DOCTYPE x>`, `&lt;a&gt;`, `&#60;a&#62;`, `&amp;amp;`, "a\nb", "a\r\nb", "a\tb", "\u202Egnp.exe", "\u2066x\u2069", "张\u200B三", "\uFEFF张三", "\u2028x\u2029",
		"\x00", "\x08\x1b[31m", "\xff\xfe", "\xed\xa0\x80", strings.Repeat("😀", 1000), strings.Repeat("👨‍👩‍👧", 300), strings.Repeat("é", 500), `\u003c`, `\\u0000`, `"`, `{"a":1}`, `${x}`, `{{.}}`, `%s%n%d`,
		`'; DROP TABLE x;--`, `|`, `a|b`, ` `, "\u00A0", "\u3000", strings.Repeat("长", 3000), strings.Repeat("x", 5000),
	}
	out := base
	for _, b := range base {
		out = append(out, "张"+b+"三", b+b, "  "+b, b+"\n"+b, "<"+b, b+">")
	}
	return out
}()

// TestHostileNames: whatever a person is called, others see it as text: no link, no further element,
// nothing the platform would refuse or cut unsaid.
func TestHostileNames(t *testing.T) {
	if len(hostile) < 300 {
		t.Fatalf("%d names", len(hostile))
	}
	r := newRig(t, wecomtest.Options{}, nil)
	for i, name := range hostile {
		r.fake.Advance(time.Hour)
		fact := domain.Fact{Label: "姓名", Value: name}
		card := domain.Card{Title: name, Subtitle: name, Text: name, Facts: []domain.Fact{fact, {Label: name, Value: "x"}}, Buttons: []domain.Button{{Label: name, Line: "同意"}}}
		r.desk.Answers(func(_ context.Context, m chat.Message) (chat.Reply, error) {
			if m.Press == nil {
				return chat.Reply{Body: domain.Say("好，" + name)}, nil
			}
			settled := card
			settled.Settled = "已由" + name + "同意"
			return chat.Reply{Settle: &settled}, nil
		})
		if _, err := r.platform.Send(ctx, text(fmt.Sprint("t", i), "提醒 "+name, "lisi")); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		task := fmt.Sprint("c", i)
		if _, err := r.platform.Send(ctx, chat.Outgoing{ID: task, To: []string{"lisi"}, Body: domain.Body{Text: name, Card: &card}}); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if a := r.fake.UserSends("lisi", strings.ToValidUTF8(name, "?")+"."); a.Err != nil || !strings.HasPrefix(a.Text, "好，") {
			t.Fatalf("%q: %+v", name, a)
		}
		if got := r.desk.Last().Text; strings.ContainsAny(got, "\x00\x08\x1b\u202e\u2028\u200b") {
			t.Errorf("%q is heard as %q", name, got)
		}
		if a := r.fake.Click("lisi", task, "同意"); a.Err != nil || a.Card == nil || a.Card.State != wecomtest.Settled {
			t.Fatalf("%q: %+v", name, a)
		}
	}
	for _, s := range r.fake.Inbox("lisi") {
		if s.Own {
			continue
		}
		if len(s.Links) > 0 {
			t.Errorf("a link: %+v", s)
		}
		if strings.ContainsAny(s.Text, "\x00\x08\x1b\u202e\u2028\u200b") || len(s.Text) > maxText {
			t.Errorf("shown: %q", s.Text)
		}
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}
