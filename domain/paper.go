package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// PaperKind says what a paper is for.
type PaperKind string

// The kinds of paper.
const (
	Practice  PaperKind = "practice" // 自测: nobody else sees it
	ExamPaper PaperKind = "written"  // the written part of an assessment, taken by chat
	CheckList PaperKind = "check"    // the practical part: an examiner ticks off what Person does
)

// PaperItem is one question or checkpoint of a paper, as it was drawn: what becomes of the bank later
// does not change it.
type PaperItem struct {
	ID     string
	Topic  string
	Name   string `json:",omitempty"` // of a checkpoint
	Text   string // as printed
	Answer string `json:",omitempty"` // the letter of the right option
	Why    string `json:",omitempty"`
}

// The marks of a checkpoint.
const (
	MarkDone   = "做到"
	MarkMissed = "漏了"
	MarkClash  = "不符" // what the trainee was taught differs from practice: no fault of theirs (6.1.2)
)

// Paper is one paper somebody answers question by question. It can be left and taken up again.
type Paper struct {
	ID         PaperID
	No         int64
	Office     OfficeID
	Kind       PaperKind
	Person     PersonID // who answers; of a check list who is examined
	Examiner   PersonID // of a check list
	Assessment AssessmentID
	Sitting    int
	Topic      string // of a practice on one topic
	Items      []PaperItem
	Answers    []string
	Notes      []string // of a check list, beside each answer
	Started    time.Time
	Until      time.Time // answers after it do not count; zero: no limit
	Over       bool      // handed in
	Version    int64     // of the record, for the storage
}

// next is the number of the question to be answered, from 1; 0 when all are.
func (p Paper) next() int {
	if p.Over || len(p.Answers) >= len(p.Items) {
		return 0
	}
	return len(p.Answers) + 1
}

// Late says that the time of the paper is over.
func (p Paper) Late(now time.Time) bool { return !p.Until.IsZero() && now.After(p.Until) }

// Right counts the right answers.
func (p Paper) Right() int {
	n := 0
	for i, x := range p.Answers {
		if x == p.Items[i].Answer {
			n++
		}
	}
	return n
}

// Points gives the score out of 100; questions without an answer are wrong.
func (p Paper) Points() int {
	good := p.Right()
	if p.Kind == CheckList {
		good = len(p.Items) - len(p.Missed())
	}
	return (good*200 + len(p.Items)) / (2 * len(p.Items))
}

// Wrong gives the topics of the questions that were not answered rightly, one for each.
func (p Paper) Wrong() []string {
	var out []string
	for i, x := range p.Items {
		if i >= len(p.Answers) || p.Answers[i] != x.Answer {
			out = append(out, x.Topic)
		}
	}
	return out
}

// Missed gives the checkpoints that were missed.
func (p Paper) Missed() []string {
	var out []string
	for i, x := range p.Items {
		if i < len(p.Answers) && p.Answers[i] == MarkMissed {
			out = append(out, x.Name)
		}
	}
	return out
}

// Conflicts gives the checkpoints that contradict what was taught, with who taught the topic.
func (p Paper) Conflicts(a Assessment) []Conflicting {
	var out []Conflicting
	for i, x := range p.Items {
		if i < len(p.Answers) && p.Answers[i] == MarkClash {
			out = append(out, Conflicting{Point: x.Name, Topic: x.Topic, Lecturer: a.taughtBy(x.Topic), Note: p.Notes[i]})
		}
	}
	return out
}

func (a Assessment) taughtBy(topic string) PersonID {
	for _, l := range a.Taught {
		if l.Topic == topic {
			return l.Lecturer
		}
	}
	return ""
}

// thread is the thread of the card with question n.
func (p Paper) thread(n int) string { return fmt.Sprintf("paper:%s:%d", p.ID, n) }

// questionItems prints questions for one paper.
func questionItems(seed string, qs []ExamQuestion) []PaperItem {
	out := make([]PaperItem, len(qs))
	for i, q := range qs {
		_, answer := q.Shuffled(seed)
		out[i] = PaperItem{ID: string(q.ID), Topic: q.Topic, Text: q.Printed(seed), Answer: answer, Why: q.Why}
	}
	return out
}

