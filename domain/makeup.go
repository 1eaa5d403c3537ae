package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ClassSlot is a time at which some people can be taught: who of them can come, who can teach, where.
type ClassSlot struct {
	Start    time.Time
	Minutes  int
	Lecturer PersonID
	Room     string
	Reached  []PersonID
	Away     []PersonID // who cannot come then
}

// Missed gives who has missed what was taught of some topics since a day and has not made it up;
// all is true when nothing was taught, so that everybody is meant. Of fire safety the year counts (4.4).
func (s SOP) Missed(r History, topics []Topic, since, today Date) (people []PersonID, all bool) {
	ids := make([]string, len(topics))
	for i, t := range topics {
		ids[i] = t.ID
		if t.Every == Quarterly {
			since = NewDate(today.Year, time.January, 1)
		}
	}
	if len(topics) > 0 && topics[0].Every == Quarterly { // any lesson of fire safety covers a person
		ids = nil
		for _, t := range s.Policy.Curriculum {
			if t.Every == Quarterly {
				ids = append(ids, t.ID)
			}
		}
	}
	held, _, _ := s.lessons(r, ids, turn{from: since, to: today})
	if len(held) == 0 {
		return nil, true
	}
	seen := r.seen()
	for _, p := range r.Staff {
		if p.Has(r.Office.ID, Trainee, today) && !s.attended(r, p.ID, ids, since, today, seen) {
			people = append(people, p.ID)
		}
	}
	return people, false
}

