package bot

import (
	"fmt"
	"slices"
	"strings"

	"trainingbot/domain"
)

// askLeave takes a leave, for the session that is named or described, else the next (5.3).
func askLeave(r *request) (domain.Change, error) {
	text := r.args.Text("理由")
	x, reason, err := r.leaveFrom(text)
	if err != nil {
		return domain.Change{}, err
	}
	kind := domain.LeaveKindOf(r.args.Choice("类别"), reason)
	a, err := r.absence(x.ID, r.By.ID)
	if err != nil {
		return domain.Change{}, err
	}
	here, _, err := r.attended(x.ID, r.By.ID)
	if err != nil {
		return domain.Change{}, err
	}
	a, p, err := r.sop.AskLeave(r.Case, x, a, here, kind, reason)
	if err != nil { // before anybody is asked for a reason that would be no use
		return domain.Change{}, err
	}
	if reason == "" || domain.BareRef(reason) {
		line := fmt.Sprintf("请假 %s", x.Code())
		if k := r.args.Choice("类别"); k != "" {
			line += " " + k
		}
		return r.AskFor(line, fmt.Sprintf("%s %s请假，请写一句事由，只给讲师和主管看。（不请了就发「算了」。）", r.sop.Moment(x.Start), x.Title())), nil
	}
	out, err := r.dropOpen(domain.AbsenceJudged, x, r.By.ID, "改为补假")
	if err != nil {
		return domain.Change{}, err
	}
	p, asked, err := r.put(p, "leave.ask")
	if err != nil {
		return domain.Change{}, err
	}
	a.Proposal = p.ID
	out = out.And(asked)
	out.Absences = append(out.Absences, a)
	said := fmt.Sprintf("%s %s请假（%s），理由“%s”，已转%s。批了会告诉您；不请了发「销假 %s」。", r.sop.Moment(x.Start), x.Title(), kind.Chinese(), reason, r.Names(asked.Notices[0].To), x.Code())
	out.Reply, err = r.offer(x, a, said)
	return out, err
}

// offer adds to what is said where the session can be made up: another run of it, or a later one of
// the same topic (mission E10).
func (r *request) offer(x domain.Session, a domain.Absence, said string) (domain.Answer, error) {
	plain := domain.Answer{Body: domain.Say(said)}
	if a.MakeUp != "" {
		return plain, nil
	}
	who, _ := r.Staff.Person(a.Person)
	y, ok, err := r.makeUp(x, who, a.Kind)
	if err != nil || !ok {
		return plain, err
	}
	mine := r.sop.IsExpected(y, who)
	line := r.sop.MakeUpLine(y, mine)
	if mine {
		return domain.Answer{Body: domain.Say(said + "\n" + line)}, nil
	}
	return domain.Answer{Body: domain.Body{Text: said + "\n" + line + fmt.Sprintf("发「占位 %s」。", y.Code()), Card: &domain.Card{
		Title: "请假 " + x.Code() + " " + x.Title(), Text: said + "\n" + line,
		Buttons: []domain.Button{{Label: "占位", Line: "占位 " + y.Code(), Style: domain.Primary}, {Label: "以后再说", Line: "占位 " + y.Code() + " 以后再说", Style: domain.Plain}}}}}, nil
}

// makeUp gives the best session at which somebody can make another up.
func (r *request) makeUp(x domain.Session, who domain.Person, kind domain.LeaveKind) (domain.Session, bool, error) {
	from := x.Start
	if from.After(r.Now) {
		from = r.Now
	}
	all, err := r.view.Sessions(x.Office, from.AddDate(0, 0, -1), r.Now.AddDate(0, 0, 62))
	if err != nil {
		return domain.Session{}, false, err
	}
	best := r.sop.MakeUps(r.Case, x, who, kind, all)
	if len(best) == 0 {
		return domain.Session{}, false, nil
	}
	return best[0], true, nil
}

// leaveFrom finds the session a leave is about: by number, by what is said of it (下午消防课), else the
// person's next. It gives the reason without what only named the session.
func (r *request) leaveFrom(text string) (domain.Session, string, error) {
	if r.args.Session("场次") != 0 {
		x, err := r.session(nil, "")
		return x, text, err
	}
	all, err := r.sessions(r.Now.AddDate(0, 0, -r.sop.Policy.Day.LeaveAfterDays), r.Now.AddDate(0, 0, 31))
	if err != nil {
		return domain.Session{}, "", err
	}
	reason, hints := describing(r.sop, text)
	date := r.args.Date("日期")
	var past, next []domain.Session
	for _, x := range all {
		if x.State == domain.Cancelled || !r.sop.IsExpected(x, r.By) || !date.IsZero() && r.sop.Calendar.Date(x.Start) != date || !hints.fit(r.sop, x) {
			continue
		}
		if x.State != domain.Closed && x.End.After(r.Now) {
			next = append(next, x)
		} else {
			past = append(past, x)
		}
	}
	named := !date.IsZero() || len(hints) > 0
	switch {
	case len(next) > 0:
		if next[0].Office != r.Office.ID {
			err = r.enter(next[0].Office)
		}
		return next[0], reason, err
	case len(past) > 0 && named:
		x := past[len(past)-1]
		if x.Office != r.Office.ID {
			err = r.enter(x.Office)
		}
		return x, reason, err
	case named:
		return domain.Session{}, "", domain.Refuse(domain.NotFound, "5.3", "没有找到您说的那一场。发「课表」看编号，再发「请假 S31 事由」。")
	}
	return domain.Session{}, "", domain.Refuse(domain.NotFound, "5.3", "一个月内没有您要参加的培训，不用请假。补以前的假请写编号，如「请假 S31 事由」。")
}

