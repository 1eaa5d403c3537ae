package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// office is a scripted office: it answers a few words and reminds at set instants, so that the
// page can be tried without the bot.
type office struct {
	clock *Clock
	wire  *Wire
	page  *Page

	mu    sync.Mutex
	inbox map[string][]Message
	due   []Coming
	told  int
	facts Facts
	n     int
	ticks []time.Time
	deaf  bool // the platform does not take lines
}

func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

// newOffice opens the office at start; the real time it measures by is base.
func newOffice(t testing.TB, start time.Time, base func() time.Time) *office {
	t.Helper()
	clock := NewClock(base, start)
	o := &office{clock: clock, wire: NewWire(clock), inbox: map[string][]Message{}}
	o.facts.Class = &Class{Code: "S3", Title: "服务意识（业主识别）、客服人员岗位职责", Room: "中控会议室", Lecturer: "王芳",
		Start: at("2026-11-24 15:00"), State: "planned", Expected: 9}
	for _, d := range []struct{ at, clause, text, to string }{
		{"2026-11-24 17:00", "5.3", "明天 15:00 业户投诉处理流程及回复", "李娜 张伟 吴倩 高翔"},
		{"2026-11-25 09:00", "5.1.2", "2026年12月培训计划今天截止", "王芳"},
		{"2026-11-25 17:00", "5.1.2", "2026年12月培训计划还有 7 小时截止", "王芳"},
		{"2026-12-01 09:00", "5.4.2", "11月培训考核窗口今天打开", "王芳 李娜"},
		{"2026-12-10 09:00", "5.1.2", "2027年度培训计划今天截止", "王芳"},
		{"2026-12-20 09:00", "5.1.3", "2027年度培训计划今天审批截止", "周国平"},
		{"2026-12-25 09:00", "5.1.2", "2027年1月培训计划今天截止", "王芳"},
	} {
		o.due = append(o.due, Coming{At: at(d.at), Clause: d.clause, Text: d.text, To: strings.Fields(d.to)})
	}
	p, err := New(World{
		Office: "翠湖管理处", Zone: shanghai, Clock: clock, Phones: o, Since: start.Add(-24 * time.Hour), Wire: o.wire,
		Cast: []string{"lina", "wangfang", "zhouguoping"},
		People: []Person{
			{User: "lina", Name: "李娜", Roles: []string{"学员"}, Shift: "早班"}, {User: "wangfang", Name: "王芳", Roles: []string{"主管"}},
			{User: "zhouguoping", Name: "周国平", Roles: []string{"主任"}}, {User: "zhangwei", Name: "张伟", Roles: []string{"学员"}, Shift: "中班"},
			{User: "chenjing", Name: "陈静", Roles: []string{"教练"}}, {User: "sunwei", Name: "孙伟", Roles: []string{"安全主管"}},
		},
		Tick:     o.tick,
		Upcoming: o.upcoming,
		Facts: func(context.Context, time.Time) (Facts, error) {
			o.mu.Lock()
			defer o.mu.Unlock()
			f := o.facts
			if f.Class != nil {
				c := *f.Class
				f.Class = &c
			}
			f.Plans = slices.Clone(f.Plans)
			return f, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	o.page = p
	clock.Run()
	return o
}

func (o *office) upcoming(_ context.Context, from, to time.Time) (out []Coming, err error) {
	for _, c := range o.due {
		if c.At.After(from) && !c.At.After(to) {
			out = append(out, c)
		}
	}
	return out, nil
}

// tick puts what has become due on the phones.
func (o *office) tick(_ context.Context, now time.Time) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ticks = append(o.ticks, now)
	for o.told < len(o.due) && !o.due[o.told].At.After(now) {
		d := o.due[o.told]
		o.told++
		for _, p := range o.page.w.People {
			if slices.Contains(d.To, p.Name) {
				o.put(p.User, Message{Text: d.text()})
			}
		}
	}
	return nil
}

func (c Coming) text() string {
	return c.Text + "。\n规程 " + c.Clause + "。回「为什么」看算法。"
}

// put shows m on a phone; the caller holds mu.
func (o *office) put(user string, m Message) string {
	o.n++
	m.ID, m.At = fmt.Sprintf("m%d", o.n), o.clock.Now()
	o.inbox[user] = append(o.inbox[user], m)
	o.page.Changed()
	return m.ID
}

func (o *office) Inbox(user string) []Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.inbox[user])
}

