package domain

import "time"

// DefaultPolicy gives the numbers of the procedure as it is written, with the defaults of its open
// points (OpenPoints) where it is damaged or silent. Every call gives a fresh value.
func DefaultPolicy() Policy {
	return Policy{
		Plan: PlanPolicy{
			MonthlyDueDay:       25,
			ApprovalDueDay:      30,
			AnnualDue:           MonthDay{time.December, 10},
			AnnualApprovalDue:   MonthDay{time.December, 20},
			ReturnedWorkingDays: 1,
			DelegationDays:      92,
			UrgentDays:          3,
			UrgentLimit:         3,
			UndoWithin:          10 * time.Minute,
			EscalateTo:          []string{},
			SelfApproval:        true,
		},
		Reminders: ReminderPolicy{
			Morning:                Clock{9, 0},
			Evening:                Clock{17, 0},
			AheadDays:              []int{7, 3, 1},
			ApprovalFirst:          1,
			ApprovalAheadDays:      []int{2, 1},
			RenewCard:              2,
			OverdueDays:            30,
			DirectorFromOverdueDay: 2,
			CatchUpDays:            40,
			LateAfter:              time.Hour,
			SessionDayBefore:       Clock{17, 0},
			SessionBefore:          30 * time.Minute,
			SessionAfter:           30 * time.Minute,
			QuietFrom:              Clock{23, 0},
			QuietUntil:             Clock{7, 0},
			MessagesPerAccount:     200,
			QuotaWarnPercent:       80,
		},
		CheckIn: CheckInPolicy{
			OpensBefore: 30 * time.Minute,
			CodePeriod:  10 * time.Minute,
			CodeGrace:   2 * time.Minute,
			OpenAfter:   4 * time.Hour,
		},
		Day:      defaultDay(),
		Teaching: TeachingPolicy{ClassHour: time.Hour, WeeklyHours: 2},
		Assessment: AssessmentPolicy{
			WindowWorkingDays:    5,
			AheadDays:            []int{3, 1},
			TheoryTestWorkingDay: 10,
			TheoryAheadDays:      []int{3, 1},
			FireOpensMonth:       3,
			FireAheadDays:        []int{7, 3, 1},
			AnalysisDays:         7,
			PassMark:             80,
			PassRates:            []int{90, 95, 100},
			WrittenTime:          Clock{14, 0},
			NightTime:            Clock{19, 0},
			ExemptShare:          50,
			MakeUpDays:           30,
			RetakeWorkingDays:    7,
			PaperQuestions:       20,
			PaperTime:            30 * time.Minute,
			PracticeQuestions:    10,
			CheckPoints:          3,
			MasterByDays:         30,
			Understood:           100,
			Practical:            90,
			Breadth:              70,
			Errors:               0,
			MinAnswers:           3,
		},
		Orientation: defaultOrientation(),

		Points:     PointsPolicy{Base: 100, Absent: -2, Discipline: -1, Feedback: -1, FirstFail: -3, SecondFail: -6, ThirdFail: -10},
		Lecturer:   defaultLecturer(),
		Retake:     defaultRetake(),
		Feedback:   defaultFeedback(),
		Calendar:   CalendarPolicy{WarnFrom: MonthDay{time.November, 1}, WarnEvery: 7},
		Drafting:   defaultDrafting(),
		Coverage:   defaultCoverage(),
		Shifts:     defaultShifts(),
		Curriculum: DefaultCurriculum(),
	}
}

func defaultDrafting() DraftingPolicy {
	return DraftingPolicy{
		SessionTime:      Clock{15, 0},
		SessionHours:     1,
		TopicsPerSession: 2,
		SessionsPerDay:   3,
		FortnightTimes:   3,
		DrillMonth:       1,
		FireMonth:        1,
		Room:             "培训室",
		Rooms:            []string{},
	}
}

func defaultDay() DayPolicy {
	return DayPolicy{
		MorningCard:        Clock{8, 30},
		ConfirmAheadDays:   []int{3, 1},
		LeaveAfterDays:     3,
		ExplainWithin:      24 * time.Hour,
		AbsencesInRow:      []int{2, 3},
		SpotPeople:         2,
		SpotWithin:         2 * time.Minute,
		BurstPeople:        4,
		BurstWithin:        5 * time.Second,
		PairTimes:          3,
		PairWithin:         5 * time.Second,
		RecordWithin:       24 * time.Hour,
		RecordEscalateDays: 3,
		PaperDays:          7,
	}
}
