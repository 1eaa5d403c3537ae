package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Record is the 《培训记录表》 of one session (5.3.4, 7.2). What happened is not copied into it: it is
// written from the session, its presences and absences whenever it is shown.
type Record struct {
	Session    SessionID
	Office     OfficeID
	Month      Month
	No         int64 // within the office and month
	Heads      int   // the lecturer's head count
	Lines      []RecordLine
	Paper      bool // 补录: entered afterwards from a paper list
	EnteredBy  PersonID
	EnteredAt  time.Time
	FinishedBy PersonID
	FinishedAt time.Time
	Version    int64
}

// RecordLine is one remark of the record and who made it.
type RecordLine struct {
	By   PersonID
	At   time.Time
	Text string
}

// Code gives the number printed on the form: PX-2026-10-003.
func (r Record) Code() string { return fmt.Sprintf("PX-%s-%03d", r.Month, r.No) }

// RecordFacts is all a record is written from.
type RecordFacts struct {
	Session    Session
	Record     Record
	Present    []Attendance
	Absences   []Absence
	Departures []Departure
}

// Departure is an early leave (签退, 早退): recorded in minutes, without a deduction (mission E6).
type Departure struct {
	Session SessionID
	Person  PersonID
	At      time.Time
	Minutes int      // before the planned end
	By      PersonID // who marked it; empty: the person
	Reason  string
}

// RecordText writes the record form.
func (s SOP) RecordText(c Case, f RecordFacts) string {
	x, r := f.Session, f.Record
	t := s.Tally(x, f.Present, f.Absences)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("《培训记录表》%s  %s %s", r.Code(), c.Office.Name, x.Code())
	line("主题：%s（规程%s）", x.Title(), x.Source)
	line("时间：%s–%s  地点：%s  讲师：%s", s.Moment(x.Start), s.Hour(x.End), orWords(x.Room, "未定"), c.lecturer(x.Lecturer))
	line("%s", t.Line(c))
	for _, a := range f.Present {
		if slices.Contains(t.Present, a.Person) {
			line("✓ %s", s.presentLine(c, a, f.Departures))
		}
	}
	for _, a := range f.Absences {
		if !slices.ContainsFunc(f.Present, func(p Attendance) bool { return p.Person == a.Person }) && (slices.Contains(t.Leave, a.Person) || slices.Contains(t.Absent, a.Person)) {
			line("✗ %s %s", c.Staff.Name(a.Person), a.Sayable())
		}
	}
	if guests := s.guests(t, f.Present); len(guests) > 0 {
		line("另到场：%s", c.Names(guests))
	}
	if word := superviseWords(x.Supervision); word != "" {
		line("主管在场（5.3.3）：%s", word)
	}
	count := fmt.Sprintf("现场清点：%d人，与签到一致", r.Heads)
	if r.Heads != len(t.Present) {
		count = fmt.Sprintf("现场清点：%d人，与签到%d人不一致", r.Heads, len(t.Present))
	}
	line("%s", count)
	for _, l := range r.Lines {
		line("记录：%s（%s）", l.Text, c.Staff.Name(l.By))
	}
	if len(r.Lines) == 0 {
		line("记录：还没有写。发「记录 %s 内容」补上。", x.Code())
	}
	if r.Paper {
		line("【补录】由%s于%s按纸质签到录入", c.Staff.Name(r.EnteredBy), s.Moment(r.EnteredAt))
	}
	switch {
	case !r.FinishedAt.IsZero():
		line("已确认：%s %s", c.Staff.Name(r.FinishedBy), s.Moment(r.FinishedAt))
	default:
		line("未确认：确认前这一场不算完成（5.3.4）。")
	}
	return strings.TrimRight(b.String(), "\n")
}

func orWords(s, none string) string {
	if s == "" {
		return none
	}
	return s
}

func (s SOP) presentLine(c Case, a Attendance, left []Departure) string {
	out := c.Staff.Name(a.Person) + " " + s.Hour(a.At)
	if a.Late > 0 {
		out += fmt.Sprintf(" 迟到%d分钟", a.Late)
	}
	if a.Way == ByHand {
		out += fmt.Sprintf(" %s代登：%s", c.Staff.Name(a.MarkedBy), a.Reason)
	}
	for _, d := range left {
		if d.Person == a.Person {
			out += fmt.Sprintf(" 早退%d分钟", d.Minutes)
		}
	}
	return out
}

func (s SOP) guests(t Tally, present []Attendance) []PersonID {
	var out []PersonID
	for _, a := range present {
		if !slices.Contains(t.Expected, a.Person) {
			out = append(out, a.Person)
		}
	}
	return out
}

