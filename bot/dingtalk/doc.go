// Package dingtalk speaks with DingTalk (钉钉) as an internal app (企业内部应用) with a robot: it hears people
// over callbacks or over the outgoing Stream connection (NewInbox), and sends texts and cards (New).
//
// The wire follows the platform's pages on receiving (接收消息), the Stream protocol, interactive cards
// (互动卡片) and robot messages (机器人批量发送单聊消息). Where they are silent or disagree the safe reading is
// taken, and the comment there says so.
//
// The signature of a robot's callback covers the time alone, not the body: what arrives over plain HTTP
// could be anything. TLS, the freshness of the stamp and the message id, which the handler keeps, are what
// stands against a replay; nothing in a body is believed but who spoke and what.
package dingtalk
