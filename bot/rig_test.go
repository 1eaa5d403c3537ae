package bot_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trainingbot/bot"
	"trainingbot/bot/chat"
	"trainingbot/configs"
	"trainingbot/domain"
	"trainingbot/roster"
	"trainingbot/scheduler"
	"trainingbot/storage"
	"trainingbot/storage/storagetest"
)

// rig is the bot over a SQLite file with the scheduler, and no platform: what would be sent is kept on
// phones. One world is built once a run, by the chat lines of testdata/world.txt; every test looks at a
// copy of it.
type rig struct {
	t     testing.TB
	url   string
	db    *storage.DB
	bot   *bot.Bot // keeps what it decides
	try   *bot.Bot // decides and keeps nothing
	sop   domain.SOP
	plan  *scheduler.Scheduler
	now   time.Time
	users map[string]string // name to account
	said  int

	mu      sync.Mutex
	phones  map[string][]got // by account
	refused bool             // that it was a refusal
	tried   domain.Change    // what try decided last
	read    map[string]any   // what try has read, until something is kept
	kept    map[string]string
}

// got is one message on a phone.
type got struct {
	domain.Body
	id      string // the delivery: a card is pressed under it
	settled *domain.Card
}

func (g got) String() string { return bodyText(g.Body) }

// bodyText is all a message or a card shows.
func bodyText(b domain.Body) string {
	if b.Card == nil {
		return b.Text
	}
	lines := []string{b.Text, b.Card.Title, b.Card.Subtitle, b.Card.Text, b.Card.Settled}
	for _, f := range b.Card.Facts {
		lines = append(lines, f.Label+" "+f.Value)
	}
	for _, x := range b.Card.Buttons {
		lines = append(lines, "〔"+x.Label+"〕")
	}
	return strings.Join(lines, "\n")
}

// keeping is the storage as the bot wants it.
type keeping struct{ *storage.DB }

func (k keeping) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	return k.DB.Change(ctx, storage.Cause(c), func(tx *storage.Tx) (domain.Change, error) { return decide(tx) })
}

func (k keeping) CheckIn(ctx context.Context, c bot.Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	return k.DB.CheckIn(ctx, storage.Cause(c), decide)
}

// trying lets every decision happen and takes it back. What all of them read, it reads once: nothing
// changes between them.
type trying struct{ r *rig }

// same is a view that remembers what it read before.
type same struct {
	bot.View
	seen map[string]any
}

func once[T any](v same, key string, read func() (T, error)) (T, error) {
	if x, ok := v.seen[key]; ok {
		return x.(T), nil
	}
	x, err := read()
	if err == nil {
		v.seen[key] = x
	}
	return x, err
}

type found[T any] struct {
	x  T
	ok bool
}

func (v same) PersonByHandle(h domain.Handle) (domain.Person, bool, error) {
	f, err := once(v, fmt.Sprint("handle", h), func() (f found[domain.Person], err error) {
		f.x, f.ok, err = v.View.PersonByHandle(h)
		return f, err
	})
	return f.x, f.ok, err
}

func (v same) Office(id domain.OfficeID) (domain.Office, bool, error) {
	f, err := once(v, fmt.Sprint("office", id), func() (f found[domain.Office], err error) {
		f.x, f.ok, err = v.View.Office(id)
		return f, err
	})
	return f.x, f.ok, err
}

func (v same) Staff(id domain.OfficeID) (domain.Staff, error) {
	x, err := once(v, fmt.Sprint("staff", id), func() (domain.Staff, error) { return v.View.Staff(id) })
	return slices.Clone(x), err
}

func (v same) Duties(o domain.OfficeID, from, to domain.Date) ([]domain.Duty, error) {
	x, err := once(v, fmt.Sprint("duties", o, from, to), func() ([]domain.Duty, error) { return v.View.Duties(o, from, to) })
	return slices.Clone(x), err
}

func (v same) Question(p domain.PersonID) (*domain.Question, error) {
	return once(v, fmt.Sprint("question", p), func() (*domain.Question, error) { return v.View.Question(p) })
}

