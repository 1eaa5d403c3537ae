package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Block is one of the three parts of the orientation (4.1, open point 1).
type Block string

// The parts of the orientation. A topic of the curriculum belongs to the block whose name ends its pool.
const (
	CompanyBlock  Block = "company"  // 理论1: the company, the department, the post's guide
	ServiceBlock  Block = "service"  // 理论2: safety, service, property management
	PracticeBlock Block = "practice" // 实习: on the post, with a coach (5.2.2)
)

// Blocks lists the parts in their order; the first two are the theory (5.2.1).
func Blocks() []Block { return []Block{CompanyBlock, ServiceBlock, PracticeBlock} }

// Chinese gives the part as people say it.
func (b Block) Chinese() string {
	return map[Block]string{CompanyBlock: "理论1", ServiceBlock: "理论2", PracticeBlock: "实习"}[b]
}

// Theory says whether the part is taught in class.
func (b Block) Theory() bool { return b == CompanyBlock || b == ServiceBlock }

func (b Block) pool() string { return "orientation_" + string(b) }

// blockHours gives the least class hours of a part (4.1).
func (x OrientationPolicy) blockHours(b Block) int {
	return map[Block]int{CompanyBlock: x.CompanyHours, ServiceBlock: x.ServiceHours, PracticeBlock: x.PracticeHours}[b]
}

// need gives the least minutes of a part.
func (s SOP) need(b Block) int {
	return s.Policy.Orientation.blockHours(b) * int(s.Policy.Teaching.ClassHour/time.Minute)
}

// topicsOf gives the topics of a part, by id.
func (p Policy) topicsOf(b Block) []string {
	var out []string
	for _, t := range p.Curriculum {
		if t.Every == OnceOnArrival && t.Pool == b.pool() {
			out = append(out, t.ID)
		}
	}
	return out
}

// blockOf gives the part of the orientation a session teaches, "" when it is none.
func (s SOP) blockOf(x Session) Block {
	for _, id := range x.TopicIDs {
		if t, ok := s.Policy.Topic(id); ok && t.Every == OnceOnArrival {
			return Block(strings.TrimPrefix(t.Pool, "orientation_"))
		}
	}
	return ""
}

// OrientationState is where a file stands.
type OrientationState string

// The states of a file.
const (
	OnTrial OrientationState = "on_trial" // 试岗: in training, not on post alone (open point 2)
	OnPost  OrientationState = "on_post"  // 上岗: the theory test is passed (5.4.1)
	Ended   OrientationState = "ended"    // left before the test
)

// CoachDay is a day on which somebody else coaches than the file's coach (5.2.2).
type CoachDay struct {
	Day   Date
	Coach PersonID // empty: nobody yet
}

// TestMove is one move of the theory test: both dates stay on record (mission C5-4a).
type TestMove struct {
	From, To Date
	Reason   string
	By       PersonID
	At       time.Time
}

// TestSitting is one sitting of the theory test.
type TestSitting struct {
	Day    Date
	Score  int
	Passed bool
	By     PersonID
	At     time.Time
}

// OrientationFile is what is known of one arrival: dates that people set, coaches, sittings. What
// follows from the rules (days of theory and practice, the day of the test) is computed, so that a
// new holiday notice moves it; a file nobody has touched is not kept at all (Files derives it).
type OrientationFile struct {
	ID       OrientationID // empty: derived from the stay, not kept yet
	Office   OfficeID      // where the person is; a transfer takes the file along
	Person   PersonID
	Since    Date   // the day of arrival, which is not counted (民法典第201条)
	Subject  string // Arrival.Subject: what its matters are called
	State    OrientationState
	Coach    PersonID
	Days     []CoachDay
	Test     Date // when a person set it (postponed, retest); zero: by the rule
	Moves    []TestMove
	Sittings []TestSitting
	No       int64 // N5: what the theory test is called once it was sat; 0 before
	Told     Date  // the day of the test people were told when the file was opened
	Closed   Date  // since when the person is on post, or the file is over
	Note     string
	Version  int64 // of the record, for the storage; 0: not kept yet
}

