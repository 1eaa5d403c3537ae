package bot

import (
	"cmp"
	"fmt"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// assessmentRef is the argument that names an assessment.
func assessmentRef() command.Arg {
	return refArg("考核", "T", "考核编号，如 T5，有几个时写明", true)
}

// paperArg is the argument that names a paper, which is its holder's whatever the office.
const paperArg = "卷"

// assessWords are the words of the assessments (5.4, 6.1.1). Those behind 考核 are shown with it.
func assessWords() command.Table[run] {
	text := func(name, hint string) []command.Arg { return []command.Arg{opt(name, command.Text, hint)} }
	return command.Table[run]{
		{Name: "考核安排", Aliases: []string{"安排考核"}, Clause: "5.4.2", Roles: assessors, Changes: true, Hidden: true,
			Args: text("内容", "日期、时间、书面或实操"), Help: "定考核或补考的时间；不写时间就看建议", Example: "考核 安排 10-10 14:00 书面 10-12 14:00 实操", Run: arrange},
		{Name: "考核缓考", Aliases: []string{"缓考"}, Clause: "5.4.2", Roles: supervisors, Changes: true, Hidden: true,
			Args: []command.Arg{assessmentRef(), arg("人", command.Person, "谁"), opt("理由", command.Text, "为什么")}, Help: "有原因没考的以后补，不算不合格", Example: "考核 缓考 吴倩 住院", Run: deferSitting},
		{Name: "考核免考", Aliases: []string{"免考"}, Clause: "5.4.2", Roles: supervisors, Changes: true, Hidden: true,
			Args: []command.Arg{assessmentRef(), arg("人", command.Person, "谁"), opt("理由", command.Text, "为什么")}, Help: "这一次不用考", Example: "考核 免考 吴倩 外派学习", Run: exempt},
		{Name: "考核开卷", Aliases: []string{"开卷"}, Clause: "5.4.2", Roles: assessors, Changes: true, Hidden: true,
			Args: []command.Arg{assessmentRef()}, Help: "让应考的人在聊天里答书面卷", Example: "考核 开卷 T5", Run: openPaper},
		{Name: "考核收卷", Aliases: []string{"收卷"}, Clause: "5.4.2", Roles: assessors, Changes: true, Hidden: true,
			Args: []command.Arg{assessmentRef()}, Help: "看谁交了卷、几分", Example: "考核 收卷 T5", Run: collectPapers},
		{Name: "考核录入", Aliases: []string{"录入成绩"}, Clause: "5.4.2", Roles: assessors, Changes: true, Hidden: true,
			Args: []command.Arg{assessmentRef()}, Help: "把答卷的分数记为书面成绩", Example: "考核 录入 T5", Run: enterPapers},
		{Name: "考核合并", Clause: "5.4.3", Roles: assessors, Changes: true, Hidden: true,
			Args: []command.Arg{assessmentRef()}, Help: "本季度消防考核与这次月度考核合考，书面成绩各记一次", Example: "考核 合并 T5", Run: combine},
		{Name: "成绩", Aliases: []string{"打分", "score"}, Clause: "5.4.2、6.1.1", Roles: lecturers, Changes: true,
			Args: text("内容", "姓名和分数"), Help: "录成绩：可几人一起；实操可写 全对、漏 检查点、不符 检查点 说明；另有 缺考、补考、更正", Example: "成绩 高翔 70 郑宇 88", Run: scores},
		{Name: "实操", Aliases: []string{"实操检查"}, Clause: "5.4.2", Roles: lecturers, Changes: true,
			Args: []command.Arg{assessmentRef(), arg("人", command.Person, "考谁")}, Help: "在手机上逐点检查一个人的实操", Example: "实操 高翔", Run: checkList},
		{Name: "打点", Clause: "5.4.2", Roles: lecturers, Changes: true, Hidden: true,
			Args: []command.Arg{arg(paperArg, command.Word, "检查表编号"), arg("点", command.Word, "第几点"), {Name: "结果", Kind: command.Choice, Choices: []command.Option{{Value: domain.MarkDone}, {Value: domain.MarkMissed}, {Value: domain.MarkClash}}}, opt("说明", command.Text, "怎么不符")},
			Help: "记一个检查点", Example: "打点 12 1 做到", Run: tickOff},
		{Name: "分析", Aliases: []string{"统计分析", "analyse"}, Clause: "5.4.4", Roles: planners, Changes: true,
			Args: []command.Arg{assessmentRef(), {Name: "决定", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "需修订", Synonyms: []string{"修订", "要修订"}}, {Value: "不需修订", Synonyms: []string{"不修订", "不用修订"}}}}, opt("理由", command.Text, "为什么不修订")},
			Help: "考核的统计、草稿；定计划是否修订", Example: "分析 T5 需修订", Run: analyse},
		{Name: "自测", Aliases: []string{"练习", "quiz"}, Clause: "5.4.2", Changes: true,
			Args: text("主题", "哪个主题，不写就是上月讲过的"), Help: "做几道题练一练，不记成绩", Example: "自测 投诉处理", Run: practise},
		{Name: "答卷", Aliases: []string{"开始答卷"}, Clause: "5.4.2", Changes: true,
			Args: []command.Arg{assessmentRef()}, Help: "主管开卷以后，答书面卷", Example: "答卷 T5", Run: sitPaper},
		{Name: "作答", Clause: "5.4.2", Changes: true, Hidden: true,
			Args: []command.Arg{arg(paperArg, command.Word, "卷子编号"), arg("题", command.Word, "第几题"), arg("答案", command.Word, "选项")}, Help: "回答一题", Example: "作答 12 3 B", Run: answer},
		{Name: "题库", Aliases: []string{"加题", "questions"}, Clause: "5.4.2", Roles: assessors, Changes: true,
			Args: text("内容", "加一题或停用一题"), Help: "看题库；加本处的题，停用、启用本处的题", Example: "题库 投诉处理：几小时内回访？A 24小时 B 48小时 答案A", Run: questionBank},
	}
}

