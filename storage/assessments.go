package storage

import (
	"time"

	"trainingbot/domain"
)

// assessments is the table of assessments with their sittings.
func assessments() table[domain.Assessment] {
	type A = domain.Assessment
	return table[A]{name: "assessment", key: 1, version: func(a *A) *int64 { return &a.Version }, columns: []column[A]{
		text("id", func(a *A) *domain.AssessmentID { return &a.ID }),
		number("no", func(a *A) *int64 { return &a.No }),
		text("office", func(a *A) *domain.OfficeID { return &a.Office }),
		text("kind", func(a *A) *domain.AssessmentKind { return &a.Kind }),
		text("subject", func(a *A) *string { return &a.Subject }),
		document("parts", func(a *A) *[]domain.Part { return &a.Parts }),
		document("topics", func(a *A) *[]string { return &a.Topics }),
		document("taught", func(a *A) *[]domain.Lesson { return &a.Taught }),
		document("candidates", func(a *A) *[]domain.Candidate { return &a.Candidates }),
		document("slots", func(a *A) *[]domain.Slot { return &a.Slots }),
		maybe("together", func(a *A) *domain.AssessmentID { return &a.With }),
		text("state", func(a *A) *domain.AssessmentState { return &a.State }),
		text("opened_by", func(a *A) *domain.PersonID { return &a.By }),
		instant("opened_at", func(a *A) *time.Time { return &a.Opened }),
		date("last_paper", func(a *A) *domain.Date { return &a.LastPaper }),
		document("missing", func(a *A) *[]domain.PersonID { return &a.Missing }),
		number("reported", func(a *A) *int { return &a.Reported }),
		flag("analysed", func(a *A) *bool { return &a.Analysed }),
		text("draft", func(a *A) *string { return &a.Draft }),
		instant("paper_from", func(a *A) *time.Time { return &a.PaperFrom }),
		instant("paper_until", func(a *A) *time.Time { return &a.PaperUntil }),
	}}
}

// scores is the table of scores, appended to only.
func scores() table[domain.Score] {
	type S = domain.Score
	return table[S]{name: "score", key: 1, columns: []column[S]{
		text("id", func(x *S) *domain.ScoreID { return &x.ID }),
		text("assessment", func(x *S) *domain.AssessmentID { return &x.Assessment }),
		text("person", func(x *S) *domain.PersonID { return &x.Person }),
		number("sitting", func(x *S) *int { return &x.Sitting }),
		text("part", func(x *S) *domain.Part { return &x.Part }),
		number("points", func(x *S) *int { return &x.Points }),
		flag("absent", func(x *S) *bool { return &x.Absent }),
		number("checked", func(x *S) *int { return &x.Checked }),
		document("missed", func(x *S) *[]string { return &x.Missed }),
		document("conflicts", func(x *S) *[]domain.Conflicting { return &x.Conflicts }),
		document("wrong", func(x *S) *[]string { return &x.Wrong }),
		text("source", func(x *S) *string { return &x.Source }),
		text("reason", func(x *S) *string { return &x.Reason }),
		text("entered_by", func(x *S) *domain.PersonID { return &x.By }),
		instant("at", func(x *S) *time.Time { return &x.At }),
		maybe("replaces", func(x *S) *domain.ScoreID { return &x.Replaces }),
	}}
}

// analyses is the table of analyses, appended to only.
func analyses() table[domain.Analysis] {
	type A = domain.Analysis
	return table[A]{name: "analysis", key: 1, columns: []column[A]{
		text("id", func(x *A) *string { return &x.ID }),
		text("assessment", func(x *A) *domain.AssessmentID { return &x.Assessment }),
		number("sitting", func(x *A) *int { return &x.Sitting }),
		text("text", func(x *A) *string { return &x.Text }),
		flag("revise", func(x *A) *bool { return &x.Revise }),
		text("reason", func(x *A) *string { return &x.Reason }),
		text("made_by", func(x *A) *domain.PersonID { return &x.By }),
		instant("at", func(x *A) *time.Time { return &x.At }),
	}}
}

// papers is the table of papers and practical checks.
func papers() table[domain.Paper] {
	type P = domain.Paper
	return table[P]{name: "paper", key: 1, version: func(x *P) *int64 { return &x.Version }, columns: []column[P]{
		text("id", func(x *P) *domain.PaperID { return &x.ID }),
		number("no", func(x *P) *int64 { return &x.No }),
		text("office", func(x *P) *domain.OfficeID { return &x.Office }),
		text("kind", func(x *P) *domain.PaperKind { return &x.Kind }),
		text("person", func(x *P) *domain.PersonID { return &x.Person }),
		maybe("examiner", func(x *P) *domain.PersonID { return &x.Examiner }),
		maybe("assessment", func(x *P) *domain.AssessmentID { return &x.Assessment }),
		number("sitting", func(x *P) *int { return &x.Sitting }),
		text("topic", func(x *P) *string { return &x.Topic }),
		document("items", func(x *P) *[]domain.PaperItem { return &x.Items }),
		document("answers", func(x *P) *[]string { return &x.Answers }),
		document("notes", func(x *P) *[]string { return &x.Notes }),
		instant("started", func(x *P) *time.Time { return &x.Started }),
		instant("until_at", func(x *P) *time.Time { return &x.Until }),
		flag("over", func(x *P) *bool { return &x.Over }),
	}}
}

