package domain

import (
	"fmt"
	"slices"
	"strings"
)

// The sources of a plan besides 4.0 as they are printed (5.1.1).
const (
	sourceMissed = "上月缺口"
	sourceWeak   = "考核结果"
	sourceNeed   = "员工需求"
	sourceOrder  = "上级要求"
	sourcePoint  = "重点"
)

// want is something besides 4.0 that is to be on the plan.
type want struct {
	topic  string     // "" when no topic fits
	source string     // one of the sources
	why    string     // more of it, printed in brackets
	input  Input      // of a need, an order, a point of emphasis
	people []PersonID // who missed it
	done   bool       // its topic has been taken from its pool
}

// wanted collects what is to be on the plan: gaps, results, orders, needs, points of emphasis.
func (d *drafting) wanted() []want {
	var out []want
	for _, x := range d.in.Missed {
		out = append(out, want{topic: x.Topic, source: sourceMissed, why: x.Why, people: x.People})
	}
	for _, x := range d.in.Weak {
		out = append(out, want{topic: x.Topic, source: sourceWeak, why: x.Why})
	}
	for _, k := range []struct {
		kind   InputKind
		source string
	}{{Order, sourceOrder}, {Need, sourceNeed}, {Emphasis, sourcePoint}} {
		for _, x := range d.in.Inputs {
			if x.Kind == k.kind && x.State == InputOpen {
				out = append(out, want{topic: x.Topic, source: k.source, input: x})
			}
		}
	}
	return out
}

// urgency orders the topics of a pool: what is wanted and not served yet comes first, by its source.
func (d *drafting) urgency(topic string) int {
	for i, w := range d.wants {
		if w.topic == topic && !w.done {
			return i
		}
	}
	return len(d.wants)
}

// served notes that a topic has been taken.
func (d *drafting) served(topic string) {
	for i := range d.wants {
		d.wants[i].done = d.wants[i].done || d.wants[i].topic == topic
	}
}

// extra puts what is wanted behind the lesson that teaches it, and adds a lesson for what has none
// this month; a need for which there is no topic is told.
func (d *drafting) extra() {
	for _, w := range d.wants {
		if x := d.teaching(w); x != nil {
			x.wants = append(x.wants, w)
			continue
		}
		t, known := d.Policy.Topic(w.topic)
		switch {
		case known && len(w.people) > 0:
			d.gap(t.Clause, fmt.Sprintf("%s %s，这个月没有轮到：发「补训 %s」给他们补。", t.Name, w.why, t.Name))
			continue
		case known && t.Every != OnceOnArrival:
		case w.source == sourceOrder: // an order is taught, whether 4.0 knows it or not
			t = Topic{ID: w.input.Text, Name: w.input.Text, Clause: "5.1.1", Category: Regular, Lecturers: []Role{Supervisor, Coach, SafetyOfficer}}
		default:
			if w.input.No > 0 {
				d.gap("5.1.1", fmt.Sprintf("%s %s“%s”在4.0里没有对应的内容，还没排。要排发「加一场」，不排发「不采纳 %s」。", w.input.Code(), w.input.Kind.Chinese(), w.input.Text, w.input.Code()))
			}
			continue
		}
		if k := d.freest(); k != nil {
			x := &session{topics: []Topic{t}, wants: []want{w}}
			k.sessions = append(k.sessions, x)
		}
	}
}

// teaching finds the lesson a want belongs to: the first that teaches its topic; for a point of
// emphasis without a topic the first of regular training.
func (d *drafting) teaching(w want) *session {
	for _, k := range d.weeks {
		for _, x := range k.sessions {
			if slices.ContainsFunc(x.topics, func(t Topic) bool {
				return t.ID == w.topic || w.topic == "" && w.source == sourcePoint && t.Category == Regular
			}) {
				return x
			}
		}
	}
	return nil
}

// source names everything a lesson is drawn from: 4.2.2、考核结果（8月错题）、员工需求（2人 X3 X4）.
func (x *session) source() string {
	out := []string{sourceOf(x.topics)}
	for _, name := range []string{sourceMissed, sourceWeak, sourceOrder, sourceNeed, sourcePoint} {
		var more []string
		people := map[PersonID]bool{}
		found := false
		for _, w := range x.wants {
			if w.source != name {
				continue
			}
			found = true
			switch {
			case w.input.No > 0:
				more = append(more, w.input.Code())
				people[w.input.By] = true
			case w.why != "" && !slices.Contains(more, w.why):
				more = append(more, w.why)
			}
		}
		if !found {
			continue
		}
		if name == sourceNeed {
			more = append([]string{fmt.Sprintf("%d人", len(people))}, more...)
		}
		if len(more) > 0 {
			name += "（" + strings.Join(more, " ") + "）"
		}
		out = append(out, name)
	}
	return strings.Join(out, "、")
}

// emphasis gives the points of emphasis of a lesson.
func (x *session) emphasis() []EmphasisOn {
	var out []EmphasisOn
	for _, w := range x.wants {
		if w.source == sourcePoint {
			topic := w.topic
			if topic == "" {
				topic = x.topics[0].ID
			}
			out = append(out, EmphasisOn{topic, w.input.Text})
		}
	}
	return out
}

// inputs gives the numbers of the inputs a lesson serves.
func (x *session) inputs() []int64 {
	var out []int64
	for _, w := range x.wants {
		if w.input.No > 0 {
			out = append(out, w.input.No)
		}
	}
	return out
}

// Sources says what the lines of a plan were drawn from, source by source; one with nothing says 无
// (5.1.1, mission C5-1a).
func (p Plan) Sources(items []Item) string {
	items = lessonsOf(items)
	clauses := 0
	for _, it := range items {
		if strings.HasPrefix(it.Source, "4.") {
			clauses++
		}
	}
	out := "规程4.0频次 " + p.Period.count(clauses, 0)
	if clauses == 0 {
		out = "规程4.0频次 无"
	}
	for _, name := range []string{sourceMissed, sourceWeak, sourceNeed, sourceOrder, sourcePoint} {
		n := 0
		for _, it := range items {
			if strings.Contains(it.Source, name) {
				n++
			}
		}
		if n == 0 {
			out += "；" + name + " 无"
		} else {
			out += fmt.Sprintf("；%s %s", name, p.Period.count(n, 0))
		}
	}
	return out + "。"
}

// Printed gives the topics of a line as they are printed, with their points of emphasis.
func (s SOP) Printed(it Item) []string {
	out := s.TopicNames(it.Topics)
	for _, e := range it.Emphasis {
		if i := max(0, slices.Index(it.Topics, e.Topic)); i < len(out) {
			out[i] = emphasised(out[i], e.Text)
		}
	}
	return out
}
