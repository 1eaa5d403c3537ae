package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// inputWords are the words of what a plan is drawn from besides 4.0 (5.1.1, 5.3.2), and of rooms.
func inputWords() command.Table[run] {
	what := []command.Arg{opt("内容", command.Text, "写一句")}
	return command.Table[run]{
		{Name: "需求", Aliases: []string{"培训需求", "想学", "need"}, Clause: "5.1.1", Changes: true, Args: what,
			Help: "说您想学什么，拟计划时会用到；不写内容就看已收集的", Example: "需求 想多练投诉电话怎么接", Run: collect(domain.Need)},
		{Name: "指令", Aliases: []string{"上级要求", "order"}, Clause: "5.1.1", Roles: planners, Changes: true, Args: what,
			Help: "记下公司或管理处要求的培训，下次拟计划必排", Example: "指令 国庆前培训突发事件处理", Run: collect(domain.Order)},
		{Name: "重点", Aliases: []string{"培训重点", "emphasis"}, Clause: "5.3.2", Roles: supervisors, Changes: true, Args: what,
			Help: "按业主需求补充培训重点，印到下一场合适的培训上", Example: "重点 高空抛物投诉", Run: collect(domain.Emphasis)},
		{Name: "不采纳", Aliases: []string{"划掉", "dismiss"}, Clause: "5.1.1", Roles: supervisors, Changes: true,
			Args: []command.Arg{refArg("编号", "X", "编号，如 X3", false), opt("理由", command.Text, "为什么")},
			Help: "一条需求或指令不排，告诉提的人为什么", Example: "不采纳 X3 年内已经讲过", Run: dropInput},
		{Name: "占用", Aliases: []string{"占用会议室", "book"}, Clause: "5.3.1", Roles: lecturers, Changes: true,
			Args: []command.Arg{opt("地点", command.Word, "哪个会议室"), opt("日期", command.Date, "哪一天"), opt("起", command.Clock, "几点起"), opt("止", command.Clock, "到几点"), opt("事由", command.Text, "做什么用")},
			Help: "登记会议室被占用，排课会避开；不写就看登记", Example: "占用 中控会议室 10-28 15:00 17:00 消防局检查", Run: book},
		{Name: "退占", Aliases: []string{"取消占用", "free"}, Clause: "5.3.1", Roles: lecturers, Changes: true,
			Args: []command.Arg{arg("地点", command.Word, "哪个会议室"), arg("日期", command.Date, "哪一天")},
			Help: "取消会议室某天的占用", Example: "退占 中控会议室 10-28", Run: free},
	}
}

// collect takes down a need, an order or a point of emphasis, or lists what there is.
func collect(kind domain.InputKind) run {
	return func(r *request) (domain.Change, error) {
		if !r.args.Has("内容") {
			return r.listInputs(kind)
		}
		if err := r.collected(kind); err != nil {
			return domain.Change{}, err
		}
		no, err := r.view.NextNo("input")
		if err != nil {
			return domain.Change{}, err
		}
		x, c, err := r.sop.Collect(r.Case, domain.Input{ID: domain.InputID(r.view.NewID()), No: no, Kind: kind, Text: r.args.Text("内容")})
		if err != nil || len(c.Inputs) == 0 {
			return c, err
		}
		switch kind {
		case domain.Need:
			c.Reply.Text += "主管拟下一份计划时会看到，排上了会告诉您。"
			return c, nil
		case domain.Order:
			c.Reply.Text += "下次拟计划会排进去；这个月就要上请主管发「加一场」。"
			return c, nil
		}
		sessions, err := r.view.Sessions(r.Office.ID, r.Now, r.Now.AddDate(0, 2, 0))
		if err != nil {
			return domain.Change{}, err
		}
		x, attached := r.sop.Attach(r.Case, x, sessions)
		c.Inputs = []domain.Input{x}
		c.Reply.Text += attached.Reply.Text
		return c.And(attached), nil
	}
}

// collected refuses what the person said in the same words not long ago: a card pressed twice.
func (r *request) collected(kind domain.InputKind) error {
	said, _ := domain.MaskPhones(strings.TrimSpace(r.args.Text("内容")))
	all, err := r.view.InputsOf(r.Office.ID, kind, r.Now.AddDate(0, -1, 0), r.Now.Add(time.Minute))
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.By == r.By.ID && x.Text == said && x.State != domain.InputDropped {
			return domain.Refuse(domain.Conflict, "5.1.1", fmt.Sprintf("%s 已经记过：%s。看已收集的发「%s」。", x.Code(), x.Text, kind.Chinese()))
		}
	}
	return nil
}

