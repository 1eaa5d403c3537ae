package domain_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	. "trainingbot/domain"
)

// said is what an office was told, minute by minute, as the scheduler and the storage do it.
type said struct {
	s     SOP
	f     Facts
	known map[string]bool
	sent  []Notice
}

func (x *said) tick(now time.Time) {
	if x.s.Policy.Reminders.Quiet(ClockOf(now.In(x.s.Calendar.Zone))) {
		return
	}
	told := x.s.Told(x.f, Window{now.AddDate(0, 0, -x.s.Policy.Reminders.CatchUpDays), now}, now)
	fresh := slices.DeleteFunc(told, func(n Notice) bool { return x.known[n.Key] })
	for _, n := range x.s.Fold([]Office{x.f.Office}, fresh, now) {
		if x.known[n.Key] {
			continue
		}
		x.known[n.Key] = true
		for _, item := range n.Items {
			x.known[item.Key] = true
		}
		x.sent = append(x.sent, n)
	}
}

// What belongs together is one message, what is urgent is not in it, and what comes up later waits
// for the next morning.
func TestFold(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.Office.Since = Date{2026, time.November, 26}
	x := &said{s: s, f: f, known: map[string]bool{}}
	for _, row := range []struct {
		at   string
		want []string // stage and number of items, of what the supervisor is sent
	}{
		{"2026-12-03 10:00", []string{"digest 2", "open 0"}},     // what was not told before: two things that can wait, and the window
		{"2026-12-04 09:00", []string{"ahead 1"}},                // of the window of the assessment: alone, so as itself
		{"2026-12-07 09:00", []string{"day 0", "digest 2"}},      // its last day; the year's plan in three days, and who has no account
		{"2026-12-09 09:00", []string{"digest 2"}},               // overdue for the second day; the year's plan tomorrow
		{"2026-12-09 12:00", nil},                                //
		{"2026-12-10 09:00", []string{"day 0", "overdue 1"}},     // the very day is a message of its own
		{"2026-12-10 17:00", []string{"day 0"}},                  //
		{"2026-12-11 09:00", []string{"overdue 0", "overdue 1"}}, // the first day overdue too
	} {
		x.sent = nil
		x.tick(instant(t, row.at))
		var got []string
		for _, n := range x.sent {
			if slices.Contains(n.To, "p1") && n.Kind != FireAssessment {
				got = append(got, fmt.Sprint(n.Stage, " ", len(n.Items)))
			}
		}
		slices.Sort(got)
		slices.Sort(row.want)
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.at, got, row.want)
		}
	}
}

func TestFolded(t *testing.T) {
	a := Notice{Key: "a", Thread: "ta", Body: Say("（晚发：原定10月1日(周四) 09:00）\n第一件\n发「待批」"), Why: "甲"}
	b := Notice{Key: "b", Thread: "tb", Body: Body{Text: "第二件", Card: &Card{Title: "第二件", Buttons: []Button{{"看", "待批", Plain}}}}, Why: "乙"}
	two := Notice{Key: "d"}.Folded([]Notice{a, b}, nil)
	if !strings.Contains(two.Body.Text, "2件") || !strings.Contains(two.Body.Text, "1. （晚发") || !strings.Contains(two.Body.Text, "「待批」") || !strings.Contains(two.Why, "1. 第一件\n甲") || two.Body.Card != nil {
		t.Errorf("%+v", two)
	}
	if one := two.Folded([]Notice{b}, nil); one.Body.Card == nil || one.Body.Text != "第二件" || one.Why != "乙" || one.Key != "d" {
		t.Errorf("%+v", one)
	}
}

