package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Leaving is what a person leaves open in an office: what ends, and what somebody else must take over.
type Leaving struct {
	Who       Person
	Last      Date
	Reason    string
	File      OrientationFile // of somebody still on trial; zero: none
	Sessions  []Session       // of the office from today on
	Proposals []Proposal      // open ones of the office
	Chains    []Chain         // their open retake chains, which go along (6.2.3)
}

// command says whether a role decides for others: only an administrator gives or takes it.
func (r Role) command() bool { return r == Director || r == Administrator }

// mayMove refuses who may not change the stay of a person: the office's supervisor, or for a director
// or administrator the administrator.
func (s SOP) mayMove(c Case, who Person, what string) error {
	today := s.today(c)
	if c.By.Has(c.Office.ID, Administrator, today) {
		return nil
	}
	if err := s.may(c, Supervisor, "3.1", what); err != nil {
		return err
	}
	if slices.ContainsFunc(who.Roles(c.Office.ID, today), Role.command) {
		return Refuse(Forbidden, "3.1", fmt.Sprintf("%s是主任或管理员，要由管理员%s，请找管理员。", c.Staff.Name(who.ID), what))
	}
	return nil
}

// Leave ends somebody's stay with its last day (mission E12, C4-1a): what was open for them is settled,
// nothing is deducted, and what they were to teach is shown with who could take it over. Sessions before
// count them, later ones do not.
func (s SOP) Leave(c Case, l Leaving) (Change, error) {
	if err := s.mayMove(c, l.Who, "办离职"); err != nil {
		return Change{}, err
	}
	name, today := c.Staff.Name(l.Who.ID), s.today(c)
	who, ended := l.Who, false
	who.Memberships = slices.Clone(who.Memberships)
	for i, m := range who.Memberships {
		if m.Office != c.Office.ID || !m.Until.IsZero() && m.Until.Before(today) {
			continue
		}
		if l.Last.Before(m.Since) {
			return Change{}, Refuse(Invalid, "3.1", fmt.Sprintf("%s%s才到岗，离职日期%s不对。", name, m.Since.Chinese(), l.Last.Chinese()))
		}
		who.Memberships[i].Until, ended = l.Last, true
	}
	if !ended {
		return Change{}, Refuse(Conflict, "3.1", name+"已经不在本管理处的名单里。")
	}
	text := fmt.Sprintf("%s 离职，最后一天%s", name, l.Last.Chinese())
	if l.Reason != "" {
		text += "（" + l.Reason + "）"
	}
	out := Change{People: []Person{who}}
	out = out.And(s.endFile(c, l)).And(s.dropProposals(c, l))
	theirs, freed := s.uninvite(c, l)
	out.Sessions, out.Closed = append(out.Sessions, freed...), append(out.Closed, closedOf(freed)...)
	head := text
	text += "。未了的事已结清，不扣分；以前的记录都保留，以后的应到人数不再算。"
	if n := len(freed); n > 0 {
		text += fmt.Sprintf("单为%s排的%d场已取消或改了名单。", name, n)
	}
	out.Audit = append(out.Audit, c.audit("person.leave", who.No, "3.1", text))
	out.Reply = Answer{Body: s.handOn(c, l, theirs, head, text)}
	if to := without(IDs(c.Staff.With(c.Office.ID, Supervisor, today)), c.By.ID); len(to) > 0 {
		key := fmt.Sprintf("leave:%s:%d", who.ID, who.Version)
		out.Notices = append(out.Notices, Notice{Key: key, Thread: key, Office: c.Office.ID, Stage: "left", Clause: "3.1", At: c.Now, To: without(to, who.ID),
			Body: Say(text), Why: fmt.Sprintf("%s于%s登记。", c.By.Name, s.Moment(c.Now))})
	}
	return out, nil
}

// endFile closes the file of somebody who leaves before the theory test: nothing is deducted, and the
// reminders end.
func (s SOP) endFile(c Case, l Leaving) Change {
	f := l.File
	if f.ID == "" && f.Person == "" || f.State != OnTrial {
		return Change{}
	}
	out := f.settled()
	f.State, f.Closed, f.Note = Ended, l.Last, "离职"
	if l.Reason != "" {
		f.Note += "：" + l.Reason
	}
	out.Files = []OrientationFile{f}
	if to := without(s.coaches(f), c.By.ID); len(to) > 0 {
		key := "orientation:" + string(f.ID) + ":ended"
		out.Notices = []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "ended", Clause: "5.2.2", At: c.Now, To: to,
			Body: Say(fmt.Sprintf("%s离职，最后一天%s，以后不用带教了。", c.Staff.Name(f.Person), l.Last.Chinese())), Why: "您是这位新员工的教练。"}}
	}
	return out
}

