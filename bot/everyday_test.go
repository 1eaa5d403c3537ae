package bot

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// Every word that is shown stands under one heading, and the lists name words that exist.
func TestTopics(t *testing.T) {
	table := Table()
	seen := map[string]string{}
	for _, x := range topics {
		for _, w := range x.words {
			if seen[w] != "" {
				t.Errorf("%s stands under %s and %s", w, seen[w], x.name)
			}
			seen[w] = x.name
			if c, ok := table.Find(w); !ok || c.Hidden {
				t.Errorf("%s names %s, which is no word that is shown", x.name, w)
			}
		}
	}
	for _, c := range table {
		if !c.Hidden && seen[c.Name] == "" {
			t.Errorf("%s stands under no heading", c.Name)
		}
	}
	for w := range asks {
		if _, ok := table.Find(w); !ok {
			t.Errorf("questions for %s, which is no word", w)
		}
	}
	for _, w := range shows {
		if c, ok := table.Find(w); !ok || c.Shows != c.Changes {
			t.Errorf("%s is no word that shows", w)
		}
	}
	for _, x := range often {
		for _, w := range x.words {
			if _, ok := table.For([]domain.Role{x.role}).Find(w); !ok {
				t.Errorf("%s is told of %s, which is not theirs", x.role.Chinese(), w)
			}
		}
	}
}

// Each everyday question by itself comes to its word.
func TestAsks(t *testing.T) {
	table := Table()
	for word, list := range asks {
		for _, ask := range list {
			if word == "考勤分" {
				ask = "张伟" + ask
			}
			if got := strings.TrimLeft(strings.TrimPrefix(meant(t, table, ask), "how "), "?~"); got != word && !strings.HasPrefix(got, word+" ") {
				t.Errorf("%s is taken for %q, not %s", ask, got, word)
			}
		}
	}
}

// meant gives the word a line is read as, or the first it suggests.
func meant(t *testing.T, table command.Table[run], line string) string {
	t.Helper()
	p, err := table.Parse(line, command.Sample())
	if u, ok := errors.AsType[*command.Unknown](err); ok && len(u.Near) > 0 {
		return "?" + u.Near[0].Name
	}
	if err != nil {
		return err.Error()
	}
	switch {
	case p.How:
		return "how " + p.Command.Name
	case p.Certain:
		return p.Command.Name
	}
	return "~" + p.Understood
}

// What people say who never read a manual: "how X" tells the way of X, "~line" is taken for that line,
// "?X" asks back whether X is meant.
func TestEverydayQuestions(t *testing.T) {
	table := Table()
	for _, row := range []struct{ said, want string }{
		{"我明天有课吗", "~课表"}, {"请问什么时候培训啊", "~课表"}, {"培训什么时候", "~课表"}, {"我还有多少分", "~我的分"}, {"上个月我扣了多少分", "~我的分 2026-09"},
		{"张伟还有多少分", "~考勤分 张伟"}, {"今天要做什么", "~今日"}, {"有什么要批的", "~待批"}, {"谁没来", "~点名"}, {"今天谁没来", "~点名"}, {"到齐了吗？", "~点名"}, {"都有谁", "~名单"},
		{"什么时候考试时间定", "~考核"}, {"还缺什么没排", "~缺口"}, {"你会什么", "~帮助"}, {"你是谁？", "~帮助"},
		{"怎么请假", "how 请假"}, {"請假怎麼請", "how 请假"}, {"怎么改", "how 改期"}, {"怎么改期啊", "how 改期"}, {"下个月的计划怎么做", "how 拟计划"}, {"如何申诉", "how 申诉"}, {"怎么上报计划", "how 报计划"},
		{"新员工怎么入职", "how 入职"}, {"成绩怎么登记", "how 成绩"}, {"怎么用", "帮助"}, {"签到怎么签", "how 签到"},
		{"把10月19日那场推迟", "?改期"}, {"新来一个人叫林晓", "?入职"}, {"手机没电没签上", "~补签"}, {"这分扣错了", "?申诉"},
		// what only sounds like it
		{"请假 S31 孩子不知道怎么发烧了", "请假 S31 孩子不知道怎么发烧了"}, {"驳回 P7 人手不够怎么排", "驳回 P7 人手不够怎么排"}, {"为什么扣了几分", "为什么 扣了几分"},
	} {
		want := row.want
		got := meant(t, table, row.said)
		if want != "" && !strings.ContainsAny(want[:1], "?~") && !strings.HasPrefix(want, "how ") {
			want, _, _ = strings.Cut(want, " ")
		}
		if got != want {
			t.Errorf("%s: %s, want %s", row.said, got, want)
		}
	}
}

// Small talk is answered, each in one way, and is no word of the table.
func TestSmallTalk(t *testing.T) {
	var all []string
	r := &request{known: true, Case: domain.Case{By: domain.Person{Name: "李娜"}}}
	for _, x := range smallTalk {
		for _, s := range x.said {
			if slices.Contains(all, s) || slices.Contains(yesWords, s) || slices.Contains(noWords, s) {
				t.Errorf("%s has two answers", s)
			}
			all = append(all, s)
			if p, err := Table().Parse(s, command.Sample()); err == nil && p.Certain {
				t.Errorf("%s is the word %s", s, p.Command.Name)
			}
			if got, ok := r.talked(s + "！"); !ok || got == "" || strings.Contains(got, "{}") {
				t.Errorf("%s: %q %v", s, got, ok)
			}
		}
	}
	if got, ok := (&request{}).talked("你好"); ok {
		t.Errorf("a stranger is greeted by name: %s", got)
	}
}
