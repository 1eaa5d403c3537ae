package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Move is what a session is moved to.
type Move struct {
	Start  time.Time
	Room   string // "": where it was
	Reason string
	Runs   []Session // of the office around it, among them the other runs of its lesson
	Leave  []Absence // of the session: who was granted leave for the old time is asked about the new one
}

// MoveSession gives a planned session another time (5.3.2). What people said of the old time is
// forgotten and they are asked again, and so is the lecturer, unless it is she who moves it; the
// reminders of the old time are withdrawn. Those it concerns are told: who is or was expected, the
// lecturer, the supervisors and the director. Who has another run of the lesson keeps it, undisturbed.
func (s SOP) MoveSession(c Case, x Session, m Move) (Change, error) {
	if err := s.changeable(c, x); err != nil {
		return Change{}, err
	}
	if !m.Start.After(c.Now) {
		return Change{}, Refuse(Invalid, "5.3.2", s.Moment(m.Start)+"已经过去，请给一个以后的时间。")
	}
	was := x
	x.Start, x.End, x.Reason = m.Start, m.Start.Add(x.End.Sub(x.Start)), m.Reason
	if m.Room != "" {
		x.Room = m.Room
	}
	x.Coming, x.ConfirmedAt = nil, time.Time{}
	x = c.selfConfirmed(x)
	x.Released = append(slices.Clone(x.Released), s.elsewhere(c, was, x, m.Runs)...)
	impact, lost := s.moveImpact(c, was, x)
	if m.Reason == "" {
		return c.AskFor(strings.TrimSpace(fmt.Sprintf("改期 %s %s %s %s", x.Code(), s.Calendar.Date(m.Start), s.Hour(m.Start), m.Room)),
			impact+"请写一句改期理由，会一起告诉大家。（不改了就发「算了」。）"), nil
	}
	where := ""
	if x.Room != was.Room {
		where = " " + x.Room
	}
	text := fmt.Sprintf("%s %s 从%s改到%s%s（%s）。%s", x.Code(), x.Title(), s.Moment(was.Start), s.Moment(x.Start), where, x.Reason, s.restNote(s.Calendar.Date(x.Start)))
	out := Change{Sessions: []Session{x}, Audit: []Audit{c.audit("session.move", x.Code(), "5.3.2", "已改期："+text)}, Closed: x.reminders()}
	out.Audit[0].Undo = undoSession(was)
	first := earlier(was.Start, x.Start)
	at, when := s.undisturbed(c.Now, first)
	told := 0
	done := []PersonID{c.By.ID, ""}
	tell := func(voice string, to []PersonID, body Body) {
		to = slices.DeleteFunc(slices.Clone(to), func(id PersonID) bool { return slices.Contains(done, id) })
		if len(to) == 0 {
			return
		}
		slices.Sort(to)
		to = slices.Compact(to)
		done, told = append(done, to...), told+len(to)
		key := fmt.Sprintf("session.move:%s:%d%s", x.ID, x.Version, voice)
		out.Notices = append(out.Notices, Notice{Key: key, Thread: key, Office: x.Office, Stage: "changed", Clause: "5.3.2", At: at, To: to, Body: body,
			Urgent: first.Sub(at) <= s.Policy.Shifts.Rest, // who rests must still hear of it before it begins
			Why:    fmt.Sprintf("规程5.3.2：%s于%s改动了%s，您在名单里或需要知道。", c.By.Name, s.Moment(c.Now), x.Code())})
	}
	tell(lecturerVoice, []PersonID{x.Lecturer}, moved(x, "培训改期："+text+impact, "请再确认能讲。", [2]Button{{"确认", "确认 " + x.Code(), Primary}, {"有困难", "换人 " + x.Code(), Plain}}))
	before := told
	tell(expectedVoice, s.Expected(x, c.Staff), moved(x, "培训改期："+text, "这个时间能到吗？", [2]Button{{"能到", "能到 " + x.Code(), Primary}, {"要请假", "请假 " + x.Code(), Plain}}))
	tell(":lost", lost, Say("培训改期："+text+"这个时间您不在岗，不用来；另有安排会告诉您。"))
	tell(":leave", s.onLeaveFree(c, x, m.Leave), Body{Text: fmt.Sprintf("培训改期：%s您请过原来那天的假。新的时间能到就发「销假 %s」，来不了不用回复，假照旧。", text, x.Code()),
		Card: &Card{Title: "改期 " + x.Code(), Subtitle: x.Title(), Text: "培训改期：" + text + "您请过原来那天的假。新的时间能到吗？来不了不用回复，假照旧。",
			Buttons: []Button{{"能到，销假", "销假 " + x.Code(), Primary}}}})
	class := told - before
	tell("", append(IDs(c.Staff.With(x.Office, Director, s.today(c))), IDs(c.Staff.With(x.Office, Supervisor, s.today(c)))...), Say("培训改期："+text+impact))
	out.Reply = Answer{Body: Say(fmt.Sprintf("已改期：%s%s%s通知学员%d人，另外告诉了%d人。%s", text, impact, when, class, told-class, s.unmoved(c, x, m.Runs)))}
	return out, nil
}

