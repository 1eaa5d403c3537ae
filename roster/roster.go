// Package roster reads and writes the staff file: who works where, as what, since when, and under
// which name on the chat platforms. It is one table, as CSV or as an Excel workbook (xlsx), with
// the heading 姓名,工号,管理处,角色,入职日期,企业微信,钉钉,班次,离职日期 in any order.
//
// Reading tells all faults at once, each with its row as a spreadsheet program numbers it, and
// gives no rows at all while there is one. What Write wrote, Read reads back unchanged.
package roster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"trainingbot/domain"
)

// Row is one stay of one person in one office. People are told apart by No; a person who works
// for two offices stands in two rows with the same No.
type Row struct {
	No      string // 工号
	Name    string // 姓名
	Office  string // 管理处
	Roles   []domain.Role
	Since   domain.Date // 入职日期, the first day
	Handles []domain.Handle
	Shift   string      // 班次, free text
	Until   domain.Date // 离职日期, the last day; zero while the person stays
}

// Handle gives the person's user id on a platform, "" when there is none.
func (r Row) Handle(platform string) string {
	for _, h := range r.Handles {
		if h.Platform == platform {
			return h.User
		}
	}
	return ""
}

// The limits of a staff file. A file beyond them is refused before it is unpacked.
const (
	MaxBytes = 10 << 20 // of the file
	MaxRows  = 50_000   // of people
)

// Fault is one thing to mend in a staff file.
type Fault struct {
	Row    int    // as a spreadsheet program numbers it, the heading included; 0: the file as a whole
	Column string // heading of the column; "" when the whole row is meant
	Text   string // what is wrong and what to write instead
}

// String gives the fault as one line.
func (f Fault) String() string {
	switch {
	case f.Row == 0 && f.Column == "":
		return f.Text
	case f.Row == 0:
		return fmt.Sprintf("column %s: %s", f.Column, f.Text)
	case f.Column == "":
		return fmt.Sprintf("row %d: %s", f.Row, f.Text)
	}
	return fmt.Sprintf("row %d, column %s: %s", f.Row, f.Column, f.Text)
}

// Faults is everything that is wrong with a staff file, in the order of its rows.
type Faults []Fault

// maxFaults bounds a report: a file with the wrong column in the wrong place has one fault a row.
const maxFaults = 1000

// Error gives one line for each fault.
func (f Faults) Error() string {
	var b strings.Builder
	for i, x := range f {
		if i == maxFaults {
			fmt.Fprintf(&b, "\n… and %d more", len(f)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(x.String())
	}
	return b.String()
}

// Read reads a staff file. The content decides the format: an xlsx workbook, else CSV in UTF-8
// (with or without a byte order mark) or GB18030, as Chinese Excel saves it. What is wrong with
// the file comes back as Faults; every other error is one of reading from r.
func Read(name string, r io.Reader) ([]Row, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(name), err)
	}
	p := newParser()
	switch {
	case len(data) > MaxBytes:
		p.fault(0, "", "the file is larger than %d MiB", MaxBytes>>20)
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		p.fault(0, "", "this is an old or protected Excel file: save it as .xlsx without a password, or as CSV")
	case bytes.HasPrefix(data, []byte("PK")):
		readXLSX(data, p)
	default:
		readCSV(data, p)
	}
	return p.done()
}

// Write writes a staff file: xlsx when name ends in .xlsx, else CSV in UTF-8 with a byte order
// mark so that Excel shows it right. No cell of it is ever a formula.
func Write(name string, w io.Writer, rows []Row) error {
	var err error
	switch strings.ToLower(filepath.Ext(name)) {
	case ".xlsx":
		err = writeXLSX(w, rows)
	case ".csv", "":
		err = writeCSV(w, rows)
	default:
		return fmt.Errorf("write %s: the name must end in .csv or .xlsx", filepath.Base(name))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(name), err)
	}
	return nil
}

// Heading gives the headings in the order in which Write writes them.
func Heading() []string {
	var out []string
	for _, c := range columns() {
		out = append(out, c.name)
	}
	return out
}

// AsFaults finds the faults of a staff file in a chain of errors.
func AsFaults(err error) (Faults, bool) { return errors.AsType[Faults](err) }

// clone gives rows of its own to a caller.
func clone(r Row) Row {
	r.Roles, r.Handles = slices.Clone(r.Roles), slices.Clone(r.Handles)
	return r
}
