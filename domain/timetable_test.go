package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

const cuihu OfficeID = "o1"

func member(id, name string, since Date, roles ...Role) Person {
	return Person{ID: PersonID(id), No: id, Name: name, Memberships: []Membership{{Office: cuihu, Roles: roles, Since: since}}}
}

// cuihuStaff is the office of the mission's transcripts.
func cuihuStaff() Staff {
	since := Date{2020, time.January, 1}
	return Staff{
		member("p1", "王芳", since, Supervisor), member("p2", "周国平", since, Director), member("p3", "孙伟", since, SafetyOfficer),
		member("p4", "李工", since, Administrator), member("p5", "高翔", since, Trainee), member("p6", "陈静", since, Trainee, Coach),
		member("p7", "林晓", Date{2026, time.February, 6}, Trainee),
	}
}

// facts is the office with its plan for September in force.
func facts() Facts {
	return Facts{
		Office: Office{ID: cuihu, Name: "翠湖管理处", Since: Date{2026, time.January, 1}}, Staff: cuihuStaff(),
		Plans: []PlanFact{{ID: "plan6", No: 6, Period: Period{2026, time.September}, Version: 1, Approved: true}},
	}
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, shanghai(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func window(t testing.TB, from, to string) Window { return Window{instant(t, from), instant(t, to)} }

// lines writes the reminders of some kinds one a line: instant, kind, stage, receivers.
func lines(rs []Reminder, kinds ...MatterKind) string {
	var b strings.Builder
	for _, r := range rs {
		if slices.Contains(kinds, r.Kind) {
			fmt.Fprintf(&b, "%s %s %s %s\n", r.At.Format("01-02 15:04"), r.Kind, r.Stage, r.To())
		}
	}
	return b.String()
}

// What the office is told, as an office supervisor could read and correct it.
func TestTimetableStories(t *testing.T) {
	submitted := func(t *testing.T, at string) PlanFact {
		return PlanFact{ID: "plan7", No: 7, Period: Period{2026, time.October}, Version: 2, Waiting: true, Since: instant(t, at), Items: 12, SubmittedBy: "p1"}
	}
	for _, row := range []struct {
		name     string
		facts    func(t *testing.T, f *Facts)
		from, to string
		kinds    []MatterKind
		want     string
	}{
		{"October plan over Mid-Autumn", func(t *testing.T, f *Facts) {}, "2026-09-01 00:00", "2026-09-30 23:59", []MatterKind{MonthlyPlanDue}, `
09-17 09:00 D1 ahead 主管
09-21 09:00 D1 ahead 主管
09-23 09:00 D1 ahead 主管
09-24 09:00 D1 target 主管
09-25 09:00 D1 day 主管
09-25 17:00 D1 day 主管
09-28 09:00 D1 overdue 主管
09-29 09:00 D1 overdue 主管
09-29 09:00 D1 overdue 主任
09-30 09:00 D1 overdue 主管
09-30 09:00 D1 overdue 主任
`},
		{"submitted on the 21st: cards to the director until the 30th and after", func(t *testing.T, f *Facts) {
			f.Plans = append(f.Plans, submitted(t, "2026-09-21 16:02"))
		}, "2026-09-01 00:00", "2026-10-10 23:59", []MatterKind{MonthlyPlanDue, MonthlyApprovalDue}, `
09-22 09:00 D2 first 主任
09-24 09:00 D2 renew 主任
09-28 09:00 D2 ahead 主任
09-29 09:00 D2 ahead 主任
09-30 09:00 D2 day 主任
09-30 09:00 D2 day 主管
09-30 17:00 D2 day 主任
10-08 09:00 D2 overdue 主任
10-08 09:00 D2 overdue 主管
10-09 09:00 D2 overdue 主任
10-09 09:00 D2 overdue 主管
10-10 09:00 D2 overdue 主任
10-10 09:00 D2 overdue 主管
`},
		{"submitted on the 29th: no reminder of the days before", func(t *testing.T, f *Facts) {
			f.Plans = append(f.Plans, submitted(t, "2026-09-29 10:00"))
		}, "2026-09-01 00:00", "2026-09-30 23:59", []MatterKind{MonthlyApprovalDue}, `
09-30 09:00 D2 day 主任
09-30 09:00 D2 day 主管
09-30 17:00 D2 day 主任
`},
		{"returned on the 30th: one working day, then overdue", func(t *testing.T, f *Facts) {
			f.Plans = append(f.Plans, PlanFact{ID: "plan7", No: 7, Period: Period{2026, time.October}, Version: 2, Returned: true, Since: instant(t, "2026-09-30 10:00"), Items: 12})
		}, "2026-09-01 00:00", "2026-10-12 23:59", []MatterKind{MonthlyPlanDue, MonthlyApprovalDue}, `
10-08 09:00 D1 day 主管
10-08 17:00 D1 day 主管
10-09 09:00 D1 overdue 主管
10-10 09:00 D1 overdue 主管
10-10 09:00 D1 overdue 主任
10-12 09:00 D1 overdue 主管
10-12 09:00 D1 overdue 主任
`},
		{"plans that come back long after their dates", func(t *testing.T, f *Facts) {
			f.Plans = append(f.Plans, PlanFact{ID: "plan0", Period: AnnualPeriod(2026), Version: 3, Returned: true, Since: instant(t, "2026-07-06 10:00"), Items: 60},
				PlanFact{ID: "plan1", Period: Period{2026, time.February}, Version: 1, Returned: true, Since: instant(t, "2026-07-07 10:00"), Items: 10},
				PlanFact{ID: "plan5", Period: Period{2026, time.July}, Version: 1, Approved: true})
		}, "2026-07-01 00:00", "2026-07-08 23:59", []MatterKind{MonthlyPlanDue, AnnualPlanDue}, `
07-07 09:00 D3 day 主管
07-07 17:00 D3 day 主管
07-08 09:00 D1 day 主管
07-08 09:00 D3 overdue 主管
07-08 17:00 D1 day 主管
`},
		{"a revision has no deadline, its card is renewed", func(t *testing.T, f *Facts) {
			p := submitted(t, "2026-10-14 10:00")
			p.Approved = true
			f.Plans = []PlanFact{p}
		}, "2026-10-01 00:00", "2026-10-21 23:59", []MatterKind{MonthlyApprovalDue, AnnualApprovalDue}, `
10-15 09:00 D2 first 主任
10-19 09:00 D2 renew 主任
10-21 09:00 D2 renew 主任
`},
		{"approved: silence", func(t *testing.T, f *Facts) {
			f.Plans = []PlanFact{{ID: "plan7", No: 7, Period: Period{2026, time.October}, Version: 2, Approved: true}}
		}, "2026-09-01 00:00", "2026-10-10 23:59", []MatterKind{MonthlyApprovalDue}, ``},
		{"February: approval on a make-up Saturday", func(t *testing.T, f *Facts) {
			p := submitted(t, "2026-02-25 10:00")
			p.Period = Period{2026, time.March}
			f.Plans = []PlanFact{p}
		}, "2026-02-20 00:00", "2026-03-02 23:59", []MatterKind{MonthlyApprovalDue}, `
02-26 09:00 D2 ahead 主任
02-27 09:00 D2 ahead 主任
02-28 09:00 D2 day 主任
02-28 09:00 D2 day 主管
02-28 17:00 D2 day 主任
03-02 09:00 D2 overdue 主任
03-02 09:00 D2 overdue 主管
`},
		{"annual plan", func(t *testing.T, f *Facts) {}, "2026-12-01 00:00", "2026-12-14 23:59", []MatterKind{AnnualPlanDue}, `
12-03 09:00 D3 ahead 主管
12-07 09:00 D3 ahead 主管
12-09 09:00 D3 ahead 主管
12-10 09:00 D3 day 主管
12-10 17:00 D3 day 主管
12-11 09:00 D3 overdue 主管
12-14 09:00 D3 overdue 主管
12-14 09:00 D3 overdue 主任
`},
		{"annual approval: the 20th is a Sunday", func(t *testing.T, f *Facts) {
			p := submitted(t, "2026-12-10 10:00")
			p.Period = AnnualPeriod(2027)
			f.Plans = []PlanFact{p}
		}, "2026-12-01 00:00", "2026-12-21 23:59", []MatterKind{AnnualApprovalDue}, `
12-11 09:00 D4 first 主任
12-14 09:00 D4 renew 主任
12-16 09:00 D4 ahead 主任
12-17 09:00 D4 ahead 主任
12-18 09:00 D4 target 主任
12-20 09:00 D4 day 主任
12-20 09:00 D4 day 主管
12-20 17:00 D4 day 主任
12-21 09:00 D4 overdue 主任
12-21 09:00 D4 overdue 主管
`},
		{"hired on a Friday before Spring Festival", func(t *testing.T, f *Facts) {}, "2026-02-06 00:00", "2026-03-02 23:59", []MatterKind{OrientationTheoryDue, TheoryTestDue}, `
02-06 09:00 D5 arrival 主管
02-09 08:40 D5 welcome 学员
02-10 09:00 D5 day 主管
02-10 18:00 D5 short 主管
02-11 09:00 D5 overdue 主管
02-12 09:00 D5 overdue 主管
02-12 09:00 D5 overdue 主任
02-13 09:00 D5 overdue 主管
02-13 09:00 D5 overdue 主任
02-14 09:00 D5 overdue 主管
02-14 09:00 D5 overdue 主任
02-24 09:00 D5 overdue 主管
02-24 09:00 D5 overdue 主任
02-24 09:00 D6 ahead 学员/教练/主管
02-25 09:00 D5 overdue 主管
02-25 09:00 D5 overdue 主任
02-26 09:00 D5 overdue 主管
02-26 09:00 D5 overdue 主任
02-26 09:00 D6 ahead 学员/教练/主管
02-27 09:00 D5 overdue 主管
02-27 09:00 D5 overdue 主任
02-27 09:00 D6 day 学员/教练/主管
02-28 09:00 D5 overdue 主管
02-28 09:00 D5 overdue 主任
02-28 09:00 D6 overdue 学员/教练/主管
03-02 09:00 D5 overdue 主管
03-02 09:00 D5 overdue 主任
03-02 09:00 D6 overdue 学员/教练/主管
03-02 09:00 D6 overdue 主任
`},
		{"theory given, test passed: silence", func(t *testing.T, f *Facts) {
			f.Settled = []Matter{{cuihu, OrientationTheoryDue, "p7"}, {cuihu, TheoryTestDue, "p7"}}
		}, "2026-02-06 00:00", "2026-03-02 23:59", []MatterKind{OrientationTheoryDue, TheoryTestDue}, ``},
		{"the test is held: the theory part is over too", func(t *testing.T, f *Facts) {
			f.Settled = []Matter{{cuihu, TheoryTestDue, "p7"}}
		}, "2026-02-28 00:00", "2026-03-02 23:59", []MatterKind{OrientationTheoryDue, TheoryTestDue}, ``},
		{"left on the third day", func(t *testing.T, f *Facts) {
			f.Staff[6].Memberships[0].Until = Date{2026, time.February, 9}
		}, "2026-02-06 00:00", "2026-03-02 23:59", []MatterKind{OrientationTheoryDue, TheoryTestDue}, `
02-06 09:00 D5 arrival 主管
02-09 08:40 D5 welcome 学员
`},
		{"September is assessed after the National Day", func(t *testing.T, f *Facts) {}, "2026-10-01 00:00", "2026-10-15 23:59", []MatterKind{MonthlyAssessment}, `
10-08 09:00 D7 open 主管
10-08 09:00 D7 open 学员
10-10 09:00 D7 ahead 主管
10-12 09:00 D7 ahead 主管
10-13 09:00 D7 day 主管
10-14 09:00 D7 overdue 主管
10-15 09:00 D7 overdue 主管
10-15 09:00 D7 overdue 主任
`},
		{"fire assessment of the last quarter", func(t *testing.T, f *Facts) {}, "2026-12-01 00:00", "2026-12-31 23:59", []MatterKind{FireAssessment}, `
12-01 09:00 D8 open 安全主管/主管
12-01 09:00 D8 open 学员
12-24 09:00 D8 ahead 安全主管/主管
12-28 09:00 D8 ahead 安全主管/主管
12-30 09:00 D8 ahead 安全主管/主管
12-31 09:00 D8 day 安全主管/主管
`},
		{"a session in the afternoon and one at dawn", func(t *testing.T, f *Facts) {
			f.Sessions = []SessionFact{
				{ID: "s1", No: 31, Start: instant(t, "2026-10-09 15:00"), Title: "服务意识", Lecturer: "p1", To: []PersonID{"p5", "p1"}, State: Planned},
				{ID: "s2", No: 32, Start: instant(t, "2026-10-10 07:10"), Title: "交接班", To: []PersonID{"p5"}, State: Planned},
				{ID: "s3", No: 33, Start: instant(t, "2026-10-10 05:00"), Title: "巡楼", To: []PersonID{"p5"}, State: Planned},
				{ID: "s4", No: 34, Start: instant(t, "2026-10-10 15:00"), Title: "取消了", To: []PersonID{"p5"}, State: Cancelled},
			}
		}, "2026-10-08 00:00", "2026-10-10 23:59", []MatterKind{SessionComing}, `
10-08 17:00 D10 ahead 学员
10-08 17:00 D10 ahead 讲师
10-09 08:30 D10 morning 学员
10-09 08:30 D10 morning 讲师
10-09 14:30 D10 before 学员
10-09 14:30 D10 before 讲师
10-09 17:00 D10 ahead 学员
10-09 17:00 D10 ahead 学员
10-09 22:30 D10 before 学员
10-10 07:00 D10 before 学员
`},
		{"next year's notice is missing", func(t *testing.T, f *Facts) {}, "2026-10-20 00:00", "2026-11-16 23:59", []MatterKind{CalendarMissing}, `
11-01 09:00 CAL ahead 管理员
11-08 09:00 CAL ahead 管理员
11-15 09:00 CAL ahead 管理员
`},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts()
			row.facts(t, &f)
			got := lines(office2026(t).Timetable(f, window(t, row.from, row.to)), row.kinds...)
			if want := strings.TrimPrefix(row.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What a person reads, whole.
func TestWords(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.Plans = []PlanFact{{ID: "plan7", No: 7, Period: Period{2026, time.October}, Version: 2, Waiting: true, Since: instant(t, "2026-09-21 16:02"), Items: 12, SubmittedBy: "p1"}}
	f.Sessions = []SessionFact{{ID: "s1", No: 31, Start: instant(t, "2026-10-09 15:00"), Title: "服务意识+岗位职责", Room: "中控会议室", Lecturer: "p1", To: []PersonID{"p5", "p6"}, State: Planned}}
	open := facts()
	for _, row := range []struct {
		at    string
		kind  MatterKind
		facts Facts
		to    PersonID
		text  string
		why   string
	}{
		{"2026-09-17 09:00", MonthlyPlanDue, open, "p1",
			"2026年10月培训计划该准备了。\n截止：9月25日(周五)。当天是中秋节放假，请最迟9月24日(周四)办完，还有6个工作日（含9月20日周日补班）。\n发「拟计划 2026-10」看草稿，发「报计划 2026-10」上报。",
			"规程5.1.2：客服主管每月25日前上报下月培训计划。\n9月25日(周五)是中秋节放假，工作目标日取前一个工作日9月24日(周四)。规程日期不变：25日24:00前都算按时。\n今天是9月24日(周四)的前7天。"},
		{"2026-09-28 09:00", MonthlyPlanDue, open, "p1",
			"2026年10月培训计划还没有上报。晚报会如实登记，仍可审批。\n截止：9月25日(周五)，已逾期3天。\n发「拟计划 2026-10」看草稿，发「报计划 2026-10」上报。",
			"规程5.1.2：客服主管每月25日前上报下月培训计划。\n9月25日(周五)是中秋节放假，工作目标日取前一个工作日9月24日(周四)。规程日期不变：25日24:00前都算按时。\n今天是逾期后的第1个工作日；第2个工作日起同时告知主任，最多催办30天。"},
		{"2026-09-28 09:00", MonthlyApprovalDue, f, "p2",
			"【待审批】2026年10月培训计划 P7 v2\n上报：王芳 9月21日(周一) 16:02\n内容：12场\n截止：9月30日(周三)，还有2个工作日。\n回复「同意 P7 v2」或「驳回 P7 v2 理由」，看全文发「计划 P7 v2」。",
			"规程5.1.4：管理处主任每月30日前审批下月计划（没有这一天的月份取月末）。\n9月30日(周三)是工作日，工作目标日就是当天。\n今天是9月30日(周三)的前2天。"},
		{"2026-02-24 09:00", TheoryTestDue, open, "p7",
			"林晓的岗前理论考核（到岗后第10个工作日）：2月27日(周五) 14:00，还有3个工作日。\n合格后正式上岗，不合格重新培训后再考；先练一练发「自测」。\n上岗前还要有消防培训的记录（公安部令第61号第36条），现在还没有。",
			"规程5.4.1：新员工到岗后的第10个工作日进行理论考核，合格后正式上岗。\n林晓2月6日(周五)到岗，当日不计，第10个工作日是2月27日(周五)。2月14日(周六)补班算，2月15日(周日)至2月23日(周一)春节不算。\n今天是2月27日(周五)的前3天。"},
		{"2026-02-06 09:00", OrientationTheoryDue, open, "p1",
			"林晓今天到岗，请安排岗前培训（4.1）：\n理论部分：到岗后2个工作日内，截止2月10日(周二)，还有2个工作日。\n岗位实习：至2月13日(周五)，共5个工作日、40课时。\n理论考核：第10个工作日，2月27日(周五)。\n发「入职 林晓」一次排好理论课和考核。",
			"规程5.2.1：新员工到岗后2个工作日内由客服主管完成岗前培训的理论部分。\n林晓2月6日(周五)到岗，当日不计，第2个工作日是2月10日(周二)。"},
		{"2026-10-12 09:00", MonthlyAssessment, open, "p1",
			"2026年9月培训的考核（书面和实操）还没安排。\n截止：10月13日(周二)，还有1个工作日。\n建议 10月12日(周一) 14:00 书面 3人；10月13日(周二) 14:00 实操 3人，3人在岗都排得开。\n就这样发「考核 安排 2026-09 10-12 14:00 书面 10-13 14:00 实操」，要改就换日期和时间；纸卷已经考完发「考核 已完成 月度 2026-09」。",
			"规程5.4.2：客服主管于下月前5个工作日内组织考核，分书面和实操两部分。\n2026年10月的前5个工作日是10月8日(周四)、9日、10日(周六补班)、12日、13日，共5个工作日。10月1日(周四)至10月7日(周三)国庆节不算，10月10日(周六)补班算。\n今天是10月13日(周二)的前1天。"},
		{"2026-10-08 17:00", SessionComing, f, "p5",
			"明天10月9日(周五) 15:00：服务意识+岗位职责，中控会议室，讲师王芳。\n能到发「能到 S31」，来不了发「请假 S31 事由」。",
			"规程5.3.1：培训按计划进行；本处在前一天17:00和开始前30分钟提醒。"},
		{"2026-10-09 14:30", SessionComing, f, "p1",
			"今天 15:00您主讲：服务意识+岗位职责，中控会议室，应到2人。\n到场后发「开课 S31」取签到口令，讲完发「关课 S31」。",
			"规程5.3.1：培训按计划进行；本处在前一天17:00和开始前30分钟提醒。"},
	} {
		at := instant(t, row.at)
		var got *Notice
		for _, n := range s.Due(row.facts, Window{at.Add(-time.Minute), at}) {
			if n.Kind == row.kind && slices.Contains(n.To, row.to) {
				got = &n
			}
		}
		switch {
		case got == nil:
			t.Errorf("%s %s: nothing for %s", row.at, row.kind, row.to)
		case got.Body.Text != row.text:
			t.Errorf("%s %s\ngot  %s\nwant %s", row.at, row.kind, got.Body.Text, row.text)
		case got.Why != row.why:
			t.Errorf("%s %s\ngot  %s\nwant %s", row.at, row.kind, got.Why, row.why)
		}
	}
}

func TestApprovalCard(t *testing.T) {
	f := facts()
	f.Plans = []PlanFact{{ID: "plan7", No: 7, Period: Period{2026, time.October}, Version: 2, Waiting: true, Since: instant(t, "2026-09-21 16:02"), Items: 12, SubmittedBy: "p1"}}
	ns := office2026(t).Due(f, window(t, "2026-09-30 08:59", "2026-09-30 09:00"))
	ns = slices.DeleteFunc(ns, func(n Notice) bool { return n.Kind != MonthlyApprovalDue })
	if len(ns) != 2 {
		t.Fatalf("%d notices, want the director's card and the supervisor's line", len(ns))
	}
	for _, n := range ns {
		if n.To[0] == "p1" {
			if n.Body.Card != nil || !strings.Contains(n.Body.Text, "还在等主任审批") {
				t.Errorf("the supervisor reads %q", n.Body.Text)
			}
			continue
		}
		want := []Button{{"同意", "同意 P7 v2", Primary}, {"驳回", "驳回 P7 v2", Danger}, {"看全文", "计划 P7 v2", Plain}}
		if n.Body.Card == nil || !slices.Equal(n.Body.Card.Buttons, want) {
			t.Errorf("card %+v", n.Body.Card)
		}
		if n.Thread != (Plan{ID: "plan7"}).Thread(2) {
			t.Errorf("thread %s: a decision must withdraw what waits", n.Thread)
		}
	}
}

func TestOtherNumbers(t *testing.T) {
	s := office2026(t)
	s.Policy.Assessment.WindowWorkingDays = 2
	s.Policy.Reminders.ApprovalAheadDays = []int{5, 1}
	f := facts()
	f.Plans = append(f.Plans, PlanFact{ID: "plan8", Period: Period{2026, time.December}, Version: 1, Waiting: true, Since: instant(t, "2026-11-20 10:00")})
	f.Settled = []Matter{{cuihu, MonthlyAssessment, "2026-10"}}
	got := lines(s.Timetable(f, window(t, "2026-11-20 00:00", "2026-12-02 23:59")), MonthlyApprovalDue, MonthlyAssessment)
	want := `11-23 09:00 D2 first 主任
11-25 09:00 D2 ahead 主任
11-27 09:00 D2 ahead 主任
11-30 09:00 D2 day 主任
11-30 09:00 D2 day 主管
11-30 17:00 D2 day 主任
12-01 09:00 D2 overdue 主任
12-01 09:00 D2 overdue 主管
12-01 09:00 D7 open 主管
12-01 09:00 D7 open 学员
12-02 09:00 D2 overdue 主任
12-02 09:00 D2 overdue 主管
12-02 09:00 D7 day 主管
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s.Policy.Reminders.ApprovalAheadDays = []int{6} // 24 November: the card of that morning is fresh until the 26th
	got = lines(s.Timetable(f, window(t, "2026-11-20 00:00", "2026-11-29 23:59")), MonthlyApprovalDue)
	want = "11-23 09:00 D2 first 主任\n11-24 09:00 D2 ahead 主任\n11-26 09:00 D2 renew 主任\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A plan that came back and was submitted again asks anew, though it be for the same morning.
func TestVersionsHaveKeysOfTheirOwn(t *testing.T) {
	s := office2026(t)
	keys := map[string]bool{}
	for version := 1; version <= 2; version++ {
		f := facts()
		f.Plans = append(f.Plans, PlanFact{ID: "plan7", Period: Period{2026, time.October}, Version: version, Waiting: true, Since: instant(t, "2026-09-25 10:00")})
		for _, r := range s.Timetable(f, window(t, "2026-09-30 08:00", "2026-09-30 18:00")) {
			if r.Kind == MonthlyApprovalDue && keys[r.Key] {
				t.Errorf("version %d reuses %s", version, r.Key)
			}
			keys[r.Key] = true
		}
	}
}

func TestProvisionalSaysSo(t *testing.T) {
	f := facts()
	f.Staff = append(f.Staff, member("p8", "何磊", Date{2026, time.December, 25}, Trainee))
	for _, n := range office2026(t).Due(f, window(t, "2027-01-05 00:00", "2027-01-08 23:59")) {
		if n.Kind == TheoryTestDue && (!strings.Contains(n.Body.Text, "（暂定") || !strings.Contains(n.Why, "2027年的放假通知尚未导入")) {
			t.Errorf("%s\n%s", n.Body.Text, n.Why)
		}
	}
}

func TestNobodyInCharge(t *testing.T) {
	f := facts()
	w := window(t, "2026-09-25 08:59", "2026-09-25 09:00")
	f.Staff = Staff{f.Staff[3]} // the administrator alone
	if ns := office2026(t).Due(f, w); len(ns) != 1 || !slices.Equal(ns[0].To, []PersonID{"p4"}) {
		t.Errorf("without a supervisor the administrator is told: %+v", ns)
	}
	f.Staff = nil
	if ns := office2026(t).Due(f, w); len(ns) != 0 {
		t.Errorf("a promise to nobody: %+v", ns)
	}
}

func TestNothingBeforeTheOfficeBegan(t *testing.T) {
	f := facts()
	f.Office.Since = Date{2026, time.September, 23}
	got := lines(office2026(t).Timetable(f, window(t, "2026-08-01 00:00", "2026-09-25 23:59")), MonthlyPlanDue, MonthlyAssessment, OrientationTheoryDue)
	want := "09-23 09:00 D1 ahead 主管\n09-24 09:00 D1 target 主管\n09-25 09:00 D1 day 主管\n09-25 17:00 D1 day 主管\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	f.Office.Since = Date{2026, time.September, 26}
	if got := lines(office2026(t).Timetable(f, window(t, "2026-08-01 00:00", "2026-10-05 23:59")), MonthlyPlanDue); got != "" {
		t.Errorf("a deadline of before the office began is overdue:\n%s", got)
	}
}

func TestArrivals(t *testing.T) {
	d := func(m time.Month, n int) Date { return Date{2026, m, n} }
	p := Person{ID: "p9", Name: "陆洋", Memberships: []Membership{
		{Office: cuihu, Roles: []Role{Trainee}, Shift: "早班", Since: d(3, 2), Until: d(3, 31)},
		{Office: cuihu, Roles: []Role{Trainee}, Shift: "夜班", Since: d(4, 1), Until: d(5, 31)}, // another shift, not a new hire
		{Office: "o2", Roles: []Role{Trainee}, Since: d(6, 1), Until: d(6, 30)},               // transferred
		{Office: cuihu, Roles: []Role{Trainee}, Since: d(9, 1)},                               // came back
	}}
	got := Arrivals(p, cuihu)
	if len(got) != 2 || got[0].Subject != "p9" || got[1].Since != d(9, 1) || got[1].Subject != "p9@2026-09-01" || len(Arrivals(p, "o2")) != 0 {
		t.Errorf("%+v, %+v", got, Arrivals(p, "o2"))
	}
}

func TestLateAndNewest(t *testing.T) {
	s := office2026(t)
	asleep := s.Due(facts(), window(t, "2026-09-16 00:00", "2026-09-28 10:00"))
	newest := s.Newest(asleep)
	threads := map[string]bool{}
	for _, n := range newest {
		if threads[n.Thread] {
			t.Errorf("thread %s speaks twice", n.Thread)
		}
		threads[n.Thread] = true
	}
	i := slices.IndexFunc(newest, func(n Notice) bool { return n.Kind == MonthlyPlanDue })
	if i < 0 || newest[i].Stage != "overdue" {
		t.Fatalf("the plan's thread is missing or not its newest: %+v", newest)
	}
	n, p := newest[i], s.Policy.Reminders
	if got := Late(n, n.At.Add(p.LateAfter), p); got.Body.Text != n.Body.Text {
		t.Error("within LateAfter nothing is said")
	}
	got := Late(n, n.At.Add(3*time.Hour), p)
	if !strings.HasPrefix(got.Body.Text, "（晚发：原定9月28日(周一) 09:00）") || !strings.HasPrefix(got.Body.Card.Text, "（晚发") || n.Body.Card.Text == got.Body.Card.Text {
		t.Errorf("%q", got.Body.Text)
	}
}
