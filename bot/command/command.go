package command

import (
	"slices"
	"time"

	"trainingbot/domain"
)

// Kind is the shape of an argument.
type Kind int

// The kinds of argument. Text and Word are free; all others are known by their shape.
const (
	Text       Kind = iota // everything that no typed argument took, verbatim
	Word                   // free text without a space
	Code                   // 4 to 8 digits
	PlanRef                // P7, P7 v2, 7号计划
	SessionRef             // S31, 31号, 第31场
	Period                 // 2026-10, 10月, 下个月, 2027年度
	Date                   // 12-18, 明天, 下周三
	Clock                  // 15:00, 下午3点半
	Person                 // a name of Env.People, a staff number, 我, 王芳讲
	Minutes                // 90分钟, 1小时, 两课时
	Number                 // 7, 七人, 第3条
	Choice                 // one of Arg.Choices
	Ref                    // B12: Arg.Letter and a number
)

// Option is one value a Choice argument may have.
type Option struct {
	Value    string // what Values.Choice gives, and what people are shown
	Synonyms []string
}

// Arg is one argument of a command.
type Arg struct {
	Name     string // what usage lines call it and Values are asked for
	Kind     Kind
	Optional bool
	Choices  []Option // of a Choice
	Letter   string   // of a Ref: the capital that stands before the number
	// Marks tell a Word apart from the Text around it: "在…" for what it follows, "…室" for how it ends.
	Marks []string
	Hint  string // Chinese: what to say here, without a full stop
}

// Command is one row of the table: a word people say and what follows it. R is what running it
// means to the caller; the grammar never looks at it.
type Command[R any] struct {
	Name        string
	Aliases     []string // synonyms, English words; traditional characters need none
	Asks        []string // pieces of everyday questions that mean it: 多少分
	Args        []Arg
	AnyOrder    bool          // the arguments are told apart by shape from the start
	Roles       []domain.Role // who may say it; empty: everyone on the staff list
	Open        bool          // also people who are not on the staff list
	Changes     bool          // running it changes something, so that a guess must be asked back
	Shows       bool          // said alone it only shows something, although it Changes: a guess at it may run alone
	SelfProving bool          // a typo in the word may run although it changes something: the argument proves the intent
	Help        string        // one line, what it does
	Example     string        // a whole line, read as if said in the office of Sample
	Clause      string        // of the procedure, where there is one
	Group       string        // heading in the guide
	Everywhere  bool          // it is about no office in particular
	Hidden      bool          // understood, but not shown or suggested
	Run         R
}

// Table is all that people may say.
type Table[R any] []Command[R]

// Named is a person as people may call them.
type Named struct {
	ID    domain.PersonID
	Name  string
	No    string // staff number
	Label string // how the person is shown where namesakes exist: 张伟(前台); may be empty
}

// Env is what a line is read against: no clock and no storage, only values.
type Env struct {
	Today     domain.Date
	Now       time.Time // in the office's zone
	People    []Named
	Me        domain.PersonID        // who speaks; empty: 我 names nobody
	Working   func(domain.Date) bool // nil: 下个工作日 is not understood
	ClassHour time.Duration          // one 课时 (4.1); zero: an hour
}

// Parsed is a line understood.
type Parsed[R any] struct {
	Command *Command[R]
	Values  Values
	// Understood is the line in its plain form when it was said otherwise than by spelling, widths
	// or spacing alone: a typo, an assumed afternoon, another order. Else it is empty.
	Understood string
	Certain    bool // false: a guess
	How        bool // the line asks how the command is said: it is not to be run
}

// shape is the part of a command that reading and writing arguments needs.
type shape struct {
	name, example     string
	args              []Arg
	anyOrder, changes bool
}

func (c *Command[R]) shape() shape {
	return shape{name: c.Name, example: c.Example, args: c.Args, anyOrder: c.AnyOrder, changes: c.Changes}
}

// text gives the index of the Text argument, or -1.
func (s shape) text() int {
	return slices.IndexFunc(s.args, func(a Arg) bool { return a.Kind == Text })
}

// typed counts the arguments that are known by their shape.
func (s shape) typed() int {
	n := 0
	for _, a := range s.args {
		if a.Kind != Text && a.Kind != Word {
			n++
		}
	}
	return n
}

// has says whether the shape has an argument of one of the kinds.
func (s shape) has(kinds ...Kind) bool {
	return slices.ContainsFunc(s.args, func(a Arg) bool { return slices.Contains(kinds, a.Kind) })
}

// For gives the rows a person with these roles may use; without roles the person is taken for one
// who is not on the staff list.
func (t Table[R]) For(roles []domain.Role) Table[R] {
	var out Table[R]
	for _, c := range t {
		if c.allows(roles) {
			out = append(out, c)
		}
	}
	return out
}

func (c *Command[R]) allows(roles []domain.Role) bool {
	if c.Open || len(roles) == 0 {
		return c.Open
	}
	return len(c.Roles) == 0 || slices.ContainsFunc(c.Roles, func(r domain.Role) bool { return slices.Contains(roles, r) })
}

// Find gives the row of that name.
func (t Table[R]) Find(name string) (*Command[R], bool) {
	for i := range t {
		if t[i].Name == name {
			return &t[i], true
		}
	}
	return nil, false
}
