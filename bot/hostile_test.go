package bot_test

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"trainingbot/bot"
	"trainingbot/bot/command"
	"trainingbot/domain"
)

type speaker struct {
	name   string
	office string // "" for who is on no list today
	roles  []domain.Role
}

// speakers are one person of each role, somebody of the other office, a departed one and an outsider.
var speakers = []speaker{
	{"程工", "翠湖管理处", []domain.Role{domain.Administrator}},
	{"韩东来", "翠湖管理处", []domain.Role{domain.Director}},
	{"秦岚", "翠湖管理处", []domain.Role{domain.Supervisor}},
	{"石磊", "翠湖管理处", []domain.Role{domain.DrillLeader}},
	{"苏桐", "翠湖管理处", []domain.Role{domain.Coach}},
	{"丁一航", "翠湖管理处", []domain.Role{domain.SafetyOfficer}},
	{"陶然", "翠湖管理处", []domain.Role{domain.Trainee}},
	{"邹凯", "翠湖管理处", []domain.Role{domain.Trainee}},
	{"岳明", "江湾管理处", []domain.Role{domain.Trainee}},
	{"季敏之", "江湾管理处", []domain.Role{domain.Supervisor}},
	{"冯远", "", nil},
	{"生人", "", nil},
}

// things are, for each kind of argument, what may be said: of this office, of the other one, and what
// there is not.
func things(a command.Arg) (ours, theirs, none []string) {
	huge := "99999999999999999999"
	switch a.Kind {
	case command.PlanRef:
		return []string{"P3", "P1"}, []string{"P4", "P2"}, []string{"P77", "P0", "P" + huge, "P3 v9"}
	case command.SessionRef:
		return []string{"S8", "S11", "S1"}, []string{"S20", "S13"}, []string{"S777", "S0", "S" + huge}
	case command.Ref:
		ours := map[string][]string{"B": {"B27", "B26"}, "F": {"F1"}, "X": {"X1"}, "T": {"T1"}}
		theirs := map[string][]string{"B": {"B28"}, "F": {"F2"}, "X": {"X2"}, "T": {"T2"}}
		if ours[a.Letter] == nil { // a kind of thing the world does not know yet
			return []string{a.Letter + "1"}, []string{a.Letter + "2"}, []string{a.Letter + "777", a.Letter + huge}
		}
		return ours[a.Letter], theirs[a.Letter], []string{a.Letter + "777", a.Letter + huge}
	case command.Person:
		return []string{"邹凯", "K08"}, []string{"岳明", "K27"}, []string{"某某某", "K99"}
	case command.Period:
		return []string{"2026-10", "2026-11"}, nil, []string{"0000-00", "9999-12", "2026-13"}
	case command.Date:
		return []string{"10-22", "2026-11-05"}, nil, []string{"32-13", "2026-02-30", "9999-12-31"}
	case command.Clock:
		return []string{"15:00"}, nil, []string{"99点", "25:61"}
	case command.Minutes:
		return []string{"60分钟"}, nil, []string{"0分钟", "99999999999分钟"}
	case command.Number:
		return []string{"3"}, nil, []string{"0", "-1", huge}
	case command.Code:
		return []string{"0000"}, nil, []string{huge}
	case command.Choice:
		var all []string
		for _, o := range a.Choices {
			all = append(all, o.Value)
		}
		return all, nil, nil
	}
	return []string{"因为一句话"}, nil, nil
}

// lines are what is said with a word: bare, as the documents show it, with each thing there is, with
// what belongs to the other office; and, apart, with what there is not and with rubbish.
func lines[R any](c command.Command[R]) (out, rubbish []string) {
	// The examples speak of the office of command.Sample; here they speak of people who are here. None of
	// them is called as in a document, so that a name in an answer was really given away.
	here := strings.NewReplacer("王芳", "秦岚", "刘敏", "韩东来", "陈静", "苏桐", "孙伟", "丁一航", "李娜", "邹凯", "高翔", "邹凯", "郑宇", "柏舟", "吴倩", "尹雪", "林晓", "贺新", "张伟", "邹凯", "张三", "邹凯", "S31", "S11", "P7", "P3", "B12", "B26", "F12", "F1", "T5", "T1")
	out = []string{c.Name, here.Replace(c.Example)}
	fill := func(at int, with string, free string) string {
		parts := []string{c.Name}
		for i, a := range c.Args {
			ours, _, _ := things(a)
			switch {
			case i == at:
				parts = append(parts, with)
			case a.Kind == command.Text || a.Kind == command.Word:
				parts = append(parts, free)
			case !a.Optional || at < 0 || i < at && a.Kind != command.Choice:
				parts = append(parts, ours[0])
			}
		}
		return strings.Join(parts, " ")
	}
	const reason = "因为一句话"
	if len(c.Args) > 0 {
		out = append(out, fill(-1, "", reason))
	}
	for i, a := range c.Args {
		ours, theirs, none := things(a)
		for _, x := range slices.Concat(ours, theirs) {
			out = append(out, c.Name+" "+x, fill(i, x, reason))
		}
		for _, x := range none {
			rubbish = append(rubbish, c.Name+" "+x, fill(i, x, reason))
		}
	}
	for _, junk := range []string{"０１２３", "😀😀", "第一行\n第二行", strings.Repeat("很", 500), "'; DROP TABLE person; --", "<b>x</b> <@all> [x](http://e)", "%s %!d(x) \\u0000", "\u202e反\u200b过来", "null", "-1"} {
		rubbish = append(rubbish, c.Name+" "+junk)
		if i := slices.IndexFunc(c.Args, func(a command.Arg) bool { return a.Kind == command.Text || a.Kind == command.Word }); i >= 0 {
			rubbish = append(rubbish, fill(-1, "", junk))
		}
	}
	slices.Sort(out)
	slices.Sort(rubbish)
	return slices.Compact(out), slices.Compact(rubbish)
}

