package domain

import (
	"fmt"
	"slices"
	"time"
)

// Roll is what a check-in is decided on: who it is, the sessions of their offices around now, and
// where they have been seen already.
type Roll struct {
	By       Person
	Sessions []Session    // those that start within a day of now, by start
	Present  []Attendance // of By, at Sessions
}

// CheckIn takes a trainee's presence by code (5.3; mission E5, E7). It is idempotent: a second
// check-in is answered with the first. A code counts for one session and one span of time.
func (s SOP) CheckIn(r Roll, code string, msg MessageID, now time.Time) (Change, error) {
	var open, mine []Session
	for _, x := range r.Sessions {
		if x.State == Open && !s.forgotten(x, now) {
			open = append(open, x)
			if s.expects(x, r.By) {
				mine = append(mine, x)
			}
		}
	}
	for _, x := range mine {
		if s.codeFits(x, code, now) == codeNow {
			return s.present(r, x, msg, now)
		}
	}
	for _, x := range open {
		if s.oversees(x, r.By) && s.codeFits(x, code, now) == codeNow {
			return s.present(r, x, msg, now)
		}
		if x.Lecturer == r.By.ID && s.codeFits(x, code, now) == codeNow {
			return Change{}, Refuse(Conflict, "5.3", fmt.Sprintf("您是 %s %s 的讲师，不用签到。看谁没到发「点名 %s」。", x.Code(), x.Title(), x.Code()))
		}
		if !s.expects(x, r.By) && s.codeFits(x, code, now) == codeNow {
			return Change{}, Refuse(Forbidden, "5.3", fmt.Sprintf("您不在 %s %s 的名单里，没有登记。要旁听请讲师发「加人 %s %s」。%s", x.Code(), x.Title(), x.Code(), r.By.Name, s.nextFor(r, now)))
		}
	}
	for _, x := range mine {
		if a, ok := r.seen(x.ID); ok {
			return Change{}, Refuse(Conflict, "5.3", fmt.Sprintf("您 %s 已经签到过了：%s，不用再签。", s.Hour(a.At), x.Title()))
		}
	}
	for _, x := range mine {
		if s.codeFits(x, code, now) == codeOld {
			return Change{}, Refuse(Invalid, "5.3", fmt.Sprintf("口令已更新，%s 是之前的。请看现在的4位口令，再发「签到 口令」。", code))
		}
	}
	if len(mine) > 0 {
		return Change{}, Refuse(Invalid, "5.3", fmt.Sprintf("口令不对。请看讲师给出的4位口令，再发「签到 口令」（%s）。", mine[0].Title()))
	}
	return Change{}, s.notOpen(r, now)
}

func (s SOP) present(r Roll, x Session, msg MessageID, now time.Time) (Change, error) {
	if a, ok := r.seen(x.ID); ok {
		return Change{}, Refuse(Conflict, "5.3", fmt.Sprintf("您 %s 已经签到过了：%s，不用再签。", s.Hour(a.At), x.Title()))
	}
	late := max(0, int(now.Sub(x.Start)/time.Minute))
	if s.oversees(x, r.By) {
		late = 0
	}
	text := fmt.Sprintf("签到成功 %s，%s。", s.Hour(now), x.Title())
	if s.oversees(x, r.By) {
		text = fmt.Sprintf("签到成功 %s，主管到场监督（5.3.3）：%s %s。", s.Hour(now), x.Code(), x.Title())
	}
	if late > 0 {
		text = fmt.Sprintf("签到成功 %s，%s，迟到 %d 分钟（只登记，规程没有扣分）。", s.Hour(now), x.Title(), late)
	}
	return Change{
		Attendance: []Attendance{{Session: x.ID, Person: r.By.ID, At: now, Late: late, Way: ByCode, Message: msg}},
		Audit:      []Audit{{At: now, Office: x.Office, Actor: r.By.ID, Act: "check_in", Subject: x.Code(), Clause: "5.3", Text: text}},
		Reply:      Answer{Body: Say(text)},
	}, nil
}

// oversees says whether the person is to be at a drill as its supervisor, and not to train (4.3, 5.3.3).
func (s SOP) oversees(x Session, p Person) bool {
	return x.Lecturer != p.ID && s.Drill(x) && p.Has(x.Office, Supervisor, s.Calendar.Date(x.Start)) && !s.expects(x, p)
}

func (r Roll) seen(id SessionID) (Attendance, bool) {
	i := slices.IndexFunc(r.Present, func(a Attendance) bool { return a.Session == id })
	if i < 0 {
		return Attendance{}, false
	}
	return r.Present[i], true
}

type codeAge int

const (
	codeWrong codeAge = iota
	codeNow
	codeOld
)

// codeFits says whether a code is the one of now (or of the period before, within the grace), an
// older one of this session, or none of it.
func (s SOP) codeFits(x Session, code string, now time.Time) codeAge {
	if len(code) != 4 || now.Before(x.OpenedAt) {
		return codeWrong
	}
	period := s.Policy.CheckIn.CodePeriod
	if code == s.Code(x, now) {
		return codeNow
	}
	if in := now.Sub(x.OpenedAt) % period; in < s.Policy.CheckIn.CodeGrace && now.Sub(x.OpenedAt) >= period && code == s.Code(x, now.Add(-period)) {
		return codeNow
	}
	for back := 1; back <= 12; back++ {
		at := now.Add(-time.Duration(back) * period)
		if at.Before(x.OpenedAt) {
			break
		}
		if code == s.Code(x, at) {
			return codeOld
		}
	}
	return codeWrong
}

