package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Analysis is the recorded analysis of an assessment and the decision on the plan (5.4.4), appended to
// only: what retakes add later is an addendum.
type Analysis struct {
	ID         string
	Assessment AssessmentID
	Sitting    int // what was known: the results of the first sitting, or of retakes too
	Text       string
	Revise     bool
	Reason     string
	By         PersonID
	At         time.Time
}

// AnalysisBody shows the numbers and the draft of an assessment, with the decision to be taken.
func (s SOP) AnalysisBody(c Case, a Assessment, scores []Score, done []Analysis) Body {
	var b strings.Builder
	fmt.Fprintf(&b, "%s（%s）统计分析\n", a.Title(), a.Code())
	for _, x := range s.Standings(a, scores, c.Staff, s.today(c)) {
		b.WriteString(x.Text() + "\n")
	}
	if errors := s.Errors(scores); len(errors) > 0 {
		b.WriteString("错题（按主题）：")
		for i, e := range errors {
			if i > 0 {
				b.WriteString("、")
			}
			b.WriteString(s.errorText(e))
		}
		b.WriteString("\n")
	}
	for _, line := range s.byLecturer(c, a, scores) {
		b.WriteString(line + "\n")
	}
	draft := s.DraftAnalysis(c, a, scores)
	fmt.Fprintf(&b, "草稿：“%s”\n", draft)
	for _, x := range done {
		fmt.Fprintf(&b, "已定（%s %s）：%s%s\n", c.Staff.Name(x.By), s.Moment(x.At), reviseText(x.Revise), brackets(x.Reason))
	}
	if a.State == Sitting {
		fmt.Fprintf(&b, "还差%s的成绩。录入发「成绩 %s 姓名 分数」，全部录完再定是否修订。", c.Names(s.Waiting(c, a, scores)), a.Code())
		return Say(strings.TrimSpace(b.String()))
	}
	revise, keep := "分析 "+a.Code()+" 需修订", "分析 "+a.Code()+" 不需修订"
	due := "补考结果可以补充分析。"
	if !a.Analysed {
		due = "截止" + s.AnalysisBy(a).Chinese() + "。"
	}
	fmt.Fprintf(&b, "%s计划是否修订？发「%s」或「%s 理由」。", due, revise, keep)
	return Body{Text: b.String(), Card: &Card{Title: a.Title() + " 统计分析", Subtitle: fmt.Sprintf("%s · %s · 规程5.4.4", c.Office.Name, a.Code()), Text: draft,
		Facts: []Fact{{"截止", s.AnalysisBy(a).Chinese()}}, Buttons: []Button{{"需修订", revise, Primary}, {"不需修订", keep, Plain}}}}
}

func reviseText(revise bool) string {
	if revise {
		return "需修订"
	}
	return "不需修订"
}

// byLecturer counts the errors of each lecturer's topics, 误差 apart.
func (s SOP) byLecturer(c Case, a Assessment, scores []Score) []string {
	errors := s.Errors(scores)
	_, conflicts := a.ErrorPoints(scores)
	var out []string
	for _, id := range a.Lecturers() {
		n, clash := 0, 0
		var topics []string
		for _, l := range a.Taught {
			if l.Lecturer != id {
				continue
			}
			topics = append(topics, l.Topic)
			for _, e := range errors {
				if e.Topic == l.Topic {
					n += e.Count
				}
			}
		}
		for _, k := range conflicts {
			if k.Lecturer == id {
				clash++
			}
		}
		out = append(out, fmt.Sprintf("讲师%s：讲了%d个主题，错题%d处，口径不一致%d处", c.Staff.Name(id), len(topics), n, clash))
	}
	return out
}

// Analyse records the analysis and whether the plan is revised (5.4.4); that it is not wants a
// reason. The director hears of it. A revision is drafted by the supervisor and goes to the director
// (5.4.5).
func (s SOP) Analyse(c Case, a Assessment, scores []Score, revise bool, reason string, id string) (Change, error) {
	if err := s.may(c, Supervisor, "5.4.4", "做统计分析"); err != nil {
		return Change{}, err
	}
	if a.State == Sitting {
		return Change{}, Refuse(TooEarly, "5.4.4", fmt.Sprintf("还差%s的成绩。请发「成绩 %s 姓名 分数」录完再定。", c.Names(s.Waiting(c, a, scores)), a.Code()))
	}
	if !revise && strings.TrimSpace(reason) == "" {
		return c.AskFor("分析 "+a.Code()+" 不需修订", "不修订计划，请写一句理由，会记入分析。（先不定就发「算了」。）"), nil
	}
	kind := "统计分析"
	if a.Analysed {
		kind = "补充分析"
	}
	x := Analysis{ID: id, Assessment: a.ID, Sitting: a.Reported, Text: s.DraftAnalysis(c, a, scores), Revise: revise, Reason: reason, By: c.By.ID, At: c.Now}
	late := ""
	if by := s.AnalysisBy(a); !a.Analysed && s.today(c).After(by) {
		late = fmt.Sprintf("（晚%d天）", by.DaysUntil(s.today(c)))
	}
	a.Analysed = true
	a.State = s.stateOf(c, a, scores)
	text := fmt.Sprintf("%s%s已记录%s：%s%s。", a.Title(), kind, late, reviseText(revise), brackets(reason))
	reply := text
	card := Card{Title: a.Title() + " " + kind, Subtitle: c.Office.Name + " · " + a.Code(), Text: x.Text, Settled: c.By.Name + "：" + reviseText(revise)}
	if revise {
		reply += s.reviseHint(c, a, scores)
	}
	key := fmt.Sprintf("assessment:%s:analysis:%s", a.ID, id)
	out := Change{
		Assessments: []Assessment{a}, Analyses: []Analysis{x},
		Audit:  []Audit{c.audit("assessment.analyse", a.Code(), "5.4.4", text+x.Text)},
		Closed: a.AnalysisMatter().Ends(),
		Reply:  Answer{Body: Say(reply), Settle: &card},
	}
	if to := without(IDs(c.Staff.With(a.Office, Director, s.today(c))), c.By.ID); len(to) > 0 {
		out.Notices = []Notice{{Key: key, Thread: key, Office: a.Office, Stage: "analysis", Clause: "5.4.4", At: c.Now, To: to,
			Body: Say(text + "\n" + x.Text), Why: "规程5.4.4：考核后一周内由主管统计分析，确定计划是否修订；修订要经您审批（5.4.5）。"}}
	}
	return out, nil
}

