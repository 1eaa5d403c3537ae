package domain

import (
	"fmt"
	"slices"
	"strings"
)

// SittingOf gives which time somebody takes the assessment now.
func (s SOP) SittingOf(a Assessment, scores []Score, who PersonID) int {
	t, _ := s.current(a, scores, who)
	return t.Sitting
}

// needsPaper says whether somebody still has to take the written part.
func (s SOP) needsPaper(a Assessment, scores []Score, who PersonID) bool {
	t, passed := s.current(a, scores, who)
	return !passed && slices.Contains(t.Lacks(), Written)
}

func paperOf(papers []Paper, who PersonID, sitting int) (Paper, bool) {
	i := slices.IndexFunc(papers, func(p Paper) bool { return p.Kind == ExamPaper && p.Person == who && p.Sitting == sitting })
	if i < 0 {
		return Paper{}, false
	}
	return papers[i], true
}

// sitters gives those who may take the written part by chat and have no paper of this sitting yet.
func (s SOP) sitters(c Case, a Assessment, scores []Score, papers []Paper) []PersonID {
	return slices.DeleteFunc(s.Waiting(c, a, scores), func(id PersonID) bool {
		x, _ := a.Candidate(id)
		_, begun := paperOf(papers, id, s.SittingOf(a, scores, id))
		return begun || x.State == Deferred || !s.needsPaper(a, scores, id)
	})
}

// OpenPaper opens the written part in chat until the quiet hours of the day (5.4.2): everyone who still
// has to take it gets a card, begins when they like and has PaperTime from then, once.
func (s SOP) OpenPaper(c Case, a Assessment, scores []Score, papers []Paper, bank []ExamQuestion) (Change, error) {
	if err := s.may(c, Supervisor, "5.4.2", "开卷"); err != nil && (a.Kind != FireExam || s.may(c, SafetyOfficer, "5.4.3", "开消防考核的卷") != nil) {
		return Change{}, err
	}
	who := s.sitters(c, a, scores, papers)
	if len(who) == 0 {
		return Change{}, Refuse(Conflict, "5.4.2", fmt.Sprintf("%s（%s）没有还要答书面卷的人。发「考核 收卷 %s」看答卷。", a.Title(), a.Code(), a.Code()))
	}
	n := len(DrawQuestions(string(a.ID), bank, a.Topics, s.Policy.Assessment.PaperQuestions))
	if n == 0 {
		return Change{}, Refuse(Unready, "5.4.2", "考核的主题还没有题，先用「题库」加题，或用纸卷。")
	}
	a.PaperFrom, a.PaperUntil = c.Now, s.Calendar.At(s.today(c), s.Policy.Reminders.QuietFrom)
	if a.PaperUntil.Before(c.Now.Add(s.Policy.Assessment.PaperTime)) {
		a.PaperUntil = c.Now.Add(s.Policy.Assessment.PaperTime)
	}
	span := chineseSpan(s.Policy.Assessment.PaperTime)
	text := fmt.Sprintf("%d题单选和判断，从开始答起%s，只有一次机会，%s以前都可以开始。", n, span, s.Moment(a.PaperUntil))
	key := fmt.Sprintf("assessment:%s:paper:%d", a.ID, a.Version)
	return Change{
		Assessments: []Assessment{a},
		Audit:       []Audit{c.audit("paper.open", a.Code(), "5.4.2", a.Title()+"开卷："+c.Names(who))},
		Notices: []Notice{{Key: key, Thread: key, Office: a.Office, Stage: "paper", Clause: "5.4.2", At: c.Now, To: who, Expires: a.PaperUntil,
			Body: Body{Text: a.Title() + " 书面部分开始。" + text + "\n准备好了发「答卷 " + a.Code() + "」。",
				Card: &Card{Title: a.Title() + " 书面", Subtitle: c.Office.Name + " · " + a.Code(), Text: text, Buttons: []Button{{"开始答卷", "答卷 " + a.Code(), Primary}}}},
			Why: fmt.Sprintf("规程5.4.2：考核分书面和实操。书面部分由%s于%s开卷，您在应考名单里。", c.By.Name, s.Moment(c.Now))}},
		Reply: Answer{Body: Say(fmt.Sprintf("已开卷（%s），发给%d人：%s。%s\n都交了会告诉您；中途看进度发「考核 收卷 %s」。", a.Code(), len(who), c.Names(who), text, a.Code()))},
	}, nil
}

