package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/domain"
)

// say answers with text and changes nothing.
func say(format string, a ...any) (domain.Change, error) {
	return domain.Change{Reply: domain.Answer{Body: domain.Say(fmt.Sprintf(format, a...))}}, nil
}

func (r *request) today() domain.Date { return r.sop.Calendar.Date(r.now) }

// span gives the months around today in which plans are looked for when none is named.
func (r *request) span() (from, to domain.Period) {
	m := r.today().MonthOf()
	return domain.MonthlyPeriod(m.Add(-2)), domain.AnnualPeriod(m.Year + 2)
}

// plan finds the plan the request names: by number, by period, or else the newest that pick takes.
func (r *request) plan(pick func(domain.Plan) bool, none string) (domain.Plan, int, error) {
	if no, version := r.args.Plan("计划"); no != 0 {
		p, ok, err := r.view.PlanByNo(no)
		if err != nil {
			return p, 0, err
		}
		if !ok || (p.Office != r.Office.ID && !r.By.Has(p.Office, domain.Director, r.today()) && !r.By.Has(p.Office, domain.Supervisor, r.today())) {
			return p, 0, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("没有编号 P%d 的计划。发「计划」看现有的计划。", no))
		}
		if p.Office != r.Office.ID {
			err = r.enter(p.Office)
		}
		return p, version, err
	}
	if period := r.args.Period("时期"); !period.IsZero() {
		p, ok, err := r.view.Plan(r.Office.ID, period)
		if err == nil && !ok {
			err = domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("还没有%s培训计划。主管发「拟计划 %s」就能起草。", period.Chinese(), period))
		}
		return p, 0, err
	}
	from, to := r.span()
	plans, err := r.view.Plans(r.Office.ID, from, to)
	if err != nil {
		return domain.Plan{}, 0, err
	}
	var found []domain.Plan
	for _, p := range plans {
		if pick(p) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return domain.Plan{}, 0, domain.Refuse(domain.NotFound, "5.1.1", none)
	case 1:
		return found[0], 0, nil
	}
	names := make([]string, len(found))
	for i, p := range found {
		names[i] = fmt.Sprintf("%s（%s）", p.Code(), p.Period.Chinese())
	}
	return domain.Plan{}, 0, domain.Refuse(domain.Invalid, "5.1.1", fmt.Sprintf("现在有%d个：%s。请写明是哪一个，如「%s %s」。", len(found), strings.Join(names, "、"), "计划", found[0].Code()))
}

func drafted(p domain.Plan) bool { return p.Latest().State == domain.Draft }
func waiting(p domain.Plan) bool { _, ok := p.In(domain.Submitted); return ok }

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
	in := domain.DraftInput{Office: r.Office, Month: period.MonthOf(), Staff: r.Staff, NewID: func() domain.ItemID { return domain.ItemID(r.view.NewID()) }}
	for back := -2; back < 0 && !period.Annual(); back++ {
		before, ok, err := r.view.Plan(r.Office.ID, domain.MonthlyPeriod(period.MonthOf().Add(back)))
		if err != nil {
			return domain.Change{}, err
		}
		if ok {
			v, approved := before.In(domain.Approved)
			if !approved {
				v = before.Latest()
			}
			in.Previous = append(in.Previous, v.Items...)
		}
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
	v := p.Latest()
	if version != 0 {
		var ok bool
		if v, ok = p.Numbered(version); !ok {
			return domain.Change{}, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("%s 没有 v%d。", p.Code(), version))
		}
	}
	planner := r.By.Has(p.Office, domain.Supervisor, r.today()) || r.By.Has(p.Office, domain.Director, r.today())
	if a, ok := p.In(domain.Approved); !planner {
		if !ok {
			return domain.Change{}, domain.Refuse(domain.Forbidden, "5.1.1", p.Title()+"还没有批准，批准后会通知大家。")
		}
		v = a
	}
	return say("%s\n%s", r.sop.Standing(r.Case, p, v), r.sop.ItemLines(r.Staff, v.Items))
}

func listPlans(r *request) (domain.Change, error) {
	from, to := r.span()
	plans, err := r.view.Plans(r.Office.ID, from, to)
	if err != nil {
		return domain.Change{}, err
	}
	var b strings.Builder
	for _, p := range plans {
		v := p.Latest()
		fmt.Fprintf(&b, "%s %s v%d：%s，%d场\n", p.Code(), p.Period.Chinese(), v.Number, v.State.Chinese(), len(v.Items))
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
	return r.sop.AddItem(r.Case, p, domain.Item{
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
	p, _, err := r.plan(drafted, "没有可以上报的草稿。发「拟计划」起草下个月的计划。")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Submit(r.Case, p)
}

func withdrawPlan(r *request) (domain.Change, error) {
	p, _, err := r.plan(waiting, "没有等审批的计划，不用撤回。")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Withdraw(r.Case, p)
}

func pending(r *request) (domain.Change, error) {
	from, to := r.span()
	plans, err := r.view.Plans(r.Office.ID, from, to)
	if err != nil {
		return domain.Change{}, err
	}
	var out domain.Answer
	var lines []string
	for _, p := range plans {
		v, ok := p.In(domain.Submitted)
		if !ok {
			continue
		}
		d := r.sop.PlanDates(p.Period)
		lines = append(lines, fmt.Sprintf("%s %s v%d：%s上报，%s，截止%s。发「同意 %s」或「驳回 %s 理由」。", p.Code(), p.Title(), v.Number, r.sop.Moment(v.SubmittedAt), r.sop.Digest(r.Case, v), d.Approval.Chinese(), p.Code(), p.Code()))
		if len(lines) == 1 && r.By.Has(r.Office.ID, domain.Director, r.today()) {
			out.Body = r.sop.ApprovalCard(r.Case, p, v)
		}
	}
	switch len(lines) {
	case 0:
		return say("现在没有等审批的计划。")
	case 1:
		if out.Card != nil {
			return domain.Change{Reply: out}, nil
		}
	}
	return say("等审批的计划有%d个：\n%s", len(lines), strings.Join(lines, "\n"))
}

func approve(r *request) (domain.Change, error) {
	p, version, err := r.plan(waiting, "现在没有等您审批的计划。")
	if err != nil {
		return domain.Change{}, err
	}
	sessions, err := r.sessionsOf(p)
	if err != nil {
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
	return c, err
}

// sessionsOf reads the sessions of a plan, those too that were moved out of its period.
func (r *request) sessionsOf(p domain.Plan) ([]domain.Session, error) {
	from, to := p.Period.First().AddDays(-90), p.Period.Last().AddDays(366)
	all, err := r.view.Sessions(p.Office, r.sop.Calendar.At(from, domain.Clock{}), r.sop.Calendar.At(to, domain.Clock{}))
	return slices.DeleteFunc(all, func(x domain.Session) bool { return x.Plan != p.ID }), err
}

func returnPlan(r *request) (domain.Change, error) {
	p, version, err := r.plan(waiting, "现在没有等您审批的计划。")
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Return(r.Case, p, version, r.args.Text("理由"))
}
