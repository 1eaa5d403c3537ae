//go:build unix

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// model is what must be, by what people did and were told, and by the clauses re-stated here. It
// shares no code with the rules it judges.
type model struct {
	y         *year
	calendar  simCalendar
	plans     map[string]*simPlan    // by office and period
	byNo      map[string]*simPlan    // by number
	sessions  map[string]*simSession // by number
	arranged  map[string]bool        // office and assessment that has its times
	settled   map[string]time.Time   // office, kind, subject: when it was said to be done
	points    map[string]*simEntry   // by number
	ruled     map[string]bool        // decisions on leave, by number
	known2027 bool
}

// simPlan is a plan and its versions.
type simPlan struct {
	office   *simOffice
	period   string // 2026-10 or 2027
	no       string
	versions []simVersion
}

type simVersion struct {
	state     string
	since     time.Time // when it came into this state
	submitted time.Time
	by        *simPerson
}

// simSession is one session.
type simSession struct {
	no       string
	office   *simOffice
	start    time.Time
	end      time.Time
	title    string
	lecturer *simPerson
	state    string
	changed  time.Time // when its time was last set
	expected map[*simPerson]bool
	present  map[*simPerson]presence
	codes    []string // those told, oldest first
	opened   time.Time
	codeAt   time.Time
	away     map[*simPerson]string // leave and absence, as people were told
	was      map[*simPerson]string // before the leave that is asked now
	recorded bool

	run                      string
	shifts                   []string
	anyone                   bool // no list of names
	invited, added, released map[*simPerson]bool
}

type presence struct {
	at   time.Time
	late int
	way  string
}

// simEntry is one line of somebody's points.
type simEntry struct {
	no       string
	person   *simPerson
	points   int
	month    string
	reversed bool
}

func newModel(y *year) model {
	m := model{y: y, calendar: simCalendar{}, plans: map[string]*simPlan{}, byNo: map[string]*simPlan{}, sessions: map[string]*simSession{},
		settled: map[string]time.Time{}, arranged: map[string]bool{}, points: map[string]*simEntry{}, ruled: map[string]bool{}}
	for _, file := range []string{"configs/holidays/2025.csv", "configs/holidays/2026.csv"} {
		if err := m.calendar.load(file); err != nil {
			y.t.Fatal(err)
		}
	}
	return m
}

// in gives the version of a plan that is in a state.
func (p *simPlan) in(state string) *simVersion {
	if p == nil {
		return nil
	}
	for i := range p.versions {
		if p.versions[i].state == state {
			return &p.versions[i]
		}
	}
	return nil
}

func (p *simPlan) latest() *simVersion {
	if p == nil || len(p.versions) == 0 {
		return nil
	}
	return &p.versions[len(p.versions)-1]
}

// version gives version n, 1 the first; those before it are drafts nobody has told us of.
func (p *simPlan) version(n int) *simVersion {
	for len(p.versions) < n {
		p.versions = append(p.versions, simVersion{state: "draft"})
	}
	return &p.versions[n-1]
}

// A lesson is how the model learns from an answer: a pattern, and what it means when this person got
// it. A word that lands later is one more row.
type lesson struct {
	pattern *regexp.Regexp
	means   func(y *year, p *simPerson, line string, m []string)
}

func lessons() []lesson {
	re := regexp.MustCompile
	return []lesson{
		{re(`(\d{4})年(?:(\d+)月|度)?培训计划 草稿[^〔]*?(P\d+) v(\d+)`), func(y *year, p *simPerson, _ string, m []string) {
			y.version(p, m, "draft")
		}},
		{re(`已上报(\d{4})年(?:(\d+)月|度)?培训计划 (P\d+) v(\d+)`), func(y *year, p *simPerson, _ string, m []string) {
			plan, v := y.version(p, m, "submitted")
			v.submitted, v.by = y.now(), p
			for i := range plan.versions { // a second submission takes the place of one that waits
				if x := &plan.versions[i]; x != v && x.state == "submitted" {
					x.state, x.since = "withdrawn", y.now()
				}
			}
		}},
		{re(`已批准(\d{4})年(?:(\d+)月|度)?培训计划 (P\d+) v(\d+)。批准人`), func(y *year, p *simPerson, _ string, m []string) {
			plan, v := y.version(p, m, "approved")
			for i := range plan.versions {
				if x := &plan.versions[i]; x != v && x.state == "approved" {
					x.state, x.since = "superseded", y.now()
				}
			}
		}},
		{re(`已驳回(\d{4})年(?:(\d+)月|度)?培训计划 (P\d+) v(\d+)[：（，]`), func(y *year, p *simPerson, _ string, m []string) { y.version(p, m, "returned") }},
		{re(`已撤回(\d{4})年(?:(\d+)月|度)?培训计划 (P\d+) v(\d+)[，（]`), func(y *year, p *simPerson, _ string, m []string) { y.version(p, m, "withdrawn") }},
		{re(`签到开放：(S\d+) .*?口令 (\d{4}).*?等(\d+)人签到`), learnOpen},
		{re(`^签到成功 (\d\d:\d\d)，(.+?)(?:，迟到|。)`), learnCheckIn},
		{re(`已代(\S+?)登记到场：(S\d+) `), learnMark},
		{closedPattern, learnClose},
		{re(`已取消：(S\d+) `), func(y *year, _ *simPerson, _ string, m []string) {
			if s := y.model.sessions[m[1]]; s != nil {
				s.state = "cancelled"
			}
		}},
		{re(`已登记：(.*?)完成，不再催办`), learnSettled},
		{re(`已安排(.*?)（T\d+）：`), func(y *year, p *simPerson, _ string, m []string) {
			for _, s := range p.stays { // the safety officer of two offices arranges for either
				y.model.arranged[s.office.name+" "+m[1]] = true
			}
		}},
		{re(`已登记 (F\d+)：(\S+?) 考勤分(-\d+)：(.*)`), func(y *year, p *simPerson, _ string, m []string) {
			y.entry(p, y.byName[m[2]], m[1], m[3], m[4], m[4])
		}},
		{re(`已撤销 (F\d+)（(.+)`), func(y *year, p *simPerson, _ string, m []string) { y.reverse(p, m[1]) }},
		{re(`(\d{4})年(\d+)月考勤分 (-?\d+)（基数100）`), learnBalance},
	}
}

