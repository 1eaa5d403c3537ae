package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// chainRef and fileRef are the arguments that name which failed assessment is meant: a month's or a
// quarter's, or the theory test of a new hire's file.
func chainRef() command.Arg { return refArg("考核", "T", "考核编号，有几个时写明", true) }
func fileRef() command.Arg {
	return refArg("新人", "N", "岗前理论考核的编号，有几个时写明", true)
}

// chainWords are the words of what follows a failed assessment (6.2.3).
func chainWords() command.Table[run] {
	return command.Table[run]{
		{Name: "限期", Aliases: []string{"限期掌握", "deadline"}, Clause: "6.2.3", Roles: planners, Changes: true,
			Args: []command.Arg{arg("人", command.Person, "谁"), chainRef(), fileRef(), opt("日期", command.Date, "限到哪天")},
			Help: "第3次不合格后，定下限期掌握的日期", Example: "限期 张伟 12-02", Run: masterBy},
		{Name: "单独培训", Aliases: []string{"单训", "coaching"}, Clause: "6.2.3", Roles: planners, Changes: true,
			Args: []command.Arg{opt("人", command.Person, "谁"), chainRef(), fileRef(), opt("日期", command.Date, "哪天"), opt("时间", command.Clock, "几点"),
				opt("时长", command.Minutes, "多久"), opt("时期", command.Period, "看哪个月的工时"), opt("说明", command.Text, "补录时写做了什么")},
			Help: "安排、改时间或补录单独培训；不写日期就看工时表", Example: "单独培训 张伟 10-16 10:00", Run: individual},
	}
}

// failed opens or advances the retake chain of whoever failed a sitting (6.2.3): the deduction, the
// individual training and after the third the date are put before the supervisor. Said again of the
// same sitting it only corrects the evidence. The caller gives its own reply.
func (r *request) failed(f domain.Failure) (domain.Change, error) {
	x, found, err := r.view.ChainOf(f.Person, f.Assessment)
	if err != nil {
		return domain.Change{}, err
	}
	if !found {
		x.ID = domain.ChainID(r.view.NewID())
	}
	x, again := r.sop.Fail(r.Case, x, f)
	if again {
		return domain.Change{Chains: []domain.Chain{x}}, nil
	}
	step, _ := x.Step(f.Sitting)
	if step.Training == "" {
		at, err := r.slot(f.Person, f.Day)
		if err != nil {
			return domain.Change{}, err
		}
		step = r.sop.Slot(step, at)
	}
	p, n, err := r.propose(r.sop.FailProposal(r.Case, x, step, r.newHire(f)))
	if err != nil {
		return domain.Change{}, err
	}
	step.Proposal = p.ID
	return domain.Change{
		Chains: []domain.Chain{x.With(step)}, Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n}, Closed: x.Ends(),
		Audit: []domain.Audit{r.audit("chain.fail", f.Code, "6.2.3", p.Title+"："+f.Evidence)},
	}, nil
}

// passed closes the retake chain with the sitting that was passed: the points stay. Where a score was
// corrected from a fail its deduction is taken back. Without a chain it is nothing.
func (r *request) passed(f domain.Failure) (domain.Change, error) {
	x, found, err := r.view.ChainOf(f.Person, f.Assessment)
	if err != nil || !found || x.State != domain.ChainOpen {
		return domain.Change{}, err
	}
	out := domain.Change{Closed: x.Ends()}
	x, corrected := r.sop.Pass(r.Case, x, f)
	if err := r.uncount(&out, corrected, f); err != nil {
		return domain.Change{}, err
	}
	for _, s := range x.Steps {
		c, err := r.callOff(s)
		if err != nil {
			return domain.Change{}, err
		}
		out = out.And(c)
	}
	out.Chains = []domain.Chain{x}
	out.Audit = append(out.Audit, r.audit("chain.pass", f.Code, "6.2.3", fmt.Sprintf("%s %s合格（%s），不合格链关闭，已扣分数保留", r.Staff.Name(f.Person), f.Title, f.Evidence)))
	if n, ok := r.sop.PassedNotice(r.Case, x, f); ok {
		out.Notices = append(out.Notices, n)
	}
	return out, nil
}

