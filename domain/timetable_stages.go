package domain

import (
	"slices"
	"time"
)

// matter is an open Matter with what its stages are computed from.
type matter struct {
	Matter
	deadline    Date      // zero: none
	target      Date      // the deadline, or the working day before it
	opens       Date      // first day of a window; zero: no window
	from        time.Time // nothing is due before
	until       Date      // nothing is due after; zero: no end
	provisional bool
	looked      Date // the earliest day the dates were computed from

	period  Period // D1–D4
	plan    *PlanFact
	month   Month   // D7
	quarter Quarter // D8
	arrival *Arrival
	file    *fileFact
	session *SessionFact
	exam    *Assessment          // D7–D9, SIT: the assessment there is
	nobody  func(Date) bool      // D7, D8: whether nobody has to take it on a day
	hushed  func(time.Time) bool // D7, D8: whether a moment of the run's window falls on such a day
	slot    *Slot                // SIT

	proposal   *Proposal   // PRO
	delegation *Delegation // DEL
	body       Body        // D11, D12, PTS, FIR: what is said
	short      []Unmet     // D12
	handovers  []Date      // when others begin to answer for the role that decides

	chain     *ChainFact    // D13
	statement *statement    // STMT
	feedback  *FeedbackFact // FBK

	record  *SessionFact // REC, ABS: the session that is over
	absence *Absence
}

// revision says that an approved version is in force while this one waits: it has no deadline (5.4.5).
func (m matter) revision() bool { return m.plan != nil && m.plan.Waiting && m.plan.Approved }

// moment is one instant of a stage.
type moment struct {
	at time.Time
	n  int // ahead: days before the target; overdue: which working day after the deadline; day: 1 morning, 2 evening
}

// stage is when and to whom a row speaks.
type stage struct {
	name  string
	when  func(Policy) string                 // in words, for the reference
	at    func(SOP, matter) []moment          // every instant of the matter, in any window
	roles []Role                              // whom
	voice string                              // its thread beside the matter's; "" is the matter's own
	own   bool                                // always a message of its own, see digested
	say   func(*teller, Reminder) Body        // what
	whom  func(SOP, matter) []PersonID        // whom by name; nil: matter.people
	until func(SOP, matter, moment) time.Time // when it is no use any more; nil: with the start of its session
}

func (s SOP) morning(d Date, n int) moment {
	return moment{s.Calendar.At(d, s.Policy.Reminders.Morning), n}
}

// ahead is days of the calendar back from the working target, pulled back to a working day, at
// Morning; inside a window only after it has opened.
func ahead(days func(Policy) []int) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		var out []moment
		var last Date
		for _, n := range days(s.Policy) {
			if m.deadline.IsZero() {
				break
			}
			d := s.Calendar.OnOrBefore(m.target.AddDays(-n))
			if !m.opens.IsZero() && !d.After(m.opens) {
				continue
			}
			if d == last { // two distances that meet on one working day speak once, as the nearer
				out = out[:len(out)-1]
			}
			out, last = append(out, s.morning(d, n)), d
		}
		return out
	}
}

// onTarget is the working target when it is not the deadline itself.
func onTarget(s SOP, m matter) []moment {
	if m.deadline.IsZero() || m.target == m.deadline {
		return nil
	}
	return []moment{s.morning(m.target, 0)}
}

// onDay is the very day of the deadline, whatever the weekday, at Morning and Evening.
func onDay(s SOP, m matter) []moment {
	if m.deadline.IsZero() {
		return nil
	}
	return []moment{s.morning(m.deadline, 1), {s.Calendar.At(m.deadline, s.Policy.Reminders.Evening), 2}}
}

// onMorning is the very day of the deadline at Morning.
func onMorning(s SOP, m matter) []moment {
	if m.deadline.IsZero() {
		return nil
	}
	return []moment{s.morning(m.deadline, 1)}
}

// overdue is every working day after the deadline at Morning, for OverdueDays days.
func overdue(s SOP, m matter) []moment {
	if m.deadline.IsZero() {
		return nil
	}
	var out []moment
	for i := 1; i <= s.Policy.Reminders.OverdueDays; i++ {
		if d := m.deadline.AddDays(i); s.Calendar.Working(d) {
			out = append(out, s.morning(d, len(out)+1))
		}
	}
	return out
}

// longOverdue is overdue from the working day on at which the director is told.
func longOverdue(s SOP, m matter) []moment { return longAfter(overdue)(s, m) }

