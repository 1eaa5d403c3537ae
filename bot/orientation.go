package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// orientationWords are the words of a new hire's first days (4.1, 5.2, 5.4.1).
func orientationWords() command.Table[run] {
	return command.Table[run]{
		{Name: "入职", Aliases: []string{"新员工", "hire"}, Clause: "4.1", Roles: supervisors, Changes: true,
			Args: []command.Arg{arg("姓名", command.Word, "新员工的姓名"), opt("日期", command.Date, "到岗日期，不写就是今天"), opt("工号和班次", command.Text, "如 K13 早班，可不写")},
			Help: "登记新员工：排理论课、实习和理论考核", Example: "入职 林晓 2月6日 早班", Run: hire},
		{Name: "岗前", Aliases: []string{"岗前培训", "新员工档案", "orientation"}, Clause: "4.1",
			Args: []command.Arg{opt("人", command.Person, "新员工，不写就是全部"), {Name: "看", Kind: command.Choice, Optional: true,
				Choices: []command.Option{{Value: "算法", Synonyms: []string{"为什么"}}, {Value: "改日期"}}}},
			Help: "新员工的岗前培训：日期、学时、教练、考核", Example: "岗前 林晓", Run: showFile},
	}
}

// files gives the files of the office: of those who came within a year.
func (r *request) files() ([]domain.OrientationFile, error) {
	since := r.today().AddDays(-366)
	kept, err := r.view.OrientationFiles(r.Office.ID, since)
	if err != nil {
		return nil, err
	}
	done, err := r.view.Settled(r.Office.ID)
	if err != nil {
		return nil, err
	}
	all := domain.Files(r.Staff, r.Office.ID, kept, done)
	return slices.DeleteFunc(all, func(f domain.OrientationFile) bool {
		return f.Since.Before(since) || f.Since.Before(r.Office.Since) && f.ID == ""
	}), nil
}

// fileOf gives the newest file of a person, false when there is none.
func (r *request) fileOf(id domain.PersonID) (f domain.OrientationFile, ok bool, err error) {
	all, err := r.files()
	for _, x := range all {
		if x.Person == id && (!ok || x.Since.After(f.Since)) {
			f, ok = x, true
		}
	}
	return f, ok, err
}

// onTrial gives the file of the person the request names, or of the only one who is in training.
func (r *request) onTrial() (f domain.OrientationFile, who domain.Person, err error) {
	id := r.args.Person("人")
	all, err := r.files()
	if err != nil {
		return f, who, err
	}
	all = slices.DeleteFunc(all, func(x domain.OrientationFile) bool {
		p, _ := r.Staff.Person(x.Person)
		return x.State != domain.OnTrial || id != "" && x.Person != id || len(p.Roles(r.Office.ID, later(r.today(), x.Since))) == 0
	})
	switch {
	case len(all) == 0 && id != "":
		return f, who, domain.Refuse(domain.NotFound, "4.1", fmt.Sprintf("%s现在没有在进行的岗前培训。发「岗前」看全部。", r.Staff.Name(id)))
	case len(all) == 0:
		return f, who, domain.Refuse(domain.NotFound, "4.1", "现在没有在岗前培训的新员工。来了新人发「入职 姓名」。")
	case len(all) > 1 && id == "":
		names := make([]string, len(all))
		for i, x := range all {
			names[i] = r.Staff.Name(x.Person)
		}
		return f, who, domain.Refuse(domain.Invalid, "4.1", fmt.Sprintf("岗前培训的有%d人：%s。请写明是哪一位，如「%s %s」。", len(all), strings.Join(names, "、"), r.word.Name, names[0]))
	}
	f = all[len(all)-1]
	who, _ = r.Staff.Person(f.Person)
	return f, who, nil
}

func later(a, b domain.Date) domain.Date {
	if b.After(a) {
		return b
	}
	return a
}

// opened gives a file an id, when it was only derived so far.
func (r *request) opened(f domain.OrientationFile) domain.OrientationFile {
	if f.ID == "" {
		f.ID = domain.OrientationID(r.view.NewID())
		f.Told = r.sop.TestDay(f)
	}
	return f
}

// progress reads what counts towards a file.
func (r *request) progress(f domain.OrientationFile) (domain.Progress, []domain.Session, []domain.HoursEntry, error) {
	xs, seen, err := r.view.OrientationSessions(r.Office.ID, r.sop.Calendar.At(f.Since, domain.Clock{}), f.Person)
	if err != nil {
		return domain.Progress{}, nil, nil, err
	}
	hours, err := r.view.OrientationHours(f.Since, f.Person)
	if err != nil {
		return domain.Progress{}, nil, nil, err
	}
	who, _ := r.Staff.Person(f.Person)
	return r.sop.Progress(f, who, xs, seen, hours), xs, hours, nil
}

