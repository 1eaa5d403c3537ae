package storage

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// keep writes everything a decision left behind. Records that have changed since they were read give
// errStale.
func (t *Tx) keep(c Cause, ch domain.Change) error {
	for _, p := range ch.People {
		if err := t.keepPerson(p); err != nil {
			return err
		}
	}
	for _, p := range ch.Plans {
		if err := t.keepPlan(p); err != nil {
			return err
		}
	}
	for _, x := range ch.Sessions {
		if err := t.keepSession(x, c.At); err != nil {
			return err
		}
	}
	for _, a := range ch.Attendance {
		if err := t.keepAttendance(a); err != nil {
			return err
		}
	}
	if err := proposals().keepAll(t, ch.Proposals); err != nil {
		return err
	}
	if err := points().keepAll(t, ch.Points); err != nil {
		return err
	}
	if err := t.keepPlanning(ch); err != nil {
		return err
	}
	if err := delegations().keepAll(t, ch.Delegations); err != nil {
		return err
	}
	if err := t.keepDay(ch); err != nil {
		return err
	}
	if err := t.keepConsequences(ch); err != nil {
		return err
	}
	if err := orientationFiles().keepAll(t, ch.Files); err != nil {
		return err
	}
	if err := orientationHours().keepAll(t, ch.Hours); err != nil {
		return err
	}
	if err := t.keepAssessments(ch); err != nil {
		return err
	}
	for _, m := range ch.Settled {
		if _, err := t.exec("INSERT INTO settled (office, kind, subject, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", m.Office, m.Kind, m.Subject, at(c.At)); err != nil {
			return fmt.Errorf("storage: keep a settled matter: %w", err)
		}
	}
	for _, y := range ch.Years {
		if err := t.keepYear(y, c.At); err != nil {
			return err
		}
	}
	if err := choices().keepAll(t, ch.Choices); err != nil {
		return err
	}
	if err := robots().keepAll(t, ch.Robots); err != nil {
		return err
	}
	if err := t.keepAudit(ch.Audit); err != nil {
		return err
	}
	for _, s := range ch.Closed {
		if err := t.settleThread(s, c); err != nil {
			return err
		}
	}
	if _, err := t.promise(ch.Notices, c.At); err != nil {
		return err
	}
	return t.keepQuestion(c, ch.Ask)
}

// stale turns "no row was still what it was" into errStale.
func stale(what string, n int64, err error) error {
	if err != nil {
		return fmt.Errorf("storage: keep %s: %w", what, err)
	}
	if n == 0 {
		return fmt.Errorf("storage: keep %s: %w", what, errStale)
	}
	return nil
}

func (t *Tx) keepPerson(p domain.Person) error {
	if p.ID == "" {
		p.ID = domain.PersonID(t.NewID())
	}
	var err error
	var n int64
	if p.Version == 0 {
		n, err = t.exec("INSERT INTO person (id, no, name, version) VALUES ($1, $2, $3, 1)", p.ID, p.No, p.Name)
	} else {
		n, err = t.exec("UPDATE person SET no = $2, name = $3, version = version + 1 WHERE id = $1 AND version = $4", p.ID, p.No, p.Name, p.Version)
	}
	if err := stale("person", n, err); err != nil {
		return err
	}
	if err := t.replaceStays([]domain.Person{p}); err != nil {
		return err
	}
	if err := t.replaceHandles([]domain.Person{p}); err != nil {
		return err
	}
	t.events = append(t.events, func() { t.db.rolls.forgetPerson(p.ID, t.db.handleIDs(p)...) })
	return nil
}

