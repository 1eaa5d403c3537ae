package domain_test

import (
	"slices"
	"strings"
	"testing"

	"trainingbot/domain"
)

// refused fails unless err is a refusal of the kind whose sentence has all the words.
func refused(t *testing.T, err error, kind domain.Kind, words ...string) {
	t.Helper()
	r, ok := domain.Refusal(err)
	if !ok {
		t.Fatalf("want a refusal, got %v", err)
	}
	if r.Kind != kind {
		t.Errorf("kind %s, want %s: %s", r.Kind, kind, r.Text)
	}
	for _, w := range words {
		if !strings.Contains(r.Text, w) {
			t.Errorf("refusal %q lacks %q", r.Text, w)
		}
	}
}

func TestSubmitTellsTheDirector(t *testing.T) {
	o := newCaseOffice(t)
	c, err := o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.plan())
	p := only(t, c, err)
	if v := p.Latest(); v.State != domain.Submitted || v.DaysLate != 0 || v.SubmittedBy != "fang" {
		t.Errorf("version %+v", v)
	}
	if len(c.Notices) != 1 || len(c.Notices[0].To) != 1 || c.Notices[0].To[0] != "zhou" {
		t.Fatalf("notices %+v", c.Notices)
	}
	card := c.Notices[0].Body.Card
	if card == nil || len(card.Buttons) != 3 || card.Buttons[0].Line != "同意 P7 v1" {
		t.Errorf("card %+v", card)
	}
}

func TestSubmitLateIsRecordedAsLate(t *testing.T) {
	o := newCaseOffice(t)
	for _, row := range []struct {
		at   string
		late int
	}{{"2026-09-25 23:59", 0}, {"2026-09-26 00:00", 1}, {"2026-10-02 08:00", 7}} {
		c, err := o.sop.Submit(o.by("fang", row.at), o.plan())
		if got := only(t, c, err).Latest().DaysLate; got != row.late {
			t.Errorf("submitted %s: %d days late, want %d", row.at, got, row.late)
		}
	}
}

func TestSubmitRefusals(t *testing.T) {
	o := newCaseOffice(t)
	_, err := o.sop.Submit(o.by("li", "2026-09-21 16:02"), o.plan())
	refused(t, err, domain.Forbidden, "主管", "王芳")
	_, err = o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.submitted())
	refused(t, err, domain.Conflict, "待审批")
	empty := o.plan()
	empty.Versions[0].Items = nil
	_, err = o.sop.Submit(o.by("fang", "2026-09-21 16:02"), empty)
	refused(t, err, domain.Invalid, "加一场")
	o.staff = o.staff[:1]
	_, err = o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.plan())
	refused(t, err, domain.Unready, "主任")
}

