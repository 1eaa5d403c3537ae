package demo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// step is one line of 先试什么.
type step struct {
	User  string `json:"user,omitempty"` // whose phone it happens on; empty: the clock
	Title string `json:"title"`
	Hint  string `json:"hint"`
	Line  string `json:"line,omitempty"` // what to type
	Jump  string `json:"jump,omitempty"` // the shortcut to press
	Done  bool   `json:"done"`
}

// guide gives the steps a newcomer should try, each ticked off once it has happened.
func (p *Page) guide(f Facts, now time.Time) []step {
	trainee, supervisor, director := p.w.Cast[0], p.w.Cast[1], p.w.Cast[2]
	opened := f.CheckedIn || f.Class != nil && f.Class.State != "planned"
	pass := "口令"
	if f.Class != nil && f.Class.Pass != "" {
		pass = f.Class.Pass
	}
	plan, known := p.played(f)
	sent := known && (plan.State == "submitted" || plan.State == "approved")
	write := step{User: supervisor, Title: p.name(supervisor) + " 上报计划", Line: "拟计划",
		Hint: "发「拟计划」，看草稿和依据，再发「报计划」", Done: sent}
	if known && plan.State == "draft" {
		write.Line, write.Hint = "报计划", "草稿有了，发「报计划」送审"
	}
	goal := december(p.begun.In(p.w.Zone), 25, 9*60)
	clock := step{Title: "把时钟拨到 25 日", Jump: "12-25", Done: !now.Before(goal),
		Hint: fmt.Sprintf("点「12-25 08:59」，再点「+1 分钟」，%d年1月计划的提醒就来了", goal.Year()+1)}
	if !clock.Done && goal.Sub(now) <= time.Minute {
		clock.Jump, clock.Hint = "m1", "还差一分钟：点「+1 分钟」"
	}
	return p.ticked([]step{
		{User: supervisor, Title: p.name(supervisor) + " 开课", Line: "开课", Hint: "发「开课」，得到签到口令", Done: opened},
		{User: trainee, Title: p.name(trainee) + " 签到", Line: "签到 " + pass, Hint: "发「签到 " + pass + "」，口令在现场白板上", Done: f.CheckedIn},
		write,
		{User: director, Title: p.name(director) + " 审批", Line: "待批", Hint: "在审批卡上点「同意」，卡片随即变灰落款", Done: known && plan.State == "approved"},
		clock,
		{User: supervisor, Title: "问一句「为什么」", Line: "为什么", Hint: "机器人说出条款、依据和算法", Done: p.asked("为什么")},
	})
}

// ticked keeps what was ticked off once: a class that is over has been held all the same.
func (p *Page) ticked(steps []step) []step {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = make([]bool, len(steps))
	}
	for i := range steps {
		p.done[i] = p.done[i] || steps[i].Done
		steps[i].Done = p.done[i]
	}
	return steps
}

// played gives the plan that moved last since the demo began.
func (p *Page) played(f Facts) (Plan, bool) {
	var best Plan
	for _, x := range f.Plans {
		if x.Since.Before(p.begun) {
			continue
		}
		if rank(x) > rank(best) || rank(x) == rank(best) && x.Since.After(best.Since) {
			best = x
		}
	}
	return best, best.Period != ""
}

// rank says how far a plan has come.
func rank(x Plan) int {
	switch x.State {
	case "approved":
		return 3
	case "submitted":
		return 2
	case "":
		return 0
	}
	return 1
}

// chip is one suggestion above the input of a phone.
type chip struct {
	Line string `json:"line"`
	Hot  bool   `json:"hot,omitempty"` // this is what fits the moment
}

// chips suggests what a person could say now; the table of roles and words is outside.md's.
func (p *Page) chips(who Person, f Facts, now time.Time) []chip {
	var out []chip
	add := func(hot bool, lines ...string) {
		for _, l := range lines {
			out = append(out, chip{l, hot})
		}
	}
	add(false, p.offered(who.User)...)
	lectures := who.Has("主管") || who.Has("教练") || who.Has("安全主管") || who.Has("保安班长")
	if c := f.Class; c != nil {
		mine := who.Has("主管") || lectures && c.Lecturer == who.Name
		switch {
		case c.State == "open" && c.Pass != "" && who.Has("学员") && !has(c.Present, who.User):
			add(true, "签到 "+c.Pass)
		case c.State == "open" && mine:
			add(false, "点名")
			add(!now.Before(c.Start.Add(20*time.Minute)), "关课")
		case c.State == "planned" && mine && now.After(c.Start.Add(-2*time.Hour)):
			add(true, "开课")
		}
	}
	waiting := state(f, "submitted")
	if who.Has("主任") {
		add(waiting, "待批")
	}
	if who.Has("主管") {
		draft := state(f, "draft") || state(f, "returned")
		if draft {
			add(true, "报计划")
		}
		add(false, "拟计划")
		if year := now.In(p.w.Zone).Year() + 1; now.In(p.w.Zone).Month() >= time.November && !period(f, fmt.Sprint(year)) {
			add(false, fmt.Sprintf("拟计划 %d", year))
		}
	}
	if who.Has("管理员") {
		add(false, "自检", "规程", "节假日")
	}
	add(false, "今日")
	if who.Has("主管") || who.Has("主任") {
		add(false, "计划")
	}
	add(false, "课表", "为什么", "帮助")
	return unique(out)
}

// unique drops what is suggested twice; a suggestion that is hot in one place is so for good.
func unique(in []chip) []chip {
	var out []chip
	at := map[string]int{}
	for _, c := range in {
		if i, ok := at[c.Line]; ok {
			out[i].Hot = out[i].Hot || c.Hot
			continue
		}
		at[c.Line] = len(out)
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b chip) int { // what fits the moment stands first
		switch {
		case a.Hot == b.Hot:
			return 0
		case a.Hot:
			return -1
		}
		return 1
	})
	return out
}

var (
	quoted = regexp.MustCompile(`(如)?「([^」]{2,40})」`)
	// ready is a line a person can send as it stands: a command with its thing, nothing to fill in.
	ready = regexp.MustCompile(`^(考核 已完成( \S+){1,2}|(拟计划|报计划|计划|同意) [P\d][\dv -]*)$`)
)

// offered gives the lines the bot itself offered, in what it said since the person spoke last.
func (p *Page) offered(user string) []string {
	var out []string
	all := p.w.Phones.Inbox(user)
	for i := len(all) - 1; i >= max(0, len(all)-6) && len(out) < 3; i-- {
		m := all[i]
		if m.Mine {
			break
		}
		for _, q := range quoted.FindAllStringSubmatch(m.Text, -1) {
			if line := q[2]; q[1] == "" && ready.MatchString(line) && !has(out, line) { // 如「…」 is an example
				out = append(out, line)
			}
		}
	}
	return out
}

func state(f Facts, s string) bool {
	for _, x := range f.Plans {
		if x.State == s {
			return true
		}
	}
	return false
}

func period(f Facts, s string) bool {
	for _, x := range f.Plans {
		if x.Period == s {
			return true
		}
	}
	return false
}

func has(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// asked says whether anybody has typed a line that begins with the word since the demo began.
func (p *Page) asked(word string) bool {
	for _, x := range p.w.People {
		for _, m := range p.w.Phones.Inbox(x.User) {
			if m.Mine && !m.At.Before(p.begun) && strings.HasPrefix(strings.TrimSpace(m.Text), word) {
				return true
			}
		}
	}
	return false
}

// name gives the name of a user, or the id of one who is not on the list.
func (p *Page) name(user string) string {
	if x, ok := p.person(user); ok {
		return x.Name
	}
	return user
}
