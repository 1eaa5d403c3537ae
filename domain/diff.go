package domain

import (
	"fmt"
	"slices"
	"strings"
)

// changes says in words what a version is to the director who decides it: how it differs from what is
// in force and from what was sent back, and a first one from the month before (mission flow 1).
func (s SOP) changes(staff Staff, p Plan, v PlanVersion, related []Plan) string {
	var out []string
	for _, x := range []struct {
		state PlanState
		word  string
	}{{Approved, "执行中"}, {Returned, "已驳回"}} {
		old, ok := p.In(x.state)
		if !ok || old.Number >= v.Number {
			continue
		}
		if x.state == Returned && slices.ContainsFunc(p.Versions, func(w PlanVersion) bool {
			return w.Number > old.Number && w.Number < v.Number && (w.State == Approved || w.State == Superseded)
		}) {
			continue // sent back before what is in force was approved: that is history
		}
		out = append(out, fmt.Sprintf("比v%d（%s）：%s", old.Number, x.word, s.Diff(staff, old.Items, v.Items)))
	}
	if len(out) == 0 {
		out = append(out, s.against(p, v, related))
	}
	if note := s.yearFirst(p, related); note != "" {
		out = append(out, strings.TrimSuffix(note, "。"))
	}
	return strings.Join(out, "；")
}

