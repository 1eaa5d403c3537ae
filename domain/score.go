package domain

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Score is one entry of the scores, appended to only: a correction replaces an earlier entry, which
// stays (5.4, mission E18).
type Score struct {
	ID         ScoreID
	Assessment AssessmentID
	Person     PersonID
	Sitting    int // which time this person takes it: 1, 2, 3
	Part       Part
	Points     int  // of 100
	Absent     bool // was absent without a reason: counts as failed
	Checked    int  // practical: points checked
	Missed     []string
	Conflicts  []Conflicting // practical: what the trainee was taught differs from practice (6.1.2)
	Wrong      []string      // written by chat: the topics of the wrong answers
	Source     string        // 录入, 答卷, 检查表, 与T5合并
	Reason     string        // of a correction
	By         PersonID
	At         time.Time
	Replaces   ScoreID // empty for the first entry
}

// Conflicting is one point where what was taught contradicts practice: an error point (误差, open
// point 14).
type Conflicting struct {
	Point    string
	Topic    string
	Lecturer PersonID `json:",omitempty"`
	Note     string   `json:",omitempty"`
}

// Text gives 书面70, 实操67（漏：报警流程）.
func (x Score) Text() string {
	out := fmt.Sprintf("%s%d", x.Part.Chinese(), x.Points)
	if x.Absent {
		out = x.Part.Chinese() + "缺考"
	}
	if len(x.Missed) > 0 {
		out += "（漏：" + strings.Join(x.Missed, "、") + "）"
	}
	return out
}