// assessment finds the assessment the request names, or the only one that pick takes among those that
// run, with its scores, and makes its office the one the request is about.
func (r *request) assessment(no int64, pick func(domain.Assessment) bool, none string) (domain.Assessment, []domain.Score, error) {
	if no != 0 {
		a, ok, err := r.view.AssessmentByNo(no)
		if err != nil {
			return a, nil, err
		}
		if !ok {
			if refusal, err := r.formerly(no); refusal != nil || err != nil {
				return a, nil, cmp.Or(err, refusal)
			}
		}
		if !ok || len(r.By.Roles(a.Office, r.today())) == 0 {
			see := "考核"
			if cmd, ok := r.table.Find(see); !ok || r.mayUse(*cmd) != nil {
				see = r.word.Name // it takes the only one when no number is said
			}
			return a, nil, domain.Refuse(domain.NotFound, "5.4", fmt.Sprintf("没有编号 T%d 的考核。发「%s」看有哪一场。", no, see))
		}
		return r.withScores(a)
	}
	var found []domain.Assessment
	for _, o := range r.offices() {
		all, err := r.view.Assessments(o, r.Now)
		if err != nil {
			return domain.Assessment{}, nil, err
		}
		for _, a := range all {
			if pick(a) {
				found = append(found, a)
			}
		}
	}
	switch len(found) {
	case 0:
		return domain.Assessment{}, nil, domain.Refuse(domain.NotFound, "5.4", none)
	case 1:
		return r.withScores(found[0])
	}
	names := make([]string, len(found))
	for i, a := range found {
		names[i] = fmt.Sprintf("%s（%s）", a.Code(), a.Title())
	}
	return domain.Assessment{}, nil, domain.Refuse(domain.Invalid, "5.4", fmt.Sprintf("现在有%d个：%s。请写明编号，如「%s %s」。", len(found), strings.Join(names, "、"), r.word.Name, found[0].Code()))
}

