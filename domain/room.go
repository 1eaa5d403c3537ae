package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Booking is a room taken for something that is no training (占用).
type Booking struct {
	ID      BookingID
	Office  OfficeID
	Room    string
	From    time.Time
	To      time.Time
	Why     string
	By      PersonID
	At      time.Time
	Freed   time.Time // when it was given back; zero while it stands
	Version int64     // of the record, for the storage
}

// Engagement is a time at which a person or a room is taken, and by what. What another office does
// is named by the office alone.
type Engagement struct {
	Person   PersonID // "" of a room
	Room     string   // "" of a person
	From, To time.Time
	What     string
}

// meets says whether two spans of time overlap.
func (e Engagement) meets(from, to time.Time) bool { return e.From.Before(to) && from.Before(e.To) }

// Engagements gives who and what is taken by sessions and bookings; what other offices do is named
// by their offices.
func (s SOP) Engagements(sessions []Session, bookings []Booking) []Engagement {
	var out []Engagement
	for _, x := range sessions {
		if x.State == Cancelled || x.State == Closed {
			continue
		}
		what := fmt.Sprintf("%s %s", x.Code(), x.Title())
		if x.Lecturer != "" {
			out = append(out, Engagement{Person: x.Lecturer, From: x.Start, To: x.End, What: what})
		}
		if x.Room != "" {
			out = append(out, Engagement{Room: x.Room, From: x.Start, To: x.End, What: what})
		}
	}
	for _, b := range bookings {
		if b.Freed.IsZero() {
			out = append(out, Engagement{Room: b.Room, From: b.From, To: b.To, What: b.Why})
		}
	}
	return out
}

// Elsewhere gives when a lecturer of this office is taken by the sessions of another one; who is
// taught there is not told.
func Elsewhere(o Office, sessions []Session, ours []PersonID) []Engagement {
	var out []Engagement
	for _, x := range sessions {
		if x.State != Cancelled && x.State != Closed && slices.Contains(ours, x.Lecturer) {
			out = append(out, Engagement{Person: x.Lecturer, From: x.Start, To: x.End, What: o.Name + "的培训"})
		}
	}
	return out
}

// Clash refuses a time at which the lecturer or the room is taken, and says which room or time is
// free instead (5.3.1).
func (s SOP) Clash(c Case, lecturer PersonID, room string, start, end time.Time, taken []Engagement) error {
	for _, e := range taken {
		if lecturer != "" && e.Person == lecturer && e.meets(start, end) {
			return Refuse(Conflict, "5.3.1", fmt.Sprintf("%s %s–%s 已有安排：%s。请换时间或换讲师%s。", c.Staff.Name(lecturer), s.Moment(e.From), s.Hour(e.To), e.What, s.freeTime(lecturer, room, start, end, taken)))
		}
	}
	for _, e := range taken {
		if room == "" || e.Room != room || !e.meets(start, end) {
			continue
		}
		text := fmt.Sprintf("%s %s–%s 被占用：%s。", room, s.Moment(e.From), s.Hour(e.To), e.What)
		if others := s.freeRooms(room, start, end, taken); len(others) > 0 {
			return Refuse(Conflict, "5.3.1", text+fmt.Sprintf("同一时间可用：%s。请换地点，或换时间%s。", strings.Join(others, "、"), s.freeTime(lecturer, room, start, end, taken)))
		}
		return Refuse(Conflict, "5.3.1", text+fmt.Sprintf("请换时间%s，或换地点。", s.freeTime(lecturer, room, start, end, taken)))
	}
	return nil
}

// freeRooms gives the office's other rooms that are free at a time.
func (s SOP) freeRooms(room string, start, end time.Time, taken []Engagement) []string {
	rooms := append([]string{s.Policy.Drafting.Room}, s.Policy.Drafting.Rooms...)
	for _, e := range taken {
		if e.Room != "" && !slices.Contains(rooms, e.Room) {
			rooms = append(rooms, e.Room)
		}
	}
	return slices.DeleteFunc(rooms, func(r string) bool {
		return r == room || r == "" || slices.ContainsFunc(taken, func(e Engagement) bool { return e.Room == r && e.meets(start, end) })
	})
}

// freeTime gives the next time of the same day at which both are free, in brackets; "" for none.
func (s SOP) freeTime(lecturer PersonID, room string, start, end time.Time, taken []Engagement) string {
	const step = 30 * time.Minute
	length := end.Sub(start)
	day := s.Calendar.Date(start)
	latest := s.Calendar.At(day, lastClass)
	for at := start.Add(step); !at.Add(length).After(latest); at = at.Add(step) {
		if !slices.ContainsFunc(taken, func(e Engagement) bool {
			return (e.Person != "" && e.Person == lecturer || e.Room != "" && e.Room == room) && e.meets(at, at.Add(length))
		}) {
			return fmt.Sprintf("（当天 %s 起有空）", s.Hour(at))
		}
	}
	return ""
}

// lastClass is when a day's last class ends at the latest, whatever the shift: the platform's and
// the people's evening, no rule of the office.
var lastClass = Clock{23, 0}

// Book takes a room (占用).
func (s SOP) Book(c Case, b Booking, taken []Engagement) (Change, error) {
	if !b.To.After(b.From) {
		return Change{}, Refuse(Invalid, "5.3.1", "结束要晚于开始。例：占用 中控会议室 10-28 15:00 17:00 消防局检查")
	}
	if !b.To.After(c.Now) {
		return Change{}, Refuse(Invalid, "5.3.1", "这段时间已经过去。")
	}
	b.Office, b.By, b.At = c.Office.ID, c.By.ID, c.Now
	text := fmt.Sprintf("已登记：%s %s–%s 占用（%s）。", b.Room, s.Moment(b.From), s.Hour(b.To), b.Why)
	for _, e := range taken {
		if e.Room == b.Room && e.meets(b.From, b.To) {
			text += fmt.Sprintf("注意：%s %s–%s 已有安排：%s，请改期或换地点。", b.Room, s.Moment(e.From), s.Hour(e.To), e.What)
		}
	}
	return Change{Bookings: []Booking{b}, Audit: []Audit{c.audit("room.book", b.Room, "5.3.1", text)}, Reply: Answer{Body: Say(text)}}, nil
}

// Free gives the bookings of a room that touch a day back.
func (s SOP) Free(c Case, room string, day Date, bookings []Booking) (Change, error) {
	out := Change{}
	for _, b := range bookings {
		if b.Room == room && b.Freed.IsZero() && s.Calendar.Date(b.From) == day {
			b.Freed = c.Now
			out.Bookings = append(out.Bookings, b)
		}
	}
	if len(out.Bookings) == 0 {
		return out, Refuse(NotFound, "5.3.1", fmt.Sprintf("%s %s没有登记占用。发「占用」看登记。", room, day.Chinese()))
	}
	text := fmt.Sprintf("已取消占用：%s %s，%d条。", room, day.Chinese(), len(out.Bookings))
	out.Audit = []Audit{c.audit("room.free", room, "5.3.1", text)}
	out.Reply = Answer{Body: Say(text)}
	return out, nil
}
