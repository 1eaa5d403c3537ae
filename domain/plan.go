package domain

import (
	"fmt"
	"slices"
	"time"
)

// PlanState is where one version of a plan stands (5.1, 5.4.5).
type PlanState string

// The states of a plan version. One version of a plan may wait (Submitted) and one be in force
// (Approved) at a time; a revision leaves the approved version in force until it is approved itself.
const (
	Draft      PlanState = "draft"
	Submitted  PlanState = "submitted"
	Approved   PlanState = "approved"
	Returned   PlanState = "returned"   // the director sent it back with a reason
	Withdrawn  PlanState = "withdrawn"  // the supervisor took it back, or a newer version took its place while it waited
	Superseded PlanState = "superseded" // was in force until a newer version was approved
)

// Chinese gives the state as people say it.
func (s PlanState) Chinese() string {
	switch s {
	case Draft:
		return "草稿"
	case Submitted:
		return "待审批"
	case Approved:
		return "已批准"
	case Returned:
		return "已驳回"
	case Withdrawn:
		return "已撤回"
	case Superseded:
		return "已被新版取代"
	}
	return string(s)
}

// Plan is an office's training plan for one month or one year (5.1.1), with all its versions.
type Plan struct {
	ID       PlanID
	No       int64 // the number people say: P7. Unique in the installation
	Office   OfficeID
	Period   Period
	Versions []PlanVersion // ascending by Number, at least one
	Version  int64         // of the record, for the storage
}

// PlanVersion is one version of a plan and what became of it. It is never deleted.
type PlanVersion struct {
	Number      int
	State       PlanState
	Items       []Item
	DraftedBy   PersonID
	DraftedAt   time.Time
	SubmittedBy PersonID
	SubmittedAt time.Time
	DaysLate    int // calendar days after the due date at submission, 0 when in time (5.1.2)
	DecidedBy   PersonID
	OnBehalf    PersonID // in whose place it was decided; empty: in the decider's own
	DecidedAt   time.Time
	DecidedLate int    // calendar days after the approval date at the decision (5.1.3, 5.1.4)
	SelfDecided bool   // the only director approved her own plan: 自批，待上级备案
	Reason      string // why it was returned
	Changes     string // in words, since what was in force or was returned, or the month before; written when it is submitted
	Clashes     string // which of its lecturers are taken elsewhere at the time, when it was submitted; "" when nobody is
}

// Code gives what people call the plan: P7.
func (p Plan) Code() string { return fmt.Sprintf("P%d", p.No) }

// Title gives e.g. 2026年10月培训计划.
func (p Plan) Title() string { return p.Period.Chinese() + "培训计划" }

// Count says how much a version holds: lessons of a month, with the further runs that reach the other
// shifts counted apart; lines of a year.
func (p Plan) Count(v PlanVersion) string {
	lessons := len(lessonsOf(v.Items))
	return p.Period.count(lessons, len(v.Items)-lessons)
}

func (p Period) count(lessons, more int) string {
	switch {
	case p.Annual():
		return fmt.Sprintf("%d项", lessons+more)
	case more > 0:
		return fmt.Sprintf("%d场（另有加场%d场）", lessons, more)
	}
	return fmt.Sprintf("%d场", lessons)
}

// lessonsOf leaves one run of each lesson: who works another shift hears the same at another hour.
func lessonsOf(items []Item) []Item {
	var out []Item
	seen := map[ItemID]bool{}
	for _, it := range items {
		if it.Group == "" || !seen[it.Group] {
			out = append(out, it)
		}
		seen[it.Group] = true
	}
	return out
}

// topicCount counts what the lessons of a version teach: a topic as often as it is taught.
func topicCount(items []Item) int {
	n := 0
	for _, it := range lessonsOf(items) {
		n += len(it.Topics)
	}
	return n
}

// Revises says whether the version changes a plan that was in force already (5.4.5). The deadlines
// of 5.1 do not apply to it.
func (p Plan) Revises(v PlanVersion) bool {
	return slices.ContainsFunc(p.Versions, func(w PlanVersion) bool {
		return w.Number < v.Number && (w.State == Approved || w.State == Superseded)
	})
}

// Latest gives the newest version.
func (p Plan) Latest() PlanVersion { return p.Versions[len(p.Versions)-1] }

// In gives the version in that state, if there is one (newest first).
func (p Plan) In(state PlanState) (PlanVersion, bool) {
	for _, v := range slices.Backward(p.Versions) {
		if v.State == state {
			return v, true
		}
	}
	return PlanVersion{}, false
}

// Numbered gives version n.
func (p Plan) Numbered(n int) (PlanVersion, bool) {
	i := slices.IndexFunc(p.Versions, func(v PlanVersion) bool { return v.Number == n })
	if i < 0 {
		return PlanVersion{}, false
	}
	return p.Versions[i], true
}

// Fact gives what the timetable needs to know of the plan.
func (p Plan) Fact() PlanFact {
	v := p.Latest()
	f := PlanFact{ID: p.ID, No: p.No, Period: p.Period, Version: v.Number}.holding(v.Items)
	a, approved := p.In(Approved)
	f.Approved = approved
	w, waiting := p.In(Submitted)
	switch {
	case waiting:
		f = f.holding(w.Items)
		f.Waiting, f.Version, f.Since, f.SubmittedBy, f.Changes, f.Clashes = true, w.Number, w.SubmittedAt, w.SubmittedBy, w.Changes, w.Clashes
	case approved:
		f = f.holding(a.Items)
		f.Version, f.Since = a.Number, a.DecidedAt
	default:
		if r, ok := p.In(Returned); ok {
			f.Returned, f.Since = true, r.DecidedAt
		}
	}
	return f
}

