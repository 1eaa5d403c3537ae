package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Wish is one time said for an assessment: a day, a time or none, the parts, and who it is for.
type Wish struct {
	Date   Date
	Clock  Clock
	Timed  bool   // a time of day was said
	Parts  []Part // none: all the person still needs
	Shift  string // for the people of that shift: 夜班
	People []PersonID
}

// onNights says whether a shift works at night.
func (s SOP) onNights(shift string) bool {
	x, known := s.Policy.Shifts.Shift(shift)
	return known && x.Night() || !known && strings.Contains(shift, "夜")
}

// examMinutes is how long a part of an assessment is taken to last when it is arranged.
const examMinutes = 60

// can says whether somebody can come on a day at a time.
func (s SOP) can(o OfficeID, id PersonID, staff Staff, d Date, at Clock) bool {
	p, ok := staff.Person(id)
	return ok && s.Away(p, o, d, at, examMinutes) == ""
}

func (s SOP) shiftOf(o OfficeID, id PersonID, staff Staff, d Date) string {
	p, _ := staff.Person(id)
	return p.ShiftIn(o, d)
}

// ProposeTimes proposes when the people take an assessment's parts: of the days left in the window
// those two on which most are on duty, the middle of the window when all are; the night shift takes
// everything at NightTime of the second day, before its work begins (mission Flow 4). fit says how
// many are on duty on both.
func (s SOP) ProposeTimes(a Assessment, people []PersonID, staff Staff, today Date) (slots []Slot, fit int) {
	days := slices.DeleteFunc(s.window(a.Kind, a.Subject), func(d Date) bool { return d.Before(today) })
	if len(days) == 0 { // the window is over: as soon as can be
		for d := s.Calendar.AddWorkingDays(today, 1); len(days) < 2; d = s.Calendar.AddWorkingDays(d, 1) {
			days = append(days, d)
		}
	}
	if last := s.Policy.Assessment.WindowWorkingDays; len(days) > last { // fire: the first days of its long window
		days = days[:last]
	}
	var byDay, byNight []PersonID
	for _, id := range people {
		if slices.ContainsFunc(days, func(d Date) bool { return s.onNights(s.shiftOf(a.Office, id, staff, d)) }) {
			byNight = append(byNight, id)
		} else {
			byDay = append(byDay, id)
		}
	}
	first, second, fit := s.bestDays(a, days, byDay, staff)
	x := s.Policy.Assessment
	add := func(d Date, c Clock, who []PersonID, parts ...Part) {
		if len(who) > 0 {
			slots = append(slots, Slot{Start: s.Calendar.At(d, c), Parts: parts, People: who})
		}
	}
	if len(a.Parts) == 1 || first == second {
		add(first, x.WrittenTime, byDay, a.Parts...)
	} else {
		add(first, x.WrittenTime, byDay, Written)
		add(second, x.WrittenTime, byDay, Practical)
	}
	add(second, x.NightTime, byNight, a.Parts...)
	for _, id := range byNight {
		if s.can(a.Office, id, staff, second, x.NightTime) {
			fit++
		}
	}
	return slots, fit
}

// bestDays gives the pair of days on which most of the people are on duty.
func (s SOP) bestDays(a Assessment, days []Date, people []PersonID, staff Staff) (first, second Date, fit int) {
	middle, at := (len(days)-1)/2, s.Policy.Assessment.WrittenTime
	best := -1
	for i := range days {
		for j := i; j < len(days); j++ {
			if len(a.Parts) == 1 && j != i || len(a.Parts) > 1 && j == i && len(days) > 1 {
				continue
			}
			n := 0
			for _, id := range people {
				if s.can(a.Office, id, staff, days[i], at) && s.can(a.Office, id, staff, days[j], at) {
					n++
				}
			}
			// As many as can be, then near the middle and one day after the other.
			worth := n*1000 - 10*abs(i-middle) - abs(j-min(i+1, len(days)-1))
			if best < 0 || worth > best {
				best, first, second, fit = max(worth, 0), days[i], days[j], n
			}
		}
	}
	return first, second, fit
}

