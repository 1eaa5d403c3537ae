package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// Fresh gives those of the notices whose keys are not known yet, in one read.
func (db *DB) Fresh(ctx context.Context, notices []domain.Notice) ([]domain.Notice, error) {
	if len(notices) == 0 {
		return nil, nil
	}
	var known []string
	err := db.retry(ctx, "fresh", func() error {
		return db.x.SelectContext(ctx, &known, "SELECT key FROM notice WHERE key "+db.dialect.in(1), list(db.dialect, noticeKeys(notices)))
	})
	if err != nil {
		return nil, fmt.Errorf("storage: fresh notices: %w", err)
	}
	old := make(map[string]bool, len(known))
	for _, k := range known {
		old[k] = true
	}
	return slices.DeleteFunc(slices.Clone(notices), func(n domain.Notice) bool { return old[n.Key] }), nil
}

// Promise puts notices into the outbox, each once: a notice whose key is known is left alone, so
// that promising again, on any number of replicas, adds nothing. A new notice replaces what of its
// thread has not left yet. It gives how many notices were new. When none is, it is one read.
func (db *DB) Promise(ctx context.Context, notices []domain.Notice, now time.Time) (made int, err error) {
	if len(notices) == 0 {
		return 0, nil
	}
	keys := map[string]bool{}
	for _, n := range notices {
		keys[n.Key] = true
	}
	err = db.retry(ctx, "promise", func() error {
		made = 0
		var known int
		if err := db.x.GetContext(ctx, &known, "SELECT COUNT(*) FROM notice WHERE key "+db.dialect.in(1)+"", list(db.dialect, noticeKeys(notices))); err != nil {
			return fmt.Errorf("storage: promise: %w", err)
		}
		if known == len(keys) {
			return nil
		}
		return db.inTx(ctx, func(t *Tx) (err error) {
			made, err = t.promise(notices, utc(now))
			return err
		})
	})
	return made, err
}

func noticeKeys(notices []domain.Notice) []string {
	keys := make([]string, len(notices))
	for i, n := range notices {
		keys[i] = n.Key
	}
	return keys
}

type noticeRow struct {
	Key      string            `json:"key"`
	Thread   string            `json:"thread"`
	Office   domain.OfficeID   `json:"office"`
	Kind     domain.MatterKind `json:"kind"`
	Stage    string            `json:"stage"`
	Clause   string            `json:"clause"`
	At       stamp             `json:"at"`
	Deadline day               `json:"deadline"`
	Body     domain.Body       `json:"body"`
	Why      string            `json:"why"`
	Expires  stamp             `json:"expires"`
	ToldIn   string            `json:"told_in"` // of an item of a digest: the digest
}

// promise keeps the notices that are new and expands those that are the newest of their thread.
func (t *Tx) promise(notices []domain.Notice, now time.Time) (made int, err error) {
	if len(notices) == 0 {
		return 0, nil
	}
	if err := t.holdAll(notices); err != nil {
		return 0, err
	}
	fresh, err := t.keepNotices(notices)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	live, err := t.newest(fresh)
	if err != nil {
		return 0, err
	}
	if err := t.replace(live, now); err != nil {
		return 0, err
	}
	handles, err := t.handles(live)
	if err != nil {
		return 0, err
	}
	e := expansion{platforms: t.db.o.Platforms, handles: handles, newID: t.db.o.NewID, now: now}
	var rows []outboxRow
	for _, n := range live {
		rows = append(rows, e.rows(n)...)
	}
	groups, err := t.grouped(live, e)
	if err != nil {
		return 0, err
	}
	rows = append(rows, groups...)
	if err := t.enqueue(rows); err != nil {
		return 0, fmt.Errorf("storage: promise: %w", err)
	}
	return len(fresh), nil
}

// holdAll makes other promises to the same offices wait, so that a thread has one newest notice.
func (t *Tx) holdAll(notices []domain.Notice) error {
	var offices []domain.OfficeID
	for _, n := range notices {
		for _, x := range append([]domain.Notice{n}, n.Items...) { // a digest may tell of several offices
			if x.Office != "" {
				offices = append(offices, x.Office)
			}
		}
	}
	slices.Sort(offices)
	for _, o := range slices.Compact(offices) {
		if err := t.hold(o); err != nil {
			return err
		}
	}
	return nil
}

// keepNotices writes the notices whose keys are not known yet and gives those, by their instants.
func (t *Tx) keepNotices(notices []domain.Notice) ([]domain.Notice, error) {
	byKey := make(map[string]domain.Notice, len(notices))
	rows := make([]noticeRow, 0, len(notices))
	for _, n := range notices {
		if _, twice := byKey[n.Key]; twice {
			continue
		}
		byKey[n.Key] = n
		rows = append(rows, rowOf(n, ""))
	}
	fresh, err := t.insertNotices(rows, byKey)
	if err != nil {
		return nil, err
	}
	var items []noticeRow
	for _, n := range fresh {
		for _, x := range n.Items {
			items = append(items, rowOf(x, n.Key))
		}
	}
	if _, err := t.insertNotices(items, nil); err != nil {
		return nil, err
	}
	return fresh, nil
}

