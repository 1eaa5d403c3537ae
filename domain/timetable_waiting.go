package domain

import (
	"fmt"
	"slices"
	"strings"
)

// proposalRow is the timetable of what was put before somebody to decide: cards are renewed before a
// platform can no longer update them, and go to the deciders of the moment.
func proposalRow() row {
	return row{ProposalWaiting, "3.0", "等待决定的事项", proposalsWaiting, []stage{
		{name: "first", when: inWords("提出后第%s个工作日 %s", func(p Policy) any { return p.Reminders.ApprovalFirst }, morningClock), at: submitted, voice: deciderVoice, say: sayProposal},
		{name: "renew", when: inWords("卡片满%s天的工作日 %s，最多%s天", func(p Policy) any { return p.Reminders.RenewCard }, morningClock, func(p Policy) any { return p.Reminders.OverdueDays }), at: renewedWhileOpen, voice: deciderVoice, say: sayProposal},
		{name: "handover", when: inWords("委托开始和结束后的第一个工作日 %s", morningClock), at: handedOver, voice: deciderVoice, say: sayProposal},
		{name: "day", when: inWords("应决定的那天 %s", morningClock), at: onMorning, voice: deciderVoice, say: sayProposal},
	}}
}

// deputyRow is the timetable of a delegation: its first day, and the day after its last.
func deputyRow() row {
	return row{DeputyDays, "3.2", "委托代行职责", deputyDays, []stage{
		{name: "start", when: inWords("委托的第一个工作日 %s", morningClock), at: onMorning, voice: deputyVoice, say: sayDeputyStart},
		{name: "over", when: inWords("委托结束后的第一个工作日 %s", morningClock), at: handedOver, voice: principalVoice, say: sayDeputyOver},
	}}
}

// The voices of these rows. Threads of proposals are the proposal's own, so that their cards end together.
const (
	deciderVoice   = ""
	deputyVoice    = ":deputy"
	principalVoice = ":principal"
	headVoice      = ":head" // follows Plan.Thread: the contact above hears that an approval is overdue
)

func proposalsWaiting(r *run) []matter {
	if r.f.RulesOnly {
		return nil
	}
	var out []matter
	for i := range r.f.Proposals {
		p := &r.f.Proposals[i]
		if p.State == Proposed {
			out = append(out, matter{Matter: Matter{r.f.Office.ID, ProposalWaiting, string(p.ID)}, deadline: p.Due, target: p.Due, from: p.Made, proposal: p, handovers: r.handovers(delegable...)})
		}
	}
	return out
}

// renewedWhileOpen is every working day on which the last card is RenewCard days old, for OverdueDays.
func renewedWhileOpen(s SOP, m matter) []moment {
	var out []moment
	last := s.Calendar.Date(submitted(s, m)[0].at)
	for d, end := last.AddDays(1), last.AddDays(s.Policy.Reminders.OverdueDays); !d.After(end); d = d.AddDays(1) {
		if s.Calendar.Working(d) && last.DaysUntil(d) >= s.Policy.Reminders.RenewCard {
			out, last = append(out, s.morning(d, 0)), d
		}
	}
	return out
}

// handedOver is the morning of each day on which somebody else begins to answer for a role.
func handedOver(s SOP, m matter) []moment {
	out := make([]moment, 0, len(m.handovers))
	for _, d := range m.handovers {
		out = append(out, s.morning(d, 0))
	}
	return out
}

// stretches gives the delegations of the office that were not taken back, each with its deputy.
func (f Facts) stretches(roles ...Role) []Delegation {
	var out []Delegation
	for i := range f.Staff {
		for _, a := range f.Staff[i].Acting {
			if a.Office == f.Office.ID && a.Ended.IsZero() && slices.Contains(roles, a.Role) {
				out = append(out, Delegation{Office: a.Office, Role: a.Role, For: a.For, Deputy: f.Staff[i].ID, Since: a.Since, Until: a.Until})
			}
		}
	}
	return out
}

// begins gives the working day on which a deputy hears of what waits, and ends the one on which the
// principal does. A deputy of holidays alone is told on the first of them.
func (r *run) begins(d Delegation) Date {
	if day := r.Calendar.AddWorkingDays(d.Since.AddDays(-1), 1); !day.After(d.Until) {
		return day
	}
	return d.Since
}

