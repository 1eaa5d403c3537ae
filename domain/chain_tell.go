package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Trainer names who gives somebody's individual training: the supervisor, else a coach; never the
// person themself.
func (s SOP) Trainer(c Case, who PersonID) PersonID {
	today := s.today(c)
	for _, role := range []Role{Supervisor, Coach, SafetyOfficer, DrillLeader} {
		for _, p := range c.Staff.With(c.Office.ID, role, today) {
			if p.ID != who && p.Lectures(c.Office.ID, today) {
				return p.ID
			}
		}
	}
	return ""
}

// TellFail completes a decision on a failed sitting: the person hears in one message what it costs,
// when the individual training is and by when it must be mastered, with the way to appeal.
func (s SOP) TellFail(c Case, out Change, x Chain, p Proposal, y Session, reason string) Change {
	var next []string
	if y.ID != "" {
		next = append(next, fmt.Sprintf("单独培训 %s %s–%s，%s，讲师%s（业余时间，计入工时表）", y.Code(), s.Moment(y.Start), s.Hour(y.End), y.Room, c.lecturer(y.Lecturer)))
	} else {
		next = append(next, fmt.Sprintf("单独培训时间待定，主管发「单独培训 %s 日期 时间」", c.Staff.Name(x.Person)))
	}
	if !x.Deadline.IsZero() {
		next = append(next, "限期掌握："+s.limit(x.Deadline))
	} else if p.Data.Step >= len(s.Policy.Points.Fails()) {
		next = append(next, fmt.Sprintf("限期还没有定，主管发「限期 %s %s」", c.Staff.Name(x.Person), s.OfferedDate(c)))
	}
	then := strings.Join(next, "。\n")
	text := fmt.Sprintf("%s\n%s。", strings.TrimSuffix(s.ProposalStanding(c, out.Proposals[0]), "。"), then)
	if len(out.Points) > 0 {
		text = fmt.Sprintf("已登记 %s：%s 考勤分%d，%s。\n%s。\n已告诉本人，可以申诉；撤销发「撤销 %s 理由」。", out.Points[0].Code(), c.Staff.Name(x.Person), p.Data.Points, out.Points[0].Reason, then, out.Points[0].Code())
	}
	if p.Data.Step >= len(s.Policy.Points.Fails()) { // to those who decide, never to the person
		law := "\n到期仍不合格的，规程6.2.3写的是“辞退”：" + LegalNotice
		out.Notices = append(out.Notices, s.tellLaw(c, x, p, then+"。"+law)...)
		text += law
	}
	out.Reply.Body = Say(text)
	facts := []Fact{}
	if y.ID != "" {
		facts = append(facts, Fact{"单独培训", s.Moment(y.Start)})
	}
	if !x.Deadline.IsZero() {
		facts = append(facts, Fact{"限期", x.Deadline.Chinese()})
	}
	if i := slices.IndexFunc(out.Notices, func(n Notice) bool { return n.Stage == "deducted" }); i >= 0 {
		n := &out.Notices[i]
		n.Body.Text += "\n" + then + "。"
		if n.Body.Card != nil {
			n.Body.Card.Facts = append(n.Body.Card.Facts, facts...)
		}
		return out
	}
	body := fmt.Sprintf("%s第%d次不合格（%s），不扣分：%s。\n%s。", x.Title, p.Data.Step, x.Last().Evidence, reason, then)
	if p.Data.Points == 0 {
		body = fmt.Sprintf("%s第%d次不合格（%s）。\n%s。", x.Title, p.Data.Step, x.Last().Evidence, then)
	}
	n := p.Told(c, []PersonID{x.Person}, Say(body), fmt.Sprintf("规程6.2.3：不合格后业余时间单独培训再补考；扣不扣分由主管决定，%s于%s决定。", c.By.Name, s.Moment(c.Now)))
	n.Key += ":person"
	out.Notices = append(out.Notices, n)
	return out
}

// OfferedDate gives the date by which somebody might have to master it, counted from today.
func (s SOP) OfferedDate(c Case) Date { return s.today(c).AddDays(s.Policy.Assessment.MasterByDays) }

// MasterBy sets the date by which a chain must be passed (6.2.3). The date may be a day of rest: it
// stays, and the working day before it is the one to aim at.
func (s SOP) MasterBy(c Case, x Chain, d Date) (Change, error) {
	fails := len(s.Policy.Points.Fails())
	switch {
	case x.Last().Sitting < fails:
		return Change{}, Refuse(TooEarly, "6.2.3", fmt.Sprintf("%s %s还只有%d次不合格，第%d次以后才限期掌握。", c.Staff.Name(x.Person), x.Title, x.Last().Sitting, fails))
	case !d.After(s.today(c)):
		return Change{}, Refuse(Invalid, "6.2.3", d.Chinese()+"已经到了，限期要定在今天以后。")
	}
	was, closed := x.Deadline, x.Ends()
	x.Deadline, x.Limited, x.Paused = d, c.Now, ""
	text := fmt.Sprintf("%s %s 限期掌握：%s。", c.Staff.Name(x.Person), x.Title, s.limit(d))
	if !was.IsZero() {
		text = fmt.Sprintf("%s %s 限期从%s改到%s。", c.Staff.Name(x.Person), x.Title, was.Chinese(), s.limit(d))
	}
	key := fmt.Sprintf("chain:%s:limit:%s:%d", x.ID, d, x.Version)
	return Change{
		Chains: []Chain{x}, Closed: closed,
		Audit: []Audit{c.audit("chain.deadline", x.Code, "6.2.3", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "limit", Clause: "6.2.3", At: c.Now, Deadline: d, To: without([]PersonID{x.Person}, c.By.ID),
			Body: Say(fmt.Sprintf("%s：请在%s前掌握并考核合格。需要帮助随时找主管，发「我的分」看已有的扣分。", x.Title, s.limit(d))),
			Why:  fmt.Sprintf("规程6.2.3：第%d次不合格后限期掌握；日期由%s于%s定。", fails, c.By.Name, s.Moment(c.Now))}},
		Reply: Answer{Body: Say(text + "已告诉本人，到期前会提醒您和本人。")},
	}, nil
}

