package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"trainingbot/domain"
)

// Offices lists the offices by name.
func (db *DB) Offices(ctx context.Context) (out []domain.Office, err error) {
	err = db.View(ctx, func(t *Tx) error {
		out, err = t.Offices()
		return err
	})
	return out, err
}

// Facts is Tx.Facts in a transaction of its own, for the timetable: with the coverage when one of the
// rows about it may speak.
func (db *DB) Facts(ctx context.Context, office domain.OfficeID, from, to time.Time) (f domain.Facts, err error) {
	err = db.View(ctx, func(t *Tx) error {
		if f, err = t.Facts(office, from, to); err != nil {
			return err
		}
		w := domain.Window{From: from, To: to}
		for _, m := range db.o.Statements(w) {
			entries, err := t.PointsIn(office, m)
			if err != nil {
				return err
			}
			f.Points = append(f.Points, entries...)
		}
		f.Coverage, err = t.coverage(f.Office, f.Staff, w)
		return err
	})
	return f, err
}

// Facts gives what the timetable needs to know of an office for a window of time: plans for periods
// from the year before to the second year after, sessions that start from two days before to four
// days after it. An office that is not there gives ErrNotFound.
func (t *Tx) Facts(office domain.OfficeID, from, to time.Time) (f domain.Facts, err error) {
	o, ok, err := t.Office(office)
	if err == nil && !ok {
		err = fmt.Errorf("storage: office %s: %w", office, ErrNotFound)
	}
	if err != nil {
		return f, err
	}
	f.Office = o
	if f.Staff, err = t.Staff(office); err != nil {
		return f, err
	}
	duties, err := t.Duties(office, domain.DateOf(from).AddDays(-4), domain.DateOf(to).AddDays(4))
	if err != nil {
		return f, err
	}
	f.Staff = f.Staff.OnDuty(duties)
	if err := t.orientationFacts(&f, from); err != nil {
		return f, err
	}
	// Only the counts of a version's lines are wanted here, not the lines.
	first := domain.AnnualPeriod(from.Year() - 1)
	last := domain.MonthlyPeriod(domain.Month{Year: to.Year() + 2, Month: time.December})
	plans, err := t.plans(false, "SELECT "+planColumns+" FROM plan p WHERE p.office = $1 AND p.period >= $2 AND p.period <= $3 ORDER BY p.period", office, first.String(), last.String())
	if err != nil {
		return f, err
	}
	for _, p := range plans {
		f.Plans = append(f.Plans, p.Fact())
	}
	sessions, err := t.Sessions(office, from.AddDate(0, 0, -2), to.AddDate(0, 0, factsAhead).Add(time.Microsecond))
	if err != nil {
		return f, err
	}
	for _, x := range sessions {
		f.Sessions = append(f.Sessions, domain.SessionFact{ID: x.ID, No: x.No, Start: x.Start, End: x.End, Title: x.Title(), Room: x.Room,
			Lecturer: x.Lecturer, To: t.db.o.Expected(x, f.Staff), State: x.State, Of: x})
	}
	if err := t.dayFacts(&f, from); err != nil {
		return f, err
	}
	if f.Proposals, err = t.Proposals(office); err != nil {
		return f, err
	}
	if f.Assessments, err = t.running(office); err != nil {
		return f, err
	}
	if err := t.consequences(&f, from, to); err != nil {
		return f, err
	}
	f.Settled, err = t.Settled(office)
	return f, err
}

// factsAhead is how many days after the window the sessions of Facts may start: what is asked of a
// lecturer on the morning three days before concerns one that starts late on that day.
const factsAhead = 4

// Tick notes that something ran, for the health check. It writes at most once a minute and name.
func (db *DB) Tick(ctx context.Context, name string, when time.Time) error {
	last, err := db.LastTick(ctx, name)
	if err != nil || (!last.IsZero() && when.Sub(last) < time.Minute) {
		return err
	}
	return db.again(ctx, "tick", func(t *Tx) error {
		_, err := t.exec("INSERT INTO tick (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE tick.at < excluded.at", name, at(when))
		if err != nil {
			return fmt.Errorf("storage: tick: %w", err)
		}
		return nil
	})
}

// LastTick gives when something last ran, zero when never. It is exact to a minute.
func (db *DB) LastTick(ctx context.Context, name string) (time.Time, error) {
	var last stamp
	err := db.retry(ctx, "last tick", func() error {
		err := db.x.GetContext(ctx, &last, "SELECT at FROM tick WHERE name = $1", name)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("storage: last tick: %w", err)
	}
	return last.Time, nil
}

// pruneBatch bounds the rows one statement deletes, so that nobody waits long for it.
const pruneBatch = 1000

// Prune deletes what was settled and what was answered before an instant: outbox rows, messages and
// their answers. A message older than that would be decided on again; no platform delivers one after
// a day. Notices stay: their key is what makes them once. It gives how many rows it deleted.
func (db *DB) Prune(ctx context.Context, before time.Time) (int, error) {
	queries := []string{
		"DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE settled_at < $1 AND state <> 'dead' LIMIT $2)",
		"DELETE FROM inbox WHERE message IN (SELECT message FROM inbox WHERE at < $1 LIMIT $2)",
	}
	total := 0
	for _, q := range queries {
		for {
			var n int64
			err := db.again(ctx, "prune", func(t *Tx) (err error) {
				n, err = t.exec(q, at(before), pruneBatch)
				return err
			})
			if err != nil {
				return total, fmt.Errorf("storage: prune: %w", err)
			}
			total += int(n)
			if n < pruneBatch {
				break
			}
		}
	}
	return total, nil
}
