package dingtalk

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"trainingbot/bot/link"
)

// maxBody bounds the body of a callback.
const maxBody = 256 << 10

// The event subscription waits 2.5 s.
const eventWithin = 2 * time.Second

// Robot answers the callbacks of the robot: what people say. A request that is not the platform's own
// gets an empty 403, whatever is wrong with it. A message that is not answered in time or cannot be kept
// gets a 500: if the platform delivers again the copy joins the first, and if it does not the answer is
// pushed.
func (b *Inbox) Robot() http.Handler {
	return b.door(func(r *http.Request, body []byte) (response, error) {
		stamp, sign := r.Header.Get("timestamp"), r.Header.Get("sign")
		if err := verify(stamp, sign, RobotSign(stamp, b.cfg.ClientSecret), b.cfg.ClientSecret, b.now()); err != nil {
			return response{}, err
		}
		in, err := readRobot(body, b.cfg)
		if err != nil {
			return response{}, err
		}
		got, err := b.hear(r.Context(), in, true, b.cfg.AnswerWithin)
		out := response{body: map[string]string{"msgtype": "empty"}}
		if got.kept != nil {
			out.lost = func() { b.flights.Push(*got.kept, 0) }
		}
		switch {
		case err != nil || got.text == "":
			return out, err
		case in.group() && in.known(b.cfg):
			out.body = aside(in.User)
		default:
			out.body = map[string]any{"msgtype": "text", "text": map[string]string{"content": link.CutBytes(link.Clean(got.text), maxText)}}
		}
		return out, nil
	})
}

func readRobot(body []byte, cfg Config) (robotMessage, error) {
	var in robotMessage
	if err := json.Unmarshal(body, &in); err != nil {
		return in, ErrEnvelope
	}
	return in, in.check(cfg)
}

// Card answers the callbacks of cards: what people press.
func (b *Inbox) Card() http.Handler {
	return b.door(func(r *http.Request, body []byte) (response, error) {
		stamp, sign := r.Header.Get("x-ddpaas-signature-timestamp"), r.Header.Get("x-ddpaas-signature")
		if err := verify(stamp, sign, CardSign(stamp, b.cfg.CardSecret), b.cfg.CardSecret, b.now()); err != nil {
			return response{}, err
		}
		var in cardPress
		if json.Unmarshal(body, &in) != nil {
			return response{}, ErrEnvelope
		}
		fields, err := b.pressed(r.Context(), in)
		if err != nil {
			return response{}, err
		}
		return response{body: answerCard(fields)}, nil
	})
}

// Event answers the event subscription: who joined and who left.
func (b *Inbox) Event() http.Handler {
	return b.door(func(r *http.Request, body []byte) (response, error) {
		var sealed struct {
			Encrypt string `json:"encrypt"`
		}
		if b.crypt == nil {
			return response{}, ErrSignature
		}
		if json.Unmarshal(body, &sealed) != nil || sealed.Encrypt == "" {
			return response{}, ErrEnvelope
		}
		// The pages call the signature by either name.
		q := r.URL.Query()
		signature := q.Get("msg_signature")
		if signature == "" {
			signature = q.Get("signature")
		}
		plain, err := b.crypt.Open(signature, q.Get("timestamp"), q.Get("nonce"), sealed.Encrypt)
		if err != nil {
			return response{}, err
		}
		var in orgEvent
		if json.Unmarshal([]byte(plain), &in) != nil {
			return response{}, ErrEnvelope
		}
		if err := b.told(r.Context(), in, eventWithin); err != nil {
			return response{}, err
		}
		return response{body: b.crypt.Success(b.now())}, nil
	})
}

// door reads a request, has it answered and writes the answer.
func (b *Inbox) door(answer func(r *http.Request, body []byte) (response, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header()["Allow"] = []string{"POST"}
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			if _, big := errors.AsType[*http.MaxBytesError](err); big {
				w.WriteHeader(http.StatusRequestEntityTooLarge)
				return
			}
			panic(http.ErrAbortHandler) // the sender is gone
		}
		out, err := answer(r, body)
		switch {
		case forged(err):
			w.WriteHeader(http.StatusForbidden)
			b.refused.Warn("callback refused", slog.String("cause", err.Error()), slog.String("remote", r.RemoteAddr))
		case err != nil: // its cause was told where it happened
			w.WriteHeader(http.StatusInternalServerError)
		default:
			b.write(w, r, out)
		}
	})
}

// response is the answer to a callback.
type response struct {
	body any
	lost func() // what to do when it did not reach the platform; nil: nothing
}

func (b *Inbox) write(w http.ResponseWriter, r *http.Request, out response) {
	body, err := marshal(out.body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		b.faults.Warn("an answer cannot be written", slog.String("error", err.Error()))
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if _, err := w.Write(body); (err != nil || r.Context().Err() != nil) && out.lost != nil {
		out.lost()
	}
}

// forged says that a request is not the platform's, or not for us.
func forged(err error) bool {
	return errors.Is(err, ErrSignature) || errors.Is(err, ErrStale) || errors.Is(err, ErrEnvelope) || errors.Is(err, ErrReceiver)
}
