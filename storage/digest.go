package storage

import (
	"fmt"

	"trainingbot/domain"
)

// leaveDigests takes the items of a thread that has ended out of the digests that have not left yet:
// such a digest is said anew without them, or withdrawn when nothing is left. That they were settled in
// time stays written on them.
func (t *Tx) leaveDigests(thread string, c Cause) error {
	var waiting []string
	err := t.all(&waiting, `SELECT DISTINCT n.told_in FROM notice n JOIN outbox b ON b.notice = n.told_in
		WHERE n.thread IN ($1, $2) AND n.told_in <> '' AND b.state = 'ready' ORDER BY n.told_in`, thread, domain.Rested(thread))
	if err != nil {
		return fmt.Errorf("storage: digests of a thread: %w", err)
	}
	for _, key := range waiting {
		if _, err := t.exec("UPDATE notice SET told_in = 'settled:' || told_in WHERE told_in = $1 AND thread IN ($2, $3)", key, thread, domain.Rested(thread)); err != nil {
			return fmt.Errorf("storage: leave a digest: %w", err)
		}
		if err := t.refold(key, c); err != nil {
			return err
		}
	}
	return nil
}

// refold says a digest anew with the items it still has.
func (t *Tx) refold(key string, c Cause) error {
	items, err := t.itemsOf(key)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		_, err := t.exec("UPDATE outbox SET state = 'withdrawn', reason = 'its matters were settled', settled_at = $2 WHERE notice = $1 AND state = 'ready'", key, at(c.At))
		if err != nil {
			return fmt.Errorf("storage: withdraw a digest: %w", err)
		}
		return nil
	}
	n, err := t.notice(key)
	if err != nil {
		return err
	}
	offices, err := t.Offices()
	if err != nil {
		return err
	}
	n = n.Folded(items, offices)
	thread := n.Thread
	if len(items) == 1 {
		thread = items[0].Thread
	}
	if _, err := t.exec("UPDATE notice SET body = $2, why = $3, kind = $4, stage = $5, clause = $6 WHERE key = $1", key, JSON[domain.Body]{n.Body}, n.Why, n.Kind, n.Stage, n.Clause); err != nil {
		return fmt.Errorf("storage: say a digest anew: %w", err)
	}
	_, err = t.exec("UPDATE outbox SET body = $2, buttons = $3, thread = $4, expires_at = $5 WHERE notice = $1 AND state = 'ready'", key, JSON[domain.Body]{n.Body}, hasButtons(n.Body), thread, at(n.Expires))
	if err != nil {
		return fmt.Errorf("storage: say a digest anew: %w", err)
	}
	return nil
}

// itemsOf gives what a digest tells, in the order in which it does.
func (t *Tx) itemsOf(digest string) ([]domain.Notice, error) {
	var keys []string
	if err := t.all(&keys, "SELECT key FROM notice WHERE told_in = $1 AND told_in <> '' ORDER BY deadline, at, key", digest); err != nil {
		return nil, fmt.Errorf("storage: items of a digest: %w", err)
	}
	out := make([]domain.Notice, 0, len(keys))
	for _, k := range keys {
		n, err := t.notice(k)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
