package storage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// StaffRow is one line of the staff file: one stay of one person in one office. A person who
// belongs to several offices has several lines with the same number.
type StaffRow struct {
	No      string // 工号, which is the person
	Name    string
	Office  string // by name
	Roles   []domain.Role
	Since   domain.Date     // first day in the office
	Handles []domain.Handle // replace those on the same platforms; others are kept
	Shift   string
	Until   domain.Date // last day, zero while the stay lasts
}

// StaffReport is what an import did.
type StaffReport struct {
	Created int      // people who were not known
	Changed int      // people of whom something changed
	Same    int      // people of whom nothing changed
	Offices []string // offices that were made, by name
}

// ImportStaff brings people, stays and handles up to what the rows say, all of it or nothing, and
// may be run any number of times: the second time changes nothing. Who is not in the rows stays as
// they are; who leaves has a row with Until. A row whose Since lies after the end of every earlier
// stay in that office is a new stay, any other corrects the last one. Rows that contradict
// themselves or each other are refused together (*domain.Error, Invalid, one line a row). A new
// office begins on the day of now as it is written, which is to be the office's own zone.
func (db *DB) ImportStaff(ctx context.Context, rows []StaffRow, now time.Time) (StaffReport, error) {
	var report StaffReport
	// Once more after a commit nobody heard of finds everything in place.
	err := db.retry(ctx, "import staff", func() error {
		return db.inTx(ctx, func(t *Tx) (err error) {
			report, err = t.importStaff(rows, now)
			if err != nil && duplicate(err) {
				return fmt.Errorf("%w: %w", errStale, err)
			}
			return err
		})
	})
	if err != nil {
		return StaffReport{}, err
	}
	return report, nil
}

// staffImport is an import while it is put together.
type staffImport struct {
	now     time.Time
	newID   func() string
	offices map[string]domain.Office // by name
	made    []domain.Office
	people  map[string]*importedPerson // by number
	order   []string
	owners  map[handleID]string // number of whoever has the handle in the end
	faults  []string
	db      *DB
}

type importedPerson struct {
	was, is domain.Person
	row     int // the first row about them
	owns    map[string]bool
}

func (t *Tx) importStaff(rows []StaffRow, now time.Time) (StaffReport, error) {
	im := &staffImport{now: now, newID: t.db.o.NewID, offices: map[string]domain.Office{}, people: map[string]*importedPerson{}, owners: map[handleID]string{}, db: t.db}
	offices, err := t.Offices()
	if err != nil {
		return StaffReport{}, err
	}
	for _, o := range offices {
		if err := t.hold(o.ID); err != nil {
			return StaffReport{}, err
		}
		im.offices[o.Name] = o
	}
	known, err := t.people("SELECT p.id, p.no, p.name, p.version FROM person p ORDER BY p.no" + t.lock("p"))
	if err != nil {
		return StaffReport{}, err
	}
	for _, p := range known {
		im.people[p.No] = &importedPerson{was: p, is: clonePerson(p), row: -1, owns: map[string]bool{}}
	}
	for i, r := range rows {
		im.row(i, r)
	}
	im.checkHandles()
	if len(im.faults) > 0 {
		return StaffReport{}, domain.Refuse(domain.Invalid, "", strings.Join(im.faults, "\n"))
	}
	return t.keepImport(im)
}

func clonePerson(p domain.Person) domain.Person {
	p.Handles, p.Memberships = slices.Clone(p.Handles), slices.Clone(p.Memberships)
	return p
}

func (im *staffImport) fault(row int, format string, a ...any) {
	im.faults = append(im.faults, fmt.Sprintf("第%d行：", row+1)+fmt.Sprintf(format, a...))
}

