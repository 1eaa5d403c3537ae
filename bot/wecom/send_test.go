package wecom

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

var ctx = context.Background()

func text(id, s string, to ...string) chat.Outgoing {
	return chat.Outgoing{ID: id, To: to, Body: domain.Say(s)}
}

var approval = domain.Card{
	Title: "培训计划待审批", Subtitle: "2026 年 12 月", Text: "请在 12 月 30 日前处理",
	Facts:   []domain.Fact{{Label: "提交人", Value: "张三"}, {Label: "场次", Value: "12 场"}},
	Buttons: []domain.Button{{Label: "同意", Line: "同意 P7 v2", Style: domain.Primary}, {Label: "驳回", Line: "驳回 P7 v2", Style: domain.Danger}, {Label: "看全文", Line: "计划 P7"}},
}

func approvalTo(id string, to ...string) chat.Outgoing {
	return chat.Outgoing{ID: id, To: to, Body: domain.Body{Text: "培训计划待审批", Card: &approval}}
}

// sendFault gives the SendError of an error and fails the test for any other.
func sendFault(t *testing.T, err error) *chat.SendError {
	t.Helper()
	e, ok := chat.AsSendError(err)
	if !ok {
		t.Fatalf("no SendError: %v", err)
	}
	if e.Platform != Name || e.Op == "" || e.Err == nil {
		t.Errorf("incomplete: %+v", e)
	}
	return e
}

