package domain_test

import (
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

// A lecturer who is taken elsewhere stands on the approval card, on the one of the submission and on every later one.
func TestClashesOnTheApprovalCard(t *testing.T) {
	s := office2026(t)
	const clash = "10月16日(周五) 15:00 孙伟在另一个管理处已有培训。"
	c := Case{Office: facts().Office, Staff: cuihuStaff(), By: cuihuStaff()[0], Now: instant(t, "2026-09-21 16:02")}
	draft := Plan{ID: "plan7", No: 7, Office: cuihu, Period: Period{2026, time.October}, Versions: []PlanVersion{{Number: 1, State: Draft,
		Items: []Item{{ID: "i", Date: NewDate(2026, 10, 16), Start: Clock{15, 0}, Minutes: 60, Topics: []string{"fire_escape"}, Lecturer: "p3"}}}}}
	for _, clashes := range []string{clash, ""} {
		out, err := s.Submit(c, draft.Clashing(clashes))
		if err != nil {
			t.Fatal(err)
		}
		f := facts()
		f.Plans = append(f.Plans, out.Plans[0].Fact())
		bodies := []Body{out.Notices[0].Body}
		for _, n := range s.Due(f, window(t, "2026-09-21 17:00", "2026-09-30 18:00")) {
			if n.Kind == MonthlyApprovalDue && n.Body.Card != nil {
				bodies = append(bodies, n.Body)
			}
		}
		if len(bodies) < 3 {
			t.Fatalf("%d cards", len(bodies))
		}
		for _, b := range bodies {
			if shown := strings.Contains(b.Text, "讲师冲突："+clash) && strings.Contains(b.Card.Text, "讲师冲突："+clash); shown != (clashes != "") {
				t.Errorf("%q:\n%s\n%+v", clashes, b.Text, b.Card)
			}
		}
	}
}
