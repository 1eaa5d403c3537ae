package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
)

// TestTokenExpires: under either code one gettoken serves everybody, and nothing is lost.
func TestTokenExpires(t *testing.T) {
	for name, end := range map[string]func(*wecomtest.Server){
		"42001":   func(s *wecomtest.Server) { s.ExpireToken() },
		"40014":   func(s *wecomtest.Server) { s.SetExpiredCode(40014); s.ExpireToken() },
		"revoked": func(s *wecomtest.Server) { s.RevokeToken() },
	} {
		t.Run(name, func(t *testing.T) {
			var members []wecomtest.Member
			for _, id := range many(100) {
				members = append(members, wecomtest.Member{UserID: id})
			}
			r := newRig(t, wecomtest.Options{Members: members}, nil)
			for round := range 5 {
				var wg sync.WaitGroup
				for i, id := range many(100) {
					wg.Go(func() {
						if _, err := r.platform.Send(ctx, text(fmt.Sprint(round, "-", i), fmt.Sprint(round), id)); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if n := r.fake.Calls(pathToken); n != round+1 {
					t.Fatalf("round %d: %d calls of gettoken, want %d", round, n, round+1)
				}
				end(r.fake)
			}
			if n := len(r.fake.Accepted()); n != 500 {
				t.Errorf("%d sends accepted", n)
			}
		})
	}
}

func TestTokenEndsByTheClock(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	for i, row := range []struct {
		advance time.Duration
		calls   int
	}{{0, 1}, {119 * time.Minute, 1}, {2 * time.Minute, 2}, {119 * time.Minute, 2}} {
		r.fake.Advance(row.advance)
		if _, err := r.platform.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
		if n := r.fake.Calls(pathToken); n != row.calls {
			t.Errorf("step %d: %d calls of gettoken, want %d", i, n, row.calls)
		}
	}
	if n := r.fake.Calls(pathSend); n != 4 {
		t.Errorf("%d sends: the token was used until it was refused", n)
	}
}

// TestTokenIsShared: two replicas on one cache fetch it once, and one's refresh serves the other.
func TestTokenIsShared(t *testing.T) {
	var shared *MemoryCache
	r := newRig(t, wecomtest.Options{}, func(c *Config) {
		shared = NewMemoryCache(func() time.Time { return time.Unix(0, 0) })
		c.Cache = shared
	})
	other, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []*Platform{r.platform, other, r.platform} {
		if i == 1 {
			r.fake.RevokeToken()
		}
		if _, err := p.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.fake.Calls(pathToken); n != 2 {
		t.Errorf("%d calls of gettoken, want 2", n)
	}
	if got := shared.Get("gowechat_work__access_token_" + r.cfg.CorpID + "_1000002"); got == nil {
		t.Error("not under the library's key")
	}
}

// deadCache stands for a Redis that is away.
type deadCache struct{ *MemoryCache }

func (deadCache) GetContext(context.Context, string) any { return nil }
func (deadCache) SetContext(context.Context, string, any, time.Duration) error {
	return errors.New("connection refused")
}
func (deadCache) DeleteContext(context.Context, string) error {
	return errors.New("connection refused")
}

func TestCacheAway(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Cache = deadCache{} })
	for i := range 4 {
		if i == 2 {
			r.fake.RevokeToken()
		}
		if _, err := r.platform.Send(ctx, text(fmt.Sprint(i), fmt.Sprint(i), "lisi")); err != nil {
			t.Fatal(err)
		}
	}
	if n := r.fake.Calls(pathToken); n != 2 {
		t.Errorf("%d calls of gettoken, want 2", n)
	}
}

// TestInvalidateComparesFirst: one who was refused with an older token does not drop the newer.
func TestInvalidateComparesFirst(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	tokens := r.platform.client.tokens
	older, err := tokens.GetAccessToken()
	if err != nil {
		t.Fatal(err)
	}
	r.fake.RevokeToken()
	tokens.Invalidate(ctx, older)
	newer, err := tokens.GetAccessToken()
	if err != nil || newer == older {
		t.Fatal(newer, err)
	}
	tokens.Invalidate(ctx, older)
	if got := tokens.cfg.Cache.GetContext(ctx, tokens.key); got != newer {
		t.Errorf("the cache has %v, want the newer token", got)
	}
	tokens.Invalidate(ctx, newer)
	if got := tokens.cfg.Cache.GetContext(ctx, tokens.key); got != nil {
		t.Errorf("the refused token is kept")
	}
}

// slowCache does not have the token when first asked: another has just stored it when asked again.
type slowCache struct {
	*MemoryCache
	asked int
}

func (c *slowCache) GetContext(ctx context.Context, key string) any {
	if c.asked++; c.asked == 1 {
		return nil
	}
	return c.MemoryCache.GetContext(ctx, key)
}

// TestTokenArrivesMeanwhile: one that was about to fetch the token looks again first.
func TestTokenArrivesMeanwhile(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	r.cfg.Cache = NewMemoryCache(r.fake.Now)
	first, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	want, err := first.client.tokens.GetAccessToken()
	if err != nil {
		t.Fatal(err)
	}
	r.cfg.Cache = &slowCache{MemoryCache: r.cfg.Cache.(*MemoryCache)}
	second, err := New(r.cfg, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := second.client.tokens.GetAccessToken(); err != nil || got != want || r.fake.Calls(pathToken) != 1 {
		t.Errorf("%q, %v after %d calls of gettoken", got, err, r.fake.Calls(pathToken))
	}
}

// TestWrongSecret: it is asked once in ten minutes, by all replicas and restarts together, however
// many sends there are.
func TestWrongSecret(t *testing.T) {
	var cache *MemoryCache
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Secret = "canary-wrong" })
	cache = NewMemoryCache(r.fake.Now)
	r.cfg.Cache = cache
	for range 3 {
		p, err := New(r.cfg, r.fake.Now)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			_, err := p.Send(ctx, text("d", "hi", "lisi"))
			if e := sendFault(t, err); e.Class != chat.Misset || e.Code != 40001 || strings.Contains(err.Error(), "canary") {
				t.Fatal(err)
			}
		}
	}
	if n := r.fake.Calls(pathToken); n != 1 {
		t.Fatalf("%d calls of gettoken, want 1", n)
	}
	r.fake.Advance(10 * time.Minute)
	right := r.cfg
	right.Secret = r.fake.Settings().Secret
	p, err := New(right, r.fake.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Send(ctx, text("d", "hi", "lisi")); err != nil {
		t.Errorf("with the right secret: %v", err)
	}
}

// TestWrongSecretCacheAway: without the cache each process remembers by itself.
func TestWrongSecretCacheAway(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, func(c *Config) { c.Secret, c.Cache = "wrong", deadCache{} })
	for i := range 20 {
		if _, err := r.platform.Send(ctx, text("d", "hi", fmt.Sprint("u", i))); sendFault(t, err).Class != chat.Misset {
			t.Fatal(err)
		}
	}
	if n := r.fake.Calls(pathToken); n != 1 {
		t.Errorf("%d calls of gettoken, want 1", n)
	}
}