func (t *Tx) keepPlan(p domain.Plan) error {
	var n int64
	var err error
	if p.Version == 0 {
		n, err = t.exec("INSERT INTO plan (id, no, office, period, version) VALUES ($1, $2, $3, $4, 1)", p.ID, p.No, p.Office, p.Period.String())
	} else {
		n, err = t.exec("UPDATE plan SET version = version + 1 WHERE id = $1 AND version = $2", p.ID, p.Version)
	}
	if err := stale("plan", n, err); err != nil {
		return err
	}
	// What gives up a place (waiting, in force) is written before what takes it: the places are
	// unique at every moment.
	versions := slices.Clone(p.Versions)
	slices.SortStableFunc(versions, func(a, b domain.PlanVersion) int { return cmp.Compare(takesPlace(a.State), takesPlace(b.State)) })
	for _, v := range versions {
		_, err := t.exec(`INSERT INTO plan_version (plan, number, state, items, item_count, drafted_by, drafted_at, submitted_by, submitted_at, days_late, decided_by, decided_at, decided_late, self_decided, reason, on_behalf, changes, clashes)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
			ON CONFLICT (plan, number) DO UPDATE SET state = excluded.state, items = excluded.items, item_count = excluded.item_count,
				drafted_by = excluded.drafted_by, drafted_at = excluded.drafted_at, submitted_by = excluded.submitted_by, submitted_at = excluded.submitted_at,
				days_late = excluded.days_late, decided_by = excluded.decided_by, decided_at = excluded.decided_at, decided_late = excluded.decided_late,
				self_decided = excluded.self_decided, reason = excluded.reason, on_behalf = excluded.on_behalf, changes = excluded.changes, clashes = excluded.clashes`,
			p.ID, v.Number, v.State, JSON[[]domain.Item]{v.Items}, len(v.Items), ref(v.DraftedBy), at(v.DraftedAt), ref(v.SubmittedBy), at(v.SubmittedAt), v.DaysLate,
			ref(v.DecidedBy), at(v.DecidedAt), v.DecidedLate, v.SelfDecided, v.Reason, ref(v.OnBehalf), v.Changes, v.Clashes)
		if err != nil {
			return fmt.Errorf("storage: keep version %d of a plan: %w", v.Number, err)
		}
	}
	return nil
}

func takesPlace(s domain.PlanState) int {
	switch s {
	case domain.Draft:
		return 1
	case domain.Submitted:
		return 2
	case domain.Approved:
		return 3
	}
	return 0
}

func (t *Tx) keepSession(x domain.Session, now time.Time) error {
	args := []any{x.ID, x.No, x.Office, ref(x.Plan), x.Item, JSON[[]string]{x.Topics}, x.Source, ref(x.Lecturer), at(x.Start), at(x.End), x.Room, x.State,
		roster(x.Roster), x.Secret, at(x.OpenedAt), at(x.ClosedAt), x.CloseNote, x.Reason,
		JSON[[]string]{x.TopicIDs}, x.Run, x.Group, JSON[[]string]{x.Shifts}, roster(x.Invited), JSON[[]domain.PersonID]{x.Added}, JSON[[]domain.PersonID]{x.Released},
		at(x.ConfirmedAt), JSON[[]domain.PersonID]{x.Declined}, JSON[[]domain.PersonID]{x.Coming}, at(x.RecordedAt), x.Supervision, at(now)}
	var n int64
	var err error
	if x.Version == 0 {
		n, err = t.exec(`INSERT INTO session (id, no, office, plan, item, topics, source, lecturer, starts_at, ends_at, room, state, roster, secret, opened_at, closed_at, close_note, reason, topic_ids, run, group_id, shifts, invited, added, released, confirmed_at, declined, coming, recorded_at, supervision, arranged_at, version)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, 1)`, args...)
	} else {
		n, err = t.exec(`UPDATE session SET no = $2, office = $3, plan = $4, item = $5, topics = $6, source = $7, lecturer = $8, starts_at = $9, ends_at = $10, room = $11, state = $12,
			roster = $13, secret = $14, opened_at = $15, closed_at = $16, close_note = $17, reason = $18,
			topic_ids = $19, run = $20, group_id = $21, shifts = $22, invited = $23, added = $24, released = $25,
			confirmed_at = $26, declined = $27, coming = $28, recorded_at = $29, supervision = $30,
			arranged_at = CASE WHEN starts_at <> $9 OR lecturer IS DISTINCT FROM $8 THEN $31 ELSE arranged_at END, version = version + 1 WHERE id = $1 AND version = $32`, append(args, x.Version)...)
	}
	if err := stale("session", n, err); err != nil {
		return err
	}
	t.events = append(t.events, func() { t.db.rolls.forgetOffice(x.Office) })
	return nil
}