// hint is one thing somebody says of a session: the part of its day, or what it teaches.
type hint struct {
	from, to int    // hours; to 0: none said
	topic    string // a topic, an alias, or the beginning of a category
}

type hints []hint

func (h hints) fit(s domain.SOP, x domain.Session) bool {
	for _, one := range h {
		hour := x.Start.In(s.Calendar.Zone).Hour()
		if one.to > 0 && (hour < one.from || hour >= one.to) {
			return false
		}
		if one.topic != "" && !slices.Contains(calls(s, x), one.topic) {
			return false
		}
	}
	return true
}

// calls gives what people call what a session teaches.
func calls(s domain.SOP, x domain.Session) []string {
	out := slices.Clone(x.Topics)
	for _, id := range x.TopicIDs {
		if t, ok := s.Policy.Topic(id); ok {
			out = append(append(out, t.Name), t.Aliases...)
			out = append(out, string([]rune(t.Category)[:2]))
		}
	}
	return out
}

// describing splits what somebody says into the reason and what only names the session.
func describing(s domain.SOP, text string) (reason string, found hints) {
	parts := map[string]hint{"上午": {from: 0, to: 12}, "早上": {from: 0, to: 12}, "中午": {from: 11, to: 14}, "下午": {from: 12, to: 18}, "今晚": {from: 18, to: 24}, "晚上": {from: 18, to: 24}}
	var topics []string
	for _, t := range s.Policy.Curriculum {
		topics = append(append(topics, t.Name, string([]rune(t.Category)[:2])), t.Aliases...)
	}
	slices.SortFunc(topics, func(a, b string) int { return len(b) - len(a) })
	var rest []string
	for seg := range strings.FieldsFuncSeq(text, func(c rune) bool { return strings.ContainsRune("，,。；; 　\n", c) }) {
		bare, here := seg, hints{}
		for word, h := range parts {
			if strings.Contains(bare, word) {
				here, bare = append(here, h), strings.ReplaceAll(bare, word, "")
			}
		}
		for _, t := range topics {
			if strings.Contains(bare, t) {
				here, bare = append(here, hint{topic: t}), strings.ReplaceAll(bare, t, "")
			}
		}
		for _, filler := range []string{"今天", "明天", "后天", "培训", "的", "课", "这场", "那场", "场", "我", "要", "想", "这", "那"} {
			bare = strings.ReplaceAll(bare, filler, "")
		}
		if bare == "" {
			found = append(found, here...)
		} else {
			rest = append(rest, seg)
		}
	}
	return strings.Join(rest, "，"), found
}

func withdrawLeave(r *request) (domain.Change, error) {
	var err error
	x, err := r.mine(func(x domain.Session) bool {
		a, aerr := r.absence(x.ID, r.By.ID)
		if aerr != nil {
			err = aerr
		}
		return a.State == domain.LeaveAsked || a.State == domain.OnLeave || a.State == domain.Exempted
	}, "您没有请过假，不用销假。")
	if err != nil {
		return domain.Change{}, err
	}
	a, err := r.absence(x.ID, r.By.ID)
	if err != nil {
		return domain.Change{}, err
	}
	out, err := r.sop.WithdrawLeave(r.Case, x, a)
	if err != nil {
		return out, err
	}
	dropped, err := r.dropOpen(domain.Leave, x, r.By.ID, r.By.Name+"销假")
	if err != nil {
		return out, err
	}
	place, err := r.givePlaceBack(a)
	return out.And(dropped).And(place), err
}

// givePlaceBack takes somebody off the session that was to make up for the one they come to after all.
func (r *request) givePlaceBack(a domain.Absence) (domain.Change, error) {
	if a.MakeUp == "" {
		return domain.Change{}, nil
	}
	y, err := r.view.Session(a.MakeUp)
	if err != nil || y.State != domain.Planned || !slices.Contains(y.Added, a.Person) {
		return domain.Change{}, err
	}
	y.Added = others(y.Added, a.Person)
	return domain.Change{Sessions: []domain.Session{y}}, nil
}

