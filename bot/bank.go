package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trainingbot/domain"
)

var (
	saidQuestion = regexp.MustCompile(`^(停用|启用|看)\s*[Qq]?(\d{1,9})$`)
	saidOption   = regexp.MustCompile(`(?:^|[\s,，;；。？?])([A-D])\s*[.、．:：)）]?\s*`)
	saidAnswer   = regexp.MustCompile(`答案\s*[:：是为]?\s*([A-D对错])`)
	saidWhy      = regexp.MustCompile(`(?:解释|说明|解析)\s*[:：]?\s*(.+)$`)
)

const addExample = "「题库 投诉处理：几小时内回访？A 24小时 B 48小时 答案A 解释 全处统一24小时」"

// questionBank shows the bank, adds a question of the office's own, or retires one.
func questionBank(r *request) (domain.Change, error) {
	text := plainText(r.args.Text("内容"))
	own, err := r.view.OwnQuestions(r.Office.ID)
	if err != nil {
		return domain.Change{}, err
	}
	if m := saidQuestion.FindStringSubmatch(text); m != nil {
		no, _ := strconv.ParseInt(m[2], 10, 64)
		return r.changeQuestion(own, m[1], no)
	}
	topic, rest, ok := strings.Cut(strings.Replace(text, "：", ":", 1), ":")
	if !ok {
		return r.showBank(text, own)
	}
	found := r.sop.Policy.FindTopics(strings.TrimSpace(topic))
	if len(found) == 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.4.2", fmt.Sprintf("没有叫“%s”的主题。主题名见「规程」。例：%s", strings.TrimSpace(topic), addExample))
	}
	q, err := readQuestion(rest)
	if err != nil {
		return domain.Change{}, err
	}
	q.Topic = found[0].ID
	if err := q.Check(r.sop.Policy); err != nil {
		return domain.Change{}, err
	}
	no, err := r.view.NextNo("question")
	if err != nil {
		return domain.Change{}, err
	}
	q.ID, q.No, q.Office, q.By = domain.QuestionID(r.view.NewID()), no, r.Office.ID, r.By.ID
	said := fmt.Sprintf("已加 %s（%s）：%s\n正确答案：%s。以后自测和答卷会抽到；停用发「题库 停用 %s」。", q.Code(), found[0].Name, q.Text, q.Options[0], q.Code())
	return domain.Change{Questions: []domain.ExamQuestion{q}, Audit: []domain.Audit{r.audit("question.add", q.Code(), "5.4.2", said)}, Reply: domain.Answer{Body: domain.Say(said)}}, nil
}

// readQuestion reads a question as it is typed: text, options, answer, explanation.
func readQuestion(text string) (domain.ExamQuestion, error) {
	var q domain.ExamQuestion
	if m := saidWhy.FindStringSubmatchIndex(text); m != nil {
		q.Why, text = strings.TrimSpace(text[m[2]:m[3]]), text[:m[0]]
	}
	m := saidAnswer.FindStringSubmatchIndex(text)
	if m == nil {
		return q, domain.Refuse(domain.Invalid, "5.4.2", "还缺答案。例："+addExample+"；判断题写「题库 投诉处理：投诉可以匿名 答案对」。")
	}
	answer := text[m[2]:m[3]]
	text = strings.TrimSpace(text[:m[0]])
	if answer == "对" || answer == "错" {
		q.Text, q.Options = text, []string{"对", "错"}
		if answer == "错" {
			slices.Reverse(q.Options)
		}
		return q, nil
	}
	marks := saidOption.FindAllStringSubmatchIndex(text, -1)
	for i, at := range marks {
		to := len(text)
		if i+1 < len(marks) {
			to = marks[i+1][0]
		}
		if i == 0 {
			q.Text = strings.TrimSpace(text[:at[2]])
		}
		q.Options = append(q.Options, strings.Trim(text[at[1]:to], " ,，;；。"))
	}
	i := int(answer[0] - 'A')
	if i >= len(q.Options) {
		return q, domain.Refuse(domain.Invalid, "5.4.2", "没有看到选项"+answer+"。例："+addExample)
	}
	q.Options[0], q.Options[i] = q.Options[i], q.Options[0]
	return q, nil
}

// changeQuestion retires one of the office's own questions, takes it up again, or shows it.
func (r *request) changeQuestion(own []domain.ExamQuestion, act string, no int64) (domain.Change, error) {
	i := slices.IndexFunc(own, func(q domain.ExamQuestion) bool { return q.No == no })
	if i < 0 {
		return domain.Change{}, domain.Refuse(domain.NotFound, "5.4.2", fmt.Sprintf("本处没有编号 Q%d 的题。发「题库」看本处的题。", no))
	}
	q := own[i]
	if act == "看" {
		return say("%s：%s\n正确答案：%s。%s", q.Code(), q.Printed(""), q.Options[0], q.Why)
	}
	q.Retired = act == "停用"
	text := fmt.Sprintf("已%s %s：%s", act, q.Code(), q.Text)
	return domain.Change{Questions: []domain.ExamQuestion{q}, Audit: []domain.Audit{r.audit("question.change", q.Code(), "5.4.2", text)}, Reply: domain.Answer{Body: domain.Say(text)}}, nil
}

// showBank counts the questions by topic, or lists those of one topic and its checkpoints.
func (r *request) showBank(said string, own []domain.ExamQuestion) (domain.Change, error) {
	all, points := domain.Bank()
	if said != "" {
		found := r.sop.Policy.FindTopics(said)
		if len(found) == 0 {
			return domain.Change{}, domain.Refuse(domain.NotFound, "5.4.2", fmt.Sprintf("没有叫“%s”的主题。加题的说法：%s", said, addExample))
		}
		return say("%s", r.topicBank(found[0], append(all, own...), points))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "公共题库%d题、实操检查点%d个，本处自己的%d题。\n", len(all), len(points), len(own))
	for _, q := range own {
		word := ""
		if q.Retired {
			word = "（停用）"
		}
		fmt.Fprintf(&b, "%s%s %s\n", q.Code(), word, q.Text)
	}
	fmt.Fprintf(&b, "看一个主题发「题库 投诉处理」；加题发%s。", addExample)
	return say("%s", b.String())
}

func (r *request) topicBank(t domain.Topic, all []domain.ExamQuestion, points []domain.CheckPoint) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", t.Name)
	for _, q := range all {
		if q.Topic == t.ID && !q.Retired {
			code := "·"
			if q.No != 0 {
				code = q.Code()
			}
			fmt.Fprintf(&b, "%s %s（%s）\n", code, q.Text, q.Options[0])
		}
	}
	b.WriteString("实操检查点：\n")
	for _, p := range points {
		if p.Topic == t.ID {
			fmt.Fprintf(&b, "· %s：%s\n", p.Name, p.Text)
		}
	}
	return strings.TrimSpace(b.String())
}
