package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// mineWords are the words by which people see how they or those they answer for stand (6.2), and the
// material of a lapsed chain.
func mineWords() command.Table[run] {
	return command.Table[run]{
		{Name: "我的培训", Aliases: []string{"我的成绩", "我的进度", "mytraining"}, Clause: "5.3",
			Help: "您的下几场、上过的、考勤分、补考，和怎么补回来", Example: "我的培训", Run: mine},
		{Name: "考勤分", Aliases: []string{"扣分情况", "points"}, Clause: "6.2.2",
			Args: []command.Arg{opt("人", command.Person, "谁"), opt("时期", command.Period, "哪个月，不写就是这个月")},
			Help: "主管、主任看全处或某人的考勤分；其他人看自己的", Example: "考勤分 2026-10", Run: overview},
		{Name: "材料", Aliases: []string{"整理材料", "evidence"}, Clause: "6.2.3", Roles: planners,
			Args: []command.Arg{arg("人", command.Person, "谁"), chainRef(), fileRef()},
			Help: "限期考核的全部材料，只给主管和主任", Example: "材料 张伟", Run: material},
		{Name: "结案", Aliases: []string{"closecase"}, Clause: "6.2.3", Roles: directors, Changes: true,
			Args: []command.Arg{arg("人", command.Person, "谁"), chainRef(), fileRef(), opt("决定", command.Text, "怎么决定的")},
			Help: "限期过后，记下公司的决定，不再提醒", Example: "结案 张伟 已书面报公司人事处理", Run: endChain},
	}
}

// mine is the trainee's own page.
func mine(r *request) (domain.Change, error) {
	today := r.today()
	m := today.MonthOf()
	first, now := r.sop.Calendar.At(m.First(), domain.Clock{}), r.Now
	all, err := r.sessions(first, now.AddDate(0, 0, 14))
	if err != nil {
		return domain.Change{}, err
	}
	been, err := r.view.AttendanceOf(r.By.ID, first, now.AddDate(0, 0, 1))
	if err != nil {
		return domain.Change{}, err
	}
	seen := map[domain.SessionID]bool{}
	for _, a := range been {
		seen[a.Session] = true
	}
	var next, missed []string
	done, due := 0, 0
	for _, x := range all {
		if x.State == domain.Cancelled || !slices.Contains(r.sop.Expected(x, domain.Staff{r.By}), r.By.ID) {
			continue
		}
		switch {
		case x.State == domain.Closed:
			if due++; seen[x.ID] {
				done++
			} else {
				missed = append(missed, fmt.Sprintf("%s %s %s", x.Code(), r.sop.Moment(x.Start), x.Title()))
			}
		case x.End.After(now):
			next = append(next, fmt.Sprintf("%s %s %s %s", x.Code(), r.sop.Moment(x.Start), x.Title(), x.Room))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s的培训（%s）\n", r.By.Name, today.Chinese())
	if first, err := r.myOrientation(); err != nil {
		return domain.Change{}, err
	} else if len(first) > 0 {
		b.WriteString(strings.Join(first, "\n") + "\n")
	}
	list(&b, "接下来两周：", next, "没有安排")
	fmt.Fprintf(&b, "本月上过：%d/%d场\n", done, due)
	if len(missed) > 0 {
		list(&b, "没到的：", missed, "")
		b.WriteString("有原因请告诉主管；同主题再开时可以补上。\n")
	}
	tests, err := r.myAssessments()
	if err != nil {
		return domain.Change{}, err
	}
	if len(tests) > 0 {
		list(&b, "考核：", tests, "")
	}
	if err := r.minePoints(&b, m); err != nil {
		return domain.Change{}, err
	}
	return say("%s", strings.TrimRight(b.String(), "\n"))
}

// minePoints adds the points, the retake chains and what waits to be answered.
func (r *request) minePoints(b *strings.Builder, m domain.Month) error {
	entries, err := r.view.PointsOf(r.By.ID, m, m)
	if err != nil {
		return err
	}
	b.WriteString(r.sop.PointsLines(m, entries) + "\n")
	if r.sop.Balance(m, entries) < r.sop.Policy.Points.Base {
		b.WriteString("怎么补回来：有异议发「申诉 编号 理由」，成立就退回；下月重新从基数算起。\n")
	}
	chains, err := r.view.ChainsOf(r.By.ID)
	if err != nil {
		return err
	}
	var lines []string
	for _, x := range chains {
		if x.State == domain.ChainOpen || !x.Ended.Before(m.First()) {
			lines = append(lines, r.sop.ChainLine(r.Case, x))
		}
	}
	if len(lines) > 0 {
		list(b, "补考：", lines, "")
	}
	asked, err := r.view.FeedbackAsked(r.By.ID, r.Now)
	if err != nil {
		return err
	}
	for _, g := range asked {
		if len(g.Questions) >= len(r.sop.Measures()) {
			continue
		}
		x, err := r.view.Session(g.Session)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "还没评完：%s %s，发「评价 %s」（匿名）。\n", x.Code(), x.Title(), x.Code())
	}
	return nil
}

func list(b *strings.Builder, title string, lines []string, none string) {
	b.WriteString(title)
	if len(lines) == 0 {
		b.WriteString(none + "\n")
		return
	}
	b.WriteString("\n· " + strings.Join(lines, "\n· ") + "\n")
}

// overview shows the points of the office to those who answer for it, and to others their own.
func overview(r *request) (domain.Change, error) {
	leads := r.By.Has(r.Office.ID, domain.Supervisor, r.today()) || r.By.Has(r.Office.ID, domain.Director, r.today())
	who := r.args.Person("人")
	if !leads && who != "" && who != r.By.ID {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "6.2.2", "别人的考勤分只有本人、主管和主任能看。发「我的分」看您自己的。")
	}
	if !leads {
		return myPoints(r)
	}
	m := r.today().MonthOf()
	if p := r.args.Period("时期"); !p.IsZero() {
		m = p.First().MonthOf()
	}
	if who != "" {
		entries, err := r.view.PointsOf(who, m.Add(-1), m)
		if err != nil {
			return domain.Change{}, err
		}
		return say("%s %s\n%s", r.Staff.Name(who), r.sop.PointsLines(m, entries), r.sop.PointsLines(m.Add(-1), entries))
	}
	entries, err := r.view.PointsIn(r.Office.ID, m)
	if err != nil {
		return domain.Change{}, err
	}
	return say("%s", r.sop.Overview(r.Case, m, entries))
}

