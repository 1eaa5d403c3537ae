package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// moveSession moves a session of the timetable, when its lecturer and room are free then (5.3.1, 5.3.2).
func (r *request) moveSession(x domain.Session, start time.Time, reason string) (domain.Change, error) {
	day, had := r.sop.Calendar.Date(start), r.sop.Calendar.Date(x.Start)
	from := day
	if had.Before(from) {
		from = had
	}
	if err := r.rostered(from.AddDays(-1), laterOf(day, had).AddDays(1)); err != nil {
		return domain.Change{}, err
	}
	midnight := r.sop.Calendar.At(day, domain.Clock{})
	taken, err := r.taken(midnight, midnight.AddDate(0, 0, 1), func(y domain.Session) bool { return y.ID == x.ID })
	if err != nil {
		return domain.Change{}, err
	}
	m := domain.Move{Start: start}
	m.Room, m.Reason = r.roomIn(reason, taken)
	if x.Group != "" {
		if m.Runs, err = r.view.Sessions(x.Office, x.Start.AddDate(0, 0, -10), x.Start.AddDate(0, 0, 10)); err != nil {
			return domain.Change{}, err
		}
	}
	room := m.Room
	if room == "" {
		room = x.Room
	}
	if x.State == domain.Planned && start.After(r.Now) { // else the rule has more to say
		if err := r.sop.Clash(r.Case, x.Lecturer, room, start, start.Add(x.End.Sub(x.Start)), taken); err != nil {
			if c, ok := r.sop.OfferRoom(r.Case, x, m, room, taken); ok {
				return c, nil
			}
			return domain.Change{}, err
		}
	}
	if m.Leave, err = r.view.Absences(x.ID); err != nil {
		return domain.Change{}, err
	}
	c, err := r.sop.MoveSession(r.Case, x, m)
	if err != nil {
		return domain.Change{}, err
	}
	if c, err = r.follow(x, c); err != nil {
		return domain.Change{}, err
	}
	first := x.Start
	if start.Before(first) {
		first = start
	}
	return r.urgently(c, x, first, "改期")
}

// spokenOf finds the next planned session a lecturer names by its day and topic instead of its number
// (今天消防), and gives the reason without that; false when nothing names one or a line of a draft is meant.
func (r *request) spokenOf(text string) (domain.Session, string, bool, error) {
	reason, named := describing(r.sop, text)
	if len(named) == 0 || r.args.Has("条目") || r.args.Has("计划") {
		return domain.Session{}, "", false, nil
	}
	var day domain.Date
	for i, word := range []string{"今天", "明天", "后天"} {
		if strings.Contains(text, word) {
			day = r.today().AddDays(i)
		}
	}
	all, err := r.sessions(r.Now, r.Now.AddDate(0, 0, 31))
	if err != nil {
		return domain.Session{}, "", false, err
	}
	for _, x := range all {
		if x.State != domain.Planned || !named.fit(r.sop, x) || !day.IsZero() && r.sop.Calendar.Date(x.Start) != day {
			continue
		}
		if x.Lecturer != r.By.ID && !r.By.Has(x.Office, domain.Supervisor, r.today()) {
			continue
		}
		if x.Office != r.Office.ID {
			err = r.enter(x.Office)
		}
		return x, reason, true, err
	}
	return domain.Session{}, "", false, nil
}

// roomIn takes the name of a room the office knows off a reason: 前台大厅 消防局来检查.
func (r *request) roomIn(text string, taken []domain.Engagement) (room, reason string) {
	rooms := append([]string{r.sop.Policy.Drafting.Room}, r.sop.Policy.Drafting.Rooms...)
	for _, e := range taken {
		rooms = append(rooms, e.Room)
	}
	words := strings.Fields(text)
	for i, w := range words {
		if slices.Contains(rooms, w) {
			return w, strings.Join(slices.Delete(words, i, i+1), " ")
		}
	}
	return "", text
}

// cancelSession calls a session of the timetable off (5.3.2). What was still to be decided about it falls
// away, and those who asked or were asked are told.
func (r *request) cancelSession(x domain.Session, reason string) (domain.Change, error) {
	c, err := r.sop.CancelSession(r.Case, x, reason)
	if err != nil || len(c.Sessions) == 0 {
		return c, err
	}
	if c, err = r.follow(x, c); err != nil {
		return domain.Change{}, err
	}
	if c, err = r.urgently(c, x, x.Start, "取消"); err != nil {
		return domain.Change{}, err
	}
	if c.Reply.Card != nil { // it says the same
		c.Reply.Card.Text = c.Reply.Text
	}
	moot, err := r.moot(x)
	return c.And(moot), err
}

// moot drops what is open about a session that was called off: leaves asked for, a lecturer asked.
func (r *request) moot(x domain.Session) (domain.Change, error) {
	out := domain.Change{}
	absences, err := r.view.Absences(x.ID)
	if err != nil {
		return out, err
	}
	open, err := r.view.ProposalsOf(x.Office, domain.Substitute, string(x.ID))
	if err != nil {
		return out, err
	}
	for _, a := range absences {
		if a.State != domain.LeaveAsked {
			continue
		}
		asked, err := r.view.ProposalsOf(x.Office, domain.Leave, string(x.ID)+":"+string(a.Person))
		if err != nil {
			return out, err
		}
		open = append(open, asked...)
		a.State, a.Since = domain.LeaveWithdrawn, r.Now
		out.Absences = append(out.Absences, a)
	}
	for _, p := range open {
		if p.State != domain.Proposed {
			continue
		}
		drop := r.sop.Drop(r.Case, p, x.Code()+" 已取消")
		to, said := p.To, fmt.Sprintf("%s 已取消，不用代讲了。", x.Code())
		if p.Kind == domain.Leave {
			to, said = []domain.PersonID{p.About}, fmt.Sprintf("%s 已取消，您的请假不用再批。", x.Code())
		}
		n := p.Told(r.Case, to, domain.Say(said), "这一场已取消，等决定的事随之作废。")
		n.Key, n.Thread = p.Thread()+":moot", p.Thread()+":moot"
		if len(n.To) > 0 {
			drop.Notices = append(drop.Notices, n)
		}
		out = out.And(drop)
	}
	return out, nil
}
