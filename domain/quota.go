package domain

import (
	"fmt"
	"slices"
	"time"
)

// Usage is how much of the platforms' allowances is spent: person-times sent since midnight and the accounts
// that allowance is reckoned by (WeCom), and what this month used of the quotas of an organisation (DingTalk).
type Usage struct {
	Sent, Accounts int
	Month          []MonthUse
}

// MonthUse is what was used of one monthly quota.
type MonthUse struct {
	Platform    string // "钉钉"
	Kind        string // "api", "message"
	What        string // "API 调用"
	Used, Limit int
}

// nearly says that so much of it is used that somebody must hear of it.
func (m MonthUse) nearly(percent int) bool { return m.Limit > 0 && m.Used*100 >= m.Limit*percent }

// Allowance gives the person-times of a day (WeCom: accounts × 200).
func (s SOP) Allowance(u Usage) int { return u.Accounts * s.Policy.Reminders.MessagesPerAccount }

// near says that so much was sent that what is not urgent must wait.
func (s SOP) near(u Usage) bool {
	return u.Accounts > 0 && u.Sent*100 >= s.Allowance(u)*s.Policy.Reminders.QuotaWarnPercent
}

// WithinQuota holds back what waits for the digest while the day's allowance is nearly spent, so that
// what is urgent still goes out: the platform drops what is beyond it. The administrators are told once a day.
func (s SOP) WithinQuota(f Facts, ns []Notice, u Usage, now time.Time) []Notice {
	ns = append(slices.Clip(ns), s.monthly(f, u, now)...)
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

// monthly tells the administrators, once a month for each quota, that it is nearly used up: beyond it the
// platform delivers nothing more until the month ends.
func (s SOP) monthly(f Facts, u Usage, now time.Time) []Notice {
	today := s.Calendar.Date(now)
	to := f.Staff.With(f.Office.ID, Administrator, today)
	if len(to) == 0 {
		return nil
	}
	var out []Notice
	for _, m := range u.Month {
		if !m.nearly(s.Policy.Reminders.QuotaWarnPercent) {
			continue
		}
		key := fmt.Sprintf("month-quota:%s:%s:%s:%04d-%02d", f.Office.ID, m.Platform, m.Kind, today.Year, today.Month)
		out = append(out, Notice{Key: key, Thread: key, Office: f.Office.ID, Stage: "quota", Clause: "3.0", At: now, To: IDs(to),
			Body: Say(fmt.Sprintf("%s本月的%s已用%d，单位的额度是%d。用完后到月底都收发不了，请到%s管理后台升级或加购；当前用量发「自检」看。",
				m.Platform, m.What, m.Used, m.Limit, m.Platform)),
			Why: fmt.Sprintf("用到额度的%d%%就提醒管理员，免得月底大家突然收不到提醒。", s.Policy.Reminders.QuotaWarnPercent)})
	}
	return out
}
