package bot

import (
	"fmt"

	"trainingbot/domain"
)

// lecturersAfter puts before people what a finished sitting means for those who taught (6.1.1, 6.2.1):
// below standard the next step of their ladder, at it their count begins anew.
func (r *request) lecturersAfter(before domain.Assessment, g domain.Graded) (domain.Change, error) {
	var out domain.Change
	for _, x := range r.sop.Standings(g.Assessment, g.Scores, r.Staff, r.today()) {
		if !x.Over() || x.Sitting <= before.Reported {
			continue
		}
		below := r.sop.Shortfalls(g.Assessment, g.Scores, x)
		short := map[domain.PersonID]bool{}
		for _, f := range below {
			short[f.Lecturer] = true
			c, err := r.below(f)
			if err != nil {
				return out, err
			}
			out = out.And(c)
		}
		for _, id := range g.Assessment.Lecturers() {
			if short[id] || x.Sitting > 1 {
				continue
			}
			c, err := r.met(id, string(g.Assessment.ID), g.Assessment.Title())
			if err != nil {
				return out, err
			}
			out = out.And(c)
		}
	}
	out.Reply = domain.Answer{}
	return out, nil
}

// weakTopics gives what recent assessments showed to be weak, for the next plan (5.1.1).
func (r *request) weakTopics() ([]domain.WeakTopic, error) {
	all, err := r.view.Assessments(r.Office.ID, r.Now.AddDate(0, -2, 0))
	if err != nil {
		return nil, err
	}
	var out []domain.WeakTopic
	seen := map[string]bool{}
	for i := len(all) - 1; i >= 0; i-- {
		scores, err := r.view.Scores(all[i].ID)
		if err != nil {
			return nil, err
		}
		for _, e := range r.sop.Errors(scores) {
			if _, known := r.sop.Policy.Topic(e.Topic); known && !seen[e.Topic] {
				seen[e.Topic] = true
				out = append(out, domain.WeakTopic{Topic: e.Topic, Why: fmt.Sprintf("%s错题(%d处)", all[i].Code(), e.Count)})
			}
		}
	}
	practised, err := r.view.Practices(r.Office.ID, r.Now.AddDate(0, -1, 0))
	if err != nil {
		return nil, err
	}
	for _, e := range domain.PracticeErrors(practised, r.sop.Policy.Assessment.MinAnswers) {
		if !seen[e.Topic] {
			out = append(out, domain.WeakTopic{Topic: e.Topic, Why: fmt.Sprintf("自测错题(%d处)", e.Count)})
		}
	}
	return out, nil
}

// myAssessments tells somebody about their own assessments of late.
func (r *request) myAssessments() ([]string, error) {
	all, err := r.view.Assessments(r.Office.ID, r.Now.AddDate(0, -2, 0))
	if err != nil {
		return nil, err
	}
	scores := map[domain.AssessmentID][]domain.Score{}
	for _, a := range all {
		if scores[a.ID], err = r.view.Scores(a.ID); err != nil {
			return nil, err
		}
	}
	return r.sop.AssessmentLines(r.Case, all, scores, r.By.ID), nil
}
