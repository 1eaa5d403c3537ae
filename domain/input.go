package domain

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// InputKind is where something comes from that a plan is drawn from besides 4.0 (5.1.1, 5.3.2).
type InputKind string

// The kinds of input. Assessment results come from the assessments, gaps from the coverage.
const (
	Need     InputKind = "need"     // 需求: what somebody on the staff asks for
	Order    InputKind = "order"    // 指令: what the company or the office orders
	Emphasis InputKind = "emphasis" // 重点: what owners' needs call for (5.3.2)
)

// Chinese gives the kind as people say it.
func (k InputKind) Chinese() string {
	return map[InputKind]string{Need: "需求", Order: "指令", Emphasis: "重点"}[k]
}

// InputState is where an input stands.
type InputState string

// The states of an input.
const (
	InputOpen    InputState = "open"
	InputUsed    InputState = "used"    // a plan in force, or a session, holds it
	InputDropped InputState = "dropped" // the supervisor decided against it, with a reason
)

// Input is one thing a plan is drawn from besides 4.0. People call it X3.
type Input struct {
	ID      InputID
	No      int64
	Office  OfficeID
	Kind    InputKind
	Text    string // without telephone numbers
	Topic   string // the topic of the curriculum it belongs to; "" when none fits
	By      PersonID
	At      time.Time
	State   InputState
	Session SessionID // of an emphasis: where it is taught
	Closed  time.Time // since when it is used or dropped
	Reason  string    // why it was dropped, or what holds it
	Version int64     // of the record, for the storage
}

// Code gives what people call the input: X3.
func (x Input) Code() string { return fmt.Sprintf("X%d", x.No) }

// phones are mobile numbers, and numbers of a house with or without its area.
var phones = regexp.MustCompile(`1[3-9]\d[ -]?\d{4}[ -]?\d{4}|0\d{2,3}-?\d{7,8}|[2-8]\d{6,7}`)

// MaskPhones hides the telephone numbers in a text but for three digits at both ends of each, and
// says whether there were any (mission C5-3b: owners' data do not belong into training records).
func MaskPhones(text string) (masked string, found bool) {
	masked = phones.ReplaceAllStringFunc(text, func(n string) string {
		found = true
		return n[:3] + "****" + n[len(n)-3:]
	})
	return masked, found
}

// TopicIn finds the topic a text speaks of: the longest of the names and aliases it holds decides,
// of equally long ones the first of 4.0. Orientation (4.1) is no topic of a plan.
func (p Policy) TopicIn(text string) (Topic, bool) {
	var best Topic
	longest := 1 // one character says nothing
	said := bare(text)
	for _, t := range p.Curriculum {
		if t.Every == OnceOnArrival {
			continue
		}
		for _, n := range append([]string{t.Name}, t.Aliases...) {
			if n = bare(n); strings.Contains(said, n) && len([]rune(n)) > longest {
				best, longest = t, len([]rune(n))
			}
		}
	}
	return best, longest > 1
}

// BareRef says whether a text is nothing but the number of a thing, which nobody means as a reason or a wish.
func BareRef(text string) bool { return bareRef.MatchString(strings.TrimSpace(text)) }

var bareRef = regexp.MustCompile(`^[A-Za-zＡ-Ｚａ-ｚ][0-9０-９]+$`)

