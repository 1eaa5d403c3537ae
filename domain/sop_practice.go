package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AssignCoach names the coach of a new hire's practice (5.2.2): for all of its days, or with a day for
// that one. Days on which the coach cannot are left open and somebody else is proposed for them.
// others are the office's files, so that nobody coaches everyone.
func (s SOP) AssignCoach(c Case, f OrientationFile, who, coach Person, day Date, others []OrientationFile) (Change, error) {
	if err := s.may(c, Supervisor, "5.2.2", "派教练"); err != nil {
		return Change{}, err
	}
	days := s.BlockDays(f.Since)[PracticeBlock]
	was := s.coaches(f)
	if coach.ID == who.ID {
		return Change{}, Refuse(Invalid, "5.2.2", "教练不能是新员工本人。")
	}
	if !coach.Has(c.Office.ID, Coach, s.today(c)) {
		return Change{}, Refuse(Forbidden, "5.2.2", fmt.Sprintf("%s没有教练资格。有资格的：%s。", c.Staff.Name(coach.ID), c.Names(IDs(c.Staff.With(c.Office.ID, Coach, s.today(c))))))
	}
	f.Days = slices.Clone(f.Days)
	if day.IsZero() {
		f.Coach, f.Days = coach.ID, nil
		for _, d := range days {
			if s.cannotCoach(c, coach, d) != "" && !d.Before(s.today(c)) {
				f.Days = append(f.Days, CoachDay{Day: d})
			}
		}
	} else {
		if !slices.Contains(days, day) {
			return Change{}, Refuse(Invalid, "5.2.2", fmt.Sprintf("%s不是%s的实习日。实习在%s。", day.Chinese(), c.Staff.Name(who.ID), s.list(days)))
		}
		if why := s.cannotCoach(c, coach, day); why != "" {
			return Change{}, Refuse(Conflict, "5.2.2", fmt.Sprintf("%s %s%s，不能带教，请换一位。", c.Staff.Name(coach.ID), day.Chinese(), why))
		}
		f.Days = append(slices.DeleteFunc(f.Days, func(x CoachDay) bool { return x.Day == day }), CoachDay{day, coach.ID})
	}
	text := s.coachPlan(c, f, days)
	out := Change{
		Files: []OrientationFile{f},
		Audit: []Audit{c.audit("orientation.coach", who.No, "5.2.2", fmt.Sprintf("%s的岗位实习：%s", who.Name, text))},
		Reply: Answer{Body: Say(fmt.Sprintf("已定：%s的岗位实习 %s。", c.Staff.Name(who.ID), text))},
	}
	out.Notices = s.coachNotices(c, f, who, was, days)
	for _, d := range days {
		if f.coachOn(d) == "" && !d.Before(s.today(c)) {
			out.Reply = Answer{Body: s.askSubstitute(c, f, who, coach, d, others)}
			break
		}
	}
	return out, nil
}

// list names days: 2月11日、2月12日.
func (s SOP) list(days []Date) string {
	out := make([]string, len(days))
	for i, d := range days {
		out[i] = d.short()
	}
	return strings.Join(out, "、")
}

// coachPlan says who coaches when: 2月11日、2月13日 陈静，2月12日 赵强.
func (s SOP) coachPlan(c Case, f OrientationFile, days []Date) string {
	var order []PersonID
	by := map[PersonID][]Date{}
	for _, d := range days {
		id := f.coachOn(d)
		if _, ok := by[id]; !ok {
			order = append(order, id)
		}
		by[id] = append(by[id], d)
	}
	var out []string
	for _, id := range order {
		out = append(out, s.list(by[id])+" "+c.lecturer(id))
	}
	return strings.Join(out, "，")
}

// cannotCoach says why somebody cannot coach on a day: 没有教练资格, 是夜班, 不上班; "" when they can.
func (s SOP) cannotCoach(c Case, p Person, d Date) string {
	if !p.Has(c.Office.ID, Coach, d) {
		return "没有教练资格"
	}
	shift := p.ShiftIn(c.Office.ID, d)
	if x, ok := s.Policy.Shifts.Shift(shift); ok && x.Night() {
		return "是" + shift
	}
	if shift == OffDuty {
		return "不上班"
	}
	return ""
}

