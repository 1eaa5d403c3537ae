package domain_test

import (
	"slices"
	"strings"
	"testing"

	. "trainingbot/domain"
)

func TestLeavingOnTheThirdDay(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	f.Coach = "chen"
	alone := Session{ID: "a", No: 1, Office: "hu", State: Planned, Start: o.at("2026-02-11 09:00"), End: o.at("2026-02-11 12:00"), Invited: []PersonID{"lin"}, Lecturer: "fang"}
	shared := alone
	shared.ID, shared.No, shared.Invited = "b", 2, []PersonID{"lin", "lu"}
	before := alone
	before.ID, before.Start, before.End = "c", o.at("2026-02-10 09:00"), o.at("2026-02-10 12:00")
	about := Proposal{ID: "p", No: 1, Office: "hu", Kind: "leave", About: "lin", For: Supervisor, State: Proposed, Title: "请假"}
	c, err := o.sop.Leave(o.by("fang", "2026-02-10 10:00"), Leaving{Who: who, Last: day(t, "2026-02-10"), Reason: "家里有事", File: f, Sessions: []Session{alone, shared, before}, Proposals: []Proposal{about}})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.People[0].Memberships[0].Until; got != day(t, "2026-02-10") {
		t.Errorf("the stay ends %s", got)
	}
	if len(c.Files) != 1 || c.Files[0].State != Ended || len(c.Settled) != 3 {
		t.Errorf("the file: %+v", c.Files)
	}
	if len(c.Points) != 0 {
		t.Error("points were taken")
	}
	if len(c.Sessions) != 2 || c.Sessions[0].State != Cancelled || c.Sessions[1].State != Planned || !slices.Equal(c.Sessions[1].Invited, []PersonID{"lu"}) {
		t.Errorf("%+v", c.Sessions)
	}
	if len(c.Proposals) != 1 || c.Proposals[0].State != Dropped {
		t.Errorf("%+v", c.Proposals)
	}
	// Who has left is counted up to the last day, and not after it.
	left := c.People[0]
	class := Session{Office: "hu", State: Planned, Start: o.at("2026-02-10 15:00")}
	after := class
	after.Start = o.at("2026-02-11 15:00")
	if n := len(o.sop.Expected(class, Staff{left})); n != 1 {
		t.Errorf("%d expected on the last day", n)
	}
	if n := len(o.sop.Expected(after, Staff{left})); n != 0 {
		t.Errorf("%d expected after it", n)
	}
}

func TestWhoMayMovePeople(t *testing.T) {
	o := hireOffice(t)
	o.hire("gong", "李工", Administrator)
	zhou, _ := o.staff.Person("zhou")
	wei, _ := o.staff.Person("wei")
	for _, row := range []struct {
		name  string
		by    PersonID
		who   Person
		kind  Kind
		piece string
	}{
		{"a coach lets nobody go", "chen", wei, Forbidden, "只有主管"},
		{"the director goes by the administrator", "fang", zhou, Forbidden, "由管理员办离职"},
		{"before the stay began", "fang", wei, Invalid, "才到岗"},
	} {
		t.Run(row.name, func(t *testing.T) {
			last := day(t, "2026-02-10")
			if row.kind == Invalid {
				last = day(t, "2019-01-01")
			}
			_, err := o.sop.Leave(o.by(row.by, "2026-02-10 10:00"), Leaving{Who: row.who, Last: last})
			refusal(t, err, row.kind, row.piece)
		})
	}
	if _, err := o.sop.Leave(o.by("gong", "2026-02-10 10:00"), Leaving{Who: zhou, Last: day(t, "2026-02-10")}); err != nil {
		t.Error(err)
	}
}

