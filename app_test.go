package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// testNow is the instant at which commands under test run.
func testNow() time.Time { return time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC) }

// result is what a command left behind.
type result struct {
	code int
	out  string
	err  string
}

// program runs the command line in a folder of its own.
type program struct {
	dir string
	env []string
	now func() time.Time
}

func newProgram(t *testing.T, env ...string) *program {
	t.Helper()
	dir := t.TempDir()
	return &program{dir, append([]string{"TRAININGBOT_DATABASE_URL=sqlite:" + dir + "/office.db"}, env...), testNow}
}

func (p *program) run(args ...string) result {
	var out, fault bytes.Buffer
	code := run(context.Background(), args, p.env, strings.NewReader(""), &out, &fault, p.now)
	return result{code: code, out: out.String(), err: fault.String()}
}

// must runs a command that has to succeed and gives what it printed.
func (p *program) must(t *testing.T, args ...string) string {
	t.Helper()
	r := p.run(args...)
	if r.code != exitDone {
		t.Fatalf("trainingbot %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}