// HoursEntry is one line of the ledger of orientation hours (4.1): appended to, never changed; what
// was wrong is answered by its reversal. Hours of theory in class are not entered: they follow from
// the sessions held.
type HoursEntry struct {
	ID       EntryID
	Office   OfficeID
	Person   PersonID
	Since    Date // of the file
	Block    Block
	Day      Date
	Minutes  int    // negative of a reversal
	What     string // what was practised or taught
	Credit   bool   // earlier hours a supervisor took over, with a note (re-hire, transfer)
	By       PersonID
	At       time.Time
	Reverses EntryID
}

// Files gives the file of every arrival in the office: the kept ones, and those that follow from a
// stay alone (the staff file; mission C4-1a). settled are matters done by hand before files were.
func Files(staff Staff, o OfficeID, kept []OrientationFile, settled []Matter) []OrientationFile {
	var out []OrientationFile
	have := map[string]bool{}
	for _, f := range kept {
		have[f.Subject] = true
		if f.Office == o {
			out = append(out, f)
		}
	}
	for _, p := range staff {
		for _, a := range Arrivals(p, o) {
			if have[a.Subject] {
				continue
			}
			f := a.file(o)
			if slices.Contains(settled, Matter{o, TheoryTestDue, a.Subject}) {
				f.State = OnPost
			}
			out = append(out, f)
		}
	}
	return out
}

func (a Arrival) file(o OfficeID) OrientationFile {
	return OrientationFile{Office: o, Person: a.Person, Since: a.Since, Subject: a.Subject, State: OnTrial}
}

// Code gives what people call the file's theory test: N5 (新人), apart from the assessments.
func (f OrientationFile) Code() string { return fmt.Sprintf("N%d", f.No) }

// matter gives one of the file's matters.
func (f OrientationFile) matter(k MatterKind) Matter { return Matter{f.Office, k, f.Subject} }

// coachOn gives who coaches on a day, "" for nobody.
func (f OrientationFile) coachOn(d Date) PersonID {
	for _, x := range f.Days {
		if x.Day == d {
			return x.Coach
		}
	}
	return f.Coach
}