// fresh names new sessions; err is set when that failed.
func (r *request) fresh(err *error) func() (domain.SessionID, int64) {
	return func() (domain.SessionID, int64) {
		no, e := r.view.NextNo("session")
		if e != nil && *err == nil {
			*err = e
		}
		return domain.SessionID(r.view.NewID()), no
	}
}

var (
	numberLike = regexp.MustCompile(`^[A-Za-z]*-?[0-9]{1,9}$`)
	arrived    = []string{"到岗", "报到", "到职", "上班", "新员工"}
)

// hireWords reads what may stand behind a new hire's name: a staff number and a shift.
func hireWords(text string) (no, shift string, err error) {
	for _, w := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(" ,，、。；;", c) }) {
		switch {
		case slices.Contains(arrived, w):
		case numberLike.MatchString(w):
			no = strings.ToUpper(w)
		case strings.HasSuffix(w, "班"):
			shift = w
		default:
			return "", "", domain.Refuse(domain.Invalid, "4.1", fmt.Sprintf("没看懂“%s”。说法：「入职 姓名 日期 工号 班次」，如「入职 林晓 2月6日 K13 早班」，后面三样可以不写。", w))
		}
	}
	return no, shift, nil
}

// sureHire, said of a new hire, is the word of somebody who was asked whether the name is right.
const sureHire = "新员工"

// surnames are the first characters of nearly all names.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁荣巫寇桑郎甄丛仲虞敖明池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南储原栗燕楚鄢谌奚皮"

var (
	plainName = regexp.MustCompile(`^(\p{Han}{2,4}|\p{Han}{1,10}[·•]\p{Han}{1,10}|[A-Za-z][A-Za-z .'-]{1,30})$`)
	noName    = regexp.MustCompile(`[班课]$|来了$|到岗$|报到$|入职$|^(今天|明天|后天|时间)`)
)

// strange says what is doubtful of a new hire's name and staff number; "" when nothing is. Who is counted
// changes at once, so a slip of the finger is asked back, while a plain line is carried out.
func (r *request) strange(name, no string) string {
	han := []rune(name)
	letters := strings.TrimRight(no, "0123456789")
	like := func(p domain.Person) bool { return strings.TrimRight(p.No, "0123456789") == letters }
	switch {
	case !plainName.MatchString(name) || noName.MatchString(name) || len(han) < 5 && han[0] > 127 && !strings.ContainsRune(surnames, han[0]):
		return "这不太像姓名。"
	case no != "" && len(r.Staff) > 0 && !slices.ContainsFunc(r.Staff, like):
		return fmt.Sprintf("工号“%s”和本处其他人的不一样。", no)
	}
	return ""
}

// hire registers a new hire and opens the file (4.1).
func hire(r *request) (domain.Change, error) {
	name, day := r.args.Word("姓名"), r.args.Date("日期")
	if day.IsZero() {
		day = r.today()
	}
	no, shift, err := hireWords(r.args.Text("工号和班次"))
	if err != nil {
		return domain.Change{}, err
	}
	if why := r.strange(name, no); why != "" && !strings.Contains(r.args.Text("工号和班次"), sureHire) {
		line := strings.Join(strings.Fields(fmt.Sprintf("入职 %s %s %s %s %s", name, day, no, shift, sureHire)), " ")
		return r.confirmFirst(line, fmt.Sprintf("要登记新员工“%s”，%s到岗？%s回复「是」就登记并排岗前培训；不对请重发，如「入职 林晓 2月6日 K13 早班」，不登记发「算了」。", name, day.Chinese(), why)), nil
	}
	var p domain.Person
	if no != "" {
		known, ok, err := r.view.PersonByNo(no)
		if err != nil {
			return domain.Change{}, err
		}
		if ok && known.Name != name {
			return domain.Change{}, domain.Refuse(domain.Conflict, "4.1", fmt.Sprintf("工号 %s 是%s的，请换一个工号，或不写让我给。", no, known.Name))
		}
		p = known
	} else {
		c, known, done, err := r.namesake(name, day, shift)
		if err != nil || done {
			return c, err
		}
		p = known
	}
	return r.hire(p, name, no, day, shift)
}