func TestApproveMakesSessionsAndTellsEveryone(t *testing.T) {
	o := newCaseOffice(t)
	c, err := o.sop.Approve(o.by("zhou", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh)
	p := only(t, c, err)
	v := p.Latest()
	if v.State != domain.Approved || v.DecidedBy != "zhou" || v.DecidedLate != 0 {
		t.Errorf("version %+v", v)
	}
	if len(c.Sessions) != 2 || !c.Sessions[0].Start.Equal(o.at("2026-10-09 15:00")) || !c.Sessions[0].End.Equal(o.at("2026-10-09 16:00")) {
		t.Errorf("sessions %+v", c.Sessions)
	}
	if c.Closed[0].Thread != p.Thread(1) || c.Closed[0].Card == nil || c.Closed[0].Card.Settled == "" || len(c.Closed[0].Card.Buttons) != 0 {
		t.Errorf("closed %+v", c.Closed)
	}
	told := map[domain.PersonID]int{}
	for _, n := range c.Notices {
		for _, id := range n.To {
			told[id]++
		}
	}
	for _, id := range []domain.PersonID{"fang", "li", "wei", "wei2"} {
		if told[id] != 1 {
			t.Errorf("%s is told %d times, want once", id, told[id])
		}
	}
	if told["zhou"] != 0 {
		t.Error("the director is told of what he did himself")
	}
}

func TestApproveLate(t *testing.T) {
	o := newCaseOffice(t)
	c, err := o.sop.Approve(o.by("zhou", "2026-10-02 09:00"), o.submitted(), 0, nil, o.fresh)
	if got := only(t, c, err).Latest().DecidedLate; got != 2 {
		t.Errorf("%d days late, want 2", got)
	}
	if !strings.Contains(c.Reply.Text, "迟2天") {
		t.Error(c.Reply.Text)
	}
}

// A second press, a press on a stale card, a press after the plan was withdrawn: each is answered
// with the truth and changes nothing.
func TestNothingLeftToDecide(t *testing.T) {
	o := newCaseOffice(t)
	approved := only2(o.sop.Approve(o.by("zhou", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh))(t)
	returned := only2(o.sop.Return(o.by("zhou", "2026-09-28 09:41"), o.submitted(), 1, "22号前台验收"))(t)
	again := only2(o.sop.MoveItem(o.by("fang", "2026-09-28 10:00"), returned, returned.Latest().Items[1].ID, domain.NewDate(2026, 10, 14), domain.Clock{Hour: 15}))(t)
	again = only2(o.sop.Submit(o.by("fang", "2026-09-28 10:15"), again))(t)
	withdrawn := only2(o.sop.Withdraw(o.by("fang", "2026-09-28 09:00"), o.submitted()))(t)
	for _, row := range []struct {
		name    string
		plan    domain.Plan
		version int
		words   []string
	}{
		{"approved already", approved, 1, []string{"周国平", "批准", "9月28日"}},
		{"returned already", returned, 1, []string{"驳回", "22号前台验收"}},
		{"a newer version waits", again, 1, []string{"驳回", "v2"}},
		{"withdrawn", withdrawn, 1, []string{"撤回"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, decide := range []func() (domain.Change, error){
				func() (domain.Change, error) {
					return o.sop.Approve(o.by("zhou", "2026-09-29 10:16"), row.plan, row.version, nil, o.fresh)
				},
				func() (domain.Change, error) {
					return o.sop.Return(o.by("zhou", "2026-09-29 10:16"), row.plan, row.version, "不行")
				},
			} {
				c, err := decide()
				if err != nil {
					t.Fatal(err)
				}
				if len(c.Plans)+len(c.Sessions)+len(c.Notices)+len(c.Audit) != 0 {
					t.Errorf("something changed: %+v", c)
				}
				if c.Reply.Settle == nil || len(c.Reply.Settle.Buttons) != 0 || c.Reply.Settle.Settled == "" {
					t.Errorf("the pressed card is not settled: %+v", c.Reply.Settle)
				}
				for _, w := range row.words {
					if !strings.Contains(c.Reply.Text, w) {
						t.Errorf("answer %q lacks %q", c.Reply.Text, w)
					}
				}
			}
		})
	}
}

func only2(c domain.Change, err error) func(*testing.T) domain.Plan {
	return func(t *testing.T) domain.Plan { t.Helper(); return only(t, c, err) }
}

func TestApproveIsForDirectorsAlone(t *testing.T) {
	o := newCaseOffice(t)
	for _, id := range []domain.PersonID{"fang", "li", "chen"} {
		_, err := o.sop.Approve(o.by(id, "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh)
		refused(t, err, domain.Forbidden, "主任", "周国平")
		_, err = o.sop.Return(o.by(id, "2026-09-28 10:16"), o.submitted(), 1, "不行")
		refused(t, err, domain.Forbidden, "主任")
	}
}

func TestOwnPlanNeedsAnotherDirector(t *testing.T) {
	o := newCaseOffice(t)
	o.staff = o.staff[:0]
	o.hire("fang", "王芳", domain.Supervisor, domain.Director)
	c, err := o.sop.Approve(o.by("fang", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh)
	if p := only(t, c, err); !p.Latest().SelfDecided || !strings.Contains(c.Reply.Text, "自批，待上级备案") {
		t.Errorf("%+v %s", p.Latest(), c.Reply.Text)
	}
	o.hire("zhou", "周国平", domain.Director)
	_, err = o.sop.Approve(o.by("fang", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh)
	refused(t, err, domain.Forbidden, "另一位")
}

func TestReturnAsksForAReason(t *testing.T) {
	o := newCaseOffice(t)
	c, err := o.sop.Return(o.by("zhou", "2026-09-28 09:41"), o.submitted(), 1, "  ")
	if err != nil || len(c.Plans) != 0 || c.Ask == nil || c.Ask.Line != "驳回 P7 v1" || c.Ask.Kind != domain.Fill {
		t.Fatalf("%+v %v", c, err)
	}
	c, err = o.sop.Return(o.by("zhou", "2026-09-28 09:41"), o.submitted(), 1, "22号前台验收，客服走不开")
	p := only(t, c, err)
	if v := p.Latest(); v.State != domain.Returned || v.Reason != "22号前台验收，客服走不开" {
		t.Errorf("%+v", v)
	}
	if len(c.Notices) != 1 || c.Notices[0].To[0] != "fang" || !strings.Contains(c.Notices[0].Body.Text, "22号前台验收，客服走不开") || !strings.Contains(c.Notices[0].Body.Text, "9月29日") {
		t.Errorf("notices %+v", c.Notices)
	}
}

func TestRevisionLeavesTheApprovedVersionInForce(t *testing.T) {
	o := newCaseOffice(t)
	c, err := o.sop.Approve(o.by("zhou", "2026-09-28 10:16"), o.submitted(), 1, nil, o.fresh)
	p := only(t, c, err)
	sessions := c.Sessions
	p = only2(o.sop.MoveItem(o.by("fang", "2026-10-08 10:00"), p, p.Latest().Items[1].ID, domain.NewDate(2026, 10, 16), domain.Clock{Hour: 16}))(t)
	p = only2(o.sop.DropItem(o.by("fang", "2026-10-08 10:01"), p, p.Latest().Items[0].ID, "合并"))(t)
	p = only2(o.sop.AddItem(o.by("fang", "2026-10-08 10:02"), p, o.item("2026-10-20", "15:00", "案例分析")))(t)
	if a, ok := p.In(domain.Approved); !ok || a.Number != 1 || len(a.Items) != 2 || a.Items[1].Date.Day != 13 {
		t.Fatalf("the approved version changed: %+v", a)
	}
	p = only2(o.sop.Submit(o.by("fang", "2026-10-08 10:03"), p))(t)
	c, err = o.sop.Approve(o.by("zhou", "2026-10-08 11:00"), p, 2, sessions, o.fresh)
	p = only(t, c, err)
	if old, _ := p.Numbered(1); old.State != domain.Superseded {
		t.Errorf("v1 is %s", old.State)
	}
	states := map[domain.SessionState]int{}
	for _, x := range c.Sessions {
		states[x.State]++
	}
	if states[domain.Cancelled] != 1 || states[domain.Planned] != 2 {
		t.Errorf("sessions %+v", c.Sessions)
	}
	// What waits to be sent about a session that is moved or off is withdrawn.
	for _, x := range c.Sessions {
		if old := x.ID == sessions[0].ID || x.ID == sessions[1].ID; old != closes(c, "D10:hu:"+string(x.ID)+":expected") {
			t.Errorf("%s: closed %+v", x.Code(), c.Closed)
		}
	}
	if got := o.sop.Diff(o.staff, mustVersion(t, p, 1).Items, p.Latest().Items); !strings.HasPrefix(got, "删1场") || !strings.Contains(got, "加1场") || !strings.Contains(got, "改期1场") {
		t.Errorf("diff %q", got)
	}
}

func closes(c domain.Change, thread string) bool {
	return slices.ContainsFunc(c.Closed, func(x domain.Settlement) bool { return x.Thread == thread })
}

// However a version stops waiting, both who decides it and who waits for it hear no more of it.
func TestEveryEndOfAVersionEndsItsThreads(t *testing.T) {
	o := newCaseOffice(t)
	p := o.submitted()
	edited := only2(o.sop.AddItem(o.by("fang", "2026-09-22 09:00"), p, o.item("2026-10-22", "15:00", "如何与业主沟通")))(t)
	for name, end := range map[string]func() (domain.Change, error){
		"approved": func() (domain.Change, error) {
			return o.sop.Approve(o.by("zhou", "2026-09-28 10:16"), p, 1, nil, o.fresh)
		},
		"returned": func() (domain.Change, error) {
			return o.sop.Return(o.by("zhou", "2026-09-28 10:16"), p, 1, "走不开")
		},
		"withdrawn": func() (domain.Change, error) { return o.sop.Withdraw(o.by("fang", "2026-09-28 10:16"), p) },
		"replaced":  func() (domain.Change, error) { return o.sop.Submit(o.by("fang", "2026-09-28 10:16"), edited) },
	} {
		c, err := end()
		if err != nil || !closes(c, p.Thread(1)) || !closes(c, p.Thread(1)+":supervisor") {
			t.Errorf("%s: %+v, %v", name, c.Closed, err)
		}
	}
}

func mustVersion(t *testing.T, p domain.Plan, n int) domain.PlanVersion {
	t.Helper()
	v, ok := p.Numbered(n)
	if !ok {
		t.Fatalf("no v%d", n)
	}
	return v
}

func TestSubmittingAgainReplacesWhatWaits(t *testing.T) {
	o := newCaseOffice(t)
	p := only2(o.sop.AddItem(o.by("fang", "2026-09-22 09:00"), o.submitted(), o.item("2026-10-22", "15:00", "如何与业主沟通")))(t)
	c, err := o.sop.Submit(o.by("fang", "2026-09-22 09:01"), p)
	p = only(t, c, err)
	if old := mustVersion(t, p, 1); old.State != domain.Withdrawn {
		t.Errorf("v1 is %s", old.State)
	}
	if w, _ := p.In(domain.Submitted); w.Number != 2 {
		t.Errorf("v%d waits", w.Number)
	}
	if len(c.Closed) == 0 || c.Closed[0].Thread != p.Thread(1) || c.Closed[0].Card == nil {
		t.Errorf("the old card stays open: %+v", c.Closed)
	}
}

func TestItemsThatDoNotFit(t *testing.T) {
	o := newCaseOffice(t)
	p := o.plan()
	with := func(change func(*domain.Item)) error {
		it := o.item("2026-10-20", "15:00", "案例分析")
		change(&it)
		_, err := o.sop.AddItem(o.by("fang", "2026-09-22 09:00"), p, it)
		return err
	}
	refused(t, with(func(it *domain.Item) { it.Date = domain.NewDate(2026, 11, 1) }), domain.Invalid, "不在2026年10月")
	refused(t, with(func(it *domain.Item) { it.Topics = nil }), domain.Invalid, "主题")
	refused(t, with(func(it *domain.Item) { it.Lecturer = "li" }), domain.Invalid, "李娜", "不是讲师")
	refused(t, with(func(it *domain.Item) {
		it.Date, it.Start = domain.NewDate(2026, 10, 9), domain.Clock{Hour: 15, Minute: 30}
	}), domain.Conflict, "王芳", "15:00")
	if err := with(func(it *domain.Item) { it.Date, it.Start = domain.NewDate(2026, 10, 9), domain.Clock{Hour: 16} }); err != nil {
		t.Errorf("right after the other one: %v", err)
	}
	refused(t, with(func(it *domain.Item) {
		p.Versions[0].Items[0].Room, it.Room, it.Lecturer = "培训室", "培训室", "chen"
		it.Date, it.Start = domain.NewDate(2026, 10, 9), domain.Clock{Hour: 14, Minute: 30}
	}), domain.Conflict, "培训室")
}

// A director no message can reach is no silent dead end.
func TestSubmitToAMuteDirector(t *testing.T) {
	o := newCaseOffice(t)
	c, err := o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.plan())
	if err != nil || strings.Contains(c.Reply.Text, "平台账号") {
		t.Errorf("with an account: %s %v", c.Reply.Text, err)
	}
	for i := range o.staff {
		if o.staff[i].ID == "zhou" {
			o.staff[i].Handles = nil
		}
	}
	c, err = o.sop.Submit(o.by("fang", "2026-09-21 16:02"), o.plan())
	if err != nil || !strings.Contains(c.Reply.Text, "周国平还没有平台账号") {
		t.Errorf("without: %s %v", c.Reply.Text, err)
	}
}