// askSubstitute proposes somebody else for a day on which the coach cannot.
func (s SOP) askSubstitute(c Case, f OrientationFile, who, coach Person, d Date, others []OrientationFile) Body {
	name := c.Called(who)
	why := s.cannotCoach(c, coach, d)
	if why == "" {
		why = "还没有教练"
	} else {
		why = c.Staff.Name(coach.ID) + " " + d.short() + " " + why
	}
	pool := s.coachPool(c, f, who, d, others)
	if len(pool) == 0 {
		return Say(fmt.Sprintf("%s，那天也没有别的教练。请「改期」或找主任调人；定了发「派教练 姓名 %s %s」。", why, name, d))
	}
	text := fmt.Sprintf("%s，那天改由 %s 带？", why, c.Staff.Name(pool[0].ID))
	return Body{Text: fmt.Sprintf("%s\n回复「好」，或发「派教练 姓名 %s %s」换别人。", text, name, d), Card: &Card{Title: text, Subtitle: fmt.Sprintf("%s · %s 的岗位实习", c.Office.Name, who.Name),
		Buttons: []Button{{"好", fmt.Sprintf("派教练 %s %s %s", c.Called(pool[0]), name, d), Primary}, {"换别人", fmt.Sprintf("派教练 %s %s", name, d), Plain}}}}
}

// coachPool gives who can coach a new hire on a day, those with the fewest other new hires first.
func (s SOP) coachPool(c Case, f OrientationFile, who Person, d Date, others []OrientationFile) []Person {
	busy := map[PersonID]int{}
	for _, x := range others {
		if x.State == OnTrial && x.Person != who.ID {
			busy[x.coachOn(d)]++
		}
	}
	var out []Person
	for _, p := range c.Staff.With(c.Office.ID, Coach, d) {
		if p.ID != who.ID && s.cannotCoach(c, p, d) == "" {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Person) int { return busy[a.ID] - busy[b.ID] })
	return out
}

// ChooseCoach shows who can coach, for one day or for the whole practice.
func (s SOP) ChooseCoach(c Case, f OrientationFile, who Person, day Date, others []OrientationFile) Body {
	days := s.BlockDays(f.Since)[PracticeBlock]
	at, line := day, " "+day.String()
	if day.IsZero() && len(days) > 0 {
		at, line = days[0], ""
	}
	const most = 6
	text := fmt.Sprintf("谁带 %s 的岗位实习（%s）？", c.Staff.Name(who.ID), s.list(days))
	if !day.IsZero() {
		text = fmt.Sprintf("%s 谁带 %s？", day.Chinese(), c.Staff.Name(who.ID))
	}
	pool := s.coachPool(c, f, who, at, others)
	if len(pool) == 0 {
		return Say(text + "名单里没有能带的教练，请管理员给资深员工登记“教练”角色。")
	}
	card := &Card{Title: text, Subtitle: c.Office.Name + " · 规程5.2.2"}
	var said []string
	for _, p := range pool[:min(most, len(pool))] {
		b := Button{c.Called(p), fmt.Sprintf("派教练 %s %s%s", c.Called(p), c.Called(who), line), Plain}
		card.Buttons, said = append(card.Buttons, b), append(said, b.Line)
	}
	return Body{Text: text + "\n可以发：" + strings.Join(said, "；") + "。", Card: card}
}

// coachNotices tells the coaches, and those who coach no longer.
func (s SOP) coachNotices(c Case, f OrientationFile, who Person, was []PersonID, days []Date) []Notice {
	now := s.coaches(f)
	var out []Notice
	tell := func(id PersonID, text string) {
		key := fmt.Sprintf("orientation:%s:coach:%s:%d", f.ID, id, f.Version)
		to := without([]PersonID{id}, c.By.ID)
		if len(to) > 0 {
			out = append(out, Notice{Key: key, Thread: fmt.Sprintf("orientation:%s:coach:%s", f.ID, id), Office: c.Office.ID, Stage: "coach", Clause: "5.2.2", At: c.Now, To: to,
				Body: Say(text), Why: fmt.Sprintf("规程5.2.2：岗位实习由有经验的老员工带。%s于%s安排。", c.By.Name, s.Moment(c.Now))})
		}
	}
	for _, id := range now {
		var mine []Date
		for _, d := range days {
			if f.coachOn(d) == id {
				mine = append(mine, d)
			}
		}
		tell(id, fmt.Sprintf("请您带新员工%s岗位实习：%s，每天%s。当天%s我会来问学时，也可以随时发「带教 %s %s 内容」。",
			c.Staff.Name(who.ID), s.list(mine), s.spanOf(s.dayMinutes()), s.Policy.Orientation.LogAt, c.Called(who), s.spanOf(s.dayMinutes())))
	}
	for _, id := range was {
		if !slices.Contains(now, id) {
			tell(id, fmt.Sprintf("%s的岗位实习改由%s带，您不用带了。", c.Staff.Name(who.ID), c.Names(now)))
		}
	}
	return out
}

