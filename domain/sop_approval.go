package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Submit sends the draft to the director (5.1.2). A version that still waits is taken back by it.
// Submitting late is allowed and recorded.
// related are other plans the director compares it with: the month before, and of a January the year's.
func (s SOP) Submit(c Case, p Plan, related ...Plan) (Change, error) {
	if err := s.may(c, Supervisor, "5.1.2", "上报计划"); err != nil {
		return Change{}, err
	}
	v := p.Latest()
	_, waits := p.In(Submitted)
	if (v.State == Withdrawn || v.State == Returned) && !waits { // the same once more: the card says 没有改动
		v = p.editable(c.By.ID, c.Now)
	}
	if v.State != Draft {
		return Change{}, Refuse(Conflict, "5.1.2", fmt.Sprintf("%s v%d %s，没有新的草稿可报。要改请发「加一场」「改期」「取消」。", p.Code(), v.Number, v.State.Chinese()))
	}
	if len(v.Items) == 0 {
		return Change{}, Refuse(Invalid, "5.1.1", p.Title()+"还是空的，请先发「加一场」。")
	}
	directors := c.Staff.With(c.Office.ID, Director, s.today(c))
	if len(directors) == 0 {
		return Change{}, Refuse(Unready, "3.2", c.Office.Name+"还没有登记管理处主任，没有人能审批。请管理员先在名单里登记。")
	}
	out := Change{}
	dates := s.PlanDates(p.Period)
	if w, ok := p.In(Submitted); ok {
		w.State, w.DecidedBy, w.DecidedAt, w.Reason = Withdrawn, c.By.ID, c.Now, fmt.Sprintf("由 v%d 取代", v.Number)
		p = p.set(w)
		card := s.settled(c, p, w, fmt.Sprintf("已由 v%d 取代", v.Number))
		out.Closed = append(out.Closed, p.over(w, card)...)
	}
	v.State, v.SubmittedBy, v.SubmittedAt, v.Changes = Submitted, c.By.ID, c.Now, s.changes(c.Staff, p, v, related)
	in, deadline := "", Date{}
	if !p.Revises(v) {
		in, deadline = "，按时", dates.Approval
		if v.DaysLate = max(0, dates.Due.DaysUntil(s.today(c))); v.DaysLate > 0 {
			in = fmt.Sprintf("，迟%d天", v.DaysLate)
		}
	}
	p = p.set(v)
	asked := s.approvers(c, v)
	text := fmt.Sprintf("已上报%s %s v%d，%s%s。待%s审批，%s。%s", p.Title(), p.Code(), v.Number, p.Count(v), in, c.Staff.signed(c.Office.ID, Director, s.today(c), asked), s.ApprovalDue(p, v), s.yearFirst(p, related))
	out.Closed = append(out.Closed, p.DueMatter().Ends()...)
	if mute := c.mute(asked); len(mute) > 0 {
		text += fmt.Sprintf("注意：%s还没有平台账号，收不到卡片，请当面告诉本人先发「绑定 工号」。", c.Names(mute))
	}
	out.Plans = []Plan{p}
	out.Audit = []Audit{c.audit("plan.submit", fmt.Sprintf("%s v%d", p.Code(), v.Number), "5.1.2", text)}
	out.Notices = []Notice{{
		Key: "submitted:" + p.Thread(v.Number), Thread: p.Thread(v.Number), Office: c.Office.ID, Stage: "submitted", Clause: "5.1.4",
		At: c.Now, Deadline: deadline, To: IDs(asked), Body: s.ApprovalCard(c, p, v),
		Why: fmt.Sprintf("规程5.1：%s于%s上报了%s，请您审批，%s。", c.By.Name, s.Moment(c.Now), p.Title(), s.ApprovalDue(p, v)),
	}}
	out.Reply = Answer{Body: Say(text)}
	return out, nil
}

