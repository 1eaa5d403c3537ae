//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// notices: what was promised for sure is there, and so is what the procedure demands; a notice that
// no later one of its thread has overtaken is on its way, by itself or in a digest, to exactly the
// people it was promised to, or its matter was settled before the digest left.
func (c *checker) notices() error {
	var rows []struct {
		Key, Thread, At string
		ToldIn          string `db:"told_in"`
	}
	if err := c.all(&rows, "SELECT key, thread, CAST(at AS TEXT) AS at, told_in FROM notice"); err != nil {
		return err
	}
	var handles []struct {
		Person domain.PersonID
		UserID string `db:"user_id"`
	}
	if err := c.all(&handles, "SELECT person, user_id FROM handle"); err != nil {
		return err
	}
	if err := c.readOutbox(); err != nil {
		return err
	}
	users := map[domain.PersonID]string{}
	for _, h := range handles {
		users[h.Person] = h.UserID
	}
	told := map[string][]string{}
	for _, r := range c.rows {
		if r.Notice != "" {
			told[r.Notice] = append(told[r.Notice], r.to...)
		}
	}
	last, keys := map[string]string{}, map[string]bool{}
	for _, r := range rows {
		keys[r.Key] = true
		last[r.Thread] = max(last[r.Thread], r.At)
	}
	for _, r := range rows {
		got := slices.Sorted(slices.Values(append(slices.Clone(told[r.Key]), told[r.ToldIn]...)))
		if len(got) == 0 {
			if settled := strings.HasPrefix(r.ToldIn, "settled:") && keys[strings.TrimPrefix(r.ToldIn, "settled:")]; settled {
				continue
			}
			if r.Thread == "" || r.At >= last[r.Thread] {
				c.violation("notice %s is on its way to nobody", r.Key)
			}
			continue
		}
		var people []string
		for _, p := range c.promised[r.Key] {
			people = append(people, users[p])
		}
		slices.Sort(people)
		if sure := len(people) > 0; sure && !slices.Equal(got, slices.Compact(people)) {
			c.violation("notice %s is for %v and on its way to %v", r.Key, people, got)
		}
	}
	for k := range c.promised {
		if !keys[k] {
			c.violation("notice %s was promised and is not there", k)
		}
	}
	for _, e := range c.expects {
		if !keys[e.key] {
			c.violation("there is no reminder %s (%s)", e.key, e.why)
		}
	}
	return nil
}

// outboxLine is a row of the outbox as the checker needs it.
type outboxLine struct {
	ID, Key, Kind, Notice, Thread, State, Reason string
	Recipients, Body                             string
	Attempt                                      int
	Over                                         bool
	Vain                                         bool // it was no use any more when it was promised
	to                                           []string
	text                                         string
	buttons                                      bool
}

// sentAs is how a row is known on the wire: a card by its task, a text by its receivers and words.
func (r outboxLine) sentAs() string {
	if r.buttons {
		return "card " + r.ID
	}
	return "text " + strings.Join(r.to, "|") + " " + r.text
}

// acceptedAs is the same of what the platform took.
func acceptedAs(a wecomtest.Accepted) (string, error) {
	var b struct {
		ToUser string `json:"touser"`
		Text   struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	if err := json.Unmarshal(a.Body, &b); err != nil {
		return "", err
	}
	if a.TaskID != "" {
		return "card " + a.TaskID, nil
	}
	return "text " + b.ToUser + " " + b.Text.Content, nil
}

func (c *checker) readOutbox() error {
	err := c.all(&c.rows, `SELECT id, key, kind, COALESCE(notice, '') AS notice, thread, state, reason, CAST(recipients AS TEXT) AS recipients,
		CAST(body AS TEXT) AS body, attempt, over, COALESCE(created_at >= expires_at, FALSE) AS vain FROM outbox`)
	if err != nil {
		return err
	}
	for i := range c.rows {
		r := &c.rows[i]
		var body struct {
			Text string
			Card *struct{ Buttons []json.RawMessage }
		}
		if err := json.Unmarshal([]byte(r.Recipients), &r.to); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(r.Body), &body); err != nil {
			return err
		}
		slices.Sort(r.to)
		r.text, r.buttons = body.Text, body.Card != nil && len(body.Card.Buttons) > 0
	}
	return nil
}

