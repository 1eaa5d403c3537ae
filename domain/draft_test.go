package domain_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

func numbered() func() ItemID {
	n := 0
	return func() ItemID { n++; return ItemID(fmt.Sprint("i", n)) }
}

// teachers is an office in which every kind of lecturer is there.
func teachers() Staff {
	since := Date{2020, time.January, 1}
	return append(cuihuStaff(), member("p8", "赵强", since, Coach), member("p9", "老马", since, DrillLeader))
}

func drafted(s SOP, m Month, staff Staff, previous []Item) ([]Item, []Gap) {
	return s.DraftMonth(DraftInput{Office: facts().Office, Month: m, Staff: staff, Previous: previous, NewID: numbered()})
}

// October 2026 as the supervisor would read it.
func TestOctoberDraft(t *testing.T) {
	s := office2026(t)
	previous, _ := drafted(s, Month{2026, time.September}, teachers(), nil)
	items, gaps := drafted(s, Month{2026, time.October}, teachers(), previous)
	var b strings.Builder
	for _, it := range items {
		fmt.Fprintf(&b, "%s %s %s %s %s\n", it.Date, it.Start, Join(s.TopicNames(it.Topics)), teachers().Name(it.Lecturer), it.Source)
	}
	want := `2026-10-08 15:00 服务意识（业主识别）+客服人员岗位职责 王芳 4.2.1
2026-10-10 15:00 业户投诉处理流程及回复+案例分析研讨 王芳 4.2.2、4.2.3
2026-10-12 15:00 服务意识（业主识别）+客服人员岗位职责 王芳 4.2.1
2026-10-14 15:00 客户服务技巧与心理+社会心理学 王芳 4.2.2、4.2.3
2026-10-16 15:00 如何与业主沟通+突发事件的处理 陈静 4.2.2、4.2.3
2026-10-19 15:00 服务意识（业主识别）+客服人员岗位职责 王芳 4.2.1
2026-10-21 15:00 客服接待流程及礼仪+岗位协调配合 王芳 4.2.2、4.2.4
2026-10-23 15:00 客户服务规程、标准+安全、消防知识 赵强 4.2.2、4.2.4
2026-10-26 15:00 服务意识（业主识别）+客服人员岗位职责 王芳 4.2.1
2026-10-28 15:00 岗位操作标准+物业管理知识 王芳 4.2.2、4.2.4
2026-10-30 15:00 火场逃生、人流疏散和火警处理+灭火器的使用 孙伟 4.4
`
	if b.String() != want || len(gaps) > 0 {
		t.Errorf("got\n%s%v\nwant\n%s", b.String(), gaps, want)
	}
}