func (f PlanFact) holding(items []Item) PlanFact {
	f.Items = len(lessonsOf(items))
	f.More = len(items) - f.Items
	return f
}

// DueMatter is the matter that submitting the plan settles: D1 for a month, D3 for a year.
func (p Plan) DueMatter() Matter {
	kind := MonthlyPlanDue
	if p.Period.Annual() {
		kind = AnnualPlanDue
	}
	return Matter{Office: p.Office, Kind: kind, Subject: p.Period.String()}
}

// Thread is the thread of notices about the approval of one version; its cards end together.
func (p Plan) Thread(version int) string { return fmt.Sprintf("approval:%s:%d", p.ID, version) }

// set gives the plan with version v put in (replacing the one of the same number, or appended).
func (p Plan) set(v PlanVersion) Plan {
	p.Versions = slices.Clone(p.Versions)
	if i := slices.IndexFunc(p.Versions, func(w PlanVersion) bool { return w.Number == v.Number }); i >= 0 {
		p.Versions[i] = v
	} else {
		p.Versions = append(p.Versions, v)
	}
	return p
}

// editable gives the version that may be edited: the draft itself, else a fresh draft on top of
// the newest version.
func (p Plan) editable(by PersonID, now time.Time) PlanVersion {
	v := p.Latest()
	if v.State == Draft {
		v.Items = slices.Clone(v.Items)
		return v
	}
	return PlanVersion{Number: v.Number + 1, State: Draft, Items: slices.Clone(v.Items), DraftedBy: by, DraftedAt: now, Clashes: v.Clashes}
}

// Clashing gives the plan with what stands against the lecturers of its latest version, before it is submitted.
func (p Plan) Clashing(what string) Plan {
	v := p.Latest()
	v.Clashes = what
	return p.set(v)
}

// SessionState is where a session stands (5.3).
type SessionState string

// The states of a session.
const (
	Planned   SessionState = "planned"
	Open      SessionState = "open"
	Closed    SessionState = "closed"
	Cancelled SessionState = "cancelled"
)

// Chinese gives the state as people say it.
func (s SessionState) Chinese() string {
	switch s {
	case Planned:
		return "未开始"
	case Open:
		return "签到中"
	case Closed:
		return "已结束"
	case Cancelled:
		return "已取消"
	}
	return string(s)
}

// Session is one training session of an approved plan.
type Session struct {
	ID        SessionID
	No        int64 // the number people say: S31
	Office    OfficeID
	Plan      PlanID
	Item      ItemID
	Topics    []string // topic names as printed
	TopicIDs  []string // what they are in the curriculum; a topic the office made up has none
	Source    string   // clause or origin (5.1.1)
	Lecturer  PersonID
	Start     time.Time
	End       time.Time
	Room      string
	State     SessionState
	Run       string     // "A", "B" … when the same lesson is given several times for people on different shifts; "" when once
	Group     ItemID     // what the runs of one lesson share: the item of its first run; "" when it is given once
	Shifts    []string   // the shifts it is for; nil: all
	Invited   []PersonID // these people alone (orientation, individual training, a make-up); nil: the office's trainees
	Added     []PersonID // expected besides (加人, a make-up place)
	Released  []PersonID // not expected: leave granted, or moved to another run
	Roster    []PersonID // who is expected, fixed when the session opens; nil before
	Secret    []byte     // the codes are derived from it; made when the session opens
	OpenedAt  time.Time
	ClosedAt  time.Time
	CloseNote string // head count and remarks given at the close
	Reason    string // why it was moved or cancelled

	ConfirmedAt time.Time   // when the lecturer said that they will lecture (5.3.1); zero: not yet
	Declined    []PersonID  // who said that they cannot lecture it
	Coming      []PersonID  // who said that they can come
	RecordedAt  time.Time   // when its training record was finished (5.3.4); zero: not yet
	Supervision Supervision // of a drill (5.3.3)
	ArrangedAt  time.Time   // when it got the time and the lecturer it has; the storage sets it
	Version     int64       // of the record, for the storage
}

// Supervision says whether the supervisor was on site at a drill (4.3, 5.3.3).
type Supervision string

// The states of supervision. Only a drill has one, and only once it is over.
const (
	NotNeeded     Supervision = ""
	Supervised    Supervision = "supervised"   // she checked in, or lectured herself
	Unsupervised  Supervision = "unsupervised" // 未监督: it waits for the director
	DrillAccepted Supervision = "accepted"     // the director accepted it nevertheless
	DrillRefused  Supervision = "refused"      // the director did not
)

// Counts says whether the session counts as held: it is over, its training record is finished
// (5.3.4), and a drill was supervised or accepted by the director (5.3.3).
func (x Session) Counts() bool {
	return x.State == Closed && !x.RecordedAt.IsZero() && x.Supervision != Unsupervised && x.Supervision != DrillRefused
}

// Code gives what people call the session: S31.
func (x Session) Code() string { return fmt.Sprintf("S%d", x.No) }

// Way is how a presence was taken.
type Way string

// The ways of taking a presence.
const (
	ByCode Way = "code" // the trainee sent the code
	ByHand Way = "hand" // the lecturer or supervisor marked it, with a reason
)

// Attendance is one person's presence at one session; there is at most one, never overwritten by
// automation.
type Attendance struct {
	Session  SessionID
	Person   PersonID
	At       time.Time
	Late     int // whole minutes after the start, 0 when in time
	Way      Way
	MarkedBy PersonID // ByHand
	Reason   string   // ByHand
	Message  MessageID
}
