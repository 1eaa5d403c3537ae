package bot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trainingbot/domain"
)

// scores enters what is said of results: 高翔 70 郑宇 88; 郑宇 实操 漏 报警流程; 高翔 更正 72 录错了.
func scores(r *request) (domain.Change, error) {
	text := plainText(r.args.Text("内容"))
	if text == "" {
		return r.lacking()
	}
	said, err := r.readScores(text)
	if err != nil {
		return domain.Change{}, err
	}
	if c, done, err := r.theoryScores(said); err != nil || done {
		return c, err
	}
	a, all, err := r.assessment(said.no, func(a domain.Assessment) bool { return said.concerns(a) }, "现在没有"+r.Names(said.people())+"要考的考核。主管先发「考核 安排」，或写明编号，如「成绩 T5 高翔 70」。")
	if err != nil {
		return domain.Change{}, err
	}
	if said.correct && said.reason == "" {
		return r.AskFor(r.word.Name+" "+r.args.Text("内容"), "更正成绩请写一句原因，会留痕，原记录保留。（不更正就发「算了」。）"), nil
	}
	if len(said.absent) > 0 {
		if len(said.entries) > 0 {
			return domain.Change{}, domain.Refuse(domain.Invalid, "5.4.2", "缺考请单独发，如「成绩 周丽 缺考」，成绩另发一条。")
		}
		return r.sop.MarkAbsent(r.Case, a, all, said.absent[0])
	}
	return r.enterScores(a, all, said.entries)
}

// theoryScores hands a score to the orientation when its one person is a new hire before the theory
// test (5.4.1), who takes no other assessment then.
func (r *request) theoryScores(said saidScores) (domain.Change, bool, error) {
	if said.no != 0 || len(said.entries) != 1 || said.entries[0].Checked > 0 {
		return domain.Change{}, false, nil
	}
	who, _ := r.Staff.Person(said.entries[0].Person)
	return r.orientationScore(who, said.entries[0].Points)
}

// enterScores grades and carries out what follows: retake chains, and the assessment that counts the
// same paper.
func (r *request) enterScores(a domain.Assessment, all []domain.Score, entries []domain.Entry) (domain.Change, error) {
	g, err := r.grade(a, all, entries)
	if err != nil {
		return domain.Change{}, err
	}
	out, lines := g.Change, g.Lines
	partner, also, err := r.together(a)
	if err != nil {
		return domain.Change{}, err
	}
	if partner.ID != "" {
		copied := r.sop.Copied(partner, a, g)
		if len(copied) > 0 {
			h, err := r.grade(partner, also, copied)
			if err != nil {
				return domain.Change{}, err
			}
			lines = append(lines, fmt.Sprintf("合考：书面成绩同时记入%s（%s）。", partner.Title(), partner.Code()))
			out = out.And(h.Change)
		}
	}
	head := "已录入（" + a.Code() + "）：\n" + strings.Join(lines, "\n")
	if waits := r.sop.Waiting(r.Case, g.Assessment, g.Scores); g.Assessment.State == domain.Sitting && len(waits) > 0 {
		head += fmt.Sprintf("\n还差%d人：%s。", len(waits), r.Names(waits))
	}
	if r.alsoTaught(a) {
		head += "\n考官" + r.By.Name + "讲过其中的课（允许，已注明）。"
	}
	out.Reply = domain.Answer{Body: domain.Say(head)}
	return out, nil
}

// grade enters scores of one assessment with the retake chains that follow (6.2.3).
func (r *request) grade(a domain.Assessment, all []domain.Score, entries []domain.Entry) (domain.Graded, error) {
	g, err := r.sop.Grade(r.Case, a, all, entries, func() domain.ScoreID { return domain.ScoreID(r.view.NewID()) })
	if err != nil {
		return g, err
	}
	below, err := r.lecturersAfter(a, g)
	if err != nil {
		return g, err
	}
	g.Change = g.Change.And(below)
	for _, v := range g.Verdicts {
		f := domain.Failure{Person: v.Person, Assessment: string(a.ID), Kind: string(a.Kind), Code: a.Code(), Title: a.Title(), Sitting: v.Sitting, Evidence: v.Evidence, Day: r.today()}
		follow := r.failed
		if v.Passed || v.Undone {
			follow = r.passed
		}
		c, err := follow(f)
		if err != nil {
			return g, err
		}
		c.Reply = domain.Answer{}
		g.Change = g.Change.And(c)
	}
	return g, nil
}

// together finds the assessment that counts the same written paper as this one.
func (r *request) together(a domain.Assessment) (domain.Assessment, []domain.Score, error) {
	if a.Kind != domain.MonthlyExam {
		return domain.Assessment{}, nil, nil
	}
	running, err := r.view.Assessments(a.Office, r.Now)
	if err != nil {
		return domain.Assessment{}, nil, err
	}
	for _, b := range running {
		if b.With == a.ID {
			return r.withScores(b)
		}
	}
	return domain.Assessment{}, nil, nil
}

