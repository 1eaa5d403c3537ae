package bot

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"trainingbot/bot/chat"
	"trainingbot/bot/command"
	"trainingbot/domain"
)

// run is what a command does: a decision on what the request reads.
type run func(*request) (domain.Change, error)

// request is one message being decided. Embedding the Case puts r.By, r.Office, r.Staff and r.Now at hand.
type request struct {
	domain.Case
	sop    domain.SOP
	view   View
	msg    chat.Message
	args   command.Values
	secret func() []byte
	checks []Check
	table  command.Table[run]
	known  bool // the sender is on a staff list today
	word   command.Command[run]
	line   string // what was read as a command
	pinned bool   // the office was named
	// understood is the canonical line when something was forgiven.
	understood string
}

// decide answers the message: event, open question, command.
func (r *request) decide() (domain.Change, error) {
	p, found, err := r.view.PersonByHandle(r.msg.From)
	if err != nil {
		return domain.Change{}, err
	}
	r.By = p
	if found {
		if err := r.settleIn(p); err != nil {
			return domain.Change{}, err
		}
	}
	if r.msg.Event != "" {
		return r.event(), nil
	}
	parsed, err := r.parse(found)
	if e, ok := errors.AsType[*explanation](err); ok {
		return domain.Change{Ask: &domain.Question{Kind: domain.Confirm, Line: e.line, Expires: r.Now.Add(confirmFor)},
			Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("这是说明 %s 缺席的原因吗？回复「是」就转给主管，「算了」不转。", e.about))}}, nil
	}
	if err != nil {
		misread := parsed.Command
		if parsed, err = r.readElsewhere(found, err); err != nil && misread != nil {
			if no := r.admit(*misread, found); no != nil { // how to say it is no help to who may not
				return domain.Change{}, no
			}
			if no := r.mayUse(*misread); no != nil {
				return domain.Change{}, no
			}
		}
	}
	if err != nil {
		return domain.Change{}, err
	}
	if parsed.Command == nil {
		return domain.Change{Reply: domain.Answer{Body: domain.Say(parsed.Understood)}}, nil
	}
	cmd := *parsed.Command
	if err := r.admit(cmd, found); err != nil {
		return domain.Change{}, err
	}
	if parsed.How {
		return r.explain(cmd)
	}
	parsed, ask, err := r.locate(parsed)
	if err != nil || ask != nil {
		return orEmpty(ask), err
	}
	r.word, r.args = cmd, parsed.Values
	if err := r.mayUse(cmd); err != nil {
		if !parsed.Certain { // a guess at a word that is not theirs says nothing about what was meant
			err = r.lost(err)
		}
		return domain.Change{}, err
	}
	if !parsed.Certain && cmd.Changes && !(cmd.Shows && parsed.Values.Len() == 0) && !cmd.SelfProving && !(cmd.Name == leaveWord && plainLeave.MatchString(r.msg.Text)) {
		if no := r.vainGuess(parsed.Understood); no != nil {
			return domain.Change{}, no
		}
		return domain.Change{
			Ask:   &domain.Question{Kind: domain.Confirm, Line: r.here(parsed.Understood), Expires: r.Now.Add(confirmFor)},
			Reply: domain.Answer{Body: domain.Say(fmt.Sprintf("您是想说「%s」吗？回复「是」就执行，「算了」不做。", parsed.Understood))},
		}, nil
	}
	r.understood = parsed.Understood
	c, err := cmd.Run(r)
	if err == nil && c.Ask != nil && len(c.Audit) == 0 { // a question, and nothing it follows from
		if no := r.vain(*c.Ask); no != nil {
			return domain.Change{}, no
		}
	}
	if c.Ask != nil {
		c.Ask.Line = r.here(c.Ask.Line)
	}
	return r.onBehalf(c), err
}

