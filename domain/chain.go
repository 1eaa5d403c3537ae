package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Failure is one sitting of an assessment somebody failed (6.2.3); where it is said what they passed,
// it is that.
type Failure struct {
	Person     PersonID
	Assessment string // its id
	Kind       string // which assessment: monthly, fire, theory …
	Code       string // T5
	Title      string // 2026年9月培训考核
	Sitting    int    // 1, 2, 3; above that the sittings of a set date
	Evidence   string // 书面70（合格线80）
	Day        Date
}

// ChainID names one retake chain.
type ChainID string

// ChainState is where a retake chain stands.
type ChainState string

// The states of a retake chain.
const (
	ChainOpen   ChainState = "open"
	ChainPassed ChainState = "passed"
	ChainEnded  ChainState = "ended" // people settled it otherwise, with a reason
)

// Chain is what follows when somebody fails an assessment, until it is passed (6.2.3): each failed
// sitting with what was decided on it and the individual training before the next. It belongs to the
// person and goes with them to another office.
type Chain struct {
	ID         ChainID
	Office     OfficeID // where the last sitting was
	Person     PersonID
	Assessment string
	Kind       string
	Code       string
	Title      string
	Steps      []ChainStep
	State      ChainState
	Deadline   Date      // by when it must be mastered, set after the third fail; zero: not set
	Limited    time.Time // when the deadline was set
	Paused     string    // why the chain rests (excused from a sitting); "": it runs
	Ended      Date
	Reason     string // how it ended: 85分, or what people decided
	Version    int64
}

// ChainStep is one failed sitting of a chain.
type ChainStep struct {
	Sitting  int
	Day      Date
	Evidence string
	Proposal ProposalID
	Outcome  StepOutcome
	Entry    EntryID   `json:",omitempty"` // the deduction
	Training SessionID `json:",omitempty"` // the individual training; empty: proposed, or none
	Start    time.Time `json:",omitzero"`
	End      time.Time `json:",omitzero"`
}

// StepOutcome is what was decided on the deduction for a failed sitting.
type StepOutcome string

// The outcomes of a step.
const (
	StepOpen      StepOutcome = ""
	StepDeducted  StepOutcome = "deducted"
	StepWaived    StepOutcome = "waived"    // not deducted, with a reason
	StepCorrected StepOutcome = "corrected" // the score was corrected: it is no fail
)

// Step gives the step of a sitting.
func (x Chain) Step(sitting int) (ChainStep, int) {
	i := slices.IndexFunc(x.Steps, func(s ChainStep) bool { return s.Sitting == sitting })
	if i < 0 {
		return ChainStep{}, -1
	}
	return x.Steps[i], i
}

// Last gives the newest failed sitting that still stands; none gives the zero step.
func (x Chain) Last() ChainStep {
	for _, s := range slices.Backward(x.Steps) {
		if s.Outcome != StepCorrected {
			return s
		}
	}
	return ChainStep{}
}

// With gives the chain with a step in place of the one of the same sitting.
func (x Chain) With(s ChainStep) Chain {
	x.Steps = slices.Clone(x.Steps)
	if _, i := x.Step(s.Sitting); i >= 0 {
		x.Steps[i] = s
		return x
	}
	x.Steps = append(x.Steps, s)
	slices.SortFunc(x.Steps, func(a, b ChainStep) int { return a.Sitting - b.Sitting })
	return x
}

// Lapsed says whether the date by which it had to be mastered is over on day d.
func (x Chain) Lapsed(d Date) bool {
	return x.State == ChainOpen && x.Paused == "" && !x.Deadline.IsZero() && d.After(x.Deadline)
}

// Matter gives the matter of the timetable the chain makes (D13).
func (x Chain) Matter(o OfficeID) Matter { return Matter{o, RetrainingDue, string(x.ID)} }

// Fails gives the deductions of the failed sittings, in order (6.2.3).
func (p PointsPolicy) Fails() []int { return []int{p.FirstFail, p.SecondFail, p.ThirdFail} }

