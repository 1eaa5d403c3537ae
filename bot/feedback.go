package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// feedbackWords are the words of the trainees' feedback (6.1.2, 6.2.2).
func feedbackWords() command.Table[run] {
	answer := func(name, yes, no string, alsoYes, alsoNo []string) command.Arg {
		return command.Arg{Name: name, Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: no, Synonyms: alsoNo}, {Value: yes, Synonyms: alsoYes}}}
	}
	return command.Table[run]{
		// SelfProving: a guess that is asked back would be kept beside the person's name.
		{Name: "评价", Aliases: []string{"feedback", "反馈"}, Clause: "6.1.2", Changes: true, SelfProving: true, AnyOrder: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"),
				answer("听懂", "懂", "没懂", []string{"听懂了", "懂了", "听懂"}, []string{"没听懂", "不懂", "听不懂"}),
				answer("有用", "有用", "一般", []string{"实用"}, []string{"没用", "不实用"}),
				answer("全面", "全", "不全", []string{"全面", "很全"}, []string{"不全面"}),
				answer("认可", "认可", "不认可", nil, nil),
				opt("话", command.Text, "想说的一句话")},
			Help: "匿名评价上过的课；讲师和主管看结果", Example: "评价 S31 懂 有用 全", Run: evaluate},
		{Name: "未评价", Aliases: []string{"评价未交", "careless"}, Clause: "6.2.2", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"), arg("人", command.Person, "谁"), opt("理由", command.Text, "怎么没交或没认真填")},
			Help: "登记没有填或没认真填评价的人，由主管确认扣分", Example: "未评价 S31 张伟 提醒两次都没填", Run: careless},
	}
}

// closed is what follows for a session that was just closed: those present are asked for their
// feedback (6.1.2). The caller gives its own reply.
func (r *request) closed(x domain.Session, present []domain.Attendance) (domain.Change, error) {
	if _, asked, err := r.view.Feedback(x.ID); err != nil || asked {
		return domain.Change{}, err
	}
	return r.sop.AskFeedback(r.Case, x, present), nil
}

// evaluate takes somebody's feedback on a session, or shows what is asked, or the sums.
func evaluate(r *request) (domain.Change, error) {
	r.understood = "" // what was said is not repeated: the answer is kept beside the name
	x, f, g, asked, err := r.askedAbout()
	if err != nil {
		return domain.Change{}, err
	}
	said := r.evaluation()
	nothing := len(said.Answers) == 0 && said.Words == ""
	if nothing && (!asked || !r.Now.Before(f.Until)) {
		return r.feedbackOf(x, f)
	}
	if !asked {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "6.1.2", fmt.Sprintf("只有到场的人才能评价。%s %s没有您的到场记录，有疑问请找讲师或主管「点名」补登。", x.Code(), x.Title()))
	}
	out, err := r.sop.Evaluate(r.Case, x, f, g, said)
	if r.msg.Press != nil {
		out.Reply.Body = domain.Body{} // the card says it
	} else {
		out.Reply.Settle = nil
	}
	return out, err
}

// evaluation reads what was said.
func (r *request) evaluation() domain.Evaluation {
	e := domain.Evaluation{Answers: map[string]bool{}, Words: r.args.Text("话")}
	for key, name := range map[string]string{"understood": "听懂", "practical": "有用", "breadth": "全面", "missing": "认可"} {
		if word := r.args.Choice(name); word != "" {
			e.Answers[key] = slices.ContainsFunc(r.sop.Measures(), func(m domain.Measure) bool { return m.Key == key && m.Yes == word })
		}
	}
	return e
}

