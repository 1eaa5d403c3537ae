package bot

import (
	"time"

	"trainingbot/domain"
)

// View reads what a decision rests on; what is read stays as it is until the decision is kept.
type View interface {
	peopleView
	orientationView
	planView
	sessionView
	dayView
	proposalView
	inputView
	pointsView
	assessmentView
	chainView
	lecturerView
	feedbackView
	chatView
	deputyView
	NextNo(kind string) (int64, error)
	NewID() string
}

type peopleView interface {
	PersonByHandle(domain.Handle) (domain.Person, bool, error)
	PersonByNo(no string) (domain.Person, bool, error)
	Office(domain.OfficeID) (domain.Office, bool, error)
	Staff(domain.OfficeID) (domain.Staff, error)
	Duties(o domain.OfficeID, from, to domain.Date) ([]domain.Duty, error)
	Offices() ([]domain.Office, error)
	Facts(o domain.OfficeID, from, to time.Time) (domain.Facts, error)
	GroupRobot(domain.OfficeID) (domain.GroupRobot, bool, error)
	Log(o domain.OfficeID, from, to time.Time, subject string, person domain.Person, n int) ([]domain.Audit, error)
}

type planView interface {
	Plan(domain.OfficeID, domain.Period) (domain.Plan, bool, error)
	PlanByNo(int64) (domain.Plan, bool, error)
	Plans(o domain.OfficeID, from, to domain.Period) ([]domain.Plan, error)
	Settled(domain.OfficeID) ([]domain.Matter, error)
	Years() ([]domain.Year, error)
	Choices() ([]domain.Choice, error)
}

type sessionView interface {
	Session(domain.SessionID) (domain.Session, error)
	SessionByNo(int64) (domain.Session, bool, error)
	Sessions(o domain.OfficeID, from, to time.Time) ([]domain.Session, error)
	Attendance(...domain.SessionID) ([]domain.Attendance, error)
	AttendanceOf(p domain.PersonID, from, to time.Time) ([]domain.Attendance, error)
	History(o domain.Office, staff domain.Staff, from, to time.Time, attended func(domain.Session) bool) (domain.History, error)
	Roll(h domain.Handle, now time.Time) (domain.Roll, error)
}

// inputView reads what plans are drawn from besides 4.0, and the rooms that are taken.
type inputView interface {
	InputByNo(int64) (domain.Input, bool, error)
	Inputs(domain.OfficeID) ([]domain.Input, error)
	InputsOf(o domain.OfficeID, kind domain.InputKind, from, to time.Time) ([]domain.Input, error)
	Bookings(o domain.OfficeID, from, to time.Time) ([]domain.Booking, error)
}

type dayView interface {
	Absences(domain.SessionID) ([]domain.Absence, error)
	AbsencesOf(p domain.PersonID, from domain.Date) ([]domain.Absence, error)
	Record(domain.SessionID) (domain.Record, bool, error)
	Departures(domain.SessionID) ([]domain.Departure, error)
	Spots(domain.SessionID) ([]domain.SpotAnswer, error)
}

type proposalView interface {
	ProposalByNo(int64) (domain.Proposal, bool, error)
	Proposals(domain.OfficeID) ([]domain.Proposal, error)
	ProposalsOf(o domain.OfficeID, kind domain.ProposalKind, subject string) ([]domain.Proposal, error)
}

type chatView interface {
	Question(domain.PersonID) (*domain.Question, error)
	LastNotice(domain.PersonID) (n domain.Notice, sent time.Time, ok bool, err error)
	LastCard(domain.PersonID, time.Time) (domain.Card, bool, error)
}

type feedbackView interface {
	Feedback(domain.SessionID) (domain.Feedback, bool, error)
	FeedbackBetween(o domain.OfficeID, from, to time.Time) ([]domain.Feedback, error)
	FeedbackGiven(domain.SessionID) ([]domain.Given, error)
	FeedbackAsked(domain.PersonID, time.Time) ([]domain.Given, error)
}

type lecturerView interface {
	Standing(domain.OfficeID, domain.PersonID) (domain.Standing, error)
	Standings(domain.OfficeID) ([]domain.Standing, error)
}

type chainView interface {
	Chain(domain.ChainID) (domain.Chain, error)
	ChainOf(p domain.PersonID, assessment string) (domain.Chain, bool, error)
	ChainsOf(domain.PersonID) ([]domain.Chain, error)
	OpenChains(domain.OfficeID) ([]domain.Chain, error)
}

type deputyView interface {
	LastActs(o domain.OfficeID, p domain.PersonID, since time.Time) ([]domain.Audit, error)
	ProposalsMade(o domain.OfficeID, kind domain.ProposalKind, from, to time.Time) ([]domain.Proposal, error)
	Delegations(o domain.OfficeID, from domain.Date) ([]domain.Delegation, error)
}

type pointsView interface {
	PointsByNo(int64) (domain.PointsEntry, bool, error)
	PointsEntry(domain.EntryID) (domain.PointsEntry, error)
	PointsOf(p domain.PersonID, from, to domain.Month) ([]domain.PointsEntry, error)
	PointsIn(domain.OfficeID, domain.Month) ([]domain.PointsEntry, error)
	SentTo(p domain.PersonID, since time.Time, clauses ...string) ([]domain.SentNotice, error)
}

type orientationView interface {
	OrientationFiles(o domain.OfficeID, since domain.Date) ([]domain.OrientationFile, error)
	OrientationByNo(int64) (domain.OrientationFile, bool, error)
	OrientationHours(since domain.Date, people ...domain.PersonID) ([]domain.HoursEntry, error)
	OrientationSessions(o domain.OfficeID, from time.Time, people ...domain.PersonID) ([]domain.Session, []domain.Attendance, error)
}

type assessmentView interface {
	AssessmentByNo(int64) (domain.Assessment, bool, error)
	Assessment(o domain.OfficeID, kind domain.AssessmentKind, subject string) (domain.Assessment, bool, error)
	Assessments(o domain.OfficeID, since time.Time) ([]domain.Assessment, error)
	Scores(domain.AssessmentID) ([]domain.Score, error)
	Analyses(domain.AssessmentID) ([]domain.Analysis, error)
	PaperByNo(int64) (domain.Paper, bool, error)
	PracticeOf(p domain.PersonID, since time.Time) ([]domain.Paper, error)
	Practices(o domain.OfficeID, since time.Time) ([]domain.Paper, error)
	PapersOf(domain.AssessmentID) ([]domain.Paper, error)
	OwnQuestions(domain.OfficeID) ([]domain.ExamQuestion, error)
}