// TestRightSecretIsNotHeldBack: the mark is of the wrong secret alone.
func TestRightSecretIsNotHeldBack(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	r.cfg.Cache = NewMemoryCache(r.fake.Now)
	wrong := r.cfg
	wrong.Secret = "wrong"
	for i, cfg := range []Config{wrong, r.cfg} {
		p, err := New(cfg, r.fake.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Send(ctx, text("d", "hi", "lisi")); (err == nil) != (i == 1) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// TestTokenRefusedForEver: a platform that takes no token is not asked in a loop.
func TestTokenRefusedForEver(t *testing.T) {
	token, send := 0, 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == pathToken {
			token++
			fmt.Fprint(w, `{"errcode":0,"access_token":"same","expires_in":7200}`)
			return
		}
		send++
		fmt.Fprint(w, `{"errcode":40014,"errmsg":"invalid access_token same"}`)
	}))
	defer srv.Close()
	cfg := valid()
	cfg.BaseURL = srv.URL
	now := time.Unix(1e9, 0)
	p, err := New(cfg, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		_, err := p.Send(ctx, text("d", "hi", fmt.Sprint("u", i)))
		if e := sendFault(t, err); e.Class != chat.Retry || strings.Contains(err.Error(), "same") {
			t.Fatal(err)
		}
	}
	if token != 2 || send != 2 {
		t.Errorf("%d tokens, %d sends", token, send)
	}
	now = now.Add(stuckPause)
	_, _ = p.Send(ctx, text("d", "hi", "x"))
	if token != 4 || send != 4 {
		t.Errorf("after the pause: %d tokens, %d sends", token, send)
	}
}

