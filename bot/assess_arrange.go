package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

var (
	saidRef     = regexp.MustCompile(`^[Tt]\s?(\d{1,9})(?:[\s,，、:：]|$)`)
	saidMonth   = regexp.MustCompile(`^(20\d\d-\d\d)(?:\s|$)`)
	saidQuarter = regexp.MustCompile(`^(20\d\dQ[1-4])(?:\s|$)`)
	saidDay     = regexp.MustCompile(`(?:20\d\d-)?\d{1,2}[-/]\d{1,2}(?:日)?|\d{1,2}月\d{1,2}[日号]|今天|明天|大后天|后天|(?:下|本|这)?(?:个)?(?:周|星期|礼拜)[一二三四五六日天]`)
)

// plainText makes full-width letters, digits and the signs of dates half-width, for what is read here.
func plainText(s string) string {
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		switch {
		case c >= '０' && c <= '９', c >= 'Ａ' && c <= 'Ｚ', c >= 'ａ' && c <= 'ｚ', strings.ContainsRune("－／．＋", c):
			return c - '！' + '!'
		case c == '　':
			return ' '
		}
		return c
	}, s))
}

// arrange gives an assessment or its retakes their times, or proposes them.
func arrange(r *request) (domain.Change, error) {
	a, scores, rest, err := r.arranged(plainText(r.args.Text("内容")))
	if err != nil {
		return domain.Change{}, err
	}
	if r.sop.NobodySits(r.Case, a) {
		return r.sop.Unneeded(r.Case, a)
	}
	if rest == "" {
		return r.proposeTimes(a, scores)
	}
	wishes, err := r.wishes(rest)
	if err != nil {
		return domain.Change{}, err
	}
	if a, err = r.number(a); err != nil {
		return domain.Change{}, err
	}
	out, err := r.sop.Arrange(r.Case, a, scores, wishes)
	if err == nil && r.alsoTaught(a) {
		out.Reply.Text += "\n您讲过其中的课，也可以当考官，记录里会写明。"
	}
	return out, err
}

// alsoTaught says that the one who speaks lectured on what is assessed: allowed, and shown.
func (r *request) alsoTaught(a domain.Assessment) bool {
	return slices.Contains(a.Lecturers(), r.By.ID)
}

// arranged finds which assessment is meant, and what is said behind that.
func (r *request) arranged(text string) (a domain.Assessment, scores []domain.Score, rest string, err error) {
	if m := saidRef.FindStringSubmatch(text); m != nil {
		var no int64
		fmt.Sscan(m[1], &no)
		a, scores, err = r.assessment(no, anyAssessment, noAssessment)
		return a, scores, strings.TrimSpace(text[len(m[0]):]), err
	}
	kind, subject := domain.MonthlyExam, ""
	for _, word := range []string{"消防", "月度"} {
		if t, ok := strings.CutPrefix(text, word); ok {
			text = strings.TrimSpace(t)
			if word == "消防" {
				kind = domain.FireExam
			}
		}
	}
	if m := saidQuarter.FindStringSubmatch(text); m != nil {
		kind, subject, text = domain.FireExam, m[1], strings.TrimSpace(text[len(m[0]):])
	} else if m := saidMonth.FindStringSubmatch(text); m != nil {
		kind, subject, text = domain.MonthlyExam, m[1], strings.TrimSpace(text[len(m[0]):])
	}
	if subject == "" {
		subject = r.today().MonthOf().Add(-1).String()
		if kind == domain.FireExam {
			done, err := r.view.Settled(r.Office.ID)
			if err != nil {
				return a, nil, "", err
			}
			subject = r.fireQuarter(done).String()
		}
	}
	if kind == domain.MonthlyExam && !r.By.Has(r.Office.ID, domain.Supervisor, r.today()) {
		return a, nil, "", domain.Refuse(domain.Forbidden, "5.4.2", "月度考核由主管安排；安全主管安排消防考核发「考核 安排 消防」。")
	}
	if first, last := (domain.Assessment{Kind: kind, Subject: subject}).PeriodOf(); first.After(r.today()) || kind == domain.MonthlyExam && !r.today().After(last) {
		return a, nil, "", domain.Refuse(domain.TooEarly, "5.4.2", "考核在培训之后进行，请写已经过完的月份，或从这一季度起的季度。")
	}
	a, scores, err = r.newAssessment(kind, subject)
	return a, scores, text, err
}

