package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// lecturerWords are the words of the lecturers' standards and ladder (6.1.2, 6.2.1).
func lecturerWords() command.Table[run] {
	return command.Table[run]{
		{Name: "讲师", Aliases: []string{"讲师评价", "授课评价", "lecturer"}, Clause: "6.1.2", Roles: append([]domain.Role{domain.Director}, lecturers...),
			Args: []command.Arg{opt("人", command.Person, "哪位讲师"), opt("时期", command.Period, "哪个月，不写就是上个月和这个月")},
			Help: "讲师的听懂率、实用性、覆盖面，和未达标次数", Example: "讲师 王芳 2026-10", Run: lecturing},
		{Name: "讲师措施", Aliases: []string{"讲师未达标", "ladder"}, Clause: "6.2.1", Roles: planners, Changes: true,
			Args: []command.Arg{arg("人", command.Person, "哪位讲师"), opt("时期", command.Period, "哪个月"), opt("依据", command.Text, "哪项没达标")},
			Help: "把一次讲师未达标提交决定：改方案、参加学习、停授", Example: "讲师措施 王芳 2026-10 听懂率86%，标准100%", Run: measure},
		{Name: "再议", Aliases: []string{"later"}, Clause: "6.2.1", Roles: judges, Changes: true,
			Args: []command.Arg{proposalRef(false)}, Help: "停授一事先不定，过几天再决定", Example: "再议 B12", Run: reconsider},
		{Name: "恢复授课", Aliases: []string{"恢复资格", "restore"}, Clause: "6.2.1", Roles: directors, Changes: true,
			Args: []command.Arg{arg("人", command.Person, "哪位讲师"), opt("理由", command.Text, "为什么")},
			Help: "恢复被停授的讲师", Example: "恢复授课 王芳 已完成学习并试讲合格", Run: restore},
	}
}

// below puts the next step for a lecturer below standard before people (6.2.1). What was measured
// once is proposed once. The caller gives its own reply.
func (r *request) below(f domain.Shortfall) (domain.Change, error) {
	x, err := r.view.Standing(r.Office.ID, f.Lecturer)
	if err != nil {
		return domain.Change{}, err
	}
	p := r.sop.LadderProposal(r.Case, x, f, r.sop.Substitute(r.Case, f.Lecturer))
	before, err := r.view.ProposalsOf(r.Office.ID, domain.Ladder, p.Subject)
	if err != nil || len(before) > 0 {
		return domain.Change{}, err
	}
	p, n, err := r.propose(p)
	if err != nil {
		return domain.Change{}, err
	}
	return domain.Change{Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n}, Audit: []domain.Audit{r.audit("lecturer.below", p.Code(), "6.2.1", p.Title+"："+f.Evidence)}}, nil
}

// met says that what was measured of a lecturer reached the standard: a cycle that was passed resets
// the count (6.2.1), and the lecturer hears it.
func (r *request) met(lecturer domain.PersonID, cycle, title string) (domain.Change, error) {
	x, err := r.view.Standing(r.Office.ID, lecturer)
	if err != nil {
		return domain.Change{}, err
	}
	x, changed := r.sop.Met(x, cycle)
	if !changed {
		return domain.Change{}, nil
	}
	key := fmt.Sprintf("standing:%s:%s:met:%s", x.Office, lecturer, cycle)
	told := domain.Notice{Key: key, Thread: key, Office: x.Office, Stage: "met", Clause: "6.2.1", At: r.Now, To: []domain.PersonID{lecturer},
		Body: domain.Say(title + "这一轮达标，未达标次数从头算起。"), Why: "规程6.2.1：讲师连续未达标才逐步处理；下一轮达标后从头算起。"}
	return domain.Change{Standings: []domain.Standing{x}, Notices: []domain.Notice{told}, Audit: []domain.Audit{r.audit("lecturer.met", r.Staff.Name(lecturer), "6.2.1", r.Staff.Name(lecturer)+"本轮达标，未达标次数从头算起")}}, nil
}

// decideLadder carries a step for a lecturer out when it is confirmed.
func decideLadder(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	last := p.Data.Step == domain.LadderSteps
	word := map[bool]string{true: "已确认", false: "不采取"}[accept]
	if last {
		word = map[bool]string{true: "停授", false: "保留"}[accept]
	}
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept || last, Word: word})
	if err != nil || !ruled || !accept {
		return out, err
	}
	x, err := r.view.Standing(r.Office.ID, p.About)
	if err != nil {
		return domain.Change{}, err
	}
	x = r.sop.Counted(r.Case, x, p)
	out.Standings = []domain.Standing{x}
	var planned []domain.Session
	if last {
		if planned, err = r.view.Sessions(r.Office.ID, r.Now, r.Now.AddDate(1, 0, 0)); err != nil {
			return domain.Change{}, err
		}
	}
	return r.sop.TellLadder(r.Case, out, x, p, r.sop.SubstituteIn(r.Case, reason, p.Data.Person, p.About), planned), nil
}

