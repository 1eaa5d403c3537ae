package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// AssessmentKind says what is assessed.
type AssessmentKind string

// The kinds of assessment. A new hire's theory test (5.4.1) belongs to the orientation.
const (
	MonthlyExam AssessmentKind = "monthly" // the training of a month (5.4.2); Subject is the month
	FireExam    AssessmentKind = "fire"    // fire safety, each quarter (5.4.3); Subject is the quarter
)

// Part is one of the two parts of an assessment (5.4.2).
type Part string

// The parts of an assessment.
const (
	Written   Part = "written"
	Practical Part = "practical"
)

// Chinese gives the part as people say it.
func (p Part) Chinese() string {
	if p == Practical {
		return "实操"
	}
	return "书面"
}

// PartsText gives 书面和实操.
func PartsText(parts []Part) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = p.Chinese()
	}
	return strings.Join(out, "和")
}

// CandidateState says whether somebody must take an assessment.
type CandidateState string

// The states of a candidate. Neither the exempt nor the deferred count as failed (5.4.2).
const (
	MustSit  CandidateState = "due"
	Exempt   CandidateState = "exempt"   // 免考
	Deferred CandidateState = "deferred" // 缓考: takes it later, until Candidate.Until
)

// Candidate is one person an assessment concerns.
type Candidate struct {
	Person PersonID
	State  CandidateState
	Reason string   `json:",omitempty"`
	Until  Date     `json:",omitzero"`  // of the deferred: the last day to make it up
	By     PersonID `json:",omitempty"` // who exempted or deferred; empty: it follows from the rules
	Absent Date     `json:",omitzero"`  // was not there on that day, and nobody has said yet why
}

// Slot is a time at which people take parts of an assessment.
type Slot struct {
	Start  time.Time
	Parts  []Part
	People []PersonID
	Retake bool `json:",omitempty"` // a second or later sitting, or a make-up
}

// same says whether both are one slot: the same people for the same parts at one time.
func (x Slot) same(y Slot) bool {
	return x.Start.Equal(y.Start) && slices.Equal(x.Parts, y.Parts) && slices.Equal(x.People, y.People)
}

// Lesson says who taught a topic of the assessment, so that errors are seen by lecturer (6.1.2).
type Lesson struct {
	Topic    string
	Lecturer PersonID
}

// AssessmentState is where an assessment stands.
type AssessmentState string

// The states of an assessment.
const (
	Sitting AssessmentState = "open"   // papers of the first sitting are missing
	Sat     AssessmentState = "held"   // the first sitting is over: to be analysed (5.4.4), retakes run
	Done    AssessmentState = "closed" // analysed, and nobody has to take it any more
)

// Assessment is one assessment with all its sittings (5.4.2, 5.4.3). People call it T5.
type Assessment struct {
	ID         AssessmentID
	No         int64
	Office     OfficeID
	Kind       AssessmentKind
	Subject    string
	Parts      []Part
	Topics     []string
	Taught     []Lesson
	Candidates []Candidate
	Slots      []Slot
	With       AssessmentID // the monthly assessment whose written part counts for this one as well
	State      AssessmentState
	By         PersonID
	Opened     time.Time
	LastPaper  Date       // of the first sitting; zero while papers are missing
	Missing    []PersonID // who still needs scores, as of the last one entered
	Reported   int        // the sitting whose result has been told
	Analysed   bool
	Draft      string    // the drafted analysis, brought up to date with every score (5.4.4)
	PaperFrom  time.Time // the written part may be taken by chat from then; zero: on paper
	PaperUntil time.Time
	Version    int64 // of the record, for the storage
}

// Code gives what people call the assessment: T5.
func (a Assessment) Code() string { return fmt.Sprintf("T%d", a.No) }

// Title gives 2026年9月培训考核 or 2026年第3季度消防考核.
func (a Assessment) Title() string { return assessmentTitle(a.Kind, a.Subject) }

func assessmentTitle(kind AssessmentKind, subject string) string {
	if kind == FireExam {
		if q, err := parseQuarter(subject); err == nil {
			return q.Chinese() + "消防考核"
		}
	}
	if m, err := ParseMonth(subject); err == nil {
		return MonthlyPeriod(m).Chinese() + "培训考核"
	}
	return subject + "考核"
}

func parseQuarter(s string) (q Quarter, err error) {
	_, err = fmt.Sscanf(s, "%4dQ%1d", &q.Year, &q.Quarter)
	return q, err
}

// Month gives the month whose lecturers an assessment measures: of a quarter the last.
func (a Assessment) Month() Month {
	if a.Kind == FireExam {
		if q, err := parseQuarter(a.Subject); err == nil {
			return q.Last().MonthOf()
		}
	}
	m, err := ParseMonth(a.Subject)
	if err != nil {
		return Month{}
	}
	return m
}

