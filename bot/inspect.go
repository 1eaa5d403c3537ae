package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// inspectWords is the director's read-only view (3.2), which the supervisor sees too.
func inspectWords() command.Table[run] {
	return command.Table[run]{
		{Name: "检查", Aliases: []string{"檢查", "巡查", "inspect"}, Clause: "3.2", Roles: planners,
			Help: "到期、逾期、等谁决定、上课和记录的全貌", Example: "检查", Run: inspect},
	}
}

// inspection is one heading of 检查: what it says of the office the request is about.
type inspection struct {
	title string
	lines func(r *request, f domain.Facts) ([]string, error)
}

// inspections is the table of what the director inspects. A new subject is a new row here.
func inspections() []inspection {
	return []inspection{
		{"到期和逾期", dueSeen},
		{"等待审批", plansSeen},
		{"等待决定", proposalsSeen},
		{"上课和记录", sessionsSeen},
		{"新员工", orientationSeen},
		{"临时调整", urgentSeen},
		{"委托", deputiesSeen},
		{"考勤分", pointsSeen},
	}
}

func inspect(r *request) (domain.Change, error) {
	var b strings.Builder
	offices := slices.DeleteFunc(r.offices(), func(o domain.OfficeID) bool { return !r.allowed(r.word, o) })
	for _, o := range offices {
		if err := r.turn(o); err != nil {
			return domain.Change{}, err
		}
		facts, err := r.view.Facts(o, r.Now, r.Now)
		if err != nil {
			return domain.Change{}, err
		}
		fmt.Fprintf(&b, "【%s 检查】%s\n", r.Office.Name, r.sop.Moment(r.Now))
		for _, x := range inspections() {
			lines, err := x.lines(r, facts)
			if err != nil {
				return domain.Change{}, err
			}
			switch len(lines) {
			case 0:
				fmt.Fprintf(&b, "%s：无\n", x.title)
			case 1:
				fmt.Fprintf(&b, "%s：%s\n", x.title, lines[0])
			default:
				fmt.Fprintf(&b, "%s：\n· %s\n", x.title, strings.Join(lines, "\n· "))
			}
		}
	}
	return say("%s发「计划」「待批」「事项 编号」看细节。", b.String())
}

// inspectDays is how far ahead 检查 looks: a week. It is a habit of reading, no rule of the office.
const inspectDays = 7

func dueSeen(r *request, f domain.Facts) ([]string, error) {
	var out []string
	for _, x := range r.sop.Outstanding(f, r.Now, inspectDays) {
		out = append(out, x.Line())
	}
	return out, nil
}

func plansSeen(r *request, f domain.Facts) ([]string, error) {
	var out []string
	for _, p := range f.Plans {
		if p.Waiting {
			d := r.sop.PlanDates(p.Period)
			due := "截止" + d.Approval.Chinese()
			if p.Approved {
				due = "修订，原计划继续有效"
			}
			out = append(out, fmt.Sprintf("P%d v%d %s培训计划：%s %s上报，在等%s，%s", p.No, p.Version, p.Period.Chinese(), r.Staff.Name(p.SubmittedBy), r.sop.Moment(p.Since),
				r.Names(domain.IDs(r.Staff.Answering(r.Office.ID, domain.Director, r.today()))), due))
		}
	}
	m := r.today().MonthOf()
	plans, err := r.view.Plans(r.Office.ID, domain.AnnualPeriod(m.Year), domain.AnnualPeriod(m.Year+2))
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if v, ok := p.In(domain.Approved); ok && v.SelfDecided {
			out = append(out, fmt.Sprintf("%s v%d %s：自批，待上级备案", p.Code(), v.Number, p.Title()))
		}
	}
	return out, nil
}

// proposalsSeen names what waits and for whom; of private matters only those who decide them see more.
func proposalsSeen(r *request, f domain.Facts) ([]string, error) {
	var out []string
	for _, p := range f.Proposals {
		asked := r.sop.Asked(r.Case, p)
		what := p.Title
		if !slices.Contains(r.sop.Deciders(r.Case, p), r.By.ID) && p.By != r.By.ID {
			what = "规程" + p.Clause
		}
		days := r.sop.Calendar.Date(p.Made).DaysUntil(r.today())
		out = append(out, fmt.Sprintf("%s %s，在等%s，已%d天", p.Code(), what, r.Names(asked), days))
	}
	return out, nil
}

func sessionsSeen(r *request, _ domain.Facts) ([]string, error) {
	m := r.today().MonthOf()
	all, err := r.view.Sessions(r.Office.ID, r.sop.Calendar.At(m.First(), domain.Clock{}), r.sop.Calendar.At(m.Add(1).First(), domain.Clock{}))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return r.sop.SessionsSeen(r.Case, all), nil
}

func urgentSeen(r *request, _ domain.Facts) ([]string, error) {
	m := r.today().MonthOf()
	made, err := r.view.ProposalsMade(r.Office.ID, domain.Urgent, r.sop.Calendar.At(m.First(), domain.Clock{}), r.sop.Calendar.At(m.Add(1).First(), domain.Clock{}))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range made {
		switch p.State {
		case domain.Dropped:
		case domain.Declined:
			out = append(out, fmt.Sprintf("%s %s：%s有意见（%s）", p.Code(), p.Title, r.Staff.Signed(p.Decider, p.Behalf), p.Reason))
		default:
			out = append(out, p.Code()+" "+p.Title)
		}
	}
	return out, nil
}

func deputiesSeen(r *request, _ domain.Facts) ([]string, error) {
	had, err := r.view.Delegations(r.Office.ID, r.today())
	if err != nil {
		return nil, err
	}
	var out []string
	for _, d := range had {
		if d.Ended.IsZero() {
			out = append(out, fmt.Sprintf("%s %s代%s（%s）", d.Span(), r.Staff.Name(d.Deputy), r.Staff.Name(d.For), d.Role.Chinese()))
		}
	}
	return out, nil
}

func pointsSeen(r *request, _ domain.Facts) ([]string, error) {
	m := r.today().MonthOf()
	entries, err := r.view.PointsIn(r.Office.ID, m)
	if err != nil {
		return nil, err
	}
	return []string{domain.PointsSeen(m, entries)}, nil
}
