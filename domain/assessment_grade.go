package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Entry is one score as it is said.
type Entry struct {
	Person    PersonID
	Part      Part // "": the one that is missing
	Points    int
	Unexcused bool // was absent without a reason
	Checked   int
	Missed    []string
	Conflicts []Conflicting
	Wrong     []string
	Source    string
	Retake    bool   // said to be of a further sitting
	Reason    string // of a correction; "" when it is none
}

// Verdict is what a score did to somebody's sitting.
type Verdict struct {
	Person   PersonID
	Sitting  int
	Passed   bool
	Undone   bool // a correction took this failure back
	Evidence string
}

// Graded is what became of scores that were entered.
type Graded struct {
	Change     Change
	Assessment Assessment
	Scores     []Score // all of the assessment, the new ones included
	Verdicts   []Verdict
	Lines      []string // one for each entry, for the one who entered them
}

// Grade enters scores (5.4). An entry for a part that has a score already must be a correction with a
// reason, or of the retake: nothing is overwritten. It gives what each did: a failed sitting, a
// passed one, a failure that a correction took back.
func (s SOP) Grade(c Case, a Assessment, scores []Score, entries []Entry, newID func() ScoreID) (Graded, error) {
	if !slices.ContainsFunc(c.By.Roles(a.Office, s.today(c)), Role.Lectures) {
		return Graded{}, Refuse(Forbidden, clauseOf(a.Kind), "成绩由主管或考官录入。")
	}
	g := Graded{Assessment: a, Scores: slices.Clone(scores)}
	var people []PersonID
	for _, e := range entries {
		x, err := s.scoreOf(c, g.Assessment, g.Scores, e)
		if err != nil {
			return Graded{}, err
		}
		for i := range x {
			x[i].ID = newID()
		}
		g.Scores = append(g.Scores, x...)
		g.Change.Scores = append(g.Change.Scores, x...)
		g.Lines = append(g.Lines, s.entryLine(c, scores, x))
		if cand, _ := a.Candidate(e.Person); !cand.Absent.IsZero() {
			cand.Absent = Date{}
			g.Assessment = g.Assessment.with(cand)
		}
		if !slices.Contains(people, e.Person) {
			people = append(people, e.Person)
		}
		g.Change.Audit = append(g.Change.Audit, c.audit("assessment.score", a.Code(), clauseOf(a.Kind), g.Lines[len(g.Lines)-1]))
	}
	for _, id := range people {
		before, after := s.Tries(a, scores, id), s.Tries(g.Assessment, g.Scores, id)
		g.Verdicts = append(g.Verdicts, s.verdicts(id, before, after)...)
		g.Change.Notices = append(g.Change.Notices, s.scoreNotices(c, g.Assessment, id, before, after)...)
	}
	var over Change
	g.Assessment, over = s.settle(c, g.Assessment, g.Scores)
	g.Change = g.Change.And(over)
	g.Change.Assessments = []Assessment{g.Assessment}
	return g, nil
}

// scoreOf turns one entry into scores.
func (s SOP) scoreOf(c Case, a Assessment, scores []Score, e Entry) ([]Score, error) {
	name := c.Staff.Name(e.Person)
	x, ok := a.Candidate(e.Person)
	if !ok || x.State == Exempt {
		return nil, s.notWaiting(c, a, scores, e.Person)
	}
	if e.Points < 0 || e.Points > 100 {
		return nil, Refuse(Invalid, clauseOf(a.Kind), fmt.Sprintf("%s的分数要在0到100之间。", name))
	}
	t, passed := s.current(a, scores, e.Person)
	tries := s.Tries(a, scores, e.Person)
	if last := len(tries) - 1; last >= 0 && (e.Reason != "" || passed || t.Sitting > tries[last].Sitting && !e.Retake && !s.retakes(c, a, e.Person)) {
		t = tries[last] // what is said is about the sitting that is over
	}
	parts := []Part{e.Part}
	if e.Part == "" {
		parts = s.partsMeant(t, e)
	}
	for i, k := range e.Conflicts {
		if k.Lecturer == "" {
			e.Conflicts[i].Lecturer = a.taughtBy(k.Topic)
		}
	}
	made := Score{Assessment: a.ID, Person: e.Person, Sitting: t.Sitting, Points: e.Points, Absent: e.Unexcused, Checked: e.Checked, Missed: e.Missed,
		Conflicts: e.Conflicts, Wrong: e.Wrong, Source: e.Source, Reason: e.Reason, By: c.By.ID, At: c.Now}
	var out []Score
	for _, part := range parts {
		if !slices.Contains(t.Needs, part) {
			return nil, Refuse(Conflict, clauseOf(a.Kind), fmt.Sprintf("%s第%d次只考%s。", name, t.Sitting, PartsText(t.Needs)))
		}
		made.Part, made.Replaces = part, ""
		if old := t.score(part); old != nil {
			if e.Reason == "" {
				return nil, s.alreadyScored(c, a, t, *old, e)
			}
			made.Replaces = old.ID
		}
		out = append(out, made)
	}
	return out, nil
}

// partsMeant gives the part of an entry that names none: the first that is missing; an absence
// counts for all that are missing.
func (s SOP) partsMeant(t Try, e Entry) []Part {
	lacks := t.Lacks()
	switch {
	case e.Checked > 0:
		return []Part{Practical}
	case len(lacks) == 0:
		return t.Needs[:1]
	case e.Unexcused:
		return lacks
	}
	return lacks[:1]
}

// retakes says whether the day of a retake that was arranged has come for somebody.
func (s SOP) retakes(c Case, a Assessment, id PersonID) bool {
	return slices.ContainsFunc(a.Slots, func(x Slot) bool {
		return x.Retake && slices.Contains(x.People, id) && !s.Calendar.Date(x.Start).After(s.today(c))
	})
}

