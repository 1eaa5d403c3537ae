package bot

import (
	"fmt"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// theoryWords are the words of the theory test (5.4.1).
func theoryWords() command.Table[run] {
	return command.Table[run]{
		{Name: "改考", Aliases: []string{"改考期", "推迟考核"}, Clause: "5.4.1", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("人", command.Person, "新员工"), arg("日期", command.Date, "改到哪天"), opt("理由", command.Text, "为什么")},
			Help: "改新员工理论考核的日期，两个日期都留记录", Example: "改考 李娜 3月2日 发烧", Run: postponeTest},
	}
}

// orientationScore records the theory test of somebody who is in orientation; done is false when the
// person is not.
func (r *request) orientationScore(who domain.Person, score int) (c domain.Change, done bool, err error) {
	f, ok, err := r.fileOf(who.ID)
	if err != nil || !ok || f.State != domain.OnTrial {
		return c, err != nil, err
	}
	f = r.opened(f)
	if f.No == 0 {
		if f.No, err = r.view.NextNo("orientation"); err != nil {
			return c, true, err
		}
	}
	p, _, _, err := r.progress(f)
	if err != nil {
		return c, true, err
	}
	c, f, err = r.sop.SitTest(r.Case, f, who, score, p)
	if err != nil {
		return c, true, err
	}
	sat := r.sop.Sat(f, f.Code())
	if f.State == domain.OnPost {
		chain, err := r.passed(sat)
		return c.And(chain), true, err
	}
	chain, err := r.failed(sat)
	return c.And(chain), true, err
}

func postponeTest(r *request) (domain.Change, error) {
	f, who, err := r.onTrial()
	if err != nil {
		return domain.Change{}, err
	}
	day, reason := r.args.Date("日期"), r.args.Text("理由")
	if reason == "" {
		return r.AskFor(fmt.Sprintf("改考 %s %s", who.No, day), "请写一句为什么改，会留在档案里。（不改了就发「算了」。）"), nil
	}
	return r.sop.PostponeTest(r.Case, r.opened(f), who, day, reason)
}
