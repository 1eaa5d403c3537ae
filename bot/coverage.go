package bot

import (
	"fmt"
	"slices"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// coverageWords are the words of what is not met yet and of making up for it (4.0, 4.4).
func coverageWords() command.Table[run] {
	return command.Table[run]{
		{Name: "缺口", Aliases: []string{"gaps", "还缺什么"}, Clause: "4.0", Roles: planners,
			Args: []command.Arg{{Name: "看", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "覆盖", Synonyms: []string{"覆盖表", "覆盖率", "矩阵"}}, {Value: "消防", Synonyms: []string{"消防覆盖", "消防年度覆盖"}}}},
				opt("人", command.Person, "谁"), opt("时期", command.Period, "哪个月或哪一年，不写就看最近")},
			Help: "规程4.0哪些没有做到、谁缺课，一点就补；也可以看覆盖表", Example: "缺口 2026-10", Run: shortfalls},
		{Name: "补训", Aliases: []string{"补训练", "retrain"}, Clause: "4.0", Roles: supervisors, Changes: true, AnyOrder: true,
			Args: []command.Arg{opt("日期", command.Date, "哪一天"), opt("时间", command.Clock, "几点"), opt("人", command.Person, "只给谁补；不写就是缺课的人"), opt("主题", command.Text, "补什么")},
			Help: "给缺课的人补一场；不写时间就给出大家都在岗的时间", Example: "补训 消防 11-12 15:00", Run: makeUpClass},
		{Name: "加B场", Aliases: []string{"加一轮"}, Clause: "4.0", Roles: supervisors, Changes: true, AnyOrder: true,
			Args: []command.Arg{opt("计划", command.PlanRef, "计划编号"), arg("条目", command.Number, "草稿里第几条"), arg("日期", command.Date, "哪一天"), arg("时间", command.Clock, "几点"),
				opt("讲师", command.Person, "谁讲，不写就和前一场同一位")},
			Help: "给草稿里的一场再加一轮，让到不了的班也能上", Example: "加B场 P7 第6条 10-23 15:00", Run: addRun},
		{Name: "不加", Clause: "4.0", Roles: supervisors, Changes: true, Hidden: true,
			Args: []command.Arg{{Name: "后", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "上报", Synonyms: []string{"报计划", "直接上报"}}}}},
			Help: "不加B场", Example: "不加，上报", Run: noRun},
	}
}

// record reads what was taught by the office on the days from … to, and what its people attended
// elsewhere; keep says of which sessions it matters who was there (nil: all).
func (r *request) history(from, to domain.Date, keep func(domain.Session) bool) (domain.History, error) {
	begin, end := r.sop.Calendar.At(from, domain.Clock{}), r.sop.Calendar.At(to.AddDays(1), domain.Clock{})
	return r.view.History(r.Office, r.Staff, begin, end, keep)
}

// quarterBefore gives a day from which on every turn that ends in a period has begun.
func quarterBefore(d domain.Date) domain.Date { return domain.QuarterOf(d).First().AddDays(-14) }

func shortfalls(r *request) (domain.Change, error) {
	from, to := r.today().MonthOf().First(), r.today().AddDays(-1)
	const young = 10 // of a month that has hardly begun, the one before it says more
	if r.today().Day <= young {
		from = r.today().MonthOf().Add(-1).First()
	}
	title := fmt.Sprintf("%s至%s", from.Chinese(), to.Chinese())
	if p := r.args.Period("时期"); !p.IsZero() {
		from, to = p.First(), p.Last()
		title = p.Chinese()
		if yesterday := r.today().AddDays(-1); to.After(yesterday) {
			to = yesterday
		}
	}
	if r.args.Choice("看") == "消防" {
		return r.fire()
	}
	rec, err := r.history(quarterBefore(from), laterOf(to, r.today()), nil)
	if err != nil {
		return domain.Change{}, err
	}
	if r.args.Choice("看") == "覆盖" || r.args.Has("人") {
		who := r.args.Person("人")
		return say("%s", r.sop.MatrixLines(r.Case, title, r.sop.Matrix(rec, from, to, who), who))
	}
	return domain.Change{Reply: domain.Answer{Body: r.sop.UnmetCard(r.Case, title, r.sop.Unmets(rec, from, to))}}, nil
}

