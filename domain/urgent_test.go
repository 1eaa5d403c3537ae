package domain_test

import (
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

func (o *caseOffice) session(start string) domain.Session {
	o.t.Helper()
	at := o.at(start)
	return domain.Session{ID: "s", No: 31, Office: "hu", Plan: "plan", Item: "i", Topics: []string{"服务意识"}, Lecturer: "chen", Start: at, End: at.Add(time.Hour), State: domain.Planned, Version: 3}
}

func TestWhatIsUrgent(t *testing.T) {
	o := newCaseOffice(t)
	for name, row := range map[string]struct {
		by    domain.PersonID
		now   string
		start string
		plan  domain.PlanID
		want  bool
	}{
		"today":                {"fang", "2026-10-09 08:00", "2026-10-09 15:00", "plan", true},
		"on the last day":      {"fang", "2026-10-06 23:59", "2026-10-09 15:00", "plan", true},
		"a day before that":    {"fang", "2026-10-05 23:59", "2026-10-09 15:00", "plan", false},
		"the lecturer does it": {"chen", "2026-10-09 08:00", "2026-10-09 15:00", "plan", true},
		"the director himself": {"zhou", "2026-10-09 08:00", "2026-10-09 15:00", "plan", false},
		"on no approved plan":  {"fang", "2026-10-09 08:00", "2026-10-09 15:00", "", false},
	} {
		x := o.session(row.start)
		x.Plan = row.plan
		if got := o.sop.Urgent(o.by(row.by, row.now), x, x.Start); got != row.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	if got := o.sop.UrgentCount(3); strings.Contains(got, "上限") {
		t.Error(got)
	}
	if got := o.sop.UrgentCount(4); !strings.Contains(got, "第4次，超过每月3次的上限") {
		t.Error(got)
	}
	o.sop.Policy.Plan.UrgentLimit = 0
	if got := o.sop.UrgentCount(40); strings.Contains(got, "上限") {
		t.Error(got)
	}
}

// What was moved or called off is brought back to what it was, and everybody who was told is told again.
func TestRestoreSession(t *testing.T) {
	o := newCaseOffice(t)
	was := o.session("2026-10-09 15:00")
	was.Room = "培训室"
	for name, change := range map[string]func() (domain.Change, error){
		"moved": func() (domain.Change, error) {
			return o.sop.MoveSession(o.by("fang", "2026-10-08 10:00"), was, o.at("2026-10-10 16:00"), "消防局来检查")
		},
		"called off": func() (domain.Change, error) {
			return o.sop.CancelSession(o.by("fang", "2026-10-08 10:00"), was, "台风")
		},
	} {
		c, err := change()
		if err != nil {
			t.Fatal(err)
		}
		x, undo := c.Sessions[0], c.Audit[0].Undo
		x.Version++ // kept
		back, err := o.sop.RestoreSession(o.by("fang", "2026-10-08 10:05"), x, *undo)
		if err != nil {
			t.Fatal(err)
		}
		got := back.Sessions[0]
		if !got.Start.Equal(was.Start) || !got.End.Equal(was.End) || got.State != domain.Planned || got.Room != was.Room || got.Reason != was.Reason {
			t.Errorf("%s: %+v", name, got)
		}
		if len(back.Notices) != 1 || len(back.Notices[0].To) != len(c.Notices[0].To) || back.Notices[0].Key == c.Notices[0].Key {
			t.Errorf("%s: told %+v", name, back.Notices)
		}
		x.Version++ // somebody changed it since
		_, err = o.sop.RestoreSession(o.by("fang", "2026-10-08 10:05"), x, *undo)
		refused(t, err, domain.Conflict, "之后又有变动")
		x.Version--
		_, err = o.sop.RestoreSession(o.by("fang", "2026-10-09 15:00"), x, *undo)
		refused(t, err, domain.TooLate, "已经过去")
	}
}

// An edit of a draft is taken back; a version it began is withdrawn, and what was in force stays.
func TestRestoreItems(t *testing.T) {
	o := newCaseOffice(t)
	p := o.plan()
	p.Version = 1
	c, err := o.sop.DropItem(o.by("fang", "2026-09-21 10:00"), p, p.Latest().Items[0].ID, "")
	edited := only(t, c, err)
	edited.Version = 2
	back := only2(o.sop.RestoreItems(o.by("fang", "2026-09-21 10:05"), edited, *c.Audit[0].Undo))(t)
	if len(back.Latest().Items) != 2 || back.Latest().State != domain.Draft {
		t.Errorf("%+v", back.Latest())
	}
	edited.Version = 3
	_, err = o.sop.RestoreItems(o.by("fang", "2026-09-21 10:05"), edited, *c.Audit[0].Undo)
	refused(t, err, domain.Conflict, "之后又改过")

	inForce := only2(o.sop.Approve(o.by("zhou", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh))(t)
	c, err = o.sop.DropItem(o.by("fang", "2026-10-08 10:00"), inForce, inForce.Latest().Items[0].ID, "")
	edited = only(t, c, err)
	edited.Version = c.Audit[0].Undo.After
	back = only2(o.sop.RestoreItems(o.by("fang", "2026-10-08 10:05"), edited, *c.Audit[0].Undo))(t)
	if v := back.Latest(); v.Number != 2 || v.State != domain.Withdrawn || len(v.Items) != 2 {
		t.Errorf("%+v", v)
	}
	if v, ok := back.In(domain.Approved); !ok || v.Number != 1 {
		t.Error("what was in force is not any more")
	}
}
