package domain

import (
	"fmt"
	"slices"
	"strings"
)

// NewAssessment is what an assessment is made of before anybody has a time.
func (s SOP) NewAssessment(o OfficeID, kind AssessmentKind, subject string, staff Staff, day Date, held []Session) Assessment {
	a := Assessment{Office: o, Kind: kind, Subject: subject, State: Sitting, Parts: []Part{Written, Practical}}
	if kind == FireExam && !s.Policy.Assessment.FirePractical {
		a.Parts = []Part{Written}
	}
	a.Candidates = s.Candidates(o, kind, subject, staff, day, held)
	for _, x := range held {
		for _, topic := range x.TopicIDs {
			if kind == FireExam && !s.fireTopic(topic) {
				continue
			}
			if !slices.Contains(a.Topics, topic) {
				a.Topics = append(a.Topics, topic)
			}
			if l := (Lesson{topic, x.Lecturer}); !slices.Contains(a.Taught, l) {
				a.Taught = append(a.Taught, l)
			}
		}
	}
	if len(a.Topics) == 0 { // nothing is on record: what 4.0 wants to be taught
		for _, t := range s.Policy.Curriculum {
			if kind == FireExam && t.Category == FireSafety || kind == MonthlyExam && t.Category == Regular {
				a.Topics = append(a.Topics, t.ID)
			}
		}
	}
	return a
}

func (s SOP) fireTopic(id string) bool {
	t, _ := s.Policy.Topic(id)
	return t.Category == FireSafety
}

// Due gives those who must take the assessment, the deferred not counted.
func (a Assessment) Due() []PersonID {
	var out []PersonID
	for _, x := range a.Candidates {
		if x.State == MustSit {
			out = append(out, x.Person)
		}
	}
	return out
}

// Arrange gives an assessment its times (5.4.2): of a first sitting for everyone who still has to take
// it, of a retake for those who failed and the deferred. Everybody concerned is told, and an
// assessment that had times before loses those of the people who get new ones.
func (s SOP) Arrange(c Case, a Assessment, scores []Score, wishes []Wish) (Change, error) {
	if err := s.may(c, Supervisor, "5.4.2", "安排考核"); err != nil && (a.Kind != FireExam || s.may(c, SafetyOfficer, "5.4.3", "安排消防考核") != nil) {
		return Change{}, err
	}
	people := s.Waiting(c, a, scores)
	for _, w := range wishes {
		for _, id := range w.People {
			if slices.Contains(people, id) {
				continue
			}
			x, ok := a.Candidate(id)
			if _, passed := s.current(a, scores, id); !ok || passed || x.State == Exempt || !s.enrolled(a.Office, id, c.Staff, s.today(c)) {
				return Change{}, s.notWaiting(c, a, scores, id)
			}
			people = append(people, id)
		}
	}
	slots, err := s.arrange(c, a, scores, wishes, people)
	if err != nil {
		return Change{}, err
	}
	if len(a.Slots) > 0 && !slices.ContainsFunc(slots, func(x Slot) bool {
		return !slices.ContainsFunc(a.Slots, func(y Slot) bool { return x.same(y) })
	}) {
		return Change{}, Refuse(Conflict, clauseOf(a.Kind), fmt.Sprintf("%s 已经这样安排了：%s。要改写别的时间；看进展发「考核 %s」。", a.Code(), s.SlotsText(slots), a.Code()))
	}
	moved := map[PersonID]bool{}
	for _, x := range slots {
		for _, id := range x.People {
			moved[id] = true
		}
	}
	var kept []Slot
	for _, x := range a.Slots {
		x.People = slices.DeleteFunc(slices.Clone(x.People), func(id PersonID) bool { return moved[id] && x.Start.After(c.Now) })
		if len(x.People) > 0 {
			kept = append(kept, x)
		}
	}
	again := len(a.Slots) > 0
	a.Slots = append(kept, slots...)
	if a.Opened.IsZero() {
		a.Opened, a.By = c.Now, c.By.ID
	}
	text := fmt.Sprintf("已安排%s（%s）：%s。", a.Title(), a.Code(), s.SlotsText(slots))
	out := Change{
		Assessments: []Assessment{a},
		Audit:       []Audit{c.audit("assessment.arrange", a.Code(), clauseOf(a.Kind), text)},
		Closed:      []Settlement{{Thread: a.Matter().Thread()}},
		Notices:     s.slotNotices(c, a, slots, again),
		Reply:       Answer{Body: Say(text + s.aside(c, a) + fmt.Sprintf("已通知%d人。\n考完发「成绩 %s 姓名 分数」；让大家在聊天里答卷发「考核 开卷 %s」。", len(moved), a.Code(), a.Code()))},
	}
	return out, nil
}