// Collect takes an input down (5.1.1). No and ID come from the caller.
func (s SOP) Collect(c Case, x Input) (Input, Change, error) {
	if x.Kind == Emphasis {
		if err := s.may(c, Supervisor, "5.3.2", "补充培训重点"); err != nil {
			return x, Change{}, err
		}
	}
	masked := false
	x.Office, x.By, x.At, x.State = c.Office.ID, c.By.ID, c.Now, InputOpen
	if x.Text, masked = MaskPhones(strings.TrimSpace(x.Text)); x.Text == "" {
		return x, c.AskFor(x.Kind.Chinese(), map[InputKind]string{
			Need: "想学什么？写一句就行。（不提了就发「算了」。）", Order: "要求培训什么？请写一句。（不提了就发「算了」。）", Emphasis: "重点是什么？请写一句，如：高空抛物投诉。（不加了就发「算了」。）",
		}[x.Kind]), nil
	}
	if BareRef(x.Text) {
		return x, Change{}, Refuse(Invalid, "5.1.1", fmt.Sprintf("“%s”是编号，不是内容。看已收集的发「%s」，要提就写一句，如「%s 想多练投诉电话怎么接」。", x.Text, x.Kind.Chinese(), x.Kind.Chinese()))
	}
	about := ""
	t, ok := s.Policy.TopicIn(x.Text)
	if !ok {
		t, ok = s.Policy.checkedIn(x.Text)
	}
	if ok {
		x.Topic, about = t.ID, "（"+t.Name+"）"
	}
	text := fmt.Sprintf("已记%s %s：%s%s。", x.Kind.Chinese(), x.Code(), x.Text, about)
	if masked {
		text += "里面的电话号码已隐去：业主的个人信息不写进培训记录。"
	}
	return x, Change{
		Inputs: []Input{x},
		Audit:  []Audit{c.audit("input."+string(x.Kind), x.Code(), "5.1.1", text)},
		Reply:  Answer{Body: Say(text)},
	}, nil
}

// checkedIn finds the topic of the checkpoint of the practical a text names: 回访时限 belongs to the
// handling of complaints.
func (p Policy) checkedIn(text string) (Topic, bool) {
	_, points := Bank()
	for _, c := range points {
		if t, known := p.Topic(c.Topic); known && strings.Contains(text, c.Name) {
			return t, true
		}
	}
	return Topic{}, false
}

// Use marks an input as held by something.
func (s SOP) Use(c Case, x Input, by string) Input {
	x.State, x.Closed, x.Reason = InputUsed, c.Now, by
	return x
}

// DropInput puts an input aside, with a reason for the one who gave it.
func (s SOP) DropInput(c Case, x Input, reason string) (Change, error) {
	if err := s.may(c, Supervisor, "5.1.1", "不采纳一条需求"); err != nil {
		return Change{}, err
	}
	if x.State != InputOpen {
		return Change{}, Refuse(Conflict, "5.1.1", s.InputLine(c.Staff, x)+"，不用再处理。")
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return c.AskFor("不采纳 "+x.Code(), fmt.Sprintf("为什么不采纳“%s”？请写一句，会告诉%s。（先留着就发「算了」。）", x.Text, c.Staff.Name(x.By))), nil
	}
	x.State, x.Closed, x.Reason = InputDropped, c.Now, reason
	text := fmt.Sprintf("已划掉%s %s：%s（%s）。", x.Kind.Chinese(), x.Code(), x.Text, reason)
	out := Change{Inputs: []Input{x}, Audit: []Audit{c.audit("input.drop", x.Code(), "5.1.1", text)}, Reply: Answer{Body: Say(text)}}
	if to := without([]PersonID{x.By}, c.By.ID); len(to) > 0 {
		out.Notices = []Notice{x.told(c, to, fmt.Sprintf("您提的%s %s“%s”没有采纳：%s。", x.Kind.Chinese(), x.Code(), x.Text, reason))}
	}
	return out, nil
}

// told makes the notice that tells people what became of an input.
func (x Input) told(c Case, to []PersonID, text string) Notice {
	key := fmt.Sprintf("input:%s:%s", x.ID, x.State)
	return Notice{Key: key, Thread: key, Office: x.Office, Stage: "decided", Clause: "5.1.1", At: c.Now, To: to, Body: Say(text),
		Why: "规程5.1.1：计划的依据之一是员工需求和公司、管理处的要求；您提的有了结果。"}
}

// InputLine says in a line what an input is and how it stands.
func (s SOP) InputLine(staff Staff, x Input) string {
	out := fmt.Sprintf("%s %s %s（%s %s）", x.Code(), x.Kind.Chinese(), x.Text, staff.Name(x.By), s.Calendar.Date(x.At).Chinese())
	switch x.State {
	case InputUsed:
		out += "，已用于" + x.Reason
	case InputDropped:
		out += "，未采纳：" + x.Reason
	}
	return out
}

// Emphasised gives the session with a point of emphasis printed behind the topic it belongs to.
func (s SOP) Emphasised(x Session, e Input) Session {
	at := max(0, slices.Index(x.TopicIDs, e.Topic))
	x.Topics = slices.Clone(x.Topics)
	if at < len(x.Topics) {
		x.Topics[at] = emphasised(x.Topics[at], e.Text)
	}
	return x
}

