package domain

// Frequency is how often 4.0 wants a topic (or, within a pool, the pool) to be taught.
type Frequency string

// The frequencies of 4.0.
const (
	OnceOnArrival Frequency = "on_arrival"  // 4.1, before going on post
	Weekly        Frequency = "weekly"      // 4.2.1
	Fortnightly   Frequency = "fortnightly" // 4.2.2: DraftingPolicy.FortnightTimes sessions from the pool
	Monthly       Frequency = "monthly"     // 4.2.3, 4.2.4
	TwoMonthly    Frequency = "two_monthly" // 4.3, calendar pairs of months
	Quarterly     Frequency = "quarterly"   // 4.4
)

// Topic is one row of 4.0: what is taught, to which clause, how often and by whom.
type Topic struct {
	ID        string    `yaml:"id"`   // stable name, lower case
	Name      string    `yaml:"name"` // as it is printed
	Aliases   []string  `yaml:"aliases,omitempty"`
	Clause    string    `yaml:"clause"`
	Category  string    `yaml:"category"` // 岗前培训, 常规培训, 军体培训, 消防知识培训
	Every     Frequency `yaml:"every"`
	Pool      string    `yaml:"pool,omitempty"` // topics of one pool take turns
	Lecturers []Role    `yaml:"lecturers"`      // in order of preference
	Hours     int       `yaml:"hours,omitempty"`
}
