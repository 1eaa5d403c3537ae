package domain

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"
)

// bankText is the question bank and the points of the practical checks, by topic of 4.0, as people
// of the trade read and correct it.
//
//go:embed bank.txt
var bankText string

// ExamQuestion is one question of the bank: single choice, or true or false.
type ExamQuestion struct {
	ID      QuestionID
	No      int64    // Q12, of the office's own questions; 0: of the bank that comes with the program
	Office  OfficeID // of the office's own questions
	Topic   string   // Topic.ID
	Text    string
	Options []string // the right one first; a true-or-false question has 对 and 错
	Why     string   // shown with the result
	Retired bool     // no longer drawn
	By      PersonID
	Version int64 // of the record, for the storage
}

// Code gives what people call an office's own question: Q12.
func (q ExamQuestion) Code() string { return fmt.Sprintf("Q%d", q.No) }

// CheckPoint is one thing an examiner looks for in the practical part (5.4.2).
type CheckPoint struct {
	ID    string // topic and place: complaints-2
	Topic string
	Name  string // 回访时限
	Text  string // what to look for
}

// Bank gives the questions and the checkpoints that come with the program, by topic.
func Bank() (questions []ExamQuestion, points []CheckPoint) {
	topic, nq, np := "", 0, 0
	for line := range strings.Lines(bankText) {
		mark, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		last := len(questions) - 1
		switch mark {
		case "##":
			topic, nq, np = text, 0, 0
		case "?", "√", "×":
			nq++
			q := ExamQuestion{ID: QuestionID(fmt.Sprintf("%s-%d", topic, nq)), Topic: topic, Text: text}
			switch mark {
			case "√":
				q.Options = []string{right, wrong}
			case "×":
				q.Options = []string{wrong, right}
			}
			questions = append(questions, q)
		case "+":
			questions[last].Options = append([]string{text}, questions[last].Options...)
		case "-":
			questions[last].Options = append(questions[last].Options, text)
		case "=":
			questions[last].Why = text
		case "*":
			np++
			name, look, _ := strings.Cut(text, "：")
			points = append(points, CheckPoint{ID: fmt.Sprintf("%s-%d", topic, np), Topic: topic, Name: name, Text: look})
		}
	}
	return questions, points
}

// The two answers to a true-or-false question.
const (
	right = "对"
	wrong = "错"
)

// letters name the options of a question.
const letters = "ABCDEF"

// Shuffled gives the options in the order in which one paper shows them, and the letter of the
// right one. True-or-false questions keep their order.
func (q ExamQuestion) Shuffled(seed string) (options []string, answer string) {
	options = slices.Clone(q.Options)
	if q.judged() {
		options = []string{right, wrong}
	} else {
		slices.SortStableFunc(options, func(a, b string) int { return compareHash(seed+string(q.ID), a, b) })
	}
	i := slices.Index(options, q.Options[0])
	return options, letters[i : i+1]
}

func (q ExamQuestion) judged() bool {
	return len(q.Options) == 2 && slices.Contains(q.Options, right) && slices.Contains(q.Options, wrong)
}

// Printed is the question as one paper shows it: its text and its options behind their letters.
func (q ExamQuestion) Printed(seed string) string {
	options, _ := q.Shuffled(seed)
	var b strings.Builder
	b.WriteString(q.Text)
	for i, o := range options {
		fmt.Fprintf(&b, "\n%c %s", letters[i], o)
	}
	return b.String()
}

// Check refuses a question that cannot be asked: without a topic of the curriculum, with fewer than
// two or more than four options, with two that are the same, or too long for a card.
func (q ExamQuestion) Check(p Policy) error {
	_, known := p.Topic(q.Topic)
	seen := map[string]bool{}
	for _, o := range q.Options {
		seen[o] = true
	}
	switch {
	case !known:
		return Refuse(Invalid, "5.4.2", "题目要写明属于哪个主题，主题名见「规程」。")
	case strings.TrimSpace(q.Text) == "" || len(q.Options) < 2 || len(q.Options) > 4 || len(seen) != len(q.Options) || seen[""]:
		return Refuse(Invalid, "5.4.2", "题目要有题干和2到4个不同的选项，第一个是正确答案。")
	case utf8.RuneCountInString(q.Printed("")) > questionRunes:
		return Refuse(Invalid, "5.4.2", fmt.Sprintf("题干和选项合计不能超过%d字，否则手机卡片显示不全。", questionRunes))
	}
	return nil
}

// questionRunes is what a card shows beside its title.
const questionRunes = 150

// draw takes n things in an order that follows from the seed alone, the groups taking turns, so that
// every topic of a paper comes up.
func draw[T any](seed string, all []T, n int, id, group func(T) string) []T {
	pool := slices.Clone(all)
	slices.SortStableFunc(pool, func(a, b T) int { return compareHash(seed, id(a), id(b)) })
	turn := map[string]int{}
	type placed struct {
		x    T
		turn int
	}
	line := make([]placed, len(pool))
	for i, x := range pool {
		line[i] = placed{x, turn[group(x)]}
		turn[group(x)]++
	}
	slices.SortStableFunc(line, func(a, b placed) int { return a.turn - b.turn })
	out := make([]T, 0, n)
	for _, p := range line[:min(n, len(line))] {
		out = append(out, p.x)
	}
	return out
}

// compareHash orders two names by chance, but for the same seed always alike.
func compareHash(seed, a, b string) int {
	x, y := hash(seed+a), hash(seed+b)
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return strings.Compare(a, b)
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	x := h.Sum64() // mixed once more: names that differ only at their end lie close together in FNV
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return x
}

// DrawQuestions draws n questions on the topics by a seed: the same for everyone who takes the paper.
func DrawQuestions(seed string, all []ExamQuestion, topics []string, n int) []ExamQuestion {
	pool := slices.DeleteFunc(slices.Clone(all), func(q ExamQuestion) bool { return q.Retired || !slices.Contains(topics, q.Topic) })
	return draw(seed, pool, n, func(q ExamQuestion) string { return string(q.ID) }, func(q ExamQuestion) string { return q.Topic })
}

// DrawPoints draws the n checkpoints of one person's practical part.
func DrawPoints(seed string, topics []string, n int) []CheckPoint {
	_, all := Bank()
	pool := slices.DeleteFunc(all, func(p CheckPoint) bool { return !slices.Contains(topics, p.Topic) })
	return draw(seed, pool, n, func(p CheckPoint) string { return p.ID }, func(p CheckPoint) string { return p.Topic })
}
