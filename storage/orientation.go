package storage

import (
	"fmt"
	"time"

	"trainingbot/domain"
)

// orientationFiles is the table of the files of new hires.
func orientationFiles() table[domain.OrientationFile] {
	type F = domain.OrientationFile
	return table[F]{name: "orientation", key: 1, version: func(f *F) *int64 { return &f.Version }, columns: []column[F]{
		text("id", func(f *F) *domain.OrientationID { return &f.ID }),
		text("office", func(f *F) *domain.OfficeID { return &f.Office }),
		text("person", func(f *F) *domain.PersonID { return &f.Person }),
		date("since_on", func(f *F) *domain.Date { return &f.Since }),
		text("subject", func(f *F) *string { return &f.Subject }),
		text("state", func(f *F) *domain.OrientationState { return &f.State }),
		maybe("coach", func(f *F) *domain.PersonID { return &f.Coach }),
		document("days", func(f *F) *[]domain.CoachDay { return &f.Days }),
		date("test_on", func(f *F) *domain.Date { return &f.Test }),
		document("moves", func(f *F) *[]domain.TestMove { return &f.Moves }),
		document("sittings", func(f *F) *[]domain.TestSitting { return &f.Sittings }),
		number("no", func(f *F) *int64 { return &f.No }),
		date("told_on", func(f *F) *domain.Date { return &f.Told }),
		date("closed_on", func(f *F) *domain.Date { return &f.Closed }),
		text("note", func(f *F) *string { return &f.Note }),
	}}
}

// orientationHours is the ledger of orientation hours, appended to only.
func orientationHours() table[domain.HoursEntry] {
	type E = domain.HoursEntry
	return table[E]{name: "orientation_hours", key: 1, columns: []column[E]{
		text("id", func(e *E) *domain.EntryID { return &e.ID }),
		text("office", func(e *E) *domain.OfficeID { return &e.Office }),
		text("person", func(e *E) *domain.PersonID { return &e.Person }),
		date("since_on", func(e *E) *domain.Date { return &e.Since }),
		text("block", func(e *E) *domain.Block { return &e.Block }),
		date("day_on", func(e *E) *domain.Date { return &e.Day }),
		number("minutes", func(e *E) *int { return &e.Minutes }),
		text("what", func(e *E) *string { return &e.What }),
		flag("credit", func(e *E) *bool { return &e.Credit }),
		text("entered_by", func(e *E) *domain.PersonID { return &e.By }),
		instant("at", func(e *E) *time.Time { return &e.At }),
		maybe("reverses", func(e *E) *domain.EntryID { return &e.Reverses }),
	}}
}

// OrientationFiles gives the kept files of an office whose arrival is not before a day, and those of
// its people that a transfer took elsewhere, oldest first.
func (t *Tx) OrientationFiles(o domain.OfficeID, since domain.Date) ([]domain.OrientationFile, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return orientationFiles().find(t, "r.since_on >= $2 AND (r.office = $1 OR r.person IN (SELECT person FROM membership WHERE office = $1)) ORDER BY r.since_on, r.id", o, day{since})
}

// OrientationByNo gives the file whose theory test people call N and a number.
func (t *Tx) OrientationByNo(no int64) (f domain.OrientationFile, ok bool, err error) {
	if no <= 0 {
		return f, false, nil
	}
	all, err := orientationFiles().find(t, "r.no = $1 ORDER BY r.id", no)
	if err != nil || len(all) == 0 {
		return f, false, err
	}
	return all[0], true, nil
}

// OrientationHours gives the ledger of the given people's files from a day of arrival on, oldest first.
func (t *Tx) OrientationHours(since domain.Date, people ...domain.PersonID) ([]domain.HoursEntry, error) {
	if len(people) == 0 {
		return nil, nil
	}
	return orientationHours().find(t, "r.since_on >= $1 AND r.person "+t.db.dialect.in(2)+" ORDER BY r.at, r.id", day{since}, list(t.db.dialect, people))
}

// OrientationSessions gives what counts towards the files of some people of an office: the sessions
// others are invited to by name there (4.1), and those they were present at in whatever office, from
// an instant on; and when these people were present.
func (t *Tx) OrientationSessions(o domain.OfficeID, from time.Time, people ...domain.PersonID) ([]domain.Session, []domain.Attendance, error) {
	if err := t.hold(o); err != nil {
		return nil, nil, err
	}
	xs, err := t.sessions("SELECT "+sessionColumns+" FROM session s WHERE s.starts_at >= $2 AND (s.office = $1 AND s.invited IS NOT NULL"+
		" OR s.id IN (SELECT a.session FROM attendance a WHERE a.person "+t.db.dialect.in(3)+")) ORDER BY s.starts_at, s.no", o, at(from), list(t.db.dialect, people))
	if err != nil || len(xs) == 0 {
		return xs, nil, err
	}
	ids := make([]domain.SessionID, len(xs))
	for i, x := range xs {
		ids[i] = x.ID
	}
	if len(people) == 0 {
		return xs, nil, nil
	}
	// A tick reads this each minute: of a class of forty only the new ones count.
	seen, err := t.attendance("SELECT "+attendanceColumns+" FROM attendance a WHERE a.session "+t.db.dialect.in(1)+" AND a.person "+t.db.dialect.in(2)+" ORDER BY a.session, a.at, a.person", list(t.db.dialect, ids), list(t.db.dialect, people))
	return xs, seen, err
}

// fileReach is how long before a window somebody may have arrived whose file is still read: a kept
// file runs until its test is passed.
const fileReach = 120

// orientationFacts fills in what the timetable needs of new hires. An office without any pays one
// small query.
func (t *Tx) orientationFacts(f *domain.Facts, from time.Time) error {
	since := domain.DateOf(from).AddDays(-fileReach)
	kept, err := t.OrientationFiles(f.Office.ID, since)
	if err != nil {
		return err
	}
	f.Files = kept
	near := f.Staff.Since(f.Office.ID, since)
	if len(kept) == 0 && len(near) == 0 {
		return nil
	}
	settled, err := t.Settled(f.Office.ID)
	if err != nil {
		return err
	}
	oldest := domain.Date{}
	var people []domain.PersonID
	for _, x := range domain.Files(near, f.Office.ID, kept, settled) {
		if x.State != domain.OnTrial {
			continue
		}
		people = append(people, x.Person)
		if oldest.IsZero() || x.Since.Before(oldest) {
			oldest = x.Since
		}
	}
	if len(people) == 0 {
		return nil
	}
	if f.FileSessions, f.FilePresent, err = t.OrientationSessions(f.Office.ID, oldest.At(domain.Clock{}, time.UTC).AddDate(0, 0, -1), people...); err != nil {
		return err
	}
	if f.FileHours, err = t.OrientationHours(oldest, people...); err != nil {
		return err
	}
	var loaded stamp
	if err := t.get(&loaded, "SELECT MAX(at) FROM holiday_year"); err != nil {
		return fmt.Errorf("storage: newest holiday notice: %w", err)
	}
	f.NoticeLoaded = loaded.Time
	return nil
}
