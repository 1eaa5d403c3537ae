package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// OpenFile opens the file of an arrival (4.1, 5.2, 5.4.1): it puts the theory on the first working
// days, together with whoever else came that week, and shows every date on one card. who stands in
// c.Staff already; have are the office's sessions to which people are invited by name.
func (s SOP) OpenFile(c Case, f OrientationFile, who Person, have []Session, fresh func() (SessionID, int64)) (Change, error) {
	if err := s.may(c, Supervisor, "5.2.1", "登记新员工"); err != nil {
		return Change{}, err
	}
	f.Told = s.TestDay(f)
	changed, all := s.placeTheory(c, f, who, have, fresh)
	body := s.FileCard(c, f, who, all, s.Progress(f, who, all, nil, nil))
	key := "orientation:" + string(f.ID) + ":opened"
	return Change{
		Files: []OrientationFile{f}, Sessions: changed,
		Audit: []Audit{c.audit("orientation.open", who.No, "4.1", fmt.Sprintf("%s %s到岗，理论考核%s", who.Name, f.Since.Chinese(), f.Told.Chinese()))},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "opened", Clause: "4.1", At: c.Now, Deadline: f.Told, To: []PersonID{c.By.ID},
			Body: body, Why: s.FileWhy(f, who)}},
	}, nil
}

// FileWhy is the arithmetic of a file, for 为什么.
func (s SOP) FileWhy(f OrientationFile, who Person) string {
	x, test := s.Policy, s.Calendar.AddWorkingDays(f.Since, s.Policy.Assessment.TheoryTestWorkingDay)
	out := fmt.Sprintf("规程4.1、5.2.1、5.4.1：%s%s到岗。理论部分在到岗后%d个工作日内（%s前），实习在其后，共%d个工作日、%d课时；理论考核在第%d个工作日：%s。\n%s",
		who.Name, f.Since.Chinese(), x.Orientation.TheoryWithinWorkingDays, s.TheoryDue(f.Since).Chinese(), x.Orientation.Days, x.Orientation.ClassHours,
		x.Assessment.TheoryTestWorkingDay, test.Chinese(), s.Arithmetic(f.Since, test))
	counted := s.Calendar.AddWorkingDays(f.Since.AddDays(-1), x.Assessment.TheoryTestWorkingDay)
	out += fmt.Sprintf("\n（到岗当天算第1天的话是%s；本处按不算，国家工作日，规程待确认项8。）", counted.Chinese())
	for _, m := range f.Moves {
		out += fmt.Sprintf("\n考核从%s改到%s：%s。", m.From.Chinese(), m.To.Chinese(), m.Reason)
	}
	return out
}