// ClassTimes gives the best times to teach some people in the days from one on (LookAhead of them):
// those at which most of them can come, a qualified lecturer and a room are free; of equally good
// ones the earliest.
func (s SOP) ClassTimes(c Case, people []PersonID, topics []Topic, minutes int, taken []Engagement, from Date, most int) []ClassSlot {
	var out []ClassSlot
	for i := range s.Policy.Coverage.LookAhead {
		day := from.AddDays(i)
		if !s.Calendar.Working(day) {
			continue
		}
		for _, hour := range s.classHours() {
			if x, ok := s.classAt(c, people, topics, day, hour, minutes, taken); ok && len(x.Reached) > 0 {
				out = append(out, x)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b ClassSlot) int { return cmp.Compare(len(b.Reached), len(a.Reached)) })
	return out[:min(most, len(out))]
}

// classHours gives when classes begin: the office's hour, then those of its shifts.
func (s SOP) classHours() []Clock {
	out := []Clock{s.Policy.Drafting.SessionTime}
	for _, x := range s.Policy.Shifts.List {
		if !slices.Contains(out, x.Class) {
			out = append(out, x.Class)
		}
	}
	return out
}

// classAt looks at one time: false when no lecturer or no room is free.
func (s SOP) classAt(c Case, people []PersonID, topics []Topic, day Date, hour Clock, minutes int, taken []Engagement) (ClassSlot, bool) {
	x := ClassSlot{Start: s.Calendar.At(day, hour), Minutes: minutes}
	end := x.Start.Add(time.Duration(minutes) * time.Minute)
	var ok bool
	if x.Lecturer, ok = s.freeLecturer(c, topics, day, hour, minutes, taken); !ok {
		return x, false
	}
	rooms := append([]string{s.Policy.Drafting.Room}, s.Policy.Drafting.Rooms...)
	i := slices.IndexFunc(rooms, func(r string) bool {
		return !slices.ContainsFunc(taken, func(e Engagement) bool { return e.Room != "" && e.Room == r && e.meets(x.Start, end) })
	})
	if i < 0 {
		return x, false
	}
	x.Room = rooms[i]
	for _, id := range people {
		p, ok := c.Staff.Person(id)
		switch {
		case !ok || id == x.Lecturer || len(p.Roles(c.Office.ID, day)) == 0:
		case s.Away(p, c.Office.ID, day, hour, minutes) == "":
			x.Reached = append(x.Reached, id)
		default:
			x.Away = append(x.Away, id)
		}
	}
	return x, true
}

// freeLecturer gives the first who is qualified for all the topics, on shift and free at a time, in
// the order of the topics' roles; a topic 4.0 does not know is the supervisor's, coach's or safety officer's.
func (s SOP) freeLecturer(c Case, topics []Topic, day Date, hour Clock, minutes int, taken []Engagement) (PersonID, bool) {
	roles := []Role{Supervisor, Coach, SafetyOfficer}
	if len(topics) > 0 {
		roles = lecturersOf(topics)
	}
	from := s.Calendar.At(day, hour)
	to := from.Add(time.Duration(minutes) * time.Minute)
	for _, role := range roles {
		for _, p := range c.Staff.With(c.Office.ID, role, day) {
			busy := slices.ContainsFunc(taken, func(e Engagement) bool { return e.Person == p.ID && e.meets(from, to) })
			if !busy && p.Holds(c.Office.ID, role, day) && s.Away(p, c.Office.ID, day, hour, minutes) == "" {
				return p.ID, true
			}
		}
	}
	return "", false
}

// makeUpSource marks a session that makes something up (Session.Source).
const makeUpSource = "补训"

// AddMakeUp puts a make-up session on the timetable for people who missed something (4.0; mission
// capability 12): what they miss is approved already, so it needs no new approval; the director is
// told. x holds its id, number, topics, time, place and lecturer; people nil means everybody.
func (s SOP) AddMakeUp(c Case, x Session, people []PersonID, taken []Engagement) (Change, error) {
	if err := s.may(c, Supervisor, "4.0", "安排补训"); err != nil {
		return Change{}, err
	}
	day, hour := s.Calendar.Date(x.Start), ClockOf(x.Start.In(s.Calendar.zone()))
	minutes := int(x.End.Sub(x.Start) / time.Minute)
	if !x.Start.After(c.Now) {
		return Change{}, Refuse(Invalid, "4.0", s.Moment(x.Start)+"已经过去，请给一个以后的时间。")
	}
	if err := s.Clash(c, x.Lecturer, x.Room, x.Start, x.End, taken); err != nil {
		return Change{}, err
	}
	if who, ok := c.Staff.Person(x.Lecturer); ok && s.Rests(who, c.Office.ID, x.Start) {
		return Change{}, Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s，请换时间或换讲师。", c.Staff.Name(who.ID), s.Away(who, c.Office.ID, day, hour, minutes)))
	}
	x = c.selfConfirmed(x)
	x.Office, x.State, x.Source = c.Office.ID, Planned, makeUpSource
	var away []string
	if people != nil {
		x.Invited = []PersonID{}
		for _, id := range people {
			p, _ := c.Staff.Person(id)
			if why := s.Away(p, c.Office.ID, day, hour, minutes); why != "" {
				away = append(away, fmt.Sprintf("%s（%s）", c.Staff.Name(id), why))
				continue
			}
			x.Invited = append(x.Invited, id)
		}
		if len(x.Invited) == 0 {
			return Change{}, Refuse(Conflict, "4.0", fmt.Sprintf("%s谁都到不了：%s。发「补训 %s」看合适的时间。", s.Moment(x.Start), strings.Join(away, "、"), x.Topics[0]))
		}
	}
	expected := s.Expected(x, c.Staff)
	text := fmt.Sprintf("补训 %s %s %s，讲师 %s，%s，应到%d人", x.Code(), s.Moment(x.Start), x.Title(), c.lecturer(x.Lecturer), x.Room, len(expected))
	if people != nil {
		text += "（" + c.Names(expected) + "）"
	}
	reply := "已排" + text + "，已通知。"
	if len(away) > 0 {
		reply += fmt.Sprintf("到不了：%s，还要另补。", strings.Join(away, "、"))
	}
	key := "makeup:" + string(x.ID)
	at, _ := s.undisturbed(c.Now, x.Start)
	out := Change{Sessions: []Session{x}, Audit: []Audit{c.audit("session.makeup", x.Code(), "4.0", reply)}, Reply: Answer{Body: Say(reply)}}
	why := fmt.Sprintf("规程4.0：没有上到的内容要补；%s于%s安排了这一场。", c.By.Name, s.Moment(c.Now))
	tell := func(suffix string, to []PersonID, said Body) {
		if to = without(to, c.By.ID); len(to) > 0 {
			out.Notices = append(out.Notices, Notice{Key: key + suffix, Thread: key + suffix, Office: c.Office.ID, Stage: "changed", Clause: "4.0", At: at, To: to, Body: said, Why: why})
		}
	}
	code := x.Code()
	tell("", expected, arranged(x, "补训 "+code, fmt.Sprintf("给您排了补训 %s：%s %s，%s，讲师 %s。", code, s.Moment(x.Start), x.Title(), x.Room, c.lecturer(x.Lecturer)),
		"这个时间能到吗？", [2]Button{{"能到", "能到 " + code, Primary}, {"要请假", "请假 " + code, Plain}}))
	tell(lecturerVoice, []PersonID{x.Lecturer}, arranged(x, "请您讲补训 "+code, fmt.Sprintf("请您讲补训 %s：%s %s，%s，应到%d人。", code, s.Moment(x.Start), x.Title(), x.Room, len(expected)),
		"请确认能讲。", [2]Button{{"确认", "确认 " + code, Primary}, {"有困难", "换人 " + code, Plain}}))
	tell(directorVoice, IDs(c.Staff.With(c.Office.ID, Director, s.today(c))), Say("临时加了"+text+"。"))
	return out, nil
}

// WhoComes says who of the trainees can come to a class at a time, shift by shift, with the reasons
// of those who cannot: 早班6人可到；中班4人当天休息. away are those who cannot.
func (s SOP) WhoComes(c Case, lecturer PersonID, day Date, hour Clock, minutes int) (words string, away []PersonID) {
	type key struct{ shift, why string }
	var order []key
	count := map[key]int{}
	for _, p := range c.Staff.With(c.Office.ID, Trainee, day) {
		if p.ID == lecturer {
			continue
		}
		k := key{p.ShiftIn(c.Office.ID, day), s.Away(p, c.Office.ID, day, hour, minutes)}
		if k.shift == OffDuty {
			k.shift = p.standing(c.Office.ID, day)
		}
		if k.why != "" {
			away = append(away, p.ID)
			if x, ok := s.Policy.Shifts.Shift(k.shift); ok && strings.HasPrefix(k.why, x.Name) {
				k.why = fmt.Sprintf("不在这个时间（%s–%s）", x.From, x.To)
			}
		}
		if count[k] == 0 {
			order = append(order, k)
		}
		count[k]++
	}
	slices.SortStableFunc(order, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.why, b.why), cmp.Compare(s.shiftNo(a.shift), s.shiftNo(b.shift)))
	})
	parts := make([]string, len(order))
	for i, k := range order {
		why := k.why
		if why == "" {
			why = "在岗可到"
			if k.shift == "" {
				why = "可到"
			}
		}
		parts[i] = fmt.Sprintf("%s%d人%s", k.shift, count[k], why)
	}
	return strings.Join(parts, "，"), away
}

