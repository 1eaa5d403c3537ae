package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// schedule makes the sessions of an approved version: new ones for new items, moved ones for items
// that were changed since the version that was in force, and cancels those whose item is gone. What
// has begun is never touched, and what was moved by 改期 since stays where it is.
func (s SOP) schedule(p Plan, v, inForce PlanVersion, have []Session, fresh func() (SessionID, int64)) []Session {
	before := map[ItemID]Item{}
	for _, it := range inForce.Items {
		before[it.ID] = it
	}
	byItem := map[ItemID]Session{}
	for _, x := range have {
		if x.Plan == p.ID {
			byItem[x.Item] = x
		}
	}
	var out []Session
	for _, it := range v.Items {
		start := s.Calendar.At(it.Date, it.Start)
		x, ok := byItem[it.ID]
		delete(byItem, it.ID)
		if old, kept := before[it.ID]; ok && (x.State != Planned || kept && sameItem(old, it)) {
			continue
		}
		was := x
		if !ok {
			x = Session{Office: p.Office, Plan: p.ID, Item: it.ID, State: Planned}
			x.ID, x.No = fresh()
		}
		x.Topics, x.TopicIDs, x.Source, x.Lecturer, x.Room = stillEmphasised(was.Topics, s.Printed(it)), s.known(it.Topics), it.Source, it.Lecturer, it.Room
		x.Run, x.Group, x.Shifts = it.Run, it.Group, it.Shifts
		x.Start, x.End = start, start.Add(time.Duration(it.Minutes)*time.Minute)
		if !x.Start.Equal(was.Start) || x.Lecturer != was.Lecturer { // what was said of the old ones holds no more
			x.Coming, x.ConfirmedAt = nil, time.Time{}
		}
		if it.Lecturer != "" && (it.Lecturer == v.SubmittedBy || it.Lecturer == v.DraftedBy) { // she put herself down for it
			x.ConfirmedAt = v.SubmittedAt
		}
		if !ok || !sameSession(was, x) {
			out = append(out, x)
		}
	}
	for _, x := range have {
		if _, gone := byItem[x.Item]; gone && x.State == Planned && x.Plan == p.ID {
			x.State, x.Reason = Cancelled, fmt.Sprintf("计划修订为 v%d", v.Number)
			out = append(out, x)
		}
	}
	return out
}

func sameItem(a, b Item) bool {
	return a.Date == b.Date && a.Start == b.Start && a.Minutes == b.Minutes && a.Lecturer == b.Lecturer && a.Room == b.Room && slices.Equal(a.Topics, b.Topics) &&
		a.Run == b.Run && a.Group == b.Group && slices.Equal(a.Shifts, b.Shifts)
}

func sameSession(a, b Session) bool {
	return a.Start.Equal(b.Start) && a.End.Equal(b.End) && a.Lecturer == b.Lecturer && a.Room == b.Room && slices.Equal(a.Topics, b.Topics) &&
		a.Run == b.Run && a.Group == b.Group && slices.Equal(a.Shifts, b.Shifts)
}

// stillEmphasised keeps the points of emphasis that stand behind topics which stay (5.3.2).
func stillEmphasised(was, is []string) []string {
	for i, name := range is {
		if j := slices.IndexFunc(was, func(w string) bool { return strings.HasPrefix(w, name+emphasisMark) }); j >= 0 {
			is[i] = was[j]
		}
	}
	return is
}

// Title gives what the session teaches.
func (x Session) Title() string { return Join(x.Topics) }

// expects says whether the person is expected at the session: on its roster once it has opened,
// before that every trainee of the office on that day whose shift it is for (a trainee who joins or leaves
// in mid-month counts only while employed) and who can come then (SOP.Away), those who were added, and
// not those who were released.
func (s SOP) expects(x Session, p Person) bool {
	if x.Roster != nil {
		return slices.Contains(x.Roster, p.ID)
	}
	day := s.Calendar.Date(x.Start)
	switch {
	case p.ID == x.Lecturer, slices.Contains(x.Released, p.ID):
		return false
	case slices.Contains(x.Added, p.ID):
		return len(p.Roles(x.Office, day)) > 0
	case x.Invited != nil:
		return slices.Contains(x.Invited, p.ID) && len(p.Roles(x.Office, day)) > 0
	}
	return p.Has(x.Office, Trainee, day) && x.forShift(p.ShiftIn(x.Office, day)) &&
		s.Away(p, x.Office, day, ClockOf(x.Start.In(s.Calendar.zone())), int(x.End.Sub(x.Start)/time.Minute)) == ""
}

