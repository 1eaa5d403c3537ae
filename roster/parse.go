package roster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trainingbot/domain"
)

// parser turns rows of cells into Rows and gathers every fault on the way.
type parser struct {
	table  []column
	at     []int        // position of each column of the table among the cells, -1: not in the file
	headed map[int]bool // positions that have any heading
	seen   bool         // the heading was read
	usable bool         // the heading names every required column
	rows   []Row
	nums   []int // the row number of each of rows
	faults Faults
}

func newParser() *parser { return &parser{table: columns()} }

func (p *parser) fault(row int, column, format string, args ...any) {
	p.faults = append(p.faults, Fault{Row: row, Column: column, Text: fmt.Sprintf(format, args...)})
}

// full says that reading further is no use: the file has more people than the limit.
func (p *parser) full() bool { return len(p.rows) > MaxRows || len(p.faults) > 2*MaxRows }

// row takes the next row of the file; n is its number in a spreadsheet program.
func (p *parser) row(n int, cells []string) {
	blank := true
	for i := range cells {
		cells[i] = clean(cells[i])
		blank = blank && cells[i] == ""
	}
	switch {
	case blank:
	case !p.seen:
		p.heading(n, cells)
	case p.usable:
		p.person(n, cells)
	}
}

// heading reads the first row that is not blank.
func (p *parser) heading(n int, cells []string) {
	p.seen, p.usable = true, true
	names := map[string]int{}
	p.at, p.headed = make([]int, len(p.table)), map[int]bool{}
	for i, c := range p.table {
		p.at[i] = -1
		for _, name := range append([]string{c.name}, c.aliases...) {
			names[name] = i
		}
	}
	known := 0
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		p.headed[i] = true
		c, ok := names[headingKey(cell)]
		switch {
		case !ok:
			p.fault(n, cell, "this column is not known: the columns are %s", strings.Join(Heading(), ","))
		case p.at[c] >= 0:
			p.fault(n, cell, "this column stands in the heading twice")
		default:
			p.at[c] = i
			known++
		}
	}
	if known == 0 {
		p.faults = nil
		p.fault(n, "", "the first row must be the heading %s", strings.Join(Heading(), ","))
		p.usable = false
		return
	}
	for i, c := range p.table {
		if c.required && p.at[i] < 0 {
			p.fault(n, c.name, "the heading lacks this column")
			p.usable = false
		}
	}
}

func (p *parser) person(n int, cells []string) {
	var r Row
	for i, c := range p.table {
		at := p.at[i]
		if at < 0 {
			continue
		}
		cell := ""
		if at < len(cells) {
			cell = cells[at]
		}
		if cell == "" {
			if c.required {
				p.fault(n, c.name, "%s", missing(c))
			}
			continue
		}
		fault := unprintable(cell)
		if fault == "" {
			fault = c.read(&r, cell)
		}
		if fault != "" {
			p.fault(n, c.name, "%s", fault)
		}
	}
	for i, cell := range cells {
		if cell != "" && !p.headed[i] {
			p.fault(n, "", "%q stands in a column without a heading: a comma too many?", cell)
			break
		}
	}
	if !r.Since.IsZero() && !r.Until.IsZero() && r.Until.Before(r.Since) {
		p.fault(n, "离职日期", "%s is before the hire date %s", r.Until, r.Since)
	}
	p.rows, p.nums = append(p.rows, r), append(p.nums, n)
}

func missing(c column) string {
	if c.date {
		return "is empty: write the first day, like 2026-11-23; for someone who was there long ago any earlier day will do"
	}
	return "is empty: every person needs it"
}

// done looks at the rows together and gives them, or every fault.
func (p *parser) done() ([]Row, error) {
	switch {
	case !p.seen && len(p.faults) == 0:
		p.fault(0, "", "the file is empty: the first row must be the heading %s", strings.Join(Heading(), ","))
	case len(p.rows) > MaxRows:
		p.fault(0, "", "more than %d people: split the file", MaxRows)
	case len(p.rows) == 0 && len(p.faults) == 0:
		p.fault(0, "", "there is nobody in the file, only the heading")
	}
	p.duplicates()
	if len(p.faults) > 0 {
		slices.SortStableFunc(p.faults, func(a, b Fault) int { return cmp.Compare(a.Row, b.Row) })
		return nil, p.faults
	}
	out := make([]Row, len(p.rows))
	for i, r := range p.rows {
		out[i] = clone(r)
	}
	return out, nil
}

// duplicates finds what no row shows alone: a staff number used by two people or twice in one
// office at a time, and a platform's user id that belongs to two people.
func (p *parser) duplicates() {
	first := map[string]int{} // staff number: index of its first row
	stays := map[string][]int{}
	handles := map[domain.Handle]int{}
	for i, r := range p.rows {
		if r.No != "" {
			key := r.No + "\x00" + r.Office
			if j, ok := first[r.No]; !ok {
				first[r.No] = i
			} else if p.rows[j].Name != r.Name && r.Name != "" {
				p.fault(p.nums[i], "工号", "%s belongs to %s in row %d: every person needs a number of their own", r.No, p.rows[j].Name, p.nums[j])
			} else {
				p.overlap(i, stays[key])
			}
			stays[key] = append(stays[key], i)
		}
		for _, h := range r.Handles {
			if j, ok := handles[h]; ok && p.rows[j].No != r.No {
				p.fault(p.nums[i], heading(h.Platform), "%q belongs to %s in row %d: two people cannot share it", h.User, p.rows[j].Name, p.nums[j])
			} else if !ok {
				handles[h] = i
			}
		}
	}
}

// overlap tells when row i names a stay in an office that an earlier row names too.
func (p *parser) overlap(i int, earlier []int) {
	r := p.rows[i]
	for _, j := range earlier {
		q := p.rows[j]
		if (q.Until.IsZero() || !r.Since.After(q.Until)) && (r.Until.IsZero() || !q.Since.After(r.Until)) {
			p.fault(p.nums[i], "工号", "%s stands in row %d already", r.No, p.nums[j])
			return
		}
	}
}

func heading(platform string) string {
	if platform == "dingtalk" {
		return "钉钉"
	}
	return "企业微信"
}
