package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trainingbot/domain"
)

// newPaper numbers a paper.
func (r *request) newPaper() (domain.Paper, error) {
	no, err := r.view.NextNo("paper")
	return domain.Paper{ID: domain.PaperID(r.view.NewID()), No: no}, err
}

// bank gives the questions that may be drawn in the office: those of the program and its own.
func (r *request) bank() ([]domain.ExamQuestion, error) {
	own, err := r.view.OwnQuestions(r.Office.ID)
	all, _ := domain.Bank()
	return append(all, own...), err
}

// begin keeps a new paper and shows its first question.
func (r *request) begin(p domain.Paper, act, text string) domain.Change {
	return domain.Change{
		Papers: []domain.Paper{p}, Notices: []domain.Notice{r.sop.PaperCard(r.Case, p, "")},
		Audit: []domain.Audit{r.audit(act, fmt.Sprint(p.No), "5.4.2", text)},
		Reply: domain.Answer{Body: domain.Say(text)},
	}
}

// practise begins a practice paper, or goes on with the one that was left.
func practise(r *request) (domain.Change, error) {
	said := r.args.Text("主题")
	topics, name, topic := []string(nil), "上月讲过的主题", ""
	if said != "" {
		found := r.sop.Policy.FindTopics(said)
		if len(found) == 0 {
			return domain.Change{}, domain.Refuse(domain.NotFound, "5.4.2", fmt.Sprintf("没有叫“%s”的主题。主题名见「规程」；练全部主题发「自测」。", said))
		}
		name, topic = found[0].Name, found[0].ID
		for _, t := range found {
			topics = append(topics, t.ID)
		}
	}
	before, err := r.view.PracticeOf(r.By.ID, r.Now.AddDate(0, 0, -7))
	if err != nil {
		return domain.Change{}, err
	}
	for _, p := range before {
		if !p.Over && (said == "" || p.Topic == topic) {
			return domain.Change{Notices: []domain.Notice{r.sop.PaperCard(r.Case, p, "")}, Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("接着上次的自测，第%d题。", len(p.Answers)+1))}}, nil
		}
	}
	if said == "" {
		if topics, err = r.recentTopics(); err != nil {
			return domain.Change{}, err
		}
	}
	bank, err := r.bank()
	if err != nil {
		return domain.Change{}, err
	}
	p, err := r.newPaper()
	if err != nil {
		return domain.Change{}, err
	}
	p.Topic = topic
	if p, err = r.sop.NewPractice(r.Case, p, bank, topics); err != nil {
		return domain.Change{}, err
	}
	return r.begin(p, "paper.practise", fmt.Sprintf("自测开始：%s，%d题，不记成绩，可以随时停、再发「自测」接着做。", name, len(p.Items))), nil
}

// recentTopics gives what was taught last month, or all of 4.0 for those on post.
func (r *request) recentTopics() ([]string, error) {
	m := r.today().MonthOf().Add(-1)
	held, err := r.heldIn(domain.MonthlyExam, m.String())
	if err != nil {
		return nil, err
	}
	return r.sop.NewAssessment(r.Office.ID, domain.MonthlyExam, m.String(), nil, r.today(), held).Topics, nil
}

// paperOf finds a paper by the number on its card.
func (r *request) paperOf() (domain.Paper, int, error) {
	no, _ := strconv.ParseInt(r.args.Word("卷"), 10, 64)
	n, _ := strconv.Atoi(r.args.Word("题") + r.args.Word("点"))
	p, ok, err := r.view.PaperByNo(no)
	if err == nil && (!ok || p.Person != r.By.ID && p.Examiner != r.By.ID) {
		err = domain.Refuse(domain.NotFound, "5.4.2", "没有这份卷子。练习发「自测」。")
	}
	if err == nil && p.Office != r.Office.ID {
		err = r.enter(p.Office)
	}
	return p, n, err
}

func answer(r *request) (domain.Change, error) {
	p, n, err := r.paperOf()
	if err != nil {
		return domain.Change{}, err
	}
	p, out, err := r.sop.Answer(r.Case, p, n, strings.ToUpper(plainText(r.args.Word("答案"))))
	if err != nil || p.Kind != domain.ExamPaper || !p.Over || len(out.Papers) == 0 {
		return out, err
	}
	tell, err := r.allIn(p)
	return out.And(tell), err
}

