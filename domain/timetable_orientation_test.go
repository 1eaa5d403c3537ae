package domain_test

import (
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

// What is said of a new hire's file, as an office supervisor could read and correct it.
func TestFileTimetable(t *testing.T) {
	kinds := []MatterKind{OrientationTheoryDue, OrientationHoursDue, TheoryTestDue}
	class := func(id string, topic, from, to string, state SessionState) Session {
		x := Session{ID: SessionID(id), Office: cuihu, TopicIDs: []string{topic}, State: state, Start: instant(t, from), End: instant(t, to), Invited: []PersonID{"p7"}}
		if state == Closed {
			x.ClosedAt, x.RecordedAt, x.Roster = x.End, x.End, []PersonID{"p7"}
		}
		return x
	}
	planned := func(f *Facts) {
		f.Files = []OrientationFile{{ID: "f", Office: cuihu, Person: "p7", Since: Date{2026, time.February, 6}, Subject: "p7", State: OnTrial, Coach: "p6", Told: Date{2026, time.February, 27}}}
		f.FileSessions = []Session{class("s1", "company", "2026-02-09 09:00", "2026-02-09 17:00", Planned), class("s2", "safety_awareness", "2026-02-10 09:00", "2026-02-10 17:00", Planned)}
	}
	held := func(f *Facts) {
		planned(f)
		f.FileSessions[0].State, f.FileSessions[1].State = Closed, Closed
		for i := range f.FileSessions {
			x := &f.FileSessions[i]
			x.ClosedAt, x.RecordedAt = x.End, x.End
			f.FilePresent = append(f.FilePresent, Attendance{Session: x.ID, Person: "p7"})
		}
	}
	log := func(f *Facts, days ...int) {
		for _, d := range days {
			f.FileHours = append(f.FileHours, HoursEntry{ID: EntryID(rune('a' + d)), Person: "p7", Since: Date{2026, time.February, 6}, Block: PracticeBlock, Day: Date{2026, time.February, d}, Minutes: 480, What: "前台接待", By: "p6"})
		}
	}
	for _, row := range []struct {
		name  string
		facts func(f *Facts)
		to    string
		want  string
	}{
		{"everything is planned and held: the coach is asked each evening", func(f *Facts) { held(f) }, "2026-02-14 08:00", `
02-09 08:40 D5 welcome 学员
02-11 18:00 HRS log 教练
02-12 18:00 HRS log 教练
02-13 18:00 HRS hours 主管
02-13 18:00 HRS log 教练
`},
		{"a day that is entered is not asked for", func(f *Facts) { held(f); log(f, 11, 13) }, "2026-02-14 08:00", `
02-09 08:40 D5 welcome 学员
02-12 18:00 HRS log 教练
02-13 18:00 HRS hours 主管
`},
		{"all hours are there: silence until the test", func(f *Facts) { held(f); log(f, 11, 12, 13) }, "2026-02-24 10:00", `
02-09 08:40 D5 welcome 学员
02-24 09:00 D6 ahead 学员/教练/主管
`},
		{"no coach yet", func(f *Facts) { held(f); f.Files[0].Coach = "" }, "2026-02-11 23:00", `
02-09 08:40 D5 welcome 学员
02-10 09:00 HRS coach 主管
`},
		{"the second part ended an hour early", func(f *Facts) {
			held(f)
			log(f, 11, 12, 13)
			f.FileSessions[1].ClosedAt = f.FileSessions[1].End.Add(-time.Hour)
		}, "2026-02-13 23:00", `
02-09 08:40 D5 welcome 学员
02-10 18:00 D5 short 主管
02-11 09:00 D5 overdue 主管
02-12 09:00 D5 overdue 主管
02-12 09:00 D5 overdue 主任
02-13 09:00 D5 overdue 主管
02-13 09:00 D5 overdue 主任
02-13 18:00 HRS hours 主管
`},
		{"and the hour is planned again", func(f *Facts) {
			held(f)
			log(f, 11, 12, 13)
			f.FileSessions[1].ClosedAt = f.FileSessions[1].End.Add(-time.Hour)
			f.FileSessions = append(f.FileSessions, class("s3", "safety_awareness", "2026-02-14 10:00", "2026-02-14 11:00", Planned))
		}, "2026-02-13 23:00", `
02-09 08:40 D5 welcome 学员
`},
		{"failed: the next sitting has a day of its own", func(f *Facts) {
			held(f)
			log(f, 11, 12, 13)
			f.Files[0].Test = Date{2026, time.March, 4}
			f.Files[0].Sittings = []TestSitting{{Day: Date{2026, time.February, 27}, Score: 72}}
		}, "2026-03-05 10:00", `
02-09 08:40 D5 welcome 学员
02-28 09:00 D6 ahead 学员/教练/主管
03-03 09:00 D6 ahead 学员/教练/主管
03-04 09:00 D6 day 学员/教练/主管
03-05 09:00 D6 overdue 学员/教练/主管
`},
		{"passed: silence", func(f *Facts) { planned(f); f.Files[0].State = OnPost }, "2026-03-05 10:00", ``},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts()
			row.facts(&f)
			got := lines(office2026(t).Timetable(f, window(t, "2026-02-06 00:00", row.to)), kinds...)
			if want := strings.TrimPrefix(row.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A notice that comes out late moves the test: only those whose day changed are told (mission E3).
func TestNoticeMovesTheTest(t *testing.T) {
	s := office2026(t)
	f := facts()
	hire := func(id string, since Date) {
		f.Staff = append(f.Staff, member(id, "新人"+id, since, Trainee))
		x := OrientationFile{ID: OrientationID(id), Office: cuihu, Person: PersonID(id), Since: since, Subject: id, State: OnTrial}
		x.Told = s.TestDay(x)
		f.Files = append(f.Files, x)
	}
	hire("p8", Date{2026, time.December, 25}) // the tenth day lies after New Year
	hire("p9", Date{2026, time.December, 4})  // this one's before it
	var err error
	if s.Calendar, err = s.Calendar.With(Year{Year: 2027, Days: []Day{
		{Date: Date{2027, time.January, 1}, Kind: HolidayDay, Name: "元旦"}, {Date: Date{2027, time.May, 1}, Kind: HolidayDay, Name: "劳动节"}, {Date: Date{2027, time.October, 1}, Kind: HolidayDay, Name: "国庆节"}}}); err != nil {
		t.Fatal(err)
	}
	f.NoticeLoaded = instant(t, "2026-12-26 15:00")
	told := 0
	for _, n := range s.Due(f, window(t, "2026-12-26 12:00", "2026-12-28 12:00")) {
		if n.Kind != TheoryTestDue || n.Stage != "moved" {
			continue
		}
		told++
		if !n.At.Equal(instant(t, "2026-12-27 09:00")) || n.To[0] != "p8" || !strings.Contains(n.Body.Text, "从1月8日(周五)（暂定）改到1月11日(周一) 14:00") {
			t.Errorf("%s %v %s", n.At, n.To, n.Body.Text)
		}
	}
	if told != 1 {
		t.Errorf("%d were told", told)
	}
}