// LogHours enters hours (4.1, 5.2.2) into the ledger: of practice by a coach or the supervisor, of
// theory and earlier hours (e.Credit) by the supervisor alone. entries are the file's. What the same
// person entered for the same day and part is corrected with instead: a reversal and a new entry.
func (s SOP) LogHours(c Case, f OrientationFile, who Person, e HoursEntry, entries []HoursEntry, instead bool, fresh func() EntryID) (Change, error) {
	today, supervisor := s.today(c), c.By.Has(c.Office.ID, Supervisor, s.today(c))
	name, most := c.Staff.Name(who.ID), s.Policy.Orientation.MostDayHours*int(s.Policy.Teaching.ClassHour/time.Minute)
	switch {
	case c.By.ID == who.ID:
		return Change{}, Refuse(Forbidden, "5.2.2", "自己的学时由教练或主管登记。")
	case !supervisor && (e.Block != PracticeBlock || e.Credit):
		return Change{}, Refuse(Forbidden, "5.2.1", "理论学时和以前的学时由主管登记，请找主管。")
	case !supervisor && !c.By.Has(c.Office.ID, Coach, today):
		return Change{}, Refuse(Forbidden, "5.2.2", "实习学时由教练或主管登记。")
	case e.Minutes <= 0:
		return Change{}, Refuse(Invalid, "5.2.2", "学时要大于0，如「带教 "+c.Called(who)+" 8小时 前台接待」。")
	case e.Day.After(today):
		return Change{}, Refuse(TooEarly, "5.2.2", e.Day.Chinese()+"还没到，当天带完再登记。")
	case !e.Credit && e.Day.Before(f.Since):
		return Change{}, Refuse(Invalid, "5.2.2", fmt.Sprintf("%s%s才到岗。到岗以前的学时由主管登记，写明来历，如「带教 %s 实习 8小时 以前 原处已学」。", name, f.Since.Chinese(), c.Called(who)))
	}
	var mine *HoursEntry
	day := 0
	for i, x := range entries {
		if x.Person != who.ID || x.Since != f.Since || x.Day != e.Day || x.Credit != e.Credit || x.Reverses != "" || reversed(entries, x.ID) {
			continue
		}
		day += x.Minutes
		if x.By == c.By.ID && x.Block == e.Block {
			mine = &entries[i]
		}
	}
	out := Change{}
	e.Office, e.Person, e.Since, e.By, e.At = c.Office.ID, who.ID, f.Since, c.By.ID, c.Now
	if mine != nil && !instead {
		return Change{Reply: Answer{Body: s.askCorrection(c, who, *mine, e)}}, nil
	}
	if mine != nil {
		back := *mine
		back.ID, back.Minutes, back.By, back.At, back.Reverses = fresh(), -mine.Minutes, c.By.ID, c.Now, mine.ID
		out.Hours = append(out.Hours, back)
		day -= mine.Minutes
	}
	if !e.Credit && day+e.Minutes > most {
		return Change{}, Refuse(Invalid, "5.2.2", fmt.Sprintf("%s %s已登记%s，再加%s超过一天最多%s。写错了请改。", name, e.Day.Chinese(), s.spanOf(day), s.spanOf(e.Minutes), s.spanOf(most)))
	}
	e.ID = fresh()
	out.Hours = append(out.Hours, e)
	text := fmt.Sprintf("%s %s %s %s：%s", name, e.Day.Chinese(), e.Block.Chinese(), s.spanOf(e.Minutes), e.What)
	if e.Credit {
		text = fmt.Sprintf("%s %s 以前的学时 %s：%s", name, e.Block.Chinese(), s.spanOf(e.Minutes), e.What)
	}
	p := s.Progress(f, who, nil, nil, append(slices.Clone(entries), out.Hours...))
	out.Audit = []Audit{c.audit("orientation.hours", who.No, "4.1", text)}
	out.Closed = []Settlement{{Thread: f.matter(OrientationHoursDue).Thread() + coachVoice}}
	reply := "已登记：" + text + "。"
	if e.Block == PracticeBlock {
		reply += s.standing(p, PracticeBlock) + "。"
	}
	out.Reply = Answer{Body: Say(reply)}
	return out, nil
}

