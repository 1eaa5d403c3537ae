//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"trainingbot/bot/wecom"
	"trainingbot/domain"
	"trainingbot/storage"
)

// check holds the database and the platform's journal against the history, and gives everything that
// must not be. Nobody else may have the database open.
func (w *crashWorld) check(ctx context.Context, offices []*crashOffice) ([]string, error) {
	db, err := storage.Open(ctx, w.url, storage.Options{Platforms: []storage.Platform{{Name: wecom.Name, Limit: 1000, FoldCase: true}}})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	c := &checker{crashWorld: w, ctx: ctx, db: db, x: db.Stats(), offices: offices}
	for _, look := range []func() error{c.messages, c.plansAndSessions, c.presences, c.log, c.notices, c.outbox, c.journal, c.phones, c.soundness} {
		if err := look(); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.failed), nil
}

type checker struct {
	*crashWorld
	ctx     context.Context
	db      *storage.DB
	x       *sqlx.DB
	offices []*crashOffice
	rows    []outboxLine
}

func (c *checker) all(into any, query string, args ...any) error {
	if err := c.x.SelectContext(c.ctx, into, query, args...); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}

// messages: what was answered is kept, once, with that answer; every delivery of a message got the
// same one; what cannot be shown in a response was promised; nothing else is in the inbox.
func (c *checker) messages() error {
	var rows []struct {
		Message string
		UserID  string `db:"user_id"`
		Answer  string
	}
	if err := c.all(&rows, "SELECT message, user_id, CAST(answer AS TEXT) AS answer FROM inbox"); err != nil {
		return err
	}
	kept, presses := map[string]domain.Answer{}, map[string]int{}
	for _, r := range rows {
		var a domain.Answer
		if err := json.Unmarshal([]byte(r.Answer), &a); err != nil {
			return err
		}
		kept[r.Message] = a
		_, typed := c.said[r.Message]
		if !typed {
			presses[r.UserID]++
		}
		if a.Text == "" {
			c.unsaid = append(c.unsaid, r.Message)
		}
	}
	for id, x := range c.said {
		a, ok := kept[id]
		if !ok {
			c.violation("%s said %q, was answered %q, and it is not in the inbox", x.user, x.text, x.answers)
			continue
		}
		for _, got := range x.answers {
			if got != a.Text {
				c.violation("%s said %q and was answered %q, kept is %q", x.user, x.text, got, a.Text)
			}
		}
	}
	for user, n := range c.presses {
		if presses[user] != n {
			c.violation("%s pressed %d buttons, the inbox has %d", user, n, presses[user])
		}
		delete(presses, user)
	}
	for user, n := range presses {
		c.violation("the inbox has %d messages of %s that nobody sent", n, user)
	}
	return nil
}

// plansAndSessions: every plan has the versions the answers spoke of, in their states, with as many
// items; each approved one has its sessions; what was opened and closed is.
func (c *checker) plansAndSessions() error {
	plans, err := plansOf(c.ctx, c.db)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, p := range plans {
		key := p.Office + " " + p.Period
		seen[key] = true
		want, got := fmt.Sprint(c.plans[key]), []planAt{}
		for _, v := range p.Versions {
			got = append(got, planAt{v.State, v.Items})
		}
		if fmt.Sprint(got) != want {
			c.violation("plan %s is %v, the answers say %s", key, got, want)
		}
	}
	for key := range c.plans {
		if !seen[key] {
			c.violation("plan %s is not there", key)
		}
	}
	sessions, err := sessionsOf(c.ctx, c.db)
	if err != nil {
		return err
	}
	have := map[string]int{}
	for _, s := range sessions {
		code := fmt.Sprintf("S%d", s.No)
		want := c.open[code]
		if (want != "" || s.State == "open" || s.State == "closed") && s.State != want {
			c.violation("session %s is %s, the answers say %q", code, s.State, want)
		}
		if s.State != "cancelled" {
			have[s.Office+" "+s.Start.In(shanghai()).Format("2006-01")]++
		}
	}
	for key, versions := range c.plans {
		for _, v := range versions {
			if v.state == "approved" && have[key] != v.items {
				c.violation("plan %s has %d items and %d sessions", key, v.items, have[key])
			}
		}
	}
	return nil
}