// askedAbout finds the session that is spoken of with its feedback and what the person has answered;
// asked is false when they were not there.
func (r *request) askedAbout() (x domain.Session, f domain.Feedback, g domain.Given, asked bool, err error) {
	if !r.args.Has("场次") {
		open, err := r.view.FeedbackAsked(r.By.ID, r.Now)
		if err != nil {
			return x, f, g, false, err
		}
		var names []string
		for _, o := range open {
			if x, err = r.view.Session(o.Session); err != nil {
				return x, f, g, false, err
			}
			g, names = o, append(names, fmt.Sprintf("%s（%s）", x.Code(), x.Title()))
		}
		switch len(open) {
		case 0:
			return x, f, g, false, domain.Refuse(domain.NotFound, "6.1.2", "现在没有等您评价的培训。看以前的结果请写明场次，如「评价 S31」。")
		case 1:
		default:
			return x, f, g, false, domain.Refuse(domain.Invalid, "6.1.2", fmt.Sprintf("等您评价的有%d场：%s。请写明编号，如「评价 %s 懂」。", len(open), strings.Join(names, "、"), x.Code()))
		}
		f, _, err = r.view.Feedback(x.ID)
		return x, f, g, true, err
	}
	if x, err = r.session(nil, ""); err != nil {
		return x, f, g, false, err
	}
	f, found, err := r.view.Feedback(x.ID)
	if err != nil {
		return x, f, g, false, err
	}
	if !found {
		return x, f, g, false, domain.Refuse(domain.NotFound, "6.1.2", fmt.Sprintf("%s %s没有发起评价：还没关课，或到场不足%d人。", x.Code(), x.Title(), r.sop.Policy.Assessment.MinAnswers))
	}
	given, err := r.view.FeedbackGiven(x.ID)
	if err != nil {
		return x, f, g, false, err
	}
	if i := slices.IndexFunc(given, func(g domain.Given) bool { return g.Person == r.By.ID }); i >= 0 {
		return x, f, given[i], true, nil
	}
	present, err := r.view.Attendance(x.ID) // who was marked by hand after the close was there too
	asked = slices.ContainsFunc(present, func(a domain.Attendance) bool { return a.Person == r.By.ID })
	return x, f, domain.Given{Session: x.ID, Person: r.By.ID}, asked, err
}

// feedbackOf shows the sums of a session to its lecturer, the supervisor and the director, once the
// feedback is over.
func (r *request) feedbackOf(x domain.Session, f domain.Feedback) (domain.Change, error) {
	today := r.today()
	if r.By.ID != x.Lecturer && !r.By.Has(x.Office, domain.Supervisor, today) && !r.By.Has(x.Office, domain.Director, today) {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "6.1.2", fmt.Sprintf("%s %s的评价结果给讲师、主管和主任看。", x.Code(), x.Title()))
	}
	if r.Now.Before(f.Until) {
		return say("%s %s 的评价还在收，%s截止后告诉您结果。收完才看，是为了匿名。", x.Code(), x.Title(), r.sop.Moment(f.Until))
	}
	given, err := r.view.FeedbackGiven(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return say("%s", r.sop.FeedbackReport(r.Case, x, f, given))
}

// careless enters a feedback form that was not filled in: at once when the supervisor says it, else it
// is put before her (6.2.2).
func careless(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool { return x.State == domain.Closed }, "今天没有上过的培训。请写明场次，如「未评价 S31 张伟 理由」。")
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.sop.Runs(r.Case, x); err != nil {
		return domain.Change{}, err
	}
	f, found, err := r.view.Feedback(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	given, err := r.view.FeedbackGiven(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	who, _ := r.Staff.Person(r.args.Person("人"))
	if err := r.sop.MayBlame(r.Case, x, f, found, given, who.ID); err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("理由")
	if reason == "" {
		return r.AskFor(fmt.Sprintf("未评价 %s %s", x.Code(), who.No), fmt.Sprintf("请写一句%s怎么没填，会告诉本人。（不登记了就发「算了」。）", r.Staff.Name(who.ID))), nil
	}
	if r.By.Has(x.Office, domain.Supervisor, r.today()) && who.ID != r.By.ID {
		return r.deduct(r.sop.FeedbackEntry(x, who.ID, reason))
	}
	p, n, err := r.propose(r.sop.CarelessProposal(r.Case, x, who.ID, reason))
	if err != nil {
		return domain.Change{}, err
	}
	text := fmt.Sprintf("已记 %s：%s，由%s确认后才扣分。", p.Code(), p.Title, r.Names(n.To))
	return domain.Change{Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n}, Audit: []domain.Audit{r.audit("points.propose", p.Code(), p.Clause, text)},
		Reply: domain.Answer{Body: domain.Say(text)}}, nil
}
