//go:build unix

package main

import (
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// asChild names the environment variable that makes the test binary another program: the bot that is
// killed (crash), or the client that loads it (load).
const asChild = "CRASH_TEST_CHILD"

func TestMain(m *testing.M) {
	switch os.Getenv(asChild) {
	case "":
		code := m.Run()
		os.RemoveAll(childDir())
		os.Exit(code)
	case "crash":
		os.Exit(crashChild(os.Getenv("CRASH_TEST_CONFIG")))
	case "load":
		os.Exit(loadChild(os.Stdin, os.Stdout))
	default:
		fmt.Fprintln(os.Stderr, "unknown "+asChild)
		os.Exit(2)
	}
}

// page is memory that a test shares with the processes it kills: the clock, and where each of them
// was last. What a process wrote there outlives it.
type page struct{ words []int64 }

// The words of a page.
const (
	pageClock  = iota // microseconds since 1970
	pageKilled        // the step the child killed itself at, plus one
	pageHits          // how often each step was passed, by all children
	pageWords  = 512
)

// openPage maps a file of pageWords words.
func openPage(f *os.File) (*page, error) {
	b, err := syscall.Mmap(int(f.Fd()), 0, 8*pageWords, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map the shared page: %w", err)
	}
	return &page{unsafe.Slice((*int64)(unsafe.Pointer(&b[0])), pageWords)}, nil
}

// newPage makes a page in a file of the test's own; the file goes to the children.
func newPage(t testing.TB, clock time.Time) (*page, *os.File) {
	f, err := os.CreateTemp(t.TempDir(), "page")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.Truncate(8 * pageWords); err != nil {
		t.Fatal(err)
	}
	p, err := openPage(f)
	if err != nil {
		t.Fatal(err)
	}
	p.set(clock)
	return p, f
}

// now is the clock of everybody who shares the page.
func (p *page) now() time.Time {
	return time.UnixMicro(atomic.LoadInt64(&p.words[pageClock])).UTC()
}

func (p *page) set(to time.Time) { atomic.StoreInt64(&p.words[pageClock], to.UnixMicro()) }

// advance moves the clock on.
func (p *page) advance(d time.Duration) {
	atomic.AddInt64(&p.words[pageClock], d.Microseconds())
}
