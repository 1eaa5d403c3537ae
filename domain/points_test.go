package domain_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"trainingbot/domain"
)

// The ledger: the points of a month are the base and every entry of it; a deduction is taken back at
// most once, and then it is as if it had never been; months do not touch each other.
func TestPointsLaw(t *testing.T) {
	o := newCaseOffice(t)
	c := o.by("fang", "2026-10-20 10:00")
	rapid.Check(t, func(t *rapid.T) {
		var all []domain.PointsEntry
		standing := map[domain.Month]int{}
		taken := map[domain.EntryID]bool{}
		for i := range rapid.IntRange(1, 25).Draw(t, "acts") {
			id := domain.EntryID(fmt.Sprint("e", i))
			if len(all) > 0 && rapid.Bool().Draw(t, "reverse") {
				of := rapid.SampledFrom(all).Draw(t, "entry")
				got, err := o.sop.Reverse(c, of, domain.PointsEntry{ID: id, No: int64(i)}, "申诉成立", all)
				if _, refused := domain.Refusal(err); refused != (of.Reverses != "" || taken[of.ID]) {
					t.Fatalf("%+v: %v", of, err)
				}
				if err == nil {
					taken[of.ID] = true
					standing[of.Month] -= of.Points
					all = append(all, got.Points[0])
				}
				continue
			}
			m := domain.Month{Year: 2026, Month: 10}.Add(rapid.IntRange(0, 2).Draw(t, "month"))
			p := rapid.SampledFrom([]int{-1, -2, -3, -6, -10}).Draw(t, "points")
			got := o.sop.Deduct(c, domain.PointsEntry{ID: id, No: int64(i), Person: "li", Month: m, Points: p, Clause: "6.2.2", Reason: "事由", Evidence: "S31"})
			standing[m] += p
			all = append(all, got.Points[0])
		}
		for i := range 4 {
			m := domain.Month{Year: 2026, Month: 9}.Add(i)
			if got := o.sop.Balance(m, all); got != o.sop.Policy.Points.Base+standing[m] {
				t.Fatalf("%s: %d, want %d", m, got, o.sop.Policy.Points.Base+standing[m])
			}
		}
	})
}

// The month of the office in heads and lines: the lowest first, who was there is counted.
func TestOverview(t *testing.T) {
	o := newCaseOffice(t)
	m := domain.Month{Year: 2026, Month: 10}
	e := func(no int64, who domain.PersonID, points int) domain.PointsEntry {
		return domain.PointsEntry{ID: domain.EntryID(fmt.Sprint(no)), No: no, Person: who, Month: m, Points: points, Clause: "6.2.2", Reason: "无故缺席"}
	}
	for _, row := range []struct {
		name    string
		entries []domain.PointsEntry
		want    string
	}{
		{"nobody", nil, "2026年10月考勤分：3人，0人有扣分记录，3人满分（基数100【暂按，待确认16】）"},
		{"two", []domain.PointsEntry{e(1, "li", -2), e(2, "wei", -3), e(3, "wei", -2)},
			"2026年10月考勤分：3人，2人有扣分记录，1人满分（基数100【暂按，待确认16】）\n张伟(K-wei) 95\n  F2 -3 无故缺席（规程6.2.2）\n  F3 -2 无故缺席（规程6.2.2）\n李娜 98\n  F1 -2 无故缺席（规程6.2.2）"},
	} {
		if got := o.sop.Overview(o.by("fang", "2026-10-20 10:00"), m, row.entries); got != row.want {
			t.Errorf("%s:\n%s", row.name, got)
		}
	}
}
