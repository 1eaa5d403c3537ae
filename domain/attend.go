package domain

import (
	"fmt"
	"slices"
	"time"
)

// WillCome records that somebody said that they can come (能到).
func (s SOP) WillCome(c Case, x Session, a Absence) (Change, error) {
	what := fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title())
	switch {
	case x.State == Open:
		return Change{}, Refuse(Conflict, "5.3", what+" 已经开放签到，到场后发「签到 口令」。")
	case x.State != Planned:
		return Change{}, Refuse(Conflict, "5.3", fmt.Sprintf("%s %s。", what, x.State.Chinese()))
	case a.State.away():
		return Change{}, Refuse(Conflict, "5.3", fmt.Sprintf("%s 您请了假（%s）。能来请先发「销假 %s」。", what, a.State.Chinese(), x.Code()))
	case !s.expects(x, c.By):
		return Change{}, Refuse(NotFound, "5.3", what+" 没有您。发「课表」看您的场次。")
	case slices.Contains(x.Coming, c.By.ID):
		return Change{}, Refuse(Conflict, "5.3", what+" 已经记下您能到。")
	}
	x.Coming = with(x.Coming, c.By.ID)
	card := Card{Title: x.Title(), Subtitle: x.Code() + " " + s.Moment(x.Start), Settled: "您：能到"}
	return Change{
		Sessions: []Session{x},
		Audit:    []Audit{c.audit("session.coming", x.Code(), "5.3", c.By.Name+"能到")},
		Reply:    Answer{Body: Say(fmt.Sprintf("好，%s 见。到场后发「签到 口令」。临时来不了发「请假 %s 事由」。", s.Moment(x.Start), x.Code())), Settle: &card},
	}, nil
}

