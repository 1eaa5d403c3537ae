package domain

import (
	"slices"
	"strings"
)

// Role is what a person may do in one office (3.1, 3.2).
type Role string

// The roles of the procedure. The three kinds of lecturer follow the source's 4.0.
const (
	Trainee       Role = "trainee"        // 学员, 客服人员
	Supervisor    Role = "supervisor"     // 客服主管
	Director      Role = "director"       // 管理处主任
	Coach         Role = "coach"          // 岗位教练
	DrillLeader   Role = "drill_leader"   // 保安班长
	SafetyOfficer Role = "safety_officer" // 安全主管或指定人员
	Administrator Role = "administrator"  // 管理员, whoever installs the product
)

// AllRoles lists the roles in the order in which they are shown.
var allRoles = []struct {
	role Role
	name string
}{
	{Trainee, "学员"}, {Supervisor, "主管"}, {Director, "主任"}, {Coach, "教练"},
	{DrillLeader, "保安班长"}, {SafetyOfficer, "安全主管"}, {Administrator, "管理员"},
}

// AllRoles lists the roles in the order in which they are shown.
func AllRoles() []Role {
	out := make([]Role, len(allRoles))
	for i, r := range allRoles {
		out[i] = r.role
	}
	return out
}

// Chinese gives the role as people say it.
func (r Role) Chinese() string {
	for _, x := range allRoles {
		if x.role == r {
			return x.name
		}
	}
	return string(r)
}

// ParseRole reads a role as the staff file writes it (学员, 主管 …) or its English name.
func ParseRole(s string) (Role, bool) {
	s = strings.TrimSpace(s)
	for _, x := range allRoles {
		if s == x.name || s == string(x.role) {
			return x.role, true
		}
	}
	return "", false
}

// Lectures says whether the role may stand in front of a class (4.0, column lecturers).
func (r Role) Lectures() bool {
	return r == Supervisor || r == Coach || r == DrillLeader || r == SafetyOfficer
}

// Handle is a person's name on one platform. User is compared without case by the platforms that do so.
type Handle struct {
	Platform string // "wecom", "dingtalk"
	User     string
}

// Office is one management office (管理处).
type Office struct {
	ID    OfficeID
	Name  string
	Since Date // first day on which the procedure is run by this program; nothing earlier is due
}

// Membership is one stay of a person in one office. A person may be a member of several offices
// at a time (a shared safety officer) and of one office several times in turn.
type Membership struct {
	Office OfficeID
	Roles  []Role
	Shift  string // free text: 早班, 中班, 夜班
	Since  Date   // first day; for a trainee the day of arrival (5.2.1)
	Until  Date   // last day, inclusive; zero while the stay lasts
}

// On says whether the stay covers day d.
func (m Membership) On(d Date) bool {
	return !d.Before(m.Since) && (m.Until.IsZero() || !d.After(m.Until))
}

// Person is one human being, known by an internal id; names may repeat, staff numbers may not.
type Person struct {
	ID          PersonID
	No          string // 工号
	Name        string
	Handles     []Handle
	Memberships []Membership
	Duty        map[DutyDay]string // shifts of single days where they are not the standing one (Staff.OnDuty); nil: not looked up
	Acting      []Acting           // whom the person stands in for; kept apart from the person (Delegation)
	Bars        []Bar              // where the person lost the qualification to lecture (6.2.1); kept apart from the person (Standing)
	Version     int64
}

// In gives the stays that cover day d, in the order recorded.
func (p Person) In(d Date) []Membership {
	var out []Membership
	for _, m := range p.Memberships {
		if m.On(d) {
			out = append(out, m)
		}
	}
	return out
}

// Has says whether the person has the role in the office on day d: holds it, or stands in for
// somebody who does.
func (p Person) Has(o OfficeID, r Role, d Date) bool {
	return p.Holds(o, r, d) || p.StandsIn(o, r, d) != ""
}

// Holds says whether the role is the person's own in the office on day d.
func (p Person) Holds(o OfficeID, r Role, d Date) bool {
	for _, m := range p.Memberships {
		if m.Office == o && m.On(d) && slices.Contains(m.Roles, r) {
			return true
		}
	}
	return false
}

// Roles gives every role the person has in the office on day d.
func (p Person) Roles(o OfficeID, d Date) []Role {
	var out []Role
	for _, r := range AllRoles() {
		if p.Has(o, r, d) {
			out = append(out, r)
		}
	}
	return out
}

// ShiftIn gives the person's shift in the office on day d: that of the duty roster, else the standing
// one; "" when none is recorded, OffDuty when they do not work.
func (p Person) ShiftIn(o OfficeID, d Date) string {
	if shift, ok := p.Duty[DutyDay{o, d}]; ok {
		return shift
	}
	for _, m := range p.Memberships {
		if m.Office == o && m.On(d) && m.Shift != "" {
			return m.Shift
		}
	}
	return ""
}

// Lectures says whether the person may lecture in the office on day d. It is a qualification of
// one's own, which nobody gets by standing in for somebody.
func (p Person) Lectures(o OfficeID, d Date) bool {
	if p.Barred(o, d) { // 6.2.1
		return false
	}
	return slices.ContainsFunc(AllRoles(), func(r Role) bool { return r.Lectures() && p.Holds(o, r, d) })
}

// Staff is the people of one office, past and present, ordered by staff number.
type Staff []Person

// With gives those who have the role in the office on day d, deputies included (2.0: the procedure
// holds for the staff of one office).
func (s Staff) With(o OfficeID, r Role, d Date) []Person {
	var out []Person
	for _, p := range s {
		if p.Has(o, r, d) {
			out = append(out, p)
		}
	}
	return out
}

// Since gives those one of whose stays in the office began on a day or later.
func (s Staff) Since(o OfficeID, d Date) Staff {
	var out Staff
	first := dayNo(d)
	for _, p := range s {
		if slices.ContainsFunc(p.Memberships, func(m Membership) bool { return m.Office == o && dayNo(m.Since) >= first }) {
			out = append(out, p)
		}
	}
	return out
}

// Person finds someone by id.
func (s Staff) Person(id PersonID) (Person, bool) {
	for _, p := range s {
		if p.ID == id {
			return p, true
		}
	}
	return Person{}, false
}

// Name gives the name to show for an id; namesakes get their staff number behind it.
func (s Staff) Name(id PersonID) string {
	p, ok := s.Person(id)
	if !ok {
		return "（已离开的同事）"
	}
	for _, q := range s {
		if q.ID != id && q.Name == p.Name {
			return p.Name + "(" + p.No + ")"
		}
	}
	return p.Name
}

// IDs gives the ids in order.
func IDs(people []Person) []PersonID {
	out := make([]PersonID, len(people))
	for i, p := range people {
		out[i] = p.ID
	}
	return out
}