// admit turns away who is on no staff list today, but for the words that are for them too.
func (r *request) admit(cmd command.Command[run], found bool) error {
	switch {
	case r.known || cmd.Open:
		return nil
	case found:
		return domain.Refuse(domain.Forbidden, "2.0", r.By.Name+"，您现在不在任何管理处的名单里。请主管或管理员把您登记进名单。")
	}
	return stranger(r.msg.From)
}

// here keeps a line in the office that was named.
func (r *request) here(line string) string {
	if r.pinned {
		return r.Office.Name + " " + line
	}
	return line
}

// onBehalf writes into the log in whose place a word was said that was not the person's own to say.
func (r *request) onBehalf(c domain.Change) domain.Change {
	for _, role := range r.word.Roles {
		if r.By.Holds(r.Office.ID, role, r.today()) {
			return c
		}
	}
	for _, role := range r.word.Roles {
		behalf := r.By.StandsIn(r.Office.ID, role, r.today())
		if behalf == "" {
			continue
		}
		mark := "代" + r.Staff.Name(behalf)
		for i, a := range c.Audit {
			if a.Actor == r.By.ID && !strings.Contains(a.Text, mark) {
				c.Audit[i].Text += "（" + mark + "）"
			}
		}
		break
	}
	return c
}

// plainLeave is a leave said as people say it, the word somewhere in the sentence: 下午消防课请假，孩子发烧.
// What stands before the word names a time or a lesson, so that nothing had to be guessed, and it is no
// question. It is only asked for and can be withdrawn.
var plainLeave = regexp.MustCompile(`^我?(今天|明天|后天|今晚|晚上|上午|下午|早上|中午|周.|下周.|这)?[^，,。？?不没别能]{0,12}(课|培训|场|上午|下午|今天|明天|晚上|今晚)?[我想要]{0,3}请个?假[^？?吗]*$`)

// confirmFor is how long a guess waits for its 是.
const confirmFor = 10 * time.Minute

// settleIn finds the office the person speaks from today: the first stay that covers the day.
func (r *request) settleIn(p domain.Person) error {
	stays := p.In(r.sop.Calendar.Date(r.Now))
	if len(stays) == 0 {
		return nil
	}
	return r.enter(stays[0].Office)
}

// enter makes an office the one the request is about.
func (r *request) enter(id domain.OfficeID) error {
	o, ok, err := r.view.Office(id)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("office %s of person %s is missing", id, r.By.ID)
	}
	if r.Staff, err = r.view.Staff(id); err != nil {
		return err
	}
	r.Office, r.known = o, true
	// Who speaks was read before the office was held: a delegation may have ended since.
	if p, ok := r.Staff.Person(r.By.ID); ok {
		r.By = p
	}
	return r.rostered(r.today().AddDays(-2), r.today().AddDays(dutyAhead))
}

// parse reads the message as a command, or as the answer to an open question. A result without a
// command carries in Understood what to say.
func (r *request) parse(found bool) (command.Parsed[run], error) {
	parsed, err := r.read(r.msg.Text)
	if err == nil && parsed.Certain && !slices.Contains(yesWords, said(r.msg.Text)) {
		return parsed, nil
	}
	if q, qerr := r.question(found); qerr != nil {
		return parsed, qerr
	} else if q != nil {
		if at, oerr := r.atSession(); oerr != nil || at {
			return r.readCode(oerr)
		}
		switch {
		case q.Kind == domain.Fill && r.pinned && r.line == "":
			return r.read(q.Line) // which office was what was asked
		case slices.Contains(noWords, said(r.msg.Text)):
			return command.Parsed[run]{Understood: "好，不做了。"}, nil
		case q.Kind == domain.Confirm && slices.Contains(yesWords, said(r.msg.Text)):
			return r.read(q.Line)
		case q.Kind == domain.Fill && slices.Contains(yesWords, said(r.msg.Text)):
			return r.read(q.Line) // no reason: it is asked for again
		case q.Kind == domain.Fill && (err == nil || unknown(err)) && !parsed.Certain:
			return r.read(q.Line + " " + r.msg.Text)
		}
	}
	if err == nil && parsed.Certain { // a word that also says yes, when nothing was asked: 确认
		return parsed, nil
	}
	if err != nil && unknown(err) {
		if line, ok, cerr := r.labelled(r.msg.Text); cerr != nil || ok {
			if cerr != nil {
				return parsed, cerr
			}
			return r.read(line)
		}
		if slices.Contains(yesWords, said(r.msg.Text)) || slices.Contains(noWords, said(r.msg.Text)) {
			return command.Parsed[run]{Understood: "现在没有等您回答的问题。发「帮助」看能说什么。"}, nil
		}
		if answer, ok := r.talked(r.msg.Text); ok {
			return command.Parsed[run]{Understood: answer}, nil
		}
		if r.known && bareCode.MatchString(strings.TrimSpace(r.msg.Text)) {
			return r.readCode(nil) // the code proves itself
		}
		return parsed, r.lost(err)
	}
	return parsed, err
}