// Matter gives the row of the timetable the assessment answers: D7 or D8.
func (a Assessment) Matter() Matter {
	if a.Kind == FireExam {
		return Matter{a.Office, FireAssessment, a.Subject}
	}
	return Matter{a.Office, MonthlyAssessment, a.Subject}
}

// AnalysisMatter is the row of the timetable that asks for the analysis (5.4.4): D9.
func (a Assessment) AnalysisMatter() Matter { return Matter{a.Office, AnalysisDue, string(a.ID)} }

// Candidate finds somebody's line.
func (a Assessment) Candidate(p PersonID) (Candidate, bool) {
	i := slices.IndexFunc(a.Candidates, func(x Candidate) bool { return x.Person == p })
	if i < 0 {
		return Candidate{}, false
	}
	return a.Candidates[i], true
}

// with gives the assessment with one candidate changed.
func (a Assessment) with(x Candidate) Assessment {
	a.Candidates = slices.Clone(a.Candidates)
	i := slices.IndexFunc(a.Candidates, func(y Candidate) bool { return y.Person == x.Person })
	if i < 0 {
		a.Candidates = append(a.Candidates, x)
	} else {
		a.Candidates[i] = x
	}
	return a
}

// Lecturers gives who taught what is assessed, each once.
func (a Assessment) Lecturers() []PersonID {
	var out []PersonID
	for _, l := range a.Taught {
		if l.Lecturer != "" && !slices.Contains(out, l.Lecturer) {
			out = append(out, l.Lecturer)
		}
	}
	return out
}

// Window gives the days on which the first sitting of the assessment is to be held.
func (s SOP) Window(a Assessment) []Date { return s.window(a.Kind, a.Subject) }

// window gives the days on which the first sitting is to be held: of a monthly assessment the first
// working days of the month after (5.4.2), of fire safety the working days from the first of the
// quarter's FireOpensMonth to its end (5.4.3).
func (s SOP) window(kind AssessmentKind, subject string) []Date {
	if kind == FireExam {
		q, err := parseQuarter(subject)
		if err != nil {
			return nil
		}
		var out []Date
		for d := q.Month(s.Policy.Assessment.FireOpensMonth).First(); !d.After(q.Last()); d = d.AddDays(1) {
			if s.Calendar.Working(d) {
				out = append(out, d)
			}
		}
		return out
	}
	m, err := ParseMonth(subject)
	if err != nil {
		return nil
	}
	return s.Calendar.FirstWorkingDays(m.Add(1), s.Policy.Assessment.WindowWorkingDays)
}

// Candidates lists whom an assessment concerns on the day it is arranged: every trainee of the
// office; who arrived after ExemptShare percent of the period's sessions is exempt (mission C5-4b).
func (s SOP) Candidates(o OfficeID, kind AssessmentKind, subject string, staff Staff, day Date, held []Session) []Candidate {
	var out []Candidate
	for _, p := range staff.With(o, Trainee, day) {
		x := Candidate{Person: p.ID, State: MustSit}
		if reason := s.joinedLate(o, kind, subject, p, held); reason != "" {
			x.State, x.Reason = Exempt, reason
		}
		out = append(out, x)
	}
	return out
}

func (s SOP) joinedLate(o OfficeID, kind AssessmentKind, subject string, p Person, held []Session) string {
	arrivals := Arrivals(p, o)
	if len(arrivals) == 0 {
		return ""
	}
	since := arrivals[len(arrivals)-1].Since
	first, last := periodOf(kind, subject)
	missed := 0
	for _, x := range held {
		if s.Calendar.Date(x.Start).Before(since) {
			missed++
		}
	}
	switch {
	case !since.After(first):
		return ""
	case since.After(last):
		return since.Chinese() + "到岗，没有参加这段培训"
	case len(held) > 0 && missed*100 >= s.Policy.Assessment.ExemptShare*len(held):
		return fmt.Sprintf("%s到岗，%d场里有%d场在到岗前", since.Chinese(), len(held), missed)
	}
	return ""
}

// periodOf gives the first and last day of what is assessed.
func periodOf(kind AssessmentKind, subject string) (first, last Date) {
	if kind == FireExam {
		q, _ := parseQuarter(subject)
		return q.First(), q.Last()
	}
	m, _ := ParseMonth(subject)
	return m.First(), m.Last()
}

// PeriodOf gives the first and last day of the training that is assessed.
func (a Assessment) PeriodOf() (first, last Date) { return periodOf(a.Kind, a.Subject) }
