package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/dingtalk/dingtalktest"
	"trainingbot/domain"
)

func text(id, s string, to ...string) chat.Outgoing {
	return chat.Outgoing{ID: id, To: to, Body: domain.Say(s)}
}

func approvalTo(id string, to ...string) chat.Outgoing {
	c := approval()
	return chat.Outgoing{ID: id, To: to, Body: domain.Body{Text: "培训计划 P7 v2 待审批，回复「同意 P7 v2」", Card: &c}}
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

func many(n int) (ids []string, members []dingtalktest.Member) {
	for i := range n {
		id := fmt.Sprintf("u%04d", i)
		ids, members = append(ids, id), append(members, dingtalktest.Member{UserID: id, Name: id})
	}
	return ids, members
}

func TestSendText(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	got, err := r.platform.Send(t.Context(), text("d1", "明天 14:00 <消防> & \u2028\"培训\"\x00", "lisi", "ZhangSan", "lisi"))
	if err != nil || got.ID != "d1" || got.MessageID == "" || got.UpdateToken != "" || len(got.Failed)+len(got.Rest) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	for _, user := range []string{"lisi", "ZhangSan"} {
		if in := r.fake.Inbox(user); len(in) != 1 || in[0].Text != "明天 14:00 <消防> & \"培训\"" {
			t.Errorf("%s sees %+v", user, in)
		}
	}
	for name, o := range map[string]chat.Outgoing{
		"nobody": text("d", "x"), "nothing": text("d", " \x00", "lisi"), "no id": text("d", "x", "a b"), "too many": text("d", "x", func() []string { ids, _ := many(21); return ids }()...),
	} {
		if _, err := r.platform.Send(t.Context(), o); sendFault(t, err).Class != chat.Permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.clean()
}

// TestPartly: who is unknown is missed, who there was no room for is left over, and nobody else is sent
// to again.
func TestPartly(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	r.fake.SetFlowControl("wangwu", 1)
	got, err := r.platform.Send(t.Context(), text("d1", "x", "lisi", "nobody", "wangwu"))
	if err != nil || len(got.Failed) != 1 || got.Failed[0].User != "nobody" || !slices.Equal(got.Rest, []string{"wangwu"}) {
		t.Errorf("%+v %v", got, err)
	}
	if len(r.fake.Inbox("lisi")) != 1 || len(r.fake.Inbox("wangwu")) != 0 {
		t.Error("the wrong people heard it")
	}
	r.fake.SetFlowControl("wangwu", 1)
	if _, err := r.platform.Send(t.Context(), text("d2", "x", "wangwu")); sendFault(t, err).Class != chat.Wait {
		t.Error(err)
	}
	got, err = r.platform.Send(t.Context(), text("d3", "x", "nobody", "no-one"))
	if e := sendFault(t, err); e.Class != chat.Permanent || len(got.Failed) != 2 {
		t.Errorf("%+v %+v", got, e)
	}
	r.clean()
}

// TestBySession: who has just spoken is answered in that conversation while it lives, else by the API.
func TestBySession(t *testing.T) {
	each(t, func(t *testing.T, way string) {
		r := newRig(t, way, dingtalktest.Options{Quota: dingtalktest.Unlimited}, nil)
		say := func(id string) (webhook bool) {
			t.Helper()
			before := r.fake.Calls(pathSend)
			if _, err := r.platform.Send(t.Context(), text(id, id, "lisi")); err != nil {
				t.Error(err)
			}
			if got := r.fake.Last("lisi").Text; got != id {
				t.Errorf("reads %q, want %q", got, id)
			}
			return r.fake.Calls(pathSend) == before
		}
		if say("1") {
			t.Error("a session before anything was said")
		}
		r.fake.UserSends("lisi", "hi")
		if !say("2") {
			t.Error("the session is not used")
		}
		r.fake.Advance(88 * time.Minute)
		if !say("3") {
			t.Error("the session is not used to its end")
		}
		r.fake.Advance(2 * time.Minute)
		if say("4") {
			t.Error("the session is used beyond its end")
		}
		r.fake.UserSends("lisi", "hi")
		r.fake.ExpireSessions()
		calls := r.fake.Calls("/robot/sendBySession")
		if say("5") || say("6") || r.fake.Calls("/robot/sendBySession") != calls+1 {
			t.Error("a refused session is not given up")
		}
		if _, err := r.platform.Send(t.Context(), text("7", "7", "lisi", "wangwu")); err != nil || r.fake.Last("wangwu").Text != "7" {
			t.Error(err)
		}
		r.clean()
	})
}

// spent is a Meter of an organisation with little left of one quota.
type spent map[Kind]float64

func (s spent) Count(Kind, int)     {}
func (s spent) Left(k Kind) float64 { return s[k] }

func TestSessionsAreSpared(t *testing.T) {
	for _, row := range []struct {
		messages, calls float64
		webhook         bool
	}{{1, 1, true}, {0.5, 0.6, false}, {0.6, 0.5, true}, {0.1, 0.9, false}, {0, 0, true}} {
		r := newRig(t, "http", dingtalktest.Options{}, func(c *Config) { c.Meter = spent{Messages: row.messages, APICalls: row.calls} })
		r.fake.UserSends("lisi", "hi")
		if _, err := r.platform.Send(t.Context(), text("1", "1", "lisi")); err != nil || (r.fake.Calls(pathSend) == 0) != row.webhook {
			t.Errorf("%+v: %v", row, err)
		}
	}
}

// tally is a Meter of an organisation on the standard edition, counting by itself.
type tally struct {
	mu   sync.Mutex
	used map[Kind]int
}

func (m *tally) Count(k Kind, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.used[k] += n
}

func (m *tally) Left(k Kind) float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return 1 - float64(m.used[k])/map[Kind]float64{APICalls: 5000, Messages: 3000}[k]
}

// TestMonthFits plays the month of an office of 80 (domain's TestMonthFitsDingTalk has its numbers) against
// a standard organisation's quotas: everything arrives, and the count is the platform's own.
func TestMonthFits(t *testing.T) {
	const reminders, asked = 2200, 2240
	m := &tally{used: map[Kind]int{}}
	r := newRig(t, "stream", dingtalktest.Options{Quota: dingtalktest.Standard}, func(c *Config) { c.Meter, c.PerSecond = m, 1000000 })
	for i := range max(reminders, asked) {
		if i < asked {
			if a := r.fake.UserSends("lisi", "签到"); a.Err != nil || r.desk.Last().Event == chat.Muted {
				t.Fatalf("message %d: %+v", i, a)
			}
			if _, err := r.platform.Send(t.Context(), text(fmt.Sprint("a", i), "好", "lisi")); err != nil {
				t.Fatalf("answer %d: %v", i, err)
			}
		}
		if i < reminders {
			if _, err := r.platform.Send(t.Context(), text(fmt.Sprint("r", i), "提醒", "lisi", "wangwu")); err != nil {
				t.Fatalf("reminder %d: %v", i, err)
			}
		}
	}
	used := r.fake.Used(r.fake.Now())
	if used.Calls != m.used[APICalls] || used.Messages != m.used[Messages] {
		t.Errorf("counted %v, the platform %+v", m.used, used)
	}
	t.Logf("%d calls of 5000, %d messages of 3000", used.Calls, used.Messages)
}

// TestDoubt: what may have arrived is said once more, later and marked, and then no more.
func TestDoubt(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	r.fake.Fail(pathSend, dingtalktest.CutAfter, dingtalktest.CutAfter)
	for try := range 2 {
		_, err := r.platform.Send(t.Context(), text("d1", "明天培训", "lisi"))
		if e := sendFault(t, err); e.Class != chat.Wait || !e.Ambiguous || e.After != afterDoubt {
			t.Errorf("try %d: %+v", try, e)
		}
	}
	_, err := r.platform.Send(t.Context(), text("d1", "明天培训", "lisi"))
	if e := sendFault(t, err); e.Class != chat.Permanent {
		t.Errorf("a third time: %+v", e)
	}
	in := r.fake.Inbox("lisi")
	if len(in) != 2 || in[0].Text != "明天培训" || !strings.HasPrefix(in[1].Text, "（重发") {
		t.Errorf("reads %+v", in)
	}
	// Another message is not marked.
	if _, err := r.platform.Send(t.Context(), text("d2", "另一条", "lisi")); err != nil || r.fake.Last("lisi").Text != "另一条" {
		t.Error(err)
	}
}

// TestCardIsOneCard: a card sent again after whatever happened is the same card.
func TestCardIsOneCard(t *testing.T) {
	for _, fault := range []dingtalktest.Fault{dingtalktest.CutAfter, dingtalktest.Truncated, dingtalktest.BusyAfter, dingtalktest.HangAfter} {
		r := newRig(t, "stream", dingtalktest.Options{}, nil)
		r.fake.Fail(pathCreate, fault)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		_, err := r.platform.Send(ctx, approvalTo("d1", "lisi"))
		cancel()
		if e := sendFault(t, err); e.Class != chat.Retry || e.Ambiguous {
			t.Errorf("%s: %+v", fault, e)
		}
		got, err := r.platform.Send(t.Context(), approvalTo("d1", "lisi"))
		if err != nil || got.UpdateToken == "" || len(r.fake.Inbox("lisi")) != 1 {
			t.Errorf("%s: %+v %v, %d shown", fault, got, err, len(r.fake.Inbox("lisi")))
		}
		r.clean()
	}
}

// TestWithoutCards: where no card can be had the buttons are links that say their lines, and the lines can be read.
func TestWithoutCards(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Config)
		fail   dingtalktest.Fault
		cards  int // calls of createAndDeliver for two sends
	}{
		{"not wanted", func(c *Config) { c.CardTemplate = TextCard }, "", 0},
		{"no such template", func(c *Config) { c.CardTemplate = "gone.schema" }, "", 1},
		{"delivered nowhere", nil, dingtalktest.Unsent, 2},
	} {
		r := newRig(t, "stream", dingtalktest.Options{}, row.change)
		if row.fail != "" {
			r.fake.Fail(pathCreate, row.fail, row.fail)
		}
		for i := range 2 {
			got, err := r.platform.Send(t.Context(), approvalTo(fmt.Sprint("d", i), "lisi"))
			if err != nil || got.UpdateToken != "" {
				t.Fatalf("%s: %+v %v", row.name, got, err)
			}
			if err := r.platform.Update(t.Context(), got, []string{"lisi"}, approval()); sendFault(t, err).Class != chat.Gone {
				t.Error(err)
			}
		}
		if n := r.fake.Calls(pathCreate); n != row.cards {
			t.Errorf("%s: %d cards tried", row.name, n)
		}
		shown := r.fake.Last("lisi")
		for _, line := range []string{"同意 P7 v2", "驳回 P7 v2", "计划 P7"} {
			if shown.Card == nil || !strings.Contains(shown.Card.Text+shown.Text, line) {
				t.Fatalf("%s: %q cannot be read: %+v", row.name, line, shown.Card)
			}
		}
		if a := r.fake.Click("lisi", "", shown.Card.Buttons[1].Key); a.Err != nil || strings.ReplaceAll(r.desk.Last().Text, "\u3000", " ") != "驳回 P7 v2" || r.desk.Last().Press != nil {
			t.Errorf("%s: %+v %+v", row.name, a, r.desk.Last())
		}
		r.clean()
	}
}

