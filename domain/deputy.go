package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Acting is one stretch of days on which a person stands in for somebody's role in an office
// (mission C5-1c). It gives power only while the person belongs to the office.
type Acting struct {
	Office OfficeID
	Role   Role
	For    PersonID
	Since  Date
	Until  Date      // last day, inclusive
	Ended  time.Time // taken back early; zero: not
}

// On says whether the stretch gives power on day d.
func (a Acting) On(d Date) bool { return a.Ended.IsZero() && !d.Before(a.Since) && !d.After(a.Until) }

// StandsIn gives for whom the person has the role in the office on day d, empty when the role is the
// person's own or not theirs at all.
func (p Person) StandsIn(o OfficeID, r Role, d Date) PersonID {
	if p.Holds(o, r, d) {
		return ""
	}
	for _, a := range p.Acting {
		if a.Office == o && a.Role == r && a.On(d) && slices.ContainsFunc(p.Memberships, func(m Membership) bool { return m.Office == o && m.On(d) }) {
			return a.For
		}
	}
	return ""
}

// StoodIn gives the newest stretch in which the person had one of the roles as a deputy of the office
// and has it no more, or not yet, on day d: what a deputy is told who comes too late.
func (p Person) StoodIn(o OfficeID, d Date, roles ...Role) (Acting, bool) {
	var last Acting
	for _, a := range p.Acting {
		if a.Office == o && slices.Contains(roles, a.Role) && !p.Has(o, a.Role, d) && (last.For == "" || last.Until.Before(a.Until)) {
			last = a
		}
	}
	return last, last.For != ""
}

// Answering gives those who are asked when something of a role comes up on day d: who holds it and
// is not away, and the deputies of those who are.
func (s Staff) Answering(o OfficeID, r Role, d Date) []Person {
	away := map[PersonID]bool{}
	for _, p := range s {
		if id := p.StandsIn(o, r, d); id != "" {
			away[id] = true
		}
	}
	return slices.DeleteFunc(s.With(o, r, d), func(p Person) bool { return away[p.ID] })
}

// Signed names who did something, and in whose place: 刘敏（代周国平）.
func (s Staff) Signed(id, behalf PersonID) string {
	if behalf == "" {
		return s.Name(id)
	}
	return fmt.Sprintf("%s（代%s）", s.Name(id), s.Name(behalf))
}

// settledBy says who settled a card, short enough for the place where its buttons were.
func (s Staff) settledBy(id, behalf PersonID) string {
	if behalf == "" {
		return "已由" + s.Name(id)
	}
	return s.Name(id) + "代" + s.Name(behalf)
}

// signed names people of a role as they answer on day d.
func (s Staff) signed(o OfficeID, r Role, d Date, people []Person) string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = s.Signed(p.ID, p.StandsIn(o, r, d))
	}
	return strings.Join(out, "、")
}

// Delegation is a role handed to a deputy for some days by the one who holds it, confirmed by the
// deputy. It ends with its last day, or when either takes it back; it is never deleted.
type Delegation struct {
	ID        DelegationID
	Office    OfficeID
	Role      Role
	For       PersonID
	Deputy    PersonID
	Since     Date
	Until     Date
	Reason    string
	Confirmed time.Time
	Ended     time.Time // taken back; zero: not
	EndedBy   PersonID
	Version   int64
}

// Span says the days: 9月26日(周六)至10月2日(周五).
func (d Delegation) Span() string { return span(d.Since, d.Until) }

func span(from, to Date) string {
	if from == to {
		return from.Chinese()
	}
	return from.Chinese() + "至" + to.Chinese()
}

// overlaps says whether two delegations of one person's role share a day.
func (d Delegation) overlaps(e Delegation) bool {
	return d.Office == e.Office && d.For == e.For && d.Role == e.Role && e.Ended.IsZero() && !d.Until.Before(e.Since) && !e.Until.Before(d.Since)
}

// Deputy is the kind of proposal by which somebody is asked to stand in.
const Deputy ProposalKind = "deputy"

// delegable are the roles that may be handed over, the one meant first when a person holds both.
var delegable = []Role{Director, Supervisor}

