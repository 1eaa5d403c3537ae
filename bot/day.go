package bot

import (
	"trainingbot/bot/command"
	"trainingbot/domain"
)

// leaveWord is the word by which people ask for leave, in whatever place of a sentence it stands.
const leaveWord = "请假"

func sessionArg() command.Arg { return opt("场次", command.SessionRef, "场次编号，如 S31") }

// dayWords are the words of the training day beside check-in itself (5.3, 6.2.2).
func dayWords() command.Table[run] {
	kinds := command.Arg{Name: "类别", Kind: command.Choice, Optional: true, Choices: []command.Option{
		{Value: "病假"}, {Value: "事假"}, {Value: "公差", Synonyms: []string{"公假"}}, {Value: "免训"}}}
	verdict := command.Arg{Name: "结果", Kind: command.Choice, Choices: []command.Option{
		{Value: string(domain.WithReason), Synonyms: []string{"不扣"}}, {Value: string(domain.WithReasonMakeUp)}, {Value: string(domain.WithoutReason), Synonyms: []string{"扣分"}}}}
	return command.Table[run]{
		{Name: leaveWord, Aliases: []string{"請假", "leave", "请个假", "告假"}, Clause: "5.3", Changes: true,
			Args: []command.Arg{sessionArg(), opt("日期", command.Date, "哪一天"), kinds, opt("理由", command.Text, "为什么；哪一场也可以这样说：下午消防课")},
			Help: "请假，由讲师或主管决定；同时给您补课的场次", Example: "请假 S31 孩子发烧", Run: askLeave},
		{Name: "销假", Aliases: []string{"取消请假", "不请假了"}, Clause: "5.3", Changes: true, Args: []command.Arg{sessionArg()},
			Help: "请了假又能来", Example: "销假 S31", Run: withdrawLeave},
		{Name: "占位", Clause: "5.3", Changes: true, Hidden: true,
			Args: []command.Arg{arg("场次", command.SessionRef, "补课的场次"), {Name: "以后", Kind: command.Choice, Optional: true, Choices: []command.Option{{Value: "以后再说"}}}},
			Help: "在补课的那一场占一个位", Example: "占位 S40", Run: takePlace},
		{Name: "能到", Clause: "5.3", Changes: true, Hidden: true, Args: []command.Arg{sessionArg()}, Help: "说一声能到", Example: "能到 S31", Run: willCome},
		{Name: "我在", Clause: "5.3.4", Changes: true, Hidden: true, Args: []command.Arg{sessionArg()}, Help: "回应课中抽查", Example: "我在 S31", Run: answerSpot},
		{Name: "签退", Aliases: []string{"先走", "早退了"}, Clause: "5.3.4", Changes: true, Args: []command.Arg{sessionArg(), opt("理由", command.Text, "为什么先走")},
			Help: "下课前先走，登记早退分钟", Example: "签退", Run: leaveEarly},
		{Name: "补签", Clause: "5.3.4", Changes: true, Args: []command.Arg{sessionArg(), opt("理由", command.Text, "为什么没签上")},
			Help: "人到了没签上，关课后请讲师补", Example: "补签 S31 手机没电", Run: lateCheckIn},
		{Name: "说明", Clause: "6.2.2", Changes: true, Args: []command.Arg{sessionArg(), opt("理由", command.Text, "为什么没来")},
			Help: "说明缺席的原因，由主管认定", Example: "说明 S31 处理12栋漏水", Run: explain},

		{Name: "确认", Aliases: []string{"confirm", "能讲"}, Clause: "5.3.1", Roles: lecturers, Changes: true, Args: []command.Arg{sessionArg()},
			Help: "课前：确认由我主讲；课后：主管确认培训记录", Example: "确认 S31", Run: confirm},
		{Name: "换人", Aliases: []string{"换讲师", "有困难", "讲不了"}, Clause: "5.3.1", Roles: lecturers, Changes: true,
			Args: []command.Arg{sessionArg(), opt("人", command.Person, "换成谁，不写就自动问"), opt("理由", command.Text, "为什么")},
			Help: "讲不了，换讲师；不写谁就自动问", Example: "换人 S31 陈静 出差", Run: substitute},
		{Name: "加人", Clause: "5.3", Roles: lecturers, Changes: true, Args: []command.Arg{sessionArg(), arg("人", command.Person, "谁")},
			Help: "把人加进名单，签到中也可以", Example: "加人 S31 张伟", Run: addPerson},
		{Name: "记录", Aliases: []string{"培训记录", "record"}, Clause: "5.3.4", Roles: append([]domain.Role{domain.Director}, lecturers...), Changes: true,
			Args: []command.Arg{sessionArg(), opt("内容", command.Text, "讲得怎样、有无异常")}, Help: "看《培训记录表》，或补写两句", Example: "记录 S31 大家对回访时限不清楚", Run: record},
		{Name: "补录", Clause: "5.3.4", Roles: lecturers, Changes: true,
			Args: []command.Arg{arg("场次", command.SessionRef, "场次编号"), opt("名单", command.Text, "谁到了，如：李娜 高翔；或 全到 除张伟；再写一句原因")},
			Help: "没网时用了纸质签到，课后录入", Example: "补录 S31 李娜、高翔 停电没网", Run: paper},
		{Name: "认定", Clause: "6.2.2", Roles: []domain.Role{domain.Supervisor, domain.Director}, Changes: true,
			Args: []command.Arg{sessionArg(), opt("人", command.Person, "谁"), verdict, opt("理由", command.Text, "一句说明")},
			Help: "认定缺席：有因、补训、无故", Example: "认定 S31 张伟 有因 抢修", Run: judge},
	}
}

