package domain

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// PlanFact is what the timetable needs to know of one plan.
type PlanFact struct {
	ID          PlanID
	No          int64 // P7
	Period      Period
	Version     int
	Waiting     bool      // submitted and not decided (5.1.2). With Approved also set it is a revision (5.4.5): an approved version is in force
	Approved    bool      // a version is in force
	Returned    bool      // the director sent the latest version back
	Since       time.Time // since when it waits, is approved or was returned; zero: unknown
	Items       int       // lessons of the version, or lines of a year
	More        int       // further runs of the lessons
	SubmittedBy PersonID
	Changes     string // see PlanVersion.Changes, of the version that waits
	Clashes     string // see PlanVersion.Clashes
}

// SessionFact is what the timetable needs to know of one session.
type SessionFact struct {
	ID       SessionID
	No       int64 // S31
	Start    time.Time
	End      time.Time
	Title    string
	Room     string
	Lecturer PersonID
	To       []PersonID // the expected
	State    SessionState
	Of       Session      // the session itself
	Present  []Attendance // while it is open
	Absences []Absence    // leave, and who was missing
	Spots    []SpotAnswer // while it is open
}

// Facts is what an office has done and has before it: the arguments of the timetable.
type Facts struct {
	Office      Office
	Staff       Staff
	Plans       []PlanFact
	Sessions    []SessionFact
	Proposals   []Proposal     // open ones
	Coverage    *CoverageFacts // what was taught; nil: not looked up (SOP.CoverageWanted)
	Points      []PointsEntry  // of the months of SOP.StatementMonths
	Chains      []ChainFact    // open retake chains of its people
	Feedback    []FeedbackFact // feedback that closes in or around the window
	Assessments []Assessment   // those that are not closed
	Absences    []Absence      // leave asked and granted, and absences nobody has judged
	Settled     []Matter       // done by hand: an assessment held, a theory part given

	OrientationFacts

	// RulesOnly asks for the rules alone, as if nothing had ever been done: Plans, Settled and
	// Office.Since are ignored, and an approval waits from the day its plan was due.
	RulesOnly bool
}

// Reminder is one moment of the timetable at which somebody is to be told something.
type Reminder struct {
	Key         string // see Notice.Key
	Thread      string // see Notice.Thread
	Kind        MatterKind
	Stage       string // "ahead", "target", "day", "overdue", "first", "renew", "open", "arrival", "before"
	At          time.Time
	Deadline    Date // the date of the procedure; zero when it names none (the revision of a running plan)
	Target      Date // the working day to aim at; Deadline itself when that is one
	Office      OfficeID
	Subject     string
	Roles       []Role     // whom, by role; with People set, Trainee means these people alone
	People      []PersonID // whom, by name
	Clause      string
	Title       string
	Provisional bool // the dates rest on a year without a holiday notice (暂定)

	matter *matter
	moment moment
	stage  *stage
}