func TestFaults(t *testing.T) {
	for _, row := range []struct {
		fault     wecomtest.Fault
		class     chat.Class
		code      int64
		ambiguous bool
	}{
		{wecomtest.Busy, chat.Retry, -1, false},
		{wecomtest.Parallel, chat.Retry, 45033, false},
		{wecomtest.RateLimited, chat.Wait, 45009, false},
		{wecomtest.BadGateway, chat.Retry, 0, true},
		{wecomtest.CutBefore, chat.Retry, 0, true},
		{wecomtest.CutAfter, chat.Retry, 0, true},
		{wecomtest.Truncated, chat.Retry, 0, true},
		{wecomtest.HTMLPage, chat.Retry, 0, true},
		{wecomtest.Oversized, chat.Retry, 0, true},
		{wecomtest.Redirect, chat.Misset, 0, false},
	} {
		t.Run(string(row.fault), func(t *testing.T) {
			r := newRig(t, wecomtest.Options{}, nil)
			r.fake.Fail(pathSend, row.fault)
			_, err := r.platform.Send(ctx, text("d", "hi", "lisi"))
			e := sendFault(t, err)
			if e.Class != row.class || e.Code != row.code || e.Ambiguous != row.ambiguous || (e.Class == chat.Wait) != (e.After > 0) {
				t.Errorf("%+v", e)
			}
			r.fake.Advance(time.Hour)
			if _, err := r.platform.Send(ctx, text("d", "hi", "lisi")); err != nil {
				t.Errorf("again: %v", err)
			}
			if n := len(r.fake.Inbox("lisi")); n != 1 {
				t.Errorf("the phone shows %d", n)
			}
		})
	}
}

// TestHang: a platform that does not answer costs the caller's deadline at most, and leaves the
// outcome open; one that cannot be reached does not.
func TestHang(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	if _, err := r.platform.Send(ctx, text("d0", "0", "lisi")); err != nil {
		t.Fatal(err)
	}
	r.fake.Fail(pathSend, wecomtest.HangAfter)
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err := r.platform.Send(short, text("d1", "1", "lisi"))
	if e := sendFault(t, err); e.Class != chat.Retry || !e.Ambiguous || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v", e)
	}
	if n := len(r.fake.Inbox("lisi")); n != 2 {
		t.Errorf("the phone shows %d", n)
	}
	r.fake.Close()
	_, err = r.platform.Send(ctx, text("d2", "2", "wangwu"))
	if e := sendFault(t, err); e.Class != chat.Retry || e.Ambiguous {
		t.Errorf("unreachable: %+v", e)
	}
}

