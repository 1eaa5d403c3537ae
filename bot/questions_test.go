package bot_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"trainingbot/domain"
)

// site is one place of the source that asks a question and waits for the answer.
type site struct {
	at     string
	texts  []string         // the literals of the question
	asking []*regexp.Regexp // what it looks like
}

var verb = regexp.MustCompile(`%[-+#0-9.]*[a-zA-Z]`)

// sites finds every question in the source.
func sites(t *testing.T) []site {
	t.Helper()
	var out []site
	fset := token.NewFileSet()
	for _, pattern := range []string{"*.go", "../domain/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				ast.Inspect(fn, func(n ast.Node) bool {
					call, ok := n.(*ast.CallExpr)
					if !ok || len(call.Args) != 2 {
						return true
					}
					if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "AskFor" {
						return true
					}
					s := site{at: fset.Position(call.Pos()).String(), texts: literals(call.Args[1])}
					if len(s.texts) == 0 {
						s.texts = literals(fn.Body)
					}
					for _, text := range s.texts {
						var parts []string
						for _, p := range verb.Split(text, -1) {
							parts = append(parts, regexp.QuoteMeta(p))
						}
						s.asking = append(s.asking, regexp.MustCompile("(?s)"+strings.Join(parts, ".*")))
					}
					out = append(out, s)
					return true
				})
			}
		}
	}
	return out
}

// literals gives the Chinese string literals of an expression.
func literals(n ast.Node) []string {
	var out []string
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && len([]rune(s)) > 4 && chinese.MatchString(s) {
				out = append(out, s)
			}
		}
		return true
	})
	return out
}

// asked is a question, and one way to be asked it in the world.
type asked struct {
	site string
	heard
}

// questions gives every question of the source with a line that leads to it. More lines than the sweep
// says are in more.
func questions(t *testing.T) []asked {
	t.Helper()
	var all []heard
	r := newRig(t)
	for _, m := range more() {
		name, line, _ := strings.Cut(m, " 说 ")
		all = append(all, heard{name: name, line: line, change: r.tell(name, line)})
	}
	all = append(all, sweep(t)...)
	var out []asked
	for _, s := range sites(t) {
		found := false
		for _, h := range all {
			if q := h.change.Ask; q == nil || q.Kind != domain.Fill || found {
				continue
			}
			for _, x := range s.asking {
				if x.MatchString(h.answer()) && !found {
					out, found = append(out, asked{s.at, h}), true
				}
			}
		}
		if !found && unasked[s.texts[0]] == "" && !raceEnabled { // a thinned sweep asks less
			t.Errorf("%s: nobody is asked this in the world; add a line that leads to it to more: %q", s.at, s.texts)
		}
	}
	return out
}

// more are lines that lead to questions the sweep does not meet.
func more() []string {
	return []string{
		"柏舟 说 补签 S7", "贺新 说 说明 S7", "季敏之 说 补录 S19", "丁一航 说 未评价 S6 陶然", "秦岚 说 讲师措施 秦岚 2026-09", "邹凯 说 申诉 F3", "秦岚 说 带教 贺新 理论1 10-13 8小时",
		"秦岚 说 关课 S8 不一致", "季敏之 说 补录 S19 全到", "秦岚 说 成绩 T1 更正 邹凯 书面 72", "秦岚 说 改期 S11 10-29 15:00", "秦岚 说 打点 5 1 不符",
		"季敏之 说 确认 S17", "赵刚 说 驳回 P4", "丁一航 说 自测 投诉处理",
	}
}

// unasked are questions that need another office than the one of the world.
var unasked = map[string]string{
	"%s限期掌握到哪天？请回复日期，如 %s。（先不定就发「算了」。）":          "nobody has failed three times; 66-补考到限期",
	"请写工号，如 K13。（不登记了就发「算了」。）":                   "no staff number of the office ends in digits",
	"请写一句为什么恢复，会留痕。（不恢复就发「算了」。）":                 "nobody is barred; 67-讲师三步",
	"请写一句怎么决定的（延期请发「限期」）。只留档，不通知本人。（先不定就发「算了」。）": "no chain is past its last date; 66-补考到限期",
	"想学什么？写一句就行。（不提了就发「算了」。）":                    "the grammar gives no empty text",
}

