package bot

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trainingbot/domain"
)

// What 为什么 may be asked about.
var (
	aboutThing  = regexp.MustCompile(`^([A-Za-z])\s*(\d+)(?:\s*[vV]\d+)?$`)
	aboutClause = regexp.MustCompile(`^\d\.\d(?:\.\d){0,2}$`)
	aboutDay    = regexp.MustCompile(`(?:(\d{4})[-年/])?(?:(\d{1,2})[-月/])?(\d{1,2})[日号]?$`)
)

// why explains a notice or any number (mission capability 2): without more, the last notice; else a
// thing by its letter and number, a clause, a day, or a number.
func why(r *request) (domain.Change, error) {
	about := strings.Trim(strings.TrimSpace(r.args.Text("哪件事")), "？?。 ")
	about = strings.TrimSpace(strings.TrimPrefix(about, "是"))
	if about == "" || about == "这条" || about == "提醒" {
		return r.whyLast()
	}
	if m := aboutThing.FindStringSubmatch(about); m != nil {
		no, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil {
			return domain.Change{}, domain.Refuse(domain.NotFound, "", "没有这个编号。")
		}
		return r.whyThing(strings.ToUpper(m[1]), no)
	}
	if !aboutClause.MatchString(about) {
		if day, ok := r.dayMeant(about); ok {
			facts, err := r.view.Facts(r.Office.ID, r.Now, r.Now)
			if err != nil {
				return domain.Change{}, err
			}
			return say("%s", r.sop.WhyDay(facts, r.By.ID, day, r.Now))
		}
	}
	if text := r.sop.WhyRules(about); text != "" {
		return say("%s", text)
	}
	return domain.Change{}, domain.Refuse(domain.NotFound, "", fmt.Sprintf("没找到“%s”的依据。只发「为什么」解释上一条提醒；也可以问一天、一个编号、一条条款或一个数，如「为什么 24日」「为什么 P7」「为什么 5.1.2」「为什么 90%%」。", about))
}

// whyLast explains the last notice the person got.
func (r *request) whyLast() (domain.Change, error) {
	n, at, ok, err := r.view.LastNotice(r.By.ID)
	if err != nil {
		return domain.Change{}, err
	}
	if !ok {
		return say("还没有给您发过提醒。")
	}
	return say("上一条提醒（%s）：%s\n%s", r.sop.Moment(at), n.Title(), n.Why)
}

// dayMeant reads a day: 24日, 9-24, 9月24日, 2026-09-24, 明天 is not asked about. Without a month it is
// the nearest such day that has a plan's date near it: of this month, or the next once it is past by more than a week.
func (r *request) dayMeant(text string) (domain.Date, bool) {
	m := aboutDay.FindStringSubmatch(text)
	if m == nil || !strings.ContainsAny(text, "日号月-/年") {
		return domain.Date{}, false
	}
	today := r.today()
	day, _ := strconv.Atoi(m[3])
	year, month := today.Year, int(today.Month)
	if m[2] != "" {
		month, _ = strconv.Atoi(m[2])
	}
	if m[1] != "" {
		year, _ = strconv.Atoi(m[1])
	}
	at := domain.Month{Year: year, Month: time.Month(month)}
	if month < 1 || month > 12 || day < 1 || day > at.Last().Day {
		return domain.Date{}, false
	}
	d := at.Day(day)
	const past = 7 // days one still speaks of as "the 24th"
	if m[2] == "" && d.DaysUntil(today) > past {
		if next := at.Add(1); day <= next.Last().Day {
			d = next.Day(day)
		}
	} else if m[1] == "" && d.DaysUntil(today) > 180 { // 1月5日, said in December
		d = domain.Month{Year: year + 1, Month: time.Month(month)}.Day(day)
	}
	return d, true
}

