package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AbsenceState is where it stands that somebody was not, or will not be, at a session (6.2.2).
type AbsenceState string

// The states of an absence. What is 无故 (without reason) a person says, after the one who was
// missing could explain; the program never does.
const (
	LeaveAsked     AbsenceState = "asked"       // 请假, not decided
	OnLeave        AbsenceState = "leave"       // granted
	Exempted       AbsenceState = "exempt"      // 免训: medically unfit for a drill
	LeaveRefused   AbsenceState = "refused"     // expected nevertheless
	LeaveWithdrawn AbsenceState = "withdrawn"   // 销假
	Unexplained    AbsenceState = "unexplained" // 缺席待说明
	Explained      AbsenceState = "explained"   // the supervisor judges
	Excused        AbsenceState = "excused"     // 有因，不扣
	MakesUp        AbsenceState = "makes_up"    // 有因，补训
	Unexcused      AbsenceState = "unexcused"   // 无故, deducted
	WasPresent     AbsenceState = "present"     // it turned out that they were there (补签)
)

// Chinese gives the state as people say it.
func (s AbsenceState) Chinese() string {
	switch s {
	case LeaveAsked:
		return "请假待批"
	case OnLeave:
		return "请假"
	case Exempted:
		return "免训"
	case LeaveRefused:
		return "请假未准"
	case LeaveWithdrawn:
		return "已销假"
	case Unexplained:
		return "缺席待说明"
	case Explained:
		return "缺席待认定"
	case Excused:
		return "有因缺席"
	case MakesUp:
		return "有因缺席，补训"
	case Unexcused:
		return "无故缺席"
	case WasPresent:
		return "已补签"
	}
	return string(s)
}

// away says that the person need not be there, or has asked not to.
func (s AbsenceState) away() bool { return s == OnLeave || s == Exempted || s == LeaveAsked }

// judged says that a person has decided what the absence is.
func (s AbsenceState) judged() bool {
	return s == OnLeave || s == Exempted || s == Excused || s == MakesUp || s == Unexcused || s == WasPresent
}

// LeaveKind is the sort of a leave.
type LeaveKind string

// The kinds of leave. Unfit is for a drill alone.
const (
	SickLeave    LeaveKind = "sick"
	PrivateLeave LeaveKind = "private"
	DutyLeave    LeaveKind = "duty"
	Unfit        LeaveKind = "unfit"
)

// Chinese gives the kind as people say it.
func (k LeaveKind) Chinese() string {
	return map[LeaveKind]string{SickLeave: "病假", PrivateLeave: "事假", DutyLeave: "公差", Unfit: "免训"}[k]
}

// LeaveKindOf gives the kind of leave a person names, or that the reason speaks of: 事假 in doubt.
func LeaveKindOf(said, reason string) LeaveKind {
	for k, names := range map[LeaveKind][]string{SickLeave: {"病假"}, PrivateLeave: {"事假"}, DutyLeave: {"公差"}, Unfit: {"免训"}} {
		if slices.Contains(names, said) {
			return k
		}
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(reason, w) })
	}
	switch {
	case has("孩子", "老人", "家里", "父亲", "母亲", "爸", "妈", "儿子", "女儿"):
		return PrivateLeave // somebody else's illness is no 病假
	case has("病", "发烧", "感冒", "医院", "看医生", "不舒服", "住院", "手术", "腰伤", "扭伤"):
		return SickLeave
	case has("公差", "出差", "公务", "验收", "值班", "开会", "抢修", "加班"):
		return DutyLeave
	}
	return PrivateLeave
}

// Absence is what is known of one person's not being at one session; of a session and a person there
// is at most one, from the first 请假 to the last word on it.
type Absence struct {
	Session  SessionID
	Person   PersonID
	Office   OfficeID
	Day      Date // the training day
	State    AbsenceState
	Was      AbsenceState // what it was before the leave that is asked now
	Kind     LeaveKind
	Reason   string     // what the person says
	MakeUp   SessionID  // where it is, or will be, made up
	Since    time.Time  // since when it is in this state
	Due      time.Time  // until when it may be explained; zero: nothing to explain
	Proposal ProposalID // the newest thing put before somebody about it
	Judge    PersonID
	Judged   time.Time
	Ruling   string // what the one who judged added
	Version  int64
}

// Sayable is the absence without what only the person and those who decide may read.
func (a Absence) Sayable() string {
	if a.State.away() && a.Kind != "" {
		return a.Kind.Chinese()
	}
	return a.State.Chinese()
}

// to gives the absence in another state.
func (a Absence) to(state AbsenceState, now time.Time) Absence {
	a.State, a.Since = state, now
	return a
}

// judgedBy gives the absence as somebody has decided it.
func (a Absence) judgedBy(c Case, state AbsenceState, ruling string) Absence {
	a = a.to(state, c.Now)
	a.Judge, a.Judged, a.Ruling = c.By.ID, c.Now, ruling
	return a
}

// Subject names the fact of an absence in the ledger and among the proposals: once a session.
func (a Absence) Subject() string { return "absent:" + string(a.Session) }

// Tally is who was expected at a session and what became of each: Expected is Present, Leave and
// Absent together, and nobody stands in two of them (law).
type Tally struct {
	Expected, Present, Leave, Absent []PersonID
	Late                             int // of Present
}

// Tally counts a session. Who checked in is present whatever was asked before; guests who are not on
// the list (the supervisor at a drill) are in none.
func (s SOP) Tally(x Session, present []Attendance, absences []Absence) Tally {
	var t Tally
	state := map[PersonID]AbsenceState{}
	for _, a := range absences {
		state[a.Person] = a.State
	}
	seen := map[PersonID]int{}
	for _, a := range present {
		seen[a.Person] = a.Late + 1
	}
	t.Expected = slices.Clone(x.Roster)
	for _, a := range absences {
		if a.State.away() && !slices.Contains(t.Expected, a.Person) {
			t.Expected = append(t.Expected, a.Person)
		}
	}
	for _, id := range t.Expected {
		switch late, here := seen[id]; {
		case here:
			t.Present = append(t.Present, id)
			if late > 1 {
				t.Late++
			}
		case state[id].away():
			t.Leave = append(t.Leave, id)
		default:
			t.Absent = append(t.Absent, id)
		}
	}
	return t
}

// Line gives 应到9 实到7（迟到1） 请假1（周丽） 缺席1（高翔）.
func (t Tally) Line(c Case) string {
	out := fmt.Sprintf("应到%d 实到%d", len(t.Expected), len(t.Present))
	if t.Late > 0 {
		out += fmt.Sprintf("（迟到%d）", t.Late)
	}
	if len(t.Leave) > 0 {
		out += fmt.Sprintf(" 请假%d（%s）", len(t.Leave), c.Names(t.Leave))
	}
	if len(t.Absent) > 0 {
		out += fmt.Sprintf(" 未到%d（%s）", len(t.Absent), c.Names(t.Absent))
	}
	return out
}

// Streak gives somebody's latest absences in a row, oldest first: nothing attended lies between them.
// A leave neither counts nor breaks the row. attended are the training days of presences.
func Streak(absences []Absence, attended []Date) []Absence {
	all := slices.Clone(absences)
	slices.SortStableFunc(all, func(a, b Absence) int { return a.Day.Compare(b.Day) })
	var last Date
	for _, d := range attended {
		if d.After(last) {
			last = d
		}
	}
	var out []Absence
	for _, a := range all {
		missed := a.State == Unexplained || a.State == Explained || a.State == Excused || a.State == MakesUp || a.State == Unexcused
		if missed && a.Day.After(last) {
			out = append(out, a)
		}
	}
	return out
}
