package bot

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

var update = flag.Bool("update", false, "write the generated documents")

func TestTableIsSound(t *testing.T) {
	if err := Table().Validate(); err != nil {
		t.Error(err)
	}
}

// A word that changes something names who may say it, or is everyone's by intent.
func TestEveryChangeHasARole(t *testing.T) {
	everyones := map[string]bool{"需求": true, "绑定": true, checkInWord: true, "申诉": true, "撤销委托": true, "评价": true, "撤销": true, "自测": true, "答卷": true, "作答": true,
		leaveWord: true, "销假": true, "占位": true, "能到": true, "我在": true, "签退": true, "补签": true, "说明": true}
	for _, c := range Table() {
		if c.Changes && len(c.Roles) == 0 && !everyones[c.Name] {
			t.Errorf("%s changes something and names no role", c.Name)
		}
		if c.Run == nil {
			t.Errorf("%s does nothing", c.Name)
		}
	}
}

// The guide fits one message for every role, and is not cut.
func TestGuideFits(t *testing.T) {
	for _, roles := range append([][]domain.Role{domain.AllRoles()}, [][]domain.Role{{domain.Supervisor}, {domain.Director}, {domain.Trainee}, {domain.Administrator}, {domain.Coach}}...) {
		g := Table().Guide("王芳", roles, oftenFor(roles))
		if len(g) > 1900 || strings.Contains(g, "…") {
			t.Errorf("%v: guide of %d bytes\n%s", roles, len(g), g)
		}
	}
}

func TestCommandsDocument(t *testing.T) {
	const file = "../docs/commands.md"
	want := "# 能说的话\n\n由 bot 的命令表生成：go test ./bot -run Document -update\n\n全角半角、空格、简繁体、先后次序、小错字都能认；会改动东西的猜测先问一句再做。\n\n" + command.Reference(Table())
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the table says (%v); run: go test ./bot -run Document -update", file, err)
	}
}

// Every word a sentence of the program tells people to say is a word of the table: the source is
// searched for what stands in 「」.
func TestSentencesNameRealWords(t *testing.T) {
	known := map[string]bool{}
	for _, w := range slices.Concat(yesWords, noWords) {
		known[w] = true
	}
	for _, c := range Table() {
		known[c.Name] = true
	}
	quoted := regexp.MustCompile("「([^」 %（]+)")
	checked := 0
	for _, pattern := range []string{"*.go", "../domain/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
				checked++
				if !known[m[1]] && m[1] != "待确认" { // an argument, named for its own sake
					t.Errorf("%s tells people to say 「%s」, which is no word of the table", file, m[1])
				}
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d quoted words found: the search is broken", checked)
	}
}
