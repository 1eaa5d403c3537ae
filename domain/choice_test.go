package domain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

func TestPlainValue(t *testing.T) {
	for value, want := range map[string]string{
		"30m": "30分钟", "1h": "1小时", "1h30m": "1小时30分钟", "[7, 3, 1]": "7、3、1", "[]": "无", "": "无", "true": "是", "25": "25", "0": "0", "09:00": "09:00", "-2": "-2",
	} {
		if got := domain.PlainValue(value); got != want {
			t.Errorf("%q reads %q, want %q", value, got, want)
		}
	}
}

func (o *caseOffice) administrator() domain.Case {
	o.hire("li-gong", "李工", domain.Administrator)
	return o.by("li-gong", "2026-08-03 10:00")
}

// A point confirmed in chat changes the number, is marked nowhere as assumed, says who set it, and
// comes back when it is undone.
func TestConfirmPoint(t *testing.T) {
	o := newCaseOffice(t)
	c := o.administrator()
	for _, x := range []struct {
		name  string
		point int
		words []string
		key   string
		value string
	}{
		{"the pass mark", 11, []string{"85分"}, "assessment.pass_mark", "85"},
		{"two numbers", 16, []string{"60天", "90"}, "points.base", "90"},
		{"an hour of 45 minutes", 9, []string{"45分钟"}, "teaching.class_hour", "45m"},
		{"a measure by its name", 13, []string{"语言表达", "80"}, "assessment.missing_measure", "语言表达"},
		{"as it stands", 12, nil, "assessment.practical", "90"},
		{"a reading without numbers", 3, nil, "drafting.fortnight_times", "3"},
	} {
		ch, err := o.sop.ConfirmPoint(c, "c1", x.point, x.words)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		s := o.sop
		if s.Policy, s.Chosen, err = o.sop.Policy.Choose(ch.Choices); err != nil {
			t.Errorf("%s: %v", x.name, err)
		}
		if o.sop.Policy.Assumed(x.key) == "" || s.Policy.Assumed(x.key) != "" {
			t.Errorf("%s: assumed %q before and %q after", x.name, o.sop.Policy.Assumed(x.key), s.Policy.Assumed(x.key))
		}
		for _, r := range s.Policy.Rules() {
			if r.Key == x.key && (r.Value != x.value || !strings.Contains(s.Source(r), "李工于2026-08-03")) {
				t.Errorf("%s: %s, set by %s", x.name, r.Value, s.Source(r))
			}
		}
		undo, err := s.UndoPoint(c, "c2", x.point)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		undo.Choices[0].At = c.Now.Add(time.Minute)
		back, in, err := o.sop.Policy.Choose(append(ch.Choices, undo.Choices...))
		if err != nil || len(in) != 0 || back.Assumed(x.key) == "" {
			t.Errorf("%s: not undone: %v %v", x.name, in, err)
		}
	}
}

func TestConfirmPointRefusals(t *testing.T) {
	o := newCaseOffice(t)
	c := o.administrator()
	for _, x := range []struct {
		name  string
		by    domain.Case
		point int
		words []string
		says  string
	}{
		{"no such point", c, 22, nil, "没有第22项"},
		{"out of bounds", c, 11, []string{"101"}, "超出了允许的范围"},
		{"no number", c, 11, []string{"差不多"}, "超出了允许的范围"},
		{"one of two", c, 16, []string{"100"}, "请写2个值"},
		{"nothing to fill in", c, 3, []string{"4"}, "没有数字要填"},
		{"a rate without a name", c, 13, []string{"", "80"}, "超出了允许的范围"},
		{"a supervisor", o.by("fang", "2026-08-03 10:00"), 11, []string{"85"}, "只有管理员可以"},
	} {
		if _, err := o.sop.ConfirmPoint(x.by, "c", x.point, x.words); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.name, err)
		}
	}
	if _, err := o.sop.UndoPoint(c, "c", 11); err == nil {
		t.Error("undone before it was confirmed")
	}
}

