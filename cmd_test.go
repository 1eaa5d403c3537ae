package main

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trainingbot/storage/storagetest"
)

// write puts a file into the program's folder and gives its path.
func (p *program) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(p.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const sampleStaff = `姓名,工号,管理处,角色,入职日期,企业微信,钉钉,班次,离职日期
王芳,K01,翠湖管理处,主管/教练,2019-03-01,wangfang,,早班,
周国平,K02,翠湖管理处,主任,2016-08-15,zhouguoping,,,
孙伟,K03,翠湖管理处,安全主管,2018-01-01,sunwei,,,
李娜,K07,翠湖管理处,学员,2026-11-23,lina,,早班,
`

func TestExitCodes(t *testing.T) {
	p := newProgram(t)
	for line, want := range map[string]int{
		"--help":                      exitDone,
		"staff import --help":         exitDone,
		"version":                     exitDone,
		"":                            exitUsage,
		"dance":                       exitUsage,
		"staff":                       exitUsage,
		"staff import":                exitUsage,
		"staff export list.pdf":       exitUsage,
		"timetable --from 2026-01-01": exitUsage,
		"timetable --from 2026-13-01 --to 2026-12-31":              exitUsage,
		"timetable --from 2026-12-31 --to 2026-01-01":              exitUsage,
		"timetable --from 2026-01-01 --to 2099-01-01":              exitUsage,
		"timetable --from 2026-01-01 --to 2026-01-31 --format pdf": exitUsage,
		"outbox retry":            exitUsage,
		"outbox list --limit 0":   exitUsage,
		"bench-sql --people 0":    exitUsage,
		"calendar show soon":      exitUsage,
		"staff import none.csv":   exitFailed,
		"calendar import none":    exitFailed,
		"backup copy.db":          exitFailed, // no database yet
		"healthcheck":             exitFailed, // nobody serves
		"config print --config x": exitFailed,
	} {
		t.Run(line, func(t *testing.T) {
			r := p.run(strings.Fields(line)...)
			if r.code != want {
				t.Errorf("exit %d, want %d\n%s%s", r.code, want, r.out, r.err)
			}
			if told := strings.HasPrefix(r.err, "trainingbot: "); told != (want != exitDone) {
				t.Errorf("stderr %q", r.err)
			}
		})
	}
}

func TestVersionNamesTheBuild(t *testing.T) {
	out := newProgram(t).must(t, "version")
	for _, want := range []string{"trainingbot ", "\ncommit ", "\ngo1."} {
		if !strings.Contains(out, want) {
			t.Errorf("%q lacks %q", out, want)
		}
	}
}

func TestStaffImportAndExport(t *testing.T) {
	p := newProgram(t)
	file := p.write(t, "staff.csv", sampleStaff)
	if out := p.must(t, "staff", "import", "--dry-run", file); !strings.Contains(out, "4 rows, no fault; nothing was imported") {
		t.Error(out)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "office.db")); err == nil {
		t.Error("--dry-run made a database")
	}
	if out := p.must(t, "staff", "import", file); out != "staff.csv: 4 rows, 4 new, 0 changed, 0 as before; new offices: 翠湖管理处\n" {
		t.Error(out)
	}
	if out := p.must(t, "staff", "import", file); out != "staff.csv: 4 rows, 0 new, 0 changed, 4 as before\n" {
		t.Errorf("the second import: %s", out)
	}
	for _, name := range []string{"out.csv", "out.xlsx"} {
		out := filepath.Join(p.dir, name)
		p.must(t, "staff", "export", out)
		if again := p.must(t, "staff", "import", out); !strings.Contains(again, "0 new, 0 changed, 4 as before") {
			t.Errorf("%s read back: %s", name, again)
		}
		if r := p.run("staff", "export", out); r.code != exitFailed || !strings.Contains(r.err, "exists already") {
			t.Errorf("overwriting %s: exit %d, %s", name, r.code, r.err)
		}
	}
	if b := text(t, filepath.Join(p.dir, "out.csv")); b != "\ufeff"+sampleStaff {
		t.Errorf("exported:\n%s", b)
	}
}

func TestStaffImportTellsAllFaultsAndImportsNothing(t *testing.T) {
	p := newProgram(t)
	file := p.write(t, "bad.csv", "姓名,工号,管理处,角色,入职日期\n王芳,K01,翠湖管理处,主管,2019-03-01\n,K02,翠湖管理处,经理,2019-02-30\n")
	r := p.run("staff", "import", file)
	want := "row 3, column 姓名: is empty: every person needs it\n" +
		"row 3, column 角色: \"经理\" is not a role: write any of 学员 主管 主任 教练 保安班长 安全主管 管理员, joined by /\n" +
		"row 3, column 入职日期: \"2019-02-30\" does not exist in the calendar\n" +
		"trainingbot: bad.csv: 3 faults, nothing was imported\n"
	if r.code != exitFailed || r.err != want {
		t.Errorf("exit %d\n%s", r.code, r.err)
	}
	out := filepath.Join(p.dir, "out.csv")
	p.must(t, "staff", "export", out)
	if rows := text(t, out); strings.Contains(rows, "王芳") {
		t.Errorf("half imported:\n%s", rows)
	}
}

