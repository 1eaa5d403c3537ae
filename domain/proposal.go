package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ProposalKind is what sort of thing is put before somebody to decide. Each kind has one row in the
// bot's table of deciders, which says what accepting and declining do.
type ProposalKind string

// ProposalState is where a proposal stands.
type ProposalState string

// The states of a proposal. The first decision ends it; a mistake is answered by a new one.
const (
	Proposed ProposalState = "open"
	Accepted ProposalState = "accepted"
	Declined ProposalState = "declined"
	Dropped  ProposalState = "dropped" // it was taken back, or what it was about is gone
)

// Proposal is one thing a person must decide: a leave, a deduction, an appeal, a deputy … Nothing of
// it has any effect before it is decided, and only people decide (6.2: consequences are proposed,
// never automatic). People call it B12.
type Proposal struct {
	ID      ProposalID
	No      int64
	Office  OfficeID
	Kind    ProposalKind
	Subject string     // what it is about: of one kind and subject one may be open in an office at a time
	About   PersonID   // whom it concerns, who never decides it; empty: nobody in particular
	By      PersonID   // who made it; empty: it follows from the rules
	For     Role       // who decides, by role
	To      []PersonID // who decides, by name; when set, For stands in only for those who have left
	Clause  string
	Title   string       // a few words, e.g. 吴倩请假 S31
	Text    string       // what is proposed and why: facts, evidence, arithmetic
	Buttons []Button     // how it may be answered; none: 同意 and 不同意
	Data    ProposalData // what its decision needs
	State   ProposalState
	Made    time.Time
	Due     Date // until when it should be decided; zero: no date
	Decider PersonID
	Behalf  PersonID // in whose place the decider decided; empty: in their own
	Decided time.Time
	Reason  string // why it was declined, or what was said with the decision
	Version int64  // of the record, for the storage
}

// ProposalData is what the kinds of proposal remember for their decision. A kind uses the fields it
// needs; all are optional.
type ProposalData struct {
	Session SessionID `json:",omitempty"`
	MakeUp  SessionID `json:",omitempty"` // the session that would replace it
	Person  PersonID  `json:",omitempty"`
	Role    Role      `json:",omitempty"`
	Since   Date      `json:",omitzero"`
	Until   Date      `json:",omitzero"`
	Points  int       `json:",omitempty"` // a deduction, negative
	Step    int       `json:",omitempty"` // which time: 1, 2, 3
	Ref     string    `json:",omitempty"` // the id of another record
	Note    string    `json:",omitempty"`
}

// Code gives what people call the proposal: B12.
func (p Proposal) Code() string { return fmt.Sprintf("B%d", p.No) }

// Thread is the thread of everything said of the proposal while it is open; its cards end together.
func (p Proposal) Thread() string { return "proposal:" + string(p.ID) }

// Deciders gives who may decide a proposal today: those named who still hold a role in the office,
// else those of the role; never the one it concerns, for whom the next above decides.
func (s SOP) Deciders(c Case, p Proposal) []PersonID {
	today := s.today(c)
	var out []PersonID
	for _, id := range p.To {
		if who, ok := c.Staff.Person(id); ok && id != p.About && len(who.Roles(c.Office.ID, today)) > 0 {
			out = append(out, id)
		}
	}
	if len(out) > 0 && p.Kind != Deputy {
		for _, who := range c.Staff { // who stands in for one of those named
			if s.behalf(c, p, who) != "" && who.ID != p.About && !slices.Contains(out, who.ID) {
				out = append(out, who.ID)
			}
		}
	}
	if p.Kind == Deputy { // nobody else can say yes to standing in
		return out
	}
	for _, role := range []Role{p.For, Supervisor, Director, Administrator} {
		if len(out) == 0 && role != "" {
			out = without(IDs(c.Staff.With(c.Office.ID, role, today)), p.About)
		}
	}
	return out
}

// OwnCode stands in the line of a proposal's button for its own code, which is not known before it is made.
const OwnCode = "{B}"

