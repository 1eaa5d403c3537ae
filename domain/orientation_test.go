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

// hireOffice is an office with coaches in the calendar of 2025 and 2026.
func hireOffice(t *testing.T) *caseOffice {
	o := newCaseOffice(t)
	o.sop = office2026(t)
	o.hire("zhao", "赵强", Coach)
	return o
}

func (o *caseOffice) arrive(id, name, since string) (OrientationFile, Person) {
	o.t.Helper()
	o.hire(id, name, Trainee)
	p := &o.staff[len(o.staff)-1]
	p.Memberships[0].Since = day(o.t, since)
	a := Arrivals(*p, "hu")[0]
	return OrientationFile{ID: OrientationID("file-" + id), Office: "hu", Person: p.ID, Since: a.Since, Subject: a.Subject, State: OnTrial}, *p
}

func refusal(t *testing.T, err error, kind Kind, piece string) {
	t.Helper()
	r, ok := Refusal(err)
	if !ok || r.Kind != kind || !strings.Contains(r.Text, piece) {
		t.Errorf("got %v, want a refusal %s with %q", err, kind, piece)
	}
}

// The golden rows of mission section 4, second table, as a new hire's card: days of theory and
// practice, the test, and the other way of counting printed beside it.
func TestFileDates(t *testing.T) {
	s := office2026(t)
	for _, row := range []struct {
		name, arrival, company, service, practice, test, counted string
		provisional                                              bool
	}{
		{"a Sunday is the answer", "2025-01-13", "2025-01-14", "2025-01-15", "2025-01-16 2025-01-17 2025-01-20", "2025-01-26", "1月24日", false},
		{"last day before nine days off", "2026-02-02", "2026-02-03", "2026-02-04", "2026-02-05 2026-02-06 2026-02-09", "2026-02-14", "2月13日", false},
		{"across Spring Festival", "2026-02-06", "2026-02-09", "2026-02-10", "2026-02-11 2026-02-12 2026-02-13", "2026-02-27", "2月26日", false},
		{"the second day of theory is after the festival", "2026-02-13", "2026-02-14", "2026-02-24", "2026-02-25 2026-02-26 2026-02-27", "2026-03-05", "3月4日", false},
		{"May Day and a make-up Saturday", "2026-04-27", "2026-04-28", "2026-04-29", "2026-04-30 2026-05-06 2026-05-07", "2026-05-13", "5月12日", false},
		{"into a year without a notice", "2026-12-25", "2026-12-28", "2026-12-29", "2026-12-30 2026-12-31 2027-01-01", "2027-01-08", "1月7日", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := OrientationFile{Since: day(t, row.arrival)}
			days := s.BlockDays(f.Since)
			got := fmt.Sprint(days[CompanyBlock], days[ServiceBlock], days[PracticeBlock], s.TestDay(f))
			if want := fmt.Sprintf("[%s] [%s] [%s] %s", row.company, row.service, row.practice, row.test); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			why := s.FileWhy(f, Person{Name: "林晓"})
			if !strings.Contains(why, "算第1天的话是"+row.counted) || strings.Contains(why, "暂定") != row.provisional {
				t.Errorf("why: %s", why)
			}
		})
	}
}

// Whatever the numbers of 4.1 are, the days of a file are working days after the arrival, none twice,
// in the order of the parts, and enough for the hours.
func TestBlockDaysLaw(t *testing.T) {
	base := office2026(t)
	rapid.Check(t, func(t *rapid.T) {
		s := base
		x := &s.Policy.Orientation
		x.CompanyHours, x.ServiceHours, x.PracticeHours = rapid.IntRange(0, 20).Draw(t, "company"), rapid.IntRange(0, 20).Draw(t, "service"), rapid.IntRange(1, 60).Draw(t, "practice")
		x.ClassHours, x.Days = x.CompanyHours+x.ServiceHours+x.PracticeHours, rapid.IntRange(1, 10).Draw(t, "days")
		since := NewDate(2026, 1, 1).AddDays(rapid.IntRange(0, 300).Draw(t, "since"))
		last := since
		perDay := (x.ClassHours + x.Days - 1) / x.Days
		for _, b := range Blocks() {
			days := s.BlockDays(since)[b]
			hours := map[Block]int{CompanyBlock: x.CompanyHours, ServiceBlock: x.ServiceHours, PracticeBlock: x.PracticeHours}[b]
			if len(days)*perDay < hours || hours > 0 && (len(days)-1)*perDay >= hours {
				t.Fatalf("%s: %d days of %d hours for %d", b, len(days), perDay, hours)
			}
			for _, d := range days {
				if !d.After(last) || !s.Calendar.Working(d) {
					t.Fatalf("%s after %s", d, last)
				}
				last = d
			}
		}
	})
}

