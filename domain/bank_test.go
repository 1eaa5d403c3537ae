package domain_test

import (
	"fmt"
	"slices"
	"testing"

	. "trainingbot/domain"
)

// Every topic of 4.0 has questions and checkpoints that a card can show.
func TestBankCoversTheCurriculum(t *testing.T) {
	p := DefaultPolicy()
	questions, points := Bank()
	asked, checked, ids := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, q := range questions {
		if err := q.Check(p); err != nil {
			t.Errorf("%s: %v", q.ID, err)
		}
		if q.Why == "" || ids[string(q.ID)] {
			t.Errorf("%s: no explanation, or twice", q.ID)
		}
		if n := len(q.Options); n != 2 && n != 4 {
			t.Errorf("%s has %d options", q.ID, n)
		}
		ids[string(q.ID)] = true
		asked[q.Topic]++
	}
	names := map[string]string{}
	for _, x := range points {
		if _, ok := p.Topic(x.Topic); !ok || x.Name == "" || x.Text == "" || names[x.Name] != "" {
			t.Errorf("point %+v (%s)", x, names[x.Name])
		}
		names[x.Name] = x.ID
		checked[x.Topic]++
	}
	for _, topic := range p.Curriculum {
		if asked[topic.ID] < 4 || checked[topic.ID] < 3 {
			t.Errorf("%s: %d questions, %d checkpoints", topic.Name, asked[topic.ID], checked[topic.ID])
		}
	}
}

// A paper is the same whenever it is drawn, covers its topics in turn, and its options stand in
// another order for another person while the right one stays right.
func TestPapersAreDrawnBySeed(t *testing.T) {
	all, _ := Bank()
	topics := []string{"complaints", "reception", "emergencies", "safety_fire"}
	ids := func(qs []ExamQuestion) (out []QuestionID) {
		for _, q := range qs {
			out = append(out, q.ID)
		}
		return out
	}
	first := DrawQuestions("T1", all, topics, 8)
	if !slices.Equal(ids(first), ids(DrawQuestions("T1", all, topics, 8))) || slices.Equal(ids(first), ids(DrawQuestions("T2", all, topics, 8))) {
		t.Error("the draw does not follow the seed")
	}
	per := map[string]int{}
	for _, q := range first {
		per[q.Topic]++
	}
	for _, topic := range topics {
		if per[topic] != 2 {
			t.Errorf("%s comes up %d times of 8", topic, per[topic])
		}
	}
	if n := len(DrawQuestions("T1", all, topics, 999)); n < 16 {
		t.Errorf("only %d questions", n)
	}
	four := first[slices.IndexFunc(first, func(q ExamQuestion) bool { return len(q.Options) == 4 })]
	orders := map[string]bool{}
	for i := range 30 {
		options, letter := four.Shuffled(fmt.Sprint(i))
		if options[letter[0]-'A'] != four.Options[0] {
			t.Fatal("the letter is not the right answer's")
		}
		orders[fmt.Sprint(options)] = true
	}
	if len(orders) < 3 {
		t.Errorf("%d orders of the options in 30 papers", len(orders))
	}
	retired := slices.Clone(all)
	for i := range retired {
		retired[i].Retired = true
	}
	if len(DrawQuestions("T1", retired, topics, 8)) != 0 {
		t.Error("retired questions are drawn")
	}
}

func TestQuestionsThatCannotBeAsked(t *testing.T) {
	p := DefaultPolicy()
	good := ExamQuestion{Topic: "complaints", Text: "几小时内回访", Options: []string{"24小时", "48小时"}}
	if err := good.Check(p); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*ExamQuestion){
		"no topic":     func(q *ExamQuestion) { q.Topic = "cooking" },
		"no text":      func(q *ExamQuestion) { q.Text = " " },
		"one option":   func(q *ExamQuestion) { q.Options = q.Options[:1] },
		"five":         func(q *ExamQuestion) { q.Options = []string{"1", "2", "3", "4", "5"} },
		"same options": func(q *ExamQuestion) { q.Options = []string{"1", "1"} },
		"too long":     func(q *ExamQuestion) { q.Text = string(make([]rune, 200)) },
	} {
		q := good
		spoil(&q)
		if _, ok := Refusal(q.Check(p)); !ok {
			t.Errorf("%s is accepted", name)
		}
	}
}
