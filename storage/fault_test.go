package storage_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// killer ends every other connection to a PostgreSQL database.
func killer(t *testing.T, url string) func() {
	t.Helper()
	admin, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	return func() {
		if _, err := admin.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
			t.Error(err)
		}
	}
}

func TestConnectionKilledInTheMiddle(t *testing.T) {
	url := storagetest.URL(t, "postgres")
	h := settle(t, storagetest.Reopen(t, url, storagetest.Options()), 30)
	kill := killer(t, url)
	calls := 0
	a := h.change(h.by("M1", "m"), func(tx *storage.Tx) (domain.Change, error) {
		if calls++; calls == 1 {
			kill()
		}
		_, err := tx.Staff(h.office)
		return domain.Change{Audit: []domain.Audit{h.audit("x", "y")}, Reply: domain.Answer{Body: domain.Say("好")}}, err
	})
	if a.Text != "好" || calls != 2 {
		t.Fatalf("%q after %d calls", a.Text, calls)
	}
	x := h.open(trainees(30)...)
	var wg sync.WaitGroup
	for i, no := range trainees(30) {
		wg.Go(func() {
			if a, err := h.checkIn(x.ID, h.by(no, no)); err != nil || !strings.HasPrefix(a.Text, "签到成功") {
				t.Errorf("%q %v", a.Text, err)
			}
		})
		if i%10 == 5 {
			kill()
		}
	}
	wg.Wait()
	if n := len(h.attendance(x.ID)); n != 30 {
		t.Fatalf("%d presences", n)
	}
	h.promise(h.notice("n", "", "T1"))
	kill()
	d := h.claim("w", now)
	kill()
	if !h.sent(d[0], now) {
		t.Fatal("not ours")
	}
}

// proxy stands between the storage and PostgreSQL and can cut a connection at a chosen word.
type proxy struct {
	t      *testing.T
	server *url.URL
	dir    string

	mu     sync.Mutex
	client []byte // cut before a message with this reaches the server
	answer []byte // cut before an answer with this reaches the client
	cuts   int
}

func newProxy(t *testing.T, server string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "px") // short: a socket's path has 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: u, dir: dir}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
		os.RemoveAll(dir)
	})
	through := *u
	q := through.Query()
	q.Set("host", dir)
	q.Set("port", "5432")
	through.Host, through.RawQuery = "", q.Encode()
	return p, through.String()
}

func (p *proxy) dial() (net.Conn, error) {
	q := p.server.Query()
	if host := q.Get("host"); strings.HasPrefix(host, "/") {
		port := q.Get("port")
		if port == "" {
			port = "5432"
		}
		return net.Dial("unix", filepath.Join(host, ".s.PGSQL."+port))
	}
	host := p.server.Host
	if p.server.Port() == "" {
		host += ":5432"
	}
	return net.Dial("tcp", host)
}

func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	s, err := p.dial()
	if err != nil {
		return
	}
	defer s.Close()
	done := make(chan struct{}, 2)
	go func() { p.copy(s, c, &p.client); done <- struct{}{} }()
	go func() { p.copy(c, s, &p.answer); done <- struct{}{} }()
	<-done
}

