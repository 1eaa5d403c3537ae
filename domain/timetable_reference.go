package domain

import (
	"fmt"
	"slices"
	"strings"
)

// TimetableReference gives docs/timetable.md: the timetable with the procedure's own numbers, from
// the table the program runs.
func TimetableReference() string {
	p := DefaultPolicy()
	var b strings.Builder
	b.WriteString("# 截止日与提醒\n\n<!-- 本页由程序生成，请改 domain 的时间表后运行 go test ./domain -run Reference -update -->\n\n" +
		"下表是规程里的每个截止日和窗口，以及什么时候提醒谁。数字是规程原文，管理处可以在设置文件里改（见 configuration.md）。" +
		"推演一段时间会发出什么：`trainingbot timetable --from 2026-09-01 --to 2026-09-30`。\n\n" +
		"| 编号 | 条款 | 事项 | 阶段 | 什么时候 | 告诉谁 | 怎么发 |\n|---|---|---|---|---|---|---|\n")
	for _, row := range timetableRows() {
		for i, st := range row.stages {
			id, clause, title := string(row.kind), row.clause, row.title
			if i > 0 {
				id, clause, title = "", "", ""
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", id, clause, title, st.name, st.when(p), st.receiversInWords(p), st.waysInWords(row.kind))
		}
	}
	x := p.Reminders
	b.WriteString("\n## 算法\n\n")
	for _, line := range []string{
		"截止日不动：25日、30日、12月10日、12月20日当天一定提醒，不论是不是休息日；当天24:00前都算按时。",
		"工作目标日：截止日遇休息日时，取它前一个工作日。提前提醒从工作目标日往回数日历日，数到休息日就再提前到工作日。两个提前日落在同一天只提醒一次。",
		"工作日按国务院放假通知，调休补班的周末算工作日。没有通知的年份只按周末推算，日期标“暂定”；通知导入后，没有办完的事项按新日期重新计算，不需要升级程序。",
		"“到岗后”不计到岗当日（民法典第201条）。同一人换班次、调管理处而没有间断，不算新到岗。",
		"2月没有30日，取月末。",
		fmt.Sprintf("临近截止才被驳回的计划，另给%d个工作日重新上报。", p.Plan.ReturnedWorkingDays),
		"修订执行中的计划（5.4.5）没有截止日：上报后提醒审批，并按时换新卡片，批准前仍按原计划执行。",
		"已经办完的事项不再提醒；发生在事项开始之前、或管理处启用本程序之前的时刻不提醒。",
		fmt.Sprintf("提醒不落在免打扰时间 %s–%s。", x.QuietFrom, x.QuietUntil),
		fmt.Sprintf("停机期间错过的提醒，启动后每件事只补发最新的一条；晚于%s的写明原定时间；超过%d天的不再补发。", chineseSpan(x.LateAfter), x.CatchUpDays),
		"某个角色没有人时，提醒发给管理员。",
		fmt.Sprintf("不急的提醒每人每天合成一条，%s发出，管几个管理处的人也只有一条、每处一个小标题；只有一件时就是那一条本身。摘要发出之后才冒出来的，放进第二天的摘要；没发出之前已经办完的，从摘要里拿掉。", x.Morning),
	} {
		b.WriteString("- " + line + "\n")
	}
	return b.String()
}

// waysInWords says whether a stage is a message of its own or part of the morning's digest.
func (x stage) waysInWords(kind MatterKind) string {
	first, later := x.digested(kind, moment{n: 1}), x.digested(kind, moment{n: 2})
	switch {
	case first:
		return "每日摘要"
	case later:
		return "第1天单独，以后每日摘要"
	}
	return "单独"
}

// receiversInWords names the receivers of a stage.
func (x stage) receiversInWords(p Policy) string {
	words := func(roles []Role) string {
		names := make([]string, len(roles))
		for i, r := range roles {
			names[i] = r.Chinese()
		}
		return strings.Join(names, "、")
	}
	switch {
	case x.voice == headVoice:
		return "上级联系人"
	case x.voice == personVoice:
		return "本人"
	case x.voice == deputyVoice:
		return "代理人"
	case x.voice == principalVoice:
		return "委托人"
	case len(x.roles) == 0 && x.voice == deciderVoice:
		return "有权决定的人（卡片）"
	case x.voice == ":expected":
		return "应到的学员"
	case x.voice == ":lecturer":
		return "讲师"
	case slices.Contains(x.roles, Director) && x.voice == "":
		return words(x.roles) + "（审批卡片）"
	}
	return words(x.roles)
}

// Matters gives every row of the timetable by its kind, clause and title.
func Matters() []Reminder {
	var out []Reminder
	for _, row := range timetableRows() {
		out = append(out, Reminder{Kind: row.kind, Clause: row.clause, Title: row.title})
	}
	return out
}