func (s SOP) alreadyScored(c Case, a Assessment, t Try, old Score, e Entry) error {
	name := c.Staff.Name(e.Person)
	text := fmt.Sprintf("%s第%d次已有成绩：%s。录错了发「成绩 %s 更正 %s %s %d 理由」", name, t.Sitting, old.Text(), a.Code(), name, old.Part.Chinese(), e.Points)
	if t.Over && !t.Passed {
		text += fmt.Sprintf("；是补考成绩发「成绩 %s 补考 %s %d」", a.Code(), name, e.Points)
	}
	return Refuse(Conflict, clauseOf(a.Kind), text+"。")
}

func (s SOP) entryLine(c Case, before, made []Score) string {
	out := make([]string, len(made))
	for i, x := range made {
		out[i] = fmt.Sprintf("%s 第%d次%s", c.Staff.Name(x.Person), x.Sitting, x.Text())
		for _, old := range before {
			if old.ID == x.Replaces {
				out[i] = fmt.Sprintf("%s 第%d次更正：%s → %s（%s，原记录保留）", c.Staff.Name(x.Person), x.Sitting, old.Text(), x.Text(), x.Reason)
			}
		}
		for _, k := range x.Conflicts {
			out[i] += fmt.Sprintf("；与授课不一致：%s%s", k.Point, brackets(k.Note))
		}
	}
	return strings.Join(out, "；")
}

func brackets(note string) string {
	if note == "" {
		return ""
	}
	return "（" + note + "）"
}

// verdicts compares somebody's sittings before and after.
func (s SOP) verdicts(id PersonID, before, after []Try) []Verdict {
	state := func(ts []Try, i int) (over, passed bool) {
		if i >= len(ts) {
			return false, false
		}
		return ts[i].Over, ts[i].Passed
	}
	var out []Verdict
	for i := range max(len(before), len(after)) {
		wasOver, wasPassed := state(before, i)
		isOver, isPassed := state(after, i)
		v := Verdict{Person: id, Sitting: i + 1}
		if i < len(after) {
			v.Evidence = fmt.Sprintf("%s（合格线%d）", after[i].Text(), s.Policy.Assessment.PassMark)
		}
		switch {
		case wasOver && !wasPassed && (!isOver || isPassed):
			v.Undone, v.Passed = true, isPassed
		case isOver && !isPassed && (!wasOver || wasPassed):
		case isOver && isPassed && !wasOver:
			v.Passed = true
		default:
			continue
		}
		out = append(out, v)
	}
	return out
}

// scoreNotices tells somebody the result of a sitting, to themselves alone, when it is complete or has
// been corrected.
func (s SOP) scoreNotices(c Case, a Assessment, id PersonID, before, after []Try) []Notice {
	if len(after) == 0 {
		return nil
	}
	t := after[len(after)-1]
	old := ""
	if t.Sitting <= len(before) {
		old = before[t.Sitting-1].Text()
	}
	if !t.Over || old == t.Text() {
		return nil
	}
	word := fmt.Sprintf("第%d次合格", t.Sitting)
	if !t.Passed {
		word = fmt.Sprintf("第%d次不合格，会安排单独培训和补考", t.Sitting)
	}
	if t.Sitting <= len(before) && before[t.Sitting-1].Over {
		word = "更正后" + word
	}
	key := fmt.Sprintf("assessment:%s:score:%s:%d:%d", a.ID, id, t.Sitting, a.Version)
	return []Notice{{Key: key, Thread: fmt.Sprintf("assessment:%s:score:%s", a.ID, id), Office: a.Office, Stage: "score", Clause: "6.1.1", At: c.Now, To: without([]PersonID{id}, c.By.ID),
		Body: Say(fmt.Sprintf("您的%s：%s，%s（%s）。", a.Title(), t.Text(), word, s.Policy.PassMarkText())),
		Why:  fmt.Sprintf("规程5.4、6.1.1：每部分%s。成绩由%s于%s录入，只告诉您本人和主管。", s.Policy.PassMarkText(), c.By.Name, s.Moment(c.Now))}}
}

// MarkAbsent notes that somebody was not there; whether it counts is for the supervisor to say.
func (s SOP) MarkAbsent(c Case, a Assessment, scores []Score, who PersonID) (Change, error) {
	x, ok := a.Candidate(who)
	if !ok || x.State == Exempt {
		return Change{}, s.notWaiting(c, a, scores, who)
	}
	if _, passed := s.current(a, scores, who); passed {
		return Change{}, s.notWaiting(c, a, scores, who)
	}
	x.Absent = s.today(c)
	a = a.with(x)
	p, _ := c.Staff.Person(who)
	name := c.Staff.Name(who)
	text := fmt.Sprintf("已记 %s 缺考，原因待定，先不算不合格。有原因的定缓考，没有原因的按不合格。", name)
	return Change{
		Assessments: []Assessment{a},
		Audit:       []Audit{c.audit("assessment.absent", a.Code()+" "+string(who), clauseOf(a.Kind), text)},
		Reply: Answer{Body: Body{Text: text + fmt.Sprintf("\n发「考核 缓考 %s %s 理由」，或「成绩 %s %s 无故缺考」。", a.Code(), name, a.Code(), name), Card: &Card{
			Title: name + " 缺考", Subtitle: a.Code() + " " + a.Title(), Text: text,
			Buttons: []Button{{"有因，缓考", fmt.Sprintf("考核 缓考 %s %s", a.Code(), p.No), Primary}, {"无故缺考", fmt.Sprintf("成绩 %s %s 无故缺考", a.Code(), p.No), Danger}}}}},
	}, nil
}
