package domain

import "slices"

// OpenPoint is one place where the source is damaged, silent or contradicts itself, and the
// reading this program takes until the administrator confirms it (规程待确认项).
type OpenPoint struct {
	No        int
	Clause    string
	Problem   string // what is unclear, one sentence
	Reading   string // what is assumed
	Ask       bool   // a value only the office can know: the administrator is asked for it
	Confirmed bool   // by Policy.Confirmed
}

// openPoints is the table of mission section 1.
func openPoints() []OpenPoint {
	return []OpenPoint{
		{No: 1, Clause: "4.1", Problem: "岗前培训7项内容、3个时长、2类讲师，对应关系没有写明", Reading: "1–3项≥8小时、4–6项≥8小时（主管讲理论），第7项24小时（教练带实习），共40课时"},
		{No: 2, Clause: "5.4.1", Problem: "上岗前5天培训，但理论考核在第10个工作日", Reading: "考核合格才正式上岗；第6–10个工作日为跟岗，不单独上岗"},
		{No: 3, Clause: "4.2.2", Problem: "“每两周3次”是整组共3次还是每个主题各3次", Reading: "整组轮流，共3次"},
		{No: 4, Clause: "4.2.2", Problem: "“如何与业主沟通”没有频次，“岗位技能”没有内容，“岗位协调配合”列了两次", Reading: "“如何与业主沟通”并入每两周3次的一组；“岗位技能”即“岗位操作标准”；“岗位协调配合”每月一次"},
		{No: 5, Clause: "4.3", Problem: "“每两月”是固定双月还是滚动60天", Reading: "固定双月（1–2月、3–4月……）各一次"},
		{No: 6, Clause: "4.4", Problem: "“每季度1次，每年应覆盖1次”覆盖的是人还是内容", Reading: "两者都要：每名员工每年至少一次，三类内容每年至少各一次"},
		{No: 7, Clause: "5.1.4", Problem: "“25日前、30日前”是否含当日，2月没有30日，遇放假怎么办", Reading: "含当日24:00；没有30日取月末；规程日期不变，工作目标日取前一个工作日"},
		{No: 8, Clause: "5.4.1", Problem: "“到岗后”是否含到岗当日，按谁的工作日", Reading: "到岗当日不计（民法典第201条），按国家放假安排的工作日，含调休补班"},
		{No: 9, Clause: "5.3.1", Problem: "一课时是60分钟还是45分钟，一周从哪天起，没有工作日的周怎么算", Reading: "60分钟（5天=40课时）；周一至周日；没有工作日的周免除", Ask: true},
		{No: 10, Clause: "5.4.4", Problem: "“一周内”是7个日历日还是5个工作日", Reading: "从本轮最后一份试卷起7个日历日"},
		{No: 11, Clause: "6.1.1", Problem: "“第二次100%”应为第三次，合格率按谁计算，个人合格线没有写", Reading: "按应考人数累计：第1次90%、第2次95%、第3次100%；个人合格线暂按80分，书面与实操各自", Ask: true},
		{No: 12, Clause: "6.1.2", Problem: "“学员认同率9”后面的数字缺失", Reading: "90%", Ask: true},
		{No: 13, Clause: "6.1.2", Problem: "讲师考核标准缺一项", Reading: "保留一个空的“（缺失项）”，不启用", Ask: true},
		{No: 14, Clause: "6.1.2", Problem: "听懂率、认同率、误差率没有测量办法", Reading: "每场课后匿名评价三问，少于3份不显示；误差率＝不一致的点÷实操检查的点"},
		{No: 15, Clause: "7.0", Problem: "《培训效果考核表》和签到表在7.0没有列出", Reading: "两者都作为附件生成"},
		{No: 16, Clause: "6.2.2", Problem: "考勤分的基数和周期、3次扣分是否累加、“限期”多长没有写", Reading: "每人每自然月100分，累加；限期由主管在卡片上定，建议30天；“辞退”只由人决定", Ask: true},
		{No: 17, Clause: "6.2.2", Problem: "迟到、早退没有规定", Reading: "只登记分钟数，不扣分"},
		{No: 18, Clause: "4.2.4", Problem: "每月的安全、消防知识与每季度的消防培训是否同一件事", Reading: "各自安排；消防培训可以勾选抵一次当月的安全、消防知识"},
		{No: 19, Clause: "6.2.3", Problem: "“业余时间”单独培训是否计酬", Reading: "排在班次以外，记录起止时间，供人事核算"},
		{No: 20, Clause: "4.0", Problem: "原文错字：挑选挑选、老工、服客主管、火敬警、腑卧撑、履盖面、授于、CO2卤代烷", Reading: "分别按 挑选、老员工、客服主管、火警、俯卧撑、覆盖面、授予、CO2、卤代烷"},
		{No: 21, Clause: "5.4.2", Problem: "没有应考的人时（都免考、缓考，或在所考的培训之后才到岗），月度和季度考核怎么算", Reading: "按已满足处理：在窗口里说明一次，不算逾期，不再催办；缓考的过了最迟补考日仍没有补，再催办"},
	}
}

// OpenPoints lists the open points of the source in order, those of Confirmed marked.
func (p Policy) OpenPoints() []OpenPoint {
	out := openPoints()
	for i := range out {
		out[i].Confirmed = slices.Contains(p.Confirmed, out[i].No)
	}
	return out
}
