package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/domain"
)

func willCome(r *request) (domain.Change, error) {
	x, err := r.mine(func(x domain.Session) bool {
		return x.State == domain.Planned && x.Start.After(r.Now) && r.sop.IsExpected(x, r.By)
	}, "没有等您答复的培训。发「课表」看您的场次。")
	if err != nil {
		return domain.Change{}, err
	}
	a, err := r.absence(x.ID, r.By.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.WillCome(r.Case, x, a)
}

func answerSpot(r *request) (domain.Change, error) {
	x, err := r.mine(func(x domain.Session) bool { return x.State == domain.Open && slices.Contains(x.Roster, r.By.ID) }, "现在没有要您回应的课中抽查。")
	if err != nil {
		return domain.Change{}, err
	}
	present, err := r.view.Attendance(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	given, err := r.view.Spots(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.AnswerSpot(r.Case, x, present, given)
}

func leaveEarly(r *request) (domain.Change, error) {
	x, err := r.mine(func(x domain.Session) bool { return x.State == domain.Open && slices.Contains(x.Roster, r.By.ID) }, "现在没有正在进行的培训，不用签退。")
	if err != nil {
		return domain.Change{}, err
	}
	present, err := r.view.Attendance(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	left, err := r.view.Departures(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.LeaveEarly(r.Case, x, r.By, present, left, 0, r.args.Text("理由"))
}

func addPerson(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool {
		return x.State == domain.Open || x.State == domain.Planned && x.End.After(r.Now)
	}, "今天没有可以加人的培训。请写明场次，如「加人 S31 张伟」。")
	if err != nil {
		return domain.Change{}, err
	}
	who, _ := r.Staff.Person(r.args.Person("人"))
	a, err := r.absence(x.ID, who.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.AddPerson(r.Case, x, who, a)
}

// lateCheckIn asks the lecturer to mark somebody who was there and did not check in (补签).
func lateCheckIn(r *request) (domain.Change, error) {
	x, err := r.mine(func(x domain.Session) bool {
		return x.State == domain.Closed && slices.Contains(x.Roster, r.By.ID)
	}, "最近没有关了课、名单里有您的培训，不用补签。")
	if err != nil {
		return domain.Change{}, err
	}
	a, err := r.absence(x.ID, r.By.ID)
	if err != nil {
		return domain.Change{}, err
	}
	present, err := r.view.Attendance(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("理由")
	p, err := r.sop.AskLateCheckIn(r.Case, x, a, present, reason)
	if err != nil {
		return domain.Change{}, err
	}
	before, err := r.view.ProposalsOf(x.Office, p.Kind, p.Subject)
	if err != nil {
		return domain.Change{}, err
	}
	for _, q := range before {
		return domain.Change{}, domain.Refuse(domain.Conflict, "5.3.4", r.sop.ProposalStanding(r.Case, q)+"每场可以补签一次。")
	}
	if reason == "" {
		return r.AskFor("补签 "+x.Code(), fmt.Sprintf("请写一句 %s %s 没签上的原因，讲师会看到。（不补了就发「算了」。）", x.Code(), x.Title())), nil
	}
	p, out, err := r.put(p, "check_in.ask")
	if err != nil {
		return domain.Change{}, err
	}
	out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("补签申请 %s 已转%s：%s %s，原因：%s。结果会告诉您。", p.Code(), r.Names(out.Notices[0].To), x.Code(), x.Title(), reason))}
	return out, nil
}

// decideLateCheckIn marks the person when the lecturer remembers them there.
func decideLateCheckIn(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept})
	if err != nil || !ruled {
		return out, err
	}
	x, err := r.view.Session(p.Data.Session)
	if err != nil {
		return out, err
	}
	what := fmt.Sprintf("%s %s %s", x.Code(), r.sop.Moment(x.Start), x.Title())
	if !accept {
		out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.About}, domain.Say(fmt.Sprintf("%s 的补签没有通过（%s）：%s。没来的原因请发「说明 %s 原因」。", what, r.By.Name, reason, x.Code())), "您申请的补签已有决定。"))
		return out, nil
	}
	here, _, err := r.attended(x.ID, p.About)
	if err != nil {
		return out, err
	}
	if !here {
		out.Attendance = []domain.Attendance{{Session: x.ID, Person: p.About, At: r.Now, Way: domain.ByHand, MarkedBy: r.By.ID, Reason: "补签：" + p.Data.Note, Message: r.msg.ID}}
	}
	if x.Roster != nil && !slices.Contains(x.Roster, p.About) {
		x.Roster = append(slices.Clone(x.Roster), p.About)
		out.Sessions = append(out.Sessions, x)
	}
	seen, err := r.seenAfter(x, p.About, "补签："+p.Data.Note)
	if err != nil {
		return out, err
	}
	out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.About}, domain.Say(fmt.Sprintf("已补签：%s（%s同意）。", what, r.By.Name)), "您申请的补签已有决定。"))
	return out.And(seen), nil
}

