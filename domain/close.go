package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Close is what a lecturer says and the storage knows when a session is closed (5.3.4).
type Close struct {
	Present  []Attendance
	Absences []Absence
	Left     []Departure
	Heads    int    // the head count, -1 when not given
	Note     string // remarks
	RecordNo int64  // within the office and month, for the record to be made
	Odd      []string
}

// CloseCard asks for the head count before a session is closed: it must equal the list or is written down.
func (s SOP) CloseCard(c Case, x Session, t Tally) Body {
	text := fmt.Sprintf("%s %s：%s。\n请数一下人头：现场几人？", x.Code(), x.Title(), t.Line(c))
	card := &Card{Title: "关课 " + x.Code(), Subtitle: x.Title(), Text: text, Buttons: closeButtons(x.Code(), len(t.Present))}
	return Body{Text: text + fmt.Sprintf("\n一致发「关课 %s %d人」，不一致写实际人数。", x.Code(), len(t.Present)), Card: card}
}

func closeButtons(code string, present int) []Button {
	return []Button{{fmt.Sprintf("%d人，一致", present), fmt.Sprintf("关课 %s %d人", code, present), Primary}, {"不一致", "关课 " + code + " 不一致", Plain}}
}

// Closable refuses what cannot be closed now by this person.
func (s SOP) Closable(c Case, x Session) error {
	if err := s.Runs(c, x); err != nil {
		return err
	}
	switch x.State {
	case Closed:
		return Refuse(Conflict, "5.3.4", fmt.Sprintf("%s 已于%s关课。", x.Code(), s.Moment(x.ClosedAt)))
	case Planned, Cancelled:
		return Refuse(Conflict, "5.3.4", fmt.Sprintf("%s %s，没有开课。", x.Code(), x.State.Chinese()))
	}
	if c.Now.Before(x.Start) {
		return Refuse(TooEarly, "5.3.4", fmt.Sprintf("%s %s %s才开始，现在不能关课。不上了请发「取消 %s 理由」。", x.Code(), x.Title(), s.Hour(x.Start), x.Code()))
	}
	return nil
}

// CloseSession ends check-in (5.3.4). A head count that differs from the list is written down. Everyone who
// was expected, is not there and has no leave is absent and asked why; the record is begun; a drill
// without the supervisor waits for the director (5.3.3).
func (s SOP) CloseSession(c Case, x Session, k Close) (Change, error) {
	if err := s.Closable(c, x); err != nil {
		return Change{}, err
	}
	t := s.Tally(x, k.Present, k.Absences)
	if k.Heads < 0 {
		return Change{Reply: Answer{Body: s.CloseCard(c, x, t)}}, nil
	}
	x.State, x.ClosedAt, x.CloseNote = Closed, c.Now, k.Note
	text := fmt.Sprintf("已关课：%s %s。%s", x.Code(), x.Title(), t.Line(c))
	if k.Heads != len(t.Present) {
		diff := fmt.Sprintf("现场%d人，签到%d人，不一致", k.Heads, len(t.Present))
		x.CloseNote = joinNotes(diff, k.Note)
		text += "。" + diff + "，已写进记录"
		k.Odd = append([]string{diff}, k.Odd...)
	}
	x.Supervision = s.supervision(c, x, k.Present)
	r := Record{Session: x.ID, Office: x.Office, Month: s.Calendar.Date(x.Start).MonthOf(), No: k.RecordNo, Heads: k.Heads, EnteredBy: c.By.ID, EnteredAt: c.Now}
	if k.Note != "" {
		r.Lines = []RecordLine{{By: c.By.ID, At: c.Now, Text: k.Note}}
	}
	out := Change{Sessions: []Session{x}, Records: []Record{r}, Closed: x.reminders(), Audit: []Audit{c.audit("session.close", x.Code(), "5.3.4", text)}}
	out = out.And(s.askAbsent(c, x, t, k.Absences))
	if x.Supervision == Unsupervised {
		text += "。军体要主管在场（5.3.3）：主管没有签到，记为未监督，已请主任决定是否算数"
	}
	out.Notices = append(out.Notices, s.tellOdd(c, x, k.Odd)...)
	if slices.Contains(IDs(c.Staff.With(x.Office, Supervisor, s.today(c))), c.By.ID) && len(k.Odd) > 0 {
		text += "。\n留意：" + strings.Join(k.Odd, "；") + "（只供参考，不作处理依据）"
	}
	return out.And(s.nextLine(c, x, r, t, text)), nil
}

// nextLine says what is left to do after a close: two lines for the record, or its confirmation.
func (s SOP) nextLine(c Case, x Session, r Record, t Tally, text string) Change {
	if len(r.Lines) == 0 {
		return c.AskFor("记录 "+x.Code(), text+"。\n请补两句：讲得怎么样？有无异常？直接回复就写进《培训记录表》"+r.Code()+"。")
	}
	out := Change{Notices: s.AskConfirm(c, x, r, t), Reply: Answer{Body: Say(text + fmt.Sprintf("。\n《培训记录表》%s 已生成，已请主管确认。看全文发「记录 %s」。", r.Code(), x.Code()))}}
	if c.By.Has(x.Office, Supervisor, s.today(c)) {
		body := s.RecordCard(c, x, r, t)
		body.Card.Text = text + "。\n《培训记录表》已生成，确认后这一场才算完成。"
		body.Text = text + fmt.Sprintf("。\n《培训记录表》%s 已生成。看全文发「记录 %s」，确认发「确认 %s」。", r.Code(), x.Code(), x.Code())
		out.Reply = Answer{Body: body}
	}
	return out
}

// askAbsent makes the absence of everyone who is missing without leave, and asks each privately why.
func (s SOP) askAbsent(c Case, x Session, t Tally, known []Absence) Change {
	var out Change
	for _, id := range t.Absent {
		var a Absence
		if i := slices.IndexFunc(known, func(a Absence) bool { return a.Person == id }); i >= 0 {
			a = known[i]
		}
		a = s.missed(c, x, id, a)
		out.Absences = append(out.Absences, a)
		out.Notices = append(out.Notices, s.askWhy(c, x, a))
	}
	return out
}

// tellOdd tells the supervisors, who did not close the session themselves, what looked odd about it.
func (s SOP) tellOdd(c Case, x Session, odd []string) []Notice {
	to := IDs(c.Staff.With(x.Office, Supervisor, s.today(c)))
	if len(odd) == 0 || len(to) == 0 || slices.Contains(to, c.By.ID) {
		return nil
	}
	key := "odd:" + string(x.ID)
	return []Notice{{Key: key, Thread: key, Office: x.Office, Stage: "odd", Clause: "5.3.4", At: s.decent(c.Now), To: to,
		Body: Say(fmt.Sprintf("%s %s 关课时有几点请留意：%s。\n只供参考，不作处理依据；要核实发「点名 %s」看名单。", x.Code(), x.Title(), strings.Join(odd, "；"), x.Code())),
		Why:  "规程5.3.4：培训记录要真实。签到名单里的异常只告诉主管，由人判断。"}}
}