// The hours of a file are the sum of its ledger and the classes it attended, whatever their order; an
// entry and its reversal are nothing.
func TestHoursAddUp(t *testing.T) {
	s := office2026(t)
	f := OrientationFile{Person: "p", Office: "hu", Since: NewDate(2026, 2, 6)}
	rapid.Check(t, func(t *rapid.T) {
		var ledger []HoursEntry
		want := map[Block]int{}
		for i := range rapid.IntRange(0, 12).Draw(t, "entries") {
			e := HoursEntry{ID: EntryID(fmt.Sprint(i)), Person: "p", Since: f.Since, Block: rapid.SampledFrom(Blocks()).Draw(t, "block"), Day: f.Since.AddDays(rapid.IntRange(1, 20).Draw(t, "day")), Minutes: 30 * rapid.IntRange(1, 16).Draw(t, "minutes"), What: "前台接待"}
			ledger = append(ledger, e)
			if rapid.Bool().Draw(t, "reversed") {
				back := e
				back.ID, back.Minutes, back.Reverses = e.ID+"r", -e.Minutes, e.ID
				ledger = append(ledger, back)
			} else {
				want[e.Block] += e.Minutes
			}
			other := e
			other.ID, other.Person = e.ID+"o", "q"
			ledger = append(ledger, other)
		}
		got := s.Progress(f, Person{ID: "p"}, nil, nil, rapid.Permutation(ledger).Draw(t, "order"))
		for _, b := range Blocks() {
			if got.Held[b] != want[b] {
				t.Fatalf("%s: %d minutes, want %d", b, got.Held[b], want[b])
			}
		}
	})
}

func TestTheoryCountsWhatWasHeldAndAttended(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	class := func(id string, state SessionState, from, to, closed string) Session {
		x := Session{ID: SessionID(id), Office: "hu", TopicIDs: []string{"company"}, State: state, Start: o.at(from), End: o.at(to), Invited: []PersonID{"lin"}}
		if closed != "" {
			x.ClosedAt, x.RecordedAt, x.Roster = o.at(closed), o.at(closed), []PersonID{"lin"}
		}
		return x
	}
	for _, row := range []struct {
		name       string
		x          Session
		present    bool
		held, more int
	}{
		{"held and attended", class("s", Closed, "2026-02-09 09:00", "2026-02-09 12:00", "2026-02-09 12:10"), true, 180, 0},
		{"a few minutes early is not short", class("s", Closed, "2026-02-09 09:00", "2026-02-09 12:00", "2026-02-09 11:52"), true, 180, 0},
		{"an hour early is an hour short", class("s", Closed, "2026-02-09 09:00", "2026-02-09 12:00", "2026-02-09 11:00"), true, 120, 0},
		{"absent", class("s", Closed, "2026-02-09 09:00", "2026-02-09 12:00", "2026-02-09 12:00"), false, 0, 0},
		{"still to come", class("s", Planned, "2026-02-09 09:00", "2026-02-09 12:00", ""), false, 0, 180},
		{"cancelled", class("s", Cancelled, "2026-02-09 09:00", "2026-02-09 12:00", ""), false, 0, 0},
		{"before the arrival", class("s", Closed, "2026-02-05 09:00", "2026-02-05 12:00", "2026-02-05 12:00"), true, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			var seen []Attendance
			if row.present {
				seen = []Attendance{{Session: "s", Person: "lin"}}
			}
			p := o.sop.Progress(f, who, []Session{row.x}, seen, nil)
			if p.Held[CompanyBlock] != row.held || p.Coming[CompanyBlock] != row.more {
				t.Errorf("held %d, coming %d; want %d, %d", p.Held[CompanyBlock], p.Coming[CompanyBlock], row.held, row.more)
			}
		})
	}
}

