package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// The topics of the callbacks that come over the Stream connection.
const (
	topicRobot = "/v1.0/im/bot/messages/get"
	topicCard  = "/v1.0/card/instances/callback"
)

// frame is one message of the connection, either way round.
type frame struct {
	Type    string
	Topic   string
	ID      string // of the delivery; a message that comes again may have another
	Event   orgEvent
	Data    string // JSON
	headers map[string]lax
}

// parseFrame reads a frame. Values of headers are texts in practice and numbers in one document.
func parseFrame(raw []byte) (frame, error) {
	var in struct {
		Type    string         `json:"type"`
		Headers map[string]lax `json:"headers"`
		Data    lax            `json:"data"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return frame{}, err
	}
	f := frame{Type: in.Type, Topic: string(in.Headers["topic"]), ID: string(in.Headers["messageId"]), Data: string(in.Data), headers: in.Headers}
	return f, nil
}

// ack is what ends the delivery of a frame.
type ack struct {
	Code    int               `json:"code"`
	Headers map[string]string `json:"headers"`
	Message string            `json:"message"`
	Data    string            `json:"data"` // JSON
}

// The codes of an ack.
const (
	codeOK       = 200
	codeUnknown  = 404
	codeInternal = 500
)

// writeAck makes the ack of a frame.
func writeAck(f frame, code int, data any) ([]byte, error) {
	a := ack{Code: code, Headers: map[string]string{"contentType": "application/json", "messageId": f.ID}, Message: "OK"}
	if code != codeOK {
		a.Message = "not handled"
	}
	if text, ok := data.(string); ok {
		a.Data = text
		return marshal(a)
	}
	b, err := marshal(data)
	if err != nil {
		return nil, err
	}
	a.Data = string(b)
	return marshal(a)
}

// respond handles a callback or an event and gives its ack. What is not kept is not acknowledged as
// done; a panic is a fault like any other.
func (b *Inbox) respond(ctx context.Context, f frame) (code int, data any) {
	defer func() {
		if p := recover(); p != nil {
			b.faults.Warn("panic", slog.String("value", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			code, data = codeInternal, response500
		}
	}()
	switch {
	case f.Type == "EVENT": // by its type: its topic is "*" or a name, the documents disagree
		return b.respondEvent(ctx, f)
	case f.Type == "CALLBACK" && f.Topic == topicRobot:
		in, err := readRobot([]byte(f.Data), b.cfg)
		if err == nil {
			// However long it takes: an ack that comes late ends the deliveries all the same, and the
			// answer does not travel with it.
			_, err = b.hear(ctx, in, false, b.cfg.HandleWithin)
		}
		return b.code(f, err), map[string]any{"response": nil}
	case f.Type == "CALLBACK" && f.Topic == topicCard:
		var in cardPress
		if json.Unmarshal([]byte(f.Data), &in) != nil {
			return b.code(f, ErrEnvelope), response500
		}
		fields, err := b.pressed(ctx, in)
		if err != nil {
			return b.code(f, err), response500
		}
		return codeOK, map[string]any{"response": answerCard(fields)}
	}
	return codeUnknown, response500
}

// response500 is the data of an ack that says no.
const response500 = "{}"

func (b *Inbox) respondEvent(ctx context.Context, f frame) (int, any) {
	var in orgEvent
	_ = json.Unmarshal([]byte(f.Data), &in) // an event nobody waits for may have any shape
	in.Type, in.ID, in.Corp = string(f.headers["eventType"]), string(f.headers["eventId"]), string(f.headers["eventCorpId"])
	if err := b.told(ctx, in, eventWithin); err != nil && !errors.Is(err, ErrReceiver) {
		return codeOK, map[string]string{"status": "LATER", "message": "not kept yet"}
	}
	return codeOK, map[string]string{"status": "SUCCESS", "message": "success"}
}

// code gives the code of an ack. What is malformed or for somebody else does not get better by coming again.
func (b *Inbox) code(f frame, err error) int {
	switch {
	case err == nil:
		return codeOK
	case forged(err):
		b.refused.Warn("frame refused", slog.String("cause", err.Error()), slog.String("topic", f.Topic))
		return codeOK
	}
	return codeInternal
}
