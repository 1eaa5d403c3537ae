package command

import "testing"

// A session is named by its day only where the words say that a session is meant.
func TestLessonNamed(t *testing.T) {
	for _, row := range []struct{ said, before, day, clock, after string }{
		{"把10月12日那场改到13号下午3点", "把", "2026-10-12", "", "改到13号下午3点"},
		{"取消 10-12的培训，台风", "取消", "2026-10-12", "", "台风"},
		{"明天下午3点的课请假 孩子发烧", "", "2026-10-10", "15:00", "请假 孩子发烧"},
		{"明天的课我来不了", "", "2026-10-10", "", "我来不了"},
		{"下周三那节课 换人", "", "2026-10-14", "", "换人"},
		{"昨天那場 補簽", "", "2026-10-08", "", "補簽"},
		{"明天的课表", "", "", "", ""}, {"10月12日的培训计划", "", "", "", ""}, {"改期 S31 明天 16点", "", "", "", ""}, {"10月12日", "", "", "", ""},
		{"210-12的课", "", "", "", ""},
	} {
		x, ok := LessonNamed(row.said, Sample())
		if ok != (row.day != "") {
			t.Errorf("%s: %v %+v", row.said, ok, x)
			continue
		}
		clock := ""
		if x.Timed {
			clock = x.Clock.String()
		}
		if ok && (x.Before != row.before || x.Day.String() != row.day || clock != row.clock || x.After != row.after) {
			t.Errorf("%s: %+v %s", row.said, x, clock)
		}
	}
}
