package bot

import (
	"fmt"
	"regexp"
	"strings"

	"trainingbot/domain"
)

// confirm is the lecturer's word that they will lecture (5.3.1), and after a session the supervisor's
// that its record is right (5.3.4).
func confirm(r *request) (domain.Change, error) {
	if r.args.Session("场次") == 0 {
		return r.confirmAll()
	}
	x, err := r.session(nil, "")
	if err != nil {
		return domain.Change{}, err
	}
	if x.State == domain.Closed {
		return r.finishRecord(x)
	}
	x, err = r.sop.ConfirmLecturer(r.Case, x)
	if err != nil {
		return domain.Change{}, err
	}
	return r.confirmed([]domain.Session{x}), nil
}

// confirmAll confirms every session the person lectures in the month to come, else the one record that
// waits.
func (r *request) confirmAll() (domain.Change, error) {
	all, err := r.sessions(r.Now, r.Now.AddDate(0, 0, 31))
	if err != nil {
		return domain.Change{}, err
	}
	var done []domain.Session
	for _, x := range all {
		if y, err := r.sop.ConfirmLecturer(r.Case, x); err == nil {
			done = append(done, y)
		}
	}
	if len(done) > 0 {
		return r.confirmed(done), nil
	}
	x, err := r.session(func(x domain.Session) bool { return x.State == domain.Closed && x.RecordedAt.IsZero() }, "没有等您确认的培训或记录。发「课表」看您的场次。")
	if err != nil {
		return domain.Change{}, err
	}
	return r.finishRecord(x)
}

func (r *request) confirmed(done []domain.Session) domain.Change {
	out := domain.Change{Sessions: done}
	lines := make([]string, len(done))
	for i, x := range done {
		lines[i] = fmt.Sprintf("%s %s %s", x.Code(), r.sop.Moment(x.Start), x.Title())
		card := domain.Card{Title: "主讲 " + x.Code(), Subtitle: x.Title(), Settled: r.By.Name + "：已确认"}
		out.Closed = append(out.Closed, domain.Settlement{Thread: r.sop.ConfirmThread(x), Card: &card})
		out.Audit = append(out.Audit, domain.Audit{At: r.Now, Office: x.Office, Actor: r.By.ID, Act: "session.confirm", Subject: x.Code(), Clause: "5.3.1", Text: r.By.Name + "确认主讲"})
		out.Reply.Settle = &card
	}
	out.Reply.Body = domain.Say(fmt.Sprintf("已确认主讲%d场：\n%s\n有变化发「换人 %s」。", len(done), strings.Join(lines, "\n"), done[0].Code()))
	return out
}

// substitute finds another lecturer (5.3.1): the one the supervisor names at once, else the one who is
// asked and accepts; without a name the next who could is asked.
func substitute(r *request) (domain.Change, error) {
	x, err := r.mine(func(x domain.Session) bool {
		return x.State == domain.Planned && x.Lecturer == r.By.ID && x.End.After(r.Now)
	}, "近一个月没有您主讲的培训。主管请写明场次，如「换人 S31 陈静」。")
	if err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("理由")
	x, err = r.sop.Decline(r.Case, x)
	if err != nil {
		return domain.Change{}, err
	}
	if said := reason; said != "" && r.args.Person("人") == "" && !plainReason.MatchString(said) {
		return r.confirmFirst(fmt.Sprintf("换人 %s %s%s", x.Code(), reasonMark, said),
			fmt.Sprintf("名单里没有叫“%s”的人。“%s”是 %s 讲不了的理由吗？回复「是」就去问别的讲师；要指定人，请发「换人 %s 姓名」，写名单里的全名。（不换了就发「算了」。）", said, said, x.Code(), x.Code())), nil
	}
	if r.args.Person("人") == "" {
		if err := r.alreadyAsked(x); err != nil {
			return domain.Change{}, err
		}
	}
	out, err := r.dropOpen(domain.Substitute, x, "", "另外找人")
	if err != nil {
		return domain.Change{}, err
	}
	if id := r.args.Person("人"); id != "" {
		to, _ := r.Staff.Person(id)
		if r.By.Has(x.Office, domain.Supervisor, r.today()) || to.ID == r.By.ID {
			c, err := r.sop.SetLecturer(r.Case, x, to, false, reason)
			if err != nil {
				return c, err
			}
			c, err = r.urgently(c, x, x.Start, "换讲师")
			return c.And(out), err
		}
		if !r.sop.Qualified(x, to) {
			_, err := r.sop.SetLecturer(r.Case, x, to, false, reason)
			return domain.Change{}, err
		}
		c, err := r.ask(x, to, reason)
		return out.And(c), err
	}
	c, err := r.askNext(x, reason)
	return out.And(c), err
}