// learn lets the model see what somebody did and was answered.
func (y *year) learn(p *simPerson, line, answer string) {
	for _, l := range slices.Concat(lessons(), absenceLessons()) {
		if m := l.pattern.FindStringSubmatch(answer); m != nil {
			l.means(y, p, line, m)
		}
	}
}

// version finds the version an answer speaks of and puts it into a state.
func (y *year) version(p *simPerson, m []string, state string) (*simPlan, *simVersion) {
	period := m[1]
	if m[2] != "" {
		month, _ := strconv.Atoi(m[2])
		period = fmt.Sprintf("%s-%02d", m[1], month)
	}
	plan := y.model.byNo[m[3]]
	if plan == nil {
		plan = &simPlan{office: p.office(), period: period, no: m[3]}
		key := plan.office.name + " " + period
		if old := y.model.plans[key]; old != nil {
			y.violation([]*simPerson{p}, "%s has two plans for %s, %s and %s", plan.office.name, period, old.no, plan.no)
		}
		y.model.plans[key], y.model.byNo[plan.no] = plan, plan
	}
	if plan.period != period {
		y.violation([]*simPerson{p}, "%s is the plan for %s, the answer says %s", plan.no, plan.period, period)
	}
	n, _ := strconv.Atoi(m[4])
	v := plan.version(n)
	if v.state != state {
		v.state, v.since = state, y.now()
	}
	return plan, v
}

func learnOpen(y *year, p *simPerson, _ string, m []string) {
	s := y.model.sessions[m[1]]
	if s == nil {
		y.violation([]*simPerson{p}, "%s opened %s, which nobody planned", p.name, m[1])
		return
	}
	if s.state == "planned" {
		y.sessions(dayOf(s.start)) // whom it is for may have changed since the morning
		s.state, s.opened = "open", y.now()
		s.expected = y.expected(s)
	}
	if len(s.codes) == 0 || s.codes[len(s.codes)-1] != m[2] {
		s.codes, s.codeAt = append(s.codes, m[2]), y.now()
	}
	if fmt.Sprint(len(s.expected)) != m[3] {
		y.violation([]*simPerson{p}, "%s: %s are expected by the answer, %d by the staff list", s.no, m[3], len(s.expected))
	}
}

// learnCheckIn takes a presence the bot has confirmed: of the session whose code was said.
func learnCheckIn(y *year, p *simPerson, line string, m []string) {
	var code string
	for _, r := range line {
		if r >= '０' && r <= '９' {
			r += '0' - '０'
		}
		if r >= '0' && r <= '9' {
			code += string(r)
		}
	}
	for _, s := range y.model.sessions {
		if s.title != m[2] || s.state != "open" || y.now().Sub(s.end) > 4*time.Hour || !s.expected[p] || len(s.codes) == 0 || s.codes[len(s.codes)-1] != code && (len(s.codes) < 2 || s.codes[len(s.codes)-2] != code) {
			continue
		}
		if _, twice := s.present[p]; twice {
			y.violation([]*simPerson{p}, "%s checked in to %s twice", p.name, s.no)
		}
		late := max(0, int(y.now().Sub(s.start)/time.Minute))
		s.present[p] = presence{y.now(), late, "code"}
		if at := y.local().Format("15:04"); at != m[1] {
			y.violation([]*simPerson{p}, "the check-in at %s is told as %s", at, m[1])
		}
		return
	}
	y.violation([]*simPerson{p}, "%s said %q and is present at a session of which that is no code", p.name, line)
}

func learnMark(y *year, p *simPerson, _ string, m []string) {
	s, who := y.model.sessions[m[2]], y.byName[m[1]]
	if s == nil || who == nil || !s.expected[who] || s.state != "open" && s.state != "closed" {
		y.violation([]*simPerson{p}, "%s marked %s at %s, who is not expected there", p.name, m[1], m[2])
		return
	}
	if _, twice := s.present[who]; twice {
		y.violation([]*simPerson{p, who}, "%s was marked at %s and was there already", who.name, s.no)
	}
	s.present[who] = presence{y.now(), 0, "hand"}
	y.seen(s, who)
}