func (v same) Sessions(o domain.OfficeID, from, to time.Time) ([]domain.Session, error) {
	x, err := once(v, fmt.Sprint("sessions", o, from, to), func() ([]domain.Session, error) { return v.View.Sessions(o, from, to) })
	return slices.Clone(x), err
}

func (v same) Proposals(o domain.OfficeID) ([]domain.Proposal, error) {
	x, err := once(v, fmt.Sprint("proposals", o), func() ([]domain.Proposal, error) { return v.View.Proposals(o) })
	return slices.Clone(x), err
}

var errTaken = errors.New("decided, and taken back")

func (k trying) Change(ctx context.Context, c bot.Cause, decide func(bot.View) (domain.Change, error)) (domain.Answer, error) {
	return k.r.db.Change(ctx, storage.Cause(c), func(tx *storage.Tx) (domain.Change, error) {
		return k.take(decide(same{tx, k.r.read}))
	})
}

func (k trying) CheckIn(ctx context.Context, c bot.Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	return k.r.db.CheckIn(ctx, storage.Cause(c), func(roll domain.Roll) (domain.Change, error) { return k.take(decide(roll)) })
}

func (k trying) take(c domain.Change, err error) (domain.Change, error) {
	no, refused := domain.Refusal(err)
	if k.r.refused = refused; refused {
		c, err = domain.Change{Reply: domain.Answer{Body: domain.Say(no.Text)}}, nil
	}
	if err == nil {
		k.r.tried, err = c, errTaken
	}
	return c, err
}

func (trying) PushAnswer(context.Context, domain.MessageID, domain.Handle, domain.Receipt, time.Time) error {
	return nil
}

var (
	_ bot.Store = keeping{}
	_ bot.Store = trying{}
)

// Deliver implements scheduler.Post: it puts a message on the phones it is for.
func (r *rig) Deliver(_ context.Context, d domain.Delivery) domain.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, user := range d.To {
		if d.Update == nil {
			r.phones[user] = append(r.phones[user], got{Body: d.Body, id: d.ID})
			continue
		}
		for i, x := range r.phones[user] {
			if x.id == d.Update.ID {
				r.phones[user][i].settled = d.Body.Card
			}
		}
	}
	return domain.Outcome{Fate: domain.Sent, Receipt: domain.Receipt{ID: d.ID, UpdateToken: "t", Expires: r.now.Add(72 * time.Hour)}}
}

func procedureOf(t testing.TB) domain.SOP {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	years, err := configs.Holidays()
	if err != nil {
		t.Fatal(err)
	}
	policy := domain.DefaultPolicy()
	calendar, err := domain.NewCalendar(zone, policy.Calendar, years...)
	if err != nil {
		t.Fatal(err)
	}
	return domain.SOP{Policy: policy, Calendar: calendar}
}

