package domain

import (
	"fmt"
	"time"
)

// SOP is the office's procedure as a value: its numbers and its calendar. Its methods are the
// business: pure, no clock, no I/O.
type SOP struct {
	Policy   Policy
	Calendar Calendar
	Chosen   []Choice // open points confirmed in chat; their values are in Policy already
}

// Policy holds every number of the procedure. The tags of a field are its one description: yaml is
// its key in the policy file, clause the rule of the procedure it comes from, zh its meaning, open
// the open point of the source it settles (OpenPoints). The defaults are DefaultPolicy, an office
// overrides them in its policy file.
type Policy struct {
	Plan        PlanPolicy        `yaml:"plan" zh:"培训计划"`
	Reminders   ReminderPolicy    `yaml:"reminders" zh:"提醒"`
	CheckIn     CheckInPolicy     `yaml:"check_in" zh:"签到"`
	Day         DayPolicy         `yaml:"day" zh:"培训当天"`
	Teaching    TeachingPolicy    `yaml:"teaching" zh:"授课"`
	Assessment  AssessmentPolicy  `yaml:"assessment" zh:"考核"`
	Orientation OrientationPolicy `yaml:"orientation" zh:"岗前培训"`
	Points      PointsPolicy      `yaml:"points" zh:"考勤分"`
	Feedback    FeedbackPolicy    `yaml:"feedback" zh:"培训评价"`
	Lecturer    LecturerPolicy    `yaml:"lecturer" zh:"讲师"`
	Retake      RetakePolicy      `yaml:"retake" zh:"补考与单独培训"`
	Calendar    CalendarPolicy    `yaml:"calendar" zh:"日历"`
	Drafting    DraftingPolicy    `yaml:"drafting" zh:"拟计划"`
	Coverage    CoveragePolicy    `yaml:"coverage" zh:"缺口与覆盖"`
	Shifts      ShiftPolicy       `yaml:"shifts" zh:"班次"`
	Curriculum  []Topic           `yaml:"curriculum" zh:"培训内容"`
	Confirmed   []int             `yaml:"confirmed" clause:"" zh:"管理员已确认的规程待确认项编号"`
}

// PlanPolicy is when plans are due (5.1.2–5.1.4).
type PlanPolicy struct {
	MonthlyDueDay       int           `yaml:"monthly_due_day" clause:"5.1.2" zh:"每月几日前上报下月计划" open:"7"`              // day of the month, inclusive: 25
	ApprovalDueDay      int           `yaml:"approval_due_day" clause:"5.1.4" zh:"每月几日前审批下月计划，没有这一天的月份取月末" open:"7"` // a shorter month's last day: 30
	AnnualDue           MonthDay      `yaml:"annual_due" clause:"5.1.2" zh:"每年几月几日前上报下年度计划"`                         // 12-10
	AnnualApprovalDue   MonthDay      `yaml:"annual_approval_due" clause:"5.1.3" zh:"每年几月几日前审核下年度计划"`                // 12-20
	ReturnedWorkingDays int           `yaml:"returned_working_days" clause:"5.1.4" zh:"临近截止被驳回后，主管重新上报的工作日数"`        // mission C5-1c: 1
	DelegationDays      int           `yaml:"delegation_days" clause:"3.2" zh:"一次委托最多几天"`                            // 92
	UrgentDays          int           `yaml:"urgent_days" clause:"5.4.5" zh:"改动几天内的已批准场次算临时调整，要主任事后确认"`              // 3
	UrgentLimit         int           `yaml:"urgent_limit" clause:"5.4.5" zh:"每月临时调整的上限，超过时写明，0：不限"`                 // 3
	UndoWithin          time.Duration `yaml:"undo_within" clause:"5.3.2" zh:"自己刚做的事多久之内可以撤销"`                        // 10 min
	EscalateTo          []string      `yaml:"escalate_to" clause:"5.1.4" zh:"审批逾期时同时告知的上级联系人工号（须在本处名单里），空：不告知"`      // none
	SelfApproval        bool          `yaml:"self_approval" clause:"5.1.4" zh:"唯一的主任可以审批自己上报的计划（记为自批，待上级备案）"`        // true
}

// MonthDay is a day of every year, written MM-DD.
type MonthDay struct {
	Month time.Month
	Day   int
}

