//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/storage/storagetest"
)

// crashWorld is an office building full of people, a WeCom that delivers what they say until it is
// taken, and a bot that is killed all the time.
type crashWorld struct {
	t      *testing.T
	url    string
	seed   uint64
	broken string
	fake   *wecomtest.Server
	page   *page
	files  []*os.File // what every child inherits
	ctl    *http.Client
	log    *lastLines

	want int // kills

	mu     sync.Mutex
	kills  map[string]int // by step, or "random"
	done   bool           // enough: the last child lives
	failed []string       // what must not be
	history
}

// crashStart is the morning on which the office begins.
var crashStart = time.Date(2026, 9, 1, 0, 30, 0, 0, time.UTC)

func newCrashWorld(t *testing.T, url string, seed uint64, kills int, broken string) *crashWorld {
	w := &crashWorld{t: t, url: url, seed: seed, want: kills, broken: broken, kills: map[string]int{}, log: &lastLines{}}
	var file *os.File
	w.page, file = newPage(t, crashStart)
	w.fake = wecomtest.New(wecomtest.Options{Now: w.page.now})
	t.Cleanup(w.fake.Close)
	w.fake.SetRedelivery(wecomtest.Redelivery{Retries: deliveries})
	callbacks, a := inherited(t)
	control, b := inherited(t)
	w.files = []*os.File{a, b, file}
	w.fake.SetCallback("http://" + callbacks.Addr().String() + "/wecom/callback")
	w.ctl = controlClient(control.Addr().String())
	w.history = newHistory()
	return w
}

// controlClient talks to the control of whichever child accepts there.
func controlClient(address string) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		}}}
}

// crashURL gives a fresh database. A SQLite file lies in memory where the machine has a place for it:
// what a process has written outlives its SIGKILL there as on a disk, and a thousand restarts need
// not wait for one.
func crashURL(t *testing.T, dialect string) string {
	url := storagetest.URL(t, dialect)
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return url
	}
	dir, err := os.MkdirTemp("/dev/shm", "crash")
	if err != nil {
		return url
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(path)
	if err == nil {
		path = filepath.Join(dir, "test.db")
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// inherited opens a listener of which children get a copy. Nobody accepts here.
func inherited(t *testing.T) (net.Listener, *os.File) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return l, f
}

func (w *crashWorld) env() []string {
	set := w.fake.Settings()
	return []string{
		"TRAININGBOT_DATABASE_URL=" + w.url,
		"TRAININGBOT_WECOM_CORP_ID=" + set.CorpID, fmt.Sprintf("TRAININGBOT_WECOM_AGENT_ID=%d", set.AgentID),
		"TRAININGBOT_WECOM_SECRET=" + set.Secret, "TRAININGBOT_WECOM_TOKEN=" + set.Token,
		"TRAININGBOT_WECOM_ENCODING_AES_KEY=" + set.EncodingAESKey, "TRAININGBOT_WECOM_API_BASE=" + set.BaseURL,
	}
}

// violation notes something that must not be.
func (w *crashWorld) violation(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.failed) < 200 {
		w.failed = append(w.failed, fmt.Sprintf(format, args...))
	}
}

// process is one life of the bot.
type process struct {
	cmd      *exec.Cmd
	events   *os.File // a byte when it has begun to work, another when it stands still
	lifeline *os.File
	ended    chan error
}

// spawn starts a child.
func (w *crashWorld) spawn(c childConfig) (*process, error) {
	c.Env, c.Broken = w.env(), w.broken
	config, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	events, eventsIn, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	lifelineOut, lifeline, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, events.Close(), eventsIn.Close())
	}
	p := &process{events: events, lifeline: lifeline, ended: make(chan error, 1)}
	p.cmd = exec.Command(childBinary(w.t))
	p.cmd.Env = append(os.Environ(), asChild+"=crash", "CRASH_TEST_CONFIG="+string(config))
	p.cmd.ExtraFiles = append(append([]*os.File{}, w.files...), eventsIn, lifelineOut)
	p.cmd.Stderr = w.log
	err = p.cmd.Start()
	eventsIn.Close()
	lifelineOut.Close()
	if err != nil {
		return nil, errors.Join(err, events.Close(), lifeline.Close())
	}
	go func() {
		err := p.cmd.Wait()
		lifeline.Close()
		p.ended <- err
	}()
	return p, nil
}

// begun waits until the child has something to do.
func (p *process) event() bool {
	_, err := io.ReadFull(p.events, make([]byte, 1))
	return err == nil
}

func (p *process) kill() { p.cmd.Process.Signal(syscall.SIGKILL) }

