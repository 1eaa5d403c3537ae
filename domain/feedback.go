package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Feedback is what those present said of a session on the 培训效果考核表 (6.1.2): sums alone. Who said
// what is nowhere: Given says only which questions somebody has answered, and neither has a time or
// an order by which the two could be joined.
type Feedback struct {
	Session SessionID
	Office  OfficeID
	Asked   int            // how many were asked
	Until   time.Time      // answers are taken until then, and the sums are told then
	Yes     map[string]int // by question
	No      map[string]int
	Words   []string // free words, sorted
	Version int64
}

// Given is which questions of a session's feedback somebody has answered.
type Given struct {
	Session   SessionID
	Person    PersonID
	Questions []string // sorted; that somebody wrote free words is not among them: of one it would be known whose they are
	Version   int64
}

// Measure is one of the standards a lecturer is held to by the trainees' feedback (6.1.2).
type Measure struct {
	Key      string
	Ask      string // the question on the card
	Yes, No  string // what people answer
	Name     string // 听懂率
	Standard int    // percent
	Rule     string // the key of its standard in the policy
}

// Measures lists what is asked after a session, in order; the item the source has lost is among them
// when the office has named it (open point 13).
func (s SOP) Measures() []Measure {
	p := s.Policy.Assessment
	out := []Measure{
		{"understood", "听懂了吗", "懂", "没懂", "听懂率", p.Understood, "assessment.understood"},
		{"practical", "有用吗", "有用", "一般", "内容实用性", p.Practical, "assessment.practical"},
		{"breadth", "内容全不全", "全", "不全", "知识覆盖面", p.Breadth, "assessment.breadth"},
	}
	if p.MissingMeasure != "" {
		out = append(out, Measure{"missing", p.MissingMeasure + "认可吗", "认可", "不认可", p.MissingMeasure, p.MissingMeasureRate, "assessment.missing_measure"})
	}
	return out
}

// MissingLine says that the measure the source has lost is not in use, while nobody has confirmed that
// (open point 13).
func (s SOP) MissingLine() string {
	mark := s.Policy.Assumed("assessment.missing_measure")
	if s.Policy.Assessment.MissingMeasure != "" || mark == "" {
		return ""
	}
	return "规程6.1.2原文还缺一项考核，没有启用" + mark + "。"
}

// Rate gives the share of yes among the answers to a question; n is how many answered.
func (f Feedback) Rate(key string) (yes, n int) { return f.Yes[key], f.Yes[key] + f.No[key] }

// AskFeedback asks those present for their feedback once the session is over. Fewer than MinAnswers
// people are not asked: their answers could never be shown, and would not be anonymous.
func (s SOP) AskFeedback(c Case, x Session, present []Attendance) Change {
	var to []PersonID
	for _, a := range present {
		if a.Person != x.Lecturer {
			to = append(to, a.Person)
		}
	}
	slices.Sort(to)
	if len(to) < s.Policy.Assessment.MinAnswers {
		return Change{}
	}
	f := Feedback{Session: x.ID, Office: x.Office, Asked: len(to), Until: s.feedbackUntil(c.Now), Yes: map[string]int{}, No: map[string]int{}}
	out := Change{Feedback: []Feedback{f}}
	for _, id := range to {
		out.Given = append(out.Given, Given{Session: x.ID, Person: id})
	}
	thread := "feedback:" + string(x.ID)
	out.Audit = []Audit{c.audit("feedback.ask", x.Code(), "6.1.2", fmt.Sprintf("请到场%d人匿名评价：%s", len(to), x.Title()))}
	out.Notices = []Notice{{Key: thread, Thread: thread, Office: x.Office, Stage: "asked", Clause: "6.1.2", At: s.decent(c.Now), To: to, Expires: f.Until,
		Body: s.FeedbackCard(c, x, f, Given{}), Why: fmt.Sprintf("规程6.1.2：到场学员填写《培训效果考核表》。匿名：只记总数，不记谁答了什么；少于%d份不显示结果。", s.Policy.Assessment.MinAnswers)}}
	return out
}

// feedbackUntil is SummaryAt of the day when that leaves OpenFor, else the next morning.
func (s SOP) feedbackUntil(closed time.Time) time.Time {
	day := s.Calendar.Date(closed)
	if at := s.Calendar.At(day, s.Policy.Feedback.SummaryAt); !at.Before(closed.Add(s.Policy.Feedback.OpenFor)) {
		return at
	}
	next := s.Calendar.At(day.AddDays(1), s.Policy.Reminders.Morning)
	return later(next, closed.Add(s.Policy.Feedback.OpenFor).Truncate(time.Minute))
}

