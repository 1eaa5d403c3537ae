package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// LecturerPolicy is how often a lecturer below standard is counted and when it is forgotten (6.2.1).
type LecturerPolicy struct {
	PassResets     bool `yaml:"pass_resets" clause:"6.2.1" zh:"下一轮达标后，讲师不达标的次数从头算起" open:"14"` // true
	ReconsiderDays int  `yaml:"reconsider_days" clause:"6.2.1" zh:"停授一事可以再议几天（日历日）"`           // 4
}

func defaultLecturer() LecturerPolicy { return LecturerPolicy{PassResets: true, ReconsiderDays: 4} }

func (x LecturerPolicy) check(c *policyCheck) {
	c.number("lecturer.reconsider_days", x.ReconsiderDays, 1, 30)
}

// Bar is the loss of the qualification to lecture in an office (6.2.1, third time): the person keeps
// every other power of their roles.
type Bar struct {
	Office OfficeID
	Since  Date
	Until  Date // last day, when it was given back; zero: lasts
}

// Barred says whether the person may not lecture in the office on day d.
func (p Person) Barred(o OfficeID, d Date) bool {
	return slices.ContainsFunc(p.Bars, func(b Bar) bool {
		return b.Office == o && !d.Before(b.Since) && (b.Until.IsZero() || !d.After(b.Until))
	})
}

// Standing is where a lecturer stands on the ladder of 6.2.1 in one office.
type Standing struct {
	Office  OfficeID
	Person  PersonID
	Step    int    // how often below standard since the last cycle that was passed
	Cycle   string // the assessment or month that last counted
	Since   Date
	Barred  Date // from when not to lecture; zero: may
	Until   Date // last day of that
	Reason  string
	Version int64
}

// Shortfall is a lecturer below the standard once (6.1.1, 6.1.2).
type Shortfall struct {
	Lecturer PersonID
	Cycle    string // what was measured: an assessment's id, a month
	Round    int    // which sitting of it; 0: the trainees' feedback of a month
	Title    string // 2026年9月培训考核
	Evidence string // 第1次累计合格率 10/12=83.3%，标准90%
}

// Ladder is the kind of proposal by which the next step for a lecturer is put before people (6.2.1).
const Ladder ProposalKind = "ladder"

// LadderSteps is how many steps the ladder has; the last is the loss of the qualification.
const LadderSteps = 3

// stepWords says what the procedure asks at a step.
func stepWords(step int) string {
	return [...]string{"重新制订培训方案，再次培训", "参加相应的培训学习", "不再授予培训资格"}[step-1]
}

// LadderProposal puts the next step for a lecturer below standard before the supervisor, before the
// director when it is the supervisor herself or the last step (6.2.1). substitute is who could teach
// instead at the last step, "" nobody.
func (s SOP) LadderProposal(c Case, x Standing, f Shortfall, substitute PersonID) Proposal {
	step := min(x.Step+1, LadderSteps)
	who, _ := c.Staff.Person(f.Lecturer)
	name := c.Staff.Name(f.Lecturer)
	p := Proposal{
		Kind: Ladder, Subject: fmt.Sprintf("%s:%s:%d", f.Lecturer, f.Cycle, f.Round), About: f.Lecturer, For: Supervisor, Clause: "6.2.1",
		Title: fmt.Sprintf("讲师%s 第%d次未达标", name, step),
		Text:  fmt.Sprintf("%s：%s。规程：第%d次%s。", f.Title, f.Evidence, step, stepWords(step)),
		Data:  ProposalData{Ref: f.Cycle, Step: step, Note: f.Title + "：" + f.Evidence, Person: substitute},
		Buttons: []Button{{"确认", "同意 " + OwnCode, Primary}, {"不采取，写理由", "驳回 " + OwnCode, Danger},
			{"看依据", "讲师 " + who.No, Plain}},
	}
	if step < LadderSteps {
		return p
	}
	p.For, p.Buttons = Director, []Button{{"停授", "同意 " + OwnCode, Danger}}
	if substitute != "" {
		sub := c.Staff.Name(substitute)
		p.Buttons = []Button{{cutWord("停授，" + sub + "代课"), fmt.Sprintf("同意 %s 由%s代课", OwnCode, sub), Danger}}
	}
	p.Buttons = append(p.Buttons, Button{"保留，写理由", "驳回 " + OwnCode, Plain}, Button{"再议", "再议 " + OwnCode, Plain}, Button{"看依据", "讲师 " + who.No, Plain})
	if who.Holds(c.Office.ID, Supervisor, s.today(c)) && s.Policy.Teaching.WeeklyHours > 0 {
		p.Text += fmt.Sprintf("冲突：规程5.3.1要求客服主管每周亲自授课≥%d课时，停授要写明由谁代课。", s.Policy.Teaching.WeeklyHours)
	}
	p.Text += "须您决定，不会自动停课。"
	return p
}

