package domain

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// ConfirmLecturer records that the lecturer will lecture (5.3.1).
func (s SOP) ConfirmLecturer(c Case, x Session) (Session, error) {
	switch {
	case x.Lecturer != c.By.ID:
		return x, Refuse(Forbidden, "5.3.1", fmt.Sprintf("%s %s 由%s主讲，不用您确认。", x.Code(), x.Title(), c.lecturer(x.Lecturer)))
	case x.State != Planned:
		return x, Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s %s，不用再确认。", x.Code(), x.Title(), x.State.Chinese()))
	case !x.ConfirmedAt.IsZero():
		return x, Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s 您已于%s确认。", x.Code(), x.Title(), s.Moment(x.ConfirmedAt)))
	}
	x.ConfirmedAt = c.Now
	return x, nil
}

// Substitute is the kind of proposal by which somebody is asked to lecture instead of another (换人).
const Substitute ProposalKind = "substitute"

// Qualified says whether the person may lecture the session: a lecturer of the office on that day, in a
// role that 4.0 names for each of its topics. A topic the office made up any lecturer may teach.
func (s SOP) Qualified(x Session, p Person) bool {
	day := s.Calendar.Date(x.Start)
	if !p.Lectures(x.Office, day) {
		return false
	}
	for _, id := range x.TopicIDs {
		t, ok := s.Policy.Topic(id)
		if ok && !slices.ContainsFunc(t.Lecturers, func(r Role) bool { return p.Has(x.Office, r, day) }) {
			return false
		}
	}
	return true
}

// Substitutes lists who could lecture the session instead, the least loaded first: qualified, free at
// the time, not one who has declined. all are the office's sessions of the month around it.
func (s SOP) Substitutes(c Case, x Session, all []Session) []Person {
	load := map[PersonID]int{}
	busy := map[PersonID]bool{}
	for _, y := range all {
		if y.ID == x.ID || y.State == Cancelled {
			continue
		}
		load[y.Lecturer]++
		if y.Start.Before(x.End) && x.Start.Before(y.End) {
			busy[y.Lecturer] = true
		}
	}
	var out []Person
	for _, p := range c.Staff {
		if p.ID != x.Lecturer && s.Qualified(x, p) && !busy[p.ID] && !slices.Contains(x.Declined, p.ID) {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Person) int { return cmp.Or(load[a.ID]-load[b.ID], cmp.Compare(a.No, b.No)) })
	return out
}

// replaceable refuses what has no lecturer to be replaced any more, and who may not.
func (s SOP) replaceable(c Case, x Session) error {
	if err := s.Runs(c, x); err != nil {
		return err
	}
	if x.State != Planned && x.State != Open {
		return Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s %s，不能再换讲师。", x.Code(), x.Title(), x.State.Chinese()))
	}
	return nil
}

