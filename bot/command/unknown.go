package command

import (
	"cmp"
	"slices"
	"strings"

	"trainingbot/domain"
)

// Suggestion is a command someone may have meant.
type Suggestion struct{ Name, Usage string }

// Unknown is the refusal of a line that fits no command.
type Unknown struct {
	Said string       // the line, cleaned and shortened
	Near []Suggestion // nearest first, at most three; may be empty
}

// Error gives the sentence for the person.
func (u *Unknown) Error() string {
	const help = "发「帮助」看您能说什么。"
	if u.Said == "" {
		return "没看到文字。" + help
	}
	if len(u.Near) == 0 {
		return "没看懂“" + u.Said + "”。" + help
	}
	var near []string
	for _, s := range u.Near {
		near = append(near, "「"+s.Usage+"」")
	}
	return "没看懂“" + u.Said + "”。您是想说 " + strings.Join(near, "、") + "？" + help
}

// Unwrap makes an Unknown a domain.Error, so that a door that knows only those shows the sentence.
func (u *Unknown) Unwrap() error { return domain.Refuse(domain.Invalid, "", u.Error()) }

// Suggest gives the refusal of a line that fits no command, with the nearest commands of t: of a
// table made by For, only such as the person may use.
func (t Table[R]) Suggest(line string) *Unknown {
	said, err := clean(line)
	if err != nil {
		return &Unknown{Said: "…"}
	}
	return t.unknown(address(said))
}

func (t Table[R]) unknown(said []glyph) *Unknown {
	const (
		window = 40  // characters of the line that are looked at
		most   = 3   // suggestions
		enough = 0.5 // of a word's characters
	)
	type scored struct {
		c     *Command[R]
		score float64
	}
	u := &Unknown{Said: short(said)}
	var all []scored
	heard := said[:min(len(said), window)]
	for i := range t {
		if t[i].Hidden {
			continue
		}
		best := likeness(plainWord(t[i].Name), heard)
		for _, alias := range t[i].Aliases {
			best = max(best, likeness(plainWord(alias), heard))
		}
		for _, ask := range t[i].Asks {
			if heardIn(heard, ask) {
				best = float64(len([]rune(ask))) // more than a likeness can be: a longer question is more surely meant
			}
		}
		if best >= enough {
			all = append(all, scored{&t[i], best})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	for _, s := range all[:min(len(all), most)] {
		u.Near = append(u.Near, Suggestion{s.c.Name, s.c.Usage()})
	}
	return u
}

// likeness says how much of a word is heard in a line, in order, from 0 to 1. English words are
// compared as a whole.
func likeness(word []rune, heard []glyph) float64 {
	if len(word) < 2 {
		return 0
	}
	if letter(word[0]) {
		return latinLikeness(word, heard)
	}
	const sound = 0.75
	row := make([]float64, len(heard)+1)
	for _, r := range word {
		diagonal := 0.0
		for j, g := range heard {
			gain := 0.0
			switch change(r, g.r) {
			case 0:
				gain = 1
			case alike:
				gain = sound
			}
			above := row[j+1]
			row[j+1] = max(above, row[j], diagonal+gain)
			diagonal = above
		}
	}
	score := row[len(heard)] / float64(len(word))
	if len(word) == 2 && score < sound && (len(heard) == 0 || heard[0].r != word[0]) {
		return 0 // one of two characters somewhere in the line says nothing
	}
	return score
}

func latinLikeness(word []rune, heard []glyph) float64 {
	got := make([]rune, 0, len(heard))
	for _, g := range heard {
		if !letter(g.r) {
			break
		}
		got = append(got, g.r)
	}
	if len(got) == 0 {
		return 0
	}
	longest := max(len(word), len(got))
	return 1 - float64(distance(word, got))/float64(typo*longest)
}