// dropProposals takes back what was proposed about somebody who leaves.
func (s SOP) dropProposals(c Case, l Leaving) Change {
	var out Change
	for _, p := range l.Proposals {
		if p.About == l.Who.ID {
			out = out.And(s.Drop(c, p, "本人离职"))
		}
	}
	out.Reply = Answer{}
	return out
}

// uninvite takes somebody who leaves off the sessions after the last day that people are invited to by
// name; one for them alone is cancelled. It also gives those they were to teach.
func (s SOP) uninvite(c Case, l Leaving) (theirs, freed []Session) {
	for _, x := range l.Sessions {
		if x.State != Planned || !s.Calendar.Date(x.Start).After(l.Last) {
			continue
		}
		if x.Lecturer == l.Who.ID {
			theirs = append(theirs, x)
		}
		if i := slices.Index(x.Invited, l.Who.ID); i >= 0 {
			x.Invited = slices.Delete(slices.Clone(x.Invited), i, i+1)
			if len(x.Invited) == 0 {
				x.State, x.Reason = Cancelled, c.Staff.Name(l.Who.ID)+"离职"
			}
			freed = append(freed, x)
		}
	}
	return theirs, freed
}

func closedOf(xs []Session) []Settlement {
	var out []Settlement
	for _, x := range xs {
		if x.State == Cancelled {
			out = append(out, x.reminders()...)
		}
	}
	return out
}

// handOn shows what somebody who leaves was still to do, with who could take it over.
func (s SOP) handOn(c Case, l Leaving, theirs []Session, head, text string) Body {
	roles := slices.DeleteFunc(l.Who.Roles(c.Office.ID, s.today(c)), func(r Role) bool { return r == Trainee })
	if len(theirs) == 0 && len(roles) == 0 {
		return Say(text)
	}
	name := c.Called(l.Who)
	const most = 6 // facts and buttons of a card
	var lines []string
	var facts []Fact
	for _, x := range theirs {
		lines = append(lines, fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title()))
		if len(facts) < most {
			facts = append(facts, Fact{x.Code(), s.Calendar.Date(x.Start).short() + " " + s.Hour(x.Start) + " " + x.Title()})
		}
	}
	ask := "还要交接："
	if len(roles) > 0 {
		ask += roleNames(roles) + "身份；"
	}
	if len(lines) > 0 {
		ask += fmt.Sprintf("主讲%d场；", len(lines))
	}
	ask = strings.TrimSuffix(ask, "；") + "。"
	card := &Card{Title: head, Subtitle: c.Office.Name, Text: ask + "记录保留，不扣分。交给谁？", Facts: facts}
	for _, p := range s.successors(c, l.Who, len(theirs) > 0) {
		if len(card.Buttons) < most {
			card.Buttons = append(card.Buttons, Button{"交给" + c.Called(p), fmt.Sprintf("交接 %s 给 %s", name, c.Called(p)), Plain})
		}
	}
	return Body{Text: text + "\n" + ask + "\n" + strings.Join(append(lines, fmt.Sprintf("发「交接 %s 给 姓名」一次交接。", name)), "\n"), Card: card}
}

// successors gives who could take over from somebody: those who lecture, else everyone of the office.
func (s SOP) successors(c Case, who Person, lectures bool) []Person {
	var out, rest []Person
	for _, p := range c.Staff {
		switch {
		case p.ID == who.ID || len(p.Roles(c.Office.ID, s.today(c))) == 0 || p.Has(c.Office.ID, Director, s.today(c)):
		case p.Lectures(c.Office.ID, s.today(c)):
			out = append(out, p)
		default:
			rest = append(rest, p)
		}
	}
	if lectures || len(out) > 0 {
		return out
	}
	return rest
}

