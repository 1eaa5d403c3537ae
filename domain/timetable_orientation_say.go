package domain

import (
	"fmt"
	"strings"
)

// sayTheoryArrival tells the supervisor of a new hire's first days: D5.
func sayTheoryArrival(t *teller, r Reminder) Body {
	m, name := r.matter, t.name(r.matter.arrival.Person)
	test := t.TestDay(m.file.OrientationFile)
	last := t.Calendar.AddWorkingDays(m.file.Since, t.Policy.Orientation.Days)
	came := "今天到岗"
	if t.Calendar.Date(r.At) != m.file.Since {
		came = "于" + m.file.Since.Chinese() + "到岗"
	}
	text := fmt.Sprintf("%s%s，请安排岗前培训（4.1）：\n理论部分：到岗后%d个工作日内，截止%s。\n岗位实习：至%s，共%d个工作日、%d课时。\n理论考核：第%d个工作日，%s。",
		name, came, t.Policy.Orientation.TheoryWithinWorkingDays, t.due(r), last.Chinese(), t.Policy.Orientation.Days, t.Policy.Orientation.ClassHours,
		t.Policy.Assessment.TheoryTestWorkingDay, test.Chinese())
	if m.file.ID != "" {
		return Say(text + fmt.Sprintf("\n补上取消的课发「补课 %s 理论1 日期 时间」。", name))
	}
	line := "入职 " + name
	return Body{Text: text + fmt.Sprintf("\n发「%s」一次排好理论课和考核。", line), Card: &Card{Title: name + came + "，请安排岗前培训", Subtitle: t.f.Office.Name + " · 规程4.1",
		Text: text, Buttons: []Button{{"一次排好", line, Primary}, {"为什么", "为什么", Plain}}}}
}

// sayWelcome tells a new hire of the first days: D5.
func sayWelcome(t *teller, r Reminder) Body {
	f := r.matter.file
	today := t.Calendar.Date(r.At)
	var lines []string
	days := map[Date]bool{}
	for _, x := range t.f.FileSessions {
		if d := t.Calendar.Date(x.Start); x.State == Planned && !d.Before(today) && t.blockOf(x) != "" && t.expects(x, f.who) {
			word := d.Chinese()
			if d == today {
				word = "今天"
			}
			if days[d] {
				word = ""
			}
			days[d] = true
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s–%s", word, t.Hour(x.Start), t.Hour(x.End)))+" "+x.Title()+" "+x.Room)
		}
	}
	text := fmt.Sprintf("欢迎您，%s！接下来的安排：\n", f.who.Name)
	if len(lines) == 0 {
		lines = []string{"理论课的时间由主管通知您。"}
	}
	text += strings.Join(lines, "\n")
	if days := t.BlockDays(f.Since)[PracticeBlock]; len(days) > 0 {
		coach := "教练还没定"
		if ids := t.coaches(f.OrientationFile); len(ids) > 0 {
			coach = "教练" + Case{Staff: t.f.Staff}.Names(ids)
		}
		text += fmt.Sprintf("\n%s至%s 岗位实习，%s。", days[0].Chinese(), days[len(days)-1].Chinese(), coach)
	}
	return Say(text + fmt.Sprintf("\n%s %s 理论考核，合格后正式上岗；之前跟着教练，不单独上岗。\n上课时发「签到 口令」，发「岗前」看进度，发「帮助」看能说什么。",
		t.TestDay(f.OrientationFile).Chinese(), t.Policy.Orientation.TestAt))
}

// short lists what a file is short of: 理论2缺1小时.
func (t *teller) short(f *fileFact, blocks ...Block) string {
	var out []string
	for _, b := range blocks {
		if n := t.Unplanned(f.Progress, b); n > 0 {
			out = append(out, fmt.Sprintf("%s缺%s", b.Chinese(), t.spanOf(n)))
		}
	}
	return strings.Join(out, "、")
}

// makeUps are buttons for the next two working days on which missing theory can be given.
func (t *teller) makeUps(r Reminder) (lines string, out []Button) {
	f, name := r.matter.file, t.name(r.matter.file.Person)
	for _, b := range Blocks() {
		if !b.Theory() || t.Unplanned(f.Progress, b) == 0 || len(out) > 0 {
			continue
		}
		day := t.Calendar.Date(r.At)
		for i := range 2 {
			day = t.Calendar.Next(day)
			line := fmt.Sprintf("补课 %s %s %s %s", name, b.Chinese(), day, t.Policy.Orientation.MakeUpAt)
			out = append(out, Button{[]string{"排", "放到"}[i] + day.short(), line, []Style{Primary, Plain}[i]})
		}
		lines = fmt.Sprintf("补课发「%s」，或另写日期、时间。", out[0].Line)
	}
	return lines, out
}

// sayTheoryDay tells the supervisor that theory is short: D5.
func sayTheoryDay(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	text := fmt.Sprintf("%s（%s到岗）的岗前理论还没有排够：%s。\n截止：%s。", name, f.Since.Chinese(), t.short(f, CompanyBlock, ServiceBlock), t.due(r))
	if r.Stage == "overdue" {
		text += "补课会记为迟补。"
	}
	if f.ID == "" {
		return Body{Text: text + fmt.Sprintf("\n发「入职 %s」一次排好；已经讲过的发「带教 %s 理论1 8小时 说明」登记。", name, name),
			Card: &Card{Title: name + " 岗前理论没有排够", Subtitle: t.f.Office.Name + " · 规程5.2.1", Text: text, Buttons: []Button{{"一次排好", "入职 " + name, Primary}, {"为什么", "为什么", Plain}}}}
	}
	lines, buttons := t.makeUps(r)
	return Body{Text: text + "\n" + lines, Card: &Card{Title: name + " 岗前理论没有排够", Subtitle: t.f.Office.Name + " · 规程5.2.1", Text: text, Buttons: buttons}}
}

