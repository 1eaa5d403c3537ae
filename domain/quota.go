package domain

import (
	"fmt"
	"slices"
	"time"
)

// Usage is how much of the platform's daily allowance is spent: person-times sent since midnight, and the
// accounts it is reckoned by.
type Usage struct{ Sent, Accounts int }

// Allowance gives the person-times of a day (WeCom: accounts × 200).
func (s SOP) Allowance(u Usage) int { return u.Accounts * s.Policy.Reminders.MessagesPerAccount }

// near says that so much was sent that what is not urgent must wait.
func (s SOP) near(u Usage) bool {
	return u.Accounts > 0 && u.Sent*100 >= s.Allowance(u)*s.Policy.Reminders.QuotaWarnPercent
}

// WithinQuota holds back what waits for the digest while the day's allowance is nearly spent, so that
// what is urgent still goes out: the platform drops what is beyond it. The administrators are told once a day.
func (s SOP) WithinQuota(f Facts, ns []Notice, u Usage, now time.Time) []Notice {
	if !s.near(u) {
		return ns
	}
	out := slices.DeleteFunc(slices.Clone(ns), func(n Notice) bool { return n.Digest })
	today := s.Calendar.Date(now)
	to := f.Staff.With(f.Office.ID, Administrator, today)
	if len(to) == 0 {
		return out
	}
	key := fmt.Sprintf("quota:%s:%s", f.Office.ID, today)
	return append(out, Notice{Key: key, Thread: key, Office: f.Office.ID, Stage: "quota", Clause: "3.0", At: now, To: IDs(to),
		Body: Say(fmt.Sprintf("今天已发出%d人次，接近平台一天的上限%d人次（%d个账号，每个%d）。不急的提醒先不发，明天早上再说；急的照发。",
			u.Sent, s.Allowance(u), u.Accounts, s.Policy.Reminders.MessagesPerAccount)),
		Why: fmt.Sprintf("超出平台上限的消息会被丢掉而没有提示，所以用到%d%%就先让急的走。", s.Policy.Reminders.QuotaWarnPercent)})
}
