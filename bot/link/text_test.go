package link

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, r := range []struct{ name, in, want string }{
		{"plain", "签到 8421", "签到 8421"},
		{"line ends", "a\r\nb\rc\nd", "a\nb\nc\nd"},
		{"tab and hard space", "a\tb\u00A0c", "a b c"},
		{"control", "a\x00b\x1b[31mc\x7f\u0085", "ab[31mc"},
		{"turned direction", "张三\u202Eevil\u202C\u2066x\u2069\u200F", "张三evilx"},
		{"hidden", "签\u200B到\uFEFF\u2060", "签到"},
		{"line separators", "a\u2028b\u2029c", "abc"},
		{"joined family", "👨\u200D👩\u200D👧", "👨\u200D👩\u200D👧"},
		{"not UTF-8", "a\xffb", "a\uFFFDb"},
	} {
		if got := Clean(r.in); got != r.want {
			t.Errorf("%s: %q, want %q", r.name, got, r.want)
		}
	}
}

func TestCut(t *testing.T) {
	for n := range 20 {
		s := strings.Repeat("培训", 10)
		if got := CutBytes(s, 10+n); len(got) > 10+n || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
			t.Errorf("CutBytes %d: %q", 10+n, got)
		}
		if got := CutRunes(s, 1+n); len(s)/3 > 1+n && (utf8.RuneCountInString(got) != 1+n || !strings.HasSuffix(got, "…")) {
			t.Errorf("CutRunes %d: %q", 1+n, got)
		}
	}
	if got := CutRunes("培训", 2); got != "培训" {
		t.Errorf("cut what fits: %q", got)
	}
}
