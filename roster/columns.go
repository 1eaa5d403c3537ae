package roster

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"trainingbot/domain"
)

// column is one column of the staff file: how its heading is written, how a cell becomes part of
// a Row and back. read gives "" or what is wrong and what to write instead.
type column struct {
	name     string
	aliases  []string
	required bool // the heading must be there and no cell may be empty
	date     bool
	read     func(r *Row, cell string) string
	write    func(r Row) string
}

// columns is the one table of the staff file.
func columns() []column {
	return []column{
		{name: "姓名", aliases: []string{"名字", "员工姓名", "name"}, required: true,
			read:  func(r *Row, s string) string { r.Name = s; return tooLong(s, 50) },
			write: func(r Row) string { return r.Name }},
		{name: "工号", aliases: []string{"员工号", "员工编号", "no", "number"}, required: true,
			read:  func(r *Row, s string) (fault string) { r.No, fault = code(s, 32); return fault },
			write: func(r Row) string { return r.No }},
		{name: "管理处", aliases: []string{"项目", "office"}, required: true,
			read:  func(r *Row, s string) string { r.Office = s; return tooLong(s, 50) },
			write: func(r Row) string { return r.Office }},
		{name: "角色", aliases: []string{"role", "roles"}, required: true,
			read:  func(r *Row, s string) (fault string) { r.Roles, fault = readRoles(s); return fault },
			write: func(r Row) string { return writeRoles(r.Roles) }},
		{name: "入职日期", aliases: []string{"到岗日期", "since", "hired"}, required: true, date: true,
			read:  func(r *Row, s string) (fault string) { r.Since, fault = readDate(s); return fault },
			write: func(r Row) string { return r.Since.String() }},
		{name: "企业微信", aliases: []string{"企业微信账号", "企微", "wecom"},
			read:  func(r *Row, s string) string { return readHandle(r, "wecom", strings.ToLower(s)) },
			write: func(r Row) string { return r.Handle("wecom") }},
		{name: "钉钉", aliases: []string{"钉钉账号", "dingtalk"},
			read:  func(r *Row, s string) string { return readHandle(r, "dingtalk", s) },
			write: func(r Row) string { return r.Handle("dingtalk") }},
		{name: "班次", aliases: []string{"shift"},
			read:  func(r *Row, s string) string { r.Shift = s; return tooLong(s, 20) },
			write: func(r Row) string { return r.Shift }},
		{name: "离职日期", aliases: []string{"until", "left"}, date: true,
			read:  func(r *Row, s string) (fault string) { r.Until, fault = readDate(s); return fault },
			write: func(r Row) string { return r.Until.String() }},
	}
}

// headingKey makes headings comparable: widths, case, spaces and a trailing remark do not count.
func headingKey(s string) string {
	s, _, _ = strings.Cut(width.Narrow.String(clean(s)), "(")
	return strings.ToLower(strings.Join(strings.Fields(s), ""))
}

// clean takes away what nobody meant to write: surrounding spaces, and characters that cannot be seen.
func clean(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // zero-width spaces, direction marks, byte order marks
			return -1
		}
		return r
	}, s))
}

// unprintable says what in a cell cannot stand in a staff file.
func unprintable(s string) string {
	if !utf8.ValidString(s) {
		return "the text is damaged: type it again"
	}
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		return fmt.Sprintf("%q holds a line break or a control character: write it in one line", s)
	}
	return ""
}

func tooLong(s string, limit int) string {
	if n := utf8.RuneCountInString(s); n > limit {
		return fmt.Sprintf("%d characters are too many, %d at most", n, limit)
	}
	return ""
}

// scientific is what Excel makes of a long number in a cell that was not formatted as text.
var scientific = regexp.MustCompile(`^\d(\.\d+)?[Ee]\+?\d+$`)

// code reads a number-like name: a staff number or a platform's user id.
func code(s string, limit int) (string, string) {
	s = width.Narrow.String(s)
	switch {
	case scientific.MatchString(s):
		return "", fmt.Sprintf("Excel turned it into the number %s: format the column as text and type it again", s)
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "", fmt.Sprintf("%q holds a space", s)
	}
	return s, tooLong(s, limit)
}

func readHandle(r *Row, platform, s string) string {
	user, fault := code(s, 64)
	if fault == "" {
		r.Handles = append(r.Handles, domain.Handle{Platform: platform, User: user})
	}
	return fault
}

// roleOf reads one role: the words of the staff file, and the longer ones the procedure prints.
func roleOf(s string) (domain.Role, bool) {
	long := map[string]domain.Role{
		"客服人员": domain.Trainee, "客服": domain.Trainee, "客服主管": domain.Supervisor, "管理处主任": domain.Director,
		"岗位教练": domain.Coach, "安全主管或指定人员": domain.SafetyOfficer, "系统管理员": domain.Administrator,
	}
	if r, ok := long[s]; ok {
		return r, true
	}
	return domain.ParseRole(strings.ToLower(s))
}

// readRoles reads roles in any order and gives them in the order in which roles are shown.
func readRoles(s string) ([]domain.Role, string) {
	var have []domain.Role
	var wrong []string
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("/／、,，;；|+", r) }) {
		if r, ok := roleOf(word); ok {
			have = append(have, r)
		} else {
			wrong = append(wrong, fmt.Sprintf("%q", word))
		}
	}
	if len(wrong) > 0 || len(have) == 0 {
		if len(wrong) == 0 {
			wrong = []string{fmt.Sprintf("%q", s)}
		}
		return nil, fmt.Sprintf("%s is not a role: write any of %s, joined by /", strings.Join(wrong, ", "), roleWords())
	}
	var out []domain.Role
	for _, r := range domain.AllRoles() {
		if slices.Contains(have, r) {
			out = append(out, r)
		}
	}
	return out, ""
}

func writeRoles(roles []domain.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = r.Chinese()
	}
	return strings.Join(words, "/")
}

func roleWords() string {
	var words []string
	for _, r := range domain.AllRoles() {
		words = append(words, r.Chinese())
	}
	return strings.Join(words, " ")
}
