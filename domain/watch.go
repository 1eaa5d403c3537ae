package domain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"
)

// SpotAnswer is somebody's 我在 to the check in the middle of a session.
type SpotAnswer struct {
	Session SessionID
	Person  PersonID
	At      time.Time
}

// SpotCheck gives when the random check of an open session falls (课中抽查, mission 6.20) and who is asked:
// Policy.Day.SpotPeople of those who had checked in by then. Both are drawn from the session's secret, so
// nobody can foresee them and everybody who asks gets the same; it lies in the middle third. Zero when
// there is none: the session is not open, too short, or no more people than would be asked are there.
func (s SOP) SpotCheck(x Session, present []Attendance) (at time.Time, who []PersonID) {
	third := x.End.Sub(x.Start) / 3
	if x.State != Open || len(x.Secret) == 0 || s.Policy.Day.SpotPeople == 0 || third < s.Policy.Day.SpotWithin {
		return time.Time{}, nil
	}
	draw := func(of string) uint64 {
		mac := hmac.New(sha256.New, x.Secret)
		mac.Write([]byte("spot:" + of))
		return binary.BigEndian.Uint64(mac.Sum(nil))
	}
	at = x.Start.Add(third + time.Duration(draw("")%uint64(third))).Truncate(time.Minute)
	for _, a := range present {
		if !a.At.After(at) && a.Way == ByCode && slices.Contains(x.Roster, a.Person) {
			who = append(who, a.Person)
		}
	}
	slices.SortFunc(who, func(a, b PersonID) int {
		if da, db := draw(string(a)), draw(string(b)); da != db {
			return map[bool]int{true: -1, false: 1}[da < db]
		}
		return strings.Compare(string(a), string(b))
	})
	if len(who) <= s.Policy.Day.SpotPeople {
		return time.Time{}, nil // the lecturer sees everyone of so few
	}
	return at, who[:s.Policy.Day.SpotPeople]
}

// spotUntil is until when the check may be answered: the notice goes out within a minute of its instant.
func (s SOP) spotUntil(at time.Time) time.Time {
	return at.Add(time.Minute + s.Policy.Day.SpotWithin)
}

// AnswerSpot takes somebody's 我在. It is idempotent, and honest about being late.
func (s SOP) AnswerSpot(c Case, x Session, present []Attendance, given []SpotAnswer) (Change, error) {
	at, who := s.SpotCheck(x, present)
	switch {
	case x.State != Open, at.IsZero(), c.Now.Before(at), !slices.Contains(who, c.By.ID):
		return Change{}, Refuse(NotFound, "5.3.4", "现在没有要您回应的课中抽查。")
	case slices.ContainsFunc(given, func(a SpotAnswer) bool { return a.Person == c.By.ID }):
		return Change{}, Refuse(Conflict, "5.3.4", "您已经回应过了，谢谢。")
	}
	text := "收到，谢谢。"
	if c.Now.After(s.spotUntil(at)) {
		text = fmt.Sprintf("收到。已过 %s 的回应时间，讲师会看到是晚回应。", s.Hour(s.spotUntil(at)))
	}
	return Change{
		Spots: []SpotAnswer{{x.ID, c.By.ID, c.Now}},
		Audit: []Audit{c.audit("spot.answer", x.Code(), "5.3.4", c.By.Name+"回应课中抽查")},
		Reply: Answer{Body: Say(text)},
	}, nil
}

// Silent gives who was asked in the middle of the session and has not answered in time.
func (s SOP) Silent(x Session, present []Attendance, given []SpotAnswer, now time.Time) []PersonID {
	at, who := s.SpotCheck(x, present)
	if at.IsZero() || !now.After(s.spotUntil(at)) {
		return nil
	}
	return slices.DeleteFunc(who, func(id PersonID) bool {
		return slices.ContainsFunc(given, func(a SpotAnswer) bool { return a.Person == id && !a.At.After(s.spotUntil(at)) })
	})
}

