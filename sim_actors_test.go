//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
)

// What people do. A habit is something they do by themselves, an answer something they do because
// of what their phone shows. A word that lands later is one more row.

// reaction is what somebody does when the phone shows something.
type reaction struct {
	name    string
	role    domain.Role // who; "": anybody
	sees    *regexp.Regexp
	chance  float64
	after   [2]time.Duration // how long they take, from … to
	do      func(y *year, p *simPerson, m []string)
	passive bool // also to the answer of what they said themselves
}

func reactions() []reaction {
	re := regexp.MustCompile
	const minute, hour = time.Minute, time.Hour
	return []reaction{
		{name: "why", sees: re(`截止：`), chance: 0.03, after: [2]time.Duration{minute, 20 * minute}, do: says("为什么")},
		{name: "a reason is asked for", sees: re(`请写一句|写一句`), passive: true, chance: 0.9, after: [2]time.Duration{20 * time.Second, 3 * minute}, do: func(y *year, p *simPerson, _ []string) {
			y.say(p, one(y.rand("reasons "+p.no), simReasons))
		}},
		{name: "a guess is asked back", sees: re(`回复「是」就执行`), passive: true, chance: 1, after: [2]time.Duration{10 * time.Second, minute}, do: func(y *year, p *simPerson, _ []string) {
			y.say(p, one(y.rand("guess "+p.no), []string{"是", "算了", "算了"}))
		}},
		{name: "an appeal", role: domain.Trainee, sees: re(`考勤分-\d+.*申诉 (F\d+)`), chance: 0.4, after: [2]time.Duration{10 * minute, 30 * hour}, do: func(y *year, p *simPerson, m []string) {
			y.say(p, "申诉 "+m[1]+" 我当时在处理业主报修")
		}},
		{name: "monthly assessment", role: domain.Supervisor, sees: re(`「(考核 已完成 月度 \d{4}-\d\d)」`), chance: 0.55, after: [2]time.Duration{hour, 30 * hour}, do: function(1)},
		{name: "fire assessment", role: domain.SafetyOfficer, sees: re(`(消防知识考核)还没有登记完成`), chance: 0.6, after: [2]time.Duration{hour, 30 * hour}, do: says("考核 已完成 消防")},
		{name: "fire assessment by the supervisor", role: domain.Supervisor, sees: re(`(消防知识考核)还没有登记完成`), chance: 0.3, after: [2]time.Duration{hour, 60 * hour}, do: says("考核 已完成 消防")},
		{name: "theory part", role: domain.Supervisor, sees: re(`「(考核 已完成 岗前 \S+)」`), chance: 0.6, after: [2]time.Duration{hour, 40 * hour}, do: function(1)},
		{name: "theory test", role: domain.Supervisor, sees: re(`「(考核 已完成 \p{Han}{2,4})」`), chance: 0.6, after: [2]time.Duration{hour, 40 * hour}, do: function(1)},
		{name: "lecture", sees: re(`发「开课 (S\d+)」取签到口令`), chance: 1, after: [2]time.Duration{}, do: lecture},
		{name: "left open", sees: re(`还没有关课.*\s*.*发「关课 (S\d+)`), chance: 0.9, after: [2]time.Duration{minute, 90 * minute}, do: func(y *year, p *simPerson, m []string) {
			y.say(p, fmt.Sprintf("关课 %s %d人", m[1], y.heads(m[1])))
		}},
	}
}

var simReasons = []string{"22号前台验收，客服走不开", "业主大会占用了培训室", "手机没电", "客户投诉正在处理", "按规程来", "已经补交了说明"}

// says says one line.
func says(line string) func(*year, *simPerson, []string) {
	return func(y *year, p *simPerson, _ []string) { y.say(p, line) }
}

// function says what the phone proposed.
func function(group int) func(*year, *simPerson, []string) {
	return func(y *year, p *simPerson, m []string) { y.say(p, m[group]) }
}

// react lets somebody act on what came: by the table, and by pressing what can be pressed.
func (y *year) react(p *simPerson, x wecomtest.Shown, text string) {
	d := dayOf(y.now())
	for _, r := range reactions() {
		if x.Passive && !r.passive || r.role != "" && !p.holds(nil, r.role, d) {
			continue
		}
		m := r.sees.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		s := y.rand(r.name + " " + p.no)
		if s.Float64() >= r.chance {
			continue
		}
		y.after(between(s, r.after), func() { r.do(y, p, m) })
	}
	if x.Card != nil && x.Card.State == wecomtest.Live && len(x.Card.Buttons) > 0 {
		y.tempt(p, *x.Card)
	}
}