// approvers gives those who are asked to decide a version: the directors, or their deputies, and who
// submitted it only when there is nobody else.
func (s SOP) approvers(c Case, v PlanVersion) []Person {
	all := c.Staff.Answering(c.Office.ID, Director, s.today(c))
	others := slices.DeleteFunc(slices.Clone(all), func(p Person) bool { return p.ID == v.SubmittedBy })
	if len(others) == 0 { // her deputy is herself: the director decides although away
		others = slices.DeleteFunc(c.Staff.With(c.Office.ID, Director, s.today(c)), func(p Person) bool { return p.ID == v.SubmittedBy })
	}
	if len(others) == 0 {
		return all
	}
	return others
}

// inPlace says in whose place a version waits for its decision today: 代周国平, or nothing.
func (s SOP) inPlace(staff Staff, o OfficeID, asked []PersonID, d Date) string {
	var out []string
	for _, id := range asked {
		if p, ok := staff.Person(id); ok {
			if behalf := p.StandsIn(o, Director, d); behalf != "" && !slices.Contains(out, "代"+staff.Name(behalf)) {
				out = append(out, "代"+staff.Name(behalf))
			}
		}
	}
	return strings.Join(out, "、")
}

// ApprovalCard is the card on which the director decides (5.1.3, 5.1.4).
func (s SOP) ApprovalCard(c Case, p Plan, v PlanVersion) Body {
	ref := fmt.Sprintf("%s v%d", p.Code(), v.Number)
	until := strings.TrimPrefix(s.ApprovalDue(p, v), "截止")
	changes, whole := s.shortly(v.Changes)
	title, head := p.Title()+" 待审批", "待审批"
	if behalf := s.inPlace(c.Staff, c.Office.ID, IDs(s.approvers(c, v)), s.today(c)); behalf != "" {
		title, head = behalf+"审批："+p.Title(), behalf+"审批"
	}
	facts := []Fact{{"上报", c.Staff.Name(v.SubmittedBy) + " " + s.Moment(v.SubmittedAt)}, {"内容", s.Digest(c, p, v)}, {"改动", changes}, {"截止", until}}
	whole = joined(clashText(v.Clashes), whole)
	text := fmt.Sprintf("【%s】%s %s\n上报：%s\n内容：%s\n改动：%s\n截止：%s\n回复「同意 %s」或「驳回 %s 理由」，看全文发「计划 %s」。",
		head, p.Title(), ref, facts[0].Value, facts[1].Value, v.Changes, facts[3].Value, p.Code(), p.Code(), p.Code())
	text = joined(text, clashText(v.Clashes))
	return Body{Text: text, Card: &Card{
		Title: title, Subtitle: c.Office.Name + " · " + ref, Facts: facts, Text: whole,
		Buttons: []Button{{"同意", "同意 " + ref, Primary}, {"驳回", "驳回 " + ref, Danger}, {"看全文", "计划 " + ref, Plain}},
	}}
}

// clashText is how an approval card says which lecturers are taken elsewhere, "" when nobody is.
func clashText(clashes string) string {
	if clashes == "" {
		return ""
	}
	return "讲师冲突：" + clashes
}

// joined gives two texts as lines, without those that say nothing.
func joined(a, b string) string { return strings.Trim(a+"\n"+b, "\n") }

// ApprovalDue says until when a version is to be decided: 截止11月30日(周一), or for a revision, which
// has no deadline (5.4.5), what is in force until then.
func (s SOP) ApprovalDue(p Plan, v PlanVersion) string {
	if p.Revises(v) {
		return "修订，批准前仍按原计划执行"
	}
	return "截止" + s.PlanDates(p.Period).Approval.Chinese()
}

