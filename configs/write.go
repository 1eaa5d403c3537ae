package configs

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"trainingbot/domain"
)

// Example gives config.example.yaml: every setting with its meaning and its default, commented
// out. It is a whole settings file as it stands, and with the marks removed too.
func Example() string {
	var b strings.Builder
	b.WriteString("# trainingbot 的设置。每一项都列出了含义和默认值；要改哪一项，去掉行首的 # 再改。\n" +
		"# 每一项也可以用环境变量设置（TRAININGBOT_ 加大写的路径，如 TRAININGBOT_WECOM_CORP_ID），环境变量优先；\n" +
		"# 密钥还可以放在文件里，用加 _FILE 的变量指明文件（如 TRAININGBOT_WECOM_SECRET_FILE）。\n" +
		"# 检查：trainingbot config check --config 本文件。全部说明：docs/configuration.md\n")
	s := Default()
	v := reflect.ValueOf(s)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		fmt.Fprintf(&b, "\n# %s\n", f.Tag.Get("zh"))
		switch {
		case isLeaf(f.Type):
			fmt.Fprintf(&b, "#%s: %s\n", keyOf(f), scalar(v.Field(i)))
		case f.Type.Kind() == reflect.Slice:
			fmt.Fprintf(&b, "#%s: []\n", keyOf(f))
			writeGroupExample(&b, f.Type.Elem())
		default:
			fmt.Fprintf(&b, "#%s:\n", keyOf(f))
			for j := range v.Field(i).NumField() {
				g := f.Type.Field(j)
				fmt.Fprintf(&b, "#  %s: %s  # %s\n", keyOf(g), scalar(v.Field(i).Field(j)), g.Tag.Get("zh"))
			}
		}
	}
	return b.String()
}

// writeGroupExample writes what a group consists of, as remarks.
func writeGroupExample(b *strings.Builder, t reflect.Type) {
	b.WriteString("# 每个群一段：\n")
	for i := range t.NumField() {
		lead := "   "
		if i == 0 {
			lead = " - "
		}
		fmt.Fprintf(b, "# %s%s: …  # %s\n", lead, keyOf(t.Field(i)), t.Field(i).Tag.Get("zh"))
	}
}

// scalar writes a default as YAML does, with the real value: defaults are no secrets.
func scalar(v reflect.Value) string {
	if v.Kind() == reflect.String {
		return quoteIfNeeded(v.String())
	}
	return fmt.Sprint(v.Interface())
}

func quoteIfNeeded(s string) string {
	var back any
	if err := yaml.Unmarshal([]byte(s), &back); err == nil && back == any(s) && !strings.Contains(s, ": ") {
		return s
	}
	return fmt.Sprintf("%q", s)
}

// PolicyFile gives a policy file that names every number of p, each with its clause and meaning.
func PolicyFile(p domain.Policy) string {
	var b strings.Builder
	b.WriteString("# 客服人员培训规程的数字。这里是规程原文的数字和待确认项的默认值；管理处要改哪一个，\n" +
		"# 另写一个只含要改的项的文件，在设置里用 policy_file 指明它。没有写的项仍用这里的数字。\n" +
		"# 行尾：条款、含义；〔待确认n〕是原文没有写清、要管理员确认的地方（发「规程 待确认」看全部），确认后把编号写进 confirmed。\n")
	group := ""
	for _, r := range p.Rules() {
		key, name, _ := strings.Cut(r.Key, ".")
		if key != group {
			fmt.Fprintf(&b, "\n# %s\n%s:\n", r.Group, key)
			group = key
		}
		note := ""
		if r.OpenPoint > 0 {
			note = fmt.Sprintf("〔待确认%d〕", r.OpenPoint)
		}
		fmt.Fprintf(&b, "  %s: %s  # %s %s%s\n", name, ruleYAML(r.Value), r.Clause, r.Meaning, note)
	}
	fmt.Fprintf(&b, "\n# 管理员已经确认的待确认项，如 [11, 12]\nconfirmed: %s\n", listYAML(p.Confirmed))
	b.WriteString("\n# 4.0 培训内容。要改就写全：这里的列表会被整个替换。\n" +
		"# every：on_arrival 上岗前，weekly 每周，fortnightly 每两周从 pool 轮流，monthly 每月，two_monthly 每两月，quarterly 每季度。\n")
	var tail bytes.Buffer
	e := yaml.NewEncoder(&tail)
	e.SetIndent(2)
	_ = e.Encode(map[string]any{"curriculum": p.Curriculum}) // a buffer and plain values: cannot fail
	b.Write(tail.Bytes())
	return b.String()
}