// standing gives the shift of the membership, whatever the duty roster says of the day.
func (p Person) standing(o OfficeID, d Date) string {
	p.Duty = nil
	return p.ShiftIn(o, d)
}

// AddRun gives a line of the plan a further run at another time, for those who cannot come to it, by
// the same lecturer when none is named.
func (s SOP) AddRun(c Case, p Plan, id ItemID, fresh ItemID, day Date, at Clock, lecturer PersonID, taken []Engagement) (Change, error) {
	return s.edit(c, p, "plan.run", func(v *PlanVersion) (string, error) {
		i := slices.IndexFunc(v.Items, func(it Item) bool { return it.ID == id })
		if i < 0 {
			return "", Refuse(NotFound, "5.1.1", p.Code()+" 里没有这一场。发「计划」看编号。")
		}
		first := v.Items[i]
		if first.Group == "" {
			first.Run, first.Group = RunName(0), first.ID
		}
		runs := 0
		for _, it := range v.Items {
			if it.ID != id && it.Group == first.Group {
				runs++
			}
		}
		next := first
		next.ID, next.Run, next.Shifts, next.Date, next.Start = fresh, RunName(runs+1), nil, day, at
		next.Lecturer = cmp.Or(lecturer, next.Lecturer)
		if err := s.fits(c, p.Period, next, v.Items); err != nil {
			return "", err
		}
		start := s.Calendar.At(day, at)
		if err := s.Clash(c, next.Lecturer, next.Room, start, start.Add(time.Duration(next.Minutes)*time.Minute), taken); err != nil {
			return "", err
		}
		first.Shifts = nil
		v.Items[i] = first
		v.Items = append(v.Items, next)
		words, _ := s.WhoComes(c, next.Lecturer, day, at, next.Minutes)
		return fmt.Sprintf("已加%s场：%s %s %s，讲师 %s。这时%s；能到前一场的只上前一场。", next.Run, day.Chinese(), at, Join(s.Printed(next)), c.lecturer(next.Lecturer), words), nil
	})
}
