package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The matters of a week's review: they have no deadline of their own.
const (
	WeekReview     MatterKind = "WEEK" // the director's line about the week (3.2)
	OpenPointsLeft MatterKind = "OPEN" // open points of the source the administrator has to decide (mission 1)
)

// weekRow is the director's line of each Monday.
func weekRow() row {
	return row{WeekReview, "3.2", "一周小结", mondays(WeekReview, func(r *run, d Date) bool { return !newWeek(r.SOP, r.f, d).still() }), []stage{
		{name: "check", when: inWords("每周一 %s", morningClock), at: onMorning, roles: []Role{Director}, voice: directorVoice, say: sayWeek},
	}}
}

// openPointsRow asks the administrator for what only the office can know.
func openPointsRow() row {
	return row{OpenPointsLeft, "3.0", "规程待确认项", mondays(OpenPointsLeft, func(r *run, _ Date) bool { return len(r.Policy.toDecide()) > 0 }), []stage{
		{name: "check", when: inWords("还有要定的项目时，每周一 %s", morningClock), at: onMorning, roles: []Role{Administrator}, say: sayOpenPoints},
	}}
}

// checks says whether a row only looks at things now and then: nothing has to be done by its day.
func (x row) checks() bool {
	return x.stages[0].name == "check" || x.kind == PointsStatement || x.kind == AccountMissing || x.kind == CalendarMissing || x.kind == DeputyDays
}

// mondays gives the Mondays of the window when there is something to say.
func mondays(kind MatterKind, when func(*run, Date) bool) func(*run) []matter {
	return func(r *run) []matter {
		if r.f.RulesOnly {
			return nil
		}
		var out []matter
		for d := r.Calendar.Date(r.w.From).AddDays(-1); !d.After(r.Calendar.Date(r.w.To)); d = d.AddDays(1) {
			if d.Weekday() == time.Monday && when(r, d) {
				out = append(out, matter{Matter: Matter{r.f.Office.ID, kind, "week"}, deadline: d, target: d, looked: d})
			}
		}
		return out
	}
}

// toDecide gives the open points that wait for the administrator.
func (p Policy) toDecide() []OpenPoint {
	return slices.DeleteFunc(p.OpenPoints(), func(x OpenPoint) bool { return !x.Ask || x.Confirmed })
}

// sayOpenPoints reminds the administrator of what only the office can know: OPEN.
func sayOpenPoints(t *teller, _ Reminder) Body {
	var b strings.Builder
	left := t.Policy.toDecide()
	fmt.Fprintf(&b, "规程有%d项原文没有写清，要您定；定之前按默认值执行并标【暂按】：", len(left))
	for _, x := range left {
		var values []string
		for _, r := range t.Policy.Asked(x.No) {
			values = append(values, r.Meaning+" "+PlainValue(r.Value))
		}
		fmt.Fprintf(&b, "\n第%d项（%s）现按：%s", x.No, x.Clause, strings.Join(values, "；"))
	}
	fmt.Fprintf(&b, "\n值对就发「规程 确认 %d」，要改就在后面写数，全部说明发「规程 待确认」。", left[0].No)
	return Say(b.String())
}

// weekly is what there is to say of the seven days before a Monday and of the one that begins.
type weekly struct {
	held, open, cancelled int      // sessions
	waits, late           []string // plans that wait for the director, matters overdue
}

func newWeek(s SOP, f Facts, monday Date) weekly {
	var w weekly
	morning := s.Calendar.At(monday, s.Policy.Reminders.Morning)
	from, to := s.Calendar.At(monday.AddDays(-7), Clock{}), s.Calendar.At(monday, Clock{})
	for _, x := range f.Sessions {
		switch {
		case x.Start.Before(from) || !x.Start.Before(to):
		case x.State == Cancelled:
			w.cancelled++
		case x.State == Closed:
			w.held++
		default:
			w.open++
		}
	}
	for _, p := range f.Plans {
		if p.Waiting && p.Since.Before(morning) { // what comes later has its own card
			w.waits = append(w.waits, fmt.Sprintf("P%d", p.No))
		}
	}
	s.open(f, morning, func(row row, m matter) {
		if monday.After(m.deadline) {
			w.late = append(w.late, row.titleOf(m))
		}
	})
	return w
}

// still says that nothing happened and nothing waits: then nothing is said.
func (w weekly) still() bool { return w.held+w.open+w.cancelled+len(w.waits)+len(w.late) == 0 }

// sayWeek is the director's line about the week before and the one that begins: WEEK.
func sayWeek(t *teller, r Reminder) Body {
	w := newWeek(t.SOP, t.f, r.Deadline)
	parts := []string{fmt.Sprintf("上周培训%d场", w.held+w.open)}
	for _, x := range []struct {
		n    int
		word string
	}{{w.held, "完成"}, {w.open, "没关课"}, {w.cancelled, "取消"}} {
		if x.n > 0 {
			parts = append(parts, fmt.Sprintf("%s%d场", x.word, x.n))
		}
	}
	next := "没有等您审批的计划"
	if len(w.waits) > 0 {
		next = fmt.Sprintf("等您审批%d份（%s），发「待批」", len(w.waits), strings.Join(w.waits, "、"))
	}
	late := "没有逾期的事"
	if len(w.late) > 0 {
		late = fmt.Sprintf("逾期%d件：%s", len(w.late), strings.Join(w.late, "、"))
	}
	return Say("一周小结：" + strings.Join(append(parts, next, late), "，") + "。细看发「今日」。")
}
