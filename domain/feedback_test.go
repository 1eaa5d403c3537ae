package domain_test

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainingbot/domain"
)

func feedbackAt(o *caseOffice) (domain.Session, domain.Feedback) {
	x := domain.Session{ID: "s", No: 31, Office: "hu", Lecturer: "fang", Topics: []string{"服务意识"}, State: domain.Closed, Start: o.at("2026-10-09 15:00"), End: o.at("2026-10-09 16:00")}
	return x, domain.Feedback{Session: "s", Office: "hu", Asked: 7, Until: o.at("2026-10-09 18:00")}
}

// Whatever people answer in whatever order: each question counts once a person, the sums are those of
// first answers, and the reply does not tell what was said.
func TestFeedbackLaw(t *testing.T) {
	o := newCaseOffice(t)
	c := o.by("li", "2026-10-09 16:30")
	rapid.Check(t, func(t *rapid.T) {
		x, f := feedbackAt(o)
		given := map[domain.PersonID]domain.Given{}
		first := map[domain.PersonID]map[string]bool{}
		for range rapid.IntRange(1, 20).Draw(t, "answers") {
			who := rapid.SampledFrom([]domain.PersonID{"li", "wei", "wei2", "chen"}).Draw(t, "who")
			q := rapid.SampledFrom(o.sop.Measures()).Draw(t, "question")
			yes := rapid.Bool().Draw(t, "yes")
			g := given[who]
			g.Session, g.Person = "s", who
			said, err := o.sop.Evaluate(c, x, f, g, domain.Evaluation{Answers: map[string]bool{q.Key: yes}})
			if err != nil {
				t.Fatal(err)
			}
			other, err := o.sop.Evaluate(c, x, f, g, domain.Evaluation{Answers: map[string]bool{q.Key: !yes}, Words: "一句话"})
			if err != nil || !reflect.DeepEqual(said.Reply, other.Reply) || !reflect.DeepEqual(said.Given, other.Given) {
				t.Fatalf("the reply or who has answered tells what was said: %+v, %+v, %v", said.Reply, other.Reply, err)
			}
			if len(said.Audit) > 0 || len(said.Notices) > 0 {
				t.Fatal("an answer leaves a line")
			}
			f, given[who] = said.Feedback[0], said.Given[0]
			if first[who] == nil {
				first[who] = map[string]bool{}
			}
			if _, before := first[who][q.Key]; !before {
				first[who][q.Key] = yes
			}
		}
		yes, no := map[string]int{}, map[string]int{}
		for _, all := range first {
			for q, y := range all {
				if y {
					yes[q]++
				} else {
					no[q]++
				}
			}
		}
		if !maps.Equal(f.Yes, yes) || !maps.Equal(f.No, no) {
			t.Fatalf("%v %v, want %v %v", f.Yes, f.No, yes, no)
		}
	})
}

// What of the sums is shown (6.1.2): nothing below three answers, 未评 and not 0 without any, the
// standard met in whole heads.
func TestFeedbackShown(t *testing.T) {
	o := newCaseOffice(t)
	for _, row := range []struct {
		yes, no int
		want    string
	}{
		{0, 0, "听懂率 未评"},
		{1, 0, "听懂率 1人作答，少于3份不显示"},
		{1, 1, "听懂率 2人作答，少于3份不显示"},
		{3, 0, "听懂率 3/3（100%，标准100%）"},
		{6, 1, "听懂率 6/7（86%，标准100%，未达标）"},
		{199, 1, "听懂率 199/200（100%，标准100%，未达标）"},
	} {
		_, f := feedbackAt(o)
		f.Yes, f.No, f.Words = map[string]int{"understood": row.yes}, map[string]int{"understood": row.no}, []string{"一句话"}
		if got, _, _ := strings.Cut(o.sop.FeedbackLine(f), "，内容"); got != row.want {
			t.Errorf("%d, %d: %s, want %s", row.yes, row.no, got, row.want)
		}
		if shown := len(o.sop.ShownWords(f)) > 0; shown != (row.yes+row.no >= 3) {
			t.Errorf("%d answers show the words: %v", row.yes+row.no, shown)
		}
	}
}

// When the feedback is over, and who is asked.
func TestFeedbackAsked(t *testing.T) {
	o := newCaseOffice(t)
	x, _ := feedbackAt(o)
	at := func(ids ...domain.PersonID) (out []domain.Attendance) {
		for _, id := range ids {
			out = append(out, domain.Attendance{Person: id})
		}
		return out
	}
	for _, row := range []struct {
		closed  string
		present []domain.Attendance
		until   string // "": nobody is asked
	}{
		{"2026-10-09 16:00", at("li", "wei", "wei2"), "2026-10-09 18:00"},
		{"2026-10-09 17:00", at("li", "wei", "wei2"), "2026-10-09 18:00"},
		{"2026-10-09 17:01", at("li", "wei", "wei2"), "2026-10-10 09:00"},
		{"2026-10-09 21:30", at("li", "wei", "wei2"), "2026-10-10 09:00"},
		{"2026-10-09 16:00", at("li", "wei"), ""},
		{"2026-10-09 16:00", at("li", "wei", "fang"), ""}, // the lecturer is not asked about herself
		{"2026-10-09 16:00", nil, ""},
	} {
		got := o.sop.AskFeedback(o.by("fang", row.closed), x, row.present)
		if (len(got.Feedback) == 0) != (row.until == "") {
			t.Errorf("%s with %d: %+v", row.closed, len(row.present), got.Feedback)
			continue
		}
		if row.until != "" && (!got.Feedback[0].Until.Equal(o.at(row.until)) || len(got.Given) != len(row.present) || len(got.Notices[0].To) != len(row.present)) {
			t.Errorf("%s: until %s", row.closed, o.sop.Moment(got.Feedback[0].Until))
		}
	}
}

// Who may be entered as not having filled in the form (6.2.2).
func TestMayBlame(t *testing.T) {
	o := newCaseOffice(t)
	x, f := feedbackAt(o)
	all := []string{"breadth", "practical", "understood"}
	given := []domain.Given{{Person: "li", Questions: all}, {Person: "wei", Questions: all[:2]}}
	for _, row := range []struct {
		who  domain.PersonID
		at   string
		kind domain.Kind // "": may
	}{
		{"wei", "2026-10-09 18:00", ""},
		{"wei", "2026-10-09 17:59", domain.TooEarly},
		{"li", "2026-10-09 18:00", domain.Conflict},
		{"wei2", "2026-10-09 18:00", domain.NotFound},
	} {
		err := o.sop.MayBlame(o.by("fang", row.at), x, f, true, given, row.who)
		if e, _ := domain.Refusal(err); (e == nil) != (row.kind == "") || e != nil && e.Kind != row.kind {
			t.Errorf("%s at %s: %v", row.who, row.at, err)
		}
	}
}
