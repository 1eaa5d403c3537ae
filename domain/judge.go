package domain

import (
	"fmt"
	"slices"
)

// AbsenceJudged is the kind of proposal by which the supervisor judges an explanation (6.2.2).
const AbsenceJudged ProposalKind = "absence"

// Judgement is what the supervisor says of an absence.
type Judgement string

// The judgements.
const (
	WithReason       Judgement = "有因"
	WithReasonMakeUp Judgement = "补训"
	WithoutReason    Judgement = "无故"
)

// missed gives the absence of who was expected at a session that has just closed and was not there: it
// waits to be explained. a is what is known already (a leave that was refused).
func (s SOP) missed(c Case, x Session, who PersonID, a Absence) Absence {
	if a.Session == "" {
		a = Absence{Session: x.ID, Person: who, Office: x.Office, Day: s.Calendar.Date(x.Start)}
	}
	a.Due = c.Now.Add(s.Policy.Day.ExplainWithin)
	return a.to(Unexplained, c.Now)
}

// askWhy asks somebody why they were not there, with 24 hours to say (6.2.2).
func (s SOP) askWhy(c Case, x Session, a Absence) Notice {
	what := fmt.Sprintf("%s %s", s.Moment(x.Start), x.Title())
	text := fmt.Sprintf("%s的培训没有您的签到（%s 关课时）。是什么原因？请在 %s 前说明。\n无故缺席按规程6.2.2扣考勤%d分，要由主管认定才生效，不会自动扣。",
		what, s.Hour(x.ClosedAt), s.Moment(a.Due), -s.Policy.Points.Absent)
	buttons := []Button{
		{"有工作走不开", fmt.Sprintf("说明 %s 有工作走不开", x.Code()), Primary},
		{"忘了签到", fmt.Sprintf("补签 %s 人到了，忘了签到", x.Code()), Plain},
		{"其他原因", "说明 " + x.Code(), Plain},
	}
	return Notice{
		Key: fmt.Sprintf("absent:%s:%s", x.ID, a.Person), Thread: absenceThread(a), Office: x.Office, Stage: "absent", Clause: "6.2.2", At: s.decent(c.Now), Deadline: s.Calendar.Date(a.Due),
		To: []PersonID{a.Person},
		Body: Body{Text: text + fmt.Sprintf("\n发「说明 %s 原因」；人到了没签上发「补签 %s 原因」；补假发「请假 %s 事由」。", x.Code(), x.Code(), x.Code()),
			Card: &Card{Title: "昨天今天的培训没有您的签到", Subtitle: x.Code() + " " + x.Title(), Text: text, Buttons: buttons}},
		Why: fmt.Sprintf("规程6.2.2：无故不参加培训扣考勤分。%s 关课时，%s应到而没有签到，也没有准假；是不是无故由主管认定，先请本人说明。", s.Moment(x.ClosedAt), c.Staff.Name(a.Person)),
	}
}

// Explain takes what somebody says of an absence and puts it before the supervisors.
func (s SOP) Explain(c Case, x Session, a Absence, reason string) (Absence, Proposal, error) {
	switch {
	case a.Session == "" || a.State == LeaveWithdrawn && x.State != Closed:
		return a, Proposal{}, Refuse(NotFound, "6.2.2", fmt.Sprintf("%s 没有登记您缺席，不用说明。", x.Code()))
	case a.State == LeaveAsked:
		return a, Proposal{}, Refuse(Conflict, "6.2.2", x.Code()+" 您已经请假，还在等决定，不用另外说明。")
	case a.State.judged():
		return a, Proposal{}, Refuse(TooLate, "6.2.2", s.AbsenceStanding(c, x, a)+"有异议请对扣分「申诉」，或找主管。")
	case a.State != Unexplained && a.State != Explained:
		return a, Proposal{}, Refuse(NotFound, "6.2.2", fmt.Sprintf("%s 没有登记您缺席，不用说明。", x.Code()))
	}
	if a.State == Explained {
		return a, Proposal{}, Refuse(Conflict, "6.2.2", fmt.Sprintf("%s 您已经说明过：%s。在等主管认定。", x.Code(), a.Reason))
	}
	late := ""
	if c.Now.After(a.Due) {
		late = "（过了说明期限）"
	}
	a.Reason, a.Kind = reason, ""
	a = a.to(Explained, c.Now)
	return a, s.AbsenceProposal(c, x, a, late), nil
}

// AbsenceProposal puts an absence before the supervisors to judge.
func (s SOP) AbsenceProposal(c Case, x Session, a Absence, note string) Proposal {
	return Proposal{
		Kind: AbsenceJudged, Subject: string(x.ID) + ":" + string(a.Person), About: a.Person, For: Supervisor, Clause: "6.2.2",
		Title: fmt.Sprintf("%s缺席 %s%s", c.Staff.Name(a.Person), x.Code(), note), Text: s.absenceText(c, x, a),
		Buttons: s.judgements(fmt.Sprintf("%s %s", x.Code(), s.no(c, a.Person))), Data: ProposalData{Session: x.ID, Person: a.Person, Points: s.Policy.Points.Absent, Note: a.Reason},
	}
}

func (s SOP) absenceText(c Case, x Session, a Absence) string {
	said := "本人没有说明"
	switch {
	case a.Reason != "" && a.Kind != "": // it was said for a leave, which was refused or given up
		said += "，请过假（" + a.Kind.Chinese() + "，没有准）：" + a.Reason
	case a.Reason != "":
		said = "本人说明：" + a.Reason
	}
	return fmt.Sprintf("%s %s 没有签到，没有准假。%s。", s.Moment(x.Start), x.Title(), said)
}

func (s SOP) no(c Case, id PersonID) string {
	p, _ := c.Staff.Person(id)
	return p.No
}

