package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Duty is the shift of one person on one day in one office where it is not the standing shift of
// the membership (排班, mission capability 13). Shift "" takes an earlier word back.
type Duty struct {
	Person PersonID
	Office OfficeID
	Day    Date
	Shift  string // a shift of the policy, or OffDuty
	By     PersonID
	At     time.Time
}

// DutyDay names a day in an office.
type DutyDay struct {
	Office OfficeID
	Day    Date
}

// OnDuty gives the staff with the duty roster known: ShiftIn answers by it. The receiver is left as it is.
func (s Staff) OnDuty(duties []Duty) Staff {
	if len(duties) == 0 {
		return s
	}
	at := make(map[PersonID]int, len(s))
	for i, p := range s {
		at[p.ID] = i
	}
	out := slices.Clone(s)
	own := map[PersonID]bool{}
	for _, x := range duties {
		i, ok := at[x.Person]
		if !ok {
			continue
		}
		if !own[x.Person] { // the map of the receiver is not written to
			own[x.Person] = true
			known := out[i].Duty
			out[i].Duty = make(map[DutyDay]string, len(known)+8)
			for k, v := range known {
				out[i].Duty[k] = v
			}
		}
		if x.Shift == "" {
			delete(out[i].Duty, DutyDay{x.Office, x.Day})
			continue
		}
		out[i].Duty[DutyDay{x.Office, x.Day}] = x.Shift
	}
	return out
}

// shiftNamed reads a shift as people say it: 夜班, 夜, 休息; 常规 takes the roster's word back.
func (s SOP) shiftNamed(said string) (shift string, ok bool) {
	switch said {
	case OffDuty, "休息", "轮休", "调休", "不上班":
		return OffDuty, true
	case "常规", "照常", "恢复":
		return "", true
	}
	for _, x := range s.Policy.Shifts.List {
		if said == x.Name || said == strings.TrimSuffix(x.Name, "班") {
			return x.Name, true
		}
	}
	return "", false
}

// Rostered is a word about the duty roster: the shifts of a person from a day on, one a day; with
// Until set, the one shift on all the days up to it.
type Rostered struct {
	Person PersonID
	From   Date
	Until  Date
	Shifts []string // as said
}

// maxRoster bounds the days of one word, so that a slip of the year does not fill the roster.
const maxRoster = 62

// Duties gives the days a word about the roster sets.
func (s SOP) Duties(c Case, r Rostered) ([]Duty, error) {
	if err := s.may(c, Supervisor, "4.0", "排班"); err != nil {
		return nil, err
	}
	names := make([]string, len(s.Policy.Shifts.List))
	for i, x := range s.Policy.Shifts.List {
		names[i] = x.Name
	}
	var shifts []string
	for _, said := range r.Shifts {
		shift, ok := s.shiftNamed(said)
		if !ok {
			return nil, Refuse(Invalid, "4.0", fmt.Sprintf("没有“%s”这个班次。可以写：%s、休；写「排班 姓名 日期 常规」恢复平时的班。", said, strings.Join(names, "、")))
		}
		shifts = append(shifts, shift)
	}
	days := len(shifts)
	if !r.Until.IsZero() {
		days = r.From.DaysUntil(r.Until) + 1
		if len(shifts) != 1 || days < 1 {
			return nil, Refuse(Invalid, "4.0", "起止日期之间写一个班次，如「排班 张伟 10-8 10-12 夜班」。")
		}
	}
	if days > maxRoster {
		return nil, Refuse(Invalid, "4.0", fmt.Sprintf("一次最多排%d天，请分开说。", maxRoster))
	}
	if r.From.Before(s.today(c)) {
		return nil, Refuse(TooLate, "4.0", r.From.Chinese()+"已经过去，只能排今天以后的班。")
	}
	var out []Duty
	for i := range days {
		out = append(out, Duty{Person: r.Person, Office: c.Office.ID, Day: r.From.AddDays(i), Shift: shifts[min(i, len(shifts)-1)], By: c.By.ID, At: c.Now})
	}
	return out, nil
}

// Roster sets duties and tells what they change: which planned sessions the person is expected at
// no more or from now on. sessions are those that may lie on these days, with the runs they belong
// to. Of several runs of one lesson a person attends the first they can come to.
func (s SOP) Roster(c Case, duties []Duty, sessions []Session) Change {
	who, _ := c.Staff.Person(duties[0].Person)
	after := c.Staff.OnDuty(duties)
	planned := slices.DeleteFunc(slices.Clone(sessions), func(x Session) bool { return x.State != Planned || !x.Start.After(c.Now) })
	shared := s.follow(c.Staff, after, planned, planned)
	var lost, won []string
	for i, x := range planned {
		was, is := slices.Contains(s.Expected(x, c.Staff), who.ID), slices.Contains(s.Expected(shared[i], after), who.ID)
		line := fmt.Sprintf("%s %s %s", x.Code(), s.Moment(x.Start), x.Title())
		switch {
		case was && !is:
			lost = append(lost, line)
		case is && !was:
			won = append(won, line)
		}
	}
	days := fmt.Sprintf("%s %s", duties[0].Day.Chinese(), shiftWord(duties[0].Shift))
	if n := len(duties); n > 1 {
		days = fmt.Sprintf("%s至%s共%d天", duties[0].Day.Chinese(), duties[n-1].Day.Chinese(), n)
		if same := !slices.ContainsFunc(duties, func(x Duty) bool { return x.Shift != duties[0].Shift }); same {
			days += " " + shiftWord(duties[0].Shift)
		}
	}
	text := fmt.Sprintf("已排班：%s %s。", c.Staff.Name(who.ID), days)
	told := fmt.Sprintf("您的班次：%s（%s排）。", days, c.By.Name)
	if len(lost) > 0 {
		text += fmt.Sprintf("不用再到：%s。", strings.Join(lost, "；"))
		told += fmt.Sprintf("不用再到：%s。", strings.Join(lost, "；"))
	}
	if len(won) > 0 {
		text += fmt.Sprintf("改到：%s。", strings.Join(won, "；"))
		told += fmt.Sprintf("请改到：%s。", strings.Join(won, "；"))
	}
	if len(lost) > len(won) {
		text += "少上的课要另外补，可以「加一场」。"
	}
	out := Change{
		Duties: duties,
		Audit:  []Audit{c.audit("duty.set", who.No, "4.0", text)},
		Reply:  Answer{Body: Say(text)},
	}
	for i, x := range shared {
		if !slices.Equal(x.Released, planned[i].Released) {
			out.Sessions = append(out.Sessions, x)
		}
	}
	if to := without([]PersonID{who.ID}, c.By.ID); len(to) > 0 && len(lost)+len(won) > 0 {
		key := fmt.Sprintf("duty:%s:%s:%s:%d", who.ID, days, duties[len(duties)-1].Shift, c.Now.UnixNano())
		at, _ := s.undisturbed(c.Now, s.Calendar.At(duties[0].Day, Clock{}))
		out.Notices = []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "changed", Clause: "4.0", At: at, To: to, Body: Say(told),
			Why: fmt.Sprintf("%s于%s改了您的班次，您要参加的培训随班次调整；同一课分几场时只上其中一场。", c.By.Name, s.Moment(c.Now))}}
	}
	return out
}

func shiftWord(shift string) string {
	if shift == "" {
		return "照常"
	}
	return shift
}
