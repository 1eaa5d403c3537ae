package bot

import (
	"fmt"
	"slices"
	"time"

	"trainingbot/domain"
)

// urgently completes the change of an approved session when it is an urgent one (5.4.5): the director
// is informed at once by a card and confirms afterwards. was is the session before, first the earliest
// instant the change touches, word what was done in two characters. Every word that changes an
// approved session calls it.
func (r *request) urgently(c domain.Change, was domain.Session, first time.Time, word string) (domain.Change, error) {
	if len(c.Sessions) > 1 { // it moved others too, which one reversal would not bring back
		c.Audit[0].Undo = nil
	}
	if len(c.Sessions) == 0 || !r.sop.Urgent(r.Case, was, first) {
		return c, nil
	}
	month := r.today().MonthOf()
	zone := r.sop.Calendar
	made, err := r.view.ProposalsMade(was.Office, domain.Urgent, zone.At(month.First(), domain.Clock{}), zone.At(month.Add(1).First(), domain.Clock{}))
	if err != nil {
		return domain.Change{}, err
	}
	what := c.Audit[0].Text
	if len(c.Notices) > 0 { // as those concerned are told
		what = c.Notices[0].Body.Text
	}
	nth := len(slices.DeleteFunc(made, func(p domain.Proposal) bool { return p.State == domain.Dropped })) + 1
	p, n, err := r.propose(r.sop.UrgentProposal(r.Case, was, word, what, nth))
	if err != nil {
		return domain.Change{}, err
	}
	for i := range c.Notices { // the card says it all
		n.At = c.Notices[i].At // not in the quiet hours, where that is early enough
		c.Notices[i].To = slices.DeleteFunc(slices.Clone(c.Notices[i].To), func(id domain.PersonID) bool { return slices.Contains(n.To, id) })
	}
	c.Notices = slices.DeleteFunc(c.Notices, func(x domain.Notice) bool { return len(x.To) == 0 })
	c.Reply.Text += fmt.Sprintf("属临时调整，%s，已同时告知%s，由主任事后确认（%s）。", r.sop.UrgentCount(nth), r.Names(n.To), p.Code())
	return c.And(domain.Change{Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n}}), nil
}

// decideUrgent writes down what the director says to an urgent change. It undoes nothing.
func decideUrgent(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	word := map[bool]string{true: "知道了", false: "有意见"}[accept]
	out, ruled, err := r.sop.Rule(r.Case, p, domain.Ruling{Accept: accept, Reason: reason, Needs: !accept, Word: word})
	if err != nil || !ruled {
		return out, err
	}
	text := fmt.Sprintf("好，已记下您知道了：%s。", p.Title)
	if !accept {
		text = fmt.Sprintf("%s对%s有意见：%s。意见已记录，调整不会自动撤销；要改回请发「改期」，或与%s商量。", r.By.Name, p.Title, reason, r.By.Name)
		out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.By}, domain.Say(text), "您作的临时调整由主任事后确认。"))
		out.Reply.Body = domain.Say("已记录您的意见并告诉" + r.Staff.Name(p.By) + "。调整本身不变，要改请主管发「改期」。")
		return out, nil
	}
	out.Reply.Body = domain.Say(text)
	return out, nil
}