// answerTo gives a good answer to a question, by what it asks for.
func answerTo(question string) string {
	for _, x := range []struct{ asks, answer string }{
		{"多少分钟", "20分钟"}, {"从哪天到哪天", "11-09 到 11-10"}, {"到哪天？", "2026-12-02"}, {"实际几人", "4人 因为有人没签"}, {"谁到了", "全到 因为停电"},
		{"几小时", "6小时 因为带了前台接待"}, {"哪一个？回复管理处", "翠湖管理处"}, {"会议室", "湖二会议室 10-30 15:00 17:00 因为检查"},
	} {
		if strings.Contains(question, x.asks) {
			return x.answer
		}
	}
	return "因为一句话"
}

// A question is asked only where a good answer leads somewhere, whoever is asked it and however it came
// to be asked.
func TestNoQuestionIsVain(t *testing.T) {
	l := law{t, map[string]int{}}
	r := newRig(t)
	seen := map[string]bool{}
	for _, h := range sweep(t) {
		q := h.change.Ask
		if q == nil || effect(h.change) != "" || strings.Contains(h.answer(), "哪个管理处") || seen[h.name+q.Line] {
			continue
		}
		seen[h.name+q.Line] = true
		line := q.Line
		if q.Kind == domain.Fill {
			line += " " + answerTo(h.answer())
		}
		if c := r.tell(h.name, line); r.refused {
			l.broken(h.word, h, "%q leads to %q: %q", h.answer(), line, bodyText(c.Reply.Body))
		}
	}
	if len(seen) < 60 && !raceEnabled {
		t.Errorf("only %d questions", len(seen))
	}
}

// Each question of the source can be ended, answered after a restart, and left for another command; nothing
// is kept of one that was ended.
func TestEveryQuestionEnds(t *testing.T) {
	for i, q := range questions(t) {
		if thinned(i) {
			continue
		}
		t.Run(q.site, func(t *testing.T) {
			r := newRig(t)
			r.say(q.name, q.line)
			good := answerTo(q.answer())
			does := func(answer string) string {
				c := r.tell(q.name, answer)
				if c.Ask != nil {
					return "asks " + c.Ask.Line
				}
				return ids.ReplaceAllString(effect(c), "")
			}
			done := does(good)
			if done == "" && r.refused {
				t.Errorf("%s answers %q with %q and is refused", q.name, q.answer(), good)
			}
			// The same after a restart: the question is in the database, not in the program.
			r.restart()
			if again := does(good); again != done {
				t.Errorf("after a restart: %q, before: %q", again, done)
			}
			// Rubbish is refused with what is wanted; where any sentence is an answer, rubbish is one.
			if c := (heard{change: r.tell(q.name, "😀")}); effect(c.change) == "" && !steps.MatchString(c.answer()) {
				t.Errorf("rubbish is answered %q", c.answer())
			}
			// A refused command leaves the question open; one that is carried out takes its place.
			r.say(q.name, "申诉 F777 不服")
			if still := does(good); still != done {
				t.Errorf("after a refusal: %q, before: %q", still, done)
			}
			r.say(q.name, "课表")
			if still := does(good); still != "" {
				t.Errorf("after 课表 the answer still does: %s", still)
			}
			r = newRig(t)
			r.say(q.name, q.line)
			late := r.now
			for _, no := range []string{"不用。", "算了"} {
				if c := r.tell(q.name, no); effect(c) != "" || !strings.Contains(c.Reply.Text, "不做了") {
					t.Errorf("%s: %s %q", no, effect(c), c.Reply.Text)
				}
			}
			// Too late it is no answer any more.
			if r.now = late.Add(31 * time.Minute); does(good) != "" {
				t.Errorf("after half an hour the answer still does: %s", does(good))
			}
			r.now = late
			r.say(q.name, "算了")
			if still := does(good); still != "" {
				t.Errorf("after 算了 the answer still does: %s", still)
			}
		})
	}
}

// ids are what differs from one time to the next.
var ids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|:[0-9T:-]+Z`)