// presences: exactly those who were told so are present, each by a message of their own.
func (c *checker) presences() error {
	var rows []struct {
		No      int64
		Person  string
		Way     string
		Message string
	}
	if err := c.all(&rows, "SELECT s.no, p.no AS person, a.way, a.message FROM attendance a JOIN session s ON s.id = a.session JOIN person p ON p.id = a.person"); err != nil {
		return err
	}
	got := map[string]bool{}
	for _, r := range rows {
		user := strings.TrimPrefix(r.Person, "K")
		got[fmt.Sprintf("S%d %s", r.No, user)] = true
		x := c.said[r.Message]
		if x == nil || r.Way == "code" && (x.user != user || !strings.Contains(strings.Join(x.answers, ""), "签到成功")) {
			c.violation("the presence of %s at S%d rests on %q, which is not their check-in", user, r.No, r.Message)
		}
	}
	for key := range c.present {
		if !got[key] {
			c.violation("%s: the bot said that they are present, and they are not", key)
		}
	}
	for key := range got {
		if !c.present[key] {
			c.violation("%s: they are present and were not told so", key)
		}
	}
	return nil
}

// log: one line for each thing that was done, none twice, none more.
func (c *checker) log() error {
	var rows []struct {
		Office, Act, Subject string
		N                    int
	}
	if err := c.all(&rows, "SELECT o.name AS office, a.act, a.subject, COUNT(*) AS n FROM audit a JOIN office o ON o.id = a.office GROUP BY o.name, a.act, a.subject"); err != nil {
		return err
	}
	got := map[string]int{}
	for _, r := range rows {
		got[r.Office+" "+r.Act+" "+r.Subject] = r.N
	}
	for key, n := range c.audit {
		if got[key] != n {
			c.violation("the log has %d lines of %q, %d are right", got[key], key, n)
		}
		delete(got, key)
	}
	for key, n := range got {
		if closed := strings.Replace(key, " feedback.ask ", " session.close ", 1); n == 1 && closed != key && c.audit[closed] == 1 {
			continue // a class that was closed asks for its feedback, once
		}
		c.violation("the log has %d lines of %q, which nobody did", n, key)
	}
	return nil
}

// soundness: the database itself is whole, and no platform rule was broken.
func (c *checker) soundness() error {
	for _, p := range c.fake.Problems() {
		c.violation("the platform complains: %s", p)
	}
	if c.db.Dialect() != "sqlite" {
		var bad []string
		// An index that disagrees with its table after a crash would hide rows from one of the two.
		for _, table := range []string{"inbox", "attendance", "audit", "notice", "outbox"} {
			var byTable, byIndex int
			if err := c.count(&byTable, table, "off", "on"); err != nil {
				return err
			}
			if err := c.count(&byIndex, table, "on", "off"); err != nil {
				return err
			}
			if byTable != byIndex {
				bad = append(bad, table)
			}
		}
		if len(bad) > 0 {
			c.violation("indexes of %v disagree with their tables", bad)
		}
		return nil
	}
	var answer []string
	if err := c.all(&answer, "PRAGMA integrity_check"); err != nil {
		return err
	}
	if len(answer) != 1 || answer[0] != "ok" {
		c.violation("integrity_check: %v", answer)
	}
	var orphans []struct {
		Table string
	}
	if err := c.all(&orphans, "SELECT \"table\" FROM pragma_foreign_key_check"); err != nil {
		return err
	}
	if len(orphans) > 0 {
		c.violation("foreign_key_check: %v", orphans)
	}
	return nil
}

func (c *checker) count(into *int, table, index, seq string) error {
	tx, err := c.x.BeginTxx(c.ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, set := range []string{"enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"} {
		if _, err := tx.ExecContext(c.ctx, "SET LOCAL "+set+" = "+index); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(c.ctx, "SET LOCAL enable_seqscan = "+seq); err != nil {
		return err
	}
	return tx.GetContext(c.ctx, into, "SELECT COUNT(*) FROM "+table)
}