// timetable gives the lines of the CSV form by their columns.
func timetable(t *testing.T, text string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(records[0], ","); got != "at,kind,stage,deadline,office,to,clause,title" {
		t.Fatalf("heading %s", got)
	}
	var out []map[string]string
	for _, r := range records[1:] {
		line := map[string]string{}
		for i, name := range records[0] {
			line[name] = r[i]
		}
		out = append(out, line)
	}
	return out
}

func has(lines []map[string]string, want map[string]string) bool {
	for _, l := range lines {
		all := true
		for k, v := range want {
			all = all && l[k] == v
		}
		if all {
			return true
		}
	}
	return false
}

func TestTimetableNeedsNoDatabase(t *testing.T) {
	p := newProgram(t)
	r := p.run("timetable", "--from", "2026-01-01", "--to", "2027-12-31", "--format", "csv")
	if r.code != exitDone {
		t.Fatal(r.err)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "office.db")); err == nil {
		t.Error("a question made a database")
	}
	lines := timetable(t, r.out)
	for _, want := range []map[string]string{
		{"at": "2026-09-25T09:00:00+08:00", "kind": "D1", "stage": "day", "deadline": "2026-09-25", "to": "主管", "clause": "5.1.2"},
		{"at": "2026-12-25T09:00:00+08:00", "kind": "D1", "stage": "day", "deadline": "2026-12-25", "to": "主管"},
		{"at": "2026-02-28T09:00:00+08:00", "kind": "D2", "stage": "day", "deadline": "2026-02-28", "to": "主任", "clause": "5.1.4"},
		{"at": "2027-02-28T09:00:00+08:00", "kind": "D2", "stage": "day", "to": "主任"},
		{"at": "2026-12-10T09:00:00+08:00", "kind": "D3", "stage": "day", "clause": "5.1.2"},
		{"at": "2026-12-20T09:00:00+08:00", "kind": "D4", "stage": "day", "clause": "5.1.3"},
		{"kind": "D7", "stage": "open", "at": "2026-10-08T09:00:00+08:00", "clause": "5.4.2"}, // the first working day after 国庆
		{"kind": "D8", "clause": "5.4.3"},
	} {
		if !has(lines, want) {
			t.Errorf("no line %v", want)
		}
	}
	for _, l := range lines {
		if marked := strings.Contains(l["title"], "暂定"); marked != (l["at"] >= "2027-01-01") && l["at"] < "2026-12-01" {
			t.Errorf("provisional: %v", l)
		}
		if l["at"] >= "2027-02-01" && l["kind"] != "CAL" && !strings.Contains(l["title"], "暂定") {
			t.Errorf("a date of 2027 is not marked: %v", l)
		}
	}
	if !strings.Contains(r.err, "the holiday notice of 2027") || !strings.Contains(r.err, "暂定") {
		t.Errorf("stderr does not say which notice is missing: %q", r.err)
	}
	if r := p.run("timetable", "--from", "2026-01-01", "--to", "2026-01-31", "--office", "东湖"); r.code != exitFailed || !strings.Contains(r.err, "no database yet") {
		t.Errorf("an office without a database: %d %s", r.code, r.err)
	}
}