// OfferRoom offers the other rooms that are free at the time a session is to be moved to, when its own
// is taken and nothing else is in the way: one press moves it there.
func (s SOP) OfferRoom(c Case, x Session, m Move, room string, taken []Engagement) (Change, bool) {
	end := m.Start.Add(x.End.Sub(x.Start))
	busy := s.Clash(c, "", room, m.Start, end, taken)
	if busy == nil || m.Room != "" || s.changeable(c, x) != nil || s.Clash(c, x.Lecturer, "", m.Start, end, taken) != nil {
		return Change{}, false
	}
	const most = 3
	rooms := s.freeRooms(room, m.Start, end, taken)
	var buttons []Button
	for _, other := range rooms[:min(len(rooms), most)] {
		line := fmt.Sprintf("改期 %s %s %s %s %s", x.Code(), s.Calendar.Date(m.Start), s.Hour(m.Start), other, m.Reason)
		buttons = append(buttons, Button{cutWord("改到" + other), strings.TrimSpace(line), Primary})
	}
	if len(buttons) == 0 {
		return Change{}, false
	}
	is := x
	is.Start, is.End = m.Start, end
	is.Released = append(slices.Clone(x.Released), s.elsewhere(c, x, is, m.Runs)...)
	impact, _ := s.moveImpact(c, x, is)
	e, _ := Refusal(busy)
	text := impact + e.Text
	return Change{Reply: Answer{Body: Body{Text: text + fmt.Sprintf("\n要用就发「改期%s」。", strings.TrimPrefix(buttons[0].Line, "改期")),
		Card: &Card{Title: fmt.Sprintf("%s 改到%s？", x.Code(), s.Moment(m.Start)), Subtitle: x.Title(), Text: text, Buttons: buttons}}}}, true
}

// onLeaveFree lists who was granted leave for the old time, makes it up nowhere, and could come to the new one.
func (s SOP) onLeaveFree(c Case, x Session, leave []Absence) []PersonID {
	var out []PersonID
	for _, a := range leave {
		p, ok := c.Staff.Person(a.Person)
		if !ok || a.State != OnLeave || a.MakeUp != "" {
			continue
		}
		free := x
		free.Released = without(slices.Clone(x.Released), a.Person)
		if s.expects(free, p) {
			out = append(out, a.Person)
		}
	}
	return out
}

// unmoved says which runs of a moved lesson stay as they were.
func (s SOP) unmoved(c Case, x Session, runs []Session) string {
	out := ""
	for _, y := range runs {
		if x.Group != "" && y.ID != x.ID && y.Group == x.Group && y.State == Planned && y.Start.After(c.Now) {
			out += fmt.Sprintf("%s场 %s的%d人不变，不打扰。", y.Run, s.Moment(y.Start), len(s.Expected(y, c.Staff)))
		}
	}
	return out
}

// moved tells somebody of a move and asks for their word on the new time.
func moved(x Session, text, ask string, b [2]Button) Body {
	return arranged(x, "改期 "+x.Code(), text, ask, b)
}

// arranged tells somebody when a session will be and asks for their word on it.
func arranged(x Session, title, text, ask string, b [2]Button) Body {
	return Body{Text: fmt.Sprintf("%s%s\n请回复：%s；%s 事由。", text, ask, b[0].Line, b[1].Line), Card: &Card{
		Title: title, Subtitle: x.Title(), Text: text + ask, Buttons: b[:]}}
}

// elsewhere gives who could come to a moved session and could not before, but has another run of the lesson.
func (s SOP) elsewhere(c Case, was, is Session, runs []Session) []PersonID {
	if is.Group == "" {
		return nil
	}
	var out []PersonID
	for _, p := range c.Staff {
		if s.expects(is, p) && !s.expects(was, p) && slices.ContainsFunc(runs, func(y Session) bool {
			return y.ID != is.ID && y.Group == is.Group && y.State == Planned && y.Start.After(c.Now) && s.expects(y, p)
		}) {
			out = append(out, p.ID)
		}
	}
	return out
}

