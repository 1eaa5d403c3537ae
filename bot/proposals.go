package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/domain"
)

// decider carries out what people decide on one kind of proposal.
type decider func(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error)

// deciders is the table of what can be put before somebody to decide. A new kind is a new row here.
func deciders() map[domain.ProposalKind]decider {
	return map[domain.ProposalKind]decider{
		domain.HandingOver: decideHandover,
		domain.Appeal:      decideAppeal,
		domain.Urgent:      decideUrgent,
		domain.Deputy:      decideDeputy,
		domain.Discipline:  deducting(domain.SOP.DisciplineEntry),
		domain.Ladder:      decideLadder,
		domain.Careless:    deducting(domain.SOP.FeedbackEntry),
		domain.Fail:        decideFail,

		domain.Leave:          decideLeave,
		domain.LateCheckIn:    decideLateCheckIn,
		domain.AbsenceJudged:  decideAbsence,
		domain.Substitute:     decideSubstitute,
		domain.DrillUnwatched: decideDrill,
	}
}

// settle rules on a proposal about a session in the words of its kind, a refusal with a sentence, and gives the session.
func (r *request) settle(p domain.Proposal, accept bool, reason, yes, no string) (out domain.Change, x domain.Session, ruled bool, err error) {
	word := no
	if accept {
		word = yes
	}
	out, ruled, err = r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept, Word: word})
	if err == nil && ruled {
		x, err = r.view.Session(p.Data.Session)
	}
	return out, x, ruled, err
}

// propose numbers a proposal, names it and puts it before those who decide it. The caller adds both
// to its change.
func (r *request) propose(p domain.Proposal) (domain.Proposal, domain.Notice, error) {
	no, err := r.view.NextNo("proposal")
	if err != nil {
		return p, domain.Notice{}, err
	}
	p.ID, p.No = domain.ProposalID(r.view.NewID()), no
	p, n := r.sop.Propose(r.Case, p)
	return p, n, nil
}

// proposal finds the proposal the request names and makes its office the one the request is about.
func (r *request) proposal() (domain.Proposal, error) {
	no := r.args.Ref("事项")
	p, ok, err := r.view.ProposalByNo(no)
	if err != nil {
		return p, err
	}
	if !ok || len(r.By.Roles(p.Office, r.today())) == 0 {
		return p, domain.Refuse(domain.NotFound, "", fmt.Sprintf("没有编号 B%d 的事项。", no)+r.whatWaits())
	}
	if p.Office != r.Office.ID {
		err = r.enter(p.Office)
	}
	return p, err
}

// whatWaits says where the person finds what waits for them.
func (r *request) whatWaits() string {
	if r.says(pendingWord) {
		return "发「待批」看等您决定的事。"
	}
	return "发「今日」看您今天的事。"
}

// before gives the open proposals of all the person's offices that they may decide, oldest first.
func (r *request) before() ([]domain.Proposal, error) {
	was := r.Office.ID
	var out []domain.Proposal
	for _, o := range r.offices() {
		if err := r.enter(o); err != nil {
			return nil, err
		}
		all, err := r.view.Proposals(o)
		if err != nil {
			return nil, err
		}
		for _, p := range all {
			if slices.Contains(r.sop.Deciders(r.Case, p), r.By.ID) {
				out = append(out, p)
			}
		}
	}
	return out, r.enter(was)
}

// rule carries a decision out.
func (r *request) rule(p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	run, ok := deciders()[p.Kind]
	if !ok {
		return domain.Change{}, fmt.Errorf("no decider for proposal %s of kind %q", p.Code(), p.Kind)
	}
	return run(r, p, accept, reason)
}

// decideOne rules on what the request names, or on the only thing that waits for the person; done
// is false when a plan is meant.
func (r *request) decideOne(accept bool) (c domain.Change, done bool, err error) {
	if r.args.Has("计划") {
		return c, false, nil
	}
	if r.args.Has("事项") {
		p, err := r.proposal()
		if err != nil {
			return c, true, err
		}
		c, err = r.rule(p, accept, r.args.Text("理由"))
		return c, true, err
	}
	open, err := r.before()
	if err != nil || len(open) == 0 {
		return c, err != nil, err
	}
	plans, err := r.plans()
	if err != nil {
		return c, true, err
	}
	var names []string
	for _, p := range plans {
		if waiting(p) && r.By.Has(p.Office, domain.Director, r.today()) {
			names = append(names, fmt.Sprintf("%s（%s）", p.Code(), p.Title()))
		}
	}
	for _, p := range open {
		names = append(names, fmt.Sprintf("%s（%s）", p.Code(), p.Title))
	}
	if len(names) > 1 {
		return c, true, domain.Refuse(domain.Invalid, "", fmt.Sprintf("等您决定的有%d件：%s。请写明编号，如「%s %s」。", len(names), strings.Join(names, "、"), r.word.Name, open[0].Code()))
	}
	if open[0].Office != r.Office.ID {
		if err := r.enter(open[0].Office); err != nil {
			return c, true, err
		}
	}
	c, err = r.rule(open[0], accept, r.args.Text("理由"))
	return c, true, err
}