// heard is what one line of one person led to.
type heard struct {
	name   string
	roles  []domain.Role
	word   string
	mine   bool // the word is one the person may say
	line   string
	change domain.Change
}

// answer is all the person is told: the answer, and what of it goes as a message of its own.
func (h heard) answer() string {
	out := bodyText(h.change.Reply.Body)
	for _, n := range h.change.Notices {
		if n.Stage == "reply" || n.Stage == "card" {
			out += "\n" + bodyText(n.Body)
		}
	}
	return strings.TrimSpace(out)
}

// effect says what a change keeps beyond the answer.
func effect(c domain.Change) string {
	var out []string
	v := reflect.ValueOf(c)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Name == "Reply" || f.Name == "Ask" || f.Name == "Notices" || f.Type.Kind() != reflect.Slice || v.Field(i).Len() == 0 {
			continue
		}
		out = append(out, fmt.Sprintf("%d %s", v.Field(i).Len(), f.Name))
	}
	for _, n := range c.Notices {
		if n.Stage != "reply" && n.Stage != "card" {
			out = append(out, "Notice "+n.Key)
		}
	}
	return strings.Join(out, ", ")
}

var swept struct {
	sync.Mutex
	all []heard
}

// sweep says every word of the table as everybody, in every way of lines, in the world. A word that is
// not theirs to say is said in a few ways only.
func sweep(t *testing.T) []heard {
	swept.Lock()
	defer swept.Unlock()
	if swept.all != nil {
		return swept.all
	}
	r := newRig(t)
	for _, c := range bot.Table() {
		all, rubbish := lines(c)
		for k, s := range speakers {
			mine := c.Open || s.office != "" && (len(c.Roles) == 0 || slices.ContainsFunc(s.roles, func(x domain.Role) bool { return slices.Contains(c.Roles, x) }))
			said := slices.Clone(all)
			for i := range rubbish {
				if (i+k)%3 == 0 { // every line by a third of them
					said = append(said, rubbish[i])
				}
			}
			if !mine {
				said = []string{c.Name, c.Example, all[len(all)/2]}
			}
			for i, l := range said {
				if thinned(i + k + len(swept.all)) {
					continue
				}
				swept.all = append(swept.all, heard{s.name, s.roles, c.Name, mine, l, r.tell(s.name, l)})
			}
		}
	}
	return swept.all
}

var (
	machine = regexp.MustCompile(`(?i)%!|<nil>|\bnil\b|panic|sql:|storage:|\berror\b|invalid|0001-01-01|1月1日\(周一\) 00:00|[0-9a-f]{8}-[0-9a-f]{4}-|trainingbot/|\{\}|\[\]`)
	chinese = regexp.MustCompile(`\p{Han}`)
	quoted  = regexp.MustCompile(`「([^」]+)」`)
	steps   = regexp.MustCompile(`「|请|找|发|回复|〔|。`)
)

// shown takes what the person typed out of an answer that repeats it.
func shown(h heard) string {
	text := h.answer()
	for _, w := range strings.Fields(h.line) {
		if len([]rune(w)) > 1 && !chinese.MatchString(w) {
			text = strings.ReplaceAll(text, w, "")
		}
	}
	return text
}

// law collects the cases that break one, and shows a few of each.
type law struct {
	t    *testing.T
	seen map[string]int
}

func (l law) broken(kind string, h heard, format string, args ...any) {
	l.t.Helper()
	l.seen[kind]++
	if l.seen[kind] <= 2 {
		line := []rune(h.line)
		l.t.Errorf("%s says %q: %s", h.name, string(line[:min(len(line), 60)]), fmt.Sprintf(format, args...))
	}
}

