package wecom

import (
	"encoding/xml"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"trainingbot/domain"
)

func TestCardMovesDown(t *testing.T) {
	long := strings.Repeat("长", 40)
	got, err := renderCard("d", domain.Card{
		Title:    long,
		Subtitle: "副标题",
		Facts: []domain.Fact{
			{Label: "提交人", Value: "张三"}, {Label: "一二三四五六", Value: "标签长"}, {Label: "值长", Value: strings.Repeat("值", 31)},
			{Label: "", Value: "无标签"}, {Label: "a", Value: "1"}, {Label: "b", Value: "2"}, {Label: "c", Value: "3"}, {Label: "d", Value: "4"},
			{Label: "e", Value: "5"}, {Label: "第七项", Value: "6"},
		},
		Text: "正文",
		Buttons: []domain.Button{
			{Label: "一二三四五六七八九十一", Line: "a"}, {Label: "again", Line: "a"}, {Line: "b"}, {Label: "c", Line: "c"}, {Label: "d", Line: "d"},
			{Label: "e", Line: "e"}, {Label: "f", Line: "f"}, {Label: "g", Line: "驳回 P7"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.MainTitle.Title != long[:35*3]+"…" || got.MainTitle.Desc != "副标题" || len(got.Horizontal) != 6 || len(got.Buttons) != 6 {
		t.Errorf("%+v", got)
	}
	want := long + "\n一二三四五六：标签长\n值长：" + strings.Repeat("值", 31) + "\n无标签\n第七项：6\n正文\n也可以回复：驳回 P7"
	if got.SubTitle != want {
		t.Errorf("below:\n%s\nwant\n%s", got.SubTitle, want)
	}
	if got.Buttons[0].Text != "一二三四五六七八九…" || got.Buttons[1].Text != "b" {
		t.Errorf("%+v", got.Buttons)
	}
}

func TestCardEdges(t *testing.T) {
	for _, row := range []struct {
		name          string
		card          domain.Card
		title, settle string
		buttons       int
	}{
		{"settled", domain.Card{Title: "t", Settled: "已同意"}, "t", "已同意", 1},
		{"settled keeps no buttons", domain.Card{Title: "t", Settled: "已同意", Buttons: []domain.Button{{Label: "x", Line: "x"}}}, "t", "已同意", 1},
		{"neither", domain.Card{Title: "t"}, "t", "已更新", 1},
		{"no title", domain.Card{Text: "正文\n二", Settled: "好"}, "正文 二", "好", 1},
		{"lines in the title", domain.Card{Title: " a\nb ", Settled: "好"}, "a b", "好", 1},
	} {
		got, err := renderCard("d", row.card)
		if err != nil || got.MainTitle.Title != row.title || got.Replace != row.settle || len(got.Buttons) != row.buttons {
			t.Errorf("%s: %+v, %v", row.name, got, err)
		}
	}
}

func TestCardTextIsCut(t *testing.T) {
	got, err := renderCard("d", domain.Card{Title: "t", Text: strings.Repeat("文", 200), Settled: "好"})
	if want := strings.Repeat("文", 159) + "…"; err != nil || got.SubTitle != want {
		t.Errorf("%v %q", err, got.SubTitle)
	}
}

// TestCardAlwaysFits: whatever a card says, it is within the platform's sizes and reads back from
// both of its forms as it was written.
func TestCardAlwaysFits(t *testing.T) {
	word := rapid.StringOf(rapid.OneOf(rapid.Rune(), rapid.SampledFrom([]rune("]>&<培训\n\t\u202e\u2028\x00"))))
	rapid.Check(t, func(t *rapid.T) {
		c := domain.Card{
			Title: word.Draw(t, "title"), Subtitle: word.Draw(t, "subtitle"), Text: word.Draw(t, "text"), Settled: rapid.SampledFrom([]string{"", "好]]>"}).Draw(t, "settled"),
			Facts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) domain.Fact { return domain.Fact{Label: word.Draw(t, "l"), Value: word.Draw(t, "v")} }), 0, 9).Draw(t, "facts"),
			Buttons: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) domain.Button {
				return domain.Button{Label: word.Draw(t, "label"), Line: rapid.StringMatching(`[a-z同意]{1,8}`).Draw(t, "line")}
			}), 0, 9).Draw(t, "buttons"),
		}
		got, err := renderCard("d", c)
		if err != nil {
			t.Fatal(err)
		}
		within := func(what, s string, most int) {
			if n := utf8.RuneCountInString(s); n > most || !utf8.ValidString(s) {
				t.Fatalf("%s has %d characters: %q", what, n, s)
			}
		}
		within("title", got.MainTitle.Title, 36)
		within("desc", got.MainTitle.Desc, 44)
		within("text", got.SubTitle, 160)
		for _, h := range got.Horizontal {
			within("label", h.KeyName, 5)
			within("value", h.Value, 30)
		}
		if len(got.Horizontal) > 6 || len(got.Buttons) < 1 || len(got.Buttons) > 6 {
			t.Fatalf("%d facts, %d buttons", len(got.Horizontal), len(got.Buttons))
		}
		raw, err := marshal(got)
		if err != nil || strings.Contains(strings.ReplaceAll(string(raw), `\\`, ""), `\u`) {
			t.Fatalf("%v: %s", err, raw)
		}
		var back struct {
			Title    string   `xml:"MainTitle>Title"`
			SubTitle string   `xml:"SubTitleText"`
			Captions []string `xml:"ButtonList>Text"`
			Replace  string   `xml:"ReplaceText"`
		}
		if err := xml.Unmarshal(got.appendXML(nil), &back); err != nil || back.Title != got.MainTitle.Title || back.SubTitle != got.SubTitle ||
			back.Replace != got.Replace || len(back.Captions) != len(got.Buttons) {
			t.Fatalf("%v: %+v, want %+v", err, back, got)
		}
	})
}
