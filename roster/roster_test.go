package roster

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"

	"trainingbot/domain"
)

const head = "姓名,工号,管理处,角色,入职日期,企业微信,钉钉,班次,离职日期\n"

func day(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// wang is the row most tests read.
func wang() Row {
	return Row{No: "1001", Name: "王芳", Office: "翠湖管理处", Roles: []domain.Role{domain.Supervisor, domain.Coach},
		Since: day("2019-03-01"), Handles: []domain.Handle{{Platform: "wecom", User: "wangfang"}}, Shift: "早班"}
}

func read(t *testing.T, text string) []Row {
	t.Helper()
	rows, err := Read("staff.csv", strings.NewReader(text))
	if err != nil {
		t.Fatalf("Read:\n%v", err)
	}
	return rows
}

func TestReadOneRowWrittenInManyWays(t *testing.T) {
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(head + "王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"as the example":        head + "王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n",
		"byte order mark, CRLF": bom + strings.ReplaceAll(head+"王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n", "\n", "\r\n"),
		"GB18030":               gbk,
		"other order, without 钉钉 离职日期": "工号,班次,姓名,企业微信,入职日期,角色,管理处\n1001,早班,王芳,wangfang,2019-03-01,主管/教练,翠湖管理处\n",
		"blank rows":                "\n,,,\n" + head + "\n,,,,,,,,\n王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n\n",
		"full width":                head + "王芳,１００１,翠湖管理处,主管／教练,２０１９－０３－０１,ｗａｎｇｆａｎｇ,,早班,\n",
		"spaces, zero width":        head + " 王芳 , 1001,翠湖管理处\u200b,主管 / 教练,2019-03-01 ,wangfang, ,早班,\n",
		"roles the other way round": head + "王芳,1001,翠湖管理处,教练、主管、教练,2019-03-01,wangfang,,早班,\n",
		"long role names":           head + "王芳,1001,翠湖管理处,客服主管/岗位教练,2019-03-01,wangfang,,早班,\n",
		"platform id in capitals":   head + "王芳,1001,翠湖管理处,主管/教练,2019-03-01,WangFang,,早班,\n",
		"slashes":                   head + "王芳,1001,翠湖管理处,主管/教练,2019/3/1,wangfang,,早班,\n",
		"dots":                      head + "王芳,1001,翠湖管理处,主管/教练,2019.03.01,wangfang,,早班,\n",
		"Chinese date":              head + "王芳,1001,翠湖管理处,主管/教练,2019年3月1日,wangfang,,早班,\n",
		"digits only":               head + "王芳,1001,翠湖管理处,主管/教练,20190301,wangfang,,早班,\n",
		"with midnight":             head + "王芳,1001,翠湖管理处,主管/教练,2019-03-01 00:00:00,wangfang,,早班,\n",
		"semicolons":                strings.ReplaceAll(head+"王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n", ",", ";"),
		"tabs":                      strings.ReplaceAll(head+"王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n", ",", "\t"),
		"quoted":                    head + `"王芳","1001","翠湖管理处","主管/教练","2019-03-01","wangfang","","早班",""` + "\n",
		"Excel's forced text":       head + `王芳,"=""1001""",翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,` + "\n",
		"short row":                 head + "王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班\n",
		"heading with remarks":      strings.ReplaceAll(head, "工号", "工号（必填）") + "王芳,1001,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,\n",
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]Row{wang()}, read(t, text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryFaultIsToldWithItsRow(t *testing.T) {
	ok := "李娜,1002,翠湖管理处,学员,2026-11-23,lina,,早班,\n"
	for name, c := range map[string]struct {
		text string
		want []string // one for each line of the error, in order
	}{
		"missing name":        {head + ",1001,翠湖管理处,学员,2026-11-23,a,,,\n", []string{"row 2, column 姓名: is empty"}},
		"missing number":      {head + ok + "张伟,,翠湖管理处,学员,2026-11-23,a,,,\n", []string{"row 3, column 工号: is empty"}},
		"missing hire date":   {head + "张伟,1001,翠湖管理处,学员,,a,,,\n", []string{"row 2, column 入职日期: is empty: write the first day, like 2026-11-23"}},
		"bad role":            {head + "张伟,1001,翠湖管理处,学员/经理,2026-11-23,a,,,\n", []string{`row 2, column 角色: "经理" is not a role: write any of 学员 主管 主任 教练 保安班长 安全主管 管理员, joined by /`}},
		"only a separator":    {head + "张伟,1001,翠湖管理处,/,2026-11-23,a,,,\n", []string{`row 2, column 角色: "/" is not a role`}},
		"bad date":            {head + "张伟,1001,翠湖管理处,学员,23.11.26,a,,,\n", []string{`row 2, column 入职日期: "23.11.26" is not a day: write it like 2026-11-23`}},
		"no such day":         {head + "张伟,1001,翠湖管理处,学员,2026-02-30,a,,,\n", []string{`row 2, column 入职日期: "2026-02-30" does not exist`}},
		"a year of long ago":  {head + "张伟,1001,翠湖管理处,学员,0206-02-03,a,,,\n", []string{`row 2, column 入职日期: "0206-02-03" is not a day`}},
		"duplicate number":    {head + ok + "张伟,1002,翠湖管理处,学员,2026-11-23,a,,,\n", []string{"row 3, column 工号: 1002 belongs to 李娜 in row 2"}},
		"same person twice":   {head + ok + ok, []string{"row 3, column 工号: 1002 stands in row 2 already"}},
		"duplicate wecom":     {head + ok + "张伟,1003,翠湖管理处,学员,2026-11-23,LiNa,,,\n", []string{`row 3, column 企业微信: "lina" belongs to 李娜 in row 2`}},
		"duplicate dingtalk":  {head + "李娜,1002,翠湖管理处,学员,2026-11-23,,d1,,\n张伟,1003,翠湖管理处,学员,2026-11-23,,d1,,\n", []string{`row 3, column 钉钉: "d1" belongs to 李娜 in row 2`}},
		"left before hired":   {head + "张伟,1001,翠湖管理处,学员,2026-11-23,a,,,2026-11-22\n", []string{"row 2, column 离职日期: 2026-11-22 is before the hire date 2026-11-23"}},
		"unknown column":      {strings.Replace(head, "班次", "职级", 1) + ok, []string{"row 1, column 职级: this column is not known"}},
		"column twice":        {strings.Replace(head, "班次", "工号", 1) + ok, []string{"row 1, column 工号: this column stands in the heading twice"}},
		"column missing":      {"姓名,工号,管理处,入职日期\n李娜,1002,翠湖管理处,2026-11-23\n", []string{"row 1, column 角色: the heading lacks this column"}},
		"no heading":          {ok, []string{"row 1: the first row must be the heading 姓名,工号,管理处"}},
		"empty":               {"", []string{"the file is empty"}},
		"heading only":        {head, []string{"there is nobody in the file"}},
		"a comma too many":    {head + "张伟,1001,翠湖管理处,学员,2026-11-23,a,,,,x\n", []string{`row 2: "x" stands in a column without a heading`}},
		"number by Excel":     {head + "张伟,4.40106E+17,翠湖管理处,学员,2026-11-23,a,,,\n", []string{"row 2, column 工号: Excel turned it into the number"}},
		"space in a user id":  {head + "张伟,1001,翠湖管理处,学员,2026-11-23,zhang wei,,,\n", []string{`row 2, column 企业微信: "zhang wei" holds a space`}},
		"line break in name":  {head + "\"张\n伟\",1001,翠湖管理处,学员,2026-11-23,a,,,\n李娜,1002,翠湖管理处,x,2026-11-23,,,,\n", []string{"row 2, column 姓名: \"张\\n伟\" holds a line break", `row 3, column 角色: "x" is not a role`}},
		"NUL":                 {head + "张\x00伟,1001,翠湖管理处,学员,2026-11-23,a,,,\n", []string{"row 2, column 姓名: \"张\\x00伟\" holds a line break or a control character"}},
		"too long":            {head + strings.Repeat("张", 51) + ",1001,翠湖管理处,学员,2026-11-23,a,,,\n", []string{"row 2, column 姓名: 51 characters are too many, 50 at most"}},
		"unmatched quotation": {head + ok + "\"张伟,1001\n", []string{"row 3: the quotation marks do not match"}},
		"not text":            {"\xff\x80\x81\xff", []string{"the text is neither UTF-8 nor GB18030"}},
		"UTF-16":              {"\xff\xfeA\x00", []string{"the file is saved as Unicode text (UTF-16)"}},
		"old Excel":           {"\xd0\xcf\x11\xe0\xa1\xb1", []string{"this is an old or protected Excel file"}},
		"all at once, by row": {head + ",1001,翠湖管理处,学员,x,a,,,\n\n张伟,,翠湖管理处,y,2026-11-23,,,,2020-01-01\n",
			[]string{"row 2, column 姓名", "row 2, column 入职日期", "row 4, column 工号", "row 4, column 角色", "row 4, column 离职日期"}},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := Read("staff.csv", strings.NewReader(c.text))
			faults, ok := AsFaults(err)
			if !ok || rows != nil {
				t.Fatalf("Read = %v, %v; want faults and no rows", rows, err)
			}
			lines := strings.Split(faults.Error(), "\n")
			if len(lines) != len(c.want) {
				t.Fatalf("%d faults, want %d:\n%v", len(lines), len(c.want), err)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("line %d:\n got %s\nwant %s…", i+1, lines[i], want)
				}
			}
		})
	}
}

