package bot

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// byLesson reads a line once more with the session it names by its day put in by number: 把10月9日那场改到
// 10号下午3点. It changes nothing where the line named no session, or was understood without one.
func (r *request) byLesson(line string, e command.Env, p command.Parsed[run], perr error) (command.Parsed[run], error) {
	if !r.known || perr == nil && (p.Command == nil || p.How || !lacksSession(*p.Command, p.Values)) {
		return p, perr
	}
	x, ok := command.LessonNamed(line, e)
	if !ok {
		return p, perr
	}
	found, err := r.lessons(x)
	if err != nil || len(found) == 0 {
		return p, cmp.Or(err, perr)
	}
	before := strings.TrimSuffix(strings.TrimSuffix(x.Before, "把"), "将")
	q, err := r.table.Parse(strings.TrimSpace(fmt.Sprintf("%s %s %s", before, found[0].Code(), x.After)), e)
	if err != nil || q.Command == nil || q.How || q.Values.Session(sessionName(*q.Command)) != found[0].No {
		return p, perr
	}
	if len(found) > 1 {
		return q, domain.Refuse(domain.Invalid, "5.3", fmt.Sprintf("%s%s。请写明编号，如「%s」。", x.Day.Chinese(), r.several(found), q.Command.Format(q.Values)))
	}
	if q.Understood == "" {
		q.Understood = q.Command.Format(q.Values)
	}
	return q, nil
}

// sessionName is what a row calls its session, "" when it takes none.
func sessionName(c command.Command[run]) string {
	for _, a := range c.Args {
		if a.Kind == command.SessionRef {
			return a.Name
		}
	}
	return ""
}

func lacksSession(c command.Command[run], v command.Values) bool {
	name := sessionName(c)
	return name != "" && !v.Has(name)
}

// lessons gives the sessions of that day, and time, in the office the request is about; of several those
// that the person gives or is expected at.
func (r *request) lessons(x command.Lesson) ([]domain.Session, error) {
	from := r.sop.Calendar.At(x.Day, domain.Clock{})
	all, err := r.view.Sessions(r.Office.ID, from, from.AddDate(0, 0, 1))
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(y domain.Session) bool {
		return y.State == domain.Cancelled || x.Timed && domain.ClockOf(y.Start.In(from.Location())) != x.Clock
	})
	mine := slices.DeleteFunc(slices.Clone(all), func(y domain.Session) bool {
		return y.Lecturer != r.By.ID && !slices.Contains(r.sop.Expected(y, domain.Staff{r.By}), r.By.ID)
	})
	if len(mine) > 0 && !r.By.Has(r.Office.ID, domain.Supervisor, r.today()) {
		return mine, nil
	}
	return all, nil
}
