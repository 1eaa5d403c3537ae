package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const bom = "\ufeff"

// readCSV feeds the rows of a CSV file to p.
func readCSV(data []byte, p *parser) {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		p.fault(0, "", "the file is saved as Unicode text (UTF-16): save it as CSV UTF-8 or as .xlsx")
		return
	}
	data = bytes.TrimPrefix(data, []byte(bom))
	if !utf8.Valid(data) {
		decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
			p.fault(0, "", "the text is neither UTF-8 nor GB18030: save it as CSV UTF-8 or as .xlsx")
			return
		}
		data = decoded
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = comma(data), -1, true
	inside := 0 // line breaks inside cells so far: a spreadsheet program does not count them
	for !p.full() {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if parse, ok := errors.AsType[*csv.ParseError](err); ok {
			p.fault(parse.StartLine-inside, "", "the quotation marks do not match: %v", parse.Err)
			return
		}
		if err != nil {
			p.fault(0, "", "the file cannot be read: %v", err)
			return
		}
		line, _ := r.FieldPos(0)
		n := line - inside
		for i, cell := range cells {
			inside += strings.Count(cell, "\n")
			cells[i] = unguard(cell)
		}
		p.row(n, cells)
	}
}

// comma finds what separates the cells: some programs write semicolons or tabs.
func comma(data []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(data, "\r\n \t"), []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, r := range []rune{'\t', ';'} {
		if n := bytes.Count(line, []byte(string(r))); n > most {
			best, most = r, n
		}
	}
	return best
}

func writeCSV(w io.Writer, rows []Row) error {
	if _, err := io.WriteString(w, bom); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	table := columns()
	record := make([]string, len(table))
	for i, c := range table {
		record[i] = c.name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for _, r := range rows {
		for i, c := range table {
			record[i] = guard(c.write(r))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// formula says whether a spreadsheet program could take the text for a formula, once any leading
// quotation marks are off.
func formula(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.ContainsAny(s[:1], "=+-@\t\r") || strings.HasPrefix(s, "＝") ||
		strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠")
}

// guard makes a cell harmless: one quotation mark before it makes every spreadsheet program take it for text.
func guard(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

// unguard takes back what guard did, and Excel's own way of forcing text, ="0017".
func unguard(s string) string {
	if strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && len(s) > 3 {
		return strings.ReplaceAll(s[2:len(s)-1], `""`, `"`)
	}
	if strings.HasPrefix(s, "'") && formula(s) {
		return s[1:]
	}
	return s
}