// uncount takes back what a corrected score had cost: an open proposal is dropped, a deduction reversed.
func (r *request) uncount(out *domain.Change, step domain.ChainStep, f domain.Failure) error {
	if step.Sitting == 0 {
		return nil
	}
	const why = "成绩已更正为合格"
	open, err := r.view.Proposals(r.Office.ID)
	if err != nil {
		return err
	}
	for _, p := range open {
		if p.ID == step.Proposal {
			*out = out.And(r.sop.Drop(r.Case, p, why))
		}
	}
	if step.Entry == "" {
		return nil
	}
	e, err := r.view.PointsEntry(step.Entry)
	if err != nil {
		return err
	}
	c, err := r.reverse(e, why+"（"+f.Evidence+"）")
	if _, done := domain.Refusal(err); done { // it was taken back before, on appeal
		return nil
	}
	c.Reply = domain.Answer{}
	*out = out.And(c)
	return err
}

// callOff cancels an individual training that is no longer needed.
func (r *request) callOff(step domain.ChainStep) (domain.Change, error) {
	if step.Training == "" {
		return domain.Change{}, nil
	}
	y, err := r.view.Session(step.Training)
	if err != nil || y.State != domain.Planned {
		return domain.Change{}, err
	}
	return r.sop.CallOffTraining(r.Case, y), nil
}

// newHire says whether the sitting is a new hire's theory test, to which the deductions may not apply.
func (r *request) newHire(f domain.Failure) bool {
	return f.Kind == "theory"
}

// slot finds a time for individual training with the supervisor.
func (r *request) slot(who domain.PersonID, after domain.Date) (time.Time, error) {
	p, ok := r.Staff.Person(who)
	if !ok {
		return time.Time{}, nil
	}
	from := r.sop.Calendar.At(after, domain.Clock{})
	busy, err := r.view.Sessions(r.Office.ID, from, from.AddDate(0, 1, 0))
	if err != nil {
		return time.Time{}, err
	}
	return r.sop.TrainingSlot(r.Case, p, r.sop.Trainer(r.Case, who), after, busy), nil
}

// stillGood says whether a proposed time of individual training can be had: it lies ahead, and neither
// the person nor the trainer has got something else meanwhile.
func (r *request) stillGood(who domain.PersonID, at time.Time) (bool, error) {
	p, ok := r.Staff.Person(who)
	if !ok || !at.After(r.Now) {
		return false, nil
	}
	busy, err := r.view.Sessions(r.Office.ID, at.Add(-12*time.Hour), at.Add(12*time.Hour))
	return err == nil && !r.sop.Taken(r.Case, p, r.sop.Trainer(r.Case, who), at, busy), err
}

// decideFail enters the deduction for a failed sitting or waives it, and arranges the individual
// training either way (6.2.3).
func decideFail(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept, Word: map[bool]string{true: "已确认", false: "不扣分"}[accept]})
	if err != nil || !ruled {
		return out, err
	}
	x, err := r.view.Chain(domain.ChainID(p.Data.Ref))
	if err != nil {
		return domain.Change{}, err
	}
	step, _ := x.Step(p.Data.Step)
	y, err := r.training(x, step)
	if err != nil {
		return domain.Change{}, err
	}
	outcome, entry := domain.StepWaived, domain.EntryID("")
	if accept {
		outcome = domain.StepDeducted
		if p.Data.Points < 0 {
			c, err := r.deduct(r.sop.FailEntry(x, step, p.Data.Points))
			if err != nil {
				return domain.Change{}, err
			}
			entry, c.Reply = c.Points[0].ID, domain.Answer{}
			out = out.And(c)
		}
		if x.Deadline.IsZero() {
			x.Deadline, x.Limited = p.Data.Until, r.Now
		}
	}
	x = x.Decided(p.Data.Step, outcome, entry, y)
	out.Chains = []domain.Chain{x}
	if y.ID != "" && y.Version == 0 {
		out.Sessions = append(out.Sessions, y)
	}
	return r.sop.TellFail(r.Case, out, x, p, y, reason), nil
}