// In gives the day in a year; 29 February becomes the 28th where there is none.
func (m MonthDay) In(year int) Date { return Month{year, m.Month}.Day(m.Day) }

// String gives MM-DD.
func (m MonthDay) String() string { return fmt.Sprintf("%02d-%02d", int(m.Month), m.Day) }

// MarshalText gives MM-DD.
func (m MonthDay) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads MM-DD.
func (m *MonthDay) UnmarshalText(b []byte) error {
	t, err := time.Parse("2006-01-02", "2024-"+string(b)) // a leap year: 02-29 is a day
	if err != nil {
		return fmt.Errorf("day of the year %q: want MM-DD", b)
	}
	*m = MonthDay{t.Month(), t.Day()}
	return nil
}

// CheckInPolicy is how a trainee's presence is taken (5.3, mission C5-3).
type CheckInPolicy struct {
	OpensBefore time.Duration `yaml:"opens_before" clause:"5.3.4" zh:"最早可在开始前多久开课签到"` // 30 min
	// CodePeriod is how long a code shows. A code read aloud or written on a board must live for a while:
	// ten minutes. Where a screen shows it an office sets it to a minute (60s) or less.
	CodePeriod time.Duration `yaml:"code_period" clause:"5.3.4" zh:"一个口令显示多久"`       // 10 min
	CodeGrace  time.Duration `yaml:"code_grace" clause:"5.3.4" zh:"口令更新后旧口令还能用多久"`   // 2 min
	OpenAfter  time.Duration `yaml:"open_after" clause:"5.3.4" zh:"计划结束后多久之内还可以补开课"` // 4 h
}

// DayPolicy is what the training day asks of people (5.3, 6.2.2).
type DayPolicy struct {
	MorningCard        Clock         `yaml:"morning_card" clause:"5.3.1" zh:"培训当天几点问还没答复的人能不能到"`            // 08:30
	ConfirmAheadDays   []int         `yaml:"confirm_ahead_days" clause:"5.3.1" zh:"讲师没有确认：培训前几天催问"`         // [3 1]
	LeaveAfterDays     int           `yaml:"leave_after_days" clause:"5.3" zh:"课后几天内可以补假、补签（日历日）"`          // 3
	ExplainWithin      time.Duration `yaml:"explain_within" clause:"6.2.2" zh:"缺席的人多久内说明原因"`                // 24 h
	AbsencesInRow      []int         `yaml:"absences_in_row" clause:"6.2.2" zh:"连续缺席几次告知主管"`                // [2 3]
	SpotPeople         int           `yaml:"spot_people" clause:"5.3.4" zh:"课中抽查几人（0：不抽查）"`                 // 2
	SpotWithin         time.Duration `yaml:"spot_within" clause:"5.3.4" zh:"课中抽查多久内回应"`                     // 2 min
	BurstPeople        int           `yaml:"burst_people" clause:"5.3.4" zh:"几人几乎同时签到算异常，只提示主管"`            // 4
	BurstWithin        time.Duration `yaml:"burst_within" clause:"5.3.4" zh:"多久之内算几乎同时"`                    // 5 s
	PairTimes          int           `yaml:"pair_times" clause:"5.3.4" zh:"同样两人连续几场紧挨着签到算异常，只提示主管"`         // 3
	PairWithin         time.Duration `yaml:"pair_within" clause:"5.3.4" zh:"多久之内算紧挨着"`                      // 5 s
	RecordWithin       time.Duration `yaml:"record_within" clause:"5.3.4" zh:"关课后多久没有完成记录就提醒"`              // 24 h
	RecordEscalateDays int           `yaml:"record_escalate_days" clause:"5.3.4" zh:"记录第几个工作日还没完成就告知主管和主任"` // 3
	PaperDays          int           `yaml:"paper_days" clause:"5.3.4" zh:"没有网络时，课后几天内可以按纸质签到补录（日历日）"`      // 7
}