// NobodySits says that nobody has to take an assessment that was not held: nobody must, and nobody put it off.
func (s SOP) NobodySits(c Case, a Assessment) bool {
	return a.State == Sitting && len(a.Missing) == 0 && !slices.ContainsFunc(a.Candidates, func(x Candidate) bool {
		return x.State != Exempt && s.enrolled(a.Office, x.Person, c.Staff, s.today(c))
	})
}

// Unneeded ends an assessment that nobody has to take (NobodySits): the clause is met, and nobody is
// reminded of it any more (open point 21).
func (s SOP) Unneeded(c Case, a Assessment) (Change, error) {
	clause := clauseOf(a.Kind)
	if err := s.may(c, Supervisor, clause, "安排考核"); err != nil && (a.Kind != FireExam || s.may(c, SafetyOfficer, clause, "安排消防考核") != nil) {
		return Change{}, err
	}
	if !s.NobodySits(c, a) {
		return Change{}, Refuse(Conflict, clause, a.Title()+"有人要考。请安排时间。")
	}
	text := fmt.Sprintf("%s没有应考的人，不用安排，按已满足登记（规程%s，待确认项21）。", a.Title(), clause)
	return Change{
		Settled: []Matter{a.Matter()}, Closed: a.Matter().Ends(),
		Audit: []Audit{c.audit("assessment.unneeded", a.Title(), clause, text+s.aside(c, a))},
		Reply: Answer{Body: Say(text + s.aside(c, a) + "不再催办。")},
	}, nil
}

func clauseOf(k AssessmentKind) string {
	if k == FireExam {
		return "5.4.3"
	}
	return "5.4.2"
}

