package domain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Digested says whether a moment of a stage waits for the morning's digest of those it is for: what
// is ahead, what has been overdue for more than a day, and weekly checks. All else is a message of
// its own: the very day, the working day to aim at, an opening window, an arrival, a session, the
// first day overdue, and every card that is there to be pressed (approvals).
func (x stage) digested(kind MatterKind, m moment) bool {
	if x.own || kind == SessionComing || kind == ProposalWaiting || x.card() {
		return false
	}
	switch x.name {
	case "ahead", "check", "nobody", "statement":
		return true
	case "overdue":
		return m.n > 1
	}
	return false
}

// card says whether a stage speaks with a card that waits to be pressed: an approval.
func (x stage) card() bool { return slices.Contains(x.roles, Director) && x.voice == "" }

// Person gives the part of a notice that is for one of its people, with a key and a thread of its own.
func (n Notice) person(id PersonID) Notice {
	n.Key, n.To = n.Key+"@"+string(id), []PersonID{id}
	return n
}

// apart splits the notices that wait for the digest by their receivers, so that each person's digest
// holds what that person has not been told.
func apart(ns []Notice) []Notice {
	out := make([]Notice, 0, len(ns))
	for _, n := range ns {
		if !n.Digest {
			out = append(out, n)
			continue
		}
		for _, id := range n.To {
			out = append(out, n.person(id))
		}
	}
	return out
}

// Fold makes one notice a day for each person out of the notices that wait for the digest: what Told
// gave for the offices and was not told yet. Before the morning they wait; a person has one digest a day,
// whatever number of offices it is of, so what comes up after it waits for the next. A digest of one is
// that notice itself, card and all. The others are given back as they are, in the order of At, then Key.
func (s SOP) Fold(offices []Office, fresh []Notice, now time.Time) []Notice {
	now = now.In(s.Calendar.zone())
	mine := map[PersonID][]Notice{}
	var out []Notice
	for _, n := range fresh {
		switch {
		case !n.Digest:
			out = append(out, n)
		case !ClockOf(now).Before(s.Policy.Reminders.Morning):
			mine[n.To[0]] = append(mine[n.To[0]], n)
		}
	}
	for id, items := range mine {
		out = append(out, s.digest(offices, id, items, now))
	}
	slices.SortFunc(out, func(a, b Notice) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Key, b.Key)) })
	return out
}

// digest is one person's digest of a day. It is of the office whose matter is the most pressing.
func (s SOP) digest(offices []Office, id PersonID, items []Notice, now time.Time) Notice {
	slices.SortStableFunc(items, func(a, b Notice) int {
		return cmp.Or(a.Deadline.Compare(b.Deadline), a.At.Compare(b.At), cmp.Compare(a.Key, b.Key))
	})
	day := DateOf(now)
	key := fmt.Sprintf("digest:%s:%s", id, day) // no later digest takes its place: each tells other things
	n := Notice{Key: key, Thread: key, Office: items[0].Office, Stage: "digest", Clause: "3.0", At: s.Calendar.At(day, s.Policy.Reminders.Morning), To: []PersonID{id}}
	return n.Folded(items, offices)
}

// Folded gives a digest with the words of these items: of those it was made of, or of what is left when
// some were settled before it went out. A digest of one speaks as that notice does; one of several offices
// has a heading for each, and says but once what is of the program itself and the same in all of them.
func (n Notice) Folded(items []Notice, offices []Office) Notice {
	if len(items) == 1 {
		x := items[0]
		n.Kind, n.Stage, n.Clause, n.Deadline, n.Body, n.Why, n.Expires, n.Items = x.Kind, x.Stage, x.Clause, x.Deadline, x.Body, x.Why, x.Expires, items
		return n
	}
	parts := byOffice(items, offices)
	count := 0
	for _, p := range parts {
		count += len(p.texts)
	}
	say := func(line func(text string) string) string {
		var text strings.Builder
		fmt.Fprintf(&text, "%s要留意的%d件事：", DateOf(n.At).Chinese(), count)
		i := 0
		for _, p := range parts {
			if len(parts) > 1 {
				text.WriteString("\n【" + p.name + "】")
			}
			for _, x := range p.texts {
				i++
				fmt.Fprintf(&text, "\n%d. %s", i, line(x))
			}
		}
		return text.String()
	}
	text := say(func(x string) string { return strings.ReplaceAll(x, "\n", "\n   ") })
	if len(text) > digestRoom { // a platform would cut the last of them off, and nobody would know of them
		text = say(func(x string) string { return cutTo(Notice{Body: Say(x)}.Title(), digestRoom/3/count) })
	}
	var why strings.Builder
	for i, x := range items {
		fmt.Fprintf(&why, "%d. %s\n%s\n", i+1, x.Title(), x.Why)
	}
	n.Items, n.Body = items, Say(text+"\n发「今日」看今天的全部安排，发「为什么」看每件的依据。")
	n.Why = "不急的提醒每天早上合成一条，免得一件一件打扰；截止当天、审批和快开始的培训仍单独发。\n" + strings.TrimRight(why.String(), "\n")
	return n
}

// everywhere says of a row that it is about the program itself: every office would say the same.
func (k MatterKind) everywhere() bool { return k == CalendarMissing || k == OpenPointsLeft }

// officePart is what a digest says of one office.
type officePart struct {
	id    OfficeID
	name  string
	texts []string
}

// byOffice gives the words of a digest's items by their offices, in the order in which the items come.
func byOffice(items []Notice, offices []Office) []officePart {
	several := slices.ContainsFunc(items, func(x Notice) bool { return x.Office != items[0].Office })
	var out []officePart
	said := map[string]bool{}
	for _, x := range items {
		i := slices.IndexFunc(out, func(p officePart) bool { return p.id == x.Office })
		if i < 0 {
			p := officePart{id: x.Office}
			if j := slices.IndexFunc(offices, func(o Office) bool { return o.ID == x.Office }); j >= 0 {
				p.name = offices[j].Name
			}
			i, out = len(out), append(out, p)
		}
		text := strings.TrimSpace(x.Body.Text)
		if several {
			text = strings.Replace(text, "【"+out[i].name+"】", "", 1) // the heading says which office
			if x.Kind.everywhere() && said[text] {
				continue
			}
			said[text] = true
		}
		out[i].texts = append(out[i].texts, text)
	}
	return slices.DeleteFunc(out, func(p officePart) bool { return len(p.texts) == 0 })
}

// digestRoom is how many bytes of a digest every platform shows in one message. One that is longer names
// each matter by its first line alone.
const digestRoom = 1800

// cutTo gives the first n characters of a line.
func cutTo(line string, n int) string {
	if r := []rune(line); len(r) > n {
		return string(r[:max(1, n-1)]) + "…"
	}
	return line
}

// Title gives the first line of what a notice says, without the mark that it is late.
func (n Notice) Title() string {
	lines := strings.SplitN(n.Body.Text, "\n", 3)
	if strings.HasPrefix(lines[0], "（晚发") && len(lines) > 1 {
		return lines[1]
	}
	return lines[0]
}
