package command

import (
	"maps"
	"reflect"

	"trainingbot/domain"
)

// Plan is the value of a PlanRef.
type Plan struct {
	No      int64
	Version int // 0: none was said
}

// Values are the arguments that were said, by the name of the Arg. An accessor gives the zero
// value when the argument was left out; Has tells the difference.
type Values struct{ said map[string]any }

// With gives a copy with one more value. Its type is that of the argument's kind: string for Code,
// Text, Word and Choice, Plan, int64 for SessionRef and Ref, domain.Period, domain.Date, domain.Clock,
// Named, int for Minutes and Number.
func (v Values) With(name string, value any) Values {
	said := maps.Clone(v.said)
	if said == nil {
		said = make(map[string]any, 1)
	}
	said[name] = value
	return Values{said}
}

// Equal says whether the same arguments were said.
func (v Values) Equal(w Values) bool {
	return len(v.said) == 0 && len(w.said) == 0 || reflect.DeepEqual(v.said, w.said)
}

// Len counts the arguments that were said.
func (v Values) Len() int { return len(v.said) }

// Has says whether the argument was said.
func (v Values) Has(name string) bool {
	_, ok := v.said[name]
	return ok
}

func value[T any](v Values, name string) T {
	t, _ := v.said[name].(T)
	return t
}

// Code gives the digits of a Code.
func (v Values) Code(name string) string { return value[string](v, name) }

// Text gives a Text as it was typed.
func (v Values) Text(name string) string { return value[string](v, name) }

// Word gives a Word.
func (v Values) Word(name string) string { return value[string](v, name) }

// Choice gives the Option.Value that was chosen.
func (v Values) Choice(name string) string { return value[string](v, name) }

// Plan gives the number of a plan and the version, 0 when none was said.
func (v Values) Plan(name string) (no int64, version int) {
	p := value[Plan](v, name)
	return p.No, p.Version
}

// Session gives the number of a session.
func (v Values) Session(name string) int64 { return value[int64](v, name) }

// Ref gives the number of a Ref.
func (v Values) Ref(name string) int64 { return value[int64](v, name) }

// Period gives a month or a year.
func (v Values) Period(name string) domain.Period { return value[domain.Period](v, name) }

// Date gives a day.
func (v Values) Date(name string) domain.Date { return value[domain.Date](v, name) }

// Clock gives a time of day; ask Has to tell midnight from none.
func (v Values) Clock(name string) domain.Clock { return value[domain.Clock](v, name) }

// Person gives the id of a person.
func (v Values) Person(name string) domain.PersonID { return value[Named](v, name).ID }

// Named gives a person with their name.
func (v Values) Named(name string) Named { return value[Named](v, name) }

// Minutes gives a length of time.
func (v Values) Minutes(name string) int { return value[int](v, name) }

// Number gives a number.
func (v Values) Number(name string) int { return value[int](v, name) }