// Whatever anybody says, an answer comes; it is a Chinese sentence, without a machine's words.
func TestEveryWordIsAnswered(t *testing.T) {
	l := law{t, map[string]int{}}
	for _, h := range sweep(t) {
		text := shown(h)
		switch {
		case h.answer() == "" && h.change.Reply.Settle == nil:
			l.broken("silent", h, "no answer")
		case !chinese.MatchString(text):
			l.broken("language", h, "%q", text)
		case machine.MatchString(text):
			l.broken("machine", h, "%q: %q", machine.FindString(text), text)
		case len(h.change.Reply.Text) > 2048:
			l.broken("long", h, "%d bytes", len(h.change.Reply.Text))
		}
	}
	t.Log(len(swept.all), "lines")
}

// Who may not say a word changes nothing by it, and reads who may, or what is theirs to say. A word that
// only shows changes nothing for anybody. Whatever changes is in the log, under the one who did it.
func TestNothingChangesUnlessTheRoleMay(t *testing.T) {
	l := law{t, map[string]int{}}
	r, home := newRig(t), map[string]domain.OfficeID{}
	for _, s := range speakers {
		if s.office != "" {
			home[s.name] = r.office(s.office)
		}
	}
	belongs := func(name string, o domain.OfficeID) bool {
		return name == "丁一航" || home[name] == "" || home[name] == o
	}
	for _, h := range sweep(t) {
		c, ok := bot.Table().Find(h.word)
		if !ok {
			t.Fatal(h.word)
		}
		e := effect(h.change)
		switch {
		case e != "" && !h.mine:
			l.broken("role", h, "%s: %q", e, h.answer())
		case e != "" && !c.Changes:
			l.broken("reading", h, "%s: %q", e, h.answer())
		case slices.ContainsFunc(h.change.Audit, func(a domain.Audit) bool { return h.mine && !belongs(h.name, a.Office) }):
			l.broken("office", h, "%s in the log of another office: %q", e, h.answer())
		case e != "" && !strings.HasPrefix(e, "Notice paper:") && len(h.change.Audit) == 0:
			l.broken("log", h, "%s and no line in the log", e)
		}
		if !h.mine && h.change.Ask == nil && !strings.Contains(h.answer(), "「") && !strings.Contains(h.answer(), "请") {
			l.broken("next", h, "no next step: %q", h.answer())
		}
	}
}

// In a refusal every word that is put into somebody's mouth is theirs to say; what only others may say is
// said with who they are.
func TestNobodyIsToldAWordThatIsNotTheirs(t *testing.T) {
	who := []string{"主任", "主管", "管理员", "讲师", "教练", "安全主管", "保安班长", "请他们", "本人", "学员", "只有"}
	l := law{t, map[string]int{}}
	table := bot.Table()
	for _, h := range sweep(t) {
		text := h.answer()
		for _, at := range quoted.FindAllStringSubmatchIndex(text, -1) {
			said := text[at[2]:at[3]]
			p, err := table.Parse(said, command.Sample())
			if p.Command == nil {
				_ = err
				continue // a quotation of what was typed
			}
			if h.word == "日志" || strings.Contains(h.line, said) || // what others were told stands in the log
				len(p.Command.Roles) == 0 {
				continue
			}
			if slices.ContainsFunc(h.roles, func(x domain.Role) bool { return slices.Contains(p.Command.Roles, x) }) {
				continue
			}
			if before := []rune(text[:at[0]]); slices.ContainsFunc(who, func(w string) bool {
				return strings.Contains(string(before[max(0, len(before)-16):]), w)
			}) || strings.HasPrefix(text[at[1]:], "只有") {
				continue
			}
			l.broken(h.word+p.Command.Name, h, "「%s」 in %q", said, text)
		}
	}
}

var officeName = regexp.MustCompile(`^(翠湖|江湾)管理处 ?`)

// Every button of an answer is a line its receiver may say.
func TestButtonsAreTheirsToPress(t *testing.T) {
	l := law{t, map[string]int{}}
	table := bot.Table()
	for _, h := range sweep(t) {
		cards := []*domain.Card{h.change.Reply.Card}
		for _, n := range h.change.Notices {
			if n.Stage == "reply" || n.Stage == "card" {
				cards = append(cards, n.Body.Card)
			}
		}
		for _, c := range cards {
			if c == nil {
				continue
			}
			for _, b := range c.Buttons {
				p, err := table.Parse(officeName.ReplaceAllString(b.Line, ""), command.Sample())
				switch {
				case len(b.Line) > 1024 || len([]rune(b.Label)) > 10:
					l.broken("size", h, "〔%s〕 %d bytes", b.Label, len(b.Line))
				case officeName.ReplaceAllString(b.Line, "") == "":
				case p.Command == nil && (err == nil || !strings.Contains(b.Line, "管理处")):
					l.broken(h.word+b.Label, h, "〔%s〕 %q: %v", b.Label, b.Line, err)
				case p.Command != nil && len(p.Command.Roles) > 0 && !slices.ContainsFunc(h.roles, func(x domain.Role) bool { return slices.Contains(p.Command.Roles, x) }):
					l.broken(h.word+b.Label, h, "〔%s〕 %q is not theirs", b.Label, b.Line)
				}
			}
		}
	}
}

