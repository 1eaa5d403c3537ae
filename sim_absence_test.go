//go:build unix

package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the model knows of those who are not at a session: leave, absence, its judgement (5.3, 6.2.2).

// absenceLessons are what answers say of it.
func absenceLessons() []lesson {
	re := regexp.MustCompile
	return []lesson{
		{re(`理由“[^”]*”，已转[\s\S]*不请了发「销假 (S\d+)」`), func(y *year, p *simPerson, _ string, m []string) {
			if s := y.missing(p, p, m[1]); s != nil {
				s.was[p], s.away[p] = s.away[p], "asked"
			}
		}},
		{re(`已销假：(S\d+) `), func(y *year, p *simPerson, _ string, m []string) {
			s := y.missing(p, p, m[1])
			if s == nil {
				return
			}
			if s.away[p] != "asked" && s.state == "open" {
				s.expected[p] = true
			}
			s.away[p] = "withdrawn"
		}},
		{re(`(B\d+) (\p{Han}{2,4})(请假|补签) (S\d+)\S*已由.*?处理：(同意|未同意)`), learnRuled},
		{re(`已转\S+：(S\d+) .*认定后告诉您；没有认定前不扣分`), func(y *year, p *simPerson, _ string, m []string) {
			if s := y.missing(p, p, m[1]); s != nil {
				s.away[p] = "explained"
			}
		}},
		{re(`(\p{Han}{2,4}) (S\d+)已由\S+于.*?认定：(有因缺席，补训|有因缺席|无故缺席)`), func(y *year, p *simPerson, _ string, m []string) {
			who := y.byName[m[1]]
			if s := y.missing(p, who, m[2]); s != nil {
				s.away[who] = map[string]string{"有因缺席，补训": "makes_up", "有因缺席": "excused", "无故缺席": "unexcused"}[m[3]]
			}
		}},
		{re(`已改期：(S\d+) `), func(y *year, _ *simPerson, _ string, m []string) { y.sessionByNo(m[1]) }},
		{re(`已确认：(S\d+) `), func(y *year, p *simPerson, _ string, m []string) {
			s := y.model.sessions[m[1]]
			if s == nil || s.state != "closed" {
				y.violation([]*simPerson{p}, "%s confirmed the record of %s, which is not closed", p.name, m[1])
				return
			}
			s.recorded = true
		}},
	}
}

// missing finds the session somebody's absence is told of.
func (y *year) missing(p, who *simPerson, no string) *simSession {
	if y.model.sessions[no] == nil {
		y.sessions(dayOf(y.now())) // put on since the morning
	}
	if y.model.sessions[no] == nil {
		y.sessionByNo(no) // one that lies further ahead: a make-up asks whether people can come
	}
	s := y.model.sessions[no]
	if s == nil || who == nil {
		y.violation([]*simPerson{p}, "%s is told of an absence from %s, which nobody planned", p.name, no)
		return nil
	}
	if s.away == nil {
		s.away, s.was = map[*simPerson]string{}, map[*simPerson]string{}
	}
	return s
}

// learnRuled takes the decision on a leave or on a late check-in: once, for a stale card says it again.
func learnRuled(y *year, p *simPerson, _ string, m []string) {
	who := y.byName[m[2]]
	s := y.missing(p, who, m[4])
	if s == nil || y.model.ruled[m[1]] {
		return
	}
	y.model.ruled[m[1]] = true
	granted := m[5] == "同意"
	judged := []string{"leave", "excused", "makes_up", "unexcused", "present"}
	switch {
	case m[3] == "补签" && granted:
		if _, there := s.present[who]; !there {
			s.present[who] = presence{y.now(), 0, "hand"}
		}
		s.expected[who] = true
		y.seen(s, who)
	case m[3] == "补签":
	case granted:
		s.away[who] = "leave"
	case slices.Contains(judged, s.was[who]):
		s.away[who] = s.was[who]
	case s.state == "closed":
		s.away[who] = "explained"
	default:
		s.away[who] = "refused"
	}
}