// row applies one line.
func (im *staffImport) row(i int, r StaffRow) {
	r.No, r.Name, r.Office = strings.TrimSpace(r.No), strings.TrimSpace(r.Name), strings.TrimSpace(r.Office)
	bad := len(im.faults)
	if r.No == "" {
		im.fault(i, "没有工号，请补上。")
	}
	if r.Name == "" {
		im.fault(i, "没有姓名，请补上。")
	}
	if r.Office == "" {
		im.fault(i, "没有管理处，请补上。")
	}
	if len(r.Roles) == 0 {
		im.fault(i, "没有角色，请填学员、主管、主任等。")
	}
	for _, role := range r.Roles {
		if !slices.Contains(domain.AllRoles(), role) {
			im.fault(i, "角色「%s」不认识。", role)
		}
	}
	if !r.Until.IsZero() && r.Until.Before(r.Since) {
		im.fault(i, "离职日期%s早于入职日期%s。", r.Until, r.Since)
	}
	if len(im.faults) > bad {
		return
	}
	p := im.people[r.No]
	if p == nil {
		p = &importedPerson{is: domain.Person{ID: domain.PersonID(im.newID()), No: r.No, Name: r.Name}, row: -1, owns: map[string]bool{}}
		im.people[r.No] = p
	}
	if p.row < 0 {
		p.row = i
		im.order = append(im.order, r.No)
		p.is.Name = r.Name
	} else if p.is.Name != r.Name {
		im.fault(i, "工号%s在第%d行叫%s，这里叫%s。", r.No, p.row+1, p.is.Name, r.Name)
		return
	}
	im.stay(i, p, im.office(r.Office), r)
	im.addHandles(i, p, r)
}

func (im *staffImport) office(name string) domain.OfficeID {
	o, ok := im.offices[name]
	if !ok {
		o = domain.Office{ID: domain.OfficeID(im.newID()), Name: name, Since: domain.DateOf(im.now)}
		im.offices[name] = o
		im.made = append(im.made, o)
	}
	return o.ID
}

// stay applies a line to the person's stays in the office.
func (im *staffImport) stay(i int, p *importedPerson, o domain.OfficeID, r StaffRow) {
	roles := slices.DeleteFunc(domain.AllRoles(), func(x domain.Role) bool { return !slices.Contains(r.Roles, x) })
	stay := domain.Membership{Office: o, Roles: roles, Shift: strings.TrimSpace(r.Shift), Since: r.Since, Until: r.Until}
	last, ended := -1, domain.Date{}
	for j, m := range p.is.Memberships {
		if m.Office != o {
			continue
		}
		// A line that names the first day of an earlier stay is about that stay.
		if !r.Since.IsZero() && m.Since == r.Since {
			p.is.Memberships[j] = stay
			return
		}
		if last < 0 || m.Since.After(p.is.Memberships[last].Since) {
			last, ended = j, m.Until
		}
	}
	switch {
	case last < 0 && r.Since.IsZero():
		im.fault(i, "%s在%s没有入职日期，请补上。", r.Name, r.Office)
	case last < 0, !ended.IsZero() && r.Since.After(ended):
		p.is.Memberships = append(p.is.Memberships, stay)
	case !ended.IsZero() && r.Since.IsZero() && r.Until.IsZero():
		im.fault(i, "%s已于%s离开%s，再次入职请填新的入职日期。", r.Name, ended, r.Office)
	default:
		if stay.Since.IsZero() {
			stay.Since = p.is.Memberships[last].Since
		}
		if !stay.Until.IsZero() && stay.Until.Before(stay.Since) {
			im.fault(i, "离职日期%s早于入职日期%s。", stay.Until, stay.Since)
			return
		}
		p.is.Memberships[last] = stay
	}
}

// addHandles replaces the handles on the platforms the line names.
func (im *staffImport) addHandles(i int, p *importedPerson, r StaffRow) {
	for _, h := range r.Handles {
		h.User = strings.TrimSpace(h.User)
		if h.Platform == "" || h.User == "" {
			im.fault(i, "平台账号「%s」不完整。", h.Platform+" "+h.User)
			continue
		}
		if !p.owns[h.Platform] {
			p.owns[h.Platform] = true
			p.is.Handles = slices.DeleteFunc(p.is.Handles, func(x domain.Handle) bool { return x.Platform == h.Platform })
		}
		if !slices.Contains(p.is.Handles, h) {
			p.is.Handles = append(p.is.Handles, h)
		}
	}
}