// live keeps a bot running until there were enough kills, and then one more until ctx ends.
func (w *crashWorld) live(ctx context.Context) error {
	r := rand.New(rand.NewPCG(w.seed, 1))
	for {
		w.mu.Lock()
		last := w.done || w.sum() >= w.want
		w.done = last
		w.mu.Unlock()
		c := childConfig{Step: numberOfSteps.String()}
		// One in four dies at any instant, inside a transaction too; the others at a step, but not
		// for ever waiting for it.
		random := r.IntN(4) == 0
		patience := time.Duration(r.IntN(60_000)) * time.Microsecond
		if !last && !random {
			c.Step, c.Nth = w.draw(r).String(), 1+r.IntN(4)
			patience = 200*time.Millisecond + 10*patience
		}
		p, err := w.spawn(c)
		if err != nil {
			return err
		}
		if err := w.attend(ctx, p, c, last, patience); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// draw chooses a step: any, or the one at which the fewest have died.
func (w *crashWorld) draw(r *rand.Rand) step {
	s := step(r.IntN(int(numberOfSteps)))
	if r.IntN(2) == 0 {
		return s
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for x := range numberOfSteps {
		if w.kills[x.String()] < w.kills[s.String()] {
			s = x
		}
	}
	return s
}

// attend watches one life and writes down its end.
func (w *crashWorld) attend(ctx context.Context, p *process, c childConfig, last bool, patience time.Duration) error {
	defer p.events.Close()
	begun := make(chan bool, 1)
	go func() { begun <- p.event() }()
	var late <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			p.kill()
			<-p.ended
			return nil
		case ok := <-begun:
			begun = nil
			if ok && !last {
				late = time.After(patience)
			}
		case <-late:
			p.kill()
			late, c.Step = nil, "random"
		case err := <-p.ended:
			if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				return fmt.Errorf("the bot ended by itself: %w", err)
			}
			w.mu.Lock()
			w.kills[c.Step]++
			w.mu.Unlock()
			return nil
		}
	}
}

func (w *crashWorld) sum() int {
	n := 0
	for _, k := range w.kills {
		n += k
	}
	return n
}

// enough says that the kills are done.
func (w *crashWorld) enough() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done
}

// ask asks the bot that lives something, again when it dies over it.
func (w *crashWorld) ask(ctx context.Context, method, path string, into any) error {
	for {
		err := w.askOnce(ctx, method, path, into)
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
	}
}

func (w *crashWorld) askOnce(ctx context.Context, method, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://control"+path, nil)
	if err != nil {
		return err
	}
	resp, err := w.ctl.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, bytes.TrimSpace(body))
	}
	return json.Unmarshal(body, into)
}

// tick lets the bot plan and deliver at the instant of the clock and gives what it still owes.
func (w *crashWorld) tick(ctx context.Context) (open int, err error) {
	var a tickAnswer
	if err := w.ask(ctx, http.MethodPost, "/tick", &a); err != nil {
		return 0, err
	}
	w.mu.Lock()
	maps.Copy(w.promised, a.Promised)
	w.mu.Unlock()
	if a.Err != "" {
		w.violation("a tick failed on a healthy database: %s", a.Err)
	}
	return a.Open, nil
}

// drain lets time pass until nothing waits to be sent. A delivery whose worker died comes back when
// its lease ends, which is within the platform's window for identical requests; before the clock
// makes a leap of days there must be none.
func (w *crashWorld) drain(ctx context.Context) error {
	for range 400 {
		open, err := w.tick(ctx)
		if err != nil || open == 0 {
			return err
		}
		w.page.advance(20 * time.Second)
	}
	return errors.New("the outbox does not become empty")
}

// leap moves the clock to an instant, with nothing on the way to people, and ticks.
func (w *crashWorld) leap(ctx context.Context, to time.Time) error {
	if err := w.drain(ctx); err != nil {
		return err
	}
	if to.After(w.page.now()) {
		w.page.set(to)
	}
	_, err := w.tick(ctx)
	return err
}

// childBinary gives the program children run: this one, or, when this one is slow from the race
// detector, one that was compiled for it.
func childBinary(t *testing.T) string {
	path, err := childProgram()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var childProgram = sync.OnceValues(func() (string, error) {
	if !raceEnabled {
		return os.Executable()
	}
	if err := os.MkdirAll(childDir(), 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(childDir(), "child.test")
	out, err := exec.Command("go", "test", "-c", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("compile the child: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return path, nil
})

// childDir is where this process compiles the child; TestMain removes it.
func childDir() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("crash-child-%d", os.Getpid()))
}

// lastLines keeps the end of what the children logged.
type lastLines struct {
	mu sync.Mutex
	b  []byte
}

func (l *lastLines) Write(p []byte) (int, error) {
	const most = 8 << 10
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.b = append(l.b, p...); len(l.b) > 2*most {
		l.b = append(l.b[:0], l.b[len(l.b)-most:]...)
	}
	return len(p), nil
}

func (l *lastLines) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.b)
}
