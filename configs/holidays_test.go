package configs_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"trainingbot/configs"
	"trainingbot/domain"
)

func TestReleasedHolidays(t *testing.T) {
	years, err := configs.Holidays()
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("CST", 8*3600)
	c, err := domain.NewCalendar(zone, domain.DefaultPolicy().Calendar, years...)
	if err != nil {
		t.Fatal(err)
	}
	// Working days a year, from lunar-go's table, which was compared day by day.
	for year, want := range map[int]int{2024: 251, 2025: 248, 2026: 248} {
		if n := c.WorkingDays(domain.Date{Year: year - 1, Month: time.December, Day: 31}, domain.Date{Year: year, Month: time.December, Day: 31}); n != want {
			t.Errorf("%d has %d working days, want %d", year, n, want)
		}
	}
	if c.Known(2027) {
		t.Error("the notice of 2027 is not out")
	}
}

const csv2027 = "\ufeffdate,kind,name\n2027-01-01,holiday,元旦\n2027-01-02,workday,元旦\n2027-05-01,holiday,劳动节\n2027-10-01,holiday,国庆节\n2026-12-31,holiday,元旦\n"

func TestReadHolidays(t *testing.T) {
	want, err := configs.ReadHolidays("a", strings.NewReader(csv2027))
	if err != nil {
		t.Fatal(err)
	}
	if want.Year != 2027 || len(want.Days) != 5 || want.Days[0].Date.Year != 2026 || want.Days[2].Kind != domain.MakeUpDay || want.Source != "a" {
		t.Errorf("%+v", want)
	}
	for name, file := range map[string]string{
		"rows":         `[{"date":"2027-01-01","kind":"holiday","name":"元旦"},{"date":"2027-01-02","kind":"workday","name":"元旦"},{"date":"2027-05-01","kind":"holiday","name":"劳动节"},{"date":"2027-10-01","kind":"holiday","name":"国庆节"},{"date":"2026-12-31","kind":"holiday","name":"元旦"}]`,
		"holiday-cn":   `{"$schema":"x","year":2027,"papers":[],"days":[{"name":"元旦","date":"2026-12-31","isOffDay":true},{"name":"元旦","date":"2027-01-01","isOffDay":true},{"name":"元旦","date":"2027-01-02","isOffDay":false},{"name":"劳动节","date":"2027-05-01","isOffDay":true},{"name":"国庆节","date":"2027-10-01","isOffDay":true}]}`,
		"chinese-days": `{"holidays":{"2026-12-31":"New Year's Day,元旦,1","2027-01-01":"New Year's Day,元旦,1","2027-05-01":"Labour Day,劳动节,1","2027-10-01":"National Day,国庆节,1"},"workdays":{"2027-01-02":"New Year's Day,元旦,1"},"inLieuDays":{}}`,
	} {
		got, err := configs.ReadHolidays("a", strings.NewReader(file))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\ngot  %+v\nwant %+v", name, err, got, want)
		}
	}
}

func TestReadHolidaysFaults(t *testing.T) {
	for name, row := range map[string]struct{ file, want string }{
		"nothing":          {"", "x: the file is empty"},
		"no header":        {"2027-01-01,holiday,元旦\n", "the first line must be date,kind,name"},
		"no such day":      {"date,kind,name\n2027-02-30,holiday,元旦\n", `line 2: date "2027-02-30": want YYYY-MM-DD`},
		"columns":          {"date,kind,name\n2027-01-01,holiday\n", "wrong number of fields"},
		"not published":    {`{"year":2027,"papers":[],"days":[]}`, "the list is empty"},
		"another shape":    {`{"code":0}`, "no days: want"},
		"a text":           {`[1]`, "cannot unmarshal"},
		"a Monday":         {csv2027 + "2027-01-04,workday,元旦\n", "must be a Saturday or a Sunday"},
		"too large":        {strings.Repeat("#", 2<<20), "larger than a holiday notice"},
		"kind of a row":    {"date,kind,name\n2027-01-01,off,元旦\n", `kind "off"`},
		"several years":    {csv2027 + "2025-01-01,holiday,元旦\n", "not a day of 2027"},
		"no statutory day": {"date,kind,name\n2027-02-05,holiday,春节\n", "statutory holiday 2027-01-01 is missing"},
	} {
		if _, err := configs.ReadHolidays("x", strings.NewReader(row.file)); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