const emphasisMark = "（重点："

// emphasised prints a point of emphasis behind a topic, or behind the points that stand there.
func emphasised(topic, text string) string {
	if strings.Contains(topic, emphasisMark) {
		return strings.TrimSuffix(topic, "）") + "；" + text + "）"
	}
	return topic + emphasisMark + text + "）"
}

// Attach puts a point of emphasis into the next session that teaches its topic, or without a topic
// into the next one of regular training (5.3.2). Without such a session it waits for the next draft.
func (s SOP) Attach(c Case, e Input, sessions []Session) (Input, Change) {
	fits := func(x Session) bool {
		if x.State != Planned || !x.Start.After(c.Now) || x.Run > RunName(0) {
			return false
		}
		if e.Topic != "" {
			return slices.Contains(x.TopicIDs, e.Topic)
		}
		return slices.ContainsFunc(x.TopicIDs, func(id string) bool { t, _ := s.Policy.Topic(id); return t.Category == Regular })
	}
	sessions = slices.Clone(sessions)
	slices.SortStableFunc(sessions, func(a, b Session) int { return a.Start.Compare(b.Start) })
	i := slices.IndexFunc(sessions, fits)
	if i < 0 {
		return e, Change{Reply: Answer{Body: Say("最近没有合适的场次，下次拟计划时会排进去。")}}
	}
	out := Change{}
	first := sessions[i]
	for _, x := range sessions { // every run of the lesson teaches the same
		if x.ID == first.ID || first.Group != "" && x.Group == first.Group && x.State == Planned {
			x = s.Emphasised(x, e)
			out.Sessions = append(out.Sessions, x)
			if to := without([]PersonID{x.Lecturer}, c.By.ID); len(to) > 0 && x.Lecturer != "" {
				key := fmt.Sprintf("emphasis:%s:%s", e.ID, x.ID)
				at, _ := s.undisturbed(c.Now, x.Start)
				out.Notices = append(out.Notices, Notice{Key: key, Thread: key, Office: c.Office.ID, Stage: "changed", Clause: "5.3.2", At: at, To: to,
					Body: Say(fmt.Sprintf("%s %s 请讲到重点：%s（%s提出）。", x.Code(), s.Moment(x.Start), e.Text, c.By.Name)),
					Why:  "规程5.3.2：主管根据业主需求随时补充和修改培训重点。"})
			}
		}
	}
	e = s.Use(c, e, fmt.Sprintf("%s %s", first.Code(), s.Moment(first.Start)))
	e.Session = first.ID
	out.Reply = Answer{Body: Say(fmt.Sprintf("已加到 %s %s %s，会印在课表和记录表上。", first.Code(), s.Moment(first.Start), Join(s.Emphasised(first, e).Topics)))}
	return e, out
}

// InForce marks what a plan that is in force now holds of the open inputs as used, and tells those
// who gave them when it is taught.
func (s SOP) InForce(c Case, p Plan, open []Input, sessions []Session) Change {
	v, ok := p.In(Approved)
	if !ok {
		return Change{}
	}
	made := map[ItemID]Session{}
	for _, x := range sessions {
		made[x.Item] = x
	}
	out := Change{}
	for _, x := range open {
		i := slices.IndexFunc(v.Items, func(it Item) bool { return slices.Contains(it.Inputs, x.No) })
		if i < 0 {
			continue
		}
		it := v.Items[i]
		when := fmt.Sprintf("%s %s %s", it.Date.Chinese(), it.Start, Join(s.TopicNames(it.Topics)))
		x = s.Use(c, x, p.Code()+" "+when)
		x.Session = made[it.ID].ID
		out.Inputs = append(out.Inputs, x)
		if to := without([]PersonID{x.By}, c.By.ID); len(to) > 0 && x.Kind != Emphasis {
			out.Notices = append(out.Notices, x.told(c, to, fmt.Sprintf("您提的%s %s“%s”已排进计划：%s。", x.Kind.Chinese(), x.Code(), x.Text, when)))
		}
	}
	return out
}
