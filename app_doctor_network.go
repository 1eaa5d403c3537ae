package main

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/wecom"
	"trainingbot/domain"
)

// clockTolerance is how far the clocks may be apart: a deadline is told to the minute.
const clockTolerance = 30 * time.Second

// networkChecks ask Redis, the platforms and our own public address, all at once.
func (a *App) networkChecks(ctx context.Context) []finding {
	checks := []func(context.Context) []finding{a.checkRedis, a.checkClock, a.checkWeCom, a.checkCallback, a.checkVisible,
		a.checkDingTalk, a.checkDingTalkDoors}
	found := make([][]finding, len(checks))
	var wg sync.WaitGroup
	for i, check := range checks {
		wg.Go(func() { found[i] = check(ctx) })
	}
	wg.Wait()
	return slices.Concat(found...)
}

func (a *App) checkRedis(ctx context.Context) []finding {
	if a.redis == nil {
		return nil
	}
	if err := a.redis.Ping(ctx); err != nil {
		return []finding{bad("redis", "Redis", fmt.Sprintf("it does not answer (%v): is it running, and is redis.url right? The bot works on, each replica with limits of its own", err),
			"没有应答，请检查 Redis 是否在运行、redis.url 是否正确；机器人仍可工作")}
	}
	return []finding{good("redis", "Redis", "answers", "正常")}
}

// checkClock compares our clock with the platform's, or with the database server's.
func (a *App) checkClock(ctx context.Context) []finding {
	const name, zh = "clock", "时钟"
	if len(a.platforms) == 0 && a.db.Dialect() != "postgres" {
		return nil // nobody to disagree with
	}
	theirs, whose, err := a.platformTime(ctx)
	if err != nil && a.db.Dialect() == "postgres" {
		whose = "the database"
		err = a.db.Stats().QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&theirs)
	}
	if err != nil {
		return []finding{bad(name, zh, fmt.Sprintf("there was nothing to compare it with (%v)", err), "没有可比对的时间来源")}
	}
	off := a.o.Now().Sub(theirs).Round(time.Second)
	if off.Abs() > clockTolerance {
		return []finding{bad(name, zh, fmt.Sprintf("this machine differs by %v from %s: switch on time synchronisation (timedatectl set-ntp true)", off, whose),
			fmt.Sprintf("本机时间与平台相差 %v，请打开时间同步（timedatectl set-ntp true）", off))}
	}
	return []finding{good(name, zh, "agrees with "+whose, "准确")}
}

// platformTime reads the Date of the platform's answers; it is exact to the second.
func (a *App) platformTime(ctx context.Context) (time.Time, string, error) {
	var address string
	switch {
	case a.wecom != nil || a.wecomBot != nil:
		address = a.o.Settings.WeCom.APIBase + "/cgi-bin/gettoken"
	case a.dingtalk != nil:
		address = a.o.Settings.DingTalk.OAPIBase + "/gettoken"
	default:
		return time.Time{}, "", errors.New("no platform is configured")
	}
	resp, err := a.get(ctx, address) // without parameters: refused, but dated
	if err != nil {
		return time.Time{}, "", err
	}
	defer resp.Body.Close()
	t, err := http.ParseTime(resp.Header.Get("Date"))
	return t.Add(500 * time.Millisecond), "the platform", err
}

// get asks an address once: no redirects, three seconds.
func (a *App) get(ctx context.Context, address string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return a.ask(req)
}

func (a *App) ask(req *http.Request) (*http.Response, error) {
	client := http.Client{Timeout: 3 * time.Second, Transport: a.o.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the address holds a signature
	}
	return resp, err
}

// checkWeCom asks the platform whether it takes the settings; its own words say what to do.
func (a *App) checkWeCom(ctx context.Context) []finding {
	if a.wecomBot != nil {
		return []finding{a.checkBot(ctx)}
	}
	if a.wecom == nil && a.dingtalk == nil {
		return []finding{bad("wecom", "企业微信", "no chat platform is configured, nobody can talk to the bot: set wecom.* or dingtalk.* (README.md)", "还没有配置平台，请填写 wecom.* 或 dingtalk.*")}
	}
	if a.wecom == nil {
		return nil
	}
	var out []finding
	for _, f := range a.wecom.Diagnose(ctx) {
		out = append(out, finding{ok: f.OK, name: "wecom", text: f.Text, zhName: "企业微信", zh: strings.TrimPrefix(f.Text, "企业微信：")})
	}
	return out
}

