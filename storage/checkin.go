package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"

	"trainingbot/domain"
)

// checkIn is one plain check-in on its way into a batch.
type checkIn struct {
	cause   Cause
	person  domain.PersonID
	personV int64
	session domain.Session // what it was decided on
	seen    domain.Attendance
	audit   auditRow
	answer  string // the reply as JSON
	done    chan verdict
}

// verdict is what the committer says of a check-in.
type verdict int

const (
	kept     verdict = iota // committed
	doubtful                // it does not stand as decided: decide again on what the database says
	broken                  // the database was away: try again
)

// batchTime bounds one batch on PostgreSQL; a server that hangs must not hold the group for ever.
const batchTime = 10 * time.Second

// CheckIn is Change for the one decision that comes in bursts, with the same meaning. decide is
// first asked about what this process remembers. When that gives a plain success (one presence, one
// line of the log, a reply, nothing else) it is committed together with others in one statement,
// which holds only while the person and the session are unchanged and open, and neither the message
// nor the presence is known. Everything else is a Change on freshly read data.
//
// decide must not change the roll: others read it too.
func (db *DB) CheckIn(ctx context.Context, c Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	c.At = utc(c.At)
	limited := ctx
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	for c.Message != "" {
		piece, reply := db.plain(ctx, c, decide)
		if piece == nil {
			break
		}
		if err := db.checks.add(ctx, piece); err != nil {
			return domain.Answer{}, fmt.Errorf("storage: check in: %w", err)
		}
		select {
		case v := <-piece.done:
			if v == kept {
				return reply, nil
			}
			if v == broken && pause(limited) {
				continue
			}
		case <-ctx.Done():
			// It may still be committed; then the message has its answer when it comes again.
			return domain.Answer{}, fmt.Errorf("storage: check in: %w", ctx.Err())
		}
		break
	}
	return db.freshCheckIn(ctx, c, decide)
}

// plain decides on what is remembered, nil when that is not a plain success.
func (db *DB) plain(ctx context.Context, c Cause, decide func(domain.Roll) (domain.Change, error)) (*checkIn, domain.Answer) {
	roll, ok := db.remembered(ctx, c)
	if !ok {
		return nil, domain.Answer{}
	}
	ch, err := decide(roll)
	if err != nil || !isPlain(ch) {
		return nil, domain.Answer{}
	}
	a := ch.Attendance[0]
	if a.Person != roll.By.ID || a.Way != domain.ByCode {
		return nil, domain.Answer{}
	}
	for _, x := range roll.Sessions {
		if x.ID != a.Session {
			continue
		}
		answer, err := json.Marshal(ch.Reply)
		if err != nil {
			return nil, domain.Answer{}
		}
		return &checkIn{cause: c, person: roll.By.ID, personV: roll.By.Version, session: x, seen: a, audit: db.auditRow(ch.Audit[0]), answer: string(answer), done: make(chan verdict, 1)}, ch.Reply
	}
	return nil, domain.Answer{}
}

// isPlain says that a change is one presence, its line in the log and a reply.
func isPlain(c domain.Change) bool {
	return len(c.Attendance) == 1 && len(c.Audit) == 1 && c.Ask == nil &&
		len(c.Plans) == 0 && len(c.Sessions) == 0 && len(c.People) == 0 && len(c.Settled) == 0 &&
		len(c.Years) == 0 && len(c.Absences) == 0 && len(c.Departures) == 0 && len(c.Notices) == 0 && len(c.Closed) == 0
}

// freshCheckIn is the same decision as a Change.
func (db *DB) freshCheckIn(ctx context.Context, c Cause, decide func(domain.Roll) (domain.Change, error)) (domain.Answer, error) {
	var roll domain.Roll
	var present []domain.Attendance
	answer, err := db.Change(ctx, c, func(t *Tx) (ch domain.Change, err error) {
		present = nil
		if roll, err = t.Roll(c.From, c.At); err != nil {
			return ch, err
		}
		ch, err = decide(roll)
		present = ch.Attendance
		return ch, err
	})
	if err == nil && len(present) > 0 {
		// It was a success after all: what is remembered is behind.
		db.rolls.forgetPerson("", db.handleID(c.From))
		for _, o := range officesOf(roll.By, c.At) {
			db.rolls.forgetOffice(o)
		}
	}
	return answer, err
}

func (db *DB) handleID(h domain.Handle) handleID { return handleID{h.Platform, db.handleKey(h)} }

func (db *DB) handleIDs(p domain.Person) []handleID {
	out := make([]handleID, len(p.Handles))
	for i, h := range p.Handles {
		out[i] = db.handleID(h)
	}
	return out
}

// remembered gives the roll of a check-in from memory, reading what is missing.
func (db *DB) remembered(ctx context.Context, c Cause) (domain.Roll, bool) {
	h := db.handleID(c.From)
	roll, known, needs := db.rolls.roll(h, c.At)
	if known && len(needs) == 0 {
		return roll, roll.By.ID != ""
	}
	if err := db.recall(ctx, c, h, known, needs); err != nil {
		if !errors.Is(err, context.Canceled) {
			db.o.Log.WarnContext(ctx, "storage: reading for check-ins", "error", err)
		}
		return domain.Roll{}, false
	}
	roll, known, needs = db.rolls.roll(h, c.At)
	return roll, known && len(needs) == 0 && roll.By.ID != ""
}

