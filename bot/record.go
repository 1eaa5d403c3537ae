package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/domain"
)

// closeSession ends check-in (5.3.4). Without a head count it asks for one.
func closeSession(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool { return x.State == domain.Open }, "现在没有正在签到的培训。")
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.sop.Closable(r.Case, x); err != nil {
		return domain.Change{}, err
	}
	note := r.args.Text("备注")
	if !r.args.Has("人数") && note == "不一致" {
		return r.AskFor("关课 "+x.Code(), "现场实际几人？回复人数，如 6人，后面可以写一句原因。（先不关就发「算了」。）"), nil
	}
	k := domain.Close{Heads: -1, Note: strings.TrimSpace(strings.TrimPrefix(note, "一致"))}
	if r.args.Has("人数") {
		k.Heads = r.args.Number("人数")
	}
	if k.Present, err = r.view.Attendance(x.ID); err != nil {
		return domain.Change{}, err
	}
	return r.end(x, k)
}

// end closes a session with what is known of it.
func (r *request) end(x domain.Session, k domain.Close) (domain.Change, error) {
	var err error
	if k.Absences, err = r.view.Absences(x.ID); err != nil {
		return domain.Change{}, err
	}
	if k.Heads < 0 {
		return r.sop.CloseSession(r.Case, x, k)
	}
	if k.Left, err = r.view.Departures(x.ID); err != nil {
		return domain.Change{}, err
	}
	if k.RecordNo, err = r.view.NextNo(fmt.Sprintf("record:%s:%s", x.Office, r.sop.Calendar.Date(x.Start).MonthOf())); err != nil {
		return domain.Change{}, err
	}
	if k.Odd, err = r.odd(x, k); err != nil {
		return domain.Change{}, err
	}
	out, err := r.sop.CloseSession(r.Case, x, k)
	if err != nil {
		return out, err
	}
	if out.Sessions[0].Supervision == domain.Unsupervised {
		_, put, err := r.put(r.sop.DrillProposal(r.Case, x, r.sop.Tally(x, k.Present, k.Absences)), "drill.unsupervised")
		if err != nil {
			return out, err
		}
		out = out.And(put)
	}
	asked, err := r.closed(out.Sessions[0], k.Present)
	return out.And(asked), err
}

// odd gathers what the supervisors should look at: check-ins that look odd, who did not answer the
// check in the middle, who was absent several times in a row.
func (r *request) odd(x domain.Session, k domain.Close) ([]string, error) {
	before, err := r.view.Sessions(x.Office, x.Start.AddDate(0, 0, -31), x.Start)
	if err != nil {
		return nil, err
	}
	var earlier [][]domain.Attendance
	for _, y := range slices.Backward(before) {
		if y.State != domain.Closed || len(earlier) == 5 {
			continue
		}
		present, err := r.view.Attendance(y.ID)
		if err != nil {
			return nil, err
		}
		earlier = append(earlier, present)
	}
	out := r.sop.Odd(r.Case, k.Present, earlier)
	given, err := r.view.Spots(x.ID)
	if err != nil {
		return nil, err
	}
	if silent := r.sop.Silent(x, k.Present, given, r.Now); len(silent) > 0 {
		out = append(out, "课中抽查没有回应："+r.Names(silent))
	}
	for _, id := range r.sop.Tally(x, k.Present, k.Absences).Absent {
		line, err := r.streak(x, id)
		if err != nil {
			return nil, err
		}
		if line != "" {
			out = append(out, line)
		}
	}
	return out, nil
}

// streak says that somebody is absent for the second, third … time in a row, with the dates.
func (r *request) streak(x domain.Session, who domain.PersonID) (string, error) {
	day := r.sop.Calendar.Date(x.Start)
	past, err := r.view.AbsencesOf(who, day.AddDays(-62))
	if err != nil {
		return "", err
	}
	seen, err := r.view.AttendanceOf(who, x.Start.AddDate(0, 0, -62), x.Start)
	if err != nil {
		return "", err
	}
	var days []domain.Date
	for _, a := range seen {
		days = append(days, r.sop.Calendar.Date(a.At))
	}
	past = slices.DeleteFunc(past, func(a domain.Absence) bool { return a.Session == x.ID || a.Day.After(day) })
	row := append(domain.Streak(past, days), domain.Absence{Day: day})
	if !slices.Contains(r.sop.Policy.Day.AbsencesInRow, len(row)) {
		return "", nil
	}
	dates := make([]string, len(row))
	for i, a := range row {
		dates[i] = a.Day.Chinese()
	}
	return fmt.Sprintf("%s连续%d次缺席：%s", r.Staff.Name(who), len(row), strings.Join(dates, "、")), nil
}

// decideDrill is the director's word on a drill without the supervisor (5.3.3).
func decideDrill(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	out, x, ruled, err := r.settle(p, accept, reason, "认可", "不认可")
	if err != nil || !ruled {
		return out, err
	}
	x.Supervision = domain.DrillRefused
	text := fmt.Sprintf("军体 %s 主任不认可（%s），不算完成，请重新安排。", x.Code(), reason)
	if accept {
		x.Supervision = domain.DrillAccepted
		text = fmt.Sprintf("军体 %s 未监督，主任已认可，算完成。", x.Code())
	}
	out.Sessions = append(out.Sessions, x)
	to := append(domain.IDs(r.Staff.With(x.Office, domain.Supervisor, r.today())), x.Lecturer)
	if to = others(to, r.By.ID); len(to) > 0 {
		out.Notices = append(out.Notices, p.Told(r.Case, to, domain.Say(text), "规程5.3.3：军体训练要客服主管在场，未监督的由主任决定是否算数。"))
	}
	return out, nil
}

