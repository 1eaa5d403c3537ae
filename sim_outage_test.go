//go:build unix

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trainingbot/configs"
)

// restart ends the program and starts it on the same database.
func (y *year) restart() {
	if y.down {
		return
	}
	y.stats.restarts++
	y.stop()
	y.start()
	y.tick()
}

// outage ends the program for some time, over a deadline more often than not. What people say
// meanwhile is lost: the platform gives up after a few tries.
func (y *year) outage(d time.Time) {
	r := y.rand("outage")
	if r.IntN(40) != 0 && !(d.Day() == 24 && r.IntN(6) == 0) {
		return
	}
	from := clockOn(d, 8+r.IntN(14), r.IntN(60))
	to := clockOn(d.AddDate(0, 0, 1), 7+r.IntN(12), 31+r.IntN(20))
	if r.IntN(3) == 0 {
		to = from.Add(time.Duration(20+r.IntN(300)) * time.Minute)
		if to.After(clockOn(d, 21, 0)) {
			to = clockOn(d.AddDate(0, 0, 1), 7, 33)
		}
	}
	y.at(from, func() {
		if !y.down {
			y.stop()
			y.down = true
			y.stats.outages++
		}
	})
	y.at(to, func() {
		if !y.down {
			return
		}
		y.down = false
		for x := dayOf(from); !x.After(dayOf(to)); x = x.AddDate(0, 0, 1) {
			y.faulty[x.Format(time.DateOnly)] = true
		}
		y.start()
		y.look(dayOf(to))
		y.tick()
		y.caughtUp()
	})
}

// caughtUp: of every deadline that passed while nobody was there, those concerned are told once, and
// that it is late.
func (y *year) caughtUp() {
	for _, d := range y.missed {
		kind, _, _ := strings.Cut(d.key, " ")
		if d.stage != "day" || !slices.Contains([]string{"D1", "D2", "D3", "D4"}, kind) || d.done() {
			continue
		}
		words := d.words
		if y.now().Sub(d.at) > time.Hour {
			words = append([]string{"晚发"}, words...)
		}
		for _, p := range d.to {
			n := 0
			for _, s := range p.today {
				if s.at.Equal(y.now()) && hasAll(s.text, words) {
					n++
				}
			}
			if n != 1 {
				y.violation([]*simPerson{p}, "%s %s was due at %s, when nothing ran; back again %s was told of it %d times", d.office.name, d.key, d.at.Format("01-02 15:04"), p.name, n)
			}
		}
	}
	y.missed = nil
}

// nextYear is a holiday notice for 2027 as it might be made public; nobody knows it yet.
const nextYear = `date,kind,name
2027-01-01,holiday,元旦
2027-01-02,holiday,元旦
2027-01-03,holiday,元旦
2027-02-05,holiday,春节
2027-02-06,holiday,春节
2027-02-07,holiday,春节
2027-02-08,holiday,春节
2027-02-09,holiday,春节
2027-02-10,holiday,春节
2027-02-11,holiday,春节
2027-01-31,workday,春节
2027-02-14,workday,春节
2027-04-05,holiday,清明节
2027-05-01,holiday,劳动节
2027-05-02,holiday,劳动节
2027-06-09,holiday,端午节
2027-09-15,holiday,中秋节
2027-10-01,holiday,国庆节
2027-10-02,holiday,国庆节
2027-10-03,holiday,国庆节
`

// loadNotice loads it, as an administrator does at the command line, in November.
func (y *year) loadNotice(d time.Time) {
	if d.Format("01-02") != fmt.Sprintf("11-%02d", 6+y.o.seed%20) || y.loaded(d.Year()+1) {
		return
	}
	y.at(clockOn(d, 10, 37), func() {
		if y.down {
			return
		}
		notice, err := configs.ReadHolidays("2027.csv", strings.NewReader(nextYear))
		if err == nil {
			err = y.apps[0].db.KeepYear(context.Background(), notice, y.now())
		}
		for _, a := range y.apps {
			if err == nil {
				err = a.procedure.refresh(context.Background(), a.db)
			}
		}
		file := filepath.Join(y.t.TempDir(), "2027.csv")
		if err == nil {
			err = os.WriteFile(file, []byte(nextYear), 0o600)
		}
		if err == nil {
			err = y.model.calendar.load(file)
		}
		if err != nil {
			y.violation(nil, "the notice is refused: %v", err)
		}
		y.model.known2027 = true
	})
}