// DeputyProposal asks a deputy to stand in for the one who speaks. d holds Deputy, Since, Until and
// Reason, and Role where it was said; had are the delegations of the office, open what still waits
// for a deputy's word. A deputy cannot delegate on, and two delegations of one role never overlap.
func (s SOP) DeputyProposal(c Case, d Delegation, had []Delegation, open []Proposal) (Proposal, error) {
	const clause = "3.2"
	today := s.today(c)
	d.Office, d.For = c.Office.ID, c.By.ID
	if d.Role == "" {
		i := slices.IndexFunc(delegable, func(r Role) bool { return c.By.Holds(d.Office, r, today) })
		if i >= 0 {
			d.Role = delegable[i]
		}
	}
	if d.Role == "" || !c.By.Holds(d.Office, d.Role, today) {
		for _, r := range delegable {
			if id := c.By.StandsIn(d.Office, r, today); id != "" {
				return Proposal{}, Refuse(Forbidden, clause, fmt.Sprintf("您是代%s行事，不能再转委托。请%s本人发「委托」。", c.Staff.Name(id), c.Staff.Name(id)))
			}
		}
		return Proposal{}, Refuse(Forbidden, clause, "只能委托自己担任的主任或主管。")
	}
	deputy, _ := c.Staff.Person(d.Deputy)
	name := c.Staff.Name(d.Deputy)
	most := s.Policy.Plan.DelegationDays
	switch {
	case d.Deputy == c.By.ID:
		return Proposal{}, Refuse(Invalid, clause, "不能委托自己，请写另一位同事。")
	case d.Until.Before(d.Since):
		return Proposal{}, Refuse(Invalid, clause, fmt.Sprintf("%s在%s之前，请把起止日期写对。", d.Until.Chinese(), d.Since.Chinese()))
	case d.Until.Before(today):
		return Proposal{}, Refuse(TooLate, clause, "这几天已经过去，请写今天或以后的日期。")
	case d.Since.DaysUntil(d.Until) >= most:
		return Proposal{}, Refuse(Invalid, clause, fmt.Sprintf("一次委托最多%d天，请分段委托，或请管理员改名单。", most))
	case len(deputy.Roles(d.Office, d.Since)) == 0 || len(deputy.Roles(d.Office, d.Until)) == 0:
		return Proposal{}, Refuse(Invalid, clause, fmt.Sprintf("%s这几天不在%s的名单里，请换一位。", name, c.Office.Name))
	case deputy.Holds(d.Office, d.Role, d.Since):
		return Proposal{}, Refuse(Conflict, clause, fmt.Sprintf("%s本来就是%s，不用委托。", name, d.Role.Chinese()))
	}
	if d.Since.Before(today) {
		d.Since = today
	}
	for _, e := range had {
		if d.overlaps(e) {
			return Proposal{}, Refuse(Conflict, clause, fmt.Sprintf("%s已经委托给%s，不能重叠。先发「撤销委托 %s」，或换日期。", e.Span(), c.Staff.Name(e.Deputy), c.Staff.Name(e.Deputy)))
		}
	}
	for _, p := range open {
		e := Delegation{Office: p.Office, Role: p.Data.Role, For: p.By, Since: p.Data.Since, Until: p.Data.Until}
		if p.Kind == Deputy && d.overlaps(e) {
			return Proposal{}, Refuse(Conflict, clause, fmt.Sprintf("%s 还在等%s确认（%s），不能重叠。不要了先发「撤销委托 %s」。", p.Code(), c.Staff.Name(p.Data.Person), span(e.Since, e.Until), c.Staff.Name(p.Data.Person)))
		}
	}
	text := fmt.Sprintf("%s（%s）请您在%s代%s行使%s的职责", c.By.Name, d.Role.Chinese(), d.Span(), c.By.Name, d.Role.Chinese())
	if d.Reason != "" {
		text += "：" + d.Reason
	}
	return Proposal{
		Kind: Deputy, Subject: fmt.Sprintf("%s:%s:%s", d.Role, d.For, d.Since), To: []PersonID{d.Deputy}, Clause: clause,
		Title: fmt.Sprintf("代%s%s 待您确认", c.By.Name, d.Role.Chinese()),
		Text:  text + fmt.Sprintf("。期间的卡片会发给您，%s仍可自行处理。不能再转委托。", c.By.Name),
		Due:   d.Since,
		Data:  ProposalData{Person: d.Deputy, Role: d.Role, Since: d.Since, Until: d.Until, Note: d.Reason},
	}, nil
}

// Delegated gives the delegation a deputy has said yes to.
func (s SOP) Delegated(c Case, p Proposal, id DelegationID) Delegation {
	return Delegation{ID: id, Office: p.Office, Role: p.Data.Role, For: p.By, Deputy: p.Data.Person, Since: p.Data.Since, Until: p.Data.Until, Reason: p.Data.Note, Confirmed: c.Now}
}