// Transfer moves somebody to another office from a day on (mission C1.0): the history stays with this
// office, hours and coverage go along, and the orientation is not begun again (C4-1a). to are those
// of the other office who hear of it.
func (s SOP) Transfer(c Case, l Leaving, target Office, day Date, to []PersonID) (Change, error) {
	if err := s.mayMove(c, l.Who, "办调动"); err != nil {
		return Change{}, err
	}
	name := c.Staff.Name(l.Who.ID)
	if target.ID == c.Office.ID {
		return Change{}, Refuse(Invalid, "2.0", name+"已经在"+target.Name+"。")
	}
	if day.Before(s.today(c)) {
		return Change{}, Refuse(Invalid, "2.0", fmt.Sprintf("调动从今天或以后起算，%s已经过去。", day.Chinese()))
	}
	who, err := s.moveStay(c, l.Who, target, day)
	if err != nil {
		return Change{}, err
	}
	l.Last = day.AddDays(-1)
	theirs, freed := s.uninvite(c, l)
	text := fmt.Sprintf("%s 从%s起由%s调到%s", name, day.Chinese(), c.Office.Name, target.Name)
	out := Change{People: []Person{who}, Sessions: freed, Closed: closedOf(freed)}
	if f := l.File; f.State == OnTrial && f.Person != "" {
		out = out.And(f.settled())
		out.Settled = nil                              // they go on in the other office
		f.Office, f.Coach, f.Days = target.ID, "", nil // the coaches stay here
		out.Files = append(out.Files, f)
		text += "，岗前培训接着做，不重来"
	}
	head := text
	text += "。以前的记录留在这里，学时和覆盖随人走。"
	out.Audit = append(out.Audit, c.audit("person.transfer", who.No, "2.0", text))
	key := fmt.Sprintf("transfer:%s:%d", who.ID, who.Version)
	why := fmt.Sprintf("%s于%s办理调动。", c.By.Name, s.Moment(c.Now))
	tell := func(voice string, office OfficeID, to []PersonID, said string) {
		if to = without(to, c.By.ID); len(to) > 0 {
			out.Notices = append(out.Notices, Notice{Key: key + voice, Thread: key + voice, Office: office, Stage: "transferred", Clause: "2.0", At: c.Now, To: to, Body: Say(said), Why: why})
		}
	}
	stays, goes := chainsGoAlong(c, l, target)
	tell("", c.Office.ID, []PersonID{who.ID}, text)
	tell(":here", c.Office.ID, without(IDs(c.Staff.With(c.Office.ID, Supervisor, s.today(c))), who.ID), text+stays)
	tell(":to", target.ID, to, text+"班次和角色请核对。"+goes)
	if !c.By.Has(c.Office.ID, Supervisor, s.today(c)) {
		stays = "" // a retake is between the person and the supervisors
	}
	out.Reply = Answer{Body: s.handOn(c, l, theirs, head, text+stays)}
	return out, nil
}

// chainsGoAlong says for the supervisors alone what becomes of the retakes somebody still has before them:
// the sitting stays with the assessment and its office, the training goes with the person (6.2.3).
func chainsGoAlong(c Case, l Leaving, target Office) (stays, goes string) {
	var codes, failed []string
	for _, x := range l.Chains {
		if last := x.Last(); x.State == ChainOpen && last.Sitting > 0 {
			codes = append(codes, x.Code)
			failed = append(failed, fmt.Sprintf("%s（%s %s）第%d次不合格，%s", x.Title, c.Office.Name, x.Code, last.Sitting, last.Evidence))
		}
	}
	if len(codes) == 0 {
		return "", ""
	}
	name := c.Staff.Name(l.Who.ID)
	return fmt.Sprintf("补考还没有完：补考仍在这里录成绩，发「成绩 %s 补考 %s 88」；单独培训由%s接着办。", codes[0], name, target.Name),
		fmt.Sprintf("补考还没有完：%s。补考成绩由%s录，考的时间请和那边主管约好；单独培训请您接着办，发「单独培训 %s 日期 时间」。", strings.Join(failed, "；"), c.Office.Name, name)
}

// moveStay ends somebody's stay on the day before and begins one in the other office. Only an
// administrator moves more than a trainee's and a coach's role.
func (s SOP) moveStay(c Case, who Person, target Office, day Date) (Person, error) {
	name := c.Staff.Name(who.ID)
	who.Memberships = slices.Clone(who.Memberships)
	var roles []Role
	shift, moved := "", false
	for i, m := range who.Memberships {
		if m.Office == target.ID && (m.Until.IsZero() || !m.Until.Before(day)) {
			return who, Refuse(Conflict, "2.0", fmt.Sprintf("%s那时已经在%s的名单里。", name, target.Name))
		}
		if m.Office != c.Office.ID || !m.Until.IsZero() && m.Until.Before(day) {
			continue
		}
		if !m.Since.Before(day) {
			return who, Refuse(Invalid, "2.0", fmt.Sprintf("%s%s才到岗，调动要在那以后。", name, m.Since.Chinese()))
		}
		who.Memberships[i].Until, shift, moved = day.AddDays(-1), m.Shift, true
		for _, r := range m.Roles {
			if r == Trainee || r == Coach || c.By.Has(c.Office.ID, Administrator, s.today(c)) {
				roles = append(roles, r)
			}
		}
	}
	if !moved {
		return who, Refuse(Conflict, "2.0", name+"已经不在本管理处的名单里。")
	}
	if len(roles) == 0 {
		roles = []Role{Trainee}
	}
	who.Memberships = append(who.Memberships, Membership{Office: target.ID, Roles: roles, Shift: shift, Since: day})
	return who, nil
}
