package domain

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// slot is a day and hour at which one run of a lesson could be.
type slot struct {
	day   Date
	hour  Clock // the hour of a shift's class, or DraftingPolicy.SessionTime
	start Clock // the first time from that hour on at which a room is free
	room  string
}

// pattern is people who work the same shifts in a week: of all of them the same is true.
type pattern struct {
	one    Person // one of them
	people []PersonID
}

// classHours gives when classes may begin: the office's hour, and the hours of the shifts its trainees
// work in the week (mission capability 13). Without shifts there is the office's hour alone.
func (d *drafting) classHours(w *week) []Clock {
	out := []Clock{d.Policy.Drafting.SessionTime}
	for _, p := range d.patterns(w) {
		for _, day := range w.days {
			x, ok := d.Policy.Shifts.Shift(p.one.ShiftIn(d.in.Office.ID, day))
			if ok && !slices.Contains(out, x.Class) {
				out = append(out, x.Class)
			}
		}
	}
	slices.SortFunc(out[1:], func(a, b Clock) int { return cmp.Compare(a.minutes(), b.minutes()) })
	return out
}

// patterns groups the trainees of a week by the shifts they work in it.
func (d *drafting) patterns(w *week) []pattern {
	if w.patterns != nil {
		return w.patterns
	}
	w.patterns = []pattern{}
	byKey := map[string]int{}
	for _, p := range d.in.Staff {
		var key strings.Builder
		any := false
		for _, day := range w.days {
			has := p.Has(d.in.Office.ID, Trainee, day)
			any = any || has
			fmt.Fprintf(&key, "%t|%s|%s;", has, p.ShiftIn(d.in.Office.ID, day.AddDays(-1)), p.ShiftIn(d.in.Office.ID, day))
		}
		if !any {
			continue
		}
		i, ok := byKey[key.String()]
		if !ok {
			i = len(w.patterns)
			byKey[key.String()] = i
			w.patterns = append(w.patterns, pattern{one: p})
		}
		w.patterns[i].people = append(w.patterns[i].people, p.ID)
	}
	return w.patterns
}

// slots gives where a lesson of the week could be, the place it was given first.
func (d *drafting) slots(w *week, x *session) []slot {
	days := slices.Clone(w.days)
	i := max(0, slices.Index(days, x.day))
	slices.SortStableFunc(days, func(a, b Date) int {
		return cmp.Compare(abs(i-slices.Index(w.days, a)), abs(i-slices.Index(w.days, b)))
	})
	var out []slot
	for _, day := range days {
		for _, hour := range d.classHours(w) {
			if s, ok := d.freeSlot(day, hour); ok {
				out = append(out, s)
			}
		}
	}
	return out
}

func abs(n int) int { return max(n, -n) }

// freeSlot gives the first time from an hour on at which a room is free, the default room before
// others at the same time; false when the day is full.
func (d *drafting) freeSlot(day Date, hour Clock) (slot, bool) {
	length := d.SessionMinutes()
	for turn := range d.Policy.Drafting.SessionsPerDay {
		start := hour.minutes() + turn*length
		if start+length > lastClass.minutes() {
			break
		}
		at := Clock{start / 60, start % 60}
		from := d.Calendar.At(day, at)
		to := d.Calendar.At(day, Clock{(start + length) / 60, (start + length) % 60})
		if d.overlaps(day, start, length) {
			continue
		}
		for _, room := range append([]string{d.Policy.Drafting.Room}, d.Policy.Drafting.Rooms...) {
			if !slices.ContainsFunc(d.in.Taken, func(e Engagement) bool { return e.Room != "" && e.Room == room && e.meets(from, to) }) {
				return slot{day, hour, at, room}, true
			}
		}
	}
	return slot{}, false
}

// overlaps says whether a time runs into a lesson the draft has placed already.
func (d *drafting) overlaps(day Date, start, length int) bool {
	return slices.ContainsFunc(d.placed[day], func(at int) bool { return start < at+length && at < start+length })
}

// reach says which of the slots people of a pattern can come to, one bit a slot. Who has no known
// shift works by day: the office's own hour is theirs, no evening one for the sake of others.
func (d *drafting) reach(p pattern, slots []slot) uint64 {
	var out uint64
	for i, s := range slots {
		_, known := d.Policy.Shifts.Shift(p.one.ShiftIn(d.in.Office.ID, s.day))
		if !known && s.hour != d.Policy.Drafting.SessionTime {
			continue
		}
		if p.one.Has(d.in.Office.ID, Trainee, s.day) && d.Away(p.one, d.in.Office.ID, s.day, s.start, d.SessionMinutes()) == "" {
			out |= 1 << i
		}
	}
	return out
}

// maxSlots is how many slots are looked at for one lesson: a working week of seven days with nine hours.
const maxSlots = 63

// runs places a lesson of the week in the fewest runs that reach everybody who can be reached in
// that week, near the place it was given first, and tells who cannot be reached (4.0, capability 13).
func (d *drafting) runs(w *week, x *session) {
	slots := d.slots(w, x)
	if len(slots) > maxSlots {
		slots = slots[:maxSlots]
	}
	if len(slots) == 0 {
		d.gap(sourceOf(x.topics), fmt.Sprintf("%s这一周地点都被占用，排不下“%s”。", w.days[0].Chinese(), namesOf(x.topics)))
		return
	}
	var masks []uint64
	for _, p := range d.patterns(w) {
		mask := d.reach(p, slots)
		if mask == 0 {
			d.unreached(w, p)
			continue
		}
		masks = append(masks, mask)
	}
	for _, i := range cover(masks, len(slots)) {
		x.runs = append(x.runs, slots[i])
	}
	slices.SortFunc(x.runs, func(a, b slot) int {
		return cmp.Or(a.day.Compare(b.day), cmp.Compare(a.start.minutes(), b.start.minutes()))
	})
	for _, s := range x.runs {
		d.placed[s.day] = append(d.placed[s.day], s.start.minutes())
	}
}