// cardFor is how long the buttons of a card can be said by their labels.
const cardFor = 72 * time.Hour

// labelled reads what is said as the label of a button on the newest card the person was sent.
func (r *request) labelled(text string) (line string, ok bool, err error) {
	if !r.known {
		return "", false, nil
	}
	card, ok, err := r.view.LastCard(r.By.ID, r.Now.Add(-cardFor))
	if err != nil || !ok {
		return "", false, err
	}
	for _, b := range card.Buttons {
		if said(b.Label) == said(text) {
			return b.Line, true, nil
		}
	}
	return "", false, nil
}

// lost answers what is no command with the nearest words this person may say.
func (r *request) lost(err error) error {
	if !r.known {
		return stranger(r.msg.From)
	}
	if a, ok, aerr := r.unexplained(); aerr != nil || ok && r.Now.Before(a.Due) && len([]rune(r.msg.Text)) >= 4 {
		if aerr != nil {
			return aerr
		}
		x, xerr := r.view.Session(a.Session)
		if xerr != nil {
			return xerr
		}
		return &explanation{line: fmt.Sprintf("说明 %s %s", x.Code(), r.msg.Text), about: x.Title()}
	}
	if e, ok := domain.Refusal(r.table.For(r.roles()).Suggest(r.msg.Text)); ok {
		return e
	}
	return err
}

// explanation is what somebody says who was asked why they were absent: no command, but most likely the
// answer. It is asked back, since it would be put before the supervisor.
type explanation struct{ line, about string }

func (e *explanation) Error() string { return "taken for an explanation: " + e.line }

// mayUse checks the table's roles: who may use the word at all. The rule decides whether they may
// use it on this very thing.
func (r *request) mayUse(cmd command.Command[run]) error {
	if r.allowed(cmd, r.Office.ID) {
		return nil
	}
	for _, o := range r.belongs() {
		if r.pinned {
			break
		}
		if r.allowed(cmd, o) {
			if o == r.Office.ID {
				return nil
			}
			return r.enter(o)
		}
	}
	if asked, err := r.asked(cmd); err != nil || asked {
		return err
	}
	for _, o := range r.belongs() {
		if err := r.enter(o); err != nil {
			return err
		}
		if text, once := r.sop.NoMore(r.Case, cmd.Roles...); once {
			if cmd.Name == approveWord || cmd.Name == returnWord {
				return nil // the rule says so, and brings the pressed card up to date
			}
			return domain.Refuse(domain.Forbidden, cmd.Clause, text)
		}
	}
	who := make([]string, len(cmd.Roles))
	for i, x := range cmd.Roles {
		who[i] = x.Chinese()
	}
	return domain.Refuse(domain.Forbidden, cmd.Clause, fmt.Sprintf("「%s」只有%s能用。发「帮助」看您能说什么。", cmd.Name, strings.Join(who, "、")))
}

// asked says whether the word answers something that was put before the person by name, whatever
// their role: who is asked may look and answer.
func (r *request) asked(cmd command.Command[run]) (bool, error) {
	answer := cmd.Name == approveWord || cmd.Name == returnWord
	switch {
	case answer && r.args.Has("事项"):
		return true, nil
	case (answer || cmd.Name == pendingWord) && !r.args.Has("计划"):
		open, err := r.before()
		return len(open) > 0, err
	}
	return false, nil
}

