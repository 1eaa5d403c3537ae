package command

import (
	"fmt"
	"strconv"
	"strings"

	"trainingbot/domain"
)

// Usage is how the command is said: 驳回 计划 [理由].
func (c Command[R]) Usage() string { return c.shape().usage() }

func (s shape) usage() string {
	parts := []string{s.name}
	for _, a := range s.args {
		name := a.Name
		if a.Kind == Choice {
			name = choices(a)
		}
		if a.Optional {
			name = "[" + name + "]"
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, " ")
}

func choices(a Arg) string {
	var values []string
	for _, o := range a.Choices {
		values = append(values, o.Value)
	}
	return strings.Join(values, "|")
}

// Format writes the line that says these values, for a button: reading it in any office, on any
// day, gives the values back. Persons are written with their staff number.
func (c Command[R]) Format(v Values) string {
	return c.shape().write(v, nil, plainName)
}

// Line is Format with the values in the order of Args; nil, or nothing at the end, leaves an
// optional one out. A value has the type that Values.With names; int is also taken for a session,
// and a Plan may be given by its number. A value of another type is a mistake of the program and
// panics, as regexp.MustCompile does.
func (c Command[R]) Line(args ...any) string {
	if len(args) > len(c.Args) {
		panic(fmt.Sprintf("command %s: %d arguments for %d", c.Name, len(args), len(c.Args)))
	}
	var v Values
	for i, arg := range args {
		if arg == nil {
			continue
		}
		value, ok := fitting(c.Args[i], arg)
		if !ok {
			panic(fmt.Sprintf("command %s: %T is no %s", c.Name, arg, c.Args[i].Name))
		}
		v = v.With(c.Args[i].Name, value)
	}
	return c.Format(v)
}

// fitting converts what Line takes to what Values hold.
func fitting(a Arg, value any) (any, bool) {
	switch a.Kind {
	case Text, Word, Code, Choice:
		_, ok := value.(string)
		return value, ok
	case PlanRef:
		switch n := value.(type) {
		case Plan:
			return n, true
		case int64:
			return Plan{No: n}, true
		case int:
			return Plan{No: int64(n)}, true
		}
	case SessionRef, Ref:
		switch n := value.(type) {
		case int64:
			return n, true
		case int:
			return int64(n), true
		}
	case Minutes, Number:
		_, ok := value.(int)
		return value, ok
	case Period:
		_, ok := value.(domain.Period)
		return value, ok
	case Date:
		_, ok := value.(domain.Date)
		return value, ok
	case Clock:
		_, ok := value.(domain.Clock)
		return value, ok
	case Person:
		_, ok := value.(Named)
		return value, ok
	}
	return nil, false
}

// write makes the plain line of some values. Free text is put in corner quotes only where it would
// be read otherwise without them, in the world w, or in any when w is nil.
func (s shape) write(v Values, w *world, name func(Named) string) string {
	if w == nil {
		w = newWorld(Env{Today: Sample().Today})
		w.anyone = true
	}
	for _, a := range s.args {
		if p, ok := v.said[a.Name].(Named); ok && w.anyone {
			w.People = append(w.People, p)
		}
	}
	line := ""
	for _, quoting := range []struct{ text, word bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		args := s.tokens(v, name, quoting.text, quoting.word)
		line = strings.Join(append([]string{s.name}, args...), " ")
		read, err := clean(strings.Join(args, " "))
		if err != nil {
			break
		}
		rest, asked := afterWord(cursor{read, 0})
		if o := (reader{w, s}).read(rest); o.problem == "" && !o.guess && !o.asked && !asked && o.values.Equal(s.tidy(v)) {
			break
		}
	}
	return line
}

// tidy gives the values as reading can give them back: free text without what clean drops.
func (s shape) tidy(v Values) Values {
	for _, a := range s.args {
		if text, ok := v.said[a.Name].(string); ok {
			v = v.With(a.Name, plainText(text, a.Kind))
		}
	}
	return v
}

// plainText gives text as it survives a chat: one line, no control or bidirectional characters.
func plainText(s string, k Kind) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if r := []rune(s); len(r) > maxRunes {
		s = string(r[:maxRunes])
	}
	t, err := clean(s)
	if err != nil {
		return ""
	}
	if k == Word {
		return narrow(raw(t))
	}
	return raw(t)
}

// tokens gives the arguments that were said, in the order of the row.
func (s shape) tokens(v Values, name func(Named) string, quoteText, quoteWord bool) []string {
	var out []string
	for _, a := range s.args {
		switch x := v.said[a.Name].(type) {
		case nil:
		case string:
			out = append(out, s.wordToken(a, plainText(x, a.Kind), a.Kind == Text && quoteText || a.Kind == Word && quoteWord))
		case Plan:
			token := "P" + strconv.FormatInt(x.No, 10)
			if x.Version > 0 {
				token += " v" + strconv.Itoa(x.Version)
			}
			out = append(out, token)
		case int64:
			letter := "S"
			if a.Kind == Ref {
				letter = a.Letter
			}
			out = append(out, letter+strconv.FormatInt(x, 10))
		case int:
			if a.Kind == Minutes {
				out = append(out, strconv.Itoa(x)+"分钟")
			} else {
				out = append(out, strconv.Itoa(x))
			}
		case Named:
			out = append(out, name(x))
		case fmt.Stringer: // days, times, periods
			out = append(out, x.String())
		}
	}
	return out
}

// wordToken writes free text, a Word among other text with the mark it is known by.
func (s shape) wordToken(a Arg, text string, quoted bool) string {
	if quoted {
		text = quote(text)
	}
	if a.Kind != Word || s.text() < 0 && !s.anyOrder {
		return text
	}
	for _, m := range a.Marks {
		before, after, _ := strings.Cut(m, "…")
		if after == "" && before != "" {
			return before + text
		}
	}
	return a.Name + text
}
