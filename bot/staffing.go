package bot

import (
	"fmt"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// staffingWords are the words of the moving and going of people (2.0, 3.1).
func staffingWords() command.Table[run] {
	return command.Table[run]{
		{Name: "离职", Aliases: []string{"辞职", "resign"}, Clause: "3.1", Roles: admins, Changes: true,
			Args: []command.Arg{arg("人", command.Person, "谁"), opt("日期", command.Date, "最后一天，不写就是今天"), opt("理由", command.Text, "为什么，可不写")},
			Help: "办离职：结清未了的事，列出要交接的", Example: "离职 张伟 12月31日 合同到期", Run: leave},
		{Name: "调动", Aliases: []string{"调到", "transfer"}, Clause: "2.0", Roles: admins, Changes: true,
			Args: []command.Arg{arg("人", command.Person, "谁"), opt("日期", command.Date, "从哪天起在新处，不写就是明天"), arg("去处", command.Text, "哪个管理处")},
			Help: "把人调到另一个管理处，学时和覆盖随人走", Example: "调动 张伟 12月20日 到 江湾管理处", Run: transfer},
		{Name: "交接", Aliases: []string{"移交", "handover"}, Clause: "3.1", Roles: append([]domain.Role{domain.Director}, admins...), Changes: true,
			Args: []command.Arg{arg("人", command.Person, "谁交"), {Name: "给", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "给", Synonyms: []string{"交给", "由", "到"}}}}, arg("接的人", command.Person, "谁接")},
			Help: "把一个人的职责、草稿、要讲的课和待定的事一次交给另一个人", Example: "交接 王芳 给 李娜", Run: handover},
	}
}

// leaving reads what somebody leaves open in the office.
func (r *request) leaving(who domain.Person, last domain.Date) (l domain.Leaving, err error) {
	l = domain.Leaving{Who: who, Last: last}
	f, ok, err := r.fileOf(who.ID)
	if err != nil {
		return l, err
	}
	if ok && f.State == domain.OnTrial {
		l.File = r.opened(f)
	}
	from := r.sop.Calendar.At(r.today(), domain.Clock{})
	if l.Sessions, err = r.view.Sessions(r.Office.ID, from, from.AddDate(1, 1, 0)); err != nil {
		return l, err
	}
	if l.Chains, err = r.view.ChainsOf(who.ID); err != nil {
		return l, err
	}
	l.Proposals, err = r.view.Proposals(r.Office.ID)
	return l, err
}

func leave(r *request) (domain.Change, error) {
	who, _ := r.Staff.Person(r.args.Person("人"))
	last := r.args.Date("日期")
	if last.IsZero() {
		last = r.today()
	}
	l, err := r.leaving(who, last)
	if err != nil {
		return domain.Change{}, err
	}
	l.Reason = r.args.Text("理由")
	c, err := r.sop.Leave(r.Case, l)
	if err != nil || r.args.Has("日期") {
		return c, err // a line that says who and when is complete
	}
	line := strings.TrimSpace(fmt.Sprintf("离职 %s %s %s", who.No, last, l.Reason))
	return r.confirmFirst(line, fmt.Sprintf("%s(%s) 离职，最后一天就是今天（%s）。%s回复「是」就办；是别的日子请发「离职 %s 日期」，不办发「算了」。", who.Name, who.No, last.Chinese(), ends(c), who.Name)), nil
}

// ends says what a change that ends somebody's stay ends with it.
func ends(c domain.Change) string {
	var out []string
	if len(c.Files) > 0 {
		out = append(out, "结束岗前档案")
	}
	if n := len(c.Sessions); n > 0 {
		out = append(out, fmt.Sprintf("取消或改%d场的名单", n))
	}
	if n := len(c.Proposals); n > 0 {
		out = append(out, fmt.Sprintf("撤下%d件待决定的事", n))
	}
	if len(out) == 0 {
		return "没有未了的事；以前的记录都保留。"
	}
	return "会" + strings.Join(out, "、") + "，不扣分；以前的记录都保留。"
}

