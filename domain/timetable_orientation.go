package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// hireVoice and coachVoice are the threads of what a new hire and a coach are told beside the supervisor.
const (
	hireVoice  = ":hire"
	coachVoice = ":coach"
)

// orientationRows are D5, the hours of practice and D6: what follows an arrival (4.1, 5.2, 5.4.1).
func orientationRows() []row {
	supervisor := []Role{Supervisor}
	log := func(p Policy) any { return p.Orientation.LogAt }
	return []row{
		{OrientationTheoryDue, "5.2.1", "岗前培训理论部分", theoryFiles, []stage{
			{name: "arrival", when: inWords("到岗当天 %s（还没排理论课时）", morningClock), at: theoryUntouched(onArrival), roles: supervisor, say: sayTheoryArrival},
			{name: "welcome", when: inWords("到岗后第1个工作日 %s", func(p Policy) any { return p.Orientation.WelcomeAt }), at: onWelcome, roles: []Role{Trainee}, voice: hireVoice, say: sayWelcome},
			{name: "day", when: inWords("到岗后第%s个工作日 %s（还有没排的部分时）", func(p Policy) any { return p.Orientation.TheoryWithinWorkingDays }, morningClock), at: theoryUntouched(onMorning), roles: supervisor, say: sayTheoryDay},
			{name: "short", when: inWords("到岗后第%s个工作日 %s（学时不够、也没排补课时）", func(p Policy) any { return p.Orientation.TheoryWithinWorkingDays }, log), at: theoryUnplanned(onEvening), roles: supervisor, say: sayTheoryDay},
			{name: "overdue", when: overdueWords, at: theoryUnplanned(overdue), roles: supervisor, later: []Role{Director}, say: sayTheoryDay},
		}},
		{OrientationHoursDue, "5.2.2", "岗前实习学时", practiceFiles, []stage{
			{name: "coach", when: inWords("实习前最后一个工作日 %s（还没派教练时）", morningClock), at: onCoachMissing, roles: supervisor, say: sayCoachMissing},
			{name: "log", when: inWords("每个实习日 %s（当天还没登记时）", log), at: onPractice, roles: []Role{Coach}, voice: coachVoice, say: sayLog},
			{name: "hours", when: inWords("最后一个实习日 %s（学时不够时）", log), at: onLastPractice, roles: supervisor, say: sayHours},
			{name: "overdue", when: overdueWords, at: practiceMissing(overdue), roles: supervisor, later: []Role{Director}, say: sayHours},
		}},
		{TheoryTestDue, "5.4.1", "新员工理论考核", testFiles, []stage{
			{name: "ahead", when: aheadWords("考核日", theoryAhead), at: ahead(theoryAhead), roles: []Role{Trainee, Coach, Supervisor}, say: sayTest},
			{name: "day", when: inWords("到岗后第%s个工作日 %s", func(p Policy) any { return p.Assessment.TheoryTestWorkingDay }, morningClock), at: onMorning, roles: []Role{Trainee, Coach, Supervisor}, say: sayTest},
			{name: "moved", when: inWords("放假通知导入后、日期有变时的 %s", morningClock), at: onMoved, roles: []Role{Trainee, Coach, Supervisor}, say: sayMoved},
			{name: "overdue", when: overdueWords, at: overdue, roles: []Role{Trainee, Coach, Supervisor}, later: []Role{Director}, say: sayTest},
		}},
	}
}

// OrientationFacts is what the timetable needs to know of new hires.
type OrientationFacts struct {
	Files        []OrientationFile // kept ones
	FileSessions []Session         // what counts towards them
	FilePresent  []Attendance
	FileHours    []HoursEntry
	NoticeLoaded time.Time // when the newest holiday notice was loaded; zero: unknown
}

// fileFact is a file and how far it has come.
type fileFact struct {
	OrientationFile
	Progress
	who    Person
	loaded time.Time // when the newest holiday notice was loaded
}

