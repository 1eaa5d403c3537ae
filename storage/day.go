package storage

import (
	"time"

	"trainingbot/domain"
)

// absences is the table of who was not, or will not be, at a session.
func absences() table[domain.Absence] {
	type A = domain.Absence
	return table[A]{name: "absence", key: 2, version: func(a *A) *int64 { return &a.Version }, columns: []column[A]{
		text("session", func(a *A) *domain.SessionID { return &a.Session }),
		text("person", func(a *A) *domain.PersonID { return &a.Person }),
		text("office", func(a *A) *domain.OfficeID { return &a.Office }),
		date("day", func(a *A) *domain.Date { return &a.Day }),
		text("state", func(a *A) *domain.AbsenceState { return &a.State }),
		text("was", func(a *A) *domain.AbsenceState { return &a.Was }),
		text("kind", func(a *A) *domain.LeaveKind { return &a.Kind }),
		text("reason", func(a *A) *string { return &a.Reason }),
		maybe("make_up", func(a *A) *domain.SessionID { return &a.MakeUp }),
		instant("since", func(a *A) *time.Time { return &a.Since }),
		instant("due", func(a *A) *time.Time { return &a.Due }),
		maybe("proposal", func(a *A) *domain.ProposalID { return &a.Proposal }),
		maybe("judge", func(a *A) *domain.PersonID { return &a.Judge }),
		instant("judged_at", func(a *A) *time.Time { return &a.Judged }),
		text("ruling", func(a *A) *string { return &a.Ruling }),
	}}
}

// records is the table of the training records.
func records() table[domain.Record] {
	type R = domain.Record
	return table[R]{name: "record", key: 1, version: func(r *R) *int64 { return &r.Version }, columns: []column[R]{
		text("session", func(r *R) *domain.SessionID { return &r.Session }),
		text("office", func(r *R) *domain.OfficeID { return &r.Office }),
		month("month", func(r *R) *domain.Month { return &r.Month }),
		number("no", func(r *R) *int64 { return &r.No }),
		number("heads", func(r *R) *int { return &r.Heads }),
		document("lines", func(r *R) *[]domain.RecordLine { return &r.Lines }),
		flag("paper", func(r *R) *bool { return &r.Paper }),
		text("entered_by", func(r *R) *domain.PersonID { return &r.EnteredBy }),
		instant("entered_at", func(r *R) *time.Time { return &r.EnteredAt }),
		maybe("finished_by", func(r *R) *domain.PersonID { return &r.FinishedBy }),
		instant("finished_at", func(r *R) *time.Time { return &r.FinishedAt }),
	}}
}

// departures is the table of who left a session before its end, appended to only.
func departures() table[domain.Departure] {
	type D = domain.Departure
	return table[D]{name: "departure", key: 2, columns: []column[D]{
		text("session", func(d *D) *domain.SessionID { return &d.Session }),
		text("person", func(d *D) *domain.PersonID { return &d.Person }),
		instant("at", func(d *D) *time.Time { return &d.At }),
		number("minutes", func(d *D) *int { return &d.Minutes }),
		maybe("marked_by", func(d *D) *domain.PersonID { return &d.By }),
		text("reason", func(d *D) *string { return &d.Reason }),
	}}
}

// spots is the table of the answers to the check in the middle of a session, appended to only.
func spots() table[domain.SpotAnswer] {
	type S = domain.SpotAnswer
	return table[S]{name: "spot_answer", key: 2, columns: []column[S]{
		text("session", func(s *S) *domain.SessionID { return &s.Session }),
		text("person", func(s *S) *domain.PersonID { return &s.Person }),
		instant("at", func(s *S) *time.Time { return &s.At }),
	}}
}

// Absences gives the absences from a session, by person.
func (t *Tx) Absences(x domain.SessionID) ([]domain.Absence, error) {
	return absences().find(t, "r.session = $1 ORDER BY r.person", x)
}

// AbsencesOf gives somebody's absences from sessions of a day on, by day and session.
func (t *Tx) AbsencesOf(p domain.PersonID, from domain.Date) ([]domain.Absence, error) {
	return absences().find(t, "r.person = $1 AND r.day >= $2 ORDER BY r.day, r.session", p, day{from})
}

// Record gives the training record of a session, if it has one.
func (t *Tx) Record(x domain.SessionID) (domain.Record, bool, error) {
	return records().one(t, "r.session = $1", x)
}

// Departures gives who left a session before its end, by time.
func (t *Tx) Departures(x domain.SessionID) ([]domain.Departure, error) {
	return departures().find(t, "r.session = $1 ORDER BY r.at, r.person", x)
}

// Spots gives the answers to the check in the middle of a session, by time.
func (t *Tx) Spots(x domain.SessionID) ([]domain.SpotAnswer, error) {
	return spots().find(t, "r.session = $1 ORDER BY r.at, r.person", x)
}

// dayFacts adds to the facts of an office what the timetable needs of its training days: open sessions
// with who is there, and the absences that wait or keep somebody away.
func (t *Tx) dayFacts(f *domain.Facts, from time.Time) error {
	var err error
	f.Absences, err = absences().find(t, "r.office = $1 AND r.day >= $2 AND r.state IN ('asked', 'leave', 'exempt', 'unexplained') ORDER BY r.session, r.person",
		f.Office.ID, day{domain.DateOf(from.AddDate(0, 0, -2))})
	if err != nil {
		return err
	}
	by := map[domain.SessionID][]domain.Absence{}
	for _, a := range f.Absences {
		by[a.Session] = append(by[a.Session], a)
	}
	for i := range f.Sessions {
		x := &f.Sessions[i]
		x.Absences = by[x.ID]
		if x.State != domain.Open {
			continue
		}
		if x.Present, err = t.Attendance(x.ID); err != nil {
			return err
		}
		if x.Spots, err = t.Spots(x.ID); err != nil {
			return err
		}
	}
	return nil
}

// keepDay writes what a decision about a training day left behind.
func (t *Tx) keepDay(ch domain.Change) error {
	if err := absences().keepAll(t, ch.Absences); err != nil {
		return err
	}
	if err := records().keepAll(t, ch.Records); err != nil {
		return err
	}
	if err := departures().keepAll(t, ch.Departures); err != nil {
		return err
	}
	return spots().keepAll(t, ch.Spots)
}
