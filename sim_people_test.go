//go:build unix

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
	"trainingbot/storage"
)

// simOffice is one management office.
type simOffice struct {
	name  string
	since time.Time
}

// simStay is a stay in an office, as the staff list says.
type simStay struct {
	office *simOffice
	roles  []domain.Role
	shift  string
	since  time.Time
	until  time.Time // last day, zero while it lasts
}

// simPerson is one person with a phone.
type simPerson struct {
	no, name, user string
	stays          []simStay

	cards []wecomtest.Shown    // on the phone, oldest first
	known map[int64]bool       // what was on the phone before
	heard []string             // since they last did something
	told  map[string]time.Time // what came unasked, and when
	today []seen               // what came today
}

// seen is one message somebody got.
type seen struct {
	at      time.Time
	text    string
	passive bool
}

func (p *simPerson) String() string { return p.name }

// holds says whether somebody has a role in an office on a day.
func (p *simPerson) holds(o *simOffice, r domain.Role, d time.Time) bool {
	for _, s := range p.stays {
		if (o == nil || s.office == o) && s.on(d) && slices.Contains(s.roles, r) {
			return true
		}
	}
	return false
}

// in says whether somebody is on an office's list on a day.
func (p *simPerson) in(o *simOffice, d time.Time) bool {
	return slices.ContainsFunc(p.stays, func(s simStay) bool { return (o == nil || s.office == o) && s.on(d) })
}

func (s simStay) on(d time.Time) bool {
	return !d.Before(s.since) && (s.until.IsZero() || !d.After(s.until))
}

// shiftIn is the shift of somebody in an office.
func (p *simPerson) shiftIn(o *simOffice, d time.Time) string {
	for _, s := range p.stays {
		if s.office == o && s.on(d) && s.shift != "" {
			return s.shift
		}
	}
	return ""
}

// rests says whether somebody sleeps after a night shift: from eight to four in the afternoon.
func (p *simPerson) rests(o *simOffice, at time.Time) bool {
	d := dayOf(at)
	h := at.In(simZone).Hour()
	return p.shiftIn(o, d.AddDate(0, 0, -1)) == "夜班" && h >= 8 && h < 16
}

// office is where somebody speaks from: the first stay of the list.
func (p *simPerson) office() *simOffice { return p.stays[0].office }

// with lists who holds a role in an office on a day.
func (y *year) with(o *simOffice, r domain.Role, d time.Time) []*simPerson {
	var out []*simPerson
	for _, p := range y.people {
		if p.holds(o, r, d) {
			out = append(out, p)
		}
	}
	return out
}

// sees puts something on the phone and says whether it is new there.
func (p *simPerson) sees(x wecomtest.Shown) bool {
	if p.known == nil {
		p.known = map[int64]bool{}
	}
	if x.Card != nil {
		if i := slices.IndexFunc(p.cards, func(c wecomtest.Shown) bool { return c.Seq == x.Seq }); i >= 0 {
			p.cards[i] = x
		} else if p.cards = append(p.cards, x); len(p.cards) > 60 {
			p.cards = slices.Delete(p.cards, 0, 20)
		}
	}
	fresh := !p.known[x.Seq]
	p.known[x.Seq] = true
	return fresh
}

// card finds the newest live card that names all the words.
func (p *simPerson) card(words ...string) (wecomtest.Card, bool) {
	for _, x := range slices.Backward(p.cards) {
		text := asText(x)
		if x.Card.State == wecomtest.Live && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			return *x.Card, true
		}
	}
	return wecomtest.Card{}, false
}

// The names of eighty people, none of which holds a word of the grammar.
var (
	simFamilies = strings.Fields("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏")
	simGivens   = strings.Fields("芳 伟 静 磊 娜 倩 洋 宇 丽 超 敏 军 婷 杰 霞 涛")
	simShifts   = []string{"早班", "中班", "夜班"}
)

const simSize = 40 // people of one office

// settle fills the offices and imports the list, as an administrator does.
func (y *year) settle() {
	y.offices = []*simOffice{{name: "翠湖管理处", since: day(y.o.from)}, {name: "江湾管理处", since: day(y.o.from)}}
	hired := day("2023-03-01")
	for i, o := range y.offices {
		n := 0
		add := func(shift string, roles ...domain.Role) *simPerson {
			p := y.hireAs(fmt.Sprintf("%c%02d", 'K'+rune(i), n+1), simFamilies[n%len(simFamilies)]+simGivens[(n/8+8*i)%len(simGivens)])
			p.stays = []simStay{{o, roles, shift, hired, time.Time{}}}
			n++
			return p
		}
		add("早班", domain.Supervisor)
		add("", domain.Director)
		if i == 0 {
			shared := add("", domain.SafetyOfficer) // one for both offices
			shared.stays = append(shared.stays, simStay{y.offices[1], []domain.Role{domain.SafetyOfficer}, "", hired, time.Time{}})
			add("", domain.Administrator)
		}
		add("早班", domain.DrillLeader)
		for _, shift := range simShifts {
			add(shift, domain.Coach, domain.Trainee)
		}
		for n < simSize {
			add(simShifts[n%3], domain.Trainee)
		}
	}
	y.importStaff(y.people...)
}

// hireAs makes a person with a phone who is on no list yet.
func (y *year) hireAs(no, name string) *simPerson {
	p := &simPerson{no: no, name: name, user: "u" + strings.ToLower(no), told: map[string]time.Time{}}
	y.people = append(y.people, p)
	y.byUser[p.user], y.byName[p.name] = p, p
	y.fake.AddMember(wecomtest.Member{UserID: p.user, Name: p.name})
	return p
}

// importStaff brings the list of these people into the program.
func (y *year) importStaff(people ...*simPerson) {
	var rows []storage.StaffRow
	for _, p := range people {
		for _, s := range p.stays {
			row := storage.StaffRow{No: p.no, Name: p.name, Office: s.office.name, Roles: s.roles, Shift: s.shift, Since: domain.DateOf(s.since),
				Handles: []domain.Handle{{Platform: "wecom", User: p.user}}}
			if !s.until.IsZero() {
				row.Until = domain.DateOf(s.until)
			}
			rows = append(rows, row)
		}
	}
	if _, err := y.apps[0].Store().ImportStaff(context.Background(), rows, y.local()); err != nil {
		y.violation(nil, "the staff list is refused: %v", err)
	}
}
