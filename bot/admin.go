package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// adminWords are the words of those who look after the office and the installation.
func adminWords() command.Table[run] {
	leads := []domain.Role{domain.Supervisor, domain.Director, domain.Administrator}
	only := []domain.Role{domain.Administrator}
	return command.Table[run]{
		{Name: "推演", Aliases: []string{"rehearse"}, Clause: "3.0", Roles: leads, Args: []command.Arg{opt("时期", command.Period, "哪个月，不写就是本月余下的日子"), opt("怎么看", command.Text, "写 按人 或 清单")},
			Help: "那个月会发出多少消息、哪天最忙、夜里有没有", Example: "推演 2026-10", Run: rehearse},
		{Name: "名单", Aliases: []string{"人员", "staff"}, Clause: "2.0", Roles: leads, Args: []command.Arg{opt("人", command.Person, "要细看的人")},
			Help: "管理处有谁：角色、班次、平台账号", Example: "名单", Run: showStaff},
		{Name: "日志", Aliases: []string{"log", "记录本"}, Clause: "3.2", Roles: leads,
			Args: []command.Arg{opt("人", command.Person, "谁做的或关于谁"), opt("日期", command.Date, "哪一天"), opt("编号", command.Text, "编号，如 P7、S31、F12")},
			Help: "谁在什么时候做了什么，只增不改", Example: "日志 P7", Run: showLog},
		{Name: "群绑定", Aliases: []string{"绑定群"}, Clause: "3.0", Roles: only, Changes: true, Args: []command.Arg{opt("地址", command.Text, "群机器人的 Webhook 地址，或 解绑")},
			Help: "把群机器人绑到管理处，公告也在群里说", Example: "群绑定 解绑", Run: bindGroup},
		{Name: "备份", Aliases: []string{"backup"}, Clause: "7.0", Roles: only, Help: "怎样备份和恢复", Example: "备份", Run: backupHow},
		{Name: "导出", Aliases: []string{"export"}, Clause: "7.0", Roles: leads, Args: []command.Arg{opt("什么", command.Text, "")}, Help: "现在能导出什么", Example: "导出", Run: exportWhat},
	}
}

// rehearse counts what would go out in a month (推演; mission capability 4).
func rehearse(r *request) (domain.Change, error) {
	first, last := r.today(), r.today().MonthOf().Last()
	period := domain.MonthlyPeriod(r.today().MonthOf())
	if p := r.args.Period("时期"); !p.IsZero() {
		if p.Annual() {
			return domain.Change{}, domain.Refuse(domain.Invalid, "", "请写一个月，如「推演 2026-10」。一年的清单在服务器上运行 trainingbot timetable。")
		}
		period, first, last = p, p.First(), p.Last()
	}
	w := domain.Window{From: r.sop.Calendar.At(first, domain.Clock{}), To: r.sop.Calendar.At(last.AddDays(1), domain.Clock{})}
	facts, err := r.view.Facts(r.Office.ID, w.From, w.To)
	if err != nil {
		return domain.Change{}, err
	}
	x := r.sop.Rehearse(facts, w)
	if x.Private == 0 {
		return say("%s按现在没办完的事，不会发出提醒。", period.Chinese())
	}
	switch how := r.args.Text("怎么看"); {
	case strings.Contains(how, "人"):
		return say("%s按人：%s。", period.Chinese(), x.People(facts.Staff))
	case strings.Contains(how, "单"):
		return say("%s", r.rehearsalList(x, first, last))
	}
	return say("%s（%s至%s）按现在没办完的事推算，将发出：私信%d条，其中要点的卡片%d张、合成的摘要%d条。最忙 %s（%d条）。夜间%d条。\n每人：%s。\n看每天有什么发「推演 %s 清单」。",
		period.Chinese(), first.Chinese(), last.Chinese(), x.Private, x.Cards, x.Digests, x.Busiest.Chinese(), x.Most, x.Night, x.People(facts.Staff), period)
}