// cutWord keeps a label within what a button shows.
func cutWord(label string) string {
	if r := []rune(label); len(r) > 10 {
		return string(r[:10])
	}
	return label
}

// Counted gives the standing after a step was confirmed.
func (s SOP) Counted(c Case, x Standing, p Proposal) Standing {
	x.Office, x.Person, x.Step, x.Cycle, x.Since, x.Reason = c.Office.ID, p.About, p.Data.Step, p.Data.Ref, s.today(c), p.Data.Note
	if p.Data.Step == LadderSteps {
		x.Barred, x.Until = s.today(c).AddDays(1), Date{}
	}
	return x
}

// Met gives the standing after a cycle of the lecturer reached the standard; changed is false when
// nothing is forgotten by it: no step counted, the cycle is the one that counted, or the office
// forgets none.
func (s SOP) Met(x Standing, cycle string) (_ Standing, changed bool) {
	if !s.Policy.Lecturer.PassResets || x.Step == 0 || x.Cycle == cycle || !x.Barred.IsZero() && x.Until.IsZero() {
		return x, false
	}
	x.Step, x.Reason = 0, "下一轮达标"
	return x, true
}

// Substitute names who could teach in somebody's place: a coach before others, nobody barred.
func (s SOP) Substitute(c Case, who PersonID) PersonID {
	today := s.today(c)
	for _, role := range []Role{Coach, Supervisor, SafetyOfficer, DrillLeader} {
		for _, p := range c.Staff.With(c.Office.ID, role, today) {
			if p.ID != who && p.Lectures(c.Office.ID, today) {
				return p.ID
			}
		}
	}
	return ""
}

// SubstituteIn finds the lecturer a reason names: 由赵强代课.
func (s SOP) SubstituteIn(c Case, reason string, offered, who PersonID) PersonID {
	for _, p := range c.Staff {
		if p.ID != who && p.Lectures(c.Office.ID, s.today(c)) && strings.Contains(reason, p.Name) {
			return p.ID
		}
	}
	if reason == "" {
		return ""
	}
	return offered
}

// TellLadder completes a confirmed step: the lecturer hears what to do, at the last step planned
// sessions go to the substitute where they are free.
func (s SOP) TellLadder(c Case, out Change, x Standing, p Proposal, substitute PersonID, planned []Session) Change {
	name, step := c.Staff.Name(x.Person), p.Data.Step
	do := map[int]string{
		1: "请重新制订方案并再培训一次：发「拟计划」或「加一场」排上，主任审核后执行。",
		2: "请作为学员参加相应的培训：发「课表」看场次，请主管把您加进名单。",
		3: fmt.Sprintf("%s起不再授予培训资格，其他职责不变。", x.Barred.Chinese()),
	}[step]
	reply := fmt.Sprintf("已记：讲师%s第%d次未达标，%s。", name, step, stepWords(step))
	if step == LadderSteps {
		moved, left := s.handOver(c, x, substitute, planned)
		out.Sessions = append(out.Sessions, moved...)
		if len(moved) > 0 {
			codes := make([]string, len(moved))
			for i, y := range moved {
				codes[i] = fmt.Sprintf("%s %s %s", y.Code(), s.Moment(y.Start), y.Title())
			}
			list := strings.Join(codes, "；")
			reply += fmt.Sprintf("由%s代课%d场：%s。", c.Staff.Name(substitute), len(moved), list)
			do += "您的课由" + c.Staff.Name(substitute) + "代。"
			out.Notices = append(out.Notices, p.ladderNotice(c, "substitute", []PersonID{substitute}, fmt.Sprintf("请您代%s讲%d场：%s。有困难请告诉主管。", name, len(moved), list)))
		}
		for _, y := range left {
			reply += fmt.Sprintf("\n%s %s %s还没有人讲，请另定讲师。", y.Code(), s.Moment(y.Start), y.Title())
		}
		reply += fmt.Sprintf("\n恢复资格发「恢复授课 %s 理由」。", name)
	}
	out.Notices = append(out.Notices, p.ladderNotice(c, "lecturer", []PersonID{x.Person}, fmt.Sprintf("%s。\n按规程6.2.1第%d次：%s。%s", p.Data.Note, step, stepWords(step), do)))
	out.Reply.Body = Say(reply)
	return out
}

