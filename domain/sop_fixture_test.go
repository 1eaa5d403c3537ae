package domain_test

import (
	"fmt"
	"testing"
	"time"

	"trainingbot/domain"
)

// caseOffice is the sample office of these tests: one of each role, and trainees.
type caseOffice struct {
	t     *testing.T
	sop   domain.SOP
	staff domain.Staff
	seq   int
}

func newCaseOffice(t *testing.T) *caseOffice {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	policy := domain.DefaultPolicy()
	cal, err := domain.NewCalendar(zone, policy.Calendar)
	if err != nil {
		t.Fatal(err)
	}
	o := &caseOffice{t: t, sop: domain.SOP{Policy: policy, Calendar: cal}}
	for _, p := range []struct {
		id   string
		name string
		role domain.Role
	}{
		{"fang", "王芳", domain.Supervisor}, {"zhou", "周国平", domain.Director}, {"chen", "陈静", domain.Coach},
		{"li", "李娜", domain.Trainee}, {"wei", "张伟", domain.Trainee}, {"wei2", "张伟", domain.Trainee},
	} {
		o.hire(p.id, p.name, p.role)
	}
	return o
}

func (o *caseOffice) hire(id, name string, roles ...domain.Role) {
	o.staff = append(o.staff, domain.Person{ID: domain.PersonID(id), No: "K-" + id, Name: name, Handles: []domain.Handle{{Platform: "wecom", User: id}},
		Memberships: []domain.Membership{{Office: "hu", Roles: roles, Since: domain.NewDate(2020, 1, 1)}}})
}

func (o *caseOffice) at(s string) time.Time {
	o.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s, o.sop.Calendar.Zone)
	if err != nil {
		if at, err = time.ParseInLocation("2006-01-02 15:04", s, o.sop.Calendar.Zone); err != nil {
			o.t.Fatal(err)
		}
	}
	return at
}

// by gives the case in which a person acts at a time.
func (o *caseOffice) by(id domain.PersonID, at string) domain.Case {
	o.t.Helper()
	p, ok := o.staff.Person(id)
	if !ok {
		o.t.Fatalf("no person %s", id)
	}
	return domain.Case{Office: domain.Office{ID: "hu", Name: "翠湖管理处", Since: domain.NewDate(2026, 1, 1)}, Staff: o.staff, By: p, Now: o.at(at)}
}

func (o *caseOffice) item(day, clock, topic string) domain.Item {
	o.t.Helper()
	d, err := domain.ParseDate(day)
	if err != nil {
		o.t.Fatal(err)
	}
	c, err := domain.ParseClock(clock)
	if err != nil {
		o.t.Fatal(err)
	}
	o.seq++
	return domain.Item{ID: domain.ItemID(fmt.Sprintf("i%d", o.seq)), Date: d, Start: c, Minutes: 60, Topics: []string{topic}, Lecturer: "fang", Source: "4.2.1"}
}

func (o *caseOffice) fresh() (domain.SessionID, int64) {
	o.seq++
	return domain.SessionID(fmt.Sprintf("s%d", o.seq)), int64(o.seq)
}

// plan gives a plan of October 2026 with two items, as a first draft.
func (o *caseOffice) plan() domain.Plan {
	o.t.Helper()
	c, err := o.sop.StartPlan(o.by("fang", "2026-09-21 10:00"), "plan", 7, domain.MonthlyPeriod(domain.Month{Year: 2026, Month: 10}),
		[]domain.Item{o.item("2026-10-09", "15:00", "服务意识"), o.item("2026-10-13", "15:00", "投诉处理")}, nil)
	return only(o.t, c, err)
}

// only gives the one plan a change leaves behind.
func only(t *testing.T, c domain.Change, err error) domain.Plan {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Plans) != 1 || len(c.Audit) == 0 {
		t.Fatalf("want one plan and an audit line, got %d and %d", len(c.Plans), len(c.Audit))
	}
	return c.Plans[0]
}

func (o *caseOffice) submitted() domain.Plan {
	o.t.Helper()
	c, err := o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.plan())
	return only(o.t, c, err)
}
