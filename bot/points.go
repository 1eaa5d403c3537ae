package bot

import (
	"fmt"
	"slices"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// pointsWords are the words of the attendance points (6.2).
func pointsWords() command.Table[run] {
	return command.Table[run]{
		{Name: "我的分", Aliases: []string{"我的考勤分", "mypoints"}, Clause: "6.2.2", Args: []command.Arg{opt("时期", command.Period, "哪个月，不写就是这个月和上个月")},
			Help: "您的考勤分，每一分的条款和原因", Example: "我的分", Run: myPoints},
		{Name: "申诉", Aliases: []string{"appeal"}, Clause: "6.2.2", Changes: true,
			Args: []command.Arg{refArg("编号", "F", "扣分编号，如 F12", false), opt("理由", command.Text, "为什么不该扣")},
			Help: "对一次扣分提出申诉，由主管或主任决定", Example: "申诉 F12 我当时在处理漏水", Run: appeal},
		{Name: "违纪", Aliases: []string{"discipline"}, Clause: "6.2.2", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"), arg("人", command.Person, "谁"), opt("理由", command.Text, "做了什么")},
			Help: "登记不遵守讲堂纪律；讲师提出的由主管确认", Example: "违纪 S31 张伟 课上玩手机两次提醒不听", Run: discipline},
		{Name: "撤销", Aliases: []string{"undo"}, Clause: "6.2.2", Changes: true,
			Args: []command.Arg{refArg("编号", "F", "扣分编号，如 F12，不写就是您刚做的事", true), opt("理由", command.Text, "为什么")},
			Help: "撤销您刚才做的事；主管撤销一次扣分。原记录都保留", Example: "撤销 F12 已补交请假条", Run: undo},
	}
}

func myPoints(r *request) (domain.Change, error) {
	to := r.today().MonthOf()
	from := to.Add(-1)
	if p := r.args.Period("时期"); !p.IsZero() {
		from, to = p.First().MonthOf(), p.Last().MonthOf()
	}
	entries, err := r.view.PointsOf(r.By.ID, from, to)
	if err != nil {
		return domain.Change{}, err
	}
	text := ""
	for m := to; !m.Before(from); m = m.Add(-1) {
		text += r.sop.PointsLines(m, entries) + "\n"
	}
	if len(entries) > 0 {
		text += fmt.Sprintf("对哪一条有异议，发「申诉 %s 理由」。", entries[len(entries)-1].Code())
	} else {
		text += "没有扣分。"
	}
	return say("%s", text)
}

// entry finds the entry of the ledger the request names and makes its office the one it is about.
func (r *request) entry() (domain.PointsEntry, error) {
	no := r.args.Ref("编号")
	e, ok, err := r.view.PointsByNo(no)
	if err != nil {
		return e, err
	}
	mine := e.Person == r.By.ID
	if !ok || !mine && len(r.By.Roles(e.Office, r.today())) == 0 {
		return e, domain.Refuse(domain.NotFound, "6.2.2", fmt.Sprintf("没有编号 F%d 的扣分。发「我的分」看编号。", no))
	}
	if e.Office != r.Office.ID {
		err = r.enter(e.Office)
	}
	return e, err
}

func appeal(r *request) (domain.Change, error) {
	e, err := r.entry()
	if err != nil {
		return domain.Change{}, err
	}
	if e.Person != r.By.ID {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "6.2.2", "只能对自己的扣分申诉。发「我的分」看编号。")
	}
	all, err := r.view.PointsOf(e.Person, e.Month, e.Month)
	if err != nil {
		return domain.Change{}, err
	}
	for _, x := range all {
		if e.Reverses != "" || x.Reverses == e.ID {
			return domain.Change{}, domain.Refuse(domain.Conflict, "6.2.2", e.Code()+" 已经撤销，不用申诉。")
		}
	}
	before, err := r.view.ProposalsOf(e.Office, domain.Appeal, string(e.ID))
	if err != nil {
		return domain.Change{}, err
	}
	for _, p := range before {
		return domain.Change{}, domain.Refuse(domain.Conflict, "6.2.2", r.sop.ProposalStanding(r.Case, p)+"每次扣分可以申诉一次。")
	}
	reason := r.args.Text("理由")
	if reason == "" {
		return r.AskFor("申诉 "+e.Code(), "请写一句申诉理由，会原样给决定的人。（不申诉了就发「算了」。）"), nil
	}
	p, n, err := r.propose(r.sop.AppealProposal(r.Case, e, reason))
	if err != nil {
		return domain.Change{}, err
	}
	text := fmt.Sprintf("已提交申诉 %s：%s，由%s决定，结果会告诉您。", p.Code(), e.Code(), r.Names(n.To))
	return domain.Change{
		Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n},
		Audit: []domain.Audit{{At: r.Now, Office: e.Office, Actor: r.By.ID, Act: "points.appeal", Subject: e.Code(), Clause: e.Clause, Text: text}},
		Reply: domain.Answer{Body: domain.Say(text)},
	}, nil
}