// event answers what the platform tells about a person.
func (r *request) event() domain.Change {
	say := func(text string) domain.Change { return domain.Change{Reply: domain.Answer{Body: domain.Say(text)}} }
	switch r.msg.Event {
	case chat.Joined:
		if !r.known {
			return say("您好，我是培训助手。请发「绑定 工号」，主管确认后就能用。")
		}
		return say(fmt.Sprintf("%s您好，我是%s的培训助手。发「帮助」看您能说什么，发「今日」看今天的安排。", r.By.Name, r.Office.Name))
	case chat.Departed:
		if !r.known {
			return domain.Change{}
		}
		return domain.Change{Audit: []domain.Audit{{At: r.Now, Office: r.Office.ID, Actor: r.By.ID, Act: "person.unreachable", Subject: r.By.No, Text: r.By.Name + "已不在应用的可见范围里"}}}
	}
	if r.msg.Event == chat.Muted {
		return say("您的消息我收到了，但看不到内容：单位在平台上本月的消息额度用完了。请管理员到平台后台升级或加购；急事请直接找主管。")
	}
	return say("我只看得懂文字。发「帮助」看能说什么。")
}

// partSize is how many bytes one text message may hold on every platform, with room for the mark.
const partSize = 1900

// spread makes the answer fit what the response to a message can carry: one text for a typed message
// (nothing, when the message says so), the settled card for a press. The rest (further parts of a long text, a
// card, the text after a press) is promised with the change, so that no crash can lose it.
func (r *request) spread(c domain.Change) domain.Change {
	if c.Reply.Card == nil && c.Reply.Text != "" && r.understood != "" {
		c.Reply.Text += fmt.Sprintf("\n（已按「%s」理解）", r.understood)
	}
	if r.By.ID == "" {
		return c
	}
	if c.Reply.Card != nil {
		c.Notices = append(c.Notices, r.rest(0, c.Reply.Body))
		c.Reply.Body = domain.Body{}
		return c
	}
	var rest []domain.Notice
	for i, part := range parts(c.Reply.Text) {
		if i == 0 && r.msg.Press == nil && !r.msg.Late {
			c.Reply.Text = part
			continue
		}
		rest = append(rest, r.rest(i, domain.Say(part)))
	}
	c.Notices = append(rest, c.Notices...)
	if r.msg.Press != nil || r.msg.Late {
		c.Reply.Body = domain.Body{}
	}
	return c
}

// rest promises piece n of the answer to the one who asked, where they asked. A sentence after a press
// comes behind what else the press did: the card has shown the answer.
func (r *request) rest(n int, body domain.Body) domain.Notice {
	key := fmt.Sprintf("reply:%s:%d", r.msg.ID, n)
	return domain.Notice{Key: key, Thread: key, Office: r.Office.ID, Stage: "reply", At: r.Now, To: []domain.PersonID{r.By.ID}, Body: body, First: r.msg.Press == nil, Via: r.msg.From.Platform}
}

// parts cuts a long text and numbers the pieces.
func parts(text string) []string {
	if text == "" {
		return nil
	}
	out := cut(text, partSize)
	for i := range out {
		if len(out) > 1 {
			out[i] = fmt.Sprintf("%s\n（%d/%d）", out[i], i+1, len(out))
		}
	}
	return out
}

// cut splits text at line ends into parts of at most n bytes; a longer line is split between runes.
func cut(text string, n int) []string {
	var out []string
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			out = append(out, strings.TrimRight(b.String(), "\n"))
			b.Reset()
		}
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if b.Len()+len(line)+1 > n {
			flush()
		}
		for _, c := range line {
			if b.Len()+len(string(c))+1 > n {
				flush()
			}
			b.WriteRune(c)
		}
		b.WriteByte('\n')
	}
	flush()
	return out
}
