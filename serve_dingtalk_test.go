package main

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot/dingtalk/dingtalktest"
	"trainingbot/domain"
)

// dingOffice is a program that serves an office on DingTalk.
type dingOffice struct {
	*program
	fake *dingtalktest.Server
	log  *logged
	stop func() int
}

// serveDingTalk runs "trainingbot serve" with the sample office on DingTalk and waits until people can talk to it.
func serveDingTalk(t *testing.T, way string, env ...string) *dingOffice {
	t.Helper()
	fake := dingtalktest.New(dingtalktest.Options{Now: testNow})
	t.Cleanup(fake.Close)
	for user, name := range map[string]string{"wangfang": "王芳", "zhouguoping": "周国平", "sunwei": "孙伟", "lina": "李娜"} {
		fake.AddMember(dingtalktest.Member{UserID: user, Name: name})
	}
	address := freeAddress(t)
	env = append(append(dingtalkEnv(fake.Settings(), way), "TRAININGBOT_LISTEN="+address, "TRAININGBOT_PUBLIC_URL=http://"+address,
		"TRAININGBOT_DATABASE_AUTO_MIGRATE=true", "TRAININGBOT_DINGTALK_API_QUOTA=5000", "TRAININGBOT_DINGTALK_MESSAGE_QUOTA=3000"), env...)
	p := newProgram(t, env...)
	p.must(t, "staff", "import", p.write(t, "staff.csv", strings.Replace(sampleStaff, "企业微信,钉钉", "钉钉,企业微信", 1)))
	r := &dingOffice{program: p, fake: fake, log: &logged{}}
	ctx, cancel := context.WithCancel(context.Background())
	code := make(chan int, 1)
	go func() { code <- run(ctx, []string{"serve"}, p.env, strings.NewReader(""), io.Discard, r.log, p.now) }()
	r.stop = sync.OnceValue(func() int { cancel(); return <-code })
	t.Cleanup(func() { r.stop() })
	if way == overHTTP {
		fake.SetRobotURL("http://" + address + "/dingtalk/robot")
		fake.SetEventURL("http://" + address + "/dingtalk/event")
	} else {
		wait, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := fake.WaitConnections(wait, 1); err != nil {
			t.Fatal(err, r.log.String())
		}
	}
	eventually(t, func() bool { return r.run("healthcheck").code == exitDone }, func() string { return "not ready\n" + r.log.String() })
	return r
}

// The whole program over DingTalk: it answers, the doctor finds nothing wrong, its count of the quotas is the
// platform's own, and it stops cleanly.
func TestServeOverDingTalk(t *testing.T) {
	for _, way := range []string{overStream, overHTTP} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r := serveDingTalk(t, way)
			for range 3 {
				if a := r.fake.UserSends("lina", "帮助"); a.Err != nil {
					t.Fatalf("%+v\n%s", a, r.log)
				}
			}
			eventually(t, func() bool { return strings.Contains(r.fake.Last("lina").Text, "签到") }, func() string { return r.fake.Last("lina").Text })
			r.must(t, "send-test", "王芳")
			if got := r.fake.Last("wangfang").Text; !strings.Contains(got, "测试消息") {
				t.Errorf("the phone shows %q", got)
			}
			out := r.run("doctor").out
			for _, line := range []string{"ok    dingtalk", "ok    visibility", "ok    quota", "ok    clock"} {
				if !strings.Contains(out, line) {
					t.Errorf("the doctor does not say %q:\n%s", line, out)
				}
			}
			if strings.Contains(out, "FAIL  dingtalk") || strings.Contains(out, "FAIL  callback") || (way == overStream) != strings.Contains(out, "Stream connection is open") {
				t.Errorf("the doctor:\n%s", out)
			}
			if code := r.stop(); code != exitDone || !strings.Contains(r.log.String(), "stopped") || r.fake.Connections() != 0 {
				t.Errorf("exit %d, %d connections\n%s", code, r.fake.Connections(), r.log)
			}
			used := r.fake.Used(testNow())
			p := newCounter(t, r.program)
			if p[0].Used != used.Calls || p[1].Used != used.Messages || used.Messages < 3 {
				t.Errorf("counted %+v, the platform %+v", p, used)
			}
			for _, secret := range []string{r.fake.Settings().ClientSecret, r.fake.Settings().EncodingAESKey, "canary-of-the-cards"} {
				if strings.Contains(r.log.String()+out, secret) {
					t.Error("a secret is told")
				}
			}
			for _, p := range r.fake.Problems() {
				t.Error(p)
			}
		})
	}
}

// newCounter gives what was counted of the month's quotas, as the database has it.
func newCounter(t *testing.T, p *program) []domain.MonthUse {
	t.Helper()
	a, err := NewApp(t.Context(), AppOptions{Settings: mustSettings(t, p), Now: p.now, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.meter.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a.meter.use()
}

// What is wrong with DingTalk's settings the doctor says, without the secret.
func TestDoctorOverDingTalk(t *testing.T) {
	t.Parallel()
	fake := dingtalktest.New(dingtalktest.Options{Now: testNow})
	t.Cleanup(fake.Close)
	env := dingtalkEnv(fake.Settings(), overStream)
	p := newProgram(t, append(env, "TRAININGBOT_DATABASE_AUTO_MIGRATE=true", "TRAININGBOT_DINGTALK_CLIENT_SECRET=wrong-wrong")...)
	p.must(t, "staff", "import", p.write(t, "staff.csv", strings.Replace(sampleStaff, "企业微信,钉钉", "钉钉,企业微信", 1)))
	if x := p.run("doctor"); x.code != exitFailed || !strings.Contains(x.out, "FAIL  dingtalk") || !strings.Contains(x.out, "Client Secret 不对") || strings.Contains(x.out, "wrong-wrong") {
		t.Errorf("%s", x.out)
	}
	p.env = append(p.env, env...) // the right secret again
	if x := p.run("doctor"); !strings.Contains(x.out, "FAIL  visibility") || !strings.Contains(x.out, "王芳 (wangfang)") || !strings.Contains(x.out, "Stream 网关可以连接") {
		t.Errorf("%s", x.out)
	}
	fake.RefuseAll("Forbidden.AccessDenied.IpNotInWhiteList")
	if x := p.run("doctor"); x.code != exitFailed || !strings.Contains(x.out, "白名单") {
		t.Errorf("%s", x.out)
	}
}