// absence gives what is known of a person's absence from a session, zero when nothing is.
func (r *request) absence(x domain.SessionID, who domain.PersonID) (domain.Absence, error) {
	all, err := r.view.Absences(x)
	for _, a := range all {
		if a.Person == who {
			return a, err
		}
	}
	return domain.Absence{}, err
}

// attended says whether somebody is among the presences of a session.
func (r *request) attended(x domain.SessionID, who domain.PersonID) (bool, []domain.Attendance, error) {
	present, err := r.view.Attendance(x)
	for _, a := range present {
		if a.Person == who {
			return true, present, err
		}
	}
	return false, present, err
}

// mine finds the session the request names, or the nearest of the person's own that pick takes: the
// next of those to come, else the latest of those that are over.
func (r *request) mine(pick func(domain.Session) bool, none string) (domain.Session, error) {
	if r.args.Session("场次") != 0 {
		return r.session(nil, "")
	}
	all, err := r.sessions(r.Now.AddDate(0, 0, -r.sop.Policy.Day.LeaveAfterDays-1), r.Now.AddDate(0, 0, 31))
	if err != nil {
		return domain.Session{}, err
	}
	var best domain.Session
	found := false
	for _, x := range all {
		if !pick(x) {
			continue
		}
		if !found || !best.End.After(r.Now) {
			best, found = x, true
		}
	}
	if !found {
		return best, domain.Refuse(domain.NotFound, "5.3", none)
	}
	if best.Office != r.Office.ID {
		err = r.enter(best.Office)
	}
	return best, err
}

// others drops who is not to be told: nobody, and the one who acts.
func others(ids []domain.PersonID, not ...domain.PersonID) []domain.PersonID {
	var out []domain.PersonID
	seen := map[domain.PersonID]bool{"": true}
	for _, id := range not {
		seen[id] = true
	}
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// undeduct reverses the deduction for an absence, when there is one: it turned out otherwise.
func (r *request) undeduct(x domain.Session, a domain.Absence, reason string) (domain.Change, error) {
	month := r.sop.Calendar.Date(x.Start).MonthOf()
	all, err := r.view.PointsOf(a.Person, month, month)
	if err != nil {
		return domain.Change{}, err
	}
	reversed := map[domain.EntryID]bool{}
	for _, e := range all {
		reversed[e.Reverses] = true
	}
	for _, e := range all {
		if e.Subject == a.Subject() && e.Reverses == "" && !reversed[e.ID] {
			return r.reverse(e, reason)
		}
	}
	return domain.Change{}, nil
}

// dropOpen takes back what is still open of one kind about a person and a session.
func (r *request) dropOpen(kind domain.ProposalKind, x domain.Session, who domain.PersonID, reason string) (domain.Change, error) {
	subject := string(x.ID)
	if who != "" {
		subject += ":" + string(who)
	}
	all, err := r.view.ProposalsOf(x.Office, kind, subject)
	if err != nil {
		return domain.Change{}, err
	}
	var out domain.Change
	for _, p := range all {
		if p.State == domain.Proposed {
			out = out.And(r.sop.Drop(r.Case, p, reason))
		}
	}
	return out, nil
}

// put puts a proposal before those who decide, with a line of the log; the answer is the caller's.
func (r *request) put(p domain.Proposal, act string) (domain.Proposal, domain.Change, error) {
	p, n, err := r.propose(p)
	if err != nil {
		return p, domain.Change{}, err
	}
	audit := domain.Audit{At: r.Now, Office: p.Office, Actor: r.By.ID, Act: act, Subject: p.Code(), Clause: p.Clause, Text: p.Title}
	return p, domain.Change{Proposals: []domain.Proposal{p}, Notices: []domain.Notice{n}, Audit: []domain.Audit{audit}}, nil
}
