package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// Sample is the office that Examples are said in: Friday 2026-10-09, noon, 王芳 speaking.
func Sample() Env {
	zone := time.FixedZone("CST", 8*60*60)
	env := Env{
		Today:     domain.NewDate(2026, time.October, 9),
		Now:       time.Date(2026, time.October, 9, 12, 0, 0, 0, zone),
		Me:        "王芳",
		ClassHour: time.Hour,
		Working: func(d domain.Date) bool {
			return d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		},
	}
	for i, name := range []string{"王芳", "周国平", "刘敏", "陈静", "赵强", "孙伟", "张伟", "李娜", "高翔", "郑宇", "吴倩", "林晓", "张三"} {
		env.People = append(env.People, Named{ID: domain.PersonID(name), Name: name, No: fmt.Sprintf("A%03d", 101+i), Label: name})
	}
	return env
}

// Validate tells all faults of the table at once: words that two commands share, rows that lack
// something, arguments that cannot be told apart, Examples that are not read as their own command.
func (t Table[R]) Validate() error {
	var faults []error
	owner, asked := make(map[string]string), make(map[string]string)
	for i := range t {
		c := &t[i]
		for _, s := range append([]string{c.Name}, c.Aliases...) {
			w := string(plainWord(s))
			if w == "" {
				faults = append(faults, fmt.Errorf("%q: empty word", c.Name))
			}
			if other, ok := owner[w]; ok && other != c.Name {
				faults = append(faults, fmt.Errorf("%q and %q share the word %q", other, c.Name, s))
			}
			owner[w] = c.Name
		}
		for k := range i {
			if t[k].Name == c.Name {
				faults = append(faults, fmt.Errorf("%q: two rows", c.Name))
			}
		}
		for _, ask := range c.Asks {
			key := string(plainWord(ask))
			if other, ok := owner[key]; ok {
				faults = append(faults, fmt.Errorf("%q and %q share the question %q", other, c.Name, ask))
			}
			if c.shape().has(Person) {
				key += " of somebody" // whom it names tells it from the same question about oneself
			}
			if other, ok := asked[key]; ok {
				faults = append(faults, fmt.Errorf("%q and %q share the question %q", other, c.Name, ask))
			}
			asked[key] = c.Name
		}
		for _, fault := range slices.Concat(c.faults(), c.askFaults()) {
			faults = append(faults, fmt.Errorf("%q: %s", c.Name, fault))
		}
		if fault := t.exampleFault(c); fault != "" {
			faults = append(faults, fmt.Errorf("%q: example %q %s", c.Name, c.Example, fault))
		}
	}
	return errors.Join(faults...)
}

func (t Table[R]) exampleFault(c *Command[R]) string {
	p, err := t.Parse(c.Example, Sample())
	switch {
	case err != nil:
		return "is refused: " + err.Error()
	case p.Command.Name != c.Name:
		return "is read as " + p.Command.Name
	case !p.Certain:
		return "is a guess: " + p.Understood
	}
	return ""
}

// faults says what is wrong with one row by itself.
func (c *Command[R]) faults() []string {
	var out []string
	add := func(bad bool, fault string) {
		if bad {
			out = append(out, fault)
		}
	}
	add(strings.TrimSpace(c.Help) == "", "no Help")
	add(c.Example == "", "no Example")
	add(c.Group == "" && !c.Hidden, "no Group")
	add(c.SelfProving && !c.Changes, "SelfProving without Changes")
	add(c.Open && len(c.Roles) > 0, "Open and Roles")
	texts := 0
	seen := make(map[string]bool)
	for i, a := range c.Args {
		add(a.Name == "" || seen[a.Name], "argument without a name of its own")
		seen[a.Name] = true
		add((a.Kind == Choice) != (len(a.Choices) > 0), "argument "+a.Name+": Choices belong to a Choice")
		add(slices.ContainsFunc(a.Choices, func(o Option) bool { return o.Value == "" }), "argument "+a.Name+": empty choice")
		add((a.Kind == Ref) != (len(a.Letter) == 1), "argument "+a.Name+": a Letter belongs to a Ref")
		add(a.Kind < Text || a.Kind > Ref, "argument "+a.Name+": unknown kind")
		if a.Kind == Text {
			texts++
			add(!c.AnyOrder && i != len(c.Args)-1, "Text must be last unless AnyOrder")
		}
	}
	add(texts > 1, "more than one Text")
	return out
}