// material shows the evidence of a chain to supervisor and director.
func material(r *request) (domain.Change, error) {
	x, err := r.chain()
	if err != nil {
		return domain.Change{}, err
	}
	if x.Person == r.By.ID {
		return domain.Change{}, domain.Refuse(domain.Forbidden, "6.2.3", "自己的材料由主任看。发「我的培训」看您自己的情况。")
	}
	f := domain.EvidenceFacts{From: x.EvidenceFrom()}
	from, to := r.sop.Calendar.At(f.From, domain.Clock{}), r.Now.Add(time.Hour)
	who, _ := r.Staff.Person(x.Person)
	for _, m := range who.Memberships {
		if m.Office != r.Office.ID && (m.Until.IsZero() || !m.Until.Before(f.From)) { // they carry what they heard elsewhere with them
			more, err := r.view.Sessions(m.Office, from, to)
			if err != nil {
				return domain.Change{}, err
			}
			f.Sessions = append(f.Sessions, more...)
		}
	}
	here, err := r.view.Sessions(r.Office.ID, from, to)
	if err != nil {
		return domain.Change{}, err
	}
	f.Sessions = append(f.Sessions, here...)
	slices.SortStableFunc(f.Sessions, func(a, b domain.Session) int { return a.Start.Compare(b.Start) })
	f.Sessions = slices.CompactFunc(f.Sessions, func(a, b domain.Session) bool { return a.ID == b.ID })
	if f.Attendance, err = r.view.AttendanceOf(x.Person, from, to); err != nil {
		return domain.Change{}, err
	}
	if f.Points, err = r.view.PointsOf(x.Person, f.From.MonthOf(), r.today().MonthOf()); err != nil {
		return domain.Change{}, err
	}
	if f.Notices, err = r.view.SentTo(x.Person, from, "5.4", "6.2"); err != nil {
		return domain.Change{}, err
	}
	return say("%s", r.sop.Evidence(r.Case, x, f))
}

func endChain(r *request) (domain.Change, error) {
	x, err := r.chain()
	if err != nil {
		return domain.Change{}, err
	}
	reason := r.args.Text("决定")
	if reason == "" {
		return r.AskFor(fmt.Sprintf("结案 %s %s", r.noOf(x.Person), x.Code), "请写一句怎么决定的（延期请发「限期」）。只留档，不通知本人。（先不定就发「算了」。）"), nil
	}
	return r.sop.EndChain(r.Case, x, reason)
}