// Digest says in a line what a version holds.
func (s SOP) Digest(c Case, p Plan, v PlanVersion) string {
	open := 0
	for _, it := range v.Items {
		if it.Lecturer == "" {
			open++
		}
	}
	out := fmt.Sprintf("%s %d主题 学员%d人", p.Count(v), topicCount(v.Items), len(c.Staff.With(c.Office.ID, Trainee, s.today(c))))
	if open > 0 {
		out += fmt.Sprintf("，%d处讲师待定", open)
	}
	return out
}

// settled is the card of a version on which nothing is left to decide.
func (s SOP) settled(c Case, p Plan, v PlanVersion, what string) Card {
	body := s.ApprovalCard(c, p, v)
	card := *body.Card
	card.Title, card.Buttons, card.Settled = p.Title(), nil, what
	if !v.DecidedAt.IsZero() {
		card.Facts = append(slices.Clone(card.Facts), Fact{"处理", c.Staff.Signed(v.DecidedBy, v.OnBehalf) + " " + s.Moment(v.DecidedAt)})
	}
	return card
}

// decidable finds the version a director's word is about. When there is nothing to decide the
// answer says how things stand, and a pressed card is settled with the truth (mission C5-1c).
func (s SOP) decidable(c Case, p Plan, version int) (PlanVersion, *Change, error) {
	if err := s.may(c, Director, "3.2", "审批计划"); err != nil {
		if text, ended := s.NoMore(c, Director); ended {
			card := s.settled(c, p, p.Latest(), "您的委托已结束")
			return PlanVersion{}, &Change{Reply: Answer{Body: Say(text + s.Standing(c, p, p.Latest())), Settle: &card}}, nil
		}
		return PlanVersion{}, nil, err
	}
	waiting, ok := p.In(Submitted)
	if ok && (version == 0 || version == waiting.Number) {
		return waiting, nil, s.notOwn(c, waiting)
	}
	v := p.Latest()
	if version != 0 {
		if v, ok = p.Numbered(version); !ok {
			return v, nil, Refuse(NotFound, "5.1.4", fmt.Sprintf("%s 没有 v%d。发「待批」看等您审批的计划。", p.Code(), version))
		}
	}
	text := s.Standing(c, p, v)
	if last := p.Latest(); last.Number != v.Number && last.State != Draft && last.State != Submitted {
		text += s.Standing(c, p, last)
	}
	if w, waits := p.In(Submitted); waits {
		text += fmt.Sprintf("现在等您审批的是 v%d，发「同意 %s v%d」或看最新的卡片。", w.Number, p.Code(), w.Number)
	}
	if v.State == Draft {
		return v, nil, Refuse(Conflict, "5.1.4", text)
	}
	card := s.settled(c, p, v, s.Outcome(c, v))
	return v, &Change{Reply: Answer{Body: Say(text), Settle: &card}}, nil
}

// notOwn refuses whoever would decide what they submitted themselves, while there is somebody else: a
// second director, or the one who is away. The only director may, where the office allows it.
func (s SOP) notOwn(c Case, v PlanVersion) error {
	if v.SubmittedBy != c.By.ID {
		return nil
	}
	others := slices.DeleteFunc(c.Staff.With(c.Office.ID, Director, s.today(c)), func(p Person) bool { return p.ID == c.By.ID })
	switch {
	case len(others) > 0:
		return Refuse(Forbidden, "5.1.4", fmt.Sprintf("自己上报的计划要由另一位审批，在等%s。要改请发「撤回」。", c.Names(IDs(others))))
	case !s.Policy.Plan.SelfApproval:
		return Refuse(Forbidden, "5.1.4", "自己上报的计划要由另一位主任审批，请先发「委托」指定第二个人。")
	}
	return nil
}

// Outcome says in a few words how a version was decided.
func (s SOP) Outcome(c Case, v PlanVersion) string {
	switch v.State {
	case Approved, Superseded:
		return c.Staff.settledBy(v.DecidedBy, v.OnBehalf) + "同意"
	case Returned:
		return c.Staff.settledBy(v.DecidedBy, v.OnBehalf) + "驳回"
	case Withdrawn:
		return "已撤回"
	}
	return v.State.Chinese()
}