// checkHandles refuses an account that two people would have in the end.
func (im *staffImport) checkHandles() {
	for _, no := range sortedKeys(im.people) {
		p := im.people[no]
		for _, h := range p.is.Handles {
			other, taken := im.owners[im.db.handleID(h)]
			if !taken {
				im.owners[im.db.handleID(h)] = no
				continue
			}
			row := max(p.row, im.people[other].row)
			im.fault(row, "平台账号 %s 同时属于工号%s和工号%s，一个账号只能属于一个人。", h.User, other, no)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// keepImport writes what the import changes, in a fixed number of statements.
func (t *Tx) keepImport(im *staffImport) (StaffReport, error) {
	var report StaffReport
	for _, o := range im.made {
		if _, err := t.exec("INSERT INTO office (id, name, since) VALUES ($1, $2, $3)", o.ID, o.Name, day{o.Since}); err != nil {
			return report, fmt.Errorf("storage: import staff: %w", err)
		}
		report.Offices = append(report.Offices, o.Name)
	}
	var changed []domain.Person
	var rows []personRow
	counts := map[domain.OfficeID]int{}
	for _, no := range im.order {
		p := im.people[no]
		im.db.sortHandles(p.is.Handles)
		switch {
		case p.was.ID == "":
			report.Created++
		case samePerson(p.was, p.is):
			report.Same++
			continue
		default:
			report.Changed++
		}
		changed = append(changed, p.is)
		rows = append(rows, personRow{ID: p.is.ID, No: p.is.No, Name: p.is.Name, Version: p.is.Version + 1})
		for _, m := range p.is.Memberships {
			counts[m.Office]++
		}
	}
	slices.Sort(report.Offices)
	if len(changed) == 0 {
		return report, nil
	}
	_, err := t.exec("INSERT INTO person (id, no, name, version) SELECT id, no, name, version FROM "+
		t.db.dialect.rows(1, "id TEXT", "no TEXT", "name TEXT", "version BIGINT")+
		" WHERE TRUE ON CONFLICT (id) DO UPDATE SET no = excluded.no, name = excluded.name, version = excluded.version", JSON[[]personRow]{rows})
	if err != nil {
		return report, fmt.Errorf("storage: import staff: %w", err)
	}
	if err := t.replaceStays(changed); err != nil {
		return report, err
	}
	if err := t.replaceHandles(changed); err != nil {
		return report, err
	}
	var lines []domain.Audit
	for _, o := range sortedOffices(im.offices) {
		if n := counts[o.ID]; n > 0 {
			lines = append(lines, domain.Audit{At: im.now, Office: o.ID, Act: "staff.import", Subject: o.Name, Text: fmt.Sprintf("导入花名册：%s有%d人新增或变更。", o.Name, n)})
		}
	}
	t.events = append(t.events, t.db.rolls.forgetEverybody)
	return report, t.keepAudit(lines)
}

func sortedOffices(m map[string]domain.Office) []domain.Office {
	var out []domain.Office
	for _, name := range sortedKeys(m) {
		out = append(out, m[name])
	}
	return out
}

func samePerson(a, b domain.Person) bool {
	return a.Name == b.Name && slices.Equal(a.Handles, b.Handles) &&
		slices.EqualFunc(a.Memberships, b.Memberships, func(x, y domain.Membership) bool {
			return x.Office == y.Office && slices.Equal(x.Roles, y.Roles) && x.Shift == y.Shift && x.Since == y.Since && x.Until == y.Until
		})
}

// ExportStaff gives everyone as the staff file holds them, by number, stays in the order recorded;
// importing it changes nothing. Handles stand in a person's first row.
func (db *DB) ExportStaff(ctx context.Context) ([]StaffRow, error) {
	var out []StaffRow
	err := db.View(ctx, func(t *Tx) error {
		out = nil
		offices, err := t.Offices()
		if err != nil {
			return err
		}
		names := map[domain.OfficeID]string{}
		for _, o := range offices {
			names[o.ID] = o.Name
		}
		people, err := t.people("SELECT id, no, name, version FROM person ORDER BY no")
		if err != nil {
			return err
		}
		for _, p := range people {
			for i, m := range p.Memberships {
				r := StaffRow{No: p.No, Name: p.Name, Office: names[m.Office], Roles: m.Roles, Since: m.Since, Shift: m.Shift, Until: m.Until}
				if i == 0 {
					r.Handles = p.Handles
				}
				out = append(out, r)
			}
		}
		slices.SortStableFunc(out, func(a, b StaffRow) int { return cmp.Compare(a.No, b.No) })
		return nil
	})
	return out, err
}
