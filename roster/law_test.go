package roster

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"trainingbot/domain"
)

// anyRows draws staff lists as the storage may hold them: odd names included.
func anyRows(t *rapid.T) []Row {
	text := rapid.StringMatching(`['=+\-@＝＋－＠]{0,3}[\p{Han} A-Za-z0-9"',;/()=+@-]{1,12}`)
	n := rapid.IntRange(1, 6).Draw(t, "people")
	rows := make([]Row, n)
	for i := range rows {
		r := &rows[i]
		r.No = fmt.Sprintf("%s%d", rapid.SampledFrom([]string{"", "=", "'", "'-", "00", "@"}).Draw(t, "no"), 1000+i)
		r.Name = strings.TrimSpace(text.Draw(t, "name")) + "名"
		r.Office = "管" + strings.TrimSpace(text.Draw(t, "office"))
		for _, role := range domain.AllRoles() {
			if rapid.Bool().Draw(t, string(role)) || role == domain.Administrator && len(r.Roles) == 0 {
				r.Roles = append(r.Roles, role)
			}
		}
		r.Since = domain.NewDate(1990, 1, rapid.IntRange(1, 15000).Draw(t, "since"))
		if rapid.Bool().Draw(t, "left") {
			r.Until = r.Since.AddDays(rapid.IntRange(0, 4000).Draw(t, "days"))
		}
		if rapid.Bool().Draw(t, "wecom") {
			r.Handles = append(r.Handles, domain.Handle{Platform: "wecom", User: fmt.Sprintf("-u%d", i)})
		}
		if rapid.Bool().Draw(t, "dingtalk") {
			r.Handles = append(r.Handles, domain.Handle{Platform: "dingtalk", User: fmt.Sprintf("=D%d", i)})
		}
		r.Shift = rapid.SampledFrom([]string{"", "早班", "=1+1", "'", "-", "'=x"}).Draw(t, "shift")
	}
	return rows
}

func TestLawWhatIsWrittenIsReadBack(t *testing.T) {
	for _, name := range []string{"staff.csv", "staff.xlsx"} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			want := anyRows(t)
			var file bytes.Buffer
			if err := Write(name, &file, want); err != nil {
				t.Fatal(err)
			}
			got, err := Read(name, &file)
			if err != nil {
				t.Fatalf("%v\n%+v", err, want)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatal(diff)
			}
		}))
	}
}

func TestLawNoCellOfACSVIsAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		if err := Write("x.csv", &file, anyRows(t)); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, record := range records {
			for _, cell := range record {
				if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") || strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") || strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
					t.Fatalf("cell %q", cell)
				}
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	var book bytes.Buffer
	if err := Write("a.xlsx", &book, []Row{wang()}); err != nil {
		f.Fatal(err)
	}
	f.Add(book.Bytes())
	f.Add([]byte(head + "王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n"))
	f.Add([]byte(bom + head + "\"王\n芳\",=1,,/,2019/3/1,a b,,早班,x,y\n"))
	f.Add([]byte("\xd0\xcf\x11\xe0"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := Read("x", bytes.NewReader(data))
		if err != nil {
			if faults, ok := AsFaults(err); !ok || len(faults) == 0 || rows != nil {
				t.Fatalf("rows %v, error %v", rows, err)
			}
			return
		}
		var again bytes.Buffer
		if err := Write("x.csv", &again, rows); err != nil {
			t.Fatal(err)
		}
		back, err := Read("x.csv", &again)
		if err != nil {
			t.Fatalf("%v\n%+v", err, rows)
		}
		if diff := cmp.Diff(rows, back); diff != "" {
			t.Fatal(diff)
		}
	})
}
