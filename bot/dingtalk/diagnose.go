package dingtalk

import (
	"context"
	"errors"
	"net/http"

	"trainingbot/bot/chat"
	"trainingbot/bot/link"
)

// Finding is one line of a diagnosis. Text is Chinese, for the person who sets the bot up; it says
// what is right, or what to do. It holds no secret.
type Finding struct {
	OK   bool
	Text string
}

// Diagnose asks the platform whether the settings work: the app and its secret, and when asked whether the
// gateway would open a Stream connection. It opens none: a second one would take messages away from the
// server that is running. A fault that makes the later question useless ends it.
func (p *Platform) Diagnose(ctx context.Context, stream bool) []Finding {
	if _, err := p.client.tokens.Get(ctx); err != nil {
		return []Finding{{false, "钉钉：取不到 accessToken，" + advice(err)}}
	}
	found := []Finding{{true, "钉钉：Client ID 与 Client Secret 正确"}}
	if !stream {
		return found
	}
	if _, err := p.client.ticket(ctx); err != nil {
		return append(found, Finding{false, "钉钉：Stream 网关不给连接，" + advice(err)})
	}
	return append(found, Finding{true, "钉钉：Stream 网关可以连接"})
}

// Member says whether the organisation has a person the app may see, and their name. It asks the
// directory, which the quotas do not count. Errors are *chat.SendError.
func (p *Platform) Member(ctx context.Context, user string) (name string, ok bool, err error) {
	var got struct {
		Result struct {
			Name   string `json:"name"`
			Active *bool  `json:"active"`
		} `json:"result"`
	}
	err = p.client.do(ctx, call{op: "user/get", method: http.MethodPost, path: "/topapi/v2/user/get", old: true, free: true, repeatable: true,
		body: map[string]string{"userid": user, "language": "zh_CN"}}, &got)
	if api, is := errors.AsType[*APIError](err); is && (api.Code == "33012" || api.Code == "60121") {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return link.Line(got.Result.Name), true, nil
}

// advice says in Chinese what to do about a failed call.
func advice(err error) string {
	e, ok := chat.AsSendError(err)
	if !ok {
		return "原因不明：" + err.Error()
	}
	api, ok := errors.AsType[*APIError](e.Err)
	if !ok {
		return "连不上 dingtalk.api_base，请检查网络和防火墙（须能访问 api.dingtalk.com、oapi.dingtalk.com 和 wss-open-connection.dingtalk.com）：" + e.Err.Error()
	}
	switch v := judgeNew(http.StatusForbidden, api.Code); {
	case api.Code == "invalidClientIdOrSecret", api.Code == "invalid.client", api.Code == "authFailed":
		return "Client ID 或 Client Secret 不对：请从开放平台应用的「凭证与基础信息」重新复制"
	case v.everyone:
		return "单位本月的 API 额度用完了，请在钉钉管理后台升级或加购"
	case api.Code == "Forbidden.AccessDenied.IpNotInWhiteList", api.Code == "60020":
		return "本机出口 IP 不在应用的服务器出口 IP 白名单内：请在开放平台的「安全设置」里添加"
	case api.Code == "Forbidden.AccessDenied.AccessTokenPermissionDenied", api.Code == "60011":
		return "应用缺少接口权限：请在开放平台的「权限管理」里开通机器人发消息、互动卡片和通讯录读取"
	}
	return "平台答复：" + api.Error()
}