// TestLimitPausesOneAPI: 45009 stops that API alone, for longer each time in a row.
func TestLimitPausesOneAPI(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	card, err := r.platform.Send(ctx, approvalTo("c", "lisi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []time.Duration{time.Minute, 10 * time.Minute, time.Hour, time.Hour} {
		r.fake.Fail(pathSend, wecomtest.RateLimited)
		for i := range 5 {
			calls := r.fake.Calls(pathSend)
			_, err := r.platform.Send(ctx, text("d", "hi", fmt.Sprint("u", i)))
			if e := sendFault(t, err); e.Class != chat.Wait || e.Code != 45009 || e.After != want || r.fake.Calls(pathSend)-calls != b2i(i == 0) {
				t.Fatalf("try %d: %+v, want after %v", i, e, want)
			}
		}
		r.fake.Advance(want)
	}
	if err := r.platform.Update(ctx, card, []string{"lisi"}, approval); err != nil {
		t.Errorf("another API: %v", err)
	}
	if _, err := r.platform.Send(ctx, text("d", "hi", "lisi")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	r.fake.Fail(pathSend, wecomtest.RateLimited)
	if _, err := r.platform.Send(ctx, text("d", "hi 2", "lisi")); sendFault(t, err).After != time.Minute {
		t.Errorf("a success in between: %v", err)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// TestClasses is the table of the platform's codes.
func TestClasses(t *testing.T) {
	for class, codes := range map[chat.Class][]int64{
		chat.Retry: {-1, 6000, 45033, 40014, 42001, 41001, 99999999},
		chat.Wait:  {45009},
		chat.Gone:  {60140},
		chat.Misset: {40001, 40013, 40091, 40056, 43012, 48001, 48002, 48005, 48006, 48009, 50001, 50003, 60020, 80001, 85005,
			93000, 93004, 93008, 301002, 301007},
		chat.Permanent: {40003, 40031, 40032, 40004, 40005, 40006, 40007, 40008, 40009, 45001, 40016, 40027, 40029, 42003, 42022, 40033, 40035,
			40050, 86001, 86003, 40054, 40055, 40058, 40063, 40201, 85002, 40206, 45002, 45029, 41002, 41004, 41006, 41009, 41011, 41016, 41033,
			42014, 42015, 42016, 42020, 42027, 42051, 42052, 43004, 43009, 44001, 44004, 45007, 45008, 45022, 45034, 46003, 46004, 50002,
			60003, 60123, 60124, 60011, 60021, 60111, 81011, 81012, 81013, 82001, 82002, 82003, 82004, 82101, 82102, 86004, 86215, 86216, 86224,
			301021, 830002, 846605},
	} {
		for _, code := range codes {
			if got := classify(code); got != class {
				t.Errorf("%d is %s, want %s", code, got, class)
			}
		}
	}
}

// TestSettingsFaults: faults of the settings are told apart from faults of a request.
func TestSettingsFaults(t *testing.T) {
	for name, row := range map[string]struct {
		do   func(*wecomtest.Server)
		code int64
	}{
		"app off":         {func(s *wecomtest.Server) { s.SetAgentClosed(true) }, 50003},
		"address refused": {func(s *wecomtest.Server) { s.SetIPRefused(true) }, 60020},
		"no callback":     {func(s *wecomtest.Server) { s.SetCallback("") }, 43012},
	} {
		r := newRig(t, wecomtest.Options{}, nil)
		row.do(r.fake)
		_, err := r.platform.Send(ctx, approvalTo("d", "lisi"))
		var api *APIError
		if e := sendFault(t, err); e.Class != chat.Misset || e.Code != row.code || !errors.As(err, &api) || api.Code != row.code || !strings.Contains(api.Message, "hint: [") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSecretsStayInside: no error, log line or finding holds a secret, whatever goes wrong.
func TestSecretsStayInside(t *testing.T) {
	var told bytes.Buffer
	faults := []wecomtest.Fault{
		wecomtest.CutBefore, wecomtest.BadGateway, wecomtest.Redirect, wecomtest.HTMLPage, wecomtest.Truncated, wecomtest.Oversized,
		wecomtest.Busy, wecomtest.Revoked,
	}
	var secrets []string
	for _, fault := range faults {
		for _, path := range []string{pathToken, pathSend, pathAgent, "/cgi-bin/user/simplelist", "/cgi-bin/media/upload"} {
			r := newRig(t, wecomtest.Options{Departments: []wecomtest.Department{{ID: 2, Parent: 1}}}, nil)
			r.fake.Fail(path, fault, fault)
			_, err := r.platform.Send(ctx, text("d", "hi", "lisi"))
			_, err2 := r.platform.Members(ctx)
			_, err3 := r.platform.UploadFile(ctx, "x", strings.NewReader("0123456789"))
			fmt.Fprintf(&told, "%v\n%+v\n%v\n%+v\n%v\n%+v\n", err, err, err2, err2, err3, r.platform.Diagnose(ctx))
			r.callback.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/?msg_signature=x", nil))
			told.WriteString(r.log.String())
			token, _ := r.platform.client.tokens.GetAccessToken()
			secrets = append(secrets, r.cfg.Secret, r.cfg.Token, r.cfg.EncodingAESKey)
			if token != "" {
				secrets = append(secrets, token)
			}
			r.fake.Close()
			_, err = r.platform.Send(ctx, text("d", "hi", "lisi"))
			fmt.Fprintf(&told, "%v\n", err)
		}
	}
	if told.Len() < 1000 || !strings.Contains(told.String(), "42001") && !strings.Contains(told.String(), "-1") {
		t.Fatalf("too little was told to judge: %s", &told)
	}
	for _, s := range secrets {
		if strings.Contains(told.String(), s) {
			t.Fatalf("%q is told", s)
		}
	}
}

func TestMembers(t *testing.T) {
	r := newRig(t, wecomtest.Options{
		Members: []wecomtest.Member{
			{UserID: "ZhangSan", Name: "张三"}, {UserID: "lisi", Name: "李四", Departments: []int{2}}, {UserID: "wangwu", Name: "王五", Departments: []int{3}},
			{UserID: "hidden", Name: "没", Hidden: true}, {UserID: "tagged", Name: "标签", Departments: []int{1}},
		},
		Departments: []wecomtest.Department{{ID: 2, Parent: 1, Name: "保安部"}, {ID: 3, Parent: 2, Name: "夜班"}},
		Tags:        map[int][]string{9: {"tagged"}},
	}, nil)
	r.fake.RevokeToken()
	got, err := r.platform.Members(ctx)
	want := []Member{{"lisi", "李四"}, {"tagged", "标签"}, {"wangwu", "王五"}, {"zhangsan", "张三"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	// The library has no word for a refused token; we have.
	r.fake.Fail("/cgi-bin/user/simplelist", wecomtest.Revoked)
	if got, err := r.platform.Members(ctx); err != nil || len(got) != 4 {
		t.Errorf("token revoked meanwhile: %v %v", got, err)
	}
	r.fake.Fail("/cgi-bin/department/list", wecomtest.Busy)
	if _, err := r.platform.Members(ctx); sendFault(t, err).Code != -1 {
		t.Errorf("busy: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.platform.Members(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

// TestLibraryKeepsApart: two platforms in one process use the library at once, each with its own
// server; and a use without a platform goes nowhere.
func TestLibraryKeepsApart(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 4 {
		r := newRig(t, wecomtest.Options{Members: []wecomtest.Member{{UserID: fmt.Sprint("only", i)}}}, nil)
		for range 10 {
			wg.Go(func() {
				if got, err := r.platform.Members(ctx); err != nil || len(got) != 1 || got[0].UserID != fmt.Sprint("only", i) {
					t.Errorf("%d: %v %v", i, got, err)
				}
			})
		}
	}
	wg.Wait()
	req := httptest.NewRequest(http.MethodGet, "https://qyapi.weixin.qq.com/cgi-bin/user/get?access_token=x", nil)
	if resp, err := libraryTransport().RoundTrip(req); err == nil {
		t.Errorf("%v", resp.Status)
	}
	if n := len(libraryTransport().live); n != 0 {
		t.Errorf("%d tickets left", n)
	}
}

func TestUploadFile(t *testing.T) {
	r := newRig(t, wecomtest.Options{}, nil)
	id, err := r.platform.UploadFile(ctx, "../记录:\"7月\".xlsx", strings.NewReader("0123456789"))
	if err != nil {
		t.Fatal(err)
	}
	if m, ok := r.fake.Media(id); !ok || m.Name != ".._记录__7月_.xlsx" || string(m.Bytes) != "0123456789" || m.Type != "file" {
		t.Errorf("%+v", m)
	}
	if _, err := r.platform.UploadFile(ctx, "x", strings.NewReader("")); sendFault(t, err).Class != chat.Permanent {
		t.Errorf("empty: %v", err)
	}
	for _, p := range r.fake.Problems() {
		t.Error(p)
	}
}

func TestDiagnose(t *testing.T) {
	for _, row := range []struct {
		name string
		o    wecomtest.Options
		cfg  func(*Config)
		do   func(*wecomtest.Server)
		ok   []bool
		says string
	}{
		{"all well", wecomtest.Options{}, nil, nil, []bool{true, true, true}, "可见 3 人"},
		{"nobody visible", wecomtest.Options{Members: []wecomtest.Member{{UserID: "a", Hidden: true}}}, nil, nil, []bool{true, false, true}, "可见范围是空的"},
		{"wrong secret", wecomtest.Options{}, func(c *Config) { c.Secret = "x" }, nil, []bool{false}, "应用 Secret 不对"},
		{"wrong corp", wecomtest.Options{}, func(c *Config) { c.CorpID = "x" }, nil, []bool{false}, "企业 ID 不对"},
		{"wrong agent", wecomtest.Options{}, func(c *Config) { c.AgentID = 5 }, nil, []bool{true, false}, "不是同一个应用"},
		{"address refused", wecomtest.Options{}, nil, func(s *wecomtest.Server) { s.SetIPRefused(true) }, []bool{true, false}, "企业可信 IP"},
		{"app off", wecomtest.Options{}, nil, func(s *wecomtest.Server) { s.SetAgentClosed(true) }, []bool{true, false}, "应用已停用"},
		{"unreachable", wecomtest.Options{}, nil, (*wecomtest.Server).Close, []bool{false}, "连不上 api_base"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := newRig(t, row.o, row.cfg)
			if row.do != nil {
				row.do(r.fake)
			}
			var ok []bool
			var says strings.Builder
			for _, f := range r.platform.Diagnose(ctx) {
				ok = append(ok, f.OK)
				says.WriteString(f.Text + "\n")
			}
			if !cmp.Equal(ok, row.ok) || !strings.Contains(says.String(), row.says) {
				t.Errorf("%v\n%s", ok, &says)
			}
		})
	}
}
