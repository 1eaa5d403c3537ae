//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
	"trainingbot/storage"
)

// morning puts the day on the agenda: when the scheduler looks, what people are about to do, what
// goes wrong.
func (y *year) morning(d time.Time) {
	for _, p := range y.people {
		p.today = p.today[:0]
	}
	y.at(clockOn(d, 6, 59), func() { y.look(d) })
	for _, h := range []int{7, 10, 12, 16, 20, 22} {
		y.at(clockOn(d, h, 0), y.tick)
	}
	for _, h := range []int{morningHour, eveningHour} {
		y.at(clockOn(d, h, 0), func() { y.reminders(clockOn(d, h, 0)) })
	}
	y.at(clockOn(d, 23, 30), func() { y.evening(d) })
	y.habits(d)
	y.mischief(d)
}

// look reads the day's sessions, and when the timetable speaks: the real scheduler looks each
// minute, and in between there is nothing for it to say.
func (y *year) look(d time.Time) {
	if y.down {
		return
	}
	y.sessions(d)
	from, to := clockOn(d, 7, 0), clockOn(d, 23, 0)
	ctx := context.Background()
	offices, err := y.apps[0].Store().Offices(ctx)
	if err != nil {
		y.violation(nil, "%v", err)
		return
	}
	have := map[time.Time]bool{}
	for _, h := range []int{7, 9, 10, 12, 16, 17, 20, 22} {
		have[clockOn(d, h, 0).UTC()] = true
	}
	for _, o := range offices {
		f, err := y.apps[0].Store().Facts(ctx, o.ID, from, to)
		if err != nil {
			y.violation(nil, "%v", err)
			return
		}
		for _, r := range y.apps[0].SOP().Timetable(f, domain.Window{From: from, To: to}) {
			if !have[r.At.UTC()] {
				have[r.At.UTC()] = true
				y.at(r.At, y.tick)
			}
		}
		for _, x := range f.Sessions { // left open or not is known only then
			if at := x.End.Add(30 * time.Minute); !have[at.UTC()] && at.After(from) && at.Before(to) {
				have[at.UTC()] = true
				y.at(at, y.tick)
			}
		}
	}
}

// sessions learns of the sessions there are: the plan's, as the office hangs it out.
func (y *year) sessions(d time.Time) {
	y.learnFrom(func(t *storage.Tx) ([]domain.Session, error) {
		offices, err := t.Offices()
		var all []domain.Session
		for _, o := range offices {
			if err != nil {
				break
			}
			var some []domain.Session
			some, err = t.Sessions(o.ID, d, d.AddDate(0, 0, 3))
			all = append(all, some...)
		}
		return all, err
	})
}

// sessionByNo lets the model know of one session, whatever its day.
func (y *year) sessionByNo(no string) {
	n, _ := strconv.ParseInt(strings.TrimPrefix(no, "S"), 10, 64)
	y.learnFrom(func(t *storage.Tx) ([]domain.Session, error) {
		x, ok, err := t.SessionByNo(n)
		if !ok {
			return nil, err
		}
		return []domain.Session{x}, err
	})
}

// learnFrom lets the model know of sessions that are read.
func (y *year) learnFrom(read func(*storage.Tx) ([]domain.Session, error)) {
	err := y.apps[0].Store().View(context.Background(), func(t *storage.Tx) error {
		all, err := read(t)
		if err != nil {
			return err
		}
		offices := map[domain.OfficeID]*simOffice{}
		staff := map[domain.OfficeID]domain.Staff{}
		for _, x := range all {
			if offices[x.Office] == nil {
				o, _, err := t.Office(x.Office)
				if err != nil {
					return err
				}
				i := slices.IndexFunc(y.offices, func(s *simOffice) bool { return s.name == o.Name })
				offices[x.Office] = y.offices[i]
				if staff[x.Office], err = t.Staff(x.Office); err != nil {
					return err
				}
			}
			y.session(offices[x.Office], x, staff[x.Office])
		}
		return nil
	})
	if err != nil {
		y.violation(nil, "%v", err)
	}
}

