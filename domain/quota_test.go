package domain_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	. "trainingbot/domain"
)

// The busiest day of an office of 80 fits: far below the day's allowance, and nobody gets more in a
// minute or an hour than the platform delivers (30 and 1000; the rest is dropped without a word).
func TestBusiestDayFits(t *testing.T) {
	s := office2026(t)
	f := facts()
	for i := range 80 {
		f.Staff = append(f.Staff, onShift(fmt.Sprint("x", i), fmt.Sprint("员工", i), []string{"早班", "中班", "夜班"}[i%3], Trainee))
	}
	for d := NewDate(2026, 12, 1); d.Month == time.December; d = d.AddDays(1) {
		for n := range s.Policy.Drafting.SessionsPerDay {
			x := SessionFact{ID: SessionID(fmt.Sprint(d, n)), No: int64(n + 1), Title: "培训", Start: s.Calendar.At(d, Clock{14 + n, 0}), Lecturer: "p1"}
			for i := range 80 {
				x.To = append(x.To, PersonID(fmt.Sprint("x", i)))
			}
			f.Sessions = append(f.Sessions, x)
		}
	}
	w := window(t, "2026-11-30 23:59", "2026-12-31 23:59")
	x := s.Rehearse(f, w)
	if limit := s.Allowance(Usage{Accounts: 80}) * s.Policy.Reminders.QuotaWarnPercent / 100; x.Most > limit || x.Night != 0 || x.Private == 0 {
		t.Errorf("%d messages on %s, allowed %d; %d at night", x.Most, x.Busiest, limit, x.Night)
	}
	minute := map[string]int{}
	for _, n := range s.Due(f, w) {
		for _, id := range n.To {
			minute[fmt.Sprint(id, n.At.Unix()/60)]++
		}
	}
	for who, n := range minute {
		if n > 30 {
			t.Errorf("%s gets %d messages in a minute", who, n)
		}
	}
}

func TestWithinQuota(t *testing.T) {
	s := office2026(t)
	f := facts()
	f.Staff = append(f.Staff, member("adm", "李工", Date{2020, time.January, 1}, Administrator))
	ns := []Notice{{Key: "urgent"}, {Key: "later", Digest: true}}
	now := instant(t, "2026-12-01 10:00")
	keys := func(u Usage) (out []string) {
		for _, n := range s.WithinQuota(f, ns, u, now) {
			out = append(out, n.Key)
		}
		return out
	}
	for _, row := range []struct {
		u    Usage
		want []string
	}{
		{Usage{Sent: 1599, Accounts: 10}, []string{"urgent", "later"}},
		{Usage{Sent: 1600, Accounts: 10}, []string{"urgent", "quota:" + string(cuihu) + ":2026-12-01"}},
		{Usage{}, []string{"urgent", "later"}},
		{Usage{Month: []MonthUse{{"钉钉", "api", "API 调用", 3999, 5000}, {"钉钉", "message", "消息", 2399, 3000}}}, []string{"urgent", "later"}},
		{Usage{Month: []MonthUse{{"钉钉", "api", "API 调用", 4000, 5000}, {"钉钉", "message", "消息", 2399, 3000}}}, []string{"urgent", "later", "month-quota:" + string(cuihu) + ":钉钉:api:2026-12"}},
		{Usage{Sent: 1600, Accounts: 10, Month: []MonthUse{{"钉钉", "message", "消息", 9000, 3000}}}, []string{"urgent", "month-quota:" + string(cuihu) + ":钉钉:message:2026-12", "quota:" + string(cuihu) + ":2026-12-01"}},
	} {
		if got := keys(row.u); !slices.Equal(got, row.want) {
			t.Errorf("%+v: %v, want %v", row.u, got, row.want)
		}
	}
}
