package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// say answers with text and changes nothing.
func say(format string, a ...any) (domain.Change, error) {
	return domain.Change{Reply: domain.Answer{Body: domain.Say(fmt.Sprintf(format, a...))}}, nil
}

func (r *request) today() domain.Date { return r.sop.Calendar.Date(r.Now) }

func drafted(p domain.Plan) bool { return p.Latest().State == domain.Draft }
func waiting(p domain.Plan) bool { _, ok := p.In(domain.Submitted); return ok }

// undone says that the newest version came back and nothing newer was drafted.
func undone(p domain.Plan) bool {
	s := p.Latest().State
	return s == domain.Returned || s == domain.Withdrawn
}

func draftPlan(r *request) (domain.Change, error) {
	period := r.args.Period("时期")
	if period.IsZero() {
		period = domain.MonthlyPeriod(r.today().MonthOf().Add(1))
	}
	p, ok, err := r.view.Plan(r.Office.ID, period)
	if err != nil {
		return domain.Change{}, err
	}
	if ok {
		if p.Latest().State == domain.Draft {
			return domain.Change{Reply: domain.Answer{Body: r.sop.DraftCard(r.Case, p, nil)}}, nil
		}
		return domain.Change{}, domain.Refuse(domain.Conflict, "5.1.2", r.sop.Standing(r.Case, p, p.Latest())+"要修改请发「加一场」「改期」「取消」，再「报计划」。")
	}
	in, err := r.draftInput(period)
	if err != nil {
		return domain.Change{}, err
	}
	draft := r.sop.DraftMonth
	if period.Annual() {
		draft = r.sop.DraftYear
	}
	items, gaps := draft(in)
	no, err := r.view.NextNo("plan")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.StartPlan(r.Case, domain.PlanID(r.view.NewID()), no, period, items, gaps)
}

func showPlan(r *request) (domain.Change, error) {
	no, _ := r.args.Plan("计划")
	if no == 0 && r.args.Period("时期").IsZero() {
		return listPlans(r)
	}
	p, version, err := r.plan(nil, "")
	if err != nil {
		return domain.Change{}, err
	}
	v, _, _ := r.shown(p)
	if v.Number == 0 {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "5.1.1", p.Title()+"还没有批准，批准后会通知大家。")
	}
	if version != 0 && r.plansFor(p) {
		var ok bool
		if v, ok = p.Numbered(version); !ok {
			return domain.Change{}, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("%s 没有 v%d。", p.Code(), version))
		}
	}
	var sessions []domain.Session
	if v.State == domain.Approved {
		if sessions, err = r.sessionsOf(p); err != nil {
			return domain.Change{}, err
		}
	}
	changes, lines := "", r.sop.ItemLines(r.Staff, v.Items, sessions...)
	if r.plansFor(p) {
		lines += "依据：" + p.Sources(v.Items)
	}
	if v.Changes != "" && r.plansFor(p) {
		changes = "改动：" + v.Changes + "。\n"
	}
	return say("%s\n%s%s", r.sop.Standing(r.Case, p, v), changes, lines)
}

// plansFor says whether the person makes or approves the plans of the office: the others see what is
// in force.
func (r *request) plansFor(p domain.Plan) bool {
	return r.By.Has(p.Office, domain.Supervisor, r.today()) || r.By.Has(p.Office, domain.Director, r.today())
}

// shown gives the version of a plan to show to the person, with number 0 when there is none, and the
// version in force.
func (r *request) shown(p domain.Plan) (v, inForce domain.PlanVersion, ok bool) {
	inForce, ok = p.In(domain.Approved)
	if r.plansFor(p) {
		return p.Latest(), inForce, ok
	}
	return inForce, inForce, ok
}

func listPlans(r *request) (domain.Change, error) {
	plans, err := r.plans()
	if err != nil {
		return domain.Change{}, err
	}
	var b strings.Builder
	several := len(r.offices()) > 1
	for _, p := range plans {
		v, a, inForce := r.shown(p)
		if v.Number == 0 {
			continue
		}
		where := ""
		if several {
			o, _, err := r.view.Office(p.Office)
			if err != nil {
				return domain.Change{}, err
			}
			where = o.Name + " "
		}
		fmt.Fprintf(&b, "%s %s%s v%d：%s，%s", p.Code(), where, p.Period.Chinese(), v.Number, v.State.Chinese(), p.Count(v))
		if inForce && a.Number != v.Number {
			fmt.Fprintf(&b, "（现在执行已批准的 v%d）", a.Number)
		}
		b.WriteByte('\n')
	}
	if b.Len() == 0 {
		return say("还没有计划。主管发「拟计划」就能起草下个月的。")
	}
	return say("%s发「计划 编号」看全文。", b.String())
}

