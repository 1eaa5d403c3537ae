package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// remindWords are the words about what is due and why.
func remindWords() command.Table[run] {
	return command.Table[run]{
		{Name: "今日", Aliases: []string{"今天", "today", "今天的安排"}, Clause: "3.0",
			Help: "今天的培训、等您决定的事、要办的事", Example: "今日", Run: today},
		{Name: "为什么", Aliases: []string{"為什麼", "why", "为啥", "依据"}, Clause: "3.0", Args: []command.Arg{opt("哪件事", command.Text, "上一条提醒不用写；或一天、编号、条款、数字")},
			Help: "为什么收到这条提醒、为什么是这一天这个数", Example: "为什么 5.1.2", Run: why},
	}
}

// taskDays is how far ahead 今日 looks. It is a habit of the page, no rule of the office.
const taskDays = 14

// today shows a person's day: trainings, what waits for their decision, what is to be done, who is
// missing where a roll is open.
func today(r *request) (domain.Change, error) {
	from := r.sop.Calendar.At(r.today(), domain.Clock{})
	all, err := r.sessions(from, from.AddDate(0, 0, 1))
	if err != nil {
		return domain.Change{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.today().Chinese(), r.dayWord())
	if lines := r.sessionLines(all); len(lines) > 0 {
		b.WriteString(strings.Join(lines, "\n") + "\n")
	} else {
		b.WriteString("今天没有您要参加或要讲的培训。\n")
	}
	for _, part := range []struct {
		head string
		list func() ([]string, error)
	}{{"正在签到", func() ([]string, error) { return r.rolls(all) }}, {"等您决定", r.decisions}, {"要办的事", r.tasks}} {
		lines, err := part.list()
		if err != nil {
			return domain.Change{}, err
		}
		if len(lines) > 0 {
			fmt.Fprintf(&b, "【%s】\n%s\n", part.head, strings.Join(lines, "\n"))
		}
	}
	return say("%s", strings.TrimRight(b.String(), "\n"))
}

// rolls says who is still missing from the rolls that are open, to those who run them.
func (r *request) rolls(all []domain.Session) ([]string, error) {
	var out []string
	for _, x := range all {
		if x.State != domain.Open || x.Lecturer != r.By.ID && !r.By.Has(x.Office, domain.Supervisor, r.today()) {
			continue
		}
		present, err := r.view.Attendance(x.ID)
		if err != nil {
			return nil, err
		}
		missing := r.sop.Missing(x, present)
		line := fmt.Sprintf("%s 已到%d/%d", x.Code(), len(x.Roster)-len(missing), len(x.Roster))
		if len(missing) > 0 {
			line += "，未到：" + r.Names(missing)
		}
		out = append(out, line+fmt.Sprintf("。发「点名 %s」", x.Code()))
	}
	return out, nil
}

// decisions lists what waits for the person's decision, in all their offices.
func (r *request) decisions() ([]string, error) {
	open, err := r.before()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range open {
		out = append(out, fmt.Sprintf("%s %s。发「事项 %s」", p.Code(), p.Title, p.Code()))
	}
	plans, err := r.plans()
	if err != nil {
		return nil, err
	}
	for _, p := range plans {
		if w, ok := p.In(domain.Submitted); ok && r.By.Has(p.Office, domain.Director, r.today()) {
			out = append(out, fmt.Sprintf("%s v%d %s待审批，%s。发「待批」", p.Code(), w.Number, p.Title(), r.sop.ApprovalDue(p, w)))
		}
	}
	return out, nil
}

// tasks lists what is to be done by the person's roles in all their offices.
func (r *request) tasks() ([]string, error) {
	var out []string
	offices := r.belongs()
	for _, o := range offices {
		facts, err := r.view.Facts(o, r.Now, r.Now)
		if err != nil {
			return nil, err
		}
		where := ""
		if len(offices) > 1 {
			where = "（" + facts.Office.Name + "）"
		}
		for _, x := range r.sop.Tasks(facts, r.By.ID, r.Now, taskDays) {
			if x.Kind == domain.ProposalWaiting || slices.Contains([]domain.MatterKind{domain.MonthlyApprovalDue, domain.AnnualApprovalDue}, x.Kind) && r.By.Has(o, domain.Director, r.today()) {
				continue // shown with what waits for the person
			}
			out = append(out, "· "+where+x.Line())
		}
	}
	return out, nil
}