// hire makes the person a trainee and opens the file.
func (r *request) hire(p domain.Person, name, no string, day domain.Date, shift string) (domain.Change, error) {
	if o := r.elsewhere(p, day); o != "" {
		return domain.Change{}, domain.Refuse(domain.Conflict, "4.1", fmt.Sprintf("%s(%s)现在在%s。请那边的主管发「调动 %s 到 %s」，学时和记录会一起过来。", p.Name, p.No, o, p.Name, r.Office.Name))
	}
	if p.ID == "" {
		p = domain.Person{ID: domain.PersonID(r.view.NewID()), No: no, Name: name}
	}
	if p.No == "" {
		next, err := r.Staff.NextNo(func(no string) (bool, error) {
			_, used, err := r.view.PersonByNo(no)
			return used, err
		})
		if err != nil {
			return domain.Change{}, err
		}
		if next == "" {
			return r.AskFor(fmt.Sprintf("入职 %s %s %s", name, day, shift), "请写工号，如 K13。（不登记了就发「算了」。）"), nil
		}
		p.No = next
	}
	p, err := r.sop.Hire(r.Case, p, day, shift)
	if err != nil {
		return domain.Change{}, err
	}
	r.Staff = append(slices.DeleteFunc(slices.Clone(r.Staff), func(x domain.Person) bool { return x.ID == p.ID }), p)
	c, err := r.open(p)
	if err != nil {
		return domain.Change{}, err
	}
	word := "已登记"
	if p.Version > 0 {
		word = "已登记再次入职"
	}
	c.People = append(c.People, p)
	c.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("%s：%s，工号 %s，%s到岗。%s", word, p.Name, p.No, day.Chinese(), r.accountHint(p)))}
	return c, nil
}

// accountHint says how the person gets reached, when no platform knows them yet.
func (r *request) accountHint(p domain.Person) string {
	if len(p.Handles) > 0 {
		return ""
	}
	return fmt.Sprintf("请本人在应用里发「绑定 %s」，您确认后就能收到通知。", p.No)
}

// elsewhere gives the name of another office the person is a member of on a day.
func (r *request) elsewhere(p domain.Person, day domain.Date) string {
	for _, m := range p.In(day) {
		if m.Office != r.Office.ID {
			if o, ok, err := r.view.Office(m.Office); err == nil && ok {
				return o.Name
			}
		}
	}
	return ""
}

// open opens the file of the newest arrival of a person who is in r.Staff.
func (r *request) open(p domain.Person) (domain.Change, error) {
	arrivals := domain.Arrivals(p, r.Office.ID)
	if len(arrivals) == 0 {
		return domain.Change{}, domain.Refuse(domain.Conflict, "4.1", p.Name+"没有间断过，不算新到岗，岗前培训不用重来。")
	}
	a := arrivals[len(arrivals)-1]
	f := domain.OrientationFile{ID: domain.OrientationID(r.view.NewID()), Office: r.Office.ID, Person: p.ID, Since: a.Since, Subject: a.Subject, State: domain.OnTrial}
	have, _, err := r.view.OrientationSessions(r.Office.ID, r.sop.Calendar.At(r.today(), domain.Clock{}))
	if err != nil {
		return domain.Change{}, err
	}
	c, err := r.sop.OpenFile(r.Case, f, p, have, r.fresh(&err))
	return c, err
}

// namesake looks for people of the office who are called like a new hire: one who is on the list
// already, or who left, is asked about.
func (r *request) namesake(name string, day domain.Date, shift string) (c domain.Change, p domain.Person, done bool, err error) {
	var same []domain.Person
	for _, x := range r.Staff {
		if x.Name == name {
			same = append(same, x)
		}
	}
	if len(same) == 0 {
		return c, p, false, nil
	}
	p = same[len(same)-1]
	another := fmt.Sprintf("是另一位同名的，请写上新工号：「入职 %s %s 工号」。", name, day)
	if len(p.In(day)) == 0 {
		line := strings.TrimSpace(fmt.Sprintf("入职 %s %s %s %s", name, day, p.No, shift))
		text := fmt.Sprintf("%s(%s)以前在这里，已离职。是同一个人再次入职就发「%s」，以前的记录都在；%s", name, p.No, line, another)
		return domain.Change{Reply: domain.Answer{Body: domain.Body{Text: text, Card: &domain.Card{Title: name + " 以前在这里", Subtitle: r.Office.Name, Text: text,
			Buttons: []domain.Button{{Label: "是同一个人", Line: line, Style: domain.Primary}}}}}}, p, true, nil
	}
	f, ok, err := r.fileOf(p.ID)
	switch {
	case err != nil:
		return c, p, true, err
	case ok && f.ID == "" && f.State == domain.OnTrial && !r.sop.TestDay(f).Before(r.today()):
		c, err = r.open(p) // came by the staff file: go on from there
		c.Reply = domain.Answer{Body: domain.Say(fmt.Sprintf("%s(%s)已由花名册登记，%s到岗，接着建岗前档案。%s", name, p.No, f.Since.Chinese(), r.accountHint(p)))}
		return c, p, true, err
	case ok && f.State == domain.OnTrial:
		return c, p, true, domain.Refuse(domain.Conflict, "4.1", fmt.Sprintf("%s(%s)已登记，%s到岗，档案在：发「岗前 %s」。%s", name, p.No, f.Since.Chinese(), name, another))
	}
	return c, p, true, domain.Refuse(domain.Conflict, "4.1", fmt.Sprintf("%s(%s)已在名单里。%s", name, p.No, another))
}

