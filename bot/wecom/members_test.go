package wecom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
)

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