// NewPractice draws a practice paper on the topics; the caller numbers it.
func (s SOP) NewPractice(c Case, p Paper, bank []ExamQuestion, topics []string) (Paper, error) {
	qs := DrawQuestions(string(p.ID), bank, topics, s.Policy.Assessment.PracticeQuestions)
	if len(qs) == 0 {
		return p, Refuse(NotFound, "5.4.2", "这个主题还没有题。主管可以用「题库」加题；练全部主题发「自测」。")
	}
	p.Office, p.Kind, p.Person, p.Started = c.Office.ID, Practice, c.By.ID, c.Now
	p.Items = questionItems(string(p.ID), qs)
	return p, nil
}

// NewExamPaper draws the person's written paper of an assessment: everyone gets the same questions, in an
// order of their own.
func (s SOP) NewExamPaper(c Case, p Paper, a Assessment, scores []Score, bank []ExamQuestion) (Paper, error) {
	t, passed := s.current(a, scores, c.By.ID)
	x, ok := a.Candidate(c.By.ID)
	switch {
	case !ok || x.State == Exempt:
		return p, Refuse(NotFound, "5.4.2", a.Title()+"的名单里没有您，不用答卷。")
	case passed || !slices.Contains(t.Lacks(), Written):
		return p, Refuse(Conflict, "5.4.2", "您的书面部分已有成绩，不用再答。")
	case a.PaperFrom.IsZero() || c.Now.After(a.PaperUntil):
		return p, Refuse(TooLate, "5.4.2", fmt.Sprintf("%s的答卷现在没有开放，请找%s安排时间。", a.Title(), c.supervisors(s.today(c))))
	}
	qs := DrawQuestions(fmt.Sprintf("%s:%d", a.ID, t.Sitting), bank, a.Topics, s.Policy.Assessment.PaperQuestions)
	if len(qs) == 0 {
		return p, Refuse(Unready, "5.4.2", "考核的主题还没有题，请主管用「题库」加题。")
	}
	mine := string(a.ID) + string(c.By.ID)
	slices.SortStableFunc(qs, func(a, b ExamQuestion) int { return compareHash(mine, string(a.ID), string(b.ID)) })
	p.Office, p.Kind, p.Person, p.Assessment, p.Sitting = a.Office, ExamPaper, c.By.ID, a.ID, t.Sitting
	p.Started, p.Until = c.Now, c.Now.Add(s.Policy.Assessment.PaperTime)
	p.Items = questionItems(mine, qs)
	return p, nil
}

func (c Case) supervisors(day Date) string {
	if who := c.Staff.With(c.Office.ID, Supervisor, day); len(who) > 0 {
		return c.Names(IDs(who))
	}
	return "主管"
}

// NewCheckList draws the checkpoints of somebody's practical part.
func (s SOP) NewCheckList(c Case, p Paper, a Assessment, scores []Score, who PersonID) (Paper, error) {
	t, passed := s.current(a, scores, who)
	x, ok := a.Candidate(who)
	if !ok || passed || x.State == Exempt {
		return p, s.notWaiting(c, a, scores, who)
	}
	if !slices.Contains(t.Lacks(), Practical) {
		return p, Refuse(Conflict, "5.4.2", fmt.Sprintf("%s这一次不用考实操，或实操已有成绩。", c.Staff.Name(who)))
	}
	p.Office, p.Kind, p.Person, p.Examiner, p.Assessment, p.Sitting, p.Started = a.Office, CheckList, who, c.By.ID, a.ID, t.Sitting, c.Now
	for _, x := range s.checkPoints(a, t.Sitting, who) {
		p.Items = append(p.Items, PaperItem{ID: x.ID, Topic: x.Topic, Name: x.Name, Text: x.Name + "：" + x.Text})
	}
	return p, nil
}

// checkPoints are the checkpoints one person is given at one sitting.
func (s SOP) checkPoints(a Assessment, sitting int, who PersonID) []CheckPoint {
	return DrawPoints(fmt.Sprintf("%s:%d:%s", a.ID, sitting, who), a.Topics, s.Policy.Assessment.CheckPoints)
}

