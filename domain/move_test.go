package domain_test

import (
	"slices"
	"testing"

	"trainingbot/domain"
)

// A move asks those again whose leave was granted for the old time, and nobody else who is away.
func TestMoveAsksWhoIsOnLeave(t *testing.T) {
	o := newCaseOffice(t)
	for _, row := range []struct {
		name string
		away domain.Absence
		to   string
		want []domain.PersonID
	}{
		{"granted", domain.Absence{Person: "li", State: domain.OnLeave}, "2026-10-10 16:00", []domain.PersonID{"li"}},
		{"asked, not decided: asked like everybody", domain.Absence{Person: "li", State: domain.LeaveAsked}, "2026-10-10 16:00", nil},
		{"refused", domain.Absence{Person: "li", State: domain.LeaveRefused}, "2026-10-10 16:00", nil},
		{"unfit for drill on whatever day", domain.Absence{Person: "li", State: domain.Exempted}, "2026-10-10 16:00", nil},
		{"has a place elsewhere", domain.Absence{Person: "li", State: domain.OnLeave, MakeUp: "s9"}, "2026-10-10 16:00", nil},
		{"somebody who has left", domain.Absence{Person: "gone", State: domain.OnLeave}, "2026-10-10 16:00", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			x := o.class()
			x.State, x.Roster, x.Secret = domain.Planned, nil, nil
			if row.away.State == domain.OnLeave || row.away.State == domain.Exempted {
				x.Released = []domain.PersonID{row.away.Person}
			}
			c, err := o.sop.MoveSession(o.by("fang", "2026-10-08 10:00"), x, domain.Move{Start: o.at(row.to), Reason: "消防局来检查", Leave: []domain.Absence{row.away}})
			if err != nil {
				t.Fatal(err)
			}
			var asked []domain.PersonID
			for _, n := range c.Notices {
				if n.Body.Card != nil && n.Body.Card.Buttons[0].Line == "销假 "+x.Code() {
					asked = append(asked, n.To...)
				}
			}
			if !slices.Equal(asked, row.want) {
				t.Errorf("asked %v, want %v", asked, row.want)
			}
			if released := slices.Contains(c.Sessions[0].Released, row.away.Person); released != slices.Contains(x.Released, row.away.Person) {
				t.Error("the leave stands until it is taken back")
			}
		})
	}
}