func addItem(r *request) (domain.Change, error) {
	day := r.args.Date("日期")
	p, ok, err := r.view.Plan(r.Office.ID, domain.MonthlyPeriod(day.MonthOf()))
	if err != nil {
		return domain.Change{}, err
	}
	if !ok {
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("还没有%s的计划，请先发「拟计划 %s」。", domain.MonthlyPeriod(day.MonthOf()).Chinese(), day.MonthOf()))
	}
	topics, room := r.topics(r.args.Text("主题"))
	minutes := r.args.Minutes("时长")
	if minutes == 0 {
		minutes = r.sop.SessionMinutes()
	}
	lecturer := r.args.Person("讲师")
	if lecturer == "" {
		lecturer = r.By.ID
	}
	start := r.sop.Calendar.At(day, r.args.Clock("时间"))
	if err := r.busyElsewhere(lecturer, start, start.Add(time.Duration(minutes)*time.Minute)); err != nil {
		return domain.Change{}, err
	}
	return r.addOne(p, domain.Item{
		ID: domain.ItemID(r.view.NewID()), Date: day, Start: r.args.Clock("时间"), Minutes: minutes,
		Topics: topics, Lecturer: lecturer, Room: room, Source: "主管安排",
	})
}

// topics reads what is taught from free text: known topics by name or alias, the last word as the
// room when it is no topic but the words before it are; otherwise the text as it stands.
func (r *request) topics(text string) (topics []string, room string) {
	text = strings.TrimSpace(text)
	if words := strings.Fields(text); len(words) > 1 {
		last := words[len(words)-1]
		head := strings.Join(words[:len(words)-1], " ")
		if len(r.sop.Policy.FindTopics(last)) == 0 && len(r.sop.Policy.FindTopics(head)) > 0 {
			text, room = head, last
		}
	}
	for _, t := range r.sop.Policy.FindTopics(text) {
		topics = append(topics, t.ID)
	}
	if len(topics) == 0 && text != "" {
		topics = []string{text}
	}
	return topics, room
}

func submitPlan(r *request) (domain.Change, error) {
	const none = "没有可以上报的草稿。发「拟计划」起草下个月的计划。"
	p, _, err := r.plan(drafted, none)
	if e, ok := domain.Refusal(err); ok && e.Kind == domain.NotFound && r.args.Len() == 0 {
		p, _, err = r.plan(undone, none) // taken back or sent back: the rule says what to do with it
	}
	if err != nil {
		return domain.Change{}, err
	}
	related, err := r.related(p)
	if err != nil {
		return domain.Change{}, err
	}
	clashes, err := r.clashes(p, p.Latest())
	if err != nil {
		return domain.Change{}, err
	}
	c, err := r.sop.Submit(r.Case, p.Clashing(clashes), related...)
	if err == nil && clashes != "" {
		c.Reply.Text += "注意：" + clashes + "请改期或换讲师。"
	}
	return c, err
}

// related reads the plans a plan is compared with: the month before, and of a January the year's.
func (r *request) related(p domain.Plan) ([]domain.Plan, error) {
	if p.Period.Annual() {
		return nil, nil
	}
	m := p.Period.MonthOf()
	var out []domain.Plan
	for _, period := range []domain.Period{domain.MonthlyPeriod(m.Add(-1)), domain.AnnualPeriod(m.Year)} {
		q, ok, err := r.view.Plan(p.Office, period)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, q)
		}
	}
	return out, nil
}

func withdrawPlan(r *request) (domain.Change, error) {
	p, _, err := r.plan(waiting, "没有等审批的计划，不用撤回。")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Withdraw(r.Case, p)
}

