package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trainingbot/domain"
)

// undoer takes one act of the person back, by an act of its own.
type undoer func(r *request, a domain.Audit) (domain.Change, error)

// undoers is the table of what 撤销 alone takes back, by the act as the log calls it. Whatever put a
// proposal before somebody needs no row: while it is open it is taken back by its code.
func undoers() map[string]undoer {
	return map[string]undoer{
		"plan.submit":      undoSubmit,
		"plan.add":         undoEdit,
		"plan.move":        undoEdit,
		"plan.drop":        undoEdit,
		"session.move":     undoSession,
		"session.cancel":   undoSession,
		"session.lecturer": undoSession,
		"points.deduct":    undoPoints,
	}
}

// insteads says what to do about acts that cannot be taken back.
func insteads() map[string]string {
	return map[string]string{
		"plan.approve":     "批准不能撤销。要改请主管发「加一场」「改期」「取消」后再「报计划」，您再审批。",
		"plan.return":      "驳回不能撤销。请主管再发「报计划」，您再审批。",
		"plan.withdraw":    "撤回不用再撤销，发「报计划」就会重新上报。",
		"deputy.begin":     "要结束代理请发「撤销委托」。",
		"deputy.end":       "委托已经结束，要恢复请再发「委托」。",
		"session.open":     "开课不能撤销。没上成就发「取消 场次 理由」，上完发「关课」。",
		"session.close":    "关课不能撤销。漏登的人请发「点名 场次 姓名 到 理由」补登。",
		"session.undo":     "刚才的那一步已经撤销过了。",
		"plan.undo":        "刚才的那一步已经撤销过了。",
		"assessment.score": "成绩不能撤销，只能更正，原记录保留，随它提出的扣分一起更正。请发「成绩 {编号} 更正 姓名 书面 分数 理由」。",
		"points.reverse":   "扣分已经撤销，要恢复请重新登记。",
	}
}

var proposalCode = regexp.MustCompile(`^B(\d+)$`)

// olderActs says how the person takes back what is too old for 撤销, by the words that are theirs.
func (r *request) olderActs() string {
	var out []string
	for _, x := range []struct{ word, what string }{{"撤回", "计划「撤回」"}, {"改期", "场次「改期」"}, {"取消", "场次「取消」"}, {"委托", "委托「撤销委托」"}, {"违纪", "扣分「撤销 编号 理由」"}} {
		if r.says(x.word) {
			out = append(out, x.what)
		}
	}
	if len(out) == 0 {
		return "有误请告诉主管更正，原记录会保留；看您的记录发「我的培训」。"
	}
	return "更早的事请用：" + strings.Join(out, "，") + "。"
}

// undoLast takes back what the person did last, when that can be and was not long ago (mission E18).
func undoLast(r *request) (domain.Change, error) {
	var last []domain.Audit
	for _, o := range r.belongs() {
		acts, err := r.view.LastActs(o, r.By.ID, r.sop.Undoable(r.Now))
		if err != nil {
			return domain.Change{}, err
		}
		if len(acts) > 0 && (len(last) == 0 || acts[0].At.After(last[0].At)) {
			last = acts
		}
	}
	within := int(r.sop.Policy.Plan.UndoWithin.Minutes())
	if len(last) == 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.3.2",
			fmt.Sprintf("%d分钟内没有您可以撤销的操作。%s", within, r.olderActs()))
	}
	if err := r.turn(last[0].Office); err != nil {
		return domain.Change{}, err
	}
	// What a score puts before people, and what falls away with a session, follows and is no act of its own.
	if i := slices.IndexFunc(last, func(a domain.Audit) bool { return a.Act == "assessment.score" || a.Act == "session.cancel" }); i >= 0 {
		last = last[i : i+1]
	}
	for _, a := range last { // one act may leave several lines
		if run, ok := undoers()[a.Act]; ok {
			return run(r, a)
		}
		if text, ok := insteads()[a.Act]; ok {
			return domain.Change{}, domain.Refuse(domain.Conflict, a.Clause, strings.ReplaceAll(text, "{编号}", a.Subject))
		}
		if m := proposalCode.FindStringSubmatch(a.Subject); m != nil {
			no, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return domain.Change{}, err
			}
			return undoProposal(r, no)
		}
	}
	what := []rune(strings.TrimRight(last[0].Text, "。"))
	if len(what) > 40 {
		what = append(what[:40], []rune("……")...)
	}
	return domain.Change{}, domain.Refuse(domain.Conflict, last[0].Clause, fmt.Sprintf("您刚才做的是：%s。这一步不能撤销；有误请告诉主管更正，原记录会保留。", string(what)))
}

