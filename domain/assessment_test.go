package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

// exam is an office with its supervisor, director and n trainees x1 … xn, and its September assessment.
func exam(t *testing.T, n int) (SOP, Case, Assessment) {
	t.Helper()
	s := office2026(t)
	since := Date{2020, time.January, 1}
	staff := Staff{member("p1", "王芳", since, Supervisor), member("p2", "周国平", since, Director)}
	for i := range n {
		staff = append(staff, member(fmt.Sprintf("x%d", i+1), fmt.Sprintf("学员%d", i+1), since, Trainee))
	}
	c := Case{Office: Office{ID: cuihu, Name: "翠湖管理处", Since: since}, Staff: staff, By: staff[0], Now: instant(t, "2026-10-12 20:00")}
	a := s.NewAssessment(cuihu, MonthlyExam, "2026-09", staff, Date{2026, time.October, 12}, nil)
	a.ID, a.No = "a1", 5
	return s, c, a
}

// grade enters scores as a line each: person, part, points.
func grade(t *testing.T, s SOP, c Case, a Assessment, scores []Score, entries ...Entry) (Assessment, []Score, []Verdict) {
	t.Helper()
	n := len(scores)
	g, err := s.Grade(c, a, scores, entries, func() ScoreID { n++; return ScoreID(fmt.Sprintf("s%d", n)) })
	if err != nil {
		t.Fatal(err)
	}
	return g.Assessment, g.Scores, g.Verdicts
}

func both(who PersonID, written, practical int) []Entry {
	return []Entry{{Person: who, Part: Written, Points: written}, {Person: who, Part: Practical, Points: practical}}
}

// The first five working days of every month of 2026 (mission section 4).
func TestWindowsOf2026(t *testing.T) {
	s := office2026(t)
	for month, want := range map[time.Month]string{
		1: "01-04 01-05 01-06 01-07 01-08", 2: "02-02 02-03 02-04 02-05 02-06", 3: "03-02 03-03 03-04 03-05 03-06",
		5: "05-06 05-07 05-08 05-09 05-11", 6: "06-01 06-02 06-03 06-04 06-05", 7: "07-01 07-02 07-03 07-06 07-07", 8: "08-03 08-04 08-05 08-06 08-07",
		9: "09-01 09-02 09-03 09-04 09-07", 10: "10-08 10-09 10-10 10-12 10-13", 11: "11-02 11-03 11-04 11-05 11-06", 12: "12-01 12-02 12-03 12-04 12-07",
	} {
		a := Assessment{Office: cuihu, Kind: MonthlyExam, Subject: Month{2026, month}.Add(-1).String(), Parts: []Part{Written, Practical}}
		var got []string
		for _, d := range s.Window(a) {
			got = append(got, d.String()[5:])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", a.Subject, got, want)
		}
	}
}