// Hours go along with a transfer, and a transfer is no arrival.
func TestTransferInMidMonth(t *testing.T) {
	o := hireOffice(t)
	f, who := o.arrive("lin", "林晓", "2026-02-06")
	target := Office{ID: "jiang", Name: "江湾管理处"}
	c, err := o.sop.Transfer(o.by("fang", "2026-02-12 10:00"), Leaving{Who: who, File: f}, target, day(t, "2026-02-16"), []PersonID{"min"})
	if err != nil {
		t.Fatal(err)
	}
	moved := c.People[0]
	if moved.Has("hu", Trainee, day(t, "2026-02-16")) || !moved.Has("hu", Trainee, day(t, "2026-02-15")) || !moved.Has("jiang", Trainee, day(t, "2026-02-16")) || len(Arrivals(moved, "jiang")) != 0 {
		t.Errorf("%+v", moved.Memberships)
	}
	files := Files(Staff{moved}, "jiang", c.Files, nil)
	if len(files) != 1 || files[0].Since != f.Since || files[0].State != OnTrial || o.sop.TestDay(files[0]) != day(t, "2026-02-27") {
		t.Errorf("the file goes along: %+v", files)
	}
	if here := Files(Staff{moved}, "hu", c.Files, nil); len(here) != 0 {
		t.Errorf("the file is still here: %+v", here)
	}
	told := map[PersonID]bool{}
	for _, n := range c.Notices {
		for _, id := range n.To {
			told[id] = true
		}
	}
	if !told["min"] || !told["lin"] {
		t.Errorf("told: %v", told)
	}
	_, err = o.sop.Transfer(o.by("fang", "2026-02-12 10:00"), Leaving{Who: who}, Office{ID: "hu", Name: "翠湖管理处"}, day(t, "2026-02-16"), nil)
	refusal(t, err, Invalid, "已经在")
}

func TestHandingOver(t *testing.T) {
	o := hireOffice(t)
	fang, _ := o.staff.Person("fang")
	li, _ := o.staff.Person("li")
	soon := Session{ID: "a", No: 1, Office: "hu", State: Planned, Lecturer: "fang", Start: o.at("2026-10-12 15:00")}
	held := soon
	held.ID, held.State = "b", Closed
	plan := Plan{ID: "plan", Office: "hu", Versions: []PlanVersion{{Number: 1, State: Approved, DraftedBy: "fang"}, {Number: 2, State: Draft, DraftedBy: "fang", Items: []Item{{ID: "i", Lecturer: "fang"}}}}}
	named := Proposal{ID: "p", No: 3, Office: "hu", Kind: "x", For: Supervisor, To: []PersonID{"fang"}, State: Proposed, Title: "请假"}
	f := OrientationFile{ID: "f", Person: "wei", State: OnTrial, Coach: "chen"}
	h := Handing{From: fang, To: li, Sessions: []Session{soon, held}, Plans: []Plan{plan}, Proposals: []Proposal{named}, Files: []OrientationFile{f}}
	_, err := o.sop.HandOver(o.by("fang", "2026-10-10 10:00"), h)
	refusal(t, err, Forbidden, "由上一级或管理员确认")
	c, err := o.sop.HandOver(o.by("zhou", "2026-10-10 10:00"), h)
	if err != nil {
		t.Fatal(err)
	}
	today, tomorrow := day(t, "2026-10-10"), day(t, "2026-10-11")
	to, from := c.People[0], c.People[1]
	if !to.Has("hu", Supervisor, today) || !to.Has("hu", Trainee, today) || to.Has("hu", Supervisor, today.AddDays(-1)) {
		t.Errorf("who takes over: %+v", to.Memberships)
	}
	if !from.Has("hu", Supervisor, today) || from.Has("hu", Supervisor, tomorrow) {
		t.Errorf("who hands over: %+v", from.Memberships)
	}
	if len(Arrivals(to, "hu")) != 1 {
		t.Error("a new role is no arrival")
	}
	if len(c.Sessions) != 1 || c.Sessions[0].Lecturer != "li" {
		t.Errorf("%+v", c.Sessions)
	}
	if len(c.Plans) != 1 || c.Plans[0].Versions[0].DraftedBy != "fang" || c.Plans[0].Versions[1].DraftedBy != "li" || c.Plans[0].Versions[1].Items[0].Lecturer != "li" {
		t.Errorf("%+v", c.Plans)
	}
	if len(c.Proposals) != 1 || c.Proposals[0].To[0] != "li" || len(c.Files) != 0 {
		t.Errorf("%+v %+v", c.Proposals, c.Files)
	}
	if !strings.Contains(c.Reply.Text, "主管身份、主讲1场、草稿1份、等决定的事1件") {
		t.Error(c.Reply.Text)
	}
	for _, row := range []struct {
		by, from PersonID
		may      bool
	}{{"zhou", "fang", true}, {"fang", "fang", false}, {"zhou", "zhou", false}, {"fang", "chen", true}, {"chen", "chen", false}} {
		p, _ := o.staff.Person(row.from)
		if got := o.sop.MayHand(o.by(row.by, "2026-10-10 10:00"), p); got != row.may {
			t.Errorf("%s hands over for %s: %v", row.by, row.from, got)
		}
	}
}