// orientations gives the open files of the office that may speak in the window.
func (r *run) orientations() []*fileFact {
	if r.filed {
		return r.files
	}
	r.filed = true
	near := r.f.Staff.Since(r.f.Office.ID, r.from.AddDays(-3*r.Policy.Assessment.TheoryTestWorkingDay))
	kept := r.f.Files
	if r.f.RulesOnly {
		kept = nil
	}
	if len(near) == 0 && len(kept) == 0 {
		return nil
	}
	for _, f := range Files(near, r.f.Office.ID, kept, nil) {
		who, ok := r.f.Staff.Person(f.Person)
		if !ok || f.State != OnTrial {
			continue
		}
		x := &fileFact{OrientationFile: f, who: who, loaded: r.f.NoticeLoaded}
		if r.f.RulesOnly {
			x.Progress = Progress{Briefed: true}
		} else {
			x.Progress = r.Progress(f, who, r.f.FileSessions, r.f.FilePresent, r.f.FileHours)
		}
		r.files = append(r.files, x)
	}
	return r.files
}

// fileMatters gives one matter of each open file.
func (r *run) fileMatters(kind MatterKind, due func(OrientationFile) Date) []matter {
	var out []matter
	for _, f := range r.orientations() {
		d := due(f.OrientationFile)
		if d.IsZero() || r.old(d) {
			continue
		}
		a := Arrival{Person: f.Person, Name: f.who.Name, Since: f.Since, Until: stayUntil(f.who, r.f.Office.ID, f.Since), Subject: f.Subject}
		out = append(out, matter{
			Matter: Matter{r.f.Office.ID, kind, f.Subject}, deadline: d, target: d, looked: f.Since, arrival: &a, file: f,
			from: r.Calendar.At(f.Since, Clock{}), until: a.Until, provisional: r.Calendar.Provisional(f.Since.AddDays(1), d),
		})
	}
	return out
}

// stayUntil gives the last day of the stays in an office that began on or after a day, zero while one lasts.
func stayUntil(p Person, o OfficeID, since Date) Date {
	var last Date
	for _, m := range p.Memberships {
		if m.Office != o || !m.Until.IsZero() && m.Until.Before(since) {
			continue
		}
		if m.Until.IsZero() {
			return Date{}
		}
		if m.Until.After(last) {
			last = m.Until
		}
	}
	return last
}

func theoryFiles(r *run) []matter {
	return r.fileMatters(OrientationTheoryDue, func(f OrientationFile) Date { return r.TheoryDue(f.Since) })
}

func practiceFiles(r *run) []matter {
	return r.fileMatters(OrientationHoursDue, func(f OrientationFile) Date {
		days := r.BlockDays(f.Since)[PracticeBlock]
		if len(days) == 0 {
			return Date{}
		}
		return days[len(days)-1]
	})
}

func testFiles(r *run) []matter { return r.fileMatters(TheoryTestDue, r.TestDay) }

// theoryUnplanned is other moments, while less theory was held and is planned than must be.
func theoryUnplanned(at func(SOP, matter) []moment) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		if s.Unplanned(m.file.Progress, CompanyBlock)+s.Unplanned(m.file.Progress, ServiceBlock) == 0 {
			return nil
		}
		return at(s, m)
	}
}

// theoryUntouched is other moments, while there is a part nothing of which was held or is planned.
func theoryUntouched(at func(SOP, matter) []moment) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		for _, b := range Blocks() {
			if b.Theory() && s.need(b) > 0 && s.Unplanned(m.file.Progress, b) == s.need(b) {
				return at(s, m)
			}
		}
		return nil
	}
}

// onEvening is LogAt on the day of the deadline.
func onEvening(s SOP, m matter) []moment {
	return []moment{{s.Calendar.At(m.deadline, s.Policy.Orientation.LogAt), 0}}
}

func practiceMissing(at func(SOP, matter) []moment) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		if s.missing(m.file.Progress, PracticeBlock) == 0 {
			return nil
		}
		return at(s, m)
	}
}

// onWelcome is WelcomeAt on the first working day after the arrival.
func onWelcome(s SOP, m matter) []moment {
	return []moment{{s.Calendar.At(s.Calendar.Next(m.file.Since), s.Policy.Orientation.WelcomeAt), 0}}
}

// onCoachMissing is the morning of the last working day before the practice, when a day of it has no coach.
func onCoachMissing(s SOP, m matter) []moment {
	days := s.BlockDays(m.file.Since)[PracticeBlock]
	if s.missing(m.file.Progress, PracticeBlock) == 0 || !slices.ContainsFunc(days, func(d Date) bool { return m.file.coachOn(d) == "" }) {
		return nil
	}
	return []moment{s.morning(s.Calendar.Previous(days[0]), 0)}
}

