package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/domain"
)

// session finds the session the request names, or else the one that pick takes among today's, and of
// the last month those that were left open.
func (r *request) session(pick func(domain.Session) bool, none string) (domain.Session, error) {
	if no := r.args.Session("场次"); no != 0 {
		x, ok, err := r.view.SessionByNo(no)
		if err != nil {
			return x, err
		}
		if !ok || len(r.By.Roles(x.Office, r.today())) == 0 {
			return x, domain.Refuse(domain.NotFound, "5.3", fmt.Sprintf("没有编号 S%d 的培训。发「课表」看编号。", no))
		}
		if x.Office != r.Office.ID {
			err = r.enter(x.Office)
		}
		return x, err
	}
	all, err := r.sessions(r.Now.AddDate(0, -1, 0), r.Now.Add(12*time.Hour))
	if err != nil {
		return domain.Session{}, err
	}
	var found []domain.Session
	for _, x := range all {
		if pick(x) && (x.State == domain.Open || x.Start.After(r.Now.Add(-18*time.Hour))) {
			found = append(found, x)
		}
	}
	if mine := slices.DeleteFunc(slices.Clone(found), func(x domain.Session) bool { return x.Lecturer != r.By.ID }); len(mine) > 0 {
		found = mine
	}
	switch len(found) {
	case 0:
		return domain.Session{}, domain.Refuse(domain.NotFound, "5.3", none)
	case 1:
		if found[0].Office != r.Office.ID {
			err = r.enter(found[0].Office)
		}
		return found[0], err
	}
	return domain.Session{}, domain.Refuse(domain.Invalid, "5.3", r.several(found)+"。请写明编号。")
}

// several lists the sessions of which one must be named: 有2场：S5（15:00 …）、S6（20:30 …）.
func (r *request) several(found []domain.Session) string {
	names := make([]string, len(found))
	for i, x := range found {
		names[i] = fmt.Sprintf("%s（%s %s）", x.Code(), r.sop.Hour(x.Start), x.Title())
	}
	return fmt.Sprintf("有%d场：%s", len(found), strings.Join(names, "、"))
}

// sessions reads the sessions of all the person's offices, by start.
func (r *request) sessions(from, to time.Time) ([]domain.Session, error) {
	var out []domain.Session
	for _, o := range r.offices() {
		xs, err := r.view.Sessions(o, from, to)
		if err != nil {
			return nil, err
		}
		out = append(out, xs...)
	}
	slices.SortStableFunc(out, func(a, b domain.Session) int { return a.Start.Compare(b.Start) })
	return out, nil
}

// checkInSlow is a check-in that was not recognised early: a bare code.
func checkInSlow(r *request) (domain.Change, error) {
	roll, err := r.view.Roll(r.msg.From, r.Now)
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.CheckIn(roll, r.args.Code("口令"), r.msg.ID, r.Now)
}

func openSession(r *request) (domain.Change, error) {
	soon := r.Now.Add(r.sop.Policy.CheckIn.OpensBefore)
	next := time.Time{} // when nothing can be opened yet, the rule says when the next one can
	openable := func(x domain.Session) bool {
		if x.State == domain.Planned && x.Start.After(soon) && (next.IsZero() || x.Start.Before(next)) {
			next = x.Start
		}
		return x.State == domain.Open || (x.State == domain.Planned && !x.Start.After(soon) && r.Now.Before(x.End.Add(r.sop.Policy.CheckIn.OpenAfter)))
	}
	x, err := r.session(openable, "今天没有可以开课的培训。发「课表」看下一场什么时候。")
	if e, ok := domain.Refusal(err); ok && e.Kind == domain.NotFound && !next.IsZero() {
		x, err = r.session(func(x domain.Session) bool { return x.State == domain.Planned && x.Start.Equal(next) }, e.Text)
	}
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.OpenSession(r.Case, x, r.secret())
}

