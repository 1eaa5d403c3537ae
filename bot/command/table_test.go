package command

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"trainingbot/domain"
)

func TestTheSampleTableIsValid(t *testing.T) {
	if err := rows().Validate(); err != nil {
		t.Error(err)
	}
}

func TestValidateTellsEveryFault(t *testing.T) {
	good := func() Command[string] {
		return Command[string]{Name: "签到", Args: []Arg{{Name: "口令", Kind: Code}}, Help: "培训时签到", Example: "签到 4827", Group: "培训"}
	}
	for _, row := range []struct {
		want string
		edit func(*Command[string])
	}{
		{"no Help", func(c *Command[string]) { c.Help = " " }},
		{"no Example", func(c *Command[string]) { c.Example = "" }},
		{"no Group", func(c *Command[string]) { c.Group = "" }},
		{"empty word", func(c *Command[string]) { c.Aliases = []string{" "} }},
		{"share the word", func(c *Command[string]) { c.Aliases = []string{"課表"} }},
		{"two rows", func(c *Command[string]) { c.Name = "课表" }},
		{"is refused", func(c *Command[string]) { c.Example = "签到 口令" }},
		{"is read as 课表", func(c *Command[string]) { c.Example = "课表" }},
		{"is a guess", func(c *Command[string]) { c.Example = "签道 4827" }},
		{"name of its own", func(c *Command[string]) { c.Args = append(c.Args, c.Args[0]) }},
		{"Choices belong", func(c *Command[string]) { c.Args = append(c.Args, Arg{Name: "x", Kind: Choice, Optional: true}) }},
		{"empty choice", func(c *Command[string]) {
			c.Args = append(c.Args, Arg{Name: "x", Kind: Choice, Optional: true, Choices: []Option{{}}})
		}},
		{"unknown kind", func(c *Command[string]) { c.Args = append(c.Args, Arg{Name: "x", Kind: 99, Optional: true}) }},
		{"Text must be last", func(c *Command[string]) { c.Args = append([]Arg{{Name: "x", Kind: Text, Optional: true}}, c.Args...) }},
		{"more than one Text", func(c *Command[string]) {
			c.Args = append(c.Args, Arg{Name: "x", Optional: true}, Arg{Name: "y", Optional: true})
		}},
		{"SelfProving without", func(c *Command[string]) { c.SelfProving = true }},
		{"Open and Roles", func(c *Command[string]) { c.Open, c.Roles = true, []domain.Role{domain.Trainee} }},
	} {
		c := good()
		row.edit(&c)
		table := Table[string]{{Name: "课表", Help: "看课表", Example: "课表", Group: "培训"}, c}
		if err := table.Validate(); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%v, want %q", err, row.want)
		}
	}
	if err := (Table[string]{good()}).Validate(); err != nil {
		t.Error(err)
	}
}

func names(t Table[string]) []string {
	var out []string
	for _, c := range t {
		out = append(out, c.Name)
	}
	return out
}

func TestFor(t *testing.T) {
	if got := names(rows().For(nil)); !slices.Equal(got, []string{"帮助", "绑定"}) {
		t.Errorf("a stranger may say %v", got)
	}
	for _, row := range []struct {
		role      domain.Role
		may, mayn string
	}{
		{domain.Trainee, "签到", "开课"}, {domain.Coach, "开课", "拟计划"}, {domain.Supervisor, "拟计划", "同意"}, {domain.Director, "同意", "自检"}, {domain.Administrator, "自检", "同意"},
	} {
		got := names(rows().For([]domain.Role{row.role}))
		if !slices.Contains(got, row.may) || slices.Contains(got, row.mayn) || !slices.Contains(got, "帮助") {
			t.Errorf("%s may say %v", row.role, got)
		}
	}
}

// The guide fits one message, names every word the person may use and no other.
func TestGuide(t *testing.T) {
	table := rows()
	for set := range 1 << len(domain.AllRoles()) {
		var roles []domain.Role
		for i, r := range domain.AllRoles() {
			if set>>i&1 == 1 {
				roles = append(roles, r)
			}
		}
		text := table.Guide("王芳", roles, []string{"开课", "拟计划", "签到"})
		if len(text) > guideBytes || !utf8.ValidString(text) {
			t.Fatalf("%v: %d bytes", roles, len(text))
		}
		allowed := names(table.For(roles))
		for _, c := range table {
			if shown := strings.Contains(text, c.Name); !c.Hidden && slices.Contains(allowed, c.Name) && !shown {
				t.Errorf("%v are not told of %s", roles, c.Name)
			}
			if strings.Contains(text, c.Example) && !slices.Contains(allowed, c.Name) && len(c.Args) > 0 {
				t.Errorf("%v are told of %s", roles, c.Name)
			}
		}
	}
}

func TestGuideText(t *testing.T) {
	want := "林晓，最常用的：\n「绑定 A102」让我认识您\n【大家】帮助 绑定\n一个词怎么用，发「帮助 绑定」，或直接问「怎么绑定」。"
	if got := rows().Guide("林晓", nil, []string{"绑定", "开课", "不存在"}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestGuideOn(t *testing.T) {
	supervisor := []domain.Role{domain.Supervisor}
	for _, row := range []struct{ topic, want string }{
		{"報計劃", "「报计划 [计划] [时期]」上报计划。\n· 计划：计划编号，如 P7（可以不写）\n· 时期：哪个月或哪一年（可以不写）\n例：报计划 2026-11\n也可以说：上报、submit\n规程：5.1.2"},
		{"上报", "「报计划"}, {"考核", "【考核】"}, {"同意", ""}, {"不存在", ""}, {"", ""},
	} {
		got, ok := rows().GuideOn(row.topic, supervisor)
		if ok != (row.want != "") || !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: %v\n%s", row.topic, ok, got)
		}
	}
}

func TestReference(t *testing.T) {
	got := Reference(rows())
	for _, want := range []string{
		"## 大家\n\n| 说法 | 做什么 | 例 | 谁 | 也可以说 | 规程 |\n|---|---|---|---|---|---|\n| `帮助 [主题]` | 看您能说什么 | `帮助` | 所有人 |",
		"| `点名 [场次] [人] [到\\|迟到\\|缺席] [理由]` |", "| 主任 | 批准 approve | 5.1.4 |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "算了") {
		t.Error("hidden rows are shown")
	}
}

func TestValues(t *testing.T) {
	env := Sample()
	p, err := rows().Parse("加一场 10-22 00:00 消防 我讲 在大厅 1小时", env)
	if err != nil {
		t.Fatal(err)
	}
	v := p.Values
	if !v.Has("时间") || v.Clock("时间") != (domain.Clock{}) || v.Date("日期") != domain.NewDate(2026, 10, 22) || v.Text("主题") != "消防" ||
		v.Person("讲师") != env.Me || v.Named("讲师").No != "A101" || v.Word("地点") != "大厅" || v.Minutes("时长") != 60 || v.Len() != 6 {
		t.Errorf("%v", v)
	}
	if v.Has("理由") || v.Number("时间") != 0 || v.Code("没有") != "" || !v.Period("日期").IsZero() || v.Session("x") != 0 || v.Choice("x") != "" {
		t.Error("a value that was not said is not zero")
	}
	if no, version := (Values{}).With("计划", Plan{No: 7, Version: 2}).Plan("计划"); no != 7 || version != 2 {
		t.Error(no, version)
	}
	if !(Values{}).Equal(Values{map[string]any{}}) || v.Equal(Values{}) {
		t.Error("Equal")
	}
}
