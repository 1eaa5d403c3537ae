package main

import (
	"context"
	"fmt"
)

// checkBot says how the long connection of WeCom's bot stands. Where another program may be serving it
// looks at the way to the gateway alone: to connect as the bot would end that program's connection.
func (a *App) checkBot(ctx context.Context) finding {
	const name, zh = "wecom", "企业微信"
	st := a.wecomBot.State()
	switch {
	case st.Open:
		return good(name, zh, fmt.Sprintf("the bot's long connection is open, the %d. of this run", st.Opened), fmt.Sprintf("智能机器人长连接正常（第%d次连接）", st.Opened))
	case st.Refused:
		return bad(name, zh, fmt.Sprintf("the platform refuses the bot (%s): copy wecom.bot_id and wecom.bot_secret anew from the bot's page in the console (API 模式, 长连接)", st.Fault),
			"平台不认这个机器人：请从管理后台的机器人页面（API 模式、长连接）重新复制 bot_id 和 bot_secret")
	case st.Evicted:
		return bad(name, zh, "another program connected as this bot, and the platform keeps one connection a bot: stop the other one; until then this one stands by",
			"另一个程序用同一个机器人连上了，平台只留一个连接：请停掉其中一个")
	case st.Opened > 0 || st.Fault != "":
		return bad(name, zh, fmt.Sprintf("the bot's long connection is down (%s); it is being tried again", st.Fault), "智能机器人长连接断开，正在重连："+st.Fault)
	}
	if err := a.wecomBot.Reach(ctx); err != nil {
		return bad(name, zh, fmt.Sprintf("the gateway of bots cannot be reached (%v): does the firewall let this machine out to %s?", err, a.o.Settings.WeCom.BotURL),
			"连不上智能机器人长连接的地址，请检查防火墙是否放行 "+a.o.Settings.WeCom.BotURL)
	}
	return good(name, zh, "the gateway of bots can be reached; bot and secret are tried by serve alone, since a second connection would end the first: see /readyz, or say 自检 in chat",
		"能连上长连接地址；Bot ID 和 Secret 由运行中的服务验证")
}