var (
	monthlyDone = regexp.MustCompile(`^(\d{4})年(\d+)月培训的考核`)
	fireDone    = regexp.MustCompile(`^(\d{4})年第(\d)季度消防考核`)
)

// learnSettled takes what was said to be done off the list of deadlines.
func learnSettled(y *year, p *simPerson, line string, m []string) {
	what := m[1]
	var key string
	if x := monthlyDone.FindStringSubmatch(what); x != nil {
		month, _ := strconv.Atoi(x[2])
		key = fmt.Sprintf("D7 %s-%02d", x[1], month)
	} else if x := fireDone.FindStringSubmatch(what); x != nil {
		key = fmt.Sprintf("D8 %sQ%s", x[1], x[2])
	} else {
		for _, h := range y.people {
			if strings.HasPrefix(what, h.name) {
				key = "D6 " + h.no
				if strings.Contains(what, "理论部分") {
					key = "D5 " + h.no
				}
			}
		}
	}
	if key == "" {
		y.violation([]*simPerson{p}, "%s said %q; what is done by the answer %q?", p.name, line, what)
		return
	}
	y.model.settled[p.office().name+" "+key] = y.now()
}

// A telling is what somebody learns by a message of their own, whoever caused it.
func tellings() []lesson {
	re := regexp.MustCompile
	return []lesson{
		{re(`(?s)考勤分 (-\d+)\n(F\d+) · 规程[\d.]+\n(.*)`), func(y *year, p *simPerson, _ string, m []string) { y.entry(p, p, m[2], m[1], m[3], m[3]) }},
		{re(`^(S\d+) 已取消，您的请假不用再批`), func(y *year, p *simPerson, _ string, m []string) {
			if s := y.missing(p, p, m[1]); s != nil && s.away[p] == "asked" {
				s.away[p] = "withdrawn"
			}
		}},
		{re(`已撤销 (F\d+)（(.+)`), func(y *year, p *simPerson, _ string, m []string) {
			if e := y.model.points[m[1]]; e != nil && e.person == p && !e.reversed {
				y.reverse(p, m[1])
			}
		}},
	}
}

// takes is what the clauses take for a fact, by the words it is told in (6.2.2, 6.2.3).
var takes = []struct {
	fact   *regexp.Regexp
	points int
}{
	{regexp.MustCompile(`纪律`), -1}, {regexp.MustCompile(`缺席|旷课`), -2}, {regexp.MustCompile(`考核表|评价`), -1},
	{regexp.MustCompile(`第1次`), -3}, {regexp.MustCompile(`第2次`), -6}, {regexp.MustCompile(`第3次`), -10},
}

var datePattern = regexp.MustCompile(`(?:(\d{4})年)?(\d+)月(\d+)日`)

// entry takes a deduction that was told: what it takes must be what the clause says, it counts for
// the month of the fact, and one number is one deduction.
func (y *year) entry(p, who *simPerson, no, points, fact, evidence string) {
	n, _ := strconv.Atoi(points)
	if who == nil {
		y.violation([]*simPerson{p}, "%s takes points of somebody whom nobody knows: %s", no, fact)
		return
	}
	right := slices.ContainsFunc(takes, func(t struct {
		fact   *regexp.Regexp
		points int
	}) bool {
		return t.fact.MatchString(fact) && t.points == n
	})
	if !right {
		y.violation([]*simPerson{p, who}, "%s takes %d of %s for %q", no, n, who.name, fact)
	}
	e := y.model.points[no]
	if e == nil {
		e = &simEntry{no: no, person: who, points: n, month: y.local().Format("2006-01")}
		y.model.points[no] = e
	}
	if m := datePattern.FindStringSubmatch(evidence); m != nil {
		month, _ := strconv.Atoi(m[2])
		year := y.local().Year()
		if month > int(y.local().Month()) {
			year--
		}
		e.month = fmt.Sprintf("%d-%02d", year, month)
	}
	if e.person != who || e.points != n {
		y.violation([]*simPerson{p, who}, "%s is told as %d of %s and as %d of %s", no, e.points, e.person.name, n, who.name)
	}
}

// learnBalance holds what somebody is told of their points against the sum.
func learnBalance(y *year, p *simPerson, _ string, m []string) {
	month, _ := strconv.Atoi(m[2])
	key, sum := fmt.Sprintf("%s-%02d", m[1], month), 100
	for _, e := range y.model.points {
		if e.person == p && e.month == key && !e.reversed {
			sum += e.points
		}
	}
	if fmt.Sprint(sum) != m[3] {
		y.violation([]*simPerson{p}, "%s is told %s points for %s, right are %d", p.name, m[3], key, sum)
	}
}

func (y *year) reverse(p *simPerson, no string) {
	e := y.model.points[no]
	if e == nil || e.reversed {
		y.violation([]*simPerson{p}, "%s reverses %s, which is not there to be reversed", p.name, no)
		return
	}
	e.reversed = true
}