// allIn tells the supervisors when the last paper that was begun is in.
func (r *request) allIn(last domain.Paper) (domain.Change, error) {
	all, err := r.view.PapersOf(last.Assessment)
	if err != nil {
		return domain.Change{}, err
	}
	n := 0
	for _, p := range all {
		if p.Kind == domain.ExamPaper && p.ID != last.ID && !p.Over && !p.Late(r.Now) {
			return domain.Change{}, nil
		}
		if p.Kind == domain.ExamPaper {
			n++
		}
	}
	a, scores, err := r.assessmentID(last.Assessment)
	if err != nil {
		return domain.Change{}, err
	}
	if n = r.sop.PapersMissing(r.Case, a, scores, all, last); n > 0 {
		return domain.Change{}, nil
	}
	return r.sop.AllIn(r.Case, a, last), nil
}

// assessmentID finds a running assessment of the office by its id.
func (r *request) assessmentID(id domain.AssessmentID) (domain.Assessment, []domain.Score, error) {
	all, err := r.view.Assessments(r.Office.ID, r.Now.AddDate(-1, 0, 0))
	if err != nil {
		return domain.Assessment{}, nil, err
	}
	for _, a := range all {
		if a.ID == id {
			return r.withScores(a)
		}
	}
	return domain.Assessment{}, nil, fmt.Errorf("assessment %s of a paper is missing", id)
}

// openPaper lets the candidates take the written part by chat.
func openPaper(r *request) (domain.Change, error) {
	a, scores, err := r.assessment(r.args.Ref("考核"), anyAssessment, noAssessment)
	if err != nil {
		return domain.Change{}, err
	}
	papers, err := r.view.PapersOf(a.ID)
	if err != nil {
		return domain.Change{}, err
	}
	bank, err := r.bank()
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.OpenPaper(r.Case, a, scores, papers, bank)
}

// sitPaper begins the written part, or shows the question one is at.
func sitPaper(r *request) (domain.Change, error) {
	a, scores, err := r.assessment(r.args.Ref("考核"), func(a domain.Assessment) bool {
		_, ok := a.Candidate(r.By.ID)
		return ok && !a.PaperFrom.IsZero()
	}, "现在没有开放的书面卷。主管开卷后会通知您；练习发「自测」。")
	if err != nil {
		return domain.Change{}, err
	}
	mine, err := r.view.PapersOf(a.ID)
	if err != nil {
		return domain.Change{}, err
	}
	sitting := r.sop.SittingOf(a, scores, r.By.ID)
	i := slices.IndexFunc(mine, func(p domain.Paper) bool {
		return p.Kind == domain.ExamPaper && p.Person == r.By.ID && p.Sitting == sitting
	})
	if i >= 0 {
		p := mine[i]
		switch {
		case p.Over:
			return say("您已经交卷了，每次只能答一份。成绩由主管确认后告诉您。")
		case p.Late(r.Now):
			_, out, err := r.sop.Answer(r.Case, p, 0, "")
			return out, err
		}
		return domain.Change{Notices: []domain.Notice{r.sop.PaperCard(r.Case, p, "")}, Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("接着答第%d题，%s截止。", len(p.Answers)+1, r.sop.Hour(p.Until)))}}, nil
	}
	bank, err := r.bank()
	if err != nil {
		return domain.Change{}, err
	}
	p, err := r.newPaper()
	if err != nil {
		return domain.Change{}, err
	}
	if p, err = r.sop.NewExamPaper(r.Case, p, a, scores, bank); err != nil {
		return domain.Change{}, err
	}
	return r.begin(p, "paper.begin", fmt.Sprintf("%s书面部分开始：%d题，%s前交卷，只有一次机会。请在下面的卡上点第1题的答案。", a.Title(), len(p.Items), r.sop.Hour(p.Until))), nil
}

// collectPapers shows who has handed in, for the supervisor to confirm.
func collectPapers(r *request) (domain.Change, error) {
	a, scores, papers, err := r.papersToEnter()
	if err != nil {
		return domain.Change{}, err
	}
	return domain.Change{Reply: domain.Answer{Body: r.sop.PapersBody(r.Case, a, scores, papers)}}, nil
}

