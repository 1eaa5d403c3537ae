package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"trainingbot/bot"
	"trainingbot/domain"
)

// finding is one line of the doctor, for the installer at the command line and for the office's
// administrator in chat. Where something is wrong the text says what to do.
type finding struct {
	ok         bool
	name, text string
	zhName, zh string
}

func good(name, zhName, text, zh string) finding { return finding{true, name, text, zhName, zh} }
func bad(name, zhName, text, zh string) finding  { return finding{false, name, text, zhName, zh} }

// chatPatience bounds the checks of 自检, so that the answer comes in the callback's own response.
const chatPatience = 3 * time.Second

// chatChecks is the part of 自检 the bot cannot know: what stands around the office.
func (a *App) chatChecks(ctx context.Context) []bot.Check {
	ctx, cancel := context.WithTimeout(ctx, chatPatience)
	defer cancel()
	found := append(a.checkDatabase(ctx), a.networkChecks(ctx)...)
	out := make([]bot.Check, len(found))
	for i, f := range found {
		out[i] = bot.Check{Name: f.zhName, OK: f.ok, Text: f.zh}
	}
	return out
}

// localChecks need no network but the database.
func (a *App) localChecks(ctx context.Context) []finding {
	found := a.checkDatabase(ctx)
	found = append(found, checkHolidays(a.SOP(), a.SOP().Calendar.Date(a.o.Now()))...)
	return append(found, a.checkOffices(ctx)...)
}

func (a *App) checkDatabase(ctx context.Context) []finding {
	const name, zh = "database", "数据库"
	if err := a.db.Ping(ctx); err != nil {
		return []finding{bad(name, zh, fmt.Sprintf("it does not answer (%v): is it running, and is database.url right?", err), "没有应答，请检查数据库是否在运行、database.url 是否正确")}
	}
	have, want, err := a.db.SchemaState(ctx)
	switch {
	case err != nil:
		return []finding{bad(name, zh, fmt.Sprintf("its version cannot be read (%v)", err), "读不到结构版本")}
	case have < want:
		return []finding{bad(name, zh, fmt.Sprintf("schema %d, this program needs %d: make a backup, then run trainingbot migrate", have, want), fmt.Sprintf("结构版本 %d，程序需要 %d：先备份，再运行 trainingbot migrate", have, want))}
	case have > want:
		return []finding{bad(name, zh, fmt.Sprintf("schema %d is newer than this program (%d): run the newer trainingbot", have, want), fmt.Sprintf("结构版本 %d 比程序（%d）新，请运行新版程序", have, want))}
	}
	return []finding{good(name, zh, fmt.Sprintf("%s, schema %d", a.db.Dialect(), have), fmt.Sprintf("%s，结构版本 %d", a.db.Dialect(), have))}
}

// checkHolidays wants this year's notice and, from the day the policy names (1 November), next year's.
func checkHolidays(sop domain.SOP, today domain.Date) []finding {
	years := []int{today.Year}
	if !today.Before(sop.Policy.Calendar.WarnFrom.In(today.Year)) {
		years = append(years, today.Year+1)
	}
	var out []finding
	for _, y := range years {
		if sop.Calendar.Known(y) {
			out = append(out, good("holidays", "节假日", fmt.Sprintf("the notice of %d is loaded", y), fmt.Sprintf("%d年放假通知已载入", y)))
			continue
		}
		out = append(out, bad("holidays", "节假日",
			fmt.Sprintf("the notice of %d is not loaded, its dates are provisional: when the State Council has published it, run trainingbot calendar import FILE", y),
			fmt.Sprintf("%d年放假通知还没有载入，日期按周末暂定；国务院公布后运行 trainingbot calendar import 文件", y)))
	}
	return out
}

// checkOffices looks for roles nobody holds and for people the bot cannot reach.
func (a *App) checkOffices(ctx context.Context) []finding {
	offices, err := a.db.Offices(ctx)
	if err != nil {
		return []finding{bad("offices", "管理处", fmt.Sprintf("they cannot be read (%v)", err), "读不到名单")}
	}
	if len(offices) == 0 {
		return []finding{bad("offices", "管理处", "there is nobody on the staff list: run trainingbot staff import FILE", "名单是空的，请运行 trainingbot staff import 文件")}
	}
	now := a.o.Now()
	var out []finding
	for _, o := range offices {
		f, err := a.db.Facts(ctx, o.ID, now, now)
		if err != nil {
			return append(out, bad("offices", "管理处", fmt.Sprintf("%s cannot be read (%v)", o.Name, err), o.Name+"的名单读不到"))
		}
		out = append(out, officeFindings(f, a.SOP().Calendar.Date(now), a.platformNames())...)
	}
	return out
}

func (a *App) platformNames() []string {
	var out []string
	for _, p := range a.platforms {
		out = append(out, p.Name())
	}
	return out
}

func officeFindings(f domain.Facts, today domain.Date, platforms []string) []finding {
	var out []finding
	var empty []string
	for _, role := range []domain.Role{domain.Supervisor, domain.Director, domain.SafetyOfficer, domain.Trainee} {
		if len(f.Staff.With(f.Office.ID, role, today)) == 0 {
			empty = append(empty, role.Chinese())
		}
	}
	if len(empty) > 0 {
		words := strings.Join(empty, ", ")
		out = append(out, bad("roles", "角色", fmt.Sprintf("%s: nobody is %s; add the role to someone in the staff file and import it again", f.Office.Name, words),
			fmt.Sprintf("%s：没有人是%s，请在名单里指定后重新导入", f.Office.Name, strings.Join(empty, "、"))))
	} else {
		out = append(out, good("roles", "角色", f.Office.Name+": every role has a person", f.Office.Name+"：各角色都有人"))
	}
	present, mute := 0, []string{}
	for _, p := range f.Staff {
		if len(p.Roles(f.Office.ID, today)) == 0 {
			continue
		}
		present++
		if !reachable(p, platforms) {
			mute = append(mute, p.Name)
		}
	}
	if len(mute) > 0 && len(platforms) > 0 {
		return append(out, bad("accounts", "平台账号", fmt.Sprintf("%s: %d of %d people have no account on %s and hear nothing: %s; write it into the staff file, or let them say 绑定 and their number",
			f.Office.Name, len(mute), present, strings.Join(platforms, " or "), some(mute, ", ")),
			fmt.Sprintf("%s：%d人没有平台账号：%s。请填入名单，或让他们发「绑定 工号」", f.Office.Name, len(mute), some(mute, "、"))))
	}
	return append(out, good("accounts", "平台账号", fmt.Sprintf("%s: %d people", f.Office.Name, present), fmt.Sprintf("%s：%d人", f.Office.Name, present)))
}

func reachable(p domain.Person, platforms []string) bool {
	for _, h := range p.Handles {
		for _, name := range platforms {
			if h.Platform == name {
				return true
			}
		}
	}
	return false
}

// some lists names, not more than a line holds.
func some(names []string, sep string) string {
	const most = 10
	if len(names) > most {
		return strings.Join(names[:most], sep) + " …"
	}
	return strings.Join(names, sep)
}