func TestUpdate(t *testing.T) {
	r := newRig(t, "stream", dingtalktest.Options{}, nil)
	got, err := r.platform.Send(t.Context(), approvalTo("d1", "lisi"))
	if err != nil {
		t.Fatal(err)
	}
	settled := approval()
	settled.Settled = "已由周国平同意"
	r.fake.Fail(pathUpdate, dingtalktest.BusyAfter)
	if err := r.platform.Update(t.Context(), got, nil, settled); sendFault(t, err).Class != chat.Retry {
		t.Error(err)
	}
	for range 2 { // as often as one likes
		if err := r.platform.Update(t.Context(), got, []string{"lisi"}, settled); err != nil {
			t.Error(err)
		}
	}
	if c := r.fake.Last("lisi").Card; c.Replaced != "已由周国平同意" || len(c.Buttons) != 0 {
		t.Errorf("%+v", c)
	}
	if err := r.platform.Update(t.Context(), domain.Receipt{ID: "never", UpdateToken: string(publicForm)}, nil, settled); sendFault(t, err).Class != chat.Gone {
		t.Error(err)
	}
	r.clean()
}

func TestFaults(t *testing.T) {
	for _, row := range []struct {
		fault     dingtalktest.Fault
		class     chat.Class
		ambiguous bool
		shown     int // after the next try
	}{
		{dingtalktest.Busy, chat.Wait, true, 1},
		{dingtalktest.RateLimited, chat.Wait, false, 1},
		{dingtalktest.PerMinute, chat.Wait, false, 1},
		{dingtalktest.Congested, chat.Wait, false, 1},
		{dingtalktest.QuotaUsed, chat.Wait, false, 1},
		{dingtalktest.Banned, chat.Wait, false, 1},
		{dingtalktest.HTMLPage, chat.Wait, false, 1},
		{dingtalktest.BadGateway, chat.Wait, true, 1},
		{dingtalktest.Unavailable, chat.Wait, true, 1},
		{dingtalktest.CutBefore, chat.Wait, true, 1},
		{dingtalktest.Truncated, chat.Wait, true, 2},
		{dingtalktest.Oversized, chat.Wait, true, 2},
		{dingtalktest.Redirect, chat.Misset, false, 1},
	} {
		t.Run(string(row.fault), func(t *testing.T) {
			r := newRig(t, "http", dingtalktest.Options{}, nil)
			r.fake.Fail(pathSend, row.fault)
			_, err := r.platform.Send(t.Context(), text("d", "hi", "lisi"))
			e := sendFault(t, err)
			if e.Class != row.class || e.Ambiguous != row.ambiguous || (e.Class == chat.Wait) != (e.After > 0) {
				t.Errorf("%+v", e)
			}
			if e.Class == chat.Wait && !e.Ambiguous {
				calls := r.fake.Calls(pathSend)
				if _, err := r.platform.Send(t.Context(), text("d", "hi", "wangwu")); sendFault(t, err).Class != chat.Wait || r.fake.Calls(pathSend) != calls {
					t.Errorf("called before its time: %v", err)
				}
			}
			r.fake.Advance(time.Hour)
			if _, err := r.platform.Send(t.Context(), text("d", "hi", "lisi")); err != nil {
				t.Errorf("again: %v", err)
			}
			if n := len(r.fake.Inbox("lisi")); n != row.shown {
				t.Errorf("the phone shows %d", n)
			}
		})
	}
}

