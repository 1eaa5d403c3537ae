package bot

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// Cutting loses nothing but line ends, keeps every part small, and never cuts a rune.
func TestCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[一-龥a-z，。0-9 ]{0,40}`), 0, 30).Draw(t, "lines"), "\n")
		n := rapid.IntRange(8, 200).Draw(t, "n")
		parts := cut(text, n)
		for _, p := range parts {
			if len(p) > n || !utf8.ValidString(p) {
				t.Fatalf("part of %d bytes: %q", len(p), p)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
		if got := bare(strings.Join(parts, "")); got != bare(text) {
			t.Fatalf("lost something:\n%q\n%q", text, got)
		}
	})
}

func TestCutAtLines(t *testing.T) {
	parts := cut("一二三\n四五六\n七八九\n", 21)
	if len(parts) != 2 || parts[0] != "一二三\n四五六" || parts[1] != "七八九" {
		t.Errorf("%q", parts)
	}
}
