package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// dutyWords are the words of the duty roster (mission capability 13).
func dutyWords() command.Table[run] {
	return command.Table[run]{
		{Name: "排班", Aliases: []string{"班次", "roster", "调班"}, Clause: "4.0", Roles: supervisors, Changes: true,
			Args: []command.Arg{opt("人", command.Person, "谁；不写就看那天谁在"), opt("日期", command.Date, "哪一天，或从哪天起"), opt("止", command.Date, "到哪天"),
				opt("班", command.Text, "班次或休；写几个就从那天起一天一个")},
			Help: "记下某人某天上什么班或休息，培训名单随之调整；只写日期看那天的班", Example: "排班 陈静 2-12 夜班", Run: dutyRoster},
	}
}

// dutyAhead is how many days of the duty roster every request knows; who plans further looks further.
const dutyAhead = 40

// rostered makes the duty roster of some days known to the request.
func (r *request) rostered(from, to domain.Date) error {
	duties, err := r.view.Duties(r.Office.ID, from, to)
	if err != nil {
		return err
	}
	r.Staff = r.Staff.OnDuty(duties)
	if me, ok := r.Staff.Person(r.By.ID); ok {
		r.By.Duty = me.Duty
	}
	return nil
}

func dutyRoster(r *request) (domain.Change, error) {
	day := r.today()
	if r.args.Has("日期") {
		day = r.args.Date("日期")
	}
	shifts := strings.FieldsFunc(r.args.Text("班"), func(c rune) bool { return strings.ContainsRune(" 　,，、;；", c) })
	until := r.args.Date("止")
	last := day.AddDays(max(len(shifts), 1))
	if until.After(last) {
		last = until
	}
	if err := r.rostered(day.AddDays(-1), last); err != nil {
		return domain.Change{}, err
	}
	who := r.args.Person("人")
	if who == "" || len(shifts) == 0 {
		if len(shifts) > 0 {
			return domain.Change{}, domain.Refuse(domain.Invalid, "4.0", "请写明谁。例：排班 陈静 2-12 夜班")
		}
		return say("%s", r.dutyLines(day, who))
	}
	if !r.args.Has("日期") {
		return domain.Change{}, domain.Refuse(domain.Invalid, "4.0", "请写明哪一天。例：排班 陈静 2-12 夜班")
	}
	duties, err := r.sop.Duties(r.Case, domain.Rostered{Person: who, From: day, Until: until, Shifts: shifts})
	if err != nil {
		return domain.Change{}, err
	}
	sessions, err := r.view.Sessions(r.Office.ID, r.sop.Calendar.At(day.AddDays(-7), domain.Clock{}), r.sop.Calendar.At(last.AddDays(8), domain.Clock{}))
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Roster(r.Case, duties, sessions), nil
}

// dutyLines shows who works which shift on a day; of one person the fortnight from that day on.
func (r *request) dutyLines(day domain.Date, who domain.PersonID) string {
	if p, ok := r.Staff.Person(who); ok {
		var b strings.Builder
		fmt.Fprintf(&b, "%s的班次\n", r.Staff.Name(who))
		for i := range 14 {
			d := day.AddDays(i)
			fmt.Fprintf(&b, "%s %s\n", d.Chinese(), shiftOr(p.ShiftIn(r.Office.ID, d)))
		}
		return b.String() + fmt.Sprintf("改某天发「排班 %s 日期 班次」。", r.Staff.Name(who))
	}
	var order []string
	people := map[string][]string{}
	for _, p := range r.Staff {
		if len(p.Roles(r.Office.ID, day)) == 0 {
			continue
		}
		shift := shiftOr(p.ShiftIn(r.Office.ID, day))
		if !slices.Contains(order, shift) {
			order = append(order, shift)
		}
		people[shift] = append(people[shift], r.Staff.Name(p.ID))
	}
	slices.Sort(order)
	var b strings.Builder
	fmt.Fprintf(&b, "%s的班次\n", day.Chinese())
	for _, shift := range order {
		fmt.Fprintf(&b, "%s %d人：%s\n", shift, len(people[shift]), strings.Join(people[shift], "、"))
	}
	return b.String() + "改某人某天发「排班 姓名 日期 班次」。"
}

func shiftOr(shift string) string {
	if shift == "" {
		return "未排班次"
	}
	return shift
}