// judgements are the three ways to judge an absence.
func (s SOP) judgements(ref string) []Button {
	return []Button{
		{"有因，不扣", "认定 " + ref + " 有因", Primary},
		{"有因，补训", "认定 " + ref + " 补训", Plain},
		{fmt.Sprintf("无故，扣%d分", -s.Policy.Points.Absent), "认定 " + ref + " 无故", Danger},
	}
}

// Judge decides what an absence is (6.2.2); the first word stands. It refuses while the person may
// still explain, unless the verdict is in their favour. The deduction of a 无故 the caller makes, by
// AbsenceEntry.
func (s SOP) Judge(c Case, x Session, a Absence, v Judgement, reason string) (Absence, error) {
	p := s.AbsenceProposal(c, x, a, "")
	switch {
	case !slices.Contains(s.Deciders(c, p), c.By.ID):
		return a, Refuse(Forbidden, "6.2.2", fmt.Sprintf("%s由%s认定，请找本人。", p.Title, c.Names(s.Deciders(c, p))))
	case a.Session == "":
		return a, Refuse(NotFound, "6.2.2", fmt.Sprintf("%s 没有登记这个人缺席。发「记录 %s」看谁没到。", x.Code(), x.Code()))
	case a.State.judged():
		return a, Refuse(Conflict, "6.2.2", s.AbsenceStanding(c, x, a))
	case a.State != Unexplained && a.State != Explained:
		return a, Refuse(Conflict, "6.2.2", fmt.Sprintf("%s %s：%s，不用认定。", x.Code(), c.Staff.Name(a.Person), a.State.Chinese()))
	case v == WithoutReason && a.State == Unexplained && c.Now.Before(a.Due):
		return a, Refuse(TooEarly, "6.2.2", fmt.Sprintf("%s还没有说明，可以说明到 %s；到时会把卡片再给您。现在可以先认定有因。", c.Staff.Name(a.Person), s.Moment(a.Due)))
	}
	state := map[Judgement]AbsenceState{WithReason: Excused, WithReasonMakeUp: MakesUp, WithoutReason: Unexcused}[v]
	return a.judgedBy(c, state, reason), nil
}

// AbsenceStanding says how an absence was judged.
func (s SOP) AbsenceStanding(c Case, x Session, a Absence) string {
	if !a.State.judged() {
		return fmt.Sprintf("%s %s：%s。", c.Staff.Name(a.Person), x.Code(), a.State.Chinese())
	}
	ruling := ""
	if a.Ruling != "" {
		ruling = "（" + a.Ruling + "）"
	}
	return fmt.Sprintf("%s %s已由%s于%s认定：%s%s。", c.Staff.Name(a.Person), x.Code(), c.Staff.Name(a.Judge), s.Moment(a.Judged), a.State.Chinese(), ruling)
}

// AbsenceEntry is the deduction for being absent without reason, as a person judged it (6.2.2).
func (s SOP) AbsenceEntry(x Session, a Absence) PointsEntry {
	said := "没有说明"
	if a.Reason != "" {
		said = "说明：" + a.Reason
	}
	return PointsEntry{Person: a.Person, Month: s.Calendar.Date(x.Start).MonthOf(), Points: s.Policy.Points.Absent, Clause: "6.2.2", Subject: a.Subject(),
		Reason: "无故缺席 " + s.Moment(x.Start) + " " + x.Title(), Evidence: fmt.Sprintf("%s 关课名单未到，%s", x.Code(), said)}
}

// LateCheckIn is the kind of proposal by which somebody who was there asks to be marked afterwards (补签).
const LateCheckIn ProposalKind = "late_check_in"

// AskLateCheckIn asks the lecturer to mark somebody present after the close (mission E5).
func (s SOP) AskLateCheckIn(c Case, x Session, a Absence, present []Attendance, reason string) (Proposal, error) {
	what := fmt.Sprintf("%s %s", x.Code(), x.Title())
	switch {
	case slices.ContainsFunc(present, func(p Attendance) bool { return p.Person == c.By.ID }):
		return Proposal{}, Refuse(Conflict, "5.3.4", what+" 已经有您的签到，不用补。")
	case x.State == Open && !s.forgotten(x, c.Now):
		return Proposal{}, Refuse(TooEarly, "5.3.4", what+" 还在签到，现在发「签到 口令」就行；签不上请讲师「点名」登记。")
	case x.State != Closed && x.State != Open:
		return Proposal{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s，不用补签。", what, x.State.Chinese()))
	case !slices.Contains(x.Roster, c.By.ID) && a.Session == "":
		return Proposal{}, Refuse(NotFound, "5.3.4", what+" 没有您，不用补签。发「课表」看您的场次。")
	case c.Now.After(x.End.AddDate(0, 0, s.Policy.Day.LeaveAfterDays)):
		return Proposal{}, Refuse(TooLate, "5.3.4", fmt.Sprintf("%s 已过去%d天以上，不能再补签，请找主管。", what, s.Policy.Day.LeaveAfterDays))
	}
	to := []PersonID{}
	if x.Lecturer != "" {
		to = append(to, x.Lecturer)
	}
	return Proposal{
		Kind: LateCheckIn, Subject: string(x.ID) + ":" + string(c.By.ID), About: c.By.ID, For: Supervisor, To: to, Clause: "5.3.4",
		Title: fmt.Sprintf("%s补签 %s", c.Staff.Name(c.By.ID), x.Code()), Text: fmt.Sprintf("%s %s：%s。您记得人在场吗？", s.Moment(x.Start), x.Title(), reason),
		Buttons: nil, Data: ProposalData{Session: x.ID, Person: c.By.ID, Note: reason},
	}, nil
}
