package domain

import (
	"slices"
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
			{name: "overdue", when: overdueWords, at: theoryUnplanned(overdue), roles: supervisor, say: sayTheoryDay},
			directorStage(theoryUnplanned(overdue)),
		}},
		{OrientationHoursDue, "5.2.2", "岗前实习学时", practiceFiles, []stage{
			{name: "coach", when: inWords("实习前最后一个工作日 %s（还没派教练时）", morningClock), at: onCoachMissing, roles: supervisor, say: sayCoachMissing},
			{name: "log", when: inWords("每个实习日 %s（当天还没登记时）", log), at: onPractice, roles: []Role{Coach}, voice: coachVoice, say: sayLog},
			{name: "hours", when: inWords("最后一个实习日 %s（学时不够时）", log), at: onLastPractice, roles: supervisor, say: sayHours},
			{name: "overdue", when: overdueWords, at: practiceMissing(overdue), roles: supervisor, say: sayHours},
			directorStage(practiceMissing(overdue)),
		}},
		{TheoryTestDue, "5.4.1", "新员工理论考核", testFiles, []stage{
			{name: "ahead", when: aheadWords("考核日", theoryAhead), at: ahead(theoryAhead), roles: []Role{Trainee, Coach, Supervisor}, say: sayTest},
			{name: "day", when: inWords("到岗后第%s个工作日 %s", func(p Policy) any { return p.Assessment.TheoryTestWorkingDay }, morningClock), at: onMorning, roles: []Role{Trainee, Coach, Supervisor}, say: sayTest},
			{name: "moved", when: inWords("放假通知导入后、日期有变时的 %s", morningClock), at: onMoved, roles: []Role{Trainee, Coach, Supervisor}, say: sayMoved},
			{name: "overdue", when: overdueWords, at: overdue, roles: []Role{Trainee, Coach, Supervisor}, say: sayTest},
			directorStage(overdue),
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