// seen: who was absent has turned out to be there.
func (y *year) seen(s *simSession, who *simPerson) {
	switch s.away[who] {
	case "unexplained", "explained", "excused", "makes_up", "unexcused":
		s.away[who] = "present"
	}
}

// excused says that somebody need not be there, or has asked not to.
func (s *simSession) excused(p *simPerson) bool { return s.away[p] == "asked" || s.away[p] == "leave" }

// tally counts a session by what people were told: who is expected is present, on leave or absent.
func (s *simSession) tally() (expected, present, leave, absent []*simPerson) {
	all := maps.Clone(s.expected)
	for p := range s.away {
		if s.excused(p) {
			all[p] = true
		}
	}
	for p := range all {
		expected = append(expected, p)
		_, here := s.present[p]
		switch {
		case here:
			present = append(present, p)
		case s.excused(p):
			leave = append(leave, p)
		default:
			absent = append(absent, p)
		}
	}
	return expected, present, leave, absent
}

var closedPattern = regexp.MustCompile(`已关课：(S\d+) .*?应到(\d+) 实到(\d+)(?:（迟到\d+）)?(?: 请假(\d+)（[^）]*）)?(?: 未到(\d+)（[^）]*）)?`)

// learnClose holds the counts of an answer against the roll: expected is present, on leave and absent
// together, and who is absent will be asked why.
func learnClose(y *year, p *simPerson, _ string, m []string) {
	s := y.model.sessions[m[1]]
	if s == nil || s.state != "open" {
		y.violation([]*simPerson{p}, "%s closed %s, which was not open", p.name, m[1])
		return
	}
	s.state = "closed"
	expected, present, leave, absent := s.tally()
	told := make([]int, 4)
	for i := range told {
		told[i], _ = strconv.Atoi(m[2+i])
	}
	if told[0] != told[1]+told[2]+told[3] {
		y.violation([]*simPerson{p}, "%s closes with 应到%d, and %d are present, %d on leave, %d absent", s.no, told[0], told[1], told[2], told[3])
	}
	if want := []int{len(expected), len(present), len(leave), len(absent)}; !slices.Equal(told, want) {
		y.violation([]*simPerson{p}, "%s closes with %v (expected, present, on leave, absent), right are %v", s.no, told, want)
	}
	for _, who := range absent {
		y.missing(p, who, s.no).away[who] = "unexplained"
	}
}

// compareAbsences: what became of everyone who was not there is what people were told.
func (y *year) compareAbsences(d time.Time) {
	var rows []struct {
		No            int64
		Person, State string
	}
	y.all(&rows, `SELECT s.no, p.no AS person, a.state FROM absence a JOIN session s ON s.id = a.session JOIN person p ON p.id = a.person
		WHERE s.starts_at >= $1 AND s.starts_at < $2 ORDER BY s.no, p.no`, d.AddDate(0, 0, -9).UTC(), d.AddDate(0, 0, 1).UTC())
	got := map[string]bool{}
	for _, r := range rows {
		no, p := fmt.Sprintf("S%d", r.No), y.byNo(r.Person)
		s := y.model.sessions[no]
		if s == nil {
			continue // put on and taken off between two looks
		}
		got[no+p.no] = true
		if state := strings.Replace(r.State, "exempt", "leave", 1); s.away[p] != state {
			y.violation([]*simPerson{p, s.lecturer}, "%s: %s is %s, people were told %q", no, p.name, r.State, s.away[p])
		}
	}
	for _, s := range y.model.sessions {
		if s.start.Before(d.AddDate(0, 0, -9)) || !s.start.Before(d.AddDate(0, 0, 1)) {
			continue
		}
		for p, state := range s.away {
			if state != "" && !got[s.no+p.no] {
				y.violation([]*simPerson{p, s.lecturer}, "%s: %s was told to be %s, and is nothing", s.no, p.name, state)
			}
		}
	}
}
