package roster

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"trainingbot/domain"
)

// book makes a workbook as an office would, cell by cell.
func book(t *testing.T, make func(f *excelize.File)) *bytes.Buffer {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	make(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return &b
}

func put(t *testing.T, f *excelize.File, sheet string, row int, cells ...any) {
	t.Helper()
	if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", row), &cells); err != nil {
		t.Fatal(err)
	}
}

func TestReadWorkbook(t *testing.T) {
	when := time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, make := range map[string]func(f *excelize.File){
		"number and Excel date": func(f *excelize.File) {
			put(t, f, "Sheet1", 1, "姓名", "工号", "管理处", "角色", "入职日期", "企业微信", "班次")
			put(t, f, "Sheet1", 2, "王芳", 1001, "翠湖管理处", "主管/教练", when, "wangfang", "早班")
		},
		"text date, blank rows, list on the second sheet": func(f *excelize.File) {
			if _, err := f.NewSheet("名单"); err != nil {
				t.Fatal(err)
			}
			put(t, f, "名单", 3, "姓名", "工号", "管理处", "角色", "入职日期", "企业微信", "班次")
			put(t, f, "名单", 6, "王芳", "1001", "翠湖管理处", "主管/教练", "2019年3月1日", "wangfang", "早班")
		},
		"date as a plain number, 20190301": func(f *excelize.File) {
			put(t, f, "Sheet1", 1, "姓名", "工号", "管理处", "角色", "入职日期", "企业微信", "班次")
			put(t, f, "Sheet1", 2, "王芳", "1001", "翠湖管理处", "主管/教练", 20190301, "wangfang", "早班")
		},
		"with a time of day": func(f *excelize.File) {
			put(t, f, "Sheet1", 1, "姓名", "工号", "管理处", "角色", "入职日期", "企业微信", "班次")
			put(t, f, "Sheet1", 2, "王芳", "1001", "翠湖管理处", "主管/教练", when.Add(9*time.Hour), "wangfang", "早班")
		},
		"days counted from 1904": func(f *excelize.File) {
			yes := true
			if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
				t.Fatal(err)
			}
			put(t, f, "Sheet1", 1, "姓名", "工号", "管理处", "角色", "入职日期", "企业微信", "班次")
			put(t, f, "Sheet1", 2, "王芳", "1001", "翠湖管理处", "主管/教练", when.AddDate(-4, 0, -1).Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours()/24, "wangfang", "早班")
		},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := Read("staff.xlsx", book(t, make))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Row{wang()}, rows); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWorkbookFaultsHaveTheSheetsRowNumbers(t *testing.T) {
	b := book(t, func(f *excelize.File) {
		put(t, f, "Sheet1", 2, "姓名", "工号", "管理处", "角色", "入职日期")
		put(t, f, "Sheet1", 5, "王芳", 1001, "翠湖管理处", "主管员", 99)
	})
	_, err := Read("staff.xlsx", b)
	want := "row 5, column 角色: \"主管员\" is not a role"
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "row 5, column 入职日期") {
		t.Errorf("got %v", err)
	}
}

func TestExportedWorkbookHoldsNoFormula(t *testing.T) {
	payloads := []string{"=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\",\"y\")", "=cmd|'/C calc'!A0", "＝1", "＋1", "－1", "＠x", "\t=1", "\r=1"}
	var rows []Row
	for i, p := range payloads {
		r := wang()
		r.No, r.Name, r.Shift, r.Handles = fmt.Sprint(i), p, p, nil
		rows = append(rows, r)
	}
	var b bytes.Buffer
	if err := Write("x.xlsx", &b, rows); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for n := range len(rows) {
		for c := range len(Heading()) {
			cell, err := excelize.CoordinatesToCellName(c+1, n+2)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := f.GetCellFormula("员工", cell); formula != "" || err != nil {
				t.Errorf("%s: formula %q, %v", cell, formula, err)
			}
		}
	}
}