// onPractice is LogAt on every day of the practice that is not entered yet and has a coach.
func onPractice(s SOP, m matter) []moment {
	var out []moment
	for _, d := range s.BlockDays(m.file.Since)[PracticeBlock] {
		if m.file.coachOn(d) != "" && !slices.Contains(m.file.Logged, d) && s.missing(m.file.Progress, PracticeBlock) > 0 {
			out = append(out, moment{s.Calendar.At(d, s.Policy.Orientation.LogAt), 0})
		}
	}
	return out
}

// onLastPractice is LogAt on the last day of the practice, when a part is short and nothing is planned for it.
func onLastPractice(s SOP, m matter) []moment {
	for _, b := range Blocks() {
		if s.Unplanned(m.file.Progress, b) > 0 {
			return []moment{{s.Calendar.At(m.deadline, s.Policy.Orientation.LogAt), 0}}
		}
	}
	return nil
}

// onMoved is the morning after a holiday notice moved the test from the day people were told.
func onMoved(s SOP, m matter) []moment {
	f := m.file
	if f.loaded.IsZero() || f.Told.IsZero() || f.Told == m.deadline || !f.Test.IsZero() {
		return nil
	}
	at := s.Calendar.At(s.Calendar.Date(f.loaded), s.Policy.Reminders.Morning)
	if !at.After(f.loaded) {
		at = s.Calendar.At(s.Calendar.Date(f.loaded).AddDays(1), s.Policy.Reminders.Morning)
	}
	return []moment{{at, 0}}
}

// people gives whom a stage of a file tells by name at a moment.
func (x *fileFact) people(s SOP, st stage, m moment) []PersonID {
	switch {
	case st.voice == coachVoice:
		return []PersonID{x.coachOn(s.Calendar.Date(m.at))}
	case slices.Contains(st.roles, Coach):
		return append([]PersonID{x.Person}, s.coaches(x.OrientationFile)...)
	case slices.Contains(st.roles, Trainee):
		return []PersonID{x.Person}
	}
	return nil
}

// sayTheoryArrival tells the supervisor of a new hire's first days: D5.
func sayTheoryArrival(t *teller, r Reminder) Body {
	m, name := r.matter, t.name(r.matter.arrival.Person)
	test := t.TestDay(m.file.OrientationFile)
	last := t.Calendar.AddWorkingDays(m.file.Since, t.Policy.Orientation.Days)
	came := "今天到岗"
	if t.Calendar.Date(r.At) != m.file.Since {
		came = "于" + m.file.Since.Chinese() + "到岗"
	}
	text := fmt.Sprintf("%s%s，请安排岗前培训（4.1）：\n理论部分：到岗后%d个工作日内，截止%s。\n岗位实习：至%s，共%d个工作日、%d课时。\n理论考核：第%d个工作日，%s。",
		name, came, t.Policy.Orientation.TheoryWithinWorkingDays, t.due(r), last.Chinese(), t.Policy.Orientation.Days, t.Policy.Orientation.ClassHours,
		t.Policy.Assessment.TheoryTestWorkingDay, test.Chinese())
	if m.file.ID != "" {
		return Say(text + fmt.Sprintf("\n补上取消的课发「补课 %s 理论1 日期 时间」。", name))
	}
	line := "入职 " + name
	return Body{Text: text + fmt.Sprintf("\n发「%s」一次排好理论课和考核。", line), Card: &Card{Title: name + came + "，请安排岗前培训", Subtitle: t.f.Office.Name + " · 规程4.1",
		Text: text, Buttons: []Button{{"一次排好", line, Primary}, {"为什么", "为什么", Plain}}}}
}