func laterOf(a, b domain.Date) domain.Date {
	if b.After(a) {
		return b
	}
	return a
}

// fire shows the year's coverage of fire safety and offers the make-up that is missing (4.4).
func (r *request) fire() (domain.Change, error) {
	year := r.today().Year
	rec, err := r.history(domain.NewDate(year, time.January, 1), domain.NewDate(year, time.December, 31), r.sop.TeachesFire)
	if err != nil {
		return domain.Change{}, err
	}
	f := r.sop.Fire(rec, r.Now)
	if f.Whole() {
		return say("%s", r.sop.FireLines(r.Case, f))
	}
	topics := r.sop.FireTopics(f)
	slots, err := r.classTimes(f.Unserved, topics, r.today().AddDays(1))
	if err != nil {
		return domain.Change{}, err
	}
	return domain.Change{Reply: domain.Answer{Body: r.sop.FireCard(r.Case, f, slots)}}, nil
}

// classTimes gives the best times to teach some people from a day on.
func (r *request) classTimes(people []domain.PersonID, topics []domain.Topic, from domain.Date) ([]domain.ClassSlot, error) {
	const shown = 3 // buttons
	last := from.AddDays(r.sop.Policy.Coverage.LookAhead)
	if err := r.rostered(from.AddDays(-1), last); err != nil {
		return nil, err
	}
	taken, err := r.taken(r.sop.Calendar.At(from, domain.Clock{}), r.sop.Calendar.At(last, domain.Clock{}), nil)
	if err != nil {
		return nil, err
	}
	return r.sop.ClassTimes(r.Case, people, topics, r.sop.SessionMinutes(), taken, from, shown), nil
}

func makeUpClass(r *request) (domain.Change, error) {
	if !r.args.Has("主题") {
		return shortfalls(r)
	}
	ids, _ := r.topics(r.args.Text("主题"))
	var topics []domain.Topic
	for _, id := range ids {
		t, ok := r.sop.Policy.Topic(id)
		if !ok {
			return domain.Change{}, domain.Refuse(domain.NotFound, "4.0", fmt.Sprintf("4.0里没有“%s”。发「缺口」看要补什么；别的内容请「加一场」。", r.args.Text("主题")))
		}
		topics = append(topics, t)
	}
	year := domain.NewDate(r.today().Year, time.January, 1)
	rec, err := r.history(year.AddDays(-62), domain.NewDate(r.today().Year, time.December, 31), func(x domain.Session) bool {
		return r.sop.TeachesFire(x) || slices.ContainsFunc(x.TopicIDs, func(id string) bool { return slices.Contains(ids, id) })
	})
	if err != nil {
		return domain.Change{}, err
	}
	people, all := r.sop.Missed(rec, topics, r.today().MonthOf().Add(-1).First(), r.today())
	if topics[0].Every == domain.Quarterly {
		topics = r.sop.FireTopics(r.sop.Fire(rec, r.Now))
	}
	if id := r.args.Person("人"); id != "" {
		people, all = []domain.PersonID{id}, false
	}
	if len(people) == 0 && !all {
		return say("%s没有人缺课，不用补。发「缺口」看还缺什么。", domain.Join(r.sop.TopicNames(ids)))
	}
	if !r.args.Has("日期") || !r.args.Has("时间") {
		wanted := people
		if all {
			wanted = domain.IDs(r.Staff.With(r.Office.ID, domain.Trainee, r.today()))
		}
		from := r.today().AddDays(1)
		if r.args.Has("日期") {
			from = r.args.Date("日期")
		}
		slots, err := r.classTimes(wanted, topics, from)
		if err != nil {
			return domain.Change{}, err
		}
		return domain.Change{Reply: domain.Answer{Body: r.sop.MakeUpCard(r.Case, topics, wanted, all, slots)}}, nil
	}
	if all {
		people = nil
	}
	return r.addMakeUp(topics, people)
}