// seenAfter puts an absence right whose person turns out to have been there: what was asked of them and
// of the supervisor ends, and a deduction is reversed.
func (r *request) seenAfter(x domain.Session, who domain.PersonID, reason string) (domain.Change, error) {
	a, err := r.absence(x.ID, who)
	if err != nil || !a.Absent() {
		return domain.Change{}, err
	}
	out := r.sop.Seen(r.Case, a, reason)
	dropped, err := r.dropOpen(domain.AbsenceJudged, x, who, "已补登到场")
	if err != nil {
		return out, err
	}
	back, err := r.undeduct(x, a, reason)
	back.Reply = domain.Answer{}
	return out.And(dropped).And(back), err
}

// explain takes the reason of an absence (6.2.2).
func explain(r *request) (domain.Change, error) {
	x, a, err := r.missedSession()
	if err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("理由")
	if reason == "" {
		return r.AskFor("说明 "+x.Code(), fmt.Sprintf("请用一句话说明 %s %s 没来的原因，只给主管看。（先不说就发「算了」。）", r.sop.Moment(x.Start), x.Title())), nil
	}
	a, p, err := r.sop.Explain(r.Case, x, a, reason)
	if err != nil {
		return domain.Change{}, err
	}
	p, out, err := r.put(p, "absence.explain")
	if err != nil {
		return domain.Change{}, err
	}
	a.Proposal = p.ID
	out.Absences = []domain.Absence{a}
	card := domain.Card{Title: "缺席说明 " + x.Code(), Subtitle: x.Title(), Settled: "已说明：" + reason}
	out.Closed = []domain.Settlement{{Thread: domain.Matter{Office: x.Office, Kind: domain.AbsenceDue, Subject: string(x.ID) + ":" + string(r.By.ID)}.Thread(), Card: &card}}
	out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("已转%s：%s %s，%s。认定后告诉您；没有认定前不扣分。", r.Names(out.Notices[0].To), x.Code(), x.Title(), reason))}
	return out, nil
}

// missedSession gives the session an explanation is about: the one named, else the latest that waits for one.
func (r *request) missedSession() (x domain.Session, a domain.Absence, err error) {
	if r.args.Session("场次") != 0 {
		if x, err = r.session(nil, ""); err == nil {
			a, err = r.absence(x.ID, r.By.ID)
		}
		return x, a, err
	}
	a, ok, err := r.unexplained()
	if err != nil {
		return x, a, err
	}
	if !ok {
		return x, a, domain.Refuse(domain.NotFound, "6.2.2", "没有等您说明的缺席。")
	}
	x, err = r.view.Session(a.Session)
	if err == nil && x.Office != r.Office.ID {
		err = r.enter(x.Office)
	}
	return x, a, err
}

// unexplained gives the person's latest absence that waits to be explained.
func (r *request) unexplained() (domain.Absence, bool, error) {
	all, err := r.view.AbsencesOf(r.By.ID, r.today().AddDays(-31))
	if err != nil {
		return domain.Absence{}, false, err
	}
	for _, a := range slices.Backward(all) {
		if a.State == domain.Unexplained {
			return a, true, nil
		}
	}
	return domain.Absence{}, false, nil
}

