package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// sessionRow is D10: a session is announced, its lecturer confirms, people say whether they come, the
// middle is checked, the head count is asked for (5.3).
func sessionRow() row {
	return row{SessionComing, "5.3.1", "培训即将开始", sessions, []stage{
		{name: "confirm", when: confirmWords, at: unlessArranged(unconfirmed, announced), voice: confirmVoice, whom: lecturerOf, say: sayConfirm},
		{name: "unconfirmed", when: inWords("前一天 %s，讲师还没有确认（之后才排的：当天 %s）", func(p Policy) any { return p.Reminders.SessionDayBefore }, morningClock), at: stillUnconfirmed, roles: []Role{Supervisor}, voice: supervisorVoice, say: sayUnconfirmed},
		{name: "ahead", when: dayBeforeWords, at: unlessArranged(dayBefore, announced), roles: []Role{Trainee}, voice: expectedVoice, say: saySession},
		{name: "ahead", when: dayBeforeWords, at: unlessArranged(dayBefore, askedToLecture), voice: lecturerVoice, say: sayLecturer},
		{name: "morning", when: morningCardWords("还没有答复能不能到的人"), at: unlessArranged(morningCard, announced), roles: []Role{Trainee}, voice: expectedVoice, whom: unanswered, say: saySession},
		{name: "morning", when: morningCardWords("应到人数"), at: unlessArranged(morningCard, askedToLecture), voice: lecturerVoice, say: sayLecturer},
		{name: "before", when: beforeWords, at: shortlyBefore, roles: []Role{Trainee}, voice: expectedVoice, say: saySession},
		{name: "before", when: beforeWords, at: shortlyBefore, voice: lecturerVoice, say: sayLecturer},
		{name: "spot", when: spotWords, at: spotMoment, roles: []Role{Trainee}, voice: spotVoice, whom: spotPeople, say: saySpot, until: spotEnd},
		{name: "silent", when: inWords("课中抽查过了%s有人没有回应", func(p Policy) any { return chineseSpan(p.Day.SpotWithin) }), at: spotOver, voice: lecturerVoice, say: saySilent, until: sessionEnd},
		{name: "end", when: func(Policy) string { return "到结束时间还在签到，请讲师数人头关课" }, at: atEnd, voice: endVoice, whom: lecturerOf, say: sayEnd},
		{name: "close", when: closeWords, at: stillOpen, voice: lecturerVoice, say: sayStillOpen},
	}}
}

// recordRow is the training record that is not finished (5.3.4).
func recordRow() row {
	return row{RecordDue, "5.3.4", "培训记录未完成", recordsDue, []stage{
		{name: "due", when: inWords("关课后%s还没有完成记录", func(p Policy) any { return chineseSpan(p.Day.RecordWithin) }), at: recordLate, roles: []Role{Supervisor}, whom: lecturerOf, say: sayRecord},
		{name: "overdue", when: inWords("关课后第%s个工作日 %s", func(p Policy) any { return p.Day.RecordEscalateDays }, morningClock), at: recordVeryLate, roles: []Role{Supervisor}, whom: lecturerOf, say: sayRecord},
		{name: "overdue", when: inWords("关课后第%s个工作日（汇入主任的每日汇总）", func(p Policy) any { return p.Day.RecordEscalateDays }), at: recordVeryLate, roles: []Role{Director}, voice: directorVoice, say: sayRecordDirector},
	}}
}

// absenceRow is the absence nobody has explained (6.2.2): its card goes to those who judge, and nothing
// follows from it by itself.
func absenceRow() row {
	return row{AbsenceDue, "6.2.2", "缺席没有说明", absencesDue, []stage{
		{name: "lapse", when: inWords("关课后%s本人没有说明", func(p Policy) any { return chineseSpan(p.Day.ExplainWithin) }), at: absenceLapsed, roles: []Role{Supervisor}, say: sayLapse},
	}}
}