func (y *year) session(o *simOffice, x domain.Session, staff domain.Staff) {
	s := y.model.sessions[x.Code()]
	if s == nil {
		s = &simSession{no: x.Code(), office: o, state: "planned", present: map[*simPerson]presence{}}
		y.model.sessions[s.no] = s
	}
	if s.state != "planned" {
		return
	}
	if x.State == domain.Cancelled {
		s.state = "cancelled"
	}
	if !s.start.Equal(x.Start) {
		s.start, s.changed = x.Start, y.now()
	}
	s.end, s.title, s.run, s.shifts = x.End, x.Title(), x.Run, x.Shifts
	s.invited, s.added, s.released = y.named(x.Invited, staff), y.named(x.Added, staff), y.named(x.Released, staff)
	s.anyone = x.Invited == nil
	s.lecturer = nil
	if p, ok := staff.Person(x.Lecturer); ok {
		s.lecturer = y.byNo(p.No)
	}
}

func (y *year) byNo(no string) *simPerson {
	i := slices.IndexFunc(y.people, func(p *simPerson) bool { return p.no == no })
	if i < 0 {
		return nil
	}
	return y.people[i]
}

func (y *year) named(ids []domain.PersonID, staff domain.Staff) map[*simPerson]bool {
	out := map[*simPerson]bool{}
	for _, id := range ids {
		if p, ok := staff.Person(id); ok {
			out[y.byNo(p.No)] = true
		}
	}
	return out
}

// expected says who must be there: the trainees on the list that day whose shift it is for, but for
// the lecturer and who was let off.
func (y *year) expected(s *simSession) map[*simPerson]bool {
	d := dayOf(s.start)
	out := map[*simPerson]bool{}
	for _, p := range y.people {
		if p == s.lecturer || s.released[p] || !p.in(s.office, d) {
			continue
		}
		shift := p.shiftIn(s.office, d)
		switch {
		case s.added[p]:
			out[p] = true
		case !s.anyone:
			if s.invited[p] {
				out[p] = true
			}
		case !p.holds(s.office, domain.Trainee, d), away(shift, s.start, s.end):
		case s.shifts == nil, slices.Contains(s.shifts, shift), shift == "" && (s.run == "" || s.run == "A"):
			out[p] = true
		}
	}
	return out
}

// away says whether people of a shift cannot come: class must lie within three hours before and after
// their shift, a night may begin with it, and until four in the afternoon they rest from the last one.
func away(shift string, start, end time.Time) bool {
	from, to := start.Sub(dayOf(start)), end.Sub(dayOf(start))
	switch shift {
	case "早班":
		return from < 5*time.Hour || to > 19*time.Hour
	case "中班":
		return from < 11*time.Hour || to > 25*time.Hour
	case "夜班":
		return from < 19*time.Hour
	}
	return shift == "休"
}

// reminders is an instant of the procedure: what is due is computed from what people did, and then
// the scheduler looks.
func (y *year) reminders(at time.Time) {
	if !y.down {
		y.sessions(dayOf(at)) // what was arranged since the morning
	}
	list := y.dues(at)
	if y.down {
		y.missed = append(y.missed, list...)
		return
	}
	y.tick()
	y.planned(at, list)
	y.owed = append(y.owed, list...)
}

// habits is what people do of themselves today.
func (y *year) habits(d time.Time) {
	for _, o := range y.offices {
		if d.Day() == 1 {
			next := periods(d)
			for _, p := range next {
				if !p.annual && p.due.Month() == d.Month() || p.annual && d.Month() == time.December && p.due.Year() == d.Year() {
					y.planning(o, p)
				}
			}
		}
		y.revise(o, d)
	}
	for _, p := range y.people {
		y.chat(p, d)
	}
	y.comings(d)
}