// FeedbackCard asks what somebody has not answered yet: two buttons a question, three questions at
// most on a card. It never shows an answer, so all cards at the same place are alike.
func (s SOP) FeedbackCard(c Case, x Session, f Feedback, g Given) Body {
	var asks []string
	var buttons []Button
	var lines []string
	for _, m := range s.Measures() {
		if slices.Contains(g.Questions, m.Key) || len(asks) == 3 {
			continue
		}
		asks = append(asks, m.Ask+"？")
		for _, word := range []string{m.Yes, m.No} {
			b := Button{word, fmt.Sprintf("评价 %s %s", x.Code(), word), Plain}
			buttons, lines = append(buttons, b), append(lines, b.Line)
		}
	}
	card := &Card{Title: "三下就好（匿名）", Subtitle: fmt.Sprintf("%s %s", x.Code(), x.Title()), Buttons: buttons,
		Text: fmt.Sprintf("%s\n只记总数，不记谁答了什么。%s截止。想多说一句，发「评价 %s 您的话」，也是匿名的。", strings.Join(asks, " "), s.Moment(f.Until), x.Code())}
	if len(asks) == 0 {
		card.Text, card.Settled = "谢谢，都记下了。想多说一句，发「评价 "+x.Code()+" 您的话」，也是匿名的。", "已评完"
		return Body{Text: fmt.Sprintf("%s %s：%s", x.Code(), x.Title(), card.Text), Card: card}
	}
	return Body{Text: fmt.Sprintf("%s %s，三下就好（匿名）：%s\n请回复：%s。%s截止。", x.Code(), x.Title(), strings.Join(asks, " "), strings.Join(lines, "；"), s.Moment(f.Until)), Card: card}
}

// Evaluation is what somebody says of a session.
type Evaluation struct {
	Answers map[string]bool // by question
	Words   string
}

// Evaluate counts somebody's answers (6.1.2): each question once a person, of those who were there,
// while it is open. To say nothing, in order to look, is kept like an answer: the versions of the
// records do not tell free words from a look. The answer is the same whatever was said (FeedbackReply), and no line of the log is
// written: a line with a time would let the sums be told apart.
func (s SOP) Evaluate(c Case, x Session, f Feedback, g Given, e Evaluation) (Change, error) {
	if !c.Now.Before(f.Until) {
		return Change{}, Refuse(TooLate, "6.1.2", fmt.Sprintf("%s %s 的评价已于%s截止。", x.Code(), x.Title(), s.Moment(f.Until)))
	}
	f.Yes, f.No, g.Questions = clone(f.Yes), clone(f.No), slices.Clone(g.Questions)
	for _, m := range s.Measures() {
		yes, said := e.Answers[m.Key]
		if !said || slices.Contains(g.Questions, m.Key) {
			continue
		}
		if g.Questions = append(g.Questions, m.Key); yes {
			f.Yes[m.Key]++
		} else {
			f.No[m.Key]++
		}
	}
	if e.Words != "" && len(f.Words) < f.Asked && !slices.Contains(f.Words, e.Words) {
		f.Words = append(slices.Clone(f.Words), e.Words)
		slices.Sort(f.Words)
	}
	slices.Sort(g.Questions)
	return Change{Feedback: []Feedback{f}, Given: []Given{g}, Reply: s.FeedbackReply(c, x, f, g)}, nil
}

// FeedbackReply is the one answer to whatever somebody says of a session, also to the bare word: what
// is still asked. From it nobody can tell what was said, nor whether free words were among it.
func (s SOP) FeedbackReply(c Case, x Session, f Feedback, g Given) Answer {
	body := s.FeedbackCard(c, x, f, g)
	return Answer{Body: Say("说过的都已匿名记下，每题记第一次。\n" + body.Text), Settle: body.Card}
}

func clone(m map[string]int) map[string]int {
	out := map[string]int{}
	for k, v := range m {
		out[k] = v
	}
	return out
}

// FeedbackLine gives the sums of a session, hidden below MinAnswers (open point 14).
func (s SOP) FeedbackLine(f Feedback) string {
	var parts []string
	for _, m := range s.Measures() {
		parts = append(parts, s.rate(m, f.Yes[m.Key], f.Yes[m.Key]+f.No[m.Key]))
	}
	return strings.Join(parts, "，")
}

