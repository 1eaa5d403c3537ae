package domain

import "errors"

// Kind says what sort of refusal an Error is; doors map it to a status, tests match on it.
type Kind string

// The kinds of refusal.
const (
	Invalid   Kind = "invalid"   // what was said cannot be understood or breaks a limit
	NotFound  Kind = "not_found" // the thing named does not exist (for this person)
	Forbidden Kind = "forbidden" // this person may not do this
	Conflict  Kind = "conflict"  // the thing is not in a state that allows it
	TooEarly  Kind = "too_early" // allowed, but not yet
	TooLate   Kind = "too_late"  // was allowed, no longer
	Unready   Kind = "unready"   // the office has not been set up for this yet
)

// Error is a refusal addressed to the person who asked: one Chinese sentence that says what is
// wrong and what to do next, and the clause it follows where there is one. Every other error in
// the program is a fault of ours and never shown to people.
type Error struct {
	Kind   Kind
	Clause string // e.g. "5.1.2"; empty when no clause is involved
	Text   string
}

// Error gives the sentence.
func (e *Error) Error() string { return e.Text }

// Refuse makes a refusal.
func Refuse(kind Kind, clause, text string) *Error {
	return &Error{Kind: kind, Clause: clause, Text: text}
}

// Refusal finds a refusal in a chain of errors.
func Refusal(err error) (*Error, bool) { return errors.AsType[*Error](err) }
