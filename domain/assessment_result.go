package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// settle brings an assessment up to date with its scores: its draft, and, when everybody has had a
// sitting, the result to those who answer for it. With the first sitting the assessment is held (D7,
// D8 end) and its analysis is due (D9).
func (s SOP) settle(c Case, a Assessment, scores []Score) (Assessment, Change) {
	all := s.Standings(a, scores, c.Staff, s.today(c))
	over := 0
	for _, x := range all {
		if x.Over() {
			over = x.Sitting
		}
	}
	a.Draft, a.Missing = s.DraftAnalysis(c, a, scores), s.Waiting(c, a, scores)
	var out Change
	if over > 0 && a.State == Sitting {
		a.State, a.LastPaper = Sat, s.lastPaper(c, a)
		out.Settled, out.Closed = []Matter{a.Matter()}, a.Matter().Ends()
		out.Audit = []Audit{c.audit("assessment.held", a.Code(), clauseOf(a.Kind), a.Title()+"考完："+all[over-1].Text())}
	}
	if over > a.Reported {
		a.Reported = over
		body := s.resultBody(c, a, scores, all[over-1])
		key := fmt.Sprintf("assessment:%s:result:%d", a.ID, over)
		if to := s.answerable(c, a); len(to) > 0 {
			out.Notices = []Notice{{Key: key, Thread: key, Office: a.Office, Stage: "result", Clause: "6.1.1", At: c.Now, To: to, Body: body,
				Why: fmt.Sprintf("规程6.1.1：%s。按应考人数累计，补考的人只算一次。", all[over-1].Text())}}
		}
	}
	a.State = s.stateOf(c, a, scores)
	return a, out
}

// stateOf closes an assessment that is analysed and that nobody has to take any more.
func (s SOP) stateOf(c Case, a Assessment, scores []Score) AssessmentState {
	switch {
	case a.State == Sitting:
		return Sitting
	case a.Analysed && len(s.Waiting(c, a, scores)) == 0:
		return Done
	}
	return Sat
}

// lastPaper is the day of the last paper of the first sitting (open point 10): that of its last time
// so far, today when none was arranged.
func (s SOP) lastPaper(c Case, a Assessment) Date {
	last := Date{}
	for _, x := range a.Slots {
		if d := s.Calendar.Date(x.Start); !x.Retake && !d.After(s.today(c)) && d.After(last) {
			last = d
		}
	}
	if last.IsZero() {
		return s.today(c)
	}
	return last
}

// AnalysisBy is the last day for the analysis (5.4.4).
func (s SOP) AnalysisBy(a Assessment) Date {
	return a.LastPaper.AddDays(s.Policy.Assessment.AnalysisDays)
}

