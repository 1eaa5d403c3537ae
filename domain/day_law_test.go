package domain_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainingbot/domain"
)

// Whatever is tried in whatever order, by code or by hand, nobody is marked twice for one session, and
// what stands first, a hand mark above all, is never overwritten.
func TestNobodyIsMarkedTwice(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	people := []domain.PersonID{"li", "wei", "wei2"}
	rapid.Check(t, func(t *rapid.T) {
		kept := map[domain.PersonID]domain.Attendance{}
		var present []domain.Attendance
		for i := range rapid.IntRange(1, 8).Draw(t, "tries") {
			who := rapid.SampledFrom(people).Draw(t, "who")
			byHand := rapid.Bool().Draw(t, "by hand")
			at := fmt.Sprintf("2026-10-09 15:%02d", i)
			var own []domain.Attendance
			if a, ok := kept[who]; ok {
				own = append(own, a)
			}
			p, _ := o.staff.Person(who)
			var c domain.Change
			var err error
			if byHand {
				c, err = o.sop.Mark(o.by("fang", at), x, p, present, 0, "手机没电", "m")
			} else {
				now := o.by(who, at).Now
				c, err = o.sop.CheckIn(domain.Roll{By: p, Sessions: []domain.Session{x}, Present: own}, o.sop.Code(x, now), "m", now)
			}
			_, before := kept[who]
			if before != (err != nil) {
				t.Fatalf("%s by hand %v at %s: %v, marked before %v", who, byHand, at, err, before)
			}
			if e, ok := domain.Refusal(err); before && (!ok || e.Kind != domain.Conflict || len(c.Attendance) > 0) {
				t.Fatalf("a second mark of %s: %+v %v", who, c, err)
			}
			for _, a := range c.Attendance {
				if a.Person != who || a.Session != x.ID || (a.Way == domain.ByHand) != byHand {
					t.Fatalf("%+v is not the mark of %s", a, who)
				}
				kept[who], present = a, append(present, a)
			}
		}
		if len(present) != len(kept) {
			t.Fatalf("%d marks of %d people", len(present), len(kept))
		}
	})
}

// Whoever is asked, named, stands in or holds every role there is: what concerns somebody is never
// theirs to decide.
func TestNobodyDecidesForThemselves(t *testing.T) {
	o := newCaseOffice(t)
	roles := []domain.Role{domain.Supervisor, domain.Director, domain.Administrator, domain.Trainee, domain.Coach}
	rapid.Check(t, func(t *rapid.T) {
		staff := slices.Clone(o.staff)
		for i := range staff {
			staff[i].Memberships = []domain.Membership{{Office: "hu", Since: domain.NewDate(2020, 1, 1), Roles: rapid.SliceOfNDistinct(rapid.SampledFrom(roles), 1, 4, rapid.ID[domain.Role]).Draw(t, "roles")}}
		}
		ids := domain.IDs(staff)
		one := rapid.SampledFrom(ids)
		if deputy, away := rapid.IntRange(0, len(staff)-1).Draw(t, "deputy"), one.Draw(t, "away"); staff[deputy].ID != away {
			staff[deputy].Acting = []domain.Acting{{Office: "hu", Role: rapid.SampledFrom(roles[:2]).Draw(t, "role"), For: away, Since: domain.NewDate(2026, 10, 1), Until: domain.NewDate(2026, 10, 31)}}
		}
		about := one.Draw(t, "about")
		p := domain.Proposal{ID: "b", No: 1, Office: "hu", State: domain.Proposed, About: about, For: rapid.SampledFrom(roles[:3]).Draw(t, "for"), Clause: "6.2.2", Title: "事",
			Kind: rapid.SampledFrom([]domain.ProposalKind{domain.Leave, domain.Discipline, domain.Deputy, domain.Appeal}).Draw(t, "kind"),
			To:   rapid.SliceOfN(one, 0, 3).Draw(t, "to")}
		who, _ := domain.Staff(staff).Person(about)
		c := domain.Case{Office: domain.Office{ID: "hu", Name: "翠湖管理处"}, Staff: staff, By: who, Now: o.at("2026-10-09 15:00")}
		if slices.Contains(o.sop.Deciders(c, p), about) || slices.Contains(o.sop.Asked(c, p), about) {
			t.Fatalf("%s is asked about themselves: %+v", about, p)
		}
		for _, accept := range []bool{true, false} {
			out, ruled, _ := o.sop.Rule(c, p, domain.Ruling{Accept: accept, Reason: "理由"})
			if ruled || len(out.Proposals) > 0 {
				t.Fatalf("%s decided for themselves: %+v", about, out)
			}
		}
	})
}