func (r *run) ends(d Delegation) Date { return r.Calendar.AddWorkingDays(d.Until, 1) }

// handovers gives the days on which those who answer for a role change.
func (r *run) handovers(roles ...Role) []Date {
	var out []Date
	for _, d := range r.f.stretches(roles...) {
		out = append(out, r.begins(d), r.ends(d))
	}
	return out
}

func deputyDays(r *run) []matter {
	if r.f.RulesOnly {
		return nil
	}
	var out []matter
	for _, d := range r.f.stretches(delegable...) {
		day := r.begins(d)
		out = append(out, matter{Matter: Matter{r.f.Office.ID, DeputyDays, fmt.Sprintf("%s:%s:%s", d.Role, d.For, d.Since)}, deadline: day, target: day, looked: day,
			delegation: &d, handovers: []Date{r.ends(d)}})
	}
	return out
}

// named gives whom a stage of these rows tells by name at a moment, and whether it is one of them.
func (r *run) named(m matter, st stage, x moment) ([]PersonID, bool) {
	day := r.Calendar.Date(x.at)
	switch {
	case m.statement != nil && st.voice == personVoice:
		return []PersonID{m.statement.person}, true
	case st.voice == personVoice:
		return []PersonID{m.chain.Person}, true
	case m.proposal != nil:
		return r.Asked(Case{Office: r.f.Office, Staff: r.f.Staff, Now: x.at}, *m.proposal), true
	case st.voice == headVoice:
		var out []PersonID
		for _, p := range r.f.Staff {
			if slices.Contains(r.Policy.Plan.EscalateTo, p.No) && len(p.Roles(r.f.Office.ID, day)) > 0 {
				out = append(out, p.ID)
			}
		}
		return out, true
	case m.delegation != nil && st.voice == deputyVoice:
		return []PersonID{m.delegation.Deputy}, true
	case m.delegation != nil:
		return []PersonID{m.delegation.For}, true
	}
	return nil, false
}

// sayProposal is the card on which something is decided, once more: PRO.
func sayProposal(t *teller, r Reminder) Body {
	p := r.matter.proposal
	return t.ProposalCard(Case{Office: t.f.Office, Staff: t.f.Staff, Now: r.At}, *p)
}

// sayDeputyStart tells a deputy that the days begin: DEL.
func sayDeputyStart(t *teller, r Reminder) Body {
	d := r.matter.delegation
	var waits []string
	for _, p := range t.f.Plans {
		if d.Role == Director && p.Waiting {
			waits = append(waits, fmt.Sprintf("P%d %s培训计划", p.No, p.Period.Chinese()))
		}
	}
	text := fmt.Sprintf("%s您代%s行使%s的职责，期间的卡片发给您，%s仍可自行处理。", d.Span(), t.name(d.For), d.Role.Chinese(), t.name(d.For))
	if len(waits) > 0 {
		text += "\n正等审批：" + strings.Join(waits, "、") + "。"
	}
	return Say(text + "\n发「待批」看等您决定的事；不能代了发「撤销委托」。")
}

// sayDeputyOver tells who was away that the days are over: DEL.
func sayDeputyOver(t *teller, r Reminder) Body {
	d := r.matter.delegation
	return Say(fmt.Sprintf("%s代您的委托已于%s结束，卡片恢复发给您。\n发「待批」看等您决定的事，发「计划」看代批的结果。", t.name(d.Deputy), d.Until.Chinese()))
}

// sayHead tells the contact above that an approval is overdue: D2 and D4.
func sayHead(t *teller, r Reminder) Body {
	day := t.Calendar.Date(r.At)
	who := t.f.Staff.signed(t.f.Office.ID, Director, day, t.f.Staff.Answering(t.f.Office.ID, Director, day))
	ref := ""
	if r.matter.plan != nil {
		ref = fmt.Sprintf(" P%d v%d", r.matter.plan.No, r.matter.plan.Version)
	}
	return Say(fmt.Sprintf("%s：%s培训计划%s逾期未审批，在等%s。\n审批截止：%s。\n请督促本人处理；本人不在，请他发「委托」交给代理人。", t.f.Office.Name, r.matter.period.Chinese(), ref, who, t.due(r)))
}
