package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/domain"
)

type timetableCmd struct {
	From   string `required:"" help:"First day, YYYY-MM-DD." placeholder:"DATE"`
	To     string `required:"" help:"Last day, YYYY-MM-DD." placeholder:"DATE"`
	Office string `help:"Only this office, by its name." placeholder:"NAME"`
	Format string `enum:"table,csv,json,ics" default:"table" help:"table, csv, json or ics (a calendar file)."`
}

// maxTimetable bounds the question: a reminder list of a century helps nobody.
const maxTimetable = 3700 // days

// announcement is one line of the answer.
type announcement struct {
	At          string `json:"at"`
	Kind        string `json:"kind"`
	Stage       string `json:"stage"`
	Deadline    string `json:"deadline"`
	Office      string `json:"office"`
	To          string `json:"to"`
	Clause      string `json:"clause"`
	Title       string `json:"title"`
	Provisional bool   `json:"provisional"`

	key string
	at  time.Time
}

// Run prints what would be announced between two days (推演): by the rules alone, as if nothing were
// done yet, people's hire dates included when there is a database.
func (x *timetableCmd) Run(c *console) error {
	from, to, err := x.days()
	if err != nil {
		return err
	}
	s, err := c.settings()
	if err != nil {
		return err
	}
	if c.serving != nil || configured(s) {
		return c.with(func(o *office) error {
			sop := o.procedure.SOP()
			facts, err := x.facts(c, o, sop, from, to)
			if err != nil {
				return err
			}
			return x.print(c, sop, facts, from, to)
		})
	}
	if x.Office != "" {
		return fmt.Errorf("there is no database yet, so no office %q: import a staff file first", x.Office)
	}
	p, err := newProcedure(s, c.open)
	if err != nil {
		return err
	}
	return x.print(c, p.SOP(), []domain.Facts{{RulesOnly: true}}, from, to)
}

func (x *timetableCmd) days() (from, to domain.Date, err error) {
	if from, err = domain.ParseDate(x.From); err != nil {
		return from, to, usagef("--from: %v", err)
	}
	if to, err = domain.ParseDate(x.To); err != nil {
		return from, to, usagef("--to: %v", err)
	}
	switch n := from.DaysUntil(to); {
	case n < 0:
		return from, to, usagef("--to is before --from")
	case n > maxTimetable:
		return from, to, usagef("ask for at most ten years at a time")
	}
	return from, to, nil
}

// facts gives the offices with their people, and nothing of what they have done.
func (x *timetableCmd) facts(c *console, o *office, sop domain.SOP, from, to domain.Date) ([]domain.Facts, error) {
	offices, err := o.Offices(c.ctx)
	if err != nil {
		return nil, err
	}
	var out []domain.Facts
	var names []string
	for _, of := range offices {
		names = append(names, of.Name)
		if x.Office != "" && of.Name != x.Office {
			continue
		}
		w := span(sop, from, to)
		f, err := o.Facts(c.ctx, of.ID, w.From, w.To)
		if err != nil {
			return nil, err
		}
		out = append(out, domain.Facts{Office: f.Office, Staff: f.Staff, RulesOnly: true})
	}
	switch {
	case len(out) == 0 && x.Office != "":
		return nil, fmt.Errorf("no office %q; there are: %s", x.Office, cmp.Or(strings.Join(names, ", "), "none yet, import a staff file first"))
	case len(out) == 0:
		return []domain.Facts{{RulesOnly: true}}, nil
	}
	return out, nil
}

// span gives the window of the days from … to, both whole.
func span(sop domain.SOP, from, to domain.Date) domain.Window {
	return domain.Window{
		From: sop.Calendar.At(from, domain.Clock{}).Add(-time.Microsecond),
		To:   sop.Calendar.At(to.AddDays(1), domain.Clock{}).Add(-time.Microsecond),
	}
}

func (x *timetableCmd) print(c *console, sop domain.SOP, facts []domain.Facts, from, to domain.Date) error {
	var all []announcement
	for _, f := range facts {
		for _, r := range sop.Timetable(f, span(sop, from, to)) {
			all = append(all, announce(sop, f, r))
		}
	}
	slices.SortStableFunc(all, func(a, b announcement) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key, b.key)) })
	var err error
	switch x.Format {
	case "csv":
		err = printCSV(c.stdout, all)
	case "json":
		enc := json.NewEncoder(c.stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(append([]announcement{}, all...)) // a list, also when it is empty
	case "ics":
		_, err = io.WriteString(c.stdout, calendarFile(all, c.now()))
	default:
		err = printTable(c.stdout, all)
	}
	if err != nil {
		return err
	}
	x.warn(c, sop, all)
	return nil
}

// warn says which dates may still move, and why. In a table it belongs to the answer; the other
// formats are read by programs, so it goes beside them.
func (x *timetableCmd) warn(c *console, sop domain.SOP, all []announcement) {
	var years []string
	first, n := "", 0
	for _, a := range all {
		if !a.Provisional {
			continue
		}
		n++
		first = cmp.Or(first, a.At[:len("2006-01-02")])
		for y := a.at.In(sop.Calendar.Zone).Year(); y <= a.at.Year()+1; y++ {
			if word := strconv.Itoa(y); !sop.Calendar.Known(y) && !slices.Contains(years, word) {
				years = append(years, word)
			}
		}
	}
	if n == 0 {
		return
	}
	slices.Sort(years)
	w := c.stderr
	if x.Format == "table" {
		w = c.stdout
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%s marked 暂定 (provisional), the first on %s: the holiday notice of %s is not loaded, so only weekends count as days off there and these dates may move. Load it with: trainingbot calendar import FILE\n",
		count(n, "line"), first, strings.Join(years, ", "))
}

func announce(sop domain.SOP, f domain.Facts, r domain.Reminder) announcement {
	a := announcement{
		At: r.At.In(sop.Calendar.Zone).Format(time.RFC3339), Kind: string(r.Kind), Stage: r.Stage, Deadline: r.Deadline.String(),
		Office: f.Office.Name, To: receivers(f, r), Clause: r.Clause, Title: r.Title, Provisional: r.Provisional,
		key: r.Key, at: r.At,
	}
	if r.Provisional && !strings.Contains(a.Title, "暂定") {
		a.Title += "（暂定）"
	}
	return a
}

// receivers names those who are told: the roles, and people who are told as themselves.
func receivers(f domain.Facts, r domain.Reminder) string {
	var out []string
	for _, id := range r.People {
		out = append(out, f.Staff.Name(id))
	}
	for _, role := range r.Roles {
		if role != domain.Trainee || len(r.People) == 0 {
			out = append(out, role.Chinese())
		}
	}
	return strings.Join(out, "/")
}

func (a announcement) cells() []string {
	return []string{a.At, a.Kind, a.Stage, a.Deadline, a.Office, a.To, a.Clause, a.Title}
}

func heads() []string {
	return []string{"at", "kind", "stage", "deadline", "office", "to", "clause", "title"}
}

func printCSV(w io.Writer, all []announcement) error {
	out := csv.NewWriter(w)
	if err := out.Write(heads()); err != nil {
		return err
	}
	for _, a := range all {
		if err := out.Write(a.cells()); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
