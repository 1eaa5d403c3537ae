package domain_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

// class gives a session of 9 October, 15:00, opened at 14:50 with both trainees on its roster.
func (o *caseOffice) class() domain.Session {
	o.t.Helper()
	x := domain.Session{ID: "s1", No: 31, Office: "hu", Topics: []string{"服务意识"}, Lecturer: "fang", State: domain.Planned,
		Start: o.at("2026-10-09 15:00"), End: o.at("2026-10-09 16:00")}
	c, err := o.sop.OpenSession(o.by("fang", "2026-10-09 14:50"), x, []byte("secret"))
	if err != nil {
		o.t.Fatal(err)
	}
	return c.Sessions[0]
}

func (o *caseOffice) checkIn(id domain.PersonID, at, code string, present []domain.Attendance, xs ...domain.Session) (domain.Change, error) {
	c := o.by(id, at)
	var own []domain.Attendance
	for _, a := range present {
		if a.Person == id {
			own = append(own, a)
		}
	}
	return o.sop.CheckIn(domain.Roll{By: c.By, Sessions: xs, Present: own}, code, "m1", c.Now)
}

func TestCheckInMinutesLate(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	for _, row := range []struct {
		at   string
		late int
	}{{"2026-10-09 14:53", 0}, {"2026-10-09 15:00", 0}, {"2026-10-09 15:00:59", 0}, {"2026-10-09 15:01", 1}, {"2026-10-09 15:08:30", 8}} {
		c, err := o.checkIn("li", row.at, o.sop.Code(x, o.at(row.at)), nil, x)
		if err != nil {
			t.Fatalf("%s: %v", row.at, err)
		}
		if len(c.Attendance) != 1 || c.Attendance[0].Late != row.late || c.Attendance[0].Person != "li" || len(c.Audit) != 1 {
			t.Errorf("%s: %+v", row.at, c)
		}
		if strings.Contains(c.Reply.Text, "迟到") != (row.late > 0) {
			t.Errorf("%s: %s", row.at, c.Reply.Text)
		}
	}
}

func TestCheckInRefusals(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	now := "2026-10-09 14:55"
	good := o.sop.Code(x, o.at(now))
	wrong := "0000"
	if good == wrong {
		wrong = "0001"
	}
	closed := x
	closed.State, closed.ClosedAt = domain.Closed, o.at("2026-10-09 15:50")
	planned := x
	planned.State, planned.Roster, planned.Secret = domain.Planned, nil, nil
	cancelled := planned
	cancelled.State = domain.Cancelled
	seen := []domain.Attendance{{Session: x.ID, Person: "li", At: o.at("2026-10-09 14:53")}}
	for _, row := range []struct {
		name    string
		who     domain.PersonID
		at      string
		code    string
		present []domain.Attendance
		session domain.Session
		kind    domain.Kind
		words   []string
	}{
		{"wrong code", "li", now, wrong, nil, x, domain.Invalid, []string{"口令不对"}},
		{"twice", "li", now, good, seen, x, domain.Conflict, []string{"14:53", "签到过了"}},
		{"twice with a wrong code", "li", now, wrong, seen, x, domain.Conflict, []string{"14:53"}},
		{"not on the list", "chen", now, good, nil, x, domain.Forbidden, []string{"名单", "加人"}},
		{"before it opens", "li", now, good, nil, planned, domain.TooEarly, []string{"还没开放", "15:00"}},
		{"after the close", "li", "2026-10-09 15:55", good, nil, closed, domain.TooLate, []string{"关课", "点名"}},
		{"after the close, was there", "li", "2026-10-09 15:55", good, seen, closed, domain.Conflict, []string{"14:53"}},
		{"cancelled", "li", now, good, nil, cancelled, domain.NotFound, []string{"没有可以签到"}},
		{"old code", "li", "2026-10-09 15:25", good, nil, x, domain.Invalid, []string{"口令已更新"}},
		{"no digits", "li", now, "", nil, x, domain.Invalid, []string{"4位"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := o.checkIn(row.who, row.at, row.code, row.present, row.session)
			refused(t, err, row.kind, row.words...)
			if len(c.Attendance) != 0 {
				t.Error("a refusal left a presence behind")
			}
		})
	}
	_, err := o.checkIn("li", now, good, nil)
	refused(t, err, domain.NotFound, "课表")
}