// alreadyAsked refuses to ask once more while somebody is being asked: a card pressed twice.
func (r *request) alreadyAsked(x domain.Session) error {
	all, err := r.view.ProposalsOf(x.Office, domain.Substitute, string(x.ID))
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.State == domain.Proposed {
			return domain.Refuse(domain.Conflict, "5.3.1", fmt.Sprintf("%s 已经在问%s能不能讲，讲不了会接着问下一位。要指定人发「换人 %s 姓名」。", x.Code(), r.Names(r.sop.Deciders(r.Case, p)), x.Code()))
		}
	}
	return nil
}

// reasonMark stands before what is meant as a reason, whatever it looks like.
const reasonMark = "因为"

// plainReason is what nobody can take for a name: it is marked as a reason, it speaks of one, or it is as
// long as a sentence.
var plainReason = regexp.MustCompile(`^(因为|由于)|出差|请假|生病|病假|事假|调休|年假|开会|会议|值班|有事|有会|冲突|走不开|讲不了|不在|\p{Han}[^\p{Han}]*\p{Han}[^\p{Han}]*\p{Han}[^\p{Han}]*\p{Han}[^\p{Han}]*\p{Han}`)

// ask asks one person to lecture instead.
func (r *request) ask(x domain.Session, to domain.Person, reason string) (domain.Change, error) {
	_, out, err := r.put(r.sop.SubstituteProposal(r.Case, x, to.ID, reason), "session.substitute")
	if err != nil {
		return out, err
	}
	out.Sessions = []domain.Session{x}
	out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("%s %s 已去问%s能不能讲；答应了会告诉您和大家，讲不了就接着问下一位。", x.Code(), x.Title(), r.Staff.Name(to.ID)))}
	return out, nil
}

// askNext asks the least loaded of those who could lecture instead, or tells the supervisors that
// nobody is left.
func (r *request) askNext(x domain.Session, reason string) (domain.Change, error) {
	all, err := r.view.Sessions(x.Office, x.Start.AddDate(0, 0, -31), x.Start.AddDate(0, 0, 31))
	if err != nil {
		return domain.Change{}, err
	}
	next := r.sop.Substitutes(r.Case, x, all)
	if len(next) > 0 {
		return r.ask(x, next[0], reason)
	}
	n := r.sop.Stranded(r.Case, x)
	out := domain.Change{Sessions: []domain.Session{x}, Audit: []domain.Audit{{At: r.Now, Office: x.Office, Actor: r.By.ID, Act: "session.stranded", Subject: x.Code(), Clause: "5.3.1", Text: n.Body.Text}}}
	if len(n.To) > 0 {
		out.Notices = []domain.Notice{n}
	}
	out.Reply = domain.Answer{Body: domain.Say(n.Body.Text)}
	return out, nil
}

// decideSubstitute is the answer of the one who was asked to lecture.
func decideSubstitute(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	word := "讲不了"
	if accept {
		word = "我来讲"
	}
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Word: word})
	if err != nil || !ruled {
		return out, err
	}
	x, err := r.view.Session(p.Data.Session)
	if err != nil {
		return out, err
	}
	if x.State != domain.Planned && x.State != domain.Open {
		return domain.Change{}, domain.Refuse(domain.TooLate, "5.3.1", fmt.Sprintf("%s %s %s，不用换讲师了。", x.Code(), x.Title(), x.State.Chinese()))
	}
	if accept {
		c, err := r.sop.SetLecturer(r.Case, x, r.By, true, p.Data.Note)
		if err != nil {
			return c, err
		}
		if c, err = r.urgently(c, x, x.Start, "换讲师"); err != nil {
			return c, err
		}
		c.Reply.Settle = out.Reply.Settle
		out.Reply = c.Reply
		return out.And(c), err
	}
	x.Declined = append(others(x.Declined, r.By.ID), r.By.ID)
	c, err := r.askNext(x, p.Data.Note)
	c.Reply = domain.Answer{}
	out.Reply.Body = domain.Say("好的，接着问下一位，您不用再做什么。")
	return out.And(c), err
}
