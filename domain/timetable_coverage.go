package domain

import (
	"fmt"
	"slices"
	"time"
)

// The matters of what is not met besides D11 and D12.
const (
	EmphasisMissing  MatterKind = "PTS" // no point of emphasis in a month (5.3.2)
	FireCoverageGoal MatterKind = "FIR" // the year's coverage of fire safety (4.4)
)

// CoverageFacts is what was taught, read when one of the rows about it may speak on a day.
type CoverageFacts struct {
	Day      Date // the day that is spoken on
	History  History
	Bookings []Booking
	Points   int // points of emphasis taken down in the day's month
}

// CoverageWanted is what is to be read for the rows about coverage: the newest instant of a window at
// which one of them may speak, the days of the sessions, and of which sessions it matters who was there.
type CoverageWanted struct {
	At       time.Time // zero: nothing
	From, To Date
	Attended func(Session) bool
}

// CoverageWanted says what of the coverage the timetable needs for a window, so that it is read only
// when it is spoken of.
func (s SOP) CoverageWanted(w Window) CoverageWanted {
	const longest = 10 // days without any of these moments: the longest holidays
	for d := s.Calendar.Date(w.To); s.Calendar.Date(w.To).DaysUntil(d) > -longest && !s.Calendar.At(d.AddDays(1), Clock{}).Before(w.From); d = d.AddDays(-1) {
		at := s.coverageMoments(d)
		slices.SortFunc(at, func(a, b time.Time) int { return b.Compare(a) })
		for _, t := range at {
			if !w.Has(t) {
				continue
			}
			out := CoverageWanted{At: t, From: QuarterOf(d.AddDays(-7)).First().AddDays(-14), To: d.AddDays(s.Policy.Coverage.LookAhead), Attended: s.TeachesFire}
			if s.fireWatch(d) {
				out.From, out.To = NewDate(d.Year, time.January, 1).AddDays(-14), NewDate(d.Year, time.December, 31)
			}
			if d == s.firstWorkingDay(d.MonthOf().First(), d.MonthOf().Last()) {
				out.Attended = func(Session) bool { return true }
			}
			return out
		}
	}
	return CoverageWanted{}
}

// coverageMoments gives the instants of a day at which one of the rows about coverage may speak.
func (s SOP) coverageMoments(d Date) []time.Time {
	p, first := s.Policy.Coverage, monday(d)
	var out []time.Time
	add := func(yes bool, at Clock) {
		if yes {
			out = append(out, s.Calendar.At(d, at))
		}
	}
	add(d == s.hoursDay(first), p.HoursAt)
	add(d == s.lastWorkingDay(first, first.AddDays(6)) && len(s.workingDaysOf(first)) > p.ShortWeek, s.Policy.Reminders.Evening)
	add(d == s.firstWorkingDay(first, first.AddDays(6)) || d == s.firstWorkingDay(d.MonthOf().First(), d.MonthOf().Last()) ||
		d == s.Calendar.OnOrBefore(d.MonthOf().Day(p.PointsDay)), s.Policy.Reminders.Morning)
	add(d == NewDate(d.Year, time.December, 31), s.Policy.Reminders.Evening)
	return out
}

// fireWatch says whether the year's fire coverage is watched on a day.
func (s SOP) fireWatch(d Date) bool { return !d.Before(s.Policy.Coverage.FireFrom.In(d.Year)) }

// firstWorkingDay gives the first working day of some days, zero for none.
func (s SOP) firstWorkingDay(from, to Date) Date {
	for d := from; !d.After(to); d = d.AddDays(1) {
		if s.Calendar.Working(d) {
			return d
		}
	}
	return Date{}
}

// lastWorkingDay gives the last working day of some days, zero for none.
func (s SOP) lastWorkingDay(from, to Date) Date {
	for d := to; !d.Before(from); d = d.AddDays(-1) {
		if s.Calendar.Working(d) {
			return d
		}
	}
	return Date{}
}