// showFile shows the files of the office, or one of them.
func showFile(r *request) (domain.Change, error) {
	leads := r.By.Lectures(r.Office.ID, r.today()) || r.By.Has(r.Office.ID, domain.Director, r.today())
	id := r.args.Person("人")
	if id == "" && !leads {
		id = r.By.ID
	}
	if id != r.By.ID && !leads {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "4.1", "别人的岗前档案只有主管、主任和教练能看。发「岗前」看您自己的。")
	}
	if id != "" {
		return r.showOne(id)
	}
	all, err := r.inTraining()
	if err != nil {
		return domain.Change{}, err
	}
	var lines []string
	for _, x := range all {
		lines = append(lines, strings.Join(x, "\n"))
	}
	if len(lines) == 0 {
		return say("现在没有在岗前培训的新员工。")
	}
	return say("%s", strings.Join(lines, "\n\n"))
}

// inTraining gives, file by file, how far those in orientation are.
func (r *request) inTraining() ([][]string, error) {
	all, err := r.files()
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, f := range all {
		if p, _ := r.Staff.Person(f.Person); f.State != domain.OnTrial || len(p.Roles(r.Office.ID, later(r.today(), f.Since))) == 0 {
			continue
		}
		p, _, _, err := r.progress(f)
		if err != nil {
			return nil, err
		}
		out = append(out, r.sop.OrientationLines(r.Case, f, p))
	}
	return out, nil
}

// orientationSeen is what 检查 says of new hires (4.1, 5.4.1).
func orientationSeen(r *request, _ domain.Facts) ([]string, error) {
	all, err := r.inTraining()
	out := make([]string, len(all))
	for i, lines := range all {
		out[i] = strings.Join(lines, "")
	}
	return out, err
}

// myOrientation is what somebody in orientation sees of it in 我的培训; nothing for all others.
func (r *request) myOrientation() ([]string, error) {
	f, ok, err := r.fileOf(r.By.ID)
	if err != nil || !ok || f.State != domain.OnTrial {
		return nil, err
	}
	p, _, _, err := r.progress(f)
	return r.sop.OrientationLines(r.Case, f, p), err
}

func (r *request) showOne(id domain.PersonID) (domain.Change, error) {
	f, ok, err := r.fileOf(id)
	if err != nil {
		return domain.Change{}, err
	}
	who, _ := r.Staff.Person(id)
	if !ok {
		return say("%s没有岗前培训档案（到岗一年以内的新员工才有）。", r.Staff.Name(id))
	}
	p, xs, _, err := r.progress(f)
	if err != nil {
		return domain.Change{}, err
	}
	switch r.args.Choice("看") {
	case "算法":
		return say("%s", r.sop.FileWhy(f, who))
	case "改日期":
		return say("%s", r.dates(f, who, xs))
	}
	text := strings.Join(r.sop.OrientationLines(r.Case, f, p), "\n")
	if f.State != domain.OnTrial || !r.By.Has(r.Office.ID, domain.Supervisor, r.today()) {
		return say("%s\n%s", text, r.dates(f, who, xs))
	}
	body := r.sop.FileCard(r.Case, f, who, xs, p)
	body.Text += "\n" + text
	return domain.Change{Reply: domain.Answer{Body: body}}, nil
}

// dates lists the classes of a file, with how each date is changed.
func (r *request) dates(f domain.OrientationFile, who domain.Person, xs []domain.Session) string {
	var lines []string
	for _, x := range xs {
		if slices.Contains(r.sop.Expected(x, domain.Staff{who}), who.ID) && x.State != domain.Cancelled {
			lines = append(lines, fmt.Sprintf("%s %s %s %s", x.Code(), r.sop.Moment(x.Start), x.Title(), x.State.Chinese()))
		}
	}
	lines = append(lines, fmt.Sprintf("理论考核 %s %s", r.sop.TestDay(f).Chinese(), r.sop.Policy.Orientation.TestAt))
	if f.State == domain.OnTrial && r.By.Has(r.Office.ID, domain.Supervisor, r.today()) {
		lines = append(lines, fmt.Sprintf("理论课改时间发「改期 S31 日期 时间 理由」（写它的编号），考核改日子发「改考 %s 日期 理由」。", r.Called(who)))
	}
	return strings.Join(lines, "\n")
}
