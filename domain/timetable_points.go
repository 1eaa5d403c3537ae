package domain

import (
	"fmt"
	"slices"
)

// PointsStatement is the matter of a month's attendance points told when the month is over (6.2).
const PointsStatement MatterKind = "STMT"

// tableVoice is the thread of the office's table, beside that of each person.
const tableVoice = ":table"

// statement is a month's points of one person, or, without one, of the office.
type statement struct {
	month   Month
	person  PersonID
	entries []PointsEntry
}

// statementRow is the timetable of the monthly statements: who has entries is told of their own alone,
// those who decide of the office's. Quiet: both are for the morning's digest.
func statementRow() row {
	when := inWords("次月第1个工作日 %s（有记录时）", morningClock)
	return row{PointsStatement, "6.2.2", "考勤分月结", statements, []stage{
		{name: "statement", when: when, at: ofStatement(true), voice: personVoice, say: sayStatement},
		{name: "statement", when: when, at: ofStatement(false), roles: []Role{Supervisor, Director}, voice: tableVoice, say: sayTable},
	}}
}

// StatementMonths gives the months whose statements fall due in a window: what the points have to be read of.
func (s SOP) StatementMonths(w Window) []Month {
	var out []Month
	for m, last := s.Calendar.Date(w.From).MonthOf(), s.Calendar.Date(w.To).MonthOf(); !last.Before(m); m = m.Add(1) {
		if days := s.Calendar.FirstWorkingDays(m, 1); len(days) > 0 && w.Has(s.morning(days[0], 0).at) {
			out = append(out, m.Add(-1))
		}
	}
	return out
}

func ofStatement(personal bool) func(SOP, matter) []moment {
	return func(s SOP, m matter) []moment {
		if (m.statement.person != "") != personal {
			return nil
		}
		return onMorning(s, m)
	}
}

// statements gives the statements of the window. Who has left is told nothing more.
func statements(r *run) []matter {
	if r.f.RulesOnly {
		return nil
	}
	var out []matter
	for _, m := range r.StatementMonths(r.w) {
		day := r.Calendar.FirstWorkingDays(m.Add(1), 1)[0]
		all := statement{month: m}
		var order []PersonID
		mine := map[PersonID][]PointsEntry{}
		for _, e := range r.f.Points {
			if e.Month != m {
				continue
			}
			if all.entries = append(all.entries, e); mine[e.Person] == nil {
				order = append(order, e.Person)
			}
			mine[e.Person] = append(mine[e.Person], e)
		}
		if len(all.entries) == 0 {
			continue
		}
		add := func(subject string, x statement) {
			out = append(out, matter{Matter: Matter{r.f.Office.ID, PointsStatement, subject}, deadline: day, target: day, looked: day, statement: &x})
		}
		add(m.String(), all)
		for _, id := range order {
			p, ok := r.f.Staff.Person(id)
			if ok && slices.ContainsFunc(p.Memberships, func(x Membership) bool { return x.Until.IsZero() || !x.Until.Before(day) }) {
				add(m.String()+":"+string(id), statement{m, id, mine[id]})
			}
		}
	}
	return out
}

// sayStatement tells somebody of their own month: STMT.
func sayStatement(t *teller, r Reminder) Body {
	x := r.matter.statement
	return Say(t.PointsLines(x.month, x.entries) + fmt.Sprintf("\n对哪一条有异议，发「申诉 %s 理由」；随时看发「我的分」。", x.entries[len(x.entries)-1].Code()))
}

// sayTable tells those who decide of the office's month: STMT.
func sayTable(t *teller, r Reminder) Body {
	x := r.matter.statement
	return Say(t.Overview(Case{Office: t.f.Office, Staff: t.f.Staff, Now: r.At}, x.month, x.entries) + fmt.Sprintf("\n各人已收到自己的一份。再看发「考勤分 %s」。", x.month))
}
