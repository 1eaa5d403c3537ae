package roster

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"trainingbot/domain"
)

// The limits of a workbook, checked on its directory before anything is unpacked; Go's zip reader
// then holds each entry to the size its directory declares.
const (
	maxEntries  = 200
	maxUnpacked = 100 << 20
	maxInMemory = 4 << 20 // a larger sheet or string table is read from a temporary file
	maxCells    = 256     // of one row
	maxRowNo    = 4 * MaxRows
)

// readXLSX feeds the rows of a workbook's first sheet that is not empty to p.
func readXLSX(data []byte, p *parser) {
	if fault := inspect(data); fault != "" {
		p.fault(0, "", "%s", fault)
		return
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxInMemory,
	})
	if err != nil {
		p.fault(0, "", "the file is not an Excel workbook that can be read (%v): save it again as .xlsx", err)
		return
	}
	defer f.Close() // removes temporary files; what was read is read
	props, err := f.GetWorkbookProps()
	if err != nil {
		p.fault(0, "", "the workbook is damaged (%v): save it again as .xlsx", err)
		return
	}
	mac := props.Date1904 != nil && *props.Date1904
	for _, sheet := range f.GetSheetList() {
		if readSheet(f, sheet, mac, p); p.seen || len(p.faults) > 0 {
			return
		}
	}
}

// inspect refuses what no spreadsheet program makes of a staff list: bombs, macros, odd entry names.
func inspect(data []byte) string {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if errors.Is(err, zip.ErrInsecurePath) {
		return "the workbook holds a file with an unsafe name"
	}
	if err != nil {
		return "the file is damaged: save it again as .xlsx"
	}
	if len(z.File) > maxEntries {
		return fmt.Sprintf("the workbook has more than %d parts: copy the list into a new workbook", maxEntries)
	}
	var total uint64
	for _, e := range z.File {
		total += e.UncompressedSize64
		name := strings.ToLower(e.Name)
		switch {
		case total > maxUnpacked || e.UncompressedSize64 > maxUnpacked:
			return fmt.Sprintf("the workbook unpacks to more than %d MiB: copy the list into a new workbook", maxUnpacked>>20)
		case strings.HasSuffix(name, "vbaproject.bin"):
			return "the workbook holds macros: save it as .xlsx without them"
		case strings.Contains(name, "..") || strings.HasPrefix(name, "/"):
			return "the workbook holds a file with an unsafe name"
		}
	}
	return ""
}

func readSheet(f *excelize.File, sheet string, mac bool, p *parser) {
	rows, err := f.Rows(sheet)
	if err != nil {
		return // a chart sheet has no rows
	}
	defer rows.Close()
	for n := 1; rows.Next() && !p.full(); n++ {
		cells, err := rows.Columns()
		switch {
		case err != nil:
			p.fault(n, "", "the row is damaged (%v)", err)
			return
		case len(cells) > maxCells || n > maxRowNo:
			p.fault(n, "", "the list reaches beyond %d columns or %d rows: delete what stands there, or copy the list into a new workbook", maxCells, maxRowNo)
			return
		}
		p.row(n, dates(cells, mac, p))
	}
	if err := rows.Error(); err != nil {
		p.fault(0, "", "sheet %s is damaged (%v)", sheet, err)
	}
}

// dates turns Excel's day numbers in the date columns into text; text stays as it is.
func dates(cells []string, mac bool, p *parser) []string {
	for i, c := range p.table {
		if !p.seen || !c.date || p.at[i] < 0 || p.at[i] >= len(cells) {
			continue
		}
		cell := &cells[p.at[i]]
		days, err := strconv.ParseFloat(strings.TrimSpace(*cell), 64)
		if err != nil || days < 1 || days > 80_000 { // 20261123 is a day written as a number
			continue
		}
		if t, err := excelize.ExcelDateToTime(days, mac); err == nil {
			*cell = domain.DateOf(t).String()
		}
	}
	return cells
}

// writeXLSX streams the rows into a workbook of one sheet: text cells and real dates, never a formula.
func writeXLSX(w io.Writer, rows []Row) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	const sheet = "员工"
	if err := f.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	head, text, day, err := styles(f)
	if err != nil {
		return err
	}
	out, err := f.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	table := columns()
	if err := out.SetColWidth(1, len(table), 14); err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	cells := make([]any, len(table))
	for i, c := range table {
		cells[i] = excelize.Cell{StyleID: head, Value: c.name}
	}
	if err := out.SetRow("A1", cells); err != nil {
		return err
	}
	for n, r := range rows {
		for i, c := range table {
			cells[i] = excelize.Cell{StyleID: text, Value: c.write(r)}
			if d, err := domain.ParseDate(c.write(r)); c.date && err == nil {
				cells[i] = excelize.Cell{StyleID: day, Value: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)}
			}
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), cells); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

func styles(f *excelize.File) (head, text, day int, err error) {
	date := "yyyy-mm-dd"
	head, e1 := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49})
	text, e2 := f.NewStyle(&excelize.Style{NumFmt: 49}) // text: a number typed over it keeps its zeros
	day, e3 := f.NewStyle(&excelize.Style{CustomNumFmt: &date})
	return head, text, day, errors.Join(e1, e2, e3)
}
