package command

// simplified gives the simplified form of the traditional characters that occur in the words of
// commands, in dates, numbers, times, and in common names. It is never written after start.
var simplified = pairs(`
簽签籤签請请計计劃划畫画課课開开關关點点擬拟報报駁驳檢检規规節节幫帮綁绑為为爲为麼么麽么場场
時时間间週周禮礼後后個个號号鐘钟鍾钟兩两應应銷销確确認认執执補补評评價价訓训練练員员師师講讲
導导離离職职績绩違违紀纪與与遲迟實实現现議议廳厅樓楼這这幾几從从裡里裏里調调換换給给說说嗎吗
謝谢煩烦還还對对見见備备註注學学習习參参試试題题門门閱阅讀读會会歸归檔档錄录單单總总結结辦办
處处隊队業业務务責责標标準准狀状態态類类體体軍军項项條条減减閉闭啟启動动驗验證证設设無无別别
訴诉缺缺從从進进達达義义來来國国際际電电話话費费壞坏樣样嚴严聽听
張张陳陈劉刘趙赵吳吴孫孙楊杨黃黄鄭郑馮冯蔣蒋韓韩葉叶鍾钟盧卢蕭萧賈贾鄧邓許许蘇苏賴赖範范譚谭
龍龙陸陆羅罗倫伦傑杰偉伟強强芳芳靜静麗丽華华國国軍军輝辉曉晓慶庆蘭兰鳳凤霞霞磊磊寧宁瓊琼飛飞
東东紅红蓮莲鵬鹏濤涛麥麦齊齐嚴严莊庄鄒邹龔龚顧顾錢钱錦锦銀银鋒锋娜娜潔洁
`)

// pairs reads a traditional character followed by its simplified form, again and again.
func pairs(s string) map[rune]rune {
	m := make(map[rune]rune, len(s)/6)
	var from rune
	for _, r := range s {
		switch {
		case r == '\n':
		case from == 0:
			from = r
		default:
			if from != r {
				m[from] = r
			}
			from = 0
		}
	}
	return m
}

// confusable groups characters of the commands with what is typed for them by mistake: the same
// or nearly the same sound, or nearly the same look. A character may stand in several groups. It
// is never written after start.
var confusable = groups(`
签牵千前欠钱迁铅谦潜浅鉴简乾 到道倒导刀盗岛稻捣 退腿推褪 课刻客克科可颗棵裸棵课 表标彪婊裱
点典店电碘占 名明命鸣铭各 开凯揩楷并升 关官观管馆冠灌贯 计记纪技际季寄继己既纪讣 划化画话华花滑刘
拟你尼泥逆腻疑以似 报抱包保爆暴豹饱 撤彻车扯澈 回会汇惠慧辉徊 同童统通桶铜洞 意义议易异艺忆亿音一
驳博伯薄播波脖泊驭 待代带戴袋怠侍 批皮匹披劈疲 自字子资目白 检简减剪件见建捡俭 规归贵轨龟瑰 程成城承呈诚
结接街洁姐杰借 节结界介接街洁竹 假加家价嘉佳驾段 日曰目入 加家佳嘉架 一衣依医 帮邦榜棒傍 帮绑邦梆
助住注组祖驻主猪著 绑榜帮邦 定订丁顶钉锭 为位未味围唯卫威 什甚是神十 么吗嘛末莫 今金近进斤令 改该概盖
期起其七齐棋旗欺 取去曲趣娶 消销小笑肖校效宵削硝 考靠烤拷老 核合何和河荷盒该 场厂长常汤 确却雀缺 认人任忍仁
执直值植职只热 行形型刑衍 算蒜酸 了拉啦 请清情青轻晴 补布步捕部卜 评平苹凭瓶 价加家 换还环欢唤 带代待戴
教叫较交觉 学雪血 习息西席 训讯迅寻 记计 录路陆绿 违围为 纪记 成程 绩级 分份纷 析西 缺却 申身深伸 诉素速述
需须虚 求球秋 入如人 职直值 离力立理 重中种众 托拖脱 托讬 查察茶 名明 单担 推退 演眼严言 群裙 撤辙 销消 好号
`)

// groups gives for each character the set of those it is taken for.
func groups(s string) map[rune]string {
	m := make(map[rune]string)
	var group []rune
	for _, r := range s {
		if r != ' ' && r != '\n' {
			group = append(group, r)
			continue
		}
		for _, g := range group {
			m[g] += string(group)
		}
		group = nil
	}
	return m
}

// opposites are pairs of characters that turn a command into another one; they are never a typo.
var opposites = groups("到退 开关 同不 加减 入离 补不 定改 是否 休班 报撤 同驳 签补 ")