// hoursDay gives the day of a week on which the supervisor hears of her hours: HoursDay, else the
// working day before it in the week, else the first one; zero in a week without a working day (open point 9).
func (s SOP) hoursDay(first Date) Date {
	if d := s.lastWorkingDay(first, first.AddDays(s.Policy.Coverage.HoursDay-1)); !d.IsZero() {
		return d
	}
	return s.firstWorkingDay(first, first.AddDays(6))
}

// coverageRows are the rows about what is not met: D11, D12, points of emphasis, fire coverage.
func coverageRows() []row {
	hours := func(p Policy) any { return "一二三四五六日"[(p.Coverage.HoursDay-1)*3 : p.Coverage.HoursDay*3] }
	hoursAt := func(p Policy) any { return p.Coverage.HoursAt }
	evening := func(p Policy) any { return p.Reminders.Evening }
	spoken := func(_ *teller, r Reminder) Body { return r.matter.body }
	// In a week that ends on the day of the first reminder the second must not read as the same one again.
	last := func(_ *teller, r Reminder) Body {
		b := r.matter.body
		b.Text = "本周最后一次提醒：" + b.Text
		return b
	}
	return []row{
		{TeachingHours, "5.3.1", "主管授课课时", teachingHours, []stage{
			{name: "ahead", when: inWords("课时不足时，每周%s %s（遇休息日提前）", hours, hoursAt), at: onHours, roles: []Role{Supervisor}, own: true, say: spoken},
			{name: "day", when: inWords("课时仍不足时，每周最后一个工作日 %s", evening), at: onWeekEnd, roles: []Role{Supervisor}, say: last},
		}},
		{FrequencyNotMet, "4.0", "规程频次没有做到", frequenciesNotMet, []stage{
			{name: "overdue", when: inWords("每周、每月第一个工作日 %s，说上一周（两周）、上一月（双月、季度）的", morningClock), at: onMorning, roles: []Role{Supervisor}, say: spoken},
			{name: "overdue", when: inWords("同上 %s", morningClock), at: onMorning, roles: []Role{Director}, voice: directorVoice, say: sayFrequencyToDirector},
		}},
		{EmphasisMissing, "5.3.2", "本月还没有补充培训重点", emphasisMissing, []stage{
			{name: "ahead", when: inWords("每月%s日（遇休息日提前）%s", func(p Policy) any { return p.Coverage.PointsDay }, morningClock), at: onMorning, roles: []Role{Supervisor}, say: spoken},
		}},
		{FireCoverageGoal, "4.4", "消防年度覆盖", fireCoverage, []stage{
			{name: "ahead", when: inWords("%s起每周第一个工作日 %s，还有人没有排到时", func(p Policy) any { return p.Coverage.FireFrom }, morningClock), at: onFireWeek, roles: []Role{Supervisor}, own: true, say: spoken},
			{name: "day", when: inWords("12月31日 %s", evening), at: onYearEnd, roles: []Role{Supervisor}, say: spoken},
			{name: "day", when: inWords("12月31日 %s", evening), at: onYearEnd, roles: []Role{Director}, voice: directorVoice, say: spoken},
		}},
	}
}

// coverageMatter makes the matter of a row about coverage, spoken of on the facts' day.
func (r *run) coverageMatter(kind MatterKind, subject string, body Body) matter {
	d := r.f.Coverage.Day
	return matter{Matter: Matter{r.f.Office.ID, kind, subject}, deadline: d, target: d, looked: d, body: body}
}

// speaks says whether coverage was read, and by an office that runs the procedure on that day.
func (r *run) speaks() bool {
	return r.f.Coverage != nil && !r.f.RulesOnly && !r.f.Coverage.Day.Before(r.f.Office.Since)
}

// planned says whether a plan was in force for the month of a day: without one it is the plan that
// is missing (D1, D2), and what was not taught follows from that.
func (r *run) planned(d Date) bool {
	f := r.plans[MonthlyPeriod(d.MonthOf())]
	return f != nil && f.Approved
}

