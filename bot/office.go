package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

func help(r *request) (domain.Change, error) {
	if !r.known && r.By.ID != "" {
		return say("%s，您现在不在任何管理处的名单里。请主管或管理员把您登记进名单。", r.By.Name)
	}
	if !r.known {
		return say("我是培训助手。请先发「绑定 工号」，主管确认后就能用。")
	}
	word := r.args.Text("词")
	if text, ok := r.table.GuideOn(word, r.roles()); ok {
		return say("%s", text)
	}
	if c, ok := r.table.For(r.roles()).How("怎么" + word); ok && word != "" {
		return r.explain(*c)
	}
	return say("%s", r.table.Guide(r.titles(), r.roles(), oftenFor(r.roles())))
}

// explain tells how a word is said, to those who may say it.
func (r *request) explain(c command.Command[run]) (domain.Change, error) {
	if err := r.mayUse(c); err != nil {
		return domain.Change{}, err
	}
	if text, ok := r.table.GuideOn(c.Name, r.roles()); ok {
		return say("%s", text)
	}
	return help(r)
}

// titles names the person with their roles: 王芳（主管、管理员）.
func (r *request) titles() string {
	var names []string
	for _, x := range r.roles() {
		if !slices.Contains(names, x.Chinese()) {
			names = append(names, x.Chinese())
		}
	}
	return r.By.Name + "（" + strings.Join(names, "、") + "）"
}

// roles gives every role the person holds today, in whatever office.
func (r *request) roles() []domain.Role {
	var out []domain.Role
	for _, o := range r.belongs() {
		out = append(out, r.By.Roles(o, r.today())...)
	}
	return out
}

func (r *request) dayWord() string {
	cal, d := r.sop.Calendar, r.today()
	name, holiday := cal.Holiday(d)
	switch {
	case holiday:
		return name + "放假"
	case cal.MakeUp(d):
		return "补班"
	case cal.Working(d):
		return "工作日"
	}
	return "休息日"
}

func bind(r *request) (domain.Change, error) {
	no := r.args.Word("工号")
	p, ok, err := r.view.PersonByNo(no)
	if err != nil {
		return domain.Change{}, err
	}
	if r.known && ok && p.ID == r.By.ID {
		return say("这个账号已经是您（%s，工号%s）的了，不用再绑定。", p.Name, p.No)
	}
	if r.known {
		return domain.Change{}, domain.Refuse(domain.Conflict, "", fmt.Sprintf("这个账号已经是%s（工号%s）。不对请找主管改名单。", r.By.Name, r.By.No))
	}
	if !ok || len(p.In(r.today())) == 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "", fmt.Sprintf("名单里没有工号 %s。请核对工号，或请主管把您登记进名单。", no))
	}
	if slices.ContainsFunc(p.Handles, func(h domain.Handle) bool { return h.Platform == r.msg.From.Platform }) {
		return domain.Change{}, domain.Refuse(domain.Conflict, "", fmt.Sprintf("工号 %s 已经绑定了别的账号。换了账号请找主管改名单。", no))
	}
	if err := r.enter(p.In(r.today())[0].Office); err != nil {
		return domain.Change{}, err
	}
	to := r.Staff.With(r.Office.ID, domain.Supervisor, r.today())
	if len(to) == 0 || r.outranks(p) {
		to = r.Staff.With(r.Office.ID, domain.Administrator, r.today())
	}
	if len(to) == 0 {
		return domain.Change{}, domain.Refuse(domain.Unready, "", "没有人能确认：主任和管理员的账号要由管理员确认，其他人的由主管确认。请安装的人先在名单里登记，或把账号直接写进名单。")
	}
	account := r.msg.From.Platform + ":" + r.msg.From.User
	line := fmt.Sprintf("准绑 %s %s", p.No, account)
	thread := "bind:" + string(p.ID) + ":" + account
	key := thread + ":" + r.today().String() // once a day: who was overlooked may ask again
	return domain.Change{
		Audit: []domain.Audit{{At: r.Now, Office: r.Office.ID, Act: "person.claim", Subject: p.No, Text: account + " 申请绑定 " + p.Name}},
		Notices: []domain.Notice{{Key: key, Thread: thread, Office: r.Office.ID, Stage: "claim", At: r.Now, To: domain.IDs(to),
			Why: "签到认账号不认人，所以账号归谁要由主管确认一次。",
			Body: domain.Body{Text: fmt.Sprintf("账号 %s 说自己是%s（工号%s）。是本人就回复「%s」，不是就不用理。", account, p.Name, p.No, line),
				Card: &domain.Card{Title: "账号绑定待确认", Subtitle: r.Office.Name, Facts: []domain.Fact{{Label: "姓名", Value: p.Name}, {Label: "工号", Value: p.No}, {Label: "账号", Value: account}},
					Buttons: []domain.Button{{Label: "是本人", Line: line, Style: domain.Primary}}}}}},
		Reply: domain.Answer{Body: domain.Say("已转请主管或管理员确认，确认后就能用。")},
	}, nil
}