func (o *office) Say(ctx context.Context, user, text string) error {
	if o.deaf {
		return fmt.Errorf("platform: 502")
	}
	h := o.wire.Callback(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), nil)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "POST", "/wecom/callback?msg_signature=ba2f9a0c5f0d&timestamp=1795503000&nonce=83121",
		strings.NewReader("<xml><ToUserName><![CDATA[wwdemo]]></ToUserName><Encrypt><![CDATA["+strings.Repeat("kqY8v0m3Tz", 40)+"]]></Encrypt></xml>")))
	o.mu.Lock()
	defer o.mu.Unlock()
	o.put(user, Message{Mine: true, Text: text})
	switch {
	case text == "开课":
		o.facts.Class.State, o.facts.Class.Pass = "open", "4827"
		o.put(user, Message{Text: "签到开放：S3 服务意识（业主识别）、客服人员岗位职责\n口令 4827，15:00 后算迟到。应到 9 人。"})
	case text == "签到 4827":
		o.facts.CheckedIn, o.facts.Class.Present = true, append(o.facts.Class.Present, user)
		o.put(user, Message{Text: "签到成功 " + o.clock.Now().In(shanghai).Format("15:04") + "，服务意识（业主识别）。第 1 位。"})
	case text == "拟计划":
		o.facts.Plans = []Plan{{Period: "2026-12", State: "draft", Since: o.clock.Now()}}
		o.put(user, Message{Text: "2026年12月培训计划 草稿 v1，共 11 场\n12-02 周三 15:00 服务意识＋岗位职责　王芳　依据 4.2.1\n12-04 周五 15:00 业户投诉处理流程及回复　陈静　依据 4.2.2\n12-09 周三 15:00 服务意识＋岗位职责　王芳　依据 4.2.1\n12-15 周二 16:00 消防：灭火器的使用　孙伟　依据 4.4\n…\n缺口 0。说「报计划」送周国平审批。"})
	case text == "报计划":
		o.facts.Plans[0].State = "submitted"
		o.put(user, Message{Text: "已上报 P2 v1，11 场。待周国平审批，截止 11月30日(周一)。按时。"})
		o.put("zhouguoping", approval())
	default:
		o.put(user, Message{Text: "没听懂「" + text + "」。说「帮助」看我会什么。"})
	}
	return nil
}

func approval() Message {
	return Message{Card: &Card{Title: "2026年12月培训计划 待审批", Subtitle: "P2 v1 · 王芳上报 · 规程 5.1.4",
		Facts: []Fact{{"场次", "11 场，22 个主题"}, {"覆盖", "12 人，缺口 0"}, {"消防", "1 场（四季度）"}, {"截止", "11月30日 周一"}},
		Buttons: []Button{{Key: "同意 P2 v1", Label: "同意", Style: "primary"}, {Key: "驳回 P2 v1", Label: "驳回", Style: "danger"},
			{Key: "计划 P2 v1", Label: "看全文"}}}}
}

func (o *office) Press(_ context.Context, user, message, key string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, m := range o.inbox[user] {
		if m.ID != message || m.Card == nil {
			continue
		}
		c := *m.Card
		c.Buttons, c.Settled = nil, "已由周国平同意 · "+o.clock.Now().In(shanghai).Format("01-02 15:04")
		o.inbox[user][i].Card = &c
		o.facts.Plans[0].State, o.facts.Plans[0].Since = "approved", o.clock.Now()
		o.put("wangfang", Message{Text: "P2 v1 已批准：周国平 " + o.clock.Now().In(shanghai).Format("01-02 15:04") + "，按时。11 场已排入课表。"})
		o.page.Changed()
		return nil
	}
	return fmt.Errorf("no card %q", message)
}