// RetakeDay proposes when those who failed take it again: RetakeWorkingDays later, after their
// individual training (6.2.3), and outside the window of the next assessment.
func (s SOP) RetakeDay(from Date) Date {
	d := s.Calendar.AddWorkingDays(from, s.Policy.Assessment.RetakeWorkingDays)
	for slices.Contains(s.Calendar.FirstWorkingDays(d.MonthOf(), s.Policy.Assessment.WindowWorkingDays), d) {
		d = s.Calendar.AddWorkingDays(d, 1)
	}
	return d
}

// makeUpBy is the last day on which the deferred take an assessment.
func (s SOP) makeUpBy(a Assessment) Date {
	days := s.window(a.Kind, a.Subject)
	if len(days) == 0 {
		return Date{}
	}
	return s.Calendar.OnOrBefore(days[len(days)-1].AddDays(s.Policy.Assessment.MakeUpDays))
}

// waiting gives who still has to take the assessment: at the first sitting everyone due whose scores
// are not complete, later the ones who failed and the deferred.
func (s SOP) waiting(a Assessment, scores []Score, staff Staff, today Date) []PersonID {
	var out []PersonID
	for _, x := range a.Candidates {
		t, passed := s.current(a, scores, x.Person)
		later := a.State == Sitting && (t.Sitting > 1 || x.State == Deferred)
		if !passed && !later && x.State != Exempt && s.enrolled(a.Office, x.Person, staff, today) {
			out = append(out, x.Person)
		}
	}
	return out
}

// Waiting gives who still has to take the assessment today.
func (s SOP) Waiting(c Case, a Assessment, scores []Score) []PersonID {
	return s.waiting(a, scores, c.Staff, s.today(c))
}

// arrange turns what was said into slots for the people who have to come, each of whom must get
// every part still needed exactly once.
func (s SOP) arrange(c Case, a Assessment, scores []Score, wishes []Wish, people []PersonID) ([]Slot, error) {
	days := s.window(a.Kind, a.Subject)
	needs := map[PersonID][]Part{}
	for _, id := range people {
		t, _ := s.current(a, scores, id)
		needs[id] = t.Lacks()
	}
	var slots []Slot
	for _, w := range s.specificFirst(wishes) {
		retake := a.State != Sitting
		if len(w.People) > 0 { // a retake, or a make-up, while others still sit for the first time
			x, _ := a.Candidate(w.People[0])
			retake = retake || x.State == Deferred || s.SittingOf(a, scores, w.People[0]) > 1
		}
		if err := s.inWindow(c, a, w.Date, days, retake); err != nil {
			return nil, err
		}
		slot := Slot{Start: s.Calendar.At(w.Date, s.clockOf(w)), Retake: retake}
		for _, id := range people {
			if !w.meant(id, s.shiftOf(a.Office, id, c.Staff, w.Date)) {
				continue
			}
			takes := false
			for _, part := range w.partsOr(needs[id]) {
				if i := slices.Index(needs[id], part); i >= 0 {
					needs[id] = slices.Delete(slices.Clone(needs[id]), i, i+1)
					takes = true
					if !slices.Contains(slot.Parts, part) {
						slot.Parts = append(slot.Parts, part)
					}
				}
			}
			if takes {
				slot.People = append(slot.People, id)
			}
		}
		if len(slot.People) > 0 {
			slots = append(slots, slot)
		}
	}
	named := slices.ContainsFunc(wishes, func(w Wish) bool { return len(w.People) > 0 })
	for _, id := range people {
		if len(needs[id]) > 0 && !named {
			return nil, Refuse(Invalid, "5.4.2", fmt.Sprintf("%s的%s还没有时间。请把%s都写上，如「考核 安排 10-10 14:00 书面 10-12 14:00 实操」。", c.Staff.Name(id), PartsText(needs[id]), PartsText(a.Parts)))
		}
	}
	if len(slots) == 0 {
		return nil, Refuse(Conflict, "5.4.2", a.Code()+" 没有要安排的人。发「考核」看各场考核的情况。")
	}
	slices.SortStableFunc(slots, func(x, y Slot) int { return x.Start.Compare(y.Start) })
	return slots, nil
}