func (p Proposal) ladderNotice(c Case, to string, who []PersonID, text string) Notice {
	n := p.Told(c, who, Say(text), fmt.Sprintf("规程6.2.1：讲师未达标的处理由人决定；%s决定。", c.By.Name))
	n.Key += ":" + to
	n.Thread = n.Key
	return n
}

// handOver gives the substitute the planned sessions of a barred lecturer that they are free for.
func (s SOP) handOver(c Case, x Standing, substitute PersonID, planned []Session) (moved, left []Session) {
	for _, y := range planned {
		if y.Lecturer != x.Person || y.State != Planned || s.Calendar.Date(y.Start).Before(x.Barred) {
			continue
		}
		taken := substitute == "" || slices.ContainsFunc(planned, func(z Session) bool {
			return z.ID != y.ID && z.State == Planned && z.Lecturer == substitute && z.Start.Before(y.End) && y.Start.Before(z.End)
		})
		if taken || slices.Contains(y.Invited, substitute) {
			left = append(left, y)
			continue
		}
		y.Lecturer = substitute
		moved = append(moved, y)
	}
	return moved, left
}

// Restore gives a barred lecturer the qualification back (6.2.1), by the director with a reason.
func (s SOP) Restore(c Case, x Standing, reason string) (Change, error) {
	if err := s.may(c, Director, "6.2.1", "恢复授课资格"); err != nil {
		return Change{}, err
	}
	name := c.Staff.Name(x.Person)
	if x.Barred.IsZero() || !x.Until.IsZero() {
		return Change{}, Refuse(Conflict, "6.2.1", name+"没有被停授，不用恢复。")
	}
	x.Until, x.Step, x.Reason = s.today(c), 0, reason
	text := fmt.Sprintf("%s从%s起恢复授课资格：%s。", name, s.today(c).AddDays(1).Chinese(), reason)
	key := fmt.Sprintf("standing:%s:%s:%d", x.Office, x.Person, x.Version)
	return Change{
		Standings: []Standing{x}, Audit: []Audit{c.audit("lecturer.restore", name, "6.2.1", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "restored", Clause: "6.2.1", At: c.Now, To: without([]PersonID{x.Person}, c.By.ID),
			Body: Say(text), Why: "规程6.2.1：资格由主任决定收回和恢复。"}},
		Reply: Answer{Body: Say(text + "已告诉本人。")},
	}, nil
}

// Training is one training as a lecturer is measured by: a block of topics, a month, a lecturer (6.1.2).
type Training struct {
	Lecturer PersonID
	Month    Month
	Block    string // clause of the topics: 4.2.1
	Sessions int
	Feedback
}

// Trainings sums the feedback of sessions by lecturer and block, in the order of names and clauses.
// Sessions nobody was asked about count as held and unrated.
func (s SOP) Trainings(c Case, m Month, sessions []Session, said []Feedback) []Training {
	by := map[SessionID]Feedback{}
	for _, f := range said {
		by[f.Session] = f
	}
	var out []Training
	for _, x := range sessions {
		if x.State != Closed || x.IsIndividual() || x.Lecturer == "" || s.Calendar.Date(x.Start).MonthOf() != m {
			continue
		}
		i := slices.IndexFunc(out, func(t Training) bool { return t.Lecturer == x.Lecturer && t.Block == s.block(x) })
		if i < 0 {
			i = len(out)
			out = append(out, Training{Lecturer: x.Lecturer, Month: m, Block: s.block(x), Feedback: Feedback{Yes: map[string]int{}, No: map[string]int{}}})
		}
		out[i].Sessions++
		f := by[x.ID]
		if f.Until.After(c.Now) {
			continue // still open: nobody sees the sums grow
		}
		out[i].Asked += f.Asked
		for _, q := range s.Measures() {
			out[i].Yes[q.Key] += f.Yes[q.Key]
			out[i].No[q.Key] += f.No[q.Key]
		}
	}
	slices.SortStableFunc(out, func(a, b Training) int {
		return cmp.Or(cmp.Compare(c.Staff.Name(a.Lecturer), c.Staff.Name(b.Lecturer)), cmp.Compare(a.Block, b.Block))
	})
	return out
}

// block gives the clauses of what a session teaches.
func (s SOP) block(x Session) string {
	var topics []Topic
	for _, t := range s.Policy.Curriculum {
		if slices.Contains(x.TopicIDs, t.ID) {
			topics = append(topics, t)
		}
	}
	if len(topics) == 0 {
		return x.Source
	}
	return sourceOf(topics)
}

