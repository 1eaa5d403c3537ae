package command

import (
	"slices"
	"strings"
)

// word is a word of the table in its plain form, without spaces.
type word[R any] struct {
	c     *Command[R]
	runes []rune
}

// words gives every word of the table, in its order.
func (t Table[R]) words() []word[R] {
	var out []word[R]
	for i := range t {
		for k := -1; k < len(t[i].Aliases); k++ {
			s := t[i].Name
			if k >= 0 {
				s = t[i].Aliases[k]
			}
			out = append(out, word[R]{&t[i], plainWord(s)})
		}
	}
	return out
}

func plainWord(s string) []rune {
	var out []rune
	for _, r := range s {
		if r != ' ' {
			out = append(out, fold(r))
		}
	}
	return out
}

// What one change of a character costs: half a typo where the two sound or look alike.
const (
	alike   = 1
	typo    = 2
	farther = 99
)

// change gives the cost of typing b for a.
func change(a, b rune) int {
	switch {
	case a == b:
		return 0
	case strings.ContainsRune(opposites[a], b):
		return farther
	case strings.ContainsRune(confusable[a], b):
		return alike
	}
	return typo
}

// distance is the optimal string alignment distance of two short words, in typos of cost typo.
func distance(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i * typo
	}
	for j := range rows[0] {
		rows[0][j] = j * typo
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			d := min(rows[i-1][j]+typo, rows[i][j-1]+typo, rows[i-1][j-1]+change(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] && a[i-1] != b[j-1] {
				d = min(d, rows[i-2][j-2]+typo)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

// misspelt gives the cost of reading got as the word, or ok false when they are too far apart.
// A strange one has a character that neither sounds nor looks like the right one.
// Words of two characters keep their length, and at least one of the two stays or both sound alike;
// English words need four letters.
func misspelt(word, got []rune) (cost int, strange, ok bool) {
	n := len(word)
	if n < 2 || letter(word[0]) && n < 4 || n == 2 && len(got) != 2 {
		return 0, false, false
	}
	if n == 2 {
		first, second := change(word[0], got[0]), change(word[1], got[1])
		cost, strange = first+second, first == typo || second == typo
	} else {
		cost = distance(word, got)
	}
	return cost, strange, cost <= typo && cost > 0
}

// misspeltPlaces gives the words that stand misspelt at the start or at the end of a line.
func misspeltPlaces[R any](said []glyph, words []word[R]) []place[R] {
	const longest = 12
	var at []int // where the characters of a word may stand: not at spaces
	for i, g := range said {
		if g.r != ' ' {
			at = append(at, i)
		}
	}
	var out []place[R]
	try := func(x word[R], from, size int) {
		got := make([]rune, size)
		for k := range got {
			got[k] = said[at[from+k]].r
			if separator(got[k]) || alnum(got[k]) != alnum(x.runes[0]) {
				return
			}
		}
		first, end := at[from], at[from+size-1]+1
		before, after := cursor{said, first}, cursor{said, end}
		if letter(before.peek(-1)) && letter(got[0]) || letter(after.peek(0)) && letter(got[size-1]) || denied(said[:first]) {
			return
		}
		if cost, strange, ok := misspelt(x.runes, got); ok {
			out = append(out, place[R]{c: x.c, before: said[:first], after: said[end:], size: len(x.runes), cost: cost, strange: strange})
		}
	}
	for _, x := range words {
		n := len(x.runes)
		for size := max(2, n-1); size <= min(n+1, longest, len(at)); size++ {
			try(x, 0, size)
			if len(at) > size {
				try(x, len(at)-size, size)
			}
		}
	}
	return out
}

// byTypo finds a word with a typo in it at the start or the end of the line. It is always a guess,
// and the arguments must fit.
func (t Table[R]) byTypo(said []glyph, w *world, words []word[R]) (Parsed[R], bool) {
	const tries = 16
	places := misspeltPlaces(said, words)
	slices.SortStableFunc(places, func(a, b place[R]) int {
		if a.cost != b.cost {
			return a.cost - b.cost
		}
		if a.size != b.size {
			return b.size - a.size
		}
		return len(a.before) + len(a.after) - len(b.before) - len(b.after)
	})
	var best *place[R]
	var found outcome
	for i := range places[:min(len(places), tries)] {
		p := &places[i]
		if best != nil && (p.cost > best.cost || p.size < best.size) {
			break
		}
		o, _ := p.read(w)
		weak := p.strange && (o.typed == 0 || o.free >= 0)
		if o.problem != "" || weak {
			continue
		}
		if best != nil && best.c != p.c {
			return Parsed[R]{}, false
		}
		if best == nil {
			best, found = p, o
		}
	}
	if best == nil {
		return Parsed[R]{}, false
	}
	return t.parsed(best.c, w, found, true), true
}
