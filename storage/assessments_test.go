package storage_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trainingbot/domain"
	"trainingbot/storage"
)

func anAssessment(h *house) domain.Assessment {
	return domain.Assessment{ID: "a1", No: 5, Office: h.office, Kind: domain.MonthlyExam, Subject: "2026-10", Parts: []domain.Part{domain.Written, domain.Practical},
		Topics: []string{"complaints"}, Taught: []domain.Lesson{{Topic: "complaints", Lecturer: h.id("M1")}},
		Candidates: []domain.Candidate{{Person: h.id("T1"), State: domain.MustSit}, {Person: h.id("T2"), State: domain.Deferred, Reason: "住院", Until: domain.NewDate(2026, 12, 1), By: h.id("M1")}},
		Slots:      []domain.Slot{{Start: now.Truncate(time.Microsecond), Parts: []domain.Part{domain.Written}, People: []domain.PersonID{h.id("T1")}}},
		State:      domain.Sitting, By: h.id("M1"), Opened: now.Truncate(time.Microsecond), Draft: "草稿", Missing: []domain.PersonID{h.id("T1")}}
}

func TestAssessmentComesBackAsItWas(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		a := anAssessment(h)
		h.keep(domain.Change{Assessments: []domain.Assessment{a}})
		a.Version = 1
		h.view(func(tx *storage.Tx) error {
			got, ok, err := tx.AssessmentByNo(5)
			if d := cmp.Diff(a, got); err != nil || !ok || d != "" {
				t.Errorf("%v %v %s", ok, err, d)
			}
			if _, ok, err := tx.Assessment(h.office, domain.FireExam, "2026-10"); ok || err != nil {
				t.Error("another kind is found", err)
			}
			return nil
		})
		f, err := h.db.Facts(t.Context(), h.office, now, now.Add(time.Minute))
		if err != nil || len(f.Assessments) != 1 {
			t.Fatal(len(f.Assessments), err)
		}
		a.State, a.LastPaper, a.Analysed, a.Reported = domain.Done, domain.NewDate(2026, 11, 23), true, 1
		h.keep(domain.Change{Assessments: []domain.Assessment{a}})
		if f, err = h.db.Facts(t.Context(), h.office, now, now.Add(time.Minute)); err != nil || len(f.Assessments) != 0 {
			t.Error("a closed assessment is still before the timetable", err)
		}
		h.view(func(tx *storage.Tx) error {
			all, err := tx.Assessments(h.office, now.Add(-time.Hour))
			if len(all) != 1 || all[0].State != domain.Done {
				t.Errorf("%+v", all)
			}
			return err
		})
		twice := anAssessment(h)
		twice.ID, twice.No = "a2", 6
		if err := keep(t, h, domain.Change{Assessments: []domain.Assessment{twice}}); err == nil {
			t.Error("a month is assessed twice")
		}
	})
}

// A score is entered once, corrected with a reason by an entry of its own, and never changed.
func TestScoresAreAppended(t *testing.T) {
	each(t, 2, func(t *testing.T, h *house) {
		a := anAssessment(h)
		a.Candidates = a.Candidates[:1]
		x := domain.Score{ID: "s1", Assessment: "a1", Person: h.id("T1"), Sitting: 1, Part: domain.Practical, Points: 67, Checked: 3, Missed: []string{"报警流程"},
			Conflicts: []domain.Conflicting{{Point: "回访时限", Topic: "complaints", Lecturer: h.id("M1"), Note: "24/48"}}, Wrong: []string{"complaints"}, Source: "检查表", By: h.id("M1"), At: now.Truncate(time.Microsecond)}
		h.keep(domain.Change{Assessments: []domain.Assessment{a}, Scores: []domain.Score{x}})
		again := x
		again.ID = "s2"
		if err := keep(t, h, domain.Change{Scores: []domain.Score{again}}); err == nil {
			t.Error("the same part has two scores")
		}
		again.Replaces = "s1"
		if err := keep(t, h, domain.Change{Scores: []domain.Score{again}}); err == nil {
			t.Error("a correction without a reason is kept")
		}
		again.Reason, again.Points = "看错", 100
		h.keep(domain.Change{Scores: []domain.Score{again}})
		third := again
		third.ID = "s3"
		if err := keep(t, h, domain.Change{Scores: []domain.Score{third}}); err == nil {
			t.Error("an entry is replaced twice")
		}
		h.view(func(tx *storage.Tx) error {
			got, err := tx.Scores("a1")
			if d := cmp.Diff([]domain.Score{x, again}, got); d != "" {
				t.Error(d)
			}
			return err
		})
		h.keep(domain.Change{Analyses: []domain.Analysis{{ID: "n1", Assessment: "a1", Sitting: 1, Text: "好", Revise: true, By: h.id("M1"), At: now}}})
		for _, q := range []string{"UPDATE score SET points = 100", "DELETE FROM score", "UPDATE analysis SET text = 'x'", "DELETE FROM analysis"} {
			if _, err := h.db.Stats().Exec(q); err == nil {
				t.Errorf("taken: %s", q)
			}
		}
	})
}

func TestPapersAndQuestions(t *testing.T) {
	each(t, 1, func(t *testing.T, h *house) {
		p := domain.Paper{ID: "p1", No: 1, Office: h.office, Kind: domain.Practice, Person: h.id("T1"), Topic: "complaints", Started: now.Truncate(time.Microsecond),
			Items: []domain.PaperItem{{ID: "complaints-1", Topic: "complaints", Text: "?\nA 1\nB 2", Answer: "A", Why: "w"}}, Answers: []string{}, Notes: []string{}}
		q := domain.ExamQuestion{ID: "q1", No: 1, Office: h.office, Topic: "complaints", Text: "几小时", Options: []string{"24", "48"}, Why: "统一", By: h.id("M1")}
		h.keep(domain.Change{Papers: []domain.Paper{p}, Questions: []domain.ExamQuestion{q}})
		p.Version, q.Version = 1, 1
		h.view(func(tx *storage.Tx) error {
			got, ok, err := tx.PaperByNo(1)
			if d := cmp.Diff(p, got); err != nil || !ok || d != "" {
				t.Errorf("%v %v %s", ok, err, d)
			}
			own, err := tx.OwnQuestions(h.office)
			if d := cmp.Diff([]domain.ExamQuestion{q}, own); err != nil || d != "" {
				t.Errorf("%v %s", err, d)
			}
			all, err := tx.PracticeOf(h.id("T1"), now.Add(-time.Minute))
			if len(all) != 1 {
				t.Error(len(all))
			}
			return err
		})
		p.Answers, p.Over = []string{"A"}, true
		h.keep(domain.Change{Papers: []domain.Paper{p}})
		h.view(func(tx *storage.Tx) error {
			all, err := tx.Practices(h.office, now.Add(-time.Minute))
			if len(all) != 1 || !all[0].Over {
				t.Errorf("%+v", all)
			}
			return err
		})
		if err := keep(t, h, domain.Change{Papers: []domain.Paper{{ID: "p2", No: 2, Office: h.office, Kind: domain.ExamPaper, Person: h.id("T1"), Started: now}}}); err == nil {
			t.Error("a written paper belongs to no assessment")
		}
	})
}
