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

// held is a session that counts, given by p1 at 15:00 for an hour.
func held(s SOP, no int64, day Date, topics ...string) Session {
	start := s.Calendar.At(day, Clock{15, 0})
	return Session{ID: SessionID(fmt.Sprint("s", no)), No: no, Office: cuihu, Item: ItemID(fmt.Sprint("i", no)), Topics: s.TopicNames(topics), TopicIDs: topics, Lecturer: "p1",
		Start: start, End: start.Add(time.Hour), State: Closed, RecordedAt: start.Add(2 * time.Hour)}
}

func was(p PersonID, xs ...Session) (out []Attendance) {
	for _, x := range xs {
		out = append(out, Attendance{Session: x.ID, Person: p})
	}
	return out
}

// The turns of the frequencies: February, months of five weeks, the week without a working day,
// fortnights over the end of a month and of a year.
func TestTurns(t *testing.T) {
	s := office2026(t)
	for _, row := range []struct {
		topic, name string
		from, to    Date
		want        string
	}{
		{"service_awareness", "February: week 8 has no working day", Date{2026, time.February, 1}, Date{2026, time.February, 28}, "第5周（1月26日–2月1日） 第6周（2月2日–8日） 第7周（2月9日–15日）"},
		{"service_awareness", "March has five weeks", Date{2026, time.March, 1}, Date{2026, time.March, 31}, "第9周（2月23日–3月1日） 第10周（3月2日–8日） 第11周（3月9日–15日） 第12周（3月16日–22日） 第13周（3月23日–29日）"},
		{"standards", "the fortnight of week 8 counts by its other week", Date{2026, time.February, 1}, Date{2026, time.February, 28}, "第5–6周（1月26日–2月8日） 第7–8周（2月9日–22日）"},
		{"standards", "over the end of a month", Date{2026, time.October, 25}, Date{2026, time.November, 8}, "第43–44周（10月19日–11月1日）"},
		{"standards", "the 53rd week is one of its own", Date{2026, time.December, 20}, Date{2027, time.January, 20}, "第51–52周（12月14日–27日） 第53周（12月28日–1月3日） 第1–2周（1月4日–17日）"},
		{"coordination", "a month", Date{2026, time.February, 1}, Date{2026, time.March, 30}, "2月"},
		{"formation", "pairs of months", Date{2026, time.January, 1}, Date{2026, time.June, 29}, "1–2月 3–4月"},
		{"fire_systems", "quarters", Date{2026, time.January, 1}, Date{2026, time.December, 31}, "第1季度 第2季度 第3季度 第4季度"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var got []string
			for _, x := range s.Unmets(History{Office: Office{ID: cuihu, Since: Date{2025, time.January, 1}}, Staff: teachers()}, row.from, row.to) {
				if slices.Contains(x.Topics, row.topic) {
					got = append(got, x.Span)
				}
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), row.want)
			}
		})
	}
	// nothing is due of a turn that began before the office did
	late := s.Unmets(History{Office: Office{ID: cuihu, Since: Date{2026, time.October, 14}}}, Date{2026, time.October, 1}, Date{2026, time.October, 31})
	if len(late) != 1 || late[0].Span != "第43周（10月19日–25日）" && late[0].Span != "" {
		for _, x := range late {
			if x.From.Before(Date{2026, time.October, 14}) {
				t.Errorf("due before the office began: %+v", x)
			}
		}
	}
}

