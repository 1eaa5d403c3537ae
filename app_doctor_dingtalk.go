package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"trainingbot/bot/dingtalk"
)

// checkDingTalk asks the platform whether it takes the settings, and how the connection to it and the
// month's quotas stand.
func (a *App) checkDingTalk(ctx context.Context) []finding {
	if a.dingtalk == nil {
		return nil
	}
	const name, zh = "dingtalk", "钉钉"
	running := a.stream != nil && a.stream.State().Opened > 0
	var out []finding
	for _, f := range a.dingtalk.Diagnose(ctx, a.stream != nil && !running) {
		out = append(out, finding{ok: f.OK, name: name, text: f.Text, zhName: zh, zh: strings.TrimPrefix(f.Text, "钉钉：")})
	}
	if running {
		out = append(out, streamFinding(a.stream.State()))
	}
	if at := a.inbox.Muted(); !at.IsZero() {
		out = append(out, bad(name, zh, fmt.Sprintf("at %s a message came without its words: the organisation's monthly messages are used up; upgrade or top up in DingTalk's console", at.Format("01-02 15:04")),
			"单位本月的消息额度用完了，收到的消息没有内容：请在钉钉管理后台升级或加购"))
	}
	if a.stream == nil && a.o.Settings.DingTalk.CardCallbackSecret == "" {
		out = append(out, good(name, zh, "without dingtalk.card_callback_secret no cards are sent: buttons are links that say their line", "没有设置 card_callback_secret：不发卡片，按钮是代发文字的链接"))
	}
	return append(out, a.checkQuotas(ctx)...)
}

func streamFinding(s dingtalk.StreamState) finding {
	const name, zh = "dingtalk", "钉钉"
	if s.Open == 0 {
		return bad(name, zh, fmt.Sprintf("the Stream connection is down (%s); it is being tried again", s.Fault), "Stream 连接断开，正在重连："+s.Fault)
	}
	return good(name, zh, fmt.Sprintf("the Stream connection is open, the %d. of this run", s.Opened), fmt.Sprintf("Stream 连接正常（第%d次连接）", s.Opened))
}

func (a *App) checkQuotas(ctx context.Context) []finding {
	const name, zh = "quota", "额度"
	if err := a.meter.flush(ctx); err != nil {
		return []finding{bad(name, zh, fmt.Sprintf("what was used cannot be read (%v)", err), "读不到本月用量")}
	}
	var out []finding
	percent := a.SOP().Policy.Reminders.QuotaWarnPercent
	for _, m := range a.meter.use() {
		text, chinese := english(m), fmt.Sprintf("钉钉本月%s：%d / %d", m.What, m.Used, m.Limit)
		if m.Used*100 >= m.Limit*percent {
			out = append(out, bad(name, zh, text+": nearly used up; upgrade the organisation's edition or top up, and mend dingtalk.api_quota or message_quota when it has more", chinese+"，快用完了，请升级或加购"))
			continue
		}
		out = append(out, good(name, zh, text, chinese))
	}
	return out
}

// checkDingTalkDoors asks our own addresses for callbacks: without a signature they say 403, and nothing else.
func (a *App) checkDingTalkDoors(ctx context.Context) []finding {
	const name, zh = "callback", "回调"
	if a.dingtalk == nil || a.stream != nil {
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
	for _, path := range []string{"/dingtalk/robot", "/dingtalk/card", "/dingtalk/event"} {
		if err := a.refuses(ctx, base+path); err != nil {
			return []finding{bad(name, zh, fmt.Sprintf("%s%s does not answer as it should (%v): is trainingbot serve running with these settings, does the reverse proxy pass the path unchanged?", base, path, err),
				fmt.Sprintf("%s%s 应答不对（%v）：请检查服务是否在运行、反向代理是否原样转发", base, path, err))}
		}
	}
	if !known {
		return []finding{bad(name, zh, "/dingtalk/… answers on this machine, but public_url is not set, so the way in from outside is not checked", "本机应答正常，但没有设置 public_url，无法检查外网能否访问")}
	}
	return []finding{good(name, zh, base+"/dingtalk/… answers", "钉钉的回调地址应答正常")}
}

func (a *App) refuses(ctx context.Context, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	resp, err := a.ask(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden {
		return fmt.Errorf("status %s", resp.Status)
	}
	return nil
}

// checkDingTalkMembers looks for accounts of the staff list that the organisation does not have.
func (a *App) checkDingTalkMembers(ctx context.Context) []finding {
	const name, zh = "visibility", "可见范围"
	if a.dingtalk == nil {
		return nil
	}
	rows, err := a.db.ExportStaff(ctx)
	if err != nil {
		return []finding{bad(name, zh, fmt.Sprintf("the staff list cannot be read (%v)", err), "读不到名单")}
	}
	today := a.SOP().Calendar.Date(a.o.Now())
	var unknown []string
	asked := 0
	for _, r := range rows {
		user := exactUserOn(r.Handles, dingtalk.Name)
		if user == "" || !r.Until.IsZero() && r.Until.Before(today) {
			continue
		}
		asked++
		_, ok, err := a.dingtalk.Member(ctx, user)
		if err != nil {
			return []finding{bad(name, zh, "DingTalk's directory cannot be read: "+err.Error(), "读不到钉钉通讯录："+err.Error())}
		}
		if !ok {
			unknown = append(unknown, r.Name+" ("+user+")")
		}
	}
	if len(unknown) > 0 {
		return []finding{bad(name, zh, fmt.Sprintf("DingTalk does not know %s of the staff list: %s; mend them in the staff file", count(len(unknown), "account"), some(unknown, ", ")),
			fmt.Sprintf("钉钉里没有名单上的 %d 个账号：%s", len(unknown), some(unknown, "、")))}
	}
	return []finding{good(name, zh, fmt.Sprintf("DingTalk knows all %s of the staff list", count(asked, "account")), fmt.Sprintf("名单里的 %d 个钉钉账号都在", asked))}
}