func reversed(entries []HoursEntry, id EntryID) bool {
	return slices.ContainsFunc(entries, func(x HoursEntry) bool { return x.Reverses == id })
}

// askCorrection asks whether a second entry for a day stands in place of the first.
func (s SOP) askCorrection(c Case, who Person, was, e HoursEntry) Body {
	text := fmt.Sprintf("%s %s您已登记%s（%s）。改为%s（%s）？", c.Staff.Name(who.ID), was.Day.Chinese(), s.spanOf(was.Minutes), was.What, s.spanOf(e.Minutes), e.What)
	line := fmt.Sprintf("带教 %s %s %s %s 更正 %s", c.Called(who), e.Block.Chinese(), e.Day, s.spanOf(e.Minutes), e.What)
	return Body{Text: text + fmt.Sprintf("\n要改就发「%s」，不改不用理。", line), Card: &Card{Title: "改学时？", Subtitle: c.Office.Name + " · 规程5.2.2", Text: text,
		Buttons: []Button{{"改为" + s.spanOf(e.Minutes), line, Primary}}}}
}

// AskWhat asks a coach what was practised, in one tap (5.2.2).
func (s SOP) AskWhat(c Case, who Person, day Date, minutes int) Body {
	text := fmt.Sprintf("%s %s，带了什么？", c.Staff.Name(who.ID), s.spanOf(minutes))
	line := fmt.Sprintf("带教 %s %s %s", c.Called(who), day, s.spanOf(minutes))
	card := &Card{Title: text, Subtitle: c.Office.Name + " · " + day.Chinese()}
	for _, topic := range s.Policy.Orientation.PracticeTopics {
		card.Buttons = append(card.Buttons, Button{topic, line + " " + topic, Plain})
	}
	card.Buttons = append(card.Buttons, Button{"其他", line + " 其他", Plain})
	return Body{Text: text + fmt.Sprintf("\n发「%s 内容」。", line), Card: card}
}

// MakeUp plans a class for what a new hire is short of in a part of the theory (5.2.1): late is said so.
func (s SOP) MakeUp(c Case, f OrientationFile, who Person, b Block, start time.Time, minutes int, fresh func() (SessionID, int64)) (Change, error) {
	if err := s.may(c, Supervisor, "5.2.1", "给新员工排课"); err != nil {
		return Change{}, err
	}
	day := s.Calendar.Date(start)
	switch {
	case !start.After(c.Now):
		return Change{}, Refuse(Invalid, "5.2.1", s.Moment(start)+"已经过去，请给一个以后的时间；已经讲过的发「带教 "+c.Called(who)+" "+b.Chinese()+" 1小时 说明」登记。")
	case minutes <= 0:
		return Change{}, Refuse(Conflict, "5.2.1", fmt.Sprintf("%s的%s不缺学时，不用补课。", c.Staff.Name(who.ID), b.Chinese()))
	case !day.After(f.Since):
		return Change{}, Refuse(Invalid, "5.2.1", "到岗当天不计，请排在以后的日子。")
	}
	source, note := "岗前培训4.1", ""
	if due := s.TheoryDue(f.Since); day.After(due) {
		source = "岗前补课（迟补）4.1"
		note = fmt.Sprintf("规程要求%s前讲完，记为迟补。", due.Chinese())
	}
	x := s.class(c, who, b, start, start.Add(time.Duration(minutes)*time.Minute), source, fresh)
	text := fmt.Sprintf("%s %s %s %s–%s，讲师%s。%s", x.Code(), c.Staff.Name(who.ID), b.Chinese()+"补课", s.Moment(x.Start), s.Hour(x.End), c.lecturer(x.Lecturer), note)
	key := "orientation:" + string(f.ID) + ":make_up:" + string(x.ID)
	return Change{
		Sessions: []Session{x},
		Closed:   append(f.ends(OrientationTheoryDue), f.ends(OrientationHoursDue)...),
		Audit:    []Audit{c.audit("orientation.make_up", who.No, "5.2.1", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "make_up", Clause: "5.2.1", At: c.Now, Deadline: day, To: []PersonID{who.ID},
			Body: Say(fmt.Sprintf("给您补课：%s–%s %s，%s，讲师%s。", s.Moment(x.Start), s.Hour(x.End), x.Title(), x.Room, c.lecturer(x.Lecturer))),
			Why:  "规程4.1：岗前培训每部分都有最少学时，不够的要补。"}},
		Reply: Answer{Body: Say("已排：" + text + s.restNote(day))},
	}, nil
}