// lacking says whose scores are missing, in a line to be filled in.
func (r *request) lacking() (domain.Change, error) {
	a, all, err := r.assessment(0, anyAssessment, noAssessment)
	if err != nil {
		return domain.Change{}, err
	}
	waits := r.sop.Waiting(r.Case, a, all)
	if len(waits) == 0 {
		return say("%s（%s）的成绩都有了。发「分析 %s」看统计。", a.Title(), a.Code(), a.Code())
	}
	return say("%s（%s）还差%d人：%s。\n发「成绩 %s 书面 %s 分数」，可以几人一起；实操写「成绩 %s 实操 %s 全对」或「成绩 %s 实操 %s 漏 检查点」。",
		a.Title(), a.Code(), len(waits), r.Names(waits), a.Code(), r.Staff.Name(waits[0]), a.Code(), r.Staff.Name(waits[0]), a.Code(), r.Staff.Name(waits[0]))
}

// saidScores is a line of scores as it was read.
type saidScores struct {
	no      int64 // T5
	entries []domain.Entry
	absent  []domain.PersonID
	correct bool
	reason  string
}

// people gives everybody who is named, each once.
func (s saidScores) people() []domain.PersonID {
	out := slices.Clone(s.absent)
	for _, e := range s.entries {
		if !slices.Contains(out, e.Person) {
			out = append(out, e.Person)
		}
	}
	return out
}

// concerns says that everybody named is a candidate of the assessment.
func (s saidScores) concerns(a domain.Assessment) bool {
	return !slices.ContainsFunc(s.people(), func(id domain.PersonID) bool {
		x, ok := a.Candidate(id)
		return !ok || x.State == domain.Exempt
	})
}

// scoreReader reads a line of scores from left to right.
type scoreReader struct {
	r        *request
	rest     string
	out      saidScores
	who      domain.PersonID // whom the next words are about
	part     domain.Part     // said before any name: of all
	own      domain.Part     // said behind the name
	retake   bool
	points   []domain.CheckPoint
	practice map[domain.PersonID]int // the person's entry of a practical check
}

// readScores reads what stands behind 成绩.
func (r *request) readScores(text string) (saidScores, error) {
	_, points := domain.Bank()
	s := &scoreReader{r: r, rest: text, points: points, practice: map[domain.PersonID]int{}}
	for {
		s.rest = strings.TrimLeft(s.rest, " ,，、;；:：。\n\t")
		if s.rest == "" {
			break
		}
		if err := s.word(); err != nil {
			return s.out, err
		}
	}
	if len(s.out.entries) == 0 && len(s.out.absent) == 0 {
		return s.out, s.lost("没有看到分数")
	}
	for i := range s.out.entries {
		e := &s.out.entries[i]
		if e.Retake = s.retake; s.out.correct {
			e.Reason = s.out.reason
		}
		if e.Checked > 0 {
			e.Checked = max(e.Checked, len(e.Missed)+len(e.Conflicts))
			e.Points = (200*(e.Checked-len(e.Missed)) + e.Checked) / (2 * e.Checked)
		}
	}
	return s.out, nil
}

func (s *scoreReader) eat(words ...string) bool {
	for _, w := range words {
		if rest, ok := strings.CutPrefix(s.rest, w); ok {
			s.rest = rest
			return true
		}
	}
	return false
}

func (s *scoreReader) lost(what string) error {
	return domain.Refuse(domain.Invalid, "5.4.2", what+"。例：「成绩 高翔 70 郑宇 88」「成绩 郑宇 实操 漏 报警流程」「成绩 周丽 缺考」。")
}

// word reads the next thing that is said.
func (s *scoreReader) word() error {
	if m := saidRef.FindStringSubmatch(s.rest); m != nil && s.out.no == 0 {
		s.out.no, _ = strconv.ParseInt(m[1], 10, 64)
		s.rest = s.rest[len(m[0]):]
		return nil
	}
	if id, n, same := s.name(); n > 0 {
		if len(same) > 1 {
			return domain.Refuse(domain.Invalid, "5.4.2", fmt.Sprintf("叫“%s”的有%s，请写明是哪一位，如「成绩 %s 90」。", s.rest[:n], s.r.Names(same), s.r.Staff.Name(same[0])))
		}
		s.who, s.own, s.rest = id, "", s.rest[n:]
		return nil
	}
	switch {
	case s.eat("补考", "复考"):
		s.retake = true
	case s.eat("更正", "改为", "改成"):
		s.out.correct = true
	case s.eat("书面", "笔试", "理论"):
		s.setPart(domain.Written)
	case s.eat("实操"):
		s.setPart(domain.Practical)
	case s.who == "":
		return s.lost(fmt.Sprintf("没看懂“%s”，先写姓名", short(s.rest)))
	case s.eat("无故缺考"):
		s.out.entries = append(s.out.entries, domain.Entry{Person: s.who, Part: s.own, Unexcused: true, Source: "无故缺考"})
	case s.eat("缺考", "没来", "未到"):
		s.out.absent = append(s.out.absent, s.who)
	case s.eat("全对", "无误", "全部做到", "都做到"):
		s.check()
	case s.eat("漏了", "漏"):
		return s.missed()
	case s.eat("不符", "不一致", "与课上不符"):
		return s.conflict()
	default:
		return s.numberOrReason()
	}
	return nil
}

