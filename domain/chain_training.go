package domain

import (
	"fmt"
	"slices"
	"time"
)

// individualTitle is what an individual training is called on a timetable.
const individualTitle = "单独培训"

// slotDays is how far ahead a time for individual training is looked for. It is a habit of planning,
// no rule of the office.
const slotDays = 14

// TrainingSlot finds the time for somebody's individual training (6.2.3, mission open point 19):
// outside their shift, never in the rest after a night shift, clear of the sessions they and the
// trainer have. A day that touches no night shift is preferred. It gives the zero time when there is
// none within two weeks.
func (s SOP) TrainingSlot(c Case, who Person, trainer PersonID, after Date, busy []Session) time.Time {
	x := s.Policy.Retake
	night := func(d Date) bool {
		shift, ok := s.Policy.Shifts.Shift(who.ShiftIn(c.Office.ID, d))
		return ok && shift.Night()
	}
	first := s.Calendar.AddWorkingDays(after, x.TrainFrom)
	var fallback time.Time
	for i := range slotDays {
		d := first.AddDays(i)
		at := s.Calendar.At(d, x.timeFor(who.ShiftIn(c.Office.ID, d)))
		if !s.Calendar.Working(d) || !at.After(c.Now) || s.Taken(c, who, trainer, at, busy) {
			continue
		}
		if s.Rests(who, c.Office.ID, at) {
			continue
		}
		if !night(d) && !night(d.AddDays(-1)) {
			return at
		}
		if fallback.IsZero() {
			fallback = at
		}
	}
	return fallback
}

func (x RetakePolicy) timeFor(shift string) Clock {
	if i := slices.IndexFunc(x.TrainTimes, func(t ShiftTime) bool { return t.Shift == shift }); i >= 0 {
		return x.TrainTimes[i].At
	}
	return x.TrainTimes[0].At
}

// Taken says whether the person or the trainer has a session at the time.
func (s SOP) Taken(c Case, who Person, trainer PersonID, at time.Time, busy []Session) bool {
	end := at.Add(s.trainingSpan())
	return slices.ContainsFunc(busy, func(x Session) bool {
		if x.State == Cancelled || !x.Start.Before(end) || !at.Before(x.End) {
			return false
		}
		return s.expects(x, who) || x.Lecturer == who.ID || trainer != "" && (x.Lecturer == trainer || slices.Contains(x.Invited, trainer))
	})
}

func (s SOP) trainingSpan() time.Duration {
	return time.Duration(s.Policy.Retake.TrainMinutes) * time.Minute
}

// Slot sets the proposed time of a step's individual training.
func (s SOP) Slot(step ChainStep, at time.Time) ChainStep {
	step.Start, step.End = time.Time{}, time.Time{}
	if !at.IsZero() {
		step.Start, step.End = at, at.Add(s.trainingSpan())
	}
	return step
}

// TrainingSession is the individual training of a chain as a session for that person alone. The
// caller gives ID and No; minutes 0 is the usual length.
func (s SOP) TrainingSession(c Case, x Chain, trainer PersonID, at time.Time, minutes int) Session {
	span := s.trainingSpan()
	if minutes > 0 {
		span = time.Duration(minutes) * time.Minute
	}
	return c.selfConfirmed(Session{
		Office: c.Office.ID, Item: ItemID(x.ID), Topics: []string{individualTitle + "：" + x.Title}, Source: "6.2.3", Lecturer: trainer,
		Start: at, End: at.Add(span), Room: s.Policy.Drafting.Room, State: Planned, Invited: []PersonID{x.Person},
	})
}

// HeldTraining is an individual training that is entered after it was given: on the record by hand,
// with its start and end for the hours.
func (s SOP) HeldTraining(c Case, y Session, reason string, msg MessageID) (Session, Attendance) {
	y.State, y.Roster, y.OpenedAt, y.ClosedAt, y.CloseNote = Closed, y.Invited, y.Start, y.End, "补录："+reason
	return y, Attendance{Session: y.ID, Person: y.Invited[0], At: y.Start, Way: ByHand, MarkedBy: c.By.ID, Reason: reason, Message: msg}
}

// LeaveTraining calls off the individual training another office had planned for somebody who has come
// from there since: here it is arranged anew (6.2.3). Its lecturer is told.
func (s SOP) LeaveTraining(c Case, y Session) Change {
	y.State, y.Reason = Cancelled, "调到"+c.Office.Name+"，另排"
	text := fmt.Sprintf("%s %s（%s）不用讲了：%s已调走，由%s另排。", y.Code(), y.Title(), s.Moment(y.Start), c.Staff.Name(y.Invited[0]), c.Office.Name)
	key := fmt.Sprintf("training.left:%s:%d", y.ID, y.Version)
	out := Change{Sessions: []Session{y}, Closed: y.reminders(), Audit: []Audit{c.audit("training.left", y.Code(), "6.2.3", text)}}
	if y.Lecturer != "" {
		out.Notices = []Notice{{Key: key, Thread: key, Office: y.Office, Stage: "changed", Clause: "6.2.3", At: c.Now, To: []PersonID{y.Lecturer}, Body: Say(text),
			Why: "规程6.2.3：补考前的单独培训随人走，由现在的管理处安排。"}}
	}
	return out
}

// IsIndividual says whether a session is somebody's individual training.
func (x Session) IsIndividual() bool { return x.Source == "6.2.3" && len(x.Invited) == 1 }

// IndividualHours lists the individual trainings of a span with start, end and minutes, and their
// sum a person: training outside the shift may be overtime, so HR gets the hours.
func (s SOP) IndividualHours(c Case, sessions []Session) (lines []string) {
	sum := map[PersonID]int{}
	var order []PersonID
	for _, x := range sessions {
		if !x.IsIndividual() || x.State == Cancelled {
			continue
		}
		who := x.Invited[0]
		start, end, note := x.Start, x.End, "待上"
		if x.State == Closed {
			start, end, note = later(x.OpenedAt, x.Start), x.ClosedAt, "已上"
			if !slices.Contains(order, who) {
				order = append(order, who)
			}
			sum[who] += int(end.Sub(start) / time.Minute)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s–%s %s 讲师%s %s", x.Code(), c.Staff.Name(who), s.Moment(start), s.Hour(end), Join(x.Topics), c.lecturer(x.Lecturer), note))
	}
	for _, who := range order {
		lines = append(lines, fmt.Sprintf("%s 业余时间培训共%d分钟，供人事核算工时", c.Staff.Name(who), sum[who]))
	}
	return lines
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