// turn makes an office the one the request is about.
func (r *request) turn(o domain.OfficeID) error {
	if o == r.Office.ID {
		return nil
	}
	return r.enter(o)
}

func undoSubmit(r *request, a domain.Audit) (domain.Change, error) {
	p, err := r.planCalled(a.Subject)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Withdraw(r.Case, p)
}

// planCalled finds the plan a line of the log names: P7 v2.
func (r *request) planCalled(subject string) (domain.Plan, error) {
	no, err := strconv.ParseInt(strings.TrimPrefix(strings.Fields(subject + " ")[0], "P"), 10, 64)
	if err != nil {
		return domain.Plan{}, fmt.Errorf("plan in the log %q: %w", subject, err)
	}
	p, ok, err := r.view.PlanByNo(no)
	if err == nil && !ok {
		err = fmt.Errorf("plan in the log %q is missing", subject)
	}
	return p, err
}

func undoEdit(r *request, a domain.Audit) (domain.Change, error) {
	p, err := r.planCalled(a.Subject)
	if err != nil || a.Undo == nil {
		return domain.Change{}, err
	}
	return r.sop.RestoreItems(r.Case, p, *a.Undo)
}

func undoSession(r *request, a domain.Audit) (domain.Change, error) {
	if a.Undo == nil || a.Undo.Session == nil {
		return domain.Change{}, domain.Refuse(domain.Conflict, "5.3.2", fmt.Sprintf("这次改动还牵动了别的场次，不能直接撤销。请发「改期 %s 日期 时间 理由」或「加一场」。", a.Subject))
	}
	x, err := r.view.Session(a.Undo.Session.ID)
	if err != nil {
		return domain.Change{}, err
	}
	out, err := r.sop.RestoreSession(r.Case, x, *a.Undo)
	if err != nil {
		return domain.Change{}, err
	}
	// What the director was to confirm is gone with it.
	open, err := r.view.ProposalsOf(x.Office, domain.Urgent, domain.UrgentSubject(x.ID, a.Undo.Session.Version))
	if err != nil {
		return domain.Change{}, err
	}
	for _, p := range open {
		if p.State == domain.Proposed {
			out = out.And(r.sop.Drop(r.Case, p, "调整已由本人撤销"))
		}
	}
	if a.Act != "session.cancel" {
		return out, nil
	}
	absences, err := r.view.Absences(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.LeavesLost(r.Case, x, absences, a.At, out), nil
}

func undoPoints(r *request, a domain.Audit) (domain.Change, error) {
	no, err := strconv.ParseInt(strings.TrimPrefix(a.Subject, "F"), 10, 64)
	if err != nil {
		return domain.Change{}, fmt.Errorf("entry in the log %q: %w", a.Subject, err)
	}
	e, ok, err := r.view.PointsByNo(no)
	if err == nil && !ok {
		err = fmt.Errorf("entry in the log %q is missing", a.Subject)
	}
	if err != nil {
		return domain.Change{}, err
	}
	return r.reverse(e, "登记的人当场撤销")
}

func undoProposal(r *request, no int64) (domain.Change, error) {
	p, ok, err := r.view.ProposalByNo(no)
	if err == nil && !ok {
		err = fmt.Errorf("proposal B%d of the log is missing", no)
	}
	if err != nil {
		return domain.Change{}, err
	}
	switch {
	case p.State == domain.Proposed && p.By == r.By.ID:
		out := r.sop.Drop(r.Case, p, "提出的人撤销")
		out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("已撤销 %s %s，对方的卡片已失效。", p.Code(), p.Title))}
		return out, nil
	case p.Decider == r.By.ID:
		return domain.Change{}, domain.Refuse(domain.Conflict, p.Clause, r.sop.ProposalStanding(r.Case, p)+"决定不能撤销，原记录保留；要更正请重新提出。")
	}
	return domain.Change{}, domain.Refuse(domain.Conflict, p.Clause, r.sop.ProposalStanding(r.Case, p)+"已经不能撤销。")
}
