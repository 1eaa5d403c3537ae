package domain_test

import (
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

// An assessment that nobody has to take is told of once and is never overdue (open point 21).
func TestNobodyToAssess(t *testing.T) {
	s := office2026(t)
	oct := func(day int) Date { return Date{2026, time.October, day} }
	exam := func(state AssessmentState, xs ...Candidate) func(*Facts) {
		return func(f *Facts) {
			f.Assessments = []Assessment{{ID: "t5", No: 5, Office: cuihu, Kind: MonthlyExam, Subject: "2026-09", State: state, Parts: []Part{Written, Practical}, Candidates: xs}}
		}
	}
	leaves := func(until Date) func(*Facts) {
		return func(f *Facts) {
			for i := range f.Staff {
				if f.Staff[i].ID != "p1" && f.Staff[i].ID != "p2" {
					f.Staff[i].Memberships[0].Until = until
				}
			}
		}
	}
	for _, row := range []struct {
		name  string
		facts func(*Facts)
		want  string
	}{
		{"everybody exempt", exam(Sitting, Candidate{Person: "p5", State: Exempt, Reason: "外派"}, Candidate{Person: "p6", State: Exempt, Reason: "外派"}), `
10-08 nobody p1
`},
		{"they came after the month", func(f *Facts) {
			for i := range f.Staff {
				if m := &f.Staff[i].Memberships[0]; f.Staff[i].Has(cuihu, Trainee, oct(9)) {
					m.Since = oct(8)
				}
			}
		}, `
10-08 nobody p1
`},
		{"all leave inside the window", leaves(oct(9)), `
10-08 open p1
10-08 open p5 p6 p7
10-10 nobody p1
`},
		{"put off: asked again when the day for it is over", exam(Sitting, Candidate{Person: "p5", State: Deferred, Reason: "住院", Until: oct(20)}), `
10-08 nobody p1
10-21 overdue p1
10-21 overdue p2
10-22 overdue p1
10-22 overdue p2
`},
		{"put off, and gone since", func(f *Facts) {
			exam(Sitting, Candidate{Person: "p5", State: Deferred, Reason: "住院", Until: oct(20)})(f)
			leaves(oct(18))(f)
		}, `
10-08 nobody p1
`},
		{"somebody still has to", exam(Sitting, Candidate{Person: "p5", State: MustSit}, Candidate{Person: "p6", State: Exempt}), `
10-08 open p1
10-08 open p5 p6 p7
10-10 ahead p1
10-12 ahead p1
10-13 day p1
10-14 overdue p1
10-15 overdue p1
10-15 overdue p2
10-16 overdue p1
10-16 overdue p2
10-19 overdue p1
10-19 overdue p2
10-20 overdue p1
10-20 overdue p2
10-21 overdue p1
10-21 overdue p2
10-22 overdue p1
10-22 overdue p2
`},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts()
			row.facts(&f)
			var b strings.Builder
			b.WriteString("\n")
			for _, n := range s.Due(f, window(t, "2026-10-01 00:00", "2026-10-22 23:59")) {
				if n.Kind != MonthlyAssessment {
					continue
				}
				b.WriteString(n.At.Format("01-02 ") + n.Stage)
				for _, id := range n.To {
					b.WriteString(" " + string(id))
				}
				b.WriteString("\n")
				if n.Stage == "nobody" && (!strings.Contains(n.Body.Text, "没有应考的人，按已满足处理") || !strings.Contains(n.Why, "待确认项21")) {
					t.Errorf("%s\n%s", n.Body.Text, n.Why)
				}
			}
			if b.String() != row.want {
				t.Errorf("got %s", b.String())
			}
		})
	}
	t.Run("neither overdue on anybody's list", func(t *testing.T) {
		f := facts()
		exam(Sitting, Candidate{Person: "p5", State: Exempt, Reason: "外派"})(&f)
		for _, x := range append(s.Tasks(f, "p1", instant(t, "2026-10-16 10:00"), 7), s.Outstanding(f, instant(t, "2026-10-16 10:00"), 7)...) {
			if x.Kind == MonthlyAssessment {
				t.Errorf("%+v", x)
			}
		}
	})
}

// Arranging an assessment that nobody has to take ends it, by those who may arrange it alone.
func TestUnneededAssessment(t *testing.T) {
	s, c, a := exam(t, 2)
	if _, err := s.Unneeded(c, a); err == nil {
		t.Error("two have to take it")
	}
	for i := range a.Candidates {
		a.Candidates[i].State, a.Candidates[i].Reason = Exempt, "外派"
	}
	out, err := s.Unneeded(c, a)
	if err != nil || len(out.Settled) != 1 || out.Settled[0] != a.Matter() || len(out.Closed) == 0 || !strings.Contains(out.Reply.Text, "学员1免考（外派）") {
		t.Errorf("%+v %v", out, err)
	}
	c.By = c.Staff[2]
	if _, err := s.Unneeded(c, a); err == nil {
		t.Error("a trainee ended it")
	}
}
