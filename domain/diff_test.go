package domain_test

import (
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

// What is changed of an item is named; what is not is not.
func TestDiffNamesWhatChanged(t *testing.T) {
	o := newCaseOffice(t)
	base := o.item("2026-10-13", "15:00", "complaints")
	base.Room = "培训室"
	for want, change := range map[string]func(*domain.Item){
		"没有改动": func(*domain.Item) {},
		"改1场（10月13日(周二) 业户投诉处理流程及回复：讲师 王芳→陈静）":     func(it *domain.Item) { it.Lecturer = "chen" },
		"改1场（10月13日(周二) 业户投诉处理流程及回复：讲师 王芳→待定）":     func(it *domain.Item) { it.Lecturer = "" },
		"改1场（10月13日(周二) 业户投诉处理流程及回复：地点 培训室→大厅）":    func(it *domain.Item) { it.Room = "大厅" },
		"改1场（10月13日(周二) 业户投诉处理流程及回复：班次 全员→B场 夜班）":  func(it *domain.Item) { it.Run, it.Shifts = "B", []string{"夜班"} },
		"改1场（10月13日(周二) 业户投诉处理流程及回复：时长 60分钟→90分钟）": func(it *domain.Item) { it.Minutes = 90 },
		"改期1场（业户投诉处理流程及回复 10月13日(周二) → 10月14日(周三) 16:00，讲师 王芳→陈静）": func(it *domain.Item) {
			it.Date, it.Start, it.Lecturer = domain.NewDate(2026, 10, 14), domain.Clock{Hour: 16}, "chen"
		},
		"删1场（10月13日(周二) 业户投诉处理流程及回复）、加1场（10月13日(周二) 15:00 业户投诉处理流程及回复）": func(it *domain.Item) { it.ID = "another" },
	} {
		it := base
		change(&it)
		if got := o.sop.Diff(o.staff, []domain.Item{base}, []domain.Item{it}); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// The first version of a month is compared with the month before, a revision with what is in force, and
// what comes back with what was returned.
func TestChangesOnTheCard(t *testing.T) {
	o := newCaseOffice(t)
	before := domain.Plan{ID: "sep", No: 6, Office: "hu", Period: domain.MonthlyPeriod(domain.Month{Year: 2026, Month: time.September}),
		Versions: []domain.PlanVersion{{Number: 1, State: domain.Approved, Items: []domain.Item{o.item("2026-09-09", "15:00", "duties")}}}}
	p := o.plan()
	p.Versions[0].Items = []domain.Item{o.item("2026-10-09", "15:00", "duties"), o.item("2026-10-22", "15:00", "communication")}
	p = only2(o.sop.Submit(o.by("fang", "2026-09-21 16:02"), p, before))(t)
	if got, want := p.Latest().Changes, "比9月：+1场，新增如何与业主沟通，消防0场（每季度一次，下次1月），军体0场（每两月一次，下次11月）"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p = only2(o.sop.Return(o.by("zhou", "2026-09-22 09:00"), p, 1, "客服走不开"))(t)
	p = only2(o.sop.MoveItem(o.by("fang", "2026-09-22 10:00"), p, p.Latest().Items[1].ID, domain.NewDate(2026, 10, 23), domain.Clock{Hour: 15}))(t)
	c, err := o.sop.Submit(o.by("fang", "2026-09-22 10:15"), p, before)
	p = only(t, c, err)
	if got, want := p.Latest().Changes, "比v1（已驳回）：改期1场（如何与业主沟通 10月22日(周四) → 10月23日(周五) 15:00）"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if card := c.Notices[0].Body.Card; card.Facts[2].Value != "比v1：改期1场" || card.Text != p.Latest().Changes {
		t.Errorf("card %+v", card)
	}
	p = only2(o.sop.Approve(o.by("zhou", "2026-09-22 11:00"), p, 2, nil, o.fresh))(t)
	p = only2(o.sop.DropItem(o.by("fang", "2026-10-08 10:00"), p, p.Latest().Items[1].ID, ""))(t)
	p = only2(o.sop.Submit(o.by("fang", "2026-10-08 10:01"), p))(t)
	if got, want := p.Latest().Changes, "比v2（执行中）：删1场（10月23日(周五) 如何与业主沟通）"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// January may be approved before the year is, and both sides are told so.
func TestJanuaryBeforeTheYear(t *testing.T) {
	o := newCaseOffice(t)
	january := domain.MonthlyPeriod(domain.Month{Year: 2027, Month: time.January})
	c, err := o.sop.StartPlan(o.by("fang", "2026-12-21 10:00"), "jan", 9, january, []domain.Item{o.item("2027-01-05", "15:00", "duties")}, nil)
	p := only(t, c, err)
	year := domain.Plan{ID: "year", Office: "hu", Period: domain.AnnualPeriod(2027), Versions: []domain.PlanVersion{{Number: 1, State: domain.Submitted}}}
	for name, row := range map[string]struct {
		state domain.PlanState
		said  bool
	}{"waits": {domain.Submitted, true}, "approved": {domain.Approved, false}} {
		year.Versions[0].State = row.state
		c, err := o.sop.Submit(o.by("fang", "2026-12-22 10:00"), p, year)
		q := only(t, c, err)
		for _, text := range []string{c.Reply.Text, q.Latest().Changes, c.Notices[0].Body.Text} {
			if got := strings.Contains(text, "2027年度计划还没有批准"); got != row.said {
				t.Errorf("%s: said %t: %s", name, got, text)
			}
		}
	}
}