func TestOnePersonInTwoOffices(t *testing.T) {
	rows := read(t, head+"孙伟,1010,翠湖管理处,安全主管,2024-01-01,sunwei,,,\n孙伟,1010,东湖管理处,安全主管,2025-01-01,sunwei,,,\n")
	if len(rows) != 2 || rows[0].Office == rows[1].Office {
		t.Errorf("got %+v", rows)
	}
	// Left and came back: two stays in one office that do not overlap.
	rows = read(t, head+"孙伟,1010,翠湖管理处,安全主管,2024-01-01,sunwei,,,2024-06-30\n孙伟,1010,翠湖管理处,安全主管,2025-01-01,sunwei,,,\n")
	if len(rows) != 2 {
		t.Errorf("got %+v", rows)
	}
}

func TestTooManyPeople(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i := range MaxRows + 5 {
		fmt.Fprintf(&b, "甲,%d,处,学员,2026-11-23,,,,\n", i)
	}
	_, err := Read("staff.csv", strings.NewReader(b.String()))
	if err == nil || !strings.Contains(err.Error(), "more than 50000 people") {
		t.Errorf("got %v", err)
	}
}

func TestFaultReportIsBounded(t *testing.T) {
	text := head + strings.Repeat("甲,,处,学员,2026-11-23,,,,\n", 3*maxFaults)
	_, err := Read("staff.csv", strings.NewReader(text))
	if n := strings.Count(err.Error(), "\n"); n != maxFaults || !strings.HasSuffix(err.Error(), "… and 2000 more") {
		t.Errorf("%d lines, ends %q", n, err.Error()[len(err.Error())-20:])
	}
}

func TestWriteRefusesOtherFormats(t *testing.T) {
	if err := Write("staff.xls", &bytes.Buffer{}, nil); err == nil || !strings.Contains(err.Error(), ".csv or .xlsx") {
		t.Errorf("got %v", err)
	}
}