// A choice this version does not allow is told and does not stop the others.
func TestChooseLeavesOutWhatIsWrong(t *testing.T) {
	p, in, err := domain.DefaultPolicy().Choose([]domain.Choice{
		{ID: "1", Point: 11, Values: map[string]string{"assessment.pass_mark": "500"}}, {ID: "2", Point: 12, Values: map[string]string{"assessment.practical": "95"}},
		{ID: "3", Point: 16, Values: map[string]string{"assessment.gone": "1"}}, {ID: "4", Point: 99},
	})
	if err == nil || len(in) != 1 || p.Assessment.Practical != 95 || p.Assessment.PassMark != 80 {
		t.Errorf("%v %v %d %d", in, err, p.Assessment.Practical, p.Assessment.PassMark)
	}
}

// Every number only the office can know stands in a sentence people read with its mark, and without
// it once an administrator has confirmed it (mission section 1).
func TestAssumedNumbersAreMarked(t *testing.T) {
	o := newCaseOffice(t)
	c := o.administrator()
	sup := o.by("fang", "2026-11-02 20:00")
	rated := domain.Feedback{Asked: 5, Yes: map[string]int{"understood": 4, "practical": 4, "breadth": 4, "missing": 4}, No: map[string]int{"understood": 1, "practical": 1, "breadth": 1, "missing": 1}}
	failed := func(s domain.SOP, sitting int) string {
		x, _ := s.Fail(sup, domain.Chain{ID: "c"}, failure(sitting, "2026-11-02", "书面70（合格线80）"))
		step, _ := x.Step(sitting)
		return s.FailProposal(sup, x, step, false).Text
	}
	feedback := func(s domain.SOP) string { return s.FeedbackLine(rated) }
	says := map[string]map[string]func(s domain.SOP) string{
		"teaching.class_hour": {"the hours of the week": func(s domain.SOP) string { return s.HoursLine(60, 0) }},
		"assessment.pass_mark": {
			"the failed sitting": func(s domain.SOP) string { return failed(s, 1) },
			"the mark itself":    func(s domain.SOP) string { return s.Policy.PassMarkText() },
		},
		"assessment.practical":       {"the feedback": feedback},
		"assessment.missing_measure": {"the lecturers' page": func(s domain.SOP) string { return s.MissingLine() }},
		"assessment.missing_measure_rate": {"the feedback": func(s domain.SOP) string {
			s.Policy.Assessment.MissingMeasure, s.Policy.Assessment.MissingMeasureRate = "语言表达", 80
			return feedback(s)
		}},
		"assessment.master_by_days": {"the date after the third sitting": func(s domain.SOP) string { return failed(s, 3) }},
		"points.base": {
			"a month of one": func(s domain.SOP) string { return s.PointsLines(domain.Month{Year: 2026, Month: 11}, nil) },
			"a month of all": func(s domain.SOP) string { return s.Overview(sup, domain.Month{Year: 2026, Month: 11}, nil) },
		},
	}
	for _, r := range o.sop.Policy.Rules() {
		if !r.Ask {
			continue
		}
		if len(says[r.Key]) == 0 {
			t.Errorf("%s (open point %d) is asked of the administrator and no sentence marks it", r.Key, r.OpenPoint)
		}
		for where, say := range says[r.Key] {
			mark := fmt.Sprintf("【暂按，待确认%d】", r.OpenPoint)
			if text := say(o.sop); !strings.Contains(text, mark) {
				t.Errorf("%s in %s has no %s: %s", r.Key, where, mark, text)
			}
			ch, err := o.sop.ConfirmPoint(c, "c", r.OpenPoint, nil)
			if err != nil {
				t.Fatal(err)
			}
			s := o.sop
			if s.Policy, s.Chosen, err = o.sop.Policy.Choose(ch.Choices); err != nil {
				t.Fatal(err)
			}
			if text := say(s); strings.Contains(text, mark) {
				t.Errorf("%s in %s is confirmed and still has %s: %s", r.Key, where, mark, text)
			}
		}
	}
}
