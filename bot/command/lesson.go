package command

import (
	"trainingbot/domain"
)

// Lesson is a session that a line names by its day, and by its time where it says one: 10月9日那场,
// 明天下午3点的课.
type Lesson struct {
	Before, After string // what stands around it
	Day           domain.Date
	Clock         domain.Clock // with Timed alone
	Timed         bool
}

// LessonNamed finds the first session that a line names by its day. Whether there is one is not for the
// grammar to know.
func LessonNamed(line string, env Env) (Lesson, bool) {
	said, err := clean(line)
	if err != nil {
		return Lesson{}, false
	}
	w := newWorld(env)
	for i := range said {
		if i > 0 && (alnum(said[i].r) && alnum(said[i-1].r) || hanDigit(said[i-1].r) >= 0 && hanDigit(said[i].r) >= 0) {
			continue
		}
		c := cursor{said, i}
		got := w.read(c, Arg{Kind: Date})
		if !got.ok() || got.guess {
			continue
		}
		day, ok := got.value.(domain.Date)
		if !ok {
			continue
		}
		c.i = got.end
		x := Lesson{Day: day}
		c.skip()
		if at := w.read(c, Arg{Kind: Clock}); at.ok() && !at.guess {
			x.Clock, x.Timed = at.value.(domain.Clock), true
			c.i = at.end
			c.skip()
		}
		if !c.eat("那一场", "那场", "那节课", "那堂课", "那次课", "那次培训", "那个培训", "这场", "的那场", "的那节课", "的那堂课", "的那次培训", "的这场", "的培训", "的课") ||
			c.eat("表", "件", "程", "时", "计划", "记录", "室") {
			continue
		}
		x.Before, x.After = raw(trim(said[:i], separator)), raw(trim(c.rest(), pause))
		return x, true
	}
	return Lesson{}, false
}