// Whose is what: the people of each office alone, and a mark that stands in every word written there. 丁一航
// belongs to both.
var offices = map[string]struct {
	people []string
	mark   string
}{
	"翠湖": {[]string{"秦岚", "韩东来", "苏桐", "石磊", "陶然", "邹凯", "柏舟", "尹雪", "贺新", "程工", "冯远"}, "湖"},
	"江湾": {[]string{"季敏之", "赵刚", "马超", "岳明", "裴静", "卢进", "潘越", "罗工"}, "湾"},
}

// strange gives what a text shows of an office to which somebody does not belong, but for what they typed
// themselves and the name of the office; "" when nothing.
func strange(name, text, typed string) string {
	text = strings.NewReplacer("翠湖", "", "江湾", "").Replace(text)
	for office, o := range offices {
		if name == "丁一航" || slices.Contains(o.people, name) && name != "冯远" { // 冯远 has left
			continue
		}
		_ = office
		for _, w := range append([]string{o.mark}, o.people...) {
			if strings.Contains(text, w) && !strings.Contains(typed, w) && w != name {
				return w
			}
		}
	}
	return ""
}

// Nothing of one office is told to anybody who has no role there: no name, no score, no reason, no points,
// no plan; by no answer, no card, no notice, no digest, no announcement in a group.
func TestOfficesKeepToThemselves(t *testing.T) {
	l := law{t, map[string]int{}}
	whose := map[domain.PersonID]string{}
	r := newRig(t)
	for _, id := range []string{"翠湖管理处", "江湾管理处"} {
		for _, p := range r.staffOf(id) {
			whose[p.ID] = p.Name
		}
	}
	for _, h := range sweep(t) {
		if w := strange(h.name, h.answer(), h.line); w != "" {
			l.broken(h.name+h.word, h, "shows %s: %q", w, h.answer())
		}
		for _, n := range h.change.Notices {
			for _, id := range n.To {
				if w := strange(whose[id], bodyText(n.Body)+n.Why, h.line); w != "" && whose[id] != h.name && n.Stage != "transferred" { // who takes somebody over must know who comes
					l.broken("notice", h, "tells %s of %s: %q", whose[id], w, bodyText(n.Body))
				}
			}
		}
	}
	said := 0
	for user, phone := range r.phones {
		for name, u := range r.users {
			for _, x := range phone {
				if u == user {
					said++
					if w := strange(name, x.String(), ""); w != "" {
						t.Errorf("%s got %s: %s", name, w, x.String())
					}
				}
			}
		}
	}
	if said < 300 {
		t.Errorf("only %d messages in the world", said)
	}
}

// What is private is told to the person and to those who decide: to no other trainee, and to no lecturer
// who has nothing to do with it.
func TestPrivateMattersStayPrivate(t *testing.T) {
	l := law{t, map[string]int{}}
	leaders := []string{"秦岚", "韩东来", "程工"}
	private := map[string][]string{ // words of the world, and who else may read them
		"湖医院看病": {"尹雪"}, "湖家里有事": {"陶然"}, "湖处理漏水": {"邹凯"}, "湖有派工单": {"邹凯"}, "湖在收快递": {"邹凯"},
		"湖里住院": {"柏舟", "丁一航"}, "湖课上玩手机": {"陶然", "石磊"}, "湖没填": {"邹凯", "丁一航"}, "湖学员听不懂": {"苏桐"}, "湖讲得快": nil,
	}
	r := newRig(t)
	check := func(name, text, typed string, broken func(format string, args ...any)) {
		for w, who := range private {
			if strings.Contains(text, w) && !slices.Contains(leaders, name) && !slices.Contains(who, name) && !strings.Contains(typed, w) {
				broken("%s reads %s: %q", name, w, text)
			}
		}
		if !slices.Contains([]string{"陶然", "邹凯", "尹雪", "柏舟", "贺新"}, name) {
			return
		}
		for _, other := range []string{"陶然", "邹凯", "尹雪", "柏舟", "贺新"} {
			if other != name && strings.Contains(text, other) && !strings.Contains(typed, other) {
				broken("%s reads of %s: %q", name, other, text)
			}
		}
	}
	for _, h := range sweep(t) {
		check(h.name, h.answer(), h.line, func(format string, args ...any) { l.broken(h.name+h.word, h, format, args...) })
	}
	for name, user := range r.users {
		for _, x := range r.phones[user] {
			check(name, x.String(), "", t.Errorf)
		}
	}
}