// checkCallback plays the platform's URL check against ourselves, over the public address when it
// is known: it proves the way in, the path and both keys, and stores nothing.
func (a *App) checkCallback(ctx context.Context) []finding {
	const name, zh = "callback", "回调"
	if a.wecom == nil {
		return nil
	}
	base, known := strings.TrimRight(a.o.Settings.PublicURL, "/"), true
	if base == "" {
		var err error
		if base, err = localBase(a.o.Settings.Listen); err != nil {
			return []finding{bad(name, zh, err.Error(), err.Error())}
		}
		known = false
	}
	if err := a.echo(ctx, base); err != nil {
		return []finding{bad(name, zh, fmt.Sprintf("%s/wecom/callback does not answer as it should (%v): is trainingbot serve running with these settings, does the reverse proxy pass the path unchanged?", base, err),
			fmt.Sprintf("%s/wecom/callback 应答不对（%v）：请检查服务是否在运行、反向代理是否原样转发", base, err))}
	}
	if !known {
		return []finding{bad(name, zh, "it answers on this machine, but public_url is not set, so the way in from outside is not checked: set public_url to the address people's phones reach",
			"本机应答正常，但没有设置 public_url，无法检查外网能否访问")}
	}
	return []finding{good(name, zh, base+"/wecom/callback answers with the right keys", "地址和密钥都正确")}
}

// echo sends the URL check as the console does when the callback is saved.
func (a *App) echo(ctx context.Context, base string) error {
	s := a.o.Settings.WeCom
	codec, err := wecom.NewCodec(s.Token.Reveal(), s.EncodingAESKey.Reveal(), s.CorpID)
	if err != nil {
		return err
	}
	word := rand.Text()
	var sealed struct {
		Encrypt, MsgSignature, TimeStamp, Nonce string
	}
	if err := xml.Unmarshal(codec.Seal([]byte(word), a.o.Now().Unix(), rand.Text()[:10]), &sealed); err != nil {
		return err
	}
	q := url.Values{"msg_signature": {sealed.MsgSignature}, "timestamp": {sealed.TimeStamp}, "nonce": {sealed.Nonce}, "echostr": {sealed.Encrypt}}
	resp, err := a.get(ctx, base+"/wecom/callback?"+q.Encode())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4096))
	switch {
	case err != nil:
		return err
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("status %s", resp.Status)
	case string(body) != word:
		return errors.New("another program answers there")
	}
	return nil
}

// checkVisible compares the people of the staff list with those the app may talk to.
func (a *App) checkVisible(ctx context.Context) []finding {
	const name, zh = "visibility", "可见范围"
	if a.wecom == nil {
		return nil
	}
	members, err := a.wecom.Members(ctx)
	if err != nil {
		why := err.Error()
		if e, ok := chat.AsSendError(err); ok && e.Code == 60020 {
			why = "this machine's address is not in 企业可信IP: add it on the app's page"
		}
		return []finding{bad(name, zh, "the members cannot be listed: "+why, "读不到可见范围内的成员："+why)}
	}
	visible := map[string]bool{}
	for _, m := range members {
		visible[m.UserID] = true
	}
	rows, err := a.db.ExportStaff(ctx)
	if err != nil {
		return []finding{bad(name, zh, fmt.Sprintf("the staff list cannot be read (%v)", err), "读不到名单")}
	}
	today := a.SOP().Calendar.Date(a.o.Now())
	var hidden []string
	for _, r := range rows {
		if !r.Until.IsZero() && r.Until.Before(today) {
			continue
		}
		if user := userOn(r.Handles, wecom.Name); user != "" && !visible[user] {
			hidden = append(hidden, r.Name+" ("+user+")")
		}
	}
	if len(hidden) > 0 {
		return []finding{bad(name, zh, fmt.Sprintf("%s on the staff list cannot see the app: %s; add them to its 可见范围, or mend the account in the staff file", count(len(hidden), "account"), some(hidden, ", ")),
			fmt.Sprintf("名单里有 %d 个账号不在应用可见范围内：%s", len(hidden), some(hidden, "、")))}
	}
	return []finding{good(name, zh, fmt.Sprintf("%s see the app, everyone on the staff list among them", count(len(members), "member")), fmt.Sprintf("应用可见 %d 人，名单内的人都在其中", len(members)))}
}

func userOn(handles []domain.Handle, platform string) string {
	return strings.ToLower(exactUserOn(handles, platform))
}

func exactUserOn(handles []domain.Handle, platform string) string {
	for _, h := range handles {
		if h.Platform == platform {
			return h.User
		}
	}
	return ""
}
