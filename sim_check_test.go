//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/bot/wecom/wecomtest"
	"trainingbot/domain"
	"trainingbot/storage/storagetest"
)

// simURL gives a fresh database; a SQLite file lies in memory where the machine has a place for it.
func simURL(t testing.TB, dialect string) string {
	url := storagetest.URL(t, dialect)
	path, ok := strings.CutPrefix(url, "sqlite:")
	if !ok {
		return url
	}
	dir, err := os.MkdirTemp("/dev/shm", "year")
	if err != nil {
		return url
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	data, err := os.ReadFile(path)
	if err == nil {
		path = filepath.Join(dir, "year.db")
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + path
}

func (y *year) all(into any, query string, args ...any) {
	if err := y.apps[0].Store().Stats().SelectContext(context.Background(), into, query, args...); err != nil {
		y.violation(nil, "%s: %v", query, err)
	}
}

// ---- laws of every message ----------------------------------------------------------------------

// judgeMessage: nobody is disturbed at night by what they did not ask for, nothing is longer than the
// platform takes, nothing is empty.
func (y *year) judgeMessage(p *simPerson, x wecomtest.Shown, text string) {
	who := []*simPerson{p}
	if h := y.local().Hour(); !x.Passive && (h >= 23 || h < 7) {
		y.violation(who, "%s is disturbed at night: %s", p.name, text)
	}
	if strings.TrimSpace(text) == "" {
		y.violation(who, "%s got an empty message", p.name)
	}
	if x.Card == nil && len(x.Text) > 2048 {
		y.violation(who, "%s got a text of %d bytes, the platform shows 2048", p.name, len(x.Text))
	}
	if y.acting != p && !x.Passive && x.Card == nil { // what nobody asked for is said once
		if at, twice := p.told[text]; twice && y.now().Sub(at) < 12*time.Hour {
			y.violation(who, "%s is told the same again, first at %s: %s", p.name, at.In(simZone).Format("01-02 15:04:05"), text)
		}
		p.told[text] = y.now()
	}
	if broken := brokenText.FindString(text); broken != "" {
		y.violation(who, "%s reads %q in: %s", p.name, broken, text)
	}
}

// brokenText is what no sentence for people holds: formats that went wrong, nulls, English errors.
var brokenText = regexp.MustCompile(`%!|<nil>|\bnil\b|0001年|panic|error|（）|「」`)

// confirmation is an answer that needs no next step: it says that something is done or is so.
var confirmation = regexp.MustCompile(`已|收到|成功|完成|不用|不做了|没有|考勤分|由.*处理|放假|工作日|✓|：\n|规程\d|S\d+ \d+月`)

// nextStep is what a person can do after an answer.
var nextStep = regexp.MustCompile(`「[^」]+」|请|发|〔|回复|可以|以后|下一场|不用`)

// judgeAnswer: every answer is there, is no failure, and either confirms or says what to do next;
// and whoever has no role changes nothing but what is their own.
func (y *year) judgeAnswer(p *simPerson, line, answer string, a wecomtest.Answer) {
	who := []*simPerson{p}
	switch {
	case answer == "" && a.Card == nil && !strings.HasPrefix(line, "〔"):
		y.violation(who, "%s says %q and gets no answer", p.name, line)
	case answer == "" && a.Card == nil && y.suppressed(): // the same words stand above: the platform shows them once in four hours
	case answer == "" && a.Card == nil:
		y.violation(who, "%s presses %s and nothing happens", p.name, line)
	case answer != "" && !confirmation.MatchString(answer) && !nextStep.MatchString(answer):
		y.violation(who, "%s does %q and the answer is a dead end: %s", p.name, line, answer)
	}
}

// suppressed says whether the last send was one the platform knew already.
func (y *year) suppressed() bool {
	all := y.fake.Accepted()
	return len(all) > 0 && all[len(all)-1].Duplicate && all[len(all)-1].At.Equal(y.now())
}

// ---- the state against the model ----------------------------------------------------------------

// compare holds the database against the model, at the end of a day.
func (y *year) compare(d time.Time) {
	y.comparePlans()
	y.comparePresence(d)
	y.compareAbsences(d)
	y.comparePoints()
	y.compareActs(d)
	for _, problem := range y.fake.Problems()[y.problems:] {
		y.violation(nil, "the platform complains: %s", problem)
		y.problems++
	}
}

func (y *year) comparePlans() {
	var rows []struct {
		Office, Period, State string
		No                    int64
		Number                int
	}
	y.all(&rows, `SELECT o.name AS office, p.period, p.no, v.number, v.state FROM plan p JOIN office o ON o.id = p.office JOIN plan_version v ON v.plan = p.id ORDER BY p.no, v.number`)
	inForce := map[string]int{}
	n := map[string]int{}
	for _, r := range rows {
		key := r.Office + " " + r.Period
		plan := y.model.plans[key]
		n[key]++
		if r.State == "approved" {
			inForce[key]++
		}
		want := "nothing"
		if plan != nil && r.Number <= len(plan.versions) {
			want = plan.versions[r.Number-1].state
		}
		if want != r.State && !(r.State == "draft" && plan != nil && r.Number == len(plan.versions)+1) {
			y.violation(y.with(y.officeNamed(r.Office), domain.Director, dayOf(y.now())), "plan P%d v%d of %s is %s, people were told %s", r.No, r.Number, key, r.State, want)
		}
	}
	for key, k := range inForce {
		if k > 1 {
			y.violation(nil, "%s has %d versions in force", key, k)
		}
	}
	for key, plan := range y.model.plans {
		if n[key] < len(plan.versions) {
			y.violation(nil, "%s has %d versions, people were told of %d", key, n[key], len(plan.versions))
		}
	}
}

func (y *year) officeNamed(name string) *simOffice {
	return y.offices[slices.IndexFunc(y.offices, func(o *simOffice) bool { return o.name == name })]
}

// comparePresence: who is present is who was told so, at the sessions of the last days.
func (y *year) comparePresence(d time.Time) {
	var rows []struct {
		No     int64
		State  string
		Person *string
		Late   *int
		Way    *string
	}
	y.all(&rows, `SELECT s.no, s.state, p.no AS person, a.late, a.way FROM session s LEFT JOIN attendance a ON a.session = s.id LEFT JOIN person p ON p.id = a.person
		WHERE s.starts_at >= $1 AND s.starts_at < $2 ORDER BY s.no`, d.AddDate(0, 0, -2).UTC(), d.AddDate(0, 0, 1).UTC())
	got := map[string]map[*simPerson]bool{}
	for _, r := range rows {
		no := fmt.Sprintf("S%d", r.No)
		s := y.model.sessions[no]
		if s == nil {
			if r.State == "open" || r.State == "closed" {
				y.violation(nil, "%s is %s and nobody has opened it", no, r.State)
			}
			continue
		}
		if got[no] == nil {
			got[no] = map[*simPerson]bool{}
			if s.state != r.State && !(s.state == "planned" && r.State == "cancelled") {
				y.violation([]*simPerson{s.lecturer}, "%s is %s, people were told %s", no, r.State, s.state)
			}
		}
		if r.Person == nil {
			continue
		}
		p := y.byNo(*r.Person)
		got[no][p] = true
		want, there := s.present[p]
		if !there || want.way == "code" && want.late != *r.Late || want.way != *r.Way {
			y.violation([]*simPerson{p, s.lecturer}, "%s is present at %s (%s, %d minutes late), people were told %v", p.name, no, *r.Way, *r.Late, want)
		}
	}
	for no, s := range y.model.sessions {
		if got[no] == nil {
			continue
		}
		for p := range s.present {
			if !got[no][p] {
				y.violation([]*simPerson{p, s.lecturer}, "%s was told to be present at %s and is not", p.name, no)
			}
		}
	}
}

// comparePoints: the ledger is what was confirmed, by the clauses' numbers.
func (y *year) comparePoints() {
	var rows []struct {
		No       int64
		Person   string
		Month    string
		Points   int
		By       string
		Office   string
		Reverses *int64
		At       time.Time
	}
	y.all(&rows, `SELECT e.no, p.no AS person, e.month, e.points, b.no AS by, o.name AS office, x.no AS reverses, e.at FROM points e LEFT JOIN points x ON x.id = e.reverses JOIN person p ON p.id = e.person JOIN person b ON b.id = e.confirmed_by JOIN office o ON o.id = e.office ORDER BY e.no`)
	known := map[string]bool{}
	for _, r := range rows {
		who, by := y.byNo(r.Person), y.byNo(r.By)
		o := y.officeNamed(r.Office)
		if d := dayOf(r.At); !by.holds(o, domain.Supervisor, d) && !by.holds(o, domain.Director, d) && !by.holds(o, domain.Administrator, d) || by == who {
			y.violation([]*simPerson{who, by}, "F%d of %s was confirmed by %s, who may not", r.No, who.name, by.name)
		}
		if r.Reverses != nil {
			if e := y.model.points[fmt.Sprintf("F%d", *r.Reverses)]; e == nil || !e.reversed || e.points != -r.Points {
				y.violation([]*simPerson{who, by}, "F%d reverses F%d by %d, people were told %+v", r.No, *r.Reverses, r.Points, e)
			}
			continue
		}
		no := fmt.Sprintf("F%d", r.No)
		known[no] = true
		if e := y.model.points[no]; e == nil || e.person != who || e.points != r.Points || e.month != r.Month {
			y.violation([]*simPerson{who, by}, "%s takes %d of %s for %s, people were told %+v", no, r.Points, who.name, r.Month, e)
		}
	}
	for no, e := range y.model.points {
		if !known[no] {
			y.violation([]*simPerson{e.person}, "%s was told and is not in the ledger", no)
		}
	}
}

// mayDo says who may do what the log calls by these names; the first that fits counts.
var mayDo = []struct {
	act   *regexp.Regexp
	roles []domain.Role // none: anybody on the list, for themselves
}{
	{regexp.MustCompile(`^check_in$|^points\.appeal$|^person\.unreachable$|^staff\.import$|^bind`), nil},
	{regexp.MustCompile(`^session\.(coming|left)$|^leave\.(ask|withdraw)$|^absence\.explain$|^check_in\.ask$|^makeup\.place$|^spot\.answer$|^feedback\.give$|^proposal\.dropped$|^input\.(need|drop)$|^paper\.(begin|practise|in|late)$`), nil},
	{regexp.MustCompile(`^absence\.judge$`), []domain.Role{domain.Supervisor, domain.Director}},
	{regexp.MustCompile(`^plan\.(approve|return)$`), []domain.Role{domain.Director}},
	{regexp.MustCompile(`^plan\.`), []domain.Role{domain.Supervisor}},
	{regexp.MustCompile(`^session\.|^check_in\.mark$|^points\.propose$`), []domain.Role{domain.Supervisor, domain.Coach, domain.DrillLeader, domain.SafetyOfficer}},
	{regexp.MustCompile(`.`), []domain.Role{domain.Supervisor, domain.Director, domain.Administrator, domain.Coach, domain.DrillLeader, domain.SafetyOfficer}},
}

// compareActs: nobody did what their role of that day does not allow.
func (y *year) compareActs(d time.Time) {
	var rows []struct {
		Office, Actor, Act, Subject, Text string
		At                                time.Time
	}
	y.all(&rows, `SELECT o.name AS office, COALESCE(p.no, '') AS actor, a.act, a.subject, a.text, a.at FROM audit a JOIN office o ON o.id = a.office LEFT JOIN person p ON p.id = a.actor
		WHERE a.at >= $1 AND a.at < $2 ORDER BY a.at`, d.UTC(), d.AddDate(0, 0, 1).UTC())
	for _, r := range rows {
		if r.Actor == "" {
			continue // the program itself, or the one at the command line
		}
		p, o := y.byNo(r.Actor), y.officeNamed(r.Office)
		i := slices.IndexFunc(mayDo, func(x struct {
			act   *regexp.Regexp
			roles []domain.Role
		}) bool {
			return x.act.MatchString(r.Act)
		})
		roles := mayDo[i].roles
		ok := roles == nil && p.in(o, d) || slices.ContainsFunc(roles, func(x domain.Role) bool { return p.holds(o, x, d) })
		if !ok {
			y.violation([]*simPerson{p}, "%s did %s on %s (%s), which their role does not allow", p.name, r.Act, r.Subject, r.Text)
		}
	}
}

// planned holds what the program promised for an instant against what the clauses call for: nothing
// is missing and nothing too much.
func (y *year) planned(at time.Time, list []due) {
	var rows []struct {
		Key, Kind, Office, Stage string
	}
	y.all(&rows, `SELECT n.key, n.kind, o.name AS office, n.stage FROM notice n JOIN office o ON o.id = n.office WHERE n.at = $1 AND n.kind <> '' AND n.key NOT LIKE 'digest:%'`, at.UTC())
	want := map[string]bool{}
	for _, d := range list {
		kind, _, _ := strings.Cut(d.key, " ")
		stage, _, _ := strings.Cut(d.stage, ":")
		want[d.office.name+" "+kind+" "+stage] = true
	}
	judged := map[string]bool{"D1": true, "D2": true, "D3": true, "D4": true, "D5": true, "D6": true, "D7": true, "D8": true, "CAL": true}
	for _, r := range rows {
		if judged[r.Kind] && !slices.Contains([]string{"renew", "handover", "welcome", "moved"}, r.Stage) && !want[r.Office+" "+r.Kind+" "+r.Stage] {
			y.violation(nil, "%s is told at %s of %s (%s), which the clauses do not call for", r.Office, at.Format("2006-01-02 15:04"), r.Key, r.Stage)
		}
	}
}