// rate gives 听懂率 6/7（86%，标准100%，未达标).
func (s SOP) rate(m Measure, yes, n int) string {
	switch {
	case n == 0:
		return m.Name + " 未评"
	case n < s.Policy.Assessment.MinAnswers:
		return fmt.Sprintf("%s %d人作答，少于%d份不显示", m.Name, n, s.Policy.Assessment.MinAnswers)
	}
	out := fmt.Sprintf("%s %d/%d（%d%%，标准%d%%%s", m.Name, yes, n, percent(yes, n), m.Standard, s.Policy.Assumed(m.Rule))
	if !m.met(yes, n) {
		out += "，未达标"
	}
	return out + "）"
}

// met says whether the share reaches the standard, exactly and not as rounded.
func (m Measure) met(yes, n int) bool { return yes*100 >= m.Standard*n }

// percent rounds half up.
func percent(yes, n int) int { return (yes*200 + n) / (2 * n) }

// Unfilled lists the asked who have not answered every question; it is told only once the feedback
// is over, so that nobody can watch the sums grow.
func (s SOP) Unfilled(given []Given) []PersonID {
	var out []PersonID
	for _, g := range given {
		if slices.ContainsFunc(s.Measures(), func(m Measure) bool { return !slices.Contains(g.Questions, m.Key) }) {
			out = append(out, g.Person)
		}
	}
	return out
}

// FeedbackEntry is the deduction for a feedback form that was not filled in, or not seriously (6.2.2).
func (s SOP) FeedbackEntry(x Session, who PersonID, reason string) PointsEntry {
	return PointsEntry{Person: who, Month: s.Calendar.Date(x.Start).MonthOf(), Points: s.Policy.Points.Feedback, Clause: "6.2.2",
		Subject: "feedback:" + string(x.ID), Reason: "没有认真填写培训效果考核表：" + reason, Evidence: fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title())}
}

// Careless is the kind of proposal by which a feedback form not filled in is put before the supervisor.
const Careless ProposalKind = "careless"

// CarelessProposal puts the deduction before the supervisor.
func (s SOP) CarelessProposal(c Case, x Session, who PersonID, reason string) Proposal {
	return Proposal{
		Kind: Careless, Subject: string(x.ID) + ":" + string(who), About: who, For: Supervisor, Clause: "6.2.2",
		Title: fmt.Sprintf("%s评价未交 扣%d分", c.Staff.Name(who), -s.Policy.Points.Feedback),
		Text:  fmt.Sprintf("%s %s %s：%s（%s提出）", x.Code(), s.Moment(x.Start), x.Title(), reason, c.By.Name),
		Data:  ProposalData{Session: x.ID, Person: who, Points: s.Policy.Points.Feedback, Note: reason},
	}
}

// MayBlame refuses to enter a missing feedback form of somebody who was not asked, while it is still
// open, or who has answered: the answers are anonymous, so nobody can judge how they were given.
func (s SOP) MayBlame(c Case, x Session, f Feedback, found bool, given []Given, who PersonID) error {
	name := c.Staff.Name(who)
	if !found || !slices.ContainsFunc(given, func(g Given) bool { return g.Person == who }) {
		return Refuse(NotFound, "6.2.2", fmt.Sprintf("%s 没有请%s评价，不能登记。", x.Code(), name))
	}
	if c.Now.Before(f.Until) {
		return Refuse(TooEarly, "6.2.2", fmt.Sprintf("%s 的评价%s才截止，还不能登记。", x.Code(), s.Moment(f.Until)))
	}
	if !slices.Contains(s.Unfilled(given), who) {
		return Refuse(Conflict, "6.2.2", fmt.Sprintf("%s已经填完 %s 的评价；评价是匿名的，不能据此判断认不认真。", name, x.Code()))
	}
	return nil
}

// FeedbackReport shows the sums of a session after its feedback is over, the free words, and who has
// not filled it in.
func (s SOP) FeedbackReport(c Case, x Session, f Feedback, given []Given) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s（讲师%s）评价，请了%d人：\n%s", x.Code(), x.Title(), c.lecturer(x.Lecturer), f.Asked, s.FeedbackLine(f))
	for _, w := range s.ShownWords(f) {
		b.WriteString("\n· " + w)
	}
	if names := s.Unfilled(given); len(names) > 0 {
		fmt.Fprintf(&b, "\n没有填完：%s。确实没填的，由讲师或主管写一句理由登记：「未评价 %s 姓名 理由」。", c.Names(names), x.Code())
	}
	return b.String()
}

// ShownWords gives the free words, none while fewer than MinAnswers have answered anything.
func (s SOP) ShownWords(f Feedback) []string {
	most := 0
	for _, m := range s.Measures() {
		_, n := f.Rate(m.Key)
		most = max(most, n)
	}
	if most < s.Policy.Assessment.MinAnswers {
		return nil
	}
	return f.Words
}