// Every frequency of 4.0 over 36 months of consecutive drafts, without gap or double.
func TestDraftsMeetEveryFrequency(t *testing.T) {
	s := office2026(t)
	staff := teachers()
	var all, previous []Item
	for m := (Month{2024, time.December}); m.Before(Month{2028, time.January}); m = m.Add(1) {
		items, gaps := drafted(s, m, staff, previous)
		if len(gaps) > 0 {
			t.Errorf("%s: %v", m, gaps)
		}
		slots := map[string]bool{}
		for _, it := range items {
			if !s.Calendar.Working(it.Date) || it.Date.MonthOf() != m {
				t.Errorf("%s: session on %s", m, it.Date)
			}
			slot := fmt.Sprint(it.Date, it.Start)
			if slots[slot] {
				t.Errorf("two sessions at %s", slot)
			}
			slots[slot] = true
			if it.Source == "" || it.Minutes != 60 || it.Room == "" || it.Lecturer == "" || len(it.Topics) > s.Policy.Drafting.TopicsPerSession {
				t.Errorf("%+v", it)
			}
			for _, id := range it.Topics {
				if topic, ok := s.Policy.Topic(id); !ok || !slices.ContainsFunc(topic.Lecturers, func(r Role) bool {
					p, _ := staff.Person(it.Lecturer)
					return p.Has(cuihu, r, it.Date)
				}) {
					t.Errorf("%s is not qualified for %s", it.Lecturer, id)
				}
			}
		}
		all, previous = append(all, items...), items
	}

	weeks, fortnights, months := map[string]int{}, map[string]int{}, map[string]int{}
	hours, turns := map[string]int{}, map[string]int{}
	for _, it := range all {
		y, w := it.Date.ISOWeek()
		if it.Lecturer == "p1" {
			hours[fmt.Sprintf("%d-%02d", y, w)]++
		}
		for _, id := range it.Topics {
			topic, _ := s.Policy.Topic(id)
			switch topic.Every {
			case Weekly:
				weeks[fmt.Sprintf("%s %d-%02d", id, y, w)]++
			case Fortnightly:
				fortnights[fmt.Sprintf("%d-%02d", y, (w+1)/2)]++
				turns[id]++
			case Monthly:
				months[id+" "+it.Date.MonthOf().String()]++
			case TwoMonthly:
				months[fmt.Sprintf("%s %d pair %d", id, it.Date.Year, (int(it.Date.Month)+1)/2)]++
			case Quarterly:
				months[fmt.Sprintf("fire %s", QuarterOf(it.Date))]++
				months[fmt.Sprintf("%s %d", id, it.Date.Year)]++
			}
		}
	}
	for d := (Date{2025, time.January, 6}); d.Before(Date{2027, time.December, 20}); d = d.AddDays(7) {
		y, w := d.ISOWeek()
		worked := s.Calendar.WorkingDays(d.AddDays(-1), d.AddDays(6))
		for _, id := range []string{"service_awareness", "duties"} {
			if got, want := weeks[fmt.Sprintf("%s %d-%02d", id, y, w)], min(1, worked); got != want {
				t.Errorf("week %d of %d with %d working days: %s %d times", w, y, worked, id, got)
			}
		}
		if h := hours[fmt.Sprintf("%d-%02d", y, w)]; worked > 0 && h < s.Policy.Teaching.WeeklyHours {
			t.Errorf("week %d of %d: the supervisor teaches %d class hours", w, y, h)
		}
		if w%2 == 1 {
			if got := fortnights[fmt.Sprintf("%d-%02d", y, (w+1)/2)]; got != 3 {
				t.Errorf("fortnight of week %d of %d: %d sessions of the pool", w, y, got)
			}
		}
	}
	for m := (Month{2025, time.January}); m.Before(Month{2028, time.January}); m = m.Add(1) {
		for _, id := range []string{"case_study", "social_psychology", "emergencies", "coordination", "safety_fire", "property_knowledge"} {
			if got := months[id+" "+m.String()]; got != 1 {
				t.Errorf("%s: %s %d times", m, id, got)
			}
		}
		for _, id := range []string{"formation", "fitness"} {
			if got := months[fmt.Sprintf("%s %d pair %d", id, m.Year, (int(m.Month)+1)/2)]; got != 1 {
				t.Errorf("%s: drill %s %d times in its pair of months", m, id, got)
			}
		}
		if got := months["fire "+QuarterOf(m.First()).String()]; got != 2 { // one session of two topics
			t.Errorf("%s: %d fire topics in its quarter", m, got)
		}
		for _, id := range []string{"fire_extinguishers", "fire_systems", "fire_escape"} {
			if months[fmt.Sprintf("%s %d", id, m.Year)] == 0 {
				t.Errorf("%d: %s is not covered", m.Year, id)
			}
		}
	}
	least, most := 1<<30, 0
	for _, n := range turns {
		least, most = min(least, n), max(most, n)
	}
	if len(turns) != 6 || most-least > 2 {
		t.Errorf("the pool does not take turns: %v", turns)
	}
}

func TestDraftGaps(t *testing.T) {
	s := office2026(t)
	m := Month{2026, time.October}
	_, gaps := drafted(s, m, Staff{member("p1", "王芳", Date{2020, time.January, 1}, Supervisor)}, nil)
	if len(gaps) != 1 || gaps[0].Clause != "4.4" || !strings.Contains(gaps[0].Text, "安全主管") {
		t.Errorf("without a safety officer: %v", gaps)
	}
	items, gaps := drafted(s, m, nil, nil)
	if len(items) == 0 || !slices.ContainsFunc(gaps, func(g Gap) bool { return g.Clause == "5.3.1" }) {
		t.Errorf("without anybody the plan stands and says so: %d items, %v", len(items), gaps)
	}
	s.Policy.Drafting.SessionsPerDay, s.Policy.Drafting.FortnightTimes = 1, 10
	if _, gaps = drafted(s, m, teachers(), nil); !slices.ContainsFunc(gaps, func(g Gap) bool { return strings.Contains(g.Text, "排不下") }) {
		t.Errorf("what does not fit is told: %v", gaps)
	}
}

