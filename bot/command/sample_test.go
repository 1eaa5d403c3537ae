package command

import "trainingbot/domain"

// rows is a table shaped like the one of the product.
func rows() Table[string] {
	arg := func(name string, k Kind, hint string) Arg { return Arg{Name: name, Kind: k, Hint: hint} }
	opt := func(name string, k Kind, hint string) Arg {
		return Arg{Name: name, Kind: k, Hint: hint, Optional: true}
	}
	choice := func(name string, options ...Option) Arg {
		return Arg{Name: name, Kind: Choice, Optional: true, Choices: options}
	}
	lecturers := []domain.Role{domain.Supervisor, domain.Coach, domain.DrillLeader, domain.SafetyOfficer}
	supervisor, director := []domain.Role{domain.Supervisor}, []domain.Role{domain.Director}
	admin := []domain.Role{domain.Administrator}
	plan, period := opt("计划", PlanRef, "计划编号，如 P7"), opt("时期", Period, "哪个月或哪一年")
	session, item := opt("场次", SessionRef, "场次编号，如 S31"), opt("条目", Number, "草稿里第几条")
	reason := opt("理由", Text, "为什么")
	t := Table[string]{
		{Name: "帮助", Aliases: []string{"help", "?", "怎么用", "菜单"}, Args: []Arg{opt("主题", Text, "")}, Open: true, Help: "看您能说什么", Example: "帮助", Group: "大家"},
		{Name: "今日", Aliases: []string{"今天", "today"}, Help: "今天有什么事", Example: "今日", Group: "大家"},
		{Name: "为什么", Aliases: []string{"why", "为啥", "依据"}, Args: []Arg{opt("其他", Text, "")}, Help: "上一条通知为什么发给我", Example: "为什么", Group: "大家"},
		{Name: "绑定", Aliases: []string{"bind"}, Args: []Arg{arg("工号", Word, "您的工号")}, Open: true, Changes: true, Help: "让我认识您", Example: "绑定 A102", Group: "大家"},
		{Name: "是", Aliases: []string{"好", "好的", "确认执行", "可以", "ok", "yes"}, Changes: true, Help: "回答：就这么办", Example: "是", Hidden: true},
		{Name: "算了", Aliases: []string{"否", "no", "不用了"}, Changes: true, Help: "回答：不办了", Example: "算了", Hidden: true},
		{Name: "签到", Aliases: []string{"到了", "checkin", "check in"}, Args: []Arg{arg("口令", Code, "讲师给出的4位口令")}, Changes: true, SelfProving: true, Help: "培训时签到", Example: "签到 4827", Group: "培训", Clause: "5.3.4"},
		{Name: "课表", Aliases: []string{"我的课表", "schedule"}, Help: "看排了哪些课", Example: "课表", Group: "培训"},
		{Name: "请假", Aliases: []string{"leave"}, Args: []Arg{session, arg("事由", Text, "一句话")}, Changes: true, Help: "向讲师请假", Example: "请假 S31 孩子发烧", Group: "培训"},
		{Name: "开课", Aliases: []string{"开始上课", "open"}, Args: []Arg{session}, Roles: lecturers, Changes: true, Help: "开放签到，给出口令", Example: "开课 S31", Group: "讲课"},
		{Name: "点名", Aliases: []string{"roll"}, Args: []Arg{session, opt("人", Person, "要登记的人"),
			choice("状态", Option{"到", []string{"到场", "到了", "已到"}}, Option{"迟到", []string{"晚到"}}, Option{"缺席", []string{"没来", "未到"}}), reason},
			Roles: lecturers, Changes: true, Help: "登记一个人", Example: "点名 S31 张伟 迟到 堵车", Group: "讲课"},
		{Name: "关课", Aliases: []string{"下课", "close"}, Args: []Arg{session, opt("人数", Number, "现场人数"), opt("备注", Text, "讲得怎样")}, Roles: lecturers, Changes: true, Help: "结束签到", Example: "关课 S31 7人 都听懂了", Group: "讲课"},
		{Name: "拟计划", Aliases: []string{"起草计划", "draft"}, Args: []Arg{period}, Roles: supervisor, Changes: true, Help: "拟一份计划草稿", Example: "拟计划 2027-01", Group: "计划", Clause: "5.1.1"},
		{Name: "计划", Aliases: []string{"看计划", "plan"}, Args: []Arg{plan, period}, Roles: supervisor, Help: "看计划", Example: "计划 P7", Group: "计划"},
		{Name: "加一场", Aliases: []string{"加课", "排课", "add"}, Args: []Arg{arg("日期", Date, "哪一天，如 10-22"), arg("时间", Clock, "几点，如 15:00"), arg("主题", Text, "讲什么"),
			opt("讲师", Person, "谁讲"), {Name: "地点", Kind: Word, Optional: true, Marks: []string{"在…", "…室", "…厅"}, Hint: "在哪里"}, opt("时长", Minutes, "多长")},
			AnyOrder: true, Roles: supervisor, Changes: true, Help: "往草稿里加一场", Example: "加一场 10-22 下午3点 如何与业主沟通 我讲", Group: "计划"},
		{Name: "改期", Aliases: []string{"move"}, Args: []Arg{session, item, arg("日期", Date, "改到哪天"), arg("时间", Clock, "几点"), reason}, Roles: supervisor, Changes: true, Help: "改一场的时间", Example: "改期 S31 10-23 15:00 前台验收", Group: "计划"},
		{Name: "取消", Aliases: []string{"cancel"}, Args: []Arg{session, item, reason}, Roles: supervisor, Changes: true, Help: "取消一场", Example: "取消 S31 讲师生病", Group: "计划"},
		{Name: "报计划", Aliases: []string{"上报", "submit"}, Args: []Arg{plan, period}, Roles: supervisor, Changes: true, Help: "上报计划", Example: "报计划 2026-11", Group: "计划", Clause: "5.1.2"},
		{Name: "撤回", Args: []Arg{plan}, Roles: supervisor, Changes: true, Help: "撤回待批的计划", Example: "撤回 P7", Group: "计划"},
		{Name: "考核", Aliases: []string{"exam"}, Args: []Arg{choice("类别", Option{"月度", []string{"月考"}}, Option{"消防", nil}), opt("人", Person, "新员工"), period}, Roles: supervisor, Help: "看考核", Example: "考核 月度 2026-09", Group: "考核", Clause: "5.4.2"},
		{Name: "考核 已完成", Aliases: []string{"考核 完成"}, Args: []Arg{choice("类别", Option{"月度", []string{"月考"}}, Option{"消防", nil}), opt("人", Person, "新员工"), period}, Roles: supervisor, Changes: true, Help: "登记考核已办", Example: "考核 已完成 消防", Group: "考核"},
		{Name: "事项", Args: []Arg{{Name: "事项", Kind: Ref, Letter: "B", Hint: "事项编号，如 B12"}}, Help: "看一件事", Example: "事项 B12", Group: "审批"},
		{Name: "同意", Aliases: []string{"批准", "approve"}, Args: []Arg{plan, {Name: "事项", Kind: Ref, Letter: "B", Optional: true}}, Roles: director, Changes: true, Help: "批准计划", Example: "同意 P7", Group: "审批", Clause: "5.1.4"},
		{Name: "驳回", Aliases: []string{"退回", "reject"}, Args: []Arg{arg("计划", PlanRef, "计划编号"), arg("理由", Text, "一句理由")}, Roles: director, Changes: true, Help: "退回计划", Example: "驳回 P7 22号前台验收，客服走不开", Group: "审批"},
		{Name: "待批", Aliases: []string{"pending"}, Roles: director, Help: "等您审批的计划", Example: "待批", Group: "审批"},
		{Name: "自检", Aliases: []string{"doctor"}, Roles: admin, Help: "检查运行情况", Example: "自检", Group: "管理"},
		{Name: "规程", Aliases: []string{"规则", "rules"}, Args: []Arg{opt("条款", Text, "条款号")}, Help: "看规程", Example: "规程", Group: "管理"},
		{Name: "节假日", Aliases: []string{"holiday"}, Args: []Arg{opt("日期", Date, "要改的日子"), choice("安排", Option{"休", []string{"放假", "休息"}}, Option{"班", []string{"上班", "补班"}}), opt("年", Period, "哪一年")}, Roles: admin, Changes: true, Help: "看或改节假日", Example: "节假日 2026-10-10 改为 班", Group: "管理"},
	}
	for i := range t {
		t[i].Run = t[i].Name
	}
	return t
}
