package domain_test

import (
	"slices"
	"strings"
	"testing"

	"trainingbot/domain"
)

func failure(sitting int, day string, evidence string) domain.Failure {
	d, err := domain.ParseDate(day)
	if err != nil {
		panic(err)
	}
	return domain.Failure{Person: "li", Assessment: "t5", Kind: "monthly", Code: "T5", Title: "2026年9月培训考核", Sitting: sitting, Evidence: evidence, Day: d}
}

// What each failed sitting proposes (6.2.3): the deduction, the training, and after the third the date.
func TestFailedSittingIsProposed(t *testing.T) {
	o := newCaseOffice(t)
	for _, row := range []struct {
		name    string
		sitting int
		hire    bool
		points  int
		until   string
		title   string
		buttons []string
	}{
		{"first", 1, false, -3, "0000-00-00", "李娜 第1次不合格 扣3分", []string{"确认", "不扣，写理由"}},
		{"first of a new hire", 1, true, -3, "0000-00-00", "李娜 第1次不合格 扣3分", []string{"确认", "不扣，写理由", "新员工不适用"}},
		{"second", 2, false, -6, "0000-00-00", "李娜 第2次不合格 扣6分", []string{"确认", "不扣，写理由"}},
		{"third", 3, false, -10, "2026-12-02", "李娜 第3次不合格 扣10分", []string{"确认，限12-02", "不扣，写理由", "限期另定"}},
		{"the sitting of the set date", 4, false, 0, "2026-12-02", "李娜 第4次不合格", []string{"确认，限12-02", "不扣，写理由", "限期另定"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := o.by("fang", "2026-11-02 20:00")
			x, again := o.sop.Fail(c, domain.Chain{ID: "c"}, failure(row.sitting, "2026-11-02", "书面70（合格线80）"))
			step, i := x.Step(row.sitting)
			if again || i < 0 {
				t.Fatal(again, i)
			}
			p := o.sop.FailProposal(c, x, step, row.hire)
			var labels []string
			for _, b := range p.Buttons {
				labels = append(labels, b.Label)
				if len([]rune(b.Label)) > 10 {
					t.Errorf("the button %s is too long", b.Label)
				}
			}
			if p.Data.Points != row.points || p.Title != row.title || !slices.Equal(labels, row.buttons) || p.For != domain.Supervisor || p.About != "li" {
				t.Errorf("%+v", p)
			}
			if got := p.Data.Until; got.IsZero() != (row.until == "0000-00-00") || !got.IsZero() && got.String() != row.until {
				t.Errorf("by %s, want %s", got, row.until)
			}
			if !strings.Contains(p.Text, "书面70") {
				t.Error(p.Text)
			}
		})
	}
}

// The chain: said again it proposes nothing, a pass closes it at any step, a corrected score opens or
// closes it with history.
func TestChain(t *testing.T) {
	o := newCaseOffice(t)
	c := o.by("fang", "2026-10-12 20:10")
	x, _ := o.sop.Fail(c, domain.Chain{ID: "c"}, failure(1, "2026-10-12", "书面70"))
	x = x.Decided(1, domain.StepDeducted, "f1", domain.Session{})
	x, again := o.sop.Fail(c, x, failure(1, "2026-10-12", "书面71"))
	if !again || x.Last().Evidence != "书面71" || x.Last().Entry != "f1" {
		t.Fatalf("said again: %+v", x)
	}
	passed, corrected := o.sop.Pass(c, x, failure(2, "2026-10-21", "85分"))
	if passed.State != domain.ChainPassed || corrected.Sitting != 0 || passed.Last().Outcome != domain.StepDeducted {
		t.Errorf("passed at the second: %+v, %+v", passed, corrected)
	}
	fixed, corrected := o.sop.Pass(c, x, failure(1, "2026-10-12", "书面90"))
	if fixed.State != domain.ChainPassed || corrected.Entry != "f1" || fixed.Last().Sitting != 0 || len(fixed.Steps) != 1 {
		t.Errorf("corrected: %+v, %+v", fixed, corrected)
	}
	back, again := o.sop.Fail(c, fixed, failure(1, "2026-10-12", "书面70"))
	if again || back.State != domain.ChainOpen || back.Last().Outcome != domain.StepOpen || !back.Ended.IsZero() {
		t.Errorf("corrected back: %+v", back)
	}
}