func between(r *rand.Rand, s [2]time.Duration) time.Duration {
	if s[1] <= s[0] {
		return s[0]
	}
	return s[0] + time.Duration(r.Int64N(int64(s[1]-s[0])))
}

// tempt lets somebody press a button of a card that came: soon, late, when it is dead already, or never.
func (y *year) tempt(p *simPerson, c wecomtest.Card) {
	r := y.rand("press " + p.no)
	wait := time.Duration(r.Int64N(int64(40 * time.Hour)))
	if r.IntN(3) == 0 {
		wait = time.Duration(r.Int64N(int64(2 * time.Hour)))
	}
	b := c.Buttons[r.IntN(len(c.Buttons))]
	if i := slices.IndexFunc(c.Buttons, func(b wecomtest.Button) bool { return b.Style == 1 }); i >= 0 && r.IntN(5) < 3 {
		b = c.Buttons[i]
	}
	if r.IntN(10) < 3 || decisive(c) && r.IntN(3) == 0 {
		return
	}
	twice := r.IntN(12) == 0
	y.after(wait, func() {
		if !p.in(nil, dayOf(y.now())) {
			return
		}
		y.press(p, c, b)
		if twice { // two taps within one second are one for the platform
			y.after(20*time.Second, func() { y.press(p, c, b) })
		}
	})
}

// decisive says that a card is the director's over a plan: what he does with it is a habit of his own.
func decisive(c wecomtest.Card) bool { return strings.Contains(c.Title, "待审批") }

// heads is what somebody counts in the room.
func (y *year) heads(no string) int {
	s := y.model.sessions[no]
	if s == nil {
		return 0
	}
	n := len(s.present)
	if y.chance("heads", 0.15) {
		n++
	}
	return n
}

// ---- the plan (5.1) -----------------------------------------------------------------------------

// planning puts on the agenda how the plan of a period is made this time: in time mostly, late
// sometimes, with changes, returned, withdrawn, decided late.
func (y *year) planning(o *simOffice, p planDates) {
	r := y.rand("planning " + o.name)
	month := monthOf(p.due)
	submit := month.AddDate(0, 0, 14+r.IntN(11))
	switch n := r.IntN(20); {
	case n == 0: // forgotten until the month has begun
		submit = month.AddDate(0, 1, r.IntN(3))
	case n < 5:
		submit = month.AddDate(0, 0, 24+r.IntN(5))
	}
	if p.annual {
		submit = p.due.AddDate(0, 0, r.IntN(14)-9)
	}
	say := ""
	if r.IntN(2) == 0 || p.annual || submit.Month() != month.Month() {
		say = " " + p.period
	}
	hour := func(d time.Time) time.Time { return clockOn(d, 9+r.IntN(10), 1+r.IntN(58)).Add(7 * time.Second) }
	at := hour(submit)
	for range r.IntN(3) {
		y.at(at.AddDate(0, 0, -1), func() { y.supervisor(o, "拟计划"+say) })
	}
	adds, withdraw := r.IntN(3), r.IntN(12) == 0
	y.at(at, func() {
		y.supervisor(o, "拟计划"+say)
		for i := 0; i < adds && !p.annual; i++ {
			y.supervisor(o, y.addition(p, r))
		}
		y.supervisor(o, "报计划 "+p.period)
		if withdraw {
			y.after(2*time.Hour, func() {
				if plan := y.model.plans[o.name+" "+p.period]; plan.in("submitted") != nil {
					y.supervisor(o, "撤回 "+plan.no)
					y.after(20*time.Hour, func() { y.supervisor(o, "报计划 "+p.period) })
				}
			})
		}
	})
	decide := hour(submit.AddDate(0, 0, r.IntN(5)))
	if r.IntN(8) == 0 { // he is away
		decide = hour(p.approval.AddDate(0, 0, 1+r.IntN(6)))
	}
	for range 4 {
		back, words := r.IntN(5) == 0, r.IntN(3) == 0
		y.at(decide, func() { y.decide(o, p, back, words) })
		decide = hour(dayOf(decide).AddDate(0, 0, 2+r.IntN(2)))
	}
}

// supervisor lets the supervisor say something.
func (y *year) supervisor(o *simOffice, line string) string {
	if people := y.with(o, domain.Supervisor, dayOf(y.now())); len(people) > 0 {
		return y.say(people[0], line)
	}
	return ""
}