func transfer(r *request) (domain.Change, error) {
	who, _ := r.Staff.Person(r.args.Person("人"))
	day := r.args.Date("日期")
	if day.IsZero() {
		day = r.today().AddDays(1)
	}
	offices, err := r.view.Offices()
	if err != nil {
		return domain.Change{}, err
	}
	var target domain.Office
	var others []string
	said := r.args.Text("去处")
	for _, o := range offices {
		if strings.Contains(said, o.Name) || strings.Contains(said, strings.TrimSuffix(o.Name, "管理处")) {
			target = o
		}
		if o.ID != r.Office.ID {
			others = append(others, o.Name)
		}
	}
	if target.ID == "" {
		return domain.Change{}, domain.Refuse(domain.NotFound, "2.0", fmt.Sprintf("没有找到这个管理处。可以调到的有：%s。", strings.Join(others, "、")))
	}
	l, err := r.leaving(who, day.AddDays(-1))
	if err != nil {
		return domain.Change{}, err
	}
	there, err := r.view.Staff(target.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Transfer(r.Case, l, target, day, domain.IDs(there.With(target.ID, domain.Supervisor, r.today())))
}

func handover(r *request) (domain.Change, error) {
	from, _ := r.Staff.Person(r.args.Person("人"))
	to, _ := r.Staff.Person(r.args.Person("接的人"))
	if from.ID != to.ID && !r.sop.MayHand(r.Case, from) {
		p, n, err := r.propose(r.sop.HandoverProposal(r.Case, from, to))
		if err != nil {
			return domain.Change{}, err
		}
		text := fmt.Sprintf("已提交 %s：%s，由%s确认后生效。", p.Code(), p.Title, r.Names(n.To))
		return domain.Change{Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n}, Audit: []domain.Audit{r.audit("person.handover.ask", p.Code(), "3.1", text)},
			Reply: domain.Answer{Body: domain.Say(text)}}, nil
	}
	return r.hand(from, to)
}

// hand carries a handover out.
func (r *request) hand(from, to domain.Person) (domain.Change, error) {
	h := domain.Handing{From: from, To: to}
	at := r.sop.Calendar.At(r.today(), domain.Clock{})
	var err error
	if h.Sessions, err = r.view.Sessions(r.Office.ID, at, at.AddDate(1, 1, 0)); err != nil {
		return domain.Change{}, err
	}
	m := r.today().MonthOf()
	if h.Plans, err = r.view.Plans(r.Office.ID, domain.AnnualPeriod(m.Year), domain.AnnualPeriod(m.Year+2)); err != nil {
		return domain.Change{}, err
	}
	if h.Proposals, err = r.view.Proposals(r.Office.ID); err != nil {
		return domain.Change{}, err
	}
	if h.Files, err = r.files(); err != nil {
		return domain.Change{}, err
	}
	return r.sop.HandOver(r.Case, h)
}

// decideHandover carries a handover out when it is confirmed.
func decideHandover(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept})
	if err != nil || !ruled {
		return out, err
	}
	told := []domain.PersonID{p.By, p.About}
	if !accept {
		out.Notices = append(out.Notices, p.Told(r.Case, told, domain.Say(fmt.Sprintf("%s没有同意（%s）：%s。", p.Title, r.By.Name, reason)), "您提出或涉及的交接已有决定。"))
		return out, nil
	}
	from, _ := r.Staff.Person(p.About)
	to, _ := r.Staff.Person(p.Data.Person)
	c, err := r.hand(from, to)
	if err != nil {
		return domain.Change{}, err
	}
	// The proposal itself is among those that are handed on no longer.
	var rest []domain.Proposal
	for _, x := range c.Proposals {
		if x.ID != p.ID {
			rest = append(rest, x)
		}
	}
	c.Proposals, out.Reply.Text = rest, c.Reply.Text
	return out.And(c), nil
}
