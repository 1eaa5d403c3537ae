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
	MonthlyAssessment    MatterKind = "D7"
	FireAssessment       MatterKind = "D8"
	AnalysisDue          MatterKind = "D9"
	SessionComing        MatterKind = "D10"
	TeachingHours        MatterKind = "D11"
	FrequencyNotMet      MatterKind = "D12"
	RetrainingDue        MatterKind = "D13"
)

// Matter names one thing that has a deadline: a kind, an office and a subject ("2026-10", "2027",
// a quarter "2026Q4", a person's id, a session's id).
type Matter struct {
	Office  OfficeID
	Kind    MatterKind
	Subject string
}
