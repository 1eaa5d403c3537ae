package domain_test

import (
	"slices"
	"strings"
	"testing"

	"trainingbot/domain"
)

// The ladder of 6.2.1: which step comes next, who decides it, how it may be answered.
func TestLadder(t *testing.T) {
	o := newCaseOffice(t)
	o.hire("qiang", "赵强", domain.Coach)
	for _, row := range []struct {
		name     string
		lecturer domain.PersonID
		steps    int // counted before
		step     int
		decides  []domain.PersonID
		says     string
		buttons  []string
	}{
		{"a coach, first", "chen", 0, 1, []domain.PersonID{"fang"}, "第1次重新制订培训方案，再次培训", []string{"确认", "不采取，写理由", "看依据"}},
		{"a coach, second", "chen", 1, 2, []domain.PersonID{"fang"}, "第2次参加相应的培训学习", []string{"确认", "不采取，写理由", "看依据"}},
		{"a coach, third: the director", "chen", 2, 3, []domain.PersonID{"zhou"}, "不再授予培训资格", []string{"停授，赵强代课", "保留，写理由", "再议", "看依据"}},
		{"the supervisor herself: the director from the first on", "fang", 0, 1, []domain.PersonID{"zhou"}, "第1次", []string{"确认", "不采取，写理由", "看依据"}},
		{"the supervisor, third: the conflict is shown", "fang", 2, 3, []domain.PersonID{"zhou"}, "冲突：规程5.3.1要求客服主管每周亲自授课≥2课时", []string{"停授，陈静代课", "保留，写理由", "再议", "看依据"}},
		{"beyond the third it stays the third", "fang", 3, 3, []domain.PersonID{"zhou"}, "不再授予培训资格", []string{"停授，陈静代课", "保留，写理由", "再议", "看依据"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := o.by("fang", "2026-11-02 20:00")
			p := o.sop.LadderProposal(c, domain.Standing{Step: row.steps}, domain.Shortfall{Lecturer: row.lecturer, Cycle: "t5", Round: 3, Title: "9月考核", Evidence: "累计11/12"}, o.sop.Substitute(c, row.lecturer))
			p.No = 7
			p, _ = o.sop.Propose(c, p)
			var labels []string
			for _, b := range p.Buttons {
				labels = append(labels, b.Label)
				if strings.Contains(b.Line, domain.OwnCode) {
					t.Errorf("the line %s does not name the proposal", b.Line)
				}
			}
			if p.Data.Step != row.step || !slices.Equal(o.sop.Deciders(c, p), row.decides) || !strings.Contains(p.Text, row.says) || !slices.Equal(labels, row.buttons) {
				t.Errorf("step %d, %v decide, %v:\n%s", p.Data.Step, o.sop.Deciders(c, p), labels, p.Text)
			}
		})
	}
}

// A passed cycle resets the count, unless the office does not forget, it is the same cycle, or the
// lecturer is barred.
func TestLadderReset(t *testing.T) {
	o := newCaseOffice(t)
	barred := domain.NewDate(2026, 11, 3)
	for _, row := range []struct {
		name    string
		keeps   bool // the office does not forget
		was     domain.Standing
		cycle   string
		changed bool
	}{
		{"the next cycle", false, domain.Standing{Step: 2, Cycle: "t5"}, "t6", true},
		{"the same cycle", false, domain.Standing{Step: 2, Cycle: "t5"}, "t5", false},
		{"nothing to forget", false, domain.Standing{}, "t6", false},
		{"an office that does not forget", true, domain.Standing{Step: 2, Cycle: "t5"}, "t6", false},
		{"barred", false, domain.Standing{Step: 3, Cycle: "t5", Barred: barred}, "t6", false},
		{"given back", false, domain.Standing{Step: 1, Cycle: "t5", Barred: barred, Until: barred}, "t6", true},
	} {
		s := o.sop
		s.Policy.Lecturer.PassResets = !row.keeps
		got, changed := s.Met(row.was, row.cycle)
		if changed != row.changed || changed && got.Step != 0 || !changed && got != row.was {
			t.Errorf("%s: %+v, %v", row.name, got, changed)
		}
	}
}

// A barred lecturer is no lecturer any more and everything else as before.
func TestBarredLecturer(t *testing.T) {
	o := newCaseOffice(t)
	p, _ := o.staff.Person("fang")
	p.Bars = []domain.Bar{{Office: "hu", Since: domain.NewDate(2026, 11, 3), Until: domain.NewDate(2026, 12, 1)}}
	for _, row := range []struct {
		day      domain.Date
		lectures bool
	}{
		{domain.NewDate(2026, 11, 2), true}, {domain.NewDate(2026, 11, 3), false}, {domain.NewDate(2026, 12, 1), false}, {domain.NewDate(2026, 12, 2), true},
	} {
		if p.Lectures("hu", row.day) != row.lectures || !p.Has("hu", domain.Supervisor, row.day) {
			t.Errorf("%s: lectures %v", row.day, p.Lectures("hu", row.day))
		}
	}
	x := domain.Session{ID: "s", Lecturer: "fang", State: domain.Planned, Start: o.at("2026-11-10 15:00"), End: o.at("2026-11-10 16:00")}
	same := domain.Session{ID: "t", Lecturer: "chen", State: domain.Planned, Start: o.at("2026-11-10 15:30"), End: o.at("2026-11-10 16:30")}
	before := domain.Session{ID: "u", Lecturer: "fang", State: domain.Planned, Start: o.at("2026-11-02 21:00"), End: o.at("2026-11-02 22:00")}
	prop := domain.Proposal{About: "fang", Kind: domain.Ladder, Data: domain.ProposalData{Step: 3}}
	c := o.by("zhou", "2026-11-02 20:00")
	standing := o.sop.Counted(c, domain.Standing{}, prop)
	out := o.sop.TellLadder(c, domain.Change{}, standing, prop, "chen", []domain.Session{before, x})
	if len(out.Sessions) != 1 || out.Sessions[0].ID != "s" || out.Sessions[0].Lecturer != "chen" {
		t.Errorf("free: %+v", out.Sessions)
	}
	out = o.sop.TellLadder(c, domain.Change{}, standing, prop, "chen", []domain.Session{before, x, same})
	if len(out.Sessions) != 0 || !strings.Contains(out.Reply.Text, "还没有人讲") {
		t.Errorf("taken: %+v %s", out.Sessions, out.Reply.Text)
	}
}

// A supervisor who lost the qualification is not asked for her weekly hours (5.3.1, D11): that conflict
// was decided with it.
func TestBarredSupervisorOwesNoHours(t *testing.T) {
	s := office2026(t)
	day := domain.NewDate(2026, 10, 15)
	for _, barred := range []bool{false, true} {
		f := facts()
		if barred {
			f.Staff[0].Bars = []domain.Bar{{Office: cuihu, Since: domain.NewDate(2026, 10, 1)}}
		}
		f.Plans = append(f.Plans, domain.PlanFact{ID: "p", Period: domain.MonthlyPeriod(domain.Month{Year: 2026, Month: 10}), Approved: true, Version: 1})
		f.Coverage = &domain.CoverageFacts{Day: day, History: domain.History{Office: f.Office, Staff: f.Staff}}
		w := domain.Window{From: s.Calendar.At(day, domain.Clock{}), To: s.Calendar.At(day, domain.Clock{Hour: 23, Minute: 59})}
		if got := lines(s.Timetable(f, w), domain.TeachingHours); (got == "") != barred {
			t.Errorf("barred %v: %q", barred, got)
		}
	}
}