// training gives the individual training of a step: the one there is, else a new one at the
// proposed time, or at the next good time when that is gone or taken. None gives the zero session.
func (r *request) training(x domain.Chain, step domain.ChainStep) (domain.Session, error) {
	if step.Training != "" {
		return r.view.Session(step.Training)
	}
	at := step.Start
	good, err := r.stillGood(x.Person, at)
	if err != nil {
		return domain.Session{}, err
	}
	if !good {
		after := r.today().AddDays(-1)
		if after.Before(step.Day) {
			after = step.Day
		}
		if at, err = r.slot(x.Person, after); err != nil || at.IsZero() {
			return domain.Session{}, err
		}
	}
	return r.newTraining(x, at, 0)
}

func (r *request) newTraining(x domain.Chain, at time.Time, minutes int) (domain.Session, error) {
	no, err := r.view.NextNo("session")
	if err != nil {
		return domain.Session{}, err
	}
	y := r.sop.TrainingSession(r.Case, x, r.sop.Trainer(r.Case, x.Person), at, minutes)
	y.ID, y.No = domain.SessionID(r.view.NewID()), no
	return y, nil
}

// renamed says that the theory tests of new hires have a letter of their own.
func renamed(old, code string) string {
	return fmt.Sprintf("岗前理论考核的编号现在以 N 开头：以前的 %s 请写 %s。", old, code)
}

// chain finds the open chain of the person the request names.
func (r *request) chain() (domain.Chain, error) {
	who, code := r.args.Person("人"), ""
	switch {
	case r.args.Has("考核"):
		code = fmt.Sprintf("T%d", r.args.Ref("考核"))
	case r.args.Has("新人"):
		code = fmt.Sprintf("N%d", r.args.Ref("新人"))
	}
	all, err := r.view.ChainsOf(who)
	if err != nil {
		return domain.Chain{}, err
	}
	if old := "N" + strings.TrimPrefix(code, "T"); strings.HasPrefix(code, "T") && slices.ContainsFunc(all, func(x domain.Chain) bool { return x.Code == old }) &&
		!slices.ContainsFunc(all, func(x domain.Chain) bool { return x.Code == code }) {
		return domain.Chain{}, domain.Refuse(domain.NotFound, "6.2.3", renamed(code, old))
	}
	all = slices.DeleteFunc(all, func(x domain.Chain) bool { return x.State != domain.ChainOpen || code != "" && x.Code != code })
	switch len(all) {
	case 0:
		return domain.Chain{}, domain.Refuse(domain.NotFound, "6.2.3", fmt.Sprintf("%s现在没有不合格待补考的考核。", r.Staff.Name(who)))
	case 1:
		return all[0], nil
	}
	names := make([]string, len(all))
	for i, x := range all {
		names[i] = fmt.Sprintf("%s（%s）", x.Code, x.Title)
	}
	return domain.Chain{}, domain.Refuse(domain.Invalid, "6.2.3", fmt.Sprintf("%s有%d个：%s。请写明编号，如「%s %s %s」。", r.Staff.Name(who), len(all), strings.Join(names, "、"), r.word.Name, r.Staff.Name(who), all[0].Code))
}

func masterBy(r *request) (domain.Change, error) {
	x, err := r.chain()
	if err != nil {
		return domain.Change{}, err
	}
	if !r.args.Has("日期") {
		who, _ := r.Staff.Person(x.Person)
		return r.AskFor(fmt.Sprintf("限期 %s %s", who.No, x.Code), fmt.Sprintf("%s限期掌握到哪天？请回复日期，如 %s。（先不定就发「算了」。）", who.Name, r.sop.OfferedDate(r.Case))), nil
	}
	return r.sop.MasterBy(r.Case, x, r.args.Date("日期"))
}