// Below lists the measures a training misses; one with too few answers is unrated and misses none.
func (s SOP) Below(t Training) []string {
	var out []string
	for _, m := range s.Measures() {
		if yes, n := t.Rate(m.Key); n >= s.Policy.Assessment.MinAnswers && !m.met(yes, n) {
			out = append(out, s.rate(m, yes, n))
		}
	}
	return out
}

// TrainingLine shows a training with its measures.
func (s SOP) TrainingLine(c Case, t Training) string {
	return fmt.Sprintf("%s %s（%d场）：%s", c.Staff.Name(t.Lecturer), t.Block, t.Sessions, s.FeedbackLine(t.Feedback))
}

// TaughtLines shows what an assessment says of each lecturer of what it examined, or of one: the points
// that contradicted what they had taught among all the points checked (误差, 6.1.2), and the pass rates (6.1.1).
func (s SOP) TaughtLines(c Case, a Assessment, scores []Score, only PersonID) []string {
	checked, conflicts := a.ErrorPoints(scores)
	var rates []string
	for _, x := range s.Standings(a, scores, c.Staff, s.today(c)) {
		if x.Over() {
			rates = append(rates, fmt.Sprintf("第%d次累计合格 %d/%d=%s（标准%d%%，%s）", x.Sitting, x.Passed, x.Due, RateText(x.Passed, x.Due), x.Standard, metText(x)))
		}
	}
	if len(rates) == 0 {
		rates = []string{"合格率 未评"}
	}
	var out []string
	for _, id := range a.Lecturers() {
		if only != "" && only != id {
			continue
		}
		wrong := 0
		var what []string
		for _, k := range conflicts {
			if k.Lecturer == id {
				wrong++
				what = append(what, k.Point+brackets(k.Note))
			}
		}
		line := fmt.Sprintf("%s %s（%s）：%s", c.Staff.Name(id), a.Title(), a.Code(), s.ErrorLine(wrong, checked))
		if wrong > 0 {
			line += "：" + strings.Join(what, "、")
		}
		out = append(out, line+"；"+strings.Join(rates, "；"))
	}
	return out
}

// ErrorLine shows the points of the practical tests that contradicted what was taught (6.1.2).
func (s SOP) ErrorLine(wrong, checked int) string {
	switch {
	case checked == 0:
		return "误差率 未评"
	case wrong*100 > s.Policy.Assessment.Errors*checked:
		return fmt.Sprintf("误差率 %d/%d（标准%d%%，未达标）", wrong, checked, s.Policy.Assessment.Errors)
	}
	return fmt.Sprintf("误差率 %d/%d（标准%d%%）", wrong, checked, s.Policy.Assessment.Errors)
}

// StandingLine says where a lecturer stands on the ladder.
func (s SOP) StandingLine(c Case, x Standing) string {
	switch {
	case !x.Barred.IsZero() && x.Until.IsZero():
		return fmt.Sprintf("%s从%s起停授（%s）", c.Staff.Name(x.Person), x.Barred.Chinese(), x.Reason)
	case x.Step == 0:
		return c.Staff.Name(x.Person) + "没有未达标记录"
	}
	return fmt.Sprintf("%s未达标%d次，最近%s（%s），措施：%s", c.Staff.Name(x.Person), x.Step, x.Since.Chinese(), x.Reason, stepWords(min(x.Step, LadderSteps)))
}

// Reconsider puts a decision off for some days; nothing changes until then (6.2.1).
func (s SOP) Reconsider(c Case, p Proposal) (Change, error) {
	switch {
	case p.State != Proposed:
		return Change{}, Refuse(Conflict, p.Clause, s.ProposalStanding(c, p))
	case p.Kind != Ladder:
		return Change{}, Refuse(Invalid, p.Clause, fmt.Sprintf("%s不能再议，请「同意 %s」或「驳回 %s 理由」。", p.Title, p.Code(), p.Code()))
	case !slices.Contains(s.Deciders(c, p), c.By.ID):
		return Change{}, Refuse(Forbidden, p.Clause, p.Title+"由"+c.Names(s.Deciders(c, p))+"决定。")
	}
	p.Due = s.today(c).AddDays(s.Policy.Lecturer.ReconsiderDays)
	text := fmt.Sprintf("%s %s再议，%s前决定；在那之前照常授课。", p.Code(), p.Title, p.Due.Chinese())
	return Change{Proposals: []Proposal{p}, Audit: []Audit{c.audit("proposal.later", p.Code(), p.Clause, text)}, Reply: Answer{Body: Say(text)}}, nil
}
