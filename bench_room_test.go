//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
	"trainingbot/storage"
)

// school is many offices in which sessions are open, so that everybody may check in once for each.
type school struct {
	offices, people int // people of each office
	lessons         [][]domain.Session
}

func (s *school) user(i int) string { return fmt.Sprintf("u%d", i) }
func (s *school) size() int         { return s.offices * s.people }

// found puts the school into a database: its people, and lessons open sessions in each office.
func (s *school) found(ctx context.Context, db *storage.DB, lessons int, now time.Time) error {
	rows := make([]storage.StaffRow, s.size())
	for i := range rows {
		rows[i] = storage.StaffRow{No: s.user(i), Name: "学员" + s.user(i), Office: fmt.Sprintf("管理处%d", i/s.people), Roles: []domain.Role{domain.Trainee},
			Since: domain.Date{Year: 2026, Month: time.January, Day: 1}, Handles: []domain.Handle{{Platform: "wecom", User: s.user(i)}}}
	}
	if _, err := db.ImportStaff(ctx, rows, now); err != nil {
		return err
	}
	offices, err := db.Offices(ctx)
	if err != nil {
		return err
	}
	s.lessons = make([][]domain.Session, s.offices)
	for _, o := range offices {
		n, err := strconv.Atoi(strings.TrimPrefix(o.Name, "管理处"))
		if err != nil {
			return err
		}
		_, err = db.Change(ctx, storage.Cause{At: now}, func(tx *storage.Tx) (ch domain.Change, err error) {
			staff, err := tx.Staff(o.ID)
			if err != nil {
				return ch, err
			}
			for range lessons {
				no, err := tx.NextNo("session")
				if err != nil {
					return ch, err
				}
				secret := make([]byte, 32)
				rand.Read(secret)
				ch.Sessions = append(ch.Sessions, domain.Session{ID: domain.SessionID(tx.NewID()), No: no, Office: o.ID, Topics: []string{"如何与业主沟通"}, Source: "4.2.1",
					Start: now.Add(5 * time.Minute), End: now.Add(3 * time.Hour), State: domain.Open, Roster: domain.IDs(staff), Secret: secret, OpenedAt: now})
			}
			s.lessons[n] = ch.Sessions
			return ch, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// items are the check-ins of people from to to at a lesson, in an order that goes round the offices,
// with the codes of now. An office in which two lessons have the same code sits out.
func (s *school) items(sop domain.SOP, lesson, from, to int, now time.Time) []loadItem {
	codes := make([]string, s.offices)
	for i := range codes {
		codes[i] = sop.Code(s.lessons[i][lesson], now)
		for n, other := range s.lessons[i] {
			before := now.Add(-sop.Policy.CheckIn.CodePeriod)
			if n != lesson && (sop.Code(other, now) == codes[i] || !before.Before(other.OpenedAt) && sop.Code(other, before) == codes[i]) {
				codes[i] = ""
				break
			}
		}
	}
	items := make([]loadItem, 0, to-from)
	for i := from; i < to; i++ {
		office := i % s.offices
		if codes[office] == "" {
			continue
		}
		items = append(items, loadItem{s.user(office*s.people + i/s.offices), "签到 " + codes[office]})
	}
	return items
}

// load runs the load generator and gives what came of it.
func load(t testing.TB, job loadJob) loadResult {
	t.Helper()
	in, err := json.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), asChild+"=load", "GOMAXPROCS=1", "GOGC=400")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.CombinedOutput()
	var r loadResult
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil {
		t.Fatalf("load: %v\n%.2000s", err, out)
	}
	return r
}

// shipped builds the product as it is shipped and gives the path.
func shipped(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "trainingbot")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// botProcess is the product, served by a process of its own.
type botProcess struct {
	cmd   *exec.Cmd
	addr  string
	took  time.Duration // from the start until it was ready
	ended chan error
}

// startBot starts the product on a database and waits until it is ready.
func startBot(t testing.TB, path, url string, fake *wecomtest.Server, more ...string) *botProcess {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	set := fake.Settings()
	log, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	b := &botProcess{addr: addr, ended: make(chan error, 1)}
	b.cmd = exec.Command(path, "serve")
	b.cmd.Env = append([]string{
		"TRAININGBOT_LISTEN=" + addr, "TRAININGBOT_DATABASE_URL=" + url, "TRAININGBOT_LOG_LEVEL=warn",
		"TRAININGBOT_WECOM_CORP_ID=" + set.CorpID, fmt.Sprintf("TRAININGBOT_WECOM_AGENT_ID=%d", set.AgentID),
		"TRAININGBOT_WECOM_SECRET=" + set.Secret, "TRAININGBOT_WECOM_TOKEN=" + set.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + set.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + set.BaseURL,
	}, more...)
	b.cmd.Stdout, b.cmd.Stderr = log, log
	from := time.Now()
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { b.ended <- b.cmd.Wait() }()
	t.Cleanup(func() { b.stop() })
	client := http.Client{Timeout: 2 * time.Second}
	for {
		resp, err := client.Get("http://" + addr + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				b.took = time.Since(from)
				return b
			}
		}
		select {
		case err := <-b.ended:
			b.ended <- err
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("serve ended: %v\n%s", err, text)
		case <-time.After(time.Millisecond): // nothing tells when a listener opens
		}
		if time.Since(from) > 30*time.Second {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("serve is never ready\n%s", text)
		}
	}
}

func (b *botProcess) stop() {
	b.cmd.Process.Signal(syscall.SIGTERM)
	b.ended <- <-b.ended
}

// cpu is the processor time the process has used.
func (b *botProcess) cpu() time.Duration {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", b.cmd.Process.Pid))
	f := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// rss is its memory in MB.
func (b *botProcess) rss() float64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", b.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	kb, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return float64(kb) / 1024
}