// decideAppeal reverses the deduction when the appeal is accepted (6.2).
func decideAppeal(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept})
	if err != nil || !ruled {
		return out, err
	}
	e, err := r.view.PointsEntry(domain.EntryID(p.Data.Ref))
	if err != nil {
		return domain.Change{}, err
	}
	if !accept {
		out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.About},
			domain.Say(fmt.Sprintf("您对 %s 的申诉没有通过（%s）：%s。", e.Code(), r.By.Name, reason)), "您提出的申诉已有决定。"))
		return out, nil
	}
	c, err := r.reverse(e, "申诉成立"+semi(reason))
	if err != nil {
		return domain.Change{}, err
	}
	return out.And(c), nil
}

func semi(reason string) string {
	if reason == "" {
		return ""
	}
	return "；" + reason
}

// reverse makes the entry that takes a deduction back.
func (r *request) reverse(of domain.PointsEntry, reason string) (domain.Change, error) {
	all, err := r.view.PointsOf(of.Person, of.Month, of.Month)
	if err != nil {
		return domain.Change{}, err
	}
	no, err := r.view.NextNo("points")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Reverse(r.Case, of, domain.PointsEntry{ID: domain.EntryID(r.view.NewID()), No: no}, reason, all)
}

// deduct enters a confirmed deduction; what there is of the same fact already is a refusal.
func (r *request) deduct(e domain.PointsEntry) (domain.Change, error) {
	all, err := r.view.PointsOf(e.Person, e.Month, e.Month)
	if err != nil {
		return domain.Change{}, err
	}
	for _, x := range all {
		if x.Subject == e.Subject {
			return domain.Change{}, domain.Refuse(domain.Conflict, e.Clause, fmt.Sprintf("这件事已经登记过：%s（%s）。同一件事只扣一次。", x.Code(), x.Reason))
		}
	}
	no, err := r.view.NextNo("points")
	if err != nil {
		return domain.Change{}, err
	}
	e.ID, e.No = domain.EntryID(r.view.NewID()), no
	return r.sop.Deduct(r.Case, e), nil
}

// discipline enters a breach of discipline (6.2.2): at once when the supervisor says it, else it is put
// before her.
func discipline(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool { return x.State == domain.Open || x.State == domain.Closed }, "今天没有开过课的培训。请写明场次，如「违纪 S31 张伟 理由」。")
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.sop.Runs(r.Case, x); err != nil {
		return domain.Change{}, err
	}
	who, _ := r.Staff.Person(r.args.Person("人"))
	reason := r.args.Text("理由")
	if !slices.Contains(x.Roster, who.ID) {
		return domain.Change{}, domain.Refuse(domain.NotFound, "6.2.2", fmt.Sprintf("%s不在 %s 的名单里。", r.Staff.Name(who.ID), x.Code()))
	}
	if reason == "" {
		return r.AskFor(fmt.Sprintf("违纪 %s %s", x.Code(), who.No), fmt.Sprintf("请写一句%s做了什么，会告诉本人。（不登记了就发「算了」。）", r.Staff.Name(who.ID))), nil
	}
	p := r.sop.DisciplineProposal(r.Case, x, who.ID, reason)
	if r.By.Has(r.Office.ID, domain.Supervisor, r.today()) && who.ID != r.By.ID {
		return r.deduct(r.sop.DisciplineEntry(x, who.ID, reason))
	}
	p, n, err := r.propose(p)
	if err != nil {
		return domain.Change{}, err
	}
	text := fmt.Sprintf("已记 %s：%s，由%s确认后才扣分。", p.Code(), p.Title, r.Names(n.To))
	return domain.Change{
		Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n},
		Audit: []domain.Audit{{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: "points.propose", Subject: p.Code(), Clause: p.Clause, Text: text}},
		Reply: domain.Answer{Body: domain.Say(text)},
	}, nil
}

// deducting gives the decider of a deduction at a session: the entry is made when it is confirmed, and a
// refusal needs a sentence.
func deducting(entry func(domain.SOP, domain.Session, domain.PersonID, string) domain.PointsEntry) decider {
	return func(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
		out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept})
		if err != nil || !ruled || !accept {
			return out, err
		}
		x, err := r.view.Session(p.Data.Session)
		if err != nil {
			return domain.Change{}, err
		}
		c, err := r.deduct(entry(r.sop, x, p.About, p.Data.Note))
		if err != nil {
			return domain.Change{}, err
		}
		return out.And(c), nil
	}
}

func undo(r *request) (domain.Change, error) {
	if !r.args.Has("编号") {
		return undoLast(r)
	}
	e, err := r.entry()
	if err != nil {
		return domain.Change{}, err
	}
	if !r.By.Has(e.Office, domain.Supervisor, r.today()) {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "6.2.2", fmt.Sprintf("只有主管能撤销扣分。对自己的扣分有异议，发「申诉 %s 理由」。", e.Code()))
	}
	reason := r.args.Text("理由")
	if reason == "" {
		return r.AskFor("撤销 "+e.Code(), "请写一句撤销的理由，会留痕并告诉本人。（不撤销了就发「算了」。）"), nil
	}
	return r.reverse(e, reason)
}