// What last month left out is made up for.
func TestDraftMakesUp(t *testing.T) {
	s := office2026(t)
	has := func(items []Item, id string) bool {
		return slices.ContainsFunc(items, func(it Item) bool { return slices.Contains(it.Topics, id) })
	}
	sept, _ := drafted(s, Month{2026, time.September}, teachers(), nil)
	oct, _ := drafted(s, Month{2026, time.October}, teachers(), sept)
	if !has(sept, "formation") || has(oct, "formation") || !has(oct, "fire_extinguishers") && !has(oct, "fire_escape") {
		t.Error("drill in the first month of the pair, fire in the first of the quarter")
	}
	without := slices.DeleteFunc(slices.Clone(sept), func(it Item) bool { return slices.Contains(it.Topics, "formation") })
	if oct, _ := drafted(s, Month{2026, time.October}, teachers(), without); !has(oct, "formation") {
		t.Error("drill was struck from September's plan and is not made up for in October")
	}
	noFire := slices.DeleteFunc(slices.Clone(oct), func(it Item) bool { return it.Source == "4.4" })
	if nov, _ := drafted(s, Month{2026, time.November}, teachers(), noFire); !has(nov, "fire_systems") && !has(nov, "fire_escape") && !has(nov, "fire_extinguishers") {
		t.Error("fire safety was struck from October's plan and is not made up for in November")
	}
	if feb, _ := drafted(s, Month{2026, time.February}, teachers(), nil); !has(feb, "formation") || !has(feb, "fire_escape") && !has(feb, "fire_systems") {
		t.Error("an office without any plan begins at once")
	}
}

func TestDraftYear(t *testing.T) {
	s := office2026(t)
	in := DraftInput{Office: facts().Office, Month: Month{2027, time.January}, Staff: teachers(), NewID: numbered()}
	items, gaps := s.DraftYear(in)
	if len(gaps) > 0 {
		t.Error(gaps)
	}
	total := map[string]int{}
	for _, it := range items {
		if it.Date.Day != 1 || it.Start != (Clock{}) || it.Minutes <= 0 || it.ID == "" || it.Note == "" {
			t.Errorf("%+v", it)
		}
		total[it.Source]++
	}
	if want := map[string]int{"4.2.1": 12, "4.2.2": 12, "4.2.3": 12, "4.2.4": 12, "4.3": 6, "4.4": 4}; !reflect.DeepEqual(total, want) {
		t.Errorf("items by clause %v, want %v", total, want)
	}
}

// Whatever the policy allows, a draft is the same twice, on working days of its month, one session a slot.
func TestDraftLaws(t *testing.T) {
	base := office2026(t)
	rapid.Check(t, func(t *rapid.T) {
		s := base
		s.Policy.Drafting.TopicsPerSession = rapid.IntRange(1, 4).Draw(t, "topics")
		s.Policy.Drafting.SessionsPerDay = rapid.IntRange(1, 4).Draw(t, "a day")
		s.Policy.Drafting.FortnightTimes = rapid.IntRange(1, 6).Draw(t, "fortnight")
		s.Policy.Drafting.FireMonth = rapid.IntRange(1, 3).Draw(t, "fire")
		s.Policy.Drafting.DrillMonth = rapid.IntRange(1, 2).Draw(t, "drill")
		if err := s.Policy.Validate(); err != nil {
			t.Fatal(err)
		}
		m := (Month{2024, time.January}).Add(rapid.IntRange(0, 40).Draw(t, "month"))
		var previous []Item
		if rapid.Bool().Draw(t, "with previous") {
			previous, _ = drafted(s, m.Add(-1), teachers(), nil)
		}
		items, gaps := drafted(s, m, teachers(), previous)
		again, gapsAgain := drafted(s, m, teachers(), previous)
		if !reflect.DeepEqual(items, again) || !reflect.DeepEqual(gaps, gapsAgain) {
			t.Fatal("not the same twice")
		}
		slots, ids := map[string]bool{}, map[ItemID]bool{}
		for _, it := range items {
			slot := fmt.Sprint(it.Date, it.Start)
			if !s.Calendar.Working(it.Date) || it.Date.MonthOf() != m || slots[slot] || ids[it.ID] {
				t.Fatalf("%+v", it)
			}
			slots[slot], ids[it.ID] = true, true
		}
	})
}
