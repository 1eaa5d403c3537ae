package domain

// Ids are strings made by the caller (the storage uses UUIDv7) and opaque to the rules.
type (
	// OfficeID names one management office (管理处).
	OfficeID string
	// PersonID names one human being, whatever platforms and offices they belong to.
	PersonID string
	// PlanID names the plan of one office for one period, through all its versions.
	PlanID string
	// ItemID names one line of a plan; it survives from version to version, so that a diff is possible.
	ItemID string
	// SessionID names one training session.
	SessionID string
	// ProposalID names one thing put before somebody to decide.
	ProposalID string
	// AssessmentID names one assessment of a month or a quarter, with all its sittings.
	AssessmentID string
	// ScoreID names one entry of the scores.
	ScoreID string
	// PaperID names one paper somebody fills in by chat, or one practical check being taken.
	PaperID string
	// QuestionID names one question of the bank.
	QuestionID string
	// DelegationID names one dated delegation of a role.
	DelegationID string
	// InputID names one thing a plan is drawn from.
	InputID string
	// BookingID names one booking of a room.
	BookingID string
	// EntryID names one entry of the points ledger.
	// OrientationID names the file of one arrival.
	OrientationID string
	// EntryID names one entry of the points ledger, or of the ledger of orientation hours.
	EntryID string
	// MessageID names one delivery of a platform (a typed message or a pressed button), platform prefix included.
	MessageID string
)