// sayWelcome tells a new hire of the first days: D5.
func sayWelcome(t *teller, r Reminder) Body {
	f := r.matter.file
	today := t.Calendar.Date(r.At)
	var lines []string
	days := map[Date]bool{}
	for _, x := range t.f.FileSessions {
		if d := t.Calendar.Date(x.Start); x.State == Planned && !d.Before(today) && t.blockOf(x) != "" && t.expects(x, f.who) {
			word := d.Chinese()
			if d == today {
				word = "今天"
			}
			if days[d] {
				word = ""
			}
			days[d] = true
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s–%s", word, t.Hour(x.Start), t.Hour(x.End)))+" "+x.Title()+" "+x.Room)
		}
	}
	text := fmt.Sprintf("欢迎您，%s！接下来的安排：\n", f.who.Name)
	if len(lines) == 0 {
		lines = []string{"理论课的时间由主管通知您。"}
	}
	text += strings.Join(lines, "\n")
	if days := t.BlockDays(f.Since)[PracticeBlock]; len(days) > 0 {
		coach := "教练还没定"
		if ids := t.coaches(f.OrientationFile); len(ids) > 0 {
			coach = "教练" + Case{Staff: t.f.Staff}.Names(ids)
		}
		text += fmt.Sprintf("\n%s至%s 岗位实习，%s。", days[0].Chinese(), days[len(days)-1].Chinese(), coach)
	}
	return Say(text + fmt.Sprintf("\n%s %s 理论考核，合格后正式上岗；之前跟着教练，不单独上岗。\n上课时发「签到 口令」，发「岗前」看进度，发「帮助」看能说什么。",
		t.TestDay(f.OrientationFile).Chinese(), t.Policy.Orientation.TestAt))
}

// short lists what a file is short of: 理论2缺1小时.
func (t *teller) short(f *fileFact, blocks ...Block) string {
	var out []string
	for _, b := range blocks {
		if n := t.Unplanned(f.Progress, b); n > 0 {
			out = append(out, fmt.Sprintf("%s缺%s", b.Chinese(), t.spanOf(n)))
		}
	}
	return strings.Join(out, "、")
}

// makeUps are buttons for the next two working days on which missing theory can be given.
func (t *teller) makeUps(r Reminder) (lines string, out []Button) {
	f, name := r.matter.file, t.name(r.matter.file.Person)
	for _, b := range Blocks() {
		if !b.Theory() || t.Unplanned(f.Progress, b) == 0 || len(out) > 0 {
			continue
		}
		day := t.Calendar.Date(r.At)
		for i := range 2 {
			day = t.Calendar.Next(day)
			line := fmt.Sprintf("补课 %s %s %s %s", name, b.Chinese(), day, t.Policy.Orientation.MakeUpAt)
			out = append(out, Button{[]string{"排", "放到"}[i] + day.short(), line, []Style{Primary, Plain}[i]})
		}
		lines = fmt.Sprintf("补课发「%s」，或另写日期、时间。", out[0].Line)
	}
	return lines, out
}

// sayTheoryDay tells the supervisor that theory is short: D5.
func sayTheoryDay(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	text := fmt.Sprintf("%s（%s到岗）的岗前理论还没有排够：%s。\n截止：%s。", name, f.Since.Chinese(), t.short(f, CompanyBlock, ServiceBlock), t.due(r))
	if r.Stage == "overdue" {
		text += "补课会记为迟补。"
	}
	if f.ID == "" {
		return Body{Text: text + fmt.Sprintf("\n发「入职 %s」一次排好；已经讲过的发「带教 %s 理论1 8小时 说明」登记。", name, name),
			Card: &Card{Title: name + " 岗前理论没有排够", Subtitle: t.f.Office.Name + " · 规程5.2.1", Text: text, Buttons: []Button{{"一次排好", "入职 " + name, Primary}, {"为什么", "为什么", Plain}}}}
	}
	lines, buttons := t.makeUps(r)
	return Body{Text: text + "\n" + lines, Card: &Card{Title: name + " 岗前理论没有排够", Subtitle: t.f.Office.Name + " · 规程5.2.1", Text: text, Buttons: buttons}}
}

// sayCoachMissing asks the supervisor for a coach: HRS.
func sayCoachMissing(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	var days []string
	for _, d := range t.BlockDays(f.Since)[PracticeBlock] {
		if f.coachOn(d) == "" {
			days = append(days, d.Chinese())
		}
	}
	text := fmt.Sprintf("%s 的岗位实习还没有教练：%s。", name, strings.Join(days, "、"))
	return Body{Text: text + fmt.Sprintf("\n发「派教练 姓名 %s」。", name), Card: &Card{Title: name + " 还没有教练", Subtitle: t.f.Office.Name + " · 规程5.2.2", Text: text,
		Buttons: []Button{{"派教练", "派教练 " + name, Primary}}}}
}

