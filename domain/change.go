package domain

import "time"

// Change is what a decision leaves behind: everything the storage keeps in one transaction.
type Change struct {
	Plans       []Plan
	Sessions    []Session
	Attendance  []Attendance
	People      []Person      // new handles of a person (绑定)
	Proposals   []Proposal    // what was put before somebody to decide, or has been decided
	Points      []PointsEntry // appended to the ledger of attendance points
	Delegations []Delegation  // a role handed over for some days, or taken back
	Duties      []Duty        // shifts of single days (排班)
	Chains      []Chain       // retake chains
	Standings   []Standing    // how lecturers stand on their ladder
	Given       []Given       // who has answered; kept apart from the sums
	Feedback    []Feedback    // sums of what was said of sessions
	Inputs      []Input       // what plans are drawn from (需求 指令 重点)
	Bookings    []Booking     // rooms taken
	Absences    []Absence     // leave, and what became of who was missing
	Records     []Record      // training records begun, written, finished
	Departures  []Departure   // who left early; appended
	Spots       []SpotAnswer  // answers to the check in the middle of a session; appended
	Settled     []Matter      // matters done by hand (an assessment held)
	Years       []Year        // holiday notices loaded
	Choices     []Choice      // open points of the source confirmed by an administrator
	Robots      []GroupRobot  // the robot of an office\'s group
	Audit       []Audit       // at least one line when anything else changed
	Notices     []Notice      // promises to tell
	Closed      []Settlement  // threads that are over: what waits is withdrawn, cards already out are brought up to date
	Ask         *Question     // what the person is expected to say next; nil clears what was asked before
	Reply       Answer        // what the one who asked is told

	Files []OrientationFile // files of new hires opened or changed (4.1)
	Hours []HoursEntry      // appended to the ledger of orientation hours

	Assessments []Assessment   // arranged, graded, analysed (5.4)
	Scores      []Score        // appended to the scores
	Analyses    []Analysis     // appended to the analyses (5.4.4)
	Papers      []Paper        // answered by chat, or a practical check being taken
	Questions   []ExamQuestion // the office's own questions
}

// And gives both changes as one: records, log and notices of both, the question and the answer of c
// where it has them.
func (c Change) And(d Change) Change {
	c.Plans = append(c.Plans, d.Plans...)
	c.Sessions = append(c.Sessions, d.Sessions...)
	c.Attendance = append(c.Attendance, d.Attendance...)
	c.People = append(c.People, d.People...)
	c.Proposals = append(c.Proposals, d.Proposals...)
	c.Points = append(c.Points, d.Points...)
	c.Inputs = append(c.Inputs, d.Inputs...)
	c.Bookings = append(c.Bookings, d.Bookings...)
	c.Duties = append(c.Duties, d.Duties...)
	c.Chains = append(c.Chains, d.Chains...)
	c.Standings = append(c.Standings, d.Standings...)
	c.Given = append(c.Given, d.Given...)
	c.Feedback = append(c.Feedback, d.Feedback...)
	c.Delegations = append(c.Delegations, d.Delegations...)
	c.Files = append(c.Files, d.Files...)
	c.Hours = append(c.Hours, d.Hours...)
	c.Assessments = append(c.Assessments, d.Assessments...)
	c.Scores = append(c.Scores, d.Scores...)
	c.Analyses = append(c.Analyses, d.Analyses...)
	c.Papers = append(c.Papers, d.Papers...)
	c.Questions = append(c.Questions, d.Questions...)
	c.Absences = append(c.Absences, d.Absences...)
	c.Records = append(c.Records, d.Records...)
	c.Departures = append(c.Departures, d.Departures...)
	c.Spots = append(c.Spots, d.Spots...)
	c.Settled = append(c.Settled, d.Settled...)
	c.Years = append(c.Years, d.Years...)
	c.Choices = append(c.Choices, d.Choices...)
	c.Robots = append(c.Robots, d.Robots...)
	c.Audit = append(c.Audit, d.Audit...)
	c.Notices = append(c.Notices, d.Notices...)
	c.Closed = append(c.Closed, d.Closed...)
	if c.Ask == nil {
		c.Ask = d.Ask
	}
	if c.Reply.IsZero() {
		c.Reply = d.Reply
	}
	return c
}

// Answer is what the one who asked is told. A zero Answer says nothing.
type Answer struct {
	Body
	Settle *Card `json:",omitempty"` // replaces the card that was pressed, for the presser
}