// ReminderPolicy is when the timetable speaks (D1–D10) and to whom overdue matters are shown.
type ReminderPolicy struct {
	Morning                Clock         `yaml:"morning" clause:"5.1.2" zh:"每天第一次提醒的时间"`                         // 09:00
	Evening                Clock         `yaml:"evening" clause:"5.1.2" zh:"截止当天第二次提醒的时间"`                       // 17:00
	AheadDays              []int         `yaml:"ahead_days" clause:"5.1.2" zh:"上报计划：工作目标日前几天提醒（日历日，遇休息日提前到工作日）"` // [7 3 1]
	ApprovalFirst          int           `yaml:"approval_first" clause:"5.1.4" zh:"上报后第几个工作日首次提醒审批"`             // 1
	ApprovalAheadDays      []int         `yaml:"approval_ahead_days" clause:"5.1.4" zh:"审批计划：工作目标日前几天提醒"`        // [2 1]
	RenewCard              int           `yaml:"renew_card" clause:"5.1.4" zh:"审批卡片每隔几天重发（平台卡片72小时后不能更新）"`       // 2 calendar days
	OverdueDays            int           `yaml:"overdue_days" clause:"5.1.2" zh:"逾期后最多催办几天（日历日）"`                // 30
	DirectorFromOverdueDay int           `yaml:"director_from_overdue_day" clause:"5.1.2" zh:"逾期第几个工作日起同时告知主任"`  // 2
	CatchUpDays            int           `yaml:"catch_up_days" clause:"5.1.2" zh:"停机后补发最近几天内到期的提醒"`              // 40
	LateAfter              time.Duration `yaml:"late_after" clause:"5.1.2" zh:"晚发多久要在消息里注明原定时间"`                 // 1 h
	SessionDayBefore       Clock         `yaml:"session_day_before" clause:"5.3.1" zh:"培训前一天几点提醒"`               // 17:00
	SessionBefore          time.Duration `yaml:"session_before" clause:"5.3.1" zh:"培训开始前多久再提醒"`                  // 30 min
	SessionAfter           time.Duration `yaml:"session_after" clause:"5.3.4" zh:"培训结束多久后还没关课就提醒讲师"`             // 30 min
	QuietFrom              Clock         `yaml:"quiet_from" clause:"3.0" zh:"免打扰开始（此后不发提醒）"`                     // 23:00
	QuietUntil             Clock         `yaml:"quiet_until" clause:"3.0" zh:"免打扰结束"`                            // 07:00
	MessagesPerAccount     int           `yaml:"messages_per_account" clause:"3.0" zh:"平台每天的发送上限：每个账号几人次"`       // WeCom: 200
	QuotaWarnPercent       int           `yaml:"quota_warn_percent" clause:"3.0" zh:"用到上限的百分之几就告诉管理员、先不发不急的提醒"`  // 80
}

// TeachingPolicy is what a class hour is and how much the supervisor teaches (5.3.1).
type TeachingPolicy struct {
	ClassHour   time.Duration `yaml:"class_hour" clause:"4.1" zh:"一课时的长度" open:"9" ask:"yes"` // 60 min
	WeeklyHours int           `yaml:"weekly_hours" clause:"5.3.1" zh:"主管每周亲自授课至少几课时"`         // 2
}