// behalf gives in whose place somebody decides a proposal today, empty when in their own.
func (s SOP) behalf(c Case, p Proposal, who Person) PersonID {
	today := s.today(c)
	if slices.Contains(p.To, who.ID) || p.For != "" && who.Holds(c.Office.ID, p.For, today) {
		return ""
	}
	for _, r := range delegable {
		if id := who.StandsIn(c.Office.ID, r, today); id != "" && (len(p.To) == 0 || slices.Contains(p.To, id)) {
			return id
		}
	}
	return ""
}

// Asked gives those of the deciders who are asked today: somebody who is away is not, their deputy is.
func (s SOP) Asked(c Case, p Proposal) []PersonID {
	who := s.Deciders(c, p)
	away := map[PersonID]bool{}
	for _, id := range who {
		if x, ok := c.Staff.Person(id); ok {
			away[s.behalf(c, p, x)] = true
		}
	}
	return slices.DeleteFunc(who, func(id PersonID) bool { return away[id] })
}

// Propose puts something before those who decide it. The caller sets what it is about; No comes
// from the storage. It gives the proposal to keep and the notice with its card.
func (s SOP) Propose(c Case, p Proposal) (Proposal, Notice) {
	p.Office, p.State, p.Made = c.Office.ID, Proposed, c.Now
	p.Buttons = slices.Clone(p.Buttons)
	for i := range p.Buttons {
		p.Buttons[i].Line = strings.ReplaceAll(p.Buttons[i].Line, OwnCode, p.Code())
	}
	if p.By == "" {
		p.By = c.By.ID
	}
	return p, Notice{
		Key: p.Thread() + ":asked", Thread: p.Thread(), Office: p.Office, Stage: "asked", Clause: p.Clause, At: c.Now, Deadline: p.Due,
		To: s.Asked(c, p), Body: s.ProposalCard(c, p), Why: fmt.Sprintf("规程%s：%s要由人决定，%s于%s提出。%s", p.Clause, p.Title, c.proposer(p), s.Moment(p.Made), p.Text),
	}
}

func (c Case) proposer(p Proposal) string {
	if p.By == "" {
		return "程序按规程"
	}
	return c.Staff.Name(p.By)
}

// ProposalCard shows an open proposal to those who decide it.
func (s SOP) ProposalCard(c Case, p Proposal) Body {
	buttons := p.Buttons
	if len(buttons) == 0 {
		buttons = []Button{{"同意", "同意 " + p.Code(), Primary}, {"不同意", "驳回 " + p.Code(), Danger}}
	}
	said := make([]string, len(buttons))
	for i, b := range buttons {
		said[i] = b.Line
	}
	text := fmt.Sprintf("【待您决定】%s %s\n%s", p.Code(), p.Title, p.Text)
	var facts []Fact
	if !p.Due.IsZero() {
		facts = []Fact{{"截止", p.Due.Chinese()}}
		text += "\n截止：" + p.Due.Chinese()
	}
	return Body{Text: text + "\n可以回复：" + strings.Join(said, "；") + "。", Card: &Card{
		Title: p.Title, Subtitle: fmt.Sprintf("%s · %s · 规程%s", c.Office.Name, p.Code(), p.Clause), Text: p.Text, Facts: facts, Buttons: buttons,
	}}
}

// Standing says how a proposal was decided.
func (s SOP) ProposalStanding(c Case, p Proposal) string {
	word := map[ProposalState]string{Accepted: "同意", Declined: "未同意"}[p.State]
	switch p.State {
	case Proposed:
		return fmt.Sprintf("%s %s还没有决定，在等%s。", p.Code(), p.Title, c.Names(s.Asked(c, p)))
	case Dropped:
		return fmt.Sprintf("%s %s已于%s撤销（%s）。", p.Code(), p.Title, s.Moment(p.Decided), p.Reason)
	}
	out := fmt.Sprintf("%s %s已由%s于%s处理：%s", p.Code(), p.Title, c.Staff.Signed(p.Decider, p.Behalf), s.Moment(p.Decided), word)
	if p.Reason != "" {
		out += "（" + p.Reason + "）"
	}
	return out + "。"
}

// Ruling is what somebody says to a proposal.
type Ruling struct {
	Accept bool
	Reason string
	Needs  bool   // it may not be said without a reason, so the person is asked for one
	Word   string // how the decision is called where the buttons were, e.g. 准假; "": 已同意 or 未同意
}