// PaperCard is the notice with the next question of a paper, to the one who answers or examines.
func (s SOP) PaperCard(c Case, p Paper, before string) Notice {
	n := p.next()
	item := p.Items[n-1]
	title := fmt.Sprintf("自测 %d/%d", n, len(p.Items))
	to, answers := p.Person, strings.Split("ABCD", "")
	subtitle := before
	switch p.Kind {
	case ExamPaper:
		title = fmt.Sprintf("答卷 %d/%d", n, len(p.Items))
		subtitle = "请在" + s.Hour(p.Until) + "前答完"
	case CheckList:
		title = fmt.Sprintf("实操 %s %d/%d", c.Staff.Name(p.Person), n, len(p.Items))
		to, answers = p.Examiner, []string{MarkDone, MarkMissed, MarkClash}
	}
	var buttons []Button
	for _, x := range answers {
		if p.Kind == CheckList {
			buttons = append(buttons, Button{x, fmt.Sprintf("打点 %d %d %s", p.No, n, x), Plain})
		} else if strings.Contains(item.Text, "\n"+x+" ") {
			buttons = append(buttons, Button{x, fmt.Sprintf("作答 %d %d %s", p.No, n, x), Plain})
		}
	}
	hint := "回复选项的字母就行。"
	if p.Kind == CheckList {
		hint = "回复做到、漏了或不符。"
	}
	return Notice{Key: p.thread(n) + ":" + c.Now.UTC().Format(time.RFC3339Nano), Thread: p.thread(n), Office: p.Office, Stage: "question", Clause: "5.4.2", At: c.Now, To: []PersonID{to},
		Body: Body{Text: strings.TrimSpace(fmt.Sprintf("%s\n%s\n%s\n%s", title, subtitle, item.Text, hint)), Card: &Card{Title: title, Subtitle: subtitle, Text: item.Text, Buttons: buttons}},
		Why:  "您正在自测、答卷或考核别人的实操；题目从规程4.0的题库里抽。"}
}

// answered is the card of a question that has been answered.
func (p Paper) answered(n int, settled, text string) Settlement {
	return Settlement{Thread: p.thread(n), Card: &Card{Title: fmt.Sprintf("第%d题", n), Text: text, Settled: settled}}
}

// Answer takes the answer to question n of a practice or a written paper. A written one gives nothing
// away before it is in; what comes after its time does not count and hands it in as it stands.
func (s SOP) Answer(c Case, p Paper, n int, letter string) (Paper, Change, error) {
	if p.Person != c.By.ID || p.Kind == CheckList {
		return p, Change{}, Refuse(Forbidden, "5.4.2", "这不是您的卷子。练习发「自测」。")
	}
	if p.Over {
		return p, Change{Reply: Answer{Body: Say("这份卷子已经交了。练习发「自测」。")}}, nil
	}
	if p.Kind == ExamPaper && p.Late(c.Now) {
		p.Over = true
		return p, Change{Papers: []Paper{p}, Closed: []Settlement{p.answered(p.next(), "时间到", "已交卷")},
			Audit: []Audit{c.audit("paper.late", string(p.Assessment), "5.4.2", fmt.Sprintf("%s答卷超时，按已答的%d题交卷", c.By.Name, len(p.Answers)))},
			Reply: Answer{Body: Say(fmt.Sprintf("答卷时间到%s为止，这一题没有算上，已按答过的%d题交卷。成绩由主管确认后告诉您；有特殊情况请和主管说明。", s.Hour(p.Until), len(p.Answers)))}}, nil
	}
	if n != p.next() {
		return p, Change{Notices: []Notice{s.PaperCard(c, p, "")}, Reply: Answer{Body: Say(fmt.Sprintf("第%d题已经答过了，现在是第%d题。", n, p.next()))}}, nil
	}
	item := p.Items[n-1]
	if !strings.Contains(item.Text, "\n"+letter+" ") {
		return p, Change{}, Refuse(Invalid, "5.4.2", "没有这个选项，请回复题目里的字母。")
	}
	p.Answers = append(slices.Clone(p.Answers), letter)
	p.Over = p.next() == 0
	out := Change{Papers: []Paper{p}}
	if p.Kind == ExamPaper {
		out.Closed = []Settlement{p.answered(n, "已答 "+letter, item.Text)}
		out.Reply.Settle = out.Closed[0].Card
		if p.Over {
			out.Audit = []Audit{c.audit("paper.in", string(p.Assessment), "5.4.2", c.By.Name+"已交卷")}
			out.Reply.Body = Say("已交卷，辛苦了。成绩由主管确认后告诉您。")
			return p, out, nil
		}
		out.Reply.Body = Say(fmt.Sprintf("第%d题已记：%s。", n, letter))
		out.Notices = []Notice{s.PaperCard(c, p, "")}
		return p, out, nil
	}
	verdict := "✓ 正确"
	if letter != item.Answer {
		verdict = fmt.Sprintf("✗ 选%s，应选%s", letter, item.Answer)
	}
	out.Closed = []Settlement{p.answered(n, verdict, item.Why)}
	out.Reply.Settle = out.Closed[0].Card
	if p.Over {
		out.Reply.Body = Say(verdict + "。" + item.Why + "\n" + s.practiceResult(p))
		return p, out, nil
	}
	out.Reply.Body = Say(verdict + "。" + item.Why)
	out.Notices = []Notice{s.PaperCard(c, p, "")}
	return p, out, nil
}