// specificFirst puts what names people before what names a shift before what is for all.
func (s SOP) specificFirst(ws []Wish) []Wish {
	rank := func(w Wish) int {
		switch {
		case len(w.People) > 0:
			return 0
		case w.Shift != "":
			return 1
		}
		return 2
	}
	out := slices.Clone(ws)
	slices.SortStableFunc(out, func(a, b Wish) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

func (w Wish) meant(id PersonID, shift string) bool {
	switch {
	case len(w.People) > 0:
		return slices.Contains(w.People, id)
	case w.Shift != "":
		return shift == w.Shift
	}
	return true
}

func (w Wish) partsOr(all []Part) []Part {
	if len(w.Parts) == 0 {
		return all
	}
	return w.Parts
}

func (s SOP) clockOf(w Wish) Clock {
	switch {
	case w.Timed:
		return w.Clock
	case s.onNights(w.Shift):
		return s.Policy.Assessment.NightTime
	}
	return s.Policy.Assessment.WrittenTime
}

// inWindow refuses a day that is over, and for a first sitting one outside the window while the window lasts.
func (s SOP) inWindow(c Case, a Assessment, d Date, days []Date, retake bool) error {
	today := s.today(c)
	switch {
	case d.Before(today):
		return Refuse(TooLate, "5.4.2", d.Chinese()+"已经过了，请写今天或以后的日子。")
	case retake || len(days) == 0:
		return nil
	case a.Kind == MonthlyExam && d.Before(days[0]):
		return Refuse(TooEarly, "5.4.2", fmt.Sprintf("%s在考核窗口以前。窗口：%s。", d.Chinese(), s.daysText(days)))
	case d.After(days[len(days)-1]) && !today.After(days[len(days)-1]):
		return Refuse(Invalid, "5.4.2", fmt.Sprintf("%s不在考核窗口里。窗口：%s。", d.Chinese(), s.daysText(days)))
	}
	return nil
}

// daysText lists the days of a window; of a long one the first and the last.
func (s SOP) daysText(days []Date) string {
	if len(days) > 10 {
		return days[0].Chinese() + "至" + days[len(days)-1].Chinese()
	}
	return (&teller{SOP: s}).days(days)
}

// SlotsText says when who takes what: 10月10日(周六) 14:00 书面 9人；…
func (s SOP) SlotsText(slots []Slot) string {
	out := make([]string, len(slots))
	for i, x := range slots {
		out[i] = fmt.Sprintf("%s %s %d人", s.Moment(x.Start), PartsText(x.Parts), len(x.People))
	}
	return strings.Join(out, "；")
}

// slotsLine says the same as a line that can be typed.
func (s SOP) slotsLine(subject string, slots []Slot, staff Staff, o OfficeID) string {
	out := []string{"考核 安排", subject}
	for _, x := range slots {
		d := s.Calendar.Date(x.Start)
		parts := ""
		for _, p := range x.Parts {
			parts += p.Chinese()
		}
		out = append(out, fmt.Sprintf("%02d-%02d", int(d.Month), d.Day), s.Hour(x.Start), parts)
		if shift := s.shiftOf(o, x.People[0], staff, d); s.onNights(shift) {
			out = append(out, shift)
		}
	}
	return strings.Join(out, " ")
}

// slotsOf gives the slots of one person that are still to come.
func (a Assessment) slotsOf(id PersonID, now time.Time) []Slot {
	return slices.DeleteFunc(slices.Clone(a.Slots), func(x Slot) bool { return !slices.Contains(x.People, id) || x.Start.Before(now) })
}