// forShift says whether the session is for people of that shift. Somebody whose shift no run of the
// lesson names goes to the first run.
func (x Session) forShift(shift string) bool {
	return x.Shifts == nil || slices.Contains(x.Shifts, shift) || shift == "" && (x.Run == "" || x.Run == "A")
}

// Expected lists who is expected at the session.
func (s SOP) Expected(x Session, staff Staff) []PersonID {
	if x.Roster != nil {
		return x.Roster
	}
	var out []PersonID
	for _, p := range staff {
		if s.expects(x, p) {
			out = append(out, p.ID)
		}
	}
	return out
}

// Code gives the four digits that prove presence at an open session at an instant. They change
// every Policy.CheckIn.CodePeriod and cannot be foreseen without the session's secret.
func (s SOP) Code(x Session, now time.Time) string {
	step := now.Sub(x.OpenedAt) / s.Policy.CheckIn.CodePeriod
	mac := hmac.New(sha256.New, x.Secret)
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(step))
	mac.Write(b[:])
	return fmt.Sprintf("%04d", binary.BigEndian.Uint32(mac.Sum(nil))%10000)
}

// Runs refuses whoever may not open, see and close the session: that is its lecturer, and a
// supervisor of the office, who answers for all of them (3.1, 5.3).
func (s SOP) Runs(c Case, x Session) error {
	if c.By.ID == x.Lecturer || c.By.Has(x.Office, Supervisor, s.today(c)) {
		return nil
	}
	return Refuse(Forbidden, "5.3.1", fmt.Sprintf("%s 由讲师%s或主管来操作，请找其中一位。", x.Code(), c.lecturer(x.Lecturer)))
}

