package bot

import (
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// topic is a heading of the guide with its words, in the order in which people need them.
type topic struct {
	name  string
	words []string
}

// topics are the headings of the guide and of the reference: what a word is about. Who may say it is the
// row's own affair.
var topics = []topic{
	{"培训", []string{"签到", "签退", "课表", "我的培训", "请假", "销假", "补签", "说明", "评价", "需求"}},
	{"讲课", []string{"开课", "点名", "关课", "记录", "确认", "换人", "加人", "补录", "占用", "退占"}},
	{"计划", []string{"拟计划", "计划", "加一场", "改期", "取消", "报计划", "撤回", "缺口", "补训", "加B场", "重点", "不采纳", "指令", "排班"}},
	{"审批", []string{"待批", "同意", "驳回", "再议", "事项", "撤销", "委托", "撤销委托", "检查"}},
	{"考核", []string{"考核", "成绩", "分析", "题库", "实操", "自测", "答卷", "限期", "单独培训", "材料", "结案"}},
	{"新员工", []string{"入职", "岗前", "派教练", "带教", "补课", "改考", "离职", "调动", "交接"}},
	{"考勤分", []string{"我的分", "申诉", "考勤分", "认定", "违纪", "未评价"}},
	{"讲师", []string{"讲师", "讲师措施", "恢复授课"}},
	{"查询", []string{"今日", "为什么", "规程", "推演", "帮助", "绑定"}},
	{"设置", []string{"自检", "规程确认", "节假日", "名单", "日志", "导出", "群绑定", "备份"}},
}

// often are the words each role needs most; the guide explains them and only names the others.
var often = []struct {
	role  domain.Role
	words []string
}{
	{domain.Supervisor, []string{"今日", "拟计划", "报计划", "改期", "开课", "点名", "关课", "考核", "缺口"}},
	{domain.Director, []string{"待批", "检查", "委托", "计划"}},
	{domain.Administrator, []string{"自检", "名单", "规程", "节假日"}},
	{domain.Coach, []string{"开课", "点名", "关课", "带教"}},
	{domain.DrillLeader, []string{"开课", "点名", "关课"}},
	{domain.SafetyOfficer, []string{"开课", "点名", "关课", "考核"}},
	{domain.Trainee, []string{"签到", "课表", "请假", "我的培训", "我的分", "评价"}},
}

// asks are pieces of the questions people ask in everyday words, by the word that answers them.
var asks = map[string][]string{
	"今日":   {"要做什么", "要办什么", "有什么事", "有啥事", "干什么", "什么安排", "待办", "该干嘛"},
	"课表":   {"有课吗", "有没有课", "什么课", "几点上课", "什么时候上课", "什么时候培训", "什么时候有课", "哪天培训", "几点培训", "上课时间", "培训时间", "在哪上课", "在哪培训", "有培训吗", "有没有培训", "培训什么时候"},
	"我的培训": {"培训情况", "我考了多少", "我考了几分", "我考得", "我及格", "我合格", "上过哪些", "学过哪些", "我要补考", "补考什么时候"},
	"我的分":  {"多少分", "几分", "扣分了吗", "扣了吗", "扣我分"},
	"考勤分":  {"多少分", "几分", "谁扣分", "谁被扣"},
	"申诉":   {"扣错", "不服", "冤枉"},
	"请假":   {"来不了", "去不了", "参加不了", "到不了", "没空参加"},
	"补签":   {"没签上", "忘签", "忘了签", "忘记签", "签不上", "没法签到"},
	"签退":   {"要早走", "先走一会", "提前走"},
	"需求":   {"希望培训", "能不能讲讲", "建议培训"},
	"待批":   {"要批", "要审批", "等我批", "等我审"},
	"检查":   {"执行得怎么样", "完成情况", "培训做得怎"},
	"委托":   {"我要出差", "我去出差", "替我审批", "代我审批"},
	"缺口":   {"还缺", "没排", "漏了什么", "漏排", "谁没培训"},
	"点名":   {"谁没来", "谁没签", "谁迟到", "来了几个", "到了几个", "来了多少", "到齐了吗", "签了几个"},
	"拟计划":  {"做计划", "写计划", "编计划", "订计划", "制定计划", "排计划", "计划怎么"},
	"计划":   {"计划批了吗", "计划批了没", "计划到哪"},
	"改期":   {"推迟", "延期", "换个时间", "怎么改"},
	"取消":   {"不上了", "停课", "不培训了"},
	"换人":   {"没空讲", "不能讲"},
	"考核":   {"什么时候考", "考试时间", "考核时间", "哪天考", "几号考"},
	"成绩":   {"考了多少", "考得怎么样", "谁没及格", "及格了吗", "谁没合格"},
	"自测":   {"练一练", "做题", "练习题", "考什么"},
	"入职":   {"新来一个", "新来了", "来了新人", "来新人", "新员工来", "招了"},
	"离职":   {"不干了"},
	"岗前":   {"试岗", "什么时候上岗", "能不能上岗"},
	"名单":   {"都有谁", "有哪些人", "多少人"},
	"帮助":   {"能做什么", "会做什么", "你会什么", "你是谁", "能干什么", "能干嘛", "能说什么", "不会用", "怎么说"},
}

// shows are the words that only show something when they are said alone, although they can change it.
var shows = []string{"点名", "考核", "成绩", "委托", "节假日", "题库", "排班", "规程", "讲师", "重点", "指令", "占用"}

// everyday puts the everyday questions and the headings on the rows.
func everyday(t command.Table[run]) command.Table[run] {
	for i := range t {
		c := &t[i]
		c.Asks = asks[c.Name]
		c.Shows = c.Changes && slices.Contains(shows, c.Name)
		for _, x := range topics {
			if slices.Contains(x.words, c.Name) {
				c.Group = x.name
			}
		}
	}
	slices.SortStableFunc(t, func(a, b command.Command[run]) int { return placeOf(a.Name) - placeOf(b.Name) })
	return t
}

// placeOf is where a word stands in the topics; words of none stand last.
func placeOf(word string) int {
	n := 0
	for _, x := range topics {
		if i := slices.Index(x.words, word); i >= 0 {
			return n + i
		}
		n += len(x.words)
	}
	return n
}

// oftenFor gives the words to explain to somebody with these roles, those of the first role first.
func oftenFor(roles []domain.Role) []string {
	const most = 10
	var out []string
	for _, x := range often {
		if !slices.Contains(roles, x.role) {
			continue
		}
		for _, w := range x.words {
			if len(out) < most && !slices.Contains(out, w) {
				out = append(out, w)
			}
		}
	}
	return out
}

// smallTalk is what people say to a colleague and what a polite one answers; {} is the name.
var smallTalk = []struct {
	said   []string
	answer string
}{
	{[]string{"你好", "您好", "hi", "hello", "在吗", "在不在", "早", "早上好", "上午好", "中午好", "下午好", "晚上好", "嗨", "哈喽", "有人吗"}, "{}您好。今天的安排发「今日」，能说什么发「帮助」。"},
	{[]string{"谢谢", "谢谢你", "谢谢您", "多谢", "感谢", "辛苦了", "辛苦", "thanks", "thank you", "3q"}, "不客气。"},
	{[]string{"收到", "收到了", "知道了", "明白", "明白了", "了解", "了解了", "嗯", "嗯嗯", "哦", "哦哦", "好滴", "好嘞", "没问题", "1", "👌", "[OK]", "[好的]", "[强]", "👍"}, "好的，今天的安排随时发「今日」看。"},
	{[]string{"再见", "拜拜", "bye", "88", "下班了"}, "{}再见。"},
	{[]string{"对不起", "不好意思", "抱歉", "发错了", "打错了"}, "没关系。刚做的事能用「撤销」收回，能说什么发「帮助」。"},
}

// talked answers small talk; it never changes anything.
func (r *request) talked(text string) (answer string, ok bool) {
	if !r.known {
		return "", false
	}
	heard := said(text)
	for _, x := range smallTalk {
		for _, s := range x.said {
			if tail, ok := strings.CutPrefix(heard, strings.ToLower(s)); ok && slices.Contains([]string{"", "啊", "呀", "哈"}, tail) {
				return strings.ReplaceAll(x.answer, "{}", r.By.Name), true
			}
		}
	}
	return "", false
}