// forgotten says whether a session was left open until long after its end; nobody is there any more.
func (s SOP) forgotten(x Session, now time.Time) bool {
	return x.State == Open && !now.Before(x.End.Add(s.Policy.CheckIn.OpenAfter))
}

// notOpen says why nothing can be checked in to right now, and what comes next.
func (s SOP) notOpen(r Roll, now time.Time) error {
	today := s.Calendar.Date(now)
	for _, x := range r.Sessions {
		if x.State == Closed && s.expects(x, r.By) && s.Calendar.Date(x.Start) == today && now.Before(x.End.Add(s.Policy.CheckIn.OpenAfter)) {
			if a, ok := r.seen(x.ID); ok {
				return Refuse(Conflict, "5.3", fmt.Sprintf("%s 已关课，您 %s 签到过了，不用再签。", x.Title(), s.Hour(a.At)))
			}
			return Refuse(TooLate, "5.3", fmt.Sprintf("%s 已于 %s 关课，不能再签。人到了却没签上，请找讲师或主管用「点名」补登。", x.Title(), s.Hour(x.ClosedAt)))
		}
	}
	for _, x := range r.Sessions {
		if _, seen := r.seen(x.ID); s.forgotten(x, now) && s.expects(x, r.By) && !seen {
			return Refuse(TooLate, "5.3", fmt.Sprintf("%s 早已结束，不能再签。当时人到了却没签上，请找讲师或主管用「点名」补登。", x.Title()))
		}
	}
	for _, x := range r.Sessions {
		if x.State == Planned && s.expects(x, r.By) && s.Calendar.Date(x.Start) == today && now.Before(x.End) {
			return Refuse(TooEarly, "5.3", fmt.Sprintf("%s 还没开放签到，%s 开始。等讲师开课给出口令，再发「签到 口令」。", x.Title(), s.Hour(x.Start)))
		}
	}
	return Refuse(NotFound, "5.3", "现在没有可以签到的培训。"+s.nextFor(r, now))
}

func (s SOP) nextFor(r Roll, now time.Time) string {
	for _, x := range r.Sessions {
		if x.State != Cancelled && x.State != Closed && x.End.After(now) && s.expects(x, r.By) {
			return fmt.Sprintf("您的下一场：%s %s。", s.Moment(x.Start), x.Title())
		}
	}
	return "发「课表」看您的安排。"
}

// Mark takes a presence by hand (点名): who could not check in (no network, no phone) is marked by
// the lecturer or supervisor with a reason, also after the close. A mark is never overwritten.
func (s SOP) Mark(c Case, x Session, who Person, present []Attendance, lateMinutes int, reason string, msg MessageID) (Change, error) {
	if err := s.Runs(c, x); err != nil {
		return Change{}, err
	}
	if x.State != Open && x.State != Closed {
		return Change{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s，还不能点名。", x.Code(), x.State.Chinese()))
	}
	if !slices.Contains(x.Roster, who.ID) {
		return Change{}, Refuse(NotFound, "5.3.4", fmt.Sprintf("%s不在 %s 的名单里。", c.Staff.Name(who.ID), x.Code()))
	}
	if i := slices.IndexFunc(present, func(a Attendance) bool { return a.Person == who.ID }); i >= 0 {
		return Change{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s 已经签到，不用补。", c.Staff.Name(who.ID), s.Hour(present[i].At)))
	}
	if reason == "" {
		how := "到"
		if lateMinutes > 0 {
			how = fmt.Sprintf("迟到 %d分钟", lateMinutes)
		}
		return c.AskFor(fmt.Sprintf("点名 %s %s %s", x.Code(), who.No, how), fmt.Sprintf("请写一句%s没能自己签到的原因（会留痕）。不补了就发「算了」。", c.Staff.Name(who.ID))), nil
	}
	text := fmt.Sprintf("已代%s登记到场：%s %s，原因：%s。", c.Staff.Name(who.ID), x.Code(), x.Title(), reason)
	key := fmt.Sprintf("marked:%s:%s", x.ID, who.ID)
	return Change{
		Attendance: []Attendance{{Session: x.ID, Person: who.ID, At: c.Now, Late: lateMinutes, Way: ByHand, MarkedBy: c.By.ID, Reason: reason, Message: msg}},
		Audit:      []Audit{c.audit("check_in.mark", x.Code(), "5.3.4", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "marked", Clause: "5.3.4", At: c.Now, To: []PersonID{who.ID},
			Body: Say(fmt.Sprintf("%s替您登记了到场：%s %s，原因：%s。不对请马上告诉主管。", c.By.Name, s.Moment(x.Start), x.Title(), reason)),
			Why:  "规程5.3.4：没有自己签到、由讲师或主管代登记的，都要告诉本人。"}},
		Reply: Answer{Body: Say(text)},
	}, nil
}