// outranks says that the person's word counts for more than a supervisor's: who makes a director's
// account approves plans.
func (r *request) outranks(p domain.Person) bool {
	return slices.ContainsFunc(p.In(r.today()), func(m domain.Membership) bool {
		return p.Has(m.Office, domain.Director, r.today()) || p.Has(m.Office, domain.Administrator, r.today())
	})
}

func confirmBind(r *request) (domain.Change, error) {
	p, ok, err := r.view.PersonByNo(r.args.Word("工号"))
	if err != nil {
		return domain.Change{}, err
	}
	platform, user, shaped := strings.Cut(r.args.Text("账号"), ":")
	if !ok || !shaped || user == "" || !slices.Contains([]string{"wecom", "dingtalk"}, platform) || len(p.Roles(r.Office.ID, r.today())) == 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "", "名单里没有这个工号，或账号写得不对。例：准绑 K07 wecom:zhangwei")
	}
	if r.outranks(p) && !r.By.Has(r.Office.ID, domain.Administrator, r.today()) {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "", p.Name+"是主任或管理员，账号要由管理员确认，或由安装的人写进名单。")
	}
	h := domain.Handle{Platform: platform, User: user} // who has it and how it is compared is the storage's to know
	if owner, taken, err := r.view.PersonByHandle(h); err != nil {
		return domain.Change{}, err
	} else if taken {
		return domain.Change{}, domain.Refuse(domain.Conflict, "", fmt.Sprintf("账号 %s 已经是%s的了。", user, owner.Name))
	}
	if slices.ContainsFunc(p.Handles, func(x domain.Handle) bool { return x.Platform == platform }) {
		return domain.Change{}, domain.Refuse(domain.Conflict, "", p.Name+"已经绑定了别的账号，请先在名单里改。")
	}
	p.Handles = append(slices.Clone(p.Handles), h)
	text := fmt.Sprintf("已确认：账号 %s 是%s（工号%s）。", user, p.Name, p.No)
	key := fmt.Sprintf("bound:%s:%s:%s:%d", p.ID, platform, h.User, p.Version)
	card := domain.Card{Title: "账号绑定", Subtitle: r.Office.Name, Facts: []domain.Fact{{Label: "姓名", Value: p.Name}, {Label: "账号", Value: user}}, Settled: "已确认"}
	return domain.Change{
		People:  []domain.Person{p},
		Audit:   []domain.Audit{{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: "person.bind", Subject: p.No, Text: text}},
		Closed:  []domain.Settlement{{Thread: "bind:" + string(p.ID) + ":" + platform + ":" + h.User, Card: &card}},
		Notices: []domain.Notice{{Key: key, Thread: key, Office: r.Office.ID, Stage: "bound", At: r.Now, To: []domain.PersonID{p.ID}, Body: domain.Say(p.Name + "您好，账号已确认。发「帮助」看您能说什么。"), Why: "您申请绑定的工号已由主管确认。"}},
		Reply:   domain.Answer{Body: domain.Say(text), Settle: &card},
	}, nil
}

// assess shows the assessment windows, or notes that an assessment has been held (5.4).
func assess(r *request) (domain.Change, error) {
	if !r.args.Has("办结") {
		return showAssessments(r)
	}
	if r.args.Choice("类别") != "消防" && !r.By.Has(r.Office.ID, domain.Supervisor, r.today()) {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "5.4.2", "安全主管只登记消防考核，请发「考核 已完成 消防」。其他考核由主管登记。")
	}
	done, err := r.view.Settled(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	m, what, err := r.assessed(done)
	if err != nil {
		return domain.Change{}, err
	}
	if slices.Contains(done, m) {
		return say("%s之前已经登记完成了。", what)
	}
	text := fmt.Sprintf("已登记：%s完成，不再催办。", what)
	paper, err := r.byHand(m)
	if err != nil {
		return domain.Change{}, err
	}
	if !paper.Reply.IsZero() {
		text += "\n" + paper.Reply.Text
	}
	return domain.Change{
		Assessments: paper.Assessments,
		Settled:     []domain.Matter{m},
		Closed:      m.Ends(),
		Audit:       []domain.Audit{{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: "assessment.held", Subject: string(m.Kind) + " " + m.Subject, Clause: "5.4", Text: text}},
		Reply:       domain.Answer{Body: domain.Say(text)},
	}, nil
}