func pending(r *request) (domain.Change, error) {
	plans, err := r.plans()
	if err != nil {
		return domain.Change{}, err
	}
	plans = slices.DeleteFunc(plans, func(p domain.Plan) bool { return !waiting(p) || !r.plansFor(p) })
	open, err := r.before()
	if err != nil {
		return domain.Change{}, err
	}
	if len(plans)+len(open) == 0 {
		return say("现在没有等审批的计划，也没有等您决定的事。")
	}
	var lines []string
	for _, p := range plans {
		if err := r.enter(p.Office); err != nil {
			return domain.Change{}, err
		}
		v, _ := p.In(domain.Submitted)
		decides := r.By.Has(p.Office, domain.Director, r.today())
		if decides && len(plans) == 1 && len(open) == 0 {
			return domain.Change{Reply: domain.Answer{Body: r.sop.ApprovalCard(r.Case, p, v)}}, nil
		}
		line := fmt.Sprintf("%s %s%s v%d：%s上报，%s，%s。", p.Code(), r.Office.Name, p.Title(), v.Number, r.sop.Moment(v.SubmittedAt), r.sop.Digest(r.Case, p, v), r.sop.ApprovalDue(p, v))
		if decides {
			line += fmt.Sprintf("发「同意 %s」或「驳回 %s 理由」。", p.Code(), p.Code())
		}
		lines = append(lines, line)
	}
	text := ""
	if len(lines) > 0 {
		text = fmt.Sprintf("等审批的计划有%d个：\n%s\n", len(lines), strings.Join(lines, "\n"))
	}
	if len(open) == 1 && len(plans) == 0 {
		if err := r.enter(open[0].Office); err != nil {
			return domain.Change{}, err
		}
		return domain.Change{Reply: domain.Answer{Body: r.sop.ProposalCard(r.Case, open[0])}}, nil
	}
	if len(open) > 0 {
		text += fmt.Sprintf("等您决定的事有%d件：\n", len(open))
		for _, p := range open {
			text += fmt.Sprintf("%s %s（%s提出）\n", p.Code(), p.Title, r.sop.Moment(p.Made))
		}
		text += fmt.Sprintf("发「同意 %s」或「驳回 %s 理由」，看全文发「事项 %s」。", open[0].Code(), open[0].Code(), open[0].Code())
	}
	return say("%s", strings.TrimRight(text, "\n"))
}

// showProposal shows one thing that was put before somebody, to those it is for and of.
func showProposal(r *request) (domain.Change, error) {
	p, err := r.proposal()
	if err != nil {
		return domain.Change{}, err
	}
	may := slices.Contains(r.sop.Deciders(r.Case, p), r.By.ID)
	if !may && r.By.ID != p.About && r.By.ID != p.By && !r.plansFor(domain.Plan{Office: p.Office}) {
		return domain.Change{}, domain.Refuse(domain.Forbidden, p.Clause, "这件事与您无关，不能看。"+r.whatWaits())
	}
	if may && p.State == domain.Proposed {
		return domain.Change{Reply: domain.Answer{Body: r.sop.ProposalCard(r.Case, p)}}, nil
	}
	return say("%s\n%s", r.sop.ProposalStanding(r.Case, p), p.Text)
}

func approve(r *request) (domain.Change, error) {
	if c, done, err := r.decideOne(true); done || err != nil {
		return c, err
	}
	p, version, err := r.plan(waiting, "现在没有等您审批的计划。")
	if err != nil {
		return domain.Change{}, err
	}
	sessions, err := r.sessionsOf(p)
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.rostered(p.Period.First().AddDays(-2), p.Period.Last().AddDays(2)); err != nil && !p.Period.Annual() {
		return domain.Change{}, err
	}
	var failed error
	c, err := r.sop.Approve(r.Case, p, version, sessions, func() (domain.SessionID, int64) {
		no, err := r.view.NextNo("session")
		if err != nil {
			failed = err
		}
		return domain.SessionID(r.view.NewID()), no
	})
	if failed != nil {
		return domain.Change{}, failed
	}
	if err != nil {
		return domain.Change{}, err
	}
	return r.inForce(c)
}

// sessionsOf reads the sessions of a plan, those too that were moved out of its period.
func (r *request) sessionsOf(p domain.Plan) ([]domain.Session, error) {
	from, to := p.Period.First().AddDays(-90), p.Period.Last().AddDays(366)
	all, err := r.view.Sessions(p.Office, r.sop.Calendar.At(from, domain.Clock{}), r.sop.Calendar.At(to, domain.Clock{}))
	return slices.DeleteFunc(all, func(x domain.Session) bool { return x.Plan != p.ID }), err
}

func returnPlan(r *request) (domain.Change, error) {
	if c, done, err := r.decideOne(false); done || err != nil {
		return c, err
	}
	p, version, err := r.plan(waiting, "现在没有等您审批的计划。")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Return(r.Case, p, version, r.args.Text("理由"))
}

func orEmpty(c *domain.Change) domain.Change {
	if c == nil {
		return domain.Change{}
	}
	return *c
}