// ruleYAML quotes what YAML would not read back as the same text.
func ruleYAML(value string) string {
	if strings.HasPrefix(value, "[") {
		return value
	}
	if value == "" {
		return `""`
	}
	return value
}

func listYAML(ns []int) string {
	return strings.ReplaceAll(fmt.Sprint(ns), " ", ", ")
}

// Reference gives docs/configuration.md: every setting, every number of the procedure and every
// open point, from the tables the program itself uses.
func Reference() string {
	var b strings.Builder
	b.WriteString("# 设置\n\n<!-- 本页由程序生成，请改 configs 里的说明后运行 go test ./configs -update -->\n\n" +
		"设置来自四处，后者优先：默认值、设置文件（`--config`，YAML）、环境变量、`_FILE` 指明的密钥文件。" +
		"不认识的键和变量都会被拒绝，所有错误一次说全：`trainingbot config check`。正在生效的设置：`trainingbot config print`（密钥不显示）。\n\n" +
		"密钥（标 🔑）的环境变量名后加 `_FILE`，值写文件名，就从该文件读取；同一个密钥不能两种方式都给。没有值的环境变量当作没有设置。\n\n" +
		"`configs/config.example.yaml` 列出了每一项，可以直接拿来改。\n\n")
	b.WriteString("| 键 | 环境变量 | 默认值 | 含义 |\n|---|---|---|---|\n")
	s := Default()
	for _, k := range keys(&s) {
		mark := ""
		if k.secret() {
			mark = " 🔑"
		}
		fmt.Fprintf(&b, "| `%s`%s | `%s` | %s | %s |\n", k.path, mark, k.env, code(scalar(k.value)), cell(k.zh))
	}
	b.WriteString("\n## 群\n\n`groups` 是一个列表，只能写在设置文件里。\n\n| 键 | 含义 |\n|---|---|\n")
	t := reflect.TypeFor[Group]()
	for i := range t.NumField() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", keyOf(t.Field(i)), cell(t.Field(i).Tag.Get("zh")))
	}
	p := domain.DefaultPolicy()
	b.WriteString("\n## 规程的数字\n\n默认值是规程原文。要改，另写一个只含要改的项的 YAML 文件，用 `policy_file` 指明；写法见 `configs/policy.yaml`。\n\n" +
		"| 键 | 默认值 | 条款 | 含义 | 待确认项 |\n|---|---|---|---|---|\n")
	for _, r := range p.Rules() {
		open := ""
		if r.OpenPoint > 0 {
			open = fmt.Sprint(r.OpenPoint)
		}
		if r.Ask {
			open += "（需要管理员定）"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Key, code(r.Value), r.Clause, cell(r.Meaning), open)
	}
	b.WriteString("\n## 规程待确认项\n\n原文有缺损、错字和没有写清的地方。程序按下面的理解执行，管理员确认后把编号写进 `confirmed`。\n\n" +
		"| 编号 | 条款 | 原文的问题 | 现在的理解 | 需要管理员定 |\n|---|---|---|---|---|\n")
	for _, o := range p.OpenPoints() {
		ask := ""
		if o.Ask {
			ask = "是"
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", o.No, o.Clause, cell(o.Problem), cell(o.Reading), ask)
	}
	b.WriteString("\n## 培训内容（4.0）\n\n| 条款 | 内容 | 别名 | 频次 | 讲师 |\n|---|---|---|---|---|\n")
	for _, t := range p.Curriculum {
		var by []string
		for _, r := range t.Lecturers {
			by = append(by, r.Chinese())
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", t.Clause, cell(t.Name), cell(strings.Join(t.Aliases, "、")), t.Every.Chinese(), strings.Join(by, "、"))
	}
	return b.String()
}

func code(s string) string {
	if s == "" || s == `""` {
		return "（空）"
	}
	return "`" + s + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