// Standing says how one version of a plan stands, whole.
func (s SOP) Standing(c Case, p Plan, v PlanVersion) string {
	ref := fmt.Sprintf("%s %s v%d", p.Title(), p.Code(), v.Number)
	switch v.State {
	case Draft:
		return ref + "还是草稿，没有上报。"
	case Submitted:
		return fmt.Sprintf("%s于%s上报，待审批。", ref, s.Moment(v.SubmittedAt))
	case Approved, Superseded:
		out := fmt.Sprintf("%s已由%s于%s批准", ref, c.Staff.Signed(v.DecidedBy, v.OnBehalf), s.Moment(v.DecidedAt))
		if v.State == Superseded {
			out += "，后来被新版取代"
		}
		return out + "。"
	case Returned:
		return fmt.Sprintf("%s已由%s于%s驳回（%s）。", ref, c.Staff.Signed(v.DecidedBy, v.OnBehalf), s.Moment(v.DecidedAt), v.Reason)
	}
	return fmt.Sprintf("%s已于%s撤回（%s）。", ref, s.Moment(v.DecidedAt), v.Reason)
}

// Approve puts a waiting version into force (5.1.3, 5.1.4, 5.4.5) and makes, moves and cancels the
// sessions that follow from it. version 0 means the one that waits; make gives the ids of a new session.
func (s SOP) Approve(c Case, p Plan, version int, sessions []Session, fresh func() (SessionID, int64)) (Change, error) {
	v, moot, err := s.decidable(c, p, version)
	if err != nil || moot != nil {
		return orEmpty(moot), err
	}
	v.SelfDecided = v.SubmittedBy == c.By.ID
	out := Change{}
	old, revised := p.In(Approved)
	if revised {
		old.State = Superseded
		p = p.set(old)
	}
	v = s.decide(c, p, v, Approved, "")
	p = p.set(v)
	out.Plans = []Plan{p}
	if !p.Period.Annual() {
		out.Sessions = s.oneRunEach(c.Staff, s.schedule(p, v, old, sessions, fresh), sessions)
		for _, x := range out.Sessions {
			if slices.ContainsFunc(sessions, func(was Session) bool { return was.ID == x.ID }) {
				out.Closed = append(out.Closed, x.reminders()...)
			}
		}
	}
	note := "按时"
	early := s.today(c).DaysUntil(s.PlanDates(p.Period).Approval)
	switch {
	case revised:
		note = "修订"
	case early > 0:
		note = fmt.Sprintf("按时（提前%d天）", early)
	case v.DecidedLate > 0:
		note = fmt.Sprintf("迟%d天", v.DecidedLate)
	}
	if v.SelfDecided {
		note += "，自批，待上级备案"
	}
	text := fmt.Sprintf("已批准%s %s v%d。批准人 %s，%s，%s。", p.Title(), p.Code(), v.Number, c.Staff.Signed(v.DecidedBy, v.OnBehalf), s.Moment(c.Now), note)
	out.Notices = append(s.announce(c, p, v, old), s.toFile(c, p, v)...)
	return s.decided(c, p, v, out, "plan.approve", text, fmt.Sprintf("您上报的%s %s v%d 已由%s批准（%s）。", p.Title(), p.Code(), v.Number, c.Staff.Signed(v.DecidedBy, v.OnBehalf), note)), nil
}

