package domain

import (
	"fmt"
	"slices"
	"time"
)

// DraftYear drafts the annual plan (5.1.1, 5.1.2) of in.Month's year: what its months' drafts come
// to, one item for each month and clause of 4.0. An item's Date is the month's first day, its
// Start 00:00, its Minutes the month's total for these topics.
func (s SOP) DraftYear(in DraftInput) ([]Item, []Gap) {
	var items []Item
	var gaps []Gap
	month := in
	month.NewID = func() ItemID { return "" }
	for m := time.January; m <= time.December; m++ {
		month.Month = Month{in.Month.Year, m}
		drafted, missing := s.DraftMonth(month)
		for _, g := range missing {
			if !slices.Contains(gaps, g) {
				gaps = append(gaps, g)
			}
		}
		items = append(items, s.monthShare(month.Month, drafted, in.NewID)...)
		month.Previous = append(slices.Clone(month.Previous), drafted...)
	}
	return items, gaps
}

// monthShare sums a month's draft up by clause, in the order of 4.0.
func (s SOP) monthShare(m Month, drafted []Item, newID func() ItemID) []Item {
	type share struct {
		Item
		times   int
		minutes float64 // a session's time is shared evenly by its topics
	}
	var out []*share
	for _, t := range s.Policy.Curriculum {
		for _, it := range drafted {
			if !slices.Contains(it.Topics, t.ID) || it.Run > RunName(0) { // a further run is the same lesson
				continue
			}
			i := slices.IndexFunc(out, func(x *share) bool { return x.Source == t.Clause })
			if i < 0 {
				i = len(out)
				out = append(out, &share{Item: Item{Date: m.First(), Source: t.Clause, Lecturer: it.Lecturer, Note: t.Every.Chinese()}})
			}
			x := out[i]
			if !slices.Contains(x.Topics, t.ID) {
				x.Topics = append(x.Topics, t.ID)
			}
			x.times++
			x.minutes += float64(it.Minutes) / float64(len(it.Topics))
		}
	}
	items := make([]Item, len(out))
	for i, x := range out {
		x.ID, x.Minutes = newID(), int(x.minutes+0.5)
		x.Note += fmt.Sprintf("，共%d次", x.times)
		items[i] = x.Item
	}
	return items
}
