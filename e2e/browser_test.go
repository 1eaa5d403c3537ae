package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "write the screenshots the README shows, docs/img")

// patience is how long the page may take to show something.
const patience = 20 * time.Second

// browser is a page in a headless Chromium.
type browser struct {
	t    *testing.T
	ctx  context.Context
	dir  string // where screenshots go
	mu   sync.Mutex
	said []string // what the console complained of
}

// chromium finds the browser. Where services are required a missing one is a failure.
func chromium(t *testing.T) string {
	t.Helper()
	names := []string{"/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}
	if chosen := os.Getenv("TEST_CHROMIUM"); chosen != "" {
		names = []string{chosen}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("TEST_REQUIRE_SERVICES") == "1" {
		t.Fatalf("no browser %q: install Chromium (apt-get install chromium) or set TEST_CHROMIUM", names)
	}
	t.Skipf("no browser %q: install Chromium or set TEST_CHROMIUM", names)
	return ""
}

// open starts a browser with a fresh profile on the page.
func open(t *testing.T, url string) *browser {
	t.Helper()
	profile, err := os.MkdirTemp("", "trainingbot-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(profile), chromedp.Env("LANGUAGE=zh_CN"), chromedp.Flag("lang", "zh-CN"), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("force-prefers-reduced-motion", true)) // a picture must not catch a bubble in flight
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		stop()
		stopAlloc()
		_ = os.RemoveAll(profile) // the browser's children may still write; the folder is temporary anyway
	})
	b := &browser{t: t, ctx: ctx, dir: t.TempDir()}
	if *update {
		b.dir = filepath.Join("..", "docs", "img")
		if err := os.MkdirAll(b.dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.IsException() || m.Type == "error" || m.Type == "warning" || m.Type == "assert" {
				b.mu.Lock()
				b.said = append(b.said, m.String())
				b.mu.Unlock()
			}
		}
	}()
	b.do("open the page", chromedp.EmulateViewport(1440, 900), chromedp.Navigate(url))
	b.wait("the page is drawn", `document.body.classList.contains('ready')`)
	return b
}

// do runs actions under the page's patience.
func (b *browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if what == "open the page" {
		ctx = b.ctx // the first run owns the browser: its context must outlive this call
	}
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.fail("%s: %v", what, err)
	}
}

// eval gives the value of an expression.
func eval[T any](b *browser, js string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js))
	if err != nil {
		b.fail("%s: %v", js, err)
	}
	return v
}

// wait waits until an expression is true.
func (b *browser) wait(what, js string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Poll[bool](js, chromedp.WithPollingTimeout(patience)))
	if err != nil {
		b.fail("waiting for: %s\n%s: %v", what, js, err)
	}
}

// fail ends the test with what the phones show.
func (b *browser) fail(format string, a ...any) {
	b.t.Helper()
	const all = `[...document.querySelectorAll('.phone')].map(p => '--- ' + p.getAttribute('aria-label') + '\n' + p.querySelector('.log').innerText).join('\n') + '\n--- ' + document.querySelector('.now').innerText + ' ' + document.getElementById('toast').textContent`
	phones, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](all))
	file := filepath.Join(os.TempDir(), "trainingbot-e2e-failed.png")
	if png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot()); err == nil && os.WriteFile(file, png, 0o600) == nil {
		b.t.Logf("the page as it stood: %s", file)
	}
	b.t.Fatalf("%s\n%s\nconsole: %q", fmt.Sprintf(format, a...), phones, b.complaints())
}

func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.said...)
}

// quote writes a string as JavaScript does.
func quote(s string) string {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(q)
}

// shows waits until a phone's chat has all the words in one message, newest first.
func (b *browser) shows(phone int, words ...string) {
	b.t.Helper()
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = quote(w)
	}
	b.wait(fmt.Sprintf("phone %d shows %q", phone, words), fmt.Sprintf(
		`[...document.querySelectorAll('#phone-%d .item')].some(m => [%s].every(w => m.innerText.includes(w)))`, phone, strings.Join(list, ",")))
}

// says types a line on a phone and sends it with the Enter key.
func (b *browser) says(phone int, text string) {
	b.t.Helper()
	b.do("type "+text, chromedp.SendKeys(chromedp.CSS(fmt.Sprintf("#phone-%d .say input", phone)), text+"\r"))
	b.shows(phone, text)
}

// click presses the newest button with a label within an element.
func (b *browser) click(within, label string) {
	b.t.Helper()
	find := fmt.Sprintf(`[...document.querySelectorAll(%s)].filter(x => !x.disabled && x.offsetParent && (x.getAttribute('aria-label') || x.innerText.trim()) === %s).pop()`,
		quote(within+" button"), quote(label))
	b.wait("a button "+label+" in "+within, "!!"+find)
	b.painted()
	b.do("press "+label, chromedp.Click(chromedp.JSPath(find)))
}

// goes presses a shortcut of the clock and waits until it shows the time; it runs on from there.
func (b *browser) goes(shortcut, day, clock string) {
	b.t.Helper()
	b.click(".moves", shortcut)
	b.wait("the clock shows "+day+" "+clock, fmt.Sprintf(
		`!document.body.classList.contains('moving') && document.getElementById('hm').textContent >= %s && document.getElementById('day').textContent.includes(%s)`, quote(clock), quote(day)))
}

// painted waits until the page has been laid out and drawn as it is now, so that a press lands where
// its button is.
func (b *browser) painted() {
	b.t.Helper()
	const frames = `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))`
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](frames, chromedp.EvalAwaitPromise)); err != nil {
		b.fail("paint: %v", err)
	}
}

// size gives the window a size.
func (b *browser) size(width, height int64) {
	b.t.Helper()
	b.do("resize", chromedp.EmulateViewport(width, height))
	b.wait("the new size", fmt.Sprintf("innerWidth === %d && innerHeight === %d", width, height))
	b.painted()
}

// presses presses what a selector finds.
func (b *browser) presses(sel string) {
	b.t.Helper()
	b.painted()
	b.do("press "+sel, chromedp.Click(chromedp.CSS(sel)))
}

// shot takes a picture: of the window, or of one element.
func (b *browser) shot(name string, sel string) {
	b.t.Helper()
	take := chromedp.CaptureScreenshot()
	if sel != "" {
		take = chromedp.ScreenshotScale(chromedp.CSS(sel), 2)
	}
	b.painted()
	png, err := chromedp.Run(b.ctx, take)
	if err != nil {
		b.fail("picture %s: %v", name, err)
	}
	if len(png) < 4<<10 {
		b.fail("picture %s has %d bytes", name, len(png))
	}
	if err := os.WriteFile(filepath.Join(b.dir, name), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