// rehearsalList writes what goes out on each day.
func (r *request) rehearsalList(x domain.Rehearsal, first, last domain.Date) string {
	var b strings.Builder
	for d := first; !d.After(last); d = d.AddDays(1) {
		if len(x.Lists[d]) == 0 {
			continue
		}
		var names []string
		for _, m := range x.Lists[d] {
			if name := fmt.Sprintf("%s→%s", m.Title, m.To()); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		fmt.Fprintf(&b, "%s %d条：%s\n", d.Chinese(), x.ByDay[d], strings.Join(names, "；"))
	}
	return strings.TrimRight(b.String(), "\n")
}

// showStaff lists the people of the office, or one of them.
func showStaff(r *request) (domain.Change, error) {
	day := r.today()
	line := func(p domain.Person) string {
		var roles []string
		for _, x := range p.Roles(r.Office.ID, day) {
			roles = append(roles, x.Chinese())
		}
		out := fmt.Sprintf("%s（%s）%s", r.Staff.Name(p.ID), p.No, strings.Join(roles, "/"))
		if shift := p.ShiftIn(r.Office.ID, day); shift != "" {
			out += " " + shift
		}
		if len(p.Handles) == 0 {
			out += "，没有平台账号，收不到消息"
		}
		return out
	}
	if id := r.args.Person("人"); id != "" {
		p, _ := r.Staff.Person(id)
		text := line(p)
		for _, m := range p.Memberships {
			if m.Office == r.Office.ID {
				text += fmt.Sprintf("\n%s起", m.Since)
				if !m.Until.IsZero() {
					text += fmt.Sprintf("，到%s", m.Until)
				}
			}
		}
		for _, h := range p.Handles {
			text += fmt.Sprintf("\n账号 %s:%s", h.Platform, h.User)
		}
		return say("%s", text)
	}
	var lines []string
	mute := 0
	for _, p := range r.Staff {
		if len(p.Roles(r.Office.ID, day)) > 0 {
			lines = append(lines, line(p))
			if len(p.Handles) == 0 {
				mute++
			}
		}
	}
	return say("%s %s在册%d人，%d人没有平台账号：\n%s\n改名单在服务器上运行 trainingbot staff import 文件。", r.Office.Name, day.Chinese(), len(lines), mute, strings.Join(lines, "\n"))
}

// numbered is what the log's subjects are called.
var numbered = regexp.MustCompile(`^[A-Za-z]\d+$`)

// logLines is how many lines of the log one answer shows, logDays how far back it looks unasked. They
// are habits of the page.
const (
	logLines = 20
	logDays  = 30
)

// showLog shows the office's log (mission E19).
func showLog(r *request) (domain.Change, error) {
	from, to := r.sop.Calendar.At(r.today().AddDays(-logDays), domain.Clock{}), r.sop.Calendar.At(r.today().AddDays(1), domain.Clock{})
	if r.args.Has("日期") {
		from = r.sop.Calendar.At(r.args.Date("日期"), domain.Clock{})
		to = from.AddDate(0, 0, 1)
	}
	subject := strings.ToUpper(strings.TrimSpace(r.args.Text("编号")))
	if subject != "" {
		if !numbered.MatchString(subject) {
			return domain.Change{}, domain.Refuse(domain.Invalid, "", "请写编号、人或日期，如「日志 P7」「日志 张伟」「日志 昨天」。")
		}
		from = r.sop.Calendar.At(r.Office.Since, domain.Clock{})
	}
	var person domain.Person
	if id := r.args.Person("人"); id != "" {
		person, _ = r.Staff.Person(id)
	}
	lines, err := r.view.Log(r.Office.ID, from, to, subject, person, logLines)
	if err != nil {
		return domain.Change{}, err
	}
	if len(lines) == 0 {
		return say("没有找到这样的记录。看最近的发「日志」。")
	}
	var b strings.Builder
	for _, a := range lines {
		who := "程序"
		if a.Actor != "" {
			who = r.Staff.Name(a.Actor)
		}
		fmt.Fprintf(&b, "%s %s：%s", r.sop.Moment(a.At), who, a.Text)
		if a.Clause != "" {
			fmt.Fprintf(&b, "（规程%s）", a.Clause)
		}
		b.WriteByte('\n')
	}
	if len(lines) == logLines {
		fmt.Fprintf(&b, "只显示最近%d条；再早的写明日期，如「日志 %s」。", logLines, r.sop.Calendar.Date(lines[0].At))
	}
	return say("%s", strings.TrimRight(b.String(), "\n"))
}

// bindGroup binds the robot of a group to the office by its webhook address, whose key is the secret.
func bindGroup(r *request) (domain.Change, error) {
	bound, _, err := r.view.GroupRobot(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	address := strings.TrimSpace(r.args.Text("地址"))
	switch address {
	case "":
		if bound.Key == "" {
			return say("%s还没有绑定群。在企业微信群里添加群机器人（消息推送），把它的 Webhook 地址发给我：「群绑定 https://qyapi…」。地址就是钥匙，请私信发，别发到群里。", r.Office.Name)
		}
		return say("%s已绑定群（%s，%s）。换一个就发新地址，解绑发「群绑定 解绑」。", r.Office.Name, r.Staff.Name(bound.By), r.sop.Moment(bound.At))
	case "解绑", "取消":
		return r.sop.BindGroup(r.Case, bound, "")
	}
	m := robotAddress.FindStringSubmatch(address)
	if m == nil {
		return domain.Change{}, domain.Refuse(domain.Invalid, "3.0", "地址不对。群机器人的地址以 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key= 开头，请整条复制过来。")
	}
	return r.sop.BindGroup(r.Case, bound, domain.RobotKey(m[1]))
}

// robotAddress is the webhook address of a group's robot as the platform shows it. Only the key is kept:
// the adapter calls the platform and nobody else.
var robotAddress = regexp.MustCompile(`^https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([0-9A-Za-z-]{8,80})$`)

func backupHow(*request) (domain.Change, error) {
	return say("备份在服务器上做，不经过聊天：\n自带的数据库：trainingbot backup 文件，运行中也可以做，一份文件就是全部数据；恢复先停机，再运行 trainingbot restore 文件。\nPostgreSQL：用 pg_dump 备份，pg_restore 恢复。\n建议每天一份，放到另一台电脑上。")
}

func exportWhat(*request) (domain.Change, error) {
	return say("现在能导出的：\n名单：在服务器上运行 trainingbot staff export 文件。\n提醒时间表：trainingbot timetable --from 日期 --to 日期 --format csv，也能导成日历。\n计划全文发「计划」，记录发「日志」。\n《培训计划表》《培训记录表》的表格导出（规程7.1、7.2）还没有做好，做好后用这个词。")
}
