//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// pgServer is a PostgreSQL of the test's own, on a socket in a directory that is gone afterwards. It
// is durable, as in service: fsync and synchronous_commit are on.
type pgServer struct {
	t    testing.TB
	bin  string
	dir  string
	cred *syscall.SysProcAttr
}

// startPG makes and starts a server. Without PostgreSQL on the machine the test is skipped, or fails
// with TEST_REQUIRE_SERVICES=1.
func startPG(t testing.TB, options ...string) *pgServer {
	s := &pgServer{t: t, bin: pgBin()}
	if s.bin == "" {
		if os.Getenv("TEST_REQUIRE_SERVICES") == "1" {
			t.Fatal("no PostgreSQL server is installed and TEST_REQUIRE_SERVICES=1")
		}
		t.Skip("no PostgreSQL server is installed")
	}
	var err error
	if s.dir, err = os.MkdirTemp("", "tbpg"); err != nil { // short: the path of a socket has a limit
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(s.dir) })
	s.becomePostgres()
	s.run("initdb", "-D", s.data(), "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8")
	s.start(options...)
	t.Cleanup(func() { s.pgctl("stop", "-m", "immediate") })
	return s
}

// pgBin finds the newest server on this machine; Debian keeps its programs out of the PATH.
func pgBin() string {
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortFunc(dirs, func(a, b string) int {
		x, _ := strconv.Atoi(filepath.Base(filepath.Dir(a)))
		y, _ := strconv.Atoi(filepath.Base(filepath.Dir(b)))
		return y - x
	})
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir
		}
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path)
	}
	return ""
}

// becomePostgres: the server refuses to run as root.
func (s *pgServer) becomePostgres() {
	if os.Geteuid() != 0 {
		return
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		s.t.Fatal(err)
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	if err1 != nil || err2 != nil {
		s.t.Fatal(err1, err2)
	}
	s.cred = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if err := os.Chown(s.dir, int(uid), int(gid)); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chmod(s.dir, 0o711); err != nil {
		s.t.Fatal(err)
	}
}

func (s *pgServer) data() string { return filepath.Join(s.dir, "data") }

func (s *pgServer) try(program string, args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.cred
	// The server inherits the output of pg_ctl: a pipe would never end.
	out, err := os.CreateTemp(s.dir, "out")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	err = cmd.Run()
	text, _ := os.ReadFile(out.Name())
	return string(text), err
}

func (s *pgServer) run(program string, args ...string) string {
	s.t.Helper()
	out, err := s.try(program, args...)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		s.t.Fatalf("%s: %v\n%s\n%s", program, err, out, log)
	}
	return out
}

// start starts the server with settings, each NAME=VALUE.
func (s *pgServer) start(options ...string) {
	s.t.Helper()
	o := fmt.Sprintf("-k %s -c listen_addresses= -c max_connections=200 -c shared_buffers=128MB -c timezone=UTC -c jit=off -c fsync=on -c synchronous_commit=on", s.dir)
	for _, x := range options {
		o += " -c " + x
	}
	s.run("pg_ctl", "-D", s.data(), "-w", "-t", "60", "-l", filepath.Join(s.dir, "log"), "-o", o, "start")
}

// pgctl runs pg_ctl on the running server.
func (s *pgServer) pgctl(args ...string) (string, error) {
	return s.try("pg_ctl", append([]string{"-D", s.data(), "-w", "-t", "60", "-l", filepath.Join(s.dir, "log")}, args...)...)
}

// url names one of its databases.
func (s *pgServer) url(database string) string {
	return "postgres://postgres@/" + database + "?host=" + s.dir + "&port=5432&sslmode=disable"
}

// psql runs SQL, one command or several.
func (s *pgServer) psql(database, sql string) string {
	s.t.Helper()
	return strings.TrimSpace(s.run("psql", "-h", s.dir, "-U", "postgres", "-d", database, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql))
}