// questions is the table of the offices' own questions.
func questions() table[domain.ExamQuestion] {
	type Q = domain.ExamQuestion
	return table[Q]{name: "question_bank", key: 1, version: func(x *Q) *int64 { return &x.Version }, columns: []column[Q]{
		text("id", func(x *Q) *domain.QuestionID { return &x.ID }),
		number("no", func(x *Q) *int64 { return &x.No }),
		text("office", func(x *Q) *domain.OfficeID { return &x.Office }),
		text("topic", func(x *Q) *string { return &x.Topic }),
		text("text", func(x *Q) *string { return &x.Text }),
		document("options", func(x *Q) *[]string { return &x.Options }),
		text("why", func(x *Q) *string { return &x.Why }),
		flag("retired", func(x *Q) *bool { return &x.Retired }),
		text("added_by", func(x *Q) *domain.PersonID { return &x.By }),
	}}
}

// keepAssessments writes what a decision left behind of assessments.
func (t *Tx) keepAssessments(ch domain.Change) error {
	if err := assessments().keepAll(t, ch.Assessments); err != nil {
		return err
	}
	if err := scores().keepAll(t, ch.Scores); err != nil {
		return err
	}
	if err := analyses().keepAll(t, ch.Analyses); err != nil {
		return err
	}
	if err := papers().keepAll(t, ch.Papers); err != nil {
		return err
	}
	return questions().keepAll(t, ch.Questions)
}

// AssessmentByNo gives the assessment people call T<no>.
func (t *Tx) AssessmentByNo(no int64) (domain.Assessment, bool, error) {
	a, ok, err := assessments().one(t, "r.no = $1", no)
	if err == nil && ok {
		err = t.hold(a.Office)
	}
	if err != nil || !ok {
		return a, false, err
	}
	// Read again: somebody may have changed it while this transaction waited for the office.
	return assessments().one(t, "r.no = $1", no)
}

// Assessment gives the assessment of a month or a quarter.
func (t *Tx) Assessment(o domain.OfficeID, kind domain.AssessmentKind, subject string) (domain.Assessment, bool, error) {
	if err := t.hold(o); err != nil {
		return domain.Assessment{}, false, err
	}
	return assessments().one(t, "r.office = $1 AND r.kind = $2 AND r.subject = $3", o, kind, subject)
}

// Assessments gives the assessments of an office that are not closed, and those opened since, by
// number.
func (t *Tx) Assessments(o domain.OfficeID, since time.Time) ([]domain.Assessment, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return assessments().find(t, "r.office = $1 AND (r.state <> 'closed' OR r.opened_at >= $2) ORDER BY r.no", o, at(since))
}

// Scores gives every score of an assessment, corrected ones too, in the order they were entered.
func (t *Tx) Scores(a domain.AssessmentID) ([]domain.Score, error) {
	return scores().find(t, "r.assessment = $1 ORDER BY r.at, r.id", a)
}

// Analyses gives the analyses of an assessment, oldest first.
func (t *Tx) Analyses(a domain.AssessmentID) ([]domain.Analysis, error) {
	return analyses().find(t, "r.assessment = $1 ORDER BY r.at, r.id", a)
}

// PaperByNo gives one paper.
func (t *Tx) PaperByNo(no int64) (domain.Paper, bool, error) {
	p, ok, err := papers().one(t, "r.no = $1", no)
	if err == nil && ok {
		err = t.hold(p.Office)
	}
	if err != nil || !ok {
		return p, false, err
	}
	return papers().one(t, "r.no = $1", no)
}

// PracticeOf gives somebody's practice papers started since, newest first.
func (t *Tx) PracticeOf(p domain.PersonID, since time.Time) ([]domain.Paper, error) {
	return papers().find(t, "r.person = $1 AND r.kind = 'practice' AND r.started >= $2 ORDER BY r.started DESC, r.no DESC", p, at(since))
}

// Practices gives the practice papers of an office that were finished, of those started since.
func (t *Tx) Practices(o domain.OfficeID, since time.Time) ([]domain.Paper, error) {
	return papers().find(t, "r.office = $1 AND r.kind = 'practice' AND r.over AND r.started >= $2 ORDER BY r.no", o, at(since))
}

// PapersOf gives the papers and practical checks of an assessment, by number.
func (t *Tx) PapersOf(a domain.AssessmentID) ([]domain.Paper, error) {
	return papers().find(t, "r.assessment = $1 ORDER BY r.no", a)
}

// OwnQuestions gives an office's own questions, retired ones too, by number.
func (t *Tx) OwnQuestions(o domain.OfficeID) ([]domain.ExamQuestion, error) {
	if err := t.hold(o); err != nil {
		return nil, err
	}
	return questions().find(t, "r.office = $1 ORDER BY r.no", o)
}

// running gives the assessments of an office that are not closed: what the timetable looks at.
func (t *Tx) running(o domain.OfficeID) ([]domain.Assessment, error) {
	return assessments().find(t, "r.office = $1 AND r.state <> 'closed' ORDER BY r.no", o)
}