// OpenSession opens check-in and gives the code (5.3). Opening an open session again gives the
// code of the moment.
func (s SOP) OpenSession(c Case, x Session, secret []byte) (Change, error) {
	if err := s.Runs(c, x); err != nil {
		return Change{}, err
	}
	switch {
	case x.State == Open:
		return Change{Reply: Answer{Body: s.codeCard(c, x)}}, nil
	case x.State == Closed:
		return Change{}, Refuse(TooLate, "5.3.4", fmt.Sprintf("%s %s 已于%s关课。", x.Code(), x.Title(), s.Moment(x.ClosedAt)))
	case x.State == Cancelled:
		return Change{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s 已取消（%s）。", x.Code(), x.Title(), x.Reason))
	case c.Now.Before(x.Start.Add(-s.Policy.CheckIn.OpensBefore)):
		return Change{}, Refuse(TooEarly, "5.3.4", fmt.Sprintf("%s %s %s开始，%s以后才能开课签到，到时再发「开课 %s」。", x.Code(), x.Title(), s.Moment(x.Start), s.Hour(x.Start.Add(-s.Policy.CheckIn.OpensBefore)), x.Code()))
	case c.Now.After(x.End.Add(s.Policy.CheckIn.OpenAfter)):
		return Change{}, Refuse(TooLate, "5.3.4", fmt.Sprintf("%s %s 原定%s，已经过去太久，请先「改期 %s 日期 时间 理由」或「取消 %s 理由」。", x.Code(), x.Title(), s.Moment(x.Start), x.Code(), x.Code()))
	}
	x.Roster = s.Expected(x, c.Staff)
	if x.Roster == nil {
		x.Roster = []PersonID{}
	}
	x.State, x.Secret, x.OpenedAt = Open, secret, c.Now
	return Change{
		Sessions: []Session{x},
		Audit:    []Audit{c.audit("session.open", x.Code(), "5.3.4", fmt.Sprintf("开课签到：%s，应到%d人", x.Title(), len(x.Roster)))},
		Reply:    Answer{Body: s.codeCard(c, x)},
	}, nil
}

func (s SOP) codeCard(c Case, x Session) Body {
	code := s.Code(x, c.Now)
	left := s.Policy.CheckIn.CodePeriod - c.Now.Sub(x.OpenedAt)%s.Policy.CheckIn.CodePeriod
	return Say(fmt.Sprintf("签到开放：%s %s，口令 %s（%s前有效，之后再发「开课 %s」看新口令）。等%d人签到。请学员私信我「签到 %s」；%s后算迟到，关课前都能签。看谁没到发「点名 %s」，结束发「关课 %s」。",
		x.Code(), x.Title(), code, s.Hour(c.Now.Add(left)), x.Code(), len(x.Roster), code, s.Hour(x.Start), x.Code(), x.Code()))
}

func joinNotes(a, b string) string {
	if b == "" {
		return a
	}
	return a + "；" + b
}

// reminders gives the threads of the session's reminders (D10), to be ended when it is held,
// moved or cancelled.
func (x Session) reminders() []Settlement {
	return Matter{Office: x.Office, Kind: SessionComing, Subject: string(x.ID)}.Ends()
}

// undisturbed gives when people are told of what concerns them first at an instant: at once, or in
// the quiet hours at their end, when that is early enough (mission E10); and the word for it.
func (s SOP) undisturbed(now, first time.Time) (at time.Time, word string) {
	if at = s.decent(now); at.Equal(now) || !at.Add(s.Policy.Reminders.SessionBefore).Before(first) {
		return now, "已"
	}
	return at, s.Hour(at) + "（免打扰之后）"
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Missing lists who is expected and has not been seen.
func (s SOP) Missing(x Session, present []Attendance) []PersonID {
	seen := map[PersonID]bool{}
	for _, a := range present {
		seen[a.Person] = true
	}
	var out []PersonID
	for _, id := range x.Roster {
		if !seen[id] {
			out = append(out, id)
		}
	}
	return out
}

func (s SOP) changeable(c Case, x Session) error {
	if err := s.Runs(c, x); err != nil {
		return err
	}
	if x.State == Open {
		return Refuse(Conflict, "5.3.2", fmt.Sprintf("%s %s 正在签到，不能再改。没上成就发「关课 %s 0人 原因」。", x.Code(), x.Title(), x.Code()))
	}
	if x.State != Planned {
		return Refuse(Conflict, "5.3.2", fmt.Sprintf("%s %s %s，不能再改。", x.Code(), x.Title(), x.State.Chinese()))
	}
	return nil
}

// tell completes a change of a session: log, withdrawn reminders, and word to all it concerns.
func (s SOP) tell(c Case, x Session, first time.Time, act, answer, told string) Change {
	at, when := s.undisturbed(c.Now, first)
	to := append(slices.Clone(s.Expected(x, c.Staff)), IDs(c.Staff.With(c.Office.ID, Director, s.today(c)))...)
	to = append(to, IDs(c.Staff.With(c.Office.ID, Supervisor, s.today(c)))...)
	if x.Lecturer != "" {
		to = append(to, x.Lecturer)
	}
	slices.Sort(to)
	to = without(slices.Compact(to), c.By.ID)
	key := fmt.Sprintf("%s:%s:%d", act, x.ID, x.Version)
	out := Change{
		Sessions: []Session{x},
		Audit:    []Audit{c.audit(act, x.Code(), "5.3.2", answer)},
		Closed:   x.reminders(),
		Reply:    Answer{Body: Say(fmt.Sprintf("%s%s通知%d人。", answer, when, len(to)))},
	}
	if len(to) > 0 {
		out.Notices = []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "changed", Clause: "5.3.2", At: at, To: to, Body: Say(told),
			Urgent: first.Sub(at) <= s.Policy.Shifts.Rest, // who rests must still hear of it before it begins
			Why:    fmt.Sprintf("规程5.3.2：%s于%s改动了%s，您在名单里或需要知道。", c.By.Name, s.Moment(c.Now), x.Code())}}
	}
	return out
}
