package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trainingbot/bot"
	"trainingbot/domain"
)

var update = flag.Bool("update", false, "write the generated documents")

// clause is one clause of the procedure (shared/procedure.md), in order. A clause that only refers to
// others (5.5 says: handle results as 6.0 says) is carried out where those are.
type clause struct {
	id, title string
	see       []string
}

var clauses = []clause{
	{"1.0", "目的", []string{"4.1", "4.2.1", "4.3", "4.4", "6.1.1"}}, {"2.0", "适用范围", nil}, {"3.1", "主管的职责", nil}, {"3.2", "主任的职责", nil},
	{"4.1", "岗前培训", nil}, {"4.2.1", "常规：服务意识、岗位职责", nil}, {"4.2.2", "常规：轮流的一组", nil}, {"4.2.3", "常规：案例、心理学、突发事件", nil}, {"4.2.4", "常规：协调、安全消防、物业知识", nil},
	{"4.3", "军体培训", nil}, {"4.4", "消防知识培训", nil},
	{"5.1.1", "计划的种类和四个来源", nil}, {"5.1.2", "上报计划", nil}, {"5.1.3", "审核年度计划", nil}, {"5.1.4", "审批月度计划", nil},
	{"5.2.1", "岗前理论", nil}, {"5.2.2", "岗位实习", nil},
	{"5.3.1", "讲师和主管授课", nil}, {"5.3.2", "重点的增补", nil}, {"5.3.3", "军体须主管在场", nil}, {"5.3.4", "培训记录", nil},
	{"5.4.1", "新员工理论考核", nil}, {"5.4.2", "月度考核", nil}, {"5.4.3", "消防考核", nil}, {"5.4.4", "统计分析", nil}, {"5.4.5", "计划修订", nil},
	{"5.5", "结果的处理", []string{"6.1.1", "6.1.2", "6.2.1", "6.2.2", "6.2.3"}},
	{"6.1.1", "学员合格率", nil}, {"6.1.2", "讲师标准", nil}, {"6.2.1", "讲师的处理", nil}, {"6.2.2", "考勤分", nil}, {"6.2.3", "考核不合格的处理", nil},
	{"7.1", "《培训计划表》", nil}, {"7.2", "《培训记录表》", nil},
}

// covers says whether something that cites a clause is about another: 5.4 is about 5.4.2, and 7.0 about all of 7.
func covers(cited, id string) bool {
	return cited == id || strings.HasPrefix(id, cited+".") || strings.HasSuffix(cited, ".0") && strings.HasPrefix(id, strings.TrimSuffix(cited, "0"))
}

// evidence is where one clause lives: what cites what.
type evidence map[string][]string

func (e evidence) add(cited, name string) {
	if !slices.Contains(e[cited], name) {
		e[cited] = append(e[cited], name)
	}
}

// of gives what is about a clause, in order.
func (e evidence) of(c clause) []string {
	var out []string
	for _, id := range append([]string{c.id}, c.see...) {
		for cited, names := range e {
			if covers(cited, id) {
				out = append(out, names...)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var cites = regexp.MustCompile(`\b\d\.\d(?:\.\d)?\b`)

// rulesOf gives the numbers, topics, open points and exported rules of the domain that cite each clause.
func rulesOf(t *testing.T) evidence {
	e := evidence{}
	p := domain.DefaultPolicy()
	for _, r := range p.Rules() {
		e.add(r.Clause, "`"+r.Key+"`")
	}
	for _, x := range p.Curriculum {
		e.add(x.Clause, "主题 "+x.Name)
	}
	for _, x := range p.OpenPoints() {
		e.add(x.Clause, fmt.Sprintf("待确认%d", x.No))
	}
	files, err := filepath.Glob("domain/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !fn.Name.IsExported() || strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, cited := range cites.FindAllString(fn.Doc.Text(), -1) {
				e.add(cited, fn.Name.Name)
			}
		}
	}
	return e
}

// storiesOf gives the stories whose remarks cite each clause.
func storiesOf(t *testing.T) evidence {
	files, err := filepath.Glob("stories/*.story")
	if err != nil || len(files) == 0 {
		t.Fatal("no stories", err)
	}
	e := evidence{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		number, _, _ := strings.Cut(filepath.Base(file), "-")
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "#") {
				for _, cited := range cites.FindAllString(line, -1) {
					e.add(cited, number)
				}
			}
		}
	}
	return e
}

// docs/procedure-map.md says where every clause of the procedure lives: its numbers and rules, the
// reminders, the words, the stories that show it. A clause without a rule, a word or a story is a hole
// in the product.
func TestProcedureMap(t *testing.T) {
	rules, stories := rulesOf(t), storiesOf(t)
	words, reminders := evidence{}, evidence{}
	for _, c := range bot.Table() {
		if !c.Hidden {
			for _, cited := range cites.FindAllString(c.Clause, -1) {
				words.add(cited, c.Name)
			}
		}
	}
	for _, r := range domain.Matters() {
		reminders.add(r.Clause, string(r.Kind))
	}
	var b strings.Builder
	b.WriteString("# 规程与程序对照\n\n<!-- 本页由程序生成：go test . -run ProcedureMap -update -->\n\n规程的每一条由哪些数字和规则执行、什么时候提醒、说什么词、哪个故事演示。" +
		"数字见 configuration.md，提醒见 timetable.md，词见 commands.md，故事在 stories/。\n\n| 条款 | 内容 | 数字和规则 | 提醒 | 词 | 故事 |\n|---|---|---|---|---|---|\n")
	for _, c := range clauses {
		row := [][]string{rules.of(c), reminders.of(c), words.of(c), stories.of(c)}
		for i, what := range []string{"rule", "", "word", "story"} {
			if what != "" && len(row[i]) == 0 {
				t.Errorf("clause %s %s has no %s", c.id, c.title, what)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", c.id, c.title, strings.Join(row[0], " "), strings.Join(row[1], " "), strings.Join(row[2], " "), strings.Join(row[3], " "))
	}
	const file = "docs/procedure-map.md"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != b.String() {
		t.Errorf("%s is not what the tables say (%v); run: go test . -run ProcedureMap -update", file, err)
	}
}

func TestCovers(t *testing.T) {
	for _, x := range []struct {
		cited, id string
		want      bool
	}{{"5.4", "5.4.2", true}, {"5.4.2", "5.4.2", true}, {"5.4.2", "5.4", false}, {"7.0", "7.2", true}, {"4.0", "5.1", false}, {"5.1", "5.1.2", true}, {"5.1.1", "5.1.2", false}, {"", "1.0", false}} {
		if got := covers(x.cited, x.id); got != x.want {
			t.Errorf("%s covers %s: %v", x.cited, x.id, got)
		}
	}
}