// Who works for two offices has one digest a day, with a heading for each office; what the
// program itself would say in both is said once, and what is left when one of them is settled needs no heading.
func TestFoldOfTwoOffices(t *testing.T) {
	s := office2026(t)
	offices := []Office{{ID: "o1", Name: "翠湖管理处"}, {ID: "o2", Name: "江湾管理处"}}
	notice := func(o OfficeID, key, text string, day int) Notice {
		return Notice{Key: key, Thread: key, Office: o, Digest: true, Deadline: NewDate(2026, 12, day), At: instant(t, "2026-12-07 09:00"), To: []PersonID{"p2"}, Body: Say(text), Why: "因为" + key}
	}
	fresh := []Notice{
		notice("o1", "w1", "【翠湖管理处】一周小结：上周培训2场", 7), notice("o2", "w2", "【江湾管理处】一周小结：上周培训0场", 7),
		notice("o1", "s1", "【翠湖管理处】没有逾期的事", 8), notice("o2", "s2", "【江湾管理处】没有逾期的事", 8),
		notice("o2", "c2", "【江湾管理处】2027年的放假通知还没有导入", 31), notice("o1", "c1", "【翠湖管理处】2027年的放假通知还没有导入", 31),
	}
	fresh[4].Kind, fresh[5].Kind = CalendarMissing, CalendarMissing
	out := s.Fold(offices, fresh, instant(t, "2026-12-07 09:00"))
	if len(out) != 1 || len(out[0].Items) != 6 || len(out[0].To) != 1 || !strings.HasPrefix(out[0].Key, "digest:p2:") {
		t.Fatalf("%+v", out)
	}
	want := "12月7日(周一)要留意的5件事：\n【翠湖管理处】\n1. 一周小结：上周培训2场\n2. 没有逾期的事\n3. 2027年的放假通知还没有导入\n【江湾管理处】\n4. 一周小结：上周培训0场\n5. 没有逾期的事\n发「今日」看今天的全部安排，发「为什么」看每件的依据。"
	if out[0].Body.Text != want {
		t.Errorf("got %s", out[0].Body.Text)
	}
	for _, x := range fresh {
		if !strings.Contains(out[0].Why, "因为"+x.Key) {
			t.Errorf("no reason of %s in %s", x.Key, out[0].Why)
		}
	}
	left := out[0].Folded([]Notice{fresh[0], fresh[5]}, offices)
	if !strings.Contains(left.Body.Text, "1. 【翠湖管理处】一周小结") || strings.Contains(left.Body.Text, "\n【") {
		t.Errorf("got %s", left.Body.Text)
	}
	long := make([]Notice, 0, 60)
	for i := range 60 {
		long = append(long, notice(offices[i%2].ID, fmt.Sprint("n", i), fmt.Sprintf("第%d件：%s", i, strings.Repeat("很长", 20)), 8))
	}
	if text := s.Fold(offices, long, instant(t, "2026-12-07 09:00"))[0].Body.Text; len(text) > 2048 || !strings.Contains(text, "【江湾管理处】") || !strings.Contains(text, "60. ") {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

// No person has two digests a day, everybody is told what they are to be told and nothing twice, the
// very day of a deadline is a message of its own on that day, and nobody is disturbed at night.
func TestDigestLaws(t *testing.T) {
	s := office2026(t)
	zone := s.Calendar.Zone
	rapid.Check(t, func(t *rapid.T) {
		f := someFacts(t, zone)
		f.RulesOnly, f.Sessions = false, nil
		s := s
		s.Policy.Reminders.CatchUpDays = 6 // the law is the same, and sooner proved
		x := &said{s: s, f: f, known: map[string]bool{}}
		first := DateOf(time.Date(2026, 1, 1, 0, 0, 0, 0, zone).AddDate(0, 0, rapid.IntRange(0, 300).Draw(t, "first")))
		days := rapid.IntRange(1, 2).Draw(t, "days")
		begin, end := first.At(Clock{}, zone), first.AddDays(days).At(Clock{}, zone)
		for d := first; d.Before(first.AddDays(days)); d = d.AddDays(1) {
			for _, c := range []Clock{{3, 0}, {8, 0}, {9, 0}, {rapid.IntRange(9, 16).Draw(t, "hour"), 30}, {17, 0}} {
				x.tick(d.At(c, zone))
			}
		}
		digests := map[string]int{}
		told := map[string]bool{}
		for _, n := range x.sent {
			parts := n.Items
			if len(parts) == 0 {
				parts = []Notice{n}
			} else {
				digests[fmt.Sprint(n.To, DateOf(n.At))]++
			}
			for _, p := range parts {
				for _, id := range n.To {
					key := p.Key + " to " + string(id)
					if told[key] {
						t.Fatalf("told twice: %s", key)
					}
					told[key] = true
				}
			}
			if s.Policy.Reminders.Quiet(ClockOf(n.At.In(zone))) {
				t.Fatalf("%s at night", n.Key)
			}
			for _, p := range n.Items {
				if p.Stage == "day" || p.Stage == "target" || p.Stage == "open" || p.Stage == "arrival" || p.Kind == MonthlyApprovalDue && slices.Contains(p.To, "p2") {
					t.Fatalf("%s is in a digest", p.Key)
				}
			}
		}
		for who, n := range digests {
			if n > 1 {
				t.Fatalf("%s has %d digests", who, n)
			}
		}
		for _, n := range s.Due(f, Window{begin, end.Add(-2 * time.Hour)}) {
			for _, id := range n.To {
				key := n.Key + " to " + string(id)
				if n.Digest {
					key = n.Key + "@" + string(id) + " to " + string(id)
				}
				if n.Stage == "day" && !told[key] {
					t.Fatalf("%s was not told on its day", key)
				}
			}
		}
	})
}

// A digest too long for one message names every matter by its first line, and loses none.
func TestFoldedTooLong(t *testing.T) {
	var many []Notice
	for i := range 20 {
		many = append(many, Notice{Key: fmt.Sprint(i), Thread: fmt.Sprint(i), Body: Say(fmt.Sprintf("第%d件事还没有办\n%s", i+1, strings.Repeat("详情", 40)))})
	}
	text := Notice{Key: "d"}.Folded(many, nil).Body.Text
	if len(text) > 2048 || strings.Contains(text, "详情") {
		t.Errorf("%d bytes:\n%s", len(text), text)
	}
	for i := range 20 {
		if !strings.Contains(text, fmt.Sprintf("第%d件事还没有办", i+1)) {
			t.Errorf("matter %d is lost:\n%s", i+1, text)
		}
	}
}
