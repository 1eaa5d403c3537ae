package command

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

// pieces are what free text is made of here: everything that could be taken for something else.
var pieces = []string{
	"10-22", "15:00", "王芳", "张伟", "A107", "我讲", "90分钟", "S31", "P7", "B12", "v2", "7人", "7", "到", "迟到", "休", "明天", "下周三", "3点", "18号",
	"「", "」", "「a」", "“b”", "，", "。", "？", "吗", "吧", "谢谢", "改到", "在", "在大厅", "会议室", "地点", "理由：", "主题:", "签到", "不", "停水", "老王",
	"Ａ", "é", "🤒", "👨‍👩‍👧", "\u202e", "\u200b", "\t", " ", "  ", "2026-10", "月底", "2-30", "第三条", "驗收", "(A107)", "（", "x", "1.5", "-", "/", "@a", "1小时",
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(5) {
		b.WriteString(pieces[r.IntN(len(pieces))])
		if r.IntN(2) == 0 {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

func randomValue(r *rand.Rand, a Arg, env Env) any {
	day := env.Today.AddDays(r.IntN(2000) - 1000)
	switch a.Kind {
	case Text, Word:
		if s := plainText(randomText(r), a.Kind); s != "" {
			return s
		}
		return "x"
	case Code:
		return strings.Repeat(string(rune('0'+r.IntN(10))), 4+r.IntN(5))
	case PlanRef:
		return Plan{No: 1 + r.Int64N(999999999), Version: r.IntN(3)}
	case SessionRef, Ref:
		return 1 + r.Int64N(999999999)
	case Period:
		if r.IntN(2) == 0 {
			return domain.AnnualPeriod(day.Year)
		}
		return domain.MonthlyPeriod(day.MonthOf())
	case Date:
		return day
	case Clock:
		return domain.Clock{Hour: r.IntN(24), Minute: r.IntN(60)}
	case Person:
		return env.People[r.IntN(len(env.People))]
	case Minutes:
		return 1 + r.IntN(24*60)
	case Choice:
		return a.Choices[r.IntN(len(a.Choices))].Value
	}
	return 1 + r.IntN(9999)
}

// Reading what Format wrote gives the values back, whoever works in the office and whatever day it is.
func TestFormatIsRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	table := rows()
	for range 8000 {
		env := Sample()
		env.Today = env.Today.AddDays(r.IntN(3000))
		env.People = append(env.People, Named{ID: "lw", Name: "老王", No: "B1", Label: "老王"}, Named{ID: "ts", Name: "停水", No: "x", Label: "停水(x)"})
		c := &table[r.IntN(len(table))]
		var v Values
		for _, a := range c.Args {
			if !a.Optional || r.IntN(2) == 0 {
				v = v.With(a.Name, randomValue(r, a, env))
			}
		}
		line := c.Format(v)
		p, err := table.Parse(line, env)
		if err != nil {
			t.Fatalf("%q of %v is refused: %v", line, v.said, err)
		}
		if p.Command.Name != c.Name || !p.Values.Equal(c.shape().tidy(v)) || !p.Certain {
			t.Fatalf("%q of %s %q\nis read as %s %q, certain %v", line, c.Name, v.said, p.Command.Name, p.Values.said, p.Certain)
		}
	}
}

func TestLine(t *testing.T) {
	for _, row := range []struct {
		name string
		args []any
		want string
	}{
		{"同意", []any{Plan{No: 7, Version: 2}}, "同意 P7 v2"},
		{"同意", []any{int64(7)}, "同意 P7"},
		{"同意", nil, "同意"},
		{"开课", []any{31}, "开课 S31"},
		{"点名", []any{int64(31), Named{ID: "1", Name: "张伟", No: "A107"}, "到"}, "点名 S31 张伟(A107) 到"},
		{"点名", []any{nil, Named{ID: "1", Name: "张伟"}, "迟到", "10分钟"}, "点名 张伟 迟到 10分钟"},
		{"加一场", []any{domain.NewDate(2026, 10, 23), domain.Clock{Hour: 15}, "90分钟沟通", nil, nil, 60}, "加一场 2026-10-23 15:00 「90分钟沟通」 60分钟"},
		{"拟计划", []any{domain.AnnualPeriod(2027)}, "拟计划 2027"},
		{"关课", []any{int64(31), 7}, "关课 S31 7"},
		{"签到", []any{"4827"}, "签到 4827"},
		{"今日", nil, "今日"},
	} {
		c, ok := rows().Find(row.name)
		if !ok {
			t.Fatal(row.name)
		}
		if got := c.Line(row.args...); got != row.want {
			t.Errorf("got %q, want %q", got, row.want)
		}
	}
}

func TestLineRefusesAWrongType(t *testing.T) {
	c, _ := rows().Find("同意")
	for _, args := range [][]any{{"P7"}, {domain.Date{}}, {int64(7), "x"}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Line(%v) took it", args)
				}
			}()
			c.Line(args...)
		}()
	}
}

