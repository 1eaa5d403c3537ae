package domain

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Hire makes somebody a trainee of the office from a day on (4.1): a new person, or one who was here
// before. Who is a member that day is refused.
func (s SOP) Hire(c Case, p Person, day Date, shift string) (Person, error) {
	if err := s.may(c, Supervisor, "4.1", "登记新员工"); err != nil {
		return p, err
	}
	if len(p.Memberships) == 0 && strings.ContainsFunc(p.Name, unicode.IsDigit) {
		return p, Refuse(Invalid, "4.1", fmt.Sprintf("“%s”不像姓名。请写姓名，可以加日期、工号和班次，如「入职 林晓 2月6日 早班」。", p.Name))
	}
	for _, m := range p.Memberships {
		if m.Until.IsZero() || !m.Until.Before(day) {
			return p, Refuse(Conflict, "4.1", fmt.Sprintf("%s(%s)从%s起已在名单里，不用再登记。", p.Name, p.No, m.Since.Chinese()))
		}
	}
	if test := s.Calendar.AddWorkingDays(day, s.Policy.Assessment.TheoryTestWorkingDay); test.Before(s.today(c)) {
		return p, Refuse(TooLate, "5.4.1", fmt.Sprintf("%s到岗的话，理论考核日%s已经过了。老员工请用花名册导入；日期写错了请再发一次「入职 %s 日期」。", day.Chinese(), test.Chinese(), p.Name))
	}
	p.Memberships = append(slices.Clone(p.Memberships), Membership{Office: c.Office.ID, Roles: []Role{Trainee}, Shift: shift, Since: day})
	return p, nil
}

// NextNo proposes the number after the highest one of the office, "" when the numbers have no
// pattern to go on with. taken says whether somebody of another office has a number.
func (s Staff) NextNo(taken func(string) (bool, error)) (string, error) {
	prefix, highest, width := "", -1, 0
	for _, p := range s {
		digits := len(p.No)
		for digits > 0 && p.No[digits-1] >= '0' && p.No[digits-1] <= '9' {
			digits--
		}
		n := 0
		if tail := p.No[digits:]; tail == "" || len(tail) > 9 {
			continue
		} else if _, err := fmt.Sscan(strings.TrimLeft(tail[:len(tail)-1], "0")+tail[len(tail)-1:], &n); err != nil {
			continue
		}
		if n > highest {
			prefix, highest, width = p.No[:digits], n, len(p.No)-digits
		}
	}
	if highest < 0 {
		return "", nil
	}
	const tries = 1000
	for n := highest + 1; n <= highest+tries; n++ {
		no := fmt.Sprintf("%s%0*d", prefix, width, n)
		if used, err := taken(no); err != nil || !used {
			return no, err
		}
	}
	return "", nil
}