// moveImpact says what a move means for those expected; lost are those who cannot come any more.
func (s SOP) moveImpact(c Case, was, is Session) (words string, lost []PersonID) {
	before, after := s.Expected(was, c.Staff), s.Expected(is, c.Staff)
	var away []string
	day, hour, minutes := s.Calendar.Date(is.Start), ClockOf(is.Start.In(s.Calendar.zone())), int(is.End.Sub(is.Start)/time.Minute)
	for _, id := range before {
		if slices.Contains(after, id) {
			continue
		}
		lost = append(lost, id)
		p, _ := c.Staff.Person(id)
		away = append(away, c.Staff.Name(id)+bracket(s.Away(p, is.Office, day, hour, minutes)))
	}
	if len(lost) == 0 && len(after) == len(before) {
		return fmt.Sprintf("影响：应到%d人都能到。", len(after)), nil
	}
	words = fmt.Sprintf("影响：原应到%d人，新时间应到%d人", len(before), len(after))
	if len(away) > 0 {
		words += "；到不了：" + strings.Join(away, "、") + "，要另补"
	}
	return words + "。", lost
}

// CancelSession calls a planned session off, with a reason (5.3.2), and offers to make it up: what is
// not made up is a gap of the month.
func (s SOP) CancelSession(c Case, x Session, reason string) (Change, error) {
	if x.State == Open && c.Now.Before(x.Start) {
		x.State = Planned // opened too soon: nothing has been taught yet
	}
	if err := s.changeable(c, x); err != nil {
		return Change{}, err
	}
	if reason == "" {
		return c.AskFor("取消 "+x.Code(), "请写一句取消理由，会一起告诉大家。（不取消了就发「算了」。）"), nil
	}
	before := x
	x.State, x.Reason = Cancelled, reason
	text := fmt.Sprintf("%s %s（%s）取消，理由：%s。", x.Code(), x.Title(), s.Moment(x.Start), reason)
	out := s.tell(c, x, x.Start, "session.cancel", "已取消："+text, "培训取消："+text)
	out.Audit[0].Undo = undoSession(before)
	again := s.again(x)
	gap := fmt.Sprintf("要补发「补训 %s」；不补就是%s的一个缺口。", again, MonthlyPeriod(s.Calendar.Date(x.Start).MonthOf()).Chinese())
	if !c.By.Has(x.Office, Supervisor, s.today(c)) {
		gap = "要不要补由主管决定。"
		if to := without(IDs(c.Staff.With(x.Office, Supervisor, s.today(c))), c.By.ID); len(to) > 0 {
			out.Notices = append(out.Notices, s.offerAgain(c, x, to, text, again))
		}
	} else {
		out.Reply.Card = &Card{Title: "取消 " + x.Code(), Subtitle: x.Title(), Text: out.Reply.Text + gap, Buttons: []Button{{"安排补训", "补训 " + again, Primary}, {"看缺口", "缺口", Plain}}}
	}
	out.Reply.Text += gap
	return out, nil
}

// again gives what is to be made up when a session is called off: its first topic of 4.0, by which the
// others missing are found too, else what it was to teach.
func (s SOP) again(x Session) string {
	for _, id := range x.TopicIDs {
		if t, ok := s.Policy.Topic(id); ok {
			return t.Name
		}
	}
	return x.Title()
}

// offerAgain offers the supervisors to make up a session the lecturer called off.
func (s SOP) offerAgain(c Case, x Session, to []PersonID, text, again string) Notice {
	key := fmt.Sprintf("session.cancel:%s:%d:again", x.ID, x.Version)
	said := fmt.Sprintf("%s取消了 %s要补吗？不补就是一个缺口。", c.By.Name, text)
	return Notice{Key: key, Thread: key, Office: x.Office, Stage: "changed", Clause: "5.3.2", At: s.decent(c.Now), To: to,
		Body: Body{Text: said + fmt.Sprintf("\n要补发「补训 %s」。", again), Card: &Card{Title: "补上 " + x.Code() + "？", Subtitle: x.Title(), Text: said, Buttons: []Button{{"安排补训", "补训 " + again, Primary}, {"看缺口", "缺口", Plain}}}},
		Why:  "规程4.0：没有上到的内容要补，由主管安排。"}
}