// judge is the supervisor's word on an absence (6.2.2).
func judge(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool { return x.State == domain.Closed }, "请写明场次，如「认定 S31 张伟 有因」。")
	if err != nil {
		return domain.Change{}, err
	}
	id := r.args.Person("人")
	if id == "" {
		return domain.Change{}, domain.Refuse(domain.Invalid, "6.2.2", fmt.Sprintf("请写明是谁，如「认定 %s 张伟 有因」。发「记录 %s」看谁没到。", x.Code(), x.Code()))
	}
	a, err := r.absence(x.ID, id)
	if err != nil {
		return domain.Change{}, err
	}
	a.Person = id
	verdict, reason := domain.Judgement(r.args.Choice("结果")), r.args.Text("理由")
	ruled, err := r.sop.Judge(r.Case, x, a, verdict, reason)
	if err != nil {
		return domain.Change{}, err
	}
	out := domain.Change{}
	words := string(verdict) + semi(reason)
	open, err := r.view.ProposalsOf(x.Office, domain.AbsenceJudged, string(x.ID)+":"+string(id))
	if err != nil {
		return out, err
	}
	for _, p := range open {
		if p.State != domain.Proposed {
			continue
		}
		c, _, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: verdict != domain.WithoutReason, Reason: words, Word: string(verdict)})
		if err != nil {
			return out, err
		}
		c.Reply = domain.Answer{}
		out = out.And(c)
	}
	return r.carryOut(out, x, ruled, verdict)
}

// carryOut adds what follows from the judgement of an absence: the deduction, or a place to make it up.
func (r *request) carryOut(out domain.Change, x domain.Session, a domain.Absence, v domain.Judgement) (domain.Change, error) {
	name := r.Staff.Name(a.Person)
	standing := r.sop.AbsenceStanding(r.Case, x, a)
	card := domain.Card{Title: fmt.Sprintf("%s缺席 %s", name, x.Code()), Subtitle: x.Title(), Settled: r.By.Name + "：" + a.State.Chinese()}
	out.Closed = append(out.Closed, domain.Settlement{Thread: domain.Matter{Office: x.Office, Kind: domain.AbsenceDue, Subject: string(x.ID) + ":" + string(a.Person)}.Thread(), Card: &card})
	out.Audit = append(out.Audit, domain.Audit{At: r.Now, Office: x.Office, Actor: r.By.ID, Act: "absence.judge", Subject: x.Code(), Clause: "6.2.2", Text: standing})
	told := fmt.Sprintf("%s %s 的缺席，%s认定：%s，不扣分。", r.sop.Moment(x.Start), x.Title(), r.By.Name, a.State.Chinese())
	reply := standing
	var more domain.Change
	var err error
	switch v {
	case domain.WithoutReason:
		if more, err = r.deduct(r.sop.AbsenceEntry(x, a)); err != nil {
			return out, err
		}
		reply += more.Reply.Text
		told = ""
	case domain.WithReasonMakeUp:
		who, _ := r.Staff.Person(a.Person)
		y, ok, err := r.makeUp(x, who, "")
		if err != nil {
			return out, err
		}
		if ok {
			more = r.sop.Place(r.Case, y, who, a)
			a = more.Absences[0]
			more.Absences = nil
			line := fmt.Sprintf("%s 有同主题的 %s，已替%s加入。", r.sop.Moment(y.Start), y.Code(), name)
			if len(more.Sessions) == 0 {
				line = fmt.Sprintf("%s 有同主题的 %s，%s本来就在名单里。", r.sop.Moment(y.Start), y.Code(), name)
			}
			reply += line
			told += strings.ReplaceAll(line, name, "您")
		} else {
			reply += "两个月内没有同主题的场次，请用「加一场」安排补训。"
		}
	}
	out.Absences = append(out.Absences, a)
	if told != "" {
		key := fmt.Sprintf("judged:%s:%s", x.ID, a.Person)
		out.Notices = append(out.Notices, domain.Notice{Key: key, Thread: key, Office: x.Office, Stage: "judged", Clause: "6.2.2", At: r.Now, To: others([]domain.PersonID{a.Person}, r.By.ID),
			Body: domain.Say(told), Why: "规程6.2.2：缺席是不是无故由主管认定，结果告诉本人。"})
	}
	out = out.And(more)
	out.Reply = domain.Answer{Body: domain.Say(reply), Settle: &card}
	return out, nil
}

// decideAbsence answers 同意 and 驳回 on an absence, which do not say enough.
func decideAbsence(r *request, p domain.Proposal, accept bool, _ string) (domain.Change, error) {
	if p.State != domain.Proposed {
		out, _, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept})
		return out, err
	}
	lines := make([]string, len(p.Buttons))
	for i, b := range p.Buttons {
		lines[i] = b.Line
	}
	return domain.Change{}, domain.Refuse(domain.Invalid, "6.2.2", fmt.Sprintf("%s要说清怎么认定，请回复其中一句：%s。", p.Title, strings.Join(lines, "；")))
}