func (r *run) caseOf() Case { return Case{Office: r.f.Office, Staff: r.f.Coverage.History.Staff} }

// teachingHours gives the week in which the supervisors have taught less than 5.3.1 wants (D11).
func teachingHours(r *run) []matter {
	if !r.speaks() {
		return nil
	}
	d := r.f.Coverage.Day
	if !r.planned(d) {
		return nil
	}
	held, open := 0, 0
	who := slices.DeleteFunc(r.f.Staff.With(r.f.Office.ID, Supervisor, d), func(p Person) bool { return p.Barred(r.f.Office.ID, d) })
	if len(who) == 0 { // no longer qualified (6.2.1): the conflict was decided with it
		return nil
	}
	for _, p := range who {
		h, o := r.Taught(r.f.Coverage.History, p.ID, d)
		held, open = held+h, open+o
	}
	if !r.hoursShort(held) {
		return nil
	}
	year, week := d.ISOWeek()
	end := "请本周补足，可以「加一场」自己讲。"
	switch {
	case !r.hoursShort(held + open):
		end = "上完并完成记录就够了。"
	case len(r.workingDaysOf(monday(d))) <= r.Policy.Coverage.ShortWeek:
		end = "本周工作日少，不足不计。"
	case d == r.lastWorkingDay(monday(d), monday(d).AddDays(6)):
		end = "今天是本周最后一个工作日。"
	}
	return []matter{r.coverageMatter(TeachingHours, fmt.Sprintf("%d-W%02d", year, week),
		Say(fmt.Sprintf("%s。规程5.3.1：主管每周亲自授课至少%d课时。%s", r.HoursLine(held, open), r.Policy.Teaching.WeeklyHours, end)))}
}

// frequenciesNotMet gives the turns that have just ended without what 4.0 wants of them (D12).
func frequenciesNotMet(r *run) []matter {
	if !r.speaks() {
		return nil
	}
	d := r.f.Coverage.Day
	var out []matter
	add := func(subject, title string, from, to Date, every ...Frequency) {
		all := slices.DeleteFunc(r.Unmets(r.f.Coverage.History, from, to), func(x Unmet) bool {
			t, _ := r.Policy.Topic(x.Topics[0])
			return !slices.Contains(every, t.Every) || !r.planned(x.To) || x.People != nil && t.Every == Fortnightly
		})
		if len(all) > 0 {
			m := r.coverageMatter(FrequencyNotMet, subject, r.UnmetCard(r.caseOf(), title, all))
			m.short = all
			out = append(out, m)
		}
	}
	first := monday(d)
	if d == r.firstWorkingDay(first, first.AddDays(6)) {
		year, week := first.AddDays(-7).ISOWeek()
		add(fmt.Sprintf("%d-W%02d", year, week), "上周", first.AddDays(-7), first.AddDays(-1), Weekly, Fortnightly)
	}
	if m := d.MonthOf(); d == r.firstWorkingDay(m.First(), m.Last()) {
		last := m.Add(-1)
		add(last.String(), MonthlyPeriod(last).Chinese(), last.First(), last.Last(), Monthly, TwoMonthly, Quarterly)
	}
	return out
}

// sayFrequencyToDirector tells the director what was not met, without the words that are not his.
func sayFrequencyToDirector(t *teller, r Reminder) Body {
	c := Case{Office: t.f.Office, Staff: t.f.Staff}
	text := fmt.Sprintf("%s：规程4.0的频次有%d处没有做到。", r.Title, len(r.matter.short))
	const most = 5
	for i, x := range r.matter.short {
		if i == most {
			text += fmt.Sprintf("\n…共%d处", len(r.matter.short))
			break
		}
		text += "\n" + t.unmetLine(c, x)
	}
	return Say(text + "\n主管已收到，可以发「缺口」看全部。")
}