// AssessmentPolicy is when and how results are tested (5.4) and what they must be (6.1).
type AssessmentPolicy struct {
	WindowWorkingDays    int           `yaml:"window_working_days" clause:"5.4.2" zh:"月度考核在下月前几个工作日内完成"`                      // 5
	AheadDays            []int         `yaml:"ahead_days" clause:"5.4.2" zh:"月度考核：窗口最后一天前几天提醒"`                               // [3 1]
	TheoryTestWorkingDay int           `yaml:"theory_test_working_day" clause:"5.4.1" zh:"新员工到岗后第几个工作日理论考核（到岗当日不计）" open:"8"` // 10
	TheoryAheadDays      []int         `yaml:"theory_ahead_days" clause:"5.4.1" zh:"理论考核前几天提醒"`                               // [3 1]
	FireOpensMonth       int           `yaml:"fire_opens_month" clause:"5.4.3" zh:"消防考核在每季度第几个月的第一个工作日开始"`                    // 3
	FireAheadDays        []int         `yaml:"fire_ahead_days" clause:"5.4.3" zh:"消防考核：季度末前几天提醒"`                             // [7 3 1]
	AnalysisDays         int           `yaml:"analysis_days" clause:"5.4.4" zh:"考核结束后几天内完成统计分析（日历日）" open:"10"`               // 7
	PassMark             int           `yaml:"pass_mark" clause:"5.4.1" zh:"个人合格线（书面、实操各自）" open:"11" ask:"yes"`              // 80
	PassRates            []int         `yaml:"pass_rates" clause:"6.1.1" zh:"第1、2、3次考核的累计合格率（%）" open:"11"`                   // [90 95 100]
	WrittenTime          Clock         `yaml:"written_time" clause:"5.4.2" zh:"建议考核时间：白天班次几点"`
	NightTime            Clock         `yaml:"night_time" clause:"5.4.2" zh:"建议考核时间：夜班几点（接班前）"`
	ExemptShare          int           `yaml:"exempt_share" clause:"5.4.2" zh:"到岗前已讲完当月多少比例（%）的场次就免考"`
	MakeUpDays           int           `yaml:"make_up_days" clause:"5.4.2" zh:"缓考最迟在窗口结束后几天内补上（日历日）"`
	RetakeWorkingDays    int           `yaml:"retake_working_days" clause:"6.2.3" zh:"建议补考日：不合格后第几个工作日（避开考核窗口）"`
	RetakeWhole          bool          `yaml:"retake_whole" clause:"6.2.3" zh:"补考时合格的部分也要重考"`
	FirePractical        bool          `yaml:"fire_practical" clause:"5.4.3" zh:"消防季度考核也考实操"`
	PaperQuestions       int           `yaml:"paper_questions" clause:"5.4.2" zh:"开卷（聊天里答卷）共几题"`
	PaperTime            time.Duration `yaml:"paper_time" clause:"5.4.2" zh:"答卷时限（从本人开始答起）"`
	PracticeQuestions    int           `yaml:"practice_questions" clause:"5.4.2" zh:"一次自测几题"`
	CheckPoints          int           `yaml:"check_points" clause:"5.4.2" zh:"实操每人检查几点"`
	MasterByDays         int           `yaml:"master_by_days" clause:"6.2.3" zh:"第3次不合格后限期掌握的天数（建议值）" open:"16" ask:"yes"`    // 30
	Understood           int           `yaml:"understood" clause:"6.1.2" zh:"讲师：学员听懂率（%）"`                                    // 100
	Practical            int           `yaml:"practical" clause:"6.1.2" zh:"讲师：内容实用性认同率（%）" open:"12" ask:"yes"`              // 90
	Breadth              int           `yaml:"breadth" clause:"6.1.2" zh:"讲师：知识覆盖面认同率（%）"`                                    // 70
	Errors               int           `yaml:"errors" clause:"6.1.2" zh:"讲师：培训内容与实操误差率（%）"`                                   // 0
	MissingMeasure       string        `yaml:"missing_measure" clause:"6.1.2" zh:"讲师：原文缺失的一项考核名称（空：不启用）" open:"13" ask:"yes"` // ""
	MissingMeasureRate   int           `yaml:"missing_measure_rate" clause:"6.1.2" zh:"讲师：缺失项的标准（%）" open:"13" ask:"yes"`     // 0
	MinAnswers           int           `yaml:"min_answers" clause:"6.1.2" zh:"少于几份评价不显示比率" open:"14"`                         // 3
}