// recall reads who a handle is and the sessions of their offices into the memory. Many who ask for
// the same at once wait for one reading.
func (db *DB) recall(ctx context.Context, c Cause, h handleID, known bool, needs []domain.OfficeID) error {
	if !known {
		v, err, _ := db.reading.Do("person\x00"+h.platform+"\x00"+h.key, func() (any, error) {
			epoch := db.rolls.now()
			p := rollPerson{read: c.At}
			err := db.View(ctx, func(t *Tx) (err error) {
				p.person, p.known, err = t.PersonByHandle(c.From)
				return err
			})
			if err == nil {
				db.rolls.keepPerson(epoch, h, p)
			}
			return p, err
		})
		if err != nil {
			return err
		}
		if p := v.(rollPerson); p.known {
			_, _, needs = db.rolls.roll(h, c.At)
		}
	}
	for _, o := range needs {
		if _, err, _ := db.reading.Do("office\x00"+string(o), func() (any, error) { return nil, db.recallOffice(ctx, o, c.At) }); err != nil {
			return err
		}
	}
	return nil
}

// expectMost bounds how many expected people are read along with an office's sessions.
const expectMost = 5000

// recallOffice reads an office's sessions, who has been seen there, and, of the open ones, who is
// expected: those will be the next to ask.
func (db *DB) recallOffice(ctx context.Context, id domain.OfficeID, now time.Time) error {
	epoch := db.rolls.now()
	o := &rollOffice{present: map[domain.PersonID][]domain.SessionID{}, read: now}
	var people []domain.Person
	err := db.View(ctx, func(t *Tx) (err error) {
		if o.sessions, err = t.near([]domain.OfficeID{id}, now, officeReach); err != nil {
			return err
		}
		var sessions []domain.SessionID
		var expected []domain.PersonID
		for _, x := range o.sessions {
			sessions = append(sessions, x.ID)
			if x.State == domain.Open && len(expected)+len(x.Roster) <= expectMost {
				expected = append(expected, x.Roster...)
			}
		}
		present, err := t.Attendance(sessions...)
		if err != nil {
			return err
		}
		for _, a := range present {
			o.present[a.Person] = append(o.present[a.Person], a.Session)
		}
		if len(expected) > 0 {
			people, err = t.people("SELECT id, no, name, version FROM person WHERE id "+db.dialect.in(1)+"", list(db.dialect, expected))
		}
		return err
	})
	if err != nil {
		return err
	}
	db.rolls.keepOffice(epoch, id, o)
	for _, p := range people {
		for _, h := range db.handleIDs(p) {
			db.rolls.keepPerson(epoch, h, rollPerson{known: true, person: p, read: now})
		}
	}
	return nil
}

// startGroups starts the committers: two on PostgreSQL, so that one batch travels while the other is
// on its way back; one on SQLite, which has one writer.
func (db *DB) startGroups() {
	db.reading = new(singleflight.Group)
	workers := 1
	if db.dialect.postgres() {
		workers = 2
	}
	db.checks = newGroup(workers, func() (func([]*checkIn), func()) {
		var c committer = &sqliteCheckIns{db: db}
		if db.dialect.postgres() {
			c = &postgresCheckIns{db: db}
		}
		return func(batch []*checkIn) { db.commitBatch(batch, c) }, c.close
	})
	db.settles = newGroup(workers, func() (func([]*settling), func()) { return db.settleBatch, func() {} })
}

// committer commits a batch of check-ins, or nothing of it, and says which messages were kept.
type committer interface {
	commit(batch []*checkIn) (map[domain.MessageID]bool, error)
	close()
}

// commitBatch commits one batch and tells each sender.
func (db *DB) commitBatch(batch []*checkIn, c committer) {
	// Who is in the batch twice, or sent the same message twice, is looked at again afterwards.
	one := make([]*checkIn, 0, len(batch))
	messages := make(map[domain.MessageID]bool, len(batch))
	type place struct {
		session domain.SessionID
		person  domain.PersonID
	}
	places := make(map[place]bool, len(batch))
	alone := make([]bool, len(batch))
	for i, p := range batch {
		at := place{p.session.ID, p.person}
		if !messages[p.cause.Message] && !places[at] {
			messages[p.cause.Message], places[at], alone[i] = true, true, true
			one = append(one, p)
		}
	}
	done, err := c.commit(one)
	fate := doubtful
	if err != nil {
		if transient(err) {
			fate = broken
		}
		db.o.Log.Warn("storage: a batch of check-ins was not kept as one", "rows", len(one), "error", err)
	}
	for i, p := range batch {
		if err == nil && alone[i] && done[p.cause.Message] {
			db.rolls.seen(p.session.Office, p.seen)
			p.done <- kept
			continue
		}
		if err == nil && alone[i] {
			db.rolls.forgetPerson("", db.handleID(p.cause.From))
			db.rolls.forgetOffice(p.session.Office)
		}
		p.done <- fate
	}
}
