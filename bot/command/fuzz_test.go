package command

import (
	"strings"
	"testing"
	"unicode/utf8"

	"trainingbot/domain"
)

// hostile are long lines that a careless reader takes a long time over.
func hostile() []string {
	var out []string
	for _, s := range []string{
		"签到 ", "签", "1", "10-22 ", "12", "一", "「", "」", "「」", "王芳", "王", "我讲 ", "加一场 ", "改到", "改到 ", " ", "，", "a", "P7 v", "下下", "计划", "不同意",
		"\u202e", "🤒", "👩‍", "1小时", "3点", "周", "(", "A101(", "@", "/", "在", "x ", "0", "2026-", "12月", "十", "请", "吗", "?",
	} {
		out = append(out, strings.Repeat(s, 2000/utf8.RuneCountInString(s)))
		out = append(out, "加一场 "+strings.Repeat(s, 1990/utf8.RuneCountInString(s)), "点名 "+strings.Repeat(s, 1990/utf8.RuneCountInString(s)))
	}
	return append(out, strings.Repeat("签到 4827 ", 2000), "\xff\xfe", "签到\x00")
}

func FuzzParse(f *testing.F) {
	for _, set := range []map[string][]understood{certain(), guessed()} {
		for _, lines := range set {
			for _, row := range lines {
				f.Add(row.said)
			}
		}
	}
	for _, s := range hostile() {
		f.Add(s[:min(len(s), 200)])
	}
	table, env := rows(), Sample()
	f.Fuzz(func(t *testing.T, line string) {
		p, err := table.Parse(line, env)
		again, err2 := table.Parse(line, env)
		if (err == nil) != (err2 == nil) || err != nil && err.Error() != err2.Error() || p.Command != again.Command || !p.Values.Equal(again.Values) {
			t.Fatalf("%q is read in two ways", line)
		}
		if err != nil {
			refusal, ok := domain.Refusal(err)
			if !ok || refusal.Kind != domain.Invalid || refusal.Text == "" || !utf8.ValidString(refusal.Text) || len(refusal.Text) > guideBytes {
				t.Fatalf("%q: %T %v", line, err, err)
			}
			return
		}
		if p.Certain && p.Command.Changes && !holds(line, p.Command) {
			t.Fatalf("%q is certainly %s", line, p.Command.Name)
		}
		for _, back := range []string{p.Understood, p.Command.Format(p.Values)} {
			if back == "" || utf8.RuneCountInString(back) > maxRunes {
				continue
			}
			q, err := table.Parse(back, env)
			if err != nil || q.Command.Name != p.Command.Name || !q.Values.Equal(p.Values) || !q.Certain {
				t.Fatalf("%q %q is written as %q and read as %q, certain %v, %v", line, p.Values.said, back, q.Values.said, q.Certain, err)
			}
		}
	})
}

func TestHostileLines(t *testing.T) {
	table, env := rows(), Sample()
	for _, line := range hostile() {
		if p, err := table.Parse(line, env); err == nil && p.Certain && p.Command.Changes && !holds(line, p.Command) {
			t.Errorf("%.40q is certainly %s", line, p.Command.Name)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	table, env := rows(), Sample()
	for range 200 {
		env.People = append(env.People, Named{ID: "x", Name: "王小二", No: "C100", Label: "王小二(客服)"})
	}
	for name, line := range map[string]string{
		"check-in": "签到 4827", "typo": "４８２７ 签道", "add": "加一场 10-22 下午3点 如何与业主沟通 我讲", "unknown": "今天中午吃什么好呢大家说说看",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = table.Parse(line, env)
			}
		})
	}
	for _, line := range hostile() {
		b.Run("hostile/"+string([]rune(line)[:min(8, utf8.RuneCountInString(line))]), func(b *testing.B) {
			for b.Loop() {
				_, _ = table.Parse(line, env)
			}
		})
	}
}