func TestSendText(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	got, err := r.platform.Send(ctx, text("d1", "明天 14:00 <消防> & \u2028\"培训\"\x00", "lisi", "ZHANGSAN", "zhangsan"))
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "d1" || got.MessageID == "" || got.UpdateToken != "" || len(got.Failed) != 0 {
		t.Errorf("%+v", got)
	}
	for _, user := range []string{"lisi", "zhangsan"} {
		if in := r.fake.Inbox(user); len(in) != 1 || in[0].Text != "明天 14:00 <消防> & \"培训\"" {
			t.Errorf("%s sees %+v", user, in)
		}
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

func TestSendCard(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	before := r.fake.Now()
	got, err := r.platform.Send(ctx, approvalTo("d2@x_y-z", "wangwu"))
	if err != nil {
		t.Fatal(err)
	}
	if got.UpdateToken == "" || !got.Expires.Equal(before.Add(72*time.Hour)) {
		t.Errorf("%+v", got)
	}
	want := &wecomtest.Card{
		Type: "button_interaction", TaskID: "d2@x_y-z", Title: "培训计划待审批", Desc: "2026 年 12 月", Text: "请在 12 月 30 日前处理",
		Facts:   []wecomtest.Fact{{Label: "提交人", Value: "张三"}, {Label: "场次", Value: "12 场"}},
		Buttons: []wecomtest.Button{{Text: "同意", Key: "同意 P7 v2", Style: 1}, {Text: "驳回", Key: "驳回 P7 v2", Style: 4}, {Text: "看全文", Key: "计划 P7", Style: 2}},
		State:   wecomtest.Live,
	}
	if diff := cmp.Diff(want, r.fake.Last("wangwu").Card); diff != "" {
		t.Error(diff)
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

// TestSameBytes: the platform delivers a request once if its bytes are the same; so they are, however
// the receivers are ordered and whichever process sends.
func TestSameBytes(t *testing.T) {
	for _, mode := range []wecomtest.DuplicateMode{wecomtest.SameAgain, wecomtest.Nothing} {
		r := newRig(t, wecomtest.Options{}, nil)
		r.fake.SetDuplicateMode(mode)
		other, err := New(r.cfg, r.fake.Now)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []chat.Outgoing{text("d1", "hi <b>&amp;", "lisi", "zhangsan", "wangwu"), approvalTo("d2", "zhangsan", "lisi")} {
			r.fake.Fail(pathSend, wecomtest.CutAfter)
			if _, err := r.platform.Send(ctx, o); !sendFault(t, err).Ambiguous {
				t.Errorf("a cut after the request was sent is not ambiguous: %v", err)
			}
			slices.Reverse(o.To)
			o.To[0] = strings.ToUpper(o.To[0])
			got, err := other.Send(ctx, o)
			if err != nil || (got.MessageID == "") != (mode == wecomtest.Nothing) {
				t.Errorf("again: %+v, %v", got, err)
			}
			all := r.fake.Accepted()
			a, b := all[len(all)-2], all[len(all)-1]
			if !bytes.Equal(a.Body, b.Body) || !b.Duplicate || len(b.Users) != 0 {
				t.Errorf("again: %+v\n%s\n%s", b, a.Body, b.Body)
			}
			if n := len(r.fake.Inbox("zhangsan")); n != len(all)/2 {
				t.Errorf("the phone shows %d", n)
			}
			if bytes.Contains(a.Body, []byte(`\u`)) || !json.Valid(a.Body) {
				t.Errorf("escapes: %s", a.Body)
			}
		}
		for _, p := range r.fake.Problems() {
			t.Error(p)
		}
	}
}

// TestBytesAreThese pins the bytes: a change here delivers a reminder twice when a new version takes
// over between two tries.
func TestBytesAreThese(t *testing.T) {
	p, err := New(valid(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]chat.Outgoing{
		`{"touser":"a|b","msgtype":"text","agentid":7,"text":{"content":"x<y"},"enable_duplicate_check":1,"duplicate_check_interval":14400}`: text("d", "x<y", "b", "a"),
		`{"touser":"a","msgtype":"template_card","agentid":7,"template_card":{"card_type":"button_interaction","main_title":{"title":"t"},"task_id":"d","button_list":[{"text":"b","style":2,"key":"k"}]},"enable_duplicate_check":1,"duplicate_check_interval":14400}`: {
			ID: "d", To: []string{"a"}, Body: domain.Body{Text: "x", Card: &domain.Card{Title: "t", Buttons: []domain.Button{{Label: "b", Line: "k"}}}},
		},
	} {
		to, _ := receivers(o.To)
		got, err := p.sendBody(o, to)
		// "x<y" is disarmed: a letter follows the sign.
		if want = strings.Replace(want, "x<y", "x＜y", 1); err != nil || string(got) != want {
			t.Errorf("%v\n got %s\nwant %s", err, got, want)
		}
	}
}

func TestReceiversMissed(t *testing.T) {
	r := newRig(t, wecomtest.Options{Members: []wecomtest.Member{
		{UserID: "zhangsan"}, {UserID: "Hidden", Hidden: true}, {UserID: "unpaid", Unlicensed: true},
	}}, nil)
	got, err := r.platform.Send(ctx, text("d", "hi", "zhangsan", "Hidden", "nobody", "unpaid", "@all", "a|b", ""))
	if err != nil {
		t.Fatal(err)
	}
	want := []domain.Missed{
		{User: "@all", Reason: reasonMalformed}, {User: "a|b", Reason: reasonMalformed}, {User: "", Reason: reasonMalformed},
		{User: "hidden", Reason: reasonInvalid}, {User: "nobody", Reason: reasonInvalid}, {User: "unpaid", Reason: reasonUnlicensed},
	}
	if diff := cmp.Diff(want, got.Failed); diff != "" {
		t.Error(diff)
	}
	if len(r.fake.Inbox("zhangsan")) != 1 || len(r.fake.Inbox("hidden"))+len(r.fake.Inbox("unpaid")) != 0 {
		t.Error("the wrong phones")
	}
	got, err = r.platform.Send(ctx, text("d", "hi", "Hidden", "nobody"))
	if e := sendFault(t, err); e.Class != chat.Permanent || e.Code != 81013 || len(got.Failed) != 2 {
		t.Errorf("%v %+v", err, got)
	}
	for _, o := range []chat.Outgoing{
		text("d", "hi"), text("d", "hi", "@all"), text("d", "hi", many(1001)...), text("d", " \x00\n", "zhangsan"),
		approvalTo("no task id", "zhangsan"), approvalTo("", "zhangsan"), approvalTo(strings.Repeat("d", 129), "zhangsan"),
		{ID: "d", To: []string{"zhangsan"}, Body: domain.Body{Text: "x", Card: &domain.Card{Buttons: []domain.Button{{Label: "x"}}}}},
		{ID: "d", To: []string{"zhangsan"}, Body: domain.Body{Text: "x", Card: &domain.Card{Buttons: []domain.Button{{Line: strings.Repeat("签", 342)}}}}},
	} {
		calls := r.fake.Calls(pathSend)
		if _, err := r.platform.Send(ctx, o); sendFault(t, err).Class != chat.Permanent || r.fake.Calls(pathSend) != calls {
			t.Errorf("%v: %v", o, err)
		}
	}
}

func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("u%04d", i)
	}
	return out
}

func TestThousandInOneCall(t *testing.T) {
	var members []wecomtest.Member
	for _, id := range many(1000) {
		members = append(members, wecomtest.Member{UserID: id})
	}
	r := newRig(t, wecomtest.Options{Members: members}, nil)
	got, err := r.platform.Send(ctx, text("d", "hi", many(1000)...))
	if err != nil || len(got.Failed) != 0 || r.fake.Calls(pathSend) != 1 || len(r.fake.Inbox("u0999")) != 1 {
		t.Errorf("%v %+v", err, got.Failed)
	}
}

// TestPersonLimits: what the platform would drop unsaid is not sent, and the error says when it may.
func TestPersonLimits(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	send := func(i int, to ...string) error {
		_, err := r.platform.Send(ctx, text(fmt.Sprint("d", i), fmt.Sprint("text ", i), to...))
		return err
	}
	start := r.fake.Now()
	for i := range 30 {
		if err := send(i, "lisi"); err != nil {
			t.Fatal(i, err)
		}
		r.fake.Advance(time.Second)
	}
	calls := r.fake.Calls(pathSend)
	e := sendFault(t, send(30, "zhangsan", "lisi"))
	if e.Class != chat.Wait || e.After != 30*time.Second || r.fake.Calls(pathSend) != calls {
		t.Errorf("%+v, %d calls more", e, r.fake.Calls(pathSend)-calls)
	}
	if err := send(31, "wangwu"); err != nil {
		t.Errorf("another person: %v", err)
	}
	r.fake.Advance(e.After)
	if err := send(32, "lisi"); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	// An hour has a limit of its own.
	n := 31
	for ; n < 1000; n++ {
		r.fake.Advance(2 * time.Second)
		if err := send(100+n, "lisi"); err != nil {
			t.Fatal(n, err)
		}
	}
	r.fake.Advance(2 * time.Second)
	e = sendFault(t, send(2000, "lisi"))
	if want := start.Add(time.Hour).Sub(r.fake.Now()); e.Class != chat.Wait || e.After != want {
		t.Errorf("%+v, want after %v", e, want)
	}
	for _, a := range r.fake.Accepted() {
		if len(a.Dropped) > 0 {
			t.Fatalf("dropped: %+v", a)
		}
	}
}

// brokenLimiter stands for a Redis that is away.
type brokenLimiter struct{ asked *int }

func (l brokenLimiter) Allow(context.Context, string, int, time.Duration) (bool, time.Duration, error) {
	*l.asked++
	return false, 0, errors.New("connection refused")
}

func TestLimiterAway(t *testing.T) {
	asked := 0
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Limiter = brokenLimiter{&asked} })
	if _, err := r.platform.Send(ctx, text("all", "all", "zhangsan", "wangwu")); err != nil || asked != 1 {
		t.Errorf("asked %d times for one message: each may take its time, %v", asked, err)
	}
	for i := range 30 {
		if _, err := r.platform.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.platform.Send(ctx, text("x", "x", "lisi")); sendFault(t, err).Class != chat.Wait {
		t.Error(err)
	}
}

func TestUpdate(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	got, err := r.platform.Send(ctx, approvalTo("d", "lisi", "Wangwu"))
	if err != nil {
		t.Fatal(err)
	}
	settled := approval
	settled.Settled = "已由周国平同意 · 10:02 · 二〇二六年十二月"
	if err := r.platform.Update(ctx, got, []string{"lisi", "wangwu"}, settled); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"lisi", "wangwu"} {
		c := r.fake.Last(user).Card
		if c.State != wecomtest.Settled || c.Replaced != settled.Settled || c.Title != settled.Title || len(c.Buttons) != 1 || c.TaskID != "d" {
			t.Errorf("%s: %+v", user, c)
		}
	}
	if err := r.platform.Update(ctx, got, []string{"lisi"}, settled); sendFault(t, err).Class != chat.Gone {
		t.Errorf("a token used twice: %v", err)
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

func TestUpdateTooLate(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	got, err := r.platform.Send(ctx, approvalTo("d", "lisi"))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*domain.Receipt){
		"no token":          func(x *domain.Receipt) { x.UpdateToken = "" },
		"a token of nobody": func(x *domain.Receipt) { x.UpdateToken = "rc-x" },
	} {
		receipt := got
		change(&receipt)
		if err := r.platform.Update(ctx, receipt, []string{"lisi"}, approval); sendFault(t, err).Class != chat.Gone {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.platform.Update(ctx, got, nil, approval); sendFault(t, err).Class != chat.Permanent {
		t.Errorf("nobody: %v", err)
	}
	if err := r.platform.Update(ctx, domain.Receipt{ID: "d", UpdateToken: got.UpdateToken}, []string{"zhangsan"}, approval); sendFault(t, err).Class != chat.Permanent {
		t.Errorf("no receiver of the card: %v", err)
	}
	r.fake.Advance(72 * time.Hour)
	calls := r.fake.Calls(pathUpdate)
	if err := r.platform.Update(ctx, got, []string{"lisi"}, approval); sendFault(t, err).Class != chat.Gone || r.fake.Calls(pathUpdate) != calls {
		t.Errorf("after 72 hours: %v", err)
	}
}

// TestUpdateAmbiguous: an update whose answer was lost, tried again, is done; one that was never
// tried is not.
func TestUpdateAmbiguous(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	got, err := r.platform.Send(ctx, approvalTo("d", "lisi"))
	if err != nil {
		t.Fatal(err)
	}
	settled := domain.Card{Title: "x", Settled: "已同意"}
	r.fake.Fail(pathUpdate, wecomtest.CutAfter)
	if e := sendFault(t, r.platform.Update(ctx, got, []string{"lisi"}, settled)); !e.Ambiguous || e.Class != chat.Retry {
		t.Errorf("%+v", e)
	}
	if err := r.platform.Update(ctx, got, []string{"lisi"}, settled); err != nil {
		t.Errorf("again: %v", err)
	}
	if err := r.platform.Update(ctx, got, []string{"lisi"}, settled); err == nil {
		t.Error("a third is no repetition")
	}
	// Nothing had happened: the repetition does it.
	if got, err = r.platform.Send(ctx, approvalTo("e", "lisi")); err != nil {
		t.Fatal(err)
	}
	r.fake.Fail(pathUpdate, wecomtest.BadGateway)
	if e := sendFault(t, r.platform.Update(ctx, got, []string{"lisi"}, settled)); !e.Ambiguous {
		t.Errorf("%+v", e)
	}
	if err := r.platform.Update(ctx, got, []string{"lisi"}, settled); err != nil || r.fake.Last("lisi").Card.State != wecomtest.Settled {
		t.Errorf("again: %v", err)
	}
}