// Who is missing: denominators begin with a person's first day, leavers drop out, a make-up and a
// session in another office count, what has no finished record does not.
func TestAbsentees(t *testing.T) {
	s := office2026(t)
	month := func(d int) Date { return Date{2026, time.October, d} }
	x := held(s, 1, month(13), "emergencies")
	base := Staff{member("a", "甲", Date{2020, time.January, 1}, Trainee), member("b", "乙", Date{2020, time.January, 1}, Trainee)}
	joined, left := member("c", "丙", month(14), Trainee), member("d", "丁", Date{2020, time.January, 1}, Trainee)
	left.Memberships[0].Until = month(20)
	moved := member("e", "戊", month(1), Trainee)
	moved.Memberships = append([]Membership{{Office: "o2", Roles: []Role{Trainee}, Since: Date{2020, time.January, 1}, Until: Date{2026, time.September, 30}}}, moved.Memberships...)
	elsewhere := held(s, 9, month(6), "emergencies")
	elsewhere.Office = "o2"
	makeUp := held(s, 2, Date{2026, time.November, 5}, "emergencies")
	makeUp.Invited = []PersonID{"b"}
	unfinished := x
	unfinished.RecordedAt = time.Time{}
	for _, row := range []struct {
		name     string
		staff    Staff
		sessions []Session
		present  []Attendance
		want     string // who is missed, or why the lesson itself is
	}{
		{"one was there", base, []Session{x}, was("a", x), "乙"},
		{"both", base, []Session{x}, append(was("a", x), was("b", x)...), ""},
		{"who joined after it is not meant", append(base[:1:1], joined), []Session{x}, was("a", x), ""},
		{"who has left drops out", append(base[:1:1], left), []Session{x}, was("a", x), ""},
		{"a make-up counts", base, []Session{x, makeUp}, append(was("a", x), was("b", makeUp)...), ""},
		{"attended before the transfer", append(base[:1:1], moved), []Session{x, elsewhere}, append(was("a", x), was("e", elsewhere)...), ""},
		{"the lecturer was there", append(base[:1:1], member("p1", "王芳", Date{2020, time.January, 1}, Trainee, Coach)), []Session{x}, was("a", x), ""},
		{"no record, not held", base, []Session{unfinished}, was("a", x), "没有上：S1的记录还没有完成"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			c := Case{Staff: row.staff}
			for _, u := range s.Unmets(History{Office: facts().Office, Staff: row.staff, Sessions: row.sessions, Present: row.present}, month(1), month(31)) {
				switch {
				case !slices.Contains(u.Topics, "emergencies"):
				case u.People == nil:
					got += "没有上：" + u.Why
				default:
					got += c.Names(u.People)
				}
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// Runs of one lesson are one lesson; a make-up for some is none for everybody.
func TestRunsCountOnce(t *testing.T) {
	s := office2026(t)
	day := Date{2026, time.October, 13}
	a, b := held(s, 1, day, "standards"), held(s, 2, day, "standards")
	a.Group, b.Group = "i1", "i1"
	c := held(s, 3, day.AddDays(1), "standards")
	c.Invited = []PersonID{"p5"}
	for _, u := range s.Unmets(History{Office: facts().Office, Staff: teachers(), Sessions: []Session{a, b, c}}, Date{2026, time.October, 5}, Date{2026, time.October, 18}) {
		if u.Clause == "4.2.2" && u.People == nil && (u.Have != 1 || u.Want != 3) {
			t.Errorf("%d of %d", u.Have, u.Want)
		}
	}
}

// The year's fire coverage as flow 5 ends: 14 people, three missing on 2 November, complete after the make-up.
func TestFireCoverage(t *testing.T) {
	s := office2026(t)
	var staff Staff
	for i := range 14 {
		staff = append(staff, member(fmt.Sprint("t", i), fmt.Sprint("人", i), Date{2020, time.January, 1}, Trainee))
	}
	staff = append(staff, member("p3", "孙伟", Date{2020, time.January, 1}, SafetyOfficer))
	var sessions []Session
	var present []Attendance
	for i, d := range []Date{{2026, time.January, 20}, {2026, time.April, 21}, {2026, time.July, 21}, {2026, time.October, 28}} {
		x := held(s, int64(i+1), d, []string{"fire_extinguishers", "fire_systems", "fire_escape"}[i%3])
		sessions = append(sessions, x)
		for p := range 11 {
			if p%4 == i { // each goes once
				present = append(present, was(PersonID(fmt.Sprint("t", p)), x)...)
			}
		}
	}
	rec := History{Office: facts().Office, Staff: staff, Sessions: sessions, Present: present}
	c := Case{Office: facts().Office, Staff: staff}
	now := instant(t, "2026-11-02 09:00")
	f := s.Fire(rec, now)
	if f.People != 14 || len(f.Missing) != 3 || len(f.Unserved) != 3 || f.Quarters != 4 || len(f.Topics) != 0 || f.Latest != (Date{2026, time.December, 25}) || f.Whole() {
		t.Errorf("%+v", f)
	}
	for _, want := range []string{"14人中11人已覆盖，还差3人：人11、人12、人13", "如再不安排，年度覆盖将缺3人", "最晚12月25日(周五)前"} {
		if text := s.FireLines(c, f); !strings.Contains(text, want) {
			t.Errorf("lacks %q: %s", want, text)
		}
	}
	planned := held(s, 5, Date{2026, time.November, 12}, "fire_extinguishers")
	planned.State, planned.RecordedAt, planned.Invited = Planned, time.Time{}, []PersonID{"t11", "t12", "t13"}
	rec.Sessions = append(rec.Sessions, planned)
	if f = s.Fire(rec, now); !f.Whole() || len(f.Missing) != 3 {
		t.Errorf("with the make-up planned nobody is unserved: %+v", f)
	}
	planned.State, planned.RecordedAt = Closed, planned.End
	rec.Sessions[4] = planned
	for _, p := range planned.Invited {
		rec.Present = append(rec.Present, was(p, planned)...)
	}
	if f = s.Fire(rec, instant(t, "2026-12-31 17:00")); len(f.Missing) != 0 || s.FireYear(c, f) != "2026年度消防培训：每季度1次 4/4，每人至少1次 14/14，三类内容 3/3。" {
		t.Errorf("%s", s.FireYear(c, f))
	}
}

// A person is covered when, and only when, they were at a session that counts: one more presence
// never makes more people missing, and everybody meant is covered or missing.
func TestCoverageLaws(t *testing.T) {
	s := office2026(t)
	rapid.Check(t, func(t *rapid.T) {
		rec := History{Office: facts().Office, Staff: teachers()}
		for i := range rapid.IntRange(1, 6).Draw(t, "sessions") {
			x := held(s, int64(i+1), Date{2026, time.October, rapid.IntRange(8, 30).Draw(t, "day")}, rapid.SampledFrom([]string{"emergencies", "standards", "fire_escape"}).Draw(t, "topic"))
			if rapid.Bool().Draw(t, "no record") {
				x.RecordedAt = time.Time{}
			}
			rec.Sessions = append(rec.Sessions, x)
			for _, p := range rec.Staff {
				if rapid.Bool().Draw(t, "present") {
					rec.Present = append(rec.Present, was(p.ID, x)...)
				}
			}
		}
		from, to := Date{2026, time.October, 1}, Date{2026, time.December, 31}
		count := func() (n int) {
			for _, row := range s.Matrix(rec, from, to, "") {
				if row.Covered+len(row.Missing) != row.People {
					t.Fatalf("%+v", row)
				}
				n += len(row.Missing)
			}
			return n
		}
		before := count()
		x := rapid.SampledFrom(rec.Sessions).Draw(t, "more")
		rec.Present = append(rec.Present, was("p5", x)...)
		if after := count(); after > before {
			t.Fatalf("a presence makes %d missing of %d", after, before)
		}
	})
}

// D11, D12, the nudge for emphasis and the fire coverage, week by week.
func TestCoverageTimetable(t *testing.T) {
	s := office2026(t)
	for _, row := range []struct {
		name   string
		day    Date
		held   []Session
		points int
		want   string
	}{
		{"Thursday with one hour of two", Date{2026, time.October, 15}, []Session{held(s, 1, Date{2026, time.October, 12}, "duties")}, 0, "10-15 10:00 D11 ahead 主管\n"},
		{"Thursday with two hours", Date{2026, time.October, 15}, []Session{held(s, 1, Date{2026, time.October, 12}, "duties"), held(s, 2, Date{2026, time.October, 14}, "duties")}, 0, ""},
		{"Friday, still one", Date{2026, time.October, 16}, []Session{held(s, 1, Date{2026, time.October, 12}, "duties")}, 0, "10-16 17:00 D11 day 主管\n"},
		{"the week of the holidays ends on a make-up Saturday", Date{2026, time.October, 10}, nil, 0, "10-10 17:00 D11 day 主管\n"},
		{"the 20th without emphasis", Date{2026, time.October, 20}, nil, 0, "10-20 09:00 PTS ahead 主管\n"},
		{"the 20th with emphasis", Date{2026, time.October, 20}, nil, 1, ""},
		{"Monday: last week's lessons, and the year's fire", Date{2026, time.October, 19}, nil, 0, "10-19 09:00 D12 overdue 主管\n10-19 09:00 D12 overdue 主任\n10-19 09:00 FIR ahead 主管\n"},
		{"the last day of the year", Date{2026, time.December, 31}, nil, 1, "12-31 10:00 D11 ahead 主管\n12-31 17:00 FIR day 主管\n12-31 17:00 FIR day 主任\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts()
			for m := time.October; m <= time.December; m++ {
				f.Plans = append(f.Plans, PlanFact{ID: PlanID(m.String()), Period: Period{2026, m}, Approved: true, Version: 1})
			}
			f.Coverage = &CoverageFacts{Day: row.day, History: History{Office: f.Office, Staff: f.Staff, Sessions: row.held}, Points: row.points}
			w := Window{s.Calendar.At(row.day, Clock{}), s.Calendar.At(row.day, Clock{23, 59})}
			if got := lines(s.Timetable(f, w), TeachingHours, FrequencyNotMet, EmphasisMissing, FireCoverageGoal); got != row.want {
				t.Errorf("got\n%swant\n%s", got, row.want)
			}
			if want := s.CoverageWanted(w); row.want != "" && s.Calendar.Date(want.At) != row.day {
				t.Errorf("the coverage of %s would not be read: %+v", row.day, want.At)
			}
			for _, n := range s.Due(f, w) {
				if n.Body.Text == "" || n.Why == "" {
					t.Errorf("%s says nothing", n.Key)
				}
			}
		})
	}
	// week 8 of 2026 has no working day: nothing is said of hours
	if w := (Window{instant(t, "2026-02-16 00:00"), instant(t, "2026-02-22 23:59")}); s.CoverageWanted(w).At != (time.Time{}) {
		d := s.Calendar.Date(s.CoverageWanted(w).At)
		if d != (Date{2026, time.February, 20}) && d != (Date{2026, time.February, 13}) {
			t.Errorf("in a week without a working day something may speak on %s", d)
		}
	}
}

func TestInputs(t *testing.T) {
	for _, row := range []struct {
		said, want string
		found      bool
	}{
		{"业主13812345678反映", "业主138****678反映", true},
		{"打 138 1234 5678", "打 138****678", true},
		{"0755-12345678", "075****678", true},
		{"12栋1802室 3楼", "12栋1802室 3楼", false},
		{"2026年10月28日 15:00", "2026年10月28日 15:00", false},
	} {
		if got, found := MaskPhones(row.said); got != row.want || found != row.found {
			t.Errorf("%q: %q, want %q", row.said, got, row.want)
		}
	}
	p := DefaultPolicy()
	for said, want := range map[string]string{"高空抛物投诉": "complaints", "业主沟通的技巧": "communication", "想学灭火器": "fire_extinguishers", "想学英语": "", "岗位实习": ""} {
		if got, _ := p.TopicIn(said); got.ID != want {
			t.Errorf("%s: %q, want %q", said, got.ID, want)
		}
	}
	for text, ok := range map[string]bool{"夜班 22:00-08:00 20:30": true, "夜班 22-8 20:30": false, "夜班": false, "夜 班 22:00-08:00 20:30": false} {
		var x Shift
		err := x.UnmarshalText([]byte(text))
		if (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if again, _ := x.MarshalText(); ok && string(again) != text {
			t.Errorf("%q is written as %q", text, again)
		}
	}
}

// What assessments, gaps, needs and orders ask for is taken first, named behind its line, and added when it has no turn.
func TestDraftSources(t *testing.T) {
	s := office2026(t)
	in := DraftInput{Office: facts().Office, Month: Month{2026, time.November}, Staff: teachers(), NewID: numbered(),
		Weak:   []WeakTopic{{Topic: "reception", Why: "10月考核错题"}},
		Missed: []WeakTopic{{Topic: "formation", Why: "10月没上"}},
		Inputs: []Input{
			{No: 1, Kind: Need, Text: "案例", Topic: "case_study", By: "p5", State: InputOpen}, {No: 2, Kind: Need, Text: "英语", By: "p6", State: InputOpen},
			{No: 3, Kind: Order, Text: "反诈宣传", By: "p2", State: InputOpen}, {No: 4, Kind: Emphasis, Text: "高空抛物", Topic: "complaints", By: "p1", State: InputOpen}, {No: 5, Kind: Need, Text: "旧的", Topic: "duties", State: InputUsed},
		}}
	items, gaps := s.DraftMonth(in)
	want := map[string]string{"reception": "考核结果（10月考核错题）", "formation": "上月缺口（10月没上）", "case_study": "员工需求（1人 X1）", "反诈宣传": "5.1.1、上级要求（X3）", "complaints": "重点（X4）"}
	for topic, source := range want {
		i := slices.IndexFunc(items, func(it Item) bool { return slices.Contains(it.Topics, topic) })
		if i < 0 || !strings.Contains(items[i].Source, source) {
			t.Errorf("%s is not on the plan with %q", topic, source)
		}
	}
	if first := slices.IndexFunc(items, func(it Item) bool { return strings.HasPrefix(it.Source, "4.2.2") }); !slices.Contains(items[first].Topics, "reception") {
		t.Errorf("what was weak does not come first: %+v", items[first])
	}
	if len(gaps) != 1 || !strings.Contains(gaps[0].Text, "X2 需求“英语”") {
		t.Errorf("gaps %v", gaps)
	}
	sources := Plan{Period: Period{2026, time.November}}.Sources(items)
	if !strings.Contains(sources, "上月缺口 1场；考核结果 1场；员工需求 1场；上级要求 1场；重点 1场") {
		t.Error(sources)
	}
	if none, _ := drafted(s, Month{2026, time.November}, teachers(), nil); !strings.Contains(Plan{Period: Period{2026, time.November}}.Sources(none), "上月缺口 无；考核结果 无；员工需求 无；上级要求 无；重点 无") {
		t.Error("a source with nothing collected must say 无")
	}
}