// facts gives all a record is written from.
func (r *request) facts(x domain.Session) (f domain.RecordFacts, ok bool, err error) {
	f.Session = x
	if f.Record, ok, err = r.view.Record(x.ID); err != nil || !ok {
		return f, ok, err
	}
	if f.Present, err = r.view.Attendance(x.ID); err != nil {
		return f, ok, err
	}
	if f.Absences, err = r.view.Absences(x.ID); err != nil {
		return f, ok, err
	}
	if f.Departures, err = r.view.Departures(x.ID); err != nil {
		return f, ok, err
	}
	f.Feedback, _, err = r.view.Feedback(x.ID)
	return f, ok, err
}

// record shows the training record of a session, or writes a line into it (5.3.4).
func record(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool {
		return x.State == domain.Closed && (x.RecordedAt.IsZero() || x.Lecturer == r.By.ID)
	}, "请写明场次，如「记录 S31」。")
	if err != nil {
		return domain.Change{}, err
	}
	if !r.By.Has(x.Office, domain.Director, r.today()) {
		if err := r.sop.Runs(r.Case, x); err != nil {
			return domain.Change{}, err
		}
	}
	f, ok, err := r.facts(x)
	if err != nil {
		return domain.Change{}, err
	}
	if !ok {
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.3.4", fmt.Sprintf("%s %s %s，还没有培训记录；关课以后生成。", x.Code(), x.Title(), x.State.Chinese()))
	}
	text := r.args.Text("内容")
	if text == "" {
		return say("%s", r.sop.RecordText(r.Case, f))
	}
	rec, err := r.sop.AddLine(r.Case, x, f.Record, text)
	if err != nil {
		return domain.Change{}, err
	}
	t := r.sop.Tally(x, f.Present, f.Absences)
	out := domain.Change{Records: []domain.Record{rec}, Audit: []domain.Audit{{At: r.Now, Office: x.Office, Actor: r.By.ID, Act: "record.write", Subject: x.Code(), Clause: "5.3.4", Text: text}}}
	switch {
	case !rec.FinishedAt.IsZero():
		out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("已补写进 %s（已确认的记录，补写会注明）。", rec.Code()))}
	case r.By.Has(x.Office, domain.Supervisor, r.today()):
		out.Reply = domain.Answer{Body: r.sop.RecordCard(r.Case, x, rec, t)}
	default:
		out.Notices = r.sop.AskConfirm(r.Case, x, rec, t)
		out.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("已写进《培训记录表》%s，已请主管确认。看全文发「记录 %s」。", rec.Code(), x.Code()))}
	}
	return out, nil
}

func (r *request) finishRecord(x domain.Session) (domain.Change, error) {
	rec, ok, err := r.view.Record(x.ID)
	if err == nil && !ok {
		err = domain.Refuse(domain.NotFound, "5.3.4", x.Code()+" 没有培训记录可以确认。")
	}
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.FinishRecord(r.Case, x, rec)
}

// paper enters a session from its paper list (补录).
func paper(r *request) (domain.Change, error) {
	x, err := r.session(nil, "")
	if err != nil {
		return domain.Change{}, err
	}
	text := r.args.Text("名单")
	here, reason := r.listed(x, text)
	if text == "" || reason == "" {
		line := "补录 " + x.Code()
		if text != "" {
			line += " " + text
		}
		if len(here) > 0 {
			return r.AskFor(line, fmt.Sprintf("到场%d人：%s。请再写一句为什么用纸质签到。（不录了就发「算了」。）", len(here), r.Names(here))), nil
		}
		return r.AskFor(line, fmt.Sprintf("谁到了？应到：%s。回复到场的姓名，或 全到、全到 除张伟，再写一句原因。", r.Names(r.sop.Expected(x, r.Staff)))), nil
	}
	opened, marks, err := r.sop.Paper(r.Case, x, here, reason, r.msg.ID)
	if err != nil {
		return domain.Change{}, err
	}
	before, err := r.view.Attendance(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	marks = slices.DeleteFunc(marks, func(m domain.Attendance) bool {
		return slices.ContainsFunc(before, func(a domain.Attendance) bool { return a.Person == m.Person })
	})
	all := append(slices.Clone(before), marks...)
	out, err := r.end(opened, domain.Close{Present: all, Heads: len(all), Note: "补录：" + reason})
	if err != nil {
		return out, err
	}
	out.Records[0].Paper = true
	out.Attendance = append(out.Attendance, marks...)
	out.Audit[0].Act, out.Audit[0].Text = "session.paper", "【补录】"+out.Audit[0].Text
	return out, nil
}

// listed reads the names of a paper list: those written, or everyone but those after 除. What is left
// is the reason.
func (r *request) listed(x domain.Session, text string) (here []domain.PersonID, reason string) {
	named, but := []domain.PersonID{}, false
	var rest []string
	for seg := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune("，,。；;、 　\n：:", c) }) {
		word := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(seg, "没到"), "到"), "除了"), "除")
		i := slices.IndexFunc(r.Staff, func(p domain.Person) bool { return p.Name == word || p.No == word || r.Staff.Name(p.ID) == word })
		switch {
		case seg == "全到" || seg == "都到了" || seg == "全到了":
			but = true
		case i >= 0:
			named = append(named, r.Staff[i].ID)
		default:
			rest = append(rest, seg)
		}
	}
	here = named
	if but {
		here = others(r.sop.Expected(x, r.Staff), named...)
	}
	return here, strings.Join(rest, "，")
}