// Odd tells what looks odd about the check-ins of a session (mission 6.20), from nothing but their
// instants: many within a few seconds, and the same two within seconds of each other time after time.
// earlier are the check-ins of sessions before, newest first. It proves nothing and says so nowhere
// but to the supervisor.
func (s SOP) Odd(c Case, present []Attendance, earlier [][]Attendance) []string {
	var out []string
	d := s.Policy.Day
	codes := byCode(present)
	for i, j := 0, 0; i < len(codes); i++ {
		for codes[i].At.Sub(codes[j].At) > d.BurstWithin {
			j++
		}
		last := i == len(codes)-1 || codes[i+1].At.Sub(codes[j].At) > d.BurstWithin
		if n := i - j + 1; last && n >= d.BurstPeople {
			out = append(out, fmt.Sprintf("%s起%d秒内有%d人签到（%s）", s.Hour(codes[j].At), int(d.BurstWithin/time.Second), n, c.Names(people(codes[j:i+1]))))
			break
		}
	}
	for i, a := range codes {
		for _, b := range codes[i+1:] {
			if !s.close(a, b) {
				break // they are in the order of their instants
			}
			if n := 1 + s.together(a.Person, b.Person, earlier); n >= d.PairTimes {
				out = append(out, fmt.Sprintf("%s和%s连续%d场都在%d秒内先后签到", c.Staff.Name(a.Person), c.Staff.Name(b.Person), n, int(d.PairWithin/time.Second)))
			}
		}
	}
	return out
}

// together counts the sessions in a row, newest first, at which two were within seconds of each other;
// one that either missed is passed over.
func (s SOP) together(a, b PersonID, earlier [][]Attendance) int {
	n := 0
	for _, day := range earlier {
		codes := byCode(day)
		i := slices.IndexFunc(codes, func(x Attendance) bool { return x.Person == a })
		j := slices.IndexFunc(codes, func(x Attendance) bool { return x.Person == b })
		if i < 0 || j < 0 {
			continue
		}
		if !s.close(codes[i], codes[j]) {
			break
		}
		n++
	}
	return n
}

func (s SOP) close(a, b Attendance) bool { return a.At.Sub(b.At).Abs() <= s.Policy.Day.PairWithin }

func byCode(present []Attendance) []Attendance {
	out := slices.DeleteFunc(slices.Clone(present), func(a Attendance) bool { return a.Way != ByCode })
	slices.SortStableFunc(out, func(a, b Attendance) int { return a.At.Compare(b.At) })
	return out
}

func people(present []Attendance) []PersonID {
	out := make([]PersonID, len(present))
	for i, a := range present {
		out[i] = a.Person
	}
	return out
}

// supervision says whether the supervisor was on site at a drill (4.3, 5.3.3): she lectured, or somebody
// who holds her role that day (a deputy who was named in advance too) checked in before the close.
func (s SOP) supervision(c Case, x Session, present []Attendance) Supervision {
	if !s.Drill(x) {
		return NotNeeded
	}
	day := s.Calendar.Date(x.Start)
	watches := func(id PersonID) bool {
		p, ok := c.Staff.Person(id)
		return ok && p.Has(x.Office, Supervisor, day)
	}
	if watches(x.Lecturer) || slices.ContainsFunc(present, func(a Attendance) bool { return watches(a.Person) }) {
		return Supervised
	}
	return Unsupervised
}

// DrillUnwatched is the kind of proposal by which the director decides whether a drill without the
// supervisor counts (5.3.3).
const DrillUnwatched ProposalKind = "drill"

// DrillProposal puts a drill without the supervisor before the director.
func (s SOP) DrillProposal(c Case, x Session, t Tally) Proposal {
	return Proposal{Kind: DrillUnwatched, Subject: string(x.ID), For: Director, Clause: "5.3.3", Title: fmt.Sprintf("军体 %s 未监督，是否算数", x.Code()),
		Text: fmt.Sprintf("%s %s，讲师%s，%s。规程5.3.3要求客服主管在场，关课前主管没有签到。不认可就不算完成，要重上。",
			s.Moment(x.Start), x.Title(), c.lecturer(x.Lecturer), t.Line(c)),
		Data: ProposalData{Session: x.ID}}
}