func rollCall(r *request) (domain.Change, error) {
	x, err := r.session(func(x domain.Session) bool { return x.State == domain.Open || x.State == domain.Closed }, "今天没有开过课的培训可以点名。")
	if err != nil {
		return domain.Change{}, err
	}
	if err := r.sop.Runs(r.Case, x); err != nil {
		return domain.Change{}, err
	}
	present, err := r.view.Attendance(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	if id := r.args.Person("人"); id != "" {
		return r.mark(x, id, present)
	}
	absences, err := r.view.Absences(x.ID)
	if err != nil {
		return domain.Change{}, err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s（%s）：%s\n", x.Code(), x.Title(), x.State.Chinese(), r.sop.Tally(x, present, absences).Line(r.Case))
	for _, a := range present {
		note := ""
		if a.Late > 0 {
			note = fmt.Sprintf(" 迟到%d分钟", a.Late)
		}
		if a.Way == domain.ByHand {
			note += " " + r.Staff.Name(a.MarkedBy) + "代登：" + a.Reason
		}
		fmt.Fprintf(&b, "✓ %s %s%s\n", r.Staff.Name(a.Person), r.sop.Hour(a.At), note)
	}
	state := map[domain.PersonID]string{}
	for _, a := range absences {
		state[a.Person] = a.Sayable()
	}
	for _, id := range r.sop.Missing(x, present) {
		fmt.Fprintf(&b, "✗ %s%s\n", r.Staff.Name(id), bracketed(state[id]))
	}
	return say("%s没法自己签到的人，发「点名 %s 姓名 到 原因」登记；迟到、早退写分钟，如「点名 %s 姓名 早退 20分钟」。", b.String(), x.Code(), x.Code())
}

func bracketed(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

// mark takes a presence, a lateness or an early leave by hand (点名).
func (r *request) mark(x domain.Session, id domain.PersonID, present []domain.Attendance) (domain.Change, error) {
	who, _ := r.Staff.Person(id)
	minutes := r.args.Minutes("时长")
	what := r.args.Choice("到")
	if (what == "早退" || what == "迟到") && minutes == 0 {
		return r.AskFor(fmt.Sprintf("点名 %s %s %s", x.Code(), who.No, what), fmt.Sprintf("%s%s多少分钟？请回复分钟数，如 20分钟。（不登记就发「算了」。）", r.Staff.Name(id), what)), nil
	}
	if what == "早退" {
		left, err := r.view.Departures(x.ID)
		if err != nil {
			return domain.Change{}, err
		}
		return r.sop.LeaveEarly(r.Case, x, who, present, left, minutes, r.args.Text("理由"))
	}
	if what != "迟到" {
		minutes = 0
	}
	out, err := r.sop.Mark(r.Case, x, who, present, minutes, r.args.Text("理由"), r.msg.ID)
	if err != nil || len(out.Attendance) == 0 {
		return out, err
	}
	seen, err := r.seenAfter(x, id, "讲师或主管补登到场")
	return out.And(seen), err
}

func moveItem(r *request) (domain.Change, error) {
	day, at := r.args.Date("日期"), r.args.Clock("时间")
	if r.args.Session("场次") != 0 {
		x, err := r.session(nil, "")
		if err != nil {
			return domain.Change{}, err
		}
		return r.moveSession(x, r.sop.Calendar.At(day, at), r.args.Text("理由"))
	}
	if x, reason, ok, err := r.spokenOf(r.args.Text("理由")); err != nil || ok {
		if err != nil {
			return domain.Change{}, err
		}
		return r.moveSession(x, r.sop.Calendar.At(day, at), reason)
	}
	p, id, err := r.item(day)
	if err != nil {
		return domain.Change{}, err
	}
	for _, it := range p.Latest().Items {
		start := r.sop.Calendar.At(day, at)
		if it.ID != id {
			continue
		}
		if err := r.busyElsewhere(it.Lecturer, start, start.Add(time.Duration(it.Minutes)*time.Minute)); err != nil {
			return domain.Change{}, err
		}
	}
	return r.sop.MoveItem(r.Case, p, id, day, at)
}

func cancelItem(r *request) (domain.Change, error) {
	if r.args.Session("场次") != 0 {
		x, err := r.session(nil, "")
		if err != nil {
			return domain.Change{}, err
		}
		return r.cancelSession(x, r.args.Text("理由"))
	}
	if x, reason, ok, err := r.spokenOf(r.args.Text("理由")); err != nil || ok {
		if err != nil {
			return domain.Change{}, err
		}
		return r.cancelSession(x, reason)
	}
	p, id, err := r.item(domain.Date{})
	if err != nil {
		return domain.Change{}, err
	}
	return r.sop.DropItem(r.Case, p, id, r.args.Text("理由"))
}

func timetable(r *request) (domain.Change, error) {
	from := r.sop.Calendar.At(r.today(), domain.Clock{})
	all, err := r.sessions(from, from.AddDate(0, 0, 14))
	if err != nil {
		return domain.Change{}, err
	}
	lines := r.sessionLines(all)
	if len(lines) == 0 {
		return say("两周内没有您要参加或要讲的培训。")
	}
	return say("两周内的培训：\n%s", strings.Join(lines, "\n"))
}

// sessionLines lists the sessions the person teaches or is expected at.
func (r *request) sessionLines(all []domain.Session) []string {
	var lines []string
	for _, x := range all {
		teaches := x.Lecturer == r.By.ID
		if x.State == domain.Cancelled || (!teaches && !slices.Contains(r.sop.Expected(x, domain.Staff{r.By}), r.By.ID)) {
			continue
		}
		role := ""
		if teaches {
			role = "（您讲）"
		}
		line := fmt.Sprintf("%s %s %s%s", x.Code(), r.sop.Moment(x.Start), x.Title(), role)
		if x.Room != "" {
			line += " " + x.Room
		}
		if x.State == domain.Planned && x.Lecturer != "" && x.ConfirmedAt.IsZero() {
			line += map[bool]string{true: "，请发「确认」", false: "，讲师待确认"}[teaches]
		}
		if x.State != domain.Planned {
			line += "，" + x.State.Chinese()
		}
		lines = append(lines, line)
	}
	return lines
}