func confirmWords(p Policy) string {
	days := make([]string, len(p.Day.ConfirmAheadDays))
	for i, n := range p.Day.ConfirmAheadDays {
		days[i] = fmt.Sprint(n)
	}
	return fmt.Sprintf("讲师没有确认：前%s天 %s", strings.Join(days, "、"), p.Reminders.Morning)
}

func morningCardWords(what string) func(Policy) string {
	return func(p Policy) string { return fmt.Sprintf("当天 %s（%s）", p.Day.MorningCard, what) }
}

func spotWords(p Policy) string {
	if p.Day.SpotPeople == 0 {
		return "不抽查"
	}
	return fmt.Sprintf("课中随机时刻，随机%d人", p.Day.SpotPeople)
}

// lecturerOf gives the lecturer of the session a matter is about.
func lecturerOf(_ SOP, m matter) []PersonID {
	x := m.session
	if x == nil {
		x = m.record
	}
	if x.Lecturer == "" {
		return nil
	}
	return []PersonID{x.Lecturer}
}

// unanswered gives who is expected and has not said that they can come.
func unanswered(_ SOP, m matter) []PersonID {
	return slices.DeleteFunc(slices.Clone(m.session.To), func(id PersonID) bool {
		return id == m.session.Lecturer || slices.Contains(m.session.Of.Coming, id) ||
			slices.ContainsFunc(m.session.Absences, func(a Absence) bool { return a.Person == id && a.State.away() })
	})
}

func spotPeople(s SOP, m matter) []PersonID {
	_, who := s.SpotCheck(m.session.Of, m.session.Present)
	return who
}

// unconfirmed is the mornings ConfirmAheadDays before a session whose lecturer has not confirmed.
func unconfirmed(s SOP, m matter) []moment {
	x := m.session
	if x.State != Planned || x.Of.ID == "" || !x.Of.ConfirmedAt.IsZero() {
		return nil
	}
	var out []moment
	for _, n := range s.Policy.Day.ConfirmAheadDays {
		out = append(out, s.morning(m.deadline.AddDays(-n), n))
	}
	return out
}

// stillUnconfirmed is the evening before; of what was arranged only after that the morning of the day.
func stillUnconfirmed(s SOP, m matter) []moment {
	if len(unconfirmed(s, m)) == 0 {
		return nil
	}
	arranged := m.session.Of.ArrangedAt
	if out := dayBefore(s, m); out[0].at.After(arranged) {
		return out
	}
	at := s.Calendar.At(m.deadline, s.Policy.Reminders.Morning)
	if !at.After(arranged) || !at.Before(m.session.Start) {
		return nil
	}
	return []moment{{at, 2}}
}

// unlessArranged leaves out the moments that had passed when the session got its time and lecturer, when
// those they are for heard all of it then: else what is put on in the evening for tomorrow is told twice.
func unlessArranged(at func(SOP, matter) []moment, heard func(Session) bool) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		return slices.DeleteFunc(at(s, m), func(x moment) bool { return !x.at.After(m.session.Of.ArrangedAt) && heard(m.session.Of) })
	}
}

// announced says whether what arranged a session told everybody of it, with a card that asks the same as
// the reminders do: a make-up, and a move (its reason stands on the session).
func announced(x Session) bool { return x.Source == makeUpSource || x.Reason != "" }

// askedToLecture says whether the lecturer heard of a session as it was arranged, or is asked to confirm
// it at that very moment, which says the same.
func askedToLecture(x Session) bool {
	return announced(x) || x.ConfirmedAt.IsZero() || !x.ConfirmedAt.Before(x.ArrangedAt)
}

// morningCard is MorningCard on the day, when that is well before the reminder shortly before.
func morningCard(s SOP, m matter) []moment {
	at := s.Calendar.At(m.deadline, s.Policy.Day.MorningCard)
	if m.session.State != Planned || m.session.Start.Sub(at) < 2*s.Policy.Reminders.SessionBefore {
		return nil
	}
	return []moment{{at, 2}}
}

