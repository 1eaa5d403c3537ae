package domain

import (
	"fmt"
	"slices"
	"strings"
)

// SitTest records a sitting of the theory test (5.4.1). Passed: the person is formally on post and
// everybody is told. Failed: the next sitting is set; what else follows (individual training, points) is
// the retake chain's (6.2.3).
func (s SOP) SitTest(c Case, f OrientationFile, who Person, score int, p Progress) (Change, OrientationFile, error) {
	if err := s.may(c, Supervisor, "5.4.1", "登记理论考核成绩"); err != nil {
		return Change{}, f, err
	}
	today := s.today(c)
	switch last := len(f.Sittings) - 1; {
	case score < 0 || score > 100:
		return Change{}, f, Refuse(Invalid, "5.4.1", fmt.Sprintf("成绩要在0到100之间，%d不对。", score))
	case !today.After(f.Since):
		return Change{}, f, Refuse(TooEarly, "5.4.1", fmt.Sprintf("%s%s到岗，理论考核在%s，现在还不能登记成绩。", c.Staff.Name(who.ID), f.Since.Chinese(), s.TestDay(f).Chinese()))
	case last >= 0 && f.Sittings[last].Day == today:
		return Change{}, f, Refuse(Conflict, "5.4.1", fmt.Sprintf("今天已登记%s第%d次理论考核%d分，同一天不再登记。复考在%s。", c.Staff.Name(who.ID), last+1, f.Sittings[last].Score, s.TestDay(f).Chinese()))
	}
	mark := s.Policy.Assessment.PassMark
	f.Sittings = append(slices.Clone(f.Sittings), TestSitting{Day: today, Score: score, Passed: score >= mark, By: c.By.ID, At: c.Now})
	n := len(f.Sittings)
	if score >= mark {
		out := s.onPost(c, f, who, score, p)
		return out, out.Files[0], nil
	}
	text := fmt.Sprintf("%s 理论考核%d分，%s，第%d次不合格。", c.Staff.Name(who.ID), score, s.Policy.PassMarkText(), n)
	key := fmt.Sprintf("orientation:%s:failed:%d", f.ID, n)
	f.Test = s.Calendar.AddWorkingDays(today, s.Policy.Orientation.RetestWorkingDays)
	retest := fmt.Sprintf("%s %s", f.Test.Chinese(), s.Policy.Orientation.TestAt)
	return Change{
		Files:  []OrientationFile{f},
		Audit:  []Audit{c.audit("orientation.failed", who.No, "5.4.1", text)},
		Closed: f.ends(TheoryTestDue),
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "failed", Clause: "5.4.1", At: c.Now, To: []PersonID{who.ID},
			Body: Say(fmt.Sprintf("您的岗前理论考核%d分，%s，第%d次没有合格。不要紧：重新培训后再考，复考%s。", score, s.Policy.PassMarkText(), n, retest)),
			Why:  "规程5.4.1：理论考核不合格的，重新培训后再考。"}},
		Reply: Answer{Body: Say(fmt.Sprintf("%s按规程重新培训后再考，复考%s。扣分和单独培训请在下一张卡片上定。", text, retest))},
	}, f, nil
}

// onPost makes a trainee formally on post (5.4.1): the matters are settled, all who wait hear it.
func (s SOP) onPost(c Case, f OrientationFile, who Person, score int, p Progress) Change {
	f.State, f.Closed = OnPost, s.today(c)
	name := c.Staff.Name(who.ID)
	coaches := ""
	if ids := s.coaches(f); len(ids) > 0 {
		coaches = "教练" + c.Names(ids) + "。"
	}
	told := IDs(c.Staff.With(c.Office.ID, Director, f.Closed))
	var office []PersonID
	for _, x := range c.Staff {
		if x.ID != who.ID && !slices.Contains(told, x.ID) && len(x.Roles(c.Office.ID, f.Closed)) > 0 {
			office = append(office, x.ID)
		}
	}
	key := "orientation:" + string(f.ID) + ":on_post"
	notice := func(voice string, to []PersonID, text string) Notice {
		return Notice{Group: voice == ":office", Key: key + voice, Thread: key + voice, Office: c.Office.ID, Stage: "on_post", Clause: "5.4.1", At: c.Now, To: without(to, c.By.ID), Body: Say(text),
			Why: fmt.Sprintf("规程5.4.1：理论考核合格，正式上岗。%s于%s登记。", c.By.Name, s.Moment(c.Now))}
	}
	reply := fmt.Sprintf("%s 理论考核合格（%d分），今日正式上岗。%s已告诉全处（不含分数）。", name, score, coaches)
	if !p.Briefed {
		reply += fmt.Sprintf("注意：上岗前的消防培训还没有记录（公安部令第61号第36条），请尽快补上，发「带教 %s 1小时 消防交底」。", c.Called(who))
	}
	var short []string
	for _, b := range Blocks() {
		if n := s.missing(p, b); n > 0 {
			short = append(short, b.Chinese()+s.spanOf(n))
		}
	}
	if len(short) > 0 {
		reply += fmt.Sprintf("学时还缺：%s，请补上并登记。", strings.Join(short, "、"))
	}
	out := Change{
		Files: []OrientationFile{f},
		Audit: []Audit{c.audit("orientation.on_post", who.No, "5.4.1", reply)},
		Notices: []Notice{
			notice("", []PersonID{who.ID}, fmt.Sprintf("恭喜！您的岗前理论考核合格（%d分），今日正式上岗。发「课表」看以后的培训。", score)),
			notice(":director", told, fmt.Sprintf("%s 岗前理论考核合格（%d分），今日正式上岗。%s", name, score, coaches)),
			notice(":office", office, fmt.Sprintf("%s 岗前培训期满，今日正式上岗。%s", name, coaches)),
		},
		Reply: Answer{Body: Say(reply)},
	}
	return out.And(f.settled())
}