// openRig opens the bot over a database.
func openRig(t testing.TB, url string, now time.Time) *rig {
	r := &rig{t: t, url: url, now: now, users: map[string]string{}, phones: map[string][]got{}, read: map[string]any{}, kept: map[string]string{}, sop: procedureOf(t)}
	r.start()
	t.Cleanup(func() {
		if err := r.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) start() {
	r.t.Helper()
	sop := func() domain.SOP { return r.sop }
	var err error
	r.db, err = storage.Open(context.Background(), r.url, storage.Options{
		Platforms: []storage.Platform{{Name: "wecom", Limit: 1000, FoldCase: true}, {Name: "robot", Limit: 1}},
		Expected:  func(x domain.Session, staff domain.Staff) []domain.PersonID { return r.sop.Expected(x, staff) },
		Coverage:  func(w domain.Window) domain.CoverageWanted { return r.sop.CoverageWanted(w) },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	o := bot.Options{Store: keeping{r.db}, SOP: sop, Now: func() time.Time { return r.now }, Secret: r.secret}
	r.bot = bot.New(o)
	o.Store = trying{r}
	r.try = bot.New(o)
	r.plan = scheduler.New(scheduler.Options{Store: r.db, Outbox: r.db, Post: r, SOP: sop, Now: func() time.Time { return r.now }, Owner: "rig",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
}

// secret gives every session codes of its own, the same in every run.
func (r *rig) secret() []byte {
	sum := sha256.Sum256(fmt.Append(nil, r.said))
	return sum[:]
}

// restart ends the program and starts it again on the same database.
func (r *rig) restart() {
	r.t.Helper()
	if err := r.db.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
}

func (r *rig) account(name string) string {
	if user, ok := r.users[name]; ok {
		return user
	}
	return "unknown-" + fmt.Sprintf("%x", name)
}

func (r *rig) message(name, line string) chat.Message {
	r.said++
	return chat.Message{ID: domain.MessageID(fmt.Sprintf("m%d", r.said)), From: domain.Handle{Platform: "wecom", User: r.account(name)}, Text: line, Sent: r.now}
}

// say keeps what a line leads to and delivers what follows; it gives the answer.
func (r *rig) say(name, line string) domain.Answer {
	r.t.Helper()
	return r.send(name, r.message(name, line))
}

func (r *rig) send(name string, m chat.Message) domain.Answer {
	r.t.Helper()
	r.read = map[string]any{}
	a, err := r.bot.Handle(context.Background(), m)
	if err != nil {
		r.t.Fatalf("%s says %q: %v", name, m.Text, err)
	}
	r.mu.Lock()
	if a.Text != "" || a.Card != nil {
		r.phones[r.account(name)] = append(r.phones[r.account(name)], got{Body: a.Body})
	}
	r.mu.Unlock()
	r.now = r.now.Add(time.Second)
	for { // what falls due by the clock comes with until
		n, err := r.plan.Deliver(context.Background(), r.now)
		if err != nil {
			r.t.Fatal(err)
		}
		if n == 0 {
			return a
		}
	}
}

func (r *rig) tick() {
	r.t.Helper()
	if err := r.plan.Tick(context.Background(), r.now); err != nil {
		r.t.Fatal(err)
	}
}

// decide gives what a message would lead to; nothing of it is kept.
func (r *rig) decide(name string, m chat.Message) domain.Change {
	r.t.Helper()
	r.tried = domain.Change{}
	if _, err := r.try.Handle(context.Background(), m); !errors.Is(err, errTaken) {
		r.t.Errorf("%s: %q: %v", name, m.Text, err)
	}
	return r.tried
}

func (r *rig) tell(name, line string) domain.Change {
	r.t.Helper()
	return r.decide(name, r.message(name, line))
}

// until moves the clock to an instant, the scheduler with it.
func (r *rig) until(at time.Time) {
	r.t.Helper()
	ctx := context.Background()
	for r.now.Before(at) {
		next := at
		offices, err := r.db.Offices(ctx)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, o := range offices {
			f, err := r.db.Facts(ctx, o.ID, r.now, at)
			if err != nil {
				r.t.Fatal(err)
			}
			for _, row := range r.sop.Timetable(f, domain.Window{From: r.now, To: at}) {
				if row.At.Before(next) {
					next = row.At
				}
			}
		}
		r.now = next
		r.tick()
	}
}

// play plays a script: 「时间 2026-10-08 14:40」 and 「秦岚 说 …」 as in the stories, 「秦岚 点 同意 P1」 for
// the newest card that names P1, 「记下 口令 口令 (\d{4})」 for the last answer seen, # a remark.
func (r *rig) play(script string) {
	r.t.Helper()
	last := ""
	for n, line := range strings.Split(script, "\n") {
		line = strings.TrimSpace(line)
		for k, v := range r.kept {
			line = strings.ReplaceAll(line, "{"+k+"}", v)
		}
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case word == "时间":
			at, err := time.ParseInLocation("2006-01-02 15:04", rest, r.sop.Calendar.Zone)
			if err != nil {
				r.t.Fatal(err)
			}
			r.until(at.UTC())
		case word == "来了":
			name, user, _ := strings.Cut(rest, " ")
			r.users[name] = user
		case word == "记下":
			name, pattern, _ := strings.Cut(rest, " ")
			m := regexp.MustCompile(pattern).FindStringSubmatch(last)
			if m == nil {
				r.t.Fatalf("world %d: nothing like %q in:\n%s", n+1, pattern, last)
			}
			r.kept[name] = m[1]
		default:
			verb, what, _ := strings.Cut(rest, " ")
			phone := len(r.phones[r.account(word)])
			switch verb {
			case "说":
				r.say(word, what)
			case "点":
				label, names, _ := strings.Cut(what, " ")
				r.press(word, label, names)
			default:
				r.t.Fatalf("world %d: %s", n+1, line)
			}
			last = ""
			for _, x := range r.phones[r.account(word)][phone:] {
				last += x.String() + "\n"
			}
			if os.Getenv("WORLD") != "" {
				fmt.Printf("%s %s\n%s\n", r.now.In(r.sop.Calendar.Zone).Format("01-02 15:04"), line, last)
			}
		}
	}
}

// pressing is the message of a pressed button.
func (r *rig) pressing(name string, x got, b domain.Button) chat.Message {
	m := r.message(name, b.Line)
	m.Press = &chat.Press{Delivery: x.id}
	return m
}

func (r *rig) press(name, label, names string) {
	r.t.Helper()
	phone := r.phones[r.account(name)]
	for i := len(phone) - 1; i >= 0; i-- {
		if phone[i].Card == nil || !strings.Contains(phone[i].String(), names) {
			continue
		}
		for _, b := range phone[i].Card.Buttons {
			if b.Label == label {
				r.send(name, r.pressing(name, phone[i], b))
				return
			}
		}
	}
	r.t.Fatalf("%s has no card with 〔%s〕 %s", name, label, names)
}

// world is the database and the phones after the script, made once.
type world struct {
	image  []byte
	now    time.Time
	users  map[string]string
	kept   map[string]string
	phones map[string][]got
	said   int
}

// thinned says that case i is left out: under the race detector, which makes SQLite many times slower, one
// of eight is played. test.sh plays all of them without it.
func thinned(i int) bool { return raceEnabled && i%8 != 0 }

// newRig gives a copy of the world.
func newRig(t testing.TB) *rig {
	t.Helper()
	w := theWorld(t)
	path := filepath.Join(t.TempDir(), "world.db")
	if err := os.WriteFile(path, w.image, 0o600); err != nil {
		t.Fatal(err)
	}
	r := openRig(t, "sqlite:"+path, w.now)
	r.users, r.kept, r.said = w.users, w.kept, w.said
	for user, all := range w.phones {
		r.phones[user] = append([]got(nil), all...)
	}
	return r
}

var (
	worldMu sync.Mutex
	worldIs *world
)

func theWorld(t testing.TB) *world {
	t.Helper()
	worldMu.Lock()
	defer worldMu.Unlock()
	if worldIs != nil {
		return worldIs
	}
	r := openRig(t, storagetest.URL(t, "sqlite"), time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	f, err := os.Open("testdata/world.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	people, err := roster.Read("world.csv", f)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]storage.StaffRow, len(people))
	for i, p := range people {
		rows[i] = storage.StaffRow(p)
		for _, h := range p.Handles {
			r.users[p.Name] = h.User
		}
	}
	if _, err := r.db.ImportStaff(context.Background(), rows, r.now); err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/world.txt")
	if err != nil {
		t.Fatal(err)
	}
	r.play(string(script))
	file := filepath.Join(t.TempDir(), "image.db")
	if err := r.db.Backup(context.Background(), file); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	worldIs = &world{image: image, now: r.now, users: r.users, kept: r.kept, phones: r.phones, said: r.said}
	return worldIs
}

// office gives the id of an office by its name.
func (r *rig) office(name string) domain.OfficeID {
	r.t.Helper()
	all, err := r.db.Offices(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, o := range all {
		if o.Name == name {
			return o.ID
		}
	}
	r.t.Fatalf("no office %s", name)
	return ""
}

// staffOf gives the people of an office by its name.
func (r *rig) staffOf(name string) (out domain.Staff) {
	r.t.Helper()
	id := r.office(name)
	err := r.db.View(context.Background(), func(tx *storage.Tx) (err error) {
		out, err = tx.Staff(id)
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}