// PapersMissing counts who may still hand in a written paper, last being in.
func (s SOP) PapersMissing(c Case, a Assessment, scores []Score, papers []Paper, last Paper) int {
	n := 0
	for _, id := range s.Waiting(c, a, scores) {
		if x, _ := a.Candidate(id); x.State == Deferred || !s.needsPaper(a, scores, id) || id == last.Person {
			continue
		}
		if p, begun := paperOf(papers, id, s.SittingOf(a, scores, id)); !begun || !p.Over && !p.Late(c.Now) {
			n++
		}
	}
	return n
}

// AllIn tells the supervisors that every written paper is in, once.
func (s SOP) AllIn(c Case, a Assessment, last Paper) Change {
	key := fmt.Sprintf("assessment:%s:papers:%d", a.ID, last.Sitting)
	return Change{Notices: []Notice{{Key: key, Thread: key, Office: a.Office, Stage: "papers", Clause: "5.4.2", At: c.Now, To: IDs(c.Staff.With(a.Office, Supervisor, s.today(c))),
		Body: Body{Text: fmt.Sprintf("%s书面答卷都交了。发「考核 收卷 %s」看分数，确认后才记入成绩。", a.Title(), a.Code()),
			Card: &Card{Title: a.Title() + " 答卷已交齐", Subtitle: c.Office.Name + " · " + a.Code(), Text: "看过分数、确认以后才记入书面成绩。", Buttons: []Button{{"看分数", "考核 收卷 " + a.Code(), Primary}}}},
		Why: "规程5.4.2：答卷的分数由主管确认后才是成绩。"}}}
}

// Unentered gives the written papers of the sittings people are at that have no score yet.
func (s SOP) Unentered(a Assessment, scores []Score, papers []Paper) []Paper {
	return slices.DeleteFunc(slices.Clone(papers), func(p Paper) bool {
		return p.Kind != ExamPaper || p.Sitting != s.SittingOf(a, scores, p.Person) || !s.needsPaper(a, scores, p.Person)
	})
}

// PapersBody shows the papers to the supervisor, who confirms them.
func (s SOP) PapersBody(c Case, a Assessment, scores []Score, papers []Paper) Body {
	var in, busy []string
	for _, p := range papers {
		if p.Over || p.Late(c.Now) {
			in = append(in, fmt.Sprintf("%s %d分%s", c.Staff.Name(p.Person), p.Points(), map[bool]string{true: "", false: "（超时）"}[p.Over]))
		} else {
			busy = append(busy, fmt.Sprintf("%s 第%d题", c.Staff.Name(p.Person), len(p.Answers)+1))
		}
	}
	var idle []string
	for _, id := range s.sitters(c, a, scores, papers) {
		idle = append(idle, c.Staff.Name(id))
	}
	lines := []string{fmt.Sprintf("%s（%s）书面答卷，%s：", a.Title(), a.Code(), s.Policy.PassMarkText())}
	for _, x := range []struct {
		word string
		list []string
	}{{"已交", in}, {"在答", busy}, {"还没开始", idle}} {
		if len(x.list) > 0 {
			lines = append(lines, fmt.Sprintf("%s%d人：%s", x.word, len(x.list), strings.Join(x.list, "、")))
		}
	}
	if len(in) == 0 {
		return Say(strings.Join(append(lines, "还没有可以录入的答卷。"), "\n"))
	}
	return Body{Text: strings.Join(lines, "\n") + fmt.Sprintf("\n确认录入发「考核 录入 %s」。", a.Code()), Card: &Card{Title: "答卷 待您确认", Subtitle: a.Code() + " " + a.Title(),
		Text: strings.Join(lines[1:], "\n"), Buttons: []Button{{"确认录入", "考核 录入 " + a.Code(), Primary}}}}
}