// takePlace gives the person a place at the session that makes up for one they miss.
func takePlace(r *request) (domain.Change, error) {
	y, err := r.session(nil, "")
	if err != nil {
		return domain.Change{}, err
	}
	if r.args.Has("以后") {
		card := domain.Card{Title: "补课 " + y.Code(), Subtitle: y.Title(), Settled: "以后再说"}
		return domain.Change{Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("好。想补课时发「占位 %s」，%s之前都可以。", y.Code(), r.sop.Moment(y.Start))), Settle: &card}}, nil
	}
	all, err := r.view.AbsencesOf(r.By.ID, r.today().AddDays(-60))
	if err != nil {
		return domain.Change{}, err
	}
	for _, a := range slices.Backward(all) {
		if a.State == domain.LeaveRefused || a.State == domain.LeaveWithdrawn || a.State == domain.WasPresent || a.State == domain.Unexcused {
			continue
		}
		x, err := r.view.Session(a.Session)
		if err != nil {
			return domain.Change{}, err
		}
		if x.ID == y.ID || !domain.SameLesson(x, y) {
			continue
		}
		if a.MakeUp == y.ID {
			return domain.Change{}, domain.Refuse(domain.Conflict, "5.3", fmt.Sprintf("%s %s 已经给您占好位。", y.Code(), r.sop.Moment(y.Start)))
		}
		if y.State != domain.Planned {
			return domain.Change{}, domain.Refuse(domain.TooLate, "5.3", fmt.Sprintf("%s %s，占不了位。发「课表」看别的场次。", y.Code(), y.State.Chinese()))
		}
		out := r.sop.Place(r.Case, y, r.By, a)
		back, err := r.givePlaceBack(a)
		if err != nil {
			return out, err
		}
		text := fmt.Sprintf("已占位：%s %s %s，补 %s。到时会提醒您。", y.Code(), r.sop.Moment(y.Start), y.Title(), x.Code())
		card := domain.Card{Title: "补课 " + y.Code(), Subtitle: y.Title(), Settled: "已占位 " + r.sop.Moment(y.Start)}
		out.Reply = domain.Answer{Body: domain.Say(text), Settle: &card}
		return out.And(back), nil
	}
	return domain.Change{}, domain.Refuse(domain.NotFound, "5.3", fmt.Sprintf("您没有要用 %s 来补的培训。要旁听请讲师发「加人 %s 您的姓名」。", y.Code(), y.Code()))
}

// decideLeave carries out the answer to a leave (5.3).
func decideLeave(r *request, p domain.Proposal, accept bool, reason string) (domain.Change, error) {
	out, x, ruled, err := r.settle(p, accept, reason, "准假", "不准假")
	if err != nil || !ruled {
		return out, err
	}
	a, err := r.absence(x.ID, p.About)
	if err != nil {
		return out, err
	}
	what := fmt.Sprintf("%s %s %s", x.Code(), r.sop.Moment(x.Start), x.Title())
	name := r.Staff.Name(p.About)
	if !accept {
		refused := r.sop.RefuseLeave(r.Case, x, a, reason)
		back, err := r.givePlaceBack(a)
		if err != nil {
			return out, err
		}
		if back.Sessions != nil {
			refused.MakeUp = ""
		}
		next := "请按时参加。"
		if x.State == domain.Closed && refused.State == domain.Explained {
			next = "缺席由主管认定。"
			q := r.sop.AbsenceProposal(r.Case, x, refused, "（请假未准）")
			q, put, err := r.put(q, "absence.explain")
			if err != nil {
				return out, err
			}
			refused.Proposal = q.ID
			back = back.And(put)
		}
		out.Absences = append(out.Absences, refused)
		out.Notices = append(out.Notices, p.Told(r.Case, []domain.PersonID{p.About}, domain.Say(fmt.Sprintf("%s 的假没有批（%s）：%s。%s", what, r.By.Name, reason, next)), "您请的假已有决定。"))
		return out.And(back), nil
	}
	out = out.And(r.sop.GrantLeave(r.Case, x, a, reason))
	back, err := r.undeduct(x, a, "补假已准")
	if err != nil {
		return out, err
	}
	told := fmt.Sprintf("已准假，不扣分：%s（%s）。", what, a.Kind.Chinese())
	if a.MakeUp != "" {
		y, err := r.view.Session(a.MakeUp)
		if err != nil {
			return out, err
		}
		told += fmt.Sprintf("%s 已占位。", r.sop.Moment(y.Start))
	}
	mine := p.Told(r.Case, []domain.PersonID{p.About}, domain.Say(told), "您请的假已有决定。")
	out.Notices = append(out.Notices, mine)
	if to := others(append(slices.Clone(p.To), x.Lecturer), p.About, r.By.ID); len(to) > 0 {
		n := mine
		n.Key, n.Thread, n.To = mine.Key+":others", mine.Thread+":others", to
		n.Body, n.Why = domain.Say(fmt.Sprintf("%s已准%s的假：%s（%s）。", r.By.Name, name, what, a.Kind.Chinese())), "讲师和主管要知道应到人数变了。"
		out.Notices = append(out.Notices, n)
	}
	back.Reply = domain.Answer{}
	return out.And(back), nil
}
