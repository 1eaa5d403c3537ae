package storage

import (
	"slices"
	"sync"
	"time"

	"trainingbot/domain"
)

// History gives what was taught and is still to be taught by an office in the sessions that start
// from … up to, not including, to, and what its people attended in other offices they belonged to.
// Who was present is read of the sessions that count and that attended names (nil: all).
func (t *Tx) History(o domain.Office, staff domain.Staff, from, to time.Time, attended func(domain.Session) bool) (domain.History, error) {
	out := domain.History{Office: o, Staff: staff}
	var err error
	if out.Sessions, err = t.Sessions(o.ID, from, to); err != nil {
		return out, err
	}
	known := map[domain.SessionID]bool{}
	for _, x := range out.Sessions {
		known[x.ID] = true
	}
	for _, p := range staff {
		if !slices.ContainsFunc(p.Memberships, func(m domain.Membership) bool { return m.Office != o.ID }) {
			continue
		}
		theirs, err := t.AttendanceOf(p.ID, from, to)
		if err != nil {
			return out, err
		}
		for _, a := range theirs {
			if known[a.Session] {
				continue
			}
			known[a.Session] = true
			more, err := t.sessions("SELECT "+sessionColumns+" FROM session s WHERE s.id = $1", a.Session)
			if err != nil {
				return out, err
			}
			out.Sessions = append(out.Sessions, more...)
		}
	}
	var ids []domain.SessionID
	for _, x := range out.Sessions {
		if x.Counts() && (attended == nil || attended(x)) {
			ids = append(ids, x.ID)
		}
	}
	out.Present, err = t.Attendance(ids...)
	return out, err
}

// looked remembers what was read of the coverage, so that a tick reads it again only while the
// instant it is for has just come.
type looked struct {
	mu sync.Mutex
	at map[domain.OfficeID]time.Time
}

// coverageFresh is how long after its instant the coverage is read at every tick: long enough for a
// promise that failed to be made again.
const coverageFresh = 5 * time.Minute

// due says whether the coverage for an instant is to be read now.
func (l *looked) due(o domain.OfficeID, at, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at == nil {
		l.at = map[domain.OfficeID]time.Time{}
	}
	again := !l.at[o].Equal(at) || now.Sub(at) < coverageFresh
	l.at[o] = at
	return again
}

// coverage reads what the rows about coverage rest on when one of them may speak in a window.
func (t *Tx) coverage(o domain.Office, staff domain.Staff, w domain.Window) (*domain.CoverageFacts, error) {
	if t.db.o.Coverage == nil || !w.To.After(w.From) {
		return nil, nil
	}
	want := t.db.o.Coverage(w)
	if want.At.IsZero() || !t.db.looked.due(o.ID, want.At, w.To) {
		return nil, nil
	}
	zone := want.At.Location()
	day := domain.DateOf(want.At)
	out := &domain.CoverageFacts{Day: day}
	duties, err := t.Duties(o.ID, day.AddDays(-1), want.To)
	if err != nil {
		return nil, err
	}
	begin, end := want.From.At(domain.Clock{}, zone), want.To.AddDays(1).At(domain.Clock{}, zone)
	if out.History, err = t.History(o, staff.OnDuty(duties), begin, end, want.Attended); err != nil {
		return nil, err
	}
	if out.Bookings, err = t.Bookings(o.ID, want.At, end); err != nil {
		return nil, err
	}
	points, err := t.InputsOf(o.ID, domain.Emphasis, day.MonthOf().First().At(domain.Clock{}, zone), want.At.Add(24*time.Hour))
	out.Points = len(points)
	return out, err
}