// IsZero says whether there is nothing to say.
func (a Answer) IsZero() bool { return a.Text == "" && a.Card == nil && a.Settle == nil }

// Audit is one line of the office's log: who did what to what, when, under which clause.
type Audit struct {
	At      time.Time
	Office  OfficeID
	Actor   PersonID // empty when the program acted
	Act     string   // "plan.submit", "session.open", "check_in" …
	Subject string   // "P7 v2", "S31"
	Clause  string
	Text    string // one sentence for people
	Undo    *Undo  // how the actor can take it back for a while; nil: not so
}

// Settlement ends a thread. Card, when set, replaces the cards of the thread that are still open
// in people's chats.
type Settlement struct {
	Thread string
	Card   *Card
}

// Question is an open question to one person. When the next message is no command of its own, it
// is read as Line + " " + the message (Fill), or the words 是 / 好 as Line itself (Confirm).
type Question struct {
	Kind    QuestionKind
	Line    string
	Expires time.Time
}

// QuestionKind says how the answer to a Question is read.
type QuestionKind string

// The kinds of question.
const (
	Fill    QuestionKind = "fill"
	Confirm QuestionKind = "confirm"
)

// Notice is a promise to tell people one thing once.
type Notice struct {
	Key      string // the once: a second notice with this key is not made
	Thread   string // a newer notice of the thread replaces an older one that was not sent yet
	Office   OfficeID
	Kind     MatterKind // the row of the timetable, or "" for notices that follow from a decision
	Stage    string     // "ahead", "day", "overdue" …
	Clause   string
	At       time.Time // the instant it was due
	Deadline Date      // the day it speaks of; zero when none
	To       []PersonID
	Body     Body
	Why      string    // the arithmetic behind it, for 为什么
	Expires  time.Time // after this instant it is no use and is dropped; zero: never
	Group    bool      // it is for everybody: said in the office's group too, when it has one
	Urgent   bool      // it is told at night too, and in somebody's rest (Decent)
	First    bool      // it comes before what else is told at its instant: what somebody is answered
	Via      string    // the platform on which its readers hear it, if they have an account there: where they have just spoken
	Digest   bool      // not urgent: Fold puts it into the morning's digest of each of its people
	Items    []Notice  // what a digest tells: they are known once the digest is
}

// Delivery is one outbox row handed to a worker: one body to some people on one platform, or the
// update of a card that is already out.
type Delivery struct {
	ID       string // opaque, letters digits _ - @ only; also the card's task id and the idempotency handle
	Key      string
	Office   OfficeID
	Platform string
	To       []string // the platform's user ids, at most the platform's limit
	Body     Body
	Update   *Receipt // when set: bring this sent card up to date with Body.Card
	Attempt  int      // 1 for the first
	Waits    int      // how many of the attempts before were no fault of the message (Outcome.Blameless)
	Owner    string   // the worker's lease; settles only with the same Owner and Attempt
	Created  time.Time
}

// Receipt is what a platform gave for an accepted message.
type Receipt struct {
	ID          string    // the Delivery it belongs to
	MessageID   string    // the platform's id, for recall
	UpdateToken string    // for one card update; empty when the platform gave none
	Expires     time.Time // when UpdateToken dies
	Failed      []Missed  // people it did not reach although the call succeeded
	Rest        []string  `json:",omitempty"` // people the platform had no room for now: they alone are sent to again
}

// Missed is one person a delivery did not reach.
type Missed struct {
	User   string
	Reason string
}

// Fate is what became of one try of a delivery.
type Fate string

// The fates of a delivery.
const (
	Sent  Fate = "sent"  // accepted by the platform (some people may be in Receipt.Failed)
	Again Fate = "again" // try again at RetryAt
	Dead  Fate = "dead"  // no further try can help; the administrator is told
	Moot  Fate = "moot"  // no longer needed (an update of a card whose token died)
)

// Outcome is the result of one try.
type Outcome struct {
	Fate    Fate
	RetryAt time.Time
	// Blameless says of Again that nothing is wrong with the message: a limit was used up, or our
	// settings must be mended. Such tries do not count towards giving up.
	Blameless bool
	Receipt   Receipt
	Reason    string   // for Again, Dead and Moot: English, no secrets
	Told      []Notice // promised together with it: who hears that somebody was not reached
}
