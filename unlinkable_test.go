package main

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"trainingbot/storage/storagetest"
)

// Nobody can tell from the database what somebody said of a session (6.1.2): whatever two people
// answer, and whether one of them writes free words or only looks, everything that is kept is the same
// but the sums.
func TestFeedbackIsUnlinkable(t *testing.T) {
	for _, dialect := range storagetest.Dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			const words = "回访时限没听懂"
			one := evaluated(t, dialect, []string{"刘敏 点 懂", "刘敏 说 评价 {场} 一般", "刘敏 说 评价 {场}", "赵强 说 评价 没懂 有用 全", "赵强 说 评价 {场} " + words})
			two := evaluated(t, dialect, []string{"刘敏 点 没懂", "刘敏 说 评价 {场} 有用", "刘敏 说 评价 {场} " + words, "赵强 说 评价 懂 有用 不全", "赵强 说 评价 {场}"})
			if len(one) < 15 || slices.Equal(one["feedback"], two["feedback"]) && one["feedback"][0] == "" {
				t.Fatalf("%d tables were read", len(one))
			}
			for table, rows := range one {
				for _, row := range slices.Concat(rows, two[table]) {
					if table != "feedback" && strings.Contains(row, words) {
						t.Errorf("%s keeps what was said: %s", table, row)
					}
				}
				if table != "feedback" && !slices.Equal(rows, two[table]) {
					t.Errorf("%s depends on what was said:\n%s", table, firstDifference(rows, two[table]))
				}
			}
			if !strings.Contains(strings.Join(one["feedback"], ""), words) || strings.Join(one["feedback"], "") == strings.Join(two["feedback"], "") {
				t.Errorf("the sums do not show what was said: %s", one["feedback"])
			}
		})
	}
}

// evaluated plays a class with its feedback and gives every table as lines, what is random in them
// taken out.
func evaluated(t *testing.T, dialect string, said []string) map[string][]string {
	w := newWorld(t, storagetest.URL(t, dialect))
	s := &teller{world: w, kept: map[string]string{}, seen: map[string]map[int64]string{}}
	for _, line := range slices.Concat(classOver(), said, []string{"时间 17:30"}) {
		if err := s.play(line); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	db := w.apps[0].Store().Stats()
	query := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if dialect == "postgres" {
		query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	out := map[string][]string{}
	var names []string
	if rows, err := db.Query(query); err != nil {
		t.Fatal(err)
	} else {
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
	}
	random := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9A-Za-z_-]{20,}|(口令|签到) ?\d{4}|\d{15,}|msg\d+-[A-Z0-9]+`)
	for _, name := range names {
		if strings.HasPrefix(name, "sqlite_") || name == "goose_db_version" {
			continue
		}
		rows, err := db.Query("SELECT * FROM " + name)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			var line strings.Builder
			for i, c := range columns {
				if v, ok := values[i].([]byte); ok {
					values[i] = string(v)
				}
				if c != "secret" {
					fmt.Fprintf(&line, "%s=%v ", c, values[i])
				}
			}
			out[name] = append(out[name], random.ReplaceAllString(line.String(), "#"))
		}
		sort.Strings(out[name])
	}
	return out
}

func firstDifference(a, b []string) string {
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("%d and %d rows, row %d:\n%v\n%v", len(a), len(b), i, a[min(i, len(a)-1)], b[min(i, len(b)-1)])
		}
	}
	return ""
}

// classOver is the lines of a class of three that was just closed.
func classOver() []string {
	return []string{
		"名单 翠湖管理处.staff", "启用 2026-09-01", "时间 2026-09-21 10:00", "王芳 说 拟计划 2026-10", "王芳 说 报计划", "周国平 点 同意",
		"时间 2026-10-08 14:40", "王芳 说 开课", "王芳 看到 签到开放", `记下 场 签到开放：(S\d+)`,
		"王芳 说 点名 {场} 刘敏 到 没带手机", "王芳 说 点名 {场} 赵强 到 没带手机", "王芳 说 点名 {场} 李娜 到 没带手机", "时间 16:00", "王芳 说 关课 {场} 3人 讲完了",
	}
}
