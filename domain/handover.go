package domain

import (
	"fmt"
	"slices"
	"strings"
)

// Handing is everything open that one person of an office hands to another (mission C3.1).
type Handing struct {
	From, To  Person
	Sessions  []Session         // of the office from now on
	Plans     []Plan            // of the office that are spoken of
	Proposals []Proposal        // open ones of the office
	Files     []OrientationFile // of the office
}

// HandingOver is the kind of proposal by which a supervisor's or director's duties are handed over.
const HandingOver ProposalKind = "handover"

// handed gives the roles that move: all but the trainee's.
func (s SOP) handed(c Case, from Person) []Role {
	return slices.DeleteFunc(from.Roles(c.Office.ID, s.today(c)), func(r Role) bool { return r == Trainee })
}

// MayHand says whether the person of the case may hand over the duties of from at once: an administrator
// everything, the director a supervisor's, a supervisor those of lecturers and coaches.
func (s SOP) MayHand(c Case, from Person) bool {
	roles, today := s.handed(c, from), s.today(c)
	switch {
	case c.By.Has(c.Office.ID, Administrator, today):
		return true
	case slices.ContainsFunc(roles, Role.command):
		return false
	case slices.Contains(roles, Supervisor):
		return c.By.Has(c.Office.ID, Director, today)
	}
	return c.By.Has(c.Office.ID, Supervisor, today) || c.By.Has(c.Office.ID, Director, today)
}

// HandoverProposal asks who gives roles for a handover: the director for a supervisor's, the
// administrator for a director's.
func (s SOP) HandoverProposal(c Case, from, to Person) Proposal {
	judge := Director
	if slices.ContainsFunc(s.handed(c, from), Role.command) {
		judge = Administrator
	}
	return Proposal{
		Kind: HandingOver, Subject: string(from.ID), About: from.ID, For: judge, Clause: "3.1",
		Title: fmt.Sprintf("%s 的职责交给 %s", c.Staff.Name(from.ID), c.Staff.Name(to.ID)),
		Text:  fmt.Sprintf("%s提出：%s的%s身份、草稿、主讲的场次和等决定的事都交给%s。", c.By.Name, c.Staff.Name(from.ID), roleNames(s.handed(c, from)), c.Staff.Name(to.ID)),
		Data:  ProposalData{Person: to.ID},
	}
}

func roleNames(roles []Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = r.Chinese()
	}
	return strings.Join(out, "、")
}

// HandOver moves roles, drafts, sessions to be taught, coaching and what waits for a decision from one
// person to another, from today on (mission C3.1). The one who hands over keeps the roles until the end
// of today, or to the last day where one is set.
func (s SOP) HandOver(c Case, h Handing) (Change, error) {
	today := s.today(c)
	roles := s.handed(c, h.From)
	switch {
	case h.From.ID == h.To.ID:
		return Change{}, Refuse(Invalid, "3.1", "不能交接给本人。")
	case !s.MayHand(c, h.From):
		return Change{}, Refuse(Forbidden, "3.1", fmt.Sprintf("%s是%s，这次交接要由上一级或管理员确认。", c.Staff.Name(h.From.ID), roleNames(roles)))
	case len(h.To.Roles(c.Office.ID, today)) == 0:
		return Change{}, Refuse(NotFound, "3.1", fmt.Sprintf("%s今天不在%s的名单里，不能接。", h.To.Name, c.Office.Name))
	}
	to := h.To.withRoles(c.Office.ID, today, func(have []Role) []Role { return union(have, roles) })
	from := h.From.withoutRoles(c.Office.ID, today, roles)
	out := Change{People: []Person{to}}
	if !slices.EqualFunc(from.Memberships, h.From.Memberships, sameStay) {
		out.People = append(out.People, from)
	}
	var did []string
	if len(roles) > 0 {
		did = append(did, roleNames(roles)+"身份")
	}
	lectures := to.Lectures(c.Office.ID, today)
	n := 0
	for _, x := range h.Sessions {
		if x.State == Planned && x.Lecturer == h.From.ID && lectures {
			x.Lecturer = to.ID
			out.Sessions, n = append(out.Sessions, x), n+1
		}
	}
	did = counted(did, "主讲%d场", n)
	out.Plans, n = s.handDrafts(h)
	did = counted(did, "草稿%d份", n)
	out.Files, n = handFiles(h, to.Has(c.Office.ID, Coach, today))
	did = counted(did, "带教%d人", n)
	out.Proposals, out.Notices = s.handProposals(c, h, to)
	n = len(out.Notices)
	did = counted(did, "等决定的事%d件", n)
	if len(did) == 0 {
		return Change{}, Refuse(Conflict, "3.1", c.Staff.Name(h.From.ID)+"没有要交接的事。")
	}
	text := fmt.Sprintf("%s 交接给 %s：%s。", c.Staff.Name(h.From.ID), c.Staff.Name(to.ID), strings.Join(did, "、"))
	out.Notices = append(out.Notices, s.handNotices(c, h.From, to, text)...)
	out.Audit = []Audit{c.audit("person.handover", h.From.No+" → "+to.No, "3.1", text)}
	out.Reply = Answer{Body: Say(text + "已告诉双方。")}
	return out, nil
}

