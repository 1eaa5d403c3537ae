package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"trainingbot/roster"
	"trainingbot/storage"
)

type staffCmd struct {
	Import staffImportCmd `cmd:"" help:"Read a staff file into the database: all of it, or nothing and every fault."`
	Export staffExportCmd `cmd:"" help:"Write the staff list of the database, CSV or xlsx by the name's ending."`
}

type staffImportCmd struct {
	File   string `arg:"" help:"CSV or xlsx with the heading 姓名,工号,管理处,角色,入职日期,企业微信,钉钉,班次,离职日期."`
	DryRun bool   `help:"Only check the file; change nothing."`
}

func (x *staffImportCmd) inputs() []string { return []string{x.File} }

// Run imports a staff file. Importing it a second time changes nothing.
func (x *staffImportCmd) Run(c *console) error {
	data, err := c.open(x.File)
	if err != nil {
		return err
	}
	rows, err := roster.Read(x.File, bytes.NewReader(data))
	if faults, ok := roster.AsFaults(err); ok {
		fmt.Fprintln(c.stderr, faults)
		return fmt.Errorf("%s: %s, nothing was imported", filepath.Base(x.File), count(len(faults), "fault"))
	}
	if err != nil {
		return err
	}
	if x.DryRun {
		_, err := fmt.Fprintf(c.stdout, "%s: %s, no fault; nothing was imported (--dry-run)\n", filepath.Base(x.File), count(len(rows), "row"))
		return err
	}
	return c.with(func(o *office) error {
		in := make([]storage.StaffRow, len(rows))
		for i, r := range rows {
			in[i] = storage.StaffRow(r)
		}
		report, err := o.ImportStaff(c.ctx, in, c.now().In(o.procedure.zone))
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s: %s, %d new, %d changed, %d as before", filepath.Base(x.File), count(len(rows), "row"), report.Created, report.Changed, report.Same)
		if len(report.Offices) > 0 {
			line += "; new offices: " + strings.Join(report.Offices, ", ")
		}
		_, err = fmt.Fprintln(c.stdout, line)
		return err
	})
}

type staffExportCmd struct {
	File string `arg:"" help:"The new file, NAME.csv or NAME.xlsx."`
}

// Run exports the staff list in the form import reads.
func (x *staffExportCmd) Run(c *console) error {
	switch strings.ToLower(filepath.Ext(x.File)) {
	case ".csv", ".xlsx":
	default:
		return usagef("the file's name must end in .csv or .xlsx")
	}
	return c.with(func(o *office) error {
		kept, err := o.ExportStaff(c.ctx)
		if err != nil {
			return err
		}
		rows := make([]roster.Row, len(kept))
		for i, r := range kept {
			rows[i] = roster.Row(r)
		}
		var out bytes.Buffer
		if err := roster.Write(x.File, &out, rows); err != nil {
			return err
		}
		if err := c.create(x.File, out.Bytes()); err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.stdout, "%s: %s\n", filepath.Base(x.File), count(len(rows), "row"))
		return err
	})
}

// count writes a number with its word: 1 row, 2 rows.
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