// unreached tells once a week who can come to no class in it, and why.
func (d *drafting) unreached(w *week, p pattern) {
	why := "没有能上课的班"
	for _, day := range w.days {
		if p.one.Has(d.in.Office.ID, Trainee, day) {
			why = d.Away(p.one, d.in.Office.ID, day, d.Policy.Drafting.SessionTime, d.SessionMinutes())
			if x, ok := d.Policy.Shifts.Shift(p.one.ShiftIn(d.in.Office.ID, day)); ok && why == "" {
				why = x.Name
			}
			break
		}
	}
	names := Case{Staff: d.in.Staff}.Names(p.people)
	d.gap("4.0", fmt.Sprintf("%s这一周排不到：%s（%s）。回来后要补训。", w.days[0].Chinese(), names, why))
}

// cover gives the fewest of n slots, of which every mask holds at least one; of equally few the
// earliest in the list. Up to four it looks at every choice; beyond, it takes the slot that serves
// most of the masks left, which is at most 1+ln(masks) times as many. Without masks it is the first slot.
func cover(masks []uint64, n int) []int {
	least := minimal(masks)
	if len(least) == 0 {
		return []int{0}
	}
	const exact = 4
	for k := 1; k <= min(exact, n); k++ {
		if out, ok := choose(least, n, k, 0, nil); ok {
			return out
		}
	}
	var out []int
	for len(least) > 0 {
		best, most := 0, 0
		for i := range n {
			if served := countWith(least, i); served > most {
				best, most = i, served
			}
		}
		out = append(out, best)
		least = slices.DeleteFunc(least, func(m uint64) bool { return m&(1<<best) != 0 })
	}
	slices.Sort(out)
	return out
}

// choose looks for k slots from `from` on that serve every mask.
func choose(masks []uint64, n, k, from int, chosen []int) ([]int, bool) {
	if k == 0 {
		var have uint64
		for _, i := range chosen {
			have |= 1 << i
		}
		if slices.ContainsFunc(masks, func(m uint64) bool { return m&have == 0 }) {
			return nil, false
		}
		return slices.Clone(chosen), true
	}
	for i := from; i <= n-k; i++ {
		if out, ok := choose(masks, n, k-1, i+1, append(chosen, i)); ok {
			return out, true
		}
	}
	return nil, false
}

func countWith(masks []uint64, i int) (n int) {
	for _, m := range masks {
		n += int(m >> i & 1)
	}
	return n
}

// minimal leaves out masks that hold all of another one: what serves that one serves them.
func minimal(masks []uint64) []uint64 {
	masks = slices.Clone(masks)
	slices.SortFunc(masks, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(a), bits.OnesCount64(b)), cmp.Compare(a, b))
	})
	var out []uint64
	for _, m := range masks {
		if !slices.ContainsFunc(out, func(s uint64) bool { return s&^m == 0 }) {
			out = append(out, m)
		}
	}
	return out
}

// shiftsOf names the shifts each run of a lesson is for: a shift goes to every run that somebody of
// it needs, and one nobody works that week to the first run its hours allow. A single run, and one
// that somebody without a known shift needs, is for all who can come.
func (d *drafting) shiftsOf(w *week, x *session) [][]string {
	out := make([][]string, len(x.runs))
	if len(x.runs) < 2 {
		return out
	}
	open := make([]bool, len(x.runs))
	add := func(i int, shift string) {
		_, known := d.Policy.Shifts.Shift(shift)
		open[i] = open[i] || !known
		if shift != "" && !slices.Contains(out[i], shift) {
			out[i] = append(out[i], shift)
		}
	}
	for _, p := range d.patterns(w) {
		if i := slices.IndexFunc(x.runs, func(s slot) bool { return d.reach(p, []slot{s}) != 0 }); i >= 0 {
			add(i, p.one.ShiftIn(d.in.Office.ID, x.runs[i].day))
		}
	}
	for _, s := range d.Policy.Shifts.List {
		if slices.ContainsFunc(out, func(have []string) bool { return slices.Contains(have, s.Name) }) {
			continue
		}
		from, to := d.Policy.Shifts.hours(s)
		for i, run := range x.runs {
			if at := run.start.minutes(); at >= from && at+d.SessionMinutes() <= to {
				add(i, s.Name)
				break
			}
		}
	}
	for i := range out {
		if open[i] && i > 0 { // the first run takes them in any case
			out[i] = nil
		}
		slices.SortFunc(out[i], func(a, b string) int { return cmp.Compare(d.shiftNo(a), d.shiftNo(b)) })
	}
	return out
}

// shiftNo orders shifts as the policy lists them, others behind.
func (s SOP) shiftNo(name string) int {
	if i := slices.IndexFunc(s.Policy.Shifts.List, func(x Shift) bool { return x.Name == name }); i >= 0 {
		return i
	}
	return len(s.Policy.Shifts.List)
}