func (r *request) withScores(a domain.Assessment) (domain.Assessment, []domain.Score, error) {
	if a.Office != r.Office.ID {
		if err := r.enter(a.Office); err != nil {
			return a, nil, err
		}
	}
	scores, err := r.view.Scores(a.ID)
	return a, scores, err
}

const noAssessment = "现在没有在进行的考核。主管发「考核 安排」安排时间。"

func anyAssessment(domain.Assessment) bool { return true }

// held gives the sessions that count of the training an assessment is about.
func (r *request) heldIn(kind domain.AssessmentKind, subject string) ([]domain.Session, error) {
	first, last := domain.Assessment{Kind: kind, Subject: subject}.PeriodOf()
	all, err := r.view.Sessions(r.Office.ID, r.sop.Calendar.At(first, domain.Clock{}), r.sop.Calendar.At(last.AddDays(1), domain.Clock{}))
	if err != nil {
		return nil, err
	}
	var out []domain.Session
	for _, x := range all {
		if x.Counts() || x.State == domain.Closed {
			out = append(out, x)
		}
	}
	return out, nil
}

// newAssessment gives the assessment of a month or a quarter: the one there is, else a new one, not
// numbered yet.
func (r *request) newAssessment(kind domain.AssessmentKind, subject string) (domain.Assessment, []domain.Score, error) {
	a, ok, err := r.view.Assessment(r.Office.ID, kind, subject)
	if err != nil {
		return a, nil, err
	}
	if ok {
		return r.withScores(a)
	}
	held, err := r.heldIn(kind, subject)
	if err != nil {
		return a, nil, err
	}
	return r.sop.NewAssessment(r.Office.ID, kind, subject, r.Staff, r.today(), held), nil, nil
}

// number gives a new assessment its id and number.
func (r *request) number(a domain.Assessment) (domain.Assessment, error) {
	if a.ID != "" {
		return a, nil
	}
	no, err := r.view.NextNo("assessment")
	a.ID, a.No, a.By, a.Opened = domain.AssessmentID(r.view.NewID()), no, r.By.ID, r.Now
	return a, err
}

func deferSitting(r *request) (domain.Change, error) { return r.excuse(domain.Deferred) }
func exempt(r *request) (domain.Change, error)       { return r.excuse(domain.Exempt) }

func (r *request) excuse(state domain.CandidateState) (domain.Change, error) {
	who, _ := r.Staff.Person(r.args.Person("人"))
	a, scores, err := r.assessment(r.args.Ref("考核"), func(a domain.Assessment) bool {
		_, ok := a.Candidate(who.ID)
		return ok
	}, noAssessment)
	if err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("理由")
	if reason == "" {
		return r.AskFor(fmt.Sprintf("考核 %s %s %s", state.Chinese(), a.Code(), who.No), fmt.Sprintf("请写一句%s%s的理由，会留痕并告诉本人。（先不定就发「算了」。）", r.Staff.Name(who.ID), state.Chinese())), nil
	}
	out, err := r.sop.Excuse(r.Case, a, scores, who.ID, state, reason)
	if err != nil {
		return domain.Change{}, err
	}
	chain, ok, err := r.view.ChainOf(who.ID, string(a.ID))
	if err == nil && ok && chain.State == domain.ChainOpen {
		chain.Paused = state.Chinese() + "：" + reason
		out.Chains = append(out.Chains, chain)
	}
	return out, err
}