func superviseWords(v Supervision) string {
	return map[Supervision]string{Supervised: "在场", Unsupervised: "未监督，待主任认可", DrillAccepted: "未监督，主任已认可", DrillRefused: "未监督，主任不认可，不算完成"}[v]
}

// AddLine writes a remark into the record (5.3.4): what was taught and how it went, incidents.
func (s SOP) AddLine(c Case, x Session, r Record, text string) (Record, error) {
	if err := s.Runs(c, x); err != nil {
		return r, err
	}
	if !r.FinishedAt.IsZero() && !c.By.Has(x.Office, Supervisor, s.today(c)) {
		return r, Refuse(TooLate, "5.3.4", fmt.Sprintf("%s 已由%s于%s确认，要补写请找主管。", r.Code(), c.Staff.Name(r.FinishedBy), s.Moment(r.FinishedAt)))
	}
	r.Lines = append(slices.Clone(r.Lines), RecordLine{By: c.By.ID, At: c.Now, Text: text})
	return r, nil
}

// FinishRecord confirms the record: from then on the session counts as held (5.3.4). The supervisor
// confirms; what is not written yet cannot be confirmed.
func (s SOP) FinishRecord(c Case, x Session, r Record) (Change, error) {
	if x.State != Closed {
		return Change{}, Refuse(TooEarly, "5.3.4", fmt.Sprintf("%s %s，关课以后才有记录可以确认。", x.Code(), x.State.Chinese()))
	}
	if !x.RecordedAt.IsZero() {
		return Change{}, Refuse(Conflict, "5.3.4", fmt.Sprintf("%s 已由%s于%s确认，不用再点。", r.Code(), c.Staff.Name(r.FinishedBy), s.Moment(r.FinishedAt)))
	}
	if err := s.may(c, Supervisor, "5.3.4", "确认培训记录"); err != nil {
		return Change{}, err
	}
	if len(r.Lines) == 0 {
		return c.AskFor("记录 "+x.Code(), "记录还缺两句话：讲得怎么样？有无异常？请直接回复。（先不写就发「算了」。）"), nil
	}
	r.FinishedBy, r.FinishedAt, x.RecordedAt = c.By.ID, c.Now, c.Now
	text := fmt.Sprintf("%s 已确认：%s %s，这一场算完成。", r.Code(), x.Code(), x.Title())
	if !x.Counts() {
		text = fmt.Sprintf("%s 已确认：%s %s。军体未监督，要等主任认可才算完成。", r.Code(), x.Code(), x.Title())
	}
	card := Card{Title: "培训记录 " + r.Code(), Subtitle: x.Code() + " " + x.Title(), Settled: c.By.Name + "：已确认"}
	return Change{
		Sessions: []Session{x}, Records: []Record{r},
		Audit:  []Audit{c.audit("record.finish", x.Code(), "5.3.4", text)},
		Closed: append(Matter{Office: x.Office, Kind: RecordDue, Subject: string(x.ID)}.Ends(), Settlement{Thread: recordThread(x), Card: &card}),
		Reply:  Answer{Body: Say(text), Settle: &card},
	}, nil
}

// RecordCard shows that the record is written and can be confirmed.
func (s SOP) RecordCard(c Case, x Session, r Record, t Tally) Body {
	text := fmt.Sprintf("《培训记录表》%s 已生成：%s %s，%s。确认后这一场才算完成。", r.Code(), x.Code(), x.Title(), t.Line(c))
	return Body{Text: text + fmt.Sprintf("\n看全文发「记录 %s」，确认发「确认 %s」。", x.Code(), x.Code()), Card: &Card{
		Title: "培训记录 " + r.Code(), Subtitle: x.Code() + " " + x.Title(), Text: text,
		Buttons: []Button{{"看", "记录 " + x.Code(), Plain}, {"确认", "确认 " + x.Code(), Primary}}}}
}

// recordThread is the thread of the cards by which a record is confirmed.
func recordThread(x Session) string { return "record:" + string(x.ID) }

// AskConfirm puts a written record before the supervisors, when somebody else wrote it.
func (s SOP) AskConfirm(c Case, x Session, r Record, t Tally) []Notice {
	to := IDs(c.Staff.With(x.Office, Supervisor, s.today(c)))
	if slices.Contains(to, c.By.ID) || len(to) == 0 {
		return nil
	}
	return []Notice{{Key: fmt.Sprintf("record:%s:%d", x.ID, len(r.Lines)), Thread: recordThread(x), Office: x.Office, Stage: "record", Clause: "5.3.4", At: s.decent(c.Now), To: to,
		Body: s.RecordCard(c, x, r, t), Why: fmt.Sprintf("规程5.3.4：每次培训都有《培训记录表》。%s已写好 %s，由主管确认。", c.By.Name, r.Code())}}
}