// LeaveEarly records that somebody leaves before the end, in minutes and without a deduction (mission
// E6): they say it themselves (签退), or the lecturer marks it (早退) with who and minutes.
func (s SOP) LeaveEarly(c Case, x Session, who Person, present []Attendance, left []Departure, minutes int, reason string) (Change, error) {
	name := c.Staff.Name(who.ID)
	self := who.ID == c.By.ID
	if self {
		name = "您"
		minutes = int(x.End.Sub(c.Now) / time.Minute)
	}
	switch {
	case self && x.State != Open:
		return Change{}, Refuse(TooLate, "5.3.4", fmt.Sprintf("%s %s %s，不用签退。", x.Code(), x.Title(), x.State.Chinese()))
	case !slices.ContainsFunc(present, func(a Attendance) bool { return a.Person == who.ID }):
		return Change{}, Refuse(NotFound, "5.3.4", fmt.Sprintf("%s %s 还没有%s的签到，先签到才能签退。", x.Code(), x.Title(), name))
	case slices.ContainsFunc(left, func(d Departure) bool { return d.Person == who.ID }):
		return Change{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s 已经登记%s早退。", x.Code(), x.Title(), name))
	case minutes <= 0:
		return Change{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s 已到下课时间，不用签退。", x.Code(), x.Title()))
	}
	d := Departure{Session: x.ID, Person: who.ID, At: c.Now, Minutes: minutes, Reason: reason}
	text := fmt.Sprintf("已签退 %s：%s %s，早退 %d 分钟（只登记，规程没有扣分）。", s.Hour(c.Now), x.Code(), x.Title(), minutes)
	out := Change{}
	if !self {
		d.By = c.By.ID
		text = fmt.Sprintf("已登记%s早退 %d 分钟：%s %s（只登记，规程没有扣分）。", name, minutes, x.Code(), x.Title())
		key := fmt.Sprintf("left:%s:%s", x.ID, who.ID)
		out.Notices = []Notice{{Key: key, Thread: key, Office: x.Office, Stage: "marked", Clause: "5.3.4", At: s.decent(c.Now), To: []PersonID{who.ID},
			Body: Say(fmt.Sprintf("%s登记您早退 %d 分钟：%s %s%s。不对请告诉主管。", c.By.Name, minutes, s.Moment(x.Start), x.Title(), bracket(reason))),
			Why:  "规程5.3.4：由别人登记的，都要告诉本人。"}}
	}
	out.Departures = []Departure{d}
	out.Audit = []Audit{c.audit("session.left", x.Code(), "5.3.4", text)}
	out.Reply = Answer{Body: Say(text)}
	return out, nil
}

// AddPerson puts somebody on the list of a session, a guest or one who was forgotten, also while
// check-in is open (加人).
func (s SOP) AddPerson(c Case, x Session, who Person, a Absence) (Change, error) {
	if err := s.Runs(c, x); err != nil {
		return Change{}, err
	}
	name := c.Staff.Name(who.ID)
	switch {
	case x.State == Closed, x.State == Cancelled:
		return Change{}, Refuse(TooLate, "5.3", fmt.Sprintf("%s %s %s，不能再加人。", x.Code(), x.Title(), x.State.Chinese()))
	case who.ID == x.Lecturer:
		return Change{}, Refuse(Conflict, "5.3", name+"是这一场的讲师，不用加。")
	case s.expects(x, who):
		return Change{}, Refuse(Conflict, "5.3", fmt.Sprintf("%s已经在 %s 的名单里。", name, x.Code()))
	case len(who.Roles(x.Office, s.Calendar.Date(x.Start))) == 0:
		return Change{}, Refuse(NotFound, "5.3", fmt.Sprintf("%s那天不在%s的名单里，不能加。", name, c.Office.Name))
	}
	out := Change{}
	x.Added, x.Released = with(x.Added, who.ID), without(x.Released, who.ID)
	if x.State == Open {
		x.Roster = with(x.Roster, who.ID)
	}
	if a.State.away() {
		out.Absences = []Absence{a.to(LeaveWithdrawn, c.Now)}
	}
	text := fmt.Sprintf("已加%s：%s %s %s。", name, x.Code(), s.Moment(x.Start), x.Title())
	next := "到场后发「签到 口令」。"
	if x.State == Open {
		next = "现在就可以发「签到 口令」。"
	}
	key := fmt.Sprintf("added:%s:%s:%d", x.ID, who.ID, x.Version)
	out.Sessions = []Session{x}
	out.Audit = []Audit{c.audit("session.add", x.Code(), "5.3", text)}
	out.Notices = []Notice{{Key: key, Thread: key, Office: x.Office, Stage: "added", Clause: "5.3", At: c.Now, To: without([]PersonID{who.ID}, c.By.ID),
		Body: Say(fmt.Sprintf("%s把您加进了 %s %s %s，%s。%s", c.By.Name, x.Code(), s.Moment(x.Start), x.Title(), orWords(x.Room, "地点待定"), next)),
		Why:  fmt.Sprintf("%s于%s把您加进了名单。", c.By.Name, s.Moment(c.Now))}}
	if len(out.Notices[0].To) == 0 {
		out.Notices = nil
	}
	out.Reply = Answer{Body: Say(text + "已告诉本人。")}
	return out, nil
}

// Seen is what follows for an absence when its person turns out to have been there.
func (s SOP) Seen(c Case, a Absence, reason string) Change {
	return Change{Absences: []Absence{a.judgedBy(c, WasPresent, reason)}, Closed: []Settlement{{Thread: absenceThread(a)}}}
}

// Absent says whether the absence speaks against a presence taken afterwards: it must be put right.
func (a Absence) Absent() bool {
	return a.State == Unexplained || a.State == Explained || a.State == Excused || a.State == MakesUp || a.State == Unexcused
}

// Paper enters a whole session afterwards from its paper list (补录): who was there, marked by hand
// with who entered it. The session is opened and closed at once; who is missing is asked as after any close.
func (s SOP) Paper(c Case, x Session, here []PersonID, reason string, msg MessageID) (Session, []Attendance, error) {
	if err := s.Runs(c, x); err != nil {
		return x, nil, err
	}
	switch {
	case x.State != Planned && x.State != Open:
		return x, nil, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s %s，不能补录。个别人没签上发「点名 %s 姓名 到 原因」。", x.Code(), x.Title(), x.State.Chinese(), x.Code()))
	case c.Now.Before(x.End):
		return x, nil, Refuse(TooEarly, "5.3.4", fmt.Sprintf("%s %s 到%s才结束。现在请发「开课 %s」签到；没有网络就用纸质签到，结束后再补录。", x.Code(), x.Title(), s.Moment(x.End), x.Code()))
	case c.Now.After(x.End.AddDate(0, 0, s.Policy.Day.PaperDays)):
		return x, nil, Refuse(TooLate, "5.3.4", fmt.Sprintf("%s %s 已过去%d天以上，不能再补录，请「取消 %s 理由」后重新安排。", x.Code(), x.Title(), s.Policy.Day.PaperDays, x.Code()))
	}
	if x.State == Planned {
		x.Roster = s.Expected(x, c.Staff)
		if x.Roster == nil {
			x.Roster = []PersonID{}
		}
		x.OpenedAt = x.Start
	}
	x.State = Open
	var marks []Attendance
	for _, id := range here {
		if !slices.Contains(x.Roster, id) {
			return x, nil, Refuse(NotFound, "5.3.4", fmt.Sprintf("%s不在 %s 的名单里（应到：%s）。", c.Staff.Name(id), x.Code(), c.Names(x.Roster)))
		}
		marks = append(marks, Attendance{Session: x.ID, Person: id, At: x.Start, Way: ByHand, MarkedBy: c.By.ID, Reason: "补录：" + reason, Message: msg})
	}
	return x, marks, nil
}