// answerable gives who hears the results: the supervisors, of fire safety the safety officers too,
// and the directors where a supervisor taught what was assessed.
func (s SOP) answerable(c Case, a Assessment) []PersonID {
	day := s.today(c)
	out := IDs(c.Staff.With(a.Office, Supervisor, day))
	if slices.ContainsFunc(a.Lecturers(), func(id PersonID) bool { return slices.Contains(out, id) }) {
		out = append(out, IDs(c.Staff.With(a.Office, Director, day))...)
	}
	if a.Kind == FireExam {
		out = append(out, IDs(c.Staff.With(a.Office, SafetyOfficer, day))...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s SOP) resultBody(c Case, a Assessment, scores []Score, x PassRate) Body {
	lines := []string{fmt.Sprintf("%s（%s，%s）第%d次完成：%d人，合格%d，不合格%d%s。", a.Title(), a.Code(), PartsText(a.Parts), x.Sitting, x.Due, x.Passed, len(x.Failed), brackets(s.failedText(c, a, scores, x)))}
	lines = append(lines, s.rateLine(x))
	short, same := "", ""
	if same = s.SameLine(x); same != "" && !x.Met() {
		same += "。"
		lines[len(lines)-1] += same
	} else {
		same = ""
	}
	if len(x.Failed) > 0 {
		short = fmt.Sprintf("不合格%d人：%s。", len(x.Failed), s.failedText(c, a, scores, x))
	}
	if line := s.errorLine(a, scores); line != "" {
		lines, short = append(lines, line), short+line
	}
	short += same
	facts := []Fact{{"合格", fmt.Sprintf("%d/%d人 %s", x.Passed, x.Due, RateText(x.Passed, x.Due))}, {"标准", fmt.Sprintf("%d%% %s", x.Standard, HeadsText(x.Due, x.Standard))}, {"结论", metText(x)}}
	var buttons []Button
	if !a.Analysed {
		lines, facts = append(lines, fmt.Sprintf("统计分析截止%s。", s.AnalysisBy(a).Chinese())), append(facts, Fact{"分析截止", s.AnalysisBy(a).Chinese()})
	}
	if !a.Analysed || x.Sitting > 1 {
		buttons = append(buttons, Button{"看分析", "分析 " + a.Code(), Primary})
	}
	if len(x.Failed) > 0 {
		d := s.RetakeDay(s.today(c))
		lines = append(lines, fmt.Sprintf("单独培训以后补考，建议%s（避开考核窗口）。", d.Chinese()))
		buttons = append(buttons, Button{fmt.Sprintf("%d月%d日补考", int(d.Month), d.Day), fmt.Sprintf("考核 安排 %s %02d-%02d %s", a.Code(), int(d.Month), d.Day, s.Policy.Assessment.WrittenTime), Plain})
	}
	return Body{Text: strings.Join(lines, "\n") + fmt.Sprintf("\n发「分析 %s」看统计和草稿。", a.Code()), Card: &Card{Title: fmt.Sprintf("%s 第%d次结果", a.Title(), x.Sitting), Subtitle: c.Office.Name + " · " + a.Code(),
		Facts: facts, Text: short, Buttons: buttons}}
}

func (s SOP) rateLine(x PassRate) string {
	which := []string{"第一次", "第二次", "第三次"}[min(x.Sitting, 3)-1]
	if x.Sitting == 1 {
		return fmt.Sprintf("%s合格率 %s，标准%d%%（%s），%s。", which, RateText(x.Passed, x.Due), x.Standard, HeadsText(x.Due, x.Standard), metText(x))
	}
	return fmt.Sprintf("%s考核：累计 %d/%d=%s，标准%d%%（%s），%s。", which, x.Passed, x.Due, RateText(x.Passed, x.Due), x.Standard, HeadsText(x.Due, x.Standard), metText(x))
}

func metText(x PassRate) string {
	if x.Met() {
		return "达标"
	}
	return "未达标"
}

// failedText names who has failed so far and by what.
func (s SOP) failedText(c Case, a Assessment, scores []Score, x PassRate) string {
	out := make([]string, 0, len(x.Failed))
	for _, id := range x.Failed {
		ts := s.Tries(a, scores, id)
		var bad []string
		for _, sc := range ts[min(x.Sitting, len(ts))-1].Scores {
			if sc.Absent || sc.Points < s.Policy.Assessment.PassMark {
				bad = append(bad, sc.Text())
			}
		}
		out = append(out, c.Staff.Name(id)+" "+strings.Join(bad, "、"))
	}
	return strings.Join(out, "；")
}

// errorLine says what contradicted the teaching (误差): 实操检查36点，与授课内容不一致1点（…），标准0.
func (s SOP) errorLine(a Assessment, scores []Score) string {
	checked, conflicts := a.ErrorPoints(scores)
	if checked == 0 {
		return ""
	}
	var what []string
	for _, k := range conflicts {
		what = append(what, k.Point+" "+k.Note)
	}
	text := fmt.Sprintf("误差率 %d/%d：实操检查%d点，与授课内容不一致%d点", len(conflicts), checked, checked, len(conflicts))
	if len(what) > 0 {
		text += "（" + strings.TrimSpace(strings.Join(what, "；")) + "）"
	}
	return text + fmt.Sprintf("，标准%d。", s.Policy.Assessment.Errors)
}

// Errors counts the errors of all papers and checks by topic, most first, so that the next plan can
// take them up (5.1.1, 5.4.4).
func (s SOP) Errors(scores []Score) []TopicErrors {
	_, points := Bank()
	byName := map[string]string{}
	for _, p := range points {
		byName[p.Name] = p.Topic
	}
	count := map[string]*TopicErrors{}
	add := func(topic, what string) {
		if topic == "" {
			topic = what
		}
		if count[topic] == nil {
			count[topic] = &TopicErrors{Topic: topic}
		}
		count[topic].Count++
		if what != "" && !slices.Contains(count[topic].What, what) {
			count[topic].What = append(count[topic].What, what)
		}
	}
	for _, x := range validScores(scores) {
		for _, m := range x.Missed {
			add(byName[m], m)
		}
		for _, k := range x.Conflicts {
			add(k.Topic, k.Point)
		}
		for _, topic := range x.Wrong {
			add(topic, "")
		}
	}
	var out []TopicErrors
	for _, e := range count {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b TopicErrors) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Topic, b.Topic))
	})
	return out
}

// TopicErrors is how often a topic went wrong in an assessment, and at which checkpoints.
type TopicErrors struct {
	Topic string // Topic.ID, or the checkpoint where its topic is not known
	Count int
	What  []string
}

// Weak gives the topics that went wrong in these scores, most first: what the next plan takes up
// with the source 考核 (5.1.1).
func (s SOP) Weak(scores []Score) []string {
	var out []string
	for _, e := range s.Errors(scores) {
		if _, ok := s.Policy.Topic(e.Topic); ok {
			out = append(out, e.Topic)
		}
	}
	return out
}