// sayCoachMissing asks the supervisor for a coach: HRS.
func sayCoachMissing(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	var days []string
	for _, d := range t.BlockDays(f.Since)[PracticeBlock] {
		if f.coachOn(d) == "" {
			days = append(days, d.Chinese())
		}
	}
	text := fmt.Sprintf("%s 的岗位实习还没有教练：%s。", name, strings.Join(days, "、"))
	return Body{Text: text + fmt.Sprintf("\n发「派教练 姓名 %s」。", name), Card: &Card{Title: name + " 还没有教练", Subtitle: t.f.Office.Name + " · 规程5.2.2", Text: text,
		Buttons: []Button{{"派教练", "派教练 " + name, Primary}}}}
}

// sayLog asks the coach in the evening what was practised, and for how long: HRS (two taps).
func sayLog(t *teller, r Reminder) Body {
	name, day := t.name(r.matter.file.Person), t.Calendar.Date(r.At)
	span := t.spanOf(t.dayMinutes())
	text := fmt.Sprintf("今天带%s %s？", name, span)
	line := fmt.Sprintf("带教 %s %s", name, day)
	return Body{Text: text + fmt.Sprintf("\n发「带教 %s %s 内容」登记。", name, span), Card: &Card{Title: text, Subtitle: t.f.Office.Name + " · 规程5.2.2",
		Buttons: []Button{{span, line + " " + span, Primary}, {"改", line, Plain}}}}
}

// sayHours sums a file up for the supervisor when the practice ends: HRS.
func sayHours(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	var parts []string
	for _, b := range Blocks() {
		if t.need(b) > 0 {
			parts = append(parts, t.standing(f.Progress, b))
		}
	}
	text := fmt.Sprintf("%s 岗前学时：%s。", name, strings.Join(parts, "，"))
	if r.Stage == "overdue" { // the theory has its own word
		text = fmt.Sprintf("%s 的%s，实习期%s已过。实习由教练发「带教 %s %s 内容」登记；没带够的请接着带。", name, t.standing(f.Progress, PracticeBlock), r.matter.deadline.Chinese(), name, t.spanOf(t.dayMinutes()))
		return Say(text)
	}
	lines, buttons := t.makeUps(r)
	if len(buttons) > 0 {
		due := t.TheoryDue(f.Since)
		text += fmt.Sprintf("\n%s，且已过“到岗后%d个工作日”（%s），补课会记为迟补。", t.short(f, CompanyBlock, ServiceBlock), t.Policy.Orientation.TheoryWithinWorkingDays, due.Chinese())
	}
	if t.missing(f.Progress, PracticeBlock) > 0 {
		lines += fmt.Sprintf("实习由教练发「带教 %s %s 内容」登记。", name, t.spanOf(t.dayMinutes()))
	}
	return Body{Text: text + "\n" + lines, Card: &Card{Title: name + " 岗前学时不够", Subtitle: t.f.Office.Name + " · 规程4.1", Text: text, Buttons: buttons}}
}

// sayTest tells hire, coach and supervisor of the theory test: D6.
func sayTest(t *teller, r Reminder) Body {
	f := r.matter.file
	name := t.name(f.Person)
	what := fmt.Sprintf("到岗后第%d个工作日", t.Policy.Assessment.TheoryTestWorkingDay)
	if n := len(f.Sittings); n > 0 {
		what = fmt.Sprintf("第%d次，复考", n+1)
	} else if len(f.Moves) > 0 {
		what = "改期"
	}
	today, when := t.Calendar.Date(r.At), r.matter.deadline.Chinese()+" "+t.Policy.Orientation.TestAt.String()
	if today == r.matter.deadline {
		when = "就是今天 " + t.Policy.Orientation.TestAt.String()
	}
	if r.matter.provisional {
		when += "（暂定，放假通知尚未公布）"
	}
	if today != r.matter.deadline {
		when += "，" + t.left(today, r.matter.deadline)
	}
	text := fmt.Sprintf("%s的岗前理论考核（%s）：%s。", name, what, when)
	if r.Stage == "overdue" {
		text = fmt.Sprintf("%s的岗前理论考核（%s）：%s。", name, what, t.due(r))
		return Say(text + fmt.Sprintf("\n还没有登记成绩；合格后才能正式上岗。主管考完发「成绩 %s 分数」，要改日子发「改考 %s 日期 理由」。", name, name))
	}
	text += "\n合格后正式上岗，不合格重新培训后再考；先练一练发「自测」。"
	if !f.Briefed {
		text += "\n上岗前还要有消防培训的记录（公安部令第61号第36条），现在还没有。"
	}
	return Say(text)
}

// sayMoved tells those whose test a new holiday notice has moved: D6 (mission E3).
func sayMoved(t *teller, r Reminder) Body {
	f := r.matter.file
	return Say(fmt.Sprintf("放假通知已导入，%s的岗前理论考核从%s（暂定）改到%s %s。", t.name(f.Person), f.Told.Chinese(), r.matter.deadline.Chinese(), t.Policy.Orientation.TestAt))
}