// TimesBody proposes the times of an assessment (mission Flow 4), or of its retakes.
func (s SOP) TimesBody(c Case, a Assessment, scores []Score) Body {
	people := s.Waiting(c, a, scores)
	if a.State != Sitting {
		if len(people) == 0 {
			return Say(a.Title() + "没有要补考的人。")
		}
		d := s.RetakeDay(s.today(c))
		line := fmt.Sprintf("考核 安排 %s %02d-%02d %s", a.Code(), int(d.Month), d.Day, s.Policy.Assessment.WrittenTime)
		return Body{Text: fmt.Sprintf("%s要补考的有%d人：%s。建议%s，在单独培训以后，避开考核窗口。就这样发「%s」；个别另定在后面写姓名。", a.Title(), len(people), c.Names(people), s.RetakeDay(s.today(c)).Chinese(), line),
			Card: &Card{Title: a.Title() + " 补考", Subtitle: c.Office.Name + " · " + a.Code(), Text: fmt.Sprintf("建议%s：%s", s.RetakeDay(s.today(c)).Chinese(), c.Names(people)), Buttons: []Button{{"就这样", line, Primary}}}}
	}
	text, line := s.timesText(a, people, c.Staff, s.today(c))
	if line == "" {
		return Say(a.Title() + "没有应考的人。")
	}
	if len(a.Slots) > 0 {
		text = "已安排：" + s.SlotsText(a.Slots) + "。\n" + text
	}
	return Body{Text: fmt.Sprintf("%s（%s）。%s\n%s就这样发「%s」，要改就换日期和时间。", a.Title(), PartsText(a.Parts), text, s.aside(c, a), line),
		Card: &Card{Title: a.Title(), Subtitle: c.Office.Name + " · " + PartsText(a.Parts), Text: text, Buttons: []Button{{"就这样", line, Primary}}}}
}

// timesText proposes times in a sentence and as the line that takes them.
func (s SOP) timesText(a Assessment, people []PersonID, staff Staff, today Date) (text, line string) {
	slots, fit := s.ProposeTimes(a, people, staff, today)
	if len(slots) == 0 {
		return "", ""
	}
	fits := fmt.Sprintf("%d人在岗都排得开", len(people))
	if fit < len(people) {
		fits = fmt.Sprintf("%d人里%d人在岗排得开，其余另定", len(people), fit)
	}
	subject := a.Subject
	if a.No != 0 {
		subject = a.Code()
	}
	return fmt.Sprintf("建议 %s，%s。", s.SlotsText(slots), fits), s.slotsLine(subject, slots, staff, a.Office)
}

// Combine makes one written paper count for a monthly assessment and the fire assessment of the
// quarter: entered once, counted twice, and said so on both (mission C5-4c).
func (s SOP) Combine(c Case, fire, monthly Assessment) (Change, error) {
	if err := s.may(c, Supervisor, "5.4.3", "定合考"); err != nil && s.may(c, SafetyOfficer, "5.4.3", "定合考") != nil {
		return Change{}, err
	}
	if fire.State != Sitting || monthly.State != Sitting || monthly.Kind != MonthlyExam {
		return Change{}, Refuse(Conflict, "5.4.3", "两场都还没有考完，才能定合考。")
	}
	fire.With = monthly.ID
	text := fmt.Sprintf("已定合考：%s（%s）的书面成绩同时记入%s（%s），两边各算一次。", monthly.Title(), monthly.Code(), fire.Title(), fire.Code())
	for _, topic := range fire.Topics {
		if !slices.Contains(monthly.Topics, topic) {
			monthly.Topics = append(slices.Clone(monthly.Topics), topic)
		}
	}
	return Change{Assessments: []Assessment{monthly, fire}, Audit: []Audit{c.audit("assessment.combine", fire.Code(), "5.4.3", text)},
		Reply: Answer{Body: Say(text + "书面卷会带上消防的题。")}}, nil
}

// Copied gives the entries of a combined assessment that follow from new written scores of the other.
func (s SOP) Copied(fire, monthly Assessment, g Graded) []Entry {
	var out []Entry
	for _, x := range g.Change.Scores {
		if cand, ok := fire.Candidate(x.Person); x.Part != Written || !ok || cand.State == Exempt {
			continue
		}
		out = append(out, Entry{Person: x.Person, Part: Written, Points: x.Points, Unexcused: x.Absent, Wrong: x.Wrong, Source: "与" + monthly.Code() + "合考", Retake: x.Sitting > 1, Reason: x.Reason})
	}
	return out
}