// A retake is RetakeWorkingDays later and never in the window of another assessment.
func TestRetakeDays(t *testing.T) {
	s := office2026(t)
	for from, want := range map[string]string{"2026-10-12": "2026-10-21", "2026-10-21": "2026-10-30", "2026-10-23": "2026-11-09", "2026-09-22": "2026-10-14"} {
		d, err := ParseDate(from)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.RetakeDay(d); got.String() != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
	for d := (Date{2026, time.January, 1}); d.Year == 2026; d = d.AddDays(1) {
		got := s.RetakeDay(d)
		if !s.Calendar.Working(got) || slices.Contains(s.Calendar.FirstWorkingDays(got.MonthOf(), 5), got) || s.Calendar.WorkingDays(d, got) < 7 {
			t.Fatalf("%s: retake on %s", d, got)
		}
	}
}

// Flow 4 in numbers: 12 people, 10 pass, then 11, then 11 again.
func TestPassRatesOfFlow4(t *testing.T) {
	s, c, a := exam(t, 12)
	var scores []Score
	var all []Entry
	for i := 1; i <= 10; i++ {
		all = append(all, both(PersonID(fmt.Sprintf("x%d", i)), 90, 90)...)
	}
	a, scores, _ = grade(t, s, c, a, scores, append(all, both("x11", 70, 90)...)...)
	if x := s.Standings(a, scores, c.Staff, Date{2026, time.October, 12}); len(x) != 1 || x[0].Over() || a.State != Sitting {
		t.Fatalf("one is missing: %+v", x)
	}
	a, scores, verdicts := grade(t, s, c, a, scores, Entry{Person: "x12", Part: Written, Points: 85}, Entry{Person: "x12", Part: Practical, Points: 67, Checked: 3, Missed: []string{"报警流程"}})
	if len(verdicts) != 1 || verdicts[0].Passed || verdicts[0].Sitting != 1 {
		t.Errorf("verdicts %+v", verdicts)
	}
	if a.State != Sat || a.LastPaper != (Date{2026, time.October, 12}) || s.AnalysisBy(a) != (Date{2026, time.October, 19}) {
		t.Errorf("state %s, last paper %s", a.State, a.LastPaper)
	}
	retake := func(at string, who PersonID, points int) {
		c.Now = instant(t, at)
		a, scores, verdicts = grade(t, s, c, a, scores, Entry{Person: who, Points: points, Retake: true})
	}
	retake("2026-10-21 15:00", "x11", 88)
	if len(verdicts) != 1 || !verdicts[0].Passed || verdicts[0].Sitting != 2 {
		t.Errorf("a pass of the second sitting: %+v", verdicts)
	}
	retake("2026-10-21 15:30", "x12", 50)
	retake("2026-11-02 15:00", "x12", 60)
	var got []string
	for _, x := range s.Standings(a, scores, c.Staff, Date{2026, time.November, 2}) {
		got = append(got, fmt.Sprintf("%d: %d/%d %s allowed %d met %v", x.Sitting, x.Passed, x.Due, RateText(x.Passed, x.Due), x.Allowed, x.Met()))
	}
	want := []string{"1: 10/12 83.3% allowed 1 met false", "2: 11/12 91.7% allowed 0 met false", "3: 11/12 91.7% allowed 0 met false"}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// Who does not count: exempt, deferred until they have taken it, gone by the day the sitting is over.
func TestWhoCounts(t *testing.T) {
	s, c, a := exam(t, 4)
	a, scores, _ := grade(t, s, c, a, nil, append(both("x1", 90, 90), both("x2", 90, 70)...)...)
	day := Date{2026, time.October, 12}
	due := func() (int, int, bool) {
		x := s.Standings(a, scores, c.Staff, day)[0]
		return x.Passed, x.Due, x.Over()
	}
	if p, n, over := due(); p != 1 || n != 4 || over {
		t.Fatal(p, n, over)
	}
	change, err := s.Excuse(c, a, scores, "x3", Deferred, "住院")
	if err != nil {
		t.Fatal(err)
	}
	a = change.Assessments[0]
	if x, _ := a.Candidate("x3"); x.Until != (Date{2026, time.November, 12}) {
		t.Errorf("made up by %s", x.Until)
	}
	c.Staff[5].Memberships[0].Until = Date{2026, time.October, 11} // x4 left the day before
	if p, n, over := due(); p != 1 || n != 2 || !over {
		t.Error("deferred and gone:", p, n, over)
	}
	c.Staff[5].Memberships[0].Until = Date{2026, time.October, 30} // left later: counts at the first sitting
	if p, n, over := due(); p != 1 || n != 3 || over {
		t.Error("gone later:", p, n, over)
	}
	a, scores, _ = grade(t, s, c, a, scores, both("x4", 90, 90)...)
	if p, n, over := due(); p != 2 || n != 3 || !over || a.State != Sat {
		t.Error(p, n, over, a.State)
	}
	c.Now = instant(t, "2026-11-10 10:00")
	day = Date{2026, time.November, 10}
	if p, n, _ := due(); p != 2 || n != 3 {
		t.Error("who left after the sitting was over still counts in it:", p, n)
	}
	a, scores, verdicts := grade(t, s, c, a, scores, both("x3", 60, 90)...)
	if len(verdicts) != 1 || verdicts[0].Sitting != 1 {
		t.Errorf("the make-up of a deferred person is their first sitting: %+v", verdicts)
	}
	if p, n, _ := due(); p != 1 || n != 3 { // x4 has left by the day of the make-up, x3 has come in
		t.Error("after the make-up:", p, n)
	}
}

// A correction replaces an entry with a reason, keeps it, and takes a failure back or makes one.
func TestCorrections(t *testing.T) {
	s, c, a := exam(t, 2)
	a, scores, _ := grade(t, s, c, a, nil, both("x1", 70, 90)...)
	if _, err := s.Grade(c, a, scores, []Entry{{Person: "x1", Part: Written, Points: 85}}, func() ScoreID { return "n" }); err == nil || !strings.Contains(err.Error(), "已有成绩") {
		t.Errorf("overwritten without a reason: %v", err)
	}
	a, scores, verdicts := grade(t, s, c, a, scores, Entry{Person: "x1", Part: Written, Points: 85, Reason: "加分题漏算"})
	if len(verdicts) != 1 || !verdicts[0].Undone || !verdicts[0].Passed || verdicts[0].Sitting != 1 {
		t.Errorf("the failure is not taken back: %+v", verdicts)
	}
	if len(scores) != 3 || scores[2].Replaces != scores[0].ID {
		t.Errorf("history %+v", scores)
	}
	if ts := s.Tries(a, scores, "x1"); len(ts) != 1 || !ts[0].Passed || ts[0].Text() != "书面85、实操90" {
		t.Errorf("%+v", ts)
	}
	_, _, verdicts = grade(t, s, c, a, scores, Entry{Person: "x1", Part: Practical, Points: 40, Reason: "看错人"})
	if len(verdicts) != 1 || verdicts[0].Passed || verdicts[0].Undone {
		t.Errorf("a pass corrected to a failure: %+v", verdicts)
	}
}

// Whatever is entered: a retaker counts once, the rates only rise, and a passed person stays passed.
func TestLadderLaws(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(r, "people")
		s, c, a := exam(t, n)
		var scores []Score
		passed := map[PersonID]bool{}
		for step := range rapid.IntRange(1, 25).Draw(r, "steps") {
			who := PersonID(fmt.Sprintf("x%d", rapid.IntRange(1, n).Draw(r, "who")))
			if passed[who] {
				continue
			}
			c.Now = c.Now.Add(time.Duration(step) * time.Hour)
			points := rapid.IntRange(0, 100).Draw(r, "points")
			var verdicts []Verdict
			a, scores, verdicts = grade(t, s, c, a, scores, Entry{Person: who, Points: points, Retake: true})
			for _, v := range verdicts {
				passed[v.Person] = v.Passed
			}
			last := 0
			for _, x := range s.Standings(a, scores, c.Staff, Date{2026, time.October, 20}) {
				if x.Passed+len(x.Failed)+len(x.Missing) != x.Due || x.Due != n {
					t.Fatalf("%+v does not add up to %d", x, n)
				}
				if x.Passed < last {
					t.Fatalf("the cumulative rate falls: %+v", x)
				}
				if x.Met() != (x.Passed*100 >= x.Standard*x.Due) {
					t.Fatalf("heads and percent differ: %+v", x)
				}
				last = x.Passed
			}
		}
	})
}

