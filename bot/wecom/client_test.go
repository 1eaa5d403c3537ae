package wecom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom/wecomtest"
)

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
			token, _ := r.platform.client.tokens.Get(ctx)
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
