package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// build makes the binary that is shipped.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "trainingbot")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

var pageURL = regexp.MustCompile(`http://[^\s]+/`)

// startDemo starts `trainingbot demo` on a free loopback port and gives the page's address. When
// the test ends the demo is told to stop, and must do so cleanly.
func startDemo(t *testing.T, bin string, args ...string) string {
	t.Helper()
	cmd := exec.Command(bin, append([]string{"demo", "--listen", "127.0.0.1:0"}, args...)...)
	cmd.WaitDelay = 5 * time.Second
	var errs lockedBuffer
	cmd.Stderr = &errs
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url := make(chan string, 1)
	gone := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if u := pageURL.FindString(lines.Text()); u != "" {
				url <- u
				break
			}
		}
		_, _ = io.Copy(io.Discard, out)
		gone <- cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		select {
		case err := <-gone:
			if err != nil {
				t.Errorf("the demo ended with %v\n%s", err, errs.String())
			}
		case <-ctx.Done():
			_ = cmd.Process.Kill()
			t.Error("the demo does not stop on SIGTERM")
		}
		if errs.String() != "" {
			t.Errorf("the demo complained:\n%s", errs.String())
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case u := <-url:
		return u
	case err := <-gone:
		gone <- errors.New("it had ended already")
		t.Fatalf("the demo did not start: %v\n%s", err, errs.String())
	case <-ctx.Done():
		t.Fatalf("the demo gives no address within a minute\n%s", errs.String())
	}
	return ""
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
