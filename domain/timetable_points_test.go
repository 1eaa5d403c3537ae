package domain_test

import (
	"strings"
	"testing"
	"time"

	. "trainingbot/domain"
)

// A month's points are told on the first working day after it, quietly: to each person with entries
// their own and nobody else's, to supervisor and director the office's.
func TestPointsStatement(t *testing.T) {
	s := office2026(t)
	sep := Month{2026, time.September}
	entry := func(no int64, who PersonID, m Month, points int, reason string) PointsEntry {
		return PointsEntry{ID: EntryID(rune('a' + no)), No: no, Office: cuihu, Person: who, Month: m, Points: points, Clause: "6.2.2", Reason: reason, Evidence: "S7", By: "p1", At: instant(t, "2026-09-20 10:00")}
	}
	for _, row := range []struct {
		name     string
		points   []PointsEntry
		leave    PersonID
		from, to string
		want     string
	}{
		{"nothing on record: nothing is said", nil, "", "2026-10-01 00:00", "2026-10-31 23:59", ""},
		{"September is told after the holidays", []PointsEntry{entry(1, "p5", sep, -2, "无故缺席"), entry(2, "p6", sep, -1, "违纪"), entry(3, "p5", sep, 2, "撤销")}, "", "2026-10-01 00:00", "2026-10-31 23:59", `
10-08 09:00 p5: F1 F3
10-08 09:00 p6: F2
10-08 09:00 p1 p2: F1 F2 F3
`},
		{"not twice", []PointsEntry{entry(1, "p5", sep, -2, "无故缺席")}, "", "2026-10-08 09:00", "2026-11-30 23:59", ""},
		{"October's are October's", []PointsEntry{entry(1, "p5", sep.Add(1), -2, "无故缺席")}, "", "2026-10-01 00:00", "2026-11-02 09:00", `
11-02 09:00 p5: F1
11-02 09:00 p1 p2: F1
`},
		{"who left is told nothing more", []PointsEntry{entry(1, "p5", sep, -2, "无故缺席")}, "p5", "2026-10-01 00:00", "2026-10-31 23:59", `
10-08 09:00 p1 p2: F1
`},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts()
			f.Points = row.points
			for i := range f.Staff {
				if f.Staff[i].ID == row.leave {
					f.Staff[i].Memberships[0].Until = NewDate(2026, 9, 30)
				}
			}
			got := "\n"
			for _, n := range s.Due(f, window(t, row.from, row.to)) {
				if n.Kind != PointsStatement {
					continue
				}
				if !n.Digest {
					t.Errorf("%s disturbs", n.Key)
				}
				got += n.At.Format("01-02 15:04")
				for _, id := range n.To {
					got += " " + string(id)
				}
				got += ":"
				for _, code := range []string{"F1", "F2", "F3"} {
					if strings.Contains(n.Body.Text, code+" ") {
						got += " " + code
					}
				}
				got += "\n"
			}
			if strings.TrimSpace(got) != strings.TrimSpace(row.want) {
				t.Errorf("got %s", got)
			}
		})
	}
}
