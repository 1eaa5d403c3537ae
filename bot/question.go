package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/command"
	"trainingbot/domain"
)

// A question is a line that lacks its end. What comes of it is always the line's own: it is read and
// decided again when the answer comes. A command that is carried out takes the question's place; one
// that is refused leaves it open; 算了 ends it.

// atSession says whether the message is a bare code said while one of the person's sessions takes check-ins:
// four digits are no reason for anything, and whoever stands before the wall means the code on it.
func (r *request) atSession() (bool, error) {
	if !r.known || !bareCode.MatchString(strings.TrimSpace(r.msg.Text)) {
		return false, nil
	}
	all, err := r.sessions(r.Now.Add(-12*time.Hour), r.Now.Add(12*time.Hour))
	return slices.ContainsFunc(all, func(x domain.Session) bool {
		return x.State == domain.Open && slices.Contains(x.Roster, r.By.ID)
	}), err
}

// readCode reads a bare code as a check-in.
func (r *request) readCode(err error) (command.Parsed[run], error) {
	if err != nil {
		return command.Parsed[run]{}, err
	}
	return r.read(checkInWord + " " + strings.TrimSpace(r.msg.Text))
}

// bareCode is a code sent without 签到.
var bareCode = regexp.MustCompile(`^[0-9０-９]{4}$`)

// The words that answer a question.
var (
	yesWords = []string{"是", "是的", "对", "好", "好的", "确认", "执行", "确认执行", "yes", "y", "ok"}
	noWords  = []string{"算了", "不", "不用", "不是", "取消操作", "no", "n"}
)

func said(text string) string {
	return strings.ToLower(strings.Trim(strings.TrimSpace(text), "。.！!，, "))
}

func (r *request) question(found bool) (*domain.Question, error) {
	if !found {
		return nil, nil
	}
	q, err := r.view.Question(r.By.ID)
	if err != nil || q == nil || q.Expires.Before(r.Now) {
		return nil, err
	}
	return q, nil
}

// vain gives the refusal that every answer to a question would meet: nobody is asked for the reason, the
// day or the minutes of something that cannot be done. nil: an answer may help.
func (r *request) vain(q domain.Question) error {
	if q.Kind == domain.Confirm {
		if p, err := r.read(q.Line); err == nil && p.Command != nil {
			try := *r
			try.word, try.args = *p.Command, p.Values
			if no, _ := try.foregone(*p.Command); no != nil {
				return no
			}
		}
		return nil
	}
	day := r.today().AddDays(30)
	for _, answer := range []string{"说明一句", "20分钟", "20分钟 说明一句", day.String(), day.String() + " 说明一句"} {
		p, err := r.read(q.Line + " " + answer)
		if err != nil || p.Command == nil {
			continue
		}
		try := *r
		try.word, try.args = *p.Command, p.Values
		no, does := try.foregone(*p.Command)
		switch {
		case no != nil && no.Kind != domain.Invalid:
			return no
		case does:
			return nil
		} // else it is not this that is asked for
	}
	return nil
}

// confirmFirst asks before a line is carried out; 是 says it.
func (r *request) confirmFirst(line, question string) domain.Change {
	return domain.Change{Ask: &domain.Question{Kind: domain.Confirm, Line: line, Expires: r.Now.Add(confirmFor)}, Reply: domain.Answer{Body: domain.Say(question)}}
}

// vainGuess gives the refusal that 是 would meet, with the guess it follows from: nobody is asked whether
// they mean what cannot be done. nil: 是 would do it.
func (r *request) vainGuess(line string) error {
	p, err := r.read(line)
	if err == nil && p.Command != nil {
		try := *r
		try.word, try.args, try.view = *p.Command, p.Values, rehearsal{r.view}
		var c domain.Change
		if c, err = p.Command.Run(&try); err == nil && c.Ask != nil && len(c.Audit) == 0 {
			err = try.vain(*c.Ask)
		}
	}
	if no, ok := domain.Refusal(err); ok {
		return domain.Refuse(no.Kind, no.Clause, fmt.Sprintf("%s（已按「%s」理解）", no.Text, line))
	}
	return nil
}

// foregone gives the refusal a command would meet, and whether it would do something.
func (r *request) foregone(cmd command.Command[run]) (no *domain.Error, does bool) {
	try := *r
	try.view = rehearsal{r.view}
	c, err := cmd.Run(&try)
	no, _ = domain.Refusal(err)
	return no, err == nil && len(c.Audit) > 0
}

// rehearsal is a view for a decision nobody keeps: it takes no numbers.
type rehearsal struct{ View }

// NextNo gives a number that is nobody's.
func (rehearsal) NextNo(string) (int64, error) { return 0, nil }