// chat is what somebody asks on a day like any other.
func (y *year) chat(p *simPerson, d time.Time) {
	r := y.rand("chat " + p.no)
	if r.IntN(30) != 0 || !p.in(nil, d) {
		return
	}
	line := one(r, simChat)
	y.at(clockOn(d, 8+r.IntN(13), r.IntN(60)).Add(time.Duration(r.IntN(60))*time.Second), func() {
		y.say(p, line)
	})
}

// simChat is small talk: questions, odd spellings, nonsense.
var simChat = []string{"课表", "今日", "我的分", "帮助", "为什么", "规程 5.1.2", "计划", "待批", "待 批", "今日天气怎么样", "謝謝", "我的课表", "帮助 签到", "签到 0000", "申诉 F1 不对", "？？", "开课", "点名"}

// comings: people are hired and leave (4.1, 3.0).
func (y *year) comings(d time.Time) {
	for i, o := range y.offices {
		r := y.rand("comings " + o.name)
		if r.IntN(28) == 0 {
			n := y.hired
			y.hired++
			at := clockOn(d, 7, 30).Add(time.Duration(i) * time.Minute)
			y.at(at, func() {
				if y.down {
					return
				}
				p := y.hireAs(fmt.Sprintf("N%02d", n+1), simNewcomers[n%len(simNewcomers)])
				p.stays = []simStay{{o, []domain.Role{domain.Trainee}, one(r, simShifts), d, time.Time{}}}
				y.importStaff(p)
				y.tick()
			})
		}
		if r.IntN(40) == 0 {
			var leavers []*simPerson
			for _, p := range y.with(o, domain.Trainee, d) {
				if !p.holds(o, domain.Coach, d) && p.stays[len(p.stays)-1].until.IsZero() {
					leavers = append(leavers, p)
				}
			}
			if len(leavers) > 25 {
				p := one(r, leavers)
				y.at(clockOn(d, 18, 40), func() {
					if y.down {
						return
					}
					p.stays[len(p.stays)-1].until = d
					y.importStaff(p)
				})
			}
		}
	}
}

var simNewcomers = []string{"林晓晓", "高思远", "夏雨桐", "钟楚云", "姚可欣", "石文轩", "龙佳宁", "邱海洋", "秦朗月", "江一帆", "尹若兰", "贺知秋", "史明哲", "顾清风", "侯立新", "孟凡星",
	"万里云", "段誉铭", "雷鸣远", "汤圆圆", "黎思雨", "易水寒", "常青松", "武安邦", "乔木森", "赖小满", "龚自清", "文博雅", "庞大海", "樊梨花", "兰心怡", "殷实成"}

// evening holds the day against the model.
func (y *year) evening(d time.Time) {
	if y.down {
		y.owed = y.owed[:0]
		return
	}
	y.fake.Mend()
	y.announced(y.owed)
	y.owed = y.owed[:0]
	y.compare(d)
}

// mischief is what goes wrong today.
func (y *year) mischief(d time.Time) {
	r := y.rand("mischief")
	at := func() time.Time { return clockOn(d, 7+r.IntN(15), r.IntN(60)) }
	if r.IntN(9) == 0 {
		y.at(at(), y.restart)
	}
	if r.IntN(12) == 0 {
		faults := []wecomtest.Fault{wecomtest.BadGateway, wecomtest.Busy, wecomtest.Parallel, wecomtest.Revoked, wecomtest.Truncated, wecomtest.HTMLPage, wecomtest.Redirect, wecomtest.CutAfter, wecomtest.CutBefore}
		fault, n, p := one(r, faults), 1+r.IntN(3), one(r, y.people)
		y.at(clockOn(d, one(r, []int{8, 16, 14}), 59).Add(55*time.Second), func() {
			y.faulty[d.Format(time.DateOnly)] = true
			y.fake.FailTo("/cgi-bin/message/send", p.user, slices.Repeat([]wecomtest.Fault{fault}, n)...)
		})
	}
	if r.IntN(30) == 0 {
		y.at(at(), func() { y.fake.RevokeToken() })
	}
	y.hostile(d)
	y.outage(d)
	y.loadNotice(d)
}
