package domain

import "time"

// FeedbackPolicy is how the trainees' feedback on a session is taken (6.1.2, 6.2.2).
type FeedbackPolicy struct {
	SummaryAt Clock         `yaml:"summary_at" clause:"6.1.2" zh:"当天几点截止评价并告诉主管结果"`              // 18:00
	OpenFor   time.Duration `yaml:"open_for" clause:"6.1.2" zh:"关课后至少留多久评价；不够时次日早上截止" open:"14"` // 1 h
	KeepWords int           `yaml:"keep_words" clause:"6.1.2" zh:"匿名文字意见保留几天，过后只留总数"`            // 180
}

func defaultFeedback() FeedbackPolicy {
	return FeedbackPolicy{SummaryAt: Clock{18, 0}, OpenFor: time.Hour, KeepWords: 180}
}

func (x FeedbackPolicy) check(c *policyCheck) {
	c.span("feedback.open_for", x.OpenFor, 10*time.Minute, 24*time.Hour)
	c.number("feedback.keep_words", x.KeepWords, 1, 3660)
}
