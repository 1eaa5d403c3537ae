package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"trainingbot/domain"
)

// Begin is when the demo begins unless told otherwise, in the office's zone: ten minutes before a
// session, the day before next month's plan is due (5.1.2), with 10, 20 and 25 December ahead.
const Begin = "2026-11-24T14:50:00"

// The sample office and its zone.
const (
	OfficeName = "翠湖管理处"
	Zone       = "Asia/Shanghai"
)

// Member is one person of the sample office: a line of the staff file.
type Member struct {
	No, Name, User, Shift string
	Roles                 []domain.Role
	Since                 domain.Date
}

// Staff gives the people of the sample office in the order of the page's switcher.
func Staff() []Member {
	day := domain.NewDate
	one := func(r ...domain.Role) []domain.Role { return r }
	return []Member{
		{"K07", "李娜", "lina", "早班", one(domain.Trainee), day(2021, time.July, 1)},
		{"K01", "王芳", "wangfang", "", one(domain.Supervisor), day(2018, time.March, 1)},
		{"K02", "周国平", "zhouguoping", "", one(domain.Director), day(2016, time.May, 3)},
		{"K08", "张伟", "zhangwei", "早班", one(domain.Trainee), day(2021, time.July, 1)},
		{"K09", "吴倩", "wuqian", "中班", one(domain.Trainee), day(2022, time.March, 7)},
		{"K10", "高翔", "gaoxiang", "中班", one(domain.Trainee), day(2022, time.March, 7)},
		{"K11", "郑宇", "zhengyu", "早班", one(domain.Trainee), day(2023, time.June, 5)},
		{"K12", "周丽", "zhouli", "中班", one(domain.Trainee), day(2023, time.June, 5)},
		{"K13", "何磊", "helei", "夜班", one(domain.Trainee), day(2024, time.April, 8)},
		{"K05", "陈静", "chenjing", "早班", one(domain.Coach), day(2019, time.July, 1)},
		{"K06", "赵强", "zhaoqiang", "中班", one(domain.Coach), day(2019, time.July, 1)},
		{"K04", "孙伟", "sunwei", "", one(domain.SafetyOfficer), day(2019, time.July, 1)},
		{"K03", "李工", "ligong", "", one(domain.Administrator), day(2018, time.May, 2)},
	}
}

// Handles gives the person's name on a platform.
func (m Member) Handles(platform string) []domain.Handle {
	return []domain.Handle{{Platform: platform, User: m.User}}
}

// People gives the sample office's staff for the page.
func People() []Person {
	var out []Person
	for _, m := range Staff() {
		p := Person{User: m.User, Name: m.Name, Shift: m.Shift}
		for _, r := range m.Roles {
			p.Roles = append(p.Roles, r.Chinese())
		}
		out = append(out, p)
	}
	return out
}

// Cast gives the users on the three phones at first: trainee, supervisor, director.
func Cast() []string { return []string{"lina", "wangfang", "zhouguoping"} }

// Origin is when the sample office starts to use the program, for a demo that begins at t: in the
// month before, in time to plan t's month (5.1.2). The clock starts there.
func Origin(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month()-1, 20, 9, 30, 0, 0, t.Location())
}

// Eve is the evening before a demo that begins at t. What phones showed earlier is history.
func Eve(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()-1, 16, 59, 0, 0, t.Location())
}

// Seed lets the sample office live from its Origin to t by its people's own messages: this month's
// plan is drafted, gets a session ten minutes after t, is submitted and approved; last month's
// assessment is done; the last evening's and this morning's reminders come. The clock must stand at
// Origin(t) and the staff be imported; at the end it runs from t. Of w, the clock, phones, tick and
// timetable are used.
func Seed(ctx context.Context, w World, t time.Time) error {
	supervisor, director := Cast()[1], Cast()[2]
	class := t.Add(10 * time.Minute).Truncate(5 * time.Minute)
	month := t.Format("2006-01")
	for i, l := range []struct{ user, text string }{
		{supervisor, "拟计划 " + month},
		{supervisor, class.Format("加一场 2006-01-02 15:04 服务意识 中控会议室 我讲")},
		{supervisor, "报计划 " + month},
		{director, "同意"},
	} {
		if err := live(ctx, w, Origin(t).Add(time.Duration(i)*10*time.Minute), l.user, l.text); err != nil {
			return err
		}
	}
	if t.Day() > 7 { // the window of last month's assessment is behind us (5.4.2)
		done := time.Date(t.Year(), t.Month(), 7, 16, 0, 0, 0, t.Location())
		if err := live(ctx, w, done, supervisor, "考核 已完成 月度 "+Origin(t).Format("2006-01")); err != nil {
			return err
		}
	}
	p, err := New(w)
	if err != nil {
		return err
	}
	if err := p.step(ctx, Eve(t).Add(-time.Minute)); err != nil {
		return err
	}
	if err := p.walk(ctx, t); err != nil {
		return err
	}
	w.Clock.Run()
	return nil
}

// live has somebody say a line at an instant and delivers what it promises.
func live(ctx context.Context, w World, at time.Time, user, text string) error {
	if err := w.Clock.Hold(at); err != nil {
		return err
	}
	before := len(w.Phones.Inbox(user))
	if err := w.Phones.Say(ctx, user, text); err != nil {
		return fmt.Errorf("sample office: %s says %q: %w", user, text, err)
	}
	if err := w.Tick(ctx, w.Clock.Now()); err != nil {
		return fmt.Errorf("sample office: %w", err)
	}
	for _, m := range w.Phones.Inbox(user)[before:] {
		if !m.Mine {
			return nil
		}
	}
	return fmt.Errorf("sample office: %s says %q and %w", user, text, errSilence)
}

var errSilence = errors.New("gets no answer")

// Line gives the first line of a text, for the strip of what is coming.
func Line(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