// The code before the current one counts within the grace and no longer; a code of another session
// or before the opening never does.
func TestCodesChange(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	first := o.sop.Code(x, x.OpenedAt)
	period, grace := o.sop.Policy.CheckIn.CodePeriod, o.sop.Policy.CheckIn.CodeGrace
	other := x
	other.Secret = []byte("another")
	for _, row := range []struct {
		name string
		now  time.Time
		code string
		ok   bool
	}{
		{"at the opening", x.OpenedAt, first, true},
		{"last instant", x.OpenedAt.Add(period - time.Microsecond), first, true},
		{"within the grace", x.OpenedAt.Add(period + grace - time.Microsecond), first, true},
		{"after the grace", x.OpenedAt.Add(period + grace), first, false},
		{"another session's", x.OpenedAt, o.sop.Code(other, x.OpenedAt), false},
		{"next period's, early", x.OpenedAt, o.sop.Code(x, x.OpenedAt.Add(period)), false},
	} {
		c := o.by("li", "2026-10-09 14:50")
		_, err := o.sop.CheckIn(domain.Roll{By: c.By, Sessions: []domain.Session{x}}, row.code, "m", row.now)
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// With two sessions open at once the code tells which one is meant.
func TestCodeTellsTheSession(t *testing.T) {
	o := newCaseOffice(t)
	a, b := o.class(), o.class()
	b.ID, b.No, b.Secret = "s2", 32, []byte("other")
	c, err := o.checkIn("li", "2026-10-09 14:55", o.sop.Code(b, o.at("2026-10-09 14:55")), nil, a, b)
	if err != nil || c.Attendance[0].Session != "s2" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestOpenSession(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	if len(x.Roster) != 3 || x.State != domain.Open {
		t.Errorf("roster %v, state %s", x.Roster, x.State)
	}
	planned := x
	planned.State, planned.Roster = domain.Planned, nil
	for _, row := range []struct {
		name  string
		who   domain.PersonID
		at    string
		state domain.SessionState
		kind  domain.Kind
		words string
	}{
		{"too early", "fang", "2026-10-09 14:29", domain.Planned, domain.TooEarly, "14:30"},
		{"far too late", "fang", "2026-10-09 20:01", domain.Planned, domain.TooLate, "改期"},
		{"a trainee", "li", "2026-10-09 14:50", domain.Planned, domain.Forbidden, "王芳"},
		{"another lecturer", "chen", "2026-10-09 14:50", domain.Planned, domain.Forbidden, "王芳"},
		{"closed", "fang", "2026-10-09 15:50", domain.Closed, domain.TooLate, "关课"},
		{"cancelled", "fang", "2026-10-09 14:50", domain.Cancelled, domain.Conflict, "取消"},
	} {
		y := planned
		y.State = row.state
		_, err := o.sop.OpenSession(o.by(row.who, row.at), y, []byte("x"))
		t.Run(row.name, func(t *testing.T) { refused(t, err, row.kind, row.words) })
	}
	c, err := o.sop.OpenSession(o.by("fang", "2026-10-09 14:58"), x, []byte("new secret"))
	if err != nil || len(c.Sessions) != 0 || !strings.Contains(c.Reply.Text, o.sop.Code(x, o.at("2026-10-09 14:58"))) {
		t.Errorf("opening twice: %+v %v", c, err)
	}
}

func TestRosterCountsThoseEmployedOnTheDay(t *testing.T) {
	o := newCaseOffice(t)
	o.hire("new", "新人", domain.Trainee)
	o.staff[len(o.staff)-1].Memberships[0].Since = domain.NewDate(2026, 10, 10)
	o.hire("gone", "老人", domain.Trainee)
	o.staff[len(o.staff)-1].Memberships[0].Until = domain.NewDate(2026, 10, 8)
	o.hire("last", "末日", domain.Trainee)
	o.staff[len(o.staff)-1].Memberships[0].Until = domain.NewDate(2026, 10, 9)
	x := o.class()
	if got := len(x.Roster); got != 4 {
		t.Errorf("roster %v, want the three and the one whose last day it is", x.Roster)
	}
}

func TestCloseCountsHeads(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	present := []domain.Attendance{{Session: x.ID, Person: "li", At: o.at("2026-10-09 15:08"), Late: 8}}
	c, err := o.sop.CloseSession(o.by("fang", "2026-10-09 16:00"), x, domain.Close{Present: present, Heads: 2, Note: "讲得顺利", RecordNo: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []string{"应到3", "实到1", "迟到1", "未到2", "不一致"} {
		if !strings.Contains(c.Reply.Text, w) {
			t.Errorf("%q lacks %q", c.Reply.Text, w)
		}
	}
	if y := c.Sessions[0]; y.State != domain.Closed || !strings.Contains(y.CloseNote, "现场2人") || !strings.Contains(y.CloseNote, "讲得顺利") {
		t.Errorf("%+v", y)
	}
	_, err = o.sop.CloseSession(o.by("fang", "2026-10-09 16:01"), c.Sessions[0], domain.Close{Present: present, Heads: -1})
	refused(t, err, domain.Conflict, "关课")
}

func TestMarkByHand(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	wei, _ := o.staff.Person("wei")
	c, err := o.sop.Mark(o.by("fang", "2026-10-09 15:20"), x, wei, nil, 0, "", "m")
	if err != nil || c.Ask == nil || len(c.Attendance) != 0 {
		t.Fatalf("without a reason: %+v %v", c, err)
	}
	c, err = o.sop.Mark(o.by("fang", "2026-10-09 15:20"), x, wei, nil, 0, "手机没电", "m")
	if err != nil || len(c.Attendance) != 1 || c.Attendance[0].Way != domain.ByHand || c.Attendance[0].MarkedBy != "fang" || len(c.Notices) != 1 || c.Notices[0].To[0] != "wei" {
		t.Fatalf("%+v %v", c, err)
	}
	_, err = o.sop.Mark(o.by("fang", "2026-10-09 15:21"), x, wei, c.Attendance, 0, "手机没电", "m2")
	refused(t, err, domain.Conflict, "已经签到")
	chen, _ := o.staff.Person("chen")
	_, err = o.sop.Mark(o.by("fang", "2026-10-09 15:21"), x, chen, nil, 0, "在场", "m3")
	refused(t, err, domain.NotFound, "名单")
	_, err = o.sop.Mark(o.by("li", "2026-10-09 15:21"), x, wei, nil, 0, "在场", "m4")
	refused(t, err, domain.Forbidden, "讲师")
}

func TestMoveAndCancel(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	x.State, x.Roster, x.Secret = domain.Planned, nil, nil
	x.Coming, x.ConfirmedAt = []domain.PersonID{"li"}, o.at("2026-10-07 10:00")
	c, err := o.sop.MoveSession(o.by("fang", "2026-10-08 10:00"), x, domain.Move{Start: o.at("2026-10-10 16:00"), Reason: "消防局来检查"})
	if err != nil {
		t.Fatal(err)
	}
	y := c.Sessions[0]
	if !y.Start.Equal(o.at("2026-10-10 16:00")) || !y.End.Equal(o.at("2026-10-10 17:00")) || len(c.Closed) == 0 {
		t.Errorf("%+v", c)
	}
	if len(c.Notices) != 2 || len(c.Notices[0].To) != 3 || c.Notices[0].Body.Card == nil || len(c.Notices[1].To) != 1 {
		t.Errorf("told %+v, want three trainees, who are asked again, and the director", c.Notices)
	}
	if y.Coming != nil || !y.ConfirmedAt.Equal(o.at("2026-10-08 10:00")) {
		t.Errorf("coming %v, confirmed %v: want what was said of the old time forgotten, the lecturer moved it herself", y.Coming, y.ConfirmedAt)
	}
	z := x
	z.Lecturer = "chen"
	c, err = o.sop.MoveSession(o.by("fang", "2026-10-08 10:00"), z, domain.Move{Start: o.at("2026-10-10 16:00"), Reason: "消防局来检查"})
	if err != nil || !c.Sessions[0].ConfirmedAt.IsZero() || !slices.Equal(c.Notices[0].To, []domain.PersonID{"chen"}) || c.Notices[0].Body.Card == nil {
		t.Errorf("%+v %v: want the lecturer asked to confirm again", c, err)
	}
	c, err = o.sop.CancelSession(o.by("fang", "2026-10-08 10:00"), x, "")
	if err != nil || c.Ask == nil || len(c.Sessions) != 0 {
		t.Errorf("without a reason: %+v %v", c, err)
	}
	c, err = o.sop.CancelSession(o.by("fang", "2026-10-08 10:00"), x, "台风")
	if err != nil || c.Sessions[0].State != domain.Cancelled || c.Sessions[0].Reason != "台风" {
		t.Errorf("%+v %v", c, err)
	}
	_, err = o.sop.MoveSession(o.by("fang", "2026-10-08 10:00"), x, domain.Move{Start: o.at("2026-10-07 16:00"), Reason: "x"})
	refused(t, err, domain.Invalid, "已经过去")
	_, err = o.sop.MoveSession(o.by("fang", "2026-10-09 15:00"), o.class(), domain.Move{Start: o.at("2026-10-10 16:00"), Reason: "x"})
	refused(t, err, domain.Conflict, "不能再改")
	_, err = o.sop.CancelSession(o.by("li", "2026-10-08 10:00"), x, "不想上")
	refused(t, err, domain.Forbidden, "主管")
}

// A session nobody closed takes no more check-ins once it is long over.
func TestForgottenSession(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	last := x.End.Add(o.sop.Policy.CheckIn.OpenAfter)
	c := o.by("li", "2026-10-09 14:50")
	for _, row := range []struct {
		at time.Time
		ok bool
	}{{last.Add(-time.Microsecond), true}, {last, false}} {
		_, err := o.sop.CheckIn(domain.Roll{By: c.By, Sessions: []domain.Session{x}}, o.sop.Code(x, row.at), "m", row.at)
		if row.ok != (err == nil) {
			t.Errorf("%s: %v", row.at, err)
		}
		if !row.ok {
			refused(t, err, domain.TooLate, "点名")
		}
	}
}

// Word of a change waits for the end of the quiet hours when that is early enough.
func TestChangesRespectTheQuietHours(t *testing.T) {
	o := newCaseOffice(t)
	x := o.class()
	x.State, x.Roster, x.Secret = domain.Planned, nil, nil
	for _, row := range []struct{ now, told string }{
		{"2026-10-08 22:59", "2026-10-08 22:59"},
		{"2026-10-08 23:00", "2026-10-09 07:00"},
		{"2026-10-09 03:00", "2026-10-09 07:00"},
		{"2026-10-09 07:00", "2026-10-09 07:00"},
	} {
		c, err := o.sop.CancelSession(o.by("fang", row.now), x, "台风")
		if err != nil || !c.Notices[0].At.Equal(o.at(row.told)) {
			t.Errorf("cancelled at %s: told at %s, want %s (%v)", row.now, c.Notices[0].At, row.told, err)
		}
	}
	x.Start, x.End = o.at("2026-10-09 07:20"), o.at("2026-10-09 08:20")
	c, err := o.sop.CancelSession(o.by("fang", "2026-10-09 03:00"), x, "台风")
	if err != nil || !c.Notices[0].At.Equal(o.at("2026-10-09 03:00")) {
		t.Errorf("an early class: told at %s (%v)", c.Notices[0].At, err)
	}
}
