package domain_test

import (
	"slices"
	"strings"
	"testing"

	. "trainingbot/domain"
)

// D13: who hears what of a chain, and when. What is said of a lapsed date reaches supervisor and
// director alone.
func TestChainReminders(t *testing.T) {
	s := office2026(t)
	chain := func(change func(*ChainFact)) []ChainFact {
		x := ChainFact{Chain: Chain{ID: "c", Office: cuihu, Person: "p5", Assessment: "t5", Code: "T5", Title: "9月考核", State: ChainOpen, Deadline: NewDate(2026, 12, 6),
			Limited: s.Calendar.At(NewDate(2026, 11, 2), Clock{20, 10}), Steps: []ChainStep{{Sitting: 3, Day: NewDate(2026, 11, 2), Evidence: "70分", Training: "y",
				Start: s.Calendar.At(NewDate(2026, 11, 4), Clock{17, 30})}}}, Trained: true}
		if change != nil {
			change(&x)
		}
		return []ChainFact{x}
	}
	all := chain(nil)
	for _, row := range []struct {
		name     string
		chains   []ChainFact
		from, to string
		want     []string // time, how many receivers, a piece of the text
	}{
		{"ahead: 7, 3 and 1 days before the working target, which is the Friday before the Sunday", all, "2026-11-03 00:00", "2026-12-04 00:00",
			[]string{"11-27 09:00 1 限期前考核合格", "11-27 09:00 1 请安排考核", "12-01 09:00 1 限期前", "12-01 09:00 1 请安排考核", "12-03 09:00 1 限期前", "12-03 09:00 1 请安排考核"}},
		{"target and day", all, "2026-12-04 00:00", "2026-12-07 00:00",
			[]string{"12-04 09:00 1 限期前", "12-04 09:00 1 请安排考核", "12-06 09:00 1 限期前", "12-06 09:00 1 请安排考核"}},
		{"overdue: the person once, without a word of what might follow; supervisor and director each working day", all, "2026-12-07 00:00", "2026-12-09 00:00",
			[]string{"12-07 09:00 1 今天联系主管", "12-07 09:00 2 是否解除劳动关系须由公司依法决定", "12-08 09:00 2 是否解除劳动关系须由公司依法决定"}},
		{"passed: nothing", chain(func(x *ChainFact) { x.State = ChainPassed }), "2026-11-03 00:00", "2027-01-31 00:00", nil},
		{"excused: it rests", chain(func(x *ChainFact) { x.Paused = "病假" }), "2026-11-03 00:00", "2027-01-31 00:00", nil},
		{"no date: nothing of it", chain(func(x *ChainFact) { x.Deadline = Date{} }), "2026-11-03 00:00", "2027-01-31 00:00", nil},
		{"the individual training was not given", chain(func(x *ChainFact) { x.Deadline, x.Trained = Date{}, false }), "2026-11-03 00:00", "2026-11-07 00:00",
			[]string{"11-05 09:00 1 没有上课记录", "11-06 09:00 1 没有上课记录", "11-06 09:00 1 主管已收到催办"}},
		{"and then it is asked for once a week, on the first working day", chain(func(x *ChainFact) { x.Deadline, x.Trained = Date{}, false }), "2026-11-07 00:00", "2026-11-25 00:00",
			[]string{"11-09 09:00 1 没有上课记录", "11-09 09:00 1 主管已收到催办", "11-16 09:00 1 没有上课记录", "11-16 09:00 1 主管已收到催办", "11-23 09:00 1 没有上课记录", "11-23 09:00 1 主管已收到催办"}},
		{"somebody who left", chain(func(x *ChainFact) { x.Person = "gone" }), "2026-11-03 00:00", "2027-01-31 00:00", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := facts()
			f.Chains = row.chains
			var got []string
			for _, n := range s.Due(f, window(t, row.from, row.to)) {
				if n.Kind != RetrainingDue {
					continue
				}
				line := n.At.In(s.Calendar.Zone).Format("01-02 15:04 ") + string(rune('0'+len(n.To))) + " " + n.Body.Text
				got = append(got, line)
				if strings.Contains(n.Body.Text, LegalNotice) && slices.Contains(n.To, "p5") {
					t.Errorf("the person is shown the legal notice: %s", line)
				}
			}
			if len(got) != len(row.want) {
				t.Fatalf("got %d:\n%s", len(got), strings.Join(got, "\n"))
			}
			slices.Sort(got)
			for i, want := range row.want {
				head, piece := want[:13], want[14:]
				j := slices.IndexFunc(got, func(g string) bool { return strings.HasPrefix(g, head) && strings.Contains(g, piece) })
				if j < 0 {
					t.Errorf("%d: no %q in:\n%s", i, want, strings.Join(got, "\n"))
					continue
				}
				got = slices.Delete(got, j, j+1)
			}
		})
	}
}