// addition is a session that somebody would like to see on a plan.
func (y *year) addition(p planDates, r *rand.Rand) string {
	first := day(p.period + "-01")
	topics := []string{"如何与业主沟通", "突发事件的处理", "客服人员岗位职责", "案例分析研讨"}
	return fmt.Sprintf("加一场 %s %02d:%02d %s", first.AddDate(0, 0, r.IntN(28)).Format(time.DateOnly), 10+r.IntN(3), 5*r.IntN(12), one(r, topics))
}

// decide has the director look at what waits: on the card that came, or in words.
func (y *year) decide(o *simOffice, p planDates, back, words bool) {
	plan := y.model.plans[o.name+" "+p.period]
	v := plan.in("submitted")
	if v == nil {
		return
	}
	ref := fmt.Sprintf("%s v%d", plan.no, slices.IndexFunc(plan.versions, func(x simVersion) bool { return x.state == "submitted" })+1)
	bosses := y.with(o, domain.Director, dayOf(y.now()))
	if len(bosses) == 0 {
		return
	}
	boss := bosses[0]
	c, ok := boss.card(ref, "〔同意〕")
	word := "同意"
	if back {
		word = "驳回"
	}
	i := slices.IndexFunc(c.Buttons, func(b wecomtest.Button) bool { return b.Text == word })
	switch {
	case !words && ok && i >= 0:
		y.press(boss, c, c.Buttons[i])
	case back:
		y.say(boss, "驳回 "+ref+" "+one(y.rand("returns"), simReasons))
	default:
		y.say(boss, "同意 "+ref)
	}
	if back { // the supervisor changes it and hands it in again
		again := y.rand("again " + o.name)
		y.after(time.Duration(4+again.IntN(50))*time.Hour, func() {
			if x := plan.latest(); x.state != "returned" && x.state != "draft" {
				return
			}
			if !p.annual {
				y.supervisor(o, y.addition(p, again))
			} else {
				y.supervisor(o, "改期 "+plan.no+" 1 "+p.period+"-03-01 00:00")
			}
			y.supervisor(o, "报计划 "+p.period)
		})
	}
}

// revise changes a plan in force (5.3.2, 5.4.5).
func (y *year) revise(o *simOffice, d time.Time) {
	r := y.rand("revise " + o.name)
	if r.IntN(60) != 0 {
		return
	}
	period := d.Format("2006-01")
	plan := y.model.plans[o.name+" "+period]
	if plan.in("approved") == nil || plan.in("submitted") != nil || d.Day() > 22 {
		return
	}
	y.at(clockOn(d, 11, 20), func() {
		y.supervisor(o, fmt.Sprintf("加一场 %s %02d:%02d 突发事件的处理", d.AddDate(0, 0, 3+r.IntN(5)).Format(time.DateOnly), 10, r.IntN(60)))
		y.supervisor(o, "报计划 "+period)
	})
	decide := clockOn(d.AddDate(0, 0, r.IntN(3)), 13, 10+r.IntN(40))
	y.at(decide, func() {
		y.decide(o, planDates{period: period, approval: d}, false, r.IntN(2) == 0)
	})
}

// ---- the training day (5.3) ---------------------------------------------------------------------

// lecture is what a lecturer does who was told that a session begins: opens, gives the code, renews
// it, sees who is there, closes. Trainees act on the code.
func lecture(y *year, p *simPerson, m []string) {
	s := y.model.sessions[m[1]]
	r := y.rand("lecture " + p.no)
	if s == nil || s.lecturer != p || s.state != "planned" || y.local().After(s.start) {
		return
	}
	start := s.start
	switch n := r.IntN(100); {
	case n < 3: // forgets it altogether
		return
	case n < 5:
		y.say(p, "取消 "+s.no+" "+one(r, simReasons))
		return
	case n < 8:
		to := start.AddDate(0, 0, 1+r.IntN(2))
		y.say(p, fmt.Sprintf("改期 %s %s %02d:%02d 培训室被占用", s.no, to.Format(time.DateOnly), 13+r.IntN(6), r.IntN(60)))
		return
	}
	y.at(start.Add(-time.Duration(5+r.IntN(20))*time.Minute), func() { y.open(p, s, start) })
}