// assessed finds which assessment is meant, and its name.
func (r *request) assessed(done []domain.Matter) (m domain.Matter, what string, err error) {
	m.Office = r.Office.ID
	switch {
	case r.args.Person("人") != "":
		who, _ := r.Staff.Person(r.args.Person("人"))
		arrivals := domain.Arrivals(who, r.Office.ID)
		if len(arrivals) == 0 {
			return m, "", domain.Refuse(domain.NotFound, "5.4.1", who.Name+"不是本管理处的学员，没有新员工理论考核。")
		}
		m.Kind, m.Subject = domain.TheoryTestDue, arrivals[len(arrivals)-1].Subject
		if r.args.Choice("类别") == "岗前" {
			m.Kind = domain.OrientationTheoryDue
			return m, r.Staff.Name(who.ID) + "的岗前培训理论部分", nil
		}
		return m, r.Staff.Name(who.ID) + "的新员工理论考核", nil
	case r.args.Choice("类别") == "岗前":
		return m, "", domain.Refuse(domain.Invalid, "5.2.1", "请写明是哪位新员工，如「考核 已完成 岗前 林晓」。")
	case r.args.Choice("类别") == "消防":
		// Last quarter's, while it is still being asked for.
		q := domain.QuarterOf(r.today())
		before := domain.QuarterOf(q.First().AddDays(-1))
		m.Kind, m.Subject = domain.FireAssessment, before.String()
		asked := !before.Last().Before(r.Office.Since) && before.Last().DaysUntil(r.today()) <= r.sop.Policy.Reminders.OverdueDays
		if asked && !slices.Contains(done, m) {
			return m, before.Chinese() + "消防考核", nil
		}
		m.Subject = q.String()
		return m, q.Chinese() + "消防考核", nil
	}
	p := r.args.Period("时期")
	if p.IsZero() {
		p = domain.MonthlyPeriod(r.today().MonthOf().Add(-1))
	}
	if p.Annual() || !r.today().After(p.Last()) {
		return m, "", domain.Refuse(domain.Invalid, "5.4.2", "月度考核在月底之后进行，请写已经过完的月份，如「考核 已完成 月度 2026-09」。")
	}
	m.Kind, m.Subject = domain.MonthlyAssessment, p.String()
	return m, p.Chinese() + "培训的考核", nil
}

func (r *request) windows() string {
	month := r.today().MonthOf()
	days := r.sop.Calendar.FirstWorkingDays(month, r.sop.Policy.Assessment.WindowWorkingDays)
	var names []string
	for _, d := range days {
		names = append(names, d.Chinese())
	}
	q := domain.QuarterOf(r.today())
	return fmt.Sprintf("%s培训的考核窗口（规程5.4.2）：%s。考完发「考核 已完成 月度 %s」。\n%s消防考核（规程5.4.3）：%s前完成，考完发「考核 已完成 消防」。",
		domain.MonthlyPeriod(month.Add(-1)).Chinese(), strings.Join(names, "、"), month.Add(-1), q.Chinese(), q.Last().Chinese())
}

func selfCheck(r *request) (domain.Change, error) {
	var b strings.Builder
	for _, c := range slices.Concat(r.checks, r.officeChecks()) {
		mark := "✓"
		if !c.OK {
			mark = "✗"
		}
		fmt.Fprintf(&b, "%s %s：%s\n", mark, c.Name, c.Text)
	}
	return say("%s", strings.TrimRight(b.String(), "\n"))
}

// officeChecks looks at what the procedure needs of the office: people for the roles, accounts,
// holiday notices.
func (r *request) officeChecks() []Check {
	var out []Check
	for _, role := range []domain.Role{domain.Supervisor, domain.Director, domain.SafetyOfficer} {
		people := r.Staff.With(r.Office.ID, role, r.today())
		c := Check{Name: role.Chinese(), OK: len(people) > 0, Text: "没有指定，请在名单里登记"}
		if c.OK {
			c.Text = r.Staff.Name(people[0].ID)
		}
		out = append(out, c)
	}
	var mute []string
	for _, p := range r.Staff {
		if len(p.Handles) == 0 && len(p.Roles(r.Office.ID, r.today())) > 0 {
			mute = append(mute, p.Name)
		}
	}
	c := Check{Name: "平台账号", OK: len(mute) == 0, Text: "每个人都有"}
	if !c.OK {
		c.Text = fmt.Sprintf("%d人没有：%s。请他们发「绑定 工号」", len(mute), strings.Join(mute, "、"))
	}
	out = append(out, c)
	for _, year := range []int{r.today().Year, r.today().Year + 1} {
		if year > r.today().Year && r.today().Before(r.sop.Policy.Calendar.WarnFrom.In(r.today().Year)) {
			continue
		}
		c := Check{Name: fmt.Sprintf("%d年节假日", year), OK: r.sop.Calendar.Known(year), Text: "已载入"}
		if !c.OK {
			c.Text = "放假通知还没有载入，日期按周末暂定。在服务器上运行 trainingbot calendar import 文件"
		}
		out = append(out, c)
	}
	return out
}
