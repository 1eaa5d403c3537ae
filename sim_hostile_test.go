//go:build unix

package main

import (
	"time"

	"trainingbot/bot"
	"trainingbot/domain"
)

// hostile: now and then a trainee says what is not theirs to say: any word of the table, with the
// names of things that are there. What comes of it, the day's log shows.
func (y *year) hostile(d time.Time) {
	r := y.rand("hostile")
	if r.IntN(3) != 0 {
		return
	}
	var lines []string
	for _, c := range bot.Table() {
		if len(c.Roles) > 0 {
			lines = append(lines, c.Example, c.Name)
		}
	}
	trainees := y.with(one(r, y.offices), domain.Trainee, d)
	p, at := one(r, trainees), clockOn(d, 8+r.IntN(13), r.IntN(60)).Add(13*time.Second)
	for i := range 3 {
		line := one(r, lines)
		if i == 0 {
			line = "拟计划"
		}
		y.at(at.Add(time.Duration(i)*5*time.Second), func() {
			if p.in(nil, dayOf(y.now())) && line != "" {
				y.say(p, line)
			}
		})
	}
}