func spotMoment(s SOP, m matter) []moment {
	at, who := s.SpotCheck(m.session.Of, m.session.Present)
	if len(who) == 0 {
		return nil
	}
	return []moment{{at.In(s.Calendar.zone()), 0}}
}

func spotEnd(s SOP, m matter, x moment) time.Time { return s.spotUntil(x.at) }

func sessionEnd(_ SOP, m matter, _ moment) time.Time { return m.session.End }

func spotOver(s SOP, m matter) []moment {
	at, _ := s.SpotCheck(m.session.Of, m.session.Present)
	end := s.spotUntil(at).Add(time.Minute)
	if at.IsZero() || len(s.Silent(m.session.Of, m.session.Present, m.session.Spots, end)) == 0 {
		return nil
	}
	return []moment{{end.In(s.Calendar.zone()), 0}}
}

func atEnd(s SOP, m matter) []moment {
	if m.session.State != Open || m.session.Of.ID == "" {
		return nil
	}
	return []moment{{s.decent(m.session.End), 0}}
}

// recordsDue gives the sessions that are over and whose record is not finished.
func recordsDue(r *run) []matter {
	var out []matter
	for i := range r.f.Sessions {
		x := &r.f.Sessions[i]
		if x.State != Closed || x.Of.ID == "" || !x.Of.RecordedAt.IsZero() || x.Of.ClosedAt.IsZero() {
			continue
		}
		day := r.Calendar.Date(x.Of.ClosedAt.Add(r.Policy.Day.RecordWithin))
		out = append(out, matter{Matter: Matter{r.f.Office.ID, RecordDue, string(x.ID)}, deadline: day, target: day, looked: day, record: x})
	}
	return out
}

func recordLate(s SOP, m matter) []moment {
	return []moment{{s.decent(m.record.Of.ClosedAt.Add(s.Policy.Day.RecordWithin)).In(s.Calendar.zone()), 0}}
}

func recordVeryLate(s SOP, m matter) []moment {
	return []moment{s.morning(s.Calendar.AddWorkingDays(s.Calendar.Date(m.record.Of.ClosedAt), s.Policy.Day.RecordEscalateDays), s.Policy.Day.RecordEscalateDays)}
}

// absencesDue gives the absences that wait to be explained.
func absencesDue(r *run) []matter {
	var out []matter
	for i := range r.f.Absences {
		a := &r.f.Absences[i]
		k := slices.IndexFunc(r.f.Sessions, func(x SessionFact) bool { return x.ID == a.Session })
		if a.State != Unexplained || k < 0 || a.Due.IsZero() {
			continue
		}
		day := r.Calendar.Date(a.Due)
		out = append(out, matter{Matter: Matter{r.f.Office.ID, AbsenceDue, string(a.Session) + ":" + string(a.Person)}, deadline: day, target: day, looked: day, record: &r.f.Sessions[k], absence: a})
	}
	return out
}

func absenceLapsed(s SOP, m matter) []moment {
	return []moment{{s.decent(m.absence.Due).In(s.Calendar.zone()), 0}}
}

// caseOf gives the case in which nobody in particular acts, for the sentences of the rules.
func (t *teller) caseOf(r Reminder) Case {
	return Case{Office: t.f.Office, Staff: t.f.Staff, Now: r.At}
}

// saySession tells those who are expected: D10.
func saySession(t *teller, r Reminder) Body {
	x := r.matter.session
	text := fmt.Sprintf("%s：%s，%s", t.startsAt(r), x.Title, t.place(x))
	if x.Lecturer != "" {
		text += "，讲师" + t.name(x.Lecturer)
	}
	if r.Stage == "before" {
		return Say(text + "。\n到场后发「签到 口令」。")
	}
	if long := x.End.Sub(x.Start); long > 0 {
		text += "，" + chineseSpan(long)
	}
	text += "。"
	code := fmt.Sprintf("S%d", x.No)
	return Body{Text: text + fmt.Sprintf("\n能到发「能到 %s」，来不了发「请假 %s 事由」。", code, code), Card: &Card{
		Title: t.startsAt(r) + " 培训", Subtitle: t.f.Office.Name + " · " + code, Text: text,
		Buttons: []Button{{"能到", "能到 " + code, Primary}, {"要请假", "请假 " + code, Plain}}}}
}