// SetLecturer gives a session another lecturer: the supervisor names one (5.3.1), or the one who was
// asked accepts. Everyone it concerns is told.
func (s SOP) SetLecturer(c Case, x Session, to Person, confirmed bool, reason string) (Change, error) {
	switch {
	case to.ID == x.Lecturer:
		return Change{}, Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s 本来就由%s主讲。", x.Code(), x.Title(), to.Name))
	case !s.Qualified(x, to):
		return Change{}, Refuse(Invalid, "5.3.1", fmt.Sprintf("%s不能讲 %s %s：规程4.0要求由%s授课。", to.Name, x.Code(), x.Title(), s.whoTeaches(x)))
	}
	before, was := x, x.Lecturer
	x.Lecturer, x.ConfirmedAt = to.ID, time.Time{}
	if confirmed || to.ID == c.By.ID {
		x.ConfirmedAt = c.Now
	}
	x.Declined = without(x.Declined, to.ID)
	if x.Roster != nil {
		x.Roster = without(x.Roster, to.ID)
	}
	text := fmt.Sprintf("%s %s %s 改由%s主讲，原讲师%s%s。", x.Code(), s.Moment(x.Start), x.Title(), c.Staff.Name(to.ID), c.lecturer(was), bracket(reason))
	at, when := s.undisturbed(c.Now, x.Start)
	told := append(s.answers(c, x), was)
	told = append(told, s.Expected(x, c.Staff)...)
	slices.Sort(told)
	told = without(without(slices.Compact(told), c.By.ID), "")
	key := fmt.Sprintf("lecturer:%s:%d", x.ID, x.Version)
	out := Change{
		Sessions: []Session{x},
		Audit:    []Audit{c.audit("session.lecturer", x.Code(), "5.3.1", text)},
		Closed:   []Settlement{{Thread: confirmThread(x)}},
		Reply:    Answer{Body: Say(fmt.Sprintf("%s%s通知%d人。", text, when, len(told)))},
	}
	if x.State == Planned {
		out.Audit[0].Undo = undoSession(before)
		out.Sessions[0].Reason = "" // of a move: whoever lectures now has not been asked by it
	}
	if len(told) > 0 {
		out.Notices = []Notice{{Key: key, Thread: key, Office: x.Office, Stage: "changed", Clause: "5.3.1", At: at, To: told, Body: Say("讲师更换：" + text),
			Why: fmt.Sprintf("规程5.3.1：讲师事先指定；%s于%s换了人，您在名单里或需要知道。", c.By.Name, s.Moment(c.Now))}}
	}
	return out, nil
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

func (s SOP) whoTeaches(x Session) string {
	var out []string
	for _, id := range x.TopicIDs {
		if t, ok := s.Policy.Topic(id); ok {
			for _, r := range t.Lecturers {
				if !slices.Contains(out, r.Chinese()) {
					out = append(out, r.Chinese())
				}
			}
		}
	}
	return Join(out)
}

// SubstituteProposal asks one person to lecture instead.
func (s SOP) SubstituteProposal(c Case, x Session, to PersonID, reason string) Proposal {
	return Proposal{
		Kind: Substitute, Subject: string(x.ID), About: x.Lecturer, For: Supervisor, To: []PersonID{to}, Clause: "5.3.1",
		Title: fmt.Sprintf("请%s代讲 %s", c.Staff.Name(to), x.Code()),
		Text:  fmt.Sprintf("%s %s，%s，应到%d人。%s讲不了%s。您能讲吗？", s.Moment(x.Start), x.Title(), orWords(x.Room, "地点待定"), len(s.Expected(x, c.Staff)), c.lecturer(x.Lecturer), bracket(reason)),
		Data:  ProposalData{Session: x.ID, Person: x.Lecturer, Note: reason},
	}
}

// Decline records that somebody cannot lecture the session.
func (s SOP) Decline(c Case, x Session) (Session, error) {
	if err := s.replaceable(c, x); err != nil {
		return x, err
	}
	if c.By.ID == x.Lecturer {
		x.Declined, x.ConfirmedAt = with(x.Declined, c.By.ID), time.Time{}
	}
	return x, nil
}

// Stranded tells the supervisors that nobody is left who could lecture the session.
func (s SOP) Stranded(c Case, x Session) Notice {
	key := fmt.Sprintf("stranded:%s:%d", x.ID, len(x.Declined))
	return Notice{Key: key, Thread: confirmThread(x), Office: x.Office, Stage: "stranded", Clause: "5.3.1", At: c.Now, To: without(IDs(c.Staff.With(x.Office, Supervisor, s.today(c))), c.By.ID),
		Body: Say(fmt.Sprintf("%s %s %s 没有讲师可换了（%s讲不了，其他有资格的人没空或没有）。请发「换人 %s 姓名」指定，或「改期 %s 日期 时间 理由」，或「取消 %s 理由」。",
			x.Code(), s.Moment(x.Start), x.Title(), c.Names(x.Declined), x.Code(), x.Code(), x.Code())),
		Why: "规程5.3.1：每场培训要事先有讲师。"}
}

func confirmThread(x Session) string {
	return Matter{Office: x.Office, Kind: SessionComing, Subject: string(x.ID)}.Thread() + confirmVoice
}

// ConfirmThread is the thread of the cards by which a lecturer is asked to confirm.
func (s SOP) ConfirmThread(x Session) string { return confirmThread(x) }