func rowOf(n domain.Notice, in string) noticeRow {
	return noticeRow{n.Key, n.Thread, n.Office, n.Kind, n.Stage, n.Clause, at(n.At), day{n.Deadline}, n.Body, n.Why, at(n.Expires), in}
}

// insertNotices writes the rows whose keys are not known yet and gives their notices, by their instants;
// of one instant those that say so come first, in the order given.
func (t *Tx) insertNotices(rows []noticeRow, byKey map[string]domain.Notice) ([]domain.Notice, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	data, err := json.Marshal(rows)
	if err != nil {
		return nil, fmt.Errorf("storage: promise: %w", err)
	}
	var made []string
	err = t.all(&made, `INSERT INTO notice (key, thread, office, kind, stage, clause, at, deadline, body, why, expires, told_in)
		SELECT key, thread, office, kind, stage, clause, at, deadline, body, why, expires, told_in FROM `+
		t.db.dialect.rows(1, "key TEXT", "thread TEXT", "office TEXT", "kind TEXT", "stage TEXT", "clause TEXT", "at TIMESTAMP", "deadline DATE", "body JSONB", "why TEXT", "expires TIMESTAMP", "told_in TEXT")+
		` WHERE TRUE ON CONFLICT (key) DO NOTHING RETURNING key`, string(data))
	if err != nil {
		return nil, fmt.Errorf("storage: promise: %w", err)
	}
	fresh := make([]domain.Notice, 0, len(made))
	for _, k := range made {
		if n, ok := byKey[k]; ok {
			fresh = append(fresh, n)
		}
	}
	given := make(map[string]int, len(rows))
	for i, r := range rows {
		given[r.Key] = i
	}
	slices.SortFunc(fresh, func(a, b domain.Notice) int {
		switch c := a.At.Compare(b.At); {
		case c != 0:
			return c
		case a.First && b.First:
			return given[a.Key] - given[b.Key]
		case a.First:
			return -1
		case b.First:
			return 1
		}
		return cmp.Compare(a.Key, b.Key)
	})
	return fresh, nil
}

// newest gives those of the fresh notices that no later notice of their thread has overtaken. What
// is overtaken stays known, so that it is not promised again, but is told to nobody.
func (t *Tx) newest(fresh []domain.Notice) ([]domain.Notice, error) {
	last := map[string]domain.Notice{}
	var threads []string
	for _, n := range fresh {
		if n.Thread != "" {
			last[n.Thread] = n
			threads = append(threads, n.Thread)
		}
	}
	overtaken := map[string]bool{}
	if len(threads) > 0 {
		var rows []struct {
			Thread string
			At     stamp
		}
		err := t.all(&rows, "SELECT thread, MAX(at) AS at FROM notice WHERE thread <> '' AND thread "+t.db.dialect.in(1)+" GROUP BY thread", list(t.db.dialect, threads))
		if err != nil {
			return nil, fmt.Errorf("storage: promise: %w", err)
		}
		for _, r := range rows {
			overtaken[r.Thread] = r.At.After(utc(last[r.Thread].At))
		}
	}
	var live []domain.Notice
	for _, n := range fresh {
		if n.Thread == "" || (last[n.Thread].Key == n.Key && !overtaken[n.Thread]) {
			live = append(live, n)
		}
	}
	return live, nil
}

// replace ends what of the notices' threads has not left yet: a row a worker holds is not tried again.
func (t *Tx) replace(live []domain.Notice, now time.Time) error {
	var threads []string
	for _, n := range live {
		if n.Thread != "" {
			threads = append(threads, n.Thread)
		}
	}
	if len(threads) == 0 {
		return nil
	}
	_, err := t.exec(`UPDATE outbox SET over = (state = 'leased'),
			settled_at = CASE WHEN state = 'ready' THEN $2 ELSE settled_at END,
			reason = CASE WHEN state = 'ready' THEN 'a newer notice took its place' ELSE reason END,
			state = CASE WHEN state = 'ready' THEN 'replaced' ELSE state END
		WHERE thread <> '' AND thread `+t.db.dialect.in(1)+` AND state IN ('ready', 'leased')`, list(t.db.dialect, threads), at(now))
	if err != nil {
		return fmt.Errorf("storage: replace older notices: %w", err)
	}
	return nil
}

// handles gives the handles of the notices' readers on the platforms there are, preferred first.
func (t *Tx) handles(live []domain.Notice) (map[domain.PersonID][]domain.Handle, error) {
	var people []domain.PersonID
	for _, n := range live {
		people = append(people, n.To...)
	}
	if len(people) == 0 {
		return nil, nil
	}
	var rows []handleRow
	if err := t.all(&rows, "SELECT person, platform, user_id FROM handle WHERE person "+t.db.dialect.in(1)+"", list(t.db.dialect, people)); err != nil {
		return nil, fmt.Errorf("storage: handles: %w", err)
	}
	out := make(map[domain.PersonID][]domain.Handle, len(rows))
	for _, r := range rows {
		if i, ok := t.db.rank[r.Platform]; ok && !t.db.o.Platforms[i].Off {
			out[r.Person] = append(out[r.Person], domain.Handle{Platform: r.Platform, User: r.UserID})
		}
	}
	for _, hs := range out {
		if len(hs) > 1 {
			t.db.sortHandles(hs)
		}
	}
	return out, nil
}
