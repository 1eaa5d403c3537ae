package storage

import "fmt"

// CheckInSQL gives the statement a batch of check-ins is committed with on PostgreSQL.
func CheckInSQL() string { return checkInPostgres }

// BenchSetupSQL fills an empty, migrated PostgreSQL database for BenchSQL: one office, people
// b-1 … b-<people> and open sessions b-1 … b-<sessions> that expect nobody in particular.
func BenchSetupSQL(people, sessions int) string {
	return fmt.Sprintf(`INSERT INTO office (id, name, since) VALUES ('b', 'bench', '2026-01-01') ON CONFLICT DO NOTHING;
INSERT INTO person (id, no, name, version) SELECT 'b-' || n, 'b' || n, 'bench ' || n, 1 FROM generate_series(1, %d) n ON CONFLICT DO NOTHING;
INSERT INTO handle (platform, user_key, user_id, person) SELECT 'wecom', 'b-' || n, 'b-' || n, 'b-' || n FROM generate_series(1, %[1]d) n ON CONFLICT DO NOTHING;
INSERT INTO session (id, no, office, item, topics, source, starts_at, ends_at, room, state, roster, opened_at, close_note, reason, version)
SELECT 'b-' || n, 1000000 + n, 'b', '', '[]', '', '2026-11-23 09:00+08', '2026-11-23 10:00+08', '', 'open', '[]', '2026-11-23 08:50+08', '', '', 1 FROM generate_series(1, %d) n ON CONFLICT DO NOTHING;
ANALYZE;
`, people, sessions)
}

// BenchSQL gives one check-in as an interactive transaction, the way it is usually written, as a
// pgbench script over the rows of BenchSetupSQL(people, sessions): the same tables, rows and
// guards as CheckInSQL. Run it with pgbench -M prepared -n -f.
func BenchSQL(people, sessions int) string {
	return fmt.Sprintf(`\set person random(1, %d)
\set session random(1, %d)
\set message random(1, 9000000000000000000)
\set line random(1, 9000000000000000000)
BEGIN;
SELECT p.id, p.version FROM handle h JOIN person p ON p.id = h.person WHERE h.platform = 'wecom' AND h.user_key = 'b-' || :person;
SELECT state, version FROM session WHERE id = 'b-' || :session FOR SHARE;
INSERT INTO inbox (message, platform, user_id, at, answer) VALUES ('wecom:' || :message, 'wecom', 'b-' || :person, '2026-11-23 09:05+08', '{"Text":"签到成功 09:05，消防演练，迟到 5 分钟（只登记，规程没有扣分）。"}') ON CONFLICT DO NOTHING;
INSERT INTO attendance (session, person, at, late, way, reason, message) VALUES ('b-' || :session, 'b-' || :person, '2026-11-23 09:05+08', 5, 'code', '', 'wecom:' || :message) ON CONFLICT DO NOTHING;
INSERT INTO audit (office, at, id, actor, act, subject, clause, text) VALUES ('b', '2026-11-23 09:05+08', '0193' || :line, 'b-' || :person, 'check_in', 'S' || :session, '5.3', '签到成功 09:05，消防演练，迟到 5 分钟（只登记，规程没有扣分）。');
DELETE FROM question WHERE owner = 'b-' || :person;
COMMIT;
`, people, sessions)
}