// Rule records the decision on a proposal. When there is nothing to record (it was decided before, a
// reason is still missing) ruled is false and the change is the whole answer: a stale card is
// settled with the truth. Otherwise the change holds the proposal, the log line, the settled cards
// and a plain reply, and the caller adds what follows from the decision.
func (s SOP) Rule(c Case, p Proposal, r Ruling) (out Change, ruled bool, err error) {
	if p.State != Proposed {
		card := s.proposalSettled(c, p, "")
		return Change{Reply: Answer{Body: Say(s.ProposalStanding(c, p)), Settle: &card}}, false, nil
	}
	if who := s.Deciders(c, p); !slices.Contains(who, c.By.ID) {
		if text, ended := s.NoMore(c, delegable...); ended {
			card := *s.ProposalCard(c, p).Card
			card.Buttons, card.Settled = nil, "您的委托已结束"
			return Change{Reply: Answer{Body: Say(text), Settle: &card}}, false, nil
		}
		if c.By.ID == p.About {
			return out, false, Refuse(Forbidden, p.Clause, fmt.Sprintf("%s关系到您本人，要由%s决定。", p.Title, c.Names(who)))
		}
		return out, false, Refuse(Forbidden, p.Clause, fmt.Sprintf("%s由%s决定，请找本人。", p.Title, c.Names(who)))
	}
	if r.Reason = strings.TrimSpace(r.Reason); r.Reason == "" && r.Needs {
		line := "驳回 " + p.Code()
		if r.Accept {
			line = "同意 " + p.Code()
		}
		return c.AskFor(line, fmt.Sprintf("%s：请写一句理由，会留痕。（先不定就发「算了」。）", p.Title)), false, nil
	}
	p.State = Declined
	if r.Accept {
		p.State = Accepted
	}
	p.Decider, p.Behalf, p.Decided, p.Reason = c.By.ID, s.behalf(c, p, c.By), c.Now, r.Reason
	card := s.proposalSettled(c, p, r.Word)
	text := s.ProposalStanding(c, p)
	return Change{
		Proposals: []Proposal{p},
		Audit:     []Audit{c.audit("proposal."+string(p.State), p.Code(), p.Clause, text)},
		Closed:    []Settlement{{Thread: p.Thread(), Card: &card}},
		Reply:     Answer{Body: Say(text), Settle: &card},
	}, true, nil
}

// Drop takes an open proposal back, because what it was about is gone or it was withdrawn.
func (s SOP) Drop(c Case, p Proposal, reason string) Change {
	p.State, p.Decider, p.Decided, p.Reason = Dropped, c.By.ID, c.Now, reason
	card := s.proposalSettled(c, p, "已撤销")
	return Change{
		Proposals: []Proposal{p},
		Audit:     []Audit{c.audit("proposal.dropped", p.Code(), p.Clause, s.ProposalStanding(c, p))},
		Closed:    []Settlement{{Thread: p.Thread(), Card: &card}},
	}
}

func (s SOP) proposalSettled(c Case, p Proposal, word string) Card {
	if word == "" {
		word = map[ProposalState]string{Accepted: "已同意", Declined: "未同意", Dropped: "已撤销"}[p.State]
	}
	settled := word
	if p.Decider != "" {
		settled = c.Staff.Name(p.Decider) + "：" + word
		if p.Behalf != "" {
			settled = c.Staff.settledBy(p.Decider, p.Behalf) + "：" + word
		}
	}
	card := *s.ProposalCard(c, p).Card
	card.Buttons, card.Settled = nil, settled
	if !p.Decided.IsZero() && p.Decider != "" {
		card.Facts = append(slices.Clone(card.Facts), Fact{"处理", c.Staff.Signed(p.Decider, p.Behalf) + " " + s.Moment(p.Decided)})
	}
	return card
}

// Told makes the notice by which people hear what became of a proposal.
func (p Proposal) Told(c Case, to []PersonID, body Body, why string) Notice {
	key := p.Thread() + ":" + string(p.State)
	return Notice{Key: key, Thread: key, Office: p.Office, Stage: "decided", Clause: p.Clause, At: c.Now, To: without(to, c.By.ID), Body: body, Why: why}
}