// papersToEnter finds an assessment and the written papers of it without a score yet.
func (r *request) papersToEnter() (domain.Assessment, []domain.Score, []domain.Paper, error) {
	a, scores, err := r.assessment(r.args.Ref("考核"), func(a domain.Assessment) bool { return !a.PaperFrom.IsZero() }, "现在没有开过卷的考核。让大家在聊天里答卷发「考核 开卷」。")
	if err != nil {
		return a, nil, nil, err
	}
	all, err := r.view.PapersOf(a.ID)
	return a, scores, r.sop.Unentered(a, scores, all), err
}

// enterPapers makes the papers that are in the written scores, on the supervisor's word.
func enterPapers(r *request) (domain.Change, error) {
	a, scores, papers, err := r.papersToEnter()
	if err != nil {
		return domain.Change{}, err
	}
	var entries []domain.Entry
	var closed []domain.Paper
	for _, p := range papers {
		if !p.Over && !p.Late(r.Now) {
			continue
		}
		if !p.Over {
			p.Over = true
			closed = append(closed, p)
		}
		entries = append(entries, domain.Entry{Person: p.Person, Part: domain.Written, Points: p.Points(), Wrong: p.Wrong(), Source: "答卷", Retake: p.Sitting > 1})
	}
	if len(entries) == 0 {
		return say("现在没有可以录入的答卷。发「考核 收卷 %s」看谁还在答。", a.Code())
	}
	out, err := r.enterScores(a, scores, entries)
	out.Papers = append(out.Papers, closed...)
	return out, err
}

// checkList begins somebody's practical part on the examiner's phone.
func checkList(r *request) (domain.Change, error) {
	who := r.args.Person("人")
	a, scores, err := r.assessment(r.args.Ref("考核"), func(a domain.Assessment) bool {
		_, ok := a.Candidate(who)
		return ok && slices.Contains(a.Parts, domain.Practical)
	}, noAssessment)
	if err != nil {
		return domain.Change{}, err
	}
	papers, err := r.view.PapersOf(a.ID)
	if err != nil {
		return domain.Change{}, err
	}
	sitting := r.sop.SittingOf(a, scores, who)
	for _, p := range papers {
		if p.Kind == domain.CheckList && p.Person == who && p.Sitting == sitting && !p.Over && p.Examiner == r.By.ID {
			return domain.Change{Notices: []domain.Notice{r.sop.PaperCard(r.Case, p, "")}, Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("接着检查%s，第%d点。", r.Staff.Name(who), len(p.Answers)+1))}}, nil
		}
	}
	p, err := r.newPaper()
	if err != nil {
		return domain.Change{}, err
	}
	if p, err = r.sop.NewCheckList(r.Case, p, a, scores, who); err != nil {
		return domain.Change{}, err
	}
	return r.begin(p, "paper.check", fmt.Sprintf("%s的实操检查：%d点，逐点点按；最后一点点完就录入成绩。", r.Staff.Name(who), len(p.Items))), nil
}

// tickOff takes the examiner's mark; with the last one the score is entered.
func tickOff(r *request) (domain.Change, error) {
	p, n, err := r.paperOf()
	if err != nil {
		return domain.Change{}, err
	}
	p, out, err := r.sop.Tick(r.Case, p, n, r.args.Choice("结果"), r.args.Text("说明"))
	if err != nil || len(out.Papers) == 0 || !p.Over {
		return out, err
	}
	a, scores, err := r.assessmentID(p.Assessment)
	if err != nil {
		return domain.Change{}, err
	}
	entered, err := r.enterScores(a, scores, []domain.Entry{{Person: p.Person, Part: domain.Practical, Points: p.Points(), Checked: len(p.Items), Missed: p.Missed(), Conflicts: p.Conflicts(a), Source: "检查表", Retake: p.Sitting > 1}})
	if err != nil {
		return domain.Change{}, err
	}
	entered.Reply.Settle = out.Reply.Settle
	out.Reply = domain.Answer{}
	return out.And(entered), nil
}