// Return sends a waiting version back with a reason (5.1.4). Without a reason the director is asked for one.
func (s SOP) Return(c Case, p Plan, version int, reason string) (Change, error) {
	v, moot, err := s.decidable(c, p, version)
	if err != nil || moot != nil {
		return orEmpty(moot), err
	}
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return c.AskFor(fmt.Sprintf("驳回 %s v%d", p.Code(), v.Number), fmt.Sprintf("请写一句驳回理由，会原样给%s。（不驳回了就发「算了」。）", c.Staff.Name(v.SubmittedBy))), nil
	}
	v = s.decide(c, p, v, Returned, reason)
	p = p.set(v)
	dates := s.PlanDates(p.Period)
	again := dates.Due
	if today := s.today(c); !today.Before(dates.DueTarget) {
		again = s.Calendar.AddWorkingDays(today, s.Policy.Plan.ReturnedWorkingDays)
	}
	text := fmt.Sprintf("已驳回%s %s v%d，%s %s，理由：%s。%s改好后会重新上报。", p.Title(), p.Code(), v.Number, c.Staff.Signed(v.DecidedBy, v.OnBehalf), s.Moment(c.Now), reason, c.Staff.Name(v.SubmittedBy))
	told := fmt.Sprintf("%s %s v%d 被%s驳回，理由：%s\n请改好后在%s前重新上报（规程的审批截止是%s）。发「计划 %s」看内容，%s，再发「报计划 %s」。",
		p.Title(), p.Code(), v.Number, c.Staff.Signed(v.DecidedBy, v.OnBehalf), reason, again.Chinese(), dates.Approval.Chinese(), p.Code(), p.editWords(), p.Period)
	return s.decided(c, p, v, Change{Plans: []Plan{p}}, "plan.return", text, told), nil
}

// Withdraw takes a waiting version back by the supervisor, before it is decided.
func (s SOP) Withdraw(c Case, p Plan) (Change, error) {
	if err := s.may(c, Supervisor, "5.1.2", "撤回计划"); err != nil {
		return Change{}, err
	}
	v, ok := p.In(Submitted)
	if !ok {
		return Change{}, Refuse(Conflict, "5.1.2", s.Standing(c, p, p.Latest())+"没有可撤回的。")
	}
	v = s.decide(c, p, v, Withdrawn, "主管撤回")
	p = p.set(v)
	text := fmt.Sprintf("已撤回%s %s v%d，主任那边的卡片已失效。改好后再发「报计划 %s」。", p.Title(), p.Code(), v.Number, p.Period)
	card := s.settled(c, p, v, "已撤回")
	return Change{
		Plans: []Plan{p}, Audit: []Audit{c.audit("plan.withdraw", fmt.Sprintf("%s v%d", p.Code(), v.Number), "5.1.2", text)},
		Closed: p.over(v, card), Reply: Answer{Body: Say(text)},
	}, nil
}

func (s SOP) decide(c Case, p Plan, v PlanVersion, state PlanState, reason string) PlanVersion {
	v.State, v.DecidedBy, v.DecidedAt, v.Reason = state, c.By.ID, c.Now, reason
	if state != Withdrawn {
		v.OnBehalf = c.By.StandsIn(c.Office.ID, Director, s.today(c))
	}
	if state == Approved && !p.Revises(v) {
		v.DecidedLate = max(0, s.PlanDates(p.Period).Approval.DaysUntil(s.today(c)))
	}
	return v
}

// over ends what is said of a version while it waits.
func (p Plan) over(v PlanVersion, card Card) []Settlement {
	return []Settlement{{Thread: p.Thread(v.Number), Card: &card}, {Thread: p.Thread(v.Number) + supervisorVoice}, {Thread: p.Thread(v.Number) + headVoice}}
}

// decided completes what a decision on a version leaves behind: the log, the settled cards, and
// who is told.
func (s SOP) decided(c Case, p Plan, v PlanVersion, out Change, act, text, told string) Change {
	card := s.settled(c, p, v, s.Outcome(c, v))
	out.Audit = append(out.Audit, c.audit(act, fmt.Sprintf("%s v%d", p.Code(), v.Number), "5.1.4", text))
	out.Closed = append(out.Closed, p.over(v, card)...)
	why := s.whyDecided(c, p)
	key := fmt.Sprintf("%s:%s:%d", act, p.ID, v.Number)
	if to := without([]PersonID{v.SubmittedBy}, c.By.ID); len(to) > 0 {
		out.Notices = append(out.Notices, Notice{Key: key, Thread: key, Office: c.Office.ID, Stage: "decided", Clause: "5.1.4", At: c.Now, To: to, Body: Say(told), Why: why})
	}
	out.Reply = Answer{Body: Say(text), Settle: &card}
	return out
}