// Timetable gives the reminders of the window in the order of At, then Key: of what is still open,
// or with f.RulesOnly of the rules alone.
func (s SOP) Timetable(f Facts, w Window) []Reminder {
	if !w.To.After(w.From) {
		return nil
	}
	r := newRun(s, f, w)
	var out []Reminder
	for _, row := range timetableRows() {
		for _, m := range row.matters(r) {
			if r.done(m.Matter) {
				continue
			}
			out = append(out, r.reminders(row, m)...)
		}
	}
	slices.SortFunc(out, func(a, b Reminder) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// Due gives the notices of the window that what is still open calls for, in the order of At, then
// Key. It is a function of its arguments: the windows (a,b] and (b,c] together give what (a,c]
// gives. A reminder whose roles nobody holds goes to the administrators; without these either it
// is left out, and comes due again as long as the caller looks back. Who rests after a night shift
// is told by a notice of their own when the rest is over (mission E10).
func (s SOP) Due(f Facts, w Window) []Notice {
	ns, of, t := s.due(f, w)
	for i := range ns {
		r := of[ns[i].Key]
		ns[i].Body, ns[i].Why = t.body(r, ns[i].To), t.why(r)
	}
	return ns
}

// due gives the notices of a window, still without words, with the reminders they come from: most of
// what lies in a long window has been overtaken, and putting it into words is what costs.
func (s SOP) due(f Facts, w Window) ([]Notice, map[string]Reminder, *teller) {
	if !w.To.After(w.From) {
		return nil, nil, nil
	}
	// What was due during somebody's rest is told at its end.
	rs := s.Timetable(f, Window{w.From.Add(-restMost), w.To})
	if len(rs) == 0 {
		return nil, nil, nil
	}
	t := newTeller(s, f)
	of := make(map[string]Reminder, len(rs))
	for _, r := range rs {
		of[r.Key], of[Rested(r.Key)] = r, r
	}
	ns := slices.DeleteFunc(t.awake(t.notices(rs)), func(n Notice) bool { return !w.Has(n.At) })
	slices.SortFunc(ns, func(a, b Notice) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	return ns, of, t
}

// Told gives what is to be said at an instant of what fell due in the window: the newest notice of
// each thread, in the words of that instant and marked as late where it is (mission E14). What has
// no use any more is left out: that a window opens which is over, or the day before's word about a
// session on its day. What waits for the digest is given apart for each person; see Fold.
func (s SOP) Told(f Facts, w Window, now time.Time) []Notice {
	ns, of, t := s.due(f, w)
	if len(ns) == 0 {
		return nil
	}
	newest := s.Newest(ns)
	out := newest[:0]
	for _, n := range newest {
		r := of[n.Key]
		n.Why = t.why(r)
		as := r
		as.At = n.At
		if as, ok := t.asOf(as, now); !ok {
			continue
		} else if as.At != n.At {
			r = as
		}
		n.Body = t.body(r, n.To)
		due := n.At
		if x := of[n.Key].matter.session; x != nil && x.Of.ArrangedAt.After(due) {
			n.At = x.Of.ArrangedAt.In(due.Location()) // of what was not arranged yet nothing could be told sooner
		}
		n = Late(n, now, s.Policy.Reminders)
		n.At = due
		out = append(out, n)
	}
	return apart(out)
}

// asOf is the reminder as it is said at an instant, and false when it has no use any more.
func (t *teller) asOf(r Reminder, now time.Time) (Reminder, bool) {
	if now.Sub(r.At) <= t.Policy.Reminders.LateAfter {
		return r, true
	}
	m, today := r.matter, t.Calendar.Date(now)
	over := !m.deadline.IsZero() && today.After(m.deadline)
	switch {
	case m.session != nil && r.Stage == "ahead" && !today.Before(m.deadline), r.Stage == "open" && over,
		r.Stage == "check" && today.After(t.Calendar.Date(r.At)):
		return r, false
	case over && (r.Stage == "ahead" || r.Stage == "target" || r.Stage == "day"):
		r.Stage = "overdue"
	}
	r.At = now.In(t.Calendar.zone())
	return r, true
}

// notices gives who is told of each reminder, without words.
func (t *teller) notices(rs []Reminder) []Notice {
	out := make([]Notice, 0, len(rs))
	for _, r := range rs {
		to := t.receivers(r)
		if len(to) == 0 {
			continue
		}
		n := Notice{
			Key: r.Key, Thread: r.Thread, Office: r.Office, Kind: r.Kind, Stage: r.Stage, Clause: r.Clause,
			At: r.At, Deadline: r.Deadline, To: to,
			Digest: r.stage.digested(r.Kind, r.moment), Group: r.Stage == "open" && r.stage.voice == allVoice,
		}
		switch x := r.matter.session; {
		case r.stage.until != nil:
			n.Expires = r.stage.until(t.SOP, *r.matter, r.moment)
		case x != nil && r.moment.at.Before(x.Start):
			n.Expires = x.Start
		}
		if x := r.matter.slot; x != nil {
			n.Expires = x.Start
		}
		out = append(out, n)
	}
	return out
}

// Newest gives the newest notice of each thread, in the order of At, then Key: what is said after
// the program was down.
func (s SOP) Newest(ns []Notice) []Notice {
	newest := map[string]Notice{}
	for _, n := range ns {
		if old, ok := newest[n.Thread]; !ok || cmp.Or(n.At.Compare(old.At), cmp.Compare(n.Key, old.Key)) > 0 {
			newest[n.Thread] = n
		}
	}
	out := make([]Notice, 0, len(newest))
	for _, n := range newest {
		out = append(out, n)
	}
	slices.SortFunc(out, func(a, b Notice) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// Late makes a notice that is told later than p.LateAfter say so (mission E14); another is given
// back as it is. n.At is written in its own zone, which for the notices of Due is the office's.
func Late(n Notice, now time.Time, p ReminderPolicy) Notice {
	if now.Sub(n.At) <= p.LateAfter {
		return n
	}
	note := "（晚发：原定" + DateOf(n.At).Chinese() + " " + ClockOf(n.At).String() + "）"
	n.Body.Text = note + "\n" + n.Body.Text
	if n.Body.Card != nil {
		card := *n.Body.Card
		card.Text = strings.TrimSuffix(note+"\n"+card.Text, "\n")
		n.Body.Card = &card
	}
	return n
}