// Fail is the kind of proposal that puts the deduction for a failed sitting before the supervisor.
const Fail ProposalKind = "fail"

// Fail enters a failed sitting into its chain, the zero chain when it is the first. again is true
// when the sitting stands there already and nothing is to be proposed once more.
func (s SOP) Fail(c Case, x Chain, f Failure) (_ Chain, again bool) {
	if x.ID == "" || x.State != ChainOpen { // a new one, or one that a corrected score opens again
		x.State, x.Ended, x.Reason = ChainOpen, Date{}, ""
	}
	x.Office, x.Person, x.Assessment, x.Kind, x.Code, x.Title, x.Paused = c.Office.ID, f.Person, f.Assessment, f.Kind, f.Code, f.Title, ""
	old, i := x.Step(f.Sitting)
	if i >= 0 && old.Outcome != StepCorrected {
		old.Evidence = f.Evidence
		return x.With(old), true
	}
	return x.With(ChainStep{Sitting: f.Sitting, Day: f.Day, Evidence: f.Evidence, Training: old.Training, Start: old.Start, End: old.End}), false
}

// FailProposal puts a failed sitting before the supervisor: the deduction and the individual
// training, and after the last sitting the date by which it must be mastered. A sitting beyond the
// last costs no more points and so proposes only the training.
func (s SOP) FailProposal(c Case, x Chain, step ChainStep, hire bool) Proposal {
	n, fails := step.Sitting, s.Policy.Points.Fails()
	name := c.Staff.Name(x.Person)
	p := Proposal{
		Kind: Fail, Subject: fmt.Sprintf("%s:%d", x.ID, n), About: x.Person, For: Supervisor, Clause: "6.2.3",
		Data: ProposalData{Ref: string(x.ID), Person: x.Person, Step: n, Until: s.masterBy(x, step)},
	}
	if n <= len(fails) {
		p.Data.Points = fails[n-1]
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s：%s%s，第%d次不合格（%s）。", x.Code, x.Title, step.Evidence, s.Policy.Assumed("assessment.pass_mark"), n, step.Day.Chinese())
	if p.Data.Points < 0 {
		fmt.Fprintf(&b, "规程：扣%d分并单独培训。", -p.Data.Points)
	}
	b.WriteString(s.slotWords(step))
	accept := "确认"
	if n >= len(fails) && !p.Data.Until.IsZero() {
		fmt.Fprintf(&b, "第%d次之后须限期掌握：建议%s（%d天%s），确认即定，也可以另定日期。", len(fails), p.Data.Until.Chinese(), s.Policy.Assessment.MasterByDays, s.Policy.Assumed("assessment.master_by_days"))
		accept = fmt.Sprintf("确认，限%02d-%02d", int(p.Data.Until.Month), p.Data.Until.Day)
	}
	p.Title, p.Text = fmt.Sprintf("%s 第%d次不合格 扣%d分", name, n, -p.Data.Points), b.String()
	if p.Data.Points == 0 {
		p.Title = fmt.Sprintf("%s 第%d次不合格", name, n)
	}
	return p.answers(c, x, accept, hire)
}

// answers gives a proposal of a failed sitting its buttons.
func (p Proposal) answers(c Case, x Chain, accept string, hire bool) Proposal {
	p.Buttons = []Button{{accept, "同意 " + OwnCode, Primary}, {"不扣，写理由", "驳回 " + OwnCode, Danger}}
	if hire {
		p.Buttons = append(p.Buttons, Button{"新员工不适用", "驳回 " + OwnCode + " 新员工不适用扣分", Plain})
	}
	if who, ok := c.Staff.Person(x.Person); ok && !p.Data.Until.IsZero() {
		p.Buttons = append(p.Buttons, Button{"限期另定", "限期 " + who.No + " " + x.Code, Plain})
	}
	return p
}

// masterBy gives the date to offer after the last sitting: the one that is set, else MasterByDays on.
func (s SOP) masterBy(x Chain, step ChainStep) Date {
	switch {
	case step.Sitting < len(s.Policy.Points.Fails()):
		return Date{}
	case !x.Deadline.IsZero():
		return x.Deadline
	}
	return step.Day.AddDays(s.Policy.Assessment.MasterByDays)
}

// slotWords says when the individual training is proposed.
func (s SOP) slotWords(step ChainStep) string {
	if step.Start.IsZero() {
		return "单独培训还没有合适的时间，请发「单独培训」另定。"
	}
	return fmt.Sprintf("单独培训建议%s–%s（业余时间，计入工时表）。", s.Moment(step.Start), s.Hour(step.End))
}

// FailEntry is the deduction for a failed sitting (6.2.3).
func (s SOP) FailEntry(x Chain, step ChainStep, points int) PointsEntry {
	return PointsEntry{Person: x.Person, Month: step.Day.MonthOf(), Points: points, Clause: "6.2.3", Subject: fmt.Sprintf("fail:%s:%d", x.Assessment, step.Sitting),
		Reason: fmt.Sprintf("%s第%d次不合格", x.Title, step.Sitting), Evidence: fmt.Sprintf("%s %s %s", x.Code, step.Day.Chinese(), step.Evidence)}
}

// Decided enters what was decided on a failed sitting.
func (x Chain) Decided(sitting int, outcome StepOutcome, entry EntryID, training Session) Chain {
	step, i := x.Step(sitting)
	if i < 0 {
		return x
	}
	step.Outcome, step.Entry = outcome, entry
	if training.ID != "" {
		step.Training, step.Start, step.End = training.ID, training.Start, training.End
	}
	return x.With(step)
}

// Pass closes a chain with the sitting that was passed (6.2.3): the points stay. When the sitting
// had counted as failed its score was corrected; corrected gives that step, whose deduction is to be
// taken back.
func (s SOP) Pass(c Case, x Chain, f Failure) (_ Chain, corrected ChainStep) {
	if step, i := x.Step(f.Sitting); i >= 0 && step.Outcome != StepCorrected {
		corrected = step
		step.Outcome = StepCorrected
		x = x.With(step)
	}
	x.State, x.Ended, x.Reason, x.Paused = ChainPassed, f.Day, f.Evidence, ""
	return x, corrected
}

// Ends gives the threads of everything said of the chain while it is open.
func (x Chain) Ends() []Settlement {
	m := x.Matter(x.Office)
	training := m
	training.Subject += trainingSubject
	return []Settlement{{Thread: m.Thread()}, {Thread: m.Thread() + personVoice}, {Thread: training.Thread()}}
}

// ChainLine says in one line where a chain stands.
func (s SOP) ChainLine(c Case, x Chain) string {
	last := x.Last()
	line := fmt.Sprintf("%s %s：", x.Code, x.Title)
	switch {
	case x.State == ChainPassed:
		return line + fmt.Sprintf("%s合格，%s，已结束；扣过的分保留", x.Ended.Chinese(), x.Reason)
	case x.State == ChainEnded:
		return line + fmt.Sprintf("%s结束（%s）", x.Ended.Chinese(), x.Reason)
	}
	line += fmt.Sprintf("第%d次不合格，%s，%s", last.Sitting, last.Day.Chinese(), last.Evidence)
	if x.Paused != "" {
		return line + "；暂停：" + x.Paused
	}
	if !last.Start.IsZero() && last.Training != "" {
		line += fmt.Sprintf("；单独培训%s", s.Moment(last.Start))
	}
	if !x.Deadline.IsZero() {
		line += "；限期" + s.limit(x.Deadline)
	}
	return line
}

// limit names a date by which it must be mastered, with the working day to aim at where it is another.
func (s SOP) limit(d Date) string {
	if t := s.Calendar.OnOrBefore(d); t != d {
		return fmt.Sprintf("%s（%s，请最迟%s考完）", d.Chinese(), s.rest(d), t.Chinese())
	}
	return d.Chinese()
}
