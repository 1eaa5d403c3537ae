package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// PointsEntry is one line of somebody's attendance points (考勤分; 6.2.2, 6.2.3). The ledger is
// appended to and never changed: a deduction that was wrong is answered by its reversal. People
// call it F12.
type PointsEntry struct {
	ID       EntryID
	No       int64
	Office   OfficeID
	Person   PersonID
	Month    Month  // whose points it counts against: the calendar month of the fact
	Points   int    // negative; of a reversal what was taken, given back
	Clause   string // 6.2.2, 6.2.3
	Subject  string // the fact, once: a person is not punished twice for it
	Reason   string // one sentence
	Evidence string // where the fact comes from: S31 点名, 第1次考核 72分
	By       PersonID
	At       time.Time
	Reverses EntryID // empty for a deduction
}

// Code gives what people call the entry: F12.
func (e PointsEntry) Code() string { return fmt.Sprintf("F%d", e.No) }

// Deduct enters a deduction a person has confirmed (6.2: never by itself). The caller sets Person,
// Month, Points, Clause, Subject, Reason and Evidence; ID and No come from the storage. The person
// is told, with the way to appeal.
func (s SOP) Deduct(c Case, e PointsEntry) Change {
	e.Office, e.By, e.At = c.Office.ID, c.By.ID, c.Now
	text := fmt.Sprintf("%s 考勤分%d：%s", c.Staff.Name(e.Person), e.Points, e.Reason)
	key := "points:" + string(e.ID)
	body := fmt.Sprintf("考勤分%d（%s）：%s。依据：规程%s，%s。%s确认。\n不同意请发「申诉 %s 理由」；发「我的分」看全部。", e.Points, e.Code(), e.Reason, e.Clause, e.Evidence, c.By.Name, e.Code())
	return Change{
		Points: []PointsEntry{e},
		Audit:  []Audit{c.audit("points.deduct", e.Code(), e.Clause, text)},
		Notices: []Notice{{Key: key, Thread: key, Office: e.Office, Stage: "deducted", Clause: e.Clause, At: c.Now, To: without([]PersonID{e.Person}, c.By.ID),
			Body: Body{Text: body, Card: &Card{Title: fmt.Sprintf("考勤分 %d", e.Points), Subtitle: e.Code() + " · 规程" + e.Clause, Text: e.Reason,
				Facts:   []Fact{{"依据", e.Evidence}, {"确认", c.By.Name}},
				Buttons: []Button{{"申诉", "申诉 " + e.Code(), Plain}, {"我的分", "我的分", Plain}}}},
			Why: fmt.Sprintf("规程%s：%s，%d分。%s。由%s于%s确认。", e.Clause, e.Reason, e.Points, e.Evidence, c.By.Name, s.Moment(c.Now))}},
		Reply: Answer{Body: Say(fmt.Sprintf("已登记 %s：%s。已告诉本人，可以申诉；撤销发「撤销 %s 理由」。", e.Code(), text, e.Code()))},
	}
}

// Reverse takes a deduction back by an entry of its own (6.2; nothing is deleted). entry is made for
// the reversal by the caller with ID and No.
func (s SOP) Reverse(c Case, of, entry PointsEntry, reason string, all []PointsEntry) (Change, error) {
	if of.Reverses != "" || slices.ContainsFunc(all, func(e PointsEntry) bool { return e.Reverses == of.ID }) {
		return Change{}, Refuse(Conflict, of.Clause, of.Code()+" 已经撤销过了。")
	}
	entry.Office, entry.Person, entry.Month, entry.Points, entry.Clause, entry.Subject = of.Office, of.Person, of.Month, -of.Points, of.Clause, of.Subject
	entry.Reason, entry.Evidence, entry.By, entry.At, entry.Reverses = "撤销 "+of.Code()+"："+reason, of.Evidence, c.By.ID, c.Now, of.ID
	text := fmt.Sprintf("已撤销 %s（%d分，%s）：%s。", of.Code(), of.Points, of.Reason, reason)
	key := "points:" + string(entry.ID)
	return Change{
		Points: []PointsEntry{entry},
		Audit:  []Audit{c.audit("points.reverse", of.Code(), of.Clause, text)},
		Notices: []Notice{{Key: key, Thread: key, Office: of.Office, Stage: "reversed", Clause: of.Clause, At: c.Now, To: without([]PersonID{of.Person}, c.By.ID),
			Body: Say(text + "发「我的分」看现在的分数。"), Why: fmt.Sprintf("规程%s的扣分可以撤销：%s于%s撤销，理由：%s。", of.Clause, c.By.Name, s.Moment(c.Now), reason)}},
		Reply: Answer{Body: Say(text + "已告诉本人。")},
	}, nil
}