// reviseHint names the words that lead into the revision (5.4.5): a session on what went wrong most.
func (s SOP) reviseHint(c Case, a Assessment, scores []Score) string {
	weak := s.Weak(scores)
	topic := "主题"
	if len(weak) > 0 {
		if t, ok := s.Policy.Topic(weak[0]); ok {
			topic = t.Name
		}
	}
	d := s.Calendar.AddWorkingDays(s.today(c), 3)
	return fmt.Sprintf("\n建议加一场：发「加一场 %02d-%02d %s %s」，再发「报计划 %s」请主任审批；批准前仍按原计划执行（规程5.4.5）。",
		int(d.Month), d.Day, s.Policy.Drafting.SessionTime, topic, d.MonthOf())
}

// AssessmentLines tells somebody about their own assessments: times to come and results.
func (s SOP) AssessmentLines(c Case, all []Assessment, scores map[AssessmentID][]Score, who PersonID) []string {
	var out []string
	for _, a := range all {
		x, ok := a.Candidate(who)
		if !ok {
			continue
		}
		ts := s.Tries(a, scores[a.ID], who)
		var parts []string
		for _, t := range ts {
			switch {
			case t.Passed:
				parts = append(parts, fmt.Sprintf("第%d次 %s 合格", t.Sitting, t.Text()))
			case t.Over:
				parts = append(parts, fmt.Sprintf("第%d次 %s 不合格", t.Sitting, t.Text()))
			default:
				parts = append(parts, fmt.Sprintf("第%d次 %s，还有%s", t.Sitting, t.Text(), PartsText(t.Lacks())))
			}
		}
		if x.State != MustSit && len(ts) == 0 {
			parts = append(parts, x.State.Chinese()+brackets(x.Reason))
		}
		for _, slot := range a.slotsOf(who, c.Now) {
			parts = append(parts, s.Moment(slot.Start)+" "+PartsText(slot.Parts))
		}
		if len(parts) == 0 {
			parts = []string{"时间待定"}
		}
		out = append(out, fmt.Sprintf("%s（%s）：%s", a.Title(), a.Code(), strings.Join(parts, "；")))
	}
	return slices.Clip(out)
}

// Shortfalls gives the lecturers whom a finished sitting shows to be below standard (6.1.1, 6.1.2): where
// the pass rate is missed those whose topics went wrong, all who taught when no topic is known; and
// whoever taught what contradicts practice.
func (s SOP) Shortfalls(a Assessment, scores []Score, x PassRate) []Shortfall {
	checked, conflicts := a.ErrorPoints(scores)
	wrong := map[string]bool{}
	for _, e := range s.Errors(scores) {
		wrong[e.Topic] = true
	}
	guilty := func(id PersonID) bool {
		return slices.ContainsFunc(a.Taught, func(l Lesson) bool { return l.Lecturer == id && wrong[l.Topic] })
	}
	known := slices.ContainsFunc(a.Lecturers(), guilty)
	var out []Shortfall
	for _, id := range a.Lecturers() {
		clash := 0
		for _, k := range conflicts {
			if k.Lecturer == id {
				clash++
			}
		}
		errors := clash*100 > s.Policy.Assessment.Errors*checked && x.Sitting == 1
		missed := !x.Met() && (!known || guilty(id))
		if !missed && !errors {
			continue
		}
		var evidence []string
		if !x.Met() {
			evidence = append(evidence, fmt.Sprintf("第%d次累计合格率 %d/%d=%s，标准%d%%", x.Sitting, x.Passed, x.Due, RateText(x.Passed, x.Due), x.Standard))
			if same := s.SameLine(x); same != "" && x.Sitting > 1 {
				evidence = append(evidence, same)
			}
		}
		if clash > 0 {
			evidence = append(evidence, s.ErrorLine(clash, checked))
		}
		out = append(out, Shortfall{Lecturer: id, Cycle: string(a.ID), Round: x.Sitting, Title: a.Title(), Evidence: strings.Join(evidence, "；")})
	}
	return out
}
