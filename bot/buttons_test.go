package bot_test

import (
	"slices"
	"strings"
	"testing"

	"trainingbot/bot"
	"trainingbot/bot/command"
	"trainingbot/domain"
)

// pressable is a button on somebody's phone in the world.
type pressable struct {
	name   string
	card   got
	button domain.Button
}

// buttons gives one of each button that is out: of a line that was sent to several, the first; dead ones too.
func buttons(r *rig) []pressable {
	var out []pressable
	seen := map[string]bool{}
	for _, s := range speakers {
		for _, x := range r.phones[r.account(s.name)] {
			if x.Card == nil || x.id == "" {
				continue
			}
			for _, b := range x.Card.Buttons {
				if key := s.name + b.Line; !seen[key] {
					seen[key] = true
					out = append(out, pressable{s.name, x, b})
				}
			}
		}
	}
	return out
}

// settles says whether a change tells the presser the truth: by a sentence, or on the card itself.
func settles(c domain.Change) bool { return (heard{change: c}).answer() != "" || c.Reply.Settle != nil }

// Every button on every card is answered; pressed a second time it does nothing more and says so; one whose
// matter has ended does nothing; and nobody does by it what the word behind it is not theirs to do.
func TestEveryButton(t *testing.T) {
	table := bot.Table()
	look := newRig(t)
	all := buttons(look)
	done, others, twice := 0, map[string]bool{}, map[string]bool{} // lines that others have pressed; kinds that were pressed twice
	for i, p := range all {
		if thinned(i) {
			continue
		}
		first := look.decide(p.name, look.pressing(p.name, p.card, p.button))
		if !settles(first) {
			t.Errorf("%s presses 〔%s〕 %q: no answer", p.name, p.button.Label, p.button.Line)
		}
		if text := (heard{change: first}).answer(); text != "" && (!chinese.MatchString(text) || machine.MatchString(text)) {
			t.Errorf("%s presses 〔%s〕 %q: %q", p.name, p.button.Label, p.button.Line, text)
		}
		if e := effect(first); e != "" && p.card.settled != nil {
			t.Errorf("%s presses the dead 〔%s〕 %q of %s: %s", p.name, p.button.Label, p.button.Line, p.card.Card.Title, e)
		}
		parsed, _ := table.Parse(officeName.ReplaceAllString(p.button.Line, ""), command.Sample())
		for _, s := range speakers {
			if s.name == p.name || others[p.button.Line] {
				continue
			}
			c := look.decide(s.name, look.pressing(s.name, p.card, p.button))
			mine := parsed.Command != nil && s.office != "" && (len(parsed.Command.Roles) == 0 || slices.ContainsFunc(s.roles, func(x domain.Role) bool { return slices.Contains(parsed.Command.Roles, x) }))
			if e := effect(c); e != "" && !mine && !strings.Contains(p.button.Line, " B") { // a matter is put before a person by name
				t.Errorf("%s presses 〔%s〕 %q of %s: %s", s.name, p.button.Label, p.button.Line, p.name, e)
			}
		}
		others[p.button.Line] = true
		kind := parsed.Command.Name + p.button.Label + strings.Map(letters, p.card.Card.Title)
		if effect(first) == "" || twice[kind] {
			continue
		}
		done, twice[kind] = done+1, true
		r := newRig(t)
		again := r.pressing(p.name, p.card, p.button)
		a, kept := r.send(p.name, again), r.trail()
		if b, err := r.bot.Handle(t.Context(), again); err != nil || b.Text != a.Text || r.trail() != kept {
			t.Errorf("%s presses 〔%s〕 %q and it is delivered again: %q, first %q, %d lines more (%v)", p.name, p.button.Label, p.button.Line, b.Text, a.Text, r.trail()-kept, err)
		}
		second := r.decide(p.name, r.pressing(p.name, p.card, p.button))
		if e := effect(second); e != "" && !strings.HasPrefix(e, "Notice paper:") && !repeats[parsed.Command.Name] {
			t.Errorf("%s presses 〔%s〕 %q twice: %s, first %s", p.name, p.button.Label, p.button.Line, e, effect(first))
		}
		if !settles(second) {
			t.Errorf("%s presses 〔%s〕 %q twice: no answer", p.name, p.button.Label, p.button.Line)
		}
	}
	if len(all) < 60 || done < 20 && !raceEnabled {
		t.Errorf("only %d buttons, %d of which do something", len(all), done)
	}
	t.Logf("%d buttons, %d do something", len(all), done)
}

// letters drops the figures of a title, which differ between cards of one kind.
func letters(c rune) rune {
	if c >= '0' && c <= '9' {
		return -1
	}
	return c
}

// repeats are words that do the same again, for good reason, when they are said again.
var repeats = map[string]bool{}

// trail counts the lines of the log.
func (r *rig) trail() (n int) {
	r.t.Helper()
	if err := r.db.Stats().Get(&n, "SELECT COUNT(*) FROM audit"); err != nil {
		r.t.Fatal(err)
	}
	return n
}