// placeTheory finds the classes of a new hire: those of others who came that week while there is time
// for them, else classes of their own. It gives the sessions that changed, and all of them.
func (s SOP) placeTheory(c Case, f OrientationFile, who Person, have []Session, fresh func() (SessionID, int64)) (changed, all []Session) {
	due := s.TheoryDue(f.Since)
	all = slices.Clone(have)
	used := map[Date]bool{}
	var own []Block
	for _, b := range Blocks() {
		if !b.Theory() || s.need(b) == 0 {
			continue
		}
		var classes []int
		minutes := 0
		for i, x := range all {
			day := s.Calendar.Date(x.Start)
			if x.State == Planned && x.Invited != nil && s.blockOf(x) == b && x.Start.After(c.Now) && day.After(f.Since) && !day.After(due) && !used[day] {
				classes, minutes = append(classes, i), minutes+int(x.End.Sub(x.Start)/time.Minute)
			}
		}
		if minutes < s.need(b) {
			own = append(own, b)
			continue
		}
		for _, i := range classes {
			used[s.Calendar.Date(all[i].Start)] = true
			if !slices.Contains(all[i].Invited, who.ID) {
				all[i].Invited = append(slices.Clone(all[i].Invited), who.ID)
				changed = append(changed, all[i])
			}
		}
	}
	for _, b := range own {
		day := f.Since
		for left := s.need(b); left > 0; left -= s.dayMinutes() {
			for day = s.Calendar.Next(day); used[day] || !s.Calendar.At(day, s.Policy.Orientation.MorningFrom).After(c.Now); {
				day = s.Calendar.Next(day)
			}
			used[day] = true
			for _, at := range s.classesOn(day, min(left, s.dayMinutes())) {
				x := s.class(c, who, b, at.start, at.end, "岗前培训4.1", fresh)
				changed, all = append(changed, x), append(all, x)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Session) int { return a.Start.Compare(b.Start) })
	return changed, all
}

// lesson is the time of one class.
type lesson struct{ start, end time.Time }

// classesOn cuts a day's theory at noon.
func (s SOP) classesOn(day Date, minutes int) []lesson {
	x := s.Policy.Orientation
	start := s.Calendar.At(day, x.MorningFrom)
	morning := min(minutes, x.MorningUntil.minutes()-x.MorningFrom.minutes())
	out := []lesson{{start, start.Add(time.Duration(morning) * time.Minute)}}
	if rest := minutes - morning; rest > 0 {
		noon := s.Calendar.At(day, x.AfternoonFrom)
		out = append(out, lesson{noon, noon.Add(time.Duration(rest) * time.Minute)})
	}
	return out
}

// class makes a session of a part of the orientation for one person.
func (s SOP) class(c Case, who Person, b Block, start, end time.Time, source string, fresh func() (SessionID, int64)) Session {
	ids := s.Policy.topicsOf(b)
	x := Session{Office: c.Office.ID, Topics: s.TopicNames(ids), TopicIDs: ids, Source: source, Lecturer: s.teacher(c, start),
		Start: start, End: end, Room: s.Policy.Drafting.Room, State: Planned, Invited: []PersonID{who.ID}}
	x.ID, x.No = fresh()
	return c.selfConfirmed(x)
}

// selfConfirmed takes a class that its own lecturer puts on as confirmed (5.3.1): nobody is asked about
// what they have just arranged.
func (c Case) selfConfirmed(x Session) Session {
	if x.Lecturer == c.By.ID {
		x.ConfirmedAt = c.Now
	}
	return x
}

// teacher gives who teaches theory (open point 1): the supervisor who asks, else the office's first.
func (s SOP) teacher(c Case, at time.Time) PersonID {
	day := s.Calendar.Date(at)
	if c.By.Has(c.Office.ID, Supervisor, s.today(c)) {
		return c.By.ID
	}
	if all := c.Staff.With(c.Office.ID, Supervisor, day); len(all) > 0 {
		return all[0].ID
	}
	return c.By.ID
}

// Called gives how a line names a person: by name, or by number where there are namesakes.
func (c Case) Called(p Person) string {
	if c.Staff.Name(p.ID) != p.Name {
		return p.No
	}
	return p.Name
}

// span writes minutes as people speak of them: 8小时, or 8课时 where a class hour is no hour.
func (s SOP) spanOf(minutes int) string {
	unit := "课时"
	if s.Policy.Teaching.ClassHour == time.Hour {
		unit = "小时"
	}
	return s.hours(minutes) + unit
}

// FileCard shows a file: every date, who teaches, who coaches, and how the days are counted.
func (s SOP) FileCard(c Case, f OrientationFile, who Person, xs []Session, p Progress) Body {
	facts := []Fact{{"到岗", f.Since.Chinese()}}
	for _, b := range Blocks() {
		if s.need(b) > 0 {
			facts = append(facts, Fact{b.Chinese(), s.blockLine(c, f, who, b, xs, p)})
		}
	}
	test := s.TestDay(f)
	facts = append(facts, Fact{"考核", fmt.Sprintf("%s %s", test.Chinese(), s.Policy.Orientation.TestAt)})
	title := s.nameOf(c, who) + " 岗前培训"
	lines := []string{"【" + title + "】规程4.1、5.2、5.4.1"}
	for _, x := range facts {
		lines = append(lines, x.Label+"："+x.Value)
	}
	text := s.trialWord(f) + s.Arithmetic(f.Since, s.Calendar.AddWorkingDays(f.Since, s.Policy.Assessment.TheoryTestWorkingDay))
	name := c.Called(who)
	buttons := []Button{{"改日期", "岗前 " + name + " 改日期", Plain}, {fmt.Sprintf("为什么是%d日", test.Day), "岗前 " + name + " 算法", Plain}}
	if f.Coach == "" {
		buttons = append([]Button{{"派教练", "派教练 " + name, Primary}}, buttons...)
	}
	if f.State != OnTrial {
		buttons = nil
	}
	return Body{Text: strings.Join(append(lines, "算法："+text), "\n"), Card: &Card{
		Title: title, Subtitle: c.Office.Name + " · 规程4.1、5.2、5.4.1", Facts: facts, Text: text, Buttons: buttons}}
}

// nameOf gives the name to show of somebody who may not be on the list yet.
func (s SOP) nameOf(c Case, who Person) string {
	if _, ok := c.Staff.Person(who.ID); ok {
		return c.Staff.Name(who.ID)
	}
	return who.Name
}

// trialWord says what the person may do meanwhile (open point 2).
func (s SOP) trialWord(f OrientationFile) string {
	switch f.State {
	case OnPost:
		return fmt.Sprintf("已于%s正式上岗。", f.Closed.Chinese())
	case Ended:
		return fmt.Sprintf("档案已于%s结束：%s。", f.Closed.Chinese(), f.Note)
	}
	return ""
}

// blockLine says when a part is, how much of it there is, and with whom.
func (s SOP) blockLine(c Case, f OrientationFile, who Person, b Block, xs []Session, p Progress) string {
	if b == PracticeBlock {
		days := s.BlockDays(f.Since)[b]
		out := days[0].short()
		if last := days[len(days)-1]; last != days[0] {
			out += "至" + last.short()
		}
		coach := "教练待定"
		if ids := s.coaches(f); len(ids) > 0 {
			coach = "教练" + c.Names(ids)
		}
		return fmt.Sprintf("%s %s %s", out, s.done(p, b), coach)
	}
	var days []string
	by := ""
	for _, x := range xs {
		if day := s.Calendar.Date(x.Start).Chinese(); x.State != Cancelled && s.blockOf(x) == b && s.expects(x, who) {
			by = c.lecturer(x.Lecturer)
			if !slices.Contains(days, day) {
				days = append(days, day)
			}
		}
	}
	if len(days) == 0 {
		return s.done(p, b) + " 还没排"
	}
	return fmt.Sprintf("%s %s %s", strings.Join(days, "、"), s.done(p, b), by)
}

// done gives 8小时 of a part nothing of which is held yet, else 5/8小时.
func (s SOP) done(p Progress, b Block) string {
	if p.Held[b] == 0 {
		return s.spanOf(s.need(b))
	}
	return s.hours(p.Held[b]) + "/" + s.spanOf(s.need(b))
}

// short gives 2月11日.
func (d Date) short() string { return fmt.Sprintf("%d月%d日", int(d.Month), d.Day) }

// OrientationLines states how far a file is, for 我的培训, 检查 and 岗前.
func (s SOP) OrientationLines(c Case, f OrientationFile, p Progress) []string {
	name := c.Staff.Name(f.Person)
	switch f.State {
	case OnPost:
		return []string{fmt.Sprintf("%s：%s到岗，%s正式上岗。", name, f.Since.Chinese(), f.Closed.Chinese())}
	case Ended:
		return []string{fmt.Sprintf("%s：%s到岗，档案已结束（%s）。", name, f.Since.Chinese(), f.Note)}
	}
	var parts []string
	for _, b := range Blocks() {
		if s.need(b) > 0 {
			parts = append(parts, s.standing(p, b))
		}
	}
	out := []string{
		fmt.Sprintf("%s：%s到岗，试岗中，考核合格前不单独上岗（跟岗）。", name, f.Since.Chinese()),
		"岗前学时：" + strings.Join(parts, "，") + "。",
	}
	if ids := s.coaches(f); len(ids) > 0 {
		out = append(out, "教练："+c.Names(ids)+"。")
	} else {
		out = append(out, "教练还没有派。")
	}
	test := fmt.Sprintf("理论考核：%s %s。", s.TestDay(f).Chinese(), s.Policy.Orientation.TestAt)
	if n := len(f.Sittings); n > 0 {
		test = fmt.Sprintf("第%d次理论考核没有合格，复考：%s %s。", n, s.TestDay(f).Chinese(), s.Policy.Orientation.TestAt)
	}
	if s.Calendar.Provisional(f.Since.AddDays(1), s.TestDay(f)) {
		test = strings.TrimSuffix(test, "。") + "（暂定，放假通知还没有公布）。"
	}
	out = append(out, test)
	if !p.Briefed {
		out = append(out, "上岗前的消防培训还没有记录（公安部令第61号第36条）。")
	}
	return out
}