func TestTimetableKnowsTheHires(t *testing.T) {
	p := newProgram(t)
	p.must(t, "staff", "import", p.write(t, "staff.csv", sampleStaff))
	lines := timetable(t, p.must(t, "timetable", "--from", "2026-11-01", "--to", "2026-12-31", "--format", "csv", "--office", "翠湖管理处"))
	for _, want := range []map[string]string{
		// Hired on Monday 23 November: the day itself is not counted.
		{"kind": "D5", "deadline": "2026-11-25", "office": "翠湖管理处", "clause": "5.2.1"},
		{"kind": "D6", "deadline": "2026-12-07", "office": "翠湖管理处", "clause": "5.4.1"},
	} {
		if !has(lines, want) {
			t.Errorf("no line %v", want)
		}
	}
	r := p.run("timetable", "--from", "2026-11-01", "--to", "2026-12-31", "--office", "东湖")
	if r.code != exitFailed || !strings.Contains(r.err, `no office "东湖"; there are: 翠湖管理处`) {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
}

func TestTimetableFormats(t *testing.T) {
	p := newProgram(t)
	table := p.must(t, "timetable", "--from", "2027-01-01", "--to", "2027-01-31")
	if !strings.HasPrefix(table, "at ") || !strings.Contains(table, "Load it with: trainingbot calendar import FILE") {
		t.Errorf("table:\n%s", table)
	}
	var parsed []map[string]any
	if err := json.Unmarshal([]byte(p.must(t, "timetable", "--from", "2026-10-01", "--to", "2026-10-31", "--format", "json")), &parsed); err != nil || len(parsed) == 0 {
		t.Fatalf("json: %v, %d lines", err, len(parsed))
	}
	if parsed[0]["provisional"] != false || parsed[0]["clause"] == "" {
		t.Errorf("json line %v", parsed[0])
	}
	var none []any
	if err := json.Unmarshal([]byte(p.must(t, "timetable", "--from", "2026-06-13", "--to", "2026-06-13", "--format", "json")), &none); err != nil || none == nil {
		t.Errorf("an empty answer is not a list: %v %v", none, err)
	}
	ics := p.must(t, "timetable", "--from", "2026-09-20", "--to", "2026-09-30", "--format", "ics")
	for line := range strings.SplitSeq(strings.TrimSuffix(ics, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.Contains(line, "\n") {
			t.Errorf("line of %d bytes: %q", len(line), line)
		}
	}
	for _, want := range []string{"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "DTSTART:20260925T010000Z\r\n", "END:VCALENDAR\r\n"} {
		if !strings.Contains(ics, want) {
			t.Errorf("ics lacks %q", want)
		}
	}
	if begin, end := strings.Count(ics, "BEGIN:VEVENT"), strings.Count(ics, "END:VEVENT"); begin == 0 || begin != end {
		t.Errorf("%d events begin, %d end", begin, end)
	}
}

func TestCalendarNoticeMovesDeadlines(t *testing.T) {
	p := newProgram(t)
	if out := p.must(t, "calendar", "show", "2026"); !strings.Contains(out, "2026-10-10,workday,国庆节\n") {
		t.Errorf("2026:\n%s", out)
	}
	if r := p.run("calendar", "show", "2027"); r.code != exitFailed || !strings.Contains(r.err, "notice of 2027 is not loaded") {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
	if r := p.run("calendar", "import", p.write(t, "empty.csv", "date,kind,name\n")); r.code != exitFailed {
		t.Error("a notice that is not out yet was taken for a year without holidays")
	}
	notice := p.write(t, "2027.csv", "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-04,holiday,元旦\n2027-05-01,holiday,劳动节\n2027-10-01,holiday,国庆节\n")
	if out := p.must(t, "calendar", "import", notice); out != "the notice of 2027 is loaded: 4 days off, 0 make-up working days\n" {
		t.Error(out)
	}
	if out := p.must(t, "calendar", "show", "2027"); out != text(t, notice) {
		t.Errorf("shown:\n%s", out)
	}
	r := p.run("timetable", "--from", "2027-01-01", "--to", "2027-01-31", "--format", "csv")
	if !has(timetable(t, r.out), map[string]string{"kind": "D7", "stage": "open", "at": "2027-01-05T09:00:00+08:00"}) {
		t.Errorf("the window did not move to the first working day, Tuesday the 5th:\n%s", r.out)
	}
	if strings.Contains(r.out, "暂定") || r.err != "" {
		t.Errorf("still provisional: %s", r.err)
	}
}

func TestConfig(t *testing.T) {
	p := newProgram(t, "TRAININGBOT_REDIS_URL=redis://:canary@127.0.0.1:1/0")
	if out := p.must(t, "config", "check"); !strings.Contains(out, "the settings are right") {
		t.Error(out)
	}
	out := p.must(t, "config", "print")
	if strings.Contains(out, "canary") || !strings.Contains(out, "office.db") {
		t.Errorf("printed:\n%s", out)
	}
	bad := newProgram(t, "TRAININGBOT_TIMEZONE=Mars/Base", "TRAININGBOT_WECOM_SECERT=canary", "TRAININGBOT_LOG_LEVEL=loud")
	r := bad.run("config", "check")
	for _, want := range []string{"timezone", "TRAININGBOT_WECOM_SECERT", "log.level"} {
		if r.code != exitFailed || !strings.Contains(r.err, want) {
			t.Errorf("exit %d, nothing of %s in\n%s", r.code, want, r.err)
		}
	}
	if strings.Contains(r.err, "canary") {
		t.Errorf("a secret in the error: %s", r.err)
	}
	policy := p.write(t, "policy.yaml", "plan:\n  monthly_due_day: 99\n")
	p.env = append(p.env, "TRAININGBOT_POLICY_FILE="+policy)
	if r := p.run("config", "check"); r.code != exitFailed || !strings.Contains(r.err, "policy_file") || !strings.Contains(r.err, "monthly_due_day") {
		t.Errorf("exit %d, %s", r.code, r.err)
	}
}

func TestSchemaIsHeldToTheProgram(t *testing.T) {
	for _, dialect := range []string{"postgres", "sqlite"} {
		t.Run(dialect, func(t *testing.T) {
			p := newProgram(t, "TRAININGBOT_DATABASE_AUTO_MIGRATE=false", "TRAININGBOT_LISTEN=127.0.0.1:0")
			if dialect == "postgres" {
				p.env = append(p.env, "TRAININGBOT_DATABASE_URL="+emptyPostgres(t))
			}
			for _, args := range [][]string{{"serve"}, {"outbox", "list"}, {"doctor"}} {
				if r := p.run(args...); r.code != exitFailed || !strings.Contains(r.out+r.err, "run trainingbot migrate") {
					t.Errorf("%v on an old schema: exit %d\n%s%s", args, r.code, r.out, r.err)
				}
			}
			if out := p.must(t, "migrate"); !strings.HasPrefix(out, "the database went from schema 0 to ") {
				t.Error(out)
			}
			if out := p.must(t, "migrate"); !strings.HasSuffix(out, " already\n") {
				t.Error(out)
			}
			p.must(t, "outbox", "list")
			newer(t, p.databaseURL())
			for _, args := range [][]string{{"serve"}, {"migrate"}, {"outbox", "list"}} {
				if r := p.run(args...); r.code != exitFailed || !strings.Contains(r.err, "newer than this program knows") {
					t.Errorf("%v on a newer schema: exit %d\n%s%s", args, r.code, r.out, r.err)
				}
			}
		})
	}
}

// databaseURL gives the database of the last setting that names one.
func (p *program) databaseURL() (url string) {
	for _, e := range p.env {
		if v, ok := strings.CutPrefix(e, "TRAININGBOT_DATABASE_URL="); ok {
			url = v
		}
	}
	return url
}

// emptyPostgres gives a database of its own without any table.
func emptyPostgres(t *testing.T) string {
	t.Helper()
	url := storagetest.URL(t, "postgres")
	x, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if _, err := x.Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
		t.Fatal(err)
	}
	return url
}

// newer makes a database look as a later program would leave it.
func newer(t *testing.T, url string) {
	t.Helper()
	driver, source := "postgres", url
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		driver, source = "sqlite", "file:"+path
	}
	x, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if _, err := x.Exec("INSERT INTO goose_db_version (version_id, is_applied, tstamp) VALUES (9999, TRUE, CURRENT_TIMESTAMP)"); err != nil {
		t.Fatal(err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	p := newProgram(t)
	p.must(t, "staff", "import", p.write(t, "staff.csv", sampleStaff))
	copied := filepath.Join(p.dir, "copy.db")
	p.must(t, "backup", copied)
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v %v", info, err)
	}
	if r := p.run("backup", copied); r.code != exitFailed || !strings.Contains(r.err, "exists already") {
		t.Errorf("overwriting a backup: exit %d %s", r.code, r.err)
	}
	if r := p.run("restore", copied); r.code != exitFailed || !strings.Contains(r.err, "move it away first") {
		t.Errorf("restoring over a database: exit %d %s", r.code, r.err)
	}
	for _, name := range []string{"office.db", "office.db-wal", "office.db-shm"} {
		if err := os.Remove(filepath.Join(p.dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	p.must(t, "restore", copied)
	out := filepath.Join(p.dir, "out.csv")
	p.must(t, "staff", "export", out)
	if b := text(t, out); b != "\ufeff"+sampleStaff {
		t.Errorf("restored:\n%s", b)
	}
	if r := p.run("restore", p.write(t, "junk.db", "this is no database")); r.code != exitFailed {
		t.Error("junk was restored")
	}
	pg := newProgram(t, "TRAININGBOT_DATABASE_URL=postgres://nobody@127.0.0.1:1/x?sslmode=disable")
	for _, verb := range []string{"backup", "restore"} {
		if r := pg.run(verb, copied+"2"); r.code != exitFailed || !strings.Contains(r.err, "the database is PostgreSQL") {
			t.Errorf("%s on PostgreSQL: %s", verb, r.err)
		}
	}
}

func TestBenchSQLIsAScript(t *testing.T) {
	out := newProgram(t).must(t, "bench-sql")
	for _, want := range []string{"BEGIN;", "INSERT INTO inbox", "INSERT INTO attendance", "COMMIT;"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	if setup := newProgram(t).must(t, "bench-sql", "--setup"); !strings.Contains(setup, "generate_series") {
		t.Error(setup)
	}
}