// WithDeputy gives the staff as it is once a delegation holds.
func (s Staff) WithDeputy(d Delegation) Staff {
	out := slices.Clone(s)
	for i := range out {
		if out[i].ID != d.Deputy {
			continue
		}
		out[i].Acting = slices.DeleteFunc(slices.Clone(out[i].Acting), func(a Acting) bool {
			return a.Office == d.Office && a.Role == d.Role && a.For == d.For && a.Since == d.Since
		})
		out[i].Acting = append(out[i].Acting, Acting{Office: d.Office, Role: d.Role, For: d.For, Since: d.Since, Until: d.Until, Ended: d.Ended})
	}
	return out
}

// EndDelegation takes a delegation back: who gave it may, and the deputy may step down. What was
// decided meanwhile stands.
func (s SOP) EndDelegation(c Case, d Delegation) (Change, error) {
	if c.By.ID != d.For && c.By.ID != d.Deputy {
		return Change{}, Refuse(Forbidden, "3.2", fmt.Sprintf("只有%s或%s能撤销这次委托。", c.Staff.Name(d.For), c.Staff.Name(d.Deputy)))
	}
	d.Ended, d.EndedBy = c.Now, c.By.ID
	text := fmt.Sprintf("已撤销委托：%s代%s（%s），即时生效。期间已作的决定不变。", c.Staff.Name(d.Deputy), c.Staff.Name(d.For), d.Span())
	key := "deputy:" + string(d.ID) + ":ended"
	return Change{
		Delegations: []Delegation{d},
		Audit:       []Audit{c.audit("deputy.end", c.Staff.Name(d.Deputy), "3.2", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: d.Office, Stage: "ended", Clause: "3.2", At: c.Now, To: without(s.deputyHeard(c, d), c.By.ID), Body: Say(text),
			Why: fmt.Sprintf("%s于%s撤销了委托。", c.By.Name, s.Moment(c.Now))}},
		Reply: Answer{Body: Say(text)},
	}, nil
}

// deputyHeard gives who hears of a delegation: both sides, and the supervisors, who submit to the deputy.
func (s SOP) deputyHeard(c Case, d Delegation) []PersonID {
	out := append([]PersonID{d.For, d.Deputy}, IDs(c.Staff.With(d.Office, Supervisor, s.today(c)))...)
	slices.Sort(out)
	return slices.Compact(out)
}

// DeputyBegins completes the change in which a deputy said yes.
func (s SOP) DeputyBegins(c Case, d Delegation) Change {
	text := fmt.Sprintf("%s已确认：%s由%s代%s行使%s的职责。", c.Staff.Name(d.Deputy), d.Span(), c.Staff.Name(d.Deputy), c.Staff.Name(d.For), d.Role.Chinese())
	key := "deputy:" + string(d.ID)
	return Change{
		Delegations: []Delegation{d},
		Audit:       []Audit{c.audit("deputy.begin", c.Staff.Name(d.Deputy), "3.2", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: d.Office, Stage: "begun", Clause: "3.2", At: c.Now, To: without(s.deputyHeard(c, d), d.Deputy), Body: Say(text),
			Why: fmt.Sprintf("%s不在时由代理人行使职责，按决定当天的委托算；代理人不能再转委托。", c.Staff.Name(d.For))}},
		Reply: Answer{Body: Say(text + fmt.Sprintf("期间卡片发给您，您的决定会写明代%s。不能代了发「撤销委托」。", c.Staff.Name(d.For)))},
	}
}

// NoMore tells a deputy whose days are over, or have not come, that the word is not theirs.
func (s SOP) NoMore(c Case, roles ...Role) (string, bool) {
	a, ok := c.By.StoodIn(c.Office.ID, s.today(c), roles...)
	if !ok {
		return "", false
	}
	who := c.Staff.Name(a.For)
	switch {
	case !a.Ended.IsZero():
		return fmt.Sprintf("您代%s的委托已于%s撤销，现在请%s处理。", who, s.Moment(a.Ended), who), true
	case s.today(c).Before(a.Since):
		return fmt.Sprintf("您代%s的委托从%s开始，现在还是%s自己处理。", who, a.Since.Chinese(), who), true
	}
	return fmt.Sprintf("您代%s的委托到%s为止，已经结束。现在请%s处理。", who, a.Until.Chinese(), who), true
}