// pack makes a zip file with the given entries.
func pack(t *testing.T, entries map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range entries {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// declare makes a zip file whose directory says that each entry unpacks to size bytes; each really
// unpacks to a million zeros.
func declare(t *testing.T, size uint64, names ...string) []byte {
	t.Helper()
	var packed bytes.Buffer
	d, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(make([]byte, 1_000_000)); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(packed.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileWorkbooksAreRefused(t *testing.T) {
	good := book(t, func(f *excelize.File) {
		put(t, f, "Sheet1", 1, "姓名", "工号", "管理处", "角色", "入职日期")
		put(t, f, "Sheet1", 2, "王芳", 1001, "翠湖管理处", "主管", "2019-03-01")
	})
	many := map[string][]byte{}
	for i := range maxEntries + 1 {
		many[fmt.Sprint(i)] = nil
	}
	wide := book(t, func(f *excelize.File) {
		put(t, f, "Sheet1", 1, "姓名", "工号", "管理处", "角色", "入职日期")
		if err := f.SetCellValue("Sheet1", "XFD2", "x"); err != nil {
			t.Fatal(err)
		}
	})
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"bomb":            {declare(t, maxUnpacked/2+1, "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"), "unpacks to more than 100 MiB"},
		"bomb that lies":  {declare(t, 10, "[Content_Types].xml", "xl/workbook.xml"), "not an Excel workbook"},
		"size overflows":  {declare(t, 1<<63, "a", "b", "c"), "unpacks to more than 100 MiB"},
		"many entries":    {pack(t, many), "more than 200 parts"},
		"macros":          {pack(t, map[string][]byte{"xl/vbaProject.bin": []byte("x")}), "holds macros"},
		"path":            {pack(t, map[string][]byte{"../../etc/passwd": []byte("x")}), "unsafe name"},
		"absolute":        {pack(t, map[string][]byte{"/etc/passwd": []byte("x")}), "unsafe name"},
		"not a workbook":  {pack(t, map[string][]byte{"a.txt": []byte("x")}), "not an Excel workbook"},
		"cut in half":     {good.Bytes()[:good.Len()/2], "damaged"},
		"wide":            {wide.Bytes(), "beyond 256 columns"},
		"larger than max": {append(pack(t, map[string][]byte{"a": nil}), make([]byte, MaxBytes)...), "larger than 10 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := Read("x.xlsx", bytes.NewReader(c.data))
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 150 {
				t.Errorf("%d MiB allocated", mb)
			}
		})
	}
}

// people makes n rows as a large company would have them.
func people(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = wang()
		rows[i].No, rows[i].Name = fmt.Sprintf("%06d", i), fmt.Sprintf("员工%d", i)
		rows[i].Handles = []domain.Handle{{Platform: "wecom", User: fmt.Sprintf("user%06d", i)}}
	}
	return rows
}

func TestFiftyThousandPeople(t *testing.T) {
	n := MaxRows
	if testing.Short() || raceEnabled {
		n = 2000
	}
	want := people(n)
	var b bytes.Buffer
	if err := Write("x.xlsx", &b, want); err != nil {
		t.Fatal(err)
	}
	if b.Len() > MaxBytes {
		t.Fatalf("%d rows make a file of %d bytes, which Read refuses", n, b.Len())
	}
	got, err := Read("x.xlsx", &b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[n-1], got[n-1]); len(got) != n || diff != "" {
		t.Errorf("%d rows; %s", len(got), diff)
	}
}

func BenchmarkReadXLSX(b *testing.B)  { benchRead(b, "x.xlsx") }
func BenchmarkReadCSV(b *testing.B)   { benchRead(b, "x.csv") }
func BenchmarkWriteXLSX(b *testing.B) { benchWrite(b, "x.xlsx") }

func benchRead(b *testing.B, name string) {
	var file bytes.Buffer
	if err := Write(name, &file, people(MaxRows)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(name, bytes.NewReader(file.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

func benchWrite(b *testing.B, name string) {
	rows := people(MaxRows)
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(name, &bytes.Buffer{}, rows); err != nil {
			b.Fatal(err)
		}
	}
}
