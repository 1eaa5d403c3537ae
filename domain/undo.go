package domain

import (
	"fmt"
	"slices"
	"time"
)

// Undo is what the log remembers of an act so that the one who did it can take it back within
// Policy.Plan.UndoWithin (mission E18): how the record was, and which version of it the act left. The
// reversal is an act of its own; nothing is deleted.
type Undo struct {
	Session *Session `json:",omitempty"` // as it was
	Plan    int64    `json:",omitempty"` // number of the plan
	Number  int      `json:",omitempty"` // of the version that was edited
	Items   []Item   `json:",omitempty"` // its items before
	Fresh   bool     `json:",omitempty"` // the edit began that version
	After   int64    `json:",omitempty"` // version of the record the act left
}

// undoSession remembers a session as it was before a change.
func undoSession(was Session) *Undo {
	was.Secret, was.Roster = nil, nil
	return &Undo{Session: &was, After: was.Version + 1}
}

// RestoreSession takes a change of a session back: its time, room, lecturer and state are what they
// were, and those concerned are told.
func (s SOP) RestoreSession(c Case, x Session, u Undo) (Change, error) {
	was := *u.Session
	switch {
	case x.Version != u.After:
		return Change{}, Refuse(Conflict, "5.3.2", fmt.Sprintf("%s 之后又有变动，不能直接撤销。请发「改期 %s 日期 时间 理由」或「取消 %s 理由」。", x.Code(), x.Code(), x.Code()))
	case !was.Start.After(c.Now):
		return Change{}, Refuse(TooLate, "5.3.2", fmt.Sprintf("%s 原来的时间%s已经过去，不能恢复。请发「改期 %s 日期 时间 理由」。", x.Code(), s.Moment(was.Start), x.Code()))
	}
	first := was.Start
	if x.State == Planned {
		first = earlier(first, x.Start)
	}
	lecturer := x.Lecturer
	x.Start, x.End, x.Room, x.Lecturer, x.State, x.Reason = was.Start, was.End, was.Room, was.Lecturer, Planned, was.Reason
	x.ConfirmedAt, x.Declined, x.Coming, x.Released = was.ConfirmedAt, was.Declined, was.Coming, was.Released
	text := fmt.Sprintf("%s %s 恢复为%s", x.Code(), x.Title(), s.Moment(x.Start))
	if x.Room != "" {
		text += " " + x.Room
	}
	if lecturer != x.Lecturer {
		text += "，讲师" + c.lecturer(x.Lecturer)
	}
	return s.tell(c, x, first, "session.undo", "已撤销刚才的调整："+text+"。", "更正：刚才的调整已撤销，"+text+"。"), nil
}

// LeavesLost adds to a call-off that was taken back what does not come back with it: the leaves nobody
// had decided yet, which the call-off at an instant dropped. Those who asked are told to ask again.
func (s SOP) LeavesLost(c Case, x Session, absences []Absence, dropped time.Time, out Change) Change {
	var who []PersonID
	for _, a := range absences {
		if a.State == LeaveWithdrawn && a.Since.Equal(dropped) {
			who = append(who, a.Person)
		}
	}
	if len(who) == 0 {
		return out
	}
	key := fmt.Sprintf("session.undo:%s:%d:leave", x.ID, x.Version)
	for i := range out.Notices { // one word is enough
		out.Notices[i].To = slices.DeleteFunc(slices.Clone(out.Notices[i].To), func(id PersonID) bool { return slices.Contains(who, id) })
	}
	out.Notices = append(out.Notices, Notice{Key: key, Thread: key, Office: x.Office, Stage: "changed", Clause: "5.3", At: c.Now, To: who, Urgent: true,
		Body: Say(fmt.Sprintf("更正：刚才的取消已撤销，%s %s 照常 %s。您的请假随取消作废了，来不了请再发「请假 %s 事由」。", x.Code(), x.Title(), s.Moment(out.Sessions[0].Start), x.Code())),
		Why:  "规程5.3：取消一场时没有批的假随之作废，撤销取消不会恢复请假，要本人再提。"})
	out.Reply.Text += fmt.Sprintf("%s的请假随取消作废了，已请再提。", c.Names(who))
	return out
}

// undoItems remembers the items of a plan before an edit that is made on version v.
func undoItems(p Plan, v PlanVersion) *Undo {
	had, known := p.Numbered(v.Number)
	if !known {
		had = p.Latest()
	}
	return &Undo{Plan: p.No, Number: v.Number, Items: had.Items, Fresh: !known, After: p.Version + 1}
}

// RestoreItems takes an edit of a draft back. A version the edit began is withdrawn.
func (s SOP) RestoreItems(c Case, p Plan, u Undo) (Change, error) {
	v, ok := p.Numbered(u.Number)
	if !ok || p.Version != u.After || v.State != Draft {
		return Change{}, Refuse(Conflict, "5.3.2", fmt.Sprintf("%s 之后又改过，不能直接撤销。请发「计划 %s」看现状，再%s。", p.Code(), p.Code(), p.editWords()))
	}
	ref := fmt.Sprintf("%s v%d", p.Code(), v.Number)
	text := fmt.Sprintf("已撤销刚才的修改，%s 恢复为%s。", ref, p.Count(PlanVersion{Items: u.Items}))
	if v.Items = u.Items; u.Fresh {
		v.State, v.DecidedBy, v.DecidedAt, v.Reason = Withdrawn, c.By.ID, c.Now, "撤销了修改"
		text = fmt.Sprintf("已撤销刚才的修改，%s 作废，原来的版本不变。", ref)
	}
	return Change{Plans: []Plan{p.set(v)}, Audit: []Audit{c.audit("plan.undo", ref, "5.3.2", text)}, Reply: Answer{Body: Say(text)}}, nil
}

// Undoable says since when an act can be taken back.
func (s SOP) Undoable(now time.Time) time.Time { return now.Add(-s.Policy.Plan.UndoWithin) }