// individual arranges, moves or enters somebody's individual training, or lists the hours.
func individual(r *request) (domain.Change, error) {
	if !r.args.Has("日期") {
		return r.individualHours()
	}
	if r.args.Person("人") == "" || !r.args.Has("时间") {
		return domain.Change{}, domain.Refuse(domain.Invalid, "6.2.3", "请写明谁、哪天、几点。例：单独培训 张伟 10-16 10:00")
	}
	x, err := r.chain()
	if err != nil {
		return domain.Change{}, err
	}
	at, minutes, note := r.sop.Calendar.At(r.args.Date("日期"), r.args.Clock("时间")), r.args.Minutes("时长"), r.args.Text("说明")
	step := x.Last()
	var left domain.Change
	if step.Training != "" {
		y, err := r.view.Session(step.Training)
		if err != nil {
			return domain.Change{}, err
		}
		switch {
		case y.State != domain.Planned:
		case y.Office != r.Office.ID: // they have come from there since
			left = r.sop.LeaveTraining(r.Case, y)
		case at.After(r.Now):
			if note == "" {
				note = "单独培训另定时间"
			}
			out, err := r.sop.MoveSession(r.Case, y, domain.Move{Start: at, Reason: note})
			if err != nil {
				return out, err
			}
			out.Chains = []domain.Chain{x.Decided(step.Sitting, step.Outcome, step.Entry, out.Sessions[0])}
			return out, nil
		}
	}
	y, err := r.newTraining(x, at, minutes)
	if err != nil {
		return domain.Change{}, err
	}
	if at.After(r.Now) {
		return r.sop.ArrangeTraining(r.Case, x.Decided(step.Sitting, step.Outcome, step.Entry, y), y).And(left), nil
	}
	if note == "" {
		return r.AskFor(fmt.Sprintf("单独培训 %s %s %s %s %d分钟", r.noOf(x.Person), x.Code, r.args.Date("日期"), r.args.Clock("时间"), int(y.End.Sub(y.Start)/time.Minute)),
			"这个时间已经过去，按补录登记。请写一句练了什么。（不补录就发「算了」。）"), nil
	}
	y, a := r.sop.HeldTraining(r.Case, y, note, r.msg.ID)
	return r.sop.EnterTraining(r.Case, x.Decided(step.Sitting, step.Outcome, step.Entry, y), y, a).And(left), nil
}

func (r *request) noOf(id domain.PersonID) string {
	p, _ := r.Staff.Person(id)
	return p.No
}

// individualHours lists the individual trainings of a month, of one person or of all.
func (r *request) individualHours() (domain.Change, error) {
	m := r.today().MonthOf()
	from, to := m.First(), m.Add(2).First()
	if p := r.args.Period("时期"); !p.IsZero() {
		from, to = p.First(), p.Last().AddDays(1)
	}
	all, err := r.view.Sessions(r.Office.ID, r.sop.Calendar.At(from, domain.Clock{}), r.sop.Calendar.At(to, domain.Clock{}))
	if err != nil {
		return domain.Change{}, err
	}
	if who := r.args.Person("人"); who != "" {
		all = slices.DeleteFunc(all, func(x domain.Session) bool { return !slices.Contains(x.Invited, who) })
	}
	lines := r.sop.IndividualHours(r.Case, all)
	if len(lines) == 0 {
		return say("这段时间没有单独培训。")
	}
	return say("单独培训（6.2.3，业余时间）：\n%s", strings.Join(lines, "\n"))
}

// audit makes a line of the log.
func (r *request) audit(act, subject, clause, text string) domain.Audit {
	return domain.Audit{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: act, Subject: subject, Clause: clause, Text: text}
}
