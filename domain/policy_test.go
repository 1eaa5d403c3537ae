package domain_test

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

func TestDefaultPolicyIsValid(t *testing.T) {
	if err := DefaultPolicy().Validate(); err != nil {
		t.Error(err)
	}
	a, b := DefaultPolicy(), DefaultPolicy()
	a.Reminders.AheadDays[0], a.Curriculum[0].Name, a.Curriculum[8].Lecturers[0] = 99, "x", Trainee
	if b.Reminders.AheadDays[0] == 99 || b.Curriculum[0].Name == "x" || b.Curriculum[9].Lecturers[0] == Trainee {
		t.Error("two default policies share memory")
	}
}

// Every number is described: a key of its own, a clause, a meaning; its open point exists.
func TestRules(t *testing.T) {
	p := DefaultPolicy()
	rules := p.Rules()
	fields := 0
	v := reflect.ValueOf(p)
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Struct {
			fields += v.Field(i).NumField()
			for j := range v.Field(i).NumField() {
				if tag := v.Field(i).Type().Field(j).Tag.Get("open"); tag != "" {
					if _, err := strconv.Atoi(tag); err != nil {
						t.Errorf("open:%q", tag)
					}
				}
			}
		}
	}
	if len(rules) != fields {
		t.Errorf("%d rules for %d fields", len(rules), fields)
	}
	seen := map[string]bool{}
	key, clause := regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`), regexp.MustCompile(`^[3-7]\.\d(\.\d)?$`)
	for _, r := range rules {
		if !key.MatchString(r.Key) || seen[r.Key] || !clause.MatchString(r.Clause) || r.Meaning == "" || r.Group == "" || r.OpenPoint < 0 || r.OpenPoint > 20 {
			t.Errorf("%+v", r)
		}
		if r.Ask && r.OpenPoint == 0 {
			t.Errorf("%s is asked for without an open point", r.Key)
		}
		seen[r.Key] = true
	}
	value := func(p Policy, key string) Rule {
		rules := p.Rules()
		return rules[slices.IndexFunc(rules, func(r Rule) bool { return r.Key == key })]
	}
	for key, want := range map[string]string{
		"plan.monthly_due_day": "25", "plan.annual_due": "12-10", "reminders.ahead_days": "[7, 3, 1]", "reminders.morning": "09:00", "reminders.session_before": "30m",
		"check_in.open_after": "4h", "points.third_fail": "-10", "plan.self_approval": "true", "calendar.unannounced_holidays": "[]",
	} {
		if got := value(p, key).Value; got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if !value(p, "assessment.pass_mark").Confirm {
		t.Error("the pass mark waits to be confirmed")
	}
	p.Confirmed = []int{11}
	if value(p, "assessment.pass_mark").Confirm || !value(p, "assessment.practical").Confirm {
		t.Error("open point 11 is confirmed, 12 is not")
	}
}

func TestOpenPoints(t *testing.T) {
	p := DefaultPolicy()
	p.Confirmed = []int{12}
	points := p.OpenPoints()
	asked := map[int]bool{}
	for _, r := range p.Rules() {
		if r.Ask {
			asked[r.OpenPoint] = true
		}
	}
	for i, o := range points {
		if o.No != i+1 || o.Problem == "" || o.Reading == "" || o.Clause == "" || o.Confirmed != (o.No == 12) || o.Ask != asked[o.No] {
			t.Errorf("%+v (asked by a rule: %v)", o, asked[o.No])
		}
	}
	if len(points) != 21 {
		t.Errorf("%d open points", len(points))
	}
}

// The numbers of the source, so that a slip of the keyboard in the defaults shows.
func TestNumbersOfTheSource(t *testing.T) {
	p := DefaultPolicy()
	for name, ok := range map[string]bool{
		"5.1.2":    p.Plan.MonthlyDueDay == 25 && p.Plan.AnnualDue == MonthDay{Month: time.December, Day: 10},
		"5.1.3":    p.Plan.AnnualApprovalDue == MonthDay{Month: time.December, Day: 20},
		"5.1.4":    p.Plan.ApprovalDueDay == 30,
		"5.2.1":    p.Orientation.TheoryWithinWorkingDays == 2,
		"5.3.1":    p.Teaching.WeeklyHours == 2,
		"5.4":      p.Assessment.TheoryTestWorkingDay == 10 && p.Assessment.WindowWorkingDays == 5 && p.Assessment.AnalysisDays == 7,
		"4.1":      p.Orientation.Days == 5 && p.Orientation.ClassHours == 40 && p.Orientation.CompanyHours == 8 && p.Orientation.ServiceHours == 8 && p.Orientation.PracticeHours == 24,
		"4.2.2":    p.Drafting.FortnightTimes == 3,
		"6.1.1":    slices.Equal(p.Assessment.PassRates, []int{90, 95, 100}),
		"6.1.2":    p.Assessment.Understood == 100 && p.Assessment.Practical == 90 && p.Assessment.Breadth == 70 && p.Assessment.Errors == 0,
		"6.2.2":    p.Points.Absent == -2 && p.Points.Discipline == -1 && p.Points.Feedback == -1,
		"6.2.3":    p.Points.FirstFail == -3 && p.Points.SecondFail == -6 && p.Points.ThirdFail == -10,
		"72 hours": p.Reminders.RenewCard*24 < 72,
	} {
		if !ok {
			t.Errorf("%s is not what the source says", name)
		}
	}
}

func TestCurriculum(t *testing.T) {
	p := DefaultPolicy()
	count := map[string]int{}
	for _, topic := range p.Curriculum {
		count[topic.Clause]++
	}
	if want := map[string]int{"4.1": 7, "4.2.1": 2, "4.2.2": 6, "4.2.3": 3, "4.2.4": 3, "4.3": 2, "4.4": 3}; !reflect.DeepEqual(count, want) {
		t.Errorf("%v, want %v", count, want)
	}
	for said, want := range map[string]string{
		"服务意识": "service_awareness", "岗位技能": "standards", "岗位操作标准": "standards", "如何与业主沟通": "communication", "业主沟通": "communication",
		"安全消防": "safety_fire", "安全、消防知识": "safety_fire", "客户服务规程标准": "service_rules", "投诉": "complaints", "Case_Study": "case_study", " 服务意识(业主识别) ": "service_awareness",
		"消防": "fire_extinguishers", "突发事件处理": "emergencies", "打电话": "", "": "", "、": "",
	} {
		found := p.FindTopics(said)
		if want == "" && len(found) == 0 {
			continue
		}
		if len(found) != 1 || found[0].ID != want {
			var ids []string
			for _, f := range found {
				ids = append(ids, f.ID)
			}
			t.Errorf("%q finds %v, want %s", said, ids, want)
		}
	}
	if found := p.FindTopics("物业"); len(found) < 2 {
		t.Errorf("物业 may mean several: %v", found)
	}
	if _, ok := p.Topic("no such"); ok {
		t.Error("a topic nobody teaches")
	}
	names := map[string]string{}
	for _, topic := range p.Curriculum {
		for _, n := range append([]string{topic.ID, topic.Name}, topic.Aliases...) {
			if other, taken := names[strings.ToLower(n)]; taken {
				t.Errorf("%q names both %s and %s", n, other, topic.ID)
			}
			names[strings.ToLower(n)] = topic.ID
		}
	}
}

func TestPeriod(t *testing.T) {
	for _, row := range []struct{ text, chinese, next, first, last string }{
		{"2026-10", "2026年10月", "2026-11", "2026-10-01", "2026-10-31"},
		{"2026-12", "2026年12月", "2027-01", "2026-12-01", "2026-12-31"},
		{"2027", "2027年度", "2028", "2027-01-01", "2027-12-31"},
	} {
		p, err := ParsePeriod(row.text)
		if err != nil || p.String() != row.text || p.Chinese() != row.chinese || p.Next().String() != row.next || p.First() != day(t, row.first) || p.Last() != day(t, row.last) || !p.Before(p.Next()) || !p.Has(p.Last()) || p.Has(p.Last().AddDays(1)) {
			t.Errorf("%s: %+v %v", row.text, p, err)
		}
		var back Period
		if text, _ := p.MarshalText(); back.UnmarshalText(text) != nil || back != p {
			t.Errorf("%s does not come back", row.text)
		}
	}
	for _, bad := range []string{"", "26", "2026-13", "2026-1-1", "明年", "-001", "+999"} {
		if p, err := ParsePeriod(bad); err == nil {
			t.Errorf("%q is read as %s", bad, p)
		}
	}
}