// outbox: everything has come to an end, nobody was unreachable, and every answer that does not fit
// the callback's response has gone out as a message.
func (c *checker) outbox() error {
	for _, r := range c.rows {
		switch r.State {
		case "ready", "leased":
			c.violation("%s is still %s", r.Key, r.State)
		case "dead", "expired":
			// The clock leaps over hours, so that a session's reminder can be promised when it has begun;
			// what the 72 hours of a card's update mean is looked at on the phones.
			if r.State == "dead" || !r.Vain && r.Kind != "update" {
				c.violation("%s is %s: %s", r.Key, r.State, r.Reason)
			}
		}
	}
	answered := map[string]bool{}
	for _, r := range c.rows {
		if rest, ok := strings.CutPrefix(r.Key, "reply:"); ok && r.State == "sent" {
			answered[rest[:strings.LastIndex(rest[:strings.Index(rest, "|")], ":")]] = true
		}
	}
	for _, m := range c.unsaid {
		if !answered[m] {
			c.violation("the answer to %s was to come as a message and never went out (%+v)", m, c.said[m])
		}
	}
	return nil
}

// journal: what is sent was delivered to the phones exactly once, with the same bytes at every try;
// what was delivered is in the outbox.
func (c *checker) journal() error {
	delivered := map[string]int{}
	for _, a := range c.fake.Accepted() {
		key, err := acceptedAs(a)
		if err != nil {
			return err
		}
		if len(a.Dropped)+len(a.Invalid) > 0 {
			c.violation("%.80q was dropped for %v, invalid for %v", key, a.Dropped, a.Invalid)
		}
		if a.Duplicate {
			c.duplicates++
			continue
		}
		delivered[key]++
	}
	type group struct {
		sent, tried int // rows that are sent; rows that ended otherwise after a try
		notice      bool
		key         string
	}
	want := map[string]*group{}
	for _, r := range c.rows {
		if r.Kind == "update" {
			continue
		}
		g := want[r.sentAs()]
		if g == nil {
			g = &group{key: r.Key}
			want[r.sentAs()] = g
		}
		switch {
		case r.State == "sent":
			g.sent++
			g.notice = g.notice || r.Kind == "notice"
		case r.Attempt > 0:
			g.tried++
		}
	}
	for key, g := range want {
		n := delivered[key]
		delete(delivered, key)
		switch {
		case g.sent > 0 && n == 0:
			c.violation("%s is sent and nobody got it: %.120q", g.key, key)
		case n > g.sent+g.tried:
			c.violation("%s reached the phones %d times: %.120q", g.key, n, key)
		case n < g.sent && g.notice:
			c.violation("%d reminders with the same words became %d messages: %.120q", g.sent, n, key)
		}
	}
	for key, n := range delivered {
		c.violation("the phones got %d times what the outbox does not know: %.120q", n, key)
	}
	return nil
}

// phones: no card is live on which nothing is left to decide, as far as the platform lets it be
// brought up to date, which is for 72 hours.
func (c *checker) phones() error {
	for _, o := range c.offices {
		for _, x := range c.fake.Inbox(o.director) {
			if x.Card == nil || x.Card.State != wecomtest.Live || !slices.ContainsFunc(x.Card.Buttons, func(b wecomtest.Button) bool { return b.Text == "同意" }) {
				continue
			}
			ref := x.Card.Desc[strings.LastIndex(x.Card.Desc, "P"):]
			// A card that was asked for (待批) belongs to no thread; it tells the truth when it is pressed.
			asked := strings.HasPrefix(c.rowOf(x.Card.TaskID), "reply:")
			if at, ok := c.decided[ref]; ok && !asked && at.Sub(x.At) < 71*time.Hour {
				c.violation("the card of %s that %s got on %s is still live; it was decided on %s (task %s: %s)", ref, o.director, when(x.At), when(at), x.Card.TaskID, c.rowOf(x.Card.TaskID))
			}
		}
	}
	return nil
}

func (c *checker) rowOf(id string) string {
	for _, r := range c.rows {
		if r.ID == id {
			return fmt.Sprintf("%s %s, try %d, over %v, %s", r.Key, r.State, r.Attempt, r.Over, r.Reason)
		}
	}
	return "no row"
}

func when(t time.Time) string { return t.In(shanghai()).Format("01-02 15:04:05") }
