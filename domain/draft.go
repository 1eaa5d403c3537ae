package domain

// Item is one line of a plan: one session to be held (monthly plan), or one month's share of a
// group of topics (annual plan: Date is the month's first day and Start is 00:00).
type Item struct {
	ID       ItemID
	Date     Date
	Start    Clock
	Minutes  int
	Topics   []string // Topic ids
	Lecturer PersonID // empty while nobody qualified is known
	Room     string
	Source   string // why it is on the plan: the clause it serves ("4.2.1"), or 考核, 需求, 指令 (5.1.1)
	Note     string
}

// Gap is a requirement of 4.0 or 5.3.1 a draft could not meet, in one sentence for the supervisor.
type Gap struct {
	Clause string
	Text   string
}

// DraftInput is what a plan is drafted from.
type DraftInput struct {
	Office   Office
	Month    Month // of DraftYear only the year counts
	Staff    Staff
	Previous []Item        // what is planned already: at least last month's items
	NewID    func() ItemID // makes the id of the next item
}