// practiceResult says how a practice went and what to practise again.
func (s SOP) practiceResult(p Paper) string {
	text := fmt.Sprintf("自测完成：%d题对%d题，%d分（%s，自测不记入成绩）。", len(p.Items), p.Right(), p.Points(), s.Policy.PassMarkText())
	seen := map[string]bool{}
	var weak []string
	for _, id := range p.Wrong() {
		if t, ok := s.Policy.Topic(id); ok && !seen[id] {
			seen[id] = true
			weak = append(weak, t.Name)
		}
	}
	if len(weak) == 0 {
		return text + "全对！"
	}
	return text + fmt.Sprintf("\n薄弱主题：%s。再练发「自测 %s」。", strings.Join(weak, "、"), weak[0])
}

// Tick takes the examiner's mark of checkpoint n. Over is set with the last one: the score is entered then.
func (s SOP) Tick(c Case, p Paper, n int, mark, note string) (Paper, Change, error) {
	if p.Examiner != c.By.ID || p.Kind != CheckList {
		return p, Change{}, Refuse(Forbidden, "5.4.2", "这张检查表不是您在用。开一张发「实操 姓名」。")
	}
	if p.Over || n != p.next() {
		return p, Change{Reply: Answer{Body: Say(fmt.Sprintf("第%d点已经记过了。录错了用「成绩」更正。", n))}}, nil
	}
	item := p.Items[n-1]
	if mark == MarkClash && strings.TrimSpace(note) == "" {
		return p, c.AskFor(fmt.Sprintf("打点 %d %d %s", p.No, n, mark), fmt.Sprintf("“%s”与课上讲的怎么不一致？请写一句，如：课上讲24小时，实际48小时。", item.Name)), nil
	}
	p.Answers, p.Notes = append(slices.Clone(p.Answers), mark), append(slices.Clone(p.Notes), note)
	p.Over = p.next() == 0
	out := Change{Papers: []Paper{p}, Closed: []Settlement{p.answered(n, mark, item.Text)}}
	out.Reply.Settle = out.Closed[0].Card
	if !p.Over {
		out.Notices = []Notice{s.PaperCard(c, p, "")}
		out.Reply.Body = Say(fmt.Sprintf("%s：%s。", item.Name, mark))
	}
	return p, out, nil
}

// PracticeErrors counts what went wrong in practice by topic, most first, of all people together and
// of topics that at least so many people got wrong: nobody's practice can be told from it.
func PracticeErrors(papers []Paper, people int) []TopicErrors {
	count, who := map[string]int{}, map[string]map[PersonID]bool{}
	for _, p := range papers {
		for _, topic := range p.Wrong() {
			if count[topic]++; who[topic] == nil {
				who[topic] = map[PersonID]bool{}
			}
			who[topic][p.Person] = true
		}
	}
	var out []TopicErrors
	for topic, n := range count {
		if len(who[topic]) >= people {
			out = append(out, TopicErrors{Topic: topic, Count: n})
		}
	}
	slices.SortFunc(out, func(a, b TopicErrors) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Topic, b.Topic))
	})
	return out
}
