package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// offices gives the offices in which the person may say the word of the request today, the one the
// request is about first; one that was named, alone.
func (r *request) offices() []domain.OfficeID {
	out := []domain.OfficeID{r.Office.ID}
	if r.pinned {
		return out
	}
	for _, o := range r.belongs() {
		if r.allowed(r.word, o) && !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// belongs gives the offices of which the person is a member today, in the order recorded.
func (r *request) belongs() []domain.OfficeID {
	var out []domain.OfficeID
	for _, m := range r.By.In(r.today()) {
		if !slices.Contains(out, m.Office) {
			out = append(out, m.Office)
		}
	}
	return out
}

// allowed says whether the person has a role in the office that may use the word.
func (r *request) allowed(cmd command.Command[run], o domain.OfficeID) bool {
	return len(cmd.Roles) == 0 || slices.ContainsFunc(cmd.Roles, func(x domain.Role) bool { return r.By.Has(o, x, r.today()) })
}

// says whether a word is the person's to say in the office the request is about.
func (r *request) says(word string) bool {
	cmd, ok := r.table.Find(word)
	return ok && r.allowed(*cmd, r.Office.ID)
}

// plans gives the plans people still speak of: of the months from two ago on, and of the years from
// this one on.
func (r *request) plans() ([]domain.Plan, error) {
	m := r.today().MonthOf()
	oldest, from, to := domain.MonthlyPeriod(m.Add(-2)), domain.AnnualPeriod(m.Year), domain.AnnualPeriod(m.Year+2)
	if oldest.Before(from) {
		from = oldest
	}
	var out []domain.Plan
	for _, o := range r.offices() {
		all, err := r.view.Plans(o, from, to)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if p.Period.Annual() && p.Period.MonthOf().Year >= m.Year || !p.Period.Annual() && !p.Period.Before(oldest) {
				out = append(out, p)
			}
		}
	}
	return out, nil
}

// plan finds the plan the request names, by number or by period, or else the one that pick takes,
// and makes its office the one the request is about.
func (r *request) plan(pick func(domain.Plan) bool, none string) (domain.Plan, int, error) {
	if no, version := r.args.Plan("计划"); no != 0 {
		p, ok, err := r.view.PlanByNo(no)
		if err != nil {
			return p, 0, err
		}
		if !ok || len(r.By.Roles(p.Office, r.today())) == 0 {
			return p, 0, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("没有编号 P%d 的计划。发「计划」看现有的计划。", no))
		}
		return p, version, r.turnTo(p)
	}
	if period := r.args.Period("时期"); !period.IsZero() {
		return r.planFor(period)
	}
	plans, err := r.plans()
	if err != nil {
		return domain.Plan{}, 0, err
	}
	found := slices.DeleteFunc(plans, func(p domain.Plan) bool { return !pick(p) })
	switch len(found) {
	case 0:
		return domain.Plan{}, 0, domain.Refuse(domain.NotFound, "5.1.1", none)
	case 1:
		return found[0], 0, r.turnTo(found[0])
	}
	names := make([]string, len(found))
	several := slices.ContainsFunc(found, func(p domain.Plan) bool { return p.Office != found[0].Office })
	for i, p := range found {
		where := ""
		if o, _, err := r.view.Office(p.Office); err == nil && several {
			where = o.Name
		}
		names[i] = fmt.Sprintf("%s（%s%s）", p.Code(), where, p.Period.Chinese())
	}
	return domain.Plan{}, 0, domain.Refuse(domain.Invalid, "5.1.1", fmt.Sprintf("现在有%d个：%s。请写明是哪一个，如「%s」。", len(found), strings.Join(names, "、"), r.naming(found[0])))
}

// planFor finds the plan of a period in the office the request is about, or in the only other one of the
// person's that has it.
func (r *request) planFor(period domain.Period) (domain.Plan, int, error) {
	offices := r.offices()
	if r.pinned {
		offices = []domain.OfficeID{r.Office.ID}
	}
	var found []domain.Plan
	for _, o := range offices {
		p, ok, err := r.view.Plan(o, period)
		if err != nil {
			return p, 0, err
		}
		if ok {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return domain.Plan{}, 0, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("还没有%s培训计划。主管发「拟计划 %s」就能起草。", period.Chinese(), period))
	case 1:
		return found[0], 0, r.turnTo(found[0])
	}
	names := make([]string, len(found))
	for i, p := range found {
		o, _, err := r.view.Office(p.Office)
		if err != nil {
			return p, 0, err
		}
		names[i] = fmt.Sprintf("%s（%s）", p.Code(), o.Name)
	}
	return domain.Plan{}, 0, domain.Refuse(domain.Invalid, "5.1.1", fmt.Sprintf("%s的计划有%d个：%s。请写明编号，如「%s」。", period.Chinese(), len(found), strings.Join(names, "、"), r.naming(found[0])))
}

// naming repeats what was said with the plan named.
func (r *request) naming(p domain.Plan) string {
	line := r.word.Name + " " + p.Code()
	if n := r.args.Number("条目"); n != 0 {
		line += fmt.Sprintf(" %d", n)
	}
	if r.args.Has("日期") && r.args.Has("时间") {
		line += fmt.Sprintf(" %s %s", r.args.Date("日期"), r.args.Clock("时间"))
	}
	return line
}

func (r *request) turnTo(p domain.Plan) error {
	if p.Office == r.Office.ID {
		return nil
	}
	return r.enter(p.Office)
}

// item finds line n of a plan: of the one that is named, else of the one for the month of day, else
// of the only one that is not in force yet.
func (r *request) item(day domain.Date) (domain.Plan, domain.ItemID, error) {
	ask := "请写明哪一场：已批准的用场次编号（如「取消 S31 理由」，编号见「计划 P7」），草稿用第几条（如「取消 3」）。"
	if !day.IsZero() {
		ask = "请写明哪一场：已批准的用场次编号（如「改期 S31 明天 16点 理由」，编号见「计划 P7」），草稿用第几条（如「改期 3 10-23 15点」）。"
	}
	if !r.args.Has("条目") {
		return domain.Plan{}, "", domain.Refuse(domain.Invalid, "5.3.2", ask)
	}
	p, _, err := r.plan(func(p domain.Plan) bool {
		return (drafted(p) || undone(p) || waiting(p)) && (day.IsZero() || !p.Period.Annual() && p.Period.Has(day))
	}, "没有在改的计划草稿。"+ask)
	if err != nil {
		return p, "", err
	}
	n, items := r.args.Number("条目"), p.Latest().Items
	if n < 1 || n > len(items) {
		return p, "", domain.Refuse(domain.NotFound, "5.3.2", fmt.Sprintf("%s 只有1到%d条。发「计划 %s」看编号。", p.Code(), len(items), p.Code()))
	}
	return p, items[n-1].ID, nil
}
