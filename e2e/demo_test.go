package e2e

import (
	"fmt"
	"regexp"
	"testing"
)

// The phones at first.
const (
	lina = iota // 学员 李娜
	wang        // 主管 王芳
	zhou        // 主任 周国平
)

// TestDemo plays what a newcomer plays: a check-in, a plan from draft to approval, and the clock
// over the 25th, the 30th, 10, 20 and 25 December.
func TestDemo(t *testing.T) {
	chromium(t)
	url := startDemo(t, build(t))
	b := open(t, url)
	b.wait("the office", `document.getElementById('office').textContent.includes('翠湖管理处')`)
	b.wait("the beginning", `document.getElementById('day').textContent === '2026年11月24日 周二' && document.getElementById('hm').textContent >= '14:50'`)
	b.shows(lina, "今天 15:00")
	b.wait("what comes next", `document.querySelectorAll('#coming li .clause').length === 3`)

	checkIn(b)
	planning(b)
	annual(b)
	theWire(b)
	narrow(b)

	if got := b.complaints(); len(got) > 0 {
		t.Errorf("the browser's console complained: %q", got)
	}
}

// checkIn is the training day (5.3.4).
func checkIn(b *browser) {
	b.says(wang, "开课")
	b.shows(wang, "签到开放", "口令")
	b.wait("the board shows the code", `/^\d{4}$/.test(document.getElementById('board-pass').textContent) && !document.getElementById('board').hidden`)
	code := eval[string](b, `document.getElementById('board-pass').textContent`)
	if !regexp.MustCompile(`^\d{4}$`).MatchString(code) {
		b.fail("the board shows %q", code)
	}
	b.click("#phone-0 .chips", "签到 "+code)
	b.shows(lina, "签到成功")
	b.wait("the board counts", `document.getElementById('board-foot').textContent.includes('已签到 1')`)
	b.ticked(2)
}

// planning is a month's plan over its two days: the 25th (5.1.2) and the 30th (5.1.4).
func planning(b *browser) {
	b.goes("25日 08:59", "2026年11月25日", "08:59")
	b.goes("+1 分钟", "2026年11月25日", "09:00")
	b.shows(wang, "今天是截止日", "2026年12月培训计划")
	b.says(wang, "拟计划")
	b.shows(wang, "2026年12月培训计划 草稿")
	b.says(wang, "报计划")
	b.shows(wang, "已上报", "按时")
	b.shows(zhou, "2026年12月培训计划 待审批", "同意", "驳回", "看全文")
	b.ticked(3)
	b.shot("demo-desktop.png", "")
	b.shot("demo-approval-card.png", "#phone-2 .item:last-child .card")

	b.goes("30日 08:59", "2026年11月30日", "08:59")
	before := eval[int](b, `document.querySelectorAll('#phone-2 .item').length`)
	b.goes("+1 分钟", "2026年11月30日", "09:00")
	b.wait("the director is reminded on the 30th", fmt.Sprintf(`document.querySelectorAll('#phone-2 .item').length > %d`, before))
	b.shows(wang, "2026年12月培训计划", "还在等主任审批")
	b.click("#phone-2 .item", "同意")
	b.wait("the card is settled", `[...document.querySelectorAll('#phone-2 .seal')].some(s => s.innerText.includes('同意'))`)
	b.shows(wang, "P2 v1", "批准")
	// The platform forgets how to change a card after 72 hours; pressed again, an old one tells the truth.
	b.click("#phone-2 .item", "同意")
	b.shows(zhou, "已", "批准", "11月30日")
	b.ticked(4)
}

// annual is the year's plan over 10 and 20 December, and then the next month's 25th.
func annual(b *browser) {
	b.goes("12-10 08:59", "2026年12月10日", "08:59")
	b.goes("+1 分钟", "2026年12月10日", "09:00")
	b.shows(wang, "今天是截止日", "2027年度培训计划")
	b.click("#phone-1 .chips", "考核 已完成 月度 2026-11") // the assessments are held: no more reminders of them (5.4.2, 5.4.3)
	b.shows(wang, "考核 已完成 月度 2026-11")
	b.says(wang, "考核 已完成 消防")
	b.says(wang, "拟计划 2027")
	b.shows(wang, "2027年度培训计划 草稿")
	b.says(wang, "报计划 2027")
	b.shows(zhou, "2027年度培训计划 待审批")

	b.goes("12-20 08:59", "2026年12月20日", "08:59")
	b.goes("+1 分钟", "2026年12月20日", "09:00")
	b.shows(wang, "2027年度培训计划", "还在等主任审批")
	b.click("#phone-2 .item", "同意")
	b.shows(wang, "2027年度", "批准")
	b.says(zhou, "待批")
	b.shows(zhou, "现在没有等审批的计划")

	b.goes("12-25 08:59", "2026年12月25日", "08:59")
	b.goes("+1 分钟", "2026年12月25日", "09:00")
	b.shows(wang, "今天是截止日", "2027年1月培训计划")
	b.says(wang, "为什么")
	b.shows(wang, "上一条提醒", "规程5.1.2", "25日")
	b.ticked(6)
	b.shot("demo-25-december.png", "")
}

// theWire is the proof that the traffic is real: ciphertext, and what it decrypts to.
func theWire(b *browser) {
	b.presses("#wire-toggle")
	b.wait("an encrypted callback and what it says", `[...document.querySelectorAll('#wire-list .callback')].some(x =>
		x.textContent.includes('<Encrypt>') && x.textContent.includes('为什么') && x.querySelector('code').textContent.includes('msg_signature='))`)
	b.wait("a call of the interface", `[...document.querySelectorAll('#wire-list .call code')].some(x => x.textContent.includes('/cgi-bin/message/send?access_token='))`)
	if eval[bool](b, `[...document.querySelectorAll('#wire-list .raw pre')].some(x => x.textContent.includes('为什么'))`) {
		b.fail("the wire carries the words in the clear")
	}
	b.presses("#wire-list .call summary")
	eval[bool](b, `(document.getElementById('wire-body').scrollTop = 0) === 0`)
	b.shot("demo-wire.png", "")
	b.presses("#wire-toggle")
}

// narrow is the page on a tablet and on a phone: one phone at a time, with tabs.
func narrow(b *browser) {
	b.size(820, 1180)
	b.wait("one phone", `[...document.querySelectorAll('.phone')].filter(p => p.offsetParent).length === 1`)
	b.fits()
	b.size(390, 844)
	b.presses("#tabs button:nth-child(3)")
	b.wait("the director's phone", `document.querySelector('.phone.current').id === 'phone-2' && document.querySelector('#tabs [aria-selected=true]').innerText.includes('周国平')`)
	b.fits()
	b.says(zhou, "今日")
	b.presses("#tabs button:nth-child(2)")
	b.shot("demo-phone.png", "")
	b.presses("#moves-open")
	b.goes("+1 分钟", "2026年12月25日", "09:01")
	b.size(1440, 900)
	b.fits()
}

// fits holds the page to its width: nothing may make it scroll sideways.
func (b *browser) fits() {
	b.t.Helper()
	if eval[bool](b, `document.documentElement.scrollWidth > innerWidth`) {
		b.fail("the page is wider than its window")
	}
}

// ticked waits until so many steps of the guide are done.
func (b *browser) ticked(n int) {
	b.t.Helper()
	b.wait(fmt.Sprintf("%d steps are ticked off", n), fmt.Sprintf(`document.querySelectorAll('#guide .done').length === %d`, n))
}
