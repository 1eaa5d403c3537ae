package command

import "trainingbot/domain"

// Suggestion is a command someone may have meant.
type Suggestion struct{ Name, Usage string }

// Unknown is the refusal of a line that fits no command.
type Unknown struct {
	Said string       // the line, cleaned and shortened
	Near []Suggestion // nearest first, at most three; may be empty
}

// Error gives the sentence for the person.
func (u *Unknown) Error() string { return "没看懂" }

// Unwrap makes an Unknown a domain.Error, so that a door that knows only those shows the sentence.
func (u *Unknown) Unwrap() error { return domain.Refuse(domain.Invalid, "", u.Error()) }

func (t Table[R]) Parse(line string, env Env) (Parsed[R], error)            { return Parsed[R]{}, &Unknown{} }
func (t Table[R]) Validate() error                                          { return nil }
func (t Table[R]) Suggest(line string) *Unknown                             { return &Unknown{} }
func (t Table[R]) Guide(roles []domain.Role) string                         { return "" }
func (t Table[R]) GuideOn(topic string, roles []domain.Role) (string, bool) { return "", false }
func (c Command[R]) Usage() string                                          { return c.Name }
func (c Command[R]) Line(args ...any) string                                { return c.Name }
func (c Command[R]) Format(v Values) string                                 { return c.Name }
func Reference[R any](t Table[R]) string                                    { return "" }
func Sample() Env                                                           { return Env{} }