func (s SOP) whyDecided(c Case, p Plan) string {
	return fmt.Sprintf("规程5.1：%s于%s审批了%s。", c.Staff.Signed(c.By.ID, c.By.StandsIn(c.Office.ID, Director, s.today(c))), s.Moment(c.Now), p.Title())
}

// toFile tells the contacts above that the only director approved their own plan, so that it can be put
// on file there (mission C3.1).
func (s SOP) toFile(c Case, p Plan, v PlanVersion) []Notice {
	if !v.SelfDecided {
		return nil
	}
	var to []PersonID
	for _, who := range c.Staff {
		if slices.Contains(s.Policy.Plan.EscalateTo, who.No) && who.ID != c.By.ID && len(who.Roles(c.Office.ID, s.today(c))) > 0 {
			to = append(to, who.ID)
		}
	}
	if len(to) == 0 {
		return nil
	}
	key := fmt.Sprintf("plan.self:%s:%d", p.ID, v.Number)
	return []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "self", Clause: "5.1.4", At: c.Now, To: to,
		Body: Say(fmt.Sprintf("%s：%s %s v%d 由%s自己上报并批准（%s），请上级备案。", c.Office.Name, p.Title(), p.Code(), v.Number, c.By.Name, s.Moment(c.Now))), Why: s.whyDecided(c, p)}}
}

// announce tells those who are taught, and the lecturers, that a month's plan is in force, or what
// its revision changes.
func (s SOP) announce(c Case, p Plan, v, old PlanVersion) []Notice {
	to := IDs(c.Staff.With(c.Office.ID, Trainee, s.today(c)))
	for _, it := range v.Items {
		if it.Lecturer != "" {
			to = append(to, it.Lecturer)
		}
	}
	slices.Sort(to)
	to = without(without(slices.Compact(to), c.By.ID), v.SubmittedBy)
	if p.Period.Annual() || len(to) == 0 {
		return nil
	}
	const most = 200 // characters, so that the notice stays one message
	text := fmt.Sprintf("%s已批准，共%s。%s", p.Title(), p.Count(v), s.moreRuns(v.Items))
	if old.Number > 0 {
		diff := []rune(s.Diff(c.Staff, old.Items, v.Items))
		if len(diff) > most {
			diff = append(diff[:most], []rune("……")...)
		}
		text = fmt.Sprintf("%s修订已批准：%s。", p.Title(), string(diff))
	}
	key := fmt.Sprintf("plan.approve:%s:%d:all", p.ID, v.Number)
	return []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "announced", Clause: "5.1.4", At: c.Now, To: to, Group: true,
		Body: Say(text + "发「课表」看您的安排。"), Why: s.whyDecided(c, p)}}
}

// moreRuns names the further runs of a plan, when they are few enough to be named: for the shifts that
// cannot come to the first one.
func (s SOP) moreRuns(items []Item) string {
	const most = 3
	var out []string
	for _, it := range items {
		if it.Run > RunName(0) {
			who := strings.Join(it.Shifts, "/")
			if who != "" {
				who += "的"
			}
			out = append(out, fmt.Sprintf("%s%s场：%s %s", who, it.Run, it.Date.Chinese(), it.Start))
		}
	}
	if len(out) == 0 || len(out) > most {
		return ""
	}
	return strings.Join(out, "；") + "。"
}

func orEmpty(c *Change) Change {
	if c == nil {
		return Change{}
	}
	return *c
}
