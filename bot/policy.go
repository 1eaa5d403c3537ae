package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// policyWords are the words about the numbers of the procedure and its open points (mission 1).
func policyWords() command.Table[run] {
	only := []domain.Role{domain.Administrator}
	return command.Table[run]{
		{Name: "规程", Aliases: []string{"規程", "rules", "规则"}, Clause: "1.0", Args: []command.Arg{opt("条款", command.Text, "条款号、类别，或「待确认」")},
			Help: "每条规则的数字、条款和待确认项", Example: "规程 5.1.2", Run: rules},
		{Name: "规程确认", Aliases: []string{"确认规程"}, Roles: only, Changes: true,
			Args: []command.Arg{arg("项目", command.Number, "待确认项的编号"), opt("值", command.Text, "要定的数，几个就用空格隔开")},
			Help: "确认一个待确认项，马上生效", Example: "规程确认 11 85", Run: confirmPoint},
		{Name: "规程恢复", Roles: only, Changes: true, Hidden: true, Args: []command.Arg{arg("项目", command.Number, "待确认项的编号")},
			Help: "把一个待确认项退回未确认", Example: "规程恢复 11", Run: undoPoint},
	}
}

// rules lists the numbers of the procedure: the groups there are, one clause, one group, all of them, or
// the open points.
func rules(r *request) (domain.Change, error) {
	want := strings.TrimSpace(r.args.Text("条款"))
	switch want {
	case "待确认":
		return say("%s", r.openPoints())
	case "":
		return say("%s", r.contents())
	case "全部":
		want = ""
	}
	var b strings.Builder
	all := r.sop.Policy.Rules()
	slices.SortStableFunc(all, func(a, b domain.Rule) int { return strings.Compare(a.Clause, b.Clause) })
	for _, g := range groupsOf(r.sop.Policy.Rules()) {
		head := false
		for _, x := range all {
			if x.Group != g || want != "" && want != g && !within(x.Clause, want) {
				continue
			}
			if !head && want == "" {
				fmt.Fprintf(&b, "【%s】\n", g)
			}
			head = true
			fmt.Fprintf(&b, "%s %s：%s%s\n", x.Clause, x.Meaning, domain.PlainValue(x.Value), r.sop.Policy.Assumed(x.Key))
		}
	}
	b.WriteString(r.topicLines(want))
	if b.Len() == 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "", fmt.Sprintf("没有条款「%s」的数字。发「规程」看有哪些类，「规程 待确认」看待确认项。", want))
	}
	return say("%s发「规程 待确认」看原文没写清、要管理员定的项目；发「为什么 5.1.2」看一条是谁定的。", b.String())
}

// groupsOf gives the groups of rules in their order.
func groupsOf(rules []domain.Rule) []string {
	var out []string
	for _, x := range rules {
		if !slices.Contains(out, x.Group) {
			out = append(out, x.Group)
		}
	}
	return out
}

// contents names the groups of numbers, each as it is asked for.
func (r *request) contents() string {
	all := r.sop.Policy.Rules()
	names := groupsOf(all)
	count, open := map[string]int{}, map[string]int{}
	for _, x := range all {
		count[x.Group]++
		if r.sop.Policy.Assumed(x.Key) != "" {
			open[x.Group]++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "规程共%d个数，分%d类。看一类发：\n", len(all), len(names))
	for _, g := range names {
		fmt.Fprintf(&b, "「规程 %s」%d项", g, count[g])
		if open[g] > 0 {
			fmt.Fprintf(&b, "，其中%d项【暂按】", open[g])
		}
		b.WriteString("\n")
	}
	b.WriteString("「规程 培训内容」讲什么、多久一次\n看一条发「规程 5.1.2」，全部发「规程 全部」，原文没写清、要管理员定的发「规程 待确认」。")
	return b.String()
}

// within says whether a clause is the one named or lies under it: 5.1 holds 5.1.2, and 4.0 all of 4.
func within(clause, want string) bool {
	return clause == want || strings.HasPrefix(clause, want+".") || strings.HasPrefix(clause, strings.TrimSuffix(want, "0")) && strings.HasSuffix(want, ".0")
}

// topicLines lists what is taught under the clauses named, with how often (4.0).
func (r *request) topicLines(want string) string {
	var b strings.Builder
	var clauses []string
	for _, x := range r.sop.Policy.Curriculum {
		if !slices.Contains(clauses, x.Clause) && (want == "" || want == "培训内容" || within(x.Clause, want)) {
			clauses = append(clauses, x.Clause)
		}
	}
	if len(clauses) > 0 && want == "" {
		b.WriteString("【培训内容】\n")
	}
	for _, c := range clauses {
		var names []string
		every := ""
		for _, x := range r.sop.Policy.Curriculum {
			if x.Clause == c {
				names, every = append(names, x.Name), x.Every.Chinese()
			}
		}
		fmt.Fprintf(&b, "%s %s：%s\n", c, every, strings.Join(names, "、"))
	}
	return b.String()
}

// openPoints lists the open points: those to decide first, then the readings, each with how to confirm it.
func (r *request) openPoints() string {
	var ask, read, done []string
	for _, x := range r.sop.Policy.OpenPoints() {
		line := fmt.Sprintf("%d.（%s）%s。现按：%s", x.No, x.Clause, x.Problem, x.Reading)
		var values []string
		for _, a := range r.sop.Policy.Asked(x.No) {
			values = append(values, a.Meaning+" "+domain.PlainValue(a.Value))
		}
		switch {
		case x.Confirmed:
			line += "。【已确认】"
			if len(values) > 0 {
				line += strings.Join(values, "；")
			}
			done = append(done, line)
		case x.Ask:
			line += fmt.Sprintf("。【待确认，请管理员定】%s", strings.Join(values, "；"))
			ask = append(ask, line)
		default:
			read = append(read, line+"。【待确认】")
		}
	}
	var b strings.Builder
	for _, part := range []struct {
		head  string
		lines []string
	}{{fmt.Sprintf("要管理员定的%d项：", len(ask)), ask}, {fmt.Sprintf("按这样理解、请过目的%d项：", len(read)), read}, {fmt.Sprintf("已确认的%d项：", len(done)), done}} {
		if len(part.lines) > 0 {
			b.WriteString(part.head + "\n" + strings.Join(part.lines, "\n") + "\n")
		}
	}
	if len(ask)+len(read) > 0 {
		b.WriteString("管理员发「规程 确认 11 85」定一项，现在的值对就只发「规程 确认 11」。确认前按现在的值执行，凡用到的地方都标【暂按】。")
	}
	return strings.TrimRight(b.String(), "\n")
}

func confirmPoint(r *request) (domain.Change, error) {
	return r.sop.ConfirmPoint(r.Case, domain.ChoiceID(r.view.NewID()), r.args.Number("项目"), strings.Fields(r.args.Text("值")))
}

func undoPoint(r *request) (domain.Change, error) {
	return r.sop.UndoPoint(r.Case, domain.ChoiceID(r.view.NewID()), r.args.Number("项目"))
}
