package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"trainingbot/domain"
)

// dayOf reads 2026-09-26.
func dayOf(t *testing.T, s string) domain.Date {
	t.Helper()
	d, err := domain.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// delegated gives the office once 陈静 stands in for the director from … to.
func (o *caseOffice) delegated(from, to string) {
	o.t.Helper()
	o.staff = o.staff.WithDeputy(domain.Delegation{Office: "hu", Role: domain.Director, For: "zhou", Deputy: "chen", Since: dayOf(o.t, from), Until: dayOf(o.t, to)})
}

func TestADeputyHasTheRoleOnItsDaysAlone(t *testing.T) {
	o := newCaseOffice(t)
	o.delegated("2026-09-26", "2026-10-02")
	for _, row := range []struct {
		day      string
		has      bool
		answerer string
	}{{"2026-09-25", false, "zhou"}, {"2026-09-26", true, "chen"}, {"2026-10-02", true, "chen"}, {"2026-10-03", false, "zhou"}} {
		p, _ := o.staff.Person("chen")
		if got := p.Has("hu", domain.Director, dayOf(t, row.day)); got != row.has {
			t.Errorf("%s: has the role %t", row.day, got)
		}
		if zhou, _ := o.staff.Person("zhou"); !zhou.Has("hu", domain.Director, dayOf(t, row.day)) {
			t.Errorf("%s: the director lost the role", row.day)
		}
		if got := domain.IDs(o.staff.Answering("hu", domain.Director, dayOf(t, row.day))); len(got) != 1 || string(got[0]) != row.answerer {
			t.Errorf("%s: asked is %v", row.day, got)
		}
		if p.Has("other", domain.Director, dayOf(t, row.day)) || p.Lectures("hu", dayOf(t, row.day)) != true {
			t.Errorf("%s: the role reaches further than it should", row.day)
		}
	}
}

// Who has left the office has no power left in it, whatever was delegated.
func TestALeaverStandsInForNobody(t *testing.T) {
	o := newCaseOffice(t)
	o.delegated("2026-09-26", "2026-10-02")
	i := slices.IndexFunc(o.staff, func(p domain.Person) bool { return p.ID == "chen" })
	o.staff[i].Memberships[0].Until = dayOf(t, "2026-09-27")
	if !o.staff[i].Has("hu", domain.Director, dayOf(t, "2026-09-27")) || o.staff[i].Has("hu", domain.Director, dayOf(t, "2026-09-28")) {
		t.Error("the power does not end with the stay")
	}
}

func TestDelegationRefusals(t *testing.T) {
	for name, row := range map[string]struct {
		by, deputy, since, until string
		kind                     domain.Kind
		word                     string
	}{
		"oneself":               {"zhou", "zhou", "2026-09-26", "2026-10-02", domain.Invalid, "另一位"},
		"end before begin":      {"zhou", "li", "2026-10-06", "2026-10-05", domain.Invalid, "之前"},
		"days that are over":    {"zhou", "li", "2026-09-01", "2026-09-20", domain.TooLate, "已经过去"},
		"longer than allowed":   {"zhou", "li", "2026-10-05", "2027-10-05", domain.Invalid, "最多92天"},
		"a trainee gives":       {"li", "chen", "2026-10-05", "2026-10-06", domain.Forbidden, "自己担任"},
		"a deputy gives on":     {"chen", "li", "2026-09-27", "2026-09-28", domain.Forbidden, "不能再转委托"},
		"overlapping":           {"zhou", "li", "2026-10-02", "2026-10-05", domain.Conflict, "不能重叠"},
		"overlapping one asked": {"zhou", "li", "2026-10-11", "2026-10-11", domain.Conflict, "B4 还在等"},
		"somebody unknown":      {"zhou", "ghost", "2026-10-05", "2026-10-06", domain.Invalid, "不在"},
	} {
		o := newCaseOffice(t)
		o.delegated("2026-09-26", "2026-10-02")
		had := []domain.Delegation{{Office: "hu", Role: domain.Director, For: "zhou", Deputy: "chen", Since: dayOf(t, "2026-09-26"), Until: dayOf(t, "2026-10-02")}}
		open := []domain.Proposal{{No: 4, Office: "hu", Kind: domain.Deputy, By: "zhou", Data: domain.ProposalData{Person: "wei", Role: domain.Director, Since: dayOf(t, "2026-10-10"), Until: dayOf(t, "2026-10-12")}}}
		_, err := o.sop.DeputyProposal(o.by(domain.PersonID(row.by), "2026-09-27 10:00"), domain.Delegation{Deputy: domain.PersonID(row.deputy), Since: dayOf(t, row.since), Until: dayOf(t, row.until)}, had, open)
		if r, ok := domain.Refusal(err); !ok || r.Kind != row.kind || !strings.Contains(r.Text, row.word) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The supervisor who is the director's deputy does not approve what she submitted herself.
func TestADeputyDoesNotApproveHerOwnPlan(t *testing.T) {
	o := newCaseOffice(t)
	o.staff = o.staff.WithDeputy(domain.Delegation{Office: "hu", Role: domain.Director, For: "zhou", Deputy: "fang", Since: dayOf(t, "2026-09-20"), Until: dayOf(t, "2026-09-30")})
	c, err := o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.plan())
	p := only(t, c, err)
	if to := c.Notices[0].To; len(to) != 1 || to[0] != "zhou" {
		t.Errorf("the card goes to %v", to)
	}
	_, err = o.sop.Approve(o.by("fang", "2026-09-22 10:00"), p, 1, nil, o.fresh)
	refused(t, err, domain.Forbidden, "另一位")
}

func TestWhatADeputyDecidesSaysSo(t *testing.T) {
	o := newCaseOffice(t)
	o.delegated("2026-09-26", "2026-10-02")
	c, err := o.sop.Approve(o.by("chen", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh)
	p := only(t, c, err)
	if v := p.Latest(); v.DecidedBy != "chen" || v.OnBehalf != "zhou" {
		t.Errorf("%+v", v)
	}
	for _, text := range []string{c.Reply.Text, c.Audit[0].Text, c.Reply.Settle.Settled, o.sop.Standing(o.by("fang", "2026-09-28 11:00"), p, p.Latest()), c.Notices[len(c.Notices)-1].Body.Text} {
		if !strings.Contains(strings.NewReplacer("（", "", "）", "").Replace(text), "陈静代周国平") {
			t.Errorf("not said in whose place: %s", text)
		}
	}
	own := only2(o.sop.Approve(o.by("zhou", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh))(t)
	if v := own.Latest(); v.OnBehalf != "" {
		t.Errorf("the director decides in nobody's place: %+v", v)
	}
}

// When the days are over the card says so, and nothing is decided.
func TestACardPressedAfterTheEnd(t *testing.T) {
	o := newCaseOffice(t)
	o.delegated("2026-09-26", "2026-10-02")
	c, err := o.sop.Approve(o.by("chen", "2026-10-03 08:00"), o.submitted(), 1, nil, o.fresh)
	if err != nil || len(c.Plans) != 0 || !strings.Contains(c.Reply.Text, "到10月2日(周五)为止，已经结束") || c.Reply.Settle == nil || c.Reply.Settle.Settled == "" {
		t.Errorf("%v %+v", err, c.Reply)
	}
}

// Of any presses by anybody, on any of the cards, at any time, one decides a version, and only somebody
// who has the director's role at that moment.
func TestOnlyOneDecisionByWhoMay(t *testing.T) {
	base := newCaseOffice(t)
	rapid.Check(t, func(rt *rapid.T) {
		o := &caseOffice{t: t, sop: base.sop, staff: slices.Clone(base.staff), seq: 1000}
		start := rapid.IntRange(0, 8).Draw(rt, "from")
		since := domain.NewDate(2026, 9, 22).AddDays(start)
		d := domain.Delegation{Office: "hu", Role: domain.Director, For: "zhou", Deputy: domain.PersonID(rapid.SampledFrom([]string{"chen", "li", "fang"}).Draw(rt, "deputy")),
			Since: since, Until: since.AddDays(rapid.IntRange(0, 5).Draw(rt, "days"))}
		o.staff = o.staff.WithDeputy(d)
		p := o.submitted()
		now := o.at("2026-09-22 08:00")
		decided := 0
		for i := range rapid.IntRange(1, 12).Draw(rt, "presses") {
			now = now.Add(time.Duration(rapid.IntRange(1, 40*60).Draw(rt, "later")) * time.Minute)
			if rapid.IntRange(0, 5).Draw(rt, "ended") == 0 && d.Ended.IsZero() {
				d.Ended = now
				o.staff = o.staff.WithDeputy(d)
			}
			id := domain.PersonID(rapid.SampledFrom([]string{"zhou", "chen", "li", "fang", "wei"}).Draw(rt, "who"))
			who, _ := o.staff.Person(id)
			c := domain.Case{Office: domain.Office{ID: "hu", Name: "翠湖管理处"}, Staff: o.staff, By: who, Now: now}
			var out domain.Change
			var err error
			if rapid.Bool().Draw(rt, "accept") {
				out, err = o.sop.Approve(c, p, rapid.IntRange(0, 2).Draw(rt, "version"), nil, o.fresh)
			} else {
				out, err = o.sop.Return(c, p, rapid.IntRange(0, 2).Draw(rt, "version"), fmt.Sprint("理由", i))
			}
			if _, refusal := domain.Refusal(err); err != nil && !refusal {
				rt.Fatal(err)
			}
			if len(out.Plans) == 0 {
				continue
			}
			today := o.sop.Calendar.Date(now)
			director := id == "zhou"
			deputy := id == d.Deputy && d.Ended.IsZero() && !today.Before(d.Since) && !today.After(d.Until) && id != "fang"
			if !director && !deputy {
				rt.Fatalf("%s decided on %s; the deputy is %+v", id, now, d)
			}
			p = out.Plans[0]
			decided++
		}
		if decided > 1 {
			rt.Fatalf("%d decisions on one version", decided)
		}
	})
}

// The same of proposals: the first who may decides, and never whom it concerns.
func TestOneRulingByWhoMay(t *testing.T) {
	base := newCaseOffice(t)
	rapid.Check(t, func(rt *rapid.T) {
		o := &caseOffice{t: t, sop: base.sop, staff: slices.Clone(base.staff)}
		d := domain.Delegation{Office: "hu", Role: rapid.SampledFrom([]domain.Role{domain.Director, domain.Supervisor}).Draw(rt, "role"), Deputy: domain.PersonID(rapid.SampledFrom([]string{"chen", "li"}).Draw(rt, "deputy")),
			Since: dayOf(t, "2026-09-23"), Until: dayOf(t, "2026-09-25")}
		d.For = map[domain.Role]domain.PersonID{domain.Director: "zhou", domain.Supervisor: "fang"}[d.Role]
		o.staff = o.staff.WithDeputy(d)
		_, n := o.sop.Propose(o.by("wei", "2026-09-22 10:00"), domain.Proposal{ID: "b", No: 1, Kind: domain.Appeal, Title: "申诉"})
		p, _ := o.sop.Propose(o.by("wei", "2026-09-22 10:00"), domain.Proposal{ID: "b", No: 1, Kind: domain.Appeal, Title: "申诉", For: rapid.SampledFrom([]domain.Role{domain.Director, domain.Supervisor}).Draw(rt, "for"),
			About: domain.PersonID(rapid.SampledFrom([]string{"", "li", "zhou", "fang", "chen"}).Draw(rt, "about"))})
		if len(n.To) == 0 {
			rt.Fatal("nobody is asked")
		}
		rulings := 0
		now := o.at("2026-09-22 08:00")
		for range rapid.IntRange(1, 10).Draw(rt, "presses") {
			now = now.Add(time.Duration(rapid.IntRange(1, 24*60).Draw(rt, "later")) * time.Minute)
			id := domain.PersonID(rapid.SampledFrom([]string{"zhou", "chen", "li", "fang", "wei"}).Draw(rt, "who"))
			who, _ := o.staff.Person(id)
			c := domain.Case{Office: domain.Office{ID: "hu", Name: "翠湖管理处"}, Staff: o.staff, By: who, Now: now}
			out, ruled, err := o.sop.Rule(c, p, domain.Ruling{Accept: rapid.Bool().Draw(rt, "accept")})
			if _, refusal := domain.Refusal(err); err != nil && !refusal {
				rt.Fatal(err)
			}
			if !ruled {
				continue
			}
			today := o.sop.Calendar.Date(now)
			if id == p.About || !who.Has("hu", domain.Director, today) && !who.Has("hu", domain.Supervisor, today) {
				rt.Fatalf("%s ruled on %s about %q for %s", id, today, p.About, p.For)
			}
			p = out.Proposals[0]
			if (p.Behalf != "") != (id == d.Deputy) {
				rt.Fatalf("%s ruled in the place of %q", id, p.Behalf)
			}
			rulings++
		}
		if rulings > 1 {
			rt.Fatalf("%d rulings", rulings)
		}
	})
}
