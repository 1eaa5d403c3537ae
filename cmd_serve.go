package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"trainingbot/configs"
)

type serveCmd struct{}

// Run serves until the process is told to stop.
func (serveCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if err := checkSettings(c, s); err != nil {
		return err
	}
	log := newLog(c.stderr, s)
	app, err := NewApp(c.ctx, AppOptions{Settings: s, Now: c.now, Log: log, Open: c.open})
	if err != nil {
		return err
	}
	b := thisBuild()
	log.Info("trainingbot", "version", b.Version, "commit", b.Commit, "database", app.db.Dialect(), "redis", app.redis != nil)
	if len(app.platforms) == 0 {
		log.Warn("no chat platform is configured: nobody can talk to the bot; set wecom.* or dingtalk.* (README.md)")
	}
	for _, p := range app.platforms {
		log.Info("platform", "name", p.Name())
	}
	return errors.Join(app.Run(c.ctx), app.Close())
}

// newLog makes the logger of the settings.
func newLog(w io.Writer, s configs.Settings) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Log.Level)); err != nil {
		level = slog.LevelInfo // configs has refused anything else
	}
	o := &slog.HandlerOptions{Level: level}
	if s.Log.Format == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

type healthcheckCmd struct{}

// Run asks the server of these settings whether it is ready.
func (healthcheckCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	base, err := localBase(s.Listen)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	defer resp.Body.Close()
	var st state
	if err := json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&st); err != nil {
		return fmt.Errorf("%s answered %s, which is no answer of trainingbot", base, resp.Status)
	}
	line := fmt.Sprintf("database %s, schema %s, scheduler %s, backlog %s, redis %s", st.Database, st.Schema, st.Tick, st.Backlog, st.Redis)
	if !st.Ready {
		return errors.New("not ready: " + line)
	}
	_, err = fmt.Fprintln(c.stdout, "ready: "+line)
	return err
}

// localBase gives the address at which this machine reaches the listener.
func localBase(listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return "http://" + net.JoinHostPort(cmp.Or(host, "127.0.0.1"), port), nil
}