// Two who come in one week sit in the same classes while there is time for them.
func TestNewHiresShareClasses(t *testing.T) {
	for _, row := range []struct {
		name, first, second, at string
		made, joined            int
	}{
		{"on the same day", "2026-03-02", "2026-03-02", "2026-03-02 10:00", 0, 4},
		{"a day later: one part together, the other alone", "2026-03-02", "2026-03-03", "2026-03-03 10:00", 2, 2},
		{"two days later: the first one's theory is over", "2026-03-02", "2026-03-04", "2026-03-04 10:00", 4, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := hireOffice(t)
			f1, p1 := o.arrive("lin", "林晓", row.first)
			c, err := o.sop.OpenFile(o.by("fang", row.first+" 09:10"), f1, p1, nil, o.fresh)
			if err != nil {
				t.Fatal(err)
			}
			classes := c.Sessions
			for i := range classes {
				classes[i].Version = 1
			}
			f2, p2 := o.arrive("lu", "陆洋", row.second)
			if c, err = o.sop.OpenFile(o.by("fang", row.at), f2, p2, classes, o.fresh); err != nil {
				t.Fatal(err)
			}
			made, joined, minutes := 0, 0, 0
			days := map[Date]bool{}
			for _, x := range c.Sessions {
				if x.Version == 0 {
					made++
				} else {
					joined++
				}
				if !slices.Contains(x.Invited, p2.ID) {
					t.Errorf("%s does not invite the second", x.Code())
				}
				minutes += int(x.End.Sub(x.Start) / time.Minute)
				days[o.sop.Calendar.Date(x.Start)] = true
				if d := o.sop.Calendar.Date(x.Start); d.After(o.sop.TheoryDue(f2.Since)) {
					t.Errorf("%s is late", d)
				}
			}
			if made != row.made || joined != row.joined || minutes != 16*60 || len(days) != 2 {
				t.Errorf("%d made, %d joined, %d minutes on %d days", made, joined, minutes, len(days))
			}
		})
	}
}

