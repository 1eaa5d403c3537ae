package storage

import (
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

type sessionRow struct {
	ID        domain.SessionID
	No        int64
	Office    domain.OfficeID
	Plan      ref
	Item      domain.ItemID
	Topics    JSON[[]string]
	Source    string
	Lecturer  ref
	StartsAt  stamp `db:"starts_at"`
	EndsAt    stamp `db:"ends_at"`
	Room      string
	State     domain.SessionState
	Roster    JSON[[]domain.PersonID]
	Secret    []byte
	OpenedAt  stamp  `db:"opened_at"`
	ClosedAt  stamp  `db:"closed_at"`
	CloseNote string `db:"close_note"`
	Reason    string
	TopicIDs  JSON[[]string] `db:"topic_ids"`
	Run       string
	Group     domain.ItemID `db:"group_id"`
	Shifts    JSON[[]string]
	Invited   JSON[[]domain.PersonID]
	Added     JSON[[]domain.PersonID]
	Released  JSON[[]domain.PersonID]

	ConfirmedAt stamp `db:"confirmed_at"`
	Declined    JSON[[]domain.PersonID]
	Coming      JSON[[]domain.PersonID]
	RecordedAt  stamp `db:"recorded_at"`
	Supervision domain.Supervision
	ArrangedAt  stamp `db:"arranged_at"`
	Version     int64
}

func (r sessionRow) session() domain.Session {
	return domain.Session{
		ID: r.ID, No: r.No, Office: r.Office, Plan: domain.PlanID(r.Plan), Item: r.Item,
		Topics: r.Topics.V, Source: r.Source, Lecturer: domain.PersonID(r.Lecturer),
		Start: r.StartsAt.Time, End: r.EndsAt.Time, Room: r.Room, State: r.State,
		Roster: r.Roster.V, Secret: r.Secret, OpenedAt: r.OpenedAt.Time, ClosedAt: r.ClosedAt.Time,
		CloseNote: r.CloseNote, Reason: r.Reason, Version: r.Version,
		TopicIDs: r.TopicIDs.V, Run: r.Run, Group: r.Group, Shifts: r.Shifts.V, Invited: r.Invited.V, Added: r.Added.V, Released: r.Released.V,
		ConfirmedAt: r.ConfirmedAt.Time, Declined: r.Declined.V, Coming: r.Coming.V, RecordedAt: r.RecordedAt.Time, Supervision: r.Supervision, ArrangedAt: r.ArrangedAt.Time,
	}
}

const sessionColumns = "s.id, s.no, s.office, s.plan, s.item, s.topics, s.source, s.lecturer, s.starts_at, s.ends_at, s.room, s.state, s.roster, s.secret, s.opened_at, s.closed_at, s.close_note, s.reason, s.topic_ids, s.run, s.group_id, s.shifts, s.invited, s.added, s.released, s.confirmed_at, s.declined, s.coming, s.recorded_at, s.supervision, s.arranged_at, s.version"

// Session gives one session, or ErrNotFound. In Change nobody can check in to it until the change
// is kept: who closes it sees everyone who was let in.
func (t *Tx) Session(id domain.SessionID) (domain.Session, error) {
	x, ok, err := t.session("s.id = $1", id)
	if err == nil && !ok {
		err = fmt.Errorf("storage: session %s: %w", id, ErrNotFound)
	}
	return x, err
}

// SessionByNo gives the session people call S<no>; see Session.
func (t *Tx) SessionByNo(no int64) (domain.Session, bool, error) { return t.session("s.no = $1", no) }

func (t *Tx) session(where string, arg any) (domain.Session, bool, error) {
	out, err := t.sessions("SELECT "+sessionColumns+" FROM office o JOIN session s ON s.office = o.id WHERE "+where+t.lock("o, s"), arg)
	if err != nil || len(out) == 0 {
		return domain.Session{}, false, err
	}
	t.holds(out[0].Office)
	return out[0], true, nil
}

// Sessions gives the sessions of an office that start from … up to, not including, to; by start,
// then number.
func (t *Tx) Sessions(o domain.OfficeID, from, to time.Time) ([]domain.Session, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return t.sessions("SELECT "+sessionColumns+" FROM session s WHERE s.office = $1 AND s.starts_at >= $2 AND s.starts_at < $3 ORDER BY s.starts_at, s.no", o, at(from), at(to))
}

func (t *Tx) sessions(query string, args ...any) ([]domain.Session, error) {
	var rows []sessionRow
	if err := t.all(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("storage: sessions: %w", err)
	}
	out := make([]domain.Session, len(rows))
	for i, r := range rows {
		out[i] = r.session()
	}
	return out, nil
}

type attendanceRow struct {
	Session  domain.SessionID
	Person   domain.PersonID
	At       stamp
	Late     int
	Way      domain.Way
	MarkedBy ref `db:"marked_by"`
	Reason   string
	Message  domain.MessageID
}

func (r attendanceRow) attendance() domain.Attendance {
	return domain.Attendance{Session: r.Session, Person: r.Person, At: r.At.Time, Late: r.Late, Way: r.Way,
		MarkedBy: domain.PersonID(r.MarkedBy), Reason: r.Reason, Message: r.Message}
}

const attendanceColumns = "a.session, a.person, a.at, a.late, a.way, a.marked_by, a.reason, a.message"

// Attendance gives who was present at the sessions, by session, time and person.
func (t *Tx) Attendance(sessions ...domain.SessionID) ([]domain.Attendance, error) {
	if len(sessions) == 0 {
		return nil, nil
	}
	return t.attendance("SELECT "+attendanceColumns+" FROM attendance a WHERE a.session "+t.db.dialect.in(1)+" ORDER BY a.session, a.at, a.person", list(t.db.dialect, sessions))
}

// attendanceLead is how long before its session a presence can have been taken at most. It bounds
// the search by the time of the presence, which is indexed; what a Roll reaches is the limit.
const attendanceLead = rollReach

// AttendanceOf gives the presences of a person at sessions that start from … up to, not including,
// to; by start and session.
func (t *Tx) AttendanceOf(p domain.PersonID, from, to time.Time) ([]domain.Attendance, error) {
	return t.attendance("SELECT "+attendanceColumns+" FROM attendance a JOIN session s ON s.id = a.session WHERE a.person = $1 AND a.at >= $2 AND s.starts_at >= $3 AND s.starts_at < $4 ORDER BY s.starts_at, a.session",
		p, at(from.Add(-attendanceLead)), at(from), at(to))
}

func (t *Tx) attendance(query string, args ...any) ([]domain.Attendance, error) {
	var rows []attendanceRow
	if err := t.all(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("storage: attendance: %w", err)
	}
	out := make([]domain.Attendance, len(rows))
	for i, r := range rows {
		out[i] = r.attendance()
	}
	return out, nil
}

// rollReach is how far from now the sessions of a Roll may start.
const rollReach = 24 * time.Hour

// Roll gives what a check-in from the handle is decided on: an unknown handle gives an empty roll.
// In Change the sessions cannot be closed or moved until the change is kept, while others may check
// in to them at the same time.
func (t *Tx) Roll(h domain.Handle, now time.Time) (domain.Roll, error) {
	by, ok, err := t.PersonByHandle(h)
	if err != nil || !ok {
		return domain.Roll{}, err
	}
	r := domain.Roll{By: by}
	if r.Sessions, err = t.near(officesOf(by, now), now, rollReach); err != nil || len(r.Sessions) == 0 {
		return r, err
	}
	ids := make([]domain.SessionID, len(r.Sessions))
	for i, x := range r.Sessions {
		ids[i] = x.ID
	}
	r.Present, err = t.attendance("SELECT "+attendanceColumns+" FROM attendance a WHERE a.person = $1 AND a.session "+t.db.dialect.in(2)+" ORDER BY a.at, a.session", by.ID, list(t.db.dialect, ids))
	return r, err
}

// near gives the sessions of some offices that start within reach of an instant.
func (t *Tx) near(offices []domain.OfficeID, now time.Time, reach time.Duration) ([]domain.Session, error) {
	if len(offices) == 0 {
		return nil, nil
	}
	share := ""
	if t.locks {
		share = t.db.dialect.share("s")
	}
	return t.sessions("SELECT "+sessionColumns+" FROM session s WHERE s.office "+t.db.dialect.in(1)+" AND s.starts_at >= $2 AND s.starts_at <= $3 ORDER BY s.starts_at, s.no"+share,
		list(t.db.dialect, offices), at(now.Add(-reach)), at(now.Add(reach)))
}

// officesOf lists the offices the person belongs to around an instant, whatever the office's zone.
func officesOf(p domain.Person, now time.Time) []domain.OfficeID {
	day := domain.DateOf(now)
	var out []domain.OfficeID
	for _, m := range p.Memberships {
		near := !m.Since.After(day.AddDays(1)) && (m.Until.IsZero() || !m.Until.Before(day.AddDays(-1)))
		if near && !slices.Contains(out, m.Office) {
			out = append(out, m.Office)
		}
	}
	slices.Sort(out)
	return out
}
