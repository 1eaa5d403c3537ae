package storage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/domain"
	"trainingbot/storage"
)

// What a training day leaves behind comes back as it was, in both dialects: absences and records as they
// last stood, who left and who answered once and for all.
func TestTrainingDayComesBackAsItWas(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		x, y := h.open("T1", "T2"), h.open("T1")
		at := now.UTC().Truncate(time.Microsecond)
		a := domain.Absence{Session: x.ID, Person: h.id("T2"), Office: h.office, Day: domain.NewDate(2026, 11, 24), State: domain.Unexplained, Kind: domain.SickLeave,
			Reason: "发烧", MakeUp: y.ID, Since: at, Due: at.Add(24 * time.Hour)}
		r := domain.Record{Session: x.ID, Office: h.office, Month: domain.Month{Year: 2026, Month: 11}, No: 3, Heads: 1, Lines: []domain.RecordLine{{By: h.id("M1"), At: at, Text: "讲了回访"}},
			Paper: true, EnteredBy: h.id("M1"), EnteredAt: at}
		d := domain.Departure{Session: x.ID, Person: h.id("T1"), At: at, Minutes: 12, By: h.id("M1"), Reason: "接孩子"}
		s := domain.SpotAnswer{Session: x.ID, Person: h.id("T1"), At: at}
		if err := keep(t, h, domain.Change{Absences: []domain.Absence{a}, Records: []domain.Record{r}, Departures: []domain.Departure{d}, Spots: []domain.SpotAnswer{s}}); err != nil {
			t.Fatal(err)
		}
		a.Version, r.Version = 1, 1
		read := func() {
			t.Helper()
			h.view(func(tx *storage.Tx) error {
				same1(t, []domain.Absence{a})(tx.Absences(x.ID))
				same1(t, []domain.Absence{a})(tx.AbsencesOf(a.Person, a.Day))
				same1(t, []domain.Absence(nil))(tx.AbsencesOf(a.Person, a.Day.AddDays(1)))
				same1(t, []domain.Departure{d})(tx.Departures(x.ID))
				same1(t, []domain.SpotAnswer{s})(tx.Spots(x.ID))
				same1(t, []domain.SpotAnswer(nil))(tx.Spots(y.ID))
				got, ok, err := tx.Record(x.ID)
				if diff := cmp.Diff(r, got); err != nil || !ok || diff != "" {
					t.Errorf("%v %v %s", ok, err, diff)
				}
				_, ok, err = tx.Record(y.ID)
				if ok {
					t.Error("a session without a record has one")
				}
				return err
			})
		}
		read()
		a.State, a.Was, a.Judge, a.Judged, a.Ruling, a.Due, a.MakeUp = domain.OnLeave, domain.Unexplained, h.id("M1"), at.Add(time.Hour), "准", time.Time{}, ""
		r.Lines, r.FinishedBy, r.FinishedAt = append(r.Lines, domain.RecordLine{By: h.id("M1"), At: at.Add(time.Hour), Text: "没有异常"}), h.id("M1"), at.Add(time.Hour)
		if err := keep(t, h, domain.Change{Absences: []domain.Absence{a}, Records: []domain.Record{r}}); err != nil {
			t.Fatal(err)
		}
		stale := a
		a.Version, r.Version = 2, 2
		read()
		again, other := d, r
		again.Minutes = 1
		other.Session, other.Version = y.ID, 0
		for what, c := range map[string]domain.Change{
			"an absence that somebody else has changed": {Absences: []domain.Absence{stale}},
			"leaving twice":               {Departures: []domain.Departure{again}},
			"answering twice":             {Spots: []domain.SpotAnswer{{Session: x.ID, Person: s.Person, At: at.Add(time.Minute)}}},
			"a number of the month twice": {Records: []domain.Record{other}},
		} {
			if err := keep(t, h, c); err == nil {
				t.Errorf("%s is kept", what)
			}
		}
		read()
	})
}
