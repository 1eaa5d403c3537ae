package storage

import (
	"context"
	"fmt"
	"time"

	"trainingbot/domain"
)

// feedbacks is the table of what was said of sessions, in sums.
func feedbacks() table[domain.Feedback] {
	type F = domain.Feedback
	return table[F]{name: "feedback", key: 1, version: func(f *F) *int64 { return &f.Version }, columns: []column[F]{
		text("session", func(f *F) *domain.SessionID { return &f.Session }),
		text("office", func(f *F) *domain.OfficeID { return &f.Office }),
		number("asked", func(f *F) *int { return &f.Asked }),
		instant("closes_at", func(f *F) *time.Time { return &f.Until }),
		document("yes", func(f *F) *map[string]int { return &f.Yes }),
		document("no", func(f *F) *map[string]int { return &f.No }),
		document("words", func(f *F) *[]string { return &f.Words }),
	}}
}

// givens is the table of who has answered which question.
func givens() table[domain.Given] {
	type G = domain.Given
	return table[G]{name: "feedback_given", key: 2, version: func(g *G) *int64 { return &g.Version }, columns: []column[G]{
		text("session", func(g *G) *domain.SessionID { return &g.Session }),
		text("person", func(g *G) *domain.PersonID { return &g.Person }),
		document("questions", func(g *G) *[]string { return &g.Questions }),
	}}
}

// Feedback gives what was said of a session.
func (t *Tx) Feedback(id domain.SessionID) (domain.Feedback, bool, error) {
	return feedbacks().one(t, "r.session = $1", id)
}

// FeedbackBetween gives the feedback of an office that closes in [from, to), by session.
func (t *Tx) FeedbackBetween(o domain.OfficeID, from, to time.Time) ([]domain.Feedback, error) {
	return feedbacks().find(t, "r.office = $1 AND r.closes_at >= $2 AND r.closes_at < $3 ORDER BY r.closes_at, r.session", o, at(from), at(to))
}

// FeedbackGiven gives who was asked about a session and what of it they have answered.
func (t *Tx) FeedbackGiven(id domain.SessionID) ([]domain.Given, error) {
	return givens().find(t, "r.session = $1 ORDER BY r.person", id)
}

// FeedbackAsked gives what somebody is asked about that is open at an instant.
func (t *Tx) FeedbackAsked(p domain.PersonID, now time.Time) ([]domain.Given, error) {
	return givens().find(t, "r.person = $1 AND r.session IN (SELECT session FROM feedback WHERE closes_at > $2) ORDER BY r.session", p, at(now))
}

// ForgetWords deletes the free words, and who answered, of feedback that closed before an instant:
// only the sums are kept (mission E20).
func (db *DB) ForgetWords(ctx context.Context, before time.Time) error {
	return db.again(ctx, "forget words", func(t *Tx) error {
		_, err := t.exec("DELETE FROM feedback_given WHERE session IN (SELECT session FROM feedback WHERE closes_at < $1)", at(before))
		if err != nil {
			return fmt.Errorf("storage: forget who gave feedback: %w", err)
		}
		_, err = t.exec("UPDATE feedback SET words = $2, version = version + 1 WHERE closes_at < $1 AND words <> $2", at(before), JSON[[]string]{nil})
		if err != nil {
			return fmt.Errorf("storage: forget free words: %w", err)
		}
		return nil
	})
}
