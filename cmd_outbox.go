package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/domain"
	"trainingbot/storage"
)

type outboxCmd struct {
	List   outboxListCmd   `cmd:"" help:"What waits, what died and why."`
	Retry  outboxRetryCmd  `cmd:"" help:"Send dead messages again."`
	Cancel outboxCancelCmd `cmd:"" help:"Withdraw messages that wait or are dead."`
}

type outboxListCmd struct {
	State  string `enum:"open,ready,leased,dead,sent,all" default:"open" help:"open (ready, leased and dead), ready, leased, dead, sent or all."`
	Limit  int    `default:"100" help:"At most so many of each state, newest first."`
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

// Run lists rows of the outbox.
func (x *outboxListCmd) Run(c *console) error {
	if x.Limit < 1 || x.Limit > 100_000 {
		return usagef("--limit: 1 to 100000")
	}
	states := []string{x.State}
	switch x.State {
	case "open":
		states = []string{"dead", "leased", "ready"}
	case "all":
		states = []string{""}
	}
	return c.with(func(o *office) error {
		var rows []storage.OutboxRow
		for _, s := range states {
			got, err := o.Outbox(c.ctx, storage.OutboxFilter{State: s, Limit: x.Limit})
			if err != nil {
				return err
			}
			rows = append(rows, got...)
		}
		if x.Format == "json" {
			enc := json.NewEncoder(c.stdout)
			enc.SetIndent("", "  ")
			return enc.Encode(append([]storage.OutboxRow{}, rows...)) // a list, also when it is empty
		}
		if len(rows) == 0 {
			_, err := fmt.Fprintln(c.stdout, "nothing to show: no message waits and none died")
			return err
		}
		zone := o.procedure.SOP().Calendar.Zone
		table := [][]string{{"id", "state", "tries", "next", "platform", "to", "text", "reason"}}
		for _, r := range rows {
			table = append(table, outboxCells(r, zone))
		}
		return columnsTo(c.stdout, table)
	})
}

func outboxCells(r storage.OutboxRow, zone *time.Location) []string {
	next := ""
	if r.State == "ready" || r.State == "leased" {
		next = r.RunAt.In(zone).Format(time.DateTime)
	}
	to := some(r.To, " ")
	if len(r.To) > 3 {
		to = fmt.Sprintf("%s … (%d)", strings.Join(r.To[:2], " "), len(r.To))
	}
	text, _, _ := strings.Cut(r.Body.Text, "\n")
	if runes := []rune(text); len(runes) > 30 {
		text = string(runes[:30]) + "…"
	}
	return []string{r.ID, r.State, strconv.Itoa(r.Attempt), next, r.Platform, to, text, r.Reason}
}

type outboxRetryCmd struct {
	ID  []string `arg:"" optional:"" help:"Ids as list shows them."`
	All bool     `help:"Every dead message."`
}

// Run puts dead rows back into the queue.
func (x *outboxRetryCmd) Run(c *console) error {
	if (len(x.ID) == 0) != x.All {
		return usagef("name the messages, or say --all")
	}
	return c.with(func(o *office) error {
		ids := x.ID
		if x.All {
			rows, err := o.Outbox(c.ctx, storage.OutboxFilter{State: "dead", Limit: 100_000})
			if err != nil {
				return err
			}
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
		}
		return each(c, ids, "will be sent again", func(id string) error { return o.Retry(c.ctx, id, c.now()) })
	})
}

type outboxCancelCmd struct {
	ID []string `arg:"" help:"Ids as list shows them."`
}

// Run withdraws rows.
func (x *outboxCancelCmd) Run(c *console) error {
	return c.with(func(o *office) error {
		return each(c, x.ID, "withdrawn", func(id string) error { return o.Cancel(c.ctx, id, c.now()) })
	})
}

// each does one thing to every id, tells what became of each, and fails when one failed.
func each(c *console, ids []string, word string, act func(string) error) error {
	failed := 0
	for _, id := range ids {
		err := act(id)
		switch {
		case err == nil:
			fmt.Fprintf(c.stdout, "%s: %s\n", id, word)
			continue
		case errors.Is(err, storage.ErrNotFound):
			err = errors.New("there is no such message")
		}
		failed++
		fmt.Fprintf(c.stderr, "%s: %v\n", id, err)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s not done", failed, count(len(ids), "message"))
	}
	if len(ids) == 0 {
		fmt.Fprintln(c.stdout, "nothing to do")
	}
	return nil
}

type sendTestCmd struct {
	Person string `arg:"" help:"Name, staff number, or the platform's user id."`
}

// Run sends one message to one person, past the outbox, so that what the platform says is seen at
// once. The person need not be on the staff list yet.
func (x *sendTestCmd) Run(c *console) error {
	app := c.serving
	if app == nil {
		s, err := c.settings()
		if err != nil {
			return err
		}
		if served(c.ctx, controlPath(s)) {
			return errServing
		}
		if app, err = NewApp(c.ctx, AppOptions{Settings: s, Now: c.now, Log: newLog(c.stderr, s), Open: c.open}); err != nil {
			return err
		}
		defer app.Close() // nothing was written
	}
	if len(app.platforms) == 0 {
		return errors.New("no platform is configured: set wecom.* (README.md)")
	}
	rows, err := app.db.ExportStaff(c.ctx)
	if err != nil {
		return err
	}
	platform := app.platforms[0]
	user, err := accountOf(x.Person, rows, platform.Name())
	if err != nil {
		return err
	}
	body := domain.Say("这是培训助手的测试消息，收到说明发送正常。发「帮助」看看我能做什么。")
	receipt, err := platform.Send(c.ctx, chat.Outgoing{ID: "test-" + rand.Text()[:12], To: []string{user}, Body: body})
	switch {
	case err != nil:
		return fmt.Errorf("%s did not take the message to %s: %w", platform.Name(), user, err)
	case len(receipt.Failed) > 0:
		return fmt.Errorf("%s could not reach %s: %s", platform.Name(), user, receipt.Failed[0].Reason)
	}
	_, err = fmt.Fprintf(c.stdout, "%s took the message to %s\n", platform.Name(), user)
	return err
}

// accountOf finds whom a word means: a staff number, a name, else the platform's own user id.
func accountOf(word string, rows []storage.StaffRow, platform string) (string, error) {
	var users []string
	for _, r := range rows {
		if r.No != word && r.Name != word {
			continue
		}
		user := userOn(r.Handles, platform)
		if user == "" {
			return "", fmt.Errorf("%s (%s) has no account on %s in the staff list", r.Name, r.No, platform)
		}
		if !slices.Contains(users, user) {
			users = append(users, user)
		}
	}
	switch len(users) {
	case 0:
		return word, nil
	case 1:
		return users[0], nil
	}
	return "", fmt.Errorf("%d people are called %s: use the staff number", len(users), word)
}