// aside says who is exempt or deferred, and that a lecturer examines own lessons.
func (s SOP) aside(c Case, a Assessment) string {
	var parts []string
	for _, x := range a.Candidates {
		switch x.State {
		case Exempt:
			parts = append(parts, fmt.Sprintf("%s免考（%s）", c.Staff.Name(x.Person), x.Reason))
		case Deferred:
			parts = append(parts, fmt.Sprintf("%s缓考（%s，最迟%s）", c.Staff.Name(x.Person), x.Reason, x.Until.Chinese()))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "；") + "。"
}

func (s SOP) notWaiting(c Case, a Assessment, scores []Score, id PersonID) error {
	name := c.Staff.Name(id)
	x, ok := a.Candidate(id)
	switch _, passed := s.current(a, scores, id); {
	case !ok:
		return Refuse(NotFound, clauseOf(a.Kind), fmt.Sprintf("%s不在%s（%s）的名单里。", name, a.Title(), a.Code()))
	case x.State == Exempt:
		return Refuse(Conflict, clauseOf(a.Kind), fmt.Sprintf("%s这次免考（%s），不用安排。", name, x.Reason))
	case passed:
		return Refuse(Conflict, clauseOf(a.Kind), fmt.Sprintf("%s已经合格，不用再考。", name))
	}
	return Refuse(Conflict, clauseOf(a.Kind), name+"现在不是本处的学员，不用安排。")
}

// slotNotices tells everyone their own times.
func (s SOP) slotNotices(c Case, a Assessment, slots []Slot, again bool) []Notice {
	mine := map[PersonID][]string{}
	var order []PersonID
	for _, x := range slots {
		for _, id := range x.People {
			if mine[id] == nil {
				order = append(order, id)
			}
			mine[id] = append(mine[id], s.Moment(x.Start)+" "+PartsText(x.Parts))
		}
	}
	byText := map[string][]PersonID{}
	var texts []string
	for _, id := range order {
		text := strings.Join(mine[id], "；")
		if byText[text] == nil {
			texts = append(texts, text)
		}
		byText[text] = append(byText[text], id)
	}
	word := "安排好了"
	switch {
	case slots[0].Retake:
		word = "请您补考"
	case again:
		word = "改了时间"
	}
	var out []Notice
	for i, text := range texts {
		key := fmt.Sprintf("assessment:%s:arranged:%d:%d", a.ID, a.Version, i)
		out = append(out, Notice{Key: key, Thread: key, Office: a.Office, Stage: "arranged", Clause: clauseOf(a.Kind), At: c.Now, To: without(byText[text], c.By.ID),
			Body: Say(fmt.Sprintf("%s%s：%s。\n%s，%s都要合格。先练一练发「自测」；那天来不了请早些告诉主管。", a.Title(), word, text, s.Policy.PassMarkText(), PartsText(a.Parts))),
			Why:  fmt.Sprintf("规程%s：%s由%s于%s安排，您在应考名单里。", clauseOf(a.Kind), a.Title(), c.By.Name, s.Moment(c.Now))})
	}
	return slices.DeleteFunc(out, func(n Notice) bool { return len(n.To) == 0 })
}

// Excuse defers somebody's sitting or exempts them (mission C5-4b): a person says so with a reason,
// and it is no failure. Who already has scores of the sitting keeps them.
func (s SOP) Excuse(c Case, a Assessment, scores []Score, who PersonID, state CandidateState, reason string) (Change, error) {
	if err := s.may(c, Supervisor, clauseOf(a.Kind), "定缓考和免考"); err != nil {
		return Change{}, err
	}
	x, ok := a.Candidate(who)
	if !ok {
		return Change{}, s.notWaiting(c, a, scores, who)
	}
	if t, passed := s.current(a, scores, who); passed || len(t.Scores) > 0 && state == Exempt {
		return Change{}, Refuse(Conflict, clauseOf(a.Kind), fmt.Sprintf("%s已经有成绩（%s），不能再定%s。", c.Staff.Name(who), t.Text(), state.Chinese()))
	}
	x.State, x.Reason, x.By, x.Absent, x.Until = state, reason, c.By.ID, Date{}, Date{}
	told := fmt.Sprintf("您的%s已定为%s：%s。", a.Title(), state.Chinese(), reason)
	text := fmt.Sprintf("已定：%s %s%s（%s）。", c.Staff.Name(who), a.Title(), state.Chinese(), reason)
	if state == Deferred {
		x.Until = s.makeUpBy(a)
		if d := s.RetakeDay(s.today(c)); x.Until.Before(s.today(c)) {
			x.Until = d
		}
		told += fmt.Sprintf("不算不合格，最迟%s补上，时间另行通知。", x.Until.Chinese())
		text += fmt.Sprintf("最迟%s补上，到时发「考核 安排 %s 日期 时间 %s」。", x.Until.Chinese(), a.Code(), c.Staff.Name(who))
	}
	a = a.with(x)
	for i, slot := range a.Slots {
		if slot.Start.After(c.Now) {
			a.Slots[i].People = without(slot.People, who)
		}
	}
	a.Slots = slices.DeleteFunc(a.Slots, func(x Slot) bool { return len(x.People) == 0 })
	key := fmt.Sprintf("assessment:%s:%s:%s:%d", a.ID, state, who, a.Version)
	out := Change{
		Audit: []Audit{c.audit("assessment."+string(state), a.Code()+" "+string(who), clauseOf(a.Kind), text)},
		Notices: []Notice{{Key: key, Thread: key, Office: a.Office, Stage: string(state), Clause: clauseOf(a.Kind), At: c.Now, To: []PersonID{who},
			Body: Say(told), Why: fmt.Sprintf("规程%s：有原因没有参加考核不算不合格，由%s于%s决定。", clauseOf(a.Kind), c.By.Name, s.Moment(c.Now))}},
		Reply: Answer{Body: Say(text)},
	}
	a, over := s.settle(c, a, scores)
	out.Assessments = []Assessment{a}
	return out.And(over), nil
}

// Chinese gives the state as people say it.
func (x CandidateState) Chinese() string {
	return map[CandidateState]string{MustSit: "应考", Exempt: "免考", Deferred: "缓考"}[x]
}