// sayLecturer tells the one who lectures: D10.
func sayLecturer(t *teller, r Reminder) Body {
	x := r.matter.session
	expected, leave := r.matter.people(stage{}), 0 // who is on leave too, as the session is counted when it closes
	for _, a := range x.Absences {
		if a.State.away() {
			leave++
			if !slices.Contains(expected, a.Person) {
				expected = append(expected, a.Person)
			}
		}
	}
	text := fmt.Sprintf("%s您主讲：%s，%s，应到%d人。", t.startsAt(r), x.Title, t.place(x), len(expected))
	if r.Stage == "before" {
		return Say(text + fmt.Sprintf("\n到场后发「开课 S%d」取签到口令，讲完发「关课 S%d」。", x.No, x.No))
	}
	if n := len(x.Of.Coming); n+leave > 0 {
		text = strings.TrimSuffix(text, "。") + fmt.Sprintf("：能到%d，请假%d，未答%d。", n, leave, len(unanswered(t.SOP, *r.matter)))
	}
	return Say(text)
}

// sayConfirm asks the lecturer to confirm (5.3.1).
func sayConfirm(t *teller, r Reminder) Body {
	x := r.matter.session
	code := fmt.Sprintf("S%d", x.No)
	text := fmt.Sprintf("%s %s，%s，由您主讲。请确认能讲；讲不了会自动问别的讲师。", t.startsAt(r), x.Title, t.place(x))
	return Body{Text: text + fmt.Sprintf("\n能讲发「确认 %s」，讲不了发「换人 %s」。", code, code), Card: &Card{
		Title: "请确认主讲 " + code, Subtitle: t.f.Office.Name + " · " + x.Title, Text: text,
		Buttons: []Button{{"确认", "确认 " + code, Primary}, {"有困难", "换人 " + code, Plain}}}}
}

// sayUnconfirmed tells the supervisors that the lecturer of tomorrow has not confirmed (5.3.1).
func sayUnconfirmed(t *teller, r Reminder) Body {
	x := r.matter.session
	code := fmt.Sprintf("S%d", x.No)
	who := "讲师待定"
	if x.Lecturer != "" {
		who = "讲师" + t.name(x.Lecturer) + "还没有确认"
	}
	return Say(fmt.Sprintf("%s %s：%s。\n已催过；要换人发「换人 %s 姓名」，不写姓名就自动问。", t.startsAt(r), x.Title, who, code))
}

// saySpot asks somebody in the middle of a session whether they are there.
func saySpot(t *teller, r Reminder) Body {
	x := r.matter.session
	code := fmt.Sprintf("S%d", x.No)
	text := fmt.Sprintf("课中抽查（随机抽到您）：请在 %s 前点一下。", t.Hour(t.spotUntil(r.At)))
	return Body{Text: text + fmt.Sprintf("\n或者发「我在 %s」。", code), Card: &Card{Title: "课中抽查", Subtitle: code + " " + x.Title, Text: text,
		Buttons: []Button{{"我在", "我在 " + code, Primary}}}}
}

// saySilent tells the lecturer who did not answer the check.
func saySilent(t *teller, r Reminder) Body {
	x := r.matter.session
	who := t.Silent(x.Of, x.Present, x.Spots, r.At)
	return Say(fmt.Sprintf("课中抽查：%s在%s内没有回应。请看一下人在不在；走了的发「点名 S%d 姓名 早退 20分钟」登记。只供参考，不作处理依据。",
		Case{Staff: t.f.Staff}.Names(who), chineseSpan(t.Policy.Day.SpotWithin), x.No))
}

// sayEnd asks the lecturer for the head count when a session is over (5.3.4).
func sayEnd(t *teller, r Reminder) Body {
	x := r.matter.session
	return t.CloseCard(t.caseOf(r), x.Of, t.Tally(x.Of, x.Present, x.Absences))
}

