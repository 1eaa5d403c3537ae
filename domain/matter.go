package domain

// MatterKind is a row of the timetable: D1 … D13 of the procedure's list of deadlines and windows.
type MatterKind string

// The matters of the timetable.
const (
	MonthlyPlanDue       MatterKind = "D1"
	MonthlyApprovalDue   MatterKind = "D2"
	AnnualPlanDue        MatterKind = "D3"
	AnnualApprovalDue    MatterKind = "D4"
	OrientationTheoryDue MatterKind = "D5"
	TheoryTestDue        MatterKind = "D6"
	OrientationHoursDue  MatterKind = "HRS" // hours of a new hire's practice, and coaches (4.1, 5.2.2)
	MonthlyAssessment    MatterKind = "D7"
	FireAssessment       MatterKind = "D8"
	AnalysisDue          MatterKind = "D9"
	SessionComing        MatterKind = "D10"
	AssessmentComing     MatterKind = "SIT" // the times that were arranged for an assessment
	TeachingHours        MatterKind = "D11"
	FrequencyNotMet      MatterKind = "D12"
	RetrainingDue        MatterKind = "D13"
	FeedbackOver         MatterKind = "FBK" // the feedback on a session is over (6.1.2)
	ProposalWaiting      MatterKind = "PRO" // something waits for somebody's decision
	DeputyDays           MatterKind = "DEL" // somebody stands in for somebody (mission C5-1c)
	RecordDue            MatterKind = "REC" // a training record that is not finished (5.3.4)
	AbsenceDue           MatterKind = "ABS" // an absence nobody has explained (6.2.2)
	AccountMissing       MatterKind = "ACC" // people who cannot be told anything (mission E17)
	CalendarMissing      MatterKind = "CAL" // next year's holiday notice is not loaded (mission E3)
)

// Matter names one thing that has a deadline: a kind, an office and a subject. The subject is
//
//	D1, D2   the month planned, "2026-10"
//	D3, D4   the year planned, "2027"
//	D5, D6, HRS  the new hire: Arrival.Subject
//	D7       the month assessed, "2026-09" (its window lies in the month after)
//	D8       the quarter, "2026Q4"
//	D9       the assessment's id
//	SIT      the assessment's id and the time
//	D10, REC the session's id
//	ABS      the session's id, a colon, the person's
//	PRO      the proposal's id
//	DEL      role, principal and first day
//	D13      the retake chain's id, alone or with ":training"
//	FBK      the session's id
//	ACC      "account"
//	CAL      the year without a notice, "2027"
type Matter struct {
	Office  OfficeID
	Kind    MatterKind
	Subject string
}

// Thread is the thread of the notices about the matter. Those of an approval follow Plan.Thread
// instead, and a few stages that address other people as well have a thread of their own behind
// this one, e.g. Thread() + ":all".
func (m Matter) Thread() string { return string(m.Kind) + ":" + string(m.Office) + ":" + m.Subject }

// Ends gives the threads of a matter, whatever voice they speak in, to be ended when it is settled.
func (m Matter) Ends() []Settlement {
	out := []Settlement{{Thread: m.Thread()}}
	for _, voice := range []string{allVoice, directorVoice, expectedVoice, lecturerVoice, confirmVoice, spotVoice, endVoice} {
		out = append(out, Settlement{Thread: m.Thread() + voice})
	}
	return out
}

// The voices of a matter: what follows its thread where other people are addressed as well.
const (
	allVoice        = ":all"
	directorVoice   = ":director"
	expectedVoice   = ":expected"
	lecturerVoice   = ":lecturer"
	confirmVoice    = ":confirm"    // asks the lecturer to confirm
	spotVoice       = ":spot"       // the check in the middle of a session
	endVoice        = ":end"        // asks for the head count
	supervisorVoice = ":supervisor" // follows Plan.Thread: it still waits
)