// validScores gives the entries nothing has replaced.
func validScores(all []Score) []Score {
	replaced := map[ScoreID]bool{}
	for _, x := range all {
		if x.Replaces != "" {
			replaced[x.Replaces] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(x Score) bool { return replaced[x.ID] })
}

// Try is one person's sitting of an assessment, made up of the scores of its parts.
type Try struct {
	Sitting int
	Needs   []Part // the parts taken at this sitting
	Scores  []Score
	Over    bool // every part has its score
	Passed  bool
	Day     time.Time // when the last score came
}

// Lacks gives the parts without a score yet.
func (t Try) Lacks() []Part {
	return slices.DeleteFunc(slices.Clone(t.Needs), func(p Part) bool { return t.score(p) != nil })
}

func (t Try) score(p Part) *Score {
	for i := range t.Scores {
		if t.Scores[i].Part == p {
			return &t.Scores[i]
		}
	}
	return nil
}

// Text gives 书面70、实操85.
func (t Try) Text() string {
	out := make([]string, len(t.Scores))
	for i, x := range t.Scores {
		out[i] = x.Text()
	}
	return strings.Join(out, "、")
}

// Tries gives somebody's sittings so far, oldest first. Both parts need the pass mark (open point
// 11); a retake takes the parts that failed, or all with RetakeWhole. After a failed sitting nothing
// is listed before the next one has a score.
func (s SOP) Tries(a Assessment, scores []Score, p PersonID) []Try {
	var out []Try
	valid := validScores(scores)
	needs := a.Parts
	for sitting := 1; ; sitting++ {
		t := Try{Sitting: sitting, Needs: needs}
		for _, part := range needs {
			for _, x := range valid {
				if x.Person == p && x.Sitting == sitting && x.Part == part {
					t.Scores = append(t.Scores, x)
					if x.At.After(t.Day) {
						t.Day = x.At
					}
				}
			}
		}
		if len(t.Scores) == 0 {
			return out
		}
		t.Over = len(t.Lacks()) == 0
		var failed []Part
		for _, x := range t.Scores {
			if x.Absent || x.Points < s.Policy.Assessment.PassMark {
				failed = append(failed, x.Part)
			}
		}
		t.Passed = t.Over && len(failed) == 0
		out = append(out, t)
		if !t.Over || t.Passed {
			return out
		}
		if needs = failed; s.Policy.Assessment.RetakeWhole {
			needs = a.Parts
		}
	}
}

// current gives the sitting somebody is at: an unfinished one, or the one to come after a failure;
// passed says that there is none any more.
func (s SOP) current(a Assessment, scores []Score, p PersonID) (t Try, passed bool) {
	tries := s.Tries(a, scores, p)
	if len(tries) == 0 {
		return Try{Sitting: 1, Needs: a.Parts}, false
	}
	last := tries[len(tries)-1]
	if !last.Over || last.Passed {
		return last, last.Passed
	}
	next := Try{Sitting: last.Sitting + 1, Needs: a.Parts}
	if !s.Policy.Assessment.RetakeWhole {
		next.Needs = nil
		for _, x := range last.Scores {
			if x.Absent || x.Points < s.Policy.Assessment.PassMark {
				next.Needs = append(next.Needs, x.Part)
			}
		}
	}
	return next, false
}

// PassRate is how an assessment stands after so many sittings of everyone (6.1.1): cumulative over
// all who are due, a retaker counted once.
type PassRate struct {
	Sitting  int
	Due      int // who counts: neither exempt, nor deferred without a sitting, nor gone by then
	Passed   int
	Failed   []PersonID // took part so many times and has not passed
	Missing  []PersonID // has neither passed nor had so many sittings
	Standard int        // the pass rate of 6.1.1 in percent
	Allowed  int        // how many may fail, in heads
	Day      Date       // of the last score counted
}

// Over says whether nobody is missing.
func (x PassRate) Over() bool { return x.Due > 0 && len(x.Missing) == 0 }

// Met says whether the standard is reached.
func (x PassRate) Met() bool { return x.Due-x.Passed <= x.Allowed }

// Text gives 第1次：12人合格10人，83.3%，标准90%（12人最多1人不合格），未达标.
func (x PassRate) Text() string {
	verdict := "达标"
	switch {
	case !x.Over():
		verdict = fmt.Sprintf("还差%d人的成绩", len(x.Missing))
	case !x.Met():
		verdict = "未达标"
	}
	return fmt.Sprintf("第%d次：应考%d人，累计合格%d人，%s，标准%d%%（%s），%s", x.Sitting, x.Due, x.Passed, RateText(x.Passed, x.Due), x.Standard, HeadsText(x.Due, x.Standard), verdict)
}

// Standings gives the standing after each sitting that has begun, the first always. Who left counts
// up to the day on which the sitting was over (mission C6-1a); today is that day while it is not.
func (s SOP) Standings(a Assessment, scores []Score, staff Staff, today Date) []PassRate {
	var out []PassRate
	for i, standard := range s.Policy.Assessment.PassRates {
		x := s.standingAfter(a, scores, staff, today, i+1)
		x.Standard, x.Allowed = standard, AllowedFails(x.Due, standard)
		out = append(out, x)
		if !x.Over() || len(x.Failed) == 0 {
			break
		}
	}
	return out
}

func (s SOP) standingAfter(a Assessment, scores []Score, staff Staff, today Date, n int) PassRate {
	tries := map[PersonID][]Try{}
	asOf := Date{}
	waits := false
	for _, x := range a.Candidates {
		ts := s.Tries(a, scores, x.Person)
		tries[x.Person] = ts
		for _, t := range ts[:min(n, len(ts))] {
			if t.Over && s.Calendar.Date(t.Day).After(asOf) {
				asOf = s.Calendar.Date(t.Day)
			}
		}
		waits = waits || x.State == MustSit && !settledAt(ts, n) && s.enrolled(a.Office, x.Person, staff, today)
	}
	day := today
	if !waits && !asOf.IsZero() {
		day = asOf
	}
	out := PassRate{Sitting: n, Day: asOf}
	for _, x := range a.Candidates {
		ts := tries[x.Person]
		if x.State == Exempt || x.State == Deferred && (len(ts) == 0 || !ts[0].Over) || !s.enrolled(a.Office, x.Person, staff, day) {
			continue
		}
		out.Due++
		switch {
		case passedBy(ts, n):
			out.Passed++
		case settledAt(ts, n):
			out.Failed = append(out.Failed, x.Person)
		default:
			out.Missing = append(out.Missing, x.Person)
		}
	}
	return out
}

// enrolled says whether somebody still is a trainee of the office on a day.
func (s SOP) enrolled(o OfficeID, id PersonID, staff Staff, day Date) bool {
	p, ok := staff.Person(id)
	return ok && p.Has(o, Trainee, day)
}

// settledAt says that somebody passed within n sittings or had all n.
func settledAt(ts []Try, n int) bool { return passedBy(ts, n) || len(ts) >= n && ts[n-1].Over }

func passedBy(ts []Try, n int) bool {
	return slices.ContainsFunc(ts[:min(n, len(ts))], func(t Try) bool { return t.Passed })
}

// ErrorPoints counts what the practical checks looked at and what contradicted what had been taught
// (误差, open point 14), of all or of one lecturer's topics. The lecturer's measure of 6.1.2 is
// conflicts ÷ checked.
func (a Assessment) ErrorPoints(scores []Score) (checked int, conflicts []Conflicting) {
	for _, x := range validScores(scores) {
		checked += x.Checked
		conflicts = append(conflicts, x.Conflicts...)
	}
	return checked, conflicts
}
