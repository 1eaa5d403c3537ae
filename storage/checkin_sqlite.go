package storage

import (
	"context"
	"database/sql"
	"fmt"

	"trainingbot/domain"
)

// sqliteCheckIns commits batches of check-ins on a connection of its own, with statements prepared
// once. One commit, and so one wait for the disk, serves the whole batch.
type sqliteCheckIns struct {
	db       *DB
	conn     *sql.Conn
	presence *sql.Stmt
	message  *sql.Stmt
	log      *sql.Stmt
	question *sql.Stmt
}

// The statements of one check-in. The first holds the guards and decides: when it writes nothing,
// the check-in does not stand as decided.
const (
	checkInPresence = `INSERT INTO attendance (session, person, at, late, way, marked_by, reason, message)
		SELECT $1, $2, $3, $4, 'code', NULL, '', $5
		WHERE EXISTS (SELECT 1 FROM session WHERE id = $1 AND version = $6 AND state = 'open')
		AND EXISTS (SELECT 1 FROM person WHERE id = $2 AND version = $7)
		AND NOT EXISTS (SELECT 1 FROM inbox WHERE message = $5)
		ON CONFLICT (session, person) DO NOTHING`
	checkInMessage  = "INSERT INTO inbox (message, platform, user_id, at, answer) VALUES ($1, $2, $3, $4, $5)"
	checkInLog      = "INSERT INTO audit (office, at, id, actor, act, subject, clause, text) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
	checkInQuestion = "DELETE FROM question WHERE owner = $1"
)

func (s *sqliteCheckIns) close() {
	if s.conn != nil {
		s.conn.Close()
		s.conn = nil
	}
}

// commit commits a batch or nothing of it. It runs in the group's only worker.
func (s *sqliteCheckIns) commit(batch []*checkIn) (done map[domain.MessageID]bool, err error) {
	// Without a deadline: a context that can end costs the driver a goroutine a statement, and a
	// local file either answers or fails.
	ctx := context.Background()
	release, err := s.db.write(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	defer func() {
		if err != nil {
			err = fmt.Errorf("storage: check-ins: %w", err)
		}
	}()
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	if _, err := s.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, err
	}
	if done, err = s.write(ctx, batch); err == nil {
		_, err = s.conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		if _, undo := s.conn.ExecContext(ctx, "ROLLBACK"); undo != nil {
			s.close()
		}
		return nil, err
	}
	return done, nil
}

func (s *sqliteCheckIns) write(ctx context.Context, batch []*checkIn) (map[domain.MessageID]bool, error) {
	done := make(map[domain.MessageID]bool, len(batch))
	for _, p := range batch {
		r, err := s.presence.ExecContext(ctx, string(p.session.ID), string(p.person), utc(p.seen.At), p.seen.Late, string(p.cause.Message), p.session.Version, p.personV)
		if err != nil {
			return nil, err
		}
		if n, err := r.RowsAffected(); err != nil {
			return nil, err
		} else if n == 0 {
			continue
		}
		if _, err := s.message.ExecContext(ctx, string(p.cause.Message), p.cause.From.Platform, p.cause.From.User, p.cause.At, p.answer); err != nil {
			return nil, err
		}
		l := p.audit
		if _, err := s.log.ExecContext(ctx, string(l.Office), l.At.Time, l.ID, string(l.Actor), l.Act, l.Subject, l.Clause, l.Text); err != nil {
			return nil, err
		}
		if _, err := s.question.ExecContext(ctx, string(p.person)); err != nil {
			return nil, err
		}
		done[p.cause.Message] = true
	}
	return done, nil
}

// prepare takes the connection and prepares the statements, once.
func (s *sqliteCheckIns) prepare(ctx context.Context) error {
	if s.conn != nil {
		return nil
	}
	conn, err := s.db.x.Conn(ctx)
	if err != nil {
		return err
	}
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{{&s.presence, checkInPresence}, {&s.message, checkInMessage}, {&s.log, checkInLog}, {&s.question, checkInQuestion}} {
		if *p.to, err = conn.PrepareContext(ctx, p.text); err != nil {
			conn.Close()
			return err
		}
	}
	s.conn = conn
	return nil
}