// The date by which it must be mastered (6.2.3).
func TestMasterBy(t *testing.T) {
	o := newCaseOffice(t)
	c := o.by("fang", "2026-11-02 20:10")
	third := domain.Chain{ID: "c", Person: "li", Title: "考核", State: domain.ChainOpen, Steps: []domain.ChainStep{{Sitting: 3, Day: domain.NewDate(2026, 11, 2)}}}
	second := domain.Chain{ID: "c", Person: "li", State: domain.ChainOpen, Steps: []domain.ChainStep{{Sitting: 2}}}
	for _, row := range []struct {
		name  string
		chain domain.Chain
		day   domain.Date
		says  string // "": refused
	}{
		{"a working day", third, domain.NewDate(2026, 12, 2), "限期掌握：12月2日(周三)。"},
		{"a day of rest keeps its date", third, domain.NewDate(2026, 12, 6), "12月6日(周日)（当天是周日，请最迟12月4日(周五)考完）"},
		{"today", third, domain.NewDate(2026, 11, 2), ""},
		{"before the third fail", second, domain.NewDate(2026, 12, 2), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := o.sop.MasterBy(c, row.chain, row.day)
			if _, refused := domain.Refusal(err); refused != (row.says == "") {
				t.Fatal(err)
			}
			if err == nil && (!strings.Contains(got.Reply.Text, row.says) || got.Chains[0].Deadline != row.day || got.Notices[0].To[0] != "li") {
				t.Errorf("%s %+v", got.Reply.Text, got.Chains)
			}
		})
	}
}

// The time of an individual training lies outside the shift and after the rest of a night (mission
// open point 19).
func TestTrainingSlot(t *testing.T) {
	o := newCaseOffice(t)
	shift := func(days map[int]string, always string) domain.Person {
		p := domain.Person{ID: "yu", Name: "郑宇"}
		if days == nil {
			p.Memberships = []domain.Membership{{Office: "hu", Roles: []domain.Role{domain.Trainee}, Since: domain.NewDate(2020, 1, 1), Shift: always}}
			return p
		}
		for d := 12; d <= 31; d++ {
			day := domain.NewDate(2026, 10, d)
			p.Memberships = append(p.Memberships, domain.Membership{Office: "hu", Roles: []domain.Role{domain.Trainee}, Since: day, Until: day, Shift: days[d]})
		}
		return p
	}
	busy := domain.Session{ID: "s", Office: "hu", Lecturer: "fang", Start: o.at("2026-10-14 17:00"), End: o.at("2026-10-14 18:00"), State: domain.Planned, Invited: []domain.PersonID{}}
	for _, row := range []struct {
		name string
		who  domain.Person
		busy []domain.Session
		want string
	}{
		{"early shift, after work", shift(nil, "早班"), nil, "2026-10-14 17:30"},
		{"late shift, before work", shift(nil, "中班"), nil, "2026-10-14 10:00"},
		{"no shift known", shift(nil, ""), nil, "2026-10-14 17:30"},
		{"always at night: after the rest, before the next night", shift(nil, "夜班"), nil, "2026-10-14 17:00"},
		{"nights of the 13th and 14th: the 15th is rest, so the 16th", shift(map[int]string{13: "夜班", 14: "夜班", 15: "休", 16: "休"}, ""), nil, "2026-10-16 10:00"},
		{"the trainer is taken", shift(nil, "早班"), []domain.Session{busy}, "2026-10-15 17:30"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := o.sop.TrainingSlot(o.by("fang", "2026-10-12 20:10"), row.who, "fang", domain.NewDate(2026, 10, 12), row.busy)
			if !got.Equal(o.at(row.want)) {
				t.Errorf("%s, want %s", o.sop.Moment(got), row.want)
			}
		})
	}
}
