package domain

import "time"

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
	Items       int       // lines of the version
	SubmittedBy PersonID
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
}

// Facts is what an office has done and has before it: the arguments of the timetable.
type Facts struct {
	Office   Office
	Staff    Staff
	Plans    []PlanFact
	Sessions []SessionFact
	Settled  []Matter // done by hand: an assessment held, a theory part given
	// RulesOnly asks for the rules alone, as if nothing had ever been done: Plans, Settled and
	// Office.Since are ignored, an approval waits from the day its plan was due.
	RulesOnly bool
}

// Reminder is one moment of the timetable at which somebody is to be told something.
type Reminder struct {
	Key         string // see Notice.Key
	Thread      string // see Notice.Thread
	Kind        MatterKind
	Stage       string // "ahead", "target", "day", "overdue", "first", "renew", "open", "arrival", "before"
	At          time.Time
	Deadline    Date // the date of the procedure
	Target      Date // the working day to aim at; Deadline itself when that is one
	Office      OfficeID
	Subject     string
	Roles       []Role     // whom, by role; with People set, Trainee stands for these people alone
	People      []PersonID // whom, by name
	Clause      string
	Title       string
	Provisional bool // the dates rest on a year without a holiday notice (暂定)
}
