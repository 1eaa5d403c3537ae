package bot

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The program announces no dismissal (6.2.3, mission C6-2e): no sentence of it speaks of one but the
// legal notice, which supervisor and director alone are shown, and the open point that says that
// people decide.
func TestNoSentenceSpeaksOfDismissal(t *testing.T) {
	dismissal := regexp.MustCompile(`辞退|解除劳动|开除|解雇|解聘|劝退|终止劳动|终止合同|走人`)
	allowed := map[string]string{"evidence.go": "const LegalNotice", "policy_open.go": "“辞退”只由人决定",
		"chain_tell.go": "写的是“辞退”：\" + LegalNotice"} // to the one who decides, always with the law
	found := 0
	for _, pattern := range []string{"*.go", "*/*.go", "../domain/*.go", "../storage/*.go", "../scheduler/*.go", "../roster/*.go", "../*.go"} {
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
			for n, line := range strings.Split(string(text), "\n") {
				if word := dismissal.FindString(line); word != "" {
					found++
					if ok := allowed[filepath.Base(file)]; ok == "" || !strings.Contains(line, ok) {
						t.Errorf("%s:%d speaks of %s", file, n+1, word)
					}
				}
			}
		}
	}
	if found < len(allowed) {
		t.Errorf("only %d sentences found: the search is broken", found)
	}
}
