package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// LegalNotice is what the program says where the procedure prints the last consequence of 6.2.3. It
// states no decision: that is for the company, by law.
const LegalNotice = "是否解除劳动关系须由公司依法决定（劳动合同法第40条第2项：培训或调岗后仍不能胜任的，提前30日书面通知本人或额外支付一个月工资）。程序只整理材料，不作决定，也不通知本人。"

// SentNotice is one message that reached somebody.
type SentNotice struct {
	At   time.Time
	Text string
}

// EvidenceFacts is what the evidence of a chain is put together from.
type EvidenceFacts struct {
	From       Date      // the first day it looks at
	Sessions   []Session // of the office since then, by start
	Attendance []Attendance
	Points     []PointsEntry
	Notices    []SentNotice
}

// EvidenceFrom gives the first day the evidence of a chain looks at: the month before the first
// failed sitting, which is the one that was assessed.
func (x Chain) EvidenceFrom() Date {
	if len(x.Steps) == 0 {
		return Date{}
	}
	return x.Steps[0].Day.MonthOf().Add(-1).First()
}

// Evidence is the material of a chain for supervisor and director: what was taught and attended, the
// papers, the individual trainings, the points, and what was told when; and that people decide.
func (s SOP) Evidence(c Case, x Chain, f EvidenceFacts) string {
	who, _ := c.Staff.Person(x.Person)
	var b strings.Builder
	fmt.Fprintf(&b, "【材料】%s（工号%s） %s %s\n%s整理，从%s起。仅主管、主任可见。\n", who.Name, who.No, x.Code, x.Title, s.Moment(c.Now), f.From)
	seen := map[SessionID]Attendance{}
	for _, a := range f.Attendance {
		seen[a.Session] = a
	}
	var taught, individual []string
	came, due := 0, 0
	for _, y := range f.Sessions {
		if y.State != Closed || !s.expects(y, who) {
			continue
		}
		a, there := seen[y.ID]
		line := fmt.Sprintf("%s %s %s 讲师%s %s", y.Code(), s.Moment(y.Start), y.Title(), c.lecturer(y.Lecturer), presence(s, c, a, there))
		if y.IsIndividual() {
			individual = append(individual, fmt.Sprintf("%s（%s–%s）", line, s.Hour(later(y.OpenedAt, y.Start)), s.Hour(y.ClosedAt)))
			continue
		}
		if due++; there {
			came++
		}
		taught = append(taught, line)
	}
	section(&b, fmt.Sprintf("一、培训与出勤（应到%d场，实到%d场）", due, came), taught)
	var papers []string
	for _, st := range x.Steps {
		papers = append(papers, fmt.Sprintf("第%d次 %s %s%s", st.Sitting, st.Day.Chinese(), st.Evidence, map[StepOutcome]string{StepWaived: "（不扣分）", StepCorrected: "（成绩已更正）"}[st.Outcome]))
	}
	if !x.Deadline.IsZero() {
		papers = append(papers, "限期掌握："+x.Deadline.Chinese())
	}
	section(&b, "二、考核", papers)
	section(&b, "三、单独培训", individual)
	var points []string
	for _, e := range f.Points {
		if e.Clause == "6.2.3" {
			points = append(points, fmt.Sprintf("%s %+d %s（%s，%s）", e.Code(), e.Points, e.Reason, c.Staff.Name(e.By), s.Moment(e.At)))
		}
	}
	section(&b, "四、考勤分", points)
	var told []string
	for _, n := range f.Notices {
		told = append(told, s.Moment(n.At)+" "+n.Text)
	}
	section(&b, "五、通知本人（平台送达时间）", told)
	b.WriteString("六、说明\n" + LegalNotice)
	return b.String()
}

func section(b *strings.Builder, title string, lines []string) {
	b.WriteString(title + "\n")
	if len(lines) == 0 {
		lines = []string{"无"}
	}
	b.WriteString(strings.Join(lines, "\n") + "\n")
}

func presence(s SOP, c Case, a Attendance, there bool) string {
	switch {
	case !there:
		return "未到"
	case a.Way == ByHand:
		return fmt.Sprintf("到（%s代登：%s）", c.Staff.Name(a.MarkedBy), a.Reason)
	case a.Late > 0:
		return fmt.Sprintf("到 %s 迟到%d分钟", s.Hour(a.At), a.Late)
	}
	return "到 " + s.Hour(a.At)
}

// EndChain closes a chain by a decision of people, written down with its reason (6.2.3). Nobody but
// the one who decides is told.
func (s SOP) EndChain(c Case, x Chain, reason string) (Change, error) {
	if err := s.may(c, Director, "6.2.3", "结案"); err != nil {
		return Change{}, err
	}
	if x.Deadline.IsZero() || !x.Lapsed(s.today(c)) {
		return Change{}, Refuse(TooEarly, "6.2.3", fmt.Sprintf("%s %s的限期还没有过，不能结案。", c.Staff.Name(x.Person), x.Title))
	}
	x.State, x.Ended, x.Reason = ChainEnded, s.today(c), reason
	return Change{
		Chains: []Chain{x}, Closed: x.Ends(),
		Audit: []Audit{c.audit("chain.end", x.Code, "6.2.3", fmt.Sprintf("%s %s结案，理由见档案", c.Staff.Name(x.Person), x.Title))},
		Reply: Answer{Body: Say(fmt.Sprintf("已结案：%s %s（%s）。不再提醒，没有通知本人。", c.Staff.Name(x.Person), x.Title, reason))},
	}, nil
}

// Overview lists the points of the office's trainees in a month, those with entries first, in heads
// and lines.
func (s SOP) Overview(c Case, m Month, entries []PointsEntry) string {
	byPerson := map[PersonID][]PointsEntry{}
	for _, e := range entries {
		if e.Month == m {
			byPerson[e.Person] = append(byPerson[e.Person], e)
		}
	}
	people := 0
	var hit []Person
	for _, p := range c.Staff {
		if !p.trainedIn(c.Office.ID, m) {
			continue
		}
		if people++; len(byPerson[p.ID]) > 0 {
			hit = append(hit, p)
		}
	}
	slices.SortStableFunc(hit, func(a, b Person) int { return s.Balance(m, byPerson[a.ID]) - s.Balance(m, byPerson[b.ID]) })
	var b strings.Builder
	fmt.Fprintf(&b, "%s考勤分：%d人，%d人有扣分记录，%d人满分（基数%d%s）\n", MonthlyPeriod(m).Chinese(), people, len(hit), people-len(hit), s.Policy.Points.Base, s.Policy.Assumed("points.base"))
	for _, p := range hit {
		fmt.Fprintf(&b, "%s %d\n", c.Staff.Name(p.ID), s.Balance(m, byPerson[p.ID]))
		for _, e := range byPerson[p.ID] {
			fmt.Fprintf(&b, "  %s %+d %s（规程%s）\n", e.Code(), e.Points, e.Reason, e.Clause)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// trainedIn says whether somebody was a trainee of the office on a day of the month.
func (p Person) trainedIn(o OfficeID, m Month) bool {
	return slices.ContainsFunc(p.Memberships, func(x Membership) bool {
		return x.Office == o && slices.Contains(x.Roles, Trainee) && !x.Since.After(m.Last()) && (x.Until.IsZero() || !x.Until.Before(m.First()))
	})
}
