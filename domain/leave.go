package domain

import (
	"fmt"
	"slices"
	"time"
)

// Leave is the kind of proposal by which somebody asks not to come to a session.
const Leave ProposalKind = "leave"

// AskLeave asks for leave from a session (5.3, mission C5-3): from one to come, or afterwards from one
// that was missed. It goes to the lecturer and the supervisors together; the first of them who
// answers decides. a is what is known of this session and person, zero when nothing is.
func (s SOP) AskLeave(c Case, x Session, a Absence, attended bool, kind LeaveKind, reason string) (Absence, Proposal, error) {
	what := fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title())
	refuse := func(k Kind, text string) (Absence, Proposal, error) {
		return a, Proposal{}, Refuse(k, "5.3", text)
	}
	switch {
	case x.State == Cancelled:
		return refuse(Conflict, what+" 已取消，不用请假。")
	case a.State == LeaveAsked:
		return refuse(Conflict, fmt.Sprintf("%s 您已经请过假，还在等决定。不请了发「销假 %s」。", what, x.Code()))
	case a.State == OnLeave || a.State == Exempted:
		return refuse(Conflict, fmt.Sprintf("%s 已经准了您的假。要来上课发「销假 %s」。", what, x.Code()))
	case attended:
		return refuse(Conflict, fmt.Sprintf("%s 您已经签到，不用请假。要先走请发「签退」。", what))
	case a.Session == "" && !s.expects(x, c.By):
		return refuse(NotFound, fmt.Sprintf("%s 没有您，不用请假。发「课表」看您的场次。", what))
	case x.Lecturer == c.By.ID:
		return refuse(Conflict, fmt.Sprintf("%s 由您主讲。讲不了请发「换人 %s」，会自动问别的讲师。", what, x.Code()))
	case c.Now.After(x.End.AddDate(0, 0, s.Policy.Day.LeaveAfterDays)):
		return refuse(TooLate, fmt.Sprintf("%s 已过去%d天以上，不能再补假。有异议请对扣分「申诉」。", what, s.Policy.Day.LeaveAfterDays))
	case kind == Unfit && !s.Drill(x):
		return refuse(Conflict, "免训只用于军体培训（4.3）。其他培训请发「请假 "+x.Code()+" 病假 事由」。")
	}
	if a.Session == "" {
		a = Absence{Session: x.ID, Person: c.By.ID, Office: x.Office, Day: s.Calendar.Date(x.Start)}
	}
	a.Was, a.Kind, a.Reason = a.State, kind, reason
	a = a.to(LeaveAsked, c.Now)
	late := ""
	if x.State == Closed {
		late = "（课后补假）"
	}
	to := IDs(c.Staff.With(c.Office.ID, Supervisor, s.today(c)))
	if x.Lecturer != "" {
		to = append([]PersonID{x.Lecturer}, without(to, x.Lecturer)...)
	}
	return a, Proposal{
		Kind: Leave, Subject: string(x.ID) + ":" + string(c.By.ID), About: c.By.ID, For: Supervisor, To: without(to, c.By.ID), Clause: "5.3",
		Title:   fmt.Sprintf("%s请假 %s%s", c.Staff.Name(c.By.ID), x.Code(), late),
		Text:    fmt.Sprintf("%s，%s：%s", what, kind.Chinese(), reason),
		Buttons: nil,
		Data:    ProposalData{Session: x.ID, Person: c.By.ID, Note: reason},
	}, nil
}

// GrantLeave is what follows when leave is granted: not expected at a session to come, on leave at one
// that has begun or is over (the deduction of a past one the caller reverses).
func (s SOP) GrantLeave(c Case, x Session, a Absence, reason string) Change {
	state := OnLeave
	if a.Kind == Unfit {
		state = Exempted
	}
	out := Change{Absences: []Absence{a.judgedBy(c, state, reason)}}
	if x.State == Planned {
		x.Released, x.Added, x.Coming = with(x.Released, a.Person), without(x.Added, a.Person), without(x.Coming, a.Person)
		out.Sessions = []Session{x}
	}
	out.Closed = []Settlement{{Thread: absenceThread(a)}}
	return out
}

// RefuseLeave is what follows when it is not: expected as before. An absence that is over already
// waits for the supervisor's judgement with what was said for the leave, unless it was judged before.
func (s SOP) RefuseLeave(c Case, x Session, a Absence, reason string) Absence {
	state := LeaveRefused
	switch {
	case a.Was.judged():
		return a.to(a.Was, c.Now)
	case x.State == Closed:
		state = Explained
	}
	a = a.to(state, c.Now)
	a.Ruling = reason
	return a
}