// plainOf is the plain line with everything folded that a transformation may change in free text.
func plainOf(p Parsed[string], env Env) string {
	return strings.Join(strings.Fields(folded(foldString(plainLine(p, env)))), " ")
}

// A certain line means the same in full width, with other spaces, in traditional characters.
func TestSpellingDoesNotMatter(t *testing.T) {
	env := Sample()
	old := make(map[rune]rune)
	for from, to := range simplified {
		if to != '表' && old[to] < from {
			old[to] = from
		}
	}
	spellings := map[string]func(rune) string{
		"full width": func(r rune) string {
			if r > ' ' && r <= '~' {
				return string(r - '!' + 0xFF01)
			}
			return string(r)
		},
		"wide spaces": func(r rune) string {
			if r == ' ' {
				return "\u3000\u2005"
			}
			return string(r)
		},
		"traditional": func(r rune) string {
			if o, ok := old[r]; ok {
				return string(o)
			}
			return string(r)
		},
		"upper case":  func(r rune) string { return strings.ToUpper(string(r)) },
		"zero width":  func(r rune) string { return string(r) + "\u200b" },
		"bidi marks":  func(r rune) string { return "\u2067" + string(r) + "\u2069" },
		"soft hyphen": func(r rune) string { return string(r) + "\u00ad" },
	}
	table := rows()
	for _, lines := range certain() {
		for _, row := range lines {
			want, err := table.Parse(row.said, env)
			if err != nil {
				t.Fatal(err)
			}
			for name, spell := range spellings {
				var b strings.Builder
				for _, r := range row.said {
					b.WriteString(spell(r))
				}
				got, err := table.Parse(b.String(), env)
				if err != nil || plainOf(got, env) != plainOf(want, env) || !got.Certain {
					t.Errorf("%s of %q: %q gives %q, certain %v, %v", name, row.said, b.String(), plainOf(got, env), got.Certain, err)
				}
			}
		}
	}
}

// What was understood is itself a line that is certain and means the same.
func TestUnderstoodIsCertain(t *testing.T) {
	table, env := rows(), Sample()
	for _, lines := range guessed() {
		for _, row := range lines {
			p, err := table.Parse(row.said, env)
			if err != nil {
				t.Fatal(err)
			}
			q, err := table.Parse(p.Understood, env)
			if err != nil || !q.Certain || q.Command.Name != p.Command.Name || !q.Values.Equal(p.Values) {
				t.Errorf("%q, understood %q: %v, certain %v, %v", row.said, p.Understood, q.Values, q.Certain, err)
			}
		}
	}
}

// holds says whether the line holds a whole word of the command, spaces aside.
func holds(line string, c *Command[string]) bool {
	t, err := clean(line)
	if err != nil {
		return false
	}
	plain := strings.ReplaceAll(folded(t), " ", "")
	for _, w := range append([]string{c.Name}, c.Aliases...) {
		if strings.Contains(plain, string(plainWord(w))) {
			return true
		}
	}
	return false
}

// Whatever one character of a command's word is replaced by, a line that would change something is
// never certain unless the word of a command stands in it, whole.
func TestATypoIsNeverCertain(t *testing.T) {
	table, env := rows(), Sample()
	letters := slices.Sorted(maps.Keys(confusable))
	for i := range table {
		c := &table[i]
		if !c.Changes {
			continue
		}
		word := []rune(c.Example)
		for k := range []rune(c.Name) {
			for n := k % 3; n < len(letters); n += 3 {
				r := letters[n]
				said := append(append(append([]rune(nil), word[:k]...), r), word[k+1:]...)
				p, err := table.Parse(string(said), env)
				if err == nil && p.Certain && !holds(string(said), p.Command) {
					t.Fatalf("%q is certainly %s", string(said), p.Command.Name)
				}
			}
		}
	}
}

// A day without a year is the first such day not more than 60 days in the past.
func TestCompletedYear(t *testing.T) {
	for today := domain.NewDate(2026, 1, 1); today.Year < 2028; today = today.AddDays(17) {
		w := newWorld(Env{Today: today})
		for d := today.AddDays(-lookBack); d.Before(today.AddDays(-lookBack + 365)); d = d.AddDays(1) {
			if d.Month == time.February && d.Day == 29 {
				continue
			}
			said := d.String()[len("2026-"):]
			if got := w.readDate(cursor{foldString(said), 0}).value; got != d {
				t.Fatalf("on %s %s is %v, want %v", today, said, got, d)
			}
		}
	}
}