// Who arrived after half of the month's sessions is exempt; who came before is due.
func TestLateJoiners(t *testing.T) {
	s := office2026(t)
	session := func(day int) Session {
		return Session{Start: s.Calendar.At(Date{2026, time.September, day}, Clock{15, 0}), TopicIDs: []string{"complaints"}, Lecturer: "p1", State: Closed}
	}
	held := []Session{session(4), session(10), session(17), session(24)}
	for since, want := range map[string]CandidateState{"2026-08-31": MustSit, "2026-09-01": MustSit, "2026-09-09": MustSit, "2026-09-11": Exempt, "2026-09-28": Exempt, "2026-10-02": Exempt} {
		d, err := ParseDate(since)
		if err != nil {
			t.Fatal(err)
		}
		got := s.Candidates(cuihu, MonthlyExam, "2026-09", Staff{member("x1", "新人", d, Trainee)}, Date{2026, time.October, 8}, held)
		if len(got) != 1 || got[0].State != want || (want == Exempt) != (got[0].Reason != "") {
			t.Errorf("joined %s: %+v, want %s", since, got, want)
		}
	}
	a := s.NewAssessment(cuihu, MonthlyExam, "2026-09", nil, Date{2026, time.October, 8}, held)
	if !slices.Equal(a.Topics, []string{"complaints"}) || len(a.Taught) != 1 || a.Taught[0].Lecturer != "p1" {
		t.Errorf("%+v", a)
	}
}

// The proposed times reach every shift inside the window; who is off on a day moves it.
func TestProposedTimes(t *testing.T) {
	s, c, a := exam(t, 3)
	c.Staff[4].Memberships[0].Shift = "夜班"
	today := Date{2026, time.October, 8}
	say := func() string {
		slots, fit := s.ProposeTimes(a, a.Due(), c.Staff, today)
		return fmt.Sprintf("%s, %d", s.SlotsText(slots), fit)
	}
	if got, want := say(), "10月10日(周六) 14:00 书面 2人；10月12日(周一) 14:00 实操 2人；10月12日(周一) 19:00 书面和实操 1人, 3"; got != want {
		t.Errorf("%s", got)
	}
	c.Staff[2].Duty = map[DutyDay]string{{Office: cuihu, Day: Date{2026, time.October, 10}}: OffDuty}
	if got, want := say(), "10月12日(周一) 14:00 书面 2人；10月13日(周二) 14:00 实操 2人；10月13日(周二) 19:00 书面和实操 1人, 3"; got != want {
		t.Errorf("off on the 10th: %s", got)
	}
	today = Date{2026, time.October, 13}
	if got := say(); !strings.HasPrefix(got, "10月13日(周二) 14:00 书面和实操 2人") {
		t.Errorf("on the last day: %s", got)
	}
	today = Date{2026, time.October, 14}
	if got := say(); !strings.HasPrefix(got, "10月15日(周四) 14:00 书面") {
		t.Errorf("after the window: %s", got)
	}
}

// What people practise badly reaches the next plan, of all together and never of fewer than three.
func TestPracticeErrors(t *testing.T) {
	wrong := func(who PersonID, topics ...string) Paper {
		p := Paper{Person: who, Kind: Practice}
		for _, x := range topics {
			p.Items, p.Answers = append(p.Items, PaperItem{Topic: x, Answer: "A"}), append(p.Answers, "B")
		}
		return p
	}
	got := PracticeErrors([]Paper{wrong("x1", "a", "b", "b"), wrong("x2", "a", "b"), wrong("x3", "a"), wrong("x4", "a")}, 3)
	if len(got) != 1 || got[0].Topic != "a" || got[0].Count != 4 {
		t.Errorf("%+v", got)
	}
}