// whyThing explains something that has a number people say.
func (r *request) whyThing(letter string, no int64) (domain.Change, error) {
	none := domain.Refuse(domain.NotFound, "", fmt.Sprintf("没有编号 %s%d 的事，或不是您能看的。", letter, no))
	var office domain.OfficeID
	var ok bool
	var err error
	var explain func() string
	switch letter {
	case "P":
		var p domain.Plan
		p, ok, err = r.view.PlanByNo(no)
		_, inForce := p.In(domain.Approved)
		ok, office = ok && (r.plansFor(p) || inForce), p.Office
		explain = func() string { return r.sop.WhyPlan(r.Case, p) }
	case "S":
		var x domain.Session
		x, ok, err = r.view.SessionByNo(no)
		office, explain = x.Office, func() string { return r.sop.WhySession(r.Case, x) }
	case "B":
		var p domain.Proposal
		p, ok, err = r.view.ProposalByNo(no)
		ok = ok && (r.leads(p.Office) || p.About == r.By.ID || p.By == r.By.ID || slices.Contains(p.To, r.By.ID))
		office, explain = p.Office, func() string { return r.sop.WhyProposal(r.Case, p) }
	case "F":
		var e domain.PointsEntry
		e, ok, err = r.view.PointsByNo(no)
		ok = ok && (r.leads(e.Office) || e.Person == r.By.ID)
		office, explain = e.Office, func() string { return r.sop.WhyPoints(r.Case, e) }
	case "T":
		var a domain.Assessment
		a, ok, err = r.view.AssessmentByNo(no)
		var scores []domain.Score
		if ok && err == nil {
			scores, err = r.view.Scores(a.ID)
		}
		_, sits := a.Candidate(r.By.ID)
		all := r.leads(a.Office) || a.Kind == domain.FireExam && r.By.Has(a.Office, domain.SafetyOfficer, r.today())
		ok, office = ok && (all || sits || slices.Contains(a.Lecturers(), r.By.ID)), a.Office
		explain = func() string { return r.sop.WhyAssessment(r.Case, a, scores, all) }
	case "N":
		var f domain.OrientationFile
		f, ok, err = r.view.OrientationByNo(no)
		ok, office = ok && (r.leads(f.Office) || r.coaches(f) || f.Person == r.By.ID), f.Office
		explain = func() string { return r.sop.WhyFile(r.Case, f) }
	case "X":
		var x domain.Input
		x, ok, err = r.view.InputByNo(no)
		ok = ok && (r.leads(x.Office) || x.By == r.By.ID)
		office, explain = x.Office, func() string { return r.sop.WhyInput(r.Case, x) }
	default:
		return domain.Change{}, domain.Refuse(domain.Invalid, "", "可以问计划 P、场次 S、考核 T、岗前考核 N、事项 B、扣分 F、需求和重点 X 的编号，如「为什么 S31」。")
	}
	if err != nil {
		return domain.Change{}, err
	}
	if !ok && letter == "T" {
		if refusal, err := r.formerly(no); refusal != nil || err != nil {
			return domain.Change{}, cmp.Or(err, refusal)
		}
	}
	if !ok || len(r.By.Roles(office, r.today())) == 0 {
		return domain.Change{}, none
	}
	if office != r.Office.ID {
		if err := r.enter(office); err != nil {
			return domain.Change{}, err
		}
	}
	return say("%s", explain())
}

// formerly gives the refusal that says what the theory test of a new hire is called now that somebody
// may see and names as an assessment; nil when it is not that.
func (r *request) formerly(no int64) (refusal, err error) {
	f, ok, err := r.view.OrientationByNo(no)
	if err != nil || !ok || !r.leads(f.Office) && !r.coaches(f) && f.Person != r.By.ID {
		return nil, err
	}
	return domain.Refuse(domain.NotFound, "5.4.1", renamed(fmt.Sprintf("T%d", no), f.Code())+fmt.Sprintf("看依据发「为什么 %s」。", f.Code())), nil
}

// coaches says whether the person coaches the new hire of a file.
func (r *request) coaches(f domain.OrientationFile) bool {
	return f.Coach == r.By.ID || slices.ContainsFunc(f.Days, func(d domain.CoachDay) bool { return d.Coach == r.By.ID })
}

// leads says whether the person makes or approves the plans of an office, so that what concerns its
// people is theirs to see.
func (r *request) leads(o domain.OfficeID) bool {
	return r.By.Has(o, domain.Supervisor, r.today()) || r.By.Has(o, domain.Director, r.today())
}
