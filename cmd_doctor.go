package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
)

type doctorCmd struct{}

// doctorPatience bounds all checks together.
const doctorPatience = 30 * time.Second

// Run checks everything an installer gets wrong, one line each.
func (doctorCmd) Run(c *console) error {
	ctx, cancel := context.WithTimeout(c.ctx, doctorPatience)
	defer cancel()
	app := c.serving
	if app == nil {
		s, err := c.settings()
		if err == nil {
			err = checkSettings(c, s)
		}
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				c.report(bad("settings", "", line, ""))
			}
			return quietError{errors.New("the settings are wrong")}
		}
		if served(ctx, controlPath(s)) {
			return errServing
		}
		app, err = NewApp(ctx, AppOptions{Settings: s, Now: c.now, Log: slog.New(slog.DiscardHandler), Open: c.open})
		if err != nil {
			c.report(good("settings", "", "no fault", ""))
			c.report(bad("database", "", err.Error(), ""))
			return quietError{err}
		}
		defer app.Close() // nothing was written
	}
	failed := c.report(good("settings", "", "no fault", ""))
	// Too slow for 自检: the directory is asked about one account at a time.
	for _, f := range slices.Concat(app.localChecks(ctx), app.networkChecks(ctx), app.checkDingTalkMembers(ctx)) {
		failed += c.report(f)
	}
	if failed > 0 {
		return fmt.Errorf("%s; each line says what to do", count(failed, "check")+" failed")
	}
	return nil
}

// report prints one finding and gives 1 when it is a fault.
func (c *console) report(f finding) int {
	mark, n := "ok  ", 0
	if !f.ok {
		mark, n = "FAIL", 1
	}
	fmt.Fprintf(c.stdout, "%s  %-10s  %s\n", mark, f.name, f.text)
	return n
}