// against compares the first version of a month with the month before: how many sessions more, which
// topics come and go, and what is not taught every month.
func (s SOP) against(p Plan, v PlanVersion, related []Plan) string {
	i := slices.IndexFunc(related, func(q Plan) bool { return !p.Period.Annual() && !q.Period.Annual() && q.Period.Next() == p.Period })
	if i < 0 {
		return "首次上报"
	}
	before, ok := related[i].In(Approved)
	if !ok {
		before = related[i].Latest()
	}
	had, has := topicsOf(before.Items), topicsOf(v.Items)
	parts := []string{fmt.Sprintf("比%d月：%s", int(related[i].Period.MonthOf().Month), signedCount(len(lessonsOf(v.Items))-len(lessonsOf(before.Items))))}
	for _, x := range []struct {
		word    string
		in, not []string
	}{{"新增", has, had}, {"没有", had, has}} {
		var names []string
		for _, id := range x.in {
			if t, known := s.Policy.Topic(id); !slices.Contains(x.not, id) && (!known || t.Category == Regular) {
				names = append(names, Join(s.TopicNames([]string{id})))
			}
		}
		if n := len(names); n > 2 {
			names = append(names[:2], fmt.Sprintf("等%d个主题", n))
		}
		if len(names) > 0 {
			parts = append(parts, x.word+strings.Join(names, "、"))
		}
	}
	for _, x := range []struct{ category, word string }{{FireSafety, "消防"}, {Drill, "军体"}} {
		if line, ok := s.seldom(p.Period.MonthOf(), v.Items, x.category, x.word); ok {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, "，")
}

// seldom says how many sessions of a category that is not taught every month a plan has, and with none
// when the next is due; false when the curriculum has no such category.
func (s SOP) seldom(m Month, items []Item, category, word string) (string, bool) {
	i := slices.IndexFunc(s.Policy.Curriculum, func(t Topic) bool { return t.Category == category })
	if i < 0 {
		return "", false
	}
	n := 0
	for _, it := range lessonsOf(items) {
		if slices.ContainsFunc(it.Topics, func(id string) bool { t, ok := s.Policy.Topic(id); return ok && t.Category == category }) {
			n++
		}
	}
	line := fmt.Sprintf("%s%d场", word, n)
	every, months, at := s.Policy.Curriculum[i].Every, 1, 1
	switch every {
	case TwoMonthly:
		months, at = 2, s.Policy.Drafting.DrillMonth
	case Quarterly:
		months, at = 3, s.Policy.Drafting.FireMonth
	}
	if n > 0 || months == 1 {
		return line, true
	}
	next := m.Add(1)
	for (int(next.Month)-1)%months != at-1 {
		next = next.Add(1)
	}
	return fmt.Sprintf("%s（%s，下次%d月）", line, every.Chinese(), int(next.Month)), true
}

func topicsOf(items []Item) []string {
	var out []string
	for _, it := range items {
		for _, id := range it.Topics {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

func signedCount(n int) string {
	if n == 0 {
		return "场次相同"
	}
	return fmt.Sprintf("%+d场", n)
}

// yearFirst says of a January plan that the year's plan is not approved yet: the month goes its way all
// the same (mission C5-1b).
func (s SOP) yearFirst(p Plan, related []Plan) string {
	m := p.Period.MonthOf()
	if p.Period.Annual() || m.Month != 1 {
		return ""
	}
	for _, q := range related {
		if _, ok := q.In(Approved); ok && q.Period == AnnualPeriod(m.Year) {
			return ""
		}
	}
	return fmt.Sprintf("%d年度计划还没有批准，1月计划先按规程4.0单独审批。", m.Year)
}

// shortly gives what was changed as a fact of a card can hold it, and the whole where that is longer.
func (s SOP) shortly(changes string) (fact, whole string) {
	const most = 30 // characters of a fact
	if len([]rune(changes)) <= most {
		return changes, ""
	}
	var b strings.Builder
	depth := 0
	for _, c := range changes { // without what stands in brackets: the counts
		switch {
		case c == '（':
			depth++
		case c == '）':
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String(), changes
}

// Diff says in words how one list of items became another (5.4.5): 删1场、加2场、改期1场、改1场, with what
// was changed: 讲师 王芳→陈静.
func (s SOP) Diff(staff Staff, from, to []Item) string {
	old := map[ItemID]Item{}
	for _, it := range from {
		old[it.ID] = it
	}
	var added, moved, changed, dropped []string
	for _, it := range to {
		was, ok := old[it.ID]
		delete(old, it.ID)
		name, besides := Join(s.TopicNames(it.Topics)), s.altered(staff, was, it)
		switch {
		case !ok:
			added = append(added, s.slot(it)+" "+name)
		case was.Date != it.Date || was.Start != it.Start:
			moved = append(moved, strings.Join(append([]string{fmt.Sprintf("%s %s → %s", name, was.Date.Chinese(), s.slot(it))}, besides...), "，"))
		case len(besides) > 0:
			changed = append(changed, fmt.Sprintf("%s %s：%s", it.Date.Chinese(), name, strings.Join(besides, "，")))
		}
	}
	for _, it := range from {
		if _, left := old[it.ID]; left {
			dropped = append(dropped, fmt.Sprintf("%s %s", it.Date.Chinese(), Join(s.TopicNames(it.Topics))))
		}
	}
	var out []string
	for _, x := range []struct {
		word  string
		items []string
	}{{"删", dropped}, {"加", added}, {"改期", moved}, {"改", changed}} {
		if len(x.items) > 0 {
			out = append(out, fmt.Sprintf("%s%d场（%s）", x.word, len(x.items), strings.Join(x.items, "；")))
		}
	}
	if len(out) == 0 {
		return "没有改动"
	}
	return strings.Join(out, "、")
}

// slot says when an item is: a day and time, or of a year's line the month.
func (s SOP) slot(it Item) string {
	if it.Start == (Clock{}) {
		return it.Date.MonthOf().String()
	}
	return it.Date.Chinese() + " " + it.Start.String()
}

// altered names what else than its time was changed of an item.
func (s SOP) altered(staff Staff, was, it Item) []string {
	c := Case{Staff: staff}
	var out []string
	for _, x := range []struct{ word, from, to string }{
		{"讲师", c.lecturer(was.Lecturer), c.lecturer(it.Lecturer)},
		{"地点", orNone(was.Room), orNone(it.Room)},
		{"主题", Join(s.TopicNames(was.Topics)), Join(s.TopicNames(it.Topics))},
		{"时长", fmt.Sprintf("%d分钟", was.Minutes), fmt.Sprintf("%d分钟", it.Minutes)},
		{"班次", orAll(was), orAll(it)},
	} {
		if x.from != x.to {
			out = append(out, fmt.Sprintf("%s %s→%s", x.word, x.from, x.to))
		}
	}
	return out
}

func orNone(room string) string {
	if room == "" {
		return "待定"
	}
	return room
}

// orAll says for whom an item is: A场 早班、中班, or 全员.
func orAll(it Item) string {
	run := it.Run
	if run != "" {
		run += "场"
	}
	if len(it.Shifts) == 0 {
		if run == "" {
			return "全员"
		}
		return run
	}
	return strings.TrimSpace(run + " " + strings.Join(it.Shifts, "、"))
}
