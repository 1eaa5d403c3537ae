package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/lib/pq"

	"trainingbot/domain"
)

// checkInPostgres commits a batch of check-ins in one round trip. The session is held against being
// closed until the commit; a session that was closed or changed meanwhile, a person that changed, a
// message that is known, a presence that is there: such a row does not come back. The presence goes
// first and decides, because two rows of different messages can only meet there.
//
// The guards are sub-selects and not joins on purpose: a join planned while a table was small would
// read all of it for as long as the prepared plan lives.
const checkInPostgres = `WITH r AS (
	SELECT * FROM unnest(CAST($1 AS TEXT[]), CAST($2 AS TEXT[]), CAST($3 AS TEXT[]), CAST($4 AS TIMESTAMPTZ[]), CAST($5 AS JSONB[]),
		CAST($6 AS TEXT[]), CAST($7 AS BIGINT[]), CAST($8 AS TEXT[]), CAST($9 AS BIGINT[]), CAST($10 AS TIMESTAMPTZ[]), CAST($11 AS INTEGER[]),
		CAST($12 AS TEXT[]), CAST($13 AS TIMESTAMPTZ[]), CAST($14 AS TEXT[]), CAST($15 AS TEXT[]), CAST($16 AS TEXT[]), CAST($17 AS TEXT[]), CAST($18 AS TEXT[]), CAST($19 AS TEXT[]))
	AS r(message, platform, user_id, at, answer, person, person_version, session, session_version, seen_at, late,
		office, audit_at, audit_id, actor, act, subject, clause, text)
), good AS MATERIALIZED (
	SELECT r.* FROM r
	CROSS JOIN LATERAL (SELECT 1 FROM session s WHERE s.id = r.session AND s.version = r.session_version AND s.state = 'open' FOR SHARE OF s) held
	WHERE (SELECT p.version FROM person p WHERE p.id = r.person) = r.person_version
	AND (SELECT TRUE FROM inbox i WHERE i.message = r.message) IS NULL
), a AS (
	INSERT INTO attendance (session, person, at, late, way, marked_by, reason, message)
	SELECT session, person, seen_at, late, 'code', NULL, '', message FROM good
	ON CONFLICT (session, person) DO NOTHING RETURNING message
), kept AS MATERIALIZED (
	SELECT good.* FROM good JOIN a ON a.message = good.message
), i AS (
	INSERT INTO inbox (message, platform, user_id, at, answer) SELECT message, platform, user_id, at, answer FROM kept
), l AS (
	INSERT INTO audit (office, at, id, actor, act, subject, clause, text) SELECT office, audit_at, audit_id, actor, act, subject, clause, text FROM kept
), q AS (
	DELETE FROM question WHERE owner = ANY(ARRAY(SELECT person FROM kept))
)
SELECT message FROM kept`

// postgresCheckIns commits batches on a connection of its own, where the statement is prepared once.
type postgresCheckIns struct {
	db   *DB
	conn *sql.Conn
	stmt *sql.Stmt
}

// close gives the connection up for good: its settings are not for others.
func (s *postgresCheckIns) close() {
	if s.conn != nil {
		s.conn.Raw(func(any) error { return driver.ErrBadConn })
		s.conn.Close()
		s.conn = nil
	}
}

// open takes a connection and prepares the statement on it. Its plan is made once and kept, perhaps
// while the tables are almost empty; without sequential scans it is the right one for full ones too.
func (s *postgresCheckIns) open(ctx context.Context) (err error) {
	if s.conn, err = s.db.x.Conn(ctx); err != nil {
		s.conn = nil
		return err
	}
	if _, err = s.conn.ExecContext(ctx, "SET enable_seqscan = off"); err != nil {
		return err
	}
	s.stmt, err = s.conn.PrepareContext(ctx, checkInPostgres)
	return err
}

// commit runs checkInPostgres for a batch.
func (s *postgresCheckIns) commit(batch []*checkIn) (done map[domain.MessageID]bool, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), batchTime)
	defer cancel()
	defer func() {
		if err != nil {
			s.close() // whatever is wrong with it: the next batch starts on a sound connection
			err = fmt.Errorf("storage: check-ins: %w", err)
		}
	}()
	if s.conn == nil {
		if err := s.open(ctx); err != nil {
			return nil, err
		}
	}
	n := len(batch)
	text := make([]pq.StringArray, 16)
	for i := range text {
		text[i] = make(pq.StringArray, n)
	}
	personV, sessionV, late := make(pq.Int64Array, n), make(pq.Int64Array, n), make(pq.Int64Array, n)
	for i, p := range batch {
		for j, s := range [...]string{
			string(p.cause.Message), p.cause.From.Platform, p.cause.From.User, p.cause.At.Format(stampFormat), p.answer,
			string(p.person), string(p.session.ID), utc(p.seen.At).Format(stampFormat),
			string(p.audit.Office), p.audit.At.Format(stampFormat), p.audit.ID, string(p.audit.Actor), p.audit.Act, p.audit.Subject, p.audit.Clause, p.audit.Text,
		} {
			text[j][i] = s
		}
		personV[i], sessionV[i], late[i] = p.personV, p.session.Version, int64(p.seen.Late)
	}
	rows, err := s.stmt.QueryContext(ctx, text[0], text[1], text[2], text[3], text[4], text[5], personV, text[6], sessionV, text[7], late,
		text[8], text[9], text[10], text[11], text[12], text[13], text[14], text[15])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	done = make(map[domain.MessageID]bool, n)
	for rows.Next() {
		var m domain.MessageID
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		done[m] = true
	}
	return done, rows.Err()
}