// OrientationPolicy is a new hire's first days (4.1, 5.2).
type OrientationPolicy struct {
	TheoryWithinWorkingDays int      `yaml:"theory_within_working_days" clause:"5.2.1" zh:"到岗后几个工作日内完成理论部分（到岗当日不计）" open:"8"` // 2
	CompanyHours            int      `yaml:"company_hours" clause:"4.1" zh:"公司、部门简介和岗位指导书至少几小时" open:"1"`                     // 8
	ServiceHours            int      `yaml:"service_hours" clause:"4.1" zh:"安全意识、服务意识和物业基本知识至少几小时" open:"1"`                  // 8
	PracticeHours           int      `yaml:"practice_hours" clause:"4.1" zh:"其他有关知识和岗位实习几小时" open:"1"`                        // 24
	Days                    int      `yaml:"days" clause:"4.1" zh:"岗前培训几个工作日" open:"2"`                                       // 5
	ClassHours              int      `yaml:"class_hours" clause:"4.1" zh:"岗前培训共几课时" open:"1"`                                 // 40
	MorningFrom             Clock    `yaml:"morning_from" clause:"5.2.1" zh:"理论课上午几点开始"`                                      // 09:00
	MorningUntil            Clock    `yaml:"morning_until" clause:"5.2.1" zh:"理论课上午几点结束"`                                     // 12:00
	AfternoonFrom           Clock    `yaml:"afternoon_from" clause:"5.2.1" zh:"理论课下午几点开始"`                                    // 13:00
	WelcomeAt               Clock    `yaml:"welcome_at" clause:"5.2.1" zh:"到岗后第1个工作日几点告诉新员工安排"`                               // 08:40
	LogAt                   Clock    `yaml:"log_at" clause:"5.2.2" zh:"实习日几点请教练登记学时"`                                         // 18:00
	MakeUpAt                Clock    `yaml:"make_up_at" clause:"5.2.1" zh:"补课建议的开始时间"`                                        // 10:00
	MostDayHours            int      `yaml:"most_day_hours" clause:"5.2.2" zh:"一人一天最多登记几课时"`                                  // 12
	RoundMinutes            int      `yaml:"round_minutes" clause:"4.1" zh:"理论学时按几分钟取整（早几分钟下课不算缺）"`                           // 30
	PracticeTopics          []string `yaml:"practice_topics" clause:"5.2.2" zh:"带教登记时可选的内容"`                                  // 前台接待 投诉登记 业主识别
	TestAt                  Clock    `yaml:"test_at" clause:"5.4.1" zh:"理论考核几点开始"`                                            // 14:00
	RetestWorkingDays       int      `yaml:"retest_working_days" clause:"5.4.1" zh:"不合格后第几个工作日复考"`                            // 4
}

// PointsPolicy is the attendance points (考勤分) of a calendar month (6.2.2, 6.2.3). Deductions are negative.
type PointsPolicy struct {
	Base       int `yaml:"base" clause:"6.2.2" zh:"每人每月考勤分基数" open:"16" ask:"yes"` // 100
	Absent     int `yaml:"absent" clause:"6.2.2" zh:"无故缺席"`                        // -2
	Discipline int `yaml:"discipline" clause:"6.2.2" zh:"不遵守讲堂纪律"`                 // -1
	Feedback   int `yaml:"feedback" clause:"6.2.2" zh:"不认真填写培训效果考核表"`              // -1
	FirstFail  int `yaml:"first_fail" clause:"6.2.3" zh:"第1次考核不合格"`                // -3
	SecondFail int `yaml:"second_fail" clause:"6.2.3" zh:"第2次考核不合格"`               // -6
	ThirdFail  int `yaml:"third_fail" clause:"6.2.3" zh:"第3次考核不合格"`                // -10
}

// CalendarPolicy is what holds while a year's holiday notice is not out (mission E3).
type CalendarPolicy struct {
	UnannouncedHolidays []MonthDay `yaml:"unannounced_holidays" clause:"5.1.2" zh:"放假通知公布前也按休息日算的固定日期"` // none
	WarnFrom            MonthDay   `yaml:"warn_from" clause:"5.1.2" zh:"每年从哪天起提醒管理员导入下年放假通知"`           // 11-01
	WarnEvery           int        `yaml:"warn_every" clause:"5.1.2" zh:"每隔几天提醒一次管理员"`                  // 7
}

// DraftingPolicy is how a plan is drafted from 4.0.
type DraftingPolicy struct {
	SessionTime      Clock    `yaml:"session_time" clause:"5.3.1" zh:"一天第一场培训的开始时间"`            // 15:00
	SessionHours     int      `yaml:"session_hours" clause:"5.3.1" zh:"一场几课时"`                  // 1
	TopicsPerSession int      `yaml:"topics_per_session" clause:"4.0" zh:"一场最多几个主题"`            // 2
	SessionsPerDay   int      `yaml:"sessions_per_day" clause:"4.0" zh:"一天最多排几场，排不下时记为缺口"`      // 3
	FortnightTimes   int      `yaml:"fortnight_times" clause:"4.2.2" zh:"每两周从轮流组中取几场" open:"3"` // 3
	DrillMonth       int      `yaml:"drill_month" clause:"4.3" zh:"军体培训排在双月的第几个月" open:"5"`     // 1
	FireMonth        int      `yaml:"fire_month" clause:"4.4" zh:"消防培训排在季度的第几个月" open:"6"`      // 1
	Room             string   `yaml:"room" clause:"5.3.1" zh:"默认地点"`                            // 培训室
	Rooms            []string `yaml:"rooms" clause:"5.3.1" zh:"默认地点被占用时可用的地点"`                  // none
}