// addMakeUp arranges the make-up at the time that was said.
func (r *request) addMakeUp(topics []domain.Topic, people []domain.PersonID) (domain.Change, error) {
	day := r.args.Date("日期")
	if err := r.rostered(day.AddDays(-1), day); err != nil {
		return domain.Change{}, err
	}
	start := r.sop.Calendar.At(day, r.args.Clock("时间"))
	end := start.Add(time.Duration(r.sop.SessionMinutes()) * time.Minute)
	taken, err := r.taken(start, end, nil)
	if err != nil {
		return domain.Change{}, err
	}
	no, err := r.view.NextNo("session")
	if err != nil {
		return domain.Change{}, err
	}
	x := domain.Session{ID: domain.SessionID(r.view.NewID()), No: no, Start: start, End: end, Room: r.sop.Policy.Drafting.Room}
	x.Lecturer, x.Room = r.sop.WhoAndWhere(r.Case, topics, day, r.args.Clock("时间"), taken)
	for _, t := range topics {
		x.Topics, x.TopicIDs = append(x.Topics, t.Name), append(x.TopicIDs, t.ID)
	}
	return r.sop.AddMakeUp(r.Case, x, people, taken)
}

// addOne puts a session on a plan, says who can come to it, and offers a further run to the others.
func (r *request) addOne(p domain.Plan, it domain.Item) (domain.Change, error) {
	last := it.Date.AddDays(r.sop.Policy.Coverage.LookAhead)
	if err := r.rostered(it.Date.AddDays(-1), last); err != nil {
		return domain.Change{}, err
	}
	start := r.sop.Calendar.At(it.Date, it.Start)
	end := start.Add(time.Duration(it.Minutes) * time.Minute)
	taken, err := r.taken(r.sop.Calendar.At(it.Date, domain.Clock{}), r.sop.Calendar.At(last, domain.Clock{}), func(x domain.Session) bool { return x.Plan == p.ID })
	if err != nil {
		return domain.Change{}, err
	}
	c, err := r.sop.AddItem(r.Case, p, it)
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.sop.Clash(r.Case, it.Lecturer, it.Room, start, end, taken); err != nil {
		return domain.Change{}, err
	}
	words, away := r.sop.WhoComes(r.Case, it.Lecturer, it.Date, it.Start, it.Minutes)
	if words != "" {
		c.Reply.Text += words + "。"
	}
	if len(away) == 0 || len(c.Plans) == 0 {
		return c, nil
	}
	taken = append(taken, domain.Engagement{Person: it.Lecturer, From: start, To: end}, domain.Engagement{Room: it.Room, From: start, To: end})
	var topics []domain.Topic
	for _, id := range it.Topics {
		if t, ok := r.sop.Policy.Topic(id); ok {
			topics = append(topics, t)
		}
	}
	slots := slices.DeleteFunc(r.sop.ClassTimes(r.Case, away, topics, it.Minutes, taken, it.Date, 2), func(x domain.ClassSlot) bool {
		return !p.Period.Has(r.sop.Calendar.Date(x.Start))
	})
	c.Reply.Body = r.sop.OfferRun(r.Case, c.Plans[0], it, c.Reply.Text, words, slots)
	return c, nil
}

func addRun(r *request) (domain.Change, error) {
	day, at := r.args.Date("日期"), r.args.Clock("时间")
	p, id, err := r.item(day)
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.rostered(day.AddDays(-1), day); err != nil {
		return domain.Change{}, err
	}
	start := r.sop.Calendar.At(day, at)
	taken, err := r.taken(start, start.Add(24*time.Hour), func(x domain.Session) bool { return x.Plan == p.ID })
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.AddRun(r.Case, p, id, domain.ItemID(r.view.NewID()), day, at, r.args.Person("讲师"), taken)
}

// noRun answers the offer of a further run; 不加，上报 submits at once.
func noRun(r *request) (domain.Change, error) {
	if r.args.Choice("后") != "" {
		r.args = command.Values{}
		return submitPlan(r)
	}
	return say("好，不加。改好后发「报计划」上报。")
}