// roster keeps "not fixed yet" (nil, NULL) apart from "nobody" (an empty list).
func roster(ids []domain.PersonID) any {
	if ids == nil {
		return nil
	}
	return JSON[[]domain.PersonID]{ids}
}

func (t *Tx) keepAttendance(a domain.Attendance) error {
	_, err := t.exec("INSERT INTO attendance (session, person, at, late, way, marked_by, reason, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		a.Session, a.Person, at(a.At), a.Late, a.Way, ref(a.MarkedBy), a.Reason, a.Message)
	if err != nil {
		return fmt.Errorf("storage: keep a presence: %w", err)
	}
	return nil
}

func (t *Tx) keepYear(y domain.Year, when time.Time) error {
	_, err := t.exec("INSERT INTO holiday_year (year, source, days, at) VALUES ($1, $2, $3, $4) ON CONFLICT (year) DO UPDATE SET source = excluded.source, days = excluded.days, at = excluded.at",
		y.Year, y.Source, JSON[[]domain.Day]{y.Days}, at(when))
	if err != nil {
		return fmt.Errorf("storage: keep the holidays of %d: %w", y.Year, err)
	}
	return nil
}

type auditRow struct {
	Office  domain.OfficeID    `json:"office"`
	At      stamp              `json:"at"`
	ID      string             `json:"id"`
	Actor   domain.PersonID    `json:"actor"`
	Act     string             `json:"act"`
	Subject string             `json:"subject"`
	Clause  string             `json:"clause"`
	Text    string             `json:"text"`
	Undo    JSON[*domain.Undo] `json:"undo"`
}

func (db *DB) auditRow(a domain.Audit) auditRow {
	return auditRow{a.Office, at(a.At), db.o.NewID(), a.Actor, a.Act, a.Subject, a.Clause, a.Text, JSON[*domain.Undo]{a.Undo}}
}

func (t *Tx) keepAudit(lines []domain.Audit) error {
	if len(lines) == 0 {
		return nil
	}
	rows := make([]auditRow, len(lines))
	for i, a := range lines {
		rows[i] = t.db.auditRow(a)
	}
	_, err := t.exec("INSERT INTO audit (office, at, id, actor, act, subject, clause, text, undo) SELECT office, at, id, actor, act, subject, clause, text, undo FROM "+
		t.db.dialect.rows(1, "office TEXT", "at TIMESTAMP", "id TEXT", "actor TEXT", "act TEXT", "subject TEXT", "clause TEXT", "text TEXT", "undo JSONB"), JSON[[]auditRow]{rows})
	if err != nil {
		return fmt.Errorf("storage: keep the log: %w", err)
	}
	return nil
}

// keepQuestion replaces what the one who asked was asked before. Who bound their account in this
// very change is known by now.
func (t *Tx) keepQuestion(c Cause, q *domain.Question) error {
	if c.From == (domain.Handle{}) {
		return nil
	}
	stranger := t.db.stranger(c.From)
	if q == nil {
		_, err := t.exec("DELETE FROM question WHERE owner = $1 OR owner IN (SELECT person FROM handle WHERE platform = $2 AND user_key = $3)",
			stranger, c.From.Platform, t.db.handleKey(c.From))
		if err != nil {
			return fmt.Errorf("storage: clear the question: %w", err)
		}
		return nil
	}
	_, err := t.exec(`INSERT INTO question (owner, kind, line, expires)
		VALUES (COALESCE((SELECT person FROM handle WHERE platform = $2 AND user_key = $3), $1), $4, $5, $6)
		ON CONFLICT (owner) DO UPDATE SET kind = excluded.kind, line = excluded.line, expires = excluded.expires`,
		stranger, c.From.Platform, t.db.handleKey(c.From), q.Kind, q.Line, at(q.Expires))
	if err != nil {
		return fmt.Errorf("storage: keep the question: %w", err)
	}
	return nil
}
