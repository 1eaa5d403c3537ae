package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"path/filepath"

	"trainingbot/configs"
	"trainingbot/domain"
)

type calendarCmd struct {
	Import calendarImportCmd `cmd:"" help:"Load a year's holiday notice; open deadlines move with it."`
	Show   calendarShowCmd   `cmd:"" help:"Print a year's holidays and make-up working days, as import reads them."`
}

type calendarImportCmd struct {
	File string `arg:"" help:"CSV date,kind,name with kind holiday or workday, or JSON of the same."`
}

func (x *calendarImportCmd) inputs() []string { return []string{x.File} }

// Run loads one notice. A running server takes it into force within a minute.
func (x *calendarImportCmd) Run(c *console) error {
	data, err := c.open(x.File)
	if err != nil {
		return err
	}
	year, err := configs.ReadHolidays(filepath.Base(x.File), bytes.NewReader(data))
	if err != nil {
		return err
	}
	return c.with(func(o *office) error {
		if _, err := o.procedure.SOP().Calendar.With(year); err != nil {
			return err
		}
		if err := o.KeepYear(c.ctx, year, c.now()); err != nil {
			return err
		}
		if err := o.procedure.refresh(c.ctx, o.DB); err != nil {
			return err
		}
		holidays, workdays := tally(year)
		_, err := fmt.Fprintf(c.stdout, "the notice of %d is loaded: %s, %s\n", year.Year, count(holidays, "day")+" off", count(workdays, "make-up working day"))
		return err
	})
}

func tally(y domain.Year) (holidays, workdays int) {
	for _, d := range y.Days {
		if d.Kind == domain.MakeUpDay {
			workdays++
		} else {
			holidays++
		}
	}
	return holidays, workdays
}

type calendarShowCmd struct {
	Year int `arg:"" help:"The year, like 2027."`
}

// Run prints one year's notice.
func (x *calendarShowCmd) Run(c *console) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if c.serving != nil || configured(s) {
		return c.with(func(o *office) error { return x.print(c, o.procedure.SOP().Calendar) })
	}
	p, err := newProcedure(s, c.open)
	if err != nil {
		return err
	}
	return x.print(c, p.SOP().Calendar)
}

func (x *calendarShowCmd) print(c *console, calendar domain.Calendar) error {
	year, ok := calendar.Notice(x.Year)
	if !ok {
		return fmt.Errorf("the holiday notice of %d is not loaded: only weekends count as days off; load it with trainingbot calendar import FILE", x.Year)
	}
	out := csv.NewWriter(c.stdout)
	if err := out.Write([]string{"date", "kind", "name"}); err != nil {
		return err
	}
	for _, d := range year.Days {
		if err := out.Write([]string{d.Date.String(), string(d.Kind), d.Name}); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