// open opens a session and lets the trainees come.
func (y *year) open(p *simPerson, s *simSession, start time.Time) {
	if s.state != "planned" || !s.start.Equal(start) {
		return
	}
	y.say(p, "开课 "+s.no)
	if s.state != "open" {
		return
	}
	for _, t := range y.people {
		if s.expected[t] {
			y.attend(t, s)
		}
	}
	r := y.rand("lecture " + p.no)
	for back := 12; back < 60; back += 12 { // a new code for those who are late
		y.at(s.opened.Add(time.Duration(back)*time.Minute), func() { y.renew(p, s) })
	}
	if r.IntN(3) == 0 {
		y.at(start.Add(15*time.Minute), func() { y.say(p, "点名 "+s.no) })
	}
	if r.IntN(14) == 0 {
		y.at(start.Add(40*time.Minute), func() {
			for _, t := range y.people { // one who did not listen
				if _, there := s.present[t]; there && r.IntN(6) == 0 {
					y.say(p, fmt.Sprintf("违纪 %s %s 课上玩手机，两次提醒不听", s.no, t.name))
					return
				}
			}
		})
	}
	if r.IntN(25) > 0 { // else it is forgotten, and reminded of
		y.at(s.end.Add(time.Duration(r.IntN(25))*time.Minute), func() { y.finish(p, s) })
	}
}

func (y *year) renew(p *simPerson, s *simSession) {
	if s.state == "open" && y.local().Before(s.end) {
		y.say(p, "开课 "+s.no)
	}
}

// finish marks who has no phone with them and closes.
func (y *year) finish(p *simPerson, s *simSession) {
	if s.state != "open" {
		return
	}
	r := y.rand("finish " + p.no)
	for _, t := range y.people {
		if _, there := s.present[t]; s.expected[t] && !there && r.IntN(8) == 0 {
			y.say(p, fmt.Sprintf("点名 %s %s 到 %s", s.no, t.name, one(r, []string{"手机没电", "没带手机", "信号不好"})))
		}
	}
	y.say(p, fmt.Sprintf("关课 %s %d人 %s", s.no, y.heads(s.no), one(r, []string{"", "大家听得认真", "回访时限说不清楚"})))
}

// attend is one trainee and one session.
func (y *year) attend(t *simPerson, s *simSession) {
	r := y.rand("attend " + t.no)
	n := r.IntN(1000)
	at := s.opened.Add(time.Duration(20+r.IntN(560)) * time.Second) // while the first code is shown
	first := s.codes[0]
	line := one(r, []string{"签到 %s", "签到 %s", "签到%s", "%s", "／签到　%s"})
	switch {
	case n < 40: // does not come
		return
	case n < 90: // late, with the code of that moment
		y.at(s.start.Add(time.Duration(1+r.IntN(40))*time.Minute), func() { y.checkIn(t, s, line, "") })
	case n < 110: // mistyped first
		y.at(at, func() {
			y.checkIn(t, s, line, wrong(first))
			y.checkIn(t, s, line, first)
		})
	case n < 130: // twice
		y.at(at, func() {
			y.checkIn(t, s, line, first)
			y.checkIn(t, s, line, first)
		})
	case n < 140: // with a code that is over
		y.at(s.opened.Add(13*time.Minute), func() {
			if last := s.codes[len(s.codes)-1]; last != first {
				y.checkIn(t, s, line, first)
			}
			y.checkIn(t, s, line, "")
		})
	default:
		y.at(at, func() { y.checkIn(t, s, line, first) })
	}
}

// codeEnds is when the last code that was told is over: it changes ten minutes after ten, and the old
// one is good for two more.
func (s *simSession) codeEnds() time.Time {
	const period, grace = 10 * time.Minute, 2 * time.Minute
	return s.codeAt.Add(period - s.codeAt.Sub(s.opened)%period + grace)
}

// wrong is a code that is not the one.
func wrong(code string) string {
	b := []byte(code)
	b[3] = '0' + (b[3]-'0'+1)%10
	return string(b)
}

// checkIn says a code, "" the one on the wall, and holds the answer against what must be.
func (y *year) checkIn(t *simPerson, s *simSession, line, code string) {
	if y.down || !t.in(s.office, dayOf(y.now())) {
		return
	}
	if code == "" {
		code = s.codes[len(s.codes)-1]
	}
	_, before := s.present[t]
	shown := code == s.codes[len(s.codes)-1] && y.now().Before(s.codeEnds()) && s.state == "open"
	answer := y.say(t, fmt.Sprintf(line, code))
	_, now := s.present[t]
	switch {
	case !now && shown && !before:
		y.violation([]*simPerson{t, s.lecturer}, "%s said the code of %s and is not present: %s", t.name, s.no, answer)
	case now && !before && !slices.Contains(s.codes, code):
		y.violation([]*simPerson{t, s.lecturer}, "%s said %s, which is no code of %s, and is present", t.name, code, s.no)
	}
}
