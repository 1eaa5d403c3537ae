package domain

import (
	"fmt"
	"strings"
	"time"
)

// Case is who decides what, where and when: the part of every decision that is not the thing decided.
type Case struct {
	Office Office
	Staff  Staff
	By     Person
	Now    time.Time // in UTC or any zone; rules read it in the office's zone
}

// today gives the office's day of the case.
func (s SOP) today(c Case) Date { return s.Calendar.Date(c.Now) }

// may refuses when the person of the case does not hold the role in the office today.
func (s SOP) may(c Case, r Role, clause, what string) error {
	if c.By.Has(c.Office.ID, r, s.today(c)) {
		return nil
	}
	if text, ended := s.NoMore(c, r); ended {
		return Refuse(Forbidden, clause, text)
	}
	names := c.Staff.With(c.Office.ID, r, s.today(c))
	if len(names) == 0 {
		return Refuse(Unready, clause, fmt.Sprintf("只有%s可以%s，而%s还没有登记%s。请管理员先在名单里登记。", r.Chinese(), what, c.Office.Name, r.Chinese()))
	}
	return Refuse(Forbidden, clause, fmt.Sprintf("只有%s可以%s，请找%s。", r.Chinese(), what, c.Names(IDs(names))))
}

// leads says whether what is shown is for a supervisor or director of the office: the person of the case
// is one or stands in for one, or the clock speaks, to those it concerns.
func (s SOP) leads(c Case) bool {
	return c.By.ID == "" || c.By.Has(c.Office.ID, Supervisor, s.today(c)) || c.By.Has(c.Office.ID, Director, s.today(c))
}

// supervises says the same of a supervisor alone.
func (s SOP) supervises(c Case) bool {
	return c.By.ID == "" || c.By.Has(c.Office.ID, Supervisor, s.today(c))
}

// Names lists people for a sentence.
func (c Case) Names(ids []PersonID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = c.Staff.Name(id)
	}
	return strings.Join(out, "、")
}

// mute gives those no message can reach, because no platform knows them.
func (c Case) mute(people []Person) []PersonID {
	var out []PersonID
	for _, p := range people {
		if len(p.Handles) == 0 {
			out = append(out, p.ID)
		}
	}
	return out
}

// audit makes the log line of the case.
func (c Case) audit(act, subject, clause, text string) Audit {
	return Audit{At: c.Now, Office: c.Office.ID, Actor: c.By.ID, Act: act, Subject: subject, Clause: clause, Text: text}
}

// without gives ids except one: nobody is told of what they just did themselves.
func without(ids []PersonID, id PersonID) []PersonID {
	out := make([]PersonID, 0, len(ids))
	for _, x := range ids {
		if x != id {
			out = append(out, x)
		}
	}
	return out
}

// AskFor asks for the missing end of a line, such as a reason: the next message that is no command of
// its own completes it.
func (c Case) AskFor(line, question string) Change {
	return Change{
		Ask:   &Question{Kind: Fill, Line: line, Expires: c.Now.Add(askFor)},
		Reply: Answer{Body: Say(question)},
	}
}

// askFor is how long a question to a person stays open. It is a habit of chat, no rule of the office.
const askFor = 30 * time.Minute