func (s *scoreReader) setPart(p domain.Part) {
	if s.who != "" {
		s.own = p
		return
	}
	s.part = p
}

// name finds the longest name, staff number or 姓名(工号) the rest begins with; same lists all whom a
// name of namesakes may mean. Those who have left are meant only when nobody who is there is.
func (s *scoreReader) name() (id domain.PersonID, n int, same []domain.PersonID) {
	today := s.r.today()
	for _, there := range []bool{true, false} {
		for _, p := range s.r.Staff {
			if (len(p.Roles(s.r.Office.ID, today)) > 0) != there {
				continue
			}
			for _, name := range []string{s.r.Staff.Name(p.ID), p.Name, p.No} {
				if name == "" || len(name) < n || len(s.rest) < len(name) || !strings.EqualFold(s.rest[:len(name)], name) {
					continue
				}
				if next, _ := utf8.DecodeRuneInString(s.rest[len(name):]); name == p.No && next >= '0' && next <= '9' {
					continue // K1 in K10
				}
				if len(name) > n {
					same = nil
				}
				id, n = p.ID, len(name)
				if !slices.Contains(same, id) {
					same = append(same, id)
				}
			}
		}
		if n > 0 {
			break
		}
	}
	return id, n, same
}

func (s *scoreReader) numberOrReason() error {
	digits := len(s.rest) - len(strings.TrimLeft(s.rest, "0123456789"))
	if digits > 0 && digits <= 3 {
		n, _ := strconv.Atoi(s.rest[:digits])
		s.rest = strings.TrimPrefix(s.rest[digits:], "分")
		part := s.own
		if part == "" {
			part = s.part
		}
		if k := len(s.out.entries) - 1; part == "" && k >= 0 && s.out.entries[k].Person == s.who && s.out.entries[k].Part == "" {
			s.out.entries[k].Part, part = domain.Written, domain.Practical // 李娜 85 90: in the order of the form
		}
		s.out.entries = append(s.out.entries, domain.Entry{Person: s.who, Part: part, Points: n, Source: "录入"})
		return nil
	}
	if s.out.correct && len(s.out.entries) > 0 {
		s.out.reason, s.rest = strings.TrimSpace(s.rest), ""
		return nil
	}
	return s.lost(fmt.Sprintf("没看懂“%s”", short(s.rest)))
}

// check gives the entry of the person's practical check.
func (s *scoreReader) check() *domain.Entry {
	i, ok := s.practice[s.who]
	if !ok {
		i = len(s.out.entries)
		s.practice[s.who] = i
		s.out.entries = append(s.out.entries, domain.Entry{Person: s.who, Part: domain.Practical, Checked: s.r.sop.Policy.Assessment.CheckPoints, Source: "检查"})
	}
	return &s.out.entries[i]
}

// point finds the checkpoint the rest begins with, by its name or the beginning of it.
func (s *scoreReader) point() (domain.CheckPoint, bool) {
	s.rest = strings.TrimLeft(s.rest, " ,，、:：")
	for _, p := range s.points {
		if s.eat(p.Name) {
			return p, true
		}
	}
	return domain.CheckPoint{}, false
}

func (s *scoreReader) missed() error {
	e := s.check()
	for n := 0; ; n++ {
		p, ok := s.point()
		if !ok && n == 0 {
			return s.lost(fmt.Sprintf("没有叫“%s”的检查点，检查点的名称见「题库」", short(s.rest)))
		}
		if !ok {
			return nil
		}
		e.Missed = append(e.Missed, p.Name)
	}
}

// conflict reads a checkpoint that contradicts what was taught, with a note up to the next name.
func (s *scoreReader) conflict() error {
	e := s.check()
	p, ok := s.point()
	if !ok {
		return s.lost(fmt.Sprintf("没有叫“%s”的检查点，检查点的名称见「题库」", short(s.rest)))
	}
	var note strings.Builder
	for s.rest != "" && !strings.HasPrefix(s.rest, "；") && !strings.HasPrefix(s.rest, ";") {
		if _, n, _ := s.name(); n > 0 && note.Len() > 0 && strings.HasSuffix(note.String(), " ") {
			break
		}
		c, n := utf8.DecodeRuneInString(s.rest)
		note.WriteRune(c)
		s.rest = s.rest[n:]
	}
	e.Conflicts = append(e.Conflicts, domain.Conflicting{Point: p.Name, Topic: p.Topic, Note: strings.TrimSpace(note.String())})
	return nil
}

func short(s string) string {
	s, _, _ = strings.Cut(s, " ")
	if r := []rune(s); len(r) > 12 {
		return string(r[:12]) + "…"
	}
	return s
}
