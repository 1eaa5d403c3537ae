//go:build unix

package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/wecom"
	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// deliveries is how often the platform tries at most: far more than the bot can die in between.
const deliveries = 200

// history is what was said and what was answered: the model the database is held against. It is
// guarded by crashWorld.mu.
type history struct {
	next     int64
	said     map[string]*saying           // by message id, as the inbox names it
	presses  map[string]int               // by user: how often a button was pressed and taken
	promised map[string][]domain.PersonID // notices that are in the outbox for sure, and their readers
	unsaid   []string                     // messages whose answer the callback's response could not carry
	audit    map[string]int               // how many lines of the log there are: office, act, subject
	present  map[string]bool              // "S5 user": the bot said 签到成功 or 已代…登记
	plans    map[string][]planAt          // by office and period: the states of the versions
	open     map[string]string            // sessions that were opened, and what became of them
	expects  []expectation
	decided  map[string]time.Time // when a version, "P3 v1", was decided
	redeals  int                  // deliveries after the first of a message

	duplicates int // sends the platform has suppressed
}

// saying is one text message of one person.
type saying struct {
	user, text string
	answers    []string // of every delivery that was taken
}

// planAt is one version of a plan.
type planAt struct {
	state string
	items int
}

// expectation is a reminder that must have been promised, by the procedure alone.
type expectation struct{ key, why string }

func newHistory() history {
	return history{next: 7_000_000_000_000_000_000, said: map[string]*saying{}, presses: map[string]int{}, promised: map[string][]domain.PersonID{}, audit: map[string]int{},
		present: map[string]bool{}, plans: map[string][]planAt{}, open: map[string]string{}, decided: map[string]time.Time{}}
}

// spoke is how long a person takes for a message, on the clock.
const spoke = 2 * time.Second

// say types a message, which the platform delivers until it is taken, and gives the answer in the
// callback's response. Now and then it is delivered again after that, as the platform may.
func (w *crashWorld) say(ctx context.Context, user, text string, again bool) (string, error) {
	w.page.advance(spoke)
	set := w.fake.Settings()
	w.mu.Lock()
	w.next++
	id := w.next
	x := &saying{user: user, text: text}
	w.said[fmt.Sprintf("wecom:m:%d:%d", set.AgentID, id)] = x
	w.mu.Unlock()
	inside := fmt.Sprintf("<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[%s]]></Content><MsgId>%d</MsgId><AgentID>%d</AgentID></xml>",
		set.CorpID, user, w.page.now().Unix(), text, id, set.AgentID)
	taken := 0
	for range deliveries {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		status, body, err := w.fake.Post(inside)
		if err != nil || status != http.StatusOK {
			w.mu.Lock()
			w.redeals++
			w.mu.Unlock()
			continue
		}
		answer, err := openAnswer(set, body)
		if err != nil {
			w.violation("%s said %q and the answer cannot be read: %v", user, text, err)
			return "", err
		}
		w.mu.Lock()
		x.answers = append(x.answers, answer)
		w.mu.Unlock()
		if taken++; taken == 2 || !again {
			return answer, nil
		}
	}
	return "", fmt.Errorf("%s said %q and nobody took it in %d deliveries", user, text, deliveries)
}

// openAnswer opens a passive reply as the platform does.
func openAnswer(set wecomtest.Settings, body []byte) (string, error) {
	if len(body) == 0 {
		return "", nil
	}
	var e struct {
		MsgSignature, TimeStamp, Nonce string
	}
	if err := xml.Unmarshal(body, &e); err != nil {
		return "", err
	}
	codec, err := wecom.NewCodec(set.Token, set.EncodingAESKey, set.CorpID)
	if err != nil {
		return "", err
	}
	plain, err := codec.Open(url.Values{"msg_signature": {e.MsgSignature}, "timestamp": {e.TimeStamp}, "nonce": {e.Nonce}}.Encode(), body)
	if err != nil {
		return "", err
	}
	var in struct{ Content string }
	err = xml.Unmarshal(plain, &in)
	return in.Content, err
}

// press presses a button on the newest live card on a phone that names what, once the card is there.
func (w *crashWorld) press(ctx context.Context, user, what, label string) (wecomtest.Answer, error) {
	card, err := w.await(ctx, user, what)
	if err != nil {
		return wecomtest.Answer{}, err
	}
	i := slices.IndexFunc(card.Buttons, func(b wecomtest.Button) bool { return b.Text == label })
	if i < 0 {
		return wecomtest.Answer{}, fmt.Errorf("no button %s on the card %q", label, card.Title)
	}
	w.page.advance(spoke)
	a := w.fake.StaleClick(user, card.TaskID, card.Buttons[i].Key)
	w.mu.Lock()
	w.redeals += len(a.Attempts) - 1
	w.presses[user]++
	w.mu.Unlock()
	return a, a.Err
}

// await waits for a live card that names what, while time passes.
func (w *crashWorld) await(ctx context.Context, user, what string) (wecomtest.Card, error) {
	for range 60 {
		inbox := w.fake.Inbox(user)
		for i := len(inbox) - 1; i >= 0; i-- {
			if c := inbox[i].Card; c != nil && c.State == wecomtest.Live && strings.Contains(strings.Join([]string{c.Title, c.Desc, c.Text}, "\n"), what) {
				return *c, nil
			}
		}
		w.page.advance(5 * time.Second)
		if _, err := w.tick(ctx); err != nil {
			return wecomtest.Card{}, err
		}
	}
	w.violation("the card %q never came to %s", what, user)
	return wecomtest.Card{}, fmt.Errorf("the card %q never came to %s", what, user)
}

// logged notes lines the log must have.
func (w *crashWorld) logged(office, act, subject string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.audit[office+" "+act+" "+subject]++
}

var codePattern = regexp.MustCompile(`口令 (\d{4})`)

// number finds the first number that pattern captures, "" when there is none.
func number(pattern *regexp.Regexp, text string) string {
	if m := pattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// dueDays gives the days of the deadlines of next month's plan: the 25th (5.1.2), and the 30th or
// the last day of February (5.1.4).
func dueDays(month time.Time) (due, approval time.Time) {
	last := month.AddDate(0, 1, -1).Day()
	return month.AddDate(0, 0, min(25, last)-1), month.AddDate(0, 0, min(30, last)-1)
}

func period(month time.Time) string { return month.Format("2006-01") }

// shanghai is the office's zone.
func shanghai() *time.Location { return time.FixedZone("CST", 8*3600) }

func planNo(n int64) string { return "P" + strconv.FormatInt(n, 10) }
