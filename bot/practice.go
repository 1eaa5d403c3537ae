package bot

import (
	"fmt"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// practiceWords are the words of a new hire's practice and hours (4.1, 5.2.2).
func practiceWords() command.Table[run] {
	return command.Table[run]{
		{Name: "派教练", Aliases: []string{"指派教练", "coach"}, Clause: "5.2.2", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("教练", command.Person, "谁带"), opt("人", command.Person, "新员工，只有一位时可不写"), opt("日期", command.Date, "只改这一天")},
			Help: "给新员工派岗位实习的教练", Example: "派教练 王芳 李娜", Run: assignCoach},
		{Name: "带教", Aliases: []string{"登记学时", "coached"}, Clause: "5.2.2", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("人", command.Person, "新员工，只有一位时可不写"), {Name: "部分", Kind: command.Choice, Optional: true, Choices: blockOptions()},
				opt("日期", command.Date, "哪天，不写就是今天"), opt("时长", command.Minutes, "几小时"),
				{Name: "方式", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "更正", Synonyms: []string{"改为"}}, {Value: "以前", Synonyms: []string{"以前的", "认定"}}}},
				opt("内容", command.Text, "带了什么")},
			Help: "登记新员工的学时；主管还可以登记理论和以前的学时", Example: "带教 李娜 8小时 前台接待", Run: logHours},
		{Name: "补课", Aliases: []string{"补理论", "makeup"}, Clause: "5.2.1", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("人", command.Person, "新员工"), {Name: "部分", Kind: command.Choice, Choices: blockOptions()[:2], Hint: "理论1或理论2"},
				arg("日期", command.Date, "哪天"), arg("时间", command.Clock, "几点"), opt("时长", command.Minutes, "不写就补够所缺的学时")},
			Help: "给新员工补理论课", Example: "补课 李娜 理论2 2月14日 10:00", Run: makeUp},
	}
}

func blockOptions() []command.Option {
	var out []command.Option
	for _, b := range domain.Blocks() {
		out = append(out, command.Option{Value: b.Chinese()})
	}
	return out
}

// block gives the part of the orientation the request names, the practice when it names none.
func (r *request) block() domain.Block {
	for _, b := range domain.Blocks() {
		if r.args.Choice("部分") == b.Chinese() {
			return b
		}
	}
	return domain.PracticeBlock
}

func assignCoach(r *request) (domain.Change, error) {
	coach, day := r.args.Person("教练"), r.args.Date("日期")
	if coach != "" && r.args.Person("人") == "" { // 派教练 林晓: the new hire is named, the coach is asked for
		if f, ok, err := r.fileOf(coach); err != nil {
			return domain.Change{}, err
		} else if ok && f.State == domain.OnTrial {
			r.args, coach = r.args.With("人", command.Named{ID: coach}), ""
		}
	}
	f, who, err := r.onTrial()
	if err != nil {
		return domain.Change{}, err
	}
	all, err := r.files()
	if err != nil {
		return domain.Change{}, err
	}
	if coach == "" {
		return domain.Change{Reply: domain.Answer{Body: r.sop.ChooseCoach(r.Case, f, who, day, all)}}, nil
	}
	p, _ := r.Staff.Person(coach)
	return r.sop.AssignCoach(r.Case, r.opened(f), who, p, day, all)
}

func logHours(r *request) (domain.Change, error) {
	f, who, err := r.onTrial()
	if id := r.args.Person("人"); err != nil && id != "" { // a gap may be filled after the test
		if late, ok, e := r.fileOf(id); e == nil && ok && late.State == domain.OnPost {
			f, err = late, nil
			who, _ = r.Staff.Person(id)
		}
	}
	if err != nil {
		return domain.Change{}, err
	}
	e := domain.HoursEntry{Block: r.block(), Day: r.args.Date("日期"), Minutes: r.args.Minutes("时长"), What: r.args.Text("内容"), Credit: r.args.Choice("方式") == "以前"}
	if e.Day.IsZero() {
		e.Day = r.today()
	}
	if e.Minutes == 0 {
		return r.AskFor(fmt.Sprintf("带教 %s %s %s", r.Called(who), e.Block.Chinese(), e.Day), fmt.Sprintf("%s %s带了几小时、带了什么？如“6小时 前台接待”。（不登记就发「算了」。）", r.Staff.Name(who.ID), e.Day.Chinese())), nil
	}
	line := fmt.Sprintf("带教 %s %s %s %d分钟 %s", r.Called(who), e.Block.Chinese(), e.Day, e.Minutes, r.args.Choice("方式"))
	switch {
	case e.What == "" && e.Block == domain.PracticeBlock && !e.Credit:
		return domain.Change{Reply: domain.Answer{Body: r.sop.AskWhat(r.Case, who, e.Day, e.Minutes)}}, nil
	case e.What == "", e.What == "其他":
		return r.AskFor(line, "请写一句教了什么，或学时的来历。（不登记就发「算了」。）"), nil
	}
	_, _, entries, err := r.progress(f)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.LogHours(r.Case, f, who, e, entries, r.args.Choice("方式") == "更正", func() domain.EntryID { return domain.EntryID(r.view.NewID()) })
}

func makeUp(r *request) (domain.Change, error) {
	f, who, err := r.onTrial()
	if err != nil {
		return domain.Change{}, err
	}
	p, _, _, err := r.progress(f)
	if err != nil {
		return domain.Change{}, err
	}
	f, b := r.opened(f), r.block()
	minutes := r.args.Minutes("时长")
	if minutes == 0 {
		minutes = r.sop.Unplanned(p, b)
	}
	c, e := r.sop.MakeUp(r.Case, f, who, b, r.sop.Calendar.At(r.args.Date("日期"), r.args.Clock("时间")), minutes, r.fresh(&err))
	if e == nil {
		e = err
	}
	if f.Version == 0 {
		c.Files = append(c.Files, f)
	}
	return c, e
}