// TestUnreachable: what was never asked for may be asked again at once.
func TestUnreachable(t *testing.T) {
	wire := &http.Transport{}
	r := newRig(t, "http", dingtalktest.Options{}, func(c *Config) { c.Transport = wire })
	if _, err := r.platform.Send(t.Context(), text("d1", "1", "lisi")); err != nil {
		t.Fatal(err)
	}
	r.fake.Close()
	wire.CloseIdleConnections()
	_, err := r.platform.Send(t.Context(), text("d2", "2", "wangwu"))
	if e := sendFault(t, err); e.Class != chat.Retry || e.Ambiguous {
		t.Errorf("%+v", e)
	}
}

// TestToken: one call fetches it however many ask, a token taken back costs one call more, and a wrong
// secret is asked once in ten minutes.
func TestToken(t *testing.T) {
	ids, members := many(60)
	r := newRig(t, "http", dingtalktest.Options{Members: members, Quota: dingtalktest.Unlimited}, nil)
	all := func() {
		var wg sync.WaitGroup
		for _, id := range ids[:20] {
			wg.Go(func() {
				if _, err := r.platform.Send(t.Context(), text("d"+id, "x", id)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	all()
	if n := r.fake.Calls(pathToken); n != 1 {
		t.Fatalf("%d calls for a token", n)
	}
	r.fake.RevokeToken()
	all()
	if n := r.fake.Calls(pathToken); n != 2 {
		t.Errorf("%d calls for a token after it was taken back", n)
	}
	r.fake.Advance(116 * time.Minute)
	all()
	if n := r.fake.Calls(pathToken); n != 3 {
		t.Errorf("%d calls for a token near its end", n)
	}
	wrong := newRig(t, "http", dingtalktest.Options{}, func(c *Config) { c.ClientSecret = "canary-wrong" })
	for range 20 {
		_, err := wrong.platform.Send(t.Context(), text("d", "x", "lisi"))
		if e := sendFault(t, err); e.Class != chat.Misset || strings.Contains(err.Error(), "canary") {
			t.Fatal(err)
		}
	}
	if n := wrong.fake.Calls(pathToken); n != 1 {
		t.Errorf("a wrong secret is asked %d times", n)
	}
}

// TestNoSecretIsTold: whatever goes wrong, no error, log or diagnosis holds a secret.
func TestNoSecretIsTold(t *testing.T) {
	var told strings.Builder
	var secrets []string
	for _, fault := range []dingtalktest.Fault{dingtalktest.Busy, dingtalktest.RateLimited, dingtalktest.CutAfter, dingtalktest.Truncated, dingtalktest.HTMLPage, dingtalktest.Redirect, dingtalktest.BadGateway, dingtalktest.Revoked} {
		for _, path := range []string{pathToken, pathSend, pathCreate, pathOpen, "/topapi/v2/user/get", "/robot/sendBySession"} {
			r := newRig(t, "http", dingtalktest.Options{}, nil)
			r.fake.UserSends("lisi", "hi")
			r.fake.Fail(path, fault, fault)
			_, err := r.platform.Send(t.Context(), text("d", "hi", "lisi"))
			_, err2 := r.platform.Send(t.Context(), approvalTo("c", "wangwu"))
			_, _, err3 := r.platform.Member(t.Context(), "lisi")
			fmt.Fprintf(&told, "%v\n%+v\n%v\n%v\n%+v\n%+v %#v\n", err, err, err2, err3, r.platform.Diagnose(t.Context(), true), r.platform, r.cfg)
			session := r.platform.sessions.live(t.Context(), "lisi")
			token, _ := r.platform.client.tokens.Get(t.Context())
			secrets = append(secrets, session, token, r.cfg.ClientSecret, r.cfg.CardSecret, r.cfg.EventToken, r.cfg.EventAESKey)
			r.fake.Close()
			_, err = r.platform.Send(t.Context(), text("d9", "hi", "lisi"))
			fmt.Fprintf(&told, "%v\n%s", err, r.log)
		}
	}
	if told.Len() < 1000 {
		t.Fatal("too little was told to judge")
	}
	for _, s := range secrets {
		if s != "" && strings.Contains(told.String(), s) {
			t.Fatalf("%q is told", s)
		}
	}
}

func TestDiagnose(t *testing.T) {
	r := newRig(t, "http", dingtalktest.Options{}, nil)
	for _, f := range r.platform.Diagnose(t.Context(), true) {
		if !f.OK {
			t.Errorf("%+v", f)
		}
	}
	if r.fake.Connections() != 0 {
		t.Error("the diagnosis took the stream")
	}
	if name, ok, err := r.platform.Member(t.Context(), "lisi"); err != nil || !ok || name != "李四" {
		t.Error(name, ok, err)
	}
	if _, ok, err := r.platform.Member(t.Context(), "nobody"); err != nil || ok {
		t.Error(ok, err)
	}
	for code, want := range map[string]string{
		"Forbidden.AccessDenied.IpNotInWhiteList": "白名单", "Forbidden.AccessDenied.AccessTokenPermissionDenied": "权限管理", "Forbidden.AccessDenied.ApiCountLimitForOrg": "额度用完",
	} {
		if got := advice(&chat.SendError{Err: &APIError{Code: code}}); !strings.Contains(got, want) {
			t.Errorf("%s: %s", code, got)
		}
	}
	wrong := newRig(t, "http", dingtalktest.Options{}, func(c *Config) { c.ClientSecret = "wrong" })
	if f := wrong.platform.Diagnose(t.Context(), true); len(f) != 1 || f[0].OK {
		t.Errorf("%+v", f)
	}
	if got := advice(errors.New("x")); !strings.Contains(got, "原因不明") {
		t.Error(got)
	}
}