// ArrangeTraining puts a new individual training on the timetable of the two it concerns.
func (s SOP) ArrangeTraining(c Case, x Chain, y Session) Change {
	text := fmt.Sprintf("单独培训 %s：%s %s–%s，%s，讲师%s。", y.Code(), c.Staff.Name(x.Person), s.Moment(y.Start), s.Hour(y.End), y.Room, c.lecturer(y.Lecturer))
	key := "chain:training:" + string(y.ID)
	return Change{
		Chains: []Chain{x}, Sessions: []Session{y}, Audit: []Audit{c.audit("chain.training", y.Code(), "6.2.3", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "training", Clause: "6.2.3", At: c.Now, To: without([]PersonID{x.Person, y.Lecturer}, c.By.ID),
			Body: Say(text + "业余时间，计入工时表。"), Why: "规程6.2.3：考核不合格后利用业余时间单独培训。"}},
		Reply: Answer{Body: Say("已安排" + text)},
	}
}

// EnterTraining enters an individual training that was given already.
func (s SOP) EnterTraining(c Case, x Chain, y Session, a Attendance) Change {
	text := fmt.Sprintf("单独培训 %s：%s %s–%s，%s（补录）。", y.Code(), c.Staff.Name(x.Person), s.Moment(y.Start), s.Hour(y.End), a.Reason)
	key := "chain:training:" + string(y.ID)
	return Change{
		Chains: []Chain{x}, Sessions: []Session{y}, Attendance: []Attendance{a}, Closed: x.Ends(),
		Audit: []Audit{c.audit("chain.trained", y.Code(), "6.2.3", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "trained", Clause: "6.2.3", At: c.Now, To: without([]PersonID{x.Person}, c.By.ID),
			Body: Say("主管登记了您的" + text + "不对请马上告诉主管。"), Why: "规程6.2.3：单独培训要记下起止时间，供核算工时。"}},
		Reply: Answer{Body: Say("已登记" + text)},
	}
}

// CallOffTraining cancels an individual training because the assessment was passed before it.
func (s SOP) CallOffTraining(c Case, y Session) Change {
	y.State, y.Reason = Cancelled, "考核已合格"
	return Change{Sessions: []Session{y}, Closed: y.reminders(), Audit: []Audit{c.audit("session.cancel", y.Code(), "6.2.3", y.Code()+" "+y.Title()+"取消：考核已合格。")}}
}

// PassedNotice tells the person and the supervisors, nobody else, that a chain is closed; ok is
// false when it had no failed sitting left.
func (s SOP) PassedNotice(c Case, x Chain, f Failure) (n Notice, ok bool) {
	last := x.Last()
	if last.Sitting == 0 {
		return n, false
	}
	word := "补考"
	if !x.Deadline.IsZero() {
		word = "限期考核"
	}
	text := fmt.Sprintf("%s %s：%s合格，%s。不合格链关闭", c.Staff.Name(x.Person), x.Title, word, f.Evidence)
	if !x.Deadline.IsZero() {
		text += "，限期结束"
	}
	key := fmt.Sprintf("chain:%s:passed:%d", x.ID, x.Version)
	return Notice{Key: key, Thread: key, Office: c.Office.ID, Stage: "passed", Clause: "6.2.3", At: c.Now,
		To:   append([]PersonID{x.Person}, without(IDs(c.Staff.With(c.Office.ID, Supervisor, s.today(c))), x.Person)...),
		Body: Say(text + "。已扣的分数保留，下月重新计。"), Why: "规程6.2.3：任何一次合格，不合格链就关闭；已扣的分不退。"}, true
}

// tellLaw tells the other supervisors and the directors what the last failure was answered with, and
// what the law asks for before more than that (6.2.3, mission C6-2e).
func (s SOP) tellLaw(c Case, x Chain, p Proposal, text string) []Notice {
	today := s.today(c)
	to := append(IDs(c.Staff.With(c.Office.ID, Supervisor, today)), IDs(c.Staff.With(c.Office.ID, Director, today))...)
	slices.Sort(to)
	to = without(without(slices.Compact(to), c.By.ID), x.Person)
	if len(to) == 0 {
		return nil
	}
	n := p.Told(c, to, Say(fmt.Sprintf("%s %s第%d次不合格（%s），%s已决定怎么处理。\n%s", c.Staff.Name(x.Person), x.Title, p.Data.Step, x.Last().Evidence, c.By.Name, text)),
		fmt.Sprintf("规程6.2.3：第%d次不合格后限期掌握，去留只由人依法决定；主管和主任都要知道。", p.Data.Step))
	n.Key += ":law"
	n.Thread = n.Key
	return []Notice{n}
}