// fireQuarter gives the quarter whose fire assessment is meant: last quarter's while it is still asked
// for, else this one's.
func (r *request) fireQuarter(done []domain.Matter) domain.Quarter {
	q := domain.QuarterOf(r.today())
	before := domain.QuarterOf(q.First().AddDays(-1))
	m := domain.Matter{Office: r.Office.ID, Kind: domain.FireAssessment, Subject: before.String()}
	asked := !before.Last().Before(r.Office.Since) && before.Last().DaysUntil(r.today()) <= r.sop.Policy.Reminders.OverdueDays
	if asked && !slices.Contains(done, m) {
		return before
	}
	return q
}

// proposeTimes shows the times the program would take.
func (r *request) proposeTimes(a domain.Assessment, scores []domain.Score) (domain.Change, error) {
	return domain.Change{Reply: domain.Answer{Body: r.sop.TimesBody(r.Case, a, scores)}}, nil
}

// wishes reads times: 10-10 14:00 书面 10-12 实操 10-12 19:00 夜班.
func (r *request) wishes(text string) ([]domain.Wish, error) {
	days := saidDay.FindAllStringIndex(text, -1)
	if len(days) == 0 {
		return nil, domain.Refuse(domain.Invalid, "5.4.2", "请写日期和时间，如「考核 安排 10-10 14:00 书面 10-12 14:00 实操 10-12 19:00 夜班」。不写就给建议。")
	}
	var starts []int
	lead := strings.Trim(text[:days[0][0]], " ,，;；、+")
	if lead == "" || len(days) == 1 {
		for _, d := range days {
			starts = append(starts, d[0])
		}
		starts[0] = 0
	} else { // 书面 10-10 14:00 实操 10-12: each part stands before its day
		for i, d := range days {
			from := 0
			if i > 0 {
				from = days[i-1][1] + partBefore(text[days[i-1][1]:d[0]])
			}
			starts = append(starts, from)
		}
	}
	var out []domain.Wish
	for i, from := range starts {
		to := len(text)
		if i+1 < len(starts) {
			to = starts[i+1]
		}
		w, err := r.wish(text[from:to])
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

// partBefore finds where the part word begins that belongs to the next day.
func partBefore(between string) int {
	for _, word := range []string{"书面", "笔试", "实操"} {
		if i := strings.Index(between, word); i >= 0 {
			return i
		}
	}
	return len(between)
}

// wish reads one time.
func (r *request) wish(text string) (domain.Wish, error) {
	var w domain.Wish
	take := func(words ...string) bool {
		found := false
		for _, word := range words {
			if strings.Contains(text, word) {
				text, found = strings.ReplaceAll(text, word, " "), true
			}
		}
		return found
	}
	if take("书面", "笔试") {
		w.Parts = append(w.Parts, domain.Written)
	}
	if take("实操") {
		w.Parts = append(w.Parts, domain.Practical)
	}
	for _, x := range r.sop.Policy.Shifts.List {
		if take(x.Name) {
			w.Shift = x.Name
		}
	}
	for _, p := range r.Staff {
		if take(p.Name, p.No) {
			w.People = append(w.People, p.ID)
		}
		if s := p.ShiftIn(r.Office.ID, r.today()); s != "" && s != domain.OffDuty && take(s) {
			w.Shift = s
		}
	}
	take("和", "+", ",", "，", ";", "；", "、", "。", "补考")
	parsed, err := slotGrammar().Parse("定时间 "+text, env(r.sop, r.Now, nil))
	if err != nil {
		if refusal, ok := domain.Refusal(err); ok {
			return w, domain.Refuse(domain.Invalid, "5.4.2", strings.SplitN(refusal.Text, "。", 2)[0]+"。例：「考核 安排 10-10 14:00 书面 10-12 14:00 实操」。")
		}
		return w, err
	}
	w.Date, w.Timed = parsed.Values.Date("日期"), parsed.Values.Has("时间")
	if w.Timed {
		w.Clock = parsed.Values.Clock("时间")
	}
	return w, nil
}

// slotGrammar reads a day and a time the way the words of the table do.
func slotGrammar() command.Table[bool] {
	return command.Table[bool]{{Name: "定时间", AnyOrder: true, Args: []command.Arg{arg("日期", command.Date, "哪一天"), opt("时间", command.Clock, "几点")}}}
}
