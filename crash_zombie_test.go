//go:build unix

package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"trainingbot/domain"
	"trainingbot/scheduler"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// testWords begins the messages a test sends itself, beside those of the procedure.
const testWords = "试发"

const sendPath = "/cgi-bin/message/send"

// sibling is a second replica's place in the same world: listeners of its own, all else shared.
func (w *crashWorld) sibling() *crashWorld {
	_, a := inherited(w.t)
	control, b := inherited(w.t)
	return &crashWorld{t: w.t, url: w.url, fake: w.fake, page: w.page, files: []*os.File{a, b, w.files[2]},
		ctl: controlClient(control.Addr().String()), log: w.log, history: newHistory()}
}

// TestZombie stops a worker with SIGSTOP when it holds deliveries, lets three leases pass on the
// clock that all processes share, lets a second replica deliver what the first one held, and wakes
// the first one up. It must not send what it had not begun, what it had begun must not reach a phone
// twice, and none of its settlements may be taken. Only the signals are in real time; the leases are
// the clock's.
func TestZombie(t *testing.T) {
	trials := 5
	if os.Getenv("TRAININGBOT_LONG") == "1" {
		trials = 70
	}
	for _, at := range []step{claimed, sending, sent, settling} {
		t.Run(at.String(), func(t *testing.T) {
			t.Parallel()
			z := newZombies(t, storagetest.URL(t, "postgres"))
			for trial := range trials {
				z.trial(at, trial)
			}
		})
	}
}

// zombies is two replicas on one database, one of which is stopped again and again.
type zombies struct {
	*crashWorld
	db     *storage.DB
	office *crashOffice
	people []domain.PersonID
	second *crashWorld
	texts  map[string]bool
}

func newZombies(t *testing.T, url string) *zombies {
	z := &zombies{crashWorld: newCrashWorld(t, url, 1, 0, ""), texts: map[string]bool{}}
	offices, err := z.settle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	z.office = offices[0]
	z.db = storagetest.Reopen(t, url, storagetest.Options())
	err = z.db.View(t.Context(), func(tx *storage.Tx) error {
		staff, err := tx.Staff(z.office.id)
		z.people = domain.IDs(staff)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	z.second = z.sibling()
	other, err := z.second.spawn(childConfig{Step: numberOfSteps.String()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.end() })
	return z
}

// end ends a child that may stand still.
func (p *process) end() {
	p.kill()
	<-p.ended
	p.events.Close()
}

func (z *zombies) trial(at step, trial int) {
	z.page.advance(time.Hour) // last trial's messages do not count towards anybody's limit
	var notices []domain.Notice
	for i, p := range z.people {
		text := fmt.Sprintf("%s %d-%d", testWords, trial, i)
		z.texts[text] = true
		notices = append(notices, domain.Notice{Key: text, Thread: text, Office: z.office.id, Stage: "test", At: z.page.now(), To: []domain.PersonID{p}, Body: domain.Say(text)})
	}
	if _, err := z.db.Promise(z.t.Context(), notices, z.page.now()); err != nil {
		z.t.Fatal(err)
	}
	before := z.fake.Calls(sendPath)
	nth := 1 + trial%3 // of several deliveries under way
	if at == claimed {
		nth = 1
	}
	first, err := z.spawn(childConfig{Step: at.String(), Nth: nth, Stop: true})
	if err != nil {
		z.t.Fatal(err)
	}
	defer first.end()
	type end struct {
		answer tickAnswer
		err    error
	}
	woken := make(chan end, 1)
	go func() {
		var e end
		e.err = z.askOnce(context.Background(), http.MethodPost, "/tick", &e.answer)
		woken <- e
	}()
	for range 2 { // it has begun; it stands still
		if !first.event() {
			z.t.Fatalf("the first replica never came to %q:\n%s", at, z.log.tail())
		}
	}
	z.page.advance(3 * scheduler.Lease)
	var answer tickAnswer
	if err := z.second.askOnce(z.t.Context(), http.MethodPost, "/tick", &answer); err != nil || answer.Err != "" || answer.Open != 0 {
		z.t.Fatalf("the second replica: %v %+v", err, answer)
	}
	accepted, asleep := len(z.fake.Accepted()), z.fake.Calls(sendPath)
	first.cmd.Process.Signal(syscall.SIGCONT)
	if _, err := first.lifeline.Write([]byte{'w'}); err != nil {
		z.t.Fatal(err)
	}
	e := <-woken
	if e.err != nil || e.answer.Err != "" {
		z.t.Fatalf("the first replica, awake: %v %+v", e.err, e.answer)
	}
	z.judge(at, asleep-before, z.fake.Calls(sendPath)-asleep, len(z.people), e.answer.Refused)
	for _, a := range z.fake.Accepted()[accepted:] {
		if !a.Duplicate {
			z.t.Errorf("%s: awake it reached a phone: %s", at, a.Body)
		}
	}
	z.once()
}

// workersAtOnce is how many deliveries one replica sends at a time (scheduler.workers).
const workersAtOnce = 8

// judge looks at what the first replica did after it woke up.
func (z *zombies) judge(at step, asleep, awake, promised int, refused int64) {
	if at == claimed && (awake != 0 || refused != 0 || asleep < promised) {
		z.t.Errorf("it had begun nothing, and awake it sent %d and settled %d; %d of %d were sent meanwhile", awake, refused, asleep, promised)
	}
	if awake > workersAtOnce {
		z.t.Errorf("%s: it sends %d at a time, and awake it sent %d", at, workersAtOnce, awake)
	}
	if at != claimed && refused == 0 {
		z.t.Errorf("%s: nothing it had begun was refused", at)
	}
}

// once: every text has reached a phone exactly once, and every row is sent.
func (z *zombies) once() {
	seen := map[string]int{}
	for _, a := range z.fake.Accepted() {
		key, err := acceptedAs(a)
		if err != nil {
			z.t.Fatal(err)
		}
		if !a.Duplicate && strings.Contains(key, testWords) {
			seen[key]++
		}
	}
	if len(seen) != len(z.texts) {
		z.t.Errorf("%d texts were promised, %d reached the phones", len(z.texts), len(seen))
	}
	for key, n := range seen {
		if n != 1 {
			z.t.Errorf("%q reached the phones %d times", key, n)
		}
	}
	var open int
	if err := z.db.Stats().GetContext(z.t.Context(), &open, "SELECT COUNT(*) FROM outbox WHERE state <> 'sent'"); err != nil || open != 0 {
		z.t.Errorf("%d rows are not sent (%v)", open, err)
	}
}