// sayLog asks the coach in the evening what was practised, and for how long: HRS (two taps).
func sayLog(t *teller, r Reminder) Body {
	name, day := t.name(r.matter.file.Person), t.Calendar.Date(r.At)
	span := t.spanOf(t.dayMinutes())
	text := fmt.Sprintf("今天带%s %s？", name, span)
	line := fmt.Sprintf("带教 %s %s", name, day)
	return Body{Text: text + fmt.Sprintf("\n发「带教 %s %s 内容」登记。", name, span), Card: &Card{Title: text, Subtitle: t.f.Office.Name + " · 规程5.2.2",
		Buttons: []Button{{span, line + " " + span, Primary}, {"改", line, Plain}}}}
}

// sayHours sums a file up for the supervisor when the practice ends: HRS.
func sayHours(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	var parts []string
	for _, b := range Blocks() {
		if t.need(b) > 0 {
			parts = append(parts, t.standing(f.Progress, b))
		}
	}
	text := fmt.Sprintf("%s 岗前学时：%s。", name, strings.Join(parts, "，"))
	if r.Stage == "overdue" { // the theory has its own word
		text = fmt.Sprintf("%s 的%s，实习期%s已过。实习由教练发「带教 %s %s 内容」登记；没带够的请接着带。", name, t.standing(f.Progress, PracticeBlock), r.matter.deadline.Chinese(), name, t.spanOf(t.dayMinutes()))
		return Say(text)
	}
	lines, buttons := t.makeUps(r)
	if len(buttons) > 0 {
		due := t.TheoryDue(f.Since)
		text += fmt.Sprintf("\n%s，且已过“到岗后%d个工作日”（%s），补课会记为迟补。", t.short(f, CompanyBlock, ServiceBlock), t.Policy.Orientation.TheoryWithinWorkingDays, due.Chinese())
	}
	if t.missing(f.Progress, PracticeBlock) > 0 {
		lines += fmt.Sprintf("实习由教练发「带教 %s %s 内容」登记。", name, t.spanOf(t.dayMinutes()))
	}
	return Body{Text: text + "\n" + lines, Card: &Card{Title: name + " 岗前学时不够", Subtitle: t.f.Office.Name + " · 规程4.1", Text: text, Buttons: buttons}}
}

// sayTest tells hire, coach and supervisor of the theory test: D6.
func sayTest(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	what := fmt.Sprintf("到岗后第%d个工作日", t.Policy.Assessment.TheoryTestWorkingDay)
	if n := len(f.Sittings); n > 0 {
		what = fmt.Sprintf("第%d次，复考", n+1)
	} else if len(f.Moves) > 0 {
		what = "改期"
	}
	today, when := t.Calendar.Date(r.At), r.matter.deadline.Chinese()+" "+t.Policy.Orientation.TestAt.String()
	if today == r.matter.deadline {
		when = "就是今天 " + t.Policy.Orientation.TestAt.String()
	}
	if r.matter.provisional {
		when += "（暂定，放假通知尚未公布）"
	}
	if today != r.matter.deadline {
		when += "，" + t.left(today, r.matter.deadline)
	}
	text := fmt.Sprintf("%s的岗前理论考核（%s）：%s。", name, what, when)
	if r.Stage == "overdue" {
		text = fmt.Sprintf("%s的岗前理论考核（%s）：%s。", name, what, t.due(r))
		return Say(text + fmt.Sprintf("\n还没有登记成绩；合格后才能正式上岗。主管考完发「成绩 %s 分数」，要改日子发「改考 %s 日期 理由」。", name, name))
	}
	text += "\n合格后正式上岗，不合格重新培训后再考。"
	if !f.Briefed {
		text += "\n上岗前还要有消防培训的记录（公安部令第61号第36条），现在还没有。"
	}
	return Say(text)
}

// sayMoved tells those whose test a new holiday notice has moved: D6 (mission E3).
func sayMoved(t *teller, r Reminder) Body {
	f := r.matter.file
	return Say(fmt.Sprintf("放假通知已导入，%s的岗前理论考核从%s（暂定）改到%s %s。", t.name(f.Person), f.Told.Chinese(), r.matter.deadline.Chinese(), t.Policy.Orientation.TestAt))
}