// DraftAnalysis writes the analysis of an assessment from its numbers (5.4.4).
func (s SOP) DraftAnalysis(c Case, a Assessment, scores []Score) string {
	all := s.Standings(a, scores, c.Staff, s.today(c))
	first := all[0]
	var b strings.Builder
	fmt.Fprintf(&b, "参加%d人，首考合格%d人（%s），标准%d%%（%s），%s。", first.Due, first.Passed, RateText(first.Passed, first.Due), first.Standard, HeadsText(first.Due, first.Standard), metText(first))
	if len(first.Failed) > 0 {
		fmt.Fprintf(&b, "首考不合格：%s。", s.failedText(c, a, scores, first))
	}
	for _, x := range all[1:] {
		if x.Over() {
			b.WriteString(s.rateLine(x))
		}
	}
	var days []string
	for _, x := range a.Slots {
		if x.Retake && x.Start.After(c.Now) {
			days = append(days, fmt.Sprintf("%s %s", s.Calendar.Date(x.Start).Chinese(), c.Names(x.People)))
		}
	}
	if len(days) > 0 {
		fmt.Fprintf(&b, "已安排补考：%s。", strings.Join(days, "；"))
	}
	if errors := s.Errors(scores); len(errors) > 0 {
		var worst []string
		for _, e := range errors[:min(3, len(errors))] {
			worst = append(worst, s.errorText(e))
		}
		fmt.Fprintf(&b, "错题集中在：%s。", strings.Join(worst, "、"))
	}
	b.WriteString(s.errorLine(a, scores))
	if _, conflicts := a.ErrorPoints(scores); len(conflicts) > 0 {
		var who []string
		for _, k := range conflicts {
			if k.Lecturer != "" && !slices.Contains(who, c.Staff.Name(k.Lecturer)) {
				who = append(who, c.Staff.Name(k.Lecturer))
			}
		}
		fmt.Fprintf(&b, "%s口径不一致，须统一。", strings.Join(who, "、"))
	}
	return b.String()
}

func (s SOP) errorText(e TopicErrors) string {
	name := e.Topic
	if t, ok := s.Policy.Topic(e.Topic); ok {
		name = t.Name
	}
	if len(e.What) > 0 && e.What[0] != name {
		return fmt.Sprintf("%s（%s）%d处", name, strings.Join(e.What, "、"), e.Count)
	}
	return fmt.Sprintf("%s %d处", name, e.Count)
}

// AssessmentLine shows an assessment in one line.
func (s SOP) AssessmentLine(c Case, a Assessment, scores []Score) string {
	all := s.Standings(a, scores, c.Staff, s.today(c))
	last := all[len(all)-1]
	out := fmt.Sprintf("%s %s：", a.Code(), a.Title())
	switch {
	case a.State == Sitting && len(a.Slots) == 0:
		out += "还没有时间"
	case a.State == Sitting:
		out += s.SlotsText(a.Slots)
	case a.State == Done:
		return out + "已结束，" + last.Text()
	}
	if a.State == Sitting {
		return out + fmt.Sprintf("；应考%d人，还差%d人的成绩", last.Due, len(last.Missing))
	}
	if !a.Analysed {
		out += "统计分析截止" + s.AnalysisBy(a).Chinese() + "；"
	}
	return out + last.Text()
}

// AssessmentBody shows an assessment to those who hold it: times, standings, who is missing, exempt or
// deferred, and what can be done next.
func (s SOP) AssessmentBody(c Case, a Assessment, scores []Score) Body {
	lines := []string{fmt.Sprintf("%s（%s，%s）", a.Title(), a.Code(), PartsText(a.Parts))}
	if len(a.Slots) > 0 {
		lines = append(lines, "时间："+s.SlotsText(a.Slots))
	}
	for _, x := range s.Standings(a, scores, c.Staff, s.today(c)) {
		lines = append(lines, x.Text())
	}
	waits := s.Waiting(c, a, scores)
	if len(waits) > 0 {
		lines = append(lines, fmt.Sprintf("还要考的%d人：%s", len(waits), c.Names(waits)))
	}
	if text := s.aside(c, a); text != "" {
		lines = append(lines, text)
	}
	for _, id := range a.Lecturers() {
		if id == c.By.ID {
			lines = append(lines, "您讲过其中的课，可以当考官，记录里会写明。")
		}
	}
	var buttons []Button
	if len(waits) > 0 {
		buttons = append(buttons, Button{"安排时间", "考核 安排 " + a.Code(), Plain}, Button{"开卷", "考核 开卷 " + a.Code(), Plain})
	}
	text := strings.Join(lines, "\n") + fmt.Sprintf("\n录成绩发「成绩 %s 姓名 分数」", a.Code())
	if s.leads(c) { // the analysis is theirs (5.4.4)
		buttons = append(buttons, Button{"看分析", "分析 " + a.Code(), Plain})
		text += fmt.Sprintf("，看统计发「分析 %s」", a.Code())
	}
	return Body{Text: text + "。",
		Card: &Card{Title: a.Title(), Subtitle: c.Office.Name + " · " + a.Code(), Text: strings.Join(lines[1:], "\n"), Buttons: buttons}}
}
