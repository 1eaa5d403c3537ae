package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// Somebody who belongs to several offices acts in the right one: the one that is named, the one of the
// thing that is named, the only one where the word is theirs; else it is asked back (mission C1.0).

// read reads a line in the office it names, or in the one the request is about.
func (r *request) read(line string) (command.Parsed[run], error) {
	line, err := r.pin(line)
	if err != nil {
		return command.Parsed[run]{}, err
	}
	r.line = line
	e := env(r.sop, r.Now, r.Staff)
	e.Me = r.By.ID
	p, err := r.table.Parse(line, e)
	return r.byLesson(line, e, p, err)
}

// pin takes the name of one of the person's offices off the begin or the end of a line and makes that
// office the one the request is about.
func (r *request) pin(line string) (string, error) {
	mine := r.belongs()
	if !r.known || len(mine) < 2 {
		return line, nil
	}
	for _, id := range mine {
		o, ok, err := r.view.Office(id)
		if err != nil || !ok {
			return line, err
		}
		rest, named := namedOffice(line, o.Name)
		if !named {
			continue
		}
		r.pinned = true
		if id == r.Office.ID {
			return rest, nil
		}
		return rest, r.enter(id)
	}
	return line, nil
}

// namedOffice takes the name of an office off a line: 江湾管理处 or 江湾, in front or, behind a space, at the end.
func namedOffice(line, name string) (rest string, ok bool) {
	line = strings.TrimSpace(line)
	short := strings.TrimSuffix(name, "管理处")
	for _, n := range []string{name, short} {
		if n == "" {
			continue
		}
		if line == n {
			return "", true
		}
		if rest, ok := strings.CutPrefix(line, n); ok && (n == name || strings.HasPrefix(rest, " ")) {
			return strings.TrimLeft(rest, " ，,:："), true
		}
		if rest, ok := strings.CutSuffix(line, " "+n); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return line, false
}

// readElsewhere reads a message that has no meaning in one office in the person's other ones: a name
// that is known there alone.
func (r *request) readElsewhere(found bool, first error) (command.Parsed[run], error) {
	mine := r.belongs()
	if r.pinned || !r.known || len(mine) < 2 || unknown(first) {
		return command.Parsed[run]{}, first
	}
	was := r.Office.ID
	for _, o := range mine {
		if o == was {
			continue
		}
		if err := r.enter(o); err != nil {
			return command.Parsed[run]{}, err
		}
		if p, err := r.parse(found); err == nil && p.Command != nil && p.Certain && r.allowed(*p.Command, o) {
			r.pinned = true // the name said which
			return p, nil
		}
	}
	if err := r.enter(was); err != nil {
		return command.Parsed[run]{}, err
	}
	return command.Parsed[run]{}, first
}

// locate makes the right office of several the one the request is about; ask is the answer when it
// cannot be known.
func (r *request) locate(p command.Parsed[run]) (out command.Parsed[run], ask *domain.Change, err error) {
	mine := r.belongs()
	if len(mine) < 2 || r.pinned {
		return p, nil, nil
	}
	cmd := *p.Command
	o, named, err := r.officeOf(cmd, p.Values)
	if err != nil {
		return p, nil, err
	}
	if named {
		if o == r.Office.ID || !slices.Contains(mine, o) {
			return p, nil, nil
		}
		return r.again(p, o)
	}
	may := slices.DeleteFunc(slices.Clone(mine), func(o domain.OfficeID) bool { return !r.allowed(cmd, o) })
	switch {
	case len(may) == 1 && may[0] != r.Office.ID:
		return r.again(p, may[0])
	case len(may) < 2 || !cmd.Changes || cmd.Open || cmd.Everywhere || findsItself(cmd):
		return p, nil, nil
	}
	// A name that is known in one of them alone says which.
	was, fits := r.Office.ID, []domain.OfficeID(nil)
	for _, o := range may {
		if err := r.enter(o); err != nil {
			return p, nil, err
		}
		if q, err := r.read(r.line); err == nil && q.Command != nil && q.Command.Name == cmd.Name && q.Certain == p.Certain {
			fits = append(fits, o)
		}
	}
	if err := r.enter(was); err != nil {
		return p, nil, err
	}
	if len(fits) == 1 {
		return r.again(p, fits[0])
	}
	c, err := r.whichOffice(may)
	return p, &c, err
}

// again reads the line once more in another office, so that names are those of that office.
func (r *request) again(p command.Parsed[run], o domain.OfficeID) (command.Parsed[run], *domain.Change, error) {
	was := r.Office.ID
	if err := r.enter(o); err != nil {
		return p, nil, err
	}
	q, err := r.read(r.line)
	if err != nil || q.Command == nil || q.Command.Name != p.Command.Name {
		return p, nil, r.enter(was)
	}
	return q, nil, nil
}

// findsItself says that a word looks for its thing in all the person's offices.
func findsItself(cmd command.Command[run]) bool {
	return slices.ContainsFunc(cmd.Args, func(a command.Arg) bool {
		return a.Name == paperArg || a.Kind == command.PlanRef || a.Kind == command.SessionRef || a.Kind == command.Ref || a.Kind == command.Code
	})
}

// officeOf gives the office of the thing a line names by its number.
func (r *request) officeOf(cmd command.Command[run], v command.Values) (domain.OfficeID, bool, error) {
	for _, a := range cmd.Args {
		if !v.Has(a.Name) {
			continue
		}
		switch {
		case a.Kind == command.PlanRef:
			no, _ := v.Plan(a.Name)
			p, ok, err := r.view.PlanByNo(no)
			return p.Office, ok, err
		case a.Kind == command.SessionRef:
			x, ok, err := r.view.SessionByNo(v.Session(a.Name))
			return x.Office, ok, err
		case a.Kind == command.Ref && a.Letter == "B":
			p, ok, err := r.view.ProposalByNo(v.Ref(a.Name))
			return p.Office, ok, err
		case a.Kind == command.Ref && a.Letter == "F":
			e, ok, err := r.view.PointsByNo(v.Ref(a.Name))
			return e.Office, ok, err
		}
	}
	return "", false, nil
}

// lineSize is how many bytes the line behind a button may have on every platform.
const lineSize = 1000

// whichOffice asks in which office a word is meant.
func (r *request) whichOffice(may []domain.OfficeID) (domain.Change, error) {
	names := make([]string, len(may))
	buttons := make([]domain.Button, len(may))
	for i, id := range may {
		o, ok, err := r.view.Office(id)
		if err != nil || !ok {
			return domain.Change{}, fmt.Errorf("office %s of a person: %v", id, err)
		}
		names[i] = o.Name
		label := []rune(strings.TrimSuffix(o.Name, "管理处"))
		line := o.Name + " " + r.line
		if len(line) > lineSize { // the name alone answers the question that is open
			line = o.Name
		}
		buttons[i] = domain.Button{Label: string(label[:min(len(label), 10)]), Line: line, Style: domain.Plain}
	}
	text := fmt.Sprintf("您在%s都能这样做，是哪一个？回复管理处的名字，或在前面写上，如：%s %s", strings.Join(names, "、"), names[0], r.line)
	c := r.AskFor(r.line, text)
	c.Reply.Card = &domain.Card{Title: "哪个管理处？", Text: r.line, Buttons: buttons}
	return c, nil
}

// busyElsewhere refuses a time at which a lecturer teaches in another office; who is taught there is not told.
func (r *request) busyElsewhere(lecturer domain.PersonID, start, end time.Time) error {
	who, ok := r.Staff.Person(lecturer)
	if !ok {
		return nil
	}
	for _, m := range who.In(r.sop.Calendar.Date(start)) {
		if m.Office == r.Office.ID {
			continue
		}
		o, ok, err := r.view.Office(m.Office)
		if err != nil || !ok {
			return err
		}
		theirs, err := r.view.Sessions(m.Office, start.Add(-24*time.Hour), end)
		if err != nil {
			return err
		}
		if err := r.sop.Clash(r.Case, lecturer, "", start, end, domain.Elsewhere(o, theirs, []domain.PersonID{lecturer})); err != nil {
			return err
		}
	}
	return nil
}

// clashes names the lines of a month's plan whose lecturer teaches in another office at that time.
func (r *request) clashes(p domain.Plan, v domain.PlanVersion) (string, error) {
	if p.Period.Annual() {
		return "", nil
	}
	var out []string
	for _, it := range v.Items {
		start := r.sop.Calendar.At(it.Date, it.Start)
		err := r.busyElsewhere(it.Lecturer, start, start.Add(time.Duration(it.Minutes)*time.Minute))
		if _, refused := domain.Refusal(err); refused {
			out = append(out, fmt.Sprintf("%s %s", r.sop.Moment(start), r.Staff.Name(it.Lecturer)))
		} else if err != nil {
			return "", err
		}
	}
	if len(out) == 0 {
		return "", nil
	}
	const shown = 3 // of them; the rest by number
	text := strings.Join(out[:min(shown, len(out))], "、")
	if len(out) > shown {
		text += fmt.Sprintf("等%d场", len(out))
	}
	return text + "在另一个管理处已有培训。", nil
}
