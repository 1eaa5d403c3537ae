package domain

import (
	"fmt"
	"strings"
	"time"
)

// Urgent is the kind of proposal by which the director confirms, afterwards, a change of an approved
// session close by (临时调整, 5.4.5 and mission C5-4e). Having something against it is written down; it
// undoes nothing by itself.
const Urgent ProposalKind = "urgent"

// Urgent says whether changing a session is an urgent change: it stands on an approved plan, what is
// changed lies within Policy.Plan.UrgentDays, and it is not the director who changes it.
func (s SOP) Urgent(c Case, x Session, first time.Time) bool {
	return x.Plan != "" && s.today(c).DaysUntil(s.Calendar.Date(first)) <= s.Policy.Plan.UrgentDays && !c.By.Has(x.Office, Director, s.today(c))
}

// UrgentProposal puts an urgent change before the director. what says it whole, word in two characters;
// nth is how many of the calendar month there are with it.
func (s SOP) UrgentProposal(c Case, x Session, word, what string, nth int) Proposal {
	p := Proposal{
		Kind: Urgent, Subject: UrgentSubject(x.ID, x.Version), For: Director, Clause: "5.4.5",
		Title:   fmt.Sprintf("临时调整 %s %s", x.Code(), word),
		Text:    fmt.Sprintf("%s。由%s调整，已通知相关的人，%s。", strings.TrimRight(what, "。"), c.By.Name, s.UrgentCount(nth)),
		Buttons: []Button{{"知道了", "同意 " + OwnCode, Primary}, {"有意见", "驳回 " + OwnCode, Plain}},
		Data:    ProposalData{Session: x.ID, Step: nth},
	}
	return p
}

// UrgentSubject names one change of a session: the one made on that version of the record.
func UrgentSubject(x SessionID, version int64) string { return fmt.Sprintf("%s:%d", x, version) }

// UrgentCount says how many urgent changes the month has, and that there are too many.
func (s SOP) UrgentCount(nth int) string {
	most := s.Policy.Plan.UrgentLimit
	if most > 0 && nth > most {
		return fmt.Sprintf("本月第%d次，超过每月%d次的上限，请考虑修订计划（规程5.4.5）", nth, most)
	}
	return fmt.Sprintf("本月第%d次", nth)
}