// coaches gives everyone who coaches, the file's coach first.
func (s SOP) coaches(f OrientationFile) []PersonID {
	var out []PersonID
	for _, d := range s.BlockDays(f.Since)[PracticeBlock] {
		if id := f.coachOn(d); id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if i := slices.Index(out, f.Coach); i > 0 {
		out = slices.Insert(slices.Delete(out, i, i+1), 0, f.Coach)
	}
	return out
}

// dayMinutes is how much a day of the orientation holds.
func (s SOP) dayMinutes() int {
	x := s.Policy.Orientation
	return (x.ClassHours + x.Days - 1) / x.Days * int(s.Policy.Teaching.ClassHour/time.Minute)
}

// BlockDays gives the working days of each part after an arrival: the theory on the first, the
// practice on those that follow (4.1: 5 days, 40 class hours).
func (s SOP) BlockDays(since Date) map[Block][]Date {
	out := map[Block][]Date{}
	n := 0
	for _, b := range Blocks() {
		for left := s.need(b); left > 0; left -= s.dayMinutes() {
			n++
			out[b] = append(out[b], s.Calendar.AddWorkingDays(since, n))
		}
	}
	return out
}

// TheoryDue is the last day of the theory (5.2.1).
func (s SOP) TheoryDue(since Date) Date {
	return s.Calendar.AddWorkingDays(since, s.Policy.Orientation.TheoryWithinWorkingDays)
}

// TestDay gives the day of a file's theory test: as a person set it, else by the rule (5.4.1).
func (s SOP) TestDay(f OrientationFile) Date {
	if !f.Test.IsZero() {
		return f.Test
	}
	return s.Calendar.AddWorkingDays(f.Since, s.Policy.Assessment.TheoryTestWorkingDay)
}

// Progress is how far a file has come, in minutes by part.
type Progress struct {
	Held    map[Block]int
	Coming  map[Block]int // of sessions that are still to be held
	Logged  []Date        // days of practice that are entered
	Briefed bool          // on fire safety, which 公安部令第61号第36条 asks for before going on post
}

// missing gives what is short of the least minutes of a part.
func (s SOP) missing(p Progress, b Block) int { return max(0, s.need(b)-p.Held[b]) }

// Unplanned gives what neither was held nor is planned.
func (s SOP) Unplanned(p Progress, b Block) int { return max(0, s.missing(p, b)-p.Coming[b]) }

// Progress adds a file up: the sessions that were held and attended, and the ledger. Sessions,
// presences and entries may be those of more people.
func (s SOP) Progress(f OrientationFile, who Person, xs []Session, seen []Attendance, hours []HoursEntry) Progress {
	p := Progress{Held: map[Block]int{}, Coming: map[Block]int{}}
	present := map[SessionID]bool{}
	for _, a := range seen {
		if a.Person == f.Person {
			present[a.Session] = true
		}
	}
	for _, x := range xs {
		b := s.blockOf(x)
		switch {
		case x.State == Cancelled || s.Calendar.Date(x.Start).Before(f.Since):
		case x.Counts() && present[x.ID]:
			if b != "" {
				p.Held[b] += s.taught(x)
			}
			p.Briefed = p.Briefed || s.briefs(x)
		case (x.State == Planned || x.State == Open) && b != "" && s.expects(x, who):
			p.Coming[b] += int(x.End.Sub(x.Start) / time.Minute)
		}
	}
	days, briefed := map[Date]int{}, 0
	for _, h := range hours {
		if h.Person != f.Person || h.Since != f.Since {
			continue
		}
		p.Held[h.Block] += h.Minutes
		if h.Block == PracticeBlock && !h.Credit {
			days[h.Day] += h.Minutes
		}
		if strings.Contains(h.What, fireWord) {
			briefed += h.Minutes
		}
	}
	p.Briefed = p.Briefed || briefed > 0
	for d, n := range days {
		if n > 0 {
			p.Logged = append(p.Logged, d)
		}
	}
	slices.SortFunc(p.Logged, Date.Compare)
	return p
}

// fireWord marks an entry as the fire briefing.
const fireWord = "消防"

// briefs says whether a session teaches fire safety.
func (s SOP) briefs(x Session) bool {
	return slices.ContainsFunc(x.TopicIDs, func(id string) bool {
		t, ok := s.Policy.Topic(id)
		return ok && (t.Category == FireSafety || strings.Contains(t.Name, fireWord))
	})
}

// taught gives the minutes a session really took: it may have ended early. They are rounded, so that
// a class dismissed a few minutes before the hour is not short.
func (s SOP) taught(x Session) int {
	end := x.End
	if !x.ClosedAt.IsZero() && x.ClosedAt.Before(end) {
		end = x.ClosedAt
	}
	n, step := max(0, int(end.Sub(x.Start)/time.Minute)), s.Policy.Orientation.RoundMinutes
	return min((n+step/2)/step*step, int(x.End.Sub(x.Start)/time.Minute))
}

// hours writes minutes as class hours without the unit: 8, 7.5.
func (s SOP) hours(minutes int) string { return strings.TrimSuffix(s.ClassHours(minutes), "课时") }

// standing gives 8/8, or 7/8（缺1小时）.
func (s SOP) standing(p Progress, b Block) string {
	out := fmt.Sprintf("%s %s/%s", b.Chinese(), s.hours(p.Held[b]), s.hours(s.need(b)))
	if n := s.missing(p, b); n > 0 {
		out += fmt.Sprintf("（缺%s小时）", s.hours(n))
	}
	return out
}

// Arithmetic explains the days of a file: 到岗当日不计；2月14日(周六)补班算，春节不算.
func (s SOP) Arithmetic(since, to Date) string {
	out := fmt.Sprintf("到岗当日（%s）不计", since.Chinese())
	if x := strings.TrimSuffix(s.between(since.AddDays(1), to), "。"); x != "" {
		out += "；" + x
	}
	if s.Calendar.Provisional(since.AddDays(1), to) {
		out += "；放假通知还没有公布，是暂定的，公布后重新计算并告诉您"
	}
	return out + "。"
}
