package domain

import "fmt"

// LastGaps gives what the months before leave to a plan (5.1.1): topics that stood on the plan and were
// called off or not held, and have not been taught since nor are still to be; then topics some people missed when they were
// held and have not made up. h holds the sessions from the day since on, in their order. Who missed a weekly lesson
// hears the next; of fire safety the year counts (4.4) and 缺口 消防 sees to it.
func (s SOP) LastGaps(h History, since, today Date) []WeakTopic {
	var out []WeakTopic
	left := map[string]bool{}
	for _, t := range s.Policy.Curriculum {
		if t.Every == OnceOnArrival {
			continue
		}
		if why := s.leftOut(h, t.ID, since, today); why != "" {
			left[t.ID] = true
			out = append(out, WeakTopic{Topic: t.ID, Why: why})
		}
	}
	for _, t := range s.Policy.Curriculum {
		if left[t.ID] || t.Every == OnceOnArrival || t.Every == Weekly || t.Every == Quarterly {
			continue
		}
		last := s.lastHeld(h, t.ID, since, today)
		if last.IsZero() {
			continue
		}
		people, _ := s.Missed(h, []Topic{t}, last.MonthOf().First(), today)
		if len(people) > 0 {
			out = append(out, WeakTopic{Topic: t.ID, Why: fmt.Sprintf("%d月%d人缺课", int(last.Month), len(people)), People: people})
		}
	}
	return out
}

// leftOut says when a topic was last called off or not held although it was planned, "" when it was
// taught on that day or after, or still is to be.
func (s SOP) leftOut(h History, topic string, since, today Date) string {
	why, day := "", Date{}
	for _, x := range h.Sessions {
		d := s.Calendar.Date(x.Start)
		if x.Office != h.Office.ID || d.Before(since) || x.Invited != nil || !x.teaches([]string{topic}) || d.Before(day) {
			continue
		}
		switch {
		case x.Counts(), x.State == Open, x.State == Planned && !d.Before(today):
			why, day = "", d
		case d == day && why == "" && !day.IsZero(): // another run of that day was held
		case x.State == Cancelled:
			why, day = fmt.Sprintf("%d月%d日取消", int(d.Month), d.Day), d
		case x.State == Planned:
			why, day = fmt.Sprintf("%d月%d日没上", int(d.Month), d.Day), d
		}
	}
	return why
}

// lastHeld gives the day on which a topic was last taught, zero when it was not.
func (s SOP) lastHeld(h History, topic string, since, today Date) Date {
	last := Date{}
	for _, x := range h.Sessions {
		if d := s.Calendar.Date(x.Start); x.Office == h.Office.ID && x.Counts() && x.teaches([]string{topic}) && !d.Before(since) && !d.After(today) && d.After(last) {
			last = d
		}
	}
	return last
}