// longAfter leaves of the moments of an overdue stage those the director is told at.
func longAfter(at func(SOP, matter) []moment) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		return slices.DeleteFunc(at(s, m), func(x moment) bool { return x.n < s.Policy.Reminders.DirectorFromOverdueDay })
	}
}

// stillOpen is SessionAfter past the end of a session nobody has closed, after the quiet hours.
func stillOpen(s SOP, m matter) []moment {
	if m.session.State != Open || m.session.End.IsZero() {
		return nil
	}
	return []moment{{s.decent(m.session.End.Add(s.Policy.Reminders.SessionAfter)), 0}}
}

// decent gives t, or the end of the quiet hours t falls in.
func (s SOP) decent(t time.Time) time.Time {
	x, local := s.Policy.Reminders, t.In(s.Calendar.zone())
	if !x.Quiet(ClockOf(local)) {
		return t
	}
	day := DateOf(local)
	if x.QuietUntil.Before(ClockOf(local)) {
		day = day.AddDays(1)
	}
	return s.Calendar.At(day, x.QuietUntil)
}

// onOpening is the first day of the window at Morning.
func onOpening(s SOP, m matter) []moment { return []moment{s.morning(m.opens, 0)} }

// submitted is the ApprovalFirst-th working day after a plan was submitted, at Morning.
func submitted(s SOP, m matter) []moment {
	if m.from.IsZero() {
		return nil
	}
	return []moment{s.morning(s.Calendar.AddWorkingDays(s.Calendar.Date(m.from), s.Policy.Reminders.ApprovalFirst), 0)}
}

// renewals puts a fresh card into the director's chat on a working day whenever the last one is
// RenewCard days old: a platform can update a card for 72 hours only. The other stages' mornings
// renew it too. Without a deadline it goes on for OverdueDays.
func renewals(s SOP, m matter) []moment {
	if m.from.IsZero() {
		return nil
	}
	cards := map[Date]bool{}
	for _, at := range []func(SOP, matter) []moment{ahead(approvalAhead), onTarget, onDay, overdue} {
		for _, x := range at(s, m) {
			cards[s.Calendar.Date(x.at)] = true
		}
	}
	last := s.Calendar.Date(submitted(s, m)[0].at)
	end := m.deadline
	if end.IsZero() {
		end = last.AddDays(s.Policy.Reminders.OverdueDays)
	}
	var out []moment
	for d := last.AddDays(1); d.Before(end); d = d.AddDays(1) {
		switch {
		case cards[d]:
			last = d
		case s.Calendar.Working(d) && last.DaysUntil(d) >= s.Policy.Reminders.RenewCard:
			out, last = append(out, s.morning(d, 0)), d
		}
	}
	return out
}

// onArrival is the new hire's first day at Morning.
func onArrival(s SOP, m matter) []moment { return []moment{s.morning(m.arrival.Since, 0)} }

// dayBefore is SessionDayBefore on the day before the session's training day.
func dayBefore(s SOP, m matter) []moment {
	day := s.Calendar.Date(m.session.Start).AddDays(-1)
	return []moment{{s.Calendar.At(day, s.Policy.Reminders.SessionDayBefore), 1}}
}

// shortlyBefore is SessionBefore ahead of the session; in the quiet hours it waits for their end
// when that still precedes the session, else it goes out SessionBefore ahead of their beginning.
func shortlyBefore(s SOP, m matter) []moment {
	x := s.Policy.Reminders
	at := m.session.Start.Add(-x.SessionBefore).In(s.Calendar.zone())
	if x.Quiet(ClockOf(at)) {
		morning, evening := DateOf(at), DateOf(at)
		if x.QuietUntil.Before(x.QuietFrom) { // the quiet hours span midnight
			if ClockOf(at).Before(x.QuietUntil) {
				evening = evening.AddDays(-1)
			} else {
				morning = morning.AddDays(1)
			}
		}
		if end := s.Calendar.At(morning, x.QuietUntil); end.Before(m.session.Start) {
			at = end
		} else {
			at = s.Calendar.At(evening, x.QuietFrom).Add(-x.SessionBefore)
		}
	}
	return []moment{{at.Truncate(time.Minute), 2}}
}

// weeklyWarning is every WarnEvery days from WarnFrom to the end of the year before the one
// without a notice.
func weeklyWarning(s SOP, m matter) []moment {
	var out []moment
	for d := s.Policy.Calendar.WarnFrom.In(m.deadline.Year); !d.After(m.deadline); d = d.AddDays(max(1, s.Policy.Calendar.WarnEvery)) {
		out = append(out, s.morning(d, 0))
	}
	return out
}

func approvalAhead(p Policy) []int { return p.Reminders.ApprovalAheadDays }
