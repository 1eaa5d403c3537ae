package bot

import (
	"slices"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// The words other parts of the bot ask for by name.
const (
	checkInWord   = "签到"
	selfCheckWord = "自检"
	approveWord   = "同意"
	returnWord    = "驳回"
	pendingWord   = "待批"
)

var (
	lecturers   = []domain.Role{domain.Supervisor, domain.Coach, domain.DrillLeader, domain.SafetyOfficer}
	supervisors = []domain.Role{domain.Supervisor}
	assessors   = []domain.Role{domain.Supervisor, domain.SafetyOfficer}
	directors   = []domain.Role{domain.Director}
	planners    = []domain.Role{domain.Supervisor, domain.Director}
	// Whoever may have something to decide: what it is says who of them decides it.
	judges = append([]domain.Role{domain.Director, domain.Administrator}, lecturers...)
	admins = []domain.Role{domain.Administrator, domain.Supervisor}
)

// proposalRef is the argument that names a thing to decide.
func proposalRef(optional bool) command.Arg {
	return refArg("事项", "B", "事项编号，如 B12", optional)
}

// Table is everything people can say, by subject. Grammar, permission, help and the reference page
// come from it.
func Table() command.Table[run] {
	return everyday(slices.Concat(
		dayWords(),
		mainWords(),
		orientationWords(),
		theoryWords(),
		practiceWords(),
		staffingWords(),
		pointsWords(),
		assessWords(),
		policyWords(),
		remindWords(),
		adminWords(),
		dutyWords(),
		chainWords(),
		deputyWords(),
		inspectWords(),
		feedbackWords(),
		inputWords(),
		mineWords(),
		lecturerWords(),
		coverageWords(),
	))
}

// arg is an argument that must be said.
func arg(name string, k command.Kind, hint string) command.Arg {
	return command.Arg{Name: name, Kind: k, Hint: hint}
}

// opt is an argument that may be left out.
func opt(name string, k command.Kind, hint string) command.Arg {
	return command.Arg{Name: name, Kind: k, Hint: hint, Optional: true}
}

// refArg names a thing by its letter and number.
func refArg(name, letter, hint string, optional bool) command.Arg {
	return command.Arg{Name: name, Kind: command.Ref, Letter: letter, Hint: hint, Optional: optional}
}

// mainWords are the words of planning, approval and the training day, and those of everyone.
func mainWords() command.Table[run] {
	return command.Table[run]{
		{Name: "帮助", Aliases: []string{"幫助", "help", "菜单", "怎么用", "?"}, Clause: "1.0", Open: true,
			Args: []command.Arg{opt("词", command.Text, "要细看的那个词")}, Help: "看您能说什么，或细看一个词", Example: "帮助 签到", Run: help},
		{Name: "绑定", Aliases: []string{"bind"}, Clause: "2.0", Open: true, Changes: true, Args: []command.Arg{arg("工号", command.Word, "您的工号")},
			Help: "第一次使用时认领自己的工号，主管确认后生效", Example: "绑定 K07", Run: bind},
		{Name: "课表", Aliases: []string{"课程表", "schedule", "我的课表"}, Clause: "5.3",
			Help: "两周内您要参加或要讲的培训", Example: "课表", Run: timetable},

		{Name: checkInWord, Aliases: []string{"checkin", "打卡"}, Clause: "5.3", Changes: true, SelfProving: true,
			Args: []command.Arg{arg("口令", command.Code, "讲师给出的4位口令")}, Help: "培训时签到", Example: "签到 4827", Run: checkInSlow},

		{Name: "开课", Aliases: []string{"开始签到", "open"}, Clause: "5.3.4", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号，如 S31")}, Help: "开放签到，给出口令", Example: "开课 S31", Run: openSession},
		{Name: "点名", Aliases: []string{"rollcall", "谁没到"}, Clause: "5.3.4", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"), opt("人", command.Person, "要补登的人"),
				{Name: "到", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "到", Synonyms: []string{"到场", "到了", "已到", "补到"}}, {Value: "迟到"}, {Value: "早退"}}},
				opt("时长", command.Minutes, "迟到或早退多少分钟"), opt("理由", command.Text, "没能自己签到的原因")},
			Help: "看谁到了谁没到；替没法签到的人登记", Example: "点名 S31 张伟 到 手机没电", Run: rollCall},
		{Name: "关课", Aliases: []string{"下课", "结束签到", "close"}, Clause: "5.3.4", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"), opt("人数", command.Number, "现场人数"), opt("备注", command.Text, "讲得怎样、有无异常")},
			Help: "结束签到，写下现场人数和备注", Example: "关课 S31 7人 大家对回访时限不清楚", Run: closeSession},

		{Name: "拟计划", Aliases: []string{"擬計劃", "draft", "起草计划"}, Clause: "5.1.2", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("时期", command.Period, "哪个月或哪一年，不写就是下个月")}, Help: "按规程4.0的频次拟下月（或下年）计划草稿", Example: "拟计划 2027-01", Run: draftPlan},
		{Name: "计划", Aliases: []string{"plan", "看计划"}, Clause: "5.1.1",
			Args: []command.Arg{opt("计划", command.PlanRef, "计划编号"), opt("时期", command.Period, "哪个月或哪一年")}, Help: "看计划全文和进展", Example: "计划 P7", Run: showPlan},
		{Name: "加一场", Aliases: []string{"加场", "排课", "add"}, Clause: "5.3.2", Roles: supervisors, Changes: true, AnyOrder: true,
			Args: []command.Arg{arg("日期", command.Date, "哪一天"), arg("时间", command.Clock, "几点"), arg("主题", command.Text, "讲什么"),
				opt("讲师", command.Person, "谁讲"), opt("时长", command.Minutes, "多长")},
			Help: "在计划里加一场", Example: "加一场 10-22 下午3点 如何与业主沟通 我讲", Run: addItem},
		{Name: "改期", Aliases: []string{"改时间", "改到", "挪到", "调整到", "推迟到", "move"}, Clause: "5.3.2", Roles: lecturers, Changes: true, AnyOrder: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"), opt("计划", command.PlanRef, "计划编号"), opt("条目", command.Number, "草稿里第几条"), arg("日期", command.Date, "改到哪天"),
				arg("时间", command.Clock, "几点"), opt("理由", command.Text, "为什么")},
			Help: "改期：已批准的用场次编号，草稿用第几条", Example: "改期 S31 明天 16点 消防局来检查", Run: moveItem},
		{Name: "取消", Aliases: []string{"cancel", "取消培训"}, Clause: "5.3.2", Roles: lecturers, Changes: true, AnyOrder: true,
			Args: []command.Arg{opt("场次", command.SessionRef, "场次编号"), opt("计划", command.PlanRef, "计划编号"), opt("条目", command.Number, "草稿里第几条"), opt("理由", command.Text, "为什么")},
			Help: "取消一场", Example: "取消 S31 台风停课", Run: cancelItem},
		{Name: "报计划", Aliases: []string{"上报", "上报计划", "提交计划", "submit"}, Clause: "5.1.2", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("计划", command.PlanRef, "计划编号"), opt("时期", command.Period, "哪个月或哪一年")}, Help: "把草稿上报给主任审批", Example: "报计划 2026-10", Run: submitPlan},
		{Name: "撤回", Aliases: []string{"撤回计划", "withdraw"}, Clause: "5.1.2", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("计划", command.PlanRef, "计划编号")}, Help: "把还没审批的计划撤回来改", Example: "撤回 P7", Run: withdrawPlan},
		{Name: "考核", Aliases: []string{"assess"}, Clause: "5.4", Roles: assessors, Changes: true,
			Args: []command.Arg{{Name: "办结", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "已完成", Synonyms: []string{"完成", "做完了", "考完了", "已考"}}}},
				{Name: "类别", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "消防", Synonyms: []string{"消防考核"}}, {Value: "月度", Synonyms: []string{"月考", "月度考核"}},
					{Value: "岗前", Synonyms: []string{"岗前理论", "岗前培训"}}}},
				opt("人", command.Person, "新员工"), opt("时期", command.Period, "哪个月的培训"), assessmentRef()},
			Help: "看考核窗口和各场考核；另有 考核 安排、缓考、免考、开卷、收卷、合并、已完成", Example: "考核 T5", Run: assess},

		{Name: pendingWord, Aliases: []string{"待审批", "pending"}, Clause: "5.1.3、5.1.4", Roles: judges,
			Help: "等审批的计划和等您决定的事", Example: "待批", Run: pending},
		{Name: "事项", Aliases: []string{"matter"}, Clause: "3.2", Args: []command.Arg{proposalRef(false)},
			Help: "看一件提交决定的事", Example: "事项 B12", Run: showProposal},
		{Name: approveWord, Aliases: []string{"批准", "approve"}, Clause: "5.1.3、5.1.4", Roles: judges, Changes: true,
			Args: []command.Arg{opt("计划", command.PlanRef, "计划编号"), proposalRef(true), opt("理由", command.Text, "要说明的话")},
			Help: "批准计划，或同意一件等您决定的事", Example: "同意 P7", Run: approve},
		{Name: returnWord, Aliases: []string{"駁回", "退回", "不同意", "不批准", "return", "reject"}, Clause: "5.1.3、5.1.4", Roles: judges, Changes: true,
			Args: []command.Arg{opt("计划", command.PlanRef, "计划编号"), proposalRef(true), opt("理由", command.Text, "一句理由")}, Help: "退回计划或不同意一件事，写一句理由", Example: "驳回 P7 22号前台验收，客服走不开", Run: returnPlan},

		{Name: selfCheckWord, Aliases: []string{"自檢", "doctor"}, Clause: "3.0", Roles: admins, Help: "检查设置、名单和节假日", Example: "自检", Run: selfCheck},
		{Name: "节假日", Everywhere: true, Aliases: []string{"節假日", "holidays", "放假"}, Clause: "5.1.2", Roles: append([]domain.Role{domain.Director}, admins...), Changes: true,
			Args: []command.Arg{opt("日期", command.Date, "要改的日子"), {Name: "改为", Kind: command.Choice, Optional: true,
				Choices: []command.Option{{Value: "休", Synonyms: []string{"改为休", "改休", "放假"}}, {Value: "班", Synonyms: []string{"改为班", "改班", "上班", "补班"}}}}, opt("年", command.Number, "哪一年")},
			Help: "看一年的放假安排，或改一天", Example: "节假日 2026-02-24 改为休", Run: holidays},
		{Name: "准绑", Clause: "2.0", Roles: admins, Changes: true, Hidden: true,
			Args: []command.Arg{arg("工号", command.Word, "工号"), arg("账号", command.Text, "平台和账号")}, Help: "确认某人的平台账号", Example: "准绑 K07 wecom:zhangwei", Run: confirmBind},
	}
}