// emphasisMissing gives the month in which no point of emphasis was taken down by PointsDay (5.3.2).
func emphasisMissing(r *run) []matter {
	if !r.speaks() || r.f.Coverage.Points > 0 {
		return nil
	}
	d := r.f.Coverage.Day
	if d != r.Calendar.OnOrBefore(d.MonthOf().Day(r.Policy.Coverage.PointsDay)) {
		return nil
	}
	return []matter{r.coverageMatter(EmphasisMissing, d.MonthOf().String(),
		Say(fmt.Sprintf("%d月还没有补充培训重点。规程5.3.2：主管要根据业主需求补充、修改培训重点。最近业主反映多的是什么？发「重点 高空抛物投诉」就会加到下一场合适的培训上。", int(d.Month))))}
}

// fireCoverage gives the year's coverage of fire safety while somebody will be missing, and as it
// stands on the last day (4.4).
func fireCoverage(r *run) []matter {
	if !r.speaks() || !r.fireWatch(r.f.Coverage.Day) {
		return nil
	}
	c, d := r.caseOf(), r.f.Coverage.Day
	now := r.Calendar.At(d, r.Policy.Reminders.Morning)
	f := r.Fire(r.f.Coverage.History, now)
	if d == NewDate(d.Year, time.December, 31) {
		return []matter{r.coverageMatter(FireCoverageGoal, fmt.Sprint(d.Year), Say(r.FireYear(c, f)))}
	}
	if f.Whole() || f.People == 0 {
		return nil
	}
	c.Now = now
	taken := r.Engagements(slices.DeleteFunc(slices.Clone(r.f.Coverage.History.Sessions), func(x Session) bool { return x.End.Before(now) }), r.f.Coverage.Bookings)
	slots := r.ClassTimes(c, f.Unserved, r.FireTopics(f), r.SessionMinutes(), taken, d.AddDays(1), 1)
	return []matter{r.coverageMatter(FireCoverageGoal, fmt.Sprint(d.Year), r.FireCard(c, f, slots))}
}

// FireYear sums the year up: 消防每季度1次 4/4，每人≥1次 14/14，三类内容 3/3.
func (s SOP) FireYear(c Case, f FireCoverage) string {
	n := s.fireTopics()
	out := fmt.Sprintf("%d年度消防培训：每季度1次 %d/4，每人至少1次 %d/%d，三类内容 %d/%d。", f.Year, f.Quarters, f.People-len(f.Missing), f.People, n-len(f.Topics), n)
	if len(f.Missing) > 0 {
		out += fmt.Sprintf("没有覆盖：%s。", c.Names(f.Missing))
	}
	return out
}

// onHours is the day on which the supervisor hears of her hours, at HoursAt.
func onHours(s SOP, m matter) []moment {
	if m.deadline != s.hoursDay(monday(m.deadline)) {
		return nil
	}
	return []moment{{s.Calendar.At(m.deadline, s.Policy.Coverage.HoursAt), 1}}
}

// onWeekEnd is the last working day of a week that counts, at Evening.
func onWeekEnd(s SOP, m matter) []moment {
	first := monday(m.deadline)
	if m.deadline != s.lastWorkingDay(first, first.AddDays(6)) || len(s.workingDaysOf(first)) <= s.Policy.Coverage.ShortWeek {
		return nil
	}
	return []moment{{s.Calendar.At(m.deadline, s.Policy.Reminders.Evening), 2}}
}

// onFireWeek is the first working day of a week, at Morning.
func onFireWeek(s SOP, m matter) []moment {
	first := monday(m.deadline)
	if m.deadline != s.firstWorkingDay(first, first.AddDays(6)) || m.deadline == NewDate(m.deadline.Year, time.December, 31) {
		return nil
	}
	return []moment{s.morning(m.deadline, 1)}
}

// onYearEnd is the last day of the year, at Evening.
func onYearEnd(s SOP, m matter) []moment {
	if m.deadline != NewDate(m.deadline.Year, time.December, 31) {
		return nil
	}
	return []moment{{s.Calendar.At(m.deadline, s.Policy.Reminders.Evening), 2}}
}