func TestWhoCoaches(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	c := o.by("fang", "2026-02-06 10:00")
	c.Staff = c.Staff.OnDuty([]Duty{{Person: "chen", Office: "hu", Day: day(t, "2026-02-12"), Shift: "夜班"}})
	chen, _ := c.Staff.Person("chen")
	zhao, _ := c.Staff.Person("zhao")
	out, err := o.sop.AssignCoach(c, f, who, chen, Date{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if card := out.Reply.Card; card == nil || !strings.Contains(card.Title, "陈静 2月12日 是夜班，那天改由 赵强 带") || card.Buttons[0].Line != "派教练 赵强 林晓 2026-02-12" {
		t.Errorf("%+v", out.Reply)
	}
	f = out.Files[0]
	_, err = o.sop.AssignCoach(c, f, who, chen, day(t, "2026-02-12"), nil)
	refusal(t, err, Conflict, "是夜班，不能带教")
	_, err = o.sop.AssignCoach(c, f, who, zhao, day(t, "2026-02-16"), nil)
	refusal(t, err, Invalid, "不是林晓的实习日")
	li, _ := c.Staff.Person("li")
	_, err = o.sop.AssignCoach(c, f, who, li, Date{}, nil)
	refusal(t, err, Forbidden, "李娜没有教练资格")
	if out, err = o.sop.AssignCoach(c, f, who, zhao, day(t, "2026-02-12"), nil); err != nil || !strings.Contains(out.Reply.Text, "2月11日、2月13日 陈静，2月12日 赵强") {
		t.Errorf("%v %+v", err, out.Reply)
	}
}

func TestHoursLedger(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	entry := func(b Block, d string, hours int, what string) HoursEntry {
		return HoursEntry{Block: b, Day: day(t, d), Minutes: hours * 60, What: what}
	}
	n := 0
	id := func() EntryID { n++; return EntryID(fmt.Sprint("e", n)) }
	log := func(by PersonID, e HoursEntry, had []HoursEntry, instead bool) (Change, error) {
		return o.sop.LogHours(o.by(by, "2026-02-12 18:00"), f, who, e, had, instead, id)
	}
	for _, row := range []struct {
		name  string
		by    PersonID
		e     HoursEntry
		kind  Kind
		piece string
	}{
		{"not one's own", "lin", entry(PracticeBlock, "2026-02-11", 8, "前台"), Forbidden, "自己的学时"},
		{"theory by the supervisor alone", "chen", entry(ServiceBlock, "2026-02-10", 1, "补讲"), Forbidden, "由主管登记"},
		{"a trainee logs nothing", "li", entry(PracticeBlock, "2026-02-11", 8, "前台"), Forbidden, "由教练或主管登记"},
		{"tomorrow", "chen", entry(PracticeBlock, "2026-02-13", 8, "前台"), TooEarly, "还没到"},
		{"before the arrival", "chen", entry(PracticeBlock, "2026-02-05", 8, "前台"), Invalid, "才到岗"},
		{"more than a day holds", "chen", entry(PracticeBlock, "2026-02-11", 13, "前台"), Invalid, "超过一天最多12小时"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := log(row.by, row.e, nil, false)
			refusal(t, err, row.kind, row.piece)
		})
	}
	first, err := log("chen", entry(PracticeBlock, "2026-02-11", 8, "前台接待"), nil, false)
	if err != nil || len(first.Hours) != 1 {
		t.Fatal(err, first.Hours)
	}
	again, err := log("chen", entry(PracticeBlock, "2026-02-11", 6, "前台接待"), first.Hours, false)
	if err != nil || len(again.Hours) != 0 || again.Reply.Card == nil {
		t.Errorf("a second entry of a day is asked about first: %v %+v", err, again)
	}
	fixed, err := log("chen", entry(PracticeBlock, "2026-02-11", 6, "前台接待"), first.Hours, true)
	if err != nil || len(fixed.Hours) != 2 || fixed.Hours[0].Reverses != first.Hours[0].ID || fixed.Hours[0].Minutes != -480 {
		t.Fatalf("%v %+v", err, fixed.Hours)
	}
	p := o.sop.Progress(f, who, nil, nil, append(first.Hours, fixed.Hours...))
	if p.Held[PracticeBlock] != 360 || len(p.Logged) != 1 {
		t.Errorf("%+v", p)
	}
	if more, err := log("zhao", entry(PracticeBlock, "2026-02-11", 7, "投诉登记"), append(first.Hours, fixed.Hours...), false); err == nil {
		t.Errorf("13 hours in one day were taken: %+v", more.Reply)
	}
	credit := entry(CompanyBlock, "2026-02-12", 8, "在江湾学过")
	credit.Credit = true
	if c, err := log("fang", credit, nil, false); err != nil || !c.Hours[0].Credit {
		t.Error(err)
	}
	_, err = log("chen", credit, nil, false)
	refusal(t, err, Forbidden, "由主管登记")
}

func TestTheoryTest(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	sit := func(by PersonID, at string, f OrientationFile, score int) (Change, OrientationFile, error) {
		return o.sop.SitTest(o.by(by, at), f, who, score, Progress{})
	}
	_, _, err := sit("chen", "2026-02-27 15:00", f, 90)
	refusal(t, err, Forbidden, "只有主管")
	_, _, err = sit("fang", "2026-02-06 15:00", f, 90)
	refusal(t, err, TooEarly, "2月27日")
	_, _, err = sit("fang", "2026-02-27 15:00", f, 101)
	refusal(t, err, Invalid, "0到100")
	c, failed, err := sit("fang", "2026-02-27 15:00", f, 79)
	if err != nil || failed.State != OnTrial || failed.Test != day(t, "2026-03-04") || len(c.Settled) != 0 {
		t.Fatalf("%v %+v", err, failed)
	}
	for _, n := range c.Notices {
		if !slices.Equal(n.To, []PersonID{"lin"}) {
			t.Errorf("a failed test is told to %v", n.To)
		}
	}
	_, _, err = sit("fang", "2026-02-27 16:00", failed, 85)
	refusal(t, err, Conflict, "同一天不再登记")
	c, passed, err := sit("fang", "2026-03-04 15:00", failed, 80)
	if err != nil || passed.State != OnPost || passed.Closed != day(t, "2026-03-04") || len(c.Settled) != 3 {
		t.Fatalf("%v %+v", err, passed)
	}
	for _, n := range c.Notices {
		if strings.Contains(n.Body.Text, "80分") && slices.Contains(n.To, "li") {
			t.Errorf("the score is told to colleagues: %s", n.Body.Text)
		}
	}
}

func TestTestIsMoved(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	c, err := o.sop.PostponeTest(o.by("fang", "2026-02-27 08:30"), f, who, day(t, "2026-03-03"), "发烧")
	if err != nil {
		t.Fatal(err)
	}
	moved := c.Files[0]
	if o.sop.TestDay(moved) != day(t, "2026-03-03") || moved.Moves[0].From != day(t, "2026-02-27") || !strings.Contains(c.Reply.Text, "规程日期2月27日(周五)留在记录里") {
		t.Errorf("%+v %s", moved, c.Reply.Text)
	}
	if why := o.sop.FileWhy(moved, who); !strings.Contains(why, "考核从2月27日(周五)改到3月3日(周二)：发烧") {
		t.Error(why)
	}
	_, err = o.sop.PostponeTest(o.by("fang", "2026-02-27 08:30"), f, who, day(t, "2026-02-26"), "发烧")
	refusal(t, err, Invalid, "以后的日子")
}

func TestNextNumber(t *testing.T) {
	for _, row := range []struct{ name, nos, taken, want string }{
		{"after the highest", "K01 K12 K07", "", "K13"},
		{"another office has it", "K01 K12", "K13 K14", "K15"},
		{"width is kept", "CH-099", "", "CH-100"},
		{"no pattern", "甲 乙", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			var staff Staff
			for no := range strings.FieldsSeq(row.nos) {
				staff = append(staff, Person{No: no})
			}
			got, err := staff.NextNo(func(no string) (bool, error) { return slices.Contains(strings.Fields(row.taken), no), nil })
			if err != nil || got != row.want {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