// ends gives the threads of one of a file's matters.
func (f OrientationFile) ends(k MatterKind) []Settlement {
	m := f.matter(k)
	return append(m.Ends(), Settlement{Thread: m.Thread() + hireVoice}, Settlement{Thread: m.Thread() + coachVoice})
}

// settled ends every matter of a file.
func (f OrientationFile) settled() Change {
	var out Change
	for _, k := range []MatterKind{OrientationTheoryDue, OrientationHoursDue, TheoryTestDue} {
		out.Settled = append(out.Settled, f.matter(k))
		out.Closed = append(out.Closed, f.ends(k)...)
	}
	return out
}

// PostponeTest moves the theory test for a reason; both dates stay on record (mission C5-4a).
func (s SOP) PostponeTest(c Case, f OrientationFile, who Person, to Date, reason string) (Change, error) {
	if err := s.may(c, Supervisor, "5.4.1", "改理论考核的日期"); err != nil {
		return Change{}, err
	}
	from := s.TestDay(f)
	switch {
	case to == from:
		return Change{}, Refuse(Invalid, "5.4.1", fmt.Sprintf("理论考核本来就在%s。", from.Chinese()))
	case to.Before(s.today(c)) || !to.After(f.Since):
		return Change{}, Refuse(Invalid, "5.4.1", to.Chinese()+"不行，请给一个以后的日子。")
	}
	f.Test, f.Moves = to, append(slices.Clone(f.Moves), TestMove{From: from, To: to, Reason: reason, By: c.By.ID, At: c.Now})
	rule := s.Calendar.AddWorkingDays(f.Since, s.Policy.Assessment.TheoryTestWorkingDay)
	text := fmt.Sprintf("%s 的理论考核从%s改到%s %s：%s。", c.Staff.Name(who.ID), from.Chinese(), to.Chinese(), s.Policy.Orientation.TestAt, reason)
	if to.After(rule) {
		text += fmt.Sprintf("规程日期%s留在记录里。", rule.Chinese())
	}
	text += s.restNote(to)
	key := fmt.Sprintf("orientation:%s:test:%d", f.ID, len(f.Moves))
	return Change{
		Files:  []OrientationFile{f},
		Closed: f.ends(TheoryTestDue),
		Audit:  []Audit{c.audit("orientation.postpone", who.No, "5.4.1", text)},
		Notices: []Notice{{Key: key, Thread: key, Office: c.Office.ID, Stage: "postponed", Clause: "5.4.1", At: c.Now, Deadline: to, To: without(append([]PersonID{who.ID}, s.coaches(f)...), c.By.ID),
			Body: Say(fmt.Sprintf("%s的理论考核改到%s %s（原定%s）。", c.Staff.Name(who.ID), to.Chinese(), s.Policy.Orientation.TestAt, from.Chinese())),
			Why:  s.FileWhy(f, who)}},
		Reply: Answer{Body: Say(text)},
	}, nil
}

// Sat gives the last sitting as the retake chain knows it (6.2.3). code is what the test is called.
func (s SOP) Sat(f OrientationFile, code string) Failure {
	n := len(f.Sittings)
	sat := f.Sittings[n-1]
	return Failure{Person: f.Person, Assessment: string(f.ID), Kind: "theory", Code: code, Title: "岗前理论考核", Sitting: n,
		Evidence: fmt.Sprintf("%d分（合格线%d）", sat.Score, s.Policy.Assessment.PassMark), Day: sat.Day}
}