func analyse(r *request) (domain.Change, error) {
	a, scores, err := r.assessment(r.args.Ref("考核"), anyAssessment, "现在没有要分析的考核。看以前的请写编号，如「分析 T5」。")
	if err != nil {
		return domain.Change{}, err
	}
	if !r.args.Has("决定") {
		done, err := r.view.Analyses(a.ID)
		return r.withCard(r.sop.AnalysisBody(r.Case, a, scores, done)), err
	}
	revise, reason := r.args.Choice("决定") == "需修订", r.args.Text("理由")
	done, err := r.view.Analyses(a.ID)
	if err != nil {
		return domain.Change{}, err
	}
	if n := len(done); n > 0 && done[n-1].Revise == revise && done[n-1].Reason == reason && done[n-1].Sitting == a.Reported {
		return domain.Change{}, domain.Refuse(domain.Conflict, "5.4.4", fmt.Sprintf("%s 已由%s于%s这样定了，之后没有新的成绩，不用再记。看统计发「分析 %s」。", a.Code(), r.Staff.Name(done[n-1].By), r.sop.Moment(done[n-1].At), a.Code()))
	}
	return r.sop.Analyse(r.Case, a, scores, revise, reason, r.view.NewID())
}

// withCard answers with the whole text and sends the card with its buttons behind it: a card shows
// only the beginning of a long text.
func (r *request) withCard(b domain.Body) domain.Change {
	out := domain.Change{Reply: domain.Answer{Body: domain.Say(b.Text)}}
	if b.Card != nil {
		key := "card:" + string(r.msg.ID)
		out.Notices = []domain.Notice{{Key: key, Thread: key, Office: r.Office.ID, Stage: "card", At: r.Now, To: []domain.PersonID{r.By.ID}, Body: b, Via: r.msg.From.Platform, Why: "您刚才要看的内容。"}}
	}
	return out
}

// combine makes a monthly assessment's written part count for the quarter's fire assessment too.
func combine(r *request) (domain.Change, error) {
	monthly, _, err := r.assessment(r.args.Ref("考核"), func(a domain.Assessment) bool { return a.Kind == domain.MonthlyExam && a.State == domain.Sitting }, noAssessment)
	if err != nil {
		return domain.Change{}, err
	}
	done, err := r.view.Settled(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	fire, _, err := r.newAssessment(domain.FireExam, r.fireQuarter(done).String())
	if err != nil {
		return domain.Change{}, err
	}
	if fire, err = r.number(fire); err != nil {
		return domain.Change{}, err
	}
	return r.sop.Combine(r.Case, fire, monthly)
}

// showAssessments shows the windows and the assessments that run, or one of them.
func showAssessments(r *request) (domain.Change, error) {
	if no := r.args.Ref("考核"); no != 0 {
		a, scores, err := r.assessment(no, anyAssessment, noAssessment)
		if err != nil {
			return domain.Change{}, err
		}
		return r.withCard(r.sop.AssessmentBody(r.Case, a, scores)), nil
	}
	text := r.windows()
	all, err := r.view.Assessments(r.Office.ID, r.Now.AddDate(0, -2, 0))
	if err != nil {
		return domain.Change{}, err
	}
	for _, a := range all {
		scores, err := r.view.Scores(a.ID)
		if err != nil {
			return domain.Change{}, err
		}
		text += "\n" + r.sop.AssessmentLine(r.Case, a, scores)
	}
	return say("%s\n安排时间发「考核 安排」（先给建议），消防发「考核 安排 消防」。", text)
}

// byHand makes sure that an assessment held on paper can be given its scores.
func (r *request) byHand(m domain.Matter) (domain.Change, error) {
	kind := domain.MonthlyExam
	switch m.Kind {
	case domain.FireAssessment:
		kind = domain.FireExam
	case domain.MonthlyAssessment:
	default:
		return domain.Change{}, nil
	}
	a, _, err := r.newAssessment(kind, m.Subject)
	if err != nil || a.ID != "" || len(a.Candidates) == 0 {
		return domain.Change{}, err
	}
	if a, err = r.number(a); err != nil {
		return domain.Change{}, err
	}
	return domain.Change{Assessments: []domain.Assessment{a}, Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("纸卷的成绩请发「成绩 %s 姓名 分数」录入，录齐才有合格率和统计分析（规程5.4.4）。", a.Code()))}}, nil
}