// sayStillOpen asks the lecturer to close a session (5.3.4): D10.
func sayStillOpen(t *teller, r Reminder) Body {
	x := r.matter.session
	return Say(fmt.Sprintf("%s %s的培训还没有关课：%s。\n数一下人头，发「关课 S%d 7人 备注」（写现场人数），才能写进记录。", t.Calendar.Date(x.Start).Chinese(), t.Hour(x.Start), x.Title, x.No))
}

// sayRecord asks for a record that is not finished (5.3.4).
func sayRecord(t *teller, r Reminder) Body {
	x := r.matter.record
	code := fmt.Sprintf("S%d", x.No)
	head := fmt.Sprintf("%s %s（%s，讲师%s）的《培训记录表》还没有完成，不完成就不算上过。", code, x.Title, t.Moment(x.Start), t.caseOf(r).lecturer(x.Lecturer))
	return Body{Text: head + fmt.Sprintf("\n补写发「记录 %s 内容」，看全文发「记录 %s」，主管确认发「确认 %s」。", code, code, code), Card: &Card{
		Title: "培训记录未完成 " + code, Subtitle: t.f.Office.Name + " · 规程5.3.4", Text: head,
		Buttons: []Button{{"看", "记录 " + code, Plain}, {"确认", "确认 " + code, Primary}}}}
}

// sayRecordDirector tells the director, who has nothing to press (5.3.4).
func sayRecordDirector(t *teller, r Reminder) Body {
	x := r.matter.record
	return Say(fmt.Sprintf("S%d %s（%s，讲师%s）的《培训记录表》过了%d个工作日还没有完成，这一场还不算上过。已提醒讲师和主管。",
		x.No, x.Title, t.Moment(x.Start), t.caseOf(r).lecturer(x.Lecturer), t.Policy.Day.RecordEscalateDays))
}

// sayLapse puts an absence nobody explained before the supervisors (6.2.2).
func sayLapse(t *teller, r Reminder) Body {
	c, x, a := t.caseOf(r), r.matter.record.Of, *r.matter.absence
	p := t.AbsenceProposal(c, x, a, "")
	text := fmt.Sprintf("%s过了说明期限（%s）。请认定，认定前不扣分。", p.Text, t.Moment(a.Due))
	said := make([]string, len(p.Buttons))
	for i, b := range p.Buttons {
		said[i] = b.Line
	}
	return Body{Text: fmt.Sprintf("【待您认定】%s\n%s\n可以回复：%s。", p.Title, text, strings.Join(said, "；")), Card: &Card{
		Title: p.Title + " 没有说明", Subtitle: t.f.Office.Name + " · 规程6.2.2", Text: text, Buttons: p.Buttons}}
}

// dayRule is the clause of the training day's reminders in words.
func (t *teller) dayRule(r Reminder) string {
	d := t.Policy.Day
	switch {
	case r.Kind == RecordDue:
		return fmt.Sprintf("每次培训都有《培训记录表》，没有完成的不算上过。关课后%s没有完成就提醒，第%d个工作日告知主管和主任。", chineseSpan(d.RecordWithin), d.RecordEscalateDays)
	case r.Kind == AbsenceDue:
		return fmt.Sprintf("无故不参加培训扣考勤%d分。是不是无故由主管认定；本人有%s说明，过期没有说明的请主管认定，不会自动扣。", -t.Policy.Points.Absent, chineseSpan(d.ExplainWithin))
	case r.Stage == "confirm" || r.Stage == "unconfirmed":
		return "讲师要事先指定。讲师点确认，有困难就换人。"
	case r.Stage == "spot" || r.Stage == "silent":
		return fmt.Sprintf("培训记录要真实。课中随机抽%d人确认在场，%s内回应，没有回应只告诉讲师。", d.SpotPeople, chineseSpan(d.SpotWithin))
	}
	return ""
}
