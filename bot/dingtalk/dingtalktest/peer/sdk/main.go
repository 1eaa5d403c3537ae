// Command dingtalkpeer is the platform's own Stream client for Go, for the tests of the fake gateway. It
// reads its settings as one line of JSON from standard input, answers what it is told in the way
// peer/stream.mjs does, writes a line of JSON for each thing it was told, and ends when standard input
// does.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/card"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/chatbot"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/client"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/event"
)

// log writes what was told, one line at a time.
type log struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (l *log) say(what string, fields map[string]any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fields["what"] = what
	if err := l.out.Encode(fields); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func run() error {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	var set struct{ URL, ID, Secret string }
	if err := json.Unmarshal(line, &set); err != nil {
		return err
	}
	l := &log{out: json.NewEncoder(os.Stdout)}
	cli := client.NewStreamClient(
		client.WithAppCredential(client.NewAppCredentialConfig(set.ID, set.Secret)),
		client.WithOpenApiHost(set.URL),
	)
	cli.RegisterChatBotCallbackRouter(func(ctx context.Context, d *chatbot.BotCallbackDataModel) ([]byte, error) {
		l.say("message", map[string]any{
			"user": d.SenderStaffId, "corp": d.SenderCorpId, "nick": d.SenderNick, "robot": d.RobotCode, "kind": d.Msgtype,
			"text": d.Text.Content, "group": d.ConversationTitle, "conversation": d.ConversationType, "at": d.IsInAtList,
			"lasts": d.SessionWebhookExpiredTime - d.CreateAt,
		})
		return []byte(`{"response":null}`), chatbot.NewChatbotReplier().SimpleReplyText(ctx, d.SessionWebhook, []byte("收到："+d.Text.Content))
	})
	cli.RegisterCardCallbackRouter(func(_ context.Context, r *card.CardRequest) (*card.CardResponse, error) {
		action := r.GetActionString("action")
		l.say("press", map[string]any{
			"card": r.OutTrackId, "corp": r.CorpId, "user": r.UserId, "form": r.UserIdType, "type": r.Type,
			"buttons": r.CardActionData.CardPrivateData.ActionIdList, "action": action,
		})
		return &card.CardResponse{
			CardUpdateOptions: &card.CardUpdateOptions{UpdateCardDataByKey: true},
			CardData:          &card.CardDataDto{CardParamMap: map[string]string{"status": action}},
		}, nil
	})
	later := true
	cli.RegisterAllEventRouter(event.NewDefaultEventFrameHandler(
		func(_ context.Context, h *event.EventHeader, raw []byte) (event.EventProcessStatusType, error) {
			var data map[string]any
			if err := json.Unmarshal(raw, &data); err != nil {
				return event.EventProcessStatusKLater, err
			}
			l.say("event", map[string]any{"type": h.EventType, "corp": h.EventCorpId, "users": data["userId"]})
			if h.EventType == "user_modify_org" && later { // once, to have it again
				later = false
				return event.EventProcessStatusKLater, nil
			}
			return event.EventProcessStatusKSuccess, nil
		}).OnEventReceived)
	if err := cli.Start(context.Background()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	cli.AutoReconnect = false
	cli.Close()
	return err
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
