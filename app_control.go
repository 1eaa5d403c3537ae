package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trainingbot/configs"
)

// The embedded database belongs to one process. So that an administrator need not stop the bot to
// import a staff list, serve runs such commands for whoever may open its socket beside the database
// file: the same account, or root. Files named on the command line travel with the command.

// errServing is the sign that the server holds the database and the command belongs there.
var errServing = errors.New("the database is in use by the running server")

// sqlitePath gives the file of the embedded database, "" for another one.
func sqlitePath(s configs.Settings) string {
	path, ok := strings.CutPrefix(s.Database.URL.Reveal(), "sqlite:")
	if !ok {
		return ""
	}
	return strings.TrimPrefix(path, "//")
}

// maxSocketPath is the kernel's limit on the name of a socket.
const maxSocketPath = 100

// controlPath gives the socket, "" when there is none: another database, or a name too long.
func controlPath(s configs.Settings) string {
	path := sqlitePath(s)
	if path == "" {
		return ""
	}
	full, err := filepath.Abs(path)
	if err != nil || len(full)+len(".sock") > maxSocketPath {
		return ""
	}
	return full + ".sock"
}

// listenControl opens the socket for this account alone. The database is locked by now, so what an
// earlier run left there is nobody's.
func listenControl(ctx context.Context, path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// served says whether a server answers on the socket.
func served(ctx context.Context, path string) bool {
	if path == "" {
		return false
	}
	d := net.Dialer{Timeout: time.Second}
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// maxControl bounds a command with its files.
const maxControl = 64 << 20

// order is a command for the server; done is what came of it.
type (
	order struct {
		Args   []string
		Inputs map[string][]byte
	}
	done struct {
		Stdout, Stderr []byte
		Created        map[string][]byte
		Code           int
	}
)

// handOver lets the running server run this command and gives its exit code. Files it makes are
// written here, by and for the person who asked.
func (c *console) handOver(inputs []string) int {
	s, err := c.settings()
	if err != nil {
		return c.fail(err)
	}
	o := order{Args: c.args, Inputs: map[string][]byte{}}
	for _, path := range inputs {
		if o.Inputs[path], err = c.open(path); err != nil {
			return c.fail(err)
		}
	}
	body, err := json.Marshal(o)
	if err != nil {
		return c.fail(err)
	}
	d, err := ask(c.ctx, controlPath(s), body)
	if err != nil {
		return c.fail(fmt.Errorf("ask the running server: %w", err))
	}
	c.stdout.Write(d.Stdout)
	c.stderr.Write(d.Stderr)
	for path, data := range d.Created {
		// Whoever asks may have more power than the server, and must not lend it.
		if !slices.Contains(c.args, path) {
			return c.fail(fmt.Errorf("the running server made %s, which nobody asked for: nothing is written", path))
		}
		if err := c.create(path, data); err != nil {
			return c.fail(err)
		}
	}
	return d.Code
}

func ask(ctx context.Context, socket string, body []byte) (d done, err error) {
	client := http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dial net.Dialer
			return dial.DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://trainingbot/run", bytes.NewReader(body))
	if err != nil {
		return d, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return d, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return d, fmt.Errorf("it answered %s", resp.Status)
	}
	return d, json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 2*maxControl)).Decode(&d)
}

// control serves the socket.
func (a *App) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /run", func(w http.ResponseWriter, r *http.Request) {
		var o order
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControl)).Decode(&o); err != nil {
			http.Error(w, "not an order", http.StatusBadRequest)
			return
		}
		writeJSON(w, http.StatusOK, a.obey(r.Context(), o))
	})
	return mux
}

// obey runs a command inside the server.
func (a *App) obey(ctx context.Context, o order) done {
	var stdout, stderr bytes.Buffer
	d := done{Created: map[string][]byte{}}
	c := &console{
		ctx: ctx, args: o.Args, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, now: a.o.Now, serving: a,
		open: func(path string) ([]byte, error) {
			data, ok := o.Inputs[path]
			if !ok {
				return nil, fmt.Errorf("%s was not sent along", path)
			}
			return data, nil
		},
		create: func(path string, data []byte) error { d.Created[path] = data; return nil },
	}
	d.Code = c.run()
	d.Stdout, d.Stderr = stdout.Bytes(), stderr.Bytes()
	return d
}