// Balance gives somebody's points of a month: the base and every entry of it.
func (s SOP) Balance(m Month, entries []PointsEntry) int {
	n := s.Policy.Points.Base
	for _, e := range entries {
		if e.Month == m {
			n += e.Points
		}
	}
	return n
}

// PointsLines shows a month of somebody's points, each entry with its clause and number.
func (s SOP) PointsLines(m Month, entries []PointsEntry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s考勤分 %d（基数%d%s）\n", MonthlyPeriod(m).Chinese(), s.Balance(m, entries), s.Policy.Points.Base, s.Policy.Assumed("points.base"))
	for _, e := range entries {
		if e.Month == m {
			fmt.Fprintf(&b, "%s %+d %s（规程%s；%s；%s）\n", e.Code(), e.Points, e.Reason, e.Clause, e.Evidence, s.Calendar.Date(e.At).Chinese())
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// Appeal is the kind of proposal by which somebody asks for a deduction to be reversed.
const Appeal ProposalKind = "appeal"

// AppealProposal is what a person says against a deduction: the director decides when the
// supervisor confirmed it, else the supervisor.
func (s SOP) AppealProposal(c Case, e PointsEntry, reason string) Proposal {
	judge := Supervisor
	if by, ok := c.Staff.Person(e.By); ok && by.Has(c.Office.ID, Supervisor, s.today(c)) {
		judge = Director
	}
	return Proposal{
		Kind: Appeal, Subject: string(e.ID), About: e.Person, For: judge, Clause: e.Clause, Title: fmt.Sprintf("%s申诉 %s", c.Staff.Name(e.Person), e.Code()),
		Text: fmt.Sprintf("%d分，%s（%s，%s确认）。申诉理由：%s", e.Points, e.Reason, e.Evidence, c.Staff.Name(e.By), reason),
		Data: ProposalData{Ref: string(e.ID), Person: e.Person},
	}
}

// Discipline is the kind of proposal by which a lecturer reports a breach of class discipline.
const Discipline ProposalKind = "discipline"

// DisciplineEntry is the deduction for a breach of class discipline at a session (6.2.2).
func (s SOP) DisciplineEntry(x Session, who PersonID, reason string) PointsEntry {
	return PointsEntry{Person: who, Month: s.Calendar.Date(x.Start).MonthOf(), Points: s.Policy.Points.Discipline, Clause: "6.2.2",
		Subject: "discipline:" + string(x.ID), Reason: "不遵守讲堂纪律：" + reason, Evidence: fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title())}
}

// DisciplineProposal puts a breach of discipline before the supervisor.
func (s SOP) DisciplineProposal(c Case, x Session, who PersonID, reason string) Proposal {
	return Proposal{
		Kind: Discipline, Subject: string(x.ID) + ":" + string(who), About: who, For: Supervisor, Clause: "6.2.2",
		Title: fmt.Sprintf("%s违纪 扣%d分", c.Staff.Name(who), -s.Policy.Points.Discipline),
		Text:  fmt.Sprintf("%s %s %s：%s（%s提出）", x.Code(), s.Moment(x.Start), x.Title(), reason, c.By.Name),
		Data:  ProposalData{Session: x.ID, Person: who, Points: s.Policy.Points.Discipline, Note: reason},
	}
}