// listInputs lists what is open: to the supervisor and the director everything, to others their own.
func (r *request) listInputs(kind domain.InputKind) (domain.Change, error) {
	all := r.plansFor(domain.Plan{Office: r.Office.ID})
	open, err := r.view.Inputs(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	month := r.today().MonthOf()
	points, err := r.view.InputsOf(r.Office.ID, domain.Emphasis, r.sop.Calendar.At(month.First(), domain.Clock{}), r.Now.Add(time.Minute))
	if err != nil {
		return domain.Change{}, err
	}
	if kind == domain.Emphasis {
		open = append(slices.DeleteFunc(open, func(x domain.Input) bool {
			return x.Kind == kind && !x.At.Before(r.sop.Calendar.At(month.First(), domain.Clock{}))
		}), points...)
	}
	var b strings.Builder
	for _, x := range open {
		if all && (x.Kind == kind || kind != domain.Emphasis && x.Kind != domain.Emphasis) || x.By == r.By.ID {
			b.WriteString(r.sop.InputLine(r.Staff, x) + "\n")
		}
	}
	ask := map[domain.InputKind]string{domain.Need: "想学什么发「需求 内容」。", domain.Order: "要记一条发「指令 内容」。", domain.Emphasis: "要补一条发「重点 内容」。"}[kind]
	if b.Len() == 0 {
		return say("还没有%s。%s", kind.Chinese(), ask)
	}
	if all && kind != domain.Emphasis {
		ask += "不排的由主管发「不采纳 编号 理由」。"
	}
	return say("%s%s", b.String(), ask)
}

func dropInput(r *request) (domain.Change, error) {
	no := r.args.Ref("编号")
	x, ok, err := r.view.InputByNo(no)
	if err != nil {
		return domain.Change{}, err
	}
	if !ok || len(r.By.Roles(x.Office, r.today())) == 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.1.1", fmt.Sprintf("没有编号 X%d。发「需求」看编号。", no))
	}
	if x.Office != r.Office.ID {
		if err := r.enter(x.Office); err != nil {
			return domain.Change{}, err
		}
	}
	return r.sop.DropInput(r.Case, x, r.args.Text("理由"))
}

func book(r *request) (domain.Change, error) {
	if !r.args.Has("地点") {
		return r.listBookings()
	}
	if !r.args.Has("日期") || !r.args.Has("起") || !r.args.Has("止") {
		return domain.Change{}, domain.Refuse(domain.Invalid, "5.3.1", "请写明哪天几点到几点。例：占用 中控会议室 10-28 15:00 17:00 消防局检查")
	}
	why := r.args.Text("事由")
	if why == "" {
		why = r.By.Name + "登记"
	}
	day := r.args.Date("日期")
	b := domain.Booking{ID: domain.BookingID(r.view.NewID()), Room: r.args.Word("地点"), From: r.sop.Calendar.At(day, r.args.Clock("起")), To: r.sop.Calendar.At(day, r.args.Clock("止")), Why: why}
	taken, err := r.taken(b.From, b.To, nil)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Book(r.Case, b, taken)
}

func free(r *request) (domain.Change, error) {
	day := r.args.Date("日期")
	all, err := r.view.Bookings(r.Office.ID, r.sop.Calendar.At(day, domain.Clock{}), r.sop.Calendar.At(day.AddDays(1), domain.Clock{}))
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.Free(r.Case, r.args.Word("地点"), day, all)
}

func (r *request) listBookings() (domain.Change, error) {
	all, err := r.view.Bookings(r.Office.ID, r.Now, r.Now.AddDate(0, 2, 0))
	if err != nil {
		return domain.Change{}, err
	}
	if len(all) == 0 {
		return say("没有登记占用。要登记发「占用 地点 日期 几点 几点 事由」。")
	}
	var b strings.Builder
	for _, x := range all {
		fmt.Fprintf(&b, "%s %s–%s %s（%s）\n", x.Room, r.sop.Moment(x.From), r.sop.Hour(x.To), x.Why, r.Staff.Name(x.By))
	}
	return say("%s不用了发「退占 地点 日期」。", b.String())
}
