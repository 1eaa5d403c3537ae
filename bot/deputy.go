package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// deputyWords are the words by which a role is handed over for some days (3.2, mission C5-1c).
func deputyWords() command.Table[run] {
	return command.Table[run]{
		{Name: "委托", Aliases: []string{"委託", "授权", "delegate"}, Clause: "3.2", Roles: planners, Changes: true,
			Args: []command.Arg{opt("人", command.Person, "谁代您"),
				{Name: "身份", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "主任"}, {Value: "主管"}}},
				opt("起", command.Date, "从哪天"), opt("止", command.Date, "到哪天，不写就是一天"), opt("理由", command.Text, "为什么")},
			Help: "出差、休假时请人代您审批；不写人就看现有的委托", Example: "委托 刘敏 9-26 到 10-2 出差", Run: delegate},
		{Name: "撤销委托", Aliases: []string{"取消委托"}, Clause: "3.2", Changes: true,
			Args: []command.Arg{opt("人", command.Person, "代您的人")},
			Help: "提前结束一次委托；代理人自己也能说", Example: "撤销委托 刘敏", Run: endDelegation},
	}
}

func delegate(r *request) (domain.Change, error) {
	had, err := r.view.Delegations(r.Office.ID, r.today())
	if err != nil {
		return domain.Change{}, err
	}
	if r.args.Person("人") == "" {
		return r.listDelegations(had)
	}
	if !r.args.Has("起") {
		who, _ := r.Staff.Person(r.args.Person("人"))
		return r.AskFor("委托 "+who.No, "从哪天到哪天？例如 9-26 到 10-2 出差。（不委托了就发「算了」。）"), nil
	}
	d := domain.Delegation{Deputy: r.args.Person("人"), Since: r.args.Date("起"), Until: r.args.Date("止"), Reason: r.args.Text("理由")}
	if d.Until.IsZero() {
		d.Until = d.Since
	}
	if role, ok := domain.ParseRole(r.args.Choice("身份")); ok {
		d.Role = role
	}
	open, err := r.view.Proposals(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	p, err := r.sop.DeputyProposal(r.Case, d, had, open)
	if err != nil {
		return domain.Change{}, err
	}
	p, n, err := r.propose(p)
	if err != nil {
		return domain.Change{}, err
	}
	who, _ := r.Staff.Person(d.Deputy)
	name := r.Staff.Name(d.Deputy)
	d.Since = p.Data.Since
	text := fmt.Sprintf("已登记 %s：%s由%s代您行使%s的职责，期间卡片发给%s，您仍可自行处理。%s需点一次确认，确认前不生效。", p.Code(), d.Span(), name, p.Data.Role.Chinese(), name, name)
	if len(who.Handles) == 0 {
		text += fmt.Sprintf("注意：%s还没有平台账号，收不到卡片，请当面告诉本人先发「绑定 工号」。", name)
	}
	if p.Data.Role == domain.Director && who.Holds(r.Office.ID, domain.Supervisor, d.Since) {
		text += fmt.Sprintf("注意：%s自己上报的计划不能自己批，仍由您审批。", name)
	}
	return domain.Change{
		Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n},
		Audit: []domain.Audit{{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: "deputy.ask", Subject: p.Code(), Clause: "3.2", Text: text}},
		Reply: domain.Answer{Body: domain.Body{Text: text, Card: &domain.Card{
			Title: "委托已登记，待" + name + "确认", Subtitle: r.Office.Name + " · " + p.Code(), Text: text,
			Buttons: []domain.Button{{Label: "撤销委托", Line: "撤销委托 " + who.No, Style: domain.Plain}}}}},
	}, nil
}

func (r *request) listDelegations(had []domain.Delegation) (domain.Change, error) {
	var b strings.Builder
	for _, d := range had {
		if d.Ended.IsZero() {
			fmt.Fprintf(&b, "%s：%s代%s（%s）%s\n", d.Span(), r.Staff.Name(d.Deputy), r.Staff.Name(d.For), d.Role.Chinese(), d.Reason)
		}
	}
	if b.Len() == 0 {
		return say("现在没有委托。要请人代您，发「委托 刘敏 9-26 到 10-2 出差」。")
	}
	return say("现有的委托：\n%s提前结束发「撤销委托 姓名」。", b.String())
}

