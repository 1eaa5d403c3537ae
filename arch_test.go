package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rooms is the plan of the house (README.md, Architecture): which rooms each room may import.
// Whatever is not in it does not exist.
func rooms() map[string][]string {
	return map[string][]string{
		"domain":                    {},
		"bot/chat":                  {"domain"},
		"bot/chat/chattest":         {},
		"bot/command":               {"domain"},
		"bot":                       {"bot/chat", "bot/command", "domain"},
		"bot/link":                  {"bot/chat", "domain"},
		"bot/link/linktest":         {"bot/chat", "domain"},
		"bot/wecom":                 {"bot/chat", "bot/link", "domain"},
		"bot/dingtalk":              {"bot/chat", "bot/link", "domain"},
		"bot/wecom/wecomtest":       {"bot/chat/chattest"},
		"bot/dingtalk/dingtalktest": {"bot/chat/chattest"},
		"scheduler":                 {"domain"},
		"storage":                   {"domain"},
		"storage/storagetest":       {"storage", "domain"},
		"configs":                   {"domain"},
		"roster":                    {"domain"},
		"web":                       {"domain"},
		"demo":                      {"domain"},
		"":                          {"bot", "bot/chat", "bot/chat/chattest", "bot/dingtalk", "bot/link", "bot/wecom", "bot/wecom/wecomtest", "scheduler", "storage", "configs", "roster", "web", "demo", "domain"},
	}
}

// onlyTests lists rooms no room but the named ones may link: fakes must not reach production code.
func onlyTests() map[string][]string {
	return map[string][]string{
		"bot/wecom/wecomtest":       {""}, // the demo plays the platform
		"bot/chat/chattest":         {"", "bot/wecom/wecomtest", "bot/dingtalk/dingtalktest"},
		"bot/dingtalk/dingtalktest": {""},
		"bot/link/linktest":         {},
		"storage/storagetest":       {},
	}
}

// foreign lists what the rooms that must stay pure may import beyond the standard library.
func foreign() map[string][]string {
	return map[string][]string{
		"domain":      {},
		"bot/chat":    {},
		"bot":         {},
		"bot/command": {"golang.org/x/text/width"},
		"scheduler":   {"github.com/robfig/cron/v3"},
	}
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Name       string
	Module     *struct{ Path string }
	Standard   bool
	GoFiles    []string
	Imports    []string
	Deps       []string
}

func (p pkg) ours() bool { return p.Module != nil && p.Module.Path == "trainingbot" }

// room gives the name of a package in the plan; "" is the root.
func room(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "trainingbot"), "/")
}

func listPackages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Name,Module,Standard,GoFiles,Imports,Deps", "./...")
	var fault bytes.Buffer
	cmd.Stderr = &fault
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, fault.String())
	}
	all := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

func TestArrowsPointAsThePlanSays(t *testing.T) {
	all, plan := listPackages(t), rooms()
	for _, p := range all {
		if !p.ours() || len(p.GoFiles) == 0 {
			continue
		}
		allowed, known := plan[room(p.ImportPath)]
		if !known {
			t.Errorf("%s stands in no row of the plan", p.ImportPath)
			continue
		}
		for _, i := range p.Imports {
			if !all[i].ours() {
				continue
			}
			if !slices.Contains(allowed, room(i)) {
				t.Errorf("%s imports %s: the plan has no such arrow", p.ImportPath, i)
			}
			if users, guarded := onlyTests()[room(i)]; guarded && !slices.Contains(users, room(p.ImportPath)) {
				t.Errorf("%s links %s, which is for tests", p.ImportPath, i)
			}
		}
	}
}

func TestPureRoomsImportWhatTheyMay(t *testing.T) {
	all := listPackages(t)
	for name, allowed := range foreign() {
		p, ok := all["trainingbot/"+name]
		if !ok {
			t.Errorf("room %s is not there", name)
		}
		for _, i := range p.Imports {
			if q := all[i]; !q.Standard && !q.ours() && !slices.Contains(allowed, i) {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
	for _, i := range []string{"os", "net", "net/http", "context", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "io/fs"} {
		if slices.Contains(all["trainingbot/domain"].Imports, i) {
			t.Errorf("domain imports %s: its rules are functions of values", i)
		}
	}
}

func TestBinaryLeavesOutWhatDoesHarm(t *testing.T) {
	root := listPackages(t)["trainingbot"]
	for path, why := range map[string]string{
		"testing":                         "test code in the binary",
		"net/http/httptest":               "test code in the binary",
		"net/http/pprof":                  "it serves internals on the public listener",
		"github.com/silenceper/wechat/v2": "its init sets logrus to debug: decrypted messages in the log",
		"github.com/sirupsen/logrus":      "log/slog is the one logger",
	} {
		if slices.Contains(root.Deps, path) {
			t.Errorf("the binary links %s: %s", path, why)
		}
	}
}

// sources parses every Go file of the tree and calls see with its path, relative and slashed.
func sources(t *testing.T, see func(path string, set *token.FileSet, f *ast.File, text []byte)) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() != "." && strings.HasPrefix(d.Name(), ".")):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		see(filepath.ToSlash(path), set, f, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestHouseRules(t *testing.T) {
	unfinished := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	sources(t, func(path string, set *token.FileSet, f *ast.File, text []byte) {
		test := strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "e2e/")
		most := 500
		if test {
			most = 800 // tables of cases
		}
		if n := bytes.Count(text, []byte("\n")); n > most {
			t.Errorf("%s has %d lines, %d at most", path, n, most)
		}
		// In a bubble of testing/synctest time is simulated and sleeping costs nothing.
		simulated := slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` })
		for _, group := range f.Comments {
			if word := unfinished.FindString(group.Text()); word != "" {
				t.Errorf("%s: %s in a comment", set.Position(group.Pos()), word)
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.FuncDecl:
				if x.Recv == nil && x.Name.Name == "init" {
					t.Errorf("%s: func init", set.Position(x.Pos()))
				}
			case *ast.SelectorExpr:
				if from, ok := x.X.(*ast.Ident); !ok || from.Name != "time" {
					break
				}
				switch x.Sel.Name {
				case "Now", "Since", "Until":
					if !test && path != "main.go" {
						t.Errorf("%s: time.%s, but the clock is read in main.go alone and handed down", set.Position(x.Pos()), x.Sel.Name)
					}
				case "Sleep":
					if simulated || strings.HasPrefix(path, "bench_") { // a load is paced by the real clock
						break
					}
					t.Errorf("%s: time.Sleep", set.Position(x.Pos()))
				}
			}
			return true
		})
	})
}