// handProposals puts what waits for the one who hands over before the one who takes over, and shows
// them what they now decide by their new roles.
func (s SOP) handProposals(c Case, h Handing, to Person) (changed []Proposal, told []Notice) {
	after := c
	after.Staff = slices.Clone(c.Staff)
	for i := range after.Staff {
		if after.Staff[i].ID == to.ID {
			after.Staff[i] = to
		}
	}
	for _, p := range h.Proposals {
		had := slices.Contains(s.Deciders(c, p), to.ID)
		if i := slices.Index(p.To, h.From.ID); i >= 0 {
			p.To = slices.Clone(p.To)
			p.To[i] = to.ID
			changed = append(changed, p)
		}
		if !had && slices.Contains(s.Deciders(after, p), to.ID) {
			told = append(told, Notice{Key: p.Thread() + ":handed:" + string(to.ID), Thread: p.Thread() + ":handed", Office: c.Office.ID, Stage: "asked", Clause: p.Clause, At: c.Now, Deadline: p.Due,
				To: []PersonID{to.ID}, Body: s.ProposalCard(after, p), Why: fmt.Sprintf("%s的职责由您接，这件事等您决定。", h.From.Name)})
		}
	}
	return changed, told
}

// handNotices tells both, and the directors.
func (s SOP) handNotices(c Case, from, to Person, text string) []Notice {
	var out []Notice
	key := fmt.Sprintf("handover:%s:%s:%s", from.ID, to.ID, s.today(c))
	tell := func(id PersonID, body string) {
		if ids := without([]PersonID{id}, c.By.ID); len(ids) > 0 {
			out = append(out, Notice{Key: key + ":" + string(id), Thread: key + ":" + string(id), Office: c.Office.ID, Stage: "handover", Clause: "3.1", At: c.Now, To: ids, Body: Say(body),
				Why: fmt.Sprintf("%s于%s办理交接。", c.By.Name, s.Moment(c.Now))})
		}
	}
	tell(to.ID, text+"从今天起由您负责。发「今日」看待办，发「课表」看要讲的课。")
	tell(from.ID, text+"谢谢您，您今天内仍可操作。")
	for _, id := range IDs(c.Staff.With(c.Office.ID, Director, s.today(c))) {
		if id != from.ID && id != to.ID {
			tell(id, text)
		}
	}
	return out
}

func counted(did []string, format string, n int) []string {
	if n == 0 {
		return did
	}
	return append(did, fmt.Sprintf(format, n))
}

func union(a, b []Role) []Role {
	out := slices.Clone(a)
	for _, r := range b {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}

func sameStay(a, b Membership) bool {
	return a.Office == b.Office && a.Shift == b.Shift && a.Since == b.Since && a.Until == b.Until && slices.Equal(a.Roles, b.Roles)
}

// withRoles gives the person with other roles in an office from a day on: the stay is cut, so that who
// held what when stays known.
func (p Person) withRoles(o OfficeID, from Date, roles func([]Role) []Role) Person {
	var out []Membership
	for _, m := range p.Memberships {
		after := roles(m.Roles)
		switch {
		case m.Office != o || !m.On(from) || slices.Equal(after, m.Roles):
			out = append(out, m)
		case m.Since == from && len(after) > 0:
			m.Roles = after
			out = append(out, m)
		default:
			before := m
			before.Until = from.AddDays(-1)
			out = append(out, before)
			if len(after) > 0 {
				m.Since, m.Roles = from, after
				out = append(out, m)
			}
		}
	}
	p.Memberships = out
	return p
}

// withoutRoles takes roles away after the end of a day, where no last day is set.
func (p Person) withoutRoles(o OfficeID, today Date, roles []Role) Person {
	if slices.ContainsFunc(p.Memberships, func(m Membership) bool { return m.Office == o && m.On(today) && !m.Until.IsZero() }) {
		return p
	}
	return p.withRoles(o, today.AddDays(1), func(have []Role) []Role {
		return slices.DeleteFunc(slices.Clone(have), func(r Role) bool { return slices.Contains(roles, r) })
	})
}

// handDrafts moves what one person was drafting, and what they were to teach in it.
func (s SOP) handDrafts(h Handing) (out []Plan, n int) {
	for _, p := range h.Plans {
		changed := false
		p.Versions = slices.Clone(p.Versions)
		for i, v := range p.Versions {
			if v.State != Draft {
				continue
			}
			if v.DraftedBy == h.From.ID {
				v.DraftedBy, changed = h.To.ID, true
			}
			v.Items = slices.Clone(v.Items)
			for j := range v.Items {
				if v.Items[j].Lecturer == h.From.ID {
					v.Items[j].Lecturer, changed = h.To.ID, true
				}
			}
			p.Versions[i] = v
		}
		if changed {
			out, n = append(out, p), n+1
		}
	}
	return out, n
}

// handFiles moves the coaching of new hires, to somebody who may coach.
func handFiles(h Handing, may bool) (out []OrientationFile, n int) {
	for _, f := range h.Files {
		if f.ID == "" || f.State != OnTrial || !may || f.Person == h.To.ID {
			continue
		}
		changed := f.Coach == h.From.ID
		if changed {
			f.Coach = h.To.ID
		}
		f.Days = slices.Clone(f.Days)
		for i := range f.Days {
			if f.Days[i].Coach == h.From.ID {
				f.Days[i].Coach, changed = h.To.ID, true
			}
		}
		if changed {
			out, n = append(out, f), n+1
		}
	}
	return out, n
}