// decideDeputy puts a delegation into force once the deputy says yes, and hands what waits over.
func decideDeputy(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	word := map[bool]string{true: "已确认", false: "不能代"}[accept]
	if p.State == domain.Proposed && r.By.ID != p.Data.Person {
		return domain.Change{}, domain.Refuse(domain.Forbidden, p.Clause, fmt.Sprintf("这要%s本人确认。", r.Staff.Name(p.Data.Person)))
	}
	if p.State == domain.Proposed && p.Data.Until.Before(r.today()) {
		return r.sop.Drop(r.Case, p, "日子已经过去").And(domain.Change{Reply: domain.Answer{Body: domain.Say("这几天已经过去，不用再确认了。")}}), nil
	}
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Word: word})
	if err != nil || !ruled {
		return out, err
	}
	if !accept {
		text := fmt.Sprintf("%s不能代您（%s）%s。请换一位，再发「委托」。", r.By.Name, domain.Delegation{Since: p.Data.Since, Until: p.Data.Until}.Span(), semi(reason))
		out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.By}, domain.Say(text), "您请"+r.By.Name+"代您，本人没有同意。"))
		return out, nil
	}
	d := r.sop.Delegated(r.Case, p, domain.DelegationID(r.view.NewID()))
	begins := r.sop.DeputyBegins(r.Case, d)
	out.Reply.Body = domain.Body{}
	settle := out.Reply.Settle
	out = out.And(begins)
	out.Reply = begins.Reply
	out.Reply.Settle = settle
	if d.Since.After(r.today()) {
		return out, nil
	}
	r.Staff = r.Staff.WithDeputy(d)
	over, err := r.handOver("begun", d, d.Deputy)
	return out.And(over), err
}

// endDelegation takes a delegation back, or the request for one that is not confirmed yet.
func endDelegation(r *request) (domain.Change, error) {
	had, err := r.view.Delegations(r.Office.ID, r.today())
	if err != nil {
		return domain.Change{}, err
	}
	who := r.args.Person("人")
	had = slices.DeleteFunc(had, func(d domain.Delegation) bool {
		mine := d.For == r.By.ID && (who == "" || who == d.Deputy) || d.Deputy == r.By.ID && (who == "" || who == d.For || who == d.Deputy)
		return !mine || !d.Ended.IsZero()
	})
	open, err := r.view.Proposals(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	open = slices.DeleteFunc(open, func(p domain.Proposal) bool {
		return p.Kind != domain.Deputy || p.By != r.By.ID || who != "" && who != p.Data.Person
	})
	switch {
	case len(had)+len(open) == 0:
		return domain.Change{}, domain.Refuse(domain.NotFound, "3.2", "您没有可以撤销的委托。发「委托」看现有的委托。")
	case len(had)+len(open) > 1:
		var names []string
		for _, d := range had {
			names = append(names, fmt.Sprintf("%s %s", r.Staff.Name(d.Deputy), d.Span()))
		}
		for _, p := range open {
			names = append(names, fmt.Sprintf("%s（%s，待确认）", r.Staff.Name(p.Data.Person), p.Code()))
		}
		if who != "" && len(had) > 0 { // one person, several stretches: the nearest is meant
			break
		}
		return domain.Change{}, domain.Refuse(domain.Invalid, "3.2", fmt.Sprintf("有%d个委托：%s。请写明是谁，如「撤销委托 %s」。", len(names), strings.Join(names, "；"), strings.Fields(names[0])[0]))
	}
	if len(had) == 0 {
		p := open[0]
		text := fmt.Sprintf("已撤销委托 %s，%s还没有确认。", p.Code(), r.Staff.Name(p.Data.Person))
		out := r.sop.Drop(r.Case, p, "委托人撤销")
		out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.Data.Person}, domain.Say(fmt.Sprintf("%s撤销了委托，不用您代了。", r.By.Name)), "您被请求代理，委托人撤销了。"))
		out.Reply = domain.Answer{Body: domain.Say(text)}
		return out, nil
	}
	d := had[0]
	out, err := r.sop.EndDelegation(r.Case, d)
	if err != nil || r.today().Before(d.Since) {
		return out, err
	}
	d.Ended = r.Now
	r.Staff = r.Staff.WithDeputy(d)
	over, err := r.handOver("ended", d, d.For)
	return out.And(over), err
}

// handOver puts what waits for a role before the one who answers for it from now on.
func (r *request) handOver(stage string, d domain.Delegation, to domain.PersonID) (domain.Change, error) {
	var out domain.Change
	why := fmt.Sprintf("%s的职责现在由您行使，这件事还没有决定。", d.Role.Chinese())
	notice := func(thread, clause string, body domain.Body) {
		out.Notices = append(out.Notices, domain.Notice{Key: "handover:" + string(d.ID) + ":" + stage + ":" + thread, Thread: thread, Office: d.Office, Stage: "handover", Clause: clause,
			At: r.Now, To: []domain.PersonID{to}, Body: body, Why: why})
	}
	if d.Role == domain.Director {
		m := r.today().MonthOf()
		plans, err := r.view.Plans(d.Office, domain.AnnualPeriod(m.Year), domain.AnnualPeriod(m.Year+2))
		if err != nil {
			return out, err
		}
		for _, p := range plans {
			if v, ok := p.In(domain.Submitted); ok && v.SubmittedBy != to {
				notice(p.Thread(v.Number), "5.1.4", r.sop.ApprovalCard(r.Case, p, v))
			}
		}
	}
	open, err := r.view.Proposals(d.Office)
	if err != nil {
		return out, err
	}
	for _, p := range open {
		if p.Kind != domain.Deputy && slices.Contains(r.sop.Asked(r.Case, p), to) {
			notice(p.Thread(), p.Clause, r.sop.ProposalCard(r.Case, p))
		}
	}
	return out, nil
}
