package configs

import (
	"bytes"
	"io"

	"go.yaml.in/yaml/v3"
)

// Settings is what an installer sets. The tags of a field are its one description: yaml is its key,
// zh its meaning. The defaults are Default.
type Settings struct {
	Listen     string    `yaml:"listen" zh:"HTTP 监听地址。放在反向代理后面时保持 127.0.0.1"`
	PublicURL  string    `yaml:"public_url" zh:"手机访问本程序页面的地址，如 https://train.example.com；空：消息里不带页面链接"`
	Timezone   string    `yaml:"timezone" zh:"管理处所在时区（IANA 名称），所有日期和时间按它计算"`
	Database   Database  `yaml:"database" zh:"数据库"`
	Redis      Redis     `yaml:"redis" zh:"Redis"`
	PolicyFile string    `yaml:"policy_file" zh:"改动规程数字的文件，写法见 configs/policy.yaml；空：用规程原文的数字"`
	WeCom      WeCom     `yaml:"wecom" zh:"企业微信（全部留空：不启用）"`
	DingTalk   DingTalk  `yaml:"dingtalk" zh:"钉钉（全部留空：不启用）"`
	Groups     []Group   `yaml:"groups" zh:"管理处的群，用于群公告。只能写在文件里，没有对应的环境变量"`
	Log        LogOutput `yaml:"log" zh:"日志"`
	Metrics    Metrics   `yaml:"metrics" zh:"监控指标"`
}

// Database says where the data is.
type Database struct {
	URL         SecretURL `yaml:"url" zh:"sqlite:文件 或 postgres://用户:密码@主机/库?sslmode=verify-full"`
	AutoMigrate bool      `yaml:"auto_migrate" zh:"启动时自动升级数据库结构。没有写明时：sqlite 为 true，postgres 为 false"`
}

// Redis says where replicas share tokens and limits.
type Redis struct {
	URL SecretURL `yaml:"url" zh:"redis://…、rediss://… 或 unix://…；多个副本共用令牌和限流时填写，空：不用 Redis"`
}

// WeCom is the self-built app of one WeCom organisation, or its AI bot where the organisation cannot be
// reached from outside.
type WeCom struct {
	Mode           string `yaml:"mode" zh:"接入方式：callback（自建应用，需要公网地址）或 bot（智能机器人长连接，不需要公网地址）"`
	CorpID         string `yaml:"corp_id" zh:"企业ID（我的企业 › 企业信息）；bot 方式可以不填"`
	AgentID        int64  `yaml:"agent_id" zh:"自建应用的 AgentId；callback 方式填写，以下三项同"`
	Secret         Secret `yaml:"secret" zh:"自建应用的 Secret"`
	Token          Secret `yaml:"token" zh:"接收消息的 Token"`
	EncodingAESKey Secret `yaml:"encoding_aes_key" zh:"接收消息的 EncodingAESKey（43 位）"`
	BotID          string `yaml:"bot_id" zh:"智能机器人的 Bot ID；bot 方式填写，下一项同"`
	BotSecret      Secret `yaml:"bot_secret" zh:"智能机器人长连接的 Secret"`
	BotURL         string `yaml:"bot_url" zh:"智能机器人长连接的地址；代理时改写"`
	APIBase        string `yaml:"api_base" zh:"企业微信接口地址；私有化部署或代理时改写"`
}

// Enabled says whether the platform is set up.
func (w WeCom) Enabled() bool { w.Mode, w.APIBase, w.BotURL = "", "", ""; return w != WeCom{} }

// DingTalk is the internal app of one DingTalk organisation.
type DingTalk struct {
	CorpID             string `yaml:"corp_id" zh:"企业 CorpId（ding 开头）"`
	ClientID           string `yaml:"client_id" zh:"应用的 Client ID（原 AppKey）"`
	ClientSecret       Secret `yaml:"client_secret" zh:"应用的 Client Secret（原 AppSecret）"`
	RobotCode          string `yaml:"robot_code" zh:"机器人的 RobotCode"`
	Mode               string `yaml:"mode" zh:"接收消息的方式：stream（不需要公网地址）或 webhook"`
	CardTemplateID     string `yaml:"card_template_id" zh:"互动卡片：空为钉钉的公共卡片，不用配置；自建模板填 .schema 结尾的模板 ID；text 为不用卡片，按钮变成代您发送文字的链接"`
	CardCallbackSecret Secret `yaml:"card_callback_secret" zh:"webhook 方式用卡片时填写：自己编一串 16 位以上的随机字符，本程序用它向钉钉登记卡片回调；空：webhook 方式不用卡片"`
	EventToken         Secret `yaml:"event_token" zh:"事件订阅的 token；webhook 方式接收离职等事件时填写"`
	EventAESKey        Secret `yaml:"event_aes_key" zh:"事件订阅的 aes_key（43 位），与 event_token 一起填写"`
	APIQuota           int    `yaml:"api_quota" zh:"单位每月的 API 调用额度，看钉钉管理后台；标准版 5000，专业版 200000"`
	MessageQuota       int    `yaml:"message_quota" zh:"单位每月的 Webhook 与 Stream 消息额度；标准版 3000，专业版 50000"`
	APIBase            string `yaml:"api_base" zh:"新版接口地址"`
	OAPIBase           string `yaml:"oapi_base" zh:"旧版接口地址"`
}

// Enabled says whether the platform is set up.
func (d DingTalk) Enabled() bool {
	d.APIBase, d.OAPIBase, d.Mode, d.APIQuota, d.MessageQuota = "", "", "", 0, 0
	return d != DingTalk{}
}

// Group is a group chat of one office on one platform.
type Group struct {
	Office             string    `yaml:"office" zh:"管理处名称，与名单里一致"`
	Platform           string    `yaml:"platform" zh:"wecom 或 dingtalk"`
	WebhookURL         SecretURL `yaml:"webhook_url,omitempty" zh:"群机器人的 Webhook 地址"`
	OpenConversationID string    `yaml:"open_conversation_id,omitempty" zh:"钉钉群的 openConversationId，与 webhook_url 二选一"`
	Secret             Secret    `yaml:"secret,omitempty" zh:"钉钉群机器人的加签密钥"`
}

// LogOutput is how the log is written, to standard error.
type LogOutput struct {
	Level  string `yaml:"level" zh:"debug、info、warn 或 error"`
	Format string `yaml:"format" zh:"json 或 text"`
}

// Metrics says where Prometheus finds the metrics.
type Metrics struct {
	Listen string `yaml:"listen" zh:"/metrics 单独的监听地址；空：与 listen 相同的端口"`
}

// Default gives the settings of a program nobody has set up.
func Default() Settings {
	return Settings{
		Listen:   "127.0.0.1:8080",
		Timezone: "Asia/Shanghai",
		Database: Database{URL: "sqlite:data/trainingbot.db", AutoMigrate: true},
		WeCom:    WeCom{Mode: "callback", APIBase: "https://qyapi.weixin.qq.com", BotURL: "wss://openws.work.weixin.qq.com"},
		DingTalk: DingTalk{Mode: "stream", APIQuota: 5000, MessageQuota: 3000, APIBase: "https://api.dingtalk.com", OAPIBase: "https://oapi.dingtalk.com"},
		Log:      LogOutput{Level: "info", Format: "json"},
	}
}

// Print writes the settings in force as YAML, secrets redacted.
func (s Settings) Print(w io.Writer) error {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(s); err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
