package configs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"trainingbot/configs"
	"trainingbot/domain"
)

// The policy file that is shipped names every number and equals the defaults.
func TestPolicyFileIsTheDefaults(t *testing.T) {
	data, err := os.ReadFile("policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := configs.ReadPolicy(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if p.Confirmed != nil && len(p.Confirmed) == 0 {
		p.Confirmed = nil
	}
	if len(p.Calendar.UnannouncedHolidays) == 0 {
		p.Calendar.UnannouncedHolidays = nil
	}
	if want := domain.DefaultPolicy(); !reflect.DeepEqual(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	for _, r := range domain.DefaultPolicy().Rules() {
		_, name, _ := strings.Cut(r.Key, ".")
		if !regexp.MustCompile(`(?m)^  ` + name + `: .*# ` + regexp.QuoteMeta(r.Clause) + ` `).Match(data) {
			t.Errorf("policy.yaml lacks %s with its clause", r.Key)
		}
	}
}

func TestPolicyOverrides(t *testing.T) {
	p, err := configs.ReadPolicy(strings.NewReader(`
plan: {monthly_due_day: 20, annual_due: 11-30}
reminders: {morning: 08:30, session_before: 1h, ahead_days: [5]}
calendar: {unannounced_holidays: [01-01, 10-01]}
confirmed: [11, 12]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := domain.DefaultPolicy()
	want.Plan.MonthlyDueDay, want.Plan.AnnualDue = 20, domain.MonthDay{Month: time.November, Day: 30}
	want.Reminders.Morning, want.Reminders.SessionBefore, want.Reminders.AheadDays = domain.Clock{Hour: 8, Minute: 30}, time.Hour, []int{5}
	want.Calendar.UnannouncedHolidays = []domain.MonthDay{{Month: time.January, Day: 1}, {Month: time.October, Day: 1}}
	want.Confirmed = []int{11, 12}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("got  %+v\nwant %+v", p, want)
	}
	if p, err := configs.ReadPolicy(strings.NewReader("")); err != nil || !reflect.DeepEqual(p, domain.DefaultPolicy()) {
		t.Errorf("an empty file is the defaults: %v", err)
	}
}

// Every way of being wrong has a file in testdata/busted; its lines "# want: …" are what must be said.
func TestBustedPolicies(t *testing.T) {
	names, err := filepath.Glob("testdata/busted/*.yaml")
	if err != nil || len(names) < 30 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	want := regexp.MustCompile(`(?m)^# want: (.+)$`)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sentences := want.FindAllSubmatch(data, -1)
			_, err = configs.ReadPolicy(bytes.NewReader(data))
			if err == nil || len(sentences) == 0 {
				t.Fatalf("%d sentences wanted, got %v", len(sentences), err)
			}
			said := strings.Split(err.Error(), "\n")
			for _, s := range sentences {
				if !strings.Contains(err.Error(), string(s[1])) {
					t.Errorf("lacks %q:\n%v", s[1], err)
				}
			}
			if len(said) != len(sentences) {
				t.Errorf("%d faults are told, %d wanted:\n%v", len(said), len(sentences), err)
			}
		})
	}
}
