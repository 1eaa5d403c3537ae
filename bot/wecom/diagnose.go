package wecom

import (
	"context"
	"fmt"
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

// Diagnose asks the platform whether the settings work: the secret, the app and its visible range,
// the callback addresses. A fault that makes the later questions useless ends it.
func (p *Platform) Diagnose(ctx context.Context) []Finding {
	if _, err := p.client.tokens.Get(ctx); err != nil {
		return []Finding{{false, "企业微信：取不到 access_token，" + advice(err)}}
	}
	found := []Finding{{true, "企业微信：企业 ID 与应用 Secret 正确"}}
	v, err := p.visible(ctx)
	switch {
	case err != nil:
		return append(found, Finding{false, "企业微信：读不到应用信息，" + advice(err)})
	case v.Close != 0:
		found = append(found, Finding{false, "企业微信：应用已停用，请在管理后台「应用管理」启用"})
	case len(v.Users.User)+len(v.Departments.ID)+len(v.Tags.ID) == 0:
		found = append(found, Finding{false, "企业微信：应用的可见范围是空的，请在管理后台把培训人员或其部门加入可见范围"})
	default:
		found = append(found, Finding{true, fmt.Sprintf("企业微信：应用「%s」可见 %d 人、%d 个部门、%d 个标签",
			link.Line(v.Name), len(v.Users.User), len(v.Departments.ID), len(v.Tags.ID))})
	}
	var ips struct {
		List []string `json:"ip_list"`
	}
	err = p.client.call(ctx, request{op: "getcallbackip", method: http.MethodGet, path: pathIPs}, &ips)
	if err != nil {
		return append(found, Finding{false, "企业微信：读不到回调来源 IP，" + advice(err)})
	}
	return append(found, Finding{true, fmt.Sprintf("企业微信：回调来源 IP 共 %d 段，防火墙须放行", len(ips.List))})
}

// advice says in Chinese what to do about a failed call.
func advice(err error) string {
	e, ok := chat.AsSendError(err)
	if !ok {
		return "原因不明：" + err.Error()
	}
	switch e.Code {
	case codeBadSecret, codeOtherSecret:
		return "应用 Secret 不对：请从管理后台该应用页面重新复制（几分钟内不再重试，免得出口 IP 被封）"
	case codeBadCorp:
		return "企业 ID 不对：请从管理后台「我的企业」重新复制"
	case 40056, 301002:
		return "AgentId 与 Secret 不是同一个应用"
	case 60020:
		return "本机出口 IP 不在「企业可信 IP」内：请在应用页面添加，一分钟后生效"
	case 50003:
		return "应用已停用，请在管理后台启用"
	case 0:
		return "连不上 " + "api_base：" + e.Err.Error()
	}
	return "平台答复：" + e.Err.Error()
}