// WithdrawLeave takes a leave back (销假) before the session is over: the person is expected again.
func (s SOP) WithdrawLeave(c Case, x Session, a Absence) (Change, error) {
	what := fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title())
	switch {
	case a.State != LeaveAsked && a.State != OnLeave && a.State != Exempted:
		return Change{}, Refuse(NotFound, "5.3", what+" 您没有请假，不用销假。")
	case x.State == Closed, x.State == Cancelled:
		return Change{}, Refuse(TooLate, "5.3", fmt.Sprintf("%s %s，不能再销假。", what, x.State.Chinese()))
	}
	granted := a.State != LeaveAsked
	out := Change{Absences: []Absence{a.to(LeaveWithdrawn, c.Now)}}
	if granted {
		x.Released = without(x.Released, a.Person)
		if !s.expects(x, c.By) {
			x.Added = with(x.Added, a.Person)
		}
		if x.State == Open && !slices.Contains(x.Roster, a.Person) {
			x.Roster = with(x.Roster, a.Person)
		}
		out.Sessions = []Session{x}
	}
	text := fmt.Sprintf("已销假：%s。您在名单里，到场后发「签到 口令」。", what)
	out.Audit = []Audit{c.audit("leave.withdraw", x.Code(), "5.3", text)}
	out.Reply = Answer{Body: Say(text)}
	if to := without(s.answers(c, x), c.By.ID); granted && len(to) > 0 {
		key := fmt.Sprintf("leave:back:%s:%s:%d", x.ID, a.Person, a.Version)
		out.Notices = []Notice{{Key: key, Thread: key, Office: x.Office, Stage: "withdrawn", Clause: "5.3", At: c.Now, To: to,
			Body: Say(fmt.Sprintf("%s已销假，会来上 %s。", c.By.Name, what)), Why: "请假的人销了假，讲师和主管要知道应到人数变了。"}}
	}
	return out, nil
}

// answers gives who answers for a session: its lecturer and the supervisors.
func (s SOP) answers(c Case, x Session) []PersonID {
	to := IDs(c.Staff.With(x.Office, Supervisor, s.today(c)))
	if x.Lecturer != "" {
		to = append([]PersonID{x.Lecturer}, without(to, x.Lecturer)...)
	}
	return to
}

// with gives ids and one more, once.
func with(ids []PersonID, id PersonID) []PersonID {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(slices.Clone(ids), id)
}

// Drill says whether the session is 军体培训 (4.3).
func (s SOP) Drill(x Session) bool {
	return slices.ContainsFunc(x.TopicIDs, func(id string) bool { t, ok := s.Policy.Topic(id); return ok && t.Category == Drill })
}

// SameLesson says whether y teaches what x does: a sister run, or a topic of it.
func SameLesson(x, y Session) bool {
	if x.Group != "" && x.Group == y.Group {
		return true
	}
	for _, t := range x.Topics {
		if slices.Contains(y.Topics, t) {
			return true
		}
	}
	return false
}

// MakeUps gives the sessions at which somebody could make x up, the best first: another run of the
// same lesson, then the earliest of the same topic. all are the office's sessions around; left out is
// what the person's shift cannot reach, what overlaps with something they are expected at anyway, and the
// same day for who is ill.
func (s SOP) MakeUps(c Case, x Session, who Person, kind LeaveKind, all []Session) []Session {
	var out []Session
	for _, y := range all {
		day := s.Calendar.Date(y.Start)
		same := day == s.Calendar.Date(x.Start)
		if y.ID == x.ID || y.State != Planned || !SameLesson(x, y) || !y.Start.After(c.Now) || y.Start.Before(x.End) ||
			kind == SickLeave && same || y.Lecturer == who.ID || len(who.Roles(x.Office, day)) == 0 ||
			s.Away(who, x.Office, day, ClockOf(y.Start.In(s.Calendar.zone())), int(y.End.Sub(y.Start)/time.Minute)) != "" {
			continue
		}
		busy := slices.ContainsFunc(all, func(z Session) bool {
			return z.ID != y.ID && z.ID != x.ID && z.State != Cancelled && z.Start.Before(y.End) && y.Start.Before(z.End) && (z.Lecturer == who.ID || s.expects(z, who))
		})
		if !busy {
			out = append(out, y)
		}
	}
	sister := func(y Session) int {
		if x.Group != "" && x.Group == y.Group {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b Session) int {
		if d := sister(a) - sister(b); d != 0 {
			return d
		}
		return a.Start.Compare(b.Start)
	})
	return out
}

// Place gives somebody a place at the session that makes up for another (占位). Who is expected there
// anyway only has it noted.
func (s SOP) Place(c Case, y Session, who Person, a Absence) Change {
	a.MakeUp = y.ID
	out := Change{Absences: []Absence{a}, Audit: []Audit{c.audit("makeup.place", y.Code(), "5.3", fmt.Sprintf("%s在 %s %s 补课", c.Staff.Name(who.ID), y.Code(), y.Title()))}}
	if !s.expects(y, who) {
		y.Added, y.Released = with(y.Added, who.ID), without(y.Released, who.ID)
		out.Sessions = []Session{y}
	}
	return out
}

// MakeUpLine says where somebody can make a session up.
func (s SOP) MakeUpLine(y Session, mine bool) string {
	if mine {
		return fmt.Sprintf("%s 有同主题的 %s，您本来就在名单里。", s.Moment(y.Start), y.Code())
	}
	run := ""
	if y.Run != "" {
		run = y.Run + "场"
	}
	return fmt.Sprintf("%s 有同内容的 %s%s，可以先占位。", s.Moment(y.Start), y.Code(), bracket(run))
}

// IsExpected says whether the person is expected at the session.
func (s SOP) IsExpected(x Session, p Person) bool { return s.expects(x, p) }

// absenceThread is the thread of what is said about an absence that waits to be explained or judged.
func absenceThread(a Absence) string {
	return Matter{Office: a.Office, Kind: AbsenceDue, Subject: string(a.Session) + ":" + string(a.Person)}.Thread()
}
