package configs

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"trainingbot/domain"
)

//go:embed holidays/*.csv
var released embed.FS

// maxNotice bounds what is read of one notice.
const maxNotice = 1 << 20

// Holidays gives the State Council notices this version was released with, oldest first.
func Holidays() ([]domain.Year, error) {
	names, err := released.ReadDir("holidays")
	if err != nil {
		return nil, err
	}
	var out []domain.Year
	for _, n := range names {
		f, err := released.Open(path.Join("holidays", n.Name()))
		if err != nil {
			return nil, err
		}
		y, err := ReadHolidays(n.Name(), f)
		if err != nil {
			return nil, err
		}
		out = append(out, y)
	}
	return out, nil
}

// ReadHolidays reads one year's notice; name is the file's and stands in errors and as the source.
// It takes CSV with the header date,kind,name (kind holiday or workday) and JSON in three shapes:
// the same rows as a list of objects, holiday-cn's {"year","papers","days":[{"name","date","isOffDay"}]}
// and chinese-days' {"holidays":{date:name},"workdays":{date:name}}, of which the last may hold
// one year only. The result is valid.
func ReadHolidays(name string, r io.Reader) (domain.Year, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxNotice+1))
	if err != nil {
		return domain.Year{}, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxNotice {
		return domain.Year{}, fmt.Errorf("%s: larger than a holiday notice can be (1 MB)", name)
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))) // Excel's mark
	var y domain.Year
	switch {
	case len(data) == 0:
		err = fmt.Errorf("the file is empty")
	case data[0] == '{' || data[0] == '[':
		y, err = holidaysJSON(data)
	default:
		y.Days, err = holidaysCSV(data)
	}
	if err != nil {
		return domain.Year{}, fmt.Errorf("%s: %w", name, err)
	}
	if y.Source == "" {
		y.Source = name
	}
	if y.Year == 0 {
		y.Year = yearOf(y.Days)
	}
	slices.SortStableFunc(y.Days, func(a, b domain.Day) int { return a.Date.Compare(b.Date) })
	if err := y.Validate(); err != nil {
		return domain.Year{}, fmt.Errorf("%s: %w", name, err)
	}
	return y, nil
}

// yearOf gives the year most days lie in.
func yearOf(days []domain.Day) int {
	count := map[int]int{}
	best := 0
	for _, d := range days {
		count[d.Date.Year]++
		if cmp.Or(cmp.Compare(count[d.Date.Year], count[best]), cmp.Compare(d.Date.Year, best)) > 0 {
			best = d.Date.Year
		}
	}
	return best
}

func holidaysCSV(data []byte) ([]domain.Day, error) {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.Comment = 3, true, '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 || strings.ToLower(strings.Join(rows[0], ",")) != "date,kind,name" {
		return nil, fmt.Errorf("the first line must be date,kind,name")
	}
	var out []domain.Day
	for i, row := range rows[1:] {
		d, err := domain.ParseDate(strings.TrimSpace(row[0]))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+2, err)
		}
		out = append(out, domain.Day{Date: d, Kind: domain.DayKind(strings.TrimSpace(row[1])), Name: strings.TrimSpace(row[2])})
	}
	return out, nil
}

// holidayRow is one day in any of the JSON shapes.
type holidayRow struct {
	Date     domain.Date    `json:"date"`
	Kind     domain.DayKind `json:"kind"`
	Name     string         `json:"name"`
	IsOffDay *bool          `json:"isOffDay"`
}

func (r holidayRow) day() domain.Day {
	d := domain.Day{Date: r.Date, Kind: r.Kind, Name: r.Name}
	switch {
	case r.IsOffDay == nil:
	case *r.IsOffDay:
		d.Kind = domain.HolidayDay
	default:
		d.Kind = domain.MakeUpDay
	}
	return d
}

func holidaysJSON(data []byte) (domain.Year, error) {
	var y domain.Year
	if data[0] == '[' {
		var rows []holidayRow
		err := json.Unmarshal(data, &rows)
		for _, r := range rows {
			y.Days = append(y.Days, r.day())
		}
		return y, err
	}
	var file struct {
		Year     int               `json:"year"`
		Papers   []string          `json:"papers"`
		Days     []holidayRow      `json:"days"`
		Holidays map[string]string `json:"holidays"`
		Workdays map[string]string `json:"workdays"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return y, err
	}
	y.Year = file.Year
	y.Source = strings.Join(file.Papers, " ")
	for _, r := range file.Days {
		y.Days = append(y.Days, r.day())
	}
	for kind, days := range map[domain.DayKind]map[string]string{domain.HolidayDay: file.Holidays, domain.MakeUpDay: file.Workdays} {
		for date, name := range days {
			d, err := domain.ParseDate(date)
			if err != nil {
				return y, err
			}
			// chinese-days writes "Spring Festival,春节,4"
			if parts := strings.Split(name, ","); len(parts) > 1 {
				name = parts[1]
			}
			y.Days = append(y.Days, domain.Day{Date: d, Kind: kind, Name: name})
		}
	}
	if file.Year == 0 && len(y.Days) == 0 {
		return y, fmt.Errorf("no days: want {\"year\", \"days\"} as holiday-cn or {\"holidays\", \"workdays\"} as chinese-days writes it")
	}
	return y, nil
}