func (p *proxy) copy(to io.Writer, from io.Reader, word *[]byte) {
	b := make([]byte, 64<<10)
	for {
		n, err := from.Read(b)
		if err != nil || p.cut(b[:n], word) {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) cut(b []byte, word *[]byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *word == nil || !bytes.Contains(b, *word) {
		return false
	}
	*word = nil
	p.cuts++
	return true
}

// arm cuts once: before the server hears the word, or before the client hears that it happened.
func (p *proxy) arm(heard bool, word string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if heard {
		p.answer = []byte(word)
	} else {
		p.client = []byte(word)
	}
}

// The connection breaks at the commit, before or after the server has heard it: either way the
// message has one effect and its answer.
func TestCommitOfUnknownFate(t *testing.T) {
	p, url := newProxy(t, storagetest.URL(t, "postgres"))
	h := settle(t, storagetest.Reopen(t, url, storagetest.Options()), 40)
	x := h.open(trainees(40)...)
	before := len(h.auditTrail())
	for i, no := range trainees(40) {
		heard := i%2 == 0
		armed := false
		if i < 20 {
			a, err := h.db.Change(t.Context(), h.by("M1", no), func(*storage.Tx) (domain.Change, error) {
				if !armed {
					armed = true
					p.arm(heard, "COMMIT")
				}
				return domain.Change{Audit: []domain.Audit{h.audit("deed", no)}, Reply: domain.Answer{Body: domain.Say("好 " + no)}}, nil
			})
			if err != nil || a.Text != "好 "+no {
				t.Fatalf("%s: %q %v", no, a.Text, err)
			}
			continue
		}
		c := h.by(no, no)
		a, err := h.db.CheckIn(t.Context(), c, func(r domain.Roll) (domain.Change, error) {
			if !armed {
				armed = true
				word := string(c.Message) // in the batch on its way
				if heard {
					word = "SELECT 1\x00" // the batch came back with one row
				}
				p.arm(heard, word)
			}
			return h.present(x.ID, c.Message)(r)
		})
		if err != nil || !strings.HasPrefix(a.Text, "签到成功") {
			t.Fatalf("%s: %q %v", no, a.Text, err)
		}
	}
	if p.cuts != 40 {
		t.Fatalf("%d cuts", p.cuts)
	}
	if n := len(h.attendance(x.ID)); n != 20 {
		t.Fatalf("%d presences", n)
	}
	if n := len(h.auditTrail()) - before; n != 40 {
		t.Fatalf("%d deeds", n)
	}
}

// Without a message nothing tells whether a commit happened: that is said, not guessed.
func TestCommitOfUnknownFateWithoutAMessage(t *testing.T) {
	p, url := newProxy(t, storagetest.URL(t, "postgres"))
	h := settle(t, storagetest.Reopen(t, url, storagetest.Options()), 1)
	calls := 0
	_, err := h.db.Change(t.Context(), storage.Cause{At: now}, func(*storage.Tx) (domain.Change, error) {
		calls++
		p.arm(true, "COMMIT")
		return domain.Change{Audit: []domain.Audit{h.audit("deed", "")}}, nil
	})
	if !errors.Is(err, storage.ErrUnknown) || calls != 1 {
		t.Fatalf("%v after %d calls", err, calls)
	}
}

// Promises and settlements have keys of their own: a lost acknowledgement changes nothing.
func TestLostAcknowledgementsOfTheOutbox(t *testing.T) {
	p, url := newProxy(t, storagetest.URL(t, "postgres"))
	h := settle(t, storagetest.Reopen(t, url, storagetest.Options()), 1)
	for i := range 10 {
		p.arm(true, "COMMIT")
		if made := h.promise(h.notice(fmt.Sprint("n", i), "", "T1")); made != 0 {
			t.Fatal("heard after all")
		}
		ds := h.claim("w", now)
		if len(ds) != 1 {
			t.Fatalf("%d deliveries", len(ds))
		}
		p.arm(true, "UPDATE 1\x00")
		if !h.sent(ds[0], now) {
			t.Fatal("our own settlement was not recognised")
		}
	}
	h.wantStates("sent:10")
}

func TestDatabaseAwayUntilTheDeadline(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := storage.Open(ctx, "postgres://postgres:geheim@/x?sslmode=disable&host="+dir, storage.Options{}); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Fatal(err)
	}
	for _, bad := range []string{"mysql://x", "postgres://u:geheim@%zz/", "sqlite:", "sqlite::memory:"} {
		if _, err := storage.Open(t.Context(), bad, storage.Options{}); err == nil || strings.Contains(err.Error(), "geheim") {
			t.Fatalf("%s: %v", bad, err)
		}
	}
}