// lecturing shows how lecturers stand: to supervisor and director all of them, to a lecturer their own.
func lecturing(r *request) (domain.Change, error) {
	who := r.args.Person("人")
	if !r.By.Has(r.Office.ID, domain.Supervisor, r.today()) && !r.By.Has(r.Office.ID, domain.Director, r.today()) {
		if who != "" && who != r.By.ID {
			return domain.Change{}, domain.Refuse(domain.Forbidden, "6.1.2", "别的讲师的评价只有本人、主管和主任能看，看自己的发「讲师」。")
		}
		who = r.By.ID
	}
	to := r.today().MonthOf()
	from := to.Add(-1)
	if p := r.args.Period("时期"); !p.IsZero() {
		from, to = p.First().MonthOf(), p.Last().MonthOf()
	}
	var b strings.Builder
	for m := from; !to.Before(m); m = m.Add(1) {
		all, err := r.trainings(m)
		if err != nil {
			return domain.Change{}, err
		}
		fmt.Fprintf(&b, "%s\n", domain.MonthlyPeriod(m).Chinese())
		none := true
		for _, t := range all {
			if who == "" || t.Lecturer == who {
				b.WriteString(r.sop.TrainingLine(r.Case, t) + "\n")
				none = false
			}
		}
		if none {
			b.WriteString("没有上过的培训，未评\n")
		}
		tested, err := r.taughtLines(m, who)
		if err != nil {
			return domain.Change{}, err
		}
		for _, line := range tested {
			b.WriteString(line + "\n")
		}
	}
	standings, err := r.view.Standings(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	for _, x := range standings {
		if who == "" || x.Person == who {
			b.WriteString(r.sop.StandingLine(r.Case, x) + "\n")
		}
	}
	return say("%s按“主题组×月×讲师”统计；没有人作答是未评，不算0。%s", b.String(), r.sop.MissingLine())
}

func (r *request) trainings(m domain.Month) ([]domain.Training, error) {
	from, to := r.sop.Calendar.At(m.First(), domain.Clock{}), r.sop.Calendar.At(m.Add(1).First(), domain.Clock{})
	sessions, err := r.view.Sessions(r.Office.ID, from, to)
	if err != nil {
		return nil, err
	}
	said, err := r.view.FeedbackBetween(r.Office.ID, from, to.AddDate(0, 0, 7))
	if err != nil {
		return nil, err
	}
	return r.sop.Trainings(r.Case, m, sessions, said), nil
}

// taughtLines gives what the assessments of a month's trainings found of those who taught.
func (r *request) taughtLines(m domain.Month, who domain.PersonID) ([]string, error) {
	all, err := r.view.Assessments(r.Office.ID, r.sop.Calendar.At(m.First(), domain.Clock{}))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, a := range all {
		if a.Month() != m {
			continue
		}
		scores, err := r.view.Scores(a.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, r.sop.TaughtLines(r.Case, a, scores, who)...)
	}
	return out, nil
}

// measure puts a lecturer's month below standard before those who decide.
func measure(r *request) (domain.Change, error) {
	who, _ := r.Staff.Person(r.args.Person("人"))
	if !slices.ContainsFunc(domain.AllRoles(), func(x domain.Role) bool { return x.Lectures() && who.Holds(r.Office.ID, x, r.today()) }) {
		return domain.Change{}, domain.Refuse(domain.Invalid, "6.2.1", r.Staff.Name(who.ID)+"不是讲师。")
	}
	m := r.today().MonthOf().Add(-1)
	if p := r.args.Period("时期"); !p.IsZero() {
		m = p.First().MonthOf()
	}
	f := domain.Shortfall{Lecturer: who.ID, Cycle: m.String(), Title: domain.MonthlyPeriod(m).Chinese() + "授课评价", Evidence: r.args.Text("依据")}
	if f.Evidence == "" {
		all, err := r.trainings(m)
		if err != nil {
			return domain.Change{}, err
		}
		var below []string
		for _, t := range all {
			if missed := r.sop.Below(t); t.Lecturer == who.ID && len(missed) > 0 {
				below = append(below, t.Block+" "+strings.Join(missed, "、"))
			}
		}
		if f.Evidence = strings.Join(below, "；"); f.Evidence == "" {
			return r.AskFor(fmt.Sprintf("讲师措施 %s %s", who.No, m), fmt.Sprintf("%s%s的学员评价没有未达标的项。是别的原因，请写一句依据。（不提了就发「算了」。）", who.Name, domain.MonthlyPeriod(m).Chinese())), nil
		}
	}
	out, err := r.below(f)
	if err != nil {
		return out, err
	}
	if len(out.Proposals) == 0 {
		return domain.Change{}, domain.Refuse(domain.Conflict, "6.2.1", fmt.Sprintf("%s %s已经提交过，一轮只算一次。", who.Name, f.Title))
	}
	p := out.Proposals[0]
	out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("已提交 %s：%s，由%s决定。", p.Code(), p.Title, r.Names(r.sop.Deciders(r.Case, p))))}
	return out, nil
}

func reconsider(r *request) (domain.Change, error) {
	p, err := r.proposal()
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Reconsider(r.Case, p)
}

func restore(r *request) (domain.Change, error) {
	x, err := r.view.Standing(r.Office.ID, r.args.Person("人"))
	if err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("理由")
	if reason == "" {
		return r.AskFor("恢复授课 "+r.noOf(x.Person), "请写一句为什么恢复，会留痕。（不恢复就发「算了」。）"), nil
	}
	return r.sop.Restore(r.Case, x, reason)
}
